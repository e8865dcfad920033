//! `doctor`: its flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// How far a run is walked.
#[derive(Debug)]
pub struct DoctorArgs {
    /// The token request is sent even where what comes is lost.
    pub request: bool,
    /// It is not sent at all.
    pub no_request: bool,
    /// The report is printed as JSON.
    pub json: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok doctor                      # what there is here, and how to begin
  oauth2tok doctor -p prod              # the whole way of 'oauth2tok -p prod'
  oauth2tok doctor -p prod --no-request # all of it but the token request
  oauth2tok doctor -p prod -o json | jq '.steps[] | select(.verdict != \"ok\")'

The steps, in this order: settings, secret, dns, tcp, proxy, tls, clock, metadata, client, keys, request, verdict. Each is \
ok, warn, fail or skipped, with its time and what to do. A step that fails skips what rests on it and nothing else.

The token request goes out once, past the cache, and what comes is kept as a run keeps it; a kept login is used as a run \
uses it. Nobody is asked to log in. Neither a secret nor a client certificate goes where a run would send none, and the \
token is not printed.

JSON: {\"steps\":[{\"step\",\"verdict\",\"ms\",\"detail\",\"remedy\"}],\"exit_code\"}

Exit codes: those of 'oauth2tok --retry 0' with the same flags.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "doctor",
    about: "Walk the way of a run step by step, and say what is wrong and what to do",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask],
};

/// What may be given, as an alias of a whole run has it, and is refused or means nothing: the request goes out once.
const IDLE: [Key; 2] = [Key::DryRun, Key::Retry];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help_heading("Doctor");
    let acts = |arg: &Arg| IDLE.iter().all(|key| arg.get_id() != key.name());
    command
        .args(flags.on(&[On::Every, On::Fetch]).map(|arg| if acts(&arg) { arg } else { arg.hide(true) }))
        .arg(own("no-request").help("Stop before the token request"))
        .arg(
            own("request")
                .overrides_with("no-request")
                .help("Send the token request even where the new refresh token that may come would be lost"),
        )
        .arg(form("text"))
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Doctor(DoctorArgs {
        request: matches.get_flag("request"),
        no_request: matches.get_flag("no-request"),
        json: is_json(matches),
    }))
}
