//! The client certificate: loaded, checked against its key, shown to a server that asks.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer, UnixTime,
};
use rustls::sign::{CertifiedKey, SigningKey};
use zeroize::Zeroizing;

use super::super::certificate::Certificate;
use super::super::error::{NetError, file_text};
use super::super::roots;
use super::TlsWarning;
use crate::deadline::Deadline;
use crate::files::{self, ReadError};
use crate::keyfile::{self, Fault, Foreign, Form, Key, Purpose, in_profile};
use crate::named;
use crate::pem;
use crate::secret::redact::Conceal;
use crate::secret::source::line;
use crate::secret::{Redactor, Secret};

/// `--cert` and `--key`.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCert {
    /// The certificate, then its issuers'. It may hold the key too.
    pub cert: Held,
    /// The private key, where it is not with the certificate.
    pub key: Option<Held>,
    /// What the key is encrypted with.
    pub passphrase: Option<Secret>,
}

/// What holds a certificate or a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Held {
    /// A file, which is read when it is needed.
    File(PathBuf),
    /// It was read.
    Text {
        /// From there, as it may be shown.
        from: String,
        /// This.
        text: Secret,
    },
}

impl ClientCert {
    /// What is told where opening the key took all the time there was.
    pub(in crate::net) fn took_all(&self, deadline: &Deadline) -> NetError {
        NetError::KeyFile {
            name: self.key.as_ref().unwrap_or(&self.cert).name(),
            why: keyfile::took_all(deadline.budget()),
            hint: Some(keyfile::SOONER.to_owned()),
        }
    }
}

impl Conceal for ClientCert {
    /// The key as far as it was read, and its passphrase. A certificate is no secret.
    fn conceal(&self, redactor: &mut Redactor) {
        self.key.as_ref().unwrap_or(&self.cert).conceal(redactor);
        self.passphrase.iter().for_each(|passphrase| redactor.add(passphrase));
    }
}

impl Conceal for Held {
    fn conceal(&self, redactor: &mut Redactor) {
        if let Self::Text { text, .. } = self {
            redactor.add(text);
        }
    }
}

impl Held {
    /// Its text.
    pub(crate) fn read(&self, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        match self {
            Self::File(path) => files::read(path, pem::FILE_CAP, deadline),
            Self::Text { text, .. } => Ok(Zeroizing::new(text.expose().as_bytes().to_vec())),
        }
    }

    /// What a message calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => named::file(path),
            Self::Text { from, .. } => from.clone(),
        }
    }

    /// What stands for it in a command line.
    pub(crate) fn file(&self) -> String {
        match self {
            Self::File(path) if named::is_there(path) => line(&[path.display().to_string()]),
            _ => "FILE".to_owned(),
        }
    }
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
    let cert_file = |why: String, hint| NetError::ClientCertFile { name: client.cert.name(), why, hint };
    let text =
        client.cert.read(deadline).map_err(|error| cert_file(file_text(&error), None).for_want_of(error.shortage()))?;
    let mut chain = roots::certificates(&text);
    if chain.is_empty()
        && let Ok(others) = keyfile::certificates(&text)
    {
        chain.extend(others.into_iter().map(CertificateDer::from));
    }
    let Some(own) = chain.first() else {
        let (why, hint) = instead_of_a_certificate(&text, &client.cert.file());
        return Err(cert_file(why, hint));
    };
    // rustls compares too, but reads certificates of X.509 version 3 alone, and it is the server's business to judge ours.
    let read = Certificate::read(own).ok_or_else(|| cert_file("its certificate is malformed".to_owned(), None))?;
    let certified = read.public_key.to_vec();
    if let Some((from, to)) = read.validity() {
        let now = UnixTime::now().as_secs();
        if now < from {
            warn(TlsWarning::NotYetValid { from });
        } else if now > to {
            warn(TlsWarning::HasExpired { at: to });
        }
    }
    let (held, key_text) = match &client.key {
        None => (&client.cert, text),
        Some(held) => {
            let text = held.read(deadline).map_err(|error| {
                let fault = NetError::KeyFile { name: held.name(), why: file_text(&error), hint: None };
                fault.for_want_of(error.shortage())
            })?;
            (held, text)
        }
    };
    let fault = |error: Fault| NetError::KeyFile {
        name: held.name(),
        hint: hint(&error, client.key.is_some(), &held.file()),
        why: error.to_string(),
    };
    let certificates: Vec<_> = chain.iter().map(|certificate| certificate.to_vec()).collect();
    let key = match keyfile::read(&key_text, &certificates, &mut || Ok(client.passphrase.clone())) {
        Ok(found) => found.key,
        Err(Fault::OtherCertificate) => return Err(NetError::KeyMismatch),
        Err(error) => return Err(fault(error)),
    };
    if let Held::File(path) = held
        && let Some(warning) = files::open_key(path)
    {
        warn(TlsWarning::OpenKey(warning));
    }
    let key = signing_key(&key, provider).map_err(fault)?;
    if key.public_key().is_some_and(|own| *own != *certified) {
        return Err(NetError::KeyMismatch);
    }
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// The key as TLS signs with it.
///
/// # Errors
/// [`Fault::Malformed`]
pub(crate) fn signing_key(key: &Key, provider: &CryptoProvider) -> Result<Arc<dyn SigningKey>, Fault> {
    let (form, der) = key.der();
    let der = der.to_vec();
    let key: PrivateKeyDer<'_> = match form {
        Form::Pkcs8 => PrivatePkcs8KeyDer::from(der).into(),
        Form::Pkcs1 => PrivatePkcs1KeyDer::from(der).into(),
        Form::Sec1 => PrivateSec1KeyDer::from(der).into(),
    };
    // The error's own words could quote the key.
    provider.key_provider.load_private_key(key).map_err(|_| Fault::Malformed("private key"))
}

/// What a text is that holds no certificate in a form that is read here, and what to do about it.
fn instead_of_a_certificate(text: &[u8], file: &str) -> (String, Option<String>) {
    match keyfile::read(text, &[], &mut || Ok(None)) {
        Err(error @ Fault::Foreign(Foreign::Pkcs7)) => {
            (error.to_string(), Some(format!("turn it into PEM: openssl pkcs7 -print_certs -in {file} -out NEW")))
        }
        Err(error @ Fault::Foreign(Foreign::Pkcs12 | Foreign::KeyStore)) => {
            let hint = hint(&error, false, file);
            (error.to_string(), hint)
        }
        _ => ("it holds no PEM certificate".to_owned(), None),
    }
}

/// What to do about a key that cannot be used. Where it stands with the certificate, so does what takes its place.
fn hint(error: &Fault, is_apart: bool, file: &str) -> Option<String> {
    match error {
        Fault::Empty | Fault::NoKey | Fault::Malformed(_) => None,
        Fault::Foreign(Foreign::Pkcs12) if !is_apart => {
            let file = in_profile(file);
            Some(format!("cert: command:openssl pkcs12 -in {file} -nodes -passin env:NAME"))
        }
        Fault::Foreign(Foreign::Certificate) if !is_apart => Some("name its key with --key FILE".to_owned()),
        error => error.hint(Purpose::Tls, file),
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
