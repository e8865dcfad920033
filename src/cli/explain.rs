//! What clap has to complain about, in our words: it would repeat words that may be secrets.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::CliError;
use crate::problem::Problem;
use crate::settings::foreign;

/// Every flag there is, of all commands.
fn flags(command: &Command, found: &mut Vec<String>) {
    found.extend(command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
    command.get_subcommands().for_each(|command| flags(command, found));
}

/// What clap has to complain about, without repeating a word that may be part of a secret: whoever forgets quotes writes
/// one half of it where a command is expected, and whoever forgets a space makes it a part of a flag.
pub(super) fn explain(error: &clap::Error, command: &mut Command) -> Option<CliError> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        // Where a value is missing, clap lists the possible ones, also where there is no such list.
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    // clap names a flag with its value's name: `--client-id <ID>`.
    let flag_of = |text: Option<String>| {
        text.filter(|text| text.starts_with('-')).and_then(|text| Some(text.split([' ', '=']).next()?.to_owned()))
    };
    let arg = flag_of(context(ContextKind::InvalidArg));
    let message = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => match &arg {
            // A short one is a single letter.
            Some(flag) if !flag.starts_with("--") && flag.chars().count() == 2 => format!("unknown flag '{flag}'"),
            Some(flag) => {
                let mut known = Vec::new();
                command.build();
                flags(command, &mut known);
                format!("unknown flag {}", foreign::quoted(flag, known.iter().map(String::as_str)))
            }
            None => "unexpected word on the command line (not repeated here: it may be part of a secret)".into(),
        },
        ErrorKind::InvalidSubcommand => {
            "unexpected word on the command line (not repeated here: it may be part of a secret)".into()
        }
        ErrorKind::ArgumentConflict => match (arg, flag_of(context(ContextKind::PriorArg))) {
            (Some(one), Some(other)) if one != other => format!("{one} and {other} exclude each other"),
            (Some(one), _) => format!("{one} is given twice"),
            _ => "two flags exclude each other".into(),
        },
        ErrorKind::InvalidValue => match (&arg, context(ContextKind::ValidValue)) {
            (Some(flag), Some(valid)) => format!("{flag}: expected one of {valid}"),
            (Some(flag), None) => format!("{flag} needs a value"),
            (None, Some(valid)) => format!("expected one of {valid}"),
            (None, None) => "a value is missing".into(),
        },
        ErrorKind::TooManyValues if arg.is_none() => "one word too many on the command line".into(),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("{} takes another number of values", arg.unwrap_or_else(|| "a flag".into()))
        }
        ErrorKind::MissingRequiredArgument => {
            format!("missing: {}", context(ContextKind::InvalidArg).unwrap_or_else(|| "a word".into()))
        }
        ErrorKind::MissingSubcommand => {
            let words = context(ContextKind::ValidSubcommand).unwrap_or_default();
            format!("the command needs one of these words behind it: {words}")
        }
        ErrorKind::InvalidUtf8 => "a word on the command line is not valid UTF-8".into(),
        _ => "the command line cannot be understood".into(),
    };
    let suggested = context(ContextKind::SuggestedArg).or_else(|| context(ContextKind::SuggestedSubcommand));
    let hint = match (suggested, error.kind()) {
        (Some(near), ErrorKind::InvalidSubcommand) => {
            format!(
                "did you mean the command '{near}'? A profile is named with -p NAME, and a value with spaces needs quotes"
            )
        }
        (Some(near), _) => format!("did you mean '{near}'?"),
        (None, ErrorKind::UnknownArgument) if takes_a_command(error) => {
            "the command comes after '--': oauth2tok exec [OPTIONS] -- CMD [ARGS]…".into()
        }
        (None, ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) if arg_is_word(error) => {
            "a profile is named with -p NAME; a value with spaces needs quotes; 'oauth2tok -h' lists commands and flags"
                .into()
        }
        _ => "'oauth2tok -h' lists commands and flags, '--help' explains them".into(),
    };
    Some(CliError::Usage(Problem::usage(message, hint)))
}

fn takes_a_command(error: &clap::Error) -> bool {
    matches!(error.get(ContextKind::Usage), Some(ContextValue::StyledStr(usage)) if usage.to_string().contains(" -- "))
}

fn arg_is_word(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::InvalidSubcommand
        || matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(text)) if !text.starts_with('-'))
}
