//! A token that somebody hands over to be looked at, in whatever form: every report of it is JSON with the names that were
//! promised, none steers a terminal, and nothing is verified but what was signed.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oauth2tok::jose::Keys;
use oauth2tok::oauth::inspect::{As, Form, Keyring, Part, Terms, inspect, tokens, verify};
use oauth2tok::oauth::requirement::Requirements;
use oauth2tok::render::inspect::{page, report};
use oauth2tok::secret::Secret;
use serde_json::Value;

/// The public keys of RFC 7515 §A.2.1 and §A.3.1.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
/// What they signed.
const SIGNED: [&str; 2] = [include_str!("../seeds/jws_verify/rs256"), include_str!("../seeds/jws_verify/es256")];

static PUBLISHED: LazyLock<Keys> = LazyLock::new(|| Keys::parse(KEYS.as_bytes()).expect("a set"));

fuzz_target!(|text: &str| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_300_819_000);
    let Ok(offered) = tokens(text) else { return };
    let (nonce, secret) = (Secret::new("n"), Secret::new("a client's secret"));
    let required = Requirements {
        scope: vec!["a".into()],
        aud: vec!["b".into()],
        min_ttl: Some(Duration::from_secs(1)),
        active: false,
    };
    let mut seen = Vec::new();
    for (index, offered) in offered.iter().enumerate() {
        let mut one = inspect(offered, Some("thumbprint"), now);
        for meant in [As::Auto, As::Access, As::Id] {
            let terms = Terms {
                meant,
                issuer: (index % 2 == 0).then_some("joe"),
                client_id: Some("me"),
                nonce: (index % 3 == 0).then_some(&nonce),
                access_token: offered.part.eq(&Part::Id).then_some(&secret),
                leeway: Duration::from_secs(30),
                now,
                server_clock: Some(now + Duration::from_secs(1000)),
            };
            let ring = Keyring { keys: Some(&PUBLISHED), client_secret: Some(&secret) };
            let Some(verified) = verify(offered, one.form, &terms, ring) else { continue };
            let is_signed = SIGNED.contains(&offered.token.expose());
            assert!(verified.checks[0].ok != Some(true) || is_signed);
            assert!(one.form == Form::Jws || verified.checks[0].ok == Some(false));
            if meant == As::Auto {
                one.take(&verified);
            }
        }
        one.require(&required, now);
        assert!(one.verified != Some(true), "nothing that was signed has a scope");
        seen.push(one);
    }
    let shown: Value = serde_json::from_str(&report(&seen, now)).expect("JSON");
    let sections = shown["tokens"].as_array().expect("a list");
    assert_eq!(sections.len(), offered.len());
    for section in sections {
        let names = ["name", "form", "header", "claims", "times", "bytes", "findings", "verified", "checks"];
        assert!(
            names.iter().all(|name| section.get(name).is_some()) && section.as_object().map(|all| all.len()) == Some(9)
        );
    }
    let page = page(&seen, now);
    let steers = |c: char| c.is_control() && c != '\n' && c != '\u{1b}';
    assert!(!page.as_str().contains(steers));
    // Nothing but colours begins with an escape.
    assert!(page.as_str().split('\u{1b}').skip(1).all(|rest| rest.starts_with('[')
        && rest.split('m').next().is_some_and(|code| code[1..].bytes().all(|b| b.is_ascii_digit() || b == b';'))));
});
