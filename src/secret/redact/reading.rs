//! A text with its encodings undone, layer by layer, and where each byte of a reading stands in it.

use std::ops::Range;

use zeroize::Zeroizing;

/// So many layers of encoding are undone in a text.
const LAYERS: usize = 4;

/// A text in one of its readings, as bytes; space and `+`, which forms use for each other, are the same in it.
pub(super) struct Reading {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where each byte's spelling begins in the text, and the text's end.
    places: Vec<usize>,
}

impl Reading {
    fn new(text: &str) -> Self {
        let bytes = text.bytes().map(folded).collect();
        Self { bytes: Zeroizing::new(bytes), places: (0..=text.len()).collect() }
    }

    /// The reading with one more layer of encoding undone; `None` where there is none.
    fn decoded(&self) -> Option<Self> {
        let mut at = memchr::memchr3(b'%', b'\\', b'&', &self.bytes)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes.len()));
        let mut places = Vec::with_capacity(self.places.len());
        bytes.extend_from_slice(&self.bytes[..at]);
        places.extend_from_slice(&self.places[..at]);
        let mut changed = false;
        while let Some(&byte) = self.bytes.get(at) {
            let place = self.places[at];
            match unspelled(&self.bytes[at..]) {
                Some((meant, length)) => {
                    changed = true;
                    bytes.extend(meant.iter().copied().map(folded));
                    at += length;
                }
                None => {
                    bytes.push(byte);
                    at += 1;
                }
            }
            places.resize(bytes.len(), place);
        }
        places.extend(self.places.last());
        changed.then_some(Self { bytes, places })
    }

    /// The reading as it is, and with up to [`LAYERS`] layers undone; and that of a text that is quoted-printable.
    pub(super) fn readings(text: &str) -> impl Iterator<Item = Self> {
        let mut next = Some(Self::new(text));
        let layers = std::iter::from_fn(move || {
            let reading = next.take()?;
            next = reading.decoded();
            Some(reading)
        });
        layers.take(LAYERS + 1).chain(Self::of_quoted_printable(text))
    }

    /// The reading without what may stand between any two characters and is not seen or seen as a gap: white space, controls,
    /// zero-width characters and soft hyphens; and where in the reading each byte of it stands. `None` where there is no gap.
    pub(super) fn squeezed(&self) -> Option<(Zeroizing<Vec<u8>>, Vec<usize>)> {
        let (mut bytes, mut places) = (Zeroizing::new(Vec::with_capacity(self.bytes.len())), Vec::new());
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let gap = gap(&self.bytes[at..]);
            if gap == 0 {
                bytes.push(*byte);
                places.push(at);
            }
            at += gap.max(1);
        }
        (bytes.len() < self.bytes.len()).then_some((bytes, places))
    }

    /// A text with quoted-printable undone (RFC 2045 §6.7), where it is some.
    fn of_quoted_printable(text: &str) -> Option<Self> {
        let is_escaped = |at: usize| text.as_bytes().get(at + 1..at + 3).and_then(of_hex);
        if !memchr::memchr_iter(b'=', text.as_bytes()).any(|at| is_escaped(at).is_some()) {
            return None;
        }
        let mut reading = Self { bytes: Zeroizing::new(Vec::with_capacity(text.len())), places: Vec::new() };
        let mut at = 0;
        while let Some(&byte) = text.as_bytes().get(at) {
            let rest = &text.as_bytes()[at..];
            let (meant, length) = match is_escaped(at).filter(|_| byte == b'=') {
                Some(meant) => (Some(meant), 3),
                None if rest.starts_with(b"=\r\n") => (None, 3),
                None if rest.starts_with(b"=\n") => (None, 2),
                None => (Some(byte), 1),
            };
            reading.bytes.extend(meant.map(folded));
            reading.places.resize(reading.bytes.len(), at);
            at += length;
        }
        reading.places.push(text.len());
        Some(reading)
    }

    /// The extent in `text`, which this reads, of a range of bytes. A character that has a part in it belongs to it whole.
    pub(super) fn extent(&self, range: Range<usize>, text: &str) -> Range<usize> {
        let mut end = range.end;
        while self.bytes.get(end).is_some_and(|byte| (0x80..0xc0).contains(byte)) {
            end += 1;
        }
        let (mut start, mut end) = (self.places[range.start], self.places[end]);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }
}

/// How many bytes at the beginning of `bytes` are no more than a gap.
fn gap(bytes: &[u8]) -> usize {
    match bytes {
        [0..=b' ' | 0x7f, ..] => 1,
        // Soft hyphen; zero-width and directional characters; the byte order mark.
        [0xc2, 0xad, ..] => 2,
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xaf, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// Two hexadecimal digits as quoted-printable writes them.
fn of_hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.contains(char::is_lowercase))?;
    u8::try_from(number(digits.as_bytes(), 16)?).ok()
}

fn folded(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}

/// The bytes of one character, or of a part of it.
struct Meant {
    bytes: [u8; 4],
    length: usize,
}

impl Meant {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1 }
    }

    fn iter(&self) -> std::slice::Iter<'_, u8> {
        self.bytes[..self.length].iter()
    }
}

impl From<char> for Meant {
    fn from(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self { bytes, length }
    }
}

/// What the spelling at the beginning of `text` means, and how long it is.
fn unspelled(text: &[u8]) -> Option<(Meant, usize)> {
    match text.first()? {
        b'%' => Some((Meant::byte(u8::try_from(number(text.get(1..3)?, 16)?).ok()?), 3)),
        b'\\' => unescaped(text),
        b'&' => entity(text),
        _ => None,
    }
}

/// `\"`, `\n`, … and `\uXXXX`, in a surrogate pair where JSON needs one (RFC 8259 §7), `\xXX`, `\ooo` and `\UXXXXXXXX`, as languages and
/// logs write bytes and characters, and `\u{…}`, as our own messages write what steers a terminal.
fn unescaped(text: &[u8]) -> Option<(Meant, usize)> {
    let byte = match text.get(1)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        own @ (b'\\' | b'"' | b'/' | b'\'') => *own,
        b'0'..=b'3' => return Some((Meant::byte(u8::try_from(number(text.get(1..4)?, 8)?).ok()?), 4)),
        b'U' => return Some((char::from_u32(number(text.get(2..10)?, 16)?)?.into(), 10)),
        b'x' => return Some((Meant::byte(u8::try_from(number(text.get(2..4)?, 16)?).ok()?), 4)),
        b'u' if text.get(2) == Some(&b'{') => {
            let end = text.iter().take(12).position(|byte| *byte == b'}')?;
            return Some((char::from_u32(number(&text[3..end], 16)?)?.into(), end + 1));
        }
        b'u' => {
            let unit = |at: usize| u16::try_from(number(text.get(at..at + 4)?, 16)?).ok();
            let first = unit(2)?;
            let (units, length) = match first {
                0xd800..0xdc00 if text.get(6..8) == Some(br"\u") => ([first, unit(8)?], 12),
                _ => ([first, 0], 6),
            };
            let c = char::decode_utf16(units.into_iter().take(length / 6)).next()?.ok()?;
            return Some((c.into(), length));
        }
        _ => return None,
    };
    Some((Meant::byte(byte), 2))
}

/// The names that HTML has for the characters from U+00A0 to U+00FF, in their order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
    acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
    Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
    Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
    iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// `&amp;` and its kin, as an HTML error page echoes them.
fn entity(text: &[u8]) -> Option<(Meant, usize)> {
    let end = text.iter().take(11).position(|byte| *byte == b';')?;
    let meant = match &text[1..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => ' ',
        b"euro" => '€',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        name => {
            let place = LATIN_1.split(' ').position(|known| known.as_bytes() == name)?;
            char::from_u32(0xa0 + u32::try_from(place).ok()?)?
        }
    };
    Some((meant.into(), end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    // A sign is no digit.
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_alphanumeric()))?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, redactor};

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secret = "p+ w/%\"é";
        check(secret, "raw: p+ w/%\"é.", "raw: ***.");
        check(secret, "form: p%2B+w%2F%25%22%C3%A9&x", "form: ***&x");
        check(secret, "lower: p%2b+w%2f%25%22%c3%a9", "lower: ***");
        check(secret, "percent: p%2B%20w%2F%25%22%C3%A9", "percent: ***");
        check(secret, "twice: p%252B%2520w%252F%25%2522%25C3%25A9", "twice: ***");
        check(secret, r#"json: p+ w\/%\"\u00e9"#, "json: ***");
        check(secret, "form, then percent: p%252B%2Bw%252F%2525%2522%25C3%25A9", "form, then percent: ***");
        check(secret, r#"json in json: p+ w\\\/%\\\"\\u00e9"#, "json in json: ***");
        check(secret, "html: p&#43; w&#x2f;%&quot;&#233;", "html: ***");
        check("a\u{1F600}bc", r"pair: a\ud83d\ude00bc", "pair: ***");
        check(
            "Gr\u{fc}\u{df} \u{a7}5 f\u{fc}r \u{20ac}",
            "named: Gr&uuml;&szlig; &sect;5 f&uuml;r &euro;",
            "named: ***",
        );
        check("\u{a1}x\u{ff} yz", "first and last: &iexcl;x&yuml;&nbsp;yz", "first and last: ***");
        check(secret, r#"bytes: p+ w/%\"\xc3\xA9"#, "bytes: ***");
        check(secret, r#"octal: p\053\040w/%\042\303\251"#, "octal: ***");
        check(secret, r#"long: p+ w/%"\U000000E9"#, "long: ***");
        check(secret, "quoted-printable: p+ w/%=22=C3=\r\n=A9", "quoted-printable: ***");
        check(secret, "other case: P+ W/%\"é", "other case: ***");
        check(secret, "hex: 702b20772f2522c3a9 702B20772F2522C3A9", "hex: *** ***");
        check(secret, "in ASCII: p+ w/%\"? or p+ w/%\"\u{fffd}", "in ASCII: *** or ***");
    }

    #[test]
    fn a_secret_is_found_with_gaps_in_it() {
        let secret = "hunter22+x/y";
        for text in ["hunter\n22+x/y", "hunter\r\n  22+x/y", "h u n t e r 2 2 + x / y", "hun\u{ad}ter22\u{200b}+x/y"] {
            check(secret, &format!("bad {text}."), "bad ***.");
        }
        check(
            secret,
            r"bad h\u0000u\u0000n\u0000t\u0000e\u0000r\u00002\u00002\u0000+\u0000x\u0000/\u0000y\u0000",
            r"bad ***\u0000",
        );
        check(secret, "68 75 6e 74 65 72 32 32 2b 78 2f 79", "***");
        check(secret, "aHVudGVy\n MjIreC95", "***");
    }

    #[test]
    fn a_spelling_in_pieces_never_cuts_a_character() {
        // The second byte of é, and half of a pair.
        for (secret, text) in
            [("%A9xyz%", "é%C3%A9xyz% éxyz%"), ("x\\u00e9z", "x\\u00e9z xéz"), ("%80%80%80", "\u{2000}")]
        {
            let shown = redactor(secret).redact(text).into_owned();
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
