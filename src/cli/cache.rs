//! `cache`: its words and flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand};
use crate::settings::Layer;
use crate::settings::key::On;

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

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let all = Arg::new("all").long("all").action(ArgAction::SetTrue).help("Forget every kept token");
    let settings = || flags.on(&[On::Every, On::Fetch]);
    command
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(Command::new("list").args(settings()).about(
            "Print what is kept, as far as the credentials at hand open it: profile or endpoint, scope, expiry, state",
        ))
        .subcommand(Command::new("clear").arg(all).args(settings()).about("Forget the token kept for these settings"))
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
