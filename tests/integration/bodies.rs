//! What is shown of an answer that nobody understands. It may be a token, by itself or under a name that nobody foresaw: then
//! it is not shown. What is public stands as it came.

use super::harness::*;

/// Words that a token may be, none of which stands under a name that says so.
const UUID: &str = "6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8";
const DRAWN: &str = "zX9kQ2vLmP7tRb4W";
const WORD: &str = "canarytoken";

/// How a run may tell of itself.
const TELLING: [&[&str]; 3] = [&[], &["-v"], &["--error-format", "json"]];

#[track_caller]
fn check_unseen(answer: &Answer) {
    let server = Server::answering(answer.clone());
    let bytes = answer.bytes();
    explained::agrees(&String::from_utf8_lossy(&bytes), &server, &bytes);
    for words in TELLING {
        let run = client_of(server.url()).args(["--retry", "0"]).args(words);
        let run = run.stderr_without([UUID, DRAWN, WORD]).stdout("").code_in(&[3, 4, 6]);
        run.stderr_with(Vec::<String>::new()).run();
    }
}

#[test]
fn an_answer_that_may_be_a_token_is_not_shown() {
    let text = |body: &str| status(200, &["Content-Type: text/plain"], body);
    for word in [UUID, DRAWN, WORD] {
        for answer in [
            text(word),
            text(&format!("{word}\n")),
            text(&format!("'{word}'")),
            status(201, &[], word),
            json(200, &format!("\"{word}\"")),
            json(200, &format!("[\"{word}\"]")),
            json(200, &format!("\"{word}")),
            json(200, &format!(r#"{{"foo":"{word}"}}"#)),
            json(200, &format!(r#"{{"data":{{"ticket":["{word}"]}},"token_type":"Bearer"}}"#)),
            json(200, &format!(r#"{{"access_token":"","foo":"{word}"}}"#)),
            json(200, &format!(r#"{{"foo":"{word}"#)),
            json(200, &format!("{{'foo': '{word}'}}")),
            json(200, &format!("{{foo: {word}}}")),
            form(200, &format!("foo={word}")),
            form(200, &format!("oauth_token={word}&oauth_token_secret={word}")),
            status(200, &["Content-Type: text/xml"], format!("<string xmlns=\"x\">{word}</string>")),
            html(200, &format!("<html><title>t</title><input type=\"hidden\" value=\"{word}\"></html>")),
            html(500, &format!("<html><title>t</title><input type=\"hidden\" value=\"{word}\"></html>")),
        ] {
            check_unseen(&answer);
        }
    }
    for answer in [
        text(&format!("{UUID}\n{DRAWN}\n")),
        text(&format!("your token is {DRAWN}")),
        json(200, &format!(r#"{{"message":"{DRAWN}","code":"{UUID}"}}"#)),
        html(200, &format!("<html><title>{DRAWN}</title><p>{UUID}</p></html>")),
    ] {
        check_unseen(&answer);
    }
}

#[test]
fn a_token_among_the_words_of_a_failure_is_not_shown() {
    for code in [400, 401, 403, 500, 503] {
        for body in
            [DRAWN.to_owned(), format!("the token {UUID} is stale"), format!("\"{DRAWN}\""), format!("[\"{DRAWN}\"]")]
        {
            check_unseen(&status(code, &["Content-Type: text/plain"], &body));
        }
    }
    let words = "upstream refused; request id 6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8, try again";
    let server = Server::answering(status(500, &["Content-Type: text/plain"], words));
    client_of(server.url())
        .fails(
            6,
            format!("error: {} is unavailable (HTTP 500)\ncaused by: {words}\nhint: try again later\n", server.url()),
        )
        .run();
}

#[test]
fn what_a_word_was_that_may_be_a_token_is_told_all_the_same() {
    let server = Server::answering(status(200, &["Content-Type: text/plain"], WORD));
    client_of(server.url())
        .fails(
            4,
            format!(
                "error: the answer of {} is not a token response: it is plain text (HTTP 200)\n\
                 caused by: the body has 11 bytes (text/plain)\n\
                 hint: run with -v to see the whole answer\n",
                server.url()
            ),
        )
        .run();
    client_of(server.url()).args(["-v"]).fails_with(4, ["<\n< ***\n"]).run();
}

#[test]
fn the_metadata_of_servers_is_shown_as_it_came() {
    for text in [
        include_str!("../fixtures/metadata/keycloak.json"),
        include_str!("../fixtures/metadata/entra.json"),
        include_str!("../fixtures/metadata/google.json"),
        include_str!("../fixtures/metadata/okta.json"),
        include_str!("../fixtures/metadata/auth0.json"),
    ] {
        let document = text.trim();
        let server = Server::answering(json(400, document));
        explained::agrees("metadata", &server, &json(400, document).bytes());
        client_of(server.url()).args(["-v"]).fails_with(4, [format!("\n< {document}\n")]).run();
        let asked = Server::scripted({
            let document = document.to_owned();
            move |_, _| json(200, &document)
        });
        let run = client().args(["--issuer", &asked.origin(), "-v"]);
        run.fails_with(4, [format!("\n< {document}\n")]).run();
    }
}

#[test]
fn what_describes_a_token_is_shown_beside_it() {
    for (document, shown) in [
        (
            r#"{"token_use":"access","access_token":"tok-1","token_type":"Bearer","expires_in":60,"session_state":"ab-1","not-before-policy":0}"#,
            r#"{"token_use":"access","access_token":"***","token_type":"Bearer","expires_in":60,"session_state":"ab-1","not-before-policy":0}"#,
        ),
        (
            r#"{"access_token":"tok-1","token_type":"Bearer","token_uses":["access"],"tokens":["x1y2"],"token":12345,"key_ops":["verify"]}"#,
            r#"{"access_token":"***","token_type":"Bearer","token_uses":["access"],"tokens":"***","token":"***","key_ops":["verify"]}"#,
        ),
    ] {
        let server = Server::answering(json(200, document));
        explained::agrees(document, &server, &json(200, document).bytes());
        let run = client_of(server.url()).args(["-v"]);
        run.stdout("tok-1\n").stderr_with([format!("\n< {shown}\n")]).run();
    }
    let error = r#"{"error":"invalid_client","error_code":"AADSTS7000215","error_codes":[7000215],"code":"E0000004","trace_id":"6f1c2e9a-8d0b-4c3e","error_description":"missing token: see \"x\""}"#;
    let shown = error.replace("token: see", "token: ***");
    let server = Server::answering(json(401, error));
    explained::agrees(error, &server, &json(401, error).bytes());
    client_of(server.url()).args(["-v"]).fails_with(3, [format!("\n< {shown}\n")]).run();
}

#[test]
fn a_token_in_an_explanation_is_not_shown() {
    let jwt = format!("eyJhbGciOiJub25lIn0.{DRAWN}.c2ln");
    let long = "x".repeat(590);
    for answer in [
        json(400, &format!(r#"{{"error":"invalid_grant","error_description":"bad assertion {jwt}: expired"}}"#)),
        json(400, &format!(r#"{{"error":"invalid_grant","error_description":"{long} {jwt}"}}"#)),
        json(400, &format!(r#"{{"error":"x","error_uri":"https://h/?code={WORD}&token={DRAWN}"}}"#)),
        json(400, &format!(r#"{{"message":"see https://u:{DRAWN}@h/?api_key={WORD}"}}"#)),
        form(400, &format!("error=x&error_description=token%3D{DRAWN}&access_token={WORD}")),
        status(401, &[&format!("WWW-Authenticate: Bearer error=\"x\", error_description=\"bad {jwt}\"")], ""),
        status(400, &[&format!("Set-Cookie2: a={WORD}"), &format!("Authentication-Info: nextnonce=\"{WORD}\"")], ""),
    ] {
        check_unseen(&answer);
    }
    let server = Server::answering(json(400, r#"{"error":"x","error_description":"Invalid token: it has expired"}"#));
    client_of(server.url()).fails_with(3, ["caused by: x: Invalid token: it has expired\n"]).run();
}
