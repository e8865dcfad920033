//! The main job, which has no name: fetch a token and print it.

use clap::Command;

use super::flags::Flags;
use crate::settings::key::On;

const MORE: &str = concat!(
    "\
Examples:
  # a token in a header
  curl -H \"Authorization: Bearer $(oauth2tok -p prod)\" https://api.example.com

  # the same with the token in no process list
  oauth2tok -p prod -o curl | curl -K - https://api.example.com

  # stop a script where there is no token
  TOKEN=$(oauth2tok -p prod) || exit

  # no profile: everything by flags, the secret from the environment
  oauth2tok --issuer https://login.example.com -i ci-bot -s read \\
    --client-secret env:CI_SECRET

  # what would be sent, and what the server answers
  oauth2tok -p prod -v --dry-run
  oauth2tok -p prod -v -o json",
    secrets!(),
    "

Settings come from flag, then environment (OAUTH2TOK_CLIENT_ID, …), then profile, then its defaults.

Exit codes:
  0  a token was printed
  1  a fault of oauth2tok                          report it
  2  usage, profile or secret source; nothing was sent
  3  the server refused: an OAuth error            do not try again
  4  the answer is not a token response            do not try again
  5  not reached: DNS, connect, TLS, proxy, time   maybe try again
  6  unavailable: 408, 425, 429, 5xx, no retry left  try again later
  7  the result could not be written
  8  request: the API answered with a status that is a failure
  9  a person must log in, and nobody could be asked or finished in time
  10  a token was read and fails a check that was asked for
  126, 127  exec: the command cannot be run, is not found; else its own code
  128+n  signal n"
);

/// Describes the program, without its other commands.
pub(super) fn describe(flags: Flags<'_>) -> Command {
    Command::new("oauth2tok")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Fetch an OAuth 2.0 access token and print it")
        .long_about(
            "Fetch an OAuth 2.0 access token and print it.\n\nstdout holds the token or nothing, and the exit code tells a script whether to stop or to try again.",
        )
        .args(flags.on(&[On::Every, On::Fetch, On::Main]))
        .after_help("'--help' tells more, with examples and exit codes.")
        .after_long_help(MORE)
        .subcommand_help_heading("Other commands")
        .subcommand_value_name("COMMAND")
        .override_usage("oauth2tok [OPTIONS]\n       oauth2tok [OPTIONS] COMMAND …")
        .disable_help_subcommand(true)
        // Wrappers and aliases put their flags in front of the user's.
        .args_override_self(true)
}
