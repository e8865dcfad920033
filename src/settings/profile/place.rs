//! Where the config file is, and which names are files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::named;
use crate::settings::env::Environment;

/// True where `-p` names a file and not a profile of the config file.
pub fn is_path(name: &str) -> bool {
    is_path_on(name, cfg!(windows))
}

fn is_path_on(name: &str, windows: bool) -> bool {
    name.contains('/')
        || [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
        || windows && (name.contains('\\') || matches!(name.as_bytes(), [b'a'..=b'z' | b'A'..=b'Z', b':', ..]))
}

/// Whether there is a file of the name that somebody gave.
pub fn is_there(path: &Path, env: &Environment) -> bool {
    env.expanded(path).is_ok_and(|path| named::is_there(&path))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_a_name() {
        for (name, anywhere, on_windows) in [
            ("prod", false, false),
            ("prod.eu", false, false),
            ("prod.yaml", true, true),
            ("x.yml", true, true),
            ("a.json", false, false),
            ("./prod", true, true),
            ("~/prod", true, true),
            (r".\prod", false, true),
            (r"C:\prod", false, true),
            ("C:prod", false, true),
            ("a", false, false),
            ("team:prod", false, false),
        ] {
            assert_eq!((is_path_on(name, false), is_path_on(name, true)), (anywhere, on_windows), "{name}");
        }
    }
}
