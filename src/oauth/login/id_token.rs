//! What an ID token must say to be the answer to the login that was asked for (OpenID Connect Core §3.1.3.7), who it says
//! logged in, and what one that came with a refresh must have kept (§12.2).
//!
//! Whether it is signed is another question ([`crate::jose::Jws::verify`]): the claims count also where that cannot be told.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::crypto::Hash;
use crate::jose::{Alg, VerifyError};
use crate::json::Members;
use crate::oauth::diagnosis::roughly;
use crate::oauth::jwt::numeric_date;
use crate::oauth::reply::Deviation;
use crate::problem::{Class, Problem};
use crate::secret::Secret;
use crate::text::{escaped, excerpt};

/// So far may two clocks differ.
pub const LEEWAY: Duration = Duration::from_secs(30);

/// The claims that a person may go by, the most telling first.
const NAMES: [&str; 4] = ["preferred_username", "email", "upn", "sub"];

/// What was asked for.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have issued it. `{tenantid}` in it stands for the claim `tid`, as Entra means it.
    pub issuer: Option<&'a str>,
    /// Who asked.
    pub client_id: &'a str,
    /// What was sent along and must come back.
    pub nonce: Option<&'a Secret>,
    /// The access token that came with it.
    pub access_token: Option<&'a Secret>,
    /// So long ago the person may have proven who it is.
    pub max_age: Option<Duration>,
    /// This machine's clock: nothing is signed here, so `clock_offset` does not count.
    pub now: SystemTime,
    /// The server's, where its answer told it.
    pub server_clock: Option<SystemTime>,
    /// So far may they differ.
    pub leeway: Duration,
}

/// Why an ID token is not the answer to this login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is not what its issuer signed.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// A claim is not there.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// A time that is none.
    #[error("its {0} is no number of seconds")]
    NotATime(&'static str),
    /// Somebody else's.
    #[error("its iss is '{found}', not '{expected}', code point by code point")]
    Issuer {
        /// Its issuer.
        found: String,
        /// The one asked.
        expected: String,
    },
    /// For somebody else.
    #[error("its aud is {}, not client '{client_id}'", list(found))]
    Audience {
        /// Whom it is for.
        found: Vec<String>,
        /// Who asked.
        client_id: String,
    },
    /// For several, and issued to another of them (or it does not say).
    #[error("it is for several (aud {}), and its azp {}, not client '{client_id}'", list(aud), azp.as_ref().map_or("is missing".to_owned(), |azp| format!("is '{azp}'")))]
    Party {
        /// Whom it is for.
        aud: Vec<String>,
        /// Whom it was issued to.
        azp: Option<String>,
        /// Who asked.
        client_id: String,
    },
    /// Its time is over.
    #[error("it expired {} ago (exp), by this machine's clock", roughly(*ago))]
    Expired {
        /// Since then.
        ago: Duration,
        /// What is known of the clocks.
        clock: Clock,
    },
    /// It is dated ahead.
    #[error("its {claim} is {} ahead of this machine's clock", roughly(*by))]
    Ahead {
        /// `iat` or `nbf`
        claim: &'static str,
        /// So far.
        by: Duration,
        /// What is known of the clocks.
        clock: Clock,
    },
    /// It answers another request.
    #[error("its nonce is not the one that was sent")]
    Nonce,
    /// It came with another access token.
    #[error("its at_hash is not that of the access token that came with it")]
    AccessToken,
    /// The login is older than was asked for.
    #[error("its auth_time says that they logged in {} ago, and max_age is {}", roughly(*ago), humantime::format_duration(*max_age))]
    TooOld {
        /// Since then.
        ago: Duration,
        /// What was asked for.
        max_age: Duration,
        /// What is known of the clocks.
        clock: Clock,
    },
    /// A refreshed one that is another person's, issuer's or client's.
    #[error("its {claim} is {found}, and was {kept} at the login (OpenID Connect Core §12.2)")]
    Changed {
        /// `iss`, `sub` or `aud`
        claim: &'static str,
        /// What it says.
        found: String,
        /// What the one before said.
        kept: String,
    },
}

/// This machine's clock, and how far it is from the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    now: SystemTime,
    server: Option<SystemTime>,
}

impl Expected<'_> {
    fn clock(&self) -> Clock {
        Clock { now: self.now, server: self.server_clock }
    }
}

impl Clock {
    /// How far it is from the server's, where that is known and too far.
    fn fault(&self) -> Option<String> {
        let (direction, span) = match self.now.duration_since(self.server?) {
            Ok(ahead) => ("ahead of", ahead),
            Err(behind) => ("behind", behind.duration()),
        };
        (span > LEEWAY).then(|| format!("this machine's clock is {} {direction} the server's", roughly(span)))
    }

    fn hint(&self) -> String {
        let time = humantime::format_rfc3339_seconds(self.now);
        if let Some(fault) = self.fault() {
            return format!("{fault}: set it right");
        }
        match self.server {
            Some(_) => {
                format!("this machine's clock ({time}) agrees with the server's Date: the fault is the server's")
            }
            None => format!("check this machine's clock: it says {time}"),
        }
    }
}

impl IdTokenError {
    /// That this machine's clock is wrong, where that is known and matters.
    pub fn wrong_clock(&self) -> Option<String> {
        match self {
            Self::Expired { clock, .. } | Self::Ahead { clock, .. } | Self::TooOld { clock, .. } => clock.fault(),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hints(&self) -> Vec<String> {
        let one = match self {
            Self::Signature(fault) => return of_signature(fault).into_iter().collect(),
            Self::Missing("auth_time") => {
                "max_age was asked for, and this server does not say when they logged in: leave max_age out, or write prompt: login".to_owned()
            }
            Self::Missing("nonce") => {
                "the server did not repeat what was sent, so that an old answer could not be told from this one: ask those who run it".to_owned()
            }
            Self::Missing(_) | Self::NotATime(_) | Self::AccessToken => {
                "ask those who run this server; without openid in the scope no ID token comes".to_owned()
            }
            Self::Issuer { found, .. } => format!("if that is the tenant or realm that you mean, write issuer: {found}"),
            Self::Audience { found, client_id } => match found.as_slice() {
                [one] if one.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') => {
                    format!("is '{one}' the client that you mean? then write client_id: {one}")
                }
                _ => format!("the server must name client '{client_id}' in aud: look at the client's settings there"),
            },
            Self::Party { client_id, .. } => format!(
                "leave further audiences away from the ID token, or have the server name client '{client_id}' in azp"
            ),
            Self::Expired { clock, .. } | Self::Ahead { clock, .. } => clock.hint(),
            Self::TooOld { clock, .. } => {
                return vec!["with prompt: login the server asks for the password again".to_owned(), clock.hint()];
            }
            Self::Nonce => "it is the answer to another login: log in again".to_owned(),
            Self::Changed { .. } => "log in again".to_owned(),
        };
        vec![one]
    }
}

fn of_signature(fault: &VerifyError) -> Option<String> {
    Some(match fault {
        VerifyError::Unsigned => "have the server sign this client's ID tokens (id_token_signed_response_alg)".to_owned(),
        VerifyError::Encrypted => {
            "have the server send this client's ID tokens unencrypted (no id_token_encrypted_response_alg)".to_owned()
        }
        VerifyError::NoSecret { alg } => format!(
            "give the client_secret, or have the server sign this client's ID tokens with RS256 in place of {alg} (id_token_signed_response_alg)"
        ),
        VerifyError::NoKey { .. } | VerifyError::Several { .. } => {
            "compare with the keys at the server's jwks_uri; are issuer and jwks_uri of one server?".to_owned()
        }
        VerifyError::Signature => {
            "either somebody changed it on its way, or the keys (jwks_uri) or the client_secret are not those it was signed with"
                .to_owned()
        }
        _ => return None,
    })
}

impl From<IdTokenError> for Problem {
    fn from(error: IdTokenError) -> Self {
        Self::in_words(Class::BadResponse, format!("the ID token is not right: {error}")).hints(error.hints())
    }
}

/// Checks what an ID token says against what was asked for. `alg` is what its header says that it is signed with, if that is
/// known: its hash makes `at_hash`. Of one that came with a refresh neither `nonce` nor `max_age` is asked (§12.2).
///
/// # Errors
/// [`IdTokenError`]
pub fn check(claims: &Members, alg: Option<Alg>, expected: &Expected<'_>) -> Result<Vec<Deviation>, IdTokenError> {
    if let Some(expected) = expected.issuer {
        issuer(claims, expected)?;
    }
    let deviations = party(claims, expected.client_id)?;
    times(claims, expected)?;
    answer(claims, alg, expected)?;
    Ok(deviations)
}

/// Checks who issued a token, code point by code point.
///
/// # Errors
/// [`IdTokenError::Missing`], [`IdTokenError::Issuer`]
pub fn issuer(claims: &Members, expected: &str) -> Result<(), IdTokenError> {
    let found = claims.string("iss").ok_or(IdTokenError::Missing("iss"))?;
    let expected = own_tenant(expected, claims);
    if found == expected { Ok(()) } else { Err(IdTokenError::Issuer { found: excerpt(&found, 200), expected }) }
}

/// Checks whom an ID token is of and for.
///
/// # Errors
/// [`IdTokenError::Missing`], [`IdTokenError::Audience`], [`IdTokenError::Party`]
pub fn party(claims: &Members, client_id: &str) -> Result<Vec<Deviation>, IdTokenError> {
    let mut deviations = Vec::new();
    let mut bend = |what: String, section| deviations.push(Deviation { what, section });
    if claims.string("sub").is_none_or(|sub| sub.is_empty()) {
        bend("the ID token does not say who logged in (sub)".to_owned(), "OpenID Connect Core §2");
    }
    let aud = audience(claims);
    if !aud.iter().any(|name| *name == client_id) {
        let found = shown(&aud);
        let error = IdTokenError::Audience { found, client_id: client_id.to_owned() };
        return Err(if aud.is_empty() { IdTokenError::Missing("aud") } else { error });
    }
    let azp = claims.get("azp");
    let is_ours = azp.as_ref().and_then(Value::as_str) == Some(client_id);
    if !is_ours && aud.iter().any(|name| *name != client_id) {
        let azp = azp.map(|azp| excerpt(&plain(&azp), 100));
        return Err(IdTokenError::Party { aud: shown(&aud), azp, client_id: client_id.to_owned() });
    }
    if let Some(azp) = azp.filter(|_| !is_ours) {
        let azp = excerpt(&plain(&azp), 100);
        bend(
            format!("the ID token is for client '{client_id}' and says that '{azp}' asked for it (azp)"),
            "OpenID Connect Core §2",
        );
    }
    Ok(deviations)
}

/// Checks that an ID token goes with the request that was made, and with the access token that came with it.
///
/// # Errors
/// [`IdTokenError::Missing`], [`IdTokenError::Nonce`], [`IdTokenError::AccessToken`]
pub fn answer(claims: &Members, alg: Option<Alg>, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    if let Some(nonce) = expected.nonce {
        let found = claims.get("nonce").ok_or(IdTokenError::Missing("nonce"))?;
        if found.as_str() != Some(nonce.expose()) {
            return Err(IdTokenError::Nonce);
        }
    }
    if let (Some(found), Some(token), Some(alg)) = (claims.get("at_hash"), expected.access_token, alg) {
        // Only a key on Ed448 makes a hash of that length, and nothing is verified with one here.
        let is_of_ed448 = alg == Alg::EdDSA && found.as_str().is_some_and(|found| found.len() == 76);
        if found.as_str() != Some(half_hash(alg, token.expose()).as_str()) && !is_of_ed448 {
            return Err(IdTokenError::AccessToken);
        }
    }
    Ok(())
}

/// Checks that a token's time is not over.
///
/// # Errors
/// [`IdTokenError::Missing`], [`IdTokenError::NotATime`], [`IdTokenError::Expired`]
pub fn expiry(claims: &Members, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    let now = numeric_date(expected.now);
    let exp = time(claims, "exp")?.ok_or(IdTokenError::Missing("exp"))?;
    if now >= exp + expected.leeway.as_secs_f64() {
        return Err(IdTokenError::Expired { ago: span(now - exp), clock: expected.clock() });
    }
    Ok(())
}

/// Checks that the time in `claim` is not still to come. True where there is one.
///
/// # Errors
/// [`IdTokenError::NotATime`], [`IdTokenError::Ahead`]
pub fn reached(claims: &Members, claim: &'static str, expected: &Expected<'_>) -> Result<bool, IdTokenError> {
    let now = numeric_date(expected.now);
    match time(claims, claim)? {
        Some(at) if at > now + expected.leeway.as_secs_f64() => {
            Err(IdTokenError::Ahead { claim, by: span(at - now), clock: expected.clock() })
        }
        at => Ok(at.is_some()),
    }
}

fn times(claims: &Members, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    expiry(claims, expected)?;
    // That it is there is asked before how the others are.
    time(claims, "iat")?.ok_or(IdTokenError::Missing("iat"))?;
    reached(claims, "iat", expected)?;
    reached(claims, "nbf", expected)?;
    if let Some(max_age) = expected.max_age {
        let now = numeric_date(expected.now);
        let at = time(claims, "auth_time")?.ok_or(IdTokenError::Missing("auth_time"))?;
        reached(claims, "auth_time", expected)?;
        if now - at > max_age.as_secs_f64() + expected.leeway.as_secs_f64() {
            return Err(IdTokenError::TooOld { ago: span(now - at), max_age, clock: expected.clock() });
        }
    }
    Ok(())
}

/// What to call who logged in, fit to be shown.
pub fn account(claims: &Members) -> Option<String> {
    let name = NAMES.iter().filter_map(|name| claims.string(name)).find(|name| !name.is_empty())?;
    Some(excerpt(&name, 200))
}

/// True where who logged in goes by that name, letter case aside: as it stands in the token, or as it was shown, with what
/// steers a terminal made visible. A name that was too long to be shown whole is told by no shortened one.
pub fn is_account(claims: &Members, name: &str) -> bool {
    let name = name.to_lowercase();
    let is_it = |known: &str| known.to_lowercase() == name;
    let known = NAMES.iter().filter_map(|claim| claims.string(claim));
    !name.is_empty() && known.into_iter().any(|known| is_it(&known) || is_it(&escaped(&known)))
}

/// That an ID token which came with a refresh speaks of the same login as the one before (OpenID Connect Core §12.2).
///
/// # Errors
/// [`IdTokenError::Changed`]
pub fn check_refreshed(before: &Members, now: &Members) -> Result<(), IdTokenError> {
    let told = |value: Option<Value>| {
        value.map_or("missing".to_owned(), |value| format!("'{}'", excerpt(&plain(&value), 100)))
    };
    for claim in ["iss", "sub"] {
        let (kept, found) = (before.get(claim), now.get(claim));
        if kept != found {
            return Err(IdTokenError::Changed { claim, found: told(found), kept: told(kept) });
        }
    }
    let (kept, found) = (audience(before), audience(now));
    if kept.iter().any(|name| !found.contains(name)) || found.iter().any(|name| !kept.contains(name)) {
        return Err(IdTokenError::Changed { claim: "aud", found: list(&shown(&found)), kept: list(&shown(&kept)) });
    }
    Ok(())
}

/// The issuer that Entra's metadata for all tenants means, of the tenant that the token is of.
fn own_tenant(issuer: &str, claims: &Members) -> String {
    let is_id = |tid: &String| !tid.is_empty() && tid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match claims.string("tid").filter(is_id) {
        Some(tid) => issuer.replace("{tenantid}", &tid),
        None => issuer.to_owned(),
    }
}

/// Whom it is for (RFC 7519 §4.1.3): one name or several.
fn audience(claims: &Members) -> Vec<Value> {
    match claims.get("aud") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(names)) => names,
        Some(name) => vec![name],
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A NumericDate (RFC 7519 §2).
fn time(claims: &Members, name: &'static str) -> Result<Option<f64>, IdTokenError> {
    let value = claims.get(name).filter(|value| !value.is_null());
    value.map(|value| value.as_f64().ok_or(IdTokenError::NotATime(name))).transpose()
}

fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.trunc()).unwrap_or(Duration::MAX)
}

/// The left half of the hash that goes with `alg`, in base64url (OpenID Connect Core §3.1.3.6); for Ed25519 the hash is the
/// one that it has inside, SHA-512.
fn half_hash(alg: Alg, token: &str) -> String {
    let digest = alg.hash().unwrap_or(Hash::Sha512).digest(token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

fn shown(names: &[Value]) -> Vec<String> {
    names.iter().take(5).map(|name| excerpt(&plain(name), 100)).collect()
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "missing".to_owned();
    }
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
