//! Foreign configurations as profiles: one file per system, each from that system's text to a draft. Pure: it reads
//! and writes no file, asks nobody and prints nothing.
//!
//! Nothing is dropped in silence. What has no bearing on the token request becomes a note; what has, and cannot be said in a
//! profile, is a fault, and then there is no profile. No note and no fault holds a value that may be secret.

mod benthos;
mod choice;
mod couper;
mod curl;
mod document;
mod draft;
mod eccenca;
mod elasticio;
mod encoding;
mod form;
mod go;
mod google;
mod keboola;
mod prometheus;
mod spring;
mod text;

use std::cell::Cell;

use crate::problem::Problem;
use crate::settings::{Key, foreign, reserved_params};

use draft::{Draft, Json, StandsFor};
pub use encoding::decoded;

/// How many form fields or header fields a request may have, items a list and variables a value: far above any real
/// configuration.
const MOST: usize = 1000;

/// How much values may grow to where they hold what stands elsewhere (bytes).
const MOST_EXPANDED: usize = 4 << 20;

/// What has been put in place of references so far, for systems whose values can refer to the same long text often.
#[derive(Clone, Default)]
struct Expanded(Cell<usize>);

impl Expanded {
    /// Counts a text that is put in.
    fn add(&self, text: &str) -> Result<(), String> {
        self.0.set(self.0.get().saturating_add(text.len()));
        if self.0.get() > MOST_EXPANDED { Err("values that are put in here grow beyond 4 MiB".into()) } else { Ok(()) }
    }
}

/// A foreign name as far as it may be told: a slip makes a secret a part of it. `known` are names of the foreign system.
fn told(name: &str, known: &'static [&'static str]) -> String {
    foreign::told(name, known.iter().copied().chain(Key::profile_names()).chain(reserved_params()))
}

/// The name of a form field, header field or the like, which its user chose, as far as it may be told.
fn named(name: &str) -> String {
    if foreign::is_plain(name) { name.to_owned() } else { told(name, &[]) }
}

/// The systems whose configuration is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// The `oauth2_token` processor, or the `oauth2` block of an HTTP client.
    Benthos,
    /// The OAuth2 Authentication task.
    Eccenca,
    /// The Generic Extractor's login.
    Keboola,
    /// The `oauth2` block.
    Couper,
    /// The credentials of the REST component for client credentials.
    Elasticio,
    /// A command line.
    Curl,
    /// An `oauth2` block of Prometheus or Alertmanager, or OpenTelemetry's `oauth2client` extension.
    Prometheus,
    /// A file of Google's credentials.
    Google,
    /// A registration of `spring.security.oauth2.client` with its provider.
    Spring,
}

impl System {
    /// Each with its name on the command line.
    pub const ALL: [(&'static str, Self); 9] = [
        ("benthos", Self::Benthos),
        ("eccenca", Self::Eccenca),
        ("keboola", Self::Keboola),
        ("couper", Self::Couper),
        ("elasticio", Self::Elasticio),
        ("curl", Self::Curl),
        ("prometheus", Self::Prometheus),
        ("spring", Self::Spring),
        ("google", Self::Google),
    ];

    /// The system of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, system)| system)
    }

    /// True for a text that can only be the configuration itself, where the name of a file with it was to be given.
    pub fn is_written_as(self, text: &str) -> bool {
        self == Self::Curl && curl::is_command(text)
    }

    /// True where one configuration may hold several token requests, of which one is chosen by its name.
    pub fn has_several(self) -> bool {
        matches!(self, Self::Benthos | Self::Couper | Self::Prometheus | Self::Spring)
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, system)| *system == self).map_or("", |(name, _)| name)
    }
}

/// Why there is no profile: everything that is wrong, each with the foreign key it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.faults))]
pub struct ImportError {
    /// `key: why`, at least one.
    pub faults: Vec<String>,
    /// What to do.
    pub hint: String,
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let message = error.to_string();
        let faults = if error.faults.len() > 1 { error.faults } else { Vec::new() };
        Self::usage(message, error.hint).causes(faults)
    }
}

fn summary(faults: &[String]) -> String {
    match faults {
        [one] => one.clone(),
        many => format!("{} things cannot be carried over", many.len()),
    }
}

/// What has become of a foreign configuration.
#[derive(Debug)]
pub struct Import {
    /// The text of a file with one profile.
    pub profile: Result<String, ImportError>,
    /// What its user should know, in the order met.
    pub notes: Vec<String>,
    /// Whether the profile holds a secret.
    pub holds_secrets: bool,
}

/// Reads `text` as a configuration of `system`, of several token requests in it the one called `name`. `file` is where it stands,
/// if it stays there. Literal secrets become references to environment variables, unless `keep_secrets`.
pub fn import(system: System, text: &str, file: Option<&str>, name: Option<&str>, keep_secrets: bool) -> Import {
    let mut draft = Draft::new(system, text, keep_secrets);
    let read = match system {
        System::Benthos => benthos::read(text, name, &mut draft),
        System::Eccenca => eccenca::read(text, &mut draft),
        System::Keboola => keboola::read(text, &mut draft),
        System::Couper => couper::read(text, name, &mut draft),
        System::Elasticio => elasticio::read(text, &mut draft),
        System::Curl => curl::read(text, &mut draft),
        System::Prometheus => prometheus::read(text, name, &mut draft),
        System::Spring => spring::read(text, name, &mut draft),
        System::Google => google::read(text, file, &mut draft),
    };
    draft.into_import(system, read)
}

/// Text that is not what the system reads.
struct Unreadable {
    what: String,
    hint: String,
}

impl Unreadable {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

#[cfg(test)]
mod tests;
