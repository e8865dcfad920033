//! `assertion`: its flags.

use clap::{ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

const MORE: &str = concat!(
    "\
Examples:
  # what the next token request would carry, and what it says
  oauth2tok assertion -p prod
  oauth2tok assertion -p prod -o json

  # a client secret that is a JWT, such as Apple's, in a profile
  client_secret: command:oauth2tok assertion -p apple-key

It is made anew each time and never kept. No server is asked but GitHub (github:NAME), and the issuer for its metadata where \
the assertion is for its token endpoint.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "assertion",
    about: "Print the assertion that the token request would carry",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap, Key::For, Key::DpopNonce],
};

/// What may be given, as an alias of a whole run has it, and means nothing.
const OF_TOKENS: [Key; 4] = [Key::Cache, Key::ForceNew, Key::MinValid, Key::DryRun];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let acts = |arg: &clap::Arg| OF_TOKENS.iter().all(|key| arg.get_id() != key.name()) && arg.get_id() != "no_cache";
    let settings = flags.on(&[On::Every, On::Fetch]).map(|arg| if acts(&arg) { arg } else { arg.hide(true) });
    command.arg(form("text").help_heading("Output")).args(settings).after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Assertion { json: is_json(matches) })
}
