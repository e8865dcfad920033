//! One automaton for all secrets, in every spelling that no layer undoes.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Input, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use zeroize::Zeroizing;

use super::reading::Reading;
use super::{MOST_BYTES, Redactor, SHORTEST_ANYWHERE};

/// The shortest piece of base64 that is looked for; shorter ones occur by chance.
const SHORTEST_BASE64: usize = 8;

/// The shortest secret (bytes) that is looked for in hexadecimal digits; shorter ones occur by chance.
const SHORTEST_HEX: usize = 4;

/// The shortest secret (bytes) that is looked for without its white space; shorter ones occur across words by chance.
const SHORTEST_SQUEEZED: usize = 8;

/// A secret longer than the first figure (bytes) is recognised by its beginning, three quarters of it but no more than the
/// second figure: servers and programs cut what they echo.
const WHOLE: usize = 12;
const LONGEST_STEM: usize = 32;

/// What is looked for, and how.
#[derive(Debug)]
pub(super) struct Search {
    /// Every spelling of every secret that no layer undoes, in order.
    needles: Vec<Zeroizing<Vec<u8>>>,
    /// The beginnings by which they are recognised, by the automaton's numbers.
    stems: Vec<Stem>,
    automaton: Option<NFA>,
}

#[derive(Debug, Clone, Copy)]
struct Stem {
    length: usize,
    /// It counts only where it stands alone.
    short: bool,
    /// Some needle goes on behind it.
    goes_on: bool,
}

impl Search {
    pub(super) fn new(redactor: &Redactor) -> Self {
        let mut needles = BTreeSet::new();
        let mut add = |text: &str| {
            for reading in Reading::readings(text).filter(|reading| !reading.bytes.is_empty()) {
                let squeezed = reading.squeezed().filter(|(bytes, _)| bytes.len() >= SHORTEST_SQUEEZED);
                needles.extend(squeezed.map(|(bytes, _)| bytes.to_ascii_lowercase()));
                needles.insert(reading.bytes.to_ascii_lowercase());
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
        let mut stems: Vec<(&[u8], Stem)> = Vec::new();
        for needle in &needles {
            let length = stem_length(needle.len());
            let short = String::from_utf8_lossy(needle).chars().count() < SHORTEST_ANYWHERE;
            let goes_on = length < needle.len();
            match stems.last_mut().filter(|(stem, _)| *stem == &needle[..length]) {
                Some((_, stem)) => {
                    *stem = Stem { short: stem.short && short, goes_on: stem.goes_on || goes_on, ..*stem }
                }
                None => stems.push((&needle[..length], Stem { length, short, goes_on })),
            }
        }
        // It fails only where there are more patterns than numbers for them, which the bounds above rule out; without it
        // everything is hidden.
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(true)
            .build(stems.iter().map(|(stem, _)| *stem))
            .ok();
        let stems = stems.into_iter().map(|(_, stem)| stem).collect();
        Self { needles, stems, automaton }
    }

    /// The extents of secrets in `text`, in order; none touches the next.
    pub(super) fn spots(&self, text: &str) -> Vec<Range<usize>> {
        let mut spots = Vec::new();
        for reading in Reading::readings(text) {
            let extent = |range| reading.extent(range, text);
            self.spots_in(&reading.bytes, &extent, text, &mut spots);
            if let Some((bytes, places)) = reading.squeezed() {
                let extent = |range: Range<usize>| reading.extent(places[range.start]..places[range.end - 1] + 1, text);
                self.spots_in(&bytes, &extent, text, &mut spots);
            }
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

    /// Adds the extents of secrets in `bytes`, which `extent` finds in `text`.
    fn spots_in(
        &self,
        bytes: &[u8],
        extent: &dyn Fn(Range<usize>) -> Range<usize>,
        text: &str,
        spots: &mut Vec<Range<usize>>,
    ) {
        // Some servers change the case of what they echo.
        let whole = Zeroizing::new(bytes.to_ascii_lowercase());
        let whole = &whole[..];
        let Some(automaton) = &self.automaton else {
            spots.push(0..text.len());
            return;
        };
        // Following secrets beyond their stems may not take longer than reading the text a few times does. Only a text made
        // for it gets there, and nothing of what is left of such a one is worth showing.
        let mut patience = whole.len().saturating_mul(8).saturating_add(MOST_BYTES);
        let input = Input::new(whole);
        let mut state = OverlappingState::start();
        while automaton.try_find_overlapping(&input, &mut state).is_ok() {
            let Some(found) = state.get_match() else { return };
            let Some(stem) = self.stems.get(found.pattern().as_usize()) else { return };
            let start = found.end() - stem.length;
            let length = if stem.goes_on { self.agreement(&whole[start..]).max(stem.length) } else { stem.length };
            let spot = extent(start..start + length);
            if !stem.short || stands_alone(text, &spot) {
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
                    spots.push(extent(start..whole.len()));
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
fn stem_length(length: usize) -> usize {
    if length <= WHOLE { length } else { (length * 3).div_ceil(4).clamp(WHOLE, LONGEST_STEM) }
}

/// The spellings of a secret that are not undone in the text.
fn spellings(text: &str, add: &mut impl FnMut(&str)) {
    add(text);
    add(text.trim());
    // As one who reads bytes of Latin-1, or writes ASCII, gets it.
    for instead in ["\u{fffd}", "?"] {
        if !text.is_ascii() {
            add(&text.replace(|c: char| !c.is_ascii(), instead));
        }
    }
    if text.len() >= SHORTEST_HEX {
        add(&text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
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

#[cfg(test)]
mod tests {
    use super::super::tests::{check, redactor};
    use super::*;
    use crate::secret::MASK;
    use crate::secret::Secret;

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
}
