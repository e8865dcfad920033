//! What a login tells besides, and where it takes its endpoints, ports and browsers from.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;

use super::harness::browser::{
    Browser, described, in_two_steps, login_server, posted, profile, renewable_token, simple_login_server,
};
use super::harness::jwt::{base64url, now, unsigned};
use super::harness::server::closed_port;
use super::harness::*;

/// `run` with a browser in which somebody logs in. Gives what was told after the prompt.
fn logs_in(run: Run) -> String {
    let (run, browser) = Browser::of(run.args(["-p", "p"]));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
    let told = running.finish().stderr;
    told.split_once(&format!("{}\n", asked.url)).unwrap().1.to_owned()
}

#[test]
fn a_login_that_ends_with_its_token_says_how_another_one_would_not() {
    const LISTED: &str = r#","scopes_supported":["openid","offline_access"]"#;
    let ends = "warning: no refresh token came: the login ends with this token";
    for (more, scope, members, told) in [
        ("", "a", r#","expires_in":3600"#, format!("{ends}\n")),
        (LISTED, "a", r#","expires_in":3600"#, format!("{ends}; the scope offline_access asks for one\n")),
        (
            LISTED,
            "a offline_access",
            r#","expires_in":3600"#,
            format!("{ends}; --prompt consent may be what it takes\n"),
        ),
        ("", "offline_access", r#","expires_in":3600"#, format!("{ends}; --prompt consent may be what it takes\n")),
        // One that has no end needs none.
        (LISTED, "a", "", String::new()),
        (LISTED, "a", r#","expires_in":3600,"refresh_token":"r""#, String::new()),
    ] {
        let server = login_server(more, move |_, _| token_with("tok-1", members));
        let told_then = logs_in(profile(&server, &format!(", scope: {scope}")));
        assert_eq!(told_then, told, "{scope} {members}");
    }
}

/// A server that gives this answer for its keys, and ID tokens that nobody could check by another.
fn with_keys(keys: fn() -> Answer) -> Server {
    Server::scripted(move |_, request| {
        let origin = request.origin();
        let claims = json!({"iss": origin, "aud": "app", "sub": "u", "iat": now(), "exp": now() + 60});
        match request.target() {
            "/jwks" => keys(),
            "/token" => token_with(
                "tok-1",
                &format!(r#","expires_in":3600,"refresh_token":"r","id_token":"{}""#, unsigned(&claims)),
            ),
            _ => described(&origin, &format!(r#","jwks_uri":"{origin}/jwks""#)),
        }
    })
}

#[test]
fn keys_that_cannot_be_had_are_told_and_end_nothing() {
    for (keys, why) in [
        (|| json(404, ""), "[ISS]/jwks answered HTTP 404"),
        (|| json(200, "[]"), "its member 'keys' is missing or malformed"),
        (|| html(200, "<html>"), "it is malformed JSON"),
    ] as [(fn() -> Answer, &str); 3]
    {
        let server = with_keys(keys);
        let told = logs_in(profile(&server, "")).replace(&server.origin(), "[ISS]");
        assert_eq!(
            told,
            format!("warning: the ID token's signature is not checked: the issuer's keys cannot be had: {why}\n")
        );
    }
}

#[test]
fn what_is_given_goes_before_what_the_issuer_says() {
    let (server, other) = (simple_login_server(), Server::answering(json(200, "")));
    let run = profile(
        &server,
        &format!(
            ", authorization_endpoint: '{}', revocation_endpoint: '{}'",
            other.at("/authorize?x=1"),
            other.at("/revoke")
        ),
    );
    let (finish, asked) = in_two_steps(&run, &["-p", "p", "-q"]);
    assert!(asked.url.starts_with(&other.at("/authorize?x=1&response_type=code&")), "{}", asked.url);
    finish.run();
    let told = run.args(["logout", "-p", "p", "-v"]).any_stderr().run().stderr;
    assert!(told.contains(&format!("POST {}", "/revoke")), "{told}");
    assert!(told.contains("* revocation_endpoint = "), "{told}");
    assert_eq!(other.count(), 2);
    assert!(posted(&server).iter().all(|request| request.target() != "/revoke"));
}

#[test]
fn an_endpoint_that_one_document_lacks_is_looked_for_in_the_other() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let more = match request.target() {
            "/.well-known/oauth-authorization-server" => format!(r#","authorization_endpoint":"{origin}/here""#),
            "/.well-known/openid-configuration" => String::new(),
            _ => return renewable_token(),
        };
        json(200, &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"{more}}}"#))
    });
    let (finish, asked) = in_two_steps(&profile(&server, ""), &["-p", "p", "-q"]);
    assert!(asked.url.starts_with(&server.at("/here?")), "{}", asked.url);
    finish.run();
}

#[test]
fn the_redirect_borrows_the_port_that_is_listened_on() {
    let server = simple_login_server();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (run, browser) = Browser::of(profile(&server, "").args(["-p", "p"]));
    let running = run.env("OAUTH2TOK_LISTEN", format!("127.0.0.1:{free}")).prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert_eq!(asked.field("redirect_uri"), format!("http://127.0.0.1:{free}/callback"));
    assert!(asked.start.starts_with(&format!("http://127.0.0.1:{free}/")), "{asked:?}");
    asked.comes_back(&[("code", "c")]);
    running.finish();
}

#[test]
fn a_key_to_listen_with_that_others_can_read_is_warned_of_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let server = simple_login_server();
    let (cert, key) = Ca::new("Of the test").here();
    for (name, mode, can) in [
        ("key.pem", 0o600, ""),
        ("key.pem", 0o640, "read"),
        ("key.pem", 0o606, "read and write"),
        ("both.pem", 0o600, ""),
        ("both.pem", 0o604, "read"),
        // A certificate is for everybody.
        ("cert.pem", 0o644, ""),
    ] {
        let run = profile(&server, ", redirect_uri: 'https://127.0.0.1/cb'");
        let run = run.file("cert.pem", &cert).file("key.pem", &key).file("both.pem", format!("{cert}{key}"));
        std::fs::set_permissions(run.path(name), PermissionsExt::from_mode(mode)).unwrap();
        let run = match name {
            "both.pem" => run.env("OAUTH2TOK_LISTEN_CERT", "both.pem"),
            _ => run.env("OAUTH2TOK_LISTEN_CERT", "cert.pem").env("OAUTH2TOK_LISTEN_KEY", "file:key.pem"),
        };
        let run = run
            .env("OAUTH2TOK_LOGIN", "always")
            .env("OAUTH2TOK_BROWSER", "none")
            .env("OAUTH2TOK_LOGIN_TIMEOUT", "20ms");
        let warning = format!("warning: others can {can} the private key {name} (mode {mode:04o}); chmod 600 it\n");
        let told = run.clone().args(["-p", "p"]).code(9).any_stderr().run().stderr;
        assert!(
            told.starts_with(&format!("{}Open this address", if can.is_empty() { "" } else { &*warning })),
            "{told}"
        );
        let silent = run.args(["-p", "p", "-q"]).code(9).any_stderr().run().stderr;
        assert!(silent.starts_with("Open this address"), "{silent}");
    }
}

#[test]
fn the_tunnel_of_ssh_reaches_what_is_listened_on_and_a_code_is_offered_where_there_is_one() {
    let (with, without) = (
        simple_login_server(),
        Server::scripted(|_, request| {
            let origin = request.origin();
            let endpoints =
                format!(r#""token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/authorize""#);
            json(200, &format!(r#"{{"issuer":"{origin}",{endpoints}}}"#))
        }),
    );
    let (cert, key) = Ca::new("Of the test").here();
    let told = |server: &Server, redirect: &str| {
        let run = profile(server, &format!(", redirect_uri: '{redirect}', listen_cert: both.pem"));
        let run = run.file("both.pem", format!("{cert}{key}")).args(["-p", "p"]);
        let run = run.env("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.5 22").env("OAUTH2TOK_LOGIN", "always");
        let run = run.env("OAUTH2TOK_BROWSER", "none").env("OAUTH2TOK_LOGIN_TIMEOUT", "20ms");
        let told = run.code(9).any_stderr().run().stderr;
        let begin = "If that browser is not on this machine, run this on its own:\n";
        let told = told.split_once(begin).unwrap_or_else(|| panic!("{told}")).1;
        told.split_once("error: ").unwrap().0.to_owned()
    };
    let port = |text: &str| text.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let code = "or log in with a code instead: oauth2tok login --device, with the same profile\n";
    for (server, offer) in [(&with, code), (&without, "")] {
        for redirect in ["http://127.0.0.1/cb", "http://localhost/cb"] {
            let told = told(server, redirect);
            let start = told.lines().nth(2).unwrap();
            let at = port(start);
            let expected =
                format!("ssh -L {at}:127.0.0.1:{at} 203.0.113.5\nand open this address there:\n{start}\n{offer}");
            assert_eq!(told, expected);
        }
    }
    // With TLS the way back has a port of its own.
    let told = told(&with, "https://127.0.0.1:0/cb");
    let start = told.lines().nth(2).unwrap();
    let at = port(start);
    let back = told.split(" -L ").nth(2).unwrap().split(':').next().unwrap();
    assert_ne!(back, at);
    let tunnel = format!("ssh -L {at}:127.0.0.1:{at} -L {back}:127.0.0.1:{back} 203.0.113.5");
    assert_eq!(told, format!("{tunnel}\nand open this address there:\n{start}\n{code}"));
}

#[test]
fn where_all_ports_of_a_list_are_taken_nothing_is_sent() {
    let server = simple_login_server();
    let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [first, second] = taken.each_ref().map(|taken| format!("http://{}/cb", taken.local_addr().unwrap()));
    let (run, browser) =
        Browser::of(profile(&server, &format!(", redirect_uri: ['{first}', '{second}']")).args(["-p", "p"]));
    run.fails(
        2,
        format!(
            "error: cannot wait for the browser at {first}: port {} is taken: another program listens on it\n\
             hint: end that program, or give another redirect_uri that is registered; several are tried in turn\n",
            taken[0].local_addr().unwrap().port()
        ),
    )
    .run();
    assert_eq!((server.connections(), browser.count()), (0, 0));
}

#[test]
fn a_browser_is_not_waited_for_and_the_next_one_comes_where_one_failed() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(profile(&server, "").args(["-p", "p"]));
    let script = run.path_text("browser/open");
    let lasts = run.clone().file("lasts", format!("#!/bin/sh\n{script} \"$@\"\nexec sleep 6\n"));
    let failing = format!("sh -c 'exit 3':sh {} %s", lasts.path_text("lasts"));
    let running = run.without("OAUTH2TOK_BROWSER").env("BROWSER", failing).prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    asked.comes_back(&[("code", "c")]);
    let ended = running.finish();
    assert!(ended.took < Duration::from_secs(5), "{:?}", ended.took);
    assert!(!ended.stderr.contains("warning"), "{ended:?}");
    assert_eq!(browser.count(), 1);
}

#[test]
fn a_client_without_a_secret_hears_where_one_is_wanted() {
    let wanted = "this server wants a client with a secret for ";
    let refuses = |path: &'static str| {
        Server::scripted(move |_, request| {
            let origin = request.origin();
            match request.target() {
                target if target == path => json(401, r#"{"error":"invalid_client"}"#),
                "/token" => renewable_token(),
                _ => described(&origin, &format!(r#","pushed_authorization_request_endpoint":"{origin}/par""#)),
            }
        })
    };
    for (path, words) in [("/device", &["--device"][..]), ("/par", &[])] {
        let server = refuses(path);
        let run = profile(&server, "").env("OAUTH2TOK_PAR", if path == "/par" { "true" } else { "" });
        let told = run.args(["login", "-p", "p", "--begin"]).args(words).code(3).any_output().run().stderr;
        assert!(told.contains(&format!("{path} refused client 'app' (none, HTTP 401)\n")), "{told}");
        assert!(told.contains(wanted), "{told}");
    }
    // At a refresh the login stays.
    let server = login_server("", |_, request| match request.field("refresh_token") {
        Some(_) => json(401, r#"{"error":"invalid_client"}"#),
        None => renewable_token(),
    });
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let told = run.clone().args(["-p", "p", "--min-valid", "2h"]).code(3).any_output().run().stderr;
    assert!(told.contains(wanted), "{told}");
    run.args(["login", "status", "-p", "p"]).any_stdout().run();
}

#[test]
fn a_logout_that_does_not_get_through_forgets_all_the_same() {
    let (_held, port) = closed_port();
    let html_there = || html(404, "<html>");
    for (at, code) in [(None, 4), (Some(format!("http://127.0.0.1:{port}/revoke")), 5)] {
        let server = login_server("", move |_, request| match request.target() {
            "/revoke" => html_there(),
            _ => renewable_token(),
        });
        let run = profile(&server, "");
        in_two_steps(&run, &["-p", "p", "-q"]).0.run();
        let run = at.iter().fold(run, |run, at| run.env("OAUTH2TOK_REVOCATION_ENDPOINT", at));
        let told = run.clone().args(["logout", "-p", "p", "--retry", "0"]).code(code).any_output().run().stderr;
        assert!(told.starts_with("error: profile 'p': the login is forgotten here, and not revoked\n"), "{told}");
        let status = run.args(["login", "status", "-p", "p"]).code(9).any_output().run();
        assert!(status.stdout.ends_with("\tnone\n"), "{status:?}");
    }
}

#[test]
fn who_polls_tells_it_and_what_cannot_be_drawn_is_told() {
    let server = login_server("", |number, request| match (request.target(), number) {
        ("/device", _) => json(
            200,
            r#"{"device_code":"dev","user_code":"AB-CD","verification_uri":"https://idp.example/d","expires_in":1,"interval":1}"#,
        ),
        _ => json(400, r#"{"error":"authorization_pending"}"#),
    });
    let run = profile(&server, "").args(["login", "-p", "p", "--device", "--qr", "-v"]);
    let told = run.code(9).any_stderr().run().stderr;
    assert!(told.contains("\nwarning: --qr: stderr is no terminal to draw on\n"), "{told}");
    assert!(told.contains("\n* poll 1: authorization_pending; again in 1 s\n"), "{told}");
    assert!(!told.contains("dev\""), "{told}");
}

#[test]
fn a_secret_of_the_client_may_sign_an_id_token_and_nobody_elses() {
    use ring::hmac;
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        if request.target() != "/token" {
            return described(&origin, "");
        }
        // The code of this server is the secret that it signs with.
        let claims = json!({"iss": origin, "aud": "app", "sub": "u", "iat": now(), "exp": now() + 60}).to_string();
        let input = format!("{}.{}", base64url(r#"{"alg":"HS256"}"#), base64url(claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, request.field("code").unwrap().as_bytes());
        let id_token = format!("{input}.{}", base64url(hmac::sign(&key, input.as_bytes())));
        token_with("tok-1", &format!(r#","expires_in":3600,"refresh_token":"r","id_token":"{id_token}""#))
    });
    let secret = ", client_secret: env:SECRET";
    for (more, signs, code) in [(secret, "s3cret-of-app", 0), (secret, "another", 4), ("", "", 4)] {
        let run = profile(&server, more).env("SECRET", "s3cret-of-app");
        let (finish, asked) = in_two_steps(&run, &["-p", "p", "-q"]);
        let told =
            finish.stdin(asked.back(&[("code", if signs.is_empty() { "x" } else { signs })])).code(code).any_stderr();
        let told = told.run().stderr;
        assert_eq!(told.starts_with("error: the ID token is not right: "), code == 4, "{told}");
        let kept = run.args(["-p", "p"]).any_output();
        if code == 0 {
            kept.run()
        } else {
            kept.code(9).run()
        };
    }
}
