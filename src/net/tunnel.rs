//! Asking a proxy for a connection to somebody else: HTTP `CONNECT` (RFC 9110 §9.3.6) and SOCKS 4, 4a, 5 (RFC 1928, 1929).

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};

use zeroize::Zeroizing;

use super::Target;
use super::error::NetError;
use super::proxy::{Protocol, Proxy, schemes};
use crate::secret::Redactor;
use crate::secret::redact::Conceal as _;
use crate::text::excerpt;

/// A proxy's answer to `CONNECT` may be this long, interim answers included.
const HEAD_CAP: usize = 16 * 1024;

/// What came of asking.
pub(super) enum Refusal {
    Io(io::Error),
    Answer(NetError),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Asks on `stream`; afterwards it is a connection to the target. `resolved` are the target's addresses, for the
/// protocols in which the names are resolved on this side.
pub(super) fn open(
    stream: &mut (impl Read + Write),
    proxy: &Proxy,
    target: &Target,
    resolved: &[SocketAddr],
) -> Result<(), Refusal> {
    match proxy.protocol {
        Protocol::Http | Protocol::Https => http_connect(stream, proxy, target),
        Protocol::Socks4 | Protocol::Socks4a => socks4(stream, proxy, target, resolved),
        Protocol::Socks5 | Protocol::Socks5h => socks5(stream, proxy, target, resolved),
    }
}

fn refused(proxy: &Proxy, target: &Target, why: impl Into<String>) -> Refusal {
    Refusal::Answer(NetError::ProxyRefused {
        proxy: proxy.name(),
        setting: proxy.setting(),
        target: format!("{}:{}", target.host, target.port),
        why: why.into(),
    })
}

fn http_connect(stream: &mut (impl Read + Write), proxy: &Proxy, target: &Target) -> Result<(), Refusal> {
    let address = format!("{}:{}", target.host, target.port);
    let mut request = Zeroizing::new(format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n"));
    if let Some(authorization) = proxy.authorization() {
        request.push_str("Proxy-Authorization: ");
        request.push_str(&authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    stream.flush()?;

    // Byte by byte: what follows the head belongs to the tunnel already.
    let mut head = Vec::new();
    let mut byte = [0];
    let mut interim = 0;
    while !is_whole(&head) {
        if interim + head.len() == HEAD_CAP {
            return Err(refused(proxy, target, "its answer has no end"));
        }
        if stream.read(&mut byte)? == 0 {
            return Err(refused(proxy, target, "it closed the connection"));
        }
        head.push(byte[0]);
        if head.len() == 5 && head != b"HTTP/" {
            return Err(refused(proxy, target, "its answer is not HTTP"));
        }
        if head.starts_with(b"HTTP/1.1 1") && is_whole(&head) {
            interim += head.len();
            head.clear();
        }
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line.trim_ascii_end());
    let status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).unwrap_or(0);
    match status {
        200..=299 => Ok(()),
        407 => {
            let head = String::from_utf8_lossy(&head);
            let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let values = fields.filter(|(name, _)| name.trim_end().eq_ignore_ascii_case("proxy-authenticate"));
            Err(Refusal::Answer(proxy.wants_credentials(schemes(values.map(|(_, value)| value)))))
        }
        _ => {
            // Before it is cut: nobody would recognise what is left of a password at the cut.
            let mut redactor = Redactor::default();
            proxy.conceal(&mut redactor);
            Err(refused(proxy, target, format!("it answered {}", excerpt(&redactor.redact(&line), 80))))
        }
    }
}

fn is_whole(head: &[u8]) -> bool {
    head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n")
}

fn ipv4(resolved: &[SocketAddr]) -> Option<[u8; 4]> {
    resolved.iter().find_map(|address| match address.ip() {
        IpAddr::V4(ip) => Some(ip.octets()),
        IpAddr::V6(_) => None,
    })
}

fn socks4(
    stream: &mut (impl Read + Write),
    proxy: &Proxy,
    target: &Target,
    resolved: &[SocketAddr],
) -> Result<(), Refusal> {
    let mut request = vec![4, 1];
    request.extend(target.port.to_be_bytes());
    let literal = target.ip().map(|ip| SocketAddr::new(ip, target.port));
    let by_name = proxy.protocol == Protocol::Socks4a && literal.is_none();
    if by_name {
        request.extend([0, 0, 0, 1]);
    } else {
        let address = ipv4(literal.as_slice()).or_else(|| ipv4(resolved));
        request.extend(address.ok_or_else(|| refused(proxy, target, "SOCKS4 knows no IPv6"))?);
    }
    let user = proxy.credentials.as_ref().map_or("", |(user, _)| user.expose());
    request.extend(user.as_bytes());
    request.push(0);
    if by_name {
        request.extend(target.host.as_bytes());
        request.push(0);
    }
    stream.write_all(&request)?;
    stream.flush()?;
    let mut reply = [0; 8];
    stream.read_exact(&mut reply)?;
    match reply {
        [0, 90, ..] => Ok(()),
        [0, code, ..] => Err(refused(proxy, target, format!("it answered with SOCKS4 code {code}"))),
        _ => Err(refused(proxy, target, "its answer is not SOCKS4")),
    }
}

fn socks5(
    stream: &mut (impl Read + Write),
    proxy: &Proxy,
    target: &Target,
    resolved: &[SocketAddr],
) -> Result<(), Refusal> {
    let not_socks = || refused(proxy, target, "its answer is not SOCKS5");
    let auth_required = || Refusal::Answer(proxy.wants_credentials(Vec::new()));
    let greeting: &[u8] = if proxy.credentials.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(greeting)?;
    stream.flush()?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice)?;
    match (choice, &proxy.credentials) {
        ([5, 0], _) => {}
        ([5, 2], Some((user, password))) => {
            let mut login = Zeroizing::new(vec![1]);
            for text in [user.expose(), password.expose()] {
                login.push(u8::try_from(text.len()).map_err(|_| auth_required())?);
                login.extend(text.as_bytes());
            }
            stream.write_all(&login)?;
            stream.flush()?;
            let mut verdict = [0; 2];
            stream.read_exact(&mut verdict)?;
            if verdict[1] != 0 {
                return Err(auth_required());
            }
        }
        ([5, _], _) => return Err(auth_required()),
        _ => return Err(not_socks()),
    }

    let mut request = vec![5, 1, 0];
    let here = resolved.first().map(SocketAddr::ip).filter(|_| proxy.protocol == Protocol::Socks5);
    match target.ip().or(here) {
        Some(IpAddr::V4(ip)) => {
            request.push(1);
            request.extend(ip.octets());
        }
        Some(IpAddr::V6(ip)) => {
            request.push(4);
            request.extend(ip.octets());
        }
        None => {
            let len = u8::try_from(target.host.len()).map_err(|_| refused(proxy, target, "the name is too long"))?;
            request.extend([3, len]);
            request.extend(target.host.as_bytes());
        }
    }
    request.extend(target.port.to_be_bytes());
    stream.write_all(&request)?;
    stream.flush()?;

    let mut reply = [0; 4];
    stream.read_exact(&mut reply)?;
    let [5, code, _, kind] = reply else { return Err(not_socks()) };
    match code {
        0 => {}
        1 => return Err(refused(proxy, target, "general failure")),
        2 => return Err(refused(proxy, target, "not allowed by its rules")),
        3 => return Err(refused(proxy, target, "network unreachable")),
        4 => return Err(refused(proxy, target, "host unreachable")),
        5 => return Err(refused(proxy, target, "connection refused")),
        _ => return Err(refused(proxy, target, format!("SOCKS5 code {code}"))),
    }
    // The address it connects from; of no interest, but in the way.
    let len = match kind {
        1 => 4,
        4 => 16,
        3 => {
            let mut len = [0];
            stream.read_exact(&mut len)?;
            usize::from(len[0])
        }
        _ => return Err(not_socks()),
    };
    let mut bound = vec![0; len + 2];
    stream.read_exact(&mut bound)?;
    Ok(())
}
