//! The pieces of a JSON text, each with where it stands: for whoever changes some and leaves the rest as it is.

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
}
