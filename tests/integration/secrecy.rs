//! A secret is seen by nobody but its addressee. A canary with special characters is driven through every way out of the
//! program, and everything it says is searched for every spelling of it (T05 to T08).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::harness::*;

/// Characters that every encoding treats in its own way.
const CANARY: &str = r#"cAn+ry/ "q'\<&>%é:=~!*()"#;
const PASSWORD: &str = r#"pAss+rd/ "q'\<&>%ü:=~"#;
const REFRESH: &str = "rEfr+sh/token==.x_y-z";
/// What the server gives out.
const ISSUED: &str = "iSsued-Token_0123456789.abcdefghij";
const ISSUED_REFRESH: &str = "iSsued-Refresh/9876543210+==";

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn percent_encoded(text: &str, keep: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || keep.as_bytes().contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// `%2b` for `%2B`.
fn lower_hex(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| format!("{out}%{}{}", part[..2].to_lowercase(), &part[2..]))
}

fn json_escaped(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}

fn json_ascii(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(b) if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The other case.
fn swapped(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

/// Every spelling in which a secret may come back.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let form = form_encoded(secret);
    let mut spellings = vec![
        secret.to_owned(),
        form.clone(),
        lower_hex(&form),
        percent_encoded(secret, ""),
        percent_encoded(secret, "-._~"),
        percent_encoded(secret, "-._~!*'()/:"),
        percent_encoded(&form, ""),
        json_escaped(secret),
        json_escaped(secret).replace('/', "\\/"),
        json_ascii(secret),
        json_escaped(&json_escaped(secret)),
        html_escaped(secret),
        html_escaped(secret).replace("&#39;", "&apos;"),
        html_escaped(secret).replace("&#39;", "&#x27;"),
        STANDARD.encode(secret),
        URL_SAFE.encode(secret),
        STANDARD.encode(format!("ci:{secret}")),
        STANDARD.encode(format!("ci:{form}")),
    ];
    spellings.extend([
        hex(secret),
        hex(secret).to_uppercase(),
        secret.chars().map(swapped).collect(),
        secret.bytes().map(|byte| format!("\\{byte:03o}")).collect(),
        secret.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect(),
        secret.bytes().map(|byte| format!("={byte:02X}")).collect(),
        secret.chars().map(|c| format!("{c}\u{ad}")).collect(),
    ]);
    // base64 of a longer text that holds it, at each place in a group of three.
    for lead in ["x", "xx", "xxx"] {
        spellings.push(STANDARD.encode(format!("{lead}{secret}tail")));
    }
    spellings
}

/// Pieces that give a secret away, wherever they stand: its spellings, and long parts of them.
pub(crate) fn traces(secret: &str) -> Vec<String> {
    let mut traces = spellings(secret);
    traces.push(secret.chars().take(8).collect());
    traces.push(form_encoded(secret).chars().take(12).collect());
    traces.push(STANDARD.encode(secret).chars().take(12).collect());
    traces
}

#[track_caller]
pub(crate) fn assert_unseen(text: &str, secrets: &[&str], how: &str) {
    for secret in secrets {
        for trace in traces(secret) {
            assert!(!text.contains(&trace), "{how}: {trace:?} is in\n{text}");
        }
    }
}

/// Answers that hold every spelling of what was sent, in every place an answer has.
pub(crate) fn echoes(secrets: &[&str]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let all: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    for echo in &all {
        let inside = json_escaped(echo);
        let header: String = echo.chars().filter(|c| !c.is_control()).collect();
        answers.extend([
            json(
                400,
                &format!(
                    r#"{{"error":"invalid_client","error_description":"bad secret {inside}!","trace_id":"{inside}"}}"#
                ),
            ),
            json(401, &format!(r#"{{"message":"{inside}","error_uri":"https://e/?s={inside}"}}"#)),
            html(200, &format!("<html><title>Bad {echo}</title><p>{echo}</p></html>")),
            status(503, &["Content-Type: text/plain", &format!("X-Request-Id: {header}")], format!("no: {echo}")),
            status(302, &[&format!("Location: https://x/{header}")], echo),
            status(401, &[&format!("WWW-Authenticate: Basic error=\"{header}\"")], ""),
            json(200, &format!(r#"{{"echo":"{inside}","#)),
            status(400, &["Content-Type: text/xml"], format!("<e><message>{echo}</message></e>")),
        ]);
    }
    answers
}

#[test]
fn no_echo_of_a_server_brings_a_secret_out() {
    let answers = Arc::new(echoes(&[CANARY]));
    let count = answers.len();
    let given = Arc::clone(&answers);
    let server = Server::scripted(move |number, _| given[(number - 1) % given.len()].clone());
    // Each run gets the next answer; the sets of flags take turns so that each meets every kind of answer.
    let flags: [&[&str]; 4] = [&[], &["-v"], &["--error-format", "json"], &["-v", "-a", "post"]];
    for number in 0..count {
        let words = flags[(number + number / 8) % flags.len()];
        let run = oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", "ci", "--retry", "0", "--client-secret", "env:CANARY"])
            .args(words)
            .env("CANARY", CANARY);
        let output = run.any_output().code_in(&[3, 4, 6]).run();
        assert_eq!(output.stdout, "");
        assert_unseen(&output.stderr, &[CANARY], &format!("answer {number}, {words:?}"));
    }
}

#[test]
fn a_password_and_a_refresh_token_are_hidden_as_well() {
    for (words, secret) in [
        (&["-g", "password", "-u", "u", "--password", "env:CANARY", "-q"][..], PASSWORD),
        (&["-g", "refresh_token", "--refresh-token", "env:CANARY"], REFRESH),
    ] {
        for answer in echoes(&[secret]).into_iter().step_by(3) {
            let server = Server::answering(answer);
            let run = client_of(server.url()).args(words).args(["--retry", "0", "-v"]).env("CANARY", secret);
            let output = run.any_output().code_in(&[3, 4, 6]).run();
            assert_unseen(&output.stderr, &[secret, SECRET], &format!("{words:?}"));
        }
    }
}

#[test]
fn issued_tokens_are_on_stdout_alone() {
    let refresh = json_escaped(ISSUED_REFRESH);
    let body = format!(
        r#"{{"access_token":"{ISSUED}","token_type":"Bearer","expires_in":60,"refresh_token":"{refresh}","scope":"other","nested":{{"id_token":"{ISSUED}"}},"note":"you got {ISSUED} and {refresh}"}}"#
    );
    let outputs: [&[&str]; 9] = [
        &[],
        &["-o", "json"],
        &["-o", "header"],
        &["-o", "curl"],
        &["-o", "env"],
        &["-o", "ttl"],
        &["-o", "exec-credential"],
        &["--field", "refresh_token"],
        &["--field", "nothing"],
    ];
    for words in outputs {
        for more in [&[][..], &["-v"], &["--strict"], &["-v", "--strict", "--error-format", "json"], &["-s", "asked"]] {
            let server = Server::answering(json(200, &body));
            let run = client_of(server.url()).args(words).args(more).env("OAUTH2TOK_CLIENT_SECRET", CANARY);
            let output = run.any_output().code_in(&[0, 4]).run();
            assert_unseen(&output.stderr, &[CANARY, ISSUED, ISSUED_REFRESH], &format!("{words:?} {more:?}"));
            assert_unseen(&output.stdout, &[CANARY], &format!("{words:?} {more:?}"));
            assert_eq!(output.code == 0, !output.stdout.is_empty());
        }
    }
}

#[test]
fn tokens_in_answers_that_are_no_tokens_are_hidden() {
    for answer in [
        json(200, &format!(r#"{{"access_token":"{ISSUED}","token_type":"Bearer""#)),
        json(200, &format!(r#"{{"access_token":"{ISSUED}","access_token":"{ISSUED}"}}"#)),
        json(200, &format!(r#"{{"data":{{"accessToken":"{ISSUED}"}}}}"#)),
        json(
            400,
            &format!(r#"{{"error":"e","error_description":"token {ISSUED} is used","access_token":"{ISSUED}"}}"#),
        ),
        form(400, &format!("access_token={ISSUED}&x=y")),
        status(200, &["Content-Type: text/plain"], format!("access_token: {ISSUED}")),
        status(200, &[], format!("{{\"access_token\":\"{ISSUED}\u{1f}\"}}")),
        json(200, &format!(r#"{{"access_token":"abc\ud800{ISSUED}","token_type":"Bearer"}}"#)),
        json(200, &format!(r#"{{"access_token":"a\"b\x{ISSUED}","token_type":"Bearer"}}"#)),
        json(200, &format!(r#"{{"error":"e\ud800","tokens":["a","{ISSUED}"]}}"#)),
        json(400, &format!(r#"{{"error":"e","jwt":"{ISSUED}","api_key":"{ISSUED}","apiKey":"{ISSUED}"}}"#)),
        Answer::raw(format!("{{\"access_token\":\"{ISSUED}\"}}\r\n\r\n")),
        Answer::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{{\"access_token\":\"{ISSUED}\"")),
    ] {
        for words in [&[][..], &["-v"], &["--error-format", "json"]] {
            let server = Server::answering(answer.clone());
            let output = client_of(server.url()).args(words).args(["--retry", "0"]).any_output().code_in(&[3, 4]).run();
            assert_unseen(&output.stderr, &[ISSUED], &format!("{words:?}"));
        }
    }
}

#[test]
fn verbose_shows_the_exchange_and_hides_what_is_secret() {
    let server = Server::answering(status(
        200,
        &["Content-Type: application/json", "Set-Cookie: session=canary-cookie"],
        format!(r#"{{"access_token":"{ISSUED}","token_type":"Bearer","expires_in":60,"custom":"shown"}}"#),
    ));
    let run = || {
        client_of(server.url())
            .args([
                "-v",
                "-a",
                "post",
                "-H",
                "X-Api-Key: canary-key",
                "--param",
                "otp=canary-otp",
                "-H",
                "X-Plain: shown-too",
            ])
            .stdout(format!("{ISSUED}\n"))
    };
    run()
        .stderr_with([
            "> POST /token HTTP/1.1\n",
            &format!("> Host: {}\n", server.authority()),
            "> X-Api-Key: ***\n",
            "> X-Plain: shown-too\n",
            "> grant_type=client_credentials&otp=***&client_id=ci&client_secret=***\n",
            "< HTTP/1.1 200 OK\n",
            "< Content-Type: application/json\n",
            "< Set-Cookie: ***\n",
            r#"< {"access_token":"***","token_type":"Bearer","expires_in":60,"custom":"shown"}"#,
            "* time: ",
        ])
        .stderr_without(["canary", SECRET, ISSUED])
        .run();
    run()
        .args(["--show-secrets"])
        .stderr_with([
            "> X-Api-Key: canary-key\n",
            "client_secret=s3cret-of-ci\n",
            &format!("\"access_token\":\"{ISSUED}\""),
            "session=canary-cookie",
        ])
        .run();
}

#[test]
fn verbose_hides_what_an_answer_names_secret() {
    let place = "https://h/x?access_token=canary&code=canary&state=shown#id_token=canary";
    let headers = [
        "Content-Type: application/json",
        "Authorization: Bearer canary",
        "X-Auth-Token: canary",
        "X-Access-Token: canary",
        "WWW-Authenticate: Bearer realm=\"shown\", token=\"canary canary\"",
        &format!("Location: {place}"),
        &format!("Content-Location: {place}"),
        &format!("Refresh: 0; url={place}"),
    ];
    let body = r#"{"error":"e","api_key":"canary","code":"canary","error_codes":[17]}"#;
    let server = Server::answering(status(400, &headers, body));
    client_of(server.url())
        .args(["-v"])
        .fails_with(
            3,
            [
                "< Authorization: ***\n",
                "< X-Auth-Token: ***\n",
                "< X-Access-Token: ***\n",
                "< WWW-Authenticate: Bearer realm=\"shown\", token=\"***\"\n",
                "< Location: https://h/x?access_token=***&code=***&state=shown#id_token=***\n",
                "< Content-Location: https://h/x?access_token=***&",
                "< Refresh: ***\n",
                r#""error_codes":[17]"#,
            ],
        )
        .stderr_without(["canary"])
        .run();
    client_of(server.url()).args(["-v", "--show-secrets"]).fails_with(3, ["< X-Auth-Token: canary\n", place]).run();
}

#[test]
fn basic_is_hidden_in_the_trace_and_shown_only_on_demand() {
    let server = Server::new();
    client_of(server.url()).args(["-v"]).stdout("tok-1\n").stderr_with(["> Authorization: Basic ***\n"]).run();
    client_of(server.url())
        .args(["-v", "--show-secrets"])
        .stdout("tok-1\n")
        .stderr_with(["> Authorization: Basic Y2k6czNjcmV0LW9mLWNp\n"])
        .run();
}

#[test]
fn failures_before_anything_is_sent_hide_the_secret_too() {
    for words in [
        &["--token-endpoint", "https://idp.invalid/\u{7}"][..],
        &["--token-endpoint", "https://127.0.0.1:1/", "--retry", "0"],
        &["--token-endpoint", "https://127.0.0.1:1/", "--cacert", "/nonexistent"],
        &["--token-endpoint", "https://127.0.0.1:1/", "-s", "\""],
        &["--token-endpoint", "https://127.0.0.1:1/", "--dry-run"],
        &["--token-endpoint", "https://127.0.0.1:1/", "--dry-run", "-o", "curl"],
        &["--token-endpoint", "https://127.0.0.1:1/", "--dry-run", "-a", "post"],
        &["--token-endpoint", "https://127.0.0.1:1/", "-u", "u"],
        &["--unknown"],
        &["profile", "show", "p"],
        &["profile", "check"],
        &["profile", "show", "nope"],
        &["-p", "p", "-v", "--dry-run"],
    ] {
        let yaml = serde_json::to_string(CANARY).unwrap();
        let config = format!(
            "profiles:\n  p:\n    token_endpoint: https://idp.invalid/\n    client_id: x\n    client_secret: {yaml}\n"
        );
        for source in ["env:CANARY", CANARY] {
            let run = oauth2tok().config(&config).env("CANARY", CANARY);
            let run = if words[0] == "-p" || words[0] == "profile" {
                run
            } else {
                run.args(["-i", "ci", "--client-secret", source])
            };
            let output = run.args(words).any_output().code_in(&[0, 2, 5]).run();
            assert_unseen(&output.stderr, &[CANARY], &format!("{words:?}"));
            assert_unseen(&output.stdout, &[CANARY], &format!("{words:?}"));
        }
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    for words in [&["-h"][..], &["--help"], &["profile", "--help"]] {
        let output = oauth2tok()
            .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
            .env("OAUTH2TOK_PASSWORD", PASSWORD)
            .args(words)
            .any_output()
            .run();
        assert_unseen(&output.stdout, &[CANARY, PASSWORD], "help");
    }
}

#[test]
fn no_command_brings_a_secret_out() {
    let yaml = serde_json::to_string(CANARY).unwrap();
    let echo = json_escaped(CANARY);
    let said = format!(r#"{{"error":"invalid_grant","error_description":"bad {echo}","x":"{}"}}"#, hex(CANARY));
    let refusing = Server::answering(json(400, &said));
    let (idp, api) = (Server::new(), Server::answering(json(500, &said)));
    let config = |server: &Server| {
        format!(
            "defaults:\n  token_endpoint: {}\n  client_id: x\n  auth_method: post\n  quiet: true\n\
             profiles:\n  p:\n    client_secret: {yaml}\n    params: {{ otp: {yaml} }}\n    headers: {{ X-Api-Key: abc-{} }}\n\
             \x20 q:\n    client_secret: env:CANARY\n    grant_type: password\n    username: u\n    password: {yaml}\n",
            server.url(),
            hex(CANARY),
        )
    };
    let url = format!("{}/x?api_key={}", api.origin(), form_encoded(CANARY));
    let message = format!("{{\"password\":{yaml},\"client_secret\":{yaml},\"x\":1}}\n");
    let refused: [&[&str]; 8] = [
        &["-p", "p"],
        &["-p", "q"],
        &["-p", "q", "--cache"],
        &["exec", "-p", "p", "--", "true"],
        &["request", "-p", "p", &url],
        &["request", "-p", "p", "--json", &yaml, &url],
        &["-p", "p", "--strict", "-o", "json"],
        &["-p", "p", "--field", CANARY],
    ];
    let looking: [&[&str]; 9] = [
        &["profile", "show", "p"],
        &["profile", "show", "q"],
        &["profile", "check"],
        &["profile", "check", "p", CANARY],
        &["profile", "list"],
        &["cache", "list"],
        &["-p", "p", "--dry-run"],
        &["-p", "q", "--dry-run", "-o", "curl"],
        &["-p", "p", "-o", CANARY],
    ];
    let used: [&[&str]; 2] = [&["request", "-p", "p", &url], &["request", "-p", "p", "-d", CANARY, &url]];
    for (server, commands) in [(&refusing, &refused[..]), (&idp, &looking), (&idp, &used)] {
        for (command, telling) in commands.iter().flat_map(|command| {
            [&[][..], &["-v"], &["--error-format", "json"], &["-v", "--error-format", "json"]]
                .map(|telling| (command, telling))
        }) {
            // What follows `--` is the command's own.
            let split = command.iter().position(|word| *word == "--").unwrap_or(command.len());
            let words = [&command[..split], telling, &command[split..]].concat();
            let run = oauth2tok().config(&config(server)).env("CANARY", CANARY).args(&words);
            let output = run.any_output().code_in(&[0, 2, 3, 4, 8]).run();
            assert_unseen(&output.stderr, &[CANARY], &format!("{words:?}"));
            assert_unseen(&output.stdout, &[CANARY], &format!("{words:?}"));
        }
    }
    for telling in [&["-v"][..], &["--error-format", "json"], &["-v", "--dry-run"]] {
        let run = oauth2tok().config(&config(&refusing)).env("CANARY", CANARY).args(["batch", "-p", "q"]).args(telling);
        let output = run.stdin(message.clone()).any_output().code_in(&[0, 3]).run();
        assert_unseen(&output.stderr, &[CANARY], &format!("batch {telling:?}"));
    }
}

#[test]
fn an_import_brings_no_secret_out() {
    let yaml = serde_json::to_string(CANARY).unwrap();
    let inputs = [
        ("benthos", format!("oauth2_token:\n  endpoint: https://h\n  client_id: x\n  client_secret: {yaml}\n")),
        ("benthos", format!("oauth2_token:\n  endpoint: https://h\n  client_id: x\n  cliend_secret: {yaml}\n  x: [\n")),
        (
            "couper",
            format!(
                "definitions {{ backend \"b\" {{ oauth2 {{ token_endpoint = \"https://h\"\n client_id = \"x\"\n client_secret = {yaml}\n grant_type = \"client_credentials\" }} }} }}"
            ),
        ),
        (
            "eccenca",
            format!(
                "{{\"parameters\":{{\"oauth_token_url\":\"https://h\",\"oauth_client_id\":\"x\",\"oauth_client_secret\":{yaml}}}}}"
            ),
        ),
        (
            "keboola",
            format!(
                "{{\"api\":{{\"authentication\":{{\"type\":\"oauth20\",\"#password\":{yaml},\"password\":{yaml}}}}}}}"
            ),
        ),
        ("elasticio", format!("{{\"auth\":{{\"oauth2\":{{\"clientId\":\"x\",\"clientSecret\":{yaml}}}}}}}")),
        (
            "curl",
            format!(
                "curl -d grant_type=client_credentials -d client_id=x --data-urlencode 'client_secret={}' https://h/t",
                CANARY.replace('\'', "'\\''")
            ),
        ),
        (
            "curl",
            format!(
                "curl -u 'ci:{}' -H 'X-Api-Key: {}' https://h/t --frobnicate",
                CANARY.replace('\'', "'\\''"),
                hex(CANARY)
            ),
        ),
    ];
    for (from, input) in &inputs {
        for telling in [&[][..], &["-v"], &["--error-format", "json"]] {
            let run = oauth2tok().args(["import", "--from", from]).args(telling).stdin(input.as_str());
            let output = run.any_output().code_in(&[0, 2]).run();
            assert_unseen(&output.stderr, &[CANARY], &format!("{from} {telling:?}"));
            assert_unseen(&output.stdout, &[CANARY], &format!("{from} {telling:?}"));
        }
    }
}

#[test]
fn helper_commands_do_not_inherit_our_secrets() {
    // T06
    let server = Server::new();
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "x", "-a", "post", "-g", "password", "-u", "u", "-q"])
        .args(["--client-secret", "env:MY_SECRET", "--password", "command:sh -c 'env | sort | tr \"\\n\" \" \"'"])
        .env("MY_SECRET", "canary-1-secret")
        .env("OAUTH2TOK_CLIENT_SECRET", "canary-2-secret")
        .env("OAUTH2TOK_PASSWORD", "canary-3-secret")
        .env("OAUTH2TOK_REFRESH_TOKEN", "")
        .env("UNRELATED", "kept")
        .without("OAUTH2TOK_REFRESH_TOKEN")
        .prints(TOKEN)
        .run();
    let request = server.request();
    let password = request.body().split('&').find(|pair| pair.starts_with("password=")).unwrap();
    assert!(password.contains("UNRELATED%3Dkept"), "{password}");
    assert!(!password.contains("canary"), "{password}");
}

#[test]
fn a_private_key_where_the_name_of_its_file_belongs_is_not_shown() {
    let key = "-----BEGIN PRIVATE KEY-----\ncanary/canary\n-----END PRIVATE KEY-----\n";
    for name in ["OAUTH2TOK_CERT", "OAUTH2TOK_CACERT", "SSL_CERT_FILE", "OAUTH2TOK_CLIENT_SECRET_FILE"] {
        for flags in [&[][..], &["-v"], &["--error-format", "json"]] {
            let run = oauth2tok().args(["--token-endpoint", "https://127.0.0.1:1/t", "-i", "ci", "--retry", "0"]);
            let run = run.args(flags).env(name, key);
            let run = if name.ends_with("SECRET_FILE") { run } else { run.env("OAUTH2TOK_CLIENT_SECRET", "s3cr3t") };
            run.code(2).stderr_with(["No such file"]).stderr_without(["canary"]).run();
        }
    }
    let server = Server::new();
    let run = client_of(server.url()).env("OAUTH2TOK_KEY", key).args(["-v"]);
    run.code(2).stderr_with(["key = (not repeated: "]).stderr_without(["canary"]).run();
}

#[test]
fn variables_that_a_profile_makes_secrets_of_are_inherited_by_nobody() {
    // T06
    let server = Server::new();
    let config = format!(
        "profiles:\n  p:\n    token_endpoint: {}\n    client_id: ${{ID}}\n    auth_method: post\n    client_secret: ${{SEC}}\n    grant_type: password\n    username: u\n    password: command:sh -c 'env | sort | tr \"\\n\" \" \"'\n    headers: {{ X-Api-Key: '${{API}}' }}\n    params: {{ otp: '${{OTP}}' }}\n    quiet: true\n    base_url: https://${{HOSTNAME}}/?v=${{VERSION}}&api_key=${{URLKEY}}&${{QUERY}}\n    proxy: ${{WHOLE}}\n",
        server.url()
    );
    let run = || {
        oauth2tok()
            .config(&config)
            .env("ID", "known")
            .env("SEC", "canary-secret")
            .env("API", "canary-key")
            .env("OTP", "canary-otp")
            .env("URLKEY", "canary-in-url")
            .env("QUERY", "token=canary-in-query")
            .env("WHOLE", "http://u:canary-proxy@127.0.0.1:1")
            .env("HOSTNAME", "known")
            .env("VERSION", "known")
            .env("OAUTH2TOK_HEADER", "X-Other-Key: canary-header")
            .env("OAUTH2TOK_PARAM", "api_key=canary-param")
            // What does not count here is secret all the same.
            .env("OAUTH2TOK_PROXY", "u:canary-other-proxy@127.0.0.1:1")
            .env("OAUTH2TOK_TOKEN_URL", "https://known/?api_key=canary-endpoint")
            .env("OAUTH2TOK_BASE_URL", "https://known/?v=1&access_token=canary-base")
    };
    let above = ["--token-endpoint", &server.url(), "--proxy", "", "--client-secret", "literal:x"];
    let run = || run().env("OAUTH2TOK_CLIENT_SECRET_FILE", "/canary-file");
    run().args(["-p", "p"]).args(above).prints(TOKEN).run();
    let request = server.request();
    let password = request.body().split('&').find(|pair| pair.starts_with("password=")).unwrap();
    assert!(password.contains("ID%3Dknown") && !password.contains("canary"), "{password}");
    let child = run().args(["exec", "-p", "p"]).args(above).args(["--", "env"]).any_output().run();
    assert!(child.stdout.contains("ID=known") && !child.stdout.contains("canary"), "{}", child.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_running_program_leaves_no_core_and_no_secret_in_its_arguments() {
    // T05, T08
    let server = Server::answering(Answer::raw("").then(Then::Hang));
    let running = client_of(server.url()).env("OAUTH2TOK_CLIENT_SECRET", CANARY).any_output().code(137).start();
    server.wait_for(1);
    let proc = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", running.id())).unwrap();
    let limits = proc("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let arguments = proc("cmdline");
    assert!(arguments.contains("--token-endpoint"));
    assert_unseen(&arguments, &[CANARY], "arguments");
    running.signal(rustix::process::Signal::KILL);
    running.finish();
}

#[test]
fn no_command_inherits_a_descriptor_that_gave_a_secret() {
    if !is_installed("bash") {
        return not_run("bash is not installed");
    }
    let server = Server::new();
    // The file can be opened from its start again, the pipe has an end that is seen, others are passed on.
    let look = "for n in 0 3 4; do if [ -e /dev/fd/$n ]; then printf '%s: ' $n; cat /dev/fd/$n 2>&1; echo; fi; done";
    for (script, source) in [
        ("exec 3<<<$S", "fd:3"),
        ("exec 3< <(echo $S)", "fd:3"),
        ("exec 3<<<$S", "file:/dev/fd/3"),
        ("exec 3<<<$S", "file:/proc/self/fd/3"),
        ("exec 0<<<$S", "stdin"),
        ("exec 0<<<$S", "fd:0"),
        ("exec 0<<<$S", "file:/dev/stdin"),
        ("exec 0< <(echo $S; echo rest)", "stdin"),
    ] {
        let script = format!("exec 4<<<passed-on; {script}; exec \"$@\"");
        let expected = "0: \n4: passed-on\n\n";
        for more in [&["exec"][..], &["exec", "--token-file"]] {
            let run = oauth2tok().args(more).args(["--token-endpoint", &server.url(), "-i", ID]);
            let run = run.args(["-q", "--client-secret", source, "--", "sh", "-c", look]).env("S", SECRET);
            run.by(["bash", "-c", &script, "bash"]).stdin("").stdout(expected).run();
        }
    }
    // Helpers neither, also where they run before the descriptor is read, and neither what is in a config file or a key.
    let look = "command:sh -c 'for n in 3 4; do if [ -e /dev/fd/$n ]; then printf +$n; fi; done'";
    let ca = Ca::new("CA").cacert_text();
    let yaml = "profiles: { x: { username: u } }";
    for (given, words) in [
        (SECRET, &["--password", "fd:3", "-u", "u"][..]),
        (yaml, &["--password", "literal:x", "--config", "/dev/fd/3", "-p", "x"]),
        ("username: u", &["--password", "literal:x", "-p", "/dev/fd/3"]),
        (&ca, &["--password", "literal:x", "-u", "u", "--cert", "/dev/fd/3"]),
        (&ca, &["--password", "literal:x", "-u", "u", "--cert", "x", "--key", "/dev/fd/3"]),
    ] {
        let run = oauth2tok().args(["-g", "password", "--token-endpoint", &server.url(), "-i", ID, "-a", "post"]);
        let run = run.args(["--client-secret", look, "-q"]).args(words).env("S", given);
        run.by(["bash", "-c", "exec 3<<<$S 4</dev/null; exec \"$@\"", "bash"]).prints(TOKEN).run();
        let sent = server.requests().pop().unwrap();
        assert!(sent.contains("&client_secret=%2B4"), "{words:?}: {sent}");
    }
}

/// The words that make a user without privileges of root.
#[cfg(target_os = "linux")]
fn unprivileged() -> &'static [&'static str] {
    let is_root = rustix::process::geteuid().is_root();
    if is_root { &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } else { &[] }
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_of_the_same_user_looks_into_a_running_program() {
    let server = Server::answering(Answer::raw("").then(Then::Hang));
    let running = client_of(server.url()).by(unprivileged()).cwd("/".as_ref()).any_output().code(137).start();
    server.wait_for(1);
    for name in ["mem", "environ", "maps"] {
        let neighbour = [unprivileged(), &["head", "-c", "1"]].concat();
        let path = format!("/proc/{}/{name}", running.id());
        let looked = std::process::Command::new(neighbour[0]).args(&neighbour[1..]).arg(path).output().unwrap();
        let said = String::from_utf8_lossy(&looked.stderr);
        assert!(!looked.status.success() && said.contains("Permission denied"), "{name}: {looked:?}");
    }
    running.signal(rustix::process::Signal::KILL);
    running.finish();
}

#[cfg(target_os = "linux")]
#[test]
fn a_user_without_privileges_reads_descriptors_and_runs_commands_that_can_be_looked_into() {
    let server = Server::new();
    let given = [
        "exec 3<<EOF\n$GIVEN\nEOF\n exec $PROGRAM \"$@\" --client-secret fd:3",
        "printf %s \"$GIVEN\" | { exec 3<&0 0</dev/null; exec $PROGRAM \"$@\" --client-secret fd:3; }",
        "printf %s \"$GIVEN\" | $PROGRAM \"$@\" --client-secret file:/dev/stdin",
        "printf %s \"$GIVEN\" | $PROGRAM \"$@\" --client-secret stdin",
        "exec $PROGRAM \"$@\" --client-secret command:'sh -c \"echo s3cret-of-ci\"'",
    ];
    // The checkout may be where that user cannot look.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    let folder = tempfile::Builder::new().permissions(open).tempdir().unwrap();
    let program = folder.path().join("oauth2tok");
    copy_to_run(env!("CARGO_BIN_EXE_oauth2tok"), &program);
    for script in given {
        let script = format!("shift; {script}");
        let words = [unprivileged(), &["sh", "-c", &script, "sh"]].concat();
        let run = oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID]).cwd("/".as_ref());
        run.env("GIVEN", SECRET).env("PROGRAM", &program).by(words).prints(TOKEN).run();
    }
    let authorized = |request: &Request| request.header("authorization") == Some("Basic Y2k6czNjcmV0LW9mLWNp");
    assert!(server.requests().iter().all(authorized), "{:?}", server.requests());
    let look = ["--", "sh", "-c", "head -c 5 /proc/$$/environ >/dev/null && echo seen"];
    for more in [&["exec"][..], &["exec", "--token-file"]] {
        client_of(server.url()).by(unprivileged()).cwd("/".as_ref()).args(more).args(look).prints("seen").run();
    }
}

#[test]
fn proxy_credentials_are_hidden_wherever_the_proxy_is_named() {
    for words in [&["-v"][..], &["-v", "--dry-run"], &["--dry-run", "-o", "curl"], &["--error-format", "json"]] {
        for proxy in [
            "http://user:pr0xy-canary@127.0.0.1:1",
            "http://us%40r:pr0xy-canary@127.0.0.1:1/",
            "user:pr0xy-canary@127.0.0.1:1",
        ] {
            let run = client_of("https://idp.invalid/").args(words).args(["--retry", "0", "--proxy", proxy]);
            let output = run.any_output().code_in(&[0, 2, 5]).run();
            assert!(!output.stderr.contains("pr0xy"), "{}", output.stderr);
            assert!(!output.stdout.contains("pr0xy"), "{}", output.stdout);
            let run = client_of("https://idp.invalid/").args(words).args(["--retry", "0"]).env("HTTPS_PROXY", proxy);
            let output = run.any_output().code_in(&[0, 2, 5]).run();
            assert!(!format!("{}{}", output.stderr, output.stdout).contains("pr0xy"));
        }
    }
}

#[test]
fn a_key_in_the_endpoints_query_is_hidden_by_its_name() {
    // T07, Q11
    let query = "?api_key=canary%2Fkey&tenant=shown";
    let server = Server::answering(html(404, "<html><title>canary/key is no key, canary%2fkey neither</title>"));
    for words in [&[][..], &["--error-format", "json"], &["-v"]] {
        let run = client_of(server.url() + query).args(words).fails_with(4, ["404"]);
        run.stderr_without(["canary"]).run();
    }
    client_of(server.url() + query)
        .args(["-v"])
        .fails_with(4, ["/token?api_key=***&tenant=shown (flag", "> POST /token?api_key=***&tenant=shown HTTP/1.1\n"])
        .run();
    client_of(server.url() + query)
        .args(["--dry-run"])
        .stdout_with(["POST /token?api_key=***&tenant=shown HTTP/1.1\n"])
        .run();
    let config = format!("profiles: {{ p: {{ token_endpoint: '{}{query}' }} }}\n", server.url());
    let shown =
        oauth2tok().config(&config).args(["profile", "show", "p"]).stdout_with(["?api_key=***&tenant=shown"]).run();
    assert!(!shown.stdout.contains("canary"));
    assert!(
        server.requests().iter().all(|request| request.starts_with("POST /token?api_key=canary%2Fkey&tenant=shown "))
    );
    let nobody = format!("https://127.0.0.1:1/{query}");
    client_of(nobody)
        .args(["--retry", "0"])
        .fails(
            5,
            "error: cannot connect to 127.0.0.1:1: Connection refused\n\
             hint: check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)\n",
        )
        .stderr_without(["canary"])
        .run();
}

#[test]
fn credentials_in_a_url_are_hidden_also_where_it_is_refused() {
    for flag in ["--token-endpoint", "--issuer"] {
        let run = oauth2tok().args([flag, "https://u:canary@x.example/t", "-i", "x", "-a", "none", "-v"]);
        run.fails_with(2, ["https://***@x.example/t (flag"]).stderr_without(["canary"]).run();
    }
    let config = "profiles:\n  p:\n    token_endpoint: https://u:canary@x.example/t\n    base_url: https://x.example/?api_key=canary\n    client_id: x\n    auth_method: none\n";
    let show = oauth2tok().config(config).args(["profile", "show", "p"]);
    let shown = show.stdout_with(["https://***@x.example/t", "https://x.example/?api_key=***"]).run();
    assert!(!shown.stdout.contains("canary"));
    let query = ["--token-endpoint", "https://x.example/t?client_secret=canary", "-i", "x", "-a", "none"];
    oauth2tok().args(query).fails(2, "error: token_endpoint (flag --token-endpoint): its query holds 'client_secret': credentials never go into a URL (RFC 6749 §2.3.1); use --client-secret\n").stderr_without(["canary"]).run();
}

#[test]
fn no_beginning_of_a_secret_is_left_where_a_text_is_cut() {
    let secret = "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789";
    let parts: Vec<_> = (6..secret.len()).step_by(6).map(|end| secret[..end].to_owned()).collect();
    let filler = |count: usize| ".".repeat(count);
    let mut answers = Vec::new();
    // The caps are somewhere around these lengths; the secret is moved across each of them.
    for cap in [24, 40, 80, 100, 300, 1000] {
        for offset in [2, 8, 14, 20, 26, 32] {
            let text = format!("{}{secret}{}", filler(cap - offset.min(cap)), filler(2000));
            answers.extend([
                json(400, &format!(r#"{{"error":"e","error_description":"{text}","request_id":"{text}"}}"#)),
                json(400, &format!(r#"{{"error":"{text}","error_uri":"{text}"}}"#)),
                html(200, &format!("<title>{text}</title>")),
                status(400, &["Content-Type: text/plain", &format!("X-Request-Id: {text}")], &text),
                status(302, &[&format!("Location: https://x/{text}")], ""),
                status(400, &[&format!("Content-Type: text/{text}")], "x y"),
                status(401, &[&format!("WWW-Authenticate: Basic error=\"{text}\"")], ""),
            ]);
        }
    }
    let answers = Arc::new(answers);
    let given = Arc::clone(&answers);
    let server = Server::scripted(move |number, _| given[(number - 1) % given.len()].clone());
    for number in 0..answers.len() {
        let run = client_of(server.url()).env("OAUTH2TOK_CLIENT_SECRET", secret);
        let output = run.any_output().code_in(&[3, 4]).run();
        for part in &parts {
            assert!(!output.stderr.contains(part.as_str()), "answer {number}: {part} is in\n{}", output.stderr);
        }
    }
}

#[test]
fn a_secret_of_several_lines_is_hidden_whole() {
    let server = Server::answering(status(400, &["Content-Type: text/plain"], "no: first-line\nsecond-line\n"));
    for words in [&[][..], &["-v"], &["-v", "--error-format", "json"]] {
        client_of(server.url())
            .env("OAUTH2TOK_CLIENT_SECRET", "first-line\nsecond-line")
            .args(words)
            .fails_with(4, ["no: ***"])
            .stderr_without(["first-line", "second-line"])
            .run();
    }
}
