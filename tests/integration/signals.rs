//! Signals end the program at once, wherever it is, and by the signal (F43).

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::harness::*;

/// The promise is 100 ms; a busy machine gets more before a test fails.
const SOON: Duration = Duration::from_secs(3);

#[track_caller]
fn ends_by(running: Running, signal: Signal) {
    let sent = Instant::now();
    running.signal(signal);
    let output = running.finish();
    assert!(sent.elapsed() < SOON, "{:?}", sent.elapsed());
    assert_eq!(output.signal, Some(signal.as_raw()));
}

/// True for a signal that this test was started to ignore, as a job in the background is: what it starts ignores it too.
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1)
}

fn signals() -> impl Iterator<Item = (Signal, i32)> {
    let all = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
    all.into_iter().filter(|(signal, _)| !is_ignored(*signal))
}

/// Every signal that ends a process which does nothing about it, and is not of its own making.
fn all_signals() -> impl Iterator<Item = Signal> {
    let all = [
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::TERM,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XCPU,
        Signal::XFSZ,
        Signal::ABORT,
        Signal::TRAP,
        Signal::SYS,
    ];
    all.into_iter().filter(|signal| !is_ignored(*signal))
}

#[test]
fn during_a_fetch() {
    for (signal, code) in signals() {
        let server = Server::answering(Answer::raw("").then(Then::Hang));
        let running = client_of(server.url()).code(code).start();
        server.wait_for(1);
        ends_by(running, signal);
    }
}

#[test]
fn during_a_backoff() {
    for (signal, code) in signals() {
        let server = Server::answering(status(503, &["Retry-After: 25"], ""));
        let running = client_of(server.url()).code(code).start();
        server.wait_for(1);
        std::thread::sleep(Duration::from_millis(100));
        ends_by(running, signal);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn while_a_helper_command_runs() {
    let run = oauth2tok().args(["--token-endpoint", "https://idp.invalid/", "-i", "x"]);
    let started = run.path("started");
    let helper = format!("command:sh -c 'touch {}; exec sleep 20'", started.display());
    let running = run.args(["--client-secret", &helper]).any_output().code(143).start();
    let waited = Instant::now();
    while !started.exists() {
        assert!(waited.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    // Only the program is signalled here; on a terminal the helper would get Ctrl-C as well.
    let sent = Instant::now();
    running.signal(Signal::TERM);
    drop(running.finish_without_streams());
    assert!(sent.elapsed() < SOON);
}

/// A run whose client secret comes from what `script` says.
fn helped(server: &Server, script: &str) -> Run {
    let run = oauth2tok().args(["--token-endpoint", &server.url(), "-i", "x", "-a", "post", "--client-secret"]);
    let script = script.replace("PID", &run.path_text("pid"));
    run.args([format!("command:sh -c '{script}'")])
}

/// Leaves behind what a helper may: a process of its own, and one that has lost its parent. Both tell their number.
const OFFSPRING: &str = "sleep 60 & echo $! >>PID; (sleep 60 & echo $! >>PID)";

/// Waits until the processes that a helper left behind have told their numbers, which are given.
fn offspring(path: &std::path::Path) -> Vec<i32> {
    let started = Instant::now();
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let numbers: Vec<_> = text.lines().filter_map(|line| line.parse().ok()).collect();
        if numbers.len() == 2 {
            return numbers;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{text}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn are_gone(numbers: &[i32]) {
    let is_there = |number: &i32| {
        let pid = rustix::process::Pid::from_raw(*number).unwrap();
        // One that nobody has waited for yet is there, but dead.
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        rustix::process::test_kill_process(pid).is_ok() && !stat.contains(") Z ")
    };
    let started = Instant::now();
    while numbers.iter().any(is_there) {
        assert!(started.elapsed() < SOON, "they live on");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How a helper may end, and how the run ends then.
fn endings() -> Vec<(&'static str, &'static [&'static str], i32, &'static str)> {
    vec![
        ("echo secret", &[], 0, ""),
        ("echo secret; exit 3", &[], 2, "failed (exit status: 3)"),
        ("head -c 2000000 /dev/zero", &[], 2, "more than 1 MiB"),
        ("sleep 60", &["--timeout", "3s"], 2, "gave nothing within 3 s"),
        ("echo secret; sleep 60", &["--timeout", "3s"], 2, "did not end within 3 s"),
        ("trap true TERM HUP; echo secret; sleep 60; sleep 60", &["--timeout", "3s"], 2, "did not end within 3 s"),
    ]
}

#[test]
fn what_a_helper_starts_does_not_outlive_it() {
    needs_setsid!();
    for (ending, words, code, message) in endings() {
        let server = Server::new();
        let run = helped(&server, &format!("{OFFSPRING}; {ending}")).args(words).by(["setsid"]);
        let pid = run.path("pid");
        let running = run.any_output().code(code).start();
        let offspring = offspring(&pid);
        // It waits for the end of stderr, which is held by all of them.
        let output = running.finish();
        assert!(output.stderr.contains(message), "{}", output.stderr);
        are_gone(&offspring);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn neither_does_what_its_own_helper_starts() {
    needs_setsid!();
    let server = Server::new();
    let run = oauth2tok().args(["--token-endpoint", &server.url(), "-i", "x", "--timeout", "3s", "--client-secret"]);
    let pid = run.path("pid");
    // One that is stopped cannot see to it itself.
    let script = format!("{OFFSPRING}; kill -STOP $PARENT; sleep 60").replace("PID", &run.path_text("pid"));
    let script = script.replace("PARENT", "PPID");
    let helper = format!("command:sh -c '{script}'").replace('\'', "'\\''");
    let program = env!("CARGO_BIN_EXE_oauth2tok");
    let words = format!("command:{program} --token-endpoint {} -i x --client-secret '{helper}'", server.url());
    let running = run.args([words]).by(["setsid"]).any_output().code(2).start();
    let offspring = offspring(&pid);
    running.finish();
    are_gone(&offspring);
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_neither_do_a_helpers_jobs() {
    needs_setsid!();
    let server = Server::new();
    let terminal = Terminal::open();
    let run = helped(&server, &format!("set -m; {OFFSPRING}; sleep 60")).args(["--timeout", "3s"]);
    let pid = run.path("pid");
    let running = terminal.start(run.any_output().code(2));
    let offspring = offspring(&pid);
    running.finish();
    are_gone(&offspring);
}

#[test]
fn a_daemon_that_a_helper_starts_lives_on() {
    needs_setsid!();
    let server = Server::new();
    let daemon = |by: &str| format!("{by} sh -c \"echo \\$\\$ >>PID; exec sleep 60\" >/dev/null 2>&1 &");
    let both_run = "while ! [ -e PID ] || [ $(wc -l <PID) -lt 2 ]; do sleep 0.01; done";
    let script = format!("{} {} {both_run}; echo secret", daemon("setsid"), daemon("nohup"));
    let run = helped(&server, &script).by(["setsid"]);
    let pid = run.path("pid");
    let running = run.prints(TOKEN).start();
    let daemons = offspring(&pid);
    running.finish();
    for number in daemons {
        let pid = rustix::process::Pid::from_raw(number).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).expect("it lives");
    }
}

/// A container's process, as `docker exec` or `kubectl exec` starts one: its session and its group are outside of what it
/// can see, and have the number 0 (`pid_namespaces(7)`).
#[test]
fn a_helper_is_ended_where_the_session_began_outside_of_the_container() {
    let inside = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    if !std::process::Command::new(inside[0]).args(&inside[1..]).arg("true").status().is_ok_and(|s| s.success()) {
        return not_run("no PID namespace can be made");
    }
    let server = Server::new();
    let failing = helped(&server, "exit 3").by(inside);
    failing
        .fails(
            2,
            "error: cannot read client_secret from command:sh …\n\
             caused by: 'sh' failed (exit status: 3)\n",
        )
        .run();
    let slow = helped(&server, "sleep 60").args(["--timeout", "300ms"]).by(inside);
    slow.fails(
        2,
        "error: cannot read client_secret from command:sh …\n\
         caused by: 'sh' gave nothing within 0.3 s\n",
    )
    .run();
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_signal_ends_what_a_helper_starts_too() {
    needs_setsid!();
    for signal in all_signals() {
        let server = Server::new();
        let run = helped(&server, &format!("{OFFSPRING}; sleep 60")).by(["setsid"]);
        let pid = run.path("pid");
        let running = run.code(128 + signal.as_raw()).start();
        let offspring = offspring(&pid);
        ends_by(running, signal);
        are_gone(&offspring);
    }
}

fn prompting(server: &Server) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-i", "my-app", "-a", "post", "--client-secret", "prompt"])
}

#[test]
fn a_prompt_takes_the_secret_without_echo() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    assert!(terminal.echoes());
    let running = terminal.start(prompting(&server).prints(TOKEN));
    terminal.wait_for("Secret of client my-app: ");
    terminal.wait_for_no_echo();
    terminal.type_in("typed-secret\n");
    running.finish();
    assert!(terminal.echoes());
    terminal.wait_for("\n");
    assert!(!terminal.seen.contains("typed"), "{}", terminal.seen);
    assert!(server.request().body().ends_with("client_secret=typed-secret"));
}

#[test]
fn who_types_a_secret_has_been_warned_before_of_how_it_goes_out() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    let password = ["-g", "password", "-u", "bob", "--password", "env:P"];
    let run = prompting(&server).args(password).env("P", "passw0rd").stdout(format!("{TOKEN}\n"));
    let running = run.by(["setsid", "--ctty"]).start_with(terminal.end(), std::process::Stdio::piped(), terminal.end());
    terminal.wait_for("Secret of client my-app: ");
    assert!(terminal.seen.contains("the password grant is deprecated"), "{}", terminal.seen);
    terminal.wait_for_no_echo();
    terminal.type_in("typed-secret\n");
    running.finish();
}

#[test]
fn an_empty_answer_to_a_prompt_is_an_error() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    let running = terminal.start(prompting(&server).fails_with(2, ["prompt", "empty"]));
    terminal.wait_for_no_echo();
    terminal.type_in("\n");
    running.finish();
    // Ctrl-D
    let running = terminal.start(prompting(&server).fails_with(2, ["the prompt was ended without an answer"]));
    terminal.wait_for_no_echo();
    terminal.type_in("\u{4}");
    running.finish();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_person_at_a_prompt_may_take_longer_than_the_run() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    let running = terminal.start(prompting(&server).args(["--timeout", "5s"]).prints(TOKEN));
    terminal.wait_for_no_echo();
    std::thread::sleep(Duration::from_secs(6));
    terminal.type_in("typed-secret\n");
    running.finish();
}

#[test]
fn so_may_a_person_who_is_asked_for_a_passphrase() {
    needs_setsid!();
    let server = Server::new();
    let key = concat!("file:", env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ec.encrypted.pem");
    let mut terminal = Terminal::open();
    let run = oauth2tok().args(["-q", "--token-endpoint", &server.url(), "-i", "ci", "-a", "private_key_jwt"]);
    let running = terminal.start(run.args(["--signing-key", key, "--timeout", "3s"]).prints(TOKEN));
    terminal.wait_for_no_echo();
    std::thread::sleep(Duration::from_secs(4));
    terminal.type_in("test\n");
    running.finish();
}

#[test]
fn a_signal_during_a_prompt_restores_the_terminal() {
    needs_setsid!();
    let server = Server::new();
    for signal in all_signals() {
        let terminal = Terminal::open();
        let running = terminal.start(prompting(&server).code(128 + signal.as_raw()));
        terminal.wait_for_no_echo();
        ends_by(running, signal);
        assert!(terminal.echoes(), "{signal:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_of_linux_alone_during_a_prompt_restores_the_terminal() {
    needs_setsid!();
    let server = Server::new();
    // SIGSTKFLT, SIGIO, SIGPWR and two real-time signals, sent by number: not all have a name here.
    for number in ["16", "29", "30", "35", "64"] {
        let terminal = Terminal::open();
        let running = terminal.start(prompting(&server).any_output().code(143));
        terminal.wait_for_no_echo();
        let kill = std::process::Command::new("kill").args([&format!("-{number}"), &running.id().to_string()]).status();
        assert!(kill.unwrap().success(), "{number}");
        running.finish();
        assert!(terminal.echoes(), "{number}");
    }
    assert_eq!(server.connections(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_prompt_that_is_stopped_restores_the_terminal_and_goes_on_in_silence() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    // A shell that could let it go on, and does when a line is typed.
    let shell = "set -m; \"$@\"; read x; fg >/dev/null";
    let run = prompting(&server).any_output().stdout(format!("{TOKEN}\n"));
    let running = terminal.start_by_shell(run, shell);
    terminal.wait_for_no_echo();
    let program = child_of(&running);
    rustix::process::kill_process(rustix::process::Pid::from_raw(program).unwrap(), Signal::TSTP).unwrap();
    wait_for_state(program, 'T');
    assert!(terminal.echoes());
    terminal.type_in("go on\n");
    terminal.wait_for("go on\r\nSecret of client my-app: ");
    terminal.wait_for_no_echo();
    terminal.type_in("typed-secret\n");
    running.finish();
    assert!(terminal.echoes());
    terminal.type_in("that was all");
    terminal.wait_for("that was all");
    assert!(!terminal.seen.contains("typed"), "{}", terminal.seen);
    assert!(server.request().body().ends_with("client_secret=typed-secret"));
}

#[test]
fn a_run_that_nobody_could_continue_does_not_stop() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    let running = terminal.start(prompting(&server).prints(TOKEN));
    terminal.wait_for("Secret of client my-app: ");
    terminal.wait_for_no_echo();
    running.signal(Signal::TSTP);
    terminal.wait_for("Secret of client my-app: Secret of client my-app: ");
    terminal.wait_for_no_echo();
    terminal.type_in("typed-secret\n");
    running.finish();
    assert!(!terminal.seen.contains("typed"), "{}", terminal.seen);

    let mut terminal = Terminal::open();
    let script = "printf Pin: >/dev/tty; read x </dev/tty; read y </dev/tty; echo $y";
    let running = terminal.start(helped(&server, script).prints(TOKEN));
    terminal.wait_for("Pin:");
    terminal.type_in("\u{1a}");
    terminal.wait_for("^Z");
    terminal.type_in("\nsecret\n");
    running.finish();
}

#[test]
fn a_signal_after_a_prompt_ends_the_run_as_before() {
    needs_setsid!();
    for (signal, code) in signals() {
        let server = Server::answering(Answer::raw("").then(Then::Hang));
        let mut terminal = Terminal::open();
        let running = terminal.start(prompting(&server).code(code));
        terminal.wait_for_no_echo();
        terminal.type_in("typed-secret\n");
        server.wait_for(1);
        ends_by(running, signal);
    }
}

#[test]
fn control_c_during_a_prompt_ends_the_run_and_restores_the_terminal() {
    needs_setsid!();
    if is_ignored(Signal::INT) {
        return not_run("an interrupt is ignored here");
    }
    let server = Server::new();
    let mut terminal = Terminal::open();
    let running = terminal.start(prompting(&server).any_output().code(130));
    terminal.wait_for_no_echo();
    let sent = Instant::now();
    terminal.type_in("half\u{3}");
    let output = running.finish();
    assert!(sent.elapsed() < SOON);
    assert_eq!(output.signal, Some(Signal::INT.as_raw()));
    assert!(terminal.echoes());
}

#[test]
fn a_helper_asks_on_the_terminal() {
    needs_setsid!();
    let server = Server::new();
    let mut terminal = Terminal::open();
    let ask = "exec 3<>/dev/tty; stty -echo <&3; printf PIN: >&3; read -r pin <&3; stty echo <&3; echo $pin";
    let running = terminal.start(helped(&server, ask).prints(TOKEN));
    terminal.wait_for("PIN:");
    terminal.type_in("typed-secret\n");
    running.finish();
    assert!(server.request().body().ends_with("client_secret=typed-secret"));
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_too_nothing_of_a_helper_outlives_it_but_daemons() {
    needs_setsid!();
    for (ending, words, code, message) in endings() {
        let server = Server::new();
        let terminal = Terminal::open();
        let run = helped(&server, &format!("{OFFSPRING}; stty -echo </dev/tty; {ending}")).args(words);
        let pid = run.path("pid");
        let running = terminal.start(run.any_output().code(code));
        let offspring = offspring(&pid);
        let output = running.finish();
        assert!(output.stderr.contains(message), "{}", output.stderr);
        are_gone(&offspring);
        // A helper that was ended had no time to put the terminal back.
        assert!(code == 0 || ending.contains("exit") || terminal.echoes(), "{ending}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn control_c_and_signals_end_a_helper_on_a_terminal_and_put_that_back() {
    needs_setsid!();
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)] {
        if is_ignored(signal.unwrap_or(Signal::INT)) {
            continue;
        }
        let server = Server::new();
        let mut terminal = Terminal::open();
        let run = helped(&server, &format!("stty -echo </dev/tty; {OFFSPRING}; read x </dev/tty; sleep 60"));
        let pid = run.path("pid");
        let number = signal.unwrap_or(Signal::INT);
        let running = terminal.start(run.code(128 + number.as_raw()).any_output());
        let offspring = offspring(&pid);
        terminal.wait_for_no_echo();
        match signal {
            Some(signal) => running.signal(signal),
            None => terminal.type_in("\u{3}"),
        }
        let output = running.finish();
        assert_eq!(output.signal, Some(number.as_raw()));
        are_gone(&offspring);
        assert!(terminal.echoes(), "{signal:?}");
    }
}

#[test]
fn stdin_that_is_a_terminal_is_not_waited_for() {
    needs_setsid!();
    // F58
    let server = Server::new();
    let terminal = Terminal::open();
    let run = oauth2tok().args(["--token-endpoint", &server.url(), "-i", "x", "--client-secret", "stdin"]);
    terminal
        .start(run.fails(
            2,
            "error: cannot read client_secret from stdin\n\
             caused by: stdin is a terminal\n\
             hint: pipe the secret in, or use 'prompt' to type it\n",
        ))
        .finish();
}

#[test]
fn on_a_terminal_json_is_pretty_and_errors_are_coloured() {
    needs_setsid!();
    let server = Server::answering(json(200, r#"{"access_token":"t","n":2.50,"a":[1,{}]}"#));
    let run = |words: &[&str], url: &str| client_of(url).args(words).any_output().env("TERM", "xterm");
    let shown = |run: Run| {
        let mut terminal = Terminal::open();
        run.by(["setsid", "--ctty"]).start_with(terminal.end(), terminal.end(), terminal.end()).finish();
        // What the program wrote comes before the echo of what is typed now.
        terminal.type_in("that was all");
        terminal.wait_for("that was all");
        terminal.seen.replace("\r\n", "\n")
    };
    let text = shown(run(&["-o", "json"], &server.url()));
    assert!(text.contains("{\n  \"access_token\": \"t\",\n  \"n\": 2.50,\n"), "{text}");
    let text = shown(run(&[], "nonsense").code(2));
    assert!(text.contains("\u{1b}[") && text.contains("error:"), "{text:?}");
    let text = shown(run(&[], "nonsense").code(2).env("NO_COLOR", "1"));
    assert!(!text.contains('\u{1b}') && text.contains("error:"), "{text:?}");
}

#[test]
fn a_wait_is_told_on_a_terminal_while_it_lasts_and_its_line_goes() {
    needs_setsid!();
    let slow = || json(200, r#"{"access_token":"tok-1","token_type":"Bearer"}"#).late(Duration::from_millis(2500));
    let shown = |run: Run| {
        let mut terminal = Terminal::open();
        run.by(["setsid", "--ctty"])
            .env("TERM", "xterm")
            .start_with(terminal.end(), terminal.end(), terminal.end())
            .finish();
        terminal.type_in("that was all");
        terminal.wait_for("that was all");
        terminal.seen.replace("\r\n", "\n")
    };
    let server = Server::answering(slow());
    let text = shown(client_of(server.url()).any_output());
    let told = format!("\r\u{1b}[Kwaiting for {}, 1 s", server.url());
    assert!(text.starts_with(&told), "{text:?}");
    assert!(text.ends_with("\r\u{1b}[Ktok-1\nthat was all"), "{text:?}");
    // The wait for the next attempt, and then for its answer.
    let server = Server::scripted(move |n, _| if n == 1 { status(503, &["Retry-After: 3"], "") } else { slow() });
    let text = shown(client_of(server.url()).any_output());
    assert!(text.starts_with("\r\u{1b}[Kattempt 2 of 3 in 2 s\r\u{1b}[Kattempt 2 of 3 in 1 s"), "{text:?}");
    assert!(
        text.contains("\r\u{1b}[Kwaiting for http://") && text.ends_with("\r\u{1b}[Ktok-1\nthat was all"),
        "{text:?}"
    );
    // Whoever wants silence, the trace or JSON gets no such line.
    for word in ["-q", "--error-format=json"] {
        let server = Server::answering(slow());
        assert_eq!(shown(client_of(server.url()).args([word]).any_output()), "tok-1\nthat was all");
    }
}
