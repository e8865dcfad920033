//! Names to addresses to TCP connections, all of it inside one time limit.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::{NetError, Step, io_text};
use super::limit::Limit;
use crate::deadline::Deadline;
use crate::host::{ip_of, is_localhost};
use crate::problem::Shortage;

/// How long one address may be tried alone (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);
/// How long the other addresses are waited for where each of them is tried and one has answered: a lost packet is sent anew
/// within that (RFC 6298 §2).
const STRAGGLERS: Duration = Duration::from_secs(3);
/// More addresses than this are not tried.
const MOST_ADDRESSES: usize = 16;

/// Looks a host up. Literals need no resolver, nor does `localhost` with all below it, which always is this machine (RFC
/// 6761 §6.3).
pub(super) fn resolve(host: &str, port: u16, limit: &Limit) -> Result<Vec<SocketAddr>, NetError> {
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
        NetError::Dns { host: host.to_owned(), why }
    };
    thread::Builder::new()
        .name("dns".to_owned())
        .spawn(lookup)
        .map_err(|error| dns(&error).for_want_of(Shortage::of_start(&error)))?;
    match receiver.recv_timeout(limit.end().remaining()) {
        Ok(Ok(addresses)) => {
            let addresses = alternate(addresses.take(MOST_ADDRESSES).collect());
            if addresses.is_empty() { Err(dns(&io::Error::other("it has none"))) } else { Ok(addresses) }
        }
        Ok(Err(error)) => Err(dns(&error).for_want_of(Shortage::of(&error))),
        Err(_) => Err(limit.passed(Step::Resolving)),
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

/// A TCP connection and the way to it.
pub(super) struct Connected {
    pub(super) tcp: TcpStream,
    pub(super) address: SocketAddr,
    /// The addresses that were tried before, and why each failed.
    pub(super) failed: Failed,
}

type Failed = Vec<(SocketAddr, String)>;

/// Attempts none of which came to anything.
#[derive(Default)]
struct Failures {
    attempts: Failed,
    /// What the system lacked for one of them.
    shortage: Option<Shortage>,
}

impl Failures {
    fn add(&mut self, address: SocketAddr, error: &io::Error, shortage: Option<Shortage>) {
        self.attempts.push((address, io_text(error)));
        self.shortage = self.shortage.or(shortage);
    }
}

/// Connects to the first address that answers; each gets a head start of [`STAGGER`] over the next.
pub(super) fn connect(host: &str, addresses: &[SocketAddr], limit: &Limit) -> Result<Connected, NetError> {
    // This machine answers at once, and a single address has no rival: no threads for these.
    let alone = addresses.len() < 2 || addresses.iter().all(|address| address.ip().is_loopback());
    let outcome = if alone { in_turn(addresses, limit.end()) } else { race(addresses, limit.end()) };
    outcome.map_err(|failures| unconnected(host, failures, limit))
}

/// The error where no address of `host` answers.
fn unconnected(host: &str, Failures { attempts, shortage }: Failures, limit: &Limit) -> NetError {
    if limit.end().has_passed() {
        return limit.passed(Step::Connecting);
    }
    let port = attempts.first().map_or(0, |(address, _)| address.port());
    NetError::Connect { host: host.to_owned(), port, attempts }.for_want_of(shortage)
}

/// How an address fared.
#[derive(Debug)]
pub struct Attempt {
    /// It.
    pub address: SocketAddr,
    /// After how long it answered, or why it did not.
    pub outcome: Result<Duration, String>,
    /// No packet goes there: this machine has no way to its family.
    pub is_unroutable: bool,
}

/// Tries all addresses at the same time, and tells how each fared, in their order. The connection is that of the first in this
/// order that answered. Once one has, the others are given no more than [`STRAGGLERS`].
pub(super) fn try_each(
    host: &str,
    addresses: &[SocketAddr],
    limit: &Limit,
) -> (Vec<Attempt>, Result<TcpStream, NetError>) {
    let (sender, receiver) = mpsc::channel();
    let (start, mut end) = (Instant::now(), limit.end());
    let mut outcomes: Vec<Option<(Duration, io::Result<TcpStream>)>> = addresses.iter().map(|_| None).collect();
    for (index, address) in addresses.iter().copied().enumerate() {
        let sender = sender.clone();
        let end = limit.end();
        let connect = move || drop(sender.send((index, start.elapsed(), attempt(&address, end), start.elapsed())));
        if let (Err(error), Some(place)) =
            (thread::Builder::new().name("connect".to_owned()).spawn(connect), outcomes.get_mut(index))
        {
            *place = Some((Duration::ZERO, Err(error)));
        }
    }
    drop(sender);
    while let Ok((index, began, result, ended)) = receiver.recv_timeout(end.remaining()) {
        if result.is_ok() {
            end = end.at_most(STRAGGLERS);
        }
        if let Some(place) = outcomes.get_mut(index) {
            *place = Some((ended.saturating_sub(began), result));
        }
    }
    let (mut failures, mut connected) = (Failures::default(), None);
    let attempts = addresses.iter().zip(outcomes).map(|(&address, outcome)| {
        let mut is_unroutable = false;
        let outcome = match outcome {
            Some((took, Ok(tcp))) => {
                connected.get_or_insert(tcp);
                Ok(took)
            }
            Some((_, Err(error))) => {
                use io::ErrorKind::{AddrNotAvailable, NetworkUnreachable};
                is_unroutable = matches!(error.kind(), AddrNotAvailable | NetworkUnreachable);
                failures.add(address, &error, Shortage::of(&error));
                Err(io_text(&error))
            }
            None => {
                let error = io::Error::from(io::ErrorKind::TimedOut);
                failures.add(address, &error, None);
                Err(format!("no answer within {}", humantime::format_duration(end.budget())))
            }
        };
        Attempt { address, outcome, is_unroutable }
    });
    let attempts = attempts.collect();
    (attempts, connected.ok_or_else(|| unconnected(host, failures, limit)))
}

/// One attempt after the other. The error lists those that failed.
fn in_turn(addresses: &[SocketAddr], end: Deadline) -> Result<Connected, Failures> {
    let mut failed = Failures::default();
    for &address in addresses {
        match attempt(&address, end) {
            Ok(tcp) => return Ok(Connected { tcp, address, failed: failed.attempts }),
            Err(error) => failed.add(address, &error, Shortage::of(&error)),
        }
        if end.has_passed() {
            break;
        }
    }
    Err(failed)
}

/// The same, each in a thread, and the next begins before this one has failed; the first connection wins.
fn race(addresses: &[SocketAddr], end: Deadline) -> Result<Connected, Failures> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting = addresses.iter();
    let mut pending = 0;
    let mut failed = Failures::default();
    while !end.has_passed() {
        if let Some(&address) = waiting.next() {
            let sender = sender.clone();
            let race = move || {
                let _ = sender.send((address, attempt(&address, end)));
            };
            match thread::Builder::new().name("connect".to_owned()).spawn(race) {
                Ok(_) => pending += 1,
                Err(error) => failed.add(address, &error, Shortage::of_start(&error)),
            }
        }
        if pending == 0 && waiting.len() == 0 {
            break;
        }
        let patience = if waiting.len() == 0 { end.remaining() } else { end.remaining().min(STAGGER) };
        match receiver.recv_timeout(patience) {
            Ok((address, Ok(tcp))) => return Ok(Connected { tcp, address, failed: failed.attempts }),
            Ok((address, Err(error))) => {
                pending -= 1;
                failed.add(address, &error, Shortage::of(&error));
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
    Err(failed)
}

fn attempt(address: &SocketAddr, end: Deadline) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(address, patience(end)?)?;
    // A large request goes out in several writes; without this the last would wait for the others to be acknowledged.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What is left until `end`. A zero would mean "for ever" to the operating system.
fn patience(end: Deadline) -> io::Result<Duration> {
    Some(end.remaining()).filter(|left| !left.is_zero()).ok_or_else(|| io::ErrorKind::TimedOut.into())
}

/// A TCP connection whose reads and writes end at a point in time, however often they are called.
#[derive(Debug)]
pub struct Socket {
    tcp: TcpStream,
    deadline: Deadline,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, deadline: Deadline) -> Self {
        Self { tcp, deadline }
    }

    pub(super) fn set_deadline(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// True if nothing has come in and the other side has not closed.
    pub(super) fn is_quiet(&self) -> bool {
        if self.tcp.set_nonblocking(true).is_err() {
            return false;
        }
        let quiet = matches!(self.tcp.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.tcp.set_nonblocking(false).is_ok() && quiet
    }

    fn insist<T>(&mut self, mut step: impl FnMut(&mut TcpStream, Duration) -> io::Result<T>) -> io::Result<T> {
        loop {
            let patience = patience(self.deadline)?;
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
        assert!(matches!(&error, NetError::Dns { host, .. } if host == "no-such-host.invalid"), "{error}");
    }

    #[test]
    fn a_refused_address_gives_way_to_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let refused: SocketAddr = (Ipv6Addr::LOCALHOST, good.port()).into();
        let connected = connect("localhost", &[refused, good], &limit(5000)).ok().unwrap();
        assert_eq!(connected.tcp.peer_addr().unwrap(), good);
        assert_eq!(connected.failed.iter().map(|(address, _)| *address).collect::<Vec<_>>(), [refused]);
    }

    #[test]
    fn racing_addresses_are_all_named_when_all_fail() {
        let closed: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let bad: SocketAddr = "255.255.255.255:9".parse().unwrap();
        let error = connect("h", &[closed, bad], &limit(5000)).err().unwrap();
        assert!(matches!(&error, NetError::Connect { attempts, .. } if attempts.len() == 2), "{error}");
    }

    // Windows refuses what its queue has no room for.
    #[cfg(unix)]
    #[test]
    fn a_silent_first_address_does_not_hold_up_the_second() {
        // A listener whose queue is full drops SYNs, like a black hole.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = listener.local_addr().unwrap();
        let (mut filling, mut misses) = (Vec::new(), 0);
        // One miss may be a busy machine's.
        while misses < 3 {
            match TcpStream::connect_timeout(&silent, Duration::from_millis(50)) {
                Ok(stream) => filling.push(stream),
                Err(_) => misses += 1,
            }
            assert!(filling.len() < 10_000);
        }
        let answering = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = answering.local_addr().unwrap();
        let error = connect("h", &[silent], &limit(100)).err().unwrap();
        assert!(matches!(error, NetError::ConnectTimeout { step: Step::Connecting, .. }), "{error}");
        let end = Deadline::after(Duration::from_secs(5));
        assert_eq!(race(&[silent, good], end).ok().unwrap().tcp.peer_addr().unwrap(), good);
    }
}
