//! How ureq gets a connection and talks over it: [`Dialer`] makes one (proxy, name, TCP, tunnel, TLS), [`Link`] carries
//! bytes and turns every failure into a [`TransportError`] while it still knows what was going on.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroizing;

use super::{HEADER_CAP, Options};
use crate::deadline::Deadline;
use crate::net::error::{Phase, TlsFailure, TransportError, io_text};
use crate::net::proxy::{Protocol, Proxy, Target};
use crate::net::tcp::{self, Limit, Socket};
use crate::net::tls::{HandshakeError, Setup, Stream};
use crate::net::tunnel::{self, Refusal};

/// What the connector and the connection have to tell the exchange they serve. ureq runs them on the caller's thread but
/// has no way to pass anything through, so it lies here from [`Notes::begin`] to [`Notes::end`].
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    deadline: Option<Deadline>,
    /// About the length of the longest line to be sent.
    longest: usize,
    /// What stands before the path in the request line.
    origin: Option<String>,
    pub(super) dns: Option<Duration>,
    pub(super) connect: Option<Duration>,
    pub(super) tls: Option<Duration>,
    /// True if the connection was made for this exchange.
    pub(super) fresh: bool,
    /// When the first byte of the request went out.
    pub(super) sent: Option<Instant>,
    /// The beginning of the answer, for an error message.
    pub(super) start: Vec<u8>,
    /// Bytes of the answer received.
    pub(super) received: u64,
    /// Bytes received since something came out of them: the whole head, or a piece of the body. Of what is neither (interim
    /// answers, the lines between chunks, trailers) there may be no more than of a head.
    fruitless: usize,
    /// True if nothing was sent because the connection, kept from an earlier request, is not one for this request.
    pub(super) unfit: bool,
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
}

impl Notes {
    pub(super) fn begin(deadline: Deadline, longest: usize) {
        NOTES.set(Self { deadline: Some(deadline), longest, ..Self::default() });
    }

    /// Makes the request target of this exchange an absolute one, as a proxy wants it (RFC 9112 §3.2.2). ureq writes none.
    pub(super) fn absolute(origin: String) {
        Self::note(|notes| notes.origin = Some(origin));
    }

    pub(super) fn end() -> Self {
        NOTES.take()
    }

    /// Another piece of a body is about to be read.
    pub(super) fn body() {
        Self::note(|notes| notes.fruitless = 0);
    }

    fn note<T>(write: impl FnOnce(&mut Self) -> T) -> T {
        NOTES.with_borrow_mut(write)
    }
}

/// Makes connections.
pub(super) struct Dialer {
    options: Arc<Options>,
    /// TLS towards servers, and towards proxies where that differs: built when needed first.
    server_tls: OnceLock<Result<Setup, TransportError>>,
    proxy_tls: OnceLock<Result<Setup, TransportError>>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

impl Dialer {
    pub(super) fn new(options: Arc<Options>, warnings: Arc<Mutex<Vec<String>>>) -> Self {
        Self { options, server_tls: OnceLock::new(), proxy_tls: OnceLock::new(), warnings }
    }

    fn warn(&self, text: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !warnings.contains(&text) {
            warnings.push(text);
        }
    }

    fn server_tls(&self, deadline: &Deadline) -> Result<&Setup, TransportError> {
        let options = &self.options;
        let roots = (!options.insecure).then_some(&options.roots);
        let make = || Setup::new(roots, options.client_cert.as_ref(), deadline, &mut |text| self.warn(text));
        self.server_tls.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// `--insecure` is about the server: a proxy is verified always, it gets to see credentials of its own.
    fn proxy_tls(&self, deadline: &Deadline) -> Result<&Setup, TransportError> {
        if !self.options.insecure {
            return self.server_tls(deadline);
        }
        let make = || Setup::new(Some(&self.options.roots), None, deadline, &mut |text| self.warn(text));
        self.proxy_tls.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn dial(&self, target: &Target, deadline: Deadline) -> Result<Link, TransportError> {
        // Whatever can be wrong on this side is found before anything is connected to.
        let proxy = self.options.proxy.choose(target)?;
        let server_tls = if target.https { Some(self.server_tls(&deadline)?) } else { None };
        let limit = Limit::new(self.options.connect_timeout, deadline, &target.host);
        let mut stream = match &proxy {
            None => connect(&target.host, target.port, &limit)?,
            Some(proxy) => self.approach(proxy, target, &limit)?,
        };
        if let Some(setup) = server_tls {
            let start = Instant::now();
            stream = shake(setup, stream, &target.host, true, &limit)?;
            Notes::note(|notes| notes.tls = Some(start.elapsed()));
        }
        Notes::note(|notes| notes.fresh = true);
        Ok(Link {
            stream,
            host: proxy.filter(|proxy| proxy.forwards(target)).map_or_else(|| target.host.clone(), |proxy| proxy.host),
            tls: target.https,
            buffers: Buffer::default(),
            head: Head::Over,
            doubtful: false,
            write_failed: None,
            answered: false,
        })
    }

    /// A connection to `target`, or to the proxy where that forwards requests to it.
    fn approach(&self, proxy: &Proxy, target: &Target, limit: &Limit) -> Result<Stream, TransportError> {
        let near = |cause| match cause {
            // The whole run's budget: the proxy is not its subject.
            TransportError::Timeout { .. } => cause,
            cause => proxy.failed(cause),
        };
        let proxy_tls = if proxy.protocol == Protocol::Https { Some(self.proxy_tls(&limit.deadline)?) } else { None };
        let resolved = match proxy.protocol {
            Protocol::Socks4 | Protocol::Socks5 => tcp::resolve(&target.host, target.port, limit)?,
            _ => Vec::new(),
        };
        let limit = &limit.towards(&proxy.host);
        let mut stream = connect(&proxy.host, proxy.port, limit).map_err(near)?;
        if let Some(setup) = proxy_tls {
            stream = shake(setup, stream, &proxy.host, false, limit).map_err(near)?;
        }
        if proxy.forwards(target) {
            return Ok(stream);
        }
        let start = Instant::now();
        tunnel::open(&mut stream, proxy, target, &resolved).map_err(|refusal| match refusal {
            Refusal::Answer(error) => error,
            Refusal::Io(error) if error.kind() == io::ErrorKind::TimedOut => near(limit.passed(Phase::Connecting)),
            Refusal::Io(error) => near(lost(Phase::Connecting, &error)),
        })?;
        Notes::note(|notes| notes.connect = notes.connect.map(|connect| connect + start.elapsed()));
        Ok(stream)
    }
}

fn connect(host: &str, port: u16, limit: &Limit) -> Result<Stream, TransportError> {
    let start = Instant::now();
    let addresses = tcp::resolve(host, port, limit)?;
    let resolved = Instant::now();
    let socket = tcp::connect(host, &addresses, limit)?;
    Notes::note(|notes| {
        let literal = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        notes.dns = (!literal).then(|| resolved - start);
        notes.connect = Some(resolved.elapsed());
    });
    Ok(Stream::Plain(Socket::new(socket, limit.at())))
}

fn shake(
    setup: &Setup,
    below: Stream,
    host: &str,
    own_identity: bool,
    limit: &Limit,
) -> Result<Stream, TransportError> {
    setup.handshake(below, host, own_identity).map_err(|error| match error {
        HandshakeError::Tls(failure) => TransportError::Tls { host: host.to_owned(), failure },
        HandshakeError::Io(error) if error.kind() == io::ErrorKind::TimedOut => limit.passed(Phase::Handshaking),
        HandshakeError::Io(error) => lost(Phase::Handshaking, &error),
    })
}

fn lost(during: Phase, error: &io::Error) -> TransportError {
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the other side closed it".to_owned(),
        _ => io_text(error),
    };
    TransportError::Lost { during, why }
}

pub(super) fn through(error: TransportError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

impl Connector for Dialer {
    type Out = Link;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Link>, ureq::Error> {
        let https = details.needs_tls();
        let uri = details.uri;
        let Some(host) = uri.host() else { return Ok(None) };
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let target = Target { https, host: host.to_ascii_lowercase(), port };
        let deadline = Notes::note(|notes| notes.deadline).unwrap_or_else(|| Deadline::after(*details.timeout.after));
        self.dial(&target, deadline).map(Some).map_err(through)
    }
}

/// ureq resolves before it connects; here that is [`Dialer`]'s business, who knows whether it is needed at all.
#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// Where the head of the answer stands.
#[derive(Debug, Clone, Copy)]
enum Head {
    /// It is still to come, or not whole yet. Interim answers (1xx) may come first.
    Expected {
        /// Bytes of interim answers that were dropped.
        dropped: usize,
        /// Bytes of it in which no end was found.
        searched: usize,
        /// Bytes of it that ureq has looked at.
        shown: usize,
    },
    /// It is through.
    Over,
}

impl Head {
    const START: Self = Self::Expected { dropped: 0, searched: 0, shown: 0 };
}

/// A head that is not whole is shown to ureq, who may take offence at it, each time while it is this short, and then each
/// time it has doubled: reading it anew for each byte would be work that grows with the square of its length.
const SHORT: usize = 4096;

/// Where the head ends that `input` begins with: behind its first empty line. The lines may end without a CR (RFC 9112 §2.2).
fn end_of_head(input: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', input).find_map(|at| match input.get(at + 1..)? {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// True if two readers of this head could disagree on where the answer ends (RFC 9112 §6.3): then nothing that follows can
/// be told apart from it.
fn is_doubtful(head: &[u8]) -> bool {
    let fields = || {
        head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
            Some((name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii()))
        })
    };
    let values = |wanted: &'static [u8]| {
        fields().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let no_content = matches!(head.get(9..12), Some(b"204" | b"304"));
    let mut lengths = values(b"content-length");
    let mut codings = values(b"transfer-encoding");
    match (codings.next(), lengths.next()) {
        (None, None) => false,
        (None, Some(length)) => lengths.next().is_some() || head.get(9..12) == Some(b"204") && length != b"0",
        (Some(coding), length) => {
            no_content
                || length.is_some()
                || codings.next().is_some()
                || !coding.eq_ignore_ascii_case(b"chunked")
                || head.starts_with(b"HTTP/1.0")
        }
    }
}

/// A connection, for one exchange after the other.
pub(super) struct Link {
    stream: Stream,
    host: String,
    tls: bool,
    buffers: Buffer,
    head: Head,
    /// True once an answer came whose end is a matter of opinion.
    doubtful: bool,
    /// A server may answer early and close; what it said is worth more than that the rest could not be sent.
    write_failed: Option<io::Error>,
    /// True once something of the answer came.
    answered: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.host)
    }
}

impl Link {
    fn fail(&self, error: &io::Error, phase: Phase) -> ureq::Error {
        if let Some(failure) = self.stream.tls_failure(error) {
            return through(match failure {
                // Under TLS 1.3 a server judges the client's certificate when the client takes the handshake for done
                // (RFC 8446 §4.4.2.4); it reads no request before that.
                TlsFailure::ClientCertificateRequired | TlsFailure::ClientCertificateRefused { .. } => {
                    TransportError::Tls { host: self.host.clone(), failure }
                }
                other => TransportError::Lost { during: phase, why: format!("TLS: {other}") },
            });
        }
        match error.kind() {
            io::ErrorKind::TimedOut => {
                let budget = Notes::note(|notes| notes.deadline).map_or(Duration::ZERO, |deadline| deadline.budget());
                through(TransportError::Timeout { phase, budget })
            }
            // Without TLS's farewell the end may be anybody's doing: a body that needs the end to be complete is not.
            io::ErrorKind::UnexpectedEof => through(TransportError::Truncated { got: 0, expected: None }),
            _ => through(lost(phase, error)),
        }
    }

    /// Sends what is held back.
    fn send(&mut self) -> Result<(), ureq::Error> {
        let held = std::mem::take(&mut self.buffers.held);
        if held == 0 || self.write_failed.is_some() {
            return Ok(());
        }
        // What is there before the request is out is no answer to it. Whom it was meant for, nobody can tell.
        if is_kept() && !self.stream.is_idle() {
            return Err(unfit("the connection, kept from an earlier request, is no longer silent"));
        }
        let output = self.buffers.output.get(..held).unwrap_or_default();
        let origin = Notes::note(|notes| {
            notes.sent.get_or_insert_with(Instant::now);
            notes.origin.take()
        });
        let whole;
        let output = match (origin, memchr::memchr(b' ', output)) {
            (Some(origin), Some(method)) => {
                let (method, rest) = output.split_at(method + 1);
                whole = Zeroizing::new([method, origin.as_bytes(), rest].concat());
                &whole[..]
            }
            _ => output,
        };
        match self.stream.write_all(output).and_then(|()| self.stream.flush()) {
            Err(error) if is_closed(&error) => {
                self.write_failed = Some(error);
                Ok(())
            }
            result => result.map_err(|error| self.fail(&error, Phase::Sending)),
        }
    }

    /// Looks at the head of the answer as it comes in, and drops interim answers (RFC 9110 §15.2) from its front: ureq takes
    /// offence at some. True if there is something for ureq to look at, false if more must be read.
    fn watch_head(&mut self) -> Result<bool, ureq::Error> {
        while let Head::Expected { dropped, searched, shown } = self.head {
            let input = self.buffers.input();
            if input.is_empty() {
                return Ok(false);
            }
            if input.len() < 12 {
                return Ok(true);
            }
            if !input.starts_with(b"HTTP/1.") {
                // Empty lines in front, or nothing that ureq will take for an answer.
                self.doubtful = true;
                self.head = Head::Over;
                return Ok(true);
            }
            let from = searched.saturating_sub(2);
            let end = end_of_head(input.get(from..).unwrap_or_default()).map(|end| from + end);
            if dropped + end.unwrap_or(input.len()) > HEADER_CAP {
                return Err(through(TransportError::HeadersTooLarge { cap: HEADER_CAP }));
            }
            let is_interim = input.get(8..10) == Some(b" 1") && input.get(9..12) != Some(b"101");
            let Some(end) = end else {
                let show = !is_interim && (input.len() <= SHORT || input.len() >= 2 * shown);
                let shown = if show { input.len() } else { shown };
                self.head = Head::Expected { dropped, searched: input.len(), shown };
                return Ok(show);
            };
            if !is_interim {
                self.doubtful |= is_doubtful(input.get(..end).unwrap_or_default());
                self.head = Head::Over;
                return Ok(true);
            }
            self.buffers.drop_front(end);
            self.head = Head::Expected { dropped: dropped + end, searched: 0, shown: 0 };
        }
        Ok(true)
    }
}

impl Transport for Link {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    /// Holds back what fits: head and body of a small request go out as one. A server that reads once and closes would
    /// answer a request in two pieces with a reset, which takes its own answer away.
    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.head = Head::START;
        self.answered = false;
        self.buffers.held += amount;
        if self.buffers.has_room() {
            return Ok(());
        }
        // A server may answer before the whole of a large request is out, and on a connection that served another request
        // before, nobody can tell such an answer from what was left over: it goes over a new one.
        if is_kept() {
            return Err(unfit("the request is too large for a connection kept from an earlier request"));
        }
        self.stream.socket().set_until(Deadline::after(*timeout.after).at());
        self.send()
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.socket().set_until(Deadline::after(*timeout.after).at());
        self.send()?;
        loop {
            if Notes::note(|notes| notes.fruitless) > HEADER_CAP {
                return Err(through(TransportError::HeadersTooLarge { cap: HEADER_CAP }));
            }
            let space = self.buffers.input_append_buf();
            let amount = match self.stream.read(space) {
                Ok(amount) => amount,
                Err(error) => {
                    let sending = self.write_failed.is_some() && !self.answered;
                    let phase = if sending { Phase::Sending } else { Phase::Waiting };
                    return Err(self.fail(&error, phase));
                }
            };
            if amount == 0 {
                return match &self.write_failed {
                    Some(error) if !self.answered => Err(through(lost(Phase::Sending, error))),
                    _ => Ok(false),
                };
            }
            self.buffers.input_appended(amount);
            self.answered = true;
            let fresh = self.buffers.newest(amount);
            Notes::note(|notes| {
                notes.received += amount as u64;
                notes.fruitless += amount;
                let room = 80_usize.saturating_sub(notes.start.len());
                notes.start.extend_from_slice(&fresh[..amount.min(room)]);
            });
            if self.watch_head()? {
                return Ok(true);
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.write_failed.is_none() && !self.doubtful && self.buffers.is_empty() && self.stream.is_idle()
    }

    fn is_tls(&self) -> bool {
        self.tls
    }
}

/// True if the connection has served another request.
fn is_kept() -> bool {
    Notes::note(|notes| !notes.fresh)
}

/// The error for a kept connection that cannot serve this request, of which nothing has been sent.
fn unfit(why: &str) -> ureq::Error {
    Notes::note(|notes| notes.unfit = true);
    through(TransportError::Lost { during: Phase::Sending, why: why.to_owned() })
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

const BUFFER: usize = 16 * 1024;

/// ureq's buffers, wiped when dropped: requests hold credentials and answers hold tokens.
#[derive(Default)]
struct Buffer {
    output: Zeroizing<Vec<u8>>,
    /// So much of the output is still to be sent.
    held: usize,
    input: Zeroizing<Vec<u8>>,
    consumed: usize,
    filled: usize,
    progress: bool,
}

impl Buffer {
    /// True if another of ureq's writes fits behind what is held: whole lines, with little around them.
    fn has_room(&self) -> bool {
        self.output.len() - self.held >= Notes::note(|notes| notes.longest) + 64
    }

    fn is_empty(&self) -> bool {
        self.held == 0 && self.consumed == self.filled
    }

    fn drop_front(&mut self, amount: usize) {
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    fn newest(&self, amount: usize) -> &[u8] {
        self.input.get(self.filled.saturating_sub(amount)..self.filled).unwrap_or_default()
    }
}

impl Buffers for Buffer {
    fn output(&mut self) -> &mut [u8] {
        // Only what is held back takes room away, and it is sent before there is too little.
        if !self.has_room() {
            self.output = Zeroizing::new(vec![0; BUFFER.max(Notes::note(|notes| notes.longest) + 64)]);
        }
        &mut self.output[self.held..]
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.input.len() - self.filled < BUFFER / 4 {
            // A new vector instead of a growing one: growing would leave an unwiped copy behind.
            let mut larger = Zeroizing::new(vec![0; (self.input.len() * 2).max(BUFFER)]);
            larger[..self.filled].copy_from_slice(&self.input[..self.filled]);
            self.input = larger;
        }
        &mut self.input[self.filled..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled = (self.filled + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.drop_front(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.output();
        self.input_append_buf();
        (&mut self.input[self.filled..], &mut self.output[self.held..])
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.consumed < self.filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes ureq is shown of a head of `size` that comes byte by byte.
    fn shown(size: usize) -> usize {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut link = Link {
            stream: Stream::Plain(Socket::new(tcp, Instant::now())),
            host: String::new(),
            tls: false,
            buffers: Buffer::default(),
            head: Head::START,
            doubtful: false,
            write_failed: None,
            answered: false,
        };
        let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(size));
        let mut total = 0;
        for byte in head.bytes() {
            link.buffers.input_append_buf()[0] = byte;
            link.buffers.input_appended(1);
            if link.watch_head().unwrap() {
                total += link.buffers.input().len();
            }
        }
        assert!(matches!(link.head, Head::Over) && !link.doubtful);
        total - SHORT * SHORT / 2
    }

    #[test]
    fn a_head_that_drips_in_is_looked_at_in_linear_time() {
        let (small, large) = (shown(15_000), shown(60_000));
        assert!(large < 8 * small, "{small} {large}");
    }

    #[test]
    fn a_head_ends_with_its_first_empty_line() {
        for (input, end) in [
            ("a\r\n\r\nb\r\n\r\n", Some(5)),
            ("a\n\nb\r\n\r\n", Some(3)),
            ("a\n\r\nb", Some(4)),
            ("a\r\nb\r\n", None),
            ("a\r\n\r", None),
            ("a\r\r", None),
            ("", None),
        ] {
            assert_eq!(end_of_head(input.as_bytes()), end, "{input:?}");
        }
    }

    #[test]
    fn a_head_is_doubtful_where_readers_could_disagree_on_the_end() {
        for (head, expected) in [
            ("200 OK\r\nContent-Length: 5", false),
            ("200 OK\nTRANSFER-ENCODING:Chunked", false),
            ("200 OK", false),
            ("204 X\r\nContent-Length: 0", false),
            ("304 X\r\nContent-Length: 5", false),
            ("204 X\r\nContent-Length: 5", true),
            ("204 X\r\nTransfer-Encoding: chunked", true),
            ("304 X\r\nTransfer-Encoding: chunked", true),
            ("200 OK\r\nTransfer-Encoding : chunked\r\nContent-Length: 5", true),
            ("200 OK\r\nContent-Length: 5\r\nX: y\r\ncontent-length:5", true),
            ("200 OK\r\nTransfer-Encoding: identity", true),
            ("200 OK\r\nTransfer-Encoding: chunked, chunked", true),
            ("200 OK\r\nTransfer-Encoding:\r\n chunked", true),
        ] {
            assert_eq!(is_doubtful(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()), expected, "{head:?}");
        }
        assert!(is_doubtful(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }
}
