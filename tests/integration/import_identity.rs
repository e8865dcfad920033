//! `oauth2tok import` of machine identity: what signs, trades or proves itself by a certificate there does so here, and the real
//! program sends what that system sends.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::harness::*;
use super::import::{check_wire, idp, import, journey};

const KEY: &str = include_str!("../fixtures/rsa.pkcs8.pem");

/// Header and claims of a JWT.
fn opened(jwt: &str) -> (Value, Value) {
    let part = |at: usize| {
        let part = jwt.split('.').nth(at).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    (part(0), part(1))
}

/// The claims without those that differ each time.
fn lasting(mut claims: Value) -> Value {
    let claims_of = claims.as_object_mut().unwrap();
    let times = ["exp", "iat"].map(|name| claims_of.remove(name).unwrap().as_u64().unwrap());
    claims_of.remove("jti").unwrap();
    claims_of.insert("lives".into(), json!(times[0] - times[1]));
    claims
}

/// The profile that a file of Google's becomes, and what is sent with it to a server in Google's place.
fn google(file: &str, env: &[(&str, &str)], notes: &str) -> (String, Request) {
    let home = home();
    let imported = oauth2tok().at_home(&home).file("g.json", file);
    let path = imported.path_text("g.json");
    let imported = imported.args(["import", "--from", "google", &path]).any_output().stderr(notes).run();
    let server = Server::new();
    let fetch = oauth2tok().at_home(&home).file("p.yaml", &imported.stdout);
    let fetch = env.iter().fold(fetch, |run, (name, value)| run.env(name, value));
    fetch.args(["-p", "./p.yaml", "--token-endpoint", &server.url()]).prints("tok-1").run();
    (imported.stdout, server.request())
}

#[test]
fn a_google_service_account_signs_with_its_file() {
    let account = json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k1", "private_key": KEY,
        "client_email": "ci@p.iam.gserviceaccount.com", "token_uri": "https://evil.example/token",
    });
    let notes = "note: token_uri names a server that is not Google's, and is left out: https://oauth2.googleapis.com/token is asked. If you trust it, write it as token_endpoint\n\
                 note: scope is not in the file: without the variable GOOGLE_SCOPE it is cloud-platform, all that the account may do; write less if less will do\n\
                 note: the account speaks for itself; for a user of its domain write assertion_subject: USER\n";
    let (profile, request) = google(&account.to_string(), &[("GOOGLE_SCOPE", "a b")], notes);
    assert!(profile.contains("token_endpoint: https://oauth2.googleapis.com/token\n"), "{profile}");
    assert!(profile.contains("/g.json\n") && !profile.contains("PRIVATE KEY"), "{profile}");
    let (header, claims) = opened(&request.field("assertion").unwrap());
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let expected = json!({"iss": "ci@p.iam.gserviceaccount.com", "aud": claims["aud"], "scope": "a b", "lives": 60});
    assert_eq!(lasting(claims), expected);
    assert_eq!(
        (request.field("scope"), request.field("client_id"), request.header("authorization")),
        (None, None, None)
    );
    assert_eq!(request.field("grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
}

#[test]
fn a_google_account_on_stdin_is_named_by_a_variable() {
    let account = json!({"type": "service_account", "private_key": KEY, "client_email": "a@b.example"}).to_string();
    let imported = import("google", account.as_str()).any_output().run();
    let server = Server::new();
    let fetch = oauth2tok().file("p.yaml", &imported.stdout).env("SIGNING_KEY", &account);
    fetch.args(["-p", "./p.yaml", "--token-endpoint", &server.url()]).prints("tok-1").run();
    assert!(server.request().field("assertion").is_some());
    assert!(imported.stderr.contains("set the environment variable SIGNING_KEY to it"), "{}", imported.stderr);
}

#[test]
fn a_google_users_token_is_refreshed() {
    let user = json!({"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "1//r"});
    let notes = "note: refresh_token had a secret, which is not written out; set the environment variable REFRESH_TOKEN to it (--keep-secrets writes it out)\n\
                 note: client_secret had a secret, which is not written out; set the environment variable CLIENT_SECRET to it (--keep-secrets writes it out)\n";
    let (_, request) = google(&user.to_string(), &[("REFRESH_TOKEN", "1//r"), ("CLIENT_SECRET", "s")], notes);
    assert_eq!(request.body(), "grant_type=refresh_token&refresh_token=1%2F%2Fr&client_id=i&client_secret=s");
}

#[test]
fn google_trades_a_token_from_a_file() {
    let dir = home();
    let token = dir.path().join("token");
    std::fs::write(&token, "e30.e30.c2ln\n").unwrap();
    let account = json!({
        "type": "external_account", "audience": "//iam.googleapis.com/projects/1/providers/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": token},
    });
    let notes = "note: scope is not in the file: without the variable GOOGLE_SCOPE it is cloud-platform, all that the account may do; write less if less will do\n";
    let (profile, request) = google(&account.to_string(), &[], notes);
    assert!(profile.contains("token_endpoint: https://sts.googleapis.com/v1/token\n"), "{profile}");
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", "//iam.googleapis.com/projects/1/providers/x"),
        ("scope", "https://www.googleapis.com/auth/cloud-platform"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("subject_token", "e30.e30.c2ln"),
    ] {
        assert_eq!(request.field(name).as_deref(), Some(value), "{request}");
    }
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn google_trades_the_token_of_a_github_job() {
    let platform = Server::answering(json(200, r#"{"value": "e30.e30.c2ln"}"#));
    let account = json!({
        "type": "external_account", "audience": "//iam.googleapis.com/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {
            "url": "https://run.actions.githubusercontent.com/x/idtoken?api-version=2.0&audience=https%3A%2F%2Fiam.googleapis.com%2Fx",
            "headers": {"Authorization": "Bearer j0b-canary"},
            "format": {"type": "json", "subject_token_field_name": "value"},
        },
    });
    let notes = "note: scope is not in the file: without the variable GOOGLE_SCOPE it is cloud-platform, all that the account may do; write less if less will do\n\
                 note: credential_source.url is GitHub's: each run asks for a token of its own, in jobs with 'permissions: id-token: write'\n";
    let env = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &*platform.at("/idtoken?api-version=2.0")),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "j0b"),
    ];
    let (profile, request) = google(&account.to_string(), &env, notes);
    assert!(!profile.contains("canary"), "{profile}");
    assert_eq!(request.field("subject_token").as_deref(), Some("e30.e30.c2ln"));
    assert_eq!(platform.request().target(), "/idtoken?api-version=2.0&audience=https%3A%2F%2Fiam.googleapis.com%2Fx");
}

#[test]
fn what_google_cannot_carry_is_told_with_what_to_do() {
    import("google", r#"{"type": "external_account", "audience": "a", "subject_token_type": "urn:x:y", "credential_source": {"environment_id": "aws1"}}"#)
        .fails(
            2,
            "note: scope is not in the file: without the variable GOOGLE_SCOPE it is cloud-platform, all that the account may do; write less if less will do\n\
             error: credential_source.environment_id: a request signed by AWS cannot be made: let the pool trust AWS's OIDC tokens (outbound identity federation), and write subject_token: command:aws sts get-web-identity-token --audience … with subject_token_type: jwt\n\
             hint: mend or remove it in the input; 'oauth2tok import --help' lists what is understood\n",
        )
        .run();
    import("google", r#"{"installed": {"client_id": "x"}}"#)
        .fails(
            2,
            "error: it is the client of an application that people log in to, and holds no credentials of theirs\n\
             hint: 'gcloud auth application-default login --client-id-file FILE' makes some\n",
        )
        .run();
}

/// A block of Couper's that signs.
fn couper(origin: &str, grant: &str, more: &str, signing: &str) -> String {
    format!(
        "oauth2 {{\n  grant_type = \"{grant}\"\n  token_endpoint = \"{origin}/token\"\n  client_id = \"ci\"\n  scope = \"read\"\n{more}\n  jwt_signing_profile {{\n{signing}\n  }}\n}}\n"
    )
}

#[test]
fn couper_signs_for_its_client_and_for_a_grant() {
    let server = idp();
    let signing = "    key = env.KEY\n    signature_algorithm = \"RS384\"\n    ttl = \"5m\"\n    claims = { aud = \"https://as.example\", tenant = env.TENANT, level = 2 }\n    headers = { kid = \"k1\" }";
    let method = "  token_endpoint_auth_method = \"private_key_jwt\"";
    let input = couper(&server.origin(), "client_credentials", method, signing);
    let (_, notes, request) = journey("couper", &input, &[], &[("KEY", KEY), ("TENANT", "acme")], &server);
    assert_eq!(notes, "");
    let (header, claims) = opened(&request.field("client_assertion").unwrap());
    assert_eq!(header, json!({"alg": "RS384", "typ": "JWT", "kid": "k1"}));
    let expected =
        json!({"iss": "ci", "sub": "ci", "aud": "https://as.example", "tenant": "acme", "level": 2, "lives": 300});
    assert_eq!(lasting(claims), expected);
    assert_eq!(request.field("client_id").as_deref(), Some("ci"));
    assert_eq!(request.field("scope").as_deref(), Some("read"));

    let server = idp();
    let signing = "    key = env.KEY\n    signature_algorithm = \"RS256\"\n    ttl = \"60s\"\n    claims = { iss = \"me\", aud = [\"a\", \"b\"] }";
    let input = couper(&server.origin(), "urn:ietf:params:oauth:grant-type:jwt-bearer", "", signing);
    let (_, notes, request) = journey("couper", &input, &[], &[("KEY", KEY)], &server);
    assert_eq!(notes, "note: oauth2.client_id is left out: with this grant Couper sends nothing of a client\n");
    let (_, claims) = opened(&request.field("assertion").unwrap());
    assert_eq!(lasting(claims), json!({"iss": "me", "aud": ["a", "b"], "lives": 60}));
    assert_eq!((request.field("client_id"), request.header("authorization")), (None, None));
}

#[test]
fn prometheus_names_its_client_in_the_assertion_alone() {
    let server = idp();
    let input = format!(
        "oauth2:\n  token_url: {}/token\n  client_id: ci\n  grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer\n  client_certificate_key: {}\n  client_certificate_key_id: k1\n  scopes: [a, b]\n  claims: {{n: 7, s: '7'}}\n",
        server.origin(),
        json!(KEY)
    );
    let (_, notes, request) = journey("prometheus", &input, &[], &[("SIGNING_KEY", KEY)], &server);
    assert_eq!(
        notes,
        "note: oauth2.client_certificate_key had a secret, which is not written out; set the environment variable SIGNING_KEY to it (--keep-secrets writes it out)\n"
    );
    let (header, claims) = opened(&request.field("assertion").unwrap());
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let aud = format!("{}/token", server.origin());
    let expected = json!({"iss": "ci", "sub": "ci", "aud": aud, "n": 7, "s": "7", "scope": "a b", "lives": 600});
    assert_eq!(lasting(claims), expected);
    assert_eq!(request.field("scope").as_deref(), Some("a b"));
    assert_eq!(request.field("client_id"), None);
}

#[test]
fn curl_sends_the_assertion_or_the_token_that_it_sent() {
    let server = idp();
    let line = |fields: &str| format!("curl {}/token {fields}", server.origin());
    let input = line(
        "-d grant_type=client_credentials -d client_id=ci -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d client_assertion=e30.e30.c2ln",
    );
    let (_, notes, request) = journey("curl", &input, &[], &[("CLIENT_ASSERTION", "e30.e30.c2ln")], &server);
    let body = "grant_type=client_credentials&client_id=ci&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e30.e30.c2ln";
    check_wire(&request, "/token", None, body);
    assert!(notes.contains("expires, and the profile with it"), "{notes}");

    let server = idp();
    let input = format!(
        "curl {}/token -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d subject_token=$T -d subject_token_type=urn:ietf:params:oauth:token-type:jwt",
        server.origin()
    );
    let (_, _, request) = journey("curl", &input, &[], &[("T", "e30.e30.c2ln")], &server);
    let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=e30.e30.c2ln&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt";
    check_wire(&request, "/token", None, body);
}

#[test]
fn a_proof_of_curls_is_made_anew() {
    let server = Server::answering(json(200, r#"{"access_token": "tok-1", "token_type": "DPoP"}"#));
    let input = format!("curl {} -u ci:$S -H 'DPoP: e30.e30.c2ln' -d grant_type=client_credentials", server.url());
    let imported = import("curl", input.as_str()).any_output().run();
    oauth2tok()
        .file("p.yaml", &imported.stdout)
        .args(["-p", "./p.yaml"])
        .env("S", "s3cret")
        .any_output()
        .stdout("tok-1\n")
        .run();
    let (header, claims) = opened(server.request().header("dpop").unwrap());
    assert_eq!((&header["typ"], &claims["htm"]), (&json!("dpop+jwt"), &json!("POST")));
}

#[test]
fn spring_leaves_the_key_to_a_variable() {
    let server = idp();
    let input = format!(
        "spring.security.oauth2.client:\n  registration:\n    a: {{client-id: ci, authorization-grant-type: client_credentials, client-authentication-method: private_key_jwt}}\n  provider:\n    a: {{token-uri: '{}/token'}}\n",
        server.origin()
    );
    let (_, notes, request) = journey("spring", &input, &[], &[("SIGNING_KEY", KEY)], &server);
    assert_eq!(
        notes,
        "note: registration.client-authentication-method takes signing_key from the running application: set the environment variable SIGNING_KEY to it, or name another source\n"
    );
    let (_, claims) = opened(&request.field("client_assertion").unwrap());
    assert_eq!(lasting(claims)["aud"], json!(format!("{}/token", server.origin())));
}
