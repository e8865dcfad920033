//! The little this program reads out of an X.509 certificate itself (RFC 5280 §4.1), of any version: who issued it and how
//! that was signed, from when to when it is valid, whose it is, its public key, and what that may be used for. Signatures and names are others' business, and
//! nothing here can panic: the bytes are a stranger's.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, UNIX_EPOCH};

use crate::der::{SEQUENCE, element, of_tag};
use crate::text::excerpt;

/// A certificate, of which parts are decoded when they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The OID of the algorithm of its signature.
    signed_by: &'a [u8],
    /// Undecoded.
    pub(super) issuer: &'a [u8],
    validity: &'a [u8],
    /// Undecoded.
    pub(super) subject: &'a [u8],
    /// The `SubjectPublicKeyInfo`, with its tag and length.
    pub(super) public_key: &'a [u8],
    /// True for version 1, which has no extensions.
    is_first: bool,
    extensions: &'a [u8],
}

/// What an extension says: for the uses that certificates here are put to.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

impl<'a> Certificate<'a> {
    /// Reads DER; `None` where it is no certificate.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let (certificate, _) = of_tag(SEQUENCE, der)?;
        let (mut tbs, _) = of_tag(SEQUENCE, certificate)?;
        let version = of_tag(0xa0, tbs);
        if let Some((_, rest)) = version {
            tbs = rest;
        }
        let (_, tbs) = of_tag(0x02, tbs)?; // serial number
        let (algorithm, tbs) = of_tag(SEQUENCE, tbs)?;
        let (signed_by, _) = of_tag(0x06, algorithm)?;
        let (issuer, tbs) = of_tag(SEQUENCE, tbs)?;
        let (validity, tbs) = of_tag(SEQUENCE, tbs)?;
        let (subject, tbs) = of_tag(SEQUENCE, tbs)?;
        let (_, mut rest) = of_tag(SEQUENCE, tbs)?;
        let public_key = tbs.get(..tbs.len() - rest.len())?;
        let mut extensions: &[u8] = &[];
        while let Some((tag, content, after)) = element(rest) {
            if tag == 0xa3 {
                (extensions, _) = of_tag(SEQUENCE, content)?;
            }
            rest = after; // unique identifiers come before
        }
        Some(Self { signed_by, issuer, validity, subject, public_key, is_first: version.is_none(), extensions })
    }

    /// The subject's common name, else its organisation, escaped and capped.
    pub fn subject_name(&self) -> String {
        name_text(self.subject)
    }

    /// The same of the issuer.
    pub fn issuer_name(&self) -> String {
        name_text(self.issuer)
    }

    /// The hosts it is for (subjectAltName, RFC 5280 §4.2.1.6): names and addresses, escaped and capped. The common name
    /// is none of them (RFC 6125 §6.4.4).
    pub fn hosts(&self) -> Vec<String> {
        let value = self.extension(SUBJECT_ALT_NAME).and_then(|value| of_tag(SEQUENCE, value));
        let mut names = value.map_or(&[][..], |(names, _)| names);
        let mut hosts = Vec::new();
        while let Some((tag, name, rest)) = element(names) {
            names = rest;
            match tag {
                0x82 => hosts.push(excerpt(&String::from_utf8_lossy(name), 100)),
                0x87 => hosts.extend(match *name {
                    [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
                    _ => <[u8; 16]>::try_from(name).ok().map(|octets| Ipv6Addr::from(octets).to_string()),
                }),
                _ => {}
            }
        }
        hosts
    }

    /// How it was signed, in words, where that is no way that is verified here.
    pub(super) fn unknown_signature(&self) -> Option<String> {
        unless_known(SIGNATURES, self.signed_by)
    }

    /// What kind of key it certifies, in words, where that is none whose signatures are verified here.
    pub(super) fn unknown_key(&self) -> Option<String> {
        const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
        const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
        let (info, _) = of_tag(SEQUENCE, self.public_key)?;
        let (algorithm, key) = of_tag(SEQUENCE, info)?;
        let (kind, parameters) = of_tag(0x06, algorithm)?;
        if kind == RSA {
            // A bit string that holds a sequence of modulus and exponent (RFC 8017 §A.1.1).
            let (modulus, _) = of_tag(0x02, of_tag(SEQUENCE, of_tag(0x03, key)?.0.get(1..)?)?.0)?;
            let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
            let bits = (modulus.len() * 8).saturating_sub(modulus.first()?.leading_zeros() as usize);
            return (!(2048..=8192).contains(&bits)).then(|| format!("RSA with {bits} bits"));
        }
        unless_known(KEYS, if kind == EC { of_tag(0x06, parameters)?.0 } else { kind })
    }

    /// Where its issuer's certificate can be had, as it says itself (authorityInfoAccess, RFC 5280 §4.2.2.1).
    pub(super) fn issuer_source(&self) -> Option<String> {
        const INFORMATION_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
        const CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];
        let (mut places, _) = of_tag(SEQUENCE, self.extension(INFORMATION_ACCESS)?)?;
        while let Some((place, rest)) = of_tag(SEQUENCE, places) {
            places = rest;
            let (method, location) = of_tag(0x06, place)?;
            if let (CA_ISSUERS, Some((url, _))) = (method, of_tag(0x86, location)) {
                return Some(excerpt(&String::from_utf8_lossy(url), 200));
            }
        }
        None
    }

    /// True if the certificate names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// From when to when the certificate is valid, both included, in seconds since 1970.
    pub fn validity(&self) -> Option<(u64, u64)> {
        let (from_tag, from, rest) = element(self.validity)?;
        let (to_tag, to, _) = element(rest)?;
        Some((epoch(from_tag, from)?, epoch(to_tag, to)?))
    }

    /// True if it may sign other certificates: it says that it is a CA's (RFC 5280 §4.2.1.9), and where it says what its
    /// key is for, it says keyCertSign (§4.2.1.3). In version 1 there was no way to say so.
    pub(super) fn may_sign(&self) -> bool {
        let is_ca = self.extension(BASIC_CONSTRAINTS).map(|value| basic_constraints(value).is_some_and(|(ca, _)| ca));
        let signs = self.key_usage().map(|bits| bits & 0x04 != 0);
        match (is_ca, signs) {
            (Some(is_ca), signs) => is_ca && signs != Some(false),
            (None, signs) => signs.unwrap_or(self.is_first),
        }
    }

    /// How many CAs may stand between it and a server's certificate, where it limits that.
    pub(super) fn path_len(&self) -> Option<usize> {
        basic_constraints(self.extension(BASIC_CONSTRAINTS)?)?.1
    }

    /// True if its key may be used for TLS: to sign, to encrypt keys or to agree on them.
    pub(super) fn is_for_tls(&self) -> bool {
        self.key_usage().is_none_or(|bits| bits & (0x80 | 0x20 | 0x08) != 0)
    }

    /// True if it may be a server's (RFC 5280 §4.2.1.12).
    pub(super) fn is_for_servers(&self) -> bool {
        let Some(value) = self.extension(EXTENDED_KEY_USAGE) else { return true };
        let mut purposes = of_tag(SEQUENCE, value).map_or(&[][..], |(purposes, _)| purposes);
        std::iter::from_fn(|| {
            let (purpose, rest) = of_tag(0x06, purposes)?;
            purposes = rest;
            Some(purpose)
        })
        .any(|purpose| purpose == SERVER_AUTH || purpose == ANY_PURPOSE)
    }

    /// The first eight of the bits of keyUsage, from the left, where there are any; none is set in one that is malformed.
    fn key_usage(&self) -> Option<u8> {
        let value = self.extension(KEY_USAGE)?;
        Some(of_tag(0x03, value).and_then(|(bits, _)| bits.get(1).copied()).unwrap_or(0))
    }

    /// The value of an extension.
    fn extension(&self, wanted: &[u8]) -> Option<&'a [u8]> {
        let mut extensions = self.extensions;
        while let Some((extension, rest)) = of_tag(SEQUENCE, extensions) {
            extensions = rest;
            let (kind, value) = of_tag(0x06, extension)?;
            if kind == wanted {
                // Whether it is critical may stand before the value.
                let value = of_tag(0x01, value).map_or(value, |(_, value)| value);
                return Some(of_tag(0x04, value).map_or(&[][..], |(value, _)| value));
            }
        }
        None
    }
}

/// OIDs of signature algorithms (RFC 3279 §2.2, RFC 4055, RFC 5758, RFC 8410), their names, and whether they are verified here.
const SIGNATURES: &[(&[u8], &str, bool)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ECDSA with SHA-1", false),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ECDSA with SHA-256", true),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ECDSA with SHA-384", true),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ECDSA with SHA-512", false),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "RSA with MD5", false),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "RSA with SHA-1", false),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a], "RSA-PSS", true),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b], "RSA with SHA-256", true),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c], "RSA with SHA-384", true),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d], "RSA with SHA-512", true),
    (&[0x2b, 0x65, 0x70], "Ed25519", true),
    (&[0x2b, 0x65, 0x71], "Ed448", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11], "ML-DSA-44", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12], "ML-DSA-65", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13], "ML-DSA-87", false),
];

/// The same of kinds of keys but RSA, and of the curves of ECDSA (RFC 5480 §2.1.1.1, RFC 5639, RFC 8410).
const KEYS: &[(&[u8], &str, bool)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256", true),
    (&[0x2b, 0x81, 4, 0, 0x22], "P-384", true),
    (&[0x2b, 0x81, 4, 0, 0x23], "P-521", false),
    (&[0x2b, 0x81, 4, 0, 0x0a], "secp256k1", false),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1", false),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 0x0b], "brainpoolP384r1", false),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 0x0d], "brainpoolP512r1", false),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA", false),
    (&[0x2b, 0x65, 0x70], "Ed25519", true),
    (&[0x2b, 0x65, 0x71], "Ed448", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11], "ML-DSA-44", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12], "ML-DSA-65", false),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13], "ML-DSA-87", false),
];

/// What `oid` is called, unless it is one of those that are verified here.
fn unless_known(names: &[(&[u8], &str, bool)], oid: &[u8]) -> Option<String> {
    match names.iter().find(|(known, _, _)| *known == oid) {
        Some((_, _, true)) => None,
        Some((_, name, false)) => Some((*name).to_owned()),
        None => Some(format!("OID {}", dotted(oid))),
    }
}

/// An OID as it is written (X.690 §8.19), as much of it as fits.
fn dotted(oid: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0_u64;
    for byte in oid.iter().take(40) {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match arcs.is_empty() {
                true => arcs.extend([arc.min(80) / 40, arc - arc.min(80) / 40 * 40]),
                false => arcs.push(arc),
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Whether it is a CA's, and the path length.
fn basic_constraints(value: &[u8]) -> Option<(bool, Option<usize>)> {
    let (content, _) = of_tag(SEQUENCE, value)?;
    let (is_ca, rest) = of_tag(0x01, content).map_or((false, content), |(ca, rest)| (ca == [0xff], rest));
    let length = of_tag(0x02, rest).map(|(length, _)| match length {
        [length @ 0..=0x7f] => usize::from(*length),
        _ => usize::MAX,
    });
    Some((is_ca, length))
}

fn name_text(name: &[u8]) -> String {
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const ORGANISATION: &[u8] = &[0x55, 4, 10];
    let text = attribute(name, COMMON_NAME).or_else(|| attribute(name, ORGANISATION));
    text.unwrap_or_else(|| "one without a name".to_owned())
}

/// A moment, in seconds since 1970, in words.
pub fn time(epoch: u64) -> String {
    // humantime knows no year beyond 9999.
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(epoch.min(253_402_300_799))).to_string()
}

/// UTCTime `YYMMDDhhmmssZ` or GeneralizedTime `YYYYMMDDhhmmssZ` (RFC 5280 §4.1.2.5). Before 1970 is 1970.
fn epoch(tag: u8, time: &[u8]) -> Option<u64> {
    let time = std::str::from_utf8(time).ok().filter(|time| time.is_ascii())?;
    let full = match (tag, time.len()) {
        (0x17, 13) => format!("{}{time}", if time < "50" { "20" } else { "19" }),
        (0x18, 15) => time.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to).unwrap_or_default();
    let (date, clock) =
        ([part(0, 4), part(4, 6), part(6, 8)].join("-"), [part(8, 10), part(10, 12), part(12, 14)].join(":"));
    if date.as_str() < "1970" {
        return Some(0);
    }
    let time = humantime::parse_rfc3339(&format!("{date}T{clock}{}", part(14, 15))).ok()?;
    time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

fn attribute(mut name: &[u8], wanted: &[u8]) -> Option<String> {
    while let Some((mut set, rest)) = of_tag(0x31, name) {
        name = rest;
        while let Some((pair, rest)) = of_tag(SEQUENCE, set) {
            set = rest;
            let (kind, value) = of_tag(0x06, pair)?;
            if kind == wanted {
                let (tag, text, _) = element(value)?;
                let text = match tag {
                    // BMPString: two bytes a character.
                    0x1e => {
                        let units = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
                    }
                    _ => String::from_utf8_lossy(text).into_owned(),
                };
                return Some(excerpt(&text, 100));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Org");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn made(change: impl FnOnce(&mut rcgen::CertificateParams)) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::default();
        change(&mut params);
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_issuer_is_named_and_escaped() {
        let der = certificate("My CA \u{1b}[31m");
        let read = Certificate::read(&der).unwrap();
        assert_eq!((read.issuer_name(), read.subject_name()).0, "My CA \\u{1b}[31m");
        assert!(read.is_self_issued());
    }

    #[test]
    fn what_is_not_verified_has_a_name() {
        let fixture = |name: &str| {
            let text = std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            crate::pem::sections(&text).next().unwrap().der.unwrap()
        };
        let read = |der: &[u8]| {
            let read = Certificate::read(der).unwrap();
            (read.unknown_key(), read.unknown_signature(), read.issuer_source())
        };
        assert_eq!(read(&certificate("x")), (None, None, None));
        assert_eq!(read(&fixture("p521.ca.pem")), (Some("P-521".into()), Some("ECDSA with SHA-512".into()), None));
        assert_eq!(
            read(&fixture("rsa1024.ca.pem")),
            (Some("RSA with 1024 bits".into()), Some("RSA with SHA-1".into()), None)
        );
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), "1.2.840.113549.1.1.1");
        assert_eq!(dotted(&[0x88, 0x37, 3]), "2.999.3");
        assert_eq!(dotted(&[]), "");
        let source = |url: &str| {
            let location = [&[0x86, url.len() as u8], url.as_bytes()].concat();
            let method = [&[6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2][..], &location].concat();
            let place = [&[0x30, method.len() as u8], &method[..]].concat();
            let value = [&[0x30, place.len() as u8], &place[..]].concat();
            let der = made(|params| {
                let oid = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
                params.custom_extensions = vec![rcgen::CustomExtension::from_oid_content(oid, value)];
            });
            Certificate::read(&der).unwrap().issuer_source()
        };
        assert_eq!(source("http://ca.test/i.cer").as_deref(), Some("http://ca.test/i.cer"));
    }

    #[test]
    fn the_hosts_are_names_and_addresses() {
        let der = made(|params| {
            params.subject_alt_names = vec![
                rcgen::SanType::DnsName("*.idp.test".try_into().unwrap()),
                rcgen::SanType::Rfc822Name("a@idp.test".try_into().unwrap()),
                rcgen::SanType::IpAddress([10, 0, 0, 1].into()),
                rcgen::SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
            ];
        });
        assert_eq!(Certificate::read(&der).unwrap().hosts(), ["*.idp.test", "10.0.0.1", "::1"]);
        assert!(Certificate::read(&certificate("x")).unwrap().hosts().is_empty());
    }

    #[test]
    fn dates_are_read_in_both_notations() {
        let der = made(|params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2050, 1, 2);
        });
        assert_eq!(Certificate::read(&der).unwrap().validity(), Some((1_577_836_800, 2_524_694_400)));
    }

    #[test]
    fn what_a_key_may_be_used_for_is_read() {
        use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose as Extended, IsCa, KeyUsagePurpose as Usage};
        let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
        let signs = |is_ca: IsCa, usages: &[Usage]| {
            let der = made(|params| (params.is_ca, params.key_usages) = (is_ca, usages.to_vec()));
            Certificate::read(&der).unwrap().may_sign()
        };
        assert!(signs(ca(), &[]));
        assert!(signs(ca(), &[Usage::KeyCertSign, Usage::CrlSign]));
        assert!(!signs(ca(), &[Usage::CrlSign, Usage::DigitalSignature]));
        assert!(!signs(ca(), &[Usage::DecipherOnly]));
        assert!(!signs(IsCa::ExplicitNoCa, &[]));
        assert!(!signs(IsCa::ExplicitNoCa, &[Usage::KeyCertSign]));
        assert!(!signs(IsCa::NoCa, &[Usage::DigitalSignature]));
        assert!(!signs(IsCa::NoCa, &[]));
        assert!(signs(IsCa::NoCa, &[Usage::KeyCertSign]));
        for (usage, tls) in [
            (Usage::DigitalSignature, true),
            (Usage::KeyEncipherment, true),
            (Usage::KeyAgreement, true),
            (Usage::KeyCertSign, false),
            (Usage::CrlSign, false),
        ] {
            let der = made(|params| params.key_usages = vec![usage]);
            assert_eq!(Certificate::read(&der).unwrap().is_for_tls(), tls, "{usage:?}");
        }
        for (purposes, servers) in [
            (vec![], true),
            (vec![Extended::ClientAuth, Extended::ServerAuth], true),
            (vec![Extended::Any], true),
            (vec![Extended::ClientAuth], false),
        ] {
            let der = made(|params| params.extended_key_usages = purposes.clone());
            assert_eq!(Certificate::read(&der).unwrap().is_for_servers(), servers, "{purposes:?}");
        }
        for (constraint, length) in
            [(BasicConstraints::Unconstrained, None), (BasicConstraints::Constrained(3), Some(3))]
        {
            let der = made(|params| params.is_ca = IsCa::Ca(constraint));
            assert_eq!(Certificate::read(&der).unwrap().path_len(), length);
        }
    }

    #[test]
    fn a_cut_or_garbled_certificate_is_no_panic() {
        let der = made(|params| {
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
            params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        });
        let look = |der: &[u8]| {
            if let Some(read) = Certificate::read(der) {
                let _ = (read.issuer_name(), read.subject_name(), read.validity(), read.may_sign(), read.path_len());
                let _ = (read.is_for_tls(), read.is_for_servers(), read.hosts());
                let _ = (read.unknown_key(), read.unknown_signature(), read.issuer_source());
            }
        };
        for len in 0..der.len() {
            look(&der[..len]);
        }
        for position in 0..der.len() {
            for value in [0, 1, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut garbled = der.clone();
                garbled[position] = value;
                look(&garbled);
            }
        }
    }
}
