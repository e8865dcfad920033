//! A token that a command is given to look at: TOKEN, a SECRET like every other.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use super::context::Context;
use crate::deadline::Deadline;
use crate::named::is_there;
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;
use crate::secret::{Secret, Source};
use crate::settings::Layer;

/// Reads the TOKEN that `word` says, as [`named`].
///
/// # Errors
/// As [`named`].
pub fn token(
    word: Option<&str>,
    layer: &Layer,
    context: &Context,
    deadline: &mut Deadline,
    reporter: &mut Reporter,
) -> problem::Result<Secret> {
    named("TOKEN", word, layer, context, deadline, reporter)
}

/// Reads what `word` says until `deadline`, less the white space around it; a person is asked for it, and errors speak of it, by
/// this label. Without a word, or with `-`, it is asked for on a terminal and read from stdin elsewhere. No command inherits what
/// the settings of `layer` say of secrets.
///
/// # Errors
/// A source that there is nothing in; stdin that a setting takes already.
pub fn named(
    label: &str,
    word: Option<&str>,
    layer: &Layer,
    context: &Context,
    deadline: &mut Deadline,
    reporter: &mut Reporter,
) -> problem::Result<Secret> {
    let lookup = |name: &str| context.env.os(name);
    let source = match word {
        None | Some("-") if io::stdin().is_terminal() => Source::Prompt,
        None | Some("-") => Source::Stdin,
        Some(word) => Source::parse(word).map_err(|error| {
            Problem::usage(format!("{label}: {error}"), "write env:NAME, file:PATH, command:CMD or - for stdin")
        })?,
    };
    if source.is_literal() && word.is_some_and(|word| !word.starts_with("literal:")) {
        let word = word.unwrap_or_default();
        if is_there(Path::new(word)) {
            return Err(Problem::usage(
                format!("{label}: '{word}' is a file, and no token"),
                format!("write file:{word}; or literal:{word} if that is the token"),
            ));
        }
        reporter.warn(&format!(
            "{label}: a token on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or - for stdin"
        ));
    }
    if matches!(source, Source::Stdin) && layer.reads_stdin() {
        return Err(Problem::usage(
            format!("{label}: stdin can be read only once per run"),
            "give the secret by env:NAME or file:PATH",
        ));
    }
    let mut reader = layer.reader(&lookup, *deadline);
    let token = reader.read_token(&source, label).map_err(|error| {
        let (hint, shortage) = (error.hint(), error.shortage());
        Problem::new(Class::Usage, error)
            .context(format!("cannot read {label}"))
            .hints(hint)
            .for_want_of(shortage, Class::Unreached)
    })?;
    // A person at a prompt may take their time.
    *deadline = deadline.later_by(reader.asked());
    for source in reader.take_marked() {
        reporter.warn(&format!("{source} begins with a byte order mark, which is not taken for a part of the token"));
    }
    reporter.conceal(&token);
    Ok(token)
}
