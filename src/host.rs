//! What the text of a host tells by itself, before anybody is asked for its address.

use std::net::IpAddr;

/// A host as an IP address, if it is written as one, IPv6 with brackets or without.
pub fn ip_of(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// `localhost` and all below it, with or without the final dot: this machine, whatever a name server says (RFC 6761 §6.3).
pub fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let front = host.len().checked_sub("localhost".len()).and_then(|at| host.split_at_checked(at));
    front.is_some_and(|(front, name)| {
        name.eq_ignore_ascii_case("localhost") && (front.is_empty() || front.ends_with('.'))
    })
}

/// True for this machine: `localhost` or a loopback address, written in full. Short forms such as `127.1` are left to
/// resolvers, so they do not count.
pub fn is_loopback(host: &str) -> bool {
    is_localhost(host) || ip_of(host).is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_this_machine_with_all_below_it() {
        for host in ["localhost", "localhost.", "LocalHost", "idp.localhost", "a.b.localhost.", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost..",
            "xlocalhost",
            "localhost.test",
            "idp-localhost",
            "127.1",
            "::ffff:1.2.3.4",
            "",
            ".",
            "ocalhost",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
