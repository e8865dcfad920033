//! `introspect`: what a server says of a token, who asks and how, and what is required of the answer.

use serde_json::{Value, json};

use super::harness::browser::described;
use super::harness::jwt::{ED25519, Jwt, base64url, ed25519_pair, fixture, now, public};
use super::harness::*;

/// An issuer that tells of tokens so.
pub fn telling(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::scripted(move |_, request| {
        let origin = request.origin();
        match request.target() {
            "/jwks" => super::harness::json(200, &keys()),
            target if target.contains("/.well-known/") => {
                let more = ["introspection_endpoint", "userinfo_endpoint", "jwks_uri"]
                    .map(|name| format!(r#","{name}":"{origin}/{}""#, name.split('_').next().unwrap()));
                described(&origin, &more.concat())
            }
            _ => answer(request),
        }
    })
}

/// The set of keys that [`signed`] signs by.
pub fn keys() -> String {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": base64url(public(ED25519))}]}).to_string()
}

/// A JWT of this type.
pub fn signed(typ: &str, claims: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": "k", "typ": typ}).to_string();
    let input = format!("{}.{}", base64url(header), base64url(claims.to_string()));
    let signature = base64url(ed25519_pair().sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// A run that asks about the token in a variable.
pub fn asks(server: &Server, words: &[&str]) -> Run {
    let run = oauth2tok().args(["introspect", "--issuer", &server.origin(), "-i", "api", "env:T"]).args(words);
    run.env("T", "t0k3n-asked").env("OAUTH2TOK_CLIENT_SECRET", CANARY)
}

fn asked(server: &Server) -> Vec<Request> {
    server.requests().into_iter().filter(|request| request.method() == "POST").collect()
}

#[test]
fn the_servers_object_is_printed_as_it_came() {
    let object = r#"{"active":true,"scope":"a b","exp":1E+10,"x":{"y": [1.50]},"ü":"\u001b"}"#;
    let server = telling(move |_| super::harness::json(200, object));
    asks(&server, &[])
        .stdout("{\"active\":true,\"scope\":\"a b\",\"exp\":1E+10,\"x\":{\"y\":[1.50]},\"ü\":\"\\u001b\"}\n")
        .run();
    let request = &asked(&server)[0];
    assert_eq!((request.target(), request.body()), ("/introspection", "token=t0k3n-asked"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
    // It is asked anew each time.
    asks(&server, &["--cache", "--token-type-hint", "refresh_token"]).any_stdout().run();
    asks(&server, &["--cache"]).any_stdout().run();
    assert_eq!(asked(&server).len(), 3);
    assert_eq!(asked(&server)[1].body(), "token=t0k3n-asked&token_type_hint=refresh_token");
}

#[test]
fn the_token_comes_on_stdin_where_nothing_is_said() {
    let server = telling(|_| super::harness::json(200, r#"{"active":true}"#));
    for word in [None, Some("-"), Some("stdin")] {
        let run = oauth2tok().args(["introspect", "--issuer", &server.origin(), "-i", "api"]).args(word);
        run.env("OAUTH2TOK_CLIENT_SECRET", CANARY).stdin("\n t0k3n-asked \n").stdout("{\"active\":true}\n").run();
    }
    assert!(asked(&server).iter().all(|request| request.body() == "token=t0k3n-asked"));
}

#[test]
fn a_client_proves_who_it_is_as_for_a_token() {
    let server = telling(|_| super::harness::json(200, r#"{"active":false}"#));
    let by_post = ["-a", "post"];
    asks(&server, &by_post).any_stdout().run();
    assert_eq!(asked(&server)[0].field("client_secret").as_deref(), Some(CANARY));
    let by_key = ["-a", "private_key_jwt", "--signing-key", "env:KEY"];
    let run = asks(&server, &by_key).without("OAUTH2TOK_CLIENT_SECRET").env("KEY", fixture(ED25519));
    run.any_stdout().run();
    Jwt::of_client(&asked(&server)[1]).is_signed_by(ED25519);
    // What would be asked for a token is not read.
    let run = asks(&server, &["-g", "password", "-u", "u", "--password", "command:false", "--dpop", "-q"]);
    run.any_stdout().run();
    assert_eq!(asked(&server).len(), 3);
}

#[test]
fn an_inactive_token_is_an_answer_and_earns_a_note() {
    let server = telling(|_| super::harness::json(200, r#"{"active":false}"#));
    asks(&server, &[]).stdout("{\"active\":false}\n").run();
    let output = asks(&server, &["-v"]).stdout("{\"active\":false}\n").any_stderr().run();
    assert!(output.stderr.ends_with("* inactive, or not meant for this client\n"), "{}", output.stderr);
}

#[test]
fn what_is_required_is_the_exit_code_and_the_answer_is_printed_all_the_same() {
    let good = json!({"active": true, "scope": "read write", "aud": ["x", "y"], "exp": now() + 100}).to_string();
    let printed = good.clone() + "\n";
    let server = telling(move |_| super::harness::json(200, &good));
    let all = ["--require-active", "--require-scope", "read", "--require-aud", "y", "--min-ttl", "30s"];
    asks(&server, &all).stdout(&printed).run();
    for (words, told) in [
        (["--require-scope", "admin read"], "scope (it lacks admin)"),
        (["--require-aud", "z"], "aud (it is for x, y, and not for z)"),
    ] {
        let told = format!("error: the token fails this check: {told}\n");
        asks(&server, &words).code(10).stdout(&printed).stderr(told).run();
    }
    let output = asks(&server, &["--require-scope", "admin", "--error-format", "json"]).code(10).any_output().run();
    let error: Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!((&error["kind"], &error["exit_code"]), (&"check".into(), &10.into()));
    // One that is inactive fulfils nothing, whatever else is said of it.
    let server = telling(|_| super::harness::json(200, r#"{"active":false,"scope":"read"}"#));
    let told = "error: the token fails this check: active (it is not active)\n";
    let printed = "{\"active\":false,\"scope\":\"read\"}\n";
    asks(&server, &["--require-scope", "read"]).code(10).stdout(printed).stderr(told).run();
    asks(&server, &["--require-active"]).code(10).stdout(printed).stderr(told).run();
}

#[test]
fn an_answer_that_does_not_say_whether_it_is_active_is_none() {
    for (body, told) in
        [("{}", "it has no active"), (r#"{"active":"true"}"#, "its active is a string, not a boolean (RFC 7662 §2.2)")]
    {
        let server = telling(move |_| super::harness::json(200, body));
        let size = body.len();
        let told = format!(
            "error: the answer of {}/introspection is not an introspection response: {told} (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, {size} bytes)\n\
             hint: run with -v to see the whole answer\n",
            server.origin()
        );
        asks(&server, &[]).fails(4, told).run();
    }
}

#[test]
fn who_refuses_and_who_is_not_there_has_the_usual_codes() {
    for (status, body, code) in [
        (401, r#"{"error":"invalid_client"}"#, 3),
        (403, r#"{"error":"access_denied"}"#, 3),
        (503, "", 6),
        (404, "", 4),
    ] {
        let server = telling(move |_| super::harness::json(status, body));
        asks(&server, &["--retry", "0"]).fails_with(code, ["/introspection"]).run();
    }
}

#[test]
fn without_an_endpoint_the_error_names_the_setting() {
    let server = Server::issuer(|_, _| super::harness::json(200, r#"{"active":true}"#));
    let told = format!(
        "error: {} names no introspection_endpoint\n\
         hint: if the server has one, write introspection_endpoint: URL in a profile, or --introspection-endpoint URL\n",
        server.origin()
    );
    asks(&server, &[]).fails(4, told).run();
    // Both places were looked at.
    assert_eq!(server.requests().iter().filter(|request| request.contains("/.well-known/")).count(), 2);
    asks(&server, &["--introspection-endpoint", &server.at("/x")]).stdout("{\"active\":true}\n").run();
    // That alone is a server, too.
    let run = oauth2tok().args(["introspect", "env:T", "-i", "api", "--introspection-endpoint", &server.at("/y")]);
    run.env("T", "t").env("OAUTH2TOK_CLIENT_SECRET", CANARY).stdout("{\"active\":true}\n").run();
}

#[test]
fn a_token_may_say_who_asks_and_no_client_is_needed() {
    let server = telling(|request| match request.header("authorization") {
        Some("Bearer adm1n-token") => super::harness::json(200, r#"{"active":true}"#),
        _ => status(
            401,
            &[r#"WWW-Authenticate: Bearer error="invalid_token", error_description="it has been revoked""#],
            "",
        ),
    });
    let run = |bearer: &str| {
        let run = oauth2tok().args(["introspect", "--issuer", &server.origin(), "env:T", "--bearer", "env:B"]);
        run.env("T", "t0k3n-asked").env("B", bearer)
    };
    run("adm1n-token").stdout("{\"active\":true}\n").run();
    assert_eq!(asked(&server)[0].body(), "token=t0k3n-asked");
    let told = format!(
        "error: {}/introspection refused the token that was to say who asks (HTTP 401)\n\
         caused by: invalid_token: it has been revoked\n\
         hint: the server that made the token may have ended it: oauth2tok introspect asks it\n",
        server.origin()
    );
    run("0ther-token").fails(3, told).run();
    run("Bearer adm1n-token")
        .fails(
            2,
            "error: --bearer: it holds characters that no Authorization header may carry (RFC 6750 §2.1)\n\
             hint: is it the token alone, without 'Bearer ' and quotes?\n",
        )
        .run();
    let both = ["introspect", "--issuer", &server.origin(), "--bearer", "-"];
    oauth2tok()
        .args(both)
        .fails(
            2,
            "error: TOKEN and --bearer: stdin can be read only once per run\n\
             hint: give the one or the other by env:NAME or file:PATH\n",
        )
        .run();
}

#[test]
fn a_signed_answer_is_verified_before_anything_of_it_is_printed() {
    let kind = "token-introspection+jwt";
    type Change = fn(&mut Value);
    let cases: [(&str, Change, Option<&str>); 8] = [
        (kind, |_| {}, None),
        ("JWT", |_| {}, Some("its typ is 'jwt', not 'token-introspection+jwt'")),
        (kind, |claims| claims["aud"] = "other".into(), Some("its aud is other, not client 'api'")),
        (kind, |claims| claims["iss"] = "x".into(), Some("its iss is 'x', not '[ISS]', code point by code point")),
        (kind, |claims| claims["iss"] = Value::Null, Some("its iss is 'null', not '[ISS]', code point by code point")),
        (kind, |claims| claims["token_introspection"] = json!([]), Some("its token_introspection is no object")),
        (
            kind,
            |claims| claims["token_introspection"]["active"] = 1.into(),
            Some("its active is a number, not a boolean (RFC 7662 §2.2)"),
        ),
        ("forged", |_| {}, Some("its signature does not hold")),
    ];
    for (typ, change, fault) in cases {
        let server = telling(move |request| {
            let told = json!({"active": true, "sub": "u"});
            let mut claims = json!({"iss": request.origin(), "aud": "api", "iat": now(), "token_introspection": told});
            change(&mut claims);
            let jwt = match typ {
                "forged" => signed(kind, &claims).rsplit_once('.').unwrap().0.to_owned() + "." + &base64url([7; 64]),
                typ => signed(typ, &claims),
            };
            status(200, &["Content-Type: application/token-introspection+jwt"], jwt)
        });
        let run = asks(&server, &["--jwt-response"]);
        match fault {
            None => drop(run.stdout("{\"active\":true,\"sub\":\"u\"}\n").run()),
            Some(fault) => {
                let fault = fault.replace("[ISS]", &server.origin());
                let what =
                    format!("error: the signed answer of {}/introspection is not right: {fault}\n", server.origin());
                let output = run.code(4).any_stderr().run();
                assert!(output.stderr.starts_with(&what), "{}", output.stderr);
            }
        }
        assert_eq!(asked(&server)[0].header("accept"), Some("application/token-introspection+jwt"));
    }
}

#[test]
fn plain_json_is_no_signed_answer_and_what_cannot_be_compared_is_not_asked_for() {
    let server = telling(|_| super::harness::json(200, r#"{"active":true}"#));
    asks(&server, &["--jwt-response"])
        .fails(
            4,
            format!(
                "error: the answer of {}/introspection is not an introspection response: it is plain JSON, and a signed \
                 one (RFC 9701) was asked for (HTTP 200)\n\
                 caused by: the server sent a JSON object (application/json, 15 bytes)\n\
                 hint: run with -v to see the whole answer\n",
                server.origin()
            ),
        )
        .run();
    let before = server.count();
    let at = server.at("/introspection");
    let run = |words: &[&str]| oauth2tok().args(["introspect", "env:T", "--jwt-response"]).args(words).env("T", "t");
    run(&["--token-endpoint", &server.url(), "--introspection-endpoint", &at, "-i", "api", "-a", "none"])
        .fails(
            2,
            "error: --jwt-response: whose the signed answer is cannot be told without the issuer\n\
             hint: give the server by --issuer URL\n",
        )
        .run();
    run(&["--issuer", &server.origin(), "--bearer", "env:T"])
        .fails(
            2,
            "error: --jwt-response: whom the signed answer is for cannot be told without a client\n\
             hint: say who asks: --client-id ID\n",
        )
        .run();
    assert_eq!(server.count(), before);
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let server = telling(|_| super::harness::json(200, "{}"));
    let version = env!("CARGO_PKG_VERSION");
    let shown = format!(
        "POST <introspection_endpoint of {}> HTTP/1.1\nAccept: application/token-introspection+jwt\nAccept-Encoding: identity\n\
         User-Agent: oauth2tok/{version}\nContent-Type: application/x-www-form-urlencoded\nAuthorization: Basic ***\n\
         Content-Length: 17\n\ntoken=***\n",
        server.origin()
    );
    let unknown =
        "warning: the introspection endpoint is not known before the issuer is asked, and a dry run asks nobody\n";
    asks(&server, &["--dry-run", "--jwt-response"]).stdout(shown).stderr(unknown).run();
    let at = server.at("/i");
    let shown = format!(
        "POST /i HTTP/1.1\nHost: {}\nAccept: application/json\nAccept-Encoding: identity\n\
         User-Agent: oauth2tok/{version}\nContent-Type: application/x-www-form-urlencoded\nAuthorization: Bearer ***\n\
         Content-Length: 17\n\ntoken=***\n",
        server.authority()
    );
    let bearer = ["--dry-run", "--introspection-endpoint", &at, "--bearer", "env:T"];
    asks(&server, &bearer).stdout(shown).run();
    let curl = asks(&server, &[&bearer[..], &["-o", "curl"]].concat()).any_output().run();
    assert!(curl.stdout.contains(r#"header = "Authorization: Bearer %s""#), "{}", curl.stdout);
    assert!(
        curl.stderr.contains("note: the command reads these shell variables: TOKEN, BEARER_TOKEN\n"),
        "{}",
        curl.stderr
    );
    if is_installed("curl") {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &curl.stdout]).env("TOKEN", "a b").env("BEARER_TOKEN", "t0k");
        assert!(shell.output().unwrap().status.success());
        let request = &asked(&server)[0];
        assert_eq!((request.body(), request.header("authorization")), ("token=a+b", Some("Bearer t0k")));
    }
    let refused = "error: -o curl shows the request instead of sending it\nhint: add --dry-run\n";
    asks(&server, &["-o", "curl"]).fails(2, refused).run();
}
