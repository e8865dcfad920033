//! How far a batch has come, on stderr: a bar on a terminal, or a line every few seconds.

use std::time::{Duration, Instant};

use crate::report::Reporter;

/// The time between two lines.
const EVERY: Duration = Duration::from_secs(5);

/// The time between two drawings of the bar.
const FRAME: Duration = Duration::from_millis(100);

/// The bar's length, in characters.
const LENGTH: u64 = 20;

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Bar,
    Plain,
    None,
}

/// The telling of it.
pub(super) struct Progress {
    manner: Manner,
    started: Instant,
    told: Instant,
    /// Bytes of the whole input, where that is a file.
    total: Option<u64>,
    /// Bytes of input whose messages are out.
    bytes: u64,
    messages: u64,
    failed: u64,
}

impl Progress {
    pub(super) fn new(manner: Manner) -> Self {
        let now = Instant::now();
        Self { manner, started: now, told: now, total: input_size(), bytes: 0, messages: 0, failed: 0 }
    }

    /// One message more is out.
    pub(super) fn step(&mut self, bytes: usize, failed: bool) {
        self.bytes += bytes as u64;
        self.messages += 1;
        self.failed += u64::from(failed);
    }

    /// Tells how far it is, if it is time to.
    pub(super) fn tell(&mut self, reporter: &Reporter) {
        let pause = match self.manner {
            Manner::Bar => FRAME,
            Manner::Plain => EVERY,
            Manner::None => return,
        };
        if self.told.elapsed() >= pause {
            self.told = Instant::now();
            match self.manner {
                Manner::Bar => reporter.status(&self.bar()),
                Manner::Plain | Manner::None => reporter.progress(&self.text()),
            }
        }
    }

    /// Lets `write` write to the terminal, with the bar out of its way; the next drawing brings it back.
    pub(super) fn aside(&self, reporter: &Reporter, write: impl FnOnce()) {
        if self.manner == Manner::Bar {
            reporter.status("");
        }
        write();
    }

    /// The end.
    pub(super) fn finish(&mut self, reporter: &Reporter) {
        self.aside(reporter, || {});
        if self.manner != Manner::None {
            reporter.progress(&self.text());
        }
    }

    fn bar(&self) -> String {
        let text = self.text();
        match self.total.filter(|total| *total > 0) {
            Some(total) => {
                let full = usize::try_from(LENGTH * self.bytes.min(total) / total).unwrap_or(0);
                format!("[{:<width$}] {text}", "#".repeat(full), width = LENGTH as usize)
            }
            None => text,
        }
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    fn text(&self) -> String {
        describe(self.messages, self.failed, self.started.elapsed(), self.total.map(|total| (self.bytes, total)))
    }
}

fn describe(messages: u64, failed: u64, elapsed: Duration, bytes: Option<(u64, u64)>) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { messages as f64 / seconds } else { 0.0 };
    let mut text = format!("{messages} messages, {failed} failed, {rate:.0}/s");
    if let Some((done, total)) = bytes.filter(|(done, total)| *done > 0 && done < total) {
        let left = seconds * (total - done) as f64 / done as f64;
        let left = Duration::try_from_secs_f64(left.ceil()).unwrap_or_default();
        text.push_str(&format!(", {}% done, {} left", done * 100 / total, humantime::format_duration(left)));
    }
    text
}

/// The size of the input, where it is a file.
#[cfg(unix)]
fn input_size() -> Option<u64> {
    let stat = rustix::fs::fstat(std::io::stdin()).ok()?;
    let regular = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
    u64::try_from(stat.st_size).ok().filter(|_| regular)
}

#[cfg(not(unix))]
fn input_size() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_names_rate_failures_and_time_left() {
        let ten = Duration::from_secs(10);
        assert_eq!(describe(500, 2, ten, None), "500 messages, 2 failed, 50/s");
        assert_eq!(describe(500, 2, ten, Some((250, 1000))), "500 messages, 2 failed, 50/s, 25% done, 30s left");
        assert_eq!(describe(0, 0, Duration::ZERO, Some((0, 1000))), "0 messages, 0 failed, 0/s");
    }
}
