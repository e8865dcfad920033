//! How a failure is told: in words, as JSON, and harmless to the terminal it is read on.

use serde_json::{Value, json as value};

use super::harness::server::closed_port;
use super::harness::*;

#[test]
fn a_refusal_says_what_failed_why_and_what_to_do() {
    let server = Server::answering(json(
        400,
        r#"{"error":"invalid_scope","error_description":"no such scope","error_uri":"https://idp/e"}"#,
    ));
    client_of(server.url())
        .args(["-s", "a,b"])
        .code(3)
        .stderr(
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_scope: no such scope\n\
             caused by: the scope that was asked for: a,b\n\
             hint: the server points to https://idp/e\n\
             hint: a scope holds a comma: scopes are separated by spaces, --scope 'a b'\n\
             hint: check --scope against what client 'ci' may ask for at the server\n",
        )
        .run();
}

#[test]
fn invalid_client_names_what_to_try() {
    let refusing = || Server::answering(json(401, r#"{"error":"invalid_client"}"#));
    let run = |secret: &str, words: &[&str]| {
        let server = refusing();
        client_of(server.url()).args(words).env("OAUTH2TOK_CLIENT_SECRET", secret).args(["-q"])
    };
    run("plain", &[])
        .fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n")
        .stderr_without(["--basic-encoding"])
        .run();
    run("plain", &["-a", "post"]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_post, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_basic\n").run();
    run("a+b", &[]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n\
             hint: id or secret hold characters that are form-encoded for Basic (RFC 6749 §2.3.1); a server that does not decode them needs --basic-encoding raw\n").run();
    run("a+b", &["--basic-encoding", "raw"]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n\
             hint: id or secret hold characters that RFC 6749 §2.3.1 wants form-encoded: try --basic-encoding form\n").run();
    run("plain\n", &[]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: the client_secret ends with a line end: one is stripped from files and commands, more are not\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n").run();
    run(" plain", &[]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: the client_secret begins or ends with white space: take it off where it comes from\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n").run();
    let off = Server::answering(status(
        401,
        &["Content-Type: application/json", "Date: Tue, 01 Jan 2030 00:00:00 GMT"],
        r#"{"error":"invalid_client"}"#,
    ));
    client_of(off.url()).fails_with(3, ["this machine's clock is", "the server's"]).run();
}

#[test]
fn other_codes_have_their_hints() {
    for (code, words, hint) in [
        (
            "invalid_grant",
            &["-g", "password", "-u", "u", "--password", "env:OAUTH2TOK_CLIENT_SECRET", "-q"][..],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_grant\n\
             hint: for user 'u': check name and password; the account may be locked, or want a one-time code (--param totp=CODE, where the server takes one so)\n",
        ),
        (
            "invalid_grant",
            &["-g", "refresh_token", "--refresh-token", "env:OAUTH2TOK_CLIENT_SECRET"],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_grant\n\
             hint: the refresh token may have expired, been revoked or been used before: many servers accept each one once\n",
        ),
        (
            "unauthorized_client",
            &[],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: unauthorized_client\n\
             hint: the server must allow the client_credentials grant for client 'ci': have it switched on there\n",
        ),
        (
            "unsupported_grant_type",
            &[],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: unsupported_grant_type\n\
             hint: check that http://127.0.0.1:[PORT]/token is a token endpoint and that this server supports the client_credentials grant in a form-encoded body\n",
        ),
        (
            "invalid_target",
            &["--resource", "urn:x"],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_target\n\
             hint: check --resource urn:x: the server must know it letter by letter, a slash at the end too, and allow it for client 'ci'\n",
        ),
        (
            "invalid_request",
            &[],
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_request\n\
             hint: some servers require a scope: try --scope\n",
        ),
    ] {
        let answer = json(400, &format!(r#"{{"error":"{code}"}}"#));
        let server = Server::answering(answer.clone());
        client_of(server.url()).args(words).fails(3, hint).run();
        let lines = match words {
            ["-g", "password", ..] => "grant_type: password\nusername: u\npassword: env:S\n",
            ["-g", ..] => "grant_type: refresh_token\nrefresh_token: env:S\n",
            ["--resource", _] => "resource: urn:x\n",
            _ => "",
        };
        explained::told(code, &server, &answer.bytes()).with(lines).agrees();
    }
}

/// The one JSON object on stderr.
#[track_caller]
fn object(output: &Output) -> Value {
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    serde_json::from_str(&output.stderr).unwrap()
}

#[test]
fn with_json_each_line_of_the_trace_is_an_object_too() {
    let told = |status, body: &str, code| {
        let server = Server::answering(json(status, body));
        let run = client_of(server.url()).args(["-v", "--error-format", "json"]).code(code);
        let output = run.any_output().run();
        let objects = output.stderr.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
        objects.map(|object| (object["kind"].clone(), object["message"].clone())).collect::<Vec<_>>()
    };
    let traced = told(200, r#"{"access_token":"tok-1","token_type":"Bearer"}"#, 0);
    assert!(traced.contains(&("trace".into(), "> grant_type=client_credentials".into())), "{traced:?}");
    assert!(traced.contains(&("trace".into(), "< HTTP/1.1 200 OK".into())), "{traced:?}");
    assert!(traced.iter().all(|(kind, _)| kind == "trace"), "{traced:?}");
    let refused = told(401, r#"{"error":"invalid_client"}"#, 3);
    let (last, before) = refused.split_last().unwrap();
    assert_eq!(last.0, "refused");
    assert!(before.iter().all(|(kind, _)| kind == "trace"), "{before:?}");
}

#[test]
fn errors_as_json_are_one_object_with_every_member() {
    let body = r#"{"error":"invalid_client","error_description":"d","error_uri":"https://u","trace_id":"t1"}"#;
    let server = Server::answering(json(401, body));
    let run =
        client_of(format!("{}?canary=1", server.url())).args(["--error-format", "json"]).code(3).stderr_with(["{"]);
    let object = object(&run.run());
    let hint = object["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("--auth-method client_secret_post"), "{hint}");
    assert_eq!(
        object,
        value!({
            "kind": "refused",
            "exit_code": 3,
            "message": format!("{} refused client 'ci' (client_secret_basic, HTTP 401)", server.url()),
            "causes": ["invalid_client: d (trace_id t1)"],
            "hint": hint,
            "http_status": 401,
            "endpoint": server.url(),
            "oauth": {
                "error": "invalid_client",
                "error_description": "d",
                "error_uri": "https://u",
                "ids": [{"name": "trace_id", "value": "t1"}],
            },
        })
    );
}

#[test]
fn every_class_has_its_kind_and_code() {
    let (_held, port) = closed_port();
    let at = |answer: Answer| client_of(Server::answering(answer).url());
    for (run, kind, code, status) in [
        (oauth2tok(), "usage", 2, None),
        (oauth2tok().args(["--nonsense"]), "usage", 2, None),
        (client_of("https://idp.invalid/").env("OAUTH2TOK_CLIENT_SECRET", ""), "usage", 2, None),
        (client_of("https://idp.invalid/").args(["-p", "x"]).config("profiles: ["), "usage", 2, None),
        (at(json(400, r#"{"error":"e"}"#)), "refused", 3, Some(400)),
        (at(json(200, "{}")), "bad_response", 4, Some(200)),
        (at(status(302, &["Location: /x"], "")), "bad_response", 4, Some(302)),
        (at(json(200, r#"{"access_token":"t"}"#)).args(["--strict"]), "bad_response", 4, None),
        (at(token()).args(["--field", "x"]), "bad_response", 4, None),
        (client_of(format!("http://127.0.0.1:{port}/")), "unreached", 5, None),
        (at(status(503, &[], "")), "unavailable", 6, Some(503)),
    ] {
        let output = run.args(["--retry", "0", "--error-format=json"]).code(code).stderr_with(["{"]).run();
        let object = object(&output);
        assert_eq!(
            (object["kind"].as_str(), object["exit_code"].as_i64()),
            (Some(kind), Some(code.into())),
            "{object}"
        );
        assert_eq!(object["http_status"].as_u64(), status, "{object}");
        for member in ["message", "causes", "hint", "endpoint", "oauth"] {
            assert!(object.get(member).is_some(), "{member}: {object}");
        }
    }
}

#[test]
fn the_format_may_come_from_the_environment_or_a_profile() {
    let server = Server::answering(json(400, r#"{"error":"e"}"#));
    let run = || client_of(server.url()).code(3).stderr_with(["{\"kind\":\"refused\""]);
    run().env("OAUTH2TOK_ERROR_FORMAT", "json").run();
    run().config("defaults: { error_format: json }\n").run();
}

#[test]
fn warnings_go_into_the_object_or_out_at_the_end() {
    let server = Server::answering(json(400, r#"{"error":"e"}"#));
    let words = ["--client-secret", "plain-secret", "--error-format", "json"];
    let output =
        oauth2tok().args(["--token-endpoint", &server.url(), "-i", "x"]).args(words).code(3).stderr_with(["{"]).run();
    assert!(object(&output)["warnings"][0].as_str().unwrap().contains("'ps'"));
    let server = Server::new();
    let output = oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "x"])
        .args(words)
        .stdout("tok-1\n")
        .stderr_with(["{"])
        .run();
    assert_eq!(object(&output)["kind"], "warning");
}

#[test]
fn nothing_a_server_says_steers_the_terminal() {
    // T09. The harness checks every run for control and bidi characters; this drives them through every way in.
    let raw = "\u{9b}31m\u{85}\u{202e}desrever\u{2066}\u{200b}\u{feff}";
    let escaped = r"\u001b[31m\u001b]0;title\u0007\u001b]52;c;Y2FuYXJ5\u0007\r\b\b\u007f\u0085\u009b1m\u202e\u2029\u0000\nerror: forged\n";
    let in_json = |template: &str| template.replace("RAW", raw).replace("ESC", escaped);
    let headers = [
        format!("X-Request-Id: {raw}"),
        format!("Content-Type: text/{raw}"),
        format!("WWW-Authenticate: Basic realm=\"{raw}\", error=\"{raw}\""),
    ];
    let headers: Vec<_> = headers.iter().map(String::as_str).collect();
    for (answer, code) in [
        (
            json(
                400,
                &in_json(
                    r#"{"error":"eRAW ESC","error_description":"dRAW ESC","error_uri":"https://u/RAW ESC","trace_id":"RAW ESC"}"#,
                ),
            ),
            3,
        ),
        (json(400, &in_json(r#"{"error":{"message":"RAW ESC","codeRAW":"ESC"}}"#)), 3),
        (form(400, "error=%1b%5b31m%c2%9b%e2%80%ae%0a%0d&error_description=%1b%5d0%3bx%07"), 3),
        (status(401, &headers, ""), 3),
        (status(400, &headers, raw), 3),
        (html(200, &format!("<title>\u{1b}]0;t\u{7}{raw}\r</title>")), 4),
        (status(200, &["Content-Type: text/plain"], format!("\u{1b}[2J{raw}\u{7}\u{8}words")), 4),
        (status(200, &["Content-Type: text/xml"], format!("<a>\u{1b}[2J{raw}</a>")), 4),
        (json(200, &in_json(r#"{"access_token":"t","token_type":"RAW ESC","scope":"RAW ESC","RAW ESC":1,"x":"#)), 4),
        (status(302, &[&format!("Location: http://x/{raw}")], ""), 4),
        (status(503, &headers, format!("\u{1b}[2J{raw}")), 6),
        (Answer::raw(format!("\u{1b}[2J\u{1b}]0;t\u{7}{raw}\r\n\r\n")), 4),
        (Answer::raw(format!("HTTP/1.1 200 \u{1b}[31m{raw}\r\nContent-Length: 2\r\n\r\n{{}}")), 4),
    ] {
        // What has no head of HTTP is a body where somebody saved it, and a HAR has no status line.
        let (server, bytes) = (Server::answering(answer.clone()), answer.bytes());
        let told = explained::told("steers", &server, &bytes);
        match (bytes.starts_with(b"HTTP/"), bytes.starts_with(b"HTTP/1.1 200 \x1b")) {
            (true, false) => told.agrees(),
            (true, true) => told.agrees_as_printed(),
            (false, _) => {}
        }
        for words in [&[][..], &["-v"], &["-v", "--show-secrets"], &["--error-format", "json"], &["-v", "--strict"]] {
            let server = Server::answering(answer.clone());
            let run = client_of(server.url()).args(["--retry", "0"]).args(words);
            let output = run.code(code).stderr_with(["e"]).run();
            assert!(!output.stderr.lines().any(|line| line.starts_with("error: forged")), "{}", output.stderr);
        }
    }
    // And through answers that are tokens.
    let odd = in_json(r#"{"access_token":"t","token_type":"RAW ESC","scope":"RAW ESC","RAW ESC":1,"RAW ESC":2}"#);
    for (words, code) in
        [(&["-v", "-s", "a"][..], 0), (&["-o", "header"], 4), (&["--field", "no"], 4), (&["--strict"], 4)]
    {
        let server = Server::answering(json(200, &odd));
        client_of(server.url()).args(words).any_output().code(code).run();
    }
}

#[test]
fn colour_is_for_terminals_alone() {
    // stderr is a pipe here: not a single escape, whatever the environment asks for short of force.
    client_of("nonsense").env("TERM", "xterm-256color").fails(2, "error: token_endpoint (flag --token-endpoint): it is not an absolute URL: expected something like https://login.example.com/token\n").run();
}

#[test]
fn foreign_text_is_capped() {
    let long = "x".repeat(60_000);
    let members = |members: &str| json(200, &members.replace("LONG", &long));
    let error = r#"{"error":"LONG","error_description":"LONG","error_uri":"https://LONG","trace_id":"LONG"}"#;
    for (answer, words) in [
        (json(400, &error.replace("LONG", &long)), &[][..]),
        (status(400, &["Content-Type: text/plain"], &long), &[]),
        (status(503, &[&format!("Content-Type: {long}")], &long), &["--retry", "0"]),
        (html(200, &format!("<title>{long}</title>")), &[]),
        (members(r#"{"access_token":"t","token_type":"LONG"}"#), &["-o", "header"]),
        (members(r#"{"access_token":"t","token_type":"Bearer","LONG":1}"#), &["--field", "x"]),
        (members(r#"{"access_token":"t","token_type":"Bearer","LONG":1,"LONG":2}"#), &["--strict"]),
    ] {
        explained::agrees("long", &Server::answering(answer.clone()), &answer.bytes());
        for more in [&[][..], &["--error-format", "json"]] {
            let server = Server::answering(answer.clone());
            let run = client_of(server.url()).args(words).args(more).any_output().code_in(&[0, 3, 4, 6]);
            let output = run.run();
            assert!(
                output.stderr.contains('…') && output.stderr.len() < 6_000,
                "{words:?}: {} bytes",
                output.stderr.len()
            );
        }
    }
    // And what metadata says.
    for document in [r#"{"issuer":"LONG"}"#, r#"{"issuer":"ISSUER","token_endpoint":"https://a b/LONG"}"#] {
        let document = document.replace("LONG", &long);
        let server = Server::scripted(move |_, request| json(200, &document.replace("ISSUER", &request.origin())));
        let output = client().args(["--issuer", &server.origin()]).fails_with(4, ["the metadata at"]).run();
        assert!(output.stderr.len() < 3_000, "{} bytes", output.stderr.len());
    }
}
