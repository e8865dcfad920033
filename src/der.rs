//! DER (X.690), as little of it as keys and certificates need: elements read, elements written. The bytes are a stranger's:
//! nothing here can panic, and each step looks at what it was given once.

use zeroize::Zeroizing;

/// Tags of the universal class (X.690 §8.1.2).
pub const INTEGER: u8 = 0x02;
/// BIT STRING
pub const BIT_STRING: u8 = 0x03;
/// OCTET STRING
pub const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER
pub const OID: u8 = 0x06;
/// SEQUENCE, which is always constructed.
pub const SEQUENCE: u8 = 0x30;

/// One element: tag, content, what follows.
pub fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
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

/// The content of the next element, which must have this tag, and what follows.
pub fn of_tag(wanted: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(input)?;
    (tag == wanted).then_some((content, rest))
}

/// The content of an element of this tag with nothing behind it.
pub fn whole(wanted: u8, input: &[u8]) -> Option<&[u8]> {
    let (content, rest) = of_tag(wanted, input)?;
    rest.is_empty().then_some(content)
}

/// A number that is not negative, without zeros in front, and what follows.
pub fn unsigned(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (number, rest) = of_tag(INTEGER, input)?;
    let is_negative = number.first()? & 0x80 != 0;
    (!is_negative).then(|| (trimmed(number), rest))
}

/// The same as a number of the machine.
pub fn small(input: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = unsigned(input)?;
    (number.len() <= 4).then(|| (number.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)), rest))
}

/// A big-endian number without zeros in front.
pub fn trimmed(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// How many bits a big-endian number without zeros in front has.
pub fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// An element of such parts. It may hold a key, so its memory is wiped.
pub fn write(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(len + 9));
    out.push(tag);
    let bytes = len.to_be_bytes();
    let bytes = trimmed(&bytes);
    match len {
        0..=0x7f => out.push(u8::try_from(len).unwrap_or_default()),
        _ => {
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
            out.extend_from_slice(bytes);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A number that is not negative.
pub fn write_unsigned(number: &[u8]) -> Zeroizing<Vec<u8>> {
    let number = trimmed(number);
    let zero: &[u8] = if number.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    write(INTEGER, &[zero, number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for len in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; len];
            let der = write(OCTET_STRING, &[&content]);
            assert_eq!(whole(OCTET_STRING, &der), Some(&*content), "{len}");
            assert_eq!(whole(SEQUENCE, &der), None);
            assert_eq!(whole(OCTET_STRING, &der[..der.len() - 1]), None);
        }
        for number in [&[][..], &[1], &[0x7f], &[0x80], &[0xff, 0]] {
            assert_eq!(unsigned(&write_unsigned(number)), Some((number, &[][..])));
        }
        assert_eq!(*write_unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(small(&[2, 3, 1, 0, 1, 9]), Some((65537, &[9][..])));
        assert_eq!(bits(&[1, 0, 1]), 17);
    }

    #[test]
    fn what_is_no_der_is_nothing() {
        let cases: [&[u8]; 7] =
            [&[], &[2], &[2, 1], &[2, 0x80, 0, 0], &[2, 0x84, 0, 0, 0, 1, 1], &[2, 0x83, 0xff, 0xff, 0xff], &[2, 0xff]];
        for der in cases {
            assert_eq!(element(der), None, "{der:?}");
        }
        assert_eq!(unsigned(&[2, 1, 0x80]), None);
        assert_eq!(unsigned(&[2, 0]), None);
        assert_eq!(small(&[2, 5, 1, 0, 0, 0, 0]), None);
    }
}
