//! What `curl -i` prints: heads, each from its status line to its empty line, and the body behind the last of them. In front
//! of that stand interim answers, what a proxy said to CONNECT, and with several answers in a file the earlier ones.

use super::{Fault, Found};
use crate::http::saved;

/// The last answer, where `bytes` begin with a head.
pub(super) fn last(bytes: &[u8]) -> Option<Result<Found, Fault>> {
    let Some(mut head) = Head::read(bytes) else {
        let reply = is_of_no_status(bytes).then(|| Err(saved::unreadable(bytes)))?;
        return Some(Ok(Found { taken_for: "what curl -i prints".to_owned(), reply, endpoint: None }));
    };
    let mut count = 1;
    while let Some(next) = head.next() {
        head = next;
        count += 1;
    }
    if (100..200).contains(&head.status) && head.status != 101 {
        return Some(Err(Fault::Interim(head.status)));
    }
    let more = if count > 1 { format!(", and that for the last of {count} heads") } else { String::new() };
    Some(Ok(Found {
        taken_for: format!("what curl -i prints{more}"),
        reply: saved::reply(head.status, head.text, head.body),
        endpoint: None,
    }))
}

/// A head, and what stands behind it.
struct Head<'a> {
    status: u16,
    text: &'a [u8],
    body: &'a [u8],
}

impl<'a> Head<'a> {
    /// The one that `bytes` begin with. What lacks its empty line is a head all the same.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let status = status(bytes)?;
        let end = end(bytes).unwrap_or(bytes.len());
        Some(Self { status, text: &bytes[..end], body: &bytes[end..] })
    }

    /// The next one, where what stands behind it is not its body.
    fn next(&self) -> Option<Self> {
        let behind = self.length().and_then(|length| self.body.get(length..)).map(<[u8]>::trim_ascii_start);
        if behind.is_some_and(<[u8]>::is_empty) {
            return None;
        }
        let next = Self::read(self.body.trim_ascii_start()).or_else(|| Self::read(behind?));
        if next.is_some() {
            return next;
        }
        let mut from = 0;
        while let Some(at) = memchr::memmem::find(&self.body[from..], b"HTTP/") {
            let rest = &self.body[from + at..];
            match whole(rest) {
                Ok(()) => return Self::read(rest),
                // Whatever begins before that ends there, too.
                Err(end) => from += at + end,
            }
        }
        None
    }

    /// What it says of the length of its body.
    fn length(&self) -> Option<usize> {
        let mut fields = lines(self.text).filter_map(field);
        let (_, length) = fields.find(|(name, _)| name.eq_ignore_ascii_case(b"content-length"))?;
        str::from_utf8(length.trim_ascii()).ok()?.parse().ok()
    }
}

/// The status code of the status line that `bytes` begin with.
fn status(bytes: &[u8]) -> Option<u16> {
    // No more than that is looked at for it: it may be one of many places in a long line.
    let line = lines(bytes.get(..24).unwrap_or(bytes)).next()?;
    let version = line.strip_prefix(b"HTTP/")?;
    let space = version.iter().position(|byte| *byte == b' ')?;
    // Those that curl speaks: it prints no other.
    let is_version = matches!(&version[..space], b"1.0" | b"1.1" | b"2" | b"2.0" | b"3");
    let code = version[space..].trim_ascii_start();
    let (digits, rest) = code.split_at_checked(3).filter(|_| is_version)?;
    let is_code = matches!(digits, [b'1'..=b'9', a, b] if a.is_ascii_digit() && b.is_ascii_digit());
    let code = if is_code && rest.first().is_none_or(|byte| *byte == b' ') {
        str::from_utf8(digits).ok()?
    } else {
        return None;
    };
    code.parse().ok()
}

/// Whether a head stands here whose status line is none.
fn is_of_no_status(bytes: &[u8]) -> bool {
    let version = bytes.strip_prefix(b"HTTP/").and_then(<[u8]>::first);
    version.is_some_and(u8::is_ascii_digit) && end(bytes).is_some()
}

/// Where the first empty line ends.
fn end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let length = memchr::memchr(b'\n', &bytes[at..])? + 1;
        let line = bytes[at..at + length].trim_ascii();
        at += length;
        if line.is_empty() {
            return Some(at);
        }
    }
}

/// Whether a head with fields and an empty line stands here, in the middle of something; otherwise what was looked at.
fn whole(bytes: &[u8]) -> Result<(), usize> {
    const MARK: usize = b"HTTP/".len();
    if status(bytes).is_none() {
        return Err(MARK);
    }
    let mut at = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
    let first = at;
    loop {
        let Some(end) = memchr::memchr(b'\n', &bytes[at..]) else { return Err(at.max(MARK)) };
        let line = bytes[at..at + end].strip_suffix(b"\r").unwrap_or(&bytes[at..at + end]);
        match line {
            [] if at > first => return Ok(()),
            [b' ' | b'\t', ..] if at > first => {}
            _ if field(line).is_some() => {}
            _ => return Err(at.max(MARK)),
        }
        at += end + 1;
    }
}

fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let name = name.trim_ascii_end();
    (!name.is_empty() && name.iter().all(is_token)).then(|| (name, value.get(1..).unwrap_or_default()))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    #[track_caller]
    fn check(text: &str, count: usize, status: u16, body: &str) {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let mut head = Head::read(text.as_bytes()).unwrap();
            let mut found = 1;
            while let Some(next) = head.next() {
                head = next;
                found += 1;
            }
            let got = String::from_utf8_lossy(head.body).replace("\r\n", "\n");
            assert_eq!((found, head.status, got.as_str()), (count, status, body), "{text:?}");
        }
    }

    #[test]
    fn the_last_of_several_heads_counts() {
        let refused = "HTTP/2 400 \ncontent-type: application/json\n\n{\"error\":\"x\"}";
        check(refused, 1, 400, "{\"error\":\"x\"}");
        check(&format!("HTTP/1.1 100 Continue\n\n{refused}"), 2, 400, "{\"error\":\"x\"}");
        check(&format!("HTTP/1.1 200 Connection established\n\n{refused}"), 2, 400, "{\"error\":\"x\"}");
        check(
            &format!("HTTP/1.0 200 OK\nProxy-Agent: x\n\nHTTP/1.1 103 Early\nLink: y\n\n{refused}"),
            3,
            400,
            "{\"error\":\"x\"}",
        );
        // Several runs in one file, with a line end between them or none.
        check(&format!("HTTP/1.1 503 Busy\nContent-Length: 4\n\nbusy{refused}"), 2, 400, "{\"error\":\"x\"}");
        check(&format!("HTTP/1.1 503 Busy\n\nbusy\n{refused}"), 2, 400, "{\"error\":\"x\"}");
        check(&format!("{refused}{refused}\n{refused}\n"), 3, 400, "{\"error\":\"x\"}\n");
        check("HTTP/1.1 302 Found\nLocation: /x\n\nHTTP/1.1 200 OK\n\n", 2, 200, "");
        check("HTTP/3 404", 1, 404, "");
        check("HTTP/2 404\ndate: x\n", 1, 404, "");
    }

    #[test]
    fn a_body_may_speak_of_heads() {
        for body in [
            "{\"message\":\"HTTP/1.1 400 Bad Request\"}",
            "see HTTP/1.1 400 Bad\nthen go on\n",
            "see HTTP/1.1 400 Bad\n\nX: y\n\n",
        ] {
            check(&format!("HTTP/1.1 500 X\nA: b\n\n{body}"), 1, 500, body);
        }
        // Where a length says so, all of it.
        for body in ["see HTTP/1.1 400 Bad\nX: y\n\nz", "HTTP/1.1 400 is what it said\n"] {
            let text = format!("HTTP/1.1 500 X\nContent-Length: {}\n\n{body}", body.len());
            let head = Head::read(text.as_bytes()).unwrap();
            assert!(head.next().is_none() && head.body == body.as_bytes());
        }
    }

    #[test]
    fn a_status_line_has_a_version_and_a_code() {
        for (line, expected) in [
            ("HTTP/1.1 200 OK", Some(200)),
            ("HTTP/2 200", Some(200)),
            ("HTTP/3 599 ", Some(599)),
            ("HTTP/1.1  404 Not Found", Some(404)),
            ("HTTP/1.1 20", None),
            ("HTTP/1.1 2000", None),
            ("HTTP/1.1 099 x", None),
            ("HTTP/ 200", None),
            ("HTTP/x 200", None),
            ("HTTPS is wanted", None),
            ("http/1.1 200", None),
            ("HTTP/9.9 200 OK", None),
            ("HTTP/1.2 200 OK", None),
        ] {
            assert_eq!(status(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn a_head_without_a_status_is_one_that_no_run_reads() {
        for (text, why) in [
            ("HTTP/1.1 abc OK\r\n\r\n", "status abc, then a status line or header is malformed"),
            ("HTTP/9.9 200 OK\nA: b\n\n{}", "it begins with HTTP/9.9 200 OK"),
        ] {
            let Some(Ok(found)) = last(text.as_bytes()) else { panic!("{text:?}") };
            assert_eq!(found.reply.unwrap_err().to_string(), format!("the answer is not HTTP/1.1: {why}"));
        }
        for body in ["HTTP/1.1 is too old", "HTTPS is wanted\n\nhere", "HTTP/ \n\n"] {
            assert!(last(body.as_bytes()).is_none(), "{body:?}");
        }
    }

    #[test]
    fn the_work_grows_with_the_file_and_no_faster() {
        for piece in [
            "HTTP/1.1 200\nA: ",
            "HTTP/1.1 200\n\n",
            "A: HTTP/1.1 200\n",
            "HTTP/1.1 200 a\n x\n",
            "HTTP/1.1 200 ",
            "HTTP/",
            "\n",
        ] {
            let make = |count| format!("HTTP/1.1 200 X\nY: z\n\nx{}", piece.repeat(count));
            check_linear(1000, make, |text| assert!(last(text.as_bytes()).is_some()));
        }
    }
}
