//! What goes over the wire, byte for byte.

use super::harness::*;

/// The request that `run` sends to a well-behaved server; its address reads `HOST`.
#[track_caller]
fn sent(path: &str, run: impl FnOnce(Run) -> Run) -> Request {
    let server = Server::new();
    run(oauth2tok().args(["--token-endpoint", &format!("{}{path}", server.origin())])).prints(TOKEN).run();
    Request::of(server.request().replace(&server.authority(), "HOST"))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn head(target: &str, more: &str, length: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: HOST\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n\
         User-Agent: oauth2tok/{VERSION}\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\
         Content-Length: {length}\r\n\r\n"
    )
}

#[test]
fn basic_is_the_default_and_the_request_is_exactly_this() {
    // S01, S05: id and secret in the header alone (Q07).
    let request =
        sent("/token", |run| run.args(["-i", "user"]).env("OAUTH2TOK_CLIENT_SECRET", "pass+ word").args(["-q"]));
    let basic = "Authorization: Basic dXNlcjpwYXNzJTJCK3dvcmQ=\r\n";
    assert_eq!(request, head("/token", basic, 29) + "grant_type=client_credentials");
}

#[test]
fn id_and_secret_are_form_encoded_before_basic() {
    // S06, Q01, Q03, Q04; the last vector is AppAuth-Android #337.
    for (id, secret, expected) in [
        ("user", "pass+ word", "dXNlcjpwYXNzJTJCK3dvcmQ="),
        ("my:id", "p+ w/%", "bXklM0FpZDpwJTJCK3clMkYlMjU="),
        (
            "1PpG/Q 1",
            "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=",
            "MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndmRlR0MXJGdyUzRA==",
        ),
        ("ü", "-_.!~*'()", "JUMzJUJDOi1fLiUyMSU3RSolMjclMjglMjk="),
    ] {
        let request = sent("/", |run| run.args(["-i", id]).env("OAUTH2TOK_CLIENT_SECRET", secret).args(["-q"]));
        assert_eq!(request.header("Authorization"), Some(format!("Basic {expected}").as_str()), "{id}");
    }
}

#[test]
fn raw_basic_sends_id_and_secret_as_they_are() {
    // Q02
    let request = sent("/", |run| {
        run.args(["-i", "user", "--basic-encoding", "raw"]).env("OAUTH2TOK_CLIENT_SECRET", "p+ w/%:ü").args(["-q"])
    });
    assert_eq!(request.header("Authorization"), Some("Basic dXNlcjpwKyB3LyU6w7w="));
}

#[test]
fn raw_basic_refuses_an_id_with_a_colon() {
    let server = Server::new();
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "urn:app", "--basic-encoding", "raw"])
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .fails(2, "error: client_id (flag --client-id): an id with a colon cannot be sent raw: the server would split it there (RFC 7617 §2)\n")
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn post_sends_id_and_secret_in_the_body_and_nothing_else() {
    // S07
    for method in ["post", "client_secret_post"] {
        let request =
            sent("/token", |run| run.args(["-i", "my id", "-a", method]).env("OAUTH2TOK_CLIENT_SECRET", "a&b=ü+"));
        let body = "grant_type=client_credentials&client_id=my+id&client_secret=a%26b%3D%C3%BC%2B";
        assert_eq!(request, head("/token", "", body.len()) + body);
    }
}

#[test]
fn a_public_client_sends_its_id_and_no_secret() {
    // S08, S12: the id alone is a client's proof of nothing, but the server's business.
    let request = sent("/token", |run| run.args(["-i", "app", "-a", "none"]));
    let body = "grant_type=client_credentials&client_id=app";
    assert_eq!(request, head("/token", "", body.len()) + body);
}

#[test]
fn the_password_grant_sends_user_and_password() {
    let server = Server::new();
    client_of(server.url())
        .args(["-g", "password", "-u", "al ice", "-q"])
        .env("OAUTH2TOK_PASSWORD", "p&w+ü")
        .prints(TOKEN)
        .run();
    let request = server.request();
    assert_eq!(request.body(), "grant_type=password&username=al+ice&password=p%26w%2B%C3%BC");
    assert!(request.header("Authorization").is_some());
}

#[test]
fn the_password_grant_works_but_is_called_deprecated() {
    // S43
    let server = Server::new();
    client_of(server.url())
        .args(["-g", "password", "-u", "alice"])
        .env("OAUTH2TOK_PASSWORD", "pw-of-alice")
        .prints(TOKEN)
        .stderr("warning: the password grant is deprecated: it must not be used any more (RFC 9700 §2.4); quiet: true in the profile silences this\n")
        .run();
}

#[test]
fn the_refresh_grant_sends_the_refresh_token() {
    let server = Server::new();
    client_of(server.url())
        .args(["-g", "refresh_token", "-s", "a"])
        .env("OAUTH2TOK_REFRESH_TOKEN", "rt/1==")
        .prints(TOKEN)
        .run();
    assert_eq!(server.request().body(), "grant_type=refresh_token&refresh_token=rt%2F1%3D%3D&scope=a");
}

#[test]
fn everything_that_shapes_the_token_goes_out_in_a_fixed_order() {
    let request = sent("/token", |run| {
        run.args([
            "-i",
            "app",
            "-a",
            "none",
            "-s",
            "read  write",
            "-s",
            "x:y",
            "--audience",
            "https://api",
            "--audience",
        ])
        .args([
            "b c",
            "--resource",
            "https://r/1",
            "--resource",
            "urn:r:2",
            "--param",
            "tenant=a=b",
            "--param",
            "x=ü",
        ])
    });
    let body = "grant_type=client_credentials&scope=read+write+x%3Ay&audience=https%3A%2F%2Fapi&audience=b+c&\
                resource=https%3A%2F%2Fr%2F1&resource=urn%3Ar%3A2&tenant=a%3Db&x=%C3%BC&client_id=app";
    assert_eq!(request, head("/token", "", body.len()) + body);
}

#[test]
fn empty_parameters_are_not_sent() {
    // S03, Q18
    let request = sent("/", |run| {
        run.args(["-i", "app", "-a", "none", "-s", "", "--audience", "", "--param", "empty=", "--param", "full=1"])
    });
    assert_eq!(request.body(), "grant_type=client_credentials&full=1&client_id=app");
}

#[test]
fn a_query_in_the_endpoint_is_kept_byte_for_byte() {
    // S02, Q11
    let target = "/t%2fx//y?grant_type=x&a=%2F%2f&b=[1]+{2}&c=a%20b&&=";
    let request = sent(target, |run| run.args(["-i", "app", "-a", "none"]));
    assert_eq!(request.lines().next(), Some(format!("POST {target} HTTP/1.1").as_str()));
    for target in ["", "?a=b"] {
        let request = sent(target, |run| run.args(["-i", "app", "-a", "none"]));
        assert_eq!(request.lines().next(), Some(format!("POST /{target} HTTP/1.1").as_str()));
    }
}

#[test]
fn headers_are_added_and_replace_those_that_may_be_replaced() {
    // Q20, Q21
    let request = sent("/token", |run| {
        run.args(["-i", "app", "-a", "none", "-H", "user-agent: me/1", "-H", "Accept:*/*", "-H", "X-Tenant:  a b "])
    });
    assert_eq!(
        request,
        format!(
            "POST /token HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: identity\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nuser-agent: me/1\r\nAccept: */*\r\nX-Tenant: a b\r\n\
             Content-Length: 43\r\n\r\ngrant_type=client_credentials&client_id=app"
        )
    );
}

#[test]
fn input_that_would_break_the_request_is_refused_and_not_repeated() {
    // T11, S09 and PRODUCT's list of reserved names. Nothing is sent.
    let server = Server::new();
    let value = "error: headers (flag --header): the value of 'X' holds a control or non-ASCII character\n";
    let scope = "error: scope (flag --scope): a scope holds a character that RFC 6749 §3.3 does not allow: \
                 only printable ASCII without \" and \\, and spaces between scopes\n";
    for (words, expected) in [
        (vec!["-H", "X: a\r\nY: b-canary"], value),
        (vec!["-H", "X: a\u{7f}-canary"], value),
        (
            vec!["-H", "X Y: canary"],
            "error: headers (flag --header): a header's name holds a character that is not allowed there (RFC 9110 §5.1)\n",
        ),
        (vec!["-H", "no-colon-canary"], "error: flag --header: expected 'Name: value'\n"),
        (
            vec!["-H", "Authorization: Bearer canary"],
            "error: headers (flag --header): 'Authorization' is set by the request itself\n",
        ),
        (
            vec!["-H", "Content-Length: 1"],
            "error: headers (flag --header): 'Content-Length' is set by the request itself\n",
        ),
        (
            vec!["-H", "transfer-encoding: chunked"],
            "error: headers (flag --header): 'transfer-encoding' is set by the request itself\n",
        ),
        (vec!["-H", "Host: canary"], "error: headers (flag --header): 'Host' is set by the request itself\n"),
        (
            vec!["-H", "A: 1", "-H", "a: 2"],
            "error: headers (flag --header): 'a' is given twice; where that is meant, a profile says it as a list: NAME: [a, b]\n",
        ),
        (vec!["-s", "a\"canary"], scope),
        (vec!["-s", "a\\canary"], scope),
        (vec!["-s", "canary-ü"], scope),
        (vec!["-s", "a\u{7}canary"], scope),
        (
            vec!["--resource", "https://canary/#f"],
            "error: resource (flag --resource): a resource is a URI without a fragment, which '#' begins (RFC 8707 §2)\n",
        ),
        (vec!["--param", "canary"], "error: flag --param: expected NAME=VALUE\n"),
        (vec!["--param", "=canary"], "error: flag --param: expected NAME=VALUE\n"),
        (
            vec!["--param", "a=1", "--param", "a=canary"],
            "error: params (flag --param): 'a' is given twice (RFC 6749 §3.2); where that is meant, a profile says it as a list: NAME: [a, b]\n",
        ),
        (
            vec!["--param", "grant_type=canary"],
            "error: params (flag --param): 'grant_type' is a reserved protocol name; use --grant-type\n",
        ),
        (
            vec!["--param", "client_secret=canary"],
            "error: params (flag --param): 'client_secret' is a reserved protocol name; use --client-secret\n",
        ),
        (
            vec!["--param", "scope=canary"],
            "error: params (flag --param): 'scope' is a reserved protocol name; use --scope\n",
        ),
        (vec!["--param", "code=canary"], "error: params (flag --param): 'code' is a reserved protocol name\n"),
    ] {
        client_of(server.url()).args(&words).fails(2, expected).stderr_without(["canary"]).run();
    }
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-a", "none", "-i", "a\r\ncanary"])
        .fails(2, "error: client_id (flag --client-id): it holds a control character\n")
        .stderr_without(["canary"])
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn urls_that_could_leak_or_mislead_are_refused_before_any_socket() {
    // F01, S02, S04, T02, Q71. A name would have to be looked up; `.invalid` can only fail there (exit 5), so exit 2 is
    // the proof that nothing was tried.
    let clear = |hint: &str| {
        format!(
            "plain http would send credentials in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])\nhint: {hint}"
        )
    };
    let forwarded = "give the server TLS, or ask it from its own machine, container or pod, or through a forwarded port (kubectl \
                     port-forward, ssh -L), as http://localhost:80/token";
    let user = "it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)";
    let encoded = "it holds a space, a control character or another one that must be percent-encoded";
    let relative = "it is not an absolute URL: expected something like https://login.example.com/token";
    for (url, why) in [
        ("http://idp.invalid/token", &*clear("write https://idp.invalid/token")),
        ("http://127.0.0.1.idp.invalid/token", &clear("write https://127.0.0.1.idp.invalid/token")),
        ("http://localhost.idp.invalid/token", &clear("write https://localhost.idp.invalid/token")),
        ("http://128.0.0.1/token", &clear(forwarded)),
        ("https://user:canary@idp.invalid/token", user),
        ("https://canary@idp.invalid/token", user),
        ("https://idp.invalid/token#frag", "it has a fragment (#…), which a server would never see (RFC 9110 §7.1)"),
        ("ftp://idp.invalid/token", "its scheme is neither https nor http"),
        ("file:///etc/passwd", "its scheme is neither https nor http"),
        ("idp.invalid/token", relative),
        ("https://", "it has no host"),
        ("https:///token", "it has no host"),
        ("https://idp.invalid:99999/", "its host or port is malformed"),
        ("https://idp.invalid:x/", "its host or port is malformed"),
        ("https://idp.invalid/a b", encoded),
        ("https://idp.invalid/a\r\nX: y", "it has more than one line: write the address alone"),
        ("https://bücher.invalid/", "its host is not plain ASCII: write an international name in its xn-- form"),
        ("", relative),
    ] {
        let error = format!("error: token_endpoint (flag --token-endpoint): {why}\n");
        client_of(url).fails(2, error).stderr_without(["canary"]).run();
    }
}

#[test]
fn plain_http_is_for_this_machine_in_all_its_spellings() {
    let server = Server::new();
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3"] {
        let run = client_of(format!("http://{host}:{}/token", server.port()));
        // Only 127.0.0.1 is listened at; what matters is that nothing is refused as insecure.
        let code = if host == "127.1.2.3" { 5 } else { 0 };
        let output = run.args(["--retry", "0"]).any_output().code(code).run();
        assert!(!output.stderr.contains("plain http"), "{host}: {}", output.stderr);
    }
}

#[test]
fn ambient_credentials_are_not_used() {
    // T17: neither netrc nor cookies.
    let server =
        Server::answering_each([status(503, &["Set-Cookie: session=1; Path=/", "Retry-After: 0"], ""), token()]);
    let run = oauth2tok();
    let netrc = run.path_text(".netrc");
    run.file(".netrc", "default login netrc-user password netrc-password\n")
        .file(".curlrc", "user = curlrc:curlrc\n")
        .env("NETRC", netrc)
        .args(["--token-endpoint", &server.url(), "-i", "app", "-a", "none"])
        .prints(TOKEN)
        .run();
    assert_eq!(server.requests().len(), 2);
    for request in server.requests() {
        assert_eq!((request.header("Authorization"), request.header("Cookie")), (None, None), "{request}");
    }
}

#[test]
fn a_long_secret_and_a_long_scope_arrive_whole() {
    let (secret, scope) = ("s".repeat(60_000), "scope".repeat(20_000));
    let server = Server::new();
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-i", "app", "-a", "post", "-s", &scope])
        .env("OAUTH2TOK_CLIENT_SECRET", &secret)
        .prints(TOKEN)
        .run();
    let expected = format!("grant_type=client_credentials&scope={scope}&client_id=app&client_secret={secret}");
    assert!(server.request().body() == expected);
}

#[test]
fn another_grant_goes_out_by_its_name_with_its_parameters_and_needs_no_client() {
    let name = "urn:ietf:params:oauth:grant-type:uma-ticket";
    let words = ["-g", name, "-s", "a", "--audience", "api", "--param", "permission=r1#read"];
    let body =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Auma-ticket&scope=a&audience=api&permission=r1%23read";
    assert_eq!(sent("/token", |run| run.args(words)), head("/token", "", body.len()) + body);
    // A client that is named proves itself as ever.
    let request = sent("/token", |run| run.args(words).args(["-i", "app", "-a", "none"]));
    assert!(request.body().ends_with("permission=r1%23read&client_id=app"), "{}", request.body());
}

#[test]
fn a_grant_that_is_nearly_a_known_one_or_none_at_all_is_refused() {
    for (name, why) in [
        ("pasword", "did you mean password? A name that is nearly a known one is refused"),
        ("client-credentials", "did you mean client_credentials? A name that is nearly a known one is refused"),
        (
            "implicit",
            "the implicit grant has no token request (RFC 6749 §4.2), and must not be used any more (RFC 9700 §2.1.2)",
        ),
        ("my grant", "expected a grant's name: letters, digits and -._, or an absolute URI (RFC 6749 Appendix A.10)"),
    ] {
        oauth2tok()
            .args(["-g", name, "--token-endpoint", "https://127.0.0.1:1/t"])
            .fails(2, format!("error: flag --grant-type: {why}\n"))
            .run();
    }
}
