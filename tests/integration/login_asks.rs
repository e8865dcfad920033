//! Whom a login asks, when, and what happens at the terminal meanwhile.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::StreamOwned;
use serde_json::{Value, json};

use crate::harness::browser::{
    Asked, Browser, described, get, login_server, post, posted, send, send_over, simple_login_server,
};
use crate::harness::jwt::now;
use crate::harness::server::{Server, json as answer, status, token_with};
use crate::harness::{Ca, Output, Run, Running, Terminal, needs_setsid, not_run, oauth2tok};
use crate::login_browser::id_token;

/// What nobody who could be asked is told, for this reason.
fn nobody(why: &str, hint: &str) -> String {
    format!("error: a person must log in: no login is kept\ncaused by: nobody is asked: {why}\nhint: {hint}\n")
}

const NO_TERMINAL: &str = "this is no terminal that somebody sits at";

/// The profile `alice` of somebody who logs in at `server`, with more of it behind a comma.
pub fn alice(server: &Server, more: &str) -> Run {
    let origin = server.origin();
    oauth2tok().args(["-p", "alice"]).config(&format!(
        "profiles:\n  alice: {{ grant_type: authorization_code, issuer: '{origin}', client_id: app{more} }}\n"
    ))
}

/// A browser for `run`, which asks where a person is.
pub fn with_browser(run: Run) -> (Run, Browser) {
    let (run, browser) = Browser::of(run);
    (run.without("OAUTH2TOK_LOGIN"), browser)
}

/// A run with a terminal for its stderr, as `script` starts `"$@"` on it.
pub fn at_terminal(run: Run, script: &str) -> (Terminal, Running) {
    let terminal = Terminal::open();
    let run = run.env("NO_COLOR", "1").by(["setsid", "--ctty", "sh", "-c", script, "sh"]);
    let running = run.start_with(terminal.end(), Stdio::piped(), terminal.end());
    (terminal, running)
}

/// All that was to be seen at the terminal.
pub fn screen(terminal: &mut Terminal) -> String {
    terminal.line.write_all(b"<end>").unwrap();
    terminal.wait_for("<end>");
    terminal.seen.replace("\r\n", "\n").replace("<end>", "")
}

/// What stands at a terminal while a browser is waited for.
pub fn prompt(url: &str) -> String {
    format!(
        "A browser is being opened to log in. If none comes up, open this address:\n{url}\n\
         Or paste the address that the browser ends at here (it is not shown), and press Enter:\n"
    )
}

#[test]
fn a_person_is_asked_where_one_sits_and_nowhere_else() {
    needs_setsid!();
    let server = simple_login_server();
    for (script, env, stdout) in [
        (r#""$@""#, ("CI", "false"), "tok-1\n"),
        (r#""$@" </dev/null | cat"#, ("BUILD_NUMBER", "0"), "tok-1\n"),
        (r#"t=$("$@"); echo "[$t]""#, ("TF_BUILD", ""), "[tok-1]\n"),
        (r#"exec "$@" <&-"#, ("KUBERNETES_EXEC_INFO", r#"{"spec":{"interactive":true}}"#), "tok-1\n"),
    ] {
        let (run, browser) = with_browser(alice(&server, "").env(env.0, env.1).stdout(stdout));
        let (mut terminal, running) = at_terminal(run, script);
        let asked = browser.begin();
        assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
        running.finish();
        assert_eq!(screen(&mut terminal), prompt(&asked.url), "{script}");
    }
    let (count, connections) = (server.count(), server.connections());
    let told = nobody(NO_TERMINAL, "oauth2tok login -p alice");
    for (script, env, is_seen) in [
        (r#"set -m; "$@" & wait $!"#, ("A", ""), true),
        (r#""$@" 2>/dev/null"#, ("A", ""), false),
        (r#""$@" 2>&1 | cat >&2; exit 9"#, ("A", ""), true),
        (r#""$@""#, ("CI", "1"), true),
        (r#""$@""#, ("CI", "true"), true),
        (r#""$@""#, ("BUILD_NUMBER", "7"), true),
        (r#""$@""#, ("TF_BUILD", "True"), true),
        (r#""$@""#, ("KUBERNETES_EXEC_INFO", r#"{"spec":{"interactive":false}}"#), true),
    ] {
        let (run, browser) = with_browser(alice(&server, "").env(env.0, env.1).code(9));
        let (mut terminal, running) = at_terminal(run, script);
        running.finish();
        assert_eq!(screen(&mut terminal), if is_seen { &*told } else { "" }, "{script} {env:?}");
        assert_eq!(browser.count(), 0);
    }
    let (run, browser) = with_browser(alice(&server, "").fails(9, told));
    run.by(["setsid"]).start().finish();
    assert_eq!(browser.count(), 0);
    assert_eq!((server.count(), server.connections()), (count, connections), "nothing is sent");
}

/// A profile's `login` and the variable.
type Said = (&'static str, Option<&'static str>);

#[test]
fn never_and_always_are_what_they_say() {
    needs_setsid!();
    let server = simple_login_server();
    let run = |(profile, variable): Said| {
        let (run, browser) = with_browser(alice(&server, profile));
        (variable.into_iter().fold(run, |run, value| run.env("OAUTH2TOK_LOGIN", value)), browser)
    };
    for said in [(", login: never", None), (", login: always", Some("never")), ("", Some("never"))] {
        let (run, browser) = run(said);
        let (mut terminal, running) = at_terminal(run.code(9), r#""$@""#);
        running.finish();
        assert_eq!(screen(&mut terminal), nobody("login is never", "oauth2tok login -p alice"));
        assert_eq!(browser.count(), 0);
    }
    assert_eq!(server.connections(), 0, "nothing is sent");
    for said in [(", login: always", None), (", login: never", Some("always")), ("", Some("always"))] {
        let (run, browser) = run(said);
        let running = run.env("CI", "true").prints("tok-1").any_stderr().by(["setsid"]).start();
        let asked = browser.begin();
        asked.comes_back(&[("code", "c")]);
        let told =
            format!("A browser is being opened to log in. If none comes up, open this address:\n{}\n", asked.url);
        assert_eq!(running.finish().stderr, told);
    }
}

#[test]
fn the_hint_is_the_command_to_type() {
    let server = simple_login_server();
    let run = alice(&server, "").file("my own.yaml", fs::read_to_string(alice(&server, "").config_path()).unwrap());
    let path = run.path_text("my own.yaml");
    run.args(["--config", &path])
        .fails(9, nobody(NO_TERMINAL, "oauth2tok login -p alice --config '[HOME]/my own.yaml'"))
        .run();
    let run = alice(&server, "").args(["-u", "ada lovelace"]);
    run.fails(9, nobody(NO_TERMINAL, "oauth2tok login -p alice -u 'ada lovelace'")).run();
    let origin = server.origin();
    let run = oauth2tok().args(["--issuer", &origin, "-i", "app", "-g", "device_code"]);
    let bare = "oauth2tok login --issuer http://127.0.0.1:[PORT] -g device_code -i app";
    run.clone().fails(9, nobody(NO_TERMINAL, bare)).run();
    assert_eq!(server.connections(), 0, "nothing is sent");
}

/// Logs in as `run` says, which prints this.
pub fn logs_in(run: Run, stdout: &str) -> Output {
    let (run, browser) = Browser::of(run);
    let running = run.stdout(stdout).any_stderr().start();
    assert_eq!(browser.begin().comes_back(&[("code", "c")]).heading(), "You are logged in");
    running.finish()
}

#[test]
fn a_kept_login_is_looked_for_unless_that_is_refused_and_kept_only_with_the_cache() {
    let server = simple_login_server();
    let told = nobody(NO_TERMINAL, "oauth2tok login -p alice");
    let run = alice(&server, "");
    // Without a cache nothing is kept of it.
    logs_in(run.clone(), "tok-1\n");
    run.clone().fails(9, &*told).run();
    logs_in(run.clone().env("OAUTH2TOK_CACHE", "true"), "tok-1\n");
    let count = server.count();
    run.clone().prints("tok-1").run();
    run.clone().args(["exec", "--env-name", "T", "--", "sh", "-c", "echo $T"]).prints("tok-1").run();
    let refused = |origin: &str, remedy: &str| {
        let why = format!("\nhint: cache: false ({origin}): a kept login is not looked for; {remedy}\nhint: ");
        told.replace("\nhint: ", &why)
    };
    run.clone().args(["--no-cache"]).fails(9, refused("flag --no-cache", "leave it out")).run();
    run.clone().env("OAUTH2TOK_CACHE", "false").fails(9, refused("env OAUTH2TOK_CACHE", "leave it out")).run();
    let refusing = fs::read_to_string(alice(&server, ", cache: false").config_path()).unwrap();
    let origin = "profile [HOME]/config/oauth2tok/config.yaml:2";
    run.config(&refusing).fails(9, refused(origin, "write cache: true there, or leave it out")).run();
    assert_eq!(server.count(), count, "nothing is sent");
}

#[test]
fn exec_and_request_ask_too() {
    let server = simple_login_server();
    let api = Server::scripted(|_, request| status(200, &[], request.header("authorization").unwrap()));
    logs_in(alice(&server, "").args(["exec", "--env-name", "T", "--", "sh", "-c", "echo $T"]), "tok-1\n");
    logs_in(alice(&server, "").args(["request", &api.at("/")]), "Bearer tok-1");
    let count = server.count();
    let told = nobody(NO_TERMINAL, "oauth2tok login -p alice");
    alice(&server, "").args(["exec", "--", "echo", "no"]).fails(9, &*told).run();
    alice(&server, "").args(["request", &api.at("/")]).fails(9, &*told).run();
    assert_eq!((server.count(), api.count()), (count, 1), "nothing is sent");
}

/// A server whose tokens are numbered. `grants` says which of the requests for one, from 1 on, are granted.
fn numbered(grants: impl Fn(usize) -> bool + Send + Sync + 'static, more: &'static str) -> Server {
    let count = AtomicUsize::new(0);
    login_server("", move |_, _| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        match grants(number) {
            true => token_with(&format!("t-{number}"), &format!(r#","refresh_token":"r-{number}"{more}"#)),
            false => answer(400, r#"{"error":"invalid_grant"}"#),
        }
    })
}

/// The refresh token or code of each token request.
fn sent(server: &Server) -> Vec<String> {
    posted(server).iter().map(|post| post.field("refresh_token").or_else(|| post.field("code")).unwrap()).collect()
}

#[test]
fn an_api_that_refuses_the_token_has_the_login_refreshed_and_then_a_person_asked() {
    let server = numbered(|number| number != 3, r#","expires_in":3600"#);
    let wanted = Arc::new(AtomicUsize::new(1));
    let now = Arc::clone(&wanted);
    let api = Server::scripted(move |_, request| {
        let wanted = format!("Bearer t-{}", now.load(Ordering::SeqCst));
        match request.header("authorization").unwrap() == wanted {
            true => status(200, &[], wanted),
            false => status(401, &[], "no"),
        }
    });
    let run = alice(&server, ", cache: true").args(["request", &api.at("/")]);
    logs_in(run.clone(), "Bearer t-1");
    wanted.store(2, Ordering::SeqCst);
    run.clone().stdout("Bearer t-2").run();
    wanted.store(4, Ordering::SeqCst);
    logs_in(run.clone(), "Bearer t-4");
    assert_eq!(sent(&server), ["c", "r-1", "r-2", "c"]);
}

#[test]
fn a_batch_asks_nobody() {
    needs_setsid!();
    let server = simple_login_server();
    let (run, browser) = with_browser(alice(&server, ", login: always").args(["batch"]));
    let run = run.stdin("{\"id\":1}\n").code(9).stdout_with([r#""kind":"login","exit_code":9"#]);
    run.stderr(
        "error: 1 of 1 messages failed\n\
         caused by: the first, on input line 1: a person must log in: no login is kept\n\
         caused by: nobody is asked: this command asks nobody\n\
         hint: oauth2tok login -p alice\n\
         hint: each of them passed on with an 'error' member; the exit code is the highest among them\n",
    )
    .run();
    assert_eq!((server.connections(), browser.count()), (0, 0));
}

#[test]
fn exec_that_keeps_a_file_fresh_asks_nobody_once_its_command_runs() {
    let server = numbered(|number| number == 1, r#","expires_in":2"#);
    let run = alice(&server, ", cache: true");
    let script = "while [ ! -e go ]; do sleep 0.05; done; cat t";
    let (run, browser) = Browser::of(run.args(["exec", "--token-file", "./t", "--", "sh", "-c", script]));
    let go = run.path("go");
    let running = run.stdout("t-1").any_stderr().start();
    let asked = browser.begin();
    asked.comes_back(&[("code", "c")]);
    // The code, what is there of the login, and a while.
    server.wait_for(3);
    thread::sleep(Duration::from_millis(500));
    fs::write(go, "").unwrap();
    let stderr = running.finish().stderr;
    let told = format!(
        "error: the token file keeps its token, because there is no new one\n\
         caused by: a person must log in: the kept login has ended\n\
         caused by: nobody is asked: this command asks nobody\n\
         caused by: {}/token refused client 'app' (none, HTTP 400)\n\
         caused by: invalid_grant\n\
         hint: the refresh token may have expired, been revoked or been used before: many servers accept each one once\n\
         hint: oauth2tok login -p alice\n",
        server.origin()
    );
    let begin = format!("A browser is being opened to log in. If none comes up, open this address:\n{}\n", asked.url);
    assert!(stderr.starts_with(&(begin.clone() + &told)), "{stderr}");
    assert_eq!(browser.count(), 1);
}

#[test]
fn twenty_runs_at_a_terminal_open_one_browser() {
    needs_setsid!();
    let server = simple_login_server();
    let (run, browser) = with_browser(alice(&server, ", cache: true").stdout("tok-1\n".repeat(20)));
    let script = r#"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$@" & done; wait"#;
    let (mut terminal, running) = at_terminal(run.args(["--timeout", "2s"]), script);
    let asked = browser.begin();
    // They wait as long as it takes.
    thread::sleep(Duration::from_millis(2500));
    asked.comes_back(&[("code", "c")]);
    running.finish();
    assert_eq!((browser.count(), posted(&server).len()), (1, 1));
    screen(&mut terminal);
}

#[test]
fn who_waits_where_nobody_sits_waits_no_longer_than_its_own_time() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(alice(&server, ", cache: true"));
    let other = run.clone().without("OAUTH2TOK_LOGIN").args(["--timeout", "1s"]);
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    other
        .fails(
            9,
            "error: another run is asking for the same login and did not finish within 1s\n\
             hint: finish the login that is under way, or try again later\n",
        )
        .run();
    asked.comes_back(&[("code", "c")]);
    running.finish();
    assert_eq!(browser.count(), 1);
}

#[test]
fn control_c_ends_the_wait_at_once_and_leaves_what_is_kept() {
    needs_setsid!();
    let server = simple_login_server();
    let run = alice(&server, ", cache: true");
    logs_in(run.clone(), "tok-1\n");
    let (new, browser) = with_browser(run.clone().args(["--force-new"]).code(130));
    let (mut terminal, running) = at_terminal(new, r#"exec "$@""#);
    let asked = browser.begin();
    terminal.wait_for_no_echo();
    let typed = Instant::now();
    terminal.type_in("half of it\u{3}");
    running.finish();
    assert!(typed.elapsed() < Duration::from_secs(2), "{:?}", typed.elapsed());
    assert!(terminal.echoes());
    assert!(TcpStream::connect(asked.authority()).is_err());
    assert_eq!(screen(&mut terminal), prompt(&asked.url));
    run.prints("tok-1").run();
}

#[test]
fn a_persons_time_does_not_count() {
    let server = simple_login_server();
    let (run, browser) = Browser::of(alice(&server, "").args(["--timeout", "1s"]));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    thread::sleep(Duration::from_millis(1500));
    asked.comes_back(&[("code", "c")]);
    running.finish();
}

/// A run at a terminal, whose prompt is there.
fn prompted(run: Run) -> (Terminal, Running, Asked, Browser) {
    let (run, browser) = with_browser(run);
    let (mut terminal, running) = at_terminal(run, r#"exec "$@""#);
    let asked = browser.begin();
    terminal.wait_for("press Enter:");
    terminal.wait_for_no_echo();
    (terminal, running, asked, browser)
}

#[test]
fn the_address_is_pasted_whole_or_its_query_or_the_form_and_a_wrong_one_is_asked_for_again() {
    needs_setsid!();
    let server = simple_login_server();
    let long = "0123456789".repeat(300);
    for (code, cut) in [("c0de", ""), ("c0de", "?"), (&*long, "")] {
        let (mut terminal, running, asked, _browser) = prompted(alice(&server, "").prints("tok-1"));
        let back = asked.back(&[("code", code), ("session_state", "x")]);
        let redirect = asked.field("redirect_uri");
        let mut told = prompt(&asked.url);
        for (wrong, why) in [
            ("hello", "a code alone does not tell which login it belongs to: the whole address is needed".to_owned()),
            (
                "https://example.com/?code=x&state=y",
                format!("the address is not that where the browser ends, which begins with {redirect}"),
            ),
            (&*format!("{redirect}?code=x&state=y"), "it is not the answer to this login".to_owned()),
            (
                &*redirect,
                "it holds no answer: the whole address is needed, with all that stands behind its '?'".to_owned(),
            ),
        ] {
            terminal.type_in(&format!("{wrong}\n"));
            let warning = format!("warning: what was pasted does not count: {why}\n");
            terminal.wait_for(warning.trim_end());
            told += &warning;
        }
        let pasted = if cut.is_empty() { &*back } else { back.split_once(cut).unwrap().1 };
        terminal.type_in(&format!("{pasted}\n"));
        running.finish();
        assert_eq!(screen(&mut terminal), told);
        assert!(terminal.echoes());
        let posts = posted(&server);
        assert_eq!(posts.last().unwrap().field("code").unwrap(), code);
        assert_eq!(posts.last().unwrap().field("redirect_uri").unwrap(), redirect);
    }
    assert_eq!(posted(&server).len(), 3);
}

#[test]
fn what_is_pasted_is_checked_like_what_comes_from_the_browser() {
    needs_setsid!();
    let server = simple_login_server();
    let (mut terminal, running, asked, _browser) = prompted(alice(&server, "").code(4));
    terminal.type_in(&format!("{}\n", asked.back(&[("code", "c"), ("iss", "https://evil.example")])));
    running.finish();
    assert_eq!(
        screen(&mut terminal),
        prompt(&asked.url)
            + &format!(
                "error: the answer in the browser is of another issuer: 'https://evil.example' instead of '{}' (RFC 9207 §2.4)\n\
                 hint: the code was sent nowhere; if https://evil.example is the server you mean, it is the issuer to write, else somebody may have mixed up two servers\n",
                server.origin()
            )
    );
    assert_eq!(posted(&server).len(), 0);
}

#[test]
fn where_nobody_can_listen_the_answer_is_pasted_or_it_is_wrong_at_once() {
    needs_setsid!();
    let server = simple_login_server();
    for (redirect, pasted, is_code) in [
        ("urn:ietf:wg:oauth:2.0:oob", "4/c0de", true),
        ("com.example.app:/cb", "com.example.app:/cb?code=c0de&state=[STATE]", false),
        ("https://app.example/cb", "https://app.example/cb?code=c0de&state=[STATE]", false),
        ("https://app.example/cb", "code=c0de&state=[STATE]", false),
    ] {
        let run = alice(&server, &format!(", redirect_uri: '{redirect}'"));
        let (mut terminal, running, asked, _browser) = prompted(run.clone().prints("tok-1"));
        assert_eq!(asked.field("redirect_uri"), redirect);
        terminal.type_in(&format!("{}\n", pasted.replace("[STATE]", &asked.field("state"))));
        running.finish();
        assert_eq!(screen(&mut terminal), prompt(&asked.url));
        let post = posted(&server).pop().unwrap();
        assert_eq!(post.field("code").unwrap(), if is_code { "4/c0de" } else { "c0de" });
        assert_eq!(post.field("redirect_uri").unwrap(), redirect);
        let count = server.count();
        let (run, browser) = Browser::of(run);
        let told = format!(
            "error: nobody listens at {redirect}, and there is no terminal to paste the answer at\n\
             hint: run it at a terminal, or in two steps: oauth2tok login --begin, then oauth2tok login --finish ID\n"
        );
        run.fails(2, told).by(["setsid"]).start().finish();
        assert_eq!((server.count(), browser.count()), (count, 0));
    }
}

#[test]
fn a_start_address_that_was_opened_twice_takes_a_yes_at_the_terminal() {
    needs_setsid!();
    let server = login_server("", |_, request| {
        let claims = json!({"iss": request.origin(), "aud": "app", "sub": "u", "email": "alice@x", "iat": now(), "exp": now() + 60});
        let id_token = id_token(&json!({"alg": "EdDSA"}), &claims);
        token_with("tok-1", &format!(r#","expires_in":3600,"refresh_token":"r","id_token":"{id_token}""#))
    });
    let anybody = simple_login_server();
    for (server, keys, code) in [(&server, "y\n", 0), (&server, "n\n", 9), (&anybody, "yes\n", 0), (&anybody, "\n", 9)]
    {
        let run = alice(server, ", cache: true");
        let again = run.clone();
        let run = run.args(["--timeout", "1s"]);
        let run = if code == 0 { run.prints("tok-1") } else { run.code(code) };
        let (mut terminal, running, asked, _browser) = prompted(run);
        assert_eq!(get(&asked.start).status, 410);
        terminal.wait_for("a second time");
        let back = asked.clone();
        let page = thread::spawn(move || back.comes_back(&[("code", "c")]).heading().to_owned());
        terminal.wait_for("[y/N] ");
        // A person's time does not count.
        thread::sleep(Duration::from_millis(if keys == "y\n" { 1200 } else { 0 }));
        terminal.type_in(keys);
        running.finish();
        assert_eq!(page.join().unwrap(), if code == 0 { "You are logged in" } else { "Login failed" });
        let mut told = prompt(&asked.url)
            + "warning: the start address was opened a second time: somebody else may be logging in here\n";
        let (unchecked, came, who) = match std::ptr::eq(server, &anybody) {
            true => ("", "Somebody", "whoever it was"),
            false => ("warning: the ID token's signature is not checked: no jwks_uri is known\n", "alice@x", "alice@x"),
        };
        told += unchecked;
        told += &format!("The start address was opened more than once. {came} logged in: is that you? [y/N] {keys}");
        if code == 9 {
            told += &format!(
                "error: the start address was opened more than once, and nobody said that {who} is right\n\
                 hint: somebody else on this machine may have logged in as himself: log in again, and answer the question at a terminal\n"
            );
        }
        assert_eq!(screen(&mut terminal), told);
        match code {
            0 => again.prints("tok-1").run(),
            _ => again.fails(9, nobody(NO_TERMINAL, "oauth2tok login -p alice")).run(),
        };
    }
}

#[test]
fn the_prompt_says_what_to_do_where_nothing_can_be_opened() {
    needs_setsid!();
    let server = simple_login_server();
    for (env, value, start) in [
        ("OAUTH2TOK_BROWSER", "none", ""),
        (
            "OAUTH2TOK_BROWSER",
            "sh -c 'exit 3'",
            "warning: no browser could be opened, so do it by hand: 'sh' failed (exit status: 3)\n",
        ),
        (
            "BROWSER",
            "no-such-browser:sh -c 'exit 3'",
            "warning: no browser could be opened, so do it by hand: the given command (not repeated: it may be a secret) is not there; 'sh' failed (exit status: 3)\n",
        ),
        ("NOTHING", "", ""),
    ] {
        let run = alice(&server, "").args(if start.is_empty() { &["-q"][..] } else { &[] });
        let (run, _) = with_browser(run.prints("tok-1"));
        let run = run.without("OAUTH2TOK_BROWSER").env(env, value);
        let (mut terminal, running) = at_terminal(run, r#"exec "$@""#);
        terminal.wait_for("press Enter:");
        terminal.wait_for_no_echo();
        if !start.is_empty() {
            terminal.wait_for("warning");
        }
        let url = terminal.seen.lines().find(|line| line.starts_with(&server.at("/authorize?"))).unwrap().to_owned();
        let asked = Asked { url, start: String::new() };
        assert_eq!(asked.comes_back(&[("code", "c")]).status, 200);
        running.finish();
        let told = match start.is_empty() {
            true => prompt(&asked.url).replace(
                "A browser is being opened to log in. If none comes up, open this address:",
                "Open this address in a browser to log in:",
            ),
            false => prompt(&asked.url) + start,
        };
        assert_eq!(screen(&mut terminal), told);
    }
}

#[test]
fn over_ssh_the_short_way_to_the_browser_is_told() {
    needs_setsid!();
    let server = simple_login_server();
    let run =
        alice(&server, "").env("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.5 22").env("OAUTH2TOK_BROWSER", "none");
    let (mut terminal, running) = at_terminal(run.clone().prints("tok-1"), r#"exec "$@""#);
    terminal.wait_for("press Enter:");
    terminal.wait_for_no_echo();
    let start = terminal.seen.split_once("open this address there:\r\n").unwrap().1.lines().next().unwrap().to_owned();
    let asked = Asked { url: get(&start).header("location").unwrap(), start: start.clone() };
    let port = asked.authority().split_once(':').unwrap().1.to_owned();
    assert_eq!(asked.comes_back(&[("code", "c")]).status, 200);
    running.finish();
    assert_eq!(
        screen(&mut terminal),
        format!(
            "Open this address in a browser to log in:\n{}\n\
             If that browser is not on this machine, run this on its own:\n\
             ssh -L {port}:127.0.0.1:{port} 203.0.113.5\n\
             and open this address there:\n{start}\n\
             or log in with a code instead: oauth2tok login --device, with the same profile\n\
             Or paste the address that the browser ends at here (it is not shown), and press Enter:\n",
            asked.url
        )
    );
}

#[test]
fn the_prompt_is_an_object_where_errors_are() {
    let server = simple_login_server();
    for is_granted in [true, false] {
        let run = alice(&server, ", login_timeout: 2m").args(["--error-format", "json"]).any_stderr();
        let (run, browser) = Browser::of(if is_granted { run.prints("tok-1") } else { run.code(3) });
        let begun = now();
        let running = run.start();
        let asked = browser.begin();
        asked.comes_back(&[if is_granted { ("code", "c") } else { ("error", "access_denied") }]);
        let output = running.finish();
        let mut told: Vec<Value> = output.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let until = told[0]["expires_at"].take().as_i64().unwrap();
        assert!((begun + 119..begun + 140).contains(&until), "{until}");
        assert_eq!(
            told[0],
            json!({"kind": "prompt", "url": asked.url, "redirect_uri": asked.field("redirect_uri"), "expires_at": null})
        );
        match is_granted {
            true => assert_eq!(told.len(), 1, "{told:?}"),
            false => assert_eq!((told.len(), &told[1]["kind"]), (2, &json!("refused")), "{told:?}"),
        }
    }
}

#[test]
fn all_that_is_asked_is_a_line_each_and_what_came_back_another() {
    let server = simple_login_server();
    let run = alice(&server, ", scope: openid read, login_hint: ada@example.com, prompt: login, cache: true");
    let (run, browser) = Browser::of(run.args(["-v", "--audience", "api"]));
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    let redirect = asked.field("redirect_uri");
    assert_eq!(get(&format!("http://{}/favicon.ico?code=x", asked.authority())).status, 404);
    assert_eq!(get(&format!("{redirect}?code=x&state=y")).status, 400);
    asked.comes_back(&[("code", "c0de"), ("session_state", "x+y"), ("iss", &server.origin())]);
    let told = running.finish().stderr;
    let challenge = asked.field("code_challenge");
    let parameters = format!(
        "* response_type = code\n\
         * client_id = app\n\
         * redirect_uri = {redirect}\n\
         * scope = openid read\n\
         * state = ***\n\
         * nonce = ***\n\
         * code_challenge = {challenge}\n\
         * code_challenge_method = S256\n\
         * prompt = login\n\
         * login_hint = ada@example.com\n\
         * audience = api\n\
         A browser is being opened to log in. If none comes up, open this address:\n{}\n\
         * GET /favicon.ico: 404 Not Found\n\
         * GET /callback: 400 Bad Request: it is not the login that is waiting\n\
         * the browser came back: code=***&session_state=x%2By&iss={}&state=***\n",
        asked.url,
        form_urlencoded::byte_serialize(server.origin().as_bytes()).collect::<String>()
    );
    assert!(told.contains(&parameters), "{told}\nhas not\n{parameters}");
}

/// A server that repeats what it is sent wherever it can, and gives no token.
fn gossip() -> Server {
    Server::scripted(move |_, request| {
        let origin = request.origin();
        if request.contains("/.well-known/") {
            let par = format!(r#","pushed_authorization_request_endpoint":"{origin}/par""#);
            return described(&origin, &par);
        }
        if request.target() == "/par" {
            return answer(201, r#"{"request_uri":"urn:x:canary-r3q","expires_in":60}"#);
        }
        let said = form_urlencoded::parse(request.bytes()).map(|(name, value)| format!("{name} was {value}"));
        let said = json!({"error": "invalid_request", "error_description": said.collect::<Vec<_>>().join(", ")});
        answer(400, &said.to_string())
    })
}

#[test]
fn nothing_that_is_good_for_this_login_alone_is_told() {
    for (par, mode) in [("false", "query"), ("true", "query"), ("false", "form_post")] {
        for flags in [&["-v"][..], &["--error-format", "json"], &["-v", "--error-format", "json"]] {
            let server = gossip();
            let run = alice(&server, ", scope: openid").env("OAUTH2TOK_PAR", par).env("OAUTH2TOK_RESPONSE_MODE", mode);
            let (run, browser) = Browser::of(run.args(flags).code(3).any_stderr());
            let running = run.start();
            let mut asked = browser.begin();
            let shown = asked.url.clone();
            if par == "true" {
                // What was pushed is what a browser would bring back.
                let pushed = posted(&server)[0].body().to_owned();
                asked.url = format!("{}?{pushed}", server.at("/authorize"));
            }
            let redirect = asked.field("redirect_uri");
            get(&format!("http://{}/x?code=canary-x", asked.authority()));
            get(&format!("{redirect}?code=canary-y&state=canary-z"));
            let seen = match mode {
                "form_post" => post(&redirect, asked.back(&[("code", "canary-c0de")]).split_once('?').unwrap().1),
                _ => asked.comes_back(&[("code", "canary-c0de")]),
            };
            assert_eq!(seen.heading(), "Login failed");
            let told = running.finish().stderr;
            let verifier = posted(&server).last().unwrap().field("code_verifier").unwrap();
            let [state, nonce] = ["state", "nonce"].map(|name| asked.field(name));
            let told = told.replace(&shown, "");
            for secret in ["canary", &*verifier, &*state, &*nonce] {
                assert!(!told.contains(secret), "{secret} of {par} {mode} {flags:?} is in {told}");
                assert!(!seen.body.contains(secret), "{secret} is in {}", seen.body);
            }
            assert!(told.contains("code_verifier was ***"), "{told}");
        }
    }
}

#[test]
fn a_deviation_is_an_error_where_that_is_wanted_and_the_page_says_so() {
    const NO_TOKEN: &str = "openid was asked for, and no ID token came (OpenID Connect Core §3.1.3.3)";
    const BY_QUERY: &str =
        "the answer came in the query, and form_post was asked for (OAuth 2.0 Form Post Response Mode §2)";
    const NOBODY: &str = "the ID token does not say who logged in (sub) (OpenID Connect Core §2)";
    for (more, variable, deviation) in [
        (", scope: openid", ("A", ""), NO_TOKEN),
        ("", ("OAUTH2TOK_RESPONSE_MODE", "form_post"), BY_QUERY),
        (", scope: anonymous", ("A", ""), NOBODY),
        ("", ("OAUTH2TOK_PAR", "true"), "the status is 200 instead of 201 (RFC 9126 §2.2)"),
    ] {
        let server = Server::scripted(move |_, request| {
            let origin = request.origin();
            if request.contains("/.well-known/") {
                return described(&origin, &format!(r#","pushed_authorization_request_endpoint":"{origin}/par""#));
            }
            if request.target() == "/par" {
                return answer(200, r#"{"request_uri":"urn:x:1","expires_in":60}"#);
            }
            let claims = json!({"iss": request.origin(), "aud": "app", "iat": now(), "exp": now() + 60});
            let id_token = format!(r#","id_token":"{}""#, id_token(&json!({"alg": "EdDSA"}), &claims));
            let id_token = if deviation == NOBODY { &*id_token } else { "" };
            token_with("tok-1", &format!(r#","expires_in":3600,"refresh_token":"r"{id_token}"#))
        });
        for is_strict in [false, true] {
            let run = alice(&server, more).env(variable.0, variable.1).any_stderr();
            let run = if is_strict { run.args(["--strict"]).code(4) } else { run.args(["-v"]).prints("tok-1") };
            let (run, browser) = Browser::of(run);
            let running = run.start();
            let is_pushed = deviation.contains("RFC 9126");
            let mut prompt = String::new();
            if !(is_pushed && is_strict) {
                let mut asked = browser.begin();
                prompt = format!(
                    "A browser is being opened to log in. If none comes up, open this address:\n{}\n",
                    asked.url
                );
                if is_pushed {
                    asked.url = format!("{}?{}", server.at("/authorize"), posted(&server)[0].body());
                }
                let seen = asked.comes_back(&[("code", "c")]);
                assert_eq!(seen.heading(), if is_strict { "Login failed" } else { "You are logged in" });
            }
            let told = running.finish().stderr;
            if deviation == NOBODY {
                prompt += "warning: the ID token's signature is not checked: no jwks_uri is known\n";
            }
            prompt += "error: the answer deviates from the standards, and --strict tolerates nothing\n";
            match is_strict {
                false => assert!(told.contains(&format!("* deviation: {deviation}\n")), "{told}"),
                true => assert_eq!(told, format!("{prompt}caused by: {deviation}\n")),
            }
        }
    }
}

/// The head of a POST that is only shown.
const HEAD: &str = "Accept: application/json\nAccept-Encoding: identity\nUser-Agent: oauth2tok/[VERSION]\n\
                    Content-Type: application/x-www-form-urlencoded\n";

#[test]
fn a_dry_run_shows_every_request_of_the_flow() {
    #[track_caller]
    fn shows(run: Run, expected: &str, stderr: &str) {
        let expected = expected.replace("[HEAD]\n", HEAD).replace("[VERSION]", env!("CARGO_PKG_VERSION")) + "\n";
        run.args(["-i", "app", "--dry-run"]).stdout(expected).stderr(stderr).run();
    }
    const UNKNOWN: &str =
        "warning: the token endpoint is not known before the issuer is asked, and a dry run asks nobody\n";
    let issuer = || oauth2tok().args(["--issuer", "https://idp.example"]);
    let known = || {
        let run = oauth2tok().args(["--token-endpoint", "https://idp.example/t", "-g", "authorization_code"]);
        run.env("OAUTH2TOK_AUTHORIZATION_ENDPOINT", "https://idp.example/a?x=1")
    };
    shows(
        issuer().args(["-g", "authorization_code", "-s", "openid read"]),
        "GET <authorization_endpoint of https://idp.example>?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A<port>%2Fcallback&scope=openid%20read&state=<state>&nonce=<nonce>&code_challenge=<code_challenge>&code_challenge_method=S256 HTTP/1.1\n\
         \n\
         POST <token_endpoint of https://idp.example> HTTP/1.1\n\
         [HEAD]\n\
         \n\
         grant_type=authorization_code&code=<code>&redirect_uri=http%3A%2F%2F127.0.0.1%3A<port>%2Fcallback&code_verifier=<code_verifier>&client_id=app",
        UNKNOWN,
    );
    shows(
        known()
            .env("OAUTH2TOK_PAR", "true")
            .env("OAUTH2TOK_PUSHED_AUTHORIZATION_REQUEST_ENDPOINT", "https://idp.example/par")
            .env("OAUTH2TOK_REDIRECT_URI", "http://127.0.0.1:8400/cb")
            .env("OAUTH2TOK_CLIENT_SECRET", "s3cret-of-app"),
        "POST /par HTTP/1.1\n\
         Host: idp.example\n\
         [HEAD]\n\
         Authorization: Basic ***\n\
         \n\
         response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcb&state=<state>&code_challenge=<code_challenge>&code_challenge_method=S256\n\
         \n\
         GET /a?x=1&client_id=app&request_uri=<request_uri> HTTP/1.1\n\
         Host: idp.example\n\
         \n\
         POST /t HTTP/1.1\n\
         Host: idp.example\n\
         [HEAD]\n\
         Authorization: Basic ***\n\
         \n\
         grant_type=authorization_code&code=<code>&redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcb&code_verifier=<code_verifier>",
        "",
    );
    shows(
        issuer().args(["-g", "device_code", "-s", "read"]).env("OAUTH2TOK_PKCE", "true"),
        "POST <device_authorization_endpoint of https://idp.example> HTTP/1.1\n\
         [HEAD]\n\
         \n\
         scope=read&code_challenge=<code_challenge>&code_challenge_method=S256&client_id=app\n\
         \n\
         POST <token_endpoint of https://idp.example> HTTP/1.1\n\
         [HEAD]\n\
         \n\
         grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=<device_code>&code_verifier=<code_verifier>&client_id=app",
        UNKNOWN,
    );
    let output = known().args(["-i", "app", "--dry-run", "-o", "curl"]).any_stdout().stderr(
        "note: the command reads these shell variables: CODE, CODE_VERIFIER\n\
         note: redirect_uri is the one that the code was asked for with, its port included\n",
    );
    let command = output.run().stdout;
    let server = simple_login_server();
    let url = server.url();
    let shell = oauth2tok().program("/bin/sh".as_ref()).args(["-c", &command.replace("https://idp.example/t", &url)]);
    shell.env("CODE", "c 0&de").env("CODE_VERIFIER", "v").stdout_with(["tok-1"]).run();
    assert_eq!(
        posted(&server)[0].body(),
        "grant_type=authorization_code&code=c+0%26de&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&code_verifier=v&client_id=app"
    );
}

#[test]
fn localhost_is_both_families_on_one_port() {
    let Ok(other) = TcpListener::bind("[::1]:0") else { return not_run("this machine has no IPv6") };
    let server = simple_login_server();
    for back in ["127.0.0.1", "[::1]"] {
        let (run, browser) = Browser::of(alice(&server, ", redirect_uri: 'http://localhost/cb'"));
        let running = run.prints("tok-1").any_stderr().start();
        let asked = browser.begin();
        let authority = asked.authority();
        assert!(asked.start.starts_with(&format!("http://{authority}/")), "{asked:?}");
        let port = authority.strip_prefix("localhost:").unwrap();
        let ask = |at: &str, target: &str| {
            send(&format!("{at}:{port}"), &format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n\r\n"))
        };
        for at in ["127.0.0.1", "[::1]"] {
            assert_eq!(ask(at, "/x").status, 404);
        }
        let target = asked.back(&[("code", "c")]);
        assert_eq!(ask(back, target.split_once(&authority).unwrap().1).heading(), "You are logged in");
        running.finish();
    }
    // Or its holder would get the code.
    let port = other.local_addr().unwrap().port();
    let count = server.count();
    let (run, browser) = Browser::of(alice(&server, &format!(", redirect_uri: 'http://localhost:{port}/cb'")));
    run.fails(
        2,
        format!(
            "error: cannot wait for the browser at http://localhost:{port}/cb: port {port} is taken: another program listens on it\n\
             hint: end that program, or give another redirect_uri that is registered; several are tried in turn\n"
        ),
    )
    .run();
    assert_eq!((server.count(), browser.count()), (count, 0), "nothing is sent");
}

#[test]
fn an_https_redirect_is_listened_on_with_a_certificate_and_started_by_http() {
    let (server, ca) = (simple_login_server(), Ca::new("Of the test"));
    let (cert, key) = ca.here();
    let (apart, together) = (ca.file("cert.pem", &cert), ca.file("both.pem", &format!("{cert}{key}")));
    let key = ca.file("key.pem", &key);
    for (cert, key, host) in [(&apart, Some(&key), "127.0.0.1"), (&together, None, "localhost")] {
        let run = alice(&server, &format!(", redirect_uri: 'https://{host}/cb'")).env("OAUTH2TOK_LISTEN_CERT", cert);
        let run = key.into_iter().fold(run, |run, key| run.env("OAUTH2TOK_LISTEN_KEY", key));
        let (run, browser) = Browser::of(run);
        let running = run.prints("tok-1").any_stderr().start();
        let asked = browser.begin();
        let authority = asked.authority();
        assert!(asked.field("redirect_uri").starts_with(&format!("https://{host}:")), "{asked:?}");
        assert!(asked.start.starts_with("http://127.0.0.1:") && !asked.start.contains(&authority), "{asked:?}");
        // What speaks no TLS, and who opens the start address there, is not what is waited for.
        send(&authority, "GET / HTTP/1.1\r\n\r\n");
        let over_tls = |target: &str| {
            let stream = StreamOwned::new(ca.connection_to(host), TcpStream::connect(&authority).unwrap());
            send_over(stream, &format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\n\r\n"))
        };
        assert_eq!(over_tls(&format!("/{}", asked.start.rsplit('/').next().unwrap())).status, 404);
        let back = asked.back(&[("code", "c")]);
        assert_eq!(over_tls(back.split_once(&authority).unwrap().1).heading(), "You are logged in");
        assert_eq!(
            running.finish().stderr,
            format!("A browser is being opened to log in. If none comes up, open this address:\n{}\n", asked.url)
        );
    }
}
