//! What people have in the place of a key, known by how it begins.

use super::public::PublicKey;
use super::{Fault, Foreign};
use crate::der::{self, BIT_STRING, OID, SEQUENCE, of_tag, whole};

/// What begins so is what it is, whatever follows.
const BEGINNINGS: &[(&[u8], Foreign)] = &[
    (b"---- BEGIN SSH2 PUBLIC", Foreign::Public),
    (b"---- BEGIN SSH2", Foreign::Ssh2),
    (b"PuTTY-User-Key-File-", Foreign::Putty),
    (b"ssh-", Foreign::Public),
    (b"ecdsa-sha2-", Foreign::Public),
    (b"sk-ssh-", Foreign::Public),
    (b"sk-ecdsa-", Foreign::Public),
    (b"\xfe\xed\xfe\xed", Foreign::KeyStore),
    (b"\xce\xce\xce\xce", Foreign::KeyStore),
    (b"\x07\x02\x00\x00\x00\x24\x00\x00", Foreign::PrivateKeyBlob),
    (b"\x07\x02\x00\x00\x00\xa4\x00\x00", Foreign::PrivateKeyBlob),
    (b"\x06\x02\x00\x00\x00\x24\x00\x00", Foreign::Public),
    (b"\x06\x02\x00\x00\x00\xa4\x00\x00", Foreign::Public),
];

/// What is known at sight: that it is PEM or JSON and nothing foreign, or what else it is.
pub(super) fn of_text(text: &[u8]) -> Option<Option<Foreign>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    if matches!(text.first(), Some(b'{' | b'[')) || memchr::memmem::find(text, b"-----BEGIN ").is_some() {
        return Some(None);
    }
    let begins = |(beginning, _): &&(&[u8], Foreign)| text.starts_with(beginning);
    BEGINNINGS.iter().find(begins).map(|(_, foreign)| Some(*foreign))
}

/// What a PEM section is in the place of a private key.
pub(super) fn of_label(label: &str) -> Option<Fault> {
    Some(match label {
        "OPENSSH PRIVATE KEY" => Fault::Foreign(Foreign::OpenSsh),
        "DSA PRIVATE KEY" => Fault::Kind("DSA"),
        "TSS2 PRIVATE KEY" => Fault::Kind("in a TPM"),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Fault::Foreign(Foreign::CertificateRequest),
        "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Fault::Foreign(Foreign::Certificate),
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Fault::Foreign(Foreign::Pkcs7),
        _ if label.starts_with("PGP ") => Fault::Foreign(Foreign::Pgp),
        _ if label.ends_with("PUBLIC KEY") => Fault::Foreign(Foreign::Public),
        _ if label.ends_with("PRIVATE KEY") => Fault::Kind("of a kind that is not known here"),
        _ => return None,
    })
}

/// What DER is that is none of the forms of a private key.
pub(super) fn of_der(der: &[u8]) -> Option<Foreign> {
    if is_pkcs12(der) {
        return Some(Foreign::Pkcs12);
    }
    let content = whole(SEQUENCE, der)?;
    if of_tag(OID, content).is_some_and(|(id, _)| id.starts_with(PKCS7)) {
        return Some(Foreign::Pkcs7);
    }
    if let Some((_, rest)) = der::unsigned(content) {
        // RSAPublicKey (RFC 8017 §A.1.1)
        return der::unsigned(rest).filter(|(_, rest)| rest.is_empty()).map(|_| Foreign::Public);
    }
    let (first, rest) = of_tag(SEQUENCE, content)?;
    if of_tag(OID, first).is_some() {
        return whole(BIT_STRING, rest).map(|_| Foreign::Public);
    }
    // Both are signed: something, how, and the signature.
    let (_, signature) = of_tag(SEQUENCE, rest)?;
    whole(BIT_STRING, signature)?;
    // A request has a version, a name, a key (RFC 2986 §4.1); a certificate has more before its key.
    let request = der::small(first).and_then(|(_, rest)| of_tag(SEQUENCE, of_tag(SEQUENCE, rest)?.1));
    let is_request = request
        .is_some_and(|(key, _)| of_tag(SEQUENCE, key).is_some_and(|(_, bits)| whole(BIT_STRING, bits).is_some()));
    Some(if is_request && PublicKey::from_certificate(der).is_none() {
        Foreign::CertificateRequest
    } else {
        Foreign::Certificate
    })
}

/// The arc of what PKCS#7 knows (RFC 2315 §14).
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];

/// `PFX`: version 3, then a content as PKCS#7 has it (RFC 7292 §4). Some write it without lengths (X.690 §8.1.3.6).
fn is_pkcs12(bytes: &[u8]) -> bool {
    let into = |bytes: &[u8]| -> Option<usize> {
        let (&[tag, len], _) = bytes.split_first_chunk::<2>()?;
        let more = if len & 0x80 == 0 { 0 } else { usize::from(len & 0x7f) };
        (tag == SEQUENCE).then_some(2 + more)
    };
    let read = || {
        let rest = bytes.get(into(bytes)?..)?.strip_prefix(&[der::INTEGER, 1, 3])?;
        let (id, _) = of_tag(OID, rest.get(into(rest)?..)?)?;
        Some(id.starts_with(PKCS7))
    };
    read().unwrap_or(false)
}
