//! One lock per key, in a file of its own beside the entry, and the word that its last holder left there.
//!
//! The system frees the lock when its holder ends, however it ends. The file may be swept away, but only by whoever holds
//! it, so a lock counts only while its file is still in its place.

use std::fs::{File, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::store::{self, Trouble};

/// The right to ask for one key's token.
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock at `path`. `None` where another process holds it.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    pub fn try_take(path: &Path) -> Result<Option<Self>, Trouble> {
        loop {
            let file = store::open_or_make(path)?;
            match file.try_lock() {
                Ok(()) if store::is_at(&file, path) => return Ok(Some(Self { file, path: path.to_owned() })),
                // It was swept away between the opening and the locking.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => {
                    return Err(Trouble::Io { what: "lock", path: path.to_owned(), error });
                }
            }
        }
    }

    /// Says until when the holder will be done, whatever happens. One that is not was stopped.
    pub fn promise(&self, until: SystemTime) {
        // Without it others wait as long as they can.
        let _ = self.file.set_modified(until);
    }

    /// Until when the holder of the lock at `path` promised to be done.
    pub fn promised(path: &Path) -> Option<SystemTime> {
        std::fs::symlink_metadata(path).ok()?.modified().ok()
    }

    /// Leaves word for whoever waits. Only those who wait now will heed it, so it need not outlive a crash.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_word(&mut self, word: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        crate::signals::outlive_file_limit();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(word)
    }

    /// Removes the file with the lock.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn remove(self) -> Result<(), Trouble> {
        store::remove(&self.path).map(|_| ())
    }
}
