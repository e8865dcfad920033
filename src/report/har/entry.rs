//! An exchange as HAR 1.2 has it, without what is secret.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Answered, Body, Exchange};
use crate::json::Members;
use crate::report::{field, foreign, masked};
use crate::secret::mask::{Nature, mask};
use crate::secret::names::{is_sensitive_name, mask_query};
use crate::secret::{MASK, Redactor};
use crate::wire::Timings;

/// What is not known is this number there.
const UNKNOWN: f64 = -1.0;

/// An object of these members, in this order.
fn object<const N: usize>(members: [(&str, String); N]) -> String {
    let mut object = Members::default();
    members.iter().for_each(|(name, json)| object.push_raw(name, json));
    object.to_line()
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

fn pair(name: &str, value: &str) -> String {
    object([("name", text(name)), ("value", text(value))])
}

/// The pairs of a form or of a query.
fn pairs(encoded: &str) -> String {
    list(form_urlencoded::parse(encoded.as_bytes()).map(|(name, value)| pair(&name, &value)))
}

/// Milliseconds, with their thousandths.
fn milliseconds(span: Option<Duration>) -> String {
    let span = span.map_or(UNKNOWN, |span| (span.as_secs_f64() * 1e6).round() / 1e3);
    Value::from(span).to_string()
}

fn number(number: Option<usize>) -> String {
    number.map_or_else(|| UNKNOWN.to_string(), |number| number.to_string())
}

impl Exchange {
    /// It as an object, without the secrets that are `known` and what else is secret by its name or its nature.
    pub(super) fn entry(&self, known: &Redactor) -> String {
        let at = humantime::format_rfc3339_millis(self.at).to_string();
        let (took, timings) = match &self.answer {
            Some(answer) => timed(&answer.timings),
            None => timed(&Timings { wait: Some(self.took), total: self.took, ..Timings::default() }),
        };
        let response = match &self.answer {
            Some(answer) => answer.response(known),
            None => no_response(&foreign(known, self.why.as_deref().unwrap_or_default())),
        };
        let mut entry = Members::default();
        entry.push_raw("startedDateTime", &text(&at));
        entry.push_raw("time", &milliseconds(Some(took)));
        entry.push_raw("request", &self.request(known));
        entry.push_raw("response", &response);
        entry.push_raw("cache", "{}");
        entry.push_raw("timings", &timings);
        if let Some(address) = self.address {
            entry.push_raw("serverIPAddress", &text(&address.to_string()));
        }
        entry.to_line()
    }

    fn request(&self, known: &Redactor) -> String {
        // What this run sends itself is told also where an answer had more secrets than can be looked for.
        let own = |text: &str| known.redact(text).into_owned();
        let url = own(&mask_query(self.url.as_str()));
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut headers = Vec::new();
        if !self.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host")) {
            headers.push(pair("Host", &own(&self.url.authority())));
        }
        if self.has_proxy_authorization {
            headers.push(pair("Proxy-Authorization", MASK));
        }
        headers.extend(self.headers.iter().map(|header| {
            let value = match header.is_secret || is_sensitive_name(&header.name) {
                true => MASK.to_owned(),
                false => mask(&own(header.value.expose()), Nature::Named).into_owned(),
            };
            pair(&own(&header.name), &value)
        }));
        if let Some(size) = self.body.size {
            headers.push(pair("Content-Length", &size.to_string()));
        }
        let mut request = Members::default();
        request.push_raw("method", &text(&self.method));
        request.push_raw("url", &text(&url));
        request.push_raw("httpVersion", &text("HTTP/1.1"));
        request.push_raw("cookies", "[]");
        request.push_raw("headers", &list(headers));
        request.push_raw("queryString", &pairs(query));
        if self.body.size.is_some_and(|size| size > 0) {
            request.push_raw("postData", &self.post_data(known));
        }
        request.push_raw("headersSize", &number(None));
        request.push_raw("bodySize", &number(Some(self.body.size.unwrap_or_default())));
        request.to_line()
    }

    fn post_data(&self, known: &Redactor) -> String {
        let named = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
        let kind = named.map_or("", |header| header.value.expose());
        let mut data = Members::default();
        data.push_raw("mimeType", &text(&known.redact(kind)));
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        match str::from_utf8(&self.body.bytes) {
            Ok(_) if self.body.bytes.is_empty() => {}
            Ok(body) => {
                let mut shown = known.redact(body).into_owned();
                if !self.is_hidden {
                    shown = mask(&shown, Nature::Named).into_owned();
                }
                if is_form {
                    data.push_raw("params", &pairs(&shown));
                }
                data.push_raw("text", &text(&shown));
            }
            Err(_) => {
                data.push_raw("text", &text(&known.redact(&STANDARD.encode(&*self.body.bytes))));
                data.push_raw("comment", &text("the text is base64"));
            }
        }
        if let Some(comment) = &self.body.comment {
            data.push_raw("comment", &text(comment));
        }
        data.to_line()
    }
}

/// What stands for an answer where there is none.
fn no_response(why: &str) -> String {
    object([
        ("status", "0".to_owned()),
        ("statusText", text("")),
        ("httpVersion", text("")),
        ("cookies", list([])),
        ("headers", list([])),
        ("content", object([("size", "0".to_owned()), ("mimeType", text(""))])),
        ("redirectURL", text("")),
        ("headersSize", number(None)),
        ("bodySize", number(None)),
        ("comment", text(why)),
    ])
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn response(&self, known: &Redactor) -> String {
        // Behind interim answers.
        let line = self.head.lines().rfind(|line| line.starts_with("HTTP/")).unwrap_or_default();
        let (version, rest) = line.split_once(' ').unwrap_or((line, ""));
        let reason = rest.split_once(' ').map_or("", |(_, reason)| reason);
        let shown = |name: &str| self.header(name).map_or_else(String::new, |value| field(known, name, value));
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| pair(&foreign(known, name), &field(known, name, value)));
        // Of what was encoded nobody counted what came.
        let transferred = self.body.size.filter(|_| self.header("content-encoding").is_none());
        object([
            ("status", self.status.to_string()),
            ("statusText", text(&masked(known, reason, Nature::Named))),
            ("httpVersion", text(&foreign(known, version))),
            ("cookies", list([])),
            ("headers", list(headers)),
            ("content", self.body.content(&shown("content-type"), self.nature, known)),
            ("redirectURL", text(&shown("location"))),
            ("headersSize", number(None)),
            ("bodySize", number(transferred)),
        ])
    }
}

impl Body {
    fn content(&self, kind: &str, nature: Option<Nature>, known: &Redactor) -> String {
        let mut content = Members::default();
        let mut comments: Vec<_> = self.comment.iter().map(|comment| foreign(known, comment)).collect();
        content.push_raw("size", &number(Some(self.size.unwrap_or_default())));
        content.push_raw("mimeType", &text(kind));
        match str::from_utf8(&self.bytes) {
            Ok("") => {}
            Ok(body) => {
                let shown = match nature {
                    Some(nature) => masked(known, body, nature),
                    None => foreign(known, body),
                };
                content.push_raw("text", &text(&shown));
            }
            Err(_) => match nature.and_then(|nature| hidden_in_latin_1(&self.bytes, nature, known)) {
                // What its names say can be hidden in a text alone.
                Some(shown) => {
                    content.push_raw("text", &text(&shown));
                    comments.push("it is not UTF-8, and taken for ISO 8859-1".to_owned());
                }
                None => {
                    content.push_raw("text", &text(&foreign(known, &STANDARD.encode(&*self.bytes))));
                    content.push_raw("encoding", &text("base64"));
                }
            },
        }
        if !comments.is_empty() {
            content.push_raw("comment", &text(&comments.join("; ")));
        }
        content.to_line()
    }
}

/// What is no UTF-8, as ISO 8859-1, where something in it is to be hidden.
fn hidden_in_latin_1(bytes: &[u8], nature: Nature, known: &Redactor) -> Option<String> {
    let text: String = bytes.iter().copied().map(char::from).collect();
    Some(masked(known, &text, nature)).filter(|shown| *shown != text)
}

/// How long it took, and each step. There the time for TLS is part of that for connecting.
fn timed(timings: &Timings) -> (Duration, String) {
    let Timings { dns, connect, tls, wait, body, total } = *timings;
    let connect = connect.map(|connect| connect + tls.unwrap_or_default());
    let [wait, receive] = [wait, body].map(Option::unwrap_or_default);
    let steps = dns.unwrap_or_default() + connect.unwrap_or_default() + wait + receive;
    // Who waits for a connection may take one that another has finished, and each took its time.
    let whole = total.max(steps);
    let timings = object([
        ("blocked", milliseconds(Some(whole - steps))),
        ("dns", milliseconds(dns)),
        ("connect", milliseconds(connect)),
        ("ssl", milliseconds(tls)),
        ("send", milliseconds(Some(Duration::ZERO))),
        ("wait", milliseconds(Some(wait))),
        ("receive", milliseconds(Some(receive))),
    ]);
    (whole, timings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_add_up_to_the_whole_and_what_did_not_happen_is_no_time() {
        let ms = Duration::from_millis;
        let all = Timings {
            dns: Some(ms(1)),
            connect: Some(ms(2)),
            tls: Some(ms(4)),
            wait: Some(ms(8)),
            body: Some(ms(16)),
            total: ms(41),
        };
        let kept = Timings { wait: Some(ms(8)), body: None, total: ms(8), ..Timings::default() };
        // Two made their way at the same time, and the one took what the other had made.
        let raced = Timings { dns: None, tls: None, total: ms(10), ..all };
        for (timings, whole, expected) in [
            (all, 41, r#"{"blocked":10.0,"dns":1.0,"connect":6.0,"ssl":4.0,"send":0.0,"wait":8.0,"receive":16.0}"#),
            (kept, 8, r#"{"blocked":0.0,"dns":-1.0,"connect":-1.0,"ssl":-1.0,"send":0.0,"wait":8.0,"receive":0.0}"#),
            (raced, 26, r#"{"blocked":0.0,"dns":-1.0,"connect":2.0,"ssl":-1.0,"send":0.0,"wait":8.0,"receive":16.0}"#),
        ] {
            assert_eq!(timed(&timings), (ms(whole), expected.to_owned()));
        }
    }

    #[test]
    fn what_names_its_secrets_hides_them_also_in_latin_1() {
        let known = Redactor::default();
        let hidden = |bytes: &[u8], nature| hidden_in_latin_1(bytes, nature, &known);
        assert_eq!(hidden(b"{\"pin\":\"x\xe9\"}", Nature::Named).as_deref(), Some("{\"pin\":\"***\"}"));
        assert_eq!(hidden(b"{\"by\":\"x\xe9\"}", Nature::Named), None);
    }
}
