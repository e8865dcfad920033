//! Whether a token holds: its signature, who issued it, its times, and that it is what it is taken for.

use std::time::{Duration, SystemTime};

use super::input::{Offered, Part};
use super::{Form, Kind, claim_of_id_token, kind, number, shown_typ, typ};
use crate::jose::{Alg, Jws, Keys, VerifyError, With};
use crate::json::Members;
use crate::oauth::diagnosis::roughly;
use crate::oauth::jwt;
use crate::oauth::login::id_token::{self, Expected, IdTokenError};
use crate::oauth::requirement::Check;
use crate::secret::Secret;
use crate::text::excerpt;

/// What a token is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum As {
    /// What it says itself.
    #[default]
    Auto,
    /// An access token by RFC 9068.
    Access,
    /// An ID token.
    Id,
}

/// What it is held against.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// What it is to be.
    pub meant: As,
    /// Who must have issued it; `None` where nobody is named.
    pub issuer: Option<&'a str>,
    /// Whom an ID token must be for.
    pub client_id: Option<&'a str>,
    /// What an ID token must repeat.
    pub nonce: Option<&'a Secret>,
    /// The access token that came with it.
    pub access_token: Option<&'a Secret>,
    /// So far may two clocks differ.
    pub leeway: Duration,
    /// This machine's clock.
    pub now: SystemTime,
    /// The server's, where it told.
    pub server_clock: Option<SystemTime>,
}

/// The keys of whoever must have signed it.
#[derive(Clone, Copy, Default)]
pub struct Keyring<'a> {
    /// A set.
    pub keys: Option<&'a Keys>,
    /// The client's secret, with which ID tokens alone may be signed.
    pub client_secret: Option<&'a Secret>,
}

/// What is in the way of knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// What it is signed with cannot be checked here.
    Algorithm,
    /// Public keys are needed, and there are none.
    NoKeys,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Every check, in the order of the report.
    pub checks: Vec<Check>,
    /// Why it is not known.
    pub obstacle: Option<Obstacle>,
    /// What can be done about checks that fail.
    pub hints: Vec<String>,
}

/// The checks, in the order of the report.
const CHECKS: [&str; 6] = ["signature", "iss", "exp", "nbf", "iat", "kind"];

/// A token that cannot be read fulfils nothing.
pub(super) fn unreadable(form: Form) -> &'static str {
    match form {
        Form::Jwe => "it is encrypted, and cannot be read here",
        Form::Jws | Form::Opaque => "only its server can read it",
    }
}

/// Checks a token. One that is for its server alone is none of anybody's business, and not checked.
pub fn verify(offered: &Offered, form: Form, terms: &Terms<'_>, ring: Keyring<'_>) -> Option<Verified> {
    if offered.part == Part::Other {
        return None;
    }
    let jws = match Jws::read(offered.token.expose()) {
        Ok(jws) => jws,
        Err(error) => {
            let detail = if form == Form::Jws { error.to_string() } else { unreadable(form).to_owned() };
            return Some(illegible(detail));
        }
    };
    let is = kind(offered.part, &jws.header, &jws.claims);
    let meant = meant(offered.part, terms);
    let is_id = is_id_token(offered.part, meant, is);
    let mut hints = Vec::new();
    let (signature, obstacle) = signature(&jws, is_id, ring, &mut hints);
    let expected = Expected {
        issuer: terms.issuer,
        client_id: terms.client_id.unwrap_or_default(),
        nonce: terms.nonce,
        access_token: terms.access_token,
        max_age: None,
        now: terms.now,
        server_clock: terms.server_clock,
        leeway: terms.leeway,
    };
    let claims = &jws.claims;
    // Whoever signs what does not hold can write any issuer there: it is not proposed.
    let mut of_issuer = Vec::new();
    let issuer = issuer(claims, terms.issuer, &mut of_issuer);
    hints.extend(of_issuer.into_iter().filter(|_| signature.ok == Some(true)));
    let checks = vec![
        signature,
        issuer,
        expiry(claims, &expected, &mut hints),
        reached("nbf", false, claims, &expected, &mut hints),
        reached("iat", is_id, claims, &expected, &mut hints),
        match meant {
            As::Access => access(&jws.header, claims, &mut hints),
            As::Id => id(&jws, terms, &expected, &mut hints),
            As::Auto => match is {
                Kind::Access => access(&jws.header, claims, &mut hints),
                Kind::Id if offered.part == Part::Access => {
                    let claim = claim_of_id_token(claims).unwrap_or("nonce");
                    Check::new("kind", false, format!("it is an ID token, as its {claim} says, and no access token"))
                }
                Kind::Id => id(&jws, terms, &expected, &mut hints),
                Kind::Any => Check::idle("kind", "nothing says what it is; the other checks count"),
                Kind::Other => {
                    let typ = shown_typ(&jws.header);
                    Check::new("kind", false, format!("its typ is {typ}: neither an access token nor an ID token"))
                }
            },
        },
    ];
    Some(Verified { checks, obstacle, hints })
}

/// What a token is judged as.
fn meant(part: Part, terms: &Terms<'_>) -> As {
    match (part, terms.meant, terms.nonce) {
        // Its place in the answer says what it is to be.
        (Part::Id, _, _) => As::Id,
        (Part::Access, As::Id, _) => As::Auto,
        // What is to repeat something is to be an ID token, also if it does not.
        (Part::Alone, As::Auto, Some(_)) => As::Id,
        (_, meant, _) => meant,
    }
}

fn is_id_token(part: Part, meant: As, is: Kind) -> bool {
    meant == As::Id || meant == As::Auto && is == Kind::Id && part != Part::Access
}

/// What cannot be read to the letter: what it says does not count.
fn illegible(detail: String) -> Verified {
    let idle = CHECKS[1..].iter().map(|check| Check::idle(check, "what cannot be read says nothing"));
    let checks = std::iter::once(Check::new("signature", false, detail)).chain(idle).collect();
    Verified { checks, obstacle: None, hints: Vec::new() }
}

fn signature(jws: &Jws<'_>, is_id: bool, ring: Keyring<'_>, hints: &mut Vec<String>) -> (Check, Option<Obstacle>) {
    let with = With { keys: ring.keys, secret: ring.client_secret.filter(|_| is_id) };
    let error = match jws.verify(with) {
        Ok(alg) => {
            let key = jws.header.string("kid").map(|kid| format!(", by the key '{}'", excerpt(&kid, 100)));
            let key = key.filter(|_| !alg.is_symmetric()).unwrap_or_default();
            return (Check::new("signature", true, format!("it holds: {}{key}", alg.name())), None);
        }
        Err(error) => error,
    };
    hints.extend(
        match &error {
            VerifyError::NoKey { .. } => {
                Some("compare with the keys that its issuer publishes; the key of an old token may be gone from there")
            }
            VerifyError::Several { .. } => {
                Some("have the server name its key (kid), or give the right one alone: --jwks FILE")
            }
            VerifyError::Signature => {
                Some("either somebody changed it, or these are not the keys of whoever signed it")
            }
            VerifyError::NoSecret { .. } if is_id => {
                Some("give the client_secret, or the secret in a set of keys: --jwks FILE")
            }
            VerifyError::NoSecret { .. } => Some("only --jwks FILE can hold the secret that signs access tokens"),
            VerifyError::Unsupported { .. } => {
                Some("RS256-512, PS256-512, ES256, ES384, EdDSA and HS256-512 are checked here")
            }
            _ => None,
        }
        .map(str::to_owned),
    );
    match error {
        VerifyError::Unsupported { .. } => (Check::idle("signature", error.to_string()), Some(Obstacle::Algorithm)),
        VerifyError::NoKeys => (Check::idle("signature", error.to_string()), Some(Obstacle::NoKeys)),
        VerifyError::NoSecret { alg } if !is_id => {
            let detail = format!("it is signed with {alg}, and no secret is known that may sign so");
            (Check::new("signature", false, detail), None)
        }
        error => (Check::new("signature", false, error.to_string()), None),
    }
}

/// A check that fails for this, and what can be done about it.
fn failed(check: &'static str, error: &IdTokenError, hints: &mut Vec<String>) -> Check {
    hints.extend(error.hints());
    let clock = error.wrong_clock().map(|fault| format!("; {fault}")).unwrap_or_default();
    Check::new(check, false, format!("{error}{clock}"))
}

fn issuer(claims: &Members, expected: Option<&str>, hints: &mut Vec<String>) -> Check {
    let Some(expected) = expected else { return Check::idle("iss", "no issuer is given to compare it with") };
    match id_token::issuer(claims, expected) {
        Ok(()) => Check::new("iss", true, excerpt(&claims.string("iss").unwrap_or_default(), 200)),
        Err(error @ IdTokenError::Missing(_)) => Check::new("iss", false, error.to_string()),
        Err(error) => failed("iss", &error, hints),
    }
}

fn expiry(claims: &Members, expected: &Expected<'_>, hints: &mut Vec<String>) -> Check {
    match id_token::expiry(claims, expected) {
        Ok(()) => Check::new(
            "exp",
            true,
            match away(claims, "exp", expected.now) {
                (true, span) => format!("it ends in {}", roughly(span)),
                (false, span) => format!("it ended {} ago, which the clocks may differ", roughly(span)),
            },
        ),
        Err(error @ (IdTokenError::Missing(_) | IdTokenError::NotATime(_))) => {
            Check::new("exp", false, error.to_string())
        }
        Err(error) => failed("exp", &error, hints),
    }
}

fn reached(
    claim: &'static str,
    is_needed: bool,
    claims: &Members,
    expected: &Expected<'_>,
    hints: &mut Vec<String>,
) -> Check {
    match id_token::reached(claims, claim, expected) {
        Ok(true) => Check::new(
            claim,
            true,
            match away(claims, claim, expected.now) {
                (true, span) => format!("{} ahead, which the clocks may differ", roughly(span)),
                (false, span) => format!("{} ago", roughly(span)),
            },
        ),
        Ok(false) if is_needed => Check::new(claim, false, format!("it has no {claim}")),
        Ok(false) => Check::idle(claim, "it has none"),
        Err(error @ IdTokenError::NotATime(_)) => Check::new(claim, false, error.to_string()),
        Err(error) => failed(claim, &error, hints),
    }
}

/// How far a time is from now, and whether it is still to come.
fn away(claims: &Members, name: &str, now: SystemTime) -> (bool, Duration) {
    let at = claims.get(name).and_then(|at| number(&at)).unwrap_or_default();
    let now = jwt::numeric_date(now);
    let span = Duration::try_from_secs_f64((at - now).abs().trunc()).unwrap_or(Duration::MAX);
    (at > now, span)
}

/// RFC 9068 §4, as far as the other checks leave it.
fn access(header: &Members, claims: &Members, hints: &mut Vec<String>) -> Check {
    if typ(header).as_deref() != Some("at+jwt") {
        let id = claim_of_id_token(claims).map(|claim| format!(", and it has {claim}, as ID tokens have"));
        if id.is_none() {
            hints.push("many servers have a switch for access tokens by RFC 9068 (typ at+jwt); --as auto leaves it to the other checks".to_owned());
        }
        let (typ, id) = (shown_typ(header), id.unwrap_or_default());
        let is = if typ == "missing" { "is missing".to_owned() } else { format!("is {typ}") };
        return Check::new("kind", false, format!("its typ {is}, not at+jwt (RFC 9068 §4){id}"));
    }
    match jwt::audience(claims).is_empty() {
        true => Check::new("kind", false, "it does not say whom it is for (aud, RFC 9068 §4)"),
        false => Check::new("kind", true, "it is an access token by RFC 9068"),
    }
}

/// OpenID Connect Core §3.1.3.7, as far as the other checks leave it.
fn id(jws: &Jws<'_>, terms: &Terms<'_>, expected: &Expected<'_>, hints: &mut Vec<String>) -> Check {
    if !matches!(typ(&jws.header).as_deref(), None | Some("jwt")) {
        return Check::new("kind", false, format!("its typ is {}, which no ID token has", shown_typ(&jws.header)));
    }
    let Some(client_id) = terms.client_id else {
        hints.push("an ID token is for one client: name it with -i CLIENT_ID".to_owned());
        return Check::new("kind", false, "it is an ID token, and no client is named that it must be for (client_id)");
    };
    let told = id_token::party(&jws.claims, client_id)
        .and_then(|bent| id_token::answer(&jws.claims, jws.alg(), expected).map(|()| bent));
    match told {
        Ok(bent) => {
            let bent: String = bent.into_iter().map(|bent| format!("; {} ({})", bent.what, bent.section)).collect();
            Check::new("kind", true, format!("it is an ID token for client '{}'{bent}", excerpt(client_id, 100)))
        }
        Err(error) => failed("kind", &error, hints),
    }
}

impl Keyring<'_> {
    /// True where the client's secret would tell whether that token holds.
    pub fn wants_secret(offered: &Offered, terms: &Terms<'_>) -> bool {
        let Ok(jws) = Jws::read(offered.token.expose()) else { return false };
        let is = kind(offered.part, &jws.header, &jws.claims);
        jws.alg().is_some_and(Alg::is_symmetric) && is_id_token(offered.part, meant(offered.part, terms), is)
    }
}
