//! JWTs as a server sees them: taken apart by hand and verified by ring, with the keys of `tests/fixtures`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{self, KeyPair as _, UnparsedPublicKey};
use serde_json::Value;

use super::Request;

/// The path of a fixture.
pub fn fixture_path(name: &str) -> String {
    format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The bytes of a fixture.
pub fn fixture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture_path(name)).unwrap()
}

/// A fixture as text.
pub fn fixture(name: &str) -> String {
    String::from_utf8(fixture_bytes(name)).unwrap()
}

/// What stands in the first section of a PEM text.
pub fn der_of(pem: &str) -> Vec<u8> {
    let body = pem.split("-----").nth(2).unwrap();
    STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
}

/// Bytes as JOSE writes them.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The other way.
#[track_caller]
pub fn from_base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// What these keys have in common; those of a kind are one key in several forms.
pub const P256: &str = "ec.pkcs8.pem";
/// Another.
pub const P384: &str = "keys/p384.pem";
/// Another.
pub const ED25519: &str = "ed25519.pkcs8.pem";
/// Another.
pub const RSA: &str = "rsa.pkcs8.pem";
/// Another, whose file says RSA-PSS.
pub const RSA_PSS: &str = "keys/rsa-pss.pem";

/// The pair of an RSA fixture.
pub fn rsa_pair(name: &str) -> signature::RsaKeyPair {
    let der = der_of(&fixture(name));
    // Whatever says what it is stands before PKCS#1's: SEQUENCE, version 0, the modulus.
    let begins = |at: &usize| matches!(der[*at..], [0x30, 0x82, _, _, 2, 1, 0, 2, 0x82, ..]);
    let at = (0..der.len() - 9).find(begins).unwrap();
    signature::RsaKeyPair::from_der(&der[at..]).unwrap()
}

/// The pair of the Ed25519 fixture.
pub fn ed25519_pair() -> signature::Ed25519KeyPair {
    signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der_of(&fixture(ED25519))).unwrap()
}

/// The pair of an ECDSA fixture; its signatures are those of JWS, or ASN.1's.
pub fn ecdsa_pair(name: &str, is_asn1: bool) -> signature::EcdsaKeyPair {
    let alg = match (name, is_asn1) {
        (P384, false) => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        (P384, true) => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        (_, false) => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        (_, true) => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
    };
    let random = ring::rand::SystemRandom::new();
    signature::EcdsaKeyPair::from_pkcs8(alg, &der_of(&fixture(name)), &random).unwrap()
}

/// The public half of a fixture as ring takes it: a point, 32 bytes, or PKCS#1's.
pub fn public(key: &str) -> Vec<u8> {
    match key {
        P256 | P384 => ecdsa_pair(key, false).public_key().as_ref().to_vec(),
        ED25519 => ed25519_pair().public_key().as_ref().to_vec(),
        _ => rsa_pair(key).public().as_ref().to_vec(),
    }
}

/// The public half of a fixture as its thumbprint is made of (RFC 7638 §3.2), and that.
pub fn thumbprint(key: &str) -> String {
    let public = public(key);
    let text = match key {
        P256 | P384 => {
            let (x, y) = public[1..].split_at(public.len() / 2);
            let crv = if key == P256 { "P-256" } else { "P-384" };
            format!(r#"{{"crv":"{crv}","kty":"EC","x":"{}","y":"{}"}}"#, base64url(x), base64url(y))
        }
        ED25519 => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(public)),
        _ => {
            let pair = rsa_pair(key);
            let half: ring::rsa::PublicKeyComponents<Vec<u8>> = pair.public().into();
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(half.e), base64url(half.n))
        }
    };
    sha256(text)
}

/// A digest as JOSE writes it.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    base64url(ring::digest::digest(&ring::digest::SHA256, bytes.as_ref()))
}

/// The same of the older kind.
pub fn sha1(bytes: impl AsRef<[u8]>) -> String {
    base64url(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes.as_ref()))
}

/// A JWT that was sent.
pub struct Jwt {
    /// Its compact form.
    pub text: String,
    /// Its header, as it was written.
    pub header_text: String,
    /// Its claims, as they were written.
    pub claims_text: String,
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}

impl Jwt {
    /// Takes one apart.
    #[track_caller]
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts: Vec<_> = text.split('.').collect();
        assert_eq!(parts.len(), 3, "{text}");
        let [header_text, claims_text] =
            [0, 1].map(|at| String::from_utf8(from_base64url(parts[at])).expect("JSON is UTF-8"));
        let [header, claims] = [&header_text, &claims_text].map(|text| serde_json::from_str(text).unwrap());
        Self { header_text, claims_text, header, claims, text }
    }

    /// The client's assertion in a request.
    #[track_caller]
    pub fn of_client(request: &Request) -> Self {
        Self::of(request.field("client_assertion").unwrap_or_else(|| panic!("{request}")))
    }

    /// The assertion that a request's grant trades.
    #[track_caller]
    pub fn of_grant(request: &Request) -> Self {
        Self::of(request.field("assertion").unwrap_or_else(|| panic!("{request}")))
    }

    /// The names in its header, in their order.
    pub fn header_names(&self) -> Vec<String> {
        names(&self.header_text)
    }

    /// The names of its claims, in their order.
    pub fn claim_names(&self) -> Vec<String> {
        names(&self.claims_text)
    }

    /// A claim that is a time.
    #[track_caller]
    pub fn time(&self, name: &str) -> i64 {
        self.claims[name].as_i64().unwrap_or_else(|| panic!("{name} of {}", self.claims))
    }

    /// Asserts that it is signed by this key, as its header says.
    #[track_caller]
    pub fn is_signed_by(&self, key: &str) {
        let alg = self.header["alg"].as_str().unwrap();
        let verifies: &dyn signature::VerificationAlgorithm = match alg {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
            "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
            "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
            "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
            "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
            "ES384" => &signature::ECDSA_P384_SHA384_FIXED,
            "EdDSA" | "Ed25519" => &signature::ED25519,
            other => panic!("{other}"),
        };
        let (input, signature) = self.text.rsplit_once('.').unwrap();
        let verified =
            UnparsedPublicKey::new(verifies, public(key)).verify(input.as_bytes(), &from_base64url(signature));
        assert!(verified.is_ok(), "not signed by {key} with {alg}: {}", self.text);
    }

    /// Asserts that it is signed with this secret.
    #[track_caller]
    pub fn is_signed_with(&self, secret: &str) {
        let alg = match self.header["alg"].as_str().unwrap() {
            "HS256" => ring::hmac::HMAC_SHA256,
            "HS384" => ring::hmac::HMAC_SHA384,
            "HS512" => ring::hmac::HMAC_SHA512,
            other => panic!("{other}"),
        };
        let (input, signature) = self.text.rsplit_once('.').unwrap();
        let key = ring::hmac::Key::new(alg, secret.as_bytes());
        assert!(ring::hmac::verify(&key, input.as_bytes(), &from_base64url(signature)).is_ok(), "{}", self.text);
    }
}

/// The names of an object's members as they stand.
fn names(object: &str) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'de> serde::Deserialize<'de> for Names {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Names;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                    let mut names = Vec::new();
                    while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                        names.push(name);
                    }
                    Ok(Names(names))
                }
            }
            deserializer.deserialize_map(Visitor)
        }
    }
    serde_json::from_str::<Names>(object).unwrap().0
}

/// A JWT of nobody with these claims.
pub fn unsigned(claims: &Value) -> String {
    let header = base64url(r#"{"alg":"RS256","typ":"JWT"}"#);
    format!("{header}.{}.{}", base64url(claims.to_string()), base64url("signature"))
}

/// Now, in seconds since 1970.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
