//! What `introspect`, `revoke` and `userinfo` have in common: where TOKEN comes from, which endpoint is theirs, what bends the
//! rules, and whom nobody asks for their sake.

use std::sync::atomic::{AtomicUsize, Ordering};

use oauth2tok::jose::{Alg, hmac};
use serde_json::{Value, json as value};

use super::harness::browser::{described, in_two_steps, login_server, posted, profile};
use super::harness::jwt::{P256, base64url, fixture, now, sha256};
use super::harness::*;
use super::introspect::{signed, telling};

const ACTIVE: &str = r#"{"active":true}"#;
const PRINTED: &str = "{\"active\":true}\n";

/// A server that revokes whatever comes, and says this of everything else.
fn saying(body: &'static str) -> Server {
    telling(move |request| match request.target() {
        "/revoke" => json(200, ""),
        _ => json(200, body),
    })
}

/// A run as the client `api` of an issuer.
fn api(server: &Server, words: &[&str]) -> Run {
    let run = oauth2tok().args(words).args(["--issuer", &server.origin(), "-i", "api"]);
    run.env("OAUTH2TOK_CLIENT_SECRET", CANARY).env("T", "t0k3n-asked")
}

fn bodies(server: &Server) -> Vec<String> {
    posted(server).iter().map(|request| request.body().to_owned()).collect()
}

fn targets(server: &Server) -> Vec<String> {
    let sent = server.requests().into_iter().filter(|request| !request.contains("/.well-known/"));
    sent.map(|request| request.target().to_owned()).collect()
}

#[test]
fn nobody_ends_the_wrong_token_at_a_terminal() {
    needs_setsid!();
    let server = saying(ACTIVE);
    let terminal = Terminal::open();
    let run = api(&server, &["revoke"]).fails(
        2,
        "error: nothing says which token is to end\n\
         hint: --kept ends the tokens that are kept with these settings; TOKEN is a SECRET, and - asks for it\n",
    );
    terminal.start(run).finish();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_person_is_asked_for_the_token_and_does_not_see_it() {
    needs_setsid!();
    let asks = |run: Run| {
        let mut terminal = Terminal::open();
        let running = terminal.start(run);
        terminal.wait_for("TOKEN");
        terminal.wait_for_no_echo();
        terminal.type_in("t0k3n-asked\n");
        running.finish();
        assert!(!terminal.seen.contains("t0k3n"), "{}", terminal.seen);
    };
    for (words, stdout) in [(&["introspect"][..], PRINTED), (&["introspect", "-"], PRINTED), (&["revoke", "-"], "")] {
        let server = saying(ACTIVE);
        asks(api(&server, words).stdout(stdout));
        assert_eq!(bodies(&server), ["token=t0k3n-asked"]);
    }
    asks(oauth2tok().args(["inspect"]).stdout_with(["opaque"]));
}

#[test]
fn a_token_in_the_clear_warns_and_a_files_name_is_none() {
    for (command, stdout) in [("introspect", PRINTED), ("revoke", "")] {
        let server = saying(ACTIVE);
        let warning = "warning: TOKEN: a token on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or - for stdin\n";
        api(&server, &[command, "t0k3n-asked"]).stdout(stdout).stderr(warning).run();
        api(&server, &[command, "literal:t0k3n-asked"]).stdout(stdout).run();
        api(&server, &[command, "file:kept"]).file("kept", "t0k3n-asked\n").stdout(stdout).run();
        assert_eq!(bodies(&server), ["token=t0k3n-asked"; 3]);
        let count = server.count();
        let told = "error: TOKEN: 'kept' is a file, and no token\n\
                    hint: write file:kept; or literal:kept if that is the token\n";
        api(&server, &[command, "kept"]).file("kept", "t0k3n-asked").fails(2, told).run();
        assert_eq!(server.count(), count);
    }
}

#[test]
fn with_a_certificate_the_aliases_count() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    let file = ca.file("c.pem", &format!("{certificate}{key}"));
    let mutual = Server::tls(ca.mutual(&rustls::version::TLS13), json(200, ACTIVE));
    let alias = |name: &str| format!(r#""{name}_endpoint":"{}""#, mutual.at(&format!("/mtls/{name}")));
    let aliases = format!(r#","mtls_endpoint_aliases":{{{},{}}}"#, alias("introspection"), alias("revocation"));
    let plain = Server::scripted(move |_, request| match request.contains("/.well-known/") {
        true => {
            let own = format!(r#","introspection_endpoint":"{}/introspection""#, request.origin());
            described(&request.origin(), &format!("{own}{aliases}"))
        }
        false => json(200, ACTIVE),
    });
    for (command, name, stdout) in [("introspect", "introspection", PRINTED), ("revoke", "revocation", "")] {
        let (mine, theirs) = (targets(&plain).len(), mutual.count());
        let run = || {
            let run = oauth2tok().args([command, "env:T", "--issuer", &plain.origin(), "-i", "api"]).env("T", "t0k3n");
            run.args(["--cacert", &ca.cacert(), "-a", "tls_client_auth"]).stdout(stdout)
        };
        run().args(["--cert", file.to_str().unwrap()]).run();
        assert_eq!(targets(&plain).len(), mine);
        let sent = &mutual.requests()[theirs..];
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].target(), sent[0].body()), (&*format!("/mtls/{name}"), "token=t0k3n&client_id=api"));
        // Without one the usual endpoint is asked.
        oauth2tok()
            .args([command, "env:T", "--issuer", &plain.origin(), "-i", "api", "-a", "none"])
            .env("T", "t0k3n")
            .stdout(stdout)
            .run();
        assert_eq!((targets(&plain).len(), mutual.count()), (mine + 1, theirs + 1));
    }
}

#[test]
fn an_endpoint_that_the_first_document_lacks_is_looked_for_in_the_other() {
    for (words, name) in [
        (&["introspect", "env:T"][..], "introspection"),
        (&["revoke", "env:T"], "revocation"),
        (&["userinfo"], "userinfo"),
    ] {
        let documents = AtomicUsize::new(0);
        let server = Server::scripted(move |_, request| {
            let origin = request.origin();
            if !request.contains("/.well-known/") {
                return match request.target() {
                    "/token" => token(),
                    _ => json(200, r#"{"active":true,"sub":"x"}"#),
                };
            }
            let own = match documents.fetch_add(1, Ordering::SeqCst) {
                0 => String::new(),
                _ => format!(r#","{name}_endpoint":"{origin}/late""#),
            };
            json(200, &format!(r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token"{own}}}"#))
        });
        api(&server, words).any_stdout().run();
        assert_eq!(targets(&server).last().unwrap(), "/late", "{name}");
    }
}

#[test]
fn an_answer_may_be_signed_with_the_secret_that_both_have() {
    let by = |secret: &'static str| {
        telling(move |request| {
            let claims = value!({
                "iss": request.origin(), "aud": "api", "iat": now(), "sub": "u", "token_introspection": {"active": true}
            });
            let typ = if request.target() == "/userinfo" { "JWT" } else { "token-introspection+jwt" };
            let header = base64url(value!({"alg": "HS256", "typ": typ}).to_string());
            let input = format!("{header}.{}", base64url(claims.to_string()));
            let signature = hmac(Alg::HS256, secret.as_bytes(), input.as_bytes());
            match request.target() {
                "/token" => token(),
                _ => status(200, &["Content-Type: application/jwt"], format!("{input}.{}", base64url(signature))),
            }
        })
    };
    for words in [&["introspect", "env:T", "--jwt-response"][..], &["userinfo"]] {
        let server = by(CANARY);
        api(&server, words).stdout_with(["{"]).any_stderr().run();
        assert!(!targets(&server).contains(&"/jwks".to_owned()));
        let output = api(&by("an0ther-secret-that-nobody-has-got"), words).code(4).any_stderr().run();
        assert!(output.stderr.contains(" is not right: its signature does not hold\n"), "{}", output.stderr);
    }
    // Who has none cannot tell.
    let server = by(CANARY);
    let run = api(&server, &["introspect", "env:T", "--jwt-response", "-a", "none"]).without("OAUTH2TOK_CLIENT_SECRET");
    let output = run.code(4).any_stderr().run();
    let hint = "hint: give the client_secret, or have the server sign with RS256 (introspection_signed_response_alg)\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
}

#[test]
fn a_signed_answer_without_keys_to_check_it_with_is_none() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        if request.contains("/.well-known/") {
            let more = ["introspection", "userinfo"].map(|name| format!(r#","{name}_endpoint":"{origin}/{name}""#));
            return described(&origin, &more.concat());
        }
        let claims = value!({"iss": origin, "aud": "api", "sub": "u", "token_introspection": {"active": true}});
        match request.target() {
            "/token" => token(),
            "/userinfo" => status(200, &["Content-Type: application/jwt"], signed("JWT", &claims)),
            _ => {
                let typ = "token-introspection+jwt";
                status(200, &["Content-Type: application/token-introspection+jwt"], signed(typ, &claims))
            }
        }
    });
    for (words, name) in
        [(&["introspect", "env:T", "--jwt-response"][..], "introspection"), (&["userinfo"], "userinfo")]
    {
        let told = format!(
            "error: the signed answer of http://127.0.0.1:[PORT]/{name} is not right: its signature cannot be checked: no \
             jwks_uri is known\n\
             hint: --jwks-uri URL, or jwks_uri: URL in a profile, says where the keys are\n"
        );
        api(&server, words).fails(4, told).run();
    }
}

#[test]
fn what_bends_the_rules_is_an_answer_unless_that_is_strict() {
    let server = telling(|request| match request.target() {
        "/token" => token(),
        "/revoke" => status(204, &[], ""),
        _ => status(200, &["Content-Type: text/plain"], r#"{"active":true,"sub":"u"}"#),
    });
    let type_is = "the Content-Type is 'text/plain' instead of application/json";
    for (words, stdout, bend) in [
        (&["introspect", "env:T"][..], "{\"active\":true,\"sub\":\"u\"}\n", format!("{type_is} (RFC 7662 §2.2)")),
        (&["userinfo"], "{\"active\":true,\"sub\":\"u\"}\n", format!("{type_is} (OpenID Connect Core §5.3.2)")),
        (&["revoke", "env:T"], "", "the status is 204 instead of 200 (RFC 7009 §2.2)".to_owned()),
    ] {
        api(&server, words).stdout(stdout).stderr("").run();
        api(&server, words).args(["-v"]).stdout(stdout).stderr_with([bend.as_str()]).run();
        api(&server, words).args(["--strict"]).fails_with(4, [bend.as_str()]).run();
    }
}

#[test]
fn a_dry_run_shows_secrets_where_that_is_wanted() {
    let server = saying(ACTIVE);
    for (command, name) in [("introspect", "introspection"), ("revoke", "revocation")] {
        let words = [command, "env:T", "--dry-run", &format!("--{name}-endpoint"), &server.at("/x"), "-a", "post"];
        let masked = api(&server, &words).any_stdout().run().stdout;
        assert!(masked.ends_with("\n\ntoken=***&client_id=api&client_secret=***\n"), "{masked}");
        let shown = api(&server, &words).args(["--show-secrets"]).any_output().run();
        assert!(shown.stdout.contains("\n\ntoken=t0k3n-asked&client_id=api&client_secret=c4n"), "{}", shown.stdout);
    }
    let words = ["introspect", "env:T", "--dry-run", "--introspection-endpoint", &server.at("/x"), "--bearer", "env:B"];
    let shown = api(&server, &words).env("B", "b34rer").args(["--show-secrets"]).any_output().run();
    assert!(shown.stdout.contains("\nAuthorization: Bearer b34rer\n"), "{}", shown.stdout);
    assert_eq!(server.connections(), 0);
}

#[test]
fn userinfo_proves_the_key_that_its_token_is_bound_to() {
    let asked = AtomicUsize::new(0);
    let server = telling(move |request| match request.target() {
        "/userinfo" => match asked.fetch_add(1, Ordering::SeqCst) {
            0 => status(401, &[r#"WWW-Authenticate: DPoP error="use_dpop_nonce""#, "DPoP-Nonce: n-1"], ""),
            _ => json(200, r#"{"sub":"u"}"#),
        },
        _ => json(200, r#"{"access_token":"tok-1","token_type":"DPoP","expires_in":60}"#),
    });
    api(&server, &["userinfo", "--dpop"]).stdout("{\"sub\":\"u\"}\n").run();
    assert_eq!(targets(&server), ["/token", "/userinfo", "/userinfo"]);
    let sent: Vec<_> = server.requests().into_iter().filter(|request| request.target() == "/userinfo").collect();
    let proofs: Vec<_> = sent.iter().map(|request| Jwt::of(request.header("dpop").unwrap())).collect();
    for (request, proof) in sent.iter().zip(&proofs) {
        assert_eq!(request.header("authorization"), Some("DPoP tok-1"));
        let place = (&proof.claims["htm"], &proof.claims["htu"], &proof.claims["ath"]);
        assert_eq!(place, (&"GET".into(), &server.at("/userinfo").into(), &sha256("tok-1").into()));
    }
    assert_eq!((&proofs[0].claims["nonce"], &proofs[1].claims["nonce"]), (&Value::Null, &"n-1".into()));
}

#[test]
fn userinfo_asks_for_one_new_token_and_goes_on_within_the_origin() {
    let server = telling(|request| match (request.target(), request.header("authorization")) {
        ("/token", _) => token_of("tok-1"),
        _ => status(401, &[], ""),
    });
    api(&server, &["userinfo"]).fails_with(8, ["the userinfo endpoint answered GET with HTTP 401"]).run();
    assert_eq!(targets(&server), ["/token", "/userinfo", "/token", "/userinfo"]);
    let server = telling(|request| match request.target() {
        "/token" => token_of("tok-1"),
        "/userinfo" => status(307, &["Location: /moved"], ""),
        _ => json(200, r#"{"sub":"u"}"#),
    });
    api(&server, &["userinfo"]).stdout("{\"sub\":\"u\"}\n").run();
    assert_eq!(targets(&server), ["/token", "/userinfo", "/moved"]);
}

/// A server whose endpoint for revocation answers so by the kind of token; its tokens are `tok-1`.
fn revoking(refresh: fn() -> Answer, access: fn() -> Answer) -> Server {
    login_server("", move |_, request| match (request.target(), request.field("token_type_hint").as_deref()) {
        ("/revoke", Some("refresh_token")) => refresh(),
        ("/revoke", _) => access(),
        _ => token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#),
    })
}

fn unsupported() -> Answer {
    json(400, r#"{"error":"unsupported_token_type"}"#)
}

fn done() -> Answer {
    json(200, "")
}

#[test]
fn a_login_whose_access_tokens_cannot_be_revoked_has_ended_with_its_refresh_token() {
    let server = revoking(done, unsupported);
    let run = profile(&server, "");
    in_two_steps(&run, &["-p", "p", "-q"]).0.run();
    run.clone()
        .args(["revoke", "-p", "p", "--kept"])
        .fails(
            3,
            "error: the login has ended and is forgotten here; its access token is good until it ends by itself\n\
             caused by: http://127.0.0.1:[PORT]/revoke refused client 'app' (none, HTTP 400)\n\
             caused by: unsupported_token_type\n\
             caused by: not revoked: access_token\n",
        )
        .run();
    run.args(["-p", "p"]).code(9).any_output().run();
}

#[test]
fn an_access_token_that_has_ended_is_handed_to_nobody() {
    for refresh in [unsupported, || json(503, "")] {
        let server = revoking(refresh, done);
        let run = profile(&server, "");
        in_two_steps(&run, &["-p", "p", "-q"]).0.run();
        let revoke = || run.clone().args(["revoke", "-p", "p", "--kept", "--retry", "0"]).code_in(&[3, 6]).any_stderr();
        let told = revoke().run().stderr;
        assert!(told.contains("caused by: not revoked: refresh_token\n"), "{told}");
        // It stays, to try again.
        assert_eq!(revoke().run().stderr, told);
        let count = posted(&server).len();
        run.args(["-p", "p"]).prints("tok-1").run();
        let last = posted(&server).pop().unwrap();
        assert_eq!((posted(&server).len(), last.field("grant_type").as_deref()), (count + 1, Some("refresh_token")));
    }
}

#[test]
fn no_platform_is_asked_for_what_is_not_sent() {
    let platform = Server::answering(json(200, r#"{"value":"e30.e30.aWRlbnRpdHk"}"#));
    let server = telling(|request| match request.target() {
        "/token" => token_with("tok-1", r#","expires_in":3600"#),
        _ => json(200, ACTIVE),
    });
    let home = home();
    let run = |words: &[&str]| {
        let run = api(&server, words).at_home(&home).args(["-g", "jwt-bearer", "--assertion", "github:api"]);
        run.env("ACTIONS_ID_TOKEN_REQUEST_URL", platform.url()).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "j0b")
    };
    run(&["introspect", "env:T"]).stdout(PRINTED).run();
    run(&["revoke", "env:T"]).run();
    // Nor is there need of one.
    run(&["introspect", "env:T"]).without("ACTIONS_ID_TOKEN_REQUEST_URL").stdout(PRINTED).run();
    assert_eq!(platform.connections(), 0);
    run(&["--cache"]).prints("tok-1").run();
    assert_eq!(platform.count(), 1);
    run(&["revoke", "--kept"]).run();
    assert_eq!(targets(&server).last().unwrap(), "/revoke");
    assert_eq!(platform.count(), 1);
    // Who the client is has to be said.
    let run = api(&server, &["introspect", "env:T", "--client-assertion", "github:api"]);
    run.without("OAUTH2TOK_CLIENT_SECRET")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", platform.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "j0b")
        .stdout(PRINTED)
        .run();
    assert_eq!(platform.count(), 2);
}

#[test]
fn what_a_token_was_traded_for_or_is_bound_to_says_where_it_is_kept() {
    let server = telling(|request| match request.target() {
        "/token" => {
            let kind = if request.header("dpop").is_some() { "DPoP" } else { "Bearer" };
            json(200, &format!(r#"{{"access_token":"tok-1","token_type":"{kind}","expires_in":3600}}"#))
        }
        _ => json(200, ""),
    });
    for words in [
        &["-g", "jwt-bearer", "--assertion", "env:A"][..],
        &["-g", "jwt-bearer", "--assertion", "command:echo e30.e30.YQ"],
        &["-g", "token-exchange", "--subject-token", "env:A", "--subject-token-type", "jwt"],
        &["--dpop", "--dpop-key", "env:KEY", "-q"],
    ] {
        let home = home();
        let run = |first: &[&str]| {
            let run = api(&server, first).at_home(&home).args(words).env("A", "e30.e30.YQ").any_stderr();
            run.env("KEY", fixture(P256))
        };
        run(&["--cache"]).prints("tok-1").run();
        run(&["revoke", "--kept"]).run();
        let sent = posted(&server).pop().unwrap();
        assert_eq!((sent.target(), sent.field("token").as_deref()), ("/revoke", Some("tok-1")), "{words:?}");
        run(&["--cache"]).prints("tok-1").run();
        assert_eq!(targets(&server).last().unwrap(), "/token", "{words:?}");
        let cleared = run(&["cache", "clear", "-v"]).run();
        assert!(cleared.stderr.contains("the kept token is forgotten"), "{words:?}: {}", cleared.stderr);
    }
}
