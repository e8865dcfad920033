//! Which certificates may lead from a server's to a root. webpki checks signatures, names, dates and constraints along the
//! way, but asks no issuer whether its key may sign certificates, takes a root for good whatever it says of itself, and tries
//! what it is offered in every order. So it is offered only what may take part, and little of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, OtherError, RootCertStore};

use super::certificate::Certificate;

/// So many of the issuers that a server sends are looked at, the nearest first. A chain is short; many certificates of one
/// name can be put in very many orders.
const MOST_ISSUERS: usize = 8;

/// Why a certificate leads to no root, carried inside rustls's error.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Broken {
    /// Its issuer, or the last one that is known, is not known here.
    #[error("unknown issuer")]
    UnknownIssuer { issuer: String, how: Unknown },
    /// It, or that of an issuer on the way, is no longer valid. Moments are seconds since 1970.
    #[error("expired")]
    Expired { issuer: Option<String>, not_after: u64, now: u64 },
    /// The same, not yet.
    #[error("not valid yet")]
    NotYetValid { issuer: Option<String>, not_before: u64, now: u64 },
    /// A signature on the way, or the server's own, is of a kind that is not verified here.
    #[error("{0}")]
    Unsupported(String),
    /// Something on the way may not be used like that.
    #[error("{0}")]
    Unfit(String),
}

/// How an issuer comes to be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// The certificate is its own issuer.
    SelfSigned,
    /// The server's certificate names it, and the server sent no certificate of it along.
    NotSent {
        /// Where it can be had, by the server's certificate.
        source: Option<String>,
    },
    /// The server sent others along, and this is where they lead.
    Root,
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        CertificateError::Other(OtherError(Arc::new(broken))).into()
    }
}

/// Checks that `leaf`, a server's certificate, leads to one of `roots`, or is one itself. `offered` is what the server sent
/// along. Its name is not checked.
///
/// # Errors
/// [`Broken`], or what webpki has to say.
pub(super) fn verify(
    leaf: &CertificateDer<'_>,
    offered: &[CertificateDer<'_>],
    roots: &[CertificateDer<'static>],
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(leaf)?;
    let read = Certificate::read(leaf).ok_or(CertificateError::BadEncoding)?;
    if !read.is_for_tls() {
        return Err(Broken::Unfit("its key is not for TLS (keyUsage, RFC 5280 §4.2.1.3)".to_owned()).into());
    }
    // What `openssl req -x509` makes is a CA's certificate, and webpki takes none for a server's.
    if read.is_self_issued() && roots.contains(leaf) {
        return own(&read, now);
    }
    let candidates = Candidates::find(&read, offered, roots, now);
    // Where no root takes part, webpki still says what is wrong with the server's certificate itself.
    let mut reaches = BTreeSet::from([0]);
    reaches.extend(candidates.roots.iter().map(|(reach, _)| *reach));
    let mut error = Error::from(CertificateError::UnknownIssuer);
    for reach in reaches.into_iter().rev() {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(
            candidates.roots.iter().filter(|(own, _)| *own == reach).map(|(_, root)| CertificateDer::from(&root[..])),
        );
        let issuers: Vec<_> = candidates
            .issuers
            .iter()
            .filter(|(steps, _, _)| *steps <= reach)
            .map(|(_, der, _)| CertificateDer::from(&der[..]))
            .collect();
        let verify = rustls::client::verify_server_cert_signed_by_trust_anchor;
        match verify(&parsed, &store, &issuers, now, algorithms.all) {
            Ok(()) => return Ok(()),
            Err(why) if matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer)) => error = why,
            Err(_) => {}
        }
    }
    let unknown = match &error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        // A stranger that is its own issuer and calls itself a CA.
        Error::InvalidCertificate(CertificateError::Other(_)) => read.is_self_issued(),
        _ => false,
    };
    if !unknown {
        let is_of_signature = matches!(
            error,
            Error::InvalidCertificate(
                CertificateError::BadSignature
                    | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
                    | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
            )
        );
        let why = is_of_signature.then(|| candidates.unsupported(&read)).flatten();
        return Err(why.map_or(error, Error::from));
    }
    let last = candidates.issuers.last().map_or(&read, |(_, _, issuer)| issuer);
    let how = match candidates.issuers.is_empty() {
        true if read.is_self_issued() => Unknown::SelfSigned,
        true => Unknown::NotSent { source: read.issuer_source() },
        false => Unknown::Root,
    };
    Err(candidates.unfit.unwrap_or_else(|| Broken::UnknownIssuer { issuer: last.issuer_name(), how }).into())
}

/// Checks that what is signed with the certificate's own key can be verified.
///
/// # Errors
/// [`Broken`].
pub(super) fn verify_key(leaf: &CertificateDer<'_>) -> Result<(), Error> {
    let kind = Certificate::read(leaf).and_then(|read| read.unknown_key());
    kind.map_or(Ok(()), |kind| Err(Broken::Unsupported(format!("its own key is of the kind {kind}")).into()))
}

/// Checks a server's certificate that is a root itself.
fn own(read: &Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    if !read.is_for_servers() {
        return Err(Broken::Unfit("it is not for servers (extended key usage, RFC 5280 §4.2.1.12)".to_owned()).into());
    }
    let dates = read.validity().ok_or(CertificateError::BadEncoding)?;
    dated(None, dates, now).map_or(Ok(()), |broken| Err(broken.into()))
}

/// What is wrong with the dates of the server's certificate, or of that of this issuer.
fn dated(issuer: Option<&str>, (not_before, not_after): (u64, u64), now: UnixTime) -> Option<Broken> {
    let (issuer, now) = (issuer.map(str::to_owned), now.as_secs());
    if now > not_after {
        return Some(Broken::Expired { issuer, not_after, now });
    }
    (now < not_before).then_some(Broken::NotYetValid { issuer, not_before, now })
}

/// What may take part.
#[derive(Default)]
struct Candidates<'a> {
    /// With the number of steps from the server's certificate, which grows.
    issuers: Vec<(usize, &'a CertificateDer<'a>, Certificate<'a>)>,
    /// With the number of issuers that may stand between the server's certificate and the root.
    roots: Vec<(usize, &'a CertificateDer<'static>)>,
    /// Why the first one that would have taken part does not.
    unfit: Option<Broken>,
}

impl<'a> Candidates<'a> {
    fn find(
        leaf: &Certificate<'a>,
        offered: &'a [CertificateDer<'a>],
        roots: &'a [CertificateDer<'static>],
        now: UnixTime,
    ) -> Self {
        let mut found = Self::default();
        // What cannot be read is nobody's issuer.
        let mut offered: Vec<_> = offered.iter().filter_map(|der| Some((der, Certificate::read(der)?))).collect();
        // The names of those that are needed, with the number of issuers before them.
        let mut names = vec![(leaf.issuer, 0)];
        let mut next = 0;
        while let Some(&(name, before)) = names.get(next) {
            next += 1;
            let (here, elsewhere): (Vec<_>, _) = offered.into_iter().partition(|(_, issuer)| issuer.subject == name);
            offered = elsewhere;
            for (der, issuer) in here {
                if let Some(why) = unfit(&issuer, now) {
                    found.unfit.get_or_insert(why);
                } else if found.issuers.len() < MOST_ISSUERS {
                    found.issuers.push((before + 1, der, issuer));
                    if names.iter().all(|(name, _)| *name != issuer.issuer) {
                        names.push((issuer.issuer, before + 1));
                    }
                }
            }
        }
        for root in roots {
            let Some(read) = Certificate::read(root) else { continue };
            let Some(&(_, before)) = names.iter().find(|(name, _)| *name == read.subject) else { continue };
            let reach = read.path_len().unwrap_or(usize::MAX);
            if let Some(why) = unfit(&read, now) {
                found.unfit.get_or_insert(why);
            } else if before > reach {
                let name = read.subject_name();
                let why = format!("{name} allows no more than {reach} CAs below it, and there are {before}");
                found.unfit.get_or_insert(Broken::Unfit(why));
            } else {
                found.roots.push((reach, root));
            }
        }
        found
    }

    /// What on the way from `leaf` cannot be verified here.
    fn unsupported(&self, leaf: &Certificate<'_>) -> Option<Broken> {
        let roots = self.roots.iter().filter_map(|(_, root)| Certificate::read(root));
        let above: Vec<_> = self.issuers.iter().map(|(_, _, issuer)| *issuer).chain(roots).collect();
        let key = above.iter().find_map(|issuer| Some((issuer.subject_name(), issuer.unknown_key()?)));
        if let Some((name, kind)) = key {
            return Some(Broken::Unsupported(format!("the key of {name}, which it rests on, is of the kind {kind}")));
        }
        // How a root is signed does not matter.
        let signed = [*leaf].into_iter().chain(self.issuers.iter().map(|(_, _, issuer)| *issuer));
        let mut signed = signed.filter_map(|signed| Some((signed.issuer_name(), signed.unknown_signature()?)));
        signed.next().map(|(name, kind)| Broken::Unsupported(format!("{name} signs by {kind}")))
    }
}

/// Why the certificate may be nobody's issuer now.
fn unfit(issuer: &Certificate<'_>, now: UnixTime) -> Option<Broken> {
    let name = issuer.subject_name();
    if !issuer.may_sign() {
        return Some(Broken::Unfit(format!(
            "its issuer {name} may not sign certificates (CA and keyCertSign, RFC 5280 §4.2.1.9, §4.2.1.3)"
        )));
    }
    match issuer.validity() {
        None => Some(Broken::Unfit(format!("the certificate of its issuer {name} has no dates that can be read"))),
        Some(dates) => dated(Some(&name), dates, now),
    }
}
