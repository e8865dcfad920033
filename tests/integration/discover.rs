//! `discover`: what a server says of itself is a report, and its verdict the exit code.

use std::time::Duration;

use serde_json::Value;

use super::harness::*;

pub const OIDC: &str = "/.well-known/openid-configuration";
pub const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Of which nothing is wrong; `ISSUER` is the server's own origin.
const GOOD: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","authorization_endpoint":"ISSUER/auth","jwks_uri":"ISSUER/keys","grant_types_supported":["authorization_code"],"code_challenge_methods_supported":["S256"],"authorization_response_iss_parameter_supported":true}"#;
/// The same for a client without a person.
const SHORT: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token"}"#;
pub const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a","use":"sig"}]}"#;

/// A server that has these answers at these places.
fn server(places: &'static [(&'static str, u16, &'static str)]) -> Server {
    Server::scripted(move |_, request| {
        let (origin, target) = (request.origin(), request.target());
        match places.iter().find(|(place, ..)| *place == target) {
            Some((_, code, body)) => json(*code, &body.replace("ISSUER", &origin)),
            None => status(404, &[], ""),
        }
    })
}

pub fn discover(server: &Server) -> Run {
    oauth2tok().args(["discover", &server.origin()])
}

/// What was asked for, in order.
pub fn asked(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.target().to_owned()).collect()
}

#[track_caller]
fn report(run: Run) -> Value {
    let output = run.args(["-o", "json"]).any_stdout().run();
    assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
    serde_json::from_str(&output.stdout).unwrap()
}

/// Each finding as severity, place and words.
#[track_caller]
pub fn findings(run: Run) -> Vec<String> {
    let report = report(run);
    let line = |finding: &Value| {
        let [severity, place, words] = ["severity", "where", "finding"].map(|name| finding[name].as_str().unwrap());
        format!("{severity} {place}: {words}")
    };
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

/// The page with what differs from run to run left out.
fn page(output: &Output, server: &Server) -> String {
    let text = output.stdout.replace(&server.origin(), "ISSUER").replace(&server.authority(), "HOST");
    let line = |line: &str| match (line.find(" ms  "), line.find("200")) {
        (Some(end), Some(begin)) => format!("{}TIME{}\n", &line[..begin + 5], &line[end..]),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn both_places_are_asked_and_the_keys_without_credentials() {
    let server = server(&[(OIDC, 200, GOOD), (OAUTH, 200, GOOD), ("/keys", 200, KEYS)]);
    let output = discover(&server).any_stdout().run();
    assert_eq!(asked(&server), [OIDC, OAUTH, "/keys"]);
    for request in server.requests() {
        assert!(request.starts_with("GET ") && request.header("Authorization").is_none(), "{request}");
    }
    assert_eq!(
        page(&output, &server),
        "\
Documents of ISSUER
  ✓  oidc   200  TIME ms  ISSUER/.well-known/openid-configuration
  ✓  oauth  200  TIME ms  ISSUER/.well-known/oauth-authorization-server

Differences
  none: both documents say the same

Endpoints
  token_endpoint          HOST              ISSUER/token
  authorization_endpoint  HOST              ISSUER/auth
  jwks_uri                HOST              ISSUER/keys

Grants that can be used
  -  client_credentials  no   not listed in grant_types_supported
  -  password            no   not listed in grant_types_supported
  -  refresh_token       no   not listed in grant_types_supported
  ✓  authorization_code  yes  listed in grant_types_supported
  -  device_code         no   not listed in grant_types_supported
  -  jwt-bearer          no   not listed in grant_types_supported
  -  saml2-bearer        no   not listed in grant_types_supported
  -  token-exchange      no   not listed in grant_types_supported

Auth methods that can be used
  ✓  client_secret_basic          yes  token_endpoint_auth_methods_supported is missing, which means this one (RFC 8414 §2)
  -  client_secret_post           no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)
  -  private_key_jwt              no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)
  -  client_secret_jwt            no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)
  -  tls_client_auth              no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)
  -  self_signed_tls_client_auth  no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)
  -  none                         no   token_endpoint_auth_methods_supported is missing, which means client_secret_basic (RFC 8414 §2)

What else can be used
  ✓  PKCE           yes  S256 is listed in code_challenge_methods_supported
  -  PAR            no   pushed_authorization_request_endpoint is not named
  ✓  iss            yes  authorization_response_iss_parameter_supported is true
  -  DPoP           no   dpop_signing_alg_values_supported is missing
  -  mTLS aliases   no   mtls_endpoint_aliases is missing: with --cert the usual endpoints are asked
  -  device         no   device_authorization_endpoint is not named
  -  introspection  no   introspection_endpoint is not named
  -  revocation     no   revocation_endpoint is not named
  -  userinfo       no   userinfo_endpoint is not named

Keys of ISSUER/keys
  kid  type         use  alg  bits
  a    OKP Ed25519  sig  -    256

Findings
  none
"
    );
}

#[test]
fn json_has_the_promised_names_and_the_time_of_each_place() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        match request.target() {
            OIDC => json(200, &GOOD.replace("ISSUER", &origin)).late(Duration::from_millis(120)),
            "/keys" => json(200, KEYS),
            _ => status(404, &[], ""),
        }
    });
    let report = report(discover(&server));
    let origin = server.origin();
    let [oidc, oauth] = [&report["documents"][0], &report["documents"][1]];
    assert_eq!(oidc["place"], format!("{origin}{OIDC}"));
    assert_eq!((&oidc["status"], &oidc["issuer"]), (&200.into(), &origin.as_str().into()));
    assert!(oidc["ms"].as_u64().is_some_and(|ms| (120..60_000).contains(&ms)), "{oidc}");
    assert_eq!(oauth["place"], format!("{origin}{OAUTH}"));
    assert_eq!((&oauth["status"], &oauth["issuer"]), (&404.into(), &Value::Null));
    assert_eq!(report["differences"], serde_json::json!([]));
    assert_eq!(
        report["keys"],
        serde_json::json!([{ "kid": "a", "type": "OKP", "use": "sig", "alg": null, "bits": 256 }])
    );
    assert_eq!(report["findings"], serde_json::json!([]));
    let pkce = report["usable"].as_array().unwrap().iter().find(|row| row["what"] == "PKCE").unwrap();
    assert_eq!(
        *pkce,
        serde_json::json!({ "what": "PKCE", "usable": true, "why": "S256 is listed in code_challenge_methods_supported" })
    );
}

#[test]
fn what_the_documents_say_differently_is_told() {
    const OTHER: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","jwks_uri":"ISSUER/keys","x":1}"#;
    let server = server(&[(OIDC, 200, SHORT), (OAUTH, 200, OTHER), ("/keys", 200, KEYS)]);
    let report = report(discover(&server));
    assert_eq!(
        report["differences"],
        serde_json::json!([
            { "member": "jwks_uri", "oidc": null, "oauth": format!("{}/keys", server.origin()) },
            { "member": "x", "oidc": null, "oauth": 1 },
        ])
    );
    // What the first lacks is taken from the other, as by a run.
    assert_eq!(asked(&server), [OIDC, OAUTH, "/keys"]);
}

#[test]
fn a_document_of_another_issuer_is_told_and_not_used() {
    const OTHER: &str =
        r#"{"issuer":"https://other.example","token_endpoint":"https://other.example/token","jwks_uri":"ISSUER/keys"}"#;
    let why = "its issuer is 'https://other.example', which is not the one asked for, code point by code point (RFC 8414 §3.3)";
    let only = server(&[(OIDC, 200, OTHER)]);
    let output = discover(&only)
        .args(["-o", "json"])
        .code(4)
        .any_stdout()
        .stderr(format!(
            "error: the metadata at http://127.0.0.1:[PORT]{OIDC} is not used: {why}\n\
             hint: if that is the server you mean, write --issuer https://other.example; else check the address, or have its public name set at the server\n\
             hint: where the server describes itself so on purpose, write expected_issuer: https://other.example into the profile\n"
        ))
        .run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(report["documents"][0]["issuer"], "https://other.example");
    assert_eq!((&report["usable"], &report["keys"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(report["findings"][0]["finding"], why);
    assert_eq!(report["findings"][0]["severity"], "error");
    assert_eq!(asked(&only), [OIDC, OAUTH]);
    // Beside one that can be used it is a finding.
    let both = server(&[(OIDC, 200, OTHER), (OAUTH, 200, SHORT)]);
    assert_eq!(findings(discover(&both)), [format!("error {}{OIDC}: {why}", both.origin())]);
}

#[test]
fn no_document_is_exit_4_and_an_answer_is_a_report() {
    let server = server(&[]);
    let output = discover(&server)
        .code(4)
        .any_stdout()
        .stderr(format!(
            "error: no metadata found for issuer http://127.0.0.1:[PORT]\n\
             caused by: http://127.0.0.1:[PORT]{OIDC}: HTTP 404\n\
             caused by: http://127.0.0.1:[PORT]{OAUTH}: HTTP 404\n\
             hint: check --issuer, or give --token-endpoint\n"
        ))
        .run();
    assert!(output.stdout.contains("  -  oidc   404"), "{}", output.stdout);
}

#[test]
fn a_server_that_is_not_reached_or_unavailable_ends_as_a_run_would() {
    let (_held, port) = server::closed_port();
    let issuer = format!("http://127.0.0.1:{port}");
    for words in [vec![], vec!["-o", "json"], vec!["--document", "oidc"]] {
        let run = oauth2tok().args(["discover", "--retry", "0", &issuer]).args(words);
        run.fails_with(5, ["error: cannot connect to 127.0.0.1:"]).run();
    }
    let busy = server(&[(OIDC, 503, ""), (OAUTH, 404, "")]);
    let output = discover(&busy)
        .args(["--retry", "0"])
        .code(6)
        .any_stdout()
        .stderr(format!(
            "error: no metadata found for issuer http://127.0.0.1:[PORT]\n\
             caused by: http://127.0.0.1:[PORT]{OIDC}: HTTP 503\n\
             caused by: http://127.0.0.1:[PORT]{OAUTH}: HTTP 404\n\
             hint: try again later\n"
        ))
        .run();
    assert!(output.stdout.contains("warning  "), "{}", output.stdout);
    // One place that can be used is enough, whatever the other is.
    let half = Server::scripted(|_, request| match request.target() {
        OAUTH => json(200, &SHORT.replace("ISSUER", &request.origin())),
        _ => status(503, &[], ""),
    });
    assert_eq!(
        findings(discover(&half).args(["--retry", "1"])),
        [format!("warning {}{OIDC}: HTTP 503", half.origin())]
    );
    assert_eq!(asked(&half), [OIDC, OIDC, OAUTH], "what passes is tried again, as by a run");
    let lost = Server::scripted(|_, request| match request.target() {
        OIDC => json(200, &SHORT.replace("ISSUER", &request.origin())),
        _ => Answer::raw("").then(Then::Reset),
    });
    let found = findings(discover(&lost).args(["--retry", "0"]));
    assert!(found[1].starts_with(&format!("warning {}{OAUTH}: no answer came: ", lost.origin())), "{found:?}");
}

#[test]
fn redirects_are_followed_as_by_a_run() {
    let other = Server::new();
    let elsewhere = format!("Location: {}/x", other.origin());
    let server = Server::scripted(move |_, request| match request.target() {
        OIDC => status(302, &["Location: /moved"], ""),
        "/moved" => json(200, &SHORT.replace("ISSUER", &request.origin())),
        _ => status(302, &[&elsewhere], ""),
    });
    let output = discover(&server).any_stdout().run();
    assert!(output.stdout.contains(&format!("\n     redirected to {}/moved\n", server.origin())), "{}", output.stdout);
    assert_eq!(
        findings(discover(&server)),
        [
            "error jwks_uri: the keys cannot be had: it is not named (OpenID Connect Discovery §3)".to_owned(),
            format!("info {}{OAUTH}: it redirects to another origin, {}/x", server.origin(), other.origin()),
        ]
    );
    assert_eq!(other.count(), 0);
}

#[test]
fn keys_that_cannot_be_had_are_a_finding() {
    const NAMED: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","jwks_uri":"ISSUER/keys"}"#;
    let gone = server(&[(OIDC, 200, NAMED)]);
    let place = format!("{}/keys", gone.origin());
    assert_eq!(
        findings(discover(&gone)),
        [format!("error {place}: the keys cannot be had: {place} answered HTTP 404")]
    );
    let page = server(&[(OIDC, 200, NAMED), ("/keys", 200, "<html>")]);
    assert_eq!(
        findings(discover(&page)),
        [format!("error {}/keys: the keys cannot be had: it is malformed JSON", page.origin())]
    );
    // The settings know better.
    let moved = server(&[(OIDC, 200, NAMED), ("/other", 200, KEYS)]);
    let run = discover(&moved).env("OAUTH2TOK_JWKS_URI", moved.at("/other"));
    assert_eq!(findings(run), [""; 0]);
    assert_eq!(asked(&moved), [OIDC, OAUTH, "/other"]);
}

#[test]
fn what_is_wrong_with_keys_is_found_and_no_key_is_shown() {
    const BAD: &str = r#"{"keys":[{"kty":"oct","kid":"s","k":"Y2FuYXJ5LXNlY3JldA"},{"kty":"EC","crv":"P-256","kid":"p","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"Y2FuYXJ5LXByaXZhdGU"},{"kty":"EC","crv":"P-256","kid":"p","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"AKP"}]}"#;
    let server = server(&[(OIDC, 200, GOOD), ("/keys", 200, BAD)]);
    assert_eq!(
        findings(discover(&server)),
        [
            "error key 1 (kid s): a secret (kty oct) is published: whoever reads it can sign as this server",
            "error key 2 (kid p): its private half is published: whoever reads it can sign as this server",
            "warning key 3 (kid p): another key has the same kid and is for the same alg: a token names both (RFC 7517 §4.5)",
            "warning key 4: it has no kid, and is not the only key: a token cannot name it (RFC 7517 §4.5)",
        ]
    );
    for words in [&[][..], &["-o", "json"], &["--show-secrets"]] {
        let output = discover(&server).args(words).any_stdout().run();
        assert!(!output.stdout.contains("Y2FuYXJ5"), "{}", output.stdout);
    }
}

#[test]
fn with_strict_a_finding_is_exit_4_and_the_report_is_printed() {
    let bad = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","authorization_endpoint":"ISSUER/auth","code_challenge_methods_supported":["S256"]}"#;
    let server = Server::scripted(move |_, request| match request.target() {
        OAUTH => json(200, &bad.replace("ISSUER", &request.origin())),
        _ => status(404, &[], ""),
    });
    let told = "error: 1 finding, and --strict allows none\n\
                caused by: info: authorization_response_iss_parameter_supported: iss is not promised in answers: one server's answer can be taken for another's (RFC 9207)\n";
    let output = discover(&server).arg_strict().code(4).any_stdout().stderr(told).run();
    assert!(output.stdout.ends_with("(RFC 9207)\n"), "{}", output.stdout);
    discover(&server).any_stdout().run();
    let good = super::discover::server(&[(OIDC, 200, GOOD), ("/keys", 200, KEYS)]);
    discover(&good).arg_strict().any_stdout().run();
    // What a run tolerates and tells is a finding.
    let bent = Server::scripted(|_, request| match request.target() {
        OAUTH => Answer::raw(format!(
            "HTTP/1.1 200 OK\r\nContent-Type : application/json\r\n\r\n{}",
            SHORT.replace("ISSUER", &request.origin())
        )),
        _ => status(404, &[], ""),
    });
    assert_eq!(findings(discover(&bent)).len(), 1);
    discover(&bent).arg_strict().code(4).any_output().run();
}

impl Run {
    fn arg_strict(self) -> Self {
        self.args(["--strict"])
    }
}

#[test]
fn a_document_is_printed_as_it_came() {
    const ODD: &str = "\u{feff}{ \"issuer\" :\t\"ISSUER\",\r\n \"token_endpoint\":\"ISSUER/token\", \"n\":1.50 }\n\n";
    let server = server(&[(OIDC, 200, ODD), (OAUTH, 200, SHORT)]);
    let came = |text: &str| text.replace("ISSUER", &server.origin());
    discover(&server).args(["--document", "oidc"]).stdout(came(ODD)).run();
    discover(&server).args(["--document", "oauth"]).stdout(came(SHORT)).run();
    assert_eq!(asked(&server), [OIDC, OAUTH], "only that place is asked");
    let half = super::discover::server(&[(OIDC, 200, SHORT), (OAUTH, 200, "<html>")]);
    discover(&half)
        .args(["--document", "oauth"])
        .fails(
            4,
            format!(
                "error: no metadata found for issuer http://127.0.0.1:[PORT]\n\
                 caused by: http://127.0.0.1:[PORT]{OAUTH}: it is not a JSON object\n\
                 hint: check --issuer, or give --token-endpoint\n"
            ),
        )
        .run();
    // Whosever it is, it is what was asked for.
    const OTHER: &str = r#"{"issuer":"https://other.example","token_endpoint":"https://other.example/token"}"#;
    let other = super::discover::server(&[(OIDC, 200, OTHER)]);
    discover(&other).args(["--document", "oidc"]).code(4).stdout(OTHER).any_stderr().run();
    discover(&other)
        .args(["--document", "oidc", "-o", "json"])
        .fails(2, "error: --document and --output exclude each other\nhint: 'oauth2tok discover -h' lists its flags, '--help' explains them\n")
        .run();
}

#[test]
fn the_issuer_is_a_word_a_flag_or_a_setting() {
    let server = server(&[(OIDC, 200, GOOD), ("/keys", 200, KEYS)]);
    let origin = server.origin();
    let config = format!(
        "profiles:\n  prod:\n    issuer: {origin}\n    client_id: ci\n    client_secret: command:false\n  other:\n    token_endpoint: https://idp.invalid/token\n"
    );
    let run = |words: &[&str]| oauth2tok().config(&config).args(words).any_stdout();
    run(&["discover", "-p", "prod"]).run();
    run(&["discover", "--issuer", &origin]).run();
    run(&["discover", "-p", "other", &origin]).run();
    run(&["discover", &origin, "--issuer", &origin]).run();
    run(&["-i", "ci", "-s", "a", "--token-endpoint", "https://idp.invalid/token", "discover", &origin]).run();
    run(&["discover"]).env("OAUTH2TOK_ISSUER", &origin).run();
    run(&["discover", &origin]).env("OAUTH2TOK_ISSUER", "https://idp.invalid").run();
    assert_eq!(server.count(), 7 * 3);

    for (words, told) in [
        (
            vec!["discover"],
            "error: nothing says which server to look at\n\
             hint: name the issuer: oauth2tok discover https://login.example.com\n\
             hint: or a profile: -p prod, -p other\n"
                .to_owned(),
        ),
        (
            vec!["discover", "-p", "other"],
            "error: discover looks at an issuer, and a token endpoint is given alone\n\
             hint: name the issuer: oauth2tok discover https://login.example.com\n"
                .to_owned(),
        ),
        (
            vec!["discover", "prod"],
            "error: 'prod' is a profile, and no issuer\nhint: name it with -p: oauth2tok discover -p prod\n".to_owned(),
        ),
        (
            vec!["discover", "s3cret"],
            "error: ISSUER is not an absolute URL\n\
             hint: write it whole, as in https://login.example.com, or name a profile with -p NAME\n"
                .to_owned(),
        ),
        (
            vec!["discover", "https://a.example", "--issuer", "https://b.example"],
            "error: ISSUER and --issuer name two issuers\nhint: leave one of them out\n".to_owned(),
        ),
        (
            vec!["discover", "http://idp.example/x"],
            "error: issuer (flag --issuer): plain http is only allowed to this machine; an issuer must be https (RFC 8414 §2)\n\
             hint: write https://idp.example/x\n"
                .to_owned(),
        ),
        (
            vec!["discover", "--dry-run", "https://a.example"],
            "error: discover is about what servers answer, and --dry-run asks none\n\
             hint: leave --dry-run out; -v shows what is sent\n"
                .to_owned(),
        ),
    ] {
        run(&words).fails(2, told).run();
    }
}

#[test]
fn where_its_metadata_is_stands_for_the_issuer() {
    const SLASH: &str = r#"{"issuer":"ISSUER/","token_endpoint":"ISSUER/token"}"#;
    let server = server(&[(OIDC, 404, ""), (OAUTH, 200, SLASH)]);
    for place in [OIDC, OAUTH] {
        let place = server.at(place);
        assert_eq!(findings(oauth2tok().args(["discover", &place])), [""; 0]);
        assert_eq!(findings(oauth2tok().args(["discover", &place, "--issuer", &place])), [""; 0]);
    }
    assert_eq!(asked(&server), [OIDC, OAUTH, OIDC, OAUTH, OIDC, OAUTH, OIDC, OAUTH]);
    // Who names the issuer means it to the letter.
    discover(&server).code(4).any_output().run();
    let place = "https://idp.example/.well-known/openid-configuration?appid=1";
    oauth2tok()
        .args(["discover", place])
        .fails(
            2,
            "error: issuer (flag --issuer): it is where the issuer's metadata is, and not the issuer\n\
             hint: write --issuer https://idp.example\n",
        )
        .run();
}

#[test]
fn what_an_earlier_run_kept_is_not_used_and_nothing_is_kept() {
    let server = Server::scripted(|_, request| match request.target() {
        "/token" => token(),
        OIDC => json(200, &SHORT.replace("ISSUER", &request.origin())),
        _ => status(404, &[], ""),
    });
    let home = home();
    let run = || client().at_home(&home).args(["--cache", "--issuer", &server.origin()]);
    run().prints(TOKEN).run();
    run().args(["discover"]).any_stdout().run();
    assert_eq!(asked(&server), [OIDC, "/token", OIDC, OAUTH]);
    let alone = super::harness::home();
    discover(&server).at_home(&alone).env("OAUTH2TOK_CACHE", "1").any_stdout().run();
    assert!(!alone.path().join("cache").exists());
}

#[test]
fn its_exchanges_are_recorded() {
    let server = server(&[(OIDC, 200, GOOD), ("/keys", 200, KEYS)]);
    let run = discover(&server).args(["--har", "run.har"]).any_stdout();
    let (home, file) = (run.its_home(), run.path("run.har"));
    run.run();
    let har: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let asked: Vec<_> = entries.iter().map(|entry| entry["request"]["url"].as_str().unwrap()).collect();
    drop(home);
    assert_eq!(asked, [OIDC, OAUTH, "/keys"].map(|place| server.at(place)));
}

#[test]
fn foreign_text_steers_no_terminal_and_secrets_are_hidden() {
    const HOSTILE: &str = r#"{"issuer":"ISSUER","token_endpoint":"ISSUER/token","jwks_uri":"ISSUER/keys","\u001b[2Jx":1,"grant_types_supported":["\u001b]0;x\u0007","s3cret-of-ci"],"y\u202e_endpoint":"\u009b31m"}"#;
    const SET: &str =
        r#"{"keys":[{"kty":"\u001b[2J","kid":"\u001b[31mred","use":"\u0007","alg":"\r\n","x5c":["\u001b"]}]}"#;
    let server = server(&[(OIDC, 200, HOSTILE), (OAUTH, 200, SHORT), ("/keys", 200, SET)]);
    for words in [&[][..], &["-o", "json"], &["--strict"]] {
        let run = client().args(["--client-secret", "env:OAUTH2TOK_CLIENT_SECRET", "discover", &server.origin()]);
        let output = run.args(words).any_end().run();
        assert!(output.stdout.contains("grant") || output.stdout.contains("Grants"), "{output:?}");
        assert_is_harmless(&output.stdout.replace('\n', ""));
        assert_is_harmless(&output.stderr.replace('\n', ""));
    }
}

#[test]
fn a_terminal_gets_colours_and_json_that_is_laid_out() {
    let server = server(&[(OIDC, 200, GOOD), ("/keys", 200, KEYS)]);
    for (words, expected) in [(&[][..], "\u{1b}[32m✓\u{1b}[0m"), (&["-o", "json"], "{\r\n  \"documents\": [\r\n    {")]
    {
        let mut terminal = Terminal::open();
        let run = discover(&server).args(words).env("TERM", "xterm");
        let running =
            run.any_stdout().start_with(std::process::Stdio::null(), terminal.end(), std::process::Stdio::piped());
        terminal.wait_for(expected);
        running.finish();
    }
}
