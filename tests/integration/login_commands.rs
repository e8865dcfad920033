//! `login`, `login status` and `logout`, as far as no browser is needed.

use super::harness::*;

const PROFILES: &str = "profiles:
  alice: { grant_type: authorization_code, issuer: 'https://idp.example', client_id: app }
  bob: { grant_type: device_code, issuer: 'https://idp.example', client_id: app, scope: mail }
  ci: { issuer: 'https://idp.example', client_id: ci, client_secret: env:CI_SECRET }
  loose: { grant_type: authorization_code, issuer: 'https://idp.example', client_id: app, cache: false }
";

#[test]
fn what_cannot_become_a_login_is_refused() {
    let run = |words: &str| oauth2tok().config(PROFILES).args(["login"]).args(words.split(' '));
    run("-p alice -g client_credentials")
        .fails(2, "error: the client_credentials grant logs nobody in\nhint: leave --grant-type out, or give authorization_code or device_code (or --device)\n")
        .run();
    run("-p alice --no-cache")
        .fails(2, "error: a login is kept, and flag --no-cache forbids that\nhint: leave it out: 'oauth2tok logout' forgets a login again\n")
        .run();
    run("-p alice")
        .env("OAUTH2TOK_CACHE", "false")
        .fails(2, "error: a login is kept, and env OAUTH2TOK_CACHE forbids that\nhint: leave it out: 'oauth2tok logout' forgets a login again\n")
        .run();
    for flag in ["--open", "--qr"] {
        run(&format!("-p alice {flag}"))
            .fails(
                2,
                format!(
                    "error: {flag} is for a login on another device\nhint: give --device with it, or leave {flag} out\n"
                ),
            )
            .run();
    }
}

#[test]
fn a_stray_word_that_is_a_profile_gets_the_whole_command() {
    for (words, command) in [
        (&["login", "alice"][..], "oauth2tok login -p alice"),
        (&["login", "status", "alice"], "oauth2tok login status -p alice"),
        (&["logout", "alice"], "oauth2tok logout -p alice"),
    ] {
        oauth2tok()
            .config(PROFILES)
            .args(words)
            .fails(2, format!("error: 'alice' is a profile, and no command\nhint: name it with -p: {command}\n"))
            .run();
    }
}

#[test]
fn the_status_without_any_login_names_the_profiles_that_ask_a_person() {
    let run = |words: &[&str]| oauth2tok().config(PROFILES).args(["login", "status"]).args(words);
    let none = |name: &str| format!("{name}\t-\thttps://idp.example\t-\tunknown\tnone\n");
    let hint = |name: &str| format!("hint: oauth2tok login -p {name}\n");
    run(&[])
        .code(9)
        .stdout(["alice", "bob", "loose"].map(none).concat())
        .stderr(format!(
            "error: not logged in: alice (none), bob (none), loose (none)\n{}",
            ["alice", "bob", "loose"].map(hint).concat()
        ))
        .run();
    run(&["-p", "bob", "alice", "-p", "bob"])
        .code(9)
        .stdout(["bob", "alice", "bob"].map(none).concat())
        .stderr(format!(
            "error: not logged in: bob (none), alice (none), bob (none)\n{}",
            ["bob", "alice", "bob"].map(hint).concat()
        ))
        .run();
    run(&["-p", "bob", "-o", "json"])
        .code(9)
        .stdout(
            "{\"account\":null,\"issuer\":\"https://idp.example\",\"name\":\"bob\",\"refresh\":\"unknown\",\"seconds_left\":null,\"state\":\"none\"}\n",
        )
        .stderr(format!("error: not logged in: bob (none)\n{}", hint("bob")))
        .run();
    let home = home();
    oauth2tok().at_home(&home).args(["login", "status"]).run();
    assert!(
        !home.path().join("cache").exists() && !home.path().join("state").exists(),
        "looking leaves nothing behind"
    );
}

#[test]
fn where_several_profiles_are_meant_variables_shape_none() {
    let run = |words: &[&str]| {
        oauth2tok()
            .config(PROFILES)
            .env("OAUTH2TOK_ISSUER", "https://other.example")
            .args(["login", "status"])
            .args(words)
    };
    let told = |run: Run| run.code(9).any_output().run();
    assert!(told(run(&[])).stdout.contains("https://idp.example") && !told(run(&[])).stdout.contains("other.example"));
    assert!(told(run(&["-p", "alice"])).stdout.contains("https://other.example"), "one alone is as in a run");
    let verbose = told(run(&["-v"]));
    assert!(verbose.stderr.contains("* OAUTH2TOK_ISSUER does not count for more than one profile\n"), "{verbose:?}");
}

#[test]
fn who_is_not_logged_in_is_logged_out() {
    let run = |words: &[&str]| oauth2tok().config(PROFILES).args(["logout"]).args(words);
    for words in [&["-p", "alice"][..], &["-p", "alice", "bob", "ci"], &["--all"], &["--all", "--local"]] {
        run(words).run();
    }
    run(&["-p", "alice", "-v"]).stderr_with(["* profile 'alice': no login was kept\n"]).run();
    run(&[])
        .fails(2, "error: token_endpoint or issuer is missing\nhint: name a profile of [HOME]/config/oauth2tok/config.yaml: -p alice, -p bob, -p ci, -p loose\n")
        .run();
    for (flag, value) in [("--profile", "alice"), ("--issuer", "https://idp.example"), ("--client-id", "x")] {
        run(&["--all", flag, value])
            .fails(2, format!("error: --all and {flag} exclude each other\nhint: --all ends the login of every profile, as the profile says; -p names one\n"))
            .run();
    }
    run(&["-p", "alice", "--dry-run"])
        .fails(2, "error: logout has no dry run\nhint: 'oauth2tok login status' shows what is kept\n")
        .run();
    run(&["-p", "nobody"]).fails_with(2, ["error: "]).run();
}
