//! The PEM sections of a text (RFC 7468), fast: a system's bundle holds some 150 certificates and is read before each
//! https connection of a process.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use zeroize::Zeroizing;

/// Far above any system's bundle (bytes).
pub(crate) const FILE_CAP: u64 = 4 << 20;

/// One section: its label and its decoded content, or nothing where the content is not base64.
pub(crate) struct Section<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Option<Vec<u8>>,
    /// Its headers say that it is encrypted, the old way (RFC 1421 §4.6.1.1).
    pub(crate) is_encrypted: bool,
}

/// Walks through the sections; text around them is ignored, as everywhere.
pub(crate) fn sections(text: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let begin = memmem::Finder::new(b"-----BEGIN ");
    let mut rest = text;
    // What is joined may be a key.
    let mut joined = Zeroizing::new(Vec::new());
    std::iter::from_fn(move || {
        loop {
            let start = begin.find(rest)? + begin.needle().len();
            let after = &rest[start..];
            let label_len = memchr::memchr(b'-', after)?;
            let (label, after) = after.split_at(label_len);
            rest = after;
            let Ok(label) = std::str::from_utf8(label) else { continue };
            let Some(body) = after.strip_prefix(b"-----") else { continue };
            let end = memchr::memchr(b'-', body)?;
            rest = &body[end..];
            if !rest.starts_with(b"-----END ") {
                // Headers have dashes (RFC 1421); what they are is all there is to know.
                let headers = rest.strip_prefix(b"-Type:").map(|value| &value[..value.len().min(40)]);
                let is_encrypted = headers.is_some_and(|value| memmem::find(value, b"4,ENCRYPTED").is_some());
                return Some(Section { label, der: None, is_encrypted });
            }
            return Some(Section { label, der: decode(&body[..end], &mut joined), is_encrypted: false });
        }
    })
}

fn decode(body: &[u8], joined: &mut Zeroizing<Vec<u8>>) -> Option<Vec<u8>> {
    if joined.capacity() < body.len() {
        // All of it at once: what a vector leaves behind as it grows is not wiped.
        *joined = Zeroizing::new(Vec::with_capacity(body.len()));
    }
    joined.clear();
    let mut rest = body;
    while let Some(line_len) = memchr::memchr(b'\n', rest) {
        joined.extend_from_slice(rest[..line_len].trim_ascii());
        rest = &rest[line_len + 1..];
    }
    joined.extend_from_slice(rest.trim_ascii());
    STANDARD.decode(&**joined).ok().or_else(|| {
        without_line_ends(body, joined);
        STANDARD.decode(&**joined).ok()
    })
}

/// What went through a variable, a form or JSON has other line ends: spaces, or the characters `\n`, `\r\n`.
pub(crate) fn without_line_ends(body: &[u8], joined: &mut Vec<u8>) {
    joined.clear();
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (b'\\', Some(b'n' | b'r')) => rest = &after[1..],
            _ if byte.is_ascii_whitespace() => {}
            _ => joined.push(byte),
        }
    }
}

/// A section of that label, in lines of 64 characters (RFC 7468 §2).
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 40));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.extend([line, "\n"]);
        rest = after;
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    fn read(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
        sections(text.as_bytes()).map(|section| (section.label.to_owned(), section.der)).collect()
    }

    #[test]
    fn sections_are_found_between_other_text() {
        let text = "# comment - with dashes -----\n-----BEGIN A-----\nYWJj\r\nZGVm\n-----END A-----\njunk\n-----BEGIN B C-----\nMQ==\n-----END B C-----";
        assert_eq!(read(text), [("A".into(), Some(b"abcdef".to_vec())), ("B C".into(), Some(b"1".to_vec()))]);
    }

    #[test]
    fn the_work_grows_with_the_text_and_no_faster() {
        let texts: [fn(usize) -> String; 7] = [
            |count| "-----BEGIN ".repeat(count),
            |count| "-----BEGIN A-----\n".repeat(count),
            |count| "-----BEGIN A-----\nMQ==\n-----END ".repeat(count),
            |count| "-----BEGIN A\n".repeat(count),
            |count| format!("-----BEGIN A-----\n{}", "A".repeat(12 * count)),
            |count| format!("-----BEGIN A-----\n{}-----END A-----", "A\n".repeat(6 * count)),
            |count| format!("-----BEGIN {}", "A".repeat(12 * count)),
        ];
        for text in texts {
            check_linear(500, text, |text| assert!(sections(text.as_bytes()).count() <= text.len()));
        }
    }

    #[test]
    fn garbage_is_skipped_and_never_a_panic() {
        assert_eq!(read(""), []);
        assert_eq!(read("-----BEGIN "), []);
        assert_eq!(read("-----BEGIN A"), []);
        assert_eq!(read("-----BEGIN A-----\nYWJj"), []);
        assert_eq!(read("-----BEGIN A-----\n!!!\n-----END A-----"), [("A".into(), None)]);
        assert_eq!(
            read("-----BEGIN A--\n-----BEGIN B-----\nMQ==\n-----END B-----"),
            [("B".into(), Some(b"1".to_vec()))]
        );
    }
}
