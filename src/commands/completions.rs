//! Completion scripts, which are made from the command line's own definition and kept in the repository.

use crate::problem;
use crate::report::write_stdout;

/// Prints the script for `shell`.
///
/// # Errors
/// stdout that cannot be written to.
pub fn run(shell: &str) -> problem::Result<()> {
    let script = match shell {
        "zsh" => include_str!("../../completions/_oauth2tok"),
        "fish" => include_str!("../../completions/oauth2tok.fish"),
        "powershell" => include_str!("../../completions/_oauth2tok.ps1"),
        "elvish" => include_str!("../../completions/oauth2tok.elv"),
        _ => include_str!("../../completions/oauth2tok.bash"),
    };
    write_stdout(script)?;
    Ok(())
}
