//! No redirect of a token request is followed: the credentials would go along (T01, F33, Q70, Q72).

use super::harness::*;

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

fn to(status: u16, location: &str) -> Answer {
    super::harness::status(status, &[&format!("Location: {location}")], "")
}

/// What is told of a redirect that leads to another place.
fn elsewhere(server: &Server) -> String {
    format!(
        "that is no place for a token request: {} is not the token endpoint, or a login page or a proxy is in front of it; \
         --issuer finds the endpoint",
        server.url()
    )
}

#[track_caller]
fn refuses(server: &Server, run: Run, status: u16, shown: &str, hint: &str) {
    run.fails(
        4,
        format!(
            "error: {} redirects (HTTP {status})\n\
             caused by: it points to {shown}\n\
             hint: {hint}\n",
            server.url()
        ),
    )
    .stderr_without(["canary"])
    .run();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_redirect_within_the_origin_is_an_error_and_sends_nothing_further() {
    for status in STATUSES {
        for location in ["/token/?canary=1", "token/", "//HOST/token/", "http://HOST/token/#canary"] {
            let server = Server::scripted(move |_, request| {
                to(status, &location.replace("HOST", request.header("Host").unwrap()))
            });
            let there = format!("{}/token/", server.origin());
            let hint = format!("change token_endpoint to {there}; no redirect is followed with credentials");
            refuses(&server, client_of(server.url()), status, &there, &hint);
            let answer = to(status, &location.replace("HOST", &server.authority()));
            explained::agrees(location, &server, &answer.bytes());
        }
    }
}

#[test]
fn a_redirect_to_another_port_or_host_connects_to_nobody() {
    for status in STATUSES {
        for host in ["127.0.0.1", "localhost", "u:canary@127.0.0.1"] {
            let other = Server::new();
            let location = format!("http://{host}:{}/steal?canary=2", other.port());
            let server = Server::answering(to(status, &location));
            let host = host.rsplit('@').next().unwrap();
            let there = format!("http://{host}:{}/steal", other.port());
            refuses(&server, client_of(server.url()), status, &there, &elsewhere(&server));
            explained::agrees(&location, &server, &to(status, &location).bytes());
            assert_eq!(other.connections(), 0);
        }
    }
}

#[test]
fn a_redirect_from_https_to_http_connects_to_nobody() {
    let ca = Ca::new("CA");
    for status in STATUSES {
        let other = Server::new();
        let answer = to(status, &format!("{}/steal", other.origin()));
        let server = Server::tls(ca.server(), answer.clone());
        let run = client_of(server.url()).args(["--cacert", &ca.cacert()]);
        let hint = format!(
            "{} points to plain http: the server does not know that TLS ends before it: the proxy there must say so \
             (X-Forwarded-Proto), and the server be set to believe it",
            server.url()
        );
        refuses(&server, run, status, &format!("{}/steal", other.origin()), &hint);
        let lines = format!("cacert: {}\n", ca.cacert());
        explained::told("https", &server, &answer.bytes()).with(&lines).agrees();
        assert_eq!(other.connections(), 0);
    }
}

#[test]
fn every_grant_and_method_stays_where_it_is() {
    for words in [
        vec!["-a", "post"],
        vec!["-a", "basic"],
        vec!["-g", "password", "-u", "u", "--password", "env:PW", "-q"],
        vec!["-g", "refresh_token", "--refresh-token", "env:PW"],
    ] {
        let other = Server::new();
        let server = Server::answering(to(307, &other.url()));
        let run = client_of(server.url()).args(&words).env("PW", "canary-password").args(["--retry", "5"]);
        refuses(&server, run, 307, &other.url(), &elsewhere(&server));
        assert_eq!(other.connections(), 0);
    }
}

#[test]
fn a_redirect_without_or_with_a_strange_location_is_an_error_too() {
    for status in [300, 301, 304, 305, 399] {
        let server = Server::answering(super::harness::status(status, &[], ""));
        let error = format!(
            "error: http://127.0.0.1:[PORT]/token redirects (HTTP {status})\n\
             hint: look up the right token_endpoint: the answer names no Location\n"
        );
        client_of(server.url()).fails(4, error).run();
        assert_eq!(server.requests().len(), 1);
        explained::agrees("no Location", &server, &super::harness::status(status, &[], "").bytes());
    }
    let (nowhere, back) = ("to nowhere usable", "back to where it came from");
    let endless = format!("https://x/{}", "y".repeat(5000));
    for (location, shown, points) in [
        ("", "http://127.0.0.1:[PORT]/token", back),
        ("?", "http://127.0.0.1:[PORT]/token", back),
        ("#", "http://127.0.0.1:[PORT]/token", back),
        ("javascript:alert(1)", "javascript:…", nowhere),
        ("ftp://x/y", "ftp://x/y", nowhere),
        ("http://idp.invalid/", "http://idp.invalid/", nowhere),
        ("http://[", "http://[", nowhere),
        ("http://x/\u{9b}31m\u{202e}\u{200b}", "http://x/\\u{9b}31m\\u{202e}\\u{200b}", nowhere),
        (&endless, &format!("{}…", &endless[..600]), nowhere),
    ] {
        let server = Server::answering(to(302, location));
        explained::agrees(location, &server, &to(302, location).bytes());
        let error = format!(
            "error: http://127.0.0.1:[PORT]/token redirects (HTTP 302)\n\
             caused by: it points to {shown}\n\
             hint: look up the right token_endpoint: the answer points {points}\n"
        );
        client_of(server.url()).fails(4, error).run();
    }
}
