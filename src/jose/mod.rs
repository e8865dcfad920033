//! JSON Web Signature, as much of it as a client needs (RFC 7515, 7517, 7518, 7638, 8037): private keys from whatever people
//! have them in, their public halves as JWK, compact signatures made and verified.
//!
//! Pure: texts come in, texts go out. There is no `none` in any type, and nothing of a key is ever shown.

mod alg;
mod jwk;
mod jws;
mod key;
mod keys;
mod object;
mod published;
mod read;
mod set;
mod verify;

pub use alg::Alg;
pub use jws::{compact, der_to_fixed, hmac, hmac_verifies, signing_input};
pub use key::{KeyError, KeyFile, Kids, PrivateKey, Wanted, to_pem};
pub use keys::Keys;
pub use published::{KeyFlaw, MOST_KEYS, PublishedKey};
pub use verify::{Jws, VerifyError, With};

pub use crate::keyfile::{KeyKind, Passphrase, PublicKey, certificates, own_first};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

/// Base64url without padding (RFC 7515 §2).
fn base64url(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The same read; that some write it with padding harms nobody.
fn from_base64url(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    ENGINE.decode(text).ok()
}

/// The same to the letter: one text for the same bytes, and no padding.
fn from_canonical_base64url(text: &str) -> Option<Vec<u8>> {
    general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
