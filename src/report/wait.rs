//! What a person at a terminal is told while it lasts: that this run waits, and for what.

use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::terminal;

/// Shorter ones are not worth telling; from then on the line is drawn anew as often.
const TICK: Duration = Duration::from_secs(1);

/// A wait that is under way. It ends, and its line goes, where this is dropped.
pub(super) struct Wait {
    going_on: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Wait {
    /// Begins one that `told` tells of, by the time since it began. Its text is fit to be shown. Nobody is told where no
    /// thread is to be had.
    pub(super) fn begin(told: impl Fn(Duration) -> String + Send + 'static) -> Option<Self> {
        let (going_on, end) = mpsc::channel();
        let began = Instant::now();
        let tell = move || {
            let mut is_drawn = false;
            while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                draw(&told(began.elapsed()));
                is_drawn = true;
            }
            if is_drawn {
                draw("");
            }
        };
        let thread = thread::Builder::new().spawn(tell).ok()?;
        Some(Self { going_on: Some(going_on), thread: Some(thread) })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.going_on = None;
        // Nothing may be written before the line is gone.
        self.thread.take().map(JoinHandle::join);
    }
}

/// A line that the next one draws over; an empty one takes it away.
pub(super) fn draw(text: &str) {
    // A line that wraps could not be drawn over.
    let text: String = text.chars().take(terminal::width().unwrap_or(80).saturating_sub(1)).collect();
    let _ = io::stderr().write_all(format!("\r\x1b[K{text}").as_bytes());
}
