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
