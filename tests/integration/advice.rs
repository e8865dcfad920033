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
fn a_field_or_a_parameter_with_a_structure_of_its_own_is_not_warned_of() {
    let server = Server::new();
    client_of(server.url())
        .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
        .args(["-H", "Cookie: session_token=abc", "-H", "X-Signature: keyId=\"a\""])
        .args(["--param", "auth_data={\"user\":\"x\"}", "--param", "key_id=arn:aws:kms:eu-west-1:1:key/x"])
        .prints("tok-1")
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

// ------------------------------------------------------------------------------------------------------------ addresses

#[test]
fn an_address_that_was_copied_with_more_or_is_anothers_is_told_with_what_to_write() {
    const WHERE: &str =
        "plain http would send credentials in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])";
    let plain = |what: &str, hint: &str| format!("{what}\nhint: {hint}\n");
    let quote = "it begins or ends with a quote: write the address alone\n".to_owned();
    for (flag, text, told) in [
        ("--token-endpoint", "\"https://idp.example/token\"", quote.clone()),
        ("--issuer", "'https://idp.example'", quote),
        (
            "--token-endpoint",
            "https://idp.example/token\r",
            "it ends with a line end: write the address alone\n".to_owned(),
        ),
        (
            "--token-endpoint",
            "https://login.example/{tenant}/token",
            "it holds a placeholder in braces: put what is yours in its place\n".to_owned(),
        ),
        (
            "--issuer",
            "https://idp.example/realms/a/.well-known/openid-configuration",
            plain(
                "it is where the issuer's metadata is, and not the issuer",
                "write --issuer https://idp.example/realms/a",
            ),
        ),
        (
            "--token-endpoint",
            "https://idp.example/.well-known/oauth-authorization-server",
            plain(
                "it is where an issuer's metadata is, and not a token endpoint",
                "write --issuer https://idp.example instead",
            ),
        ),
        ("--token-endpoint", "http://idp.example/token", plain(WHERE, "write https://idp.example/token")),
        (
            "--token-endpoint",
            "http://keycloak:8888/realms/a/token",
            plain(
                WHERE,
                "give the server TLS, or ask it from its own machine, container or pod, or through a forwarded port (kubectl \
                 port-forward, ssh -L), as http://localhost:8888/realms/a/token",
            ),
        ),
        (
            "--issuer",
            "http://keycloak:8888/realms/a",
            plain(
                "plain http is only allowed to this machine; an issuer must be https (RFC 8414 §2)",
                "give the server TLS, or ask it from its own machine, container or pod, or through a forwarded port (kubectl \
                 port-forward, ssh -L), as http://localhost:8888/realms/a",
            ),
        ),
    ] {
        let setting = flag.trim_start_matches('-').replace('-', "_");
        client().args([flag, text]).fails(2, format!("error: {setting} (flag {flag}): {told}")).run();
    }
}

#[test]
fn metadata_that_names_plain_http_is_told_with_the_url() {
    let ca = Ca::new("CA");
    let answer = r#"{"issuer":"ISSUER","token_endpoint":"http://idp.invalid/token"}"#;
    let server = Server::tls_scripted(ca.server(), move |_, request| {
        json(200, &answer.replace("ISSUER", &format!("https://{}", request.header("Host").unwrap())))
    });
    client()
        .args(["--issuer", &server.origin(), "--cacert", &ca.cacert()])
        .fails(
            4,
            "error: the metadata at https://127.0.0.1:[PORT]/.well-known/openid-configuration is not used: its token_endpoint \
             cannot be used: http://idp.invalid/token is plain http\n\
             hint: the server does not know that TLS ends before it: the proxy there must say so (X-Forwarded-Proto), and the \
             server be set to believe it, or its public address (hostname) be set there; until then give --token-endpoint\n",
        )
        .run();
}

#[test]
fn an_issuer_without_metadata_is_told_what_it_may_be() {
    let server = Server::answering(status(404, &[], ""));
    let told = |issuer: &str, hints: &str| {
        let path = issuer.trim_end_matches('/');
        let (origin, rest) = path.split_at(path.match_indices('/').nth(2).map_or(path.len(), |(at, _)| at));
        format!(
            "error: no metadata found for issuer {issuer}\n\
             caused by: {path}/.well-known/openid-configuration: HTTP 404\n\
             caused by: {origin}/.well-known/oauth-authorization-server{rest}: HTTP 404\n{hints}"
        )
        .replace(&server.origin(), "http://127.0.0.1:[PORT]")
    };
    for (path, hints) in [
        (
            "/auth/realms/a",
            "hint: if that is a Keycloak: try --issuer http://127.0.0.1:[PORT]/realms/a\n\
             hint: check --issuer, or give --token-endpoint\n",
        ),
        ("/token", "hint: that looks like a token endpoint: try --token-endpoint http://127.0.0.1:[PORT]/token\n"),
        ("", "hint: check --issuer, or give --token-endpoint\n"),
    ] {
        let issuer = format!("{}{path}", server.origin());
        client().args(["--issuer", &issuer]).fails(4, told(&issuer, hints)).run();
    }
}

#[test]
fn a_name_below_localhost_is_this_machine_and_never_looked_up() {
    let server = Server::new();
    let url = server.url().replace("127.0.0.1", "tenant.localhost");
    client_of(url).prints("tok-1").run();
}

// -------------------------------------------------------------------------------------------------------------- answers

#[test]
fn what_a_server_says_decides_the_advice() {
    for (status, body, words, told) in [
        (
            401,
            r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#,
            &[][..],
            "caused by: unauthorized_client: Invalid client or Invalid client credentials\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n",
        ),
        (
            401,
            r#"{"error":"invalid_client","error_description":"The OAuth 2.0 Client supports client authentication method 'client_secret_post', but method 'client_secret_basic' was requested."}"#,
            &[],
            "caused by: invalid_client: The OAuth 2.0 Client supports client authentication method 'client_secret_post', but method 'client_secret_basic' was requested.\n\
             hint: the server wants client_secret_post of client 'ci': try --auth-method client_secret_post\n",
        ),
        (
            400,
            r#"{"error":"invalid_client","error_description":"Parameter client_assertion_type is missing"}"#,
            &[],
            "caused by: invalid_client: Parameter client_assertion_type is missing\n\
             hint: the server wants a signed assertion of client 'ci': --auth-method private_key_jwt --signing-key file:KEY.pem, \
             or --auth-method client_secret_jwt (signed with the secret)\n",
        ),
        (
            403,
            r#"{"errorCode":"E17","developerMessage":"The application is not provisioned"}"#,
            &[],
            "caused by: E17: The application is not provisioned\n",
        ),
        (
            422,
            "",
            &[],
            "hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n",
        ),
        (
            400,
            r#"{"error":"unauthorized_client","error_description":"Client not allowed for direct access grants"}"#,
            &["-q", "-g", "password", "-u", "ada", "--password", "env:OAUTH2TOK_CLIENT_SECRET", "-s", "openid b"],
            "caused by: unauthorized_client: Client not allowed for direct access grants\n\
             hint: have 'Direct access grants' switched on for client 'ci' (Keycloak: Clients, Capability config): that is its name for password; \
             servers prefer that people log in: oauth2tok login -g authorization_code --token-endpoint http://127.0.0.1:[PORT]/token \
             --authorization-endpoint URL --client-id ci --scope 'openid b'\n",
        ),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Account is not fully set up"}"#,
            &["-q", "-g", "password", "-u", "ada", "--password", "env:OAUTH2TOK_CLIENT_SECRET"],
            "caused by: invalid_grant: Account is not fully set up\n\
             hint: the password is right, but the account of 'ada' wants something done first (a new password, an address, terms): log in there once in a browser\n",
        ),
    ] {
        let server = Server::answering(json(status, body));
        let lines = match words {
            [] => "",
            [.., "-s", _] => "grant_type: password\nusername: ada\npassword: env:S\nscope: openid b\n",
            _ => "grant_type: password\nusername: ada\npassword: env:S\n",
        };
        explained::told(body, &server, &json(status, body).bytes()).with(lines).agrees();
        let (code, head) = match status {
            422 => (
                4,
                "the answer of http://127.0.0.1:[PORT]/token is not a token response: HTTP 422 with an empty body"
                    .to_owned(),
            ),
            _ => (3, format!("http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP {status})")),
        };
        client_of(server.url()).args(words).fails(code, format!("error: {head}\n{told}")).run();
    }
}

#[test]
fn the_shape_of_a_refused_secret_comes_first() {
    let answer = json(401, r#"{"error":"invalid_client"}"#);
    let server = Server::answering(answer.clone());
    explained::told("a quote", &server, &answer.bytes())
        .of_secret(
            "\"s3cret\"",
            "the client_secret begins or ends with a quote: quotes in a file or a variable are part of the text: take them off",
        )
        .agrees();
    client_of(server.url())
        .env("OAUTH2TOK_CLIENT_SECRET", "\"s3cret\"")
        .fails(
            3,
            "warning: client_secret begins or ends with a quote; it is sent as it is (quotes in a file or a variable are part of the text: take them off)\n\
             error: http://127.0.0.1:[PORT]/token refused client 'ci' (client_secret_basic, HTTP 401)\n\
             caused by: invalid_client\n\
             hint: the client_secret begins or ends with a quote: quotes in a file or a variable are part of the text: take them off\n\
             hint: check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post\n",
        )
        .run();
}
