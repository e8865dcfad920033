//! The algorithms (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).

use super::KeyKind;
use crate::crypto::{Hash, Scheme};

/// How a JWS is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their names are their registered ones")]
pub enum Alg {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    Ed25519,
    HS256,
    HS384,
    HS512,
}

impl Alg {
    /// All of them: those of keys with two halves, then those of secrets.
    pub const ALL: [Self; 14] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::Ed25519,
        Self::HS256,
        Self::HS384,
        Self::HS512,
    ];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The one of that name; names are as they are registered, case and all.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }

    /// True where a secret that both sides know is the key.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    /// True for RS* and PS*.
    pub fn is_rsa(self) -> bool {
        matches!(self.scheme(), Some(Scheme::Pkcs1(_) | Scheme::Pss(_)))
    }

    /// True for RS*, the padding of which is the old one (RSASSA-PKCS1-v1_5).
    pub fn is_pkcs1(self) -> bool {
        matches!(self.scheme(), Some(Scheme::Pkcs1(_)))
    }

    /// Its hash; `None` where it is no separate step.
    pub fn hash(self) -> Option<Hash> {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::HS256 => Some(Hash::Sha256),
            Self::RS384 | Self::PS384 | Self::ES384 | Self::HS384 => Some(Hash::Sha384),
            Self::RS512 | Self::PS512 | Self::ES512 | Self::HS512 => Some(Hash::Sha512),
            Self::EdDSA | Self::Ed25519 => None,
        }
    }

    /// The digest that it signs; `None` for EdDSA, which reads all of the input.
    pub fn digest(self, input: &[u8]) -> Option<Vec<u8>> {
        self.hash().map(|hash| hash.digest(input))
    }

    /// Bytes of a signature; `None` where the key's modulus tells.
    pub fn signature_len(self) -> Option<usize> {
        match self {
            Self::ES256 | Self::EdDSA | Self::Ed25519 => Some(64),
            Self::ES384 => Some(96),
            Self::ES512 => Some(132),
            Self::HS256 | Self::HS384 | Self::HS512 => self.hash().map(Hash::size),
            _ => None,
        }
    }

    /// True where a key of that kind signs so.
    pub fn fits(self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Rsa => self.is_rsa(),
            KeyKind::RsaPss => self.is_rsa() && !self.is_pkcs1(),
            KeyKind::P256 => self == Self::ES256,
            KeyKind::P384 => self == Self::ES384,
            KeyKind::P521 => self == Self::ES512,
            KeyKind::Ed25519 => matches!(self, Self::EdDSA | Self::Ed25519),
        }
    }

    /// What a key of that kind signs with where nothing else is said.
    pub fn default_of(kind: KeyKind) -> Self {
        match kind {
            KeyKind::Rsa => Self::RS256,
            KeyKind::RsaPss => Self::PS256,
            KeyKind::P256 => Self::ES256,
            KeyKind::P384 => Self::ES384,
            KeyKind::P521 => Self::ES512,
            KeyKind::Ed25519 => Self::EdDSA,
        }
    }

    /// How that is done, if it is done here.
    pub(super) fn scheme(self) -> Option<Scheme> {
        match self {
            Self::RS256 => Some(Scheme::Pkcs1(Hash::Sha256)),
            Self::RS384 => Some(Scheme::Pkcs1(Hash::Sha384)),
            Self::RS512 => Some(Scheme::Pkcs1(Hash::Sha512)),
            Self::PS256 => Some(Scheme::Pss(Hash::Sha256)),
            Self::PS384 => Some(Scheme::Pss(Hash::Sha384)),
            Self::PS512 => Some(Scheme::Pss(Hash::Sha512)),
            Self::ES256 => Some(Scheme::P256),
            Self::ES384 => Some(Scheme::P384),
            Self::EdDSA | Self::Ed25519 => Some(Scheme::Ed25519),
            Self::ES512 | Self::HS256 | Self::HS384 | Self::HS512 => None,
        }
    }
}
