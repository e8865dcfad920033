//! What real servers were seen to answer, and what becomes of it: sections B and C of the list of quirks.

use super::harness::*;

/// The answer, the exit code, stdout without its line end, and stderr.
#[track_caller]
fn check(id: &str, answer: Answer, code: i32, stdout: &str, stderr: &str) {
    let bytes = answer.bytes();
    let server = Server::answering(answer);
    let run = client_of(server.url()).args(["--retry", "0"]).code(code).stderr(stderr);
    let output = if code == 0 { run.prints(stdout).run() } else { run.run() };
    // The lines are the label's own: no answer can add one of its own making.
    for line in output.stderr.lines() {
        assert!(["error: ", "caused by: ", "hint: "].iter().any(|label| line.starts_with(label)), "{id}: {line}");
        assert!(line.chars().count() < 700, "{id}: {line}");
    }
    assert_eq!(server.requests().len(), 1, "{id}");
    explained::agrees(id, &server, &bytes);
}

/// A 200 with these members beside a token.
fn with(members: &str) -> Answer {
    json(200, &format!(r#"{{"access_token":"tok-1",{members}}}"#))
}

const USUAL: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}"#;

#[test]
fn odd_answers_with_a_usable_token_are_successes() {
    for (id, answer) in [
        ("Q24", with(r#""token_type":"Bearer","expires_in":"3599","ext_expires_in":"3599""#)),
        ("Q26", with(r#""token_type":"Bearer","expires_in":3600000,"expires_in_sec":3600"#)),
        ("Q29", with(r#""token_type":"Bearer","expires_in":0"#)),
        ("Q29 negative", with(r#""token_type":"Bearer","expires_in":-5"#)),
        (
            "Q30",
            with(
                r#""instance_url":"https://x","id":"y","signature":"z","issued_at":"1700000000000","token_type":"Bearer""#,
            ),
        ),
        ("Q31", with(r#""token_type":"Bearer","expires":"177:05:38""#)),
        ("Q31 date", with(r#""token_type":"Bearer","expires_in":"2026-11-22T00:00:00Z""#)),
        ("Q33", with(r#""expires_in":60"#)),
        ("Q33 null", with(r#""token_type":null,"expires_in":60"#)),
        ("Q34", with(r#""token_type":"BearerToken","expires_in":60"#)),
        ("Q36", with(r#""token_type":"Bearer","expires_in":60,"scope":["a","b"]"#)),
        ("Q40", with(r#""token_type":"Bearer","expires_in":60,"refresh_token":"rt""#)),
        ("S15", with(r#""token_type":"bEaReR","expires_in":60"#)),
        ("S19", with(r#""token_type":"Bearer","expires_in":12.7"#)),
        ("S19 huge", with(r#""token_type":"Bearer","expires_in":1e400"#)),
        ("S19 digits", with(&format!(r#""token_type":"Bearer","expires_in":{}"#, "9".repeat(400)))),
        ("empty error", with(r#""token_type":"Bearer","expires_in":60,"error":"","error_description":null"#)),
        ("null error", with(r#""token_type":"Bearer","expires_in":60,"error":null"#)),
        ("Q44", form(200, "access_token=tok-1&token_type=bearer&expires_in=60&scope=a%20b")),
        ("Q44 text/plain", status(200, &["Content-Type: text/plain"], "access_token=tok-1&expires=60\n")),
        ("Q44 text/html", status(200, &["Content-Type: text/html"], "access_token=tok-1&expires=60")),
        ("JSON labelled as a page", html(200, USUAL)),
        ("JSON without a label", status(200, &[], USUAL)),
        ("JSON with a charset", status(200, &["Content-Type: application/json; charset=UTF-8"], USUAL)),
        ("Q47", json(200, &format!("\u{feff}{USUAL}"))),
        ("201", json(201, USUAL)),
        ("white space", json(200, &format!("\r\n\t {USUAL}\n\n"))),
        (
            "F30, unknown member 100 deep",
            with(&format!(r#""token_type":"Bearer","x":{}{}"#, "[".repeat(100), "]".repeat(100))),
        ),
        ("Q50, duplicate of no matter", with(r#""token_type":"Bearer","expires_in":60,"x":1,"x":2"#)),
    ] {
        check(id, answer, 0, "tok-1", "");
    }
}

#[test]
fn a_long_token_is_printed_whole() {
    // Q43: 45 KB have been seen; the cap is the body's.
    for length in [45_000, 900_000] {
        let token = "t".repeat(length);
        let server = Server::answering(json(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#)));
        let output = client_of(server.url()).stdout_with([""]).run();
        assert!(output.stdout.strip_suffix('\n') == Some(token.as_str()));
        let note = format!("* the token has {length} bytes: many servers refuse headers of that size\n");
        client_of(server.url()).args(["-v"]).stdout_with([""]).stderr_with([note]).run();
    }
}

#[test]
fn a_lifetime_that_may_surprise_is_told_to_who_looks() {
    // Q29
    for (expires_in, note) in [
        ("0", "* the lifetime is 0 s, so it is not known when the token expires\n"),
        ("-1", "* the lifetime is 0 s, so it is not known when the token expires\n"),
    ] {
        let server = Server::answering(with(&format!(r#""token_type":"Bearer","expires_in":{expires_in}"#)));
        client_of(server.url()).args(["-v"]).stdout("tok-1\n").stderr_with([note]).run();
    }
    let server = Server::answering(with(r#""token_type":"Bearer","expires_in":0"#));
    client_of(server.url())
        .args(["--cache", "-v"])
        .stdout("tok-1\n")
        .stderr_with(["* cache: it is not known when the token expires, so it is not reused\n"])
        .run();
}

#[test]
fn a_lifetime_that_is_a_date_is_not_known_and_nothing_is_kept_by_it() {
    const DEVIATION: &str =
        "* deviation: expires_in is beyond ten years, as a date would be; ignored (RFC 6749 §5.1)\n";
    for expires_in in ["1700003600", "1700003600000", "315576001", "\"1700003600\"", "99999999999999999999999"] {
        let number = std::sync::atomic::AtomicUsize::new(0);
        let more = format!(r#","expires_in":{expires_in}"#);
        let server = Server::scripted(move |_, _| {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            token_with(&format!("tok-{number}"), &more)
        });
        let home = home();
        let run = || client_of(server.url()).at_home(&home).args(["--cache"]);
        run().prints("tok-1").run();
        run().prints("tok-2").run();
        run().args(["-v"]).prints("tok-3").stderr_with([DEVIATION]).run();
        run().args(["-o", "json"]).stdout_with([r#""tok-4""#]).run();
        run()
            .args(["-o", "ttl"])
            .fails(
                4,
                "error: the lifetime of the token is unknown: the answer has no usable expires_in\n\
                 hint: -o json shows what the server said\n",
            )
            .run();
    }
}

#[test]
fn a_token_that_begins_with_its_type_is_printed_with_a_warning() {
    const WARNING: &str =
        "warning: the access_token begins with 'Bearer ', which a header says too; it is printed as it came\n";
    for token in ["Bearer eyJhbGciOiJub25lIn0", "bearer abc"] {
        let server = Server::answering(token_with(token, ""));
        client_of(server.url()).prints(token).stderr(WARNING).run();
        client_of(server.url()).args(["-q"]).prints(token).run();
    }
    let server = Server::answering(token_with("bearer", ""));
    client_of(server.url()).prints("bearer").run();
}

#[test]
fn a_refresh_token_that_is_replaced_and_lost_is_warned_of() {
    const LOST: &str = "warning: a new refresh token came and is lost, and the old one may be spent: --cache keeps it";
    let (lost, warning) = (format!("{LOST}\n"), format!("{LOST}, -o json and --field refresh_token print it\n"));
    let rotates = Server::answering(token_with("tok-1", r#","refresh_token":"rt-2""#));
    let with = |server: &Server| {
        client_of(server.url()).args(["-g", "refresh_token"]).env("OAUTH2TOK_REFRESH_TOKEN", "rt-1-of-alice")
    };
    with(&rotates).prints("tok-1").stderr(&warning).run();
    with(&rotates).args(["-o", "ttl"]).fails_with(4, [&warning]).run();
    with(&rotates).args(["exec", "--", "true"]).stderr(&lost).run();
    with(&rotates).args(["request", &rotates.at("/api")]).any_stdout().stderr(&lost).run();
    with(&rotates).args(["batch", "-o", "token"]).stdin("{}\n").stdout("tok-1\n").stderr_with([&lost]).run();
    for kept in [&["--cache"][..], &["-o", "json"], &["--field", "refresh_token"], &["--wrap", "x"]] {
        with(&rotates).args(kept).any_stdout().run();
    }
    with(&rotates).args(["batch"]).stdin("{}\n").any_stdout().run();
    // Nothing is lost with the same one, with none, or with another grant.
    for more in ["", r#","refresh_token":"rt-1-of-alice""#] {
        with(&Server::answering(token_with("tok-1", more))).prints("tok-1").run();
    }
    client_of(rotates.url())
        .args(["-g", "password", "-q", "-u", "u", "--password", "env:OAUTH2TOK_CLIENT_SECRET"])
        .prints("tok-1")
        .run();
}

#[test]
fn what_was_granted_is_compared_with_what_was_asked_for() {
    let run = |asked: &[&str], scope: &str| {
        let server = Server::answering(token_with("tok-1", &format!(r#","scope":{scope}"#)));
        asked.iter().fold(client_of(server.url()), |run, scope| run.args(["-s", scope])).prints("tok-1")
    };
    const UNASKED: &str = "* granted unasked: email profile\n";
    run(&["read"], r#""read email profile""#).run();
    run(&["read"], r#""read email profile""#).args(["-v"]).stderr_with([UNASKED]).run();
    run(&["read", "openid x"], r#""read email profile""#)
        .stderr("warning: not named among the granted scopes: openid x\n")
        .run();
    run(&["a", "b"], r#"["b","a"]"#).run();
    run(&["a", "b"], r#""b,a""#).run();
    run(&["a", "b"], r#""b,a""#)
        .args(["-v"])
        .stderr_with(["* deviation: scopes are separated by commas instead of spaces (RFC 6749 §3.3)\n"])
        .run();
    run(&["a,b"], r#""b a""#).run();
    run(&["a", "b"], r#""b,a c""#).stderr("warning: not named among the granted scopes: a b\n").run();
}

#[test]
fn the_scope_that_was_asked_for_is_shown_where_it_is_refused() {
    let server = Server::answering(json(400, r#"{"error":"invalid_scope","error_description":"Invalid scopes"}"#));
    let url = server.url();
    client_of(&url)
        .args(["-s", "read", "-s", "write all"])
        .fails_with(
            3,
            ["caused by: invalid_scope: Invalid scopes\n\
                 caused by: the scope that was asked for: read write all\n"],
        )
        .run();
    client_of(&url).fails_with(3, ["caused by: "]).stderr_without(["asked for: "]).run();
}

#[test]
fn the_end_of_a_long_text_stays() {
    let text =
        format!("The request failed: {} so the reason is that client 'ci' is disabled", "stack frame, ".repeat(100));
    let server = Server::answering(status(404, &["Content-Type: text/plain"], &text));
    client_of(server.url())
        .fails_with(
            4,
            ["caused by: The request failed: stack frame", "so the reason is that client 'ci' is disabled\n"],
        )
        .run();
}

#[test]
fn an_error_after_a_success_counts_no_attempts() {
    let busy = || status(503, &["Retry-After: 0"], "");
    let server = Server::answering_each([busy(), token()]);
    client_of(server.url()).args(["--field", "id_token"]).fails_with(4, ["id_token"]).stderr_without(["attempt"]).run();
    assert_eq!(server.count(), 2);
    let server = Server::answering_each([busy(), json(200, "{}")]);
    client_of(server.url()).fails_with(4, [", attempt 2 of 3\n"]).run();
}

#[test]
fn a_token_that_is_for_somebody_else_is_told_of() {
    use base64::Engine;
    let token = |claims: &str| format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims));
    let asked = ["-v", "--audience", "https://api.example", "--resource", "urn:r"];
    for (token, expected) in [
        (token(r#"{"aud":"https://other.example"}"#), Some("https://api.example urn:r")),
        (token(r#"{"aud":["urn:r","x"]}"#), Some("https://api.example")),
        (token("{}"), Some("https://api.example urn:r")),
        (token(r#"{"aud":["urn:r","https://api.example"]}"#), None),
        ("opaque".to_owned(), None),
    ] {
        let server = Server::answering(token_with(&token, ""));
        let run = client_of(server.url()).args(asked).prints(&token);
        match expected {
            Some(names) => run.stderr_with([format!("* the token's aud does not name {names}\n")]).run(),
            None => run.stderr_with(["* "]).stderr_without(["the token's aud"]).run(),
        };
        client_of(server.url()).args(&asked[1..]).prints(&token).run();
        client_of(server.url())
            .args(["-v"])
            .prints(&token)
            .stderr_with(["* "])
            .stderr_without(["the token's aud"])
            .run();
    }
}

#[test]
fn a_body_that_is_labelled_as_gzip_is_decoded() {
    // Q49
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, USUAL.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    check("Q49", status(200, &["Content-Type: application/json", "Content-Encoding: gzip"], &packed), 0, "tok-1", "");
    check(
        "Q49 unlabelled",
        status(200, &["Content-Type: application/json"], &packed),
        4,
        "",
        "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: it is gzip data without a \
         Content-Encoding header (HTTP 200)\n\
         caused by: the body has 87 bytes (application/json)\n\
         hint: run with -v to see the whole answer\n",
    );
}

#[test]
fn answers_without_a_usable_token_are_told_as_what_they_are() {
    let page =
        "<!DOCTYPE html>\n<html><head><title>\n Sign  in &amp; go </title></head><body>secret form</body></html>";
    for (id, answer, told) in [
        (
            "F32",
            json(200, "{}"),
            "it has no access_token (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 2 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F32 null",
            json(200, r#"{"access_token":null}"#),
            "it has no access_token (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 21 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F32 empty",
            json(200, r#"{"access_token":""}"#),
            "its access_token is empty (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 19 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q51 number",
            json(200, r#"{"access_token":12345}"#),
            "its access_token is a number, not a string (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 22 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q51 object",
            json(200, r#"{"access_token":{"a":1}}"#),
            "its access_token is an object, not a string (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 24 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q32",
            json(200, r#"{"data":{"accessToken":"canary-token"}}"#),
            "it has no access_token (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 39 bytes)\n\
             hint: the answer seems to hold a token at /data/accessToken: if that is it, write token_pointer: \
             /data/accessToken into the profile, or OAUTH2TOK_TOKEN_POINTER=/data/accessToken\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q46",
            html(200, page),
            "it is an HTML page titled \"Sign in & go\" (HTTP 200)\n\
             caused by: the body has 101 bytes (text/html; charset=utf-8)\n\
             hint: http://127.0.0.1:[PORT]/token answers with a web page: is it the token endpoint, or is a login \
             page or proxy in between?\n",
        ),
        (
            "Q46 as JSON",
            json(200, page),
            "it is an HTML page titled \"Sign in & go\" (HTTP 200)\n\
             caused by: the body has 101 bytes (application/json)\n\
             hint: http://127.0.0.1:[PORT]/token answers with a web page: is it the token endpoint, or is a login \
             page or proxy in between?\n",
        ),
        (
            "F29 broken",
            json(200, r#"{"access_token":"canary-token","#),
            "it is broken JSON (EOF while parsing a value at line 1 column 31) (HTTP 200)\n\
             caused by: the body has 31 bytes (application/json): {\"access_token\":\"***\",\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F29 trailing",
            json(200, &format!("{USUAL}x")),
            "it is broken JSON (trailing characters at line 1 column 65) (HTTP 200)\n\
             caused by: the body has 65 bytes (application/json): \
             {\"access_token\":\"***\",\"token_type\":\"Bearer\",\"expires_in\":3600}x\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F29 two objects",
            json(200, &format!("{USUAL}{USUAL}")),
            "it is broken JSON (trailing characters at line 1 column 65) (HTTP 200)\n\
             caused by: the body has 128 bytes (application/json): \
             {\"access_token\":\"***\",\"token_type\":\"Bearer\",\"expires_in\":3600}{\"access_token\":\"*…\n\
             hint: run with -v to see the whole answer\n",
        ),
        ("F29 empty", json(200, ""), "it is an empty body (HTTP 200)\nhint: run with -v to see the whole answer\n"),
        (
            "F29 blank",
            json(200, " \n"),
            "it is an empty body (HTTP 200)\n\
             caused by: the body has 2 bytes (application/json)\n\
             hint: run with -v to see the whole answer\n",
        ),
        ("204", status(204, &[], ""), "it is an empty body (HTTP 204)\nhint: run with -v to see the whole answer\n"),
        (
            "an array",
            json(200, "[1]"),
            "it is JSON, but an array (HTTP 200)\n\
             caused by: the body has 3 bytes (application/json)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "a string",
            json(200, "\"tok\""),
            "it is JSON, but a string (HTTP 200)\n\
             caused by: the body has 5 bytes (application/json)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "NaN",
            json(200, r#"{"access_token":"t","expires_in":NaN}"#),
            "it is broken JSON (expected value at line 1 column 34) (HTTP 200)\n\
             caused by: the body has 37 bytes (application/json): {\"access_token\":\"***\",\"expires_in\":NaN}\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "words",
            status(200, &["Content-Type: text/plain"], "It works!\n"),
            "it is plain text (HTTP 200)\n\
             caused by: It works!\n\
             caused by: the body has 10 bytes (text/plain)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "XML",
            status(200, &["Content-Type: text/xml"], "<a><b>c</b></a>"),
            "it is XML (HTTP 200)\n\
             caused by: the body has 15 bytes (text/xml): <a><b>***</b></a>\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q48",
            status(200, &["Content-Type: application/json"], b"{\"access_token\":\"t\xff\"}"),
            "it is not valid UTF-8 (HTTP 200)\n\
             caused by: the body has 21 bytes (application/json)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F28 lone surrogate",
            json(200, r#"{"access_token":"t\ud800"}"#),
            "it is broken JSON (unexpected end of hex escape at line 1 column 25) (HTTP 200)\n\
             caused by: the body has 26 bytes (application/json): {\"access_token\":\"***\"}\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F30",
            json(200, &"[".repeat(10_000)),
            "it is broken JSON (recursion limit exceeded at line 1 column 128) (HTTP 200)\n\
             caused by: the body has 10000 bytes (application/json): \
             [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F30 member",
            json(200, &format!(r#"{{"access_token":"t","x":{}{}}}"#, "{\"a\":".repeat(10_000), "}".repeat(10_000))),
            "it is broken JSON (recursion limit exceeded at line 1 column 655) (HTTP 200)\n\
             caused by: the body has 60025 bytes (application/json): \
             {\"access_token\":\"***\",\"x\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\"…\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q53",
            json(200, r#"{"ok":false,"access_token":"tok-1"}"#),
            "it says \"ok\": false (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 35 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q50 token",
            json(200, r#"{"access_token":"a","access_token":"b"}"#),
            "'access_token' stands more than once in it (RFC 8259 §4) (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 39 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q50 type",
            with(r#""token_type":"Bearer","token_type":"mac""#),
            "'token_type' stands more than once in it (RFC 8259 §4) (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 65 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q50 escaped",
            with(r#""access_tok\u0065n":"b""#),
            "'access_token' stands more than once in it (RFC 8259 §4) (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 48 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "Q50 error",
            json(200, r#"{"error":null,"error":"x"}"#),
            "'error' stands more than once in it (RFC 8259 §4) (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, 26 bytes)\n\
             hint: run with -v to see the whole answer\n",
        ),
        (
            "F37 404",
            html(404, page),
            "HTTP 404 with an HTML page titled \"Sign in & go\"\n\
             caused by: the body has 101 bytes (text/html; charset=utf-8)\n\
             hint: nothing answers at http://127.0.0.1:[PORT]/token: check the path, also with a final slash, or \
             use --issuer to find it\n",
        ),
        (
            "F37 405",
            status(405, &[], ""),
            "HTTP 405 with an empty body\n\
             hint: http://127.0.0.1:[PORT]/token does not take POST: is it the token endpoint? Try it with a final \
             slash\n",
        ),
        (
            "F37 403",
            html(403, page),
            "HTTP 403 with an HTML page titled \"Sign in & go\"\n\
             caused by: the body has 101 bytes (text/html; charset=utf-8)\n\
             hint: something in front of the server may have refused: a firewall, a proxy, or the User-Agent\n",
        ),
        (
            "F37 406",
            status(406, &[], ""),
            "HTTP 406 with an empty body\n\
             hint: the server does not want to answer with JSON: try -H 'Accept: */*'\n",
        ),
        (
            "F37 411",
            html(411, page),
            "HTTP 411 with an HTML page titled \"Sign in & go\"\n\
             caused by: the body has 101 bytes (text/html; charset=utf-8)\n\
             hint: the Content-Length that was sent did not arrive: something in between may take it out\n",
        ),
        (
            "F37 415",
            status(415, &[], ""),
            "HTTP 415 with an empty body\n\
             hint: the server does not take a form-encoded body at http://127.0.0.1:[PORT]/token: if it wants JSON, \
             write body: json into the profile, or OAUTH2TOK_BODY=json\n",
        ),
        ("400 without a word", status(400, &[], ""), "HTTP 400 with an empty body\n"),
        (
            "400 with words",
            json(400, r#"{"message":"nope","trace_id":"t-17"}"#),
            "HTTP 400 with a JSON object\n\
             caused by: nope (trace_id t-17)\n\
             caused by: the body has 36 bytes (application/json)\n",
        ),
        (
            "400 with a token",
            json(400, USUAL),
            "HTTP 400 with a JSON object\n\
             caused by: {\"access_token\":\"***\",\"token_type\":\"Bearer\",\"expires_in\":3600}\n\
             caused by: the body has 64 bytes (application/json)\n",
        ),
    ] {
        let error = format!("error: the answer of http://127.0.0.1:[PORT]/token is not a token response: {told}");
        check(id, answer, 4, "", &error);
    }
}

#[test]
fn a_token_that_could_break_out_is_never_printed() {
    // Q51, T10, S19
    for escape in ["\\n", "\\r\\nX: y", "\\u0000", "\\u007f", "ü", "\\u001b[31m", "\\t", "\\u2028"] {
        let answer = json(200, &format!(r#"{{"access_token":"abc{escape}def","token_type":"Bearer"}}"#));
        let error = format!(
            "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: its access_token holds characters \
             other than printable ASCII (RFC 6749 Appendix A.12) (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, {} bytes)\n\
             hint: run with -v to see the whole answer\n",
            47 + escape.len()
        );
        check(escape, answer, 4, "", &error);
    }
}

#[test]
fn refusals_of_every_shape_are_readable() {
    for (id, answer, told) in [
        (
            "F35",
            json(400, r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#),
            "HTTP 400)\n\
             caused by: invalid_client: Client authentication failed\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "Q52",
            json(200, r#"{"error":"bad_verification_code","error_description":"d","error_uri":"https://e/x"}"#),
            "HTTP 200)\ncaused by: bad_verification_code: d\nhint: the server points to https://e/x\n",
        ),
        (
            "Q52 beside a token",
            with(r#""error":"invalid_grant""#),
            "HTTP 200)\n\
             caused by: invalid_grant\n\
             hint: check that this server allows the client_credentials grant at this endpoint\n",
        ),
        ("Q53", json(200, r#"{"ok":false,"error":"invalid_code"}"#), "HTTP 200)\ncaused by: invalid_code\n"),
        (
            "Q56",
            json(
                400,
                r#"{"error":{"message":"Invalid OAuth access token.","type":"OAuthException","code":190,"fbtrace_id":"AbC"}}"#,
            ),
            "HTTP 400)\n\
             caused by: 190: Invalid OAuth access token. (type OAuthException, fbtrace_id AbC)\n",
        ),
        ("an array", json(400, r#"{"error":[{"code":"E1","detail":"first"}]}"#), "HTTP 400)\ncaused by: E1: first\n"),
        ("a number", json(400, r#"{"error":17,"message":"m"}"#), "HTTP 400)\ncaused by: 17: m\n"),
        ("true", json(400, r#"{"error":true,"message":"m"}"#), "HTTP 400)\ncaused by: m\n"),
        ("nothing but true", json(400, r#"{"error":true}"#), "HTTP 400)\ncaused by: true\n"),
        (
            "no known member",
            json(400, r#"{"error":{"a":{"b":"deep"}}}"#),
            "HTTP 400)\ncaused by: {\"a\":{\"b\":\"deep\"}}\n",
        ),
        ("a list", json(400, r#"{"error":["a","b"]}"#), "HTTP 400)\ncaused by: a; b\n"),
        (
            "Q44 form",
            form(400, "error=invalid_grant&error_description=a+b%21"),
            "HTTP 400)\n\
             caused by: invalid_grant: a b!\n\
             hint: check that this server allows the client_credentials grant at this endpoint\n",
        ),
        ("Q44 form with 200", form(200, "error=bad&error_description=x"), "HTTP 200)\ncaused by: bad: x\n"),
        (
            "other case",
            json(400, r#"{"error":"x","Error_Description":"spelled so","ErrorUri":"https://u"}"#),
            "HTTP 400)\ncaused by: x: spelled so\nhint: the server points to https://u\n",
        ),
        (
            "Q23",
            json(400, r#"{"error":"invalid_grant","error_description":"request not supported on this domain"}"#),
            "HTTP 400)\n\
             caused by: invalid_grant: request not supported on this domain\n\
             hint: http://127.0.0.1:[PORT]/token does not serve client 'ci': ask at the address of your own \
             organization or region\n",
        ),
        (
            "F36",
            status(401, &["WWW-Authenticate: Basic realm=\"x\""], ""),
            "HTTP 401)\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "F36 challenge",
            status(401, &["WWW-Authenticate: Bearer error=\"invalid_client\", error_description=\"no, never\""], ""),
            "HTTP 401)\n\
             caused by: invalid_client: no, never\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "F36 page",
            html(401, "<title>No</title>"),
            "HTTP 401)\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "F36 JSON",
            json(401, r#"{"message":"Unauthorized"}"#),
            "HTTP 401)\n\
             caused by: Unauthorized\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "401 with a token",
            json(401, USUAL),
            "HTTP 401)\n\
             caused by: {\"access_token\":\"***\",\"token_type\":\"Bearer\",\"expires_in\":3600}\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "503 with a code",
            status(503, &["Content-Type: application/json", "Retry-After: 60"], r#"{"error":"invalid_client"}"#),
            "HTTP 503)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n\
             hint: HTTP 503 may mean trouble of the server's own, which passes; the server asks to wait 60 s: try \
             again then\n",
        ),
        (
            "500 with a code elsewhere",
            json(500, r#"{"errors":[{"code":"invalid_grant","message":"m"}]}"#),
            "HTTP 500)\n\
             caused by: invalid_grant: m\n\
             hint: check that this server allows the client_credentials grant at this endpoint\n\
             hint: HTTP 500 may mean trouble of the server's own, which passes; try again later\n",
        ),
        (
            "500 with a code in XML",
            status(500, &[], "<Error><Code>invalid_scope</Code></Error>"),
            "HTTP 500)\n\
             caused by: invalid_scope\n\
             hint: some servers require a scope: try --scope\n\
             hint: HTTP 500 may mean trouble of the server's own, which passes; try again later\n",
        ),
        (
            "400 with a code of its own",
            json(400, r#"{"errorCode":"E17","errorSummary":"m"}"#),
            "HTTP 400)\ncaused by: E17: m\n",
        ),
        (
            "422 in words",
            json(422, r#"{"message":"invalid_client"}"#),
            "HTTP 422)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "two codes",
            json(400, r#"{"error":"Bad Request","errorCode":"invalid_client","message":"m"}"#),
            "HTTP 400)\n\
             caused by: invalid_client: Bad Request; m\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n",
        ),
        (
            "302 with a code",
            status(302, &["Content-Type: application/json", "Location: /other?x=canary"], r#"{"error":"e"}"#),
            "HTTP 302)\n\
             caused by: e\n\
             caused by: it points to http://127.0.0.1:[PORT]/other\n\
             hint: that is no place for a token request: http://127.0.0.1:[PORT]/token is not the token endpoint, or \
             a login page or a proxy is in front of it; --issuer finds the endpoint\n",
        ),
        (
            "404 with a code",
            json(404, r#"{"error":"Not Found"}"#),
            "HTTP 404)\n\
             caused by: Not Found\n\
             hint: nothing answers at http://127.0.0.1:[PORT]/token: check the path, also with a final slash, or \
             use --issuer to find it\n",
        ),
        (
            "500 with a code",
            json(500, r#"{"error":"invalid_client","error_description":"d"}"#),
            "HTTP 500)\n\
             caused by: invalid_client: d\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method \
             client_secret_post\n\
             hint: HTTP 500 may mean trouble of the server's own, which passes; try again later\n",
        ),
        (
            "ids",
            status(
                400,
                &["Content-Type: application/json", "X-Request-Id: r-1"],
                r#"{"error":"e","correlation_id":"c-1","timestamp":"2026"}"#,
            ),
            "HTTP 400)\ncaused by: e (correlation_id c-1, timestamp 2026, x-request-id r-1)\n",
        ),
        (
            "long",
            json(400, &format!(r#"{{"error":"e","error_description":"{}the point"}}"#, "long ".repeat(1000))),
            &format!("HTTP 400)\ncaused by: e: {}lo … {}the point\n", "long ".repeat(79), "long ".repeat(38)),
        ),
    ] {
        let refused = "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, ";
        check(id, answer, 3, "", &format!("{refused}{told}"));
    }
}

#[test]
fn unavailable_servers_are_told_as_such() {
    let page = "<html><title>502 Bad Gateway</title>secret page</html>";
    for (id, answer, told) in [
        (
            "Q62",
            status(429, &["Content-Type: text/plain", "Retry-After: 60"], "Too Many Requests"),
            "HTTP 429)\n\
             caused by: Too Many Requests\n\
             hint: the server asks to wait 60 s: try again then; --retry and --timeout say how often and how long a \
             run tries by itself\n",
        ),
        (
            "408",
            json(408, r#"{"error":"request_timeout","error_description":"d"}"#),
            "HTTP 408)\n\
             caused by: request_timeout: d\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "425",
            status(425, &[], ""),
            "HTTP 425)\n\
             caused by: the server sent an empty body (no Content-Type)\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "429 with a code",
            json(429, r#"{"error":"too_many_requests"}"#),
            "HTTP 429)\n\
             caused by: too_many_requests\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "503 with a code",
            json(503, r#"{"error":"temporarily_unavailable"}"#),
            "HTTP 503)\n\
             caused by: temporarily_unavailable\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "500 of a framework",
            json(500, r#"{"status":500,"error":"Internal Server Error"}"#),
            "HTTP 500)\ncaused by: Internal Server Error\nhint: try again later\n",
        ),
        (
            "400 that passes",
            json(400, r#"{"error":"slow_down"}"#),
            "HTTP 400)\ncaused by: slow_down\nhint: try again later\n",
        ),
        (
            "Q63",
            html(500, page),
            "HTTP 500)\n\
             caused by: the server sent an HTML page titled \"502 Bad Gateway\" (text/html; charset=utf-8, 54 \
             bytes)\n\
             hint: try again later\n",
        ),
        (
            "F40 502",
            html(502, page),
            "HTTP 502)\n\
             caused by: the server sent an HTML page titled \"502 Bad Gateway\" (text/html; charset=utf-8, 54 \
             bytes)\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "F40 504",
            status(504, &[], ""),
            "HTTP 504)\n\
             caused by: the server sent an empty body (no Content-Type)\n\
             hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n",
        ),
        (
            "599",
            status(599, &[], ""),
            "HTTP 599)\n\
             caused by: the server sent an empty body (no Content-Type)\n\
             hint: try again later\n",
        ),
    ] {
        check(id, answer, 6, "", &format!("error: http://127.0.0.1:[PORT]/token is unavailable ({told}"));
    }
}

#[test]
fn a_page_is_not_dumped() {
    let server = Server::answering(html(500, "<html><title>Oops</title><pre>canary stack trace</pre></html>"));
    client_of(server.url())
        .args(["--retry", "0"])
        .fails(
            6,
            "error: http://127.0.0.1:[PORT]/token is unavailable (HTTP 500)\n\
             caused by: the server sent an HTML page titled \"Oops\" (text/html; charset=utf-8, 61 bytes)\n\
             hint: try again later\n",
        )
        .stderr_without(["canary"])
        .run();
}
