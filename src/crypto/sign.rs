//! Signatures: pairs of keys from their numbers, signing, verifying.

use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

use super::{Hash, Unavailable};

/// How something is signed. ECDSA signatures are r and s side by side (RFC 7518 §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2)
    Pkcs1(Hash),
    /// RSASSA-PSS with a salt as long as the hash (RFC 8017 §8.1)
    Pss(Hash),
    /// ECDSA on P-256 with SHA-256
    P256,
    /// ECDSA on P-384 with SHA-384
    P384,
    /// RFC 8032
    Ed25519,
}

/// The curves of ECDSA that there are signatures on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// secp256r1
    P256,
    /// secp384r1
    P384,
}

impl Curve {
    /// Bytes of a coordinate and of a private key.
    pub fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn signing(self) -> &'static signature::EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        }
    }
}

/// The numbers of an RSA key with two primes (RFC 8017 §3.2), big-endian without zeros in front.
pub struct RsaNumbers<'a> {
    /// modulus
    pub n: &'a [u8],
    /// public exponent
    pub e: &'a [u8],
    /// private exponent
    pub d: &'a [u8],
    /// first prime
    pub p: &'a [u8],
    /// second prime
    pub q: &'a [u8],
    /// d mod (p - 1)
    pub dp: &'a [u8],
    /// d mod (q - 1)
    pub dq: &'a [u8],
    /// q⁻¹ mod p
    pub qi: &'a [u8],
}

/// The numbers are no key: they do not belong together, or are out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its numbers do not belong together")]
pub struct Inconsistent;

/// A private key with its public half.
pub struct SigningKey(Pair);

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// # Errors
    /// [`Inconsistent`], also for sizes but 2048, 3072 and 4096 bits, and for public exponents below 65537.
    pub fn rsa(numbers: &RsaNumbers<'_>) -> Result<Self, Inconsistent> {
        let RsaNumbers { n, e, d, p, q, dp, dq, qi } = *numbers;
        let components =
            KeyPairComponents { public_key: PublicKeyComponents { n, e }, d, p, q, dP: dp, dQ: dq, qInv: qi };
        let pair = RsaKeyPair::from_components(&components).map_err(|_| Inconsistent)?;
        Ok(Self(Pair::Rsa(Box::new(pair))))
    }

    /// Of the private number, and the public point without compression (SEC 1 §2.3.3).
    ///
    /// # Errors
    /// [`Inconsistent`]
    pub fn ec(curve: Curve, d: &[u8], point: &[u8]) -> Result<Self, Inconsistent> {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), d, point, &SystemRandom::new());
        pair.map(|pair| Self(Pair::Ec(pair))).map_err(|_| Inconsistent)
    }

    /// Of the 32 bytes that a private key is, and its public half where that is known.
    ///
    /// # Errors
    /// [`Inconsistent`]
    pub fn ed25519(seed: &[u8], public: Option<&[u8]>) -> Result<Self, Inconsistent> {
        let pair = match public {
            Some(public) => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            None => Ed25519KeyPair::from_seed_unchecked(seed),
        };
        pair.map(|pair| Self(Pair::Ed25519(pair))).map_err(|_| Inconsistent)
    }

    /// The public half as a `SubjectPublicKeyInfo` has it in its bit string: `RSAPublicKey`, the point, the 32 bytes.
    pub fn public(&self) -> &[u8] {
        match &self.0 {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// Signs.
    ///
    /// # Errors
    /// [`Unavailable`] where the scheme is not one of this key, no random bytes are to be had, or the numbers of an RSA key
    /// that nothing compared before turn out not to belong together.
    pub fn sign(&self, scheme: Scheme, input: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let random = SystemRandom::new();
        match (&self.0, scheme) {
            (Pair::Rsa(pair), Scheme::Pkcs1(_) | Scheme::Pss(_)) => {
                let padding: &'static dyn signature::RsaEncoding = match scheme {
                    Scheme::Pss(Hash::Sha256) => &signature::RSA_PSS_SHA256,
                    Scheme::Pss(Hash::Sha384) => &signature::RSA_PSS_SHA384,
                    Scheme::Pss(Hash::Sha512) => &signature::RSA_PSS_SHA512,
                    Scheme::Pkcs1(Hash::Sha384) => &signature::RSA_PKCS1_SHA384,
                    Scheme::Pkcs1(Hash::Sha512) => &signature::RSA_PKCS1_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &random, input, &mut signed).map_err(|_| Unavailable)?;
                Ok(signed)
            }
            (Pair::Ec(pair), Scheme::P256 | Scheme::P384) => {
                let signed = pair.sign(&random, input).map_err(|_| Unavailable)?;
                Ok(signed.as_ref().to_vec())
            }
            (Pair::Ed25519(pair), Scheme::Ed25519) => Ok(pair.sign(input).as_ref().to_vec()),
            _ => Err(Unavailable),
        }
    }
}

/// True where `signed` is a signature of `input` by that key, which is written as [`SigningKey::public`] writes it. RSA keys
/// have 2048 to 8192 bits.
pub fn verify(scheme: Scheme, key: &[u8], input: &[u8], signed: &[u8]) -> bool {
    let algorithm: &'static dyn signature::VerificationAlgorithm = match scheme {
        Scheme::Pkcs1(Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        Scheme::Pkcs1(Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        Scheme::Pkcs1(Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        Scheme::Pss(Hash::Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
        Scheme::Pss(Hash::Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
        Scheme::Pss(Hash::Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
        Scheme::P256 => &signature::ECDSA_P256_SHA256_FIXED,
        Scheme::P384 => &signature::ECDSA_P384_SHA384_FIXED,
        Scheme::Ed25519 => &signature::ED25519,
    };
    UnparsedPublicKey::new(algorithm, key).verify(input, signed).is_ok()
}

/// A new key on a curve of ECDSA as PKCS#8 (RFC 5958).
///
/// # Errors
/// [`Unavailable`] where no random bytes are to be had.
pub fn generate(curve: Curve) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve.signing(), &SystemRandom::new()).map_err(|_| Unavailable)?;
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}
