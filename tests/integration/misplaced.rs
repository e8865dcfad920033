//! Keys and names of sources where something else belongs.

use super::harness::jwt::{ED25519, P256, RSA, fixture};
use super::harness::*;

/// The flags of a request with a ready-made token of `name`.
fn with_token(name: &str) -> &'static [&'static str] {
    match name {
        "client_assertion" => &["-i", ID],
        "assertion" => &["-g", "jwt-bearer"],
        "client_secret" => &["-i", ID],
        _ => &["-g", "token-exchange", "--subject-token-type", "jwt"],
    }
}

#[test]
fn no_private_key_is_sent_in_the_place_of_a_token() {
    let account = format!("{{\"type\":\"service_account\",\"private_key\":{:?}}}", fixture(RSA));
    for name in ["client_assertion", "assertion", "subject_token", "client_secret"] {
        for key in [&fixture(RSA), &fixture(P256), &fixture(ED25519), &account] {
            let server = Server::new();
            let flag = format!("--{}", name.replace('_', "-"));
            let told = format!(
                "error: cannot read {name} from file:~/k\ncaused by: it is a private key, which is not sent to anybody\n\
                 hint: a key signs what is sent: --signing-key file:PATH, or signing_key: file:PATH in a profile\n"
            );
            let run = oauth2tok().file("k", key).args(["-q", "--token-endpoint", &server.url()]);
            run.args(with_token(name)).args([&flag, "file:~/k"]).fails(2, &told).run();
            assert_eq!(server.connections(), 0, "something was sent");
        }
    }
}

#[test]
fn a_setting_without_a_flag_is_named_with_the_places_that_it_has() {
    for (flag, name) in [
        ("--assertion-issuer", "assertion_issuer"),
        ("--signing-key-passphrase=x", "signing_key_passphrase"),
        ("--assertion-lifetime", "assertion_lifetime"),
        ("--dpop-alg", "dpop_alg"),
        ("--x5t", "x5t"),
        ("--clock-offset", "clock_offset"),
        ("--actor-token", "actor_token"),
        ("--secret-params", "secret_params"),
    ] {
        let hint =
            format!("hint: {name} has no flag: write it in a profile, or OAUTH2TOK_{}=…\n", name.to_ascii_uppercase());
        oauth2tok().args([flag, "x"]).fails_with(2, ["error: unknown flag", &hint]).run();
    }
}

#[test]
fn what_a_new_key_signs_with_is_asked_for_by_its_values() {
    let missing = "error: missing: --alg <ES256|ES384|EdDSA>\n\
        hint: 'oauth2tok key -h' lists its flags, '--help' explains them\n";
    oauth2tok().args(["key", "new", "k"]).fails(2, missing).run();
    let cased = "error: --alg: expected one of ES256, ES384, EdDSA\nhint: did you mean 'ES256'?\n";
    oauth2tok().args(["key", "new", "--alg", "es256", "k"]).fails(2, cased).run();
}

/// What only the issuer knows is named as such.
#[test]
fn a_dry_run_does_not_take_the_issuer_for_its_endpoint() {
    let shown = oauth2tok().file("k", fixture(P256)).args(["--issuer", "https://as.example", "-i", ID, "--dry-run"]);
    let shown = shown.args(["-a", "private_key_jwt", "--signing-key", "file:k", "--dpop"]);
    let endpoint = "<token_endpoint of https://as.example>";
    let [aud, htu] = ["aud", "htu"].map(|name| format!("\"{name}\":\"{endpoint}\""));
    let located = shown.clone().args(["--assertion-audience", "token_endpoint"]);
    located.any_stdout().stderr_with([&*aud, &*htu]).run();
    shown.any_stdout().stderr_with(["\"aud\":\"https://as.example", &*htu]).run();
}

#[test]
fn a_dry_run_as_curl_says_that_the_proof_is_missing() {
    oauth2tok()
        .args([
            "--token-endpoint",
            "https://as.example/token",
            "-i",
            ID,
            "-a",
            "none",
            "--dpop",
            "--dry-run",
            "-o",
            "curl",
        ])
        .stdout_with(["curl ", "https://as.example/token"])
        .stderr_with(["note: the DPoP proof is missing: curl cannot make one, and each request needs a new one\n"])
        .run();
}
