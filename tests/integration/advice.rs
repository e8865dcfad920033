//! What the program tells people to do, in their own values, where something went wrong; and what it warns of before.

use super::harness::*;

/// A run as the client [`ID`] with this secret in its variable, which must be warned of so and nothing else.
#[track_caller]
fn warns(secret: &str, warning: &str) {
    let server = Server::new();
    client_of(server.url())
        .env("OAUTH2TOK_CLIENT_SECRET", secret)
        .stdout("tok-1\n")
        .stderr(format!("warning: client_secret {warning}\n"))
        .run();
}

#[test]
fn a_secret_whose_shape_tells_that_something_went_wrong_is_warned_of_and_not_shown() {
    const VARIABLE: &str = "looks like a variable that nobody has filled in; it is sent as it is \
                            (env:NAME reads a variable; between single quotes a shell fills in none)";
    const EXPRESSION: &str = "looks like an expression of a template or a CI system that nobody has filled in; it is sent as it is \
                              (let that system fill it in, and hand it over in a variable: env:NAME)";
    const ENV: &str = "looks like the name of a source, which was not taken for one; it is sent as it is \
                       (env:NAME in a flag or a profile reads a variable; a variable of ours holds the secret itself)";
    const QUOTE: &str = "begins or ends with a quote; it is sent as it is (quotes in a file or a variable are part of the text: take them off)";
    for (secret, warning) in [
        ("\"s3cret-of-ci\"", QUOTE),
        ("'s3cret-of-ci'", QUOTE),
        ("$S3CRET_OF_CI", VARIABLE),
        ("%S3CRET_OF_CI%", VARIABLE),
        ("${{ secrets.S3CRET }}", EXPRESSION),
        ("<s3cret of ci>", "looks like a placeholder; it is sent as it is (put the secret itself in its place)"),
        ("ENV:S3CRET_OF_CI", ENV),
        ("evn:S3CRET_OF_CI", ENV),
        (
            "cmd:cat s3cret",
            "looks like the name of a source, which was not taken for one; it is sent as it is (command:CMD in a flag or a profile takes what a command prints)",
        ),
        ("@s3cret.txt", "looks like the name of a file; it is sent as it is (file:PATH reads it)"),
        (
            "op://s3cret/of/ci",
            "looks like a reference that another program has to look up; it is sent as it is (command:op read op://… takes what that prints)",
        ),
        (
            "bws:s3cret",
            "looks like a reference that another program has to look up; it is sent as it is (command:CMD takes what a command prints, file:PATH and env:NAME what is there)",
        ),
        (
            "arn:aws:secretsmanager:x:1:secret:s3cret",
            "looks like a reference that another program has to look up; it is sent as it is \
             (command:aws secretsmanager get-secret-value --query SecretString --output text … takes what that prints)",
        ),
        ("s3\tcret", "holds a tab; it is sent as it is (in YAML, \\t between double quotes is one: use single quotes)"),
        ("s3 cret", "holds white space; it is sent as it is (a secret seldom does: check where it was copied from)"),
    ] {
        warns(secret, warning);
    }
}

#[test]
fn what_is_called_literal_or_has_an_ordinary_shape_is_not_warned_of() {
    let server = Server::new();
    let profile = |secret: &str| {
        let yaml = format!("token_endpoint: {}\nclient_id: ci\nclient_secret: '{secret}'\n", server.url());
        oauth2tok().file("p.yaml", yaml).args(["-p", "./p.yaml"])
    };
    profile("literal:$NAME").prints("tok-1").run();
    profile("literal: two words ").prints("tok-1").run();
    profile("literal:${X}").env("X", "$NAME").prints("tok-1").run();
    client_of(server.url()).env("OAUTH2TOK_CLIENT_SECRET", CANARY).prints("tok-1").run();
    client_of(server.url())
        .args(["-q", "-g", "password", "-u", "ada", "--password", "env:P"])
        .env("P", "correct horse battery staple")
        .prints("tok-1")
        .run();
    client_of(server.url()).args(["-q"]).env("OAUTH2TOK_CLIENT_SECRET", "$NAME").prints("tok-1").run();
    let sent =
        server.requests().iter().map(|request| request.header("Authorization").unwrap().to_owned()).collect::<Vec<_>>();
    // ci:%24NAME and ci:+two+words+
    assert_eq!(sent[..2], ["Basic Y2k6JTI0TkFNRQ==", "Basic Y2k6K3R3byt3b3Jkcys="]);
}

#[test]
fn a_password_or_a_parameter_is_warned_of_by_its_name() {
    let server = Server::new();
    client_of(server.url())
        .args(["-g", "refresh_token", "--refresh-token", "env:RT", "--param", "api_key=<s3cret>"])
        .env("RT", "vault:s3cret")
        .stdout("tok-1\n")
        .stderr(
            "warning: refresh_token looks like a reference that another program has to look up; it is sent as it is \
             (command:vault kv get -field=… takes what that prints)\n\
             warning: api_key looks like a placeholder; it is sent as it is (put the secret itself in its place)\n",
        )
        .run();
}

#[test]
fn a_byte_order_mark_is_stripped_from_what_an_editor_wrote() {
    let server = Server::new();
    let run = |source: &str| {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", "ci", "-a", "post", "--client-secret", source])
            .file("secret", "\u{feff}s3cret\r\n")
            .stdout("tok-1\n")
    };
    let warning = |source: &str| {
        format!("warning: {source} begins with a byte order mark, which is not taken for a part of the secret\n")
    };
    run("file:secret").stderr(warning("file:secret")).run();
    run("command:cat secret").stderr(warning("command:cat …")).run();
    run("stdin").stdin("\u{feff}s3cret").stderr(warning("stdin")).run();
    run("fd:3").by(["sh", "-c", "exec \"$@\" 3<secret", "sh"]).stderr(warning("fd:3")).run();
    run("file:secret").args(["-q"]).run();
    // In a variable no editor puts one: it is a part of what was copied.
    run("env:S")
        .env("S", "\u{feff}s3cret")
        .stderr(
            "warning: client_secret begins with a byte order mark, which is invisible; it is sent as it is \
             (take it off: save the text as UTF-8 without one)\n",
        )
        .run();
    let requests = server.requests();
    assert!(requests[..5].iter().all(|request| request.body().ends_with("client_secret=s3cret")));
}

#[test]
fn utf_16_is_named() {
    let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let little = |text: &str| units(text).into_iter().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let big = |text: &str| units(text).into_iter().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    for bytes in [little("\u{feff}s3cret\r\n"), little("s3cret\r\n"), big("\u{feff}s3cret\n"), big("s3cret\n")] {
        client_of("http://127.0.0.1:9/token")
            .file("secret", bytes)
            .without("OAUTH2TOK_CLIENT_SECRET")
            .args(["--client-secret", "file:secret"])
            .fails(
                2,
                "error: cannot read client_secret from file:secret\n\
                 caused by: file:secret is UTF-16, as PowerShell and Notepad write it, and not UTF-8\n\
                 hint: write it as UTF-8: in PowerShell, … | Out-File -Encoding ascii, or Set-Content -Encoding utf8\n",
            )
            .run();
    }
}
