//! An https redirect on this machine: the certificate and key that are listened with.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::deadline::Deadline;
use crate::files;
use crate::keyfile::{self, Fault, Purpose};
use crate::net::{Held, file_text, signing_key};
use crate::problem::{Class, Problem, Shortage};

/// For reading two files.
const READING: Duration = Duration::from_secs(10);

/// What an https redirect is listened on with.
#[derive(Clone)]
pub struct Tls {
    /// The certificate, then its issuers'. It may hold the key too.
    pub cert: Held,
    /// The private key, where it is not with the certificate.
    pub key: Option<Held>,
}

/// A certificate or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {setting} {name}: {why}")]
pub struct TlsError {
    setting: &'static str,
    name: String,
    why: String,
    hint: Option<String>,
    shortage: Option<Shortage>,
}

impl From<TlsError> for Problem {
    fn from(mut error: TlsError) -> Self {
        let (hint, shortage) = (error.hint.take(), error.shortage);
        Self::new(Class::Usage, error).hints(hint).for_want_of(shortage, Class::Usage)
    }
}

/// What is to be told of the key's file, if others can read it.
pub(super) fn warning(tls: &Tls) -> Option<String> {
    match tls.key.as_ref().unwrap_or(&tls.cert) {
        Held::File(path) => files::open_key(path),
        Held::Text { .. } => None,
    }
}

/// Reads certificate and key.
pub(super) fn config(tls: &Tls) -> Result<Arc<ServerConfig>, TlsError> {
    let deadline = Deadline::after(READING);
    let read = |setting, held: &Held| {
        held.read(&deadline).map_err(|error| TlsError {
            setting,
            name: held.name(),
            why: file_text(&error),
            hint: None,
            shortage: error.shortage(),
        })
    };
    let fault = |setting, held: &Held, fault: Fault| TlsError {
        setting,
        name: held.name(),
        why: fault.to_string(),
        hint: fault.hint(Purpose::Listening, &held.file()),
        shortage: None,
    };
    let cert_text = read("listen_cert", &tls.cert)?;
    let certificates = keyfile::certificates(&cert_text).map_err(|error| fault("listen_cert", &tls.cert, error))?;
    let (setting, held) = match &tls.key {
        Some(key) => ("listen_key", key),
        None => ("listen_cert", &tls.cert),
    };
    let key_text = if tls.key.is_some() { read(setting, held)? } else { cert_text };
    let key_fault = |error| fault(setting, held, error);
    let found = keyfile::read(&key_text, &certificates, &mut || Ok(None)).map_err(key_fault)?;
    let chain = keyfile::own_first(certificates, &found.public).map_err(key_fault)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = signing_key(&found.key, &provider).map_err(key_fault)?;
    let own = CertifiedKey::new(chain.into_iter().map(CertificateDer::from).collect(), key);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| key_fault(Fault::Malformed("private key")))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
    // A browser comes once.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
