//! `inspect`: its word and its flags.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, form, is_json, required, text};
use crate::oauth::inspect::As;
use crate::oauth::requirement::Requirements;
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// A token that is to be looked at.
#[derive(Debug)]
pub struct InspectArgs {
    /// Where it comes from; stdin where nothing is said.
    pub token: Option<String>,
    /// Whether it is verified, and how.
    pub verify: Option<VerifyArgs>,
    /// What it must be.
    pub required: Requirements,
    /// As JSON.
    pub json: bool,
}

/// How it is verified.
#[derive(Debug)]
pub struct VerifyArgs {
    /// What it must be.
    pub meant: As,
    /// Where the keys are: a file, or a URL.
    pub jwks: Option<String>,
    /// What an ID token must repeat.
    pub nonce: Option<String>,
    /// So far may two clocks differ.
    pub leeway: Option<Duration>,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok -p prod | oauth2tok inspect
  oauth2tok inspect env:TOKEN -o json | jq '.tokens[0].claims'
  oauth2tok -p prod -o json | oauth2tok inspect --verify -p prod
  oauth2tok inspect --verify --issuer https://idp.example.com file:token.txt \\
    --require-aud https://api.example.com --require-scope read --min-ttl 5m
  oauth2tok inspect --verify --jwks keys.json --as access_token < token.txt

What is read is a token, 'Bearer …', a whole Authorization line, or a token answer in JSON, each token of which gets a section. \
Nothing is sent without --verify. A token's own iss, jku, x5u and jwk are shown and never followed: keys come from --jwks, \
from jwks_uri of the profile, or from the issuer that is given.

Exit codes: 0; 10 where a check fails or a token that cannot be read is to fulfil one; 4, 5 and 6 where the keys cannot be had, \
and 4 where the token is signed with what cannot be checked here. The report is printed all the same.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "inspect",
    about: "Show what a token says, and whether it holds",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap, Key::For],
};

/// What says whose token it is, and how its keys are had.
const SETTINGS: [Key; 16] = [
    Key::Profile,
    Key::Config,
    Key::Issuer,
    Key::ClientId,
    Key::ClientSecret,
    Key::Timeout,
    Key::ConnectTimeout,
    Key::Retry,
    Key::Proxy,
    Key::Cacert,
    Key::Cert,
    Key::Key,
    Key::KeyPassphrase,
    Key::Insecure,
    Key::Har,
    Key::ShowSecrets,
];

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).long(name).help_heading("Verification");
    let of_verify = |name: &'static str| own(name).requires("verify");
    let settings = SETTINGS.into_iter().filter_map(|key| flags.of(key));
    command
        .long_about(
            "Show what a token says, and whether it holds.\n\nWithout --verify nothing is verified: what is shown is what the token says of itself.",
        )
        .arg(Arg::new("token").value_name("TOKEN").help("The token, a SECRET; stdin if not given").long_help(
            "The token, a SECRET; stdin if not given\n\nA token, 'Bearer …', a whole Authorization line, or a token answer in JSON. In the clear, 'ps' shows it.",
        ))
        .arg(own("verify").action(ArgAction::SetTrue).help("Verify it with the keys of the issuer, or of --jwks"))
        .arg(
            of_verify("as")
                .value_name("KIND")
                .value_parser(["auto", "access_token", "id_token"])
                .help("What it must be: auto (the default: what it says), access_token (RFC 9068) or id_token"),
        )
        .arg(
            of_verify("jwks")
                .value_name("FILE|URL")
                .value_hint(ValueHint::FilePath)
                .help("Keys to verify with, a JWK Set; in a FILE also secrets, for HS256-512"),
        )
        .arg(of_verify("nonce").value_name("TEXT").help("What an ID token must repeat"))
        .arg(
            of_verify("leeway").value_name("DURATION").help("How far two clocks may differ (30s if not given)"),
        )
        .args(required::args())
        .arg(form("text").help_heading("Output"))
        .args(flags.on(&[On::Every]))
        .args(settings)
        .args(flags.of(Key::DryRun).map(|arg| arg.hide(true)))
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    let meant = match text(matches, "as").as_deref() {
        Some("access_token") => As::Access,
        Some("id_token") => As::Id,
        _ => As::Auto,
    };
    let leeway = text(matches, "leeway").map(|span| required::span("--leeway", &span)).transpose()?;
    let verify = VerifyArgs { meant, jwks: text(matches, "jwks"), nonce: text(matches, "nonce"), leeway };
    Ok(Action::Inspect(Box::new(InspectArgs {
        token: text(matches, "token"),
        verify: matches.get_flag("verify").then_some(verify),
        required: required::read(matches)?,
        json: is_json(matches),
    })))
}
