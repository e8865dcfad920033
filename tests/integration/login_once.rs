//! What is good once goes out once, and one login at a time is asked for.

use std::io::{BufRead as _, BufReader, Read as _};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::harness::browser::{
    Asked, Browser, described, get, in_two_steps, login_server, posted, profile, simple_login_server,
};
use super::harness::jwt::{now, unsigned};
use super::harness::*;

#[test]
fn a_code_goes_out_once_whatever_comes_of_it() {
    for (answer, code) in [
        (json(503, ""), 6),
        (json(429, ""), 6),
        (json(408, ""), 6),
        (json(500, ""), 6),
        (Answer::raw("").then(Then::Reset), 5),
        (json(200, "{}"), 4),
    ] {
        let server = login_server("", move |_, _| answer.clone());
        let run = profile(&server, "");
        let (finish, _) = in_two_steps(&run, &["-p", "p"]);
        finish.clone().code(code).any_stderr().run();
        assert_eq!(posted(&server).len(), 1, "{code}");
        // The other way, with a listener.
        let (run, browser) = Browser::of(run.args(["-p", "p"]));
        let running = run.code(code).any_stderr().start();
        assert_eq!(browser.begin().comes_back(&[("code", "c")]).heading(), "Login failed");
        running.finish();
        assert_eq!(posted(&server).len(), 2, "{code}");
        // Nor is it of use to whoever tries once more.
        finish.code(9).any_stderr().run();
        assert_eq!(posted(&server).len(), 2, "{code}");
    }
}

/// A run that waits for another one to log in, with what it tells from then on.
fn waiting(run: Run) -> (Running, thread::JoinHandle<String>) {
    let mut running = run.args(["-v"]).any_stderr().start_with(
        std::process::Stdio::null(),
        std::process::Stdio::piped(),
        std::process::Stdio::piped(),
    );
    let mut told = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("another run is asking for this token") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it does not wait");
    }
    let rest = thread::spawn(move || {
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        rest
    });
    (running, rest)
}

#[test]
fn who_waits_for_a_login_shares_that_it_was_refused() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(profile(&server, ", cache: true").args(["-p", "p"]));
    let first = run.clone().code(3).any_stderr().start();
    let asked = browser.begin();
    let (second, rest) = waiting(run.code(3));
    asked.comes_back(&[("error", "access_denied")]);
    let refused = "/authorize refused client 'app'\ncaused by: access_denied\n";
    assert!(first.finish().stderr.contains(refused));
    second.finish();
    let rest = rest.join().unwrap();
    assert!(rest.contains(refused), "{rest}");
    assert_eq!(browser.count(), 1);
}

#[test]
fn where_nothing_is_kept_who_waits_asks_in_its_turn() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(profile(&server, "").args(["-p", "p"]).prints("tok-1"));
    let first = run.clone().any_stderr().start();
    let asked = browser.begin();
    let (second, rest) = waiting(run);
    asked.comes_back(&[("code", "c")]);
    first.finish();
    let begun = Instant::now();
    while browser.count() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not ask");
        thread::sleep(Duration::from_millis(2));
    }
    let start = browser.noted("address.1").trim_end().to_owned();
    let asked = Asked { url: get(&start).header("location").unwrap(), start };
    assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
    second.finish();
    rest.join().unwrap();
    assert_eq!(posted(&server).len(), 2);
}

#[test]
fn of_several_that_finish_one_login_one_sends() {
    let server = login_server("", |_, _| token().late(Duration::from_millis(200)));
    let (finish, _) = in_two_steps(&profile(&server, ""), &["-p", "p", "-q"]);
    let runs: Vec<_> = (0..5).map(|_| finish.clone().any_end().start()).collect();
    let mut codes: Vec<_> = runs.into_iter().map(|run| run.finish().code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 9, 9, 9, 9]);
    assert_eq!(posted(&server).len(), 1);
}

#[test]
fn a_login_that_was_begun_has_its_time() {
    let server = simple_login_server();
    let run = profile(&server, "");
    let (finish, _) = in_two_steps(&run.clone().env("OAUTH2TOK_LOGIN_TIMEOUT", "1ms"), &["-p", "p"]);
    finish
        .fails(9, "error: no login can be finished: its time is over\nhint: begin one: oauth2tok login --begin\n")
        .run();
    assert_eq!(posted(&server).len(), 0);
}

#[test]
fn what_was_known_at_the_beginning_is_checked_at_the_end() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        if request.target() == "/token" {
            let nonce = request.field("code").unwrap();
            let claims = json!({"iss": origin, "aud": "app", "sub": "u", "email": "ada@x", "nonce": nonce, "iat": now(), "exp": now() + 60});
            return token_with(
                "tok-1",
                &format!(r#","expires_in":3600,"refresh_token":"r","id_token":"{}""#, unsigned(&claims)),
            );
        }
        described(&origin, r#","authorization_response_iss_parameter_supported":true"#)
    });
    let run = profile(&server, ", scope: openid");
    let (finish, asked) = in_two_steps(&run, &["-p", "p"]);
    let ends = |with: &[(&str, &str)]| finish.clone().stdin(asked.back(with));
    let issuer = server.origin();
    let count = posted(&server).len();
    for (with, told) in [
        (
            &[("code", "c")][..],
            "error: the answer in the browser does not name its issuer, which the server's metadata promises (RFC 9207 §2.3)\n",
        ),
        (&[("code", "c"), ("iss", "https://evil.example")], "error: the answer in the browser is of another issuer: "),
    ] {
        let ended = ends(with).code(4).any_stderr().run();
        assert!(ended.stderr.starts_with(told), "{ended:?}");
    }
    assert_eq!(posted(&server).len(), count, "the code is sent nowhere");
    // The code of this server is the nonce that its ID token has.
    let ended = ends(&[("code", "another"), ("iss", &issuer)]).code(4).any_stderr().run();
    assert!(ended.stderr.contains("error: the ID token is not right: "), "{ended:?}");
    run.args(["-p", "p"]).code(9).any_stderr().run();
}

#[test]
fn the_first_redirect_of_a_list_is_the_one_where_nobody_listens() {
    let server = simple_login_server();
    let run = profile(&server, ", redirect_uri: ['http://127.0.0.1:8765/a', 'http://127.0.0.1/b']");
    let (finish, asked) = in_two_steps(&run, &["-p", "p", "-q"]);
    assert_eq!(asked.field("redirect_uri"), "http://127.0.0.1:8765/a");
    finish.run();
    assert_eq!(posted(&server)[0].field("redirect_uri").unwrap(), "http://127.0.0.1:8765/a");
}

#[test]
fn what_is_no_address_at_all_uses_nothing_up() {
    let server = simple_login_server();
    let (finish, _) = in_two_steps(&profile(&server, ""), &["-p", "p", "-q"]);
    for (stdin, why) in
        [(&b"\xff\xfe"[..], "it is not valid UTF-8"), (&[b'a'; (64 << 10) + 1], "larger than 65536 bytes")]
    {
        let told = format!(
            "error: the address where the browser ended cannot be read from stdin: {why}\n\
             hint: write it there, whole: oauth2tok login … --finish ID < FILE\n"
        );
        finish.clone().stdin(stdin).fails(2, told).run();
    }
    finish.run();
    assert_eq!(posted(&server).len(), 1);
}
