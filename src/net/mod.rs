//! The way to a server, below HTTP: names, TCP, proxies and their tunnels, TLS, roots, certificates. [`Dialer`] is the door.
//!
//! It must not know what is said over a connection, read environment variables (they come in through [`Options`]), or print.
//! The little HTTP in it is the `CONNECT` that opens a proxy's tunnel.

mod certificate;
mod chain;
mod dial;
mod error;
mod limit;
mod probe;
mod proxy;
mod roots;
mod stream;
mod tcp;
mod tls;
mod tunnel;

use std::net::IpAddr;
use std::time::Duration;

pub use certificate::{Certificate, time};
pub use chain::Unknown;
pub use dial::{Connection, DialTimings, Dialer, Milestone};
pub use error::{NetError, Step};
pub use probe::{Look, Probe};
pub use proxy::{PassedOver, Proxy, ProxyRules};
pub use roots::Roots;
pub use stream::{Stream, Tls};
pub use tcp::{Attempt, Socket};
pub use tls::{ClientCert, Handshake, Held, TlsFailure, TlsWarning, Whose};

use crate::host::{ip_of, is_loopback};
pub(crate) use error::{file_text, io_text, lost_text, proxy_hint};
pub(crate) use proxy::schemes;
pub(crate) use tls::signing_key;

/// How to reach servers.
#[derive(Clone)]
pub struct Options {
    /// For name, TCP, proxy and TLS handshake together.
    pub connect_timeout: Duration,
    /// Which proxy to use.
    pub proxy: ProxyRules,
    /// Whom to trust.
    pub roots: Roots,
    /// What to show a server that asks for a client certificate.
    pub client_cert: Option<ClientCert>,
    /// Accept any server certificate.
    pub insecure: bool,
}

/// Whom a connection is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// True for TLS.
    pub tls: bool,
    /// A name or an address; an IPv6 address has brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Target {
    fn ip(&self) -> Option<IpAddr> {
        ip_of(&self.host)
    }

    /// True where it is this machine, and for what is not encrypted, which must not go anywhere else.
    fn stays_here(&self) -> bool {
        !self.tls || is_loopback(&self.host) || self.ip().is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}
