//! `introspect`: its word and its flags.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, asked, required, text};
use crate::oauth::requirement::Requirements;
use crate::settings::{Key, Layer};

/// A token that its server is asked about.
#[derive(Debug)]
pub struct IntrospectArgs {
    /// Where it comes from; stdin where nothing is said.
    pub token: Option<String>,
    /// What kind of token it is.
    pub hint: Option<String>,
    /// What says who asks, instead of a client.
    pub bearer: Option<String>,
    /// The answer is to be signed.
    pub is_signed: bool,
    /// What the token must be.
    pub required: Requirements,
    /// The request is shown as a command.
    pub as_curl: bool,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok introspect -p api env:TOKEN
  oauth2tok -p prod | oauth2tok introspect -p api | jq .scope
  oauth2tok introspect -p api --require-active --require-scope read < token.txt
  oauth2tok introspect -p api --jwt-response env:TOKEN
  oauth2tok introspect --issuer https://idp.example.com --bearer env:ADMIN -

The client proves who it is as for a token; what -p says of a grant means nothing here. The server's object is printed as it \
came, and never kept. 'active' is false also where the token is good and not meant for who asks: some servers want the client \
in its aud. An inactive token fulfils no requirement.

Exit codes: those of oauth2tok; 0 also for an inactive token; 10 where a requirement fails, and the answer is printed all the same.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "introspect",
    about: "Ask the server what a token is (RFC 7662)",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask, Key::Wrap, Key::For],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).help_heading("Introspection");
    command
        .arg(asked::token("The token, a SECRET; stdin if not given"))
        .arg(
            own("hint")
                .long("token-type-hint")
                .value_name("TYPE")
                .help("What kind of token it is, such as refresh_token"),
        )
        .arg(
            own("bearer")
                .long("bearer")
                .value_name("SECRET")
                .allow_hyphen_values(true)
                .help("Token that says who asks, instead of a client; no client setting is needed then"),
        )
        .arg(
            own("jwt_response")
                .long("jwt-response")
                .action(ArgAction::SetTrue)
                .help("Ask for a signed answer, and verify it (RFC 9701)"),
        )
        .arg(
            Arg::new("require_active")
                .long("require-active")
                .action(ArgAction::SetTrue)
                .help_heading(required::HEADING)
                .help("It must be active"),
        )
        .args(required::args())
        .arg(asked::output(&["json", "curl"]))
        .args(asked::settings(flags, &[Key::IntrospectionEndpoint, Key::JwksUri]))
        .override_usage("oauth2tok introspect [OPTIONS] [TOKEN]")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    let mut required = required::read(matches)?;
    required.active = matches.get_flag("require_active") || !required.is_empty();
    Ok(Action::Introspect(Box::new(IntrospectArgs {
        token: text(matches, "token"),
        hint: text(matches, "hint"),
        bearer: text(matches, "bearer"),
        is_signed: matches.get_flag("jwt_response"),
        required,
        as_curl: asked::is_curl(matches),
    })))
}
