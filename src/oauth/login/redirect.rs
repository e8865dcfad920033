//! Where a browser comes back to (RFC 6749 §3.1.2, RFC 8252 §7).

/// The address for whoever copies the code by hand.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Where a browser comes back to. Its text is kept byte for byte: the server compares it with what is registered (RFC 9700
/// §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    text: String,
    /// Where it is to be listened on this machine.
    listened: Option<Listened>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Listened {
    is_https: bool,
    /// From and to where in the text the host stands,
    host: (usize, usize),
    /// and where what follows the port begins.
    rest: usize,
    port: Option<u16>,
}

/// Why a text is no redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum RedirectError {
    #[error("it is not an absolute URI, such as http://127.0.0.1/callback")]
    NotAbsolute,
    #[error("it has a fragment, which a redirect URI must not have (RFC 6749 §3.1.2)")]
    Fragment,
    #[error("it holds a user name or password")]
    Userinfo,
    #[error("its port is malformed")]
    Port,
    #[error("it holds a space, a control character or another one that must be percent-encoded")]
    Character,
    #[error("plain http is only for this machine (RFC 8252 §7.3): anybody on the way could take the code")]
    PlainHttp,
}

impl Redirect {
    /// Reads one.
    ///
    /// # Errors
    /// [`RedirectError`]
    pub fn parse(text: &str) -> Result<Self, RedirectError> {
        let (scheme, rest) = text.split_once(':').ok_or(RedirectError::NotAbsolute)?;
        let mut letters = scheme.bytes();
        let is_scheme = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !is_scheme || rest.is_empty() {
            return Err(RedirectError::NotAbsolute);
        }
        if text.bytes().any(|b| !(0x21..=0x7e).contains(&b) || b"\"<>\\^`{|}".contains(&b)) {
            return Err(RedirectError::Character);
        }
        if text.contains('#') {
            return Err(RedirectError::Fragment);
        }
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Ok(Self { text: text.to_owned(), listened: None });
        }
        let authority = rest.strip_prefix("//").ok_or(RedirectError::NotAbsolute)?;
        let start = text.len() - authority.len();
        let end = authority.find(['/', '?']).map_or(text.len(), |at| start + at);
        let authority = &text[start..end];
        if authority.contains('@') {
            return Err(RedirectError::Userinfo);
        }
        let host_len = match authority.find(']') {
            Some(at) => at + 1,
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let (host, port) = authority.split_at(host_len);
        if host.is_empty() {
            return Err(RedirectError::NotAbsolute);
        }
        let port = match port {
            "" | ":" => None,
            _ => {
                let port = port.strip_prefix(':').filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
                let port = port.and_then(|port| port.parse::<u16>().ok()).ok_or(RedirectError::Port)?;
                (port != 0).then_some(port)
            }
        };
        let is_here = ["127.0.0.1", "[::1]", "localhost"].into_iter().any(|here| host.eq_ignore_ascii_case(here));
        if !is_here && !is_https {
            return Err(RedirectError::PlainHttp);
        }
        let listened = Listened { is_https, host: (start, start + host_len), rest: end, port };
        Ok(Self { text: text.to_owned(), listened: is_here.then_some(listened) })
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// It leads to this machine, where it is listened on.
    pub fn is_listened(&self) -> bool {
        self.listened.is_some()
    }

    /// It is listened on with TLS.
    pub fn is_https(&self) -> bool {
        self.listened.as_ref().is_some_and(|listened| listened.is_https)
    }

    /// The person copies the code by hand.
    pub fn is_out_of_band(&self) -> bool {
        self.text == OUT_OF_BAND
    }

    /// The host that is listened on, as it stands there.
    pub fn host(&self) -> Option<&str> {
        let (start, end) = self.listened.as_ref()?.host;
        self.text.get(start..end)
    }

    /// The port that is listened on; `None` for a random one (RFC 8252 §7.3).
    pub fn port(&self) -> Option<u16> {
        self.listened.as_ref()?.port
    }

    /// The path that is listened on, without a query.
    pub fn path(&self) -> &str {
        let rest = self.listened.as_ref().and_then(|listened| self.text.get(listened.rest..)).unwrap_or_default();
        match rest.split('?').next().unwrap_or_default() {
            "" => "/",
            path => path,
        }
    }

    /// It as it is sent when `port` is listened on.
    pub fn at_port(&self, port: u16) -> String {
        self.at(&port.to_string())
    }

    /// The same with what stands for the port.
    pub fn at(&self, port: &str) -> String {
        match &self.listened {
            Some(Listened { host: (_, end), rest, .. }) => {
                format!("{}:{port}{}", &self.text[..*end], &self.text[*rest..])
            }
            None => self.text.clone(),
        }
    }
}

impl Default for Redirect {
    /// The one where nobody says one.
    fn default() -> Self {
        let text = "http://127.0.0.1/callback".to_owned();
        Self { listened: Some(Listened { is_https: false, host: (7, 16), rest: 16, port: None }), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_this_machine_is_listened_on() {
        let check = |text: &str, host: &str, port: Option<u16>, path: &str, at: &str| {
            let redirect = Redirect::parse(text).unwrap();
            assert_eq!((redirect.host(), redirect.port(), redirect.path()), (Some(host), port, path), "{text}");
            assert_eq!(redirect.at_port(7), at);
        };
        check("http://127.0.0.1/callback", "127.0.0.1", None, "/callback", "http://127.0.0.1:7/callback");
        check("http://127.0.0.1:0/", "127.0.0.1", None, "/", "http://127.0.0.1:7/");
        check("http://localhost:8000", "localhost", Some(8000), "/", "http://localhost:7");
        check("http://LOCALHOST:8000?a=b", "LOCALHOST", Some(8000), "/", "http://LOCALHOST:7?a=b");
        check("https://[::1]:8443/cb?x", "[::1]", Some(8443), "/cb", "https://[::1]:7/cb?x");
        assert_eq!(Redirect::default(), Redirect::parse("http://127.0.0.1/callback").unwrap());
    }

    #[test]
    fn what_is_elsewhere_is_sent_as_it_is() {
        for text in ["https://app.example/cb", "com.example.app:/cb", OUT_OF_BAND, "https://127.0.0.1.example/cb"] {
            let redirect = Redirect::parse(text).unwrap();
            assert!(!redirect.is_listened(), "{text}");
            assert_eq!(redirect.at_port(7), text);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        use RedirectError as E;
        for (text, error) in [
            ("callback", E::NotAbsolute),
            ("http:/callback", E::NotAbsolute),
            ("http:///callback", E::NotAbsolute),
            ("1a:/callback", E::NotAbsolute),
            ("http://127.0.0.1/#a", E::Fragment),
            ("http://a@127.0.0.1/", E::Userinfo),
            ("http://127.0.0.1:a/", E::Port),
            ("http://127.0.0.1:+1/", E::Port),
            ("http://127.0.0.1:65536/", E::Port),
            ("http://127.0.0.1/a b", E::Character),
            ("http://127.0.0.1/é", E::Character),
            ("http://app.example/cb", E::PlainHttp),
        ] {
            assert_eq!(Redirect::parse(text).unwrap_err(), error, "{text}");
        }
    }
}
