//! Published vectors, and tables of texts and what becomes of them.

use super::*;
use crate::json::Members;
use crate::secret::Secret;

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
