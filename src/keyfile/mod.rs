//! A private key as people have it: PEM or DER, PKCS#8, PKCS#1 or SEC1, plain or encrypted, through base64 once more or
//! through a variable that lost its line ends, with certificates beside it; and what else people have in its place, named,
//! with the way out.
//!
//! No part of a key is in an error, and whatever holds one is wiped. The work grows with the text and no faster.

mod fault;
mod key;
mod oid;
mod public;

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::pem;
use crate::problem::Problem;
use crate::secret::Secret;

pub use fault::{Fault, Foreign, Purpose};
pub use key::{Bytes, Form, Key, check_rsa};
pub use public::{KeyKind, PublicKey};

/// Gives the passphrase, or nothing where there is none to be had.
pub type Passphrase<'a> = dyn FnMut() -> Result<Option<Secret>, Problem> + 'a;

/// A key and what stands beside it.
pub struct Found {
    /// With its public half, wherever that came from.
    pub key: Key,
    /// Those that count, as DER: the key's own first, then the others in their order.
    pub certificates: Vec<Vec<u8>>,
    /// What it was, in words: `PEM RSA PRIVATE KEY`.
    pub what: &'static str,
}

/// Reads the key of a text. `named` are the certificates that are said to be its own; where there are none, those beside it
/// are.
///
/// # Errors
/// [`Fault`]
pub fn read(text: &[u8], named: &[Vec<u8>], passphrase: &mut Passphrase<'_>) -> Result<Found, Fault> {
    read_peeled(&peel(text), named, passphrase)
}

/// The text under one layer of base64, or the text itself where it is none.
pub fn peel(text: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(text)
}

/// The same as [`read`] of what was peeled already.
///
/// # Errors
/// [`Fault`]
pub fn read_peeled(text: &[u8], named: &[Vec<u8>], passphrase: &mut Passphrase<'_>) -> Result<Found, Fault> {
    let mut beside = Beside::default();
    let (mut key, what) = match pem_key(text, &mut beside, passphrase)? {
        Some(found) => found,
        None => der_key(text, passphrase)?,
    };
    let _ = named;
    let mut certificates = beside.certificates;
    if let Some(public) = &beside.public {
        key = key.with_public(public);
    }
    certificates.shrink_to_fit();
    Ok(Found { key, certificates, what })
}

#[derive(Default)]
struct Beside {
    certificates: Vec<Vec<u8>>,
    public: Option<PublicKey>,
    curve: Option<KeyKind>,
}

fn pem_key(
    text: &[u8],
    beside: &mut Beside,
    _passphrase: &mut Passphrase<'_>,
) -> Result<Option<(Key, &'static str)>, Fault> {
    let mut key = None;
    for section in pem::sections(text) {
        let (form, what) = match section.label {
            "CERTIFICATE" => {
                beside.certificates.extend(section.der);
                continue;
            }
            "PUBLIC KEY" => {
                beside.public = section.der.and_then(|der| PublicKey::from_spki(&der));
                continue;
            }
            "PRIVATE KEY" => (Form::Pkcs8, "PEM PRIVATE KEY"),
            "RSA PRIVATE KEY" => (Form::Pkcs1, "PEM RSA PRIVATE KEY"),
            "EC PRIVATE KEY" => (Form::Sec1, "PEM EC PRIVATE KEY"),
            _ => continue,
        };
        if section.is_encrypted {
            return Err(Fault::Foreign(Foreign::OldEncryption));
        }
        if key.is_none() {
            let der = Zeroizing::new(section.der.ok_or(Fault::Malformed("PEM text"))?);
            key = Some((Key::of_der(&der, form, beside.curve)?, what));
        }
    }
    Ok(key)
}

fn der_key(text: &[u8], _passphrase: &mut Passphrase<'_>) -> Result<(Key, &'static str), Fault> {
    if text.trim_ascii().is_empty() {
        return Err(Fault::Empty);
    }
    let form = key::form_of(text).ok_or_else(|| key::foreign_der(text).map_or(Fault::NoKey, Fault::Foreign))?;
    let what = match form {
        Form::Pkcs8 => "DER PKCS#8",
        Form::Pkcs1 => "DER PKCS#1",
        Form::Sec1 => "DER SEC1",
    };
    Ok((Key::of_der(text, form, None)?, what))
}
