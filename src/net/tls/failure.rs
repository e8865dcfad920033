//! What went wrong with TLS, in words.

use std::io;
use std::path::PathBuf;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use super::super::certificate::time;
use super::super::chain::Broken;
use crate::text::excerpt;

/// What deserves a look though it is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsWarning {
    /// Others can read a private key.
    OpenKey {
        /// Its file.
        path: PathBuf,
        /// The file's mode.
        mode: u32,
    },
    /// So many CA certificates could not be read and do not count.
    SkippedRoots(usize),
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

impl TlsFailure {
    /// What the user can do about it.
    pub(in crate::net) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownIssuer { .. } => {
                "if this is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE"
            }
            Self::Expired { .. } | Self::NotYetValid { .. } => {
                "if the clock of this machine is right, the server's certificate must be renewed"
            }
            Self::WrongName { .. } => "check the host name in the URL",
            Self::ProtocolVersion => "the server must be upgraded: TLS 1.0 and 1.1 are insecure",
            Self::ClientCertificateRequired => "name a certificate and its key with --cert FILE and --key FILE",
            Self::ClientCertificateRefused { .. } => {
                "the server must trust the issuer of --cert; certificates in between belong into the same file, after it"
            }
            Self::NotTls => "check the port; https needs a port that speaks TLS",
            Self::Other(_) => return None,
        })
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}

/// The rustls error inside an I/O error.
pub(in crate::net) fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the server asked for a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Asked {
    No,
    InVain,
    AndAnswered,
}

/// A rustls error in words.
pub(in crate::net) fn failure(error: &rustls::Error, asked: Asked) -> TlsFailure {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_failure(error),
        rustls::Error::AlertReceived(Alert::CertificateRequired) => TlsFailure::ClientCertificateRequired,
        // RFC 8446 §6.2. Before TLS 1.3 there is no alert for a certificate that is missing; servers send one of these too.
        rustls::Error::AlertReceived(
            alert @ (Alert::HandshakeFailure
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError),
        ) if asked != Asked::No => match asked {
            Asked::AndAnswered => TlsFailure::ClientCertificateRefused { alert: format!("{alert:?}") },
            _ => TlsFailure::ClientCertificateRequired,
        },
        rustls::Error::AlertReceived(Alert::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsFailure::ProtocolVersion,
        rustls::Error::AlertReceived(alert) => TlsFailure::Other(format!("the server refused: {alert:?}")),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsFailure::NotTls,
        other => TlsFailure::Other(excerpt(&other.to_string(), 200)),
    }
}

fn certificate_failure(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::ExpiredContext { time, not_after } => {
            TlsFailure::Expired { not_after: not_after.as_secs(), now: time.as_secs() }
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            TlsFailure::NotYetValid { not_before: not_before.as_secs(), now: time.as_secs() }
        }
        CertificateError::NotValidForNameContext { expected, presented } => TlsFailure::WrongName {
            expected: expected.to_str().into_owned(),
            names: presented.iter().take(8).map(|name| name_text(name)).collect(),
        },
        CertificateError::Other(OtherError(other)) => match other.downcast_ref::<Broken>() {
            Some(Broken::UnknownIssuer(issuer)) => TlsFailure::UnknownIssuer { issuer: issuer.clone() },
            _ => unacceptable(other.downcast_ref().and_then(words).unwrap_or(&other.to_string())),
        },
        other => unacceptable(&other.to_string()),
    }
}

fn unacceptable(why: &str) -> TlsFailure {
    TlsFailure::Other(format!("the server's certificate is not acceptable: {}", excerpt(why, 200)))
}

/// webpki's own words are its variants' names, which say nothing to a user.
fn words(error: &webpki::Error) -> Option<&'static str> {
    Some(match error {
        webpki::Error::CaUsedAsEndEntity => "it is a CA's",
        webpki::Error::PathLenConstraintViolated => "more CAs stand in between than one of them allows",
        webpki::Error::NameConstraintViolation => "one of its issuers is for other names",
        webpki::Error::UnsupportedCriticalExtension => {
            "it or an issuer's has a critical extension that is not known here"
        }
        webpki::Error::UnsupportedCertVersion => {
            "it is X.509 version 1, and a server's must be version 3 (RFC 5280 §4.1.2.1)"
        }
        _ => return None,
    })
}

/// webpki writes `DnsName("a.test")` and `IpAddress(127.0.0.1)`.
fn name_text(presented: &str) -> String {
    let inner = presented.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')')).unwrap_or(presented);
    excerpt(inner.trim_matches('"'), 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_in_words() {
        let failure = TlsFailure::Expired { not_after: 0, now: u64::MAX };
        let text =
            "the server's certificate expired on 1970-01-01T00:00:00Z; this machine's clock says 9999-12-31T23:59:59Z";
        assert_eq!(failure.to_string(), text);
    }
}
