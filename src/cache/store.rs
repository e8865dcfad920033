//! Files and directories that nobody else can read or has put there, written whole or not at all.
//!
//! A file is trusted if it is a regular file of this user that nobody else may touch; a directory likewise.
//! On systems without Unix modes the user's own directories are left to their access lists, and only links are refused.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::crypto;

/// More than any entry, less than what an endless file could do.
const LARGEST: u64 = 8 << 20;

/// Why something cannot be kept, or what was kept cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum Trouble {
    #[error("{} {why}", .path.display())]
    Untrusted { path: PathBuf, why: &'static str },
    #[error("cannot {what} {}: {error}", .path.display())]
    Io { what: &'static str, path: PathBuf, error: io::Error },
    #[error("{} is larger than an entry may be", .path.display())]
    TooLarge { path: PathBuf },
    #[error("the home directory is unknown: neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME are set")]
    NoHome,
    #[error(transparent)]
    Crypto(#[from] crypto::Unavailable),
}

fn io_at<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Trouble + 'a {
    move |error| Trouble::Io { what, path: path.to_owned(), error }
}

#[cfg(unix)]
mod trust {
    use super::Trouble;
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use rustix::fs::OFlags;

    /// Never through a link, and never waiting for the other end of a pipe.
    pub(super) fn harden(options: &mut OpenOptions) -> &mut OpenOptions {
        options.mode(0o600).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
    }

    pub(super) fn is_link(error: &io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }

    pub(super) fn owner_only(path: &Path, meta: &Metadata) -> Result<(), Trouble> {
        let untrusted = |why| Err(Trouble::Untrusted { path: path.to_owned(), why });
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return untrusted("belongs to another user; it is not used");
        }
        if meta.mode() & 0o077 != 0 {
            return untrusted(if meta.is_dir() {
                "is open to other users; it is not used (chmod 700 it, or remove it)"
            } else {
                "is open to other users; it is not used (remove it)"
            });
        }
        Ok(())
    }

    /// A file that is written to in its place must not be some other file as well.
    pub(super) fn has_several_names(meta: &Metadata) -> bool {
        meta.nlink() > 1
    }

    pub(super) fn make_dir(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        // A umask may have taken even the owner's rights away.
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    /// The mode a file was opened with, whatever the umask took from it.
    pub(super) fn fix_mode(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    /// Makes a rename last through a power cut.
    pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    pub(super) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }
}

#[cfg(not(unix))]
mod trust {
    use super::Trouble;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn harden(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub(super) fn is_link(_: &io::Error) -> bool {
        false
    }

    pub(super) fn owner_only(_: &Path, _: &Metadata) -> Result<(), Trouble> {
        Ok(())
    }

    pub(super) fn has_several_names(_: &Metadata) -> bool {
        false
    }

    pub(super) fn make_dir(path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    pub(super) fn fix_mode(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sync_dir(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// An open file cannot be replaced here.
    pub(super) fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
        true
    }
}

/// Checks a directory of ours. `false` where there is none.
///
/// # Errors
/// One that is not to be trusted.
pub fn check_dir(path: &Path) -> Result<bool, Trouble> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io_at("use", path)(error)),
    };
    if meta.is_symlink() {
        return Err(Trouble::Untrusted { path: path.to_owned(), why: "is a link; it is not used" });
    }
    if !meta.is_dir() {
        return Err(Trouble::Untrusted { path: path.to_owned(), why: "is not a directory" });
    }
    trust::owner_only(path, &meta)?;
    Ok(true)
}

/// Checks a directory of ours, and makes it where there is none.
///
/// # Errors
/// [`Trouble`]
pub fn ensure_dir(path: &Path) -> Result<(), Trouble> {
    if !check_dir(path)? {
        trust::make_dir(path).map_err(io_at("make", path))?;
        check_dir(path)?;
    }
    Ok(())
}

/// Opens a file of ours. `None` where there is none.
fn open(path: &Path, options: &mut OpenOptions) -> Result<Option<(File, Metadata)>, Trouble> {
    if cfg!(not(unix)) && fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
        return Err(Trouble::Untrusted { path: path.to_owned(), why: "is a link; it is not used" });
    }
    let file = match trust::harden(options).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if trust::is_link(&error) => {
            return Err(Trouble::Untrusted { path: path.to_owned(), why: "is a link; it is not used" });
        }
        Err(error) => return Err(io_at("open", path)(error)),
    };
    let meta = file.metadata().map_err(io_at("look at", path))?;
    if !meta.is_file() {
        return Err(Trouble::Untrusted { path: path.to_owned(), why: "is not a regular file; it is not used" });
    }
    trust::owner_only(path, &meta)?;
    Ok(Some((file, meta)))
}

/// Reads a file of ours. `None` where there is none.
///
/// # Errors
/// [`Trouble`]
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let Some((file, meta)) = open(path, OpenOptions::new().read(true))? else { return Ok(None) };
    let too_large = || Err(Trouble::TooLarge { path: path.to_owned() });
    let Some(len) = usize::try_from(meta.len()).ok().filter(|_| meta.len() <= LARGEST) else { return too_large() };
    let mut bytes = Vec::with_capacity(len + 1);
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io_at("read", path))?;
    if bytes.len() as u64 > LARGEST { too_large() } else { Ok(Some(bytes)) }
}

/// Opens a file of ours to lock it and leave word in it, and makes it where there is none.
///
/// # Errors
/// [`Trouble`]
pub fn open_or_make(path: &Path) -> Result<File, Trouble> {
    let file = open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
    let (file, meta) = file.ok_or_else(|| io_at("open", path)(io::ErrorKind::NotFound.into()))?;
    if trust::has_several_names(&meta) {
        let why = "has a second name; it is not used (remove it)";
        return Err(Trouble::Untrusted { path: path.to_owned(), why });
    }
    Ok(file)
}

/// True where `path` still names the open `file`.
pub fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => trust::is_same_file(&open, &there),
        _ => false,
    }
}

/// How a file that was written aside comes to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Over whatever is there.
    Replace,
    /// Only if nothing is there; `false` comes back if something is.
    Fresh,
}

/// Puts `bytes` at `path`, whole or not at all: written aside with mode 0600, synced, and moved.
///
/// # Errors
/// [`Trouble`]; nothing of it is left then.
pub fn write(path: &Path, bytes: &[u8], place: Place) -> Result<bool, Trouble> {
    if bytes.len() as u64 > LARGEST {
        return Err(Trouble::TooLarge { path: path.to_owned() });
    }
    #[cfg(unix)]
    crate::signals::outlive_file_limit();
    let random: [u8; 8] = crypto::random()?;
    let suffix: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{suffix}{ASIDE}"));
    let aside = PathBuf::from(aside);
    let written = write_aside(&aside, bytes).and_then(|()| match place {
        Place::Replace => fs::rename(&aside, path).map(|()| true),
        // A second name is made only where there is none yet, and all of the file is there the moment its name is.
        Place::Fresh => match fs::hard_link(&aside, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
    });
    if place == Place::Fresh || written.is_err() {
        // If this fails too, the next sweep has it.
        let _ = fs::remove_file(&aside);
    }
    let written = written.map_err(io_at("write", path))?;
    if let Some(dir) = path.parent() {
        trust::sync_dir(dir).map_err(io_at("write", path))?;
    }
    Ok(written)
}

/// What the names of files end in that are still being written.
pub const ASIDE: &str = ".tmp";

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = trust::harden(OpenOptions::new().write(true).create_new(true)).open(path)?;
    trust::fix_mode(&file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes a file. `false` where there is none.
///
/// # Errors
/// [`Trouble`]
pub fn remove(path: &Path) -> Result<bool, Trouble> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_at("remove", path)(error)),
    }
}
