//! What is secret by its name: of headers, form fields, parameters and members.
//!
//! The one place that knows such names. It decides where nothing else can: by what foreign text calls a thing.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{MASK, Secret};
use crate::json::{Piece, pieces};

/// A shorter text (bytes) is no token, whatever it stands under.
const SHORTEST_TOKEN: usize = 4;

/// True for names of headers, form fields and members whose values are not shown.
pub fn is_sensitive_name(name: &str) -> bool {
    const WORDS: [&str; 23] = [
        "auth",
        "key",
        "pin",
        "otp",
        "totp",
        "pass",
        "passcode",
        "cookie",
        "cookie2",
        "nextnonce",
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
        "apikey",
        "refresh",
    ];
    let words: Vec<_> = words(name).collect();
    let is_secret = |(at, word): (usize, &String)| {
        // The code of an error is no credential.
        let is_of_an_error = word == "code" && at > 0 && is_about_events(&words[at - 1]);
        // What OpenID Connect Session Management calls so opens nothing.
        let is_state = word == "session" && words.get(at + 1).is_some_and(|word| word == "state");
        WORDS.contains(&word.as_str()) && !is_of_an_error && !is_state && !describes(&words[at + 1..])
    };
    // What stands for a request that was pushed (RFC 9126 §2.2) is good once; a challenge and what a person enters are told.
    match name {
        "request_uri" => return true,
        "code_challenge" | "user_code" => return false,
        _ => {}
    }
    is_token_name(name)
        || holds(name, &["authorization", "passphrase", "sessionid"])
        || words.iter().enumerate().any(is_secret)
}

/// True for names of members that hold a token or another secret in an answer.
pub(super) fn is_token_name(name: &str) -> bool {
    holds(name, &["token", "secret", "password", "passwd", "assertion", "jwt", "apikey", "api_key", "api-key"])
}

/// True for the value of a member called `name` that may be shown though the name is sensitive: what is called a code is often
/// the code of an error.
pub(super) fn is_code_of_an_error(name: &str, value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let begins = value.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_numbered = begins.len() < value.len() && begins.len() <= 8 && begins.bytes().all(|b| b.is_ascii_digit());
    let is_words = letters > 0 && digits <= 2 && letters + digits < value.len();
    words(name).last().is_some_and(|word| word == "code")
        && !words(name).any(|word| word.starts_with("auth"))
        && (is_words || is_numbered || digits == value.len() && (1..=3).contains(&digits))
}

/// True where one of `parts` is in the name, and what stands behind the last of them is not a word that only describes it.
fn holds(name: &str, parts: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    let end = parts.iter().filter_map(|part| Some(lower.rfind(part)? + part.len())).max();
    end.is_some_and(|end| !describes(&words(&name[end..]).collect::<Vec<_>>()))
}

/// The words of a name in small letters: `X-Api-Key`, `client_secret`, `errorCode`.
fn words(name: &str) -> impl Iterator<Item = String> {
    let parts = name.split(|c: char| !c.is_alphanumeric());
    parts.flat_map(|part| {
        let mut words = vec![String::new()];
        let mut was_small = false;
        for c in part.chars() {
            match words.last_mut() {
                Some(word) if !(c.is_uppercase() && was_small) => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
            was_small = c.is_lowercase() || c.is_numeric();
        }
        words
    })
}

/// True where these words, behind the name of a secret, tell of something about it.
fn describes(words: &[String]) -> bool {
    // `enc` is a cipher where the metadata of OpenID Connect has it; elsewhere it is a secret that is encoded or encrypted.
    let is_cipher = |pair: &[String]| pair[1] == "enc" && ["response", "object", "encryption"].contains(&&*pair[0]);
    words.iter().any(|word| is_about(word)) || words.windows(2).any(is_cipher)
}

/// True for words that only describe a secret, such as its type and how long it lives.
fn is_about(word: &str) -> bool {
    const WORDS: [&str; 29] = [
        "type",
        "endpoint",
        "expir",
        "url",
        "uri",
        "method",
        "in",
        "validity",
        "supported",
        "use",
        "uses",
        "ttl",
        "lifetime",
        "alg",
        "mode",
        "policy",
        "policies",
        "time",
        "iframe",
        "subject",
        "san",
        "count",
        "length",
        "format",
        "issued",
        "required",
        "version",
        "bound",
        "ops",
    ];
    WORDS.iter().any(|known| word == *known || (known.len() > 3 && word.starts_with(known)))
}

/// True for what has codes of its own.
fn is_about_events(word: &str) -> bool {
    matches!(
        word,
        "error"
            | "errors"
            | "err"
            | "sub"
            | "suberror"
            | "status"
            | "reason"
            | "fault"
            | "result"
            | "return"
            | "response"
            | "http"
            | "exit"
    )
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

/// Tells the texts that stand under the name of a token, at any depth of a JSON text, also of one that is broken. What is made
/// of words counts as a token only under the name of one: `"token_auth_methods": ["client_secret_basic"]` tells of none.
pub fn tokens_in(json: &[u8], tell: &mut dyn FnMut(&str)) {
    let json = String::from_utf8_lossy(json);
    let (mut outer, mut name) = (Vec::new(), NameOf::Other);
    for piece in pieces(&json) {
        match piece {
            Piece::Open(_) => {
                outer.push(name);
                name = name.min(NameOf::Tokens);
            }
            Piece::Close(_) => name = outer.pop().unwrap_or(NameOf::Other),
            Piece::Name(range) => {
                let own = NameOf::read(&unescaped(&json[range]));
                // Whatever is in a token is a part of one.
                name = own.max(outer.last().copied().unwrap_or(NameOf::Other).min(NameOf::Tokens));
            }
            Piece::Text(range) => {
                let text = unescaped(&json[range]);
                if text.len() >= SHORTEST_TOKEN && (name == NameOf::Token || name == NameOf::Tokens && !is_words(&text))
                {
                    tell(&text);
                }
            }
            Piece::Number(range) if name > NameOf::Other && range.len() >= SHORTEST_TOKEN => tell(&json[range]),
            Piece::Number(_) => {}
        }
    }
}

/// What a member's name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameOf {
    Other,
    /// Something about tokens, or holding some.
    Tokens,
    /// One of the tokens that the standards know.
    Token,
}

impl NameOf {
    fn read(name: &str) -> Self {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match plain.as_str() {
            "accesstoken" | "refreshtoken" | "idtoken" => Self::Token,
            _ if is_token_name(name) => Self::Tokens,
            _ => Self::Other,
        }
    }
}

/// True for words of letters alone, of a reasonable length: names of methods, types and the like.
fn is_words(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).all(|word| {
        word.len() <= 16 && word.chars().all(char::is_alphabetic) && !word.chars().skip(1).any(char::is_uppercase)
    })
}

/// What stands between the quotes of a JSON string; where it is no JSON, as it is.
pub(super) fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    serde_json::from_str(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("errorCode", false),
            ("error_code", false),
            ("suberror_code", false),
            ("authCode", true),
            ("code", true),
            ("end_session_endpoint", false),
            ("check_session_iframe", false),
            ("token_endpoint_auth_method", false),
            ("tls_client_auth_subject_dn", false),
            ("token_uses", false),
            ("code_challenge_method", false),
            ("code_challenge", false),
            ("code_verifier", true),
            ("device_code", true),
            ("user_code", false),
            ("request_uri", true),
            ("request_uri_parameter_supported", false),
            ("auth_time", false),
            ("session_state", false),
            ("key_ops", false),
            ("clientSecret", true),
            ("X-Vault-Token", true),
            ("secret_id", true),
            ("password_policy", false),
            ("password_enc", true),
            ("api_key_enc", true),
            ("pin_enc", true),
            ("clientSecretEnc", true),
            ("id_token_encrypted_response_enc", false),
            ("token_encryption_enc", false),
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
    fn tokens_are_known_by_the_name_they_stand_under() {
        for (json, expected) in [
            (r#"{"access_token":"words","token_type":"Bearer","x":"y1234"}"#, &["words"][..]),
            (
                r#"{"tokens":["client_secret_basic","a1b2",{"type":"Bearer","value":"v4lue"}],"x":"y1234"}"#,
                &["a1b2", "v4lue"],
            ),
            (r#"{"token_uses":["access"],"id_token":{"a":"words","b":"b\u00e91"}}"#, &["bé1"]),
            (r#"{"a":{"secret":12345,"count":1},"b":[12345]}"#, &["12345"]),
            (r#"{"refresh_token":"abc\ud800d","x":["#, &["abc\\ud800d"]),
            (r#"{"accessToken":"brok"#, &["brok"]),
        ] {
            let mut told = Vec::new();
            tokens_in(json.as_bytes(), &mut |token| told.push(token.to_owned()));
            assert_eq!(told, expected, "{json}");
        }
    }

    #[test]
    fn the_code_of_an_error_is_told_from_one_that_opens_something() {
        for value in ["invalid_client", "oauth.v2.InvalidClient", "E0000004", "AADSTS70002", "17", "404"] {
            assert!(is_code_of_an_error("code", value), "{value}");
        }
        for value in ["SplxlOBeZQQYbYS6WxSbIA", "123456", "WDJB-MJHT7799", "canary", "4/0AX4XfWh", ""] {
            assert!(!is_code_of_an_error("code", value), "{value}");
        }
        assert!(!is_code_of_an_error("authorization_code", "a_b") && !is_code_of_an_error("key", "a_b"));
    }
}
