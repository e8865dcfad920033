//! `oauth2tok`: fetch an OAuth 2.0 access token and print it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(oauth2tok::run(std::env::args_os().collect()))
}
