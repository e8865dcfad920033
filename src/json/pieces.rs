//! The pieces of a JSON text, each with where it stands: for whoever changes some and leaves the rest as it is.

use std::collections::BTreeSet;
use std::ops::Range;

/// A piece of a text that is JSON. The extents of texts and names are without their quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The bracket that opens an array or object.
    Open(usize),
    /// The one that closes it.
    Close(usize),
    /// A member's name.
    Name(Range<usize>),
    /// A string.
    Text(Range<usize>),
    /// A number.
    Number(Range<usize>),
}

/// The pieces of `json`, which is known to be JSON ([`super::check`]); of another text any.
pub fn pieces(json: &str) -> impl Iterator<Item = Piece> {
    let bytes = json.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let begins = |byte: &u8| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}' | b'-' | b'0'..=b'9');
        let start = at + bytes.get(at..)?.iter().position(begins)?;
        at = start + 1;
        Some(match bytes[start] {
            b'[' | b'{' => Piece::Open(start),
            b']' | b'}' => Piece::Close(start),
            b'"' => {
                let text = at..at + length(&bytes[at..]);
                at = (text.end + 1).min(bytes.len());
                let next = bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                if next == Some(&b':') { Piece::Name(text) } else { Piece::Text(text) }
            }
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
                at = bytes[at..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |end| at + end);
                Piece::Number(start..at)
            }
        })
    })
}

/// A name that stands more than once in one object of `json`, which is known to be JSON, however deep that object lies. Names
/// are the same where they read the same.
pub fn duplicate(json: &str) -> Option<String> {
    let mut objects = Vec::new();
    for piece in pieces(json) {
        match piece {
            Piece::Open(_) => objects.push(BTreeSet::new()),
            Piece::Close(_) => drop(objects.pop()),
            Piece::Name(name) => {
                let read = serde_json::from_str::<String>(&json[name.start - 1..name.end + 1]);
                let name = read.unwrap_or_else(|_| json[name].to_owned());
                let names = objects.last_mut()?;
                if names.contains(&name) {
                    return Some(name);
                }
                names.insert(name);
            }
            Piece::Text(_) | Piece::Number(_) => {}
        }
    }
    None
}

/// How long a string is whose opening quote stands before it.
fn length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(offset) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        at += offset;
        if text[at] == b'"' {
            return at;
        }
        at = (at + 2).min(text.len());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stand_where_they_are_said_to() {
        let json = r#" {"a" : "b\"c", "":[-1.5e+3,true,{"\\":null}] , "d":"" }"#;
        let shown: Vec<_> = pieces(json)
            .map(|piece| match piece {
                Piece::Open(at) | Piece::Close(at) => json[at..=at].to_owned(),
                Piece::Name(name) => format!("name {}", &json[name]),
                Piece::Text(text) => format!("text {}", &json[text]),
                Piece::Number(number) => json[number].to_owned(),
            })
            .collect();
        let expected =
            ["{", "name a", r#"text b\"c"#, "name ", "[", "-1.5e+3", "{", r"name \\", "}", "]", "name d", "text ", "}"];
        assert_eq!(shown, expected);
        for broken in ["\"", "\"\\", "-", "{\"a", "\"a\" "] {
            assert!(pieces(broken).count() <= 2, "{broken}");
        }
    }

    #[test]
    fn a_name_stands_twice_at_any_depth() {
        for (json, expected) in [
            (r#"{"a":1,"b":{"a":[{"a":"a"},{"a":2}]},"c":"a"}"#, None),
            (r#"{"a":1,"\u0061":2}"#, Some("a")),
            (r#"{"a":[{"b":{"x":1,"y":2,"x" :3}}]}"#, Some("x")),
            (r#"[{"":1,"":2}]"#, Some("")),
            (r#"{"a":{"b":1},"a":2}"#, Some("a")),
            ("17", None),
        ] {
            assert_eq!(duplicate(json).as_deref(), expected, "{json}");
        }
    }
}
