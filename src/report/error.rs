//! Problems told: in words for a person, or as one JSON object.

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::{LONGEST, Reporter};
use crate::json::{Members, object, texts};
use crate::problem::{Class, Problem};
use crate::text::{capped, escaped};

impl Reporter {
    /// An error as an object, for a result that tells of it.
    pub fn describe(&self, problem: &Problem) -> (Class, Members) {
        (problem.class, self.members(problem, &[]))
    }

    /// What can be done about an error, for a result that lists it.
    pub fn hints(&self, problem: &Problem) -> Vec<String> {
        problem.hints.iter().map(|hint| self.told_of(problem, hint)).collect()
    }

    /// That a message of a batch failed, where the result cannot tell: `error` is what [`Self::describe`] made of it.
    pub fn failed(&self, error: &Members) {
        if self.diagnosis.json_errors {
            return self.line(&error.to_text(false));
        }
        let told = |name| error.string(name).into_iter().collect::<Vec<_>>();
        self.in_words(&told("message").concat(), &texts(error.get("causes")), &told("hint"), None);
    }

    /// An error's texts for a report: what failed and why, and what can be done.
    pub fn texts_of(&self, problem: &Problem) -> (Vec<String>, Vec<String>) {
        let told = |texts: &[String]| texts.iter().map(|text| self.told_of(problem, text)).collect::<Vec<_>>();
        (told(&[vec![problem.message()], problem.why()].concat()), self.hints(problem))
    }

    /// An error whose texts have been told.
    fn in_words(&self, message: &str, causes: &[String], hints: &[String], response: Option<&str>) {
        self.labelled(AnsiColor::Red.on_default().bold(), "error", message);
        for cause in causes {
            self.labelled(Style::new().bold(), "caused by", cause);
        }
        if let Some(response) = response {
            self.line(response);
        }
        for hint in hints {
            self.labelled(AnsiColor::Cyan.on_default().bold(), "hint", hint);
        }
    }

    /// Tells an error and returns the exit code.
    pub fn error(&mut self, problem: &Problem) -> u8 {
        self.waited();
        let code = problem.class.exit_code();
        if problem.is_untold {
            return code;
        }
        if self.diagnosis.json_errors {
            let held = std::mem::take(&mut self.held);
            self.line(&self.members(problem, &held).to_text(false));
            return code;
        }
        let told = |texts: &[String]| texts.iter().map(|text| self.told_of(problem, text)).collect::<Vec<_>>();
        let message = self.message_of(problem);
        let response = self.response_of(problem);
        self.in_words(&message, &told(&problem.why()), &told(&problem.hints), response.as_deref());
        code
    }

    /// The error as one JSON object; every member is always there.
    fn members(&self, problem: &Problem, held: &[(&str, String)]) -> Members {
        let told = |text: &str| self.told_of(problem, text);
        let optional = |text: Option<&String>| text.map_or(Value::Null, |text| told(text).into());
        let hint = (!problem.hints.is_empty()).then(|| problem.hints.join("; "));
        let details = &problem.details;
        let mut object = Members::default();
        object.push("kind", &problem.class.name().into());
        object.push("exit_code", &problem.class.exit_code().into());
        object.push("message", &self.message_of(problem).into());
        object.push("causes", &problem.why().iter().map(|cause| told(cause)).collect::<Vec<_>>().into());
        object.push("hint", &optional(hint.as_ref()));
        object.push("http_status", &details.http_status.into());
        object.push("endpoint", &optional(self.endpoint.as_ref()));
        object.push("oauth", &details.oauth.as_ref().map_or(Value::Null, |oauth| cleaned(oauth, &told)));
        if let Some(response) = self.response_of(problem) {
            object.push_raw("response", &response);
        }
        for (name, kind) in [("warnings", "warning"), ("notes", "note")] {
            let texts: Vec<_> = held.iter().filter(|(of, _)| *of == kind).map(|(_, text)| text.as_str()).collect();
            if !texts.is_empty() {
                object.push(name, &texts.into());
            }
        }
        object
    }

    /// What failed, and at which attempt.
    fn message_of(&self, problem: &Problem) -> String {
        let message = self.told_of(problem, &problem.message());
        match self.tried.filter(|_| problem.is_of_request) {
            Some((attempts, of)) => format!("{message}, attempt {attempts} of {of}"),
            None => message,
        }
    }

    /// An API's answer. Cut, it would not be JSON any more; what made it has seen to its length.
    fn response_of(&self, problem: &Problem) -> Option<String> {
        let response = problem.details.response.as_ref()?;
        Some(escaped(&self.redactor.redact(response)).into_owned())
    }

    /// The same for a text of `problem`.
    fn told_of(&self, problem: &Problem, text: &str) -> String {
        if problem.is_searched { capped(&self.redactor.redact(text), LONGEST) } else { self.told(text) }
    }
}

/// `value` with each text in it as `clean` leaves it.
fn cleaned(value: &Value, clean: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => clean(text).into(),
        Value::Array(items) => items.iter().map(|item| cleaned(item, clean)).collect(),
        Value::Object(members) => object(members.iter().map(|(name, value)| (name.clone(), cleaned(value, clean)))),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Diagnosis;

    #[test]
    fn what_was_held_back_stands_in_the_error_by_its_kind() {
        let mut reporter = Reporter::new(Diagnosis { json_errors: true, ..Diagnosis::default() }).gathering(1);
        reporter.remark("n");
        reporter.warn("w");
        assert_eq!(reporter.error(&Problem::usage("no", "do")), 2);
        let told = reporter.gathered();
        assert!(told.ends_with(",\"oauth\":null,\"warnings\":[\"w\"],\"notes\":[\"n\"]}\n"), "{told}");
        assert_eq!(told.lines().count(), 1);
    }
}
