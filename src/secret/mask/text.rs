//! Values that stand behind names that speak of secrets, in text of any kind.

use std::borrow::Cow;

use crate::secret::MASK;
use crate::secret::names::{is_code_of_an_error, is_sensitive_name, is_token_name};

/// `text` with the values of members, form fields and parameters that bear the name of a token replaced, the credentials
/// in URLs, and anything that looks like a JWT. It reads no grammar, so it works on truncated and broken text too.
///
/// Of what [`is_sensitive_name`] knows beyond tokens, only texts are hidden that stand under a quoted name or behind a bare
/// `=`: the code in the sentence "error code: 17" is what somebody looks for.
pub(super) fn mask_named(text: &str) -> Cow<'_, str> {
    mask_where(text, |word, rest| is_token_name(word) || is_sensitive_name(word) && names_a_text(rest))
}

/// The same for an explanation: a JWT, credentials in URLs, and what stands behind such a name and a `=`. A colon is a part
/// of the sentence in "invalid token: it has expired".
pub(super) fn mask_assigned(text: &str) -> Cow<'_, str> {
    mask_where(text, |word, rest| rest.starts_with('=') && is_sensitive_name(word))
}

/// `names` is told a word and what follows it, and says whether it is the name of something secret.
fn mask_where(text: &str, names: impl Fn(&str, &str) -> bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    while let Some(start) = text[at..].find(is_word).map(|offset| at + offset) {
        let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |offset| start + offset);
        let mut start = start;
        // The letter of an escape is no part of the word behind it.
        if text[..start].ends_with('\\') && text[start..].starts_with(['n', 'r', 't', 'b', 'f']) {
            start += 1;
        }
        let word = &text[start..end];
        at = end;
        let value = if word.starts_with("eyJ") && word.len() > 12 {
            let more = |c: char| !is_word(c) && c != '.';
            Some((start, text[start..].find(more).map_or(text.len(), |offset| start + offset)))
        } else if names(word, &text[end..]) {
            value_after(text, end)
        } else {
            userinfo_after(text, end)
        };
        let is_hidden = |(from, to): &(usize, usize)| to > from && !is_code_of_an_error(word, &text[*from..*to]);
        if let Some((from, to)) = value.filter(is_hidden) {
            out.push_str(&text[copied..from]);
            // What is no string in JSON becomes one.
            let quote = quote_of(&text[start..from]).unwrap_or_default();
            out.extend([quote, MASK, quote]);
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

/// How JSON quotes the name that stands in front of a value that is not quoted itself, with the escapes that belong to it.
fn quote_of(before: &str) -> Option<&str> {
    let before = before.trim_end().strip_suffix(':')?.trim_end();
    let quote = before.strip_suffix('"')?.trim_end_matches('\\').len();
    Some(&before[quote..])
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
        (None, _) => {
            let end = rest.find(['&', ',', '"', '<', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
            // A quote keeps its escape.
            let escaped = if rest[end..].starts_with('"') { rest[..end].trim_end_matches('\\').len() } else { end };
            (rest, escaped)
        }
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
    use proptest::prelude::*;

    use super::*;
    use crate::growth::check_linear;

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
            (r#"{"tokens":["a","b]",{"c":"d"}],"x":1"#, r#"{"tokens":"***","x":1"#),
            (r#"{"token":{"value":"a\ud800","#, r#"{"token":"***""#),
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
            (r#"{"token": 5,"x":1}"#, r#"{"token": "***","x":1}"#),
            (r#"{\"token\":[5],\"x\":1}"#, r#"{\"token\":\"***\",\"x\":1}"#),
            (r#""token=abc\\"""#, r#""token=***\\"""#),
            (
                r#"{"error_code":"invalid_client","code":"E0000004","c":"x"}"#,
                r#"{"error_code":"invalid_client","code":"E0000004","c":"x"}"#,
            ),
            (r"at\neyJhbGciOiJub25lIn0.e30.sig", r"at\n***"),
            ("token: trueish", "token: ***"),
            ("token: nullable", "token: ***"),
            ("https://u:p@h/x@y and http://h/@", "https://***@h/x@y and http://h/@"),
        ] {
            assert_eq!(mask_named(text), expected);
        }
    }

    #[test]
    fn an_explanation_keeps_its_words() {
        for (text, expected) in [
            ("Invalid token: it has expired", "Invalid token: it has expired"),
            ("bad eyJhbGciOiJub25lIn0.e30.sig here", "bad *** here"),
            ("see https://u:p@h/?code=abcdef&x=1, token=\"a b\"", "see https://***@h/?code=***&x=1, token=\"***\""),
            ("error_code=E17 auth_method=none", "error_code=E17 auth_method=none"),
        ] {
            assert_eq!(mask_assigned(text), expected);
        }
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
            check_linear(
                1 << 9,
                |size| piece.repeat(size),
                |text| {
                    std::hint::black_box(mask_named(text));
                },
            );
        }
    }

    proptest! {
        #[test]
        fn a_string_under_a_tokens_name_goes_to_its_closing_quote(value in r#"([a-z]|\\[u/x"\\]){1,20}"#) {
            let text = format!(r#"{{"access_token":"{value}","x":1}}"#);
            prop_assert_eq!(mask_named(&text), r#"{"access_token":"***","x":1}"#);
            let inner = value.replace('\\', r"\\").replace('"', r#"\""#);
            let text = format!(r#"{{"error":"{{\"access_token\":\"{inner}\",\"x\":1}}"}}"#);
            prop_assert_eq!(mask_named(&text), r#"{"error":"{\"access_token\":\"***\",\"x\":1}"}"#);
        }
    }
}
