//! `revoke`: a token that is given, and those that are kept.

use super::harness::browser::{in_two_steps, login_server, posted, profile};
use super::harness::*;

/// A server with such answers where tokens are revoked; its tokens are `tok-1`.
fn server(revoked: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    login_server("", move |_, request| match request.target() {
        "/revoke" => revoked(request),
        _ => token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#),
    })
}

fn revocations(server: &Server) -> Vec<String> {
    let sent = posted(server).into_iter().filter(|request| request.target() == "/revoke");
    sent.map(|request| request.body().to_owned()).collect()
}

/// A run that ends the token in a variable.
fn ends(server: &Server, words: &[&str]) -> Run {
    let run = oauth2tok().args(["revoke", "--issuer", &server.origin(), "-i", "ci", "--retry", "0"]).args(words);
    run.env("T", "t0k3n-given").env("OAUTH2TOK_CLIENT_SECRET", CANARY)
}

#[test]
fn two_hundred_is_success_whatever_it_holds() {
    for body in ["", "{}", "<html>", r#"{"error":"invalid_token"}"#, r#"{"error":"unsupported_token_type"}"#] {
        let server = server(move |_| json(200, body));
        ends(&server, &["env:T"]).stdout("").run();
        ends(&server, &["env:T", "--token-type-hint", "refresh_token"]).stdout("").run();
        ends(&server, &[]).stdin("t0k3n-given\n").stdout("").run();
        let plain = "token=t0k3n-given";
        assert_eq!(revocations(&server), [plain, &format!("{plain}&token_type_hint=refresh_token"), plain]);
    }
}

#[test]
fn what_is_no_success_has_its_code() {
    for (status, body, code) in [
        (400, r#"{"error":"unsupported_token_type"}"#, 3),
        (401, r#"{"error":"invalid_client"}"#, 3),
        (429, "", 6),
        (500, "", 6),
        (503, "", 6),
        (404, "<html>", 4),
    ] {
        let server = server(move |_| json(status, body));
        ends(&server, &["env:T"]).fails_with(code, ["/revoke"]).run();
    }
    let server = server(|_| json(400, r#"{"error":"unsupported_token_type"}"#));
    ends(&server, &["env:T"])
        .fails(
            3,
            "error: http://127.0.0.1:[PORT]/revoke refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: unsupported_token_type\n\
             hint: the server does not revoke tokens of this kind; oauth2tok logout --local does not ask it\n",
        )
        .run();
    let server = Server::issuer(|_, _| json(200, ""));
    let told = format!(
        "error: {} names no revocation_endpoint\n\
         hint: if the server has one, write revocation_endpoint: URL in a profile, or --revocation-endpoint URL\n",
        server.origin()
    );
    ends(&server, &["env:T"]).fails(4, told).run();
}

#[test]
fn what_is_kept_ends_with_the_refresh_token_first_and_is_forgotten_then() {
    let server = server(|_| json(200, ""));
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    run.clone().args(["-p", "p"]).prints("tok-1").run();
    run.clone().args(["revoke", "-p", "p", "--kept"]).run();
    assert_eq!(
        revocations(&server),
        [
            "token=ref-1&token_type_hint=refresh_token&client_id=app",
            "token=tok-1&token_type_hint=access_token&client_id=app"
        ]
    );
    run.clone().args(["-p", "p"]).code(9).any_output().run();
    run.args(["revoke", "-p", "p", "--kept"])
        .stderr("note: no token is kept with these settings: nothing was revoked\n")
        .run();
}

#[test]
fn a_token_that_a_run_keeps_ends_as_well() {
    let server = Server::issuer(|_, request| match request.target() {
        "/r" => json(200, ""),
        _ => token_with("tok-1", r#","expires_in":3600"#),
    });
    let home = home();
    let at = server.at("/r");
    let run = || {
        let run = oauth2tok().at_home(&home).args(["--issuer", &server.origin(), "-i", "ci"]);
        run.env("OAUTH2TOK_CLIENT_SECRET", CANARY).env("OAUTH2TOK_REVOCATION_ENDPOINT", &at)
    };
    run().args(["--cache"]).prints("tok-1").run();
    run().args(["revoke", "--kept"]).run();
    run().args(["--cache"]).prints("tok-1").run();
    let sent: Vec<_> = posted(&server).iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(sent, ["/token", "/r", "/token"]);
}

#[test]
fn what_the_server_does_not_end_stays_to_try_again() {
    for (status, body, code) in [(503, "", 6), (429, "", 6), (400, r#"{"error":"unsupported_token_type"}"#, 3)] {
        let server = server(move |_| json(status, body));
        let run = profile(&server, "");
        in_two_steps(&run, &["-p", "p", "-q"]).0.run();
        let output = run.clone().args(["revoke", "-p", "p", "--kept", "--retry", "0"]).code(code).any_stderr().run();
        let left = "caused by: not revoked: refresh_token, access_token\n";
        assert!(output.stderr.contains(left), "{}", output.stderr);
        run.args(["-p", "p"]).prints("tok-1").run();
    }
}

#[test]
fn one_of_them_is_meant_and_not_both() {
    let server = server(|_| json(200, ""));
    ends(&server, &["--kept", "env:T"]).code(2).any_output().run();
    ends(&server, &["--kept", "--token-type-hint", "x"]).code(2).any_output().run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_dry_run_shows_what_would_end() {
    let server = server(|_| json(200, ""));
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let count = server.count();
    let version = env!("CARGO_PKG_VERSION");
    let shown = |length: u32, kind: &str| {
        format!(
            "POST <revocation_endpoint of {}> HTTP/1.1\nAccept: application/json\nAccept-Encoding: identity\n\
             User-Agent: oauth2tok/{version}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {length}\n\n\
             token=***&token_type_hint={kind}&client_id=app\n",
            server.origin()
        )
    };
    let unknown =
        "warning: the revocation endpoint is not known before the issuer is asked, and a dry run asks nobody\n";
    let both = shown(55, "refresh_token") + "\n" + &shown(54, "access_token");
    run.clone().args(["revoke", "-p", "p", "--kept", "--dry-run"]).stdout(both).stderr(unknown).run();
    assert_eq!(server.count(), count);
    run.args(["-p", "p"]).prints("tok-1").run();
}

#[test]
fn help_says_what_two_hundred_does_not_prove() {
    let short = oauth2tok().args(["revoke", "-h"]).any_stdout().run().stdout;
    assert!(short.contains("200 does not prove"), "{short}");
    let long = oauth2tok().args(["revoke", "--help"]).any_stdout().run().stdout;
    assert!(long.contains("such as Hydra"), "{long}");
}
