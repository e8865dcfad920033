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
    check_told(&[], "");
    check_told(&[("aud", r#"["me"]"#)], "");
    check_told(&[("aud", r#"["me","me"]"#)], "");
    check_told(&[("aud", r#"["other","me"]"#), ("azp", r#""me""#)], "");
    check_told(&[("azp", r#""me""#)], "");
    check_told(&[("at_hash", "")], "");
    check_told(&[("exp", "1799999970.5")], "");
    check_told(&[("iat", "1800000030")], "");
    check_told(&[("iat", "0")], "");
    check_told(&[("exp", "99999999999999999999999")], "");
    check_told(&[("auth_time", "")], "");
    check_told(&[("sub", "")], "the ID token does not say who logged in (sub) (OpenID Connect Core §2)");
}
