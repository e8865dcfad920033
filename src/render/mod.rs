//! From a token and a format to the bytes of stdout; from a request to the text that shows it ([`request`]); an API's
//! answer as JSON ([`api`]); a report as a [`page`], with points in time in words ([`moment`]): what became of each step
//! ([`doctor`]), what was seen of a token ([`inspect`]), what a server says of itself ([`survey`]); rows for a person's eyes
//! (`table`), and a code for a camera's ([`qr`]).
//!
//! Pure: nothing here prints.

pub mod api;
pub mod doctor;
pub mod explain;
pub mod inspect;
mod members;
pub mod moment;
pub mod page;
pub mod qr;
pub mod request;
pub mod survey;
mod table;

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::json::{Members, reformat, steps};
use crate::oauth::Token;
use crate::oauth::dpop::TOKEN_TYPE;
use crate::oauth::token::NotBearer;
use crate::problem::{Class, Problem};
use crate::secret::Secret;
use crate::secret::names::{mask_query, tokens_in};
use crate::settings::{Format, Output};
use crate::text::escaped;
use crate::wire::Url;

pub use table::{columns, in_words};

/// Why a token cannot be printed in the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// `--field` names a member that is not there, or is null.
    #[error("the answer has no '{name}'")]
    NoField {
        /// The member asked for.
        name: String,
        /// The members there are.
        has: Vec<String>,
    },
    /// A member's text would steer a terminal or break out of a line.
    #[error("'{0}' holds control characters and is not printed as it is")]
    ControlCharacters(String),
    /// `-o ttl` without a lifetime.
    #[error("the lifetime of the token is unknown: the answer has no usable expires_in")]
    NoLifetime,
    /// `-o json` of a body that is not UTF-8.
    #[error("the body is not text, so it cannot stand in a JSON object")]
    NotText,
    /// A form that only bearer tokens have.
    #[error(transparent)]
    NotBearer(#[from] NotBearer),
}

impl RenderError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoField { has, .. } => Some(format!("it has {}", has.join(", "))),
            Self::ControlCharacters(_) => Some("take it out of -o json".into()),
            Self::NoLifetime => Some("-o json shows what the server said".into()),
            Self::NotText => Some("-o body prints it as it is".into()),
            Self::NotBearer(NotBearer::Type(name)) if name.eq_ignore_ascii_case(TOKEN_TYPE) => {
                Some("--dpop asks for one with a proof of its key, which each call needs (RFC 9449)".into())
            }
            Self::NotBearer(_) => Some("-o token and -o json print any token".into()),
        }
    }
}

impl From<RenderError> for Problem {
    fn from(error: RenderError) -> Self {
        let hint = error.hint();
        Self::new(Class::BadResponse, error).hints(hint)
    }
}

/// The result: what is printed, with its final line end; `proof` is one for the call that the output names.
///
/// # Errors
/// [`RenderError`] where the token does not have the form asked for.
pub fn result(
    token: &Token,
    output: &Output,
    proof: Option<&Secret>,
    now: SystemTime,
    pretty: bool,
) -> Result<Zeroizing<String>, RenderError> {
    let headers = |before: &str, after: &str| -> Result<String, RenderError> {
        Ok(match proof {
            None => format!("{before}Authorization: Bearer {}{after}", token.bearer()?),
            // Neither has anything to escape (RFC 9449 §4.1, §7.1).
            Some(proof) => {
                let (token, proof) = (token.bound()?, proof.expose());
                format!("{before}Authorization: DPoP {token}{after}\n{before}DPoP: {proof}{after}")
            }
        })
    };
    let mut text = Zeroizing::new(match (&output.field, &output.wrap) {
        (Some(name), _) if output.format == Format::ExecCredential => {
            exec_credential(&field(token, name)?, token.expires_at, pretty)
        }
        (Some(name), _) => field(token, name)?,
        (None, Some(name)) => {
            let mut object = Members::default();
            object.push_raw(name, &json(token).to_text(false));
            object.to_text(pretty)
        }
        (None, None) => match output.format {
            Format::Token => token.access_token.expose().to_owned(),
            Format::Json => json(token).to_text(pretty),
            Format::Header => headers("", "")?,
            Format::Curl => headers("header = \"", "\"")?,
            Format::Env => format!("export {}={}", output.env_name, shell_quoted(token.access_token.expose())),
            Format::Ttl => token.remaining(now).ok_or(RenderError::NoLifetime)?.as_secs().to_string(),
            Format::ExecCredential => {
                // client-go sends it as Bearer, whatever it is: bound to a key, or no access token at all (RFC 8693 §2.2.1).
                token.is_bearer()?;
                exec_credential(token.access_token.expose(), token.expires_at, pretty)
            }
        },
    });
    text.push('\n');
    Ok(text)
}

/// Path and query of a URL, without what is secret in it by its name unless `show_secrets`.
fn target(url: &Url, show_secrets: bool) -> String {
    let target = url.path_and_query();
    if show_secrets { target } else { mask_query(&target).into_owned() }
}

/// The tokens in what [`result`] prints, the access token always among them and first.
pub fn tokens_printed(token: &Token, output: &Output) -> Vec<Secret> {
    let whole = output.wrap.is_some() || output.format == Format::Json;
    let mut printed = token.members.clone();
    let field = output.field.as_deref();
    // Of what a pointer points into, more counts as printed than is: better one too many is masked.
    let pointed = field.and_then(|field| steps(field)?.next());
    printed.retain(|name| field.map_or(whole, |field| field == name) || pointed.as_deref() == Some(name));
    let mut tokens = vec![token.access_token.clone()];
    let mut seen = BTreeSet::from([token.access_token.clone()]);
    tokens_in(printed.to_line().as_bytes(), &mut |text| {
        let found = Secret::new(text);
        if seen.insert(found.clone()) {
            tokens.push(found);
        }
    });
    tokens
}

/// The server's members and, where the lifetime is known, when it ends. A member of the server's own is never replaced.
pub fn json(token: &Token) -> Members {
    let mut members = token.members.clone();
    if let Some(at) = token.expires_at {
        if members.raw("expiry").is_none() {
            members.push("expiry", &rfc3339(at).into());
        }
        if members.raw("expires_at").is_none() {
            let seconds = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
            members.push("expires_at", &seconds.into());
        }
    }
    members
}

fn field(token: &Token, name: &str) -> Result<String, RenderError> {
    let raw = token.named(name);
    match raw.as_deref().and_then(|raw| serde_json::from_str::<Value>(raw).ok()) {
        None | Some(Value::Null) => {
            Err(RenderError::NoField { name: name.to_owned(), has: names_of_values(&token.members) })
        }
        Some(Value::String(text)) if text.chars().any(char::is_control) => {
            Err(RenderError::ControlCharacters(name.to_owned()))
        }
        Some(Value::String(text)) => Ok(text),
        Some(_) => Ok(reformat(&raw.unwrap_or_default(), false)),
    }
}

/// A message lists so many names of members and no more.
const MOST_NAMES: usize = 64;

/// The members that `--field` can print, each once, fit to show.
fn names_of_values(members: &Members) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let values = members.iter().filter(|(_, value)| !value.is_null());
    values.filter(|(name, _)| seen.insert(*name)).take(MOST_NAMES).map(|(name, _)| escaped(name).into_owned()).collect()
}

/// The `client.authentication.k8s.io/v1` object that client-go's credential plug-ins print.
fn exec_credential(token: &str, expires_at: Option<SystemTime>, pretty: bool) -> String {
    let mut status = json!({ "token": token });
    if let Some(at) = expires_at {
        status["expirationTimestamp"] = rfc3339(at).into();
    }
    let object = json!({ "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status });
    reformat(&object.to_string(), pretty)
}

/// In UTC, to the second (RFC 3339).
pub fn rfc3339(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

/// In single quotes, which a POSIX shell leaves alone.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn token(access_token: &str, body: &str) -> Token {
        Token {
            access_token: Secret::new(access_token),
            token_type: Some("Bearer".into()),
            expires_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            refresh_token: None,
            scope: None,
            members: Members::parse(body).unwrap().unwrap(),
            binding: None,
            id_token: None,
        }
    }

    fn output(format: Format, field: Option<&str>) -> Output {
        Output {
            format,
            field: field.map(str::to_owned),
            wrap: None,
            env_name: "TOKEN".into(),
            mask: false,
            call: None,
        }
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_699_999_940_500)
    }

    #[track_caller]
    fn check(format: Format, expected: &str) {
        let token = token("a'b", r#"{"access_token":"a'b","n":2.50}"#);
        assert_eq!(*result(&token, &output(format, None), None, now(), false).unwrap(), expected);
    }

    #[test]
    fn each_format_prints_its_own_form() {
        check(Format::Token, "a'b\n");
        check(
            Format::Json,
            "{\"access_token\":\"a'b\",\"n\":2.50,\"expiry\":\"2023-11-14T22:13:20Z\",\"expires_at\":1700000000}\n",
        );
        check(Format::Env, "export TOKEN='a'\\''b'\n");
        check(Format::Ttl, "59\n");
        check(
            Format::ExecCredential,
            "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"expirationTimestamp\":\"2023-11-14T22:13:20Z\",\"token\":\"a'b\"}}\n",
        );
    }

    #[test]
    fn a_header_needs_a_bearer_token() {
        let good = token("abc.def", "{}");
        let text = |token: &Token, format| result(token, &output(format, None), None, now(), false);
        assert_eq!(*text(&good, Format::Header).unwrap(), "Authorization: Bearer abc.def\n");
        assert_eq!(*text(&good, Format::Curl).unwrap(), "header = \"Authorization: Bearer abc.def\"\n");
        assert_eq!(text(&token("a\"b", "{}"), Format::Curl), Err(RenderError::NotBearer(NotBearer::Characters)));
        let mac = Token { token_type: Some("mac".into()), ..good };
        assert_eq!(text(&mac, Format::Header), Err(RenderError::NotBearer(NotBearer::Type("mac".into()))));
    }

    #[test]
    fn a_servers_own_expiry_is_not_replaced() {
        let token = token("a", r#"{"expires_at":"soon"}"#);
        let text = result(&token, &output(Format::Json, None), None, now(), false).unwrap();
        assert_eq!(*text, "{\"expires_at\":\"soon\",\"expiry\":\"2023-11-14T22:13:20Z\"}\n");
    }

    #[test]
    fn the_answer_can_be_wrapped() {
        let token = token("a", r#"{"access_token":"a","n":2.50}"#);
        let wrapped = Output { wrap: Some("oauth \"x".into()), ..output(Format::Token, None) };
        assert_eq!(
            *result(&token, &wrapped, None, now(), false).unwrap(),
            "{\"oauth \\\"x\":{\"access_token\":\"a\",\"n\":2.50,\"expiry\":\"2023-11-14T22:13:20Z\",\"expires_at\":1700000000}}\n"
        );
    }

    #[test]
    fn a_field_is_printed_raw_or_not_at_all() {
        let token = token("a", r#"{"id_token":"x.y","n":2.50,"o":{"a": [1]},"z":null,"c":"a\nb","n":1}"#);
        let field =
            |name| result(&token, &output(Format::Token, Some(name)), None, now(), false).map(|text| text.to_string());
        assert_eq!(field("id_token"), Ok("x.y\n".into()));
        assert_eq!(field("n"), Ok("2.50\n".into()));
        assert_eq!(field("o"), Ok("{\"a\":[1]}\n".into()));
        let has = ["id_token", "n", "o", "c"].map(str::to_owned).into();
        assert_eq!(field("z"), Err(RenderError::NoField { name: "z".into(), has }));
        assert!(matches!(field("nope"), Err(RenderError::NoField { .. })));
        assert!(matches!(field("c"), Err(RenderError::ControlCharacters(_))));
    }
}
