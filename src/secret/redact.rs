//! Blots known secrets out of text that is about to be shown.
//!
//! Redaction is by value, so it also works on what a server, a proxy or a library chose to echo. A secret is recognised
//! in every spelling it is likely to come back in: as it is, form- or percent-encoded, JSON-escaped, as HTML entities, any
//! mixture of those, and inside base64 of a longer text at any of its three alignments.

use std::borrow::Cow;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::Secret;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// Secrets shorter than this are blotted out only where they stand alone: replacing every `a` of a message would spoil it
/// and spell the secret out by its gaps.
const SHORTEST_ANYWHERE: usize = 4;

/// The shortest piece of base64 that is looked for; shorter ones occur by chance.
const SHORTEST_BASE64: usize = 8;

/// The secrets of this run. What to look for is worked out when text is first to be shown: most runs show none.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
    /// What goes into HTTP Basic: id and secret.
    pairs: Vec<(String, Secret)>,
    needles: OnceLock<Vec<Secret>>,
}

impl Redactor {
    /// Hides `secret`, and base64 that contains it, from now on.
    pub fn add(&mut self, secret: &Secret) {
        if !self.secrets.contains(secret) {
            self.secrets.push(secret.clone());
            self.needles.take();
        }
    }

    /// Hides the whole of what HTTP Basic sends for `id` and `secret`, in both encodings of RFC 6749 §2.3.1's
    /// quarrel: form-encoded first, and raw.
    pub fn add_basic(&mut self, id: &str, secret: &Secret) {
        if !self.pairs.iter().any(|(known_id, known)| known_id == id && known == secret) {
            self.pairs.push((id.to_owned(), secret.clone()));
            self.needles.take();
        }
    }

    fn needles(&self) -> &[Secret] {
        self.needles.get_or_init(|| {
            let mut needles = Needles::default();
            self.secrets.iter().for_each(|secret| needles.add(secret.expose()));
            for (id, secret) in &self.pairs {
                let secret = secret.expose();
                needles.push(&STANDARD.encode(format!("{id}:{secret}")));
                needles.push(&STANDARD.encode(format!("{}:{}", form(id), form(secret))));
                needles.add(&form(secret));
            }
            needles.0
        })
    }

    /// `text` with every known secret replaced by [`MASK`].
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = String::new();
        let mut copied = 0;
        let mut at = 0;
        while at < text.len() {
            match self.needles().iter().filter_map(|needle| spelled_at(text, at, needle.expose())).max() {
                Some(end) => {
                    out.push_str(&text[copied..at]);
                    out.push_str(MASK);
                    copied = end;
                    at = end;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        if copied == 0 && out.is_empty() {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }
}

/// The texts to look for, each once.
#[derive(Default)]
struct Needles(Vec<Secret>);

impl Needles {
    fn add(&mut self, text: &str) {
        self.push(text);
        self.push(text.trim());
        // HTTP Basic holds it form-encoded (RFC 6749 §2.3.1).
        for core in base64_cores(text.as_bytes()).into_iter().chain(base64_cores(form(text).as_bytes())) {
            if core.len() >= SHORTEST_BASE64 {
                self.push(&core);
            }
        }
    }

    fn push(&mut self, text: &str) {
        if !text.is_empty() && !self.0.iter().any(|known| known.expose() == text) {
            self.0.push(Secret::new(text));
        }
    }
}

fn form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where `needle`, in any spelling, that begins at `at` ends; the longest reading wins.
fn spelled_at(text: &str, at: usize, needle: &str) -> Option<usize> {
    // The first byte rules out nearly every position before any set is built.
    let first = *text.as_bytes().get(at)?;
    if first != *needle.as_bytes().first()? && !matches!(first, b'%' | b'+' | b'\\' | b'&') {
        return None;
    }
    let mut ends = vec![at];
    for wanted in needle.chars() {
        let mut next = Vec::with_capacity(ends.len());
        for end in ends {
            for len in spellings(&text[end..], wanted).into_iter().flatten() {
                if !next.contains(&(end + len)) {
                    next.push(end + len);
                }
            }
        }
        if next.is_empty() {
            return None;
        }
        ends = next;
    }
    let end = ends.into_iter().max()?;
    let alone = || {
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !word(text[..at].chars().next_back()) && !word(text[end..].chars().next())
    };
    (needle.chars().count() >= SHORTEST_ANYWHERE || alone()).then_some(end)
}

/// The lengths of the ways in which `text` may begin with `wanted`.
fn spellings(text: &str, wanted: char) -> [Option<usize>; 9] {
    let space = |spelling: &str| {
        let found = wanted == ' ' && text.get(..spelling.len()).is_some_and(|t| t.eq_ignore_ascii_case(spelling));
        found.then_some(spelling.len())
    };
    [
        text.starts_with(wanted).then_some(wanted.len_utf8()),
        space("+"),
        // A form's `+`, encoded once more.
        space("%2B"),
        percent(text.as_bytes(), wanted, b"%"),
        percent(text.as_bytes(), wanted, b"%25"),
        json_escape(text, wanted, 0),
        json_escape(text, wanted, 1),
        json_escape(text, wanted, 2),
        entity(text, wanted),
    ]
}

/// `%XX` for each byte of its UTF-8 form, in either case of the digits; `sign` is `%`, or `%25` where it was encoded twice.
fn percent(text: &[u8], wanted: char, sign: &[u8]) -> Option<usize> {
    let mut buffer = [0; 4];
    let mut at = 0;
    for byte in wanted.encode_utf8(&mut buffer).bytes() {
        let rest = text.get(at..)?.strip_prefix(sign)?;
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        if u8::from_str_radix(digits, 16).ok()? != byte {
            return None;
        }
        at += sign.len() + 2;
    }
    Some(at)
}

/// `\"`, `\n`, … and `\uXXXX`, in a surrogate pair where JSON needs one (RFC 8259 §7); at a `depth` above 0 inside a JSON
/// text that is itself a JSON string, as a gateway reports another server's answer.
fn json_escape(text: &str, wanted: char, depth: usize) -> Option<usize> {
    let sign = &r"\\\\"[..1 << depth];
    let rest = text.strip_prefix(sign)?;
    if let Some(mut digits) = rest.strip_prefix('u') {
        let mut units = [0; 2];
        let mut at = 0;
        for (index, unit) in wanted.encode_utf16(&mut units).iter().enumerate() {
            if index > 0 {
                digits = digits.strip_prefix(sign)?.strip_prefix('u')?;
            }
            if u16::from_str_radix(digits.get(..4)?, 16).ok()? != *unit {
                return None;
            }
            digits = &digits[4..];
            at += sign.len() + 5;
        }
        return Some(at);
    }
    let spelled = |spelling: &str| rest.starts_with(spelling).then_some(sign.len() + spelling.len());
    match wanted {
        '\n' => spelled("n"),
        '\t' => spelled("t"),
        '\r' => spelled("r"),
        '\u{8}' => spelled("b"),
        '\u{c}' => spelled("f"),
        '\\' => spelled(sign),
        // Deeper down it is escaped once more for each level.
        '"' | '/' | '\'' => {
            spelled(&format!("{}{wanted}", &sign[1..])).or_else(|| spelled(wanted.encode_utf8(&mut [0; 4])))
        }
        _ => None,
    }
}

/// `&amp;` and its kin, as an HTML error page echoes them.
fn entity(text: &str, wanted: char) -> Option<usize> {
    let rest = text.strip_prefix('&')?;
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let name = &rest[..end];
    let meant = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    (meant == wanted).then_some(end + 2)
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
        || ["apikey", "authorization", "passphrase", "sessionid"].iter().any(|part| name.contains(part))
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
    let parts = ["token", "secret", "password", "passwd", "assertion", "jwt", "apikey", "api_key", "api-key"];
    parts.iter().any(|part| name.contains(part)) && !is_about(&name)
}

/// True for names of what only describes a secret, such as its type and how long it lives.
fn is_about(name: &str) -> bool {
    let harmless = ["type", "endpoint", "expir", "url", "uri", "method", "in", "validity", "supported"];
    name.split(['-', '_']).any(|word| harmless.iter().any(|h| word == *h || (h.len() > 3 && word.starts_with(h))))
}

/// Collects the texts that stand under the name of a token, at any depth of an answer.
pub fn tokens_in(value: &serde_json::Value, found: &mut Vec<Secret>) {
    fn walk(value: &serde_json::Value, secret: bool, found: &mut Vec<Secret>) {
        match value {
            serde_json::Value::Object(members) => {
                members.iter().for_each(|(name, value)| walk(value, secret || is_token_name(name), found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, secret, found)),
            serde_json::Value::String(text) if secret && text.len() >= SHORTEST_ANYWHERE => {
                found.push(Secret::new(text))
            }
            _ => {}
        }
    }
    walk(value, false, found);
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
    if rest.strip_prefix("null").is_some_and(|end| end.trim_start().starts_with([',', '}', ']'])) {
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
            ("refresh_token_expires_in", false),
            ("id_token_signing_alg_values_supported", false),
            ("tenant", false),
            ("X-Keyboard", false),
            ("acr_values", false),
        ] {
            assert_eq!(is_sensitive_name(name), expected, "{name}");
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
