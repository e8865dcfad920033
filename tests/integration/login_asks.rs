//! Whom a login asks, when, and what happens at the terminal meanwhile.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::browser::{Asked, Browser, get, login_server, posted, simple_login_server};
use crate::harness::jwt::now;
use crate::harness::server::{Server, json as answer, status, token_with};
use crate::harness::{Output, Run, Running, Terminal, needs_setsid, oauth2tok};
use crate::login_browser::id_token;

/// What nobody who could be asked is told, for this reason.
fn nobody(why: &str, hint: &str) -> String {
    format!("error: a person must log in: no login is kept\ncaused by: nobody is asked: {why}\nhint: {hint}\n")
}

const NO_TERMINAL: &str = "this is no terminal that somebody sits at";

/// The profile `alice` of somebody who logs in at `server`, with more of it behind a comma.
fn alice(server: &Server, more: &str) -> Run {
    let origin = server.origin();
    oauth2tok().args(["-p", "alice"]).config(&format!(
        "profiles:\n  alice: {{ grant_type: authorization_code, issuer: '{origin}', client_id: app{more} }}\n"
    ))
}

/// A browser for `run`, which asks where a person is.
fn with_browser(run: Run) -> (Run, Browser) {
    let (run, browser) = Browser::of(run);
    (run.without("OAUTH2TOK_LOGIN"), browser)
}

/// A run with a terminal for its stderr, as `script` starts `"$@"` on it.
fn at_terminal(run: Run, script: &str) -> (Terminal, Running) {
    let terminal = Terminal::open();
    let run = run.env("NO_COLOR", "1").by(["setsid", "--ctty", "sh", "-c", script, "sh"]);
    let running = run.start_with(terminal.end(), Stdio::piped(), terminal.end());
    (terminal, running)
}

/// All that was to be seen at the terminal.
fn screen(terminal: &mut Terminal) -> String {
    terminal.line.write_all(b"<end>").unwrap();
    terminal.wait_for("<end>");
    terminal.seen.replace("\r\n", "\n").replace("<end>", "")
}

/// What stands at a terminal while a browser is waited for.
fn prompt(url: &str) -> String {
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
        .fails(9, nobody(NO_TERMINAL, "oauth2tok login --config '[HOME]/my own.yaml' -p alice"))
        .run();
    let run = oauth2tok().args(["--issuer", &server.origin(), "-i", "app", "-g", "device_code"]);
    run.fails(9, nobody(NO_TERMINAL, "oauth2tok login, with the settings of this run")).run();
    assert_eq!(server.connections(), 0, "nothing is sent");
}

/// Logs in as `run` says, which prints this.
fn logs_in(run: Run, stdout: &str) -> Output {
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
    for refused in [run.clone().args(["--no-cache"]), run.clone().env("OAUTH2TOK_CACHE", "false")] {
        refused.fails(9, &*told).run();
    }
    let refusing = fs::read_to_string(alice(&server, ", cache: false").config_path()).unwrap();
    run.config(&refusing).fails(9, &*told).run();
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
        let run = if code == 0 { run.prints("tok-1") } else { run.code(code) };
        let (mut terminal, running, asked, _browser) = prompted(run);
        assert_eq!(get(&asked.start).status, 410);
        terminal.wait_for("a second time");
        let back = asked.clone();
        let page = thread::spawn(move || back.comes_back(&[("code", "c")]).heading().to_owned());
        terminal.wait_for("[y/N] ");
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
             or log in with a code instead: oauth2tok login --device\n\
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
