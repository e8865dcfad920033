//! Why there are no settings, or no secret that one of them names.

use super::{Key, Origin, ProfileError};
use crate::problem::{Class, Problem};
use crate::secret::Source;
use crate::secret::source::SourceError;

/// Why there are no settings. Nothing has been sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A config file is at fault.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A flag or variable holds what its setting cannot be.
    #[error("{origin}: {expected}")]
    Value {
        /// Which.
        origin: Origin,
        /// What it should be.
        expected: String,
    },
    /// Something must be said and is not.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: String,
        /// How to say it.
        hint: String,
    },
    /// Two things exclude each other.
    #[error("{message}")]
    Conflict {
        /// Which and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A value is refused.
    #[error("{name} ({origin}): {why}")]
    Refused {
        /// The setting.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// Why.
        why: String,
    },
}

impl SettingsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Profile(error) => error.hint.as_deref(),
            Self::Missing { hint, .. } | Self::Conflict { hint, .. } => Some(hint),
            Self::Value { .. } | Self::Refused { .. } => None,
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let shortage = match &error {
            SettingsError::Profile(error) => error.shortage,
            _ => None,
        };
        Self::new(Class::Usage, error).hints(hint).for_want_of(shortage, Class::Unreached)
    }
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

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        let (hint, shortage) = (error.source.hint(), error.source.shortage());
        Self::new(Class::Usage, error).hints(hint).for_want_of(shortage, Class::Unreached)
    }
}
