//! Helper commands: runs one, takes the first line of what it says, and sees to it that nothing of it outlives a failure.
//!
//! No shell is involved. A helper gets the environment less what is concealed from it, an empty stdin, and the caller's
//! stderr, where it may have something to tell or to ask.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

#[cfg(unix)]
use super::family::Family;
use crate::deadline::Deadline;
use crate::files::{self, ReadError};

/// Why a helper gave nothing.
pub(super) enum HelperError {
    /// It did not start, or its end cannot be told.
    Spawn(io::Error),
    /// What it says cannot be read, is too long, or did not come in time.
    Read(ReadError),
    /// It gave its line and did not end in time.
    Lingers {
        /// The whole budget.
        after: Duration,
    },
    /// It says so itself.
    Failed(ExitStatus),
}

/// How much of what a helper says is its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The first line, with its end. What comes after it is not waited for.
    Line,
    /// Everything.
    Whole,
}

/// What the command says, if it succeeds.
pub(super) fn output(
    words: &[String],
    concealed: &[String],
    extent: Extent,
    cap: u64,
    deadline: &Deadline,
) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped());
    for name in concealed {
        command.env_remove(name);
    }
    let (mut child, family) = Family::start(&mut command).map_err(HelperError::Spawn)?;
    let output =
        said(&mut child, extent, cap, deadline).and_then(|output| match ended(&family, &mut child, deadline)? {
            true => Ok(output),
            false => Err(HelperError::Lingers { after: deadline.budget() }),
        });
    match output {
        Ok(_) => family.leave(),
        Err(_) => family.end(&mut child),
    }
    let status = child.wait().map_err(HelperError::Spawn)?;
    let output = output?;
    if status.success() { Ok(output) } else { Err(HelperError::Failed(status)) }
}

fn said(child: &mut Child, extent: Extent, cap: u64, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, HelperError> {
    let Some(mut stdout) = child.stdout.take() else { return Ok(Zeroizing::default()) };
    let read = files::within(deadline, move || Ok((heard(&mut stdout, extent, cap)?, stdout)));
    let (output, mut rest) = read.and_then(|read| read).map_err(HelperError::Read)?;
    // The helper must not end for want of a reader; whoever else holds its stdout open is not waited for. Without a thread
    // for it, it does.
    let _ = thread::Builder::new().spawn(move || io::copy(&mut rest, &mut io::sink()));
    Ok(output)
}

/// Waits until the helper has ended. False where it does not in time.
fn ended(family: &Family, child: &mut Child, deadline: &Deadline) -> Result<bool, HelperError> {
    while !family.has_ended(child).map_err(HelperError::Spawn)? {
        if deadline.has_passed() {
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(true)
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

    fn leave(self) {}

    fn end(self, child: &mut Child) {
        // It may be gone already, and the error at hand is the one that matters.
        let _ = child.kill();
    }
}

/// Reads the answer, and perhaps beyond, but gives nothing of that.
fn heard(from: &mut impl Read, extent: Extent, cap: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let mut line = Zeroizing::new(Vec::new());
    let mut buffer = Zeroizing::new([0; 4096]);
    loop {
        let count = match from.read(&mut *buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let piece = &buffer[..count];
        let end = memchr::memchr(b'\n', piece).filter(|_| extent == Extent::Line);
        line.extend_from_slice(&piece[..end.map_or(count, |at| at + 1)]);
        if line.len() as u64 > cap {
            return Err(ReadError::TooLong { cap });
        }
        if end.is_some() || count == 0 {
            return Ok(line);
        }
    }
}
