//! Answers made to do harm: with more work in them than their size lets expect, or with what others must not see.

use super::harness::*;

/// So many texts, each of which bears the name of a token.
fn tokens(count: usize) -> String {
    let tokens: Vec<_> = (0..count).map(|number| format!("tok-{number:08}")).collect();
    serde_json::Value::from(tokens).to_string()
}

const NOT_SHOWN: &str = "(a text that is not shown: there are too many secrets in it to hide each of them)";

#[test]
fn a_refusal_full_of_tokens_is_told_without_its_body() {
    let body = format!(r#"{{"error":"invalid_client","error_description":"tok-00003999","tokens":{}}}"#, tokens(4000));
    let server = Server::answering(json(400, &body));
    let expected = format!(
        "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\ncaused by: {NOT_SHOWN}\n"
    );
    client_of(server.url()).code(3).stderr(expected).run();
    client_of(server.url()).args(["-v"]).code(3).stderr_with([NOT_SHOWN]).stderr_without(["tok-"]).run();
    let json = client_of(server.url()).args(["--error-format", "json"]).code(3);
    json.stderr_with([r#""http_status":400"#, NOT_SHOWN]).stderr_without(["tok-"]).run();
}

#[test]
fn a_token_among_very_many_is_printed_and_none_of_them_is_shown() {
    let body = format!(r#"{{"access_token":"tok-1","token_type":"Bearer","tokens":{}}}"#, tokens(60_000));
    let server = Server::answering(json(200, &body));
    client_of(server.url()).prints(TOKEN).run();
    client_of(server.url()).args(["-v"]).prints(TOKEN).stderr_with([NOT_SHOWN]).stderr_without(["tok-0"]).run();
    let whole = client_of(server.url()).args(["-o", "json"]).stdout_with([r#""tok-00059999"]}"#]);
    whole.run();
}

#[test]
fn where_tokens_are_too_many_to_hide_no_message_quotes_an_answer() {
    // The one that counts stands behind all that can be hidden, and is said again where a message quotes it.
    let answer = |members: &str| {
        let access = r#""access_token":"access-of-great-value""#;
        Server::answering(json(200, &format!(r#"{{"tokens":{},{members},{access}}}"#, tokens(2000))))
    };
    let quoted = r#""token_type":"access-of-great-value","scope":"access-of-great-value","access-of-great-value":1"#;
    let server = answer(quoted);
    for (words, code) in [
        (&["-s", "read"][..], 0),
        (&["-s", "read", "-v"], 0),
        (&["-s", "read", "--error-format", "json"], 0),
        (&["-o", "header"], 4),
        (&["--field", "nope"], 4),
        (&["--field", "nope", "--error-format", "json"], 4),
    ] {
        let run = client_of(server.url()).args(words).any_output().code(code);
        run.stderr_with([NOT_SHOWN]).stderr_without(["access-of-great-value"]).run();
    }
    let server = answer(r#""token_type":"access-of-great-value BearerToken","error":null"#);
    let run = client_of(server.url()).args(["--strict"]).code(4);
    run.stderr(
        "error: (a text that is not shown: there are too many secrets in it to hide each of them)\n\
             caused by: (a text that is not shown: there are too many secrets in it to hide each of them)\n",
    )
    .stderr_without(["access-of-great-value"])
    .run();
}

#[test]
fn metadata_full_of_tokens_is_used_and_not_shown() {
    let server = Server::scripted(|_, request| match request.contains("/.well-known/") {
        true => {
            let host = request.header("Host").unwrap();
            json(
                200,
                &format!(
                    r#"{{"issuer":"http://{host}","token_endpoint":"http://{host}/token","tokens":{}}}"#,
                    tokens(60_000)
                ),
            )
        }
        false => token(),
    });
    let run = client().args(["--issuer", &server.origin(), "-v"]);
    run.prints(TOKEN).stderr_with([NOT_SHOWN]).stderr_without(["tok-0"]).run();
}

#[test]
fn ordinary_members_without_number_take_nothing_away() {
    let members: String = (0..60_000).map(|number| format!(r#","m{number:06}":1"#)).collect();
    let body = format!(r#"{{"access_token":"tok-1","token_type":"Bearer"{members}}}"#);
    let server = Server::answering(json(200, &body));
    client_of(server.url()).args(["-v"]).prints(TOKEN).stderr_with(["the body goes on"]).run();
    client_of(server.url())
        .args(["--field", "m999999"])
        .code(4)
        .stderr_with(["m999999", "m000001"])
        .stderr_without(["m000100"])
        .run();
}

#[test]
fn a_long_secret_that_comes_back_in_part_is_hidden() {
    let secret: String = (0..6_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    let echo = secret[..secret.len() - 1].to_owned();
    let body = format!(r#"{{"error":"invalid_client","error_description":"bad secret {echo}"}}"#);
    let server = Server::answering(json(401, &body));
    for flags in [&[][..], &["-v"], &["--error-format", "json"]] {
        let run = client_of(server.url()).args(flags).args(["--client-secret", "stdin", "-q"]).stdin(secret.clone());
        run.code(3).stderr_with(["bad secret ***"]).stderr_without([&echo[..12], &echo[20_000..20_012]]).run();
    }
}
