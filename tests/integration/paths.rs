//! Paths in what is to be written: a command line that a hint gives takes them as they are.

use super::harness::jwt::{fixture, fixture_bytes};
use super::harness::*;

const NAME: &str = "it's my $key";

#[test]
fn a_path_in_a_command_is_quoted() {
    for (name, why, hint) in [
        (
            "keys/ec.p12",
            "it is PKCS#12",
            r"signing_key: command:openssl pkcs12 -in '[HOME]/it'\''s my $$key' -nodes -passin env:NAME",
        ),
        (
            "keys/ec.3des.pem",
            "it is encrypted with 3DES, which is not read here",
            r"turn it into a form that is: openssl pkcs8 -topk8 -in '[HOME]/it'\''s my $key' -out NEW",
        ),
        (
            "keys/ec.openssh",
            "it is in OpenSSH's own form",
            r"turn a copy of it into PKCS#8: ssh-keygen -p -m PKCS8 -f '[HOME]/it'\''s my $key'",
        ),
        (
            "keys/ec.half.pem",
            "the key's public half is missing",
            r"append it: openssl pkey -in '[HOME]/it'\''s my $key' -pubout >> '[HOME]/it'\''s my $key'",
        ),
    ] {
        oauth2tok()
            .file(NAME, fixture_bytes(name))
            .args(["--token-endpoint", "https://idp.invalid/t", "-i", ID, "-a", "private_key_jwt"])
            .args(["--signing-key", &format!("file:~/{NAME}")])
            .fails(2, format!("error: signing_key (flag --signing-key): {why}\nhint: {hint}\n"))
            .run();
    }
    oauth2tok()
        .file(NAME, format!("{{\"pem\":{:?}}}", fixture("ec.pkcs8.pem")))
        .args(["--token-endpoint", "https://idp.invalid/t", "-i", ID, "-a", "private_key_jwt"])
        .args(["--signing-key", &format!("file:~/{NAME}")])
        .fails_with(2, [r"command:jq -r .pem '", r"/it'\''s my $key'"])
        .run();
    // The client certificate's too.
    for (name, hint) in [
        ("keys/ec.p12", r"cert: command:openssl pkcs12 -in 'it'\''s my $$key' -nodes -passin env:NAME"),
        ("keys/ec.p7b.pem", r"turn it into PEM: openssl pkcs7 -print_certs -in 'it'\''s my $key' -out NEW"),
    ] {
        oauth2tok()
            .file(NAME, fixture_bytes(name))
            .args(["--token-endpoint", "https://idp.invalid/t", "-i", ID, "-a", "tls_client_auth", "--cert", NAME])
            .fails_with(2, [hint])
            .run();
    }
}

/// Whoever cannot wait for a key learns which, and not that a server did not answer.
#[test]
fn a_key_that_takes_all_the_time_is_named() {
    const SOONER: &str = "hint: a key that was encrypted with fewer rounds opens sooner (openssl pkcs8 -topk8 -iter N); --timeout gives it longer\n";
    let run = |flags: &[&str]| {
        oauth2tok()
            .file("slow.pem", fixture("keys/ec.slowest.pem"))
            .file("cert.pem", fixture("keys/ec.certificate.pem"))
            .args(["--token-endpoint", "https://127.0.0.1:9/t", "-i", ID, "--timeout", "500ms"])
            .args(flags)
            .env("OAUTH2TOK_KEY_PASSPHRASE", "test")
            .env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "test")
    };
    run(&["-a", "private_key_jwt", "--signing-key", "file:slow.pem"])
        .without("OAUTH2TOK_KEY_PASSPHRASE")
        .fails(
            2,
            format!(
                "error: signing_key (flag --signing-key): opening it took all of the 500ms that the run has\n{SOONER}"
            ),
        )
        .run();
    run(&["-a", "none", "--cert", "cert.pem", "--key", "slow.pem"])
        .without("OAUTH2TOK_SIGNING_KEY_PASSPHRASE")
        .fails_with(
            2,
            ["cannot use the private key in slow.pem: opening it took all of the 500ms that the run has\n", SOONER],
        )
        .run();
}
