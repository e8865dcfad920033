//! Config files on the disk: made for their owner alone, and replaced as a whole or not at all.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::files;

/// How long another process may hold the lock: it has a file to write and nothing else.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes a new file that its owner alone can read, in a directory that is made where it is not there. None is left half
/// written.
///
/// # Errors
/// A file that is there already, and what else the system says.
pub(super) fn create(path: &Path, text: &str) -> io::Result<()> {
    make_directory(path)?;
    write_new(path, text, |_| Ok(()))
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut directories = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directories, 0o700);
    directories.recursive(true).create(directory(path))
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Keeps other runs of this command away from the file at `path`, or from the one that it links to, as long as what is
/// returned lives. `None` where the file system has no locks. The directory is made where it is not there.
///
/// # Errors
/// A lock that another process does not let go; what else the system says.
pub(super) fn lock(path: &Path) -> io::Result<Option<fs::File>> {
    make_directory(path)?;
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // The file itself is replaced, and its lock with it.
    #[cfg(unix)]
    let place = fs::File::open(directory(&path))?;
    #[cfg(not(unix))]
    let place = OpenOptions::new().create(true).append(true).open(path.with_extension("lock"))?;
    let locked = files::within(&Deadline::after(PATIENCE), move || place.lock().map(|()| place));
    locked.map(io::Result::ok).map_err(|_| io::Error::other("another process keeps its directory locked"))
}

/// Puts `text` in the place of the file at `path`, or of the one that it links to, with the mode and the owner of the
/// old one.
///
/// # Errors
/// What the system says; the old file stays as it is.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let old = fs::metadata(&path)?;
    if !old.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let new = beside(&path);
    write_new(&new, text, |file| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let made = file.metadata()?;
            if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
                std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()))?;
            }
        }
        file.set_permissions(old.permissions())
    })?;
    fs::rename(&new, &path).inspect_err(|_| drop(fs::remove_file(&new)))?;
    // That the name is on the disk too is more than every system can promise.
    if cfg!(unix)
        && let Some(directory) = path.parent()
    {
        let _ = fs::File::open(directory).and_then(|directory| directory.sync_all());
    }
    Ok(())
}

/// A name in the same directory that no other process takes.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn write_new(path: &Path, text: &str, prepare: impl FnOnce(&fs::File) -> io::Result<()>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = prepare(&file).and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(path)))
}
