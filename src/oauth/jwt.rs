//! JSON Web Tokens (RFC 7519): one that is made here ([`Jwt`]), and what one says of itself. Nothing is verified: that is its
//! addressee's business.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::crypto;
use crate::jose;
use crate::json::Members;
use crate::secret::Secret;

/// A JSON Web Token that is made here (RFC 7519).
#[derive(Debug, Clone)]
pub struct Jwt {
    /// Its header.
    pub header: Members,
    /// What it says.
    pub claims: Members,
    /// It as it goes out (RFC 7515 §7.1).
    pub compact: Secret,
    /// The scope is among its claims.
    pub holds_scope: bool,
}

impl Jwt {
    /// One that is not signed yet: nothing stands behind its last dot.
    pub(super) fn unsigned(header: Members, claims: Members, holds_scope: bool) -> Self {
        let compact = jose::compact(&jose::signing_input(&header, &claims), &[]);
        Self { header, claims, compact, holds_scope }
    }

    /// What is to be signed (RFC 7515 §5.1).
    pub fn signing_input(&self) -> &str {
        self.compact.expose().rsplit_once('.').map_or("", |(input, _)| input)
    }

    /// The same with its signature.
    #[must_use]
    pub fn signed(self, signature: &[u8]) -> Self {
        let compact = jose::compact(self.signing_input(), signature);
        Self { compact, ..self }
    }
}

/// What makes one token differ from every other: 128 random bits.
///
/// # Errors
/// A system without random bytes.
pub fn fresh_id() -> Result<String, crypto::Unavailable> {
    Ok(URL_SAFE_NO_PAD.encode(crypto::random::<16>()?))
}

/// Whole seconds since 1970.
pub(super) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The same to the fraction: a NumericDate (§2). Before 1970 is 1970.
pub fn numeric_date(at: SystemTime) -> f64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The claims of a token in the compact form (RFC 7519 §3); `None` where it is none, or encrypted.
pub fn claims(token: &str) -> Option<Members> {
    let (_, claims) = halves(token)?;
    members(claims)
}

/// Header and claims of such a token.
pub fn header_and_claims(token: &str) -> Option<(Members, Members)> {
    let (header, claims) = halves(token)?;
    Some((members(header)?, members(claims)?))
}

/// The signature of such a token, which by itself makes a token of what was told of its claims. None is shorter.
pub fn signature(token: &Secret) -> Option<Secret> {
    halves(token.expose())?;
    let (_, signature) = token.expose().rsplit_once('.')?;
    (signature.len() >= 16).then(|| Secret::new(signature))
}

/// What stands before the signature, in base64url.
fn halves(token: &str) -> Option<(&str, &str)> {
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(_), None) => Some((header, claims)),
        _ => None,
    }
}

fn members(part: &str) -> Option<Members> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = String::from_utf8(BASE64.decode(part).ok()?).ok()?;
    Members::parse(&text).ok().flatten()
}

/// Whom it is for (§4.1.3): one name or several.
pub fn audience(claims: &Members) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// When it expires (§4.1.4).
pub fn expiry(claims: &Members) -> Option<SystemTime> {
    let seconds = Duration::try_from_secs_f64(claims.get("exp")?.as_f64()?.trunc()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token with these claims, unsigned.
    fn token(claims: &str) -> String {
        format!("e30.{}.", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_are_read_from_the_compact_form_alone() {
        let claims_of = |text: &str| claims(&token(text)).map(|claims| (audience(&claims), expiry(&claims)));
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(claims_of(r#"{"aud":"a","exp":17}"#), Some((names(&["a"]), at(17))));
        assert_eq!(claims_of(r#"{"aud":["a",1,"b"],"exp":1.7e1}"#), Some((names(&["a", "b"]), at(17))));
        assert_eq!(claims_of(r#"{"exp":"17"}"#), Some((names(&[]), None)));
        assert_eq!(claims_of(r#"{"exp":-1}"#), Some((names(&[]), None)));
        assert_eq!(claims_of(r#"{"exp":1e300}"#), Some((names(&[]), None)));
        assert_eq!(claims_of("[]"), None);
        assert!(claims("e30.e30=.").is_some());
        for text in ["", "a.b", "opaque", "e30.e30", "e30.e30.x.y", "e30.{}.x"] {
            assert!(claims(text).is_none(), "{text}");
        }
    }
}
