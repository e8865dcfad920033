//! `EncryptedPrivateKeyInfo` (RFC 5958 §3), where PBES2 encrypted it with PBKDF2 and AES in CBC mode (RFC 8018 §6.2, RFC 9579).

use std::num::NonZeroU32;

use zeroize::Zeroizing;

use super::key::{self, Bytes};
use super::{Fault, Foreign, Passphrase};
use crate::crypto::{Hash, open_aes_cbc, pbkdf2};
use crate::der::{self, OCTET_STRING, OID, SEQUENCE, of_tag, whole};

/// More would take longer than anybody waits.
const MOST_ROUNDS: u32 = 10_000_000;

const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
/// PBES1 (RFC 8018 §A.3) and its kin of PKCS#12 (RFC 7292 §C).
const PBES1: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5], &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1]];
/// HMAC with SHA-1, 256, 384, 512 less the last arc (RFC 8018 §B.1).
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
const TRIPLE_DES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
/// AES less the last arc (RFC 8018 §B.2.5).
const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];

/// True for DER of that shape.
pub(super) fn is_encrypted(der: &[u8]) -> bool {
    split(der).is_some()
}

/// The OID and the parameters of how it is encrypted, and what is.
fn split(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (algorithm, rest) = of_tag(SEQUENCE, whole(SEQUENCE, der)?)?;
    let (id, parameters) = of_tag(OID, algorithm)?;
    Some((id, parameters, whole(OCTET_STRING, rest)?))
}

/// Decrypts: PKCS#8 comes out.
pub(super) fn open(der: &[u8], passphrase: &mut Passphrase<'_>) -> Result<Bytes, Fault> {
    const MALFORMED: Fault = Fault::Malformed("encryption");
    let other = |how| Fault::Foreign(Foreign::OtherEncryption(how));
    let (id, parameters, sealed) = split(der).ok_or(MALFORMED)?;
    if id != PBES2 {
        let is_pbes1 = PBES1.iter().any(|family| id.strip_prefix(*family).is_some_and(|arc| arc.len() == 1));
        return Err(other(if is_pbes1 { "PBES1" } else { "a method that is not known here" }));
    }
    let read = || {
        let (derivation, rest) = of_tag(SEQUENCE, whole(SEQUENCE, parameters)?)?;
        Some((of_tag(OID, derivation)?, of_tag(OID, of_tag(SEQUENCE, rest)?.0)?))
    };
    let ((derivation, derivation_parameters), (cipher, iv)) = read().ok_or(MALFORMED)?;
    match derivation {
        PBKDF2 => {}
        SCRYPT => return Err(other("scrypt")),
        _ => return Err(other("another key derivation than PBKDF2")),
    }
    let key_len = match (cipher, cipher.strip_prefix(AES)) {
        (_, Some([2])) => 16,
        (_, Some([42])) => 32,
        (_, Some([22])) => return Err(other("AES-192")),
        (_, Some(_)) => return Err(other("AES in another mode than CBC")),
        (TRIPLE_DES, _) => return Err(other("3DES")),
        _ => return Err(other("another cipher than AES")),
    };
    let iv = whole(OCTET_STRING, iv).and_then(|iv| <[u8; 16]>::try_from(iv).ok()).ok_or(MALFORMED)?;
    let read = || {
        let (salt, rest) = of_tag(OCTET_STRING, whole(SEQUENCE, derivation_parameters)?)?;
        let (rounds, rest) = der::unsigned(rest)?;
        let (said_len, rest) = der::small(rest).map_or((None, rest), |(len, rest)| (Some(len), rest));
        // HMAC with SHA-1 is what is meant where nothing is said.
        let function = if rest.is_empty() { None } else { Some(of_tag(OID, whole(SEQUENCE, rest)?)?.0) };
        Some((salt, rounds, said_len, function))
    };
    let (salt, rounds, said_len, function) = read().ok_or(MALFORMED)?;
    if said_len.is_some_and(|len| len != key_len) {
        return Err(MALFORMED);
    }
    let hash = match function.map(|function| function.strip_prefix(HMAC)) {
        None | Some(Some([7])) => None,
        Some(Some([9])) => Some(Hash::Sha256),
        Some(Some([10])) => Some(Hash::Sha384),
        Some(Some([11])) => Some(Hash::Sha512),
        Some(_) => return Err(other("another function of PBKDF2 than HMAC with SHA-1, 256, 384 or 512")),
    };
    let rounds = match rounds.len() {
        0..=4 => rounds.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)),
        _ => u32::MAX,
    };
    if rounds > MOST_ROUNDS {
        return Err(other("more than 10,000,000 rounds of PBKDF2"));
    }
    let rounds = NonZeroU32::new(rounds).ok_or(MALFORMED)?;
    let passphrase = passphrase().map_err(|problem| Fault::Passphrase(Box::new(problem)))?.ok_or(Fault::Encrypted)?;
    let mut key = Zeroizing::new([0; 32]);
    let key = &mut key[..key_len as usize];
    pbkdf2(hash, rounds, salt, passphrase.expose().as_bytes(), key);
    // Another passphrase opens it to noise, the end of which may look like padding.
    open_aes_cbc(key, iv, sealed).filter(|opened| key::form_of(opened).is_some()).ok_or(Fault::WrongPassphrase)
}
