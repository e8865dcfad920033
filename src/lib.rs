//! Fetch an OAuth 2.0 access token on the command line.
//!
//! This library is the inside of the `oauth2tok` program, in reading order; it exists for the program's own tests, fuzz
//! targets and examples and promises no stable API.

pub mod acquire;
pub mod browser;
pub mod cache;
pub mod cli;
pub mod commands;
pub mod crypto;
pub mod deadline;
pub mod der;
pub mod files;
#[cfg(test)]
mod growth;
pub mod guard;
pub mod home;
pub mod host;
pub mod http;
pub mod identity;
pub mod import;
pub mod jose;
pub mod json;
pub mod keyfile;
pub mod listener;
pub mod named;
pub mod net;
pub mod oauth;
pub mod pem;
pub mod problem;
pub mod render;
pub mod report;
pub mod saved;
pub mod secret;
pub mod settings;
#[cfg(unix)]
pub mod signals;
pub mod terminal;
pub mod text;
pub mod wire;

use std::ffi::OsString;
use std::sync::Arc;

use cli::{Action, CliError, Invocation};
use commands::context::Context;
use problem::Problem;
use report::{Reporter, write_stdout};
use settings::{Environment, Key, Layer};

/// Runs one command line and returns the exit code.
pub fn run(words: Vec<OsString>) -> u8 {
    guard::set();
    let env = Environment::of_process();
    let mut reporter = Reporter::new(settings::diagnosis(&early(&words, &env)));
    let outcome = match cli::parse(words) {
        Ok(invocation) => perform(invocation, Context::new(env), &mut reporter),
        Err(CliError::Show(error)) => {
            let text = error.render();
            let text = if report::stdout_is_terminal() { text.ansi().to_string() } else { text.to_string() };
            write_stdout(&text).map(|()| 0).map_err(Into::into)
        }
        Err(CliError::Usage(problem)) => Err(problem),
        Err(CliError::Stray { word, command, problem }) => Err(stray(&word, command, &env).unwrap_or(problem)),
        Err(CliError::Settings(error)) => Err(error.into()),
    };
    let outcome = match (outcome, reporter.recorded()) {
        (Ok(_), Err(problem)) => Err(problem),
        (Err(problem), Err(unwritten)) => {
            reporter.warn_always(&unwritten.message());
            Err(problem)
        }
        (outcome, Ok(())) => outcome,
    };
    match outcome {
        Ok(code) => {
            reporter.finish();
            code
        }
        Err(problem) => reporter.error(&problem),
    }
}

fn perform(invocation: Invocation, context: Context, reporter: &mut Reporter) -> problem::Result<u8> {
    let Invocation { action, mut flags } = invocation;
    if let Some(file) = flags.text(Key::Har) {
        record(&action, file, &context, reporter)?;
        flags = flags.without(&[Key::Har]);
    }
    match action {
        Action::Token => commands::token::run(flags, context, reporter),
        Action::Login(args) => commands::login::run(args, flags, context, reporter),
        Action::LoginStatus(args) => commands::login::status(&args, flags, &context, reporter),
        Action::Logout(args) => commands::logout::run(&args, flags, context, reporter),
        Action::Exec(args) => return commands::exec::run(args, flags, context, reporter),
        Action::Batch(args) => commands::batch::run(args, flags, context, reporter),
        Action::Request(args) => commands::request::run(args, flags, context, reporter),
        Action::Inspect(args) => commands::inspect::run(*args, flags, &Arc::new(context), reporter),
        Action::Introspect(args) => commands::introspect::run(&args, flags, context, reporter),
        Action::Revoke(args) => commands::revoke::run(&args, flags, context, reporter),
        Action::Userinfo(args) => commands::userinfo::run(&args, flags, context, reporter),
        Action::Discover(args) => commands::discover::run(&args, flags, context, reporter),
        Action::Doctor(args) => return commands::doctor::run(&args, flags, context, reporter),
        Action::Explain(args) => return commands::explain::run(&args, flags, &context, reporter),
        Action::Assertion { json } => commands::assertion::run(json, flags, context, reporter),
        Action::Key(action) => commands::key::run(&action, flags, &context, reporter),
        Action::Profile(action) => commands::profile::run(action, flags, &Arc::new(context), reporter),
        Action::Import(args) => commands::import::run(&args, flags, &context, reporter),
        Action::Cache(action) => commands::cache::run(action, flags, &context, reporter),
        Action::Completions(shell) => commands::completions::run(&shell),
    }?;
    Ok(0)
}

/// Has the exchanges of what is to be done recorded, from before anything else can fail.
fn record(action: &Action, file: &str, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    if let Some(why) = action.why_unrecorded() {
        return Err(Problem::usage(format!("--har: {why}"), "leave it out"));
    }
    reporter.record(&context.expanded("--har", file)?)
}

/// A word that no command line has, where it is the name of a profile.
fn stray(word: &str, command: Option<&str>, env: &Environment) -> Option<Problem> {
    let file = settings::config_file(&env.below(Layer::default()).ok()?, settings::Wanted::Names, env).ok()??;
    let name = file.names().find(|name| *name == word)?;
    let (behind, more) = match command {
        Some("exec") => (" exec", " -- CMD [ARGS]…"),
        Some("batch") => (" batch", " < INPUT"),
        Some("request") => (" request", " [METHOD] URL"),
        Some("introspect") => (" introspect", " TOKEN"),
        Some("revoke") => (" revoke", " TOKEN|--kept"),
        Some("userinfo") => (" userinfo", ""),
        Some("doctor") => (" doctor", ""),
        Some("assertion") => (" assertion", ""),
        Some("inspect") => (" inspect", ""),
        Some("login") => (" login", ""),
        Some("login status") => (" login status", ""),
        Some("logout") => (" logout", ""),
        Some("discover") => (" discover", ""),
        Some("profile" | "key") => return None,
        _ => ("", ""),
    };
    Some(Problem::usage(
        format!("'{name}' is a profile, and no command"),
        format!("name it with -p: oauth2tok{behind} -p {name}{more}"),
    ))
}

/// How errors are to be told, as far as that can be known before the command line is understood.
fn early(words: &[OsString], env: &Environment) -> Layer {
    use settings::{Origin, SettingValue};
    let mut layer = Layer::default();
    let wanted = |word: &OsString| word == "--error-format=json";
    let pair = |pair: &[OsString]| pair[0] == "--error-format" && pair[1] == "json";
    // What follows '--' is a command's own.
    let words = words.split(|word| word == "--").next().unwrap_or_default();
    let by_env = env.text(&Key::ErrorFormat.variable()).as_deref() == Some("json");
    if by_env || words.iter().any(wanted) || words.windows(2).any(pair) {
        layer.set(Key::ErrorFormat, SettingValue::Text("json".into()), Origin::Default);
    }
    layer
}
