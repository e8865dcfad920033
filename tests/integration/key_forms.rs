//! Keys as people have them: every form and every source, what else they have in the place of one, and that none is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::harness::jwt::{self, ED25519, P256, P384, RSA, RSA_PSS, fixture, fixture_bytes, fixture_path};
use super::harness::*;

/// A client that signs with what `source` names.
fn signing(server: &Server, source: &str) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", "private_key_jwt", "--signing-key", source])
}

/// A run with this in its key's file, which signs as `key` does.
#[track_caller]
fn signs_as(text: impl AsRef<[u8]>, key: &str, change: impl FnOnce(Run) -> Run) {
    let server = Server::new();
    let run = signing(&server, "file:~/k").file("k", text.as_ref());
    change(run).prints(TOKEN).run();
    Jwt::of_client(&server.request()).is_signed_by(key);
}

/// What is told of a key's file that holds this.
#[track_caller]
fn is_no_key(text: impl AsRef<[u8]>, change: impl FnOnce(Run) -> Run, told: &str) {
    let server = Server::new();
    let run = signing(&server, "file:~/k").file("k", text.as_ref());
    change(run).fails(2, told).run();
    assert_eq!(server.connections(), 0, "something was sent");
}

fn as_it_is(run: Run) -> Run {
    run
}

fn with_passphrase(run: Run) -> Run {
    run.env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "test")
}

#[test]
fn each_form_of_pem_is_a_key() {
    for (name, key) in [
        (P256, P256),
        ("ec.sec1.pem", P256),
        (P384, P384),
        (ED25519, ED25519),
        (RSA, RSA),
        ("rsa.pkcs1.pem", "rsa.pkcs1.pem"),
        ("keys/rsa.swapped.pem", "keys/rsa.swapped.pem"),
        ("keys/rsa-3072.pem", "keys/rsa-3072.pem"),
        (RSA_PSS, RSA_PSS),
    ] {
        let pem = fixture(name);
        signs_as(&pem, key, as_it_is);
        // Line ends of Windows, of nobody, and as variables of CI systems have them.
        signs_as(pem.replace('\n', "\r\n"), key, as_it_is);
        signs_as(pem.trim_end().replace('\n', "\\n"), key, as_it_is);
        signs_as(pem.trim_end().replace('\n', " "), key, as_it_is);
        signs_as(format!("Bag Attributes\n    friendlyName: k\n{pem}trailing words\n"), key, as_it_is);
        signs_as(format!("\u{feff}{pem}"), key, |run| run.any_output());
    }
}

#[test]
fn other_blocks_are_skipped() {
    let params = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let foreign = "-----BEGIN OTHER THING-----\nAAAA\n-----END OTHER THING-----\n";
    let sec1 = fixture("ec.sec1.pem");
    signs_as(format!("{params}{sec1}"), P256, as_it_is);
    signs_as(format!("{foreign}{}{}", fixture("keys/ec.public.pem"), sec1), P256, as_it_is);
}

#[test]
fn der_and_base64_of_anything_are_keys() {
    for (name, key) in [
        (P256, P256),
        ("ec.sec1.pem", P256),
        (P384, P384),
        (ED25519, ED25519),
        (RSA, RSA),
        ("rsa.pkcs1.pem", "rsa.pkcs1.pem"),
    ] {
        let der = jwt::der_of(&fixture(name));
        signs_as(&der, key, as_it_is);
        signs_as(STANDARD.encode(&der), key, as_it_is);
        signs_as(STANDARD.encode(fixture(name)), key, as_it_is);
        let wrapped: Vec<_> = STANDARD
            .encode(fixture(name))
            .into_bytes()
            .chunks(76)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        signs_as(wrapped.join("\n"), key, as_it_is);
    }
}

#[test]
fn encrypted_keys_are_opened_with_their_passphrase() {
    for name in
        ["ec.encrypted.pem", "keys/ec.aes128-sha1.pem", "keys/ec.aes128-sha512.pem", "keys/ec.aes256-sha384.pem"]
    {
        let pem = fixture(name);
        signs_as(&pem, P256, with_passphrase);
        signs_as(jwt::der_of(&pem), P256, with_passphrase);
        signs_as(STANDARD.encode(&pem), P256, with_passphrase);
        is_no_key(
            &pem,
            |run| run.env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "tset"),
            "error: signing_key (flag --signing-key): the passphrase is wrong\n",
        );
        is_no_key(
            &pem,
            as_it_is,
            "error: signing_key (flag --signing-key): it is encrypted, and there is no passphrase\nhint: give its passphrase: signing_key_passphrase: env:NAME\n",
        );
    }
    // Of a key that is not encrypted it is no fault.
    signs_as(fixture(P256), P256, with_passphrase);
}

/// The members of the key on P-256, `d` among them.
fn jwk(more: &str) -> String {
    let public = jwt::public(P256);
    let (x, y) = public[1..].split_at(32);
    let d = jwt::base64url(&jwt::der_of(&fixture("ec.sec1.pem"))[7..39]);
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}","d":"{d}"{more}}}"#, jwt::base64url(x), jwt::base64url(y))
}

/// The same without `d`.
fn public_jwk(more: &str) -> String {
    let text = jwk(more);
    let (head, tail) = text.split_once(",\"d\":\"").unwrap();
    format!("{head}{}", &tail[tail.find('"').unwrap() + 1..])
}

#[test]
fn jwks_are_keys_and_of_a_set_one_is_chosen() {
    signs_as(jwk(""), P256, as_it_is);
    signs_as(format!("\n {}\n", jwk(r#","use":"sig","key_ops":["sign"]"#)), P256, as_it_is);
    signs_as(STANDARD.encode(jwk("")), P256, as_it_is);
    let set = |keys: &[String]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    let [a, b] = ["a", "b"].map(|kid| jwk(&format!(r#","kid":"{kid}""#)));
    signs_as(set(std::slice::from_ref(&a)), P256, as_it_is);
    signs_as(set(&[public_jwk(r#","kid":"c""#), a.clone()]), P256, as_it_is);
    signs_as(set(&[a.clone(), b.clone()]), P256, |run| run.args(["--key-id", "b"]));
    signs_as(STANDARD.encode(set(std::slice::from_ref(&a))), P256, as_it_is);
    let told = |why: &str, hint: &str| format!("error: signing_key (flag --signing-key): {why}\nhint: {hint}\n");
    is_no_key(
        set(&[a.clone(), b.clone()]),
        as_it_is,
        &told("the set holds several private keys", "key_id names one of: a, b"),
    );
    is_no_key(
        set(&[a.clone(), b]),
        |run| run.args(["--key-id", "z"]),
        &told("no key of the set has the key_id 'z'", "key_id names one of: a, b"),
    );
    is_no_key(
        set(&[a]),
        |run| run.args(["--key-id", "z"]),
        &told("no key of the set has the key_id 'z'", "key_id names one of: a"),
    );
    is_no_key(
        set(&[public_jwk("")]),
        as_it_is,
        &told("the set holds no private key", "signing_key is the private JWK, which has a member 'd'"),
    );
    is_no_key(
        public_jwk(""),
        as_it_is,
        &told("it is a public JWK, without the private 'd'", "signing_key is the private JWK, which has a member 'd'"),
    );
    is_no_key(
        r#"{"kty":"oct","k":"aHVudGVyMjI"}"#,
        as_it_is,
        &told(
            "it is a secret (kty oct) and no private key",
            "a secret signs with auth_method: client_secret_jwt, and is the client_secret",
        ),
    );
}

#[test]
fn an_rsa_jwk_needs_its_primes() {
    let text = fixture("keys/rfc7515-a2.jwk");
    let server = Server::new();
    signing(&server, "file:~/k").file("k", &text).prints(TOKEN).run();
    let sent = Jwt::of_client(&server.request());
    assert_eq!(sent.header["alg"], "RS256");
    let mut members: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["p", "q", "dp", "dq", "qi"] {
        members.as_object_mut().unwrap().remove(name);
    }
    is_no_key(
        members.to_string(),
        as_it_is,
        "error: signing_key (flag --signing-key): the RSA key has no primes (p, q, dp, dq, qi)\nhint: export it with its primes, or as PEM\n",
    );
}

#[test]
fn every_source_is_read_whole() {
    for pem in [fixture(P256), format!("\n\n{}\n", fixture(P256)), STANDARD.encode(fixture(P256))] {
        let check = |source: &str, change: &dyn Fn(Run) -> Run| {
            let server = Server::new();
            change(signing(&server, source)).prints(TOKEN).run();
            Jwt::of_client(&server.request()).is_signed_by(P256);
        };
        check("env:K", &|run| run.env("K", &pem));
        check("file:~/k", &|run| run.file("k", &pem));
        check("command:cat k", &|run| run.file("k", &pem));
        check("stdin", &|run| run.stdin(pem.clone()));
        check("-", &|run| run.stdin(pem.clone()));
        check("fd:7", &|run| run.file("k", &pem).by(["sh", "-c", "exec \"$0\" \"$@\" 7<k"]));
        // Variables, one with the key itself and one with its file.
        let server = Server::new();
        let by_variable = || oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", "private_key_jwt"]);
        by_variable().env("OAUTH2TOK_SIGNING_KEY", &pem).prints(TOKEN).run();
        let run = by_variable().file("k", &pem);
        let path = run.path_text("k");
        run.env("OAUTH2TOK_SIGNING_KEY_FILE", path).prints(TOKEN).run();
        for request in server.requests() {
            Jwt::of_client(&request).is_signed_by(P256);
        }
    }
    // DER as it is, where bytes can be.
    let der = jwt::der_of(&fixture(P256));
    let server = Server::new();
    signing(&server, "stdin").stdin(der.clone()).prints(TOKEN).run();
    signing(&server, "command:cat k").file("k", &der).prints(TOKEN).run();
    for request in server.requests() {
        Jwt::of_client(&request).is_signed_by(P256);
    }
}

#[test]
fn a_key_that_lacks_its_public_half_takes_it_from_what_stands_beside_it() {
    for name in ["keys/ec.half.pem", "keys/ec.half.sec1.pem"] {
        let half = fixture(name);
        signs_as(format!("{half}{}", fixture("keys/ec.public.pem")), P256, as_it_is);
        signs_as(format!("{}{half}", fixture("keys/ec.certificate.pem")), P256, as_it_is);
        signs_as(&half, P256, |run| run.args(["--signing-cert", &fixture_path("keys/ec.certificate.pem")]));
        let server = Server::new();
        signing(&server, "file:~/k")
            .file("k", &half)
            .fails(
                2,
                "error: signing_key (flag --signing-key): the key's public half is missing\nhint: append it: openssl pkey -in [HOME]/k -pubout >> [HOME]/k\n",
            )
            .run();
    }
}

#[test]
fn halves_and_certificates_of_other_keys_are_refused() {
    let other = {
        let pem = fixture("keys/p384.pem");
        format!("{pem}{}", fixture("keys/ec.certificate.pem"))
    };
    is_no_key(
        &other,
        as_it_is,
        "error: signing_key (flag --signing-key): the certificate is for another key\nhint: signing_cert must be the certificate of this signing_key\n",
    );
    is_no_key(
        jwk("").replace("\"y\":\"", "\"y\":\"A"),
        as_it_is,
        "error: signing_key (flag --signing-key): its member 'y' is missing or malformed\n",
    );
    let public = jwt::public(P256);
    let wrong = jwk("").replace(&jwt::base64url(&public[1..33]), &jwt::base64url(&public[33..]));
    is_no_key(
        wrong,
        as_it_is,
        "error: signing_key (flag --signing-key): its private and public halves do not belong together\n",
    );
}

#[test]
fn what_else_people_have_is_named_with_the_way_out() {
    let convert = "turn it into a form that is: openssl pkcs8 -topk8 -in [HOME]/k -out NEW";
    let others = "RSA of 2048, 3072 and 4096 bits, P-256, P-384 and Ed25519 are used here; with another key a program signs: signer: CMD";
    for (name, why, hint) in [
        ("keys/ec.p12", "it is PKCS#12", "signing_key: command:openssl pkcs12 -in [HOME]/k -nodes -passin env:NAME"),
        (
            "ec.sec1-encrypted.pem",
            "it is encrypted the old way (Proc-Type: 4,ENCRYPTED), which is not read here",
            convert,
        ),
        ("keys/ec.pbes1.pem", "it is encrypted with PBES1, which is not read here", convert),
        ("keys/ec.pkcs12-pbe.pem", "it is encrypted with PBES1, which is not read here", convert),
        ("keys/ec.3des.pem", "it is encrypted with 3DES, which is not read here", convert),
        ("keys/ec.aes192.pem", "it is encrypted with AES-192, which is not read here", convert),
        ("keys/ec.scrypt.pem", "it is encrypted with scrypt, which is not read here", convert),
        (
            "keys/ec.sha224.pem",
            "it is encrypted with another function of PBKDF2 than HMAC with SHA-1, 256, 384 or 512, which is not read here",
            convert,
        ),
        (
            "keys/ec.rounds.pem",
            "it is encrypted with more than 10,000,000 rounds of PBKDF2, which is not read here",
            convert,
        ),
        (
            "keys/ec.openssh",
            "it is in OpenSSH's own form",
            "turn a copy of it into PKCS#8: ssh-keygen -p -m PKCS8 -f [HOME]/k",
        ),
        (
            "keys/ec.public.pem",
            "it holds a public key and no private one",
            "signing_key is the private key that it was made with",
        ),
        (
            "keys/ec.ssh.pub",
            "it holds a public key and no private one",
            "signing_key is the private key that it was made with",
        ),
        (
            "keys/ec.certificate.pem",
            "it holds a certificate and no private key",
            "signing_key is the private key that it was made with; the certificate is signing_cert's",
        ),
        (
            "keys/ec.request.pem",
            "it holds a certificate request and no private key",
            "signing_key is the private key that it was made with",
        ),
        (
            "keys/ec.p7b.pem",
            "it is PKCS#7, which holds certificates and no private key",
            "signing_key is the private key that it was made with; the certificate is signing_cert's",
        ),
        (
            "keys/ec.explicit.pem",
            "the key's curve is written out in numbers",
            "write it anew with the curve's name: openssl pkey -in [HOME]/k -ec_param_enc named_curve -out NEW",
        ),
        (
            "keys/ec.compressed.pem",
            "the key's public half is compressed",
            "write it anew in full: openssl pkey -in [HOME]/k -ec_conv_form uncompressed -out NEW",
        ),
        ("p521.pkcs8.pem", "the key is P-521, and no such key is used here", others),
        ("keys/secp256k1.pem", "the key is secp256k1, and no such key is used here", others),
        ("keys/ed448.pem", "the key is Ed448, and no such key is used here", others),
        ("keys/x25519.pem", "the key is X25519, and no such key is used here", others),
        ("keys/dsa.pem", "the key is DSA, and no such key is used here", others),
        ("keys/rsa-3-primes.pem", "the key is RSA with more than two primes, and no such key is used here", others),
    ] {
        let bytes = fixture_bytes(name);
        is_no_key(&bytes, as_it_is, &format!("error: signing_key (flag --signing-key): {why}\nhint: {hint}\n"));
    }
    let forms = "signing_key takes a private key: PEM, DER, JWK, JWK Set or a Google service account's JSON";
    let told = |why: &str| format!("error: signing_key (flag --signing-key): {why}\nhint: {forms}\n");
    is_no_key("\n", as_it_is, &told("it is empty"));
    is_no_key("some words", as_it_is, &told("it holds no private key"));
    is_no_key(
        "{}",
        as_it_is,
        "error: signing_key (flag --signing-key): it is JSON, and neither a JWK, a JWK Set nor a Google service account's\n",
    );
}

#[test]
fn the_proofs_key_is_told_by_its_own_name() {
    let server = Server::new();
    client_of(server.url())
        .env("K", fixture("keys/ec.public.pem"))
        .args(["--dpop-key", "env:K"])
        .fails(
            2,
            "error: dpop_key (flag --dpop-key): it holds a public key and no private one\nhint: dpop_key is the private key that it was made with\n",
        )
        .run();
    client_of(server.url())
        .env("K", fixture("ec.encrypted.pem"))
        .args(["--dpop-key", "env:K"])
        .fails(
            2,
            "error: dpop_key (flag --dpop-key): it is encrypted, and there is no passphrase\nhint: give its passphrase: signing_key_passphrase: env:NAME\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn no_part_of_a_key_is_in_any_output() {
    let jwk = jwk(r#","kid":"k1""#);
    let sec1 = jwt::der_of(&fixture("ec.sec1.pem"));
    let d = jwt::base64url(&sec1[7..39]);
    let pem = fixture(P256);
    let lines = || pem.lines().filter(|line| !line.starts_with("--")).map(str::to_owned);
    let parts: Vec<_> = lines().map(|line| line[line.len() / 2..].to_owned()).chain([d[..16].to_owned()]).collect();
    for text in [&pem, &jwk, &STANDARD.encode(&pem), &fixture("ec.sec1.pem")] {
        for flags in [
            &["-v"][..],
            &["-v", "--show-secrets"],
            &["--dry-run", "-v", "--show-secrets"],
            &["--dry-run", "-o", "curl", "--show-secrets"],
            &["-o", "json", "-v"],
            &["--error-format", "json", "-v"],
        ] {
            for answer in [token(), json(400, r#"{"error":"invalid_client","error_description":"no"}"#)] {
                let server = Server::answering(answer);
                let output = signing(&server, "env:K").env("K", text).args(flags).any_end().run();
                for stream in [&output.stdout, &output.stderr] {
                    for part in &parts {
                        assert!(!stream.contains(part.as_str()), "{flags:?} show {part}: {stream}");
                    }
                }
            }
        }
        let yaml = format!(
            "profiles:\n  p:\n    token_endpoint: http://127.0.0.1:1/t\n    client_id: ci\n    auth_method: private_key_jwt\n    signing_key: {}\n",
            serde_json::Value::from(text.as_str())
        );
        for words in [&["profile", "show", "p"][..], &["profile", "show", "p", "-o", "json"], &["profile", "check"]] {
            let output = oauth2tok().config(&yaml).args(words).any_end().run();
            for stream in [&output.stdout, &output.stderr] {
                for part in &parts {
                    assert!(!stream.contains(part.as_str()), "{words:?} show {part}: {stream}");
                }
            }
        }
    }
}

#[test]
fn what_a_key_is_is_told_with_v() {
    let server = Server::new();
    signing(&server, "env:K")
        .env("K", fixture(P256))
        .args(["-v", "--signing-cert", &fixture_path("keys/ec.certificate.pem")])
        .stdout(format!("{TOKEN}\n"))
        .stderr_with([
            format!(
                "* signing_key: PEM PRIVATE KEY, {} bytes, P-256, thumbprint {}\n",
                fixture(P256).len(),
                jwt::thumbprint(P256)
            ),
            "* signing certificate: SHA-1 ".to_owned(),
        ])
        .run();
}

#[test]
fn a_key_file_that_others_can_read_earns_a_warning_if_it_is_ours() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::new();
    for (mode, can) in [
        (0o600, ""),
        (0o400, ""),
        (0o640, "read"),
        (0o604, "read"),
        (0o644, "read"),
        (0o620, "write"),
        (0o602, "write"),
        (0o666, "read and write"),
        (0o642, "read and write"),
    ] {
        let run = signing(&server, "file:~/k").file("k", fixture(P256)).stdout(format!("{TOKEN}\n"));
        std::fs::set_permissions(run.path("k"), PermissionsExt::from_mode(mode)).unwrap();
        let warning = format!("warning: others can {can} the private key [HOME]/k (mode {mode:04o}); chmod 600 it\n");
        run.stderr(if can.is_empty() { String::new() } else { warning }).run();
    }
}

#[test]
fn the_name_of_a_key_in_its_place_is_told_apart_from_a_key() {
    let words = ["--token-endpoint", "https://idp.invalid/token", "-i", "ci", "-a", "private_key_jwt"];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ec.pkcs8.pem");
    for text in ["file:key.pem", path] {
        let told = "error: signing_key (env OAUTH2TOK_SIGNING_KEY): it holds no private key\n\
             hint: the variable holds the key itself; OAUTH2TOK_SIGNING_KEY_FILE names a file with it\n";
        oauth2tok().args(words).env("OAUTH2TOK_SIGNING_KEY", text).fails(2, told).run();
    }
}
