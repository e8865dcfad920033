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

/// The config file of `run` with another mode.
fn with_mode(run: Run, mode: u32) -> Run {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(run.config_path(), std::fs::Permissions::from_mode(mode)).unwrap();
    run
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_warned_of_on_every_run() {
    let server = Server::new();
    let head =
        format!("profiles:\n  p:\n    token_endpoint: {}\n    client_id: ci\n    auth_method: post\n", server.url());
    let run = |rest: &str, mode| with_mode(oauth2tok().config(&format!("{head}{rest}")).args(["-p", "p"]), mode);
    let warning = |key: &str, line: u32| {
        format!(
            "warning: {key} (profile [HOME]/config/oauth2tok/config.yaml:{line}): a secret stands in a file that other users can read: 'chmod 600 [HOME]/config/oauth2tok/config.yaml', or write env:NAME, file:PATH or command:CMD instead\n"
        )
    };
    let literal = "    client_secret: hunter22\n";
    for mode in [0o644, 0o640, 0o604] {
        run(literal, mode).stdout("tok-1\n").stderr(warning("client_secret", 6)).run();
    }
    run(literal, 0o644).args(["-q"]).prints(TOKEN).run();
    for mode in [0o600, 0o400, 0o700] {
        run(literal, mode).prints(TOKEN).run();
    }
    // Whatever the run takes instead, the file holds it.
    let other = run(literal, 0o644).env("OAUTH2TOK_CLIENT_SECRET", SECRET);
    other.stdout("tok-1\n").stderr(warning("client_secret", 6)).run();
    let elsewhere = "    client_secret: env:S\n";
    let run = |rest: &str| run(&format!("{elsewhere}{rest}"), 0o644).env("S", SECRET).stdout("tok-1\n");
    run("").run();
    run("    params: { otp: '${S}', tenant: acme }\n").run();
    run("    params: { otp: hunter22 }\n").stderr(warning("params", 7)).run();
    run("    headers: { X-Api-Key: [\"${S}\", hunter22] }\n").stderr(warning("headers", 7)).run();
    run("    proxy: 'http://u:hunter22@127.0.0.1:9'\n    retry: 0\n")
        .fails_with(5, ["proxy (profile ", "config.yaml:7): a secret stands in a file"])
        .run();
    // A file of its own is no other.
    let own = oauth2tok().file(
        "own.yaml",
        format!("{}{literal}", head.replace("profiles:\n  p:\n", "").replace("    ", "")).replace("    ", ""),
    );
    std::fs::set_permissions(own.path("own.yaml"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    own.args(["-p", "own.yaml"])
        .stdout("tok-1\n")
        .stderr("warning: client_secret (profile own.yaml:4): a secret stands in a file that other users can read: 'chmod 600 own.yaml', or write env:NAME, file:PATH or command:CMD instead\n")
        .run();
}

#[test]
fn a_secret_that_yaml_cuts_at_a_comment_is_warned_of() {
    let server = Server::new();
    let run = |secret: &str| {
        let yaml = format!(
            "profiles:\n  p:\n    token_endpoint: {}\n    client_id: ci\n    auth_method: post\n    client_secret: {secret}\n",
            server.url()
        );
        oauth2tok().config(&yaml).args(["-p", "p"]).env("S", SECRET).stdout("tok-1\n")
    };
    let warning = "warning: client_secret (profile [HOME]/config/oauth2tok/config.yaml:6): in YAML a comment begins at ' #', and what stands behind it is no part of the secret; put the secret in quotes if it should be\n";
    for cut in ["abc #def", "abc  #", "abc\t#def ghi"] {
        run(cut).stderr(warning).run();
    }
    for whole in ["abc#def", "'abc-#def'", "abc # of the test client", "env:S #def"] {
        run(whole).run();
    }
}

#[test]
fn a_file_of_powershell_is_read() {
    let server = Server::new();
    let text = format!("token_endpoint: {}\r\nclient_id: ci\r\nauth_method: none\r\nscope: a\r\n", server.url());
    let units = |big: bool| -> Vec<u8> {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
    };
    let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for bytes in [units(false), units(true), with_mark] {
        oauth2tok().file("p.yaml", bytes).args(["-p", "p.yaml"]).prints(TOKEN).run();
    }
    let mut half = units(false);
    half.pop();
    oauth2tok().file("p.yaml", half).args(["-p", "p.yaml"]).fails(2, "error: p.yaml: is not valid UTF-16\n").run();
}

#[test]
fn a_home_that_nobody_can_enter_does_not_stop_a_profile_of_its_own_file() {
    let server = Server::new();
    let own = format!("token_endpoint: {}\nclient_id: ci\nauth_method: none\n", server.url());
    let run = |home: &str| {
        let run = oauth2tok().file("p.yaml", &own).without("XDG_CONFIG_HOME").args(["-p", "./p.yaml"]);
        run.env("HOME", home)
    };
    run(&format!("/{}", "x".repeat(300))).prints(TOKEN).run();
    run(".").file(".config/oauth2tok/config.yaml", "defaults: { scope: evil }\n").prints(TOKEN).run();
    assert!(server.requests().iter().all(|request| !request.body().contains("evil")));
    oauth2tok()
        .file(".config/oauth2tok/config.yaml", "profiles: { p: {} }\n")
        .without("XDG_CONFIG_HOME")
        .env("HOME", ".")
        .args(["profile", "list"])
        .run();
}

#[test]
fn checking_tells_all_that_a_run_would_refuse() {
    let config = "defaults: { retry: many }\nprofiles:\n  a:\n    cliend_id: x\n    token_url: http://idp.invalid/\n    timeout: soon\n    scpoe: x\n    \
                  connect_timeout: 0\n    env_name: 1-X\n  b:\n    token_endpoint: https://idp.invalid/t\n    client_id: x\n    client_secret: file:nowhere\n    \
                  cacert: no-ca.pem\n    username: ada\n  c:\n    token_endpoint: https://idp.invalid/t\n    client_id: x\n    client_secret: env:NOT_SET\n    \
                  proxy: 'ftp://proxy:1'\n  d:\n    token_endpoint: https://idp.invalid/t\n    client_id: x\n    auth_method: none\n    cert: no-cert.pem\n";
    let output = oauth2tok().config(config).args(["profile", "check"]).fails_with(2, ["error: "]).run();
    let heads: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    let of = |name: &str| heads.iter().filter(|line| **line == format!("error: profile '{name}' is not valid")).count();
    assert_eq!((of("a"), of("b"), of("c"), of("d")), (7, 3, 1, 1), "{}", output.stderr);
    for told in [
        "error: 'defaults' are not valid\ncaused by: ",
        "config.yaml:1:20: retry: expected a whole number",
        "config.yaml:4:5: unknown key 'cliend_id'",
        "config.yaml:7:5: unknown key 'scpoe'",
        "config.yaml:6:14: timeout: expected a time span",
        "config.yaml:8): it must be more than 0",
        "config.yaml:5): plain http would send credentials in clear",
        "config.yaml:9): a variable's name holds letters",
        "config.yaml:3:3: client_secret (client_secret_basic needs it) is missing",
        "caused by: cannot read client_secret from the file that profile ",
        "config.yaml:15) does not go with the client_credentials grant",
        "cannot use the CA certificates in ",
        "cannot use the client certificate",
        "the profile's proxy is not a proxy URL: its scheme is none of http",
        "warning: profile 'c': client_secret is not set here (env:NOT_SET)\n",
    ] {
        assert!(output.stderr.contains(told), "{told}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("client_id is missing"), "{}", output.stderr);
}

#[test]
fn checking_without_a_config_file_is_an_error() {
    for words in [&["profile", "check"][..], &["profile", "check", "prod"]] {
        oauth2tok()
            .args(words)
            .fails(
                2,
                "error: there is no config file: [HOME]/config/oauth2tok/config.yaml does not exist\n\
                 hint: write one ('oauth2tok profile init' makes a first one), or name one: --config FILE, or ./FILE.yaml for a file with one profile\n",
            )
            .run();
    }
    let own = oauth2tok().file("p.yaml", "token_endpoint: https://idp.invalid/\nclient_id: x\nauth_method: none\n");
    own.args(["profile", "check", "p.yaml"]).stdout("p.yaml: ok\n").run();
}

#[test]
fn all_that_is_wrong_within_one_map_is_told_at_once() {
    let config = "profiles:\n  a:\n    token_endpoint: https://idp.invalid/t\n    client_id: x\n    auth_method: none\n    params:\n      a: $X\n      b: {}\n      c: [ok, '${NOPE}']\n";
    let output = oauth2tok().config(config).args(["profile", "check"]).fails_with(2, ["error: "]).run();
    for told in [
        "config.yaml:7:10: '$X' is not filled in",
        "config.yaml:8:10: params: expected a text",
        "config.yaml:9:15: the environment variable NOPE is not set",
    ] {
        assert!(output.stderr.contains(told), "{told}: {}", output.stderr);
    }
}

#[test]
fn names_and_settings_are_printed_as_json_too() {
    let config = "defaults:\n  scope: [a, b]\nprofiles:\n  p:\n    token_endpoint: https://idp.invalid/t\n    client_id: x\n    client_secret: hunter22\n    params: { otp: hunter22, id: [1, 2], z: y }\n    cache: true\n    audience: null\n  q: {}\n";
    let run = || oauth2tok().config(config);
    run().args(["profile", "list", "-o", "json"]).stdout("[\"p\",\"q\"]\n").run();
    oauth2tok().args(["profile", "list", "-o", "json"]).stdout("[]\n").run();
    let output = run().args(["profile", "show", "p", "--output", "json"]).any_stdout().run();
    let shown: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let value = |name: &str| shown[name]["value"].to_string();
    assert_eq!(value("scope"), r#"["a","b"]"#);
    assert_eq!(value("params"), r#"{"id":["1","2"],"otp":"***","z":"y"}"#);
    assert_eq!((value("client_secret"), value("cache"), value("retry")), ("\"***\"".into(), "true".into(), "2".into()));
    assert_eq!((value("audience"), value("timeout")), ("null".into(), "\"30s\"".into()));
    assert!(shown["client_id"]["origin"].as_str().unwrap().ends_with("config.yaml:6"), "{shown}");
    assert_eq!(shown["retry"]["origin"], "default");
    assert!(!output.stdout.contains("hunter22"));
}

#[test]
fn a_first_config_file_is_written_for_the_owner_alone_and_over_none() {
    use std::os::unix::fs::PermissionsExt;
    let run = oauth2tok();
    let (config, home) = (run.config_path(), run.path("config"));
    let note = "note: fill in what stands in <…>, then 'oauth2tok profile check' looks for mistakes\n";
    let again = run.clone();
    run.args(["profile", "init", "--for", "keycloak"])
        .by(["sh", "-c", "umask 000; exec \"$@\"", "sh"])
        .stdout(format!("{}\n", config.display()))
        .stderr(note)
        .run();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&config), mode(&home.join("oauth2tok"))), (0o600, 0o700));
    let written = std::fs::read_to_string(&config).unwrap();
    assert!(written.contains("issuer: https://<host>/realms/<realm>\n"));
    again
        .clone()
        .args(["profile", "init"])
        .fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml is there already, and stays as it is\n\
             hint: 'oauth2tok profile add NAME FLAGS…' adds a profile to it; --config FILE names another file\n",
        )
        .run();
    assert_eq!(std::fs::read_to_string(&config).unwrap(), written);
    again
        .clone()
        .args(["-p", "keycloak"])
        .env("KC_SECRET", SECRET)
        .fails(
            2,
            "error: issuer (profile [HOME]/config/oauth2tok/config.yaml:5): <host> is a placeholder, and nobody has filled it in\n\
             hint: write your own value in its place\n",
        )
        .run();
    again.clone().args(["profile", "init", "-q", "--config", "own/any.yaml"]).stdout("own/any.yaml\n").run();
    assert!(again.path("own/any.yaml").exists());
    again
        .args(["profile", "init", "--for", "keyclock"])
        .fails_with(2, ["error: --for: expected one of auth0, authentik, cognito"])
        .run();
}

#[test]
fn a_placeholder_is_refused_before_anything_is_sent() {
    let server = Server::new();
    client_of(server.url())
        .args(["-s", "api://<app-id>/.default"])
        .fails(
            2,
            "error: scope (flag --scope): <app-id> is a placeholder, and nobody has filled it in\n\
             hint: write your own value in its place\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

/// The words that add the profile `p` with the client of `url`.
fn add(url: &str) -> Run {
    oauth2tok()
        .args(["profile", "add", "p", "--token-endpoint", url, "-i", "ci", "--client-secret", "env:S"])
        .env("S", SECRET)
}

const ADDED: &str = "note: [HOME]/config/oauth2tok/config.yaml holds the profile: 'oauth2tok -p p' prints a token\n";

#[test]
fn flags_that_brought_a_token_become_a_profile() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::new();
    let home = home();
    let run = add(&server.url()).at_home(&home);
    let (config, ca) = (run.config_path(), run.path_text("ca.pem"));
    let again = run.clone();
    run.args([
        "-s",
        "a b",
        "-s",
        "c",
        "--param",
        "x=$y",
        "--timeout",
        "90",
        "--cacert",
        "ca.pem",
        "--no-cache",
        "-v",
        "-H",
        "X-A: 1",
    ])
    .file("ca.pem", "")
    .stdout(format!("{}\n", config.display()))
    .stderr_with(["POST /token HTTP/1.1", "holds the profile: 'oauth2tok -p p' prints a token"])
    .run();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&config), 0o600);
    assert_eq!(
        std::fs::read_to_string(&config).unwrap(),
        format!(
            "profiles:\n  p:\n    token_endpoint: {}\n    scope: [a, b, c]\n    params:\n      x: \"$$y\"\n    client_id: ci\n    client_secret: env:S\n    \
             cache: false\n    headers:\n      X-A: \"1\"\n    timeout: \"1m 30s\"\n    cacert: \"{ca}\"\n",
            server.url()
        )
    );
    let by_flags = server.requests()[0].body().to_owned();
    assert!(by_flags.contains("x=%24y"));
    // It is what ran.
    oauth2tok().at_home(&home).args(["-p", "p"]).env("S", SECRET).prints(TOKEN).run();
    assert_eq!(server.requests()[1].body(), by_flags);
    // The name is taken now.
    again
        .fails(
            2,
            "error: there is a profile 'p' already in [HOME]/config/oauth2tok/config.yaml\n\
             hint: choose another name, or edit the file\n",
        )
        .run();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn every_other_byte_of_the_file_stays_and_a_link_is_written_through() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::new();
    let before = "# mine\r\ndefaults:\r\n  timeout: 20s # so\r\nprofiles:\r\n  old: { client_id: 'x' }\r\n\r\n# end";
    let run = add(&server.url()).file("dotfiles/oauth2tok.yaml", before);
    let _home = run.clone();
    let (config, target) = (run.config_path(), run.path("dotfiles/oauth2tok.yaml"));
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&target, &config).unwrap();
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
    run.args(["-p", "old", "-q"]).stdout_with(["config.yaml\n"]).run();
    assert!(std::fs::symlink_metadata(&config).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    let added = format!(
        "  p:\r\n    extends: old\r\n    token_endpoint: {}\r\n    client_id: ci\r\n    client_secret: env:S\r\n",
        server.url()
    );
    let (head, tail) = before.split_at(before.find("\r\n# end").unwrap());
    assert_eq!(std::fs::read_to_string(&target).unwrap(), format!("{head}{added}{tail}"));
    let left: Vec<_> = std::fs::read_dir(target.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_no_profile_should_hold_is_refused_before_anything_is_sent() {
    let server = Server::new();
    let refused = |words: &[&str], told: &str| {
        let run =
            oauth2tok().args(["profile", "add"]).args(words).args(["--token-endpoint", &server.url(), "-i", "ci"]);
        let config = run.config_path();
        run.env("S", SECRET).stdin("x").fails(2, told).run();
        assert!(!config.exists());
    };
    let sources = "hint: say where the secret is: --client-secret env:NAME, --client-secret file:PATH or --client-secret 'command:CMD ARGS'\n";
    for literal in ["hunter22", "literal:hunter22"] {
        let told = format!("error: --client-secret: a secret is not written into a profile\n{sources}");
        refused(&["p", "--client-secret", literal], &told);
    }
    for once in ["stdin", "-", "fd:0", "prompt", "file:/dev/stdin"] {
        let told = format!("error: --client-secret: what can be read once cannot be kept in a profile\n{sources}");
        refused(&["p", "--client-secret", once], &told);
    }
    refused(
        &["p", "--client-secret", "env:S", "--param", "otp=hunter22"],
        "error: --param: it holds a secret, which is not written into a profile\n\
         hint: edit the file: a profile may say ${NAME} in its place\n",
    );
    refused(
        &["p", "--client-secret", "env:S", "--insecure"],
        "error: --insecure cannot stand in a profile\nhint: leave --insecure out: it is about a single run\n",
    );
    for name in ["p.yaml", "a/b", ""] {
        refused(
            &[name, "--client-secret", "env:S"],
            "error: no profile can have that name: -p would not take it for one\n\
             hint: a name is a word, without '/' and not ending in .yaml or .yml\n",
        );
    }
    assert_eq!(server.connections(), 0);
    let faulty = add(&server.url()).config("profiles:\n  q: {\n");
    faulty.fails_with(2, ["config.yaml:2:6: "]).run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn without_a_token_nothing_is_added() {
    let server = Server::answering(json(401, r#"{"error":"invalid_client"}"#));
    let run = add(&server.url());
    let config = run.config_path();
    run.fails_with(3, ["refused client 'ci'"]).run();
    assert!(!config.exists());
}

#[test]
fn a_refresh_token_is_not_spent_on_adding_it() {
    let issuer = Server::issuer(|_, request| panic!("asked for a token: {}", request.body()));
    let run = oauth2tok().args(["profile", "add", "p", "--issuer", &issuer.origin(), "-i", "ci", "-a", "none"]);
    let _home = run.clone();
    let config = run.config_path();
    run.args(["-g", "refresh_token", "--refresh-token", "env:RT", "--cache"])
        .env("RT", "hunter22")
        .stdout_with(["config.yaml\n"])
        .stderr(ADDED)
        .run();
    assert!(std::fs::read_to_string(config).unwrap().contains("    refresh_token: env:RT\n"));
    assert!(issuer.requests().iter().all(|request| request.method() == "GET"));
}

#[test]
fn where_a_profile_cannot_be_added_it_is_printed_instead() {
    let server = Server::new();
    for flow in ["profiles: { old: { client_id: x } }\n", "profiles: {}\n"] {
        let run = add(&server.url()).config(flow);
        let _home = run.clone();
        let config = run.config_path();
        run.fails(
            2,
            "error: [HOME]/config/oauth2tok/config.yaml: its lines do not tell where a profile can be added\n\
             hint: put 'profiles:' on a line of its own there, without braces, and this below it:\n  p:\n    token_endpoint: http://127.0.0.1:[PORT]/token\n    client_id: ci\n    client_secret: env:S\n",
        )
        .run();
        assert_eq!(std::fs::read_to_string(config).unwrap(), flow);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn runs_at_once_lose_no_profile_of_each_other() {
    let server = Server::new();
    let home = home();
    let names: Vec<_> = (0..8).map(|number| format!("p{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let run = oauth2tok().at_home(&home).env("S", SECRET).args(["profile", "add", name, "-q"]);
            let run = run.args(["--token-endpoint", &server.url(), "-i", "ci", "--client-secret", "env:S"]);
            scope.spawn(move || run.stdout_with(["config.yaml\n"]).run());
        }
    });
    let listed = oauth2tok().at_home(&home).args(["profile", "list"]).any_output().run().stdout;
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, names);
}

#[test]
fn a_profile_is_added_to_the_file_that_is_there_by_then() {
    let home = home();
    let config = add("http://x").at_home(&home).config_path();
    let edited = config.clone();
    let server = Server::scripted(move |_, _| {
        std::fs::write(&edited, "profiles:\n  mine: {}\n").unwrap();
        token()
    });
    let run = add(&server.url()).at_home(&home).config("profiles:\n  old: {}\n");
    run.stdout_with(["config.yaml\n"]).stderr(ADDED).run();
    let written = std::fs::read_to_string(config).unwrap();
    assert!(written.starts_with("profiles:\n  mine: {}\n  p:\n"), "{written}");
}

#[test]
fn a_config_file_that_is_named_and_not_there_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::new();
    for (flag, file) in [(true, "new/a b.yaml"), (false, "new.yaml")] {
        let run = add(&server.url());
        let _home = run.clone();
        let path = run.path(file);
        let (run, told) = match flag {
            true => (run.args(["--config", file]), format!("--config '{file}' ")),
            false => (run.env("OAUTH2TOK_CONFIG", file), String::new()),
        };
        run.stdout(format!("{file}\n"))
            .stderr(format!("note: {file} holds the profile: 'oauth2tok {told}-p p' prints a token\n"))
            .run();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::read_to_string(path).unwrap().starts_with("profiles:\n  p:\n"));
    }
    // Nothing can be taken from it.
    let run = add(&server.url()).args(["--config", "none.yaml", "-p", "old"]);
    let none = run.path("none.yaml");
    run.fails_with(2, ["error: "]).run();
    assert!(!none.exists());
}

#[test]
fn a_kept_token_does_not_stand_in_for_the_servers_answer() {
    let server = Server::new();
    let home = home();
    let kept = add(&server.url()).at_home(&home).args(["--cache", "-q"]);
    kept.stdout_with(["config.yaml\n"]).run();
    let run = oauth2tok().at_home(&home).env("S", SECRET).args(["profile", "add", "q", "-q", "--cache"]);
    run.args(["--token-endpoint", &server.url(), "-i", "ci", "--client-secret", "env:S"])
        .stdout_with(["config.yaml\n"])
        .run();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_profile_that_prints_nothing_is_not_added() {
    let server = Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"mac"}"#));
    for (words, told) in [
        (["--field", "id_token"], "error: the answer has no 'id_token'\nhint: it has access_token, token_type\n"),
        (
            ["-o", "header"],
            "error: the token's type is 'mac', not Bearer\nhint: -o token and -o json print any token\n",
        ),
    ] {
        let run = add(&server.url());
        let _home = run.clone();
        let config = run.config_path();
        run.args(words).fails(4, told).run();
        assert!(!config.exists());
    }
}

#[test]
fn what_variables_say_is_no_part_of_an_added_profile() {
    let server = Server::new();
    let run = add(&server.url()).env("OAUTH2TOK_SCOPE", "from-env");
    let _home = run.clone();
    let config = run.config_path();
    run.stdout_with(["config.yaml\n"])
        .stderr(format!("note: what these variables say is no part of the profile: OAUTH2TOK_SCOPE\n{ADDED}"))
        .run();
    assert!(!std::fs::read_to_string(config).unwrap().contains("scope"));
    assert!(server.request().body().contains("scope=from-env"));
    add(&server.url())
        .env("OAUTH2TOK_PROFILE", "x")
        .config("profiles: {x: {}}\n")
        .fails(
            2,
            "error: OAUTH2TOK_PROFILE names a profile, and the new one is made of flags alone\n\
             hint: unset it, or give -p NAME for a profile that the new one is to extend\n",
        )
        .run();
}

#[test]
fn a_person_at_a_terminal_gets_columns() {
    if !is_installed("script") {
        not_run("there is no 'script' to make a terminal");
        return;
    }
    oauth2tok()
        .config("profiles:\n  p: { token_endpoint: 'https://idp.invalid/t', client_id: x, auth_method: none }\n")
        .by(["sh", "-c", "exec script -qec \"$*\" /dev/null", "sh"])
        .args(["profile", "show", "p"])
        .stdout_with([
            "token_endpoint              https://idp.invalid/t  profile ",
            "\r\nclient_id                   x                      profile ",
            "\r\nretry                       2                      default\r\n",
        ])
        .run();
}
