//! The verifier of signed tokens: no token but those that were signed may hold, no set of keys may upset its reader, and what
//! an ID token says may be anything.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oauth2tok::jose::{Jws, Keys, With};
use oauth2tok::json::Members;
use oauth2tok::oauth::login::id_token::{self, Expected, LEEWAY};
use oauth2tok::problem::Problem;
use oauth2tok::secret::Secret;

/// The public keys of RFC 7515 §A.2.1 and §A.3.1.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
/// What they signed.
const SIGNED: [&str; 2] = [include_str!("../seeds/jws_verify/rs256"), include_str!("../seeds/jws_verify/es256")];

static PUBLISHED: LazyLock<Keys> = LazyLock::new(|| Keys::parse(KEYS.as_bytes()).expect("a set"));

fuzz_target!(|text: &str| {
    // A token, and behind a line end a set of its own.
    let (token, set) = text.split_once('\n').unwrap_or((text, ""));
    let secret = Secret::new("a client's secret");
    if let Ok(jws) = Jws::read(token) {
        let all = With { keys: Some(&PUBLISHED), secret: Some(&secret) };
        assert!(jws.verify(all).is_err() || SIGNED.contains(&token));
        assert!(jws.verify(With { keys: None, secret: Some(&Secret::new("")) }).is_err());
        let again = Members::parse(&jws.claims.to_line()).expect("JSON").expect("an object");
        assert_eq!(again.to_line(), jws.claims.to_line());
        for keys in [Keys::parse(set.as_bytes()), Keys::parse_own(set.as_bytes())].into_iter().flatten() {
            drop(jws.verify(With { keys: Some(&keys), secret: None }).map_err(|error| error.to_string()));
        }
        let expected = Expected {
            issuer: jws.claims.string("iss").is_none().then_some("joe"),
            client_id: "me",
            nonce: None,
            access_token: Some(&secret),
            max_age: Some(Duration::from_secs(60)),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_300_819_380),
            server_clock: None,
            leeway: LEEWAY,
        };
        let told = match id_token::check(&jws.claims, jws.alg(), &expected) {
            Ok(bent) => bent.into_iter().map(|bent| bent.what).collect::<String>(),
            Err(error) => Problem::from(error).message(),
        };
        assert!(told.len() < 10_000 && !told.contains(char::is_control), "{told}");
        assert!(id_token::check_refreshed(&jws.claims, &jws.claims).is_ok());
        let account = id_token::account(&jws.claims).filter(|name| !name.ends_with('…'));
        assert!(account.is_none_or(|name| id_token::is_account(&jws.claims, &name)));
    }
});
