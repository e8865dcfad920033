//! The little this program reads out of an X.509 certificate itself (RFC 5280 §4.1), of any version: who issued it, from
//! when to when it is valid, and its public key. Nothing here decides about trust in a stranger, and nothing here can panic:
//! the bytes are a stranger's.

use super::error::foreign;

/// One DER element: tag, content, what follows.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((tag, content, rest))
}

fn of_tag(wanted: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(input)?;
    (tag == wanted).then_some((content, rest))
}

const SEQUENCE: u8 = 0x30;

/// Parts of a certificate, undecoded.
struct Fields<'a> {
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    /// With its tag and length.
    public_key: &'a [u8],
}

fn fields(der: &[u8]) -> Option<Fields<'_>> {
    let (certificate, _) = of_tag(SEQUENCE, der)?;
    let (mut tbs, _) = of_tag(SEQUENCE, certificate)?;
    if let Some((_, rest)) = of_tag(0xa0, tbs) {
        tbs = rest; // version
    }
    let (_, tbs) = of_tag(0x02, tbs)?; // serial number
    let (_, tbs) = of_tag(SEQUENCE, tbs)?; // signature algorithm
    let (issuer, tbs) = of_tag(SEQUENCE, tbs)?;
    let (validity, tbs) = of_tag(SEQUENCE, tbs)?;
    let (subject, tbs) = of_tag(SEQUENCE, tbs)?;
    let (_, rest) = of_tag(SEQUENCE, tbs)?;
    let public_key = tbs.get(..tbs.len() - rest.len())?;
    Some(Fields { issuer, validity, subject, public_key })
}

/// The issuer's common name, else its organisation, escaped and capped.
pub(super) fn issuer(der: &[u8]) -> Option<String> {
    let name = fields(der)?.issuer;
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const ORGANISATION: &[u8] = &[0x55, 4, 10];
    attribute(name, COMMON_NAME).or_else(|| attribute(name, ORGANISATION))
}

/// True if the certificate names itself as its issuer.
pub(super) fn is_self_issued(der: &[u8]) -> bool {
    fields(der).is_some_and(|fields| fields.issuer == fields.subject)
}

/// The `SubjectPublicKeyInfo`.
pub(super) fn public_key(der: &[u8]) -> Option<&[u8]> {
    fields(der).map(|fields| fields.public_key)
}

/// From when to when the certificate is valid, both included, in seconds since 1970.
pub(super) fn validity(der: &[u8]) -> Option<(u64, u64)> {
    let validity = fields(der)?.validity;
    let (from_tag, from, rest) = element(validity)?;
    let (to_tag, to, _) = element(rest)?;
    Some((epoch(from_tag, from)?, epoch(to_tag, to)?))
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
    time.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
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
                return Some(foreign(&text, 100));
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

    #[test]
    fn the_issuer_is_named_and_escaped() {
        assert_eq!(issuer(&certificate("My CA \u{1b}[31m")).as_deref(), Some("My CA \\u{1b}[31m"));
    }

    #[test]
    fn dates_are_read_in_both_notations() {
        let mut params = rcgen::CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2050, 1, 2);
        let der = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec();
        assert_eq!(validity(&der), Some((1_577_836_800, 2_524_694_400)));
        assert!(is_self_issued(&der));
    }

    #[test]
    fn a_cut_or_garbled_certificate_is_no_panic() {
        let der = certificate("My CA");
        for len in 0..der.len() {
            let _ = (issuer(&der[..len]), validity(&der[..len]), public_key(&der[..len]));
        }
        for position in 0..der.len() {
            for value in [0, 1, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut garbled = der.clone();
                garbled[position] = value;
                let _ = (issuer(&garbled), validity(&garbled), public_key(&garbled));
            }
        }
    }
}
