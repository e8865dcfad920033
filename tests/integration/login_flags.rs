//! The flags of `login`: each of them is in what is asked, or does what it says.

use super::harness::browser::{Asked, Browser, in_two_steps, posted, simple_login_server};
use super::harness::jwt::now;
use super::harness::*;

/// A client of `server`, without a profile.
fn client_at(server: &Server) -> [String; 4] {
    ["--issuer".to_owned(), server.origin(), "-i".to_owned(), "app".to_owned()]
}

/// `login` with the client of `server` and these words, in two steps.
#[track_caller]
fn asked(server: &Server, words: &[&str]) -> (Run, Asked) {
    let client = client_at(server);
    let words: Vec<_> = client.iter().map(String::as_str).chain(words.iter().copied()).collect();
    in_two_steps(&oauth2tok(), &words)
}

#[test]
fn each_flag_of_the_request_is_in_it_and_repeats_where_it_may() {
    let server = simple_login_server();
    let words = [
        "-s",
        "openid a",
        "--redirect-uri",
        "http://localhost:8765/a",
        "--redirect-uri",
        "http://localhost/b",
        "--prompt",
        "login consent",
        "--login-hint",
        "ada@x",
        "--max-age",
        "90",
        "--acr-values",
        "gold silver",
        "--auth-param",
        "a=1",
        "--auth-param",
        "b=2 3",
        "--response-mode",
        "form_post",
        "--authorization-endpoint",
    ];
    let endpoint = server.at("/elsewhere?x=1");
    let (finish, asked) = self::asked(&server, &[&words[..], &[&endpoint]].concat());
    assert!(asked.url.starts_with(&format!("{endpoint}&response_type=code&client_id=app&")), "{}", asked.url);
    for (name, value) in [
        ("redirect_uri", "http://localhost:8765/a"),
        ("scope", "openid a"),
        ("prompt", "login consent"),
        ("login_hint", "ada@x"),
        ("max_age", "90"),
        ("acr_values", "gold silver"),
        ("a", "1"),
        ("b", "2 3"),
        ("response_mode", "form_post"),
    ] {
        assert_eq!(asked.field(name), value, "{name}");
    }
    finish.args(["-q"]).run();
    // Nothing of that is said twice.
    let traded = posted(&server).pop().unwrap();
    for name in ["prompt", "login_hint", "max_age", "acr_values", "a", "b", "response_mode", "scope"] {
        assert_eq!(traded.field(name), None, "{name}");
    }
}

#[test]
fn the_account_is_the_hint_but_where_somebody_is_to_choose() {
    let server = simple_login_server();
    assert_eq!(asked(&server, &["-u", "ada@x"]).1.field("login_hint"), "ada@x");
    assert_eq!(asked(&server, &["-u", "ada@x", "--login-hint", "a"]).1.field("login_hint"), "a");
    let chosen = asked(&server, &["-u", "ada@x", "--prompt", "select_account"]).1;
    assert_eq!((chosen.field("prompt").as_str(), chosen.find("login_hint")), ("select_account", None));
}

#[test]
fn a_login_has_the_time_that_is_given_to_it() {
    let server = simple_login_server();
    let begun = now();
    let run = oauth2tok().args(["login", "--begin", "--login-timeout", "90s"]).args(client_at(&server));
    let told: serde_json::Value = serde_json::from_str(&run.any_stdout().run().stdout).unwrap();
    let until = told["expires_at"].as_i64().unwrap();
    assert!((begun + 90..begun + 110).contains(&until), "{told}");
}

#[test]
fn the_browser_the_place_to_listen_and_the_redirect_are_those_of_the_flags() {
    let server = simple_login_server();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = || oauth2tok().args(["login"]).args(client_at(&server)).args(["--listen", &free.to_string()]);
    let (run_with, browser) = Browser::of(run());
    let script = run_with.path_text("browser/open");
    let run_with = run_with.without("OAUTH2TOK_BROWSER").without("OAUTH2TOK_LOGIN");
    let running = run_with.args(["--browser", &format!("{script} %s")]).any_stderr().start();
    let asked = browser.begin();
    assert_eq!(asked.field("redirect_uri"), format!("http://{free}/callback"));
    assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
    running.finish();
    let told = run().args(["--no-browser", "--login-timeout", "20ms"]).code(9).any_stderr().run().stderr;
    assert!(told.starts_with("Open this address in a browser to log in:\n"), "{told}");
}

#[test]
fn who_is_not_told_by_the_server_is_taken_for_who_was_meant() {
    let server = simple_login_server();
    let (finish, _) = asked(&server, &["-u", "ada@x", "-q"]);
    let home = finish.its_home();
    finish.run();
    let run = oauth2tok().at_home(&home).args(client_at(&server)).args(["-g", "device_code", "-u", "ada@x"]);
    run.prints("tok-1").run();
}

#[test]
fn a_batch_uses_a_login_that_is_kept() {
    let server = simple_login_server();
    let (finish, _) = asked(&server, &["-q"]);
    let home = finish.its_home();
    finish.run();
    let count = server.count();
    let run = oauth2tok().at_home(&home).args(["batch"]).args(client_at(&server)).args(["-g", "authorization_code"]);
    let told = run.stdin("{\"id\":1}\n{\"id\":2}\n").any_output().run().stdout;
    assert_eq!(told.matches("tok-1").count(), 2, "{told}");
    assert_eq!(server.count(), count, "nothing is sent");
}

#[test]
fn a_rehearsal_takes_no_port_no_browser_and_no_metadata() {
    let server = simple_login_server();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let redirect = format!("http://{}/cb", taken.local_addr().unwrap());
    let (run, browser) = Browser::of(oauth2tok().args(["login", "--dry-run"]).args(client_at(&server)));
    let told = run.args(["--redirect-uri", &redirect]).any_output().run().stdout;
    let sent = form_urlencoded::byte_serialize(redirect.as_bytes()).collect::<String>();
    assert_eq!(told.matches(&format!("redirect_uri={sent}&")).count(), 2, "{told}");
    assert_eq!((server.connections(), browser.count()), (0, 0));
}
