//! Published vectors, and tables of texts and what becomes of them.

use proptest::prelude::*;
use rustls::SignatureScheme;

use super::*;
use crate::crypto::{Scheme, SigningKey};
use crate::der::{self, SEQUENCE};
use crate::growth::check_linear;
use crate::json::Members;
use crate::keyfile::Purpose;
use crate::secret::Secret;

fn read_of_set(text: &str, key_id: Option<&str>) -> Result<KeyFile, KeyError> {
    let mut none = || Ok(None);
    KeyFile::read(&Secret::new(text), Wanted { key_id, passphrase: &mut none, certificates: &[] })
}

/// What is told of a text that gives no key, and the hint.
fn fault(text: &str, key_id: Option<&str>) -> (String, String) {
    let error = read_of_set(text, key_id).expect_err(text);
    (error.to_string(), error.hint(Purpose::Signing, "FILE").unwrap_or_default())
}

fn read(text: &str) -> Result<KeyFile, KeyError> {
    let mut none = || Ok(None);
    KeyFile::read(&Secret::new(text), Wanted { key_id: None, passphrase: &mut none, certificates: &[] })
}

const PKCS8: [(&str, KeyKind); 3] = [
    (include_str!("../../tests/fixtures/rsa.pkcs8.pem"), KeyKind::Rsa),
    (include_str!("../../tests/fixtures/ec.pkcs8.pem"), KeyKind::P256),
    (include_str!("../../tests/fixtures/ed25519.pkcs8.pem"), KeyKind::Ed25519),
];

#[test]
fn what_is_signed_verifies_with_the_public_half_and_with_no_other_input() {
    for (text, kind) in PKCS8 {
        let read = read(text).unwrap();
        assert_eq!((read.key.kind(), read.what, read.size), (kind, "PEM PRIVATE KEY", text.len()));
        for alg in Alg::ALL.into_iter().filter(|alg| read.key.allows(*alg)) {
            let signature = read.key.sign(alg, b"input").unwrap();
            assert!(alg.signature_len().is_none_or(|len| len == signature.len()));
            assert!(read.key.public().verify(alg, b"input", &signature), "{}", alg.name());
            assert!(!read.key.public().verify(alg, b"inpuT", &signature), "{}", alg.name());
        }
        assert!(read.key.sign(Alg::HS256, b"input").is_err());
        assert!(read.key.sign(Alg::ES512, b"input").is_err());
    }
}

#[test]
fn a_new_key_is_the_same_when_it_is_read_back() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519] {
        let (key, pkcs8) = PrivateKey::generate(kind).unwrap();
        let again = read(&to_pem(&pkcs8)).unwrap().key;
        assert_eq!((again.kind(), again.public()), (kind, key.public()));
    }
    assert!(PrivateKey::generate(KeyKind::Rsa).is_err());
}

/// RFC 8037 §A.1 to §A.4.
#[test]
fn the_vector_of_eddsa() {
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let key = read(jwk).unwrap().key;
    assert_eq!(key.public().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = key.sign(Alg::EdDSA, input.as_bytes()).unwrap();
    let expected = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(compact(input, &signature).expose(), expected);
    assert_eq!(key.public().jwk().names().next(), Some("kty"));
}

/// RFC 7515 §A.1.
#[test]
fn the_vector_of_hmac() {
    let key = from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let mac = hmac(Alg::HS256, &key.unwrap(), input.as_bytes());
    assert_eq!(base64url(&mac), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

#[test]
fn header_and_claims_are_signed_as_they_stand() {
    let header = Members::parse(r#"{"alg":"none"}"#).unwrap().unwrap();
    assert_eq!(signing_input(&header, &Members::default()), "eyJhbGciOiJub25lIn0.e30");
}

const RSA: &str = include_str!("../../tests/fixtures/keys/rfc7515-a2.jwk");
const INPUT: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// RFC 7515 §A.3, RFC 8037 §A.1.
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 7515 §A.2.
#[test]
fn the_vector_of_rsa() {
    let read = read(RSA).unwrap();
    assert_eq!((read.what, read.key.default_alg(), read.key.public().modulus_len()), ("JWK", Alg::RS256, Some(256)));
    let signature = read.key.sign(Alg::RS256, format!("eyJhbGciOiJSUzI1NiJ9.{INPUT}").as_bytes()).unwrap();
    let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    assert_eq!(base64url(&signature), expected);
}

/// RFC 7515 §A.3.
#[test]
fn the_vector_of_ecdsa() {
    let key = read(EC).unwrap().key;
    let input = format!("eyJhbGciOiJFUzI1NiJ9.{INPUT}");
    let signature =
        from_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
            .unwrap();
    assert!(key.public().verify(Alg::ES256, input.as_bytes(), &signature));
    assert!(!key.public().verify(Alg::ES384, input.as_bytes(), &signature));
    assert!(!key.public().verify(Alg::ES256, input.as_bytes(), &signature[1..]));
}

/// RFC 7638 §3.1.
#[test]
fn the_vector_of_thumbprints() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = PublicKey::rsa(KeyKind::Rsa, &from_base64url(n).unwrap(), &[1, 0, 1]);
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.jwk().to_line(), format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#));
}

#[test]
fn a_public_jwk_has_what_makes_the_key_and_nothing_of_the_private_half() {
    for (text, names) in [(RSA, "kty n e"), (EC, "kty crv x y"), (ED, "kty crv x")] {
        let given = Members::parse(text).unwrap().unwrap();
        let public = read(text).unwrap().key.public().jwk();
        assert_eq!(public.names().collect::<Vec<_>>().join(" "), names);
        assert!(public.raws().all(|(name, raw)| given.raw(name) == Some(raw)), "{}", public.to_line());
    }
    let p521 = crate::keyfile::certificates(include_bytes!("../../tests/fixtures/p521.ca.pem")).unwrap();
    let p521 = PublicKey::from_certificate(&p521[0]).unwrap();
    assert_eq!((p521.kind(), p521.verifies(Alg::ES512)), (KeyKind::P521, false));
    assert_eq!(p521.jwk().string("crv").as_deref(), Some("P-521"));
    assert_eq!(p521.jwk().string("x").map(|x| x.len()), Some(88));
}

/// One member of a JWK replaced by another, or added.
fn with(jwk: &str, name: &str, value: &str) -> String {
    let mut members = Members::parse(jwk).unwrap().unwrap();
    members.set_raw(name, value);
    members.to_line()
}

#[test]
fn a_jwk_says_what_it_signs_with_and_who_it_is() {
    let jwk = with(&with(&with(RSA, "alg", r#""PS384""#), "kid", r#""me""#), "use", r#""sig""#);
    let jwk = with(&jwk, "key_ops", r#"["verify","sign"]"#);
    for text in [jwk.clone(), format!("\u{feff} {jwk}\n"), base64url(jwk.as_bytes())] {
        let read = read_of_set(&text, Some("another")).unwrap();
        assert_eq!((read.alg, read.key_id.as_deref(), read.issuer), (Some(Alg::PS384), Some("me"), None));
        assert_eq!(format!("{:?}", read.key), "PrivateKey(RSA)");
    }
    // Some write numbers without the zeros in front, or with padding behind.
    let short = with(EC, "d", r#""AI6bEJ5xkJi_mASH3x9dd-nLKWBuvtImO19XwhPfhPSy""#);
    assert!(read(&short).is_ok());
    assert!(read(&with(EC, "d", r#""jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI=""#)).is_ok());
}

#[test]
fn a_jwk_that_does_not_sign_is_refused_with_a_word() {
    let mismatch = "its private and public halves do not belong together";
    let enc = "the JWK is not for signing, as its 'use' says";
    let kinds = "RSA of 2048, 3072 and 4096 bits, P-256, P-384 and Ed25519 are used here; with another key a program signs: signer: CMD";
    let other = "the JWK's 'alg' is no way that such a key signs here";
    let public = "it is a public JWK, without the private 'd'";
    let take = "take a key that is for signing";
    let without = |jwk: &str, names: &[&str]| {
        let mut members = Members::parse(jwk).unwrap().unwrap();
        members.retain(|name| !names.contains(&name));
        members.to_line()
    };
    let is_private = "signing_key is the private JWK, which has a member 'd'";
    let primes = ["p", "q", "dp", "dq", "qi"];
    for (jwk, message, hint) in [
        (without(RSA, &primes), "the RSA key has no primes (p, q, dp, dq, qi)", "export it with its primes, or as PEM"),
        (without(RSA, &["qi"]), "its member 'qi' is missing or malformed", ""),
        (without(RSA, &["d"]), public, is_private),
        (with(&without(EC, &["d"]), "key_ops", r#"["verify"]"#), public, is_private),
        (with(RSA, "oth", "[]"), "the key is RSA with more than two primes, and no such key is used here", kinds),
        (with(RSA, "e", r#""Aw""#), "the key is RSA with a public exponent below 65537", kinds),
        (
            with(RSA, "n", r#""AQAB""#),
            "the key is RSA with 17 bits; keys of 2048, 3072 and 4096 bits are used here",
            kinds,
        ),
        (with(EC, "crv", r#""P-521""#), "the key is P-521, and no such key is used here", kinds),
        (with(ED, "crv", r#""X25519""#), "the key is X25519, and no such key is used here", kinds),
        (with(EC, "x", r#""f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEQ""#), mismatch, ""),
        (
            with(ED, "x", r#""11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp""#),
            "its member 'x' is missing or malformed",
            "",
        ),
        (with(ED, "x", r#""AAAYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#), mismatch, ""),
        (with(EC, "y", "1"), "its member 'y' is missing or malformed", ""),
        (with(EC, "use", r#""enc""#), enc, take),
        (with(EC, "key_ops", r#"["deriveKey"]"#), "the JWK is not for signing, as its 'key_ops' says", take),
        (with(EC, "key_ops", r#"[]"#), "the JWK is not for signing, as its 'key_ops' says", take),
        (with(EC, "alg", r#""ES384""#), other, take),
        (with(EC, "alg", r#""none""#), other, take),
        (with(RSA, "alg", r#""RSA-OAEP""#), other, take),
        (with(RSA, "alg", r#""HS256""#), other, take),
        (
            with(RSA, "kty", r#""rsa""#),
            "the key is of a kind that is not known here, and no such key is used here",
            kinds,
        ),
        (
            r#"{"kty":"oct","k":"c2VjcmV0"}"#.into(),
            "it is a secret (kty oct) and no private key",
            "a secret signs with auth_method: client_secret_jwt, and is the client_secret",
        ),
        (EC.replace('}', r#","\u0064":"AAAA"}"#), "its member 'd' stands more than once", ""),
        (EC.replace('}', r#","a":1,"a":1}"#), "its member 'a' stands more than once", ""),
        (EC.replace('}', ""), "it is malformed JSON", ""),
        (EC.replace("P-256", r"\ud800"), "it is malformed JSON", ""),
        ("[1]".into(), "it is JSON, and neither a JWK, a JWK Set nor a Google service account's", ""),
        (
            r#"{"id":1,"key":"-----BEGIN RSA PRIVATE KEY-----\n"}"#.into(),
            "it is JSON, and neither a JWK, a JWK Set nor a Google service account's",
            "its member 'key' is PEM: command:jq -r .key FILE",
        ),
    ] {
        assert_eq!(fault(&jwk, None), (message.to_owned(), hint.to_owned()), "{jwk}");
    }
}

#[test]
fn of_a_set_the_key_is_taken_that_is_named_or_the_only_one() {
    let (rsa, ec) = (with(RSA, "kid", r#""r""#), with(EC, "kid", r#""e""#));
    let public = with(&read(ED).unwrap().key.public().jwk().to_line(), "kid", r#""p""#);
    let enc = with(&with(ED, "use", r#""enc""#), "kid", r#""x""#);
    let oct = r#"{"kty":"oct","k":"c2VjcmV0","kid":"o"}"#.to_owned();
    let set = |keys: &[&String]| {
        let keys: Vec<_> = keys.iter().map(|key| key.as_str()).collect();
        format!(r#"{{"other":[{{}}],"keys":[{}]}}"#, keys.join(","))
    };
    for (keys, key_id, kind) in [
        (set(&[&rsa, &ec]), Some("e"), KeyKind::P256),
        (set(&[&rsa, &ec, &public]), Some("r"), KeyKind::Rsa),
        (set(&[&public, &ec]), None, KeyKind::P256),
        (set(&[&enc, &ec, &oct]), None, KeyKind::P256),
    ] {
        let read = read_of_set(&keys, key_id).unwrap();
        assert_eq!((read.key.kind(), read.what), (kind, "JWK of a set"));
        assert_eq!(read.key_id.as_deref(), Some(if kind == KeyKind::Rsa { "r" } else { "e" }));
    }
    let is_private = "signing_key is the private JWK, which has a member 'd'";
    for (keys, key_id, message, hint) in [
        (set(&[&rsa, &ec]), None, "the set holds several private keys", "key_id names one of: r, e"),
        (set(&[&rsa, &rsa]), Some("r"), "the set holds several private keys", "key_id names one of: r, r"),
        (
            set(&[&rsa; 12]),
            None,
            "the set holds several private keys",
            "key_id names one of: r, r, r, r, r, r, r, r, r, r, …",
        ),
        (set(&[&rsa, &public]), Some("z"), "no key of the set has the key_id 'z'", "key_id names one of: r"),
        (set(&[&rsa, &public]), Some("p"), "it is a public JWK, without the private 'd'", is_private),
        (set(&[&public]), None, "the set holds no private key", is_private),
        (set(&[]), None, "the set holds no private key", is_private),
        (set(&[&enc]), None, "the JWK is not for signing, as its 'use' says", "take a key that is for signing"),
        (
            set(&[&RSA.to_owned(), &EC.to_owned()]),
            None,
            "the set holds several private keys",
            "no private key of it has a 'kid' that key_id could name",
        ),
        (r#"{"keys":1}"#.into(), None, "its member 'keys' is missing or malformed", ""),
        (r#"{"keys":[],"keys":[]}"#.into(), None, "its member 'keys' stands more than once", ""),
    ] {
        assert_eq!(fault(&keys, key_id), (message.to_owned(), hint.to_owned()), "{keys}");
    }
}

#[test]
fn of_googles_json_the_key_counts_and_whose_it_is() {
    let pem = serde_json::Value::from(include_str!("../../tests/fixtures/rsa.pkcs8.pem"));
    let account = format!(
        r#"{{"type":"service_account","project_id":"p","private_key_id":"k1","private_key":{pem},"client_email":"a@p.example","client_id":"1","token_uri":"https://elsewhere.example/token"}}"#
    );
    let read = read(&account).unwrap();
    assert_eq!((read.key_id.as_deref(), read.issuer.as_deref()), (Some("k1"), Some("a@p.example")));
    assert_eq!((read.what, read.size, read.alg), ("Google service account", account.len(), None));
    // Escaped once more on its way through a variable.
    assert!(self::read(&account.replace("\\n", "\\\\n")).is_ok());
    assert!(self::read(&account.replace('/', "\\/")).is_ok());
    let other = "it is JSON, and neither a JWK, a JWK Set nor a Google service account's";
    let import = "make a profile of it: oauth2tok import --from google FILE";
    let of_type = |name: &str| format!("it is Google's JSON of type {name} and holds no private key");
    for (json, message, hint) in [
        (account.replace("service_account", "authorized_user"), of_type("authorized_user"), import),
        (account.replace("service_account", "external_account"), of_type("external_account"), import),
        (
            account.replace("\"type\"", "\"typ\""),
            other.into(),
            "its member 'private_key' is PEM: command:jq -r .private_key FILE",
        ),
        (account.replace("client_email", "email"), "its member 'client_email' is missing or malformed".into(), ""),
        (account.replace("project_id", "private_key"), "its member 'private_key' stands more than once".into(), ""),
        (
            account.replace("PRIVATE KEY", "PUBLIC KEY"),
            "it holds a public key and no private one".into(),
            "signing_key is the private key that it was made with",
        ),
    ] {
        assert_eq!(fault(&json, None), (message, hint.to_owned()), "{json}");
    }
}

#[test]
fn the_certificate_beside_a_key_or_named_for_it_is_its_own() {
    let pem = include_str!("../../tests/fixtures/ec.pkcs8.pem");
    let own = include_str!("../../tests/fixtures/keys/ec.certificate.pem");
    let other = include_str!("../../tests/fixtures/keys/rsa.certificate.pem");
    let der = |pem: &str| certificates(pem.as_bytes()).unwrap().remove(0);
    assert_eq!(read(&[pem, other, own].concat()).unwrap().chain, [der(own), der(other)]);
    assert_eq!(fault(&[pem, other].concat(), None).0, "the certificate is for another key");
    let mut none = || Ok(None);
    let named = [der(other), der(own)];
    let wanted = Wanted { key_id: None, passphrase: &mut none, certificates: &named };
    assert_eq!(KeyFile::read(&Secret::new([pem, other].concat()), wanted).unwrap().chain, [der(own), der(other)]);
    let mut none = || Ok(None);
    let wanted = Wanted { key_id: None, passphrase: &mut none, certificates: &named };
    assert!(matches!(KeyFile::read(&Secret::new(EC), wanted), Err(KeyError::File(_))));
}

#[test]
fn a_key_for_rsa_pss_signs_so_and_no_other_way() {
    let key = read(include_str!("../../tests/fixtures/keys/rsa-pss.pem")).unwrap().key;
    assert_eq!((key.kind(), key.default_alg()), (KeyKind::RsaPss, Alg::PS256));
    assert!(key.allows(Alg::PS512) && !key.allows(Alg::RS256));
    assert!(key.sign(Alg::RS256, b"").is_err());
    assert_eq!(key.public().jwk().string("kty").as_deref(), Some("RSA"));
}

/// The verifiers of TLS know ECDSA in DER alone.
fn fixed_to_der(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    der::write(SEQUENCE, &[&der::write_unsigned(r), &der::write_unsigned(s)]).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_signed_verifies_elsewhere(input: Vec<u8>) {
        let p384 = include_str!("../../tests/fixtures/keys/p384.pem");
        let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        for (alg, scheme, text) in [
            (Alg::RS256, SignatureScheme::RSA_PKCS1_SHA256, RSA),
            (Alg::RS384, SignatureScheme::RSA_PKCS1_SHA384, RSA),
            (Alg::RS512, SignatureScheme::RSA_PKCS1_SHA512, RSA),
            (Alg::PS256, SignatureScheme::RSA_PSS_SHA256, RSA),
            (Alg::PS384, SignatureScheme::RSA_PSS_SHA384, RSA),
            (Alg::PS512, SignatureScheme::RSA_PSS_SHA512, RSA),
            (Alg::ES256, SignatureScheme::ECDSA_NISTP256_SHA256, EC),
            (Alg::ES384, SignatureScheme::ECDSA_NISTP384_SHA384, p384),
            (Alg::EdDSA, SignatureScheme::ED25519, ED),
            (Alg::Ed25519, SignatureScheme::ED25519, ED),
        ] {
            let key = read(text).unwrap().key;
            let mut signature = key.sign(alg, &input).unwrap();
            if matches!(alg, Alg::ES256 | Alg::ES384) {
                let der = fixed_to_der(&signature);
                prop_assert_eq!(der_to_fixed(alg, &der), Some(signature));
                signature = der;
            }
            let (_, verifiers) = known.mapping.iter().find(|(known, _)| *known == scheme).unwrap();
            // The first of those of ECDSA is that of the curve.
            verifiers[0].verify_signature(key.public().bits(), &input, &signature).unwrap();
        }
    }

    #[test]
    fn a_signature_in_der_is_turned_to_the_letter_or_not_at_all(fixed: [u8; 32], zeros in 0..31_usize) {
        let mut fixed = [fixed, fixed].concat();
        fixed[..zeros].fill(0);
        fixed[31] |= 1;
        fixed[63] |= 1;
        let der = fixed_to_der(&fixed);
        prop_assert_eq!(der_to_fixed(Alg::ES256, &der), Some(fixed));
        prop_assert_eq!(der_to_fixed(Alg::ES384, &der).map(|fixed| fixed.len()), Some(96));
        prop_assert_eq!(der_to_fixed(Alg::RS256, &der), None);
        prop_assert_eq!(der_to_fixed(Alg::EdDSA, &der), None);
        prop_assert_eq!(der_to_fixed(Alg::ES256, &[&der[..], &[0]].concat()), None);
        prop_assert_eq!(der_to_fixed(Alg::ES256, &der[..der.len() - 1]), None);
    }
}

#[test]
fn odd_signatures_in_der_are_none() {
    for der in [
        &[0x30, 6, 2, 1, 0, 2, 1, 1][..],
        &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
        &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],
        &[0x30, 6, 2, 1, 0x81, 2, 1, 1],
        &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
        &[0x30, 3, 2, 1, 1],
        &[],
    ] {
        assert_eq!(der_to_fixed(Alg::ES256, der), None, "{der:?}");
    }
    let long = fixed_to_der(&[0xff; 96]);
    assert_eq!(der_to_fixed(Alg::ES256, &long), None);
    assert_eq!(der_to_fixed(Alg::ES512, &long).map(|fixed| fixed.len()), Some(132));
}

#[test]
fn algorithms_have_the_names_and_lengths_that_are_registered() {
    for alg in Alg::ALL {
        assert_eq!(Alg::find(alg.name()), Some(alg));
    }
    for name in ["none", "None", "", "es256", "ES256K", "RS1"] {
        assert_eq!(Alg::find(name), None);
    }
    let lengths = [Alg::ES256, Alg::ES384, Alg::ES512, Alg::EdDSA, Alg::PS256].map(Alg::signature_len);
    assert_eq!(lengths, [Some(64), Some(96), Some(132), Some(64), None]);
    assert_eq!(Alg::PS384.digest(b"").map(|digest| digest.len()), Some(48));
    assert_eq!(Alg::Ed25519.digest(b""), None);
    assert_eq!(hmac(Alg::RS256, b"k", b""), Vec::<u8>::new());
    assert!(SigningKey::ed25519(&[1; 32], None).unwrap().sign(Scheme::P256, b"").is_err());
}

#[test]
fn the_work_grows_with_the_set_and_no_faster() {
    let sets: [fn(usize) -> String; 4] = [
        |count| format!(r#"{{"keys":[{}{EC}]}}"#, r#"{"kty":"EC","kid":"a"},"#.repeat(count)),
        |count| format!(r#"{{"keys":[{}]}}"#, vec![EC; count].join(",")),
        |count| format!("{{{}}}", (0..count).map(|n| format!(r#""{n}":1"#)).collect::<Vec<_>>().join(",")),
        |count| {
            format!(r#"{{"kty":"EC",{}}}"#, (0..count).map(|n| format!(r#""{n}":1"#)).collect::<Vec<_>>().join(","))
        },
    ];
    for set in sets {
        check_linear(200, set, |text| drop(read(text)));
    }
}
