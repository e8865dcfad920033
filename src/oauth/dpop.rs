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

/// The code for a proof that is not right (RFC 9449 §5).
pub const INVALID_PROOF: &str = "invalid_dpop_proof";

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

/// The call that a proof is for (RFC 9449 §4.2).
#[derive(Debug, Clone, Copy)]
pub struct Proven<'a> {
    /// Its method.
    pub method: &'a str,
    /// Where it goes.
    pub url: &'a Url,
    /// The time, by the clock that dates what is signed.
    pub dated: SystemTime,
    /// What its server wants to see in it (§8).
    pub nonce: Option<&'a str>,
    /// The token that goes with it to an API (§7).
    pub token: Option<&'a Secret>,
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

    /// A proof for one call (RFC 9449 §4.2).
    ///
    /// # Errors
    /// A system without random bytes.
    pub fn proof(&self, of: &Proven<'_>) -> Result<Jwt, Unavailable> {
        let jwt = self.unsigned(of, &fresh_id()?);
        let signature = self.key.sign(self.alg, jwt.signing_input().as_bytes())?;
        Ok(jwt.signed(&signature))
    }

    /// The same, not signed; `id` is its `jti`.
    pub fn unsigned(&self, of: &Proven<'_>, id: &str) -> Jwt {
        let mut header = Members::default();
        header.push("typ", &Value::from("dpop+jwt"));
        header.push("alg", &Value::from(self.alg.name()));
        header.push_raw("jwk", &self.key.public().jwk().to_text(false));
        let mut claims = Members::default();
        let texts = [("jti", id), ("htm", of.method), ("htu", &target(of.url))];
        texts.iter().for_each(|(name, text)| claims.push(name, &Value::from(*text)));
        claims.push("iat", &Value::from(seconds(of.dated)));
        if let Some(nonce) = of.nonce {
            claims.push("nonce", &Value::from(nonce));
        }
        if let Some(token) = of.token {
            let digest = crypto::sha256(token.expose().as_bytes());
            claims.push("ath", &Value::from(URL_SAFE_NO_PAD.encode(digest)));
        }
        Jwt::unsigned(header, claims, false)
    }
}

/// The request's target without query (RFC 9449 §4.2), normalised as RFC 3986 §6.2.2 and §6.2.3 say for scheme, host and port.
fn target(url: &Url) -> String {
    let scheme = if url.is_https() { "https" } else { "http" };
    let path = url.path_and_query();
    let path = path.split('?').next().unwrap_or_default();
    format!("{scheme}://{}{}", url.authority(), if path.is_empty() { "/" } else { path })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::jose::PublicKey;
    use crate::oauth::jwt::header_and_claims;
    use crate::oauth::tests::url;

    /// RFC 9449 §4.1, Figure 2.
    const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    fn proven<'a>(method: &'a str, url: &'a Url, seconds: u64) -> Proven<'a> {
        let dated = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Proven { method, url, dated, nonce: None, token: None }
    }

    #[test]
    fn the_proof_of_the_standard_verifies_and_ours_says_the_same() {
        let (header, claims) = header_and_claims(PROOF).unwrap();
        let jwk = Members::parse(header.raw("jwk").unwrap()).unwrap().unwrap();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(jwk.string(name).unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let public = PublicKey::new(KeyKind::P256, &point).unwrap();
        let (input, signature) = PROOF.rsplit_once('.').unwrap();
        assert!(public.verify(Alg::ES256, input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()));
        // §6.1, Figure 9: jkt
        assert_eq!(public.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");

        let key = ProofKey::generate(None).unwrap().unwrap();
        let endpoint = url("https://server.example.com/token");
        let ours = key.unsigned(&proven("POST", &endpoint, 1_562_262_616), "-BwC3ESc6acc2lTc");
        assert_eq!(ours.claims.to_text(false), claims.to_text(false));
        let told = ours.header.names().collect::<Vec<_>>();
        assert_eq!(told, ["typ", "alg", "jwk"]);
        assert_eq!(ours.header.string("typ"), header.string("typ"));
    }

    /// §7.1, Figure 12
    #[test]
    fn a_token_goes_into_the_proof_by_its_digest() {
        let key = ProofKey::generate(None).unwrap().unwrap();
        let resource = url("https://resource.example.org/protectedresource?page=2");
        let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        let of = Proven { token: Some(&token), ..proven("GET", &resource, 1_562_262_618) };
        assert_eq!(
            key.unsigned(&of, "e1j3V_bKic8-LAEB").claims.to_text(false),
            r#"{"jti":"e1j3V_bKic8-LAEB","htm":"GET","htu":"https://resource.example.org/protectedresource","iat":1562262618,"ath":"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}"#
        );
    }
}
