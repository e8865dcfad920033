//! `request`: the real program against real sockets.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use httpmock::Method::GET;
use httpmock::MockServer;

use super::harness::*;

/// An API that says what it was asked.
fn echo() -> Server {
    Server::scripted(|_, request| status(200, &["X-Api: yes"], format!("{} {}", request.method(), request.target())))
}

fn saying(code: u16, body: &str) -> Server {
    Server::answering(status(code, &["Content-Type: application/json", "Set-Cookie: s=c00kie"], body))
}

fn bearer(request: &Request) -> &str {
    request.header("authorization").unwrap_or("none")
}

#[test]
fn the_body_is_printed_as_it_came_and_the_token_went_along() {
    let (idp, api) = (MockServer::start(), MockServer::start());
    let token = grants(&idp, |when| when.body("grant_type=client_credentials"));
    let call = api.mock(|when, then| {
        let when = when.method(GET).path("/things").query_param("x", "1").header("Authorization", "Bearer tok-1");
        when.header("Accept", "*/*").header_prefix("User-Agent", "oauth2tok/");
        then.status(200).body("no line end");
    });
    client_of(idp.url("/token")).args(["request", &api.url("/things?x=1")]).stdout("no line end").run();
    token.assert();
    call.assert();
}

#[test]
fn flags_count_before_and_after_the_word_request() {
    let (idp, api) = (MockServer::start(), echo());
    // "b:s": the later id wins.
    let token =
        grants(&idp, |when| when.header("Authorization", "Basic Yjpz").body("grant_type=client_credentials&scope=x"));
    let before = ["--token-endpoint", &idp.url("/token"), "-i", "a", "request", &api.at("/"), "-i", "b", "-s", "x"];
    oauth2tok().args(before).env("OAUTH2TOK_CLIENT_SECRET", "s").stdout("GET /").run();
    token.assert();
}

#[test]
fn a_relative_url_is_joined_to_the_base() {
    let (idp, api) = (Server::numbered(), echo());
    let base = api.at("/a/b//?k=1");
    for (path, expected) in
        [("//c", "GET /a/b/c?k=1"), ("c?y=2", "GET /a/b/c?k=1&y=2"), ("", "GET /a/b//?k=1"), (&*api.at("/z"), "GET /z")]
    {
        by_env(&idp).args(["request", "--base-url", &base, path]).stdout(expected).run();
    }
    by_env(&idp).args(["request", "c"]).env("OAUTH2TOK_BASE_URL", &base).stdout("GET /a/b/c?k=1").run();
    by_env(&idp)
        .args(["request", "c"])
        .fails(
            2,
            "error: the URL is relative, and there is no base URL\n\
             hint: give an absolute URL, --base-url URL, or base_url in the profile\n",
        )
        .run();
}

#[test]
fn another_origin_than_the_bases_is_refused_before_anything_is_sent() {
    let (idp, api, other) = (Server::numbered(), echo(), echo());
    let run = |more: &[&str]| {
        let (base, url) = (api.at("/"), other.at("/x?token=hunter22"));
        let words = [&["request", "--base-url", &base], more, &[&*url]].concat();
        by_env(&idp).args(words)
    };
    run(&[])
        .fails(
            2,
            "error: http://127.0.0.1:[PORT]/x is another origin than the base URL's, http://127.0.0.1:[PORT]/\n\
             hint: the token is not sent there; if it is meant to be, add --allow-other-origin\n",
        )
        .run();
    assert_eq!((idp.connections(), other.connections()), (0, 0));
    run(&["--allow-other-origin"]).stdout("GET /x?token=hunter22").run();
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let idp = Server::numbered();
    by_env(&idp)
        .args(["request", "http://api.example.com/"])
        .fails(
            2,
            "error: URL: plain http would send the token in clear\n\
             hint: use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\n",
        )
        .run();
    by_env(&idp)
        .args(["request", "x", "--base-url", "http://api.example.com/"])
        .fails(2, "error: base_url (flag --base-url): plain http would send the token in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\n")
        .run();
    assert_eq!(idp.connections(), 0);
}

#[test]
fn a_redirect_to_another_origin_gets_no_connection_at_all() {
    let (idp, other) = (Server::numbered(), echo());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}", other.at("/x?q=hunter22"));
        let api = Server::answering(super::harness::status(status, &[&location], "moved"));
        by_env(&idp)
            .args(["request", &api.at("/")])
            .stdout("moved")
            .stderr(format!(
                "warning: the redirect (HTTP {status}) is not followed: {} is another origin, which must not see the \
                 token\n",
                other.at("/x")
            ))
            .run();
        assert_eq!(api.count(), 1);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_redirect_within_the_origin_is_followed_for_get_alone() {
    let idp = Server::numbered();
    let api = Server::scripted(|_, request| match request.target() {
        "/old" => status(302, &["Location: /new?next=https://other.example/"], "moved"),
        "/loop" => status(302, &["Location: /loop"], "round"),
        _ => status(200, &[], format!("{} {}", request.method(), bearer(request))),
    });
    by_env(&idp).args(["request", &api.at("/old")]).stdout("GET Bearer tok-1").run();
    by_env(&idp)
        .args(["request", "post", &api.at("/old")])
        .stdout("moved")
        .stderr("warning: the redirect (HTTP 302) is not followed: only GET and HEAD are\n")
        .run();
    by_env(&idp)
        .args(["request", &api.at("/loop")])
        .stdout("round")
        .stderr("warning: the redirect (HTTP 302) is not followed: there were 5 before it\n")
        .run();
}

#[test]
fn bodies_and_their_types() {
    let (idp, api) = (Server::numbered(), echo());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.bin");
    std::fs::write(&file, b"\0\xff\n").unwrap();
    let at_file = format!("@{}", file.display());
    let url = api.at("/");
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
        by_env(&idp).args(&words).stdin("[\n]\n").any_output().code(0).run();
        let seen = api.requests().pop().unwrap();
        assert_eq!(seen.header("content-type"), Some(content_type), "{words:?}");
        assert_eq!((seen.bytes(), seen.method()), (body, method), "{words:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_before_the_token_is_fetched() {
    let (idp, api) = (Server::numbered(), echo());
    let url = api.at("/");
    let cases: [(&[&str], &str); 17] = [
        (
            &["-H", "authorization: Basic hunter22"],
            "error: --header: 'Authorization' is where the token goes\n\
             hint: to send another one, use curl; -o curl --dry-run shows how\n",
        ),
        (
            &["-H", "Content-Length: 3"],
            "error: --header: 'Content-Length' is set by the request itself\nhint: leave it out\n",
        ),
        (
            &["-H", "X: a\nY: hunter22"],
            "error: --header: the value of 'X' holds a control or non-ASCII character\n\
             hint: write it like -H 'X-Request-Id: 7'\n",
        ),
        (&["--json", "{hunter22"], "error: --json: the body is not JSON\nhint: -d sends any text or file\n"),
        (
            &["-d", "@/nonexistent"],
            "error: cannot read the body from the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
             hint: -d @FILE names a file, -d @- is stdin\n",
        ),
        (&["--fail-on", "500-400"], "error: fail_on (flag --fail-on): the range 500-400 is reversed\n"),
        (&["-o", "curl"], "error: -o curl shows the call instead of making it\nhint: add --dry-run\n"),
        (
            &["--client-secret", "-", "-d", "@-"],
            "error: stdin can be read only once per run\n\
             hint: give the secret by env:NAME or file:PATH\n",
        ),
        (
            &["--content-type", "a/b", "-H", "Content-Type: c/d"],
            "error: --content-type and a 'Content-Type' header exclude each other\n\
             hint: give one of them\n",
        ),
        (
            &["--content-type", "a/b"],
            "error: --content-type: there is no body\nhint: -d DATA or --json TEXT gives one\n",
        ),
        (
            &["-d", "@"],
            "error: cannot read the body from a file without a name: No such file or directory (os error 2)\n\
             hint: -d @FILE names a file, -d @- is stdin\n",
        ),
        (
            &["G ET"],
            "error: METHOD 'G ET' cannot be sent (RFC 9110 §9.1)\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
        (
            &["G\u{e9}T"],
            "error: METHOD 'GéT' cannot be sent (RFC 9110 §9.1)\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
        (
            &[""],
            "error: METHOD '' cannot be sent (RFC 9110 §9.1)\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
        (
            &["connect"],
            "error: METHOD CONNECT opens a tunnel and is no API call\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
        (
            &["TRACE"],
            "error: METHOD TRACE must not carry a token (RFC 9110 §9.3.8)\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
        (
            &["https://api.example/?k=hunter22"],
            "error: the URL stands where the METHOD should be\n\
             hint: write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …\n",
        ),
    ];
    for (words, message) in cases {
        let words = [&["request"], words, &[&*url]].concat();
        by_env(&idp).args(words).fails(2, message).run();
    }
    by_env(&idp)
        .args(["-o", "json", "request", &url])
        .fails(
            2,
            "error: --output before 'request' has no effect\n\
             hint: give the flags of 'request' after its name; 'oauth2tok request -h' lists them\n",
        )
        .run();
    assert_eq!((idp.connections(), api.connections()), (0, 0));
}

#[test]
fn a_url_that_cannot_be_is_refused_with_what_to_do() {
    let idp = Server::numbered();
    for (url, message) in [
        (
            "https://u:hunter22@api.example/",
            "error: URL: it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)\n\
             hint: leave it out: the token is what says who asks\n",
        ),
        (
            "https://api.example/#hunter22",
            "error: URL: it has a fragment (#…), which a server would never see (RFC 9110 §7.1)\n\
             hint: leave it out\n",
        ),
        (
            "ftp://api.example/",
            "error: URL: its scheme is neither https nor http\n\
             hint: write it like https://api.example.com/v1/things\n",
        ),
        (
            "https://api.example/a b",
            "error: URL: it holds a space, a control character or another one that must be percent-encoded\n\
             hint: percent-encode what cannot stand in a URL\n",
        ),
    ] {
        by_env(&idp).args(["request", url]).fails(2, message).run();
    }
    assert_eq!(idp.connections(), 0);
}

#[test]
fn a_401_goes_past_the_kept_token_and_the_new_one_is_kept() {
    let (idp, api) = (Server::numbered(), wants(2));
    let home = home();
    for expected in [(2, 2), (2, 3)] {
        kept(&idp, &home, &["request", "-d", "x", &api.at("/")]).stdout("x").run();
        assert_eq!((idp.count(), api.count()), expected);
    }
}

/// A plain run with a cache in `home`.
fn kept(idp: &Server, home: &Arc<tempfile::TempDir>, words: &[&str]) -> Run {
    by_env(idp).at_home(home).args(["--cache"]).args(words)
}

#[test]
fn a_token_that_the_api_refuses_is_kept_no_longer_whatever_follows() {
    let refusing = AtomicUsize::new(0);
    let idp = Server::scripted(move |_, _| match refusing.fetch_add(1, Ordering::SeqCst) + 1 {
        2 => status(400, &[], r#"{"error":"invalid_scope"}"#),
        number => token_of(&format!("tok-{number}")),
    });
    let api = saying(401, "{}");
    let home = home();
    let request = |retries: &str| kept(&idp, &home, &["request", "--retries-401", retries, &api.at("/")]);
    kept(&idp, &home, &[]).prints("tok-1").run();
    request("1")
        .fails(
            3,
            "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_scope\n\
             hint: some servers require a scope: try --scope\n",
        )
        .run();
    kept(&idp, &home, &[]).prints("tok-3").run();
    kept(&idp, &home, &[]).prints("tok-3").run();
    request("0").fails(8, "error: the API answered GET with HTTP 401\n\
             {\"statusCode\":401,\"HTTPHeaders\":{\"content-type\":\"application/json\",\"set-cookie\":[\"***\"],\"content-length\":\"2\"},\"responseBody\":{}}\n\
             hint: --retries-401 N tries again with a new token\n").run();
    kept(&idp, &home, &[]).prints("tok-4").run();
    assert_eq!(idp.count(), 4);
}

#[test]
fn after_a_401_the_token_that_another_run_has_fetched_meanwhile_is_used_and_stays() {
    let (idp, home) = (Arc::new(Server::numbered()), home());
    let other = (Arc::clone(&idp), Arc::clone(&home));
    let api = Server::scripted(move |_, request| {
        if bearer(request) != "Bearer tok-1" {
            return status(200, &[], bearer(request));
        }
        kept(&other.0, &other.1, &["--force-new"]).prints("tok-2").run();
        status(401, &[], "")
    });
    kept(&idp, &home, &["request", &api.at("/")]).stdout("Bearer tok-2").run();
    kept(&idp, &home, &[]).prints("tok-2").run();
    assert_eq!(idp.count(), 2);
}

#[test]
fn a_cache_that_cannot_be_used_is_told_once_whatever_the_api_says() {
    let (idp, api) = (Server::numbered(), wants(9));
    for place in ["cache", "state"] {
        let run = kept(&idp, &home(), &["request", "--retries-401", "0", &api.at("/")]).file(place, "in the way");
        run.fails(
            8,
            format!(
                "warning: the token is not kept: cannot use [HOME]/{place}/oauth2tok: Not a directory (os error 20)\n\
                 error: the API answered GET with HTTP 401\n\
                 {{\"statusCode\":401,\"HTTPHeaders\":{{\"content-length\":\"2\"}},\"responseBody\":\"no\"}}\n\
                 hint: --retries-401 N tries again with a new token\n"
            ),
        )
        .run();
    }
}

#[test]
fn after_a_401_the_password_grant_runs_anew() {
    let idp = Server::scripted(|_, request| {
        let token = if request.body().starts_with("grant_type=password") { "tok-9" } else { "tok-1" };
        token_with(token, r#","expires_in":3600,"refresh_token":"r""#)
    });
    let (api, stricter) = (wants(9), wants(10));
    let home = home();
    let run = |api: &Server| {
        let grant = ["-q", "-g", "password", "-u", "alice", "--password", "env:P", "request", "-d", "x", &api.at("/")];
        kept(&idp, &home, &grant).env("P", "hunter22")
    };
    run(&api).stdout("x").run();
    run(&stricter).any_output().code(8).run();
    assert!(idp.requests().iter().all(|request| request.body().starts_with("grant_type=password")));
    assert_eq!(idp.count(), 2);
}

/// An identity server that takes each refresh token once: `r0`, then the one that came with the last token.
fn rotating() -> Server {
    let next = AtomicUsize::new(0);
    Server::scripted(move |_, request| {
        let number = next.load(Ordering::SeqCst);
        if !request.body().ends_with(&format!("refresh_token=r{number}")) {
            return status(400, &[], r#"{"error":"invalid_grant"}"#);
        }
        next.store(number + 1, Ordering::SeqCst);
        let number = number + 1;
        token_with(&format!("tok-{number}"), &format!(r#","expires_in":3600,"refresh_token":"r{number}""#))
    })
}

#[test]
fn no_refresh_token_is_sent_twice_however_often_the_api_refuses() {
    for cache in ["--no-cache", "--cache"] {
        let (idp, api, stricter) = (rotating(), wants(3), wants(4));
        let home = home();
        let run = |api: &Server| {
            let grant = by_env(&idp).args(["-g", "refresh_token", "--refresh-token", "env:R", cache]).env("R", "r0");
            grant.at_home(&home).args(["request", "--retries-401", "2", "-d", "x", &api.at("/")])
        };
        let warning = "warning: a new refresh token came and is lost, and the old one may be spent: --cache keeps it\n";
        run(&api).stdout("x").stderr(if cache == "--cache" { "" } else { warning }).run();
        assert_eq!(idp.count(), 3);
        if cache == "--cache" {
            run(&api).stdout("x").run();
            run(&stricter).stdout("x").run();
            assert_eq!(idp.count(), 4, "the refresh token outlives the token that was refused");
        }
    }
}

#[test]
fn a_header_before_the_word_request_is_the_token_requests_own() {
    let (idp, api) = (MockServer::start(), MockServer::start());
    let token = grants(&idp, |when| when.header("X-For", "idp").header_count("^x-for$", ".*", 1));
    let call = api.mock(|when, then| {
        when.method(GET).path("/").header("X-For", "api").header_count("^x-for$", ".*", 1);
        then.status(200);
    });
    let words = ["-H", "X-For: idp", "request", "-H", "X-For: api", &api.url("/")];
    client_of(idp.url("/token")).args(words).run();
    token.assert();
    call.assert();
}

/// An API that accepts tokens from that number on.
fn wants(number: usize) -> Server {
    Server::scripted(move |_, request| {
        let got: usize = bearer(request).rsplit('-').next().unwrap().parse().unwrap();
        if got < number { status(401, &[], "no") } else { status(200, &[], request.body()) }
    })
}

#[test]
fn a_401_fetches_a_new_token_and_the_call_is_repeated_with_its_body() {
    let (idp, api) = (Server::numbered(), wants(2));
    by_env(&idp).args(["request", "-d", "@-", &api.at("/")]).stdin("x=1").stdout("x=1").run();
    let seen: Vec<_> = api.requests().iter().map(|r| (bearer(r).to_owned(), r.body().to_owned())).collect();
    assert_eq!(seen, [("Bearer tok-1".to_owned(), "x=1".to_owned()), ("Bearer tok-2".to_owned(), "x=1".to_owned())]);
}

#[test]
fn retries_after_a_401_are_counted() {
    for (retries, fetched, code) in [(&[][..], 2, 8), (&["--retries-401", "0"], 1, 8), (&["--retries-401", "2"], 3, 0)]
    {
        let (idp, api) = (Server::numbered(), wants(3));
        let run = by_env(&idp).args(["request"]).args(retries).args([api.at("/")]);
        let ended = run.any_output().code(code).run();
        assert_eq!(ended.stderr.contains("a new token was not accepted either"), fetched == 2, "{ended:?}");
        assert_eq!((idp.count(), api.count()), (fetched, fetched), "{retries:?}");
    }
}

#[test]
fn a_status_that_is_a_failure_is_exit_8_with_the_envelope_on_stderr() {
    let idp = Server::numbered();
    let api = saying(403, "{\"why\":\"\u{202e}no\",\"n\":1.50,\"access_token\":\"hunter22\",\"echo\":\"tok-1\"}");
    let run = by_env(&idp).args(["request", &api.at("/")]);
    let ended = run.fails(8, "error: the API answered GET with HTTP 403\n\
             {\"statusCode\":403,\"HTTPHeaders\":{\"content-type\":\"application/json\",\"set-cookie\":[\"***\"],\"content-length\":\"65\"},\"responseBody\":{\"why\":\"\\u202eno\",\"n\":1.50,\"access_token\":\"***\",\"echo\":\"***\"}}\n\
             hint: check scope, audience and resource of the token, and what its user or client may do\n").run();
    let envelope = ended.stderr.lines().find(|line| line.starts_with('{')).unwrap();
    assert_eq!(
        envelope,
        r#"{"statusCode":403,"HTTPHeaders":{"content-type":"application/json","set-cookie":["***"],"content-length":"65"},"responseBody":{"why":"\u202eno","n":1.50,"access_token":"***","echo":"***"}}"#
    );
    let idp = Server::numbered();
    let run = by_env(&idp).args(["request", "--error-format", "json", &api.at("/")]);
    let ended = run.any_output().code(8).run();
    let error: serde_json::Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!((error["kind"].as_str(), error["exit_code"].as_u64()), (Some("resource"), Some(8)));
    assert_eq!(error["response"]["statusCode"], 403);
    assert_eq!(error["endpoint"], api.at("/"));
}

/// What is told of [`saying`] a status that counts as a failure.
fn failed(code: u16) -> String {
    let hint = match code {
        403 => "check scope, audience and resource of the token, and what its user or client may do",
        _ => "--fail-on says which statuses are failures",
    };
    format!(
        "error: the API answered GET with HTTP {code}\n\
         {{\"statusCode\":{code},\"HTTPHeaders\":{{\"content-type\":\"application/json\",\"set-cookie\":[\"***\"],\
         \"content-length\":\"2\"}},\"responseBody\":{{}}}}\n\
         hint: {hint}\n"
    )
}

#[test]
fn tolerated_statuses_are_results() {
    let idp = Server::numbered();
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
        let api = saying(code, "{}");
        let run = by_env(&idp).args(["request", "--fail-on", tolerance, &api.at("/")]);
        match expected {
            0 => run.stdout("{}").run(),
            _ => run.fails(expected, failed(code)).run(),
        };
    }
}

#[test]
fn a_profile_writes_the_statuses_as_text_or_as_a_list() {
    let (idp, api) = (Server::numbered(), saying(404, "{}"));
    let failed = || failed(404);
    for (fail_on, code, error) in [
        ("[[400, 403], [405, 599]]", 0, String::new()),
        ("\n  - [400, 403]\n  - [404, 404]", 8, failed()),
        ("'[[400, 403], [405,599]]'", 0, String::new()),
        ("[]", 0, String::new()),
        ("404", 8, failed()),
        (
            "[404]",
            2,
            "error: ./p.yaml:1:11: fail_on: expected a pair such as [400, 403]\n 1 | fail_on: [404]\n   |           ^\n".into(),
        ),
        ("[[403, 400]]", 2, "error: fail_on (profile ./p.yaml:1): the range 403-400 is reversed\n".into()),
        (
            "[[a, 400]]",
            2,
            "error: fail_on (profile ./p.yaml:1): expected all, except-not-found, never, or ranges such as \
             400-403,405-599\n".into(),
        ),
    ] {
        let run = by_env(&idp).args(["request", "-p", "./p.yaml", &api.at("/")]);
        let run = run.file("p.yaml", format!("fail_on: {fail_on}\n"));
        run.code(code).stdout(if code == 0 { "{}" } else { "" }).stderr(error).run();
    }
}

#[test]
fn json_output_is_the_envelope() {
    let idp = Server::numbered();
    let api = saying(404, "{\"b\":1.0,\"a\":[]}");
    let words = ["request", "-o", "json", "--fail-on", "never", &api.at("/")];
    by_env(&idp).args(words).stdout("{\"statusCode\":404,\"HTTPHeaders\":{\"content-type\":\"application/json\",\"set-cookie\":[\"s=c00kie\"],\"content-length\":\"16\"},\"responseBody\":{\"b\":1.0,\"a\":[]}}\n").run();
    let empty = Server::answering(Answer::raw("HTTP/1.1 204 X\r\n\r\n"));
    by_env(&idp)
        .args(["request", "-o", "json", "DELETE", &empty.at("/")])
        .stdout("{\"statusCode\":204,\"HTTPHeaders\":{},\"responseBody\":null}\n")
        .run();
}

#[test]
fn header_bytes_that_are_not_utf8_are_latin_1() {
    let idp = Server::numbered();
    let bytes = b"HTTP/1.1 200 X\r\nX-A: caf\xe9\r\nX-B: caf\xc3\xa9\r\nContent-Length: 0\r\n\r\n";
    let api = Server::answering(Answer::raw(bytes));
    let run = by_env(&idp).args(["request", "-o", "json", &api.at("/")]);
    run.stdout_with([r#""x-a":"café","x-b":"café""#]).run();
}

#[test]
fn a_refused_token_sends_nothing_to_the_api() {
    let idp = Server::answering(status(401, &[], r#"{"error":"invalid_client"}"#));
    let api = echo();
    by_env(&idp).args(["request", &api.at("/")]).fails(3, "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n\
             hint: id or secret hold characters that are form-encoded for Basic (RFC 6749 §2.3.1); a server that does not decode them needs --basic-encoding raw\n").run();
    assert_eq!(api.connections(), 0);
}

#[test]
fn a_token_of_another_type_is_not_sent() {
    let idp = Server::answering(status(200, &[], r#"{"access_token":"abc-def","token_type":"mac"}"#));
    let api = echo();
    by_env(&idp)
        .args(["request", &api.at("/")])
        .fails(
            4,
            "error: the token's type is 'mac', not Bearer\n\
             hint: -o token and -o json print any token\n",
        )
        .run();
    assert_eq!(api.connections(), 0);
}

#[test]
fn verbose_shows_the_call_without_token_and_secret() {
    let (idp, api) = (Server::numbered(), echo());
    by_env(&idp)
        .args(["request", "-v", "-H", "X-Api-Key: hunter22", "-d", "a=1", &api.at("/x")])
        .stdout("POST /x")
        .stderr_with([
            "> POST /x HTTP/1.1",
            "> X-Api-Key: ***",
            "> Authorization: Bearer ***\n> Content-Length: 3\n>\n> a=1\n",
            "< HTTP/1.1 200 OK",
            "< X-Api: yes",
        ])
        .run();
    let secret = format!(r#"{{"note":{},"password":"hunter22"}}"#, serde_json::Value::from(CANARY));
    by_env(&idp)
        .args(["request", "-v", "--json", &secret, &api.at("/x?api_key=hunter22")])
        .stdout("POST /x?api_key=hunter22")
        .stderr_with(["> POST /x?api_key=*** HTTP", r#"{"note":"***","password":"***"}"#])
        .run();
    let long = format!("{}{}", "x".repeat((64 << 10) - 300), format!("{CANARY} ").repeat(100));
    by_env(&idp)
        .args(["request", "-v", "-d", "@-", &api.at("/x")])
        .stdin(long)
        .stdout("POST /x")
        .stderr_with(["xxx", "* the body goes on"])
        .run();
    by_env(&idp)
        .args(["request", "-v", "POST", &api.at("/x")])
        .stdout("POST /x")
        .stderr_with(["> Authorization: Bearer ***\n> Content-Length: 0\n"])
        .run();
    by_env(&idp)
        .args(["request", "-v", "-d", "@-", &api.at("/x")])
        .stdin(*b"\xff\0")
        .stdout("POST /x")
        .stderr_with(["> Content-Length: 2\n", "> (2 bytes that are not text)"])
        .run();
}

#[test]
fn a_dry_run_shows_the_call_and_sends_nothing() {
    let (idp, api) = (Server::numbered(), echo());
    let words = ["request", "--dry-run", "-d", "{\"a\":1}", &api.at("/x")];
    let text = by_env(&idp).args(words).any_output().code(0).run().stdout;
    assert!(text.starts_with("POST /x HTTP/1.1\nHost: ") && text.contains("\nAuthorization: Bearer ***\n"), "{text}");
    assert!(text.ends_with("\nContent-Length: 7\n\n{\"a\":1}\n"), "{text}");
    assert_eq!((idp.connections(), api.connections()), (0, 0));
}

#[test]
fn the_printed_curl_command_makes_the_same_call() {
    let (idp, api) = (Server::numbered(), echo());
    for (data, stdin) in [("it's {\"a\"}", ""), ("@-", "\0binary\n")] {
        let headers = ["-H", "X-Api-Key: k\"3\\y", "-H", "X-A: b'c", "-H", "X-Empty:"];
        let run = || by_env(&idp).args(["request", "-d", data, &api.at("/x?a=[1]")]).args(headers).stdin(stdin);
        run().any_output().code(0).run();
        let shown = run()
            .args(["--dry-run", "-o", "curl"])
            .any_output()
            .stderr("note: the command reads these shell variables: OAUTH2TOK_HEADER_X_API_KEY, ACCESS_TOKEN\n")
            .run()
            .stdout;
        let before = api.connections();
        let unset = std::process::Command::new("sh").args(["-c", &shown]).output().unwrap();
        assert!(!unset.status.success() && api.connections() == before, "{unset:?}");
        let mut shell = std::process::Command::new("sh")
            .args(["-c", &shown])
            .env("ACCESS_TOKEN", "tok-0")
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
            let headers = request.headers().filter(|(name, _)| *name != "Authorization");
            let mut headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
            headers.sort();
            (request.split("\r\n").next().unwrap().to_owned(), headers, request.bytes().to_owned())
        };
        assert_eq!(said(ours), said(theirs), "{shown}");
        assert_eq!(bearer(theirs), "Bearer tok-0");
    }
}

#[test]
fn a_large_binary_body_streams_in_constant_memory() {
    const SIZE: usize = 64 << 20;
    let idp = Server::numbered();
    let block: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let head = Answer::raw(format!("HTTP/1.1 200 X\r\nContent-Length: {SIZE}\r\n\r\n"));
    let api = Server::answering(head.dripping(Duration::ZERO, &block, SIZE / block.len()));
    let mut child = by_env(&idp).args(["request", &api.at("/")]).start_piped();
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
    let idp = Server::numbered();
    let api = Server::answering(Answer::raw("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf"));
    by_env(&idp)
        .args(["request", &api.at("/")])
        .code(4)
        .stdout("half")
        .stderr("error: http://127.0.0.1:[PORT]/: the answer is truncated: 4 bytes came of 100\n")
        .run();
}

#[test]
fn an_api_that_is_not_there_is_exit_5() {
    let idp = Server::numbered();
    by_env(&idp)
        .args(["request", "--retry", "0", "http://127.0.0.1:1/x"])
        .fails(
            5,
            "error: cannot connect to 127.0.0.1:1: Connection refused\n\
             hint: check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)\n",
        )
        .run();
}

#[test]
fn a_secret_echoed_by_the_api_stays_hidden() {
    let count = AtomicUsize::new(0);
    let api = Server::scripted(move |_, request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        status(500, &[], format!("{number} {CANARY} {}", request.header("authorization").unwrap()))
    });
    let idp = Server::numbered();
    by_env(&idp).args(["request", "-v", &api.at("/")]).fails_with(8, ["HTTP 500"]).run();
}

#[test]
fn what_a_call_brings_along_is_hidden_where_the_api_echoes_it() {
    let idp = Server::numbered();
    // The whole request, as some gateways answer it.
    let api = Server::scripted(|_, request| {
        let headers: String = request.headers().map(|(name, value)| format!("{name}: {value}\n")).collect();
        status(400, &[], format!("{} {}\n{headers}\n{}", request.method(), request.target(), request.body()))
    });
    let url = api.at("/things?api_key=hunter22&x=1");
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
            by_env(&idp)
                .args(["request"])
                .args(flags)
                .args(words)
                .any_output()
                .code(8)
                .stderr_with(["things?api_key=***&x=1"])
                .stderr_without(["dTpodW50ZXIyMg", "hunter%322"])
                .run();
        }
    }
}

#[test]
fn a_secret_is_hidden_to_its_end_also_where_a_value_seems_to_end_within_it() {
    let idp = Server::numbered();
    let api = Server::scripted(|_, request| {
        let headers: String = request.headers().map(|(name, value)| format!("{name}: {value}\n")).collect();
        status(400, &[], format!("{headers}\n{}", request.body()))
    });
    let url = api.at("/");
    for words in
        [&["-H", "X-Api-Key: hunter\"22,-hunter}", &url][..], &["-d", "user=alice&password=hunter,22,-hunter", &url]]
    {
        for flags in [&[][..], &["-v"], &["--error-format", "json"], &["--dry-run"]] {
            let ended = by_env(&idp).args(["request"]).args(flags).args(words).any_end().run();
            let shown = format!("{}{}", ended.stderr, ended.stdout);
            assert!(shown.contains("***") && !shown.contains("hunter") && !shown.contains("22,-"), "{shown}");
        }
    }
}

#[test]
fn what_a_failing_answers_header_fields_give_away_is_hidden() {
    let idp = Server::numbered();
    let fields = ["X-Subject-Token: s3cr3t-1", "Location: https://h/?code=s3cr3t-2&x=1", "X-Plain: seen"];
    let api = Server::answering(status(403, &fields, "no"));
    by_env(&idp)
        .args(["request", &api.at("/")])
        .any_output()
        .code(8)
        .stderr("error: the API answered GET with HTTP 403\n\
             {\"statusCode\":403,\"HTTPHeaders\":{\"x-subject-token\":\"***\",\"location\":\"https://h/?code=***&x=1\",\"x-plain\":\"seen\",\"content-length\":\"2\"},\"responseBody\":\"no\"}\n\
             hint: check scope, audience and resource of the token, and what its user or client may do\n")
        .stderr_without(["s3cr3t"])
        .run();
}

#[test]
fn a_long_answer_is_cut_after_its_secrets_are_hidden() {
    let idp = Server::scripted(|_, _| token_of(&format!("tok-1{}", "0123456789abcdef".repeat(8))));
    for before in (64 << 10) - 140..=(64 << 10) + 4 {
        if before % 12 != 0 {
            continue;
        }
        let api = Server::scripted(move |_, request| {
            let token = bearer(request).trim_start_matches("Bearer ").to_owned();
            status(500, &[], format!("{}{token} and {}", ".".repeat(before), "more ".repeat(1000)))
        });
        by_env(&idp).args(["request", &api.at("/")]).any_output().code(8).stderr_without(["tok-"]).run();
    }
}
