//! Why there are no settings, or no secret that one of them names.

use super::{Asked, Environment, Key, Origin, ProfileError};
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
        /// The setting, if it is one.
        key: Option<Key>,
    },
    /// Nothing says whom to ask.
    #[error("token_endpoint or issuer is missing")]
    NoServer,
    /// Two things exclude each other.
    #[error("{message}")]
    Conflict {
        /// Which and why.
        message: String,
        /// What to do.
        hint: String,
        /// One of them, without which there is no conflict.
        key: Option<Key>,
    },
    /// An example's placeholder was left in.
    #[error("{} ({origin}): {placeholder} is a placeholder, and nobody has filled it in", .key.name())]
    Placeholder {
        /// The setting.
        key: Key,
        /// Where it came from.
        origin: Origin,
        /// It.
        placeholder: String,
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
        /// What to do, where the reason does not say it.
        hint: Option<String>,
    },
}

impl SettingsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Profile(error) => error.hint.as_deref(),
            Self::Missing { hint, .. } | Self::Conflict { hint, .. } => Some(hint),
            Self::NoServer => {
                Some("give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)")
            }
            Self::Placeholder { .. } => Some("write your own value in its place"),
            Self::Refused { hint, .. } => hint.as_deref(),
            Self::Value { .. } => None,
        }
    }

    /// The same refusal with what to do about it.
    #[must_use]
    pub(super) fn hinting(mut self, what: Option<String>) -> Self {
        if let Self::Refused { hint, .. } = &mut self {
            *hint = what;
        }
        self
    }

    /// The setting that is at fault, if it is one.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Profile(error) => error.key,
            Self::Missing { key, .. } | Self::Conflict { key, .. } => *key,
            Self::Refused { name, .. } => Key::from_profile_name(name),
            Self::NoServer => Some(Key::TokenEndpoint),
            Self::Placeholder { key, .. } => Some(*key),
            Self::Value { .. } => None,
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
#[error("cannot read {} from {place}", .key.name())]
pub struct SecretError {
    /// The setting.
    key: Key,
    /// Where it should have come from, as it may be shown.
    place: String,
    /// Why.
    #[source]
    pub source: SourceError,
    /// The variable that names a file and perhaps holds the secret itself.
    twin: Option<String>,
}

impl SecretError {
    /// The secret that was asked for.
    pub fn new(asked: &Asked<'_>, error: SourceError, env: &Environment) -> Self {
        let Asked { key, source, origin, .. } = *asked;
        Self::of(key, source, origin, error, env)
    }

    /// The secret of `key` from `source`, which `origin` names.
    pub fn of(key: Key, source: &Source, origin: &Origin, error: SourceError, env: &Environment) -> Self {
        let what = match error {
            SourceError::NoFile(_) | SourceError::Home(_) => Some("file"),
            SourceError::NoCommand => Some("command"),
            SourceError::UnsetAndUnlikely => Some("variable"),
            _ => None,
        };
        let place = match what {
            Some(what) => format!("the {what} that {origin} names"),
            None => source.shown(&|name| env.os(name)),
        };
        let twin = match origin {
            Origin::Env(name) if what.is_some() && *name != key.variable() => Some(name.clone()),
            _ => None,
        };
        Self { key, place, source: error, twin }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        let (hint, shortage) = (error.source.hint(), error.source.shortage());
        let own = error.key.variable();
        let own = error.twin.as_ref().map(|twin| {
            format!("{twin} holds the name of a file; the secret itself goes into {own} (it is not repeated here)")
        });
        let hint = own.or(hint);
        Self::new(Class::Usage, error).hints(hint).for_want_of(shortage, Class::Unreached)
    }
}
