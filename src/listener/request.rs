//! A browser's request, read and judged, pure: bytes in, what to do in answer out.

use std::borrow::Cow;

use ::http::Request;
use memchr::memchr;
use ureq_proto::server::state::{RecvBody, RecvRequest};
use ureq_proto::server::{RecvRequestResult, Reply};
use ureq_proto::{BodyMode, Error};

use crate::text::excerpt;

/// The longest head (bytes).
pub const HEAD_CAP: usize = 16 << 10;
/// The longest body (bytes).
pub const BODY_CAP: usize = 64 << 10;

/// A status with its phrase (RFC 9110 §15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names are RFC 9110's")]
pub enum Status {
    Ok,
    Found,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    Gone,
    ContentTooLarge,
    MisdirectedRequest,
    RequestHeaderFieldsTooLarge,
    ServiceUnavailable,
}

impl Status {
    /// As it stands in a status line.
    pub fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::Found => "302 Found",
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::RequestTimeout => "408 Request Timeout",
            Self::Gone => "410 Gone",
            Self::ContentTooLarge => "413 Content Too Large",
            Self::MisdirectedRequest => "421 Misdirected Request",
            Self::RequestHeaderFieldsTooLarge => "431 Request Header Fields Too Large",
            Self::ServiceUnavailable => "503 Service Unavailable",
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What is answered.
    pub status: Status,
    /// Why, where the status does not say it.
    pub why: &'static str,
}

impl Refusal {
    const fn new(status: Status, why: &'static str) -> Self {
        Self { status, why }
    }
}

const TOO_LONG: Refusal = Refusal::new(Status::RequestHeaderFieldsTooLarge, "");
const MALFORMED: Refusal = Refusal::new(Status::BadRequest, "it is not HTTP/1.1");

/// The head of a request.
pub struct Head {
    request: Request<()>,
    /// Bytes of it, up to where the body begins.
    pub len: usize,
}

/// Reads a head as its bytes come, with work that grows no faster than they do.
#[derive(Default)]
pub struct Reader {
    bytes: Vec<u8>,
    /// So many bytes in front were passed over.
    blank: usize,
    /// So many bytes were looked at for the end.
    seen: usize,
    /// So many bytes were there when it was last parsed.
    parsed: usize,
    /// What reads the body, once there is a head.
    reply: Option<Reply<RecvRequest>>,
}

impl Reader {
    /// Takes in what came, and gives the head once it is whole.
    ///
    /// # Errors
    /// It is malformed or too long.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<Head>, Refusal> {
        self.bytes.extend_from_slice(bytes);
        if self.seen == 0 {
            // Empty lines in front are passed over (RFC 9112 §2.2).
            let blank = self.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.bytes.drain(..blank);
            self.blank += blank;
        }
        let is_whole = self.has_end();
        // What is no HTTP is told before its end, which may never come.
        if !is_whole && self.bytes.len() < 2 * self.parsed {
            return self.within_cap(None);
        }
        self.parsed = self.bytes.len();
        let mut reply = Reply::new().map_err(|_| MALFORMED)?;
        let head = match reply.try_request(&self.bytes) {
            Ok((len, request)) => request.map(|request| Head { request, len }),
            Err(Error::HttpParseTooManyHeaders) => return Err(TOO_LONG),
            Err(_) => return Err(MALFORMED),
        };
        self.reply = Some(reply);
        self.within_cap(head)
    }

    fn within_cap(&self, head: Option<Head>) -> Result<Option<Head>, Refusal> {
        if self.blank + head.as_ref().map_or(self.bytes.len(), |head| head.len) > HEAD_CAP {
            return Err(TOO_LONG);
        }
        Ok(head)
    }

    /// An empty line came.
    fn has_end(&mut self) -> bool {
        // The line end in front of it may have come before.
        let mut at = self.seen.saturating_sub(2);
        self.seen = self.bytes.len();
        while let Some(line_end) = memchr(b'\n', &self.bytes[at..]) {
            at += line_end + 1;
            if self.bytes[at..].starts_with(b"\n") || self.bytes[at..].starts_with(b"\r\n") {
                return true;
            }
        }
        false
    }

    /// The body behind that head, with what came of it.
    ///
    /// # Errors
    /// It is too long, or nobody can say how long it is.
    pub fn into_body(mut self, head: &Head) -> Result<Body, Refusal> {
        let rest = self.bytes.split_off(head.len.min(self.bytes.len()));
        let encodings: Vec<_> = head.all("transfer-encoding").collect();
        let reply = match self.reply.and_then(|reply| reply.proceed()) {
            Some(RecvRequestResult::RecvBody(reply)) => Some(reply),
            // The word that it waits for is given by whoever wants the body.
            Some(RecvRequestResult::Send100(reply)) => reply.accept(&mut [0; 64]).ok().map(|(_, reply)| reply),
            Some(RecvRequestResult::ProvideResponse(_)) | None => None,
        };
        let reply = match reply.as_ref().map(Reply::body_mode) {
            Some(BodyMode::LengthDelimited(len)) if len > BODY_CAP as u64 => return Err(TOO_LARGE),
            Some(BodyMode::LengthDelimited(_)) if encodings.is_empty() => reply,
            Some(BodyMode::Chunked) => match &*encodings {
                // Neither a length nor an encoding: no body (RFC 9112 §6.3).
                [] => None,
                [encoding] if encoding.eq_ignore_ascii_case(b"chunked") && !head.has("content-length") => reply,
                _ => return Err(UNKNOWN),
            },
            Some(_) => return Err(UNKNOWN),
            None => None,
        };
        let mut body = Body { reply, came: Vec::new(), bytes: Vec::new() };
        body.feed(&rest)?;
        Ok(body)
    }
}

const TOO_LARGE: Refusal = Refusal::new(Status::ContentTooLarge, "");
const UNKNOWN: Refusal = Refusal::new(Status::BadRequest, "nobody can say how long its body is");

/// Reads a body as its bytes come.
pub struct Body {
    reply: Option<Reply<RecvBody>>,
    /// What came and is not read yet: the beginning of a line between two chunks.
    came: Vec<u8>,
    bytes: Vec<u8>,
}

impl Body {
    /// Takes in what came.
    ///
    /// # Errors
    /// It is too long or malformed.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        const LINE_CAP: usize = 1 << 10;
        let Some(reply) = &mut self.reply else { return Ok(()) };
        self.came.extend_from_slice(bytes);
        let mut at = 0;
        let mut piece = [0; 4096];
        loop {
            let (used, len) = reply.read(&self.came[at..], &mut piece).map_err(|_| MALFORMED)?;
            at += used;
            self.bytes.extend_from_slice(&piece[..len]);
            if self.bytes.len() > BODY_CAP {
                return Err(TOO_LARGE);
            }
            if used == 0 {
                break;
            }
        }
        self.came.drain(..at);
        if self.came.len() > LINE_CAP && !reply.is_ended() { Err(MALFORMED) } else { Ok(()) }
    }

    /// All of it, once it came.
    pub fn whole(&self) -> Option<&[u8]> {
        self.reply.as_ref().is_none_or(Reply::is_ended).then_some(&self.bytes)
    }
}

impl Head {
    fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.request.headers().get_all(name).iter().map(|value| value.as_bytes().trim_ascii())
    }

    fn has(&self, name: &str) -> bool {
        self.request.headers().contains_key(name)
    }

    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        self.request.uri().path()
    }

    /// It is written as for a proxy: with a host in its target (RFC 9112 §3.2.2, §3.2.3).
    fn is_for_proxy(&self) -> bool {
        self.request.uri().authority().is_some()
    }

    /// The query, as it came.
    pub fn query(&self) -> &str {
        self.request.uri().query().unwrap_or_default()
    }

    /// Only the head of an answer is wanted.
    pub fn is_head(&self) -> bool {
        self.method() == "HEAD"
    }

    /// It waits for a word before it sends its body (RFC 9110 §10.1.1).
    pub fn expects_continue(&self) -> bool {
        self.all("expect").any(|value| value.eq_ignore_ascii_case(b"100-continue"))
    }

    /// Method and path, fit to show.
    pub fn line(&self) -> String {
        format!("{} {}", excerpt(self.method(), 20), excerpt(self.path(), 200))
    }
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The start address.
    Start,
    /// The redirect, with what stands in its query.
    Query,
    /// The redirect, with what stands in the form that it brings.
    Form,
}

/// What is to be found at a port.
pub struct Site {
    host: String,
    /// How the host ends in `Host`; the scheme's own port is left out by browsers.
    port: String,
    is_own_port: bool,
    start: Option<String>,
    redirect: Option<String>,
    form_post: bool,
}

impl Site {
    /// `start` and `redirect` are paths, the one without its slash.
    pub fn new(
        host: &str,
        port: u16,
        is_https: bool,
        start: Option<&str>,
        redirect: Option<String>,
        form_post: bool,
    ) -> Self {
        Self {
            host: host.to_owned(),
            port: format!(":{port}"),
            is_own_port: port == if is_https { 443 } else { 80 },
            start: start.map(|token| format!("/{token}")),
            redirect,
            form_post,
        }
    }

    /// What is asked for by this head.
    ///
    /// # Errors
    /// Whatever is not to be answered.
    pub fn judge(&self, head: &Head) -> Result<Asked, Refusal> {
        let mut hosts = head.all("host");
        match (hosts.next(), hosts.next()) {
            (Some(host), None) if self.is_own(host) => {}
            // Another site may have this machine's address for its name (DNS rebinding).
            (Some(_), None) => return Err(Refusal::new(Status::MisdirectedRequest, "its Host is another")),
            (None, _) => return Err(Refusal::new(Status::MisdirectedRequest, "it has no Host")),
            (Some(_), Some(_)) => return Err(Refusal::new(Status::MisdirectedRequest, "it has two Hosts")),
        }
        if head.is_for_proxy() {
            return Err(Refusal::new(Status::MisdirectedRequest, "it is meant for a proxy"));
        }
        let mut destinations = head.all("sec-fetch-dest");
        if head.has("sec-purpose") || destinations.any(|destination| destination != b"document") {
            return Err(Refusal::new(Status::ServiceUnavailable, "it is no visit of a person"));
        }
        let is = |known: &Option<String>| known.as_deref() == Some(head.path());
        match head.method() {
            _ if !is(&self.start) && !is(&self.redirect) && head.path() != "*" => {
                Err(Refusal::new(Status::NotFound, ""))
            }
            "GET" if is(&self.start) => Ok(Asked::Start),
            "GET" if is(&self.redirect) => Ok(Asked::Query),
            "POST" if is(&self.redirect) && self.form_post => Ok(Asked::Form),
            _ => Err(Refusal::new(Status::MethodNotAllowed, "")),
        }
    }

    /// The answer was asked for as a form.
    pub fn is_form_post(&self) -> bool {
        self.form_post
    }

    fn is_own(&self, host: &[u8]) -> bool {
        let Some((name, port)) = host.split_at_checked(self.host.len()) else { return false };
        name.eq_ignore_ascii_case(self.host.as_bytes())
            && (port == self.port.as_bytes() || port.is_empty() && self.is_own_port)
    }

    /// The methods of the redirect, or of the start address (RFC 9110 §10.2.1).
    pub fn allow(&self, head: &Head) -> &'static str {
        let is_redirect = self.redirect.as_deref() == Some(head.path());
        if is_redirect && self.form_post { "GET, POST" } else { "GET" }
    }
}

/// The form that a body is.
///
/// # Errors
/// Its content type is another, or it is no text.
pub fn form<'a>(head: &Head, body: &'a [u8]) -> Result<&'a str, Refusal> {
    const NO_FORM: Refusal = Refusal::new(Status::BadRequest, "its body is no form");
    let mut types = head.all("content-type");
    let (Some(content_type), None) = (types.next(), types.next()) else { return Err(NO_FORM) };
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Err(NO_FORM);
    }
    std::str::from_utf8(body).map_err(|_| NO_FORM)
}

/// The `error` in a query or a form, decoded.
pub fn error_of(text: &str) -> Option<Cow<'_, str>> {
    form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == "error").map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(reader: &mut Reader, bytes: &[u8]) -> Result<Option<Head>, Refusal> {
        // A byte at a time.
        bytes.iter().find_map(|byte| reader.feed(&[*byte]).transpose()).transpose()
    }

    #[test]
    fn a_head_is_the_same_however_it_comes() {
        for text in [
            "GET /a?b HTTP/1.1\r\nHost: c\r\n\r\n",
            "\r\n\r\n\nGET /a?b HTTP/1.1\r\nHost: c\r\n\r\n",
            "GET /a?b HTTP/1.1\nHost:c \n\n",
            "GET /a?b HTTP/1.0\r\nhOST:\t c\r\n\r\n",
        ] {
            let whole = Reader::default().feed(text.as_bytes()).unwrap().unwrap();
            let dripped = fed(&mut Reader::default(), text.as_bytes()).unwrap().unwrap();
            for head in [whole, dripped] {
                assert_eq!((head.method(), head.path(), head.query()), ("GET", "/a", "b"), "{text:?}");
                assert_eq!(head.all("host").collect::<Vec<_>>(), [b"c"]);
            }
        }
        for half in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: c\r\n\r"] {
            assert!(fed(&mut Reader::default(), half.as_bytes()).unwrap().is_none(), "{half:?}");
        }
    }

    #[test]
    fn a_head_has_a_longest() {
        let of = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: c\r\n\r\n", "a".repeat(len - 27));
        for feed in [fed, |reader: &mut Reader, bytes: &[u8]| reader.feed(bytes)] {
            assert!(feed(&mut Reader::default(), of(HEAD_CAP).as_bytes()).unwrap().is_some());
            for long in
                [of(HEAD_CAP + 1), "\n".repeat(HEAD_CAP + 1), "GET / HTTP/1.1\r\n".to_owned() + &"a:\n".repeat(6000)]
            {
                assert_eq!(feed(&mut Reader::default(), long.as_bytes()).err(), Some(TOO_LONG));
            }
        }
    }

    fn body_of(fields: &str, body: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let text = format!("POST / HTTP/1.1\r\n{fields}\r\n{body}");
        let (head, body) = text.split_at(text.len() - body.len());
        let mut reader = Reader::default();
        let head = reader.feed(head.as_bytes()).unwrap().unwrap();
        let mut dripped = reader.into_body(&head)?;
        for byte in body.bytes() {
            dripped.feed(&[byte])?;
        }
        let dripped = dripped.whole().map(<[u8]>::to_vec);
        let mut reader = Reader::default();
        let head = reader.feed(text.as_bytes()).unwrap().unwrap();
        assert_eq!(reader.into_body(&head)?.whole().map(<[u8]>::to_vec), dripped, "however it comes");
        Ok(dripped)
    }

    #[test]
    fn a_body_is_as_long_as_its_head_says() {
        const CHUNKED: &str = "Transfer-Encoding: Chunked\r\n";
        for (fields, body, expected) in [
            ("", "a=b", Ok(Some(""))),
            ("Content-Length: 3\r\n", "a=b&c", Ok(Some("a=b"))),
            ("Content-Length: 3, 3\r\n", "a=b", Ok(Some("a=b"))),
            ("Content-Length: 4\r\n", "a=b", Ok(None)),
            ("Content-Length: 0\r\n", "a=b", Ok(Some(""))),
            ("Content-Length: 65537\r\n", "", Err(TOO_LARGE)),
            (CHUNKED, "1\r\na\r\n2;x=y\r\n=b\r\n0\r\nTrailer: z\r\n\r\nmore", Ok(Some("a=b"))),
            (CHUNKED, "3\r\na=b\r\n", Ok(None)),
            (CHUNKED, "x\r\n", Err(MALFORMED)),
            (CHUNKED, &"0".repeat(2000), Err(MALFORMED)),
            (CHUNKED, &format!("11000\r\n{}", "a".repeat(65537)), Err(TOO_LARGE)),
            ("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "a=b", Err(UNKNOWN)),
            ("Transfer-Encoding: gzip\r\n", "a=b", Err(UNKNOWN)),
            ("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", Err(UNKNOWN)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n", Err(UNKNOWN)),
            (&CHUNKED.repeat(2), "0\r\n\r\n", Err(UNKNOWN)),
        ] {
            let expected = expected.map(|body| body.map(|body: &str| body.as_bytes().to_vec()));
            assert_eq!(body_of(fields, body), expected, "{fields:?} {:?}", &body[..body.len().min(99)]);
        }
        for length in ["+3", "", "3, 4", "3\r\nContent-Length: 4", "0x3", "99999999999999999999999"] {
            let text = format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\na=b");
            assert_eq!(Reader::default().feed(text.as_bytes()).err(), Some(MALFORMED), "{length}");
        }
    }

    #[test]
    fn the_work_grows_with_the_head_and_no_faster() {
        for line in ["a", "a:\r\n", "\n", "\r"] {
            let make = |size: usize| format!("GET / HTTP/1.1\r\n{}", line.repeat(size / line.len()));
            crate::growth::check_linear(500, make, |text| {
                let _ = fed(&mut Reader::default(), text.as_bytes());
            });
        }
    }

    #[test]
    fn the_port_of_the_scheme_is_left_out_by_browsers() {
        for (port, is_https, host, is_own) in [
            (80, false, "localhost", true),
            (80, false, "LOCALHOST:80", true),
            (443, true, "localhost", true),
            (443, false, "localhost", false),
            (8080, false, "localhost", false),
            (8080, false, "localhost:8080", true),
            (8080, false, "localhost:08080", false),
            (8080, false, "localhost.:8080", false),
            (80, false, "localhos\u{e9}", false),
        ] {
            let site = Site::new("localhost", port, is_https, None, Some("/".into()), false);
            let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let head = Reader::default().feed(head.as_bytes()).unwrap().unwrap();
            let expected = if is_own { Ok(Asked::Query) } else { Err(Status::MisdirectedRequest) };
            assert_eq!(site.judge(&head).map_err(|refusal| refusal.status), expected, "{host} {port}");
        }
    }
}
