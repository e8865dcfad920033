//! A connection as ureq uses it: [`Link`] carries bytes, and turns every failure into a [`TransportError`] while it still
//! knows what was going on.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use ureq_proto::client::MAX_RESPONSE_HEADERS;
use zeroize::Zeroizing;

use super::HEADER_CAP;
use super::buffer::Buffer;
use super::error::{Phase, TransportError, through};
use super::head::{end_of_head, is_doubtful, straightened};
use super::notes::Notes;
use crate::deadline::Deadline;
use crate::net::{NetError, Stream, TlsFailure};
use crate::text::excerpt;

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
    /// Over a connection that has said nothing yet, to `host`.
    pub(super) fn new(stream: Stream, host: String, tls: bool) -> Self {
        Self {
            stream,
            host,
            tls,
            buffers: Buffer::default(),
            head: Head::Over,
            doubtful: false,
            write_failed: None,
            answered: false,
        }
    }

    fn fail(&self, error: &io::Error, phase: Phase) -> ureq::Error {
        if let Some(failure) = self.stream.tls_failure(error) {
            return through(match failure {
                // Under TLS 1.3 a server judges the client's certificate when the client takes the handshake for done
                // (RFC 8446 §4.4.2.4); it reads no request before that.
                TlsFailure::ClientCertificateRequired
                | TlsFailure::ClientCertificateRefused { .. }
                | TlsFailure::Renegotiation => NetError::Tls { host: self.host.clone(), failure }.into(),
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
            _ => through(TransportError::lost(phase, error)),
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
                let look = input.len() <= SHORT || input.len() >= 2 * shown;
                if look {
                    Notes::head(input, false);
                }
                // A status line that is none is seen at once; the fields are looked at when they are all there.
                let show = look && !is_interim && memchr::memchr(b'\n', input).is_none();
                let shown = if look { input.len() } else { shown };
                self.head = Head::Expected { dropped, searched: input.len(), shown };
                return Ok(show);
            };
            let head = input.get(..end).unwrap_or_default();
            Notes::head(head, true);
            if !is_interim {
                self.doubtful |= is_doubtful(head);
                self.head = Head::Over;
                let status = head.get(8..12).map(String::from_utf8_lossy).unwrap_or_default();
                let straight = straightened(head, MAX_RESPONSE_HEADERS).map_err(|(line, why)| {
                    let status = excerpt(&status, 4);
                    through(TransportError::BadHead(format!("status{status}, then line {line} of the head {why}")))
                })?;
                if let Some(straight) = straight {
                    // What one reader straightens another may not: nobody else's answer comes over this connection.
                    self.doubtful = true;
                    self.buffers.replace_front(end, &straight.head);
                    Notes::note(|notes| notes.straightened = Some(straight));
                }
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
        self.stream.set_deadline(Deadline::after(*timeout.after));
        self.send()
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.set_deadline(Deadline::after(*timeout.after));
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
                if let Some(failure) = self.stream.renegotiation() {
                    return Err(through(NetError::Tls { host: self.host.clone(), failure }.into()));
                }
                return match &self.write_failed {
                    Some(error) if !self.answered => Err(through(TransportError::lost(Phase::Sending, error))),
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
    Notes::note(|notes| notes.connected.is_none())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Dialer, Options, ProxyRules, Roots, Target};

    fn dialer() -> Dialer {
        Dialer::new(Options {
            connect_timeout: Duration::from_secs(10),
            proxy: ProxyRules::default(),
            roots: Roots::System,
            client_cert: None,
            insecure: false,
        })
    }

    /// How many bytes ureq is shown of a head of `size` that comes byte by byte.
    fn shown(size: usize) -> usize {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target { tls: false, host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let stream = dialer().dial(&target, Deadline::never(), &mut |_| {}).unwrap().stream;
        let mut link = Link { head: Head::START, ..Link::new(stream, String::new(), false) };
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
        total
    }

    #[test]
    fn a_head_that_drips_in_is_looked_at_in_linear_time() {
        let (small, large) = (shown(15_000), shown(60_000));
        assert!(large < 8 * small, "{small} {large}");
    }
}
