//! A file that a command reads, or what stands for one on stdin.

use std::io::{self, IsTerminal};

use zeroize::Zeroizing;

use super::context::Context;
use crate::deadline::Deadline;
use crate::files::{self, ReadError};
use crate::named;
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;

/// What to do where nothing can be read.
pub(super) const HINT: &str = "give a file, or the text on stdin";

/// What was read.
pub(super) struct Input {
    /// What it goes by in messages.
    pub(super) name: String,
    /// All of it.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// The whole name of the file, unless it can be read only once.
    pub(super) path: Option<String>,
}

/// Reads `file`, or stdin where that is none or `-`, up to `largest` bytes. A person at a terminal hears that `awaited` is.
///
/// # Errors
/// What cannot be read, or is larger.
pub(super) fn read(
    (file, largest): (Option<&str>, u64),
    awaited: &str,
    context: &Context,
    deadline: Deadline,
    reporter: &mut Reporter,
) -> problem::Result<Input> {
    let mut whole = None;
    let (name, outcome) = match file.filter(|name| *name != "-") {
        Some(path) => {
            let path = context.expanded("the file", path)?;
            if files::descriptor(&path).is_none() {
                whole = std::path::absolute(&path).ok().and_then(|path| path.to_str().map(str::to_owned));
            }
            (named::file(&path), files::read(&path, largest, &deadline))
        }
        None => {
            let typed = io::stdin().is_terminal();
            if typed {
                reporter.remark(&format!("reading {awaited} from the terminal; end with Ctrl-D"));
            }
            ("stdin".to_owned(), files::read_stdin(largest, &if typed { Deadline::never() } else { deadline }))
        }
    };
    let bytes = outcome.map_err(|error| match error {
        ReadError::TooLong { .. } => Problem::usage(format!("{name} is {error}"), HINT),
        _ => Problem::usage(format!("cannot read {name}: {error}"), HINT).for_want_of(error.shortage(), Class::Output),
    })?;
    Ok(Input { name, bytes, path: whole })
}
