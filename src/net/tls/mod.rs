//! TLS on rustls with ring: one set-up for many handshakes.
//!
//! ureq has a TLS of its own; this one exists because that one panics on a key that does not match, cannot say who issued
//! a certificate, and loads more roots than needed.

pub(super) mod failure;
mod identity;
mod verify;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection};

pub use failure::{TlsFailure, TlsWarning, Whose};
pub use identity::{ClientCert, Held};

use super::error::{NetError, Step};
use super::limit::Limit;
use super::roots::{Loaded, Roots};
use super::stream::{Stream, Tls};
use crate::deadline::Deadline;
pub(super) use failure::{Asked, failure, rustls_error};
use identity::Identity;
pub(crate) use identity::signing_key;
use verify::{AcceptAny, Verifier};

/// What TLS connections of one dialer have in common.
#[derive(Debug)]
pub(super) struct Setup {
    config: ClientConfig,
    identity: Option<Arc<CertifiedKey>>,
    /// A server asked for it.
    is_shown: AtomicBool,
}

impl Setup {
    /// Loads roots and client certificate; without roots any certificate will do. `warn` is told what is odd but no error.
    ///
    /// # Errors
    /// Files that cannot be used; all of it before anything is connected to.
    pub(super) fn new(
        roots: Option<&Roots>,
        client: Option<&ClientCert>,
        deadline: &Deadline,
        warn: &mut dyn FnMut(TlsWarning),
    ) -> Result<Self, NetError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = client.map(|client| identity::load(client, &provider, deadline, warn)).transpose()?;
        let verifier: Arc<dyn ServerCertVerifier> = match roots {
            None => Arc::new(AcceptAny(provider.signature_verification_algorithms.supported_schemes())),
            Some(roots) => {
                let Loaded { roots, skipped } = roots.load(deadline)?;
                if skipped > 0 {
                    warn(TlsWarning::SkippedRoots(skipped));
                }
                Arc::new(Verifier { roots, algorithms: provider.signature_verification_algorithms })
            }
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| NetError::TlsSetup(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // Connections are pooled; a run that needs a second handshake with the same server is rare.
        config.resumption = Resumption::disabled();
        Ok(Self { config, identity, is_shown: AtomicBool::new(false) })
    }

    /// The client certificate and those behind it, if a server asked for them.
    pub(super) fn shown(&self) -> Vec<Vec<u8>> {
        let identity = self.identity.as_ref().filter(|_| self.is_shown.load(Ordering::Relaxed));
        identity.map_or_else(Vec::new, |key| key.cert.iter().map(|der| der.to_vec()).collect())
    }

    /// Shakes hands on `below`. With `own_identity` the server may ask for the client certificate.
    ///
    /// # Errors
    /// No TLS, not this server, or no end in time.
    pub(super) fn handshake(
        &self,
        below: Stream,
        host: &str,
        own_identity: bool,
        limit: &Limit,
    ) -> Result<Box<Tls>, NetError> {
        let refused = |failure| NetError::Tls { host: host.to_owned(), failure };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| refused(TlsFailure::Other("its name cannot be in a certificate".to_owned())))?;
        let asked = Arc::new(AtomicBool::new(false));
        let identity = if own_identity { self.identity.clone() } else { None };
        let identified = identity.is_some();
        let mut config = self.config.clone();
        config.client_auth_cert_resolver = Arc::new(Identity { key: identity, asked: Arc::clone(&asked) });
        let session =
            ClientConnection::new(Arc::new(config), name).map_err(|error| refused(failure(&error, Asked::No)))?;
        let mut tls = Tls::new(session, below, Arc::clone(&asked), identified);
        tls.shake_hands().map_err(|error| match rustls_error(&error) {
            Some(error) => refused(tls.failure(error)),
            None if error.kind() == io::ErrorKind::TimedOut => limit.passed(Step::Handshaking),
            None => NetError::lost(Step::Handshaking, &error),
        })?;
        self.is_shown.fetch_or(identified && asked.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(Box::new(tls))
    }
}
