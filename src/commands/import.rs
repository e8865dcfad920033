//! A foreign configuration becomes a profile on stdout; what its user should know goes to stderr. Nothing is sent.

use std::path::Path;

use super::context::Context;
use super::input::{self, Input};
use crate::cli::ImportArgs;
use crate::deadline::Deadline;
use crate::import::{System, decoded, import};
use crate::named;
use crate::problem::{self, Problem};
use crate::report::{Reporter, write_stdout};
use crate::settings::{self, Layer};

/// Far above any real configuration (bytes).
const LARGEST: u64 = 4 << 20;

/// Runs it.
///
/// # Errors
/// Input that cannot be read, is not what the system reads, or says what no profile can.
pub fn run(args: &ImportArgs, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let layer = context.env.below(flags)?;
    reporter.set_diagnosis(settings::diagnosis(&layer));
    let Some(system) = System::from_name(&args.from) else {
        return Err(Problem::usage("--from names no system", "'oauth2tok import -h' lists them"));
    };
    if args.name.is_some() && !system.has_several() {
        let several: Vec<_> = System::ALL.into_iter().filter(|(_, system)| system.has_several()).collect();
        let several: Vec<_> = several.iter().map(|(name, _)| *name).collect();
        return Err(Problem::usage(
            format!("--name chooses nothing in a configuration of {}: it holds one token request", system.name()),
            format!("leave --name out; it is for {}", several.join(", ")),
        ));
    }
    let (text, file) = match args.file.as_deref() {
        Some(text) if system.is_written_as(text) && !named::is_there(Path::new(text)) => {
            reporter.warn("'ps' shows a command line while this runs; without FILE it is read from stdin");
            (text.to_owned(), None)
        }
        file => read(file, context, settings::patience(&layer), reporter)?,
    };
    let import = import(system, &text, file.as_deref(), args.name.as_deref(), args.keep_secrets);
    for note in &import.notes {
        reporter.remark(note);
    }
    let profile = import.profile?;
    if import.holds_secrets {
        reporter.warn("the profile holds secrets: keep it where only you can read it (chmod 600)");
    }
    write_stdout(&profile)?;
    Ok(())
}

/// The text, and the whole name of the file that holds it, unless it can be read only once.
fn read(
    file: Option<&str>,
    context: &Context,
    deadline: Deadline,
    reporter: &mut Reporter,
) -> problem::Result<(String, Option<String>)> {
    let Input { name, bytes, path } = input::read((file, LARGEST), "a configuration", context, deadline, reporter)?;
    let decoded =
        decoded(&bytes).ok_or_else(|| Problem::usage(format!("{name} is neither UTF-8 nor UTF-16"), input::HINT))?;
    if let Some(note) = decoded.note {
        reporter.remark(&format!("{name} {note}"));
    }
    Ok((decoded.text, path))
}
