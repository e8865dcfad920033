//! The result on stdout, in every form.

use std::time::{Duration, SystemTime};

use super::harness::*;

/// Runs with `words` against a server that answers `members`.
fn answered(members: &str, words: &[&str]) -> Run {
    let server = Server::answering(json(200, members));
    let run = client_of(server.url()).args(words);
    // The server lives in its threads; the handle is not needed any more.
    drop(server);
    run
}

const USUAL: &str = r#"{"access_token":"a.b-c_d~e+f/g==","token_type":"bearer","expires_in":3600}"#;

#[test]
fn the_token_is_printed_with_one_newline() {
    answered(USUAL, &[]).stdout("a.b-c_d~e+f/g==\n").run();
    answered(USUAL, &["-o", "token"]).stdout("a.b-c_d~e+f/g==\n").run();
}

#[test]
fn header_and_curl_are_ready_to_use() {
    answered(USUAL, &["-o", "header"]).stdout("Authorization: Bearer a.b-c_d~e+f/g==\n").run();
    answered(USUAL, &["-o", "curl"]).stdout("header = \"Authorization: Bearer a.b-c_d~e+f/g==\"\n").run();
    // Q34: an alias is a bearer token too.
    let alias = r#"{"access_token":"t","token_type":"BearerToken","expires_in":1}"#;
    answered(alias, &["-o", "header"]).stdout("Authorization: Bearer t\n").run();
}

#[test]
fn what_is_no_bearer_token_goes_into_no_header() {
    // S18, S20
    let mac = r#"{"access_token":"t","token_type":"mac","expires_in":1}"#;
    let odd = r#"{"access_token":"a b\"c","token_type":"Bearer","expires_in":1}"#;
    for format in ["header", "curl"] {
        answered(mac, &["-o", format])
            .fails(
                4,
                "error: the token's type is 'mac', not Bearer\n\
             hint: -o token and -o json print any token\n",
            )
            .run();
        answered(odd, &["-o", format])
            .fails(
                4,
                "error: the token holds characters that no Authorization header may carry (RFC 6750 §2.1)\n\
             hint: -o token and -o json print any token\n",
            )
            .stderr_without(["a b"])
            .run();
    }
    answered(mac, &[]).stdout("t\n").run();
    answered(odd, &[]).stdout("a b\"c\n").run();
}

#[test]
fn env_is_one_line_that_a_shell_takes_as_it_is() {
    let odd = r#"{"access_token":"it's $HOME `x` \\ \"q\"","token_type":"Bearer","expires_in":1}"#;
    answered(USUAL, &["-o", "env"]).stdout("export ACCESS_TOKEN='a.b-c_d~e+f/g=='\n").run();
    let output = answered(odd, &["-o", "env", "--env-name", "oauth_access_token"])
        .stdout("export oauth_access_token='it'\\''s $HOME `x` \\ \"q\"'\n")
        .run();
    let script = format!("{}printf %s \"$oauth_access_token\"", output.stdout);
    let shell = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(shell.stdout).unwrap(), "it's $HOME `x` \\ \"q\"");
}

#[test]
fn ttl_is_whole_seconds_left() {
    let output = answered(USUAL, &["-o", "ttl"]).stdout_with([""]).run();
    let left: u64 = output.stdout.trim_end().parse().unwrap();
    assert!((3590..=3600).contains(&left), "{left}");
    for none in [
        r#"{"access_token":"t","token_type":"Bearer"}"#,
        r#"{"access_token":"t","token_type":"Bearer","expires_in":0}"#,
    ] {
        answered(none, &["-o", "ttl"])
            .fails(
                4,
                "error: the lifetime of the token is unknown: the answer has no usable expires_in\n\
             hint: -o json shows what the server said\n",
            )
            .run();
    }
}

#[test]
fn json_is_the_servers_object_untouched_and_when_it_ends() {
    let members = r#"{ "z":1,"access_token":"t\u0041\/","expires_in" : 3600,
        "token_type":"Bearer", "big":123456789012345678901234567890, "price":2.50,"exp":1E400,
        "nested":{"b":[1.0,{"a":null}],"a":"é\n"},"":false }"#;
    let before = SystemTime::now();
    let output = answered(members, &["-o", "json"]).stdout_with([""]).run();
    let expected = r#"{"z":1,"access_token":"t\u0041\/","expires_in":3600,"token_type":"Bearer","big":123456789012345678901234567890,"price":2.50,"exp":1E400,"nested":{"b":[1.0,{"a":null}],"a":"é\n"},"":false,"expiry":""#;
    let rest = output.stdout.strip_prefix(expected).unwrap_or_else(|| panic!("{}", output.stdout));
    let (expiry, rest) = rest.split_once("\",\"expires_at\":").unwrap();
    let expires_at: u64 = rest.strip_suffix("}\n").unwrap().parse().unwrap();
    assert_eq!(humantime::parse_rfc3339(expiry).unwrap(), SystemTime::UNIX_EPOCH + Duration::from_secs(expires_at));
    let since = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((since(before) + 3600..=since(SystemTime::now()) + 3600).contains(&expires_at), "{expires_at}");
}

#[test]
fn members_of_the_servers_own_are_not_replaced() {
    let members = r#"{"access_token":"t","token_type":"Bearer","expires_in":60,"expiry":"never","expires_at":"x"}"#;
    answered(members, &["-o", "json"]).stdout(format!("{members}\n")).run();
    let members = r#"{"access_token":"t","token_type":"Bearer"}"#;
    answered(members, &["-o", "json"]).stdout(format!("{members}\n")).run();
}

#[test]
fn exec_credential_is_what_kubectl_expects() {
    let output = answered(USUAL, &["-o", "exec-credential"]).stdout_with([""]).run();
    let object: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(object["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(object["kind"], "ExecCredential");
    assert_eq!(object["status"]["token"], "a.b-c_d~e+f/g==");
    assert!(humantime::parse_rfc3339(object["status"]["expirationTimestamp"].as_str().unwrap()).is_ok());
    let forever = r#"{"access_token":"t","token_type":"Bearer"}"#;
    answered(forever, &["-o", "exec-credential"])
        .stdout("{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t\"}}\n")
        .run();
}

#[test]
fn a_field_is_printed_raw() {
    let members = r#"{"access_token":"t","token_type":"Bearer","expires_in":60,"id_token":"e.y.J","n":2.50,"big":123456789012345678901234567890,
        "o":{"b": 1, "a":[ ]},"yes":true,"null":null,"empty":"","ctl":"a\u001b[31m","é":"ü","expires":"x y"}"#;
    for (name, expected) in [
        ("id_token", "e.y.J"),
        ("n", "2.50"),
        ("big", "123456789012345678901234567890"),
        ("o", r#"{"b":1,"a":[]}"#),
        ("yes", "true"),
        ("empty", ""),
        ("é", "ü"),
        ("expires", "x y"),
        ("access_token", "t"),
    ] {
        answered(members, &["--field", name]).stdout(format!("{expected}\n")).run();
    }
    client_of("https://idp.invalid/")
        .args(["--field", ""])
        .fails(2, "error: field (flag --field): it is empty\n")
        .run();
    answered(members, &["--field", "refresh_token"])
        .fails(
            4,
            "error: the answer has no 'refresh_token'\n\
             hint: it has access_token, token_type, expires_in, id_token, n, big, o, yes, empty, ctl, é, expires\n",
        )
        .run();
    answered(members, &["--field", "null"])
        .fails(
            4,
            "error: the answer has no 'null'\n\
             hint: it has access_token, token_type, expires_in, id_token, n, big, o, yes, empty, ctl, é, expires\n",
        )
        .run();
    answered(members, &["--field", "ctl"])
        .fails(
            4,
            "error: 'ctl' holds control characters and is not printed as it is\n\
             hint: take it out of -o json\n",
        )
        .run();
}

#[test]
fn the_mask_is_for_github_actions_alone() {
    // T23
    answered(USUAL, &["--mask"]).stdout("a.b-c_d~e+f/g==\n").run();
    answered(USUAL, &["--mask"]).env("GITHUB_ACTIONS", "1").stdout("a.b-c_d~e+f/g==\n").run();
    answered(USUAL, &[]).env("GITHUB_ACTIONS", "true").stdout("a.b-c_d~e+f/g==\n").run();
    answered(USUAL, &["--mask"])
        .env("GITHUB_ACTIONS", "true")
        .stdout("a.b-c_d~e+f/g==\n")
        .stderr("::add-mask::a.b-c_d~e+f/g==\n")
        .run();
    // Every token that is printed is masked, and none that is not; no value is a command itself.
    let members = r#"{"access_token":"at-1%","token_type":"Bearer","expires_in":60,
        "refresh_token":"rt\r\n::warning::x","id_token":"id-1","n":{"access_token":"nested"},"x":"shown","a/b~":{"id_token":"id-2"}}"#;
    let masks = |words: &[&str], expected: &str| {
        let run = answered(members, words).args(["--mask"]).env("GITHUB_ACTIONS", "true");
        run.stdout_with([""]).stderr(expected).run();
    };
    masks(&[], "::add-mask::at-1%25\n");
    masks(&["--field", "x"], "::add-mask::at-1%25\n");
    masks(&["--field", "id_token"], "::add-mask::at-1%25\n::add-mask::id-1\n");
    masks(&["--field", "n"], "::add-mask::at-1%25\n::add-mask::nested\n");
    masks(
        &["-o", "json"],
        "::add-mask::at-1%25\n::add-mask::rt%0D%0A::warning::x\n::add-mask::id-1\n::add-mask::nested\n::add-mask::id-2\n",
    );
    masks(&["--field", "/a~1b~0/id_token"], "::add-mask::at-1%25\n::add-mask::id-2\n");
}

#[test]
fn a_granted_scope_that_differs_is_a_warning() {
    // S10, Q39
    let granted =
        |scope: &str| format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":60,"scope":{scope}}}"#);
    answered(&granted("\"b a\""), &["-s", "a b"]).stdout("t\n").run();
    answered(&granted("\"a\""), &["-s", "a b"])
        .stdout("t\n")
        .stderr("warning: not named among the granted scopes: b\n")
        .run();
    answered(&granted("[\"a\",\"c\"]"), &["-s", "a b"])
        .stdout("t\n")
        .stderr("warning: not named among the granted scopes: b\n")
        .run();
    answered(&granted("\"a\""), &["-s", "a b", "-q"]).stdout("t\n").run();
    answered(&granted("\"anything\""), &[]).stdout("t\n").run();
}
