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
