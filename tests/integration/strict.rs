//! Each deviation that is tolerated is a line of `-v` with its section, and an error under `--strict`.

use super::harness::*;

#[test]
fn a_server_that_keeps_to_the_standards_passes() {
    let server = Server::new();
    explained::told("usual", &server, &token().bytes()).with("strict: true\n").agrees();
    let output = client_of(server.url()).args(["--strict", "-v"]).stdout("tok-1\n").stderr_with(["* "]).run();
    assert!(!output.stderr.contains("deviation"), "{}", output.stderr);
}

#[test]
fn every_deviation_is_told_with_its_section_and_refused_when_strict() {
    let usual = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":60}"#;
    let with = |members: &str| json(200, &format!(r#"{{"access_token":"tok-1","token_type":"Bearer",{members}}}"#));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, usual.as_bytes()).unwrap();
    let gzip = status(200, &["Content-Type: application/json", "Content-Encoding: gzip"], packed.finish().unwrap());
    for (answer, deviation) in [
        (json(201, usual), "the status is 201 instead of 200 (RFC 6749 §5.1)"),
        (json(200, &format!("\u{feff}{usual}")), "the JSON begins with a byte order mark (RFC 8259 §8.1)"),
        (html(200, usual), "the Content-Type is 'text/html' instead of application/json (RFC 6749 §5.1)"),
        (status(200, &[], usual), "the Content-Type is missing instead of application/json (RFC 6749 §5.1)"),
        (
            form(200, "access_token=tok-1&token_type=bearer&expires_in=60"),
            "the body is form-encoded instead of JSON (RFC 6749 §5.1)",
        ),
        (gzip, "the body is gzip-coded though only identity was asked for (RFC 9110 §12.5.3)"),
        (with(r#""x":1,"x":2"#), "the member 'x' stands more than once (RFC 8259 §4)"),
        (with(r#""error":"""#), "an empty 'error' member stands in it (RFC 6749 §5.1)"),
        (json(200, r#"{"access_token":"tok-1"}"#), "token_type is missing; taken as Bearer (RFC 6749 §5.1)"),
        (
            json(200, r#"{"access_token":"tok-1","token_type":7}"#),
            "token_type is a number; taken as Bearer (RFC 6749 §5.1)",
        ),
        (
            json(200, r#"{"access_token":"tok-1","token_type":""}"#),
            "token_type is empty; taken as Bearer (RFC 6749 §5.1)",
        ),
        (
            json(200, r#"{"access_token":"tok-1","token_type":"BearerToken"}"#),
            "the token_type 'BearerToken' is not registered; taken as Bearer (RFC 6749 §7.1)",
        ),
        (with(r#""expires_in":"60""#), "expires_in is a string; read as 60 s (RFC 6749 Appendix A.14)"),
        (with(r#""expires_in":1.5"#), "expires_in is not a whole number; read as 1 s (RFC 6749 Appendix A.14)"),
        (with(r#""expires_in":-1"#), "expires_in is negative; read as 0 s (RFC 6749 Appendix A.14)"),
        (with(r#""expires_in":"soon""#), "expires_in is a string; ignored (RFC 6749 Appendix A.14)"),
        (with(r#""expires_in":null"#), "expires_in is null; ignored (RFC 6749 Appendix A.14)"),
        (with(r#""scope":["a"]"#), "scope is an array instead of a space-separated string (RFC 6749 §5.1)"),
        (with(r#""scope":{}"#), "scope is an object; ignored (RFC 6749 §5.1)"),
        (with(r#""scope":"a,b""#), "scopes are separated by commas instead of spaces (RFC 6749 §3.3)"),
        (
            with(r#""expires_in":1700003600"#),
            "expires_in is beyond ten years, as a date would be; ignored (RFC 6749 §5.1)",
        ),
        (
            with(r#""refresh_token":"rt-canary""#),
            "a refresh token came with the client_credentials grant; it is not kept (RFC 6749 §4.4.3)",
        ),
        (with(r#""refresh_token":false"#), "refresh_token is a boolean; ignored (RFC 6749 §5.1)"),
    ] {
        for lines in ["", "strict: true\n"] {
            explained::told(deviation, &Server::answering(answer.clone()), &answer.bytes()).with(lines).agrees();
        }
        let server = Server::answering(answer);
        client_of(server.url())
            .args(["-v"])
            .stdout("tok-1\n")
            .stderr_with([format!("* deviation: {deviation}\n")])
            .stderr_without(["canary", "tok-1"])
            .run();
        client_of(server.url())
            .args(["--strict"])
            .fails(
                4,
                format!(
                    "error: the answer deviates from the standards, and --strict tolerates nothing\n\
                     caused by: {deviation}\n"
                ),
            )
            .stderr_without(["canary", "tok-1"])
            .run();
        client_of(server.url()).prints("tok-1").run();
    }
}

#[test]
fn strictness_may_be_set_in_a_profile() {
    let server = Server::answering(json(200, r#"{"access_token":"tok-1"}"#));
    client_of(server.url())
        .config("defaults: { strict: true }\n")
        .fails(
            4,
            "error: the answer deviates from the standards, and --strict tolerates nothing\n\
             caused by: token_type is missing; taken as Bearer (RFC 6749 §5.1)\n",
        )
        .run();
}
