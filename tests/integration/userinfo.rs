//! `userinfo`: who logged in, as the server tells.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::harness::browser::{in_two_steps, profile};
use super::harness::jwt::{base64url, now};
use super::harness::*;
use super::introspect::{signed, telling};

/// A server that tells so who logged in; its tokens are `tok-1`, those of persons come with an ID token of `alice`.
pub fn server(told: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    telling(move |request| match request.target() {
        "/userinfo" => told(request),
        _ => {
            let claims =
                json!({"iss": request.origin(), "aud": "app", "sub": "alice", "iat": now(), "exp": now() + 60});
            let id_token = match request.field("grant_type").as_deref() {
                Some("client_credentials") => String::new(),
                _ => format!(r#","id_token":"{}""#, signed("JWT", &claims)),
            };
            token_with("tok-1", &format!(r#","expires_in":3600{id_token}"#))
        }
    })
}

/// Somebody who is logged in.
pub fn alice(server: &Server) -> Run {
    let run = profile(server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    run
}

fn by_client(server: &Server) -> Run {
    let run = oauth2tok().args(["userinfo", "--issuer", &server.origin(), "-i", "app"]);
    run.env("OAUTH2TOK_CLIENT_SECRET", CANARY)
}

#[test]
fn the_claims_are_printed_as_they_came() {
    let server = server(|_| super::harness::json(200, r#"{"sub":"alice","x":1.50,"name":"Ä"}"#));
    alice(&server).args(["userinfo", "-p", "p"]).stdout("{\"sub\":\"alice\",\"x\":1.50,\"name\":\"Ä\"}\n").run();
    let asked = server.requests().into_iter().find(|request| request.target() == "/userinfo").unwrap();
    assert_eq!((asked.method(), asked.header("authorization")), ("GET", Some("Bearer tok-1")));
    assert_eq!(asked.header("accept"), Some("application/json, application/jwt"));
    by_client(&server).any_stdout().run();
}

#[test]
fn claims_of_somebody_else_are_not_printed() {
    let server = server(|_| super::harness::json(200, r#"{"sub":"mallory"}"#));
    alice(&server)
        .args(["userinfo", "-p", "p"])
        .fails(
            10,
            "error: the claims fail this check: sub (it is 'mallory', and that of the ID token is 'alice': they must not be \
             used, OpenID Connect Core §5.3.2)\n\
             hint: log in again; if it stays so, ask those who run this server\n",
        )
        .run();
    // Where there is no ID token there is nothing to compare with.
    by_client(&server).stdout("{\"sub\":\"mallory\"}\n").run();
}

#[test]
fn an_id_token_that_has_expired_says_whose_the_login_is_all_the_same() {
    let server = telling(|request| match request.target() {
        "/userinfo" => super::harness::json(200, r#"{"sub":"mallory"}"#),
        _ => {
            let claims =
                json!({"iss": request.origin(), "aud": "app", "sub": "alice", "iat": now() - 9, "exp": now() + 1});
            token_with("tok-1", &format!(r#","expires_in":3600,"id_token":"{}""#, signed("JWT", &claims)))
        }
    });
    let run = alice(&server);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    run.args(["userinfo", "-p", "p"]).fails_with(10, ["sub (it is 'mallory'"]).run();
}

#[test]
fn without_a_sub_there_is_no_answer() {
    let server = server(|_| super::harness::json(200, r#"{"name":"x"}"#));
    by_client(&server)
        .fails(
            4,
            format!(
                "error: the answer of {}/userinfo is not a userinfo response: it has no sub (OpenID Connect Core §5.3.2) (HTTP 200)\n\
                 caused by: the server sent a JSON object (application/json, 12 bytes)\n\
                 hint: a token that a client got for itself is of no person: log in with scope openid, and ask with that login\n",
                server.origin()
            ),
        )
        .run();
}

#[test]
fn a_signed_answer_is_verified() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, Option<&str>); 6] = [
        ("JWT", |_| {}, None),
        ("JWT", |claims| claims["aud"] = "other".into(), Some("its aud is other, not client 'app'")),
        ("at+jwt", |_| {}, Some("its typ is 'at+jwt', not 'JWT'")),
        ("JWT", |claims| claims["sub"] = Value::Null, Some("it has no sub")),
        ("forged", |_| {}, Some("its signature does not hold")),
        ("none", |_| {}, Some("it is not signed")),
    ];
    for (typ, change, fault) in cases {
        let server = server(move |request| {
            let mut claims = json!({"iss": request.origin(), "aud": "app", "sub": "alice"});
            change(&mut claims);
            let jwt = match typ {
                "forged" => signed("JWT", &claims).rsplit_once('.').unwrap().0.to_owned() + "." + &base64url([7; 64]),
                "none" => format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(claims.to_string())),
                typ => signed(typ, &claims),
            };
            status(200, &["Content-Type: application/jwt"], jwt)
        });
        let run = alice(&server).args(["userinfo", "-p", "p"]);
        match fault {
            None => {
                let output = run.any_output().run();
                let claims: Value = serde_json::from_str(&output.stdout).unwrap();
                assert_eq!((&claims["sub"], output.stderr.as_str()), (&"alice".into(), ""));
            }
            Some(fault) => {
                let what = format!("error: the signed answer of {}/userinfo is not right: {fault}\n", server.origin());
                let output = run.code(4).any_stderr().run();
                assert!(output.stderr.starts_with(&what), "{}", output.stderr);
            }
        }
    }
}

#[test]
fn a_401_fetches_a_new_token_once_and_a_failure_is_that_of_an_api() {
    let count = AtomicUsize::new(0);
    let first = server(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => status(401, &[], ""),
        _ => super::harness::json(200, r#"{"sub":"app"}"#),
    });
    by_client(&first).stdout("{\"sub\":\"app\"}\n").run();
    let refusing =
        server(|_| status(403, &[r#"WWW-Authenticate: Bearer error="insufficient_scope", scope="openid""#], ""));
    by_client(&refusing)
        .fails(
            8,
            "error: the userinfo endpoint answered GET with HTTP 403\n\
             caused by: insufficient_scope\n\
             caused by: it wants the scope 'openid'\n\
             {\"statusCode\":403,\"HTTPHeaders\":{\"www-authenticate\":\"Bearer error=\\\"insufficient_scope\\\", scope=\\\"openid\\\"\",\"content-length\":\"0\"},\"responseBody\":null}\n\
             hint: ask for it: --scope 'openid'\n",
        )
        .run();
}

#[test]
fn the_token_goes_to_no_other_origin() {
    let other = Server::new();
    let away = format!("Location: {}", other.at("/userinfo"));
    let server = server(move |_| status(302, &[&away], ""));
    let output = by_client(&server).code(4).any_stderr().run();
    assert!(output.stderr.starts_with("warning: the redirect (HTTP 302) is not followed: "), "{}", output.stderr);
    assert_eq!(other.connections(), 0);
}

#[test]
fn without_an_endpoint_nothing_is_asked_for_a_token() {
    let server = Server::issuer(|_, _| token());
    let told = format!(
        "error: {} names no userinfo_endpoint\n\
         hint: if the server has one, write userinfo_endpoint: URL in a profile, or --userinfo-endpoint URL\n",
        server.origin()
    );
    by_client(&server).fails(4, told).run();
    assert!(server.requests().iter().all(|request| request.contains("/.well-known/")));
}

#[test]
fn a_dry_run_shows_the_call() {
    let server = server(|_| super::harness::json(200, "{}"));
    let version = env!("CARGO_PKG_VERSION");
    let headers = format!(
        "Accept: application/json, application/jwt\nAccept-Encoding: identity\nUser-Agent: oauth2tok/{version}\n\
         Authorization: Bearer ***\n"
    );
    let unknown = "warning: the userinfo endpoint is not known before the issuer is asked, and a dry run asks nobody\n";
    let shown = format!("GET <userinfo_endpoint of {}> HTTP/1.1\n{headers}", server.origin());
    by_client(&server).args(["--dry-run"]).stdout(shown).stderr(unknown).run();
    let shown = format!("GET /u HTTP/1.1\nHost: {}\n{headers}", server.authority());
    let given = ["--dry-run", "--userinfo-endpoint", &server.at("/u")];
    by_client(&server).args(given).stdout(shown).run();
    let curl = by_client(&server).args(["--dry-run", "-o", "curl"]).any_output().run();
    assert!(curl.stdout.contains("\"${USERINFO_ENDPOINT:?}\""), "{}", curl.stdout);
    assert!(curl.stderr.contains("these shell variables: ACCESS_TOKEN, USERINFO_ENDPOINT\n"), "{}", curl.stderr);
    assert_eq!(server.connections(), 0);
}
