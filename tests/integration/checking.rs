//! `profile check` where one thing is wrong: nothing is told of what only seems wrong for that.

use super::harness::*;

/// Two keys (RFC 8037, appendix A.1), of which one must be named.
const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"OKP","crv":"Ed25519","kid":"b","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[test]
fn what_cannot_be_read_is_said_all_the_same() {
    let unset = "the environment variable UNSET is not set (${UNSET:default} gives a default)";
    let method = "token_endpoint_auth_method: expected one of client_secret_basic, client_secret_post, private_key_jwt, client_secret_jwt, tls_client_auth, self_signed_tls_client_auth, none, basic, post; did you mean private_key_jwt?";
    let grant = "grant_type: did you mean token-exchange? A name that is nearly a known one is refused";
    // What is wrong begins at the caret.
    for (said, told) in [
        ("client_assertion: ^'file:${UNSET}'", unset),
        ("client_secret: ^'file:${UNSET}'", unset),
        ("client_assertion: ^'file:${UNSET}', client_assertion_type: 'urn:x:y'", unset),
        ("auth_method: private_key_jwt, signing_key: ^'file:${UNSET}', signing_alg: ES256", unset),
        ("auth_method: private_key_jwt, signer: ^'sign ${UNSET}', signing_alg: ES256", unset),
        ("auth_method: none, grant_type: jwt-bearer, assertion: ^'file:${UNSET}'", unset),
        ("auth_method: none, dpop_key: ^'file:${UNSET}', signing_key_passphrase: 'command:p'", unset),
        ("auth_method: private_key_jwt, signing_key: 'file:set', key_id: ^'${UNSET}'", unset),
        ("auth_method: none, dpop: ^'${UNSET}', dpop_alg: ES256", unset),
        ("auth_method: tls_client_auth, cert: ^'${UNSET}'", unset),
        (
            "auth_method: none, grant_type: token-exchange, subject_token: 'command:s', actor_token: ^'file:${UNSET}', actor_token_type: jwt",
            unset,
        ),
        ("auth_method: ^privat_key_jwt, signing_key: 'command:k'", method),
        ("auth_method: ^'${UNSET}', signing_key: 'command:k'", unset),
        ("auth_method: none, grant_type: ^token_exchang, subject_token: 'command:s'", grant),
    ] {
        let line = format!("  p: {{ token_endpoint: 'https://idp.invalid/t', client_id: ci, {said} }}");
        let column = line.find('^').unwrap() + 1;
        let told = format!(
            "error: profile 'p' is not valid\n\
             caused by: [HOME]/config/oauth2tok/config.yaml:2:{column}: {told}\n"
        );
        let config = format!("profiles:\n{}\n", line.replace('^', ""));
        oauth2tok().config(&config).file("set", SET).args(["profile", "check"]).fails(2, &told).run();
    }
}

/// What a run leaves unused is no fault of the profile either.
#[test]
fn what_the_defaults_have_for_other_profiles_is_not_looked_for() {
    let config = "defaults: { token_endpoint: 'https://idp.invalid/t', client_id: ci, signing_key: 'file:none', client_secret: 'env:NONE' }\n\
                  profiles:\n  a: { auth_method: none }\n  b: { auth_method: private_key_jwt }\n";
    oauth2tok().config(config).args(["profile", "check", "a"]).stdout("a: ok\n").run();
    let told = "error: profile 'b' is not valid\n\
                caused by: cannot read signing_key from the file that profile [HOME]/config/oauth2tok/config.yaml:1 names\n\
                caused by: No such file or directory (os error 2)\n\
                hint: what names it is not repeated, as it may be the secret itself\n";
    oauth2tok().config(config).args(["profile", "check", "b"]).fails(2, told).run();
}
