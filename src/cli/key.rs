//! `key`: its words and flags.

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, text};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// What is to be done with keys.
#[derive(Debug)]
pub enum KeyAction {
    /// Print the public half of the one that is configured.
    Public {
        /// Of the one for proofs of possession.
        is_dpop: bool,
    },
    /// Make one.
    New(NewKey),
}

/// A key that is to be made.
#[derive(Debug)]
pub struct NewKey {
    /// What it is to sign with.
    pub alg: String,
    /// Where it goes.
    pub file: String,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok key new --alg ES256 ~/.config/oauth2tok/prod.pem > jwks.json
  oauth2tok key public -p prod
  oauth2tok key public --signing-key file:prod.pem --key-id 2026-07",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "key",
    about: "Make a signing key, print the public half to register",
    describe,
    read,
    ineffective: &[],
};

/// What says which key it is, and what it is called.
const OF_KEYS: [Key; 9] = [
    Key::Profile,
    Key::Config,
    Key::SigningKey,
    Key::Signer,
    Key::SigningAlg,
    Key::SigningCert,
    Key::KeyId,
    Key::DpopKey,
    Key::Timeout,
];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let dpop = Arg::new("of_dpop").long("dpop").action(ArgAction::SetTrue).help("Of dpop_key instead of signing_key");
    let settings = OF_KEYS.iter().filter_map(|key| flags.of(*key));
    let alg = Arg::new("alg")
        .long("alg")
        .value_name("ES256|ES384|EdDSA")
        .hide_possible_values(true)
        .required(true)
        .value_parser(["ES256", "ES384", "EdDSA"]);
    let file = Arg::new("file").value_name("FILE").required(true).value_hint(ValueHint::FilePath);
    command
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("public")
                .about("Print the JWK Set to register: the public half of signing_key")
                .arg(dpop)
                .args(flags.on(&[On::Every]).chain(settings))
                .after_long_help(MORE),
        )
        .subcommand(
            Command::new("new")
                .about("Write a new private key that only you can read, never over a file, and print its public half")
                .arg(alg.help("What it signs with"))
                .arg(file.help("Where it goes: PKCS#8 as PEM"))
                .args(flags.on(&[On::Every]))
                .after_long_help(MORE),
        )
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    if let Some((_, command)) = matches.subcommand() {
        flags::read(command, layer)?;
    }
    Ok(Action::Key(match matches.subcommand() {
        Some(("new", new)) => KeyAction::New(NewKey {
            alg: text(new, "alg").unwrap_or_default(),
            file: text(new, "file").unwrap_or_default(),
        }),
        Some((_, public)) => KeyAction::Public { is_dpop: public.get_flag("of_dpop") },
        None => KeyAction::Public { is_dpop: false },
    }))
}
