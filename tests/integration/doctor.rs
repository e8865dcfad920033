//! `doctor`: it ends as the run would that it stands for, whatever is wrong on the way, and sends nobody what that would not.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::faults::blackhole;
use super::harness::browser::in_two_steps;
use super::harness::server::closed_port;
use super::harness::*;

/// All steps, in their order.
const STEPS: [&str; 12] =
    ["settings", "secret", "dns", "tcp", "proxy", "tls", "clock", "metadata", "client", "keys", "request", "verdict"];

/// What `doctor` reported as JSON.
pub struct Report {
    pub code: i32,
    steps: Vec<Value>,
    pub text: String,
}

impl Report {
    /// The report of `doctor` with the words of `run`, which says nothing on stderr.
    #[track_caller]
    pub fn of(run: &Run) -> Self {
        Self::read(&run.clone().any_end().args(["doctor", "-o", "json"]).run())
    }

    #[track_caller]
    fn read(output: &Output) -> Self {
        assert_eq!(output.stderr, "", "{}", output.stdout);
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let steps = report["steps"].as_array().unwrap().clone();
        let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert_eq!(names, STEPS);
        for step in &steps {
            assert!(step["ms"].is_u64(), "{step}");
            assert_eq!(step["remedy"].is_null(), step["verdict"] == "ok", "{step}");
        }
        assert_eq!(report["exit_code"], output.code, "{report:#}");
        for secret in [SECRET, CANARY, "canary-token", "tok-1"].into_iter().flat_map(spellings) {
            assert!(!output.stdout.contains(&secret), "{}", output.stdout);
        }
        Self { code: output.code, steps, text: format!("{report:#}") }
    }

    #[track_caller]
    pub fn step(&self, name: &str) -> (&str, &str, &str) {
        let step = self.steps.iter().find(|step| step["step"] == name).unwrap();
        let text = |member: &str| step[member].as_str().unwrap_or_default();
        (text("verdict"), text("detail"), text("remedy"))
    }

    /// What became of each step but the last, by its first letter.
    pub fn verdicts(&self) -> String {
        let letter = |step: &Value| step["verdict"].as_str().unwrap()[..1].to_owned();
        self.steps[..STEPS.len() - 1].iter().map(letter).collect()
    }

    #[track_caller]
    pub fn says(&self, name: &str, verdict: &str, parts: &[&str]) -> &Self {
        let (found, detail, remedy) = self.step(name);
        assert_eq!(found, verdict, "{name}: {}", self.text);
        let told = format!("{detail}\n{remedy}");
        for part in parts {
            assert!(told.contains(part), "{name} lacks {part:?}: {told}");
        }
        self
    }
}

/// A run that `make` makes, with a server of its own, ends so, and `doctor` with the same words does, too.
#[track_caller]
pub fn agree(name: &str, code: i32, make: impl Fn() -> Run) -> Report {
    let run = make().args(["--retry", "0"]).any_end().run();
    assert_eq!(run.code, code, "{name}: {}", run.stderr);
    let report = Report::of(&make());
    assert_eq!(report.code, code, "{name}: {}\n{}", report.text, run.stderr);
    if code != 0 {
        // The first line of what the run says stands in the report.
        let first = run.stderr.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or_default();
        assert!(
            steady(&report.text.replace("\\\"", "\"")).contains(&steady(first)),
            "{name}: {first}\n{}",
            report.text
        );
        report.says("verdict", "fail", &[&format!("a run ends with exit code {code} ")]);
    }
    report
}

/// The text without what differs from run to run: numbers, and the names of homes.
fn steady(text: &str) -> String {
    let mut pieces = text.split("/oauth2tok-test-");
    let mut steady = pieces.next().unwrap_or_default().to_owned();
    pieces.for_each(|piece| steady.push_str(piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric())));
    steady.retain(|c| !c.is_ascii_digit());
    steady
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const USUAL: &str = r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":3600}"#;

/// Short limits, and the same for all that is given.
fn short(url: impl AsRef<str>) -> Run {
    client_of(url).args(["--timeout", "1500ms"])
}

#[test]
fn it_ends_as_the_run_whatever_the_server_answers() {
    let length = USUAL.len();
    let many: String = (0..5000).map(|n| format!("X-{n}: {}\r\n", "y".repeat(40))).collect();
    let over = format!("{}{USUAL}", " ".repeat(1 << 20));
    let raw = |text: String| Answer::raw(text);
    let pause = Duration::from_millis(60);
    let answers: Vec<(&str, i32, Answer)> = vec![
        ("a token", 0, token()),
        ("f15 silence", 5, Answer::raw("").then(Then::Hang)),
        ("f15 silence in the head", 5, Answer::raw("HTTP/1.1 200 OK\r\nX: canary").then(Then::Hang)),
        ("f16 a stall in the body", 5, raw(format!("{HEAD}Content-Length: 100\r\n\r\n{{\"acc")).then(Then::Hang)),
        ("t19 a dripping body", 5, raw(format!("{HEAD}Content-Length: 100000\r\n\r\n")).dripping(pause, " ", 300)),
        ("f18 no byte at all", 5, Answer::raw("")),
        ("f19 a reset", 5, Answer::raw("").then(Then::Reset)),
        ("f20 a length that is not reached", 4, raw(format!("{HEAD}Content-Length: {}\r\n\r\n{USUAL}", length + 1))),
        (
            "f20 chunks without end",
            4,
            raw(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{USUAL}\r\n")),
        ),
        ("f20 half a head", 4, raw(format!("{HEAD}Content-Length: 10"))),
        ("f23 over the cap", 4, raw(format!("{HEAD}Content-Length: {}\r\n\r\n{over}", over.len()))),
        ("f23 far over the cap", 4, raw(format!("{HEAD}Content-Length: 99999999999999\r\n\r\n")).then(Then::Hang)),
        ("f24 a flood of headers", 4, raw(format!("HTTP/1.1 200 OK\r\n{many}\r\n"))),
        ("f25 a page", 4, raw("<html><title>canary</title></html>".into())),
        ("f25 JSON alone", 4, raw(USUAL.into())),
        ("f25 SSH", 4, raw("SSH-2.0-x\r\n\r\n".into())),
        ("f25 a status that is none", 4, raw("HTTP/1.1 abc OK\r\n\r\n".into())),
        ("f25 a line without colon", 4, raw(format!("HTTP/1.1 200 OK\r\nbad header canary\r\n\r\n{USUAL}"))),
        ("f27 what is no gzip", 4, status(200, &["Content-Encoding: gzip"], "not gzip")),
        ("f27 an encoding that is not known", 4, status(200, &["Content-Encoding: br"], "x")),
        ("two lengths", 4, raw(format!("{HEAD}Content-Length: {length}\r\nContent-Length: 1\r\n\r\n{USUAL}"))),
        (
            "interim answers",
            0,
            raw(format!("HTTP/1.1 100 Continue\r\n\r\n{HEAD}Content-Length: {length}\r\n\r\n{USUAL}")),
        ),
        ("a body that ends with its connection", 0, raw(format!("{HEAD}\r\n{USUAL}"))),
        ("f28 a page with 200", 4, html(200, "<html>log in</html>")),
        ("no token", 4, json(200, "{}")),
        ("an empty token", 4, json(200, r#"{"access_token":""}"#)),
        ("an error with 200", 3, json(200, r#"{"error":"invalid_client"}"#)),
        ("invalid_client", 3, json(401, r#"{"error":"invalid_client","error_description":"no"}"#)),
        ("invalid_grant", 3, json(400, r#"{"error":"invalid_grant"}"#)),
        ("invalid_scope", 3, json(400, r#"{"error":"invalid_scope"}"#)),
        ("unauthorized_client", 3, json(403, r#"{"error":"unauthorized_client"}"#)),
        ("401 with a page", 3, html(401, "<html>no</html>")),
        ("temporarily_unavailable", 6, json(400, r#"{"error":"temporarily_unavailable"}"#)),
        ("408", 6, json(408, "{}")),
        ("429", 6, status(429, &["Retry-After: 0"], "")),
        ("500", 6, html(500, "<html>oops</html>")),
        ("502", 6, status(502, &[], "")),
        ("503", 6, status(503, &["Retry-After: 0"], "")),
        ("404", 4, html(404, "<html>no</html>")),
        ("f33 a redirect", 4, status(302, &["Location: /login"], "")),
        ("f33 a redirect elsewhere", 4, status(307, &["Location: https://other.invalid/token"], "")),
    ];
    at_once(answers, |(name, code, answer)| {
        let servers = [Server::answering(answer.clone()), Server::answering(answer)];
        let next = AtomicUsize::new(0);
        let report = agree(name, code, || short(servers[next.fetch_add(1, Ordering::SeqCst)].url()));
        let expected = format!("oooossssss{}", if code == 0 { "o" } else { "f" });
        assert_eq!(report.verdicts(), expected, "{name}");
        for server in &servers {
            assert_eq!(server.count(), 1, "{name}: once each");
        }
    });
}

#[test]
fn it_ends_as_the_run_where_nobody_is_reached() {
    let report = agree("f02 a host", 5, || client_of("https://no-such-host.invalid/token").args(["--timeout", "15s"]));
    report.says("dns", "fail", &["cannot find the address of no-such-host.invalid", "check the host name"]);
    assert_eq!(report.verdicts(), "oofssssssss");
    report.says("tcp", "skipped", &["it rests on 'dns'", "see to 'dns' first"]).says("request", "skipped", &["'dns'"]);
    let report = agree("f02 a proxy", 5, || {
        let proxy = "http://no-such-proxy.invalid:3128";
        client_of("https://idp.invalid/token").args(["--timeout", "15s", "--proxy", proxy])
    });
    report.says(
        "dns",
        "fail",
        &["proxy http://no-such-proxy.invalid:3128: cannot find the address of no-such-proxy.invalid"],
    );
    report.says("proxy", "skipped", &["'dns'"]);
    let (_held, port) = closed_port();
    let report = agree("f03", 5, || client_of(format!("http://127.0.0.1:{port}/")));
    report.says("tcp", "fail", &["Connection refused", "check host and port"]);
    assert_eq!(report.verdicts(), "ooofsssssss");
    let report = agree("f03 both families", 5, || client_of(format!("http://localhost:{port}/")));
    report.says("tcp", "fail", &[&format!("127.0.0.1:{port}: Connection refused"), &format!("[::1]:{port}: ")]);
}

#[test]
fn it_ends_as_the_run_where_nobody_answers_a_connection() {
    let Some((_listener, _queue, port)) = blackhole(Ipv4Addr::LOCALHOST.into(), 0) else {
        return not_run("this system's queues of connections have no end");
    };
    let limits = ["--connect-timeout", "400ms"];
    let report = agree("f04", 5, || client_of(format!("http://127.0.0.1:{port}/")).args(limits));
    report.says("tcp", "fail", &["no connection to 127.0.0.1 within 400ms (connecting)"]);
    for url in ["http://localhost:1/", "https://idp.invalid/"] {
        let proxy = format!("http://127.0.0.1:{port}");
        let report = agree("f04 a proxy", 5, || client_of(url).args(limits).args(["-x", &proxy]));
        report.says("tcp", "fail", &["proxy http://127.0.0.1", "no connection to 127.0.0.1 within 400ms"]);
    }
}

#[test]
fn f56_a_dead_address_family_is_told_apart() {
    let Some((_listener, _queue, port)) = blackhole(Ipv6Addr::LOCALHOST.into(), 0) else {
        return not_run("no IPv6 here, or no end to its queues");
    };
    let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return not_run("the port is taken");
    };
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if Request::read(&mut stream).is_some() {
                let body = r#"{"access_token":"tok-1","token_type":"Bearer"}"#;
                let _ = write!(stream, "{HEAD}Content-Length: {}\r\n\r\n{body}", body.len());
            }
        }
    });
    let report = agree("f56", 0, || client_of(format!("http://localhost:{port}/")).args(["--connect-timeout", "2s"]));
    let (_, detail, _) = report.says("tcp", "ok", &["answers at 1 of 2 addresses"]).step("tcp");
    let lines: Vec<_> = detail.lines().collect();
    assert!(lines[1].starts_with(&format!("127.0.0.1:{port}: ")) && lines[1].ends_with(" ms"), "{detail}");
    assert!(lines[2].starts_with(&format!("[::1]:{port}: ")) && !lines[2].ends_with(" ms"), "{detail}");
}

/// A server whose requests are counted, and the words that make a run trust it, or not.
fn secure(config: rustls::ServerConfig) -> Server {
    Server::tls(config, token())
}

#[test]
fn it_ends_as_the_run_where_the_server_is_not_trusted() {
    let (ca, other) = (Ca::new("CA"), Ca::new("Other"));
    let dated = |from: i32, to: i32| {
        ca.server_with(|params| {
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(to, 1, 1);
        })
    };
    let named = ca.server_with(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("idp.test".try_into().unwrap())];
    });
    for (name, config, roots, parts) in [
        ("f05", ca.server(), &other, &["not trusted here: CA", "issued by CA", "TLS 1.3, TLS_AES_256_GCM_SHA384"][..]),
        (
            "f05 TLS 1.2",
            ca.server_of(&[&rustls::version::TLS12]),
            &other,
            &["not trusted here: CA", "TLS 1.2, TLS_ECDHE_"],
        ),
        (
            "f06 expired",
            dated(2000, 2001),
            &ca,
            &["expired on 2001-01-01", "until 2001-01-01 00:00:00 UTC (", "must be renewed"],
        ),
        ("f06 early", dated(2300, 2301), &ca, &["not valid before 2300", "valid from 2300-01-01", "set the clock"]),
        ("f07", named, &ca, &["not for 127.0.0.1 but for idp.test", ", for idp.test", "such as idp.test"]),
        ("missing intermediate", ca.server_below_alone(), &ca, &["issued by Between", "http://ca.test/cas.cer"]),
    ] {
        let server = secure(config);
        let report = agree(name, 5, || client_of(server.url()).args(["--cacert", &roots.cacert()]));
        report.says("tls", "fail", parts).says("request", "skipped", &["'tls'"]);
        report.says("tls", "fail", &[&format!("trusted roots: those in {} (--cacert)", roots.cacert())]);
        assert_eq!(report.verdicts(), "oooosfsssss");
        assert_eq!(server.count(), 0, "{name}: nothing is sent");
    }
    let report = agree("f12 roots", 2, || client_of("https://127.0.0.1:9/").args(["--cacert", "/no/such/file"]));
    report.says("tls", "fail", &["cannot use the CA certificates"]).says("tcp", "fail", &[]);
}

#[test]
fn a_server_that_is_trusted_is_shown_with_its_chain() {
    let ca = Ca::new("CA");
    let soon = ca.server_with(|params| {
        params.not_after = (std::time::SystemTime::now() + Duration::from_secs(3 * 86_400 + 9)).into()
    });
    let server = secure(soon);
    let report = agree("soon", 0, || client_of(server.url()).args(["--cacert", &ca.cacert()]));
    report.says(
        "tls",
        "warn",
        &[
            "TLS 1.3, ",
            ", verified; trusted roots: those in ",
            "issued by CA, until ",
            "(in 3 days), for 127.0.0.1, localhost",
            "expires in 3 days: have it renewed",
        ],
    );
    let server = secure(ca.server_below(|_| {}));
    let report = agree("chain", 0, || client_of(server.url()).args(["--cacert", &ca.cacert()]));
    let (_, detail, _) = report.says("tls", "ok", &["issued by Between", "Between, issued by CA"]).step("tls");
    assert_eq!(detail.lines().count(), 3, "{detail}");
    // --insecure: what verification would say.
    let report = agree("insecure", 0, || client_of(server.url()).args(["--insecure", "-q"]));
    report.says("tls", "warn", &["not verified (--insecure)", "without --insecure it would be refused: "]);
    let report = agree("insecure for nothing", 0, || {
        client_of(server.url()).args(["--insecure", "-q", "--cacert", &ca.cacert()])
    });
    report.says("tls", "warn", &["--insecure is not needed"]);
}

#[test]
fn a_client_certificate_goes_to_nobody_who_is_refused() {
    let ca = Ca::new("CA");
    let (cert, key) = ca.client();
    let (cert, key) = (ca.file("c.pem", &cert), ca.file("k.pem", &key));
    let words = ["--cert", cert.to_str().unwrap(), "--key", key.to_str().unwrap()];
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = secure(ca.mutual(version));
        let report = agree("with one", 0, || client_of(server.url()).args(words).args(["--cacert", &ca.cacert()]));
        report.says("tls", "ok", &["the server asked for the client certificate and was shown it"]);
        let report = agree("f09 without one", 5, || client_of(server.url()).args(["--cacert", &ca.cacert()]));
        assert!(report.text.contains("the server wants a client certificate"), "{}", report.text);
        // A server that would be refused asks for one too, and sees none: its handshake ends before.
        let other = Ca::new("Other");
        let report = agree("refused", 5, || client_of(server.url()).args(words).args(["--cacert", &other.cacert()]));
        let (_, detail, _) = report.says("tls", "fail", &["not trusted here: CA"]).step("tls");
        assert!(!detail.contains("was shown it"), "{detail}");
    }
    let server = secure(ca.server());
    let report = agree("f11 no key", 2, || {
        client_of(server.url()).args(["--cert", cert.to_str().unwrap(), "--cacert", &ca.cacert()])
    });
    report.says("tls", "fail", &["cannot use the private key"]);
    assert_eq!(server.count(), 0);
}

/// A proxy that answers each request so.
fn proxy(answer: &'static str) -> (String, Server) {
    let server = Server::answering(Answer::raw(answer));
    (server.origin(), server)
}

#[test]
fn it_ends_as_the_run_where_a_proxy_is_in_the_way() {
    for (answer, parts) in [
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
            &["did not accept its credentials", "check user name and password"][..],
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            &["refused to connect to idp.invalid:443: it answered HTTP/1.1 403 Forbidden"],
        ),
        ("nonsense, no HTTP", &["its answer is not HTTP"]),
        ("", &["it closed the connection"]),
    ] {
        let (url, seen) = proxy(answer);
        let named = url.replace("http://", "http://me:hunter22@");
        let report = agree("f42", 5, || client_of("https://idp.invalid/token").env("HTTPS_PROXY", &named));
        report.says("proxy", "fail", parts).says("proxy", "fail", &["HTTPS_PROXY"]);
        report.says("dns", "ok", &[&format!("the proxy {url}: 127.0.0.1 is an address")]);
        assert_eq!(report.verdicts(), "oooofssssss");
        assert!(!report.text.contains("hunter22") && !report.text.contains("idp.invalid: "));
        let asked = seen.requests();
        assert_eq!(asked.len(), 2, "the run and doctor, once each");
        assert!(asked[0] == asked[1] && asked[0].starts_with("CONNECT idp.invalid:443 HTTP/1.1\r\n"), "{asked:?}");
    }
    // Plain http is forwarded, and the proxy sees the one request.
    let (url, seen) =
        proxy("HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n{\"access_token\":\"tok-1\",\"token_type\":\"Bearer\"}");
    let report = agree("forwarded", 0, || client_of("http://localhost:1/token").args(["-x", &url]));
    report.says("proxy", "ok", &[&format!("{url} (--proxy) is to forward the request")]);
    assert_eq!(seen.count(), 2);
    let report =
        agree("passed over", 0, || client_of(Server::new().url()).env("HTTP_PROXY", "http://proxy.example:3128"));
    report.says("proxy", "skipped", &["HTTP_PROXY names http://proxy.example:3128, which is passed over"]);
    agree("no proxy URL", 2, || client_of("https://idp.invalid/").args(["-x", "ftp://x"]))
        .says("proxy", "fail", &["--proxy is not a proxy URL"])
        .says("dns", "skipped", &["it rests on 'proxy'"]);
    agree("an elsewhere", 2, || client_of("http://127.0.0.1:1/").args(["-x", "http://192.0.2.1:1"]));
}

#[test]
fn it_ends_as_the_run_where_something_on_this_side_is_wrong() {
    let server = Server::new();
    let bare = || oauth2tok().args(["--token-endpoint", &server.url()]);
    let report = agree("no client", 2, bare);
    report.says("settings", "fail", &["client_id is missing", "give --client-id ID"]);
    // The way to the server rests on nothing of that.
    assert_eq!(report.verdicts(), "fsooss".to_owned() + "sssss");
    report.says("tcp", "ok", &["answers"]).says("secret", "skipped", &["'settings'"]);
    let report = agree("no secret", 2, || bare().args(["-i", ID, "--client-secret", "env:NOT_SET"]));
    report.says("secret", "fail", &["cannot read client_secret from env:NOT_SET", "export NOT_SET=…"]);
    assert_eq!(report.verdicts(), "ofoosssssss");
    let report = agree("secret and server", 2, || {
        oauth2tok().args([
            "--token-endpoint",
            "https://no-such-host.invalid/",
            "-i",
            ID,
            "--client-secret",
            "file:none",
        ])
    });
    report.says("dns", "fail", &[]).says("verdict", "fail", &["at 'secret'"]);
    let report = agree("two secrets", 2, || {
        bare().args(["-i", ID, "--client-secret", "env:A", "-g", "password", "-u", "me", "--password", "env:B", "-q"])
    });
    report.says("secret", "fail", &["env:A, not read", "env:B, not read"]);
    agree("plain http elsewhere", 2, || client_of("http://idp.example/token")).says("settings", "fail", &["http"]);
    agree("no profile", 2, || oauth2tok().args(["-p", "nope"])).says("settings", "fail", &[]);
    agree("broken file", 2, || oauth2tok().config("profiles: [").args(["-p", "x"])).says(
        "settings",
        "fail",
        &["config.yaml"],
    );
    agree("a key that is none", 2, || {
        bare().file("k.pem", "x").args(["-i", ID, "-a", "private_key_jwt", "--signing-key", "file:k.pem"])
    })
    .says("secret", "fail", &[]);
    assert_eq!(server.count(), 0, "nothing was sent");
}

#[test]
fn what_looks_odd_comes_first_where_the_server_refuses() {
    let refuses = Server::answering(json(401, r#"{"error":"invalid_client"}"#));
    let report = agree("white space", 3, || client_of(refuses.url()).env("OAUTH2TOK_CLIENT_SECRET", "abc "));
    report.says("secret", "warn", &["client_secret begins or ends with white space"]);
    report.says("request", "fail", &["refused client 'ci' (client_secret_basic, HTTP 401)", "invalid_client"]);
    report.says("verdict", "fail", &["exit code 3 (refused), at 'request'", "'secret' first: client_secret begins"]);
    let report = agree("dollar", 3, || client_of(refuses.url()).env("OAUTH2TOK_CLIENT_SECRET", "$CI_SECRET"));
    report.says("secret", "warn", &["client_secret"]);
    let report = agree("misspelt", 0, || client_of(Server::new().url()).env("OAUTH2TOK_SCOPES", "read"));
    report.says("settings", "warn", &["OAUTH2TOK_SCOPES is no setting; did you mean OAUTH2TOK_SCOPE?"]);
    report.says("verdict", "warn", &["a run gets its token", "'settings': OAUTH2TOK_SCOPES"]);
}

/// An issuer whose document has these members besides, each after a comma.
pub fn issuer(more: &'static str, answer: Answer) -> Server {
    Server::scripted(move |_, request| {
        let origin = request.origin();
        match request.target() {
            "/.well-known/openid-configuration" => {
                json(200, &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"{more}}}"#))
            }
            "/token" => answer.clone(),
            _ => json(404, "{}"),
        }
    })
}

#[test]
fn it_ends_as_the_run_where_metadata_is_wrong() {
    let broken: Vec<(&str, i32, Answer)> = vec![
        ("f34 none", 4, json(404, "{}")),
        (
            "another issuer",
            4,
            json(200, r#"{"issuer":"https://other.example","token_endpoint":"https://other.example/t"}"#),
        ),
        ("no JSON", 4, html(200, "<html>")),
        ("503", 6, status(503, &[], "")),
        ("hangs up", 5, Answer::raw("")),
        ("truncated", 4, Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")),
    ];
    at_once(broken, |(name, code, answer)| {
        let server = Server::answering(answer);
        let report = agree(name, code, || client().args(["--issuer", &server.origin(), "--timeout", "5s"]));
        report.says("metadata", "fail", &[]).says("client", "skipped", &["'metadata'"]);
        assert_eq!(report.verdicts(), "oooosssfsss", "{name}");
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.method() == "GET" && request.header("Authorization").is_none())
        );
    });
    let server = issuer("", token());
    let report = agree("all is well", 0, || client().args(["--issuer", &server.origin()]));
    report.says("metadata", "ok", &[&format!("token_endpoint: {}/token", server.origin())]);
    let server = issuer("", json(400, r#"{"error":"invalid_grant"}"#));
    agree("refused", 3, || client().args(["--issuer", &server.origin()])).says("request", "fail", &["invalid_grant"]);
}

#[test]
fn what_is_wanted_is_compared_with_what_is_advertised() {
    let server = issuer(
        r#","grant_types_supported":["authorization_code"],"token_endpoint_auth_methods_supported":["private_key_jwt"],"scopes_supported":["read"]"#,
        json(400, r#"{"error":"unauthorized_client"}"#),
    );
    let report = agree("refused", 3, || client().args(["--issuer", &server.origin(), "-s", "read write"]));
    report.says(
        "client",
        "warn",
        &[
            "grant_types_supported lacks client_credentials, and has authorization_code",
            "token_endpoint_auth_methods_supported lacks client_secret_basic, and has private_key_jwt",
            "scopes_supported lacks write, and has read",
        ],
    );
    report.says("verdict", "fail", &["'client' first: grant_types_supported lacks client_credentials"]);
}

#[test]
fn the_clock_is_compared_with_the_date_of_whatever_answer_came() {
    let dated = |date: &str| status(200, &["Content-Type: application/json", &format!("Date: {date}")], USUAL);
    let server = Server::answering(dated("Tue, 15 Nov 1994 08:12:31 GMT"));
    let report = agree("far", 0, || client_of(server.url()));
    report.says(
        "clock",
        "warn",
        &["this machine's clock is ", " ahead of the server's", "set it right, or write clock_offset: -"],
    );
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let server = Server::answering(dated(&now));
    agree("near", 0, || client_of(server.url())).says("clock", "ok", &["within 30 s of the server's"]);
    let server = Server::new();
    agree("no Date", 0, || client_of(server.url())).says("clock", "skipped", &["no answer with a Date came"]);
}

#[test]
fn what_comes_is_kept_as_a_run_keeps_it_and_what_was_kept_is_passed_by() {
    let server = Server::numbered();
    let home = home();
    let run = || client_of(server.url()).at_home(&home).args(["--cache"]);
    run().prints("tok-1").run();
    let report = Report::of(&run());
    report.says("request", "ok", &["a token came (HTTP 200)", "it is kept, and later runs find it"]);
    assert_eq!(server.count(), 2);
    run().prints("tok-2").run();
    assert_eq!(server.count(), 2);
    // Without the cache nothing is kept.
    let bare = || client_of(server.url()).at_home(&home);
    assert!(!Report::of(&bare()).step("request").1.contains("kept"));
    assert_eq!(server.count(), 3);
    // Metadata that an earlier run kept is not what is looked at.
    let issuer = issuer("", token());
    let run = || client().at_home(&home).args(["--issuer", &issuer.origin(), "--cache"]);
    run().prints(TOKEN).run();
    let asked = issuer.count();
    Report::of(&run()).says("metadata", "ok", &[]);
    assert!(issuer.count() > asked + 1);
    // What came then is kept: the next run asks for no metadata.
    let asked = issuer.count();
    run().args(["--force-new"]).prints(TOKEN).run();
    assert_eq!(issuer.count(), asked + 1);
}

#[test]
fn a_refresh_token_is_not_spent_where_what_comes_is_lost() {
    let rotating = || {
        Server::scripted(|number, _| {
            token_with(&format!("tok-{number}"), &format!(r#","expires_in":3600,"refresh_token":"ref-{number}""#))
        })
    };
    let server = rotating();
    let run = |words: &[&str]| {
        client_of(server.url()).args(["-g", "refresh_token"]).env("OAUTH2TOK_REFRESH_TOKEN", "ref-0").args(words)
    };
    let report = Report::of(&run(&[]));
    assert_eq!((report.code, server.count()), (0, 0));
    report.says("request", "skipped", &["would spend the refresh token", "--request sends it all the same"]);
    let report = Report::read(&run(&["doctor", "--request", "-o", "json"]).any_stdout().run());
    assert_eq!((report.code, server.count()), (0, 1));
    report.says("request", "warn", &["a token came", "a new refresh token came and is lost"]);
    // With the cache it is the newest that goes out, and what comes in its place is kept.
    let server = rotating();
    let home = home();
    let run = || {
        client_of(server.url())
            .at_home(&home)
            .args(["-g", "refresh_token", "--cache"])
            .env("OAUTH2TOK_REFRESH_TOKEN", "ref-0")
    };
    run().prints("tok-1").run();
    Report::of(&run()).says("request", "ok", &["a token came"]);
    run().prints("tok-2").run();
    let sent: Vec<_> = server.requests().iter().map(|request| request.field("refresh_token").unwrap()).collect();
    assert_eq!(sent, ["ref-0", "ref-1"]);
}

/// A home in which somebody logged in at a server that answers refreshes so.
fn logged_in(refreshed: Answer) -> (Arc<tempfile::TempDir>, Server) {
    let server = Server::scripted(move |_, request| match request.field("refresh_token") {
        Some(_) => refreshed.clone(),
        None => token_with("tok-0", r#","expires_in":3600,"refresh_token":"ref-0""#),
    });
    let home = home();
    let text = format!(
        "profiles:\n  p: {{ token_endpoint: '{}', authorization_endpoint: '{}/a', grant_type: authorization_code, client_id: app }}\n",
        server.url(),
        server.origin()
    );
    std::fs::create_dir_all(home.path().join("config/oauth2tok")).unwrap();
    std::fs::write(home.path().join("config/oauth2tok/config.yaml"), text).unwrap();
    in_two_steps(&oauth2tok().at_home(&home), &["-p", "p", "-q"]).0.run();
    (home, server)
}

#[test]
fn a_kept_login_is_used_as_a_run_uses_it_and_nobody_is_asked_for_another() {
    let fresh = token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#);
    let (home, server) = logged_in(fresh.clone());
    let run = |words: &[&str]| oauth2tok().at_home(&home).args(["-p", "p"]).args(words);
    let before = server.count();
    let report = Report::of(&run(&[]));
    report.says("request", "ok", &["what is kept is good, and nothing was sent"]);
    assert_eq!((report.code, server.count()), (0, before), "it is not refreshed");
    let report = Report::of(&run(&["--min-valid", "2h"]));
    assert_eq!((report.code, server.count()), (0, before + 1));
    report.says("request", "warn", &["a token came (HTTP 200)"]);
    // It is what a run finds afterwards.
    run(&[]).prints("tok-1").run();
    assert_eq!(server.count(), before + 1);
    // A kept token that is good needs no server.
    server.stop();
    let report = Report::of(&run(&[]));
    assert_eq!(report.code, 0);
    report.says("tcp", "fail", &[]).says("request", "ok", &["nothing was sent"]);
    run(&["--retry", "0"]).prints("tok-1").run();
    let report = Report::of(&run(&["--min-valid", "2h"]));
    assert_eq!(report.code, 5);
    report.says("request", "skipped", &["'tcp'"]);

    let (home, server) = logged_in(json(400, r#"{"error":"invalid_grant"}"#));
    let run = |words: &[&str]| oauth2tok().at_home(&home).args(["-p", "p"]).args(words);
    let report = Report::of(&run(&["--min-valid", "2h"]));
    assert_eq!(report.code, 9);
    report.says("request", "fail", &["the kept login has ended", "invalid_grant", "oauth2tok login -p p"]);
    let before = server.count();
    let elsewhere =
        oauth2tok().config(&std::fs::read_to_string(home.path().join("config/oauth2tok/config.yaml")).unwrap());
    let report = Report::of(&elsewhere.args(["-p", "p"]));
    assert_eq!((report.code, server.count()), (9, before));
    report.says("request", "fail", &["no login is kept", "this command asks nobody", "oauth2tok login -p p"]);
}

#[test]
fn what_a_run_would_not_print_is_told_all_the_same() {
    let server = Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"mac"}"#));
    agree("no bearer", 4, || client_of(server.url()).env("OAUTH2TOK_OUTPUT", "header")).says(
        "request",
        "fail",
        &["mac"],
    );
    agree("no such member", 4, || client_of(server.url()).env("OAUTH2TOK_FIELD", "id_token")).says(
        "request",
        "fail",
        &["the answer has no 'id_token'"],
    );
    let odd = Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":"3600"}"#));
    agree("a deviation", 0, || client_of(odd.url())).says(
        "request",
        "ok",
        &["tolerated: expires_in is a string; read as 3600 s (RFC 6749 Appendix A.14)"],
    );
    agree("strict", 4, || client_of(odd.url()).args(["--strict"])).says(
        "request",
        "fail",
        &["--strict tolerates nothing"],
    );
    let less = Server::answering(token_with("tok-1", r#","scope":"read""#));
    agree("less", 0, || client_of(less.url()).args(["-s", "read write", "-q"])).says("request", "warn", &["write"]);
}

#[test]
fn no_request_stops_before_the_token_request() {
    let server = Server::new();
    let output = client_of(server.url()).args(["doctor", "--no-request", "-o", "json"]).any_stdout().run();
    let report = Report::read(&output);
    assert_eq!((report.code, server.count()), (0, 0));
    report.says("request", "skipped", &["--no-request"]).says("verdict", "ok", &["nothing is in the way"]);
}

#[test]
fn without_a_server_it_says_what_there_is_and_how_to_begin() {
    let run = oauth2tok().env("HTTPS_PROXY", "http://me:hunter22@proxy.example:3128").env("NO_PROXY", "a.example");
    let run = run.config("profiles:\n  prod: { issuer: 'https://idp.example', client_id: ci }\n");
    let report = Report::of(&run);
    assert_eq!(report.code, 2);
    assert_eq!(report.verdicts(), "fssssssssss");
    let config = run.config_path();
    report.says(
        "settings",
        "fail",
        &[
            "token_endpoint or issuer is missing",
            concat!("oauth2tok ", env!("CARGO_PKG_VERSION")),
            &format!("config file: {} (yours, mode 0600)", config.display()),
            "cache: ",
            "(not there); off, --cache turns it on",
            "machine key: ",
            "proxies: HTTPS_PROXY=http://proxy.example:3128, NO_PROXY=a.example",
            "trusted roots: the system's",
            "terminal: none",
            "browser: none",
            "-p prod",
        ],
    );
    assert!(!report.text.contains("hunter22"));
    let report = Report::of(&oauth2tok());
    report.says("verdict", "fail", &["exit code 2 (usage), at 'settings'", "begin with: oauth2tok --issuer"]);
}

#[test]
fn dry_run_is_refused() {
    let server = Server::new();
    let hint =
        "hint: leave it out; --no-request stops before the token request, and 'oauth2tok --dry-run' shows that\n";
    let run = client_of(server.url()).args(["doctor", "--dry-run"]);
    run.fails(2, format!("error: doctor sends what a run would: flag --dry-run does not go with it\n{hint}")).run();
    let run = client_of(server.url()).env("OAUTH2TOK_DRY_RUN", "1").args(["doctor"]);
    run.fails(2, format!("error: doctor sends what a run would: env OAUTH2TOK_DRY_RUN does not go with it\n{hint}"))
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn for_a_person_the_steps_stand_below_each_other_in_their_order() {
    let server = Server::answering(json(401, r#"{"error":"invalid_client","error_description":"no \u001b[31m"}"#));
    let output = client_of(server.url()).args(["doctor"]).any_end().run();
    assert_eq!((output.code, output.stderr.as_str()), (3, ""));
    let lines: Vec<_> = output.stdout.lines().collect();
    let heads = lines
        .iter()
        .filter_map(|line| line.split_once(' ').filter(|(mark, _)| "✓!✗-".contains(mark) && !mark.is_empty()));
    let heads: Vec<_> = heads.map(|(mark, rest)| (mark, rest.split_whitespace().next().unwrap())).collect();
    assert_eq!(heads.iter().map(|(_, name)| *name).collect::<Vec<_>>(), STEPS);
    assert_eq!(heads.iter().map(|(mark, _)| *mark).collect::<String>(), "✓✓✓✓------✗✗");
    // What a step saw begins in one column.
    let column = lines[0].find("oauth2tok ").unwrap();
    assert!(
        lines.iter().all(|line| !line.starts_with(' ') || line.find(|c| c != ' ') == lines[1].find(|c| c != ' ')),
        "{}",
        output.stdout
    );
    assert_eq!(lines[0][..column].chars().count(), lines[1].find(|c| c != ' ').unwrap());
    assert!(output.stdout.contains("→ ") && !output.stdout.contains('\u{1b}'), "{}", output.stdout);
}

#[test]
fn the_keys_and_documents_are_told_in_short() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let document = |more: &str| {
            json(
                200,
                &format!(
                    r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","jwks_uri":"{origin}/jwks"{more}}}"#
                ),
            )
        };
        match request.target() {
            "/.well-known/openid-configuration" => document(""),
            "/.well-known/oauth-authorization-server" => document(r#","scopes_supported":["a"]"#),
            "/jwks" => json(200, r#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"one","alg":"HS256"}]}"#),
            _ => token(),
        }
    });
    let report = agree("a secret published", 0, || client().args(["--issuer", &server.origin()]));
    let places =
        ["openid-configuration: HTTP 200, ", "oauth-authorization-server: HTTP 200, ", "differ in scopes_supported"];
    report.says("metadata", "ok", &places);
    report.says("keys", "warn", &["/jwks: 1 key", "one oct HS256", "a secret (kty oct) is published"]);
    assert!(
        server.requests().iter().all(|request| request.method() == "POST" || request.header("Authorization").is_none())
    );
    assert_eq!(server.requests().iter().filter(|request| request.method() == "POST").count(), 2);
    // What no run needs is no reason to fail.
    let without = issuer(r#","jwks_uri":"http://127.0.0.1:1/jwks""#, token());
    agree("no keys", 0, || client().args(["--issuer", &without.origin()])).says(
        "keys",
        "warn",
        &["the keys cannot be had: "],
    );
    let plain = Server::scripted(|_, request| match request.target() {
        "/.well-known/oauth-authorization-server" => {
            metadata(&request.origin(), &format!("{}/token", request.origin()))
        }
        "/token" => token(),
        _ => json(404, "{}"),
    });
    agree("no jwks_uri", 0, || client().args(["--issuer", &plain.origin()])).says(
        "keys",
        "skipped",
        &["the server names no jwks_uri"],
    );
}

#[test]
fn a_token_endpoint_at_another_host_is_looked_at_too() {
    let ca = Ca::new("CA");
    let elsewhere = secure(ca.server());
    let place = elsewhere.url();
    let server = Server::scripted(move |_, request| metadata(&request.origin(), &place));
    let report = agree("there", 0, || client().args(["--issuer", &server.origin(), "--cacert", &ca.cacert()]));
    report.says("metadata", "ok", &[&format!("{} is there too, TLS 1.3, ", elsewhere.authority()), "issued by CA"]);
    let other = Ca::new("Other");
    let report = agree("refused", 5, || client().args(["--issuer", &server.origin(), "--cacert", &other.cacert()]));
    report.says(
        "metadata",
        "fail",
        &["TLS with 127.0.0.1: ", "not trusted here: CA", "openid-configuration: HTTP 200"],
    );
    report.says("client", "ok", &[]).says("request", "skipped", &["it rests on 'metadata'"]);
    // A run would end there, whether the request is sent or not.
    let issuer = server.origin();
    let words = ["--issuer", &*issuer, "--cacert", &*other.cacert(), "doctor", "--no-request", "-o", "json"];
    assert_eq!(Report::read(&client().args(words).any_end().run()).code, 5);
    assert_eq!(elsewhere.count(), 2, "a run and doctor, and nothing over what is refused");
}

#[test]
fn a_token_that_stands_elsewhere_in_the_answer_is_not_shown() {
    let echo = r#"{"access_token":"canary-token","token_type":"canary-token","scope":"a canary-token"}"#;
    let server = Server::answering(json(200, echo));
    agree("echo", 0, || client_of(server.url())).says("request", "ok", &["token_type: ***"]);
    let refusal = format!(r#"{{"error":"invalid_client","error_description":"no {SECRET}\u001b[31m"}}"#);
    let server = Server::answering(json(400, &refusal));
    let output = client_of(server.url()).args(["doctor"]).any_end().run();
    assert!(output.stdout.contains("no ***\\u{1b}[31m"), "{}", output.stdout);
    assert_is_harmless(&output.stdout);
}

#[test]
fn a_login_whose_secrets_cannot_be_read_is_not_looked_for() {
    let (home, server) = logged_in(token());
    let run = || oauth2tok().at_home(&home).args(["-p", "p", "--client-secret", "env:NOT_SET"]);
    let before = server.count();
    agree("unread", 2, run).says("request", "skipped", &["'secret'"]);
    assert_eq!(server.count(), before);
}

#[test]
fn its_exchanges_are_recorded() {
    let server = issuer("", token());
    let run = client().args(["--issuer", &server.origin()]);
    let (file, _home) = (run.path("run.har"), run.its_home());
    run.args(["doctor", "--har", "run.har", "-o", "json"]).any_stdout().run();
    let har: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), server.count());
    assert_eq!(entries.iter().filter(|entry| entry["request"]["method"] == "POST").count(), 1);
}

#[test]
fn what_no_run_looks_at_takes_little_time() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        match request.target() {
            "/.well-known/openid-configuration" => json(
                200,
                &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","jwks_uri":"{origin}/jwks"}}"#),
            ),
            "/token" => token(),
            _ => Answer::raw("").then(Then::Hang),
        }
    });
    let start = std::time::Instant::now();
    let report = Report::of(&client().args(["--issuer", &server.origin(), "--timeout", "8s"]));
    assert!(start.elapsed() < Duration::from_secs(8), "{}", report.text);
    assert_eq!(report.code, 0);
    report.says("metadata", "ok", &["oauth-authorization-server: timed out after 2s"]);
    report.says("keys", "skipped", &["no time is left for them"]).says("request", "ok", &["a token came"]);
}

#[test]
fn keys_that_are_not_had_are_not_counted() {
    for (jwks, verdict, parts) in [
        (r#","jwks_uri":"ftp://x/keys""#, "skipped", &["the server's jwks_uri is nothing to ask at"][..]),
        (r#","jwks_uri":"http://127.0.0.1:1/jwks""#, "warn", &["/jwks: asked for in vain", "cannot be had"]),
    ] {
        let server = issuer(jwks, token());
        agree(jwks, 0, || client().args(["--issuer", &server.origin()])).says("keys", verdict, parts);
    }
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let key = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
        match request.target() {
            "/jwks" => json(200, &format!(r#"{{"keys":[{}]}}"#, vec![key; 300].join(","))),
            "/token" => token(),
            _ => json(
                200,
                &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","jwks_uri":"{origin}/jwks"}}"#),
            ),
        }
    });
    let report = agree("many", 0, || client().args(["--issuer", &server.origin()]));
    report.says("keys", "warn", &["/jwks: 300 keys", "and 288 more"]);
    assert!(!report.text.contains("c2VjcmV0"));
}

#[test]
fn a_fault_in_a_file_stands_on_lines_of_its_own_and_leads_to_no_wire() {
    let run = || oauth2tok().config("profiles:\n  p:\n    client_idd: ci\n").args(["-p", "p"]);
    let report = agree("misspelt", 2, run);
    let (_, detail, _) = report.says("settings", "fail", &["did you mean 'client_id'?"]).step("settings");
    let lines: Vec<_> = detail.lines().collect();
    assert!(lines[0].ends_with("unknown key 'client_idd'") && lines[1].starts_with(" 3 | "), "{detail}");
    let report = agree("no hint", 2, || client_of("https://idp.invalid/#x"));
    report.says("settings", "fail", &["it has a fragment", "mend that, and run doctor again"]);
}

#[test]
fn each_source_is_asked_once() {
    let server = Server::new();
    let run = oauth2tok();
    let count = run.path("count");
    let command = format!("command:sh -c 'echo x >> {}; echo {SECRET}'", count.display());
    let words = ["--token-endpoint", &server.url(), "-i", "ci", "--client-secret", &command];
    let report = Report::of(&run.clone().args(words));
    report.says("secret", "ok", &["client_secret: command:sh …, read"]).says("request", "ok", &["a token came"]);
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
    let words = ["--token-endpoint", &server.url(), "-i", "ci", "--client-secret", "-"];
    agree("stdin", 0, || oauth2tok().args(words).stdin(SECRET)).says("secret", "ok", &["client_secret: stdin, read"]);
    agree("nothing on stdin", 2, || oauth2tok().args(words)).says("secret", "fail", &["the secret is empty"]);
    let both = ["-g", "password", "-u", "me", "--password", "-", "-q"];
    agree("stdin twice", 2, || oauth2tok().args(words).args(both).stdin(SECRET)).says(
        "secret",
        "fail",
        &["stdin can be read only once per run", "password: stdin, not read"],
    );
    agree("nobody to prompt", 2, || oauth2tok().args(&words[..4]).args(["--client-secret", "prompt"])).says(
        "secret",
        "fail",
        &["there is no terminal to ask on"],
    );
}

#[test]
fn metadata_alone_tells_of_the_clock_and_of_pkce() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let text = format!(
            r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/a","code_challenge_methods_supported":["plain"]}}"#
        );
        status(200, &["Content-Type: application/json", "Date: Tue, 15 Nov 1994 08:12:31 GMT"], &text)
    });
    let words = ["--issuer", &server.origin(), "-g", "authorization_code"];
    let report = agree("a login", 9, || client().args(words));
    report.says("client", "warn", &["code_challenge_methods_supported lacks S256, and has plain"]);
    report.says("clock", "warn", &[" ahead of the server's"]);
    let output = client().args(words).args(["doctor", "--no-request", "-o", "json"]).any_end().run();
    Report::read(&output).says("clock", "warn", &[" ahead of the server's"]);
    assert!(server.requests().iter().all(|request| request.method() == "GET"));
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return not_run("this system has no /dev/full");
    };
    let message =
        "error: the result could not be written to stdout\ncaused by: No space left on device (os error 28)\n";
    for form in ["text", "json"] {
        let run = oauth2tok().args(["doctor", "-o", form]).code(7).stderr(message);
        run.start_with(Stdio::null(), full.try_clone().unwrap().into(), Stdio::piped()).finish();
    }
}

#[test]
fn a_refresh_token_is_not_spent_where_the_cache_cannot_be_written() {
    let server = Server::new();
    let words = ["-g", "refresh_token", "--refresh-token", "env:RT", "--cache"];
    let run = client_of(server.url()).args(words).env("RT", "ref-0").env("XDG_CACHE_HOME", "/dev/null/none");
    let report = Report::of(&run);
    assert_eq!((report.code, server.count()), (0, 0));
    report.says("request", "skipped", &["no cache is used, or none can be written"]);
}

#[test]
fn what_could_not_be_kept_is_not_said_to_be_found_again() {
    let server = Server::new();
    let run = client_of(server.url()).args(["--cache"]).env("XDG_CACHE_HOME", "/dev/null/none");
    let report = Report::of(&run);
    report.says("request", "warn", &["a token came (HTTP 200)", "the token is not kept"]);
    let (_, told, _) = report.step("request");
    assert!(!told.contains("later runs find it"), "{told}");
}
