//! The directory of [`super`] on systems without Unix modes: a path in the user's profile, which relies on its access lists.
//! Links are refused, but nothing holds against who may write to what lies above.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{How, Trouble};

pub(super) struct Handle(PathBuf);

impl Handle {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let meta = fs::symlink_metadata(path)?;
        if meta.is_dir() { Ok(Self(path.to_owned())) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    pub(super) fn make(path: &Path) -> Result<Self, Trouble> {
        fs::create_dir_all(path).and_then(|()| Self::open(path)).map_err(|error| Trouble::Io {
            what: "make",
            path: path.to_owned(),
            error,
        })
    }

    pub(super) fn check(&self, _: &Path) -> Result<(), Trouble> {
        Ok(())
    }

    pub(super) fn file(&self, name: &str, how: How) -> io::Result<File> {
        if self.is_link(name) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(how != How::Read).create_new(how == How::Make);
        options.open(self.0.join(name))
    }

    pub(super) fn is_link(&self, name: &str) -> bool {
        fs::symlink_metadata(self.0.join(name)).is_ok_and(|meta| meta.is_symlink())
    }

    pub(super) fn modified(&self, name: &str) -> io::Result<SystemTime> {
        fs::symlink_metadata(self.0.join(name))?.modified()
    }

    /// An open file can be moved and removed here, too, if those who have it open allow it, as the standard library does.
    pub(super) fn is_at(&self, file: &File, name: &str) -> bool {
        let open = file.try_clone().and_then(same_file::Handle::from_file);
        let there = same_file::Handle::from_path(self.0.join(name));
        matches!((open, there), (Ok(open), Ok(there)) if open == there)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// `false` where there is one already.
    pub(super) fn rename_fresh(&self, from: &str, to: &str) -> io::Result<bool> {
        match fs::hard_link(self.0.join(from), self.0.join(to)) {
            Ok(()) => Ok(self.unlink(from).is_ok()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn unlink(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn names(&self, most: usize) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.take(most).collect())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn blur(&self) {}
}

pub(super) fn distrust(_: &Metadata) -> Option<&'static str> {
    None
}

pub(super) fn has_several_names(_: &Metadata) -> bool {
    false
}

pub(super) fn fix_mode(_: &File) -> io::Result<()> {
    Ok(())
}
