//! The flags of `request`.

use clap::{ArgMatches, Args, Command, FromArgMatches, ValueHint};

use super::args::put;
use super::{CliError, TokenArgs};
use crate::settings::{Key, Layer};

/// One API call.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// The method (GET if not given, POST with a body) and the URL
    ///
    /// The URL is absolute, or relative to --base-url. https, or http to this machine.
    #[arg(value_name = "[METHOD] URL", num_args = 1..=2, required = true, value_hint = ValueHint::Url)]
    pub words: Vec<String>,

    /// Body: text, @FILE, or @- for stdin
    ///
    /// A JSON object or array is sent as application/json, anything else as a form; --content-type says otherwise.
    #[arg(short, long, value_name = "DATA", help_heading = "Request", allow_hyphen_values = true)]
    pub data: Option<String>,
    /// Body that is JSON: text, @FILE, or @- for stdin
    #[arg(long, value_name = "TEXT", help_heading = "Request", conflicts_with = "data", allow_hyphen_values = true)]
    pub json: Option<String>,
    /// Content-Type of the body
    #[arg(long, value_name = "TYPE", help_heading = "Request")]
    pub content_type: Option<String>,
    /// URL that relative URLs are joined to
    ///
    /// Slashes collapse where both meet, and its query is kept. The token goes to this origin alone.
    #[arg(long, value_name = "URL", help_heading = "Request", value_hint = ValueHint::Url)]
    pub base_url: Option<String>,
    /// Let the token go to an absolute URL of another origin than --base-url's
    #[arg(long, help_heading = "Request")]
    pub allow_other_origin: bool,
    /// How often a 401 leads to a new token, past the cache, and another attempt; 1 if not given
    #[arg(long, value_name = "N", help_heading = "Request")]
    pub retries_401: Option<String>,

    /// Statuses that are failures: all (400 and above, the default), except-not-found, never, or ranges
    ///
    /// except-not-found lets 404 and 410 pass. Ranges are written 400-403,405-599 or as a JSON list of pairs. A failure is
    /// exit code 8; stdout stays empty, and status, headers and body go to stderr as JSON.
    #[arg(long, value_name = "STATUSES", help_heading = "Output", allow_hyphen_values = true)]
    pub fail_on: Option<String>,
    /// What to print: body (the default), or json with statusCode, HTTPHeaders and responseBody
    ///
    /// curl, with --dry-run: a command that sends the same request and takes the token from $ACCESS_TOKEN.
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output", value_parser = ["body", "json", "curl"])]
    pub output: Option<String>,

    /// Header fields, out of the token request's hands.
    #[arg(skip)]
    pub headers: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  oauth2tok request -p prod https://api.example.com/v1/things
  oauth2tok request -p prod --base-url https://api.example.com/v1 things/7 > thing.json
  oauth2tok request -p prod -d '{\"name\":\"x\"}' https://api.example.com/v1/things
  oauth2tok request -p prod PUT -d @photo.jpg --content-type image/jpeg https://api.example.com/v1/photos/7
  oauth2tok request -p prod --fail-on except-not-found -o json https://api.example.com/v1/things/8

Redirects of GET and HEAD are followed within the origin; the token goes to no other.
Headers of the token request are given before the word 'request', or in the profile.

Exit codes: those of oauth2tok, and 8 where the API's status is a failure.";

/// Describes the command.
pub(super) fn describe(command: Command) -> Command {
    RequestArgs::augment_args(TokenArgs::augment_args(command))
        .about("Make one API call with a token")
        .long_about(
            "Make one API call with a token.\n\nstdout holds the body as it was received. A 401 fetches a new token and tries once more.",
        )
        .mut_arg("header", |arg| {
            arg.help("Header field of the API call; repeatable").long_help(None).help_heading("Request")
        })
        .override_usage("oauth2tok request [OPTIONS] [METHOD] URL")
        .after_long_help(EXAMPLES)
}

impl RequestArgs {
    /// Reads the flags of the command; what is a setting goes into `layer`.
    pub(super) fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Self, CliError> {
        let mut token = TokenArgs::from_arg_matches(matches).map_err(CliError::Show)?;
        let mut args = Self::from_arg_matches(matches).map_err(CliError::Show)?;
        args.headers = std::mem::take(&mut token.header);
        token.fill(layer).map_err(CliError::Settings)?;
        for (key, text) in
            [(Key::BaseUrl, &args.base_url), (Key::Retries401, &args.retries_401), (Key::FailOn, &args.fail_on)]
        {
            put(layer, key, text.as_deref()).map_err(CliError::Settings)?;
        }
        Ok(args)
    }
}
