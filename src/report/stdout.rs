//! What leaves on stdout: results, whole or as they come, and what there is to say where they cannot.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Read, Write};

use super::Reporter;
use crate::json::reformat;
use crate::oauth::reply::WITHHELD;
use crate::problem::{self, Class, Problem, Shortage};
use crate::render::page::Page;

/// stdout that cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("the result could not be written to stdout")]
pub struct OutputError(#[from] pub io::Error);

impl From<OutputError> for Problem {
    fn from(error: OutputError) -> Self {
        let (is_untold, shortage) = (error.0.kind() == io::ErrorKind::BrokenPipe, Shortage::of(&error.0));
        let mut problem = Self::new(Class::Output, error).searched().for_want_of(shortage, Class::Output);
        problem.is_untold = is_untold;
        problem
    }
}

/// True where stdout is a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// stdout without the standard library's buffer, which takes a descriptor that is closed or only for reading for one that
/// has taken everything.
pub struct Stdout;

impl Write for Stdout {
    #[cfg(unix)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdout(), bytes)?)
    }

    #[cfg(not(unix))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if cfg!(unix) { Ok(()) } else { io::stdout().flush() }
    }
}

/// Puts a result on stdout, whole or not at all as far as this process can tell.
///
/// # Errors
/// What the system says of it.
pub fn write_stdout(text: &str) -> Result<(), OutputError> {
    Stdout.write_all(text.as_bytes())?;
    Stdout.flush()?;
    Ok(())
}

impl Reporter {
    /// Puts the result on stdout, when nothing is sent any more: the file of the exchanges comes first, and where that cannot be
    /// written there is no result either.
    ///
    /// # Errors
    /// What the system says of either.
    pub fn result(&mut self, text: &str) -> problem::Result<()> {
        self.recorded()?;
        Ok(write_stdout(text)?)
    }

    /// Puts a report on stdout, without a secret in it, and with colours where stdout takes them.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn page(&self, page: &Page) -> Result<(), OutputError> {
        write_coloured(&self.without_secrets(page.as_str()))
    }

    /// The same of one that has lost its secrets already.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn searched_page(&self, page: &Page) -> Result<(), OutputError> {
        write_coloured(page.as_str())
    }

    /// Puts a report that is JSON on stdout, without a secret in it: laid out on a terminal, else on one line.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn json(&self, json: &str) -> Result<(), OutputError> {
        let json = match self.redactor.is_overwhelmed() && !self.diagnosis.show_secrets {
            true => serde_json::Value::from(format!("({WITHHELD})")).to_string().into(),
            false => self.without_secrets(json),
        };
        write_stdout(&format!("{}\n", reformat(&json, stdout_is_terminal())))
    }

    fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.diagnosis.show_secrets {
            true => text.into(),
            false if self.redactor.is_overwhelmed() => format!("({WITHHELD})\n").into(),
            false => self.redactor.redact(text),
        }
    }
}

fn write_coloured(text: &str) -> Result<(), OutputError> {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => write_stdout(&anstream::adapter::strip_str(text).to_string()),
        _ => write_stdout(text),
    }
}

/// stdout for a result of many lines. What is not flushed is not out yet.
pub fn stdout_lines() -> io::BufWriter<Stdout> {
    io::BufWriter::new(Stdout)
}

/// Puts bytes on stdout as they come, in constant memory. What a failing source gave until then has gone out.
///
/// # Errors
/// What `broken` makes of a source that fails, [`OutputError`] where stdout does.
pub fn copy_to_stdout(from: &mut impl Read, broken: impl Fn(io::Error) -> Problem) -> problem::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let amount = from.read(&mut buffer).map_err(&broken)?;
        if amount == 0 {
            break;
        }
        Stdout.write_all(&buffer[..amount]).map_err(OutputError)?;
    }
    Stdout.flush().map_err(OutputError)?;
    Ok(())
}
