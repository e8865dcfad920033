//! `logout`: how the client proves itself where tokens are revoked, and who else is at work on the login meanwhile.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::harness::browser::{Browser, in_two_steps, login_server, posted, profile};
use super::harness::jwt::{ED25519, fixture};
use super::harness::*;

/// A server that revokes, and whose tokens are `tok-0` until they are refreshed.
fn server(refreshed: fn() -> Answer) -> Server {
    login_server("", move |_, request| match (request.target(), request.field("refresh_token")) {
        ("/revoke", _) => json(200, ""),
        (_, None) => token_with("tok-0", r#","expires_in":3600,"refresh_token":"ref-0""#),
        (_, Some(_)) => refreshed(),
    })
}

fn never() -> Answer {
    json(500, "")
}

/// What came to the endpoint that revokes.
fn revocations(server: &Server) -> Vec<Request> {
    posted(server).into_iter().filter(|request| request.target() == "/revoke").collect()
}

fn is_none(run: &Run) {
    let status = run.clone().args(["login", "status", "-p", "p"]).code(9).any_output().run();
    assert!(status.stdout.ends_with("\tnone\n"), "{status:?}");
}

#[test]
fn the_client_proves_itself_where_tokens_are_revoked_as_where_they_are_made() {
    let server = server(never);
    let basic = format!("Basic {}", STANDARD.encode("app:s3cret-of-app"));
    for (more, authorization, proof) in [
        (", client_secret: env:SECRET", Some(&*basic), ""),
        (
            ", client_secret: env:SECRET, auth_method: client_secret_post",
            None,
            "&client_id=app&client_secret=s3cret-of-app",
        ),
        (", auth_method: none", None, "&client_id=app"),
    ] {
        let run = profile(&server, more).env("SECRET", "s3cret-of-app");
        in_two_steps(&run, &["-p", "p", "-q"]).0.run();
        let before = revocations(&server).len();
        run.clone().args(["logout", "-p", "p"]).run();
        let sent = &revocations(&server)[before..];
        assert_eq!(
            sent.iter().map(Request::body).collect::<Vec<_>>(),
            [
                format!("token=ref-0&token_type_hint=refresh_token{proof}"),
                format!("token=tok-0&token_type_hint=access_token{proof}"),
            ]
        );
        for request in sent {
            assert_eq!(request.header("authorization"), authorization);
        }
        is_none(&run);
    }
}

#[test]
fn an_assertion_is_made_anew_for_each_token_that_is_revoked() {
    let server = server(never);
    let run = profile(&server, ", auth_method: private_key_jwt, signing_key: env:KEY").env("KEY", fixture(ED25519));
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let traded = Jwt::of_client(&posted(&server)[0]);
    run.clone().args(["logout", "-p", "p"]).run();
    let sent = revocations(&server);
    let fields = |request: &Request| {
        ["token", "token_type_hint", "client_id", "client_assertion_type"].map(|name| request.field(name).unwrap())
    };
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(
        sent.iter().map(fields).collect::<Vec<_>>(),
        [["ref-0", "refresh_token", "app", kind], ["tok-0", "access_token", "app", kind]]
    );
    let proofs: Vec<_> = sent.iter().map(Jwt::of_client).collect();
    for proof in &proofs {
        proof.is_signed_by(ED25519);
        assert_eq!((&proof.claims["iss"], &proof.claims["sub"]), (&"app".into(), &"app".into()));
        // Whom it is for is the same wherever it goes.
        assert_eq!(proof.claims["aud"], traded.claims["aud"]);
    }
    assert_ne!(proofs[0].claims["jti"], proofs[1].claims["jti"]);
    is_none(&run);
}

/// A refresh that takes a while.
fn late() -> Answer {
    token_with("tok-1", r#","expires_in":7200,"refresh_token":"ref-1""#).late(Duration::from_millis(400))
}

/// Somebody who is logged in, and a run that is refreshing that.
fn refreshing(server: &Server) -> (Run, Running) {
    let run = profile(server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let count = server.count();
    let running = run.clone().args(["-p", "p", "--min-valid", "90m"]).prints("tok-1").any_stderr().start();
    server.wait_for(count + 1);
    (run, running)
}

#[test]
fn what_a_refresh_brings_meanwhile_is_revoked_and_forgotten_too() {
    let server = server(late);
    let (run, running) = refreshing(&server);
    run.clone().args(["logout", "-p", "p"]).run();
    running.finish();
    let tokens: Vec<_> = revocations(&server).iter().map(|request| request.field("token").unwrap()).collect();
    assert_eq!(tokens, ["ref-1", "tok-1"]);
    is_none(&run);
}

#[test]
fn a_refresh_that_is_not_waited_for_does_not_bring_the_login_back() {
    let server = server(late);
    let local = ["logout", "-p", "p", "--local", "--timeout", "100ms"];
    let waited = "warning: another run is asking for the same login, and may keep it again\n";
    let elsewhere = "note: 1 kept token that belongs to no profile: forgotten, and not revoked\n";
    for (words, told) in [
        (&local[..], waited),
        (&["cache", "clear", "--all"], ""),
        (&["logout", "--all", "--config", "none.yaml"], elsewhere),
    ] {
        let (run, running) = refreshing(&server);
        let run = run.file("none.yaml", "profiles: {}\n");
        run.clone().args(words).any_stdout().stderr(told).run();
        assert_eq!(
            running.finish().stderr,
            "warning: the login was forgotten while it was refreshed: it ends with this token\n"
        );
        is_none(&run);
    }
}

#[test]
fn nor_does_one_that_is_refused() {
    let server = server(|| json(400, r#"{"error":"invalid_grant"}"#).late(Duration::from_millis(300)));
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let count = server.count();
    let running = run.clone().args(["-p", "p", "--min-valid", "90m"]).code(9).any_output().start();
    server.wait_for(count + 1);
    run.clone().args(["cache", "clear", "-p", "p"]).run();
    running.finish();
    is_none(&run);
}

#[test]
fn a_person_who_is_logging_in_meanwhile_is_told_of_and_waited_for_no_longer_than_there_is_time() {
    let server = server(never);
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let logout = run.clone().args(["logout", "-p", "p", "--local", "--timeout", "100ms"]);
    let (login, browser) = Browser::of(run.clone().args(["login", "-p", "p", "-q"]));
    let running = login.any_stderr().start();
    let asked = browser.begin();
    logout.clone().stderr("warning: another run is asking for the same login, and may keep it again\n").run();
    is_none(&run);
    // Nothing is kept now, so that there is nothing to wait for.
    logout.run();
    assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
    running.finish();
    run.args(["-p", "p"]).prints("tok-0").run();
}
