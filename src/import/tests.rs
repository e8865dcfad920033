//! Tables: a foreign text, and the profile or the fault that becomes of it.

use super::*;

fn run(system: System, text: &str, keep: bool) -> Import {
    import(system, text, keep)
}

/// The profile without its first line, which is a comment.
#[track_caller]
fn check(system: System, text: &str, expected: &str) {
    check_kept(system, text, false, expected);
}

#[track_caller]
fn check_kept(system: System, text: &str, keep: bool, expected: &str) {
    let import = run(system, text, keep);
    let profile = import.profile.unwrap_or_else(|error| panic!("{text}\n{error:?}"));
    assert_eq!(profile.split_once('\n').unwrap().1, expected, "{text}");
}

#[track_caller]
fn fault(system: System, text: &str, expected: &str) {
    let import = run(system, text, false);
    let error = import.profile.expect_err(text);
    assert!(
        error.faults.iter().any(|fault| fault.contains(expected)),
        "{text}\n{:?}\nlacks {expected:?}",
        error.faults
    );
}

#[track_caller]
fn note(system: System, text: &str, expected: &str) {
    let import = run(system, text, false);
    assert!(import.profile.is_ok(), "{text}\n{:?}", import.profile);
    assert!(import.notes.iter().any(|note| note.contains(expected)), "{text}\n{:?}\nlacks {expected:?}", import.notes);
}

#[test]
fn benthos_reads_its_processor_wherever_it_stands() {
    use System::Benthos;
    let expected =
        "issuer: https://a.example\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\n";
    let fields = "endpoint: https://a.example\nclient_id: id\nclient_secret: s3cr3t\n";
    let indented = |by: &str| fields.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    check(Benthos, fields, expected);
    check(Benthos, &format!("oauth2_token:\n{}", indented("  ")), expected);
    check(Benthos, &format!("- oauth2_token:\n{}- log: {{}}\n", indented("    ")), expected);
    check(Benthos, &format!("pipeline:\n  processors:\n  - oauth2_token:\n{}", indented("      ")), expected);
    fault(Benthos, "pipeline: {}", "no oauth2_token processor");
    fault(Benthos, "- oauth2_token: {}\n- oauth2_token: {}\n", "2 oauth2_token processors");
    fault(Benthos, "oauth2_token:\n  endpoint: \"\"\n  client_id: \"\"\n", "endpoint: it is missing");
    fault(Benthos, &format!("{fields}token_url: x\n"), "token_url: this is not a field");
    fault(Benthos, "oauth2_token: [", "the input:");
}

#[test]
fn benthos_values_keep_their_meaning() {
    use System::Benthos;
    let with = |secret: &str, more: &str| {
        format!("endpoint: https://a.example\nclient_id: id\nclient_secret: {secret}\n{more}")
    };
    let out = |secret: &str, more: &str| {
        format!(
            "issuer: https://a.example\ngrant_type: client_credentials\n{more}client_id: id\nclient_secret: {secret}\n"
        )
    };
    check(Benthos, &with("${SECRET}", ""), &out("env:SECRET", ""));
    check(Benthos, &with("${SECRET:d3fault}", ""), &out("env:SECRET", ""));
    check_kept(Benthos, &with("${SECRET:d3fault}", ""), true, &out("\"${SECRET:d3fault}\"", ""));
    check_kept(Benthos, &with("0123", ""), true, &out("\"0123\"", ""));
    check_kept(Benthos, &with("\"p$${{X}}\"", ""), true, &out("\"p$$$${X}\"", ""));
    check_kept(Benthos, &with("env:HOME", ""), true, &out("literal:env:HOME", ""));
    check_kept(Benthos, &with("prompt", ""), true, &out("literal:prompt", ""));
    check_kept(Benthos, &with("literal:x", ""), true, &out("literal:literal:x", ""));
    check(Benthos, &with("s", "scopes: [a, 'b c']\n"), &out("env:CLIENT_SECRET", "scope: [a, \"b c\"]\n"));
    check(Benthos, &with("s", "scopes: ['${SCOPE:a}']\n"), &out("env:CLIENT_SECRET", "scope: \"${SCOPE:a}\"\n"));
    note(Benthos, &with("s", "parts: [0, -1]\n"), "batch --parts 0,-1");
    note(Benthos, &with("s", "metadata_key: tok\n"), "batch --into tok --as-string");
    note(Benthos, &with("s", ""), "endpoint is an issuer");
    fault(Benthos, &with("${! json(\"s\") }", ""), "client_secret: a function is computed for each message");
    fault(Benthos, "endpoint: http://a.example\nclient_id: i\nclient_secret: s\n", "endpoint: plain http");
}

#[test]
fn eccenca_takes_labels_and_ids_alike() {
    use System::Eccenca;
    let expected = "token_endpoint: https://a.example/t\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n";
    check(
        Eccenca,
        "Grant Type: password\nToken Endpoint: https://a.example/t\nClient ID: id\nClient Secret: s\nUsername: alice\nPassword: pw\n",
        expected,
    );
    check(
        Eccenca,
        r#"{"oauth_grant_type": "password", "oauth_token_url": "https://a.example/t", "oauth_client_id": "id",
            "oauth_client_secret": "s", "user_name": "alice", "password": "pw"}"#,
        expected,
    );
    check(
        Eccenca,
        "data:\n  parameters:\n    Token Endpoint: https://a.example/t\n    Client ID: id\n    Grant Type: password\n    Client Secret: None\n    Username: alice\n    Password: pw\n",
        "token_endpoint: https://a.example/t\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: id\ntoken_endpoint_auth_method: none\n",
    );
    let base = "Token Endpoint: https://a.example/t\nClient ID: id\n";
    note(Eccenca, &format!("{base}Client Secret: s\nUsername: alice\n"), "Username is left out");
    note(Eccenca, &format!("{base}Client Secret: s+/\n"), "basic_encoding is raw");
    fault(Eccenca, base, "Client Secret: it is missing");
    fault(Eccenca, &format!("{base}Grant Type: password\n"), "Password: it is missing");
    fault(Eccenca, &format!("{base}Grant Type: implicit\n"), "Grant Type: expected client_credentials or password");
    fault(Eccenca, &format!("{base}Client Secret: s\noauth_client_id: x\n"), "oauth_client_id: it is given twice");
    fault(Eccenca, &format!("{base}Client Secret: s\nScope: x\n"), "Scope: this is not a parameter");
}

fn keboola(login: &str, config: &str) -> String {
    format!(
        r###"{{"api": {{"authentication": {{"type": "login", "loginRequest": {{"endpoint": "https://a.example/t", {login}}}}}}}, "config": {{{config}}}}}"###
    )
}

#[test]
fn keboola_functions_are_applied() {
    use System::Keboola;
    let basic = r###""method": "FORM", "headers": {"Authorization": {"function": "concat", "args": ["Basic ", {"function": "base64_encode",
        "args": [{"function": "concat", "args": [{"attr": "id"}, ":", {"attr": "#s"}]}]}]}}, "params": {"grant_type": "client_credentials"}"###;
    let out = |id: &str, raw: &str| {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: {id}\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n{raw}"
        )
    };
    check(Keboola, &keboola(basic, r###""id": "i", "#s": "s""###), &out("i", ""));
    check(
        Keboola,
        &keboola(basic, r###""id": "CLIENT ID", "#s": "s""###),
        &out("\"CLIENT ID\"", "basic_encoding: raw\n"),
    );
    check(Keboola, &keboola(basic, r###""id": "i", "#s": "KBC::ProjectSecure::abc""###), &out("i", ""));
    fault(
        Keboola,
        &keboola(basic, r###""id": "i""###),
        "api.authentication.loginRequest.headers.Authorization: config.(not shown: it may be a secret) is missing",
    );
    let params = r###""method": "FORM", "params": {"grant_type": "client_credentials", "client_id": "i", "client_secret": {"attr": "#s"}, "tenant": "t"}"###;
    check(
        Keboola,
        &keboola(params, r###""#s": "s""###),
        "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nparams:\n  tenant: t\nclient_id: i\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n",
    );
}

#[test]
fn keboola_tells_what_it_cannot_carry() {
    use System::Keboola;
    let params = |method: &str, more: &str| {
        keboola(
            &format!(
                r###"{method} "params": {{"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"{more}}}"###
            ),
            "",
        )
    };
    let form = r###""method": "FORM","###;
    fault(Keboola, &params("", ""), "loginRequest.method: only FORM");
    fault(Keboola, &params(r###""method": "POST","###, ""), "as JSON");
    fault(Keboola, &params(form, r###", "t": {"function": "time"}"###), "loginRequest.params.t: the function 'time'");
    fault(Keboola, &params(form, r###", "t": {"response": "x"}"###), "loginRequest.params.t: 'response' has no value");
    fault(Keboola, &params(form, r###", "client_assertion": "x""###), "params.client_assertion: ");
    fault(Keboola, &params(form, r###", "code": "x""###), "'code' is a reserved protocol name");
    fault(Keboola, r###"{"api": {"authentication": {"type": "oauth10"}}}"###, "api.authentication.type: ");
    fault(Keboola, r###"{"api": {}}"###, "no api.authentication");
    fault(Keboola, "{\n \"api\": {\n ...,\n", "line 3");
    fault(Keboola, "{\n \"a\": \"b\"\n \"c\": 1}", "line 3");
}

fn couper(attributes: &str) -> String {
    format!(
        "oauth2 {{\n  grant_type = \"client_credentials\"\n  token_endpoint = \"https://a.example/t\"\n  client_id = \"id\"\n  client_secret = env.SECRET\n{attributes}\n}}\n"
    )
}

#[test]
fn couper_brings_its_backend_along() {
    use System::Couper;
    let out = |method: &str, more: &str, scope: &str| {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{scope}client_id: id\nclient_secret: env:SECRET\ntoken_endpoint_auth_method: {method}\n{more}"
        )
    };
    let basic = "client_secret_basic";
    check(Couper, &couper(""), &out(basic, "", ""));
    check(Couper, &couper("scope = \"a b\""), &out(basic, "", "scope: [a, b]\n"));
    check(Couper, &couper("token_endpoint_auth_method = \"client_secret_post\""), &out("client_secret_post", "", ""));
    let settings = "timeout: 1m 30s\nconnect_timeout: 500ms\nproxy: \"http://p:1\"\ncacert: \"/a/ca.pem\"\ncert: \"/a/c.pem\"\nkey: \"/a/k.pem\"\n"
        .replace("\"http://p:1\"", "http://p:1");
    let inner = "timeout = \"1m30s\"\nconnect_timeout = \"500ms\"\nproxy = \"http://p:1\"\nset_request_headers = { X-A = \"b\" }\ntls {\nserver_ca_certificate_file = \"/a/ca.pem\"\nclient_certificate_file = \"/a/c.pem\"\nclient_private_key_file = \"/a/k.pem\"\n}\n";
    let expected = out(basic, &format!("headers:\n  X-A: b\n{settings}"), "");
    check(Couper, &couper(&format!("backend {{\n{inner}}}")), &expected);
    check(
        Couper,
        &format!("{}definitions {{\nbackend \"as\" {{\n{inner}}}\n}}", couper("backend = \"as\"")),
        &expected,
    );
    check(
        Couper,
        &format!(
            "{}definitions {{\nbackend \"as\" {{\ntimeout = \"5s\"\nproxy = \"http://p:1\"\n}}\n}}",
            couper("backend \"as\" {\ntimeout = \"9s\"\n}")
        ),
        &out(basic, "timeout: 9s\nproxy: http://p:1\n", ""),
    );
    check(Couper, &couper("retries = 3"), &out(basic, "retries_401: 3\n", ""));
    note(Couper, &couper("backend {\ndisable_certificate_validation = true\n}"), "--insecure");
    let nested = format!(
        "server {{\nendpoint \"/\" {{\nproxy {{\nbackend {{\norigin = \"https://api.example\"\n{}}}\n}}\n}}\n}}\n",
        couper("")
    );
    check(Couper, &nested, &out(basic, "base_url: https://api.example\n", ""));
}

#[test]
fn couper_expressions_are_text_and_environment() {
    use System::Couper;
    let with = |id: &str| {
        format!(
            "oauth2 {{\n  grant_type = \"client_credentials\"\n  token_endpoint = \"https://a.example/t\"\n  client_id = {id}\n  client_secret = \"s\"\n}}\n"
        )
    };
    let out = |id: &str| {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: {id}\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n"
        )
    };
    check(Couper, &with("env.ID"), &out("\"${ID}\""));
    check(Couper, &with("env[\"ID\"]"), &out("\"${ID}\""));
    check(Couper, &with("\"a-${env.ID}\""), &out("\"a-${ID}\""));
    check(Couper, &with("\"a$${b}\""), &out("\"a$$${b}\"".replace("$$$", "$$").as_str()));
    check(Couper, &with("1234"), &out("\"1234\""));
    check(
        Couper,
        &format!("defaults {{\n environment_variables = {{ ID = \"x\" }}\n}}\n{}", with("env.ID")),
        &out("\"${ID:x}\""),
    );
    fault(Couper, &with("request.headers.x"), "oauth2.client_id: its value is only known to Couper");
    fault(Couper, &with("upper(\"x\")"), "oauth2.client_id: the function 'upper'");
    fault(Couper, &with("env.A == \"x\" ? \"a\" : \"b\""), "oauth2.client_id: its value is computed");
}

#[test]
fn couper_tells_what_it_cannot_carry() {
    use System::Couper;
    fault(Couper, "server {}", "no oauth2 block");
    fault(Couper, &format!("{}{}", couper(""), couper("")), "2 oauth2 blocks in it (lines 1, 8)");
    fault(Couper, "oauth2 {\n", "line ");
    fault(Couper, &couper("backend = \"x\""), "oauth2.backend: the backend it names is not in the input");
    fault(Couper, &couper("assertion = \"x\""), "oauth2.assertion: ");
    fault(Couper, &couper("backend {\nhostname = \"x\"\n}"), "oauth2.backend.hostname: ");
    fault(Couper, &couper("backend {\nbasic_auth = \"u:p\"\n}"), "oauth2.backend.basic_auth: ");
    fault(Couper, &couper("backend {\ntimeout = \"x\"\n}"), "oauth2.backend.timeout: expected a time span");
    fault(Couper, &couper("backend {\ntls {\nserver_ca_certificate = \"x\"\n}\n}"), "server_ca_certificate_file");
    fault(Couper, &couper("token_endpoint_auth_method = \"private_key_jwt\""), "oauth2.token_endpoint_auth_method: ");
    fault(Couper, &couper("").replace("client_credentials", "urn:x"), "oauth2.grant_type: this grant is none of");
    fault(Couper, "oauth2 {\n  grant_type = \"client_credentials\"\n}", "oauth2.token_endpoint: it is missing");
}

#[test]
fn elasticio_username_and_password_are_the_clients() {
    use System::Elasticio;
    let base = "Token URL: https://a.example/t\nUsername: id\nPassword: s\n";
    let out = |more: &str| {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{more}client_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n"
        )
    };
    check(Elasticio, base, &out(""));
    check(
        Elasticio,
        r#"{"Token URL": "https://a.example/t", "Username": "id", "Password": "s", "Scopes": ""}"#,
        &out(""),
    );
    check(Elasticio, &format!("{base}Scopes: client,users\n"), &out("scope: [client, users]\n"));
    check(
        Elasticio,
        &format!(
            "{base}Additional Properties: 'tenant:a:b, audience:https://api.example,resource:https://r.example'\n"
        ),
        &out("audience: https://api.example\nresource: https://r.example\nparams:\n  tenant: a:b\n"),
    );
    note(
        Elasticio,
        &format!("{base}Additional Properties: client_id:id\n"),
        "Additional Properties client_id is left out",
    );
    let api = run(Elasticio, &format!("{base}Base URL: https://api.example\n"), false).profile.unwrap();
    assert!(api.ends_with("base_url: https://api.example\n"), "{api}");
    note(
        Elasticio,
        &format!("{base}Tokens: '{{\"access_token\":\"x\",\"expires_in\":86400}}'\n"),
        "Tokens is left out",
    );
    fault(
        Elasticio,
        &format!("{base}Additional Properties: client_id:123\n"),
        "Additional Properties client_id: it names another client",
    );
    fault(
        Elasticio,
        &format!("{base}Additional Properties: grant_type:password\n"),
        "Additional Properties grant_type: ",
    );
    fault(Elasticio, &format!("{base}Additional Properties: abc\n"), "Additional Properties: expected key:value");
    fault(
        Elasticio,
        &format!("{base}Additional Properties: 'a:1,a:2'\n"),
        "Additional Properties a: it is given twice",
    );
    fault(Elasticio, &format!("{base}Tokens: abc\n"), "Tokens: it is not the JSON of a token");
    fault(Elasticio, &format!("{base}Timeout: 3\n"), "Timeout: this is not a credential");
    fault(Elasticio, "Token URL: https://a.example/t\n", "Username: it is missing");
}

#[test]
fn curl_is_read_in_any_order_and_quoting() {
    use System::Curl;
    let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n";
    for line in [
        "curl -u id:s3 -d grant_type=client_credentials https://a.example/t",
        "$ curl https://a.example/t \\\n  --user 'id:s3' \\\n  --data \"grant_type=client_credentials\"\n",
        "curl -sSfuid:s3 -XPOST -dgrant_type=client_credentials --url https://a.example/t",
        "curl -X POST 'https://a.example/t' -H 'Authorization: Basic aWQ6czM=' -H 'Content-Type: application/x-www-form-urlencoded' --data-urlencode 'grant_type=client_credentials'",
        "curl --request POST --url https://id:s3@a.example/t --data-raw grant_type=client_credentials | jq -r .access_token",
        "# the token, isn't it?\r\ncurl -u id:s3 \\\r\n -d 'grant_type=client_credentials&client_id=id' https://a.example/t >out.json 2>&1",
        "/usr/bin/curl -u id:$CLIENT_SECRET -d grant_type=client_credentials https://a.example/t 2>/dev/null|jq",
        "curl -u 'id:<client-secret>' -d grant_type=client_credentials https://a.example/t",
        "curl -u \"id:${CLIENT_SECRET}\" -d grant_type=client_credentials -- https://a.example/t",
        "curl -u id:YOUR_CLIENT_SECRET -d grant_type=client_credentials https://a.example/t",
    ] {
        check(Curl, line, basic);
    }
    let post = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: \"${CLIENT_ID}\"\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n";
    for line in [
        "curl https://a.example/t -d 'grant_type=client_credentials&client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET'",
        "curl https://a.example/t -d grant_type=client_credentials -d client_id={client_id} -d client_secret={client_secret}",
        "curl https://a.example/t -d grant_type=client_credentials -d \"client_id=$CLIENT_ID\" --data-urlencode \"client_secret=$CLIENT_SECRET\"",
        "curl https://a.example/t --data 'client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET' --data grant_type=client_credentials",
    ] {
        check(Curl, line, post);
    }
}

#[test]
fn curl_options_become_settings() {
    use System::Curl;
    let line = |more: &str| format!("curl -u id:$S -d grant_type=client_credentials https://a.example/t {more}");
    let out = |grant: &str, more: &str| {
        format!(
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{grant}client_id: id\nclient_secret: env:S\ntoken_endpoint_auth_method: client_secret_basic\n{more}"
        )
    };
    for (words, grant, settings) in [
        ("-d 'scope=a+b%20c'", "scope: [a, b, c]\n", ""),
        ("--data-urlencode 'scope=a b'", "scope: [a, b]\n", ""),
        ("-d audience=https%3A%2F%2Fapi.example", "audience: https://api.example\n", ""),
        (
            "-d resource=https://r.example/a -d resource=https://r.example/b",
            "resource: [https://r.example/a, https://r.example/b]\n",
            "",
        ),
        ("-d 'tenant=a%24b'", "params:\n  tenant: a$$b\n", ""),
        ("-d 'tenant=a$b'", "params:\n  tenant: a$$b\n", ""),
        ("-d \"tenant=a$b\"", "params:\n  tenant: \"a${b}\"\n", ""),
        ("-d \"tenant=${T:-x}\"", "params:\n  tenant: \"${T:x}\"\n", ""),
        ("-H 'X-A: b c' -H 'Accept: application/json'", "", "headers:\n  X-A: \"b c\"\n"),
        ("-H 'X-Api-Key: k3y'", "", "headers:\n  X-Api-Key: \"${X_API_KEY}\"\n"),
        ("-A agent/1", "", "headers:\n  User-Agent: agent/1\n"),
        ("--cert c.pem --key k.pem --cacert ca.pem", "", "cacert: ca.pem\ncert: c.pem\nkey: k.pem\n"),
        ("-m 5 --connect-timeout 1.5 --retry 3", "", "timeout: 5s\nconnect_timeout: 1.5\nretry: 3\n"),
        ("-x http://u:pw@p.example:1", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:1\"\n"),
        ("-x 'http://u:a:b@p.example:1'", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:1\"\n"),
        ("-x http://u:pw@p.example:$PORT", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:${PORT}\"\n"),
        ("-x http://$U:$P@p.example:1", "", "proxy: \"http://${U}:${P}@p.example:1\"\n"),
        ("-x p.example:$PORT", "", "proxy: \"p.example:${PORT}\"\n"),
        ("-d \"tenant=${T:?not set}\"", "params:\n  tenant: \"${T}\"\n", ""),
        ("-sSiLv --compressed -o out -w '%{http_code}'", "", ""),
    ] {
        check(Curl, &line(words), &out(grant, settings).replace("tenant: a$$b", "tenant: \"a$$b\""));
    }
    note(Curl, &line("-k"), "--insecure");
    note(Curl, &line("-L"), "follows no redirect");
    note(Curl, &line("-d 'x=a+b'"), "a server reads as a space");
    note(Curl, "curl -u id -d grant_type=client_credentials https://a.example/t", "asked for on the terminal");
    note(
        Curl,
        "curl -X POST -u id:s 'https://a.example/t?grant_type=client_credentials'",
        "grant_type stays in the URL's query",
    );
    check(
        Curl,
        "curl https://$TENANT.example/t -d grant_type=password -d username=alice -d password=s3 -d client_id=app",
        "token_endpoint: \"https://${TENANT}.example/t\"\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: app\ntoken_endpoint_auth_method: none\n",
    );
    check(
        Curl,
        "curl https://a.example/t -d grant_type=refresh_token -d refresh_token=r3 -d client_id=app",
        "token_endpoint: https://a.example/t\ngrant_type: refresh_token\nrefresh_token: env:REFRESH_TOKEN\nclient_id: app\ntoken_endpoint_auth_method: none\n",
    );
}

#[test]
fn curl_tells_what_it_cannot_carry() {
    use System::Curl;
    let line = |more: &str| format!("curl -u id:s3 -d grant_type=client_credentials https://a.example/t {more}");
    for (words, expected) in [
        ("-G", "-G: it puts the fields into the URL"),
        ("--json '{}'", "--json: the body is JSON"),
        ("-F a=b", "-F: the body is multipart"),
        ("-d @file", "-d: its content is not in the input"),
        ("--data-urlencode secret@file", "--data-urlencode: its content is not in the input"),
        ("-d '{\"a\": 1}'", "-d: the body is JSON"),
        ("-H 'Content-Type: application/json'", "-H Content-Type: the body is no form"),
        ("-H 'Authorization: Bearer x'", "-H Authorization: only HTTP Basic"),
        ("-H 'Authorization: Basic aWQ6cw=='", "-u: it is a second way"),
        ("-H Host:x", "'Host' is set by the request itself"),
        ("-d client_secret=other", "-d client_secret: it is a second way"),
        ("-d client_id=other", "-d client_id: it names another client"),
        ("-d client_assertion=x", "-d client_assertion: "),
        ("-d grant_type=x", "grant_type: "),
        ("-d 'x=%ff'", "-d: a field in it is not UTF-8"),
        ("-d \"x=${T%.*}\"", "-d x: what '${…}' makes of its variable"),
        ("-d \"x=$(date)\"", "-d x: the output of a command"),
        ("-X GET", "--request: a token request is a POST"),
        ("--resolve a:1:b", "--resolve: it changes where"),
        ("--cert c.pem:pass", "--cert: a key with a passphrase"),
        ("--frobnicate", "(not shown: it may be a secret): this option of curl is not understood"),
        ("-Z", "-Z: this option of curl is not understood"),
        ("https://b.example", "URL: there is a second URL"),
        ("; rm x", ";: another command follows"),
        ("-sS; echo", ";: another command follows"),
        ("&& echo", "&&: another command follows"),
        ("-n", "-n: credentials are not read from .netrc"),
        ("-d", "-d: it has no value"),
    ] {
        fault(Curl, &line(words), expected);
    }
    fault(Curl, "curl -u id:s https://a.example/t", "--request: without data curl sends a GET");
    fault(Curl, "curl -u id: -d grant_type=client_credentials https://a.example/t", "-u: the secret is empty");
    fault(Curl, "curl -d grant_type=client_credentials https://a.example/t", "-d client_id: it is missing");
    fault(
        Curl,
        "curl -u id:s -d grant_type=authorization_code https://a.example/t",
        "-d grant_type: this grant is none of",
    );
    fault(Curl, "curl -u id:s -d grant_type=client_credentials a.example/t", "URL: it is not an absolute URL");
    fault(Curl, "curl -u id:s -d grant_type=client_credentials", "URL: it is missing");
    fault(
        Curl,
        "curl -X POST 'https://a.example/t?grant_type=client_credentials&client_id=i&client_secret=s'",
        "URL: its query holds 'client_secret'",
    );
    fault(Curl, "curl -d 'x", "a quote is not closed");
    fault(Curl, "curl -d $'a\\nb' https://a.example", "$'…'");
    fault(Curl, "wget https://a.example", "does not begin with curl");
    fault(Curl, "", "no command");
}

#[test]
fn raw_basic_is_carried_only_where_it_differs() {
    use System::Curl;
    let line = |user: &str| format!("curl -u '{user}' -d grant_type=client_credentials https://a.example/t");
    for (user, raw) in [
        ("id:abc-_.*9", false),
        ("id:a+b", true),
        ("my id:abc", true),
        ("id:é", true),
        ("id:a:b", true),
        ("id:$S", false),
    ] {
        let profile = run(Curl, &line(user), false).profile.unwrap();
        assert_eq!(profile.contains("basic_encoding: raw"), raw, "{user}");
    }
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
    let line = "curl -u id:s3cr3ts -d grant_type=client_credentials -d s3cr3ts=$(x) https://a.example/t";
    let faults = run(System::Curl, line, false).profile.unwrap_err().faults;
    assert!(faults.iter().any(|fault| fault.starts_with("-d ***: the output of a command")), "{faults:?}");
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
fn curl_is_found_in_what_documentation_puts_around_it() {
    let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: \"${ID}\"\nclient_secret: env:KEY\ntoken_endpoint_auth_method: client_secret_basic\n";
    let curl = "curl -u \"$ID:$KEY\" -d grant_type=client_credentials https://a.example/t";
    for text in [
        format!("// Replace {{tenant}} with your tenant's!\n{curl}"),
        format!("# A comment, isn't it?\n\n$ sudo {curl}\n"),
        format!("```bash\n{curl}\n```\nIt's done.\n"),
        format!("  ```\n  {curl}\n  ```\n"),
        format!("TOKEN=$({curl} | jq -r .access_token)"),
        format!("TOKEN=$({curl})\necho $TOKEN\n"),
        format!("$ export TOKEN=\"$({curl} -H \"X: $(x)\")\"\n").replace(" -H \"X: $(x)\"", ""),
        format!("TOKEN=`{curl}`"),
        curl.replace(" -", " \\\n -"),
        curl.replace("\"$ID:$KEY\"", "%ID%:%KEY%").replace(" -", " ^\r\n -"),
        curl.replace("\"$ID:$KEY\"", "\"$env:ID:${Env:KEY}\"").replace(" -", " `\n -"),
    ] {
        check(System::Curl, &text, basic);
    }
    note(System::Curl, &format!("T=$({curl})\necho $T"), "what follows the command is left out");
    fault(System::Curl, "TOKEN=$(wget https://a.example)", "does not begin with curl");
}

#[test]
fn curl_placeholders_of_vendors_become_variables() {
    use System::Curl;
    check(
        Curl,
        "curl --request POST --url 'https://YOUR_TENANT.auth0.com/oauth/token' -d grant_type=client_credentials -d client_id=YOUR_CLIENT_ID -d client_secret=YOUR_CLIENT_SECRET -d audience=YOUR_API_IDENTIFIER -d audience=https://YOUR_TENANT.auth0.com/api/",
        "token_endpoint: \"https://${TENANT}.auth0.com/oauth/token\"\ngrant_type: client_credentials\naudience: [\"${API_IDENTIFIER}\", \"https://${TENANT}.auth0.com/api/\"]\nclient_id: \"${CLIENT_ID}\"\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n",
    );
    for url in ["https://{{domain}}/t", "https://<your domain>/t", "https://{domain}/t", "https://{yourDomain}/t"] {
        let line = format!("curl -u i:$S -d grant_type=client_credentials '{url}'");
        let profile = run(Curl, &line, false).profile.unwrap();
        assert!(profile.contains("DOMAIN}/t\"\n"), "{url}\n{profile}");
    }
    let line = "curl -u i:$S -d grant_type=client_credentials 'https://a.example/{id}/{...}'";
    let profile = run(Curl, line, false).profile.unwrap();
    assert!(profile.contains("\"https://a.example/${ID}/{...}\"\n"), "{profile}");
    let cut = "curl -H 'Authorization: Basic MG9hY...' -d grant_type=client_credentials https://a.example/t";
    note(Curl, cut, "-H Authorization only stands for a secret: set the environment variable CLIENT_SECRET");
    let script = "curl -u \"$1:${2}\" -d grant_type=client_credentials https://a.example/t";
    note(Curl, script, "environment variables ARG_1, ARG_2");
    let profile = run(Curl, script, false).profile.unwrap();
    assert!(profile.contains("client_id: \"${ARG_1}\"\nclient_secret: env:ARG_2\n"), "{profile}");
}

#[test]
fn a_header_that_a_command_encodes_tells_id_and_secret() {
    for (command, id, secret) in [
        ("echo -n id:s3 | base64", "id", "CLIENT_SECRET"),
        ("printf 'id:s3' | base64 -w0", "id", "CLIENT_SECRET"),
        ("echo -n $A:$B | openssl base64", "\"${A}\"", "B"),
        ("echo -n \"${A}:${B}\" | base64 | tr -d '\\n'", "\"${A}\"", "B"),
        ("printf \"%s:%s\" \"$A\" \"$B\" | base64", "\"${A}\"", "B"),
        ("echo -n '<client id>:<client secret>' | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("echo -n $CREDENTIALS | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("cat file | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("printf 'a\\072b:c' | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("printf id:s3 | iconv -t utf-16 | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ("echo -n id:s3 | xxd", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
    ] {
        let line = format!(
            "curl -H \"Authorization: Basic $({command})\" -d grant_type=client_credentials https://a.example/t"
        );
        let profile = run(System::Curl, &line, false).profile.unwrap();
        let expected = format!("client_id: {id}\nclient_secret: env:{secret}\n");
        assert!(profile.contains(&expected), "{command}\n{profile}");
    }
}

#[test]
fn what_a_system_exports_is_taken_as_it_is() {
    for value in ["$HOME", "{curly}", "<x>", "xxxx", "YOUR_ID"] {
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
    assert_eq!(faults(&line("-d grant_type=client_credentials -F a=b -F c=d -F e=f")).len(), 1);
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
    use System::{Benthos, Couper, Curl, Eccenca, Elasticio, Keboola};
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
            let start = std::time::Instant::now();
            drop(run(system, text, false));
            start.elapsed()
        });
        best.min().unwrap().as_secs_f64()
    };
    let (small, large) = (text(n), text(4 * n));
    // Where something else takes the processor, it is tried again.
    assert!((0..5).any(|_| took(&large) < 8.0 * took(&small)), "{}", &small[..200.min(small.len())]);
}

#[test]
fn reading_takes_as_long_as_the_text_is() {
    use System::{Benthos, Couper, Curl, Keboola};
    let repeated = |before: &'static str, piece: &'static str| move |n: usize| format!("{before}{}", piece.repeat(n));
    check_growth(Curl, 20_000, repeated("curl ", "```"));
    check_growth(Curl, 5000, repeated("curl ", "```\n"));
    check_growth(Curl, 2000, repeated("curl https://a.example/", "{a}"));
    check_growth(Curl, 5000, repeated("curl https://a.example/", "YOUR "));
    check_growth(Curl, 2000, repeated("curl https://a.example/?", "grant_type=a&"));
    check_growth(Curl, 450, |n| {
        (0..n).fold("curl".to_owned(), |line, i| line + &format!(" -d f{i}=+ -H f{i}:<a{i}> --f{i}"))
    });
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
    check_growth(Keboola, 200, |n| {
        let members: Vec<_> = (0..n).map(|i| format!(r#""k{i}": "x""#)).collect();
        format!(r#"{{"api":{{"authentication":{{{}}}}}}}"#, members.join(","))
    });
}
