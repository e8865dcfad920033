//! What configurations of programs in Go have in common: their notation of a time span, and the client credentials that the
//! library golang.org/x/oauth2 sends for Benthos, Prometheus and OpenTelemetry.

use std::time::Duration;

use super::form::{credentials_of_grant, parameters, secretless};
use super::text::Text;
use super::{Draft, Json, Key, MOST, named};
use crate::oauth::grant::{client_credentials, jwt_bearer};
use crate::settings::Document;

/// What becomes of a switch that turns the check of certificates off.
pub(super) const INSECURE: &str =
    "cannot be stored: give --insecure on the command line, or better, cacert: FILE in the profile";

/// A token request as the library takes it.
#[derive(Default)]
pub(super) struct ClientCredentials {
    /// The client's id, and what it is called.
    pub(super) id: Option<(String, Text)>,
    /// Its secret, and what that is called.
    pub(super) secret: Option<(String, Text)>,
    /// What is sent besides, and what each is called.
    pub(super) fields: Vec<(String, Text)>,
    /// Whether an assertion is made and traded.
    pub(super) trades: bool,
}

impl ClientCredentials {
    /// The scopes, which go into one field.
    pub(super) fn scopes(&mut self, scopes: &[Text]) {
        let mut joined = Text::default();
        for scope in scopes {
            if !joined.is_empty() {
                joined.push_literal(" ");
            }
            joined.push(scope);
        }
        if !joined.is_empty() {
            self.fields.push(("scope".to_owned(), joined));
        }
    }

    /// The further fields: names with a value or a list of them.
    pub(super) fn params(
        &mut self,
        draft: &mut Draft,
        from: &str,
        value: &Document,
        text: &dyn Fn(&mut Draft, &str, &Document) -> Option<Text>,
    ) {
        let pairs = match value {
            Document::Null => return,
            Document::Map(pairs) => pairs,
            _ => return draft.fault(from, "expected names and values"),
        };
        for (name, value) in pairs {
            let from = format!("{from}.{}", named(name));
            let values = match value {
                Document::List(values) => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            for value in values {
                if self.fields.len() > MOST {
                    return draft.fault(&from, format!("there are more than {MOST} of them"));
                }
                if let Some(text) = text(draft, &from, value) {
                    self.fields.push((name.clone(), text));
                }
            }
        }
    }

    /// Makes it a request of the jwt-bearer grant, as Prometheus sends it: the client is named in the assertion alone, for ten
    /// minutes, and the scope both there and in the form.
    pub(super) fn trade(&mut self, draft: &mut Draft) {
        self.trades = true;
        let scope = self.fields.iter().find(|(name, _)| name == "scope");
        if let Some((_, scope)) = scope.filter(|_| !draft.has_claim("scope")) {
            draft.claim(Key::AssertionClaims, "scopes", "scope", &Json::Text(scope.clone()));
        }
        if let Some((from, id)) = self.id.take() {
            draft.text(Key::AssertionSubject, &from, &id);
            if !draft.has(Key::AssertionIssuer) {
                draft.text(Key::AssertionIssuer, &from, &id);
            }
        }
        if let Some((from, _)) = self.secret.take() {
            draft.note(&from, "is left out: with this grant nothing is sent of a client");
        }
        draft.plain(Key::AssertionLifetime, "grant_type", "10m");
    }

    /// Puts all of it into the draft. The library tries HTTP Basic, form-encoded, as this program does by itself. `called`
    /// says what a further field is called.
    pub(super) fn put(self, draft: &mut Draft, called: impl Fn(&str) -> String) {
        let mut fields = self.fields;
        // Only the grant may be replaced there.
        if !fields.iter().any(|(name, _)| name == "grant_type") {
            let kind = if self.trades { jwt_bearer::KIND.name } else { client_credentials::KIND.name };
            fields.insert(0, ("grant_type".to_owned(), Text::literal(kind)));
        }
        let (id, secret) = parameters(draft, fields, &called);
        for (name, given) in [("client_id", id), ("client_secret", secret)] {
            if given.is_some() {
                draft.fault(&called(name), "it names the client a second time (RFC 6749 §2.3)");
            }
        }
        if !self.trades {
            credentials_of_grant(draft, &called);
        }
        if let Some((from, id)) = &self.id {
            draft.text(Key::ClientId, from, id);
        }
        match self.secret.filter(|(_, secret)| !secret.is_empty()) {
            Some((from, _)) if draft.has(Key::ClientAssertion) => {
                draft.fault(&from, "it is a second way to authenticate beside client_assertion");
            }
            Some((from, secret)) => draft.secret(Key::ClientSecret, &from, &secret),
            None if self.trades || draft.has(Key::ClientAssertion) => {}
            None => {
                draft.plain(Key::AuthMethod, "client_secret", secretless(draft));
                draft.note("client_secret", "is not given: the client's id goes into the body, without HTTP Basic");
            }
        }
    }
}

/// Go's notation of a time span: `1m30s`, `1.5s`, `300ms`.
pub(super) fn time_span(draft: &mut Draft, key: Key, from: &str, text: &Text) {
    match text.as_literal().and_then(go_duration) {
        Some(Duration::ZERO) => draft.fault(from, "a run without a limit cannot be had; give a time span"),
        Some(span) => draft.plain(key, from, humantime::format_duration(span).to_string()),
        None => draft.fault(from, "expected a time span such as 10s"),
    }
}

fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    if matches!(rest, "0" | "") {
        return (rest == "0").then_some(Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = after;
    }
    // Floating point must not turn 300ms into 299.999999ms.
    Duration::try_from_secs_f64((total * 1e6).round() / 1e6).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_is_read_as_go_writes_it() {
        let ms = |text| go_duration(text).map(|span| span.as_millis());
        for (text, expected) in [
            ("10s", Some(10_000)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1500)),
            ("300ms", Some(300)),
            ("1h", Some(3_600_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("10", None),
            ("", None),
            ("x", None),
            ("1d", None),
        ] {
            assert_eq!(ms(text), expected, "{text}");
        }
    }
}
