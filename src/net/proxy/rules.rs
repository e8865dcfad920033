//! Which proxy a connection goes through, if any: the rules of `--proxy` and of the customary environment variables, as curl
//! has them. Pure: the values come in, nothing is looked up here.

use std::net::IpAddr;

use super::super::Target;
use super::super::error::NetError;
use super::Proxy;
use crate::secret::Secret;

/// A proxy that a variable names and that is not used: what is asked for is on this machine, and the proxy is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The variable.
    pub setting: &'static str,
    /// Scheme, host and port, no credentials.
    pub proxy: String,
    /// The host that was asked for.
    pub host: String,
}

/// The proxy settings as they were given; secret because a proxy URL may hold credentials. An empty text in a variable
/// counts as unset.
#[derive(Debug, Clone)]
pub struct ProxyRules {
    /// `--proxy`: used whatever the customary variables say, `NO_PROXY` included. Empty means: no proxy.
    pub explicit: Option<Secret>,
    /// Where `explicit` stands, in the user's words.
    pub setting: &'static str,
    /// The variable that `explicit` came from, if it did: set for the outside world, as the customary ones are.
    pub variable: Option<&'static str>,
    /// `HTTPS_PROXY`, for targets with TLS.
    pub https_proxy: Option<Secret>,
    /// `HTTP_PROXY`, for the others.
    pub http_proxy: Option<Secret>,
    /// `ALL_PROXY`, where the scheme's own variable is unset.
    pub all_proxy: Option<Secret>,
    /// `NO_PROXY`: hosts the variables do not apply to.
    pub no_proxy: Option<String>,
}

impl Default for ProxyRules {
    /// No proxy.
    fn default() -> Self {
        Self {
            explicit: None,
            setting: "--proxy",
            variable: None,
            https_proxy: None,
            http_proxy: None,
            all_proxy: None,
            no_proxy: None,
        }
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
    pub(in crate::net) fn choose(&self, target: &Target) -> Result<Option<Proxy>, NetError> {
        match self.named(target)? {
            Some((proxy, _)) if self.is_ordered() && !target.tls && !proxy.is_near() => {
                Err(NetError::ProxyElsewhere { proxy: proxy.name(), setting: proxy.setting() })
            }
            Some((proxy, _)) if !self.is_ordered() && target.stays_here() && !proxy.is_near() => Ok(None),
            named => Ok(named.map(|(proxy, _)| proxy)),
        }
    }

    /// Says so where a variable names a proxy that is passed over for this target.
    pub(in crate::net) fn passed_over(&self, target: &Target) -> Option<PassedOver> {
        let (proxy, setting) = self.named(target).ok()??;
        (!self.is_ordered() && target.stays_here() && !proxy.is_near()).then(|| PassedOver {
            setting,
            proxy: proxy.name(),
            host: target.host.clone(),
        })
    }

    /// What names proxies, and each without its credentials; what is none is not repeated. Last what goes past them.
    pub(in crate::net) fn described(&self) -> Vec<(&'static str, String)> {
        let named = [
            (&self.explicit, self.variable.unwrap_or(self.setting)),
            (&self.https_proxy, "HTTPS_PROXY"),
            (&self.http_proxy, "HTTP_PROXY"),
            (&self.all_proxy, "ALL_PROXY"),
        ];
        let named = named.into_iter().filter_map(|(value, name)| Some((name, value.as_ref()?.expose().trim())));
        // An empty text is an answer where it is asked for, and else none.
        let named =
            named.enumerate().filter(|(index, (_, value))| *index == 0 && self.explicit.is_some() || !value.is_empty());
        let named = named.map(|(_, (name, value))| {
            let proxy = Proxy::parse(value, name).map(|proxy| proxy.name());
            (name, if value.is_empty() { "none".to_owned() } else { proxy.unwrap_or_else(|error| error.to_string()) })
        });
        named.chain(self.no_proxy.clone().map(|list| ("NO_PROXY", list))).collect()
    }

    /// True where a flag or a profile names the proxy.
    fn is_ordered(&self) -> bool {
        self.explicit.is_some() && self.variable.is_none()
    }

    /// The proxy that the settings name, and which of them does.
    fn named(&self, target: &Target) -> Result<Option<(Proxy, &'static str)>, NetError> {
        let own = if target.tls { (&self.https_proxy, "HTTPS_PROXY") } else { (&self.http_proxy, "HTTP_PROXY") };
        let variables = [own, (&self.all_proxy, "ALL_PROXY")]
            .into_iter()
            .filter_map(|(value, name)| Some((value.as_ref()?.expose().trim(), name)))
            .find(|(value, _)| !value.is_empty())
            .filter(|_| !self.no_proxy.as_deref().is_some_and(|list| is_excepted(list, target)));
        let value = match &self.explicit {
            Some(explicit) => Some((explicit.expose().trim(), self.variable.unwrap_or(self.setting)))
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
    use crate::wire::Url;

    fn target(url: &str) -> Target {
        let url = Url::parse(url).unwrap();
        Target { tls: url.is_https(), host: url.host().to_owned(), port: url.port() }
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
            setting: "--proxy",
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
                let target = target(url);
                let own = if target.tls { "HTTPS_PROXY" } else { "HTTP_PROXY" };
                for (from, setting) in [
                    (rules("-", proxy, proxy, "-", "-"), own),
                    (rules("-", "-", "-", proxy, "-"), "ALL_PROXY"),
                    (ProxyRules { variable: Some("X_PROXY"), ..rules(proxy, "-", "-", "-", "*") }, "X_PROXY"),
                ] {
                    let chosen = from.choose(&target).unwrap().map(|proxy| proxy.name());
                    assert_eq!(chosen.as_deref(), near.then_some(proxy), "{setting} {proxy} {url}");
                    let told = from.passed_over(&target);
                    assert_eq!(told.is_none(), near, "{setting} {proxy} {url}");
                    assert!(
                        told.is_none_or(
                            |told| (told.setting, &*told.proxy, &told.host) == (setting, proxy, &target.host)
                        )
                    );
                }
                let explicit = rules(proxy, "-", "-", "-", "-");
                assert_eq!(explicit.choose(&target).is_ok(), near || target.tls, "--proxy {proxy} {url}");
                assert_eq!(explicit.passed_over(&target), None);
            }
        }
        let excepted = rules("-", "-", "http://proxy.test:1", "-", "127.0.0.1");
        assert_eq!(excepted.passed_over(&target("http://127.0.0.1")), None);
        let outside = target("https://localhost.test");
        assert_eq!(rules("-", "http://proxy.test:1", "-", "-", "-").passed_over(&outside), None);
    }
}
