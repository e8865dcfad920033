//! `exec`: what a command gets, what it must not get, and how it ends.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::harness::*;

/// `exec` with these flags and this command.
fn exec(idp: &Server, flags: &[&str], command: &[&str]) -> Run {
    by_env(idp).args(["exec"]).args(flags).args(["--"]).args(command)
}

/// The same with a script for a shell.
fn exec_sh(idp: &Server, flags: &[&str], script: &str) -> Run {
    exec(idp, flags, &["sh", "-c", script])
}

#[test]
fn the_token_is_in_the_environment_and_our_secrets_are_not() {
    let idp = Server::numbered();
    let text = exec(&idp, &[], &["env"]).env("OTHER", "stays").any_stdout().run().stdout;
    assert!(text.contains("\nACCESS_TOKEN=tok-1\n") || text.starts_with("ACCESS_TOKEN=tok-1\n"), "{text}");
    assert!(text.contains("OTHER=stays") && text.contains("OAUTH2TOK_CLIENT_ID=ci"), "{text}");
    assert!(!text.contains("OAUTH2TOK_CLIENT_SECRET") && !text.contains(CANARY), "{text}");
}

#[test]
fn a_secrets_variable_that_a_profile_names_is_removed_and_so_are_file_twins() {
    let idp = Server::numbered();
    let run = exec(&idp, &["--client-secret", "env:MY_SECRET"], &["env"]).env("MY_SECRET", CANARY);
    let text = run.any_stdout().run().stdout;
    assert!(!text.contains("MY_SECRET") && !text.contains(CANARY), "{text}");
    let run = exec(&idp, &[], &["env"]).without("OAUTH2TOK_CLIENT_SECRET").file("secret", CANARY);
    let file = run.path("secret");
    let text = run.env("OAUTH2TOK_CLIENT_SECRET_FILE", file).any_stdout().run().stdout;
    assert!(text.contains("ACCESS_TOKEN=tok-2"), "{text}");
    assert!(!text.contains("CLIENT_SECRET_FILE"), "{text}");
}

#[test]
fn variables_are_named_by_flags_or_the_profile() {
    let idp = Server::numbered();
    let names = ["--env-name", "BEARER_TOKEN", "--env-name", "T"];
    exec_sh(&idp, &names, "echo $BEARER_TOKEN $T $ACCESS_TOKEN").stdout("tok-1 tok-1\n").run();
    exec_sh(&idp, &[], "echo $X").env("OAUTH2TOK_ENV_NAME", "X").stdout("tok-2\n").run();
    exec(&idp, &["--env-name", "A-B"], &["env"])
        .fails(
            2,
            "error: --env-name A-B: not a variable's name\n\
             hint: it holds letters, digits and _ and does not begin with a digit\n",
        )
        .run();
}

#[test]
fn the_process_is_replaced() {
    let idp = Server::numbered();
    let mut child = exec_sh(&idp, &[], "echo $$; read x; exit 7").code(7).start_piped();
    assert_eq!(line(&mut child), child.id().to_string());
    child.finish();
}

/// The first line that it prints.
fn line(child: &mut Running) -> String {
    let mut line = String::new();
    let mut byte = [0];
    let stdout = child.stdout.as_mut().unwrap();
    while stdout.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        line.push(char::from(byte[0]));
    }
    line
}

#[test]
fn exit_codes_are_the_commands_own_or_those_of_env() {
    let idp = Server::numbered();
    for flags in [&[][..], &["--token-file"]] {
        let run = |command: &[&str]| {
            let run = exec(&idp, flags, command).file("not-executable", "x");
            let home = run.path("");
            run.env("TMPDIR", home)
        };
        run(&["sh", "-c", "exit 42"]).code(42).run();
        run(&["/nonexistent/x"])
            .fails(
                127,
                "error: cannot run the given command (not repeated: it may be a secret)\n\
                 caused by: No such file or directory (os error 2)\n\
                 hint: no shell is involved: the command is a program and its arguments\n",
            )
            .run();
        run(&["./not-executable"])
            .fails(
                126,
                "error: cannot run './not-executable'\n\
                 caused by: Permission denied (os error 13)\n\
                 hint: no shell is involved: the command is a program and its arguments\n",
            )
            .run();
    }
    exec_sh(&idp, &["--token-file"], "kill -TERM $$").code(128 + 15).run();
}

#[test]
fn without_a_token_the_command_does_not_start() {
    let idp = Server::answering(status(400, &[], r#"{"error":"invalid_scope"}"#));
    for flags in [&[][..], &["--token-file"]] {
        let home = home();
        exec(&idp, flags, &["touch", "started"])
            .at_home(&home)
            .fails(
                3,
                "error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
                 caused by: invalid_scope\n\
                 hint: some servers require a scope: try --scope\n",
            )
            .run();
        assert!(!home.path().join("started").exists());
    }
    by_env(&idp)
        .args(["exec"])
        .fails(
            2,
            "error: missing: CMD\n\
             hint: 'oauth2tok exec -h' lists its flags, '--help' explains them\n",
        )
        .run();
}

#[cfg(target_os = "linux")]
#[test]
fn core_limit_and_signals_are_as_they_were_before() {
    let idp = Server::numbered();
    // Of 64 bits the lower 31: the C library keeps the first real-time signals for itself.
    let show = "for s in $(grep -E '^Sig(Ign|Blk)' /proc/self/status | cut -f 2); do echo $((0x$s & 0x7fffffff)); done; ulimit -c";
    for flags in [&[][..], &["--token-file"]] {
        for ignoring in ["", "trap '' HUP INT XFSZ; "] {
            let script = format!(
                "{ignoring}ulimit -S -c unlimited 2>/dev/null || ulimit -S -c $(ulimit -H -c); {show}; exec \"$@\""
            );
            let text = exec_sh(&idp, flags, show).by(["sh", "-c", &script, "sh"]).any_stdout().run().stdout;
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines.len(), 6, "{text}");
            assert_eq!(lines[..3], lines[3..], "{flags:?} {ignoring}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_ignores_the_ends_of_children_gets_the_commands_exit_code_and_the_helpers_secret() {
    let idp = Server::numbered();
    // As `trap '' CHLD` in bash; other shells keep it to themselves.
    exec_sh(&idp, &["--token-file", "--client-secret", "command:echo secret"], "exit 3")
        .without("OAUTH2TOK_CLIENT_SECRET")
        .by(["env", "--ignore-signal=CHLD"])
        .code(3)
        .run();
}

#[test]
fn a_token_file_is_private_and_gone_at_the_end() {
    let idp = Server::numbered();
    let runtime = tempfile::tempdir().unwrap();
    let show =
        "echo $BEARER_TOKEN_FILE; cat $BEARER_TOKEN_FILE; echo; stat -c %a $BEARER_TOKEN_FILE; echo $ACCESS_TOKEN";
    let run = exec_sh(&idp, &["--token-file"], show).env("XDG_RUNTIME_DIR", runtime.path());
    let text = run.any_stdout().run().stdout;
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with(runtime.path().to_str().unwrap()), "{text}");
    assert_eq!(lines[1..], ["tok-1", "600", ""], "{text}");
    assert_eq!(std::fs::read_dir(runtime.path()).unwrap().count(), 0);

    let path = runtime.path().join("given");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let flags = ["--token-file", path.to_str().unwrap(), "--env-name", "T"];
    let show = "cat $BEARER_TOKEN_FILE; stat -c :%a $BEARER_TOKEN_FILE; echo $T";
    exec_sh(&idp, &flags, show).stdout("tok-2:600\ntok-2\n").run();
    assert!(!path.exists());
}

#[test]
fn a_token_file_that_cannot_be_written_is_exit_7() {
    let idp = Server::numbered();
    let run = |path: &str| exec(&idp, &["--token-file", path], &["true"]);
    run("/nonexistent/x")
        .fails(
            7,
            "error: cannot write the token file /nonexistent/x\n\
             caused by: No such file or directory (os error 2)\n\
             hint: --token-file PATH names another place\n",
        )
        .run();
    run("/tmp")
        .fails(
            7,
            "error: cannot write the token file /tmp\n\
             caused by: Is a directory (os error 21)\n\
             hint: --token-file PATH names another place\n",
        )
        .run();
    run("")
        .fails(
            2,
            "error: --token-file: there is no path in it\n\
             hint: without a value the file is in a directory of its own\n",
        )
        .run();
    assert_eq!(idp.connections(), 0, "no token is fetched for it");
    let home = home();
    run("./t").at_home(&home).by(["sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"]).any_output().code(7).run();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_token_file_is_where_it_can_be_and_its_path_is_absolute() {
    let idp = Server::numbered();
    let home = home();
    let show = "cd /; cat $BEARER_TOKEN_FILE; echo; echo $BEARER_TOKEN_FILE";
    let run = exec_sh(&idp, &["--token-file"], show).at_home(&home).env("XDG_RUNTIME_DIR", "/nonexistent");
    let text = run.env("TMPDIR", ".").any_stdout().run().stdout;
    let place = home.path().canonicalize().unwrap();
    assert!(text.starts_with(&format!("tok-1\n{}/", place.display())), "{text}");
}

/// `exec` with the token file `t` of this home, and this command.
fn keeping(idp: &Server, home: &Arc<tempfile::TempDir>, script: &str) -> Run {
    exec_sh(idp, &["--token-file", "./t"], script).at_home(home)
}

/// Waits until the token file of this home holds this token.
fn wait_for_token(home: &Arc<tempfile::TempDir>, token: &str) {
    wait_for(|| std::fs::read_to_string(home.path().join("t")).is_ok_and(|text| text == token));
}

#[test]
fn a_token_file_is_replaced_before_its_token_expires() {
    let idp = Server::scripted(|number, _| match number {
        // The second attempt fails; it is made again.
        2 => status(500, &[], ""),
        _ => token_with(&format!("tok-{number}"), r#","expires_in":2"#),
    });
    let home = home();
    let script = "while read x; do cat $BEARER_TOKEN_FILE; echo; done; echo end";
    let run = keeping(&idp, &home, script).stdout("end\n").stderr(
        "error: the token file keeps its token, because there is no new one\n\
         caused by: http://127.0.0.1:[PORT]/token is unavailable (HTTP 500)\n\
         caused by: the server sent an empty body (no Content-Type)\n\
         hint: try again later\n",
    );
    let child = run.stderr_without(["tok-"]).start_piped();
    wait_for_token(&home, "tok-1");
    wait_for_token(&home, "tok-3");
    child.finish();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_fails_is_told_however_many_tokens_came_before() {
    let idp = Server::scripted(|number, _| {
        if number == 4 {
            return status(400, &[], r#"{"error":"invalid_scope","error_description":"no more of these"}"#);
        }
        let more: Vec<_> = (0..400).map(|other| format!(r#""more-{number}-{other}""#)).collect();
        token_with(&format!("tok-{number}"), &format!(r#","expires_in":1,"tokens":[{}]"#, more.join(",")))
    });
    let home = home();
    let child = keeping(&idp, &home, "read x")
        .any_end()
        .stderr(
            "error: the token file keeps its token, because there is no new one\n\
             caused by: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 400)\n\
             caused by: invalid_scope: no more of these\n\
             hint: some servers require a scope: try --scope\n",
        )
        .start_piped();
    wait_for_token(&home, "tok-5");
    child.finish();
}

#[test]
fn a_token_file_is_kept_fresh_with_each_refresh_token_once() {
    let idp = Server::scripted(|_, request| {
        let sent: usize = request.body().rsplit("refresh_token=r").next().unwrap().parse().unwrap();
        let number = sent + 1;
        token_with(&format!("tok-{number}"), &format!(r#","expires_in":2,"refresh_token":"r{number}""#))
    });
    for cache in ["--no-cache", "--cache"] {
        let (home, before) = (home(), idp.count());
        let run = by_env(&idp).at_home(&home).args(["exec", cache, "-g", "refresh_token"]).env("R", "r0");
        let words = ["--refresh-token", "env:R", "--token-file", "./t", "--", "cat"];
        let child = run.args(words).any_output().code(0).start_piped();
        wait_for_token(&home, "tok-3");
        child.finish();
        let sent = &idp.bodies()[before..];
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

/// Sends a command that has told where its token file is this signal, which ends it so, and the file with it.
#[track_caller]
fn check_end(idp: &Server, flags: &[&str], script: &str, name: &str, code: i32) {
    let mut child = exec_sh(idp, &[flags, &["--token-file"]].concat(), script).start_piped();
    let path = PathBuf::from(line(&mut child));
    assert!(path.exists());
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    assert!(!path.exists() && !path.parent().unwrap().exists(), "{name}");
}

#[test]
fn signals_reach_the_command_and_the_file_goes() {
    let idp = Server::numbered();
    for (name, number, code) in [("-INT", 2, 11), ("-TERM", 15, 12), ("-HUP", 1, 13)] {
        if is_ignored(number) {
            continue;
        }
        let script = "trap 'exit 11' INT; trap 'exit 12' TERM; trap 'exit 13' HUP; echo $BEARER_TOKEN_FILE; while :; do sleep 0.05; done";
        // A helper, which has had signals of its own to look after, changes nothing.
        for flags in [&[][..], &["--client-secret", "command:echo x"]] {
            check_end(&idp, flags, script, name, code);
        }
    }
}

#[test]
fn a_command_that_a_signal_ends_is_128_and_the_signal() {
    let idp = Server::numbered();
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
        check_end(&idp, &[], "echo $BEARER_TOKEN_FILE; exec sleep 60", name, code);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_linux_alone_has_takes_the_file_along_too() {
    let idp = Server::numbered();
    // SIGSTKFLT, SIGIO, SIGPWR, and the last real-time signal, which goes on as SIGTERM.
    for (number, code) in [("-16", 144), ("-29", 157), ("-30", 158), ("-64", 143)] {
        check_end(&idp, &[], "echo $BEARER_TOKEN_FILE; exec sleep 60", number, code);
    }
}

#[test]
fn a_token_file_is_of_use_whatever_the_mask_and_leaves_that_as_it_was() {
    let idp = Server::numbered();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let given = folder.path().join("given");
    let show = "cat $BEARER_TOKEN_FILE; stat -c :%a $BEARER_TOKEN_FILE; umask";
    for given in [&[][..], &[given.to_str().unwrap()]] {
        let text = exec_sh(&idp, &[&["--token-file"], given].concat(), show)
            .env("TMPDIR", folder.path())
            .by(["sh", "-c", "umask 0777; exec \"$@\"", "sh"].iter().chain(unprivileged()))
            .cwd(folder.path())
            .any_stdout()
            .run()
            .stdout;
        assert!(text.starts_with("tok-") && text.ends_with(":600\n0777\n"), "{text}");
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
    let idp = Server::numbered();
    let text = exec(&idp, &["--dry-run"], &["echo", "started"]).any_output().code(0).run().stdout;
    assert!(text.starts_with("POST /token HTTP/1.1\n") && !text.contains("started"), "{text}");
    assert_eq!(idp.connections(), 0);
}
