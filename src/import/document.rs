//! JSON and YAML as a [`Document`], and finding one's way in it. Pure.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::Unreadable;
use super::text::{Text, variable_name};
use crate::json::{self, Members};
use crate::settings::Document;

/// Reads JSON where the text begins like it, else YAML.
pub(super) fn parse(text: &str) -> Result<Document, Unreadable> {
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml(text);
    }
    // YAML in braces is not JSON, but a text that is neither is more likely a JSON with a fault.
    json(text).or_else(|fault| yaml(text).map_err(|_| fault))
}

fn yaml(text: &str) -> Result<Document, Unreadable> {
    Document::parse_yaml("the input", text.to_owned()).map_err(|error| {
        Unreadable::new(error.to_string(), error.hint.unwrap_or_else(|| "the input must be YAML or JSON".into()))
    })
}

/// Reads JSON alone.
pub(super) fn json(text: &str) -> Result<Document, Unreadable> {
    let fault = |error: serde_json::Error| {
        let dots = text.lines().nth(error.line().saturating_sub(1)).is_some_and(|line| line.contains("..."));
        let hint = if dots {
            "'...' in documentation stands for parts that are left out; give the whole file, or remove it"
        } else {
            "the input must be JSON: check the commas and quotes there and on the line before"
        };
        Unreadable::new(format!("the input is not valid JSON: {error}"), hint)
    };
    // All of it is read strictly first: a raw value is only read when it is needed.
    json::check(text).map_err(fault)?;
    value(text, 0, &mut 0).map_err(fault)?.ok_or_else(|| {
        Unreadable::new(
            "the input is JSON in which a name stands twice in one object, that nests too deep or has too many values",
            "remove one of the two, or give the part that is about the token",
        )
    })
}

/// How deep values may nest: each level is gone through once more.
const DEEPEST: usize = 64;

/// How many values there may be, as in YAML.
const MOST_VALUES: usize = 200_000;

/// `None` where a name stands twice in one object, and which of the two counts is not for us to guess, where it nests too
/// deep, or where there are too many values with the `count` that came before.
fn value(raw: &str, depth: usize, count: &mut usize) -> Result<Option<Document>, serde_json::Error> {
    *count += 1;
    if depth > DEEPEST || *count > MOST_VALUES {
        return Ok(None);
    }
    let raw = raw.trim();
    Ok(Some(match raw.as_bytes().first() {
        Some(b'{') => {
            let members: Members = serde_json::from_str(raw)?;
            let mut seen = HashSet::new();
            let mut map = Vec::new();
            for (name, member) in members.raws() {
                let Some(member) = value(member, depth + 1, count)?.filter(|_| seen.insert(name)) else {
                    return Ok(None);
                };
                map.push((name.to_owned(), member));
            }
            Document::Map(map)
        }
        Some(b'[') => {
            let mut list = Vec::new();
            for item in serde_json::from_str::<Vec<&RawValue>>(raw)? {
                let Some(item) = value(item.get(), depth + 1, count)? else { return Ok(None) };
                list.push(item);
            }
            Document::List(list)
        }
        Some(b'"') => Document::Text(serde_json::from_str(raw)?),
        _ if raw == "null" => Document::Null,
        _ => Document::Text(raw.to_owned()),
    }))
}

/// The member of a map.
pub(super) fn get<'a>(document: &'a Document, name: &str) -> Option<&'a Document> {
    entries(document)?.iter().find(|(known, _)| known == name).map(|(_, member)| member)
}

/// The members of a map.
pub(super) fn entries(document: &Document) -> Option<&[(String, Document)]> {
    match document {
        Document::Map(entries) => Some(entries),
        _ => None,
    }
}

/// The member that a path of names leads to.
pub(super) fn at<'a>(document: &'a Document, path: &[&str]) -> Option<&'a Document> {
    path.iter().try_fold(document, |document, name| get(document, name))
}

/// A scalar as text; nothing is an empty text.
pub(super) fn scalar(document: &Document) -> Option<Text> {
    match document {
        Document::Null => Some(Text::default()),
        Document::Text(text) => Some(Text::literal(text)),
        Document::List(_) | Document::Map(_) => None,
    }
}

/// Every member of that name, at any depth.
pub(super) fn find_all<'a>(document: &'a Document, name: &str, found: &mut Vec<&'a Document>) {
    match document {
        Document::Map(entries) => {
            for (known, member) in entries {
                if known == name {
                    found.push(member);
                } else {
                    find_all(member, name, found);
                }
            }
        }
        Document::List(items) => items.iter().for_each(|item| find_all(item, name, found)),
        Document::Null | Document::Text(_) => {}
    }
}

/// A label or id in the form that both share: lower case, words joined by `_`.
pub(super) fn normalized(name: &str) -> String {
    variable_name(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_order_and_the_text_of_numbers() {
        let Ok(document) = parse("\t{\"b\": 1.50, \"a\": [true, null, \"\\ud83d\\ude00\"]}") else { panic!() };
        let expected = Document::Map(vec![
            ("b".into(), Document::Text("1.50".into())),
            (
                "a".into(),
                Document::List(vec![Document::Text("true".into()), Document::Null, Document::Text("😀".into())]),
            ),
        ]);
        assert!(document == expected);
    }

    #[test]
    fn a_name_that_stands_twice_is_an_error_in_both() {
        for text in ["{\"a\": {\"b\": 1, \"b\": 2}}", "a:\n  b: 1\n  b: 2\n"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_fault_of_a_json_text_names_its_place_and_the_dots_of_documentation() {
        let Err(error) = parse("{\n  \"api\": {\n    ...,\n") else { panic!() };
        assert!(error.what.contains("line 3"), "{}", error.what);
        assert!(error.hint.contains("'...'"), "{}", error.hint);
    }
}
