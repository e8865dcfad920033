//! The user's home directory: one rule for every path that a user writes.
//!
//! Home is what `HOME` says (`USERPROFILE` on Windows) where that is an absolute path. Where the variable is not set, it is
//! what the system's list of users says. Where the variable holds anything else, an empty text or a relative path, there is
//! no home: whoever sets it so does not mean another directory.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::named::is_there;

/// The variable that names the home directory.
const VARIABLE: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// Looks an environment variable up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Why a path that begins with `~` names no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HomeError {
    /// There is no home directory.
    #[error("'~' stands for the home directory, which is unknown: {VARIABLE} is not an absolute path")]
    Unknown,
    /// `~user`.
    #[error("only '~' alone or before a '/' is a home directory, and there is no file of that name")]
    OtherUser,
}

impl HomeError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unknown => "set it, or write the path out",
            Self::OtherUser => "write the path out; a file of your own with such a name is './~…'",
        }
    }
}

/// The home directory.
pub fn directory(env: Lookup<'_>) -> Option<PathBuf> {
    match env(VARIABLE) {
        Some(home) => absolute(home),
        None => std::env::home_dir().filter(|home| home.is_absolute()),
    }
}

/// The directory that a variable names: a relative path names none (XDG Base Directory Specification).
pub fn absolute(path: OsString) -> Option<PathBuf> {
    Some(PathBuf::from(path)).filter(|path| path.is_absolute())
}

/// `path` as the file system knows it: `~` alone or before a `/` is the home directory.
///
/// # Errors
/// [`HomeError`]
pub fn expanded<'p>(path: &'p Path, env: Lookup<'_>) -> Result<Cow<'p, Path>, HomeError> {
    match path.strip_prefix("~") {
        Ok(rest) if rest.as_os_str().is_empty() => directory(env).map(Cow::Owned).ok_or(HomeError::Unknown),
        Ok(rest) => directory(env).map(|home| Cow::Owned(home.join(rest))).ok_or(HomeError::Unknown),
        // It begins a file's name, too.
        Err(_) if path.as_os_str().as_encoded_bytes().starts_with(b"~") && !is_there(path) => Err(HomeError::OtherUser),
        Err(_) => Ok(Cow::Borrowed(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(windows)]
    const HOME: &str = r"C:\Users\ada";
    #[cfg(not(windows))]
    const HOME: &str = "/home/ada";

    #[track_caller]
    fn check(home: Option<&str>, path: &str, expected: Result<&Path, HomeError>) {
        let env = |name: &str| home.filter(|_| name == VARIABLE).map(Into::into);
        assert_eq!(expanded(Path::new(path), &env).as_deref(), expected.as_ref().map(|path| *path), "{home:?} {path}");
    }

    #[test]
    fn a_tilde_is_home_alone_and_before_a_slash() {
        let home = Path::new(HOME);
        check(Some(HOME), "~", Ok(home));
        check(Some(HOME), "~/", Ok(home));
        check(Some(HOME), "~/a/~/b", Ok(&home.join("a/~/b")));
        check(Some(HOME), "~//a", Ok(&home.join("a")));
        for path in ["", "a/~", "./~", "./~/a", "/~/a", "a~"] {
            check(Some(HOME), path, Ok(Path::new(path)));
        }
        for path in ["~bob", "~bob/a", "~~", "~+"] {
            check(Some(HOME), path, Err(HomeError::OtherUser));
        }
    }

    #[test]
    fn a_home_that_is_no_absolute_path_is_none() {
        for home in ["", ".", "home/ada", "~", "./x"] {
            check(Some(home), "~/a", Err(HomeError::Unknown));
            check(Some(home), "~", Err(HomeError::Unknown));
            check(Some(home), "~bob", Err(HomeError::OtherUser));
            check(Some(home), "a", Ok(Path::new("a")));
        }
    }

    #[test]
    fn without_the_variable_home_is_where_the_system_says() {
        let unset = |_: &str| None;
        assert_eq!(directory(&unset), std::env::home_dir().filter(|home| home.is_absolute()));
    }
}
