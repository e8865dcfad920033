//! The way to a server, below HTTP: names, TCP, proxies and their tunnels, TLS, roots, certificates.

mod certificate;
mod chain;
pub(crate) mod error;
pub(crate) mod proxy;
mod roots;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod tunnel;

pub use error::{Kind, Phase, TlsFailure, TransportError};
pub use proxy::ProxyRules;
pub use roots::Roots;
pub use tls::ClientCert;
