//! Helper commands: runs one, gives it what it is to read, takes what it says, and sees to it that nothing of it outlives a
//! failure.
//!
//! No shell is involved. A helper gets the environment less what is concealed from it, and the caller's stderr, where it may
//! have something to tell or to ask.

#[cfg(not(unix))]
use std::io::Read as _;
use std::io::{self, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
#[cfg(not(unix))]
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(unix)]
use super::family::Family;
use crate::deadline::Deadline;
#[cfg(not(unix))]
use crate::files;
use crate::files::ReadError;

/// So much is read at once (bytes).
const PIECE: usize = 4096;

/// What a helper is to do.
pub struct Job<'a> {
    /// The program and its arguments.
    pub words: &'a [String],
    /// Variables that it does not inherit.
    pub concealed: &'a [String],
    /// Variables that it gets besides.
    pub variables: &'a [(&'a str, &'a str)],
    /// What it reads from its stdin, which ends there. It need not read it.
    pub stdin: &'a [u8],
    /// How much of what it says is the answer.
    pub extent: Extent,
    /// The longest answer that is taken (bytes).
    pub cap: u64,
}

/// How much of what a helper says is its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The first line, with its end. What comes after it is not waited for.
    Line,
    /// Everything that it says itself. Whoever else holds its stdout open is not waited for.
    Whole,
}

/// Why a helper gave nothing.
pub(super) enum HelperError {
    /// It did not start, or its end cannot be told.
    Spawn(io::Error),
    /// What it says cannot be read, is too long, or did not come in time.
    Read(ReadError),
    /// It gave its answer and did not end in time.
    Lingers {
        /// The whole budget.
        after: Duration,
    },
    /// It says so itself.
    Failed(ExitStatus),
}

/// What the helper says, if it succeeds.
pub(super) fn output(job: &Job<'_>, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    let mut command = Command::new(&job.words[0]);
    let stdin = if job.stdin.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(&job.words[1..]).stdin(stdin).stdout(Stdio::piped());
    for name in job.concealed {
        command.env_remove(name);
    }
    command.envs(job.variables.iter().copied());
    let (mut child, family) = Family::start(&mut command).map_err(HelperError::Spawn)?;
    let answer = talk(&mut child, &family, job, deadline);
    match answer {
        Ok(_) => family.leave(&child),
        Err(_) => family.end(&mut child),
    }
    let status = child.wait().map_err(HelperError::Spawn)?;
    let answer = answer?;
    if status.success() { Ok(answer) } else { Err(HelperError::Failed(status)) }
}

/// The answer as it comes in.
struct Answer {
    bytes: Zeroizing<Vec<u8>>,
    extent: Extent,
    cap: u64,
    is_whole: bool,
}

impl Answer {
    fn new(job: &Job<'_>) -> Self {
        Self { bytes: Zeroizing::default(), extent: job.extent, cap: job.cap, is_whole: false }
    }

    /// What comes next, nothing at its end. What is no part of the answer any more is let go.
    fn take(&mut self, piece: &[u8]) -> Result<(), ReadError> {
        if self.is_whole {
            return Ok(());
        }
        let end = memchr::memchr(b'\n', piece).filter(|_| self.extent == Extent::Line);
        self.is_whole = end.is_some() || piece.is_empty();
        let piece = &piece[..end.map_or(piece.len(), |at| at + 1)];
        let length = self.bytes.len() + piece.len();
        if length as u64 > self.cap {
            return Err(ReadError::TooLong { cap: self.cap });
        }
        if length > self.bytes.capacity() {
            // Nobody would wipe what a vector leaves behind when it moves.
            let mut larger = Zeroizing::new(Vec::with_capacity(length.max(PIECE).saturating_mul(2)));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// What is wrong when time is up.
    fn late(&self, deadline: &Deadline) -> HelperError {
        let after = deadline.budget();
        if self.is_whole { HelperError::Lingers { after } } else { HelperError::Read(ReadError::TimedOut { after }) }
    }
}

/// Gives the helper what it is to read, and hears it until it has ended: it must not end for want of a reader. One thread does
/// both, as either may have to wait for the other.
#[cfg(unix)]
fn talk(
    child: &mut Child,
    family: &Family,
    job: &Job<'_>,
    deadline: &Deadline,
) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    use std::io::Read as _;
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, fcntl_setfl};

    let broken = |error: io::Error| HelperError::Read(error.into());
    // The helper's ends of the pipes stay as they are.
    let unwaiting = |end: &dyn AsFd| fcntl_setfl(end.as_fd(), OFlags::NONBLOCK).map_err(|error| broken(error.into()));
    let (mut stdin, mut stdout) = (child.stdin.take(), child.stdout.take());
    stdin.iter().try_for_each(|end| unwaiting(end))?;
    stdout.iter().try_for_each(|end| unwaiting(end))?;
    let mut unread = job.stdin;
    let mut answer = Answer::new(job);
    let mut buffer = Zeroizing::new([0; PIECE]);
    loop {
        // Asked first: once it has ended, all that it said stands in the pipe.
        let has_ended = family.has_ended(child).map_err(HelperError::Spawn)?;
        if has_ended && answer.is_whole {
            return Ok(answer.bytes);
        }
        // Nothing wakes us when a helper ends whose stdout is closed, or is held by somebody else.
        let wait = Duration::from_millis(match () {
            () if has_ended => 0,
            () if answer.is_whole => 1,
            () => 10,
        });
        let wait = Timespec::try_from(wait.min(deadline.remaining())).unwrap_or_default();
        let mut ends: Vec<_> = stdout.iter().map(|end| PollFd::new(end, PollFlags::IN)).collect();
        ends.extend(stdin.iter().map(|end| PollFd::new(end, PollFlags::OUT)));
        // An interruption is as good as a wake-up: each end is tried below.
        let _ = poll(&mut ends, Some(&wait));
        if let Some(end) = &mut stdin {
            match end.write(unread) {
                Ok(count) => unread = &unread[count..],
                Err(error) if is_for_later(&error) => {}
                // A helper may know enough before it has read everything, or anything.
                Err(_) => unread = &[],
            }
            if unread.is_empty() {
                stdin = None;
            }
        }
        match stdout.as_mut().map(|end| end.read(&mut *buffer)) {
            Some(Ok(count)) => {
                answer.take(&buffer[..count]).map_err(HelperError::Read)?;
                if count == 0 {
                    stdout = None;
                }
            }
            Some(Err(error)) if !is_for_later(&error) => return Err(broken(error)),
            Some(Err(error)) if has_ended && error.kind() == io::ErrorKind::WouldBlock => return Ok(answer.bytes),
            _ => {}
        }
        if deadline.has_passed() {
            return Err(answer.late(deadline));
        }
    }
}

#[cfg(unix)]
fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// The same where pipes know no other way than to wait: with a thread for each end.
#[cfg(not(unix))]
fn talk(
    child: &mut Child,
    family: &Family,
    job: &Job<'_>,
    deadline: &Deadline,
) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    if let Some(mut stdin) = child.stdin.take() {
        let bytes = Zeroizing::new(job.stdin.to_vec());
        // A helper may know enough before it has read everything, or anything.
        let write = move || drop(stdin.write_all(&bytes));
        thread::Builder::new().spawn(write).map_err(|error| HelperError::Read(ReadError::Thread(error)))?;
    }
    let mut answer = Answer::new(job);
    if let Some(mut stdout) = child.stdout.take() {
        let hear = move || {
            let mut buffer = Zeroizing::new([0; PIECE]);
            while !answer.is_whole {
                match stdout.read(&mut *buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => answer.take(&buffer[..read?])?,
                }
            }
            // Without a thread for it, the helper may end for want of a reader.
            let _ = thread::Builder::new().spawn(move || io::copy(&mut stdout, &mut io::sink()));
            Ok(answer)
        };
        answer = files::within(deadline, hear).and_then(|heard| heard).map_err(HelperError::Read)?;
    }
    while !family.has_ended(child).map_err(HelperError::Spawn)? {
        if deadline.has_passed() {
            return Err(answer.late(deadline));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(answer.bytes)
}

/// Where processes have no groups, the helper itself is all there is to end.
#[cfg(not(unix))]
struct Family;

#[cfg(not(unix))]
impl Family {
    fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        Ok((command.spawn()?, Self))
    }

    fn has_ended(&self, child: &mut Child) -> io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }

    fn leave(self, _: &Child) {}

    fn end(self, child: &mut Child) {
        // It may be gone already, and the error at hand is the one that matters.
        let _ = child.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// What a script says, in a minute at most.
    fn said(script: &str, stdin: &[u8], cap: u64) -> Result<Vec<u8>, String> {
        said_within(Duration::from_secs(60), script, stdin, cap)
    }

    fn said_within(budget: Duration, script: &str, stdin: &[u8], cap: u64) -> Result<Vec<u8>, String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let concealed = ["CARGO_MANIFEST_DIR".to_owned()];
        let variables = [("ADDED", "a b")];
        let job =
            Job { words: &words, concealed: &concealed, variables: &variables, stdin, extent: Extent::Whole, cap };
        output(&job, &Deadline::after(budget)).map(|answer| answer.to_vec()).map_err(|error| match error {
            HelperError::Spawn(error) => error.to_string(),
            HelperError::Read(error) => error.to_string(),
            HelperError::Lingers { .. } => "lingers".to_owned(),
            HelperError::Failed(status) => status.to_string(),
        })
    }

    #[test]
    fn a_helper_reads_what_it_is_given_and_all_that_it_says_counts() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n * 7) as u8).collect();
        // Larger than both pipes: it must be heard while it is spoken to.
        assert_eq!(said("cat", &bytes, 300_000), Ok(bytes.clone()));
        assert_eq!(said("cat >/dev/null; printf 'a\\n\\0b\\n'", b"x", 10), Ok(b"a\n\0b\n".to_vec()));
        assert_eq!(said("cat", b"", 10), Ok(Vec::new()));
        assert_eq!(said("printf %s \"$ADDED[$CARGO_MANIFEST_DIR]\"", b"", 10), Ok(b"a b[]".to_vec()));
    }

    #[test]
    fn a_helper_need_not_read_and_may_close_its_ends_early() {
        let much = vec![b'x'; 1 << 20];
        for script in [
            "printf y",
            "head -c 1 >/dev/null; printf y",
            "exec <&-; sleep 0.1; printf y",
            "printf y; exec >&-; sleep 0.1",
        ] {
            assert_eq!(said(script, &much, 10), Ok(b"y".to_vec()), "{script}");
        }
        assert_eq!(said("exec <&-; exit 3", &much, 10), Err("exit status: 3".into()));
        assert_eq!(said("printf y; kill -9 $$", &much, 10), Err("signal: 9 (SIGKILL)".into()));
    }

    #[test]
    fn whoever_else_holds_the_ends_of_a_helper_is_not_waited_for() {
        let began = Instant::now();
        for script in ["printf y; sleep 50 &", "printf y; (trap '' HUP; sleep 5) &", "(sleep 50; cat) & printf y"] {
            assert_eq!(said(script, b"x", 10), Ok(b"y".to_vec()), "{script}");
        }
        assert!(began.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn what_is_too_long_or_too_late_ends_the_helper() {
        let began = Instant::now();
        let within = |script: &str| said_within(Duration::from_millis(300), script, b"x", 10);
        assert_eq!(said("printf 0123456789", b"", 10), Ok(b"0123456789".to_vec()));
        assert_eq!(said("printf 0123456789a; sleep 50", b"", 10), Err("larger than 10 bytes".into()));
        assert_eq!(said("cat /dev/zero", b"", 1 << 20), Err("larger than 1 MiB".into()));
        assert_eq!(within("printf y; sleep 50"), Err("no end within 0.3 s".into()));
        assert_eq!(within("exec <&-; sleep 50"), Err("no end within 0.3 s".into()));
        assert_eq!(within("printf y; exec >&-; sleep 50"), Err("lingers".into()));
        assert!(began.elapsed() < Duration::from_secs(40));
    }
}
