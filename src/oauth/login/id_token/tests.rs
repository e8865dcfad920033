//! ID tokens that are the answer to a login, and all the ways in which they are not.

use std::time::Duration;

use super::*;

const NOW: u64 = 1_800_000_000;
/// OpenID Connect Core §A.3's access token, and the hash in its ID token.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const GOOD: &str = r#"{"iss":"https://a.example","sub":"Jane","aud":"me","exp":1800000300,"iat":1800000000,"nonce":"n","auth_time":1799999990,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn members(text: &str) -> Members {
    Members::parse(text).unwrap().unwrap()
}

/// What is told of these claims: the deviations, or the message and the hints, a line each.
fn told(claims: &Members, change: impl Fn(&mut Expected<'_>)) -> String {
    let (nonce, access_token) = (Secret::new("n"), Secret::new(ACCESS_TOKEN));
    let mut expected = Expected {
        issuer: Some("https://a.example"),
        client_id: "me",
        nonce: Some(&nonce),
        access_token: Some(&access_token),
        max_age: None,
        now: at(NOW),
        server_clock: None,
        leeway: LEEWAY,
    };
    change(&mut expected);
    match check(claims, Some(Alg::RS256), &expected) {
        Ok(deviations) => {
            deviations.iter().map(|bent| format!("{} ({})", bent.what, bent.section)).collect::<Vec<_>>().join("\n")
        }
        Err(error) => told_of(error),
    }
}

fn told_of(error: IdTokenError) -> String {
    let problem = Problem::from(error);
    assert_eq!(problem.class, Class::BadResponse);
    [vec![problem.message()], problem.hints].concat().join("\n")
}

/// The good one with members replaced; a value that is no JSON takes the member out.
fn changed(changes: &[(&str, &str)]) -> Members {
    let mut claims = members(GOOD);
    for (name, value) in changes {
        match value.is_empty() {
            true => claims.remove(name),
            false => claims.set_raw(name, value),
        }
    }
    claims
}

#[track_caller]
fn check_told(changes: &[(&str, &str)], expected: &str) {
    assert_eq!(told(&changed(changes), |_| {}), expected, "{changes:?}");
}

#[test]
fn the_answer_to_this_login_is_right() {
    for changes in [
        &[][..],
        &[("aud", r#"["me"]"#)],
        &[("aud", r#"["me","me"]"#)],
        &[("aud", r#"["other","me"]"#), ("azp", r#""me""#)],
        &[("azp", r#""me""#)],
        &[("at_hash", "")],
        &[("exp", "1799999970.5")],
        &[("exp", "1.8E9")],
        &[("exp", "99999999999999999999999")],
        &[("iat", "1800000030")],
        &[("iat", "0")],
        &[("nbf", "1800000030")],
        &[("auth_time", "")],
        &[("auth_time", r#""then""#)],
    ] {
        check_told(changes, "");
    }
}

#[test]
fn what_is_odd_and_does_no_harm_is_a_deviation() {
    let nobody = "the ID token does not say who logged in (sub) (OpenID Connect Core §2)";
    check_told(&[("sub", "")], nobody);
    check_told(&[("sub", r#""""#)], nobody);
    check_told(&[("sub", "17")], nobody);
    let other = "the ID token is for client 'me' and says that 'other' asked for it (azp) (OpenID Connect Core §2)";
    check_told(&[("azp", r#""other""#)], other);
    check_told(&[("azp", r#""other""#), ("aud", r#"["me"]"#)], other);
}

#[test]
fn another_issuer_is_told_with_the_setting_that_would_mean_it() {
    for found in ["https://a.example/", "https://A.example", "http://a.example", "https://evil.example"] {
        check_told(
            &[("iss", &format!(r#""{found}""#))],
            &format!(
                "the ID token is not right: its iss is '{found}', not 'https://a.example', code point by code point
if that is the tenant or realm that you mean, write issuer: {found}"
            ),
        );
    }
    let missing = "the ID token is not right: it has no iss
ask those who run this server; without openid in the scope no ID token comes";
    for value in ["", "null", "1", r#"["https://a.example"]"#] {
        check_told(&[("iss", value)], missing);
    }
    assert_eq!(told(&changed(&[("iss", r#""https://x""#)]), |expected| expected.issuer = None), "");

    // The name that Entra gives to all tenants at once.
    let entra = |changes: &[(&str, &str)]| {
        told(&changed(changes), |expected| expected.issuer = Some("https://login.example/{tenantid}/v2.0"))
    };
    let own = ("iss", r#""https://login.example/0a-1b/v2.0""#);
    assert_eq!(entra(&[own, ("tid", r#""0a-1b""#)]), "");
    for (iss, tid) in [
        (own.1, ""),
        (own.1, r#""0a-1c""#),
        (own.1, r#""""#),
        (r#""https://login.example//v2.0""#, r#""""#),
        (r#""https://login.example/a/b/v2.0""#, r#""a/b""#),
        (r#""https://login.example/0a-1b/v2.0""#, "1"),
    ] {
        assert!(entra(&[("iss", iss), ("tid", tid)]).contains("its iss is"), "{iss} {tid}");
    }
    assert_eq!(entra(&[("iss", r#""https://login.example/{tenantid}/v2.0""#)]), "");
}

#[test]
fn it_is_for_this_client() {
    let is_it = "is 'other' the client that you mean? then write client_id: other";
    let look = "the server must name client 'me' in aud: look at the client's settings there";
    for (aud, expected) in [
        (r#""other""#, format!("its aud is 'other', not client 'me'\n{is_it}")),
        (r#"["other"]"#, format!("its aud is 'other', not client 'me'\n{is_it}")),
        (r#"["a","b"]"#, format!("its aud is 'a', 'b', not client 'me'\n{look}")),
        (
            r#"["ME"]"#,
            "its aud is 'ME', not client 'me'\nis 'ME' the client that you mean? then write client_id: ME".to_owned(),
        ),
        (r#"["me "]"#, format!("its aud is 'me ', not client 'me'\n{look}")),
        (r#"[["me"],{"me":1}]"#, format!("its aud is '[\"me\"]', '{{\"me\":1}}', not client 'me'\n{look}")),
        (r#"{"me":1}"#, format!("its aud is '{{\"me\":1}}', not client 'me'\n{look}")),
        ("[1,2,3,4,5,6,7]", format!("its aud is '1', '2', '3', '4', '5', not client 'me'\n{look}")),
    ] {
        check_told(&[("aud", aud)], &format!("the ID token is not right: {expected}"));
    }
    let without = "the ID token is not right: it has no aud
ask those who run this server; without openid in the scope no ID token comes";
    for aud in ["", "null", "[]"] {
        check_told(&[("aud", aud)], without);
    }
    let hint = "leave further audiences away from the ID token, or have the server name client 'me' in azp";
    for (aud, azp, expected) in [
        (r#"["me","other"]"#, "", "its azp is missing"),
        (r#"["me","other"]"#, r#""other""#, "its azp is 'other'"),
        (r#"["me","other"]"#, r#"["me"]"#, "its azp is '[\"me\"]'"),
    ] {
        let expected = format!(
            "the ID token is not right: it is for several (aud 'me', 'other'), and {expected}, not client 'me'\n{hint}"
        );
        check_told(&[("aud", aud), ("azp", azp)], &expected);
    }
    assert!(told(&changed(&[("aud", r#"["me",1]"#)]), |_| {}).contains("it is for several (aud 'me', '1')"));
    // A number is no name, whatever it looks like.
    let of_one = |expected: &mut Expected<'_>| expected.client_id = "1";
    assert!(told(&changed(&[("aud", "1")]), of_one).contains("its aud is '1', not client '1'"));
}

#[test]
fn its_time_is_now_as_far_as_the_clocks_agree() {
    let check_clock = "check this machine's clock: it says 2027-01-15T08:00:00Z";
    for (changes, expected) in [
        (("exp", "1799999970"), "it expired 30s ago (exp), by this machine's clock"),
        (("exp", "1799996400"), "it expired 1h ago (exp), by this machine's clock"),
        (("exp", "0"), "it expired 20833 days ago (exp), by this machine's clock"),
        (("exp", "-5"), "it expired 20833 days ago (exp), by this machine's clock"),
        (("iat", "1800000031"), "its iat is 31s ahead of this machine's clock"),
        (("iat", "99999999999999"), "its iat is 1157386574 days ahead of this machine's clock"),
        (("nbf", "1800000090"), "its nbf is 1m 30s ahead of this machine's clock"),
    ] {
        check_told(&[changes], &format!("the ID token is not right: {expected}\n{check_clock}"));
    }
    let ask = "ask those who run this server; without openid in the scope no ID token comes";
    for (changes, expected) in [
        (("exp", ""), "it has no exp"),
        (("exp", "null"), "it has no exp"),
        (("iat", ""), "it has no iat"),
        (("exp", r#""1800000300""#), "its exp is no number of seconds"),
        (("exp", "[1800000300]"), "its exp is no number of seconds"),
        (("exp", "1e999"), "its exp is no number of seconds"),
        (("exp", "true"), "its exp is no number of seconds"),
        (("iat", r#""now""#), "its iat is no number of seconds"),
        (("nbf", "{}"), "its nbf is no number of seconds"),
    ] {
        check_told(&[changes], &format!("the ID token is not right: {expected}\n{ask}"));
    }

    let old = changed(&[("exp", "1799999000")]);
    for (server, expected) in [
        (NOW - 990, "this machine's clock is 16m 30s ahead of the server's: set it right"),
        (NOW + 7200, "this machine's clock is 2h behind the server's: set it right"),
        (
            NOW - 2,
            "this machine's clock (2027-01-15T08:00:00Z) agrees with the server's Date: the fault is the server's",
        ),
    ] {
        let expected =
            format!("the ID token is not right: it expired 16m 40s ago (exp), by this machine's clock\n{expected}");
        assert_eq!(told(&old, |known| known.server_clock = Some(at(server))), expected);
    }
    assert_eq!(told(&old, |expected| expected.leeway = Duration::from_secs(1001)), "");
}

#[test]
fn it_answers_this_request_and_came_with_this_access_token() {
    let another = "the ID token is not right: its nonce is not the one that was sent
it is the answer to another login: log in again";
    for nonce in [r#""m""#, r#""N""#, r#""""#, r#"["n"]"#, "1", "null"] {
        check_told(&[("nonce", nonce)], another);
    }
    check_told(
        &[("nonce", "")],
        "the ID token is not right: it has no nonce
the server did not repeat what was sent, so that an old answer could not be told from this one: ask those who run it",
    );
    for changes in [&[("nonce", "")], &[("nonce", r#""m""#)]] {
        assert_eq!(told(&changed(changes), |expected| expected.nonce = None), "");
    }

    let other = "the ID token is not right: its at_hash is not that of the access token that came with it
ask those who run this server; without openid in the scope no ID token comes";
    for hash in [
        r#""77QmUPtjPfzWtF2AnpK9Rg""#,
        r#""77QmUPtjPfzWtF2AnpK9RQ==""#,
        r#""""#,
        "null",
        "1",
        r#"["77QmUPtjPfzWtF2AnpK9RQ"]"#,
    ] {
        check_told(&[("at_hash", hash)], other);
    }
    let token = Secret::new("another");
    let claims = members(GOOD);
    let expected = Expected {
        issuer: None,
        client_id: "me",
        nonce: None,
        access_token: Some(&token),
        max_age: None,
        now: at(NOW),
        server_clock: None,
        leeway: LEEWAY,
    };
    assert_eq!(check(&claims, Some(Alg::RS256), &expected), Err(IdTokenError::AccessToken));
    assert_eq!(check(&claims, None, &expected), Ok(vec![]));
    assert_eq!(check(&claims, Some(Alg::RS256), &Expected { access_token: None, ..expected }), Ok(vec![]));
}

/// The first hash is OpenID Connect Core's own (§A.3), the others are OpenSSL's.
#[test]
fn the_hash_of_the_access_token_is_that_of_the_algorithm() {
    let sha384 = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs";
    let sha512 = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM";
    for (algs, expected) in [
        (&[Alg::RS256, Alg::PS256, Alg::ES256, Alg::HS256][..], "77QmUPtjPfzWtF2AnpK9RQ"),
        (&[Alg::RS384, Alg::PS384, Alg::ES384, Alg::HS384], sha384),
        (&[Alg::RS512, Alg::PS512, Alg::ES512, Alg::HS512, Alg::EdDSA, Alg::Ed25519], sha512),
    ] {
        for alg in algs {
            assert_eq!(half_hash(*alg, ACCESS_TOKEN), expected, "{}", alg.name());
        }
    }
    // Ed448's own hash is longer than any that is known here.
    let token = Secret::new(ACCESS_TOKEN);
    let long = changed(&[("at_hash", &format!(r#""{}""#, "a".repeat(76)))]);
    let expected = Expected {
        issuer: None,
        client_id: "me",
        nonce: None,
        access_token: Some(&token),
        max_age: None,
        now: at(NOW),
        server_clock: None,
        leeway: LEEWAY,
    };
    assert_eq!(check(&long, Some(Alg::EdDSA), &expected), Ok(vec![]));
    assert_eq!(check(&long, Some(Alg::Ed25519), &expected), Err(IdTokenError::AccessToken));
    assert_eq!(check(&long, Some(Alg::RS256), &expected), Err(IdTokenError::AccessToken));
}

#[test]
fn a_login_that_is_too_old_is_told() {
    let within = |seconds| move |expected: &mut Expected<'_>| expected.max_age = Some(Duration::from_secs(seconds));
    let claims = changed(&[("auth_time", "1799996400")]);
    assert_eq!(told(&claims, within(3600)), "");
    assert_eq!(told(&claims, within(3570)), "");
    assert_eq!(
        told(&claims, within(1800)),
        "the ID token is not right: its auth_time says that they logged in 1h ago, and max_age is 30m
with prompt: login the server asks for the password again
check this machine's clock: it says 2027-01-15T08:00:00Z"
    );
    assert_eq!(
        told(&changed(&[("auth_time", "")]), within(0)),
        "the ID token is not right: it has no auth_time
max_age was asked for, and this server does not say when they logged in: leave max_age out, or write prompt: login"
    );
    assert!(told(&changed(&[("auth_time", "1800000031")]), within(60)).contains("its auth_time is 31s ahead"));
    assert!(told(&changed(&[("auth_time", r#""x""#)]), within(60)).contains("its auth_time is no number of seconds"));
}

#[test]
fn what_is_not_signed_as_it_must_be_is_told_with_the_way_out() {
    let id = "id_token_signed_response_alg";
    let kid = Some("k".to_owned());
    for (fault, expected) in [
        (VerifyError::Unsigned, format!("it is not signed\nhave the server sign this client's ID tokens ({id})")),
        (VerifyError::NoSecret { alg: "HS256".into() }, format!("it is signed with HS256, and there is no client secret to check that with\ngive the client_secret, or have the server sign this client's ID tokens with RS256 in place of HS256 ({id})")),
        (VerifyError::Encrypted, "it is encrypted, and cannot be read here\nhave the server send this client's ID tokens unencrypted (no id_token_encrypted_response_alg)".to_owned()),
        (VerifyError::NoKey { alg: Alg::RS256, kid, why: None }, "no key of the set is called 'k' and is for RS256\ncompare with the keys at the server's jwks_uri; are issuer and jwks_uri of one server?".to_owned()),
        (VerifyError::Signature, "its signature does not hold\neither somebody changed it on its way, or the keys (jwks_uri) or the client_secret are not those it was signed with".to_owned()),
        (VerifyError::NotCompact, "it is not three parts of base64url with a dot between each (RFC 7515 §7.1)".to_owned()),
    ] {
        assert_eq!(told_of(fault.into()), format!("the ID token is not right: {expected}"));
    }
}

#[test]
fn who_logged_in_goes_by_several_names() {
    let all = members(r#"{"sub":"0-1","upn":"u@x","email":"Me@Example.com","preferred_username":"Jürgen"}"#);
    assert_eq!(account(&all).as_deref(), Some("Jürgen"));
    for name in ["0-1", "U@X", "me@example.COM", "JÜRGEN", "jürgen"] {
        assert!(is_account(&all, name), "{name}");
    }
    for name in ["", "me", "me@example.com ", "0-11", "name"] {
        assert!(!is_account(&all, name), "{name}");
    }
    for (claims, expected) in [
        (r#"{"sub":"0-1","email":"e@x","preferred_username":""}"#, Some("e@x")),
        (r#"{"sub":"0-1","upn":"u@x","email":1}"#, Some("u@x")),
        (r#"{"sub":"0-1","name":"Jane"}"#, Some("0-1")),
        (r#"{"name":"Jane","sub":""}"#, None),
    ] {
        assert_eq!(account(&members(claims)).as_deref(), expected);
        assert!(!is_account(&members(claims), ""), "{claims}");
    }
}

#[test]
fn a_name_that_was_shown_selects_the_account() {
    let strange = members(r#"{"sub":"a\u200bB\u0007\u202ec"}"#);
    let shown = account(&strange).unwrap_or_default();
    assert_eq!(shown, "a\\u{200b}B\\u{7}\\u{202e}c");
    assert!(is_account(&strange, &shown) && is_account(&strange, "A\u{200b}b\u{7}\u{202e}C"));
    assert!(!is_account(&strange, "aBc"));
    let long = format!("{}1", "x".repeat(200));
    let claims = members(&format!(r#"{{"sub":"{long}"}}"#));
    assert!(is_account(&claims, &long));
    assert!(!is_account(&claims, &account(&claims).unwrap_or_default()), "another may begin alike");
}

#[test]
fn a_refreshed_one_speaks_of_the_same_login() {
    let before = r#"{"iss":"https://a","sub":"Jane","aud":"me","exp":1,"nonce":"n"}"#;
    let told = |now: &str| check_refreshed(&members(before), &members(now)).map_err(told_of);
    for now in [
        r#"{"iss":"https://a","sub":"Jane","aud":"me","exp":2}"#,
        r#"{"iss":"https://a","sub":"Jane","aud":["me"]}"#,
        r#"{"sub":"\u004aane","aud":["me","me"],"iss":"https://a"}"#,
    ] {
        assert_eq!(told(now), Ok(()), "{now}");
    }
    for (now, expected) in [
        (r#"{"iss":"https://b","sub":"Jane","aud":"me"}"#, "its iss is 'https://b', and was 'https://a'"),
        (r#"{"iss":"https://a","sub":"jane","aud":"me"}"#, "its sub is 'jane', and was 'Jane'"),
        (r#"{"iss":"https://a","aud":"me"}"#, "its sub is missing, and was 'Jane'"),
        (r#"{"iss":"https://a","sub":"Jane","aud":["Me","other"]}"#, "its aud is 'Me', 'other', and was 'me'"),
        (r#"{"iss":"https://a","sub":"Jane","aud":["new","me"]}"#, "its aud is 'new', 'me', and was 'me'"),
        (r#"{"iss":"https://a","sub":"Jane"}"#, "its aud is missing, and was 'me'"),
    ] {
        let expected =
            format!("the ID token is not right: {expected} at the login (OpenID Connect Core §12.2)\nlog in again");
        assert_eq!(told(now), Err(expected), "{now}");
    }
    let several = members(r#"{"iss":"https://a","sub":"Jane","aud":["me","b"]}"#);
    assert!(check_refreshed(&several, &members(before)).is_err());
}

#[test]
fn foreign_text_is_told_short_and_without_what_steers_a_terminal() {
    let long = format!(r#""\u001b[31m{}""#, "x".repeat(10_000));
    for name in ["iss", "aud"] {
        let told = told(&changed(&[(name, &long)]), |_| {});
        assert!(told.len() < 900 && !told.contains('\u{1b}'), "{told}");
    }
    let azp = told(&changed(&[("azp", &long)]), |_| {});
    assert!(azp.len() < 300 && !azp.contains('\u{1b}'), "{azp}");
    let other = changed(&[("sub", &long)]);
    let told = told_of(check_refreshed(&members(GOOD), &other).unwrap_err());
    assert!(told.len() < 300 && !told.contains('\u{1b}'), "{told}");
}
