//! The compact form (RFC 7515 §7.1), and how signatures look in it.

use super::{Alg, PublicKey, base64url};
use crate::crypto;
use crate::der::{self, SEQUENCE, whole};
use crate::json::Members;
use crate::secret::Secret;

/// What is signed: header and claims in base64url, a dot between them.
pub fn signing_input(header: &Members, claims: &Members) -> String {
    [header, claims].map(|part| base64url(part.to_line().as_bytes())).join(".")
}

/// What was signed, with its signature behind it.
pub fn compact(signing_input: &str, signature: &[u8]) -> Secret {
    Secret::new([signing_input, &base64url(signature)].join("."))
}

/// The signature of a secret (RFC 7518 §3.2). Nothing for an algorithm of other keys.
pub fn hmac(alg: Alg, key: &[u8], input: &[u8]) -> Vec<u8> {
    alg.hash().filter(|_| alg.is_symmetric()).map(|hash| hash.hmac(key, input)).unwrap_or_default()
}

/// True where `signature` is such a one of `input`.
pub fn hmac_verifies(alg: Alg, key: &[u8], input: &[u8], signature: &[u8]) -> bool {
    alg.hash().is_some_and(|hash| alg.is_symmetric() && hash.verify_hmac(key, input, signature))
}

/// r and s side by side (RFC 7518 §3.4), of a signature in DER (RFC 3279 §2.2.3), which is what most of what signs puts out.
/// `None` where it is none for this algorithm.
pub fn der_to_fixed(alg: Alg, signature: &[u8]) -> Option<Vec<u8>> {
    let len = alg.signature_len().filter(|_| matches!(alg, Alg::ES256 | Alg::ES384 | Alg::ES512))? / 2;
    let (r, rest) = der::unsigned(whole(SEQUENCE, signature)?)?;
    let (s, rest) = der::unsigned(rest)?;
    if !rest.is_empty() || r.is_empty() || s.is_empty() {
        return None;
    }
    // To the letter: the same numbers written the shortest way are the same bytes.
    let again = der::write(SEQUENCE, &[&der::write_unsigned(r), &der::write_unsigned(s)]);
    let mut fixed = vec![0; 2 * len];
    for (number, end) in [(r, len), (s, 2 * len)] {
        let at = len.checked_sub(number.len())?;
        fixed[end - len + at..end].copy_from_slice(number);
    }
    (*again == signature).then_some(fixed)
}

impl PublicKey {
    /// True where signatures of this algorithm are verified here with this key.
    pub fn verifies(&self, alg: Alg) -> bool {
        let is_large = self.modulus_len().is_none_or(|len| len >= 256);
        alg.fits(self.kind()) && alg.scheme().is_some() && is_large
    }

    /// True where it is verified that `signature`, in the form that the compact form has, was made of `input`.
    pub fn verify(&self, alg: Alg, input: &[u8], signature: &[u8]) -> bool {
        let scheme = alg.scheme().filter(|_| alg.fits(self.kind()));
        scheme.is_some_and(|scheme| crypto::verify(scheme, self.bits(), input, signature))
    }
}
