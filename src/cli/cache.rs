//! `cache`: its words and flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

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

pub(super) const COMMAND: Subcommand =
    Subcommand { name: "cache", about: "List and forget kept tokens", describe, read, ineffective: &[] };

/// What may be given, as an alias of a whole run has it, and means nothing.
const FETCHING: [Key; 12] = [
    Key::Cache,
    Key::ForceNew,
    Key::MinValid,
    Key::ConnectTimeout,
    Key::Retry,
    Key::Proxy,
    Key::Cacert,
    Key::Insecure,
    Key::DryRun,
    Key::Har,
    Key::Strict,
    Key::ShowSecrets,
];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let all = Arg::new("all").long("all").action(ArgAction::SetTrue).help("Forget every kept token");
    // What tells tokens apart acts here, and how their secrets are read; how a token is fetched does not.
    let acts = |arg: &Arg| FETCHING.iter().all(|key| arg.get_id() != key.name()) && arg.get_id() != "no_cache";
    let settings = || flags.on(&[On::Every, On::Fetch]).map(|arg| if acts(&arg) { arg } else { arg.hide(true) });
    command
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(Command::new("list").args(settings()).after_long_help(secrets!().trim_start()).about(
            "Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state",
        ))
        .subcommand(
            Command::new("clear")
                .arg(all)
                .args(settings())
                .after_long_help(secrets!().trim_start())
                .about("Forget the token kept for these settings"),
        )
        .subcommand(Command::new("path").args(flags.on(&[On::Every])).about("Print where kept tokens are"))
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    if let Some((_, command)) = matches.subcommand() {
        flags::read(command, layer)?;
    }
    Ok(Action::Cache(match matches.subcommand() {
        Some(("clear", clear)) => CacheAction::Clear { all: clear.get_flag("all") },
        Some(("path", _)) => CacheAction::Path,
        _ => CacheAction::List,
    }))
}
