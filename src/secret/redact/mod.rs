//! Blots known secrets out of text that is about to be shown.
//!
//! Redaction is by value, so it also works on what a server, a proxy or a library chose to echo. A secret is recognised
//! in every spelling it is likely to come back in: as it is, form- or percent-encoded, JSON-escaped, as HTML entities, any
//! mixture of those, and inside base64 of a longer text at any of its three alignments.
//!
//! The text is foreign, and so may be some of the secrets. The work is therefore linear in the size of both: spellings are
//! undone in the text, layer by layer, instead of being tried at each place of it, and one automaton looks for all secrets
//! in one pass over each layer.

mod learn;
mod reading;
mod search;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use self::search::Search;
use super::{MASK, Secret};
use crate::json::{self, Piece, pieces};

/// Secrets shorter than this (characters) are blotted out only where they stand alone: replacing every `a` of a message
/// would spoil it and spell the secret out by its gaps.
const SHORTEST_ANYWHERE: usize = 4;

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
    /// Where answers hold the token, if that is not under the name of one.
    token_at: Option<String>,
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

    /// Answers hold the token where this points to (RFC 6901), under whatever name.
    pub fn expect_token_at(&mut self, pointer: &str) {
        self.token_at = Some(pointer.to_owned());
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

    /// `text` with every known secret replaced by [`MASK`]. What is JSON stays JSON: a number becomes a string for it.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let redacted = self.redact_plainly(text);
        // Only where something was hidden in it there is a difference to make.
        let is_json = |text: &str| json::check(text).is_ok();
        match redacted {
            Cow::Owned(redacted)
                if text.trim_start().starts_with(['{', '[']) && !is_json(&redacted) && is_json(text) =>
            {
                let kept = self.redact_pieces(text);
                // A secret that lies across several pieces is none of them.
                Cow::Owned(if matches!(self.redact_plainly(&kept), Cow::Owned(_)) { redacted } else { kept })
            }
            redacted => redacted,
        }
    }

    /// JSON with every known secret in one of its texts, names and numbers replaced.
    fn redact_pieces(&self, json: &str) -> String {
        let mut out = String::with_capacity(json.len());
        let mut copied = 0;
        for piece in pieces(json) {
            let (range, quote) = match piece {
                Piece::Name(range) | Piece::Text(range) => (range, ""),
                Piece::Number(range) => (range, "\""),
                Piece::Open(_) | Piece::Close(_) => continue,
            };
            if let Cow::Owned(redacted) = self.redact_plainly(&json[range.clone()]) {
                out.extend([&json[copied..range.start], quote, &redacted, quote]);
                copied = range.end;
            }
        }
        out.push_str(&json[copied..]);
        out
    }

    fn redact_plainly<'a>(&self, text: &'a str) -> Cow<'a, str> {
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::growth::check_linear;
    use crate::secret::mask::{Nature, mask};

    pub(super) fn redactor(secret: &str) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::new(secret));
        redactor.add_basic("my:id", &Secret::new(secret));
        redactor
    }

    #[track_caller]
    pub(super) fn check(secret: &str, text: &str, expected: &str) {
        assert_eq!(redactor(secret).redact(text), expected);
    }

    #[test]
    fn text_without_a_secret_is_not_copied() {
        assert!(matches!(redactor("hunter22").redact("plain text % + \\ &"), Cow::Borrowed(_)));
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

    #[test]
    fn json_stays_json() {
        let mut redactor = Redactor::default();
        for secret in ["12345", "pa\"ss\\w", "k:v"] {
            redactor.add(&Secret::new(secret));
        }
        for (text, expected) in [
            (r#"{"pin":12345,"x":[1123456,true],"12345":"12345"}"#, r#"{"pin":"***","x":["1***6",true],"***":"***"}"#),
            (r#"{"a":"pa\"ss\\w","b":12345}"#, r#"{"a":"***","b":"***"}"#),
            (r#"{"k":"v","n":12345}"#, r#"{"k":"v","n":"***"}"#),
            ("pin 12345", "pin ***"),
        ] {
            assert_eq!(redactor.redact(text), expected);
        }
    }

    #[track_caller]
    fn check_growth(small: usize, make: impl Fn(usize) -> (Vec<String>, String)) {
        check_linear(small, &make, |(secrets, text)| {
            let mut redactor = Redactor::default();
            secrets.iter().for_each(|secret| redactor.add(&Secret::new(secret)));
            std::hint::black_box(mask(&redactor.redact(text), Nature::Named));
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

    proptest! {
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
