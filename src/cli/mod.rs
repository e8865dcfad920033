//! The command line: its words, its help, and their conversion to a [`Layer`]. No defaults and no I/O live here.
//!
//! Subcommands are described only when one of them is asked for, because describing them all costs more than fetching a
//! cached token does.

pub mod args;
pub mod batch;
pub mod exec;
pub mod import;
pub mod request;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::report::UsageError;
use crate::settings::{Layer, SettingsError, foreign};

pub use args::{OutputArgs, TellingArgs, TokenArgs};
pub use batch::BatchArgs;
pub use exec::ExecArgs;
pub use import::ImportArgs;
pub use request::RequestArgs;

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Fetch a token and print it.
    Token,
    /// Fetch one for each message of a stream.
    Batch(BatchArgs),
    /// Run a command with it.
    Exec(ExecArgs),
    /// Make an API call with it.
    Request(RequestArgs),
    /// Look at profiles.
    Profile(ProfileAction),
    /// Turn a foreign configuration into a profile.
    Import(ImportArgs),
    /// Look at kept tokens.
    Cache(CacheAction),
    /// Print a completion script.
    Completions(String),
}

/// What is to be done with kept tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheAction {
    /// What is kept.
    List,
    /// Forget one, or all.
    Clear {
        /// All.
        all: bool,
    },
    /// Where they are.
    Path,
}

/// What is to be done with profiles.
#[derive(Debug)]
pub enum ProfileAction {
    /// Names.
    List,
    /// One profile, merged.
    Show(String),
    /// Validate these, or all.
    Check(Vec<String>),
    /// Where the config file is.
    Path,
    /// The JSON Schema.
    Schema,
}

/// A command line, read.
#[derive(Debug)]
pub struct Invocation {
    /// What is to be done.
    pub action: Action,
    /// What the flags say.
    pub flags: Layer,
}

/// Why there is no [`Invocation`].
#[derive(Debug)]
pub enum CliError {
    /// Help or the version was asked for: this goes to stdout.
    Show(clap::Error),
    /// The words make no sense.
    Usage(UsageError),
    /// A flag's value makes no sense.
    Settings(SettingsError),
}

const EXAMPLES: &str = "\
Examples:
  # a token in a header
  curl -H \"Authorization: Bearer $(oauth2tok -p prod)\" https://api.example.com/v1/things

  # the same with the token in no process list
  oauth2tok -p prod -o curl | curl -K - https://api.example.com/v1/things

  # stop a script where there is no token
  TOKEN=$(oauth2tok -p prod) || exit

  # no profile: everything by flags, the secret from the environment
  oauth2tok --issuer https://login.example.com -i ci-bot --client-secret env:CI_SECRET -s read

  # what would be sent, and what the server answers
  oauth2tok -p prod -v --dry-run
  oauth2tok -p prod -v -o json

Secrets (SECRET above):
  env:NAME  file:PATH  command:CMD ARGS  stdin or -  fd:N  prompt  literal:TEXT, or the text itself

Settings come from flag, then environment (OAUTH2TOK_CLIENT_ID, …), then profile, then its defaults.

Exit codes:
  0  a token was printed
  1  a fault of oauth2tok                          report it
  2  usage, profile or secret source; nothing was sent
  3  the server refused: an OAuth error            do not try again
  4  the answer is not a token response            do not try again
  5  not reached: DNS, connect, TLS, proxy, time   maybe try again
  6  unavailable: 429 or 5xx, retries used up      try again later
  7  the result could not be written
  8  request: the API answered with a status that is a failure
  126, 127  exec: the command cannot be run, is not found; else its own code
  128+n  signal n";

/// The whole command line as clap knows it.
pub fn command() -> Command {
    let main = Command::new("oauth2tok")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help("'--help' tells more, with examples and exit codes.")
        .after_long_help(EXAMPLES)
        .subcommand_help_heading("Other commands")
        .subcommand_value_name("COMMAND")
        .override_usage("oauth2tok [OPTIONS]\n       oauth2tok [OPTIONS] COMMAND …")
        .disable_help_subcommand(true);
    // Deriving flags from structs would make the structs' own words the program's description, so it comes after them.
    OutputArgs::augment_args(TokenArgs::augment_args(main))
        .about("Fetch an OAuth 2.0 access token and print it")
        .long_about(
            "Fetch an OAuth 2.0 access token and print it.\n\nstdout holds the token or nothing, and the exit code tells a script whether to stop or to try again.",
        )
        .subcommand(Command::new("request").about("Make one API call with a token").defer(request::describe))
        .subcommand(Command::new("exec").about("Run a command with a token in its environment or in a file").defer(exec::describe))
        .subcommand(Command::new("batch").about("Add a token to each message of a stream of JSON lines").defer(batch::describe))
        .subcommand(Command::new("profile").about("List, show and check profiles").defer(describe_profile))
        .subcommand(Command::new("import").about("Turn another system's configuration into a profile").defer(import::describe))
        .subcommand(Command::new("cache").about("List and forget kept tokens").defer(describe_cache))
        .subcommand(Command::new("completions").about("Print a completion script for a shell").defer(describe_completions))
}

fn describe_profile(command: Command) -> Command {
    let config = || {
        clap::Arg::new("config")
            .long("config")
            .value_name("FILE")
            .help("The config file")
            .value_hint(clap::ValueHint::FilePath)
    };
    let name = |arg: clap::Arg| arg.value_name("NAME").help("The profile: a name, or a path to a file with one");
    TellingArgs::augment_args(command)
        .about("List, show and check profiles")
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .arg(config())
        .mut_args(|arg| arg.global(true))
        .subcommand(Command::new("list").about("Print the names, one a line"))
        .subcommand(
            Command::new("show")
                .about("Print the merged settings with their origins, secrets hidden")
                .arg(name(clap::Arg::new("name")).required(true)),
        )
        .subcommand(
            Command::new("check")
                .about("Validate profiles without sending anything or reading any secret")
                .arg(name(clap::Arg::new("name")).num_args(0..)),
        )
        .subcommand(Command::new("path").about("Print where the config file is"))
        .subcommand(Command::new("schema").about("Print the JSON Schema of config files, for editors"))
}

fn describe_cache(command: Command) -> Command {
    let all = clap::Arg::new("all").long("all").action(clap::ArgAction::SetTrue).help("Forget every kept token");
    command
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(TokenArgs::augment_args(Command::new("list")).about(
            "Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state",
        ))
        .subcommand(
            TokenArgs::augment_args(Command::new("clear").arg(all)).about("Forget the token kept for these settings"),
        )
        .subcommand(TellingArgs::augment_args(Command::new("path")).about("Print where kept tokens are"))
}

fn cache_action(matches: &ArgMatches) -> CacheAction {
    match matches.subcommand() {
        Some(("clear", clear)) => CacheAction::Clear { all: clear.get_flag("all") },
        Some(("path", _)) => CacheAction::Path,
        _ => CacheAction::List,
    }
}

fn describe_completions(command: Command) -> Command {
    let shell = clap::Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .value_parser(["bash", "zsh", "fish", "powershell", "elvish"])
        .help("The shell");
    TellingArgs::augment_args(command).about("Print a completion script for a shell").arg(shell)
}

/// Reads a command line.
///
/// # Errors
/// [`CliError`]
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, CliError> {
    // It lives as long as the process: taking its flags apart one by one would take as long as parsing them.
    let mut command = std::mem::ManuallyDrop::new(command());
    let mut matches = command
        .try_get_matches_from_mut(words)
        .map_err(|error| explain(&error, &mut command).unwrap_or(CliError::Show(error)))?;
    // Taken out, not copied: clap's other way clones every match first.
    let token = TokenArgs::from_arg_matches_mut(&mut matches).map_err(CliError::Show)?;
    let output = OutputArgs::from_arg_matches_mut(&mut matches).map_err(CliError::Show)?;
    let mut flags = Layer::default();
    token.fill(&mut flags).and_then(|()| output.fill(&mut flags)).map_err(CliError::Settings)?;
    // Flags count before the command's name as well as after it; the latter win.
    let mut own = Layer::default();
    let action = match matches.subcommand() {
        Some(("request", request)) => Action::Request(RequestArgs::read(request, &mut own)?),
        Some(("batch", batch)) => Action::Batch(BatchArgs::read(batch, &mut own)?),
        Some(("exec", exec)) => Action::Exec(ExecArgs::read(exec, &mut own)?),
        Some(("profile", profile)) => {
            args::fill_config(profile, &mut own);
            read_telling(profile, &mut own)?;
            Action::Profile(profile_action(profile))
        }
        Some(("import", import)) => {
            read_telling(import, &mut own)?;
            Action::Import(ImportArgs::from_arg_matches(import).map_err(CliError::Show)?)
        }
        Some(("cache", cache)) => {
            match cache.subcommand() {
                Some(("path", path)) => read_telling(path, &mut own)?,
                Some((_, command)) => {
                    let args = TokenArgs::from_arg_matches(command).map_err(CliError::Show)?;
                    args.fill(&mut own).map_err(CliError::Settings)?;
                }
                None => {}
            }
            Action::Cache(cache_action(cache))
        }
        Some(("completions", shell)) => {
            read_telling(shell, &mut own)?;
            Action::Completions(text(shell, "shell"))
        }
        _ => Action::Token,
    };
    Ok(Invocation { action, flags: own.or(&flags) })
}

fn read_telling(matches: &ArgMatches, layer: &mut Layer) -> Result<(), CliError> {
    TellingArgs::from_arg_matches(matches).map_err(CliError::Show)?.fill(layer).map_err(CliError::Settings)
}

fn profile_action(matches: &ArgMatches) -> ProfileAction {
    match matches.subcommand() {
        Some(("show", show)) => ProfileAction::Show(text(show, "name")),
        Some(("check", check)) => {
            ProfileAction::Check(check.get_many::<String>("name").into_iter().flatten().cloned().collect())
        }
        Some(("path", _)) => ProfileAction::Path,
        Some(("schema", _)) => ProfileAction::Schema,
        _ => ProfileAction::List,
    }
}

fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

/// Every flag there is, of all commands.
fn flags(command: &Command, found: &mut Vec<String>) {
    found.extend(command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
    command.get_subcommands().for_each(|command| flags(command, found));
}

/// What clap has to complain about, without repeating a word that may be part of a secret: whoever forgets quotes writes
/// one half of it where a command is expected, and whoever forgets a space makes it a part of a flag.
fn explain(error: &clap::Error, command: &mut Command) -> Option<CliError> {
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
    Some(CliError::Usage(UsageError { message, hint }))
}

fn takes_a_command(error: &clap::Error) -> bool {
    matches!(error.get(ContextKind::Usage), Some(ContextValue::StyledStr(usage)) if usage.to_string().contains(" -- "))
}

fn arg_is_word(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::InvalidSubcommand
        || matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(text)) if !text.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Key, Value, key::KEYS, key::Scope};

    fn parsed(words: &[&str]) -> Result<Invocation, CliError> {
        parse(std::iter::once("oauth2tok").chain(words.iter().copied()).map(OsString::from))
    }

    #[test]
    fn clap_finds_nothing_wrong_with_the_definition() {
        command().debug_assert();
    }

    #[test]
    fn every_setting_has_its_flag() {
        let mut command = command();
        command.build();
        for key in KEYS.iter().filter(|key| key.setting().scope != Scope::Profile) {
            let flag = key.flag();
            let has = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(&flag[2..]));
            assert!(has(&command) || command.get_subcommands().any(has), "{flag}");
        }
    }

    #[test]
    fn flags_become_a_layer() {
        let flags = parsed(&["-s", "a b", "--scope", "c", "--param", "x=1", "--param", "y=2=3", "-v", "--no-cache"])
            .unwrap()
            .flags;
        let value = |key| flags.get(key).map(|entry| entry.value.clone());
        assert_eq!(value(Key::Scope), Some(Value::List(vec!["a".into(), "b".into(), "c".into()])));
        assert_eq!(value(Key::Params), Some(Value::Map(vec![("x".into(), "1".into()), ("y".into(), "2=3".into())])));
        assert_eq!(value(Key::Verbose), Some(Value::Switch(true)));
        assert_eq!(value(Key::Cache), Some(Value::Switch(false)));
        assert_eq!(value(Key::ClientId), None);
    }

    #[track_caller]
    fn check_usage(words: &[&str], message: &str, hint: &str) {
        match parsed(words) {
            Err(CliError::Usage(error)) => {
                assert!(error.message.contains(message), "{error:?}");
                assert!(error.hint.contains(hint), "{error:?}");
                assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn usage_errors_point_the_way_and_repeat_no_word() {
        check_usage(&["--client-secret", "my", "s3cret"], "unexpected word", "quotes");
        check_usage(&["s3cret"], "unexpected word", "-p NAME");
        check_usage(&["--client-sekret=s3cret"], "unknown flag '--client-sekret'", "--client-secret");
        check_usage(&["--client-secret:s3cret"], "unknown flag '--client-secret…'", "");
        check_usage(&["--client-secret:s3"], "unknown flag '--client-secret…'", "--client-secret");
        check_usage(&["--client-secrets3cret"], "unknown flag '--client-secret…'", "");
        check_usage(&["--usera:s3cret"], "unknown flag (not shown", "");
        check_usage(&["--s3cret"], "unknown flag (not shown", "");
        check_usage(&["--s3cret=x", "--issuer"], "unknown flag (not shown", "");
        check_usage(&["request", "--bse-url=s3cret", "x"], "unknown flag '--bse-url'", "--base-url");
        check_usage(&["profile", "--s3cret", "show"], "unknown flag (not shown", "");
        check_usage(&["-client-secret=s3cret"], "unknown flag '-c'", "-h");
        check_usage(&["--cache=s3cret"], "takes another number of values", "-h");
        check_usage(&["profile", "s3cret"], "unexpected word", "-p NAME");
        check_usage(&["import", "--from", "s3cret"], "expected one of benthos", "-h");
        check_usage(&["--issuer", "https://s3cret", "--token-endpoint", "https://s3cret"], "exclude each other", "-h");
        check_usage(&["--client-id", "a", "--client-id", "s3cret"], "given twice", "-h");
        check_usage(&["completions", "s3cret"], "expected one of bash", "-h");
        check_usage(&["profile", "show"], "missing", "-h");
        check_usage(&["request", "GET", "https://a.example", "s3cret"], "one word too many", "-h");
        check_usage(&["exec", "-i", "a", "sh", "-c", "s3cret"], "unexpected word", "after '--'");
        check_usage(&["exec", "-z", "s3cret"], "unknown flag '-z'", "after '--'");
        check_usage(&["profile"], "list, show, check, path, schema", "-h");
        check_usage(&["cache"], "list, clear, path", "-h");
        for (words, message) in [
            (&["--client-id"][..], "--client-id needs a value"),
            (&["-o"], "--output needs a value"),
            (&["-p", "--dry-run"], "--profile needs a value"),
            (&["request", "--output"], "--output: expected one of body, json, curl"),
        ] {
            check_usage(words, message, "-h");
        }
    }

    #[test]
    fn every_command_knows_what_to_tell() {
        for command in [
            &["profile", "list"][..],
            &["profile", "show", "x"],
            &["import", "--from", "curl"],
            &["cache", "path"],
            &["cache", "list"],
            &["completions", "bash"],
            &["exec", "x"],
        ] {
            let split = if command[0] == "exec" { 1 } else { command.len() };
            let tail: &[&str] = if command[0] == "exec" { &["--", "x"] } else { &[] };
            let words = [&["--error-format", "text"], &command[..split], &["-q", "-v", "--error-format", "json"], tail];
            let flags = parsed(&words.concat()).unwrap().flags;
            assert!(flags.is_on(Key::Quiet) && flags.is_on(Key::Verbose), "{command:?}");
            assert_eq!(flags.get(Key::ErrorFormat).unwrap().value, Value::Text("json".into()), "{command:?}");
        }
    }

    #[test]
    fn a_secret_may_begin_with_a_hyphen() {
        assert!(parsed(&["--client-secret", "-s3cret", "--password", "--x", "--refresh-token", "-"]).is_ok());
    }
}
