//! `explain`: its flags and the file.

use clap::{Arg, ArgMatches, Command, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json, text};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// What is to be explained.
#[derive(Debug)]
pub struct ExplainArgs {
    /// Where it is; none or `-` is stdin.
    pub file: Option<String>,
    /// Printed as JSON.
    pub json: bool,
}

const MORE: &str = "\
Examples:
  curl -i https://idp.example.com/token -d grant_type=… | oauth2tok explain
  oauth2tok explain -p prod answer.txt
  oauth2tok explain trace.har -o json
  oauth2tok -p prod --error-format json 2> said || oauth2tok explain said

FILE holds what curl -i prints (of several heads the last counts), the body of an answer (that for HTTP 400 if it has an error, else for HTTP 200), \
a HAR of a browser or of --har (the last POST with grant_type in its form counts, else the last that was answered; 64 MiB at most), \
or what a run of oauth2tok wrote to stderr with --error-format json.

Nothing is sent and no secret is read. With -p the hints know server, client and grant; without it they speak of this client and of the address that was asked. \
Tokens in the answer are not shown.

Exit codes: those that a run would have ended with after this answer; 2 also where the file holds no answer (stdout is empty then).";

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "explain",
    about: "Say what a saved answer of a token endpoint means",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask],
};

/// What is of use here; the other settings count as well, as an alias of a whole run has them.
const SHOWN: [Key; 4] = [Key::Profile, Key::Config, Key::Strict, Key::ShowSecrets];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let is_shown = |arg: &Arg| SHOWN.iter().any(|key| arg.get_id() == key.name());
    let fetching = flags.on(&[On::Fetch]).map(|arg| if is_shown(&arg) { arg } else { arg.hide(true) });
    let file = Arg::new("file").value_name("FILE").value_hint(ValueHint::FilePath);
    command
        .arg(file.help("File with the answer; stdin if not given or '-'"))
        .arg(form("text"))
        .args(flags.on(&[On::Every]).chain(fetching))
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Explain(ExplainArgs { file: text(matches, "file"), json: is_json(matches) }))
}
