//! What the userinfo endpoint says of a person (OpenID Connect Core §5.3), in JSON or signed.

use super::reply::{self, Asked, Deviation, ResponseError, Success};
use super::signed::{self, Expected, SignedError};
use crate::jose::Jws;
use crate::json::Members;
use crate::wire::Reply;

/// How a client says which algorithm its answers are signed with (OpenID Connect Registration §2).
pub const SIGNED_BY: &str = "userinfo_signed_response_alg";

/// An answer, as far as it can be told without keys.
pub enum Answer {
    /// Claims in JSON.
    Claims(Members),
    /// The text of a JWT that is not verified yet.
    Signed(String),
}

/// Reads the answer: an object with a `sub`, or a JWT (§5.3.2).
///
/// # Errors
/// [`ResponseError`] for every other answer.
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<(Answer, Vec<Deviation>), ResponseError> {
    const SECTION: &str = "OpenID Connect Core §5.3.2";
    if let Some(text) = reply::as_signed(reply) {
        return Ok((Answer::Signed(text), reply::bends_of_signed(reply, "application/jwt", SECTION)));
    }
    reply::judge(reply, asked, None, &["sub", "error"], |success: &Success<'_>| {
        success.text("sub").map_err(|why| format!("{why} ({SECTION})"))?;
        Ok((Answer::Claims(success.members.clone()), success.bends(200, SECTION)))
    })
}

/// The claims of a signed answer, which is verified.
///
/// # Errors
/// [`SignedError`] of one of somebody else or for somebody else, of another kind of JWT, or without a `sub`.
pub fn unpacked(jws: Jws<'_>, expected: &Expected<'_>) -> Result<Members, SignedError> {
    // None has a type of its own; what has one is something else of the same server, such as an access token.
    if let Some(found) = signed::kind_of(&jws).filter(|kind| kind != "jwt") {
        return Err(SignedError::Type { found: Some(found), expected: "'JWT'" });
    }
    signed::check(&jws, expected, false)?;
    match jws.claims.string("sub") {
        Some(sub) if !sub.is_empty() => Ok(jws.claims),
        _ => Err(SignedError::Missing("sub")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::oauth::reply::Lack;
    use crate::oauth::tests::{compact, json, judged, text, told};

    #[test]
    fn an_answer_says_whom_it_is_about_or_is_a_jwt() {
        let jwt = compact("{}", "{}");
        for (reply, expected) in [
            (json(200, r#"{"sub":"alice","x":1.0}"#), r#"claims {"sub":"alice","x":1.0}"#.to_owned()),
            (text(200, "application/jwt", &jwt), format!("signed {jwt}")),
            (text(200, "text/html", &jwt), format!("signed {jwt}")),
            (json(200, "{}"), "it has no sub (OpenID Connect Core §5.3.2)".to_owned()),
            (json(200, r#"{"sub":""}"#), "its sub is empty (OpenID Connect Core §5.3.2)".to_owned()),
            (json(200, r#"{"sub":7}"#), "its sub is a number, not a string (OpenID Connect Core §5.3.2)".to_owned()),
            (json(200, r#"{"sub":"a","sub":"b"}"#), "'sub' stands more than once in it (RFC 8259 §4)".to_owned()),
            (text(200, "text/html", "<html>"), "no object".to_owned()),
        ] {
            let found = match judged(&reply, read) {
                Ok((Answer::Claims(claims), _)) => format!("claims {}", claims.to_line()),
                Ok((Answer::Signed(text), _)) => format!("signed {text}"),
                Err(ResponseError::NotAToken { lack: Lack::Member(why), .. }) => why,
                Err(ResponseError::NotAToken { lack: Lack::Object, .. }) => "no object".to_owned(),
                Err(other) => format!("{other:?}"),
            };
            assert_eq!(found, expected);
        }
        let (_, deviations) = judged(&text(200, "text/html", &jwt), read).unwrap();
        assert_eq!(
            told(&deviations),
            ["the Content-Type is 'text/html' instead of application/jwt (OpenID Connect Core §5.3.2)"]
        );
    }

    #[test]
    fn what_is_signed_is_of_this_issuer_for_this_client_and_no_other_kind_of_token() {
        let expected = Expected { issuer: Some("https://i.example"), client_id: "app", now: SystemTime::UNIX_EPOCH };
        for (header, claims, fault) in [
            (r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#, None),
            (r#"{"typ":"JWT"}"#, r#"{"sub":"a","iss":"https://i.example","aud":"app"}"#, None),
            (r#"{"typ":"at+jwt"}"#, r#"{"sub":"a"}"#, Some("its typ is 'at+jwt', not 'JWT'")),
            ("{}", r#"{"sub":"a","aud":"b"}"#, Some("its aud is b, not client 'app'")),
            ("{}", "{}", Some("it has no sub")),
            ("{}", r#"{"sub":""}"#, Some("it has no sub")),
        ] {
            let jwt = compact(header, claims);
            let found = unpacked(Jws::read(&jwt).unwrap(), &expected).err().map(|error| error.to_string());
            assert_eq!(found.as_deref(), fault, "{header} {claims}");
        }
    }
}
