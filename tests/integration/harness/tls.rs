//! A CA of the test's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A CA, its files in a directory that goes with it.
pub struct Ca {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    certificate: rcgen::Certificate,
    dir: tempfile::TempDir,
}

impl Ca {
    /// One of this name.
    pub fn new(name: &str) -> Self {
        Self::with(name, |_| {})
    }

    /// One whose certificate differs from the usual one.
    pub fn with(name: &str, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Self {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: rcgen::Issuer::new(params, key), certificate, dir: tempfile::tempdir().unwrap() }
    }

    /// Writes a file that only its owner can read.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Its certificate as PEM.
    pub fn cacert_text(&self) -> String {
        self.certificate.pem()
    }

    /// Its certificate in a file.
    pub fn cacert(&self) -> String {
        self.file("ca.pem", &self.certificate.pem()).to_str().unwrap().to_owned()
    }

    /// Where its files are.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A server with a fresh certificate.
    pub fn server(&self) -> ServerConfig {
        self.server_with(|_| {})
    }

    /// A server whose certificate differs from the usual one.
    pub fn server_with(&self, change: impl FnOnce(&mut rcgen::CertificateParams)) -> ServerConfig {
        let (certificate, key) = self.leaf(change);
        versions(rustls::ALL_VERSIONS).with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
    }

    /// A server with a fresh certificate that speaks these versions.
    pub fn server_of(&self, offered: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
        let (certificate, key) = self.leaf(|_| {});
        versions(offered).with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
    }

    /// What it signs with.
    pub fn issuer(&self) -> &rcgen::Issuer<'static, rcgen::KeyPair> {
        &self.issuer
    }

    /// A server whose certificate was signed by another CA below this one, which `change` makes different from the usual.
    pub fn server_below(&self, change: impl FnOnce(&mut rcgen::CertificateParams)) -> ServerConfig {
        let (chain, key) = self.chain_below(change);
        serving(chain, key)
    }

    /// The same that does not send that CA's certificate along, and says where it can be had.
    pub fn server_below_alone(&self) -> ServerConfig {
        let (mut chain, key) = self.chain_below(|_| {});
        chain.truncate(1);
        serving(chain, key)
    }

    fn chain_below(
        &self,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Between");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let below = Self { issuer: rcgen::Issuer::new(params, key), certificate, dir: tempfile::tempdir().unwrap() };
        let (leaf, key) = below.leaf(|params| {
            // caIssuers (RFC 5280 §4.2.2.1)
            let source = b"\x30\x24\x30\x22\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x16http://ca.test/cas.cer";
            let extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], source.to_vec());
            params.custom_extensions = vec![extension];
        });
        (vec![leaf, below.certificate.der().clone()], key)
    }

    /// A server that wants a client certificate of this CA.
    pub fn mutual(&self, version: &'static rustls::SupportedProtocolVersion) -> ServerConfig {
        let (certificate, key) = self.leaf(|_| {});
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        versions(&[version]).with_client_cert_verifier(verifier).with_single_cert(vec![certificate], key).unwrap()
    }

    /// A client certificate and its key, as PEM texts.
    pub fn client(&self) -> (String, String) {
        let params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A certificate for this machine and its key, as PEM texts.
    pub fn here(&self) -> (String, String) {
        let params = rcgen::CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A client that trusts this CA alone, on its way to `host`.
    pub fn connection_to(&self, host: &str) -> rustls::ClientConnection {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        rustls::ClientConnection::new(Arc::new(config), host.to_owned().try_into().unwrap()).unwrap()
    }

    fn leaf(
        &self,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }
}

/// A server that shows this certificate.
pub fn serving(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> ServerConfig {
    versions(rustls::ALL_VERSIONS).with_no_client_auth().with_single_cert(chain, key).unwrap()
}

/// A server that is its own CA, as `openssl req -x509` makes them, and its certificate as PEM text.
pub fn self_signed() -> (ServerConfig, String) {
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = versions(rustls::ALL_VERSIONS).with_no_client_auth();
    (config.with_single_cert(vec![certificate.der().clone()], private).unwrap(), certificate.pem())
}

/// What speaks these versions of TLS.
pub fn versions(
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap()
}
