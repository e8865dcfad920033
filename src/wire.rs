//! What goes to a server and comes back, as bytes: [`Url`], [`Call`] and [`Reply`].
//!
//! The protocol ([`crate::oauth`]) writes calls and reads replies, the transport ([`crate::http`]) carries them; neither
//! knows the other. Nothing here does I/O.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::host;
use crate::secret::names::is_sensitive_name;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};

/// An absolute `http` or `https` URL whose text is kept byte for byte, because a query in a token endpoint must be
/// (RFC 6749 §3.2).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    https: bool,
    host: String,
    port: u16,
    path_start: usize,
}

/// Why a text is not a URL this program sends anything to. No variant repeats the text: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum UrlError {
    #[error("it is not an absolute URL: expected something like https://login.example.com/token")]
    NotAbsolute,
    #[error("its scheme is neither https nor http")]
    Scheme,
    #[error("it has no host")]
    NoHost,
    #[error("its host is not plain ASCII: write an international name in its xn-- form")]
    HostNotAscii,
    #[error("its host or port is malformed")]
    Authority,
    #[error("it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)")]
    Userinfo,
    #[error("it has a fragment (#…), which a server would never see (RFC 9110 §7.1)")]
    Fragment,
    #[error("it holds a space, a control character or another one that must be percent-encoded")]
    Character,
}

impl Url {
    /// Reads `text` without changing it.
    ///
    /// # Errors
    /// [`UrlError`] for whatever this program must not, or cannot, send a request to.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NotAbsolute)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::Scheme),
        };
        let authority_len = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(authority_len);
        if authority.is_empty() {
            return Err(UrlError::NoHost);
        }
        if authority.contains('@') {
            return Err(UrlError::Userinfo);
        }
        if path.contains('#') {
            return Err(UrlError::Fragment);
        }
        if !authority.is_ascii() {
            return Err(UrlError::HostNotAscii);
        }
        if path.bytes().any(|b| !(0x21..=0x7e).contains(&b)) {
            return Err(UrlError::Character);
        }
        let parsed: ::http::uri::Authority = authority.parse().map_err(|_| UrlError::Authority)?;
        let host = parsed.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        let after_host = &authority[parsed.host().len()..];
        let port = match after_host {
            "" | ":" => {
                if https {
                    443
                } else {
                    80
                }
            }
            _ => parsed.port_u16().filter(|port| *port != 0).ok_or(UrlError::Authority)?,
        };
        // What our own reading of the parts allows must also be what the HTTP client will make of the text.
        let uri: ::http::Uri = text.parse().map_err(|_| UrlError::Character)?;
        if uri.host().is_none_or(|h| !h.eq_ignore_ascii_case(&host)) {
            return Err(UrlError::Authority);
        }
        Ok(Self { text: text.to_owned(), https, host, port, path_start: text.len() - path.len() })
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True for `https`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host in lower case; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, explicit or the scheme's own.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// True where plain http cannot leave this machine.
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(&self.host)
    }

    /// True where credentials may be sent: https, or http that stays on this machine.
    pub fn is_protected(&self) -> bool {
        self.https || self.is_loopback()
    }

    /// `host`, or `host:port` where the port is not the scheme's own: the `Host` header.
    pub fn authority(&self) -> String {
        let default = if self.https { 443 } else { 80 };
        if self.port == default { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Scheme, host and port: what the web calls an origin.
    pub fn origin(&self) -> (bool, &str, u16) {
        (self.https, &self.host, self.port)
    }

    /// Path and query as they stand in the request line, at least `/`.
    pub fn path_and_query(&self) -> String {
        let rest = &self.text[self.path_start..];
        if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
    }

    /// `path` below this URL: slashes at the seam become one, this URL's query stays in front of that of `path`, and an
    /// empty `path` is this URL itself. An absolute URL stands for itself, whatever its origin.
    ///
    /// A leading `//` is a seam like any other here, never the host of RFC 3986 §4.2: text from elsewhere must not be able
    /// to name one by two slashes.
    ///
    /// # Errors
    /// [`UrlError`] of what comes out.
    pub fn join(&self, path: &str) -> Result<Self, UrlError> {
        if is_absolute(path) {
            return Self::parse(path);
        }
        let (base, base_query) = split_query(&self.text);
        let (path, query) = split_query(path);
        let mut text = match path {
            "" => base.to_owned(),
            _ => format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/')),
        };
        let queries: Vec<_> = [base_query, query].into_iter().flatten().filter(|query| !query.is_empty()).collect();
        if !queries.is_empty() {
            text = format!("{text}?{}", queries.join("&"));
        }
        Self::parse(&text)
    }

    /// The URL up to its query, for messages: a query may hold what no log should.
    pub fn without_query(&self) -> &str {
        self.text.split('?').next().unwrap_or(&self.text)
    }
}

/// True for a text that begins with a scheme and an authority (RFC 3986 §3).
pub fn is_absolute(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.without_query())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A header field of a [`Call`].
#[derive(Clone)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value. To the transport each counts as secret.
    pub value: Secret,
    /// Whether the value is hidden where the call is shown.
    pub is_secret: bool,
}

impl Header {
    /// One whose name tells whether its value is secret.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        Self { is_secret: is_sensitive_name(&name), name, value: Secret::new(value) }
    }
}

/// One HTTP request. Its body counts as secret.
#[derive(Clone)]
pub struct Call {
    /// `GET`, `POST`, ….
    pub method: String,
    /// Where to.
    pub url: Url,
    /// In sending order, without `Host` and `Content-Length`: the transport adds those.
    pub headers: Vec<Header>,
    /// `None` where there is none; see [`Call::content`].
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// True where sending it a second time does no harm if it cannot be told whether the first one arrived: it carries
    /// neither a user's password, whose failures are counted, nor a credential that works once.
    pub repeatable: bool,
}

impl Call {
    /// The body as it is sent, with its length: methods that usually have one say that there is none (RFC 9110 §8.6).
    pub fn content(&self) -> Option<&[u8]> {
        let none = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH").then_some(&[][..]);
        self.body.as_ref().map(|body| body.as_slice()).or(none)
    }
}

impl Conceal for Call {
    /// Whatever in URL, header fields and body stands under a name that speaks of secrets.
    fn conceal(&self, redactor: &mut Redactor) {
        redactor.add_url(self.url.as_str());
        let secret = self.headers.iter().filter(|header| header.is_secret && !header.value.expose().is_empty());
        secret.for_each(|header| redactor.add_header_value(&header.name, header.value.expose()));
        self.body.iter().for_each(|body| redactor.add_body(body));
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} {:?})", self.method, self.url)
    }
}

/// One HTTP answer, read to its end.
#[derive(Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The status line and the lines of the header as they came, those of interim answers in front; what is not UTF-8 is
    /// taken as ISO 8859-1.
    pub head: String,
    /// Names in lower case, in the order received; a value that is not UTF-8 is taken as ISO 8859-1.
    pub headers: Vec<(String, String)>,
    /// What was odd about the head, each with the section that it bends.
    pub bends: Vec<(&'static str, &'static str)>,
    /// The body, decoded from its content coding.
    pub body: Vec<u8>,
    /// Why its content coding could not be undone. The body is as it came then, where that is text, and else left out.
    pub undecoded: Option<String>,
    /// How long each step took.
    pub timings: Timings,
}

impl Reply {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// How long the steps of one exchange took; `None` where a step did not happen (a reused connection, an IP address).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Name resolution.
    pub dns: Option<Duration>,
    /// TCP connection, a proxy's CONNECT included.
    pub connect: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// From the start of sending to the whole head of the answer.
    pub wait: Option<Duration>,
    /// From there to the end of its body.
    pub body: Option<Duration>,
    /// The whole exchange.
    pub total: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, path: &str, expected: &str) {
        assert_eq!(Url::parse(base).unwrap().join(path).unwrap().as_str(), expected);
    }

    #[test]
    fn a_path_is_joined_with_one_slash_at_the_seam() {
        check("https://h/a/b//", "//c", "https://h/a/b/c");
        check("https://h/a/b", "c", "https://h/a/b/c");
        check("https://h", "c", "https://h/c");
        check("https://h/a", "/", "https://h/a/");
        check("https://h/a", "c//d/", "https://h/a/c//d/");
    }

    #[test]
    fn the_bases_query_stays_and_an_empty_path_is_the_base() {
        check("https://h/a?k=%2b", "c?y=2", "https://h/a/c?k=%2b&y=2");
        check("https://h/a/?k=1", "c", "https://h/a/c?k=1");
        check("https://h/a/", "?y=2", "https://h/a/?y=2");
        check("https://h/a//?k=1", "", "https://h/a//?k=1");
    }

    #[test]
    fn only_a_scheme_makes_another_host() {
        check("https://h/a", "//evil.example/x", "https://h/a/evil.example/x");
        check("https://h/a", "HTTPS://other/x", "HTTPS://other/x");
        check("https://h/a", "x?u=https://other/", "https://h/a/x?u=https://other/");
        check("https://h/a", "b/https://other/", "https://h/a/b/https://other/");
        assert_eq!(Url::parse("https://h").unwrap().join("ftp://h/x"), Err(UrlError::Scheme));
        assert_eq!(Url::parse("https://h").unwrap().join("x#f"), Err(UrlError::Fragment));
        assert_eq!(Url::parse("https://h").unwrap().join("a b"), Err(UrlError::Character));
    }
}
