//! A command with a token: fetch, then become the command. With a token file this process stays beside the command, keeps
//! the file fresh and passes signals on.

#[cfg(unix)]
mod keeper;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::context::Context;
use super::dry_run;
use super::proofs;
use super::session::Session;
use crate::cli::ExecArgs;
use crate::named;
use crate::problem::{self, Class, Problem, Shortage};
use crate::report::Reporter;
use crate::settings::{Layer, is_variable_name};

/// A command that could not be run.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {program}")]
struct ExecError {
    /// Its name, as it may be shown.
    program: String,
    /// Why.
    #[source]
    source: io::Error,
}

impl ExecError {
    /// `command`, which is sought in the directories that `search` lists, the value of `PATH`.
    fn new(command: &Command, search: Option<&OsStr>, source: io::Error) -> Self {
        Self { program: named::command(command.get_program(), search), source }
    }
}

impl From<ExecError> for Problem {
    fn from(error: ExecError) -> Self {
        let absent = error.source.kind() == io::ErrorKind::NotFound;
        let shortage = Shortage::of_start(&error.source);
        Self::new(if absent { Class::NotFound } else { Class::NotExecutable }, error)
            .hint("no shell is involved: the command is a program and its arguments")
            .for_want_of(shortage, Class::Output)
    }
}

/// Runs it. Returns the command's exit code where this process is still there to tell.
///
/// # Errors
/// No token, and then the command was not started; or a command that cannot be run.
pub fn run(args: ExecArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<u8> {
    if let Some(name) = args.env_names.iter().find(|name| !is_variable_name(name)) {
        return Err(Problem::usage(
            format!("--env-name {}: not a variable's name", name.escape_debug()),
            "it holds letters, digits and _ and does not begin with a digit",
        ));
    }
    if matches!(&args.token_file, Some(Some(path)) if path.is_empty()) {
        return Err(Problem::usage(
            "--token-file: there is no path in it",
            "without a value the file is in a directory of its own",
        ));
    }
    let token_file = args.token_file.map(|path| path.map(|path| context.expanded("--token-file", &path)).transpose());
    let token_file = token_file.transpose()?;
    let context = Arc::new(context);
    let session = Session::open_checked(flags, &context, reporter, |settings| proofs::check_key(settings, "exec"))?;
    if session.settings.diagnosis.dry_run {
        dry_run::show(&session, reporter)?;
        return Ok(0);
    }
    let names = match (args.env_names.as_slice(), &token_file) {
        ([], None) => vec![session.settings.output.env_name.clone()],
        (names, _) => names.to_vec(),
    };
    // A token that cannot be handed over is not asked for.
    #[cfg(unix)]
    let place = token_file.map(|path| keeper::Destination::choose(path, &context.env)).transpose()?;
    #[cfg(not(unix))]
    if token_file.is_some() {
        return Err(Problem::usage(
            "--token-file is not available on this system",
            "without it the token is in the command's environment",
        ));
    }
    let token = proofs::check_unbound(&session, session.fetch(reporter)?)?;
    session.warn_of_loss(&token, None, reporter);
    reporter.conceal(&token.access_token);
    if session.settings.output.mask && context.env.text("GITHUB_ACTIONS").as_deref() == Some("true") {
        reporter.mask(&token.access_token);
    }
    // Here the exchanges end: what follows is the command's.
    reporter.recorded()?;
    let mut command = command(&args.command, &session);
    let search = context.env.os("PATH");
    for name in names {
        command.env(name, token.access_token.expose());
    }
    #[cfg(unix)]
    if let Some(place) = place {
        return keeper::run(command, search.as_deref(), place, session, token, reporter);
    }
    become_command(command, search.as_deref(), reporter)
}

/// The command as it will run: with the environment and the streams of this process, less what holds secrets of ours.
fn command(words: &[OsString], session: &Session) -> Command {
    let (program, arguments) = words.split_first().map_or((OsString::new(), &[][..]), |(p, a)| (p.clone(), a));
    let mut command = Command::new(program);
    command.args(arguments);
    // Whoever opens it by its name reads a file from its start again.
    if session.settings.secret_descriptors().contains(&0) {
        command.stdin(Stdio::null());
    }
    for name in session.settings.secret_variables() {
        command.env_remove(name);
    }
    command
}

#[cfg(unix)]
fn become_command(mut command: Command, search: Option<&OsStr>, reporter: &mut Reporter) -> problem::Result<u8> {
    use std::os::unix::process::CommandExt;
    reporter.finish();
    let error = crate::guard::lifted(|| command.exec());
    Err(ExecError::new(&command, search, error).into())
}

/// Without exec(2) the next best: wait, and pass the exit code on.
#[cfg(not(unix))]
fn become_command(mut command: Command, search: Option<&OsStr>, reporter: &mut Reporter) -> problem::Result<u8> {
    reporter.finish();
    let status = command.status();
    let status = status.map_err(|source| ExecError::new(&command, search, source))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
