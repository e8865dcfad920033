//! The characters of a foreign file: UTF-8, or UTF-16 as Windows writes it. Pure.

/// The two bytes of a UTF-16 character's half as a number.
type Unit = fn([u8; 2]) -> u16;

/// How a file tells that it is UTF-16: the two bytes it begins with, and which byte of two comes first.
const MARKS: [([u8; 2], Unit); 2] = [([0xff, 0xfe], u16::from_le_bytes), ([0xfe, 0xff], u16::from_be_bytes)];

/// UTF-8's way to begin like them.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A file's text.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text without a byte order mark.
    pub text: String,
    /// What its user should know of how it was written.
    pub note: Option<&'static str>,
}

/// The text of a file. `None` where it is none.
pub fn decoded(bytes: &[u8]) -> Option<Decoded> {
    // Without a mark it is told by the zero byte that every character of a command or a key has in it.
    let marked = MARKS.into_iter().find_map(|(mark, unit)| Some((bytes.strip_prefix(&mark)?, unit)));
    let unit = marked.or_else(|| match bytes {
        [first, 0, ..] if *first != 0 => Some((bytes, MARKS[0].1)),
        [0, second, ..] if *second != 0 => Some((bytes, MARKS[1].1)),
        _ => None,
    });
    if let Some((content, unit)) = unit {
        let (pairs, rest) = content.as_chunks::<2>();
        let text = rest.is_empty().then(|| char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect());
        let note = Some("is UTF-16, as PowerShell writes files, and is read so");
        return text.and_then(Result::ok).map(|text| Decoded { text, note });
    }
    let content = bytes.strip_prefix(MARK);
    let note = content.map(|_| "begins with a byte order mark, which is left out");
    String::from_utf8(content.unwrap_or(bytes).to_vec()).ok().map(|text| Decoded { text, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_told_by_its_mark_or_its_zero_bytes() {
        let text = "curl é \u{1f600}\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [[&[0xff, 0xfe], le.as_slice()].concat(), [&[0xfe, 0xff], be.as_slice()].concat(), le, be] {
            let decoded = decoded(&bytes).unwrap();
            assert_eq!(decoded.text, text);
            assert!(decoded.note.unwrap().starts_with("is UTF-16"));
            assert_eq!(super::decoded(&bytes[..bytes.len() - 1]), None, "half a character");
        }
        assert_eq!(decoded(&[0xff, 0xfe, 0, 0xd8]), None, "half a pair");
    }

    #[test]
    fn utf_8_may_begin_with_a_mark() {
        let decoded = |bytes: &[u8]| decoded(bytes).map(|decoded| (decoded.text, decoded.note.is_some()));
        assert_eq!(decoded(b"a"), Some(("a".into(), false)));
        assert_eq!(decoded(b""), Some((String::new(), false)));
        assert_eq!(decoded(b"\xef\xbb\xbfa"), Some(("a".into(), true)));
        assert_eq!(decoded(b"\xe9t\xe9"), None, "Latin-1");
    }
}
