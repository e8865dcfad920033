//! `profile`: its words and flags.

use clap::{Arg, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json, text, texts};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// What is to be done with profiles.
#[derive(Debug)]
pub enum ProfileAction {
    /// Names.
    List {
        /// As JSON.
        json: bool,
    },
    /// One profile, merged.
    Show {
        /// Which.
        name: String,
        /// As JSON.
        json: bool,
    },
    /// Validate these, or all.
    Check(Vec<String>),
    /// Where the config file is.
    Path,
    /// The JSON Schema.
    Schema,
    /// Add the flags of a run as a profile of this name.
    Add(String),
    /// Write a first config file.
    Init {
        /// For a server of this kind.
        provider: Option<String>,
    },
}

/// Those that `init` knows.
pub const PROVIDERS: [&str; 13] = [
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

/// `a, b or c`
fn listed(names: &[&str]) -> String {
    match names {
        [names @ .., last] if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        names => names.join(", "),
    }
}

pub(super) const COMMAND: Subcommand =
    Subcommand { name: "profile", about: "List, show and check profiles", describe, read, ineffective: &[] };

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let config = flags.of(Key::Config).map(|arg| arg.help("The config file").long_help(None).help_heading(None));
    let form = || form("text");
    let name = |arg: Arg| arg.value_name("NAME").help("The profile: a name, or a path to a file with one");
    command
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .args(flags.on(&[On::Every]).chain(config).map(|arg| arg.global(true)))
        .subcommand(Command::new("list").about("Print the names, one a line").arg(form()))
        .subcommand(
            Command::new("show")
                .about("Print the merged settings with their origins, secrets hidden")
                .arg(name(Arg::new("name")).required(true))
                .arg(form()),
        )
        .subcommand(
            Command::new("check")
                .about("Validate profiles without sending anything or reading any secret")
                .arg(name(Arg::new("name")).num_args(0..)),
        )
        .subcommand(Command::new("path").about("Print where the config file is"))
        .subcommand(Command::new("schema").about("Print the JSON Schema of config files, for editors"))
        .subcommand(
            Command::new("add")
                .about("Get a token with the flags of a run, and add them to the config file as a profile")
                .arg(Arg::new("name").value_name("NAME").required(true).help("What the profile is to be called"))
                .args(flags.on(&[On::Fetch, On::Main]).filter(|arg| arg.get_id() != Key::Config.name())),
        )
        .subcommand(
            Command::new("init")
                .about("Write a first config file, with comments, that only you can read; never over one")
                .arg(
                    Arg::new("for")
                        .long("for")
                        .value_name("PROVIDER")
                        .value_parser(PROVIDERS)
                        .hide_possible_values(true)
                        .help(format!("Write it for {}", listed(&PROVIDERS))),
                ),
        )
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    if let Some(("add", add)) = matches.subcommand() {
        flags::read(add, layer)?;
    }
    Ok(Action::Profile(match matches.subcommand() {
        Some(("show", show)) => {
            ProfileAction::Show { name: text(show, "name").unwrap_or_default(), json: is_json(show) }
        }
        Some(("check", check)) => ProfileAction::Check(texts(check, "name")),
        Some(("path", _)) => ProfileAction::Path,
        Some(("schema", _)) => ProfileAction::Schema,
        Some(("add", add)) => ProfileAction::Add(text(add, "name").unwrap_or_default()),
        Some(("init", init)) => ProfileAction::Init { provider: text(init, "for") },
        Some((_, list)) => ProfileAction::List { json: is_json(list) },
        None => ProfileAction::List { json: false },
    }))
}
