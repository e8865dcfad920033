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
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
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
use verify::{AcceptAny, Verifier, Witness};

/// What TLS connections of one dialer have in common.
#[derive(Debug)]
pub(super) struct Setup {
    config: ClientConfig,
    verifier: Arc<dyn ServerCertVerifier>,
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
            .with_custom_certificate_verifier(Arc::clone(&verifier))
            .with_no_client_auth();
        // Connections are pooled; a run that needs a second handshake with the same server is rare.
        config.resumption = Resumption::disabled();
        Ok(Self { config, verifier, identity, is_shown: AtomicBool::new(false) })
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
        let (tls, outcome) = self.shake_hands(self.config.clone(), below, host, own_identity, limit)?;
        outcome.map(|()| tls)
    }

    /// The same where what comes to light is wanted however it ends. A server that is refused is told so and nothing else, and
    /// is not shown the client certificate.
    ///
    /// # Errors
    /// A host that no certificate can be for.
    pub(super) fn examine(&self, below: Stream, host: &str, limit: &Limit) -> Result<Handshake, NetError> {
        let shown = Arc::new(Witness::new(Arc::clone(&self.verifier)));
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(Arc::clone(&shown) as _);
        let (tls, outcome) = self.shake_hands(config, below, host, true, limit)?;
        Ok(Handshake {
            agreed: tls.agreed(),
            chain: shown.take(),
            wants_certificate: tls.asked() != Asked::No,
            is_identified: self.identity.is_some(),
            refused: outcome.err(),
        })
    }

    fn shake_hands(
        &self,
        mut config: ClientConfig,
        below: Stream,
        host: &str,
        own_identity: bool,
        limit: &Limit,
    ) -> Result<(Box<Tls>, Result<(), NetError>), NetError> {
        let refused = |failure| NetError::Tls { host: host.to_owned(), failure };
        let name = server_name(host).map_err(refused)?;
        let asked = Arc::new(AtomicBool::new(false));
        let identity = if own_identity { self.identity.clone() } else { None };
        let identified = identity.is_some();
        config.client_auth_cert_resolver = Arc::new(Identity { key: identity, asked: Arc::clone(&asked) });
        let session =
            ClientConnection::new(Arc::new(config), name).map_err(|error| refused(failure(&error, Asked::No)))?;
        let mut tls = Tls::new(session, below, Arc::clone(&asked), identified);
        let outcome = tls.shake_hands().map_err(|error| match rustls_error(&error) {
            Some(error) => refused(tls.failure(error)),
            None if error.kind() == io::ErrorKind::TimedOut => limit.passed(Step::Handshaking),
            None => NetError::lost(Step::Handshaking, &error),
        });
        self.is_shown.fetch_or(outcome.is_ok() && identified && asked.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok((Box::new(tls), outcome))
    }
}

/// What came to light in a handshake, however it ended.
#[derive(Debug)]
pub struct Handshake {
    /// Version and cipher, as far as the two sides came to agree.
    pub agreed: Option<(&'static str, String)>,
    /// The certificates that the server sent (DER), its own first.
    pub chain: Vec<Vec<u8>>,
    /// The server asks for a client certificate.
    pub wants_certificate: bool,
    /// There is one to show.
    pub is_identified: bool,
    /// Why there is no connection, if there is none.
    pub refused: Option<NetError>,
}

/// What a server's certificates are worth by `roots`, which an unverified connection did not ask.
///
/// # Errors
/// Roots that cannot be used.
pub(super) fn judge(
    chain: &[Vec<u8>],
    host: &str,
    roots: &Roots,
    deadline: &Deadline,
) -> Result<Result<(), TlsFailure>, NetError> {
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    let verifier = Verifier { roots: roots.load(deadline)?.roots, algorithms };
    let mut chain = chain.iter().map(|der| CertificateDer::from(&der[..]));
    let (own, issuers) = (chain.next().unwrap_or_else(|| CertificateDer::from(&b""[..])), chain.collect::<Vec<_>>());
    Ok(server_name(host).and_then(|name| {
        let verdict = verifier.verify_server_cert(&own, &issuers, &name, &[], UnixTime::now());
        verdict.map(drop).map_err(|error| failure(&error, Asked::No))
    }))
}

/// The host as a certificate has it.
fn server_name(host: &str) -> Result<ServerName<'static>, TlsFailure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(bare.to_owned())
        .map_err(|_| TlsFailure::Other("its name cannot be in a certificate".to_owned()))
}
