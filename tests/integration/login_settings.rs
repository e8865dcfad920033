//! The settings of logging in: where they come from, what is shown of them, and what is refused before anything is sent.

use super::harness::browser::{Browser, simple_login_server};
use super::harness::shown::{NOTHING, check, check_everywhere, shown};
use super::harness::*;

#[test]
fn each_has_a_variable_and_a_profile_key() {
    for (name, written, value) in [
        ("authorization_endpoint", "https://a.example/a", r#""https://a.example/a""#),
        ("device_authorization_endpoint", "https://a.example/d", r#""https://a.example/d""#),
        ("pushed_authorization_request_endpoint", "https://a.example/p", r#""https://a.example/p""#),
        ("revocation_endpoint", "https://a.example/r", r#""https://a.example/r""#),
        ("introspection_endpoint", "https://a.example/i?a=b", r#""https://a.example/i?a=b""#),
        ("userinfo_endpoint", "https://u:p@a.example/u", r#""https://***@a.example/u""#),
        ("jwks_uri", "https://a.example/k", r#""https://a.example/k""#),
        ("redirect_uri", "http://localhost:1/a http://localhost/a", r#"["http://localhost:1/a","http://localhost/a"]"#),
        ("listen_cert", "env:CERT", r#""env:CERT""#),
        ("listen_key", "fd:3", r#""fd:3""#),
        ("listen", "0.0.0.0:8080", r#""0.0.0.0:8080""#),
        ("browser", "none", r#""none""#),
        ("browser", "auto", r#""auto""#),
        ("browser", "sh -c 'open %s'", r#""sh …""#),
        ("browser", "no-such-command %s", r#""(not repeated: there is no such command)""#),
        ("login", "never", r#""never""#),
        ("login_timeout", "90", r#""1m 30s""#),
        ("prompt", "login consent", r#"["login","consent"]"#),
        ("login_hint", "alice@a.example", r#""alice@a.example""#),
        ("max_age", "1h", r#""1h""#),
        ("acr_values", "gold", r#"["gold"]"#),
        ("response_mode", "form_post", r#""form_post""#),
        ("par", "true", "true"),
        ("pkce", "false", "false"),
    ] {
        let yaml = format!("profiles:\n  p:\n    {name}: {written}\n");
        check_everywhere(&yaml, name, written, value);
    }
}

#[test]
fn fields_of_the_authorization_request_merge_name_by_name() {
    let yaml = "defaults:\n  auth_params: { a: '1', b: '1' }\nprofiles:\n  p: { auth_params: { b: null, c: ['2', '3'], x_token: t } }\n";
    check(yaml, |run| run, "auth_params", r#"{"a":"1","c":["2","3"],"x_token":"***"}"#, ":4");
    let by_variable = |run: Run| run.env("OAUTH2TOK_AUTH_PARAM", "a=4\nd=5 6");
    let value = r#"{"a":"4","c":["2","3"],"d":"5 6","x_token":"***"}"#;
    check(yaml, by_variable, "auth_params", value, "env OAUTH2TOK_AUTH_PARAM");
}

#[test]
fn the_variable_that_wants_no_browser_is_what_the_flag_is() {
    let yaml = "profiles:\n  p:\n    browser: sh\n";
    let by = |value: &'static str| move |run: Run| run.env("OAUTH2TOK_NO_BROWSER", value);
    check(yaml, by("1"), "browser", r#""none""#, "env OAUTH2TOK_NO_BROWSER");
    for nothing in ["", "0", "false"] {
        check(yaml, by(nothing), "browser", r#""sh""#, ":3");
    }
    let show = oauth2tok().config(yaml).args(["profile", "show", "p"]);
    show.env("OAUTH2TOK_NO_BROWSER", "yes").fails(2, "error: env OAUTH2TOK_NO_BROWSER: expected true or false\n").run();
    let show = oauth2tok().config(yaml).args(["profile", "show", "p"]);
    show.env("OAUTH2TOK_NO_BROWSER", "1")
        .env("OAUTH2TOK_BROWSER", "auto")
        .fails(2, "error: both OAUTH2TOK_BROWSER and OAUTH2TOK_NO_BROWSER are set\nhint: unset one of them\n")
        .run();
}

#[test]
fn the_secret_of_the_cache_comes_from_where_secrets_do() {
    let variable = "OAUTH2TOK_CACHE_SECRET";
    check(NOTHING, |run| run.env(variable, "s3cret"), "cache_secret", r#""env:OAUTH2TOK_CACHE_SECRET""#, variable);
    check("profiles:\n  p:\n    cache_secret: s3cret\n", |run| run, "cache_secret", r#""***""#, ":3");
    let by_file = |run: Run| {
        let run = run.file("s", "s3cret");
        let path = run.path_text("s");
        run.env("OAUTH2TOK_CACHE_SECRET_FILE", path)
    };
    let shown = shown(NOTHING, by_file);
    assert!(shown["cache_secret"]["value"].as_str().is_some_and(|value| value.starts_with("file:/")), "{shown}");
}

const CODE: &str = "profiles:\n  p:\n    token_endpoint: https://a.example/t\n    authorization_endpoint: https://a.example/a\n    grant_type: authorization_code\n    client_id: app\n";

#[test]
fn a_public_client_that_logs_in_has_to_say_little() {
    oauth2tok().config(CODE).args(["profile", "check"]).stdout("p: ok\n").run();
    let show = oauth2tok().config(CODE).args(["profile", "show", "p"]);
    show.stdout(
        "token_endpoint: https://a.example/t  # profile [HOME]/config/oauth2tok/config.yaml:3
authorization_endpoint: https://a.example/a  # profile [HOME]/config/oauth2tok/config.yaml:4
grant_type: authorization_code  # profile [HOME]/config/oauth2tok/config.yaml:5
client_id: app  # profile [HOME]/config/oauth2tok/config.yaml:6
token_endpoint_auth_method: none  # default
timeout: 30s  # default
connect_timeout: 10s  # default
redirect_uri: http://127.0.0.1/callback  # default
login_timeout: 5m  # default
retry: 2  # default
",
    )
    .run();
}

/// Why a run with these variables sends nothing.
#[track_caller]
fn refused(grant: &str, variables: &[(&str, &str)], text: &str) {
    let args = ["--token-endpoint", "https://a.example/t", "-i", "app", "-g", grant, "--dry-run"];
    let run = oauth2tok().args(args);
    let run = variables.iter().fold(run, |run, (name, value)| run.env(&format!("OAUTH2TOK_{name}"), value));
    run.fails(2, text).run();
}

#[test]
fn what_is_wrong_is_told_with_the_way_out() {
    let code = |name: &str, value: &str, text: &str| {
        let endpoint = ("AUTHORIZATION_ENDPOINT", "https://a.example/a");
        refused("authorization_code", &[endpoint, (name, value)], text);
    };
    code(
        "RESPONSE_MODE",
        "fragment",
        "error: env OAUTH2TOK_RESPONSE_MODE: expected query or form_post: a browser keeps a fragment to itself\n",
    );
    code(
        "RESPONSE_MODE",
        "from_post",
        "error: env OAUTH2TOK_RESPONSE_MODE: expected one of query, form_post; did you mean form_post?\n",
    );
    code(
        "REDIRECT_URI",
        "https://localhost/cb",
        "error: listen_cert (an https redirect_uri on this machine needs it) is missing\nhint: give listen_cert: FILE in a profile, or OAUTH2TOK_LISTEN_CERT; or register and write http://, which does not leave this machine (RFC 8252 §8.3)\n",
    );
    code(
        "REDIRECT_URI",
        "http://app.example/cb",
        "error: redirect_uri (env OAUTH2TOK_REDIRECT_URI): plain http is only for this machine (RFC 8252 §7.3): anybody on the way could take the code\n",
    );
    code(
        "REDIRECT_URI",
        "http://localhost/a http://localhost:1/a",
        "error: redirect_uri (env OAUTH2TOK_REDIRECT_URI): number 1: it names no port, so that those after it would never count: put it last\n",
    );
    code(
        "LISTEN",
        "8080",
        "error: listen (env OAUTH2TOK_LISTEN): expected an IP address, with a port or without one, such as 0.0.0.0:8080 or [::]:8080\n",
    );
    code(
        "AUTH_PARAM",
        "code_challenge=x",
        "error: auth_params (env OAUTH2TOK_AUTH_PARAM): 'code_challenge' is a reserved protocol name; use pkce in a profile\n",
    );
    code(
        "PROMPT",
        "none consent",
        "error: prompt (env OAUTH2TOK_PROMPT): none goes with no other (OpenID Connect Core §3.1.2.1)\n",
    );
    code(
        "MAX_AGE",
        "500ms",
        "error: max_age (env OAUTH2TOK_MAX_AGE): it is sent in whole seconds (OpenID Connect Core §3.1.2.1)\n",
    );
    code("LOGIN_TIMEOUT", "0", "error: login_timeout (env OAUTH2TOK_LOGIN_TIMEOUT): it must be more than 0\n");
    code(
        "JWKS_URI",
        "http://a.example/k",
        "error: jwks_uri (env OAUTH2TOK_JWKS_URI): plain http would let others put in their keys; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\nhint: write https://a.example/k\n",
    );
    code("LOGIN", "sometimes", "error: env OAUTH2TOK_LOGIN: expected one of auto, never, always\n");
}

#[test]
fn where_a_login_begins_must_be_known() {
    refused(
        "authorization_code",
        &[],
        "error: authorization_endpoint (the authorization_code grant needs it) is missing\nhint: give --issuer URL in place of the token endpoint, whose metadata names both, or authorization_endpoint in a profile or OAUTH2TOK_AUTHORIZATION_ENDPOINT\n",
    );
    refused(
        "device_code",
        &[],
        "error: device_authorization_endpoint (the device_code grant needs it) is missing\nhint: give --issuer URL in place of the token endpoint, whose metadata names both, or device_authorization_endpoint in a profile or OAUTH2TOK_DEVICE_AUTHORIZATION_ENDPOINT\n",
    );
}

#[test]
fn every_fault_of_a_profile_is_told_at_once() {
    let yaml = "profiles:
  p:
    token_endpoint: https://a.example/t
    grant_type: authorization_code
    client_id: app
    redirect_uri: http://app.example/cb
    jwks_uri: https://a.example/k#1
    auth_params: { state: x }
    listen: '8080'
    max_age: 1.5
    listen_cert: nowhere.pem
";
    let fault = |text: &str| format!("error: profile 'p' is not valid\ncaused by: {text}\n");
    let at = |line: u32| format!("(profile [HOME]/config/oauth2tok/config.yaml:{line})");
    let text = [
        fault(&format!(
            "listen {}: expected an IP address, with a port or without one, such as 0.0.0.0:8080 or [::]:8080",
            at(9)
        )),
        fault(&format!("jwks_uri {}: it has a fragment (#…), which a server would never see (RFC 9110 §7.1)", at(7))),
        fault(&format!("max_age {}: it is sent in whole seconds (OpenID Connect Core §3.1.2.1)", at(10))),
        fault(&format!(
            "redirect_uri {}: plain http is only for this machine (RFC 8252 §7.3): anybody on the way could take the code",
            at(6)
        )),
        fault(&format!("auth_params {}: 'state' is a reserved protocol name", at(8))),
        fault(
            "[HOME]/config/oauth2tok/config.yaml:2:3: authorization_endpoint (the authorization_code grant needs it) is missing\n 2 |   p:\n   |   ^\nhint: give --issuer URL in place of the token endpoint, whose metadata names both, or authorization_endpoint in a profile or OAUTH2TOK_AUTHORIZATION_ENDPOINT",
        ),
    ];
    oauth2tok().config(yaml).args(["profile", "check"]).fails(2, text.concat()).run();
}

#[test]
fn files_of_a_listener_are_looked_for_where_one_listens() {
    let yaml = |uri: &str| {
        format!("{CODE}    redirect_uri: {uri}\n    listen_cert: nowhere.pem\n    listen_key: file:nowhere.key\n")
    };
    let fault = |name: &str, line: u32| {
        format!(
            "error: profile 'p' is not valid\ncaused by: cannot read {name} from the file that profile [HOME]/config/oauth2tok/config.yaml:{line} names\ncaused by: No such file or directory (os error 2)\nhint: what names it is not repeated, as it may be the secret itself\n"
        )
    };
    let text = fault("listen_key", 9) + &fault("listen_cert", 8);
    oauth2tok().config(&yaml("https://localhost/")).args(["profile", "check"]).fails(2, text).run();
    // A source is looked for wherever it is said, as other sources are.
    oauth2tok().config(&yaml("http://localhost/")).args(["profile", "check"]).fails(2, fault("listen_key", 9)).run();
}

#[test]
fn a_flag_of_login_is_told_from_an_unknown_one() {
    for (flag, name) in [
        ("--redirect-uri", "redirect_uri"),
        ("--auth-param", "auth_params"),
        ("--no-browser", "browser"),
        ("--prompt", "prompt"),
    ] {
        let variable = format!(
            "OAUTH2TOK_{}",
            if flag == "--auth-param" { "AUTH_PARAM".into() } else { name.to_ascii_uppercase() }
        );
        let text = format!(
            "error: unknown flag '{flag}'\nhint: {flag} is a flag of 'oauth2tok login'; for every run write {name} in a profile, or {variable}=…\n"
        );
        oauth2tok().args([flag]).fails(2, text.clone()).run();
        oauth2tok().args(["exec", flag, "--", "true"]).fails(2, text).run();
    }
    for flag in ["--pkce", "--login"] {
        let name = &flag[2..];
        let text = format!(
            "error: unknown flag '{flag}'\nhint: {name} has no flag: write it in a profile, or OAUTH2TOK_{}=…\n",
            name.to_ascii_uppercase()
        );
        oauth2tok().args([flag]).fails(2, text).run();
    }
}

#[test]
fn what_makes_a_code_easier_to_take_is_warned_of_at_each_login() {
    let warned = |flags: &[&str], name: &str, value: &str, text: &str| {
        let server = simple_login_server();
        let run = oauth2tok().args(["--issuer", &server.origin(), "-i", "app", "-g", "authorization_code"]).args(flags);
        let (run, browser) = Browser::of(run.env(name, value));
        let running = run.prints("tok-1").any_stderr().start();
        let asked = browser.begin();
        asked.comes_back(&[("code", "c")]);
        let told = running.finish().stderr;
        let warnings: String =
            told.lines().filter(|line| line.starts_with("warning")).map(|line| format!("{line}\n")).collect();
        assert_eq!(warnings, text, "{told}");
    };
    let listen = "warning: listen (env OAUTH2TOK_LISTEN): other machines than this one may reach 0.0.0.0\n";
    warned(&[], "OAUTH2TOK_LISTEN", "0.0.0.0", listen);
    warned(&["-q"], "OAUTH2TOK_LISTEN", "0.0.0.0", listen);
    warned(&[], "OAUTH2TOK_LISTEN", "127.0.0.1", "");
    let pkce = "warning: pkce (env OAUTH2TOK_PKCE): without a code challenge, whoever gets hold of the code can use it (RFC 7636 §1)\n";
    warned(&[], "OAUTH2TOK_PKCE", "false", pkce);
    warned(&["-q"], "OAUTH2TOK_PKCE", "false", "");
    warned(&[], "OAUTH2TOK_PKCE", "true", "");
}
