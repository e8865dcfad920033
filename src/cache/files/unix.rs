//! The directory of [`super`] on Unix: a descriptor, and everything else by names relative to it.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat, Timespec, Timestamps, fstat, openat, statat};
use rustix::io::Errno;

use super::{How, Trouble, day_of};

const DIR_MODE: Mode = Mode::RWXU;
const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);
/// A directory itself, never where a link leads.
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What may be passed through without being readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PASSAGE: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASSAGE: OFlags = OFlags::RDONLY;

/// Links that are followed on one way at most, as the kernel does.
const MOST_LINKS: usize = 40;

pub(super) struct Handle(OwnedFd);

impl Handle {
    /// What lies above the directory is the user's own arrangement and followed wherever it leads: where it leads nowhere
    /// near a directory of this user that is closed to others, nothing is used.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        open_own(fs::CWD, path.as_os_str()).map(Self)
    }

    /// Makes the directory, and what is missing above it.
    pub(super) fn make(path: &Path) -> Result<Self, Trouble> {
        let io_at = |path: &Path| {
            let path = path.to_owned();
            move |error: Errno| Trouble::Io { what: "make", path, error: error.into() }
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io_at(path)(Errno::INVAL));
        };
        let (mut here, missing) = walk(parent)?;
        let depth = missing.len();
        for (index, name) in missing.iter().map(OsString::as_os_str).chain([name]).enumerate() {
            let above = path.ancestors().nth(depth + 1 - index).unwrap_or(path);
            here = make_in(&here, name, above)?.map_err(io_at(path.ancestors().nth(depth - index).unwrap_or(path)))?;
        }
        Ok(Self(here))
    }

    pub(super) fn check(&self, path: &Path) -> Result<(), Trouble> {
        let stat =
            fstat(&self.0).map_err(|error| Trouble::Io { what: "use", path: path.to_owned(), error: error.into() })?;
        let untrusted = |why| Err(Trouble::Untrusted { path: path.to_owned(), why });
        if !is_mine(&stat) {
            return untrusted("belongs to another user; it is not used");
        }
        if is_open_to_others(&stat) {
            return untrusted("is open to other users; it is not used (chmod 700 it, or remove it)");
        }
        Ok(())
    }

    /// Never through a link, and never waiting for the other end of a pipe.
    pub(super) fn file(&self, name: &str, how: How) -> io::Result<File> {
        let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let how = match how {
            How::Read => OFlags::RDONLY,
            How::Write => OFlags::RDWR,
            How::Make => OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
        };
        Ok(openat(&self.0, name, how | careful, FILE_MODE)?.into())
    }

    fn stat(&self, name: &str) -> io::Result<Stat> {
        Ok(statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    pub(super) fn is_link(&self, name: &str) -> bool {
        self.stat(name).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink())
    }

    pub(super) fn modified(&self, name: &str) -> io::Result<SystemTime> {
        time(self.stat(name)?.st_mtime).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// True where `name` still names the open `file`.
    pub(super) fn is_at(&self, file: &File, name: &str) -> bool {
        match (fstat(file), self.stat(name)) {
            (Ok(open), Ok(there)) => (open.st_dev, open.st_ino) == (there.st_dev, there.st_ino),
            _ => false,
        }
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// `false` where there is one already.
    pub(super) fn rename_fresh(&self, from: &str, to: &str) -> io::Result<bool> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        match fs::renameat_with(&self.0, from, &self.0, to, fs::RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(true),
            Err(Errno::EXIST) => return Ok(false),
            // Some file systems cannot.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
        // A second name is made only where there is none yet, and all of the file is there the moment its name is.
        match fs::linkat(&self.0, from, &self.0, to, AtFlags::empty()) {
            Ok(()) => Ok(self.unlink(from).is_ok()),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn unlink(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Names that are not UTF-8 are none of ours.
    pub(super) fn names(&self, most: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.0)? {
            if names.len() >= most {
                break;
            }
            if let Ok(name) = entry?.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Makes a rename last through a power cut.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.0)?)
    }

    pub(super) fn blur(&self) {
        let day = fstat(&self.0).ok().and_then(|stat| day_of(time(stat.st_mtime)?));
        let spec = |at: SystemTime| {
            let seconds = at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
            Timespec { tv_sec: i64::try_from(seconds).unwrap_or(0), tv_nsec: 0 }
        };
        if let Some((first, last)) = day {
            let times = Timestamps { last_access: spec(last), last_modification: spec(first) };
            // What it shows is no reason to fail.
            let _ = fs::futimens(&self.0, &times);
        }
    }
}

fn time(seconds: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

fn is_mine(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw()
}

/// The system's own are as good as this user's: nothing holds against root.
fn is_mine_or_the_systems(stat: &Stat) -> bool {
    stat.st_uid == 0 || is_mine(stat)
}

fn is_open_to_others(stat: &Stat) -> bool {
    stat.st_mode & 0o077 != 0
}

/// Why a file is not to be trusted, if it is not.
pub(super) fn distrust(meta: &Metadata) -> Option<&'static str> {
    if meta.uid() != rustix::process::geteuid().as_raw() {
        Some("belongs to another user; it is not used")
    } else if meta.mode() & 0o077 != 0 {
        Some("is open to other users; it is not used (remove it)")
    } else {
        None
    }
}

pub(super) fn has_several_names(meta: &Metadata) -> bool {
    meta.nlink() > 1
}

/// The mode a file was made with, whatever the umask took from it.
pub(super) fn fix_mode(file: &File) -> io::Result<()> {
    Ok(fs::fchmod(file, FILE_MODE)?)
}

/// Opens a directory. One of ours that its owner may not read was left so by a umask, and is mended.
fn open_own(at: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let open = || openat(&at, name, DIRECTORY, Mode::empty());
    let opened = match open() {
        Err(Errno::ACCESS) if let_the_owner_in(at.as_fd(), name).is_ok() => open(),
        opened => opened,
    };
    Ok(opened?)
}

/// Gives its owner the rights to a directory that cannot be opened for want of them.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn let_the_owner_in(at: BorrowedFd<'_>, name: &OsStr) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let dir = openat(at, name, DIRECTORY | OFlags::PATH, Mode::empty())?;
    let stat = fstat(&dir)?;
    if !is_mine(&stat) || is_open_to_others(&stat) {
        return Err(Errno::ACCESS.into());
    }
    // A descriptor that was opened without any right is changed by its name among the descriptors: the name is no link
    // to a path, but the file itself.
    Ok(fs::chmod(format!("/proc/self/fd/{}", dir.as_raw_fd()), DIR_MODE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn let_the_owner_in(at: BorrowedFd<'_>, name: &OsStr) -> io::Result<()> {
    let stat = statat(at, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if !is_mine(&stat) || is_open_to_others(&stat) || !FileType::from_raw_mode(stat.st_mode).is_dir() {
        return Err(Errno::ACCESS.into());
    }
    Ok(fs::chmodat(at, name, DIR_MODE, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Makes a directory in one that is open, unless it belongs to somebody else: what root leaves in a user's home is in that
/// user's way. `above` is its name, for the message.
fn make_in(here: &OwnedFd, name: &OsStr, above: &Path) -> Result<rustix::io::Result<OwnedFd>, Trouble> {
    let whose = match fstat(here) {
        Ok(stat) => stat,
        Err(error) => return Ok(Err(error)),
    };
    if !is_mine_or_the_systems(&whose) {
        let why =
            "belongs to another user, so nothing is made in it (XDG_CACHE_HOME and XDG_STATE_HOME name other places)";
        return Err(Trouble::Untrusted { path: above.to_owned(), why });
    }
    Ok(make_own(here, name))
}

fn make_own(here: &OwnedFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    match fs::mkdirat(here, name, DIR_MODE) {
        // Another run may have been quicker; whoever uses the directory checks whose it is.
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error),
    }
    let dir = open_own(here, name).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let stat = fstat(&dir)?;
    // A umask may have taken even the owner's rights away. What is open to others was not made here.
    if is_mine(&stat) && !is_open_to_others(&stat) && stat.st_mode & 0o700 != 0o700 {
        fs::fchmod(&dir, DIR_MODE)?;
    }
    Ok(dir)
}

/// Opens as much of the way to `path` as there is, and says what is missing.
///
/// A link on the way is followed where it is this user's or the system's: it is how people keep their caches on another
/// disk. Anybody else's would have us make directories where they please.
fn walk(path: &Path) -> Result<(OwnedFd, Vec<OsString>), Trouble> {
    let io_at = |error: Errno| Trouble::Io { what: "use", path: path.to_owned(), error: error.into() };
    let root = || openat(fs::CWD, "/", DIRECTORY | PASSAGE, Mode::empty()).map_err(io_at);
    let mut here = root()?;
    let mut links = 0;
    // The next one last.
    let mut ahead: Vec<OsString> = Vec::new();
    push(&mut ahead, path);
    while let Some(name) = ahead.pop() {
        match openat(&here, &name, DIRECTORY | PASSAGE, Mode::empty()) {
            Ok(next) => here = next,
            Err(Errno::NOENT) => {
                ahead.push(name);
                break;
            }
            Err(Errno::NOTDIR | Errno::LOOP) => {
                let (whose, target) = link(&here, &name).map_err(io_at)?;
                links += 1;
                if links > MOST_LINKS {
                    return Err(io_at(Errno::LOOP));
                }
                if !is_mine_or_the_systems(&whose) {
                    let why = "is reached through another user's link; it is not used";
                    return Err(Trouble::Untrusted { path: path.to_owned(), why });
                }
                if target.is_absolute() {
                    here = root()?;
                }
                push(&mut ahead, &target);
            }
            Err(error) => return Err(io_at(error)),
        }
    }
    ahead.reverse();
    Ok((here, ahead))
}

fn push(ahead: &mut Vec<OsString>, path: &Path) {
    ahead.extend(path.components().rev().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    }));
}

/// Whose link it is, and where it leads. What is no link leads nowhere.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn link(here: &OwnedFd, name: &OsStr) -> rustix::io::Result<(Stat, PathBuf)> {
    let link = openat(here, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let stat = fstat(&link)?;
    if !FileType::from_raw_mode(stat.st_mode).is_symlink() {
        return Err(Errno::NOTDIR);
    }
    let target = fs::readlinkat(&link, "", Vec::new())?;
    Ok((stat, OsString::from_vec(target.into_bytes()).into()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn link(here: &OwnedFd, name: &OsStr) -> rustix::io::Result<(Stat, PathBuf)> {
    let look = || statat(here, name, AtFlags::SYMLINK_NOFOLLOW);
    let before = look()?;
    if !FileType::from_raw_mode(before.st_mode).is_symlink() {
        return Err(Errno::NOTDIR);
    }
    let target = fs::readlinkat(here, name, Vec::new())?;
    let after = look()?;
    // What a link says never changes: it is the same link, or another one was put there.
    if (before.st_dev, before.st_ino, before.st_uid) != (after.st_dev, after.st_ino, after.st_uid) {
        return Err(Errno::LOOP);
    }
    Ok((before, OsString::from_vec(target.into_bytes()).into()))
}
