//! Servers that go their own way, as profile and environment say it; and what is handed over instead of the access token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json as value};

use super::harness::*;

/// A profile with these lines, as it stands in a file of its own.
fn profile(server: &Server, lines: &str) -> Run {
    let file = format!("token_endpoint: {}\nclient_id: ci\nclient_secret: env:S\n{lines}", server.url());
    oauth2tok().file("p.yaml", file).args(["-p", "./p.yaml"]).env("S", CANARY)
}

/// Saved, the answer is what a run says of it, with these lines in the profile of both.
#[track_caller]
fn told_alike(answer: &Answer, lines: &str) {
    explained::told(lines, &Server::answering(answer.clone()), &answer.bytes()).with(lines).agrees();
}

#[test]
fn a_body_of_json_holds_the_members_of_the_form() {
    let server = Server::new();
    let lines = "body: json\nscope: [a, b]\naudience: [x, y]\nparams: { tenant: 'q\"\\ü' }\n\
                 token_endpoint_auth_method: client_secret_post\n";
    profile(&server, lines).prints(TOKEN).run();
    let request = server.request();
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    assert_eq!(request.header("Content-Length"), Some(request.bytes().len().to_string().as_str()));
    let sent: Value = serde_json::from_str(request.body()).unwrap();
    let expected = value!({
        "grant_type": "client_credentials", "scope": "a b", "audience": ["x", "y"], "tenant": "q\"\\ü",
        "client_id": "ci", "client_secret": CANARY,
    });
    assert_eq!(sent, expected);
    // With Basic the secret stays in its header; a variable says the same as a profile.
    let server = Server::new();
    client_of(server.url()).env("OAUTH2TOK_BODY", "json").prints(TOKEN).run();
    assert_eq!(server.request().body(), r#"{"grant_type":"client_credentials"}"#);
    assert!(server.request().header("Authorization").unwrap().starts_with("Basic "));
}

#[test]
fn a_request_with_a_body_of_json_is_shown_without_secrets() {
    let server = Server::new();
    let lines = "body: json\nscope: a\nparams: { pin: '1\"2\\qXz9', name: \"it's 100%\" }\nauth_method: post\n";
    let shown = "\n{\"grant_type\":\"client_credentials\",\"scope\":\"a\",\"pin\":\"***\",\"name\":\"it's 100%\",\
                 \"client_id\":\"ci\",\"client_secret\":\"***\"}\n";
    profile(&server, lines).args(["--dry-run"]).stdout_with([shown]).run();
    profile(&server, lines)
        .args(["-v"])
        .prints(TOKEN)
        .stderr_with(["* body = json (profile ./p.yaml:4)\n", &shown.replace('{', "> {")[1..]])
        .run();
    let line = profile(&server, lines).args(["-q", "--dry-run", "-o", "curl"]).any_output().run().stdout;
    assert!(!line.contains("qXz"), "{line}");
    let before = server.count();
    let ran = std::process::Command::new("sh")
        .args(["-c", &line])
        .env("S", CANARY)
        .env("OAUTH2TOK_PARAM_PIN", "1\"2\\qXz9")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{line}: {ran:?}");
    let sent = server.requests();
    assert_eq!(sent.len(), before + 1);
    assert_eq!(sent[0].body(), sent[before].body(), "{line}");
    assert_eq!(sent[before].header("Content-Type"), Some("application/json"));
}

#[test]
fn scopes_are_joined_and_split_by_the_separator_of_the_server() {
    for (separator, joined) in [(",", "a,b"), ("+", "a+b"), (", ", "a, b")] {
        let server = Server::answering(token_with("tok-1", &format!(r#","scope":"{joined}""#)));
        let lines = format!("scope: [a, b]\nscope_separator: '{separator}'\n");
        profile(&server, &lines).prints(TOKEN).run();
        told_alike(&token_with("tok-1", &format!(r#","scope":"{joined}""#)), &lines);
        assert_eq!(server.request().field("scope").unwrap(), joined);
    }
    let server = Server::answering(token_with("tok-1", r#","scope":"a""#));
    profile(&server, "scope: [a, b]\nscope_separator: '+'\n")
        .prints(TOKEN)
        .stderr("warning: not named among the granted scopes: b\n")
        .run();
}

const NESTED: &str = r#"{"data":{"key":"nested-token-of-alice","expires_in":3600000},"note":"nested-token-of-alice"}"#;

#[test]
fn a_token_is_found_where_the_pointer_points_and_hidden_wherever_it_is_shown() {
    let server = Server::answering(json(200, NESTED));
    for lines in ["token_pointer: /data/key\nexpires_in_unit: ms\n", "token_pointer: /data/other\n"] {
        told_alike(&json(200, NESTED), lines);
        told_alike(&json(200, NESTED), &format!("{lines}strict: true\n"));
    }
    let lines = "token_pointer: /data/key\nexpires_in_unit: ms\n";
    profile(&server, lines).prints("nested-token-of-alice").run();
    let ttl = profile(&server, lines).args(["-o", "ttl"]).any_stdout().run().stdout;
    assert!((3590..=3600).contains(&ttl.trim().parse::<u32>().unwrap()), "{ttl}");
    profile(&server, lines)
        .args(["-v"])
        .prints("nested-token-of-alice")
        .stderr_with([
            "* deviation: the token stands at /data/key instead of access_token (RFC 6749 §5.1)\n",
            "* deviation: expires_in is in milliseconds instead of seconds (RFC 6749 §5.1)\n",
            r#"{"data":{"key":"***","expires_in":3600000},"note":"***"}"#,
        ])
        .stderr_without(["nested-token"])
        .run();
    profile(&server, lines).args(["--strict"]).fails_with(4, ["the token stands at /data/key"]).run();
    profile(&server, "token_pointer: /data/other\n")
        .fails_with(4, ["is not a token response: it has no /data/other (HTTP 200)\n"])
        .stderr_without(["nested-token"])
        .run();
    profile(&server, "token_pointer: data.key\n")
        .fails_with(
            2,
            ["token_pointer (profile ./p.yaml:4): expected a pointer such as /data/accessToken (RFC 6901)\n"],
        )
        .run();
}

#[test]
fn an_answer_that_nests_its_token_says_what_to_write() {
    let answer = json(200, r#"{"data":{"accessToken":"abc-canary"}}"#);
    for lines in ["", "token_pointer: /data/accessToken\n", "token_pointer: /accessToken\n"] {
        told_alike(&answer, lines);
    }
    let server = Server::answering(answer);
    client_of(server.url())
        .fails_with(
            4,
            [
                "it has no access_token (HTTP 200)\n",
                "hint: the answer seems to hold a token at /data/accessToken: if that is it, write \
                 token_pointer: /data/accessToken into the profile, or OAUTH2TOK_TOKEN_POINTER=/data/accessToken\n",
            ],
        )
        .stderr_without(["abc-canary"])
        .run();
    client_of(server.url()).env("OAUTH2TOK_TOKEN_POINTER", "/data/accessToken").prints("abc-canary").run();
}

#[test]
fn each_way_of_a_server_is_a_token_of_its_own() {
    let server = Server::numbered();
    let home = home();
    let run = |lines: &str| profile(&server, lines).at_home(&home).file("p.yaml", "").args(["--cache"]);
    let tokens: Vec<_> =
        ["", "body: json\n", "scope: a b\n", "scope: a b\nscope_separator: ','\n", "expires_in_unit: ms\n"]
            .iter()
            .map(|lines| {
                let file = format!("token_endpoint: {}\nclient_id: ci\nclient_secret: env:S\n{lines}", server.url());
                run(lines).file("p.yaml", file).any_stdout().run().stdout
            })
            .collect();
    assert_eq!(tokens, ["tok-1\n", "tok-2\n", "tok-3\n", "tok-4\n", "tok-5\n"]);
    let file = format!("token_endpoint: {}\nclient_id: ci\nclient_secret: env:S\nbody: json\n", server.url());
    run("").file("p.yaml", file).args(["-v"]).prints("tok-2").stderr_with(["; body = json"]).run();
}

#[test]
fn another_issuer_is_taken_where_it_is_expected_and_warned_of() {
    let common = "https://login.example/{tenantid}/v2.0";
    let server = Server::scripted(move |_, request| match request.contains("/.well-known/") {
        true => metadata(common, &format!("{}/token", request.origin())),
        false => token(),
    });
    let run = || client().args(["--issuer", &server.origin()]);
    run().fails_with(4, ["its issuer is 'https://login.example/{tenantid}/v2.0'"]).run();
    let warning = "warning: expected_issuer: metadata of 'https://login.example/{tenantid}/v2.0' is taken for the \
                   issuer's own, which RFC 8414 §3.3 forbids\n";
    for _ in 0..2 {
        run().env("OAUTH2TOK_EXPECTED_ISSUER", common).args(["--cache"]).prints(TOKEN).stderr(warning).run();
    }
    run().env("OAUTH2TOK_EXPECTED_ISSUER", "https://other.example").fails_with(4, ["its issuer is"]).run();
    client_of(server.url())
        .env("OAUTH2TOK_EXPECTED_ISSUER", common)
        .fails_with(2, ["expected_issuer (env OAUTH2TOK_EXPECTED_ISSUER) goes with an issuer alone"])
        .run();
}

#[test]
fn no_flag_sets_a_servers_way() {
    for flag in ["--body", "--scope-separator", "--token-pointer", "--expires-in-unit", "--expected-issuer"] {
        client_of("https://idp.example/").args([flag, "x"]).fails_with(2, ["error: unknown flag"]).run();
    }
}

/// A token with this claim, unsigned.
fn id_token(expires_at: u64) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(value!({ "exp": expires_at }).to_string()))
}

#[test]
fn kubernetes_gets_the_member_that_is_named_and_its_own_lifetime() {
    let answer = |expires_at: u64, more: &str| {
        token_with("tok-1", &format!(r#","expires_in":3600,"id_token":"{}"{more}"#, id_token(expires_at)))
    };
    let args = ["-o", "exec-credential", "--field", "id_token"];
    let server = Server::answering(answer(4_000_000_000, ""));
    let object = |token: &str, until: &str| {
        format!(
            r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"expirationTimestamp":"{until}","token":"{token}"}}}}"#
        ) + "\n"
    };
    client_of(server.url()).args(args).stdout(object(&id_token(4_000_000_000), "2096-10-02T07:06:40Z")).run();
    // One that has expired is not taken from the cache, and one that lives on is, whatever becomes of the access token.
    for (expires_at, lifetime, requests) in [(1_000_000_000, 3600, 2), (4_000_000_000, 1, 1)] {
        let body = format!(r#","expires_in":{lifetime},"id_token":"{}""#, id_token(expires_at));
        let server = Server::answering(token_with("tok-1", &body));
        let home = home();
        for _ in 0..2 {
            client_of(server.url()).at_home(&home).args(["--cache"]).args(args).any_stdout().run();
            std::thread::sleep(std::time::Duration::from_millis(if lifetime == 1 { 1100 } else { 0 }));
        }
        assert_eq!(server.count(), requests, "{expires_at}");
    }
    for answer in [token(), token_with("tok-1", r#","id_token":null"#)] {
        let server = Server::answering(answer);
        client_of(server.url()).args(args).fails_with(4, ["error: the answer has no 'id_token'\n"]).run();
    }
    client_of(server.url())
        .args(["-o", "json", "--field", "id_token"])
        .fails_with(2, ["exclude each other\n", "with -o exec-credential hands it over\n"])
        .run();
}

#[test]
fn a_field_may_be_pointed_to() {
    let server = Server::answering(token_with("tok-1", r#","a":{"b/c":["x",{"d":17}],"n":null},"/odd":"name""#));
    for (field, expected) in [
        ("/a/b~1c/0", "x"),
        ("/a/b~1c/1", r#"{"d":17}"#),
        ("/a/b~1c/1/d", "17"),
        ("/odd", "name"),
        ("/token_type", "Bearer"),
    ] {
        client_of(server.url()).args(["--field", field]).stdout(format!("{expected}\n")).run();
    }
    for field in ["/a/x", "/a/n", "/a/b~1c/2", "/a/b~1c/00", "a/b", "/"] {
        client_of(server.url())
            .args(["--field", field])
            .fails_with(4, [format!("error: the answer has no '{field}'\n")])
            .run();
    }
}
