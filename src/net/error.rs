//! Why there is no connection: one variant for each thing a user can act on.
//!
//! Messages are one line, name no credential, and every piece of foreign text in them is escaped and capped.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::tls::failure::TlsFailure;
use crate::files::ReadError;
use crate::named;
use crate::problem::Shortage;
use crate::text::excerpt;

/// A step on the way to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking a name up.
    Resolving,
    /// TCP, and a proxy's part where there is one.
    Connecting,
    /// TLS handshake.
    Handshaking,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolving => "resolving the name",
            Self::Connecting => "connecting",
            Self::Handshaking => "shaking hands over TLS",
        })
    }
}

/// What the user can do about a proxy that cannot be used, which `setting` names.
pub(crate) fn proxy_hint(setting: &str) -> String {
    format!("check {setting}, which names the proxy; {}", without(setting))
}

/// How a server is reached without the proxy that `setting` names. `NO_PROXY` is about the customary variables alone.
fn without(setting: &str) -> &'static str {
    match setting {
        "HTTPS_PROXY" | "HTTP_PROXY" | "ALL_PROXY" => "list the host in NO_PROXY if it is to be reached directly",
        _ => "--proxy '' uses none",
    }
}

/// How a character that means something in a URL stands in a user name or a password (RFC 3986 §2.1).
const ENCODE: &str =
    "special characters must be percent-encoded there: %23 for #, %2F for /, %3F for ?, %40 for @, %25 for %";

/// True where none of the schemes is Basic, the one that there is here.
fn is_beyond_us(schemes: &[String]) -> bool {
    !schemes.is_empty() && schemes.iter().all(|scheme| !scheme.eq_ignore_ascii_case("basic"))
}

fn tried(attempts: &[(SocketAddr, String)]) -> String {
    if let [(_, why)] = attempts {
        return why.clone();
    }
    attempts.iter().map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>().join("; ")
}

/// Why there is no connection.
#[derive(Debug, Clone, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum NetError {
    #[error("cannot find the address of {host}: {why}")]
    Dns { host: String, why: String },
    #[error("cannot connect to {host}:{port}: {}", tried(.attempts))]
    Connect {
        host: String,
        port: u16,
        /// Every address tried and why it failed.
        attempts: Vec<(SocketAddr, String)>,
    },
    #[error("no connection to {host} within {} ({step})", humantime::format_duration(*.after))]
    ConnectTimeout {
        host: String,
        step: Step,
        /// The connect timeout.
        after: Duration,
    },
    #[error("timed out after {} while {step}", humantime::format_duration(*.budget))]
    Timeout {
        step: Step,
        /// The whole budget that is used up.
        budget: Duration,
    },
    #[error("the connection was lost while {during}: {why}")]
    Lost { during: Step, why: String },
    #[error("proxy {proxy}: {cause}")]
    Proxy {
        /// Scheme, host and port, no credentials.
        proxy: String,
        /// What names it.
        setting: &'static str,
        /// What happened between us and the proxy.
        #[source]
        cause: Box<NetError>,
    },
    #[error("the proxy {proxy} refused to connect to {target}: {why}")]
    ProxyRefused { proxy: String, setting: &'static str, target: String, why: String },
    #[error(
        "the proxy {proxy} {}{}",
        match (is_beyond_us(.schemes), .tried) {
            (true, _) => format!("takes {} alone, and oauth2tok has Basic", .schemes.join(" and ")),
            (false, true) => "did not accept its credentials".to_owned(),
            (false, false) => "wants credentials".to_owned(),
        },
        if *.over_http { " (HTTP 407)" } else { "" }
    )]
    ProxyAuthRequired {
        proxy: String,
        /// It says so by a status (RFC 9110 §15.5.8).
        over_http: bool,
        /// True where credentials were sent to it.
        tried: bool,
        /// What names it.
        setting: &'static str,
        /// The schemes that it takes, as far as it says so.
        schemes: Vec<String>,
    },
    #[error("the proxy {proxy} is not on this machine, and plain http would show it the credentials")]
    ProxyElsewhere { proxy: String, setting: &'static str },
    #[error("{setting} is not a proxy URL: {why}")]
    BadProxy {
        /// Where it came from.
        setting: &'static str,
        why: &'static str,
        /// True where a character must be percent-encoded.
        is_encoding: bool,
    },
    #[error("{cause}")]
    Starved {
        /// What could not be done for it.
        cause: Box<NetError>,
        /// What the system lacks.
        shortage: Shortage,
    },
    #[error("TLS with {host}: {failure}")]
    Tls {
        host: String,
        /// What was wrong.
        failure: TlsFailure,
    },
    #[error("cannot set TLS up: {0}")]
    TlsSetup(String),
    #[error("cannot use the CA certificates in {}: {why}", named::file(.path))]
    RootsFile { path: PathBuf, why: String },
    #[error("this system has no CA certificates")]
    NoRoots,
    #[error("cannot use the client certificate in {name}: {why}")]
    ClientCertFile {
        /// What holds it.
        name: String,
        why: String,
        /// What can be done about just that.
        hint: Option<String>,
    },
    #[error("cannot use the private key in {name}: {why}")]
    KeyFile {
        /// What holds it.
        name: String,
        why: String,
        /// What can be done about just that.
        hint: Option<String>,
    },
    #[error("the private key does not belong to the client certificate")]
    KeyMismatch,
}

impl NetError {
    /// The connection that was lost while it was being made, in the words of the I/O error.
    pub(crate) fn lost(during: Step, error: &io::Error) -> Self {
        Self::Lost { during, why: lost_text(error) }
    }

    /// The same, where that is why: what the system lacks may be there later, and has nothing to do with any setting.
    pub(super) fn for_want_of(self, shortage: Option<Shortage>) -> Self {
        match shortage {
            Some(shortage) => Self::Starved { cause: Box::new(self), shortage },
            None => self,
        }
    }

    /// True if something on this side is wrong; nothing was connected to.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Proxy { cause, .. } => cause.is_ours(),
            Self::ProxyElsewhere { .. }
            | Self::BadProxy { .. }
            | Self::TlsSetup(_)
            | Self::RootsFile { .. }
            | Self::NoRoots
            | Self::ClientCertFile { .. }
            | Self::KeyFile { .. }
            | Self::KeyMismatch => true,
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Timeout { .. }
            | Self::Lost { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxyAuthRequired { .. }
            | Self::Starved { .. }
            | Self::Tls { .. } => false,
        }
    }

    /// True if the words say whom this program had to do with, or where no server has a part in it.
    pub fn names_server(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Lost { .. } => false,
            Self::Starved { cause, .. } => cause.names_server(),
            _ => true,
        }
    }

    /// True if another attempt may fare better: DNS, TCP, a handshake cut short. Not for certificates, credentials or
    /// settings, which stay as they are.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Timeout { .. }
            | Self::Lost { .. }
            | Self::Starved { .. } => true,
            Self::Proxy { cause, .. } => cause.is_passing(),
            _ => false,
        }
    }

    /// What the user can do about it.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Dns { .. } => {
                "check the host name, whether this machine is on the network, and whether that needs a proxy (HTTPS_PROXY, --proxy)"
            }
            Self::Connect { .. } | Self::ConnectTimeout { .. } => {
                "check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)"
            }
            Self::Timeout { .. } => "a longer --timeout gives the server more time",
            Self::Proxy { proxy, setting, cause } => match (&**cause, proxy.strip_prefix("https://")) {
                (Self::Tls { failure: TlsFailure::NotTls { .. }, .. }, Some(authority)) => {
                    return vec![format!(
                        "write the proxy as http://{authority}: https:// in a proxy's URL means TLS to the proxy itself"
                    )];
                }
                (Self::Tls { .. } | Self::Starved { .. }, _) => return cause.hints(),
                _ => return vec![proxy_hint(setting)],
            },
            Self::Starved { shortage, .. } => shortage.hint(),
            Self::ProxyRefused { setting, .. } => {
                return vec![format!("the proxy may not be meant for this host: {}", without(setting))];
            }
            Self::ProxyAuthRequired { setting, schemes, .. } if is_beyond_us(schemes) => {
                return vec![
                    format!(
                        "run a relay on this machine that speaks {} to the proxy (cntlm, px), and let {setting} name that",
                        schemes.join(" or ")
                    ),
                    format!("or go without: {}", without(setting)),
                ];
            }
            Self::ProxyAuthRequired { tried: false, setting, .. } => {
                return vec![format!(
                    "put the proxy's user name and password into {setting}, like http://USER:PASSWORD@HOST:PORT; {}",
                    without(setting)
                )];
            }
            Self::ProxyAuthRequired { setting, .. } => {
                return vec![format!("check user name and password in {setting}; {ENCODE}")];
            }
            Self::ProxyElsewhere { .. } => "use no proxy for this server: --proxy ''",
            Self::BadProxy { is_encoding: true, .. } => ENCODE,
            Self::BadProxy { .. } => "write it like http://proxy.example.com:3128",
            Self::Tls { failure, .. } => return failure.hints(),
            Self::RootsFile { .. } => "the file must hold PEM certificates (-----BEGIN CERTIFICATE-----)",
            Self::NoRoots => "install the system's ca-certificates package, or name a file with --cacert",
            Self::ClientCertFile { hint: Some(hint), .. } | Self::KeyFile { hint: Some(hint), .. } => hint,
            Self::ClientCertFile { .. } => "--cert names a PEM file with the certificate, and after it its issuers'",
            Self::KeyFile { .. } => {
                "the key must be PEM: PKCS#8, SEC1 or PKCS#1; RSA from 2048 bits, P-256, P-384 or Ed25519"
            }
            Self::KeyMismatch => "--cert and --key must be made for each other",
            Self::Lost { during: Step::Handshaking, .. } => {
                "a server that speaks plain http hangs up like this: check the port; https needs one that speaks TLS, often 443 or 8443"
            }
            Self::Lost { .. } | Self::TlsSetup(_) => return Vec::new(),
        };
        vec![hint.to_owned()]
    }

    /// True where the other side may speak plain http: it hung up on TLS, or answered in something else.
    pub fn is_maybe_plain(&self) -> bool {
        matches!(
            self,
            Self::Lost { during: Step::Handshaking, .. } | Self::Tls { failure: TlsFailure::NotTls { .. }, .. }
        )
    }
}

/// Why a connection broke.
pub(crate) fn lost_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the other side closed it".to_owned(),
        _ => io_text(error),
    }
}

/// The words of an I/O error without Rust's `(os error 111)`.
pub(crate) fn io_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    excerpt(text, 200)
}

/// Why a file was not read, in as few words.
pub(crate) fn file_text(error: &ReadError) -> String {
    match error {
        ReadError::Io(error) => io_text(error),
        ReadError::Thread(_) | ReadError::TooLong { .. } | ReadError::TimedOut { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_error_number_is_left_out() {
        let error = io::Error::from_raw_os_error(2);
        let (whole, text) = (error.to_string(), io_text(&error));
        assert_eq!(whole.strip_prefix(&text), Some(" (os error 2)"));
    }

    #[test]
    fn what_stays_as_it_is_is_not_tried_again() {
        let lost = NetError::Lost { during: Step::Handshaking, why: String::new() };
        assert!(lost.is_passing());
        let tls = NetError::Tls { host: "h".into(), failure: TlsFailure::ProtocolVersion };
        assert!(!tls.is_passing());
    }
}
