//! Which certificates may lead from a server's to a root. webpki checks signatures, names, dates and constraints along the
//! way, but asks no issuer whether its key may sign certificates, takes a root for good whatever it says of itself, and tries
//! what it is offered in every order. So it is offered only what may take part, and little of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, OtherError, RootCertStore};

use super::certificate::{Certificate, time};

/// So many of the issuers that a server sends are looked at, the nearest first. A chain is short; many certificates of one
/// name can be put in very many orders.
const MOST_ISSUERS: usize = 8;

/// Why a certificate leads to no root, carried inside rustls's error.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// Its issuer, or the last one that is known, is not known here.
    #[error("unknown issuer")]
    UnknownIssuer(String),
    /// Something on the way may not be used like that.
    #[error("{0}")]
    Unfit(String),
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
    let reaches: BTreeSet<_> = candidates.roots.iter().map(|(reach, _)| *reach).chain([0]).collect();
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
        return Err(error);
    }
    let last = candidates.issuers.last().map_or(&read, |(_, _, issuer)| issuer);
    let issuer = last.issuer_name();
    Err(match candidates.unfit {
        Some(why) => Broken::Unfit(why),
        None if last.is_self_issued() => Broken::UnknownIssuer(format!("{issuer} (self-signed)")),
        None => Broken::UnknownIssuer(issuer),
    }
    .into())
}

/// Checks a server's certificate that is a root itself.
fn own(read: &Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    if !read.is_for_servers() {
        return Err(Broken::Unfit("it is not for servers (extended key usage, RFC 5280 §4.2.1.12)".to_owned()).into());
    }
    let (from, to) = read.validity().ok_or(CertificateError::BadEncoding)?;
    let moment = |epoch| UnixTime::since_unix_epoch(std::time::Duration::from_secs(epoch));
    if now.as_secs() > to {
        return Err(CertificateError::ExpiredContext { time: now, not_after: moment(to) }.into());
    }
    if now.as_secs() < from {
        return Err(CertificateError::NotValidYetContext { time: now, not_before: moment(from) }.into());
    }
    Ok(())
}

/// What may take part.
#[derive(Default)]
struct Candidates<'a> {
    /// With the number of steps from the server's certificate, which grows.
    issuers: Vec<(usize, &'a CertificateDer<'a>, Certificate<'a>)>,
    /// With the number of issuers that may stand between the server's certificate and the root.
    roots: Vec<(usize, &'a CertificateDer<'static>)>,
    /// Why the first one that would have taken part does not.
    unfit: Option<String>,
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
                found
                    .unfit
                    .get_or_insert(format!("{name} allows no more than {reach} CAs below it, and there are {before}"));
            } else {
                found.roots.push((reach, root));
            }
        }
        found
    }
}

/// Why the certificate may be nobody's issuer now.
fn unfit(issuer: &Certificate<'_>, now: UnixTime) -> Option<String> {
    let name = issuer.subject_name();
    if !issuer.may_sign() {
        return Some(format!(
            "its issuer {name} may not sign certificates (CA and keyCertSign, RFC 5280 §4.2.1.9, §4.2.1.3)"
        ));
    }
    match issuer.validity() {
        None => Some(format!("the certificate of its issuer {name} has no dates that can be read")),
        Some((_, to)) if now.as_secs() > to => {
            Some(format!("the certificate of its issuer {name} expired on {}", time(to)))
        }
        Some((from, _)) if now.as_secs() < from => {
            Some(format!("the certificate of its issuer {name} is not valid before {}", time(from)))
        }
        Some(_) => None,
    }
}
