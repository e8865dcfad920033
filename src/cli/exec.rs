//! `exec`: its flags and the command.

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, FromArgMatches, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// A command that gets a token.
#[derive(Debug, Args)]
pub struct ExecArgs {
    /// Variable that holds the token for the command; ACCESS_TOKEN if not given; repeatable
    #[arg(long = "env-name", id = "env_names", value_name = "NAME", help_heading = "Token")]
    pub env_names: Vec<String>,
    /// Keep a fresh token in a file while the command runs, and its path in $BEARER_TOKEN_FILE
    ///
    /// Only you can read it, it is replaced before the token expires, and removed when the command ends. If PATH is not
    /// given, the file is in a directory of its own in $XDG_RUNTIME_DIR or $TMPDIR. The token is then in no variable unless
    /// --env-name is given too.
    #[arg(long, value_name = "PATH", num_args = 0..=1, help_heading = "Token", value_hint = ValueHint::FilePath)]
    pub token_file: Option<Option<String>>,
    /// The command and its arguments
    #[arg(value_name = "CMD", last = true, required = true, value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok exec -p prod -- \\
  sh -c 'printf \"Authorization: Bearer %s\" \"$ACCESS_TOKEN\" |
  curl -H @- https://api.example.com'
  oauth2tok exec -p prod --env-name BEARER_TOKEN -- ./job
  # reads $BEARER_TOKEN_FILE whenever it needs a token
  oauth2tok exec -p prod --token-file -- ./long-job

The command takes the place of oauth2tok: signals, terminal and exit code are its own. With --token-file oauth2tok stays, \
passes signals on and ends with the command's exit code. Our own secrets are not in the command's environment.

Exit codes: the command's own, 128+n where signal n ended it, 126 where it cannot be run, 127 where it is not found; those \
of oauth2tok where there is no token, and then the command is not started.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "exec",
    about: "Run a command with a token in its environment or in a file",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    ExecArgs::augment_args(command.args(flags.on(&[On::Every, On::Fetch])))
        .override_usage("oauth2tok exec [OPTIONS] -- CMD [ARGS]…")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Exec(ExecArgs::from_arg_matches(matches)?))
}
