//! Proofs of possession (RFC 9449): each request shows that whoever sends it holds the key that its token is bound to.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::jwt::{Jwt, fresh_id, seconds};
use super::need::Role;
use crate::crypto::{self, Unavailable};
use crate::jose::{Alg, KeyFile, KeyKind, PrivateKey};
use crate::json::Members;
use crate::secret::Secret;
use crate::wire::Url;

/// The type of a token that is bound to a key (RFC 9449 §5).
pub const TOKEN_TYPE: &str = "DPoP";

/// What a server answers that wants its nonce in the next proof (RFC 9449 §8 and §9).
pub const USE_NONCE: &str = "use_dpop_nonce";

/// True for what a proof can hold as a nonce (RFC 9449 §8.1).
pub fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// What is said of the proofs.
#[derive(Debug, Clone)]
pub struct Dpop<S = Secret> {
    /// The key's text; without it there is a new one for each grant.
    pub key: Option<S>,
    /// What it is encrypted with.
    pub passphrase: Option<S>,
    /// How they are signed, where that does not follow from the key.
    pub alg: Option<Alg>,
}

impl<S> Dpop<S> {
    pub(super) fn try_map<T, E>(&self, f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>) -> Result<Dpop<T>, E> {
        let mut read = |role: Role<'_>, secret: &Option<S>| secret.as_ref().map(|secret| f(&role, secret)).transpose();
        let key = read(Role::of_file("dpop_key"), &self.key)?;
        let passphrase = read(Role::of_passphrase("signing_key_passphrase", "dpop_key"), &self.passphrase)?;
        Ok(Dpop { key, passphrase, alg: self.alg })
    }

    /// Every secret of it, in a fixed order.
    pub fn secrets(&self) -> impl Iterator<Item = &S> {
        self.key.iter().chain(&self.passphrase)
    }
}

/// A key that tokens are bound to.
#[derive(Clone)]
pub struct ProofKey {
    key: Arc<PrivateKey>,
    alg: Alg,
    /// PKCS#8 of one that was generated.
    own: Option<Arc<Zeroizing<Vec<u8>>>>,
}

impl std::fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProofKey({})", self.thumbprint())
    }
}

impl ProofKey {
    /// The user's own. `None` where it cannot sign with `alg`.
    pub fn given(file: KeyFile, alg: Option<Alg>) -> Option<Self> {
        let KeyFile { key, alg: own, .. } = file;
        let default = || own.filter(|alg| key.allows(*alg)).unwrap_or_else(|| key.default_alg());
        let alg = alg.unwrap_or_else(default);
        key.allows(alg).then(|| Self { key, alg, own: None })
    }

    /// A new one that signs with `alg`, ES256 if nobody says. `None` for an algorithm that keys are not made for.
    ///
    /// # Errors
    /// A system without random bytes.
    pub fn generate(alg: Option<Alg>) -> Result<Option<Self>, Unavailable> {
        let alg = alg.unwrap_or(Alg::ES256);
        let kind = match alg {
            Alg::ES256 => KeyKind::P256,
            Alg::ES384 => KeyKind::P384,
            Alg::EdDSA | Alg::Ed25519 => KeyKind::Ed25519,
            _ => return Ok(None),
        };
        let (key, own) = PrivateKey::generate(kind)?;
        Ok(Some(Self { key: Arc::new(key), alg, own: Some(Arc::new(own)) }))
    }

    /// What is kept of one that was generated.
    pub fn kept(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.own.as_deref().cloned()
    }

    /// The same from what was kept.
    pub fn from_kept(pkcs8: &[u8], alg: Option<Alg>) -> Option<Self> {
        let key = PrivateKey::from_pkcs8(pkcs8)?;
        let alg = alg.unwrap_or_else(|| key.default_alg());
        let own = Some(Arc::new(Zeroizing::new(pkcs8.to_vec())));
        key.allows(alg).then(|| Self { key: Arc::new(key), alg, own })
    }

    /// `jkt`: what a token is bound by (RFC 9449 §6).
    pub fn thumbprint(&self) -> String {
        self.key.public().thumbprint()
    }

    /// How proofs are signed.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// A proof for one request (RFC 9449 §4.2), `token` being what goes with it to an API.
    ///
    /// # Errors
    /// A system without random bytes.
    pub fn proof(
        &self,
        method: &str,
        url: &Url,
        now: SystemTime,
        nonce: Option<&str>,
        token: Option<&Secret>,
    ) -> Result<Jwt, Unavailable> {
        let jwt = self.unsigned(method, url, now, nonce, token, &fresh_id()?);
        let signature = self.key.sign(self.alg, jwt.signing_input().as_bytes())?;
        Ok(jwt.signed(&signature))
    }

    /// The same, not signed; `id` is its `jti`.
    pub fn unsigned(
        &self,
        method: &str,
        url: &Url,
        now: SystemTime,
        nonce: Option<&str>,
        token: Option<&Secret>,
        id: &str,
    ) -> Jwt {
        let mut header = Members::default();
        header.push("typ", &Value::from("dpop+jwt"));
        header.push("alg", &Value::from(self.alg.name()));
        header.push_raw("jwk", &self.key.public().jwk().to_text(false));
        let mut claims = Members::default();
        let texts = [("jti", id), ("htm", method), ("htu", &target(url))];
        texts.iter().for_each(|(name, text)| claims.push(name, &Value::from(*text)));
        claims.push("iat", &Value::from(seconds(now)));
        if let Some(nonce) = nonce {
            claims.push("nonce", &Value::from(nonce));
        }
        if let Some(token) = token {
            let digest = crypto::sha256(token.expose().as_bytes());
            claims.push("ath", &Value::from(URL_SAFE_NO_PAD.encode(digest)));
        }
        let compact = Secret::new(format!("{}.", crate::jose::signing_input(&header, &claims)));
        Jwt { header, claims, compact, holds_scope: false }
    }
}

/// The request's target without query (RFC 9449 §4.2), normalised as RFC 3986 §6.2.2 and §6.2.3 say for scheme, host and port.
fn target(url: &Url) -> String {
    let scheme = if url.is_https() { "https" } else { "http" };
    let path = url.path_and_query();
    let path = path.split('?').next().unwrap_or_default();
    format!("{scheme}://{}{}", url.authority(), if path.is_empty() { "/" } else { path })
}
