//! What an answer means: content decides, whatever status and Content-Type claim.
//!
//! Real servers bend RFC 6749 in many ways; each bend that is tolerated is recorded as a [`Deviation`] beside the section it
//! bends, so that `-v` can tell and `--strict` can refuse. Nothing here is tuned to one vendor: errors are read by the
//! names and shapes that members have, at any depth.

use std::cell::{Cell, LazyCell};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::Grant;
use super::json::{Members, reformat};
use super::token::Token;
use crate::json;
use crate::secret::{Redactor, Secret, redact};
use crate::text::{capped, one_line};
use crate::wire::{Reply, Url};

/// A lifetime beyond this is taken for this: no clock arithmetic should overflow because a server says so.
const LONGEST_LIFETIME: Duration = Duration::from_secs(i32::MAX as u64);

/// A token beyond this does not fit into what many servers take as a header (bytes).
const LONG_TOKEN: usize = 8 << 10;

/// So many items and members of an answer that is no object are read.
const MOST_SAID: usize = 1 << 14;

/// At most this much of a foreign text is shown (characters).
const SHOWN: usize = 300;

/// What is said of a body that cannot be shown without giving secrets away.
pub const WITHHELD: &str = "a text that is not shown: there are too many secrets in it to hide each of them";

/// Something the server did that a standard says otherwise, and that was tolerated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// What it did.
    pub what: String,
    /// The section it bends, such as `RFC 6749 §5.1`.
    pub section: &'static str,
}

/// An error in the server's own words. Everything in it is foreign text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuthError {
    /// The code (RFC 6749 §5.2), or whatever stands in its place.
    pub error: Option<String>,
    /// The explanation.
    pub description: Option<String>,
    /// A page about it; never opened.
    pub uri: Option<String>,
    /// What else identifies it, above all correlation ids, for whoever has to ask the server's operators: name and value.
    pub ids: Vec<(String, String)>,
}

impl OAuthError {
    fn is_empty(&self) -> bool {
        self.error.is_none() && self.description.is_none()
    }
}

/// A body that says nothing about tokens, described without showing much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodySummary {
    /// What kind of text it is, such as `an HTML page titled "Sign in"`.
    pub kind: String,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// Bytes after decoding.
    pub size: usize,
    /// The beginning of it, where that helps.
    pub excerpt: Option<String>,
}

/// An answer that is not a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The server said no: an `error` member in any status, or a 401.
    #[error("the server refused the request (HTTP {status})")]
    Refused {
        /// The status code.
        status: u16,
        /// What it said.
        oauth: OAuthError,
        /// How long it asks to be left alone all the same.
        retry_after: Option<Duration>,
        /// Where a 3xx leads, absolute and without its query.
        location: Option<String>,
    },
    /// 429 or 5xx.
    #[error("the server is unavailable (HTTP {status})")]
    Unavailable {
        /// The status code.
        status: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
        /// What it said.
        oauth: OAuthError,
        /// What the body looks like, where it said nothing readable.
        body: Option<BodySummary>,
    },
    /// 3xx: a token request is never repeated elsewhere.
    #[error("the server redirects (HTTP {status})")]
    Redirect {
        /// The status code.
        status: u16,
        /// Where to, absolute and without its query.
        location: Option<String>,
    },
    /// Any other answer without a usable token.
    #[error("the answer is not a token response: {why}")]
    NotAToken {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        why: String,
        /// What it said, as far as that can be read.
        oauth: OAuthError,
        /// What the body looks like.
        body: BodySummary,
    },
}

impl ResponseError {
    /// The status code of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. }
            | Self::Unavailable { status, .. }
            | Self::Redirect { status, .. }
            | Self::NotAToken { status, .. } => *status,
        }
    }

    /// The server's own words.
    pub fn oauth(&self) -> Option<&OAuthError> {
        match self {
            Self::Refused { oauth, .. } | Self::Unavailable { oauth, .. } | Self::NotAToken { oauth, .. } => {
                Some(oauth)
            }
            Self::Redirect { .. } => None,
        }
    }

    /// Where a 3xx leads.
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::Refused { location, .. } | Self::Redirect { location, .. } => location.as_deref(),
            Self::Unavailable { .. } | Self::NotAToken { .. } => None,
        }
    }
}

/// True for a status that says that the same request may succeed in a while.
pub fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// A token and the deviations that were tolerated on the way to it.
pub struct Answer {
    /// The token.
    pub token: Token,
    /// In the order found.
    pub deviations: Vec<Deviation>,
    /// What bends no standard and may surprise all the same.
    pub notes: Vec<String>,
}

/// Reads the answer to a request for `grant` that was sent to `endpoint` at `started`. What an error quotes of it has lost
/// the secrets that `redactor` knows, and the answer's own tokens.
///
/// # Errors
/// [`ResponseError`] for every answer without a usable token.
pub fn parse(
    reply: &Reply,
    endpoint: &Url,
    grant: &Grant,
    started: SystemTime,
    redactor: &Redactor,
) -> Result<Answer, ResponseError> {
    let status = reply.status;
    let body = Body::read(reply);
    // Errors quote pieces that are cut to length. They are cut from a text without secrets, because half of one that is
    // left at a cut can be recognised by nobody.
    let told = LazyCell::new(|| without_secrets(reply, &body, redactor));
    let summary = || BodySummary { size: reply.body.len(), ..told.1.summary(&told.0) };
    let not_a_token = |why: String, oauth: OAuthError| ResponseError::NotAToken { status, why, oauth, body: summary() };
    let said = || with_header_ids(told.1.error(&told.0), &told.0);
    let unavailable = status == 429 || (500..600).contains(&status);
    let redirect = (300..400).contains(&status);
    let retry_after = || retry_after(reply, started);
    let location = || told.0.header("location").filter(|_| redirect).map(|to| absolute_without_query(endpoint, to));
    let refused = || {
        let (retry_after, location) = (retry_after(), location());
        ResponseError::Refused { status, oauth: said(), retry_after, location }
    };
    if status == 401 {
        return Err(refused());
    }
    if let Some(members) = body.members() {
        const ONCE: [&str; 5] = ["access_token", "error", "expires_in", "refresh_token", "token_type"];
        match ONCE.into_iter().find(|name| members.names().filter(|n| n == name).count() > 1) {
            // Nobody can say which of them is meant; a status that says enough by itself stands.
            Some(_) if unavailable => {}
            Some(name) => {
                return Err(not_a_token(format!("'{name}' stands more than once in it (RFC 8259 §4)"), said()));
            }
            None if members.get("error").is_some_and(|error| !is_empty(&error)) => return Err(refused()),
            None => {}
        }
    }
    if unavailable {
        let oauth = said();
        let body = oauth.is_empty().then(summary);
        return Err(ResponseError::Unavailable { status, retry_after: retry_after(), oauth, body });
    }
    if redirect {
        return Err(ResponseError::Redirect { status, location: location() });
    }
    if !(200..300).contains(&status) {
        return Err(not_a_token(format!("HTTP {status} with {}", told.1.kind()), said()));
    }
    let Some(members) = body.members() else {
        return Err(not_a_token(format!("it is {}", told.1.kind()), said()));
    };
    read_token(reply, &body, members, grant, started).map_err(|why| not_a_token(why, said()))
}

/// The answer and its body as they may be quoted.
fn without_secrets(reply: &Reply, body: &Body, redactor: &Redactor) -> (Reply, Body) {
    let withheld = || {
        let nothing = Reply { headers: Vec::new(), body: Vec::new(), undecoded: None, ..*reply };
        (nothing, Body { content: Content::Withheld, had_bom: false })
    };
    let mut redactor = redactor.clone();
    redactor.add_tokens_in(&reply.body);
    if redactor.is_overwhelmed() {
        return withheld();
    }
    let clean = |text: &str| redactor.redact(text).into_owned();
    let told = Reply {
        headers: reply.headers.iter().map(|(name, value)| (name.clone(), clean(value))).collect(),
        body: std::str::from_utf8(&reply.body).map_or_else(|_| reply.body.clone(), |text| clean(text).into_bytes()),
        undecoded: reply.undecoded.clone(),
        ..*reply
    };
    match Body::read(&told) {
        // So much was hidden that nothing of it can be read any more.
        Body { content: Content::BrokenJson(_), .. } if !matches!(body.content, Content::BrokenJson(_)) => withheld(),
        body => (told, body),
    }
}

/// The token of an answer that is neither an error nor in doubt; otherwise what it lacks.
fn read_token(
    reply: &Reply,
    body: &Body,
    members: &Members,
    grant: &Grant,
    started: SystemTime,
) -> Result<Answer, String> {
    let (mut deviations, mut notes) = (Vec::new(), Vec::new());
    let mut bends = |section: &'static str, what: String| deviations.push(Deviation { what, section });
    let access_token = match members.get("access_token") {
        None | Some(Value::Null) => return Err("it has no access_token".into()),
        Some(Value::String(text)) if text.is_empty() => return Err("its access_token is empty".into()),
        Some(Value::String(text)) => text,
        Some(other) => return Err(format!("its access_token is {}, not a string", json_kind(&other))),
    };
    // RFC 6749 Appendix A.12: anything else could break out of a header, a shell word or a terminal.
    if !access_token.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
        return Err("its access_token holds characters other than printable ASCII (RFC 6749 Appendix A.12)".into());
    }
    if members.get("ok") == Some(Value::Bool(false)) {
        return Err("it says \"ok\": false".into());
    }

    if reply.status != 200 {
        bends("RFC 6749 §5.1", format!("the status is {} instead of 200", reply.status));
    }
    if body.had_bom {
        bends("RFC 8259 §8.1", "the JSON begins with a byte order mark".into());
    }
    let media_type = reply.header("content-type").map(|v| v.split(';').next().unwrap_or(v).trim().to_ascii_lowercase());
    if matches!(body.content, Content::Form(_)) {
        bends("RFC 6749 §5.1", "the body is form-encoded instead of JSON".into());
    } else if media_type.as_deref() != Some("application/json") {
        let given = media_type.map_or("missing".into(), |given| format!("'{given}'"));
        bends("RFC 6749 §5.1", format!("the Content-Type is {given} instead of application/json"));
    }
    if let Some(coding) = reply.header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        bends("RFC 9110 §12.5.3", format!("the body is {coding}-coded though only identity was asked for"));
    }
    if let Some(name) = members.first_duplicate() {
        bends("RFC 8259 §4", format!("the member '{name}' stands more than once"));
    }
    if members.raw("error").is_some() {
        bends("RFC 6749 §5.1", "an empty 'error' member stands beside the token".into());
    }

    let token_type = match members.get("token_type") {
        Some(Value::String(name)) if !name.is_empty() => {
            if name.eq_ignore_ascii_case("bearertoken") {
                bends("RFC 6749 §7.1", format!("the token_type '{name}' is not registered; taken as Bearer"));
            }
            Some(name)
        }
        None => {
            bends("RFC 6749 §5.1", "token_type is missing; taken as Bearer".into());
            None
        }
        Some(other) => {
            let kind = if is_empty(&other) && other.is_string() { "empty" } else { json_kind(&other) };
            bends("RFC 6749 §5.1", format!("token_type is {kind}; taken as Bearer"));
            None
        }
    };
    let lifetime = match members.get("expires_in") {
        None => None,
        Some(value) => {
            let seconds = seconds(&value);
            let digits = matches!(&value, Value::Number(n) if n.to_string().bytes().all(|b| b.is_ascii_digit()));
            // A form has no numbers, so text is no further deviation there.
            if !(digits || seconds.is_some() && matches!(body.content, Content::Form(_))) {
                let read =
                    seconds.map_or("ignored".into(), |s| format!("read as {} s", s.min(LONGEST_LIFETIME).as_secs()));
                let kind = match &value {
                    Value::Number(number) if number.to_string().starts_with('-') => "negative",
                    Value::Number(_) => "not a whole number",
                    _ => json_kind(&value),
                };
                bends("RFC 6749 Appendix A.14", format!("expires_in is {kind}; {read}"));
            }
            seconds
        }
    };
    match lifetime {
        // Some mean "never" by it, others "already".
        Some(Duration::ZERO) => notes.push("the lifetime is 0 s, so it is not known when the token expires".into()),
        Some(lifetime) if lifetime > LONGEST_LIFETIME => {
            notes.push(format!("the lifetime is longer than {0} s and is taken for that", LONGEST_LIFETIME.as_secs()));
        }
        _ => {}
    }
    if access_token.len() > LONG_TOKEN {
        notes.push(format!("the token has {} bytes: many servers refuse headers of that size", access_token.len()));
    }
    let refresh_token = match members.get("refresh_token") {
        Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text)),
        None => None,
        Some(other) => {
            bends("RFC 6749 §5.1", format!("refresh_token is {}; ignored", json_kind(&other)));
            None
        }
    };
    if refresh_token.is_some() && matches!(grant, Grant::ClientCredentials) {
        bends("RFC 6749 §4.4.3", "a refresh token came with the client_credentials grant; it is not kept".into());
    }
    let scope = match members.get("scope") {
        Some(Value::String(text)) => Some(text.split_ascii_whitespace().map(str::to_owned).collect()),
        Some(Value::Array(items)) => {
            bends("RFC 6749 §5.1", "scope is an array instead of a space-separated string".into());
            Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .flat_map(str::split_ascii_whitespace)
                    .map(str::to_owned)
                    .collect(),
            )
        }
        None => None,
        Some(other) => {
            bends("RFC 6749 §5.1", format!("scope is {}; ignored", json_kind(&other)));
            None
        }
    };
    let expires_at = lifetime.filter(|l| !l.is_zero()).and_then(|l| started.checked_add(l.min(LONGEST_LIFETIME)));
    let access_token = Secret::new(access_token);
    let token = Token { access_token, token_type, expires_at, refresh_token, scope, members: members.clone() };
    Ok(Answer { token, deviations, notes })
}

/// A lifetime in seconds, as a number or as its text; a fraction is cut off, what is negative counts as zero.
fn seconds(value: &Value) -> Option<Duration> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite() || text.len() > 300)?;
    Some(Duration::try_from_secs_f64(number.max(0.0).trunc()).unwrap_or(Duration::MAX))
}

/// How long the server asks to wait (RFC 9110 §10.2.3): seconds or a date; a date in the past is now, nonsense is `None`.
pub fn retry_after(reply: &Reply, now: SystemTime) -> Option<Duration> {
    let value = reply.header("retry-after")?.trim();
    if let Ok(date) = httpdate::parse_http_date(value) {
        // The server's own clock, where it tells it, is the one its date is meant by.
        let now = date_of(reply).unwrap_or(now);
        return Some(date.duration_since(now).unwrap_or(Duration::ZERO));
    }
    let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds: f64 = value.parse().ok().filter(|_| plain)?;
    Some(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX))
}

/// The server's clock, by its Date header.
pub fn date_of(reply: &Reply) -> Option<SystemTime> {
    httpdate::parse_http_date(reply.header("date")?).ok()
}

/// True for values that servers put into `error` to say that there is none.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A body by what it is.
struct Body {
    content: Content,
    had_bom: bool,
}

enum Content {
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
    fn read(reply: &Reply) -> Self {
        if let Some(why) = &reply.undecoded {
            return Self { content: Content::Undecoded(why.clone()), had_bom: false };
        }
        let (bytes, had_bom) = match reply.body.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (&reply.body[..], false),
        };
        Self { content: Content::read(bytes), had_bom }
    }

    fn members(&self) -> Option<&Members> {
        match &self.content {
            Content::Object(members) | Content::Form(members) => Some(members),
            _ => None,
        }
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

    fn summary(&self, reply: &Reply) -> BodySummary {
        // Objects come out through the members that were understood; nothing else of them is shown, as any other may be
        // a token under a name nobody foresaw.
        let excerpt = match &self.content {
            Content::Text(text) | Content::Xml(text) => Some(text.as_str()),
            Content::BrokenJson(_) => std::str::from_utf8(&reply.body).ok(),
            _ => None,
        };
        let excerpt = excerpt.map(|text| capped(&redact::mask_members(&one_line(text)), 80));
        BodySummary {
            kind: self.kind(),
            content_type: reply.header("content-type").map(|t| capped(t, 80)),
            size: reply.body.len(),
            excerpt: excerpt.filter(|text| !text.is_empty()),
        }
    }

    /// What the body, or failing that a WWW-Authenticate header, says about an error.
    fn error(&self, reply: &Reply) -> OAuthError {
        let mut oauth = match &self.content {
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
            Content::Text(text) => OAuthError {
                description: Some(capped(&redact::mask_members(&one_line(text)), SHOWN)),
                ..OAuthError::default()
            },
            Content::Withheld => OAuthError { description: Some(format!("({WITHHELD})")), ..OAuthError::default() },
            _ => OAuthError::default(),
        };
        if let Some(challenge) = reply.header("www-authenticate") {
            oauth.error = oauth.error.or_else(|| auth_param(challenge, "error"));
            oauth.description = oauth.description.or_else(|| auth_param(challenge, "error_description"));
            oauth.uri = oauth.uri.or_else(|| auth_param(challenge, "error_uri"));
        }
        // A code that is the status once more says nothing either.
        if oauth.description.is_none() && oauth.error.as_ref().is_none_or(|code| *code == reply.status.to_string()) {
            oauth.description = self.in_its_own_words(reply.status);
        }
        oauth
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
        Some(capped(&redact::mask_members(&text), SHOWN))
    }
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
            None => Self::Text(text.to_owned()),
        }
    }
}

/// A strict `k=v&k=v` text with an access_token or an error in it: what some servers send instead of JSON.
fn form(text: &str) -> Option<Members> {
    let text = text.trim_end();
    let strict = text.split('&').all(|pair| pair.split_once('=').is_some_and(|(name, _)| !name.is_empty()));
    if !strict || text.bytes().any(|b| b.is_ascii_whitespace() || !b.is_ascii_graphic()) {
        return None;
    }
    let members = Members::from_pairs(form_urlencoded::parse(text.as_bytes()).into_owned());
    (members.raw("access_token").is_some() || members.raw("error").is_some()).then_some(members)
}

/// A member name or error code without case and separators: `Error_Description` → `errordescription`.
fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Finds code, explanation, page and ids in JSON of any shape: the outermost member of the best name wins.
fn error_in(value: &Value) -> OAuthError {
    const CODES: [&str; 7] = ["error", "errorcode", "code", "errortype", "faultcode", "type", "status"];
    const TEXTS: [&str; 14] = [
        "errordescription",
        "errormessage",
        "message",
        "description",
        "detail",
        "errordetail",
        "details",
        "errorsummary",
        "faultstring",
        "reason",
        "msg",
        "errormsg",
        "title",
        "hint",
    ];
    const URIS: [&str; 6] = ["erroruri", "errorlink", "moreinfo", "documentationurl", "helpurl", "helplink"];
    const IDS: [&str; 14] = [
        "traceid",
        "correlationid",
        "requestid",
        "xrequestid",
        "errorid",
        "fbtraceid",
        "activityid",
        "eventid",
        "incidentid",
        "transactionid",
        "supportid",
        "referenceid",
        "logref",
        "timestamp",
    ];
    let mut best: [Best; 3] = std::array::from_fn(|_| Best::default());
    let mut kind = None;
    let mut oauth = OAuthError::default();
    // What a list without names says counts where its own name does, or it has none: another may list anything.
    let mut queue = VecDeque::from([(0_usize, value, true)]);
    // Breadth first and bounded, so that an outer member beats an inner one and a huge body costs nothing.
    for _ in 0..256 {
        let Some((depth, value, counts)) = queue.pop_front() else { break };
        match value {
            Value::Array(items) => queue.extend(items.iter().map(|item| (depth + 1, item, counts))),
            Value::Object(members) => {
                for (name, value) in members {
                    let plain = plain_name(name);
                    let text = match value {
                        Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
                        Value::Number(number) => number.to_string(),
                        Value::Array(_) | Value::Object(_) => {
                            let one = plain.strip_suffix('s').unwrap_or(&plain);
                            let counts = [one, &plain].iter().any(|n| CODES.contains(n) || TEXTS.contains(n));
                            queue.push_back((depth + 1, value, counts));
                            continue;
                        }
                        _ => continue,
                    };
                    let text = capped(&one_line(&text), SHOWN);
                    if IDS.contains(&plain.as_str()) {
                        oauth.ids.push((capped(name, 40), capped(&text, 100)));
                        continue;
                    }
                    if kind.is_none() && matches!(plain.as_str(), "type" | "errortype") {
                        kind = Some((capped(name, 40), capped(&text, 100)));
                    }
                    // A number may be a code, but it explains nothing; a link of another name may be no more than a code.
                    let is_uri = value.is_string() && (plain == "erroruri" || text.starts_with("http"));
                    let names = [(&CODES[..], true), (&TEXTS[..], value.is_string()), (&URIS[..], is_uri)];
                    for (best, (names, fits)) in best.iter_mut().zip(names) {
                        if let Some(rank) = names.iter().position(|n| fits && *n == plain) {
                            best.offer(depth * 32 + rank, &text);
                        }
                    }
                }
            }
            Value::String(text) if depth > 0 && counts => best[1].offer(NAMELESS, &capped(&one_line(text), SHOWN)),
            _ => {}
        }
    }
    let [codes, texts, uris] = best.map(|best| best.texts);
    let joined =
        |texts: Vec<String>, separator| Some(capped(&texts.join(separator), SHOWN)).filter(|text| !text.is_empty());
    oauth.error = joined(codes, ", ");
    oauth.description = joined(texts, "; ").filter(|text| Some(text) != oauth.error.as_ref());
    oauth.uri = uris.into_iter().next();
    // A type beside a code is what some documentation lists the error under.
    if let Some(kind) = kind.filter(|(_, kind)| oauth.error.as_ref().is_some_and(|code| code != kind)) {
        oauth.ids.insert(0, kind);
    }
    oauth.ids.truncate(6);
    oauth
}

/// The rank of a text that stands in a list, without a name of its own.
const NAMELESS: usize = usize::MAX - 1;

/// The texts of the best rank: several where a list tells of several errors.
struct Best {
    rank: usize,
    texts: Vec<String>,
}

impl Default for Best {
    fn default() -> Self {
        Self { rank: usize::MAX, texts: Vec::new() }
    }
}

impl Best {
    fn offer(&mut self, rank: usize, text: &str) {
        const MOST: usize = 5;
        if rank < self.rank {
            *self = Self { rank, texts: Vec::new() };
        }
        if rank == self.rank && self.texts.len() < MOST && !self.texts.iter().any(|held| held == text) {
            self.texts.push(text.to_owned());
        }
    }
}

/// `<name>text</name>` pairs of an XML error, as members.
fn xml_leaves(xml: &str) -> Value {
    let mut leaves = serde_json::Map::new();
    for part in xml.split('<').skip(1).take(256) {
        if let Some((tag, text)) = part.split_once('>')
            && !tag.starts_with(['/', '?', '!'])
            && !text.trim().is_empty()
        {
            let name = tag.split([' ', '/']).next().unwrap_or(tag);
            let name = name.rsplit(':').next().unwrap_or(name);
            leaves.entry(name).or_insert_with(|| Value::from(text.trim()));
        }
    }
    Value::Object(leaves)
}

fn with_header_ids(mut oauth: OAuthError, reply: &Reply) -> OAuthError {
    const HEADERS: [&str; 10] = [
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "correlation-id",
        "x-ms-request-id",
        "x-okta-request-id",
        "x-amzn-requestid",
        "x-trace-id",
        "x-b3-traceid",
        "cf-ray",
    ];
    for (name, value) in &reply.headers {
        if HEADERS.contains(&name.as_str()) && !oauth.ids.iter().any(|(_, known)| known == value) {
            oauth.ids.push((name.clone(), capped(value, 100)));
        }
    }
    oauth
}

/// One parameter of a challenge (RFC 9110 §11.2).
fn auth_param(challenge: &str, wanted: &str) -> Option<String> {
    let mut rest = challenge;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.trim_end().rsplit([',', ' ']).next().unwrap_or_default();
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find([',', ' ']).unwrap_or(after.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(capped(&one_line(value), SHOWN)).filter(|text| !text.is_empty());
        }
        rest = next;
    }
    None
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

/// A redirect's target as an absolute text (RFC 3986 §5.2 for what servers send), without its fragment.
fn absolute(endpoint: &Url, target: &str) -> String {
    let target = target.split('#').next().unwrap_or(target).trim();
    let scheme = if endpoint.is_https() { "https" } else { "http" };
    if target.contains("://") {
        target.to_owned()
    } else if let Some(rest) = target.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if target.starts_with('/') {
        format!("{scheme}://{}{target}", endpoint.authority())
    } else {
        let base = endpoint.without_query();
        let folder = base.rfind('/').filter(|slash| *slash > "https://".len()).map_or(base, |slash| &base[..slash]);
        format!("{folder}/{target}")
    }
}

/// The target without query and userinfo: neither belongs into a message.
fn absolute_without_query(endpoint: &Url, target: &str) -> String {
    let absolute = absolute(endpoint, target.split('?').next().unwrap_or(target));
    let cleaned = match absolute.split_once("://") {
        Some((scheme, rest)) => {
            let authority_end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..authority_end].rsplit('@').next().unwrap_or("");
            format!("{scheme}://{host}{}", &rest[authority_end..])
        }
        None => absolute,
    };
    capped(&cleaned, SHOWN)
}

/// Where a redirect leads, if to a URL that may be asked at all.
pub fn redirect_target(from: &Url, reply: &Reply) -> Option<Url> {
    Url::parse(&absolute(from, reply.header("location")?)).ok().filter(Url::is_protected)
}

fn json_kind(value: &Value) -> &'static str {
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
    use super::*;

    fn reply(status: u16, content_type: &str, body: &str) -> Reply {
        Reply {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            body: body.into(),
            undecoded: None,
            timings: crate::wire::Timings::default(),
        }
    }

    fn json(status: u16, body: &str) -> Reply {
        reply(status, "application/json", body)
    }

    fn started() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn endpoint() -> Url {
        Url::parse("https://idp.example/oauth/token?x=1").unwrap()
    }

    fn read(reply: &Reply) -> Result<Answer, ResponseError> {
        parse(reply, &endpoint(), &Grant::ClientCredentials, started(), &Redactor::default())
    }

    fn token_of(reply: &Reply) -> Token {
        match read(reply) {
            Ok(answer) => answer.token,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The class of an answer, as exit codes tell it.
    fn class(reply: &Reply) -> &'static str {
        match read(reply) {
            Ok(_) => "token",
            Err(ResponseError::Refused { .. }) => "refused",
            Err(ResponseError::Unavailable { .. }) => "unavailable",
            Err(ResponseError::Redirect { .. }) => "redirect",
            Err(ResponseError::NotAToken { .. }) => "not a token",
        }
    }

    #[test]
    fn content_decides_what_an_answer_is() {
        let good = r#"{"access_token":"abc","token_type":"Bearer"}"#;
        for (status, body, expected) in [
            (200, good, "token"),
            (201, good, "token"),
            (400, good, "not a token"),
            (200, r#"{"error":"invalid_client"}"#, "refused"),
            (200, r#"{"access_token":"abc","error":"x"}"#, "refused"),
            (200, r#"{"access_token":"abc","error":null,"token_type":"Bearer"}"#, "token"),
            (200, r#"{"access_token":"abc","error":""}"#, "token"),
            (400, r#"{"error":{"message":"no","code":1}}"#, "refused"),
            (403, r#"{"error":true}"#, "refused"),
            (404, r#"{"error":404}"#, "refused"),
            (500, r#"{"error":"invalid_client"}"#, "refused"),
            (503, r#"{"error":"temporarily_unavailable"}"#, "refused"),
            (500, r#"{"status":500,"error":"Internal Server Error"}"#, "refused"),
            (429, r#"{"error":"too_many_requests"}"#, "refused"),
            (503, r#"{"message":"later"}"#, "unavailable"),
            (401, "<html><title>Sign in</title>", "refused"),
            (401, "", "refused"),
            (429, "Too Many Requests", "unavailable"),
            (401, r#"{"error":"a","error":"b"}"#, "refused"),
            (503, r#"{"error":"a","error":"b"}"#, "unavailable"),
            (400, r#"{"error":"a","error":"b"}"#, "not a token"),
            (500, "<html>oops</html>", "unavailable"),
            (599, "", "unavailable"),
            (302, "", "redirect"),
            (308, good, "redirect"),
            (200, "", "not a token"),
            (200, "<html>hi</html>", "not a token"),
            (200, "[]", "not a token"),
            (200, "{}", "not a token"),
            (200, r#"{"access_token":""}"#, "not a token"),
            (200, r#"{"access_token":null}"#, "not a token"),
            (200, r#"{"access_token":5}"#, "not a token"),
            (200, r#"{"access_token":{"token":"abc"}}"#, "not a token"),
            (200, r#"{"access_token":"a\nb"}"#, "not a token"),
            (200, r#"{"access_token":"a\u0000b"}"#, "not a token"),
            (200, r#"{"access_token":"tök"}"#, "not a token"),
            (200, r#"{"access_token":"abc","ok":false}"#, "not a token"),
            (200, r#"{"access_token":"abc","access_token":"abd"}"#, "not a token"),
            (200, r#"{"access_token":"abc","expires_in":1,"expires_in":2}"#, "not a token"),
            (200, r#"{"access_token":"abc""#, "not a token"),
            (200, r#"{"access_token":"abc"} x"#, "not a token"),
            (200, r#"{"access_token":"abc","x":"\ud800"}"#, "not a token"),
            (200, "access_token=abc&token_type=bearer", "token"),
            (200, "error=bad_verification_code&error_description=x", "refused"),
            (200, "access token=abc", "not a token"),
            (400, r#"{"errorCode":"E0000004"}"#, "not a token"),
            (404, "<html>", "not a token"),
        ] {
            assert_eq!(class(&json(status, body)), expected, "{status} {body}");
        }
        assert_eq!(class(&Reply { body: b"{\"access_token\":\"a\xff\"}".into(), ..json(200, "") }), "not a token");
        assert_eq!(class(&Reply { body: b"\xef\xbb\xbf{\"access_token\":\"a\"}".into(), ..json(200, "") }), "token");
    }

    #[track_caller]
    fn check_lifetime(value: &str, expected: Option<u64>) {
        let body = format!(r#"{{"access_token":"abc","token_type":"Bearer","expires_in":{value}}}"#);
        let left = token_of(&json(200, &body)).remaining(started());
        assert_eq!(left.map(|l| l.as_secs()), expected, "{value}");
    }

    #[test]
    fn lifetimes_are_read_in_every_form_and_never_for_ever() {
        check_lifetime("3600", Some(3600));
        check_lifetime("\"3599\"", Some(3599));
        check_lifetime("3599.9", Some(3599));
        check_lifetime("3.6e3", Some(3600));
        check_lifetime("0", None);
        check_lifetime("-5", None);
        check_lifetime("null", None);
        check_lifetime("\"soon\"", None);
        check_lifetime("\"NaN\"", None);
        check_lifetime("123456789012345678901234567890", Some(LONGEST_LIFETIME.as_secs()));
        check_lifetime("1e999", None);
    }

    #[track_caller]
    fn check_deviations(reply: &Reply, expected: &[&str]) {
        let Ok(answer) = read(reply) else { panic!("{reply:?}") };
        let found: Vec<_> = answer.deviations.iter().map(|d| format!("{} ({})", d.what, d.section)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_tolerated_deviation_names_its_section() {
        check_deviations(&json(200, r#"{"access_token":"abc","token_type":"bearer","expires_in":1,"x":[]}"#), &[]);
        check_deviations(
            &reply(
                201,
                "text/plain",
                r#"{"access_token":"abc","expires_in":"10","scope":["a","b"],"refresh_token":"r"}"#,
            ),
            &[
                "the status is 201 instead of 200 (RFC 6749 §5.1)",
                "the Content-Type is 'text/plain' instead of application/json (RFC 6749 §5.1)",
                "token_type is missing; taken as Bearer (RFC 6749 §5.1)",
                "expires_in is a string; read as 10 s (RFC 6749 Appendix A.14)",
                "a refresh token came with the client_credentials grant; it is not kept (RFC 6749 §4.4.3)",
                "scope is an array instead of a space-separated string (RFC 6749 §5.1)",
            ],
        );
        check_deviations(
            &reply(200, "application/x-www-form-urlencoded", "access_token=abc&token_type=bearer&expires_in=10"),
            &["the body is form-encoded instead of JSON (RFC 6749 §5.1)"],
        );
    }

    #[test]
    fn a_scope_is_read_as_text_and_as_a_list() {
        let scope = |body: &str| token_of(&json(200, body)).scope;
        let expected = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(scope(r#"{"access_token":"t","scope":"a  b"}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t","scope":["a","b"]}"#), expected);
        assert_eq!(scope(r#"{"access_token":"t"}"#), None);
    }

    #[track_caller]
    fn check_error(reply: &Reply, code: Option<&str>, description: Option<&str>) {
        let Err(error) = read(reply) else { panic!("a token") };
        let oauth = error.oauth().unwrap();
        assert_eq!((oauth.error.as_deref(), oauth.description.as_deref()), (code, description), "{error:?}");
    }

    #[test]
    fn errors_of_every_shape_become_code_and_explanation() {
        check_error(
            &json(400, r#"{"error":"invalid_scope","error_description":"no  such\nscope"}"#),
            Some("invalid_scope"),
            Some("no such scope"),
        );
        // Facebook
        check_error(
            &json(400, r#"{"error":{"message":"Bad id","type":"OAuthException","code":101,"fbtrace_id":"A1"}}"#),
            Some("101"),
            Some("Bad id"),
        );
        // Okta
        check_error(
            &json(400, r#"{"errorCode":"E0000004","errorSummary":"Auth failed","errorId":"oae1"}"#),
            Some("E0000004"),
            Some("Auth failed"),
        );
        // Apigee
        check_error(
            &json(401, r#"{"fault":{"faultstring":"Invalid client","detail":{"errorcode":"oauth.v2.InvalidClient"}}}"#),
            Some("oauth.v2.InvalidClient"),
            Some("Invalid client"),
        );
        // RFC 9457
        check_error(
            &reply(
                403,
                "application/problem+json",
                r#"{"type":"about:blank","title":"Forbidden","detail":"IP blocked"}"#,
            ),
            Some("about:blank"),
            Some("IP blocked"),
        );
        check_error(&json(400, r#"{"errors":[{"code":"C1","message":"first"}]}"#), Some("C1"), Some("first"));
        check_error(&json(400, r#"{"errors":["just text"]}"#), None, Some("just text"));
        check_error(&json(400, r#"{"error":true,"message":"nope"}"#), None, Some("nope"));
        // Several at once
        check_error(&json(400, r#"{"error":["a","b","a"]}"#), None, Some("a; b"));
        check_error(&json(400, r#"[{"message":"m1"},{"message":"m2"}]"#), None, Some("m1; m2"));
        check_error(
            &json(400, r#"{"errors":[{"code":1,"message":"m1"},{"code":2,"message":"m2"}]}"#),
            Some("1, 2"),
            Some("m1; m2"),
        );
        check_error(&json(400, r#"{"error":"e","allowed":["a"]}"#), Some("e"), None);
        // Of no known shape
        let by_field = r#"{"errors":{"scope":["is bad","is long"],"client":["x"]}}"#;
        check_error(&json(400, by_field), None, Some(by_field));
        check_error(&json(400, r#"{"error":true}"#), None, Some("true"));
        check_error(&json(200, r#"{"error": {"a": {"b":"deep"}},"c":1}"#), None, Some(r#"{"a":{"b":"deep"}}"#));
        check_error(&json(400, r#"{"error":{"foo":"bar"},"status":400}"#), Some("400"), Some(r#"{"foo":"bar"}"#));
        check_error(&json(403, r#"{"foo": {"x":1},"token":5}"#), None, Some(r#"{"foo":{"x":1},"token":***}"#));
        check_error(&json(503, "[17]"), None, Some("[17]"));
        check_error(&json(400, "{}"), None, None);
        check_error(&json(200, r#"{"foo":"bar"}"#), None, None);
        check_error(
            &reply(400, "text/xml", "<?xml version='1.0'?><e:Error><Code>42</Code><Message>bad</Message></e:Error>"),
            Some("42"),
            Some("bad"),
        );
        check_error(&reply(429, "text/plain", "Too Many Requests"), None, Some("Too Many Requests"));
        let mut challenged = reply(401, "text/html", "<html></html>");
        let challenge = "Bearer realm=\"a, b\", error=\"invalid_token\", error_description=\"it is, well, old\"";
        challenged.headers.push(("www-authenticate".into(), challenge.into()));
        check_error(&challenged, Some("invalid_token"), Some("it is, well, old"));
        let challenge = "Negotiate YWI==, Basic realm=\"no error=x\", Bearer Error = old , error_description=gone,x=y";
        challenged.headers[1].1 = challenge.into();
        check_error(&challenged, Some("old"), Some("gone"));
    }

    #[test]
    fn a_body_that_cannot_be_decoded_leaves_the_status() {
        for (status, expected) in
            [(200, "not a token"), (400, "not a token"), (401, "refused"), (429, "unavailable"), (503, "unavailable")]
        {
            let undecoded = Some("br is not known here".to_owned());
            assert_eq!(class(&Reply { undecoded, ..json(status, "") }), expected, "{status}");
        }
    }

    #[test]
    fn correlation_ids_are_kept_from_body_and_headers() {
        let mut answer = json(400, r#"{"error":"x","trace_id":"t-1","correlation_id":"c-2"}"#);
        answer.headers.push(("x-request-id".into(), "r-3".into()));
        let Err(error) = read(&answer) else { panic!("a token") };
        let mut ids: Vec<_> = error.oauth().unwrap().ids.iter().map(|(_, id)| id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["c-2", "r-3", "t-1"]);
    }

    #[test]
    fn a_link_is_an_address_and_a_type_beside_a_code_is_kept() {
        let said = |body: &str| match read(&json(400, body)) {
            Err(error) => error.oauth().unwrap().clone(),
            Ok(_) => panic!("a token"),
        };
        assert_eq!(said(r#"{"errorCode":"E1","errorLink":"E1"}"#).uri, None);
        assert_eq!(said(r#"{"errorCode":"E1","errorLink":"https://e/1"}"#).uri.as_deref(), Some("https://e/1"));
        let facebook = said(r#"{"error":{"message":"m","type":"OAuthException","code":190}}"#);
        assert_eq!(facebook.ids, [("type".to_owned(), "OAuthException".to_owned())]);
    }

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

    #[test]
    fn a_redirect_shows_an_absolute_target_without_its_query() {
        for (location, expected) in [
            ("https://user:pw@other.example/t?code=1#x", "https://other.example/t"),
            ("/oauth/token/?a=b", "https://idp.example/oauth/token/"),
            ("token/", "https://idp.example/oauth/token/"),
            ("//other.example/t", "https://other.example/t"),
        ] {
            let mut answer = json(301, "");
            answer.headers.push(("location".into(), location.into()));
            let Err(ResponseError::Redirect { location: Some(shown), .. }) = read(&answer) else {
                panic!("{location}")
            };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let date = httpdate::fmt_http_date(started() + Duration::from_secs(90));
        let past = httpdate::fmt_http_date(started() - Duration::from_secs(90));
        for (value, expected) in [
            ("7", Some(Duration::from_secs(7))),
            ("1.5", Some(Duration::from_secs(2))),
            (date.as_str(), Some(Duration::from_secs(90))),
            (past.as_str(), Some(Duration::ZERO)),
            ("1000000000000000000", Some(Duration::from_secs(1_000_000_000_000_000_000))),
            ("99999999999999999999999", Some(Duration::MAX)),
            ("-5", None),
            ("soon", None),
            ("NaN", None),
            ("", None),
        ] {
            let mut answer = json(429, "");
            answer.headers.push(("retry-after".into(), value.into()));
            assert_eq!(retry_after(&answer, started()), expected, "{value}");
        }
    }

    #[test]
    fn understanding_an_answer_takes_no_longer_than_reading_it() {
        use crate::growth::check_linear;
        let numbered =
            |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
        let pairs = |count| numbered(count, &|n| format!("\"m{n:06}\":1"));
        let texts = |count| numbered(count, &|n| format!("\"t{n:08}\""));
        for (small, make) in [
            (
                500,
                &(|n| json(200, &format!(r#"{{"access_token":"a","token_type":"Bearer",{}}}"#, pairs(n))))
                    as &dyn Fn(usize) -> Reply,
            ),
            (500, &|n| json(200, &format!(r#"{{"access_token":"a","scope":[{}]}}"#, texts(n)))),
            (500, &|n| json(400, &format!(r#"{{"error":"x",{}}}"#, pairs(n)))),
            (100, &|n| json(400, &format!(r#"{{"error":"x","tokens":[{}]}}"#, texts(n)))),
            (500, &|n| json(400, &format!(r#"{{"error":"x","errors":[{}]}}"#, texts(n)))),
            (500, &|n| json(400, &"[".repeat(n))),
            (500, &|n| json(400, &format!("{{{}", r#""token":["#.repeat(n)))),
            (500, &|n| reply(400, "text/xml", &"<a>b</a>".repeat(n))),
            (500, &|n| reply(400, "text/plain", &"token=a&".repeat(n))),
            (500, &|n| reply(401, "text/html", &format!("<html>{}", "<title".repeat(n)))),
            (500, &|n| {
                let mut challenged = reply(401, "text/plain", "x");
                challenged.headers.push(("www-authenticate".into(), "a=\"=".repeat(n)));
                challenged
            }),
        ] {
            let mut redactor = Redactor::default();
            redactor.add(&Secret::new("t00000000 and more"));
            check_linear(small, make, |reply| {
                let answer = parse(reply, &endpoint(), &Grant::ClientCredentials, started(), &redactor);
                std::hint::black_box(answer.is_ok());
            });
        }
    }

    #[test]
    fn an_answer_with_more_tokens_than_can_be_hidden_is_not_quoted() {
        let tokens: Vec<_> = (0..4000).map(|n| format!("tok-{n:08}")).collect();
        let body =
            serde_json::json!({ "error": "tok-00003999", "error_description": "tok-00003998", "tokens": tokens });
        for status in [400, 401, 503, 200] {
            let mut answer = json(status, &body.to_string());
            answer.headers.push(("x-request-id".into(), "tok-00003997".into()));
            let Err(error) = read(&answer) else { panic!("a token") };
            assert!(!format!("{error:?}").contains("tok-"), "{error:?}");
            assert_eq!(error.oauth().unwrap().description.as_deref(), Some(&*format!("({WITHHELD})")));
        }
    }
}
