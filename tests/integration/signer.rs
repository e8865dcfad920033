//! Keys that cannot leave: a command signs, and what it says is taken in every form that such commands have.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature;

use super::harness::jwt::{self, ED25519, P256, P384, RSA, fixture_path};
use super::harness::*;

/// What was given to be signed.
type Inputs = Arc<Mutex<Vec<Vec<u8>>>>;

/// A client for which a script signs: it hands all that it reads to `sign`, and what that gives to the program. The script
/// leaves its environment in the file `env`.
fn signing(server: &Server, sign: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> (Run, Inputs) {
    let run = by(server, "sh sign.sh").file("sign.sh", "env > env\ncat > input\ncat output\n");
    let (input, output) = (run.path("input"), run.path("output"));
    for path in [&input, &output] {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let inputs: Inputs = Arc::default();
    let kept = Arc::clone(&inputs);
    std::thread::spawn(move || {
        // Each waits until the other end is open.
        while let Ok(text) = std::fs::read(&input) {
            let signature = sign(&text);
            kept.lock().unwrap().push(text);
            if std::fs::write(&output, signature).is_err() {
                break;
            }
        }
    });
    (run, inputs)
}

/// A client for which this command signs.
fn by(server: &Server, signer: &str) -> Run {
    oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", "private_key_jwt", "--signer", signer])
}

fn random() -> ring::rand::SystemRandom {
    ring::rand::SystemRandom::new()
}

/// Signs as ring does with a fixture.
fn signs(key: &'static str, alg: &'static str, is_asn1: bool) -> impl Fn(&[u8]) -> Vec<u8> + Clone + Send + 'static {
    move |input| match key {
        P256 | P384 => jwt::ecdsa_pair(key, is_asn1).sign(&random(), input).unwrap().as_ref().to_vec(),
        ED25519 => jwt::ed25519_pair().sign(input).as_ref().to_vec(),
        _ => {
            let pair = jwt::rsa_pair(key);
            let mut signature = vec![0; pair.public().modulus_len()];
            let padding: &dyn signature::RsaEncoding =
                if alg == "PS256" { &signature::RSA_PSS_SHA256 } else { &signature::RSA_PKCS1_SHA256 };
            pair.sign(padding, &random(), input, &mut signature).unwrap();
            signature
        }
    }
}

type Form = fn(Vec<u8>) -> Vec<u8>;

const FORMS: [Form; 8] = [
    |bytes| bytes,
    |bytes| STANDARD.encode(bytes).into(),
    |bytes| format!("{}\n", STANDARD.encode(bytes)).into(),
    |bytes| format!("  {}\r\n", STANDARD.encode(bytes)).into(),
    |bytes| format!("{}\n", URL_SAFE_NO_PAD.encode(bytes)).into(),
    |bytes| base64::engine::general_purpose::URL_SAFE.encode(bytes).into(),
    |bytes| format!("vault:v1:{}\n", STANDARD.encode(bytes)).into(),
    |bytes| format!("vault:v12:{}", URL_SAFE_NO_PAD.encode(bytes)).into(),
];

#[test]
fn a_signature_is_taken_in_every_form() {
    let certificate_of = |key| match key {
        P256 => Some("keys/ec.certificate.pem"),
        RSA => Some("keys/rsa.certificate.pem"),
        _ => None,
    };
    for (key, alg, asn1) in [
        (P256, "ES256", false),
        (P256, "ES256", true),
        (P384, "ES384", false),
        (P384, "ES384", true),
        (ED25519, "EdDSA", false),
        (RSA, "RS256", false),
        (RSA, "PS256", false),
    ] {
        for (number, form) in FORMS.into_iter().enumerate() {
            let sign = signs(key, alg, asn1);
            let server = Server::new();
            let (run, inputs) = signing(&server, move |input| form(sign(input)));
            let certificate = certificate_of(key).filter(|_| number % 2 == 0);
            let run = match certificate {
                Some(name) => run.args(["--signing-cert", &fixture_path(name)]),
                None => run,
            };
            run.args(["--signing-alg", alg]).prints(TOKEN).run();
            let sent = Jwt::of_client(&server.request());
            assert_eq!(sent.header["alg"], alg);
            sent.is_signed_by(key);
            // What it read is what is signed, to the byte.
            let input = sent.text.rsplit_once('.').unwrap().0;
            assert_eq!(*inputs.lock().unwrap(), [input.as_bytes()]);
        }
    }
}

#[test]
fn a_certificate_tells_the_algorithm_and_the_headers() {
    for (key, certificate, alg, digest) in
        [(P256, "keys/ec.certificate.pem", "ES256", "x5t#S256"), (RSA, "keys/rsa.certificate.pem", "RS256", "x5t")]
    {
        let server = Server::new();
        let (run, _) = signing(&server, signs(key, alg, false));
        run.args(["--signing-cert", &fixture_path(certificate), "--key-id", "thumbprint"]).prints(TOKEN).run();
        let sent = Jwt::of_client(&server.request());
        assert_eq!(sent.header_names(), ["alg", "typ", "kid", digest]);
        assert_eq!((&sent.header["alg"], &sent.header["kid"]), (&alg.into(), &jwt::thumbprint(key).into()));
        sent.is_signed_by(key);
    }
    let server = Server::new();
    by(&server, "sh")
        .fails(
            2,
            "error: signing_alg (signer needs it) is missing\nhint: give --signing-alg ALG, or --signing-cert FILE, which tells the kind of key\n",
        )
        .run();
    by(&server, "sh")
        .args(["--signing-alg", "ES256", "--key-id", "thumbprint"])
        .fails(
            2,
            "error: the thumbprint of the key is not known: signer signs, and there is no signing_cert\nhint: give --signing-cert FILE, or --key-id TEXT\n",
        )
        .run();
    by(&server, "sh")
        .args(["--signing-alg", "ES384", "--signing-cert", &fixture_path("keys/ec.certificate.pem")])
        .fails(
            2,
            "error: signing_alg (flag --signing-alg): ES384 does not go with the signing key, which is P-256\nhint: leave --signing-alg out, or give one that fits\n",
        )
        .run();
    by(&server, "sh")
        .args(["--signing-alg", "ES256"])
        .env("OAUTH2TOK_SIGNING_KEY_PASSPHRASE", "hunter22")
        .fails(
            2,
            "error: signing_key_passphrase (env OAUTH2TOK_SIGNING_KEY_PASSPHRASE) would do nothing: signer signs\nhint: leave it out\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_signature_of_another_key_is_not_sent_where_the_certificate_is_known() {
    for (certificate, sign) in [
        ("keys/ec.certificate.pem", Box::new(|_: &[u8]| vec![7_u8; 64]) as Box<dyn Fn(&[u8]) -> Vec<u8> + Send>),
        ("keys/ec.certificate.pem", Box::new(|input: &[u8]| signs(P256, "ES256", false)(&input[1..]))),
        ("keys/rsa.certificate.pem", Box::new(|_: &[u8]| vec![7_u8; 256])),
    ] {
        let server = Server::new();
        let (run, _) = signing(&server, sign);
        run.args(["--signing-cert", &fixture_path(certificate)])
            .fails(
                2,
                "error: what signer gave is no signature of the key of signing_cert\nhint: let it sign with the key that the certificate is for, the whole of its stdin, and with the algorithm that $OAUTH2TOK_SIGN_ALG names\n",
            )
            .run();
        assert_eq!(server.connections(), 0);
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for (alg, length, expected) in [
        ("ES256", 63, "64"),
        ("ES256", 65, "64"),
        ("ES256", 96, "64"),
        ("ES384", 64, "96"),
        ("ES512", 131, "132"),
        ("EdDSA", 63, "64"),
        ("Ed25519", 72, "64"),
        ("RS256", 255, "256 to 1024"),
        ("PS512", 1025, "256 to 1024"),
    ] {
        for form in &FORMS[..2] {
            let server = Server::new();
            let (run, _) = signing(&server, move |_| form(vec![0xfe; length]));
            run.args(["--signing-alg", alg])
                .fails(
                    2,
                    format!(
                        "error: what signer gave is no {alg} signature: it has {length} bytes instead of {expected}\nhint: its stdout must be the signature and nothing else: as bytes, in base64 or base64url\n"
                    ),
                )
                .run();
            assert_eq!(server.connections(), 0);
        }
    }
    let server = Server::new();
    let (run, _) = signing(&server, |_| vec![0xfe; 512]);
    run.args(["--signing-cert", &fixture_path("keys/rsa.certificate.pem")])
        .fails(
            2,
            "error: what signer gave is no RS256 signature: it has 512 bytes instead of 256\nhint: its stdout must be the signature and nothing else: as bytes, in base64 or base64url\n",
        )
        .run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_not_signed_here_is_taken_by_its_length() {
    // P-521: two numbers of 66 bytes, short ones filled up; RSA up to 8192 bits.
    let number = |byte: u8, length: usize| {
        let mut der = vec![2, length as u8];
        der.extend(vec![byte; length]);
        der
    };
    let short = {
        let mut numbers = number(1, 66);
        numbers.extend(number(2, 65));
        let mut der = vec![0x30, 0x81, numbers.len() as u8];
        der.extend(numbers);
        der
    };
    let fixed = [vec![1; 66], vec![0], vec![2; 65]].concat();
    for (alg, given, sent) in [
        ("ES512", short, fixed.clone()),
        ("ES512", fixed.clone(), fixed),
        ("PS512", vec![0xfe; 1024], vec![0xfe; 1024]),
    ] {
        let server = Server::new();
        let (run, _) = signing(&server, move |_| given.clone());
        run.args(["--signing-alg", alg]).prints(TOKEN).run();
        let jwt = Jwt::of_client(&server.request());
        assert_eq!(jwt::from_base64url(jwt.text.rsplit_once('.').unwrap().1), sent);
    }
}

#[test]
fn the_environment_says_what_is_to_be_signed_how_and_holds_no_secret_of_ours() {
    for (key, alg) in [(P256, "ES256"), (RSA, "PS256"), (ED25519, "EdDSA")] {
        let server = Server::new();
        let (run, inputs) = signing(&server, signs(key, alg, false));
        let run = run
            .args(["--signing-alg", alg, "--param", "x=1"])
            .env("OAUTH2TOK_SECRET_PARAMS", "otp=env:OTP")
            .env("OTP", "hunter22")
            .env("OAUTH2TOK_CLIENT_SECRET", "")
            .without("OAUTH2TOK_CLIENT_SECRET")
            .env("OAUTH2TOK_REFRESH_TOKEN_FILE", "")
            .without("OAUTH2TOK_REFRESH_TOKEN_FILE")
            .env("PIN", "1234");
        run.clone().prints(TOKEN).run();
        let environment = std::fs::read_to_string(run.path("env")).unwrap();
        let lines: Vec<_> = environment.lines().collect();
        assert!(lines.contains(&&*format!("OAUTH2TOK_SIGN_ALG={alg}")), "{environment}");
        assert!(lines.contains(&"PIN=1234"), "{environment}");
        let inputs = inputs.lock().unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &inputs[0]);
        let expected = format!("OAUTH2TOK_SIGN_DIGEST={}", STANDARD.encode(digest));
        assert_eq!(lines.contains(&&*expected), alg != "EdDSA", "{environment}");
        assert_eq!(environment.contains("OAUTH2TOK_SIGN_DIGEST"), alg != "EdDSA");
        assert!(!environment.contains("hunter22") && !environment.contains("SECRET_PARAMS"), "{environment}");
    }
}

#[test]
fn a_command_that_fails_is_told_and_nothing_is_sent() {
    let server = Server::issuer(|_, _| token());
    let run = |signer: &str| {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "private_key_jwt", "--signing-alg", "ES256"])
            .args(["--signer", signer])
    };
    run("sh -c 'echo PIN? >&2; exit 3'")
        .fails(2, "PIN?\nerror: signer (flag --signer) gives no signature\ncaused by: 'sh' failed (exit status: 3)\n")
        .run();
    run("true")
        .fails(
            2,
            "error: what signer gave is no ES256 signature: it has 0 bytes instead of 64\nhint: its stdout must be the signature and nothing else: as bytes, in base64 or base64url\n",
        )
        .run();
    run("no-such-signer-x").fails_with(2, ["error: signer (flag --signer) gives no signature\ncaused by: "]).run();
    assert_eq!(server.connections(), 0);
}

#[test]
fn one_that_does_not_read_its_stdin_is_no_fault() {
    let server = Server::new();
    by(&server, "cat signature")
        .file("signature", STANDARD.encode([7; 64]))
        .args(["--signing-alg", "ES256"])
        .prints(TOKEN)
        .run();
    let jwt = Jwt::of_client(&server.request());
    assert_eq!(jwt::from_base64url(jwt.text.rsplit_once('.').unwrap().1), [7; 64]);
}

#[test]
fn it_signs_once_for_each_request_and_what_it_says_on_stderr_is_heard() {
    let server = Server::answering_each([status(503, &["Retry-After: 0"], ""), token()]);
    let (run, inputs) = signing(&server, signs(P256, "ES256", false));
    run.file("sign.sh", "echo 'Touch the key.' >&2\ncat > input\ncat output\n")
        .args(["--signing-alg", "ES256"])
        .stdout(format!("{TOKEN}\n"))
        .stderr("Touch the key.\nTouch the key.\n")
        .run();
    assert_eq!(inputs.lock().unwrap().len(), 2);
    for request in server.requests() {
        Jwt::of_client(&request).is_signed_by(P256);
    }
}

#[test]
fn a_grants_assertion_is_signed_so_too() {
    let server = Server::new();
    let (run, _) = signing(&server, signs(P256, "ES256", false));
    run.args(["-a", "none", "-g", "jwt-bearer", "--assertion-subject", "alice", "--signing-alg", "ES256"])
        .prints(TOKEN)
        .run();
    Jwt::of_grant(&server.request()).is_signed_by(P256);
}

/// What is not verified here is what programs sign for: the certificate still says how, and goes into the header.
#[test]
fn a_certificate_of_a_key_that_only_a_program_has_tells_how_it_signs() {
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/p521.ca.pem");
    let run = oauth2tok().args(["--token-endpoint", "https://idp.invalid/token", "-i", "ci", "-a", "private_key_jwt"]);
    run.args(["--signer", "true", "--signing-cert", certificate, "--dry-run"])
        .any_stdout()
        .stderr_with([r#"{"alg":"ES512","typ":"JWT","x5t#S256":""#])
        .run();
}
