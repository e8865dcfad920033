//! What a login has nobody wait for, how long another one is waited for, and what whoever waits is told meanwhile.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::browser::{Browser, get, login_server, renewable_token, simple_login_server};
use crate::harness::server::{Server, json};
use crate::harness::{Ca, Run, Running, Terminal, needs_setsid, oauth2tok};
use crate::login_asks::{alice, at_terminal, logs_in, screen, with_browser};

#[test]
fn a_certificate_to_listen_with_is_read_where_something_is_listened_on() {
    needs_setsid!();
    let server = simple_login_server();
    let (cert, key) = Ca::new("Of the test").here();
    let run = alice(&server, ", cache: true").file("cert.pem", format!("{cert}{key}"));
    logs_in(run.clone(), "tok-1\n");
    let with = |redirect: &str, command: &str| {
        let both = r#"sh -c "echo read >>trace; COMMAND""#.replace("COMMAND", command);
        let more = format!(
            ", cache: true, redirect_uri: '{redirect}', listen_cert: 'command:{both}', listen_key: 'command:{both}'"
        );
        run.clone().config(&fs::read_to_string(alice(&server, &more).config_path()).unwrap())
    };
    let trace = run.path("trace");
    let https = "https://127.0.0.1/cb";
    // A hit, a silent refresh, and a login that begins where nobody uses the certificate.
    for (redirect, flags) in
        [(https, &[][..]), (https, &["--min-valid", "2h"]), ("http://127.0.0.1/cb", &["--force-new"])]
    {
        let (run, browser) = with_browser(with(redirect, "exit 3").args(flags));
        let (mut terminal, running) = at_terminal(run.stdout("tok-1\n"), r#""$@""#);
        if flags == ["--force-new"] {
            browser.begin().comes_back(&[("code", "c")]);
        }
        running.finish();
        let told = screen(&mut terminal);
        assert_eq!(told.contains("warning: the new token lives"), flags == ["--min-valid", "2h"], "{told}");
        assert!(!trace.exists(), "{redirect} {flags:?}: {told}");
    }
    let count = server.count();
    let (failing, browser) = Browser::of(with(https, "exit 3").args(["--force-new"]));
    failing
        .fails(2, "error: cannot read listen_cert from command:sh …\ncaused by: 'sh' failed (exit status: 3)\n")
        .run();
    assert_eq!((server.count(), browser.count()), (count, 0), "nothing is sent");
    assert_eq!(fs::read_to_string(&trace).unwrap(), "read\n");
}

#[test]
fn who_waits_for_another_login_waits_as_long_as_it_takes_where_a_person_sits_and_nowhere_else() {
    needs_setsid!();
    let server = simple_login_server();
    let (run, browser) = Browser::of(alice(&server, ", cache: true"));
    // It would ask anywhere: OAUTH2TOK_LOGIN is always.
    let other = run.clone().args(["--timeout", "900ms"]);
    let running = run.prints("tok-1").any_stderr().start();
    let asked = browser.begin();
    for (script, env, command) in [
        (r#""$@" 2>told; code=$?; cat told >&2; exit $code"#, ("A", ""), &[][..]),
        (r#""$@" 2>told; code=$?; cat told >&2; exit $code"#, ("A", ""), &["login"]),
        (r#"set -m; "$@" & wait $!"#, ("A", ""), &[]),
        (r#""$@""#, ("CI", "true"), &[]),
    ] {
        let (mut terminal, running) = at_terminal(other.clone().env(env.0, env.1).args(command).code(9), script);
        running.finish();
        assert_eq!(
            screen(&mut terminal),
            "error: another run is asking for the same login and did not finish within 900ms\n\
             hint: finish the login that is under way, or try again later\n",
            "{script} {env:?} {command:?}"
        );
    }
    let (_terminal, waiting) = at_terminal(other.prints("tok-1"), r#""$@""#);
    thread::sleep(Duration::from_millis(1500));
    asked.comes_back(&[("code", "c")]);
    waiting.finish();
    running.finish();
    assert_eq!(browser.count(), 1);
}

const TWICE: &str = "the start address was opened a second time: somebody else may be logging in here";

/// A run whose stderr is seen as it comes, and that has no terminal.
fn seen(run: Run) -> (Terminal, Running) {
    let terminal = Terminal::open();
    let running = run.env("NO_COLOR", "1").by(["setsid"]).start_with(Stdio::null(), Stdio::piped(), terminal.end());
    (terminal, running)
}

/// The objects that were told, as `KIND: MESSAGE`.
fn objects(terminal: &mut Terminal) -> Vec<String> {
    let told = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(object.get("warnings").is_none(), "{line}");
        let message = object.get("message").map_or("", |message| message.as_str().unwrap());
        format!("{}: {message}", object["kind"].as_str().unwrap())
    };
    screen(terminal).lines().map(told).collect()
}

#[test]
fn what_deserves_a_look_while_a_person_is_waited_for_is_an_object_at_once() {
    needs_setsid!();
    let server = simple_login_server();
    let run = alice(&server, ", pkce: false").args(["--error-format", "json"]).code(9);
    let (run, browser) = Browser::of(run);
    // What was to be told before comes behind the prompt, which is first.
    let (mut terminal, running) = seen(run);
    let asked = browser.begin();
    terminal.wait_for("without a code challenge");
    assert_eq!(get(&asked.start).status, 410);
    terminal.wait_for(TWICE);
    asked.comes_back(&[("code", "c")]);
    running.finish();
    let kinds: Vec<_> = objects(&mut terminal).iter().map(|told| told.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["prompt", "warning", "warning", "login"]);
}

#[test]
fn a_note_is_an_object_of_its_own_kind() {
    let server = simple_login_server();
    let run = alice(&server, "").args(["--error-format", "json", "login"]);
    let begun = run.clone().args(["--begin"]).any_stdout().run();
    let begun: Value = serde_json::from_str(&begun.stdout).unwrap();
    let url = begun["url"].as_str().unwrap();
    let state = form_urlencoded::parse(url.as_bytes()).find(|(name, _)| name == "state").unwrap().1.into_owned();
    let back = format!("{}?code=c&state={state}", begun["redirect_uri"].as_str().unwrap());
    let finishing = run.clone().args(["--finish", begun["id"].as_str().unwrap()]).stdin(back);
    let told = finishing.any_stderr().run().stderr;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["kind"], "note");
    assert!(told["message"].as_str().unwrap().starts_with("logged in at "), "{told}");
}

/// A server that gives a code, and a token once somebody has agreed.
pub fn by_code() -> (Server, Arc<AtomicBool>) {
    let agreed = Arc::new(AtomicBool::new(false));
    let is_agreed = Arc::clone(&agreed);
    let server = login_server("", move |_, request| match request.target() {
        "/device" => json(
            200,
            r#"{"device_code":"dev1ce","user_code":"WDJB-MJHT","verification_uri":"https://idp.example/device","expires_in":600,"interval":1}"#,
        ),
        _ if is_agreed.load(Ordering::SeqCst) => renewable_token(),
        _ => json(400, r#"{"error":"authorization_pending"}"#),
    });
    (server, agreed)
}

/// `oauth2tok login --device --open` there.
pub fn opening(server: &Server) -> Run {
    oauth2tok().args(["login", "--device", "--open", "--issuer", &server.origin(), "-i", "app"])
}

const CODE: &str = "Open this address on any device:\nhttps://idp.example/device\nand enter this code:\nWDJB-MJHT\n\
                    They are good for 10 minutes. Only if you started this login yourself.\n";

#[test]
fn a_browser_that_cannot_be_opened_for_a_code_is_told_while_the_code_is_waited_for() {
    needs_setsid!();
    const UNOPENED: &str = "no browser could be opened, so do it by hand: 'sh' failed (exit status: 3)";
    for flags in [&[][..], &["--error-format", "json"]] {
        let (server, agreed) = by_code();
        let run = opening(&server).args(flags).env("OAUTH2TOK_BROWSER", "sh -c 'exit 3'");
        let (mut terminal, running) = seen(run);
        terminal.wait_for(UNOPENED);
        agreed.store(true, Ordering::SeqCst);
        running.finish();
        let note = format!("logged in at {}, good until ", server.origin());
        if flags.is_empty() {
            let told = screen(&mut terminal);
            assert!(told.starts_with(&format!("{CODE}warning: {UNOPENED}\nnote: {note}")), "{told}");
            continue;
        }
        let told = objects(&mut terminal);
        assert_eq!(told[..2], ["prompt: ".to_owned(), format!("warning: {UNOPENED}")]);
        assert!(told.len() == 3 && told[2].starts_with(&format!("note: {note}")), "{told:?}");
    }
}

#[test]
fn a_start_address_of_a_code_that_is_opened_twice_is_told_at_once() {
    needs_setsid!();
    for flags in [&[][..], &["--error-format", "json"]] {
        let (server, agreed) = by_code();
        let (run, browser) = Browser::of(opening(&server).args(flags).code(9));
        let (mut terminal, running) = seen(run);
        assert_eq!(get(&browser.begin().start).status, 410);
        terminal.wait_for(TWICE);
        agreed.store(true, Ordering::SeqCst);
        running.finish();
        const ENDED: &str = "the start address was opened more than once, and nobody said that whoever it was is right";
        match flags.is_empty() {
            true => {
                let told = screen(&mut terminal);
                assert!(told.starts_with(&format!("{CODE}warning: {TWICE}\nerror: {ENDED}\nhint: ")), "{told}");
            }
            false => assert_eq!(
                objects(&mut terminal),
                ["prompt: ".to_owned(), format!("warning: {TWICE}"), format!("login: {ENDED}")]
            ),
        }
    }
}

#[test]
fn a_start_address_that_nobody_can_listen_at_is_told_and_the_login_goes_on() {
    let (server, agreed) = by_code();
    agreed.store(true, Ordering::SeqCst);
    let unheard = format!(
        "{CODE}warning: no browser could be opened, so do it by hand: \
         cannot listen on 127.0.0.1:0: Too many open files (os error 24)\n"
    );
    // With ever more descriptors, until there are enough for the connection to the server, and none for a port.
    let told = (4..16).map(|limit| {
        let closed = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
        let run = opening(&server).env("OAUTH2TOK_BROWSER", "true").any_end();
        run.by(["sh", "-c", &format!("{closed}; ulimit -n {limit}; exec \"$0\" \"$@\"")]).run().stderr
    });
    let told = told.into_iter().find(|told| told.starts_with(CODE)).unwrap();
    assert!(told.starts_with(&unheard) && told.contains("\nnote: logged in at "), "{told}");
}
