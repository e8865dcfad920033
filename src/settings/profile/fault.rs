//! What is wrong with a config file: the words, the place, and as much of the line as may be shown.

use std::fmt;
use std::sync::Arc;

use super::File;
use crate::problem::Shortage;
use crate::settings::excerpt::{self, SHOWN, shown};
use crate::settings::foreign;
use crate::settings::key::Key;
use crate::settings::layer::Place;
use crate::settings::yaml::{At, Spanned};

/// A fault in a config file, with the place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    /// The file as it was named.
    pub file: Arc<str>,
    /// What is wrong.
    pub message: String,
    /// Where, if it is at one place.
    pub place: Option<Place>,
    /// What to do.
    pub hint: Option<String>,
    /// What the system lacks, where that is why the file was not read.
    pub shortage: Option<Shortage>,
    /// The setting that it is about, if it is one.
    pub key: Option<Key>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(Place { line, column, text }) => {
                write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
                // Only the beginning of a line is shown, so only there is a place to point at.
                if !text.trim().is_empty() && *column <= SHOWN {
                    let margin = line.to_string().len();
                    let before = usize::try_from(*column).unwrap_or(1).saturating_sub(1);
                    write!(f, "\n {line} | {text}\n {:margin$} | {:before$}^", "", "")?;
                }
                Ok(())
            }
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ProfileError {}

/// What is wrong with a profile, all of it.
#[derive(Debug, Default)]
pub struct Faults(Vec<ProfileError>);

impl Faults {
    /// Who has so many faults need not hear of more at once.
    const MOST: usize = 100;

    pub(super) fn push(&mut self, fault: ProfileError) {
        self.0.push(fault);
    }

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// True where no more are looked for.
    pub(super) fn are_many(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// `sound` where there are none.
    ///
    /// # Errors
    /// The first of them.
    pub fn none<T>(self, sound: T) -> Result<T, ProfileError> {
        self.0.into_iter().next().map_or(Ok(sound), Err)
    }
}

impl IntoIterator for Faults {
    type Item = ProfileError;
    type IntoIter = std::vec::IntoIter<ProfileError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl ProfileError {
    /// The same where the line may hold a secret that nothing on it gives away.
    pub(super) fn without_line(mut self) -> Self {
        self.place.iter_mut().for_each(|place| place.text.clear());
        self
    }
}

/// What explaining one fault counts, wherever it is (bytes): the names around it are compared with ours, which takes longer
/// than walking by.
const EXPLAINED: usize = 256 << 10;

/// What comparing a name with another one counts (bytes).
const COMPARED: usize = 4 << 10;

/// Among so many names a similar one is looked for.
const MOST_NAMES: usize = 1000;

fn some_of(names: &[&str]) -> String {
    const MOST: usize = 10;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names.iter().take(MOST).map(|name| shown(name)).collect::<Vec<_>>().join(", "))
}

impl File {
    /// `name` came from a file where `at` says so, else from a flag or a variable, which may hold a secret by mistake.
    pub(super) fn missing<'a>(
        &self,
        name: &str,
        among: impl Iterator<Item = &'a str>,
        at: Option<&Spanned<String>>,
    ) -> ProfileError {
        let among: Vec<_> = among.take(MOST_NAMES + 1).collect();
        let explains = self.bounds.explains(among.len() * COMPARED);
        let near = if explains { foreign::nearest(name, among.iter().copied()) } else { None };
        let hint = match near {
            Some(near) => format!("did you mean '{}'?", shown(near)),
            None if among.is_empty() => "the file holds no profiles".into(),
            None => format!("it holds {}", some_of(&among)),
        };
        match at {
            Some(at) if explains => {
                let name = Spanned { value: name.to_owned(), at: at.at };
                self.foreign("there is no profile", &name, || among.iter().copied(), || hint)
            }
            Some(at) => self.at(at, "there is no profile of that name".into(), Some(hint)).without_line(),
            None => ProfileError { hint: Some(hint), ..self.whole("there is no profile of that name".into()) },
        }
    }

    /// An error about a name that nobody knows. Where it is not shown as a whole, its line is not shown either.
    pub(super) fn foreign<'a, I: IntoIterator<Item = &'a str>>(
        &self,
        what: &str,
        name: &Spanned<String>,
        known: impl Fn() -> I,
        hint: impl FnOnce() -> String,
    ) -> ProfileError {
        if !self.bounds.explains(EXPLAINED) {
            return self.at(name, what.to_owned(), None).without_line();
        }
        let error = self.at(name, format!("{what} {}", foreign::quoted(&name.value, known())), Some(hint()));
        if foreign::shown(&name.value, known()) == Some(&name.value) { error } else { error.without_line() }
    }

    pub(super) fn unknown(&self, name: &Spanned<String>) -> ProfileError {
        let hint = || match name.value.as_str() {
            "insecure" | "show_secrets" => {
                format!("for safety this is taken from the flag --{} alone", name.value.replace('_', "-"))
            }
            other => {
                let usable = || Key::profile_names().filter(|name| Key::from_profile_name(name).is_some());
                match foreign::nearest(other, usable().chain(["extends"])) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => "'oauth2tok profile schema' lists the keys there are".into(),
                }
            }
        };
        let error = self.foreign("unknown key", name, Key::profile_names, hint);
        // Explaining is bounded, and what follows is only for `profile check`.
        let meant = || foreign::nearest(&name.value, Key::profile_names()).and_then(Key::from_profile_name);
        let key = if error.hint.is_some() { meant() } else { None };
        ProfileError { key, ..error }
    }

    pub(super) fn whole(&self, message: String) -> ProfileError {
        ProfileError { file: self.name.clone(), message, place: None, hint: None, shortage: None, key: None }
    }

    pub(super) fn at<T>(&self, what: &Spanned<T>, message: String, hint: Option<String>) -> ProfileError {
        ProfileError { hint, ..self.error(what.at, message) }
    }

    /// An error about the value of `key`.
    pub(super) fn of(&self, key: Key, value: At, message: String) -> ProfileError {
        ProfileError { key: Some(key), ..self.placed(value, message, Some(key)) }
    }

    pub(super) fn error(&self, at: At, message: String) -> ProfileError {
        self.placed(at, message, None)
    }

    fn placed(&self, at: At, message: String, of: Option<Key>) -> ProfileError {
        let text = if self.bounds.explains(EXPLAINED) { excerpt::line(&self.text, at, of) } else { String::new() };
        let place = Place { line: at.line, column: at.column, text };
        ProfileError { place: Some(place), ..self.whole(message) }
    }
}
