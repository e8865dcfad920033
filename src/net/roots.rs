//! The CA certificates a server's certificate must lead back to, loaded when the first TLS connection is about to be made.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;
use super::error::{NetError, file_text, io_text};
use crate::deadline::Deadline;
use crate::files;
use crate::pem;
use crate::problem::Shortage;

/// Where the CA certificates come from. The one given replaces the system's.
#[derive(Debug, Clone)]
pub enum Roots {
    /// `--cacert`: a PEM file.
    File(PathBuf),
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` (a list of directories, as `PATH` is). With neither set: the system's.
    Env {
        /// A PEM file.
        file: Option<PathBuf>,
        /// Directories of PEM files.
        dir: Option<PathBuf>,
    },
    /// What the operating system trusts.
    System,
}

/// What was loaded.
pub(super) struct Loaded {
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// How many could not be read. Not counted for the system's: a user cannot mend those.
    pub(super) skipped: usize,
}

// One of these exists on nearly every Linux and BSD. Elsewhere the system keeps certificates in a store of its own.
#[cfg(all(unix, not(target_vendor = "apple")))]
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch, Gentoo, NixOS
    "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",                            // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
    "/etc/ssl/cert.pem",                                 // Alpine, OpenBSD, FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD
];
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
const BUNDLES: &[&str] = &[];

impl Roots {
    /// Loads them. A malformed certificate among good ones is skipped, as one bad entry must not lock everybody out.
    ///
    /// # Errors
    /// A named file or directory that is unreadable or holds no certificate; a system without any.
    pub(super) fn load(&self, deadline: &Deadline) -> Result<Loaded, NetError> {
        match self {
            Self::File(path) => Loaded::new(from_file(path, deadline)?).usable(path),
            Self::Env { file: None, dir: None } | Self::System => system(),
            Self::Env { file, dir } => {
                let mut certificates = Vec::new();
                if let Some(file) = file {
                    certificates.extend(from_file(file, deadline)?);
                }
                let mut unreadable = None;
                for dir in dir.iter().flat_map(std::env::split_paths) {
                    // One of several directories may well be missing.
                    match from_dir(&dir, deadline) {
                        Ok(found) => certificates.extend(found),
                        Err(error) => unreadable = Some(error),
                    }
                }
                let loaded = Loaded::new(certificates);
                if let (true, Some(error)) = (loaded.roots.is_empty(), unreadable) {
                    return Err(error);
                }
                loaded.usable(file.as_ref().or(dir.as_ref()).map_or(Path::new(""), PathBuf::as_path))
            }
        }
    }
}

impl Loaded {
    fn new(mut roots: Vec<CertificateDer<'static>>) -> Self {
        let count = roots.len();
        roots.retain(|root| Certificate::read(root).is_some());
        Self { skipped: count - roots.len(), roots }
    }

    fn usable(self, path: &Path) -> Result<Self, NetError> {
        if self.roots.is_empty() {
            let why = "it holds no usable PEM certificate".to_owned();
            return Err(NetError::RootsFile { path: path.to_owned(), why });
        }
        Ok(self)
    }
}

fn unread(path: &Path, why: String, shortage: Option<Shortage>) -> NetError {
    NetError::RootsFile { path: path.to_owned(), why }.for_want_of(shortage)
}

fn from_file(path: &Path, deadline: &Deadline) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let text = files::read(path, pem::FILE_CAP, deadline)
        .map_err(|error| unread(path, file_text(&error), error.shortage()))?;
    Ok(certificates(&text))
}

fn from_dir(path: &Path, deadline: &Deadline) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let entries = std::fs::read_dir(path).map_err(|error| unread(path, io_text(&error), Shortage::of(&error)))?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let mut all = Vec::new();
    // A directory made by `c_rehash` holds each certificate twice, and other things besides.
    for file in files.map_while(|file| (!deadline.has_passed()).then_some(file)) {
        match files::read(&file, pem::FILE_CAP, deadline) {
            Ok(text) => all.extend(certificates(&text)),
            Err(error) if error.shortage().is_some() => return Err(unread(&file, file_text(&error), error.shortage())),
            Err(_) => {}
        }
    }
    all.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
    all.dedup();
    Ok(all)
}

fn system() -> Result<Loaded, NetError> {
    for bundle in BUNDLES {
        let text = match std::fs::read(bundle) {
            Ok(text) => text,
            Err(error) if Shortage::of(&error).is_some() => {
                return Err(unread(Path::new(bundle), io_text(&error), Shortage::of(&error)));
            }
            Err(_) => continue,
        };
        let loaded = Loaded::new(certificates(&text));
        if !loaded.roots.is_empty() {
            return Ok(Loaded { skipped: 0, ..loaded });
        }
    }
    let loaded = Loaded::new(rustls_native_certs::load_native_certs().certs);
    if loaded.roots.is_empty() { Err(NetError::NoRoots) } else { Ok(Loaded { skipped: 0, ..loaded }) }
}

/// The certificates of a PEM text.
pub(super) fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    pem::sections(text)
        .filter(|section| matches!(section.label, "CERTIFICATE" | "X509 CERTIFICATE"))
        .filter_map(|section| section.der)
        .map(CertificateDer::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ca(name: &str) -> String {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    }

    fn soon() -> Deadline {
        Deadline::after(std::time::Duration::from_secs(60))
    }

    #[test]
    fn a_malformed_certificate_among_good_ones_is_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(&path, format!("text\n{}{junk}{}", ca("one"), ca("two").replace('\n', "\r\n"))).unwrap();
        let loaded = Roots::File(path).load(&soon()).ok().unwrap();
        assert_eq!((loaded.roots.len(), loaded.skipped), (2, 1));
    }

    #[test]
    fn a_named_file_that_is_missing_or_without_certificates_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        let missing = dir.path().join("missing.pem");
        for roots in [
            Roots::File(missing.clone()),
            Roots::File(empty.clone()),
            Roots::Env { file: Some(missing.clone()), dir: None },
            Roots::Env { file: Some(empty), dir: None },
            Roots::Env { file: None, dir: Some(missing) },
        ] {
            assert!(matches!(roots.load(&soon()), Err(NetError::RootsFile { .. })), "{roots:?}");
        }
    }

    #[test]
    fn directories_are_read_and_duplicates_dropped() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let shared = ca("shared");
        std::fs::write(one.path().join("a.0"), &shared).unwrap();
        std::fs::write(one.path().join("a.pem"), &shared).unwrap();
        std::fs::write(one.path().join("README"), "nothing").unwrap();
        std::fs::write(two.path().join("b.pem"), ca("b")).unwrap();
        let missing = one.path().join("missing");
        let dirs = std::env::join_paths([one.path(), &missing, two.path()]).unwrap();
        let loaded = Roots::Env { file: None, dir: Some(dirs.into()) }.load(&soon()).ok().unwrap();
        assert_eq!(loaded.roots.len(), 2);
    }
}
