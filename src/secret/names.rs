//! What is secret by its name: of headers, form fields, parameters and members.
//!
//! The one place that knows such names. It decides where nothing else can: by what foreign text calls a thing.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{MASK, Secret};
use crate::json;

/// A shorter text (bytes) is no token, whatever it stands under.
const SHORTEST_TOKEN: usize = 4;

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

/// A URL, or its path and query, without the values that stand in its query under names that speak of secrets: some
/// gateways want their key there.
pub fn mask_query(url: &str) -> Cow<'_, str> {
    let Some((before, query)) = url.split_once('?') else { return Cow::Borrowed(url) };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value))
            if !value.is_empty() && is_sensitive_name(&percent_decode_str(name).decode_utf8_lossy()) =>
        {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    });
    Cow::Owned(format!("{before}?{}", pairs.collect::<Vec<_>>().join("&")))
}

/// The values that [`mask_query`] hides, each with its name.
pub fn secrets_in_query(url: &str) -> impl Iterator<Item = (Cow<'_, str>, Secret)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let secret = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| !value.is_empty() && is_sensitive_name(name);
    form_urlencoded::parse(query.as_bytes()).filter(secret).map(|(name, value)| (name, Secret::new(value)))
}

/// Tells the texts that stand under the name of a token, at any depth of a JSON text, up to where it is broken.
pub fn tokens_in(json: &[u8], tell: &mut dyn FnMut(&str)) {
    let mut tell = |text: &str| {
        if text.len() >= SHORTEST_TOKEN {
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
    use proptest::prelude::*;

    use super::*;
    use crate::growth::check_linear;

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
    fn a_key_in_a_query_is_hidden_by_its_name() {
        let url = "https://h/t?api_key=a%2Fb&x=1&code=&&token=t";
        assert_eq!(mask_query(url), "https://h/t?api_key=***&x=1&code=&&token=***");
        let secrets: Vec<_> = secrets_in_query(url).collect();
        assert_eq!(secrets, [("api_key".into(), Secret::new("a/b")), ("token".into(), Secret::new("t"))]);
        assert_eq!(mask_query("/t?api%5Fkey=a"), "/t?api%5Fkey=***");
        assert_eq!(mask_query("/t"), "/t");
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
                    std::hint::black_box(mask_members(text));
                },
            );
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
    }
}
