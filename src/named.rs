//! What was given for the name of a file, a command or a variable, as far as it may be repeated.
//!
//! One slip makes it the secret itself: `OAUTH2TOK_CLIENT_SECRET_FILE` with the secret in it, `command:` before a password.
//! So a name is repeated only where there is such a thing, and that of a variable also where it looks like one.

use std::ffi::OsStr;
use std::path::Path;

/// What a message calls a file whose name it does not repeat.
pub const GIVEN_FILE: &str = "the given file (not repeated: it may be a secret)";

/// The same for a command.
pub const GIVEN_COMMAND: &str = "the given command (not repeated: it may be a secret)";

/// Longer ones are no names of variables (bytes).
const LONGEST_VARIABLE: usize = 64;

/// True where something is at `path`. One that cannot be looked for counts as nothing.
pub fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// `path` where something is there, else [`GIVEN_FILE`].
pub fn file(path: &Path) -> String {
    if is_there(path) { path.display().to_string() } else { GIVEN_FILE.to_owned() }
}

/// True where the system finds a program called `program`, by its path or in one of the directories of `search`, which is
/// what `PATH` says.
pub fn is_command(program: &OsStr, search: Option<&OsStr>) -> bool {
    let path = Path::new(program);
    let is_program = |path: &Path| is_there(path) || cfg!(windows) && is_there(&path.with_extension("exe"));
    match path.components().count() {
        0 => false,
        1 if path.is_relative() && !program.as_encoded_bytes().ends_with(b"/") => {
            let search = search.unwrap_or(OsStr::new("/bin:/usr/bin"));
            std::env::split_paths(search).any(|directory| is_program(&directory.join(path)))
        }
        _ => is_program(path),
    }
}

/// `program` in quotes where there is such a command, else [`GIVEN_COMMAND`].
pub fn command(program: &OsStr, search: Option<&OsStr>) -> String {
    if is_command(program, search) { format!("'{}'", program.to_string_lossy()) } else { GIVEN_COMMAND.to_owned() }
}

/// True for what people call variables: capitals, and in each word of it at most one number of a few digits.
pub fn is_like_a_variable(name: &str) -> bool {
    let is_word = |word: &str| {
        let numbers = || word.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && numbers().count() <= 1
            && numbers().all(|digits| digits.len() <= 4)
    };
    let begins = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    begins && name.len() <= LONGEST_VARIABLE && name.split('_').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_where_it_is_there() {
        assert_eq!(file(Path::new("Cargo.toml")), "Cargo.toml");
        for path in ["s3cret", "/s3cret", "src/s3cret", "Cargo.toml/s3cret", "", "s3\0cret"] {
            assert_eq!(file(Path::new(path)), GIVEN_FILE, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_is_named_where_the_system_finds_it() {
        let search = Some(OsStr::new("/nonexistent:/bin"));
        for (program, found) in
            [("sh", true), ("/bin/sh", true), ("s3cret", false), ("/bin/s3cret", false), ("./sh", false), ("", false)]
        {
            assert_eq!(is_command(OsStr::new(program), search), found, "{program}");
        }
        assert!(!is_command(OsStr::new("sh"), Some(OsStr::new("/nonexistent"))));
        assert!(is_command(OsStr::new("sh"), None));
        assert_eq!(command(OsStr::new("sh"), search), "'sh'");
        assert_eq!(command(OsStr::new("s3cret"), search), GIVEN_COMMAND);
    }

    #[test]
    fn a_variable_is_told_from_what_nobody_calls_one() {
        for (name, expected) in [
            ("CI_SECRET", true),
            ("OAUTH2TOK_PASSWORD", true),
            ("_X", true),
            ("K8S_KEY_2", true),
            ("TOKEN2024", true),
            ("S3cret", false),
            ("hunter2", false),
            ("correct_horse", false),
            ("JBSWY3DPEHPK3PXP", false),
            ("A1B2C3D4", false),
            ("X12345678", false),
            ("7X", false),
            ("A-B", false),
            ("", false),
        ] {
            assert_eq!(is_like_a_variable(name), expected, "{name}");
        }
        assert!(!is_like_a_variable(&"A".repeat(65)));
    }
}
