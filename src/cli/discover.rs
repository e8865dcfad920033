//! `discover`: its words and flags.

use clap::{Arg, ArgMatches, Command, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json, text};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// A server that is looked at.
#[derive(Debug)]
pub struct DiscoverArgs {
    /// The issuer, or where its metadata is; else that of the settings.
    pub issuer: Option<String>,
    /// The one document that is printed as it came: `oidc` or `oauth`.
    pub document: Option<String>,
    /// Printed as JSON.
    pub json: bool,
}

const MORE: &str = "\
Examples:
  oauth2tok discover https://login.example.com
  oauth2tok discover -p prod
  oauth2tok discover -p prod --strict -o json | jq '.findings[]'
  oauth2tok discover -p prod --document oidc | jq .scopes_supported

Both well-known places are asked, without credentials, and the keys after them; nothing that an earlier run kept is used. \
The report tells what differs between the two documents, which endpoints leave the issuer's host, what oauth2tok can use \
of it and why, the keys, and what is wrong (error, warning, info).

Exit codes:
  0  a document can be used, whatever is found
  2  usage or settings; nothing was sent
  4  no document can be used; with --strict: something was found
  5  not reached: DNS, connect, TLS, proxy, time
  6  unavailable: 408, 425, 429, 5xx, no retry left";

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "discover",
    about: "Print what a server says of itself, its keys, and what is wrong with them",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap],
};

/// The settings that say which server it is and how it is reached. The others may be given, as an alias of a whole run has
/// them, and mean nothing here.
const MEANT: [Key; 14] = [
    Key::Profile,
    Key::Config,
    Key::Issuer,
    Key::Timeout,
    Key::ConnectTimeout,
    Key::Retry,
    Key::Proxy,
    Key::Cacert,
    Key::Cert,
    Key::Key,
    Key::Insecure,
    Key::Strict,
    Key::Har,
    Key::ShowSecrets,
];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let settings = flags.on(&[On::Fetch]).map(|arg| {
        let is_meant = MEANT.iter().any(|key| arg.get_id() == key.name());
        match is_meant {
            true if arg.get_id() == Key::Strict.name() => arg.help("Exit 4 where anything is found"),
            true => arg,
            false => arg.hide(true),
        }
    });
    let issuer = Arg::new("server").value_name("ISSUER").value_hint(ValueHint::Url);
    let document = Arg::new("document").long("document").value_name("WHICH").value_parser(["oidc", "oauth"]);
    command
        .args(flags.on(&[On::Every]).chain(settings))
        .args(flags.of(Key::JwksUri))
        .arg(issuer.help("The issuer, or where its metadata is; that of the settings if not given"))
        .arg(document.conflicts_with("form").help("Print that document alone, as it came"))
        .arg(form("text"))
        .override_usage("oauth2tok discover [OPTIONS] [ISSUER]")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Discover(DiscoverArgs {
        issuer: text(matches, "server"),
        document: text(matches, "document"),
        json: is_json(matches),
    }))
}
