//! What is said to whom a login does not come about, or does not end, as it should.

use crate::harness::browser::Browser;
use crate::harness::server::{Answer, Server, closed_port, json, status, token_with};
use crate::harness::{Run, at_once, client_of, oauth2tok};

/// A server that logs anybody in by a code, and answers as `revoke` says to whoever has a token revoked.
fn ending(revoke: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Server {
    Server::scripted(move |_, request| match request.target() {
        "/device" => json(
            200,
            r#"{"device_code":"dev1ce","user_code":"WDJB-MJHT","verification_uri":"https://idp.example/device","expires_in":300,"interval":1}"#,
        ),
        "/revoke" => revoke(&request.field("token_type_hint").unwrap()),
        "/token" => token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#),
        _ => {
            let at = request.origin();
            let endpoints = format!(
                r#""token_endpoint":"{at}/token","device_authorization_endpoint":"{at}/device","revocation_endpoint":"{at}/revoke""#
            );
            json(200, &format!(r#"{{"issuer":"{at}",{endpoints}}}"#))
        }
    })
}

/// `logout` of the profile `alice`, who is logged in.
fn logout(server: &Server, retry: &str) -> Run {
    logout_with(server, retry, false)
}

/// The same where deviations are not tolerated, if so.
fn logout_with(server: &Server, retry: &str, strict: bool) -> Run {
    let issuer = server.origin();
    let run = oauth2tok()
        .config(&format!("profiles:\n  alice: {{ grant_type: device_code, issuer: '{issuer}', client_id: app }}\n"))
        .env("OAUTH2TOK_STRICT", strict.to_string());
    run.clone().args(["login", "-p", "alice"]).any_stderr().run();
    run.args(["logout", "-p", "alice", "--retry", retry])
}

#[test]
fn what_is_not_revoked_is_named_and_what_becomes_of_it() {
    const REST: &str =
        "hint: what is not revoked is good until it ends by itself: nothing of it is left here to try again with\n";
    let told = |why: &str, what: &str, hint: &str| {
        format!(
            "error: profile 'alice': the login is forgotten here, and not revoked\n\
             caused by: http://127.0.0.1:[PORT]/revoke {why}\n{what}{hint}{REST}"
        )
    };
    let both = "caused by: not revoked: refresh_token, access_token\n";
    for (refused, what) in [("_token", both), ("access_token", "caused by: not revoked: access_token\n")] {
        let server = ending(move |hint| match hint.ends_with(refused) {
            true => json(400, r#"{"error":"unsupported_token_type"}"#),
            false => json(200, ""),
        });
        let why = "refused client 'app' (none, HTTP 400)\ncaused by: unsupported_token_type";
        let hint = "hint: the server does not revoke tokens of this kind; oauth2tok logout --local does not ask it\n";
        logout(&server, "0").fails(3, told(why, what, hint)).run();
    }
    let why = "is unavailable (HTTP 503)\ncaused by: the server sent an empty body (no Content-Type)";
    let hint = "hint: try again later; --retry and --timeout say how often and how long a run tries by itself\n";
    logout(&ending(|_| status(503, &[], "")), "0").fails(6, told(why, both, hint)).run();
}

/// Nothing is answered.
fn lost() -> Answer {
    Answer::raw("")
}

#[test]
fn of_two_tokens_it_is_told_which_is_not_revoked_and_how_often_that_one_was_asked_for() {
    let revoked = || json(200, "");
    let refused = || json(400, r#"{"error":"unsupported_token_type"}"#);
    let busy = || status(503, &["Retry-After: 0"], "");
    const REFUSED: &str = "refused client 'app' (none, HTTP 400)";
    const BUSY: &str = "is unavailable (HTTP 503)";
    const LOST: &str = "the server closed the connection without an answer";
    let (both, refresh, access) = ("refresh_token, access_token", "refresh_token", "access_token");
    type Answers = (fn() -> Answer, fn() -> Answer);
    let cases: [(Answers, i32, &str, &str, &str); 8] = [
        ((refused, lost), 3, REFUSED, "", both),
        ((refused, busy), 3, REFUSED, "", both),
        ((refused, revoked), 3, REFUSED, "", refresh),
        ((busy, revoked), 6, BUSY, ", attempt 2 of 2", refresh),
        ((busy, refused), 6, BUSY, ", attempt 2 of 2", both),
        ((revoked, refused), 3, REFUSED, "", access),
        ((revoked, lost), 5, LOST, ", attempt 2 of 2", access),
        ((lost, revoked), 5, LOST, ", attempt 2 of 2", both),
    ];
    at_once(cases, |((of_refresh, of_access), code, why, attempts, rest)| {
        let server = ending(move |hint| if hint == "refresh_token" { of_refresh() } else { of_access() });
        let told = logout(&server, "1").code(code).any_stderr().run().stderr;
        let (message, told) = told.split_once('\n').unwrap();
        let expected = "error: profile 'alice': the login is forgotten here, and not revoked".to_owned() + attempts;
        assert_eq!(message, expected, "{told}");
        assert!(told.lines().next().unwrap().ends_with(why), "{told}");
        assert!(told.contains(&format!("\ncaused by: not revoked: {rest}\n")), "{told}");
    });
    // A bend of the first keeps nobody from ending the second.
    let server = ending(move |hint| if hint == "refresh_token" { status(204, &[], "") } else { revoked() });
    let told = logout_with(&server, "0", true).code(4).any_stderr().run().stderr;
    assert!(told.contains("\ncaused by: not revoked: refresh_token\n"), "{told}");
    assert_eq!(server.requests().iter().filter(|request| request.target() == "/revoke").count(), 2);
}

/// A server that is busy when it is first asked, and then says this of itself; nothing of it can be posted to.
fn waking(endpoints: &'static [&str]) -> Server {
    Server::scripted(move |number, request| {
        let at = request.origin();
        let named: String = endpoints.iter().map(|name| format!(r#","{name}":"{at}/{name}""#)).collect();
        match number {
            1 => status(503, &["Retry-After: 0"], ""),
            _ => json(200, &format!(r#"{{"issuer":"{at}"{named}}}"#)),
        }
    })
}

/// `login` with `flags` at `server`.
fn login(server: &Server, flags: &[&str]) -> Run {
    oauth2tok().args(["login", "--issuer", &server.origin(), "-i", "app"]).args(flags)
}

#[test]
fn only_what_was_attempted_counts_its_attempts() {
    let server = waking(&["token_endpoint"]);
    login(&server, &["--device"])
        .fails(
            4,
            "error: http://127.0.0.1:[PORT] names no device_authorization_endpoint\n\
             hint: if the server has one, write device_authorization_endpoint: URL\n",
        )
        .run();
    // Nor does what comes of an answer that was taken.
    let server = waking(&["authorization_endpoint"]);
    login(&server, &[]).fails(4, "error: the metadata at http://127.0.0.1:[PORT]/.well-known/openid-configuration is not used: it has no token_endpoint\nhint: check --issuer against the 'issuer' that the server publishes, or give --token-endpoint\n").run();
    let server = Server::answering(status(503, &["Retry-After: 0"], ""));
    login(&server, &[]).fails_with(6, ["error: no metadata found for issuer ", ", attempt 3 of 3\n"]).run();
    let (_held, port) = closed_port();
    let (server, api) = (Server::new(), format!("http://127.0.0.1:{port}/"));
    let run = client_of(server.url()).args(["request", &api, "--retry", "1"]);
    run.fails_with(5, ["error: cannot connect to ", ": Connection refused, attempt 2 of 2\n"]).run();
}

/// What nobody who could be asked is told to type.
fn typed(command: &str) -> String {
    format!(
        "error: a person must log in: no login is kept\ncaused by: nobody is asked: this is no terminal that somebody \
         sits at\nhint: oauth2tok login{command}\n"
    )
}

#[test]
fn who_is_to_log_in_is_told_all_that_was_said_by_flag() {
    let config = "profiles:\n  alice: { grant_type: device_code, issuer: 'https://idp.example', client_id: app }\n";
    let expected: [(&[&str], &str); 16] = [
        (&["-s", "mail", "-s", "calendar"], "-s 'mail calendar'"),
        (&["--scope", ""], "-s ''"),
        (&["-s", "api:read https://www.example/auth/mail"], "-s 'api:read https://www.example/auth/mail'"),
        (&["--audience", "api one", "--audience", "it's"], r"--audience 'api one' --audience 'it'\''s'"),
        (&["--resource", "https://api.example/"], "--resource https://api.example/"),
        (&["--issuer", "https://other.example:8443/a"], "--issuer https://other.example:8443/a"),
        (&["-g", "authorization_code"], "-g authorization_code"),
        (&["-u", "ada lovelace"], "-u 'ada lovelace'"),
        (&["-u", "ada@a.example"], "-u ada@a.example"),
        (&["--client-id", "-app"], "'--client-id=-app'"),
        (&["-i", "6731de76-14a6-49ae-97bc-6eba6914391e"], "-i 6731de76-14a6-49ae-97bc-6eba6914391e"),
        (&["--dpop"], "--dpop"),
        (&["--no-dpop", "--strict"], "--no-dpop --strict"),
        (
            &["--client-secret", "env:CI_SECRET", "-a", "post", "-x", "http://proxy:1"],
            "--client-secret env:CI_SECRET -a post -x http://proxy:1",
        ),
        (&["--cacert", "config/oauth2tok/config.yaml"], "--cacert config/oauth2tok/config.yaml"),
        // What only this run is about is not said again.
        (&["--timeout", "5s", "--retry", "0", "-q", "--min-valid", "1m", "-o", "json", "--cache"], ""),
    ];
    for (flags, command) in expected {
        let command = [" -p alice", command].join(if command.is_empty() { "" } else { " " });
        let run = oauth2tok().config(config).args(["-p", "alice"]).args(flags);
        run.env("CI_SECRET", "s3cret").fails(9, typed(&command)).run();
    }
    // What a variable says holds where the command is typed.
    let run = oauth2tok().config(config).env("OAUTH2TOK_SCOPE", "mail").env("OAUTH2TOK_PROFILE", "alice");
    run.fails(9, typed(" -p alice")).run();
    let run = oauth2tok().env("OAUTH2TOK_ISSUER", "https://idp.example").env("OAUTH2TOK_CLIENT_ID", "app");
    run.env("OAUTH2TOK_GRANT_TYPE", "device_code").fails(9, typed("")).run();
    let run = oauth2tok().config(config).args([
        "login",
        "status",
        "-p",
        "alice",
        "-s",
        "mail",
        "--auth-param",
        "hd=a.example",
    ]);
    run.fails(
        9,
        "error: not logged in: alice (none)\nhint: oauth2tok login -p alice -s mail (with the same --auth-param)\n",
    )
    .any_stdout()
    .run();
}

#[test]
fn what_may_be_secret_or_would_be_said_otherwise_is_not_in_the_command() {
    let config = "profiles:\n  alice: { grant_type: device_code, issuer: 'https://idp.example', client_id: app, \
                  headers: { X-Api-Key: hunter2 } }\n  bob: { extends: alice, token_endpoint_auth_method: \
                  private_key_jwt, signer: cat, signing_alg: ES256, assertion_claims: { x: { password: hunter2 } } }\n";
    let jwt = "eyJhbGciOiJub25lIn0.e30.hunter2";
    let header = format!("X-Fwd: {jwt}");
    let long = "hunter2 ".repeat(200);
    let expected: [(&[&str], &str); 31] = [
        // What maps, JSON and commands hold.
        (&["--assertion-claim", "a=b"], "--assertion-claim"),
        (&["--assertion-claim", r#"x:={"password":"hunter2"}"#], "--assertion-claim"),
        (&["--authorization-details", r#"[{"type":"a","credential":{"pin":"hunter2"}}]"#], "--authorization-details"),
        (&["--authorization-details", "@details.json"], "--authorization-details"),
        (&["-H", "X-Fwd: Bearer hunter2"], "--header"),
        (&["-H", "X-Fwd: Basic aHVudGVyMg=="], "--header"),
        (&["-H", &header], "--header"),
        (&["-H", "X-Api-Key: hunter2", "-H", "X-Tenant: acme"], "--header"),
        (&["--param", "otp=hunter2"], "--param"),
        (&["--param", "a=x\nerror: hunter2"], "--param"),
        (&["--signer", "sh -c hunter2"], "--signer"),
        // Secrets that are written out, or what runs something; no file.
        (&["--client-secret", "hunter2"], "--client-secret"),
        (&["--client-secret", "literal:hunter2"], "--client-secret"),
        (&["--client-secret", "command:printf hunter2"], "--client-secret"),
        (&["--client-secret", "command:pwd"], "--client-secret"),
        (&["--cacert", "hunter2"], "--cacert"),
        // Addresses with credentials in them.
        (&["-x", "http://ada:hunter2@proxy:1"], "--proxy"),
        (&["-x", "ada:hunter2@proxy:1"], "--proxy"),
        (&["--token-endpoint", "https://idp.example/t?api_key=hunter2"], "--token-endpoint"),
        (&["--resource", "https://ada:hunter2@api.example/"], "--resource"),
        (&["--resource", "https://api.example/?token=hunter2"], "--resource"),
        (&["--resource", "https://api.example/?k=hunter2"], "--resource"),
        (&["--resource", "https://api.example/", "--resource", "https://api.example/?hunter2"], "--resource"),
        (&["--audience", "https://ada:hunter2@api.example/"], "--audience"),
        (&["--audience", "Bearer hunter2"], "--audience"),
        // What looks like a secret, steers a terminal, or is cut where it is shown.
        (&["-s", jwt], "--scope"),
        (&["-s", "q8Zk2Lw9Xv4Bt7hunter2"], "--scope"),
        (&["-u", "ada:hunter2"], "--username"),
        (&["--audience", "a\u{202e}hunter2"], "--audience"),
        (&["-s", &long], "--scope"),
        // Each once, in the order of the table.
        (
            &["-H", "A: hunter2", "--client-secret", "hunter2", "--param", "a=b", "--param", "c=d", "-H", "B: c"],
            "--param, --client-secret and --header",
        ),
    ];
    for (flags, same) in expected {
        let run = oauth2tok().config(config).file("details.json", r#"[{"type":"a","pin":"hunter2"}]"#);
        let profile = if same == "--assertion-claim" || same == "--signer" { "bob" } else { "alice" };
        let run = run.env("OAUTH2TOK_DEVICE_AUTHORIZATION_ENDPOINT", "https://idp.example/device");
        let asked = run.args(["-p", profile]).args(flags).code(9).any_stderr().run().stderr;
        let at = asked.find("error: ").unwrap();
        let told = typed(&format!(" -p {profile} (with the same {same})"));
        assert_eq!(asked[at..], told, "{flags:?}");
        assert!(!asked.contains("hunter2"), "{asked}");
    }
}

#[test]
fn where_the_cache_is_refused_a_login_is_kept_that_nothing_looks_for_and_that_is_told() {
    let server = ending(|_| json(200, ""));
    let config = format!(
        "profiles:\n  alice:\n    grant_type: device_code\n    issuer: '{}'\n    client_id: app\n    cache: false\n",
        server.origin()
    );
    let told = "cache: false (profile [HOME]/config/oauth2tok/config.yaml:6): a kept login is not looked for; write \
                cache: true there, or leave it out\n";
    let run = oauth2tok().config(&config);
    let asked = run.clone().args(["login", "-p", "alice"]).any_stderr().run().stderr;
    assert!(
        asked.ends_with(&format!(
            "Z\nwarning: {}",
            told.replace("[HOME]/config/oauth2tok/config.yaml", &run.config_path().to_string_lossy())
        )),
        "{asked}"
    );
    let nobody = |why: &str| typed(" -p alice").replace("\nhint: ", &format!("\nhint: {why}hint: "));
    run.clone().args(["-p", "alice"]).fails(9, nobody(told)).run();
    let flag = "cache: false (flag --no-cache): a kept login is not looked for; leave it out\n";
    run.clone().args(["-p", "alice", "--no-cache"]).fails(9, nobody(flag)).run();
    let variable = flag.replace("flag --no-cache", "env OAUTH2TOK_CACHE");
    run.env("OAUTH2TOK_CACHE", "false").args(["-p", "alice"]).fails(9, nobody(&variable)).run();
    let run = oauth2tok().config(&config.replace("    cache: false\n", ""));
    let asked = run.args(["login", "-p", "alice"]).any_stderr().run().stderr;
    assert!(asked.ends_with("runs refresh it\n"), "{asked}");
}

#[test]
fn a_run_that_is_refused_before_anything_is_done_warns_of_nothing_that_it_would_have_done() {
    let deprecated = "warning: the password grant is deprecated: it must not be used any more (RFC 9700 §2.4); quiet: true \
                      in the profile silences this\n";
    let server = ending(|_| json(200, ""));
    let run = |words: &[&str]| oauth2tok().args(words).args(["--issuer", &server.origin(), "-i", "app"]);
    run(&["login", "-g", "password", "--insecure", "--resource", "api"])
        .fails(
            2,
            "error: the password grant logs nobody in\n\
             hint: leave --grant-type out, or give authorization_code or device_code (or --device)\n",
        )
        .run();
    let missing = "error: username (the password grant needs it) is missing\n\
                   hint: give --username NAME, OAUTH2TOK_USERNAME or username in a profile\n";
    run(&["-g", "password", "--insecure", "--password", "env:P", "--client-secret", "env:S"]).fails(2, missing).run();
    let password = ["-g", "password", "-u", "ada", "--password", "env:P", "--client-secret", "env:S"];
    run(&password)
        .env("S", "s3cret")
        .fails(
            2,
            // Who is asked for a secret knows before how it will go out.
            deprecated.to_owned()
                + "error: cannot read password from env:P\ncaused by: the environment variable P is not set\n\
                   hint: set it: export P=…, or in CI, give the job access to the secret\n",
        )
        .run();
    let all = [&["request", "nowhere"][..], &password, &["--resource", "api"]].concat();
    run(&all)
        .env("S", "s3cret")
        .env("P", "passw0rd")
        .fails(
            2,
            "error: the URL is relative, and there is no base URL\n\
             hint: give an absolute URL, --base-url URL, or base_url in the profile\n",
        )
        .run();
    // What is done is warned of.
    run(&password).env("S", "s3cret").env("P", "passw0rd").prints("tok-1").stderr(deprecated).run();
    // A login has a grant of its own.
    let config = format!(
        "profiles:\n  ada:\n    issuer: '{}'\n    client_id: app\n    client_secret: literal:s3cret\n    \
         grant_type: password\n    username: ada\n    password: env:P\n",
        server.origin()
    );
    let run = oauth2tok().config(&config).args(["login", "--device", "-p", "ada"]);
    let told = run.clone().any_stderr().run().stderr;
    assert!(!told.contains("deprecated"), "{told}");
    // And no run of this profile has that.
    let place = format!("profile {}:6", run.config_path().display());
    assert!(
        told.ends_with(&format!(
            "warning: no run of this profile looks for this login: its grant_type is another ({place}); write grant_type: \
             device_code\n"
        )),
        "{told}"
    );
    let without = config.split("    grant_type").next().unwrap();
    let told = run.config(without).any_stderr().run().stderr;
    assert!(told.contains("looks for this login: it has no grant_type; write grant_type: device_code\n"), "{told}");
}

#[test]
fn a_way_that_the_server_lacks_is_told_with_the_other_way() {
    let browser = waking(&["token_endpoint", "authorization_endpoint"]);
    let device = waking(&["token_endpoint", "device_authorization_endpoint"]);
    let run = |server: &Server, grant: &str, words: &[&str]| {
        let issuer = server.origin();
        let run = oauth2tok()
            .config(&format!("profiles:\n  alice: {{ grant_type: {grant}, issuer: '{issuer}', client_id: app }}\n"));
        run.args(words).args(["-p", "alice", "-s", "mail"])
    };
    let told = |lacks: &str, what: &str, (begin, way): (&str, &str)| {
        format!(
            "error: http://127.0.0.1:[PORT] names no {lacks}\n\
             hint: log in with {what} instead: oauth2tok login{begin} -p alice -s mail {way}\n\
             hint: if the server has one, write {lacks}: URL\n"
        )
    };
    let (authorization, by_code) = ("authorization_endpoint", "device_authorization_endpoint");
    let instead = |begin| told(by_code, "the browser", (begin, "-g authorization_code"));
    for words in [&["login", "--device"][..], &["login", "-g", "device_code"]] {
        run(&browser, "authorization_code", words).fails(4, instead("")).run();
    }
    run(&browser, "device_code", &["login"]).fails(4, instead("")).run();
    // Whoever cannot have a process wait goes the other way in two steps as well.
    run(&browser, "authorization_code", &["login", "--begin", "--device"]).fails(4, instead(" --begin")).run();
    let instead = |begin| told(authorization, "a code", (begin, "--device"));
    run(&device, "authorization_code", &["login", "--begin"]).fails(4, instead(" --begin")).run();
    let instead = instead("");
    for words in [&["login"][..], &["login", "--acr-values", "gold", "--no-browser"]] {
        run(&device, "authorization_code", words).fails(4, &*instead).run();
    }
    let asks = run(&device, "authorization_code", &[]).env("OAUTH2TOK_LOGIN", "always");
    asks.fails(4, &*instead).run();
    // What is not repeated is told behind it.
    let more = instead.replace("--device\n", "--device (with the same --header)\n");
    run(&device, "authorization_code", &["login", "-H", "X-Fwd: Bearer hunter2"]).fails(4, more).run();
    // What is given counts as what metadata names.
    let given = [("OAUTH2TOK_DEVICE_AUTHORIZATION_ENDPOINT", "https://idp.example/device")];
    let neither = waking(&["token_endpoint"]);
    let bare = run(&neither, "authorization_code", &["login"]);
    bare.clone().env(given[0].0, given[0].1).fails(4, &*instead).run();
    bare.fails(
        4,
        "error: http://127.0.0.1:[PORT] names no authorization_endpoint\n\
         hint: if the server has one, write authorization_endpoint: URL\n",
    )
    .run();
}

#[test]
fn who_waited_in_vain_for_the_browser_is_told_what_its_page_may_be_saying() {
    let known = |more: &'static str| {
        Server::scripted(move |_, request| match request.target() {
            "/par" => json(201, r#"{"request_uri":"urn:example:1","expires_in":1}"#),
            _ => {
                let at = request.origin();
                let more = more.replace("AT", &at);
                json(
                    200,
                    &format!(
                        r#"{{"issuer":"{at}","token_endpoint":"{at}/token","authorization_endpoint":"{at}/a"{more}}}"#
                    ),
                )
            }
        })
    };
    let told = |server: &Server, flags: &[&str], is_reached: bool| {
        let (run, browser) = Browser::of(login(server, flags));
        let running = run.code(9).any_stderr().start();
        if is_reached {
            browser.begin();
        }
        let stderr = running.finish().stderr;
        let at = stderr.find("error: ").unwrap();
        let port = stderr.split("http://127.0.0.1:").last().unwrap().split('/').next().unwrap().to_owned();
        stderr[at..].replace(&port, "[BACK]")
    };
    let head = |timeout: &str| format!("error: nobody came back from the browser within {timeout}\n");
    let refused = "hint: if the browser shows an error of the server: does it know client 'app', and is \
                   http://127.0.0.1:[BACK]/callback registered for it (redirect_uri)? some servers take any port on \
                   127.0.0.1, some none but the registered one\n";
    let unreached = "hint: if the browser cannot reach that address: it runs on another machine; have the port forwarded (ssh -L)\n";
    let by_code = unreached.replace("have the port", "log in with --device, or have the port");
    let silent = "hint: if nothing happens after the login page: its Content-Security-Policy may forbid the way back (form-action)\n";
    let short = |timeout: &str, twice: &str| {
        format!(
            "hint: if {timeout} was too short: login_timeout: {twice} in a profile, or --login-timeout {twice} for oauth2tok login\n"
        )
    };
    let simple = known("");
    let expected = head("500ms") + refused + unreached + silent + &short("500ms", "1s");
    assert_eq!(told(&simple, &["--login-timeout", "500ms"], false), expected);
    // Who was there can reach the port.
    let expected = head("1s") + refused + silent + &short("1s", "2s");
    assert_eq!(told(&simple, &["--login-timeout", "1s"], true), expected);
    let pushed = known(r#","device_authorization_endpoint":"AT/d","pushed_authorization_request_endpoint":"AT/par""#);
    let over =
        "hint: if it says that the request is not known or is over: its address was good for 1s only; log in again\n";
    let expected = head("1s 500ms") + refused + over + &by_code + silent + &short("1s 500ms", "3s");
    assert_eq!(told(&pushed, &["--login-timeout", "1500ms", "--par"], false), expected);
    let expected = head("500ms") + refused + &by_code + silent + &short("500ms", "1s");
    assert_eq!(told(&pushed, &["--login-timeout", "500ms", "--par"], false), expected);
}
