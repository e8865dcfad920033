//! A login that cannot be kept, or whose new refresh token cannot: what is told, printed and left behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::Run;
use crate::harness::browser::{Browser, in_two_steps, login_server, posted, profile, simple_login_server};
use crate::harness::server::{Server, token_with};

/// The same run where no file may grow, as on a full disk.
fn on_a_full_disk(run: Run) -> Run {
    run.by(["/bin/sh", "-c", "ulimit -f 0; exec \"$0\" \"$@\""])
}

/// What is told of such a login, for this reason, the time until when it is good left out.
fn unkept(server: &Server, told: &str, why: &str) -> String {
    format!(
        "warning: the token is not kept: {why}\n{told}note: logged in at {}, good until [TIME]; then it ends\n\
         error: the login is not kept: it ends with this token\n\
         caused by: {why}\n",
        server.origin()
    )
}

/// What was told, with the first time in it left out.
fn timeless(told: &str) -> String {
    let (before, after) = told.split_once("good until ").unwrap();
    format!("{before}good until [TIME];{}", after.split_once(';').unwrap().1)
}

#[test]
fn without_a_place_for_it_a_login_is_exit_7_and_printed_where_that_was_asked_for() {
    let server = simple_login_server();
    for (words, stdout) in [
        (&[][..], ""),
        (&["-o", "token"], "tok-1\n"),
        (&["--field", "refresh_token"], "ref-1\n"),
        (&["-q", "-o", "header"], "Authorization: Bearer tok-1\n"),
    ] {
        // A file stands where the directory is to be.
        let run = profile(&server, "").file("cache", "").args(["login", "-p", "p"]).args(words);
        let place = run.path_text("cache/oauth2tok");
        let (run, browser) = Browser::of(run);
        let running = run.code(7).stdout(stdout).any_stderr().start();
        let asked = browser.begin();
        assert_eq!(asked.comes_back(&[("code", "c")]).heading(), "You are logged in");
        let prompt =
            format!("A browser is being opened to log in. If none comes up, open this address:\n{}\n", asked.url);
        let why = format!("cannot use {place}: Not a directory (os error 20)");
        let told = running.finish().stderr;
        match words.contains(&"-q") {
            false => assert_eq!(timeless(&told), unkept(&server, &prompt, &why)),
            // Why it fails is told all the same.
            true => assert_eq!(
                told,
                format!("{prompt}error: the login is not kept: it ends with this token\ncaused by: {why}\n")
            ),
        }
    }
}

/// A server whose tokens and refresh tokens are numbered; those that come later live longer.
fn numbered() -> Server {
    let count = AtomicUsize::new(0);
    login_server("", move |_, _| {
        let n = count.fetch_add(1, Ordering::SeqCst) + 1;
        let expires_in = if n == 1 { 3600 } else { 10800 };
        token_with(&format!("t-{n}"), &format!(r#","expires_in":{expires_in},"refresh_token":"r-{n}""#))
    })
}

/// Has every token of an hour count as expired.
const EXPIRED: [&str; 4] = ["-p", "p", "--min-valid", "2h"];

/// Why nothing can be written at `home`, where one login is kept.
fn too_large(run: &Run) -> String {
    let entries = std::fs::read_dir(run.path("cache/oauth2tok")).unwrap().map(|entry| entry.unwrap().path());
    let mut entries = entries.filter(|path| path.extension().is_none() && path.file_name().unwrap() != "swept");
    format!("cannot write {}: File too large (os error 27)", entries.next().unwrap().display())
}

#[test]
fn a_new_login_that_cannot_be_kept_leaves_the_one_before() {
    let server = numbered();
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let why = too_large(&run);
    for (words, stdout) in [(&[][..], ""), (&["--field", "refresh_token"], "r-3\n")] {
        let (finish, _) = in_two_steps(&run, &["-p", "p"]);
        let told = on_a_full_disk(finish.args(words)).code(7).stdout(stdout).any_stderr().run().stderr;
        assert_eq!(timeless(&told), unkept(&server, "", &why));
        run.clone().args(["-p", "p"]).stdout("t-1\n").run();
    }
}

#[test]
fn a_new_refresh_token_that_cannot_be_kept_costs_no_token_and_is_told() {
    let server = numbered();
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let why = too_large(&run);
    on_a_full_disk(run.clone().args(EXPIRED))
        .stdout("t-2\n")
        .stderr(format!(
            "warning: the login ends with this token: the refresh token that came with it is not kept: {why}\n"
        ))
        .run();
    // What was kept is as it was.
    run.args(["-p", "p"]).stdout("t-1\n").run();
}

#[test]
fn a_refresh_token_that_stays_the_same_ends_no_login() {
    let server = login_server("", |_, request| match request.field("refresh_token") {
        None => token_with("t-1", r#","expires_in":3600,"refresh_token":"r""#),
        Some(_) => token_with("t-2", r#","expires_in":10800"#),
    });
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let why = too_large(&run);
    let refreshed = run.args(EXPIRED).stdout("t-2\n");
    on_a_full_disk(refreshed.clone()).stderr(format!("warning: the token is not kept: {why}\n")).run();
    refreshed.run();
    let sent = posted(&server).into_iter().filter_map(|request| request.field("refresh_token"));
    assert_eq!(sent.collect::<Vec<_>>(), ["r", "r"]);
}

#[test]
fn a_login_that_cannot_be_begun_is_not() {
    let server = numbered();
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    let told = on_a_full_disk(run.clone().args(["login", "-p", "p", "--begin"])).code(7).any_stderr().run().stderr;
    let cache = run.path_text("cache/oauth2tok/");
    assert!(
        told.starts_with(&format!("error: a login in two steps cannot be kept\ncaused by: cannot write {cache}")),
        "{told}"
    );
    assert!(told.ends_with(".pending: File too large (os error 27)\n") && told.lines().count() == 2, "{told}");
}
