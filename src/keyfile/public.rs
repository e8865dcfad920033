//! Public keys, as a `SubjectPublicKeyInfo` writes them (RFC 5280 §4.1.2.7), alone or in a certificate.

use super::oid;
use crate::crypto::Curve;
use crate::der::{self, BIT_STRING, OID, SEQUENCE, of_tag, whole};

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// rsaEncryption, which says nothing of what it is for.
    Rsa,
    /// id-RSASSA-PSS: for RSASSA-PSS and nothing else (RFC 4055 §1.2).
    RsaPss,
    /// secp256r1
    P256,
    /// secp384r1
    P384,
    /// secp521r1, with which nothing is signed or verified here.
    P521,
    /// RFC 8032
    Ed25519,
}

impl KeyKind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::RsaPss => "RSA-PSS",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// True for both ids of RSA.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa | Self::RsaPss)
    }

    /// The curve of ECDSA, if it is one that there are signatures on.
    pub fn curve(self) -> Option<Curve> {
        match self {
            Self::P256 => Some(Curve::P256),
            Self::P384 => Some(Curve::P384),
            _ => None,
        }
    }

    /// Bytes of a coordinate, of the keys that are points of ECDSA.
    pub fn coordinate_len(self) -> Option<usize> {
        if self == Self::P521 { Some(66) } else { self.curve().map(Curve::size) }
    }

    /// The kind on a curve.
    pub fn on(curve: Curve) -> Self {
        match curve {
            Curve::P256 => Self::P256,
            Curve::P384 => Self::P384,
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    /// What stands in the bit string: `RSAPublicKey` (RFC 8017 §A.1.1), a point without compression, 32 bytes.
    bits: Vec<u8>,
}

impl PublicKey {
    /// Of what the bit string holds. `None` where that is none of such a key.
    pub fn new(kind: KeyKind, bits: &[u8]) -> Option<Self> {
        let bits = match kind {
            KeyKind::Rsa | KeyKind::RsaPss => {
                let (n, rest) = der::unsigned(whole(SEQUENCE, bits)?)?;
                let (e, rest) = der::unsigned(rest)?;
                return rest.is_empty().then(|| Self::rsa(kind, n, e));
            }
            KeyKind::Ed25519 => (bits.len() == 32).then_some(bits),
            _ => (bits.len() == 2 * kind.coordinate_len()? + 1 && bits[0] == 4).then_some(bits),
        };
        Some(Self { kind, bits: bits?.to_vec() })
    }

    /// Of modulus and exponent, big-endian.
    pub fn rsa(kind: KeyKind, n: &[u8], e: &[u8]) -> Self {
        let bits = der::write(SEQUENCE, &[&der::write_unsigned(n), &der::write_unsigned(e)]).to_vec();
        Self { kind, bits }
    }

    /// Reads a `SubjectPublicKeyInfo`. `None` where it is none, or one of another kind of key.
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        let (algorithm, rest) = of_tag(SEQUENCE, whole(SEQUENCE, der)?)?;
        // No bits of the last byte are unused.
        let bits = whole(BIT_STRING, rest)?.strip_prefix(&[0])?;
        Self::new(kind_of(algorithm)?, bits)
    }

    /// Reads the key that a certificate is for (RFC 5280 §4.1).
    pub fn from_certificate(der: &[u8]) -> Option<Self> {
        let (certificate, _) = of_tag(SEQUENCE, der)?;
        let (mut tbs, _) = of_tag(SEQUENCE, certificate)?;
        if let Some((_, rest)) = of_tag(0xa0, tbs) {
            tbs = rest; // version
        }
        let (_, tbs) = of_tag(der::INTEGER, tbs)?; // serial number
        let (_, tbs) = of_tag(SEQUENCE, tbs)?; // signature
        let (_, tbs) = of_tag(SEQUENCE, tbs)?; // issuer
        let (_, tbs) = of_tag(SEQUENCE, tbs)?; // validity
        let (_, tbs) = of_tag(SEQUENCE, tbs)?; // subject
        let (_, rest) = of_tag(SEQUENCE, tbs)?;
        Self::from_spki(&tbs[..tbs.len() - rest.len()])
    }

    /// Its kind.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// What the bit string holds.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Modulus and exponent, big-endian without zeros in front, of an RSA key.
    pub fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        let (n, rest) = der::unsigned(whole(SEQUENCE, &self.bits).filter(|_| self.kind.is_rsa())?)?;
        Some((n, der::unsigned(rest)?.0))
    }

    /// Bytes of the modulus of an RSA key: so long are its signatures.
    pub fn modulus_len(&self) -> Option<usize> {
        self.rsa_numbers().map(|(n, _)| n.len())
    }

    /// True where both are the same key, whichever id of RSA it goes by.
    pub fn is(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

/// The kind of key that an `AlgorithmIdentifier` speaks of, if it is one of those here.
pub(super) fn kind_of(algorithm: &[u8]) -> Option<KeyKind> {
    let (id, parameters) = of_tag(OID, algorithm)?;
    match id {
        oid::RSA => Some(KeyKind::Rsa),
        oid::RSA_PSS => Some(KeyKind::RsaPss),
        oid::ED25519 => Some(KeyKind::Ed25519),
        oid::EC => curve_of(of_tag(OID, parameters)?.0),
        _ => None,
    }
}

/// The curve of that OID.
pub(super) fn curve_of(id: &[u8]) -> Option<KeyKind> {
    match id {
        oid::P256 => Some(KeyKind::P256),
        oid::P384 => Some(KeyKind::P384),
        oid::P521 => Some(KeyKind::P521),
        _ => None,
    }
}
