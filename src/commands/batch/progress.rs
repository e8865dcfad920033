//! How far a batch has come, on stderr: a bar on a terminal, or a line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::Reporter;

/// The time between two lines.
const EVERY: Duration = Duration::from_secs(5);

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
    bar: ProgressBar,
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
        let total = input_size();
        let bar = match manner {
            Manner::Bar => {
                let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
                let template = if total.is_some() { "{bar:30} {msg}" } else { "{spinner} {msg}" };
                // The template is a constant; should it be wrong, the default is what remains.
                ProgressStyle::with_template(template)
                    .map_or_else(|_| ProgressBar::hidden(), |style| bar.with_style(style))
            }
            Manner::Plain | Manner::None => ProgressBar::hidden(),
        };
        let now = Instant::now();
        Self { manner, bar, started: now, told: now, total, bytes: 0, messages: 0, failed: 0 }
    }

    /// One message more is out.
    pub(super) fn step(&mut self, bytes: usize, failed: bool) {
        self.bytes += bytes as u64;
        self.messages += 1;
        self.failed += u64::from(failed);
    }

    /// Tells how far it is, if it is time to.
    pub(super) fn tell(&mut self, reporter: &Reporter) {
        match self.manner {
            Manner::Bar => {
                self.bar.set_position(self.bytes);
                self.bar.set_message(self.text());
            }
            Manner::Plain if self.told.elapsed() >= EVERY => {
                self.told = Instant::now();
                reporter.progress(&self.text());
            }
            Manner::Plain | Manner::None => {}
        }
    }

    /// Lets `write` write to the terminal, with the bar out of its way.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// The end.
    pub(super) fn finish(&mut self, reporter: &Reporter) {
        self.bar.finish_and_clear();
        if self.manner != Manner::None {
            reporter.progress(&self.text());
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
