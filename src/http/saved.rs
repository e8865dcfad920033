//! An answer that somebody kept, read as one that comes in is. What kept it may have undone codings and counted lengths already,
//! and left the fields that tell of them.

use super::body::undone;
use super::error::{self, TransportError};
use super::{BODY_CAP, HEADER_CAP, head, is_plain, text_of};
use crate::text::excerpt;
use crate::wire::{Reply, Timings};

/// As many fields as readers of a head take.
const MOST_FIELDS: usize = ureq_proto::client::MAX_RESPONSE_HEADERS;

/// The answer with this head, from its status line to its empty line, and with what stands behind that.
///
/// # Errors
/// What a run could not have read either.
pub fn reply(status: u16, head: &[u8], body: &[u8]) -> Result<Reply, TransportError> {
    if head.len() > HEADER_CAP {
        return Err(TransportError::HeadersTooLarge { cap: HEADER_CAP });
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
        return Err(unreadable(head));
    }
    let (fields, bends) = head::read(head, MOST_FIELDS).map_err(|(line, why)| {
        TransportError::BadHead(format!(
            "status {}, then line {line} of the head {why}",
            excerpt(&status.to_string(), 4)
        ))
    })?;
    let fields = fields.iter().map(|(name, value)| (text_of(name).to_ascii_lowercase(), text_of(value))).collect();
    Ok(Reply { head: text_of(head), bends, ..whole(status, fields, body)? })
}

/// The same of a head that is known by its fields, whose names are in lower case.
///
/// # Errors
/// As [`reply`].
pub fn of_fields(status: u16, fields: Vec<(String, String)>, body: &[u8]) -> Result<Reply, TransportError> {
    // Each in a line, as it is written.
    let size: usize = fields.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
    if size > HEADER_CAP {
        return Err(TransportError::HeadersTooLarge { cap: HEADER_CAP });
    }
    let bends = head::too_many(fields.len(), MOST_FIELDS).into_iter().collect();
    Ok(Reply { bends, ..whole(status, fields, body)? })
}

/// Why no run could have read an answer that begins so, with a status line that is none.
pub fn unreadable(bytes: &[u8]) -> TransportError {
    error::unreadable(bytes.get(..80).unwrap_or(bytes))
}

fn whole(status: u16, mut headers: Vec<(String, String)>, body: &[u8]) -> Result<Reply, TransportError> {
    let too_large = || TransportError::BodyTooLarge { cap: BODY_CAP };
    let unchunked = if says(&headers, "transfer-encoding", "chunked") { unchunked(body) } else { None };
    let body = unchunked.as_deref().unwrap_or(body);
    if body.len() > BODY_CAP {
        return Err(too_large());
    }
    // What reads without its coding has none any more.
    if body.is_empty() || is_plain(body) {
        headers.retain(|(name, _)| name != "content-encoding");
    }
    let encodings = headers.iter().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
    let (body, undecoded) = match undone(body, encodings, BODY_CAP as u64 + 1) {
        Ok(plain) if plain.len() > BODY_CAP => return Err(too_large()),
        Ok(plain) => (plain, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(Reply { status, head: String::new(), headers, bends: Vec::new(), body, undecoded, timings: Timings::default() })
}

fn says(headers: &[(String, String)], name: &str, value: &str) -> bool {
    headers.iter().any(|(of, said)| of == name && said.trim().eq_ignore_ascii_case(value))
}

/// What a body is without its chunks (RFC 9112 §7.1), where it has such from its first byte to its last.
fn unchunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut rest = body;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let line = rest.get(..end)?.trim_ascii_end();
        let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
        if size.is_empty() || size.len() > 8 || !size.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = usize::from_str_radix(str::from_utf8(size).ok()?, 16).ok()?;
        rest = rest.get(end + 1..)?;
        if size == 0 {
            // Fields may follow, and an empty line does.
            return Some(plain);
        }
        plain.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?;
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str, body: &[u8]) -> Result<Reply, TransportError> {
        reply(400, format!("HTTP/1.1 400 Bad\r\n{head}\r\n").as_bytes(), body)
    }

    #[track_caller]
    fn check(head: &str, body: &[u8], expected: &[u8], undecoded: Option<&str>) {
        let reply = read(head, body).unwrap();
        assert_eq!((reply.body.as_slice(), reply.undecoded.as_deref()), (expected, undecoded), "{head}");
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_undone_already_is_not_held_against_a_body() {
        let json = br#"{"error":"x"}"#;
        for head in [
            "Content-Length: 5\r\n",
            "Content-Length: 5000\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Encoding: gzip\r\n",
            "Content-Encoding: br\r\nContent-Length: 7\r\n",
            "Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n",
        ] {
            check(head, json, json, None);
            assert_eq!(read(head, json).unwrap().header("content-encoding"), None, "{head}");
        }
        check("Content-Encoding: gzip\r\n", &packed(json), json, None);
        assert_eq!(read("Content-Encoding: gzip\r\n", &packed(json)).unwrap().header("content-encoding"), Some("gzip"));
        check("Transfer-Encoding: Chunked\r\n", b"3;x=y\r\n{\"e\r\nA\nrror\":\"x\"}\r\n0\r\n\r\n", json, None);
        check("Transfer-Encoding: chunked\r\n", b"3\r\n{\"e\r\n9", b"3\r\n{\"e\r\n9", None);
        check("Content-Encoding: gzip\r\n", b"", b"", None);
    }

    #[test]
    fn what_cannot_be_undone_is_told_as_a_run_would() {
        let json = packed(br#"{"error":"x"}"#);
        check("Content-Encoding: gzip\r\n", &json[..json.len() - 3], b"", Some("it breaks off"));
        let more = [json.as_slice(), b"\0x"].concat();
        assert!(read("Content-Encoding: gzip\r\n", &more).unwrap().undecoded.is_some());
        check("Content-Encoding: br\r\n", b"\x8b\x0a\x80x", b"", Some("br is not known here"));
        let bomb = packed(&vec![b' '; BODY_CAP + 1]);
        assert!(matches!(read("Content-Encoding: gzip\r\n", &bomb), Err(TransportError::BodyTooLarge { .. })));
        let large = vec![b' '; BODY_CAP + 1];
        assert!(matches!(read("", &large), Err(TransportError::BodyTooLarge { .. })));
        let long = format!("X: {}\r\n", "y".repeat(HEADER_CAP));
        assert!(matches!(read(&long, b""), Err(TransportError::HeadersTooLarge { .. })));
        let Err(error) = reply(200, b"HTTP/1.1 200 \x1b[31m\r\n\r\n", b"{}") else { panic!() };
        let expected = "the answer is not HTTP/1.1: status 200, then a status line or header is malformed";
        assert_eq!(error.to_string(), expected);
        let Err(error) = read("A: b\r\nno colon\r\n", b"") else { panic!() };
        assert_eq!(error.to_string(), "the answer is not HTTP/1.1: status 400, then line 3 of the head has no colon");
    }

    #[test]
    fn a_head_that_is_known_by_its_fields_is_as_large_as_its_lines() {
        let fields = |count, length| vec![("a".to_owned(), "b".repeat(length)); count];
        let of = |count, length| of_fields(200, fields(count, length), b"{}").map(|reply| reply.bends.len());
        assert!(matches!((of(MOST_FIELDS, 1), of(MOST_FIELDS + 1, 1)), (Ok(0), Ok(1))));
        assert!(matches!(of(1, HEADER_CAP - 5), Ok(0)));
        assert!(matches!(of(1, HEADER_CAP - 4), Err(TransportError::HeadersTooLarge { .. })));
    }

    #[test]
    fn an_odd_head_bends_what_it_bends_on_the_way() {
        let reply = read("X : a\r\n b\r\nDate: c\r\n", b"{}").unwrap();
        assert_eq!((reply.header("x"), reply.header("date"), reply.bends.len()), (Some("a b"), Some("c"), 2));
    }
}
