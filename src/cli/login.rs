//! `login`: its words and flags, and those of `login status`.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json, text, texts};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// A login that is wanted.
#[derive(Debug)]
pub struct LoginArgs {
    /// By a code that is entered on another device, whatever the profile's grant is.
    pub device: bool,
    /// Draw the address.
    pub qr: bool,
    /// Open a browser beside showing the code.
    pub open: bool,
    /// How far it goes.
    pub step: LoginStep,
}

/// How far a login goes.
#[derive(Debug, PartialEq, Eq)]
pub enum LoginStep {
    /// To its end.
    Whole,
    /// To the question.
    Begin,
    /// From the answer to the question of this id.
    Finish(String),
}

/// Which logins are looked at.
#[derive(Debug)]
pub struct StatusArgs {
    /// Those of these profiles; of all where none is named.
    pub profiles: Vec<String>,
    /// Printed as JSON.
    pub json: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok login -p alice             # once, in the browser
  oauth2tok login -p alice --device    # once, on another device: SSH, container
  curl -H \"Authorization: Bearer $(oauth2tok -p alice)\" https://api.example.com
  oauth2tok login status
  oauth2tok logout -p alice

The login is kept whatever 'cache' says, and the one before it goes once the new one is there. From then on runs with the \
same settings refresh it in silence. Nothing is printed on stdout unless -o or --field asks for it.

Where no process can wait, in two steps:
  oauth2tok login -p alice --begin                   # prints id and url
  oauth2tok login -p alice --finish ID < ADDRESS     # where the browser ended

Exit codes: those of oauth2tok, and 9 where nobody finished in time.",
    secrets!()
);

const STATUS: &str = concat!(
    "\
A line each, with tabs between name, account, issuer, seconds left, what becomes of it then (renewable, final or unknown) \
and state: good, renew (the next run refreshes it), ended, none, sealed (its secret was not read: name the profile) or \
unknown (it does not open with the credentials at hand). Nothing is sent.

Exit codes: 0 where all are good or renew, else 9.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "login",
    about: "Log a person in, and keep the login for later runs",
    describe,
    read,
    ineffective: &[],
};

/// What may be given, as an alias of a whole run has it, and means nothing where nothing is sent.
const SENDING: [Key; 10] = [
    Key::Cache,
    Key::ForceNew,
    Key::ConnectTimeout,
    Key::Retry,
    Key::Proxy,
    Key::Cacert,
    Key::Insecure,
    Key::DryRun,
    Key::Har,
    Key::ShowSecrets,
];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let acts = |arg: &Arg| SENDING.iter().all(|key| arg.get_id() != key.name()) && arg.get_id() != "no_cache";
    let of_status = flags.on(&[On::Every, On::Fetch]).map(|arg| if acts(&arg) { arg } else { arg.hide(true) });
    command
        .disable_help_subcommand(true)
        .args(flags.on(&[On::Every, On::Fetch, On::Main, On::Login]))
        .arg(
            own("device")
                .help("By a code that is entered on another device (RFC 8628), whatever the profile's grant is"),
        )
        .arg(own("qr").help("Draw the address of --device as a QR code"))
        .arg(own("open").help("Open a browser here for --device as well"))
        .arg(
            own("begin").conflicts_with_all(["finish", "qr", "open"]).help("Begin alone: print id and address as JSON"),
        )
        .arg(
            Arg::new("finish")
                .long("finish")
                .value_name("ID")
                .conflicts_with_all(["qr", "open"])
                .help("Finish what --begin began: the address where the browser ended comes on stdin"),
        )
        .subcommand(
            Command::new("status")
                .about("Print whose logins are kept and how long they last; exit 9 where one has ended")
                .args(of_status.chain(asked(flags)).map(several))
                .arg(form("text"))
                .after_long_help(STATUS),
        )
        .override_usage("oauth2tok login [OPTIONS]\n       oauth2tok login status [-p NAME…] [-o text|json]")
        .after_long_help(MORE)
}

/// The flags of `login` that tell one login from another.
pub(super) fn asked(flags: Flags<'_>) -> impl Iterator<Item = Arg> {
    [Key::AuthParams, Key::AcrValues].into_iter().filter_map(move |key| flags.of(key))
}

/// The flag that names a profile, where it may name several.
pub(super) fn several(arg: Arg) -> Arg {
    if arg.get_id() != Key::Profile.name() {
        return arg;
    }
    arg.action(ArgAction::Append).num_args(1..).help("Profile: a name from the config file, or a path; repeatable")
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    if let Some((_, status)) = matches.subcommand() {
        let mut own = Layer::default();
        flags::read(status, &mut own)?;
        *layer = own.or(std::mem::take(layer));
        return Ok(Action::LoginStatus(StatusArgs {
            profiles: texts(status, Key::Profile.name()),
            json: is_json(status),
        }));
    }
    Ok(Action::Login(LoginArgs {
        device: matches.get_flag("device"),
        qr: matches.get_flag("qr"),
        open: matches.get_flag("open"),
        step: match text(matches, "finish") {
            Some(id) => LoginStep::Finish(id),
            None if matches.get_flag("begin") => LoginStep::Begin,
            None => LoginStep::Whole,
        },
    }))
}
