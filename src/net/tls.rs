//! TLS on rustls with ring: which certificates are accepted, which one is shown, and what went wrong in words.
//!
//! ureq has a TLS of its own; this one exists because that one panics on a key that does not match, cannot say who issued
//! a certificate, and loads more roots than needed.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer, ServerName, UnixTime,
};
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, InvalidMessage,
    OtherError, PeerIncompatible, SignatureScheme,
};

use super::certificate::Certificate;
use super::chain::Broken;
use super::error::{TlsFailure, TransportError, file_text, foreign};
use super::roots::{Loaded, Roots};
use super::tcp::Socket;
use super::{chain, roots};
use crate::deadline::Deadline;
use crate::files;
use crate::pem;

/// `--cert` and `--key`.
#[derive(Debug, Clone)]
pub struct ClientCert {
    /// PEM: the certificate, then its issuers'. It may hold the key too.
    pub cert: PathBuf,
    /// PEM: the private key, where it is not in the certificate's file.
    pub key: Option<PathBuf>,
}

/// What TLS connections of one client have in common.
#[derive(Debug)]
pub(crate) struct Setup {
    config: ClientConfig,
    identity: Option<Arc<CertifiedKey>>,
}

impl Setup {
    /// Loads roots and client certificate. `warn` is told what is odd but no error.
    ///
    /// # Errors
    /// Files that cannot be used; all of it before anything is connected to.
    pub(crate) fn new(
        roots: Option<&Roots>,
        client: Option<&ClientCert>,
        deadline: &Deadline,
        warn: &mut dyn FnMut(String),
    ) -> Result<Self, TransportError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = client.map(|client| load_identity(client, &provider, deadline, warn)).transpose()?;
        let verifier: Arc<dyn ServerCertVerifier> = match roots {
            None => Arc::new(AcceptAny(provider.signature_verification_algorithms.supported_schemes())),
            Some(roots) => {
                let Loaded { roots, skipped } = roots.load(deadline)?;
                if skipped > 0 {
                    warn(format!("{skipped} of the CA certificates could not be read and do not count"));
                }
                Arc::new(Verifier { roots, algorithms: provider.signature_verification_algorithms })
            }
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::BadRequest(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // Connections are pooled; a run that needs a second handshake with the same server is rare.
        config.resumption = Resumption::disabled();
        Ok(Self { config, identity })
    }

    /// Shakes hands on `below`. With `own_identity` the server may ask for the client certificate.
    pub(crate) fn handshake(&self, below: Stream, host: &str, own_identity: bool) -> Result<Stream, HandshakeError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| HandshakeError::Tls(TlsFailure::Other("its name cannot be in a certificate".to_owned())))?;
        let asked = Arc::new(AtomicBool::new(false));
        let identity = if own_identity { self.identity.clone() } else { None };
        let mut config = self.config.clone();
        let identified = identity.is_some();
        config.client_auth_cert_resolver = Arc::new(Identity { key: identity, asked: Arc::clone(&asked) });
        let session = ClientConnection::new(Arc::new(config), name)
            .map_err(|error| HandshakeError::Tls(failure(&error, Asked::No)))?;
        let mut tls = Tls { session, below: Records::over(below), asked, identified };
        while tls.session.is_handshaking() {
            if let Err(error) = tls.session.complete_io(&mut tls.below) {
                return Err(match tls_error(&error) {
                    Some(error) => HandshakeError::Tls(failure(error, tls.asked())),
                    None => HandshakeError::Io(error),
                });
            }
        }
        Ok(Stream::Tls(Box::new(tls)))
    }
}

/// Why there was no handshake.
pub(crate) enum HandshakeError {
    Io(io::Error),
    Tls(TlsFailure),
}

fn load_identity(
    client: &ClientCert,
    provider: &CryptoProvider,
    deadline: &Deadline,
    warn: &mut dyn FnMut(String),
) -> Result<Arc<CertifiedKey>, TransportError> {
    let cert_file = |why: String| TransportError::ClientCertFile { path: client.cert.clone(), why };
    let text = files::read(&client.cert, pem::FILE_CAP, deadline).map_err(|error| cert_file(file_text(&error)))?;
    let chain = roots::certificates(&text);
    if chain.is_empty() {
        return Err(cert_file("it holds no PEM certificate".to_owned()));
    }
    let key = match &client.key {
        None => load_key(&client.cert, &text, warn)?,
        Some(path) => {
            let text = files::read(path, pem::FILE_CAP, deadline)
                .map_err(|error| TransportError::KeyFile { path: path.clone(), why: file_text(&error) })?;
            load_key(path, &text, warn)?
        }
    };
    let key_path = client.key.as_ref().unwrap_or(&client.cert);
    // The error's own words could quote the key.
    let key = provider.key_provider.load_private_key(key).map_err(|_| TransportError::KeyFile {
        path: key_path.clone(),
        why: "the key is malformed or of an unsupported kind".to_owned(),
    })?;
    // rustls compares too, but reads certificates of X.509 version 3 alone, and it is the server's business to judge ours.
    let certified = chain.first().and_then(|certificate| Some(Certificate::read(certificate)?.public_key));
    let certified = certified.ok_or_else(|| cert_file("its certificate is malformed".to_owned()))?;
    if key.public_key().is_some_and(|own| *own != *certified) {
        return Err(TransportError::KeyMismatch);
    }
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

fn load_key(path: &Path, text: &[u8], warn: &mut dyn FnMut(String)) -> Result<PrivateKeyDer<'static>, TransportError> {
    let fails = |why: &str| TransportError::KeyFile { path: path.to_owned(), why: why.to_owned() };
    let section = pem::sections(text)
        .find(|section| section.label.ends_with("PRIVATE KEY"))
        .ok_or_else(|| fails("it holds no PEM private key"))?;
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            warn(format!("others can read the private key {} (mode {mode:04o}); chmod 600 it", path.display()));
        }
    }
    #[cfg(not(unix))]
    let _ = warn;
    match (section.label, section.der) {
        ("ENCRYPTED PRIVATE KEY", _) => Err(TransportError::EncryptedKey { path: path.to_owned() }),
        ("PRIVATE KEY", Some(der)) => Ok(PrivatePkcs8KeyDer::from(der).into()),
        ("EC PRIVATE KEY", Some(der)) => Ok(PrivateSec1KeyDer::from(der).into()),
        ("RSA PRIVATE KEY", Some(der)) => Ok(PrivatePkcs1KeyDer::from(der).into()),
        // The old form of encryption: the label stays, headers say so (RFC 1421 §4.6.1.1).
        ("EC PRIVATE KEY" | "RSA PRIVATE KEY", None) if memchr::memmem::find(text, b"ENCRYPTED").is_some() => {
            Err(TransportError::EncryptedKey { path: path.to_owned() })
        }
        (_, None) => Err(fails("its PEM text is malformed")),
        (label, Some(_)) => Err(fails(&format!("{} is not a kind of key used in TLS here", foreign(label, 40)))),
    }
}

/// Shows the client certificate and remembers being asked for one.
#[derive(Debug)]
struct Identity {
    key: Option<Arc<CertifiedKey>>,
    asked: Arc<AtomicBool>,
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

/// The web's rules (RFC 5280, RFC 6125), with two additions of no consequence for trust in others: an unknown issuer is
/// named, and a certificate that is a root itself may be the server's own, as with `openssl req -x509`.
#[derive(Debug)]
struct Verifier {
    roots: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        chain::verify(end_entity, intermediates, &self.roots, &self.algorithms, now)?;
        let parsed = rustls::server::ParsedCertificate::try_from(end_entity)?;
        rustls::client::verify_server_name(&parsed, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// `--insecure`: any certificate will do, even one that cannot be read, and it need not be the server's. That takes nothing
/// away: whoever is in between can make a certificate and its key in a moment, so a proof of holding the key proves nothing.
/// What remains is protection from those who only listen.
#[derive(Debug)]
struct AcceptAny(Vec<SignatureScheme>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Those that can be verified come first; the other is for servers whose key is of a kind that cannot.
        [&self.0[..], &[SignatureScheme::ECDSA_NISTP521_SHA512]].concat()
    }
}

/// The rustls error inside an I/O error.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the server asked for a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    InVain,
    AndAnswered,
}

/// A rustls error in words.
fn failure(error: &rustls::Error, asked: Asked) -> TlsFailure {
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
        other => TlsFailure::Other(foreign(&other.to_string(), 200)),
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
            _ => bad_certificate(&other.to_string()),
        },
        other => bad_certificate(&other.to_string()),
    }
}

fn bad_certificate(why: &str) -> TlsFailure {
    // webpki's names for these say nothing to a user.
    let why = match why {
        why if why.contains("CaUsedAsEndEntity") => "it is a CA's",
        why if why.contains("PathLenConstraintViolated") => "more CAs stand in between than one of them allows",
        why if why.contains("NameConstraintViolation") => "one of its issuers is for other names",
        why if why.contains("UnsupportedCriticalExtension") => {
            "it or an issuer's has a critical extension that is not known here"
        }
        why if why.contains("UnsupportedCertVersion") => {
            "it is X.509 version 1, and a server's must be version 3 (RFC 5280 §4.1.2.1)"
        }
        why => why,
    };
    TlsFailure::Other(format!("the server's certificate is not acceptable: {}", foreign(why, 200)))
}

/// webpki writes `DnsName("a.test")` and `IpAddress(127.0.0.1)`.
fn name_text(presented: &str) -> String {
    let inner = presented.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')')).unwrap_or(presented);
    foreign(inner.trim_matches('"'), 100)
}

/// A connection: TCP, or TLS over another one.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    Tls(Box<Tls>),
}

pub(crate) struct Tls {
    session: ClientConnection,
    below: Records,
    asked: Arc<AtomicBool>,
    /// True if there is a client certificate to show.
    identified: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    fn asked(&self) -> Asked {
        match (self.asked.load(Ordering::Relaxed), self.identified) {
            (false, _) => Asked::No,
            (true, false) => Asked::InVain,
            (true, true) => Asked::AndAnswered,
        }
    }
}

impl Stream {
    pub(crate) fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => tls.below.stream.socket(),
        }
    }

    /// The TLS failure behind an error of reading or writing, if there is one.
    pub(crate) fn tls_failure(&self, error: &io::Error) -> Option<TlsFailure> {
        let asked = if let Self::Tls(tls) = self { tls.asked() } else { Asked::No };
        tls_error(error).map(|error| failure(error, asked))
    }

    /// True if another request can be sent on it: not closed, and nothing unread in any layer. What is unread would be taken
    /// for the answer to that request.
    ///
    /// Nothing is read to find out: that would be work without end where the other side never stops, and what comes after an
    /// answer, be it only a session ticket, is reason enough to hang up.
    pub(crate) fn is_idle(&mut self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Tls(tls) => {
                let state = tls.session.process_new_packets();
                state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
                    && tls.below.at_boundary()
                    && tls.below.stream.is_idle()
            }
        }
    }
}

/// The stream below TLS. It follows the records (RFC 8446 §5.1) that are read from it, because rustls does not tell whether
/// it holds the beginning of one.
struct Records {
    stream: Stream,
    /// Bytes of the current record that have been read, its header included.
    read: usize,
    /// Length of its content, as far as it is known.
    length: usize,
}

impl Records {
    const HEADER: usize = 5;

    fn over(stream: Stream) -> Self {
        Self { stream, read: 0, length: 0 }
    }

    /// True if what has been read ends where a record ends.
    fn at_boundary(&self) -> bool {
        self.read == 0
    }

    fn follow(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.read < Self::HEADER {
                if self.read >= 3 {
                    self.length = self.length << 8 | usize::from(first);
                }
                self.read += 1;
                bytes = rest;
            } else {
                let amount = bytes.len().min(Self::HEADER + self.length - self.read);
                self.read += amount;
                bytes = &bytes[amount..];
            }
            if self.read >= Self::HEADER && self.read == Self::HEADER + self.length {
                (self.read, self.length) = (0, 0);
            }
        }
    }
}

impl Read for Records {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let amount = self.stream.read(buf)?;
        self.follow(buf.get(..amount).unwrap_or_default());
        Ok(amount)
    }
}

impl Write for Records {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.stream.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buf),
            Self::Tls(tls) => tls.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(buf),
            Self::Tls(tls) => tls.write(buf),
        }
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write_vectored(bufs),
            Self::Tls(tls) => tls.write_vectored(bufs),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Read for Tls {
    /// `UnexpectedEof` is an end without TLS's own farewell: somebody may have cut the answer short (RFC 8446 §6.1).
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            // Something to say (the end of the handshake, a new key) must be out before an answer can be expected. If
            // it cannot be said, reading tells why.
            while self.session.wants_write() {
                match self.session.write_tls(&mut self.below) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                    Err(_) => break,
                }
            }
            self.session.read_tls(&mut self.below)?;
            if let Err(error) = self.session.process_new_packets() {
                let _ = self.session.write_tls(&mut self.below); // the alert
                // What came before it is no less true. The error is there again when next asked for.
                return match self.session.reader().read(buf) {
                    Ok(amount) if amount > 0 => Ok(amount),
                    _ => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                };
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.session.writer().write(buf)?;
        self.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_followed_however_they_are_cut() {
        let stream: Vec<u8> = [0_usize, 1, 300, 0, 16_640]
            .iter()
            .flat_map(|&length| [&[23, 3, 3, (length >> 8) as u8, length as u8][..], &vec![23; length]].concat())
            .collect();
        let ends = [5, 11, 316, 321, stream.len()];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for step in [1, 2, 3, 5, 7, 305, 4096] {
            let tcp = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut records = Records::over(Stream::Plain(Socket::new(tcp, std::time::Instant::now())));
            let mut at = 0;
            for piece in stream.chunks(step) {
                records.follow(piece);
                at += piece.len();
                assert_eq!(records.at_boundary(), ends.contains(&at), "{at} in steps of {step}");
            }
        }
    }
}
