//! The identity token of a job in GitHub Actions, from a platform of our own.

use super::harness::*;

/// A JWT with no claims.
const IDENTITY: &str = "e30.e30.aWRlbnRpdHk";

const PERMISSION: &str = "hint: give the job 'permissions: id-token: write'; a pull request from a fork gets no such token whatever it says\n";

fn identity() -> Answer {
    json(200, &format!(r#"{{"count":1,"value":"{IDENTITY}"}}"#))
}

/// A client that shows the token of its job, at a server and a platform.
fn job(server: &Server, platform: &str) -> Run {
    client_of(server.url())
        .without("OAUTH2TOK_CLIENT_SECRET")
        .args(["--client-assertion", "github:api://A B"])
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", platform)
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "j0b-canary")
        .stderr_without(["j0b-canary", IDENTITY])
}

#[test]
fn a_job_shows_the_token_that_its_platform_gives() {
    let (server, platform) = (Server::answering(token()), Server::answering(identity()));
    let run = || job(&server, &format!("{}?v=2", platform.url()));
    run().args(["-H", "X-Ours: 1"]).prints(TOKEN).run();
    let asked = &platform.requests()[0];
    assert_eq!((asked.method(), asked.target()), ("GET", "/token?v=2&audience=api%3A%2F%2FA%20B"));
    assert_eq!(asked.header("authorization"), Some("bearer j0b-canary"));
    assert_eq!(asked.header("accept"), Some("application/json; api-version=2.0"));
    assert_eq!(asked.header("x-ours"), None);
    assert!(server.requests()[0].body().contains(&format!("client_assertion={IDENTITY}")));
    // Both exchanges are shown, and neither token.
    run()
        .args(["-v"])
        .prints(TOKEN)
        .stderr_with(["> Authorization: bearer ***\n", r#"< {"count":1,"value":"***"}"#, "client_assertion=***"])
        .run();
    // Nobody is asked for what is not sent.
    run().args(["--dry-run"]).any_output().run();
    assert_eq!((platform.requests().len(), server.requests().len()), (2, 2));
}

#[test]
fn each_request_has_a_token_of_its_own() {
    let busy = status(503, &["Retry-After: 0"], "");
    let (server, platform) = (Server::answering_each([busy, token()]), Server::answering(identity()));
    job(&server, platform.url().as_str()).prints(TOKEN).run();
    assert_eq!((platform.requests().len(), server.requests().len()), (2, 2));
}

#[test]
fn a_hit_asks_nobody_and_is_for_one_job() {
    let (server, platform) = (Server::answering(token()), Server::answering(identity()));
    let home = home();
    let run = || job(&server, platform.url().as_str()).at_home(&home).args(["--cache"]).prints(TOKEN);
    run().run();
    run().run();
    assert_eq!((platform.requests().len(), server.requests().len()), (1, 1));
    run().env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "an0ther-j0b").run();
    assert_eq!((platform.requests().len(), server.requests().len()), (2, 2));
}

#[test]
fn what_is_no_token_is_told_and_nothing_goes_to_the_server() {
    let server = Server::answering(token());
    let told = |answer: Answer, code, expected: &str| {
        let platform = Server::answering(answer);
        job(&server, platform.url().as_str()).args(["--retry", "0"]).fails(code, format!("error: {expected}")).run();
    };
    let hint = "hint: -v shows what came; a proxy on the way may have said it\n";
    told(json(403, "{}"), 2, &format!("GitHub refuses the job its identity token (HTTP 403)\n{PERMISSION}"));
    told(html(200, "<html>"), 2, &format!("GitHub gave no identity token: it is a web page (HTTP 200)\n{hint}"));
    told(
        json(200, r#"{"value":"opaque"}"#),
        2,
        &format!("GitHub gave no identity token: its 'value' is no JWT (HTTP 200)\n{hint}"),
    );
    told(json(500, "{}"), 6, "GitHub gives no identity tokens now (HTTP 500)\nhint: try again later\n");
    let own = "hint: both variables are the job's own: leave them as GitHub sets them\n";
    for (url, expected) in [
        ("http://platform.example/t", format!("it is plain http to another machine\n{own}")),
        (
            "https://u:p@127.0.0.1/t",
            format!("it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)\n{own}"),
        ),
    ] {
        let expected = format!("error: ACTIONS_ID_TOKEN_REQUEST_URL cannot be used: {expected}");
        job(&server, url).fails(2, expected).run();
    }
    job(&server, "https://127.0.0.1:1/t")
        .without("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        .fails(
            2,
            format!(
                "error: ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set: this is no job of GitHub Actions that may ask for its identity token\n{PERMISSION}"
            ),
        )
        .run();
    job(&server, "http://127.0.0.1:1/t").args(["--retry", "0"]).fails_with(5, ["127.0.0.1:1"]).run();
    assert_eq!(server.connections(), 0);
}
