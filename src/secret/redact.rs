//! Blots known secrets out of text that is about to be shown.
//!
//! Redaction is by value, so it also works on what a server, a proxy or a library chose to echo. A secret is recognised
//! in every spelling it is likely to come back in: as it is, form- or percent-encoded, JSON-escaped, as HTML entities, any
//! mixture of those, and inside base64 of a longer text at any of its three alignments.
//!
//! The text is foreign, and so may be some of the secrets. The work is therefore linear in the size of both: spellings are
//! undone in the text, layer by layer, instead of being tried at each place of it, and one automaton looks for all secrets
//! in one pass over each layer.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Input, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use zeroize::Zeroizing;

use super::Secret;
use crate::json;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// Secrets shorter than this (characters) are blotted out only where they stand alone: replacing every `a` of a message
/// would spoil it and spell the secret out by its gaps.
const SHORTEST_ANYWHERE: usize = 4;

/// The shortest piece of base64 that is looked for; shorter ones occur by chance.
const SHORTEST_BASE64: usize = 8;

/// A secret longer than the first figure (bytes) is recognised by its beginning, three quarters of it but no more than the
/// second figure: servers and programs cut what they echo.
const WHOLE: usize = 12;
const LONGEST_KEY: usize = 32;

/// So many layers of encoding are undone in a text.
const LAYERS: usize = 4;

/// So many secrets, of so many bytes together, are looked for. What a run brings along is far below; what a server sends
/// beside its token may be anything.
const MOST_SECRETS: usize = 1024;
const MOST_BYTES: usize = 4 << 20;

/// What carries secrets says here which of its parts are some.
pub trait Conceal {
    /// Teaches `redactor` every secret in it.
    fn conceal(&self, redactor: &mut Redactor);
}

impl Conceal for Secret {
    fn conceal(&self, redactor: &mut Redactor) {
        redactor.add(self);
    }
}

impl<T: Conceal> Conceal for Option<T> {
    fn conceal(&self, redactor: &mut Redactor) {
        if let Some(inner) = self {
            inner.conceal(redactor);
        }
    }
}

/// The secrets of this run. What to look for is worked out when text is first to be shown: most runs show none.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: BTreeSet<Secret>,
    /// What goes into HTTP Basic: id and secret.
    pairs: BTreeSet<(String, Secret)>,
    bytes: usize,
    overwhelmed: bool,
    search: OnceLock<Arc<Search>>,
}

impl Redactor {
    /// Hides `secret`, and base64 that contains it, from now on.
    pub fn add(&mut self, secret: &Secret) {
        if !self.secrets.contains(secret) && self.has_room_for(secret.expose().len()) {
            self.secrets.insert(secret.clone());
            self.search.take();
        }
    }

    /// Hides the whole of what HTTP Basic sends for `id` and `secret`, in both encodings of RFC 6749 §2.3.1's
    /// quarrel: form-encoded first, and raw.
    pub fn add_basic(&mut self, id: &str, secret: &Secret) {
        let pair = (id.to_owned(), secret.clone());
        if !self.pairs.contains(&pair) && self.has_room_for(id.len() + secret.expose().len()) {
            self.pairs.insert(pair);
            self.search.take();
        }
    }

    /// Hides the texts that stand under the name of a token, at any depth of a JSON text, up to where it is broken.
    pub fn add_tokens_in(&mut self, json: &[u8]) {
        tokens_in(json, &mut |token| self.add(&Secret::new(token)));
    }

    /// Hides what a URL gives away: its credentials, and what stands in its query under names that speak of secrets.
    pub fn add_url(&mut self, url: &str) {
        secrets_in_query(url).iter().for_each(|secret| self.add(secret));
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        // A password with a slash in it that nobody encoded ends the authority early, where no port can stand.
        let is_cut = authority.rsplit_once(':').is_some_and(|(_, port)| !port.bytes().all(|b| b.is_ascii_digit()));
        let whole = if is_cut { rest } else { authority };
        let userinfo = authority.rsplit_once('@').or_else(|| whole.rsplit_once('@')).map(|(userinfo, _)| userinfo);
        let Some(userinfo) = userinfo.filter(|userinfo| !userinfo.is_empty()) else { return };
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.add(&Secret::new(userinfo));
        match userinfo.split_once(':').filter(|(_, password)| !password.is_empty()) {
            Some((user, password)) => {
                let password = Secret::new(decode(password));
                self.add(&password);
                self.add_basic(&decode(user), &password);
            }
            // Some services take a key as the user's name.
            None => self.add(&Secret::new(decode(userinfo.trim_end_matches(':')))),
        }
    }

    /// Hides what was given for the name of a file and cannot be one: it is what should stand in that file, a private key say.
    pub fn add_path(&mut self, path: &str) {
        // No system has a name longer than this (bytes).
        const LONGEST_NAME: usize = 255;
        let has_such_a_part = || path.split(['/', '\\']).any(|part| part.len() > LONGEST_NAME);
        if path.starts_with("-----BEGIN") || path.contains(char::is_control) || has_such_a_part() {
            self.add(&Secret::new(path));
        }
    }

    /// Hides the value of a header field whose name speaks of secrets, and the parts that it is made of: what stands behind
    /// a scheme's name (RFC 9110 §11.4), what HTTP Basic holds, and each cookie.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if !is_sensitive_name(name) || value.is_empty() {
            return;
        }
        self.add(&Secret::new(value));
        if let Some((scheme, rest)) = value.split_once(' ') {
            self.add(&Secret::new(rest.trim()));
            let pair = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
            let pair = pair.map(Zeroizing::new);
            if let Some((id, secret)) = pair.as_ref().and_then(|pair| std::str::from_utf8(pair).ok()?.split_once(':'))
                && !secret.is_empty()
            {
                let secret = Secret::new(secret);
                self.add(&secret);
                self.add_basic(id, &secret);
            }
        }
        if name.to_ascii_lowercase().contains("cookie") {
            let values = value.split(';').filter_map(|pair| pair.split_once('='));
            values.for_each(|(_, value)| self.add(&Secret::new(value.trim_matches([' ', '"']))));
        }
    }

    /// Hides what stands in a JSON text or in a form under names that speak of secrets.
    pub fn add_body(&mut self, body: &[u8]) {
        let add = &mut |value: &str| {
            if !value.is_empty() {
                self.add(&Secret::new(value));
            }
        };
        if json::texts_under(body, &is_sensitive_name, add).is_err() {
            let fields = form_urlencoded::parse(body).filter(|(name, _)| is_sensitive_name(name));
            fields.for_each(|(_, value)| add(&value));
        }
    }

    /// True where there were more secrets than are looked for, so that foreign text may hold some that nobody would
    /// recognise. It is not to be shown then.
    pub fn is_overwhelmed(&self) -> bool {
        self.overwhelmed
    }

    fn has_room_for(&mut self, bytes: usize) -> bool {
        let fits = self.secrets.len() + self.pairs.len() < MOST_SECRETS && self.bytes + bytes <= MOST_BYTES;
        if fits {
            self.bytes += bytes;
        }
        self.overwhelmed |= !fits;
        fits
    }

    /// `text` with every known secret replaced by [`MASK`].
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.is_empty() || (self.secrets.is_empty() && self.pairs.is_empty()) {
            return Cow::Borrowed(text);
        }
        let spots = self.search.get_or_init(|| Arc::new(Search::new(self))).spots(text);
        if spots.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for spot in spots {
            out.push_str(&text[copied..spot.start]);
            out.push_str(MASK);
            copied = spot.end;
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }
}

/// A text in one of its readings, as bytes; space and `+`, which forms use for each other, are the same in it.
struct Layer {
    bytes: Zeroizing<Vec<u8>>,
    /// Where each byte's spelling begins in the text, and the text's end.
    places: Vec<usize>,
}

impl Layer {
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

    /// The reading as it is, and with up to [`LAYERS`] layers undone.
    fn readings(text: &str) -> impl Iterator<Item = Self> {
        let mut next = Some(Self::new(text));
        std::iter::from_fn(move || {
            let layer = next.take()?;
            next = layer.decoded();
            Some(layer)
        })
        .take(LAYERS + 1)
    }

    /// The extent in `text`, which this reads, of a range of bytes. A character that has a part in it belongs to it whole.
    fn extent(&self, range: Range<usize>, text: &str) -> Range<usize> {
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

/// `\"`, `\n`, … and `\uXXXX`, in a surrogate pair where JSON needs one (RFC 8259 §7), `\xXX`, as languages and logs write
/// bytes, and `\u{…}`, as our own messages write what steers a terminal.
fn unescaped(text: &[u8]) -> Option<(Meant, usize)> {
    let byte = match text.get(1)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        own @ (b'\\' | b'"' | b'/' | b'\'') => *own,
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

/// What is looked for, and how.
#[derive(Debug)]
struct Search {
    /// Every spelling of every secret that no layer undoes, in order.
    needles: Vec<Zeroizing<Vec<u8>>>,
    /// The beginnings by which they are recognised, by the automaton's numbers.
    keys: Vec<Key>,
    automaton: Option<NFA>,
}

#[derive(Debug, Clone, Copy)]
struct Key {
    length: usize,
    /// It counts only where it stands alone.
    short: bool,
    /// Some needle goes on behind it.
    goes_on: bool,
}

impl Search {
    fn new(redactor: &Redactor) -> Self {
        let mut needles = BTreeSet::new();
        let mut add = |text: &str| {
            for layer in Layer::readings(text).filter(|layer| !layer.bytes.is_empty()) {
                needles.insert(layer.bytes.to_vec());
            }
        };
        for secret in &redactor.secrets {
            spellings(secret.expose(), &mut add);
        }
        for (id, secret) in &redactor.pairs {
            let secret = secret.expose();
            add(&STANDARD.encode(format!("{id}:{secret}")));
            add(&STANDARD.encode(format!("{}:{}", form(id), form(secret))));
            spellings(&form(secret), &mut add);
        }
        let needles: Vec<_> = needles.into_iter().map(Zeroizing::new).collect();
        let mut keys: Vec<(&[u8], Key)> = Vec::new();
        for needle in &needles {
            let length = key_length(needle.len());
            let short = String::from_utf8_lossy(needle).chars().count() < SHORTEST_ANYWHERE;
            let goes_on = length < needle.len();
            match keys.last_mut().filter(|(key, _)| *key == &needle[..length]) {
                Some((_, key)) => *key = Key { short: key.short && short, goes_on: key.goes_on || goes_on, ..*key },
                None => keys.push((&needle[..length], Key { length, short, goes_on })),
            }
        }
        // It fails only where there are more patterns than numbers for them, which the bounds above rule out; without it
        // everything is hidden.
        let automaton =
            NFA::builder().match_kind(MatchKind::Standard).prefilter(true).build(keys.iter().map(|(key, _)| *key)).ok();
        let keys = keys.into_iter().map(|(_, key)| key).collect();
        Self { needles, keys, automaton }
    }

    /// The extents of secrets in `text`, in order; none touches the next.
    fn spots(&self, text: &str) -> Vec<Range<usize>> {
        let mut spots = Vec::new();
        for layer in Layer::readings(text) {
            self.spots_in(&layer, text, &mut spots);
        }
        spots.sort_unstable_by_key(|spot| spot.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for spot in spots {
            match joined.last_mut() {
                Some(last) if spot.start <= last.end => last.end = last.end.max(spot.end),
                _ => joined.push(spot),
            }
        }
        joined
    }

    fn spots_in(&self, layer: &Layer, text: &str, spots: &mut Vec<Range<usize>>) {
        let whole = &layer.bytes[..];
        let Some(automaton) = &self.automaton else {
            spots.push(0..text.len());
            return;
        };
        // Following secrets beyond their keys may not take longer than reading the text a few times does. Only a text made
        // for it gets there, and nothing of what is left of such a one is worth showing.
        let mut patience = whole.len().saturating_mul(8).saturating_add(MOST_BYTES);
        let input = Input::new(whole);
        let mut state = OverlappingState::start();
        while automaton.try_find_overlapping(&input, &mut state).is_ok() {
            let Some(found) = state.get_match() else { return };
            let Some(key) = self.keys.get(found.pattern().as_usize()) else { return };
            let start = found.end() - key.length;
            let length = if key.goes_on { self.agreement(&whole[start..]).max(key.length) } else { key.length };
            let spot = layer.extent(start..start + length, text);
            if !key.short || stands_alone(text, &spot) {
                // One that holds another, or goes on where that ends, takes its place: they could be very many.
                match spots.last_mut() {
                    Some(last) if spot.start <= last.end && spot.end >= last.start => {
                        *last = last.start.min(spot.start)..last.end.max(spot.end);
                    }
                    _ => spots.push(spot),
                }
            }
            match patience.checked_sub(length) {
                Some(left) => patience = left,
                None => {
                    spots.push(layer.extent(start..whole.len(), text));
                    return;
                }
            }
        }
    }

    /// How far `text` agrees with the needle that it agrees with the longest.
    fn agreement(&self, text: &[u8]) -> usize {
        let common = |needle: &Zeroizing<Vec<u8>>| needle.iter().zip(text).take_while(|(a, b)| a == b).count();
        // In order, that one is a neighbour of the text.
        let after = self.needles.partition_point(|needle| needle.as_slice().cmp(text) != Ordering::Greater);
        let neighbours = &self.needles[after.saturating_sub(1)..self.needles.len().min(after + 1)];
        neighbours.iter().map(common).max().unwrap_or(0)
    }
}

/// How much of a secret of `length` bytes is enough to recognise it.
fn key_length(length: usize) -> usize {
    if length <= WHOLE { length } else { (length * 3).div_ceil(4).clamp(WHOLE, LONGEST_KEY) }
}

/// The spellings of a secret that are not undone in the text.
fn spellings(text: &str, add: &mut impl FnMut(&str)) {
    add(text);
    add(text.trim());
    // What is in base64 cannot be undone in the text. HTTP Basic holds a secret form-encoded (RFC 6749 §2.3.1), a body that
    // was JSON escaped.
    let escaped = Value::from(text).to_string();
    let inside = BTreeSet::from([text, &form(text), escaped.trim_matches('"')].map(str::to_owned));
    for core in inside.iter().flat_map(|text| base64_cores(text.as_bytes())) {
        if core.len() >= SHORTEST_BASE64 {
            add(&core);
        }
    }
}

fn form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// True where no letter or digit stands beside the spot.
fn stands_alone(text: &str, spot: &Range<usize>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = text.get(..spot.start).and_then(|text| text.chars().next_back());
    let after = text.get(spot.end..).and_then(|text| text.chars().next());
    !is_word(before) && !is_word(after)
}

/// What base64 of any text that holds `bytes` must hold, for each of the three places in a group of three that they may
/// begin at, in both alphabets.
fn base64_cores(bytes: &[u8]) -> Vec<String> {
    let mut cores = Vec::new();
    for lead in 0..3 {
        let mut padded = vec![0; lead];
        padded.extend_from_slice(bytes);
        let whole = padded.len() * 8 / 6;
        let skip = (lead * 8).div_ceil(6);
        for engine in [&STANDARD, &URL_SAFE] {
            let encoded = engine.encode(&padded);
            if let Some(core) = encoded.get(skip..whole) {
                cores.push(core.to_owned());
            }
        }
    }
    cores
}

/// True for names of headers, form fields and members whose values are not shown.
pub fn is_sensitive_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = [
        "auth",
        "key",
        "pin",
        "otp",
        "totp",
        "pass",
        "passcode",
        "cookie",
        "pwd",
        "credential",
        "credentials",
        "code",
        "sig",
        "signature",
        "hmac",
        "session",
        "jwt",
        "csrf",
        "xsrf",
    ];
    is_token_name(&name)
        || holds(&name, &["apikey", "authorization", "passphrase", "sessionid"])
        || name.split(['-', '_', '.']).any(|word| words.contains(&word) || word == "refresh" && !is_about(&name))
}

/// A URL, or its path and query, without the values that stand in its query under names that speak of secrets: some
/// gateways want their key there.
pub fn mask_query(url: &str) -> Cow<'_, str> {
    let Some((before, query)) = url.split_once('?') else { return Cow::Borrowed(url) };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_sensitive_name(name) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    });
    Cow::Owned(format!("{before}?{}", pairs.collect::<Vec<_>>().join("&")))
}

/// The values that [`mask_query`] hides.
pub fn secrets_in_query(url: &str) -> Vec<Secret> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .filter(|(name, value)| !value.is_empty() && is_sensitive_name(name))
        .map(|(_, value)| Secret::new(value))
        .collect()
}

/// True for names of members that hold a token or another secret in an answer.
fn is_token_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    holds(&name, &["token", "secret", "password", "passwd", "assertion", "jwt", "apikey", "api_key", "api-key"])
}

/// True where one of `parts` is in the name, and what stands behind the last of them is not a word that only describes it.
fn holds(name: &str, parts: &[&str]) -> bool {
    let end = parts.iter().filter_map(|part| Some(name.rfind(part)? + part.len())).max();
    end.is_some_and(|end| !is_about(&name[end..]))
}

/// True for names of what only describes a secret, such as its type and how long it lives.
fn is_about(name: &str) -> bool {
    let harmless =
        ["type", "endpoint", "expir", "url", "uri", "method", "in", "validity", "supported", "use", "ttl", "lifetime"];
    name.split(['-', '_']).any(|word| harmless.iter().any(|h| word == *h || (h.len() > 3 && word.starts_with(h))))
}

/// Tells the texts that stand under the name of a token, at any depth of a JSON text, up to where it is broken.
pub fn tokens_in(json: &[u8], tell: &mut dyn FnMut(&str)) {
    let mut tell = |text: &str| {
        if text.len() >= SHORTEST_ANYWHERE {
            tell(text);
        }
    };
    // Where it breaks off is told by whoever wants it whole.
    let _ = json::texts_under(json, &is_token_name, &mut tell);
}

/// `text` with the values of members, form fields and parameters that bear the name of a token replaced, the credentials
/// in URLs, and anything that looks like a JWT. It reads no grammar, so it works on truncated and broken text too.
///
/// Of what [`is_sensitive_name`] knows beyond tokens, only texts are hidden that stand under a quoted name or behind a bare
/// `=`: the code in the sentence "error code: 17" is what somebody looks for.
pub fn mask_members(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    while let Some(start) = text[at..].find(is_word).map(|offset| at + offset) {
        let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |offset| start + offset);
        let word = &text[start..end];
        at = end;
        let value = if word.starts_with("eyJ") && word.len() > 12 {
            let more = |c: char| !is_word(c) && c != '.';
            Some((start, text[start..].find(more).map_or(text.len(), |offset| start + offset)))
        } else if is_token_name(word) || (is_sensitive_name(word) && names_a_text(&text[end..])) {
            value_after(text, end)
        } else {
            userinfo_after(text, end)
        };
        if let Some((from, to)) = value.filter(|(from, to)| to > from) {
            out.push_str(&text[copied..from]);
            out.push_str(MASK);
            copied = to;
            at = to;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// True where what follows a word makes it the name of a text: `": "…` as in JSON, or `=…`.
fn names_a_text(rest: &str) -> bool {
    let unquoted = rest.trim_start_matches('\\').strip_prefix('"').map(str::trim_start);
    unquoted.and_then(|rest| rest.strip_prefix(':')).is_some_and(|value| value.trim_start().starts_with(['"', '\\']))
        || rest.starts_with('=')
}

/// The extent of the value in `name": "value"`, `name=value` or `name: value` whose name ends at `at`.
fn value_after(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let rest = rest.trim_start_matches(['"', '\\', '\'']).trim_start();
    let rest = rest.strip_prefix([':', '=', '>'])?.trim_start();
    let quoted = rest.trim_start_matches('\\');
    let plain = ["null", "true", "false"].iter().find_map(|word| rest.strip_prefix(word));
    if plain.is_some_and(|end| end.trim_start().starts_with([',', '}', ']'])) {
        return None;
    }
    let (value, length) = match (quoted.strip_prefix('"'), rest.chars().next()) {
        (Some(value), _) => (value, string_length(value, rest.len() - quoted.len())),
        (None, Some('[' | '{')) => (rest, nesting_length(rest)),
        (None, _) => (rest, rest.find(['&', ',', '"', '<', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len())),
    };
    let start = text.len() - value.len();
    Some((start, start + length))
}

/// The extent of the credentials in `https://user:password@host` whose scheme ends at `at`.
fn userinfo_after(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text[at..].strip_prefix("://")?;
    let authority = rest.find(['/', '?', '#', '"', ' ']).map_or(rest, |end| &rest[..end]);
    let start = at + "://".len();
    Some((start, start + authority.rfind('@')?))
}

/// How long a string is that was opened by a quote behind `depth` backslashes, as it is in JSON that is itself a JSON
/// string (1) or deeper (3, 7). It goes to the quote that closes it, whatever the escapes in it are worth, or to the end.
fn string_length(text: &str, depth: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\\' => backslashes += 1,
            // One level down, a backslash is two and a quote brings one of its own.
            b'"' if backslashes % (2 * (depth + 1)) <= depth => return at - backslashes.min(depth),
            _ => backslashes = 0,
        }
    }
    text.len()
}

/// How long an array or object is, brackets included. Where they do not match it goes to the end.
fn nesting_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        at += 1;
        match byte {
            b'"' => at = (at + string_length(&text[at..], 0) + 1).min(text.len()),
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth == 1 => return at,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::growth::check_linear;

    fn redactor(secret: &str) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::new(secret));
        redactor.add_basic("my:id", &Secret::new(secret));
        redactor
    }

    #[track_caller]
    fn check(secret: &str, text: &str, expected: &str) {
        assert_eq!(redactor(secret).redact(text), expected);
    }

    #[test]
    fn a_key_in_a_query_is_hidden_by_its_name() {
        let url = "https://h/t?api_key=a%2Fb&x=1&code=&&token=t";
        assert_eq!(mask_query(url), "https://h/t?api_key=***&x=1&code=&&token=***");
        assert_eq!(secrets_in_query(url), [Secret::new("a/b"), Secret::new("t")]);
        assert_eq!(mask_query("/t"), "/t");
    }

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
    }

    #[test]
    fn base64_is_found_whole_and_inside_longer_text() {
        for prefix in ["", "i", "id", "id:", "client:"] {
            let text = format!("Basic {}", STANDARD.encode(format!("{prefix}sup3r-s3cret~value?>")));
            let shown = redactor("sup3r-s3cret~value?>").redact(&text).into_owned();
            assert!(shown.contains(MASK), "{shown}");
            assert!(shown.len() < "Basic ".len() + MASK.len() + 16, "{shown}");
        }
        check("p+ w/%", "Basic bXklM0FpZDpwJTJCK3clMkYlMjU=", "Basic ***");
        check("p+ w/%", "Basic bXk6aWQ6cCsgdy8l", "Basic ***");
        // {"secret":"a\"b\\c-d/e-f"}
        check("a\"b\\c-d/e-f", "eyJzZWNyZXQiOiJhXCJiXFxjLWQvZS1mIn0=", "eyJzZWNyZXQiOiJ***In0=");
    }

    #[test]
    fn a_short_secret_is_hidden_only_where_it_stands_alone() {
        check("e", "an error: 'e' is refused", "an error: '***' is refused");
        check("abc", "client_secret=abc&x=abcd", "client_secret=***&x=abcd");
    }

    #[test]
    fn text_without_a_secret_is_not_copied() {
        assert!(matches!(redactor("hunter22").redact("plain text % + \\ &"), Cow::Borrowed(_)));
    }

    #[test]
    fn tokens_are_masked_by_the_name_they_stand_under() {
        for (text, expected) in [
            (r#"{"access_token":"abc","x":1}"#, r#"{"access_token":"***","x":1}"#),
            (r#"{"access_token" : "abc"#, r#"{"access_token" : "***"#),
            ("access_token=abc&scope=a", "access_token=***&scope=a"),
            (r#"{\"refresh_token\":\"abc\"}"#, r#"{\"refresh_token\":\"***\"}"#),
            (r#"{"token_type":"Bearer"}"#, r#"{"token_type":"Bearer"}"#),
            ("jwt eyJhbGciOiJub25lIn0.e30.sig end", "jwt *** end"),
            ("<access_token>abc</access_token>", "<access_token>***</access_token>"),
            ("a missing token: see above", "a missing token: *** above"),
            (r#"{"access_token":"a\ud800b\"c\\","x":1}"#, r#"{"access_token":"***","x":1}"#),
            (r#"{"access_token":"a\"#, r#"{"access_token":"***"#),
            (r#"{\"token\":\"a\\\"b\\n\",\"x\":1}"#, r#"{\"token\":\"***\",\"x\":1}"#),
            (r#"{\"token\":\"a"}"#, r#"{\"token\":\"***"}"#),
            (r#"{"tokens":["a","b]",{"c":"d"}],"x":1"#, r#"{"tokens":***,"x":1"#),
            (r#"{"token":{"value":"a\ud800","#, r#"{"token":***"#),
            (r#"Bearer token="a b", error="invalid_token""#, r#"Bearer token="***", error="invalid_token""#),
            ("https://h/x?code=a&x=1#id_token=b&state=c", "https://h/x?code=***&x=1#id_token=***&state=c"),
            (
                r#"{"api_key" : "a","code":"b","pin": 1,"jwt":"c"}"#,
                r#"{"api_key" : "***","code":"***","pin": 1,"jwt":"***"}"#,
            ),
            ("error code: 17", "error code: 17"),
            (r#"{"refresh_token": null,"x":1}"#, r#"{"refresh_token": null,"x":1}"#),
            (r#"{"bound_access_tokens": true,"token": false}"#, r#"{"bound_access_tokens": true,"token": false}"#),
            (r#"{"token_use":"access","tokenType":"Bearer"}"#, r#"{"token_use":"access","tokenType":"Bearer"}"#),
            (r#"{"authorization_endpoint":"https://h/a"}"#, r#"{"authorization_endpoint":"https://h/a"}"#),
            ("token: trueish", "token: ***"),
            ("token: nullable", "token: ***"),
            ("https://u:p@h/x@y and http://h/@", "https://***@h/x@y and http://h/@"),
        ] {
            assert_eq!(mask_members(text), expected);
        }
    }

    #[test]
    fn names_give_secrets_away() {
        for (name, expected) in [
            ("X-Api-Key", true),
            ("Proxy-Authorization", true),
            ("otp", true),
            ("totp", true),
            ("CB-ACCESS-PASSPHRASE", true),
            ("sig", true),
            ("X-Signature", true),
            ("session", true),
            ("JSESSIONID", true),
            ("x-jwt", true),
            ("X-CSRF-Token", true),
            ("xsrf", true),
            ("refresh", true),
            ("refresh_expires_in", false),
            ("design", false),
            ("assign_to", false),
            ("possession", false),
            ("laptop", false),
            ("subject_token", true),
            ("token_type", false),
            ("tokenType", false),
            ("accessTokenExpiresAt", false),
            ("token_use", false),
            ("authorization_endpoint", false),
            ("X-Authorization", true),
            ("sign_in_token", true),
            ("endpoint_secret", true),
            ("token_type_secret", true),
            ("refresh_token_expires_in", false),
            ("id_token_signing_alg_values_supported", false),
            ("tenant", false),
            ("X-Keyboard", false),
            ("acr_values", false),
        ] {
            assert_eq!(is_sensitive_name(name), expected, "{name}");
        }
    }

    #[test]
    fn an_echo_that_was_cut_is_hidden_as_far_as_it_goes() {
        let secret = "kJ8s-d7Fq2.mZx04_LpWn5Yt6Rb1Vc3Ga9He";
        for (from, to) in [(0, 36), (0, 35), (0, 30), (0, 27)] {
            check(secret, &format!("bad: {}…", &secret[from..to]), "bad: ***…");
        }
        let long: String = (0..20_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
        check(&long, &format!("bad: {}!", &long[..long.len() - 1]), "bad: ***!");
        check(&long, &format!("bad: {}x!", &long[..40]), "bad: ***x!");
        let encoded = STANDARD.encode(format!("x:{secret}"));
        check(secret, &format!("bad: {}", &encoded[..encoded.len() - 6]), "bad: eDp***");
    }

    #[test]
    fn secrets_that_overlap_are_hidden_to_the_end_of_the_last() {
        let mut redactor = Redactor::default();
        for secret in ["aaaa-bbbb", "bbbb-cccc", "cccc-dddd-long-enough-to-be-known-by-its-beginning", "bbbb"] {
            redactor.add(&Secret::new(secret));
        }
        let text = "<aaaa-bbbb-cccc-dddd-long-enough-to-be-known-by-its-beginning> bbbb.";
        assert_eq!(redactor.redact(text), "<***> ***.");
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

    #[test]
    fn urls_header_fields_and_bodies_give_up_their_secrets() {
        #[track_caller]
        fn check(teach: impl Fn(&mut Redactor), text: &str, expected: &str) {
            let mut redactor = Redactor::default();
            teach(&mut redactor);
            assert_eq!(redactor.redact(text), expected);
        }
        check(|r| r.add_url("http://us%40er:p%3Aw-1@proxy:1"), "p:w-1 us%40er:p%3Aw-1 dXNAZXI6cDp3LTE=", "*** *** ***");
        check(|r| r.add_url("http://user:pa/ss#1@proxy:1"), "pa/ss#1 user:pa/ss#1", "*** ***");
        check(|r| r.add_url("key-1234@proxy:1"), "bad key-1234", "bad ***");
        check(|r| r.add_url("https://h.example/users/@me"), "h.example/users/ h.example", "h.example/users/ h.example");
        check(|r| r.add_url("https://h/t?api_key=a%2Fbcd&x=longer"), "a/bcd a%2Fbcd longer", "*** *** longer");
        let key = "-----BEGIN PRIVATE KEY-----\\nMIIE/vQIB\\n-----END PRIVATE KEY-----";
        check(|r| r.add_path(key), key, "***");
        check(|r| r.add_path("MIIE\nvQIB"), "no MIIE\nvQIB", "no ***");
        check(|r| r.add_path(&"LS0t".repeat(64)), &"LS0t".repeat(64), "***");
        check(|r| r.add_path(&"/etc/ssl".repeat(64)), "/etc/ssl/etc/ssl", "/etc/ssl/etc/ssl");
        check(|r| r.add_header("Cookie", "a=b; sid=\"c00kie\"; x"), "c00kie", "***");
        check(|r| r.add_header("Proxy-Authorization", "Basic dTpodW50ZXIy"), "hunter2 dTpodW50ZXIy", "*** ***");
        check(|r| r.add_header("Accept", "application/json"), "application/json", "application/json");
        check(|r| r.add_body(b"user=alice&password=p%26w-1"), "alice p&w-1 p%26w-1", "alice *** ***");
        check(
            |r| r.add_body(br#"{"user":"alice","pin":12345,"a":[{"secret":["x-1y"]}]}"#),
            "alice 12345 x-1y",
            "alice *** ***",
        );
    }

    #[test]
    fn more_secrets_than_can_be_looked_for_are_told_of() {
        let mut redactor = Redactor::default();
        (0..MOST_SECRETS).for_each(|number| redactor.add(&Secret::new(format!("secret-{number:06}"))));
        assert!(!redactor.is_overwhelmed());
        redactor.add(&Secret::new("secret-000007"));
        assert!(!redactor.is_overwhelmed());
        redactor.add(&Secret::new("one more"));
        assert!(redactor.is_overwhelmed());
        assert_eq!(redactor.redact("one more secret-000007"), "one more ***");
        let mut redactor = Redactor::default();
        redactor.add_tokens_in(serde_json::json!({ "token": "t".repeat(MOST_BYTES + 1) }).to_string().as_bytes());
        assert!(redactor.is_overwhelmed());
    }

    #[track_caller]
    fn check_growth(small: usize, make: impl Fn(usize) -> (Vec<String>, String)) {
        check_linear(small, &make, |(secrets, text)| {
            let mut redactor = Redactor::default();
            secrets.iter().for_each(|secret| redactor.add(&Secret::new(secret)));
            std::hint::black_box(mask_members(&redactor.redact(text)));
        });
    }

    #[test]
    fn the_work_grows_no_faster_than_text_and_secrets() {
        let numbered = |count: usize| (0..count).map(|n| format!("token-{n:08}")).collect::<Vec<_>>();
        check_growth(32, |size| (numbered(size), numbered(size).join("\",\"")));
        check_growth(32, |size| (numbered(size), "token-0000000".repeat(size)));
        // One long secret, all but one character of it, and all of it several times.
        check_growth(1 << 10, |size| (vec!["a".repeat(size)], "a".repeat(size - 1)));
        check_growth(1 << 10, |size| (vec!["a".repeat(size) + "b"], "a".repeat(size * 4)));
        check_growth(1 << 10, |size| (vec!["ab".repeat(size), "ba".repeat(size)], "ab".repeat(size)));
        // What there is to be undone.
        check_growth(1 << 10, |size| (vec!["%25".repeat(size)], "%252525".repeat(size)));
        check_growth(1 << 10, |size| (vec!["x\\u0041".repeat(size)], "\\\\u0041&amp;&#".repeat(size)));
    }

    #[test]
    fn masking_by_name_grows_no_faster_than_the_text() {
        for piece in [
            "token:",
            "\"tokens\":[",
            "token\\\\\\",
            "code \"",
            "a://b@",
            "a://",
            "token = \"\\",
            "eyJhbGciOi.",
            "{[\"",
            "token:{",
        ] {
            check_growth(1 << 9, |size| (Vec::new(), piece.repeat(size)));
        }
    }

    proptest! {
        #[test]
        fn a_string_under_a_tokens_name_goes_to_its_closing_quote(value in r#"([a-z]|\\[u/x"\\]){1,20}"#) {
            let text = format!(r#"{{"access_token":"{value}","x":1}}"#);
            prop_assert_eq!(mask_members(&text), r#"{"access_token":"***","x":1}"#);
            let inner = value.replace('\\', r"\\").replace('"', r#"\""#);
            let text = format!(r#"{{"error":"{{\"access_token\":\"{inner}\",\"x\":1}}"}}"#);
            prop_assert_eq!(mask_members(&text), r#"{"error":"{\"access_token\":\"***\",\"x\":1}"}"#);
        }

        #[test]
        fn no_encoding_of_a_secret_survives(secret in "[ -~é€]{6,40}", before in "[a-z =&\"]{0,8}", after in "[a-z =&\"]{0,8}") {
            let redactor = redactor(&secret);
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let percent = percent_encoding::utf8_percent_encode(&secret, percent_encoding::NON_ALPHANUMERIC).to_string();
            let json = serde_json::to_string(&secret).unwrap();
            let json = json.trim_matches('"').to_owned();
            let spellings = [secret.clone(), form, percent, STANDARD.encode(&secret), STANDARD.encode(format!("my:id:{secret}"))];
            for spelling in spellings {
                let shown = redactor.redact(&format!("{before}{spelling}{after}")).into_owned();
                prop_assert!(!shown.contains(&spelling), "{}", shown);
            }
            let quoted = redactor.redact(&format!("{before}\"{json}\"{after}")).into_owned();
            prop_assert!(quoted.contains(MASK));
        }
    }
}
