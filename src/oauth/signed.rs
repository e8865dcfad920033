//! Answers that are signed by their server as a whole: of introspection (RFC 9701) and of the userinfo endpoint (OpenID Connect
//! Core §5.3.2). What a [`Jws`] says of whom it is, to whom, and of what kind; whether it is signed is another question
//! ([`Jws::verify`]).

use std::time::SystemTime;

use super::jwt;
use super::login::id_token::LEEWAY;
use crate::jose::{Jws, VerifyError};
use crate::problem::{Class, Problem};
use crate::text::excerpt;
use crate::wire::Url;

/// Who must have signed for whom.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have issued it.
    pub issuer: Option<&'a str>,
    /// Whom it must be for.
    pub client_id: &'a str,
    /// This machine's clock.
    pub now: SystemTime,
}

/// Why a signed answer is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// It is not what its issuer signed.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// Nothing there is to check it with.
    #[error("its signature cannot be checked: {0}")]
    NoKeys(String),
    /// Some other JWT of the same server.
    #[error("its typ is {}, not {expected}", found.as_ref().map_or("missing".to_owned(), |found| format!("'{found}'")))]
    Type {
        /// What its header says.
        found: Option<String>,
        /// What it has to be.
        expected: &'static str,
    },
    /// A claim is not there.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// Somebody else's.
    #[error("its iss is '{found}', not '{expected}', code point by code point")]
    Issuer {
        /// Its issuer.
        found: String,
        /// The one asked.
        expected: String,
    },
    /// For somebody else.
    #[error("its aud is {}, not client '{client_id}'", found.join(", "))]
    Audience {
        /// Whom it is for.
        found: Vec<String>,
        /// Who asked.
        client_id: String,
    },
    /// Its time is over.
    #[error("it has expired (exp), by this machine's clock")]
    Expired,
    /// What it is about is not what it has to be.
    #[error("{0}")]
    Content(String),
}

impl SignedError {
    /// What to do about it; `setting` is how the client says which algorithm its answers are signed with.
    fn hint(&self, setting: &str) -> Option<String> {
        Some(match self {
            Self::Signature(VerifyError::Unsigned) => {
                format!("have the server sign what it sends this client ({setting})")
            }
            Self::Signature(VerifyError::Encrypted) => {
                format!("have the server sign what it sends this client ({setting}), and not encrypt it")
            }
            Self::Signature(VerifyError::NoSecret { .. }) => {
                format!("give the client_secret, or have the server sign with RS256 ({setting})")
            }
            Self::Signature(VerifyError::NoKey { .. } | VerifyError::Several { .. } | VerifyError::Signature) => {
                "compare with the keys at the server's jwks_uri; are issuer and jwks_uri of one server?".to_owned()
            }
            Self::Signature(_) | Self::Content(_) => return None,
            Self::NoKeys(_) => "--jwks-uri URL, or jwks_uri: URL in a profile, says where the keys are".to_owned(),
            Self::Issuer { found, .. } => {
                format!("if that is the tenant or realm that you mean, write issuer: {found}")
            }
            Self::Audience { found, .. } => match found.as_slice() {
                [one] => format!("is '{one}' the client that you mean? then write client_id: {one}"),
                _ => "the server must name this client in aud".to_owned(),
            },
            Self::Expired => "check this machine's clock".to_owned(),
            Self::Type { .. } | Self::Missing(_) => "ask those who run this server".to_owned(),
        })
    }

    /// The problem that it is of what came from `url`.
    pub fn problem(&self, url: &Url, setting: &str) -> Problem {
        let message = format!("the signed answer of {} is not right: {self}", url.without_query());
        Problem::in_words(Class::BadResponse, message).hints(self.hint(setting))
    }
}

/// The kind of JWT that its header says it is, in small letters and without `application/` (RFC 7515 §4.1.9).
pub fn kind_of(jws: &Jws<'_>) -> Option<String> {
    let typ = jws.header.string("typ")?.to_ascii_lowercase();
    Some(typ.strip_prefix("application/").map_or(typ.clone(), str::to_owned))
}

/// Whose it is, for whom, and that its time is not over. What it does not say of these is wrong only where it `must`.
///
/// # Errors
/// [`SignedError`]
pub fn check(jws: &Jws<'_>, expected: &Expected<'_>, must: bool) -> Result<(), SignedError> {
    let claims = &jws.claims;
    match (claims.get("iss"), expected.issuer) {
        (None, Some(_)) if must => return Err(SignedError::Missing("iss")),
        (Some(found), Some(issuer)) if found.as_str() != Some(issuer) => {
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            return Err(SignedError::Issuer { found: excerpt(&found, 200), expected: issuer.to_owned() });
        }
        _ => {}
    }
    let aud = jwt::audience(claims);
    match claims.raw("aud") {
        None if must => return Err(SignedError::Missing("aud")),
        Some(_) if !aud.iter().any(|name| name == expected.client_id) => {
            let found = aud.iter().take(10).map(|name| excerpt(name, 100)).collect();
            return Err(SignedError::Audience { found, client_id: expected.client_id.to_owned() });
        }
        _ => {}
    }
    match (claims.raw("exp"), jwt::expiry(claims)) {
        (Some(_), None) => Err(SignedError::Content("its exp is no time".to_owned())),
        (_, Some(exp)) if expected.now >= exp + LEEWAY => Err(SignedError::Expired),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::oauth::tests::{compact, url};

    #[test]
    fn whose_it_is_and_for_whom_is_told_to_the_letter() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let expected = Expected { issuer: Some("https://i.example"), client_id: "app", now };
        let whole = r#"{"iss":"https://i.example","aud":["x","app"],"exp":1000}"#;
        let nobody = Expected { issuer: None, ..expected };
        for (claims, expected, must, fault) in [
            (whole, expected, true, None),
            (whole, nobody, true, None),
            (r#"{"aud":"app"}"#, expected, false, None),
            ("{}", expected, false, None),
            (r#"{"aud":"app"}"#, expected, true, Some("it has no iss")),
            (r#"{"iss":"https://i.example"}"#, expected, true, Some("it has no aud")),
            (
                r#"{"iss":7,"aud":"app"}"#,
                expected,
                false,
                Some("its iss is '7', not 'https://i.example', code point by code point"),
            ),
            (
                r#"{"iss":"https://i.example/","aud":"app"}"#,
                expected,
                true,
                Some("its iss is 'https://i.example/', not 'https://i.example', code point by code point"),
            ),
            (r#"{"aud":["x","y"]}"#, expected, false, Some("its aud is x, y, not client 'app'")),
            (r#"{"aud":null}"#, expected, false, Some("its aud is , not client 'app'")),
            (r#"{"exp":970}"#, expected, false, Some("it has expired (exp), by this machine's clock")),
            (r#"{"exp":971}"#, expected, false, None),
            (r#"{"exp":"soon"}"#, expected, false, Some("its exp is no time")),
        ] {
            let text = compact(r#"{"alg":"RS256"}"#, claims);
            let found = check(&Jws::read(&text).unwrap(), &expected, must);
            assert_eq!(found.err().map(|error| error.to_string()).as_deref(), fault, "{claims}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let problem = |error: SignedError| {
            let problem = error.problem(&url("https://i.example/introspect?x=1"), "an_alg");
            (problem.class.exit_code(), problem.message(), problem.hints.join("; "))
        };
        let told = |what: &str| format!("the signed answer of https://i.example/introspect is not right: {what}");
        assert_eq!(
            problem(SignedError::Signature(VerifyError::Unsigned)),
            (4, told("it is not signed"), "have the server sign what it sends this client (an_alg)".to_owned())
        );
        assert_eq!(
            problem(SignedError::Audience { found: vec!["x".into()], client_id: "app".into() }),
            (
                4,
                told("its aud is x, not client 'app'"),
                "is 'x' the client that you mean? then write client_id: x".into()
            )
        );
    }
}
