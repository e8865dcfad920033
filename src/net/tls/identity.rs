//! The client certificate: loaded, checked against its key, shown to a server that asks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use rustls::sign::CertifiedKey;

use super::super::certificate::Certificate;
use super::super::error::{NetError, file_text};
use super::super::roots;
use super::TlsWarning;
use crate::deadline::Deadline;
use crate::files;
use crate::pem;
use crate::text::excerpt;

/// `--cert` and `--key`.
#[derive(Debug, Clone)]
pub struct ClientCert {
    /// PEM: the certificate, then its issuers'. It may hold the key too.
    pub cert: PathBuf,
    /// PEM: the private key, where it is not in the certificate's file.
    pub key: Option<PathBuf>,
}

/// Reads certificate and key. `warn` is told what is odd but no error.
///
/// # Errors
/// Files that cannot be used, or do not belong together.
pub(super) fn load(
    client: &ClientCert,
    provider: &CryptoProvider,
    deadline: &Deadline,
    warn: &mut dyn FnMut(TlsWarning),
) -> Result<Arc<CertifiedKey>, NetError> {
    let cert_file = |why: String| NetError::ClientCertFile { path: client.cert.clone(), why };
    let text = files::read(&client.cert, pem::FILE_CAP, deadline)
        .map_err(|error| cert_file(file_text(&error)).for_want_of(error.shortage()))?;
    let chain = roots::certificates(&text);
    if chain.is_empty() {
        return Err(cert_file("it holds no PEM certificate".to_owned()));
    }
    let key = match &client.key {
        None => load_key(&client.cert, &text, warn)?,
        Some(path) => {
            let text = files::read(path, pem::FILE_CAP, deadline).map_err(|error| {
                let fault = NetError::KeyFile { path: path.clone(), why: file_text(&error) };
                fault.for_want_of(error.shortage())
            })?;
            load_key(path, &text, warn)?
        }
    };
    let key_path = client.key.as_ref().unwrap_or(&client.cert);
    // The error's own words could quote the key.
    let key = provider.key_provider.load_private_key(key).map_err(|_| NetError::KeyFile {
        path: key_path.clone(),
        why: "the key is malformed or of an unsupported kind".to_owned(),
    })?;
    // rustls compares too, but reads certificates of X.509 version 3 alone, and it is the server's business to judge ours.
    let certified = chain.first().and_then(|certificate| Some(Certificate::read(certificate)?.public_key));
    let certified = certified.ok_or_else(|| cert_file("its certificate is malformed".to_owned()))?;
    if key.public_key().is_some_and(|own| *own != *certified) {
        return Err(NetError::KeyMismatch);
    }
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

fn load_key(path: &Path, text: &[u8], warn: &mut dyn FnMut(TlsWarning)) -> Result<PrivateKeyDer<'static>, NetError> {
    let fails = |why: &str| NetError::KeyFile { path: path.to_owned(), why: why.to_owned() };
    let section = pem::sections(text)
        .find(|section| section.label.ends_with("PRIVATE KEY"))
        .ok_or_else(|| fails("it holds no PEM private key"))?;
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            warn(TlsWarning::OpenKey { path: path.to_owned(), mode });
        }
    }
    // Elsewhere who may read a file is no part of what the standard library tells.
    #[cfg(not(unix))]
    let _ = warn;
    match (section.label, section.der) {
        ("ENCRYPTED PRIVATE KEY", _) => Err(NetError::EncryptedKey { path: path.to_owned() }),
        ("PRIVATE KEY", Some(der)) => Ok(PrivatePkcs8KeyDer::from(der).into()),
        ("EC PRIVATE KEY", Some(der)) => Ok(PrivateSec1KeyDer::from(der).into()),
        ("RSA PRIVATE KEY", Some(der)) => Ok(PrivatePkcs1KeyDer::from(der).into()),
        // The old form of encryption: the label stays, headers say so (RFC 1421 §4.6.1.1).
        ("EC PRIVATE KEY" | "RSA PRIVATE KEY", None) if memchr::memmem::find(text, b"ENCRYPTED").is_some() => {
            Err(NetError::EncryptedKey { path: path.to_owned() })
        }
        (_, None) => Err(fails("its PEM text is malformed")),
        (label, Some(_)) => Err(fails(&format!("{} is not a kind of key used in TLS here", excerpt(label, 40)))),
    }
}

/// Shows the client certificate and remembers being asked for one.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Option<Arc<CertifiedKey>>,
    pub(super) asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        // False would keep rustls from asking, and us from knowing that the server did.
        true
    }
}
