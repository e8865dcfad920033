//! What is told of an answer that is no token.

use serde_json::json;

use super::{BodySummary, Lack, OAuthError, ResponseError};
use crate::problem::{Class, Problem};

impl ResponseError {
    /// What is told of it, under `message` ([`Self::told_of`]).
    pub fn problem(&self, message: String) -> Problem {
        let class = match self {
            Self::Refused { .. } => Class::Refused,
            Self::Unavailable { .. } => Class::Unavailable,
            Self::Redirect { .. } | Self::NotAToken { .. } => Class::BadResponse,
        };
        let body = match self {
            Self::Unavailable { body, .. } => body.as_ref().map(sent),
            Self::NotAToken { lack: Lack::Success | Lack::Object, body, .. } => size(body),
            Self::NotAToken { body, .. } => Some(sent(body)),
            Self::Redirect { .. } | Self::Refused { .. } => None,
        };
        let mut problem = Problem::in_words(class, message).searched();
        problem.details.http_status = Some(self.status());
        if let Some(oauth) = self.oauth() {
            problem = oauth.tell(problem);
            problem.hints.extend(oauth.uri.iter().map(|uri| format!("the server points to {uri}")));
        }
        if let Self::NotAToken { lack: Lack::Member(_), body: BodySummary { token_at: Some(pointer), .. }, .. } = self {
            problem.hints.push(format!(
                "the answer seems to hold a token at {pointer}: if that is it, write token_pointer: {pointer} into the profile, or OAUTH2TOK_TOKEN_POINTER={pointer}"
            ));
        }
        if let Self::NotAToken { lack: Lack::Member(_), body: BodySummary { has_id_token: true, .. }, .. } = self {
            problem.hints.push("it has an id_token: --field id_token prints that".to_owned());
        }
        problem.causes(self.location().map(|location| format!("it points to {location}"))).causes(body)
    }
}

impl OAuthError {
    /// `problem` with what the server says of it.
    pub fn tell(&self, problem: Problem) -> Problem {
        let mut problem = problem.causes(self.cause());
        let ids = self.ids.iter().map(|(name, id)| json!({ "name": name, "value": id }));
        problem.details.oauth = Some(json!({
            "error": self.error,
            "error_description": self.description,
            "error_uri": self.uri,
            "ids": ids.collect::<Vec<_>>(),
        }));
        problem
    }

    /// Code first, then the explanation, then what to quote to the server's operators.
    fn cause(&self) -> Option<String> {
        let mut text = match (&self.error, &self.description) {
            (Some(code), Some(description)) => format!("{code}: {description}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => String::new(),
        };
        if !self.ids.is_empty() {
            let ids: Vec<_> = self.ids.iter().map(|(name, id)| format!("{name} {id}")).collect();
            text = format!("{text} ({})", ids.join(", ")).trim_start().to_owned();
        }
        (!text.is_empty()).then_some(text)
    }
}

/// What a body is that the message says nothing of.
fn sent(body: &BodySummary) -> String {
    let content_type = content_type(body);
    match body.size {
        0 => format!("the server sent {} ({content_type})", body.kind),
        size => format!("the server sent {} ({content_type}, {size} bytes){}", body.kind, excerpt(body)),
    }
}

/// The rest where the message says what it is.
fn size(body: &BodySummary) -> Option<String> {
    (body.size > 0).then(|| format!("the body has {} bytes ({}){}", body.size, content_type(body), excerpt(body)))
}

fn content_type(body: &BodySummary) -> &str {
    body.content_type.as_deref().unwrap_or("no Content-Type")
}

fn excerpt(body: &BodySummary) -> String {
    body.excerpt.as_ref().map_or(String::new(), |excerpt| format!(": {excerpt}"))
}
