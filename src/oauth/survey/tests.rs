//! Documents as they come, and what is told of them.

use std::time::Duration;

use super::*;
use crate::growth::check_linear;

const ISSUER: &str = "https://idp.example";

fn visit(standard: Standard, body: &str) -> Visit {
    Visit {
        standard,
        place: standard.location(&Issuer::parse(ISSUER).unwrap()),
        redirected: None,
        status: Some(200),
        took: Duration::from_millis(7),
        body: Ok(body.as_bytes().to_vec()),
        bends: Vec::new(),
    }
}

fn missing(standard: Standard, status: u16) -> Visit {
    Visit { status: Some(status), body: Err(format!("HTTP {status}")), ..visit(standard, "") }
}

fn survey_of(issuer: &str, oidc: &str, oauth: &str) -> Survey {
    let issuer = Issuer::parse(issuer).unwrap();
    Survey::of(&issuer, vec![visit(Standard::Oidc, oidc), visit(Standard::OAuth, oauth)])
}

/// One document, at the first place, with these members beside its issuer and token endpoint.
fn survey(members: &str) -> Survey {
    let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/token"{members}}}"#);
    let issuer = Issuer::parse(ISSUER).unwrap();
    Survey::of(&issuer, vec![visit(Standard::Oidc, &document), missing(Standard::OAuth, 404)])
}

/// A document of which nothing is wrong.
const GOOD: &str = r#","authorization_endpoint":"https://idp.example/auth","code_challenge_methods_supported":["S256"],"authorization_response_iss_parameter_supported":true"#;

fn findings(survey: &Survey) -> Vec<String> {
    let line = |finding: &Finding| format!("{} {}: {}", finding.severity.name(), finding.place, finding.finding);
    survey.findings.iter().map(line).collect()
}

#[track_caller]
fn finds(members: &str, expected: &[&str]) {
    assert_eq!(findings(&survey(members)), expected, "{members}");
}

#[test]
fn of_a_good_server_nothing_is_found() {
    finds("", &[]);
    finds(GOOD, &[]);
}

#[test]
fn a_document_of_another_issuer_is_told_and_not_used() {
    let other = r#"{"issuer":"https://other.example","token_endpoint":"https://other.example/token"}"#;
    let told = survey_of(ISSUER, other, "<html>");
    assert!(told.metadata.is_none() && told.usable.is_empty());
    assert_eq!(told.documents[0].issuer.as_deref(), Some("https://other.example"));
    assert!(!told.documents[0].is_usable());
    assert_eq!(
        findings(&told),
        [
            "error https://idp.example/.well-known/openid-configuration: its issuer is 'https://other.example', which is not the one asked for, code point by code point (RFC 8414 §3.3)",
            "info https://idp.example/.well-known/oauth-authorization-server: it answers HTTP 200 with no metadata document",
        ]
    );
    // Where the settings say so, it is.
    let issuer = Issuer::parse(ISSUER).unwrap().expecting(Some("https://other.example".into()));
    let told = Survey::of(&issuer, vec![visit(Standard::Oidc, other)]);
    assert!(told.metadata.is_some());
    assert_eq!(
        findings(&told),
        [
            "warning https://idp.example/.well-known/openid-configuration: its issuer is 'https://other.example', and is taken for the one asked for (expected_issuer)"
        ]
    );
    // A slash at the end is none of anybody's business once it is expected.
    let issuer = Issuer::parse(ISSUER).unwrap().expecting(Some(format!("{ISSUER}/")));
    let slash = format!(r#"{{"issuer":"{ISSUER}/","token_endpoint":"{ISSUER}/token"}}"#);
    assert_eq!(findings(&Survey::of(&issuer, vec![visit(Standard::OAuth, &slash)])), [""; 0]);
}

#[test]
fn what_stands_at_a_place_is_told_where_it_is_no_document() {
    let place = "https://idp.example/.well-known/openid-configuration";
    let told = |visit: Visit| findings(&Survey::of(&Issuer::parse(ISSUER).unwrap(), vec![visit]));
    let oidc = Standard::Oidc;
    for (visit, expected) in [
        (missing(oidc, 404), None),
        (missing(oidc, 403), None),
        (missing(oidc, 503), Some("warning PLACE: HTTP 503")),
        (missing(oidc, 429), Some("warning PLACE: HTTP 429")),
        (
            Visit { body: Err("it redirects to another origin, https://x.example/".into()), ..missing(oidc, 302) },
            Some("info PLACE: it redirects to another origin, https://x.example/"),
        ),
        (
            Visit { status: None, body: Err("no connection".into()), ..missing(oidc, 1) },
            Some("warning PLACE: no answer came: no connection"),
        ),
        (
            Visit { body: Err("its Content-Encoding cannot be undone: br".into()), ..missing(oidc, 200) },
            Some("warning PLACE: its Content-Encoding cannot be undone: br"),
        ),
        (visit(oidc, "<html>"), Some("info PLACE: it answers HTTP 200 with no metadata document")),
        (visit(oidc, " {\"issuer\":"), Some("error PLACE: it is not a JSON object")),
        (visit(oidc, "{}"), Some("error PLACE: it names no issuer, so it cannot be told whose it is (RFC 8414 §3.3)")),
        (visit(oidc, &format!(r#"{{"issuer":"{ISSUER}"}}"#)), Some("error PLACE: it has no token_endpoint")),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|line| line.replace("PLACE", place)).collect();
        assert_eq!(told(visit), expected);
    }
    let bent = Deviation { what: "it is odd".into(), section: "RFC 9110 §1" };
    let good = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/token"}}"#);
    assert_eq!(
        told(Visit { bends: vec![bent], ..visit(oidc, &good) }),
        [format!("warning {place}: it is odd (RFC 9110 §1)")]
    );
}

#[test]
fn an_endpoint_that_nothing_may_be_sent_to_is_found() {
    finds(
        r#","userinfo_endpoint":"http://idp.example/me?x=1","end_session_endpoint":"http://idp.example/out""#,
        &[
            "error userinfo_endpoint: http://idp.example/me is plain http",
            "error end_session_endpoint: http://idp.example/out is plain http",
        ],
    );
    finds(
        r#","mtls_endpoint_aliases":{"introspection_endpoint":"http://idp.example/i"}"#,
        &["error mtls_endpoint_aliases.introspection_endpoint: http://idp.example/i is plain http"],
    );
    finds(r#","revocation_endpoint":7"#, &["error revocation_endpoint: it is not a string"]);
    finds(r#","revocation_endpoint":null,"jwks_uri":null"#, &[]);
    finds(
        r#","jwks_uri":"https://u:p@idp.example/""#,
        &["error jwks_uri: it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)"],
    );
    // Of the token endpoint it is told once.
    for (value, why) in [
        (r#""http://idp.example/token""#, "http://idp.example/token is plain http"),
        ("7", "it is not a string"),
        (r#""/token""#, "it is not an absolute URL: expected something like https://login.example.com/token"),
    ] {
        let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":{value}}}"#);
        let told = Survey::of(&Issuer::parse(ISSUER).unwrap(), vec![visit(Standard::OAuth, &document)]);
        assert_eq!(findings(&told), [format!("error token_endpoint: {why}")]);
        assert!(told.metadata.is_none());
    }
    let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":null}}"#);
    let told = Survey::of(&Issuer::parse(ISSUER).unwrap(), vec![visit(Standard::OAuth, &document)]);
    assert_eq!(
        findings(&told),
        [format!("error {ISSUER}/.well-known/oauth-authorization-server: its token_endpoint is not a string")]
    );
}

#[test]
fn plain_http_is_no_finding_where_the_issuer_is_this_machine() {
    let local = "http://localhost:8080";
    let document = |endpoint: &str| {
        let document =
            format!(r#"{{"issuer":"{local}","token_endpoint":"{local}/t","introspection_endpoint":"{endpoint}"}}"#);
        let issuer = Issuer::parse(local).unwrap();
        findings(&Survey::of(&issuer, vec![visit(Standard::Oidc, &document)]))
    };
    assert_eq!(document("http://127.0.0.1:9/i"), [""; 0]);
    // A run sends nothing there all the same.
    assert_eq!(document("http://idp.example/i"), ["error introspection_endpoint: http://idp.example/i is plain http"]);
}

#[test]
fn none_is_found_where_it_takes_a_signature_away() {
    let of = |name: &str, algs: &str| survey(&format!(r#","{name}":{algs}"#));
    let id_token = "id_token_signing_alg_values_supported";
    assert_eq!(
        findings(&of(id_token, r#"["RS256","none"]"#)),
        [format!("warning {id_token}: 'none' is among them: ID tokens that nobody signed")]
    );
    for endpoint in ["token_endpoint", "revocation_endpoint", "introspection_endpoint", "other"] {
        let name = format!("{endpoint}_auth_signing_alg_values_supported");
        for none in ["none", "None", "NONE"] {
            assert_eq!(
                findings(&of(&name, &format!(r#"["{none}"]"#))),
                [format!("error {name}: 'none' is among them: clients that prove nothing (RFC 8414 §2 forbids it)")]
            );
        }
    }
    for usual in [
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
    ] {
        assert_eq!(findings(&of(usual, r#"["none"]"#)), [""; 0], "{usual}");
    }
    assert_eq!(findings(&of(id_token, r#"["RS256"]"#)), [""; 0]);
    assert_eq!(findings(&of(id_token, r#""none""#)), [""; 0]);
}

#[test]
fn what_protects_a_login_is_missed_where_there_is_one() {
    const S256: &str = "warning code_challenge_methods_supported: S256 is not listed: whoever gets hold of a code may be able to use it (RFC 7636, RFC 8414 §2)";
    const ISS: &str = "info authorization_response_iss_parameter_supported: iss is not promised in answers: one server's answer can be taken for another's (RFC 9207)";
    let endpoint = r#","authorization_endpoint":"https://idp.example/auth""#;
    finds(endpoint, &[S256, ISS]);
    finds(r#","grant_types_supported":["authorization_code"]"#, &[S256, ISS]);
    finds(r#","grant_types_supported":["client_credentials"]"#, &[]);
    finds(&format!(r#"{endpoint},"code_challenge_methods_supported":["plain"]"#), &[S256, ISS]);
    finds(&format!(r#"{endpoint},"code_challenge_methods_supported":["plain","S256"]"#), &[ISS]);
    finds(&GOOD.replace("true", "\"true\""), &[ISS]);
}

#[test]
fn a_member_that_stands_twice_is_found() {
    finds(r#","x":1,"x":2"#, &["warning x: it stands more than once (RFC 8259 §4)"]);
    let twice = format!(r#"{{"issuer":"{ISSUER}","issuer":"{ISSUER}","token_endpoint":"{ISSUER}/t"}}"#);
    let told = Survey::of(&Issuer::parse(ISSUER).unwrap(), vec![visit(Standard::Oidc, &twice)]);
    assert_eq!(findings(&told), ["error issuer: it stands more than once (RFC 8259 §4)"]);
}

#[test]
fn what_both_documents_say_is_found_once_and_the_worst_comes_first() {
    let document = format!(
        r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/t","authorization_endpoint":"{ISSUER}/a","jwks_uri":"http://idp.example/k"}}"#
    );
    let told = findings(&survey_of(ISSUER, &document, &document));
    let severities: Vec<_> = told.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(severities, ["error", "warning", "info"], "{told:?}");
}

#[test]
fn the_documents_are_compared_member_by_member() {
    let told = |oidc: &str, oauth: &str| {
        let line = |difference: &Difference| {
            let told = |raw: &Option<String>| raw.as_deref().unwrap_or("-").to_owned();
            format!("{} {} {}", difference.member, told(&difference.oidc), told(&difference.oauth))
        };
        survey_of(ISSUER, oidc, oauth).differences.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(told(r#"{"a":1,"b":"x"}"#, r#"{"a":2,"c":[1]}"#), ["a 1 2", "b \"x\" -", "c - [1]"]);
    for (oidc, oauth) in [
        (r#"{"a":["x","y"]}"#, r#"{"a": [ "y" , "x" ] }"#),
        (r#"{"a":{"x":1,"y":[1,2]}}"#, r#"{"a":{"y":[1, 2],"x":1}}"#),
        (r#"{"a":"https://x/"}"#, r#"{"a":"https:\/\/x\/"}"#),
        (r#"{"a":null,"b":1}"#, r#"{"b":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(told(oidc, oauth), [""; 0], "{oidc} {oauth}");
    }
    for (oidc, oauth) in [
        (r#"{"a":["x"]}"#, r#"{"a":["x","x"]}"#),
        (r#"{"a":"x,y"}"#, r#"{"a":["x","y"]}"#),
        (r#"{"a":["x,y"]}"#, r#"{"a":["x","y"]}"#),
        (r#"{"a":true}"#, r#"{"a":"true"}"#),
        (r#"{"a":[]}"#, r#"{"a":{}}"#),
    ] {
        assert_eq!(told(oidc, oauth).len(), 1, "{oidc} {oauth}");
    }
    // There is nothing to compare one with.
    assert_eq!(told(r#"{"a":1}"#, "<html>"), [""; 0]);
}

#[test]
fn an_endpoint_is_marked_where_it_leaves_the_issuer() {
    let told = survey(
        r#","jwks_uri":"https://keys.example/k","x_endpoint":"https://IDP.example:8443/x","registration_endpoint":7,"service_documentation":"https://docs.example","check_session_iframe":"https://idp.example/s","y_endpoint":"y","mtls_endpoint_aliases":{"token_endpoint":"https://mtls.idp.example/token"}"#,
    );
    let line = |named: &Named| match &named.host {
        Some((host, leaves)) => format!("{} {host} {leaves:?}", named.name),
        None => format!("{} {}", named.name, named.url),
    };
    assert_eq!(
        told.endpoints.iter().map(line).collect::<Vec<_>>(),
        [
            "token_endpoint idp.example Nothing",
            "jwks_uri keys.example Host",
            "x_endpoint idp.example:8443 Port",
            "check_session_iframe idp.example Nothing",
            "y_endpoint y",
            "mtls_endpoint_aliases.token_endpoint mtls.idp.example Host",
        ]
    );
    // What the second document names besides is there too, and nothing of one that is another's.
    let own = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/t"}}"#);
    let more = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/t","jwks_uri":"{ISSUER}/k"}}"#);
    let names = |survey: Survey| survey.endpoints.into_iter().map(|named| named.name).collect::<Vec<_>>();
    assert_eq!(names(survey_of(ISSUER, &own, &more)), ["token_endpoint", "jwks_uri"]);
    assert_eq!(names(survey_of(ISSUER, &own, &more.replace(ISSUER, "https://other.example"))), ["token_endpoint"]);
}

#[track_caller]
fn usable(members: &str, what: &str, expected: (bool, &str)) {
    let survey = survey(members);
    let told = survey.usable(what).unwrap();
    assert_eq!((told.usable, &*told.why), expected, "{what} {members}");
}

#[test]
fn what_can_be_used_is_told_with_the_reason() {
    let auth = r#","authorization_endpoint":"https://idp.example/auth""#;
    usable("", "grant client_credentials", (true, "grant_types_supported is missing, which rules nothing out"));
    usable("", "grant authorization_code", (false, "authorization_endpoint is not named"));
    let grants =
        r#","grant_types_supported":["password","implicit","urn:ietf:params:oauth:grant-type:device_code","urn:x:y"]"#;
    usable(grants, "grant password", (true, "listed in grant_types_supported"));
    usable(grants, "grant client_credentials", (false, "not listed in grant_types_supported"));
    usable(grants, "grant device_code", (false, "device_authorization_endpoint is not named"));
    usable(grants, "grant urn:x:y", (true, "by its name with -g, and what it wants with --param"));
    usable(grants, "grant implicit", (false, "not known here"));

    const METHODS: &str = "token_endpoint_auth_methods_supported";
    usable(
        "",
        "auth method client_secret_basic",
        (true, &format!("{METHODS} is missing, which means this one (RFC 8414 §2)")),
    );
    usable(
        "",
        "auth method none",
        (false, &format!("{METHODS} is missing, which means client_secret_basic (RFC 8414 §2)")),
    );
    let methods =
        format!(r#","{METHODS}":["client_secret_post","private_key_jwt","tls_client_auth","attest_jwt_client_auth"]"#);
    usable(&methods, "auth method client_secret_post", (true, &format!("listed in {METHODS}")));
    usable(&methods, "auth method client_secret_basic", (false, &format!("not listed in {METHODS}")));
    usable(
        &methods,
        "auth method none",
        (false, &format!("not listed in {METHODS}; many servers take public clients and do not say so")),
    );
    usable(&methods, "auth method private_key_jwt", (true, &format!("listed in {METHODS}")));
    usable(&methods, "auth method tls_client_auth", (true, &format!("listed in {METHODS}")));
    usable(&methods, "auth method attest_jwt_client_auth", (false, "not known here"));
    let algs = |algs: &str| format!(r#"{methods},"token_endpoint_auth_signing_alg_values_supported":[{algs}]"#);
    usable(
        &algs(r#""HS256","ES256K","PS256","RS256""#),
        "auth method private_key_jwt",
        (true, "listed, to be signed by RS256, PS256"),
    );
    usable(
        &algs(r#""HS256","ES256K""#),
        "auth method private_key_jwt",
        (false, "none of token_endpoint_auth_signing_alg_values_supported is known here"),
    );

    let pkce = |list: &str| format!(r#"{auth},"code_challenge_methods_supported":{list}"#);
    usable(&pkce(r#"["S256"]"#), "PKCE", (true, "S256 is listed in code_challenge_methods_supported"));
    usable(
        &pkce(r#"["plain"]"#),
        "PKCE",
        (false, "S256 is not listed in code_challenge_methods_supported; a login sends it all the same"),
    );
    usable(auth, "PKCE", (false, "code_challenge_methods_supported is missing; a login sends S256 all the same"));
    usable("", "PKCE", (false, "authorization_endpoint is not named"));

    let par = r#","pushed_authorization_request_endpoint":"https://idp.example/par""#;
    usable(par, "PAR", (true, "pushed_authorization_request_endpoint is named"));
    usable(
        &format!(r#"{par},"require_pushed_authorization_requests":true"#),
        "PAR",
        (true, "pushed_authorization_request_endpoint is named, and required (require_pushed_authorization_requests)"),
    );
    usable("", "PAR", (false, "pushed_authorization_request_endpoint is not named"));
    usable(GOOD, "iss", (true, "authorization_response_iss_parameter_supported is true"));
    usable("", "iss", (false, "authorization_response_iss_parameter_supported is not true"));

    let dpop = |list: &str| format!(r#","dpop_signing_alg_values_supported":{list}"#);
    usable(&dpop(r#"["ES256","RS256"]"#), "DPoP", (true, "proofs signed by RS256, ES256"));
    usable(&dpop(r#"["ES256K","HS256"]"#), "DPoP", (false, "none of dpop_signing_alg_values_supported is known here"));
    usable("", "DPoP", (false, "dpop_signing_alg_values_supported is missing"));

    let aliases = r#","mtls_endpoint_aliases":{"token_endpoint":"https://m.idp.example/t","revocation_endpoint":"https://m.idp.example/r"}"#;
    usable(aliases, "mTLS aliases", (true, "with --cert, token_endpoint, revocation_endpoint"));
    usable("", "mTLS aliases", (false, "mtls_endpoint_aliases is missing: with --cert the usual endpoints are asked"));

    for (what, name) in [
        ("device", "device_authorization_endpoint"),
        ("introspection", "introspection_endpoint"),
        ("revocation", "revocation_endpoint"),
        ("userinfo", "userinfo_endpoint"),
    ] {
        usable(&format!(r#","{name}":"https://idp.example/x""#), what, (true, &format!("{name} is named")));
        usable("", what, (false, &format!("{name} is not named")));
        usable(
            &format!(r#","{name}":"http://idp.example/x""#),
            what,
            (false, &format!("its {name} cannot be used: http://idp.example/x is plain http")),
        );
    }
}

#[test]
fn an_endpoint_that_the_first_document_lacks_is_taken_from_the_other() {
    let own = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/t"}}"#);
    let more = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/x","jwks_uri":"{ISSUER}/k"}}"#);
    let told = survey_of(ISSUER, &own, &more);
    assert_eq!(told.keys_uri().unwrap().as_str(), "https://idp.example/k");
    assert_eq!(told.metadata.unwrap().token_endpoint.as_str(), "https://idp.example/t");
    // The other need not name what the first does.
    let told = survey_of(ISSUER, &own, &more.replace("token_endpoint", "x_endpoint"));
    assert_eq!(told.keys_uri().unwrap().as_str(), "https://idp.example/k");
    assert!(told.documents[1].is_usable() && told.findings.iter().any(|found| found.severity == Severity::Warning));
    assert_eq!(told.metadata.unwrap().token_endpoint.as_str(), "https://idp.example/t");
}

#[test]
fn what_is_wrong_with_keys_is_found_in_the_order_of_its_weight() {
    let mut told = survey("");
    let place = Url::parse("https://idp.example/keys?x=1").unwrap();
    let set = r#"{"keys":[{"kty":"EC","crv":"secp256k1"},{"kid":"a","kty":"oct","k":"c2VjcmV0"}]}"#;
    told.take_keys(&place, Ok(set.as_bytes()), 0);
    assert_eq!(told.keys.len(), 2);
    assert_eq!(
        findings(&told),
        [
            "error key 2 (kid a): a secret (kty oct) is published: whoever reads it can sign as this server",
            "warning key 1: it has no kid, and is not the only key: a token cannot name it (RFC 7517 §4.5)",
        ]
    );
    for (came, expected) in [
        (Ok(&b"{\"keys\":[]}"[..]), "warning https://idp.example/keys: the set holds no key"),
        (Ok(b"<html>"), "error https://idp.example/keys: the keys cannot be had: it is malformed JSON"),
        (Err("HTTP 404".to_owned()), "error https://idp.example/keys: the keys cannot be had: HTTP 404"),
    ] {
        let mut told = survey("");
        told.take_keys(&place, came, 0);
        assert_eq!((told.keys.len(), findings(&told)), (0, vec![expected.to_owned()]));
    }
    let many = format!(r#"{{"keys":[{}]}}"#, vec![r#"{"kty":"x","kid":"a","alg":"b"}"#; 300].join(","));
    let mut told = survey("");
    told.take_keys(&place, Ok(many.as_bytes()), 0);
    assert_eq!((told.keys.len(), told.findings.len()), (256, 256));
}

#[test]
fn an_openid_provider_must_name_its_keys_and_others_need_not() {
    let lacks = |mut survey: Survey| {
        survey.lack_keys();
        findings(&survey)
    };
    assert_eq!(
        lacks(survey("")),
        ["error jwks_uri: the keys cannot be had: it is not named (OpenID Connect Discovery §3)"]
    );
    let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/token"}}"#);
    let issuer = Issuer::parse(ISSUER).unwrap();
    assert_eq!(lacks(Survey::of(&issuer, vec![visit(Standard::OAuth, &document)])), [""; 0]);
    // That it must not be used is told already.
    assert_eq!(
        lacks(survey(r#","jwks_uri":"http://idp.example/k""#)),
        ["error jwks_uri: http://idp.example/k is plain http"]
    );
}

#[test]
fn real_documents_are_read() {
    for (text, issuer, strangers) in [
        (include_str!("../../../tests/fixtures/metadata/google.json"), "https://accounts.google.com", 5),
        (include_str!("../../../tests/fixtures/metadata/keycloak.json"), "https://kc.example/realms/acme", 0),
    ] {
        let told = Survey::of(&Issuer::parse(issuer).unwrap(), vec![visit(Standard::Oidc, text)]);
        assert!(told.documents[0].is_usable());
        let leaving = told.endpoints.iter().filter(|named| matches!(named.host, Some((_, Leaves::Host))));
        assert_eq!(leaving.count(), strangers, "{:?}", told.endpoints);
        assert!(told.findings.iter().all(|finding| finding.severity < Severity::Error), "{:?}", findings(&told));
    }
}

#[test]
fn a_hostile_document_makes_little_work_and_a_short_survey() {
    let list = |name: &str, count: usize| format!(r#","{name}":[{}]"#, vec!["\"x\""; count].join(","));
    let names = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    let makes: [&dyn Fn(usize) -> String; 6] = [
        &|count| list("grant_types_supported", count),
        &|count| list("token_endpoint_auth_methods_supported", count),
        &|count| names(count, &|n| format!(r#","m{n}":{n}"#)),
        &|count| names(count, &|n| format!(r#","e{n}_endpoint":"http://x{n}""#)),
        &|count| names(count, &|n| format!(r#","a{n}_auth_signing_alg_values_supported":["none"]"#)),
        &|count| {
            format!(r#","mtls_endpoint_aliases":{{"a":1{}}}"#, names(count, &|n| format!(r#","e{n}_endpoint":7"#)))
        },
    ];
    for make in makes {
        let told = survey(&make(5000));
        assert!(told.findings.len() <= 256 && told.endpoints.len() <= 64 && told.usable.len() < 100);
        check_linear(300, make, |members| {
            let document = format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{ISSUER}/token"{members}}}"#);
            assert!(survey_of(ISSUER, &document, &document.replace('x', "y")).differences.len() <= 256);
        });
    }
}
