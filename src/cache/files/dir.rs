//! Files in a directory of ours that nobody else can read or has put there, written whole or not at all.
//!
//! A directory is opened once, without following a link in its place, and is trusted if it is this user's and nobody else
//! may touch it; from then on everything goes by its descriptor, so that whatever is moved or linked into its path
//! afterwards changes nothing. A file is trusted if it is a regular file of this user that nobody else may touch.
//! On systems without Unix modes the user's own directories are left to their access lists, and only links are refused.

use std::fs::{File, FileTimes, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cache::store::Trouble;
use crate::crypto;

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "other.rs"]
mod system;

/// More than any entry, less than what an endless file could do.
const LARGEST: u64 = 8 << 20;

/// So many files of one directory can be in the making at a time.
const ASIDES: usize = 16;
/// How long a place to make a file in is waited for: each is taken for as long as a file is written.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSES: usize = 400;
/// So many pauses are made where something cannot be opened.
const PATIENCE: usize = 4;

/// What the names of files end in that are still being written.
const ASIDE: &str = ".tmp";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Opens what another run may have made a moment ago, under a umask that leaves it to that run to set the mode.
fn patiently<T, E>(open: impl Fn() -> Result<T, E>, kind: impl Fn(&E) -> io::ErrorKind) -> Result<T, E> {
    for _ in 0..PATIENCE {
        match open() {
            Err(error) if kind(&error) == io::ErrorKind::PermissionDenied => std::thread::sleep(PAUSE),
            opened => return opened,
        }
    }
    open()
}

const IS_A_LINK: &str = "is a link; it is not used";

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// To be read.
    Read,
    /// To be read and written.
    Write,
    /// The same, and it must not have been there.
    Make,
}

/// A directory of ours, open.
pub(super) struct Dir {
    /// For messages alone.
    path: PathBuf,
    handle: system::Handle,
}

impl Dir {
    /// Opens and checks a directory of ours. `None` where there is none.
    ///
    /// # Errors
    /// One that is not to be trusted.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Trouble> {
        let handle = match patiently(|| system::Handle::open(path), io::Error::kind) {
            Ok(handle) => handle,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(not_a_directory(path, error)),
        };
        handle.check(path)?;
        Ok(Some(Self { path: path.to_owned(), handle }))
    }

    /// The same, and makes it where there is none.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn make(path: &Path) -> Result<Self, Trouble> {
        if let Some(dir) = Self::open(path)? {
            return Ok(dir);
        }
        let handle = system::Handle::make(path)?;
        handle.check(path)?;
        Ok(Self { path: path.to_owned(), handle })
    }

    fn io_at<'a>(&'a self, what: &'static str, name: &'a str) -> impl FnOnce(io::Error) -> Trouble + 'a {
        move |error| Trouble::Io { what, path: self.path.join(name), error }
    }

    fn untrusted(&self, name: &str, why: &'static str) -> Trouble {
        Trouble::Untrusted { path: self.path.join(name), why }
    }

    /// Opens a file of ours. `None` where there is none.
    fn file(&self, name: &str, how: How) -> Result<Option<(File, u64)>, Trouble> {
        let file = match self.handle.file(name, how) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) if self.handle.is_link(name) => return Err(self.untrusted(name, IS_A_LINK)),
            Err(error) => return Err(self.io_at("open", name)(error)),
        };
        let meta = file.metadata().map_err(self.io_at("look at", name))?;
        if !meta.is_file() {
            return Err(self.untrusted(name, "is not a regular file; it is not used"));
        }
        if let Some(why) = system::distrust(&meta) {
            return Err(self.untrusted(name, why));
        }
        if how != How::Read && system::has_several_names(&meta) {
            // What is written to in its place must not be some other file as well.
            return Err(self.untrusted(name, "has a second name; it is not used (remove it)"));
        }
        Ok(Some((file, meta.len())))
    }

    /// Reads a file of ours. `None` where there is none.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let Some((file, len)) = self.file(name, How::Read)? else { return Ok(None) };
        let too_large = || Trouble::TooLarge { path: self.path.join(name) };
        let room = usize::try_from(len).ok().filter(|_| len <= LARGEST).ok_or_else(too_large)?;
        let mut bytes = Vec::with_capacity(room + 1);
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(self.io_at("read", name))?;
        if bytes.len() as u64 > LARGEST { Err(too_large()) } else { Ok(Some(bytes)) }
    }

    /// The first bytes of a file of ours, however large it is. `None` where it is not to be had.
    pub(super) fn head<const N: usize>(&self, name: &str) -> Option<[u8; N]> {
        let mut head = [0; N];
        let (mut file, _) = self.file(name, How::Read).ok()??;
        file.read_exact(&mut head).ok().map(|()| head)
    }

    /// Opens a file of ours to lock it and leave word in it, and makes it where there is none.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn open_or_make(&self, name: &str) -> Result<File, Trouble> {
        loop {
            if let Some((file, _)) = patiently(|| self.file(name, How::Write), Trouble::kind)? {
                return Ok(file);
            }
            match self.handle.file(name, How::Make) {
                Ok(file) => {
                    system::fix_mode(&file).map_err(self.io_at("make", name))?;
                    // It may be long until something else is done here, and this run may be killed before.
                    self.blur();
                    return Ok(file);
                }
                // Another run was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.io_at("make", name)(error)),
            }
        }
    }

    /// Opens a file of ours and locks it. `None` where another process has locked it.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>, Trouble> {
        loop {
            let file = self.open_or_make(name)?;
            match file.try_lock() {
                Ok(()) if self.handle.is_at(&file, name) => return Ok(Some(file)),
                // It was moved or removed between the opening and the locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(self.io_at("lock", name)(error)),
            }
        }
    }

    /// When a file was last changed, as far as it tells.
    pub(super) fn modified(&self, name: &str) -> Option<SystemTime> {
        self.handle.modified(name).ok()
    }

    /// True where something has that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.handle.modified(name).is_ok()
    }

    /// Puts `bytes` under `name`, whole or not at all: written aside with mode 0600, synced, and moved.
    ///
    /// # Errors
    /// [`Trouble`]; what was there is as it was then.
    pub(super) fn write(&self, name: &str, bytes: &[u8], place: Placing) -> Result<bool, Trouble> {
        if bytes.len() as u64 > LARGEST {
            return Err(Trouble::TooLarge { path: self.path.join(name) });
        }
        #[cfg(unix)]
        crate::signals::outlive_file_limit();
        let (aside, mut file) = self.aside()?;
        let written = write_to(&mut file, bytes).and_then(|()| match place {
            Placing::Replace => self.handle.rename(&aside, name).map(|()| true),
            Placing::Fresh => self.handle.rename_fresh(&aside, name),
        });
        if !matches!(written, Ok(true)) {
            // If this fails too, the next file that is written has its place.
            let _ = self.handle.unlink(&aside);
        }
        let written = written.map_err(self.io_at("write", name))?;
        // Not before: the date of a file in the making says whether somebody is still at it.
        blur(&file);
        self.clear_asides();
        self.handle.sync().map_err(self.io_at("write", name))?;
        self.blur();
        Ok(written)
    }

    /// A place to make a file in: whoever makes one has locked it, and the system frees the lock however that process ends.
    /// What a killed one left is there to be used again.
    fn aside(&self) -> Result<(String, File), Trouble> {
        if cfg!(not(unix)) {
            return self.aside_without_lock();
        }
        for pause in 0..PAUSES {
            if pause > 0 {
                std::thread::sleep(PAUSE);
            }
            for aside in asides() {
                match self.try_lock(&aside) {
                    Ok(Some(file)) => return Ok((aside, file)),
                    Ok(None) => {}
                    // Where the system has no locks, whoever made the file is the only one who writes to it.
                    Err(Trouble::Io { what: "lock", .. }) => return self.aside_without_lock(),
                    // Not ours to write to: out of the way with it, and on to the next place meanwhile.
                    Err(Trouble::Untrusted { .. }) => drop(self.handle.unlink(&aside)),
                    // What was left here cannot be opened, for want of a mode that its maker had no time to set.
                    Err(Trouble::Io { what: "open", error, .. }) if error.kind() == io::ErrorKind::PermissionDenied => {
                    }
                    Err(trouble) => return Err(trouble),
                }
            }
        }
        Err(self.io_at("write a file in", "")(io::ErrorKind::TimedOut.into()))
    }

    fn aside_without_lock(&self) -> Result<(String, File), Trouble> {
        let random: [u8; 8] = crypto::random()?;
        let aside = format!("{:016x}{ASIDE}", u64::from_le_bytes(random));
        let file = self.handle.file(&aside, How::Make).map_err(self.io_at("make", &aside))?;
        system::fix_mode(&file).map_err(self.io_at("make", &aside))?;
        Ok((aside, file))
    }

    /// Removes what killed processes left in the making.
    fn clear_asides(&self) {
        for aside in asides() {
            // If this fails, it is tried again with the next file that is written.
            let _ = self.remove_aside(&aside);
        }
    }

    /// Removes a file in the making, unless somebody has locked it, which is whoever makes it. `false` where it stays.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn remove_aside(&self, name: &str) -> Result<bool, Trouble> {
        let left = match self.file(name, How::Write) {
            Ok(Some((file, _))) => match file.try_lock() {
                Ok(()) => self.handle.is_at(&file, name),
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(_)) => true,
            },
            Ok(None) => false,
            Err(Trouble::Untrusted { .. }) => true,
            Err(trouble) => return Err(trouble),
        };
        if left { self.remove(name) } else { Ok(false) }
    }

    /// Removes a file. `false` where there is none. The directory tells when, until it is blurred.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn remove(&self, name: &str) -> Result<bool, Trouble> {
        match self.handle.unlink(name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.io_at("remove", name)(error)),
        }
    }

    /// So many of the names in it at most.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn names(&self, most: usize) -> Result<Vec<String>, Trouble> {
        self.handle.names(most).map_err(|error| Trouble::Io { what: "read", path: self.path.clone(), error })
    }

    /// Has the directory's own dates say the day alone, after something in it was made, moved or removed.
    pub(super) fn blur(&self) {
        self.handle.blur();
    }
}

/// A path that leads to no directory of ours: the reason, in words.
fn not_a_directory(path: &Path, error: io::Error) -> Trouble {
    let untrusted = |why| Trouble::Untrusted { path: path.to_owned(), why };
    match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => untrusted(IS_A_LINK),
        Ok(meta) if !meta.is_dir() => untrusted("is not a directory"),
        _ => Trouble::Io { what: "use", path: path.to_owned(), error },
    }
}

/// How a file that was written aside comes to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    /// Over whatever is there.
    Replace,
    /// Only if nothing is there; `false` comes back if something is.
    Fresh,
}

fn asides() -> impl Iterator<Item = String> {
    (0..ASIDES).map(|index| format!("aside-{index}{ASIDE}"))
}

/// True for the name of a file that is, or was, in the making.
pub(super) fn is_aside(name: &str) -> bool {
    name.ends_with(ASIDE)
}

fn write_to(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    system::fix_mode(file)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Has a file's dates say the day alone, where it was changed just now. The date of reading is put to the day's end: systems
/// that note the first reading after a change then note none.
pub(super) fn blur(file: &File) {
    if let Some((first, last)) = file.metadata().and_then(|meta| meta.modified()).ok().and_then(day_of) {
        // What it shows is no reason to fail.
        let _ = file.set_times(FileTimes::new().set_modified(first).set_accessed(last));
    }
}

/// The first and the last second of the day (UTC).
fn day_of(at: SystemTime) -> Option<(SystemTime, SystemTime)> {
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let first = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds - seconds % DAY.as_secs()))?;
    Some((first, first.checked_add(DAY - Duration::from_secs(1))?))
}
