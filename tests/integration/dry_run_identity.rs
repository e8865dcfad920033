//! `--dry-run` of what is signed: it shows what would be said, and signs nothing.

use super::harness::*;

const EC: &str = include_str!("../fixtures/ec.pkcs8.pem");

fn signing(server: &Server) -> Run {
    let run = oauth2tok().file("key.pem", EC).args(["--token-endpoint", &server.url(), "-i", ID]);
    run.args(["-a", "private_key_jwt", "--dry-run"])
}

#[test]
fn header_and_claims_are_shown_and_no_signer_runs() {
    let server = Server::new();
    let run = signing(&server).args(["--signing-alg", "PS256", "--signer", "touch ran", "--key-id", "k"]);
    run.clone()
        .stdout_with(["&client_assertion=***\n"])
        .stderr_with([
            r#"note: assertion, not signed: {"alg":"PS256","typ":"JWT","kid":"k"} {"iss":"ci","sub":"ci","aud":"http://"#,
            r#""jti":"(new each time)"}"#,
        ])
        .run();
    assert!(!run.path("ran").exists() && run.path("key.pem").exists());
    // A key that is none is told, though nothing is signed with it.
    let wrong = signing(&server).file("none", "x").args(["--signing-key", "file:none"]);
    wrong.fails_with(2, ["signing_key (flag --signing-key)"]).run();
    assert_eq!(server.count(), 0);
}

/// What fills the variable is what the note says, and the command sends it.
#[test]
fn the_command_takes_the_assertion_from_a_variable_that_a_note_tells_how_to_fill() {
    let server = Server::new();
    let program = assert_cmd::cargo::cargo_bin!().to_str().unwrap();
    let config = format!(
        "profiles: {{ 'my prod': {{ token_endpoint: '{}', client_id: ci, auth_method: private_key_jwt, signing_key: 'file:key.pem' }} }}",
        server.url()
    );
    let run = oauth2tok().file("key.pem", EC).config(&config);
    let command = run.clone().args(["-p", "my prod", "--dry-run", "-o", "curl"]);
    let fill = "OAUTH2TOK_CLIENT_ASSERTION=$(oauth2tok assertion -p 'my prod')";
    let output = command
        .any_stdout()
        .stderr_with([
            "note: the command reads these shell variables: OAUTH2TOK_CLIENT_ASSERTION\n",
            &format!("note: fill it with: {fill}\n"),
        ])
        .run();
    assert!(!output.stdout.contains("eyJ"), "{}", output.stdout);
    let script = format!("{}\n{}", fill.replace("oauth2tok", program), output.stdout);
    run.by(["sh", "-c", &script, "sh"]).any_output().run();
    let sent = server.request().field("client_assertion").unwrap();
    assert_eq!(sent.split('.').count(), 3, "{sent}");
    // Without a profile the flags are the user's own.
    signing(&server)
        .args(["--signing-key", "file:key.pem", "-o", "curl"])
        .any_stdout()
        .stderr_with([
            "fill it with: OAUTH2TOK_CLIENT_ASSERTION=$(oauth2tok assertion …), with the flags of this run\n",
        ])
        .run();
    // What the user named is filled by the user.
    oauth2tok()
        .args([
            "--token-endpoint",
            &server.url(),
            "-i",
            ID,
            "--client-assertion",
            "env:MINE",
            "--dry-run",
            "-o",
            "curl",
        ])
        .env("MINE", "a.b.c")
        .any_stdout()
        .stderr("note: the command reads these shell variables: MINE\n")
        .run();
}

#[test]
fn github_is_not_asked() {
    let (server, github) = (Server::new(), Server::new());
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", ID, "--client-assertion", "github:x", "--dry-run"])
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", github.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "j0b")
        .stdout_with(["client_assertion=***"])
        .stderr("note: client_assertion is asked for at GitHub when the request goes out; a dry run asks nobody\n")
        .run();
    assert_eq!((server.count(), github.count()), (0, 0));
}
