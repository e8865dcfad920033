//! The keys of a published set as they describe themselves (RFC 7517), for whoever looks at the set: those that nothing is
//! verified with here too, each with what is wrong with it. No part of a key leaves this room, private or not.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::PublicKey;
use super::key::KeyError;
use super::keys::{Half, members_of};
use super::object::Object;
use crate::der::{bits, trimmed};
use crate::net::{Certificate, time};

/// So many keys of a set are described. No server has more that mean anything.
pub const MOST_KEYS: usize = 256;

/// What only the private half of a key has (RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];

/// A key of a published set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedKey {
    /// `kid`
    pub id: Option<String>,
    /// `kty`
    pub kind: Option<String>,
    /// `crv`
    pub curve: Option<String>,
    /// `use`
    pub usage: Option<String>,
    /// `alg`
    pub alg: Option<String>,
    /// Its size, where that can be told.
    pub bits: Option<usize>,
    /// What is wrong with it.
    pub flaws: Vec<KeyFlaw>,
}

/// What is wrong with a published key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFlaw {
    /// It cannot be read.
    #[error("it cannot be used: {0}")]
    Malformed(String),
    /// All the world can sign with it.
    #[error("its private half is published: whoever reads it can sign as this server")]
    Private,
    /// The same of a secret.
    #[error("a secret (kty oct) is published: whoever reads it can sign as this server")]
    Symmetric,
    /// Its modulus is short.
    #[error("RSA with {0} bits: less than 2048 are too few (RFC 7518 §3.3)")]
    Weak(usize),
    /// No id, beside others.
    #[error("it has no kid, and is not the only key: a token cannot name it (RFC 7517 §4.5)")]
    NoId,
    /// No id, and it is the only one.
    #[error("it has no kid: once there is a second key, a token cannot name it (RFC 7517 §4.5)")]
    NoIdAlone,
    /// Another key goes by the same id, and is for the same.
    #[error("another key has the same kid and is for the same alg: a token names both (RFC 7517 §4.5)")]
    SameId,
    /// A certificate that does not hold now; from 1.
    #[error("certificate {nth} of its x5c {why}")]
    Certificate {
        /// Which, from 1.
        nth: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl PublishedKey {
    /// Describes the keys of a set in their order, at most [`MOST_KEYS`], and tells how many there are. `now` is in seconds
    /// since 1970.
    ///
    /// # Errors
    /// [`KeyError`] of what is no set.
    pub fn of_set(text: &[u8], now: u64) -> Result<(Vec<Self>, usize), KeyError> {
        let set = members_of(text)?;
        let found = set.list("keys").ok_or(KeyError::Member("keys"))?;
        let of_key = |key: &Option<Object<'_>>| match key {
            Some(jwk) => Self::read(jwk, now),
            None => Self { flaws: vec![KeyFlaw::Malformed("it is no JSON object".to_owned())], ..Self::default() },
        };
        let mut keys: Vec<_> = found.iter().take(MOST_KEYS).map(of_key).collect();
        tell_ids(&mut keys);
        Ok((keys, found.len()))
    }

    fn read(jwk: &Object<'_>, now: u64) -> Self {
        let text = |name| jwk.text(name).map(|text| text.to_string());
        let kind = text("kty");
        let is_secret = kind.as_deref() == Some("oct") || jwk.given("k").is_some();
        let mut flaws = Vec::new();
        if is_secret {
            flaws.push(KeyFlaw::Symmetric);
        } else if PRIVATE.iter().any(|name| jwk.given(name).is_some()) {
            flaws.push(KeyFlaw::Private);
        }
        let curve = text("crv");
        let bits = size(jwk, kind.as_deref(), curve.as_deref());
        if let (Some("RSA"), Some(few @ 0..2048)) = (kind.as_deref(), bits) {
            flaws.push(KeyFlaw::Weak(few));
        }
        let half = Half::read(jwk, false);
        if let Err(error @ (KeyError::Member(_) | KeyError::Duplicate(_) | KeyError::Json)) = &half {
            flaws.push(KeyFlaw::Malformed(error.to_string()));
        }
        let own = match &half {
            Ok(Half::Public(key)) => Some(key),
            _ => None,
        };
        flaws.extend(of_certificates(jwk, own, now));
        Self { id: text("kid"), kind, curve, usage: text("use"), alg: text("alg"), bits, flaws }
    }

    /// The kind of key that it is, and whether it is to encrypt: what tells it from others that name no algorithm.
    fn purpose(&self) -> Purpose {
        (self.kind.clone(), self.curve.clone(), self.usage.as_deref() == Some("enc"))
    }
}

type Purpose = (Option<String>, Option<String>, bool);

/// How large a key is, in bits.
fn size(jwk: &Object<'_>, kind: Option<&str>, curve: Option<&str>) -> Option<usize> {
    match (kind?, curve) {
        ("RSA", _) => jwk.bytes("n").ok().map(|n| bits(trimmed(&n))),
        ("oct", _) => jwk.bytes("k").ok().map(|k| k.len() * 8),
        ("EC", Some("P-256" | "secp256k1")) => Some(256),
        ("EC", Some("P-384")) => Some(384),
        ("EC", Some("P-521")) => Some(521),
        ("OKP", _) => jwk.bytes("x").ok().map(|x| x.len() * 8),
        _ => None,
    }
}

/// What is wrong with its certificates (RFC 7517 §4.7): they vouch for nothing here, and others look at them.
fn of_certificates(jwk: &Object<'_>, own: Option<&PublicKey>, now: u64) -> Vec<KeyFlaw> {
    let Some(chain) = jwk.given("x5c") else { return Vec::new() };
    let Ok(chain) = serde_json::from_str::<Vec<String>>(chain.get()) else {
        return vec![KeyFlaw::Malformed(KeyError::Member("x5c").to_string())];
    };
    let mut flaws = Vec::new();
    for (at, text) in chain.iter().enumerate() {
        let der = STANDARD.decode(text).ok();
        let why = match der.as_deref().and_then(|der| Some((der, Certificate::read(der)?.validity()?))) {
            None => Some("cannot be read".to_owned()),
            Some((_, (_, until))) if now > until => Some(format!("is not valid since {}", time(until))),
            Some((_, (from, _))) if now < from => Some(format!("is not valid before {}", time(from))),
            Some((der, _)) => {
                let certified = PublicKey::from_certificate(der);
                let is_other = at == 0 && own.zip(certified.as_ref()).is_some_and(|(own, other)| !own.is(other));
                is_other.then(|| "is of another key (RFC 7517 §4.7)".to_owned())
            }
        };
        flaws.extend(why.map(|why| KeyFlaw::Certificate { nth: at + 1, why }));
        if flaws.len() == MOST_CERTIFICATES {
            break;
        }
    }
    flaws
}

/// So many certificates of a key are complained of.
const MOST_CERTIFICATES: usize = 4;

/// Finds the keys that a token cannot name, or not without naming another as well.
fn tell_ids(keys: &mut [PublishedKey]) {
    /// What the keys of one id before this one are for.
    #[derive(Default)]
    struct Seen {
        algs: BTreeSet<String>,
        /// Those that name no algorithm,
        open: BTreeSet<Purpose>,
        /// and all.
        all: BTreeSet<Purpose>,
    }
    let is_alone = keys.len() == 1;
    let mut by_id: BTreeMap<String, Seen> = BTreeMap::new();
    for key in keys {
        let Some(id) = &key.id else {
            // What is no key at all has no name either.
            if key.kind.is_some() {
                key.flaws.push(if is_alone { KeyFlaw::NoIdAlone } else { KeyFlaw::NoId });
            }
            continue;
        };
        let seen = by_id.entry(id.clone()).or_default();
        let purpose = key.purpose();
        let is_same = match &key.alg {
            Some(alg) => !seen.algs.insert(alg.clone()) || seen.open.contains(&purpose),
            None => {
                seen.open.insert(purpose.clone());
                seen.all.contains(&purpose)
            }
        };
        seen.all.insert(purpose);
        if is_same {
            key.flaws.push(KeyFlaw::SameId);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    const EC: &str = r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#;
    const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

    fn rsa(bits: usize) -> String {
        let n = crate::jose::base64url(&vec![0xff; bits / 8]);
        format!(r#""kty":"RSA","e":"AQAB","n":"{n}""#)
    }

    /// The keys, each in a line.
    #[track_caller]
    fn told(keys: &[String], now: u64) -> Vec<String> {
        let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        let (keys, count) = PublishedKey::of_set(set.as_bytes(), now).unwrap();
        assert_eq!(count, keys.len());
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let line = |key: PublishedKey| {
            let flaws: Vec<_> = key.flaws.iter().map(ToString::to_string).collect();
            let bits = key.bits.map(|bits| bits.to_string());
            let of = [key.id, key.kind, key.curve, key.usage, key.alg, bits].map(text).join(" ");
            format!("{of}: {}", flaws.join("; "))
        };
        keys.into_iter().map(line).collect()
    }

    #[track_caller]
    fn check(key: &str, expected: &str) {
        assert_eq!(told(&[format!("{{{key}}}")], 0), [expected]);
    }

    #[test]
    fn a_key_is_described_by_what_it_says_of_itself() {
        check(&format!(r#"{EC},"kid":"a","use":"sig","alg":"ES256""#), "a EC P-256 sig ES256 256: ");
        check(&format!(r#"{ED},"kid":"a""#), "a OKP Ed25519 - - 256: ");
        check(&format!(r#"{},"kid":"a","alg":"RSA-OAEP","use":"enc""#, rsa(3072)), "a RSA - enc RSA-OAEP 3072: ");
        check(r#""kty":"EC","crv":"secp256k1","kid":"a""#, "a EC secp256k1 - - 256: ");
        check(r#""kty":"EC","crv":"P-521","kid":"a""#, "a EC P-521 - - 521: ");
        check(r#""kty":"AKP","alg":"ML-DSA-44","pub":"AA","kid":"a""#, "a AKP - - ML-DSA-44 -: ");
    }

    #[test]
    fn what_must_not_be_published_is_told_and_not_shown() {
        let private = "its private half is published: whoever reads it can sign as this server";
        let secret = "a secret (kty oct) is published: whoever reads it can sign as this server";
        check(&format!(r#"{EC},"kid":"a","d":"c2VjcmV0""#), &format!("a EC P-256 - - 256: {private}"));
        check(&format!(r#"{},"kid":"a","qi":"c2VjcmV0""#, rsa(2048)), &format!("a RSA - - - 2048: {private}"));
        check(r#""kty":"AKP","kid":"a","priv":"c2Vj""#, &format!("a AKP - - - -: {private}"));
        check(&format!(r#"{EC},"kid":"a","d":null"#), "a EC P-256 - - 256: ");
        check(r#""kty":"oct","kid":"a","k":"c2VjcmV0""#, &format!("a oct - - - 48: {secret}"));
        let both = PublishedKey::of_set(br#"{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"EC","d":"c2VjcmV0"}]}"#, 0);
        assert!(!format!("{both:?}").contains("c2VjcmV0"));
    }

    #[test]
    fn a_weak_or_broken_key_is_told() {
        let weak = |bits| format!("RSA with {bits} bits: less than 2048 are too few (RFC 7518 §3.3)");
        check(&format!(r#"{},"kid":"a""#, rsa(1024)), &format!("a RSA - - - 1024: {}", weak(1024)));
        check(&format!(r#"{},"kid":"a","use":"enc""#, rsa(512)), &format!("a RSA - enc - 512: {}", weak(512)));
        check(&format!(r#"{},"kid":"a""#, rsa(2048)), "a RSA - - - 2048: ");
        check(
            r#""kty":"RSA","kid":"a","n":"!","e":"AQAB""#,
            "a RSA - - - -: it cannot be used: its member 'n' is missing or malformed",
        );
        check(
            &format!(r#"{ED},"kid":"a","kid":"b""#),
            "a OKP Ed25519 - - 256: it cannot be used: its member 'kid' stands more than once",
        );
        check(r#""kid":"a""#, "a - - - - -: it cannot be used: its member 'kty' is missing or malformed");
        assert_eq!(told(&["7".into()], 0), ["- - - - - -: it cannot be used: it is no JSON object"]);
    }

    #[test]
    fn ids_that_are_missing_or_mean_two_keys_are_told() {
        let alone = "it has no kid: once there is a second key, a token cannot name it (RFC 7517 §4.5)";
        let none = "it has no kid, and is not the only key: a token cannot name it (RFC 7517 §4.5)";
        let same = "another key has the same kid and is for the same alg: a token names both (RFC 7517 §4.5)";
        check(ED, &format!("- OKP Ed25519 - - 256: {alone}"));
        let flaws = |keys: &[&str]| {
            let keys: Vec<_> = keys.iter().map(|key| format!("{{{key}}}")).collect();
            told(&keys, 0).iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(flaws(&[ED, &format!(r#"{EC},"kid":"a""#)]), [none, ""]);
        let key = |of: &str, more: &str| format!(r#"{of},"kid":"a"{more}"#);
        for (one, other, expected) in [
            (key(EC, r#","alg":"ES256""#), key(EC, r#","alg":"ES256""#), same),
            (key(EC, ""), key(EC, r#","alg":"ES256""#), same),
            (key(EC, r#","alg":"ES256","use":"sig""#), key(EC, ""), same),
            (key(&rsa(2048), r#","alg":"RS256""#), key(&rsa(2048), r#","alg":"PS256""#), ""),
            (key(&rsa(2048), r#","use":"sig""#), key(&rsa(2048), r#","use":"enc""#), ""),
            (key(EC, ""), key(ED, ""), ""),
            (key(EC, ""), EC.to_owned() + r#","kid":"b""#, ""),
        ] {
            assert_eq!(flaws(&[&one, &other]), ["", expected], "{one} {other}");
        }
    }

    #[test]
    fn certificates_must_hold_now_and_be_of_the_key() {
        let pair = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(2024, 1, 1), rcgen::date_time_ymd(2026, 1, 1));
        let der = params.self_signed(&pair).unwrap().der().to_vec();
        let public = PublicKey::from_certificate(&der).unwrap();
        let mut own = public.jwk();
        own.push("kid", &"a".into());
        let with = |jwk: &str, chain: &str| format!(r#"{},"x5c":{chain}}}"#, jwk.strip_suffix('}').unwrap());
        let own = own.to_line();
        let other = format!(r#"{{{EC},"kid":"a"}}"#);
        let x5c = STANDARD.encode(&der);
        let one = format!(r#"["{x5c}"]"#);
        let day = 24 * 3600;
        let (within, after, before) = (19_800 * day, 20_500 * day, 19_000 * day);
        for (key, now, expected) in [
            (with(&own, &one), within, ""),
            (with(&own, "[]"), within, ""),
            (with(&own, "null"), within, ""),
            (with(&own, &one), after, "certificate 1 of its x5c is not valid since 2026-01-01T00:00:00Z"),
            (with(&own, &one), before, "certificate 1 of its x5c is not valid before 2024-01-01T00:00:00Z"),
            (with(&other, &one), within, "certificate 1 of its x5c is of another key (RFC 7517 §4.7)"),
            (with(&own, &format!(r#"["{x5c}","AAAA"]"#)), within, "certificate 2 of its x5c cannot be read"),
            (with(&own, r#"["é"]"#), within, "certificate 1 of its x5c cannot be read"),
            (with(&own, "7"), within, "it cannot be used: its member 'x5c' is missing or malformed"),
        ] {
            assert_eq!(told(&[key], now), [format!("a EC P-256 - - 256: {expected}")]);
        }
    }

    #[test]
    fn no_set_is_no_set() {
        for (text, why) in [
            ("<html>", "it is malformed JSON"),
            ("[]", "its member 'keys' is missing or malformed"),
            ("{}", "its member 'keys' is missing or malformed"),
            (r#"{"keys":[],"keys":[]}"#, "its member 'keys' stands more than once"),
        ] {
            assert_eq!(PublishedKey::of_set(text.as_bytes(), 0).unwrap_err().to_string(), why, "{text}");
        }
        assert_eq!(PublishedKey::of_set(br#"{"keys":[]}"#, 0).unwrap(), (Vec::new(), 0));
    }

    #[test]
    fn a_long_set_is_described_in_part_and_in_linear_time() {
        let set = |count: usize| format!(r#"{{"keys":[{}]}}"#, vec![r#"{"kty":"EC","kid":"a"}"#; count].join(","));
        let (keys, count) = PublishedKey::of_set(set(MOST_KEYS + 5).as_bytes(), 0).unwrap();
        assert_eq!((keys.len(), count), (MOST_KEYS, MOST_KEYS + 5));
        let chain =
            |count: usize| format!(r#"{{"keys":[{{"kty":"EC","x5c":[{}]}}]}}"#, vec!["\"MIIB\""; count].join(","));
        let member = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!(r#""m{n}":1"#)).collect();
            format!(r#"{{"keys":[{{{}}}]}}"#, members.join(","))
        };
        let makes: [&dyn Fn(usize) -> String; 3] = [&set, &chain, &member];
        for make in makes {
            check_linear(500, make, |text| drop(PublishedKey::of_set(text.as_bytes(), 0)));
        }
    }
}
