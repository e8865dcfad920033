//! stdout that cannot be written to: quiet where the reader went away, an error otherwise, and never a panic.

use std::fs::OpenOptions;
use std::process::Stdio;

use super::harness::*;

#[test]
fn f44_a_reader_that_went_away_is_told_nothing() {
    for words in [&[][..], &["-o", "json"], &["--dry-run"], &["--help"], &["--version"], &["profile", "schema"]] {
        let server = Server::new();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = client_of(server.url()).args(words).code(7).stderr("");
        // `profile` takes no flags of the main job in front of it into account; what counts is the pipe.
        run.start_with(Stdio::null(), writer.into(), Stdio::piped()).finish();
    }
}

#[test]
fn f47_a_full_disk_is_an_error() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return not_run("this system has no /dev/full");
    };
    for words in [&[][..], &["-o", "env"], &["--dry-run"], &["--help"]] {
        let server = Server::new();
        client_of(server.url())
            .args(words)
            .code(7)
            .stderr(
                "error: the result could not be written to stdout\ncaused by: No space left on device (os error 28)\n",
            )
            .start_with(Stdio::null(), full.try_clone().unwrap().into(), Stdio::piped())
            .finish();
    }
}

#[test]
fn a_stdout_that_is_only_for_reading_is_an_error() {
    let message = "error: the result could not be written to stdout\ncaused by: Bad file descriptor (os error 9)\n";
    let server = Server::new();
    let url = server.url();
    for words in [
        &["--token-endpoint", &url][..],
        &["--token-endpoint", &url, "-o", "json"],
        &["--token-endpoint", &url, "--dry-run"],
        &["--help"],
        &["--version"],
        &["profile", "schema"],
        &["cache", "path"],
        &["completions", "bash"],
        &["request", &url, "--token-endpoint", &url],
        &["request", &url, "--token-endpoint", &url, "-o", "json"],
        &["batch", "--token-endpoint", &url],
        &["import", "--from", "curl"],
    ] {
        let run = client().args(words).file("null", "curl -u a:b -d grant_type=client_credentials https://h/t");
        let file = |name: &str| OpenOptions::new().read(true).open(run.path(name)).unwrap();
        let stdin = if words[0] == "batch" { run.path("message") } else { run.path("null") };
        std::fs::write(run.path("message"), "{}\n").unwrap();
        let (stdin, stdout) = (OpenOptions::new().read(true).open(stdin).unwrap(), file("null"));
        let note = match words[0] {
            "import" => {
                "note: -u had a secret, which is not written out; set the environment variable CLIENT_SECRET to it \
                 (--keep-secrets writes it out)\n"
            }
            _ => "",
        };
        run.code(7).stderr(format!("{note}{message}")).start_with(stdin.into(), stdout.into(), Stdio::piped()).finish();
    }
}

#[test]
fn a_closed_stdout_is_an_error() {
    let server = Server::new();
    let run = client_of(server.url()).by(["sh", "-c", "exec \"$@\" >&-", "sh"]);
    // Rust opens /dev/null in place of a closed stream, so nobody can be told; a panic would be worse.
    run.any_output().code_in(&[0, 7]).run();
}

#[test]
fn a_closed_stderr_does_not_stand_in_the_way_of_the_token() {
    let server = Server::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = client_of(server.url()).args(["-v"]).stdout("tok-1\n");
    run.start_with(Stdio::null(), Stdio::piped(), writer.into()).finish();
    let run = client_of(server.url()).args(["-v"]).prints(TOKEN).by(["sh", "-c", "exec \"$@\" 2>&-", "sh"]);
    run.run();
    if let Ok(full) = OpenOptions::new().write(true).open("/dev/full") {
        let run = client_of(server.url()).args(["-v"]).stdout("tok-1\n");
        run.start_with(Stdio::null(), Stdio::piped(), full.into()).finish();
    }
}

#[test]
fn a_failure_to_write_is_told_as_json_too() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return not_run("this system has no /dev/full");
    };
    let server = Server::new();
    let run = client_of(server.url())
        .args(["--error-format", "json"])
        .code(7)
        .stderr_with(["\"kind\":\"output\"", "\"exit_code\":7"]);
    run.start_with(Stdio::null(), full.into(), Stdio::piped()).finish();
}

/// A named pipe, to which nobody writes by itself.
fn make_pipe(run: &Run, name: &str) {
    assert!(std::process::Command::new("mkfifo").arg(run.path(name)).status().unwrap().success());
}

/// A run for every way to name a file that is no secret's, `path` below each run's home, and what is told where it is a
/// profile's, a certificate's, a body's, or foreign.
fn runs_that_read(path: &str, [profile, certificate, body, foreign]: [&str; 4]) -> Vec<Run> {
    let profile = &format!("error: {path}: {profile}\n");
    let roots = &format!(
        "error: cannot use the CA certificates in {path}: {certificate}\n\
         hint: the file must hold PEM certificates (-----BEGIN CERTIFICATE-----)\n"
    );
    let own = &format!(
        "error: cannot use the client certificate in {path}: {certificate}\n\
         hint: --cert names a PEM file with the certificate, and after it its issuers'\n"
    );
    let key = &format!(
        "error: cannot use the private key in {path}: {certificate}\n\
         hint: the key must be PEM: PKCS#8, SEC1 or PKCS#1; RSA from 2048 bits, P-256, P-384 or Ed25519\n"
    );
    let body =
        &format!("error: cannot read the body from {path}: {body}\nhint: -d @FILE names a file, -d @- is stdin\n");
    let foreign = &format!("error: {foreign}\nhint: give a file, or the text on stdin\n");
    let certificate = Ca::new("CA").cacert_text();
    let run = |words: &[&str], error: &str| {
        let run = client().args(["--token-endpoint", "https://127.0.0.1:1/t"]).file("ca.pem", &certificate);
        run.args(words).fails(2, error)
    };
    vec![
        run(&["--config", path, "-p", "x"], profile),
        run(&["-p", "x"], profile).env("OAUTH2TOK_CONFIG", path),
        run(&["-p", path], profile),
        run(&["--cacert", path], roots),
        run(&["--cert", path], own),
        run(&["--cert", "ca.pem", "--key", path], key),
        run(&[], roots).env("SSL_CERT_FILE", path),
        run(&["request", "https://127.0.0.1:1/", "-d", &format!("@{path}")], body),
        run(&["import", "--from", "curl", path], foreign),
    ]
}

#[test]
fn no_file_without_an_end_holds_a_run_beyond_its_timeout() {
    let late = "no end within 1 s";
    let told = [&format!("cannot be read: {late}"), late, late, &format!("cannot read ./pipe.yaml: {late}")];
    for run in runs_that_read("./pipe.yaml", told) {
        make_pipe(&run, "pipe.yaml");
        run.env("OAUTH2TOK_TIMEOUT", "1s").run();
    }
}

#[test]
fn no_device_without_an_end_is_read_beyond_a_cap() {
    let told = ["is larger than 4 MiB", "larger than 4 MiB", "larger than 256 MiB", "/dev/zero is larger than 4 MiB"];
    for run in runs_that_read("/dev/zero", told) {
        // A body may be 256 MiB, whose reading and wiping takes a program without optimizations a while.
        run.env("OAUTH2TOK_TIMEOUT", "2m").run();
    }
}

#[test]
fn a_directory_in_place_of_a_file_is_told() {
    let folder = "Is a directory (os error 21)";
    let told = ["is a directory", "Is a directory", folder, &format!("cannot read /tmp: {folder}")];
    for run in runs_that_read("/tmp", told) {
        run.run();
    }
}

#[test]
fn a_stdin_that_does_not_end_holds_no_run_beyond_its_timeout() {
    for (words, error) in [
        (
            &["request", "https://127.0.0.1:1/", "-d", "@-"][..],
            "error: cannot read the body from stdin: no end within 1 s\nhint: -d @FILE names a file, -d @- is stdin\n",
        ),
        (
            &["import", "--from", "curl"],
            "error: cannot read stdin: no end within 1 s\nhint: give a file, or the text on stdin\n",
        ),
    ] {
        let (reader, _writer) = std::io::pipe().unwrap();
        let run = client_of("https://127.0.0.1:1/").args(["--timeout", "1s"]).args(words).fails(2, error);
        run.start_with(reader.into(), Stdio::piped(), Stdio::piped()).finish();
    }
}

#[test]
fn what_was_spent_on_a_slow_file_is_not_given_again() {
    // The config file takes most of the budget; the server may not have all of it once more.
    let server = Server::answering(Answer::raw("").then(Then::Hang));
    let run = client().args(["--timeout", "6s", "--retry", "0", "-p", "x", "--config"]);
    make_pipe(&run, "slow.yaml");
    let pipe = run.path("slow.yaml");
    let running = run
        .args([&pipe])
        .fails(
            5,
            "error: http://127.0.0.1:[PORT]/token: timed out after 6s while waiting for the answer\n\
             hint: a longer --timeout gives the server more time\n",
        )
        .start();
    let writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(4500));
    let yaml = format!("profiles: {{ x: {{ token_endpoint: '{}' }} }}\n", server.url());
    std::io::Write::write_all(&mut &writer, yaml.as_bytes()).unwrap();
    drop(writer);
    let written = std::time::Instant::now();
    running.finish();
    assert!(written.elapsed() < std::time::Duration::from_secs(5), "{:?}", written.elapsed());
}

#[test]
fn process_substitution_and_stdin_by_its_name_are_files_like_others() {
    if !is_installed("bash") {
        return not_run("bash is not installed");
    }
    let server = Server::new();
    let authorized = |request: &Request| request.header("authorization") == Some("Basic Y2k6czNjcmV0LW9mLWNp");
    let yaml = format!("token_endpoint: {}\nclient_id: ci\nclient_secret: file:/dev/stdin\n", server.url());
    for (script, stdin) in [
        ("exec \"$0\" -p <(printf %s \"$YAML\")", SECRET),
        ("exec \"$0\" -p <(printf %s \"$YAML\") < <(printf s3cret-of-ci)", ""),
        ("exec \"$0\" --config <(printf 'profiles:\\n  x:\\n'; printf %s \"$YAML\" | sed 's/^/    /') -p x", SECRET),
        ("sed 's,/dev/stdin,secret,' <<<\"$YAML\" >x; printf s3cret-of-ci >secret; exec \"$0\" -p /dev/stdin <x", ""),
    ] {
        let run = oauth2tok().env("YAML", &yaml).by(["bash", "-c", script]).stdin(stdin);
        run.prints(TOKEN).run();
    }
    let requests = server.requests();
    assert!(requests.len() == 4 && requests.iter().all(authorized), "{requests:?}");
}
