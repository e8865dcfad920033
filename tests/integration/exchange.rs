//! What is made of the answer to a token exchange (RFC 8693 §2.2.1), and of one that holds something else than a token.

use super::harness::*;

/// A client that trades a token.
fn exchange(server: &Server) -> Run {
    client_of(server.url()).args(["-g", "token-exchange", "--subject-token", "env:S"]).env("S", "opaque-subject")
}

fn answer(more: &str) -> Server {
    Server::answering(json(200, &format!(r#"{{"access_token":"tok-1",{more}}}"#)))
}

const ISSUED: &str = r#""issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#;

#[test]
fn the_type_of_what_is_issued_is_looked_at() {
    let server = answer(&format!(r#""token_type":"Bearer",{ISSUED}"#));
    exchange(&server).prints("tok-1").run();
    exchange(&server).args(["--requested-token-type", "access_token"]).prints("tok-1").run();
    exchange(&server)
        .args(["--requested-token-type", "id_token"])
        .stdout("tok-1\n")
        .stderr(
            "warning: the token that was issued is urn:ietf:params:oauth:token-type:access_token, \
             and urn:ietf:params:oauth:token-type:id_token was asked for\n",
        )
        .run();
    let server = answer(r#""token_type":"Bearer""#);
    exchange(&server).prints("tok-1").run();
    exchange(&server)
        .args(["--strict"])
        .fails(
            4,
            "error: the answer deviates from the standards, and --strict tolerates nothing\n\
             caused by: issued_token_type is missing (RFC 8693 §2.2.1)\n",
        )
        .run();
}

#[test]
fn what_is_no_access_token_is_printed_and_goes_into_no_header() {
    let server = answer(&format!(r#""token_type":"N_A",{ISSUED}"#));
    exchange(&server).prints("tok-1").run();
    exchange(&server).args(["-o", "json"]).stdout_with(["\"N_A\""]).run();
    exchange(&server).args(["--field", "token_type"]).prints("N_A").run();
    for format in ["header", "curl", "exec-credential"] {
        exchange(&server)
            .args(["-o", format])
            .fails(4, "error: the token's type is 'N_A', not Bearer\nhint: -o token and -o json print any token\n")
            .run();
    }
    let given = ["-i", ID, "-g", "token-exchange", "--subject-token", "env:S", "--token-endpoint", &server.url()];
    oauth2tok()
        .args(["request", "http://127.0.0.1:9/"])
        .args(given)
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .env("S", "opaque-subject")
        .fails(4, "error: the token's type is 'N_A', not Bearer\nhint: -o token and -o json print any token\n")
        .run();
}

#[test]
fn an_audience_that_an_exchange_ignores_is_warned_of() {
    // {"aud":"other"}
    let jwt = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJvdGhlciJ9.c2ln";
    let server = Server::answering(json(200, &format!(r#"{{"access_token":"{jwt}","token_type":"Bearer",{ISSUED}}}"#)));
    exchange(&server)
        .args(["--audience", "api"])
        .stdout(format!("{jwt}\n"))
        .stderr("warning: the token's aud does not name api\n")
        .run();
    client_of(server.url()).args(["--audience", "api"]).stdout(format!("{jwt}\n")).run();
}

#[test]
fn a_member_that_is_asked_for_is_enough() {
    let server = Server::answering(json(200, r#"{"id_token":"an-id-token","expires_in":600}"#));
    let asks = || client_of(server.url()).args(["--field", "id_token", "--cache"]);
    let home = home();
    asks().at_home(&home).prints("an-id-token").run();
    asks().at_home(&home).prints("an-id-token").run();
    assert_eq!(server.count(), 2, "it is not kept");
    asks()
        .args(["--strict"])
        .fails(
            4,
            "error: the answer deviates from the standards, and --strict tolerates nothing\n\
             caused by: access_token is missing; id_token was asked for and is there (RFC 6749 §5.1)\n",
        )
        .run();
    let url = server.url();
    for field in [&[][..], &["--field", "access_token"], &["--field", "refresh_token"], &["--field", "expires_in"]] {
        client_of(&url).args(field).fails_with(4, ["it has no access_token"]).run();
    }
    let it_has = "error: the answer of [URL] is not a token response: it has no access_token (HTTP 200)\n\
                  caused by: the server sent a JSON object (application/json, 43 bytes)\n\
                  hint: it has an id_token: --field id_token prints that\n\
                  hint: run with -v to see the whole answer\n";
    client_of(&url).fails(4, it_has.replace("[URL]", &url)).run();
    for body in [r#"{"id_token":""}"#, r#"{"id_token":{"a":1}}"#, r#"{"id_token":null}"#] {
        let server = Server::answering(json(200, body));
        client_of(server.url()).args(["--field", "id_token"]).fails_with(4, ["it has no access_token"]).run();
    }
    let server = Server::answering(json(200, r#"{"id_token":"x-id","error":"invalid_grant"}"#));
    client_of(server.url()).args(["--field", "id_token"]).fails_with(3, ["invalid_grant"]).run();
}
