//! Reading what others wrote: files, pipes and devices by their path, and stdin; each up to a number of bytes, and until a
//! point in time.
//!
//! It owns the opening and the reading. What a file means, and what is said where it cannot be read, is its reader's affair.
//! Any file may hold a secret: what was read is wiped when it is dropped, and so is every buffer it passed through.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::deadline::Deadline;
use crate::problem::Shortage;

/// What is read at first where nobody tells how much there is (bytes).
const FIRST: usize = 4096;

/// So many links may stand between a path and the name of a descriptor.
const MOST_LINKS: usize = 8;

/// Why there is no content.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It takes a thread to read it in time, and there is none to be had.
    #[error("cannot start a thread to read it: {0}")]
    Thread(io::Error),
    /// There is more than a reader takes.
    #[error("larger than {}", size(*.cap))]
    TooLong {
        /// So much it takes (bytes).
        cap: u64,
    },
    /// Its end did not come in time.
    #[error("no end within {} s", .after.as_secs_f32())]
    TimedOut {
        /// The whole budget.
        after: Duration,
    },
}

impl ReadError {
    /// What the system lacks, where that is why.
    pub fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Io(error) => Shortage::of(error),
            Self::Thread(error) => Shortage::of_start(error),
            Self::TooLong { .. } | Self::TimedOut { .. } => None,
        }
    }
}

/// So many bytes in words.
pub fn size(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

/// Reads the file at `path`.
///
/// # Errors
/// [`ReadError`]; a directory is one.
pub fn read(path: &Path, cap: u64, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    read_at_once(path, cap).unwrap_or_else(|| {
        let path = path.to_owned();
        within(deadline, move || read_capped(File::open(path)?, cap, FIRST))?
    })
}

/// Reads stdin to its end.
///
/// # Errors
/// [`ReadError`]
pub fn read_stdin(cap: u64, deadline: &Deadline) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    within(deadline, move || read_capped(Stdin, cap, FIRST))?
}

/// Does `work` in a thread and waits for it until `deadline`; after that it is on its own.
///
/// # Errors
/// Time that is up, and a system that gives no thread.
pub fn within<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ReadError> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || sender.send(work())).map_err(ReadError::Thread)?;
    receiver.recv_timeout(deadline.remaining()).map_err(|error| match error {
        RecvTimeoutError::Timeout => ReadError::TimedOut { after: deadline.budget() },
        RecvTimeoutError::Disconnected => io::Error::other("the reading thread broke").into(),
    })
}

/// The inherited descriptor that `path` is another name of, such as `/dev/fd/3`, or a link to such a name.
pub fn descriptor(path: &Path) -> Option<u32> {
    let mut path = path.to_owned();
    for _ in 0..=MOST_LINKS {
        if let Some(number) = named_descriptor(&path) {
            return Some(number);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).ok()?;
        let place = folder.join(path.file_name()?);
        if let Some(number) = named_descriptor(&place) {
            return Some(number);
        }
        path = folder.join(fs::read_link(&place).ok()?);
    }
    None
}

fn named_descriptor(path: &Path) -> Option<u32> {
    let names: Vec<_> = path.components().map(|name| name.as_os_str().to_str()).collect::<Option<_>>()?;
    match names[..] {
        ["/", "dev", "stdin"] => Some(0),
        ["/", "dev", "fd", number] => number.parse().ok(),
        ["/", "proc", process, "fd", number] => {
            let own = matches!(process, "self" | "thread-self") || process.parse() == Ok(std::process::id());
            number.parse().ok().filter(|_| own)
        }
        _ => None,
    }
}

/// Sees to it that no command inherits the descriptor `number`, which stays open here: a file can be read from its start
/// again by whoever has it. The standard streams are not for this; a command gets others.
#[cfg(unix)]
pub fn withhold(number: u32) {
    let Some(number) = i32::try_from(number).ok().filter(|number| *number > 2) else { return };
    // To take a descriptor over by its number is unsafe by type, to mark it is not; but those above it must be spared.
    let others: Vec<_> = close_fds::iter_open_fds_threadsafe(number + 1).collect();
    close_fds::set_fds_cloexec_threadsafe(number, &others);
}

/// Elsewhere no command inherits what it was not given.
#[cfg(not(unix))]
pub fn withhold(_number: u32) {}

/// What is to be told of a private key in the file at `path`, where that is this user's own and others can read or write it. One that
/// somebody else owns, as a mounted secret is, has a mode that is none of this user's business.
#[cfg(unix)]
pub fn open_key(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mode = meta.mode() & 0o777;
    let can = match (mode & 0o044 != 0, mode & 0o022 != 0) {
        (true, true) => "read and write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => return None,
    };
    let is_own = meta.uid() == rustix::process::geteuid().as_raw();
    is_own.then(|| format!("others can {can} the private key {} (mode {mode:04o}); chmod 600 it", path.display()))
}

/// Elsewhere who may read a file is no part of what the standard library tells.
#[cfg(not(unix))]
pub fn open_key(_path: &Path) -> Option<String> {
    None
}

/// Reads what answers at once and needs no thread: a regular file. `None` for everything else, of which opening alone may
/// wait for ever.
fn read_at_once(path: &Path, cap: u64) -> Option<Result<Zeroizing<Vec<u8>>, ReadError>> {
    // A directory says so itself when it is read.
    let answers = |meta: &fs::Metadata| meta.is_file() || meta.is_dir();
    let read = || match fs::metadata(path)? {
        meta if answers(&meta) => {
            let file = open_without_waiting(path)?;
            // Something else may have come to its place; some files of the kernel look regular and wait.
            let meta = file.metadata()?;
            if !answers(&meta) {
                return Err(ReadError::Io(io::ErrorKind::WouldBlock.into()));
            }
            read_capped(file, cap, usize::try_from(meta.len()).unwrap_or(usize::MAX))
        }
        _ => Err(ReadError::Io(io::ErrorKind::WouldBlock.into())),
    };
    match read() {
        Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => None,
        read => Some(read),
    }
}

#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads to the end. A buffer that becomes too small is wiped like the last one.
fn read_capped(mut from: impl Read, cap: u64, expected: usize) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    // One more byte tells whether that was all.
    let most = usize::try_from(cap).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(vec![0; expected.saturating_add(1).min(most)]);
    let mut filled = 0;
    loop {
        if filled == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; filled.saturating_mul(2).clamp(FIRST, most)]);
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
        }
        match from.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        if filled == most {
            return Err(ReadError::TooLong { cap });
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// stdin without the standard library's buffer, which nobody wipes.
struct Stdin;

impl Read for Stdin {
    #[cfg(unix)]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), buffer)?)
    }

    #[cfg(not(unix))]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().lock().read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    const SOON: Duration = Duration::from_millis(50);

    fn patient() -> Deadline {
        Deadline::after(Duration::from_secs(60))
    }

    #[test]
    fn a_regular_file_is_read_whole_up_to_the_cap_also_when_time_is_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for length in [0_usize, 1, 4095, 4096, 4097, 20_000] {
            let bytes: Vec<u8> = (0..length).map(|n| n as u8).collect();
            fs::write(&path, &bytes).unwrap();
            let read = |cap| read(&path, cap, &Deadline::after(Duration::ZERO));
            assert_eq!(*read(length as u64).unwrap(), bytes, "{length}");
            assert_eq!(*read(length as u64 * 3 + 7).unwrap(), bytes, "{length}");
            if let Some(less) = length.checked_sub(1) {
                assert!(matches!(read(less as u64), Err(ReadError::TooLong { .. })), "{length}");
            }
        }
    }

    #[test]
    fn a_stream_that_grows_is_read_whole_up_to_the_cap() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        for expected in [0, 10, 4096, 200_000] {
            assert_eq!(*read_capped(&bytes[..], 100_000, expected).unwrap(), bytes);
            assert!(matches!(read_capped(&bytes[..], 99_999, expected), Err(ReadError::TooLong { cap: 99_999 })));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_end_is_too_long_and_a_pipe_without_a_writer_times_out() {
        let long = read(Path::new("/dev/zero"), 1 << 20, &patient()).unwrap_err();
        assert_eq!(long.to_string(), "larger than 1 MiB");
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["one", "other"].map(|name| folder.path().join(name));
        assert!(std::process::Command::new("mkfifo").args([&path, &other]).status().unwrap().success());
        let late = read(&other, 10, &Deadline::after(SOON)).unwrap_err();
        assert_eq!(late.to_string(), "no end within 0.05 s");
        let reader = {
            let path = path.clone();
            thread::spawn(move || read(&path, 10, &patient()))
        };
        fs::write(&path, "x").unwrap();
        assert_eq!(**reader.join().unwrap().unwrap(), *b"x");
    }

    #[cfg(unix)]
    #[test]
    fn descriptors_are_known_by_their_names() {
        let own = format!("/proc/{}/fd/7", std::process::id());
        for (path, expected) in [
            ("/dev/fd/3", Some(3)),
            ("//dev/./fd//3", Some(3)),
            ("/dev/stdin", Some(0)),
            ("/proc/self/fd/12", Some(12)),
            ("/proc/thread-self/fd/0", Some(0)),
            (own.as_str(), Some(7)),
            ("/proc/1/fd/3", None),
            ("/dev/fd/", None),
            ("/dev/fd/3/x", None),
            ("x/dev/fd/3", None),
            ("/dev/null", None),
            ("3", None),
        ] {
            assert_eq!(descriptor(Path::new(path)), expected, "{path}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn descriptors_are_known_behind_links() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("/dev/fd/7", at("a")).unwrap();
        symlink("a", at("b")).unwrap();
        symlink("/dev/fd", at("folder")).unwrap();
        symlink("/dev/stdin", at("stdin")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("/dev/null", at("null")).unwrap();
        fs::write(at("file"), "").unwrap();
        for (name, expected) in [
            ("a", Some(7)),
            ("b", Some(7)),
            ("folder/7", Some(7)),
            ("stdin", Some(0)),
            ("loop", None),
            ("null", None),
            ("file", None),
            ("nothing", None),
        ] {
            assert_eq!(descriptor(&at(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_directory_and_what_is_not_there_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path(), 10, &patient()), Err(ReadError::Io(_))));
        let missing = read(&folder.path().join("x"), 10, &patient());
        assert!(matches!(missing, Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
    }
}
