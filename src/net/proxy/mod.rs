//! A proxy: what its URL says, and what goes wrong on the way to it. Which one is used is `rules.rs`' business.

mod rules;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

pub use rules::{PassedOver, ProxyRules};

use super::error::NetError;
use crate::host::is_loopback;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};

/// How to talk to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Https,
    /// Names are resolved here.
    Socks4,
    /// Names are resolved by the proxy.
    Socks4a,
    /// Names are resolved here.
    Socks5,
    /// Names are resolved by the proxy.
    Socks5h,
}

/// One proxy.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub(super) protocol: Protocol,
    pub(super) host: String,
    pub(super) port: u16,
    /// What names it, in the user's words.
    setting: &'static str,
    /// User name and password, decoded.
    pub(super) credentials: Option<(Secret, Secret)>,
}

impl Conceal for Proxy {
    fn conceal(&self, redactor: &mut Redactor) {
        if let Some((user, password)) = &self.credentials {
            // Without a password the name may be a key.
            redactor.add(if password.expose().is_empty() { user } else { password });
            redactor.add_basic(user.expose(), password);
        }
    }
}

impl Proxy {
    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What names it: a flag, a variable, a profile.
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// The proxy without its credentials.
    pub fn name(&self) -> String {
        let scheme = match self.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
            Protocol::Socks4 => "socks4",
            Protocol::Socks4a => "socks4a",
            Protocol::Socks5 => "socks5",
            Protocol::Socks5h => "socks5h",
        };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// True where it speaks HTTP: it can forward requests in plain http as well as open tunnels.
    pub fn speaks_http(&self) -> bool {
        matches!(self.protocol, Protocol::Http | Protocol::Https)
    }

    /// The value of `Proxy-Authorization` (RFC 7617), where it has credentials.
    pub fn authorization(&self) -> Option<Zeroizing<String>> {
        let (user, password) = self.credentials.as_ref()?;
        let pair = Zeroizing::new(format!("{}:{}", user.expose(), password.expose()));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Some(Zeroizing::new(format!("Basic {}", *encoded)))
    }

    /// The error where `cause` came between us and it.
    pub(super) fn failed(&self, cause: NetError) -> NetError {
        match cause {
            // The whole run's budget: the proxy is not its subject.
            NetError::Timeout { .. } => cause,
            cause => NetError::Proxy { proxy: self.name(), setting: self.setting, cause: Box::new(cause) },
        }
    }

    /// The error where it wants other credentials than it got. `schemes` are those it takes, as far as it says so.
    pub fn wants_credentials(&self, schemes: Vec<String>) -> NetError {
        let (over_http, tried) = (self.speaks_http(), self.credentials.is_some());
        NetError::ProxyAuthRequired { proxy: self.name(), setting: self.setting, over_http, tried, schemes }
    }

    /// True where it is this machine.
    fn is_near(&self) -> bool {
        is_loopback(&self.host)
    }

    fn parse(text: &str, setting: &'static str) -> Result<Self, NetError> {
        let bad = |why| NetError::BadProxy { setting, why, is_encoding: false };
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        // Without a port curl assumes 1080, whatever the protocol, except for https.
        let (protocol, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Protocol::Http, 1080),
            "https" => (Protocol::Https, 443),
            "socks4" => (Protocol::Socks4, 1080),
            "socks4a" => (Protocol::Socks4a, 1080),
            "socks" | "socks5" => (Protocol::Socks5, 1080),
            "socks5h" => (Protocol::Socks5h, 1080),
            _ => return Err(bad("its scheme is none of http, https, socks4, socks4a, socks5, socks5h")),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !matches!(path, "" | "/") {
            // What stands before an `@` is no path, whoever wrote it.
            return Err(match path.contains('@') {
                true => NetError::BadProxy {
                    setting,
                    why: "a '#', '/' or '?' in its user name or password is not percent-encoded",
                    is_encoding: true,
                },
                false => bad("it has a path"),
            });
        }
        let (userinfo, address) = match authority.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, authority),
        };
        let (host, port) = host_and_port(address).ok_or_else(|| bad("its host or port is malformed"))?;
        let host = host.to_ascii_lowercase();
        let port = match port {
            "" => default_port,
            port => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| bad("its port is malformed"))?,
        };
        if host.is_empty() {
            return Err(bad("it has no host"));
        }
        let credentials = userinfo.map(|userinfo| {
            let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
            let decode = |text| percent_decode_str(text).decode_utf8().map(Secret::new);
            match (decode(user), decode(password)) {
                (Ok(user), Ok(password)) => Ok((user, password)),
                _ => Err(bad("its user name or password is not UTF-8 after percent-decoding")),
            }
        });
        let credentials = credentials.transpose()?;
        if let Some((user, password)) = &credentials {
            let socks5 = matches!(protocol, Protocol::Socks5 | Protocol::Socks5h);
            if socks5 && (user.expose().is_empty() || user.expose().len() > 255 || password.expose().len() > 255) {
                return Err(bad("SOCKS5 takes user names of 1 to 255 bytes and passwords up to 255 (RFC 1929)"));
            }
            if matches!(protocol, Protocol::Socks4 | Protocol::Socks4a) && !password.expose().is_empty() {
                return Err(bad("SOCKS4 has no passwords"));
            }
            if user.expose().contains(':') && !socks5 {
                return Err(bad("a user name for Basic authentication cannot contain a colon (RFC 7617)"));
            }
            if user.expose().contains('\0') {
                return Err(bad("its user name contains a NUL"));
            }
        }
        Ok(Self { protocol, host, port, setting, credentials })
    }
}

/// The schemes that the values of `Proxy-Authenticate` name (RFC 9110 §11.7.1), each once.
pub(crate) fn schemes<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    // Parameters are separated by commas too; they hold an equals sign.
    for word in values.flat_map(|value| value.split(',')).filter_map(|piece| piece.split_whitespace().next()) {
        let is_scheme = word.len() <= 20 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if is_scheme && schemes.len() < 8 && schemes.iter().all(|known| !known.eq_ignore_ascii_case(word)) {
            schemes.push(word.to_owned());
        }
    }
    schemes
}

/// The parts of `host:port` or `[address]:port` (RFC 3986 §3.2), the port empty where there is none.
fn host_and_port(text: &str) -> Option<(&str, &str)> {
    let end = match text.strip_prefix('[') {
        Some(address) => address.find(']')? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(end);
    let port = if rest.is_empty() { rest } else { rest.strip_prefix(':')? };
    let bare = host.strip_prefix('[').map_or(host, |address| address.trim_end_matches(']'));
    let is_literal = bare.len() < host.len();
    let fits = |b: u8| match b {
        b':' | b'%' => is_literal,
        _ => b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&b),
    };
    (!text.is_empty() && bare.bytes().all(fits)).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_urls_are_read_as_curl_reads_them() {
        #[track_caller]
        fn check(text: &str, name: &str, credentials: Option<(&str, &str)>) {
            let proxy = Proxy::parse(text, "--proxy").unwrap();
            assert_eq!(proxy.name(), name);
            assert_eq!(proxy.credentials.as_ref().map(|(u, p)| (u.expose(), p.expose())), credentials);
        }
        check("proxy.test:3128", "http://proxy.test:3128", None);
        check("proxy.test", "http://proxy.test:1080", None);
        check("HTTPS://Proxy.test/", "https://proxy.test:443", None);
        check("http://[::1]:8080", "http://[::1]:8080", None);
        check("http://u%40x:p%3a%20@h:1", "http://h:1", Some(("u@x", "p: ")));
        check("http://u@h:1", "http://h:1", Some(("u", "")));
        check("socks5://u:p@h", "socks5://h:1080", Some(("u", "p")));
        check("socks4a://u@h:9", "socks4a://h:9", Some(("u", "")));
    }

    #[test]
    fn the_schemes_that_a_proxy_takes_are_read() {
        for (values, expected) in [
            (&["Negotiate", "NTLM"][..], &["Negotiate", "NTLM"][..]),
            (&["Basic realm=\"a\", Digest realm=\"b\", nonce=\"x y\""], &["Basic", "Digest"]),
            (&["NTLM TlRM==, ntlm"], &["NTLM"]),
            (&["", ", ,"], &[]),
        ] {
            assert_eq!(schemes(values.iter().copied()), expected);
        }
    }

    #[test]
    fn a_bad_proxy_value_is_an_error_that_does_not_repeat_it() {
        for text in [
            "ftp://canary@h",
            "http://canary:x@",
            "http://h:canary",
            "http://h:0",
            "http://h:99999",
            "http://h/canary",
            "http://canary canary",
            "http://%ff:canary@h",
            "socks4://u:canary@h",
            "socks5://:canary@h",
            "http://a%3ab:canary@h",
            "socks4://a%00canary@h",
            "://canary",
            "http://h?canary",
            "http://u:ca#canary@h:1",
            "http://u:1#canary@h:1",
            "socks5h://u:c/canary@h",
            "http://h[canary]",
            "http://[canary:1",
            "http://[::1]canary",
            "http://h:1:canary",
        ] {
            let error = Proxy::parse(text, "--proxy").expect_err(text);
            assert!(error.is_ours());
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
