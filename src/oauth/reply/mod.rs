//! What an answer means: content decides, whatever status and Content-Type claim.
//!
//! Real servers bend RFC 6749 in many ways; each bend that is tolerated is recorded as a [`Deviation`] beside the section it
//! bends, so that `-v` can tell and `--strict` can refuse. Nothing here is tuned to one vendor: errors are read by the
//! names and shapes that members have, at any depth.

mod body;
mod error;
mod header;
mod pointer;
mod problem;
mod success;
mod token;

use std::cell::LazyCell;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use self::body::{Body, Content, is_latin_1, readable};
use self::error::{Code, with_header_ids};
use self::header::absolute_without_query;
use super::dpop;
use super::endpoints::Endpoint;
use super::request::Request;
use super::token::Token;
use crate::json::{Members, steps};
use crate::secret::Redactor;
use crate::secret::mask::{Nature, mask};
use crate::wire::{Reply, Url};

pub(in crate::oauth) use self::body::json_kind;
pub use self::body::{BodySummary, WITHHELD};
pub use self::error::OAuthError;
pub(in crate::oauth) use self::error::fit_to_tell;
pub use self::header::{date_of, fresh_for, nonce_of, redirect_target, retry_after, wants_nonce};
pub(in crate::oauth) use self::success::{Success, span};

/// Something the server did that a standard says otherwise, and that was tolerated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// What it did.
    pub what: String,
    /// The section it bends, such as `RFC 6749 §5.1`.
    pub section: &'static str,
}

/// An answer that is not a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseError {
    /// The server said no: a code that is final, a 401, or an `error` member that no status takes back.
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
    /// 408, 425, 429 or 5xx, or a code that says as much.
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
    Redirect {
        /// The status code.
        status: u16,
        /// Where to, absolute and without its query.
        location: Option<String>,
    },
    /// Any other answer without a usable token.
    NotAToken {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        lack: Lack,
        /// What it said, as far as that can be read.
        oauth: OAuthError,
        /// What the body looks like.
        body: BodySummary,
    },
}

/// What an answer lacks that is neither a token nor an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A status that means success.
    Success,
    /// An object in its body.
    Object,
    /// This, in the object.
    Member(String),
}

impl ResponseError {
    /// What happened, with who answered so and whom it was about; `of` is which endpoint that is, if not the one for tokens.
    pub fn told_of(&self, request: &Request, endpoint: Option<&Url>, of: Option<Endpoint>) -> String {
        let (server, status) = (endpoint.map_or("the server", Url::without_query), self.status());
        match (self, &request.client) {
            (Self::Refused { .. }, Some(client)) => {
                format!("{server} refused client '{}' ({}, HTTP {status})", client.id, client.kind.name)
            }
            (Self::Refused { .. }, None) => format!("{server} refused the request (HTTP {status})"),
            (Self::Unavailable { .. }, _) => format!("{server} is unavailable (HTTP {status})"),
            (Self::Redirect { .. }, _) => format!("{server} redirects (HTTP {status})"),
            (Self::NotAToken { lack, body, .. }, _) => {
                let what = match lack {
                    Lack::Success => format!("HTTP {status} with {}", body.kind),
                    Lack::Object => format!("it is {} (HTTP {status})", body.kind),
                    Lack::Member(why) => format!("{why} (HTTP {status})"),
                };
                let wanted = of.map_or("a token response", Endpoint::answer);
                format!("the answer of {server} is not {wanted}: {what}")
            }
        }
    }

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

    /// True where the server's code is this.
    pub fn is(&self, code: &str) -> bool {
        let said = self.oauth().and_then(|oauth| oauth.error.as_deref());
        said.is_some_and(|said| said.eq_ignore_ascii_case(code))
    }

    /// True where nothing was judged but that the proof lacks the server's nonce (RFC 9449 §8).
    pub fn wants_nonce(&self) -> bool {
        matches!(self.status(), 400 | 401) && self.is(dpop::USE_NONCE)
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
    matches!(status, 408 | 425 | 429 | 502 | 503 | 504)
}

/// True for a status that says that the server cannot answer now.
pub fn is_unavailable(status: u16) -> bool {
    is_passing(status) || (500..600).contains(&status)
}

/// A token and the deviations that were tolerated on the way to it.
pub struct TokenResponse {
    /// The token.
    pub token: Token,
    /// In the order found.
    pub deviations: Vec<Deviation>,
    /// What else deserves a look.
    pub oddities: Vec<Oddity>,
}

/// What bends no standard and may surprise all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// The lifetime is zero: some mean "never" by it, others "already".
    NoLifetime,
    /// The token begins with its type, which a header names too.
    NamesItsType,
    /// The token has so many bytes, more than many servers take in a header.
    LongToken(usize),
}

/// What an answer is judged by beside itself: to what it is one.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where that was sent, as far as that is known,
    pub endpoint: Option<&'a Url>,
    /// and when.
    pub started: SystemTime,
    /// What it quotes loses the secrets that this one knows, and the answer's own tokens.
    pub redactor: &'a Redactor,
}

/// Reads the answer to `request`. The member `instead`, if one is asked for, may take the place of a token that is not there.
///
/// # Errors
/// [`ResponseError`] for every answer without a usable token.
pub fn parse(
    reply: &Reply,
    asked: &Asked<'_>,
    request: &Request,
    instead: Option<&str>,
) -> Result<TokenResponse, ResponseError> {
    let read = |success: &Success<'_>| token::read(success, request, asked.started, instead);
    judge(reply, asked, Some(request.ways.token_place()), &ONCE, read)
}

/// What `read` makes of an answer that may be what was asked for; its error says what that lacks. None of the members `once`
/// may stand twice. A token is looked for where there is none at its `place`, if one was asked for.
///
/// # Errors
/// [`ResponseError`]
pub(in crate::oauth) fn judge<T>(
    reply: &Reply,
    asked: &Asked<'_>,
    place: Option<&str>,
    once: &[&'static str],
    read: impl FnOnce(&Success<'_>) -> Result<T, String>,
) -> Result<T, ResponseError> {
    let body = Body::read(reply);
    let lack = match body.members() {
        _ if !is_success(reply.status) || body.has_error() => Lack::Success,
        Some(members) if doubled(members, once).is_none() => match read(&Success::new(reply, &body, members)) {
            Ok(answer) => return Ok(answer),
            Err(why) => Lack::Member(why),
        },
        _ => Lack::Object,
    };
    Err(failure(reply, &body, asked, place, once, lack))
}

/// The answer to a request to revoke a token: whatever it holds, as long as it is a success (RFC 7009 §2.2).
///
/// # Errors
/// [`ResponseError`]
pub(in crate::oauth) fn done(reply: &Reply, asked: &Asked<'_>) -> Result<(), ResponseError> {
    let body = Body::read(reply);
    match is_success(reply.status) && !body.has_error() {
        true => Ok(()),
        false => Err(failure(reply, &body, asked, None, &["error"], Lack::Success)),
    }
}

/// True where a body says by the name of a member that this is an error, whatever the status.
pub fn has_error(reply: &Reply) -> bool {
    Body::read(reply).has_error()
}

/// The text of an answer that is to be signed as a whole; for another, `why` says what it is instead, told whether that is an
/// object.
///
/// # Errors
/// [`ResponseError`]
pub(in crate::oauth) fn signed(
    reply: &Reply,
    asked: &Asked<'_>,
    why: impl FnOnce(bool) -> &'static str,
) -> Result<String, ResponseError> {
    if let Some(text) = as_signed(reply) {
        return Ok(text);
    }
    let body = Body::read(reply);
    let lack = match is_success(reply.status) && !body.has_error() {
        true => Lack::Member(why(body.members().is_some()).to_owned()),
        false => Lack::Success,
    };
    Err(failure(reply, &body, asked, None, &["error"], lack))
}

/// The text of a success that looks like a JWT (RFC 7515 §7.1, RFC 7516 §7.1), whatever its Content-Type.
pub(in crate::oauth) fn as_signed(reply: &Reply) -> Option<String> {
    let text = std::str::from_utf8(&reply.body).ok()?.trim();
    let is_base64 = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let is_jwt = matches!(text.split('.').count(), 3 | 5) && text.starts_with('e') && text.split('.').all(is_base64);
    (is_success(reply.status) && is_jwt).then(|| text.to_owned())
}

/// How such an answer bends what it has to be by this section, which wants this media type.
pub(in crate::oauth) fn bends_of_signed(reply: &Reply, media_type: &str, section: &'static str) -> Vec<Deviation> {
    let mut deviations = bends_of_http(reply);
    if reply.status != 200 {
        deviations.push(Deviation { what: format!("the status is {} instead of 200", reply.status), section });
    }
    let given = reply.header("content-type").map(|given| given.split(';').next().unwrap_or(given).trim());
    if !given.is_some_and(|given| given.eq_ignore_ascii_case(media_type)) {
        let given = given.map_or("missing".to_owned(), |given| format!("'{}'", given.to_ascii_lowercase()));
        deviations.push(Deviation { what: format!("the Content-Type is {given} instead of {media_type}"), section });
    }
    deviations
}

/// A member of an answer, whatever that is.
pub(in crate::oauth) fn member(reply: &Reply, name: &str) -> Option<Value> {
    Body::read(reply).members()?.get(name).filter(|value| !value.is_null())
}

/// What an answer is that is not what was asked for, and lacks this for it.
fn failure(
    reply: &Reply,
    body: &Body,
    asked: &Asked<'_>,
    place: Option<&str>,
    once: &[&'static str],
    lack: Lack,
) -> ResponseError {
    let status = reply.status;
    // Errors quote pieces that are cut to length. They are cut from a text without secrets, because half of one that is
    // left at a cut can be recognised by nobody.
    let told = LazyCell::new(|| without_secrets(reply, body, asked.redactor));
    let summary = || {
        // Of use where there is none at its place; the place of one that is none may be right.
        let at_place = |members: &Members| place.and_then(|place| members.get_at(place));
        let is_there = |members: &Members| matches!(at_place(members), Some(Value::String(t)) if token::is_usable(&t));
        let members = body.members().filter(|members| place.is_some() && is_success(status) && !is_there(members));
        let token_at = members.and_then(pointer::to_token).filter(|pointer| Some(pointer.as_str()) != place);
        let has_id_token = members.is_some_and(|members| {
            matches!(at_place(members), None | Some(Value::Null))
                && members.string("id_token").is_some_and(|token| token::is_usable(&token))
        });
        BodySummary { size: reply.body.len(), token_at, has_id_token, ..told.1.summary(&told.0) }
    };
    let said = || with_header_ids(told.1.error(&told.0).oauth, &told.0);
    let not_a_token = |lack| ResponseError::NotAToken { status, lack, oauth: said(), body: summary() };
    let redirect = (300..400).contains(&status);
    let retry_after = || retry_after(reply, asked.started);
    let location =
        || told.0.header("location").filter(|_| redirect).map(|to| absolute_without_query(asked.endpoint, to));
    // Nobody can say which of them is meant; a status that says enough by itself stands.
    let doubled = body.members().and_then(|members| doubled(members, once));
    if let Some(name) = doubled.filter(|_| status != 401 && !is_unavailable(status)) {
        return not_a_token(Lack::Member(stands_twice(name)));
    }
    match verdict(status, body.has_error(), body.error(reply).code) {
        Some(Verdict::Refused) => {
            let (retry_after, location) = (retry_after(), location());
            ResponseError::Refused { status, oauth: said(), retry_after, location }
        }
        Some(Verdict::Unavailable) => {
            let oauth = said();
            let body = oauth.is_empty().then(summary);
            ResponseError::Unavailable { status, retry_after: retry_after(), oauth, body }
        }
        None if redirect => ResponseError::Redirect { status, location: location() },
        None => not_a_token(lack),
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// What an answer without a token is.
enum Verdict {
    Refused,
    Unavailable,
}

/// The first that fits; `None` for an answer that is neither.
fn verdict(status: u16, has_error: bool, code: Option<Code>) -> Option<Verdict> {
    let success = is_success(status);
    match code {
        Some(Code::Final) => Some(Verdict::Refused),
        _ if status == 401 => Some(Verdict::Refused),
        _ if is_unavailable(status) => Some(Verdict::Unavailable),
        Some(Code::Passing) if (400..600).contains(&status) => Some(Verdict::Unavailable),
        _ if has_error => Some(Verdict::Refused),
        // In an answer that claims success, a code of the server's own may be that of success.
        Some(code) if code.is_standard() || !success => Some(Verdict::Refused),
        _ => None,
    }
}

/// The members of a token response that count.
const ONCE: [&str; 5] = ["access_token", "error", "expires_in", "refresh_token", "token_type"];

/// The first of the members that count which stands more than once. Errors that are equal leave no doubt.
fn doubled(members: &Members, once: &[&'static str]) -> Option<&'static str> {
    once.iter().copied().find(|name| {
        let mut values = members.raws().filter(|(n, _)| n == name).map(|(_, raw)| raw);
        let first = values.next();
        values.any(|other| *name != "error" || Some(other) != first)
    })
}

/// The same on the way that `pointer` leads to a token, and beside it.
fn doubled_on_the_way(members: &Members, pointer: &str) -> Option<String> {
    let holders = pointer.match_indices('/').map(|(at, _)| &pointer[..at]);
    let holders = holders.map(|holder| Members::parse(&members.at(holder)?).ok()?);
    let mut last = None;
    for (holder, name) in holders.zip(steps(pointer)?) {
        if let Some(holder) = &holder
            && holder.names().filter(|n| *n == name).count() > 1
        {
            return Some(name);
        }
        last = holder;
    }
    doubled(&last?, &ONCE).map(str::to_owned)
}

/// What an answer lacks in which this name has two values.
fn stands_twice(name: &str) -> String {
    format!("'{name}' stands more than once in it (RFC 8259 §4)")
}

/// What an answer to a token request may hold.
pub fn nature(reply: &Reply) -> Nature {
    nature_of(reply.status, &Body::read(reply))
}

fn nature_of(status: u16, body: &Body) -> Nature {
    let has_token = body.members().is_some_and(|members| members.string("access_token").is_some_and(|t| !t.is_empty()));
    match is_success(status) {
        true if has_token || body.has_error() => Nature::Named,
        true => Nature::PerhapsToken,
        false => Nature::Complaint,
    }
}

/// How an answer bends HTTP, whatever it says.
pub fn bends_of_http(reply: &Reply) -> Vec<Deviation> {
    let bend = |what: &str, section| Deviation { what: what.to_owned(), section };
    let mut bends: Vec<_> = reply.bends.iter().map(|(what, section)| bend(what, section)).collect();
    if reply.undecoded.is_some() && !reply.body.is_empty() {
        bends.push(bend("the Content-Encoding is unknown, and the body is read as it is", "RFC 9110 §8.4"));
    }
    if is_latin_1(reply) && Body::read(reply).is_data() {
        bends.push(bend("the body is in ISO 8859-1 instead of UTF-8", "RFC 8259 §8.1"));
    }
    bends
}

/// The answer and its body as they may be quoted.
fn without_secrets(reply: &Reply, body: &Body, redactor: &Redactor) -> (Reply, Body) {
    let withheld = || {
        let nothing = Reply {
            head: String::new(),
            headers: Vec::new(),
            bends: Vec::new(),
            body: Vec::new(),
            undecoded: None,
            ..*reply
        };
        (nothing, Body { content: Content::Withheld, had_bom: false })
    };
    let mut redactor = redactor.clone();
    redactor.add_tokens_in(&readable(reply));
    if redactor.is_overwhelmed() {
        return withheld();
    }
    let nature = match nature_of(reply.status, body) {
        // The members of an error have names, and are read by these.
        Nature::Named | Nature::Complaint if body.has_names() => Nature::Said,
        nature => nature,
    };
    // Before anything of it is read and cut, so that nothing has to think of it.
    let masked = |text: &str, nature| mask(&redactor.redact(text), nature).into_owned();
    let told = Reply {
        head: String::new(),
        headers: reply.headers.iter().map(|(name, value)| (name.clone(), masked(value, Nature::Said))).collect(),
        body: std::str::from_utf8(&readable(reply))
            .map_or_else(|_| reply.body.clone(), |text| masked(text, nature).into_bytes()),
        bends: Vec::new(),
        undecoded: reply.undecoded.clone(),
        ..*reply
    };
    match Body::read(&told) {
        // What was broken in it may be hidden now.
        Body { had_bom, .. } if let Content::BrokenJson(why) = &body.content => {
            (told, Body { content: Content::BrokenJson(why.clone()), had_bom })
        }
        // So much was hidden that nothing of it can be read any more.
        Body { content: Content::BrokenJson(_), .. } if !matches!(body.content, Content::BrokenJson(_)) => withheld(),
        body => (told, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Ways;
    use crate::oauth::tests as sample;
    use crate::secret::Secret;

    pub(super) fn reply(status: u16, content_type: &str, body: &str) -> Reply {
        Reply {
            status,
            head: String::new(),
            headers: vec![("content-type".into(), content_type.into())],
            bends: Vec::new(),
            body: body.into(),
            undecoded: None,
            timings: crate::wire::Timings::default(),
        }
    }

    pub(super) fn json(status: u16, body: &str) -> Reply {
        reply(status, "application/json", body)
    }

    pub(super) fn started() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn endpoint() -> Url {
        Url::parse("https://idp.example/oauth/token?x=1").unwrap()
    }

    pub(super) fn read(reply: &Reply) -> Result<TokenResponse, ResponseError> {
        read_as(reply, Ways::default())
    }

    pub(super) fn read_as(reply: &Reply, ways: Ways) -> Result<TokenResponse, ResponseError> {
        let request = Request { ways, ..sample::request() };
        let asked = Asked { endpoint: Some(&endpoint()), started: started(), redactor: &Redactor::default() };
        parse(reply, &asked, &request, None)
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
            (503, r#"{"error":"temporarily_unavailable"}"#, "unavailable"),
            (500, r#"{"status":500,"error":"Internal Server Error"}"#, "unavailable"),
            (429, r#"{"error":"too_many_requests"}"#, "unavailable"),
            (429, r#"{"error":"invalid_client"}"#, "refused"),
            (503, r#"{"status":503,"error":"Service Unavailable","code":"invalid_grant"}"#, "refused"),
            (500, r#"{"errors":[{"code":"INVALID_SCOPE"}]}"#, "refused"),
            (500, "<e:Error><code>invalid_target</code></e:Error>", "refused"),
            (500, "invalid_client: no such client", "refused"),
            (500, r#"{"message":"access_denied"}"#, "refused"),
            (500, r#"{"message":"no invalid_client here"}"#, "unavailable"),
            (500, r#"{"error":true}"#, "unavailable"),
            (400, r#"{"error":"temporarily_unavailable"}"#, "unavailable"),
            (400, r#"{"errorCode":"server_error"}"#, "unavailable"),
            (403, r#"{"error":{"code":"slow_down"}}"#, "unavailable"),
            (401, r#"{"error":"temporarily_unavailable"}"#, "refused"),
            (200, r#"{"error":"temporarily_unavailable"}"#, "refused"),
            (302, r#"{"error":"temporarily_unavailable"}"#, "refused"),
            (408, "", "unavailable"),
            (425, r#"{"error":"early"}"#, "unavailable"),
            (200, r#"{"code":"invalid_client"}"#, "refused"),
            (200, "<error>no</error>", "refused"),
            (200, r#"{"code":"E1","message":"no"}"#, "not a token"),
            (200, r#"{"code":0,"message":"ok","access_token":"abc"}"#, "token"),
            (200, r#"{"type":"server_error","access_token":"abc"}"#, "token"),
            (400, r#"{"code":400,"message":"no"}"#, "not a token"),
            (400, r#"{"type":"about:blank","title":"no"}"#, "not a token"),
            (302, r#"{"code":"E1"}"#, "refused"),
            (503, r#"{"message":"later"}"#, "unavailable"),
            (407, r#"{"message":"later"}"#, "not a token"),
            (401, "<html><title>Sign in</title>", "refused"),
            (401, "", "refused"),
            (429, "Too Many Requests", "unavailable"),
            (401, r#"{"error":"a","error":"b"}"#, "refused"),
            (503, r#"{"error":"a","error":"b"}"#, "unavailable"),
            (400, r#"{"error":"a","error":"b"}"#, "not a token"),
            (400, r#"{"error":"a","error":"a"}"#, "refused"),
            (400, r#"{"error":"a","error":"a","error":"b"}"#, "not a token"),
            (200, r#"{"access_token":"abc","access_token":"abc"}"#, "not a token"),
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
            (400, r#"{"errorCode":"E0000004"}"#, "refused"),
            (404, r#"{"error":"Not Found"}"#, "refused"),
            (404, "<html>", "not a token"),
        ] {
            assert_eq!(class(&json(status, body)), expected, "{status} {body}");
        }
        assert_eq!(class(&Reply { body: b"{\"access_token\":\"a\xff\"}".into(), ..json(200, "") }), "not a token");
        assert_eq!(class(&Reply { body: b"\xef\xbb\xbf{\"access_token\":\"a\"}".into(), ..json(200, "") }), "token");
    }

    #[test]
    fn what_stands_twice_on_the_way_to_a_token_or_beside_it_is_in_doubt() {
        let read = |pointer: &str, body: &str| {
            let ways = Ways { token_pointer: Some(pointer.into()), ..Ways::default() };
            match read_as(&json(200, body), ways) {
                Ok(_) => None,
                Err(ResponseError::NotAToken { lack: Lack::Member(why), .. }) => Some(why),
                Err(error) => panic!("{error:?}"),
            }
        };
        for (pointer, body, name) in [
            ("/token", r#"{"token":"a","token":"b"}"#, "token"),
            ("/a~1b/t", r#"{"a/b":{"t":"a"},"a/b":{"t":"b"}}"#, "a/b"),
            ("/d/t", r#"{"d":{"t":"a","t":"b"}}"#, "t"),
            ("/d/0/t", r#"{"d":[{"t":"a","t":"b"}]}"#, "t"),
            ("/d/t", r#"{"d":{"t":"a","expires_in":1,"expires_in":2}}"#, "expires_in"),
            ("/d/t", r#"{"d":{"t":"a","refresh_token":"b","refresh_token":"c"}}"#, "refresh_token"),
        ] {
            assert_eq!(read(pointer, body), Some(stands_twice(name)), "{pointer} {body}");
        }
        for (pointer, body) in [("/d/t", r#"{"d":{"t":"a","x":1,"x":1}}"#), ("/d/0", r#"{"d":["a"],"e":1,"e":2}"#)] {
            assert_eq!(read(pointer, body), None, "{pointer} {body}");
        }
    }

    #[test]
    fn another_place_is_named_only_where_no_token_stands_at_its_place() {
        let hinted = |pointer: Option<&str>, status, body: &str| {
            let ways = Ways { token_pointer: pointer.map(str::to_owned), ..Ways::default() };
            let Err(error) = read_as(&json(status, body), ways) else { panic!("a token in {body}") };
            error.problem(String::new()).hints.iter().any(|hint| hint.contains("token_pointer"))
        };
        assert!(hinted(None, 200, r#"{"token":"t"}"#));
        assert!(hinted(None, 200, r#"{"access_token":5,"token":"t"}"#));
        assert!(hinted(Some("/data/other"), 200, r#"{"token":"t"}"#));
        for (pointer, status, body) in [
            (None, 200, r#"{"access_token":"a","ok":false,"token":"t"}"#),
            (None, 200, r#"{"access_token":"a","access_token":"b","token":"t"}"#),
            (None, 400, r#"{"error":"a","error":"b","token":"t"}"#),
            (Some("/token"), 200, r#"{"token":"t","ok":false}"#),
            (Some("/token"), 200, r#"{"token":"t","expires_in":1,"expires_in":2}"#),
        ] {
            assert!(!hinted(pointer, status, body), "{pointer:?} {body}");
        }
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
            let request = sample::request();
            check_linear(small, make, |reply| {
                let asked = Asked { endpoint: Some(&endpoint()), started: started(), redactor: &redactor };
                let answer = parse(reply, &asked, &request, None);
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
