//! `userinfo`: its flags.

use clap::{ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, asked};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// Who logged in.
#[derive(Debug)]
pub struct UserinfoArgs {
    /// The request is shown as a command.
    pub as_curl: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok userinfo -p alice
  oauth2tok userinfo -p alice | jq -r .email

The token is that of the settings, as a run would print it. A signed answer is verified with the keys of the issuer. Claims of \
another person than the kept ID token's are not printed.

Exit codes: those of oauth2tok; 8 where the status is a failure; 10 where the claims are of somebody else.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "userinfo",
    about: "Print who logged in, as the server tells",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap, Key::For],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let endpoints = [Key::UserinfoEndpoint, Key::JwksUri, Key::Retries401, Key::FailOn];
    command
        .long_about(
            "Print who logged in, as the server tells.\n\nstdout holds the claims. A 401 fetches a new token and tries once more.",
        )
        .arg(asked::output(&["json", "curl"]))
        .args(flags.on(&[On::Every, On::Fetch]))
        .args(endpoints.into_iter().filter_map(|key| flags.of(key)))
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Userinfo(UserinfoArgs { as_curl: asked::is_curl(matches) }))
}
