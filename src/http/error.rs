//! Why an exchange did not happen, beyond what [`NetError`] knows: one variant for each thing a user can act on.
//!
//! Messages are one line, name no credential, URL query, header value or body, and every piece of foreign text in them is
//! escaped and capped.

use std::fmt;
use std::io;
use std::time::Duration;

use super::notes::Notes;
use crate::deadline::Deadline;
use crate::net::{NetError, Step, io_text, lost_text, proxy_hint};
use crate::problem::{Class, Problem};
use crate::text::excerpt;
use crate::wire::Url;

/// What to tell a script: stop and repair, try again, or look at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// Something on this side is wrong; nothing was connected to.
    Config,
    /// The server was not reached, or was lost.
    Unreached,
    /// The server answered, but not with a usable HTTP answer.
    BadReply,
}

/// How far an exchange over a connection had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The request was going out.
    Sending,
    /// The request was out, no complete head had come back.
    Waiting,
    /// The body was coming in.
    Reading {
        /// Bytes of it received, as transferred.
        bytes: u64,
    },
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sending => f.write_str("sending the request"),
            Self::Waiting => f.write_str("waiting for the answer"),
            Self::Reading { bytes } => write!(f, "reading the answer's body, {bytes} bytes of it received"),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum TransportError {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("proxy {proxy}: {cause}")]
    Forwarder {
        /// Scheme, host and port, no credentials.
        proxy: String,
        /// What names it.
        setting: &'static str,
        /// What happened between us and the proxy, or beyond it.
        #[source]
        cause: Box<TransportError>,
    },
    #[error("timed out after {} while {phase}", humantime::format_duration(*.budget))]
    Timeout {
        phase: Phase,
        /// The whole budget that is used up.
        budget: Duration,
    },
    #[error("the server closed the connection without an answer")]
    EmptyAnswer,
    #[error("the connection was lost while {during}: {why}")]
    Lost { during: Phase, why: String },
    #[error("the answer is truncated: {got} bytes came{}", .expected.map(|n| format!(" of {n}")).unwrap_or_default())]
    Truncated {
        /// Bytes received.
        got: u64,
        /// Bytes announced, if any number was.
        expected: Option<u64>,
    },
    #[error("the answer's headers are over the cap of {cap} bytes")]
    HeadersTooLarge { cap: usize },
    #[error("the answer has more than {cap} header fields")]
    TooManyHeaders { cap: usize },
    #[error("the answer's body is over the cap of {cap} bytes")]
    BodyTooLarge { cap: usize },
    #[error("the answer is not HTTP/1.1: {0}")]
    NotHttp(String),
    #[error("the answer is not HTTP/1.1: {0}")]
    BadHead(String),
    #[error("the answer is not HTTP/1.1: it looks like TLS")]
    SpeaksTls,
    #[error("the answer's Content-Encoding cannot be undone: {0}")]
    Encoding(String),
    #[error("the request cannot be sent: {0}")]
    BadRequest(String),
}

impl TransportError {
    /// The connection that was lost, in the words of the I/O error.
    pub(super) fn lost(during: Phase, error: &io::Error) -> Self {
        Self::Lost { during, why: lost_text(error) }
    }

    /// Which class of failure it is.
    pub fn kind(&self) -> TransportKind {
        match self {
            Self::Net(error) if error.is_ours() => TransportKind::Config,
            Self::Net(_) | Self::Timeout { .. } | Self::EmptyAnswer | Self::Lost { .. } => TransportKind::Unreached,
            Self::Forwarder { cause, .. } => cause.kind(),
            Self::Truncated { .. }
            | Self::HeadersTooLarge { .. }
            | Self::TooManyHeaders { .. }
            | Self::BodyTooLarge { .. }
            | Self::NotHttp(_)
            | Self::BadHead(_)
            | Self::SpeaksTls
            | Self::Encoding(_) => TransportKind::BadReply,
            Self::BadRequest(_) => TransportKind::Config,
        }
    }

    /// True if the server may have seen the request, so that sending it again could have it carried out twice.
    pub fn request_sent(&self) -> bool {
        match self {
            Self::Net(_) | Self::BadRequest(_) => false,
            Self::Forwarder { cause, .. } => cause.request_sent(),
            _ => true,
        }
    }

    /// True if the connection ended after the request went out and before anything came back: it cannot be told whether the
    /// server saw the request.
    pub fn is_lost_before_the_answer(&self) -> bool {
        match self {
            Self::EmptyAnswer | Self::Lost { during: Phase::Sending | Phase::Waiting, .. } => true,
            Self::Forwarder { cause, .. } => cause.is_lost_before_the_answer(),
            _ => false,
        }
    }

    /// True if the request never went out and another attempt may fare better.
    pub fn is_retryable_connect(&self) -> bool {
        matches!(self, Self::Net(error) if error.is_passing())
    }

    /// What the user can do about it, where `server` was asked.
    pub fn hints(&self, server: &Url) -> Vec<String> {
        let url = server.without_query();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let in_plain = format!("http://{rest}");
        // Plain http is for this machine alone.
        let may_be_plain = server.is_https() && Url::parse(&in_plain).is_ok_and(|url| url.is_protected());
        let hint = match self {
            Self::Net(error) if error.is_maybe_plain() && may_be_plain => {
                format!("if the server speaks plain http on this port, write {in_plain}")
            }
            Self::Net(error) => return error.hints(),
            Self::Forwarder { setting, .. } => proxy_hint(setting),
            Self::Timeout { .. } => "a longer --timeout gives the server more time".to_owned(),
            Self::SpeaksTls | Self::EmptyAnswer | Self::Lost { during: Phase::Sending | Phase::Waiting, .. }
                if !server.is_https() =>
            {
                format!("if the server speaks TLS on this port, write https://{rest}")
            }
            Self::BadHead(_) => "-v shows the lines of the head".to_owned(),
            Self::NotHttp(_) | Self::SpeaksTls => "check scheme and port in the URL".to_owned(),
            _ => return Vec::new(),
        };
        vec![hint]
    }

    /// What happened, with the server that was asked.
    pub fn told_of(&self, server: &Url) -> String {
        let names_it = match self {
            Self::Net(error) => error.names_server(),
            _ => false,
        };
        if names_it { self.to_string() } else { format!("{}: {self}", server.without_query()) }
    }

    /// What is told of it, where `server` was asked.
    pub fn problem(&self, server: &Url) -> Problem {
        let class = match self.kind() {
            TransportKind::Config => Class::Usage,
            TransportKind::Unreached => Class::Unreached,
            TransportKind::BadReply => Class::BadResponse,
        };
        // The words of an error hold those of its cause.
        Problem::in_words(class, self.told_of(server)).hints(self.hints(server))
    }

    /// The failure behind an error of [`super::Body`]'s `read`.
    pub fn from_read(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(known) => known,
            Err(other) => Self::Lost { during: Phase::Reading { bytes: 0 }, why: io_text(&other) },
        }
    }
}

pub(super) fn through(error: TransportError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

/// What ureq says, in the light of what the connection knows.
pub(super) fn explain(error: ureq::Error, deadline: Deadline, notes: &Notes) -> TransportError {
    use ureq_proto::Error as Protocol;
    let lost = |why: String| match notes.sent {
        None => NetError::Lost { during: Step::Connecting, why }.into(),
        Some(_) => TransportError::Lost { during: Phase::Waiting, why },
    };
    let budget = deadline.budget();
    let cut_short = || match notes.received {
        0 => TransportError::EmptyAnswer,
        got => TransportError::Truncated { got, expected: None },
    };
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<TransportError>() {
            Ok(error) => match *error {
                TransportError::Truncated { .. } | TransportError::EmptyAnswer => cut_short(),
                error => error,
            },
            Err(other) => lost(excerpt(&other.to_string(), 200)),
        },
        ureq::Error::Timeout(_) if notes.sent.is_none() => NetError::Timeout { step: Step::Connecting, budget }.into(),
        ureq::Error::Timeout(_) => TransportError::Timeout { phase: Phase::Waiting, budget },
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => cut_short(),
        ureq::Error::Io(error) => lost(io_text(&error)),
        ureq::Error::LargeResponseHeader(..) => TransportError::HeadersTooLarge { cap: super::HEADER_CAP },
        ureq::Error::Protocol(Protocol::HttpParseTooManyHeaders) => {
            TransportError::TooManyHeaders { cap: ureq_proto::client::MAX_RESPONSE_HEADERS }
        }
        // An alert, or a handshake (RFC 8446 §5.1).
        ureq::Error::Protocol(_) if notes.sent.is_some() && matches!(notes.start[..], [0x15 | 0x16, 3, ..]) => {
            TransportError::SpeaksTls
        }
        ureq::Error::Protocol(_) if notes.sent.is_some() => unreadable(&notes.start),
        ureq::Error::Http(_) | ureq::Error::Protocol(_) | ureq::Error::BadUri(_) => {
            TransportError::BadRequest("its method, URL or one of its headers is malformed".to_owned())
        }
        other => lost(excerpt(&other.to_string(), 200)),
    }
}

/// What an answer is that begins with this. A server that forgets the head still sends the body, so nothing is quoted
/// that could be a part of that.
pub(super) fn unreadable(start: &[u8]) -> TransportError {
    TransportError::NotHttp(match start {
        [b'<', ..] => "it looks like a page without a head (HTTP/0.9)".to_owned(),
        [b'{' | b'[', ..] => "it looks like JSON without a head (HTTP/0.9)".to_owned(),
        _ if start.starts_with(b"HTTP/1.") => {
            let status = String::from_utf8_lossy(start.get(8..12).unwrap_or_default());
            let status = excerpt(&status, 4);
            return TransportError::BadHead(format!("status{status}, then a status line or header is malformed"));
        }
        _ => {
            // A whole line or nothing, because whoever hides secrets would not recognise a piece of one; and a line of
            // one word may be a token.
            let line = start.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
            let is_a_greeting = line.len() < start.len() && (line.contains(&b' ') || line.starts_with(b"SSH-"));
            let greeting = std::str::from_utf8(line).ok().filter(|line| is_a_greeting && line.len() <= 40);
            greeting.map_or_else(
                || "it is something else".to_owned(),
                |line| format!("it begins with {}", excerpt(line, 40)),
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_before_the_request_are_retryable_connects() {
        let connecting = TransportError::from(NetError::Lost { during: Step::Handshaking, why: String::new() });
        assert!(connecting.is_retryable_connect() && !connecting.request_sent());
        let waiting = TransportError::Lost { during: Phase::Waiting, why: String::new() };
        assert!(!waiting.is_retryable_connect() && waiting.request_sent());
        let roots = TransportError::from(NetError::NoRoots);
        assert!(!roots.is_retryable_connect() && !roots.request_sent());
    }
}
