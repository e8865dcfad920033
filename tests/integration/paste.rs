//! `import --from curl`: what becomes of a pasted command sends what curl itself sends, byte by byte where it counts; and how
//! the paste gets into the program.

use std::process::Command;

use super::harness::*;

type Pairs = Vec<(String, String)>;

/// What tells two token requests apart: where to, as whom, as what, and the fields.
fn parts(request: &Request) -> (String, String, Pairs, Pairs) {
    let shown = |name: &str| matches!(name, "authorization" | "content-type" | "user-agent") || name.starts_with("x-");
    let headers = request.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let mut headers: Vec<_> = headers
        .filter(|(name, value)| shown(name) && !value.starts_with("curl/") && !value.starts_with("oauth2tok/"))
        .collect();
    headers.sort();
    let mut fields: Pairs = form_urlencoded::parse(request.bytes()).into_owned().collect();
    if request.body().starts_with('{') {
        let members: std::collections::BTreeMap<String, String> = serde_json::from_str(request.body()).unwrap();
        fields = members.into_iter().collect();
    }
    fields.sort();
    (request.method().to_owned(), request.target().to_owned(), headers, fields)
}

/// Lets bash run `paste`, imports it, runs the profile with the same variables, and compares what arrived. `URL` in it is
/// that of the server.
#[track_caller]
fn sends_what_curl_sends(paste: &str, env: &[(&str, &str)], flags: &[&str]) {
    let server = Server::new();
    let paste = paste.replace("URL", &server.url());
    let home = home();
    std::fs::write(home.path().join("secret"), "fr0m-a-file").unwrap();
    let output = Command::new("bash")
        .args(["-c", &paste])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .envs(env.iter().copied())
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{paste}\n{}", String::from_utf8_lossy(&output.stderr));
    let imported = oauth2tok()
        .at_home(&home)
        .args(["import", "--from", "curl"])
        .args(flags)
        .stdin(paste.as_str())
        .any_output()
        .code(0)
        .run();
    let fetch = oauth2tok().at_home(&home).file("p.yaml", &imported.stdout).args(["-p", "./p.yaml", "-q"]);
    env.iter().fold(fetch, |run, (name, value)| run.env(name, value)).any_output().code(0).run();
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "{paste}\n{}", imported.stdout);
    assert_eq!(parts(&requests[1]), parts(&requests[0]), "{paste}\n{}", imported.stdout);
}

#[test]
fn the_profile_sends_what_curl_sends() {
    if !is_installed("curl") || !is_installed("bash") {
        return not_run("curl or bash is not installed");
    }
    for paste in [
        // HTTP Basic, raw: every character that the form-encoding of RFC 6749 §2.3.1 would change.
        "curl -sS -u 'my id:s3+c/r=t:%&é' -d grant_type=client_credentials URL",
        "curl -sS -u \"ci:pa\\$\\$word\" -d grant_type=client_credentials URL",
        "curl -sS -H \"Authorization: Basic $(printf 'ci:a+b c' | base64 -w0)\" -d grant_type=client_credentials URL",
        "curl -sS -H 'Authorization: Basic Y2k6YStiL2M=' -d grant_type=client_credentials URL",
        "A=$(printf '%s:%s' ci 'a+b' | base64); curl -sS -H \"Authorization: Basic $A\" -d grant_type=client_credentials URL",
        // Quotes of bash.
        "curl -sS URL --data-raw $'grant_type=client_credentials&client_id=ci&client_secret=it\\'s\\u0021\\x41'",
        "curl -sS URL -d 'grant_type=client_credentials' -d client_id=ci --data-urlencode 'client_secret=a b&c=d%+\"'\"'\"'x'",
        "curl -sS URL -d \"grant_type=client_credentials&client_id=ci&client_secret=a%2Bb%25\"",
        "ID=ci\nexport SECRET='s3 cr3t'\ncurl -sS URL \\\n  -d grant_type=client_credentials \\\n  --data-urlencode \"client_id=$ID\" \\\n  --data-urlencode \"client_secret=${SECRET}\"",
        "F='grant_type=client_credentials&scope=a+b%20c'\ncurl -sS -u ci:s3 -d \"$F\" URL?api-version=1.0",
        "curl -sS -u ci:s3 URL -d @- <<EOF\ngrant_type=client_credentials&resource=https://r.example/%C3%A9\nEOF",
        "curl -sS -u ci:s3 -d grant_type=client_credentials -d tag=a -d tag=b -d audience=x -d audience=y URL",
        "curl -sS -u ci:s3 -d grant_type=client_credentials -A agent/1 -H 'X-Tenant: a  b' -H 'x-api-key: k3y' URL",
        "curl -sS -d grant_type=password -d username=alice@x.example --data-urlencode 'password=p w&' -d client_id=app URL",
        "curl -sSu other:s -u ci:s3 -dgrant_type=client_credentials -XPOST URL",
        "TOKEN=$(curl -sS -u ci:s3 -d grant_type=client_credentials URL | head -c 3); echo \"$TOKEN\"",
        "time curl -sS -u ci:s3 -d grant_type=client_credentials --noproxy '*' --tlsv1.2 --http1.1 -f --max-time 20 URL >/dev/null 2>&1",
        "curl -sS -u ci:s3 -d grant_type=refresh_token -d refresh_token=r3%2Bfr URL",
        "curl -sS URL -H 'Content-Type: application/json' -d '{\"grant_type\":\"client_credentials\",\"client_id\":\"ci\",\"client_secret\":\"a\\\"b+c\",\"audience\":\"https://api.example\"}'",
        "curl -sS URL --json \"{\\\"grant_type\\\":\\\"client_credentials\\\"}\" -u 'ci:a+b'",
        "S='a b'\ncurl -sS URL -H 'Content-Type: application/json' -d @- <<EOF\n{\"grant_type\": \"client_credentials\", \"client_id\": \"ci\", \"client_secret\": \"$S\"}\nEOF",
        "curl -sS -u ci:s3 -d grant_type=urn:x:y -d ticket=t/1 URL",
    ] {
        sends_what_curl_sends(paste, &[], &["--keep-secrets"]);
    }
    let env = [("CLIENT_SECRET", "fr0m+the env"), ("ID", "ci")];
    for paste in [
        "curl -sS -u \"$ID:$CLIENT_SECRET\" -d grant_type=client_credentials URL",
        "curl -sS -u \"${ID:-other}:${CLIENT_SECRET:?not set}\" -d grant_type=client_credentials -d \"scope=${SCOPE:-read}\" URL",
        "curl -sS -H \"Authorization: Basic $(echo -n \"$ID:$CLIENT_SECRET\" | base64 -w0)\" -d grant_type=client_credentials URL",
        "curl -sS -u \"ci:$(cat secret)\" -d grant_type=client_credentials URL",
        "curl -sS -u \"ci:$(<secret)\" -d grant_type=client_credentials URL",
        "curl -sS -d grant_type=client_credentials -d client_id=ci --data-urlencode client_secret@secret URL",
        "S=$(head -c 4 secret)\ncurl -sS -u \"ci:$S\" -d grant_type=client_credentials URL",
        "S=$(cat secret | tr a-z A-Z | cut -c 1-6)\ncurl -sS -u \"ci:$S\" -d grant_type=client_credentials URL",
    ] {
        sends_what_curl_sends(paste, &env, &[]);
    }
}

#[test]
fn a_field_of_the_query_is_sent_once_and_the_rest_of_the_query_stays() {
    let server = Server::new();
    let paste = format!(
        "curl -X POST '{}?grant_type=password&client_id=ci&client_secret=s%2B3&username=a%40b&password=p&v=%2b1'",
        server.url()
    );
    let imported = oauth2tok()
        .args(["import", "--from", "curl", "--keep-secrets"])
        .stdin(paste)
        .any_stdout()
        .stderr("note: the URL's query held grant_type, client_id, client_secret, username, password: sent in the body, as RFC 6749 §3.2 has it\n\
                 warning: the profile holds secrets: keep it where only you can read it (chmod 600)\n")
        .run();
    oauth2tok().file("p.yaml", &imported.stdout).args(["-p", "./p.yaml", "-q"]).prints(TOKEN).run();
    let request = server.request();
    assert_eq!(request.target(), "/token?v=%2b1");
    assert_eq!(request.body(), "grant_type=password&username=a%40b&password=p&client_id=ci&client_secret=s%2B3");
}

const HINT: &str = "note: -u had a secret, which is not written out; set the environment variable CLIENT_SECRET to it (--keep-secrets writes it out)\n";

const PROFILE: &str = "# Made by 'oauth2tok import --from curl'. To use it: oauth2tok -p ./FILE.yaml\n\
    token_endpoint: https://idp.example/token\n\
    grant_type: client_credentials\n\
    client_id: ci\n\
    client_secret: env:CLIENT_SECRET\n\
    token_endpoint_auth_method: client_secret_basic\n\
    basic_encoding: raw\n";

const LINE: &str = "curl -u ci:S3cret -d grant_type=client_credentials https://idp.example/token";

#[test]
fn a_command_in_place_of_its_file_is_read_and_what_ps_shows_is_told() {
    let import = |file: &str| oauth2tok().args(["import", "--from", "curl", file]);
    let told = "warning: 'ps' shows a command line while this runs; without FILE it is read from stdin\n";
    for file in [LINE, &format!("$ {LINE}"), &format!("TOKEN=$({LINE} | jq -r .access_token)")] {
        let pipe = if file.contains('|') {
            "note: what follows the pipe is left out: the token is printed by itself\n"
        } else {
            ""
        };
        import(file).stdout(PROFILE).stderr(format!("{told}{pipe}{HINT}")).run();
    }
    import(LINE).args(["-q"]).stdout(PROFILE).any_output().run();
    // A file of that name is a file.
    import("curl -s").file("curl -s", LINE).stdout(PROFILE).stderr(HINT).run();
    // What is neither is not repeated, whatever it is.
    for file in ["S3cret", "ci:S3cret", "./S3cret"] {
        import(file)
            .fails(
                2,
                "error: cannot read the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
                 hint: give a file, or the text on stdin\n",
            )
            .run();
    }
    oauth2tok().args(["import", "--from", "benthos", LINE]).any_output().code(2).stderr_without(["S3cret"]).run();
    for words in [&["curl", "-u", "ci:S3cret"][..], &["curl", "ci:S3cret"], &["--", "curl", "-u", "ci:S3cret"]] {
        oauth2tok()
            .args(["import", "--from", "curl"])
            .args(words)
            .any_output()
            .code(2)
            .stderr_without(["S3cret"])
            .run();
    }
}

#[test]
fn what_powershell_wrote_is_read_whatever_its_characters() {
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(LINE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let import = |from: &str| oauth2tok().args(["import", "--from", from]);
    let note = "note: stdin is UTF-16, as PowerShell writes files, and is read so\n";
    import("curl").stdin(utf_16.clone()).stdout(PROFILE).stderr(format!("{note}{HINT}")).run();
    import("curl")
        .args(["line.txt"])
        .file("line.txt", utf_16)
        .stdout(PROFILE)
        .stderr(format!("{note}{HINT}").replace("stdin", "line.txt"))
        .run();
    let mark = "note: stdin begins with a byte order mark, which is left out\n";
    import("curl").stdin(format!("\u{feff}{LINE}\r\n")).stdout(PROFILE).stderr(format!("{mark}{HINT}")).run();
    let yaml = "endpoint: https://idp.example\nclient_id: ci\nclient_secret: ${S}\n";
    let utf_16: Vec<u8> = yaml.encode_utf16().flat_map(u16::to_be_bytes).collect();
    import("benthos").stdin(utf_16).stdout_with(["client_secret: env:S\n"]).stderr(format!("{note}note: endpoint is an issuer here: its metadata (/.well-known/openid-configuration) names the token endpoint\n")).run();
    import("curl")
        .stdin(b"curl \xe9".to_vec())
        .fails(2, "error: stdin is neither UTF-8 nor UTF-16\nhint: give a file, or the text on stdin\n")
        .run();
}
