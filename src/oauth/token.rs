//! An access token and everything the server said along with it (RFC 6749 §5.1).

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::dpop::{self, ProofKey};
use super::jwt;
use crate::jose::Alg;
use crate::json::Members;
use crate::secret::{MASK, Secret};

/// A successful answer.
#[derive(Clone)]
pub struct Token {
    /// The access token: printable ASCII, not empty.
    pub access_token: Secret,
    /// `None` where the server named none; it is then taken for `Bearer`.
    pub token_type: Option<String>,
    /// When it expires: the start of the request plus `expires_in`. `None` where the server gave no positive lifetime.
    pub expires_at: Option<SystemTime>,
    /// A refresh token that came along.
    pub refresh_token: Option<Secret>,
    /// The granted scope, where the server named it.
    pub scope: Option<Vec<String>>,
    /// The whole answer as the server wrote it.
    pub members: Members,
    /// The key that it is bound to, if it is (RFC 9449).
    pub binding: Option<Binding>,
    /// Of a login: who logged in. It may be older than the other members: a server need not send another one with a refreshed
    /// token (OpenID Connect Core §12.2).
    pub id_token: Option<Secret>,
}

/// The key that a token is bound to, and what the token endpoint wants to see in the next proof.
#[derive(Debug, Clone)]
pub struct Binding {
    key: Key,
    nonce: Option<String>,
}

#[derive(Debug, Clone)]
enum Key {
    Read(ProofKey),
    /// As it was kept. Most runs have no use for it, so that it is read by those that do.
    Kept(Kept),
    /// The user's own, which is not kept.
    Elsewhere,
}

#[derive(Clone)]
struct Kept(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

impl Binding {
    /// To this key.
    pub fn new(key: ProofKey, nonce: Option<String>) -> Self {
        Self { key: Key::Read(key), nonce }
    }

    /// To what [`Self::kept`] gave, or to the user's own key.
    pub fn from_kept(key: Option<&[u8]>, nonce: Option<String>) -> Self {
        let key = key.map_or(Key::Elsewhere, |key| Key::Kept(Kept(Zeroizing::new(key.to_vec()))));
        Self { key, nonce }
    }

    /// The key, unless it is the user's own and was not kept. `None` also for what is no key, or not one for `alg`.
    pub fn proof_key(&self, alg: Option<Alg>) -> Option<ProofKey> {
        match &self.key {
            Key::Read(key) => Some(key.clone()),
            Key::Kept(Kept(key)) => ProofKey::from_kept(key, alg),
            Key::Elsewhere => None,
        }
    }

    /// What is to be kept of the key: nothing of the user's own.
    pub fn kept(&self) -> Option<Zeroizing<Vec<u8>>> {
        match &self.key {
            Key::Read(key) => key.kept(),
            Key::Kept(Kept(key)) => Some(key.clone()),
            Key::Elsewhere => None,
        }
    }

    /// The newest nonce of the token endpoint.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// Why a token cannot be used as RFC 6750 says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotBearer {
    /// RFC 6749 §7.1: a client must not use a type it does not understand.
    #[error("the token's type is '{0}', not Bearer")]
    Type(String),
    /// RFC 6750 §2.1
    #[error("the token holds characters that no Authorization header may carry (RFC 6750 §2.1)")]
    Characters,
}

impl Token {
    /// The token as it may stand behind `Bearer ` in an `Authorization` header.
    ///
    /// # Errors
    /// Another token type, or characters outside RFC 6750 §2.1's `b64token`.
    pub fn bearer(&self) -> Result<&str, NotBearer> {
        self.is_bearer()?;
        self.as_token68()
    }

    /// That it is a bearer token, or may be taken for one.
    ///
    /// # Errors
    /// Another token type.
    pub fn is_bearer(&self) -> Result<(), NotBearer> {
        match &self.token_type {
            Some(name) if !is_bearer(name) => Err(NotBearer::Type(name.clone())),
            _ => Ok(()),
        }
    }

    /// The token as it may stand behind `DPoP ` in an `Authorization` header (RFC 9449 §7.1).
    ///
    /// # Errors
    /// As [`Self::bearer`].
    pub fn bound(&self) -> Result<&str, NotBearer> {
        match &self.token_type {
            Some(name) if name.eq_ignore_ascii_case(dpop::TOKEN_TYPE) => self.as_token68(),
            name => Err(NotBearer::Type(name.clone().unwrap_or_default())),
        }
    }

    fn as_token68(&self) -> Result<&str, NotBearer> {
        let token = self.access_token.expose();
        if is_token68(token) { Ok(token) } else { Err(NotBearer::Characters) }
    }

    /// When what the answer holds under `name`, a member's or a pointer, expires: what it says itself where it is a JWT (RFC
    /// 7519 §4.1.4), else when the token does.
    pub fn expiry_of(&self, name: &str) -> Option<SystemTime> {
        let text = self.named(name).and_then(|raw| serde_json::from_str::<String>(&raw).ok());
        let own = text.and_then(|text| jwt::expiry(&jwt::claims(&text)?));
        own.or(self.expires_at)
    }

    /// The same without an ID token that came with an earlier answer and has expired at `now`.
    #[must_use]
    pub fn with_live_id_token(mut self, now: SystemTime) -> Self {
        let lives = |token: &Secret| jwt::claims(token.expose()).and_then(|claims| jwt::expiry(&claims)) > Some(now);
        self.id_token = self.id_token.filter(lives);
        self
    }

    /// What the answer holds under `name`, a member's or a pointer, as JSON. The ID token is there even where it came with an
    /// earlier answer.
    pub fn named(&self, name: &str) -> Option<String> {
        let earlier = || self.id_token.as_ref().filter(|_| matches!(name, "id_token" | "/id_token"));
        let raw = self.members.named(name).filter(|raw| raw != "null" || earlier().is_none());
        raw.or_else(|| Some(serde_json::Value::from(earlier()?.expose()).to_string()))
    }

    /// How long it still lives at `now`; zero when it has expired, `None` when the lifetime is unknown.
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        self.expires_at.map(|at| at.duration_since(now).unwrap_or(Duration::ZERO))
    }
}

/// True for what may stand behind `Bearer ` in an `Authorization` header (RFC 6750 §2.1).
pub fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    !body.is_empty() && body.bytes().all(allowed)
}

/// `Bearer` in any case (RFC 6749 §5.1), and the name that Apigee gives it.
fn is_bearer(name: &str) -> bool {
    name.eq_ignore_ascii_case("bearer") || name.eq_ignore_ascii_case("bearertoken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, token_type: Option<&str>, expected: Result<&str, NotBearer>) {
        let token = Token {
            access_token: Secret::new(token),
            token_type: token_type.map(str::to_owned),
            expires_at: None,
            refresh_token: None,
            scope: None,
            members: Members::default(),
            binding: None,
            id_token: None,
        };
        assert_eq!(token.bearer(), expected);
    }

    #[test]
    fn only_a_bearer_token_goes_into_a_header() {
        check("abc.~+/-_==", Some("bEaReR"), Ok("abc.~+/-_=="));
        check("abc", None, Ok("abc"));
        check("abc", Some("BearerToken"), Ok("abc"));
        check("abc", Some("mac"), Err(NotBearer::Type("mac".into())));
        check("a b", Some("Bearer"), Err(NotBearer::Characters));
        check("a=b", Some("Bearer"), Err(NotBearer::Characters));
        check("==", Some("Bearer"), Err(NotBearer::Characters));
    }
}
