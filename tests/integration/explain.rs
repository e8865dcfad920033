//! `explain`: what a saved answer means is what a run says of it.

use super::harness::*;

/// `explain` with a profile for this endpoint, whose secret is nowhere to be read.
fn explain_at(url: &str) -> Run {
    explained::profile(url, "").args(["explain", "-p", "x"])
}

const REFUSED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n\r\n{\"error\":\"invalid_client\",\"error_description\":\"no such client\"}";

#[test]
fn a_report_says_what_it_was_how_a_run_ends_why_and_what_to_do() {
    explain_at("https://idp.example/token")
        .stdin(REFUSED)
        .code(3)
        .stdout(
            "taken for   what curl -i prints\n\
             a run ends  exit code 3, refused\n\
             \x20           https://idp.example/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by   invalid_client: no such client\n\
             hint        the server knows no client 'ci': check --client-id, and the tenant, realm or environment in \
             https://idp.example/token\n",
        )
        .run();
    // Without settings nothing is known, and nothing of the kind is said.
    oauth2tok()
        .config("profiles: [broken")
        .args(["explain"])
        .stdin(REFUSED)
        .code(3)
        .stdout(
            "taken for   what curl -i prints\n\
             a run ends  exit code 3, refused\n\
             \x20           the server refused the request (HTTP 401)\n\
             caused by   invalid_client: no such client\n\
             hint        the server does not know the client: check --client-id, and the tenant, realm or environment \
             in the address that was asked\n",
        )
        .run();
    oauth2tok()
        .args(["explain", "-"])
        .stdin(r#"{"access_token":"s3cr3t-t0ken","refresh_token":"r3fr3sh","expires_in":"3600","scope":"a b"}"#)
        .stdout(
            "taken for   the body of an answer, and that for HTTP 200, since it has no error\n\
             a run ends  exit code 0\n\
             \x20           with a token of type Bearer, for 1 h, scope a b, with a refresh token\n\
             deviation   token_type is missing; taken as Bearer (RFC 6749 §5.1)\n\
             deviation   expires_in is a string; read as 3600 s (RFC 6749 Appendix A.14)\n",
        )
        .run();
}

#[test]
fn json_has_the_names_that_never_change() {
    let run = explain_at("https://idp.example/token").args(["-o", "json"]).file("answer.txt", REFUSED);
    run.args(["answer.txt"])
        .code(3)
        .stdout(
            "{\"exit_code\":3,\"kind\":\"refused\",\"http_status\":401,\"oauth\":{\"error\":\"invalid_client\",\
             \"error_description\":\"no such client\",\"error_uri\":null,\"ids\":[]},\"deviations\":[],\"hints\":[\"the \
             server knows no client 'ci': check --client-id, and the tenant, realm or environment in \
             https://idp.example/token\"]}\n",
        )
        .run();
    oauth2tok()
        .args(["explain", "-o", "json"])
        .stdin(r#"{"access_token":"t0ken-t0ken","token_type":"Bearer"}"#)
        .stdout("{\"exit_code\":0,\"kind\":null,\"http_status\":200,\"oauth\":null,\"deviations\":[],\"hints\":[]}\n")
        .run();
}

#[test]
fn where_there_is_no_answer_nothing_is_on_stdout() {
    const HINT: &str = "hint: explain takes what curl -i prints, the body of an answer, a HAR, or what --error-format json writes to stderr\n";
    for (bytes, told) in [
        (&b""[..], "stdin is empty\n"),
        (b"\n \n", "stdin is empty\n"),
        (b"\x7fELF\0\0", "stdin is neither text nor an answer\n"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n",
            "stdin was taken for what curl -i prints, in which no answer follows the interim one (HTTP 100)\n",
        ),
        (
            b"{\"log\":{\"entries\":[{\"request\":{},\"response\":{\"status\":0}}]}}",
            "stdin was taken for a HAR, in which no request was answered\n",
        ),
        (
            b"{\"log\":{\"entries\":[",
            "stdin was taken for a HAR, which cannot be read: EOF while parsing a list at line 1 column 19\n",
        ),
    ] {
        oauth2tok().args(["explain"]).stdin(bytes).fails(2, format!("error: {told}{HINT}")).run();
    }
    oauth2tok()
        .args(["explain", "/no/such/file"])
        .fails(
            2,
            "error: cannot read the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
             hint: give a file, or the text on stdin\n",
        )
        .run();
    let large = oauth2tok().args(["explain", "large"]);
    std::fs::File::create(large.path("large")).unwrap().set_len((64 << 20) + 1).unwrap();
    large.fails(2, "error: large is larger than 64 MiB\nhint: give a file, or the text on stdin\n").run();
}

#[test]
fn no_token_of_a_saved_answer_is_shown() {
    let nested = r#"{"data":{"jwt":"c4nary-c4nary-1"},"access_token":{"a":"c4nary-c4nary-2"},"refresh_token":"c4nary-c4nary-3","id_token":"c4nary-c4nary-4"}"#;
    let told = r#"{"error":"invalid_grant","error_description":"the token c4nary-c4nary-5 is no good","access_token":"c4nary-c4nary-5"}"#;
    let broken = r#"{"access_token":"c4nary-c4nary-6","#;
    let good = r#"{"access_token":"c4nary-c4nary-7","refresh_token":"c4nary-c4nary-8","token_type":"c4nary-c4nary-7","scope":"c4nary-c4nary-8"}"#;
    for body in [nested, told, broken, good] {
        for answer in [
            body.to_owned(),
            format!("HTTP/2 400\ncontent-type: application/json\nset-cookie: c4nary-c4nary-9\n\n{body}"),
        ] {
            for args in [&["explain"][..], &["explain", "-o", "json"], &["explain", "-v"]] {
                let output = oauth2tok().args(args).stdin(answer.as_str()).any_end().run();
                assert!(!output.stdout.is_empty() && !output.stdout.contains("c4nary"), "{answer}\n{}", output.stdout);
                assert!(!output.stderr.contains("c4nary"), "{answer}\n{}", output.stderr);
            }
        }
    }
    let pointed = oauth2tok().config("profiles: {x: {token_endpoint: 'https://idp.example/t', client_id: ci, client_secret: 'env:NO', token_pointer: /data/jwt}}");
    let output = pointed
        .args(["explain", "-p", "x"])
        .stdin(r#"{"data":{"jwt":"c4nary-c4nary-1","token_type":"c4nary-c4nary-1"}}"#)
        .any_output()
        .run();
    assert!(output.stdout.contains("exit code 0") && !output.stdout.contains("c4nary"), "{}", output.stdout);
}

#[test]
fn nothing_of_an_answer_steers_the_terminal() {
    let answer = "HTTP/1.1 400 Bad\r\nX-Request-Id: \u{9b}31m\r\n\r\n{\"error\":\"a\\u001b[31m\",\"error_description\":\"b\\n\\u202e\"}";
    let output = oauth2tok().args(["explain"]).stdin(answer).any_end().run();
    assert!(output.stdout.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{:?}", output.stdout);
    assert_eq!(output.code, 3);
}

#[test]
fn a_profile_gives_the_hints_their_context_and_needs_to_be_neither_complete_nor_unlocked() {
    let answer = r#"{"error":"invalid_scope"}"#;
    for (profile, hint) in [
        (
            "token_endpoint: 'https://idp.example/t', client_id: ci, client_secret: 'command:exit 7', scope: a",
            "what client 'ci' may ask for",
        ),
        ("client_id: ci", "some servers require a scope: try --scope"),
        ("issuer: 'https://idp.example', scope: a", "what this client may ask for"),
        (
            "token_endpoint: 'https://idp.example/t', client_id: ci, auth_method: private_key_jwt, scope: a",
            "what client 'ci' may ask for",
        ),
        (
            "token_endpoint: 'https://idp.example/t', client_id: ci, auth_method: tls_client_auth, cert: /no/such/file, scope: a",
            "what client 'ci' may ask for",
        ),
    ] {
        let run = oauth2tok().config(&format!("profiles: {{x: {{{profile}}}}}")).args(["explain", "-p", "x"]);
        run.stdin(answer).code(3).stdout_with([hint]).run();
    }
    let run =
        oauth2tok().config("profiles: {x: {issuer: 'https://idp.example', client_id: ci, client_secret: 'env:NO'}}");
    run.args(["explain", "-p", "x"])
        .stdin("HTTP/1.1 404 Not Found\n\n")
        .code(4)
        .stdout_with(["nothing answers at the token endpoint of https://idp.example"])
        .run();
    let run = oauth2tok().config("profiles: {x: {strict: true, client_id: ci}}").args(["explain", "-p", "x"]);
    run.stdin(r#"{"access_token":"t0ken-t0ken"}"#)
        .code(4)
        .stdout(
            "taken for   the body of an answer, and that for HTTP 200, since it has no error\n\
             a run ends  exit code 4, bad_response\n\
             \x20           the answer deviates from the standards, and --strict tolerates nothing\n\
             caused by   token_type is missing; taken as Bearer (RFC 6749 §5.1)\n\
             deviation   token_type is missing; taken as Bearer (RFC 6749 §5.1)\n",
        )
        .run();
    let run = oauth2tok().config("profiles: {x: {client_id: ci}}").args(["explain", "-p", "y"]).stdin(answer);
    run.fails(
        2,
        "error: [HOME]/config/oauth2tok/config.yaml: there is no profile of that name\nhint: did you mean 'x'?\n",
    )
    .run();
}

#[test]
fn a_certificate_that_nobody_saw_is_not_told_of_as_missing() {
    let run = oauth2tok().config("profiles: {x: {token_endpoint: 'https://idp.example/t', client_id: ci, auth_method: tls_client_auth, cert: /no/such/file}}");
    run.args(["explain", "-p", "x"])
        .stdin(r#"{"error":"invalid_client"}"#)
        .code(3)
        .stdout_with(["compare the client certificate with what is registered for client 'ci'"])
        .run();
}

#[test]
fn what_a_run_wrote_is_explained_alone_and_among_its_lines() {
    let server = Server::answering(json(400, r#"{"error":"invalid_client","trace_id":"7"}"#));
    let said = client_of(server.url()).args(["--error-format", "json", "-v"]).any_end().run().stderr;
    let alone = said.lines().find(|line| line.contains("exit_code")).unwrap();
    for text in [&said, alone] {
        oauth2tok()
            .args(["explain"])
            .stdin(text)
            .code(3)
            .stdout_with([
                "taken for   what a run wrote with --error-format json\na run ends  exit code 3, refused\n",
                "refused client 'ci' (client_secret_basic, HTTP 400)\ncaused by   invalid_client (trace_id 7)\nhint        check client_id 'ci'",
            ])
            .run();
    }
    // One that had no answer, too.
    let said = oauth2tok().args(["--error-format", "json"]).any_end().run().stderr;
    oauth2tok()
        .args(["explain", "-o", "json"])
        .stdin(said)
        .code(2)
        .stdout_with([
            r#"{"exit_code":2,"kind":"usage","http_status":null,"oauth":null,"deviations":[],"hints":["begin with"#,
        ])
        .run();
}

#[test]
fn what_har_writes_is_explained_as_the_run_ended() {
    let server = Server::answering_each([
        json(503, "{}"),
        json(400, r#"{"error":"invalid_client","error_description":"no such client"}"#),
        token(),
    ]);
    let run = client_of(server.url()).args(["--har", "run.har"]);
    let home = run.its_home();
    run.any_end().run();
    let explain = || oauth2tok().at_home(&home).args(["explain", "run.har"]);
    explain()
        .code(3)
        .stdout_with([
            format!("taken for   a HAR, of which entry 2 of 2 counts: POST {}\n", server.url()),
            format!("{} refused the request (HTTP 400)\ncaused by   invalid_client: no such client\n", server.url()),
        ])
        .run();
    client_of(server.url()).at_home(&home).args(["--har", "run.har"]).prints(TOKEN).run();
    explain().stdout_with(["entry 1 of 1", "exit code 0"]).run();
}

#[test]
fn nothing_is_recorded_of_what_sends_nothing() {
    oauth2tok()
        .args(["explain", "--har", "x.har"])
        .stdin(REFUSED)
        .fails(2, "error: --har: this command sends nothing\nhint: leave it out\n")
        .run();
}

#[test]
fn what_powershell_writes_is_read() {
    let utf_16: Vec<u8> = std::iter::once(0xfeff).chain(REFUSED.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    oauth2tok().args(["explain"]).stdin(utf_16).code(3).stdout_with(["what curl -i prints", "no such client"]).run();
}

#[test]
fn a_head_that_no_run_could_read_is_told_as_a_run_does() {
    let answer = "HTTP/1.1 200 OK\r\na line of no kind\r\nContent-Length: 2\r\n\r\n{}";
    explained::told("no colon", &Server::answering(Answer::raw(answer)), answer.as_bytes()).agrees_as_printed();
    oauth2tok()
        .args(["explain"])
        .stdin(answer)
        .code(4)
        .stdout(
            "taken for   what curl -i prints\n\
             a run ends  exit code 4, bad_response\n\
             \x20           the answer is not HTTP/1.1: status 200, then line 2 of the head has no colon\n",
        )
        .run();
}
