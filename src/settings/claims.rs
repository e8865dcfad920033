//! JSON in settings: claims of an assertion by name, and what is sent as JSON.

use std::collections::HashSet;

use crate::json::{self, Members, Piece, pieces, reformat};

const NO_JSON: &str = "it is not JSON";
const TWICE: &str = "a name stands twice in it";

/// A flag's `NAME=TEXT` or `NAME:=JSON`: the name and compact JSON.
///
/// # Errors
/// What was expected instead.
pub(super) fn claim(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=TEXT or NAME:=JSON")?;
    let (name, json) = match name.strip_suffix(':') {
        Some(name) => (name, compact(value).map_err(|why| format!("what stands behind ':=': {why}"))?),
        None => (name, quoted(value)),
    };
    if name.is_empty() { Err("expected NAME=TEXT or NAME:=JSON".into()) } else { Ok((name.to_owned(), json)) }
}

/// The members of a JSON object, each with compact JSON.
///
/// # Errors
/// What was expected instead.
pub(super) fn of_object(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    const EXPECTED: &str = "expected a JSON object";
    let text = compact(text).map_err(|why| if why == TWICE { TWICE } else { EXPECTED })?;
    let members = Members::parse(&text).ok().flatten().ok_or(EXPECTED)?;
    Ok(members.raws().map(|(name, json)| (name.to_owned(), json.to_owned())).collect())
}

/// The same JSON without white space between its parts, each text written in the one way that [`quoted`] has.
///
/// # Errors
/// Where it is not JSON, or a name stands twice in an object.
pub(super) fn compact(text: &str) -> Result<String, &'static str> {
    json::check(text).map_err(|_| NO_JSON)?;
    let json = reformat(text, false);
    let mut out = String::with_capacity(json.len());
    let mut names: Vec<HashSet<String>> = Vec::new();
    let mut done = 0;
    for piece in pieces(&json) {
        let (text, is_name) = match piece {
            Piece::Open(_) => {
                names.push(HashSet::new());
                continue;
            }
            Piece::Close(_) => {
                names.pop();
                continue;
            }
            Piece::Number(_) => continue,
            Piece::Name(text) => (text, true),
            Piece::Text(text) => (text, false),
        };
        let read: String = serde_json::from_str(&json[text.start - 1..=text.end]).map_err(|_| NO_JSON)?;
        out.push_str(&json[done..text.start - 1]);
        out.push_str(&quoted(&read));
        done = text.end + 1;
        if is_name && !names.last_mut().is_none_or(|names| names.insert(read)) {
            return Err(TWICE);
        }
    }
    out.push_str(&json[done..]);
    Ok(out)
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What a plain YAML scalar is in JSON: `true`, `false`, `null` and numbers are themselves. `None` where it is a text.
pub(super) fn of_plain(text: &str) -> Option<&str> {
    let is_number = text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
        && json::check(text).is_ok()
        && !text.ends_with(|c: char| c.is_ascii_whitespace());
    (is_number || matches!(text, "true" | "false" | "null")).then_some(text)
}

/// What is wrong with `authorization_details` (RFC 9396 §2): it is an array of objects, each with a text called `type`.
pub(super) fn details_fault(text: &str) -> Option<&'static str> {
    const EXPECTED: &str = "expected a JSON array of objects, each with a text called 'type' (RFC 9396 §2)";
    if let Err(why) = compact(text) {
        return Some(if why == TWICE { TWICE } else { EXPECTED });
    }
    let details: Option<Vec<Members>> = serde_json::from_str(text).ok();
    let is_such = details.is_some_and(|all| all.iter().all(|detail| detail.string("type").is_some()));
    (!is_such).then_some(EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_a_text_or_json() {
        let pair = |name: &str, json: &str| Ok((name.to_owned(), json.to_owned()));
        for (text, expected) in [
            ("a=b=c", pair("a", r#""b=c""#)),
            ("a=1", pair("a", r#""1""#)),
            ("a=", pair("a", r#""""#)),
            ("a:=1", pair("a", "1")),
            ("a:= [ 1.50, {\"b\" : null} ]", pair("a", r#"[1.50,{"b":null}]"#)),
            (r#"a:="\u00e9\/""#, pair("a", r#""é/""#)),
            ("urn:x:a=b", pair("urn:x:a", r#""b""#)),
            ("a", Err("expected NAME=TEXT or NAME:=JSON".into())),
            ("=b", Err("expected NAME=TEXT or NAME:=JSON".into())),
            (":=1", Err("expected NAME=TEXT or NAME:=JSON".into())),
            ("a:=b", Err("what stands behind ':=': it is not JSON".into())),
            (r#"a:={"b":[{"c":1,"\u0063":2}]}"#, Err("what stands behind ':=': a name stands twice in it".into())),
        ] {
            assert_eq!(claim(text), expected, "{text}");
        }
    }

    #[test]
    fn an_objects_members_keep_their_order() {
        let members = of_object(r#" {"z": 1e400, "a": {"b": [ ]}} "#).unwrap();
        let members: Vec<_> = members.iter().map(|(name, json)| (name.as_str(), json.as_str())).collect();
        assert_eq!(members, [("z", "1e400"), ("a", r#"{"b":[]}"#)]);
        for text in ["", "[]", "1", r#"{"a":1} x"#] {
            assert_eq!(of_object(text), Err("expected a JSON object"), "{text}");
        }
        assert_eq!(of_object(r#"{"a":1,"a":2}"#), Err(TWICE));
    }

    #[test]
    fn a_plain_scalar_is_json_where_it_looks_so() {
        for text in ["true", "false", "null", "0", "-1", "1.50", "1e3", "-0.0E+2"] {
            assert_eq!(of_plain(text), Some(text));
        }
        for text in
            ["True", "yes", "0123", "+1", ".5", "1.", "0x1F", ".inf", "", "~", "1_000", "\"a\"", "[1]", "1 ", "12:30"]
        {
            assert_eq!(of_plain(text), None, "{text}");
        }
    }

    #[test]
    fn details_are_objects_each_with_a_type() {
        for text in ["[]", r#"[{"type":"a"}]"#, " [ {\"b\":[1], \"type\" : \"a\"} , {\"type\":\"\"} ] "] {
            assert_eq!(details_fault(text), None, "{text}");
        }
        for text in
            ["", "{}", r#"{"type":"a"}"#, "[1]", "[null]", "[[]]", "[{}]", r#"[{"type":1}]"#, "[{\"type\":\"a\"}", "x"]
        {
            assert!(details_fault(text).is_some_and(|fault| fault.starts_with("expected a JSON array")), "{text}");
        }
        assert_eq!(details_fault(r#"[{"type":"a","type":"b"}]"#), Some(TWICE));
    }
}
