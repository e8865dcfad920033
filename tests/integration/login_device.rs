//! A login on another device: what is told, and how the server is asked until somebody has agreed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::browser::{Browser, described, get, login_server, posted, renewable_token};
use crate::harness::jwt::{now, sha256, unsigned};
use crate::harness::server::{Answer, Request, Server, Then, json as answer, status, token_with};
use crate::harness::{Run, at_once, oauth2tok};

fn login(server: &Server) -> Run {
    let run = oauth2tok().args(["--issuer", &server.origin(), "-i", "app", "-g", "device_code"]);
    run.env("OAUTH2TOK_LOGIN", "always")
}

/// What a device is told, with these changes; `null` leaves a member out.
fn codes(changes: &Value) -> Answer {
    let mut members = json!({
        "device_code": "dev1ce", "user_code": "WDJB-MJHT", "verification_uri": "https://idp.example/device",
        "expires_in": 600, "interval": 1,
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => members.as_object_mut().unwrap().remove(name),
            value => members.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    answer(200, &members.to_string())
}

/// A server that gives these codes, and these answers to who asks for the token.
fn server(changes: Value, answers: Vec<Answer>) -> Server {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    login_server("", move |_, request: &Request| match request.target() {
        "/device" => codes(&changes),
        _ => {
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            answers[number.min(answers.len() - 1)].clone()
        }
    })
}

const PROMPT: &str = "Open this address on any device:\nhttps://idp.example/device\nand enter this code:\nWDJB-MJHT\n\
                      They are good for 10 minutes. Only if you started this login yourself.\n";

fn pending() -> Answer {
    answer(400, r#"{"error":"authorization_pending"}"#)
}

/// When each of the token requests came, from the device's on (milliseconds).
fn waits(server: &Server) -> Vec<u128> {
    let requests = server.requests();
    let times = server.times();
    let begun = requests.iter().position(|request| request.target() == "/device").unwrap();
    times[begun..].windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect()
}

#[test]
fn a_code_is_told_and_the_token_asked_for_until_somebody_has_agreed() {
    let server = server(json!({}), vec![pending(), renewable_token()]);
    let run = login(&server).args(["-s", "read write", "--audience", "api", "--resource", "https://a.example/", "-q"]);
    run.env("OAUTH2TOK_AUTH_PARAM", "tenant=acme").prints("tok-1").stderr(PROMPT).run();
    let requests: Vec<_> = posted(&server).iter().map(|request| request.body().to_owned()).collect();
    let polls = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dev1ce&client_id=app";
    assert_eq!(
        requests,
        ["scope=read+write&audience=api&resource=https%3A%2F%2Fa.example%2F&tenant=acme&client_id=app", polls, polls]
    );
    assert!(waits(&server).iter().all(|wait| (1000..4000).contains(wait)), "{:?}", waits(&server));
}

#[test]
fn the_code_is_told_beside_the_address_that_has_it_and_as_json() {
    let complete = json!({"verification_uri_complete": "https://idp.example/device?user_code=WDJB-MJHT"});
    let one = server(complete.clone(), vec![renewable_token()]);
    let told = PROMPT.replace(
        "They are",
        "or open this one, which has the code in it:\nhttps://idp.example/device?user_code=WDJB-MJHT\nThey are",
    );
    login(&one).prints("tok-1").stderr(told).run();
    let two = server(complete, vec![renewable_token()]);
    let output = login(&two).args(["--error-format", "json"]).prints("tok-1").any_stderr().run();
    let told: Value = serde_json::from_str(&output.stderr).unwrap();
    assert!(told["expires_at"].as_u64().is_some_and(|at| at > 1_700_000_000), "{told}");
    let mut told = told;
    told["expires_at"] = json!(0);
    assert_eq!(
        told,
        json!({
            "kind": "prompt", "verification_uri": "https://idp.example/device", "user_code": "WDJB-MJHT",
            "verification_uri_complete": "https://idp.example/device?user_code=WDJB-MJHT", "expires_at": 0,
        })
    );
}

#[test]
fn what_is_shown_is_no_command_of_the_terminal() {
    let server = server(json!({"user_code": "A\u{1b}[2JB\n"}), vec![renewable_token()]);
    let told = PROMPT.replace("WDJB-MJHT", "A\\u{1b}[2JB\\n");
    login(&server).prints("tok-1").stderr(told).run();
}

#[test]
fn each_answer_says_how_long_to_wait() {
    let answers = [
        // RFC 8628 §3.5: 5 s more, which is more than the interval that it names.
        (answer(400, r#"{"error":"slow_down","interval":2}"#), 6000..9000),
        (status(429, &["Retry-After: 7"], ""), 7000..9500),
        // Where a connection is lost: twice the time.
        (Answer::raw("").then(Then::Reset), 2000..4500),
    ];
    at_once(answers, |(answer, expected)| {
        let server = server(json!({}), vec![answer, renewable_token()]);
        login(&server).prints("tok-1").stderr(PROMPT).run();
        let waits = waits(&server);
        assert!((1000..4000).contains(&waits[0]) && expected.contains(&waits[1]), "{waits:?}, not {expected:?}");
    });
}

#[test]
fn the_end_of_a_code_is_told_apart() {
    let denied = |error: &str| {
        format!(
            "error: [ISS]/token refused client 'app' (none, HTTP 400)\ncaused by: {error}\n\
             hint: the login was refused, or this code was used already: log in again for a new one\n"
        )
    };
    let expired = |error: &str| {
        format!(
            "error: nobody agreed in time: the code of [ISS]/token has expired\ncaused by: {error}\n\
             hint: log in again, and enter the code while it is good\n"
        )
    };
    let ends = [
        ("access_denied", 3, denied("access_denied")),
        ("authorization_declined", 3, denied("authorization_declined")),
        ("expired_token", 9, expired("expired_token")),
        ("token_expired", 9, expired("token_expired")),
    ];
    at_once(ends, |(error, code, expected)| {
        let server = server(json!({}), vec![answer(400, &format!(r#"{{"error":"{error}"}}"#))]);
        let output = login(&server).code(code).any_stderr().run();
        let told = output.stderr.strip_prefix(PROMPT).unwrap_or_else(|| panic!("{}", output.stderr));
        assert_eq!(told.replace(&server.origin(), "[ISS]"), expected);
    });
}

#[test]
fn time_that_is_over_ends_it_after_a_last_question() {
    let server = server(json!({"expires_in": 2}), vec![pending()]);
    let output = login(&server).code(9).any_stderr().run();
    assert!(output.stderr.contains("error: nobody agreed in time: the code of"), "{}", output.stderr);
    assert!(output.took < Duration::from_secs(6), "{:?}", output.took);
    assert_eq!(posted(&server).len(), 3);
}

#[test]
fn an_id_token_is_checked_however_long_the_person_took() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let claims = json!({"iss": origin, "aud": "app", "sub": "u", "iat": now(), "exp": now() + 60});
        match request.target() {
            "/device" => codes(&json!({"interval": 2})),
            "/jwks" => answer(200, r#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}]}"#),
            "/token" => token_with("tok-1", &format!(r#","id_token":"{}""#, unsigned(&claims))),
            _ => described(&origin, &format!(r#","jwks_uri":"{origin}/jwks""#)),
        }
    });
    // The time of the run is over long before.
    let output = login(&server).args(["-s", "openid", "--timeout", "1s"]).code(4).any_stderr().run();
    assert!(output.stderr.contains("\nerror: the ID token is not right: "), "{}", output.stderr);
}

#[test]
fn a_start_address_that_somebody_else_opened_too_logs_nobody_in_without_a_yes() {
    // The address that has the code in it goes before the one that has not.
    let runs = [None, Some("https://idp.example/device?user_code=WDJB-MJHT")].map(|complete| {
        let server = server(json!({"interval": 2, "verification_uri_complete": complete}), vec![renewable_token()]);
        let run = oauth2tok().args(["login", "--device", "--open", "--issuer", &server.origin(), "-i", "app"]);
        let (run, browser) = Browser::of(run);
        let running = run.code(9).any_stderr().start();
        let asked = browser.begin();
        assert_eq!(asked.url, complete.unwrap_or("https://idp.example/device"));
        assert_eq!(get(&asked.start).status, 410);
        running
    });
    for running in runs {
        let told = running.finish().stderr;
        assert!(told.contains("\nwarning: the start address was opened a second time"), "{told}");
        assert!(told.contains("\nerror: the start address was opened more than once, and nobody said"), "{told}");
    }
}

#[test]
fn what_real_servers_send_is_read_and_what_cannot_be_used_is_no_answer() {
    let bent = [
        (json!({"verification_uri": null, "verification_url": "https://www.google.com/device"}), "verification_url"),
        (json!({"expires_in": null}), "expires_in is missing"),
        (json!({"verification_uri_complete": "http://idp.example/x"}), "verification_uri_complete"),
    ];
    at_once(bent, |(changes, deviation)| {
        let lenient = server(changes.clone(), vec![renewable_token()]);
        let output = login(&lenient).args(["-v"]).prints("tok-1").any_stderr().run();
        assert!(output.stderr.contains(&format!("* deviation: {deviation}")), "{}", output.stderr);
        let strict = server(changes, vec![renewable_token()]);
        let output = login(&strict).args(["--strict"]).code(4).any_stderr().run();
        assert!(output.stderr.contains(deviation), "{}", output.stderr);
        assert_eq!(posted(&strict).len(), 1);
    });
    for changes in [
        json!({"device_code": null}),
        json!({"user_code": ""}),
        json!({"verification_uri": null}),
        json!({"verification_uri": "http://idp.example/device"}),
        json!({"verification_uri": "javascript:alert(1)"}),
    ] {
        let server = server(changes.clone(), vec![renewable_token()]);
        let output = login(&server).code(4).any_stderr().run();
        let expected =
            format!("error: the answer of {}/device is not a device authorization response: ", server.origin());
        assert!(output.stderr.starts_with(&expected), "{changes}: {}", output.stderr);
        assert_eq!(posted(&server).len(), 1);
    }
}

#[test]
fn a_challenge_goes_out_where_that_is_said_and_its_verifier_with_each_poll() {
    let server = server(json!({}), vec![pending(), renewable_token()]);
    login(&server).env("OAUTH2TOK_PKCE", "true").prints("tok-1").stderr(PROMPT).run();
    let requests = posted(&server);
    for poll in &requests[1..] {
        assert_eq!(sha256(poll.field("code_verifier").unwrap()), requests[0].field("code_challenge").unwrap());
    }
    assert_eq!(requests.len(), 3);
}
