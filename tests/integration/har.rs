//! `--har`: every exchange of a run in a file that other tools read, and no secret of it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::browser::{in_two_steps, login_server, profile, renewable_token, simple_login_server};
use crate::harness::jwt::{self, fixture_path};
use crate::harness::server::{Answer, Server, Then, closed_port, json as answer, status, token_of};
use crate::harness::{CANARY, Ca, ID, Run, SECRET, at_once, by_env, client, client_of, oauth2tok};
use crate::secrecy::{assert_unseen, echoes};

/// The place of a file, as long as it lives.
struct Kept {
    path: PathBuf,
    _home: Arc<tempfile::TempDir>,
}

impl std::ops::Deref for Kept {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// A run that writes its exchanges to `out.har` in its home, which is there until nobody wants the file any more.
fn recorded(run: Run) -> (Run, Kept) {
    let (path, home) = (run.path("out.har"), run.its_home());
    (run.args(["--har".as_ref(), path.as_os_str()]), Kept { path, _home: home })
}

/// The exchanges in a file, which is checked to be what HAR 1.2 says.
#[track_caller]
fn entries_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let har: Value = serde_json::from_str(&text).unwrap();
    check(&har).unwrap();
    har["log"]["entries"].as_array().unwrap().clone()
}

/// Runs it, and gives the exchanges that it wrote.
#[track_caller]
fn exchanges(run: Run) -> Vec<Value> {
    let (run, path) = recorded(run);
    run.run();
    assert_eq!(fs::metadata(&*path).unwrap().permissions().mode() & 0o7777, 0o600);
    entries_of(&path)
}

/// Each exchange as `METHOD PATH STATUS`.
fn told(entries: &[Value]) -> Vec<String> {
    let told = |entry: &Value| {
        let url = entry["request"]["url"].as_str().unwrap();
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("{} /{path} {}", entry["request"]["method"].as_str().unwrap(), entry["response"]["status"])
    };
    entries.iter().map(told).collect()
}

fn header<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    let headers = message["headers"].as_array().unwrap();
    let header = headers.iter().find(|header| header["name"].as_str().unwrap().eq_ignore_ascii_case(name))?;
    header["value"].as_str()
}

// ------------------------------------------------------------------------------------------------------- HAR 1.2

/// What HAR 1.2 demands of a file: members that must be there, their types, and no others without an underscore.
fn check(har: &Value) -> Result<(), String> {
    members(har, "", &[("log", "object")], &[])?;
    let log = &har["log"];
    members(
        log,
        "log",
        &[("version", "string"), ("creator", "object"), ("entries", "array")],
        &[("browser", "object"), ("pages", "array")],
    )?;
    members(&log["creator"], "creator", &[("name", "string"), ("version", "string")], &[])?;
    if log["version"] != "1.2" {
        return Err("version".into());
    }
    log["entries"].as_array().unwrap().iter().try_for_each(check_entry)
}

fn check_entry(entry: &Value) -> Result<(), String> {
    members(
        entry,
        "entry",
        &[
            ("startedDateTime", "string"),
            ("time", "number"),
            ("request", "object"),
            ("response", "object"),
            ("cache", "object"),
            ("timings", "object"),
        ],
        &[("pageref", "string"), ("serverIPAddress", "string"), ("connection", "string")],
    )?;
    let at = entry["startedDateTime"].as_str().unwrap();
    let is_moment = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$").unwrap().is_match(at);
    if !is_moment || entry["time"].as_f64().unwrap() < 0.0 {
        return Err(format!("{at}, {}", entry["time"]));
    }
    members(&entry["cache"], "cache", &[], &[("beforeRequest", "object"), ("afterRequest", "object")])?;
    check_message(
        &entry["request"],
        &[("method", "string"), ("url", "string"), ("queryString", "array")],
        &[("postData", "object")],
    )?;
    check_message(
        &entry["response"],
        &[("status", "number"), ("statusText", "string"), ("content", "object"), ("redirectURL", "string")],
        &[],
    )?;
    check_pairs(&entry["request"]["queryString"])?;
    if let Some(data) = entry["request"].get("postData") {
        members(data, "postData", &[("mimeType", "string")], &[("params", "array"), ("text", "string")])?;
        data.get("params").map_or(Ok(()), check_pairs)?;
    }
    let content = &entry["response"]["content"];
    members(
        content,
        "content",
        &[("size", "number"), ("mimeType", "string")],
        &[("text", "string"), ("encoding", "string"), ("compression", "number")],
    )?;
    let timings = &entry["timings"];
    let steps = ["blocked", "dns", "connect", "ssl"].map(|name| (name, "number"));
    members(timings, "timings", &[("send", "number"), ("wait", "number"), ("receive", "number")], &steps)?;
    // What did not happen is -1, and that of TLS is a part of connecting.
    let step = |name: &str| timings.get(name).map_or(-1.0, |step| step.as_f64().unwrap());
    let sum: f64 =
        ["blocked", "dns", "connect", "send", "wait", "receive"].map(|name| step(name).max(0.0)).iter().sum();
    let is_sound = ["send", "wait", "receive"].iter().all(|name| step(name) >= 0.0)
        && steps.iter().all(|(name, _)| step(name) >= 0.0 || step(name) == -1.0)
        && step("ssl") <= step("connect")
        && (sum - entry["time"].as_f64().unwrap()).abs() < 0.01;
    if is_sound { Ok(()) } else { Err(format!("{timings} of {}", entry["time"])) }
}

fn check_message(message: &Value, more: &[(&str, &str)], optional: &[(&str, &str)]) -> Result<(), String> {
    let both = [
        ("httpVersion", "string"),
        ("cookies", "array"),
        ("headers", "array"),
        ("headersSize", "number"),
        ("bodySize", "number"),
    ];
    members(message, "message", &[&both, more].concat(), optional)?;
    check_pairs(&message["headers"])?;
    check_pairs(&message["cookies"])
}

fn check_pairs(pairs: &Value) -> Result<(), String> {
    let mut pairs = pairs.as_array().unwrap().iter();
    pairs.try_for_each(|pair| members(pair, "pair", &[("name", "string"), ("value", "string")], &[]))
}

fn members(object: &Value, name: &str, required: &[(&str, &str)], optional: &[(&str, &str)]) -> Result<(), String> {
    let is = |value: &Value, kind: &str| match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let members = object.as_object().ok_or_else(|| format!("{name} is no object"))?;
    for (member, kind) in required {
        if !members.get(*member).is_some_and(|value| is(value, kind)) {
            return Err(format!("{name} has no {member} that is a {kind}"));
        }
    }
    for (member, value) in members {
        let known = required.iter().chain(optional).find(|(known, _)| known == member).map(|(_, kind)| *kind);
        let kind = known.or((member == "comment").then_some("string"));
        if !kind.is_some_and(|kind| is(value, kind)) && !member.starts_with('_') {
            return Err(format!("{name} has {member}"));
        }
    }
    Ok(())
}

/// All texts in it, as whoever reads the file sees them.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| format!("{name}\n{}", texts(value))).collect(),
        _ => String::new(),
    }
}

// ------------------------------------------------------------------------------------------------- what it holds

#[test]
fn every_exchange_is_there_with_what_was_sent_and_what_came() {
    let server = Server::issuer(|_, _| status(200, &["Content-Type: application/json", "X-Id: 7"], TOKEN_ANSWER));
    let run = client().args(["--issuer", &server.origin(), "-s", "a b", "--param", "api_key=k3y-of-ci"]);
    let entries = exchanges(run.prints("tok-1"));
    assert_eq!(told(&entries), ["GET /.well-known/openid-configuration 200", "POST /token 200"]);
    let [first, last] = &entries[..] else { panic!() };
    let (request, response) = (&last["request"], &last["response"]);
    assert_eq!(request["url"], server.url());
    assert_eq!((&request["httpVersion"], &response["httpVersion"]), (&json!("HTTP/1.1"), &json!("HTTP/1.1")));
    assert_eq!(request["headers"][0], json!({ "name": "Host", "value": server.authority() }));
    assert_eq!(header(request, "authorization"), Some("***"));
    assert_eq!(header(request, "content-type"), Some("application/x-www-form-urlencoded"));
    let sent = server.requests().pop().unwrap();
    assert_eq!(header(request, "content-length"), sent.header("content-length"));
    assert_eq!(request["bodySize"], sent.body().len());
    assert_eq!(
        request["postData"],
        json!({
            "mimeType": "application/x-www-form-urlencoded",
            "params": [
                { "name": "grant_type", "value": "client_credentials" },
                { "name": "scope", "value": "a b" },
                { "name": "api_key", "value": "***" },
            ],
            "text": "grant_type=client_credentials&scope=a+b&api_key=***",
        })
    );
    assert_eq!((&response["statusText"], header(response, "x-id")), (&json!("OK"), Some("7")));
    assert_eq!(
        response["content"],
        json!({ "size": TOKEN_ANSWER.len(), "mimeType": "application/json", "text": TOKEN_ANSWER.replace("tok-1", "***") })
    );
    assert_eq!(response["bodySize"], TOKEN_ANSWER.len());
    assert_eq!(first["serverIPAddress"], "127.0.0.1");
    assert!(first["timings"]["connect"].as_f64().unwrap() >= 0.0 && first["timings"]["dns"] == -1.0, "{first}");
    // The second went over the connection of the first.
    assert_eq!((last.get("serverIPAddress"), &last["timings"]["connect"]), (None, &json!(-1.0)));
    assert!(
        first["request"].get("postData").is_none()
            && first["startedDateTime"].as_str() <= last["startedDateTime"].as_str()
    );
}

const TOKEN_ANSWER: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}"#;

#[test]
fn what_a_query_names_secret_is_hidden_in_each_of_its_places() {
    let server = Server::new();
    let run = client_of(server.at("/token?api_key=k3y-of-ci&v=a%20b"));
    let entries = exchanges(run.prints("tok-1"));
    assert_eq!(entries[0]["request"]["url"], server.at("/token?api_key=***&v=a%20b"));
    assert_eq!(
        entries[0]["request"]["queryString"],
        json!([{ "name": "api_key", "value": "***" }, { "name": "v", "value": "a b" }])
    );
}

#[test]
fn a_body_that_is_json_is_hidden_member_by_member() {
    let server = Server::new();
    let run = oauth2tok()
        .config(&format!(
            "profiles:\n  p: {{ token_endpoint: '{}', client_id: ci, client_secret: 'env:S', auth_method: post, body: json }}\n",
            server.url()
        ))
        .env("S", SECRET)
        .args(["-p", "p"]);
    let entries = exchanges(run.prints("tok-1"));
    assert_eq!(
        entries[0]["request"]["postData"],
        json!({
            "mimeType": "application/json",
            "text": r#"{"grant_type":"client_credentials","client_id":"ci","client_secret":"***"}"#,
        })
    );
}

#[test]
fn an_exchange_without_an_answer_has_status_0_and_says_why() {
    let (_held, port) = closed_port();
    let endpoint = format!("http://127.0.0.1:{port}/token");
    let entries = exchanges(client_of(&endpoint).args(["--retry", "0"]).code(5).any_stderr());
    assert_eq!(told(&entries), ["POST /token 0"]);
    let why = entries[0]["response"]["comment"].as_str().unwrap();
    assert!(why.starts_with(&format!("cannot connect to 127.0.0.1:{port}")), "{why}");

    for (answer, code, why) in [
        (Answer::raw("").then(Then::Close), 5, "the server closed the connection without an answer"),
        (
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
            4,
            "the answer is truncated: 1 bytes came of 99",
        ),
        (Answer::raw("").then(Then::Hang), 5, "timed out after 1s while waiting for the answer"),
    ] {
        let server = Server::answering(answer);
        let run = client_of(server.url()).args(["--retry", "0", "--timeout", "1s"]);
        let entries = exchanges(run.code_in(&[4, code]).any_stderr());
        assert_eq!(told(&entries), ["POST /token 0"]);
        assert_eq!(entries[0]["response"]["comment"], why);
    }
}

#[test]
fn each_attempt_is_an_exchange_also_one_on_a_connection_that_was_closed() {
    let server = Server::answering_each([
        status(503, &["Retry-After: 0"], "soon"),
        Answer::raw("").then(Then::Reset),
        token_of("tok-1"),
    ]);
    let run = client_of(server.url()).args(["-g", "client_credentials"]);
    let entries = exchanges(run.prints("tok-1"));
    assert_eq!(told(&entries), ["POST /token 503", "POST /token 0", "POST /token 200"]);
    assert_eq!(entries[0]["response"]["content"]["text"], "soon");
}

#[test]
fn over_tls_the_time_for_it_is_a_part_of_that_for_connecting() {
    let ca = Ca::new("CA");
    let server = Server::tls(ca.server(), token_of("tok-1"));
    let run = client_of(server.url().replace("127.0.0.1", "localhost")).args(["--cacert", &ca.cacert()]);
    let entries = exchanges(run.prints("tok-1"));
    let step = |name: &str| entries[0]["timings"][name].as_f64().unwrap();
    assert!(step("dns") >= 0.0 && step("ssl") > 0.0 && step("connect") > step("ssl"), "{}", entries[0]["timings"]);
    assert_eq!(entries[0]["serverIPAddress"], "127.0.0.1");
}

#[test]
fn logins_are_there_with_their_polls_and_their_end() {
    let server = login_server("", |number, request| match request.target() {
        "/device" => answer(
            200,
            r#"{"device_code":"dev1ce-c0de","user_code":"WDJB-MJHT","verification_uri":"https://idp.example/d","expires_in":600,"interval":1}"#,
        ),
        "/revoke" => status(200, &[], ""),
        _ if number < 4 => answer(400, r#"{"error":"authorization_pending"}"#),
        _ => renewable_token(),
    });
    let run = profile(&server, "").env("OAUTH2TOK_LOGIN", "always");
    let entries = exchanges(run.clone().args(["login", "-p", "p", "--device"]).any_output());
    assert_eq!(
        told(&entries),
        ["GET /.well-known/openid-configuration 200", "POST /device 200", "POST /token 400", "POST /token 200"]
    );
    let text = entries.iter().map(texts).collect::<String>();
    // What is no answer to a token request names its secrets.
    assert!(text.contains("WDJB-MJHT"), "{text}");
    assert_unseen(&text, &["dev1ce-c0de", "ref-1"], "a login");
    let entries = exchanges(run.args(["logout", "-p", "p"]).any_output());
    assert_eq!(told(&entries), ["POST /revoke 200", "POST /revoke 200"]);
    assert!(!entries.iter().map(texts).collect::<String>().contains("ref-1"));
}

#[test]
fn a_login_by_browser_is_there_from_what_is_pushed_to_the_code() {
    let server = Server::scripted(|_, request| match request.target() {
        "/par" => answer(201, r#"{"request_uri":"urn:ietf:params:oauth:request_uri:s3cret","expires_in":60}"#),
        "/token" => renewable_token(),
        _ => answer(
            200,
            &format!(
                r#"{{"issuer":"{0}","token_endpoint":"{0}/token","authorization_endpoint":"{0}/authorize","pushed_authorization_request_endpoint":"{0}/par"}}"#,
                request.origin()
            ),
        ),
    });
    let run = profile(&server, "");
    let (run, path) = recorded(run.env("OAUTH2TOK_PAR", "true"));
    let login = run.args(["login", "-p", "p"]);
    let begun = login.clone().args(["--begin"]).any_output().run().stdout;
    let begun: Value = serde_json::from_str(&begun).unwrap();
    assert!(begun["url"].as_str().unwrap().contains("s3cret"), "{begun}");
    let begun = entries_of(&path);
    assert_eq!(told(&begun), ["GET /.well-known/openid-configuration 200", "POST /par 201"]);
    assert!(!begun.iter().map(texts).collect::<String>().contains("s3cret"), "{begun:?}");
    let plain = simple_login_server();
    let (run, path) = recorded(profile(&plain, ""));
    let (finish, _) = in_two_steps(&run, &["-p", "p"]);
    finish.any_output().run();
    let finished = entries_of(&path);
    assert_eq!(told(&finished).last().unwrap(), "POST /token 200");
    let params = finished.last().unwrap()["request"]["postData"]["params"].clone();
    for name in ["code", "code_verifier"] {
        assert!(params.as_array().unwrap().contains(&json!({ "name": name, "value": "***" })), "{params}");
    }
}

#[test]
fn a_platform_that_is_asked_who_its_job_is_is_there() {
    let server = Server::new();
    let github = Server::answering(answer(200, r#"{"value":"e30.e30.c2lnbmF0dXJl"}"#));
    let run = oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", ID, "--client-assertion", "github:x"])
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", github.at("/id?v=1"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r3quest-token");
    let entries = exchanges(run.prints("tok-1"));
    assert_eq!(told(&entries), ["GET /id?v=1&audience=x 200", "POST /token 200"]);
    let text = entries.iter().map(texts).collect::<String>();
    assert!(!text.contains("c2lnbmF0dXJl") && !text.contains("r3quest-token"), "{text}");
}

#[test]
fn an_api_answers_as_it_came_but_for_what_is_known_to_be_secret() {
    let body = r#"{"name":"Ada","session_key":"k3y-of-ada","echo":"tok-1"}"#;
    let server = Server::scripted(move |_, request| match request.target() {
        "/token" => token_of("tok-1"),
        _ => status(200, &["Content-Type: application/json", "Set-Cookie: sid=c00kie-of-ada"], body),
    });
    let run = client_of(server.url()).args(["request", "-d", r#"{"password":"pa55-word","a":1}"#, &server.at("/me")]);
    let entries = exchanges(run.stdout(body));
    assert_eq!(told(&entries), ["POST /token 200", "POST /me 200"]);
    let api = &entries[1];
    assert_eq!(header(&api["request"], "authorization"), Some("***"));
    assert_eq!(api["request"]["postData"]["text"], r#"{"password":"***","a":1}"#);
    assert_eq!(header(&api["response"], "set-cookie"), Some("***"));
    assert_eq!(
        api["response"]["content"],
        json!({ "size": body.len(), "mimeType": "application/json", "text": body.replace("tok-1", "***") })
    );
    assert!(api["time"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_api_that_refuses_a_token_moves_or_fails_is_there_each_time() {
    let server = Server::scripted(|number, request| match (request.target(), number) {
        ("/token", _) => token_of(&format!("tok-{number}")),
        ("/a", 2) => answer(401, r#"{"why":"stale"}"#),
        ("/a", _) => status(302, &["Location: /b?code=s3cr3t"], "moved"),
        _ => answer(500, r#"{"why":"broken"}"#),
    });
    let run = client_of(server.url()).args(["request", &server.at("/a")]);
    let entries = exchanges(run.code(8).any_stderr());
    assert_eq!(
        told(&entries),
        ["POST /token 200", "GET /a 401", "POST /token 200", "GET /a 302", "GET /b?code=*** 500"]
    );
    let content = |at: usize| entries[at]["response"]["content"]["text"].as_str().unwrap();
    assert_eq!([content(1), content(3), content(4)], [r#"{"why":"stale"}"#, "moved", r#"{"why":"broken"}"#]);
    assert_eq!(entries[3]["response"]["redirectURL"], "/b?code=***");
}

#[test]
fn a_body_that_is_no_text_is_base64_and_one_that_is_too_large_is_left_out() {
    let bytes = [0xff, 0, 1, 2, 0xfe];
    let server = Server::scripted(move |_, request| match request.target() {
        "/token" => token_of("tok-1"),
        "/large" => status(200, &[], vec![b'x'; 25 << 20]),
        _ => status(200, &["Content-Type: application/octet-stream"], bytes),
    });
    let run = client_of(server.url()).args(["request", "-d", "@in", &server.at("/b"), "-o", "body"]);
    let run = run.file("in", [0xff, 0xfe, b'a']).code(0).any_output();
    let (run, path) = recorded(run);
    // What it prints is no text either.
    let file = fs::File::create(run.path("printed")).unwrap();
    run.start_with(std::process::Stdio::null(), file.into(), std::process::Stdio::null()).finish();
    let entries = entries_of(&path);
    let (sent, came) = (&entries[1]["request"]["postData"], &entries[1]["response"]["content"]);
    assert_eq!((&sent["text"], &sent["comment"]), (&json!("//5h"), &json!("the text is base64")));
    assert_eq!(
        *came,
        json!({ "size": 5, "mimeType": "application/octet-stream", "text": "/wABAv4=", "encoding": "base64" })
    );

    let run = client_of(server.url()).args(["request", &server.at("/large")]);
    let entries = exchanges(run.any_stdout());
    let content = &entries[1]["response"]["content"];
    assert_eq!((content.get("text"), &content["size"]), (None, &json!(25 << 20)));
    assert_eq!(
        content["comment"],
        format!("left out: it has {} bytes, and all bodies here together no more than 24 MiB", 25 << 20)
    );
}

#[test]
fn an_answer_that_breaks_off_is_there_as_far_as_it_came() {
    let server = Server::scripted(|_, request| match request.target() {
        "/token" => token_of("tok-1"),
        _ => Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbegun"),
    });
    let run = client_of(server.url()).args(["request", &server.at("/x")]);
    let entries = exchanges(run.code(4).stdout("begun").any_stderr());
    assert_eq!(told(&entries), ["POST /token 200", "GET /x 200"]);
    let content = &entries[1]["response"]["content"];
    assert_eq!((&content["text"], &content["size"]), (&json!("begun"), &json!(5)));
    assert_eq!(content["comment"], "it broke off: the answer is truncated: 5 bytes came of 99");
}

#[test]
fn other_commands_that_send_write_it_as_well() {
    let server = Server::issuer(|_, _| token_of("tok-1"));
    let run = client().args(["--issuer", &server.origin()]);
    let add = run.clone().args(["profile", "add", "new", "--client-secret", "env:OAUTH2TOK_CLIENT_SECRET"]);
    assert_eq!(told(&exchanges(add.any_output())), ["GET /.well-known/openid-configuration 200", "POST /token 200"]);
    assert!(!fs::read_to_string(run.config_path()).unwrap().contains("har"));
    let words = [
        "assertion",
        "--signing-key",
        &format!("file:{}", fixture_path(jwt::P384)),
        "--auth-method",
        "private_key_jwt",
    ];
    let run = client().without("OAUTH2TOK_CLIENT_SECRET").args(words);
    let run = run.args(["--issuer", &server.origin(), "--assertion-audience", "token_endpoint"]);
    assert_eq!(told(&exchanges(run.any_output())), ["GET /.well-known/openid-configuration 200"]);
}

// ---------------------------------------------------------------------------------------------------- no secret

#[test]
fn no_echo_brings_a_secret_or_a_token_into_the_file() {
    at_once(echoes(&[CANARY]).into_iter().enumerate(), |(number, echo)| {
        let server = Server::answering(echo);
        let (run, path) = recorded(by_env(&server).args(["--retry", "0", "--show-secrets"]).any_end());
        run.run();
        let entries = entries_of(&path);
        assert_eq!(entries.len(), 1);
        let how = format!("echo {number}");
        assert_unseen(&fs::read_to_string(&*path).unwrap(), &[CANARY], &how);
        assert_unseen(&entries.iter().map(texts).collect::<String>(), &[CANARY], &how);
    });
}

#[test]
fn a_server_that_repeats_all_that_it_is_sent_brings_nothing_of_it_into_the_file() {
    let gossip = |request: &crate::harness::Request| {
        let headers: Vec<_> = request.headers().map(|(name, value)| format!("{name} was {value}")).collect();
        let form = form_urlencoded::parse(request.bytes()).map(|(name, value)| format!("{name} was {value}"));
        let said: Vec<_> = headers.into_iter().chain(form).chain([request.body().to_owned()]).collect();
        let line: String = said.join(" ").chars().filter(|c| c.is_ascii() && !c.is_control()).collect();
        status(
            400,
            &[&format!("X-Heard: {line}"), "Content-Type: application/json"],
            json!({ "heard": said }).to_string(),
        )
    };
    let talks = || Server::scripted(move |_, request| gossip(request));
    let api = || {
        Server::scripted(move |_, request| match request.target() {
            "/token" => token_of("iSsued-Token_0123456789"),
            _ => gossip(request),
        })
    };
    let key = format!("file:{}", fixture_path(jwt::P384));
    let secrets = [
        CANARY,
        "pAss+rd/=",
        "k3y-of-h3ader",
        "rEfr+sh/token==",
        "iSsued-Token_0123456789",
        "c00kie-of-ada",
        "a-Token+to/ask.of~7",
    ];
    let dpop_key = ["--dpop", "--dpop-key", &key];
    for (server, words) in [
        (talks(), vec!["-u", "ada", "--password", "env:P", "-g", "password"]),
        (talks(), vec!["--auth-method", "post", "-H", "X-Api-Key: k3y-of-h3ader"]),
        (talks(), vec!["-g", "refresh_token", "--refresh-token", "env:R"]),
        (talks(), vec!["--auth-method", "client_secret_jwt"]),
        (talks(), dpop_key.to_vec()),
        (talks(), vec!["exec", "--", "true"]),
        (api(), vec!["request", "-H", "X-Api-Key: k3y-of-h3ader", "-H", "Cookie: a=c00kie-of-ada", "API"]),
        (api(), vec!["request", "--json", r#"{"password":"pAss+rd/="}"#, "API"]),
        (api(), [&dpop_key[..], &["request", "API"]].concat()),
        (talks(), vec!["introspect", "env:T"]),
        (talks(), vec!["introspect", "--bearer", "env:R", "env:T"]),
        (talks(), vec!["revoke", "env:T"]),
        (api(), vec!["userinfo"]),
    ] {
        let words: Vec<_> =
            words.iter().map(|word| if *word == "API" { server.at("/api") } else { (*word).to_owned() }).collect();
        let asked = ["INTROSPECTION", "REVOCATION", "USERINFO"].map(|what| format!("OAUTH2TOK_{what}_ENDPOINT"));
        let by_env = |server| by_env(server).env("T", "a-Token+to/ask.of~7");
        let run = by_env(&server).env("P", "pAss+rd/=").env("R", "rEfr+sh/token==").args(&words);
        let run = asked.iter().fold(run, |run, name| run.env(name, server.at("/asked")));
        let (run, path) = recorded(run.args(["--retry", "0"]).any_end());
        // What stands behind the command's words is the command's.
        let run = if words.contains(&"--".to_owned()) {
            by_env(&server).args(["--har".as_ref(), path.as_os_str()]).args(&words).any_end()
        } else {
            run
        };
        run.run();
        let entries = entries_of(&path);
        assert!(!entries.is_empty(), "{words:?}");
        let signed = server.requests().into_iter().flat_map(|request| {
            let proof = request.header("dpop").map(str::to_owned);
            let assertion = request.field("client_assertion");
            [proof, assertion]
                .into_iter()
                .flatten()
                .map(|jwt| jwt.rsplit('.').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        let text = fs::read_to_string(&*path).unwrap() + &entries.iter().map(texts).collect::<String>();
        for signature in signed {
            assert!(!text.contains(&signature), "{words:?}: {signature} in {text}");
        }
        assert_unseen(&text, &secrets, &format!("{words:?}"));
    }
}

#[test]
fn what_becomes_a_secret_later_is_hidden_in_what_came_before() {
    // The metadata, which asks for nothing, says what the token will be.
    let server = Server::scripted(|_, request| match request.target() {
        "/token" => token_of("l4ter-token"),
        _ => answer(
            200,
            &format!(r#"{{"issuer":"{0}","token_endpoint":"{0}/token","x":"l4ter-token"}}"#, request.origin()),
        ),
    });
    let entries = exchanges(client().args(["--issuer", &server.origin()]).prints("l4ter-token"));
    assert!(entries[0]["response"]["content"]["text"].as_str().unwrap().ends_with(r#","x":"***"}"#), "{entries:?}");
}

#[test]
fn what_is_no_utf_8_hides_what_it_names_and_what_is_known() {
    let latin =
        b"{\"access_token\":\"tok-1\",\"token_type\":\"Bearer\",\"session_key\":\"k3y-of-ada\",\"by\":\"J\xfcrgen\"}";
    let server = Server::answering(status(200, &["Content-Type: application/json"], latin));
    let entries = exchanges(client_of(server.url()).code(4).any_stderr());
    let content = &entries[0]["response"]["content"];
    assert_eq!(
        content["text"],
        "{\"access_token\":\"***\",\"token_type\":\"Bearer\",\"session_key\":\"***\",\"by\":\"***\"}"
    );
    assert_eq!(content["comment"], "it is not UTF-8, and taken for ISO 8859-1");

    // In UTF-16 nothing is a name, but what is known is found.
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let body = [vec![0xff, 0xfe], wide(&format!("so {SECRET} it is"))].concat();
    let server = Server::answering(status(400, &[], body));
    let (run, path) = recorded(client_of(server.url()).any_end());
    run.run();
    let text = entries_of(&path)[0]["response"]["content"]["text"].as_str().unwrap().to_owned();
    assert!(!text.contains(SECRET), "{text}");
    let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &text).unwrap_or_default();
    let plain: String = decoded.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    assert!(!plain.contains(SECRET), "{plain}");
}

#[test]
fn an_answer_with_more_secrets_than_can_be_looked_for_is_left_out_and_the_request_is_not() {
    let more: String = (0..1100).map(|number| format!(r#","token_{number}":"odd-secret-{number}""#)).collect();
    let server = Server::answering(answer(200, &format!(r#"{{"access_token":"tok-1","token_type":"Bearer"{more}}}"#)));
    let entries = exchanges(client_of(server.url()).prints("tok-1"));
    let (request, response) = (&entries[0]["request"], &entries[0]["response"]);
    assert_eq!(
        (&request["url"], &request["postData"]["text"]),
        (&json!(server.url()), &json!("grant_type=client_credentials"))
    );
    assert!(!texts(response).contains("odd-secret"), "{response}");
}

#[test]
fn credentials_of_a_proxy_are_hidden() {
    let server = Server::new();
    // It forwards what is asked for in the absolute form, as far as this program can see.
    let proxy = Server::answering(token_of("tok-1"));
    let run = client_of(server.url()).args(["-x", &format!("http://me:hunter22@{}", proxy.authority())]);
    let entries = exchanges(run.prints("tok-1"));
    let request = &entries[0]["request"];
    assert_eq!((&request["url"], header(request, "proxy-authorization")), (&json!(server.url()), Some("***")));
    assert!(!entries.iter().map(texts).collect::<String>().contains("hunter22"));
    assert_eq!(proxy.request().target(), server.url());
    let refuses = Server::answering(status(407, &["Proxy-Authenticate: Basic"], "bWU6aHVudGVyMjI="));
    let run = client_of(server.url()).args(["-x", &format!("http://me:hunter22@{}", refuses.authority())]);
    let entries = exchanges(run.code(5).any_stderr());
    assert_eq!(told(&entries), ["POST /token 0"]);
    let text = entries.iter().map(texts).collect::<String>();
    assert!(!text.contains("hunter22") && !text.contains("bWU6aHVudGVyMjI="), "{text}");
}

// ------------------------------------------------------------------------------------------------------ the file

#[test]
fn what_is_there_is_replaced_and_nobody_else_can_read_it() {
    let server = Server::new();
    let run = client_of(server.url());
    let (path, other) = (run.path("out.har"), run.path("other"));
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    fs::hard_link(&path, &other).unwrap();
    exchanges(run.clone().prints("tok-1"));
    assert_eq!(fs::read_to_string(&other).unwrap(), "old");
    assert_ne!(fs::metadata(&path).unwrap().ino(), fs::metadata(&other).unwrap().ino());
    // A link is replaced, not what it leads to; one that leads nowhere as well.
    for target in [other.as_path(), Path::new("/nowhere/at/all")] {
        fs::remove_file(&path).unwrap();
        symlink(target, &path).unwrap();
        exchanges(run.clone().prints("tok-1"));
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }
    assert_eq!(fs::read_to_string(&other).unwrap(), "old");
    // Whatever the mask takes away.
    let (shell, _) = recorded(run.clone().by(["sh", "-c", "umask 777; exec \"$@\"", "sh"]).prints("tok-1"));
    shell.run();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let left: Vec<_> = fs::read_dir(run.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".oauth2tok")), "{left:?}");
}

#[test]
fn a_file_that_cannot_be_is_told_before_anything_is_sent() {
    let server = Server::new();
    let hint = "hint: --har FILE names a place that you may write to; what is there is replaced\n";
    // There is no such file, so what was given may be anything.
    const UNTOLD: &str = "the given file (not repeated: it may be a secret)";
    for (file, shown, why) in [
        ("no/such/x.har", UNTOLD, "No such file or directory (os error 2)"),
        (".", ".", "it is no regular file"),
        ("/dev/null", "/dev/null", "it is no regular file"),
        ("/dev/stdout", "/dev/stdout", "it is no regular file"),
        ("/dev/fd/1", "/dev/fd/1", "it is no regular file"),
        ("fresh/", UNTOLD, "Not a directory (os error 20)"),
        ("-", UNTOLD, "it is no regular file"),
        ("", UNTOLD, "cannot make an empty path absolute"),
    ] {
        let run = client_of(server.url()).args(["--har", file]);
        run.fails(2, format!("error: --har: cannot write {shown}: {why}\n{hint}")).run();
    }
    client_of(server.url()).args(["--har", &"x".repeat(300)]).fails_with(2, ["File name too long"]).run();
    assert_eq!(server.count(), 0);
}

#[test]
fn with_nothing_sent_there_are_no_exchanges() {
    let server = Server::new();
    let run = client_of(server.url());
    assert!(exchanges(run.clone().args(["--dry-run"]).any_stdout()).is_empty());
    run.clone().args(["--cache"]).prints("tok-1").run();
    assert!(exchanges(run.clone().args(["--cache"]).prints("tok-1")).is_empty());
    assert!(exchanges(oauth2tok().code(2).any_stderr()).is_empty());
    // Found before anything is connected to, also where it is found late.
    let broken = client_of("https://localhost:9/token").args(["--cacert", "nothing.pem"]);
    assert!(exchanges(broken.clone().code(2).any_stderr()).is_empty());
    let kept = client_of(server.url()).args(["request", "--cacert", "nothing.pem", "https://localhost:9/x"]);
    assert_eq!(told(&exchanges(kept.code(2).any_stderr())), ["POST /token 200"]);
    assert!(exchanges(oauth2tok().args(["-p", "nobody"]).code(2).any_stderr()).is_empty());
    assert_eq!(server.count(), 2);
}

#[test]
fn a_command_that_sends_nothing_or_never_ends_refuses_it() {
    for words in [
        &["profile", "list"][..],
        &["profile", "show", "x"],
        &["profile", "check"],
        &["cache", "list"],
        &["cache", "clear", "--all"],
        &["cache", "path"],
        &["completions", "bash"],
        &["import", "--from", "curl"],
        &["key", "new", "--alg", "ES256", "x.pem"],
        &["login", "status"],
        &["explain"],
    ] {
        let run = oauth2tok().args(["--har", "out.har"]).args(words);
        run.fails(2, "error: --har: this command sends nothing\nhint: leave it out\n").run();
        oauth2tok().args(words).args(["--har", "out.har"]).any_stderr().code(2).run();
    }
    let run = client().args(["exec", "--har", "out.har", "--token-file", "--", "true"]);
    run.fails(
        2,
        "error: --har: with --token-file exec goes on as long as its command, and so would the file\nhint: leave it out\n",
    )
    .run();
}

#[test]
fn no_variable_and_no_profile_asks_for_it() {
    let server = Server::new();
    let run = client_of(server.url()).env("OAUTH2TOK_HAR", "out.har");
    let (path, _home) = (run.path("out.har"), run.its_home());
    run.stderr("warning: OAUTH2TOK_HAR has no effect: for safety this is taken from the flag --har alone\n")
        .stdout("tok-1\n")
        .run();
    assert!(!path.exists());
}

#[test]
fn exec_writes_it_before_the_command_begins() {
    let server = Server::new();
    let run = client_of(server.url()).args(["exec", "--har", "out.har", "--", "cat", "out.har"]);
    let printed = run.any_stdout().run().stdout;
    let har: Value = serde_json::from_str(&printed).unwrap();
    check(&har).unwrap();
    assert_eq!(told(har["log"]["entries"].as_array().unwrap()), ["POST /token 200"]);
}

#[test]
fn a_signal_leaves_what_there_was_until_then() {
    let server = Server::issuer(|_, _| Answer::raw("").then(Then::Hang));
    let (run, path) = recorded(client().args(["--issuer", &server.origin()]));
    let running = run.any_output().code(130).start();
    server.wait_for(2);
    // Its file is there already.
    assert!(entries_of(&path).is_empty());
    running.signal(Signal::INT);
    running.finish();
    let entries = entries_of(&path);
    assert_eq!(told(&entries), ["GET /.well-known/openid-configuration 200", "POST /token 0"]);
    assert_eq!(entries[1]["response"]["comment"], "the run was ended by a signal");
    assert!(!fs::read_to_string(&*path).unwrap().contains(SECRET));
}

#[test]
fn a_disk_that_is_full_leaves_a_whole_file_and_is_an_error_of_the_output() {
    let body = "y".repeat(200_000);
    let server =
        Server::answering(answer(200, &format!(r#"{{"access_token":"tok-1","token_type":"Bearer","x":"{body}"}}"#)));
    let (run, path) = recorded(client_of(server.url()).by(["sh", "-c", "ulimit -f 50; exec \"$@\"", "sh"]));
    // There is no result either: on any failure stdout is empty.
    run.code(7).stderr_with(["error: --har: cannot write", "File too large"]).run();
    assert!(entries_of(&path).is_empty());
    let server = Server::answering(answer(200, &format!(r#"{{"active":true,"x":"{body}"}}"#)));
    let asking = oauth2tok().args(["introspect", "--bearer", "literal:b", "--token-endpoint", &server.url()]);
    let asking = asking.env("OAUTH2TOK_INTROSPECTION_ENDPOINT", server.url()).stdin("a-token");
    let (run, path) = recorded(asking.by(["sh", "-c", "ulimit -f 50; exec \"$@\"", "sh"]));
    run.code(7).stderr_with(["error: --har: cannot write", "File too large"]).run();
    assert!(entries_of(&path).is_empty());
}

// --------------------------------------------------------------------------------------------------------- batch

fn messages(count: usize) -> String {
    (0..count).map(|number| format!("{{\"scope\":\"s{number}\"}}\n")).collect()
}

#[test]
fn batch_writes_as_it_goes_and_the_file_is_whole_at_every_moment() {
    let server = Server::scripted(|_, _| token_of("tok-1").late(Duration::from_millis(5)));
    let (run, path) = recorded(client_of(server.url()).args(["batch", "-o", "token", "-j", "4"]).stdin(messages(200)));
    let running = run.any_stdout().start();
    // Whoever reads a file piece by piece sees no moment of it, unless it stands still.
    let seen = [1, 20, 50, 90].map(|count| {
        server.wait_for(count);
        running.signal(Signal::STOP);
        std::thread::sleep(Duration::from_millis(50));
        let seen = entries_of(&path).len();
        running.signal(Signal::CONT);
        seen
    });
    running.finish();
    let entries = entries_of(&path);
    assert_eq!(entries.len(), 200);
    assert!(seen[3] >= 80 && seen.is_sorted(), "{seen:?}");
    let text = fs::read_to_string(&*path).unwrap();
    assert!(!text.contains("tok-1") && !text.contains(SECRET));
    assert_eq!(fs::metadata(&*path).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn a_batch_that_is_killed_leaves_a_whole_file() {
    let server = Server::scripted(|_, _| token_of("tok-1").late(Duration::from_millis(5)));
    let (run, path) = recorded(client_of(server.url()).args(["batch", "-o", "token"]).stdin(messages(2000)));
    let running = run.any_end().start();
    server.wait_for(100);
    running.signal(Signal::KILL);
    running.finish();
    assert!(entries_of(&path).len() >= 80);
}

#[test]
fn secrets_of_one_message_are_hidden_in_its_own_exchanges() {
    let server = Server::scripted(|_, request| {
        let secret = request.field("client_secret").unwrap_or_default();
        answer(401, &json!({ "error": "invalid_client", "error_description": format!("not {secret}") }).to_string())
    });
    let run = oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "--auth-method", "post", "batch"]);
    let lines: String = (0..20).map(|n| format!("{{\"client_secret\":\"own-s3cret-{n}\"}}\n")).collect();
    let entries = exchanges(run.stdin(lines).code(3).any_output());
    assert_eq!(entries.len(), 20);
    assert!(!entries.iter().map(texts).collect::<String>().contains("own-s3cret"));
}

#[test]
fn a_batch_on_a_full_disk_leaves_a_whole_file_and_says_so() {
    let server = Server::new();
    let run = client_of(server.url()).args(["batch", "-o", "token"]).stdin(messages(200));
    let (run, path) = recorded(run.by(["sh", "-c", "ulimit -f 20; exec \"$@\"", "sh"]));
    run.code(7).any_stdout().stderr_with(["error: --har: cannot write", "File too large"]).run();
    let count = entries_of(&path).len();
    assert!((1..200).contains(&count), "{count}");
}

#[test]
fn names_of_files_may_begin_at_home() {
    let server = simple_login_server();
    let run = client_of(server.url()).args(["--har", "~/x.har"]).prints("tok-1");
    let (path, _home) = (run.path("x.har"), run.its_home());
    run.run();
    assert_eq!(entries_of(&path).len(), 1);
}
