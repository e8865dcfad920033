//! Header fields of the command line: HTTP Basic, what the transport sets itself, and what is carried over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::form::UserPass;
use super::super::text::{Piece, Text, placeholder};
use super::super::{Draft, Key, named};
use super::Command;
use super::shell::output;

/// What a browser adds to each request of a page, beside `Sec-…`.
const BROWSER: [&str; 14] = [
    "accept",
    "accept-language",
    "cache-control",
    "cookie",
    "dnt",
    "origin",
    "pragma",
    "priority",
    "referer",
    "referrer-policy",
    "te",
    "upgrade-insecure-requests",
    "user-agent",
    "x-requested-with",
];

impl Command {
    pub(super) fn header(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        let Some((field, value)) = text.split_once(':') else {
            return draft
                .fault(name, "expected 'Name: value'; a file of header fields or an empty one cannot be carried over");
        };
        let field = field.as_literal().unwrap_or_default().trim().to_owned();
        let value = value.trimmed();
        if field.eq_ignore_ascii_case("authorization") {
            return self.authorization(&format!("{name} {field}"), &value, draft);
        }
        if field.eq_ignore_ascii_case("dpop") {
            let from = format!("{name} {field}");
            draft.note(&from, "held a proof, which is good once: dpop: true makes one for each request, with a new key unless dpop_key names one");
            return draft.plain(Key::Dpop, &from, "true");
        }
        // What `-b` says is said on purpose; this is what some program had in its jar.
        if field.eq_ignore_ascii_case("cookie") {
            return draft.note(&format!("{name} {field}"), "is left out: a token request has no cookies");
        }
        self.headers.push((field, value));
    }

    fn authorization(&mut self, from: &str, value: &Text, draft: &mut Draft) {
        let encoded = value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.as_literal().is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic")));
        let Some((_, encoded)) = encoded else { return draft.fault(from, "only HTTP Basic can be carried over") };
        let encoded = encoded.trimmed();
        let basic = match (encoded.as_literal(), encoded.pieces()) {
            (_, [Piece::Output(output)]) => output::credentials(&output.command, self.shell, &self.assigned, from),
            (Some(text), _) if !stands_for_credentials(text) => {
                draft.conceal(text);
                let decoded = STANDARD_NO_PAD
                    .decode(text.trim_end_matches('='))
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                let Some((id, secret)) = decoded.as_deref().and_then(|decoded| decoded.split_once(':')) else {
                    return draft.fault(from, "what follows 'Basic' is not the base64 of id:secret");
                };
                UserPass { id: Text::literal(id), secret: Some(Text::literal(secret)), from: from.to_owned() }
            }
            // `Basic id:secret`, which no server takes, but which says what was meant.
            (None, _) if encoded.split_once(':').is_some() => {
                let (id, secret) = encoded.split_once(':').unwrap_or_default();
                UserPass { id, secret: Some(secret), from: from.to_owned() }
            }
            _ => output::open(from),
        };
        if self.basic.is_some() {
            return draft.fault(&basic.from, "it is given twice");
        }
        self.basic = Some(basic);
    }

    pub(super) fn carry_headers(&mut self, draft: &mut Draft) {
        let headers = std::mem::take(&mut self.headers);
        let is_of_browser = |name: &str| name.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("sec-"));
        let from_browser = headers.iter().any(|(name, _)| is_of_browser(name));
        for (name, text) in &headers {
            let lower = name.to_ascii_lowercase();
            if is_of_browser(name) || from_browser && BROWSER.contains(&lower.as_str()) {
                draft.note(
                    "what a browser adds",
                    "to its header fields (Sec-…, Origin, Cookie and their like) is left out",
                );
                continue;
            }
            self.header_field(name, &lower, text, draft);
        }
    }

    /// A header field of the request, unless it says what is sent anyway.
    fn header_field(&self, name: &str, lower: &str, text: &Text, draft: &mut Draft) {
        let from = format!("-H {}", named(name));
        let value = text.as_literal().unwrap_or("$").to_ascii_lowercase();
        match lower {
            "content-type" => self.content_type(&from, &value, draft),
            "accept" if value == "*/*" || value.starts_with("application/json") => {}
            "content-length" | "accept-encoding" | "connection" | "expect" | "transfer-encoding" | "te"
            | "keep-alive" => {
                draft.note(&from, "is left out: the transport sets it");
            }
            "host" if self.host.as_deref() == Some(value.as_str()) => {}
            "postman-token" | "cache-control" | "pragma" | "dnt" | "priority" => {
                draft.note(&from, "is left out: it has no bearing on a token");
            }
            "user-agent"
                if ["mozilla/", "postmanruntime/", "insomnia/", "curl/"].iter().any(|name| value.starts_with(name)) =>
            {
                draft.note(&from, "is left out: it names another program than this");
            }
            _ if text.is_empty() => draft.fault(&from, "it takes a header field out, which a profile cannot say"),
            _ => draft.pair(Key::Headers, &from, name, text),
        }
    }

    fn content_type(&self, from: &str, value: &str, draft: &mut Draft) {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        match media_type {
            "application/x-www-form-urlencoded" if self.is_json => {}
            "application/x-www-form-urlencoded" => {
                if value.contains(';') {
                    draft.note(from, "names a charset; the form is sent without one, as RFC 6749 Appendix B has it");
                }
            }
            "application/json" if self.is_json => {}
            "multipart/form-data" if self.is_multipart => {}
            _ => draft.note(from, "is left out: the body is a form, and is named so (RFC 6749 §3.2)"),
        }
    }
}

/// True for what documentation writes in place of the base64 of id and secret.
fn stands_for_credentials(text: &str) -> bool {
    placeholder(text).is_some()
        || text.contains(['<', '{', '(', ' ', ':', '.', '…'])
        || text.to_ascii_lowercase().contains("base64")
}
