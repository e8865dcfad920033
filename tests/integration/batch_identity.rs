//! `batch` with what is signed and traded.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::harness::*;

const EC: &str = include_str!("../fixtures/ec.pkcs8.pem");

fn batch(server: &Server, words: &[&str], input: &str) -> Run {
    let run = oauth2tok().file("key.pem", EC).args(["batch", "-q", "--token-endpoint", &server.url()]);
    run.args(words).stdin(input).any_stdout()
}

fn claims(jwt: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// What the requests had in a field, each once.
fn sent(server: &Server, field: &str) -> BTreeSet<String> {
    server.requests().iter().filter_map(|request| request.field(field)).collect()
}

#[test]
fn each_request_has_an_assertion_of_its_own_and_equal_ones_are_made_once() {
    let server = Server::new();
    let input: String = (0..60).map(|n| format!("{{\"scope\":\"s{}\"}}\n", n % 20)).collect();
    batch(&server, &["-i", ID, "-a", "private_key_jwt", "--signing-key", "file:key.pem"], &input).run();
    assert_eq!(server.count(), 20);
    let ids: BTreeSet<_> =
        sent(&server, "client_assertion").iter().map(|jwt| claims(jwt)["jti"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 20);
}

#[test]
fn a_message_says_whom_the_assertion_speaks_of() {
    let server = Server::new();
    let words =
        ["-g", "jwt-bearer", "-i", ID, "-a", "none", "--signing-key", "file:key.pem", "--map", "u=assertion_subject"];
    batch(&server, &words, "{\"u\":\"alice\"}\n{\"u\":\"bob\"}\n{\"u\":\"alice\"}\n").run();
    let subjects: BTreeSet<_> =
        sent(&server, "assertion").iter().map(|jwt| claims(jwt)["sub"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects, ["alice", "bob"].map(str::to_owned).into());
    assert_eq!(server.count(), 2);
}

#[test]
fn a_message_brings_the_token_that_is_traded_and_no_source() {
    let server = Server::new();
    let words = ["-g", "token-exchange", "--map", "t=subject_token", "--map", "a=actor_token"];
    batch(&server, &words, "{\"t\":\"env:HOME\",\"a\":\"github:x\"}\n{\"t\":\"tok-b\"}\n").run();
    assert_eq!(sent(&server, "subject_token"), ["env:HOME", "tok-b"].map(str::to_owned).into());
    assert_eq!(sent(&server, "actor_token"), ["github:x"].map(str::to_owned).into());
    let server = Server::new();
    let words = ["-i", ID, "--map", "c=client_assertion", "-a", "private_key_jwt"];
    batch(&server, &words, "{\"c\":\"a.b.c\"}\n").run();
    assert_eq!(sent(&server, "client_assertion"), ["a.b.c".to_owned()].into());
    batch(&server, &["--map", "c=signing_key"], "")
        .fails_with(2, ["--map: a message cannot override 'signing_key'", "subject_token, actor_token"])
        .run();
}

/// A message that brings an assertion leaves the key nothing to do: that is said before any message is read.
#[test]
fn a_key_beside_assertions_that_come_in_messages_is_refused_at_the_start() {
    let server = Server::new();
    let client = ["-i", ID, "-a", "private_key_jwt", "--map", "x=client_assertion"];
    let grant = ["-i", ID, "-a", "none", "-g", "jwt-bearer", "--map", "x=assertion"];
    for (words, ready) in [(client.as_slice(), "client_assertion"), (grant.as_slice(), "assertion")] {
        let refused = |flags: &[&str], named: &str| {
            batch(&server, &[words, flags].concat(), "{\"x\":\"a.b.c\"}\n{}\n")
                .fails(
                    2,
                    format!(
                        "error: {named} would do nothing: {ready} is ready-made\n\
                         hint: leave one of them out\n"
                    ),
                )
                .run();
        };
        refused(&["--signing-key", "file:key.pem"], "signing_key (flag --signing-key)");
        refused(&["--signer", "sign", "--signing-alg", "ES256"], "signer (flag --signer)");
        refused(&["--key-id", "k"], "key_id (flag --key-id)");
        refused(&["--assertion-audience", "token_endpoint"], "assertion_audience (flag --assertion-audience)");
    }
    // A key for all the profiles is for those that use it.
    let config = format!(
        "defaults: {{ signing_key: 'file:key.pem' }}\nprofiles: {{ p: {{ token_endpoint: '{}', client_id: ci, auth_method: private_key_jwt }} }}\n",
        server.url()
    );
    assert_eq!(server.count(), 0);
    oauth2tok()
        .config(&config)
        .args(["batch", "-q", "-p", "p", "--map", "x=client_assertion"])
        .stdin("{\"x\":\"a.b.c\"}\n")
        .any_stdout()
        .run();
    assert_eq!(sent(&server, "client_assertion"), ["a.b.c".to_owned()].into());
}

/// Opening this key takes longer than the test may: it is opened once, for all workers, and asked about no second time.
#[test]
fn a_key_is_read_and_opened_once() {
    let server = Server::new();
    let words = ["-i", ID, "-a", "private_key_jwt", "--signing-key", "command:sh read.sh", "-v"];
    let input: String = (0..40).map(|n| format!("{{\"scope\":\"s{n}\"}}\n")).collect();
    let run = batch(&server, &words, &input).file("read.sh", "echo x >> read; cat key.pem");
    let read = run.path("read");
    let told = run.clone().any_output().run().stderr;
    assert_eq!(server.count(), 40);
    assert_eq!(std::fs::read_to_string(read).unwrap(), "x\n");
    assert_eq!(told.matches("signing_key: PEM PRIVATE KEY").count(), 1);
    // What is wrong with it is told of each message.
    let wrong = batch(&server, &words, &input).file("read.sh", "echo x >> read; echo nothing");
    let failed = wrong.code(2).any_output().run().stdout;
    assert_eq!(failed.matches("it holds no private key").count(), 40, "{failed}");
    assert_eq!(server.count(), 40);
}

#[test]
fn another_server_gets_no_signature_of_the_profiles_key() {
    let (own, other) = (Server::new(), Server::new());
    let input = format!("{{\"at\":\"{}\"}}\n", other.url());
    for words in [
        &["-a", "private_key_jwt", "--signing-key", "file:key.pem"][..],
        &["-a", "private_key_jwt", "--signing-alg", "ES256", "--signer", "cat"],
        &["-g", "jwt-bearer", "-a", "none", "--assertion-subject", "x", "--signing-key", "file:key.pem"],
        &["--client-assertion", "file:key.pem"],
        &["-g", "token-exchange", "-a", "none", "--subject-token", "file:key.pem"],
    ] {
        let words = [words, &["-i", ID, "--map", "at=token_endpoint"]].concat();
        let output = batch(&own, &words, &input).code(2).any_output().run();
        assert!(output.stdout.contains("\"kind\":\"usage\""), "{}", output.stdout);
    }
    let dpop = ["-a", "none", "-g", "password", "--dpop-key", "file:key.pem", "-i", ID];
    let message = format!("{{\"at\":\"{}\",\"username\":\"u\",\"password\":\"p\"}}\n", other.url());
    let maps = ["--map", "at=token_endpoint", "--map", "username=username", "--map", "password=password"];
    batch(&own, &[&dpop[..], &maps].concat(), &message).any_end().run();
    let mine = oauth2tok::jose::KeyFile::read(
        &oauth2tok::secret::Secret::new(EC),
        oauth2tok::jose::Wanted { key_id: None, passphrase: &mut || Ok(None), certificates: &[] },
    );
    let thumbprint = mine.unwrap().key.public().jwk().string("x").unwrap();
    for request in other.requests() {
        let proof =
            request.header("DPoP").map(|proof| URL_SAFE_NO_PAD.decode(proof.split('.').next().unwrap()).unwrap());
        let header = String::from_utf8(proof.unwrap_or_default()).unwrap();
        assert!(!header.contains(&thumbprint), "{header}");
        assert_eq!(request.field("client_assertion").or(request.field("assertion")), None);
    }
    assert_eq!(own.count(), 0);
}
