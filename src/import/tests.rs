//! Tables: a foreign text, and the profile or the fault that becomes of it.

use super::*;

pub(super) fn run(system: System, text: &str, keep: bool) -> Import {
    import(system, text, None, None, keep)
}

/// The profile without its first line, which is a comment.
#[track_caller]
pub(super) fn check(system: System, text: &str, expected: &str) {
    check_kept(system, text, false, expected);
}

#[track_caller]
pub(super) fn check_kept(system: System, text: &str, keep: bool, expected: &str) {
    let import = run(system, text, keep);
    let profile = import.profile.unwrap_or_else(|error| panic!("{text}\n{error:?}"));
    assert_eq!(profile.split_once('\n').unwrap().1, expected, "{text}");
}

#[track_caller]
pub(super) fn fault(system: System, text: &str, expected: &str) {
    let import = run(system, text, false);
    let error = import.profile.expect_err(text);
    assert!(
        error.faults.iter().any(|fault| fault.contains(expected)),
        "{text}\n{:?}\nlacks {expected:?}",
        error.faults
    );
}

/// The same of the token request of that name.
#[track_caller]
pub(super) fn check_named(system: System, text: &str, name: &str, expected: &str) {
    let profile =
        import(system, text, None, Some(name), false).profile.unwrap_or_else(|error| panic!("{text}\n{error:?}"));
    assert_eq!(profile.split_once('\n').unwrap().1, expected, "{text}");
}

#[track_caller]
pub(super) fn fault_named(system: System, text: &str, name: &str, expected: &str) {
    let error = import(system, text, None, Some(name), false).profile.expect_err(text);
    assert!(error.faults.iter().any(|fault| fault.contains(expected)), "{text}\n{:?}", error.faults);
}

#[track_caller]
pub(super) fn note(system: System, text: &str, expected: &str) {
    let import = run(system, text, false);
    assert!(import.profile.is_ok(), "{text}\n{:?}", import.profile);
    assert!(import.notes.iter().any(|note| note.contains(expected)), "{text}\n{:?}\nlacks {expected:?}", import.notes);
}

pub(super) fn couper(attributes: &str) -> String {
    format!(
        "oauth2 {{\n  grant_type = \"client_credentials\"\n  token_endpoint = \"https://a.example/t\"\n  client_id = \"id\"\n  client_secret = env.SECRET\n{attributes}\n}}\n"
    )
}

pub(super) fn keboola(login: &str, config: &str) -> String {
    format!(
        r###"{{"api": {{"authentication": {{"type": "login", "loginRequest": {{"endpoint": "https://a.example/t", {login}}}}}}}, "config": {{{config}}}}}"###
    )
}

#[test]
fn basic_is_raw_whatever_the_secret_will_be() {
    use System::{Curl, Eccenca, Elasticio};
    for user in ["id:abc-_.*9", "id:a+b", "my id:abc", "id:$S", "id"] {
        let line = format!("curl -u '{user}' -d grant_type=client_credentials https://a.example/t");
        assert!(run(Curl, &line, false).profile.unwrap().contains("basic_encoding: raw\n"), "{user}");
    }
    let text = "Token Endpoint: https://a.example/t\nClient ID: id\nClient Secret: s\n";
    assert!(run(Eccenca, text, false).profile.unwrap().contains("basic_encoding: raw\n"));
    let text = "Token URL: https://a.example/t\nUsername: i\nPassword: s\n";
    assert!(run(Elasticio, text, false).profile.unwrap().contains("basic_encoding: raw\n"));
}

#[test]
fn one_variable_stands_for_one_secret() {
    let line = "curl -u id:$S -d grant_type=client_credentials https://a.example/t -H 'X-Api-Key: k1' -d x-api-key=k2 -d x_api_key=k1";
    let profile = run(System::Curl, line, false).profile.unwrap();
    for entry in ["X-Api-Key: \"${X_API_KEY}\"", "x-api-key: \"${X_API_KEY_2}\"", "x_api_key: \"${X_API_KEY}\""] {
        assert!(profile.contains(entry), "{profile}");
    }
}

#[test]
fn a_literal_secret_never_takes_the_variable_of_another_one() {
    use System::{Benthos, Couper, Curl, Elasticio, Keboola};
    let written = |system, text: &str, entries: &[&str]| {
        let profile = run(system, text, false).profile.unwrap();
        for entry in entries {
            assert!(profile.contains(entry), "{text}\n{profile}\nlacks {entry:?}");
        }
    };
    let line = |more: &str| format!("curl -d grant_type=client_credentials https://a.example/t {more}");
    // The variable is named before or after the literal.
    for more in ["-d api_key=k1 -H \"X-Key: $API_KEY\"", "-H \"X-Key: ${API_KEY:-x}\" -d api_key=k1"] {
        written(Curl, &line(&format!("-u id:s {more}")), &["api_key: \"${API_KEY_2}\"", "X-Key: \"${API_KEY}\""]);
    }
    let password = "curl -u \"id:$PASSWORD\" -d grant_type=password -d username=u -d password=pw https://a.example/t";
    written(Curl, password, &["password: env:PASSWORD_2\n", "client_secret: env:PASSWORD\n"]);
    let headers = "backend {\nset_request_headers = { X-K = env.CLIENT_SECRET, X-L = env[\"CLIENT_SECRET_2\"] }\n}";
    written(
        Couper,
        &couper(headers).replace("env.SECRET", "\"s\""),
        &["client_secret: env:CLIENT_SECRET_3\n", "X-K: \"${CLIENT_SECRET}\"\n"],
    );
    written(
        Benthos,
        "endpoint: https://a.example/\nclient_id: ${CLIENT_SECRET}\nclient_secret: s\n",
        &["client_secret: env:CLIENT_SECRET_2\n"],
    );
    written(
        Keboola,
        &keboola(
            r###""method": "FORM", "headers": {"X-Tenant": "KBC::a", "client-secret": "KBC::b"},
                "params": {"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"}"###,
            "",
        ),
        &["X-Tenant: \"${X_TENANT}\"", "client-secret: \"${CLIENT_SECRET}\"", "client_secret: env:CLIENT_SECRET_2\n"],
    );
    written(
        Elasticio,
        "Token URL: https://a.example/t\nUsername: i\nPassword: s\nAdditional Properties: 'client-secret:x'\n",
        &["client-secret: \"${CLIENT_SECRET}\"", "client_secret: env:CLIENT_SECRET_2\n"],
    );
}

#[test]
fn one_placeholder_of_documentation_is_not_id_and_secret_at_once() {
    let user = |user: &str| format!("curl -u '{user}' -d grant_type=client_credentials https://a.example/t");
    for (text, id, secret) in [
        ("<value>:<value>", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("<id>:<id>", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("xxxx:****", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("<app>:<app>", "\"${APP}\"", "APP_2"),
        ("CLIENT_ID:CLIENT_SECRET", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("$A:$A", "\"${A}\"", "A"),
        ("%A%:%A%", "\"${A}\"", "A"),
    ] {
        let profile = run(System::Curl, &user(text), false).profile.unwrap();
        let expected = format!("client_id: {id}\nclient_secret: env:{secret}\n");
        assert!(profile.contains(&expected), "{text}\n{profile}");
    }
    let line = "curl -u '<value>:<value>' -d grant_type=password -d username='<value>' -d password='<value>' https://a.example/t";
    let profile = run(System::Curl, line, false).profile.unwrap();
    for entry in
        ["username: \"${USERNAME}\"\npassword: env:PASSWORD\n", "\"${CLIENT_ID}\"\nclient_secret: env:CLIENT_SECRET\n"]
    {
        assert!(profile.contains(entry), "{profile}");
    }
}

#[test]
fn a_note_names_its_variable_whatever_the_secret_is() {
    let told = |user: &str| {
        let line = format!("curl -u {user} -d grant_type=client_credentials -d {user}=x https://a.example/t");
        run(System::Curl, &line, false).notes.join("\n")
    };
    for secret in ["set", "environment", "variable", "CLIENT_SECRET"] {
        let notes = told(&format!("id:{secret}"));
        assert!(notes.contains("set the environment variable CLIENT_SECRET"), "{secret}: {notes}");
    }
    // A secret that foreign words repeat is hidden in them.
    let line = "curl -u id:s3cr3ts -d grant_type=client_credentials -d s3cr3ts= https://a.example/t";
    let notes = run(System::Curl, line, false).notes;
    assert!(notes.iter().any(|note| note.ends_with("is empty; it is left out of the request")), "{notes:?}");
    assert!(!notes.join("").contains("s3cr3ts"), "{notes:?}");
}

#[test]
fn a_url_may_have_variables_in_its_origin() {
    use System::{Benthos, Curl};
    for url in [
        "http://${HOST:localhost}:8080/r",
        "https://${HOST:idp.example.com}:${PORT:443}/r",
        "https://a.example:${PORT:1}/r",
    ] {
        check(
            Benthos,
            &format!("endpoint: '{url}'\nclient_id: i\nclient_secret: ${{S}}\n"),
            &format!("issuer: \"{url}\"\ngrant_type: client_credentials\nclient_id: i\nclient_secret: env:S\n"),
        );
    }
    let line = |url: &str| format!("curl -u i:$S -d grant_type=client_credentials {url}");
    note(Curl, &line("https://idp:$PORT/t"), "URL holds the environment variable PORT: set it");
    fault(Curl, &line("http://a.example/$T/t"), "URL: plain http");
    fault(Curl, &line("https://a.example/$T/t#x"), "URL: ");
    fault(Curl, &line("https://$USER:pw@$HOST/t"), "URL: it holds a user name");
}

#[test]
fn what_a_system_exports_is_taken_as_it_is() {
    for value in ["$HOME", "{curly}", "xxxx", "YOUR_ID"] {
        let text = format!(
            "Token Endpoint: https://a.example/t\nClient ID: '{value}'\nClient Secret: '{value}'\nGrant Type: password\nUsername: '{value}'\nPassword: '{value}'\n"
        );
        let profile = run(System::Eccenca, &text, true).profile.unwrap();
        assert_eq!(profile.matches(&value.replace('$', "$$")).count(), 4, "{profile}");
        let profile = run(System::Eccenca, &text, false).profile.unwrap();
        assert!(profile.contains("password: env:PASSWORD\nclient_id: "), "{profile}");
        assert!(profile.contains("client_secret: env:CLIENT_SECRET\n"), "{profile}");
    }
}

#[test]
fn a_placeholder_that_a_system_exports_is_told_in_its_words() {
    let text = "Token Endpoint: https://a.example/t\nClient ID: a\nClient Secret: s\nGrant Type: password\nUsername: '<x>'\nPassword: p\n";
    fault(System::Eccenca, text, "Username: it is a placeholder, and nobody has filled it in");
}

#[test]
fn what_a_grant_does_not_send_is_told_in_foreign_words() {
    use System::{Couper, Curl};
    let line = |more: &str| format!("curl -u id:s {more} https://a.example/t");
    for (more, expected) in [
        (
            "-d grant_type=client_credentials -d username=u",
            "-d username: it does not go with the client_credentials grant",
        ),
        ("-d grant_type=password -d username=u", "-d password: it is missing"),
        ("-d grant_type=refresh_token", "-d refresh_token: it is missing"),
    ] {
        fault(Curl, &line(more), expected);
    }
    fault(Couper, &couper("username = \"u\""), "oauth2.username: it does not go with");
    let faults = |text: &str| run(Curl, text, false).profile.unwrap_err().faults;
    assert_eq!(faults(&line("-d grant_type=client_credentials --digest --digest")).len(), 1);
    assert_eq!(faults("curl -u id: -d grant_type=client_credentials https://a.example/t").len(), 1);
}

#[test]
fn no_note_and_no_fault_holds_a_secret() {
    let canary = "c4n+aRy/S=%&é";
    let texts = [
        (
            System::Benthos,
            format!("endpoint: https://a.example\nclient_id: i\nclient_secret: '{canary}'\nbad: '{canary}'\n"),
        ),
        (System::Benthos, format!("endpoint: https://a.example\nclient_secret: '{canary}'\n  bad: '{canary}'\n")),
        (System::Eccenca, format!("Token Endpoint: x\nClient Secret: '{canary}'\nPassword: '{canary}'\nX: {canary}\n")),
        (
            System::Keboola,
            keboola(
                &format!(
                    r#""method": "X", "params": {{"client_secret": "{canary}", "x": {{"function": "f", "args": ["{canary}"]}}}}"#
                ),
                "",
            ),
        ),
        (System::Keboola, format!("{{\"client_secret\": \"{canary}\" x")),
        (System::Couper, couper(&format!("password = \"{canary}\"\nassertion = \"{canary}\""))),
        (System::Couper, format!("oauth2 {{\n client_secret = \"{canary}\" x\n}}")),
        (
            System::Elasticio,
            format!(
                "Token URL: x\nUsername: i\nPassword: '{canary}'\nTokens: '{canary}'\nAdditional Properties: '{canary}'\n"
            ),
        ),
        (
            System::Curl,
            format!(
                "curl -u 'id:{canary}' -x 'http://u:{canary}@p' -d @{canary} -d 'client_secret={canary}' '{canary}' -H '{canary}'"
            ),
        ),
        (System::Curl, format!("curl -u 'id:{canary} x")),
        (
            System::Benthos,
            format!(
                "enabled: true\nclient_key: i\nclient_secret: '{canary}'\nendpoint_params: {{client_secret: ['{canary}']}}\n"
            ),
        ),
        (
            System::Prometheus,
            format!(
                "client_id: i\nclient_secret: '{canary}'\nclient_secret_file: '{canary}'\ntls_config: {{key: '{canary}'}}\n"
            ),
        ),
    ];
    for (system, text) in texts {
        for keep in [false, true] {
            let import = run(system, &text, keep);
            let told = format!("{:?}{:?}", import.profile.expect_err(&text), import.notes);
            for spelling in ["aRy", "c4n"] {
                assert!(!told.contains(spelling), "{text}\n{told}");
            }
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for open in ["[", "{", "(", "a {\n", "\"${", "{\"a\":", "a:\n- "] {
        for system in System::ALL {
            let _ = run(system.1, &format!("x = {}", open.repeat(10_000)), false);
            assert!(run(system.1, &open.repeat(10_000), false).profile.is_err());
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_profile_or_an_error(text in "(curl |oauth2 \\{\n|endpoint: |[-a-z@$%'\"\\\\{}<>:=&;|#`!\n é]){0,60}") {
        for system in System::ALL {
            let _ = run(system.1, &text, true);
        }
    }
}

#[test]
fn a_secret_that_a_slip_made_a_name_is_not_told() {
    use System::{Benthos, Couper, Curl, Eccenca, Elasticio, Keboola, Prometheus, Spring};
    let curl = |more: &str| format!("curl -u a:b -d grant_type=client_credentials https://a.example/t {more}");
    let login = |more: &str| {
        format!(
            r#"{{"api":{{"authentication":{{"type":"login","loginRequest":{{"endpoint":"https://a.example/t","method":"FORM",{more}}}}}}},"config":{{"id":"i"}}}}"#
        )
    };
    let inputs = [
        (Curl, curl("-d client_secret:s3cret")),
        (Curl, curl("-d s3cret")),
        (Curl, curl("-d s3cret=")),
        (Curl, curl("-d 'client_secret:s3cret=x'")),
        (Curl, curl("-d 'client_secret:s3cret=<value>'")),
        (Curl, curl("-d 'client_secret:s3cret=$(x)'")),
        (Curl, curl("-d 'client_secret:s3cret=a+b'")),
        (Curl, curl("--client-secret:s3cret")),
        (Curl, curl("--user'a:s3cret'")),
        (Curl, curl("--s3cret=x")),
        (Curl, curl("-H 'client_secret s3cret: <value>'")),
        (Curl, curl("-H 'client_secret s3cret'")),
        (Curl, curl("s3cret")),
        (Curl, curl("-Zs3cret")),
        (Curl, "curl -d a=b 'https://a.example/t?client_secret:s3cret=x'".into()),
        (Benthos, "oauth2_token:\n  endpoint: https://a.example\n  client_secret:s3cret: x\n".into()),
        (Benthos, "oauth2_token:\n  endpoint: https://a.example\n  s3cret: x\n".into()),
        (Benthos, "oauth2_token: {client_secret:s3cret}\n".into()),
        (Benthos, "oauth2_token:\n  client_secret:s3cret\n  endpoint: https://a.example\n".into()),
        (Eccenca, "Client Secret:s3cret: x\nToken Endpoint: https://a.example/t\n".into()),
        (Eccenca, r#"{"Client Secret:s3cret": ""}"#.into()),
        (Elasticio, r#"{"Password:s3cret": "", "Token URL": []}"#.into()),
        (Elasticio, r#"{"Username": "a", "Password": "b", "Additional Properties": "a b s3cret:<x>"}"#.into()),
        (Keboola, login(r#""params": {"client_secret:s3cret": ""}"#)),
        (Keboola, login(r#""params": {"a": {"attr": "s3cret"}}"#)),
        (Keboola, login(r#""params": {"a": {"function": "s3cret"}}"#)),
        (Keboola, login(r#""params": {"a": {"s3cret": "x"}}"#)),
        (Keboola, login(r#""client_secret:s3cret": """#)),
        (Couper, "oauth2 {\n  client_secret_s3cret = 1\n  s3cret = 1\n  s3cret {\n  }\n}\n".into()),
        (
            Couper,
            "oauth2 {\n  client_secret = s3cret()\n  backend {\n    s3cret = 1\n    proxy_s3cret = 1\n  }\n}\n".into(),
        ),
        (Couper, "oauth2 {\n  client_secret:\"s3cret\"\n}\n".into()),
        (
            Benthos,
            "oauth2:\n  client_key: i\n  client_secret:s3cret: x\n  endpoint_params:\n    'a s3cret': x\n".into(),
        ),
        (
            Prometheus,
            "oauth2:\n  client_id: i\n  client_secret:s3cret: x\n  s3cret: x\n  tls_config:\n    s3cret: x\n".into(),
        ),
        (Spring, "spring.security.oauth2.client:\n  registration:\n    'a s3cret': {client-secret:s3cret: x}\n    'b s3cret': {s3cret: x}\n".into()),
        (Spring, "spring.security.oauth2.client.registration.x.client-secret:s3cret\nspring.security.oauth2.client.registration.x.s3cret=x\n".into()),
        (Prometheus, "- job_name: a s3cret\n  oauth2: {}\n- 'a s3cret': [{oauth2: {}}]\n".into()),
    ];
    for (system, input) in inputs {
        let import = run(system, &input, false);
        let told = format!("{:?}{:?}", import.notes, import.profile.map(drop));
        assert!(!told.contains("s3cret") && !told.contains("S3CRET"), "{input}\n{told}");
    }
}

#[test]
fn what_a_configuration_repeats_by_reference_is_bounded() {
    let long = "x".repeat(200_000);
    let couper = format!(
        "defaults {{\n  environment_variables = {{ A = \"{long}\" }}\n}}\noauth2 {{\n  client_id = \"{}\"\n}}\n",
        "${env.A}".repeat(900)
    );
    fault(System::Couper, &couper, "oauth2.client_id: values that are put in here grow beyond 4 MiB");
    let several: String = (0..100).map(|i| format!("      k{i} = env.A\n")).collect();
    let couper = format!(
        "defaults {{\n  environment_variables = {{ A = \"{long}\" }}\n}}\noauth2 {{\n  backend {{\n    set_form_params = {{\n{several}    }}\n  }}\n}}\n"
    );
    fault(System::Couper, &couper, "grow beyond 4 MiB");
    let keboola = |value: &str| {
        format!(
            r#"{{"api":{{"authentication":{{"type":"login","loginRequest":{{"endpoint":"https://a.example/t","method":"FORM","params":{{"a":{value}}}}}}}}},"config":{{"c":"{long}"}}}}"#
        )
    };
    let concat = format!(r#"{{"function":"concat","args":[{}"x"]}}"#, r#"{"attr":"c"},"#.repeat(1000));
    fault(System::Keboola, &keboola(&concat), "grow beyond 4 MiB");
    let nested =
        (0..25).fold(format!("\"{long}\""), |value, _| format!(r#"{{"function":"base64_encode","args":[{value}]}}"#));
    fault(System::Keboola, &keboola(&nested), "grow beyond 4 MiB");
    fault(
        System::Couper,
        "oauth2 {\n  backend \"b\" {\n  }\n  backend \"b\" {\n  }\n}\n",
        "oauth2.backend: it is given twice",
    );
    fault(
        System::Benthos,
        &format!("endpoint: https://a.example\nclient_id: '{}'\n", "${A}b".repeat(3000)),
        "more than 1000 variables",
    );
}

#[test]
fn what_variables_of_a_paste_hold_is_bounded() {
    let doubled =
        format!("A=b\n{}curl -u \"i:$A\" -d grant_type=client_credentials https://a.example/t", "A=$A$A\n".repeat(400));
    assert!(run(System::Curl, &doubled, true).profile.unwrap().len() < 9 << 20);
    let many = format!("A={}\ncurl -d \"x={}\"", "b".repeat(100_000), "$A".repeat(900));
    assert!(run(System::Curl, &many, true).profile.is_err());
    let nested = format!("A={}\ncurl -d \"x={}\"", "b".repeat(100_000), "${B:-$A}".repeat(10_000));
    assert!(run(System::Curl, &nested, true).profile.is_err());
}

#[test]
fn a_request_has_so_many_fields_at_most() {
    let many = |option: &str, value: &str, count: usize| {
        let fields: String = (0..count).map(|i| format!(" {option} f{i}{value}")).collect();
        format!("curl -u a:b -d grant_type=client_credentials https://a.example/t{fields}")
    };
    assert!(run(System::Curl, &many("-d", "=x", 900), false).profile.is_ok());
    fault(System::Curl, &many("-d", "=x", 1100), "more than 1000 fields");
    fault(System::Curl, &many("-H", ":x", 1100), "headers: there are more than 1000 of them");
    let additional: String = (0..1100).map(|i| format!("k{i}:v,")).collect();
    let elasticio =
        format!("Token URL: https://a.example/t\nUsername: a\nPassword: b\nAdditional Properties: '{additional}'\n");
    fault(System::Elasticio, &elasticio, "more than 1000 of them");
    let scopes =
        |scopes: &str| format!("curl -u a:b -d grant_type=client_credentials -d 'scope={scopes}' https://a.example/t");
    fault(System::Curl, &scopes(&"a ".repeat(1100)), "there are more than 1000 of them");
    let elasticio = elasticio.replace("Additional Properties", "Scopes");
    fault(System::Elasticio, &elasticio, "more than 1000 of them");
}

#[test]
fn what_nobody_wrote_by_hand_is_refused_before_it_is_large() {
    fault(System::Curl, &format!("curl {}", "--x ".repeat(10_001)), "more than 10000 words");
    fault(System::Couper, &format!("oauth2 {{\n  a = [{}]\n}}\n", "1,".repeat(100_000)), "more than 100000 brackets");
    fault(System::Couper, &format!("oauth2 {{\n  a = a{}\n}}\n", ".b".repeat(100_000)), "more than 100000 brackets");
    fault(System::Keboola, &format!("[{}0]", "0,".repeat(200_000)), "too many values");
    fault(System::Keboola, &format!("{}{}", "[".repeat(66), "]".repeat(66)), "nests too deep");
}

/// The work for a text four times as long is about four times as much; 16 times as much would be too much.
#[track_caller]
fn check_growth(system: System, n: usize, text: impl Fn(usize) -> String) {
    let took = |text: &str| {
        let best = (0..2).map(|_| {
            let start = crate::growth::spent();
            drop(run(system, text, false));
            crate::growth::spent().saturating_sub(start)
        });
        best.min().unwrap().as_secs_f64()
    };
    let (small, large) = (text(n), text(4 * n));
    // Where something else takes the processor, it is tried again.
    assert!((0..5).any(|_| took(&large) < 8.0 * took(&small)), "{}", &small[..200.min(small.len())]);
}

#[test]
fn reading_takes_as_long_as_the_text_is() {
    use System::{Benthos, Couper, Curl, Keboola, Spring};
    let repeated = |before: &'static str, piece: &'static str| move |n: usize| format!("{before}{}", piece.repeat(n));
    check_growth(Curl, 20_000, repeated("curl ", "```"));
    check_growth(Curl, 5000, repeated("curl ", "```\n"));
    check_growth(Curl, 2000, repeated("curl https://a.example/", "{a}"));
    check_growth(Curl, 5000, repeated("curl https://a.example/", "YOUR "));
    check_growth(Curl, 2000, repeated("curl https://a.example/?", "grant_type=a&"));
    check_growth(Curl, 450, |n| {
        (0..n).fold("curl".to_owned(), |line, i| line + &format!(" -d f{i}=+ -H f{i}:<a{i}> --f{i}"))
    });
    for (before, piece) in [
        ("curl ", "$("),
        ("curl ", "${a:-"),
        ("curl ", "${{"),
        ("curl ", "{{ "),
        ("curl ", "\"${A} "),
        ("curl -d ", "a=b&c=d"),
        ("curl -d @- ", "<<A\n"),
        ("", "curl -d a=b\n"),
        ("", "curl -d $(\n"),
        ("", "curl -d \"$(curl -d '"),
        ("", "echo | curl -d x \\\n"),
        ("", "A='\n"),
        ("", "A=$(\nB=`\n"),
        ("A=b\n", "A=$A$A\n"),
        ("curl ", "“a” "),
        ("curl ", "^\"a^\" "),
        ("", "\"curl\", "),
        ("set A=b\n", "curl -d %A% ^\n"),
        ("curl https://a.example/?", "a=b&"),
        ("curl -d {", "\"a\":\"$A\","),
    ] {
        check_growth(Curl, 1000, move |n| format!("{before}{}", piece.repeat(n)));
    }
    check_growth(Couper, 1000, repeated("", "oauth2 {\n}\n"));
    let object: String = (0..11_000).map(|i| format!("k{i} = 1\n")).collect();
    fault(Couper, &format!("oauth2 {{\n  a = {{\n{object}  }}\n}}\n"), "more than 10000 names");
    fault(
        Couper,
        &format!("oauth2 {{\n{}}}\n", &object[..object.find("k5000 ").unwrap()]),
        "oauth2: it has more than 1000 members",
    );
    fault(Benthos, &object.replace(" =", ":").replace("k1:", "endpoint:"), "more than 1000 members");
    check_growth(Benthos, 200, |n| (0..n).map(|i| format!("k{i}: x\n")).chain(["endpoint: a".into()]).collect());
    check_growth(Benthos, 200, |n| (0..n).map(|i| format!("- label: l{i}\n  oauth2: {{client_key: i}}\n")).collect());
    let prefix = "spring.security.oauth2.client.registration";
    check_growth(Spring, 1000, |n| (0..n).map(|i| format!("{prefix}.r{i}.client-id=${{a{i}}}\n")).collect());
    check_growth(Spring, 1000, |n| format!("{prefix}.r.scope={}\n", "${a},".repeat(n)));
    check_growth(Keboola, 200, |n| {
        let members: Vec<_> = (0..n).map(|i| format!(r#""k{i}": "x""#)).collect();
        format!(r#"{{"api":{{"authentication":{{{}}}}}}}"#, members.join(","))
    });
}
