//! `profile init`: a first config file, with comments, for a server of one kind or of any.
//!
//! A file of the directory beside this one per provider holds what its makers say of it and nothing else.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::file;
use crate::commands::packed::{packed, unpacked};
use crate::problem::{self, Class, Problem, Shortage};

macro_rules! providers {
    ($($name:literal),* $(,)?) => {
        /// Each provider's name and config file, packed.
        const PROVIDERS: &[(&str, &[u8])] = &[$(($name, packed!(concat!($name, ".yaml")))),*];
    };
}

providers![
    "auth0",
    "authentik",
    "cognito",
    "entra",
    "github",
    "gitlab",
    "google",
    "keycloak",
    "okta",
    "ping",
    "salesforce",
    "vault",
    "zitadel",
];

/// The config file for any other.
const ANY: &[u8] = packed!("any.yaml");

/// Writes a config file to `path`, where none may be.
///
/// # Errors
/// A provider that is not known; a file that is there, or cannot be written.
pub(super) fn init(provider: Option<&str>, path: &Path) -> problem::Result<()> {
    let packed = match provider {
        None => ANY,
        Some(name) => PROVIDERS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| {
            let known: Vec<_> = PROVIDERS.iter().map(|(name, _)| *name).collect();
            Problem::usage(
                format!("--for: expected one of {}", known.join(", ")),
                "without --for, the file is one for any server",
            )
        })?,
    };
    let written = io::read_to_string(unpacked(packed)).and_then(|text| file::create(path, &text));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Problem::usage(
            format!("{} is there already, and stays as it is", path.display()),
            "'oauth2tok profile add NAME FLAGS…' adds a profile to it; --config FILE names another file",
        ),
        _ => {
            let shortage = Shortage::of(&error);
            Problem::in_words(Class::Output, format!("cannot write {}: {error}", path.display()))
                .for_want_of(shortage, Class::Output)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Checked, Environment, File, Key, Layer, Origin, SettingValue, Wanted, checked};

    /// The files of all providers and of any other, each with its name.
    fn files() -> impl Iterator<Item = (&'static str, String)> {
        let all = PROVIDERS.iter().copied().chain([("any", ANY)]);
        all.map(|(name, packed)| (name, io::read_to_string(unpacked(packed)).unwrap()))
    }

    /// Every profile of a file, those in comments included, once what stands in `<…>` is filled in.
    #[track_caller]
    fn check(name: &str, text: &str) {
        let filled: String = text
            .lines()
            .map(|line| {
                // What is indented behind the sign is YAML, and words are not.
                let line = line.strip_prefix("  # ").filter(|_| name != "any").map_or(line.to_owned(), |rest| {
                    let is_yaml = rest.starts_with("  ") || rest.ends_with(':') && !rest.contains(' ');
                    if is_yaml { format!("  {rest}") } else { line.to_owned() }
                });
                format!("{}\n", line.replace(['<', '>'], "").replace('…', ""))
            })
            .collect();
        let file = File::parse(name, filled.clone(), Wanted::All).unwrap();
        assert!(file.names().count() > 0, "{name}");
        for profile in file.names() {
            let mut upper = Layer::default();
            upper.set(Key::Profile, SettingValue::Text(profile.into()), Origin::Default);
            let Checked { faults, .. } =
                checked(upper, Some(&file), &Environment::of([("VAULT_ID_TOKEN", "x")])).unwrap();
            assert!(faults.is_empty(), "{name} {profile}: {faults:?}\n{filled}");
        }
    }

    #[test]
    fn the_command_line_knows_every_provider() {
        let names: Vec<_> = PROVIDERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::cli::PROVIDERS);
    }

    #[test]
    fn every_providers_file_is_valid_once_it_is_filled_in() {
        for (name, text) in files() {
            check(name, &text);
            assert!(text.lines().all(|line| line.chars().count() <= 128), "{name}");
        }
    }

    #[test]
    fn every_placeholder_is_refused_by_a_run() {
        for (name, text) in files() {
            let file = File::parse(name, text.clone(), Wanted::All).unwrap();
            let profile = file.names().next().unwrap();
            let mut upper = Layer::default();
            upper.set(Key::Profile, SettingValue::Text(profile.into()), Origin::Default);
            let Checked { faults, .. } =
                checked(upper, Some(&file), &Environment::of([("VAULT_ID_TOKEN", "x")])).unwrap();
            let uncommented = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            let expected = uncommented.filter(|line| line.contains('<')).count();
            assert_eq!(faults.len(), expected, "{name}: {faults:?}");
            assert!(faults.iter().all(|fault| fault.to_string().contains("is a placeholder")), "{name}: {faults:?}");
        }
    }
}
