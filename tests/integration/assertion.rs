//! `oauth2tok assertion`: what the token request would carry, printed.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2tok::jose::{Alg, KeyFile, Wanted};
use oauth2tok::secret::Secret;
use serde_json::{Value, json};

use super::harness::*;

const EC: &str = include_str!("../fixtures/ec.pkcs8.pem");

/// Header and claims of a JWT, whose signature is that of the EC key.
#[track_caller]
fn verified(jwt: &str) -> (Value, Value) {
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let wanted = Wanted { key_id: None, passphrase: &mut || Ok(None), certificates: &[] };
    let key = KeyFile::read(&Secret::new(EC), wanted).unwrap().key;
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(key.public().verify(Alg::ES256, input.as_bytes(), &signature), "{jwt}");
    let (header, claims) = input.split_once('.').unwrap();
    let part = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (part(header), part(claims))
}

/// An unsigned JWT that says this.
fn jwt(claims: &Value) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A client that signs, for an address where nobody may be asked.
fn signing() -> Run {
    oauth2tok().file("key.pem", EC).args(["assertion", "--token-endpoint", "https://idp.invalid/token?a=b", "-i", ID])
}

fn with_key() -> Run {
    signing().args(["-a", "private_key_jwt", "--signing-key", "file:key.pem"])
}

#[test]
fn a_clients_assertion_is_made_anew_each_time_and_nobody_is_asked() {
    let run = with_key().args(["--key-id", "k1"]).any_stdout();
    let [first, second] = [run.clone(), run].map(|run| run.run().stdout);
    assert!(first.ends_with('\n') && first.trim() == first.trim_end() && first != second);
    let (header, claims) = verified(first.trim_end());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": "k1"}));
    let issued = claims["iat"].as_u64().unwrap();
    assert!((now() - 10..=now()).contains(&issued), "{claims}");
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(ID), &json!(ID)));
    assert_eq!((&claims["aud"], &claims["exp"]), (&json!("https://idp.invalid/token"), &json!(issued + 60)));
    assert_ne!(claims["jti"], verified(second.trim_end()).1["jti"]);
}

#[test]
fn as_json_it_is_not_signed_and_no_signer_runs() {
    let said = |run: Run| -> Value { serde_json::from_str(&run.any_stdout().run().stdout).unwrap() };
    let shown = said(signing().args([
        "-a",
        "private_key_jwt",
        "--signing-alg",
        "PS256",
        "--signer",
        "touch ran",
        "-o",
        "json",
    ]));
    assert_eq!(shown["header"], json!({"alg": "PS256", "typ": "JWT"}));
    assert_eq!(shown["claims"]["sub"], json!(ID));
    assert_eq!(shown.as_object().unwrap().len(), 2, "{shown}");
    let run =
        signing().args(["-a", "private_key_jwt", "--signing-alg", "PS256", "--signer", "touch ran", "-o", "json"]);
    let ran = run.path("ran");
    said(run.clone());
    assert!(run.path("key.pem").exists());
    assert!(!ran.exists());
    // What somebody else made is shown as it is.
    let token = jwt(&json!({"sub": "x"}));
    let shown = said(signing().env("TOKEN", token).args(["--client-assertion", "env:TOKEN", "-o", "json"]));
    assert_eq!(shown, json!({"header": {"alg": "none"}, "claims": {"sub": "x"}}));
}

#[test]
fn a_grants_assertion_is_made_too_and_no_other_secret_is_read() {
    let run = signing().args([
        "-g",
        "jwt-bearer",
        "--signing-key",
        "file:key.pem",
        "--assertion-subject",
        "alice",
        "-s",
        "read",
        "--client-secret",
        "command:touch read",
    ]);
    let read = run.path("read");
    let (_, claims) = verified(run.clone().any_stdout().run().stdout.trim_end());
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(ID), &json!("alice")));
    assert!(!read.exists());
    // Nor is what is traded, nor the key of proofs.
    let run = with_key().args([
        "-g",
        "refresh_token",
        "--refresh-token",
        "command:touch read",
        "--dpop-key",
        "command:touch read",
    ]);
    let read = run.path("read");
    verified(run.clone().any_stdout().run().stdout.trim_end());
    assert!(!read.exists());
}

#[test]
fn a_ready_made_one_is_printed_as_it_would_go_out() {
    let token = jwt(&json!({"sub": "x"}));
    signing().file("t", format!("\n {token} \n")).args(["--client-assertion", "file:t"]).prints(&token).run();
    let saml = "<saml:Assertion>\n</saml:Assertion>";
    signing()
        .file("t", saml)
        .args(["-g", "saml2-bearer", "--assertion", "file:t"])
        .args(["--client-secret", "x"])
        .prints(&URL_SAFE_NO_PAD.encode(saml))
        .stderr("warning: --client-secret: a secret on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or command:CMD\n")
        .run();
    signing()
        .file("t", saml)
        .args(["-g", "saml2-bearer", "-a", "none", "--assertion", "file:t", "-o", "json"])
        .fails(2, "error: assertion is no JWT: it has no header and no claims to show\nhint: without -o json it is printed as it would go out\n")
        .run();
}

#[test]
fn the_secret_signs_with_client_secret_jwt() {
    let secret = "0123456789abcdef0123456789abcdef";
    let run = signing().args(["-a", "client_secret_jwt", "--client-secret", "env:S"]).env("S", secret).any_stdout();
    let jwt = run.run().stdout;
    let (input, signature) = jwt.trim_end().rsplit_once('.').unwrap();
    let expected = oauth2tok::jose::hmac(Alg::HS256, secret.as_bytes(), input.as_bytes());
    assert_eq!(signature, URL_SAFE_NO_PAD.encode(expected));
}

#[test]
fn github_is_asked_for_its_own() {
    let token = jwt(&json!({"sub": "repo:a/b"}));
    let value = token.clone();
    let github = Server::scripted(move |_, _| json(200, &format!(r#"{{"value":"{value}"}}"#)));
    let run = signing()
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", github.origin() + "/id?v=1")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-t0ken");
    run.args(["--client-assertion", "github:api://x"]).prints(&token).run();
    assert_eq!(github.request().target(), "/id?v=1&audience=api%3A%2F%2Fx");
}

#[test]
fn metadata_is_asked_for_where_the_audience_needs_it_and_only_there() {
    let server = Server::scripted(|_, request| metadata(&request.origin(), &format!("{}/t0ken?x=1", request.origin())));
    let run = || {
        let run =
            oauth2tok().file("key.pem", EC).args(["assertion", "--issuer", &server.origin(), "-i", ID]).any_stdout();
        run.args(["-a", "private_key_jwt", "--signing-key", "file:key.pem", "--cache", "--min-valid", "5m"])
    };
    assert_eq!(verified(run().run().stdout.trim_end()).1["aud"], json!(server.origin()));
    assert_eq!(server.count(), 0);
    let located = run().args(["--assertion-audience", "token_endpoint"]).run().stdout;
    assert_eq!(verified(located.trim_end()).1["aud"], json!(server.origin() + "/t0ken"));
    assert_eq!(server.count(), 1);
}

#[test]
fn what_carries_no_assertion_is_told_how_to() {
    let hint = "have one made: --auth-method private_key_jwt --signing-key file:PATH, or --grant-type jwt-bearer; or give a ready-made one: --client-assertion SOURCE";
    signing()
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .fails(2, format!("error: the token request carries no assertion\nhint: {hint}\n"))
        .run();
    with_key()
        .args(["--dry-run"])
        .fails(2, "error: assertion has no dry run\nhint: 'oauth2tok assertion -o json' shows what it would say, and signs nothing\n")
        .run();
    oauth2tok()
        .args(["-o", "json", "assertion"])
        .fails(2, "error: --output before 'assertion' has no effect\nhint: give the flags of 'assertion' after its name; 'oauth2tok assertion -h' lists them\n")
        .run();
}

/// Apple's client secret is a JWT that the team signs.
#[test]
fn a_client_secret_may_be_an_assertion_of_another_profile() {
    let server = Server::new();
    let program = assert_cmd::cargo::cargo_bin!().to_str().unwrap();
    let config = format!(
        "profiles:
  apple-key:
    token_endpoint: https://appleid.apple.com/auth/token
    client_id: com.example.web
    auth_method: private_key_jwt
    signing_key: file:key.pem
    key_id: ABC123DEFG
    assertion_audience: https://appleid.apple.com
    assertion_claims: {{ iss: DEF123GHIJ }}
    assertion_lifetime: 5m
    output: json
    cache: true
  apple:
    token_endpoint: {}
    client_id: com.example.web
    auth_method: client_secret_post
    client_secret: command:{program} assertion -p apple-key
",
        server.url()
    );
    oauth2tok().file("key.pem", EC).config(&config).args(["-p", "apple"]).prints(TOKEN).run();
    let (header, claims) = verified(&server.request().field("client_secret").unwrap());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": "ABC123DEFG"}));
    assert_eq!(claims["iss"], json!("DEF123GHIJ"));
    assert_eq!(claims["sub"], json!("com.example.web"));
    assert_eq!(claims["aud"], json!("https://appleid.apple.com"));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
}
