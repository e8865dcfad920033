//! What is asked at a terminal, and what is pasted there while something else is waited for. This very program is what runs
//! on it, as [`inside`].

use std::fs::File;
use std::io::Write;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use oauth2tok::deadline::Deadline;
use oauth2tok::terminal::{Pasting, ask_yes, has_person, is_readable, width};
use rustix::process::Signal;

use super::harness::*;

/// The promise is 100 ms; a busy machine gets more before a test fails.
const SOON: Duration = Duration::from_secs(3);

/// The roles that it plays on the terminal, of which it tells there.
#[test]
#[ignore = "it is what the other tests run"]
fn inside() {
    let Some(role) = std::env::var_os("ROLE") else { return };
    let tell = |text: String| {
        let to = File::options().write(true).open("/dev/tty");
        let mut to: Box<dyn Write> = to.map_or_else(|_| Box::new(std::io::stderr()) as _, |tty| Box::new(tty) as _);
        to.write_all(format!("<{text}>\n").as_bytes()).unwrap();
    };
    let typed_after_that = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        tell(format!("then {}", line.trim_end()));
    };
    match role.to_str().unwrap() {
        "paste" => {
            let (sender, lines) = mpsc::channel();
            let mut pasting = Pasting::begin(move |line| sender.send(line).unwrap()).unwrap();
            tell("begun".into());
            loop {
                match lines.recv().unwrap() {
                    Some(line) if *line == "right" => break tell("right".into()),
                    Some(line) => tell(format!("wrong {} {}", line.len(), &line[..line.len().min(20)])),
                    None => break tell("nobody".into()),
                }
                pasting.again();
            }
            drop(pasting);
            tell("over".into());
            typed_after_that();
        }
        "end" => {
            let (sender, lines) = mpsc::channel();
            let pasting = Pasting::begin(move |line| sender.send(line).unwrap()).unwrap();
            while !std::path::Path::new("end").exists() {
                std::thread::sleep(Duration::from_millis(2));
            }
            let began = Instant::now();
            drop(pasting);
            tell(format!("{} after {}", lines.recv().is_err(), began.elapsed() < Duration::from_millis(500)));
            typed_after_that();
        }
        "ask" => {
            while !std::path::Path::new("end").exists() {
                std::thread::sleep(Duration::from_millis(2));
            }
            let patience = Duration::from_millis(std::env::var("PATIENCE").unwrap().parse().unwrap());
            let answer = ask_yes("Keep the login of \u{1b}[1mada?", &Deadline::after(patience));
            tell(format!("answer {answer:?}"));
        }
        _ => {
            let env = |name: &str| std::env::var_os(name);
            let is_begun = Pasting::begin(|_| {}).is_ok();
            tell(format!("{} {} {is_begun} {:?}", has_person(&env), is_readable(), width()));
        }
    }
}

fn playing(role: &str) -> Run {
    let run = oauth2tok().program(&std::env::current_exe().unwrap()).env("ROLE", role).any_output();
    run.args(["--exact", "terminal::inside", "--ignored", "--nocapture"])
}

#[test]
fn lines_are_pasted_one_after_another_without_echo_and_the_next_is_left_alone() {
    needs_setsid!();
    let mut terminal = Terminal::open();
    let running = terminal.start(playing("paste"));
    terminal.wait_for("<begun>");
    terminal.wait_for_no_echo();
    terminal.type_in("  one two \n");
    terminal.wait_for("<wrong 7 one two>");
    // In brackets, with an empty line behind them; with keys that take something back.
    terminal.type_in("\u{1b}[200~http://127.0.0.1/cb\u{1b}[201~\r\n\r\n");
    terminal.wait_for("<wrong 19 http://127.0.0.1/cb>");
    terminal.type_in("abc\u{7f}d\u{15}xé\u{7f}y\n");
    terminal.wait_for("<wrong 2 xy>");
    // What a terminal's own line would not hold, and what is more than anything.
    terminal.type_in(&format!("{}\n", "0123456789".repeat(6_500)));
    terminal.wait_for("<wrong 65000 01234567890123456789>");
    terminal.type_in(&format!("{}\n", "0123456789".repeat(6_600)));
    terminal.wait_for("<wrong 0 >");
    terminal.type_in("right\nls -l\n");
    terminal.wait_for("<then ls -l>");
    assert!(terminal.echoes());
    assert!(terminal.seen.contains("<right>\r\n<over>"), "{}", terminal.seen);
    assert_eq!(terminal.seen.matches("127.0.0.1").count(), 1, "{}", terminal.seen);
    running.finish();
}

#[test]
fn pasting_is_over_with_control_d_and_the_terminal_as_before() {
    needs_setsid!();
    let mut terminal = Terminal::open();
    let running = terminal.start(playing("paste"));
    terminal.wait_for("<begun>");
    terminal.type_in("\u{4}");
    terminal.wait_for("<nobody>\r\n<over>");
    assert!(terminal.echoes());
    terminal.type_in("more\n");
    terminal.wait_for("more\r\n<then more>");
    running.finish();
}

#[test]
fn pasting_ends_at_once_where_it_is_of_no_use_any_more() {
    needs_setsid!();
    let mut terminal = Terminal::open();
    let run = playing("end");
    let end = run.path("end");
    let running = terminal.start(run);
    terminal.wait_for_no_echo();
    terminal.type_in("half of it");
    std::fs::write(end, "").unwrap();
    terminal.wait_for("<true after true>");
    assert!(terminal.echoes());
    terminal.type_in("\u{15}ls\n");
    terminal.wait_for("<then ");
    running.finish();
}

#[test]
fn control_c_while_something_may_be_pasted_ends_the_run_and_puts_the_terminal_back() {
    needs_setsid!();
    for (keys, signal) in [("half\u{3}", Signal::INT), ("\u{1c}", Signal::QUIT)] {
        let mut terminal = Terminal::open();
        let running = terminal.start(playing("paste").code(128 + signal.as_raw()));
        terminal.wait_for("<begun>");
        let typed = Instant::now();
        terminal.type_in(keys);
        let output = running.finish();
        assert!(typed.elapsed() < SOON);
        assert_eq!(output.signal, Some(signal.as_raw()));
        assert!(terminal.echoes());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn pasting_goes_on_where_the_run_was_stopped_and_continued() {
    needs_setsid!();
    let mut terminal = Terminal::open();
    let running = terminal.start_by_shell(playing("paste"), "set -m; \"$@\"; read x; fg >/dev/null");
    terminal.wait_for("<begun>");
    let program = child_of(&running);
    terminal.type_in("\u{1a}");
    wait_for_state(program, 'T');
    assert!(terminal.echoes());
    terminal.type_in("go on\n");
    terminal.wait_for("go on\r\n");
    terminal.wait_for_no_echo();
    terminal.type_in("right\nls\n");
    terminal.wait_for("<then ls>");
    running.finish();
    assert!(terminal.echoes());
}

#[cfg(target_os = "linux")]
#[test]
fn in_the_background_nothing_is_read_and_nothing_is_changed() {
    needs_setsid!();
    for before in ["\"$@\" &", "\"$@\"; bg >/dev/null;"] {
        let mut terminal = Terminal::open();
        let running =
            terminal.start_by_shell(playing("paste"), &format!("set -m; {before} read x; echo \"[$x]\" >/dev/tty; fg"));
        terminal.wait_for("<begun>");
        let program = child_of(&running);
        if before.contains("bg") {
            terminal.type_in("\u{1a}");
        }
        std::thread::sleep(Duration::from_millis(600));
        wait_for_state(program, 'S');
        assert!(terminal.echoes());
        terminal.type_in("for the shell\n");
        terminal.wait_for("for the shell\r\n[for the shell]");
        terminal.wait_for_no_echo();
        terminal.type_in("right\nls\n");
        terminal.wait_for("<then ls>");
        running.finish();
        assert!(terminal.echoes());
    }
}

#[test]
fn a_question_takes_yes_for_yes_and_nothing_that_was_typed_before_it() {
    needs_setsid!();
    for (before, keys, expected) in [
        ("", "y\n", "Some(true)"),
        ("", "Yes \n", "Some(true)"),
        ("yes\n", "n\n", "Some(false)"),
        ("yes\n", "\n", "Some(false)"),
        ("", "yes please do\n", "Some(false)"),
        ("", "yes yes yes yes yes yes\n", "Some(false)"),
        ("", "\u{4}", "Some(false)"),
        ("yes\n", "", "None"),
    ] {
        let mut terminal = Terminal::open();
        let run = playing("ask").env("PATIENCE", if keys.is_empty() { "300" } else { "60000" });
        let end = run.path("end");
        let running = terminal.start(run);
        terminal.type_in(before);
        terminal.wait_for(before.trim_end());
        std::fs::write(end, "").unwrap();
        terminal.wait_for("Keep the login of \\u{1b}[1mada? [y/N] ");
        terminal.type_in(keys);
        terminal.wait_for(&format!("<answer {expected}>"));
        running.finish();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_question_in_the_background_has_no_answer() {
    needs_setsid!();
    let mut terminal = Terminal::open();
    let run = playing("ask").env("PATIENCE", "60000");
    std::fs::write(run.path("end"), "").unwrap();
    let running = terminal.start_by_shell(run, "set -m; \"$@\" & wait");
    terminal.wait_for("<answer None>");
    running.finish();
}

#[test]
fn a_person_is_there_where_stderr_is_a_terminal_and_this_its_foreground() {
    needs_setsid!();
    let on_terminal = |run: Run, script: &str| {
        let mut terminal = Terminal::open();
        let run = run.by(["setsid", "--ctty", "sh", "-c", script, "sh"]);
        let running = run.start_with(terminal.end(), Stdio::piped(), terminal.end());
        terminal.wait_for(">");
        running.finish();
        terminal.seen
    };
    assert_eq!(on_terminal(playing("tell"), "stty cols 77 </dev/tty; \"$@\""), "<true true true Some(77)>\r\n");
    assert_eq!(on_terminal(playing("tell"), "\"$@\" </dev/null | cat"), "<true true true None>\r\n");
    assert_eq!(on_terminal(playing("tell").env("CI", "true"), "\"$@\""), "<false true true None>\r\n");
    assert_eq!(on_terminal(playing("tell").env("CI", "false"), "\"$@\""), "<true true true None>\r\n");
    assert_eq!(on_terminal(playing("tell"), "set -m; \"$@\" & wait"), "<false true true None>\r\n");
    assert_eq!(on_terminal(playing("tell"), "\"$@\" 2>/dev/null"), "<false true true None>\r\n");
    let nowhere = playing("tell").by(["setsid"]).stderr("<false false false None>\n");
    nowhere.start().finish();
}
