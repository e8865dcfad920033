//! What is tried again, how often, and after what wait.

use std::time::{Duration, SystemTime};

use super::harness::server::closed_port;
use super::harness::*;

#[test]
fn passing_trouble_is_tried_again_and_success_ends_it() {
    for code in [408, 425, 429, 502, 503, 504] {
        for body in ["", r#"{"error":"too_many_requests"}"#, r#"{"status":503,"error":"Service Unavailable"}"#] {
            let server = Server::answering_each([status(code, &["Retry-After: 0"], body), token()]);
            client_of(server.url()).prints(TOKEN).run();
            let requests = server.requests();
            assert_eq!(requests.len(), 2, "{code} {body}");
            assert_eq!(requests[0], requests[1]);
        }
    }
}

#[test]
fn a_status_that_says_enough_is_believed_before_the_body() {
    // Q62
    let coded = |code, coding: &str| status(code, &["Retry-After: 0", &format!("Content-Encoding: {coding}")], "\u{1}");
    for answer in [json(503, r#"{"error":"a","error":"b"}"#), coded(503, "br"), coded(429, "gzip")] {
        let server = Server::answering_each([answer, token()]);
        client_of(server.url()).prints(TOKEN).run();
        assert_eq!(server.requests().len(), 2);
    }
    for (answer, code) in [
        (json(401, r#"{"error":"a","error":"b"}"#), 3),
        (coded(401, "br"), 3),
        (coded(200, "br"), 4),
        (coded(400, "gzip"), 4),
        (coded(500, "br"), 6),
    ] {
        let server = Server::answering(answer.clone());
        client_of(server.url()).args(["-v"]).fails_with(code, ["< HTTP/1.1 "]).run();
        assert_eq!(server.requests().len(), 1);
        explained::agrees("coded", &server, &answer.bytes());
    }
    let server = Server::answering(coded(200, "br"));
    client_of(server.url()).fails(4, "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: it is a body whose Content-Encoding cannot be undone (br is not known here) (HTTP 200)\n\
             hint: run with -v to see the whole answer\n").run();
}

#[test]
fn the_number_of_repetitions_is_the_users() {
    for (retry, expected) in [(None, 3), (Some("0"), 1), (Some("1"), 2), (Some("5"), 6)] {
        let server = Server::answering(status(503, &["Retry-After: 0"], ""));
        let counted = if expected > 1 { format!(", attempt {expected} of {expected}") } else { String::new() };
        let run = client_of(server.url()).fails(
            6,
            format!(
                "error: http://127.0.0.1:[PORT]/token is unavailable (HTTP 503){counted}\n\
                 caused by: the server sent an empty body (no Content-Type)\n\
                 hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n"
            ),
        );
        match retry {
            Some(retry) => run.args(["--retry", retry]).run(),
            None => run.run(),
        };
        assert_eq!(server.requests().len(), expected, "{retry:?}");
    }
}

#[test]
fn what_would_not_change_is_asked_once() {
    // T21, Q76: neither a plain 500 nor most of 4xx, nor a refusal in another status, nor what is no token.
    let refusal = r#"{"error":"invalid_client"}"#;
    let mut answers: Vec<_> =
        [400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 415, 418, 422, 451].map(|code| status(code, &[], "")).into();
    answers.extend([status(500, &[], ""), status(501, &[], ""), status(505, &[], "")]);
    let passing = r#"{"error":"temporarily_unavailable"}"#;
    answers.extend([json(400, passing), json(500, passing), json(501, passing), json(200, passing)]);
    answers.extend([json(503, refusal), json(429, refusal), json(200, refusal), json(200, "{}"), html(200, "<html>")]);
    for answer in answers {
        let server = Server::answering(answer.clone());
        client_of(server.url()).any_output().code_in(&[3, 4, 6]).run();
        assert_eq!(server.requests().len(), 1);
        explained::agrees(&String::from_utf8_lossy(&answer.bytes()), &server, &answer.bytes());
    }
}

#[test]
fn waits_grow_and_are_told() {
    let server = Server::answering(status(503, &[], ""));
    client_of(server.url()).args(["-v"]).fails_with(6, ["* retry 1 of 2 in 0.", "* retry 2 of 2 in "]).run();
    let times = server.times();
    let (first, second) = (times[1] - times[0], times[2] - times[1]);
    // 250 to 500 ms, then 500 to 1000.
    assert!(first >= Duration::from_millis(240), "{first:?}");
    assert!(second >= Duration::from_millis(490), "{second:?}");
}

#[test]
fn retry_after_in_seconds_is_waited_for() {
    // F38
    for value in ["1", "0.4"] {
        let server = Server::answering_each([status(429, &[&format!("Retry-After: {value}")], ""), token()]);
        client_of(server.url()).prints(TOKEN).run();
        let times = server.times();
        assert!(times[1] - times[0] >= Duration::from_millis(980), "{value}");
    }
}

#[test]
fn retry_after_as_a_date_is_waited_for() {
    // F39, S53: by the server's own clock, where it tells it.
    let ahead = |seconds| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
    let server = Server::answering_each([status(503, &[&format!("Retry-After: {}", ahead(5))], ""), token()]);
    client_of(server.url()).prints(TOKEN).run();
    let times = server.times();
    // Four to five seconds, less what the first request took to be answered.
    assert!(times[1] - times[0] >= Duration::from_millis(800));

    let headers = ["Date: Tue, 01 Jan 2030 00:00:00 GMT", "Retry-After: Tue, 01 Jan 2030 00:00:01 GMT"];
    let server = Server::answering_each([status(503, &headers, ""), token()]);
    let output = client_of(server.url()).prints(TOKEN).run();
    assert!(output.took < Duration::from_secs(20));
}

#[test]
fn a_date_in_the_past_is_now_and_junk_means_the_usual_wait() {
    // F39, T20
    for value in ["Thu, 01 Jan 1970 00:00:00 GMT", "0", "soon", "-5", "", "1e9", "NaN", "Infinity"] {
        let server = Server::answering_each([status(503, &[&format!("Retry-After: {value}")], ""), token()]);
        client_of(server.url()).prints(TOKEN).run();
        let times = server.times();
        assert!(times[1] - times[0] < Duration::from_secs(10), "{value}");
    }
}

#[test]
fn a_wait_beyond_the_budget_ends_the_run_at_once() {
    // F38, F39, Q77, T20
    let run = |value: &str, wait: &str| {
        let server = Server::answering(status(429, &[&format!("Retry-After: {value}")], ""));
        let error = format!(
            "error: http://127.0.0.1:[PORT]/token is unavailable (HTTP 429)\n\
             caused by: the server sent an empty body (no Content-Type)\n\
             hint: the server asks to wait {wait}: try again then; --retry and --timeout say how often and how long a run \
             tries by itself\n"
        );
        let output = client_of(server.url()).fails(6, error).run();
        assert!(output.took < Duration::from_secs(10), "{value}");
        assert_eq!(server.requests().len(), 1);
    };
    run("61", "61 s");
    run("30", "30 s");
    run("1000000000000000000", "1000000000000000000 s");
    run("99999999999999999999999999999999999999", "18446744073709551615 s or more");
    let server = Server::answering(status(429, &["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"], ""));
    client_of(server.url()).fails_with(6, ["hint: the server asks to wait 25"]).run();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_lost_client_credentials_request_is_repeated() {
    // F18, F19
    for lost in [Answer::raw(""), Answer::raw("").then(Then::Reset)] {
        let server = Server::answering_each([lost, token()]);
        client_of(server.url()).prints(TOKEN).run();
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn a_lost_request_with_a_password_or_a_refresh_token_is_not_repeated() {
    for (words, why) in [
        (vec!["-g", "password", "-u", "u", "--password", "env:PW", "-q"], "a wrong password would be counted twice"),
        (vec!["-g", "refresh_token", "--refresh-token", "env:PW"], "a refresh token may work only once"),
        (vec!["-g", "urn:x:mine", "--param", "ticket=abcdef12"], "what the grant holds may work only once"),
    ] {
        for (lost, how) in [
            (Answer::raw(""), "the server closed the connection without an answer"),
            (
                Answer::raw("").then(Then::Reset),
                "the connection was lost while waiting for the answer: Connection reset by peer",
            ),
        ] {
            let server = Server::answering(lost);
            let error = format!(
                "error: http://127.0.0.1:[PORT]/token: {how}\n\
                 hint: it was not repeated, since the server may have seen it: {why}\n\
                 hint: if the server speaks TLS on this port, write https://127.0.0.1:[PORT]/token\n"
            );
            client_of(server.url()).args(&words).env("PW", "pw-of-alice").fails(5, error).run();
            assert_eq!(server.requests().len(), 1);
        }
        // The server said itself that it did not act on it.
        let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), token()]);
        client_of(server.url()).args(&words).env("PW", "pw-of-alice").prints(TOKEN).run();
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn what_came_in_part_is_not_asked_for_again() {
    // F16, F19, F20: the token may have been given out.
    let begun = || Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"acc");
    for (answer, code, why) in [
        (
            begun().then(Then::Reset),
            5,
            "the connection was lost while reading the answer's body, 5 bytes of it received: Connection reset by peer",
        ),
        (begun(), 4, "the answer is truncated: 5 bytes came of 100"),
        (Answer::raw("HTTP/1.1 200 OK\r\nContent-Le"), 4, "the answer is truncated: 27 bytes came"),
    ] {
        let server = Server::answering(answer);
        client_of(server.url()).fails(code, format!("error: http://127.0.0.1:[PORT]/token: {why}\n")).run();
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_server_that_refuses_connections_is_tried_again() {
    // F03
    let (_held, port) = closed_port();
    client_of(format!("http://127.0.0.1:{port}/"))
        .args(["-v", "--retry", "1", "-g", "password", "-u", "u", "--password", "env:OAUTH2TOK_CLIENT_SECRET"])
        .fails_with(5, ["* retry 1 of 1 in 0.", "cannot connect to 127.0.0.1", "refused"])
        .run();
}

#[test]
fn a_repetition_counts_against_the_one_budget() {
    let server = Server::answering(status(503, &["Retry-After: 1"], ""));
    let output = client_of(server.url())
        .args(["--retry", "100", "--timeout", "2500ms"])
        .fails_with(6, ["is unavailable (HTTP 503), attempt ", " of 101\n"])
        .run();
    assert!(output.took < Duration::from_secs(6), "{:?}", output.took);
    assert!((2..=3).contains(&server.requests().len()));
}
