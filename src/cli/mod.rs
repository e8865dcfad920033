//! The command line: its words, its help, and their conversion to a [`Layer`]. No defaults and no I/O live here.
//!
//! Each command has a file: its name, what it says of itself, its own flags, and how they are read. The flags of settings
//! come from the table of settings.

/// The part of a command's help that explains its SECRETs.
macro_rules! secrets {
    () => {
        "\n\nSecrets (SECRET above):
  env:NAME      a variable             stdin or -    standard input
  file:PATH     a file                 fd:N          an open descriptor
  command:CMD   what a command prints  prompt        asked for on the terminal
  literal:TEXT  the text, as plain text is; 'ps' shows it
  github:NAME   a GitHub Actions job's identity token for NAME; in assertions
                and tokens to trade
A key or an assertion is read whole, a key never from the command line itself."
    };
}

mod asked;
mod assertion;
mod batch;
mod cache;
mod completions;
mod discover;
mod doctor;
mod exec;
mod explain;
mod flags;
mod import;
mod inspect;
mod introspect;
mod key;
mod login;
mod logout;
mod mistake;
mod profile;
mod request;
mod required;
mod revoke;
mod token;
mod userinfo;

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{Arg, ArgMatches, Command};

use crate::problem::Problem;
use crate::settings::{Key, Layer, SettingsError};

pub use batch::BatchArgs;
pub use cache::CacheAction;
pub use discover::DiscoverArgs;
pub use doctor::DoctorArgs;
pub use exec::ExecArgs;
pub use explain::ExplainArgs;
pub use import::ImportArgs;
pub use inspect::{InspectArgs, VerifyArgs};
pub use introspect::IntrospectArgs;
pub use key::{KeyAction, NewKey};
pub use login::{LoginArgs, LoginStep, StatusArgs};
pub use logout::LogoutArgs;
pub use profile::{PROVIDERS, ProfileAction};
pub use request::RequestArgs;
pub use revoke::RevokeArgs;
pub use userinfo::UserinfoArgs;

use flags::Flags;

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Fetch a token and print it.
    Token,
    /// Fetch one for each message of a stream.
    Batch(BatchArgs),
    /// Log a person in.
    Login(LoginArgs),
    /// Look at logins.
    LoginStatus(StatusArgs),
    /// End logins.
    Logout(LogoutArgs),
    /// Run a command with it.
    Exec(ExecArgs),
    /// Make an API call with it.
    Request(RequestArgs),
    /// Look at a token.
    Inspect(Box<InspectArgs>),
    /// Ask what a token is.
    Introspect(Box<IntrospectArgs>),
    /// Have a token end.
    Revoke(RevokeArgs),
    /// Ask who logged in.
    Userinfo(UserinfoArgs),
    /// Look at what a server says of itself.
    Discover(DiscoverArgs),
    /// Walk the way of a run.
    Doctor(DoctorArgs),
    /// Say what an answer means that somebody kept.
    Explain(ExplainArgs),
    /// Print an assertion.
    Assertion {
        /// As JSON, not signed.
        json: bool,
    },
    /// Make or show a key.
    Key(KeyAction),
    /// Look at profiles.
    Profile(ProfileAction),
    /// Turn a foreign configuration into a profile.
    Import(ImportArgs),
    /// Look at kept tokens.
    Cache(CacheAction),
    /// Print a completion script.
    Completions(String),
}

impl Action {
    /// Why there can be no file of its exchanges.
    pub fn why_unrecorded(&self) -> Option<&'static str> {
        match self {
            Self::Exec(ExecArgs { token_file: Some(_), .. }) => {
                Some("with --token-file exec goes on as long as its command, and so would the file")
            }
            Self::Inspect(args) if args.verify.is_none() => Some("without --verify inspect sends nothing"),
            Self::Profile(ProfileAction::Add(_)) => None,
            Self::LoginStatus(_)
            | Self::Key(_)
            | Self::Profile(_)
            | Self::Import(_)
            | Self::Explain(_)
            | Self::Cache(_)
            | Self::Completions(_) => Some("this command sends nothing"),
            _ => None,
        }
    }
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
    Usage(Problem),
    /// The same of one word, which may be the name of a profile. It may be a secret as well.
    Stray {
        /// The word.
        word: String,
        /// The command it stands behind.
        command: Option<&'static str>,
        /// What is wrong if it is none.
        problem: Problem,
    },
    /// A flag's value makes no sense.
    Settings(SettingsError),
}

impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        Self::Show(error)
    }
}

impl From<SettingsError> for CliError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

/// A command beside the main job; each has one, in its file.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    /// Describes its words and flags.
    describe: fn(Command, Flags<'_>) -> Command,
    /// Reads them; what is a setting goes into the layer.
    read: fn(&ArgMatches, &mut Layer) -> Result<Action, CliError>,
    /// Settings that mean nothing to it: their flags stand before its name by mistake.
    ineffective: &'static [Key],
}

/// In the order of the help.
const SUBCOMMANDS: [Subcommand; 18] = [
    login::COMMAND,
    logout::COMMAND,
    request::COMMAND,
    exec::COMMAND,
    batch::COMMAND,
    inspect::COMMAND,
    introspect::COMMAND,
    revoke::COMMAND,
    userinfo::COMMAND,
    discover::COMMAND,
    doctor::COMMAND,
    explain::COMMAND,
    assertion::COMMAND,
    key::COMMAND,
    profile::COMMAND,
    import::COMMAND,
    cache::COMMAND,
    completions::COMMAND,
];

/// The whole command line as clap knows it.
pub fn command() -> Command {
    describe(Flags::ALL)
}

fn describe(flags: Flags<'_>) -> Command {
    let named = SUBCOMMANDS.iter().filter(|command| flags.names(command.name));
    // Deriving flags from structs makes the structs' own words the description, so it comes after them.
    let described = named.map(|own| (own.describe)(Command::new(own.name), flags).about(own.about));
    token::describe(flags).subcommands(described)
}

/// Reads a command line.
///
/// # Errors
/// [`CliError`]
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, CliError> {
    let mut words: Vec<_> = words.into_iter().collect();
    // 'help COMMAND' asks for what 'COMMAND --help' does.
    if words.get(1).is_some_and(|word| word == "help") {
        words.remove(1);
        words.push("--help".into());
    }
    // Help and errors speak of everything there is. The descriptions live as long as the process: taking their flags apart
    // one by one would take as long as parsing them.
    let matched = ManuallyDrop::new(describe(Flags::meant_by(&words))).try_get_matches_from_mut(&words);
    let matches = matched.or_else(|_| {
        let mut command = ManuallyDrop::new(command());
        let matched = command.try_get_matches_from_mut(&words);
        matched.map_err(|error| mistake::explain(&error, &mut command, &words).unwrap_or(CliError::Show(error)))
    })?;
    read(&matches)
}

fn read(matches: &ArgMatches) -> Result<Invocation, CliError> {
    let mut flags = Layer::default();
    flags::read(matches, &mut flags)?;
    // Flags count before the command's name as well as after it; the latter win.
    let mut own = Layer::default();
    let action = match matches.subcommand() {
        Some((name, matches)) => match SUBCOMMANDS.iter().find(|command| command.name == name) {
            Some(command) => {
                let action = (command.read)(matches, &mut own)?;
                refuse(&flags, command)?;
                action
            }
            None => Action::Token,
        },
        None => Action::Token,
    };
    Ok(Invocation { action, flags: own.or(flags) })
}

/// Flags that say how a token is printed have no meaning where none is.
fn refuse(flags: &Layer, command: &Subcommand) -> Result<(), CliError> {
    let name = command.name;
    match command.ineffective.iter().find(|key| flags.get(**key).is_some()) {
        Some(key) => Err(CliError::Usage(Problem::usage(
            format!("{} before '{name}' has no effect", key.flag()),
            format!("give the flags of '{name}' after its name; 'oauth2tok {name} -h' lists them"),
        ))),
        None => Ok(()),
    }
}

fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

/// The flag that chooses between the usual form and JSON.
fn form(usual: &'static str) -> Arg {
    let arg = Arg::new("form").short('o').long("output").value_name("FORMAT").value_parser([usual, "json"]);
    arg.help(format!("What to print: {usual} (the default) or json"))
}

fn is_json(matches: &ArgMatches) -> bool {
    text(matches, "form").is_some_and(|form| form == "json")
}

/// What is not described was not given.
fn texts(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches.try_get_many::<String>(name).ok().flatten().into_iter().flatten().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Pair, SettingValue, key::KEYS, key::SetBy};

    fn parsed(words: &[&str]) -> Result<Invocation, CliError> {
        parse(std::iter::once("oauth2tok").chain(words.iter().copied()).map(OsString::from))
    }

    #[test]
    fn clap_finds_nothing_wrong_with_the_definition() {
        command().debug_assert();
    }

    #[test]
    fn examples_fit_into_a_terminal() {
        fn check(command: &Command) {
            let more = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            for line in more.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn every_setting_has_its_flag() {
        let mut command = command();
        command.build();
        let without = [SetBy::ProfileAlone, SetBy::Unflagged];
        for key in KEYS.iter().filter(|key| !without.contains(&key.setting().set_by)) {
            let flag = key.flag();
            let has = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(&flag[2..]));
            assert!(has(&command) || command.get_subcommands().any(has), "{flag}");
        }
    }

    #[test]
    fn with_the_flags_that_are_meant_the_words_mean_what_they_mean_with_all() {
        for line in [
            "",
            "-p prod",
            "-vqp prod --cache",
            "-pv",
            "-p request",
            "-p -v",
            "--profile=--cache",
            "--client-id --issuer",
            "-i -v -s a -s b",
            "--no-cache --cache --no-cache",
            "--token-url https://a.example --token-endpoint=https://b.example",
            "--token-url https://a.example --issuer https://b.example",
            "--client-secret --client-secret --password -x",
            "--header A:b -HB:c",
            "--cachex",
            "--cach",
            "-o json -o env",
            "-z",
            "exec -o json -- a",
            "-q request -v -H A:b -o json --fail-on 400-403 -d - PUT u",
            "-H A:b request u",
            "request --min-valid 5s --json {} u",
            "--timeout 1 exec --timeout 2 --token-file -v -- sh -c exec",
            "exec --env-name A --env-name B -- a -p b",
            "batch -o token --parts -1 -g password",
            "profile -v show prod --config f",
            "profile --config f check a b",
            "cache clear --all -p x",
            "cache path -v",
            "import --from curl -q f",
            "completions bash",
            "request --field x u",
            "profile -p x list",
            "login -p x --device --prompt login --no-browser -o json",
            "-p x login status -p y z -o json",
            "login status --auth-param a=b -p y -p z",
            "login x",
            "login -p x --begin",
            "login --finish 1 -p x",
            "logout -p x y --all --local",
            "discover -p x",
            "discover https://a.example -o json --strict",
            "-p x discover --document oidc --cacert f -i ci",
        ] {
            let words: Vec<_> = ["oauth2tok"].into_iter().chain(line.split_whitespace()).map(OsString::from).collect();
            let read_with =
                |flags| describe(flags).try_get_matches_from(&words).map(|matches| format!("{:?}", read(&matches)));
            match (read_with(Flags::meant_by(&words)), read_with(Flags::ALL)) {
                (Ok(meant), Ok(all)) => assert_eq!(meant, all, "{line}"),
                (meant, all) => assert_eq!(meant.is_ok(), all.is_ok(), "{line}"),
            }
        }
    }

    #[test]
    fn no_flag_of_a_command_is_taken_for_a_setting() {
        let mut command = command();
        command.build();
        let of_settings: Vec<_> = KEYS.iter().map(|key| (key.name(), key.flag())).collect();
        for own in std::iter::once(&command).chain(command.get_subcommands()) {
            for arg in own.get_arguments() {
                let flag = arg.get_long().map(|long| format!("--{long}"));
                let setting = of_settings.iter().find(|(name, _)| *name == arg.get_id().as_str());
                assert!(setting.is_none_or(|(_, of_setting)| Some(of_setting) == flag.as_ref()), "{:?}", arg.get_id());
            }
        }
    }

    #[test]
    fn flags_become_a_layer() {
        let flags = parsed(&["-s", "a b", "--scope", "c", "--param", "x=1", "--param", "y=2=3", "-v", "--no-cache"])
            .unwrap()
            .flags;
        let value = |key| flags.get(key).map(|entry| entry.value.clone());
        assert_eq!(value(Key::Scope), Some(SettingValue::List(vec!["a".into(), "b".into(), "c".into()])));
        assert_eq!(value(Key::Params), Some(SettingValue::Map(vec![Pair::new("x", "1"), Pair::new("y", "2=3")])));
        assert_eq!(value(Key::Verbose), Some(SettingValue::Switch(true)));
        assert_eq!(value(Key::Cache), Some(SettingValue::Switch(false)));
        assert_eq!(value(Key::ClientId), None);
    }

    #[track_caller]
    fn check_usage(words: &[&str], message: &str, hint: &str) {
        match parsed(words) {
            Err(CliError::Usage(error) | CliError::Stray { problem: error, .. }) => {
                assert!(error.message().contains(message), "{error:?}");
                assert!(error.hints.concat().contains(hint), "{error:?}");
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
        check_usage(&["completions", "s3cret"], "expected one of bash", "-h");
        check_usage(&["profile", "show"], "missing", "-h");
        check_usage(&["request", "GET", "https://a.example", "s3cret"], "one word too many", "-h");
        check_usage(&["exec", "-i", "a", "sh", "-c", "s3cret"], "unexpected word", "after '--'");
        check_usage(&["exec", "-z", "s3cret"], "unknown flag '-z'", "after '--'");
        check_usage(&["profile"], "list, show, check, path, schema, add, init", "-h");
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
            assert_eq!(flags.get(Key::ErrorFormat).unwrap().value, SettingValue::Text("json".into()), "{command:?}");
        }
    }

    #[test]
    fn a_secret_may_begin_with_a_hyphen() {
        assert!(parsed(&["--client-secret", "-s3cret", "--password", "--x", "--refresh-token", "-"]).is_ok());
    }
}
