//! Where settings come from, which one wins, and how a mistake in them is told. Nothing is sent where something is wrong.

use std::process::Stdio;

use super::harness::*;

use httpmock::Method::POST;
use httpmock::MockServer;

// ---------------------------------------------------------------------------------------------------------- precedence

#[test]
fn a_flag_beats_the_environment_beats_the_profile_beats_the_defaults() {
    let server = Server::new();
    let config = format!(
        "defaults:\n  audience: from-defaults\n  scope: from-defaults\nprofiles:\n  p:\n    token_endpoint: {}\n    client_id: from-profile\n    scope: from-profile\n    client_secret: x-secret\n",
        server.url()
    );
    let post = |run: Run| {
        run.config(&config).args(["-p", "p", "-a", "post"]).prints(TOKEN).run();
        server.requests().last().unwrap().body().to_owned()
    };
    let tail = "&audience=from-defaults&client_id=from-profile&client_secret=x-secret";
    assert_eq!(post(oauth2tok()), format!("grant_type=client_credentials&scope=from-profile{tail}"));
    assert_eq!(
        post(oauth2tok().env("OAUTH2TOK_SCOPE", "from env")),
        format!("grant_type=client_credentials&scope=from+env{tail}")
    );
    assert_eq!(
        post(oauth2tok().env("OAUTH2TOK_SCOPE", "from env").args(["-s", "from", "-s", "flag"])),
        format!("grant_type=client_credentials&scope=from+flag{tail}")
    );
}

#[test]
fn an_empty_scope_flag_takes_the_profiles_scope_away() {
    let server = Server::new();
    client_of(server.url())
        .config("defaults: { scope: unwanted, audience: unwanted }\n")
        .args(["-s", "", "--audience", ""])
        .prints(TOKEN)
        .run();
    assert_eq!(server.request().body(), "grant_type=client_credentials");
}

#[test]
fn every_setting_has_a_variable() {
    let server = MockServer::start();
    let mock = server.mock(|when, then| {
        when.method(POST)
            .path("/t")
            .header("X-A", "1")
            .header("X-B", "2: 3")
            .header("Authorization", "Basic aWQ6c2Vj")
            .form_urlencoded_tuple("grant_type", "password")
            .form_urlencoded_tuple("username", "al ice")
            .form_urlencoded_tuple("password", "pw-of-alice")
            .form_urlencoded_tuple("scope", "a b")
            .form_urlencoded_tuple("audience", "x y")
            .form_urlencoded_tuple("resource", "urn:r")
            .form_urlencoded_tuple("tenant", "acme=1")
            .form_urlencoded_tuple("other", "2");
        then.status(200)
            .header("Content-Type", "application/json")
            .body(r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":60}"#);
    });
    oauth2tok()
        .env("OAUTH2TOK_TOKEN_ENDPOINT", server.url("/t"))
        .env("OAUTH2TOK_GRANT_TYPE", "password")
        .env("OAUTH2TOK_USERNAME", "al ice")
        .env("OAUTH2TOK_PASSWORD", "pw-of-alice")
        .env("OAUTH2TOK_SCOPE", "a b")
        .env("OAUTH2TOK_AUDIENCE", "x y")
        .env("OAUTH2TOK_RESOURCE", "urn:r")
        .env("OAUTH2TOK_PARAM", "tenant=acme=1\nother=2")
        .env("OAUTH2TOK_HEADER", "X-A: 1\nX-B: 2: 3")
        .env("OAUTH2TOK_CLIENT_ID", "id")
        .env("OAUTH2TOK_CLIENT_SECRET", "sec")
        .env("OAUTH2TOK_AUTH_METHOD", "basic")
        .env("OAUTH2TOK_BASIC_ENCODING", "raw")
        .env("OAUTH2TOK_TIMEOUT", "20s")
        .env("OAUTH2TOK_CONNECT_TIMEOUT", "5")
        .env("OAUTH2TOK_RETRY", "0")
        .env("OAUTH2TOK_OUTPUT", "env")
        .env("OAUTH2TOK_ENV_NAME", "MY_TOKEN")
        .env("OAUTH2TOK_QUIET", "1")
        .env("OAUTH2TOK_STRICT", "true")
        .stdout("export MY_TOKEN='tok-1'\n")
        .run();
    mock.assert();
}

#[test]
fn secrets_of_the_environment_may_be_in_files() {
    let server = Server::new();
    let run = oauth2tok();
    let (secret, password) = (run.path_text("secret"), run.path_text("password"));
    run.file("secret", "sec\n")
        .file("password", "pass\r\n")
        .env("OAUTH2TOK_CLIENT_SECRET_FILE", secret)
        .env("OAUTH2TOK_PASSWORD_FILE", password)
        .args(["--token-endpoint", &server.url(), "-i", "id", "-a", "post", "-g", "password", "-u", "u", "-q"])
        .prints(TOKEN)
        .run();
    let expected = "grant_type=password&username=u&password=pass&client_id=id&client_secret=sec";
    assert_eq!(server.request().body(), expected);

    let run = oauth2tok();
    let token = run.path_text("rt");
    run.file("rt", "rt-1")
        .env("OAUTH2TOK_REFRESH_TOKEN_FILE", token)
        .args(["--token-endpoint", &server.url(), "-i", "id", "-a", "none", "-g", "refresh_token"])
        .prints(TOKEN)
        .run();
    assert_eq!(server.requests()[1].body(), "grant_type=refresh_token&refresh_token=rt-1&client_id=id");
}

#[test]
fn a_secret_and_its_file_twin_exclude_each_other() {
    client()
        .env("OAUTH2TOK_CLIENT_SECRET_FILE", "/nonexistent")
        .code(2)
        .stderr(
            "error: both OAUTH2TOK_CLIENT_SECRET and OAUTH2TOK_CLIENT_SECRET_FILE are set\nhint: unset one of them\n",
        )
        .run();
}

#[test]
fn a_variable_of_the_wrong_kind_is_told_by_its_name() {
    for (name, value, expected) in [
        ("OAUTH2TOK_RETRY", "lots", "error: env OAUTH2TOK_RETRY: expected a whole number\n"),
        ("OAUTH2TOK_TIMEOUT", "soon", "error: env OAUTH2TOK_TIMEOUT: expected a time span such as 30s, 500ms or 2m\n"),
        ("OAUTH2TOK_STRICT", "yes", "error: env OAUTH2TOK_STRICT: expected true or false\n"),
        (
            "OAUTH2TOK_OUTPUT",
            "jsn",
            "error: env OAUTH2TOK_OUTPUT: expected one of token, json, header, curl, env, ttl, \
             exec-credential; did you mean json?\n",
        ),
        (
            "OAUTH2TOK_GRANT_TYPE",
            "client_credential",
            "error: env OAUTH2TOK_GRANT_TYPE: did you mean client_credentials? A name that is nearly a known \
             one is refused\n",
        ),
        ("OAUTH2TOK_HEADER", "canary", "error: env OAUTH2TOK_HEADER: expected 'Name: value'\n"),
    ] {
        let run = client_of("https://idp.invalid/").env(name, value);
        run.fails(2, expected).stderr_without(["canary"]).run();
    }
}

#[test]
fn what_weakens_security_is_taken_from_the_flag_alone() {
    // T03: neither our own variables nor those of other tools.
    let server = Server::new();
    client_of(server.url())
        .env("OAUTH2TOK_INSECURE", "1")
        .env("OAUTH2TOK_SHOW_SECRETS", "1")
        .env("GIT_SSL_NO_VERIFY", "1")
        .env("NODE_TLS_REJECT_UNAUTHORIZED", "0")
        .env("CURL_INSECURE", "1")
        .env("PYTHONHTTPSVERIFY", "0")
        .stdout("tok-1\n")
        .stderr(
            "warning: OAUTH2TOK_INSECURE has no effect: for safety this is taken from the flag --insecure alone\n\
             warning: OAUTH2TOK_SHOW_SECRETS has no effect: for safety this is taken from the flag --show-secrets alone\n",
        )
        .run();
    for key in ["insecure", "show_secrets"] {
        client_of(server.url())
            .config(&format!("profiles:\n  p:\n    {key}: true\n"))
            .args(["-p", "p"])
            .fails(
                2,
                format!(
                    "error: [HOME]/config/oauth2tok/config.yaml:3:5: unknown key '{key}'\n 3 |     {key}: …\n   |     ^\n\
                     hint: for safety this is taken from the flag --{} alone\n",
                    key.replace('_', "-")
                ),
            )
            .run();
    }
}

#[test]
fn a_flags_second_name_and_its_no_are_variables_too() {
    let server = Server::new();
    let config = "defaults: { cache: true }\n";
    oauth2tok()
        .config(config)
        .env("OAUTH2TOK_TOKEN_URL", server.url())
        .env("OAUTH2TOK_NO_CACHE", "1")
        .args(["-i", "x", "-a", "none", "-v"])
        .stdout("tok-1\n")
        .stderr_with(["(env OAUTH2TOK_TOKEN_URL)", "* cache = false (env OAUTH2TOK_NO_CACHE)\n"])
        .run();
    client_of(server.url())
        .args(["--cache", "--no-cache", "-v"])
        .stdout("tok-1\n")
        .stderr_with(["* cache = false (flag --no-cache)\n"])
        .run();
    client_of(server.url())
        .env("OAUTH2TOK_NO_CACHE", "1")
        .env("OAUTH2TOK_CACHE", "1")
        .fails(
            2,
            "error: both OAUTH2TOK_CACHE and OAUTH2TOK_NO_CACHE are set\n\
             hint: unset one of them\n",
        )
        .run();
}

#[test]
fn a_misspelt_variable_is_warned_about_and_a_stranger_is_not() {
    let server = Server::new();
    let run = || client_of(server.url()).env("OAUTH2TOK_CLEINT_ID", "x").env("OAUTH2TOK_TOKEN", "x").stdout("tok-1\n");
    run().stderr("warning: OAUTH2TOK_CLEINT_ID is no setting; did you mean OAUTH2TOK_CLIENT_ID?\n").run();
    run().args(["-q"]).run();
    let check = oauth2tok().env("OAUTH2TOK_SCOPES", "x").config("profiles: {}\n").args(["profile", "check"]);
    check.stderr("warning: OAUTH2TOK_SCOPES is no setting; did you mean OAUTH2TOK_SCOPE?\n").run();
}

#[test]
fn verbose_tells_what_the_environment_says_of_the_network() {
    let server = Server::new();
    let run = || {
        client_of(server.url())
            .env("HTTPS_PROXY", "http://u:canary@proxy:1")
            .env("no_proxy", "a.example")
            .env("SSL_CERT_FILE", "/dev/null")
            .args(["-v"])
            .stdout("tok-1\n")
            .stderr_without(["canary"])
    };
    run()
        .stderr_with([
            "* proxy = http://***@proxy:1 (env HTTPS_PROXY)\n",
            "* no_proxy = a.example (env no_proxy)\n",
            "* cacert = /dev/null (env SSL_CERT_FILE)\n",
        ])
        .run();
    run()
        .args(["--proxy", "", "--cacert", "/dev/zero"])
        .stderr_without(["HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE"])
        .stderr_with(["* cacert = /dev/zero (flag --cacert)\n"])
        .run();
}

#[test]
fn a_comma_in_a_scope_earns_a_verbose_line_and_is_sent() {
    let server = Server::new();
    client_of(server.url()).args(["-s", "a,b"]).prints(TOKEN).run();
    client_of(server.url())
        .args(["-s", "a,b", "-v"])
        .stdout("tok-1\n")
        .stderr_with(["* a comma is a part of a scope"])
        .run();
    assert!(server.requests()[0].body().ends_with("scope=a%2Cb"));
}

#[test]
fn controls_in_what_is_sent_are_refused_before_anything_is() {
    // T11
    let server = Server::new();
    let scope = "error: scope (flag --scope): a scope holds a character that RFC 6749 §3.3 does not allow: only \
                 printable ASCII without \" and \\, and spaces between scopes\n";
    for (words, expected) in [
        (["-s", "a\nb"], scope),
        (["-s", "a\tb"], scope),
        (["-s", "a\u{a0}b"], scope),
        (["-i", "canary\r"], "error: client_id (flag --client-id): it holds a control character\n"),
        (["--audience", "canary\u{1}"], "error: audience (flag --audience): it holds a control character\n"),
        (["--resource", "urn:canary\n"], "error: resource (flag --resource): it holds a control character\n"),
        (
            ["--param", "canary\n=b"],
            "error: params (flag --param): a parameter has no name, a control character in its name, or a NUL \
             in its value\n",
        ),
        (
            ["-H", "X: canary\n"],
            "error: headers (flag --header): the value of 'X' holds a control or non-ASCII character\n",
        ),
        (
            ["-H", "X: canary\r\nY: z"],
            "error: headers (flag --header): the value of 'X' holds a control or non-ASCII character\n",
        ),
        (
            ["--token-url", "https://idp.invalid/canary\r\n"],
            "error: token_endpoint (flag --token-endpoint): it ends with a line end: write the address alone\n",
        ),
        (
            ["--issuer", "https://idp.invalid/canary\r\n"],
            "error: issuer (flag --issuer): it ends with a line end: write the address alone\n",
        ),
    ] {
        let run = oauth2tok().env("OAUTH2TOK_CLIENT_SECRET", SECRET).args(words);
        let run = if words[0] == "-i" { run } else { run.args(["-i", "x"]) };
        let endpoint = ["--token-endpoint", &server.url()];
        let run = if words[1].starts_with("https") { run } else { run.args(endpoint) };
        run.fails(2, expected).stderr_without(["canary"]).run();
    }
    assert_eq!(server.connections(), 0);
}

// ------------------------------------------------------------------------------------------------------------- secrets

/// Runs with `--client-secret SOURCE`; the secret that arrives.
#[track_caller]
fn secret_from(source: &str, run: impl FnOnce(Run) -> Run) -> String {
    let server = Server::new();
    let run = run(oauth2tok().args(["--token-endpoint", &server.url(), "-i", "id", "-a", "post"]));
    run.args(["--client-secret", source]).prints(TOKEN).run();
    let request = server.request();
    let secret = request.body().split_once("client_secret=").unwrap().1.to_owned();
    let pair = format!("s={secret}");
    form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
}

#[test]
fn a_secret_comes_from_where_its_source_says() {
    assert_eq!(secret_from("env:MINE", |run| run.env("MINE", " as it is\n").args(["-q"])), " as it is\n");
    assert_eq!(secret_from("file:secret", |run| run.file("secret", "a\n")), "a");
    assert_eq!(secret_from("file:~/dir/secret", |run| run.file("dir/secret", "a\r\n")), "a");
    assert_eq!(secret_from("stdin", |run| run.stdin("a\n")), "a");
    assert_eq!(secret_from("-", |run| run.stdin("a")), "a");
    assert_eq!(secret_from("command:printf '%s\\n' 'a b' more", |run| run.args(["-q"])), "a b");
    assert_eq!(secret_from("command:echo $HOME;ls", |run| run.args(["-q"])), "$HOME;ls");
    assert_eq!(secret_from("literal:env:MINE", |run| run.args(["-q"])), "env:MINE");
    assert_eq!(secret_from("plain text", |run| run.args(["-q"])), "plain text");
    assert_eq!(secret_from("-x", |run| run.args(["-q"])), "-x");
    assert_eq!(secret_from("fd:3", |run| run.by(["sh", "-c", "exec \"$@\" 3<<E\nfrom-fd\nE", "sh"])), "from-fd");
}

#[test]
fn exactly_one_line_end_is_stripped_and_other_white_space_is_warned_about() {
    // Q22
    let server = Server::new();
    let run = |text: &str| {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", "id", "--client-secret", "file:secret", "-a", "post"])
            .file("secret", text)
            .stdout("tok-1\n")
    };
    run("two\n\n")
        .stderr("warning: client_secret ends with a line end; it is sent as it is (one is stripped from files and commands, more are not)\n")
        .run();
    run(" lead")
        .stderr("warning: client_secret begins or ends with white space; it is sent as it is (take it off where it comes from)\n")
        .run();
    run("trail \n").args(["-q"]).run();
    oauth2tok()
        .args([
            "--token-endpoint",
            &server.url(),
            "-i",
            "ci ",
            "-g",
            "password",
            "-u",
            " u",
            "--password",
            "env:P",
            "-a",
            "none",
        ])
        .env("P", "p")
        .stdout("tok-1\n")
        .stderr("warning: the password grant is deprecated: it must not be used any more (RFC 9700 §2.4); quiet: true in the profile silences this\n\
             warning: client_id begins or ends with white space; it is sent as it is\n\
             warning: username begins or ends with white space; it is sent as it is\n")
        .run();
    let requests = server.requests();
    let sent: Vec<_> = requests.iter().take(3).map(|r| r.body().split_once("client_secret=").unwrap().1).collect();
    assert_eq!(sent, ["two%0A", "+lead", "trail+"]);
}

#[test]
fn plain_text_in_a_flag_warns_once_and_quiet_silences_it() {
    // T05
    let server = Server::new();
    let run = || oauth2tok().args(["--token-endpoint", &server.url(), "-i", "id"]);
    for flag in [["--client-secret", "plain-secret"], ["--client-secret", "literal:plain-secret"]] {
        let output = run().args(flag).stdout("tok-1\n").stderr("warning: --client-secret: a secret on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or command:CMD\n").run();
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        assert!(output.stderr.starts_with("warning: "));
        assert!(!output.stderr.contains("plain-secret"));
        run().args(flag).args(["-q"]).prints(TOKEN).run();
    }
    // What stands in a profile is no business of ps.
    run().config("defaults: { client_secret: plain-secret }\n").prints(TOKEN).run();
}

#[test]
fn a_secret_that_cannot_be_read_is_told_by_its_source_and_never_by_its_value() {
    // F58
    let unread = |source: &str, run: Run, expected: &str| {
        let server = Server::new();
        run.args(["--token-endpoint", &server.url(), "-i", "id", "--timeout", "1s", "--client-secret", source])
            .fails(2, expected)
            .stderr_without(["canary"])
            .run();
        assert_eq!(server.connections(), 0);
    };
    unread(
        "env:NOPE",
        oauth2tok(),
        "error: cannot read client_secret from env:NOPE\n\
         caused by: the environment variable NOPE is not set\n\
         hint: set it: export NOPE=…, or in CI, give the job access to the secret\n",
    );
    unread(
        "env:MINE",
        oauth2tok().env("MINE", ""),
        "error: cannot read client_secret from env:MINE\n\
         caused by: env:MINE gave nothing: the secret is empty\n\
         hint: in CI an empty secret is usually one that the job may not read\n",
    );
    unread(
        "env:",
        oauth2tok(),
        "error: flag --client-secret: 'env:' must be followed by the name of an environment variable\n",
    );
    unread(
        "file:nowhere",
        oauth2tok(),
        "error: cannot read client_secret from the file that flag --client-secret names\n\
         caused by: No such file or directory (os error 2)\n\
         hint: what names it is not repeated, as it may be the secret itself\n",
    );
    unread(
        "file:folder",
        oauth2tok().file("folder/file", ""),
        "error: cannot read client_secret from file:folder\n\
         caused by: cannot read folder\n\
         caused by: Is a directory (os error 21)\n",
    );
    unread(
        "file:empty",
        oauth2tok().file("empty", "\n"),
        "error: cannot read client_secret from file:empty\n\
         caused by: file:empty gave nothing: the secret is empty\n\
         hint: in CI an empty secret is usually one that the job may not read\n",
    );
    unread(
        "file:bytes",
        oauth2tok().file("bytes", b"canary\xff"),
        "error: cannot read client_secret from file:bytes\n\
         caused by: file:bytes is not valid UTF-8\n",
    );
    unread(
        "file:/dev/zero",
        oauth2tok(),
        "error: cannot read client_secret from file:/dev/zero\n\
         caused by: /dev/zero holds more than 1 MiB\n",
    );
    unread(
        "stdin",
        oauth2tok().stdin(""),
        "error: cannot read client_secret from stdin\n\
         caused by: stdin gave nothing: the secret is empty\n\
         hint: in CI an empty secret is usually one that the job may not read\n",
    );
    unread(
        "-",
        oauth2tok().stdin("\r\n"),
        "error: cannot read client_secret from stdin\n\
         caused by: stdin gave nothing: the secret is empty\n\
         hint: in CI an empty secret is usually one that the job may not read\n",
    );
    unread(
        "fd:77",
        oauth2tok(),
        "error: cannot read client_secret from fd:77\n\
         caused by: cannot read /dev/fd/77\n\
         caused by: No such file or directory (os error 2)\n",
    );
    unread(
        "fd:x",
        oauth2tok(),
        "error: flag --client-secret: 'fd:' must be followed by the number of an open file descriptor\n",
    );
    unread(
        "command:sh -c 'echo canary; exit 7'",
        oauth2tok(),
        "error: cannot read client_secret from command:sh …\n\
         caused by: 'sh' failed (exit status: 7)\n",
    );
    unread(
        "command:sh -c 'kill -9 $$'",
        oauth2tok(),
        "error: cannot read client_secret from command:sh …\n\
         caused by: 'sh' failed (signal: 9 (SIGKILL))\n",
    );
    unread(
        "command:no-such-helper canary",
        oauth2tok(),
        "error: cannot read client_secret from the command that flag --client-secret names\n\
         caused by: there is no such command\n\
         hint: no shell is involved: 'command:' takes a program and its words (what it names is not repeated, as it may be the secret itself)\n",
    );
    unread(
        "command:true",
        oauth2tok(),
        "error: cannot read client_secret from command:true\n\
         caused by: command:true gave nothing: the secret is empty\n\
         hint: in CI an empty secret is usually one that the job may not read\n",
    );
    unread(
        "command:sleep 30",
        oauth2tok(),
        "error: cannot read client_secret from command:sleep …\n\
         caused by: 'sleep' gave nothing within 1 s\n",
    );
    unread(
        "command:'canary",
        oauth2tok(),
        "error: flag --client-secret: the words after 'command:' cannot be told apart: a quote is not closed\n",
    );
    unread("command:", oauth2tok(), "error: flag --client-secret: 'command:' must be followed by a command\n");
    unread("", oauth2tok(), "error: flag --client-secret: the secret is empty\n");
    unread("literal:", oauth2tok(), "error: flag --client-secret: the secret is empty\n");
    client_of("https://idp.invalid/")
        .env("OAUTH2TOK_CLIENT_SECRET", "")
        .fails(
            2,
            "error: cannot read client_secret from env:OAUTH2TOK_CLIENT_SECRET\n\
             caused by: env:OAUTH2TOK_CLIENT_SECRET gave nothing: the secret is empty\n\
             hint: in CI an empty secret is usually one that the job may not read\n",
        )
        .run();
}

#[test]
fn an_empty_secret_from_a_profile_is_never_sent() {
    let server = Server::new();
    let empty = "the secret is empty";
    for (source, fault) in [
        ("${SEC}", empty),
        ("${NOPE:}", empty),
        ("literal:${SEC}", empty),
        ("env:${NOPE:}", "'env:' must be followed by the name of an environment variable"),
    ] {
        let config = format!(
            "profiles:\n  p:\n    token_endpoint: {}\n    client_id: x\n    client_secret: \"{source}\"\n",
            server.url()
        );
        oauth2tok()
            .config(&config)
            .env("SEC", "")
            .args(["-p", "p"])
            .fails(
                2,
                format!(
                    "error: [HOME]/config/oauth2tok/config.yaml:5:20: client_secret: {fault}\n 5 |     client_secret: …\n   \
                     |                    ^\n\
                     hint: in CI an empty variable is usually a secret that the job may not read\n"
                ),
            )
            .run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_flag_stands_above_both_ways_to_say_a_secret_in_the_environment() {
    let server = Server::new();
    client_of(server.url())
        .env("OAUTH2TOK_CLIENT_SECRET_FILE", "/nonexistent")
        .env("MINE", "s")
        .args(["--client-secret", "env:MINE"])
        .prints(TOKEN)
        .run();
}

#[test]
fn the_time_that_secrets_take_is_the_runs_own() {
    let server = Server::answering(Answer::raw("").then(Then::Hang));
    let run = |timeout: &str, password: &str| {
        oauth2tok()
            .args([
                "--token-endpoint",
                &server.url(),
                "-i",
                "x",
                "-g",
                "password",
                "-u",
                "u",
                "-q",
                "--timeout",
                timeout,
            ])
            .args(["--client-secret", "command:sh -c 'sleep 3; echo x'", "--password", password])
    };
    // Two helpers that take the time between them.
    run("4s", "command:sh -c 'sleep 3; echo x'")
        .fails(
            2,
            "error: cannot read password from command:sh …\n\
             caused by: 'sh' gave nothing within 4 s\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
    // A helper and a server that does not answer: beginning at the server the run would take as long again.
    let began = std::time::Instant::now();
    run("8s", "command:sh -c 'sleep 3; echo x'").any_output().code_in(&[2, 5]).run();
    assert!(began.elapsed() < std::time::Duration::from_secs(13), "{:?}", began.elapsed());
}

#[test]
fn stdin_that_never_comes_does_not_hang_the_run() {
    // F58: a pipe that somebody holds open.
    let server = Server::new();
    let (reader, _writer) = std::io::pipe().unwrap();
    let run = oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "id", "--client-secret", "stdin", "--timeout", "500ms"])
        .fails(
            2,
            "error: cannot read client_secret from stdin\n\
             caused by: stdin gave nothing within 0.5 s\n",
        );
    run.start_with(reader.into(), Stdio::piped(), Stdio::piped()).finish();
}

#[test]
fn stdin_serves_one_secret() {
    let server = Server::new();
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "id", "-g", "password", "-u", "u", "-q"])
        .args(["--client-secret", "-", "--password", "stdin"])
        .stdin("one\ntwo\n")
        .fails(
            2,
            "error: cannot read password from stdin\n\
             caused by: stdin can be read only once per run, and another setting has already read it\n\
             hint: give one of them by env:NAME or file:PATH\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn without_a_terminal_a_prompt_says_what_to_use_instead() {
    if !is_installed("setsid") {
        return not_run("setsid is not installed");
    }
    // The program leads a session of its own, so there is no /dev/tty even where the tests have one.
    client_of("https://idp.invalid/")
        .without("OAUTH2TOK_CLIENT_SECRET")
        .args(["--client-secret", "prompt"])
        .by(["setsid", "--wait"])
        .fails(
            2,
            "error: cannot read client_secret from prompt\n\
             caused by: there is no terminal to ask on\n\
             hint: in scripts use env:NAME, file:PATH or command:CMD\n",
        )
        .run();
}

#[test]
fn in_ci_nobody_is_asked_whatever_terminal_there_is() {
    let run = |ci: &str| {
        client_of("https://idp.invalid/")
            .without("OAUTH2TOK_CLIENT_SECRET")
            .args(["--client-secret", "prompt"])
            .env("CI", ci)
    };
    for ci in ["true", "1", "woodpecker"] {
        run(ci)
            .fails(
                2,
                "error: cannot read client_secret from prompt\n\
                 caused by: nobody is asked in CI (the variable CI is set)\n\
                 hint: use env:NAME, file:PATH or command:CMD; where a person is there, CI=false\n",
            )
            .run();
    }
    if is_installed("setsid") {
        for ci in ["", "false"] {
            run(ci).by(["setsid", "--wait"]).fails_with(2, ["there is no terminal to ask on"]).run();
        }
    }
}

// ------------------------------------------------------------------------------------------------------------ what goes

#[test]
fn what_is_missing_or_does_not_fit_is_told_with_what_to_do() {
    let refused = |words: &[&str], secret: bool, expected: &str| {
        let run = if secret { oauth2tok().env("OAUTH2TOK_CLIENT_SECRET", SECRET) } else { oauth2tok() };
        run.args(words).fails(2, expected).run();
    };
    let url = "https://idp.invalid/t";
    refused(
        &[],
        false,
        "error: token_endpoint or issuer is missing\n\
         hint: begin with: oauth2tok --issuer https://login.example.com -i CLIENT_ID --client-secret env:NAME\n\
         hint: or 'oauth2tok profile init' writes a config file to fill in; 'oauth2tok --help' has examples\n",
    );
    refused(
        &["--token-endpoint", url],
        true,
        "error: client_id is missing\n\
         hint: give --client-id ID, OAUTH2TOK_CLIENT_ID or client_id in a profile\n",
    );
    // S12
    refused(
        &["--token-endpoint", url, "-i", "x"],
        false,
        "error: client_secret (client_secret_basic needs it) is missing\n\
         hint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says \
         --auth-method none\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-a", "post"],
        false,
        "error: client_secret (client_secret_post needs it) is missing\n\
         hint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says \
         --auth-method none\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-a", "none"],
        true,
        "error: client_secret (env OAUTH2TOK_CLIENT_SECRET) does not go with auth method none, which sends no \
         secret\n\
         hint: leave the secret out, or choose client_secret_basic, client_secret_post or client_secret_jwt\n",
    );
    refused(
        &["--token-endpoint", url, "--issuer", url],
        true,
        "error: --token-endpoint and --issuer exclude each other\n\
         hint: 'oauth2tok -h' lists commands and flags, '--help' explains them\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-g", "password"],
        true,
        "error: username (the password grant needs it) is missing\n\
         hint: give --username NAME, OAUTH2TOK_USERNAME or username in a profile\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-g", "password", "-u", "u"],
        true,
        "error: password (the password grant needs it) is missing\n\
         hint: give --password prompt, OAUTH2TOK_PASSWORD or password in a profile\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-u", "u"],
        true,
        "error: username (flag --username) does not go with the client_credentials grant\n\
         hint: give --grant-type password, or leave username out\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "--password", "env:P"],
        true,
        "error: password (flag --password) does not go with the client_credentials grant\n\
         hint: give --grant-type password, or leave password out\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-g", "refresh_token"],
        true,
        "error: refresh_token (the refresh_token grant needs it) is missing\n\
         hint: give --refresh-token env:NAME, OAUTH2TOK_REFRESH_TOKEN or refresh_token in a profile\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-g", "passwort"],
        true,
        "error: flag --grant-type: did you mean password? A name that is nearly a known one is refused\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-a", "digest"],
        true,
        "error: flag --auth-method: expected one of client_secret_basic, client_secret_post, private_key_jwt, \
         client_secret_jwt, tls_client_auth, self_signed_tls_client_auth, none, basic, \
         post\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-o", "jason"],
        true,
        "error: flag --output: expected one of token, json, header, curl, env, ttl, exec-credential; did you \
         mean json?\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-o", "json", "--field", "id_token"],
        true,
        "error: field (flag --field) and output (flag --output) exclude each other\n\
         hint: --field prints one member as it is, or with -o exec-credential hands it over\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-o", "env", "--env-name", "1X"],
        true,
        "error: env_name (flag --env-name): a variable's name holds letters, digits and _ and does not begin \
         with a digit\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-o", "env", "--env-name", "A B;rm"],
        true,
        "error: env_name (flag --env-name): a variable's name holds letters, digits and _ and does not begin \
         with a digit\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "--timeout", "0"],
        true,
        "error: timeout (flag --timeout): it must be more than 0\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "--timeout=-1"],
        true,
        "error: flag --timeout: expected a time span such as 30s, 500ms or 2m\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "--retry=-1"],
        true,
        "error: flag --retry: expected a whole number\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "--key", "k.pem"],
        true,
        "error: the certificate for key (flag --key) is missing\nhint: give --cert FILE\n",
    );
    refused(
        &["--token-endpoint", url, "-i", "x", "-a", "post", "--basic-encoding", "raw"],
        true,
        "error: --basic-encoding does not go with auth method client_secret_post\n\
         hint: leave it out, or choose client_secret_basic\n",
    );
    refused(
        &["--tokn-endpoint", url],
        true,
        "error: unknown flag '--tokn-endpoint'\nhint: did you mean '--token-endpoint'?\n",
    );
    refused(
        &["--client-secrt=canary"],
        true,
        "error: unknown flag '--client-secrt'\nhint: did you mean '--client-secret'?\n",
    );
    refused(
        &["prod"],
        true,
        "error: unexpected word on the command line (not repeated here: it may be part of a secret)\n\
         hint: did you mean 'profile'? A profile is named with -p NAME, and a value with spaces \
         needs quotes\n",
    );
    refused(
        &["--issuer", "http://idp.invalid"],
        true,
        "error: issuer (flag --issuer): plain http is only allowed to this machine; an issuer must be https \
         (RFC 8414 §2)\nhint: write https://idp.invalid\n",
    );
    refused(
        &["--issuer", "https://idp.invalid/?x", "-i", "x"],
        true,
        "error: issuer (flag --issuer): an issuer has no query (RFC 8414 §2)\n",
    );
    refused(
        &["--issuer", "https://idp.invalid/#x", "-i", "x"],
        true,
        "error: issuer (flag --issuer): it has a fragment (#…), which a server would never see (RFC 9110 \
         §7.1)\n",
    );
}

#[test]
fn a_word_that_does_not_belong_is_not_repeated() {
    // Who forgets quotes around a secret with a space writes half of it as a word of its own.
    for words in [vec!["--client-secret", "half", "canary"], vec!["canary"], vec!["-p", "x", "canary", "b"]] {
        oauth2tok().args(&words).fails(2, "error: unexpected word on the command line (not repeated here: it may be part of a secret)\n\
             hint: a profile is named with -p NAME; a value with spaces needs quotes; 'oauth2tok -h' lists commands and flags\n").stderr_without(["canary"]).run();
    }
}

// ------------------------------------------------------------------------------------------------------------ profiles

#[test]
fn a_profile_of_the_config_file_says_it_all() {
    let server = Server::new();
    let config = format!(
        r#"
defaults:
  timeout: 15s
  headers: {{ X-Team: blue }}
profiles:
  prod:
    token_endpoint: {}
    client_id: ci-bot
    client_secret: env:CI_BOT_SECRET
    token_endpoint_auth_method: client_secret_post
    scope: [read, write more]
    audience: https://api.example.com
    params: {{ tenant: acme, level: 007 }}
  alice:
    extends: prod
    auth_method: basic
    grant_type: password
    username: ${{USER:alice}}
    password: command:echo pw-of-alice
    scope: "read  openid"
    quiet: true
"#,
        server.url()
    );
    let run = || oauth2tok().config(&config).env("CI_BOT_SECRET", "bot-secret").prints(TOKEN);
    run().args(["-p", "prod"]).run();
    run().args(["--profile", "alice"]).env("USER", "bob").run();
    run().env("OAUTH2TOK_PROFILE", "alice").run();
    let requests = server.requests();
    let tail = "audience=https%3A%2F%2Fapi.example.com&tenant=acme&level=007";
    assert_eq!(
        requests[0].body(),
        format!("grant_type=client_credentials&scope=read+write+more&{tail}&client_id=ci-bot&client_secret=bot-secret")
    );
    let password =
        |user: &str| format!("grant_type=password&username={user}&password=pw-of-alice&scope=read+openid&{tail}");
    assert_eq!(requests[1].body(), password("bob"));
    assert_eq!(requests[2].body(), password("alice"));
    assert!(requests.iter().all(|request| request.header("X-Team") == Some("blue")));
}

#[test]
fn a_profile_may_be_a_file_of_its_own_and_extend_one_of_the_config() {
    let server = Server::new();
    let one = format!("token_endpoint: {}\nclient_id: one\nauth_method: none\n", server.url());
    for name in ["one.yaml", "./one.yml", "dir/one"] {
        oauth2tok().file(name, &one).args(["-p", name]).prints(TOKEN).run();
    }
    oauth2tok()
        .file("two.yaml", "extends: base\nclient_id: two\n")
        .config(&format!(
            "defaults: {{ scope: d }}\nprofiles: {{ base: {{ token_url: '{}', auth_method: none }} }}\n",
            server.url()
        ))
        .args(["-p", "two.yaml"])
        .prints(TOKEN)
        .run();
    assert_eq!(server.requests()[3].body(), "grant_type=client_credentials&scope=d&client_id=two");
    oauth2tok()
        .file("many.yaml", "profiles:\n  a: {}\n")
        .args(["-p", "many.yaml"])
        .fails(
            2,
            "error: many.yaml:1:1: this is a config file with several profiles, not one \
             profile\n 1 | profiles:\n   | ^\n\
             hint: give it as --config many.yaml and name one of its profiles with -p\n",
        )
        .run();
}

#[test]
fn nothing_is_read_from_the_current_directory_by_itself() {
    // T25
    let server = Server::new();
    let planted = tempfile::tempdir().unwrap();
    let evil = "defaults: { client_secret: 'command:touch ran' }\nprofiles: { p: { client_id: evil } }\n";
    for name in [
        "config.yaml",
        "oauth2tok.yaml",
        ".oauth2tok.yaml",
        "oauth2tok/config.yaml",
        ".config/oauth2tok/config.yaml",
        "p",
        ".env",
    ] {
        let path = planted.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, evil).unwrap();
    }
    client_of(server.url()).cwd(planted.path()).prints(TOKEN).run();
    client_of(server.url())
        .cwd(planted.path())
        .args(["-p", "p"])
        .fails(2, "error: the config file with the profile that flag --profile names is missing\n\
             hint: write [HOME]/config/oauth2tok/config.yaml ('oauth2tok profile init' begins it), or name a file: --config FILE, or -p ./FILE.yaml for a file with one profile\n")
        .run();
    assert!(!planted.path().join("ran").exists());
}

#[test]
fn a_place_that_nobody_can_look_into_counts_as_no_config_file_unless_one_is_asked_for() {
    let server = Server::new();
    // A home that may not be entered would do, but root may enter any.
    let nowhere = format!("/{}", "x".repeat(300));
    let run = || client_of(server.url()).env("XDG_CONFIG_HOME", &nowhere);
    run().prints(TOKEN).run();
    run()
        .args(["-v", "--dry-run"])
        .stdout_with(["POST /"])
        .stderr_with(["* no config file is read: cannot look for /xxx"])
        .run();
    let error = format!("error: {nowhere}/oauth2tok/config.yaml: cannot be read: File name too long (os error 36)\n");
    run().args(["-p", "p"]).fails(2, error).run();
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join("oauth2tok/config.yaml")).unwrap();
    let home = home.path().to_str().unwrap();
    client_of(server.url())
        .env("XDG_CONFIG_HOME", home)
        .fails(2, "error: [TMP]/oauth2tok/config.yaml: is a directory\n")
        .run();
}

#[test]
fn values_never_change_their_type() {
    // T24
    let server = Server::new();
    for text in
        ["0123", "no", "yes", "null2", "1e3", "0x10", "1_000", ".inf", "2026-11-22", "1.10", "+1", "'~'", "\"null\""]
    {
        oauth2tok()
            .config(&format!(
                "profiles:\n  p:\n    token_endpoint: {}\n    client_id: {text}\n    client_secret: {text}\n    auth_method: post\n    scope: {text}\n",
                server.url()
            ))
            .args(["-p", "p", "-q"])
            .prints(TOKEN)
            .run();
        let plain = text.trim_matches(['\'', '"']);
        let pair = |name: &str| form_urlencoded::Serializer::new(String::new()).append_pair(name, plain).finish();
        let expected =
            format!("grant_type=client_credentials&{}&{}&{}", pair("scope"), pair("client_id"), pair("client_secret"));
        assert_eq!(server.requests().last().unwrap().body(), expected);
    }
}

#[test]
fn variables_are_filled_in_after_the_yaml_is_parsed() {
    let server = Server::new();
    let config = format!(
        "profiles:\n  p:\n    token_endpoint: {}\n    auth_method: none\n    client_id: ${{ID:fallback}}\n    params: {{ a: '$$x', b: 'c${{B}}d' }}\n",
        server.url()
    );
    let run = || oauth2tok().config(&config).args(["-p", "p"]).env("B", "}\n  evil: {x: y");
    run().prints(TOKEN).run();
    run().env("ID", "given").prints(TOKEN).run();
    let requests = server.requests();
    let params = "a=%24x&b=c%7D%0A++evil%3A+%7Bx%3A+yd";
    assert_eq!(requests[0].body(), format!("grant_type=client_credentials&{params}&client_id=fallback"));
    assert_eq!(requests[1].body(), format!("grant_type=client_credentials&{params}&client_id=given"));
    run()
        .without("B")
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml:6:28: the environment variable B is not set (${B:default} \
             gives a default)\n 6 |     params: …\n   |                            ^\n",
        )
        .run();
    // What a variable holds cannot become a command.
    oauth2tok()
        .config(&config.replace("auth_method: none", "client_secret: ${EVIL}\n    auth_method: post"))
        .env("EVIL", "command:touch ran")
        .env("B", "")
        .args(["-p", "p", "-q"])
        .prints(TOKEN)
        .run();
    assert!(server.requests()[2].body().ends_with("client_secret=command%3Atouch+ran"));
}

#[test]
fn a_fault_in_the_config_is_told_with_its_place_and_without_secrets() {
    let at_fault = |yaml: &str, expected: &str| {
        client_of("https://idp.invalid/")
            .config(yaml)
            .args(["-p", "p"])
            .fails(2, format!("error: [HOME]/config/oauth2tok/config.yaml:{expected}"))
            .stderr_without(["canary"])
            .run();
    };
    at_fault(
        "profiles:\n  p:\n    cliend_id: x\n",
        "3:5: unknown key 'cliend_id'\n 3 |     cliend_id: …\n   |     ^\n\
         hint: did you mean 'client_id'?\n",
    );
    at_fault(
        "profiles:\n  p:\n    client_secret: canary\n    scopes: x\n",
        "4:5: unknown key 'scopes'\n 4 |     scopes: …\n   |     ^\nhint: did you mean 'scope'?\n",
    );
    at_fault(
        "profiles:\n  p:\n    timeout: soon\n",
        "3:14: timeout: expected a time span such as 30s, 500ms or \
         2m\n 3 |     timeout: soon\n   |              ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    retry: many\n",
        "3:12: retry: expected a whole number\n 3 |     retry: many\n   |            ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    cache: yes\n",
        "3:12: cache: expected true or false\n 3 |     cache: yes\n   |            ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    scope: {a: b}\n",
        "3:12: scope: expected a text or a list of texts\n 3 |     scope: …\n   |            ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    client_id: [a]\n",
        "3:16: client_id: expected a single value\n 3 |     client_id: [a]\n   |                ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    client_secret: [canary]\n",
        "3:20: client_secret: expected a single value\n 3 |     client_secret: …\n   |                    ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    params: text\n",
        "3:13: params: expected names and values\n 3 |     params: …\n   |             ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    client_id: a\n    client_id: b\n",
        "4:5: duplicate key 'client_id'\n 4 |     client_id: …\n   |     ^\n",
    );
    at_fault("profiles:\n  p: {}\n  p: {}\n", "3:3: duplicate key 'p'\n");
    at_fault(
        "profiles:\n  p:\n    auth_method: none\n    token_endpoint_auth_method: none\n",
        "4:5: 'token_endpoint_auth_method' is set twice, under two names for the \
         same\n 4 |     token_endpoint_auth_method: …\n   |     ^\n",
    );
    at_fault(
        "profile:\n  p: {}\n",
        "1:1: unknown key 'profile'\n 1 | profile:\n   | ^\nhint: did you mean 'profiles'?\n",
    );
    at_fault(
        "profiles:\n  p:\n    extends: q\n",
        "3:14: there is no profile (not shown: it may be a secret)\nhint: did you mean 'p'?\n",
    );
    at_fault(
        "profiles:\n  p:\n    extends: q\n  q:\n    extends: p\n",
        "5:14: 'extends' runs in a circle or too deep: p → q → p\n 5 |     extends: …\n   |              ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    client_id: a\n   client_secret: canary\n",
        "4:4: while parsing a block mapping, did not find expected key\n 4 |    client_secret: …\n   |    ^\n",
    );
    at_fault(
        "profiles:\n  p:\n    password: 'canary\n",
        "3:15: this quote is not closed\n 3 |     password: …\n   |               ^\n",
    );
    at_fault("profiles:\n  p: !!python/object:os.system x\n", "2:6: unsupported tag: values have no types here\n");
}

#[test]
fn a_key_that_a_profile_lacks_is_told_with_the_place_where_it_would_stand() {
    let lacks = |yaml: &str, expected: &str| oauth2tok().config(yaml).args(["-p", "p"]).fails(2, expected).run();
    let server = "token_endpoint: https://idp.invalid/t";
    lacks(
        "profiles:\n  p:\n",
        "error: [HOME]/config/oauth2tok/config.yaml:2:3: token_endpoint or issuer is \
         missing\n 2 |   p:\n   |   ^\n\
         hint: give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)\n",
    );
    lacks(
        &format!("defaults:\n  {server}\nprofiles:\n  p: {{ client_secret: env:X }}\n"),
        "error: [HOME]/config/oauth2tok/config.yaml:4:3: client_id is missing\n 4 |   p: …\n   |   ^\n\
         hint: give --client-id ID, OAUTH2TOK_CLIENT_ID or client_id in a profile\n",
    );
    let above = format!("profiles:\n  q:\n    {server}\n    client_id: x\n");
    lacks(
        &format!("{above}  p:\n    extends: q\n"),
        "error: [HOME]/config/oauth2tok/config.yaml:5:3: client_secret (client_secret_basic needs it) is \
         missing\n 5 |   p:\n   |   ^\n\
         hint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says \
         --auth-method none\n",
    );
    lacks(
        &format!("{above}  p:\n    extends: q\n    grant_type: password\n"),
        "error: [HOME]/config/oauth2tok/config.yaml:5:3: username (the password grant needs it) is \
         missing\n 5 |   p:\n   |   ^\n\
         hint: give --username NAME, OAUTH2TOK_USERNAME or username in a profile\n",
    );
    lacks(
        &format!("{above}    client_secret: env:X\n  p:\n    extends: q\n    key: k\n"),
        "error: [HOME]/config/oauth2tok/config.yaml:6:3: the certificate for key (profile \
         [HOME]/config/oauth2tok/config.yaml:8) is missing\n 6 |   p:\n   |   ^\n\
         hint: give --cert FILE\n",
    );

    let run = oauth2tok().file("own.yaml", "client_id: x\n");
    let path = run.path("own.yaml").display().to_string();
    run.args(["-p", &path])
        .fails(
            2,
            "error: [HOME]/own.yaml:1:1: token_endpoint or issuer is missing\n 1 | client_id: …\n   | ^\n\
             hint: give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)\n",
        )
        .run();
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let run = |yaml: &str| client_of("https://idp.invalid/").config(yaml);
    run("profiles: { prod: {}, dev: {} }\n")
        .args(["-p", "pord"])
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml: there is no profile of that name\n\
             hint: did you mean 'prod'?\n",
        )
        .run();
    run("profiles: { prod: {}, dev: {} }\n")
        .args(["-p", "xyz"])
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml: there is no profile of that name\n\
             hint: it holds prod, dev\n",
        )
        .run();
    run("")
        .args(["-p", "xyz"])
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml: there is no profile of that name\n\
             hint: the file holds no profiles\n",
        )
        .run();
    client_of("https://idp.invalid/").args(["-p", "x"]).fails(2, "error: the config file with the profile that flag --profile names is missing\n\
             hint: write [HOME]/config/oauth2tok/config.yaml ('oauth2tok profile init' begins it), or name a file: --config FILE, or -p ./FILE.yaml for a file with one profile\n").run();
    client_of("https://idp.invalid/")
        .args(["--config", "nope.yaml"])
        .fails(2, "error: flag --config: the file it names cannot be read: No such file or directory (os error 2)\n")
        .run();
    client_of("https://idp.invalid/")
        .args(["-p", "./nope.yaml"])
        .fails(2, "error: flag --profile: the file it names cannot be read: No such file or directory (os error 2)\n")
        .run();
}

#[test]
fn a_hostile_config_is_refused_in_no_time() {
    // T24: alias bombs, nesting, sheer size.
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..10 {
            let items = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        text + "profiles: { p: {} }\n"
    };
    let long = format!("a: [\n{}]\nb: {{\n", "  x y z,\n".repeat(200_000));
    for (text, fault) in [
        (bomb, ":5:10: aliases repeat too much here\n"),
        (long, ":200000:3: the text has too many values\n"),
        ("[".repeat(100_000), ":1:256: values nest too deep here\n"),
        ("{a: ".repeat(100_000), ":1:1021: values nest too deep here\n"),
        (format!("# {}\n", "x".repeat(5 << 20)), ": is larger than 4 MiB\n"),
    ] {
        let expected = format!("error: [HOME]/config/oauth2tok/config.yaml{fault}");
        client_of("https://idp.invalid/").config(&text).args(["-p", "p"]).fails(2, expected).run();
    }
}

#[test]
fn profiles_can_be_listed_shown_and_checked_without_reading_a_secret() {
    let config = "defaults:\n  timeout: 15s\nprofiles:\n  prod:\n    token_endpoint: https://idp.invalid/t\n    client_id: bot\n    client_secret: canary\n    params: { api_key: canary, x: y }\n    proxy: http://u:canary@proxy:1\n  helper:\n    extends: prod\n    client_secret: command:touch ran\n";
    let run = || oauth2tok().config(config);
    run().args(["profile", "list"]).stdout("prod\nhelper\n").run();
    let path = run();
    let file = path.config_path().to_str().unwrap().to_owned();
    path.args(["profile", "path"]).stdout(format!("{file}\n")).run();
    run().args(["profile", "path", "--config", "x.yaml"]).stdout("x.yaml\n").run();
    let show = run();
    let file = show.config_path().to_str().unwrap().to_owned();
    show.args(["profile", "show", "prod"])
        .stdout(format!(
            "token_endpoint: https://idp.invalid/t  # profile {file}:5\n\
             params: api_key=***, x=y  # profile {file}:8\n\
             client_id: bot  # profile {file}:6\n\
             client_secret: ***  # profile {file}:7\n\
             timeout: 15s  # profile {file}:2\n\
             proxy: http://***@proxy:1  # profile {file}:9\n\
             grant_type: client_credentials  # default\n\
             token_endpoint_auth_method: client_secret_basic  # default\n\
             connect_timeout: 10s  # default\n\
             retry: 2  # default\n"
        ))
        .run();
    let check = run();
    let ran = check.path("ran");
    check.args(["profile", "check"]).stdout("prod: ok\nhelper: ok\n").run();
    assert!(!ran.exists());
    run().args(["profile", "check", "helper"]).stdout("helper: ok\n").run();
    oauth2tok().args(["profile", "list"]).run();
}

#[test]
fn checking_tells_every_profile_that_is_wrong() {
    oauth2tok()
        .config("profiles:\n  a: { client_id: x }\n  b: { token_endpoint: 'http://idp.invalid/', client_id: x }\n  c: { issuer: 'https://idp.invalid', client_id: x, auth_method: none }\n")
        .args(["profile", "check"])
        .fails(
            2,
            "error: profile 'a' is not valid\n\
             caused by: [HOME]/config/oauth2tok/config.yaml:2:3: token_endpoint or issuer is missing\n 2 |   a: …\n   |   ^\n\
             hint: give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)\n\
             error: profile 'a' is not valid\n\
             caused by: [HOME]/config/oauth2tok/config.yaml:2:3: client_secret (client_secret_basic needs it) is missing\n 2 |   a: …\n   |   ^\n\
             hint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none\n\
             error: profile 'b' is not valid\n\
             caused by: token_endpoint (profile [HOME]/config/oauth2tok/config.yaml:3): plain http would send credentials \
             in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\n\
             hint: write https://idp.invalid/\n\
             error: profile 'b' is not valid\n\
             caused by: [HOME]/config/oauth2tok/config.yaml:3:3: client_secret (client_secret_basic needs it) is missing\n 3 |   b: …\n   |   ^\n\
             hint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none\n",
        )
        .run();
}

#[test]
fn checking_warns_of_a_secret_in_a_file_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let run = oauth2tok().config(
        "profiles:\n  p:\n    token_endpoint: https://idp.invalid/\n    client_id: a\n    client_secret: canary\n",
    );
    std::fs::set_permissions(run.config_path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    run.args(["profile", "check"]).stdout("p: ok\n").stderr("warning: client_secret (profile [HOME]/config/oauth2tok/config.yaml:5): a secret stands in a file that other users can read: 'chmod 600 [HOME]/config/oauth2tok/config.yaml', or write env:NAME, file:PATH or command:CMD instead\n").run();
    let run = oauth2tok().config(
        "profiles:\n  p:\n    token_endpoint: https://idp.invalid/\n    client_id: a\n    client_secret: canary\n",
    );
    std::fs::set_permissions(run.config_path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    run.args(["profile", "check", "-q"]).stdout("p: ok\n").run();
}

#[test]
fn the_schema_is_json() {
    let output = oauth2tok().args(["profile", "schema"]).stdout_with(["token_endpoint_auth_method"]).run();
    let schema: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(schema.get("$schema").is_some());
}

#[test]
fn verbose_tells_where_each_setting_came_from() {
    let server = Server::new();
    let run = client_of(server.url())
        .config("defaults:\n  timeout: 15s\nprofiles:\n  p:\n    scope: a b\n")
        .env("OAUTH2TOK_RETRY", "1")
        .args(["-v", "-p", "p"]);
    let file = run.config_path().to_str().unwrap().to_owned();
    let url = server.url();
    run.stdout("tok-1\n")
        .stderr_with([
            format!("* token_endpoint = {url} (flag --token-endpoint)\n"),
            format!("* scope = a b (profile {file}:5)\n"),
            format!("* timeout = 15s (profile {file}:2)\n"),
            "* retry = 1 (env OAUTH2TOK_RETRY)\n".to_owned(),
            "* client_id = ci (flag --client-id)\n".to_owned(),
            "* client_secret = env:OAUTH2TOK_CLIENT_SECRET (env OAUTH2TOK_CLIENT_SECRET)\n".to_owned(),
            "* grant_type = client_credentials (default)\n".to_owned(),
            "* token_endpoint_auth_method = client_secret_basic (default)\n".to_owned(),
        ])
        .stderr_without([SECRET, TOKEN])
        .run();
}

#[test]
fn help_and_version_go_to_stdout() {
    oauth2tok().args(["--version"]).stdout(concat!("oauth2tok ", env!("CARGO_PKG_VERSION"), "\n")).run();
    // Without one of its words a command is a mistake, and the result must not be help.
    oauth2tok()
        .args(["profile"])
        .fails(
            2,
            "error: the command needs one of these words behind it: list, show, check, path, schema, add, init\n\
             hint: 'oauth2tok profile -h' lists its flags, '--help' explains them\n",
        )
        .run();
    oauth2tok()
        .args(["cache"])
        .fails(
            2,
            "error: the command needs one of these words behind it: list, clear, path\n\
             hint: 'oauth2tok cache -h' lists its flags, '--help' explains them\n",
        )
        .run();
    let short = oauth2tok().args(["-h"]).stdout_with(["Usage: oauth2tok", "--token-endpoint"]).run().stdout;
    let long = oauth2tok().args(["--help"]).stdout_with(["Examples:", "Exit codes:", "env:NAME"]).run().stdout;
    assert!(short.len() < long.len());
    // clap would print the live value of a variable it is bound to.
    oauth2tok().env("OAUTH2TOK_CLIENT_SECRET", "canary").args(["--help"]).stdout(long).run();
}

#[test]
fn a_path_may_begin_with_the_home_directory() {
    let server = Server::new();
    let profile = format!("token_endpoint: {}\nclient_id: x\nauth_method: none\n", server.url());
    let config = format!("profiles:\n  p: {{ token_endpoint: '{}', client_id: x, auth_method: none }}\n", server.url());
    oauth2tok().file("dir/one.yaml", &profile).args(["-p", "~/dir/one.yaml"]).prints(TOKEN).run();
    oauth2tok().file("dir/c.yaml", &config).args(["-p", "p", "--config", "~/dir/c.yaml"]).prints(TOKEN).run();
    oauth2tok()
        .file("dir/c.yaml", &config)
        .env("OAUTH2TOK_CONFIG", "~/dir/c.yaml")
        .args(["-p", "p"])
        .prints(TOKEN)
        .run();
}

/// Everything that takes the name of a file, with `~` in front of it.
#[test]
fn a_tilde_means_the_same_wherever_a_file_is_named() {
    let ca = Ca::new("CA");
    let (server, plain) = (Server::tls(ca.server(), token()), Server::new());
    let pem = std::fs::read(ca.cacert()).unwrap();
    let line = "curl -d grant_type=client_credentials -d client_id=x https://idp.example/token";
    let profile = format!("{{ token_endpoint: '{}', client_id: x, auth_method: none }}", plain.url());
    let config = format!("profiles: {{ p: {profile} }}");
    for home in [None, Some(""), Some("."), Some("relative/home")] {
        let unknown = "'~' stands for the home directory, which is unknown: HOME is not an absolute path\n";
        let hint = "hint: set it, or write the path out\n";
        let check = |run: Run, words: &[&str], before: &str, after: &str| {
            let files = [("ca.pem", &pem[..]), ("secret", SECRET.as_bytes()), ("line", line.as_bytes())];
            let files = files.into_iter().chain([("p.yaml", profile.as_bytes()), ("c.yaml", config.as_bytes())]);
            let run = files.fold(run.args(words), |run, (name, bytes)| run.file(name, bytes));
            match home {
                None => run.code(0).any_output().run(),
                Some(home) => run.env("HOME", home).fails(2, format!("error: {before}{unknown}{after}")).run(),
            };
        };
        let to = |server: &Server| client_of(server.url());
        let api = plain.url();
        check(to(&server), &["--cacert", "~/ca.pem"], "cacert (flag --cacert): ", "");
        check(
            to(&plain),
            &["--client-secret", "file:~/secret"],
            "cannot read client_secret from the file that flag --client-secret names\ncaused by: ",
            "",
        );
        check(to(&plain), &["exec", "--token-file", "~/token", "--", "true"], "--token-file: ", hint);
        check(to(&plain), &["request", "-d", "@~/secret", &api], "-d: ", hint);
        check(oauth2tok(), &["-p", "~/p.yaml"], "flag --profile: the file it names cannot be read: ", "");
        check(
            oauth2tok(),
            &["--config", "~/c.yaml", "-p", "p"],
            "flag --config: the file it names cannot be read: ",
            "",
        );
        check(oauth2tok(), &["profile", "path", "--config", "~/c.yaml"], "flag --config: ", "");
        check(oauth2tok(), &["import", "--from", "curl", "~/line"], "the file: ", hint);
    }
}

#[test]
fn directories_are_below_home_unless_an_absolute_path_names_them() {
    let (profile, cache) = (
        "error: the home directory is unknown\nhint: set HOME or XDG_CONFIG_HOME, or give --config\n",
        "error: the home directory is unknown: neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME hold an absolute path\n\
         hint: set HOME, or XDG_CACHE_HOME and XDG_STATE_HOME\n",
    );
    let places = [
        ("profile", "XDG_CONFIG_HOME", ".config/oauth2tok/config.yaml", profile),
        ("cache", "XDG_CACHE_HOME", ".cache/oauth2tok", cache),
    ];
    for (command, variable, below, homeless) in places {
        let run = || oauth2tok().args([command, "path"]);
        for relative in ["", "relative", "./x", "~/x"] {
            let homely = run().env(variable, relative);
            let expected = format!("{}\n", homely.path(below).display());
            homely.stdout(expected).run();
            for none in ["", ".", "relative/home"] {
                run().env(variable, relative).env("HOME", none).fails(2, homeless).run();
            }
        }
        let expected = format!("/elsewhere/{}\n", below.split_once('/').unwrap().1);
        run().env(variable, "/elsewhere").env("HOME", "").stdout(expected).run();
    }
}

#[test]
fn another_users_home_is_not_looked_up() {
    let server = Server::new();
    let run = |args: &[&str]| client_of(server.url()).args(args);
    let unknown = "only '~' alone or before a '/' is a home directory, and there is no file of that name\n";
    let hint = "hint: write the path out; a file of your own with such a name is './~…'\n";
    for (args, before, after) in [
        (&["--cacert", "~root/s3cret.pem"][..], "cacert (flag --cacert): ", ""),
        (
            &["--client-secret", "file:~root/gone"],
            "cannot read client_secret from the file that flag --client-secret names\ncaused by: ",
            "",
        ),
        (&["-p", "~root/s3cret.yaml"], "flag --profile: the file it names cannot be read: ", ""),
        (&["-p", "p", "--config", "~root/s3cret.yaml"], "flag --config: the file it names cannot be read: ", ""),
        (&["request", "-d", "@~root/s3cret", "https://api.invalid/"], "-d: ", hint),
        (&["exec", "--token-file", "~root/s3cret", "--", "true"], "--token-file: ", hint),
        (&["import", "--from", "curl", "~root/s3cret"], "the file: ", hint),
    ] {
        let expected = format!("error: {before}{unknown}{after}");
        run(args).fails(2, expected).stderr_without(["s3cret"]).run();
    }
    assert_eq!(server.connections(), 0);
    // A file may be called so.
    let named = run(&["--client-secret", "file:~a"]).file("~a", SECRET);
    let home = named.path("");
    named.cwd(&home).prints(TOKEN).run();
}

#[test]
fn without_the_variable_home_is_where_the_system_says() {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let own = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user.get(2) == Some(&&*uid));
    let Some(home) = own.and_then(|user| user.get(5).copied()).filter(|home| home.starts_with('/')) else {
        return not_run("this user's home is in no list");
    };
    let run =
        |words: &[&str]| oauth2tok().without("HOME").without("XDG_CONFIG_HOME").without("XDG_CACHE_HOME").args(words);
    run(&["profile", "path"]).stdout(format!("{home}/.config/oauth2tok/config.yaml\n")).run();
    run(&["cache", "path"]).stdout(format!("{home}/.cache/oauth2tok\n")).run();
    run(&["profile", "path", "--config", "~/x.yaml"]).stdout(format!("{home}/x.yaml\n")).run();
}

#[test]
fn a_config_file_that_is_there_but_cannot_be_read_is_not_passed_over() {
    let server = Server::new();
    let run = client_of(server.url());
    let file = run.config_path();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nonexistent/config.yaml", &file).unwrap();
    run.fails(
        2,
        "error: [HOME]/config/oauth2tok/config.yaml: cannot be read: No such file or directory (os error 2)\n",
    )
    .run();
    let run = client_of(server.url());
    std::fs::create_dir_all(run.config_path()).unwrap();
    run.fails(2, "error: [HOME]/config/oauth2tok/config.yaml: is a directory\n").run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_run_needs_no_home() {
    let server = Server::new();
    let homeless = || {
        let run = client_of(server.url()).without("HOME").without("XDG_CONFIG_HOME");
        run.without("XDG_CACHE_HOME").without("XDG_STATE_HOME")
    };
    homeless().prints(TOKEN).run();
    homeless().env("HOME", "/dev/null").prints(TOKEN).run();
    homeless().env("HOME", "").prints(TOKEN).run();
}

#[test]
fn words_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = std::ffi::OsStr::from_bytes(b"canary\xff");
    client_of("https://idp.invalid/")
        .args([std::ffi::OsStr::new("-s"), bytes])
        .fails(
            2,
            "error: a word on the command line is not valid UTF-8\n\
             hint: 'oauth2tok -h' lists commands and flags, '--help' explains them\n",
        )
        .run();
    client_of("https://idp.invalid/")
        .env("OAUTH2TOK_CLIENT_SECRET", bytes)
        .fails(
            2,
            "error: cannot read client_secret from env:OAUTH2TOK_CLIENT_SECRET\n\
             caused by: env:OAUTH2TOK_CLIENT_SECRET is not valid UTF-8\n",
        )
        .stderr_without(["canary"])
        .run();
    client_of("https://idp.invalid/")
        .env("OAUTH2TOK_SCOPE", bytes)
        .fails(2, "error: env OAUTH2TOK_SCOPE: it is not valid UTF-8\n")
        .run();
}

/// Slips that make a secret a part of a name, or put it where a name belongs: no output of any kind repeats it.
#[test]
fn a_secret_that_a_slip_made_a_name_is_not_repeated() {
    let silent = |args: &[&str], config: &str| {
        for more in [&[][..], &["-v"], &["--error-format", "json"], &["--error-format", "json", "-v"]] {
            let run = client_of("https://idp.invalid/").config(config).env("S3", "s3cret");
            run.args(more).args(args).code(2).any_output().stdout("").stderr_without(["s3cr"]).run();
        }
    };
    let config = "profiles:\n  prod: {}\n";
    for args in [
        &["--client-secret:s3cret"][..],
        &["--client-secret:s3cret", "-p", "prod"],
        &["--client-secrets3cret"],
        &["--client_secret=s3cret"],
        &["-password=s3cret"],
        &["--user'a:s3cret'"],
        &["--s3cret"],
        &["s3cret"],
        &["-d", "client_secret:s3cret"],
        &["-p", "s3cret"],
        &["-p", "s3cret/x"],
        &["-p", "s3cret.yaml"],
        &["--config", "s3cret"],
        &["--config", "~/s3cret", "-p", "prod"],
        &["-o", "s3cret"],
        &["--error-format", "s3cret"],
        &["--param", "s3cret"],
        &["--param", "client_secret:s3cret="],
        &["--param", "a:s3cret=", "--param", "a:s3cret="],
        &["--header", "s3cret"],
        &["--header", "a s3cret: x"],
        &["-g", "s3cret!"],
        &["--timeout", "s3cret"],
        &["profile", "s3cret"],
        &["profile", "show", "s3cret"],
        &["profile", "check", "s3cret"],
        &["profile", "check", "./s3cret"],
        &["profile", "list", "--config", "s3cret"],
        &["import", "--from", "s3cret"],
        &["batch", "--map", "client_secret:s3cret"],
        &["batch", "--map", "client_secret=s3cret"],
        &["batch", "--progress", "s3cret"],
        &["request", "--client-secret:s3cret", "https://a.example"],
        &["cache", "s3cret"],
        &["completions", "s3cret"],
    ] {
        silent(args, config);
    }
    for entries in [
        "client_secret:s3cret",
        "client_secret:s3cret: x",
        "client_secret:s3cret:",
        "client_se cret:s3cret: x",
        "&client_secret:s3cret x: y",
        "s3cret: x",
        "{client_secret:s3cret}",
        "extends: ${S3}",
        "params: {s3cret: a, s3cret: b}",
        "params: {'client_secret:s3cret': a}",
        "headers: {'a s3cret': a}",
    ] {
        silent(&["-p", "p"], &format!("profiles:\n  p:\n    {entries}\n"));
    }
}
