//! `oauth2tok inspect`: what a token says of itself, and whether it holds.

use std::process::Stdio;

use serde_json::{Value, json};

use super::harness::jwt::{P256, RSA, base64url, der_of, ecdsa_pair, now, public, rsa_pair, sha256};
use super::harness::*;

/// The published half of the EC fixture.
pub fn ec_jwk(kid: &str) -> Value {
    let point = public(P256);
    let (x, y) = point[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": base64url(x), "y": base64url(y)})
}

fn rsa_jwk(kid: &str) -> Value {
    let half: ring::rsa::PublicKeyComponents<Vec<u8>> = rsa_pair(RSA).public().into();
    json!({"kty": "RSA", "kid": kid, "n": base64url(half.n), "e": base64url(half.e)})
}

pub fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A token that the EC fixture signed.
pub fn signed(header: &Value, claims: &Value) -> String {
    let mut header = header.clone();
    header["alg"] = "ES256".into();
    let input = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let random = ring::rand::SystemRandom::new();
    let signature = ecdsa_pair(P256, false).sign(&random, input.as_bytes()).unwrap();
    format!("{input}.{}", base64url(signature))
}

fn signed_rs256(claims: &Value) -> String {
    let input = format!("{}.{}", base64url(r#"{"alg":"RS256","kid":"r"}"#), base64url(claims.to_string()));
    let pair = rsa_pair(RSA);
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", base64url(signature))
}

/// A token that a secret signed.
fn signed_with(secret: &str, claims: &Value) -> String {
    let input = format!("{}.{}", base64url(r#"{"alg":"HS256"}"#), base64url(claims.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    format!("{input}.{}", base64url(ring::hmac::sign(&key, input.as_bytes())))
}

/// Claims of a token that is good for an hour.
pub fn claims(issuer: &str, more: Value) -> Value {
    let mut claims =
        json!({"iss": issuer, "sub": "alice", "aud": "https://api.example.com", "iat": now(), "exp": now() + 3600});
    more.as_object().unwrap().iter().for_each(|(name, value)| claims[name] = value.clone());
    claims
}

/// An issuer that publishes these keys, and counts who asks.
fn issuer(keys: String) -> Server {
    Server::scripted(move |_, request| match request.target() {
        "/.well-known/openid-configuration" => {
            let origin = request.origin();
            let (token, jwks) = (format!("{origin}/token"), format!("{origin}/jwks"));
            json(200, &json!({"issuer": origin, "token_endpoint": token, "jwks_uri": jwks}).to_string())
        }
        "/jwks" => json(200, &keys),
        _ => json(404, "{}"),
    })
}

pub fn inspect(token: &str) -> Run {
    oauth2tok().args(["inspect"]).stdin(token)
}

/// A run that verifies a token of that issuer, and prints JSON.
pub fn verifying(server: &Server, token: &str) -> Run {
    inspect(token).args(["--verify", "--issuer", &server.origin(), "-o", "json"])
}

/// The report of a run that prints JSON.
#[track_caller]
pub fn report(run: Run) -> Value {
    let stdout = run.any_stdout().run().stdout;
    assert!(stdout.ends_with("}\n") && stdout.lines().count() == 1, "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

/// What a check of the first token came to.
pub fn ok(report: &Value, check: &str) -> Value {
    let checks = report["tokens"][0]["checks"].as_array().unwrap();
    checks.iter().find(|found| found["check"] == check).map_or(json!("absent"), |found| found["ok"].clone())
}

#[test]
fn what_a_token_says_is_shown_and_nothing_is_sent() {
    let claims = json!({"iss": "https://idp.example.com", "sub": "alice", "exp": 1_700_003_600, "iat": 1_700_000_000});
    let token = signed(&json!({"typ": "JWT"}), &claims);
    let shown = inspect(&token).any_stdout().run().stdout;
    let expected = "NOT VERIFIED  token: signed JWT, ES256\n\nheader\n  alg  ES256\n  typ  JWT\n\nclaims\n  exp  2023-11-14 23:13:20 UTC (";
    assert!(shown.starts_with(expected), "{shown}");
    for part in
        ["  iss  https://idp.example.com\n", "████████████████████████  over: it lasted 1 h, and ended ", "in all\n"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("checks") && !shown.contains(token.rsplit_once('.').unwrap().1));
    // However it is carried.
    let wrapped: String =
        token.as_bytes().chunks(60).map(|line| format!("  {}\r\n", std::str::from_utf8(line).unwrap())).collect();
    for input in [
        format!("Bearer {token}\n"),
        format!("  Authorization: DPoP {token}\r\n\r\n"),
        wrapped,
        format!("\"{token}\""),
        format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#),
    ] {
        let report = report(inspect(&input).args(["-o", "json"]));
        assert_eq!(report["tokens"][0]["claims"]["sub"], "alice", "{input}");
        assert_eq!(report["tokens"][0]["verified"], Value::Null);
    }
}

#[test]
fn a_token_comes_from_where_every_secret_may() {
    let token = signed(&json!({}), &json!({"sub": "alice", "exp": now() + 60}));
    let run = || oauth2tok().file("token", format!("{token}\n")).stdout_with(["sub  alice"]);
    run().args(["inspect", "file:token"]).run();
    run().args(["inspect", "env:T"]).env("T", &token).run();
    run().args(["inspect", "command:cat token"]).run();
    run().args(["inspect", "-"]).stdin(&*token).run();
    run().args(["-q", "inspect", &token]).run();
    run()
        .args(["inspect", &token])
        .stderr("warning: TOKEN: a token on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or - for stdin\n")
        .run();
    let run = || oauth2tok().file("token", &token);
    run().args(["inspect", "token"]).fails(2, "error: TOKEN: 'token' is a file, and no token\nhint: write file:token; or literal:token if that is the token\n").run();
    for input in ["", "\n", "Bearer \n"] {
        let run = inspect(input).code(2).any_stderr().run();
        assert!(run.stdout.is_empty() && run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    inspect("Authorization: Basic Y2k6czNjcmV0")
        .fails(2, "error: these are credentials for HTTP Basic, and no token\nhint: the token is what the server answers: oauth2tok -p NAME | oauth2tok inspect\n")
        .run();
    inspect(r#"{"error":"invalid_client"}"#)
        .fails(2, "error: the JSON that was read is an error answer, and no token stands in it\nhint: 'oauth2tok explain' says what an error answer means\n")
        .run();
}

#[test]
fn the_report_holds_no_token_and_all_claims() {
    let long = "x".repeat(5000);
    let token = signed(&json!({}), &json!({"sub": long, "exp": now() + 60, "n": 1, "esc": "\u{1b}[31m\u{202e}\n"}));
    let answer = format!(r#"{{"access_token":"{token}","refresh_token":"opaque-refresh-token","expires_in":60}}"#);
    for form in ["text", "json"] {
        let shown = inspect(&answer).args(["-o", form]).any_stdout().run().stdout;
        assert!(shown.contains(&long), "claims are shown whole");
        for secret in ["opaque-refresh-token", token.rsplit_once('.').unwrap().1, token.split('.').nth(1).unwrap()] {
            assert!(!shown.contains(secret), "{secret}");
        }
        assert_is_harmless(&shown);
    }
    // A claim that is a token of this run is none that is shown.
    let token = signed(&json!({}), &json!({"inner": "opaque-refresh-token", "exp": now() + 60}));
    let answer = format!(r#"{{"access_token":"{token}","refresh_token":"opaque-refresh-token"}}"#);
    let shown = report(inspect(&answer).args(["-o", "json"]));
    assert_eq!(shown["tokens"][0]["claims"]["inner"], "***");
    let shown = report(inspect(&answer).args(["-o", "json", "--show-secrets"]));
    assert_eq!(shown["tokens"][0]["claims"]["inner"], "opaque-refresh-token");
}

#[test]
fn a_good_token_is_verified_with_the_issuers_keys() {
    let server = issuer(set(&[ec_jwk("e"), rsa_jwk("r")]));
    for (token, kind) in [
        (signed(&json!({"kid": "e"}), &claims(&server.origin(), json!({}))), Value::Null),
        (signed_rs256(&claims(&server.origin(), json!({}))), Value::Null),
        (signed(&json!({"typ": "at+jwt"}), &claims(&server.origin(), json!({}))), json!(true)),
    ] {
        let report = report(verifying(&server, &token));
        assert_eq!(report["tokens"][0]["verified"], true, "{report}");
        let names: Vec<_> =
            report["tokens"][0]["checks"].as_array().unwrap().iter().map(|check| &check["check"]).collect();
        assert_eq!(names, ["signature", "iss", "exp", "nbf", "iat", "kind"]);
        assert_eq!(ok(&report, "kind"), kind);
    }
    for request in server.requests() {
        assert!(request.method() == "GET" && request.header("authorization").is_none(), "{request}");
    }
    let token = signed(&json!({}), &claims(&server.origin(), json!({})));
    let shown = inspect(&token).args(["--verify", "--issuer", &server.origin()]).any_stdout().run().stdout;
    assert!(shown.starts_with("VERIFIED  token: signed JWT, ES256\n"), "{shown}");
    assert!(shown.contains("\nchecks\n  ✓ signature  it holds: ES256\n  ✓ iss        http://127.0.0.1:"), "{shown}");
    // By a profile, and with its own jwks_uri.
    let profile = format!(
        "profiles:\n  p:\n    issuer: {}\n    client_id: ci\n    jwks_uri: {}\n",
        server.origin(),
        server.at("/jwks")
    );
    let run = inspect(&token).args(["--verify", "--issuer", &server.origin(), "--har", "f"]);
    let har = run.path("f");
    let home = run.its_home();
    run.any_stdout().run();
    let recorded: Value = serde_json::from_slice(&std::fs::read(har).unwrap()).unwrap();
    assert_eq!(recorded["log"]["entries"].as_array().map(Vec::len), Some(2));
    drop(home);
    let before = server.count();
    let report = report(inspect(&token).config(&profile).args(["--verify", "-p", "p", "-o", "json"]));
    assert_eq!((&report["tokens"][0]["verified"], server.count() - before), (&json!(true), 1));
}

#[test]
fn what_fails_is_named_and_the_report_printed() {
    let server = issuer(set(&[ec_jwk("e"), rsa_jwk("r")]));
    let origin = server.origin();
    let good = signed(&json!({}), &claims(&origin, json!({})));
    let (input, _) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let none = format!("{}.{payload}.", base64url(r#"{"alg":"nOnE"}"#));
    let holds_not = "either somebody changed it, or these are not the keys of whoever signed it";
    for (token, checks, hint) in [
        (none, "signature (it is not signed)".to_owned(), ""),
        (
            format!("{header}.{payload}.{}", base64url([0; 64])),
            "signature (its signature does not hold)".to_owned(),
            holds_not,
        ),
        (
            signed(&json!({"kid": "x"}), &claims(&origin, json!({}))),
            "signature (no key of the set is called 'x' and is for ES256)".to_owned(),
            "compare with the keys that its issuer publishes; the key of an old token may be gone from there",
        ),
        (
            signed_with(&ec_jwk("e").to_string(), &claims(&origin, json!({}))),
            "signature (it is signed with HS256, and no secret is known that may sign so)".to_owned(),
            "only --jwks FILE can hold the secret that signs access tokens",
        ),
        (
            signed(&json!({"crit": ["b64"]}), &claims(&origin, json!({}))),
            "signature (its header has a crit, and none of what that may demand is known here (RFC 7515 §4.1.11))"
                .to_owned(),
            "",
        ),
        (
            signed(&json!({}), &claims("https://evil.example", json!({}))),
            format!("iss (its iss is 'https://evil.example', not '{origin}', code point by code point)"),
            "if that is the tenant or realm that you mean, write issuer: https://evil.example",
        ),
        (
            signed(&json!({"typ": "dpop+jwt"}), &claims(&origin, json!({}))),
            "kind (its typ is 'dpop+jwt': neither an access token nor an ID token)".to_owned(),
            "",
        ),
        ("opaque".to_owned(), "signature (only its server can read it)".to_owned(), ""),
    ] {
        let hint = if hint.is_empty() { String::new() } else { format!("hint: {hint}\n") };
        let run =
            verifying(&server, &token).code(10).stderr(format!("error: the token fails this check: {checks}\n{hint}"));
        let report = report(run);
        assert_eq!(report["tokens"][0]["verified"], false, "{report}");
    }
    let old = signed(&json!({}), &claims(&origin, json!({"exp": now() - 7200, "aud": "x"})));
    let run =
        verifying(&server, &old).args(["--require-aud", "y", "--error-format", "json"]).code(10).any_output().run();
    let error: Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!((&error["kind"], &error["exit_code"]), (&json!("check"), &json!(10)));
    let message = error["message"].as_str().unwrap();
    assert!(
        message
            .starts_with("the token fails these checks: exp (it expired 2h ago (exp), by this machine's clock); aud ("),
        "{message}"
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (ok(&report, "signature"), ok(&report, "exp"), ok(&report, "aud")),
        (json!(true), json!(false), json!(false))
    );
    // The leeway is the user's.
    let fresh = signed(&json!({}), &claims(&origin, json!({"exp": now() - 100})));
    assert_eq!(ok(&self::report(verifying(&server, &fresh).args(["--leeway", "10m"])), "exp"), true);
    assert_eq!(ok(&self::report(verifying(&server, &fresh).code(10).any_stderr()), "exp"), false);
}

#[test]
fn a_wrong_clock_is_named_where_the_server_shows_it() {
    let date = httpdate::fmt_http_date(std::time::SystemTime::now() - std::time::Duration::from_secs(7200));
    let keys = set(&[ec_jwk("e")]);
    let server =
        Server::scripted(move |_, _| status(200, &["Content-Type: application/json", &format!("Date: {date}")], &keys));
    let token = signed(&json!({}), &claims("x", json!({"exp": now() - 3600})));
    let run = inspect(&token).args(["--verify", "--jwks", &server.at("/jwks"), "-o", "json"]);
    let run = run.code(10).stderr_with([
        "this machine's clock is 2h",
        "ahead of the server's",
        "hint: this machine's clock is",
    ]);
    let report = report(run);
    let detail = report["tokens"][0]["checks"][2]["detail"].as_str().unwrap();
    assert!(detail.contains("; this machine's clock is "), "{detail}");
    assert_eq!(ok(&report, "iss"), Value::Null);
}

#[test]
fn no_address_in_a_token_is_followed() {
    let evil = Server::answering(json(200, &set(&[ec_jwk("e")])));
    let server = issuer(set(&[rsa_jwk("r")]));
    for header in [
        json!({"jku": evil.at("/jwks")}),
        json!({"x5u": evil.at("/x")}),
        json!({"jwk": ec_jwk("e")}),
        json!({"kid": evil.at("/jwks")}),
    ] {
        let token = signed(&header, &claims(&evil.origin(), json!({})));
        inspect(&token).any_stdout().run();
        report(verifying(&server, &token).code(10).any_stderr());
        report(
            inspect(&token)
                .args(["--verify", "--jwks", "keys.json", "-o", "json"])
                .file("keys.json", set(&[rsa_jwk("r")]))
                .code(10)
                .any_stderr(),
        );
    }
    assert_eq!(evil.connections(), 0);
}

#[test]
fn a_token_that_no_key_can_make_good_asks_for_none() {
    let server = issuer(set(&[ec_jwk("e")]));
    let payload = base64url(claims(&server.origin(), json!({})).to_string());
    for token in [
        "opaque".to_owned(),
        format!("{}.{payload}.", base64url(r#"{"alg":"none"}"#)),
        format!("{}.a.b.c.d", base64url(r#"{"alg":"dir"}"#)),
    ] {
        verifying(&server, &token).code(10).any_output().run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn keys_come_from_a_file_or_a_url() {
    let token = signed(&json!({"kid": "e"}), &claims("https://idp.example.com", json!({})));
    let run = |jwks: &str| {
        inspect(&token).file("keys.json", set(&[ec_jwk("e")])).args(["--verify", "--jwks", jwks, "-o", "json"])
    };
    for jwks in ["keys.json", "./keys.json", "file:keys.json", "~/keys.json"] {
        let report = report(run(jwks));
        assert_eq!((&report["tokens"][0]["verified"], ok(&report, "iss")), (&json!(true), Value::Null));
    }
    // With an issuer beside them it is compared, and not asked.
    let with = |issuer: &str| run("keys.json").args(["--issuer", issuer]);
    assert_eq!(ok(&report(with("https://idp.example.com")), "iss"), true);
    assert_eq!(ok(&report(with("https://idp.invalid").code(10).any_stderr()), "iss"), false);
    let server = Server::answering(json(200, &set(&[ec_jwk("e")])));
    assert_eq!(report(run(&server.at("/keys")))["tokens"][0]["verified"], true);
    assert_eq!(server.count(), 1);
    run("http://keys.invalid/jwks")
        .fails(2, "error: --jwks: plain http would let others put in their keys; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\nhint: write --jwks https://keys.invalid/jwks\n")
        .run();
    run("none.json")
        .fails_with(2, ["error: --jwks: cannot read ", "hint: give a JWK Set as FILE, or the https URL of one\n"])
        .run();
    run("bad.json")
        .file("bad.json", "{}")
        .fails(2, "error: --jwks: bad.json is no JWK Set: its member 'keys' is missing or malformed\nhint: a set is {\"keys\":[…]}, as at the server's jwks_uri\n")
        .run();
    // A secret is one in the user's own file alone.
    let oct = json!({"kty": "oct", "k": base64url(SECRET)}).to_string();
    let token = signed_with(SECRET, &claims("x", json!({"leak": SECRET})));
    let report_of = |jwks: &str| {
        inspect(&token)
            .file("oct.json", format!(r#"{{"keys":[{oct}]}}"#))
            .args(["--verify", "--jwks", jwks, "-o", "json"])
    };
    assert_eq!(ok(&report(report_of("oct.json")), "signature"), true);
    // Beside keys of no secret the client's still counts for an ID token.
    let id = signed_with(SECRET, &claims("x", json!({"aud": ID, "nonce": "n"})));
    let run = |keys: String| {
        let words = ["--verify", "--jwks", "k.json", "-i", ID, "-o", "json"];
        inspect(&id).file("k.json", keys).env("OAUTH2TOK_CLIENT_SECRET", SECRET).args(words)
    };
    assert_eq!(ok(&report(run(set(&[ec_jwk("e")]))), "signature"), true);
    let other = json!({"kty": "oct", "k": base64url("another secret")});
    assert_eq!(ok(&report(run(set(&[other])).code(10).any_stderr()), "signature"), false);
    let server = Server::answering(json(200, &format!(r#"{{"keys":[{oct}]}}"#)));
    assert_eq!(ok(&report(report_of(&server.at("/")).code(10).any_stderr()), "signature"), false);
}

#[test]
fn there_must_be_something_to_verify_with() {
    let token = signed(&json!({}), &json!({"exp": now() + 60}));
    let nothing = "error: there is nothing to verify with: no issuer and no keys are named\nhint: give --issuer URL, a profile that names it (-p NAME), or the keys: --jwks FILE\n";
    inspect(&token).args(["--verify"]).fails(2, nothing).run();
    inspect(&token).args(["--verify", "--nonce", "n"]).fails(2, nothing).run();
    let server = issuer(set(&[]));
    let no_dry_run = "error: inspect --verify has no dry run\nhint: without --verify nothing is sent; with --jwks FILE nothing is either\n";
    verifying(&server, &token).args(["--dry-run"]).fails(2, no_dry_run).run();
    oauth2tok()
        .args(["--dry-run", "inspect", "--verify", "--issuer", &server.origin()])
        .stdin(&*token)
        .fails(2, no_dry_run)
        .run();
    assert_eq!(server.connections(), 0);
    inspect(&token).args(["--dry-run"]).any_stdout().run();
    for flag in [["--as", "id_token"], ["--jwks", "f"], ["--nonce", "n"], ["--leeway", "1m"]] {
        inspect(&token)
            .args(flag)
            .fails(
                2,
                "error: missing: --verify\nhint: 'oauth2tok inspect -h' lists its flags, '--help' explains them\n",
            )
            .run();
    }
    for (flag, name) in [
        ("--require-scope=", "--require-scope"),
        ("--require-scope= ", "--require-scope"),
        ("--require-aud=", "--require-aud"),
    ] {
        inspect(&token)
            .args([flag])
            .fails(2, format!("error: {name} is empty, and would require nothing\nhint: a variable that is not set, perhaps? Leave the flag out where nothing is required\n"))
            .run();
    }
    inspect(&token)
        .args(["--min-ttl", "soon"])
        .fails(
            2,
            "error: --min-ttl: expected a time span such as 30s, 500ms or 2m\nhint: a bare number counts seconds\n",
        )
        .run();
}

#[test]
fn keys_that_cannot_be_had_are_told_apart_from_a_token_that_is_wrong() {
    let token = signed(&json!({}), &claims("x", json!({})));
    let with = |jwks: &str, more: &[&str]| {
        inspect(&token).args(["--verify", "--retry", "0", "--jwks", jwks, "-o", "json"]).args(more)
    };
    let (_port, closed) = server::closed_port();
    for (jwks, code) in [
        (Server::answering(json(500, "{}")).at("/jwks"), 6),
        (Server::answering(json(503, "{}")).at("/jwks"), 6),
        (Server::answering(json(404, "{}")).at("/jwks"), 4),
        (Server::answering(html(200, "<html>")).at("/jwks"), 4),
        (Server::answering(json(200, "{}")).at("/jwks"), 4),
        (format!("http://127.0.0.1:{closed}/jwks"), 5),
    ] {
        let report = report(with(&jwks, &[]).code(code).any_stderr());
        assert_eq!((&report["tokens"][0]["verified"], ok(&report, "signature")), (&Value::Null, Value::Null), "{jwks}");
    }
    let empty = Server::scripted(|_, request| match request.contains("/.well-known/") {
        true => json(
            200,
            &json!({"issuer": request.origin(), "token_endpoint": format!("{}/t", request.origin())}).to_string(),
        ),
        false => json(404, "{}"),
    });
    let token = signed(&json!({}), &claims(&empty.origin(), json!({})));
    let run = verifying(&empty, &token).code(4);
    report(run.stderr("error: the issuer's metadata names no jwks_uri\nhint: write jwks_uri into the profile, or give the keys: --jwks FILE|URL\n"));
    // An algorithm that is not known here.
    let server = issuer(set(&[ec_jwk("e")]));
    let (_, rest) = token.split_once('.').unwrap();
    let token = format!("{}.{rest}", base64url(r#"{"alg":"ES512"}"#));
    let report = report(verifying(&server, &token).code(4).stderr(
        "error: the token cannot be verified: its algorithm ES512 cannot be checked here\nhint: RS256-512, PS256-512, ES256, ES384, EdDSA and HS256-512 are checked here\n",
    ));
    assert_eq!(ok(&report, "signature"), Value::Null);
}

#[test]
fn what_is_required_is_checked_without_keys_too() {
    let token = signed(&json!({}), &claims("x", json!({"scope": "read", "scp": ["write"], "aud": ["a", "b"]})));
    let run = |words: &[&str]| inspect(&token).args(words).args(["-o", "json"]);
    for words in [
        &["--require-scope", "read write"][..],
        &["--require-scope", "write", "--require-scope", "read"],
        &["--require-aud", "z", "--require-aud", "b"],
        &["--min-ttl", "50m"],
    ] {
        let report = report(run(words));
        assert_eq!(report["tokens"][0]["verified"], Value::Null);
        let told = report["tokens"][0]["findings"].as_array().unwrap();
        assert!(
            told.iter()
                .any(|found| found["finding"] == "nothing was verified: what is checked is what it says of itself"),
            "{report}"
        );
    }
    for (words, told) in [
        (&["--require-scope", "read admin"][..], "scope (it lacks admin)"),
        (&["--require-aud", "z"], "aud (it is for a, b, and not for z)"),
    ] {
        report(run(words).code(10).stderr(format!("error: the token fails this check: {told}\n")));
    }
    report(run(&["--min-ttl", "2h"]).code(10).stderr_with(["error: the token fails this check: ttl ("]));
    let shown = inspect(&token).args(["--require-aud", "a"]).any_stdout().run().stdout;
    assert!(
        shown.starts_with("NOT VERIFIED  ")
            && shown.contains("nothing was verified: what is checked is what it says of itself"),
        "{shown}"
    );
    inspect("opaque")
        .args(["--require-aud", "a"])
        .code(10)
        .any_stdout()
        .stderr("error: the token fails this check: aud (only its server can read it)\n")
        .run();
}

#[test]
fn of_an_answer_each_token_is_judged_as_what_it_is() {
    let server = issuer(set(&[ec_jwk("e")]));
    let origin = server.origin();
    let access = signed(&json!({"typ": "at+jwt"}), &claims(&origin, json!({"scope": "read"})));
    let hash = base64url(&ring::digest::digest(&ring::digest::SHA256, access.as_bytes()).as_ref()[..16]);
    let id = |more: Value| {
        let mut more = more;
        more["aud"] = ID.into();
        signed(&json!({}), &claims(&origin, more))
    };
    let good = id(json!({"at_hash": hash, "nonce": "n"}));
    let answer = |access: &str, id: &str| {
        format!(r#"{{"access_token":"{access}","id_token":"{id}","refresh_token":"opaque-refresh","expires_in":1}}"#)
    };
    let run = |answer: &str| verifying(&server, answer).args(["-i", ID]);
    let report_of = |run: Run| {
        let report = report(run);
        let tokens = report["tokens"].as_array().unwrap().iter();
        tokens.map(|token| (token["name"].as_str().unwrap().to_owned(), token["verified"].clone())).collect::<Vec<_>>()
    };
    let of = |access: Value, id: Value| {
        vec![
            ("access_token".to_owned(), access),
            ("id_token".to_owned(), id),
            ("refresh_token".to_owned(), Value::Null),
        ]
    };
    assert_eq!(
        report_of(run(&answer(&access, &good)).args(["--require-scope", "read", "--nonce", "n"])),
        of(json!(true), json!(true))
    );
    // What is required is about the access token alone.
    let failing = run(&answer(&access, &good)).args(["--require-scope", "write"]).code(10);
    assert_eq!(
        report_of(failing.stderr("error: the access token fails this check: scope (it lacks write)\n")),
        of(json!(false), json!(true))
    );
    let other = id(json!({"at_hash": "x", "nonce": "n"}));
    let failing = run(&answer(&access, &other)).code(10).stderr_with([
        "error: the id token fails this check: kind (its at_hash is not that of the access token that came with it)\n",
    ]);
    assert_eq!(report_of(failing), of(json!(true), json!(false)));
    let failing = run(&answer(&access, &good))
        .args(["--nonce", "m"])
        .code(10)
        .stderr_with(["error: the id token fails this check: kind (its nonce is not the one that was sent)\n"]);
    assert_eq!(report_of(failing), of(json!(true), json!(false)));
    // Each in the place of the other.
    let failing = run(&answer(&good, &access)).code(10).stderr_with([
        "error: the answer fails these checks: kind (access_token: it is an ID token, as its ",
        "kind (id_token: its typ is 'at+jwt', which no ID token has)",
    ]);
    assert_eq!(report_of(failing), of(json!(false), json!(false)));
    let unhashed = id(json!({"nonce": "n"}));
    let failing = run(&answer("opaque-access", &unhashed))
        .code(10)
        .stderr("error: the access token fails this check: signature (only its server can read it)\n");
    assert_eq!(report_of(failing), of(json!(false), json!(true)));
    // What is to be checked must be there.
    let alone = format!(r#"{{"id_token":"{good}"}}"#);
    let lacks = |name: &str| format!("error: no {name} stands in the answer, and so none passes the checks\n");
    report_of(run(&alone).args(["--require-scope", "read"]).code(10).stderr(lacks("access_token")));
    report_of(run(&alone).args(["--as", "access_token"]).code(10).stderr(lacks("access_token")));
    let alone = format!(r#"{{"access_token":"{access}"}}"#);
    report_of(run(&alone).args(["--nonce", "n"]).code(10).stderr(lacks("id_token")));
    report_of(run(&alone).args(["--as", "id_token"]).code(10).stderr(lacks("id_token")));
    // Where nothing can be verified nothing holds, whatever it is called.
    let exchanged =
        json!({"access_token": access, "issued_token_type": "urn:ietf:params:oauth:token-type:refresh_token"});
    for answer in [json!({"refresh_token": access}), json!({"device_token": "opaque"}), exchanged] {
        let run = run(&answer.to_string()).code(10).stderr(
            "error: nothing was verified: every token in the answer is for its server alone, as refresh tokens are\n",
        );
        assert!(report_of(run).iter().all(|(_, verified)| verified.is_null()), "{answer}");
    }
}

#[test]
fn a_kind_that_is_asked_for_must_be_the_tokens_own() {
    let server = issuer(set(&[ec_jwk("e")]));
    let origin = server.origin();
    let jwt = signed(&json!({"typ": "JWT"}), &claims(&origin, json!({})));
    let failing = verifying(&server, &jwt).args(["--as", "access_token"]).code(10).stderr(
        "error: the token fails this check: kind (its typ is 'JWT', not at+jwt (RFC 9068 §4))\nhint: many servers have a switch for access tokens by RFC 9068 (typ at+jwt); --as auto leaves it to the other checks\n",
    );
    assert_eq!(ok(&report(failing), "kind"), false);
    let id = signed(&json!({"typ": "JWT"}), &claims(&origin, json!({"aud": ID, "nonce": "n"})));
    assert_eq!(ok(&report(verifying(&server, &id).args(["-i", ID])), "kind"), true);
    assert_eq!(ok(&report(verifying(&server, &id).args(["-i", ID, "--as", "id_token", "--nonce", "n"])), "kind"), true);
    assert_eq!(
        ok(&report(verifying(&server, &id).args(["-i", ID, "--as", "access_token"]).code(10).any_stderr()), "kind"),
        false
    );
    let nobody = verifying(&server, &id).code(10).stderr(
        "error: the token fails this check: kind (it is an ID token, and no client is named that it must be for (client_id))\nhint: an ID token is for one client: name it with -i CLIENT_ID\n",
    );
    assert_eq!(ok(&report(nobody), "kind"), false);
    // An issuer that nobody vouches for is not proposed.
    let forged = signed(&json!({"kid": "x"}), &claims("https://evil.example", json!({})));
    let failing = verifying(&server, &forged).code(10).any_output().run();
    assert!(!failing.stderr.contains("write issuer"), "{}", failing.stderr);
    // The client secret signs ID tokens alone, and is read for them alone.
    let claims = claims(&origin, json!({"aud": ID, "nonce": "n"}));
    let run = |token: &str| {
        verifying(&server, token).args(["-i", ID, "--client-secret", "command:sh -c 'touch ran; printf s3cret-of-ci'"])
    };
    let (of_secret, of_key) = (run(&signed_with(SECRET, &claims)), run(&id));
    let homes = (of_secret.its_home(), of_key.its_home());
    assert_eq!(ok(&report(of_secret), "signature"), true);
    assert_eq!(ok(&report(of_key), "signature"), true);
    assert_eq!([homes.0, homes.1].map(|home| home.path().join("ran").exists()), [true, false]);
}

#[test]
fn a_bound_token_is_held_against_the_certificate() {
    let (cert, _) = Ca::new("root").client();
    let own = sha256(der_of(&cert));
    for (thumbprint, told) in [
        (own.as_str(), "which is the one that is given (cert)"),
        ("another", "and not to the one that is given (cert)"),
    ] {
        let token = signed(&json!({}), &claims("x", json!({"cnf": {"x5t#S256": thumbprint}})));
        let shown = inspect(&token).file("cert.pem", &cert).args(["--cert", "cert.pem"]).any_stdout().run().stdout;
        assert!(shown.contains(told), "{shown}");
        assert!(inspect(&token).any_stdout().run().stdout.contains("bound to the certificate with the thumbprint"));
    }
}

#[test]
fn on_a_terminal_the_report_has_colours_and_elsewhere_none() {
    let terminal = Terminal::open();
    let token = signed(&json!({}), &json!({"sub": "alice", "exp": now() + 60, "iat": now() - 60}));
    let run = || oauth2tok().env("TERM", "xterm-256color").file("token", &token);
    let running = run().args(["inspect", "file:token"]).start_with(Stdio::null(), terminal.end(), Stdio::piped());
    running.finish();
    let mut terminal = terminal;
    terminal.wait_for("in all");
    for part in [
        "\u{1b}[1m\u{1b}[33mNOT VERIFIED\u{1b}[0m",
        "\u{1b}[36msub\u{1b}[0m",
        "\u{1b}[32m████████████\u{1b}[0m\u{1b}[2m░░░░░░░░░░░░",
    ] {
        assert!(terminal.seen.contains(part), "{part:?}: {:?}", terminal.seen);
    }
    let json = Terminal::open();
    run().args(["inspect", "file:token", "-o", "json"]).start_with(Stdio::null(), json.end(), Stdio::piped()).finish();
    let mut json = json;
    json.wait_for("\r\n    {\r\n      \"name\": \"token\",");
    assert_is_harmless(&run().args(["inspect", "file:token"]).any_stdout().run().stdout);
}
