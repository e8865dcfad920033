//! Completion scripts, which are made from the command line's own definition, kept in the repository, and packed by
//! `build.rs`: as they are, they would be a thirteenth of the program.

use flate2::bufread::DeflateDecoder;

use crate::problem;
use crate::report::{OutputError, copy_to_stdout};

macro_rules! packed {
    ($file:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $file))
    };
}

/// Prints the script for `shell`.
///
/// # Errors
/// stdout that cannot be written to.
pub fn run(shell: &str) -> problem::Result<()> {
    let script: &[u8] = match shell {
        "zsh" => packed!("_oauth2tok"),
        "fish" => packed!("oauth2tok.fish"),
        "powershell" => packed!("_oauth2tok.ps1"),
        "elvish" => packed!("oauth2tok.elv"),
        _ => packed!("oauth2tok.bash"),
    };
    copy_to_stdout(&mut DeflateDecoder::new(script), |error| OutputError(error).into())
}
