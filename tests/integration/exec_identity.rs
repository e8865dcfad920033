//! `exec` where what signs and what is traded are secrets too.

use super::harness::jwt::fixture;
use super::harness::*;

const KEY: &str = include_str!("../fixtures/ec.pkcs8.pem");
/// {"sub":"a"}
const READY: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln";

/// Runs a command with this profile and environment, which must not find any variable of `gone`.
fn is_without(settings: &str, env: &[(String, String)], gone: &[String]) {
    let dpop = settings.contains("dpop") || env.iter().any(|(name, _)| name.contains("DPOP"));
    let of_type = if dpop { "DPoP" } else { "Bearer" };
    let answer = format!(r#"{{"access_token":"{TOKEN}","token_type":"{of_type}","issued_token_type":"x"}}"#);
    let server = Server::answering(json(200, &answer));
    let config = format!("profiles: {{ p: {{ token_endpoint: '{}', client_id: ci, {settings} }} }}\n", server.url());
    let mut run = oauth2tok()
        .config(&config)
        .file("value", READY)
        .file("key", KEY)
        .file("certificate", fixture("keys/ec.certificate.pem"))
        .args(["exec", "-p", "p", "--", "env"])
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "stays");
    for (name, value) in env {
        run = run.env(name, value);
    }
    let text = run.any_output().run().stdout;
    let names: Vec<_> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(names.contains(&"ACCESS_TOKEN") && names.contains(&"ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "{settings}: {text}");
    for name in gone {
        assert!(env.iter().any(|(given, _)| given == name), "{name} was not given");
        assert!(!names.contains(&name.as_str()), "{name}: {text}");
    }
    assert!(!text.contains(READY) && !text.contains("PRIVATE KEY"), "{text}");
}

/// The profiles, and the secrets that each has.
const CASES: [(&str, &[&str]); 3] = [
    (
        "auth_method: private_key_jwt, grant_type: token-exchange, actor_token_type: jwt",
        &["signing_key", "signing_key_passphrase", "subject_token", "actor_token", "dpop_key"],
    ),
    ("grant_type: jwt-bearer", &["client_assertion", "assertion"]),
    ("auth_method: none, cert: certificate, key: key", &["key_passphrase"]),
];

fn value(setting: &str) -> String {
    if matches!(setting, "signing_key" | "dpop_key") { KEY } else { READY }.to_owned()
}

#[test]
fn the_variables_of_what_signs_and_is_traded_are_gone() {
    for (settings, secrets) in CASES {
        let variable = |setting: &&str| format!("OAUTH2TOK_{}", setting.to_uppercase());
        let env: Vec<_> = secrets.iter().map(|setting| (variable(setting), value(setting))).collect();
        is_without(settings, &env, &secrets.iter().map(variable).collect::<Vec<_>>());
        let twin = |setting: &&str| format!("{}_FILE", variable(setting));
        let file = |setting: &&str| if setting.ends_with("_key") { "key" } else { "value" }.to_owned();
        let env: Vec<_> = secrets.iter().map(|setting| (twin(setting), file(setting))).collect();
        is_without(settings, &env, &secrets.iter().map(twin).collect::<Vec<_>>());
    }
    let given = ("OAUTH2TOK_SECRET_PARAMS".to_owned(), format!("a={READY}"));
    is_without("auth_method: none", std::slice::from_ref(&given), std::slice::from_ref(&given.0));
}

#[test]
fn so_are_variables_that_a_profile_names() {
    for (settings, secrets) in CASES {
        let named: Vec<_> = secrets.iter().map(|setting| format!("{setting}: 'env:MY_{setting}'")).collect();
        let env: Vec<_> = secrets.iter().map(|setting| (format!("MY_{setting}"), value(setting))).collect();
        let gone: Vec<_> = env.iter().map(|(name, _)| name.clone()).collect();
        is_without(&format!("{settings}, {}", named.join(", ")), &env, &gone);
    }
    let env = ["A", "B"].map(|name| (name.to_owned(), READY.to_owned()));
    let settings = "auth_method: none, secret_params: { one: 'env:A', two: 'env:B' }";
    is_without(settings, &env, &["A".to_owned(), "B".to_owned()]);
}
