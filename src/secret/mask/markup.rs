//! Values in HTML and XML: of the fields of a form, and of what a name speaks of secrets stands on.

use std::borrow::Cow;
use std::ops::Range;

use super::likely::is_drawn;
use crate::secret::MASK;
use crate::secret::names::{is_sensitive_name, is_token_name};

/// `text` without what stands in the fields of forms, in metadata and in elements that are called secret. A button's or a
/// label's words stay.
pub(super) fn mask_markup(text: &str) -> Cow<'_, str> {
    let mut spots = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'<', &text.as_bytes()[at..]).map(|offset| at + offset) {
        let tag = Tag::read(text, start + 1);
        at = tag.end;
        let is_secret = tag.is_secret(text);
        let holds_value = |attribute: &&Attribute| ["value", "content"].contains(&&*attribute.name);
        for Attribute { value, .. } in tag.attributes.iter().filter(holds_value) {
            let shown = &text[value.clone()];
            if !shown.is_empty() && (is_secret || is_drawn(shown) || shown.split_whitespace().any(is_drawn)) {
                spots.push(value.clone());
            }
        }
        if is_token_name(&tag.name) && !text[start + 1..].starts_with(['/', '!', '?']) && !text[..at].ends_with("/>") {
            let end = memchr::memchr(b'<', &text.as_bytes()[at..]).map_or(text.len(), |offset| at + offset);
            spots.push(at..end);
            at = end;
        }
    }
    if spots.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for spot in spots.into_iter().filter(|spot| !text[spot.clone()].trim().is_empty()) {
        out.push_str(&text[copied..spot.start]);
        out.push_str(MASK);
        copied = spot.end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

struct Tag {
    name: String,
    attributes: Vec<Attribute>,
    /// Behind its `>`.
    end: usize,
}

struct Attribute {
    /// In small letters.
    name: String,
    value: Range<usize>,
}

impl Tag {
    /// The tag that begins at `at`, behind its `<`.
    fn read(text: &str, at: usize) -> Self {
        let is_name = |c: char| !(c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'' | '<'));
        let word = |at: usize| {
            let length = text[at..].find(|c| !is_name(c)).unwrap_or(text.len() - at);
            (text[at..at + length].to_ascii_lowercase(), at + length)
        };
        let (name, mut at) = word(at);
        let name = text[at - name.len()..at].rsplit(':').next().unwrap_or_default().to_owned();
        let mut attributes = Vec::new();
        while let Some(c) = text[at..].chars().next() {
            match c {
                '>' => return Self { name, attributes, end: at + 1 },
                '<' => break,
                c if is_name(c) => {
                    let (name, end) = word(at);
                    at = end;
                    let rest = text[at..].trim_start();
                    let Some(rest) = rest.strip_prefix('=').map(str::trim_start) else { continue };
                    let start = text.len() - rest.len();
                    let (value, end) = match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                        Some(quote) => {
                            let length = rest[1..].find(quote).unwrap_or(rest.len() - 1);
                            (start + 1..start + 1 + length, (start + length + 2).min(text.len()))
                        }
                        None => {
                            let length = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
                            (start..start + length, start + length)
                        }
                    };
                    attributes.push(Attribute { name, value });
                    at = end;
                }
                other => at += other.len_utf8(),
            }
        }
        Self { name, attributes, end: at }
    }

    /// True for a field that nobody sees or that is called secret.
    fn is_secret(&self, text: &str) -> bool {
        self.attributes.iter().any(|Attribute { name, value }| {
            let value = &text[value.clone()];
            match &**name {
                "type" => value.eq_ignore_ascii_case("hidden") || value.eq_ignore_ascii_case("password"),
                "name" | "id" | "property" => is_sensitive_name(value),
                _ => false,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    #[test]
    fn fields_are_hidden_and_what_is_to_be_read_stays() {
        for (text, expected) in [
            ("<p>no</p>", "<p>no</p>"),
            (r#"<input type="hidden" name=x value="a b">"#, r#"<input type="hidden" name=x value="***">"#),
            ("<INPUT VALUE=abc TYPE=password />", "<INPUT VALUE=*** TYPE=password />"),
            (r#"<input name='csrf_token' value = 'a>b'>x"#, r#"<input name='csrf_token' value = '***'>x"#),
            (r#"<input type="submit" value="Log in">"#, r#"<input type="submit" value="Log in">"#),
            (r#"<input value="9f86d081884c7d65"><b>"#, r#"<input value="***"><b>"#),
            (r#"<meta name="csrf-token" content="abc">"#, r#"<meta name="csrf-token" content="***">"#),
            (
                r#"<meta name=viewport content="width=device-width">"#,
                r#"<meta name=viewport content="width=device-width">"#,
            ),
            (r#"<a:accessToken x="1">abc</a:accessToken>"#, r#"<a:accessToken x="1">***</a:accessToken>"#),
            ("<token/>abc", "<token/>abc"),
            ("<tokenType>Bearer</tokenType>", "<tokenType>Bearer</tokenType>"),
            (r#"<input type="hidden" value="abc"#, r#"<input type="hidden" value="***"#),
            ("a < b", "a < b"),
        ] {
            assert_eq!(mask_markup(text), expected);
        }
    }

    #[test]
    fn masking_markup_grows_no_faster_than_the_text() {
        for piece in ["<", "<a b=\"", "<a value='x'", "<a value", "<token>", "<a b='>"] {
            check_linear(
                1 << 9,
                |size| piece.repeat(size),
                |text| {
                    std::hint::black_box(mask_markup(text));
                },
            );
        }
    }
}
