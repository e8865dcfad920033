//! Lines that are pasted while something else is waited for.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::thread::{self, JoinHandle};

use zeroize::Zeroizing;

use super::line::End;
use super::silent::{Background, Silent};
use super::{LONGEST, Typed};

/// Reads lines from the terminal without showing them, in a thread of its own, until it is dropped: then the terminal is as
/// before, and what was not read yet is there for whoever reads next. While another process has the terminal nothing is
/// read. Nothing else of this process may read it meanwhile.
#[must_use = "it ends where it is dropped"]
pub struct Pasting {
    /// A byte asks for one more line, its end for none.
    orders: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Pasting {
    /// Begins with the first line. Each goes to `on_line` without the white space around it, if anything is left; one that is
    /// longer than 64 KiB comes as an empty one. After each nothing more is read before [`Self::again`]. `None` comes
    /// last: the person wants none of it (Ctrl-D), or the terminal is gone.
    ///
    /// # Errors
    /// No terminal, or no thread.
    pub fn begin(on_line: impl FnMut(Option<Zeroizing<String>>) + Send + 'static) -> io::Result<Self> {
        let silent = Silent::begin("", Background::Waits)?;
        let (orders, writer) = io::pipe()?;
        let thread = thread::Builder::new().spawn(move || read(silent, &orders, on_line))?;
        Ok(Self { orders: Some(writer), thread: Some(thread) })
    }

    /// The last line was not the right one.
    pub fn again(&mut self) {
        if let Some(orders) = &mut self.orders {
            // Without a reader there is no terminal any more, and that has been told.
            let _ = orders.write_all(b"\n");
        }
    }
}

impl Drop for Pasting {
    fn drop(&mut self) {
        self.orders = None;
        self.thread.take().map(JoinHandle::join);
    }
}

fn read(silent: Silent, mut orders: &PipeReader, mut on_line: impl FnMut(Option<Zeroizing<String>>)) {
    loop {
        match silent.read(LONGEST, Some(orders)) {
            Ok(Some(End::Whole(line))) if line.trim_ascii().is_empty() => continue,
            Ok(Some(End::Whole(line))) => on_line(Some(text(&line))),
            Ok(Some(End::TooLong)) => on_line(Some(Zeroizing::default())),
            Ok(None) => return,
            Ok(Some(End::NoAnswer)) | Err(_) => {
                // Whoever hears of it finds the terminal as it was.
                drop(silent);
                return on_line(None);
            }
        }
        if !matches!(orders.read(&mut [0]), Ok(1)) {
            return;
        }
    }
}

/// What was pasted, less the white space around it.
fn text(line: &Typed) -> Zeroizing<String> {
    Zeroizing::new(String::from_utf8_lossy(line).trim().to_owned())
}
