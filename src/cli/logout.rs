//! `logout`: its words and flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, asked, login, texts};
use crate::settings::{Key, Layer};

/// Logins that are to end.
#[derive(Debug)]
pub struct LogoutArgs {
    /// Those of these profiles.
    pub profiles: Vec<String>,
    /// All there are.
    pub all: bool,
    /// The server is not told.
    pub local: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok logout -p alice
  oauth2tok logout -p alice -p bob --local
  oauth2tok logout --all

The server is asked to revoke the refresh token and the access token (RFC 7009). Both are forgotten here whatever it says.

Exit codes: 0, also where no login was kept; those of oauth2tok where revoking failed.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "logout",
    about: "Revoke a kept login and forget it",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let settings = asked::settings(flags, &[]);
    command
        .args(settings.chain(login::asked(flags)).map(login::several))
        .arg(own("all").help("Those of every profile, and whatever else is kept"))
        .arg(own("local").help("Forget it here, and tell the server nothing"))
        .override_usage("oauth2tok logout [-p NAME…|--all] [--local] [OPTIONS]")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Logout(LogoutArgs {
        profiles: texts(matches, Key::Profile.name()),
        all: matches.get_flag("all"),
        local: matches.get_flag("local"),
    }))
}
