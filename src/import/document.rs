//! JSON and YAML as a [`Document`], and finding one's way in it. Pure.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::text::{Text, variable_name};
use super::{MOST, Unreadable};
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
        _ => Document::Plain(raw.to_owned()),
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
        _ => document.scalar().map(Text::literal),
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
        Document::Null | Document::Text(_) | Document::Plain(_) => {}
    }
}

/// A member that was looked for.
pub(super) struct Found<'a> {
    /// What its user calls the nearest thing around it that has a name.
    pub(super) name: Option<&'a str>,
    /// The way to the map that holds it.
    pub(super) path: Vec<Step<'a>>,
    /// The map that holds it.
    pub(super) holder: &'a Document,
    /// What it is called there.
    pub(super) key: &'a str,
    /// It itself.
    pub(super) value: &'a Document,
}

/// A step on the way to a member.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// Into the member of that name.
    Member(&'a str),
    /// Into that item of a list.
    Item(usize),
}

/// Every map whose key `is_meant`, at any depth, but not inside another one: one more than may be where there are too many.
/// `names` are the members by which their user names things.
pub(super) fn find_named<'a>(
    document: &'a Document,
    is_meant: &dyn Fn(&str) -> bool,
    names: &[&str],
) -> Vec<Found<'a>> {
    let mut search = Search { is_meant, names, path: Vec::new(), found: Vec::new() };
    search.go(document, None);
    search.found
}

struct Search<'a, 'q> {
    is_meant: &'q dyn Fn(&str) -> bool,
    names: &'q [&'q str],
    path: Vec<Step<'a>>,
    found: Vec<Found<'a>>,
}

impl<'a> Search<'a, '_> {
    fn go(&mut self, document: &'a Document, name: Option<&'a str>) {
        if self.found.len() > MOST {
            return;
        }
        match document {
            Document::Map(entries) => {
                let own = entries.iter().filter(|(key, _)| self.names.contains(&key.as_str()));
                let own = own.filter_map(|(_, value)| value.scalar()).next();
                let name = own.or(name);
                for (key, value) in entries {
                    if (self.is_meant)(key) && matches!(value, Document::Map(_)) {
                        self.found.push(Found { name, path: self.path.clone(), holder: document, key, value });
                    } else {
                        self.step(Step::Member(key), value, name);
                    }
                }
            }
            Document::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.step(Step::Item(index), item, name);
                }
            }
            Document::Null | Document::Text(_) | Document::Plain(_) => {}
        }
    }

    fn step(&mut self, step: Step<'a>, document: &'a Document, name: Option<&'a str>) {
        self.path.push(step);
        self.go(document, name);
        self.path.pop();
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
            ("b".into(), Document::Plain("1.50".into())),
            (
                "a".into(),
                Document::List(vec![Document::Plain("true".into()), Document::Null, Document::Text("😀".into())]),
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
