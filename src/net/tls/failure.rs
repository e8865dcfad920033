//! What went wrong with TLS, in words.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible};

use super::super::certificate::time;
use super::super::chain::{Broken, Unknown};
use crate::text::excerpt;

/// At most so many of a certificate's names are told.
const MOST_NAMES: usize = 8;

/// What is offered to servers, in the words of their configuration.
const OFFER: &str = "TLS 1.3, or 1.2 with ECDHE (X25519, P-256 or P-384) and AES-GCM or ChaCha20-Poly1305";

/// What of certificates is verified here.
const VERIFIED: &str = "RSA from 2048 bits, ECDSA on P-256 or P-384 with SHA-256 or SHA-384, and Ed25519";

/// What deserves a look though it is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsWarning {
    /// Others can read a private key: as [`crate::files::open_key`] tells it.
    OpenKey(String),
    /// The client certificate goes out before its time.
    NotYetValid {
        /// Seconds since 1970.
        from: u64,
    },
    /// The client certificate goes out after its time.
    HasExpired {
        /// Seconds since 1970.
        at: u64,
    },
    /// So many CA certificates could not be read and do not count.
    SkippedRoots(usize),
}

/// Whose certificate it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The server's.
    Server,
    /// That of an issuer of it.
    Issuer(String),
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server => f.write_str("the server's certificate"),
            Self::Issuer(name) => write!(f, "the certificate of {name}, which the server's rests on,"),
        }
    }
}

/// Why there is no encrypted connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum TlsFailure {
    #[error("{}", match .how {
        Unknown::SelfSigned => format!("the server's certificate is self-signed, and nothing here says to trust it: {issuer}"),
        _ => format!("the server's certificate is from an issuer that is not trusted here: {issuer}"),
    })]
    UnknownIssuer { issuer: String, how: Unknown },
    #[error("{whose} expired on {}; this machine's clock says {}", time(*.not_after), time(*.now))]
    Expired {
        whose: Whose,
        /// Seconds since 1970.
        not_after: u64,
        /// Seconds since 1970, this machine's clock.
        now: u64,
    },
    #[error("{whose} is not valid before {}; this machine's clock says {}", time(*.not_before), time(*.now))]
    NotYetValid {
        whose: Whose,
        /// Seconds since 1970.
        not_before: u64,
        /// Seconds since 1970, this machine's clock.
        now: u64,
    },
    #[error("the server's certificate is not for {expected} but for {}", list(.names))]
    WrongName {
        /// The name asked for.
        expected: String,
        /// The names the certificate carries.
        names: Vec<String>,
    },
    #[error("the server's certificate is for no host: it has no subjectAltName, and its common name does not count")]
    NoName {
        /// The name asked for.
        expected: String,
    },
    #[error("the server's certificate cannot be verified: {0}")]
    Unsupported(String),
    #[error("protocol: the server offers no TLS version from 1.2 on")]
    ProtocolVersion,
    #[error("the server and oauth2tok have no cipher, key exchange or signature in common: {0}")]
    NothingInCommon(String),
    #[error("the server knows no host of this name: {0}")]
    UnknownHost(String),
    #[error("the server wants a client certificate")]
    ClientCertificateRequired,
    #[error("the server does not accept the client certificate: {alert}")]
    ClientCertificateRefused {
        /// TLS's name for the reason, and what it means.
        alert: String,
    },
    #[error("the server asks for another handshake in the midst of a request")]
    Renegotiation,
    #[error("{}", if *.is_http { "the server speaks plain http on this port, not TLS" } else { "the server does not speak TLS on this port" })]
    NotTls {
        /// True where it said so by itself.
        is_http: bool,
    },
    #[error("the server refused: {0}")]
    Refused(String),
    #[error("{0}")]
    Other(String),
}

impl TlsFailure {
    /// What the user can do about it.
    pub(in crate::net) fn hints(&self) -> Vec<String> {
        let hint: String = match self {
            Self::UnknownIssuer { issuer, how: Unknown::NotSent { source } } => {
                let from = source.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
                return vec![
                    format!(
                        "if {issuer} is an intermediate CA, the server must send that CA's certificate along with its own{from}"
                    ),
                    format!(
                        "if {issuer} is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE"
                    ),
                ];
            }
            Self::UnknownIssuer { how: Unknown::SelfSigned, .. } => {
                "if it is the right server, get the certificate from whoever runs it, and name it with --cacert FILE".into()
            }
            Self::UnknownIssuer { .. } => {
                "if this is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE".into()
            }
            Self::Expired { whose: Whose::Server, .. } => {
                "if the clock of this machine is right, the server's certificate must be renewed".into()
            }
            Self::Expired { whose: Whose::Issuer(name), .. } => format!(
                "if the clock of this machine is right, a newer certificate of {name} must take its place: in --cacert or SSL_CERT_FILE, or at the server"
            ),
            Self::NotYetValid { .. } => {
                "set the clock of this machine; if it is right, the certificate is in use too early".into()
            }
            Self::WrongName { expected, names } => {
                let host = names.iter().find(|name| !name.starts_with('*'));
                let instead = host.map_or(String::new(), |host| format!(", such as {host}"));
                format!(
                    "write a host that the certificate is for{instead}, or have {expected} added to its subjectAltName"
                )
            }
            Self::NoName { expected } => {
                format!("the certificate must be issued anew with {expected} in its subjectAltName (RFC 9525 §2)")
            }
            Self::Unsupported(_) => {
                format!("the CA must issue certificates of a kind that is verified here: {VERIFIED}")
            }
            Self::ProtocolVersion => "the server must be upgraded: TLS 1.0 and 1.1 are insecure".into(),
            Self::NothingInCommon(_) => format!("the server must allow {OFFER}"),
            Self::UnknownHost(_) => "check the host name in the URL".into(),
            Self::ClientCertificateRequired => "name a certificate and its key with --cert FILE and --key FILE".into(),
            Self::ClientCertificateRefused { .. } => {
                "the server must trust the issuer of --cert: if that is an intermediate, append its certificate to the same file (curl adds it from --cacert by itself)".into()
            }
            Self::Renegotiation => {
                "it may want a client certificate for this path alone, which is not done here: it must ask for it when the connection is made (for the whole host), or have a host of its own for mutual TLS".into()
            }
            Self::NotTls { .. } => "check the port: https needs one that speaks TLS, often 443 or 8443".into(),
            Self::Refused(_) | Self::Other(_) => return Vec::new(),
        };
        vec![hint]
    }
}

fn list(names: &[String]) -> String {
    let mut text = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMES {
        text.push_str(&format!(" and {} more", names.len() - MOST_NAMES));
    }
    text
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
    use PeerIncompatible as Differs;
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
            Asked::AndAnswered => TlsFailure::ClientCertificateRefused { alert: in_words(*alert) },
            _ => TlsFailure::ClientCertificateRequired,
        },
        rustls::Error::AlertReceived(Alert::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            Differs::ServerDoesNotSupportTls12Or13
            | Differs::ServerTlsVersionIsDisabledByOurConfig
            | Differs::Tls12NotOffered
            | Differs::Tls12NotOfferedOrEnabled,
        ) => TlsFailure::ProtocolVersion,
        rustls::Error::AlertReceived(alert @ (Alert::HandshakeFailure | Alert::InsufficientSecurity)) => {
            TlsFailure::NothingInCommon(in_words(*alert))
        }
        rustls::Error::AlertReceived(alert @ Alert::UnrecognisedName) => TlsFailure::UnknownHost(in_words(*alert)),
        rustls::Error::AlertReceived(alert) => TlsFailure::Refused(in_words(*alert)),
        rustls::Error::PeerIncompatible(
            differs @ (Differs::NoCipherSuitesInCommon
            | Differs::NoKxGroupsInCommon
            | Differs::NoSignatureSchemesInCommon
            | Differs::NoEcPointFormatsInCommon
            | Differs::ExtendedMasterSecretExtensionRequired),
        ) => TlsFailure::NothingInCommon(spaced(&format!("{differs:?}"), ' ')),
        rustls::Error::PeerIncompatible(Differs::NoCertificateRequestSignatureSchemesInCommon) => {
            TlsFailure::ClientCertificateRefused { alert: "it takes no signature that its key can make".into() }
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => TlsFailure::NotTls { is_http: false },
        other => TlsFailure::Other(excerpt(&other.to_string(), 200)),
    }
}

/// An alert by its name in RFC 8446 §6, and what it means where that is known.
fn in_words(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let meaning = match alert {
        Alert::HandshakeFailure => "it finds nothing that both sides could use",
        Alert::InsufficientSecurity => "it wants stronger ciphers",
        Alert::BadCertificate => "the certificate is malformed, or its signature is wrong",
        Alert::UnsupportedCertificate => "the certificate is of a kind that it does not take",
        Alert::CertificateRevoked => "the certificate is revoked",
        Alert::CertificateExpired => "the certificate has expired, or is not valid yet",
        Alert::CertificateUnknown => "the certificate is not acceptable for a reason it does not tell",
        Alert::UnknownCA => "it does not know the certificate's issuer",
        Alert::AccessDenied => "the certificate is valid and has no access",
        Alert::DecryptError => "a signature or a proof of the handshake is wrong",
        Alert::UnrecognisedName => "it serves no host of the name that it was asked for",
        Alert::InternalError => "a fault of its own",
        Alert::IllegalParameter | Alert::DecodeError | Alert::UnexpectedMessage | Alert::UnsupportedExtension => {
            "it does not understand what it was sent"
        }
        Alert::InappropriateFallback => "something in between held the version down",
        Alert::UserCanceled => "it was told to stop",
        Alert::NoApplicationProtocol => "it speaks no HTTP on this port",
        _ => "",
    };
    // rustls calls some of them as they are not called elsewhere.
    let name = match alert {
        Alert::UnknownCA => "unknown_ca".to_owned(),
        Alert::UnrecognisedName => "unrecognized_name".to_owned(),
        Alert::Unknown(code) => format!("alert {code}"),
        other => spaced(&format!("{other:?}"), '_'),
    };
    if meaning.is_empty() { name } else { format!("{meaning} ({name})") }
}

/// `NoCommonWord` as `no_common_word`.
fn spaced(name: &str, blank: char) -> String {
    let mut text = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push(blank);
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn certificate_failure(error: &CertificateError) -> TlsFailure {
    match error {
        CertificateError::ExpiredContext { time, not_after } => {
            TlsFailure::Expired { whose: Whose::Server, not_after: not_after.as_secs(), now: time.as_secs() }
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            TlsFailure::NotYetValid { whose: Whose::Server, not_before: not_before.as_secs(), now: time.as_secs() }
        }
        CertificateError::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            TlsFailure::NoName { expected: expected.to_str().into_owned() }
        }
        CertificateError::NotValidForNameContext { expected, presented } => TlsFailure::WrongName {
            expected: expected.to_str().into_owned(),
            names: presented.iter().map(|name| name_text(name)).collect(),
        },
        CertificateError::Other(OtherError(other)) => match other.downcast_ref::<Broken>() {
            Some(broken) => broken_failure(broken),
            None => unacceptable(other.downcast_ref().and_then(webpki_words).unwrap_or(&other.to_string())),
        },
        CertificateError::BadEncoding => unacceptable("it is malformed"),
        CertificateError::BadSignature => unacceptable("its signature, or an issuer's, is wrong"),
        CertificateError::UnhandledCriticalExtension => {
            unacceptable("it or an issuer's has a critical extension that is not known here")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            unacceptable("it is not for servers (extended key usage, RFC 5280 §4.2.1.12)")
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            TlsFailure::Unsupported("it is signed in a way that is not known here".to_owned())
        }
        other => unacceptable(&other.to_string()),
    }
}

fn broken_failure(broken: &Broken) -> TlsFailure {
    match broken {
        Broken::UnknownIssuer { issuer, how } => TlsFailure::UnknownIssuer { issuer: issuer.clone(), how: how.clone() },
        Broken::Expired { issuer, not_after, now } => {
            TlsFailure::Expired { whose: whose(issuer.as_ref()), not_after: *not_after, now: *now }
        }
        Broken::NotYetValid { issuer, not_before, now } => {
            TlsFailure::NotYetValid { whose: whose(issuer.as_ref()), not_before: *not_before, now: *now }
        }
        Broken::Unsupported(why) => TlsFailure::Unsupported(why.clone()),
        Broken::Unfit(why) => unacceptable(why),
    }
}

fn whose(issuer: Option<&String>) -> Whose {
    issuer.map_or(Whose::Server, |name| Whose::Issuer(name.clone()))
}

/// A certificate that is not taken, for a reason that is its issuer's business.
fn unacceptable(why: &str) -> TlsFailure {
    TlsFailure::Other(format!("the server's certificate is not acceptable: {}", excerpt(why, 200)))
}

/// webpki's own words are its variants' names, which say nothing to a user.
fn webpki_words(error: &webpki::Error) -> Option<&'static str> {
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
        let failure = TlsFailure::Expired { whose: Whose::Server, not_after: 0, now: u64::MAX };
        let text =
            "the server's certificate expired on 1970-01-01T00:00:00Z; this machine's clock says 9999-12-31T23:59:59Z";
        assert_eq!(failure.to_string(), text);
    }

    #[test]
    fn alerts_are_told_in_words_whoever_is_meant() {
        use AlertDescription as Alert;
        for (alert, asked, expected) in [
            (
                Alert::HandshakeFailure,
                Asked::No,
                "the server and oauth2tok have no cipher, key exchange or signature in common: it finds nothing that both sides could use (handshake_failure)",
            ),
            (
                Alert::InsufficientSecurity,
                Asked::InVain,
                "the server and oauth2tok have no cipher, key exchange or signature in common: it wants stronger ciphers (insufficient_security)",
            ),
            (Alert::HandshakeFailure, Asked::InVain, "the server wants a client certificate"),
            (Alert::CertificateRequired, Asked::No, "the server wants a client certificate"),
            (
                Alert::UnknownCA,
                Asked::AndAnswered,
                "the server does not accept the client certificate: it does not know the certificate's issuer (unknown_ca)",
            ),
            (
                Alert::BadCertificate,
                Asked::AndAnswered,
                "the server does not accept the client certificate: the certificate is malformed, or its signature is wrong (bad_certificate)",
            ),
            (
                Alert::CertificateExpired,
                Asked::AndAnswered,
                "the server does not accept the client certificate: the certificate has expired, or is not valid yet (certificate_expired)",
            ),
            (
                Alert::BadCertificate,
                Asked::No,
                "the server refused: the certificate is malformed, or its signature is wrong (bad_certificate)",
            ),
            (Alert::ProtocolVersion, Asked::No, "protocol: the server offers no TLS version from 1.2 on"),
            (
                Alert::UnrecognisedName,
                Asked::No,
                "the server knows no host of this name: it serves no host of the name that it was asked for (unrecognized_name)",
            ),
            (Alert::InternalError, Asked::No, "the server refused: a fault of its own (internal_error)"),
            (Alert::BadRecordMac, Asked::No, "the server refused: bad_record_mac"),
            (Alert::Unknown(200), Asked::No, "the server refused: alert 200"),
        ] {
            assert_eq!(failure(&rustls::Error::AlertReceived(alert), asked).to_string(), expected);
        }
    }
}
