//! The settings of machine identity: where they come from, how they merge, what is shown of them and what is refused.

use super::harness::shown::{NOTHING, check, check_everywhere, shown};
use super::harness::*;

/// A key of nobody.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

#[test]
fn each_has_a_variable_and_a_profile_key() {
    for (name, written, value) in [
        ("signing_alg", "PS256", r#""PS256""#),
        ("key_id", "thumbprint", r#""thumbprint""#),
        ("x5t", "both", r#""both""#),
        ("x5c", "true", "true"),
        ("dpop", "true", "true"),
        ("dpop_alg", "EdDSA", r#""EdDSA""#),
        ("assertion_audience", "token_endpoint", r#""token_endpoint""#),
        ("assertion_lifetime", "24h", r#""1day""#),
        ("assertion_scope", "true", "true"),
        ("clock_offset", "-90s", r#""-1m 30s""#),
        ("subject_token_type", "jwt", r#""jwt""#),
        ("client_assertion_type", "urn:x", r#""urn:x""#),
        ("signer", "sh -c 'sign it'", r#""sh …""#),
        ("signer", "no-such-command x", r#""(not repeated: there is no such command)""#),
        ("assertion_claims", r#"{"b": [1, "x"], "a": null}"#, r#"{"a":null,"b":[1,"x"]}"#),
        ("assertion_headers", r#"{"typ": "x"}"#, r#"{"typ":"x"}"#),
        ("authorization_details", r#"[{"type": "x"}]"#, r#""[{\"type\": \"x\"}]""#),
    ] {
        let yaml = match value {
            // As YAML it is laid out anew.
            r#""[{\"type\": \"x\"}]""# => format!("profiles:\n  p:\n    {name}: '{written}'\n"),
            _ => format!("profiles:\n  p:\n    {name}: {written}\n"),
        };
        check_everywhere(&yaml, name, written, value);
    }
    check(
        "profiles:\n  p:\n    authorization_details: [{type: x, n: 1, b: ['1']}]\n",
        |run| run,
        "authorization_details",
        r#""[{\"type\":\"x\",\"n\":1,\"b\":[\"1\"]}]""#,
        ":3",
    );
}

#[test]
fn each_secret_has_a_variable_for_itself_and_one_for_its_file() {
    for name in [
        "client_assertion",
        "assertion",
        "subject_token",
        "actor_token",
        "signing_key",
        "signing_key_passphrase",
        "dpop_key",
        "key_passphrase",
    ] {
        let variable = format!("OAUTH2TOK_{}", name.to_ascii_uppercase());
        let source = format!("\"env:{variable}\"");
        check(NOTHING, |run| run.env(&variable, KEY), name, &source, &format!("env {variable}"));
        let file = format!("{variable}_FILE");
        let by_file = |run: Run| {
            let run = run.file("k.pem", KEY);
            let path = run.path_text("k.pem");
            run.env(&file, path)
        };
        let shown = shown(NOTHING, by_file);
        assert!(shown[name]["value"].as_str().is_some_and(|value| value.starts_with("file:/")), "{shown}");
        assert_eq!(shown[name]["origin"], format!("env {file}"));
    }
}

#[test]
fn maps_merge_name_by_name_and_null_takes_a_secret_away_but_is_a_claims_value() {
    let yaml = "defaults:\n  assertion_claims: { a: 1, b: 1 }\n  secret_params: { otp: 'env:OTP', pin: 'env:PIN' }\nprofiles:\n  q: { assertion_claims: { b: 2, c: 2 } }\n  p: { extends: q, assertion_claims: { c: null }, secret_params: { pin: null, x: stdin } }\n";
    check(yaml, |run| run, "assertion_claims", r#"{"a":1,"b":2,"c":null}"#, ":6");
    check(yaml, |run| run, "secret_params", r#"{"otp":"env:OTP","x":"stdin"}"#, ":6");
    let by_variable =
        |run: Run| run.env("OAUTH2TOK_ASSERTION_CLAIM", r#"{"a":"v"}"#).env("OAUTH2TOK_SECRET_PARAMS", "otp=file:/x");
    check(yaml, by_variable, "assertion_claims", r#"{"a":"v","b":2,"c":null}"#, "env OAUTH2TOK_ASSERTION_CLAIM");
    check(
        yaml,
        by_variable,
        "secret_params",
        r#"{"otp":"file:(not repeated: there is no such file)","x":"stdin"}"#,
        "env OAUTH2TOK_SECRET_PARAMS",
    );
    let text = oauth2tok().config(yaml).args(["profile", "show", "p"]).any_stdout().run().stdout;
    assert!(text.contains("assertion_claims: a:=1, b:=2, c:=null  # profile "), "{text}");
    assert!(text.contains("secret_params: otp=env:OTP, x=stdin  # profile "), "{text}");
}

#[test]
fn a_key_in_a_flag_and_a_typed_one_are_refused_before_anything_else() {
    for flag in ["--signing-key", "--dpop-key"] {
        for text in [KEY, "literal:x", "x"] {
            client()
                .args([flag, text])
                .fails(
                    2,
                    format!(
                        "error: flag {flag}: a key is not written out on the command line, where 'ps' shows it; give {flag} env:NAME, file:PATH or 'command:CMD ARGS'\n"
                    ),
                )
                .run();
        }
        let why = "a key cannot be typed in; write env:NAME, file:PATH or command:CMD ARGS";
        client().args([flag, "prompt"]).fails(2, format!("error: flag {flag}: {why}\n")).run();
    }
    oauth2tok()
        .config("profiles:\n  p:\n    signing_key: prompt\n")
        .args(["profile", "show", "p"])
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml:3:18: signing_key: a key cannot be typed in; write env:NAME, file:PATH or command:CMD ARGS\n 3 |     signing_key: …\n   |                  ^\n",
        )
        .run();
}

#[test]
fn a_key_in_a_profile_is_not_shown_and_earns_a_warning_where_others_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let block: String = KEY.lines().map(|line| format!("      {line}\n")).collect();
    let yaml = format!("profiles:\n  p:\n    signing_key: |\n{block}    secret_params:\n      otp: s3cret-otp #9\n");
    let home = home();
    let run = oauth2tok().at_home(&home).config(&yaml).args(["profile", "show", "p"]);
    std::fs::set_permissions(run.config_path(), PermissionsExt::from_mode(0o644)).unwrap();
    let output = run.any_output().run();
    for line in ["signing_key: ***  # profile ", "secret_params: otp=***  # profile "] {
        assert!(output.stdout.contains(line), "{}", output.stdout);
    }
    assert!(!output.stdout.contains("MC4CAQ"), "{}", output.stdout);
    let output = oauth2tok().at_home(&home).args(["profile", "check", "p"]).any_end().run();
    for warning in [
        ": a secret stands in a file that other users can read: 'chmod 600 ",
        ": in YAML a comment begins at ' #', and what stands behind it is no part of the secret",
    ] {
        assert!(output.stderr.contains(warning), "{}", output.stderr);
    }
    assert!(!output.stdout.contains("MC4CAQ") && !output.stderr.contains("MC4CAQ"), "{}", output.stderr);
}

#[test]
fn what_looks_like_a_key_in_a_plain_place_is_not_shown() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    for name in ["key_id", "assertion_subject", "assertion_audience", "assertion_issuer", "subject_token_type"] {
        let variable = format!("OAUTH2TOK_{}", name.to_ascii_uppercase());
        for key in [KEY, jwk, "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"] {
            check(NOTHING, |run| run.env(&variable, key), name, r#""***""#, &variable);
        }
    }
    let claims = serde_json::json!({ "a": KEY, "api_key": "k3y-of-mine", "b": 1 }).to_string();
    let by_variable = |run: Run| run.env("OAUTH2TOK_ASSERTION_CLAIMS", &claims);
    check(NOTHING, by_variable, "assertion_claims", r#"{"a":"***","api_key":"***","b":1}"#, "ASSERTION_CLAIMS");
    check(
        NOTHING,
        |run| run.env("OAUTH2TOK_SIGNING_CERT", KEY),
        "signing_cert",
        r#""(not repeated: there is no such file)""#,
        "SIGNING_CERT",
    );
}

#[test]
fn details_come_from_a_file_as_it_is_and_its_name_is_repeated_where_there_is_one() {
    let details = "[ {\"type\": \"x\"} ]\n";
    let run = |run: Run| {
        let run = run.file("details.json", details);
        let path = run.path_text("details.json");
        run.env("OAUTH2TOK_AUTHORIZATION_DETAILS", format!("@{path}"))
    };
    let expected = serde_json::Value::from(details).to_string();
    check(NOTHING, run, "authorization_details", &expected, "env OAUTH2TOK_AUTHORIZATION_DETAILS");
    let yaml = "profiles: { p: { authorization_details: '@~/d.json' } }\n";
    check(yaml, |run| run.file("d.json", details), "authorization_details", &expected, ":1");

    let server = Server::new();
    let run = || client_of(server.url());
    run()
        .args(["--authorization-details", "@s3cret-details"])
        .fails_with(2, ["error: flag --authorization-details: the file it names cannot be read: "])
        .stderr_without(["s3cret-details"])
        .run();
    run()
        .file("d.json", "{}")
        .args(["--authorization-details", "@~/d.json"])
        .fails(
            2,
            "error: authorization_details (flag --authorization-details): expected a JSON array of objects, each with a text called 'type' (RFC 9396 §2)\n",
        )
        .run();
    run()
        .file("d.json", [0xff, 0xfe])
        .args(["--authorization-details", "@~/d.json"])
        .fails(2, "error: flag --authorization-details: ~/d.json is not valid UTF-8\n")
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_a_value_cannot_be_is_told_without_the_value() {
    let server = Server::new();
    for (words, why) in [
        (["--assertion-claim", "s3cret"], "flag --assertion-claim: expected NAME=TEXT or NAME:=JSON"),
        (["--assertion-claim", "a:=s3cret"], "flag --assertion-claim: what stands behind ':=': it is not JSON"),
        (
            ["--signer", "'s3cret"],
            "flag --signer: expected a command and its words; it is empty, or a quote is not closed",
        ),
        (
            ["--signing-alg", "none"],
            "flag --signing-alg: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256, HS384, HS512",
        ),
        (
            ["--client-secret", "github:x"],
            "flag --client-secret: 'github:' gives an identity token, for client_assertion, assertion, subject_token and actor_token; a secret that begins so is written literal:github:…",
        ),
    ] {
        client_of(server.url()).args(words).fails(2, format!("error: {why}\n")).run();
    }
    client_of(server.url())
        .args(["--assertion-claim", "a=1", "--assertion-claim", "a=2"])
        .fails(2, "error: flag --assertion-claim: a name is given twice\n")
        .run();
    for (variable, value, why) in [
        ("ASSERTION_CLAIMS", "s3cret", "expected a JSON object"),
        ("ASSERTION_HEADERS", r#"{"a":1,"a":2}"#, "a name stands twice in it"),
        ("SECRET_PARAMS", "s3cret", "expected NAME=SECRET lines"),
        ("CLOCK_OFFSET", "s3cret", "expected a time span such as 90s, -90s or -2m"),
    ] {
        let variable = format!("OAUTH2TOK_{variable}");
        client_of(server.url()).env(&variable, value).fails(2, format!("error: env {variable}: {why}\n")).run();
    }
    client_of(server.url())
        .env("OAUTH2TOK_ASSERTION_LIFETIME", "9s")
        .fails(2, "error: assertion_lifetime (env OAUTH2TOK_ASSERTION_LIFETIME): an assertion lives from 10s to 24h\n")
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn of_a_parameter_that_has_a_setting_it_is_told_which() {
    for (name, own) in [
        ("assertion", "--assertion"),
        ("authorization_details", "--authorization-details"),
        ("actor_token", "actor_token in a profile"),
        ("client_assertion_type", "client_assertion_type in a profile"),
    ] {
        client_of("https://idp.invalid/t")
            .args(["--param", &format!("{name}=x")])
            .fails(2, format!("error: params (flag --param): '{name}' is a reserved protocol name; use {own}\n"))
            .run();
    }
}

#[test]
fn variables_that_hold_secrets_by_name_are_taken_from_commands() {
    let server = Server::new();
    let output = client_of(server.url())
        .env("OAUTH2TOK_SECRET_PARAMS", "otp=literal:hunter22")
        .args(["--client-secret", "command:sh -c 'echo ${OAUTH2TOK_SECRET_PARAMS-gone}'", "-a", "post"])
        .any_end()
        .run();
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(server.request().field("client_secret").as_deref(), Some("gone"));
}
