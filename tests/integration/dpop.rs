//! Proofs of possession (RFC 9449): what goes out is verified as a server would verify it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{digest, signature};
use serde_json::Value;

use super::harness::*;

/// What a lost key is told with.
const LOST: &str = "warning: the token is of no use after this run: its key is kept nowhere; --cache keeps it for --for and 'request', and --dpop-key gives one\n";

/// A proof that was verified.
#[derive(Debug)]
struct Proof {
    header: Value,
    claims: Value,
}

impl Proof {
    fn nonce(&self) -> Option<&str> {
        self.claims["nonce"].as_str()
    }

    fn id(&self) -> String {
        self.claims["jti"].as_str().unwrap().to_owned()
    }

    fn alg(&self) -> &str {
        self.header["alg"].as_str().unwrap()
    }

    fn key(&self) -> String {
        self.header["jwk"].to_string()
    }
}

fn bytes_of(part: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part.as_str().unwrap()).unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// RFC 9449 §4.3, for `token` at an API.
#[track_caller]
fn verified(compact: &str, method: &str, url: &str, token: Option<&str>) -> Proof {
    let parts: Vec<_> = compact.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{compact}") };
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (head, said) = (json(header), json(claims));
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<HashSet<_>>();
    assert_eq!(names(&head), ["typ", "alg", "jwk"].map(str::to_owned).into(), "{head}");
    assert_eq!(head["typ"], "dpop+jwt");
    let jwk = &head["jwk"];
    let point = || [vec![4], bytes_of(&jwk["x"]), bytes_of(&jwk["y"])].concat();
    let (algorithm, key, public): (&dyn signature::VerificationAlgorithm, _, &[&str]) =
        match head["alg"].as_str().unwrap() {
            "ES256" => (&signature::ECDSA_P256_SHA256_FIXED, point(), &["kty", "crv", "x", "y"]),
            "ES384" => (&signature::ECDSA_P384_SHA384_FIXED, point(), &["kty", "crv", "x", "y"]),
            "EdDSA" | "Ed25519" => (&signature::ED25519, bytes_of(&jwk["x"]), &["kty", "crv", "x"]),
            alg => {
                let rsa = signature::RsaPublicKeyComponents { n: bytes_of(&jwk["n"]), e: bytes_of(&jwk["e"]) };
                let algorithm = match alg {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    other => panic!("{other}"),
                };
                let input = format!("{header}.{claims}");
                rsa.verify(algorithm, input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
                (&signature::ED25519, Vec::new(), &["kty", "n", "e"])
            }
        };
    assert_eq!(names(jwk), public.iter().map(|name| (*name).to_owned()).collect(), "public members alone: {jwk}");
    if !key.is_empty() {
        let key = signature::UnparsedPublicKey::new(algorithm, key);
        let input = format!("{header}.{claims}");
        key.verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).expect("the signature");
    }
    let mut known: HashSet<_> = ["jti", "htm", "htu", "iat"].map(str::to_owned).into();
    known.extend(said.get("nonce").map(|_| "nonce".to_owned()));
    known.extend(token.map(|_| "ath".to_owned()));
    assert_eq!(names(&said), known, "{said}");
    assert_eq!((said["htm"].as_str().unwrap(), said["htu"].as_str().unwrap()), (method, url));
    assert!(bytes_of(&said["jti"]).len() >= 16, "{said}");
    let age = now() - said["iat"].as_u64().unwrap();
    assert!(age < 60, "{age} s old, or from the future");
    if let Some(token) = token {
        let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()));
        assert_eq!(said["ath"], hash.as_str());
    }
    Proof { header: head, claims: said }
}

/// The proof of a request to a server's token endpoint.
#[track_caller]
fn proof_of(request: &Request) -> Proof {
    assert_eq!(request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("dpop")).count(), 1, "{request}");
    let path = request.target().split('?').next().unwrap();
    let url = format!("{}{path}", request.origin());
    let token = request.header("authorization").and_then(|value| value.strip_prefix("DPoP "));
    verified(request.header("dpop").unwrap(), request.method(), &url, token)
}

/// All of them, each of which must be a new one.
#[track_caller]
fn proofs(server: &Server) -> Vec<Proof> {
    let proofs: Vec<_> = server.requests().iter().map(proof_of).collect();
    assert_eq!(
        proofs.iter().map(Proof::id).collect::<HashSet<_>>().len(),
        proofs.len(),
        "a jti comes twice: {proofs:?}"
    );
    proofs
}

#[track_caller]
pub fn nonces(server: &Server) -> Vec<Option<String>> {
    proofs(server).iter().map(|proof| proof.nonce().map(str::to_owned)).collect()
}

pub fn some(nonces: &[&str]) -> Vec<Option<String>> {
    nonces.iter().map(|nonce| Some((*nonce).to_owned()).filter(|nonce| !nonce.is_empty())).collect()
}

pub fn bound(token: &str) -> Answer {
    bound_with(token, &[], "")
}

fn bound_with(token: &str, headers: &[&str], more: &str) -> Answer {
    let body = format!(r#"{{"access_token":"{token}","token_type":"DPoP","expires_in":3600{more}}}"#);
    status(200, &[&["Content-Type: application/json"], headers].concat(), body)
}

pub fn wants(code: u16, nonce: &str) -> Answer {
    let nonce = format!("DPoP-Nonce: {nonce}");
    status(code, &["Content-Type: application/json", &nonce], r#"{"error":"use_dpop_nonce"}"#)
}

/// A server whose tokens are numbered and bound.
fn binding() -> Server {
    Server::scripted(|number, _| bound(&format!("tok-{number}")))
}

fn path_of(name: &str) -> String {
    format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A key by a source that has no mode to be warned of.
fn fixture(name: &str) -> String {
    format!("command:cat {}", path_of(name))
}

fn key() -> String {
    fixture("ed25519.pkcs8.pem")
}

// ------------------------------------------------------------------------------------------ the token endpoint

#[test]
fn a_bound_token_that_nobody_asked_for_is_handed_to_nobody() {
    let bound = || Server::answering(json(200, r#"{"access_token":"b0und","token_type":"dpop","expires_in":60}"#));
    const TOLD: &str = "the token is bound to a key, which was not asked for (RFC 9449)";
    const HINT: &str = "--dpop-key file:PATH asks for one that is bound to a key which whoever uses the token has too";
    let server = bound();
    by_env(&server).args(["exec", "--", "touch", "ran"]).fails(4, format!("error: {TOLD}\nhint: {HINT}\n")).run();
    let server = bound();
    let run = by_env(&server).args(["batch", "-q"]).stdin("{}\n").any_end().run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stdout.contains(TOLD) && !run.stdout.contains("b0und"), "{}", run.stdout);
}

#[test]
fn a_proof_for_plain_http_to_another_machine_is_refused() {
    let server = Server::new();
    by_env(&server)
        .args(["-o", "header", "--dpop", "--for", "GET http://evil.example/x"])
        .fails_with(2, ["--for", "plain http would send the token in clear; use https"])
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn every_token_request_proves_that_a_new_key_is_held() {
    let server = binding();
    let url = format!("{}?tenant=1", server.url().replace("127.0.0.1", "LocalHost").replace("http:", "HTTP:"));
    for number in 1..3 {
        client_of(&url).args(["--dpop"]).prints(&format!("tok-{number}")).stderr(LOST).run();
    }
    let requests = server.requests();
    let proofs: Vec<_> = requests
        .iter()
        .map(|request| {
            let htu = format!("http://localhost:{}/token", server.port());
            verified(request.header("dpop").unwrap(), "POST", &htu, None)
        })
        .collect();
    assert_ne!(proofs[0].key(), proofs[1].key(), "a new key for each grant");
    assert_ne!(proofs[0].id(), proofs[1].id());
    assert!(proofs.iter().all(|proof| proof.alg() == "ES256" && proof.nonce().is_none()));
}

#[test]
fn a_new_key_is_one_for_the_algorithm() {
    for (alg, crv) in [("ES256", "P-256"), ("ES384", "P-384"), ("EdDSA", "Ed25519"), ("Ed25519", "Ed25519")] {
        let server = binding();
        client_of(server.url()).args(["--dpop", "-q"]).env("OAUTH2TOK_DPOP_ALG", alg).prints("tok-1").run();
        let proof = proof_of(&server.request());
        assert_eq!((proof.alg(), proof.header["jwk"]["crv"].as_str().unwrap()), (alg, crv));
    }
    client_of("https://idp.invalid/t")
        .args(["--dpop"])
        .env("OAUTH2TOK_DPOP_ALG", "PS256")
        .fails(
            2,
            "error: dpop_alg (env OAUTH2TOK_DPOP_ALG): a new key signs with ES256, ES384, EdDSA, Ed25519; give dpop_key for another algorithm\n",
        )
        .run();
}

#[test]
fn the_users_key_is_taken_in_all_its_forms() {
    let jwk = {
        let server = binding();
        client_of(server.url()).args(["--dpop-key", &fixture("ec.pkcs8.pem")]).prints("tok-1").run();
        proof_of(&server.request()).key()
    };
    let der = STANDARD.encode(pem_body(&std::fs::read_to_string(path_of("ec.pkcs8.pem")).unwrap()));
    for (source, alg, same) in [
        (fixture("ec.sec1.pem"), "ES256", true),
        (fixture("ec.encrypted.pem"), "ES256", true),
        (fixture("ec.pkcs8.pem"), "ES256", true),
        ("stdin".to_owned(), "ES256", true),
        ("env:DER".to_owned(), "ES256", true),
        (key(), "EdDSA", false),
        (fixture("rsa.pkcs1.pem"), "RS256", false),
    ] {
        let server = binding();
        let run = client_of(server.url()).args(["--dpop-key", &source]).env("DER", &der);
        let run =
            run.env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "test").stdin(std::fs::read(path_of("ec.pkcs8.pem")).unwrap());
        run.prints("tok-1").run();
        let proof = proof_of(&server.request());
        assert_eq!((proof.alg(), proof.key() == jwk), (alg, same), "{source}");
    }
    let server = binding();
    let rsa = ["--dpop-key", &fixture("rsa.pkcs8.pem")];
    client_of(server.url()).args(rsa).env("OAUTH2TOK_DPOP_ALG", "PS256").prints("tok-1").run();
    assert_eq!(proof_of(&server.request()).alg(), "PS256");
    client_of(server.url())
        .args(rsa)
        .env("OAUTH2TOK_DPOP_ALG", "ES256")
        .fails(
            2,
            "error: dpop_alg ES256 does not go with the dpop_key, which is RSA\nhint: leave dpop_alg out, or give one that fits\n",
        )
        .run();
    assert_eq!(server.count(), 1, "nothing more was sent");
}

/// The DER in a PEM text.
fn pem_body(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(base64).unwrap()
}

#[test]
fn use_dpop_nonce_is_answered_once_whatever_says_it() {
    let challenge = r#"WWW-Authenticate: DPoP error="use_dpop_nonce", error_description="give it""#;
    let with_basic = r#"WWW-Authenticate: Basic realm="x", DPoP algs="ES256", error="use_dpop_nonce""#;
    let nonce = "DPoP-Nonce: n-1";
    let json_type = "Content-Type: application/json";
    for (answer, more) in [
        (wants(400, "n-1"), &[][..]),
        (wants(401, "n-1"), &[]),
        (status(400, &[challenge, nonce], ""), &[]),
        (status(401, &[challenge, nonce], ""), &[]),
        (status(401, &[with_basic, nonce], ""), &[]),
        (status(401, &[r#"WWW-Authenticate: Basic realm="x""#, challenge, nonce], "no"), &[]),
        (status(401, &[json_type, challenge, nonce], r#"{"error":"invalid_client"}"#), &[]),
        (wants(400, "n-1"), &["--retry", "0"]),
        (wants(400, "n-1"), &["-g", "password", "-u", "alice", "--password", "env:OAUTH2TOK_CLIENT_SECRET"]),
    ] {
        let server = Server::answering_each([answer, bound("tok-1")]);
        client_of(server.url()).args(["--dpop", "-q"]).args(more).prints("tok-1").run();
        assert_eq!(nonces(&server), some(&["", "n-1"]), "{more:?}");
        let bodies = server.bodies();
        assert_eq!(bodies[0], bodies[1], "the same is asked for");
    }
}

#[test]
fn use_dpop_nonce_without_a_nonce_or_again_is_a_refusal() {
    let without = || json(400, r#"{"error":"use_dpop_nonce"}"#);
    for (answers, count) in [
        (vec![without()], 1),
        (vec![wants(400, "")], 1),
        (vec![wants(400, "no\"nce")], 1),
        (vec![wants(400, "n-1"), wants(400, "n-2")], 2),
        (vec![wants(400, "n-1"), wants(401, "n-2"), bound("tok-1")], 2),
        (vec![wants(400, "n-1"), without()], 2),
    ] {
        let server = Server::answering_each(answers);
        let said = client_of(server.url()).args(["--dpop"]).fails_with(3, ["use_dpop_nonce"]).run();
        assert!(said.stderr.contains("refused client 'ci' (client_secret_basic, HTTP 40"), "{}", said.stderr);
        assert_eq!(server.count(), count);
    }
    // Who did not send a proof is not asked for a nonce.
    let server = Server::answering(wants(400, "n-1"));
    client_of(server.url()).fails_with(3, ["use_dpop_nonce"]).run();
    assert_eq!(server.count(), 1);
}

#[test]
fn a_nonce_is_none_of_the_retries_and_the_newest_counts() {
    let busy = |nonce: &str| status(503, &["Retry-After: 0", nonce], "");
    let server = Server::answering_each([busy("X: y"), wants(400, "n-1"), busy("DPoP-Nonce: n-2"), bound("tok-1")]);
    client_of(server.url()).args(["--dpop", "-q", "--retry", "2"]).prints("tok-1").run();
    assert_eq!(nonces(&server), some(&["", "", "n-1", "n-2"]));
    let server = Server::answering_each([wants(400, "n-1"), busy("X: y"), wants(400, "n-2"), bound("tok-1")]);
    client_of(server.url()).args(["--dpop", "-q"]).fails_with(3, ["use_dpop_nonce"]).run();
    assert_eq!(nonces(&server), some(&["", "n-1", "n-1"]), "one of them is answered");
}

#[test]
fn each_request_has_an_assertion_of_its_own_beside_the_proof() {
    let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), wants(400, "n-1"), bound("tok-1")]);
    let words = ["-a", "private_key_jwt", "--signing-key", &key(), "--dpop", "-q"];
    client_of(server.url()).without("OAUTH2TOK_CLIENT_SECRET").args(words).prints("tok-1").run();
    let ids: HashSet<_> = server
        .requests()
        .iter()
        .map(|request| {
            let assertion = request.field("client_assertion").unwrap();
            let claims = assertion.split('.').nth(1).unwrap().to_owned();
            let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
            claims["jti"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!((ids.len(), nonces(&server)), (3, some(&["", "", "n-1"])));
}

#[test]
fn a_ready_made_assertion_is_read_anew_for_the_nonce() {
    let server = Server::answering_each([wants(401, "n-1"), bound("tok-1")]);
    let run = client_of(server.url()).without("OAUTH2TOK_CLIENT_SECRET");
    let script = format!("n=$(cat {0} 2>/dev/null)x; printf %s $n > {0}; echo e30.$n.c2ln", run.path_text("count"));
    let run = run.file("assert.sh", script);
    let source = format!("command:sh {}", run.path_text("assert.sh"));
    run.args(["--client-assertion", &source, "--dpop", "-q"]).prints("tok-1").run();
    let sent: Vec<_> = server.requests().iter().map(|request| request.field("client_assertion").unwrap()).collect();
    assert_eq!(sent, ["e30.x.c2ln", "e30.xx.c2ln"]);
    assert_eq!(nonces(&server), some(&["", "n-1"]));
}

#[test]
fn over_a_connection_that_the_server_closed_goes_a_proof_of_its_own() {
    // The second request of a connection is answered by its end.
    let server = Server::scripted(|number, _| match number {
        1 => wants(400, "n-1"),
        2 => Answer::raw(""),
        _ => bound("tok-1"),
    });
    client_of(server.url()).args(["--dpop", "-q", "--retry", "0"]).prints("tok-1").run();
    assert_eq!(nonces(&server), some(&["", "n-1", "n-1"]));
}

#[test]
fn another_type_of_token_is_refused_and_nothing_is_kept_or_sent() {
    let api = Server::new();
    for (token_type, told) in [
        (r#","token_type":"Bearer""#, "'Bearer'"),
        (r#","token_type":"bearer""#, "'bearer'"),
        (r#","token_type":"N_A""#, "'N_A'"),
        ("", "missing"),
        (r#","token_type":"""#, "missing"),
        (r#","token_type":null"#, "missing"),
    ] {
        let server =
            Server::answering(json(200, &format!(r#"{{"access_token":"tok-1","expires_in":3600{token_type}}}"#)));
        let home = home();
        let url = server.url();
        let run = || client_of(&url).at_home(&home).args(["--dpop", "--cache"]);
        let text = format!(
            "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: the token is not bound to the key: its token_type is {told} instead of DPoP (RFC 9449 §5) (HTTP 200)\n"
        );
        let said = run().fails_with(4, ["the token is not bound to the key"]).run();
        assert!(run().code(4).any_output().run().stdout.is_empty());
        let begins = said.stderr.replace(&server.port().to_string(), "[PORT]");
        assert!(begins.starts_with(&text), "{begins}");
        run().args(["request", &api.at("/x")]).fails_with(4, ["not bound to the key"]).run();
        assert_eq!((server.count(), api.count()), (3, 0), "nothing was kept, and no call made");
    }
}

#[test]
fn a_dpop_token_is_never_sent_as_bearer() {
    let (server, api) = (binding(), Server::new());
    for words in [&["-o", "header"][..], &["-o", "curl"], &["-o", "exec-credential"], &["request", &api.at("/x")]] {
        client_of(server.url())
            .args(words)
            .fails(
                4,
                "error: the token's type is 'DPoP', not Bearer\nhint: --dpop asks for one with a proof of its key, which each call needs (RFC 9449)\n",
            )
            .run();
    }
    client_of(server.url()).prints("tok-5").run();
    assert_eq!(api.count(), 0);
}

// ------------------------------------------------------------------------------------------ what is printed

#[test]
fn a_key_that_is_kept_nowhere_is_warned_of() {
    let server = binding();
    for words in [&["-o", "token"][..], &["-o", "json"], &["-o", "env"], &["-o", "ttl"], &["--field", "access_token"]] {
        client_of(server.url()).args(["--dpop"]).args(words).any_stdout().stderr(LOST).run();
        client_of(server.url()).args(["--dpop", "--cache"]).args(words).any_stdout().run();
        client_of(server.url()).args(["--dpop-key", &key()]).args(words).any_stdout().run();
    }
    // It is kept, and no run will find it.
    let server = Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"dpop"}"#));
    client_of(server.url()).args(["--dpop", "--cache"]).prints("tok-1").stderr(LOST).run();
}

/// Token and proof of what `-o header --for` prints.
#[track_caller]
fn pair(printed: &str) -> (String, String) {
    let lines: Vec<_> = printed.lines().collect();
    let [token, proof] = lines[..] else { panic!("{printed}") };
    let token = token.strip_prefix("Authorization: DPoP ").expect(printed);
    (token.to_owned(), proof.strip_prefix("DPoP: ").expect(printed).to_owned())
}

#[test]
fn a_proof_for_a_call_is_printed_beside_the_token() {
    let server = binding();
    let (home, url) = (home(), server.url());
    let run = |target: &str, more: &[&str]| {
        let run = client_of(&url).at_home(&home).args(["--dpop", "--cache", "-o", "header", "--for", target]);
        let (token, proof) = pair(&run.args(more).any_stdout().run().stdout);
        assert_eq!(token, "tok-1");
        proof
    };
    let mut all = vec![verified(&run("https://first.example", &[]), "GET", "https://first.example/", Some("tok-1"))];
    all.push(proof_of(&server.request()));
    for (target, method, htu) in [
        ("https://api.example.com/v1/a?x=1&y=http://z", "GET", "https://api.example.com/v1/a"),
        ("POST https://API.Example.com:443/v1/a%20B", "POST", "https://api.example.com/v1/a%20B"),
        ("delete HTTPS://api.example.com:8443", "DELETE", "https://api.example.com:8443/"),
        ("  QUERY   https://api.example.com?q  ", "QUERY", "https://api.example.com/"),
        ("http://[::1]:80/x", "GET", "http://[::1]/x"),
    ] {
        all.push(verified(&run(target, &[]), method, htu, Some("tok-1")));
    }
    let with_nonce =
        verified(&run("https://a.example/", &["--dpop-nonce", "eyJ~!"]), "GET", "https://a.example/", Some("tok-1"));
    assert_eq!(with_nonce.nonce(), Some("eyJ~!"));
    assert!(all.iter().all(|proof| proof.nonce().is_none()));
    all.push(with_nonce);
    assert_eq!(server.count(), 1, "the others were hits");
    assert!(all.iter().all(|proof| proof.key() == all[0].key()), "the key that the token was asked for with");
    assert_eq!(all.iter().map(Proof::id).collect::<HashSet<_>>().len(), all.len(), "a new proof each run");
}

#[test]
fn curl_takes_what_is_printed_for_it() {
    let (server, api) = (binding(), Server::answering(status(200, &[], "fine")));
    let target = format!("PUT {}", api.at("/x?y=z"));
    for (format, config) in [("curl", true), ("header", false)] {
        let run = client_of(server.url()).args(["--dpop-key", &key(), "-o", format, "--for", &target]);
        let printed = run.any_stdout().run().stdout;
        if config {
            let lines: Vec<_> = printed.lines().collect();
            assert!(
                lines.len() == 2 && lines.iter().all(|line| line.starts_with("header = \"") && line.ends_with('"'))
            );
        }
        if !is_installed("curl") {
            return not_run("there is no curl");
        }
        let how: &[&str] = if config { &["-K", "-"] } else { &["-H", "@-"] };
        let mut curl = assert_cmd::Command::new("curl");
        curl.args(["-q", "-sS", "-X", "PUT"]).args(how).arg(api.at("/x?y=z")).write_stdin(printed);
        curl.assert().success().stdout("fine");
    }
    assert_eq!(proofs(&api).len(), 2);
    assert_eq!(api.requests()[0].header("authorization"), Some("DPoP tok-1"));
}

#[test]
fn what_makes_no_sense_with_dpop_is_refused_and_nothing_is_sent() {
    let server = binding();
    let url = server.url();
    let no_call = |format: &str| {
        format!(
            "error: -o {format}: a token that is bound to a key goes with a proof for one call (RFC 9449 §7.1)\n\
             hint: say which call it is: --for 'POST https://api.example.com/things'\n"
        )
    };
    let exec_credential = "error: -o exec-credential: the token would be sent as Bearer, and it is bound to a key (RFC 9449 §7.2)\n\
        hint: --no-dpop asks for a token that is not\n";
    let no_key = |command: &str| {
        format!(
            "error: {command}: the token would be bound to a key that nobody else has\n\
             hint: --dpop-key file:PATH names one that whoever uses the token has too; --no-dpop asks for a token that needs none\n"
        )
    };
    let idle =
        |what: &str| format!("error: {what} would do nothing without dpop\nhint: give --dpop, or leave it out\n");
    let no_format = "error: for (flag --for) would do nothing without -o header or -o curl\n\
        hint: these print a proof beside the token; leave --for out for anything else\n";
    let malformed = "error: for (flag --for): expected '[METHOD] URL', such as 'POST https://api.example.com/things'\n";
    let call = "https://api.example.com/x";
    for (words, text) in [
        (&["--dpop", "-o", "header"][..], no_call("header")),
        (&["--dpop", "-o", "curl"], no_call("curl")),
        (&["--dpop-key", &key(), "-o", "curl"], no_call("curl")),
        (&["--dpop", "-o", "exec-credential"], exec_credential.into()),
        (&["--dpop-key", &key(), "-o", "exec-credential", "--field", "id_token"], exec_credential.into()),
        (&["--dpop", "exec", "--", "true"], no_key("exec")),
        (&["exec", "--dpop", "--token-file", "--", "true"], no_key("exec")),
        (&["batch", "--dpop"], no_key("batch")),
        (&["--for", call, "-o", "header"], idle("for (flag --for)")),
        (&["--no-dpop", "--for", call, "-o", "header"], idle("for (flag --for)")),
        (&["--no-dpop", "--dpop-key", &key(), "--for", call, "-o", "header"], idle("for (flag --for)")),
        (&["--dpop-nonce", "n"], idle("dpop_nonce (flag --dpop-nonce)")),
        (&["--dpop", "--for", call], no_format.into()),
        (&["--dpop", "--for", call, "-o", "json"], no_format.into()),
        (&["--dpop", "--for", call, "-o", "exec-credential"], no_format.into()),
        (&["--dpop", "--for", call, "--field", "x"], no_format.into()),
        (
            &["--dpop", "--dpop-nonce", "n", "-o", "json"],
            "error: dpop_nonce (flag --dpop-nonce) would do nothing without --for\nhint: it goes into the proof for a call: --for '[METHOD] URL'\n".into(),
        ),
        (&["--dpop", "-o", "curl", "--for", ""], malformed.into()),
        (&["--dpop", "-o", "curl", "--for", "POST"], malformed.into()),
        (&["--dpop", "-o", "curl", "--for", "/x"], malformed.into()),
        (&["--dpop", "-o", "curl", "--for", "POST https://a.example/x y"], malformed.into()),
        (&["--dpop", "-o", "curl", "--for", "PO(ST https://a.example/x"], malformed.into()),
        (
            &["--dpop", "-o", "curl", "--for", "ftp://a.example/"],
            "error: for (flag --for): its scheme is neither https nor http\n".into(),
        ),
        (
            &["--dpop", "-o", "curl", "--for", "GET https://u:hunter22@a.example/"],
            "error: for (flag --for): it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)\n".into(),
        ),
        (
            &["--dpop", "-o", "curl", "--for", "https://a.example/#x"],
            "error: for (flag --for): it has a fragment (#…), which a server would never see (RFC 9110 §7.1)\n".into(),
        ),
        (
            &["--dpop", "-o", "curl", "--for", call, "--dpop-nonce", "a b"],
            "error: dpop_nonce (flag --dpop-nonce): a nonce is printable ASCII without spaces, \" and \\ (RFC 9449 §8.1)\n".into(),
        ),
        (
            &["--dpop", "-H", "DPoP: x"],
            "error: headers (flag --header): 'DPoP' is set by the request itself\n".into(),
        ),
        (
            &["--dpop", "request", call, "-H", "dpop: x"],
            "error: --header: 'dpop' is set by the request itself\nhint: leave it out\n".into(),
        ),
    ] {
        client_of(&url).args(words).fails(2, text).run();
    }
    // What a profile says of the output is another command's business.
    let profile = "profiles: { p: { dpop: true, output: header } }\n";
    client_of(&url).config(profile).args(["-p", "p", "--for", call]).stdout_with(["DPoP: "]).run();
    client_of(&url).config(profile).args(["-p", "p", "--no-dpop", "-o", "token"]).prints("tok-2").run();
    assert_eq!(server.count(), 2);
}

// ------------------------------------------------------------------------------------------ the cache

#[test]
fn the_key_is_kept_with_its_token_and_serves_its_refresh() {
    let server = Server::scripted(|number, _| {
        let nonce = format!("DPoP-Nonce: n-{number}");
        bound_with(&format!("tok-{number}"), &[&nonce], &format!(r#","refresh_token":"ref-{number}""#))
    });
    let (home, url) = (home(), server.url());
    let words =
        ["--dpop", "--cache", "-q", "-g", "password", "-u", "alice", "--password", "env:OAUTH2TOK_CLIENT_SECRET"];
    let run = || client_of(&url).at_home(&home).args(words);
    run().prints("tok-1").run();
    run().prints("tok-1").run();
    run().args(["--min-valid", "2h"]).prints("tok-2").run();
    run().args(["--force-new"]).prints("tok-3").run();
    let all = proofs(&server);
    assert_eq!(all[0].key(), all[1].key(), "a refresh token is bound to the key too");
    assert_ne!(all[0].key(), all[2].key(), "another grant has a key of its own");
    assert_eq!(nonces(&server), some(&["", "n-1", "n-2"]), "an entry keeps the newest nonce");
    let (token, proof) = pair(&run().args(["-o", "header", "--for", "https://a.example/"]).any_stdout().run().stdout);
    assert_eq!(verified(&proof, "GET", "https://a.example/", Some(&token)).key(), all[2].key());
    let sealed = std::fs::read_dir(home.path().join("cache/oauth2tok")).unwrap();
    let point = all[2].header["jwk"]["x"].as_str().unwrap().to_owned();
    for file in sealed.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&point));
        let raw = URL_SAFE_NO_PAD.decode(&point).unwrap();
        assert!(!bytes.windows(raw.len()).any(|window| window == raw), "the key is sealed");
    }
    run().args(["cache", "clear", "--all"]).any_output().run();
    run().prints("tok-4").run();
    assert_eq!(nonces(&server)[3], None, "all that was kept is gone");
}

#[test]
fn a_kept_nonce_serves_the_next_grant_too() {
    let server =
        Server::scripted(|number, _| bound_with(&format!("tok-{number}"), &[&format!("DPoP-Nonce: n-{number}")], ""));
    for key in [&["--dpop"][..], &["--dpop-key", &key()]] {
        let before = server.count();
        let (home, url) = (home(), server.url());
        let run = || client_of(&url).at_home(&home).args(["--cache", "-q", "--min-valid", "2h"]).args(key);
        run().any_stdout().run();
        run().any_stdout().run();
        assert_eq!(nonces(&server)[before..], [None, Some(format!("n-{}", before + 1))]);
    }
}

#[test]
fn use_dpop_nonce_does_not_drop_a_kept_refresh_token() {
    let challenge = r#"WWW-Authenticate: DPoP error="use_dpop_nonce""#;
    let refusals = || {
        [
            wants(400, "n-1"),
            wants(400, "n-2"),
            status(401, &[challenge], ""),
            json(400, r#"{"error":"use_dpop_nonce"}"#),
        ]
    };
    let server = Server::scripted(move |number, _| match number {
        1 | 6 => bound_with(&format!("tok-{number}"), &[], r#","refresh_token":"ref-1""#),
        number => refusals()[number - 2].clone(),
    });
    let (home, url) = (home(), server.url());
    let words =
        ["--dpop", "--cache", "-q", "-g", "password", "-u", "alice", "--password", "env:OAUTH2TOK_CLIENT_SECRET"];
    let run = || client_of(&url).at_home(&home).args(words).args(["--min-valid", "2h"]);
    run().prints("tok-1").run();
    for _ in 0..3 {
        run().fails_with(3, ["use_dpop_nonce"]).run();
    }
    run().prints("tok-6").run();
    let grants: Vec<_> = server.requests().iter().map(|request| request.field("refresh_token")).collect();
    assert_eq!(grants[1..], vec![Some("ref-1".to_owned()); 5]);
    let all = proofs(&server);
    assert!(all.iter().all(|proof| proof.key() == all[0].key()));
}

#[test]
fn neither_kind_of_key_is_ever_shown() {
    let server = Server::answering_each([wants(400, "n-1"), bound("tok-1")]);
    let pem = std::fs::read_to_string(path_of("ec.pkcs8.pem")).unwrap();
    let private = pem_body(&pem);
    let url = server.url();
    for words in [&["--dpop", "--cache"][..], &["--dpop-key", &fixture("ec.pkcs8.pem")]] {
        let run = client_of(&url).args(words).args(["-v", "--show-secrets", "-o", "json"]);
        let said = run.any_output().run();
        let all = said.stdout + &said.stderr;
        assert!(!all.contains("BEGIN") && !all.contains("\"d\""), "{all}");
        for line in pem.lines().filter(|line| !line.starts_with('-')) {
            assert!(!all.contains(line), "{all}");
        }
        assert!(!all.contains(&STANDARD.encode(&private)[..40]), "{all}");
    }
}

// ------------------------------------------------------------------------------------------ request

#[test]
fn each_call_has_a_proof_of_its_own() {
    let (server, api) = (
        binding(),
        Server::scripted(|number, _| match number {
            1 => status(302, &["Location: /y?z=1"], ""),
            _ => status(200, &[], "fine"),
        }),
    );
    let run = || client_of(server.url()).args(["--dpop", "request", &api.at("/x?q=1")]).stdout("fine");
    run().run();
    run().run();
    let sent = proofs(&api);
    let places: Vec<_> =
        sent.iter().map(|proof| proof.claims["htu"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(places, ["x", "y", "x"]);
    let keys: Vec<_> = proofs(&server).iter().map(Proof::key).collect();
    assert_eq!(sent.iter().map(Proof::key).collect::<Vec<_>>(), [&*keys[0], &keys[0], &keys[1]]);
    let tokens: Vec<_> = api.requests().iter().map(|call| call.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["DPoP tok-1", "DPoP tok-1", "DPoP tok-2"]);
    client_of(server.url()).args(["--dpop", "request", "POST", "-d", "{}", &api.at("/")]).stdout("fine").run();
    assert_eq!(proofs(&api)[3].claims["htm"], "POST");
}

fn api_wants(nonce: &str) -> Answer {
    let nonce = format!("DPoP-Nonce: {nonce}");
    status(
        401,
        &[r#"WWW-Authenticate: DPoP error="use_dpop_nonce", error_description="x", algs="ES256""#, &nonce],
        "no",
    )
}

#[test]
fn an_apis_nonce_is_answered_and_no_new_token_asked_for() {
    for refusal in [api_wants("a-1"), wants(401, "a-1")] {
        let (server, api) = (binding(), Server::answering_each([refusal, status(200, &[], "fine")]));
        let words = ["--dpop", "request", "--retries-401", "0", &api.at("/x")];
        client_of(server.url()).args(words).stdout("fine").run();
        assert_eq!((server.count(), nonces(&api)), (1, some(&["", "a-1"])));
        assert_eq!(nonces(&server), some(&[""]), "another origin's nonce is nobody else's");
    }
}

#[test]
fn a_second_use_dpop_nonce_is_the_401_that_it_is() {
    let (server, api) = (binding(), Server::scripted(|number, _| wants(401, &format!("a-{number}"))));
    let words = ["--dpop", "request", "--retries-401", "0", &api.at("/x")];
    client_of(server.url()).args(words).fails_with(8, ["HTTP 401", "use_dpop_nonce"]).run();
    assert_eq!((server.count(), nonces(&api)), (1, some(&["", "a-1"])));
    // Then a new token is worth a try.
    let (server, api) = (
        binding(),
        Server::scripted(|number, _| match number {
            1 | 2 => wants(401, &format!("a-{number}")),
            _ => status(200, &[], "fine"),
        }),
    );
    client_of(server.url()).args(["--dpop", "request", &api.at("/x")]).stdout("fine").run();
    assert_eq!((server.count(), nonces(&api)), (2, some(&["", "a-1", "a-2"])));
    let keys: Vec<_> = proofs(&server).iter().map(Proof::key).collect();
    assert_eq!(proofs(&api)[2].key(), keys[1], "the new token has a new key");
}

#[test]
fn a_401_of_another_kind_is_about_the_token() {
    // The body is shown though it was looked into.
    let body = r#"{"error":"invalid_token","n":1}"#;
    let refused = status(401, &["Content-Type: application/json", "DPoP-Nonce: a-1"], body);
    let (server, api) = (binding(), Server::answering_each([refused.clone(), refused, status(200, &[], "fine")]));
    let url = api.at("/x");
    let run = client_of(server.url()).args(["--dpop", "request", &url, "--fail-on", "never"]);
    run.stdout(body).run();
    assert_eq!((server.count(), nonces(&api)), (2, some(&["", "a-1"])), "the newest nonce of any answer counts");
    let wanting = json(401, r#"{"error":"use_dpop_nonce"}"#);
    let (server, api) = (binding(), Server::answering(wanting));
    client_of(server.url())
        .args(["--dpop", "request", "--retries-401", "0", &api.at("/x")])
        .fails_with(8, ["401"])
        .run();
    assert_eq!(api.count(), 1, "without a nonce there is nothing to answer");
}

#[test]
fn the_newest_nonce_of_any_answer_counts() {
    let (server, api) = (
        binding(),
        Server::scripted(|number, _| match number {
            1 => status(302, &["Location: /y", "DPoP-Nonce: a-1"], ""),
            _ => status(200, &["DPoP-Nonce: a-2"], "fine"),
        }),
    );
    client_of(server.url()).args(["--dpop", "request", &api.at("/x")]).stdout("fine").run();
    assert_eq!(nonces(&api), some(&["", "a-1"]));
    // Token endpoint and API at one origin share them.
    let both = Server::scripted(|number, _| match number {
        1 => bound_with("tok-1", &["DPoP-Nonce: b-1"], ""),
        _ => status(200, &[], "fine"),
    });
    client_of(both.url()).args(["--dpop", "request", &both.at("/x")]).stdout("fine").run();
    assert_eq!(nonces(&both), some(&["", "b-1"]));
}

#[test]
fn a_call_with_the_users_key_from_the_cache_reads_no_other_key() {
    let (server, api) = (binding(), Server::answering(status(200, &[], "fine")));
    let (home, url) = (home(), server.url());
    let words = ["-a", "private_key_jwt", "--signing-key", &fixture("ec.pkcs8.pem"), "--dpop-key", &key(), "--cache"];
    let run = || client_of(&url).without("OAUTH2TOK_CLIENT_SECRET").at_home(&home).args(words);
    run().prints("tok-1").run();
    let said = run().args(["-v", "request", &api.at("/x")]).stdout("fine").stderr_with(["* dpop_key: "]).run();
    assert!(!said.stderr.contains("* signing_key: "), "{}", said.stderr);
    assert_eq!((server.count(), proofs(&api)[0].alg()), (1, "EdDSA"));
    let said = run().args(["-v"]).stdout("tok-1\n").stderr_with(["cache: hit"]).run();
    assert!(!said.stderr.contains("* dpop_key: "), "the token alone needs no key: {}", said.stderr);
}

#[test]
fn exec_and_batch_hand_over_a_token_whose_key_is_the_users() {
    let server = binding();
    let url = server.url();
    let exec = ["--dpop-key", &key(), "exec", "--", "sh", "-c", "echo $ACCESS_TOKEN${OAUTH2TOK_DPOP_KEY_FILE-}"];
    client_of(&url).args(exec).env("OAUTH2TOK_DPOP_KEY_FILE", "x").prints("tok-1").run();
    let run = client_of(&url).args(["--dpop-key", &key(), "batch"]).stdin("{}\n");
    run.stdout_with([r#""access_token":"tok-2""#]).run();
    assert!(proofs(&server).iter().all(|proof| proof.alg() == "EdDSA"));
}

#[test]
fn a_batch_lets_no_message_lead_to_a_bearer_token() {
    let (server, other) = (binding(), Server::new());
    let message = format!(r#"{{"url":"{}","secret":"hunter22"}}"#, other.url());
    let map = ["--map", "token_endpoint=url", "--map", "client_secret=secret"];
    let run = client_of(server.url()).args(["--dpop-key", &key(), "batch"]).args(map).stdin(format!("{message}\n"));
    run.code(2).any_output().run();
    assert_eq!((server.count(), other.count()), (0, 0));
}

// ------------------------------------------------------------------------------------------ what is told

#[test]
fn verbose_tells_key_nonce_and_claims() {
    let (server, api) = (
        Server::answering_each([wants(400, "n-1"), bound("tok-1")]),
        Server::answering_each([api_wants("a-1"), status(200, &[], "fine")]),
    );
    let run = client_of(server.url()).args(["--dpop", "-v", "request", &api.at("/x?secret=hunter22")]);
    let said = run.stdout("fine").stderr_with(["* DPoP key: jkt "]).run().stderr;
    let told: Vec<(Value, Value)> = said
        .lines()
        .filter_map(|line| line.strip_prefix("* DPoP: "))
        .map(|line| {
            let mut values = serde_json::Deserializer::from_str(line).into_iter::<Value>();
            (values.next().unwrap().unwrap(), values.next().unwrap().unwrap())
        })
        .collect();
    let sent: Vec<_> =
        proofs(&server).into_iter().chain(proofs(&api)).map(|proof| (proof.header, proof.claims)).collect();
    assert_eq!(told, sent);
    let jwk = &sent[0].0["jwk"];
    // RFC 7638
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
    let jkt = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    assert!(said.contains(&format!("* DPoP key: jkt {jkt}, ES256\n")), "{said}");
    assert!(said.contains("> DPoP: ***\n") && said.contains("> Authorization: DPoP ***\n"), "{said}");
    for request in server.requests().iter().chain(&api.requests()) {
        assert!(!said.contains(request.header("dpop").unwrap()), "{said}");
    }
    assert_eq!(said.matches("the server wants its nonce in the proof").count(), 2, "{said}");
}

#[test]
fn metadata_that_does_not_list_the_algorithm_is_warned_of() {
    for (listed, warned) in [(r#"["PS256","ES384"]"#, true), (r#"["ES256"]"#, false), ("[]", true), ("7", false)] {
        let server = Server::scripted(move |_, request| match request.contains("/.well-known/") {
            true => {
                let origin = request.origin();
                json(
                    200,
                    &format!(
                        r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","dpop_signing_alg_values_supported":{listed}}}"#
                    ),
                )
            }
            false => bound("tok-1"),
        });
        let text = if warned { "warning: the server's metadata does not list ES256 for DPoP proofs\n" } else { "" };
        let run = client().args(["--issuer", &server.origin(), "--dpop", "--cache"]);
        run.prints("tok-1").stderr(text).run();
        let run = client().args(["--issuer", &server.origin(), "--cache"]);
        run.prints("tok-1").run();
    }
}

#[test]
fn a_dry_run_shows_what_a_proof_would_say() {
    let url = "https://idp.invalid/t?x=1";
    let shown = |run: Run| {
        let said = run.any_stdout().stderr_with(["note: DPoP proof, not signed: "]).run();
        let line = said
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("note: DPoP proof, not signed: "))
            .unwrap()
            .to_owned();
        let mut values = serde_json::Deserializer::from_str(&line).into_iter::<Value>();
        let (header, claims) = (values.next().unwrap().unwrap(), values.next().unwrap().unwrap());
        (said, header, claims)
    };
    let run = || client_of(url).args(["--dpop-key", &key(), "--dry-run"]);
    let (said, header, claims) = shown(run());
    assert!(said.stdout.contains("\nDPoP: ***\n"), "{}", said.stdout);
    assert_eq!(
        (&header["alg"], &claims["htu"], &claims["htm"]),
        (&"EdDSA".into(), &"https://idp.invalid/t".into(), &"POST".into())
    );
    let (said, ..) = shown(run().args(["-o", "curl", "--for", "https://a.example/"]));
    assert!(said.stdout.contains("DPoP: %s") && said.stdout.contains("OAUTH2TOK_DPOP_PROOF"), "{}", said.stdout);
    assert!(
        said.stderr
            .contains("note: the DPoP proof is missing: curl cannot make one, and each request needs a new one\n")
    );
    let (said, _, claims) = shown(run().args(["request", "PUT", "https://a.example/x?token=hunter22"]));
    assert!(said.stdout.contains("Authorization: DPoP ***\nDPoP: ***\n"), "{}", said.stdout);
    assert_eq!(
        (&claims["htu"], &claims["htm"], &claims["ath"]),
        (&"https://a.example/x".into(), &"PUT".into(), &"(of the token)".into())
    );
    let (said, ..) = shown(run().args(["request", "-o", "curl", "https://a.example/x?token=hunter22"]));
    assert!(said.stdout.contains(r#"'header = "Authorization: DPoP %s"\nheader = "DPoP: %s"\n'"#), "{}", said.stdout);
    assert!(
        said.stderr.contains(
            "note: the DPoP proof is missing, and each call needs a new one: with -o curl instead of 'request', --for 'GET https://a.example/x?token=***' makes it and the token\n\
             note: the command reads these shell variables: ACCESS_TOKEN, OAUTH2TOK_DPOP_PROOF\n"
        ),
        "{}",
        said.stderr
    );
}

#[test]
fn the_clock_of_what_is_signed_can_be_set_right() {
    let server = binding();
    client_of(server.url()).args(["--dpop", "-q"]).env("OAUTH2TOK_CLOCK_OFFSET", "-1h").prints("tok-1").run();
    let request = server.request();
    let claims = request.header("dpop").unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let behind = now() - claims["iat"].as_u64().unwrap();
    assert!((3600..3660).contains(&behind), "{behind} s");
}

#[test]
fn runs_that_share_a_home_share_the_key_of_the_token() {
    let server = Server::scripted(|number, _| bound(&format!("tok-{number}")).late(Duration::from_millis(200)));
    let home: Arc<_> = home();
    let url = server.url();
    let runs: Vec<_> = (0..4)
        .map(|_| {
            client_of(&url)
                .at_home(&home)
                .args(["--dpop", "--cache", "-o", "header", "--for", "https://a.example/"])
                .any_stdout()
                .start()
        })
        .collect();
    let keys: HashSet<_> = runs
        .into_iter()
        .map(|run| {
            let (token, proof) = pair(&run.finish().stdout);
            verified(&proof, "GET", "https://a.example/", Some(&token)).key()
        })
        .collect();
    assert_eq!((keys.len(), server.count()), (1, 1));
    assert_eq!(keys.into_iter().next().unwrap(), proofs(&server)[0].key());
}
