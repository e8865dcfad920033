//! `oauth2tok key`: keys made, and their public halves.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};

use super::harness::*;

const EC: &str = include_str!("../fixtures/ec.pkcs8.pem");

fn set_of(text: &str) -> Value {
    let set: Value = serde_json::from_str(text).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!((keys.len(), set.as_object().unwrap().len()), (1, 1), "{set}");
    keys[0].clone()
}

/// The one key that a run prints.
#[track_caller]
fn printed(run: Run) -> Value {
    set_of(&run.any_stdout().run().stdout)
}

fn public(key: &str) -> Run {
    oauth2tok().file("key", key).args(["key", "public", "--signing-key", "file:key"])
}

/// Every member that holds a part of a private key (RFC 7518 §6, RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

#[test]
fn the_public_half_is_printed_with_what_a_server_wants_to_know() {
    let key = printed(public(EC));
    let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(key["kid"], json!(oauth2tok_thumbprint()));
    assert_eq!((&key["alg"], &key["use"]), (&json!("ES256"), &json!("sig")));
    assert_eq!(printed(public(EC).args(["--key-id", "k1"]))["kid"], "k1");
    assert_eq!(printed(public(EC).args(["--key-id", "thumbprint"]))["kid"], key["kid"]);
    let rsa = include_str!("../fixtures/rsa.pkcs8.pem");
    assert_eq!(printed(public(rsa))["alg"], "RS256");
    assert_eq!(printed(public(rsa).args(["--signing-alg", "PS384"]))["alg"], "PS384");
    public(EC)
        .args(["--signing-alg", "RS256"])
        .fails(2, "error: signing_alg RS256 does not go with the key, which is P-256\nhint: leave signing_alg out, or give one that fits\n")
        .run();
}

fn oauth2tok_thumbprint() -> String {
    use oauth2tok::jose::{KeyFile, Wanted};
    let wanted = Wanted { key_id: None, passphrase: &mut || Ok(None), certificates: &[] };
    KeyFile::read(&oauth2tok::secret::Secret::new(EC), wanted).unwrap().key.public().thumbprint()
}

#[test]
fn a_profile_says_which_key_it_is_and_need_say_nothing_else() {
    let run = oauth2tok().file("key", EC).config("profiles: { p: { signing_key: 'file:key', key_id: k1 } }");
    assert_eq!(printed(run.args(["key", "public", "-p", "p"]))["kid"], "k1");
    let whole = "profiles: { p: { issuer: 'https://idp.invalid', client_id: a, auth_method: private_key_jwt, \
                 signing_key: 'file:key', dpop: true, dpop_key: 'file:key', output: header } }";
    let run = oauth2tok().file("key", EC).config(whole);
    let thumbprint = oauth2tok_thumbprint();
    assert_eq!(printed(run.clone().args(["-p", "p", "key", "public"]))["kid"], json!(thumbprint));
    assert_eq!(printed(run.args(["key", "public", "-p", "p", "--dpop"]))["kid"], json!(thumbprint));
    oauth2tok()
        .args(["key", "public"])
        .fails(2, "error: signing_key is missing\nhint: give --signing-key file:PATH, or make one: oauth2tok key new --alg ES256 FILE\n")
        .run();
    oauth2tok()
        .args(["key", "public", "--dpop"])
        .fails(2, "error: dpop_key is missing\nhint: give --dpop-key file:PATH, or make one: oauth2tok key new --alg ES256 FILE\n")
        .run();
}

#[test]
fn certificates_go_with_the_key_and_stand_for_the_one_of_a_signer() {
    let certificate = include_str!("../fixtures/ec.v1.pem");
    let key = printed(public(&format!("{EC}{certificate}")));
    let der: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(key["x5c"], json!([der]));
    let run = || oauth2tok().file("cert", certificate).args(["key", "public", "--signer", "touch ran"]);
    let of_signer = run();
    let ran = of_signer.path("ran");
    assert_eq!(printed(of_signer.clone().args(["--signing-cert", "cert"])), key);
    assert!(!ran.exists());
    run()
        .fails(
            2,
            "error: the key is not known: signer signs with it, and there is no signing_cert\n\
             hint: give --signing-cert FILE, or have what holds the key export its public half\n",
        )
        .run();
}

/// Every key of the tests, in every form there is of it. The slowest one is the slow one with more rounds.
#[test]
fn no_private_member_is_ever_printed() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut shown = 0;
    let files = [fixtures.clone(), fixtures.join("keys")].map(|dir| std::fs::read_dir(dir).unwrap());
    for file in files.into_iter().flatten().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        if file.ends_with("ec.slowest.pem") {
            continue;
        }
        let source = format!("file:{}", file.display());
        for flag in [&["--signing-key"][..], &["--dpop", "--dpop-key"]] {
            let run = oauth2tok().env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "test");
            let output = run.args(["key", "public", "-q"]).args(flag).args([&source]).any_end().run();
            assert!(matches!(output.code, 0 | 2), "{}: {}", file.display(), output.stderr);
            if output.code == 2 {
                assert_eq!(output.stdout, "", "{}", file.display());
                continue;
            }
            shown += 1;
            let key = set_of(&output.stdout);
            let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(names.iter().all(|name| !PRIVATE.contains(name)), "{}: {names:?}", file.display());
            let known = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "x5c", "y"];
            assert!(names.iter().all(|name| known.contains(name)), "{}: {names:?}", file.display());
        }
    }
    assert!(shown >= 30, "{shown}");
    // A JWK whose own members must not come along, one of a set, and an account.
    let jwk = include_str!("../fixtures/keys/rfc7515-a2.jwk").trim();
    let marked = jwk.replacen('{', r#"{"kid":"j1","x-own":"s3cret","#, 1);
    let rsa = serde_json::to_string(include_str!("../fixtures/rsa.pkcs8.pem")).unwrap();
    let account = format!(
        r#"{{"type":"service_account","private_key":{rsa},"private_key_id":"g1","client_email":"a@b.example"}}"#
    );
    for (text, kid) in [(marked.clone(), "j1"), (format!(r#"{{"keys":[{marked}]}}"#), "j1"), (account, "g1")] {
        let key = printed(public(&text));
        let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(key["kid"], kid);
    }
}

#[test]
fn a_key_is_made_for_its_owner_alone_and_signs() {
    for (alg, kty) in [("ES256", "EC"), ("ES384", "EC"), ("EdDSA", "OKP")] {
        let run = oauth2tok().by(["sh", "-c", "umask 0; exec \"$@\"", "sh"]);
        let file = run.path("new.pem");
        let made = printed(run.clone().args(["key", "new", "--alg", alg, "new.pem"]));
        assert_eq!((&made["alg"], &made["kty"], &made["use"]), (&json!(alg), &json!(kty), &json!("sig")));
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n") && text.ends_with("-----END PRIVATE KEY-----\n"));
        assert_eq!(printed(run.clone().args(["key", "public", "--signing-key", "file:new.pem"])), made);
        let words = ["assertion", "--token-endpoint", "https://idp.invalid", "-i", ID, "-a", "private_key_jwt"];
        run.args(words).args(["--signing-key", "file:new.pem"]).stdout_with(["ey"]).run();
    }
}

#[test]
fn a_key_never_goes_over_what_is_there() {
    let run = oauth2tok().file("old", "precious");
    let (home, old) = (run.path(""), run.path("old"));
    symlink("old", run.path("link")).unwrap();
    symlink("nowhere", run.path("dangling")).unwrap();
    for name in ["old", "link", "dangling"] {
        let new = run.clone().args(["key", "new", "--alg", "ES256", name]);
        new.fails(2, format!("error: {name} is there already, and stays as it is\nhint: give another FILE\n")).run();
    }
    assert_eq!(std::fs::read_to_string(old).unwrap(), "precious");
    assert!(!home.join("nowhere").exists());
    run.clone()
        .args(["key", "new", "--alg", "ES256", "no/such/place"])
        .fails(7, "error: cannot write the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n")
        .run();
    run.clone().args(["key", "new", "--alg", "ES256", "~/own"]).stdout_with(["\"keys\""]).run();
    assert_eq!(std::fs::metadata(home.join("own")).unwrap().permissions().mode() & 0o777, 0o600);
    run.args(["key", "new", "--alg", "RS256", "x"]).fails_with(2, ["--alg: expected one of ES256, ES384, EdDSA"]).run();
}
