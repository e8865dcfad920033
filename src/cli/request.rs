//! `request`: its flags, the method and the URL.

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand, text, texts};
use crate::settings::key::On;
use crate::settings::{Key, Layer};

/// One API call.
#[derive(Debug)]
pub struct RequestArgs {
    /// The method, where it is given, and the URL.
    pub words: Vec<String>,
    /// The body: text, `@FILE`, or `@-` for stdin.
    pub data: Option<String>,
    /// The same of a body that is JSON.
    pub json: Option<String>,
    /// What the body's `Content-Type` is.
    pub content_type: Option<String>,
    /// The token may go to an absolute URL of another origin than the base URL's.
    pub allow_other_origin: bool,
    /// What is printed.
    pub output: Option<String>,
    /// Header fields of the call.
    pub headers: Vec<String>,
}

const MORE: &str = concat!(
    "\
Examples:
  oauth2tok request -p prod https://api.example.com/v1/things
  oauth2tok request -p prod --base-url https://api.example.com things/7
  oauth2tok request -p prod -d '{\"name\":\"x\"}' https://api.example.com/v1/things
  oauth2tok request -p prod PUT -d @photo.jpg --content-type image/jpeg \\
    https://api.example.com/v1/photos/7
  oauth2tok request -p prod --fail-on except-not-found -o json \\
    https://api.example.com/v1/things/8

Redirects of GET and HEAD are followed within the origin; the token goes to no other. \
Headers of the token request are given before the word 'request', or in the profile.

Exit codes: those of oauth2tok, and 8 where the API's status is a failure.",
    secrets!()
);

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "request",
    about: "Make one API call with a token",
    describe,
    read,
    ineffective: &[Key::Output, Key::Field, Key::EnvName, Key::Mask],
};

/// The header fields are the call's own here, and not those of the token request.
const HEADERS: &str = "call_headers";
/// The output is the call's, too.
const OUTPUT: &str = "call_output";

fn describe(command: Command, flags: Flags<'_>) -> Command {
    let own = |name: &'static str| Arg::new(name).help_heading("Request");
    let is_headers = |arg: &Arg| arg.get_id().as_str() == Key::Headers.name();
    let headers = flags.of(Key::Headers).map(|arg| {
        let arg = arg.id(HEADERS).help("Header field of the API call; repeatable").long_help(None);
        arg.help_heading("Request").display_order(0)
    });
    command
        .long_about(
            "Make one API call with a token.\n\nstdout holds the body as it was received. A 401 fetches a new token and tries once more.",
        )
        .args(flags.on(&[On::Every, On::Fetch]).filter(|arg| !is_headers(arg)))
        .arg(
            Arg::new("words")
                .value_name("[METHOD] URL")
                .num_args(1..=2)
                .required(true)
                .action(ArgAction::Append)
                .value_hint(ValueHint::Url)
                .help("The method (GET if not given, POST with a body) and the URL")
                .long_help(
                    "The method (GET if not given, POST with a body) and the URL\n\nThe URL is absolute, or relative to --base-url. https, or http to this machine.",
                ),
        )
        .arg(
            own("data")
                .short('d')
                .long("data")
                .value_name("DATA")
                .allow_hyphen_values(true)
                .help("Body: text, @FILE, or @- for stdin")
                .long_help(
                    "Body: text, @FILE, or @- for stdin\n\nA JSON object or array is sent as application/json, anything else as a form; --content-type says otherwise.",
                ),
        )
        .arg(
            own("json")
                .long("json")
                .value_name("TEXT")
                .conflicts_with("data")
                .allow_hyphen_values(true)
                .help("Body that is JSON: text, @FILE, or @- for stdin"),
        )
        .arg(own("content_type").long("content-type").value_name("TYPE").help("Content-Type of the body"))
        .args(flags.of(Key::BaseUrl))
        .arg(
            own("allow_other_origin")
                .long("allow-other-origin")
                .action(ArgAction::SetTrue)
                .help("Let the token go to an absolute URL of another origin than --base-url's"),
        )
        .args(flags.of(Key::Retries401))
        .args(flags.of(Key::FailOn))
        .arg(
            Arg::new(OUTPUT)
                .short('o')
                .long("output")
                .value_name("FORMAT")
                .help_heading("Output")
                .value_parser(["body", "json", "curl"])
                .help("What to print: body (the default), or json with statusCode, HTTPHeaders and responseBody")
                .long_help(
                    "What to print: body (the default), or json with statusCode, HTTPHeaders and responseBody\n\ncurl, with --dry-run: a command that sends the same request and takes the token from $ACCESS_TOKEN.",
                ),
        )
        .args(headers)
        .override_usage("oauth2tok request [OPTIONS] [METHOD] URL")
        .after_long_help(MORE)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Request(RequestArgs {
        words: texts(matches, "words"),
        data: text(matches, "data"),
        json: text(matches, "json"),
        content_type: text(matches, "content_type"),
        allow_other_origin: matches.get_flag("allow_other_origin"),
        output: text(matches, OUTPUT),
        headers: texts(matches, HEADERS),
    }))
}
