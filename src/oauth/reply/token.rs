//! The token in an answer that is neither an error nor in doubt, and each bend of the standard on the way to it.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::body::{is_empty, json_kind};
use super::success::{LONGEST_LIFETIME, Success, span, text};
use super::{Deviation, Oddity, TokenResponse, doubled_on_the_way, stands_twice};
use crate::oauth::grant::RefreshToken;
use crate::oauth::{Request, Token, dpop};
use crate::secret::Secret;
use crate::text::{escaped, excerpt};

/// A token beyond this does not fit into what many servers take as a header (bytes).
const LONG_TOKEN: usize = 8 << 10;

/// True for the text of a token. RFC 6749 Appendix A.12: anything else could break out of a header, a shell word or a
/// terminal.
pub(super) fn is_usable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

/// The token of an answer that is neither an error nor in doubt; otherwise what it lacks.
pub(super) fn read(
    success: &Success<'_>,
    request: &Request,
    started: SystemTime,
    instead: Option<&str>,
) -> Result<TokenResponse, String> {
    let members = success.members;
    let (grant, ways) = (request.grant.kind, &request.ways);
    let name = match ways.token_pointer.as_deref() {
        None | Some("/access_token") => "access_token",
        Some(pointer) => pointer,
    };
    // What is said beside the token is said of it.
    let beside = ways.beside_token(members);
    let get = |name: &str| beside.as_ref().and_then(|beside| beside.get(name)).or_else(|| members.get(name));
    let (mut deviations, mut oddities) = (success.bends(200, "RFC 6749 §5.1"), Vec::new());
    let mut bends = |section: &'static str, what: String| deviations.push(Deviation { what, section });
    if let Some(name) = ways.token_pointer.as_deref().and_then(|pointer| doubled_on_the_way(members, pointer)) {
        return Err(stands_twice(&escaped(&name)));
    }
    let access_token = members.get_at(ways.token_place());
    // What somebody asks for by name may be all there is (Google's id_token).
    let stand_in = instead.filter(|_| matches!(access_token, None | Some(Value::Null)));
    let stand_in = stand_in.and_then(|name| Some((name, members.named(name)?)));
    let stand_in = stand_in.and_then(|(name, raw)| Some((name, serde_json::from_str::<String>(&raw).ok()?)));
    let stand_in = stand_in.filter(|(_, text)| !text.is_empty());
    let is_whole = stand_in.is_none();
    let access_token = match access_token {
        _ if let Some((name, text)) = stand_in => {
            bends("RFC 6749 §5.1", format!("access_token is missing; {name} was asked for and is there"));
            text
        }
        value => text(name, value)?,
    };
    if is_whole && !is_usable(&access_token) {
        return Err(format!("its {name} holds characters other than printable ASCII (RFC 6749 Appendix A.12)"));
    }
    if members.get("ok") == Some(Value::Bool(false)) {
        return Err("it says \"ok\": false".into());
    }

    if name != "access_token" {
        bends("RFC 6749 §5.1", format!("the token stands at {name} instead of access_token"));
    }
    let token_type = match get("token_type") {
        Some(Value::String(name)) if !name.is_empty() => {
            if name.eq_ignore_ascii_case("bearertoken") {
                bends("RFC 6749 §7.1", format!("the token_type '{name}' is not registered; taken as Bearer"));
            }
            Some(name)
        }
        None if !is_whole => None,
        None => {
            bends("RFC 6749 §5.1", "token_type is missing; taken as Bearer".into());
            None
        }
        Some(other) => {
            let kind = if is_empty(&other) && other.is_string() { "empty" } else { json_kind(&other) };
            bends("RFC 6749 §5.1", format!("token_type is {kind}; taken as Bearer"));
            None
        }
    };
    let is_bound = token_type.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(dpop::TOKEN_TYPE));
    if request.dpop.is_some() && !is_bound {
        let name = token_type.as_deref().map_or("missing".to_owned(), |name| format!("'{}'", excerpt(name, 40)));
        return Err(format!(
            "the token is not bound to the key: its token_type is {name} instead of DPoP (RFC 9449 §5)"
        ));
    }
    let lifetime = get("expires_in").and_then(|value| {
        let in_a_second = if ways.lifetime_in_ms { 1000.0 } else { 1.0 };
        let lifetime = span("expires_in", &value, in_a_second, "RFC 6749 Appendix A.14", success.is_form(), &mut bends);
        if ways.lifetime_in_ms {
            bends("RFC 6749 §5.1", "expires_in is in milliseconds instead of seconds".into());
        }
        if lifetime.is_some_and(|lifetime| lifetime > LONGEST_LIFETIME) {
            bends("RFC 6749 §5.1", "expires_in is beyond ten years, as a date would be; ignored".into());
        }
        lifetime.filter(|lifetime| *lifetime <= LONGEST_LIFETIME)
    });
    if lifetime == Some(Duration::ZERO) {
        oddities.push(Oddity::NoLifetime);
    }
    if access_token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        oddities.push(Oddity::NamesItsType);
    }
    if access_token.len() > LONG_TOKEN {
        oddities.push(Oddity::LongToken(access_token.len()));
    }
    let refresh_token = match get("refresh_token") {
        Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text)),
        None => None,
        Some(other) => {
            bends("RFC 6749 §5.1", format!("refresh_token is {}; ignored", json_kind(&other)));
            None
        }
    };
    if let (Some(_), RefreshToken::Unexpected(section)) = (&refresh_token, grant.refresh_token) {
        bends(section, format!("a refresh token came with the {} grant; it is not kept", grant.name));
    }
    for (name, section) in grant.answer.iter().filter(|(name, _)| members.raw(name).is_none()) {
        bends(section, format!("{name} is missing"));
    }
    let scope = match get("scope") {
        Some(Value::String(text)) => {
            // What the settings say of it is no deviation.
            let own = ways.scope_separator.as_deref().filter(|own| text.contains(own));
            let by_comma = own.is_none() && text.contains(',') && !text.trim().contains(char::is_whitespace);
            if by_comma {
                bends("RFC 6749 §3.3", "scopes are separated by commas instead of spaces".into());
            }
            let parts: Vec<_> = match own.or(by_comma.then_some(",")) {
                Some(separator) => text.split(separator).collect(),
                None => vec![text.as_str()],
            };
            Some(parts.into_iter().flat_map(str::split_ascii_whitespace).map(str::to_owned).collect())
        }
        Some(Value::Array(items)) => {
            bends("RFC 6749 §5.1", "scope is an array instead of a space-separated string".into());
            Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .flat_map(str::split_ascii_whitespace)
                    .map(str::to_owned)
                    .collect(),
            )
        }
        None => None,
        Some(other) => {
            bends("RFC 6749 §5.1", format!("scope is {}; ignored", json_kind(&other)));
            None
        }
    };
    let expires_at = lifetime.filter(|l| !l.is_zero()).and_then(|l| started.checked_add(l));
    let access_token = Secret::new(access_token);
    let members = members.clone();
    let token =
        Token { access_token, token_type, expires_at, refresh_token, scope, members, binding: None, id_token: None };
    Ok(TokenResponse { token, deviations, oddities })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{json, read, read_as, reply, started};
    use super::*;
    use crate::oauth::Ways;
    use crate::wire::Reply;

    fn token_of(reply: &Reply) -> Token {
        match read(reply) {
            Ok(answer) => answer.token,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[track_caller]
    fn check_lifetime(value: &str, expected: Option<u64>) {
        let body = format!(r#"{{"access_token":"abc","token_type":"Bearer","expires_in":{value}}}"#);
        let left = token_of(&json(200, &body)).remaining(started());
        assert_eq!(left.map(|l| l.as_secs()), expected, "{value}");
    }

    #[test]
    fn lifetimes_are_read_in_every_form_and_never_for_ever() {
        check_lifetime("3600", Some(3600));
        check_lifetime("\"3599\"", Some(3599));
        check_lifetime("3599.9", Some(3599));
        check_lifetime("3.6e3", Some(3600));
        check_lifetime("0", None);
        check_lifetime("-5", None);
        check_lifetime("null", None);
        check_lifetime("\"soon\"", None);
        check_lifetime("\"NaN\"", None);
        check_lifetime("315360000", Some(315_360_000));
        check_lifetime("1700003600", None);
        check_lifetime("\"1700003600000\"", None);
        check_lifetime("123456789012345678901234567890", None);
        check_lifetime("1e999", None);
    }

    #[track_caller]
    fn check_deviations(reply: &Reply, expected: &[&str]) {
        let Ok(answer) = read(reply) else { panic!("{reply:?}") };
        let found: Vec<_> = answer.deviations.iter().map(|d| format!("{} ({})", d.what, d.section)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_tolerated_deviation_names_its_section() {
        check_deviations(&json(200, r#"{"access_token":"abc","token_type":"bearer","expires_in":1,"x":[]}"#), &[]);
        check_deviations(
            &reply(
                201,
                "text/plain",
                r#"{"access_token":"abc","expires_in":"10","scope":["a","b"],"refresh_token":"r"}"#,
            ),
            &[
                "the status is 201 instead of 200 (RFC 6749 §5.1)",
                "the Content-Type is 'text/plain' instead of application/json (RFC 6749 §5.1)",
                "token_type is missing; taken as Bearer (RFC 6749 §5.1)",
                "expires_in is a string; read as 10 s (RFC 6749 Appendix A.14)",
                "a refresh token came with the client_credentials grant; it is not kept (RFC 6749 §4.4.3)",
                "scope is an array instead of a space-separated string (RFC 6749 §5.1)",
            ],
        );
        check_deviations(
            &reply(200, "application/x-www-form-urlencoded", "access_token=abc&token_type=bearer&expires_in=10"),
            &["the body is form-encoded instead of JSON (RFC 6749 §5.1)"],
        );
        let usual = r#""access_token":"abc","token_type":"bearer""#;
        check_deviations(
            &json(200, &format!(r#"{{{usual},"expires_in":"1700003600000","scope":"a,b"}}"#)),
            &[
                "expires_in is a string; read as 1700003600000 s (RFC 6749 Appendix A.14)",
                "expires_in is beyond ten years, as a date would be; ignored (RFC 6749 §5.1)",
                "scopes are separated by commas instead of spaces (RFC 6749 §3.3)",
            ],
        );
    }

    #[test]
    fn a_server_that_goes_its_own_way_is_followed_where_the_settings_say_so() {
        let ways = Ways {
            token_pointer: Some("/data/accessToken".into()),
            lifetime_in_ms: true,
            scope_separator: Some("+".into()),
            ..Ways::default()
        };
        let body = r#"{"ok":true,"data":{"accessToken":"abc","expires_in":"60500","scope":"a+b","token_type":"x"}}"#;
        let answer = read_as(&json(200, body), ways.clone()).ok().unwrap();
        let token = answer.token;
        assert_eq!((token.access_token.expose(), token.token_type.as_deref()), ("abc", Some("x")));
        assert_eq!(token.remaining(started()), Some(Duration::from_secs(60)));
        assert_eq!(token.scope.unwrap(), ["a", "b"]);
        let told: Vec<_> = answer.deviations.iter().map(|deviation| deviation.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "the token stands at /data/accessToken instead of access_token",
                "expires_in is a string; read as 60 s",
                "expires_in is in milliseconds instead of seconds",
            ]
        );
        assert!(read_as(&json(200, r#"{"access_token":"abc"}"#), ways.clone()).is_err());
        // What stands beside the object counts where the object says nothing of it.
        let body = r#"{"data":{"accessToken":"abc"},"expires_in":60000,"token_type":"y"}"#;
        let token = read_as(&json(200, body), ways).ok().unwrap().token;
        assert_eq!(
            (token.token_type.as_deref(), token.remaining(started())),
            (Some("y"), Some(Duration::from_secs(60)))
        );
    }

    #[test]
    fn a_scope_is_read_as_text_and_as_a_list() {
        let scope = |body: &str| token_of(&json(200, body)).scope;
        let expected = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(scope(r#"{"access_token":"t","scope":"a  b"}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t","scope":["a","b"]}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t","scope":"a,b,"}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t","scope":" a,b "}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t","scope":"a,b c"}"#), Some(vec!["a,b".to_owned(), "c".to_owned()]));
        assert_eq!(scope(r#"{"access_token":"t"}"#), None);
    }
}
