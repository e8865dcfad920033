//! Assertions that are made here: what they hold, for whom they are, how they are signed, and which settings go with them.

use super::harness::jwt::{self, ED25519, P256, P384, RSA, RSA_PSS, fixture, fixture_path, now};
use super::harness::*;

/// A client that signs with this fixture.
fn signing(server: &Server, key: &str) -> Run {
    of(server).env("TEST_KEY", fixture(key)).args(["--signing-key", "env:TEST_KEY"])
}

/// A client whose method is `private_key_jwt`, without a key.
fn of(server: &Server) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", "private_key_jwt"])
}

/// A grant that trades what is made, for a client of this fixture's.
fn bearer(server: &Server, key: &str) -> Run {
    oauth2tok()
        .args([
            "--token-endpoint",
            &server.url(),
            "-g",
            "jwt-bearer",
            "-i",
            ID,
            "-a",
            "none",
            "--assertion-subject",
            "alice",
        ])
        .env("TEST_KEY", fixture(key))
        .args(["--signing-key", "env:TEST_KEY"])
}

/// The one assertion of a run that succeeds.
#[track_caller]
fn sent(run: impl FnOnce(&Server) -> Run) -> Jwt {
    let server = Server::new();
    run(&server).prints(TOKEN).run();
    Jwt::of_client(&server.request())
}

#[test]
fn a_client_is_named_and_says_in_what_form_it_proves_that() {
    let server = Server::new();
    signing(&server, P256).args(["-s", "read"]).prints(TOKEN).run();
    let request = server.request();
    let assertion = request.field("client_assertion").unwrap();
    assert_eq!(
        request.body(),
        format!(
            "grant_type=client_credentials&scope=read&client_id=ci&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
        )
    );
    assert_eq!(request.header("Authorization"), None);
    assert!(!assertion.contains('='), "{assertion}");
}

#[test]
fn header_and_claims_stand_in_their_order_and_are_dated_back() {
    let before = now();
    let jwt = sent(|server| signing(server, P256));
    let after = now();
    jwt.is_signed_by(P256);
    assert_eq!(jwt.header_text, r#"{"alg":"ES256","typ":"JWT"}"#);
    assert_eq!(jwt.claim_names(), ["iss", "sub", "aud", "iat", "exp", "jti"]);
    assert_eq!((&jwt.claims["iss"], &jwt.claims["sub"]), (&"ci".into(), &"ci".into()));
    assert!((before - 5..=after - 5).contains(&jwt.time("iat")), "{} at {before}", jwt.claims);
    assert_eq!(jwt.time("exp"), jwt.time("iat") + 60);
    let id = jwt.claims["jti"].as_str().unwrap();
    assert_eq!(jwt::from_base64url(id).len(), 16);
}

#[test]
fn each_kind_of_key_has_its_algorithm_and_signs_with_the_others_that_fit() {
    for (key, default, others) in [
        (RSA, "RS256", &["RS384", "RS512", "PS256", "PS384", "PS512"][..]),
        (RSA_PSS, "PS256", &["PS384", "PS512"]),
        ("keys/rsa-3072.pem", "RS256", &["PS512"]),
        (P256, "ES256", &[]),
        (P384, "ES384", &[]),
        (ED25519, "EdDSA", &["Ed25519"]),
    ] {
        let jwt = sent(|server| signing(server, key));
        assert_eq!(jwt.header["alg"], default, "{key}");
        jwt.is_signed_by(key);
        for alg in others {
            let jwt = sent(|server| signing(server, key).args(["--signing-alg", alg]));
            assert_eq!(jwt.header["alg"], *alg, "{key}");
            jwt.is_signed_by(key);
        }
    }
}

#[test]
fn an_algorithm_that_does_not_fit_is_refused() {
    for (key, kind, algs) in [
        (RSA, "RSA", &["ES256", "EdDSA"][..]),
        (RSA_PSS, "RSA-PSS", &["RS256", "RS512"]),
        (P256, "P-256", &["ES384", "ES512", "RS256", "PS256", "Ed25519"]),
        (P384, "P-384", &["ES256"]),
        (ED25519, "Ed25519", &["ES256"]),
    ] {
        for alg in algs {
            refused_at(
                |server| signing(server, key).args(["--signing-alg", alg]),
                &format!(
                    "error: signing_alg (flag --signing-alg): {alg} does not go with the signing key, which is {kind}\nhint: leave --signing-alg out, or give one that fits\n"
                ),
            );
        }
    }
    refused_at(
        |server| signing(server, P256).args(["--signing-alg", "HS256"]),
        "error: signing_alg (flag --signing-alg): HS256 does not go with a private key\n",
    );
}

#[test]
fn a_jwk_says_its_algorithm_and_its_id_and_settings_count_more() {
    let jwk = |more: &str| {
        let public = jwt::public(P256);
        let (x, y) = public[1..].split_at(32);
        let [x, y] = [x, y].map(jwt::base64url);
        let d = jwt::base64url(private_scalar());
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"{d}"{more}}}"#)
    };
    let jwt = sent(|server| of(server).env("K", jwk(r#","kid":"k1","alg":"ES256""#)).args(["--signing-key", "env:K"]));
    assert_eq!(jwt.header_text, r#"{"alg":"ES256","typ":"JWT","kid":"k1"}"#);
    jwt.is_signed_by(P256);
    let named = |id: &str| {
        sent(|server| of(server).env("K", jwk(r#","kid":"k1""#)).args(["--signing-key", "env:K", "--key-id", id]))
    };
    assert_eq!(named("k2").header["kid"], "k2");
    assert_eq!(named("thumbprint").header["kid"], jwt::thumbprint(P256));
}

/// The private number of the key on P-256: SEC1's, behind its version.
fn private_scalar() -> Vec<u8> {
    let der = jwt::der_of(&fixture("ec.sec1.pem"));
    der[7..39].to_vec()
}

#[test]
fn a_thumbprint_is_that_of_rfc_7638_whatever_the_key() {
    for key in [RSA, RSA_PSS, P256, P384, ED25519] {
        let jwt = sent(|server| signing(server, key).args(["--key-id", "thumbprint"]));
        assert_eq!(jwt.header["kid"], jwt::thumbprint(key), "{key}");
    }
}

#[test]
fn digests_of_the_certificate_follow_the_algorithm_or_what_is_said() {
    let rsa = fixture_path("keys/rsa.certificate.pem");
    let ec = fixture_path("keys/ec.certificate.pem");
    let der = |path: &str| jwt::der_of(&std::fs::read_to_string(path).unwrap());
    let (sha1, sha256) = ("x5t", "x5t#S256");
    for (key, cert, alg, said, names) in [
        ("rsa.pkcs8.pem", &rsa, "RS256", None, &[sha1][..]),
        ("rsa.pkcs8.pem", &rsa, "RS512", None, &[sha1]),
        ("rsa.pkcs8.pem", &rsa, "PS256", None, &[sha256]),
        (P256, &ec, "ES256", None, &[sha256]),
        (P256, &ec, "ES256", Some("sha1"), &[sha1]),
        ("rsa.pkcs8.pem", &rsa, "RS256", Some("sha256"), &[sha256]),
        ("rsa.pkcs8.pem", &rsa, "RS256", Some("both"), &[sha1, sha256]),
        (P256, &ec, "ES256", Some("both"), &[sha1, sha256]),
        (P256, &ec, "ES256", Some("none"), &[]),
    ] {
        let jwt = sent(|server| {
            let run = signing(server, key).args(["--signing-cert", cert, "--signing-alg", alg, "--key-id", "k"]);
            match said {
                Some(said) => run.env("OAUTH2TOK_X5T", said),
                None => run,
            }
        });
        let mut expected = vec!["alg", "typ", "kid"];
        expected.extend(names);
        assert_eq!(jwt.header_names(), expected, "{alg} {said:?}");
        for name in names {
            let digest = if *name == sha1 { jwt::sha1(der(cert)) } else { jwt::sha256(der(cert)) };
            assert_eq!(jwt.header[*name], digest);
        }
        jwt.is_signed_by(key);
    }
}

#[test]
fn a_chain_is_shown_only_where_that_is_switched_on_and_begins_with_the_keys_own() {
    use base64::Engine as _;
    let (own, other) = (fixture("keys/ec.certificate.pem"), fixture("keys/rsa.certificate.pem"));
    let encoded = |pem: &str| base64::engine::general_purpose::STANDARD.encode(jwt::der_of(pem));
    let run = |server: &Server| {
        let run = signing(server, P256).file("chain.pem", format!("{other}{own}"));
        let chain = run.path_text("chain.pem");
        run.args(["--signing-cert", &chain])
    };
    let jwt = sent(run);
    assert_eq!(jwt.header_names(), ["alg", "typ", "x5t#S256"]);
    assert_eq!(jwt.header["x5t#S256"], jwt::sha256(jwt::der_of(&own)));
    let jwt = sent(|server| run(server).env("OAUTH2TOK_X5C", "true"));
    assert_eq!(jwt.header_names(), ["alg", "typ", "x5t#S256", "x5c"]);
    assert_eq!(jwt.header["x5c"], serde_json::json!([encoded(&own), encoded(&other)]));
    // Certificates beside the key are the key's.
    let beside = format!("{}{own}", fixture("ec.pkcs8.pem"));
    let jwt = sent(|server| of(server).env("K", &beside).args(["--signing-key", "env:K"]));
    assert_eq!(jwt.header["x5t#S256"], jwt::sha256(jwt::der_of(&own)));
}

#[test]
fn what_needs_a_certificate_is_refused_without_one() {
    for (variable, value) in [("OAUTH2TOK_X5C", "true"), ("OAUTH2TOK_X5T", "both")] {
        refused_at(
            |server| signing(server, P256).env(variable, value),
            "error: x5c and x5t need a certificate\nhint: give --signing-cert FILE\n",
        );
    }
    refused_at(
        |server| signing(server, P256).args(["--signing-cert", &fixture_path("keys/rsa.certificate.pem")]),
        "error: signing_key (flag --signing-key): the certificate is for another key\nhint: signing_cert must be the certificate of this signing_key\n",
    );
    refused_at(
        |server| signing(server, P256).args(["--signing-cert", &fixture_path(P256)]),
        "error: signing_cert (flag --signing-cert): it holds no certificate\nhint: give the certificate of the signing key in PEM or DER\n",
    );
}

#[test]
fn it_is_for_the_endpoint_without_its_query_or_for_the_issuer() {
    let server = Server::new();
    let run = |server: &Server| signing(server, P256).args(["--token-endpoint", &server.at("/token?tenant=1")]);
    run(&server).prints(TOKEN).run();
    assert_eq!(Jwt::of_client(&server.request()).claims["aud"], server.url());
    let server = Server::new();
    run(&server).args(["--assertion-audience", "token_endpoint"]).prints(TOKEN).run();
    assert_eq!(Jwt::of_client(&server.request()).claims["aud"], server.url());
    let server = Server::new();
    run(&server).args(["--assertion-audience", "https://idp.example/realm"]).prints(TOKEN).run();
    assert_eq!(Jwt::of_client(&server.request()).claims["aud"], "https://idp.example/realm");

    // The issuer as it is written, to the last slash.
    for (said, of_endpoint) in [(None, false), (Some("issuer"), false), (Some("token_endpoint"), true)] {
        let server = Server::scripted(|_, request| match request.contains("/.well-known/") {
            true => metadata(&format!("{}/", request.origin()), &format!("{}/token?x=1", request.origin())),
            false => token(),
        });
        let issuer = server.at("/");
        let run = oauth2tok()
            .args(["--issuer", &issuer, "-i", ID, "-a", "private_key_jwt"])
            .env("TEST_KEY", fixture(P256))
            .args(["--signing-key", "env:TEST_KEY"]);
        let run = said.map_or_else(|| run.clone(), |said| run.clone().args(["--assertion-audience", said]));
        run.prints(TOKEN).run();
        let sent = server.requests().into_iter().find(|request| request.method() == "POST").unwrap();
        let expected = if of_endpoint { server.url() } else { issuer };
        assert_eq!(Jwt::of_client(&sent).claims["aud"], expected, "{said:?}");
    }
    refused_at(
        |server| signing(server, P256).args(["--assertion-audience", "issuer"]),
        "error: assertion_audience (flag --assertion-audience): no issuer is known: give --issuer URL, or the issuer's URL as the audience\n",
    );
}

#[test]
fn claims_and_headers_are_added_replaced_in_place_or_left_out() {
    let jwt = sent(|server| {
        signing(server, P256).config(
            "profiles:\n  p:\n    key_id: k\n    assertion_headers: { typ: client-authentication+jwt, kid: null, x: [1, 'a'], n: '1' }\n    assertion_claims:\n      zoneinfo: { b: 1, a: [true, 'true', null, 1.50] }\n      sub: other\n      jti: null\n      s: '12'\n      n: 12\n      t: yes\n      iss: 2026-01-01\n",
        ).args(["-p", "p"])
    });
    assert_eq!(jwt.header_text, r#"{"alg":"ES256","typ":"client-authentication+jwt","x":[1,"a"],"n":"1"}"#);
    let (iat, exp) = (jwt.time("iat"), jwt.time("exp"));
    let aud = &jwt.claims["aud"];
    assert_eq!(
        jwt.claims_text,
        format!(
            r#"{{"iss":"2026-01-01","sub":"other","aud":{aud},"iat":{iat},"exp":{exp},"zoneinfo":{{"b":1,"a":[true,"true",null,1.50]}},"s":"12","n":12,"t":"yes"}}"#
        )
    );
    jwt.is_signed_by(P256);
    let jwt = sent(|server| {
        signing(server, P256).args([
            "--assertion-claim",
            "a=1",
            "--assertion-claim",
            "b:=[1]",
            "--assertion-claim",
            "aud:=[\"x\",\"y\"]",
        ])
    });
    assert_eq!(jwt.claim_names(), ["iss", "sub", "aud", "iat", "exp", "jti", "a", "b"]);
    assert_eq!(jwt.claims["aud"], serde_json::json!(["x", "y"]));
    assert_eq!((&jwt.claims["a"], &jwt.claims["b"]), (&"1".into(), &serde_json::json!([1])));
    for name in ["alg", "crit"] {
        for value in ["null", "\"x\""] {
            refused_at(
                |server| signing(server, P256).env("OAUTH2TOK_ASSERTION_HEADERS", format!(r#"{{"{name}":{value}}}"#)),
                &format!(
                    "error: assertion_headers (env OAUTH2TOK_ASSERTION_HEADERS): '{name}' cannot be set: signing_alg says how it is signed\n"
                ),
            );
        }
    }
}

#[test]
fn it_lives_as_long_as_is_said_within_bounds() {
    for (said, seconds) in [("10s", 10), ("5m", 300), ("24h", 86_400)] {
        let jwt = sent(|server| signing(server, P256).env("OAUTH2TOK_ASSERTION_LIFETIME", said));
        assert_eq!(jwt.time("exp") - jwt.time("iat"), seconds);
    }
    for said in ["9s", "25h", "0s"] {
        refused_at(
            |server| signing(server, P256).env("OAUTH2TOK_ASSERTION_LIFETIME", said),
            "error: assertion_lifetime (env OAUTH2TOK_ASSERTION_LIFETIME): an assertion lives from 10s to 24h\n",
        );
    }
}

#[test]
fn a_clock_that_is_known_to_be_off_is_corrected_in_what_is_signed() {
    for (said, seconds) in [("90s", 90), ("-90s", -90), ("-2h", -7200)] {
        let before = now();
        let jwt = sent(|server| signing(server, P256).env("OAUTH2TOK_CLOCK_OFFSET", said));
        let after = now();
        assert!((before - 5 + seconds..=after - 5 + seconds).contains(&jwt.time("iat")), "{} at {before}", jwt.claims);
        assert_eq!(jwt.time("exp") - jwt.time("iat"), 60);
    }
}

#[test]
fn every_request_that_goes_out_has_one_of_its_own() {
    let server =
        Server::answering_each([status(503, &["Retry-After: 0"], ""), status(429, &["Retry-After: 2"], ""), token()]);
    signing(&server, P256).prints(TOKEN).run();
    let sent: Vec<_> = server.requests().iter().map(Jwt::of_client).collect();
    assert_eq!(sent.len(), 3);
    for jwt in &sent {
        jwt.is_signed_by(P256);
    }
    let [first, second, third] = [0, 1, 2].map(|at: usize| sent[at].claims["jti"].clone());
    assert!(first != second && second != third && first != third);
    assert!(sent[2].time("iat") > sent[1].time("iat"), "{} after {}", sent[2].claims, sent[1].claims);
    assert_eq!(sent[2].time("exp"), sent[2].time("iat") + 60);
}

#[test]
fn a_connection_that_is_lost_is_no_matter_where_the_next_assertion_is_another() {
    let server = Server::answering_each([Answer::raw("").then(Then::Reset), token()]);
    signing(&server, P256).prints(TOKEN).run();
    let [first, second] = [0, 1].map(|at: usize| Jwt::of_client(&server.requests()[at]).claims["jti"].clone());
    assert_ne!(first, second);
    let server = Server::answering_each([Answer::raw("").then(Then::Reset), token()]);
    bearer(&server, P256).prints(TOKEN).run();
    assert_eq!(server.count(), 2);
}

#[test]
fn a_grant_trades_what_is_made_for_whoever_is_meant() {
    let server = Server::new();
    bearer(&server, P256).args(["-s", "a b"]).prints(TOKEN).run();
    let request = server.request();
    let jwt = Jwt::of_grant(&request);
    assert_eq!(
        request.body(),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}&scope=a+b&client_id=ci",
            jwt.text
        )
    );
    jwt.is_signed_by(P256);
    assert_eq!(jwt.claim_names(), ["iss", "sub", "aud", "iat", "exp", "jti"]);
    assert_eq!((&jwt.claims["iss"], &jwt.claims["sub"]), (&"ci".into(), &"alice".into()));
    assert_eq!(jwt.claims["aud"], server.url());
}

#[test]
fn whoever_has_no_client_is_none_and_the_issuer_is_said() {
    let server = Server::new();
    let run = oauth2tok()
        .args(["--token-endpoint", &server.url(), "-g", "jwt-bearer", "--assertion-subject", "alice"])
        .env("TEST_KEY", fixture(P256))
        .args(["--signing-key", "env:TEST_KEY"]);
    run.clone()
        .fails(
            2,
            "error: an assertion of the jwt-bearer grant needs an issuer\nhint: give --client-id ID, or assertion_issuer in a profile\n",
        )
        .run();
    run.env("OAUTH2TOK_ASSERTION_ISSUER", "sa@x").prints(TOKEN).run();
    let request = server.request();
    let jwt = Jwt::of_grant(&request);
    assert_eq!((&jwt.claims["iss"], &jwt.claims["sub"]), (&"sa@x".into(), &"alice".into()));
    assert!(!request.contains("client_id") && request.header("Authorization").is_none(), "{request}");
    refused_at(
        |server| {
            oauth2tok()
                .args(["--token-endpoint", &server.url(), "-g", "jwt-bearer", "-i", ID, "-a", "none"])
                .env("TEST_KEY", fixture(P256))
                .args(["--signing-key", "env:TEST_KEY"])
        },
        "error: an assertion of the jwt-bearer grant needs a subject\nhint: give --assertion-subject NAME: the user or account that is meant\n",
    );
}

/// What Google gives a service account, with the key on P-256 or any other.
fn google(key: &str) -> String {
    serde_json::json!({
        "type": "service_account", "project_id": "p", "private_key_id": "kid-1", "private_key": fixture(key),
        "client_email": "sa@p.iam.gserviceaccount.com", "client_id": "1", "token_uri": "http://127.0.0.1:1/token",
        "auth_uri": "http://127.0.0.1:1/auth", "universe_domain": "evil.example",
    })
    .to_string()
}

#[test]
fn a_service_account_speaks_for_itself_and_asks_for_its_scope_in_the_assertion() {
    let server = Server::new();
    let run = oauth2tok()
        .args(["--token-endpoint", &server.url(), "-g", "jwt-bearer", "-s", "https://x.example/auth b"])
        .env("K", google(RSA))
        .args(["--signing-key", "env:K"]);
    run.clone().prints(TOKEN).run();
    let jwt = Jwt::of_grant(&server.requests()[0]);
    jwt.is_signed_by(RSA);
    assert_eq!(jwt.header_text, r#"{"alg":"RS256","typ":"JWT","kid":"kid-1"}"#);
    assert_eq!(jwt.claim_names(), ["iss", "aud", "iat", "exp", "jti", "scope"]);
    assert_eq!(jwt.claims["iss"], "sa@p.iam.gserviceaccount.com");
    assert_eq!(jwt.claims["aud"], server.url());
    assert_eq!(jwt.claims["scope"], "https://x.example/auth b");
    assert_eq!(
        server.requests()[0].body(),
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}", jwt.text)
    );
    // Domain-wide delegation; and what is said counts more than what the file says.
    run.clone()
        .args(["--assertion-subject", "u@x", "--key-id", "other"])
        .env("OAUTH2TOK_ASSERTION_ISSUER", "i")
        .env("OAUTH2TOK_ASSERTION_SCOPE", "false")
        .prints(TOKEN)
        .run();
    let request = &server.requests()[1];
    let jwt = Jwt::of_grant(request);
    assert_eq!(
        (&jwt.claims["iss"], &jwt.claims["sub"], &jwt.header["kid"]),
        (&"i".into(), &"u@x".into(), &"other".into())
    );
    assert_eq!((jwt.claims.get("scope"), request.field("scope").as_deref()), (None, Some("https://x.example/auth b")));
}

#[test]
fn a_scope_is_a_claim_where_that_is_said() {
    let server = Server::new();
    bearer(&server, P256).env("OAUTH2TOK_ASSERTION_SCOPE", "true").args(["-s", "a b"]).prints(TOKEN).run();
    let request = server.request();
    assert_eq!((request.field("scope"), &Jwt::of_grant(&request).claims["scope"]), (None, &"a b".into()));
}

#[test]
fn a_secret_signs_too_and_is_not_sent() {
    let secret = "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789é";
    for (said, alg) in [(None, "HS256"), (Some("HS384"), "HS384"), (Some("HS512"), "HS512")] {
        let server = Server::new();
        let run = oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "client_secret_jwt"])
            .env("OAUTH2TOK_CLIENT_SECRET", secret);
        let run = said.map_or_else(|| run.clone(), |said| run.clone().args(["--signing-alg", said]));
        run.prints(TOKEN).run();
        let request = server.request();
        let jwt = Jwt::of_client(&request);
        assert_eq!(jwt.header_text, format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#));
        assert_eq!(jwt.claim_names(), ["iss", "sub", "aud", "iat", "exp", "jti"]);
        jwt.is_signed_with(secret);
        assert_eq!((request.field("client_secret"), request.field("client_id").as_deref()), (None, Some(ID)));
        assert!(!request.contains("0123456789-"), "{request}");
    }
}

#[test]
fn a_secret_shorter_than_the_hash_earns_a_warning() {
    let bytes = |count: usize| "ab1".repeat(22)[..count].to_owned();
    for (alg, length, least) in [
        ("HS256", 31, 32),
        ("HS256", 32, 32),
        ("HS384", 32, 48),
        ("HS384", 48, 48),
        ("HS512", 63, 64),
        ("HS512", 64, 64),
    ] {
        let server = Server::new();
        let warning = format!(
            "warning: client_secret has {length} bytes, and {alg} wants at least {least} (RFC 7518 §3.2): a shorter one is easier to guess from what it signed\n"
        );
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "client_secret_jwt", "--signing-alg", alg])
            .env("OAUTH2TOK_CLIENT_SECRET", bytes(length))
            .prints(TOKEN)
            .stderr(if length < least { warning } else { String::new() })
            .run();
        Jwt::of_client(&server.request()).is_signed_with(&bytes(length));
    }
}

#[test]
fn a_secret_goes_with_no_private_key_and_with_no_key_settings() {
    let by_secret = |server: &Server| {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "client_secret_jwt"])
            .env("OAUTH2TOK_CLIENT_SECRET", "0123456789-0123456789-0123456789")
    };
    let key = "env:TEST_KEY";
    for (flag, value) in
        [("--signing-key", key), ("--signer", "sh"), ("--signing-cert", &fixture_path("keys/ec.certificate.pem"))]
    {
        refused_at(
            |server| by_secret(server).args([flag, value]),
            &format!(
                "error: {} (flag {flag}) does not go with client_secret_jwt, which signs with the secret\nhint: leave it out, or give --auth-method private_key_jwt\n",
                flag[2..].replace('-', "_")
            ),
        );
    }
    for (variable, value) in [("X5T", "sha1"), ("X5C", "true"), ("SIGNING_KEY_PASSPHRASE", "hunter22")] {
        refused_at(
            |server| by_secret(server).env(&format!("OAUTH2TOK_{variable}"), value),
            &format!(
                "error: {} (env OAUTH2TOK_{variable}) does not go with client_secret_jwt, which signs with the secret\nhint: leave it out, or give --auth-method private_key_jwt\n",
                variable.to_ascii_lowercase()
            ),
        );
    }
    refused_at(
        |server| by_secret(server).args(["--key-id", "thumbprint"]),
        "error: key_id (flag --key-id): a secret has no thumbprint\n",
    );
    refused_at(
        |server| by_secret(server).args(["--signing-alg", "RS256"]),
        "error: signing_alg (flag --signing-alg): RS256 does not go with a secret\n",
    );
    refused_at(
        |server| signing(server, P256).env("OAUTH2TOK_CLIENT_SECRET", SECRET),
        "error: client_secret (env OAUTH2TOK_CLIENT_SECRET) does not go with auth method private_key_jwt\nhint: leave the secret out, or choose client_secret_basic, client_secret_post or client_secret_jwt\n",
    );
}

#[test]
fn what_would_do_nothing_is_refused() {
    let key = "env:TEST_KEY";
    let cert = fixture_path("keys/ec.certificate.pem");
    let hint =
        "hint: give --auth-method private_key_jwt (or client_secret_jwt) or --grant-type jwt-bearer, or leave it out\n";
    for (flag, value) in [
        ("--signing-key", key),
        ("--signer", "sh"),
        ("--signing-alg", "ES256"),
        ("--signing-cert", &cert),
        ("--key-id", "k"),
        ("--assertion-audience", "x"),
        ("--assertion-subject", "x"),
        ("--assertion-claim", "a=1"),
    ] {
        let name = if flag == "--assertion-claim" { "assertion_claims".into() } else { flag[2..].replace('-', "_") };
        refused_at(
            |server| client_of(server.url()).args([flag, value]),
            &format!(
                "error: {name} (flag {flag}) would do nothing: auth method client_secret_basic and the client_credentials grant sign no assertion\n{hint}"
            ),
        );
        // Nor where both are ready-made, and where there is no client.
        refused_at(
            |server| {
                oauth2tok()
                    .args(["--token-endpoint", &server.url(), "-g", "jwt-bearer", flag, value])
                    .env("OAUTH2TOK_ASSERTION", "x")
            },
            &format!(
                "error: {name} (flag {flag}) would do nothing: assertion is ready-made\nhint: leave one of them out\n"
            ),
        );
        refused_at(
            |server| {
                oauth2tok()
                    .args(["--token-endpoint", &server.url(), "-i", ID, flag, value])
                    .env("OAUTH2TOK_CLIENT_ASSERTION", "x")
            },
            &format!(
                "error: {name} (flag {flag}) would do nothing: client_assertion is ready-made\nhint: leave one of them out\n"
            ),
        );
    }
    for (name, value) in [
        ("signing_key_passphrase", "hunter22"),
        ("x5t", "both"),
        ("x5c", "true"),
        ("assertion_issuer", "x"),
        ("assertion_lifetime", "20s"),
        ("assertion_headers", "{\"a\":1}"),
        ("assertion_scope", "true"),
        ("client_assertion_type", "urn:x"),
    ] {
        let variable = format!("OAUTH2TOK_{}", name.to_ascii_uppercase());
        refused_at(
            |server| client_of(server.url()).env(&variable, value),
            &format!(
                "error: {name} (env {variable}) would do nothing: auth method client_secret_basic and the client_credentials grant sign no assertion\n{hint}"
            ),
        );
    }
}

#[test]
fn of_a_clients_own_assertion_nobody_else_is_the_subject() {
    for (variable, name) in [("SUBJECT", "assertion_subject"), ("ISSUER", "assertion_issuer")] {
        let variable = format!("OAUTH2TOK_ASSERTION_{variable}");
        refused_at(
            |server| signing(server, P256).env(&variable, "x"),
            &format!(
                "error: {name} (env {variable}) does not go with a client's assertion, which speaks of the client\nhint: leave it out; assertion_claims says more\n"
            ),
        );
    }
}

#[test]
fn what_came_down_from_defaults_is_left_unused() {
    let server = Server::new();
    let yaml = "defaults:\n  signing_key: 'env:TEST_KEY'\n  signing_alg: ES256\n  key_id: k\n  signing_key_passphrase: env:NOT_SET\n  x5t: none\n  x5c: false\n  assertion_audience: x\n  assertion_subject: alice\n  assertion_issuer: i\n  assertion_claims: { a: 1 }\n  assertion_headers: { a: 1 }\n  assertion_lifetime: 20s\n  assertion_scope: true\n  subject_token: env:NOT_SET\n  subject_token_type: jwt\n  actor_token: env:NOT_SET\n  assertion: env:NOT_SET\n  client_assertion: env:NOT_SET\n  client_assertion_type: urn:x\n  dpop_alg: ES256\nprofiles:\n  p: { client_id: ci, client_secret: env:S, auth_method: client_secret_basic }\n";
    oauth2tok().config(yaml).env("S", SECRET).args(["-p", "p", "--token-endpoint", &server.url()]).prints(TOKEN).run();
    assert_eq!(server.request().body(), "grant_type=client_credentials");
    let server = Server::new();
    let yaml = "defaults: { client_secret: 'env:NOT_SET', subject_token: 'env:NOT_SET', assertion_subject: x, client_assertion: env:NOT_SET }\nprofiles:\n  p: { client_id: ci, auth_method: private_key_jwt }\n";
    oauth2tok()
        .config(yaml)
        .args(["-p", "p", "--token-endpoint", &server.url(), "--signing-key", "env:TEST_KEY"])
        .env("TEST_KEY", fixture(P256))
        .prints(TOKEN)
        .run();
    let jwt = Jwt::of_client(&server.request());
    assert_eq!(jwt.claims["sub"], ID);
}

/// What can be used of it is.
#[test]
fn what_came_down_from_defaults_serves_the_profiles_that_sign() {
    let defaults = "defaults: { signing_key: 'env:TEST_KEY', auth_method: private_key_jwt, client_id: ci, x5c: true, x5t: both, \
                    key_id: thumbprint, signing_alg: ES256, assertion_audience: issuer, dpop_alg: RS256 }\nprofiles:\n";
    let by_key = |profile: &str| {
        let server = Server::new();
        let run = oauth2tok().config(&format!("{defaults}  p: {profile}\n")).env("TEST_KEY", fixture(P256));
        run.args(["-p", "p", "--token-endpoint", &server.url()]).prints(TOKEN).run();
        Jwt::of_client(&server.request())
    };
    let jwt = by_key("{ scope: read }");
    jwt.is_signed_by(P256);
    assert_eq!(jwt.header_names(), ["alg", "typ", "kid"]);
    // What the profile says itself counts: another signer, or a secret.
    let server = Server::new();
    let signer = oauth2tok().config(&format!("{defaults}  p: {{ signer: 'false', key_id: k }}\n"));
    let run = signer.args(["-p", "p", "--token-endpoint", &server.url()]);
    let told = "error: signer (profile [HOME]/config/oauth2tok/config.yaml:3) gives no signature\n\
                caused by: 'false' failed (exit status: 1)\n";
    run.fails(2, told).run();
    assert_eq!(server.connections(), 0);
    let secret = "a-secret-that-has-the-32-bytes-of-its-hash";
    let server = Server::new();
    let shared = "{ auth_method: client_secret_jwt, client_secret: 'env:SECRET_OF_CI' }";
    let run = oauth2tok().config(&format!("{defaults}  p: {shared}\n")).env("SECRET_OF_CI", secret);
    run.args(["-p", "p", "--token-endpoint", &server.url()]).prints(TOKEN).run();
    let jwt = Jwt::of_client(&server.request());
    jwt.is_signed_with(secret);
    assert_eq!(jwt.header_text, r#"{"alg":"HS256","typ":"JWT"}"#);
}

#[test]
fn one_jwt_is_built_per_request() {
    refused_at(
        |server| bearer(server, P256).args(["-a", "private_key_jwt"]),
        "error: both private_key_jwt and the jwt-bearer grant want an assertion made, and a request has one\nhint: take one of them from another profile: assertion: command:oauth2tok assertion -p OTHER\n",
    );
    // One that is ready-made beside one that is made is no matter.
    let server = Server::new();
    bearer(&server, P256)
        .args(["-a", "private_key_jwt"])
        .env("OAUTH2TOK_CLIENT_ASSERTION", "r3ady")
        .prints(TOKEN)
        .run();
    let request = server.request();
    assert_eq!(request.field("client_assertion").as_deref(), Some("r3ady"));
    Jwt::of_grant(&request).is_signed_by(P256);
}

#[test]
fn methods_want_what_they_sign_with() {
    refused_at(
        of,
        "error: signing_key (private_key_jwt needs it) is missing\nhint: give --signing-key file:PATH, --signer CMD for a key that cannot leave, or --client-assertion SOURCE for a ready-made assertion\n",
    );
    refused_at(
        |server| oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", "client_secret_jwt"]),
        "error: client_secret (client_secret_jwt needs it) is missing\nhint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none\n",
    );
    refused_at(
        |server| oauth2tok().args(["--token-endpoint", &server.url(), "-g", "jwt-bearer", "--assertion-subject", "a"]),
        "error: assertion (the jwt-bearer grant needs it) is missing\nhint: give --assertion SOURCE for a ready-made one, or --signing-key SOURCE to have one made\n",
    );
    refused_at(
        |server| signing(server, P256).args(["--signer", "sh"]),
        "error: signing_key (flag --signing-key) and signer (flag --signer) exclude each other\nhint: leave one of them out\n",
    );
}

#[test]
fn settings_are_checked_before_keys_are_read_and_keys_before_anything_is_sent() {
    let server = Server::issuer(|_, _| token());
    let run = || {
        oauth2tok()
            .args(["--issuer", &server.origin(), "-i", ID, "-a", "private_key_jwt"])
            .file("not-a-key", "secret words")
    };
    let key = |run: Run| {
        let path = run.path_text("not-a-key");
        run.args(["--signing-key", &format!("file:{path}")])
    };
    // A setting that is wrong is told first, though the key is none.
    key(run())
        .env("OAUTH2TOK_ASSERTION_LIFETIME", "1s")
        .fails(2, "error: assertion_lifetime (env OAUTH2TOK_ASSERTION_LIFETIME): an assertion lives from 10s to 24h\n")
        .run();
    run()
        .args(["--signing-key", "command:touch read", "-s", "a\u{7f}"])
        .fails_with(2, ["error: scope (flag --scope): "])
        .run();
    let marked = run().args(["--signing-key", "command:touch read", "--assertion-audience", "a\u{7f}"]);
    let path = marked.path("read");
    marked.fails_with(2, ["error: assertion_audience (flag --assertion-audience)"]).run();
    assert!(!path.exists(), "the key was read");
    key(run())
        .fails(
            2,
            "error: signing_key (flag --signing-key): it holds no private key\nhint: signing_key takes a private key: PEM, DER, JWK, JWK Set or a Google service account's JSON\n",
        )
        .run();
    assert_eq!(server.connections(), 0, "metadata was asked for");
}

/// With header and claims told by `-v`, the signature alone would make the assertion whole again.
#[test]
fn a_signature_that_comes_back_by_itself_is_hidden() {
    let key = concat!("file:", env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ec.pkcs8.pem");
    let server = Server::scripted(|_, request| {
        let assertion = request.field("client_assertion").unwrap();
        let signature = assertion.rsplit('.').next().unwrap();
        json(400, &format!(r#"{{"error":"invalid_request","error_description":"signed {signature} so"}}"#))
    });
    let run = oauth2tok().args(["-v", "--token-endpoint", &server.url(), "-i", "ci", "-a", "private_key_jwt"]);
    let told = run.args(["--signing-key", key]).fails_with(3, ["invalid_request: signed *** so"]).run().stderr;
    let assertion = server.request().field("client_assertion").unwrap();
    assert!(!told.contains(assertion.rsplit('.').next().unwrap()), "{told}");
}
