//! What looks like a token where nothing tells: a word that nobody would choose.

use std::borrow::Cow;

use crate::secret::MASK;

/// A shorter word (bytes) is no token as long as nothing says so.
const SHORTEST: usize = 12;

/// So many digits without anything else are neither an amount nor a time.
const MANY_DIGITS: usize = 16;

/// Words before a name of an event that people quote to those who run a server.
const IDS: [&str; 12] = [
    "id",
    "ids",
    "uuid",
    "trace",
    "request",
    "correlation",
    "reference",
    "ref",
    "ray",
    "incident",
    "event",
    "requestid",
];

/// True for a word that looks as if it were drawn by lot: letters and digits that change too often, hexadecimal digits, a
/// UUID. Names of hosts, paths, dates and error codes do not.
pub(super) fn is_drawn(word: &str) -> bool {
    let text = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if text.len() < SHORTEST || !text.bytes().all(|b| b.is_ascii_graphic()) || text.contains("://") {
        return false;
    }
    if word.starts_with(['/', '.', '~']) || is_host(text) || is_date(text) {
        return false;
    }
    let letters = || text.bytes().filter(u8::is_ascii_alphabetic);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if letters().next().is_none() {
        return digits >= MANY_DIGITS && !text.contains(['.', ':', '/']);
    }
    let kind = |b: &u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
    let alphanumeric: Vec<_> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let changes = |is_change: fn((bool, bool), (bool, bool)) -> bool| {
        alphanumeric.windows(2).filter(|pair| is_change(kind(&pair[0]), kind(&pair[1]))).count()
    };
    let of_kind = changes(|a, b| a.0 != b.0);
    let of_case = changes(|a, b| !a.0 && !b.0 && a.1 != b.1);
    // A CamelCase name changes case twice a word.
    of_kind >= 3 || of_kind > 0 && of_case >= 4 || of_case * 5 >= alphanumeric.len() * 2
}

/// `idp-01.eu.example.com`, with a port perhaps.
fn is_host(text: &str) -> bool {
    let name = text.split([':', '/']).next().unwrap_or(text);
    let is_label = |label: &str| !label.is_empty() && label.len() <= 24;
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && name.split('.').all(is_label)
        && name.rsplit_once('.').is_some_and(|(_, top)| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_lowercase()))
}

/// `2026-11-26T03:00:00.000Z`
fn is_date(text: &str) -> bool {
    let mut bytes = text.bytes();
    let shape = b"0000-00-00";
    shape.iter().all(|known| bytes.next().is_some_and(|b| if *known == b'-' { b == b'-' } else { b.is_ascii_digit() }))
        && bytes.all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'Z' | b't' | b'z' | b':' | b'.' | b'+' | b'-'))
}

/// `text` without the words that look like tokens. What is said to be the id of a request or the like stays where `has_ids`
/// says that there may be some.
pub(super) fn mask_words(text: &str, has_ids: bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut before = "";
    let is_end =
        |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '\'' | ',' | ';' | '(' | ')' | '{' | '}');
    let mut at = 0;
    while let Some(offset) = text[at..].find(|c| !is_end(c)) {
        let start = at + offset;
        let end = text[start..].find(is_end).map_or(text.len(), |length| start + length);
        // `name=value` and `name:value` are two words.
        let mut from = start;
        while let Some(joint) =
            text[from..end].find(['=', ':']).filter(|joint| !text[from + joint..].starts_with("://"))
        {
            let name = &text[from..from + joint];
            if is_drawn(name) || name.is_empty() {
                break;
            }
            before = name;
            from += joint + 1;
        }
        let word = &text[from..end];
        if is_drawn(word) && !(has_ids && is_id(before, word)) {
            let lead = word.len() - word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).len();
            out.push_str(&text[copied..from + lead]);
            out.push_str(MASK);
            copied = end;
        }
        if !word.is_empty() {
            before = word;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// True where the word before says that this one is the id of something that happened.
fn is_id(before: &str, word: &str) -> bool {
    let name = before.to_ascii_lowercase();
    let last = name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).rsplit(['-', '_', '.']).next().unwrap_or("");
    word.len() <= 64 && !name.contains("session") && (IDS.contains(&last) || last.len() > 4 && last.ends_with("id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_chose_is_told_from_one_that_somebody_did() {
        for word in [
            "6f1c2e9a-8d0b-4c3e-9f10-2b7a54c1d9e8",
            "9f86d081884c7d659a2feaa0c55ad015",
            "ya29.a0AfH6SMBx-2kQ",
            "SplxlOBeZQQYbYS6WxSbIA",
            "xoxb-2345678901-AbCdEf12",
            "tGzv3JOkF0XG5Qx2TlKWIA",
            "QwErTyUiOpAsDfGhJkLz",
            "1234567890123456",
            "\"gho_16C7e42F292c6912E7\"",
            "b64+/Zm9vYmFy/QUJD==",
        ] {
            assert!(is_drawn(word), "{word}");
        }
        for word in [
            "AADSTS7000215:",
            "E0000004",
            "oauth.v2.InvalidClient",
            "java.lang.NullPointerException",
            "UsernamePasswordAuthenticationTokenFilter",
            "unsupported_grant_type",
            "idp-01.eu2.example.com",
            "idp-01.example.com:8443/oauth2/v1/token",
            "https://h.example/9f86d081884c7d659a2feaa0c55ad015",
            "/realms/9f86d081884c7d659a2feaa0c55ad015",
            "2026-11-26T03:00:00.000Z",
            "192.168.100.200:8080",
            "HTTP/1.1",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "1700000000000",
            "token-endpoint",
        ] {
            assert!(!is_drawn(word), "{word}");
        }
    }

    #[test]
    fn such_words_are_hidden_and_the_ids_of_events_stay() {
        for (text, with_ids, without) in [
            ("no space", "no space", "no space"),
            ("bad token 9f86d081884c7d65, sorry", "bad token ***, sorry", "bad token ***, sorry"),
            ("Trace ID: 9f86d081884c7d65", "Trace ID: 9f86d081884c7d65", "Trace ID: ***"),
            ("x-request-id=9f86d081884c7d65.", "x-request-id=9f86d081884c7d65.", "x-request-id=***"),
            ("RequestId:9f86d081884c7d65", "RequestId:9f86d081884c7d65", "RequestId:***"),
            ("session id 9f86d081884c7d65", "session id 9f86d081884c7d65", "session id ***"),
            ("sessionid 9f86d081884c7d65", "sessionid ***", "sessionid ***"),
            ("<b>9f86d081884c7d65</b>", "<b>***</b>", "<b>***</b>"),
            ("key=9f86d081884c7d65&x=1", "key=***", "key=***"),
            ("see https://h/9f86d081884c7d65", "see https://h/9f86d081884c7d65", "see https://h/9f86d081884c7d65"),
        ] {
            assert_eq!(mask_words(text, true), with_ids);
            assert_eq!(mask_words(text, false), without);
        }
    }
}
