//! Published vectors, and everything that a verifier has been talked into somewhere.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::der;
use crate::growth::check_linear;
use crate::jose::{KeyFile, KeyKind, PrivateKey, Wanted, base64url, compact, from_base64url, hmac, signing_input};

/// RFC 7515 §A.1.1, §A.2.1, §A.3.1.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const OCT: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const RSA: &str = include_str!("../../../tests/fixtures/keys/rfc7515-a2.jwk");
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ES512: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;

const A1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.CLAIMS.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const A2: &str = "eyJhbGciOiJSUzI1NiJ9.CLAIMS.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A3: &str = "eyJhbGciOiJFUzI1NiJ9.CLAIMS.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn set(keys: &[&str]) -> Keys {
    Keys::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

/// A set of the user's own with the secret of §A.1.
fn own() -> Keys {
    Keys::parse_own(format!(r#"{{"keys":[{{"kty":"oct","k":"{OCT}"}}]}}"#).as_bytes()).unwrap()
}

fn with(keys: &Keys) -> With<'_> {
    With { keys: Some(keys), secret: None }
}

fn verify(token: &str, with: With<'_>) -> Result<Alg, VerifyError> {
    Jws::read(token)?.verify(with)
}

#[track_caller]
fn check(token: &str, with: With<'_>, expected: Result<Alg, &str>) {
    let found = verify(token, with).map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned), "{token}");
}

/// A key that signs, and what is published of it.
struct Signer {
    key: Arc<PrivateKey>,
    jwk: String,
}

impl Signer {
    fn of(pem: &str) -> Self {
        let mut none = || Ok(None);
        let wanted = Wanted { key_id: None, passphrase: &mut none, certificates: &[] };
        Self::with(KeyFile::read(&Secret::new(pem), wanted).unwrap().key)
    }

    fn new() -> Self {
        Self::with(Arc::new(PrivateKey::generate(KeyKind::P256).unwrap().0))
    }

    fn with(key: Arc<PrivateKey>) -> Self {
        Self { jwk: key.public().jwk().to_line(), key }
    }

    fn rsa() -> Self {
        Self::of(include_str!("../../../tests/fixtures/rsa.pkcs8.pem"))
    }

    fn ec() -> Self {
        Self::of(include_str!("../../../tests/fixtures/ec.pkcs8.pem"))
    }

    fn p384() -> Self {
        Self::of(include_str!("../../../tests/fixtures/keys/p384.pem"))
    }

    fn ed() -> Self {
        Self::of(include_str!("../../../tests/fixtures/ed25519.pkcs8.pem"))
    }

    /// Its JWK with such members besides.
    fn jwk(&self, members: &str) -> String {
        self.jwk.replacen('{', &format!("{{{members},"), 1)
    }

    /// A token with this text for a header, signed so.
    fn token(&self, alg: Alg, header: &str) -> String {
        token(header, |input| self.key.sign(alg, input).unwrap())
    }

    /// One whose header says no more than it must.
    fn plain(&self, alg: Alg) -> String {
        self.token(alg, &format!(r#"{{"alg":"{}"}}"#, alg.name()))
    }
}

fn token(header: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(br#"{"iss":"https://a.example","sub":"me"}"#));
    format!("{input}.{}", base64url(&sign(input.as_bytes())))
}

/// A token with this text for claims and for a header, signed by the key of §A.1.
fn made(header: &str, claims: &str) -> String {
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    format!("{input}.{}", base64url(&hmac(Alg::HS256, &from_base64url(OCT).unwrap(), input.as_bytes())))
}

#[test]
fn the_vectors_of_the_standards_hold() {
    let [a1, a2, a3] = [A1, A2, A3].map(|token| token.replace("CLAIMS", CLAIMS));
    check(&a1, with(&own()), Ok(Alg::HS256));
    check(&a2, with(&set(&[RSA])), Ok(Alg::RS256));
    check(&a3, with(&set(&[EC])), Ok(Alg::ES256));
    let all = set(&[RSA, EC, ED, ES512]);
    check(&a2, with(&all), Ok(Alg::RS256));
    check(&a3, with(&all), Ok(Alg::ES256));
    assert_eq!(Jws::read(&a2).unwrap().claims.string("iss").as_deref(), Some("joe"));

    // RFC 7515 §A.4, RFC 8037 §A.4: what is signed is no JSON.
    let a4 = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    let ed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let (jws, payload) = Jws::with_payload(a4).unwrap();
    assert_eq!((jws.alg(), payload.as_slice()), (Some(Alg::ES512), &b"Payload"[..]));
    assert_eq!(jws.verify(with(&all)), Err(VerifyError::Unsupported { alg: "ES512".into() }));
    let (jws, payload) = Jws::with_payload(ed).unwrap();
    assert_eq!((jws.verify(with(&all)), payload.as_slice()), (Ok(Alg::EdDSA), &b"Example of Ed25519 signing"[..]));
    assert_eq!(Jws::read(ed).map(|_| ()), Err(VerifyError::NotAnObject("claims")));
}

#[test]
fn every_algorithm_verifies_with_its_own_key_and_with_no_other() {
    let (rsa, ec, p384, ed) = (Signer::rsa(), Signer::ec(), Signer::p384(), Signer::ed());
    let signers = [&rsa, &ec, &p384, &ed];
    let all = set(&signers.map(|signer| signer.jwk.as_str()));
    for signer in signers {
        let others: Vec<_> = signers.into_iter().filter(|other| other.jwk != signer.jwk).collect();
        let others = set(&others.iter().map(|other| other.jwk.as_str()).collect::<Vec<_>>());
        for alg in Alg::ALL.into_iter().filter(|alg| signer.key.allows(*alg)) {
            let token = signer.plain(alg);
            check(&token, with(&all), Ok(alg));
            check(&token, with(&others), Err(&format!("no key of the set is for {}", alg.name())));
            check(&token, With::default(), Err("there are no keys to check it with"));
            // Another algorithm of the same key did not sign it.
            for other in
                Alg::ALL.into_iter().filter(|other| signer.key.allows(*other) && other.scheme() != alg.scheme())
            {
                let header = format!(r#"{{"alg":"{}"}}"#, other.name());
                check(&signer.token(alg, &header), with(&all), Err("its signature does not hold"));
            }
        }
    }
    let secret = Secret::new("a secret");
    for alg in [Alg::HS256, Alg::HS384, Alg::HS512] {
        let header = format!(r#"{{"alg":"{}","kid":"any"}}"#, alg.name());
        let token = token(&header, |input| hmac(alg, b"a secret", input));
        check(&token, With { keys: Some(&all), secret: Some(&secret) }, Ok(alg));
        check(&token, With { keys: None, secret: Some(&secret) }, Ok(alg));
        check(&token, With { keys: None, secret: Some(&Secret::new("another")) }, Err("its signature does not hold"));
    }
}

#[test]
fn only_the_compact_form_to_the_letter_is_a_token() {
    let good = A3.replace("CLAIMS", CLAIMS);
    let keys = set(&[EC]);
    check(&good, with(&keys), Ok(Alg::ES256));
    let not_compact = "it is not three parts of base64url with a dot between each (RFC 7515 §7.1)";
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for token in [
        String::new(),
        ".".into(),
        "opaque".into(),
        format!("{header}.{payload}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!(".{good}"),
        format!("{good}...."),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good} "),
        format!("{header}\n.{payload}.{signature}"),
        format!("{header}.{payload}.{}\n{}", &signature[..9], &signature[9..]),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}=.{payload}.{signature}"),
        // The bits that are left over in the last letter: Q and R are the same bytes.
        good.strip_suffix('Q').unwrap().to_owned() + "R",
        A2.replace("CLAIMS", CLAIMS).replace('_', "/"),
        good.replace('-', "+"),
        good.replace('-', "%2D"),
        format!("{header}.{payload}.{}é", &signature[1..]),
        format!("{header}\0.{payload}.{signature}"),
        // The JSON forms (RFC 7515 §7.2).
        format!(r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#),
    ] {
        check(&token, with(&keys), Err(not_compact));
    }
    check(&format!("{header}.{payload}.."), with(&keys), Err(not_compact));
    check(&format!("{good}.."), with(&keys), Err("it is encrypted, and cannot be read here"));
    check(&format!("{header}.{payload}."), with(&keys), Err("it is not signed"));
    check("..", with(&keys), Err("no JSON object stands in its header"));
}

#[test]
fn header_and_claims_are_objects_in_which_nothing_stands_twice() {
    let own = own();
    let hs = r#"{"alg":"HS256"}"#;
    check(&made(hs, r#"{"iss":"a","n":{"a":[{"b":1},{"b":1}],"iss":1}}"#), with(&own), Ok(Alg::HS256));
    for (header, claims, expected) in [
        (r#"{"alg":"none","alg":"HS256"}"#, "{}", "'alg' stands more than once in its header"),
        (r#"{"alg":"HS256","alg":"none"}"#, "{}", "'alg' stands more than once in its header"),
        (r#"{"alg":"HS256","\u0061lg":"HS256"}"#, "{}", "'alg' stands more than once in its header"),
        (r#"{"alg":"HS256","kid":"a","kid":"a"}"#, "{}", "'kid' stands more than once in its header"),
        (r#"{"alg":"HS256","jwk":{"kty":"a","kty":"b"}}"#, "{}", "'kty' stands more than once in its header"),
        (hs, r#"{"iss":"a","sub":"x","iss":"a"}"#, "'iss' stands more than once in its claims"),
        (hs, r#"{"exp":1,"ex\u0070":99999999999}"#, "'exp' stands more than once in its claims"),
        (hs, r#"{"a":[{"cnf":{"jkt":1,"jkt":2}}]}"#, "'jkt' stands more than once in its claims"),
        (hs, "{\"\u{202e}\":1,\"\u{202e}\":1}", r"'\u{202e}' stands more than once in its claims"),
        ("[]", "{}", "no JSON object stands in its header"),
        (r#""HS256""#, "{}", "no JSON object stands in its header"),
        (r#"{"alg":"HS256"}x"#, "{}", "no JSON object stands in its header"),
        (r#"{"alg":"HS256"}{"alg":"none"}"#, "{}", "no JSON object stands in its header"),
        ("{'alg':'HS256'}", "{}", "no JSON object stands in its header"),
        ("\u{feff}{\"alg\":\"HS256\"}", "{}", "no JSON object stands in its header"),
        ("{\"alg\":\"HS256\",\"a\":\"\u{0}\"}", "{}", "no JSON object stands in its header"),
        (r#"{"alg":"HS256","a":"\ud800"}"#, "{}", "no JSON object stands in its header"),
        (hs, "", "no JSON object stands in its claims"),
        (hs, "[{}]", "no JSON object stands in its claims"),
        (hs, "{}\u{0}", "no JSON object stands in its claims"),
        (hs, r#"{"exp":01}"#, "no JSON object stands in its claims"),
        // A token in a token (RFC 7519 §3).
        (r#"{"alg":"HS256","cty":"JWT"}"#, A2, "no JSON object stands in its claims"),
    ] {
        check(&made(header, claims), with(&own), Err(expected));
    }
    let bytes = |header: &[u8], claims: &[u8]| format!("{}.{}.AAAA", base64url(header), base64url(claims));
    check(&bytes(b"{\"alg\":\"HS256\",\"a\":\"\xff\"}", b"{}"), with(&own), Err("no JSON object stands in its header"));
    check(&bytes(hs.as_bytes(), b"{\"a\":\"\xc0\xaf\"}"), with(&own), Err("no JSON object stands in its claims"));
}

#[test]
fn nothing_makes_an_unsigned_token_a_signed_one() {
    let (rsa, secret) = (Signer::rsa(), Secret::new("s"));
    let keys = set(&[&rsa.jwk]);
    let all = With { keys: Some(&keys), secret: Some(&secret) };
    for alg in ["none", "None", "NONE", "nOnE", "none ", " none", "no\\u006ee", "none\\u0000", "\\tnone", "n-o-n-e"] {
        for signature in ["", "AAAA", &base64url(&rsa.key.sign(Alg::RS256, b"").unwrap())] {
            let input = format!("{}.e30", base64url(format!(r#"{{"alg":"{alg}"}}"#).as_bytes()));
            for with in [all, With::default(), with(&keys)] {
                check(&format!("{input}.{signature}"), with, Err("it is not signed"));
            }
        }
    }
    for alg in Alg::ALL.map(Alg::name).into_iter().chain(["ES256K", "hs256", "Rs256", "anything", "none2"]) {
        check(&token(&format!(r#"{{"alg":"{alg}"}}"#), |_| vec![]), all, Err("it is not signed"));
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":""}"#,
        r#"{"alg":["RS256"]}"#,
        r#"{"alg":{"name":"RS256"}}"#,
        r#"{"alg":0}"#,
        r#"{"alg":true}"#,
        r#"{"Alg":"RS256"}"#,
        r#"{"enc":"RS256"}"#,
    ] {
        check(&rsa.token(Alg::RS256, header), all, Err("the alg in its header is missing or malformed"));
    }
}

#[test]
fn an_algorithm_that_is_not_known_is_told_apart_from_a_signature_that_does_not_hold() {
    let rsa = Signer::rsa();
    let (keys, secret) = (set(&[&rsa.jwk]), Secret::new("s"));
    for alg in [
        "ES512",
        "ES256K",
        "Ed448",
        "RS1",
        "RSA1_5",
        "dir",
        "rs256",
        "RS256 ",
        "PS256\\u0000",
        "ML-DSA-44",
        "hs256",
        "HS1",
        "HS256/64",
        "HSS-LMS",
    ] {
        let token = rsa.token(Alg::RS256, &format!(r#"{{"alg":"{alg}"}}"#));
        for with in [with(&keys), With::default(), With { keys: Some(&keys), secret: Some(&secret) }] {
            let error = verify(&token, with).unwrap_err();
            assert!(matches!(error, VerifyError::Unsupported { .. }) && error.is_unchecked(), "{alg}");
        }
    }
    let token = rsa.token(Alg::RS256, &format!(r#"{{"alg":"{}\u001b"}}"#, "x".repeat(100)));
    check(&token, with(&keys), Err(&format!("its algorithm {}… cannot be checked here", "x".repeat(20))));
    // A key of another kind than those here, for an algorithm that is.
    let ed448 = r#"{"kty":"OKP","crv":"Ed448","x":"AAAA","kid":"4"}"#;
    let eddsa = Signer::ed().token(Alg::EdDSA, r#"{"alg":"EdDSA","kid":"4"}"#);
    check(&eddsa, with(&set(&[ed448])), Err("its algorithm EdDSA (Ed448) cannot be checked here"));
    check(&eddsa, with(&set(&[ed448, &Signer::ed().jwk(r#""kid":"4""#)])), Ok(Alg::EdDSA));
    let huge = format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, base64url(&[0xff; 1025]));
    let expected = "its algorithm RS256 (RSA with more than 8192 bits) cannot be checked here";
    check(&rsa.plain(Alg::RS256), with(&set(&[&huge])), Err(expected));
}

#[test]
fn no_public_key_is_a_secret() {
    let (rsa, ec) = (Signer::rsa(), Signer::ec());
    let keys = set(&[&rsa.jwk(r#""kid":"r""#), &ec.jwk(r#""kid":"e""#)]);
    let own = Keys::parse_own(format!(r#"{{"keys":[{},{}]}}"#, rsa.jwk, ec.jwk).as_bytes()).unwrap();
    let spki = include_str!("../../../tests/fixtures/keys/ec.public.pem");
    let n = rsa.key.public().rsa_numbers().unwrap().0;
    let empty = Secret::new("");
    for secret in [
        spki.as_bytes(),
        spki.trim_end().as_bytes(),
        rsa.jwk.as_bytes(),
        ec.jwk.as_bytes(),
        n,
        rsa.key.public().bits(),
        ec.key.public().bits(),
        b"",
    ] {
        for (alg, name) in [(Alg::HS256, "HS256"), (Alg::HS384, "HS384"), (Alg::HS512, "HS512")] {
            for kid in ["", r#","kid":"r""#, r#","kid":"e""#] {
                let token = token(&format!(r#"{{"alg":"{name}"{kid}}}"#), |input| hmac(alg, secret, input));
                let expected = format!("it is signed with {name}, and there is no client secret to check that with");
                check(&token, with(&keys), Err(&expected));
                check(&token, with(&own), Err(&expected));
                check(&token, With { keys: Some(&keys), secret: Some(&empty) }, Err(&expected));
                check(&token, With::default(), Err(&expected));
                let secret = Secret::new("another");
                assert!(verify(&token, With { keys: Some(&keys), secret: Some(&secret) }).is_err());
            }
        }
    }
    // Nor is a secret that all the world can read one.
    let published = set(&[&format!(r#"{{"kty":"oct","k":"{OCT}"}}"#)]);
    let expected = "it is signed with HS256, and there is no client secret to check that with";
    check(&A1.replace("CLAIMS", CLAIMS), with(&published), Err(expected));
    // A part of a MAC is none, nor is one with something behind it.
    let good = A1.replace("CLAIMS", CLAIMS);
    let secrets = super::tests::own();
    for len in [1, 16, 31] {
        let mac = from_base64url(good.rsplit_once('.').unwrap().1).unwrap();
        let short = format!("{}.{}", good.rsplit_once('.').unwrap().0, base64url(&mac[..len]));
        check(&short, with(&secrets), Err("its signature does not hold"));
    }
}

#[test]
fn a_key_that_the_token_brings_is_not_used() {
    let (victim, attacker) = (Signer::ec(), Signer::new());
    let keys = set(&[&victim.jwk(r#""kid":"a""#)]);
    let certificate = include_str!("../../../tests/fixtures/keys/ec.certificate.pem").lines();
    let x5c: String = certificate.filter(|line| !line.starts_with('-')).collect();
    for member in [
        format!(r#""jwk":{}"#, attacker.jwk),
        format!(r#""jwk":{}"#, attacker.jwk(r#""kid":"a""#)),
        r#""jku":"https://evil.example/jwks""#.to_owned(),
        r#""jku":"http://127.0.0.1:1/""#.to_owned(),
        r#""x5u":"https://evil.example/chain.pem""#.to_owned(),
        format!(r#""x5c":["{x5c}"]"#),
        r#""x5t":"AAAA","x5t#S256":"AAAA""#.to_owned(),
        r#""keys":[]"#.to_owned(),
    ] {
        for (kid, fault) in [
            ("", "its signature does not hold"),
            (r#","kid":"a""#, "its signature does not hold"),
            (r#","kid":"b""#, "no key of the set is called 'b' and is for ES256"),
        ] {
            let header = format!(r#"{{"alg":"ES256"{kid},{member}}}"#);
            check(&attacker.token(Alg::ES256, &header), with(&keys), Err(fault));
        }
        // They do no harm in a token of the victim's own.
        check(&victim.token(Alg::ES256, &format!(r#"{{"alg":"ES256",{member}}}"#)), with(&keys), Ok(Alg::ES256));
    }
}

#[test]
fn what_must_be_understood_is_not() {
    let ec = Signer::ec();
    let expected = "its header has a crit, and none of what that may demand is known here (RFC 7515 §4.1.11)";
    for crit in [r#"["exp"],"exp":1"#, r#"["b64"],"b64":true"#, r#"["alg"]"#, "[]", "null", r#""exp""#, "{}", "false"] {
        let token = ec.token(Alg::ES256, &format!(r#"{{"alg":"ES256","crit":{crit}}}"#));
        check(&token, with(&set(&[&ec.jwk])), Err(expected));
    }
    // What is signed is what stands there, whatever b64 says (RFC 7797 §7 has no such JWT).
    check(&ec.token(Alg::ES256, r#"{"alg":"ES256","b64":false}"#), with(&set(&[&ec.jwk])), Ok(Alg::ES256));
}

#[test]
fn the_key_that_fits_is_taken_and_where_that_is_not_clear_none() {
    let (one, two, rsa) = (Signer::ec(), Signer::new(), Signer::rsa());
    let named = |signer: &Signer, kid: &str| signer.jwk(&format!(r#""kid":"{kid}""#));
    let with_kid = |kid: &str| one.token(Alg::ES256, &format!(r#"{{"alg":"ES256","kid":{kid}}}"#));
    let es = "is for ES256";
    for (token, keys, expected) in [
        // No id: the only one that fits.
        (one.plain(Alg::ES256), vec![named(&one, "1")], Ok(())),
        (one.plain(Alg::ES256), vec![one.jwk.clone(), rsa.jwk.clone()], Ok(())),
        (one.plain(Alg::ES256), vec![named(&one, "1"), two.jwk(r#""use":"enc""#)], Ok(())),
        (one.plain(Alg::ES256), vec![named(&one, "1"), two.jwk(r#""alg":"ECDH-ES""#)], Ok(())),
        (one.plain(Alg::ES256), vec![], Err("no key of the set is for ES256".to_owned())),
        (one.plain(Alg::ES256), vec![rsa.jwk.clone()], Err("no key of the set is for ES256".to_owned())),
        (
            one.plain(Alg::ES256),
            vec![named(&one, "1"), named(&two, "2"), rsa.jwk.clone()],
            Err("it names no key (kid), and several are for ES256: 1, 2".to_owned()),
        ),
        (
            one.plain(Alg::ES256),
            vec![one.jwk.clone(), named(&one, "2")],
            Err("it names no key (kid), and several are for ES256: (none), 2".to_owned()),
        ),
        (with_kid("null"), vec![one.jwk.clone()], Ok(())),
        // An id: those of that id, which may be several.
        (with_kid(r#""1""#), vec![named(&two, "0"), named(&one, "1")], Ok(())),
        (with_kid(r#""1""#), vec![named(&two, "1"), named(&one, "1")], Ok(())),
        (with_kid(r#""1""#), vec![named(&one, "1"), named(&two, "1")], Ok(())),
        (with_kid(r#""1""#), vec![named(&rsa, "1"), named(&one, "1")], Ok(())),
        (with_kid(r#""1""#), vec![named(&two, "1")], Err("its signature does not hold".to_owned())),
        (with_kid(r#""1""#), vec![named(&two, "1"), named(&one, "0")], Err("its signature does not hold".to_owned())),
        (with_kid(r#""1""#), vec![one.jwk.clone()], Err(format!("no key of the set is called '1' and {es}"))),
        (with_kid(r#""1""#), vec![named(&one, "1 ")], Err(format!("no key of the set is called '1' and {es}"))),
        (with_kid(r#""a""#), vec![named(&one, "A")], Err(format!("no key of the set is called 'a' and {es}"))),
        (with_kid(r#""""#), vec![one.jwk.clone()], Err(format!("no key of the set is called '' and {es}"))),
        (with_kid(r#""1""#), vec![named(&rsa, "1")], Err(format!("no key of the set is called '1' and {es}"))),
        (with_kid("1"), vec![named(&one, "1")], Err("the kid in its header is missing or malformed".to_owned())),
        (with_kid(r#"["1"]"#), vec![named(&one, "1")], Err("the kid in its header is missing or malformed".to_owned())),
    ] {
        let keys = set(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let found = verify(&token, with(&keys)).map(|alg| assert_eq!(alg, Alg::ES256));
        let is_new = found.as_ref().is_err_and(VerifyError::is_for_newer_keys);
        let found = found.map_err(|error| error.to_string());
        assert_eq!(is_new, expected.as_ref().is_err_and(|text| text.starts_with("no key of the set")));
        assert_eq!(found, expected, "{token}");
    }
}

#[test]
fn a_key_is_used_for_what_it_says_and_for_nothing_else() {
    let (ec, rsa) = (Signer::ec(), Signer::rsa());
    for members in [
        r#""use":"sig","key_ops":["verify"],"alg":"ES256""#,
        r#""use":null,"key_ops":null,"alg":null"#,
        r#""key_ops":["sign","verify"]"#,
        // Whatever certificates say.
        r#""x5c":["not even base64!"],"x5t":1"#,
        r#""d":"AAAA""#,
    ] {
        check(&ec.plain(Alg::ES256), with(&set(&[&ec.jwk(members)])), Ok(Alg::ES256));
    }
    let named = ec.token(Alg::ES256, r#"{"alg":"ES256","kid":"1"}"#);
    for (members, why) in [
        (r#""use":"enc""#, " (the JWK is not for signing, as its 'use' says)"),
        (r#""use":"SIG""#, " (the JWK is not for signing, as its 'use' says)"),
        (r#""use":["sig"]"#, " (the JWK is not for signing, as its 'use' says)"),
        (r#""key_ops":["encrypt"]"#, " (the JWK is not for signing, as its 'key_ops' says)"),
        (r#""key_ops":[]"#, " (the JWK is not for signing, as its 'key_ops' says)"),
        (r#""key_ops":"verify""#, " (its member 'key_ops' is missing or malformed)"),
        (r#""alg":"ES384""#, ""),
        (r#""alg":"ECDH-ES+A128KW""#, ""),
        (r#""alg":"none""#, ""),
        (r#""alg":1"#, " (its member 'alg' is missing or malformed)"),
        (r#""a":1,"a":2"#, " (its member 'a' stands more than once)"),
    ] {
        let keys = set(&[&ec.jwk(&format!(r#""kid":"1",{members}"#))]);
        check(&named, with(&keys), Err(&format!("no key of the set is called '1' and is for ES256{why}")));
        check(&ec.plain(Alg::ES256), with(&keys), Err("no key of the set is for ES256"));
    }
    let rs = rsa.plain(Alg::RS256);
    check(&rs, with(&set(&[&rsa.jwk(r#""alg":"PS256""#)])), Err("no key of the set is for RS256"));
    check(&rsa.plain(Alg::PS256), with(&set(&[&rsa.jwk(r#""alg":"PS256""#)])), Ok(Alg::PS256));
    let ed = Signer::ed();
    check(&ed.plain(Alg::Ed25519), with(&set(&[&ed.jwk(r#""alg":"EdDSA""#)])), Ok(Alg::Ed25519));
    check(&ed.plain(Alg::EdDSA), with(&set(&[&ed.jwk(r#""alg":"Ed25519""#)])), Ok(Alg::EdDSA));
}

#[test]
fn keys_that_are_no_good_are_skipped_and_told_where_they_are_meant() {
    let ec = Signer::ec();
    let long = base64url(&[vec![0], ec.key.public().bits()[1..33].to_vec()].concat());
    let weak = base64url(&[0xff; 128]);
    for (jwk, why) in [
        (r#"{"kid":"1"}"#.to_owned(), "its member 'kty' is missing or malformed"),
        (
            r#"{"kid":"1","kty":"ec"}"#.to_owned(),
            "the key is of a kind that is not known here, and no such key is used here",
        ),
        (r#"{"kid":"1","kty":"EC","crv":"P-521"}"#.to_owned(), "the key is P-521, and no such key is used here"),
        (r#"{"kid":"1","kty":"EC","crv":"P-256","x":"AA"}"#.to_owned(), "its member 'y' is missing or malformed"),
        (
            r#"{"kid":"1","kty":"EC","crv":"P-256","x":"!","y":"AA"}"#.to_owned(),
            "its member 'x' is missing or malformed",
        ),
        (r#"{"kid":"1","kty":"OKP","crv":"Ed25519","x":"AAAA"}"#.to_owned(), "its member 'x' is missing or malformed"),
        (
            r#"{"kid":"1","kty":"OKP","crv":"X25519","x":"AAAA"}"#.to_owned(),
            "the key is X25519, and no such key is used here",
        ),
        (r#"{"kid":"1","kty":"RSA","n":"AAAA"}"#.to_owned(), "its member 'e' is missing or malformed"),
        (
            format!(r#"{{"kid":"1","kty":"RSA","n":"{weak}","e":"AQAB"}}"#),
            "the key is RSA with 1024 bits; with less than 2048 nothing is verified",
        ),
        (format!(r#"{{"kid":"1","kty":"oct","k":"{OCT}"}}"#), "it is a secret (kty oct) and no private key"),
        (format!(r#"{{"kid":"1","kty":"RSA","x5c":["{weak}"]}}"#), "its member 'n' is missing or malformed"),
    ] {
        let keys = set(&["1", r#""a""#, "null", "[]", "{}", &jwk, &ec.jwk]);
        assert_eq!(keys.len(), 7);
        check(&ec.plain(Alg::ES256), with(&keys), Ok(Alg::ES256));
        let named = ec.token(Alg::ES256, r#"{"alg":"ES256","kid":"1"}"#);
        check(&named, with(&keys), Err(&format!("no key of the set is called '1' and is for ES256 ({why})")));
    }
    // Zeros in front of a number do not make it another one.
    let padded = Members::parse(&ec.jwk).unwrap().unwrap();
    let padded = ec.jwk.replace(&padded.string("x").unwrap(), &long);
    check(&ec.plain(Alg::ES256), with(&set(&[&padded])), Ok(Alg::ES256));
    for text in
        ["", "[]", "{}", "<html>", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[]} x"#, r#"{"keys":[],"keys":[]}"#]
    {
        assert!(Keys::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Keys::parse(b"\xef\xbb\xbf {\"keys\":[],\"other\":1}\n").unwrap().is_empty());
}

/// The numbers of a curve and their neighbours, as r and s.
#[test]
fn odd_signatures_of_ecdsa_do_not_hold() {
    let ec = Signer::ec();
    let keys = set(&[&ec.jwk]);
    let good = ec.plain(Alg::ES256);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let order = from_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    let mut above = order.clone();
    above[31] += 1;
    let (zero, one, all) = (vec![0; 32], [vec![0; 31], vec![1]].concat(), vec![0xff; 32]);
    let number = |n: &[u8]| der::write_unsigned(n).to_vec();
    let der = |r: &[u8], s: &[u8]| der::write(der::SEQUENCE, &[&number(r), &number(s)]).to_vec();
    let pair = |r: &[u8], s: &[u8]| [r, s].concat();
    for odd in [
        der(r, s),
        der(&zero, &zero),
        der(&one, &one),
        pair(&zero, &zero),
        pair(&zero, s),
        pair(r, &zero),
        pair(&one, &one),
        pair(&order, s),
        pair(r, &order),
        pair(&order, &order),
        pair(&above, &above),
        pair(&all, &all),
        pair(&zero, &order),
        pair(s, r),
        pair(r, &s[..31]),
        pair(&[0], &pair(r, s)),
        pair(r, &pair(s, &[0])),
        pair(&pair(&[0], r), &pair(&[0], s)),
        r.to_vec(),
        pair(&pair(r, s), &pair(r, s)),
        vec![0],
    ] {
        check(&format!("{input}.{}", base64url(&odd)), with(&keys), Err("its signature does not hold"));
    }
    // A point that is not on the curve verifies nothing.
    let mut off = Members::parse(&ec.jwk).unwrap().unwrap();
    off.set_raw("y", &format!(r#""{}""#, base64url(&one)));
    assert!(verify(&good, with(&set(&[&off.to_line()]))).is_err());
    let p384 = Signer::p384();
    let header = r#"{"alg":"ES256"}"#;
    check(&p384.token(Alg::ES384, header), with(&set(&[&p384.jwk])), Err("no key of the set is for ES256"));
}

#[test]
fn odd_signatures_of_rsa_and_ed25519_do_not_hold() {
    let rsa = Signer::rsa();
    let keys = set(&[&rsa.jwk]);
    let fault = Err("its signature does not hold");
    let good = rsa.plain(Alg::RS256);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    for odd in [&signature[1..], &signature[..255], &[&[0], &signature[..]].concat(), &[0; 256], &[0xff; 256], &[1]] {
        check(&format!("{input}.{}", base64url(odd)), with(&keys), fault);
    }
    // With the exponent 1 what is padded is its own signature.
    let digest = Alg::RS256.digest(input.as_bytes()).unwrap();
    let info = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let padded = [&[0, 1][..], &[0xff; 202], &[0], &info, &digest].concat();
    assert_eq!(padded.len(), 256);
    let forged = format!("{input}.{}", base64url(&padded));
    for e in ["AQ", "AA", "Ag", "AAE"] {
        let mut jwk = Members::parse(&rsa.jwk).unwrap().unwrap();
        jwk.set_raw("e", &format!(r#""{e}""#));
        assert!(verify(&forged, with(&set(&[&jwk.to_line()]))).is_err(), "{e}");
        assert!(verify(&good, with(&set(&[&jwk.to_line()]))).is_err(), "{e}");
    }

    let ed = Signer::ed();
    let keys = set(&[&ed.jwk]);
    let good = ed.plain(Alg::EdDSA);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    // S + L signs the same where nobody looks (RFC 8032 §5.1.7).
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut more = signature.clone();
    let mut carry = 0;
    for (byte, add) in more[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + add + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    for odd in [&more[..], &signature[..63], &[&signature[..], &[0]].concat(), &[0; 64], &signature[32..]] {
        check(&format!("{input}.{}", base64url(odd)), with(&keys), fault);
    }
}

/// Numbers that look random and are the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// What an attacker does to tokens that were signed: letters, parts, headers, claims.
fn mutant(numbers: &mut Numbers, tokens: &[String]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
    let whole: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let token = numbers.of(&whole);
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = numbers.of(&whole).split('.').collect();
    let mut text = token.as_bytes().to_vec();
    let at = numbers.below(text.len());
    match numbers.below(8) {
        0 => text[at] = LETTERS[numbers.below(LETTERS.len())],
        1 => drop(text.remove(at)),
        2 => text.insert(at, LETTERS[numbers.below(LETTERS.len())]),
        3 => {
            let other = numbers.below(text.len());
            text.swap(at, other);
        }
        4 => text.truncate(at),
        5 => return [numbers.of(&[parts[0], others[0]]), others[1], numbers.of(&[parts[2], others[2]])].join("."),
        6 => {
            let algs = ["none", "None", "HS256", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "x"];
            let more = ["", r#","kid":"e""#, r#","kid":"r""#, r#","jwk":{}"#, r#","crit":[]"#, r#","alg":"none""#, " "];
            let header = format!(r#"{{"alg":"{}"{}}}"#, numbers.of(&algs), numbers.of(&more));
            return [&*base64url(header.as_bytes()), parts[1], numbers.of(&[parts[2], others[2], ""])].join(".");
        }
        _ => {
            let mut signature = from_base64url(parts[2]).unwrap();
            let at = numbers.below(signature.len());
            signature[at] ^= 1 << numbers.below(8);
            return [parts[0], parts[1], &*base64url(&signature)].join(".");
        }
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn no_change_to_a_signed_token_goes_unseen() {
    let (rsa, ec, p384, ed) = (Signer::rsa(), Signer::ec(), Signer::p384(), Signer::ed());
    let keys = set(&[&rsa.jwk(r#""kid":"r""#), &ec.jwk(r#""kid":"e""#), &p384.jwk, &ed.jwk]);
    let secret = Secret::new("a secret");
    let tokens = [
        rsa.token(Alg::RS256, r#"{"alg":"RS256","kid":"r"}"#),
        rsa.plain(Alg::PS384),
        ec.token(Alg::ES256, r#"{"alg":"ES256","kid":"e"}"#),
        ec.token(Alg::ES256, r#"{"alg":"ES256","typ":"JWT"}"#),
        p384.plain(Alg::ES384),
        ed.plain(Alg::EdDSA),
        token(r#"{"alg":"HS256"}"#, |input| hmac(Alg::HS256, b"a secret", input)),
    ];
    let all = With { keys: Some(&keys), secret: Some(&secret) };
    for token in &tokens {
        assert!(verify(token, all).is_ok());
    }
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..10_000 {
        let mutant = mutant(&mut numbers, &tokens);
        if tokens.contains(&mutant) {
            continue;
        }
        // All claims of the tokens are the same: what joins parts of several is one of them, or does not hold.
        assert!(verify(&mutant, all).is_err(), "{mutant}");
    }
}

proptest! {
    #[test]
    fn whatever_is_signed_verifies_and_says_what_it_said(
        kid in ".{0,20}",
        sub in ".{0,40}",
        names in proptest::collection::btree_set("[a-z]{1,8}", 0..5),
    ) {
        let ed = Signer::ed();
        let mut header = Members::default();
        header.push("alg", &"EdDSA".into());
        header.push("kid", &kid.clone().into());
        let mut claims = Members::default();
        names.iter().filter(|name| *name != "sub").for_each(|name| claims.push(name, &17.into()));
        claims.push("sub", &sub.clone().into());
        let input = signing_input(&header, &claims);
        let token = compact(&input, &ed.key.sign(Alg::EdDSA, input.as_bytes()).unwrap());
        let mut jwk = ed.key.public().jwk();
        jwk.push("kid", &kid.into());
        let jws = Jws::read(token.expose()).unwrap();
        prop_assert_eq!(jws.verify(with(&set(&[&jwk.to_line()]))), Ok(Alg::EdDSA));
        prop_assert_eq!(jws.claims.to_line(), claims.to_line());
        jwk.replace("kid", &"\u{1}another".into());
        prop_assert!(jws.verify(with(&set(&[&jwk.to_line()]))).is_err());
    }

    #[test]
    fn no_text_at_all_is_taken_for_a_token(header in ".{0,60}", payload in ".{0,60}", rest in "[A-Za-z0-9_.=-]{0,60}") {
        let keys = set(&[RSA, EC, ED]);
        let token = format!("{}.{}.{rest}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        for text in [&token, &rest, &header] {
            prop_assert!(verify(text, with(&keys)).is_err());
        }
    }

    #[test]
    fn no_text_at_all_upsets_the_reader_of_sets(text in r#"[\[\]{}":, a-zA-Z0-9_-]{0,200}"#) {
        let _ = Keys::parse(text.as_bytes());
    }
}

#[test]
fn the_work_grows_with_token_and_set_and_no_faster() {
    let read = |claims: String| format!("{}.{}.AAAA", base64url(br#"{"alg":"ES256"}"#), base64url(claims.as_bytes()));
    let claims: [fn(usize) -> String; 4] = [
        |count| format!(r#"{{"a":[{}]}}"#, vec![r#"{"a":1}"#; count].join(",")),
        |count| format!("{{{}}}", (0..count).map(|n| format!(r#""{n}":1"#)).collect::<Vec<_>>().join(",")),
        |count| format!(r#"{{"a":"{}"}}"#, r"\u0061".repeat(count)),
        |count| format!(r#"{{"a":{}1{}}}"#, "[".repeat(100), "]".repeat(100) + &" ".repeat(count)),
    ];
    for claims in claims {
        check_linear(200, |count| read(claims(count)), |token| drop(Jws::read(token)));
    }
    check_linear(20_000, |count| ".".repeat(count), |token| drop(Jws::read(token)));
    let named = Signer::ec().token(Alg::ES256, r#"{"alg":"ES256","kid":"x"}"#);
    let unnamed = Signer::ec().plain(Alg::ES256);
    check_linear(
        100,
        |count| vec![EC; count],
        |keys| {
            let keys = set(keys);
            assert!(verify(&named, with(&keys)).is_err() && verify(&unnamed, with(&keys)).is_err());
        },
    );
}
