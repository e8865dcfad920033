//! `request`: the real program against real sockets.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::loopback::{CANARY, Request, Run, Server, answer};

fn echo() -> Server {
    Server::new(|request| answer(200, "X-Api: yes\r\n", &format!("{} {}", request.method, request.path)))
}

fn status(code: u16, body: &'static str) -> Server {
    Server::new(move |_| answer(code, "Content-Type: application/json\r\nSet-Cookie: s=c00kie\r\n", body))
}

fn bearer(request: &Request) -> &str {
    request.header("authorization").unwrap_or("none")
}

#[test]
fn the_body_is_printed_as_it_came_and_the_token_went_along() {
    let (idp, api) = (Server::tokens(), echo());
    Run::at(&idp, &["request", &api.url("/things?x=1")]).end().check(0, "GET /things?x=1", &[]);
    let seen = &api.requests()[0];
    assert_eq!(bearer(seen), "Bearer token-1");
    assert_eq!(seen.header("accept"), Some("*/*"));
    assert!(seen.header("user-agent").unwrap().starts_with("oauth2tok/"));
    assert_eq!(idp.requests().len(), 1);
}

#[test]
fn flags_count_before_and_after_the_word_request() {
    let (idp, api) = (Server::tokens(), echo());
    let endpoint = idp.url("/token");
    let before = ["--token-endpoint", &endpoint, "-i", "a", "request", &api.url("/"), "-i", "b", "-s", "x"];
    Run::new(&before).end().check(0, "GET /", &[]);
    let seen = &idp.requests()[0];
    assert_eq!(seen.text(), "grant_type=client_credentials&scope=x");
    assert!(seen.header("authorization").unwrap().starts_with("Basic Y"), "the later id wins: {seen:?}");
}

#[test]
fn a_relative_url_is_joined_to_the_base() {
    let (idp, api) = (Server::tokens(), echo());
    let base = api.url("/a/b//?k=1");
    for (path, expected) in [
        ("//c", "GET /a/b/c?k=1"),
        ("c?y=2", "GET /a/b/c?k=1&y=2"),
        ("", "GET /a/b//?k=1"),
        (&*api.url("/z"), "GET /z"),
    ] {
        Run::at(&idp, &["request", "--base-url", &base, path]).end().check(0, expected, &[]);
    }
    Run::at(&idp, &["request", "c"]).env("OAUTH2TOK_BASE_URL", &base).end().check(0, "GET /a/b/c?k=1", &[]);
    Run::at(&idp, &["request", "c"]).end().check(2, "", &["the URL is relative", "--base-url"]);
}

#[test]
fn another_origin_than_the_bases_is_refused_before_anything_is_sent() {
    let (idp, api, other) = (Server::tokens(), echo(), echo());
    let run = |more: &[&str]| {
        let (base, url) = (api.url("/"), other.url("/x?token=hunter22"));
        let words = [&["request", "--base-url", &base], more, &[&*url]].concat();
        Run::at(&idp, &words).end()
    };
    run(&[]).check(2, "", &["another origin", "--allow-other-origin"]);
    assert_eq!((idp.connections(), other.connections()), (0, 0));
    run(&["--allow-other-origin"]).check(0, "GET /x?token=hunter22", &[]);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let idp = Server::tokens();
    Run::at(&idp, &["request", "http://api.example.com/"]).end().check(2, "", &["plain http"]);
    Run::at(&idp, &["request", "x", "--base-url", "http://api.example.com/"]).end().check(
        2,
        "",
        &["base_url", "plain http"],
    );
    assert_eq!(idp.connections(), 0);
}

#[test]
fn a_redirect_to_another_origin_gets_no_connection_at_all() {
    let (idp, other) = (Server::tokens(), echo());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}\r\n", other.url("/x?q=hunter22"));
        let api = Server::new(move |_| answer(status, &location, "moved"));
        Run::at(&idp, &["request", &api.url("/")]).end().check(0, "moved", &["is not followed", "another origin"]);
        assert_eq!(api.requests().len(), 1);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_redirect_within_the_origin_is_followed_for_get_alone() {
    let idp = Server::tokens();
    let api = Server::new(|request| match request.path.as_str() {
        "/old" => answer(302, "Location: /new?x=1\r\n", "moved"),
        "/loop" => answer(302, "Location: /loop\r\n", "round"),
        _ => answer(200, "", &format!("{} {}", request.method, bearer(request))),
    });
    Run::at(&idp, &["request", &api.url("/old")]).end().check(0, "GET Bearer token-1", &[]);
    Run::at(&idp, &["request", "post", &api.url("/old")]).end().check(0, "moved", &["only GET and HEAD"]);
    Run::at(&idp, &["request", &api.url("/loop")]).end().check(0, "round", &["there were 5 before it"]);
}

#[test]
fn bodies_and_their_types() {
    let (idp, api) = (Server::tokens(), echo());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.bin");
    std::fs::write(&file, b"\0\xff\n").unwrap();
    let at_file = format!("@{}", file.display());
    let url = api.url("/");
    let form = "application/x-www-form-urlencoded";
    let cases: [(&[&str], &str, &[u8], &str); 9] = [
        (&["-d", "a=1&b=2"], form, b"a=1&b=2", "POST"),
        (&["-d", " {\"a\": 1}"], "application/json", b" {\"a\": 1}", "POST"),
        (&["-d", "{nearly"], form, b"{nearly", "POST"),
        (&["--json", "5"], "application/json", b"5", "POST"),
        (&["-d", &at_file, "--content-type", "image/x"], "image/x", b"\0\xff\n", "POST"),
        (&["-d", &at_file, "-H", "content-type: text/y"], "text/y", b"\0\xff\n", "POST"),
        (&["-d", "@-"], "application/json", b"[\n]\n", "POST"),
        (&["--json", "@-"], "application/json", b"[\n]\n", "POST"),
        (&["-d", "", "PATCH"], form, b"", "PATCH"),
    ];
    for (words, content_type, body, method) in cases {
        let words = [&["request"], words, &[&*url]].concat();
        assert_eq!(Run::at(&idp, &words).stdin("[\n]\n").end().code, 0, "{words:?}");
        let seen = api.requests().pop().unwrap();
        assert_eq!(seen.header("content-type"), Some(content_type), "{words:?}");
        assert_eq!((seen.body.as_slice(), seen.method.as_str()), (body, method), "{words:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_before_the_token_is_fetched() {
    let (idp, api) = (Server::tokens(), echo());
    let url = api.url("/");
    let cases: [(&[&str], &str); 17] = [
        (&["-H", "authorization: Basic hunter22"], "'Authorization' is where the token goes"),
        (&["-H", "Content-Length: 3"], "set by the request itself"),
        (&["-H", "X: a\nY: hunter22"], "control"),
        (&["--json", "{hunter22"], "not JSON"),
        (&["-d", "@/nonexistent"], "cannot read the body"),
        (&["--fail-on", "500-400"], "reversed"),
        (&["-o", "curl"], "-o curl shows the call"),
        (&["--client-secret", "-", "-d", "@-"], "stdin can be read only once"),
        (&["--content-type", "a/b", "-H", "Content-Type: c/d"], "exclude each other"),
        (&["--content-type", "a/b"], "there is no body"),
        (&["-d", "@"], "cannot read the body from a file without a name"),
        (&["G ET"], "METHOD 'G ET' cannot be sent"),
        (&["G\u{e9}T"], "METHOD 'G\u{e9}T' cannot be sent"),
        (&[""], "METHOD '' cannot be sent"),
        (&["connect"], "METHOD CONNECT"),
        (&["TRACE"], "METHOD TRACE"),
        (&["https://api.example/?k=hunter22"], "the URL stands where the METHOD"),
    ];
    for (words, message) in cases {
        let words = [&["request"], words, &[&*url]].concat();
        Run::at(&idp, &words).end().check(2, "", &[message]);
    }
    Run::at(&idp, &["-o", "json", "request", &url]).end().check(2, "", &["after its name"]);
    assert_eq!((idp.connections(), api.connections()), (0, 0));
}

#[test]
fn a_url_that_cannot_be_is_refused_with_what_to_do() {
    let idp = Server::tokens();
    for (url, message, hint) in [
        ("https://u:hunter22@api.example/", "user name or password", "hint: leave it out"),
        (
            "https://api.example/#hunter22",
            "fragment (#…), which a server would never see (RFC 9110",
            "hint: leave it out",
        ),
        ("ftp://api.example/", "neither https nor http", "hint: write it like https://"),
        ("https://api.example/a b", "must be percent-encoded", "hint: percent-encode"),
    ] {
        Run::at(&idp, &["request", url]).end().check(2, "", &[message, hint]);
    }
    assert_eq!(idp.connections(), 0);
}

#[test]
fn a_401_goes_past_the_kept_token_and_the_new_one_is_kept() {
    let (idp, api) = (Server::tokens(), wants(2));
    let home = tempfile::tempdir().unwrap();
    let run = || {
        Run::at(&idp, &["request", "--cache", "-d", "x", &api.url("/")])
            .env("HOME", home.path().to_str().unwrap())
            .end()
    };
    for expected in [(2, 2), (2, 3)] {
        run().check(0, "x", &[]);
        assert_eq!((idp.requests().len(), api.requests().len()), expected);
    }
}

/// A plain run with a cache in `home`.
fn kept(idp: &Server, home: &tempfile::TempDir, words: &[&str]) -> crate::loopback::Ended {
    Run::at(idp, &[&["--cache"], words].concat()).env("HOME", home.path().to_str().unwrap()).end()
}

#[test]
fn a_token_that_the_api_refuses_is_kept_no_longer_whatever_follows() {
    let refusing = AtomicUsize::new(0);
    let idp = Server::new(move |_| match refusing.fetch_add(1, Ordering::SeqCst) + 1 {
        2 => answer(400, "", r#"{"error":"invalid_scope"}"#),
        number => crate::loopback::token(&format!("token-{number}")),
    });
    let api = status(401, "{}");
    let home = tempfile::tempdir().unwrap();
    let request = |retries: &str| kept(&idp, &home, &["request", "--retries-401", retries, &api.url("/")]);
    assert_eq!(kept(&idp, &home, &[]).text(), "token-1\n");
    request("1").check(3, "", &["invalid_scope"]);
    assert_eq!(kept(&idp, &home, &[]).text(), "token-3\n");
    assert_eq!(kept(&idp, &home, &[]).text(), "token-3\n");
    request("0").check(8, "", &["HTTP 401"]);
    assert_eq!(kept(&idp, &home, &[]).text(), "token-4\n");
    assert_eq!(idp.requests().len(), 4);
}

#[test]
fn after_a_401_the_token_that_another_run_has_fetched_meanwhile_is_used_and_stays() {
    let idp = std::sync::Arc::new(Server::tokens());
    let home = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let other = (std::sync::Arc::clone(&idp), std::sync::Arc::clone(&home));
    let api = Server::new(move |request| {
        if bearer(request) != "Bearer token-1" {
            return answer(200, "", bearer(request));
        }
        assert_eq!(kept(&other.0, &other.1, &["--force-new"]).text(), "token-2\n");
        answer(401, "", "")
    });
    kept(&idp, &home, &["request", &api.url("/")]).check(0, "Bearer token-2", &[]);
    assert_eq!(kept(&idp, &home, &[]).text(), "token-2\n");
    assert_eq!(idp.requests().len(), 2);
}

#[test]
fn a_cache_that_cannot_be_used_is_told_once_whatever_the_api_says() {
    let (idp, api) = (Server::tokens(), wants(9));
    for place in [".cache", ".local"] {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(place), "in the way").unwrap();
        let ended = kept(&idp, &home, &["request", "--retries-401", "0", &api.url("/")]);
        assert_eq!(ended.stderr.matches("warning: ").count(), 1, "{ended:?}");
        ended.check(8, "", &["the token is not kept"]);
    }
}

#[test]
fn after_a_401_the_password_grant_runs_anew() {
    let idp = Server::new(|request| {
        let token = if request.text().starts_with("grant_type=password") { "token-9" } else { "token-1" };
        let body =
            format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"refresh_token":"r"}}"#);
        answer(200, "", &body)
    });
    let (api, stricter) = (wants(9), wants(10));
    let home = tempfile::tempdir().unwrap();
    let run = |api: &Server| {
        let grant = ["-q", "-g", "password", "-u", "alice", "--password", "env:P", "--cache", "request", "-d", "x"];
        let url = api.url("/");
        Run::at(&idp, &[&grant[..], &[&url]].concat())
            .env("HOME", home.path().to_str().unwrap())
            .env("P", "hunter22")
            .end()
    };
    run(&api).check(0, "x", &[]);
    assert_eq!(run(&stricter).code, 8);
    assert!(idp.requests().iter().all(|request| request.text().starts_with("grant_type=password")));
    assert_eq!(idp.requests().len(), 2);
}

/// An identity server that takes each refresh token once: `r0`, then the one that came with the last token.
fn rotating() -> Server {
    let next = AtomicUsize::new(0);
    Server::new(move |request| {
        let number = next.load(Ordering::SeqCst);
        if !request.text().ends_with(&format!("refresh_token=r{number}")) {
            return answer(400, "", r#"{"error":"invalid_grant"}"#);
        }
        next.store(number + 1, Ordering::SeqCst);
        let number = number + 1;
        let body = format!(
            r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3600,"refresh_token":"r{number}"}}"#
        );
        answer(200, "", &body)
    })
}

#[test]
fn no_refresh_token_is_sent_twice_however_often_the_api_refuses() {
    for cache in ["--no-cache", "--cache"] {
        let (idp, api, stricter) = (rotating(), wants(3), wants(4));
        let home = tempfile::tempdir().unwrap();
        let run = |api: &Server| {
            let grant = ["-g", "refresh_token", "--refresh-token", "env:R", cache];
            let url = api.url("/");
            let words = [&grant[..], &["request", "--retries-401", "2", "-d", "x", &url]].concat();
            Run::at(&idp, &words).env("HOME", home.path().to_str().unwrap()).env("R", "r0").end()
        };
        run(&api).check(0, "x", &[]);
        assert_eq!(idp.requests().len(), 3);
        if cache == "--cache" {
            run(&api).check(0, "x", &[]);
            run(&stricter).check(0, "x", &[]);
            assert_eq!(idp.requests().len(), 4, "the refresh token outlives the token that was refused");
        }
    }
}

#[test]
fn a_header_before_the_word_request_is_the_token_requests_own() {
    let (idp, api) = (Server::tokens(), echo());
    Run::at(&idp, &["-H", "X-For: idp", "request", "-H", "X-For: api", &api.url("/")]).end().check(0, "GET /", &[]);
    assert_eq!(idp.requests()[0].header("x-for"), Some("idp"));
    assert_eq!(api.requests()[0].header("x-for"), Some("api"));
}

/// An API that accepts tokens from that number on.
fn wants(number: usize) -> Server {
    Server::new(move |request| {
        let got: usize = bearer(request).rsplit('-').next().unwrap().parse().unwrap();
        if got < number { answer(401, "", "no") } else { answer(200, "", &request.text()) }
    })
}

#[test]
fn a_401_fetches_a_new_token_and_the_call_is_repeated_with_its_body() {
    let (idp, api) = (Server::tokens(), wants(2));
    Run::at(&idp, &["request", "-d", "@-", &api.url("/")]).stdin("x=1").end().check(0, "x=1", &[]);
    let seen: Vec<_> = api.requests().iter().map(|r| (bearer(r).to_owned(), r.text())).collect();
    assert_eq!(
        seen,
        [("Bearer token-1".to_owned(), "x=1".to_owned()), ("Bearer token-2".to_owned(), "x=1".to_owned())]
    );
}

#[test]
fn retries_after_a_401_are_counted() {
    for (retries, fetched, code) in [(&[][..], 2, 8), (&["--retries-401", "0"], 1, 8), (&["--retries-401", "2"], 3, 0)]
    {
        let (idp, api) = (Server::tokens(), wants(3));
        let url = api.url("/");
        let words = [&["request"], retries, &[&*url]].concat();
        let ended = Run::at(&idp, &words).end();
        assert_eq!(ended.code, code, "{retries:?}");
        assert_eq!(ended.stderr.contains("a new token was not accepted either"), fetched == 2, "{ended:?}");
        assert_eq!((idp.requests().len(), api.requests().len()), (fetched, fetched), "{retries:?}");
    }
}

#[test]
fn a_status_that_is_a_failure_is_exit_8_with_the_envelope_on_stderr() {
    let idp = Server::tokens();
    let api = status(403, "{\"why\":\"\u{202e}no\",\"n\":1.50,\"access_token\":\"hunter22\",\"echo\":\"token-1\"}");
    let ended = Run::at(&idp, &["request", &api.url("/")]).end();
    ended.check(8, "", &["error: the API answered GET with HTTP 403", "hint:"]);
    let envelope = ended.stderr.lines().find(|line| line.starts_with('{')).unwrap();
    assert_eq!(
        envelope,
        r#"{"statusCode":403,"HTTPHeaders":{"content-type":"application/json","set-cookie":["***"],"content-length":"67"},"responseBody":{"why":"\u202eno","n":1.50,"access_token":"***","echo":"***"}}"#
    );
    let idp = Server::tokens();
    let ended = Run::at(&idp, &["request", "--error-format", "json", &api.url("/")]).end();
    let error: serde_json::Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!((error["kind"].as_str(), error["exit_code"].as_u64()), (Some("resource"), Some(8)));
    assert_eq!(error["response"]["statusCode"], 403);
    assert_eq!(error["endpoint"], api.url("/"));
    ended.keeps_secrets();
}

#[test]
fn tolerated_statuses_are_results() {
    let idp = Server::tokens();
    for (tolerance, code, expected) in [
        ("all", 404, 8),
        ("except-not-found", 404, 0),
        ("except-not-found", 410, 0),
        ("except-not-found", 500, 8),
        ("never", 500, 0),
        ("400-403,405-599", 404, 0),
        ("400-403,405-599", 405, 8),
        ("[[400, 403], [405,599]]", 403, 8),
        ("[]", 403, 0),
        ("200", 200, 8),
    ] {
        let api = status(code, "{}");
        let ended = Run::at(&idp, &["request", "--fail-on", tolerance, &api.url("/")]).end();
        assert_eq!(
            (ended.code, ended.text().as_str()),
            (expected, if expected == 0 { "{}" } else { "" }),
            "{tolerance}"
        );
    }
}

#[test]
fn a_profile_writes_the_statuses_as_text_or_as_a_list() {
    let (idp, api) = (Server::tokens(), status(404, "{}"));
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("p.yaml");
    for (fail_on, code, message) in [
        ("[[400, 403], [405, 599]]", 0, ""),
        ("\n  - [400, 403]\n  - [404, 404]", 8, "HTTP 404"),
        ("'[[400, 403], [405,599]]'", 0, ""),
        ("[]", 0, ""),
        ("404", 8, "HTTP 404"),
        ("[404]", 2, "p.yaml:1:11: fail_on: expected a pair such as [400, 403]"),
        ("[[403, 400]]", 2, "the range 403-400 is reversed"),
        ("[[a, 400]]", 2, "expected all, except-not-found"),
    ] {
        std::fs::write(&profile, format!("fail_on: {fail_on}\n")).unwrap();
        let ended = Run::at(&idp, &["request", "-p", profile.to_str().unwrap(), &api.url("/")]).end();
        assert_eq!(ended.code, code, "{fail_on} {ended:?}");
        assert!(ended.stderr.contains(message), "{fail_on} {ended:?}");
    }
}

#[test]
fn json_output_is_the_envelope() {
    let idp = Server::tokens();
    let api = status(404, "{\"b\":1.0,\"a\":[]}");
    let words = ["request", "-o", "json", "--fail-on", "never", &api.url("/")];
    Run::at(&idp, &words).end().check(
        0,
        "{\"statusCode\":404,\"HTTPHeaders\":{\"content-type\":\"application/json\",\"set-cookie\":[\"s=c00kie\"],\"content-length\":\"16\"},\"responseBody\":{\"b\":1.0,\"a\":[]}}\n",
        &[],
    );
    let empty = Server::new(|_| "HTTP/1.1 204 X\r\n\r\n".to_owned());
    Run::at(&idp, &["request", "-o", "json", "DELETE", &empty.url("/")]).end().check(
        0,
        "{\"statusCode\":204,\"HTTPHeaders\":{},\"responseBody\":null}\n",
        &[],
    );
}

#[test]
fn header_bytes_that_are_not_utf8_are_latin_1() {
    let idp = Server::tokens();
    let api = Server::raw(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 X\r\nX-A: caf\xe9\r\nX-B: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let text = Run::at(&idp, &["request", "-o", "json", &api.url("/")]).end().text();
    assert!(text.contains(r#""x-a":"café","x-b":"café""#), "{text}");
}

#[test]
fn a_refused_token_sends_nothing_to_the_api() {
    let idp = Server::new(|_| answer(401, "", r#"{"error":"invalid_client"}"#));
    let api = echo();
    Run::at(&idp, &["request", &api.url("/")]).end().check(3, "", &["invalid_client"]);
    assert_eq!(api.connections(), 0);
}

#[test]
fn a_token_of_another_type_is_not_sent() {
    let idp = Server::new(|_| answer(200, "", r#"{"access_token":"abc-def","token_type":"mac"}"#));
    let api = echo();
    Run::at(&idp, &["request", &api.url("/")]).end().check(4, "", &["not Bearer"]);
    assert_eq!(api.connections(), 0);
}

#[test]
fn verbose_shows_the_call_without_token_and_secret() {
    let (idp, api) = (Server::tokens(), echo());
    let ended = Run::at(&idp, &["request", "-v", "-H", "X-Api-Key: hunter22", "-d", "a=1", &api.url("/x")]).end();
    ended.check(
        0,
        "POST /x",
        &[
            "> POST /x HTTP/1.1",
            "> X-Api-Key: ***",
            "> Authorization: Bearer ***\n> Content-Length: 3\n>\n> a=1\n",
            "< HTTP 200",
            "< x-api: yes",
        ],
    );
    let secret = format!(r#"{{"note":{},"password":"hunter22"}}"#, serde_json::Value::from(CANARY));
    let ended = Run::at(&idp, &["request", "-v", "--json", &secret, &api.url("/x?api_key=hunter22")]).end();
    ended.check(0, "POST /x?api_key=hunter22", &["> POST /x?api_key=*** HTTP", r#"{"note":"***","password":"***"}"#]);
    let long = format!("{}{}", "x".repeat((64 << 10) - 300), format!("{CANARY} ").repeat(100));
    let ended = Run::at(&idp, &["request", "-v", "-d", "@-", &api.url("/x")]).stdin(long).end();
    ended.check(0, "POST /x", &["xxx", "* the body goes on"]);
    let ended = Run::at(&idp, &["request", "-v", "POST", &api.url("/x")]).end();
    ended.check(0, "POST /x", &["> Authorization: Bearer ***\n> Content-Length: 0\n"]);
    let ended = Run::at(&idp, &["request", "-v", "-d", "@-", &api.url("/x")]).stdin(*b"\xff\0").end();
    ended.check(0, "POST /x", &["> Content-Length: 2\n", "> (2 bytes that are not text)"]);
}

#[test]
fn a_dry_run_shows_the_call_and_sends_nothing() {
    let (idp, api) = (Server::tokens(), echo());
    let words = ["request", "--dry-run", "-d", "{\"a\":1}", &api.url("/x")];
    let ended = Run::at(&idp, &words).end();
    let text = ended.text();
    assert!(text.starts_with("POST /x HTTP/1.1\nHost: ") && text.contains("\nAuthorization: Bearer ***\n"), "{text}");
    assert!(text.ends_with("\nContent-Length: 7\n\n{\"a\":1}\n"), "{text}");
    assert_eq!((idp.connections(), api.connections(), ended.code), (0, 0, 0));
}

#[test]
fn the_printed_curl_command_makes_the_same_call() {
    let (idp, api) = (Server::tokens(), echo());
    for (data, stdin) in [("it's {\"a\"}", ""), ("@-", "\0binary\n")] {
        let url = api.url("/x?a=[1]");
        let words =
            [&["request", "-H", "X-Api-Key: k\"3\\y", "-H", "X-A: b'c", "-H", "X-Empty:", "-d", data][..], &[&url]]
                .concat();
        assert_eq!(Run::at(&idp, &words).stdin(stdin).end().code, 0);
        let ended = Run::at(&idp, &[&words[..], &["--dry-run", "-o", "curl"]].concat()).stdin(stdin).end();
        assert!(ended.stderr.contains("shell variables: OAUTH2TOK_HEADER_X_API_KEY, ACCESS_TOKEN"), "{ended:?}");
        let shown = ended.text();
        let before = api.connections();
        let unset = std::process::Command::new("sh").args(["-c", &shown]).output().unwrap();
        assert!(!unset.status.success() && api.connections() == before, "{unset:?}");
        let mut shell = std::process::Command::new("sh")
            .args(["-c", &shown])
            .env("ACCESS_TOKEN", "token-0")
            .env("OAUTH2TOK_HEADER_X_API_KEY", "k\"3\\y")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        assert!(shell.wait_with_output().unwrap().status.success(), "{shown}");
        let seen = api.requests();
        let [.., ours, theirs] = seen.as_slice() else { panic!("{seen:?}") };
        let said = |request: &Request| {
            let mut headers: Vec<_> =
                request.headers.iter().filter(|(name, _)| name != "Authorization").cloned().collect();
            headers.sort();
            (request.method.clone(), request.path.clone(), headers, request.body.clone())
        };
        assert_eq!(said(ours), said(theirs), "{shown}");
        assert_eq!(bearer(theirs), "Bearer token-0");
    }
}

#[test]
fn a_large_binary_body_streams_in_constant_memory() {
    const SIZE: usize = 64 << 20;
    let idp = Server::tokens();
    let api = Server::raw(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 X\r\nContent-Length: {SIZE}\r\n\r\n");
        let block: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
        for _ in 0..SIZE / block.len() {
            let _ = stream.write_all(&block);
        }
    });
    let mut child = Run::at(&idp, &["request", &api.url("/")]).start();
    drop(child.stdin.take());
    let mut stdout = child.stdout.take().unwrap();
    let mut buffer = vec![0; 1 << 20];
    let (mut size, mut peak) = (0, 0);
    loop {
        let amount = stdout.read(&mut buffer).unwrap();
        if amount == 0 {
            break;
        }
        assert!(buffer[..amount].iter().enumerate().all(|(index, byte)| *byte == ((size + index) % 256) as u8));
        size += amount;
        peak = peak.max(resident(child.id()));
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(size, SIZE);
    assert!(peak < 24 << 10, "{peak} KiB resident");
}

/// Kilobytes of memory in use; 0 where the system does not tell.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[test]
fn a_truncated_body_is_an_error_although_its_beginning_is_out() {
    let idp = Server::tokens();
    let api = Server::raw(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf");
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let ended = Run::at(&idp, &["request", &api.url("/")]).end();
    ended.check(4, "half", &["truncated"]);
}

#[test]
fn an_api_that_is_not_there_is_exit_5() {
    let idp = Server::tokens();
    let ended = Run::at(&idp, &["request", "--retry", "0", "http://127.0.0.1:1/x"]).end();
    ended.check(5, "", &["cannot connect to 127.0.0.1:1"]);
}

#[test]
fn a_secret_echoed_by_the_api_stays_hidden() {
    let count = AtomicUsize::new(0);
    let api = Server::new(move |request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        answer(500, "", &format!("{number} {CANARY} {}", request.header("authorization").unwrap()))
    });
    let idp = Server::tokens();
    Run::at(&idp, &["request", "-v", &api.url("/")]).end().check(8, "", &["HTTP 500"]);
}

#[test]
fn what_a_call_brings_along_is_hidden_where_the_api_echoes_it() {
    let idp = Server::tokens();
    // The whole request, as some gateways answer it.
    let api = Server::new(|request| {
        let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        answer(400, "", &format!("{} {}\n{headers}\n{}", request.method, request.path, request.text()))
    });
    let url = api.url("/things?api_key=hunter22&x=1");
    let basic = "Basic dTpodW50ZXIyMg==";
    for words in [
        &["-H", "X-Api-Key: hunter22", &url][..],
        &["-H", "Cookie: a=b; sid=hunter22; c=d", &url],
        &["-H", &format!("X-Authorization: {basic}"), &url],
        &["-d", "user=alice&password=hunter22", &url],
        &["-d", "user=alice&password=hunter%322", &url],
        &["--json", r#"{"user":"alice","nested":[{"client_secret":["hunter22"]}]}"#, &url],
    ] {
        for flags in [&[][..], &["-v"], &["--error-format", "json"]] {
            let ended = Run::at(&idp, &[&["request"], flags, words].concat()).end();
            ended.keeps_secrets();
            assert_eq!(ended.code, 8, "{ended:?}");
            assert!(ended.stderr.contains("things?api_key=***&x=1"), "{ended:?}");
            assert!(!ended.stderr.contains("dTpodW50ZXIyMg"), "{ended:?}");
            assert!(!ended.stderr.contains("hunter%322"), "{ended:?}");
        }
    }
}

#[test]
fn a_secret_is_hidden_to_its_end_also_where_a_value_seems_to_end_within_it() {
    let idp = Server::tokens();
    let api = Server::new(|request| {
        let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        answer(400, "", &format!("{headers}\n{}", request.text()))
    });
    let url = api.url("/");
    for words in
        [&["-H", "X-Api-Key: hunter\"22,-hunter}", &url][..], &["-d", "user=alice&password=hunter,22,-hunter", &url]]
    {
        for flags in [&[][..], &["-v"], &["--error-format", "json"], &["--dry-run"]] {
            let ended = Run::at(&idp, &[&["request"], flags, words].concat()).end();
            let shown = format!("{}{}", ended.stderr, ended.text());
            assert!(shown.contains("***") && !shown.contains("hunter") && !shown.contains("22,-"), "{shown}");
        }
    }
}

#[test]
fn what_a_failing_answers_header_fields_give_away_is_hidden() {
    let idp = Server::tokens();
    let fields = "X-Subject-Token: s3cr3t-1\r\nLocation: https://h/?code=s3cr3t-2&x=1\r\nX-Plain: seen\r\n";
    let api = Server::new(move |_| answer(403, fields, "no"));
    let ended = Run::at(&idp, &["request", &api.url("/")]).end();
    assert_eq!(ended.code, 8, "{ended:?}");
    assert!(ended.stderr.contains(r#""x-subject-token":"***""#) && ended.stderr.contains("code=***&x=1"), "{ended:?}");
    assert!(!ended.stderr.contains("s3cr3t") && ended.stderr.contains("seen"), "{ended:?}");
}

#[test]
fn a_long_answer_is_cut_after_its_secrets_are_hidden() {
    let idp = Server::new(|_| crate::loopback::token(&format!("token-1{}", "0123456789abcdef".repeat(8))));
    for before in (64 << 10) - 140..=(64 << 10) + 4 {
        if before % 12 != 0 {
            continue;
        }
        let api = Server::new(move |request| {
            let token = bearer(request).trim_start_matches("Bearer ").to_owned();
            answer(500, "", &format!("{}{token} and {}", ".".repeat(before), "more ".repeat(1000)))
        });
        let ended = Run::at(&idp, &["request", &api.url("/")]).end();
        assert_eq!(ended.code, 8, "{ended:?}");
        assert!(!ended.stderr.contains("token-"), "{before}: {}", ended.stderr.trim_matches('.'));
    }
}
