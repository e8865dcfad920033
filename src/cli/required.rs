//! What a token is required to be: the flags of `inspect` and `introspect`.

use clap::{Arg, ArgAction, ArgMatches};

use super::{CliError, text, texts};
use crate::oauth::requirement::Requirements;
use crate::problem::Problem;
use crate::settings::Key;
use crate::settings::key::SettingValue;

const SCOPE: &str = "require_scope";
const AUD: &str = "require_aud";
const MIN_TTL: &str = "min_ttl";

/// The heading that they stand under.
pub(super) const HEADING: &str = "Requirements";

/// The flags.
pub(super) fn args() -> [Arg; 3] {
    let own = |name: &'static str, flag: &'static str| Arg::new(name).long(flag).help_heading(HEADING);
    [
        own(SCOPE, "require-scope")
            .value_name("SCOPE")
            .action(ArgAction::Append)
            .help("Scope that it must have; repeatable, all of them"),
        own(AUD, "require-aud")
            .value_name("AUDIENCE")
            .action(ArgAction::Append)
            .help("Audience that it must be for; repeatable, one of them"),
        own(MIN_TTL, "min-ttl").value_name("DURATION").help("Time that it must be good for from now on"),
    ]
}

/// What they say.
///
/// # Errors
/// A value that requires nothing; a span of time that is none.
pub(super) fn read(matches: &ArgMatches) -> Result<Requirements, CliError> {
    let empty = |flag: &str| {
        let hint = "a variable that is not set, perhaps? Leave the flag out where nothing is required";
        CliError::Usage(Problem::usage(format!("{flag} is empty, and would require nothing"), hint))
    };
    let mut scope = Vec::new();
    for given in texts(matches, SCOPE) {
        let before = scope.len();
        scope.extend(given.split_ascii_whitespace().map(str::to_owned));
        if scope.len() == before {
            return Err(empty("--require-scope"));
        }
    }
    let aud = texts(matches, AUD);
    if aud.iter().any(String::is_empty) {
        return Err(empty("--require-aud"));
    }
    let min_ttl = text(matches, MIN_TTL).map(|span| self::span("--min-ttl", &span)).transpose()?;
    Ok(Requirements { scope, aud, min_ttl, active: false })
}

/// A span of time, written as everywhere.
///
/// # Errors
/// What is none.
pub(super) fn span(flag: &str, text: &str) -> Result<std::time::Duration, CliError> {
    match Key::MinValid.read(text) {
        Ok(SettingValue::Duration(span)) => Ok(span),
        _ => {
            let message = format!("{flag}: expected a time span such as 30s, 500ms or 2m");
            Err(CliError::Usage(Problem::usage(message, "a bare number counts seconds")))
        }
    }
}
