//! From an issuer to its token endpoint: where the metadata is asked for, what of it is believed, and that no credential
//! goes there (S27 to S30, T04).

use super::harness::*;

/// A server that publishes `metadata` at the well-known places that end with `place`; `ISSUER` in it is its own origin.
fn publishing(place: &'static str, metadata: &'static str) -> Server {
    Server::scripted(move |_, request| {
        let origin = request.origin();
        let target = request.target();
        match target {
            "/token" | "/mtls/token" => token(),
            _ if target.contains(place) => json(200, &metadata.replace("ISSUER", &origin)),
            _ => status(404, &[], ""),
        }
    })
}

const USUAL: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token"}"#;
const OIDC: &str = "openid-configuration";
const OAUTH: &str = "oauth-authorization-server";

fn of(issuer: &str) -> Run {
    client().args(["--issuer", issuer])
}

/// What is told where the metadata at the first place is not used.
fn not_used(why: &str) -> String {
    not_used_but(why, "check --issuer against the 'issuer' that the server publishes, or give --token-endpoint")
}

/// The same where something better is known.
fn not_used_but(why: &str, hint: &str) -> String {
    format!(
        "error: the metadata at http://127.0.0.1:[PORT]/.well-known/openid-configuration is not used: {why}\n\
         hint: {hint}\n"
    )
}

/// What is told where there is none at either place, for the same reason.
fn not_found(why: &str) -> String {
    format!(
        "error: no metadata found for issuer http://127.0.0.1:[PORT]\n\
         caused by: http://127.0.0.1:[PORT]/.well-known/openid-configuration: {why}\n\
         caused by: http://127.0.0.1:[PORT]/.well-known/oauth-authorization-server: {why}\n\
         hint: check --issuer, or give --token-endpoint\n"
    )
}

fn targets(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.split(" HTTP").next().unwrap().to_owned()).collect()
}

#[test]
fn the_token_endpoint_is_found_at_either_place() {
    let server = publishing(OIDC, USUAL);
    of(&server.origin()).prints(TOKEN).run();
    assert_eq!(targets(&server), ["GET /.well-known/openid-configuration", "POST /token"]);
    let server = publishing(OAUTH, USUAL);
    of(&server.origin()).prints(TOKEN).run();
    assert_eq!(
        targets(&server),
        ["GET /.well-known/openid-configuration", "GET /.well-known/oauth-authorization-server", "POST /token"]
    );
}

#[test]
fn f34_a_place_whose_answer_cannot_be_read_leads_on_to_the_other() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for (broken, why) in [
        (format!("{head}Content-Length: 100\r\n\r\n{{\"issuer"), "the answer is truncated: 8 bytes came of 100"),
        (format!("{head}Content-Length: 2000000\r\n\r\n"), "the answer's body is over the cap of 1048576 bytes"),
        (format!("{head}Content-Encoding: br\r\n\r\nx"), "its Content-Encoding cannot be undone: br is not known here"),
        ("<html>".to_owned(), "the answer is not HTTP/1.1: it looks like a page without a head (HTTP/0.9)"),
    ] {
        let both = Server::answering(Answer::raw(broken.clone()));
        of(&both.origin()).fails(4, not_found(why)).run();
        assert_eq!(both.requests().len(), 2);
        let server = Server::scripted(move |_, request| {
            let origin = request.origin();
            match request.target() {
                "/token" => token(),
                target if target.contains(OAUTH) => json(200, &USUAL.replace("ISSUER", &origin)),
                _ => Answer::raw(broken.clone()),
            }
        });
        of(&server.origin()).prints(TOKEN).run();
    }
}

#[test]
fn the_well_known_part_goes_behind_the_path_or_before_it() {
    // S27
    let metadata = r#"{"issuer":"ISSUER/realms/a","token_endpoint":"ISSUER/token"}"#;
    let server = publishing(OAUTH, metadata);
    of(&format!("{}/realms/a", server.origin())).prints(TOKEN).run();
    assert_eq!(
        targets(&server),
        [
            "GET /realms/a/.well-known/openid-configuration",
            "GET /.well-known/oauth-authorization-server/realms/a",
            "POST /token"
        ]
    );
}

#[test]
fn the_metadata_request_carries_no_credentials() {
    let server = publishing(OIDC, USUAL);
    for words in [vec![], vec!["-a", "post"], vec!["-H", "X-Api-Key: canary", "--param", "otp=canary"]] {
        of(&server.origin()).args(&words).prints(TOKEN).run();
    }
    for request in server.requests().iter().filter(|request| request.starts_with("GET")) {
        assert_eq!(
            request.replace(&server.authority(), "HOST"),
            format!(
                "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: HOST\r\nAccept: application/json\r\n\
                 Accept-Encoding: identity\r\nUser-Agent: oauth2tok/{}\r\n\r\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }
}

#[test]
fn the_issuer_is_compared_code_point_by_code_point() {
    // S28, Q83
    for (metadata, found, hint) in [
        (
            r#"{"issuer":"ISSUER/","token_endpoint":"ISSUER/token"}"#,
            "http://127.0.0.1:[PORT]/",
            "write --issuer http://127.0.0.1:[PORT]/",
        ),
        (
            r#"{"issuer":"https://idp.example","token_endpoint":"ISSUER/token"}"#,
            "https://idp.example",
            "if that is the server you mean, write --issuer https://idp.example; else check the address, or have its public name set at the server\n\
             hint: where the server describes itself so on purpose, write expected_issuer: https://idp.example into the profile",
        ),
        (
            r#"{"issuer":"ISSUER/{tenantid}","token_endpoint":"ISSUER/token"}"#,
            "http://127.0.0.1:[PORT]/{tenantid}",
            "where the server describes itself so on purpose, write expected_issuer: http://127.0.0.1:[PORT]/{tenantid} into the profile\n\
             hint: check --issuer against the 'issuer' that the server publishes, or give --token-endpoint",
        ),
    ] {
        let server = publishing(OIDC, metadata);
        let why = format!(
            "its issuer is '{found}', which is not the one asked for, code point by code point (RFC 8414 §3.3)"
        );
        of(&server.origin()).fails(4, not_used_but(&why, hint)).run();
    }
    for (metadata, why) in [
        (
            r#"{"token_endpoint":"ISSUER/token"}"#,
            "it names no issuer, so it cannot be told whose it is (RFC 8414 §3.3)",
        ),
        (
            r#"{"issuer":7,"token_endpoint":"ISSUER/token"}"#,
            "it names no issuer, so it cannot be told whose it is (RFC 8414 §3.3)",
        ),
        (
            r#"{"issuer":"ISSUER","issuer":"ISSUER","token_endpoint":"ISSUER/token"}"#,
            "'issuer' stands more than once in it (RFC 8259 §4)",
        ),
    ] {
        let server = publishing(OIDC, metadata);
        of(&server.origin()).fails(4, not_used(why)).run();
        assert_eq!(targets(&server).len(), 1, "{metadata}");
    }
    // The same the other way round: the user's slash is the user's.
    let server = publishing(OIDC, USUAL);
    of(&format!("{}/", server.origin())).fails(4, not_used_but("its issuer is 'http://127.0.0.1:[PORT]', which is not the one asked for, code point by code point (RFC 8414 §3.3)", "write --issuer http://127.0.0.1:[PORT]")).run();
    let server = publishing(OIDC, USUAL);
    of(&server.origin().to_uppercase().replace("HTTP", "http").replace("127.0.0.1", "LOCALHOST"))
        .fails(4, not_used_but("its issuer is 'http://localhost:[PORT]', which is not the one asked for, code point by code point (RFC 8414 §3.3)", "write --issuer http://localhost:[PORT]").replacen("127.0.0.1", "LOCALHOST", 1)).run();
}

#[test]
fn a_hostile_endpoint_gets_nothing() {
    // T04, Q85
    let other = Server::new();
    for (endpoint, why) in [
        (
            "\"http://169.254.169.254/latest\"",
            "its token_endpoint cannot be used: http://169.254.169.254/latest is plain http",
        ),
        ("\"http://idp.invalid/token\"", "its token_endpoint cannot be used: http://idp.invalid/token is plain http"),
        ("\"file:///etc/passwd\"", "its token_endpoint cannot be used: its scheme is neither https nor http"),
        ("\"ftp://idp.invalid/\"", "its token_endpoint cannot be used: its scheme is neither https nor http"),
        (
            "\"https://user:pw@idp.invalid/token\"",
            "its token_endpoint cannot be used: it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)",
        ),
        (
            "\"https://idp.invalid/token#x\"",
            "its token_endpoint cannot be used: it has a fragment (#…), which a server would never see (RFC 9110 §7.1)",
        ),
        (
            "\"/token\"",
            "its token_endpoint cannot be used: it is not an absolute URL: expected something like https://login.example.com/token",
        ),
        (
            "\"\"",
            "its token_endpoint cannot be used: it is not an absolute URL: expected something like https://login.example.com/token",
        ),
        ("7", "its token_endpoint is not a string"),
        ("null", "its token_endpoint is not a string"),
        ("[\"ISSUER/token\"]", "its token_endpoint is not a string"),
        ("{}", "its token_endpoint is not a string"),
        ("\"ISSUER/token\",\"token_endpoint\":\"OTHER\"", "'token_endpoint' stands more than once in it (RFC 8259 §4)"),
        (
            "\"ISSUER/to\\nken\"",
            "its token_endpoint cannot be used: it holds a space, a control character or another one that must be percent-encoded",
        ),
    ] {
        let metadata = format!(r#"{{"issuer":"ISSUER","token_endpoint":{endpoint}}}"#).replace("OTHER", &other.url());
        let server = publishing(OIDC, metadata.leak());
        of(&server.origin()).fails(4, not_used(why)).run();
        assert_eq!(targets(&server).len(), 1, "{endpoint}");
    }
    let server = publishing(OIDC, r#"{"issuer":"ISSUER"}"#);
    of(&server.origin()).fails(4, not_used("it has no token_endpoint")).run();
    assert_eq!(other.connections(), 0);
}

#[test]
fn an_endpoint_on_another_host_is_allowed_and_told() {
    // Q85
    let other = Server::new();
    let metadata = format!(r#"{{"issuer":"ISSUER","token_endpoint":"http://localhost:{}/t"}}"#, other.port());
    let server = publishing(OIDC, metadata.leak());
    of(&server.origin())
        .args(["-v"])
        .stdout("tok-1\n")
        .stderr_with([format!("* token_endpoint = http://localhost:{}/t (discovery)", other.port())])
        .run();
    assert_eq!(other.requests().len(), 1);
}

#[test]
fn metadata_over_tls_is_believed_no_further_than_that_over_http() {
    let ca = Ca::new("CA");
    for (endpoint, code) in [("https://HOST/token", 0), ("http://idp.invalid/token", 4), ("https://u@idp.invalid/", 4)]
    {
        let server = Server::tls_scripted(ca.server(), move |_, request| {
            let host = request.header("Host").unwrap();
            match request.starts_with("POST") {
                true => token(),
                false => json(
                    200,
                    &format!(r#"{{"issuer":"https://{host}","token_endpoint":"{}"}}"#, endpoint.replace("HOST", host)),
                ),
            }
        });
        of(&server.origin()).args(["--cacert", &ca.cacert(), "--retry", "0"]).any_output().code(code).run();
        assert_eq!(server.requests().len(), if code == 0 { 2 } else { 1 });
    }
}

#[test]
fn a_document_that_does_not_parse_leads_on_to_the_other_place() {
    for broken in [html(200, "<html>hello</html>"), json(200, ""), json(200, "[]"), json(200, "{\"issuer\":")] {
        let server = Server::scripted(move |_, request| {
            let origin = request.origin();
            match request {
                _ if request.contains(OIDC) => broken.clone(),
                _ if request.contains(OAUTH) => json(200, &USUAL.replace("ISSUER", &origin)),
                _ => token(),
            }
        });
        of(&server.origin()).prints(TOKEN).run();
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn metadata_that_bends_http_is_told_and_refused_when_strict() {
    for (bent, deviation) in [
        ("X-A: one\r\n two\r\n", "a header line is folded (RFC 9112 §5.2)"),
        ("X-A : one\r\n", "white space stands before a header's colon (RFC 9112 §5.1)"),
        ("Content-Encoding: br\r\n", "the Content-Encoding is unknown, and the body is read as it is (RFC 9110 §8.4)"),
    ] {
        let server = Server::scripted(move |_, request| match request.starts_with("POST") {
            true => token(),
            false => {
                let body = USUAL.replace("ISSUER", &request.origin());
                Answer::raw(format!("HTTP/1.1 200 OK\r\n{bent}Content-Length: {}\r\n\r\n{body}", body.len()))
            }
        });
        let line = format!("* deviation: {deviation}\n");
        of(&server.origin()).args(["-v"]).prints(TOKEN).stderr_with([line]).run();
        let before = server.count();
        let error = format!(
            "error: the answer deviates from the standards, and --strict tolerates nothing\ncaused by: {deviation}\n"
        );
        of(&server.origin()).args(["--strict"]).fails_with(4, [error]).run();
        assert_eq!(server.count(), before + 1, "no credentials go out");
    }
}

#[test]
fn no_metadata_anywhere_names_both_places() {
    let server = Server::answering(status(404, &[], ""));
    of(&server.origin()).fails(4, not_found("HTTP 404")).run();
}

#[test]
fn a_server_that_is_down_is_unavailable_and_asked_again() {
    let server = Server::answering(status(503, &["Retry-After: 0"], ""));
    of(&server.origin())
        .args(["--retry", "1"])
        .fails(
            6,
            "error: no metadata found for issuer http://127.0.0.1:[PORT], attempt 2 of 2\n\
             caused by: http://127.0.0.1:[PORT]/.well-known/openid-configuration: HTTP 503\n\
             caused by: http://127.0.0.1:[PORT]/.well-known/oauth-authorization-server: HTTP 503\n\
             hint: try again later\n",
        )
        .run();
    assert_eq!(server.requests().len(), 4);
    let server = publishing(OIDC, USUAL);
    let down = Server::scripted(
        move |number, _| if number == 1 { status(503, &["Retry-After: 0"], "") } else { status(404, &[], "") },
    );
    of(&down.origin()).any_output().code(4).run();
    assert_eq!(down.requests().len(), 3);
    drop(server);
}

#[test]
fn redirects_of_metadata_stay_within_the_origin_and_are_few() {
    // F34, Q73
    let hop = |from: usize| {
        Server::scripted(move |_, request| {
            let origin = request.origin();
            let target = request.target();
            let hop = |number: usize| status(301, &[&format!("Location: /hop/{number}")], "");
            match target.strip_prefix("/hop/").and_then(|number| number.parse::<usize>().ok()) {
                Some(number) if number == from => json(200, &USUAL.replace("ISSUER", &origin)),
                Some(number) => hop(number + 1),
                None if target.contains(OIDC) => hop(1),
                None if target == "/token" => token(),
                None => status(404, &[], ""),
            }
        })
    };
    for hops in [1, 3] {
        let server = hop(hops);
        of(&server.origin()).prints(TOKEN).run();
        assert_eq!(server.requests().len(), hops + 2);
    }
    let server = hop(4);
    of(&server.origin())
        .fails(
            4,
            "error: no metadata found for issuer http://127.0.0.1:[PORT]\n\
             caused by: http://127.0.0.1:[PORT]/hop/3: more than 3 redirects\n\
             caused by: http://127.0.0.1:[PORT]/.well-known/oauth-authorization-server: HTTP 404\n\
             hint: check --issuer, or give --token-endpoint\n",
        )
        .run();
    assert!(targets(&server).iter().all(|target| target.starts_with("GET")));
}

#[test]
fn a_redirect_loop_of_metadata_ends() {
    // F34
    let server = Server::scripted(|_, request| {
        let target = request.target();
        status(302, &[&format!("Location: {target}")], "")
    });
    of(&server.origin()).fails(4, not_found("more than 3 redirects")).run();
    assert!(server.requests().len() <= 8);
}

#[test]
fn a_redirect_of_metadata_to_another_origin_is_not_followed() {
    let other = Server::new();
    for location in
        [other.url(), format!("http://localhost:{}/?canary=1", other.port()), "https://idp.invalid/x".into()]
    {
        let server = Server::answering(status(302, &[&format!("Location: {location}")], ""));
        let target = location.split('?').next().unwrap().replace(&other.port().to_string(), "[PORT]");
        let why = format!("it redirects to another origin, {target}");
        of(&server.origin()).fails(4, not_found(&why)).stderr_without(["canary"]).run();
    }
    for location in ["file:///etc/passwd", "http://idp.invalid/", "javascript:x"] {
        let server = Server::answering(status(302, &[&format!("Location: {location}")], ""));
        of(&server.origin()).fails(4, not_found("it redirects to nowhere usable")).run();
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn metadata_warns_and_never_forbids() {
    // S29
    let server = publishing(
        OIDC,
        r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","grant_types_supported":["authorization_code"],"token_endpoint_auth_methods_supported":["private_key_jwt"]}"#,
    );
    of(&server.origin())
        .stdout("tok-1\n")
        .stderr(
            "warning: the server's metadata does not list the client_credentials grant\n\
             warning: the server's metadata does not list auth method client_secret_basic\n",
        )
        .run();
    of(&server.origin()).args(["-q"]).prints(TOKEN).run();
    // That nothing is asked of a public client is seldom listed.
    oauth2tok()
        .args(["--issuer", &server.origin(), "-i", ID, "-a", "none", "-g", "refresh_token", "--refresh-token", "env:R"])
        .env("R", "rt-1")
        .prints(TOKEN)
        .stderr("warning: the server's metadata does not list the refresh_token grant\n")
        .run();
}

#[test]
fn a_refused_client_learns_which_method_the_metadata_lists() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        if request.starts_with("POST") {
            return json(401, r#"{"error":"invalid_client"}"#);
        }
        json(
            200,
            &format!(
                r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","token_endpoint_auth_methods_supported":["client_secret_post"]}}"#
            ),
        )
    });
    of(&server.origin())
        .args(["-q"])
        .fails(
            3,
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: the server's metadata does not list client_secret_basic: try --auth-method client_secret_post\n",
        )
        .run();
}

#[test]
fn a_client_with_a_certificate_uses_the_alias() {
    // S36
    let server = publishing(
        OIDC,
        r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","mtls_endpoint_aliases":{"token_endpoint":"ISSUER/mtls/token"}}"#,
    );
    let ca = Ca::new("CA");
    let (cert, key) = ca.client();
    let file = ca.file("client.pem", &format!("{cert}{key}"));
    of(&server.origin()).args(["--cert", file.to_str().unwrap()]).prints(TOKEN).run();
    of(&server.origin()).prints(TOKEN).run();
    assert_eq!(targets(&server)[1], "POST /mtls/token");
    assert_eq!(targets(&server)[3], "POST /token");
}

#[test]
fn metadata_and_token_come_over_one_connection() {
    let script = |tls: bool| {
        move |_: usize, request: &Request| {
            let origin = request.origin().replace("http:", if tls { "https:" } else { "http:" });
            match request.target() {
                "/token" => token(),
                target if target.contains(OAUTH) => metadata(&origin, &format!("{origin}/token")),
                _ => status(404, &[], "no such page"),
            }
        }
    };
    let server = Server::scripted(script(false));
    of(&server.origin()).prints(TOKEN).run();
    assert_eq!((server.count(), server.connections()), (3, 1));

    let ca = Ca::new("one connection");
    let server = Server::tls_scripted(ca.server(), script(true));
    of(&server.origin()).args(["--cacert", &ca.cacert()]).prints(TOKEN).run();
    assert_eq!((server.count(), server.connections()), (3, 1));
}

#[test]
fn a_server_that_closes_after_its_metadata_is_asked_over_another_connection() {
    let server = Server::issuer(|_, _| token());
    let closing = Server::scripted(|_, request| match request.target() {
        "/token" => token(),
        _ => {
            let origin = request.origin();
            metadata(&origin, &format!("{origin}/token")).then(Then::Close)
        }
    });
    for (server, connections) in [(server, 1), (closing, 2)] {
        of(&server.origin()).prints(TOKEN).run();
        assert_eq!((server.count(), server.connections()), (2, connections));
    }
}
