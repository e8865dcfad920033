//! The body of an answer: read as it comes, checked for completeness, its content coding undone.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::time::Duration;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use zeroize::Zeroizing;

use super::error::{Phase, TransportError};
use super::notes::Notes;
use crate::net::io_text;
use crate::text::excerpt;

/// A body being read. Errors of `read` turn back into a [`TransportError`] with [`TransportError::from_read`].
pub struct Body(Decoder, Option<Peek>, Option<Box<Kept>>);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

/// What was read of a body, for whoever wants to know afterwards.
#[derive(Debug, Default)]
pub struct Kept {
    /// All of it; nothing where there was more than is kept.
    pub bytes: Zeroizing<Vec<u8>>,
    /// How much was read (bytes).
    pub size: usize,
    /// How much is kept at most (bytes).
    most: usize,
    /// How it ended: nothing more, or why no more came.
    pub end: Option<Result<(), String>>,
}

impl Kept {
    fn take(&mut self, read: &io::Result<usize>, buf: &[u8]) {
        match read {
            Ok(0) => self.end = Some(Ok(())),
            Ok(amount) => {
                self.size += amount;
                if self.size > self.most {
                    self.bytes = Zeroizing::default();
                } else {
                    grow(&mut self.bytes, buf.get(..*amount).unwrap_or_default());
                }
            }
            Err(error) => self.end = Some(Err(error.to_string())),
        }
    }

    /// True where there was more than is kept.
    pub fn is_too_large(&self) -> bool {
        self.size > self.most
    }
}

/// Appends bytes; a buffer that becomes too small is wiped.
fn grow(to: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if to.capacity() - to.len() < bytes.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((to.len() + bytes.len()) * 2));
        larger.extend_from_slice(to);
        *to = larger;
    }
    to.extend_from_slice(bytes);
}

/// What was read before its time, and how that ended where it failed.
struct Peek(io::Cursor<Vec<u8>>, io::Result<usize>);

enum Decoder {
    Identity(Raw),
    // Which one is known from the first bytes on only.
    Undecided(Coding, Raw),
    Gzip(Box<MultiGzDecoder<Peeked>>),
    Zlib(Box<ZlibDecoder<Peeked>>),
    Deflate(Box<DeflateDecoder<Peeked>>),
    /// A coding that nothing here undoes, and why.
    Unknown(String, Raw),
    /// Read to its end, or failed.
    Done,
}

type Peeked = BufReader<io::Chain<io::Cursor<Vec<u8>>, Raw>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

impl Body {
    fn of(decoder: Decoder) -> Self {
        Self(decoder, None, None)
    }

    /// The first bytes, no more than `most`; they stay to be read, as does a failure before that.
    pub(super) fn peek(&mut self, most: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        // It counts when it is read for good.
        let kept = self.2.take();
        let end = self.by_ref().take(most).read_to_end(&mut bytes);
        self.2 = kept;
        self.1 = Some(Peek(io::Cursor::new(bytes.clone()), end));
        bytes
    }

    /// Has what is read from now on kept as well, where it is no more than `most` bytes.
    pub fn keep(&mut self, most: usize) {
        self.2 = Some(Box::new(Kept { most, ..Kept::default() }));
    }

    /// What was kept.
    pub fn kept(&mut self) -> Option<Kept> {
        self.2.take().map(|kept| *kept)
    }

    /// `encodings` are the values of `Content-Encoding`. A coding that is unknown, or more than one of them, fails when it
    /// is read: nobody needs that, and each is another way to explode. The head of such an answer still counts.
    pub(super) fn new<'a>(raw: Raw, encodings: impl Iterator<Item = &'a str>) -> Self {
        Self::of(match coding(encodings) {
            Ok(None) => Decoder::Identity(raw),
            Ok(Some(coding)) => Decoder::Undecided(coding, raw),
            Err(why) => Decoder::Unknown(why, raw),
        })
    }

    /// A coding that nothing here undoes may be no more than a label: the body comes as it is, and why it could not be undone.
    pub(super) fn as_it_is(&mut self) -> Option<String> {
        match std::mem::replace(&mut self.0, Decoder::Done) {
            Decoder::Unknown(why, raw) => {
                self.0 = Decoder::Identity(raw);
                Some(why)
            }
            other => {
                self.0 = other;
                None
            }
        }
    }

    /// Caps what is transferred, before anything is read. What comes out of a coding may be nothing for ever.
    pub(super) fn cap(&mut self, cap: usize) {
        if let Decoder::Identity(raw) | Decoder::Undecided(_, raw) | Decoder::Unknown(_, raw) = &mut self.0 {
            raw.cap = Some(cap);
        }
    }

    fn decide(&mut self) -> io::Result<()> {
        let Decoder::Undecided(coding, mut raw) = std::mem::replace(&mut self.0, Decoder::Done) else { return Ok(()) };
        let mut start = Vec::with_capacity(2);
        raw.by_ref().take(2).read_to_end(&mut start)?;
        if start.is_empty() {
            // An answer without a body is just that, whatever its header announces.
            return Ok(());
        }
        let zlib = is_zlib(&start);
        let peeked = BufReader::new(io::Cursor::new(start).chain(raw));
        self.0 = match coding {
            Coding::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(peeked))),
            Coding::Deflate if zlib => Decoder::Zlib(Box::new(ZlibDecoder::new(peeked))),
            Coding::Deflate => Decoder::Deflate(Box::new(DeflateDecoder::new(peeked))),
        };
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let read = self.read_on(buf);
        if let Some(kept) = &mut self.2 {
            kept.take(&read, buf);
        }
        read
    }
}

impl Body {
    fn read_on(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(Peek(bytes, end)) = &mut self.1 {
            let amount = bytes.read(buf)?;
            if amount > 0 {
                return Ok(amount);
            }
            std::mem::replace(end, Ok(0))?;
            self.1 = None;
        }
        if matches!(self.0, Decoder::Undecided(..)) {
            self.decide()?;
        }
        let (result, rest) = match &mut self.0 {
            Decoder::Identity(raw) => return raw.read(buf),
            Decoder::Unknown(why, raw) => {
                return match raw.read(&mut [0])? {
                    0 => Ok(0),
                    _ => Err(encoding(why)),
                };
            }
            Decoder::Undecided(..) | Decoder::Done => return Ok(0),
            Decoder::Gzip(decoder) => (decoder.read(buf), decoder.get_mut()),
            Decoder::Zlib(decoder) => (decoder.read(buf), decoder.get_mut()),
            Decoder::Deflate(decoder) => (decoder.read(buf), decoder.get_mut()),
        };
        let result = match result {
            // The transfer must have come to its end too, or the answer is truncated after all.
            Ok(0) => match rest.read(&mut [0]) {
                Ok(0) => Ok(0),
                Ok(_) => Err(encoding("there is more data after its end")),
                Err(error) => Err(error),
            },
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<TransportError>()) => Err(error),
            Err(error) => Err(encoding(&undoing_failed(&error))),
            Ok(amount) => return Ok(amount),
        };
        self.0 = Decoder::Done;
        result
    }
}

/// The coding that is to be undone; what nothing here undoes is told as why.
fn coding<'a>(encodings: impl Iterator<Item = &'a str>) -> Result<Option<Coding>, String> {
    let mut coding = None;
    for name in encodings.flat_map(|value| value.split(',')).map(str::trim) {
        let next = match name.to_ascii_lowercase().as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            // Whole or not at all: whoever hides secrets would not recognise a piece of one.
            known if known.len() > 40 => return Err("its name is too long".to_owned()),
            _ => return Err(format!("{} is not known here", excerpt(name, 40))),
        };
        if coding.replace(next).is_some() {
            return Err("there is more than one layer".to_owned());
        }
    }
    Ok(coding)
}

/// RFC 9110 §8.4.1.2: "deflate" means zlib, and some send the bare stream all the same.
fn is_zlib(start: &[u8]) -> bool {
    matches!(start, [cmf, flags, ..] if cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flags]) % 31 == 0)
}

fn undoing_failed(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it breaks off".to_owned(),
        _ => io_text(error),
    }
}

/// What `body`, which is whole, is without its coding, and no more than `most` bytes of that.
///
/// # Errors
/// Why it cannot be undone.
pub(super) fn undone<'a>(body: &[u8], encodings: impl Iterator<Item = &'a str>, most: u64) -> Result<Vec<u8>, String> {
    let mut rest = body;
    let mut plain = Vec::new();
    let read = match coding(encodings)? {
        None => return Ok(body.to_owned()),
        Some(Coding::Gzip) => MultiGzDecoder::new(&mut rest).take(most).read_to_end(&mut plain),
        Some(Coding::Deflate) if is_zlib(body) => ZlibDecoder::new(&mut rest).take(most).read_to_end(&mut plain),
        Some(Coding::Deflate) => DeflateDecoder::new(&mut rest).take(most).read_to_end(&mut plain),
    };
    match read {
        Ok(amount) if amount as u64 == most || rest.is_empty() => Ok(plain),
        Ok(_) => Err("there is more data after its end".to_owned()),
        Err(error) => Err(undoing_failed(&error)),
    }
}

fn encoding(why: &str) -> io::Error {
    io::Error::other(TransportError::Encoding(why.to_owned()))
}

/// The body as transferred.
pub(super) struct Raw {
    reader: ureq::BodyReader<'static>,
    got: u64,
    expected: Option<u64>,
    cap: Option<usize>,
    budget: Duration,
}

impl Raw {
    pub(super) fn new(body: ureq::Body, expected: Option<u64>, budget: Duration) -> Self {
        Self { reader: body.into_reader(), got: 0, expected, cap: None, budget }
    }

    fn fail(&self, error: io::Error) -> TransportError {
        let during = Phase::Reading { bytes: self.got };
        let truncated = TransportError::Truncated { got: self.got, expected: self.expected };
        match ureq::Error::from(error) {
            ureq::Error::Other(inner) => match inner.downcast::<TransportError>() {
                Ok(error) => match *error {
                    TransportError::Timeout { .. } => TransportError::Timeout { phase: during, budget: self.budget },
                    TransportError::Lost { why, .. } => TransportError::Lost { during, why },
                    TransportError::Truncated { .. } | TransportError::EmptyAnswer => truncated,
                    other => other,
                },
                Err(other) => TransportError::Lost { during, why: excerpt(&other.to_string(), 200) },
            },
            ureq::Error::Timeout(_) => TransportError::Timeout { phase: during, budget: self.budget },
            ureq::Error::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                TransportError::Lost { during, why: io_text(&error) }
            }
            // The end came too early, or the chunks do not add up.
            _ => truncated,
        }
    }
}

impl Read for Raw {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Notes::body();
        match self.reader.read(buf) {
            Ok(amount) => {
                self.got += amount as u64;
                match self.cap {
                    Some(cap) if self.got > cap as u64 => Err(io::Error::other(TransportError::BodyTooLarge { cap })),
                    _ => Ok(amount),
                }
            }
            Err(error) => Err(io::Error::other(self.fail(error))),
        }
    }
}
