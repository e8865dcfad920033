//! Which proxy a request goes through, if any: the rules of `--proxy` and of the customary environment variables, as curl
//! has them. Pure: the values come in, nothing is looked up here.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::error::TransportError;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::{Url, ip_of, is_loopback};

/// The proxy settings as they were given; secret because a proxy URL may hold credentials. An empty text in a variable
/// counts as unset.
#[derive(Debug, Clone, Default)]
pub struct ProxyRules {
    /// `--proxy`: used whatever the customary variables say, `NO_PROXY` included. Empty means: no proxy.
    pub explicit: Option<Secret>,
    /// The variable that `explicit` came from, if it did: set for the outside world, as the customary ones are.
    pub variable: Option<&'static str>,
    /// `HTTPS_PROXY`, for https URLs.
    pub https_proxy: Option<Secret>,
    /// `HTTP_PROXY`, for http URLs.
    pub http_proxy: Option<Secret>,
    /// `ALL_PROXY`, where the scheme's own variable is unset.
    pub all_proxy: Option<Secret>,
    /// `NO_PROXY`: hosts the variables do not apply to.
    pub no_proxy: Option<String>,
}

/// Whom a connection is for.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) https: bool,
    /// As in the URL: an IPv6 address keeps its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Target {
    pub(crate) fn of(url: &Url) -> Self {
        Self { https: url.is_https(), host: url.host().to_owned(), port: url.port() }
    }

    pub(crate) fn ip(&self) -> Option<IpAddr> {
        ip_of(&self.host)
    }

    /// True where it is this machine, and for plain http, which must not go anywhere else.
    fn stays_here(&self) -> bool {
        !self.https || is_loopback(&self.host) || self.ip().is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// How to talk to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
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
pub(crate) struct Proxy {
    pub(crate) protocol: Protocol,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// User name and password, decoded.
    pub(crate) credentials: Option<(Secret, Secret)>,
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
    /// The proxy without its credentials.
    pub(crate) fn name(&self) -> String {
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

    /// True where it gets the request itself, in the absolute form (RFC 9112 §3.2.2), instead of opening a tunnel: plain
    /// http by a proxy that speaks it.
    pub(crate) fn forwards(&self, target: &Target) -> bool {
        !target.https && matches!(self.protocol, Protocol::Http | Protocol::Https)
    }

    /// The value of `Proxy-Authorization` (RFC 7617), where it has credentials.
    pub(crate) fn authorization(&self) -> Option<Zeroizing<String>> {
        let (user, password) = self.credentials.as_ref()?;
        let pair = Zeroizing::new(format!("{}:{}", user.expose(), password.expose()));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Some(Zeroizing::new(format!("Basic {}", *encoded)))
    }

    /// The error where `cause` came between us and it.
    pub(crate) fn failed(&self, cause: TransportError) -> TransportError {
        TransportError::Proxy { proxy: self.name(), cause: Box::new(cause) }
    }

    /// The error where it wants other credentials than it got.
    pub(crate) fn wants_credentials(&self) -> TransportError {
        TransportError::ProxyAuthRequired { proxy: self.name(), tried: self.credentials.is_some() }
    }

    /// True where it is this machine.
    fn is_near(&self) -> bool {
        is_loopback(&self.host)
    }

    fn parse(text: &str, setting: &'static str) -> Result<Self, TransportError> {
        let bad = |why| TransportError::BadProxy { setting, why };
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
            return Err(bad("it has a path"));
        }
        let (userinfo, address) = match authority.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, authority),
        };
        let parsed: http::uri::Authority = address.parse().map_err(|_| bad("its host or port is malformed"))?;
        let host = parsed.host().to_ascii_lowercase();
        let after_host = address.get(host.len()..).unwrap_or_default();
        let port = match after_host {
            "" | ":" => default_port,
            _ => parsed.port_u16().filter(|port| *port != 0).ok_or_else(|| bad("its port is malformed"))?,
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
        Ok(Self { protocol, host, port, credentials })
    }
}

impl ProxyRules {
    /// The proxy for this target, or none.
    ///
    /// What is for this machine goes to no proxy elsewhere, however well the way there is encrypted: that one would connect
    /// to itself, and plain http, which is allowed because it stays here, would show it the credentials. One from a variable,
    /// set for the outside world, is passed over; `--proxy` is an error where it would carry plain http away.
    ///
    /// # Errors
    /// A value that is not understood or must not be used is an error, never a silent direct connection.
    pub(crate) fn choose(&self, target: &Target) -> Result<Option<Proxy>, TransportError> {
        match self.named(target)? {
            Some((proxy, _)) if self.is_ordered() && !target.https && !proxy.is_near() => {
                Err(TransportError::ProxyElsewhere { proxy: proxy.name() })
            }
            Some((proxy, _)) if !self.is_ordered() && target.stays_here() && !proxy.is_near() => Ok(None),
            named => Ok(named.map(|(proxy, _)| proxy)),
        }
    }

    /// Says so where a variable names a proxy that is passed over for requests to `url`.
    pub(crate) fn passed_over(&self, url: &Url) -> Option<String> {
        let target = Target::of(url);
        let (proxy, setting) = self.named(&target).ok()??;
        (!self.is_ordered() && target.stays_here() && !proxy.is_near()).then(|| {
            format!(
                "{setting} = {} is passed over: {} is this machine, and the proxy is not",
                proxy.name(),
                target.host
            )
        })
    }

    /// True where a flag or a profile names the proxy.
    fn is_ordered(&self) -> bool {
        self.explicit.is_some() && self.variable.is_none()
    }

    /// The proxy that the settings name, and which of them does.
    fn named(&self, target: &Target) -> Result<Option<(Proxy, &'static str)>, TransportError> {
        let own = if target.https { (&self.https_proxy, "HTTPS_PROXY") } else { (&self.http_proxy, "HTTP_PROXY") };
        let variables = [own, (&self.all_proxy, "ALL_PROXY")]
            .into_iter()
            .filter_map(|(value, name)| Some((value.as_ref()?.expose().trim(), name)))
            .find(|(value, _)| !value.is_empty())
            .filter(|_| !self.no_proxy.as_deref().is_some_and(|list| is_excepted(list, target)));
        let value = match &self.explicit {
            Some(explicit) => Some((explicit.expose().trim(), self.variable.unwrap_or("--proxy")))
                .filter(|(value, _)| !value.is_empty()),
            None => variables,
        };
        value.map(|(text, setting)| Ok((Proxy::parse(text, setting)?, setting))).transpose()
    }
}

/// `NO_PROXY`: names separated by commas or blanks. `*` is everything; `example.com`, `.example.com` and `*.example.com`
/// are that host and all below it; an IP address or a CIDR block is matched by value; `:port` narrows an entry.
fn is_excepted(list: &str, target: &Target) -> bool {
    let host = target.host.trim_end_matches('.').to_ascii_lowercase();
    let ip = target.ip();
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        let (name, port) = split_port(entry);
        if port.is_some_and(|port| port != target.port) {
            return false;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match ip {
            Some(ip) => in_block(bare, ip),
            None => {
                let name = name.strip_prefix('*').unwrap_or(name);
                let name = name.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
                !name.is_empty()
                    && host.strip_suffix(&name).is_some_and(|front| front.is_empty() || front.ends_with('.'))
            }
        }
    })
}

fn split_port(entry: &str) -> (&str, Option<u16>) {
    // `::1` has colons but no port; only `[::1]:80` does.
    let splittable = entry.starts_with('[') || entry.matches(':').count() == 1;
    match entry.rsplit_once(':') {
        Some((name, port)) if splittable && !name.is_empty() => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn in_block(entry: &str, ip: IpAddr) -> bool {
    let (address, bits) = match entry.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (entry, Some(128)),
    };
    let (Ok(address), Some(bits)) = (address.parse::<IpAddr>(), bits) else { return false };
    let is_block = entry.contains('/');
    match (address, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) if !is_block || bits <= 32 => {
            let shift = 32_u32.saturating_sub(bits);
            u32::from(network).checked_shr(shift).unwrap_or(0) == u32::from(ip).checked_shr(shift).unwrap_or(0)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) if bits <= 128 => {
            let shift = 128 - bits;
            u128::from(network).checked_shr(shift).unwrap_or(0) == u128::from(ip).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn no_proxy_excepts_hosts_suffixes_addresses_and_blocks() {
        #[track_caller]
        fn check(list: &str, url: &str, expected: bool) {
            assert_eq!(is_excepted(list, &target(url)), expected, "{list:?} {url}");
        }
        check("", "https://a.test", false);
        check("*", "https://a.test", true);
        check("*", "https://[::1]", true);
        check("b.test, a.test", "https://a.test", true);
        check("b.test a.test", "https://a.test", true);
        check("a.test", "https://A.Test", true);
        check("a.test", "https://x.a.test", true);
        check("a.test", "https://xa.test", false);
        check(".a.test", "https://a.test", true);
        check(".a.test", "https://x.a.test", true);
        check("*.a.test", "https://x.a.test", true);
        check("a.test.", "https://a.test", true);
        check("a.test", "https://a.test.", true);
        check("x.a.test", "https://a.test", false);
        check("a.test:8443", "https://a.test:8443", true);
        check("a.test:8443", "https://a.test", false);
        check("a.test:443", "https://a.test", true);
        check(".", "https://a.test", false);
        check(",,", "https://a.test", false);
        check("test", "https://a.test", true);
        check("localhost", "http://localhost:1", true);
        check("127.0.0.1", "http://127.0.0.1:1", true);
        check("127.0.0.1:2", "http://127.0.0.1:1", false);
        check("0.0.0.1", "http://127.0.0.1:1", false);
        check("10.0.0.0/8", "https://10.9.8.7", true);
        check("10.0.0.0/8", "https://11.9.8.7", false);
        check("10.9.8.6/31", "https://10.9.8.7", true);
        check("0.0.0.0/0", "https://10.9.8.7", true);
        check("10.0.0.0/33", "https://10.0.0.0", false);
        check("10.0.0.0/x", "https://10.0.0.0", false);
        check("10.0.0.0/8", "https://a.test", false);
        check("::1", "http://[::1]:80", true);
        check("[::1]", "http://[::1]:80", true);
        check("[::1]:80", "http://[::1]:80", true);
        check("[::1]:81", "http://[::1]:80", false);
        check("fd00::/8", "https://[fd12::1]", true);
        check("fd00::/8", "https://[fe12::1]", false);
        check("::/0", "https://[fe12::1]", true);
        check("::/0", "https://10.0.0.1", false);
    }

    fn rules(explicit: &str, https: &str, http: &str, all: &str, no: &str) -> ProxyRules {
        let some = |text: &str| (text != "-").then(|| Secret::new(text));
        ProxyRules {
            explicit: some(explicit),
            variable: None,
            https_proxy: some(https),
            http_proxy: some(http),
            all_proxy: some(all),
            no_proxy: (no != "-").then(|| no.to_owned()),
        }
    }

    #[test]
    fn the_proxy_is_chosen_by_scheme_as_curl_does() {
        #[track_caller]
        fn check(rules: ProxyRules, url: &str, expected: Option<&str>) {
            let chosen = rules.choose(&target(url)).unwrap().map(|proxy| proxy.name());
            assert_eq!(chosen.as_deref(), expected);
        }
        check(rules("-", "-", "-", "-", "-"), "https://a.test", None);
        check(rules("-", "http://s:1", "http://p:1", "-", "-"), "https://a.test", Some("http://s:1"));
        check(rules("-", "http://s:1", "http://[::1]:1", "-", "-"), "http://localhost", Some("http://[::1]:1"));
        check(rules("-", "-", "http://p:1", "-", "-"), "https://a.test", None);
        check(rules("-", "", "-", "socks5h://all", "-"), "https://a.test", Some("socks5h://all:1080"));
        check(rules("-", "http://s:1", "-", "-", "a.test"), "https://a.test", None);
        check(rules("http://x:1", "http://s:1", "-", "-", "a.test"), "https://a.test", Some("http://x:1"));
        check(rules("", "http://s:1", "-", "-", "-"), "https://a.test", None);
        check(rules("http://x:1", "-", "-", "-", "-"), "https://127.0.0.1", Some("http://x:1"));
    }

    #[test]
    fn what_is_for_this_machine_goes_to_no_proxy_elsewhere() {
        for (proxy, near) in [
            ("http://localhost:1", true),
            ("http://proxy.localhost:1", true),
            ("http://127.9.9.9:1", true),
            ("https://127.0.0.1:1", true),
            ("socks5h://[::1]:1", true),
            ("https://proxy.test:1", false),
            ("http://proxy.test:1", false),
            ("http://10.0.0.1:1", false),
            ("https://10.0.0.1:1", false),
            ("socks5h://proxy.test:1", false),
            ("http://127.1:1", false),
            ("http://localhost.proxy.test:1", false),
        ] {
            for url in [
                "http://127.0.0.1:8080/token",
                "http://localhost/token",
                "http://idp.LOCALHOST./token",
                "http://[::1]/token",
                "https://127.0.0.1/token",
                "https://[::ffff:127.0.0.1]/token",
                "https://idp.localhost/token",
            ] {
                let url = Url::parse(url).unwrap();
                let own = if url.is_https() { "HTTPS_PROXY" } else { "HTTP_PROXY" };
                for (from, setting) in [
                    (rules("-", proxy, proxy, "-", "-"), own),
                    (rules("-", "-", "-", proxy, "-"), "ALL_PROXY"),
                    (ProxyRules { variable: Some("X_PROXY"), ..rules(proxy, "-", "-", "-", "*") }, "X_PROXY"),
                ] {
                    let chosen = from.choose(&Target::of(&url)).unwrap().map(|proxy| proxy.name());
                    assert_eq!(chosen.as_deref(), near.then_some(proxy), "{setting} {proxy} {url}");
                    let told = from.passed_over(&url);
                    assert_eq!(told.is_none(), near, "{setting} {proxy} {url}");
                    assert!(told.is_none_or(|told| told.starts_with(&format!("{setting} = {proxy} is passed over: "))));
                }
                let explicit = rules(proxy, "-", "-", "-", "-");
                assert_eq!(explicit.choose(&Target::of(&url)).is_ok(), near || url.is_https(), "--proxy {proxy} {url}");
                assert_eq!(explicit.passed_over(&url), None);
            }
        }
        let excepted = rules("-", "-", "http://proxy.test:1", "-", "127.0.0.1");
        assert_eq!(excepted.passed_over(&Url::parse("http://127.0.0.1").unwrap()), None);
        let outside = Url::parse("https://localhost.test").unwrap();
        assert_eq!(rules("-", "http://proxy.test:1", "-", "-", "-").passed_over(&outside), None);
    }

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
        ] {
            let error = Proxy::parse(text, "--proxy").expect_err(text);
            assert_eq!(error.kind(), super::super::Kind::Config);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
