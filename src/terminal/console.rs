//! The console of Windows, whose lines may be shown while they are typed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc;
use std::thread;

use zeroize::Zeroizing;

use super::{AskError, LONGEST, Typed};
use crate::deadline::Deadline;
use crate::text::escaped;

/// True where there is a console that lines can be read from.
pub fn is_readable() -> bool {
    open().is_ok()
}

fn open() -> io::Result<File> {
    File::open("CONIN$")
}

/// Asks for a line that is not shown, as long as a person needs for it, of `most` bytes.
///
/// # Errors
/// [`AskError`]
pub fn ask_silently(question: &str, most: usize) -> Result<Typed, AskError> {
    match rpassword::prompt_password(question) {
        Ok(answer) if answer.len() > most => Err(AskError::TooLong),
        Ok(answer) => Ok(Zeroizing::new(answer.into_bytes())),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::Interrupted => AskError::Interrupted,
            io::ErrorKind::UnexpectedEof => AskError::NoAnswer,
            _ => AskError::NoTerminal(error),
        }),
    }
}

/// Asks a question that may be answered with yes. `None` where nobody answers: there is no console, or time is up.
pub fn ask_yes(question: &str, deadline: &Deadline) -> Option<bool> {
    let (sender, answers) = mpsc::channel();
    File::options().write(true).open("CONOUT$").and_then(|mut to| write!(to, "{} [y/N] ", escaped(question))).ok()?;
    let _reading = Pasting::begin(move |line| drop(sender.send(line))).ok()?;
    let answer = answers.recv_timeout(deadline.remaining()).ok()?;
    Some(answer.is_some_and(|answer| answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")))
}

/// Lines from the console, in a thread of its own. What is typed once it has been dropped may still be read.
#[must_use = "it ends where it is dropped"]
pub struct Pasting {
    orders: mpsc::Sender<()>,
}

impl Pasting {
    /// Begins with the first line. Each goes to `on_line` without the white space around it, if anything is left; one that is
    /// longer than 64 KiB comes as an empty one. After each nothing more is read before [`Self::again`]. `None` comes
    /// last: the console has ended.
    ///
    /// # Errors
    /// No console, or no thread.
    pub fn begin(mut on_line: impl FnMut(Option<Zeroizing<String>>) + Send + 'static) -> io::Result<Self> {
        let mut console = BufReader::new(open()?);
        let (orders, wanted) = mpsc::channel();
        let read = move || loop {
            let mut line = Zeroizing::default();
            let most = LONGEST as u64;
            let Ok(1..) = console.by_ref().take(most).read_line(&mut line) else { return on_line(None) };
            let text = Zeroizing::new(line.trim().to_owned());
            if text.is_empty() {
                continue;
            }
            let is_whole = line.ends_with('\n');
            on_line(Some(if is_whole { text } else { Zeroizing::default() }));
            if wanted.recv().is_err() {
                return;
            }
        };
        thread::Builder::new().spawn(read)?;
        Ok(Self { orders })
    }

    /// The last line was not the right one.
    pub fn again(&mut self) {
        // Without a reader there is no console any more, and that has been told.
        let _ = self.orders.send(());
    }
}
