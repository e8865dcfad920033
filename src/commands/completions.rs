//! Completion scripts, which are made from the command line's own definition, kept in the repository, and packed by
//! `build.rs`: as they are, they would be a thirteenth of the program.

use super::packed::{packed, unpacked};
use crate::problem;
use crate::report::{OutputError, copy_to_stdout};

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
    copy_to_stdout(&mut unpacked(script), |error| OutputError(error).into())
}
