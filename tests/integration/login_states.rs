//! What is kept of logins: how each stands, which settings make another one of it, and how it is forgotten without a word.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::harness::browser::{in_two_steps, login_server, posted, profile};
use super::harness::jwt::{now, unsigned};
use super::harness::*;

/// A server whose tokens are numbered, `t-1` and so on. With the scope `final` no refresh token comes; with `openid` it says who.
fn server() -> Server {
    let count = AtomicUsize::new(0);
    login_server("", move |_, request| {
        let n = count.fetch_add(1, Ordering::SeqCst) + 1;
        let refresh = if request.field("code").as_deref() == Some("final") { "" } else { r#","refresh_token":"r""# };
        let claims = json!({"iss": request.origin(), "aud": "app", "sub": "u", "email": "ada@x", "iat": now(), "exp": now() + 60});
        token_with(&format!("t-{n}"), &format!(r#","expires_in":3600{refresh},"id_token":"{}""#, unsigned(&claims)))
    })
}

/// Logs in with these words, with this code.
#[track_caller]
fn log_in(run: &Run, words: &[&str], code: &str) {
    let (finish, asked) = in_two_steps(run, words);
    finish.stdin(asked.back(&[("code", code)])).any_output().run();
}

#[test]
fn the_status_tells_how_each_login_stands_and_asks_nobody() {
    let server = server();
    let origin = server.origin();
    let run = oauth2tok()
        .config(&format!(
            "defaults: {{ issuer: '{origin}', client_id: app, grant_type: authorization_code }}\n\
             profiles:\n  good: {{ scope: a }}\n  final: {{ scope: b }}\n  renew: {{ scope: c, min_valid: 2h }}\n  \
             ended: {{ scope: d, min_valid: 2h }}\n  none: {{ scope: e }}\n  \
             sealed: {{ scope: f, client_secret: \"command:sh -c 'echo x >>ran; echo s3cret-of-app'\" }}\n  \
             locked: {{ scope: g, cache_secret: 'env:LOCK' }}\n  ci: {{ scope: h, grant_type: client_credentials, client_secret: env:S }}\n"
        ))
        .env("LOCK", "one")
        .env("S", "s");
    for (name, code) in
        [("good", "c"), ("final", "final"), ("renew", "c"), ("ended", "final"), ("sealed", "c"), ("locked", "c")]
    {
        log_in(&run, &["-p", name], code);
    }
    let (count, ran) = (server.count(), std::fs::read(run.path("ran")).unwrap());
    let run = run.args(["login", "status"]);
    let told = run.clone().env("LOCK", "other").code(9).any_output().run();
    let rows: Vec<Vec<String>> =
        told.stdout.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    let seconds = |row: &[String]| row[3].parse().is_ok_and(|left: u64| (3500..=3600).contains(&left));
    assert!(rows.iter().all(|row| row[2] == origin), "{told:?}");
    let short: Vec<_> = rows
        .iter()
        .map(|row| [&*row[0], &row[1], if seconds(row) { "N" } else { &row[3] }, &row[4], &row[5]])
        .collect();
    assert_eq!(
        short,
        [
            ["good", "ada@x", "N", "renewable", "good"],
            ["final", "ada@x", "N", "final", "good"],
            ["renew", "ada@x", "N", "renewable", "renew"],
            ["ended", "ada@x", "N", "final", "ended"],
            ["none", "-", "-", "unknown", "none"],
            ["sealed", "-", "-", "unknown", "sealed"],
            ["locked", "-", "-", "unknown", "unknown"],
        ]
    );
    assert_eq!(
        told.stderr,
        "error: not logged in: ended (ended), none (none), sealed (sealed), locked (unknown)\n\
         hint: oauth2tok login -p ended\nhint: oauth2tok login -p none\nhint: oauth2tok login -p sealed\nhint: oauth2tok login -p locked\n"
    );
    assert_eq!(std::fs::read(run.path("ran")).unwrap(), ran, "no command of a profile that nobody named is run");
    run.clone().args(["-p", "good", "final", "renew", "locked", "sealed"]).any_stdout().run();
    let object = run.args(["-p", "final", "-o", "json"]).any_stdout().run().stdout;
    let mut object: Value = serde_json::from_str(&object).unwrap();
    assert!(object["seconds_left"].take().as_u64().is_some_and(|left| left <= 3600));
    let expected = json!({"name": "final", "account": "ada@x", "issuer": origin, "seconds_left": null, "refresh": "final", "state": "good"});
    assert_eq!(object, expected);
    assert_eq!(server.count(), count, "nothing is sent");
}

#[test]
fn each_account_and_each_further_parameter_is_a_login_and_how_one_is_asked_is_none() {
    let server = server();
    let run = profile(&server, "");
    log_in(&run, &["-p", "p", "-u", "ada@x"], "c");
    run.clone().args(["-p", "p"]).code(9).any_stderr().run();
    run.clone().args(["-p", "p", "-u", "bob@x"]).code(9).any_stderr().run();
    log_in(&run, &["-p", "p", "--prompt", "consent"], "c");
    let run = run.args(["-p", "p"]);
    run.clone().args(["-u", "ada@x"]).stdout("t-1\n").run();
    for (name, value) in [
        ("LOGIN", "never"),
        ("PROMPT", "login"),
        ("LOGIN_HINT", "ada@x"),
        ("MAX_AGE", "1h"),
        ("REDIRECT_URI", "http://localhost/cb"),
        ("LISTEN", "127.0.0.1:8765"),
        ("RESPONSE_MODE", "form_post"),
        ("PAR", "true"),
        ("PKCE", "false"),
        ("LOGIN_TIMEOUT", "1m"),
        ("BROWSER", "none"),
        ("AUTHORIZATION_ENDPOINT", "https://other.example/a"),
        ("REVOCATION_ENDPOINT", "https://other.example/r"),
    ] {
        run.clone().env(&format!("OAUTH2TOK_{name}"), value).stdout("t-2\n").run();
    }
    for (name, value) in
        [("AUTH_PARAM", "tenant=acme"), ("ACR_VALUES", "gold"), ("CACHE_SECRET", "c4che"), ("SCOPE", "x")]
    {
        run.clone().env(&format!("OAUTH2TOK_{name}"), value).code(9).any_stderr().run();
    }
    assert_eq!(posted(&server).len(), 2);
}

#[test]
fn a_profile_that_keeps_nothing_or_is_no_login_can_be_logged_in_all_the_same() {
    let server = server();
    let run = profile(&server, ", cache: false");
    log_in(&run, &["-p", "p"], "c");
    // It is kept, and this profile does not look for it.
    run.clone().args(["-p", "p"]).code(9).any_stderr().run();
    run.args(["login", "status", "-p", "p"]).any_stdout().run();
    for (grant, number) in [("", 2), (", grant_type: client_credentials", 3)] {
        let run = oauth2tok().env("S", "s3cret-of-app").config(&format!(
            "profiles:\n  ci: {{ issuer: '{}', client_id: app, client_secret: env:S{grant} }}\n",
            server.origin()
        ));
        let (finish, asked) = in_two_steps(&run, &["-p", "ci", "-v"]);
        assert!(asked.url.starts_with(&server.at("/authorize?")));
        let told = finish.any_output().run().stderr;
        assert!(told.contains("* grant_type of this login: authorization_code\n"), "{told}");
        let traded = posted(&server).pop().unwrap();
        assert_eq!(traded.field("grant_type").unwrap(), "authorization_code");
        run.clone().args(["-p", "ci", "-g", "authorization_code"]).stdout(format!("t-{number}\n")).run();
    }
}

#[test]
fn what_is_kept_is_listed_and_forgotten_without_asking_the_server() {
    let server = server();
    let run = profile(&server, "");
    log_in(&run, &["-p", "p"], "c");
    let count = server.count();
    let list = run.clone().args(["cache", "list"]).any_stdout().run().stdout;
    assert!(list.starts_with("p\t") && list.contains("\thit; good for ") && list.lines().count() == 1, "{list}");
    run.clone().args(["cache", "clear", "-p", "p"]).run();
    run.clone().args(["-p", "p"]).code(9).any_stderr().run();
    assert_eq!(server.count(), count, "nothing is sent");
}
