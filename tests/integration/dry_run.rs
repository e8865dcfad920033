//! `--dry-run` shows the request and sends nothing; as a curl command it sends the very same request.

use std::collections::BTreeSet;
use std::process::Command;

use super::harness::*;

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn the_request_is_shown_as_http_without_the_secret_and_nothing_is_sent() {
    let server = Server::new();
    let host = server.authority();
    client_of(server.url() + "?a=b")
        .args(["--dry-run", "-s", "read", "-H", "X-Api-Key: canary"])
        .stdout(format!(
            "POST /token?a=b HTTP/1.1\nHost: {host}\nAccept: application/json\nAccept-Encoding: identity\n\
             User-Agent: oauth2tok/{VERSION}\nContent-Type: application/x-www-form-urlencoded\nX-Api-Key: ***\n\
             Authorization: Basic ***\nContent-Length: 40\n\ngrant_type=client_credentials&scope=read\n"
        ))
        .run();
    client_of(server.url())
        .args(["--dry-run", "-a", "post", "--param", "otp=canary"])
        .stdout_with(["\n\ngrant_type=client_credentials&otp=***&client_id=ci&client_secret=***\n"])
        .run();
    client_of(server.url())
        .args(["--dry-run", "--show-secrets"])
        .stdout_with(["Authorization: Basic Y2k6czNjcmV0LW9mLWNp\n"])
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_shown_with_secrets_is_what_is_sent() {
    let server = Server::new();
    let words = ["-a", "post", "-s", "a b", "--param", "x=é&=", "-H", "X-A: b"];
    let shown = client_of(server.url()).args(words).args(["--dry-run", "--show-secrets"]).any_output().run().stdout;
    client_of(server.url()).args(words).prints(TOKEN).run();
    assert_eq!(format!("{}\n", server.request().replace("\r\n", "\n")), shown);
}

#[test]
fn an_issuer_is_not_asked() {
    let server = Server::new();
    client()
        .args(["--issuer", &server.origin(), "--dry-run"])
        .stdout_with([format!("POST <token_endpoint of {}", server.origin()), "Authorization: Basic ***".into()])
        .stderr("warning: the token endpoint is not known before the issuer is asked, and a dry run asks nobody\n")
        .run();
    client()
        .args(["--issuer", &server.origin(), "--dry-run", "-o", "curl", "-q"])
        .stdout_with([" \"${TOKEN_ENDPOINT:?}\"\n"])
        .run();
    client()
        .args(["--issuer", &server.origin(), "--dry-run", "-o", "curl"])
        .stdout_with(["${TOKEN_ENDPOINT:?}"])
        .stderr(
            "warning: the token endpoint is not known before the issuer is asked, and a dry run asks nobody\n\
             note: the command reads these shell variables: OAUTH2TOK_CLIENT_SECRET, TOKEN_ENDPOINT\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_wrong_is_wrong_in_a_dry_run_too() {
    client_of("http://idp.invalid/").args(["--dry-run"]).fails(2, "error: token_endpoint (flag --token-endpoint): plain http would send credentials in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\nhint: write https://idp.invalid/\n").run();
    client_of("https://idp.invalid/")
        .env("OAUTH2TOK_CLIENT_SECRET", "")
        .args(["--dry-run"])
        .fails(
            2,
            "error: cannot read client_secret from env:OAUTH2TOK_CLIENT_SECRET\n\
             caused by: env:OAUTH2TOK_CLIENT_SECRET gave nothing: the secret is empty\n\
             hint: in CI an empty secret is usually one that the job may not read\n",
        )
        .run();
    for (url, proxy, error) in [
        (
            "https://idp.invalid/",
            "gopher://p:1",
            "error: --proxy is not a proxy URL: its scheme is none of http, https, socks4, socks4a, socks5, socks5h\n\
             hint: write it like http://proxy.example.com:3128\n",
        ),
        (
            "http://127.0.0.1:1/",
            "http://proxy.invalid:1",
            "error: the proxy http://proxy.invalid:1 is not on this machine, and plain http would show it the \
             credentials\n\
             hint: use no proxy for this server: --proxy ''\n",
        ),
    ] {
        let run = || client_of(url).args(["--dry-run", "-x", proxy]);
        run().fails(2, error).run();
        run().args(["-o", "curl"]).fails(2, error).run();
        client().args(["--issuer", url, "--dry-run", "-x", proxy]).fails(2, error).run();
    }
}

/// Method, target, header fields as a set, and body: the order of header fields is curl's own.
fn parts(request: &str) -> (String, BTreeSet<String>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n").map(|line| line.trim_end().to_owned());
    (lines.next().unwrap(), lines.collect(), body.to_owned())
}

/// Runs the program, and then the curl command it prints, with these settings and variables.
#[track_caller]
fn sends_the_same(words: &[&str], variables: &[(&str, &str)], given_to_curl: &[(&str, &str)]) {
    if !is_installed("curl") {
        return not_run("curl is not installed");
    }
    let server = Server::new();
    let run = || {
        let mut run =
            oauth2tok().args(["--token-endpoint", &format!("{}?q=[1]{{2}}%2f", server.url()), "-q"]).args(words);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run
    };
    run().prints(TOKEN).run();
    let command = run().args(["--dry-run", "-o", "curl"]).stdout_with(["curl -q"]).run().stdout;
    for (_, secret) in given_to_curl {
        assert!(!command.contains(secret), "{command}");
    }
    assert_eq!(server.requests().len(), 1);
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("/bin/sh")
        .args(["-c", &command])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .envs(given_to_curl.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains(TOKEN));
    let requests = server.requests();
    assert_eq!(parts(&requests[1]), parts(&requests[0]), "{command}");
}

const ODD: &str = "p+ w/%:é'\"\\$HOME`x`%s\\n!&=*-._~()";

#[test]
fn the_curl_line_sends_the_same_with_basic() {
    for id in ["ci", "my id:é'\"%s\\n$HOME"] {
        let given = [("MINE", ODD)];
        sends_the_same(&["-i", id, "--client-secret", "env:MINE"], &given, &given);
    }
    let given = [("OAUTH2TOK_CLIENT_SECRET", ODD)];
    sends_the_same(&["-i", "my id'\"%s\\n$HOME", "--basic-encoding", "raw"], &given, &given);
    let long = "long secret é ".repeat(40);
    let given = [("OAUTH2TOK_CLIENT_SECRET", long.as_str())];
    sends_the_same(&["-i", &"id".repeat(60)], &given, &given);
}

#[test]
fn the_curl_line_is_fit_for_a_ticket() {
    let plain = [("OAUTH2TOK_CLIENT_SECRET", "s3cret-of-ci")];
    sends_the_same(&["-i", "ci", "-s", "a b", "-H", "X-A: 1"], &plain, &plain);
    let text = "\
: \"${OAUTH2TOK_CLIENT_SECRET:?}\" &&
printf 'user = \"ci:%s\"\\ndata-raw = \"grant_type=client_credentials\"\\n' \"${OAUTH2TOK_CLIENT_SECRET}\" |
  curl -q -sS -K - \\
  --connect-timeout '10' \\
  --max-time '30' \\
  -H 'Accept: application/json' \\
  -H 'Accept-Encoding: identity' \\
  -H 'User-Agent: oauth2tok/0.1.0' \\
  -H 'Content-Type: application/x-www-form-urlencoded' \\
  -g 'https://idp.invalid/token'
";
    client_of("https://idp.invalid/token").args(["--dry-run", "-o", "curl", "-q"]).stdout(text).run();
}

#[test]
fn the_curl_line_sends_the_same_in_the_body() {
    let given = [("OAUTH2TOK_CLIENT_SECRET", ODD)];
    sends_the_same(&["-i", "a b%s'", "-a", "post", "-s", "read write", "--param", "x=50%'\"\\n$(id)"], &given, &given);
    sends_the_same(&["-i", "app", "-a", "none"], &[], &[]);
}

#[test]
fn the_curl_line_sends_the_same_for_users_and_refresh_tokens() {
    let given = [("OAUTH2TOK_CLIENT_SECRET", ODD), ("PW", "pä ss%word'")];
    sends_the_same(&["-i", "x", "-g", "password", "-u", "al'ice %s", "--password", "env:PW"], &given, &given);
    let given = [("OAUTH2TOK_REFRESH_TOKEN", "rt/1==")];
    sends_the_same(&["-i", "x", "-a", "none", "-g", "refresh_token"], &given, &given);
}

#[test]
fn the_curl_line_takes_what_looks_secret_from_variables() {
    let secret = ("OAUTH2TOK_CLIENT_SECRET", "s3cret-of-ci");
    let words = ["-i", "x", "-H", "X-Api-Key: k%s'\"\\ canary", "-H", "X-Plain: %s it's", "--param", "otp=12 34"];
    let given = [secret, ("OAUTH2TOK_HEADER_X_API_KEY", "k%s'\"\\ canary"), ("OAUTH2TOK_PARAM_OTP", "12 34")];
    sends_the_same(&words, &[secret], &given);
}

#[cfg(target_os = "linux")]
#[test]
fn the_curl_line_puts_no_secret_into_any_process_list() {
    // T05
    if !is_installed("curl") {
        return not_run("curl is not installed");
    }
    let server = Server::answering(Answer::raw("").then(Then::Hang));
    let run = client_of(server.url()).args(["-H", "X-Api-Key: canary-of-the-key", "--dry-run", "-o", "curl", "-q"]);
    let command = run.stdout_with(["curl"]).run().stdout;
    let mut shell = Command::new("/bin/sh")
        .args(["-c", &command])
        .env("OAUTH2TOK_CLIENT_SECRET", "canary-of-the-secret")
        .env("OAUTH2TOK_HEADER_X_API_KEY", "canary-of-the-key")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    server.wait_for(1);
    let mut seen = 0;
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(words) = std::fs::read(process.path().join("cmdline")) else { continue };
        let words = String::from_utf8_lossy(&words).into_owned();
        seen += usize::from(words.contains("curl\0-q"));
        assert!(!words.contains("canary-of-the"), "{words}");
    }
    assert!(seen > 0);
    shell.kill().unwrap();
    shell.wait().unwrap();
}

#[test]
fn the_curl_line_carries_the_http_settings() {
    client_of("https://idp.invalid/")
        .args(["--dry-run", "-o", "curl", "--cacert", "it's.pem", "--timeout", "5s", "--insecure"])
        .args(["--proxy", "http://u:canary@p:1", "--cert", "c.pem", "--key", "k.pem"])
        .stdout_with([
            "--cacert 'it'\\''s.pem'",
            "--max-time '5'",
            "--insecure",
            "--proxy 'http://p:1'",
            "--cert 'c.pem'",
            "--key 'k.pem'",
        ])
        .stderr(
            "warning: --insecure: the server's certificate is not verified; whoever is in between can read the secret\n\
             note: the proxy's user name and password are left out; curl takes them from --proxy-user\n\
             note: the command reads these shell variables: OAUTH2TOK_CLIENT_SECRET\n",
        )
        .run();
}

#[test]
fn the_curl_line_sends_empty_headers_too() {
    let given = [("OAUTH2TOK_CLIENT_SECRET", ODD)];
    sends_the_same(&["-i", "x", "-H", "X-Empty:", "-H", "X-Api-Key:", "--param", "otp="], &given, &given);
}

#[test]
fn the_curl_line_names_its_variables_and_stops_without_them() {
    let server = Server::new();
    let line = |run: Run, variable: &str| {
        run.args(["--token-endpoint", &server.url(), "-i", "x", "--dry-run", "-o", "curl"])
            .stdout_with([format!("\"${{{variable}:?}}\"")])
            .stderr(format!("note: the command reads these shell variables: {variable}\n"))
            .run()
            .stdout
    };
    let file = |run: Run| {
        let run = run.file("secret", "s3cret");
        let path = run.path_text("secret");
        run.args(["--client-secret", &format!("file:{path}")])
    };
    line(oauth2tok().args(["--client-secret", "env:MY_SECRET"]).env("MY_SECRET", "s3cret"), "MY_SECRET");
    // No shell knows a variable of such a name.
    let odd = oauth2tok().args(["--client-secret", "env:my.var"]).env("my.var", "s3cret");
    line(odd, "OAUTH2TOK_CLIENT_SECRET");
    for words in [&[][..], &["-a", "post"]] {
        let command = line(file(oauth2tok()).args(words), "OAUTH2TOK_CLIENT_SECRET");
        let output =
            Command::new("/bin/sh").args(["-c", &command]).env_remove("OAUTH2TOK_CLIENT_SECRET").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains("OAUTH2TOK_CLIENT_SECRET"), "{told}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_curl_line_goes_past_the_proxy_that_we_go_past() {
    client_of("http://127.0.0.1:1/")
        .args(["--dry-run", "-o", "curl", "-q"])
        .env("HTTP_PROXY", "http://proxy.invalid:3128")
        .stdout_with([" --noproxy '*' "])
        .run();
}
