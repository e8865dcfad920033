//! What an answer says about an error, found by the names and shapes that members have, at any depth.

use std::collections::VecDeque;

use serde_json::Value;

use crate::oauth::challenge::Challenge;
use crate::oauth::dpop;
use crate::secret::Redactor;
use crate::secret::mask::{Nature, mask};
use crate::text::{abridged, capped, one_line};
use crate::wire::Reply;

/// At most this much of a foreign text is shown (characters).
pub(super) const SHOWN: usize = 600;

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
    pub(super) fn is_empty(&self) -> bool {
        self.error.is_none() && self.description.is_none()
    }
}

/// A foreign text as it may be told: without what is secret, on one line and not too long.
pub(in crate::oauth) fn fit_to_tell(text: &str, redactor: &Redactor) -> String {
    abridged(&one_line(&mask(&redactor.redact(text), Nature::Said)), SHOWN)
}

/// What an answer says about an error.
pub(super) struct Said {
    pub(super) oauth: OAuthError,
    /// What its code means; `None` where it says none.
    pub(super) code: Option<Code>,
}

/// A code by what it means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// The same request will not be granted (RFC 6749 §5.2; RFC 8707 §2; RFC 9449 §5; `access_denied` of RFC 8628 §3.5).
    Final,
    /// It may be granted later (RFC 6749 §4.1.2.1, RFC 8628 §3.5).
    Passing,
    /// The server's own, of which nothing is known.
    Other,
}

impl Code {
    pub(super) fn of(code: &str) -> Self {
        const FINAL: [&str; 9] = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "invalid_target",
            "access_denied",
            "invalid_dpop_proof",
        ];
        const PASSING: [&str; 4] = ["temporarily_unavailable", "server_error", "slow_down", "too_many_requests"];
        let is_one = |known: &&str| known.eq_ignore_ascii_case(code);
        match () {
            () if FINAL.iter().any(is_one) => Self::Final,
            () if PASSING.iter().any(is_one) => Self::Passing,
            () => Self::Other,
        }
    }

    pub(super) fn is_standard(self) -> bool {
        self != Self::Other
    }
}

impl Said {
    /// What is said by `oauth`. A standard code that stands elsewhere than the best place for one counts all the same:
    /// `elsewhere`, or at the beginning of the explanation.
    fn new(mut oauth: OAuthError, elsewhere: Option<String>) -> Self {
        let is_standard = |code: &String| Code::of(code).is_standard();
        let first_word = |text: &String| {
            let word = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
            Some(word.to_owned()).filter(is_standard)
        };
        let words = oauth.description.as_ref();
        let standard = oauth.error.clone().filter(is_standard).or(elsewhere).or_else(|| words.and_then(first_word));
        if let Some(standard) = standard {
            let displaced = oauth.error.replace(standard.clone());
            let displaced = displaced.filter(|code| *code != standard && code.parse::<u64>().is_err());
            let words = oauth.description.take().map(|words| match words.strip_prefix(&standard) {
                Some(rest) => rest.trim_start_matches([':', ' ']).to_owned(),
                None => words,
            });
            let words: Vec<_> = [displaced, words].into_iter().flatten().filter(|text| !text.is_empty()).collect();
            oauth.description = (!words.is_empty()).then(|| words.join("; "));
        }
        Self { code: oauth.error.as_deref().map(Code::of), oauth }
    }

    /// A text in which nothing is marked as code or explanation.
    pub(super) fn in_words(text: String) -> Self {
        Self::new(OAuthError { description: Some(text), ..OAuthError::default() }, None)
    }

    /// Nothing.
    pub(super) fn nothing() -> Self {
        Self { oauth: OAuthError::default(), code: None }
    }

    /// What a challenge (RFC 6750 §3) says, where the body does not.
    pub(super) fn or_challenge(mut self, challenge: &Challenge) -> Self {
        let said = |name: &str| challenge.get(name).map(|value| abridged(&one_line(value), SHOWN));
        if self.oauth.error.is_none() {
            self.oauth.error = said("error");
            self.code = self.oauth.error.as_deref().map(Code::of);
        }
        self.oauth.description = self.oauth.description.or_else(|| said("error_description"));
        self.oauth.uri = self.oauth.uri.or_else(|| said("error_uri"));
        // What can be done about it at once counts before what the body says.
        if challenge.wants_nonce() {
            self.oauth.error = Some(dpop::USE_NONCE.to_owned());
            self.code = Some(Code::Other);
        }
        self
    }
}

/// A member name without case and separators: `Error_Description` → `errordescription`.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Finds code, explanation, page and ids in JSON of any shape: the outermost member of the best name wins.
pub(super) fn error_in(value: &Value) -> Said {
    const CODES: [&str; 7] = ["error", "errorcode", "code", "errortype", "faultcode", "type", "status"];
    const TEXTS: [&str; 16] = [
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
        "developermessage",
        "usermessage",
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
    // Of the codes the first so many are codes by their name; the others may say anything.
    const SURE: usize = 5;
    let mut best: [Best; 3] = std::array::from_fn(|_| Best::default());
    let mut standard = Best::default();
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
                    let text = abridged(&one_line(&text), SHOWN);
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
                    if let Some(rank) = CODES.iter().position(|n| *n == plain)
                        && Code::of(&text).is_standard()
                    {
                        standard.offer(depth * 32 + rank, &text);
                    }
                }
            }
            Value::String(text) if depth > 0 && counts => best[1].offer(NAMELESS, &abridged(&one_line(text), SHOWN)),
            _ => {}
        }
    }
    let is_sure = best[0].rank % 32 < SURE;
    let [codes, texts, uris] = best.map(|best| best.texts);
    let joined =
        |texts: Vec<String>, separator| Some(abridged(&texts.join(separator), SHOWN)).filter(|text| !text.is_empty());
    oauth.error = joined(codes, ", ");
    oauth.description = joined(texts, "; ").filter(|text| Some(text) != oauth.error.as_ref());
    oauth.uri = uris.into_iter().next();
    // A type beside a code is what some documentation lists the error under.
    if let Some(kind) = kind.filter(|(_, kind)| oauth.error.as_ref().is_some_and(|code| code != kind)) {
        oauth.ids.insert(0, kind);
    }
    oauth.ids.truncate(6);
    let mut said = Said::new(oauth, standard.texts.into_iter().next());
    said.code = said.code.filter(|code| is_sure || code.is_standard());
    said
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
pub(super) fn xml_leaves(xml: &str) -> Value {
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

pub(super) fn with_header_ids(mut oauth: OAuthError, reply: &Reply) -> OAuthError {
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

#[cfg(test)]
mod tests {
    use super::super::tests::{json, read, reply};
    use super::*;

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
        // A standard code counts before any other, which is not lost.
        check_error(
            &json(400, r#"{"error":"Bad Request","errorCode":"invalid_client","message":"no"}"#),
            Some("invalid_client"),
            Some("Bad Request; no"),
        );
        check_error(&json(503, r#"{"status":503,"error":{"code":"invalid_scope"}}"#), Some("invalid_scope"), None);
        check_error(&json(422, r#"{"message":"invalid_client"}"#), Some("invalid_client"), None);
        check_error(
            &json(400, r#"{"code":7,"message":"invalid_client: unknown"}"#),
            Some("invalid_client"),
            Some("unknown"),
        );
        check_error(&reply(400, "text/plain", "access_denied by policy"), Some("access_denied"), Some("by policy"));
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
        check_error(&json(403, r#"{"foo": {"x":1},"token":5}"#), None, Some(r#"{"foo":{"x":1},"token":"***"}"#));
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
}
