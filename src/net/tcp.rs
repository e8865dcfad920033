//! Names to addresses to TCP connections, all of it inside one time limit.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::{Phase, TransportError, io_text};
use crate::deadline::Deadline;
use crate::wire::{ip_of, is_localhost};

/// How long one address may be tried alone (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);
/// More addresses than this are not tried.
const MOST_ADDRESSES: usize = 16;

/// The end of the time for getting connected: the connect timeout or the deadline, whichever comes first.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    at: Instant,
    connect_timeout: Duration,
    pub(crate) deadline: Deadline,
    host: String,
}

impl Limit {
    pub(crate) fn new(connect_timeout: Duration, deadline: Deadline, host: &str) -> Self {
        let at = Deadline::after(connect_timeout).at().min(deadline.at());
        Self { at, connect_timeout, deadline, host: host.to_owned() }
    }

    /// The same end for getting connected to `host` on the way.
    pub(crate) fn towards(&self, host: &str) -> Self {
        Self { host: host.to_owned(), ..self.clone() }
    }

    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// The error for having run into it.
    pub(crate) fn passed(&self, phase: Phase) -> TransportError {
        if self.at == self.deadline.at() {
            TransportError::Timeout { phase, budget: self.deadline.budget() }
        } else {
            TransportError::ConnectTimeout { host: self.host.clone(), phase, after: self.connect_timeout }
        }
    }
}

/// Looks a host up. Literals need no resolver, nor does `localhost` with all below it, which always is this machine (RFC
/// 6761 §6.3).
pub(crate) fn resolve(host: &str, port: u16, limit: &Limit) -> Result<Vec<SocketAddr>, TransportError> {
    if let Some(ip) = ip_of(host) {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    if is_localhost(host) {
        return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
    }
    // The system's resolver cannot be interrupted, only abandoned.
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let lookup = move || {
        let _ = sender.send((name.as_str(), port).to_socket_addrs());
    };
    let dns = |error: &io::Error| {
        let text = io_text(error);
        let why = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned();
        TransportError::Dns { host: host.to_owned(), why }
    };
    thread::Builder::new().name("dns".to_owned()).spawn(lookup).map_err(|error| dns(&error))?;
    match receiver.recv_timeout(limit.remaining()) {
        Ok(Ok(addresses)) => {
            let addresses = alternate(addresses.take(MOST_ADDRESSES).collect());
            if addresses.is_empty() { Err(dns(&io::Error::other("it has none"))) } else { Ok(addresses) }
        }
        Ok(Err(error)) => Err(dns(&error)),
        Err(_) => Err(limit.passed(Phase::Resolving)),
    }
}

/// Lets the address families take turns, beginning with the one the resolver put first (RFC 8305 §4).
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let count = addresses.len();
    let (first, second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == six_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::with_capacity(count);
    while turns.len() < count {
        turns.extend(first.next());
        turns.extend(second.next());
    }
    turns
}

/// Connects to the first address that answers; each gets a head start of [`STAGGER`] over the next.
pub(crate) fn connect(host: &str, addresses: &[SocketAddr], limit: &Limit) -> Result<TcpStream, TransportError> {
    let port = addresses.first().map_or(0, SocketAddr::port);
    let failed = |attempts| TransportError::Connect { host: host.to_owned(), port, attempts };
    // This machine answers at once, and a single address has no rival: no threads for these.
    if addresses.len() < 2 || addresses.iter().all(|address| address.ip().is_loopback()) {
        let mut attempts = Vec::new();
        for address in addresses {
            match attempt(address, limit.at) {
                Ok(stream) => return Ok(stream),
                Err(_) if limit.remaining().is_zero() => return Err(limit.passed(Phase::Connecting)),
                Err(error) => attempts.push((*address, io_text(&error))),
            }
        }
        return Err(failed(attempts));
    }
    race(addresses, limit)?.map_err(failed)
}

/// One attempt after the other, each in a thread; the first connection wins. The inner error lists why all failed.
fn race(
    addresses: &[SocketAddr],
    limit: &Limit,
) -> Result<Result<TcpStream, Vec<(SocketAddr, String)>>, TransportError> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting = addresses.iter();
    let mut pending = 0;
    let mut attempts = Vec::new();
    loop {
        if let Some(&address) = waiting.next() {
            let (sender, at) = (sender.clone(), limit.at);
            let race = move || {
                let _ = sender.send((address, attempt(&address, at)));
            };
            match thread::Builder::new().name("connect".to_owned()).spawn(race) {
                Ok(_) => pending += 1,
                Err(error) => attempts.push((address, io_text(&error))),
            }
        }
        if pending == 0 && waiting.len() == 0 {
            return Ok(Err(attempts));
        }
        let patience = if waiting.len() == 0 { limit.remaining() } else { limit.remaining().min(STAGGER) };
        match receiver.recv_timeout(patience) {
            Ok((_, Ok(stream))) => return Ok(Ok(stream)),
            Ok((address, Err(error))) => {
                pending -= 1;
                attempts.push((address, io_text(&error)));
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if limit.remaining().is_zero() {
            return Err(limit.passed(Phase::Connecting));
        }
    }
}

fn attempt(address: &SocketAddr, at: Instant) -> io::Result<TcpStream> {
    let patience = at.saturating_duration_since(Instant::now());
    if patience.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let stream = TcpStream::connect_timeout(address, patience)?;
    // A large request goes out in several writes; without this the last would wait for the others to be acknowledged.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A TCP connection whose reads and writes end at a point in time, however often they are called.
#[derive(Debug)]
pub(crate) struct Socket {
    tcp: TcpStream,
    until: Instant,
}

impl Socket {
    pub(crate) fn new(tcp: TcpStream, until: Instant) -> Self {
        Self { tcp, until }
    }

    pub(crate) fn set_until(&mut self, until: Instant) {
        self.until = until;
    }

    /// True if nothing has come in and the other side has not closed.
    pub(crate) fn is_quiet(&self) -> bool {
        if self.tcp.set_nonblocking(true).is_err() {
            return false;
        }
        let quiet = matches!(self.tcp.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.tcp.set_nonblocking(false).is_ok() && quiet
    }

    fn patience(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        // A zero would mean "for ever" to the operating system.
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn insist<T>(&mut self, mut step: impl FnMut(&mut TcpStream, Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            let patience = self.patience()?;
            match step(&mut self.tcp, patience) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                result => return result,
            }
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.insist(|tcp, patience| {
            tcp.set_read_timeout(Some(patience))?;
            tcp.read(buf)
        })
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[io::IoSlice::new(buf)])
    }

    /// TLS hands over its records like this: all that is to be said at one time goes out as one.
    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.insist(|tcp, patience| {
            tcp.set_write_timeout(Some(patience))?;
            tcp.write_vectored(bufs)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn limit(millis: u64) -> Limit {
        Limit::new(Duration::from_millis(millis), Deadline::after(Duration::from_secs(30)), "h")
    }

    #[test]
    fn families_take_turns() {
        let parse = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let given = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        assert_eq!(alternate(given), parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]));
    }

    #[test]
    fn literals_and_localhost_need_no_resolver() {
        let spent = Limit::new(Duration::ZERO, Deadline::after(Duration::ZERO), "h");
        assert_eq!(resolve("[::1]", 7, &spent).unwrap(), ["[::1]:7".parse().unwrap()]);
        for name in ["localhost", "localhost.", "idp.localhost"] {
            let local = resolve(name, 7, &spent).unwrap();
            assert_eq!(local, ["127.0.0.1:7".parse().unwrap(), "[::1]:7".parse().unwrap()]);
        }
    }

    #[test]
    fn an_unknown_name_is_a_dns_error_naming_the_host() {
        let error = resolve("no-such-host.invalid", 1, &limit(20_000)).unwrap_err();
        assert!(matches!(&error, TransportError::Dns { host, .. } if host == "no-such-host.invalid"), "{error}");
    }

    #[test]
    fn a_refused_address_gives_way_to_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let refused: SocketAddr = (Ipv6Addr::LOCALHOST, good.port()).into();
        assert_eq!(connect("localhost", &[refused, good], &limit(5000)).unwrap().peer_addr().unwrap(), good);
    }

    #[test]
    fn racing_addresses_are_all_named_when_all_fail() {
        let closed: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let bad: SocketAddr = "255.255.255.255:9".parse().unwrap();
        let error = connect("h", &[closed, bad], &limit(5000)).unwrap_err();
        assert!(matches!(&error, TransportError::Connect { attempts, .. } if attempts.len() == 2), "{error}");
    }

    #[test]
    fn a_silent_first_address_does_not_hold_up_the_second() {
        // A listener whose queue is full drops SYNs, like a black hole.
        let listener = TcpListener::bind("127.0.0.2:0").unwrap();
        let silent = listener.local_addr().unwrap();
        let mut filling = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&silent, Duration::from_millis(50)) {
            filling.push(stream);
            assert!(filling.len() < 10_000);
        }
        let answering = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = answering.local_addr().unwrap();
        let error = connect("h", &[silent], &limit(100)).unwrap_err();
        assert!(matches!(error, TransportError::ConnectTimeout { phase: Phase::Connecting, .. }), "{error}");
        assert_eq!(race(&[silent, good], &limit(5000)).unwrap().unwrap().peer_addr().unwrap(), good);
    }
}
