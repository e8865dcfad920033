//! What is told where something that was signed is refused, in the user's own values.

use std::time::{Duration, SystemTime};

use super::harness::*;

const KEY: &str = include_str!("../fixtures/ec.pkcs8.pem");

/// A client that signs with [`KEY`], at the server's token endpoint.
fn signs(url: impl AsRef<str>) -> Run {
    let given = ["-i", ID, "-a", "private_key_jwt", "--signing-key", "file:key.pem", "--token-endpoint", url.as_ref()];
    oauth2tok().file("key.pem", KEY).args(given)
}

fn refusal(code: &str, words: &str) -> String {
    format!(r#"{{"error":"{code}","error_description":"{words}"}}"#)
}

/// What begins the message about a refusal.
fn told(url: &str, method: &str, status: u16, code: &str, words: &str) -> String {
    let said = if words.is_empty() { code.to_owned() } else { format!("{code}: {words}") };
    format!("error: {url} refused client 'ci' ({method}, HTTP {status})\ncaused by: {said}\n")
}

#[test]
fn an_answer_that_refuses_nothing_says_nothing_of_what_was_signed() {
    for (body, hint) in
        [("{}", ""), (r#"{"id_token":"x"}"#, "hint: it has an id_token: --field id_token prints that\n")]
    {
        let url = Server::answering(json(200, body)).url();
        let told = format!(
            "error: the answer of {url} is not a token response: it has no access_token (HTTP 200)\n\
             caused by: the server sent a JSON object (application/json, {} bytes)\n\
             {hint}hint: run with -v to see the whole answer\n",
            body.len()
        );
        signs(&url).fails(4, &told).run();
    }
    // An error is one under any status.
    let server = Server::answering(json(200, &refusal("invalid_client", "")));
    signs(server.url()).fails_with(3, ["went out with aud"]).run();
}

fn date(ago: i64) -> String {
    let ago_secs = Duration::from_secs(ago.unsigned_abs());
    let at = if ago < 0 { SystemTime::now() + ago_secs } else { SystemTime::now() - ago_secs };
    format!("Date: {}", httpdate::fmt_http_date(at))
}

/// The thumbprint of [`KEY`].
fn thumbprint() -> String {
    let printed = signs("https://x.example/").args(["-v", "--dry-run"]).any_output().run();
    let text = printed.stderr;
    text.split("thumbprint ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[test]
fn an_assertion_is_told_by_audience_and_key_whatever_the_code() {
    let print = thumbprint();
    for (status, code) in [(400, "invalid_request"), (401, "invalid_client"), (400, "unauthorized_client")] {
        let server = Server::answering(json(status, &refusal(code, "")));
        let url = server.url();
        let first = match code {
            "unauthorized_client" => {
                "hint: the server must allow the client_credentials grant for client 'ci': have it switched on there\n"
            }
            _ => "",
        };
        let last = match code {
            "invalid_client" => {
                "hint: check client_id 'ci' too: it may be unknown there, switched off, or registered for another method\n"
            }
            _ => "",
        };
        signs(&url)
            .fails(
                3,
                format!(
                    "error: [URL] refused client 'ci' (private_key_jwt, HTTP {status})\ncaused by: {code}\n{first}\
                     hint: the client_assertion went out with aud \"[URL]\": if the server wants to be called otherwise, try --issuer ISSUER, or --assertion-audience ISSUER\n\
                     hint: the key that signed, by ES256, has no kid (--key-id gives one) and the thumbprint {print} (RFC 7638): compare it with what is registered for client 'ci'\n{last}"
                )
                .replace("[URL]", &url),
            )
            .run();
    }
}

#[test]
fn an_audience_that_the_server_names_is_what_to_write() {
    let server = Server::issuer(|_, request| {
        let words = format!("aud must be the token endpoint {}/token", request.origin());
        json(401, &refusal("invalid_client", &words))
    });
    let issuer = server.origin();
    let words = format!("aud must be the token endpoint {issuer}/token");
    let given = ["-i", ID, "-a", "private_key_jwt", "--signing-key", "file:key.pem", "--issuer", &issuer];
    oauth2tok()
        .file("key.pem", KEY)
        .args(given)
        .fails(
            3,
            told(&format!("{issuer}/token"), "private_key_jwt", 401, "invalid_client", &words)
                + "hint: the server wants its token endpoint as audience: --assertion-audience token_endpoint\n",
        )
        .run();
}

#[test]
fn the_clock_that_signed_is_compared_with_the_answers_date() {
    let words = "Token is not active";
    let answering = |ago| {
        Server::answering(status(
            400,
            &["Content-Type: application/json", &date(ago)],
            refusal("invalid_client", words),
        ))
    };
    for (ago, offset, hint) in [
        (300, "0s", "this machine's clock is 5m"),
        (-300, "0s", "this machine's clock is 4m"),
        (0, "-5m", "this machine's clock, clock_offset -5m included, is "),
        (0, "5m", "this machine's clock, clock_offset 5m included, is "),
    ] {
        let server = answering(ago);
        let run = signs(server.url()).env("OAUTH2TOK_CLOCK_OFFSET", offset);
        run.fails_with(3, [hint]).run();
    }
    let server = answering(0);
    signs(server.url())
        .env("OAUTH2TOK_CLOCK_OFFSET", "5m")
        .fails_with(3, ["ahead of the server's: leave clock_offset out\n"])
        .run();
}

#[test]
fn a_500_may_be_about_the_clock_and_says_so_first() {
    let server = Server::answering(json(500, &refusal("error", "The error is unrecognizable")));
    let ran = signs(server.url()).code_in(&[3, 6]).any_output().run();
    let first = ran.stderr.lines().find(|line| line.starts_with("hint: ")).unwrap().to_owned();
    assert!(first.starts_with("hint: some servers answer 500 to what has expired or is dated ahead of their clock: check this machine's which dated it 20"), "{}", ran.stderr);
}

#[test]
fn metadata_that_does_not_list_the_algorithm_is_warned_of() {
    let server = Server::scripted(|_, request| match request.contains("/.well-known/") {
        true => {
            let origin = request.origin();
            json(
                200,
                &format!(
                    r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","token_endpoint_auth_methods_supported":["private_key_jwt"],"token_endpoint_auth_signing_alg_values_supported":["PS256"]}}"#
                ),
            )
        }
        false => token(),
    });
    oauth2tok()
        .file("key.pem", KEY)
        .args(["-i", ID, "-a", "private_key_jwt", "--signing-key", "file:key.pem", "--issuer", &server.origin()])
        .stdout("tok-1\n")
        .stderr("warning: the server's metadata does not list ES256 for assertions of clients\n")
        .run();
}

#[test]
fn a_ready_made_assertion_is_described_and_no_secret_is_spoken_of() {
    let server = Server::answering(json(401, &refusal("invalid_client", "")));
    let url = server.url();
    // {"alg":"none"}.{"iss":"https://ci.example","sub":"repo:a","aud":"api"}.
    let assertion =
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2NpLmV4YW1wbGUiLCJzdWIiOiJyZXBvOmEiLCJhdWQiOiJhcGkifQ.c2ln";
    oauth2tok()
        .args(["-i", ID, "--client-assertion", "env:A", "--token-endpoint", &url])
        .env("A", assertion)
        .fails(
            3,
            told(&url, "private_key_jwt", 401, "invalid_client", "")
                + "hint: the client_assertion that was sent says iss \"https://ci.example\", sub \"repo:a\", aud \"api\"; some servers take one once, and for 60 s from its iat (Keycloak; 300 s an identity provider's): a new one each time is client_assertion: command:CMD\n\
                   hint: check client_id 'ci' too: it may be unknown there, switched off, or registered for another method\n",
        )
        .run();
}

#[test]
fn an_exchange_without_scope_that_is_refused_for_its_scope_may_name_one() {
    let server = Server::answering(json(400, &refusal("invalid_scope", "")));
    let url = server.url();
    client_of(&url)
        .args(["-g", "token-exchange", "--subject-token", "env:S"])
        .env("S", "opaque")
        .fails(
            3,
            told(&url, "client_secret_basic", 400, "invalid_scope", "")
                + "hint: an exchange without scope may ask for all that the subject token has, which the server does not grant: name what is needed by --scope\n",
        )
        .run();
    let server = Server::answering(json(400, &refusal("invalid_client", "Audience not found")));
    let url = server.url();
    client_of(&url)
        .args(["-g", "token-exchange", "--subject-token", "env:S", "--audience", "api"])
        .env("S", "opaque")
        .fails(
            3,
            told(&url, "client_secret_basic", 400, "invalid_client", "Audience not found")
                + "hint: check --audience api: the server must know it letter by letter, a slash at the end too, and allow it for client 'ci'\n",
        )
        .run();
}

#[test]
fn the_key_that_a_token_is_bound_to_is_told_of_whoever_made_it() {
    let server = Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"DPoP","expires_in":60}"#));
    client_of(server.url())
        .args(["-v", "--dpop"])
        .stdout("tok-1\n")
        .stderr_with(["* DPoP key: jkt ", ", ES256\n"])
        .run();
    client_of(server.url())
        .file("key.pem", KEY)
        .args(["-v", "--dpop-key", "file:key.pem"])
        .stdout("tok-1\n")
        .stderr_with([format!("* DPoP key: jkt {}, ES256\n", thumbprint())])
        .run();
}
