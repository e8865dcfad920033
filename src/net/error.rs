//! Why an exchange did not happen: one variant for each thing a user can act on.
//!
//! Messages are one line, name no credential, URL query, header value or body, and every piece of foreign text in them
//! has gone through [`foreign`].

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use crate::files::ReadError;

/// What to tell a script: stop and repair, try again, or look at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something on this side is wrong; nothing was connected to.
    Config,
    /// The server was not reached, or was lost.
    Unreached,
    /// The server answered, but not with a usable HTTP answer.
    BadReply,
}

/// How far an exchange had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Looking a name up.
    Resolving,
    /// TCP, and a proxy's part where there is one.
    Connecting,
    /// TLS handshake.
    Handshaking,
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

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Resolving => f.write_str("resolving the name"),
            Self::Connecting => f.write_str("connecting"),
            Self::Handshaking => f.write_str("shaking hands over TLS"),
            Self::Sending => f.write_str("sending the request"),
            Self::Waiting => f.write_str("waiting for the answer"),
            Self::Reading { bytes } => write!(f, "reading the answer's body, {bytes} bytes of it received"),
        }
    }
}

/// Why there is no encrypted connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum TlsFailure {
    #[error("the server's certificate is from an issuer that is not trusted here: {issuer}")]
    UnknownIssuer { issuer: String },
    #[error("the server's certificate expired on {}; this machine's clock says {}", time(*.not_after), time(*.now))]
    Expired {
        /// Seconds since 1970.
        not_after: u64,
        /// Seconds since 1970, this machine's clock.
        now: u64,
    },
    #[error("the server's certificate is not valid before {}; this machine's clock says {}", time(*.not_before), time(*.now))]
    NotYetValid {
        /// Seconds since 1970.
        not_before: u64,
        /// Seconds since 1970, this machine's clock.
        now: u64,
    },
    #[error("the server's certificate is not for {expected} but for {}", list(.names))]
    WrongName {
        /// The name asked for.
        expected: String,
        /// The names the certificate carries, at most a handful.
        names: Vec<String>,
    },
    #[error("protocol: the server offers no TLS version from 1.2 on")]
    ProtocolVersion,
    #[error("the server wants a client certificate")]
    ClientCertificateRequired,
    #[error("the server does not accept the client certificate: {alert}")]
    ClientCertificateRefused {
        /// TLS's name for the reason.
        alert: String,
    },
    #[error("the server does not speak TLS on this port")]
    NotTls,
    #[error("{0}")]
    Other(String),
}

/// A moment, in seconds since 1970, in words.
pub(crate) fn time(epoch: u64) -> String {
    // humantime knows no year beyond 9999.
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(epoch.min(253_402_300_799))).to_string()
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}

fn tried(attempts: &[(SocketAddr, String)]) -> String {
    if let [(_, why)] = attempts {
        return why.clone();
    }
    attempts.iter().map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>().join("; ")
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum TransportError {
    #[error("cannot find the address of {host}: {why}")]
    Dns { host: String, why: String },
    #[error("cannot connect to {host}:{port}: {}", tried(.attempts))]
    Connect {
        host: String,
        port: u16,
        /// Every address tried and why it failed.
        attempts: Vec<(SocketAddr, String)>,
    },
    #[error("no connection to {host} within {} ({phase})", humantime::format_duration(*.after))]
    ConnectTimeout {
        host: String,
        phase: Phase,
        /// The connect timeout.
        after: Duration,
    },
    #[error("proxy {proxy}: {cause}")]
    Proxy {
        /// Scheme, host and port, no credentials.
        proxy: String,
        /// What happened between us and the proxy, or beyond it where the proxy forwards.
        #[source]
        cause: Box<TransportError>,
    },
    #[error("the proxy {proxy} refused to connect to {target}: {why}")]
    ProxyRefused { proxy: String, target: String, why: String },
    #[error("the proxy {proxy} {}", if *.tried { "did not accept its credentials" } else { "wants credentials (proxy authentication)" })]
    ProxyAuthRequired {
        proxy: String,
        /// True where credentials were sent to it.
        tried: bool,
    },
    #[error("the proxy {proxy} is not on this machine, and plain http would show it the credentials")]
    ProxyElsewhere { proxy: String },
    #[error("TLS with {host}: {failure}")]
    Tls {
        host: String,
        /// What was wrong.
        failure: TlsFailure,
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
    #[error("the answer's Content-Encoding cannot be undone: {0}")]
    Encoding(String),
    #[error("cannot use the CA certificates in {}: {why}", .path.display())]
    RootsFile { path: PathBuf, why: String },
    #[error("this system has no CA certificates")]
    NoRoots,
    #[error("cannot use the client certificate {}: {why}", .path.display())]
    ClientCertFile { path: PathBuf, why: String },
    #[error("cannot use the private key {}: {why}", .path.display())]
    KeyFile { path: PathBuf, why: String },
    #[error("the private key does not belong to the client certificate")]
    KeyMismatch,
    #[error("the private key {} is encrypted", .path.display())]
    EncryptedKey { path: PathBuf },
    #[error("{setting} is not a proxy URL: {why}")]
    BadProxy {
        /// Where it came from.
        setting: &'static str,
        why: &'static str,
    },
    #[error("the request cannot be sent: {0}")]
    BadRequest(String),
}

impl TransportError {
    /// Which class of failure it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxyAuthRequired { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::EmptyAnswer
            | Self::Lost { .. } => Kind::Unreached,
            Self::Proxy { cause, .. } => cause.kind(),
            Self::Truncated { .. }
            | Self::HeadersTooLarge { .. }
            | Self::TooManyHeaders { .. }
            | Self::BodyTooLarge { .. }
            | Self::NotHttp(_)
            | Self::Encoding(_) => Kind::BadReply,
            Self::RootsFile { .. }
            | Self::NoRoots
            | Self::ClientCertFile { .. }
            | Self::KeyFile { .. }
            | Self::KeyMismatch
            | Self::EncryptedKey { .. }
            | Self::BadProxy { .. }
            | Self::ProxyElsewhere { .. }
            | Self::BadRequest(_) => Kind::Config,
        }
    }

    /// True if the server may have seen the request, so that sending it again could have it carried out twice.
    pub fn request_sent(&self) -> bool {
        match self {
            Self::Timeout { phase, .. } | Self::Lost { during: phase, .. } => phase.is_after_connecting(),
            Self::EmptyAnswer
            | Self::Truncated { .. }
            | Self::HeadersTooLarge { .. }
            | Self::TooManyHeaders { .. }
            | Self::BodyTooLarge { .. }
            | Self::NotHttp(_)
            | Self::Encoding(_) => true,
            Self::Proxy { cause, .. } => cause.request_sent(),
            _ => false,
        }
    }

    /// True if the connection ended after the request went out and before anything came back: it cannot be told whether the
    /// server saw the request.
    pub fn is_lost_before_the_answer(&self) -> bool {
        match self {
            Self::EmptyAnswer | Self::Lost { during: Phase::Sending | Phase::Waiting, .. } => true,
            Self::Proxy { cause, .. } => cause.is_lost_before_the_answer(),
            _ => false,
        }
    }

    /// True if the request never went out and another attempt may fare better: DNS, TCP, a handshake cut short. Not for
    /// certificates, credentials or settings, which stay as they are.
    pub fn is_retryable_connect(&self) -> bool {
        match self {
            Self::Dns { .. } | Self::Connect { .. } | Self::ConnectTimeout { .. } => true,
            Self::Timeout { phase, .. } | Self::Lost { during: phase, .. } => !phase.is_after_connecting(),
            Self::Proxy { cause, .. } => cause.is_retryable_connect(),
            _ => false,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Dns { .. } => "check the host name, and whether this network needs a proxy (HTTPS_PROXY, --proxy)",
            Self::Connect { .. } | Self::ConnectTimeout { .. } => {
                "check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)"
            }
            Self::Proxy { cause, .. } if matches!(**cause, Self::Tls { .. }) => return cause.hint(),
            Self::Proxy { .. } => {
                "check the proxy setting (--proxy, HTTPS_PROXY); NO_PROXY lists hosts to reach directly"
            }
            Self::ProxyRefused { .. } => "if the proxy is not meant for this host, list the host in NO_PROXY",
            Self::ProxyAuthRequired { tried: false, .. } => {
                "put the proxy's user name and password into the proxy URL, or list the host in NO_PROXY"
            }
            Self::ProxyAuthRequired { .. } => {
                "check user name and password in the proxy URL; special characters must be percent-encoded"
            }
            Self::Tls { failure, .. } => match failure {
                TlsFailure::UnknownIssuer { .. } => {
                    "if this is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE"
                }
                TlsFailure::Expired { .. } | TlsFailure::NotYetValid { .. } => {
                    "if the clock of this machine is right, the server's certificate must be renewed"
                }
                TlsFailure::WrongName { .. } => "check the host name in the URL",
                TlsFailure::ProtocolVersion => "the server must be upgraded: TLS 1.0 and 1.1 are insecure",
                TlsFailure::ClientCertificateRequired => {
                    "name a certificate and its key with --cert FILE and --key FILE"
                }
                TlsFailure::ClientCertificateRefused { .. } => {
                    "the server must trust the issuer of --cert; certificates in between belong into the same file, after it"
                }
                TlsFailure::NotTls => "check the port; https needs a port that speaks TLS",
                TlsFailure::Other(_) => return None,
            },
            Self::Timeout { .. } => "a longer --timeout gives the server more time",
            Self::NotHttp(_) => "check scheme and port in the URL",
            Self::RootsFile { .. } => "the file must hold PEM certificates (-----BEGIN CERTIFICATE-----)",
            Self::NoRoots => "install the system's ca-certificates package, or name a file with --cacert",
            Self::ClientCertFile { .. } => "--cert names a PEM file with the certificate, and after it its issuers'",
            Self::KeyFile { .. } => {
                "the key must be PEM: PKCS#8, SEC1 or PKCS#1; RSA from 2048 bits, P-256, P-384 or Ed25519"
            }
            Self::KeyMismatch => "--cert and --key must be made for each other",
            Self::EncryptedKey { .. } => {
                "decrypt it into a file only you can read: openssl pkey -in KEY -out PLAIN_KEY"
            }
            Self::ProxyElsewhere { .. } => "use no proxy for this server: --proxy ''",
            Self::BadProxy { .. } => "write it like http://proxy.example.com:3128",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// The failure behind an error of a body's `read`.
    pub fn from_read(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(known) => known,
            Err(other) => Self::Lost { during: Phase::Reading { bytes: 0 }, why: io_text(&other) },
        }
    }
}

impl Phase {
    fn is_after_connecting(self) -> bool {
        matches!(self, Self::Sending | Self::Waiting | Self::Reading { .. })
    }
}

/// The words of an I/O error without Rust's `(os error 111)`.
pub(crate) fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    foreign(text, 200)
}

/// Why a file was not read, in as few words.
pub(crate) fn file_text(error: &ReadError) -> String {
    match error {
        ReadError::Io(error) => io_text(error),
        ReadError::TooLong { .. } | ReadError::TimedOut { .. } => error.to_string(),
    }
}

/// Makes foreign text fit for a terminal: escapes control, bidirectional and invisible characters, caps its length.
pub(crate) fn foreign(text: &str, cap: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == cap {
            out.push('…');
            break;
        }
        let hidden = c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        if hidden {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_and_capped() {
        assert_eq!(foreign("a\u{1b}]0;x\u{7}\u{202e}b\u{9b}c", 100), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\u{9b}c");
        assert_eq!(foreign("abcdef", 3), "abc…");
        assert_eq!(foreign("zürich", 100), "zürich");
    }

    #[test]
    fn the_system_error_number_is_left_out() {
        assert_eq!(io_text(&io::Error::from_raw_os_error(111)), "Connection refused");
    }

    #[test]
    fn only_failures_before_the_request_are_retryable_connects() {
        let lost = |during| TransportError::Lost { during, why: String::new() };
        assert!(lost(Phase::Handshaking).is_retryable_connect() && !lost(Phase::Handshaking).request_sent());
        assert!(!lost(Phase::Waiting).is_retryable_connect() && lost(Phase::Waiting).request_sent());
        let tls = TransportError::Tls { host: "h".into(), failure: TlsFailure::ProtocolVersion };
        assert!(!tls.is_retryable_connect() && !tls.request_sent());
    }

    #[test]
    fn dates_are_shown_in_words() {
        let failure = TlsFailure::Expired { not_after: 0, now: u64::MAX };
        let text =
            "the server's certificate expired on 1970-01-01T00:00:00Z; this machine's clock says 9999-12-31T23:59:59Z";
        assert_eq!(failure.to_string(), text);
    }
}
