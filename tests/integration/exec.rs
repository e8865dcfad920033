//! `exec`: what a command gets, what it must not get, and how it ends.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::loopback::{CANARY, Run, Server, answer};

#[test]
fn the_token_is_in_the_environment_and_our_secrets_are_not() {
    let idp = Server::tokens();
    let ended = Run::at(&idp, &["exec", "--", "env"]).env("OTHER", "stays").end();
    let text = ended.text();
    assert!(text.contains("\nACCESS_TOKEN=token-1\n") || text.starts_with("ACCESS_TOKEN=token-1\n"), "{text}");
    assert!(text.contains("OTHER=stays") && text.contains("OAUTH2TOK_CLIENT_ID=ci"), "{text}");
    assert!(!text.contains("OAUTH2TOK_CLIENT_SECRET") && !text.contains(CANARY), "{text}");
    ended.keeps_secrets();
}

#[test]
fn a_secrets_variable_that_a_profile_names_is_removed_and_so_are_file_twins() {
    let idp = Server::tokens();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, CANARY).unwrap();
    let words = ["exec", "--client-secret", "env:MY_SECRET", "--", "env"];
    let text = Run::at(&idp, &words).env("MY_SECRET", CANARY).end().text();
    assert!(!text.contains("MY_SECRET") && !text.contains(CANARY), "{text}");
    let run = Run::new(&["exec", "-i", "ci", "--", "env"]).without("OAUTH2TOK_CLIENT_SECRET");
    let run = run.env("OAUTH2TOK_TOKEN_ENDPOINT", &idp.url("/t"));
    let ended = run.env("OAUTH2TOK_CLIENT_SECRET_FILE", secret.to_str().unwrap()).end();
    assert!(ended.text().contains("ACCESS_TOKEN=token-2"), "{ended:?}");
    assert!(!ended.text().contains("CLIENT_SECRET_FILE"), "{ended:?}");
}

#[test]
fn variables_are_named_by_flags_or_the_profile() {
    let idp = Server::tokens();
    let words = [
        "exec",
        "--env-name",
        "BEARER_TOKEN",
        "--env-name",
        "T",
        "--",
        "sh",
        "-c",
        "echo $BEARER_TOKEN $T $ACCESS_TOKEN",
    ];
    Run::at(&idp, &words).end().check(0, "token-1 token-1\n", &[]);
    let words = ["exec", "--", "sh", "-c", "echo $X"];
    Run::at(&idp, &words).env("OAUTH2TOK_ENV_NAME", "X").end().check(0, "token-2\n", &[]);
    Run::at(&idp, &["exec", "--env-name", "A-B", "--", "env"]).end().check(2, "", &["not a variable's name"]);
}

#[test]
fn the_process_is_replaced() {
    let idp = Server::tokens();
    let mut child = Run::at(&idp, &["exec", "--", "sh", "-c", "echo $$; read x; exit 7"]).start();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), child.id().to_string());
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn exit_codes_are_the_commands_own_or_those_of_env() {
    let idp = Server::tokens();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-executable");
    std::fs::write(&file, "x").unwrap();
    for more in [&[][..], &["--token-file"]] {
        let run = |words: &[&str]| {
            let words = [&["exec"], more, &["--"], words].concat();
            Run::at(&idp, &words).env("TMPDIR", folder.path().to_str().unwrap()).end()
        };
        assert_eq!(run(&["sh", "-c", "exit 42"]).code, 42);
        run(&["/nonexistent/x"]).check(127, "", &["cannot run '/nonexistent/x'"]);
        run(&[file.to_str().unwrap()]).check(126, "", &["cannot run"]);
    }
    let killed = Run::at(&idp, &["exec", "--token-file", "--", "sh", "-c", "kill -TERM $$"]).end();
    assert_eq!(killed.code, 128 + 15);
}

#[test]
fn without_a_token_the_command_does_not_start() {
    let idp = Server::new(|_| answer(400, "", r#"{"error":"invalid_scope"}"#));
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("started");
    for more in [&[][..], &["--token-file"]] {
        let words = [&["exec"], more, &["--", "touch", mark.to_str().unwrap()]].concat();
        Run::at(&idp, &words).end().check(3, "", &["invalid_scope"]);
    }
    assert!(!mark.exists());
    Run::at(&idp, &["exec"]).end().check(2, "", &["missing"]);
}

#[cfg(target_os = "linux")]
#[test]
fn core_limit_and_signals_are_as_they_were_before() {
    let idp = Server::tokens();
    // Of 64 bits the lower 31: the C library keeps the first real-time signals for itself.
    let show = "for s in $(grep -E '^Sig(Ign|Blk)' /proc/self/status | cut -f 2); do echo $((0x$s & 0x7fffffff)); done; ulimit -c";
    for (more, ignoring) in
        [("", ""), ("", "trap '' HUP INT XFSZ; "), ("--token-file", ""), ("--token-file", "trap '' HUP INT XFSZ; ")]
    {
        let script = format!(
            "{ignoring}ulimit -S -c unlimited 2>/dev/null || ulimit -S -c $(ulimit -H -c); {show}; exec \"$@\""
        );
        let mut words = vec!["-c", &script, "sh", env!("CARGO_BIN_EXE_oauth2tok"), "exec"];
        words.extend((!more.is_empty()).then_some(more));
        words.extend(["--", "sh", "-c", show]);
        let output = std::process::Command::new("sh")
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("OAUTH2TOK_CLIENT_ID", "ci")
            .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
            .env("OAUTH2TOK_TOKEN_ENDPOINT", idp.url("/token"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text} {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(lines[..3], lines[3..], "{more} {ignoring}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_ignores_the_ends_of_children_gets_the_commands_exit_code_and_the_helpers_secret() {
    let idp = Server::tokens();
    // As `trap '' CHLD` in bash; other shells keep it to themselves.
    let ignoring = ["--ignore-signal=CHLD", env!("CARGO_BIN_EXE_oauth2tok"), "exec", "--token-file"];
    let output = std::process::Command::new("env")
        .args(ignoring)
        .args(["--client-secret", "command:echo secret", "--", "sh", "-c", "exit 3"])
        .env("OAUTH2TOK_CLIENT_ID", "ci")
        .env("OAUTH2TOK_TOKEN_ENDPOINT", idp.url("/token"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A run with a token file whose command prints a line and then does what it likes; with that line.
fn started(idp: &Server, more: &[&str], script: &str) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let words = [&["exec"], more, &["--", "sh", "-c", script]].concat();
    let mut child = Run::at(idp, &words).start();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (child, line.trim().to_owned(), stdout)
}

#[test]
fn a_token_file_is_private_and_gone_at_the_end() {
    let idp = Server::tokens();
    let runtime = tempfile::tempdir().unwrap();
    let words = [
        "exec",
        "--token-file",
        "--",
        "sh",
        "-c",
        "echo $BEARER_TOKEN_FILE; cat $BEARER_TOKEN_FILE; echo; stat -c %a $BEARER_TOKEN_FILE; echo $ACCESS_TOKEN",
    ];
    let ended = Run::at(&idp, &words).env("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap()).end();
    let text = ended.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with(runtime.path().to_str().unwrap()), "{text}");
    assert_eq!(lines[1..], ["token-1", "600", ""], "{ended:?}");
    assert_eq!(std::fs::read_dir(runtime.path()).unwrap().count(), 0);

    let path = runtime.path().join("given");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let words = [
        "exec",
        "--token-file",
        path.to_str().unwrap(),
        "--env-name",
        "T",
        "--",
        "sh",
        "-c",
        "cat $BEARER_TOKEN_FILE; stat -c :%a $BEARER_TOKEN_FILE; echo $T",
    ];
    Run::at(&idp, &words).end().check(0, "token-2:600\ntoken-2\n", &[]);
    assert!(!path.exists());
}

#[test]
fn a_token_file_that_cannot_be_written_is_exit_7() {
    let idp = Server::tokens();
    let words = ["exec", "--token-file", "/nonexistent/x", "--", "true"];
    Run::at(&idp, &words).end().check(7, "", &["cannot write the token file /nonexistent/x"]);
    Run::at(&idp, &["exec", "--token-file", "/tmp", "--", "true"]).end().check(7, "", &["token file /tmp"]);
    Run::at(&idp, &["exec", "--token-file", "", "--", "true"]).end().check(2, "", &["--token-file", "no path"]);
    assert_eq!(idp.connections(), 0, "no token is fetched for it");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_oauth2tok"), "exec", "--token-file"])
        .arg(&path)
        .args(["--", "true"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("OAUTH2TOK_CLIENT_ID", "ci")
        .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
        .env("OAUTH2TOK_TOKEN_ENDPOINT", idp.url("/token"))
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(7), "{limited:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_token_file_is_where_it_can_be_and_its_path_is_absolute() {
    let idp = Server::tokens();
    let folder = tempfile::tempdir().unwrap();
    let words =
        ["exec", "--token-file", "--", "sh", "-c", "cd /; cat $BEARER_TOKEN_FILE; echo; echo $BEARER_TOKEN_FILE"];
    let run = Run::at(&idp, &words).env("XDG_RUNTIME_DIR", "/nonexistent").env("TMPDIR", ".").within(folder.path());
    let text = run.end().text();
    let place = folder.path().canonicalize().unwrap();
    assert!(text.starts_with(&format!("token-1\n{}/", place.display())), "{text}");
}

#[test]
fn a_token_file_is_replaced_before_its_token_expires() {
    let count = AtomicUsize::new(0);
    let idp = Server::new(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        // The second attempt fails; it is made again.
        if number == 2 {
            return answer(500, "", "");
        }
        answer(200, "", &format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":2}}"#))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let script = "while read x; do cat $BEARER_TOKEN_FILE; echo; done; echo end";
    let words = ["exec", "--token-file", path.to_str().unwrap(), "--", "sh", "-c", script];
    let mut child = Run::at(&idp, &words).start();
    wait_for(|| std::fs::read_to_string(&path).is_ok_and(|text| text == "token-1"));
    wait_for(|| std::fs::read_to_string(&path).is_ok_and(|text| text == "token-3"));
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("the token file keeps its token"), "{stderr}");
    assert!(!stderr.contains("token-"), "{stderr}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_fails_is_told_however_many_tokens_came_before() {
    let count = AtomicUsize::new(0);
    let idp = Server::new(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        if number == 3 {
            return answer(400, "", r#"{"error":"invalid_scope","error_description":"no more of these"}"#);
        }
        let more: Vec<_> = (0..400).map(|other| format!(r#""more-{number}-{other}""#)).collect();
        let more = more.join(",");
        let body = r#""token_type":"Bearer","expires_in":1"#;
        answer(200, "", &format!(r#"{{"access_token":"token-{number}",{body},"tokens":[{more}]}}"#))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let words = ["exec", "--token-file", path.to_str().unwrap(), "--", "sh", "-c", "read x"];
    let mut child = Run::at(&idp, &words).start();
    wait_for(|| std::fs::read_to_string(&path).is_ok_and(|text| text == "token-4"));
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no more of these"), "{stderr}");
}

#[test]
fn a_token_file_is_kept_fresh_with_each_refresh_token_once() {
    let idp = Server::new(|request| {
        let sent: usize = request.text().rsplit("refresh_token=r").next().unwrap().parse().unwrap();
        let number = sent + 1;
        let body = format!(
            r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":2,"refresh_token":"r{number}"}}"#
        );
        answer(200, "", &body)
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    for cache in ["--no-cache", "--cache"] {
        let before = idp.requests().len();
        let words = ["exec", cache, "-g", "refresh_token", "--refresh-token", "env:R", "--token-file"];
        let words = [&words[..], &[path.to_str().unwrap(), "--", "cat"]].concat();
        let home = folder.path().to_str().unwrap();
        let mut child = Run::at(&idp, &words).env("R", "r0").env("HOME", home).start();
        wait_for(|| std::fs::read_to_string(&path).is_ok_and(|text| text == "token-3"));
        drop(child.stdin.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let sent: Vec<_> = idp.requests()[before..].iter().map(|r| r.text()).collect();
        for number in 0..3 {
            let times = sent.iter().filter(|text| text.ends_with(&format!("=r{number}"))).count();
            assert_eq!(times, 1, "{cache} {sent:?}");
        }
    }
}

#[track_caller]
fn wait_for(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(30), "it did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// True for a signal that this test was started to ignore, as a job in the background is: what it starts ignores it too.
fn is_ignored(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (number - 1) & 1 == 1)
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn signals_reach_the_command_and_the_file_goes() {
    let idp = Server::tokens();
    for (name, number, code) in [("-INT", 2, 11), ("-TERM", 15, 12), ("-HUP", 1, 13)] {
        if is_ignored(number) {
            continue;
        }
        let script = "trap 'exit 11' INT; trap 'exit 12' TERM; trap 'exit 13' HUP; echo $BEARER_TOKEN_FILE; while :; do sleep 0.05; done";
        // A helper, which has had signals of its own to look after, changes nothing.
        for more in [&["--token-file"][..], &["--client-secret", "command:echo x", "--token-file"]] {
            let (mut child, path, _stdout) = started(&idp, more, script);
            assert!(Path::new(&path).exists());
            signal(&child, name);
            assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
            assert!(!Path::new(&path).exists() && !Path::new(&path).parent().unwrap().exists());
        }
    }
}

#[test]
fn a_command_that_a_signal_ends_is_128_and_the_signal() {
    let idp = Server::tokens();
    // Those that the first 31 numbers name, but for faults, what nobody can catch, and what ends nothing.
    for (name, number) in [
        ("-HUP", 1),
        ("-INT", 2),
        ("-QUIT", 3),
        ("-TRAP", 5),
        ("-ABRT", 6),
        ("-USR1", 10),
        ("-USR2", 12),
        ("-ALRM", 14),
        ("-TERM", 15),
        ("-XCPU", 24),
        ("-VTALRM", 26),
        ("-PROF", 27),
        ("-SYS", 31),
    ] {
        if is_ignored(number) {
            continue;
        }
        let code = 128 + i32::try_from(number).unwrap();
        let (mut child, path, _stdout) = started(&idp, &["--token-file"], "echo $BEARER_TOKEN_FILE; exec sleep 60");
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
        assert!(!Path::new(&path).exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_linux_alone_has_takes_the_file_along_too() {
    let idp = Server::tokens();
    // SIGSTKFLT, SIGIO, SIGPWR, and the last real-time signal, which goes on as SIGTERM.
    for (number, code) in [("-16", 144), ("-29", 157), ("-30", 158), ("-64", 143)] {
        let (mut child, path, _stdout) = started(&idp, &["--token-file"], "echo $BEARER_TOKEN_FILE; exec sleep 60");
        signal(&child, number);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{number}");
        assert!(!Path::new(&path).exists());
    }
}

#[test]
fn a_token_file_is_of_use_whatever_the_mask_and_leaves_that_as_it_was() {
    let idp = Server::tokens();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let given = folder.path().join("given");
    let show = "cat $BEARER_TOKEN_FILE; stat -c :%a $BEARER_TOKEN_FILE; umask";
    for more in [None, Some(given.as_os_str())] {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "umask 0777; exec \"$@\"", "sh"]).args(unprivileged());
        command.args([env!("CARGO_BIN_EXE_oauth2tok"), "exec", "--token-file"]).args(more);
        let output = command
            .args(["--", "sh", "-c", show])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TMPDIR", folder.path())
            .env("OAUTH2TOK_CLIENT_ID", "ci")
            .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
            .env("OAUTH2TOK_TOKEN_ENDPOINT", idp.url("/token"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with("token-") && text.ends_with(":600\n0777\n"), "{output:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// What makes a user without privileges of root, whom no mode of a file stops.
fn unprivileged() -> &'static [&'static str] {
    let is_root = rustix::process::geteuid().is_root();
    if is_root { &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } else { &[] }
}

#[test]
fn a_dry_run_starts_nothing() {
    let idp = Server::tokens();
    let ended = Run::at(&idp, &["exec", "--dry-run", "--", "echo", "started"]).end();
    assert!(ended.text().starts_with("POST /token HTTP/1.1\n"), "{ended:?}");
    assert_eq!((idp.connections(), ended.code), (0, 0));
}
