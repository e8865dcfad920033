//! What a run of this program said of an answer: the object of `--error-format json`, alone or among the lines of its stderr.

use serde_json::{Map, Value, json};

use crate::http::saved;
use crate::json::{Members, texts};
use crate::problem::Class;
use crate::wire::{Reply, Url};

/// What a line of the trace begins with that tells of a deviation.
const DEVIATION: &str = "* deviation: ";

/// A run's own words.
pub struct Told {
    /// What kind of thing went wrong.
    pub class: Class,
    /// What.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What could be done about it.
    pub hint: Option<String>,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// The members of an OAuth error answer (RFC 6749 §5.2).
    pub oauth: Option<Value>,
    /// Where the request went.
    pub endpoint: Option<Url>,
    /// What was tolerated, where the run told of that.
    pub deviations: Vec<String>,
}

impl Told {
    /// What `members` say, if a run wrote them.
    pub(super) fn of(members: &Members) -> Option<Self> {
        let class = Class::from_name(&members.string("kind")?)?;
        let code = members.get("exit_code")?.as_u64()?;
        let message = members.string("message").filter(|_| code == u64::from(class.exit_code()))?;
        Some(Self {
            class,
            message,
            causes: texts(members.get("causes")),
            hint: members.string("hint"),
            status: members.get("http_status").and_then(|status| u16::try_from(status.as_u64()?).ok()),
            oauth: members.raw("oauth").and_then(|raw| Members::parse(raw).ok()?).map(|oauth| error(&oauth)),
            endpoint: members.string("endpoint").and_then(|url| Url::parse(&url).ok()),
            deviations: Vec::new(),
        })
    }

    /// The last of the lines of `text` that is such an object, with what the others tell of deviations.
    pub(super) fn among_lines(text: &str) -> Option<Self> {
        let mut told = None;
        let mut deviations: Vec<String> = Vec::new();
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('{'));
        for members in lines.filter_map(|line| Members::parse(line).ok().flatten()) {
            let traced = members.string("message").filter(|_| members.string("kind").as_deref() == Some("trace"));
            match traced {
                Some(line) => deviations.extend(line.strip_prefix(DEVIATION).map(str::to_owned)),
                None => told = Self::of(&members).or(told),
            }
        }
        let mut told = told?;
        deviations.dedup();
        told.deviations = deviations;
        Some(told)
    }

    /// The answer, as far as it was told.
    pub fn reply(&self) -> Option<Reply> {
        let body = self.oauth.as_ref().map(ToString::to_string).unwrap_or_default();
        let fields = vec![("content-type".to_owned(), "application/json".to_owned())];
        saved::of_fields(self.status?, fields, body.as_bytes()).ok()
    }
}

/// The members of an error, and no others.
fn error(oauth: &Members) -> Value {
    let texts = ["error", "error_description", "error_uri"].map(|name| (name.to_owned(), json!(oauth.string(name))));
    let ids = match oauth.get("ids") {
        Some(Value::Array(ids)) => ids.iter().map(|id| json!({ "name": id["name"], "value": id["value"] })).collect(),
        _ => Vec::new(),
    };
    let mut error = Map::new();
    error.extend(texts.into_iter().chain([("ids".to_owned(), Value::Array(ids))]));
    Value::Object(error)
}

#[cfg(test)]
mod tests {
    use super::super::{Saved, read};
    use super::*;

    const REFUSED: &str = r#"{"kind":"refused","exit_code":3,"message":"m","causes":["c"],"hint":"h; i","http_status":400,"endpoint":"https://idp.example/token","oauth":{"error":"invalid_client","error_description":null,"error_uri":null,"ids":[{"name":"trace_id","value":"7"}],"access_token":"t"}}"#;

    #[track_caller]
    fn told(text: &str) -> Told {
        match read(text.as_bytes()) {
            Ok(Saved::Told(told)) => *told,
            Ok(Saved::Answer(found)) => panic!("{}", found.taken_for),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_runs_own_words_are_found_alone_and_among_lines() {
        let note = r#"{"kind":"note","message":"n"}"#;
        let deviation = r#"{"kind":"trace","message":"* deviation: d (RFC 6749 §5.2)"}"#;
        let trace = r#"{"kind":"trace","message":"< HTTP/1.1 400 Bad Request"}"#;
        let usage = r#"{"kind":"usage","exit_code":2,"message":"u"}"#;
        for (text, deviations) in [
            (REFUSED.to_owned(), 0),
            (format!("\u{feff}\n{REFUSED}\n"), 0),
            (format!("{note}\n{usage}\r\n{REFUSED}\r\n{trace}\n"), 0),
            (format!("some: other words\n{deviation}\n{trace}\n{deviation}\n{REFUSED}"), 1),
        ] {
            let told = told(&text);
            assert_eq!((told.class, told.status, told.message.as_str()), (Class::Refused, Some(400), "m"));
            assert_eq!((told.hint.as_deref(), told.causes.len(), told.deviations.len()), (Some("h; i"), 1, deviations));
            assert_eq!(told.endpoint.unwrap().as_str(), "https://idp.example/token");
            let expected = r#"{"error":"invalid_client","error_description":null,"error_uri":null,"ids":[{"name":"trace_id","value":"7"}]}"#;
            assert_eq!(told.oauth.unwrap().to_string(), expected);
        }
        let told = told(usage);
        assert!(told.reply().is_none() && told.oauth.is_none() && told.class == Class::Usage);
    }
}
