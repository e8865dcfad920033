//! What a server says of a token that it is asked about (RFC 7662), in JSON or signed (RFC 9701).

use serde_json::Value;

use super::reply::{self, Asked, Deviation, ResponseError, Success, json_kind};
use super::signed::{self, Expected, SignedError};
use crate::jose::Jws;
use crate::json::Members;
use crate::wire::Reply;

/// The media type of a signed answer, which is asked for by naming it (RFC 9701 §4).
pub const SIGNED: &str = "application/token-introspection+jwt";

/// How a client says which algorithm its answers are signed with (RFC 9701 §6).
pub const SIGNED_BY: &str = "introspection_signed_response_alg";

/// The kind of JWT that a signed answer is (RFC 9701 §5).
const KIND: &str = "token-introspection+jwt";

/// The claim that holds the answer (RFC 9701 §5).
const CLAIM: &str = "token_introspection";

/// Reads an answer in JSON: the server's object, whose `active` says whether the token is good (RFC 7662 §2.2).
///
/// # Errors
/// [`ResponseError`] for every answer without that.
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<(Members, Vec<Deviation>), ResponseError> {
    reply::judge(reply, asked, None, &["active", "error"], |success: &Success<'_>| {
        is_active(success.members)?;
        Ok((success.members.clone(), success.bends(200, "RFC 7662 §2.2")))
    })
}

/// Reads the text of an answer that is to be signed. It is not verified yet.
///
/// # Errors
/// [`ResponseError`]; an answer that is not signed, above all.
pub fn read_signed(reply: &Reply, asked: &Asked<'_>) -> Result<(String, Vec<Deviation>), ResponseError> {
    let why = |is_object| match is_object {
        true => "it is plain JSON, and a signed one (RFC 9701) was asked for",
        false => "it is no JWT (RFC 9701)",
    };
    let text = reply::signed(reply, asked, why)?;
    Ok((text, reply::bends_of_signed(reply, SIGNED, "RFC 9701 §5")))
}

/// The object that a signed answer, which is verified, holds for this client (RFC 9701 §5).
///
/// # Errors
/// [`SignedError`] of another kind of JWT, or one of somebody else or for somebody else.
pub fn unpacked(jws: &Jws<'_>, expected: &Expected<'_>) -> Result<(Members, Vec<Deviation>), SignedError> {
    let found = signed::kind_of(jws);
    if found.as_deref() != Some(KIND) {
        return Err(SignedError::Type { found, expected: "'token-introspection+jwt'" });
    }
    signed::check(jws, expected, true)?;
    let raw = jws.claims.raw(CLAIM).ok_or(SignedError::Missing(CLAIM))?;
    let members = Members::parse(raw).ok().flatten();
    let members = members.ok_or_else(|| SignedError::Content(format!("its {CLAIM} is no object")))?;
    is_active(&members).map_err(SignedError::Content)?;
    let mut deviations = Vec::new();
    if jws.claims.raw("iat").is_none() {
        deviations.push(Deviation { what: "the signed answer has no iat".to_owned(), section: "RFC 9701 §5" });
    }
    Ok((members, deviations))
}

/// Whether the token is good; otherwise what the answer lacks.
fn is_active(members: &Members) -> Result<bool, String> {
    match members.get("active") {
        Some(Value::Bool(active)) => Ok(active),
        None => Err("it has no active".to_owned()),
        Some(other) => Err(format!("its active is {}, not a boolean (RFC 7662 §2.2)", json_kind(&other))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::oauth::reply::Lack;
    use crate::oauth::tests::{compact, json, judged, text, told};

    fn lack(error: ResponseError) -> Option<String> {
        match error {
            ResponseError::NotAToken { lack: Lack::Member(why), .. } => Some(why),
            _ => None,
        }
    }

    #[test]
    fn active_is_a_boolean_or_there_is_no_answer() {
        for (body, expected) in [
            (r#"{"active":true,"scope":"a","x":1.50}"#, Ok(r#"{"active":true,"scope":"a","x":1.50}"#)),
            (r#"{"active": false}"#, Ok(r#"{"active":false}"#)),
            ("{}", Err(Some("it has no active"))),
            (r#"{"active":null}"#, Err(Some("its active is null, not a boolean (RFC 7662 §2.2)"))),
            (r#"{"active":"true"}"#, Err(Some("its active is a string, not a boolean (RFC 7662 §2.2)"))),
            (r#"{"active":1}"#, Err(Some("its active is a number, not a boolean (RFC 7662 §2.2)"))),
            (r#"{"active":true,"active":false}"#, Err(Some("'active' stands more than once in it (RFC 8259 §4)"))),
            ("true", Err(None)),
            (r#"{"active":true,"error":"invalid_client"}"#, Err(None)),
        ] {
            let read = judged(&json(200, body), read).map(|(members, _)| members.to_line()).map_err(lack);
            assert_eq!(read.as_deref().map_err(Option::as_deref), expected, "{body}");
        }
        let (_, deviations) = judged(&text(201, "text/plain", r#"{"active":true}"#), read).unwrap();
        let bends =
            ["the status is 201 instead of 200", "the Content-Type is 'text/plain' instead of application/json"];
        assert_eq!(told(&deviations), bends.map(|bend| format!("{bend} (RFC 7662 §2.2)")));
        assert!(matches!(judged(&json(401, ""), read), Err(ResponseError::Refused { .. })));
        assert!(matches!(judged(&json(503, ""), read), Err(ResponseError::Unavailable { .. })));
    }

    #[test]
    fn where_a_signed_answer_is_asked_for_plain_json_is_none() {
        let jwt = compact("{}", "{}");
        let read = |reply: &Reply| judged(reply, read_signed).map_err(|error| format!("{:?}", lack(error)));
        let (came, deviations) =
            read(&text(200, "application/token-introspection+jwt; x=y", &format!(" {jwt}\n"))).unwrap();
        assert_eq!((came.as_str(), told(&deviations)), (jwt.as_str(), vec![]));
        let (_, deviations) = read(&text(200, "application/jwt", &jwt)).unwrap();
        assert_eq!(
            told(&deviations),
            ["the Content-Type is 'application/jwt' instead of application/token-introspection+jwt (RFC 9701 §5)"]
        );
        for (body, expected) in [
            (r#"{"active":true}"#, r#"Some("it is plain JSON, and a signed one (RFC 9701) was asked for")"#),
            ("", r#"Some("it is no JWT (RFC 9701)")"#),
            ("a.b", r#"Some("it is no JWT (RFC 9701)")"#),
            (r#"{"error":"invalid_client"}"#, "None"),
        ] {
            assert_eq!(read(&json(200, body)).unwrap_err(), expected, "{body}");
        }
        assert!(matches!(judged(&text(401, "x", &jwt), read_signed), Err(ResponseError::Refused { .. })));
    }

    #[test]
    fn what_a_signed_answer_holds_is_for_this_client_alone() {
        const WHOLE: &str = r#""iss":"https://i.example","aud":"app","iat":1"#;
        let expected = Expected { issuer: Some("https://i.example"), client_id: "app", now: SystemTime::UNIX_EPOCH };
        let typ = |typ: &str| format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#);
        let good = typ("token-introspection+jwt");
        let active = format!(r#"{{{WHOLE},"token_introspection":{{"active":true,"x":1.0}}}}"#);
        for (header, claims, expected_text) in [
            (&good, &*active, Ok(r#"{"active":true,"x":1.0}"#)),
            (&typ("application/Token-Introspection+JWT"), &active, Ok(r#"{"active":true,"x":1.0}"#)),
            (&typ("JWT"), &active, Err("its typ is 'jwt', not 'token-introspection+jwt'")),
            (&"{}".to_owned(), &active, Err("its typ is missing, not 'token-introspection+jwt'")),
            (&good, &active.replace("app", "b"), Err("its aud is b, not client 'app'")),
            (&good, &active.replace("iss", "x"), Err("it has no iss")),
            (&good, &active.replace("token_introspection", "x"), Err("it has no token_introspection")),
            (&good, &active.replace("true", "1"), Err("its active is a number, not a boolean (RFC 7662 §2.2)")),
            (&good, &active.replace(r#"{"active":true,"x":1.0}"#, "[]"), Err("its token_introspection is no object")),
        ] {
            let jwt = compact(header, claims);
            let found = unpacked(&Jws::read(&jwt).unwrap(), &expected).map(|(members, _)| members.to_line());
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected_text, "{header} {claims}");
        }
        let undated = compact(&good, &active.replace(r#","iat":1"#, ""));
        let (_, deviations) = unpacked(&Jws::read(&undated).unwrap(), &expected).unwrap();
        assert_eq!(told(&deviations), ["the signed answer has no iat (RFC 9701 §5)"]);
    }
}
