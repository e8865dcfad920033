//! Every cryptographic primitive this program calls, and the one place that names their provider.
//!
//! It owns no key and decides nothing: what is derived from what, and why, stands with the callers.

mod sign;

use std::num::NonZeroU32;

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{aead, digest, hkdf, hmac, pbkdf2};
use zeroize::Zeroizing;

pub use sign::{Curve, Inconsistent, RsaNumbers, Scheme, SigningKey, generate, verify};

/// A SHA-256 digest, or another 32 bytes that came out of a hash.
pub type Digest = [u8; 32];

/// Bytes that [`seal`] adds to what it seals.
pub const TAG_LEN: usize = 16;

/// The system gave no random bytes, or a primitive refused its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's cryptography is not available")]
pub struct Unavailable;

/// Random bytes from the system, fit for keys and nonces.
///
/// # Errors
/// [`Unavailable`] where the system has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], Unavailable> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Unavailable)?;
    Ok(bytes)
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> Digest {
    let mut out = Digest::default();
    out.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    out
}

/// The hashes of signatures and keyed digests (FIPS 180-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// 32 bytes
    Sha256,
    /// 48 bytes
    Sha384,
    /// 64 bytes
    Sha512,
}

impl Hash {
    /// Bytes of a digest.
    pub fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of `data`.
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, data).as_ref().to_vec()
    }

    /// HMAC (RFC 2104).
    pub fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        hmac::sign(&self.hmac_key(key), data).as_ref().to_vec()
    }

    /// True where `tag` is the whole HMAC of `data`; how long that takes to tell depends on nothing secret.
    pub fn verify_hmac(self, key: &[u8], data: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.hmac_key(key), data, tag).is_ok()
    }

    fn hmac_key(self, key: &[u8]) -> hmac::Key {
        let algorithm = match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::Key::new(algorithm, key)
    }
}

/// SHA-1, good only to name what others name so, such as certificates.
pub fn sha1(data: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref());
    out
}

/// A certificate's digests as they are registered and shown.
pub fn fingerprints(der: &[u8]) -> String {
    format!("SHA-1 {}, SHA-256 {}", hex(&sha1(der)), hex(&sha256(der)))
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> Digest {
    let mut out = Digest::default();
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref());
    out
}

/// HKDF-SHA-256, extract and expand to 32 bytes (RFC 5869 §2).
///
/// # Errors
/// [`Unavailable`], which 32 bytes never are.
pub fn hkdf_sha256(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<Zeroizing<Digest>, Unavailable> {
    let mut out = Zeroizing::new(Digest::default());
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(out.as_mut()))
        .map_err(|_| Unavailable)?;
    Ok(out)
}

/// Seals `data` in place with ChaCha20-Poly1305 (RFC 8439 §2.8) and appends the tag. A nonce must never meet the same key
/// twice.
///
/// # Errors
/// [`Unavailable`] for more data than the algorithm takes (256 GiB).
pub fn seal(key: &Digest, nonce: [u8; 12], bound: &[u8], data: &mut Vec<u8>) -> Result<(), Unavailable> {
    aead_key(key)?
        .seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(bound), data)
        .map_err(|_| Unavailable)
}

/// Opens what [`seal`] made, in place. `None` for another key, nonce or `bound`, and for anything that was changed.
pub fn open<'a>(key: &Digest, nonce: [u8; 12], bound: &[u8], sealed: &'a mut [u8]) -> Option<&'a [u8]> {
    let opened =
        aead_key(key).ok()?.open_in_place(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(bound), sealed);
    opened.ok().map(|data| &*data)
}

/// PBKDF2 (RFC 8018 §5.2) with HMAC of SHA-1 where there is no `hash`, as long as `key` is.
pub fn pbkdf2(hash: Option<Hash>, rounds: NonZeroU32, salt: &[u8], passphrase: &[u8], key: &mut [u8]) {
    let algorithm = match hash {
        None => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(Hash::Sha256) => pbkdf2::PBKDF2_HMAC_SHA256,
        Some(Hash::Sha384) => pbkdf2::PBKDF2_HMAC_SHA384,
        Some(Hash::Sha512) => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    pbkdf2::derive(algorithm, rounds, salt, passphrase, key);
}

/// Decrypts AES in CBC mode with a key of 16 or 32 bytes, and takes the padding off (RFC 8018 §B.2.5). `None` where the key is
/// of another length, or there is no such padding.
pub fn open_aes_cbc(key: &[u8], iv: [u8; 16], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    match key.len() {
        16 => open_cbc(&aes::Aes128::new_from_slice(key).ok()?, iv, sealed),
        32 => open_cbc(&aes::Aes256::new_from_slice(key).ok()?, iv, sealed),
        _ => None,
    }
}

fn open_cbc<C>(cipher: &C, iv: [u8; 16], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>,
{
    let mut opened = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let (blocks, []) = sealed.as_chunks::<16>() else { return None };
    let mut before = iv;
    for block in blocks {
        let mut open = Array::from(*block);
        cipher.decrypt_block(&mut open);
        opened.extend(open.iter().zip(before).map(|(open, before)| open ^ before));
        before = *block;
    }
    let padding = usize::from(*opened.last()?);
    let len = opened.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding))?;
    let is_padded = opened[len..].iter().all(|byte| usize::from(*byte) == padding);
    opened.truncate(len);
    is_padded.then_some(opened)
}

fn aead_key(key: &Digest) -> Result<aead::LessSafeKey, Unavailable> {
    aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key).map(aead::LessSafeKey::new).map_err(|_| Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |c: u8| u8::try_from(char::from(c).to_digit(16).unwrap()).unwrap();
        hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
    }

    #[test]
    fn digests_match_the_published_vectors() {
        // FIPS 180-4's "abc", RFC 4231 test case 2, RFC 5869 test case 1 (its first 32 bytes)
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc").to_vec(), bytes(abc));
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_sha256(b"Jefe", b"what do ya want for nothing?").to_vec(), bytes(mac));
        let okm = hkdf_sha256(&bytes("000102030405060708090a0b0c"), &[0x0b; 22], &bytes("f0f1f2f3f4f5f6f7f8f9"));
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(okm.unwrap().to_vec(), bytes(expected));
    }

    #[test]
    fn keyed_and_short_digests_match_the_published_vectors() {
        // FIPS 180-4's "abc", RFC 4231 test case 2, RFC 6070 test case 2 and its siblings
        assert_eq!(sha1(b"abc").to_vec(), bytes("a9993e364706816aba3e25717850c26c9cd0d89d"));
        let mac = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        assert_eq!(Hash::Sha512.hmac(b"Jefe", b"what do ya want for nothing?"), bytes(mac));
        let rounds = NonZeroU32::new(2).unwrap();
        for (hash, expected) in [
            (None, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (Some(Hash::Sha256), "ae4d0c95af6b46d32d0adff928f06dd02a303f8e"),
            (Some(Hash::Sha384), "54f775c6d790f21930459162fc535dbf04a93918"),
            (Some(Hash::Sha512), "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e"),
        ] {
            let mut key = [0; 20];
            pbkdf2(hash, rounds, b"salt", b"password", &mut key);
            assert_eq!(key.to_vec(), bytes(expected));
        }
    }

    #[test]
    fn aes_in_cbc_mode_opens_with_its_padding_and_not_without() {
        // Sealed by OpenSSL.
        let key: Vec<u8> = (0..32).collect();
        let iv = [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
        let sealed = bytes("059f0a565cf042c67f02710c22b75200b0bd594539a1427de2365244bb71c9e8");
        assert_eq!(open_aes_cbc(&key, iv, &sealed).unwrap().as_slice(), b"a key of some bytes");
        let whole = bytes("ff14dbe405cc0ee24d0de41289f0fc988680054fc9016bbf4f4067cd27826cdb");
        assert_eq!(open_aes_cbc(&key[..16], iv, &whole).unwrap().as_slice(), b"0123456789abcdef");
        for (key, sealed) in [
            (&key[..16], &whole[..16]),
            (&key[..16], &whole[1..]),
            (&key[..16], &[]),
            (&key[..15], &whole),
            (&key[16..], &whole),
        ] {
            assert_eq!(open_aes_cbc(key, iv, sealed), None);
        }
    }

    #[test]
    fn what_was_sealed_opens_only_as_it_was_sealed() {
        let key = [7; 32];
        let mut sealed = b"a token".to_vec();
        seal(&key, [1; 12], b"bound", &mut sealed).unwrap();
        assert_eq!(sealed.len(), 7 + TAG_LEN);
        assert_eq!(open(&key, [1; 12], b"bound", &mut sealed.clone()), Some(&b"a token"[..]));
        assert_eq!(open(&[8; 32], [1; 12], b"bound", &mut sealed.clone()), None);
        assert_eq!(open(&key, [2; 12], b"bound", &mut sealed.clone()), None);
        assert_eq!(open(&key, [1; 12], b"other", &mut sealed.clone()), None);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(open(&key, [1; 12], b"bound", &mut changed), None, "byte {index}");
        }
        assert_eq!(open(&key, [1; 12], b"bound", &mut []), None);
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }
}
