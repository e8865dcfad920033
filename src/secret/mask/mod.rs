//! What foreign text gives away by itself is masked: what stands under names that speak of secrets and, where the text as a
//! whole may be a token, whatever could be one.
//!
//! JSON stays JSON, and a web page stays one.

mod likely;
mod markup;
mod text;

use std::borrow::Cow;
use std::ops::Range;

use super::MASK;
use super::names::{is_code_of_an_error, is_sensitive_name, is_token_name, unescaped};
use crate::json::{self, Piece, pieces};

/// What a foreign text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Something that names its secrets.
    Named,
    /// An explanation, of which the words are to be read.
    Said,
    /// What is said of something that failed: words, with the ids of events in them. A token among them has no name.
    Complaint,
    /// Perhaps a token, or something that holds one under a name that nobody foresaw.
    PerhapsToken,
}

/// `text` without what is secret in it, by its names and by its nature.
pub fn mask(text: &str, nature: Nature) -> Cow<'_, str> {
    if json::check(text).is_ok() {
        return mask_json(text, nature);
    }
    let begins = text.trim_start();
    let is_markup = begins.starts_with('<');
    let text = match nature {
        Nature::PerhapsToken if begins.starts_with(['{', '[', '"']) => Cow::Owned(mask_values(text)),
        Nature::PerhapsToken if !is_markup && is_one_word(text) => return Cow::Borrowed(MASK),
        Nature::PerhapsToken if is_markup && !is_page(begins) => Cow::Owned(mask_leaves(text)),
        _ => Cow::Borrowed(text),
    };
    let text = if is_markup { then(text, markup::mask_markup) } else { text };
    if nature == Nature::Said {
        return then(text, text::mask_assigned);
    }
    let text = then(text, text::mask_named);
    match nature {
        Nature::Named | Nature::Said => text,
        Nature::Complaint => then(text, |text| likely::mask_words(text, true)),
        Nature::PerhapsToken => then(text, |text| likely::mask_words(text, false)),
    }
}

/// What `step` makes of a text that may have been changed before.
fn then<'a>(text: Cow<'a, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    match step(&text) {
        Cow::Owned(changed) => Cow::Owned(changed),
        Cow::Borrowed(_) => text,
    }
}

/// What a member's name says of its value.
#[derive(Debug, Clone, Copy, Default)]
struct Says {
    is_token: bool,
    is_sensitive: bool,
    is_public: bool,
}

fn mask_json(text: &str, nature: Nature) -> Cow<'_, str> {
    let mut out = Patched::new(text);
    let mut outer = Vec::new();
    let (mut says, mut name) = (Says::default(), Cow::Borrowed(""));
    // The bracket of what is hidden as a whole, and how deep it lies.
    let mut hidden: Option<(usize, usize)> = None;
    let has_names = text.contains(':') && pieces(text).any(|piece| matches!(piece, Piece::Name(_)));
    for piece in pieces(text) {
        match (piece, hidden) {
            (Piece::Open(start), None) => {
                outer.push(says);
                if says.is_token {
                    hidden = Some((start, outer.len()));
                }
            }
            (Piece::Open(_), Some(_)) => outer.push(says),
            (Piece::Close(end), _) => {
                if let Some((start, _)) = hidden.filter(|(_, depth)| *depth == outer.len()) {
                    out.replace(start..end + 1, &format!("\"{MASK}\""));
                    hidden = None;
                }
                says = outer.pop().unwrap_or_default();
            }
            (_, Some(_)) => {}
            (Piece::Name(range), None) => {
                name = unescaped(&text[range]);
                let is_said = nature == Nature::Said;
                says = Says {
                    is_token: !is_said && is_token_name(&name),
                    is_sensitive: !is_said && is_sensitive_name(&name),
                    is_public: is_public_name(&name),
                };
            }
            (Piece::Number(range), None) if says.is_token => out.replace(range, &format!("\"{MASK}\"")),
            (Piece::Number(_), None) => {}
            (Piece::Text(range), None) => {
                let value = &text[range.clone()];
                let is_named = says.is_token || says.is_sensitive && !is_code_of_an_error(&name, value);
                let is_unnamed =
                    nature == Nature::PerhapsToken && !says.is_public && is_one_word(value) && !is_url(value);
                if value.is_empty() {
                } else if is_named || is_unnamed {
                    out.replace(range, MASK);
                } else {
                    let shown =
                        if nature == Nature::Said { text::mask_assigned(value) } else { text::mask_named(value) };
                    // Without a name it is no more than a text.
                    let nature = if nature == Nature::Complaint && has_names { Nature::Named } else { nature };
                    match (nature, shown) {
                        (Nature::Named | Nature::Said, Cow::Borrowed(_)) => {}
                        (Nature::Named | Nature::Said, Cow::Owned(shown)) => out.replace(range, &shown),
                        (nature, shown) => {
                            out.replace(range, &likely::mask_words(&shown, nature == Nature::Complaint));
                        }
                    }
                }
            }
        }
    }
    out.finish()
}

/// A text with some of its extents replaced, in order.
struct Patched<'t> {
    text: &'t str,
    out: String,
    copied: usize,
}

impl<'t> Patched<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, out: String::new(), copied: 0 }
    }

    fn replace(&mut self, range: Range<usize>, by: &str) {
        self.out.push_str(&self.text[self.copied..range.start]);
        self.out.push_str(by);
        self.copied = range.end;
    }

    fn finish(mut self) -> Cow<'t, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out.push_str(&self.text[self.copied..]);
        Cow::Owned(self.out)
    }
}

/// Broken JSON of which any word may be a token: names are shown, and what stands under public ones.
fn mask_values(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "_-.+/=~%$@#*".contains(c);
    let mut out = Patched::new(text);
    let (mut is_public, mut at) = (false, 0);
    while let Some(start) = text[at..].find(is_part).map(|offset| at + offset) {
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |length| start + length);
        let word = &text[start..end];
        at = end;
        let is_literal = word.parse::<f64>().is_ok() || ["true", "false", "null"].contains(&word);
        if is_url(&text[start..]) {
            at = text[start..].find(['"', '\'', ' ', ',', '}']).map_or(text.len(), |length| start + length);
        } else if text[end..].trim_start_matches(['"', '\'', '\\']).trim_start().starts_with(':') {
            is_public = is_public_name(word);
        } else if !is_public && !is_literal {
            out.replace(start..end, MASK);
        }
    }
    out.finish().into_owned()
}

/// XML of which any element may hold a token.
fn mask_leaves(text: &str) -> String {
    let mut out = Patched::new(text);
    let mut at = 0;
    while let Some(end) = memchr::memchr(b'>', &text.as_bytes()[at..]).map(|offset| at + offset + 1) {
        let tag = text[at..end].rfind('<').map_or("", |start| &text[at + start + 1..end - 1]);
        let next = memchr::memchr(b'<', &text.as_bytes()[end..]).map_or(text.len(), |offset| end + offset);
        let name = tag.split([' ', '/', '\n', '\t']).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or(name);
        let value = &text[end..next];
        if is_one_word(value) && !is_public_name(name) && !is_url(value.trim()) {
            out.replace(end..next, MASK);
        }
        at = next;
    }
    out.finish().into_owned()
}

fn is_page(text: &str) -> bool {
    let head: String = text.chars().take(1024).flat_map(char::to_lowercase).collect();
    ["<html", "<!doctype html", "<title", "<body", "<head"].iter().any(|mark| head.contains(mark))
}

fn is_one_word(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(char::is_whitespace)
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://") || text.starts_with("urn:")
}

/// True for names under which no server hands a token out, in whatever spelling.
fn is_public_name(name: &str) -> bool {
    const NAMES: [&str; 38] = [
        "error",
        "errorcode",
        "errors",
        "errordescription",
        "errormessage",
        "errorsummary",
        "errordetail",
        "errortype",
        "erroruri",
        "message",
        "msg",
        "detail",
        "details",
        "description",
        "reason",
        "title",
        "hint",
        "faultstring",
        "faultcode",
        "type",
        "status",
        "statuscode",
        "success",
        "ok",
        "tokentype",
        "issuedtokentype",
        "scope",
        "scopes",
        "expiresin",
        "expiresat",
        "expiry",
        "timestamp",
        "time",
        "date",
        "path",
        "issuer",
        "requestid",
        "traceid",
    ];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::growth::check_linear;

    const UUID: &str = "6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8";

    #[test]
    fn json_stays_json_and_public_names_stand_as_they_came() {
        for json in [
            r#"{"authorization_endpoint":"https://h/a","end_session_endpoint":"https://h/l","check_session_iframe":"https://h/c"}"#,
            r#"{"token_use":"access","token_uses":["access"],"token_type":"Bearer","expires_in":1}"#,
            r#"{"tls_client_certificate_bound_access_tokens":true,"code_challenge_methods_supported":["S256"],"x":[1,null]}"#,
            r#"{"token_endpoint_auth_method":"client_secret_basic","id_token_signed_response_alg":"RS256"}"#,
            r#"{"error":"invalid_client","error_codes":[7000215],"code":"E0000004","trace_id":"6f1c2e9a-8d0b"}"#,
            r#"{"error_description":"missing token: \"see above\"","a":"token:","b":"c"}"#,
        ] {
            if !json.contains("missing") {
                assert_eq!(mask(json, Nature::Named), json);
            }
            assert!(json::check(&mask(json, Nature::PerhapsToken)).is_ok());
        }
        for (json, expected) in [
            (r#"{"token":5,"tokens":["a",{"b":"c"}],"x":1}"#, r#"{"token":"***","tokens":"***","x":1}"#),
            (r#"{"secret":{"a":[1,2]},"password" : "p\"q"}"#, r#"{"secret":"***","password" : "***"}"#),
            (r#"{"a":"token:","b":"x"}"#, r#"{"a":"token:","b":"x"}"#),
            (r#"{"a":"see token=\"x\", y"}"#, r#"{"a":"see token=\"***\", y"}"#),
            (r#"{"\u0074oken":"x"}"#, r#"{"\u0074oken":"***"}"#),
        ] {
            assert_eq!(mask(json, Nature::Named), expected);
        }
    }

    #[test]
    fn where_any_text_may_be_a_token_only_what_cannot_be_one_is_shown() {
        for (text, expected) in [
            (UUID, "***"),
            (" word\n", "***"),
            ("\"a word\"", "\"a word\""),
            ("\"word\"", "\"***\""),
            (r#"["word"]"#, r#"["***"]"#),
            (
                r#"{"foo":"word","n":17,"message":"not ready","url":"https://h/x"}"#,
                r#"{"foo":"***","n":17,"message":"not ready","url":"https://h/x"}"#,
            ),
            (r#"{"message":"6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8"}"#, r#"{"message":"***"}"#),
            (r#"{"foo":"wor"#, r#"{"foo":"***"#),
            (r#""wor"#, r#""***"#),
            ("{'foo': 'word', message: 'not ready', n: 17}", "{'foo': '***', message: 'not ready', n: 17}"),
            (r#"{"foo":word,"u":"https://h/x","#, r#"{"foo":***,"u":"https://h/x","#),
            ("<string xmlns='x'>word</string>", "<string xmlns='x'>***</string>"),
            ("<r><message>no</message><a>two words</a></r>", "<r><message>no</message><a>two words</a></r>"),
            ("a=b&c=d", "***"),
            ("the token is 6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8.", "the token is ***"),
            ("6f1c2e9a-8d0b-4c3e-9f10\n6f1c2e9a-8d0b-4c3e-9f11", "***\n***"),
            ("<html><p>id 6f1c2e9a-8d0b-4c3e</p>", "<html><p>id ***</p>"),
        ] {
            assert_eq!(mask(text, Nature::PerhapsToken), expected);
        }
    }

    #[test]
    fn a_complaint_is_shown_without_tokens_and_with_its_ids() {
        for (text, expected) in [
            ("Service Unavailable", "Service Unavailable"),
            ("bad token 6f1c2e9a-8d0b-4c3e-9f10", "bad token ***"),
            ("request id 6f1c2e9a-8d0b-4c3e-9f10", "request id 6f1c2e9a-8d0b-4c3e-9f10"),
            ("\"6f1c2e9a-8d0b-4c3e-9f10\"", "\"***\""),
            ("[\"no 6f1c2e9a-8d0b-4c3e-9f10\"]", "[\"no ***\"]"),
            (r#"{"trace":"6f1c2e9a-8d0b-4c3e-9f10"}"#, r#"{"trace":"6f1c2e9a-8d0b-4c3e-9f10"}"#),
            ("<input type=hidden value=x>", "<input type=hidden value=***>"),
        ] {
            assert_eq!(mask(text, Nature::Complaint), expected);
        }
    }

    #[test]
    fn masking_grows_no_faster_than_the_text() {
        let list = |item: &str, size| format!("[{}]", vec![item; size].join(","));
        for make in [
            &(|size| list(r#"{"token":["a"]}"#, size)) as &dyn Fn(usize) -> String,
            &|size| list("\"6f1c2e9a-8d0b-4c3e\"", size),
            &|size| format!("{{\"{}\":1}}", "token".repeat(size)),
            &|size| "<a>b".repeat(size),
            &|size| "\"a\\".repeat(size),
            &|size| "6f1c2e9a-8d0b-4c3e ".repeat(size),
            &|size| "a1b2=:".repeat(size),
            &|size| "{\"a\":".repeat(size),
            &|size| "{a\\\\".repeat(size),
        ] {
            for nature in [Nature::Named, Nature::Said, Nature::Complaint, Nature::PerhapsToken] {
                check_linear(1 << 8, make, |text| {
                    std::hint::black_box(mask(text, nature));
                });
            }
        }
    }

    proptest! {
        #[test]
        fn json_that_is_masked_is_json(texts in proptest::collection::vec(r#"(token|code|secret|eyJ|=|:|"|\\|[a-z0-9 &<>{}\[\],/@]|://){0,12}"#, 1..6)) {
            let mut object = serde_json::Map::new();
            for (number, text) in texts.iter().enumerate() {
                let name = ["access_token", "code", "x", "message", "tokens", text][number % 6];
                object.insert(name.to_owned(), serde_json::json!([text, { text: text }]));
                object.insert(format!("{name}{number}"), text.as_str().into());
            }
            let json = serde_json::Value::from(object).to_string();
            for nature in [Nature::Named, Nature::Said, Nature::Complaint, Nature::PerhapsToken] {
                let masked = mask(&json, nature).into_owned();
                prop_assert!(json::check(&masked).is_ok(), "{masked}");
            }
        }
    }
}
