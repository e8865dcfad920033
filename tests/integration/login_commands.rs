//! `login`, `login status` and `logout`, as far as no browser is needed.

use super::harness::browser::in_two_steps;
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

const AGREED: &str = "Open this address on any device:\nhttps://idp.example/device\nand enter this code:\nWDJB-MJHT\n\
     They are good for 5 minutes. Only if you started this login yourself.\n";

/// A server that logs anybody in by a code and revokes with this status, where it revokes.
fn server(revokes: Option<u16>) -> Server {
    Server::scripted(move |_, request| match request.target() {
        "/device" => json(
            200,
            r#"{"device_code":"dev1ce","user_code":"WDJB-MJHT","verification_uri":"https://idp.example/device","expires_in":300,"interval":1}"#,
        ),
        "/revoke" => match revokes {
            Some(200) => json(200, ""),
            Some(code) => json(code, r#"{"error":"unsupported_token_type"}"#),
            None => json(404, ""),
        },
        "/token" => token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#),
        _ => {
            let origin = request.origin();
            let revocation = revokes.map_or(String::new(), |_| format!(r#","revocation_endpoint":"{origin}/revoke""#));
            json(
                200,
                &format!(
                    r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/authorize","device_authorization_endpoint":"{origin}/device"{revocation}}}"#
                ),
            )
        }
    })
}

/// A home with the profiles `alice`, who is logged in, `bob`, who is not, and `ci`.
fn logged_in(server: &Server) -> Run {
    let issuer = server.origin();
    let run = oauth2tok().config(&format!(
        "defaults: {{ issuer: '{issuer}', client_id: app }}\nprofiles:\n  alice: {{ grant_type: authorization_code }}\n  \
         bob: {{ grant_type: device_code, scope: mail }}\n  ci: {{ client_secret: literal:s3cr3t, scope: x }}\n"
    ));
    in_two_steps(&run, &["-p", "alice", "-q"]).0.run();
    run
}

fn revoked(server: &Server) -> Vec<String> {
    let requests = server.requests();
    requests.iter().filter(|request| request.target() == "/revoke").map(|request| request.body().to_owned()).collect()
}

#[test]
fn a_login_is_told_kept_looked_at_and_ended() {
    let server = server(Some(200));
    let run = logged_in(&server);
    run.clone().args(["-p", "alice"]).stdout("tok-1\n").run();
    let status = run.clone().args(["login", "status", "-p", "alice"]).any_stdout().run().stdout;
    let cells: Vec<_> = status.trim_end().split('\t').collect();
    assert_eq!(
        [cells[0], cells[1], cells[2], cells[4], cells[5]],
        ["alice", "-", &server.origin(), "renewable", "good"]
    );
    assert!((3500..=3600).contains(&cells[3].parse().unwrap()), "{status}");
    let all = run.clone().args(["login", "status"]).code(9).any_stdout();
    let all = all.stderr("error: not logged in: bob (none)\nhint: oauth2tok login -p bob\n").run();
    assert!(all.stdout.starts_with("alice\t") && all.stdout.lines().count() == 2, "{all:?}");

    let told = run.clone().args(["login", "-p", "alice", "--device", "--field", "refresh_token"]).stdout("ref-1\n");
    let told = told.stderr_with([format!("{AGREED}note: logged in at {}, good until ", server.origin())]).run().stderr;
    assert!(told.ends_with("Z; then runs refresh it\n"), "{told}");

    let before = server.count();
    run.clone().args(["logout", "-p", "alice"]).run();
    assert_eq!(
        revoked(&server),
        [
            "token=ref-1&token_type_hint=refresh_token&client_id=app",
            "token=tok-1&token_type_hint=access_token&client_id=app"
        ]
    );
    run.clone().args(["logout", "-p", "alice"]).run();
    assert!(server.count() <= before + 3, "once is enough");
    run.args(["login", "status", "-p", "alice"])
        .code(9)
        .stdout(format!("alice\t-\t{}\t-\tunknown\tnone\n", server.origin()))
        .stderr("error: not logged in: alice (none)\nhint: oauth2tok login -p alice\n")
        .run();
}

#[test]
fn a_login_is_forgotten_whatever_the_server_says() {
    let is_forgotten = |run: &Run| run.clone().args(["login", "status", "-p", "alice"]).code(9).any_output().run();
    let ends = |status, words: &[&str]| {
        let server = server(status);
        let run = logged_in(&server);
        let ended = run.clone().args(["logout", "--retry", "0"]).args(words).any_end().run();
        assert!(is_forgotten(&run).stdout.ends_with("\tnone\n"), "{ended:?}");
        (ended.code, ended.stderr.replace(&server.origin(), "[SERVER]"), revoked(&server).len())
    };
    const REFUSED: &str = "error: profile 'alice': the login is forgotten here, and not revoked\n\
         caused by: [SERVER]/revoke refused client 'app' (none, HTTP 400)\n\
         caused by: unsupported_token_type\n\
         caused by: not revoked: refresh_token, access_token\n\
         hint: the server does not revoke tokens of this kind; oauth2tok logout --local does not ask it\n\
         hint: what is not revoked is good until it ends by itself: nothing of it is left here to try again with\n";
    const BUSY: &str = "error: profile 'alice': the login is forgotten here, and not revoked\n";
    const NOWHERE: &str = "warning: the server has no revocation_endpoint: the login is forgotten here, and its tokens are good until they end\n";
    let cases = [
        (Some(400), &["-p", "alice"][..], 3, REFUSED, 2),
        (Some(503), &["-p", "alice"], 6, BUSY, 2),
        (Some(503), &["--all"], 6, BUSY, 2),
        (None, &["-p", "alice"], 0, NOWHERE, 0),
        (Some(200), &["-p", "alice", "--local"], 0, "", 0),
        (Some(200), &["-p", "alice", "bob"], 0, "", 2),
    ];
    at_once(cases, |(status, words, code, told, sent)| {
        let found = ends(status, words);
        assert_eq!((found.0, found.2), (code, sent), "{}", found.1);
        if told == BUSY {
            assert!(found.1.starts_with(told), "{}", found.1);
        } else {
            assert_eq!(found.1, told);
        }
    });
}

#[test]
fn of_all_that_is_kept_what_belongs_to_a_profile_and_is_no_login_stays() {
    let server = server(Some(200));
    let run = logged_in(&server);
    run.clone().args(["-p", "ci", "--cache"]).stdout("tok-1\n").run();
    run.clone().args(["-p", "ci", "--cache", "-s", "elsewhere"]).stdout("tok-1\n").run();
    run.clone()
        .args(["logout", "--all"])
        .stderr("note: 1 kept token that belongs to no profile: forgotten, and not revoked\n")
        .run();
    assert_eq!(revoked(&server).len(), 2);
    let list = run.args(["cache", "list"]).any_stdout().run().stdout;
    assert!(list.starts_with("ci\t") && list.lines().count() == 1, "{list}");
}
