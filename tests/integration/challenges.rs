//! What an API's challenge says of a token that it refuses, and what to do about it.

use super::harness::jwt::{now, unsigned};
use super::harness::*;

/// The error of a call with these words to an API that answers so, less the answer itself.
fn told(words: &[&str], token: &str, code: u16, challenges: &[&str]) -> String {
    let idp = Server::answering(token_with(token, r#","expires_in":3600"#));
    let fields: Vec<_> = challenges.iter().map(|value| format!("WWW-Authenticate: {value}")).collect();
    let fields: Vec<_> = fields.iter().map(String::as_str).collect();
    let api = Server::answering(status(code, &fields, ""));
    let run = by_env(&idp).args(["request"]).args(words).args(["--retries-401", "0", &api.at("/x")]);
    let output = run.code(8).any_stderr().run();
    let lines = output.stderr.lines().filter(|line| !line.starts_with('{'));
    let told: String = lines.map(|line| format!("{line}\n")).collect();
    told.replace(&api.authority(), "[API]").replace(&idp.url(), "[IDP]")
}

#[test]
fn the_challenge_is_told_and_leads_to_hints_in_the_users_own_values() {
    for (words, code, challenges, expected) in [
        (
            &["-s", "read"][..],
            403,
            &[r#"Bearer realm="x", error="insufficient_scope", error_description="no write", scope="write read""#][..],
            "error: the API answered GET with HTTP 403\n\
             caused by: insufficient_scope: no write\n\
             caused by: it wants the scope 'write read'\n\
             hint: ask for it: --scope 'read write'\n",
        ),
        (
            &["-s", "read"],
            403,
            &[r#"Bearer error="insufficient_scope", scope="read""#],
            "error: the API answered GET with HTTP 403\n\
             caused by: insufficient_scope\n\
             caused by: it wants the scope 'read'\n\
             hint: the token was asked for with scope 'read': -o json shows what was granted; may client 'ci' have it?\n",
        ),
        (
            &[],
            401,
            &["Basic realm=\"a\"", r#"Bearer error="invalid_token", error_description="The access token expired""#],
            "error: the API answered GET with HTTP 401\n\
             caused by: invalid_token: The access token expired\n\
             hint: by this machine's clock the token is good for another [SPAN]: compare the clock of [API] with that of the server that made it\n",
        ),
        (
            &[],
            401,
            &[r#"Bearer error="invalid_token", error_description="The audience is \"x\", wrong""#],
            "error: the API answered GET with HTTP 401\n\
             caused by: invalid_token: The audience is \"x\", wrong\n\
             hint: the token is for somebody else: ask for one that is for [API], by --audience NAME or --resource http://[API]\n",
        ),
        (
            &["--audience", "x"],
            401,
            &[r#"Bearer error="invalid_token", error_description="wrong aud""#],
            "error: the API answered GET with HTTP 401\n\
             caused by: invalid_token: wrong aud\n\
             hint: the token is for somebody else, and was asked for with 'x': does [API] go by another name?\n",
        ),
        (
            &[],
            401,
            &[r#"DPoP algs="ES256""#],
            "error: the API answered GET with HTTP 401\n\
             hint: [API] wants tokens that are bound to a key (DPoP, RFC 9449): --dpop, or dpop: true in the profile\n",
        ),
        (
            &[],
            401,
            &["Basic realm=\"a\", Negotiate"],
            "error: the API answered GET with HTTP 401\n\
             hint: [API] asks for Basic, Negotiate there, and for no token: is that the address?\n",
        ),
        (
            &[],
            401,
            &[r#"Bearer error="invalid_token", error_description="bad issuer""#],
            "error: the API answered GET with HTTP 401\n\
             caused by: invalid_token: bad issuer\n\
             hint: does [API] take tokens of [IDP]? look for the issuer, realm or tenant in its settings\n",
        ),
        (
            &[],
            401,
            &["Bearer"],
            "error: the API answered GET with HTTP 401\n\
             hint: --retries-401 N tries again with a new token\n",
        ),
        (
            &[],
            403,
            &[r#"Bearer error="odd", error_description="t0k3n-of-mine""#],
            "error: the API answered GET with HTTP 403\n\
             caused by: odd: ***\n\
             hint: check scope, audience and resource of the token, and what its user or client may do\n",
        ),
    ] {
        let mut told = told(words, "t0k3n-of-mine", code, challenges);
        if let Some((before, rest)) = told.split_once("for another ") {
            told = format!("{before}for another [SPAN]:{}", rest.split_once(':').unwrap().1);
        }
        assert_eq!(told, expected, "{challenges:?}");
    }
}

#[test]
fn what_a_token_says_of_itself_is_told_where_it_is_a_jwt() {
    let claims = serde_json::json!({"iss": "https://idp.example", "aud": ["a", "b"], "exp": now() + 60});
    let challenge = r#"Bearer error="invalid_token", error_description="invalid audience""#;
    let told = told(&[], &unsigned(&claims), 401, &[challenge]);
    assert!(told.contains("hint: the token is for a, b: ask for one that is for [API], by --audience NAME"), "{told}");
}

#[test]
fn with_json_the_challenge_is_the_member_oauth() {
    let challenge = r#"Bearer error="insufficient_scope", error_description="no", error_uri="https://a.example/e""#;
    let told = told(&["--error-format", "json"], "tok-1", 403, &[challenge]);
    assert_eq!(told, "");
    let idp = Server::numbered();
    let api = Server::answering(status(403, &[&format!("WWW-Authenticate: {challenge}")], ""));
    let output = by_env(&idp).args(["request", "--error-format", "json", &api.at("/")]).code(8).any_stderr().run();
    let error: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(error["oauth"]["error"], "insufficient_scope");
    assert_eq!(error["oauth"]["error_description"], "no");
    assert_eq!((&error["kind"], &error["http_status"]), (&"resource".into(), &403.into()));
}
