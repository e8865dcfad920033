//! Tokens that somebody else made: where they come from, when they are read, what is told of them.

use super::harness::jwt::{now, unsigned};
use super::harness::*;

/// A client whose assertion comes from `source`.
fn asserting(server: &Server, source: &str) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "--client-assertion", source])
}

/// A command that prints another token each time, and counts: `t-1`, `t-2`, ….
fn counting(run: Run) -> Run {
    run.file("count.sh", "echo x >> count; echo t-$(wc -l < count | tr -d ' ')\n")
}

fn readings(run: &Run) -> usize {
    std::fs::read_to_string(run.path("count")).unwrap_or_default().lines().count()
}

const COUNT: &str = "command:sh count.sh";

#[test]
fn one_that_is_given_is_private_key_jwt_and_goes_out_as_it_is() {
    let server = Server::new();
    asserting(&server, "env:A").env("A", "r3ady").prints(TOKEN).run();
    let request = server.request();
    assert_eq!(
        request.body(),
        "grant_type=client_credentials&client_id=ci&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=r3ady"
    );
    assert_eq!(request.header("Authorization"), None);
    asserting(&server, "env:A")
        .env("A", "r3ady")
        .env("OAUTH2TOK_CLIENT_ASSERTION_TYPE", "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
        .prints(TOKEN)
        .run();
    let spiffe = server.requests().pop().unwrap();
    assert_eq!(
        spiffe.field("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
    );
}

#[test]
fn a_second_proof_is_refused() {
    let server = Server::new();
    asserting(&server, "env:A")
        .env("A", "r3ady")
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .fails(
            2,
            "error: client_secret (env OAUTH2TOK_CLIENT_SECRET) does not go with auth method private_key_jwt\nhint: leave the secret out, or choose client_secret_basic, client_secret_post or client_secret_jwt\n",
        )
        .run();
    asserting(&server, "env:A")
        .env("A", "r3ady")
        .args(["-a", "post"])
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .fails(
            2,
            "error: client_assertion (flag --client-assertion) does not go with auth method client_secret_post\nhint: leave the secret out, or choose private_key_jwt\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn white_space_around_is_stripped_and_all_of_it_is_read() {
    for (text, sent) in [("\n  a.b.c \r\n\n", "a.b.c"), ("several\n lines\n", "several\n lines"), ("a.b.c", "a.b.c")] {
        for source in ["env:A", "file:~/a", "command:cat a", "stdin"] {
            let server = Server::new();
            asserting(&server, source).env("A", text).file("a", text).stdin(text).prints(TOKEN).stderr_with([""]).run();
            assert_eq!(server.request().field("client_assertion").as_deref(), Some(sent), "{source}");
        }
    }
    let server = Server::new();
    asserting(&server, "file:~/a").file("a", " \n").fails_with(2, ["error: cannot read client_assertion from "]).run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_source_is_read_anew_for_every_request_that_goes_out() {
    let server =
        Server::answering_each([status(503, &["Retry-After: 0"], ""), status(429, &["Retry-After: 0"], ""), token()]);
    let run = counting(asserting(&server, COUNT)).prints(TOKEN);
    run.clone().run();
    let sent: Vec<_> = server.requests().iter().map(|r| r.field("client_assertion").unwrap()).collect();
    assert_eq!(sent, ["t-1", "t-2", "t-3"]);
    assert_eq!(readings(&run), 3);
    // A file that a sidecar renews.
    let home = home();
    let path = home.path().join("token");
    std::fs::write(&path, "old\n").unwrap();
    let renewed = path.clone();
    let server = Server::scripted(move |number, _| match number {
        1 => {
            std::fs::write(&renewed, "new\n").unwrap();
            status(503, &["Retry-After: 0"], "")
        }
        _ => token(),
    });
    asserting(&server, "file:~/token").at_home(&home).prints(TOKEN).run();
    let sent: Vec<_> = server.requests().iter().map(|r| r.field("client_assertion").unwrap()).collect();
    assert_eq!(sent, ["old", "new"]);
}

#[test]
fn what_can_be_read_once_is_kept() {
    for source in ["stdin", "-", "fd:7"] {
        let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), token()]);
        asserting(&server, source)
            .file("a", "once\n")
            .stdin("once\n")
            .by(["sh", "-c", "exec \"$0\" \"$@\" 7<a"])
            .prints(TOKEN)
            .run();
        let sent: Vec<_> = server.requests().iter().map(|r| r.field("client_assertion").unwrap()).collect();
        assert_eq!(sent, ["once", "once"]);
    }
}

#[test]
fn each_of_the_four_is_read_anew_and_other_secrets_are_not() {
    let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), token()]);
    let run = counting(
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-g", "token-exchange", "-i", ID, "--subject-token", COUNT])
            .args(["--client-secret", "command:sh secret.sh"])
            .file("secret.sh", "echo x >> secrets; echo s3cret-of-ci\n")
            .config("defaults: { actor_token: 'command:cat actor' }\nprofiles: { p: { actor_token: 'command:cat actor' } }\n")
            .file("actor", "a-1\n")
            .args(["-p", "p"]),
    );
    let run = run.stdout(format!("{TOKEN}\n")).stderr_with([""]);
    run.clone().run();
    let sent: Vec<_> = server.requests().iter().map(|r| r.field("subject_token").unwrap()).collect();
    assert_eq!(sent, ["t-1", "t-2"]);
    assert_eq!(server.requests()[1].field("actor_token").as_deref(), Some("a-1"));
    assert_eq!(std::fs::read_to_string(run.path("secrets")).unwrap().lines().count(), 1);
}

#[test]
fn the_reading_that_the_cache_needed_serves_the_first_request() {
    let server = Server::new();
    let home = home();
    let run = || counting(asserting(&server, COUNT).at_home(&home)).args(["--cache"]).prints(TOKEN);
    run().run();
    assert_eq!(readings(&run()), 1);
    assert_eq!(server.request().field("client_assertion").as_deref(), Some("t-1"));
}

#[test]
fn one_that_has_expired_goes_out_with_a_warning_and_the_server_judges() {
    let of = |claims: serde_json::Value| unsigned(&claims);
    for (variable, name, words) in [
        ("OAUTH2TOK_CLIENT_ASSERTION", "client_assertion", &["-i", ID][..]),
        ("OAUTH2TOK_ASSERTION", "assertion", &["-g", "jwt-bearer"]),
        ("OAUTH2TOK_SUBJECT_TOKEN", "subject_token", &["-g", "token-exchange"]),
    ] {
        let server = Server::answering(token_with(
            TOKEN,
            r#","expires_in":3600,"issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#,
        ));
        let run = || oauth2tok().args(["--token-endpoint", &server.url()]).args(words);
        let expired = of(serde_json::json!({ "exp": now() - 90, "iss": "x" }));
        let output = run().env(variable, &expired).stdout(format!("{TOKEN}\n")).stderr_with([""]).run();
        let told = |seconds: i64| {
            format!("warning: {name} expired 1m {seconds}s ago; it is sent as it is, and the server judges\n")
        };
        assert!((30..45).any(|seconds| output.stderr == told(seconds)), "{}", output.stderr);
        assert_eq!(server.requests()[0].field(name), Some(expired));
        // One that has not, one that does not say, and what is no JWT.
        for fine in [of(serde_json::json!({ "exp": now() + 60 })), of(serde_json::json!({})), "opaque".to_owned()] {
            run().env(variable, fine).prints(TOKEN).run();
        }
    }
}

#[test]
fn an_assertion_of_saml_is_encoded_if_it_is_xml() {
    use super::harness::jwt::base64url;
    let xml =
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\n <x>é?&gt;</x>\n</saml:Assertion>";
    for (text, sent) in [
        (format!("  {xml}\n"), base64url(xml)),
        (format!("\u{feff}{xml}"), base64url(xml)),
        (base64url(xml), base64url(xml)),
        ("PHNhbWw+Cg==".to_owned(), "PHNhbWw+Cg==".to_owned()),
    ] {
        let server = Server::new();
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-g", "saml2-bearer", "--assertion", "file:~/a"])
            .file("a", &text)
            .stdout(format!("{TOKEN}\n"))
            .stderr_with([""])
            .run();
        let request = server.request();
        assert_eq!(request.field("assertion"), Some(sent.clone()));
        assert_eq!(request.field("grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:saml2-bearer"));
        // As a token that is exchanged, and as a client's proof too.
        let server = Server::new();
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-g", "token-exchange", "--subject-token", "file:~/a"])
            .args(["--subject-token-type", "saml2"])
            .file("a", &text)
            .stdout(format!("{TOKEN}\n"))
            .stderr_with([""])
            .run();
        assert_eq!(server.request().field("subject_token"), Some(sent.clone()));
        let server = Server::new();
        asserting(&server, "file:~/a")
            .env("OAUTH2TOK_CLIENT_ASSERTION_TYPE", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
            .file("a", &text)
            .stdout(format!("{TOKEN}\n"))
            .stderr_with([""])
            .run();
        assert_eq!(server.request().field("client_assertion"), Some(sent));
    }
    let server = Server::new();
    oauth2tok()
        .args(["--token-endpoint", &server.url(), "-g", "saml2-bearer"])
        .fails(
            2,
            "error: assertion (the saml2-bearer grant needs it) is missing\nhint: give --assertion file:PATH, env:NAME, command:CMD or github:AUDIENCE, OAUTH2TOK_ASSERTION or assertion in a profile\n",
        )
        .run();
}

/// The credential of a job.
const JOB: &str = "j0b-credential-4711";

/// What GitHub gives the job.
fn identity(n: usize) -> String {
    unsigned(&serde_json::json!({ "iss": "https://token.actions.githubusercontent.com", "n": n, "exp": now() + 300 }))
}

/// GitHub and an identity server in one.
fn github(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Server::scripted(move |_, request| match request.method() {
        "GET" => answer(asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1),
        _ => token(),
    })
}

fn gives() -> Server {
    github(|n| json(200, &format!(r#"{{"count":1,"value":"{}"}}"#, identity(n))))
}

fn job(server: &Server, source: &str) -> Run {
    asserting(server, source)
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", server.at("/id?api-version=2.0"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB)
}

#[test]
fn github_is_asked_with_the_jobs_credential_and_nothing_else() {
    for (source, target) in [
        ("github:api://AzureADTokenExchange", "/id?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"),
        ("github:a b&c", "/id?api-version=2.0&audience=a%20b%26c"),
        ("github:", "/id?api-version=2.0"),
    ] {
        let server = gives();
        job(&server, source).args(["-H", "X-Other: 1", "-H", "Cookie: a=b"]).prints(TOKEN).run();
        let [asked, sent] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
        assert_eq!((asked.method(), asked.target()), ("GET", target));
        let headers: Vec<_> = asked
            .headers()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host") && !name.eq_ignore_ascii_case("user-agent"))
            .map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()))
            .collect();
        assert_eq!(
            headers,
            [
                format!("authorization: bearer {JOB}"),
                "accept: application/json; api-version=2.0".to_owned(),
                "accept-encoding: identity".to_owned(),
            ]
        );
        assert_eq!(Jwt::of_client(sent).claims["n"], 1);
        assert!(!sent.contains(JOB));
        assert_eq!(sent.header("X-Other"), Some("1"));
    }
}

#[test]
fn no_command_inherits_the_credential_that_a_job_asks_with() {
    let server = gives();
    let home = home();
    let run = oauth2tok().at_home(&home).args(["exec", "--token-endpoint", &server.url(), "-i", ID]);
    let run = run
        .args(["-a", "private_key_jwt"])
        .file("o.yaml", "defaults: { actor_token: 'command:sh keep.sh helper' }")
        .args(["--config", "o.yaml", "--signing-alg", "ES256", "--signer", "sh sign.sh"])
        .args(["-g", "token-exchange", "--subject-token", "github:", "--", "sh", "-c", "env > exec"])
        .file("keep.sh", "env > $1; echo t")
        .file("sign.sh", "env > signer; head -c 64 /dev/zero")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", server.at("/id?api-version=2.0"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB);
    let paths = ["helper", "signer", "exec"].map(|name| run.path(name));
    run.run();
    for path in paths {
        let variables = std::fs::read_to_string(&path).unwrap();
        assert!(variables.contains("ACTIONS_ID_TOKEN_REQUEST_URL="), "{path:?}");
        assert!(!variables.contains("ACTIONS_ID_TOKEN_REQUEST_TOKEN") && !variables.contains(JOB), "{path:?}");
    }
}

#[test]
fn github_is_asked_again_for_every_request_and_in_its_own_retries() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let posted = std::sync::atomic::AtomicUsize::new(0);
    let next = |counter: &std::sync::atomic::AtomicUsize| counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
    let server = Server::scripted(move |_, request| match request.method() {
        "GET" => match next(&asked) {
            1 => status(503, &["Retry-After: 0"], ""),
            n => json(200, &format!(r#"{{"value":"{}"}}"#, identity(n))),
        },
        _ => match next(&posted) {
            1 => status(503, &["Retry-After: 0"], ""),
            _ => token(),
        },
    });
    job(&server, "github:x").prints(TOKEN).run();
    let methods: Vec<_> = server.requests().iter().map(|request| request.method().to_owned()).collect();
    assert_eq!(methods, ["GET", "GET", "POST", "GET", "POST"]);
    let sent: Vec<_> = server.requests().iter().filter_map(|r| r.field("client_assertion")).collect();
    let n = |text: &str| Jwt::of(text).claims["n"].clone();
    assert_eq!([n(&sent[0]), n(&sent[1])], [2, 3]);
}

#[test]
fn what_github_says_no_with_is_told_and_nothing_is_sent() {
    let permission =
        "give the job 'permissions: id-token: write'; a pull request from a fork gets no such token whatever it says";
    let way = "-v shows what came; a proxy on the way may have said it";
    let place = "http://127.0.0.1:1/";
    for (answer, code, why, hint) in [
        (status(403, &[], ""), 2, "GitHub refuses the job its identity token (HTTP 403)", permission),
        (status(401, &[], ""), 2, "GitHub refuses the job its identity token (HTTP 401)", permission),
        (
            status(302, &[&format!("Location: {place}")], ""),
            2,
            "GitHub gave no identity token: it redirects, which is not followed (HTTP 302)",
            way,
        ),
        (status(404, &[], ""), 2, "GitHub gave no identity token: there is nothing at that URL (HTTP 404)", way),
        (json(200, r#"{"value":"n0-jwt"}"#), 2, "GitHub gave no identity token: its 'value' is no JWT (HTTP 200)", way),
        (
            json(200, r#"{"valve":"x"}"#),
            2,
            "GitHub gave no identity token: it has no text as its 'value' (HTTP 200)",
            way,
        ),
        (html(200, "<p>log in"), 2, "GitHub gave no identity token: it is a web page (HTTP 200)", way),
        (status(400, &[], ""), 2, "GitHub gave no identity token: it does not understand the request (HTTP 400)", way),
        (
            status(429, &["Retry-After: 0"], ""),
            6,
            "GitHub gives no identity tokens now (HTTP 429), attempt 3 of 3",
            "try again later",
        ),
        (
            status(503, &["Retry-After: 0"], ""),
            6,
            "GitHub gives no identity tokens now (HTTP 503), attempt 3 of 3",
            "try again later",
        ),
        (status(500, &[], ""), 6, "GitHub gives no identity tokens now (HTTP 500)", "try again later"),
    ] {
        let server = github(move |_| answer.clone());
        job(&server, "github:x").fails(code, format!("error: {why}\nhint: {hint}\n")).run();
        assert!(server.requests().iter().all(|request| request.method() == "GET"), "{why}");
    }
}

#[test]
fn a_github_that_is_not_reached_is_no_fault_of_the_job() {
    let server = Server::new();
    let (_held, port) = server::closed_port();
    job(&server, "github:x")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("http://127.0.0.1:{port}/id"))
        .args(["--retry", "0"])
        .fails_with(5, ["error: cannot connect to 127.0.0.1:"])
        .run();
    assert_eq!(server.count(), 0);
}

#[test]
fn variables_of_no_job_are_refused_before_anything_is_sent() {
    let server = gives();
    let permission =
        "give the job 'permissions: id-token: write'; a pull request from a fork gets no such token whatever it says";
    for name in ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"] {
        for run in [job(&server, "github:x").without(name), job(&server, "github:x").env(name, "")] {
            run.fails(
                2,
                format!(
                    "error: {name} is not set: this is no job of GitHub Actions that may ask for its identity token\nhint: {permission}\n"
                ),
            )
            .run();
        }
    }
    let own = "both variables are the job's own: leave them as GitHub sets them";
    for (url, why) in [
        ("http://github.example/id", "it is plain http to another machine"),
        ("https://u:p@127.0.0.1/id", "a user name or password in a URL is refused"),
        ("nonsense", "it is no absolute URL"),
    ] {
        let run = job(&server, "github:x").env("ACTIONS_ID_TOKEN_REQUEST_URL", url);
        if why.starts_with("it is plain") {
            run.fails(2, format!("error: ACTIONS_ID_TOKEN_REQUEST_URL cannot be used: {why}\nhint: {own}\n")).run();
        } else {
            run.fails_with(2, ["error: ACTIONS_ID_TOKEN_REQUEST_URL cannot be used: "]).run();
        }
    }
    // Metadata is not asked for either.
    oauth2tok()
        .args(["--issuer", &server.origin(), "-i", ID, "--client-assertion", "github:x"])
        .fails_with(2, ["error: ACTIONS_ID_TOKEN_REQUEST_URL is not set"])
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn neither_the_jobs_credential_nor_its_token_is_shown() {
    for answer in [token(), json(400, r#"{"error":"invalid_client"}"#)] {
        for flags in [&["-v"][..], &["-v", "-o", "json"], &["-v", "--error-format", "json"]] {
            let answer = answer.clone();
            let server = Server::scripted(move |_, request| match request.method() {
                "GET" => json(200, &format!(r#"{{"value":"{}"}}"#, identity(1))),
                _ => answer.clone(),
            });
            let output = job(&server, "github:x").args(flags).any_end().run();
            let sent = server.requests()[1].field("client_assertion").unwrap();
            for secret in [JOB, &sent, sent.split('.').nth(1).unwrap()] {
                assert!(!output.stderr.contains(secret) && !output.stdout.contains(secret), "{}", output.stderr);
            }
        }
    }
}

#[test]
fn a_hit_does_not_ask_github_and_another_job_is_a_miss() {
    let server = gives();
    let home = home();
    let run = || job(&server, "github:x").at_home(&home).args(["--cache"]).prints(TOKEN);
    let asked = || server.requests().iter().filter(|request| request.method() == "GET").count();
    run().run();
    run().run();
    assert_eq!((asked(), server.count()), (1, 2));
    run().env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "an0ther-job").run();
    assert_eq!(asked(), 2);
}

#[test]
fn github_is_asked_by_its_own_rules_of_tls() {
    let ca = Ca::new("Test CA");
    let give = |_: usize, request: &Request| match request.method() {
        "GET" => json(200, &format!(r#"{{"value":"{}"}}"#, identity(1))),
        _ => token(),
    };
    let (platform, server) = (Server::tls_scripted(ca.server(), give), Server::new());
    let run = || job(&server, "github:x").env("ACTIONS_ID_TOKEN_REQUEST_URL", platform.at("/id"));
    run().env("SSL_CERT_FILE", ca.cacert()).prints(TOKEN).run();
    for words in [&["--insecure", "-q"][..], &["--cacert", &ca.cacert()]] {
        run().args(words).args(["--retry", "0"]).fails_with(5, ["error: "]).run();
    }
    assert_eq!(server.count(), 1);
    assert_eq!(platform.count(), 1);
}

/// A command may run for longer than any assertion lives.
#[cfg(unix)]
#[test]
fn a_token_file_is_renewed_with_what_the_source_gives_then() {
    let lives = |token: &str, seconds: u32| {
        json(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#))
    };
    let server = Server::answering_each([lives("first", 4), lives("second", 3600)]);
    let home = home();
    let run = oauth2tok().at_home(&home).file("assertion", "at-the-start\n").env("OAUTH2TOK_CACHE", "1");
    let source = format!("file:{}", run.path_text("assertion"));
    let url = server.url();
    let wanted = ["--token-endpoint", &*url, "-i", "ci", "--client-assertion", &*source];
    run.clone().args(wanted).prints("first").run();
    let wait =
        "echo later > \"$HOME/assertion\"; while test \"$(cat \"$BEARER_TOKEN_FILE\")\" = first; do sleep 0.1; done";
    run.args(["exec", "--token-file"]).args(wanted).args(["--", "sh", "-c", wait]).any_output().code(0).run();
    let sent: Vec<_> = server.requests().iter().filter_map(|request| request.field("client_assertion")).collect();
    assert_eq!(sent, ["at-the-start", "later"]);
}
