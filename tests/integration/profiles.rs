//! Profiles: what they say, what they take away, what they fill in, and the commands about them.

use super::harness::*;

/// The body of the request that the profile `p` of `yaml` leads to; `[URL]` in it is the server's.
#[track_caller]
fn sent(yaml: &str, run: impl FnOnce(Run) -> Run) -> String {
    let server = Server::new();
    let run = run(oauth2tok().config(&yaml.replace("[URL]", &server.url())).args(["-p", "p"]).prints(TOKEN));
    run.run();
    server.request().body().to_owned()
}

const BASE: &str = "defaults:\n  token_endpoint: '[URL]'\n  client_id: ci\n  client_secret: env:S\n  scope: wide\n  audience: api\n  params: { a: 1, b: 2 }\n";

#[test]
fn null_in_a_profile_takes_away_what_is_inherited() {
    let profile = "profiles:\n  q: { scope: null, params: { a: null } }\n  p: { extends: q, client_secret: null, auth_method: none }\n";
    let body = "grant_type=client_credentials&audience=api&b=2&client_id=ci";
    assert_eq!(sent(&format!("{BASE}{profile}"), |run| run), body);
    // What is above says it again.
    let again = |run: Run| run.args(["-s", "narrow", "--param", "a=3"]);
    assert_eq!(
        sent(&format!("{BASE}{profile}"), again),
        "grant_type=client_credentials&scope=narrow&audience=api&b=2&a=3&client_id=ci"
    );
    oauth2tok()
        .config(&format!("{BASE}{profile}").replace("[URL]", "https://idp.invalid/t"))
        .args(["profile", "show", "p"])
        .stdout_with(["scope: (removed)  # profile ", "client_secret: (removed)  # profile "])
        .run();
}

#[test]
fn an_empty_variable_takes_away_what_a_profile_says_but_a_secret() {
    let yaml = format!("{BASE}  auth_method: none\n  client_secret: null\nprofiles: {{ p: {{}} }}\n").replacen(
        "  client_secret: env:S\n",
        "",
        1,
    );
    let run = |run: Run| run.env("OAUTH2TOK_SCOPE", "").env("OAUTH2TOK_PARAM", "").env("OAUTH2TOK_NO_CACHE", "");
    assert_eq!(sent(&yaml, run), "grant_type=client_credentials&audience=api&client_id=ci");
    let server = Server::new();
    let run = || {
        oauth2tok()
            .config(&format!("{BASE}profiles: {{ p: {{}} }}\n").replace("[URL]", &server.url()))
            .args(["-p", "p"])
            .env("S", SECRET)
    };
    run()
        .env("OAUTH2TOK_CLIENT_SECRET", "")
        .fails(
            2,
            "error: cannot read client_secret from env:OAUTH2TOK_CLIENT_SECRET\n\
             caused by: env:OAUTH2TOK_CLIENT_SECRET gave nothing: the secret is empty\n\
             hint: in CI an empty secret is usually one that the job may not read\n",
        )
        .run();
    run()
        .env("OAUTH2TOK_CLIENT_SECRET_FILE", "")
        .fails(2, "error: env OAUTH2TOK_CLIENT_SECRET_FILE: it names no file: it is empty\n")
        .run();
    assert_eq!(server.connections(), 0);
    run().env("OAUTH2TOK_CLIENT_SECRET", "x-secret").env("OAUTH2TOK_CLIENT_SECRET_FILE", "").prints(TOKEN).run();
}

#[test]
fn a_list_repeats_a_parameter_or_a_header() {
    let server = Server::new();
    let yaml = format!(
        "profiles:\n  p:\n    token_endpoint: {}\n    client_id: ci\n    auth_method: none\n    params: {{ resource_id: [a, 'b c'], otp: [hunter22, x], n: 1 }}\n    headers: {{ X-Team: [blue, red] }}\n",
        server.url()
    );
    let run = || oauth2tok().config(&yaml).args(["-p", "p"]);
    run().prints(TOKEN).run();
    let request = server.request();
    assert_eq!(
        request.body(),
        "grant_type=client_credentials&resource_id=a&resource_id=b+c&otp=hunter22&otp=x&n=1&client_id=ci"
    );
    let teams: Vec<_> = request.headers().filter(|(name, _)| *name == "X-Team").map(|(_, value)| value).collect();
    assert_eq!(teams, ["blue", "red"]);
    run()
        .args(["--dry-run", "-o", "curl"])
        .stdout_with(["resource_id=a", "resource_id=b", "OAUTH2TOK_PARAM_OTP", "OAUTH2TOK_PARAM_OTP_2"])
        .stderr("note: the command reads these shell variables: OAUTH2TOK_PARAM_OTP, OAUTH2TOK_PARAM_OTP_2\n")
        .run();
    run()
        .args(["--param", "z=1", "--param", "z=2"])
        .fails(
            2,
            "error: params (flag --param): 'z' is given twice (RFC 6749 §3.2); where that is meant, a profile says it as a list: NAME: [a, b]\n",
        )
        .run();
}

#[test]
fn a_resource_that_is_no_uri_is_sent_with_a_warning() {
    let server = Server::new();
    for resource in ["00000003-0000-0ff1-ce00-000000000000/contoso.sharepoint.com@realm-id", "3f2c", "my api"] {
        let warning = format!("warning: resource '{resource}' is no absolute URI (RFC 8707 §2); it is sent as it is\n");
        client_of(server.url()).args(["--resource", resource]).stdout("tok-1\n").stderr(warning).run();
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("resource", resource).finish();
        assert!(server.requests().last().unwrap().body().contains(&body));
    }
    client_of(server.url())
        .args(["--resource", "https://api.example.com/#x"])
        .fails(
            2,
            "error: resource (flag --resource): a resource is a URI without a fragment, which '#' begins (RFC 8707 §2)\n",
        )
        .run();
}

#[test]
fn a_shells_defaults_mean_what_they_mean_there() {
    let yaml = "defaults: { token_endpoint: '[URL]', auth_method: none }\nprofiles:\n  p:\n    client_id: ${ID:-ci}\n    audience: ${AUD:?set AUD}\n    scope: a$$b\n";
    let body = |id: &str| format!("grant_type=client_credentials&scope=a%24b&audience=api&client_id={id}");
    assert_eq!(sent(yaml, |run| run.env("AUD", "api")), body("ci"));
    assert_eq!(sent(yaml, |run| run.env("AUD", "api").env("ID", "")), body("ci"));
    assert_eq!(sent(yaml, |run| run.env("AUD", "api").env("ID", "x")), body("x"));
    oauth2tok()
        .config(yaml)
        .args(["-p", "p"])
        .env("AUD", "")
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml:5:15: the environment variable AUD: set AUD\n\
             \u{20}5 |     audience: …\n\
             \u{20}  |               ^\n\
             hint: set it, or give a default: ${NAME:default}\n",
        )
        .run();
}

#[test]
fn what_other_programs_fill_in_is_refused_with_what_to_write() {
    for (value, message, hint) in [
        ("$USER", "'$USER' is not filled in", "write ${USER} for the variable, or $$USER for the text"),
        (
            "${env:USER}",
            "'${env:…}' is not known here",
            "write ${USER} for an environment variable; a secret is written env:NAME or file:PATH",
        ),
        (
            "'${{ secrets.ID }}'",
            "'${{ … }}' is filled in by a CI system, and was not",
            "give it to the job as an environment variable NAME and write ${NAME} here",
        ),
        ("$(cat id)", "'$(…)' is not run: there is no shell here", "write $$ for a dollar"),
    ] {
        oauth2tok()
            .config(&format!("profiles:\n  p:\n    client_id: {value}\n"))
            .args(["-p", "p"])
            .fails_with(2, [format!("config.yaml:3:16: {message}\n"), format!("\nhint: {hint}\n")])
            .run();
    }
}
