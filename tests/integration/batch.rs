//! `batch`: a stream of messages through the real program.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use httpmock::MockServer;
use serde_json::Value;

use super::harness::*;

/// An identity server whose tokens say for which user they are. `bad-…` is refused, `slow-…` takes its time.
fn users() -> Server {
    Server::scripted(|_, request| {
        let user = request.field("username").unwrap_or_else(|| "nobody".into());
        if user.starts_with("bad") {
            return status(400, &[], r#"{"error":"invalid_grant","error_description":"no such user"}"#);
        }
        if user.starts_with("slow") {
            thread::sleep(Duration::from_millis(300));
        }
        token_of(&format!("tok-{user}"))
    })
}

/// A batch with the password grant, whose deprecation is known.
fn batch(idp: &Server, more: &[&str]) -> Run {
    by_env(idp).args(["batch", "-q", "-g", "password"]).args(more)
}

/// An issuer whose metadata names `idp`'s endpoint.
fn issuer_of(idp: &Server) -> String {
    let endpoint = idp.url();
    let script = move |_: usize, request: &Request| metadata(&request.origin(), &endpoint);
    Server::scripted(script).origin()
}

fn message(user: &str) -> String {
    format!("{{\"username\":\"{user}\",\"password\":\"hunter22\"}}\n")
}

fn lines(ended: &Output) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_message_gets_its_token_and_keeps_its_members_and_numbers() {
    let idp = users();
    let input = "{\"z\": 1.50, \"username\":\"alice\",\"password\":\"p\",\"a\":[1E2, {\"b\" :\"\u{200b}\"}]}\n";
    let ended = batch(&idp, &[]).stdin(input).any_stdout().run();
    let text = ended.stdout;
    let expected = "{\"z\":1.50,\"username\":\"alice\",\"password\":\"p\",\"a\":[1E2, {\"b\" :\"\u{200b}\"}],\"token\":{\"access_token\":\"tok-alice\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"expiry\":\"";
    assert!(text.starts_with(expected) && text.ends_with("}}\n"), "{text}");
    let seen = &idp.requests()[0];
    assert_eq!(seen.body(), "grant_type=password&username=alice&password=p");
}

#[test]
fn results_are_in_input_order_although_some_take_longer() {
    let idp = users();
    let names: Vec<_> = (0..40).map(|n| if n % 10 == 0 { format!("slow-{n}") } else { format!("u-{n}") }).collect();
    let input: String = names.iter().map(|name| message(name)).collect();
    let ended = batch(&idp, &["--jobs", "16"]).stdin(input).any_stdout().run();
    let got: Vec<_> = lines(&ended).iter().map(|m| m["token"]["access_token"].as_str().unwrap().to_owned()).collect();
    assert_eq!(got, names.iter().map(|name| format!("tok-{name}")).collect::<Vec<_>>());
    assert!(idp.connections() <= 16, "{} connections for 40 requests", idp.connections());
}

#[test]
fn equal_requests_are_made_once() {
    let idp = users();
    let input: String = (0..300).map(|n| message(["slow-a", "b", "bad-c"][n % 3])).collect();
    let ended = batch(&idp, &[]).stdin(input).any_output().code(3).run();
    assert_eq!(lines(&ended).len(), 300);
    assert_eq!(idp.count(), 3);
}

/// What is told where user `bad-b` on line 2 is the first of those that [`users`] refuses.
fn failed(failed: usize, of: usize) -> String {
    format!(
        "error: {failed} of {of} messages failed\n\
         caused by: the first, on input line 2: http://127.0.0.1:[PORT]/token refused client 'ci' \
         (client_secret_basic, HTTP 400)\n\
         caused by: invalid_grant: no such user\n\
         hint: for user 'bad-b': check name and password; the account may be locked, or want a one-time code \
         (--param totp=CODE, where the server takes one so)\n\
         hint: each of them passed on with an 'error' member; the exit code is the highest among them\n"
    )
}

#[test]
fn a_refused_message_passes_on_with_the_error_and_the_run_goes_on() {
    let idp = users();
    let input =
        [message("alice"), message("bad-b"), "oops\n".into(), "\n".into(), "[1]\n".into(), message("carol")].concat();
    let ended = batch(&idp, &[]).stdin(input).code(3).any_stdout().stderr(failed(3, 5)).run();
    let lines = lines(&ended);
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["token"]["access_token"], "tok-alice");
    assert_eq!(lines[4]["token"]["access_token"], "tok-carol");
    let refused = &lines[1];
    assert_eq!(refused["username"], "bad-b");
    assert!(refused.get("token").is_none());
    let error = &refused["error"];
    assert_eq!((error["kind"].as_str(), error["exit_code"].as_u64()), (Some("refused"), Some(3)));
    assert_eq!(error["http_status"], 400);
    assert_eq!(error["oauth"]["error"], "invalid_grant");
    assert_eq!(error["line"], 2);
    for (index, line, why) in [(2, 3, "not JSON"), (3, 5, "not a JSON object")] {
        let error = &lines[index]["error"];
        assert_eq!(
            (error["kind"].as_str(), error["exit_code"].as_u64(), error["line"].as_u64()),
            (Some("usage"), Some(2), Some(line))
        );
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
    }
}

#[test]
fn the_exit_code_is_the_highest_class_met() {
    let idp = Server::scripted(|_, request| match request.field("username").unwrap().as_str() {
        "bad" => status(400, &[], r#"{"error":"invalid_grant"}"#),
        "page" => status(200, &[], "<html>"),
        _ => status(503, &[], ""),
    });
    for (users, code) in [(&["bad"][..], 3), (&["bad", "page"], 4), (&["down", "bad", "page"], 6)] {
        let input: String = users.iter().map(|user| message(user)).collect();
        batch(&idp, &["--retry", "0"]).stdin(input).any_output().code(code).run();
    }
    batch(&idp, &[]).stdin("{}\n").any_output().code(2).run();
    batch(&idp, &[]).stdin("").any_output().code(0).run();
}

#[test]
fn members_are_mapped_and_settings_of_the_profile_overridden() {
    let idp = users();
    let input = "{\"user\":\"alice\",\"pass\":\"p\",\"username\":\"other\",\"scope\":\"mine\"}\n";
    batch(&idp, &["-s", "theirs", "--map", "user=username", "--map", "pass=password"]).stdin(input).any_stdout().run();
    assert_eq!(idp.requests()[0].body(), "grant_type=password&username=alice&password=p&scope=theirs");
    by_env(&idp)
        .args(["batch", "-q"])
        .stdin("{\"client_id\":7,\"client_secret\":\"env:HOME\",\"scope\":[\"a\",\"b\"]}\n")
        .any_stdout()
        .run();
    let seen = &idp.requests()[1];
    assert_eq!(seen.body(), "grant_type=client_credentials&scope=a+b");
    // "7:env%3AHOME": the secret of a message is the secret itself.
    assert_eq!(seen.header("authorization"), Some("Basic NzplbnYlM0FIT01F"));
}

#[test]
fn a_message_cannot_send_the_profiles_secret_elsewhere() {
    let (idp, other) = (users(), users());
    let to = |more: &str| format!("{{\"to\":\"{}\"{more}}}\n", other.at("/t"));
    // Without --map the member means nothing.
    let input = format!("{{\"token_endpoint\":\"{}\",\"issuer\":\"{}\"}}\n", other.at("/t"), other.origin());
    by_env(&idp).args(["batch"]).stdin(input).any_output().code(0).run();
    assert_eq!((idp.count(), other.connections()), (1, 0));

    let words = [
        "batch",
        "--map",
        "to=token_endpoint",
        "--map",
        "client_secret=client_secret",
        "-H",
        "X-Api-Key: hunter22",
        "--param",
        "otp=hunter22",
    ];
    let own = format!("{{\"to\":\"{}\"}}\n", idp.url());
    let input = [to(""), to(",\"client_secret\":\"its-own\""), own].concat();
    let ended = by_env(&idp).args(words).stdin(input).any_output().code(2).run();
    let lines = lines(&ended);
    assert!(lines[0]["error"]["message"].as_str().unwrap().contains("client_secret"), "{}", lines[0]);
    assert!(lines[0]["error"]["hint"].as_str().unwrap().contains("brings its own secrets"), "{}", lines[0]);
    assert_eq!(lines[2]["token"]["access_token"], "tok-nobody");
    let seen = other.requests();
    assert_eq!(seen.len(), 1);
    // "ci:its-own"
    assert_eq!(seen[0].header("authorization"), Some("Basic Y2k6aXRzLW93bg=="));
    assert_eq!((seen[0].header("x-api-key"), seen[0].body()), (None, "grant_type=client_credentials"));
    assert!(idp.requests()[1].body().contains("otp=hunter22"));
}

#[test]
fn the_token_goes_where_into_says_as_object_or_text() {
    let idp = users();
    let first = |more: &[&str]| {
        let input = "{\"username\":\"a\",\"password\":\"p\",\"oauth\":1,\"end\":0}\n";
        lines(&batch(&idp, more).stdin(input).any_stdout().run()).remove(0)
    };
    assert_eq!(first(&["--into", "oauth"])["oauth"]["access_token"], "tok-a");
    let text = first(&["--into", "x", "--as-string"])["x"].as_str().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["access_token"], "tok-a");
    let replaced = batch(&idp, &["--into", "oauth"])
        .stdin("{\"oauth\":1,\"username\":\"a\",\"password\":\"p\"}\n")
        .any_stdout()
        .run()
        .stdout;
    assert!(
        replaced.starts_with("{\"oauth\":{\"access_token\"") && replaced.ends_with(",\"password\":\"p\"}\n"),
        "{replaced}"
    );
}

#[test]
fn bare_tokens_keep_their_lines() {
    let idp = users();
    let input = [message("a"), message("bad-b"), message("c")].concat();
    batch(&idp, &["-o", "token"])
        .stdin(input)
        .code(3)
        .stdout("tok-a\n\ntok-c\n")
        .stderr(
            "* input line 2\n\
             error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_grant: no such user\n\
             hint: for user 'bad-b': check name and password; the account may be locked, or want a one-time code \
             (--param totp=CODE, where the server takes one so)\n\
             error: 1 of 3 messages failed\n\
             hint: each of them is told above and left an empty line; the exit code is the highest among them\n",
        )
        .run();
    let run = batch(&idp, &["-o", "token", "--error-format", "json"]).stdin(message("bad-b"));
    let ended = run.any_output().code(3).run();
    let error: Value = serde_json::from_str(ended.stderr.lines().next().unwrap()).unwrap();
    assert_eq!((&error["kind"], &error["exit_code"], &error["line"]), (&"refused".into(), &3.into(), &1.into()));
    assert_eq!(error["oauth"]["error_description"], "no such user");
}

#[test]
fn the_first_failure_is_told_on_stderr_as_well() {
    let idp = users();
    batch(&idp, &[])
        .stdin([message("a"), message("bad-b"), message("bad-c")].concat())
        .code(3)
        .any_stdout()
        .stderr(failed(2, 3))
        .run();
    let words = ["batch", "-q", "--token-endpoint", &idp.url(), "-i", "x", "--client-secret", "env:UNSET"];
    let run = oauth2tok().args(words).stdin("{}\n").any_output().code(2);
    run.stderr(
        "error: 1 of 1 messages failed\n\
         caused by: the first, on input line 1: cannot read client_secret from env:UNSET\n\
         caused by: the environment variable UNSET is not set\n\
         hint: set it: export UNSET=…, or in CI, give the job access to the secret\n\
         hint: each of them passed on with an 'error' member; the exit code is the highest among them\n",
    )
    .run();
}

#[test]
fn a_message_whose_members_make_no_sense_keeps_them() {
    let idp = users();
    let odd = [
        r#"{"id":7,"client_secret":""}"#,
        r#"{"id":7.50,"scope":{"a":1}}"#,
        r#"{"id":7,"username":["x"],"password":"hunter22"}"#,
        r#"{"id":7,"client_id":"a","client_id":"b"}"#,
    ];
    let ended = batch(&idp, &[]).stdin(odd.join("\n")).any_output().code(2).run();
    assert_eq!(idp.connections(), 0);
    for (line, odd) in ended.stdout.lines().zip(odd) {
        let start = format!("{},\"error\":{{\"kind\":\"usage\"", odd.strip_suffix('}').unwrap());
        assert!(line.starts_with(&start) && !line.contains("one JSON object"), "{line}");
    }
}

#[test]
fn parts_are_counted_from_both_ends_and_the_rest_passes_unchanged() {
    let idp = users();
    let odd = "{ \"n\" : 1.0 }\n";
    let input = [message("a"), odd.into(), "not json\n".into(), message("d")].concat();
    for parts in ["0,-1", "-4, 3"] {
        let ended = batch(&idp, &["--parts", parts]).stdin(input.clone()).any_stdout().run();
        let text = ended.stdout;
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].contains("tok-a") && lines[3].contains("tok-d"), "{text}");
        assert_eq!(lines[1..3], [odd.trim_end(), "not json"]);
    }
    let before = idp.count();
    for (parts, missing) in [("0,4", "4"), ("-5", "-5"), ("0,-5", "-5")] {
        let error = format!(
            "error: --parts: there is no message {missing}, the input has 4\nhint: the first is 0, the last is -1\n"
        );
        batch(&idp, &["--parts", parts]).stdin(input.clone()).fails(2, error).run();
    }
    batch(&idp, &["--parts", "x"])
        .stdin(input)
        .fails(
            2,
            "error: --parts: expected whole numbers, separated by commas\n\
             hint: --parts 0,-1 is the first and the last message\n",
        )
        .run();
    assert_eq!(idp.count(), before);
}

#[test]
fn output_comes_as_soon_as_order_allows() {
    let idp = users();
    let mut child = batch(&idp, &[]).start_piped();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for user in ["a", "b"] {
        stdin.write_all(message(user).as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("tok-{user}")), "{line}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_rate_is_kept_and_equal_requests_do_not_count() {
    let idp = users();
    let input: String = (0..30).map(|n| message(&format!("u-{}", n % 6))).collect();
    let started = Instant::now();
    batch(&idp, &["--rate", "10/s", "--jobs", "4"]).stdin(input).any_output().code(0).run();
    assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(idp.count(), 6);
}

#[test]
fn retry_after_pauses_every_worker() {
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let kept = Arc::clone(&times);
    let idp = Server::scripted(move |_, _| {
        let number = {
            let mut kept = kept.lock().unwrap();
            kept.push(Instant::now());
            kept.len()
        };
        match number {
            1 => status(429, &["Retry-After: 4"], ""),
            // What the other worker may have asked already comes when the pause must be known, and well before its end.
            2 => {
                thread::sleep(Duration::from_millis(1500));
                status(200, &[], r#"{"access_token":"t-2"}"#)
            }
            number => status(200, &[], format!(r#"{{"access_token":"t-{number}"}}"#)),
        }
    });
    let input: String = (0..12).map(|n| message(&format!("u-{n}"))).collect();
    batch(&idp, &["--jobs", "2"]).stdin(input).any_stdout().run();
    let times = times.lock().unwrap();
    assert_eq!(times.len(), 13);
    let early = times[1..].iter().filter(|time| time.duration_since(times[0]) < Duration::from_secs(4)).count();
    assert!(early <= 1, "{early} requests during the pause");
}

#[test]
fn who_is_sent_away_for_a_while_asks_again_and_loses_nothing() {
    let sent_away = Mutex::new(HashSet::new());
    let idp = Server::scripted(move |_, request| {
        let user = request.field("username").unwrap();
        match sent_away.lock().unwrap().insert(user.clone()) {
            true => status(429, &["Retry-After: 0"], r#"{"error":"too_many_requests"}"#),
            false => token_of(&format!("tok-{user}")),
        }
    });
    let input: String = (0..6).map(|n| message(&format!("u-{n}"))).collect();
    let ended = batch(&idp, &["--jobs", "3"]).stdin(input).any_stdout().run();
    let tokens: Vec<_> = lines(&ended).iter().map(|line| line["token"]["access_token"].clone()).collect();
    assert_eq!(tokens, ["tok-u-0", "tok-u-1", "tok-u-2", "tok-u-3", "tok-u-4", "tok-u-5"]);
    let mut bodies = idp.bodies();
    assert_eq!(bodies.len(), 12);
    bodies.sort();
    assert!(bodies.chunks(2).all(|two| two[0] == two[1]), "{bodies:?}");
}

#[test]
fn a_pause_beyond_the_timeout_ends_the_rest_without_asking() {
    let idp = Server::scripted(|_, _| status(429, &["Retry-After: 3600"], ""));
    let input: String = (0..20).map(|n| message(&format!("u-{n}"))).collect();
    let ended = batch(&idp, &["--jobs", "1", "--timeout", "5s"]).stdin(input).any_output().code(6).run();
    let lines = lines(&ended);
    assert!(lines.len() == 20 && lines.iter().all(|line| line["error"]["kind"] == "unavailable"), "{ended:?}");
    assert_eq!(idp.count(), 1);
}

#[test]
fn a_pause_that_one_server_asks_for_is_no_other_servers() {
    let idp = users();
    let foreign = Server::scripted(|_, request| match request.method() {
        "GET" => status(503, &["Retry-After: 86400"], ""),
        _ => status(429, &["Retry-After: 86400"], ""),
    });
    for (member, place) in [("token_endpoint", foreign.url()), ("issuer", foreign.origin())] {
        let theirs = format!("{{\"server\":\"{place}\",\"client_secret\":\"its-own\"}}\n");
        let input = format!("{theirs}{theirs}{{\"client_id\":\"a\"}}\n{{\"client_id\":\"b\"}}\n");
        let map = format!("server={member}");
        let maps = ["--map", &map, "--map", "client_id=client_id", "--map", "client_secret=client_secret"];
        let mut run = by_env(&idp).without("OAUTH2TOK_TOKEN_ENDPOINT").args(["batch", "--jobs", "1", "--retry", "0"]);
        run = run.args(["--timeout", "20s"]).args(maps);
        if member == "token_endpoint" {
            run = run.env("OAUTH2TOK_TOKEN_ENDPOINT", idp.url());
        } else {
            run = run.env("OAUTH2TOK_ISSUER", issuer_of(&idp));
        }
        let before = foreign.count();
        let ended = run.stdin(input).any_output().code(6).run();
        let lines = lines(&ended);
        for (line, refused) in lines.iter().zip([true, true, false, false]) {
            assert_eq!(line["error"]["kind"] == "unavailable", refused, "{line}");
            assert_eq!(line["token"]["access_token"] == "tok-nobody", !refused, "{line}");
        }
        // Equal messages are asked once more, as this may pass; the server's own wish is heeded.
        let asked = foreign.count() - before;
        assert!(asked == 1 || member == "issuer" && asked == 2, "{asked} requests");
    }
}

#[test]
fn a_slow_issuer_costs_no_other_issuers_message_its_token() {
    // An issuer that takes the connection and never answers.
    let silent_socket = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = format!("http://{}", silent_socket.local_addr().unwrap());
    let idp = users();
    let quick = issuer_of(&idp);
    let message = |issuer: &str, n: usize| {
        format!("{{\"server\":\"{issuer}\",\"client_id\":\"c{n}\",\"client_secret\":\"own\"}}\n")
    };
    let input: String = (0..8).map(|n| message(if n == 0 { &silent } else { &quick }, n)).collect();
    let maps = ["--map", "server=issuer", "--map", "client_id=client_id", "--map", "client_secret=client_secret"];
    let words = ["batch", "-q", "--jobs", "8", "--timeout", "4s", "--retry", "0"];
    let run = oauth2tok().env("OAUTH2TOK_CLIENT_SECRET", CANARY).args(words).args(maps).stdin(input);
    let ended = run.any_output().code(5).run();
    let lines = lines(&ended);
    assert_eq!(lines[0]["error"]["kind"], "unreached", "{}", lines[0]);
    assert!(lines[1..].iter().all(|line| line["token"]["access_token"] == "tok-nobody"), "{ended:?}");
}

#[test]
fn kept_tokens_are_used_and_cost_no_turn() {
    let idp = users();
    let home = home();
    let input: String = (0..6).map(|n| message(&format!("u-{n}"))).collect();
    for rate in ["100/s", "1/m"] {
        let run = batch(&idp, &["--cache", "--rate", rate]).at_home(&home);
        let ended = run.stdin(input.clone()).any_stdout().run();
        assert_eq!(lines(&ended)[5]["token"]["access_token"], "tok-u-5", "{ended:?}");
    }
    assert_eq!(idp.count(), 6);
}

#[test]
fn an_issuer_is_asked_once() {
    let idp = MockServer::start();
    let metadata = publishes(&idp);
    let token = grants(&idp, |when| when.body_prefix("grant_type=password&username=u-"));
    let input: String = (0..20).map(|n| message(&format!("u-{n}"))).collect();
    let words = ["batch", "-q", "-g", "password", "--issuer", &idp.base_url()];
    client().args(words).stdin(input).any_stdout().run();
    metadata.assert();
    token.assert_calls(20);
}

#[test]
fn secrets_of_messages_and_profile_stay_out_of_the_trace() {
    let idp = Server::scripted(|_, request| {
        let echo = format!("{} {}", request.body(), request.header("authorization").unwrap());
        status(400, &[], serde_json::json!({ "error": "invalid_grant", "error_description": echo }).to_string())
    });
    let input = [message("a"), message("b")].concat();
    let ended = by_env(&idp).args(["batch", "-v", "-g", "password"]).stdin(input).any_output().code(3).run();
    assert!(ended.stderr.contains("* input line 2\n") && ended.stderr.contains("> POST /token"), "{}", ended.stderr);
    let errors = lines(&ended).iter().map(|line| line["error"].to_string()).collect::<String>();
    for secret in spellings(CANARY).iter().map(String::as_str).chain(["hunter22"]) {
        assert!(!errors.contains(secret), "{errors}");
    }
}

#[test]
fn progress_is_told_plainly_or_not_at_all() {
    let idp = users();
    let input = [message("a"), message("bad-b")].concat();
    let run = by_env(&idp).args(["batch", "-g", "password", "--progress", "plain"]).stdin(input.clone());
    run.any_output().code(3).stderr_with(["progress: 2 messages, 1 failed, "]).run();
    let run = batch(&idp, &["--progress", "plain"]).stdin(input);
    run.any_output().code(3).stderr_without(["progress"]).run();
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_read() {
    let idp = users();
    let cases: [(&[&str], &str); 14] = [
        (
            &["--map", "x=proxy"],
            "error: --map: a message cannot override 'proxy'\n\
             hint: write MEMBER=SETTING with one of client_id, client_secret, username, password, scope, audience, \
             resource, grant_type, client_assertion, refresh_token, assertion, subject_token, actor_token, assertion_subject, token_endpoint, issuer\n",
        ),
        (
            &["--map", "x"],
            "error: --map: there is no '=' in (not shown: it may be a secret)\n\
             hint: write MEMBER=SETTING with one of client_id, client_secret, username, password, scope, audience, \
             resource, grant_type, client_assertion, refresh_token, assertion, subject_token, actor_token, assertion_subject, token_endpoint, issuer\n",
        ),
        (&["--jobs", "0"], "error: --jobs: expected a number from 1 to 1024\nhint: 8 is what it is if not given\n"),
        (
            &["--rate", "fast"],
            "error: --rate: expected something like 50/s or 600/m\n\
             hint: it is the most requests in a second (s), minute (m) or hour (h)\n",
        ),
        (
            &["--client-secret", "-"],
            "error: stdin holds the messages, so no secret can come from there\n\
             hint: give it by env:NAME or file:PATH\n",
        ),
        (
            &["--output", "json"],
            "error: --output: expected one of message, token\n\
             hint: 'oauth2tok batch -h' lists its flags, '--help' explains them\n",
        ),
        (&["--proxy", "", "--timeout", "0"], "error: timeout (flag --timeout): it must be more than 0\n"),
        (
            &["-o", "token", "--as-string"],
            "error: --into and --as-string do not go with -o token\n\
             hint: bare tokens stand in no message\n",
        ),
        (&["--into", ""], "error: --into: the name is empty\nhint: it is 'token' if not given\n"),
        // What no message can mend.
        (
            &["--token-endpoint", "http://idp.invalid/"],
            "error: token_endpoint (flag --token-endpoint): plain http would send credentials in clear; use https \
             (http is allowed to localhost, 127.0.0.0/8 and [::1])\nhint: write https://idp.invalid/\n",
        ),
        (
            &["--scope", "a\"b"],
            "error: scope (flag --scope): a scope holds a character that RFC 6749 §3.3 does not allow: only \
             printable ASCII without \" and \\, and spaces between scopes\n",
        ),
        (
            &["--username", "x"],
            "error: username (flag --username) does not go with the client_credentials grant\n\
             hint: give --grant-type password, or leave username out\n",
        ),
        (
            &["--map", "secret=client_secret", "-a", "none"],
            "error: client_secret (env OAUTH2TOK_CLIENT_SECRET) does not go with auth method none, which sends no \
             secret\n\
             hint: leave the secret out, or choose client_secret_basic, client_secret_post or client_secret_jwt\n",
        ),
        (
            &["--map", "secret=client_secret", "-g", "password"],
            "error: username (the password grant needs it) is missing\n\
             hint: give --username NAME, OAUTH2TOK_USERNAME or username in a profile\n",
        ),
    ];
    for (words, message) in cases {
        for input in ["{}\n", ""] {
            by_env(&idp).args([&["batch"], words].concat()).stdin(input).fails(2, message).run();
        }
    }
    oauth2tok()
        .args(["batch"])
        .stdin("")
        .fails(
            2,
            "error: token_endpoint or issuer is missing\n\
             hint: give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)\n",
        )
        .run();
    assert_eq!(idp.connections(), 0);
}

#[test]
fn a_dry_run_shows_each_request_and_sends_none() {
    let idp = users();
    let ended = batch(&idp, &["--dry-run"]).stdin([message("a"), message("b")].concat()).any_stdout().run();
    assert_eq!(idp.connections(), 0);
    assert_eq!(ended.stdout.matches("POST /token HTTP/1.1").count(), 2);
    assert!(ended.stdout.contains("username=a&password=***"), "{ended:?}");
}

#[test]
fn a_line_too_long_is_an_error_and_the_next_one_is_read() {
    let idp = users();
    let long = format!("{{\"x\":\"{}\"}}\n", "a".repeat(2 << 20));
    let lines = lines(&batch(&idp, &[]).stdin([long, message("b")].concat()).any_output().code(2).run());
    assert!(lines[0]["error"]["message"].as_str().unwrap().contains("longer than 1024 KiB"), "{}", lines[0]);
    assert_eq!(lines[1]["token"]["access_token"], "tok-b");
}

/// The most memory (KiB) that a run has taken so far.
#[cfg(target_os = "linux")]
fn peak(child: &std::process::Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.unwrap().parse().unwrap()
}

/// The most memory (KiB) of a run with so many messages of which the first has its token only when nothing moves any more.
#[cfg(target_os = "linux")]
fn peak_of(messages: usize, message: impl Fn(usize) -> String + Send + 'static, token: usize) -> u64 {
    let seen: Arc<Mutex<Option<Instant>>> = Arc::default();
    let idp = Server::scripted(move |_, request| {
        let user = request.field("client_id").unwrap();
        *seen.lock().unwrap() = Some(Instant::now());
        if user.starts_with("first") {
            // As long as others still come, there is room.
            while seen.lock().unwrap().is_none_or(|last| last.elapsed() < Duration::from_secs(1)) {
                thread::sleep(Duration::from_millis(20));
            }
        }
        let body = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "t".repeat(token));
        status(200, &[], &body)
    });
    let mut child = by_env(&idp).args(["batch", "--timeout", "60s", "-a", "post"]).start_piped();
    let mut stdin = child.stdin.take().unwrap();
    let (all_read, is_all_read) = std::sync::mpsc::channel::<()>();
    let writer = thread::spawn(move || {
        for n in 0..messages {
            stdin.write_all(message(n).as_bytes()).unwrap();
        }
        // The run goes on until its memory has been looked at.
        let _ = is_all_read.recv();
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for n in 0..messages {
        let mut line = Vec::new();
        stdout.read_until(b'\n', &mut line).unwrap();
        assert!(line.windows(6).any(|w| w == b"\"ttttt"), "message {n}");
    }
    let peak = peak(&child);
    drop(all_read);
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_in_bytes_however_large_messages_and_tokens_are() {
    let id = |n: usize| if n == 0 { "first".to_owned() } else { format!("c{n}") };
    let small = move |n: usize| format!("{{\"client_id\":\"{}\"}}\n", id(n));
    let large = move |n: usize| format!("{{\"client_id\":\"{}\",\"x\":\"{}\"}}\n", id(n), "x".repeat(1_000_000));
    let ordinary = peak_of(300, small, 5);
    for (what, peak) in [("messages", peak_of(220, large, 5)), ("tokens", peak_of(220, small, 1_000_000))] {
        let more = peak.saturating_sub(ordinary) >> 10;
        // All of them at once are some 310; eight that are under way, and what the allocator keeps, up to 130.
        assert!(more < 230, "{what} took {more} MiB more than ordinary ones");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_in_bytes_however_many_large_answers_come_at_once() {
    const JOBS: usize = 40;
    // The most memory (KiB) of a run whose answers, of so many members, are all there at the same moment.
    let peak_of = |members: usize| {
        let members: Arc<str> = (0..members).map(|n| format!(",\"{n:x}\":1")).collect::<String>().into();
        let together = std::sync::Barrier::new(JOBS);
        let idp = Server::scripted(move |_, _| {
            together.wait();
            status(200, &[], format!(r#"{{"access_token":"t"{members}}}"#))
        });
        // Freed memory comes back where there is one place for it.
        let mut child = by_env(&idp)
            .args(["batch", "--timeout", "60s", "-a", "post", "--jobs", &JOBS.to_string()])
            .env("MALLOC_ARENA_MAX", "1")
            .start_piped();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        for n in 0..JOBS {
            stdin.write_all(format!("{{\"client_id\":\"c{n}\"}}\n").as_bytes()).unwrap();
        }
        for n in 0..JOBS {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            assert!(line.contains(r#""access_token":"t""#), "message {n}");
        }
        let peak = peak(&child);
        drop(stdin);
        assert!(child.wait().unwrap().success());
        peak
    };
    let (ordinary, large) = (peak_of(1), peak_of(30_000));
    let more = large.saturating_sub(ordinary) >> 10;
    assert!(more < 110, "{JOBS} large answers took {more} MiB more than small ones");
}

#[test]
fn results_that_take_more_than_the_window_come_out_in_order_all_the_same() {
    let idp = Server::scripted(|_, request| {
        let id = request.field("client_id").unwrap();
        thread::sleep(Duration::from_millis(if id == "a" { 300 } else { 0 }));
        status(200, &[], format!(r#"{{"access_token":"{id}{}"}}"#, "t".repeat(1_000_000)))
    });
    // Equal messages wait for each other, in any order; those behind the first are there long before it.
    let ids: Vec<_> = (0..60).map(|n| ["a", "b", "c"][n * n % 3]).collect();
    let input: String = ids.iter().map(|id| format!("{{\"client_id\":\"{id}\"}}\n")).collect();
    let ended =
        by_env(&idp).args(["batch", "--jobs", "16", "-a", "post", "-o", "token"]).stdin(input).any_stdout().run();
    let firsts: Vec<_> = ended.stdout.lines().map(|line| line[..1].to_owned()).collect();
    assert_eq!(firsts, ids);
}

#[test]
fn a_helper_that_fails_is_run_once_and_is_no_matter_to_messages_that_bring_their_own_secret() {
    let idp = users();
    let home = tempfile::tempdir().unwrap();
    let count = home.path().join("count");
    let helper = format!("command:sh -c 'echo x >> {}; exit 3'", count.display());
    let input = "{\"client_id\":\"a\"}\n{\"client_id\":\"b\",\"client_secret\":\"own\"}\n{\"client_id\":\"c\"}\n";
    let ended = by_env(&idp)
        .args(["batch", "--client-secret", &helper])
        .without("OAUTH2TOK_CLIENT_SECRET")
        .stdin(input)
        .any_output()
        .code(2)
        .run();
    let lines = lines(&ended);
    for (line, number) in [(&lines[0], 1), (&lines[2], 3)] {
        assert!(line["error"]["message"].as_str().unwrap().contains("cannot read client_secret"), "{line}");
        assert_eq!(line["error"]["line"], number);
    }
    assert_eq!(lines[1]["token"]["access_token"], "tok-nobody");
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
}

#[test]
fn a_closed_stdout_ends_the_run_quietly() {
    let idp = users();
    let mut child = batch(&idp, &[]).start_piped();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(message("a").as_bytes()).unwrap();
    // The input goes on; the run does not.
    assert_eq!(child.wait().unwrap().code(), Some(7));
    drop(stdin);
}

#[test]
fn wrap_puts_the_answer_of_the_plain_command_under_a_name() {
    let idp = Server::numbered();
    let ended = by_env(&idp).args(["--wrap", "oauth"]).any_stdout().run();
    let value: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(value["oauth"]["access_token"], "tok-1");
    assert!(value["oauth"]["expiry"].is_string());
    by_env(&idp)
        .args(["--wrap", "x", "-o", "header"])
        .fails(
            2,
            "error: wrap (flag --wrap) and output (flag --output) exclude each other\n\
             hint: --wrap prints the answer as JSON; leave the other out\n",
        )
        .run();
    by_env(&idp)
        .args(["--wrap", "x", "--field", "scope"])
        .fails(
            2,
            "error: wrap (flag --wrap) and field (flag --field) exclude each other\n\
             hint: --wrap prints the answer as JSON; leave the other out\n",
        )
        .run();
}
