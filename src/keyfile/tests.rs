//! Tables: a text, and the key or the fault that it is.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::crypto::{Scheme, verify};
use crate::der::{self, SEQUENCE};
use crate::growth::check_linear;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/fixtures/", $name)).as_slice()
    };
}

const PKCS8: &[u8] = fixture!("ec.pkcs8.pem");
const SEC1: &[u8] = fixture!("ec.sec1.pem");
const PKCS1: &[u8] = fixture!("rsa.pkcs1.pem");
const ENCRYPTED: &[u8] = fixture!("ec.encrypted.pem");
const HALF: &[u8] = fixture!("keys/ec.half.pem");
const HALF_SEC1: &[u8] = fixture!("keys/ec.half.sec1.pem");
const PUBLIC: &[u8] = fixture!("keys/ec.public.pem");
const CERTIFICATE: &[u8] = fixture!("keys/ec.certificate.pem");
const OTHER_CERTIFICATE: &[u8] = fixture!("keys/rsa.certificate.pem");

/// Reads with the passphrase that all fixtures have.
fn read_text(text: &[u8]) -> Result<Found, Fault> {
    read(text, &[], &mut || Ok(Some(Secret::new("test"))))
}

fn fault(text: &[u8]) -> String {
    read_text(text).err().map(|fault| fault.to_string()).unwrap_or_default()
}

fn der_of(pem: &[u8]) -> Vec<u8> {
    pem::sections(pem).next().unwrap().der.unwrap()
}

fn text(pem: &[u8]) -> &str {
    std::str::from_utf8(pem).unwrap()
}

/// The EC key of all fixtures, in its numbers.
fn check_ec(what: &str, found: Result<Found, Fault>) -> Found {
    let found = found.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    assert_eq!(found.public, PublicKey::from_spki(&der_of(PUBLIC)).unwrap(), "{what}");
    found
}

#[test]
fn a_key_is_the_same_in_each_form() {
    let forms: [(&[u8], &str); 9] = [
        (PKCS8, "PEM PRIVATE KEY"),
        (SEC1, "PEM EC PRIVATE KEY"),
        (ENCRYPTED, "PEM ENCRYPTED PRIVATE KEY"),
        (fixture!("keys/ec.aes128-sha1.pem"), "PEM ENCRYPTED PRIVATE KEY"),
        (fixture!("keys/ec.aes256-sha384.pem"), "PEM ENCRYPTED PRIVATE KEY"),
        (fixture!("keys/ec.aes128-sha512.pem"), "PEM ENCRYPTED PRIVATE KEY"),
        (&der_of(PKCS8), "DER PKCS#8"),
        (&der_of(SEC1), "DER SEC1"),
        (&der_of(ENCRYPTED), "DER encrypted PKCS#8"),
    ];
    for (form, what) in forms {
        assert_eq!(check_ec(what, read_text(form)).what, what);
        let in_lines = |base64: String| {
            let lines: Vec<_> = base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            lines.join("\r\n")
        };
        let base64 = [STANDARD.encode(form), in_lines(STANDARD.encode(form)), URL_SAFE_NO_PAD.encode(form)];
        for base64 in base64.iter().chain([&format!(" {}\n", base64[0])]) {
            assert_eq!(check_ec(base64, read_text(base64.as_bytes())).what, what);
        }
        // One layer, and no second one.
        assert_eq!(fault(STANDARD.encode(&base64[0]).as_bytes()), "it holds no private key");
    }
    let rsa = [read_text(PKCS1), read_text(&der_of(PKCS1)), read_text(fixture!("rsa.pkcs8.pem"))];
    let rsa = rsa.map(|found| found.unwrap_or_else(|fault| panic!("{fault}")).public);
    assert!(rsa.iter().all(|public| *public == rsa[0] && public.modulus_len() == Some(256)));
}

#[test]
fn line_ends_and_what_stands_around_do_not_matter() {
    for pem in [PKCS8, SEC1, ENCRYPTED] {
        let pem = text(pem);
        let indented: String = pem.lines().map(|line| format!("    {line}\n")).collect();
        for text in [
            pem.replace('\n', "\r\n"),
            pem.replace('\n', " "),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\r\\n"),
            pem.replace('\n', "\r"),
            pem.replace('\n', ""),
            format!("\"{}\"", pem.replace('\n', "\\n")),
            format!("\n\t  {pem}  \n\n"),
            format!("\u{feff}{pem}"),
            format!("Bag Attributes\n    localKeyID: 54 - 69\nKey Attributes: <No Attributes>\n{pem}"),
            format!("{}{pem}{}", text(CERTIFICATE), text(fixture!("keys/ec.request.pem"))),
            format!("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{pem}"),
            format!("{}{pem}", text(fixture!("keys/ec.openssh"))),
            indented,
        ] {
            check_ec(&text, read_text(text.as_bytes()));
        }
    }
}

#[test]
fn a_missing_public_half_comes_from_beside_the_key() {
    for half in [HALF, HALF_SEC1, &der_of(HALF), &der_of(HALF_SEC1)] {
        assert_eq!(fault(half), "the key's public half is missing");
        let certificates = [der_of(OTHER_CERTIFICATE), der_of(CERTIFICATE)];
        check_ec("named", read(half, &certificates, &mut || Ok(None)));
    }
    for half in [HALF, HALF_SEC1] {
        for beside in [PUBLIC, CERTIFICATE] {
            for text in [[half, beside].concat(), [beside, OTHER_CERTIFICATE, half].concat()] {
                check_ec(&String::from_utf8_lossy(&text), read_text(&text));
            }
        }
    }
    let compressed = fixture!("keys/ec.compressed.pem");
    assert_eq!(fault(compressed), "the key's public half is compressed");
    check_ec("compressed", read_text(&[compressed, PUBLIC].concat()));
    let hint = read_text(HALF).err().and_then(|fault| fault.hint(Purpose::Signing, "a.pem"));
    assert_eq!(hint.as_deref(), Some("append it: openssl pkey -in a.pem -pubout >> a.pem"));
}

#[test]
fn halves_of_two_keys_are_no_key() {
    let other = PrivateParts::new();
    for key in [PKCS8, SEC1, ENCRYPTED, HALF] {
        let text = [key, other.public.as_bytes()].concat();
        assert_eq!(fault(&text), "its private and public halves do not belong together");
        // Where one of several is the key's own, the others are text around.
        check_ec("both", read_text(&[&text, PUBLIC].concat()));
    }
    assert_eq!(fault(&[HALF, other.certificate.as_bytes()].concat()), "the certificate is for another key");
    let mut der = der_of(PKCS8);
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(fault(&der), "its private and public halves do not belong together");
    let mut der = der_of(PKCS1);
    der[20] ^= 1;
    assert_eq!(fault(&der), "its private and public halves do not belong together");
}

/// Another key on the same curve.
struct PrivateParts {
    public: String,
    certificate: String,
}

impl PrivateParts {
    fn new() -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap().pem();
        Self { public: pair.public_key_pem(), certificate }
    }
}

#[test]
fn the_own_certificate_comes_first_and_the_others_in_their_order() {
    let (own, other, third) =
        (der_of(CERTIFICATE), der_of(OTHER_CERTIFICATE), der_of(PrivateParts::new().certificate.as_bytes()));
    let public = PublicKey::from_certificate(&own).unwrap();
    let ordered = own_first(vec![other.clone(), third.clone(), own.clone()], &public).unwrap();
    assert_eq!(ordered, [own.clone(), other.clone(), third]);
    assert_eq!(own_first(Vec::new(), &public).unwrap(), Vec::<Vec<u8>>::new());
    assert!(matches!(own_first(vec![other.clone()], &public), Err(Fault::OtherCertificate)));
    let text = [OTHER_CERTIFICATE, PKCS8, CERTIFICATE].concat();
    assert_eq!(certificates(&text).unwrap(), [other, own.clone()]);
    assert_eq!(certificates(&own).unwrap(), std::slice::from_ref(&own));
    assert_eq!(certificates(STANDARD.encode(CERTIFICATE).as_bytes()).unwrap(), [own]);
    assert!(matches!(certificates(PKCS8), Err(Fault::NoCertificate)));
}

#[test]
fn a_passphrase_is_asked_for_where_there_is_something_to_open() {
    let read_with = |text: &[u8], passphrase: Option<&str>| {
        let mut asked = 0;
        let found = read(text, &[], &mut || {
            asked += 1;
            Ok(passphrase.map(Secret::new))
        });
        (found.err().map(|fault| fault.to_string()).unwrap_or_default(), asked)
    };
    assert_eq!(read_with(PKCS8, Some("test")), (String::new(), 0));
    assert_eq!(read_with(ENCRYPTED, Some("test")), (String::new(), 1));
    assert_eq!(read_with(ENCRYPTED, None), ("it is encrypted, and there is no passphrase".into(), 1));
    // The last of them opens it to what ends in padding.
    for wrong in ["", "Test", "wrong 172"] {
        let text = fixture!("keys/ec.aes128-sha1.pem");
        assert_eq!(read_with(text, Some(wrong)), ("the passphrase is wrong".into(), 1));
    }
    let failed = read(ENCRYPTED, &[], &mut || Err(Problem::usage("no such variable", "set it")));
    assert_eq!(failed.err().map(|fault| fault.to_string()).as_deref(), Some("no such variable"));
}

#[test]
fn what_else_it_is_gets_named_with_the_way_out() {
    let rsa = |bytes: usize, e: &[u8]| {
        let numbers = [vec![0], vec![0xff; bytes], e.to_vec()].map(|number| der::write_unsigned(&number));
        let rest = der::write_unsigned(&[1]);
        der::write(SEQUENCE, &[&numbers[0], &numbers[1], &numbers[2], &rest, &rest, &rest, &rest, &rest, &rest])
            .to_vec()
    };
    let convert = "turn it into a form that is: openssl pkcs8 -topk8 -in FILE -out NEW";
    let kinds = "RSA of 2048, 3072 and 4096 bits, P-256, P-384 and Ed25519 are used here; with another key a program signs: signer: CMD";
    let private = "signing_key is the private key that it was made with";
    let encrypted = |how: &str| format!("it is encrypted with {how}, which is not read here");
    let kind = |kind: &str| format!("the key is {kind}, and no such key is used here");
    let size = |bits| format!("the key is RSA with {bits} bits; keys of 2048, 3072 and 4096 bits are used here");
    let certificate = format!("{private}; the certificate is signing_cert's");
    let pkcs12 = "signing_key: command:openssl pkcs12 -in FILE -nodes -passin env:NAME";
    let takes = "signing_key takes a private key: PEM, DER, JWK, JWK Set or a Google service account's JSON";
    let jks = "turn it into PKCS#12: keytool -importkeystore -srckeystore FILE -destkeystore NEW -deststoretype PKCS12; then signing_key: command:openssl pkcs12 -in NEW -nodes -passin env:NAME";
    let old = "it is encrypted the old way (Proc-Type: 4,ENCRYPTED), which is not read here";
    let old_text = fixture!("ec.sec1-encrypted.pem");
    let cases: &[(&[u8], String, &str)] = &[
        (fixture!("keys/ec.p12"), "it is PKCS#12".into(), pkcs12),
        (&[0x30, 0x80, 2, 1, 3, 0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], "it is PKCS#12".into(), pkcs12),
        (old_text, old.into(), convert),
        (&text(old_text).replace('\n', "\r\n").into_bytes(), old.into(), convert),
        (&text(old_text).replace('\n', "\\n").into_bytes(), old.into(), convert),
        (&text(old_text).replace("EC PRIVATE", "RSA PRIVATE").into_bytes(), old.into(), convert),
        (fixture!("keys/ec.3des.pem"), encrypted("3DES"), convert),
        (fixture!("keys/ec.aes192.pem"), encrypted("AES-192"), convert),
        (fixture!("keys/ec.scrypt.pem"), encrypted("scrypt"), convert),
        (fixture!("keys/ec.pbes1.pem"), encrypted("PBES1"), convert),
        (fixture!("keys/ec.pkcs12-pbe.pem"), encrypted("PBES1"), convert),
        (fixture!("keys/ec.rounds.pem"), encrypted("more than 10,000,000 rounds of PBKDF2"), convert),
        (
            fixture!("keys/ec.sha224.pem"),
            encrypted("another function of PBKDF2 than HMAC with SHA-1, 256, 384 or 512"),
            convert,
        ),
        (
            fixture!("keys/ec.openssh"),
            "it is in OpenSSH's own form".into(),
            "turn a copy of it into PKCS#8: ssh-keygen -p -m PKCS8 -f FILE",
        ),
        (
            b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56w==\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "it is in ssh.com's own form".into(),
            "turn it into PKCS#8: ssh-keygen -i -f FILE > NEW; ssh-keygen -p -m PKCS8 -f NEW",
        ),
        (
            b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
            "it is in PuTTY's own form".into(),
            "turn it into PKCS#8: puttygen FILE -O private-openssh -o NEW; ssh-keygen -p -m PKCS8 -f NEW",
        ),
        (
            b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOYBF\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n",
            "it is a key of OpenPGP".into(),
            "a key of its own is needed: oauth2tok key new --alg ES256 FILE",
        ),
        (b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01", "it is a Java KeyStore".into(), jks),
        (b"\x07\x02\0\0\0\x24\0\0RSA2", "it is a key in Microsoft's own form".into(), "turn it into PKCS#8: openssl pkey -inform MSBLOB -in FILE -out NEW"),
        (PUBLIC, "it holds a public key and no private one".into(), private),
        (&der_of(PUBLIC), "it holds a public key and no private one".into(), private),
        (fixture!("keys/ec.ssh.pub"), "it holds a public key and no private one".into(), private),
        (b"ssh-rsa AAAAB3NzaC1yc2E= me", "it holds a public key and no private one".into(), private),
        (CERTIFICATE, "it holds a certificate and no private key".into(), &certificate),
        (&der_of(CERTIFICATE), "it holds a certificate and no private key".into(), &certificate),
        (fixture!("p521.ca.pem"), "it holds a certificate and no private key".into(), &certificate),
        (&[CERTIFICATE, PUBLIC].concat(), "it holds a certificate and no private key".into(), &certificate),
        (fixture!("keys/ec.request.pem"), "it holds a certificate request and no private key".into(), private),
        (&der_of(fixture!("keys/ec.request.pem")), "it holds a certificate request and no private key".into(), private),
        (fixture!("keys/ec.p7b.pem"), "it is PKCS#7, which holds certificates and no private key".into(), &certificate),
        (&der_of(fixture!("keys/ec.p7b.pem")), "it is PKCS#7, which holds certificates and no private key".into(), &certificate),
        (fixture!("p521.pkcs8.pem"), kind("P-521"), kinds),
        (fixture!("keys/secp256k1.pem"), kind("secp256k1"), kinds),
        (fixture!("keys/x25519.pem"), kind("X25519"), kinds),
        (fixture!("keys/ed448.pem"), kind("Ed448"), kinds),
        (fixture!("keys/dsa.pem"), kind("DSA"), kinds),
        (fixture!("keys/rsa-3-primes.pem"), kind("RSA with more than two primes"), kinds),
        (b"-----BEGIN TSS2 PRIVATE KEY-----\nMA==\n-----END TSS2 PRIVATE KEY-----\n", kind("in a TPM"), kinds),
        (&rsa(128, &[1, 0, 1]), size(1024), kinds),
        (&rsa(257, &[1, 0, 1]), size(2056), kinds),
        (&rsa(320, &[1, 0, 1]), size(2560), kinds),
        (&rsa(1024, &[1, 0, 1]), size(8192), kinds),
        (&rsa(256, &[3]), "the key is RSA with a public exponent below 65537".into(), kinds),
        (
            fixture!("keys/ec.explicit.pem"),
            "the key's curve is written out in numbers".into(),
            "write it anew with the curve's name: openssl pkey -in FILE -ec_param_enc named_curve -out NEW",
        ),
        (b"", "it is empty".into(), takes),
        (b" \r\n\t", "it is empty".into(), takes),
        (b"swordfish", "it holds no private key".into(), takes),
        (b"\xff\xfe\0\0", "it holds no private key".into(), takes),
        (b"-----BEGIN PRIVATE KEY-----\nMIG", "its PEM text is malformed".into(), ""),
        (b"-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----", "its PEM text is malformed".into(), ""),
        (b"-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----", "its PKCS#8 is malformed".into(), ""),
    ];
    for (text, message, hint) in cases {
        let fault = read_text(text).err().expect(message);
        assert_eq!((&fault.to_string(), &*fault.hint(Purpose::Signing, "FILE").unwrap_or_default()), (message, *hint));
        if text.first().is_some_and(|first| *first >= 0x80 || *first == 0x30) || text.starts_with(b"---") {
            assert_eq!(&super::tests::fault(STANDARD.encode(text).as_bytes()), message, "in base64");
        }
    }
    assert_eq!(
        Fault::Foreign(Foreign::Certificate).hint(Purpose::Tls, "k").as_deref(),
        Some("key is the private key that it was made with; the certificate is cert's")
    );
    assert_eq!(
        Fault::Encrypted.hint(Purpose::Listening, "'$k'").as_deref(),
        Some("listen_key: command:openssl pkey -in '$$k' -passin env:NAME")
    );
}

/// What goes to TLS is read there.
#[test]
fn the_der_of_a_key_is_read_by_others() {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
    let texts = [
        PKCS8.to_vec(),
        SEC1.to_vec(),
        ENCRYPTED.to_vec(),
        [HALF, PUBLIC].concat(),
        PKCS1.to_vec(),
        fixture!("rsa.pkcs8.pem").to_vec(),
        fixture!("ed25519.pkcs8.pem").to_vec(),
        fixture!("keys/p384.pem").to_vec(),
        fixture!("keys/rsa-3072.pem").to_vec(),
        fixture!("keys/rsa-pss.pem").to_vec(),
        fixture!("keys/rsa.swapped.pem").to_vec(),
    ];
    for text in texts {
        let found = read_text(&text).unwrap_or_else(|fault| panic!("{fault}"));
        let (form, der) = found.key.der();
        let der: PrivateKeyDer<'_> = match form {
            Form::Pkcs8 => PrivatePkcs8KeyDer::from(der.to_vec()).into(),
            Form::Pkcs1 => PrivatePkcs1KeyDer::from(der.to_vec()).into(),
            Form::Sec1 => PrivateSec1KeyDer::from(der.to_vec()).into(),
        };
        let key = rustls::crypto::ring::sign::any_supported_type(&der).unwrap();
        let spki = key.public_key().unwrap();
        assert_eq!(PublicKey::from_spki(&spki).unwrap().bits(), found.public.bits());
    }
}

/// RFC 8410 §10.3 and what wrote it otherwise.
#[test]
fn ed25519_is_read_with_its_public_half_and_without() {
    let v1 = der_of(fixture!("ed25519.pkcs8.pem"));
    let v2 = "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    let found = read_text(v2.as_bytes()).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(found.public.kind(), KeyKind::Ed25519);
    let mut other = STANDARD.decode(v2).unwrap();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(fault(&other), "its private and public halves do not belong together");
    let found = read_text(&v1).unwrap_or_else(|fault| panic!("{fault}"));
    let signed = found.pair.sign(Scheme::Ed25519, b"x").unwrap();
    assert!(verify(Scheme::Ed25519, found.public.bits(), b"x", &signed));
    let by_ring = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    assert!(read_text(by_ring.as_ref()).is_ok());
}

#[test]
fn the_work_grows_with_the_text_and_no_faster() {
    let section = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let texts: [fn(usize) -> Vec<u8>; 9] = [
        |count| [&[0x30, 0x83, 0xff, 0xff, 0xff].repeat(count)[..], b"x"].concat(),
        |count| [0x30, 0x80].repeat(count),
        |count| b"A".repeat(16 * count),
        |count| b"A\n".repeat(16 * count),
        |count| b"\\n".repeat(16 * count),
        |count| b"-----BEGIN PRIVATE KEY-----\n".repeat(count),
        |count| b"-----BEGIN RSA PRIVATE KEY-----\nProc-".repeat(count),
        |count| [b"-----BEGIN PRIVATE KEY-----\n".to_vec(), b"A-".repeat(8 * count)].concat(),
        |count| [b"-----BEGIN PRIVATE KEY-----\n".to_vec(), b"A ".repeat(8 * count), b"-----END ".to_vec()].concat(),
    ];
    for text in texts {
        check_linear(500, text, |text| assert!(read_text(text).is_err()));
    }
    let publics = |count: usize| [HALF, section("PUBLIC KEY", "MA==").repeat(count).as_bytes()].concat();
    check_linear(100, publics, |text| assert!(read_text(text).is_err()));
    let nested = |count: usize| {
        let mut der = Vec::new();
        for _ in 0..count.min(4000) {
            der = der::write(SEQUENCE, &[&der]).to_vec();
        }
        der
    };
    check_linear(30, nested, |der| assert!(read_text(der).is_err()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is changed in a key: it is read or refused.
    #[test]
    fn a_key_that_was_tampered_with_is_no_panic(form in 0..5_usize, at in 0..2000_usize, bits in 1..=255_u8, cut in 0..2000_usize) {
        let mut der = der_of([PKCS8, SEC1, ENCRYPTED, PKCS1, CERTIFICATE][form]);
        let at = at % der.len();
        der[at] ^= bits;
        let _ = read_text(&der);
        der.truncate(cut % der.len());
        let _ = read_text(&der);
    }
}
