//! `batch`: its flags.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// Tokens for a stream of messages.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Member of a message that overrides a setting; repeatable
    ///
    /// If not given: client_id, client_secret, username, password, scope, audience and resource, each by its own name. Also
    /// possible: grant_type, refresh_token, client_assertion, assertion, assertion_subject, subject_token, actor_token,
    /// token_endpoint and issuer. A message that names another server than the profile
    /// gets none of the profile's secrets, keys, headers, params and certificates.
    #[arg(long, value_name = "MEMBER=SETTING", help_heading = "Messages")]
    pub map: Vec<String>,
    /// Member that the token goes into; 'token' if not given
    #[arg(long, value_name = "KEY", help_heading = "Messages")]
    pub into: Option<String>,
    /// Put the token in as text that holds JSON, instead of as an object
    #[arg(long, help_heading = "Messages")]
    pub as_string: bool,
    /// Process only these messages, counted from 0, or from the end with -1; the rest pass unchanged
    ///
    /// Such as 0,-1. Negative numbers hold the whole input in memory first.
    #[arg(long, value_name = "N,…", help_heading = "Messages", allow_hyphen_values = true)]
    pub parts: Option<String>,
    /// What to print: message (the default), or token for bare tokens, one line each
    ///
    /// With token a message that failed is an empty line, and told on stderr.
    #[arg(id = "message_output", short = 'o', long = "output", value_name = "FORMAT", help_heading = "Messages", value_parser = ["message", "token"])]
    pub output: Option<String>,

    /// How many requests may be under way at a time; 8 if not given
    #[arg(short, long, value_name = "N", help_heading = "Load")]
    pub jobs: Option<String>,
    /// At most so many requests in a time, such as 50/s or 600/m
    #[arg(long, value_name = "N/s", help_heading = "Load")]
    pub rate: Option<String>,
    /// How progress is told on stderr: bar (the default on a terminal), plain for a line every few seconds, or none
    #[arg(long, value_name = "HOW", help_heading = "Diagnosis", value_parser = ["bar", "plain", "none"])]
    pub progress: Option<String>,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok batch -p prod < users.ndjson > tokens.ndjson
  oauth2tok batch -p prod -g password --map user=username --map pass=password \\
    --jobs 32 --rate 100/s < users.ndjson
  oauth2tok batch -p prod --parts 0,-1 --into oauth --as-string < in.ndjson
  oauth2tok batch -p prod -o token < users.ndjson

One JSON object a line comes in, one a line goes out, in the same order. Equal requests are made once. A message without a \
token passes on with an 'error' member: kind, exit_code, message, line, oauth and more. --timeout is for each message.

Exit codes: 0 if every message has its token, else the highest that a message met: 2 message not usable, 3 refused, \
4 not a token response, 5 not reached, 6 unavailable; and 7 where stdout cannot be written.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "batch",
    about: "Add a token to each message of a stream of JSON lines",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    BatchArgs::augment_args(command.args(flags.on(&[On::Every, On::Fetch])))
        .override_usage("oauth2tok batch [OPTIONS] < INPUT")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Batch(BatchArgs::from_arg_matches(matches)?))
}
