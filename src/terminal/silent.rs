//! The terminal while it shows nothing of what is typed, and what it is put back to.
//!
//! Lines are read outside of the terminal's own line editing, whose lines end at 1,024 bytes on macOS and at 4,096 on Linux.
//! Keys that send signals go on to do so.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::libc::FD_SETSIZE;
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike};
use rustix::io::Errno;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use zeroize::Zeroizing;

use super::line::{End, Line};
use super::{AskError, Typed};
use crate::deadline::Deadline;
use crate::signals::{Hooked, Next, is_in_foreground_of, on_signal};
use crate::text::escaped;

/// Who has the foreground is looked at as often: nobody tells of it.
const TICK: Duration = Duration::from_millis(200);

/// True where there is a terminal that lines can be read from.
pub fn is_readable() -> bool {
    open().is_ok_and(|tty| tcgetattr(&tty).is_ok())
}

fn open() -> io::Result<File> {
    let tty = File::options().read(true).write(true).open("/dev/tty")?;
    fits(&tty)?;
    Ok(tty)
}

/// Asks for a line that is not shown, as long as a person needs for it, of `most` bytes. A process in the background is
/// stopped by the system, as any other that wants to read.
///
/// # Errors
/// [`AskError`]
pub fn ask_silently(question: &str, most: usize) -> Result<Typed, AskError> {
    let silent = Silent::begin(question, Background::Stops).map_err(AskError::NoTerminal)?;
    match silent.read(most, None).map_err(AskError::NoTerminal)? {
        Some(End::Whole(line)) => Ok(line),
        Some(End::TooLong) => Err(AskError::TooLong),
        Some(End::NoAnswer) | None => Err(AskError::NoAnswer),
    }
}

/// Asks a question that may be answered with yes. Nothing that was typed before it is taken for an answer. `None` where
/// nobody answers: there is no terminal, somebody else has it, or time is up.
pub fn ask_yes(question: &str, deadline: &Deadline) -> Option<bool> {
    let mut tty = open().ok().filter(is_in_foreground_of)?;
    tcflush(&tty, QueueSelector::IFlush).ok()?;
    write!(tty, "{} [y/N] ", escaped(question)).ok()?;
    let (mut line, mut byte) = (Line::new(16), [0]);
    loop {
        if deadline.has_passed() {
            // The question's line is not to be written on.
            let _ = tty.write_all(b"\n");
            return None;
        }
        let is_ours = is_in_foreground_of(&tty);
        if wait(is_ours.then_some(&tty), None, deadline.remaining().min(TICK)).ok()? != Ready::Terminal {
            continue;
        }
        match tty.read(&mut byte) {
            // Ctrl-D
            Ok(0) => return Some(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        match line.take(byte[0]) {
            None => {}
            Some(End::Whole(answer)) => {
                let answer = answer.trim_ascii();
                return Some(answer.eq_ignore_ascii_case(b"y") || answer.eq_ignore_ascii_case(b"yes"));
            }
            Some(End::TooLong | End::NoAnswer) => return Some(false),
        }
    }
}

/// What a process does while somebody else has the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    /// It leaves the terminal alone.
    Waits,
    /// It reads all the same, for which the system stops it.
    Stops,
}

/// The terminal without echo and without line editing. It is as before once this is dropped, and wherever a signal ends or
/// stops the process.
pub(super) struct Silent {
    tty: File,
    modes: Arc<Mutex<Modes>>,
    background: Background,
    _hooked: Hooked,
}

struct Modes {
    tty: File,
    /// What is asked, shown whenever it begins.
    question: String,
    /// Those to put back.
    before: Option<Termios>,
    /// True from a signal that ends or stops the process until it goes on: nothing may be changed any more.
    is_held: bool,
}

impl Silent {
    pub(super) fn begin(question: &str, background: Background) -> io::Result<Self> {
        let tty = open()?;
        tcgetattr(&tty)?;
        let modes = Modes { tty: tty.try_clone()?, question: question.to_owned(), before: None, is_held: false };
        let modes = Arc::new(Mutex::new(modes));
        let hooked = {
            let modes = Arc::clone(&modes);
            on_signal(move |signal| {
                lock(&modes).hear(signal);
                Next::Default
            })?
        };
        let silent = Self { tty, modes, background, _hooked: hooked };
        silent.settle()?;
        Ok(silent)
    }

    /// Has the terminal silent where it is this process's to be changed, and tells whether it is.
    fn settle(&self) -> io::Result<bool> {
        if !is_in_foreground_of(&self.tty) {
            match self.background {
                Background::Waits => return Ok(false),
                // Here the system stops the process until it has the terminal.
                Background::Stops => tcsetattr(&self.tty, OptionalActions::Now, &tcgetattr(&self.tty)?)?,
            }
        }
        lock(&self.modes).silence()?;
        Ok(true)
    }

    /// Reads a line of `most` bytes, a byte at a time: what comes after it stays where it is. `None` where `until` ends
    /// first.
    pub(super) fn read(&self, most: usize, until: Option<&PipeReader>) -> io::Result<Option<End>> {
        let (mut line, mut byte) = (Line::new(most), Zeroizing::new([0]));
        loop {
            let is_ours = self.settle()?;
            match wait(is_ours.then_some(&self.tty), until, TICK)? {
                Ready::Nothing => {}
                Ready::Until => return Ok(None),
                Ready::Terminal => match (&self.tty).read(&mut *byte) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(_) => {
                        if let Some(end) = line.take(byte[0]) {
                            lock(&self.modes).next_line();
                            return Ok(Some(end));
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                },
            }
        }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let mut modes = lock(&self.modes);
        modes.is_held = true;
        modes.restore();
    }
}

fn lock(modes: &Mutex<Modes>) -> MutexGuard<'_, Modes> {
    modes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Modes {
    fn silence(&mut self) -> io::Result<()> {
        if self.is_held || self.before.is_some() {
            return Ok(());
        }
        let before = tcgetattr(&self.tty)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
        silent.local_modes.insert(LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.tty, OptionalActions::Now, &silent)?;
        self.before = Some(before);
        self.tty.write_all(self.question.as_bytes())
    }

    /// A terminal that is gone needs no modes; one that somebody else has is theirs.
    fn restore(&mut self) {
        if let Some(before) = self.before.take()
            && is_in_foreground_of(&self.tty)
        {
            let _ = tcsetattr(&self.tty, OptionalActions::Now, &before);
        }
    }

    fn hear(&mut self, signal: i32) {
        if signal == SIGCONT {
            self.is_held = false;
            if is_in_foreground_of(&self.tty) {
                // Whoever reads finds out.
                let _ = self.silence();
            }
            return;
        }
        if signal != SIGTSTP && self.before.is_some() {
            self.next_line();
        }
        self.is_held = true;
        self.restore();
    }

    /// What is written next does not stand behind the question.
    fn next_line(&mut self) {
        if !self.question.is_empty() {
            let _ = self.tty.write_all(b"\n");
        }
    }
}

#[derive(PartialEq, Eq)]
enum Ready {
    Nothing,
    Terminal,
    Until,
}

/// Waits until something can be read from the terminal, or `until` has something to say or has ended. Not by poll(2), which
/// knows no terminals on macOS.
fn wait(tty: Option<&File>, until: Option<&PipeReader>, most: Duration) -> io::Result<Ready> {
    let mut ends = FdSet::new();
    for end in descriptors(tty, until) {
        fits(end)?;
        ends.insert(end);
    }
    let mut most = TimeVal::milliseconds(i64::try_from(most.as_millis()).unwrap_or(i64::MAX));
    match select(None, &mut ends, None, None, &mut most).map_err(io::Error::from) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Ready::Nothing),
        Err(error) => return Err(error),
    }
    let is_ready = |end: Option<BorrowedFd<'_>>| end.is_some_and(|end| ends.contains(end));
    Ok(match () {
        () if is_ready(until.map(AsFd::as_fd)) => Ready::Until,
        () if is_ready(tty.map(AsFd::as_fd)) => Ready::Terminal,
        () => Ready::Nothing,
    })
}

fn descriptors<'a>(tty: Option<&'a File>, until: Option<&'a PipeReader>) -> impl Iterator<Item = BorrowedFd<'a>> {
    tty.map(AsFd::as_fd).into_iter().chain(until.map(AsFd::as_fd))
}

/// A set of descriptors has room for so many.
fn fits(end: impl AsFd) -> io::Result<()> {
    let number = end.as_fd().as_raw_fd();
    if usize::try_from(number).is_ok_and(|number| number < FD_SETSIZE) { Ok(()) } else { Err(Errno::MFILE.into()) }
}
