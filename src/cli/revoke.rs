//! `revoke`: its word and its flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, asked, text};
use crate::settings::{Key, Layer};

/// A token that is to end.
#[derive(Debug)]
pub struct RevokeArgs {
    /// Where it comes from.
    pub token: Option<String>,
    /// What is kept is meant instead.
    pub kept: bool,
    /// What kind of token it is.
    pub hint: Option<String>,
    /// The request is shown as a command.
    pub as_curl: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok revoke -p prod env:TOKEN
  oauth2tok revoke -p prod --token-type-hint refresh_token < token.txt
  oauth2tok revoke -p prod --kept

--kept ends the tokens that are kept with these settings, the refresh token first, and forgets them once the server has \
answered 200; after another answer they stay, to try again. 'logout' forgets a login whatever the server says.

200 does not prove that the token has ended: servers answer so to tokens that they do not know (RFC 7009 §2.2), and some, such \
as Hydra, to those of another client. 'introspect' tells; what checks a JWT by itself takes it until it expires.

Exit codes: 0, also for an unknown token; 3 where the server refuses, or does not end tokens of this kind; 4, 5, 6 as those of \
oauth2tok.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "revoke",
    about: "Have the server end a token (RFC 7009); its 200 does not prove that it has",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap, Key::For],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).help_heading("Revocation");
    command
        .arg(asked::token("The token, a SECRET; stdin if not given, but for a terminal").conflicts_with("kept"))
        .arg(
            own("kept")
                .long("kept")
                .action(ArgAction::SetTrue)
                .help("End the tokens that are kept with these settings, and forget them"),
        )
        .arg(
            own("hint")
                .long("token-type-hint")
                .value_name("TYPE")
                .conflicts_with("kept")
                .help("What kind of token it is: access_token or refresh_token"),
        )
        .arg(asked::output(&["curl"]))
        .args(asked::settings(flags, &[Key::RevocationEndpoint]))
        .override_usage("oauth2tok revoke [OPTIONS] TOKEN|--kept")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Revoke(RevokeArgs {
        token: text(matches, "token"),
        kept: matches.get_flag("kept"),
        hint: text(matches, "hint"),
        as_curl: asked::is_curl(matches),
    }))
}
