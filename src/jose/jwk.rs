//! The public half of a key as JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use super::{KeyKind, PublicKey, base64url};
use crate::crypto::sha256;
use crate::json::{Members, object};

impl PublicKey {
    /// Its members: those that make the key and no others, `kty` first.
    pub fn jwk(&self) -> Members {
        Members::from_pairs(self.members().into_iter().map(|(name, value)| (name.to_owned(), value)))
    }

    /// Its thumbprint with SHA-256 (RFC 7638 §3), in base64url.
    pub fn thumbprint(&self) -> String {
        // By name, as serde_json keeps them.
        let members = object(self.members().into_iter().map(|(name, value)| (name.to_owned(), value.into())));
        base64url(&sha256(members.to_string().as_bytes()))
    }

    fn members(&self) -> Vec<(&'static str, String)> {
        let kty = |kty: &str| ("kty", kty.to_owned());
        if let Some((n, e)) = self.rsa_numbers() {
            return vec![kty("RSA"), ("n", base64url(n)), ("e", base64url(e))];
        }
        let crv = ("crv", self.kind().name().to_owned());
        if self.kind() == KeyKind::Ed25519 {
            return vec![kty("OKP"), crv, ("x", base64url(self.bits()))];
        }
        let (x, y) = self.bits()[1..].split_at(self.bits().len() / 2);
        vec![kty("EC"), crv, ("x", base64url(x)), ("y", base64url(y))]
    }
}
