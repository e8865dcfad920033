//! Where the config file is, and which names are files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::settings::env::Environment;

/// True where `-p` names a file and not a profile of the config file.
pub fn is_path(name: &str) -> bool {
    name.contains('/')
        || [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
        || cfg!(windows) && name.contains('\\')
}

/// Whether there is a file of the name that somebody gave.
pub fn is_there(path: &Path, env: &Environment) -> bool {
    env.expanded(path).is_ok_and(|path| look(&path).unwrap_or(false))
}

/// Whether something is there. A config file that cannot be read must not look like none.
///
/// # Errors
/// Where that cannot be told.
pub fn look(path: &Path) -> std::io::Result<bool> {
    use ErrorKind::{NotADirectory, NotFound};
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the config file is, if it is not named: below the configuration directory of the platform.
pub fn default_path(env: &Environment) -> Option<PathBuf> {
    Some(env.config_dir()?.join("oauth2tok").join("config.yaml"))
}
