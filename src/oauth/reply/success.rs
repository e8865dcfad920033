//! An answer that may be what was asked for, and how it bends what every such answer has to be.

use std::time::Duration;

use serde_json::Value;

use super::body::{Body, Content, json_kind};
use super::{Deviation, bends_of_http};
use crate::json::Members;
use crate::wire::Reply;

/// An answer that is neither an error nor in doubt.
pub(in crate::oauth) struct Success<'a> {
    reply: &'a Reply,
    body: &'a Body,
    pub(in crate::oauth) members: &'a Members,
}

impl<'a> Success<'a> {
    pub(super) fn new(reply: &'a Reply, body: &'a Body, members: &'a Members) -> Self {
        Self { reply, body, members }
    }

    /// How it bends what every answer with an object in it has to be, by this section of a standard, which wants this status.
    pub(in crate::oauth) fn bends(&self, status: u16, section: &'static str) -> Vec<Deviation> {
        let Self { reply, body, members } = self;
        let mut deviations = bends_of_http(reply);
        let mut bends = |section, what| deviations.push(Deviation { what, section });
        if reply.status != status {
            bends(section, format!("the status is {} instead of {status}", reply.status));
        }
        if body.had_bom {
            bends("RFC 8259 §8.1", "the JSON begins with a byte order mark".into());
        }
        let media_type = reply.header("content-type").map(|v| v.split(';').next().unwrap_or(v).trim());
        if self.is_form() {
            bends(section, "the body is form-encoded instead of JSON".into());
            if reply.body.trim_ascii().len() < reply.body.len() {
                bends("RFC 6749 Appendix B", "blank lines stand around the form".into());
            }
        } else if !media_type.is_some_and(|given| given.eq_ignore_ascii_case("application/json")) {
            let given = media_type.map_or("missing".into(), |given| format!("'{}'", given.to_ascii_lowercase()));
            bends(section, format!("the Content-Type is {given} instead of application/json"));
        }
        let coding = reply.header("content-encoding").filter(|_| reply.undecoded.is_none());
        if let Some(coding) = coding.filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
            let what = format!("the body is {coding}-coded though only identity was asked for");
            bends("RFC 9110 §12.5.3", what);
        }
        if let Some(name) = members.first_duplicate() {
            bends("RFC 8259 §4", format!("the member '{name}' stands more than once"));
        }
        if members.raw("error").is_some() {
            bends(section, "an empty 'error' member stands in it".into());
        }
        deviations
    }

    /// The member of that name, a text that is not empty; otherwise what the answer lacks.
    pub(in crate::oauth) fn text(&self, name: &str) -> Result<String, String> {
        text(name, self.members.get(name))
    }

    /// The member of that name, if there is one and it is not `null`.
    pub(in crate::oauth) fn member(&self, name: &str) -> Option<Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// How long what came is good, by `expires_in`; `None` where that is not said, or in no way that counts.
    pub(in crate::oauth) fn lifetime(
        &self,
        section: &'static str,
        deviations: &mut Vec<Deviation>,
    ) -> Option<Duration> {
        let mut bends = |section, what| deviations.push(Deviation { what, section });
        let Some(value) = self.member("expires_in") else {
            bends(section, "expires_in is missing".into());
            return None;
        };
        let lifetime = span("expires_in", &value, 1.0, section, self.is_form(), &mut bends)?;
        let why = match lifetime {
            Duration::ZERO => "nothing",
            _ if lifetime > LONGEST_LIFETIME => "beyond ten years, as a date would be",
            _ => return Some(lifetime),
        };
        bends(section, format!("expires_in is {why}; ignored"));
        None
    }

    /// It is a form, in which all is text.
    pub(in crate::oauth) fn is_form(&self) -> bool {
        matches!(self.body.content, Content::Form(_))
    }
}

/// Ten years: a lifetime beyond this is a date, in seconds or in milliseconds, or means nothing either.
pub(super) const LONGEST_LIFETIME: Duration = Duration::from_secs(315_576_000);

/// The span of time that `value` of the member `name` is, which is to be a number by this section; `None` where it is none. A
/// form has no numbers, so that text is no further deviation there.
pub(in crate::oauth) fn span(
    name: &str,
    value: &Value,
    in_a_second: f64,
    section: &'static str,
    is_form: bool,
    bends: &mut dyn FnMut(&'static str, String),
) -> Option<Duration> {
    let span = seconds(value, in_a_second);
    let digits = matches!(value, Value::Number(n) if n.to_string().bytes().all(|b| b.is_ascii_digit()));
    if !(digits || span.is_some() && is_form) {
        let read = span.map_or("ignored".into(), |span| format!("read as {} s", span.as_secs()));
        let kind = match value {
            Value::Number(number) if number.to_string().starts_with('-') => "negative",
            Value::Number(_) => "not a whole number",
            _ => json_kind(value),
        };
        bends(section, format!("{name} is {kind}; {read}"));
    }
    span
}

/// The text of a member that is not empty; otherwise what the answer lacks.
pub(super) fn text(name: &str, value: Option<Value>) -> Result<String, String> {
    match value {
        None | Some(Value::Null) => Err(format!("it has no {name}")),
        Some(Value::String(text)) if text.is_empty() => Err(format!("its {name} is empty")),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("its {name} is {}, not a string", json_kind(&other))),
    }
}

/// A lifetime in seconds, as a number or as its text; a fraction is cut off, what is negative counts as zero.
fn seconds(value: &Value, in_a_second: f64) -> Option<Duration> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite() || text.len() > 300)?;
    Some(Duration::try_from_secs_f64((number / in_a_second).max(0.0).trunc()).unwrap_or(Duration::MAX))
}
