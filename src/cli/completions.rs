//! `completions`: its word and flags.

use clap::{Arg, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, text};
use crate::settings::Layer;
use crate::settings::key::On;

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "completions",
    about: "Print a completion script for a shell",
    describe,
    read,
    ineffective: &[],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let shell = Arg::new("shell")
        .value_name("SHELL")
        .required(true)
        .value_parser(["bash", "zsh", "fish", "powershell", "elvish"])
        .help("The shell");
    command.args(flags.on(&[On::Every])).arg(shell)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Completions(text(matches, "shell").unwrap_or_default()))
}
