//! What the system has too little of: descriptors, threads, processes and memory. It is told as what it is, with the limit to
//! raise; it is no fault of the program, and of no setting.

use super::harness::*;

/// Runs the program under limits that a shell sets, with no descriptor of ours but the first three.
fn under(limits: &str, run: Run) -> Run {
    run.by(["sh", "-c", &format!("exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; {limits}; exec \"$0\" \"$@\"")])
}

/// What a run says with ever more descriptors until it has enough. Each failure is told as the want of them. Fewer than four
/// it cannot have where it is not linked statically: the loader takes one.
#[track_caller]
fn starved(run: impl Fn() -> Run, code: i32) -> Vec<String> {
    let mut told = Vec::new();
    for limit in 4..32 {
        let output = under(&format!("ulimit -n {limit}"), run()).any_output().any_end().run();
        if output.code == 0 && output.stderr.is_empty() {
            return told;
        }
        let failed = output.code == code && output.stderr.ends_with(FILES);
        let warned = output.code == 0 && output.stderr.contains("Too many open files");
        assert!(failed || warned, "{limit}: {} {}", output.code, output.stderr);
        told.push(output.stderr);
    }
    panic!("it never has enough: {told:?}");
}

const FILES: &str = "hint: raise the limit on open files (ulimit -n); a batch needs fewer of them with fewer --jobs\n";

const THREADS: &str = "hint: raise the limits on processes (ulimit -u) and memory (ulimit -v); a batch needs fewer threads with fewer --jobs\n";

/// An id that nobody else has: the system counts its processes and threads.
const NOBODY_ELSE: u32 = 61_234;

#[test]
fn a_batch_that_gets_too_few_threads_asks_for_nothing() {
    let server = Server::new();
    let run = client_of(server.url()).args(["batch", "--jobs", "1024"]).stdin("{}\n".repeat(10));
    let output = under("ulimit -v 400000", run.clone()).stderr_with([THREADS]).code(5).run();
    let (told, rest) = output
        .stderr
        .split_once(" of 1025 threads could be started: one for each of --jobs, and one that reads\n")
        .unwrap();
    let started: usize = told.strip_prefix("error: only ").unwrap().parse().unwrap();
    assert!(started < 1025, "{started}");
    assert_eq!(rest, format!("caused by: Resource temporarily unavailable (os error 11)\n{THREADS}"));
    let json = under("ulimit -v 400000", run.args(["--error-format", "json"])).any_output().code(5).run();
    let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!(error["kind"], "unreached");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_helper_that_cannot_be_started_for_want_of_descriptors() {
    let server = Server::new();
    let told = starved(|| client_of(server.url()).args(["--client-secret", "command:echo x"]), 5);
    assert!(!told.is_empty());
    let expected = format!(
        "error: cannot read client_secret from command:echo …\ncaused by: cannot run 'echo'\n\
         caused by: Too many open files (os error 24)\n{FILES}"
    );
    assert!(told.iter().all(|told| *told == expected), "{told:?}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn files_that_cannot_be_opened_for_want_of_descriptors() {
    let server = Server::new();
    for (run, told) in [
        (
            client_of(server.url()).file("secret", SECRET).args(["--client-secret", "file:secret"]),
            "error: cannot read client_secret from file:secret\ncaused by: cannot read secret\n\
             caused by: Too many open files (os error 24)\n",
        ),
        (client_of(server.url()).config("profiles: {}\n"), "cannot be read: Too many open files (os error 24)\n"),
    ] {
        let run = under("ulimit -n 3", run).any_output().any_end().run();
        if run.stderr.contains("loading shared libraries") {
            return not_run("a program that is not linked statically needs a descriptor to begin with");
        }
        assert!(run.code == 5 && run.stderr.ends_with(&format!("{told}{FILES}")), "{}", run.stderr);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_connection_that_cannot_be_made_for_want_of_descriptors() {
    let server = Server::new();
    let address = server.url().split('/').nth(2).unwrap().to_owned();
    // The lock of a token that is to be kept takes the last one.
    let told = starved(|| client_of(server.url()).args(["--cache", "--retry", "0"]), 5);
    assert!(told.contains(&format!("error: cannot connect to {address}: Too many open files\n{FILES}")), "{told:?}");
}

#[test]
fn a_cache_that_cannot_be_read_for_want_of_descriptors_is_a_result_that_is_not_there() {
    let server = Server::new();
    let home = home();
    client_of(server.url()).at_home(&home).args(["--cache"]).any_stdout().run();
    let told = starved(|| client_of(server.url()).at_home(&home).args(["cache", "list"]), 7);
    assert!(!told.is_empty());
}

#[test]
fn a_token_file_that_nobody_could_look_after_is_not_made() {
    let server = Server::new();
    let told = starved(|| client_of(server.url()).args(["exec", "--token-file", "--", "echo", "ran"]), 7);
    let unattended = format!(
        "error: the token file would stay behind: nothing can wait for signals\n\
         caused by: Too many open files (os error 24)\n{FILES}"
    );
    assert!(told.contains(&unattended), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("error: cannot write the token file ")), "{told:?}");
}

#[test]
fn whoever_may_have_no_second_thread_is_told_what_one_was_wanted_for() {
    if !rustix::process::geteuid().is_root() || !is_installed("setpriv") {
        return not_run("to count the threads of a user who has no others takes root and setpriv");
    }
    let server = Server::new();
    let alone = |run: Run| {
        // The build's directory may be closed to others.
        let program = run.path("program");
        copy_to_run(assert_cmd::cargo::cargo_bin!(), &program);
        std::os::unix::fs::lchown(run.path(""), Some(NOBODY_ELSE), Some(NOBODY_ELSE)).unwrap();
        let [user, group] = ["--reuid", "--regid"].map(|flag| format!("{flag}={NOBODY_ELSE}"));
        let limit = "ulimit -u 1 2>/dev/null || ulimit -p 1; exec \"$0\" \"$@\"";
        run.program(&program).by(["setpriv", &user, &group, "--clear-groups", "sh", "-c", limit])
    };
    let client = || client_of(server.url());
    let again = format!("caused by: Resource temporarily unavailable (os error 11)\n{THREADS}");
    for (secret, told) in [
        ("stdin", "stdin\ncaused by: cannot start a thread to read stdin"),
        ("command:echo x", "command:echo …\ncaused by: cannot run 'echo'"),
    ] {
        let run = alone(client().args(["--client-secret", secret]).stdin("x"));
        run.stderr(format!("error: cannot read client_secret from {told}\n{again}")).code(5).run();
    }
    alone(client_of("https://host.invalid/token").args(["--retry", "0"]))
        .stderr(format!("error: cannot find the address of host.invalid: Resource temporarily unavailable\n{THREADS}"))
        .code(5)
        .run();
    alone(client().args(["batch"]).stdin("{}"))
        .stderr_with(["error: only 0 of 9 threads could be started", &again])
        .code(5)
        .run();
    assert_eq!(server.connections(), 0);
    alone(client().args(["exec", "--token-file", "--", "echo", "ran"]))
        .stderr(format!("error: the token file would stay behind: nothing can wait for signals\n{again}"))
        .code(7)
        .run();
    alone(client().args(["exec", "--", "echo", "ran"])).stdout("ran\n").run();
}
