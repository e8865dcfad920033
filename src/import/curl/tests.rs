//! Tables: a command line, and the profile or the fault that becomes of it.

use super::super::System;
use super::super::tests::{check, fault, note, run};

#[test]
fn curl_is_read_in_any_order_and_quoting() {
    use System::Curl;
    let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n";
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
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{grant}client_id: id\nclient_secret: env:S\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n{more}"
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
        ("-d tag=a -d tag=b", "params:\n  tag: [a, b]\n", ""),
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
        "the URL's query held grant_type: sent in the body",
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
        ("--json '{}'", "--json: a JSON object and other data"),
        ("--json x", "--json: the body is to be a JSON object and is none"),
        ("-F a", "-F: expected name=value"),
        ("-d @file", "-d: its content is not in the input"),
        ("--data-urlencode @file", "--data-urlencode: its content is not in the input"),
        ("-d '{\"a\": 1}'", "-d: a JSON object and other data"),
        ("-d $BODY", "-d: the whole body is a variable"),
        ("-d $NAME=x", "-d: the name of a field depends on a variable"),
        ("-H 'Authorization: Bearer x'", "-H Authorization: only HTTP Basic"),
        ("-H 'Authorization: Basic aWQ6cw=='", "-u: it is a second way"),
        ("-H Host:x", "'Host' is set by the request itself"),
        ("-d client_secret=other", "-d client_secret: it is a second way"),
        ("-d client_id=other", "-d client_id: it names another client"),
        ("-d client_assertion=x", "-d client_assertion: "),
        ("-d grant_type=x", "grant_type: "),
        ("-d 'x=%ff'", "-d: a field in it is not UTF-8"),
        ("-X PUT", "--request: a token request is a POST"),
        ("--resolve a:1:b", "--resolve: it changes where"),
        ("--pass a --cert c.pem:b", "--cert: --pass has already said the key_passphrase"),
        ("-d client_assertion_type=x", "-d client_assertion: it is missing"),
        ("--frobnicate", "(not shown: it may be a secret): this option of curl is not understood"),
        ("-W", "-W: this option of curl is not understood"),
        ("https://b.example", "URL: there is a second URL"),
        ("-n", "-n: credentials are not read from .netrc"),
        ("-d", "-d: it has no value"),
    ] {
        fault(Curl, &line(words), expected);
    }
    fault(Curl, "curl -u id:s https://a.example/t", "--request: without data curl sends a GET");
    fault(Curl, "curl -u id: -d grant_type=client_credentials https://a.example/t", "-u: the secret is empty");
    fault(Curl, "curl -d grant_type=client_credentials https://a.example/t", "-d client_id: it is missing");
    fault(Curl, "curl -u id:s -d grant_type=client_credentials a.example/t", "URL: it is not an absolute URL");
    fault(Curl, "curl -u id:s -d grant_type=client_credentials", "URL: it is missing");
    fault(Curl, "curl -d 'x", "a quote is not closed");
    fault(Curl, "wget https://a.example", "it is a command of wget, not of curl");
    fault(Curl, "", "no command");
}

#[test]
fn curl_is_found_in_what_documentation_puts_around_it() {
    let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: \"${ID}\"\nclient_secret: env:KEY\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n";
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
    fault(System::Curl, "TOKEN=$(wget https://a.example)", "it is a command of wget, not of curl");
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
    let line = |path: &str| format!("curl -u i:$S -d grant_type=client_credentials 'https://a.example/{path}'");
    note(Curl, &line("{id}/t"), "URL holds the environment variable ID: set it");
    fault(Curl, &line("{id}/{...}"), "URL: it holds a placeholder in braces");
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

/// Shapes in which people paste a command, each with what becomes of it: the profile and the notes, or the faults.
#[test]
fn every_shape_of_a_paste_becomes_what_the_table_says() {
    let table = include_str!("shapes.txt");
    let mut count = 0;
    for shape in table.split("\n=== ").skip(1) {
        let (name, rest) = shape.split_once('\n').unwrap();
        let (text, expected) = rest.split_once("\n---\n").unwrap_or((rest, ""));
        let text = text.replace('␍', "\r").replace('␠', " ").replace('␉', "\t").replace('⍽', "\u{a0}");
        assert_eq!(told(&text), expected.trim_end_matches('\n'), "{name}\n{text}");
        count += 1;
    }
    assert!(count >= 90, "{count}");
}

/// The profile without its comment, or the faults, with all notes.
fn told(text: &str) -> String {
    let import = run(System::Curl, text, false);
    let mut out = match import.profile {
        Ok(profile) => profile.lines().skip(1).map(|line| format!("{line}\n")).collect(),
        Err(error) => error.faults.iter().map(|fault| format!("! {fault}\n")).collect::<String>(),
    };
    out.extend(import.notes.iter().map(|note| format!("# {note}\n")));
    out.trim_end_matches('\n').to_owned()
}

/// What stands for a secret in the lines below: in no form of it may it be told.
fn spellings(secret: &str) -> Vec<String> {
    use base64::Engine;
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("id:{secret}"));
    vec![secret.to_owned(), secret.to_ascii_uppercase(), secret.replace('$', "$$"), form, base64]
}

/// Commands with a secret, in each place where one can be, and what people have around them.
fn with_secret(secret: &str) -> Vec<String> {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("id:{secret}"));
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let end = "-d grant_type=client_credentials https://a.example/t";
    let commands = [
        format!("curl -u 'id:{secret}' {end}"),
        format!("curl -u'id:{secret}' {end} --frobnicate '{secret}' -W"),
        format!("curl --user='id:{secret}' {end}"),
        format!("curl -H 'Authorization: Basic {base64}' {end}"),
        format!("curl -H 'Authorization: Bearer {secret}' {end}"),
        format!("curl -H \"Authorization: Basic $(echo -n 'id:{secret}' | base64)\" {end}"),
        format!("curl -H \"Authorization: Basic $(frob 'id:{secret}')\" {end}"),
        format!("curl -d client_id=id -d 'client_secret={form}' {end}"),
        format!("curl -d client_id=id --data-urlencode 'client_secret={secret}' {end}"),
        format!(
            "curl -F client_id=id -F 'client_secret={secret}' -F grant_type=client_credentials https://a.example/t"
        ),
        format!("curl -G -d client_id=id --data-urlencode 'client_secret={secret}' {end}"),
        format!("curl 'https://a.example/t?client_id=id&client_secret={form}&grant_type=client_credentials'"),
        format!("curl 'https://id:{form}@a.example/t' -d grant_type=client_credentials"),
        format!(
            "curl --json '{{\"grant_type\":\"client_credentials\",\"client_id\":\"id\",\"client_secret\":\"{secret}\"}}' https://a.example/t"
        ),
        format!("curl -d '{{\"client_secret\":\"{secret}\",' https://a.example/t"),
        format!("curl -u \"id:$(cat '{secret}' | frob)\" {end}"),
        format!("curl -u \"id:$(vault read -token='{secret}' x)\" {end}"),
        format!("curl -u \"id:$(echo '{secret}')\" {end}"),
        format!("curl -u \"id:${{S:-{secret}}}\" {end}"),
        format!("curl -u id:s {end} -H 'X-Api-Key: {secret}' -d 'api_key={form}' -b 'session={secret}'"),
        format!("curl -u id:s {end} -x 'http://u:{form}@p.example:1'"),
        format!("curl -u id:s {end} -x http://p.example:1 -U 'u:{form}'"),
        format!("curl -u id:s {end} --cert 'c.pem:{secret}' --pass '{secret}' --oauth2-bearer '{secret}'"),
        format!("curl -u id:s {end} '{secret}'"),
        format!(
            "curl -d grant_type=password -d client_id=id -d username=u --data-urlencode 'password={secret}' https://a.example/t"
        ),
        format!(
            "curl -d client_id=id -d grant_type=refresh_token --data-urlencode 'refresh_token={secret}' https://a.example/t"
        ),
        format!("S='{secret}'\ncurl -u \"id:$S\" {end}"),
        format!("U='id:{secret}'\ncurl -u \"$U\" {end}"),
        format!("A=$(echo -n 'id:{secret}' | base64)\ncurl -H \"Authorization: Basic $A\" {end}"),
        format!("S='{secret}'\ncurl -u \"id:$(decrypt \"$S\")\" {end}"),
        format!("S='{secret}'\ncurl -u \"id:$(vault read \"$S\")\" {end}"),
        format!(
            "echo '{{\"client_secret\":\"{secret}\",\"client_id\":\"id\",\"grant_type\":\"client_credentials\"}}' | curl -d @- https://a.example/t"
        ),
        format!("curl -u 'id:{secret} {end}"),
        format!("wget --password='{secret}' https://a.example/t"),
        format!("curl -Uri https://a.example/t -Body 'client_secret={secret}'"),
    ];
    let around: [fn(&str) -> String; 8] = [
        str::to_owned,
        |line| format!("$ {line}\n{{\"access_token\":\"x\"}}\n"),
        |line| format!("TOKEN=$({line} | jq -r .access_token)\necho $TOKEN"),
        |line| format!("Get it:\n```sh\n{line}\n```\n"),
        |line| format!("PS C:\\> {}", line.replace("curl", "curl.exe")),
        |line| format!("C:\\> {line} ^\n --ssl-no-revoke"),
        |line| line.replace('\'', "’"),
        |line| line.replace(" -d", " \\\n  -d"),
    ];
    commands.iter().flat_map(|line| around.iter().map(|around| around(line))).collect()
}

#[track_caller]
fn check_untold(secret: &str) {
    for line in with_secret(secret) {
        let told = told(&line);
        for spelling in spellings(secret) {
            assert!(!told.contains(&spelling), "{line}\n{told}");
        }
    }
}

#[test]
fn no_secret_is_told_wherever_it_stands() {
    for secret in
        ["s3cr3tCanary", "c4n+aRy/S=%é", "c4n&aRy;x|y", "c4n aRy<z>", "c4n$aRy!", "-dc4naRy", "@c4naRy", "c4n:aRy"]
    {
        check_untold(secret);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]
    #[test]
    fn nor_is_any_other(secret in "[-a-zA-Z0-9+/=%&;|<>$!@:#~ ^*.,_éß{}()]{0,6}c4naRy[a-zA-Z0-9+/=%&;|<>$!@:#~ ^*.,_éß{}()]{0,6}") {
        check_untold(&secret);
    }
}
