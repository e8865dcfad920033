//! A login in a browser: what it is asked, what it may come back with, and what comes of that.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::harness::browser::{
    Browser, described, get, get_with, login_server, post, posted, renewable_token, send, simple_login_server,
};
use crate::harness::jwt::{base64url, ed25519_pair, from_base64url, now, sha256};
use crate::harness::server::{Server, json as answer, token_with};
use crate::harness::{Jwt, Run, oauth2tok};

/// A run that logs in at `server`.
fn login(server: &Server) -> Run {
    oauth2tok().args(["--issuer", &server.origin(), "-i", "app", "-g", "authorization_code"])
}

/// What stands on stderr while a browser is waited for.
fn prompt(url: &str) -> String {
    format!("A browser is being opened to log in. If none comes up, open this address:\n{url}\n")
}

#[test]
fn the_browser_is_asked_exactly_this_and_the_code_is_traded_once_with_what_proves_it() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server).args(["-s", "read write", "--resource", "https://api.example/"]));
    let run = run.args(["--param", "tenant=acme", "-H", "X-Tenant: acme", "--audience", "api"]);
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert_eq!(
        asked.names(),
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "code_challenge",
            "code_challenge_method",
            "audience",
            "resource"
        ]
    );
    assert!(
        asked.url.starts_with(
            &server.at("/authorize?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A")
        )
    );
    assert_eq!(asked.field("scope"), "read write");
    assert_eq!(asked.field("code_challenge_method"), "S256");
    // 256 random bits.
    assert_eq!([asked.field("state"), asked.field("code_challenge")].map(|text| from_base64url(&text).len()), [32, 32]);
    let seen = asked.comes_back(&[("code", "c0de")]);
    assert_eq!((seen.status, seen.heading()), (200, "You are logged in"));
    let output = running.finish();
    assert_eq!(output.stderr, prompt(&asked.url));
    let requests = posted(&server);
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    let verifier = request.field("code_verifier").unwrap();
    assert_eq!(sha256(&verifier), asked.field("code_challenge"));
    assert_eq!(
        request.body(),
        format!(
            "grant_type=authorization_code&code=c0de&redirect_uri={}&code_verifier={verifier}&resource=https%3A%2F%2Fapi.example%2F&tenant=acme&client_id=app",
            form_urlencoded::byte_serialize(asked.field("redirect_uri").as_bytes()).collect::<String>()
        )
    );
    assert_eq!(request.header("x-tenant"), Some("acme"));
}

#[test]
fn state_and_verifier_are_new_each_time() {
    let server = simple_login_server();
    let each = [0, 1].map(|_| {
        let (run, browser) = Browser::of(login(&server));
        let running = run.prints("tok-1").any_stderr().start();
        let asked = browser.begin();
        asked.comes_back(&[("code", "c")]);
        running.finish();
        [asked.field("state"), asked.field("code_challenge"), asked.start.rsplit('/').next().unwrap().to_owned()]
    });
    for (first, second) in each[0].iter().zip(&each[1]) {
        assert_ne!(first, second);
    }
}

#[test]
fn only_our_state_ends_the_wait_and_one_token_request_is_made() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    let (redirect, authority) = (asked.field("redirect_uri"), asked.authority());
    let ours = asked.back(&[("code", "c0de")]);
    let path = ours.split_once(&authority).unwrap().1.to_owned();
    // Half of a request, and another protocol.
    let mut half = TcpStream::connect(&authority).unwrap();
    half.write_all(format!("GET {path} HT").as_bytes()).unwrap();
    let mut tls = TcpStream::connect(&authority).unwrap();
    tls.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").unwrap();
    let mut told = Vec::new();
    for (url, headers, status) in [
        (format!("{redirect}?error=access_denied&error_description=no"), "", 400),
        (format!("{redirect}?code=evil&state=other"), "", 400),
        (redirect.clone(), "", 400),
        (ours.clone(), "Sec-Purpose: prefetch;prerender\r\n", 503),
        (ours.clone(), "Sec-Fetch-Dest: image\r\n", 503),
        (ours.clone(), "Sec-Fetch-Dest: iframe\r\n", 503),
        (format!("http://{authority}/favicon.ico"), "", 404),
    ] {
        let seen = get_with(&url, headers);
        assert_eq!(seen.status, status, "{url} {headers}");
        if status == 400 {
            assert!(seen.heading().contains("not the login that is waiting"), "{seen:?}");
        }
        told.push(seen);
    }
    for request in [
        format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\n\r\n"),
        format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nHost: {authority}\r\n\r\n"),
        format!("GET {ours} HTTP/1.1\r\nHost: {authority}\r\n\r\n"),
    ] {
        assert_eq!(send(&authority, &request).status, 421, "{request}");
    }
    assert_eq!(send(&authority, &format!("DELETE {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n")).status, 405);
    assert_eq!(posted(&server).len(), 0);
    // Two at once: both see the same page.
    let at_once: Vec<_> = (0..2)
        .map(|_| {
            let ours = ours.clone();
            thread::spawn(move || get(&ours))
        })
        .collect();
    let seen: Vec<_> = at_once.into_iter().map(|one| one.join().unwrap()).collect();
    assert!(seen.iter().any(|seen| seen.status == 200 && seen.heading() == "You are logged in"), "{seen:?}");
    let output = running.finish();
    assert_eq!(
        output.stderr,
        prompt(&asked.url)
            + "warning: an answer came that is not to this login, and says 'access_denied'; it is not looked at\n"
    );
    assert_eq!(posted(&server).len(), 1);
}

#[test]
fn the_page_comes_after_the_token_and_tells_the_truth() {
    let server =
        login_server("", |_, _| answer(400, r#"{"error":"invalid_grant","error_description":"<b>spent</b>"}"#));
    let (run, browser) = Browser::of(login(&server));
    let running = run
        .code(3)
        .stderr_with(["/token refused client 'app' (none, HTTP 400)\n", "invalid_grant", "<b>spent</b>"])
        .start();
    let asked = browser.begin();
    let seen = asked.comes_back(&[("code", "c0de")]);
    assert_eq!((seen.status, seen.heading()), (200, "Login failed"));
    for part in ["invalid_grant", "&lt;b&gt;spent&lt;/b&gt;", "The terminal says what to do"] {
        assert!(seen.body.contains(part), "{}", seen.body);
    }
    for part in ["c0de", &asked.field("state"), "<b>spent"] {
        assert!(!seen.body.contains(part), "{}", seen.body);
    }
    running.finish();
}

#[test]
fn what_the_browser_comes_back_with_is_judged_in_this_order() {
    const PROMISES: &str = r#","authorization_response_iss_parameter_supported":true"#;
    #[track_caller]
    fn check(more: &'static str, with: &[(&str, &str)], code: i32, expected: &str) {
        let server = login_server(more, |_, _| renewable_token());
        let (run, browser) = Browser::of(login(&server));
        let run = if code == 0 { run.prints("tok-1").any_stderr() } else { run.code(code).any_stderr() };
        let running = run.start();
        let asked = browser.begin();
        let own = server.origin();
        let with: Vec<_> =
            with.iter().map(|(name, value)| (*name, if *value == "[ISS]" { &*own } else { value })).collect();
        let seen = asked.comes_back(&with);
        let heading = if code == 0 { "You are logged in" } else { "Login failed" };
        assert_eq!(seen.heading(), heading, "{seen:?}");
        let output = running.finish();
        let told = output.stderr.strip_prefix(&prompt(&asked.url)).unwrap_or_else(|| panic!("{}", output.stderr));
        let told = told.replace(&own, "[ISS]");
        assert!(told.starts_with(expected) && (code != 0 || told == expected), "{told}\nis not\n{expected}");
        assert_eq!(posted(&server).len(), usize::from(code == 0), "{told}");
    }
    let other = "error: the answer in the browser is of another issuer: 'https://evil.example' instead of '[ISS]' (RFC 9207 §2.4)\n";
    check("", &[("code", "c"), ("iss", "https://evil.example")], 4, other);
    check("", &[("error", "access_denied"), ("iss", "https://evil.example")], 4, other);
    check("", &[("code", "c"), ("iss", "[ISS]"), ("session_state", "x")], 0, "");
    check(PROMISES, &[("code", "c"), ("iss", "[ISS]")], 0, "");
    check(
        PROMISES,
        &[("code", "c")],
        4,
        "error: the answer in the browser does not name its issuer, which the server's metadata promises (RFC 9207 §2.3)\n",
    );
    let refused = "error: [ISS]/authorize refused client 'app'";
    check(PROMISES, &[("error", "access_denied"), ("error_description", "no\u{7}pe")], 3, refused);
    check("", &[("error", "access_denied")], 3, refused);
    check("", &[("error", "invalid_scope"), ("code", "c")], 3, refused);
    check(
        "",
        &[("error", "a"), ("error", "b")],
        4,
        "error: the answer in the browser has 'error' more than once (RFC 6749 §3.1)\n",
    );
    check(
        "",
        &[("code", "a"), ("code", "b")],
        4,
        "error: the answer in the browser has 'code' more than once (RFC 6749 §3.1)\n",
    );
    check(
        "",
        &[("code", "a"), ("state", "b")],
        4,
        "error: the answer in the browser has 'state' more than once (RFC 6749 §3.1)\n",
    );
    check("", &[("code", "")], 4, "error: the answer in the browser has no code (RFC 6749 §4.1.2)\n");
    check("", &[("token", "x")], 4, "error: the answer in the browser has no code (RFC 6749 §4.1.2)\n");
}

/// A set with the public half of the key that ID tokens are signed with.
fn jwks() -> String {
    use ring::signature::KeyPair as _;
    let x = base64url(ed25519_pair().public_key());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k", "use": "sig"}]}).to_string()
}

/// A signed ID token.
pub fn id_token(header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    format!("{input}.{}", base64url(ed25519_pair().sign(input.as_bytes())))
}

/// What comes of a login whose ID token has these changes, as header and claims: `null` leaves a claim out.
#[track_caller]
fn with_id_token(
    header: Value,
    changes: Value,
    more: &[&str],
    expect: impl FnOnce(Run) -> Run,
    expected: &str,
) -> Server {
    use std::sync::{Arc, Mutex};
    let nonce = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&nonce);
    let server = Server::scripted(move |_, request| {
        let origin = request.origin();
        if request.contains("/.well-known/") {
            return described(&origin, &format!(r#","jwks_uri":"{origin}/jwks""#));
        }
        if request.target() == "/jwks" {
            return answer(200, &jwks());
        }
        let mut claims = json!({
            "iss": origin, "aud": "app", "sub": "u-1", "preferred_username": "alice", "nonce": *known.lock().unwrap(),
            "iat": now(), "exp": now() + 60,
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(name),
                value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
        let text = match header["alg"].as_str().unwrap() {
            alg if alg.eq_ignore_ascii_case("none") => {
                format!("{}.{}.", base64url(header.to_string()), base64url(claims.to_string()))
            }
            _ => id_token(&header, &claims),
        };
        token_with("tok-1", &format!(r#","expires_in":3600,"refresh_token":"ref-1","id_token":"{text}""#))
    });
    let (run, browser) = Browser::of(login(&server).args(["-s", "openid", "--cache"]).args(more));
    let (again, run) = (run.clone(), expect(run).any_stderr());
    let running = run.start();
    let asked = browser.begin();
    *nonce.lock().unwrap() = asked.field("nonce");
    asked.comes_back(&[("code", "c0de")]);
    let output = running.finish();
    let told = output.stderr.strip_prefix(&prompt(&asked.url)).unwrap_or_else(|| panic!("{}", output.stderr));
    let told = told.replace(&server.origin(), "[ISS]");
    assert!(told.starts_with(expected) && (output.code != 0 || told == expected), "{told}\nis not\n{expected}");
    // What is not right is not kept.
    let again = again.env("OAUTH2TOK_LOGIN", "never").any_stderr();
    match output.code {
        0 => again.prints("tok-1").run(),
        _ => again.code(9).run(),
    };
    server
}

#[test]
fn an_id_token_is_right_or_nothing_is_kept() {
    let eddsa = || json!({"alg": "EdDSA", "kid": "k"});
    let right = |run: Run| run.prints("tok-1");
    let wrong = |run: Run| run.code(4);
    let hash = |text: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA512, text.as_bytes());
        base64url(&digest.as_ref()[..32])
    };
    with_id_token(eddsa(), json!({}), &[], right, "");
    with_id_token(eddsa(), json!({"aud": ["app"], "at_hash": hash("tok-1")}), &[], right, "");
    with_id_token(
        eddsa(),
        json!({"aud": ["app", "b"], "azp": "app", "iat": now() + 20, "exp": now() - 20}),
        &[],
        right,
        "",
    );
    for changes in [
        json!({"iss": "https://evil.example"}),
        json!({"iss": null}),
        json!({"aud": "other"}),
        json!({"aud": ["app", "b"]}),
        json!({"aud": ["app", "b"], "azp": "b"}),
        json!({"exp": now() - 60}),
        json!({"exp": null}),
        json!({"iat": now() + 60}),
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"at_hash": hash("tok-2")}),
    ] {
        with_id_token(eddsa(), changes, &[], wrong, "error: the ID token is not right: ");
    }
    for alg in ["none", "NONE", "nOnE", "HS256"] {
        with_id_token(json!({"alg": alg}), json!({}), &[], wrong, "error: the ID token is not right: ");
    }
    with_id_token(
        json!({"alg": "ES512", "kid": "k"}),
        json!({}),
        &[],
        right,
        "warning: the ID token's signature is not checked: its algorithm ES512 cannot be checked here\n",
    );
    with_id_token(json!({"alg": "EdDSA", "kid": "z"}), json!({}), &[], wrong, "error: the ID token is not right: ");
}

#[test]
fn who_logs_in_is_who_was_meant_or_nothing_is_kept() {
    let header = || json!({"alg": "EdDSA", "kid": "k"});
    let hint = "error: alice logged in, and not bob\nhint: let the server ask who it is: --prompt select_account\n";
    with_id_token(header(), json!({}), &["-u", "bob"], |run| run.code(9), hint);
    for name in ["ALICE", "u-1", "a@b.example", "upn@x"] {
        let more = json!({"email": "a@b.example", "upn": "upn@x"});
        with_id_token(header(), more, &["-u", name], |run| run.prints("tok-1"), "");
    }
}

#[test]
fn without_an_issuer_one_warning_tells_what_is_not_checked() {
    let server = Server::scripted(|_, _| {
        let claims = json!({"aud": "app", "sub": "u", "iat": now(), "exp": now() + 60});
        token_with("tok-1", &format!(r#","id_token":"{}""#, id_token(&json!({"alg": "RS256"}), &claims)))
    });
    let (run, browser) =
        Browser::of(oauth2tok().args(["--token-endpoint", &server.url(), "-i", "app", "-g", "authorization_code"]));
    let running =
        run.env("OAUTH2TOK_AUTHORIZATION_ENDPOINT", server.at("/authorize?x=1")).prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert!(asked.url.starts_with(&server.at("/authorize?x=1&response_type=code&")));
    assert_eq!(asked.find("nonce"), None);
    asked.comes_back(&[("code", "c")]);
    assert_eq!(
        running.finish().stderr,
        prompt(&asked.url)
            + "warning: no issuer is given: the ID token's is not compared, nor its signature checked: no jwks_uri is known\n"
    );
}

#[test]
fn a_pushed_request_leaves_nothing_in_the_address() {
    for (more, par) in [(r#","require_pushed_authorization_requests":true"#, "false"), ("", "true")] {
        let server = Server::scripted(move |_, request| {
            let origin = request.origin();
            match request.target() {
                "/par" => answer(201, r#"{"request_uri":"urn:x:pushed-1","expires_in":60}"#),
                "/token" => renewable_token(),
                _ => described(&origin, &format!(r#","pushed_authorization_request_endpoint":"{origin}/par"{more}"#)),
            }
        });
        let (run, browser) = Browser::of(login(&server).env("OAUTH2TOK_CLIENT_SECRET", "s3cret-of-app"));
        let run = if par == "true" { run.env("OAUTH2TOK_PAR", par) } else { run };
        let run = run.args(["--param", "tenant=acme", "-H", "X-Tenant: acme", "--resource", "https://api.example/"]);
        let running = run.prints("tok-1").any_stderr().start();
        let asked = browser.begin();
        assert_eq!(asked.url, server.at("/authorize?client_id=app&request_uri=urn%3Ax%3Apushed-1"));
        let requests = posted(&server);
        let pushed = &requests[0];
        assert!(pushed.header("authorization").is_some_and(|value| value.starts_with("Basic ")), "{pushed}");
        // These go to the token request alone.
        assert_eq!((pushed.field("tenant"), pushed.header("x-tenant")), (None, None));
        let state = pushed.field("state").unwrap();
        let redirect = pushed.field("redirect_uri").unwrap();
        assert_eq!(get(&format!("{redirect}?code=c&state={state}")).heading(), "You are logged in");
        let output = running.finish();
        assert_eq!(output.stderr, prompt(&asked.url) + "It is good for 1 minute.\n");
        let requests = posted(&server);
        let of_token = |name| requests[1].field(name).unwrap();
        assert_eq!((&*of_token("tenant"), &*of_token("resource")), ("acme", "https://api.example/"));
        assert_eq!(requests[1].header("x-tenant"), Some("acme"));
        assert_eq!(sha256(requests[1].field("code_verifier").unwrap()), pushed.field("code_challenge").unwrap());
    }
}

#[test]
fn a_form_is_posted_where_that_was_asked_for() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server));
    let running = run.env("OAUTH2TOK_RESPONSE_MODE", "form_post").prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert_eq!(asked.field("response_mode"), "form_post");
    let seen = post(&asked.field("redirect_uri"), &format!("code=c0de&state={}", asked.field("state")));
    assert_eq!(seen.heading(), "You are logged in");
    running.finish();
    // Nobody who did not ask for one gets one.
    let (run, browser) = Browser::of(login(&server));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    let body = format!("code=c0de&state={}", asked.field("state"));
    assert_eq!(post(&asked.field("redirect_uri"), &body).status, 405);
    assert_eq!(asked.comes_back(&[("code", "c0de")]).heading(), "You are logged in");
    running.finish();
}

#[test]
fn the_first_redirect_whose_port_is_free_is_the_one() {
    let server = simple_login_server();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (run, browser) = Browser::of(login(&server));
    let list = format!("http://127.0.0.1:{port}/cb http://127.0.0.1/other");
    let running = run.env("OAUTH2TOK_REDIRECT_URI", list).prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    assert!(asked.field("redirect_uri").ends_with("/other"), "{}", asked.url);
    asked.comes_back(&[("code", "c")]);
    running.finish();
    let count = server.count();
    let run = login(&server).env("OAUTH2TOK_REDIRECT_URI", format!("http://127.0.0.1:{port}/cb"));
    let output = run.env("OAUTH2TOK_LOGIN", "always").code(2).any_stderr().run();
    let expected = format!("error: cannot wait for the browser at http://127.0.0.1:{port}/cb: ");
    assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
    assert_eq!(server.count(), count, "nothing is sent");
}

#[test]
fn nothing_of_the_login_is_in_a_command_line_and_nothing_secret_in_an_environment() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server).env("OAUTH2TOK_CLIENT_SECRET", "s3cret-of-app"));
    let running = run.prints("tok-1").any_stderr().start();
    let start = browser.address();
    let (authority, token) = start.strip_prefix("http://").unwrap().split_once('/').unwrap();
    assert!(authority.starts_with("127.0.0.1:"), "{start}");
    assert_eq!(from_base64url(token).len(), 16, "{start}");
    assert!(!browser.noted("env").contains("s3cret"), "{}", browser.noted("env"));
    let group: u32 = browser.noted("pgid").trim().parse().unwrap();
    assert_ne!(group, running.id());
    let streams = browser.noted("streams");
    for stream in ["0 -> /dev/null", "9 -> /dev/null", "2 -> /dev/null"] {
        assert!(streams.contains(stream), "{streams}");
    }
    let asked = browser.begin();
    asked.comes_back(&[("code", "c")]);
    running.finish();
}

#[test]
fn a_start_address_that_somebody_else_opened_too_logs_nobody_in_without_a_yes() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server).args(["--cache"]));
    let again = run.clone();
    let running = run.code(9).any_stderr().start();
    let asked = browser.begin();
    let second = get(&asked.start);
    assert_eq!(second.status, 410);
    assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "Login failed");
    assert_eq!(
        running.finish().stderr,
        prompt(&asked.url)
            + "warning: the start address was opened a second time: somebody else may be logging in here\n\
               error: the start address was opened more than once, and nobody said that whoever it was is right\n\
               hint: somebody else on this machine may have logged in as himself: log in again, and answer the question at a terminal\n"
    );
    again.env("OAUTH2TOK_LOGIN", "never").code(9).any_stderr().run();
}

#[test]
fn nobody_who_comes_in_time_is_exit_9_and_the_page_may_say_why() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(login(&server));
    let output = run.env("OAUTH2TOK_LOGIN_TIMEOUT", "300ms").code(9).any_stderr().run();
    let asked = output.stderr.lines().nth(1).unwrap().to_owned();
    let redirect = asked.split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap();
    let redirect = form_urlencoded::parse(format!("a={redirect}").as_bytes()).next().unwrap().1.into_owned();
    assert_eq!(
        output.stderr,
        prompt(&asked)
            + &format!(
                "error: nobody came back from the browser within 300ms\n\
                 hint: if the browser shows an error of the server: does it know client 'app', and is {redirect} registered for it (redirect_uri)? some servers take any port on 127.0.0.1, some none but the registered one\n\
                 hint: if the browser cannot reach that address: it runs on another machine; log in with --device, or have the port forwarded (ssh -L)\n\
                 hint: if nothing happens after the login page: its Content-Security-Policy may forbid the way back (form-action)\n\
                 hint: if 300ms was too short: login_timeout: 600ms in a profile, or --login-timeout 600ms for oauth2tok login\n"
            )
    );
    browser.address();
    assert_eq!(browser.count(), 1);
    assert!(TcpStream::connect(redirect.strip_prefix("http://").unwrap().split('/').next().unwrap()).is_err());
}

#[test]
fn tokens_are_bound_to_the_key_that_the_browser_was_sent_with() {
    let server = login_server("", |_, _| answer(200, r#"{"access_token":"tok-1","token_type":"DPoP"}"#));
    let (run, browser) = Browser::of(login(&server).args(["--dpop"]));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    asked.comes_back(&[("code", "c")]);
    running.finish();
    let proof = Jwt::of(posted(&server)[0].header("dpop").unwrap());
    let jwk = &proof.header["jwk"];
    // RFC 7638 §3: these members in this order.
    let members = format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]);
    assert_eq!(asked.field("dpop_jkt"), sha256(members), "{jwk}");
}

#[test]
fn a_kept_login_is_found_however_the_person_was_asked_and_not_where_the_cache_is_refused() {
    let server = login_server("", |number, _| {
        token_with(&format!("tok-{number}"), r#","expires_in":3600,"refresh_token":"ref""#)
    });
    let (run, browser) = Browser::of(login(&server).args(["--cache"]));
    let bare = login(&server).at_home(&run.its_home());
    let running = run.clone().any_stdout().any_stderr().start();
    browser.begin().comes_back(&[("code", "c")]);
    let token = running.finish().stdout;
    let count = server.count();
    bare.clone().stdout(token.clone()).run();
    let by_device =
        oauth2tok().at_home(&run.its_home()).args(["--issuer", &server.origin(), "-i", "app", "-g", "device_code"]);
    by_device.stdout(token).run();
    assert_eq!(server.count(), count);
    let refused = bare.args(["--no-cache"]).fails(
        9,
        "error: a person must log in: no login is kept\n\
         caused by: nobody is asked: this is no terminal that somebody sits at\n\
         hint: cache: false (flag --no-cache): a kept login is not looked for; leave it out\n\
         hint: oauth2tok login --issuer http://127.0.0.1:[PORT] -g authorization_code -i app\n",
    );
    refused.run();
    assert_eq!(server.count(), count, "nothing is sent before somebody can be asked");
}
