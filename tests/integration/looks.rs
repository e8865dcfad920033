//! What the commands that look have in common: whom they ask and whom not, and the names in their reports.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use serde_json::{Value, json};

use super::discover::{KEYS, OAUTH, OIDC, asked, discover, findings};
use super::doctor::{Report, agree, issuer};
use super::dpop::{bound, nonces, some, wants};
use super::harness::json as answer;
use super::harness::*;
use super::inspect::{claims, ec_jwk, inspect, ok, report, set, signed, verifying};
use super::introspect::{asks, telling};
use super::proxy::pump;

// --------------------------------------------------------------------------------------------------------- doctor

#[test]
fn a_secret_in_quotes_is_told_where_the_server_refuses_it() {
    let refuses = Server::answering(answer(401, r#"{"error":"invalid_client"}"#));
    for (secret, what) in [
        ("\"qu0ted-one\"", "client_secret begins or ends with a quote"),
        ("'qu0ted-one'", "client_secret begins or ends with a quote"),
        ("qu0ted-one\u{a0}", "client_secret begins or ends with white space"),
    ] {
        let report = agree(secret, 3, || client_of(refuses.url()).env("OAUTH2TOK_CLIENT_SECRET", secret));
        report.says("secret", "warn", &[what]).says("verdict", "fail", &[&format!("'secret' first: {what}")]);
        assert!(!report.text.contains("qu0ted-one"), "{}", report.text);
    }
    let report = agree("plain", 3, || client_of(refuses.url()).env("OAUTH2TOK_CLIENT_SECRET", "qu0ted-one"));
    report.says("secret", "ok", &[]);
}

/// Counts the certificates that a server is shown.
#[derive(Debug)]
struct Counting {
    verifier: Arc<dyn ClientCertVerifier>,
    shown: Arc<AtomicUsize>,
}

impl ClientCertVerifier for Counting {
    fn root_hint_subjects(&self) -> &[rustls::DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.shown.fetch_add(1, Ordering::SeqCst);
        self.verifier.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// A server that asks for a client certificate, and how often it was shown one.
fn asking(ca: &Ca, version: &'static rustls::SupportedProtocolVersion) -> (Server, Arc<AtomicUsize>) {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.cacert_text().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let shown = Arc::new(AtomicUsize::new(0));
    let verifier = Counting { verifier: verifier.build().unwrap(), shown: Arc::clone(&shown) };
    let (cert, key) = ca.here();
    let chain = vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = tls::versions(&[version]).with_client_cert_verifier(Arc::new(verifier));
    (Server::tls(config.with_single_cert(chain, key).unwrap(), token()), shown)
}

#[test]
fn a_server_that_is_refused_sees_no_client_certificate() {
    let (ca, other) = (Ca::new("CA"), Ca::new("Other"));
    let (cert, key) = ca.client();
    let (cert, key) = (ca.file("c.pem", &cert), ca.file("k.pem", &key));
    let words = ["--cert", cert.to_str().unwrap(), "--key", key.to_str().unwrap(), "--cacert"];
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (server, shown) = asking(&ca, version);
        let run = |roots: &Ca| client_of(server.url()).args(words).args([roots.cacert()]);
        let trusted = Report::of(&run(&ca));
        trusted.says("tls", "ok", &["the server asked for the client certificate and was shown it"]);
        let seen = shown.load(Ordering::SeqCst);
        assert!(seen > 0 && seen == server.connections(), "{seen} of {}", server.connections());
        let refused = Report::of(&run(&other));
        refused.says("tls", "fail", &["not trusted here"]);
        assert_eq!(refused.code, 5);
        assert!(server.connections() > seen, "it was asked who it is");
        // Whatever came last is read by then.
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(shown.load(Ordering::SeqCst), seen, "{version:?}");
        assert_eq!(server.count(), 1);
    }
}

/// The hosts and ports that a proxy was asked for.
type Wishes = Arc<Mutex<Vec<(String, u16)>>>;

/// A SOCKS5 proxy for `me` that answers each wish with `status`.
fn socks(status: u8) -> (u16, Wishes) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let wishes = Wishes::default();
    let kept = Arc::clone(&wishes);
    let bytes = |stream: &mut TcpStream, count: u8| {
        let mut bytes = vec![0; usize::from(count)];
        stream.read_exact(&mut bytes).ok()?;
        Some(bytes)
    };
    let talk = move |stream: &mut TcpStream| {
        let methods = bytes(stream, 2)?[1];
        assert!(bytes(stream, methods)?.contains(&2));
        stream.write_all(&[5, 2]).ok()?;
        for expected in ["me", "hunter22"] {
            let length = if expected == "me" { bytes(stream, 2)?[1] } else { bytes(stream, 1)?[0] };
            assert_eq!(bytes(stream, length)?, expected.as_bytes());
        }
        stream.write_all(&[1, 0]).ok()?;
        assert_eq!(bytes(stream, 4)?, [5, 1, 0, 3], "by name");
        let length = bytes(stream, 1)?[0];
        let host = String::from_utf8(bytes(stream, length)?).unwrap();
        let port = u16::from_be_bytes(bytes(stream, 2)?.try_into().unwrap());
        kept.lock().unwrap().push((host.clone(), port));
        stream.write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
        (status == 0).then(|| TcpStream::connect((host, port)).unwrap())
    };
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || {
                if let Some(server) = talk(&mut stream) {
                    pump(stream, server);
                }
            });
        }
    });
    (port, wishes)
}

#[test]
fn the_way_through_a_socks_proxy_is_walked_as_a_run_walks_it() {
    let ca = Ca::new("CA");
    let server = Server::tls(ca.server(), token());
    let by_name = server.url().replace("127.0.0.1", "localhost");
    let (port, wishes) = socks(0);
    let proxy = format!("socks5h://me:hunter22@127.0.0.1:{port}");
    let report = agree("through", 0, || client_of(&by_name).args(["-x", &proxy, "--cacert", &ca.cacert()]));
    let named = format!("socks5h://127.0.0.1:{port}");
    report.says("dns", "ok", &[&format!("the proxy {named}: 127.0.0.1 is an address")]);
    report.says("tcp", "ok", &[&format!("the proxy {named}: port {port} answers")]);
    let tunnel = format!("{named} (--proxy) opens a tunnel to localhost:{}", server.port());
    report.says("proxy", "ok", &[&tunnel]).says("tls", "ok", &["verified"]);
    assert!(!report.text.contains("hunter22"), "{}", report.text);
    let expected = ("localhost".to_owned(), server.port());
    let seen = wishes.lock().unwrap().clone();
    // The run, the look and the request.
    assert_eq!(seen, [expected.clone(), expected.clone(), expected]);
    // One that refuses is asked once more than by the run, and is what is told.
    let (port, wishes) = socks(2);
    let proxy = format!("socks5h://me:hunter22@127.0.0.1:{port}");
    let report = agree("refused", 5, || client_of("https://idp.invalid/token").args(["-x", &proxy]));
    report.says("proxy", "fail", &[&format!("socks5h://127.0.0.1:{port}"), "--proxy"]);
    assert_eq!(report.verdicts(), "oooofssssss");
    assert_eq!(*wishes.lock().unwrap(), [("idp.invalid".to_owned(), 443), ("idp.invalid".to_owned(), 443)]);
    assert!(!report.text.contains("hunter22"), "{}", report.text);
}

#[test]
fn a_nonce_that_a_server_wants_in_a_proof_is_given_it() {
    let server = Server::answering_each([wants(400, "n-1"), bound("tok-1")]);
    let report = Report::of(&client_of(server.url()).args(["--dpop", "-q"]));
    assert_eq!(report.code, 0, "{}", report.text);
    report.says("request", "warn", &["a token came (HTTP 200)", "its key is kept nowhere"]);
    assert_eq!(nonces(&server), some(&["", "n-1"]));
    // A server that is never content is a refusal, and asked no more than by a run.
    let report = agree("never", 3, || {
        let server = Server::answering_each([wants(400, "n-1"), wants(400, "n-2"), bound("tok-1")]);
        client_of(server.url()).args(["--dpop", "-q"])
    });
    report.says("request", "fail", &["use_dpop_nonce"]);
}

#[test]
fn what_a_doctor_exchanged_is_recorded_whatever_came_of_it() {
    let fine = issuer("", token_of("canary-token"));
    let refuses = issuer("", answer(401, r#"{"error":"invalid_client"}"#));
    for (server, code, status) in [(&fine, 0, 200), (&refuses, 3, 401)] {
        let run = client().args(["--issuer", &server.origin(), "doctor", "--har", "run.har", "-o", "json"]);
        let (file, _home) = (run.path("run.har"), run.its_home());
        run.code(code).any_output().run();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        for secret in [SECRET, "canary-token"].into_iter().flat_map(spellings) {
            assert!(!text.contains(&secret), "{text}");
        }
        let har: Value = serde_json::from_str(&text).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap();
        let urls: Vec<_> = entries.iter().map(|entry| entry["request"]["url"].as_str().unwrap().to_owned()).collect();
        assert_eq!(urls, asked(server).iter().map(|target| server.at(target)).collect::<Vec<_>>());
        let posted = entries.iter().find(|entry| entry["request"]["method"] == "POST").unwrap();
        assert_eq!(posted["response"]["status"], status);
    }
    // What cannot be recorded is not sent.
    let before = fine.count();
    let run = client().args(["--issuer", &fine.origin(), "doctor", "--har", "none/run.har"]);
    run.fails(2, "error: --har: cannot write the given file (not repeated: it may be a secret): No such file or directory (os error 2)\nhint: --har FILE names a place that you may write to; what is there is replaced\n").run();
    assert_eq!(fine.count(), before);
    // Where nobody was reached the file is there all the same.
    let (_held, port) = server::closed_port();
    let run = client_of(format!("http://127.0.0.1:{port}/")).args(["doctor", "--har", "run.har"]);
    let (file, _home) = (run.path("run.har"), run.its_home());
    run.code(5).any_output().run();
    let har: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(har["log"]["version"], "1.2");
}

// ------------------------------------------------------------------------------------------------------- discover

const NAMED: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","jwks_uri":"ISSUER/keys"}"#;

#[test]
fn a_place_that_hangs_takes_no_longer_than_there_is_time_and_the_good_one_counts() {
    let server = Server::scripted(|_, request| match request.target() {
        OIDC => answer(200, &NAMED.replace("ISSUER", &request.origin())),
        "/keys" => answer(200, KEYS),
        _ => Answer::raw("").then(Then::Hang),
    });
    let start = Instant::now();
    let found = findings(discover(&server).args(["--timeout", "2s", "--retry", "0"]));
    assert!((2..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let place = server.at(OAUTH);
    assert!(found.iter().any(|found| found.starts_with(&format!("warning {place}: no answer came: "))), "{found:?}");
    assert!(!found.iter().any(|found| found.contains(&server.at(OIDC))), "{found:?}");
    // No time is left for the keys, and that is said of them.
    assert!(found[0].starts_with(&format!("error {}: the keys cannot be had: ", server.at("/keys"))), "{found:?}");
}

#[test]
fn a_redirect_of_the_keys_is_told_and_not_followed() {
    let other = Server::answering(answer(200, KEYS));
    for place in ["/moved".to_owned(), other.at("/keys")] {
        let location = format!("Location: {place}");
        let server = Server::scripted(move |_, request| match request.target() {
            OIDC => answer(200, &NAMED.replace("ISSUER", &request.origin())),
            "/keys" => status(302, &[&location], ""),
            "/moved" => answer(200, KEYS),
            _ => status(404, &[], ""),
        });
        let keys = server.at("/keys");
        assert_eq!(
            findings(discover(&server)),
            [format!("error {keys}: the keys cannot be had: {keys} answered HTTP 302")]
        );
        assert_eq!(asked(&server), [OIDC, OAUTH, "/keys"]);
    }
    assert_eq!(other.connections(), 0);
}

// ------------------------------------------------------------------------------------- whose word counts, and when

/// A server whose second document has these members besides its issuer, and whose first names a token endpoint alone.
fn in_two(more: &'static str) -> Server {
    let keys = set(&[ec_jwk("e")]);
    Server::scripted(move |_, request| {
        let document =
            |more: &str| answer(200, &format!(r#"{{"issuer":"ISSUER"{more}}}"#).replace("ISSUER", &request.origin()));
        match request.target() {
            OIDC => document(r#","token_endpoint":"ISSUER/token""#),
            OAUTH => document(more),
            "/jwks" => answer(200, &keys),
            "/introspect" => answer(200, r#"{"active":true}"#),
            _ => status(404, &[], ""),
        }
    })
}

const REST: &str = r#","jwks_uri":"ISSUER/jwks","introspection_endpoint":"ISSUER/introspect""#;
const WHOLE: &str =
    r#","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/jwks","introspection_endpoint":"ISSUER/introspect""#;

#[test]
fn an_endpoint_that_the_first_document_lacks_is_taken_from_the_other() {
    for more in [WHOLE, REST] {
        let server = in_two(more);
        let token = signed(&json!({"kid": "e"}), &claims(&server.origin(), json!({})));
        let report = report(verifying(&server, &token));
        assert_eq!(report["tokens"][0]["verified"], true, "{report}");
        assert_eq!(asked(&server), [OIDC, OAUTH, "/jwks"]);
        // Any other endpoint, too.
        let server = in_two(more);
        asks(&server, &[]).stdout("{\"active\":true}\n").run();
        assert_eq!(asked(&server), [OIDC, OAUTH, "/introspect"]);
        // And so it is told.
        let server = in_two(more);
        let found = findings(discover(&server));
        assert_eq!(asked(&server), [OIDC, OAUTH, "/jwks"]);
        let lacks = format!("warning {}: it has no token_endpoint", server.at(OAUTH));
        assert_eq!(found, if more == WHOLE { vec![] } else { vec![lacks] });
    }
    // Another's document adds nothing.
    let server = in_two(r#","issuer":"https://other.example","jwks_uri":"ISSUER/jwks""#);
    let token = signed(&json!({"kid": "e"}), &claims(&server.origin(), json!({})));
    report(verifying(&server, &token).code(4).stderr_with(["error: the issuer's metadata names no jwks_uri\n"]));
    assert_eq!(asked(&server), [OIDC, OAUTH]);
}

#[test]
fn metadata_that_an_earlier_run_kept_is_not_what_is_looked_at() {
    let keys = set(&[ec_jwk("e")]);
    let times = AtomicUsize::new(0);
    let server = Server::scripted(move |_, request| match request.target() {
        // Its keys have moved since.
        OIDC => {
            let keys = if times.fetch_add(1, Ordering::SeqCst) == 0 { "old" } else { "jwks" };
            answer(200, &NAMED.replace("/keys", &format!("/{keys}")).replace("ISSUER", &request.origin()))
        }
        "/jwks" => answer(200, &keys),
        "/token" => token(),
        _ => status(404, &[], ""),
    });
    let home = home();
    let words = ["--cache", "--issuer", &server.origin()];
    client().at_home(&home).args(words).prints(TOKEN).run();
    client().at_home(&home).args(words).args(["--force-new"]).prints(TOKEN).run();
    assert_eq!(asked(&server), [OIDC, "/token", "/token"], "it is kept for runs");
    let token = signed(&json!({"kid": "e"}), &claims(&server.origin(), json!({})));
    let run = oauth2tok().at_home(&home).env("OAUTH2TOK_CACHE", "1").args(["inspect", "--verify", "-o", "json"]);
    let report = report(run.args(["--issuer", &server.origin()]).stdin(token));
    assert_eq!(report["tokens"][0]["verified"], true, "{report}");
    assert_eq!(asked(&server)[3..], [OIDC, "/jwks"]);
    let run = discover(&server).at_home(&home).env("OAUTH2TOK_CACHE", "1");
    assert_eq!(findings(run), [""; 0]);
    assert_eq!(asked(&server)[5..], [OIDC, OAUTH, "/jwks"]);
}

#[test]
fn where_a_set_was_named_the_hint_is_about_that_and_not_about_the_issuer() {
    let token = signed(&json!({}), &claims("x", json!({})));
    let hint = "hint: --jwks is the address of a JWK Set, such as the server's jwks_uri, or a file with one\n";
    let told = |server: &Server, words: &[&str], text: String| {
        let run = inspect(&token).args(["--verify", "--retry", "0", "-o", "json"]).args(words);
        let report = report(run.code(4).stderr(text));
        assert_eq!((ok(&report, "signature"), server.count()), (Value::Null, 1));
    };
    let gone = Server::answering(answer(404, "{}"));
    let place = gone.at("/jwks");
    told(&gone, &["--jwks", &place], format!("error: {place} answered HTTP 404\n{hint}"));
    let page = Server::answering(html(200, "<html>"));
    let place = page.at("/jwks");
    told(
        &page,
        &["--jwks", &place],
        format!("error: what {place} answered is no JWK Set: it is malformed JSON\n{hint}"),
    );
    // The setting is what to change where that was asked.
    let gone = Server::answering(answer(404, "{}"));
    let place = gone.at("/jwks");
    let run = verifying(&gone, &token).env("OAUTH2TOK_JWKS_URI", &place).code(4);
    report(run.stderr(format!(
        "error: {place} answered HTTP 404\nhint: jwks_uri says where the keys are, if that is another place\n"
    )));
}

// ------------------------------------------------------------------------------------------------- for scripts

#[test]
fn a_check_that_fails_is_told_to_scripts_alike() {
    let token = signed(&json!({}), &claims("x", json!({"aud": "a"})));
    let introspects = telling(|_| answer(200, r#"{"active":true,"aud":"a"}"#));
    let knows = super::userinfo::server(|_| answer(200, r#"{"sub":"mallory"}"#));
    let required = ["--require-aud", "b"];
    for (run, what, is_printed) in [
        (inspect(&token).args(required), "aud (", true),
        (asks(&introspects, &required), "aud (", true),
        (super::userinfo::alice(&knows).args(["userinfo", "-p", "p"]), "sub (", false),
    ] {
        let output = run.args(["--error-format", "json"]).code(10).any_output().run();
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        let error: Value = serde_json::from_str(&output.stderr).unwrap();
        assert_eq!((&error["kind"], &error["exit_code"]), (&json!("check"), &json!(10)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(what), "{error}");
        assert_eq!(!output.stdout.is_empty(), is_printed, "{}", output.stdout);
    }
}

/// The names of each object in a report, by where it stands. What stands below `foreign` has the names of others.
fn names(value: &Value, place: &str, foreign: &[&str], names_of: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(members) if !foreign.contains(&place) => {
            let mut all: Vec<_> = members.keys().map(String::as_str).collect();
            all.sort_unstable();
            // A token has the times that it has.
            if !place.ends_with(".times") {
                names_of.entry(place.to_owned()).or_default().insert(all.join(" "));
            }
            members.iter().for_each(|(name, value)| names(value, &format!("{place}.{name}"), foreign, names_of));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, &format!("{place}[]"), foreign, names_of)),
        _ => {}
    }
}

/// A run's report has at each place the names that scripts go by, all of them and no others, in each object alike.
#[track_caller]
fn check_names(run: Run, foreign: &[&str], expected: &[(&str, &str)]) {
    let output = run.args(["-o", "json"]).any_output().any_end().run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let mut found = BTreeMap::new();
    names(&report, "", foreign, &mut found);
    let sorted = |names: &str| {
        let mut names: Vec<_> = names.split(' ').collect();
        names.sort_unstable();
        BTreeSet::from([names.join(" ")])
    };
    let expected: BTreeMap<_, _> = expected.iter().map(|(at, names)| ((*at).to_owned(), sorted(names))).collect();
    assert_eq!(found, expected, "{report:#}");
}

#[test]
fn the_names_in_a_report_never_change() {
    let server = Server::scripted(|_, request| match request.target() {
        OIDC => answer(200, &NAMED.replace("ISSUER", &request.origin())),
        OAUTH => answer(200, &NAMED.replace("}", r#","x":1}"#).replace("ISSUER", &request.origin())),
        "/keys" => answer(200, r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#),
        _ => answer(401, r#"{"error":"invalid_client","error_description":"no"}"#),
    });
    let finding = "severity finding where";
    let token = signed(&json!({}), &claims("x", json!({"nbf": "soon"})));
    let both = format!(r#"{{"access_token":"{token}","refresh_token":"opaque-one"}}"#);
    check_names(
        inspect(&both).args(["--require-aud", "b"]),
        &[".tokens[].header", ".tokens[].claims"],
        &[
            ("", "tokens"),
            (".tokens[]", "name form header claims times bytes findings verified checks"),
            (".tokens[].times.exp", "utc seconds_left"),
            (".tokens[].times.iat", "utc seconds_left"),
            (".tokens[].bytes", "header payload signature"),
            (".tokens[].findings[]", finding),
            (".tokens[].checks[]", "check ok detail"),
        ],
    );
    check_names(
        discover(&server),
        &[],
        &[
            ("", "documents differences usable keys findings"),
            (".documents[]", "place status ms issuer"),
            (".differences[]", "member oidc oauth"),
            (".usable[]", "what usable why"),
            (".keys[]", "kid type use alg bits"),
            (".findings[]", finding),
        ],
    );
    let steps = [("", "steps exit_code"), (".steps[]", "step verdict ms detail remedy")];
    check_names(client().args(["--issuer", &server.origin(), "doctor"]), &[], &steps);
    check_names(oauth2tok().args(["doctor"]), &[], &steps);
    let explained = [("", "exit_code kind http_status oauth deviations hints")];
    for answer in [
        r#"{"error":"invalid_client","error_description":"no"}"#,
        r#"{"access_token":"t0ken-t0ken","token_type":"Bearer","expires_in":"60"}"#,
        "<html>",
    ] {
        check_names(oauth2tok().args(["explain"]).stdin(answer), &[".oauth"], &explained);
    }
}
