//! What each grant sends, in which order, under which names, and what of it may be sent twice.

use super::harness::jwt::{P256, fixture};
use super::harness::*;

/// Nobody in particular with this grant.
fn granting(server: &Server, grant: &str) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-g", grant])
}

/// The answer of a server that exchanges tokens.
fn exchanged() -> Answer {
    token_with(TOKEN, r#","expires_in":3600,"issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#)
}

/// An exchange, which is answered as it should be.
fn exchanging(server: &Server) -> Run {
    granting(server, "token-exchange").args(["--subject-token", "env:SUBJECT"]).env("SUBJECT", "subj3ct")
}

/// The body of the one request of a run that succeeds.
#[track_caller]
fn sent(run: impl FnOnce(&Server) -> Run) -> String {
    let server = Server::answering(exchanged());
    run(&server).prints(TOKEN).run();
    server.request().body().to_owned()
}

#[test]
fn grants_go_out_under_their_urns_whichever_name_is_said() {
    for (said, urn) in [
        ("jwt-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("saml2-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer"),
        ("token-exchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ] {
        for name in [said, urn] {
            let (flag, value) =
                if said == "token-exchange" { ("--subject-token", "env:T") } else { ("--assertion", "env:T") };
            let server = Server::answering(exchanged());
            granting(&server, name).args([flag, value]).env("T", "t0ken").prints(TOKEN).run();
            let request = server.request();
            assert_eq!(request.field("grant_type").as_deref(), Some(urn));
            // Nothing is sent for a client where there is none.
            assert_eq!((request.field("client_id"), request.header("Authorization")), (None, None));
        }
    }
}

#[test]
fn fields_stand_in_their_order() {
    let all = sent(|server| {
        exchanging(server)
            .args(["--subject-token-type", "jwt", "--requested-token-type", "access_token", "-s", "a b"])
            .args(["--audience", "aud", "--resource", "https://r.example/", "--param", "x=1"])
            .args(["--authorization-details", r#"[{"type":"t"}]"#])
            .env("OAUTH2TOK_ACTOR_TOKEN", "act0r")
            .env("OAUTH2TOK_ACTOR_TOKEN_TYPE", "saml2")
            .env("OAUTH2TOK_SECRET_PARAMS", "otp=literal:hunter22")
            .args(["-i", ID, "-a", "none"])
    });
    let prefix = "urn%3Aietf%3Aparams%3Aoauth%3A";
    assert_eq!(
        all,
        format!(
            "grant_type={prefix}grant-type%3Atoken-exchange&subject_token=subj3ct&subject_token_type={prefix}token-type%3Ajwt&actor_token=act0r&actor_token_type={prefix}token-type%3Asaml2&requested_token_type={prefix}token-type%3Aaccess_token&scope=a+b&audience=aud&resource=https%3A%2F%2Fr.example%2F&authorization_details=%5B%7B%22type%22%3A%22t%22%7D%5D&x=1&otp=hunter22&client_id=ci"
        )
    );
    // Types that nobody names, and the actor's.
    assert_eq!(
        sent(exchanging),
        format!(
            "grant_type={prefix}grant-type%3Atoken-exchange&subject_token=subj3ct&subject_token_type={prefix}token-type%3Aaccess_token"
        )
    );
    assert_eq!(
        sent(|server| exchanging(server).env("OAUTH2TOK_ACTOR_TOKEN", "act0r")),
        format!(
            "grant_type={prefix}grant-type%3Atoken-exchange&subject_token=subj3ct&subject_token_type={prefix}token-type%3Aaccess_token&actor_token=act0r&actor_token_type={prefix}token-type%3Aaccess_token"
        )
    );
    assert_eq!(
        sent(|server| granting(server, "jwt-bearer").env("OAUTH2TOK_ASSERTION", "a.b.c").args(["-s", "a"])),
        format!("grant_type={prefix}grant-type%3Ajwt-bearer&assertion=a.b.c&scope=a")
    );
}

#[test]
fn a_client_that_is_named_proves_who_it_is() {
    let server = Server::answering(exchanged());
    exchanging(&server).args(["-i", ID]).env("OAUTH2TOK_CLIENT_SECRET", SECRET).prints(TOKEN).run();
    let request = server.request();
    assert_eq!(request.header("Authorization"), Some("Basic Y2k6czNjcmV0LW9mLWNp"));
    assert_eq!(request.field("client_id"), None);
    refused_at(
        |server| exchanging(server).args(["-i", ID]),
        "error: client_secret (client_secret_basic needs it) is missing\nhint: give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none\n",
    );
    refused_at(
        |server| exchanging(server).args(["-a", "none"]),
        "error: client_id is missing\nhint: give --client-id ID, OAUTH2TOK_CLIENT_ID or client_id in a profile\n",
    );
}

#[test]
fn token_types_are_short_names_or_uris() {
    for name in ["access_token", "refresh_token", "id_token", "jwt", "saml1", "saml2"] {
        let body = sent(|server| exchanging(server).args(["--subject-token-type", name]));
        assert!(
            body.ends_with(&format!("&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A{name}")),
            "{body}"
        );
    }
    let body = sent(|server| exchanging(server).args(["--subject-token-type", "https://x.example/t?a=1"]));
    assert!(body.ends_with("&subject_token_type=https%3A%2F%2Fx.example%2Ft%3Fa%3D1"), "{body}");
    for (said, near) in
        [("acess_token", "; did you mean access_token?"), ("JWT", "; did you mean jwt?"), ("opaque", "")]
    {
        refused_at(
            |server| exchanging(server).args(["--subject-token-type", said]),
            &format!(
                "error: subject_token_type (flag --subject-token-type): expected a URI or one of access_token, refresh_token, id_token, jwt, saml1, saml2{near}\n"
            ),
        );
    }
}

#[test]
fn neither_an_actor_nor_its_type_goes_without_the_other_and_all_belong_to_an_exchange() {
    refused_at(
        |server| exchanging(server).env("OAUTH2TOK_ACTOR_TOKEN_TYPE", "jwt"),
        "error: actor_token (actor_token_type is said) is missing\nhint: give actor_token, or leave its type out (RFC 8693 §2.1)\n",
    );
    refused_at(
        |server| granting(server, "token-exchange"),
        "error: subject_token (the token-exchange grant needs it) is missing\nhint: give --subject-token file:PATH, env:NAME, command:CMD or github:AUDIENCE, OAUTH2TOK_SUBJECT_TOKEN or subject_token in a profile\n",
    );
    for (name, value) in [
        ("subject_token", "x"),
        ("subject_token_type", "jwt"),
        ("requested_token_type", "jwt"),
        ("actor_token", "x"),
        ("actor_token_type", "jwt"),
    ] {
        let variable = format!("OAUTH2TOK_{}", name.to_ascii_uppercase());
        for (grant, shown) in [("client_credentials", "client_credentials"), ("urn:x:y", "urn:x:y")] {
            refused_at(
                |server| client_of(server.url()).args(["-g", grant]).env(&variable, value),
                &format!(
                    "error: {name} (env {variable}) does not go with the {shown} grant\nhint: give --grant-type token-exchange, or leave {name} out\n"
                ),
            );
        }
    }
    refused_at(
        |server| client_of(server.url()).env("OAUTH2TOK_ASSERTION", "x"),
        "error: assertion (env OAUTH2TOK_ASSERTION) does not go with the client_credentials grant\nhint: give --grant-type jwt-bearer, or leave assertion out\n",
    );
}

#[test]
fn any_other_name_goes_out_as_it_is_with_nothing_more() {
    for name in [
        "urn:ietf:params:oauth:grant-type:uma-ticket",
        "http://auth0.com/oauth/grant-type/password-realm",
        "account_credentials",
        "urn:openid:params:grant-type:ciba",
        "fb_exchange_token",
    ] {
        let server = Server::new();
        granting(&server, name).args(["--param", "ticket=t", "-s", "a"]).prints(TOKEN).run();
        let form: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        assert_eq!(server.request().body(), format!("grant_type={form}&scope=a&ticket=t"));
    }
}

#[test]
fn a_near_miss_of_a_known_name_is_refused_with_that_name() {
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (said, meant) in [
        ("jwt_bearer", "jwt-bearer"),
        ("jwtbearer", "jwt-bearer"),
        ("JWT-Bearer", "jwt-bearer"),
        ("saml-bearer", "saml2-bearer"),
        ("token-exchang", "token-exchange"),
        ("token_exchange", "token-exchange"),
        ("client_credential", "client_credentials"),
        ("client-credentials", "client_credentials"),
        ("clientcredentials", "client_credentials"),
        ("refresh-token", "refresh_token"),
        ("pasword", "password"),
        ("urn:ietf:params:oauth:grant-type:jwt-bearrer", bearer),
        ("urn:ietf:params:oauth:grant_type:jwt-bearer", bearer),
        ("urn:ietf:params:oauth:grant-type:jwt_bearer", bearer),
        ("urn:ietf:params:oauth:grant-type:token-exchnge", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ] {
        refused_at(
            |server| granting(server, said).args(["-i", ID, "-a", "none"]),
            &format!("error: flag --grant-type: did you mean {meant}? A name that is nearly a known one is refused\n"),
        );
    }
    for said in ["implicit", "Implicit"] {
        refused_at(
            |server| granting(server, said),
            "error: flag --grant-type: the implicit grant has no token request (RFC 6749 §4.2), and must not be used any more (RFC 9700 §2.1.2)\n",
        );
    }
}

#[test]
fn details_are_an_array_of_objects_that_say_their_type_and_go_out_as_they_are_written() {
    let text = "[ {\"type\" : \"payment\", \"amount\": 1.50, \"x\":\"\\u00e9\"} ]";
    let body = |run: &dyn Fn(Run) -> Run| {
        let server = Server::new();
        run(client_of(server.url())).prints(TOKEN).run();
        server.request().field("authorization_details").unwrap()
    };
    assert_eq!(body(&|run| run.args(["--authorization-details", text])), text);
    assert_eq!(body(&|run| run.env("OAUTH2TOK_AUTHORIZATION_DETAILS", text)), text);
    assert_eq!(
        body(&|run| run.file("d.json", format!("{text}\n")).args(["--authorization-details", "@~/d.json"])),
        format!("{text}\n")
    );
    assert_eq!(
        body(&|run| {
            run.config(
                "profiles:\n  p:\n    authorization_details:\n      - type: payment\n        amount: 1.50\n        b: true\n        c: '1'\n        d: [x, null]\n",
            )
            .args(["-p", "p"])
        }),
        r#"[{"type":"payment","amount":1.50,"b":true,"c":"1","d":["x",null]}]"#
    );
    for wrong in ["{}", "[]x", "[1]", "[{}]", r#"[{"type":1}]"#, r#"[{"type":"x"},{}]"#, "words"] {
        refused_at(
            |server| client_of(server.url()).args(["--authorization-details", wrong]),
            "error: authorization_details (flag --authorization-details): expected a JSON array of objects, each with a text called 'type' (RFC 9396 §2)\n",
        );
    }
    let server = Server::new();
    client_of(server.url())
        .args(["-v", "--authorization-details", r#"[{"type":"payment"}]"#])
        .stdout(format!("{TOKEN}\n"))
        .stderr_with(["authorization_details=%5B%7B%22type%22%3A%22payment%22%7D%5D"])
        .run();
}

#[test]
fn secret_parameters_are_sent_as_parameters_are_and_hidden() {
    let yaml = "profiles:\n  p:\n    secret_params: { otp: 'env:OTP', pin: 'command:cat pin', 'x[y]': 'file:~/pin' }\n";
    for flags in [&["-v"][..], &["--dry-run"], &["--dry-run", "-o", "curl"], &["-v", "-o", "json"]] {
        let server =
            Server::answering(json(200, r#"{"access_token":"tok-1","token_type":"Bearer","echo":"0tp-4711"}"#));
        let output = client_of(server.url())
            .config(yaml)
            .file("pin", "p1n-4711\n")
            .env("OTP", "0tp-4711")
            .args(["-p", "p"])
            .args(flags)
            .any_end()
            .run();
        assert_eq!(output.code, 0, "{}", output.stderr);
        for secret in ["0tp-4711", "p1n-4711"] {
            assert!(!output.stderr.contains(secret), "{}", output.stderr);
            assert!(!output.stdout.contains("p1n-4711"), "{}", output.stdout);
        }
        if flags[0] == "-v" {
            let request = server.request();
            for (name, value) in [("otp", "0tp-4711"), ("pin", "p1n-4711"), ("x[y]", "p1n-4711")] {
                assert_eq!(request.field(name).as_deref(), Some(value));
            }
        }
    }
    let shown = client_of("https://idp.example/t")
        .env("OAUTH2TOK_SECRET_PARAMS", "otp=env:OTP")
        .env("OTP", "0tp-4711")
        .args(["--dry-run", "--show-secrets"])
        .any_output()
        .run();
    assert!(shown.stdout.contains("otp=0tp-4711"), "{}", shown.stdout);
    for reserved in ["client_secret", "assertion", "grant_type", "subject_token"] {
        let server = Server::new();
        client_of(server.url())
            .env("OAUTH2TOK_SECRET_PARAMS", format!("{reserved}=env:OTP"))
            .fails_with(2, [format!("'{reserved}' is a reserved protocol name")])
            .run();
        assert_eq!(server.connections(), 0);
    }
}

/// Loses the first connection after the request, and answers the second.
fn losing() -> Server {
    Server::answering_each([Answer::raw("").then(Then::Reset), exchanged()])
}

#[test]
fn what_was_made_here_or_works_again_is_repeated_after_a_lost_connection() {
    let server = losing();
    exchanging(&server).prints(TOKEN).run();
    assert_eq!(server.count(), 2);
    let server = losing();
    granting(&server, "jwt-bearer")
        .args(["-i", ID, "-a", "none", "--assertion-subject", "x", "--signing-key", "env:K"])
        .env("K", fixture(P256))
        .prints(TOKEN)
        .run();
    assert_eq!(server.count(), 2);
}

#[test]
fn an_assertion_of_somebody_else_is_not() {
    type Make = fn(&Server) -> Run;
    let makes: [Make; 4] = [
        |server| granting(server, "jwt-bearer").env("OAUTH2TOK_ASSERTION", "a.b.c"),
        |server| granting(server, "saml2-bearer").env("OAUTH2TOK_ASSERTION", "PHM-"),
        |server| oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID]).env("OAUTH2TOK_CLIENT_ASSERTION", "x"),
        |server| exchanging(server).args(["-i", ID]).env("OAUTH2TOK_CLIENT_ASSERTION", "x"),
    ];
    for make in makes {
        let server = losing();
        make(&server).fails_with(5, ["an assertion may work only once"]).run();
        assert_eq!(server.count(), 1);
        // An answer that says to try again is another matter.
        let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), exchanged()]);
        make(&server).prints(TOKEN).run();
        assert_eq!(server.count(), 2);
    }
    let server = losing();
    granting(&server, "urn:x:y").fails_with(5, ["what the grant holds may work only once"]).run();
    assert_eq!(server.count(), 1);
}

#[test]
fn an_exchange_says_what_it_issued() {
    let missing = "issued_token_type";
    let server = Server::new();
    exchanging(&server).prints(TOKEN).run();
    exchanging(&server).args(["-v"]).stdout(format!("{TOKEN}\n")).stderr_with([missing, "RFC 8693 §2.2.1"]).run();
    exchanging(&server).args(["--strict"]).fails_with(4, [missing, "RFC 8693 §2.2.1"]).run();
    let server = Server::answering(exchanged());
    exchanging(&server)
        .args(["--requested-token-type", "id_token"])
        .stdout(format!("{TOKEN}\n"))
        .stderr(
            "warning: the token that was issued is urn:ietf:params:oauth:token-type:access_token, and urn:ietf:params:oauth:token-type:id_token was asked for\n",
        )
        .run();
    exchanging(&server).args(["--requested-token-type", "access_token"]).prints(TOKEN).run();
}

#[test]
fn a_token_that_is_none_to_be_sent_is_printed_and_not_used() {
    let answer = || {
        json(
            200,
            r#"{"access_token":"tok-1","token_type":"N_A","expires_in":60,"issued_token_type":"urn:ietf:params:oauth:token-type:id_token"}"#,
        )
    };
    let server = Server::answering(answer());
    exchanging(&server).args(["--requested-token-type", "id_token"]).prints(TOKEN).run();
    exchanging(&server).args(["-o", "json"]).any_output().run();
    exchanging(&server).args(["--field", "token_type"]).stdout("N_A\n").run();
    for format in ["header", "curl", "exec-credential"] {
        exchanging(&server).args(["-o", format]).fails_with(4, ["N_A"]).run();
    }
}

#[test]
fn a_field_that_is_asked_for_is_enough() {
    let answer = r#"{"id_token":"id-4711","token_type":"Bearer"}"#;
    let server = Server::answering(json(200, answer));
    let run = || granting(&server, "jwt-bearer").env("OAUTH2TOK_ASSERTION", "a.b.c");
    run().args(["--field", "id_token"]).stdout("id-4711\n").run();
    run().args(["--field", "id_token", "--strict"]).fails_with(4, ["access_token"]).run();
    run().fails_with(4, ["access_token"]).run();
    run().args(["--field", "access_token"]).fails_with(4, ["access_token"]).run();
    run().args(["--field", "other"]).fails_with(4, ["error: "]).run();
    // Never kept.
    let home = home();
    let before = server.count();
    for _ in 0..2 {
        run().at_home(&home).args(["--field", "id_token", "--cache"]).stdout("id-4711\n").run();
    }
    assert_eq!(server.count(), before + 2);
    for error in [r#"{"id_token":"id-4711","error":"invalid_grant"}"#, r#"{"id_token":""}"#, r#"{"id_token":1}"#] {
        let server = Server::answering(json(200, error));
        granting(&server, "jwt-bearer")
            .env("OAUTH2TOK_ASSERTION", "a.b.c")
            .args(["--field", "id_token"])
            .code_in(&[3, 4])
            .stderr_with(["error: "])
            .run();
    }
}

#[test]
fn refresh_tokens_of_these_grants_are_printed_and_not_kept() {
    let home = home();
    let server = Server::scripted(|number, _| {
        token_with(
            &format!("tok-{number}"),
            r#","expires_in":1,"refresh_token":"r3fresh","issued_token_type":"urn:ietf:params:oauth:token-type:access_token""#,
        )
    });
    let run = || exchanging(&server).at_home(&home).args(["--cache"]);
    run().any_output().run();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    run().any_output().run();
    for request in server.requests() {
        assert!(request.body().contains("token-exchange"), "{request}");
    }
    let output = run().args(["-o", "json", "--force-new"]).any_output().run();
    assert!(output.stdout.contains("r3fresh"), "{}", output.stdout);
}
