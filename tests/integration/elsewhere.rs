//! What is signed here verifies with a library that is not ours: OpenSSL, where it is installed.

use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::harness::jwt::{ED25519, P256, P384, RSA, fixture_path, from_base64url};
use super::harness::*;

/// r and s as OpenSSL has them: a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
fn der(fixed: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let number = &number[number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1)..];
        let sign = if number[0] > 0x7f { vec![0] } else { vec![] };
        [&[2, u8::try_from(sign.len() + number.len()).unwrap()], &sign[..], number].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let numbers = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(numbers.len()).unwrap()], &numbers[..]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4) })]

    #[test]
    fn openssl_verifies_what_is_signed(claim in "[^\0]{0,40}", id in "[a-z0-9]{1,20}") {
        if !is_installed("openssl") {
            not_run("openssl is not installed");
            return Ok(());
        }
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
        let openssl = |words: &[&str]| {
            Command::new("openssl").args(words).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
        };
        let (public, input, signature) = (file("public"), file("input"), file("signature"));
        let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
        for (alg, key) in [
            ("RS256", RSA), ("RS384", RSA), ("RS512", RSA), ("PS256", RSA), ("PS384", RSA), ("PS512", RSA),
            ("ES256", P256), ("ES384", P384), ("EdDSA", ED25519), ("Ed25519", ED25519),
        ] {
            let key = fixture_path(key);
            let claim = format!("note={claim}");
            let words = ["assertion", "-q", "--token-endpoint", "https://idp.invalid/token", "-i", &id];
            let run = oauth2tok().args(words).args(["-a", "private_key_jwt", "--signing-alg", alg]);
            let run = run.args([&format!("--signing-key=file:{key}"), &format!("--assertion-claim={claim}")]);
            let text = run.any_stdout().run().stdout;
            let (signed, proof) = text.trim_end().rsplit_once('.').unwrap();
            let proof = from_base64url(proof);
            std::fs::write(&input, signed).unwrap();
            std::fs::write(&signature, if alg.starts_with("ES") { der(&proof) } else { proof }).unwrap();
            prop_assert!(openssl(&["pkey", "-in", &key, "-pubout", "-out", &public]));
            let digest = format!("-sha{}", &alg[2..]);
            let verify = |input: &str| match &alg[..2] {
                "Ed" => openssl(&[
                    "pkeyutl", "-verify", "-pubin", "-inkey", &public, "-rawin", "-in", input, "-sigfile", &signature,
                ]),
                kind => {
                    let padding = if kind == "PS" { &pss[..] } else { &[] };
                    let words = [&["dgst", &*digest][..], padding, &["-verify", &public, "-signature", &signature, input]];
                    openssl(&words.concat())
                }
            };
            prop_assert!(verify(&input), "{}", alg);
            // And of anything else it says no.
            std::fs::write(&input, format!("{signed}x")).unwrap();
            prop_assert!(!verify(&input), "{}", alg);
        }
    }
}
