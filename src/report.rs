//! Everything that leaves on stderr: errors as words and exit codes, warnings, and the trace of `-v`.
//!
//! Errors are told apart by type, never by text. Whatever goes out passes one layer first, which blots out every secret
//! of this run and makes foreign text harmless to a terminal.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::acquire::{AcquireError, Event};
use crate::cache::{self, FailureKind};
use crate::http::{Kind, TransportError};
use crate::import::ImportError;
use crate::json::Members;
use crate::oauth::Post;
use crate::oauth::discovery::Metadata;
use crate::oauth::reply::{BodySummary, OAuthError, ResponseError, WITHHELD};
use crate::render::{self, RenderError};
use crate::secret::MASK;
use crate::secret::names::{is_sensitive_name, mask_members};
use crate::secret::redact::Conceal;
use crate::secret::source::SourceError;
use crate::secret::{Redactor, Secret, Source};
use crate::settings::{Diagnosis, Key, SettingsError};
use crate::text::{capped, escaped, escaped_lines};
use crate::wire::{Call, Reply, Timings, Url};

/// At most this much of one message is shown, most of which is somebody else's text where it is long (characters).
const LONGEST: usize = 1000;

/// At most this much of a body is shown by `-v` (characters).
const SHOWN_BODY: usize = 64 << 10;

/// What went wrong, as scripts tell it apart. The numbers are a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A fault of this program.
    Bug,
    /// Usage, profile or secret source; nothing was sent.
    Usage,
    /// The server said no.
    Refused,
    /// The answer is not a token response.
    BadResponse,
    /// The server was not reached.
    Unreached,
    /// 429 or 5xx.
    Unavailable,
    /// The result could not be written.
    Output,
    /// `request`: the API answered with a status that is a failure.
    Resource,
    /// `exec`: the command is there but cannot be run.
    NotExecutable,
    /// `exec`: there is no such command.
    NotFound,
}

impl Class {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::BadResponse => 4,
            Self::Unreached => 5,
            Self::Unavailable => 6,
            Self::Output => 7,
            Self::Resource => 8,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
        }
    }

    fn from_exit_code(code: u8) -> Self {
        let classes = [Self::Usage, Self::Refused, Self::BadResponse, Self::Unreached, Self::Unavailable, Self::Output];
        classes.into_iter().find(|class| class.exit_code() == code).unwrap_or(Self::Bug)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::BadResponse => "bad_response",
            Self::Unreached => "unreached",
            Self::Unavailable => "unavailable",
            Self::Output => "output",
            Self::Resource => "resource",
            Self::NotExecutable => "not_executable",
            Self::NotFound => "not_found",
        }
    }
}

/// A command line that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// A secret that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {} from {source_name}", .key.name())]
pub struct SecretError {
    /// The setting.
    pub key: Key,
    /// Its source, as it may be shown.
    pub source_name: String,
    /// Why.
    #[source]
    pub source: SourceError,
}

impl From<(Key, Source, SourceError)> for SecretError {
    fn from((key, source, error): (Key, Source, SourceError)) -> Self {
        Self { key, source_name: source.to_string(), source: error }
    }
}

/// stdout that cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the result to stdout")]
pub struct OutputError(#[from] pub io::Error);

/// An API's answer whose status is a failure.
#[derive(Debug, thiserror::Error)]
#[error("the API answered {method} with HTTP {status}")]
pub struct ResourceError {
    /// The method of the call.
    pub method: String,
    /// The status code.
    pub status: u16,
    /// True where a 401 is the answer to a new token too.
    pub retried: bool,
    /// The answer as one JSON object.
    pub envelope: String,
}

/// A command that could not be run.
#[derive(Debug, thiserror::Error)]
#[error("cannot run '{}'", .program.to_string_lossy())]
pub struct ExecError {
    /// Its name.
    pub program: OsString,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Messages of a batch that have no token.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {messages} messages failed")]
pub struct BatchError {
    /// So many.
    pub failed: u64,
    /// Of so many.
    pub messages: u64,
    /// The highest exit code among them.
    pub code: u8,
    /// The first of them, where nothing has been said of it yet.
    pub first: Option<FirstFailure>,
}

/// The first message of a batch that failed: often enough the others failed for the same reason.
#[derive(Debug)]
pub struct FirstFailure {
    /// Its line of the input.
    pub line: u64,
    /// As [`Reporter::describe`] told it.
    pub error: Members,
}

/// A token file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the token file {}", .path.display())]
pub struct TokenFileError {
    /// Where it should be.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// An error in the form it is told in.
#[derive(Debug)]
struct Failure {
    class: Class,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    http_status: Option<u16>,
    endpoint: Option<String>,
    oauth: Option<OAuthError>,
    /// An API's answer, as JSON.
    response: Option<String>,
    /// What it quotes of an answer has lost its secrets already, or it quotes nothing.
    is_searched: bool,
    /// The reader of a pipe went away: it does not want to hear of it.
    quiet: bool,
}

impl Failure {
    fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            http_status: None,
            endpoint: None,
            oauth: None,
            response: None,
            is_searched: false,
            quiet: false,
        }
    }

    /// Reads an error by the types in its chain.
    fn of(error: &anyhow::Error) -> Self {
        let mut failure = Self::of_type(error);
        // Context that a command added stands in front of what the type says.
        let outer = error.to_string();
        if error.chain().count() > 1 && !failure.message.contains(&outer) && !error_is_known(error.as_ref()) {
            failure.causes.insert(0, std::mem::replace(&mut failure.message, outer));
        }
        failure
    }

    fn of_type(error: &anyhow::Error) -> Self {
        if let Some(error) = error.downcast_ref::<UsageError>() {
            let mut failure = Self::new(Class::Usage, &error.message);
            failure.hints.push(error.hint.clone());
            return failure;
        }
        if let Some(error) = error.downcast_ref::<SettingsError>() {
            let mut failure = Self::new(Class::Usage, error.to_string());
            failure.hints.extend(error.hint().map(str::to_owned));
            return failure;
        }
        if let Some(error) = error.downcast_ref::<ImportError>() {
            let mut failure = Self::new(Class::Usage, error.to_string());
            if error.faults.len() > 1 {
                failure.causes.clone_from(&error.faults);
            }
            failure.hints.push(error.hint.clone());
            return failure;
        }
        if let Some(error) = error.downcast_ref::<SecretError>() {
            return Self::of_secret(error);
        }
        if let Some(error) = error.downcast_ref::<AcquireError>() {
            return Self::of_acquire(error);
        }
        if let Some(error) = error.downcast_ref::<cache::Trouble>() {
            return Self::new(Class::Usage, error.to_string());
        }
        if let Some(error) = error.downcast_ref::<RenderError>() {
            let mut failure = Self::new(Class::BadResponse, error.to_string());
            failure.hints.extend(error.hint());
            return failure;
        }
        if let Some(error) = error.downcast_ref::<BatchError>() {
            let mut failure = Self::new(Class::from_exit_code(error.code), error.to_string());
            let place = match &error.first {
                Some(FirstFailure { line, error }) => {
                    let message = error.string("message").unwrap_or_default();
                    failure.causes.push(format!("the first, on input line {line}: {message}"));
                    failure.causes.extend(texts(error.get("causes")));
                    failure.hints.extend(error.string("hint"));
                    "each of them passed on with an 'error' member"
                }
                None => "each of them is told above and left an empty line",
            };
            failure.hints.push(format!("{place}; the exit code is the highest among them"));
            return failure;
        }
        if let Some(error) = error.downcast_ref::<ExecError>() {
            let absent = error.source.kind() == io::ErrorKind::NotFound;
            let class = if absent { Class::NotFound } else { Class::NotExecutable };
            let mut failure = Self::new(class, error.to_string());
            failure.causes.push(error.source.to_string());
            failure.hints.push("no shell is involved: the command is a program and its arguments".into());
            return failure;
        }
        if let Some(error) = error.downcast_ref::<TokenFileError>() {
            let mut failure = Self::new(Class::Output, error.to_string());
            failure.is_searched = true;
            failure.causes.push(error.source.to_string());
            failure.hints.push("--token-file PATH names another place".into());
            return failure;
        }
        if let Some(error) = error.downcast_ref::<ResourceError>() {
            let mut failure = Self::new(Class::Resource, error.to_string());
            failure.http_status = Some(error.status);
            failure.response = Some(error.envelope.clone());
            failure.is_searched = true;
            failure.hints.push(match error.status {
                401 if error.retried => {
                    "a new token was not accepted either; check audience, resource and scope of the token".into()
                }
                401 => "--retries-401 N tries again with a new token".into(),
                403 => "check scope, audience and resource of the token, and what its user or client may do".into(),
                _ => "--fail-on says which statuses are failures".into(),
            });
            return failure;
        }
        if let Some(OutputError(error)) = error.downcast_ref::<OutputError>() {
            let mut failure = Self::new(Class::Output, "the result could not be written to stdout");
            failure.is_searched = true;
            failure.causes.push(error.to_string());
            failure.quiet = error.kind() == io::ErrorKind::BrokenPipe;
            return failure;
        }
        let mut failure = Self::new(Class::Bug, error.to_string());
        failure.causes.extend(error.chain().skip(1).map(ToString::to_string));
        failure.hints.push("this is a fault of oauth2tok; please report it".into());
        failure
    }

    fn of_secret(error: &SecretError) -> Self {
        let mut failure = Self::new(Class::Usage, error.to_string());
        let cause = error.source.to_string();
        failure.causes.push(cause);
        if let Some(inner) = std::error::Error::source(&error.source) {
            failure.causes.push(inner.to_string());
        }
        failure.hints.extend(match &error.source {
            SourceError::Unset(name) => {
                Some(format!("set it: export {name}=…, or in CI, give the job access to the secret"))
            }
            SourceError::Empty(_) => Some("in CI an empty secret is usually one that the job may not read".into()),
            SourceError::StdinIsTerminal => Some("pipe the secret in, or use 'prompt' to type it".into()),
            SourceError::StdinUsed => Some("give one of them by env:NAME or file:PATH".into()),
            SourceError::NoTerminal => Some("in scripts use env:NAME, file:PATH or command:CMD".into()),
            SourceError::Spawn { .. } => Some("no shell is involved: 'command:' takes a program and its words".into()),
            _ => None,
        });
        failure
    }

    fn of_acquire(error: &AcquireError) -> Self {
        match error {
            AcquireError::Transport(error) => Self::of_transport(error),
            AcquireError::Response { response, hints } => {
                let mut failure = Self::of_response(response);
                failure.is_searched = true;
                failure.hints.extend(hints.iter().cloned());
                failure
            }
            AcquireError::Metadata { .. } => {
                let mut failure = Self::new(Class::BadResponse, error.to_string());
                failure.hints.push(
                    "check --issuer against the 'issuer' that the server publishes, or give --token-endpoint".into(),
                );
                failure
            }
            AcquireError::NoMetadata { places, unavailable, .. } => {
                let class = if *unavailable { Class::Unavailable } else { Class::BadResponse };
                let mut failure = Self::new(class, error.to_string());
                failure.causes.extend(
                    places.iter().map(|(place, why)| format!("{}: {why}", place.split('?').next().unwrap_or(place))),
                );
                failure.hints.push(if *unavailable {
                    "try again later".into()
                } else {
                    "check --issuer, or give --token-endpoint".into()
                });
                failure
            }
            AcquireError::Elsewhere(said) => {
                let class = match said.kind {
                    FailureKind::Refused => Class::Refused,
                    FailureKind::BadResponse => Class::BadResponse,
                    FailureKind::Unreached => Class::Unreached,
                    FailureKind::Unavailable => Class::Unavailable,
                };
                let mut failure = Self::new(class, &said.message);
                failure.http_status = said.status;
                failure.oauth.clone_from(&said.oauth);
                failure.causes.extend(said.oauth.as_ref().and_then(oauth_cause));
                failure.causes.push("another run asked for the same token while this one waited for it".into());
                failure.hints.clone_from(&said.hints);
                failure
            }
            AcquireError::Waited { .. } => {
                let mut failure = Self::new(Class::Unreached, error.to_string());
                failure.hints.push("try again later, or ask apart from it with --no-cache".into());
                failure
            }
            AcquireError::Deviations(deviations) => {
                let mut failure = Self::new(
                    Class::BadResponse,
                    "the answer deviates from the standards, and --strict tolerates nothing",
                );
                failure.causes.extend(deviations.iter().map(|d| format!("{} ({})", d.what, d.section)));
                failure
            }
        }
    }

    fn of_transport(error: &TransportError) -> Self {
        let class = match error.kind() {
            Kind::Config => Class::Usage,
            Kind::Unreached => Class::Unreached,
            Kind::BadReply => Class::BadResponse,
        };
        let mut failure = Self::new(class, error.to_string());
        failure.hints.extend(error.hint().map(str::to_owned));
        failure
    }

    fn of_response(response: &ResponseError) -> Self {
        let class = match response {
            ResponseError::Refused { .. } => Class::Refused,
            ResponseError::Unavailable { .. } => Class::Unavailable,
            ResponseError::Redirect { .. } | ResponseError::NotAToken { .. } => Class::BadResponse,
        };
        let mut failure = Self::new(class, response.to_string());
        failure.http_status = Some(response.status());
        let body = match response {
            ResponseError::Unavailable { body, .. } => body.as_ref(),
            ResponseError::NotAToken { body, .. } => Some(body),
            ResponseError::Redirect { .. } | ResponseError::Refused { .. } => None,
        };
        if let ResponseError::NotAToken { status, why, .. } = response {
            // A status that says it all already stands in the reason.
            let status = if why.starts_with("HTTP ") { String::new() } else { format!(" (HTTP {status})") };
            failure.message = format!("the answer is not a token response: {why}{status}");
        }
        if let Some(oauth) = response.oauth() {
            failure.causes.extend(oauth_cause(oauth));
            failure.hints.extend(oauth.uri.iter().map(|uri| format!("the server points to {uri}")));
            failure.oauth = Some(oauth.clone());
        }
        failure.causes.extend(response.location().map(|location| format!("it points to {location}")));
        failure.causes.extend(body.and_then(|body| body_cause(body, &failure.message)));
        failure
    }

    /// The error as one JSON object; every member is always there.
    fn members(&self, warnings: &[String], clean: impl Fn(&str) -> String) -> Members {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, |text| clean(text).into());
        let oauth = self.oauth.as_ref().map_or(Value::Null, |oauth| {
            let ids = oauth.ids.iter().map(|(name, id)| json!({ "name": clean(name), "value": clean(id) }));
            json!({
                "error": text(&oauth.error),
                "error_description": text(&oauth.description),
                "error_uri": text(&oauth.uri),
                "ids": ids.collect::<Vec<_>>(),
            })
        });
        let hint = (!self.hints.is_empty()).then(|| self.hints.join("; "));
        let mut object = Members::default();
        object.push("kind", &self.class.name().into());
        object.push("exit_code", &self.class.exit_code().into());
        object.push("message", &clean(&self.message).into());
        object.push("causes", &self.causes.iter().map(|cause| clean(cause)).collect::<Vec<_>>().into());
        object.push("hint", &text(&hint));
        object.push("http_status", &self.http_status.into());
        object.push("endpoint", &text(&self.endpoint));
        object.push("oauth", &oauth);
        if let Some(response) = &self.response {
            object.push_raw("response", response);
        }
        if !warnings.is_empty() {
            object.push("warnings", &warnings.into());
        }
        object
    }
}

/// The texts of a list.
fn texts(list: Option<Value>) -> Vec<String> {
    let Some(Value::Array(items)) = list else { return Vec::new() };
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// True where the outermost error of a chain is one that [`Failure::of_type`] reads itself.
fn error_is_known(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<UsageError>()
        || error.is::<SettingsError>()
        || error.is::<ImportError>()
        || error.is::<SecretError>()
        || error.is::<AcquireError>()
        || error.is::<cache::Trouble>()
        || error.is::<RenderError>()
        || error.is::<ResourceError>()
        || error.is::<BatchError>()
        || error.is::<ExecError>()
        || error.is::<TokenFileError>()
        || error.is::<OutputError>()
}

/// Code first, then the explanation, then what to quote to the server's operators.
fn oauth_cause(oauth: &OAuthError) -> Option<String> {
    let mut text = match (&oauth.error, &oauth.description) {
        (Some(code), Some(description)) => format!("{code}: {description}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => String::new(),
    };
    if !oauth.ids.is_empty() {
        let ids: Vec<_> = oauth.ids.iter().map(|(name, id)| format!("{name} {id}")).collect();
        text = format!("{text} ({})", ids.join(", ")).trim_start().to_owned();
    }
    (!text.is_empty()).then_some(text)
}

/// What a body looks like, as far as the message has not told it.
fn body_cause(body: &BodySummary, message: &str) -> Option<String> {
    let told = message.contains(&body.kind);
    let size = (body.size > 0).then(|| format!("{} bytes", body.size));
    let content_type = body.content_type.as_deref().unwrap_or("no Content-Type");
    let excerpt = body.excerpt.as_ref().map_or(String::new(), |excerpt| format!(": {excerpt}"));
    match (told, size) {
        (true, None) => None,
        (true, Some(size)) => Some(format!("the body has {size} ({content_type}){excerpt}")),
        (false, None) => Some(format!("the server sent {} ({content_type})", body.kind)),
        (false, Some(size)) => Some(format!("the server sent {} ({content_type}, {size}){excerpt}", body.kind)),
    }
}

/// The one that talks.
pub struct Reporter {
    redactor: Redactor,
    diagnosis: Diagnosis,
    endpoint: Option<String>,
    /// Warnings of a run whose errors are JSON: they go into that object, or out at the end.
    held: Vec<String>,
    /// Lines that are held back until a message of a batch is done with, and which line of input that is.
    gathered: Option<(u64, RefCell<String>)>,
}

impl Reporter {
    /// One that knows no secret yet.
    pub fn new(diagnosis: Diagnosis) -> Self {
        Self { redactor: Redactor::default(), diagnosis, endpoint: None, held: Vec::new(), gathered: None }
    }

    /// One that knows the same secrets, for another thread.
    pub fn fork(&self) -> Self {
        Self {
            redactor: self.redactor.clone(),
            diagnosis: self.diagnosis,
            endpoint: self.endpoint.clone(),
            held: Vec::new(),
            gathered: None,
        }
    }

    /// One that knows the same secrets and keeps what it has to say of a line of input until it is asked for it. What it
    /// learns goes with it, so that a long input does not make the list of secrets long.
    pub fn gathering(&self, line: u64) -> Self {
        Self { gathered: Some((line, RefCell::default())), ..self.fork() }
    }

    /// What it had to say.
    pub fn gathered(mut self) -> String {
        self.finish();
        self.gathered.map(|(_, text)| text.into_inner()).unwrap_or_default()
    }

    /// Says what was gathered of a line of input.
    pub fn told_of_line(&self, line: u64, text: &str) {
        let heading = if self.diagnosis.json_errors {
            String::new()
        } else {
            format!(
                "* input line {line}
"
            )
        };
        self.line(format!("{heading}{text}").trim_end());
    }

    /// An error as an object, for a result that tells of it.
    pub fn describe(&self, error: &anyhow::Error) -> (Class, Members) {
        let mut failure = Failure::of(error);
        failure.endpoint = failure.endpoint.or_else(|| self.endpoint.clone());
        (failure.class, failure.members(&[], |text| self.told_of(&failure, text)))
    }

    /// That a message of a batch failed, where the result cannot tell: `error` is what [`Self::describe`] made of it.
    pub fn failed(&self, error: &Members) {
        if self.diagnosis.json_errors {
            return self.line(&error.to_text(false));
        }
        let told = |name| error.string(name).into_iter().collect::<Vec<_>>();
        self.in_words(&told("message").concat(), &texts(error.get("causes")), &told("hint"), None);
    }

    /// How far a long run has come.
    pub fn progress(&self, text: &str) {
        self.line(&format!("progress: {text}"));
    }

    /// A line that the next one draws over, on a terminal; an empty one takes it away.
    pub fn status(&self, text: &str) {
        // A line that wraps could not be drawn over.
        let text: String = self.clean(text).chars().take(stderr_columns() - 1).collect();
        let _ = io::stderr().write_all(format!("\r\x1b[K{text}").as_bytes());
    }

    /// Takes on what the complete settings say.
    pub fn set_diagnosis(&mut self, diagnosis: Diagnosis) {
        self.diagnosis = diagnosis;
    }

    /// What is told.
    pub fn diagnosis(&self) -> Diagnosis {
        self.diagnosis
    }

    /// Hides every secret in `what` from now on.
    pub fn conceal(&mut self, what: &impl Conceal) {
        what.conceal(&mut self.redactor);
    }

    /// Hides every secret of a request from now on, and remembers where it goes.
    pub fn conceal_post(&mut self, post: &Post) {
        self.endpoint = Some(post.url.without_query().to_owned());
        self.conceal(post);
    }

    /// Hides whatever stands under the name of a token in a JSON text.
    pub fn conceal_tokens_in(&mut self, json: &[u8]) {
        self.redactor.add_tokens_in(json);
    }

    /// From here on errors are about this URL.
    pub fn about(&mut self, url: &Url) {
        self.endpoint = Some(url.without_query().to_owned());
    }

    /// The secrets that are known.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Somebody else's text without the secrets that are known; none of it, where there were more than can be hidden.
    pub fn foreign(&self, text: &str) -> String {
        if self.redactor.is_overwhelmed() { format!("({WITHHELD})") } else { self.redactor.redact(text).into_owned() }
    }

    /// Without secrets, and then cut to what a person reads.
    fn told(&self, text: &str) -> String {
        capped(&self.foreign(text), LONGEST)
    }

    /// The same for a text of `failure`.
    fn told_of(&self, failure: &Failure, text: &str) -> String {
        if failure.is_searched { capped(&self.redactor.redact(text), LONGEST) } else { self.told(text) }
    }

    /// Text that may quote an answer, fit to go out.
    fn clean(&self, text: &str) -> String {
        escaped(&self.foreign(text)).into_owned()
    }

    fn line(&self, text: &str) {
        if let Some((_, gathered)) = &self.gathered {
            let mut gathered = gathered.borrow_mut();
            gathered.push_str(text);
            gathered.push('\n');
            return;
        }
        // In one write, so that the lines of parallel runs do not mix in a log. A closed stderr is no reason to fail:
        // nobody is there to be told.
        let line = match anstream::AutoStream::choice(&io::stderr()) {
            anstream::ColorChoice::Never => format!("{}\n", anstream::adapter::strip_str(text)),
            _ => format!("{text}\n"),
        };
        let _ = io::stderr().write_all(line.as_bytes());
    }

    /// A line of text that has been told of secrets.
    fn labelled(&self, style: Style, label: &str, told: &str) {
        self.line(&format!("{style}{label}:{style:#} {}", escaped_lines(told)));
    }

    /// Something that works but deserves a look. `--quiet` silences it.
    pub fn warn(&mut self, text: &str) {
        if !self.diagnosis.quiet {
            self.warn_always(text);
        }
    }

    /// Something that was asked for and is worth knowing. `--quiet` silences it.
    pub fn remark(&mut self, text: &str) {
        if self.diagnosis.quiet {
            return;
        }
        if self.diagnosis.json_errors {
            let text = self.clean(text);
            self.held.push(text);
        } else {
            self.labelled(AnsiColor::Cyan.on_default().bold(), "note", &self.told(text));
        }
    }

    /// A warning that nothing silences.
    pub fn warn_always(&mut self, text: &str) {
        let told = self.told(text);
        if self.diagnosis.json_errors {
            self.held.push(escaped(&told).into_owned());
        } else {
            self.labelled(AnsiColor::Yellow.on_default().bold(), "warning", &told);
        }
    }

    /// Gives out what was held back; a run that succeeds ends with it.
    pub fn finish(&mut self) {
        for message in std::mem::take(&mut self.held) {
            let mut warning = json!({ "kind": "warning", "message": message });
            if let Some((line, _)) = &self.gathered {
                warning["line"] = (*line).into();
            }
            self.line(&warning.to_string());
        }
    }

    /// A `-v` line of our own.
    pub fn note(&self, text: &str) {
        if self.diagnosis.verbose {
            self.line(&format!("* {}", self.shown(text)));
        }
    }

    /// GitHub's command that hides a value in the logs of a job. Its data is escaped, so that no value is a command itself.
    pub fn mask(&self, token: &Secret) {
        let data = token.expose().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        self.line(&format!("::add-mask::{data}"));
    }

    /// Text of the trace: secrets are hidden unless the user asked to see them.
    fn shown(&self, text: &str) -> String {
        if self.diagnosis.show_secrets { escaped(text).into_owned() } else { self.clean(text) }
    }

    /// Tells what happens on the way to a token.
    pub fn event(&mut self, event: Event<'_>) {
        if let Event::Post(post) = event {
            self.conceal_post(post);
        }
        match event {
            Event::Warning(text) => self.warn(&text),
            _ if !self.diagnosis.verbose => {
                if let Event::Reply(reply) = event {
                    self.conceal_tokens(reply);
                }
            }
            Event::Get(call) => self.trace_call(call),
            Event::Post(post) => self.trace(">", &render::request::http(post, self.diagnosis.show_secrets)),
            Event::Reply(reply) => {
                self.conceal_tokens(reply);
                self.trace_reply(reply);
            }
            Event::Failed(error) => self.note(&error.to_string()),
            Event::Retry { wait, attempt, of } => {
                self.note(&format!("retry {attempt} of {of} in {:.1} s", wait.as_secs_f64()));
            }
            Event::Discovered(metadata) => self.trace_metadata(metadata),
            Event::Kept(verdict) => self.note(&format!("cache: {verdict}")),
            Event::Note(text) => self.note(&text),
            Event::Deviation(deviation) => self.note(&format!("deviation: {} ({})", deviation.what, deviation.section)),
        }
    }

    /// Tokens of an answer become secrets of this run, before a line of it can be shown.
    fn conceal_tokens(&mut self, reply: &Reply) {
        self.conceal_tokens_in(&reply.body);
    }

    fn trace(&self, mark: &str, text: &str) {
        // Secrets are looked for in the whole: one may hold a line end.
        let text = if self.diagnosis.show_secrets { text.into() } else { self.redactor.redact(text) };
        for line in text.lines() {
            self.line(format!("{mark} {}", escaped(line)).trim_end());
        }
    }

    fn trace_call(&self, call: &Call) {
        let mut text = render::api::http(call, self.diagnosis.show_secrets);
        if !self.diagnosis.show_secrets {
            // Before it is cut, so that no half of a secret is left at the cut.
            text = self.redactor.redact(&text).into_owned();
        }
        let shown = capped(&text, SHOWN_BODY);
        self.trace(">", &shown);
        if shown.len() < text.len() {
            self.note("the body goes on; Content-Length tells its size");
        }
    }

    /// An API call, before it goes out.
    pub fn api_call(&self, call: &Call) {
        if self.diagnosis.verbose {
            self.trace_call(call);
        }
    }

    /// The head of an API's answer.
    pub fn api_answer(&self, status: u16, headers: &[(String, String)], timings: &Timings) {
        if self.diagnosis.verbose {
            self.trace("<", &self.head(status, headers));
            self.trace_timings(timings);
        }
    }

    fn head(&self, status: u16, headers: &[(String, String)]) -> String {
        let mut text = format!("HTTP {status}\n");
        for (name, value) in headers {
            let shown = if self.diagnosis.show_secrets { value.clone() } else { self.field(name, value) };
            text.push_str(&format!("{name}: {shown}\n"));
        }
        text
    }

    /// The value of a foreign header field as it may be shown.
    pub fn field(&self, name: &str, value: &str) -> String {
        let is_hidden = is_sensitive_name(name) || self.redactor.is_overwhelmed();
        if is_hidden { MASK.into() } else { self.unnamed(value) }
    }

    /// Foreign text without the secrets that are known, and then without what its own names tell to be secret: the other way
    /// round a piece of one that goes on behind where a value seems to end could not be recognised.
    pub fn unnamed(&self, text: &str) -> String {
        mask_members(&self.foreign(text)).into_owned()
    }

    fn trace_reply(&self, reply: &Reply) {
        let mut text = self.head(reply.status, &reply.headers);
        text.push('\n');
        let body = String::from_utf8_lossy(&reply.body);
        // Before it is cut, so that no half of a secret is left at the cut.
        let body = if self.diagnosis.show_secrets { body.into_owned() } else { self.unnamed(&body) };
        text.push_str(&capped(&body, SHOWN_BODY));
        self.trace("<", &text);
        if let Some(why) = &reply.undecoded {
            self.note(&format!("the body's Content-Encoding cannot be undone: {why}"));
        }
        if reply.body.len() > SHOWN_BODY {
            self.note(&format!("the body goes on; it has {} bytes", reply.body.len()));
        }
        self.trace_timings(&reply.timings);
    }

    fn trace_timings(&self, timings: &Timings) {
        let steps = [
            ("dns", timings.dns),
            ("connect", timings.connect),
            ("tls", timings.tls),
            ("first byte", timings.first_byte),
            ("total", Some(timings.total)),
        ];
        let steps: Vec<_> = steps
            .iter()
            .filter_map(|(name, took)| Some(format!("{name} {:.1} ms", (*took)?.as_secs_f64() * 1000.0)))
            .collect();
        self.note(&format!("time: {}", steps.join(", ")));
    }

    fn trace_metadata(&self, metadata: &Metadata) {
        self.note(&format!("token_endpoint = {} (discovery)", metadata.token_endpoint.without_query()));
        for (name, values) in [("auth methods", &metadata.auth_methods), ("grants", &metadata.grant_types)] {
            if let Some(values) = values {
                self.note(&format!("the server's metadata lists these {name}: {}", values.join(", ")));
            }
        }
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
    pub fn error(&mut self, error: &anyhow::Error) -> u8 {
        let mut failure = Failure::of(error);
        failure.endpoint = failure.endpoint.or_else(|| self.endpoint.clone());
        // Cut, it would not be JSON any more; what made it has seen to its length.
        failure.response = failure.response.map(|response| escaped(&self.redactor.redact(&response)).into_owned());
        let code = failure.class.exit_code();
        if failure.quiet {
            return code;
        }
        if self.diagnosis.json_errors {
            let held = std::mem::take(&mut self.held);
            self.line(&failure.members(&held, |text| self.told_of(&failure, text)).to_text(false));
            return code;
        }
        let told = |text: &String| self.told_of(&failure, text);
        let [causes, hints] = [&failure.causes, &failure.hints].map(|texts| texts.iter().map(told).collect::<Vec<_>>());
        self.in_words(&told(&failure.message), &causes, &hints, failure.response.as_deref());
        code
    }
}

/// True where stdout is a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True where stderr is a terminal.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// The width of the terminal that stderr is, or the usual one.
fn stderr_columns() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stderr())
        && size.ws_col > 1
    {
        return usize::from(size.ws_col);
    }
    80
}

/// stdout without the standard library's buffer, which takes a descriptor that is closed or only for reading for one that
/// has taken everything.
pub struct Stdout;

impl Write for Stdout {
    #[cfg(unix)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdout(), bytes)?)
    }

    #[cfg(not(unix))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if cfg!(unix) { Ok(()) } else { io::stdout().flush() }
    }
}

/// Puts a result on stdout, whole or not at all as far as this process can tell.
///
/// # Errors
/// What the system says of it.
pub fn write_stdout(text: &str) -> Result<(), OutputError> {
    Stdout.write_all(text.as_bytes())?;
    Stdout.flush()?;
    Ok(())
}

/// stdout for a result of many lines. What is not flushed is not out yet.
pub fn stdout_lines() -> io::BufWriter<Stdout> {
    io::BufWriter::new(Stdout)
}

/// Puts bytes on stdout as they come, in constant memory. What a failing source gave until then has gone out.
///
/// # Errors
/// [`TransportError`] (as [`AcquireError`]) where the source fails, [`OutputError`] where stdout does.
pub fn copy_to_stdout(from: &mut impl Read) -> anyhow::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let amount = from.read(&mut buffer).map_err(|error| AcquireError::from(TransportError::from_read(error)))?;
        if amount == 0 {
            break;
        }
        Stdout.write_all(&buffer[..amount]).map_err(OutputError)?;
    }
    Stdout.flush().map_err(OutputError)?;
    Ok(())
}

/// The last words of a program that broke: where, never with what. It ends the process with the code for a bug.
#[expect(clippy::exit, reason = "a panic ends here, before its payload could be printed")]
pub fn bug(place: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: oauth2tok broke{place}\nhint: this is a fault of oauth2tok; please report it");
    std::process::exit(i32::from(Class::Bug.exit_code()));
}
