//! A connection: TCP, or TLS over another one, with a deadline for whatever waits for the other side.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::{ClientConnection, ProtocolVersion};

use super::tcp::Socket;
use super::tls::failure::{Asked, TlsFailure, failure, rustls_error};
use crate::deadline::Deadline;

/// A connection. Whatever waits for the other side longer than until its deadline fails with [`io::ErrorKind::TimedOut`].
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Plain(Socket),
    /// TLS over another one.
    Tls(Box<Tls>),
}

/// TLS over another stream.
pub struct Tls {
    session: ClientConnection,
    below: Records,
    asked: Arc<AtomicBool>,
    /// True if there is a client certificate to show.
    identified: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// `asked` becomes true once the server asks for a client certificate; `identified` says that there is one.
    pub(super) fn new(session: ClientConnection, below: Stream, asked: Arc<AtomicBool>, identified: bool) -> Self {
        Self { session, below: Records::over(below), asked, identified }
    }

    pub(super) fn shake_hands(&mut self) -> io::Result<()> {
        while self.session.is_handshaking() {
            self.session.complete_io(&mut self.below)?;
        }
        self.below.shakes = false;
        Ok(())
    }

    /// The failure behind an error of rustls, in the light of what came.
    pub(super) fn failure(&self, error: &rustls::Error) -> TlsFailure {
        match failure(error, self.asked()) {
            TlsFailure::NotTls { .. } => TlsFailure::NotTls { is_http: self.below.start == *b"HTTP/" },
            _ if self.is_asked_anew() => TlsFailure::Renegotiation,
            other => other,
        }
    }

    /// True where the other side wants another handshake after the first one (RFC 5246 §7.4.1.1). TLS 1.3 has none.
    fn is_asked_anew(&self) -> bool {
        self.below.shakes
            && !self.session.is_handshaking()
            && self.session.protocol_version() == Some(ProtocolVersion::TLSv1_2)
    }

    /// Version and cipher, once there are some.
    pub(super) fn agreed(&self) -> Option<(&'static str, String)> {
        self.session.negotiated_cipher_suite().map(|_| (self.version(), self.cipher()))
    }

    pub(super) fn asked(&self) -> Asked {
        match (self.asked.load(Ordering::Relaxed), self.identified) {
            (false, _) => Asked::No,
            (true, false) => Asked::InVain,
            (true, true) => Asked::AndAnswered,
        }
    }

    /// The protocol version agreed on, such as `TLS 1.3`.
    pub fn version(&self) -> &'static str {
        match self.session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            _ => "TLS",
        }
    }

    /// The cipher suite agreed on, by its name in IANA's register.
    pub fn cipher(&self) -> String {
        let name = self.session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        // rustls marks those of TLS 1.3, which have a name of their own already (RFC 8446 §B.4).
        name.map_or_else(|| "no cipher".to_owned(), |name| name.replacen("TLS13_", "TLS_", 1))
    }

    /// The certificates that the other side sent (DER), its own first; [`super::Certificate`] reads them.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.session.peer_certificates().unwrap_or_default().iter().map(AsRef::as_ref)
    }
}

impl Stream {
    /// Waits for the other side until then, from now on.
    pub fn set_deadline(&mut self, deadline: Deadline) {
        match self {
            Self::Plain(socket) => socket.set_deadline(deadline),
            Self::Tls(tls) => tls.below.stream.set_deadline(deadline),
        }
    }

    /// The TLS failure behind an error of reading or writing, if there is one.
    pub fn tls_failure(&self, error: &io::Error) -> Option<TlsFailure> {
        let Self::Tls(tls) = self else { return None };
        rustls_error(error).map(|error| tls.failure(error)).or_else(|| self.renegotiation())
    }

    /// The failure behind an end or a silence, where the other side wanted another handshake and got none.
    pub fn renegotiation(&self) -> Option<TlsFailure> {
        matches!(self, Self::Tls(tls) if tls.is_asked_anew()).then_some(TlsFailure::Renegotiation)
    }

    /// True if something new can be asked on it: not closed, and nothing unread in any layer. What is unread would be taken
    /// for the answer.
    ///
    /// Nothing is read to find out: that would be work without end where the other side never stops, and what comes after an
    /// answer, be it only a session ticket, is reason enough to hang up.
    pub fn is_idle(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Tls(tls) => {
                let state = tls.session.process_new_packets();
                state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
                    && tls.below.at_boundary()
                    && tls.below.stream.is_idle()
            }
        }
    }
}

/// The stream below TLS. It follows the records (RFC 8446 §5.1) that are read from it, because rustls does not tell whether
/// it holds the beginning of one.
struct Records {
    stream: Stream,
    /// Bytes of the current record that have been read, its header included.
    read: usize,
    /// Length of its content, as far as it is known.
    length: usize,
    /// True if one of a handshake came since this was last set to false.
    shakes: bool,
    /// The first bytes that came.
    start: [u8; 5],
    /// How many of these have come.
    started: usize,
}

impl Records {
    const HEADER: usize = 5;
    /// The type of a record that belongs to a handshake.
    const HANDSHAKE: u8 = 22;

    fn over(stream: Stream) -> Self {
        Self { stream, read: 0, length: 0, shakes: false, start: [0; 5], started: 0 }
    }

    /// True if what has been read ends where a record ends.
    fn at_boundary(&self) -> bool {
        self.read == 0
    }

    fn follow(&mut self, mut bytes: &[u8]) {
        for (place, byte) in self.start.iter_mut().skip(self.started).zip(bytes) {
            *place = *byte;
            self.started += 1;
        }
        while let Some((&first, rest)) = bytes.split_first() {
            if self.read < Self::HEADER {
                if self.read == 0 {
                    self.shakes |= first == Self::HANDSHAKE;
                }
                if self.read >= 3 {
                    self.length = self.length << 8 | usize::from(first);
                }
                self.read += 1;
                bytes = rest;
            } else {
                let amount = bytes.len().min(Self::HEADER + self.length - self.read);
                self.read += amount;
                bytes = &bytes[amount..];
            }
            if self.read >= Self::HEADER && self.read == Self::HEADER + self.length {
                (self.read, self.length) = (0, 0);
            }
        }
    }
}

impl Read for Records {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let amount = self.stream.read(buf)?;
        self.follow(buf.get(..amount).unwrap_or_default());
        Ok(amount)
    }
}

impl Write for Records {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.stream.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Tls(tls) => tls.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(buf),
            Self::Tls(tls) => tls.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write_vectored(bufs),
            Self::Tls(tls) => tls.write_vectored(bufs),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Read for Tls {
    /// `UnexpectedEof` is an end without TLS's own farewell: somebody may have cut the answer short (RFC 8446 §6.1).
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            // Something to say (the end of the handshake, a new key) must be out before an answer can be expected. If
            // it cannot be said, reading tells why.
            while self.session.wants_write() {
                match self.session.write_tls(&mut self.below) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                    Err(_) => break,
                }
            }
            self.session.read_tls(&mut self.below)?;
            if let Err(error) = self.session.process_new_packets() {
                let _ = self.session.write_tls(&mut self.below); // the alert
                // What came before it is no less true. The error is there again when next asked for.
                return match self.session.reader().read(buf) {
                    Ok(amount) if amount > 0 => Ok(amount),
                    _ => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                };
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.session.writer().write(buf)?;
        self.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_followed_however_they_are_cut() {
        let stream: Vec<u8> = [0_usize, 1, 300, 0, 16_640]
            .iter()
            .flat_map(|&length| [&[23, 3, 3, (length >> 8) as u8, length as u8][..], &vec![23; length]].concat())
            .collect();
        let ends = [5, 11, 316, 321, stream.len()];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for step in [1, 2, 3, 5, 7, 305, 4096] {
            let tcp = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut records = Records::over(Stream::Plain(Socket::new(tcp, Deadline::never())));
            let mut at = 0;
            for piece in stream.chunks(step) {
                records.follow(piece);
                at += piece.len();
                assert_eq!(records.at_boundary(), ends.contains(&at), "{at} in steps of {step}");
            }
        }
    }
}
