//! What curl reads is read: heads and bodies that bend HTTP, each as a deviation.

use super::harness::*;

const USUAL: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":60}"#;

/// An answer whose head has these lines beside its length, each with its end.
fn with(lines: &str) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}");
    Answer::raw(format!("{head}Content-Length: {}\r\n\r\n{USUAL}", USUAL.len())).then(Then::Keep)
}

/// Saved, the answer is what a run says of it.
#[track_caller]
fn told_alike(id: &str, answer: &Answer) {
    explained::agrees(id, &Server::answering(answer.clone()), &answer.bytes());
}

fn many(count: usize) -> String {
    (0..count).map(|n| format!("X-{n}: y\r\n")).collect()
}

#[test]
fn an_odd_answer_with_a_token_is_read_told_and_refused_when_strict() {
    for (answer, deviation) in [
        (with("X-A: one\r\n two\r\n\tthree\r\n"), "a header line is folded (RFC 9112 §5.2)"),
        (with("X-A : one\r\n"), "white space stands before a header's colon (RFC 9112 §5.1)"),
        (with(&many(127)), "the head has more fields than most readers take (RFC 9110 §5.4)"),
        (with(&many(3000)), "the head has more fields than most readers take (RFC 9110 §5.4)"),
        (
            with("Content-Encoding: br\r\n"),
            "the Content-Encoding is unknown, and the body is read as it is (RFC 9110 §8.4)",
        ),
        (
            with("Content-Encoding: gzip, utf-8\r\n"),
            "the Content-Encoding is unknown, and the body is read as it is (RFC 9110 §8.4)",
        ),
        (
            form(200, "\r\n\r\naccess_token=tok-1&token_type=bearer\r\n\r\n"),
            "blank lines stand around the form (RFC 6749 Appendix B)",
        ),
    ] {
        let server = Server::answering(answer.clone());
        // Whoever saved it may have undone a coding, which is then no matter.
        let as_saved = if deviation.contains("Content-Encoding") { with("") } else { answer.clone() };
        explained::agrees(deviation, &Server::answering(as_saved), &answer.bytes());
        client_of(server.url()).prints(TOKEN).run();
        let line = format!("* deviation: {deviation}\n");
        client_of(server.url()).args(["-v"]).prints(TOKEN).stderr_with([line]).run();
        let line = format!("caused by: {deviation}\n");
        client_of(server.url()).args(["--strict"]).fails_with(4, [line]).run();
    }
    // However tight and short the lines are.
    for (lines, end) in [("X-A : one", "\n"), ("X-A:one\n two", "\n"), ("A :b", "\r\n"), ("A:\n b", "\n")] {
        let lines =
            format!("HTTP/1.1 200 OK\n{lines}\nContent-Type:application/json\nContent-Length:{}\n\n", USUAL.len());
        let server = Server::answering(Answer::raw(format!("{}{USUAL}", lines.replace('\n', end))).then(Then::Keep));
        client_of(server.url()).prints(TOKEN).run();
        told_alike(&lines, &Answer::raw(format!("{}{USUAL}", lines.replace('\n', end))));
    }
    let server = Server::answering(with(&many(120)));
    told_alike("many fields", &with(&many(120)));
    client_of(server.url()).args(["--strict"]).prints(TOKEN).run();
}

#[test]
fn a_folded_line_counts_and_is_shown_as_it_came() {
    let body = r#"{"message":"no"}"#;
    let head = "HTTP/1.1 400 Bad\r\nWWW-Authenticate : Bearer\r\n error=\"invalid_scope\",\r\n\terror_description=\"so it is\"";
    let answer = format!("{head}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let server = Server::answering(Answer::raw(answer.as_str()));
    explained::agrees("folded", &server, answer.as_bytes());
    client_of(server.url())
        .args(["-v"])
        .fails_with(
            3,
            [
                "< WWW-Authenticate : Bearer\n<  error=\"invalid_scope\",\n",
                "* deviation: a header line is folded (RFC 9112 §5.2)\n",
                "caused by: invalid_scope: no\n",
            ],
        )
        .run();
}

#[test]
fn nothing_else_comes_over_a_connection_whose_head_had_to_be_straightened() {
    let server = Server::answering(with("X-A : b\r\n"));
    let input = "{\"scope\":\"a\"}\n{\"scope\":\"b\"}\n";
    client_of(server.url()).args(["batch", "--jobs", "1"]).stdin(input).any_stdout().run();
    assert_eq!((server.count(), server.connections()), (2, 2));
}

#[test]
fn an_error_in_latin_1_is_readable() {
    for (code, exit) in [(400, 3), (503, 6)] {
        let body = b"{\"error\":\"invalid_code_\",\"error_description\":\"ung\xfcltig: d\xe9sol\xe9\"}";
        let answer = status(code, &["Content-Type: application/json"], body);
        told_alike("ISO 8859-1", &answer);
        let server = Server::answering(answer);
        let run = || client_of(server.url()).args(["--retry", "0"]);
        run().fails_with(exit, ["caused by: invalid_code_: ungültig: désolé\n"]).run();
        run()
            .args(["-v"])
            .fails_with(exit, ["* deviation: the body is in ISO 8859-1 instead of UTF-8 (RFC 8259 §8.1)\n"])
            .run();
    }
    // A page names its own encoding, and what holds controls is no text.
    for (body, told) in [
        (
            &b"<html><meta charset=iso-8859-1><title>d\xe9sol\xe9</title></html>"[..],
            "an HTML page titled \"d\u{e9}sol\u{e9}\"",
        ),
        (b"d\xe9sol\xe9", "plain text"),
        (b"\x89PNG \xe9", "binary data"),
    ] {
        told_alike(told, &status(404, &[], body));
        let server = Server::answering(status(404, &[], body));
        client_of(server.url())
            .args(["-v"])
            .fails_with(4, [format!("HTTP 404 with {told}\n")])
            .stderr_without(["ISO 8859-1", "caused by: \u{89}PNG", "\\u{89}"])
            .run();
    }
    // A token is never guessed at.
    let answer = status(200, &[], b"{\"access_token\":\"tok-\xfc\"}");
    told_alike("a token", &answer);
    let server = Server::answering(answer);
    client_of(server.url()).fails_with(4, ["not valid UTF-8"]).run();
}

#[test]
fn a_secret_in_latin_1_is_hidden_all_the_same() {
    let body = b"{\"error\":\"e\",\"error_description\":\"\xfc s3cret-of-ci\"}";
    let server = Server::answering(status(400, &["Content-Type: application/json"], body));
    client_of(server.url()).fails_with(3, ["caused by: e: ü ***\n"]).run();
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_shown_to_who_looks() {
    for (lines, why) in [
        ("a line of no kind\r\n", "line 3 of the head has no colon"),
        ("X: y\r\nX Y: z\r\n", "line 4 of the head has a name with characters that no header name has"),
        ("X: y\0z\r\n", "line 3 of the head holds a control character"),
        ("X: y\rContent-Length: 3\r\n", "line 3 of the head holds a control character"),
    ] {
        let server = Server::answering(with(lines));
        // A HAR has fields, so that none of them is a line of no kind.
        explained::told(why, &server, &with(lines).bytes()).agrees_as_printed();
        let error =
            format!("the answer is not HTTP/1.1: status 200, then {why}\nhint: -v shows the lines of the head\n");
        client_of(server.url()).args(["--retry", "0"]).fails_with(4, [&error]).run();
        client_of(server.url())
            .args(["--retry", "0", "-v"])
            .fails_with(4, [&error, "< HTTP/1.1 200 OK\n< Content-Type: application/json\n"])
            .run();
    }
    let server = Server::answering(with("a line of no kind\r\n"));
    client_of(server.url()).args(["--retry", "0", "-v"]).fails_with(4, ["< a line of no kind\n"]).run();
}

#[test]
fn a_body_whose_coding_is_real_is_not_taken_for_text() {
    for body in [&b"\x8b\x0a\x80{\"access_token\":\"tok-1\"}"[..], b"{\"access_token\":\"tok-1\xff\"}\x03"] {
        told_alike("br", &status(200, &["Content-Encoding: br"], body));
        let server = Server::answering(status(200, &["Content-Encoding: br"], body));
        client_of(server.url()).args(["-v"]).fails_with(4, ["Content-Encoding cannot be undone"]).run();
    }
}
