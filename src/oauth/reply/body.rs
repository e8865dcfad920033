//! A body by what it is, whatever the Content-Type claims, and what may be said of it.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::Value;

use super::error::{SHOWN, Said, error_in, xml_leaves};
use crate::json::{self, Members, reformat};
use crate::oauth::challenge::challenges;
use crate::secret::MASK;
use crate::secret::mask::{Nature, mask};
use crate::text::{abridged, capped, one_line};
use crate::wire::Reply;

/// So many items and members of an answer that is no object are read.
const MOST_SAID: usize = 1 << 14;

/// What is said of a body that cannot be shown without giving secrets away.
pub const WITHHELD: &str = "a text that is not shown: there are too many secrets in it to hide each of them";

/// A body that says nothing about tokens, described without showing much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodySummary {
    /// What kind of text it is, such as `an HTML page titled "Sign in"`.
    pub kind: String,
    /// It is a web page.
    pub is_page: bool,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// Bytes after decoding.
    pub size: usize,
    /// The beginning of it, where that helps.
    pub excerpt: Option<String>,
    /// Where it seems to hold a token, if not where one should be (RFC 6901).
    pub token_at: Option<String>,
    /// It has an ID token in the place of the access token (OpenID Connect Core §3.1.3.3).
    pub has_id_token: bool,
}

/// A body by what it is.
pub(super) struct Body {
    pub(super) content: Content,
    pub(super) had_bom: bool,
}

pub(super) enum Content {
    Empty,
    Object(Members),
    Form(Members),
    Json(Value),
    Html {
        title: Option<String>,
    },
    Xml(String),
    Text(String),
    BrokenJson(String),
    Binary(&'static str),
    Undecoded(String),
    /// It holds more secrets than can be hidden.
    Withheld,
}

impl Body {
    pub(super) fn read(reply: &Reply) -> Self {
        let bytes = readable(reply);
        let (bytes, had_bom) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (&bytes[..], false),
        };
        let content = Content::read(bytes);
        match &reply.undecoded {
            // A coding over what can be read is a label and no more.
            Some(why) if !matches!(content, Content::Object(_) | Content::Form(_)) => {
                Self { content: Content::Undecoded(why.clone()), had_bom: false }
            }
            _ => Self { content, had_bom },
        }
    }

    pub(super) fn members(&self) -> Option<&Members> {
        match &self.content {
            Content::Object(members) | Content::Form(members) => Some(members),
            _ => None,
        }
    }

    /// True where what it holds stands under names.
    pub(super) fn has_names(&self) -> bool {
        match &self.content {
            Content::Object(_) | Content::Form(_) => true,
            Content::Json(Value::Array(items)) => items.iter().any(Value::is_object),
            _ => false,
        }
    }

    /// True where an error is read from its members or elements. A page may name its own encoding.
    pub(super) fn is_data(&self) -> bool {
        matches!(self.content, Content::Object(_) | Content::Form(_) | Content::Json(_) | Content::Xml(_))
    }

    fn kind(&self) -> String {
        match &self.content {
            Content::Empty => "an empty body".into(),
            Content::Object(_) => "a JSON object".into(),
            Content::Form(_) => "a form".into(),
            Content::Json(value) => format!("JSON, but {}", json_kind(value)),
            Content::Html { title: Some(title) } => format!("an HTML page titled \"{}\"", capped(title, 100)),
            Content::Html { title: None } => "an HTML page".into(),
            Content::Xml(_) => "XML".into(),
            Content::Text(_) => "plain text".into(),
            Content::BrokenJson(why) => format!("broken JSON ({why})"),
            Content::Binary(what) => (*what).into(),
            Content::Undecoded(why) => format!("a body whose Content-Encoding cannot be undone ({why})"),
            Content::Withheld => WITHHELD.into(),
        }
    }

    pub(super) fn summary(&self, reply: &Reply) -> BodySummary {
        // Objects come out through the members that were understood; nothing else of them is shown, as any other may be
        // a token under a name nobody foresaw. Plain text is what the server said, and is told as that.
        let excerpt = match &self.content {
            Content::Xml(text) => Some(text.as_str()),
            Content::BrokenJson(_) => std::str::from_utf8(&reply.body).ok(),
            _ => None,
        };
        let excerpt = excerpt.map(|text| capped(&mask(&one_line(text), Nature::Named), 80)).filter(|text| text != MASK);
        BodySummary {
            kind: self.kind(),
            is_page: matches!(self.content, Content::Html { .. }),
            content_type: reply.header("content-type").map(|t| capped(t, 80)),
            size: reply.body.len(),
            excerpt: excerpt.filter(|text| !text.is_empty()),
            token_at: None,
            has_id_token: false,
        }
    }

    /// What the body, or failing that a WWW-Authenticate header, says about an error.
    pub(super) fn error(&self, reply: &Reply) -> Said {
        let mut said = match &self.content {
            Content::Object(members) | Content::Form(members) => {
                // Of a name that stands twice the first counts, as it does for Members::get.
                let mut pairs = serde_json::Map::new();
                for (name, value) in members.iter() {
                    if let serde_json::map::Entry::Vacant(place) = pairs.entry(name) {
                        place.insert(value);
                    }
                }
                error_in(&Value::Object(pairs))
            }
            Content::Json(value) => error_in(value),
            Content::Xml(text) => error_in(&xml_leaves(text)),
            // A word that may be a token says nothing else.
            Content::Text(text) if text == MASK => Said::nothing(),
            Content::Text(text) => Said::in_words(quoted(&one_line(text), SHOWN)),
            Content::Withheld => Said::in_words(format!("({WITHHELD})")),
            _ => Said::nothing(),
        };
        for challenge in challenges(&reply.headers) {
            said = said.or_challenge(&challenge);
        }
        // A code that is the status once more says nothing either.
        let says_the_status = said.oauth.error.as_ref().is_some_and(|code| *code == reply.status.to_string());
        if says_the_status {
            said.code = None;
        }
        if said.oauth.description.is_none() && (says_the_status || said.oauth.error.is_none()) {
            said.oauth.description = self.in_its_own_words(reply.status);
        }
        // Once more: in a form or behind JSON's escapes nothing looked like what it is.
        for text in [&mut said.oauth.error, &mut said.oauth.description, &mut said.oauth.uri].into_iter().flatten() {
            *text = mask(text, Nature::Said).into_owned();
        }
        said
    }

    /// True where a member says by its name that this is an error, whatever the status.
    pub(super) fn has_error(&self) -> bool {
        match &self.content {
            Content::Object(members) | Content::Form(members) => {
                members.get("error").is_some_and(|error| !is_empty(&error))
            }
            Content::Xml(text) => xml_leaves(text).get("error").is_some(),
            _ => false,
        }
    }

    /// An error of no known shape, as JSON. With a status of success only its `error` member is one: what else it holds may
    /// be a token under a name that nobody foresaw.
    fn in_its_own_words(&self, status: u16) -> Option<String> {
        let success = (200..300).contains(&status);
        let text = match &self.content {
            Content::Object(members) => match members.get("error").filter(|error| !is_empty(error)) {
                Some(_) => reformat(members.raw("error")?, false),
                None if success || members.names().next().is_none() => return None,
                None => members.to_text(false),
            },
            Content::Json(value) if !success && !is_empty(value) => reformat(&value.to_string(), false),
            _ => return None,
        };
        Some(quoted(&text, SHOWN))
    }
}

/// The bytes of a body. What says why there is no token may be in ISO 8859-1, where each byte is a character; a token may
/// not, or half of one would be none.
pub(super) fn readable(reply: &Reply) -> Cow<'_, [u8]> {
    match str::from_utf8(&reply.body) {
        Err(_) if is_latin_1(reply) => {
            let text: String = reply.body.iter().copied().map(char::from).collect();
            Cow::Owned(text.into_bytes())
        }
        _ => Cow::Borrowed(&reply.body),
    }
}

/// True for an answer other than of success that is not UTF-8, nor packed.
pub(super) fn is_latin_1(reply: &Reply) -> bool {
    let is_packed = reply.body.starts_with(b"\x1f\x8b") || reply.body.contains(&0);
    !(200..300).contains(&reply.status) && !is_packed && str::from_utf8(&reply.body).is_err()
}

impl Content {
    fn read(bytes: &[u8]) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        if bytes.starts_with(b"\x1f\x8b") {
            return Self::Binary("gzip data without a Content-Encoding header");
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::Binary("not valid UTF-8");
        };
        match Members::parse(text) {
            Ok(Some(members)) => return Self::Object(members),
            Ok(None) => return json::bounded(text, &Cell::new(MOST_SAID)).map_or(Self::Empty, Self::Json),
            Err(error) => {
                let trimmed = text.trim_start();
                if trimmed.starts_with(['{', '[', '"']) {
                    // serde_json's own words quote nothing of the text but a position.
                    return Self::BrokenJson(error.to_string());
                }
            }
        }
        let head: String = text.trim_start().chars().take(1024).collect::<String>().to_ascii_lowercase();
        if head.starts_with("<!doctype html")
            || head.contains("<html")
            || head.contains("<title")
            || head.contains("<body")
        {
            return Self::Html { title: html_title(text) };
        }
        if head.starts_with('<') {
            return Self::Xml(text.to_owned());
        }
        match form(text) {
            Some(members) => Self::Form(members),
            // No text has controls of C1 in it; read as ISO 8859-1, many a binary has.
            None if text.contains(|c| matches!(c, '\u{80}'..='\u{9f}')) => Self::Binary("binary data"),
            None => Self::Text(text.to_owned()),
        }
    }
}

/// Beginning and end of a foreign text without what its own names tell to be secret.
fn quoted(text: &str, most: usize) -> String {
    abridged(&mask(text, Nature::Named), most)
}

/// A strict `k=v&k=v` text with an error in it, or with what was asked for: what some servers send instead of JSON.
fn form(text: &str) -> Option<Members> {
    let text = text.trim();
    let strict = text.split('&').all(|pair| pair.split_once('=').is_some_and(|(name, _)| !name.is_empty()));
    if !strict || text.bytes().any(|b| b.is_ascii_whitespace() || !b.is_ascii_graphic()) {
        return None;
    }
    let members = Members::from_pairs(form_urlencoded::parse(text.as_bytes()).into_owned());
    let is_such = ["access_token", "error", "device_code"].iter().any(|name| members.raw(name).is_some());
    is_such.then_some(members)
}

fn html_title(html: &str) -> Option<String> {
    // ASCII lowering keeps every byte offset.
    let lower = html.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find('<')?;
    let title = one_line(&html[start..end]);
    // `&amp;` last: what it brings out is text.
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&")];
    let title = entities.iter().fold(title, |title, (entity, meant)| title.replace(entity, meant));
    Some(title).filter(|title| !title.is_empty())
}

/// True for values that servers put into `error` to say that there is none.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

pub(in crate::oauth) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::ResponseError;
    use super::super::tests::{json, read, reply};
    use super::*;

    #[test]
    fn a_body_is_described_without_showing_a_token() {
        let summary = |reply: &Reply| match read(reply) {
            Err(ResponseError::NotAToken { body, .. }) => body,
            _ => panic!("{reply:?}"),
        };
        assert_eq!(
            summary(&reply(200, "text/html", "<!DOCTYPE html><TITLE>\n Log in </TITLE>")).kind,
            "an HTML page titled \"Log in\""
        );
        let cut = summary(&json(200, r#"{"access_token":"s3cr3tt0k3n","token_ty"#));
        assert!(cut.kind.starts_with("broken JSON"), "{}", cut.kind);
        assert!(!format!("{cut:?}").contains("s3cr3tt0k3n"), "{cut:?}");
        let gzip = summary(&Reply { body: b"\x1f\x8b\x08\0".into(), ..json(200, "") });
        assert_eq!(gzip.kind, "gzip data without a Content-Encoding header");
    }
}
