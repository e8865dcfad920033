//! A private key as people have it: PEM or DER, PKCS#8, PKCS#1 or SEC1, plain or encrypted, through base64 once more or
//! through a variable that lost its line ends, with certificates beside it; and what else people have in its place, named,
//! with the way out.
//!
//! No part of a key is in an error, and whatever holds one is wiped. The work grows with the text and no faster.

mod fault;
mod foreign;
mod key;
mod oid;
mod pbes2;
mod public;

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;

use zeroize::Zeroizing;

use crate::crypto::SigningKey;
use crate::pem;
use crate::problem::Problem;
use crate::secret::Secret;

pub use fault::{Fault, Foreign, Purpose, in_profile};
pub use key::{Bytes, Form, Key, check_rsa};
pub use public::{KeyKind, PublicKey};

/// Gives the passphrase, or nothing where there is none to be had.
pub type Passphrase<'a> = dyn FnMut() -> Result<Option<Secret>, Problem> + 'a;

/// A key and what stands beside it.
pub struct Found {
    /// With its public half, wherever that came from.
    pub key: Key,
    /// The same, ready to sign: its halves are one key's.
    pub pair: SigningKey,
    /// Its public half.
    pub public: PublicKey,
    /// The certificates beside it (DER), in their order; whose they are was not looked at.
    pub certificates: Vec<Vec<u8>>,
    /// What it was, in words: `PEM RSA PRIVATE KEY`.
    pub what: &'static str,
}

/// What stands beside a key.
#[derive(Default)]
struct Beside {
    certificates: Vec<Vec<u8>>,
    publics: Vec<PublicKey>,
    curve: Option<KeyKind>,
}

/// Reads the key of a text. A key without its public half takes it from a `PUBLIC KEY` block or a certificate beside it, or
/// from one of `certificates` (DER).
///
/// # Errors
/// [`Fault`]
pub fn read(text: &[u8], certificates: &[Vec<u8>], passphrase: &mut Passphrase<'_>) -> Result<Found, Fault> {
    let inner = peel(text);
    read_peeled(inner.as_ref().map_or(text, |inner| inner), certificates, passphrase)
}

/// The same of what was peeled already.
///
/// # Errors
/// [`Fault`]
pub fn read_peeled(text: &[u8], certificates: &[Vec<u8>], passphrase: &mut Passphrase<'_>) -> Result<Found, Fault> {
    let mut beside = Beside::default();
    let (key, what) = match pem_key(text, &mut beside, passphrase)? {
        Some(found) => found,
        None => der_key(text, passphrase)?,
    };
    let (key, pair) =
        if key.is_half() { whole(key, &beside, certificates)? } else { key.pair().map(|pair| (key, pair))? };
    let public = PublicKey::new(key.kind(), pair.public()).ok_or(Fault::Mismatch)?;
    if !beside.publics.is_empty() && !beside.publics.iter().any(|beside| beside.is(&public)) {
        return Err(Fault::Mismatch);
    }
    Ok(Found { key, pair, public, certificates: beside.certificates, what })
}

/// The key with the public half that is its own.
fn whole(mut key: Key, beside: &Beside, certificates: &[Vec<u8>]) -> Result<(Key, SigningKey), Fault> {
    let certified = certificates.iter().chain(&beside.certificates);
    let certified = certified.filter_map(|certificate| PublicKey::from_certificate(certificate));
    let mut fault = None;
    for public in beside.publics.iter().cloned().chain(certified) {
        if key.give_public(&public) {
            match key.pair() {
                Ok(pair) => return Ok((key, pair)),
                Err(error) => fault = Some(error),
            }
        }
    }
    match fault {
        Some(_) if beside.publics.is_empty() => Err(Fault::OtherCertificate),
        Some(fault) => Err(fault),
        None => key.pair().map(|pair| (key, pair)),
    }
}

/// What is said where a key was opened, but only when there was no time left (`budget`) to use it.
pub fn took_all(budget: Duration) -> String {
    format!("opening it took all of the {} that the run has", humantime::format_duration(budget))
}

/// What to do about that.
pub const SOONER: &str =
    "a key that was encrypted with fewer rounds opens sooner (openssl pkcs8 -topk8 -iter N); --timeout gives it longer";

/// The certificates of a text, PEM or DER, in base64 or not, in their order.
///
/// # Errors
/// [`Fault::NoCertificate`], or one that is malformed.
pub fn certificates(text: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let inner = peel(text);
    let text = inner.as_ref().map_or(text, |inner| inner);
    let sections = pem::sections(text).filter(|section| section.label == "CERTIFICATE");
    let mut certificates = sections
        .map(|section| section.der.ok_or(Fault::Malformed("certificate")))
        .collect::<Result<Vec<_>, Fault>>()?;
    if certificates.is_empty() && foreign::of_der(text) == Some(Foreign::Certificate) {
        certificates.push(text.to_vec());
    }
    if certificates.is_empty() { Err(Fault::NoCertificate) } else { Ok(certificates) }
}

/// The certificates with the one of this key in front, the others in their order.
///
/// # Errors
/// [`Fault::OtherCertificate`] where there are some, and none is of this key.
pub fn own_first(mut certificates: Vec<Vec<u8>>, key: &PublicKey) -> Result<Vec<Vec<u8>>, Fault> {
    let is_own = |der: &Vec<u8>| PublicKey::from_certificate(der).is_some_and(|certified| certified.is(key));
    match certificates.iter().position(is_own) {
        Some(at) => certificates[..=at].rotate_right(1),
        None if certificates.is_empty() => {}
        None => return Err(Fault::OtherCertificate),
    }
    Ok(certificates)
}

/// The text under one layer of base64, of either alphabet and in lines or not; nothing where it is not all base64.
pub fn peel(text: &[u8]) -> Option<Bytes> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    if foreign::of_text(text).is_some() {
        return None;
    }
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    pem::without_line_ends(text, &mut joined);
    for byte in joined.iter_mut() {
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    ENGINE.decode(&**joined).ok().filter(|inner| !inner.is_empty()).map(Zeroizing::new)
}

fn pem_key(
    text: &[u8],
    beside: &mut Beside,
    passphrase: &mut Passphrase<'_>,
) -> Result<Option<(Key, &'static str)>, Fault> {
    const MALFORMED: Fault = Fault::Malformed("PEM text");
    let mut found = None;
    let mut foreign = None;
    for section in pem::sections(text) {
        let der = section.der.map(Zeroizing::new);
        let what = match section.label {
            "CERTIFICATE" => {
                beside.certificates.push(der.ok_or(Fault::Malformed("certificate"))?.to_vec());
                continue;
            }
            "PUBLIC KEY" => {
                beside.publics.extend(der.and_then(|der| PublicKey::from_spki(&der)));
                continue;
            }
            "EC PARAMETERS" => {
                beside.curve = der.and_then(|der| public::curve_of(crate::der::whole(crate::der::OID, &der)?));
                continue;
            }
            "PRIVATE KEY" => "PEM PRIVATE KEY",
            "RSA PRIVATE KEY" => "PEM RSA PRIVATE KEY",
            "EC PRIVATE KEY" => "PEM EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY" => "PEM ENCRYPTED PRIVATE KEY",
            label => {
                foreign = foreign.or_else(|| foreign::of_label(label));
                continue;
            }
        };
        if found.is_none() {
            found = Some(if section.is_encrypted {
                Err(Fault::Foreign(Foreign::OldEncryption))
            } else {
                der.map(|der| (der, what)).ok_or(MALFORMED)
            });
        }
    }
    match found {
        Some(Ok((der, what))) => {
            let key = match what {
                "PEM PRIVATE KEY" => Key::of_pkcs8(&der),
                "PEM RSA PRIVATE KEY" => Key::of_pkcs1(&der, false),
                "PEM EC PRIVATE KEY" => Key::of_sec1(&der, beside.curve, None),
                _ => Key::of_pkcs8(&pbes2::open(&der, passphrase)?),
            };
            Ok(Some((key?, what)))
        }
        Some(Err(fault)) => Err(fault),
        None => Err(match foreign {
            Some(fault) => fault,
            None if !beside.certificates.is_empty() => Fault::Foreign(Foreign::Certificate),
            None if memmem::find(text, b"PUBLIC KEY-----").is_some() => Fault::Foreign(Foreign::Public),
            None if memmem::find(text, b"PRIVATE KEY-----").is_some() => MALFORMED,
            None => return Ok(None),
        }),
    }
}

fn der_key(text: &[u8], passphrase: &mut Passphrase<'_>) -> Result<(Key, &'static str), Fault> {
    if text.trim_ascii().is_empty() {
        return Err(Fault::Empty);
    }
    if pbes2::is_encrypted(text) {
        return Ok((Key::of_pkcs8(&pbes2::open(text, passphrase)?)?, "DER encrypted PKCS#8"));
    }
    match key::form_of(text) {
        Some(Form::Pkcs8) => Ok((Key::of_pkcs8(text)?, "DER PKCS#8")),
        Some(Form::Pkcs1) => Ok((Key::of_pkcs1(text, false)?, "DER PKCS#1")),
        Some(Form::Sec1) => Ok((Key::of_sec1(text, None, None)?, "DER SEC1")),
        None => {
            let foreign = foreign::of_der(text).or_else(|| foreign::of_text(text).flatten());
            Err(foreign.map_or(Fault::NoKey, Fault::Foreign))
        }
    }
}

#[cfg(test)]
mod tests;
