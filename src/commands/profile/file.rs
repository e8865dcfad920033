//! Config files on the disk: made for their owner alone, and replaced as a whole or not at all.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a new file that its owner alone can read, in a directory that is made where it is not there. None is left half
/// written.
///
/// # Errors
/// A file that is there already, and what else the system says.
pub(super) fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut directories = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directories, 0o700);
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        directories.recursive(true).create(directory)?;
    }
    write_new(path, text, |_| Ok(()))
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
