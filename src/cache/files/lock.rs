//! One lock per key, in a file of its own beside the entry, and what its holders write there.
//!
//! The system frees the lock when its holder ends, however it ends. The file may be swept away, but only by whoever holds
//! it, so a lock counts only while its file is still in its place. Its date is its holder's promise while it is held, and
//! says the day alone afterwards. In the file stand the number of the last flight and, behind it, the last word; zeros fill it
//! up, so that its size does not tell whether a word was left.

use std::fs::{File, FileTimes};
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::dir::{self, Dir};
use crate::cache::flight::Flight;
use crate::cache::seal::SMALLEST;
use crate::cache::store::{Board, Guard, Trouble};

/// A lock that is held.
pub(super) struct FileLock {
    file: File,
    dir: Arc<Dir>,
    name: String,
}

impl FileLock {
    /// Takes the lock of that name. `None` where another process holds it.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    pub(super) fn try_take(dir: &Arc<Dir>, name: &str) -> Result<Option<Self>, Trouble> {
        let file = dir.try_lock(name)?;
        Ok(file.map(|file| Self { file, dir: Arc::clone(dir), name: name.to_owned() }))
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        crate::signals::outlive_file_limit();
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(bytes)?;
        if self.file.metadata()?.len() < SMALLEST as u64 {
            self.file.set_len(SMALLEST as u64)?;
        }
        Ok(())
    }

    /// Removes the file with the lock.
    ///
    /// # Errors
    /// [`Trouble`]
    pub(super) fn remove(self) -> Result<(), Trouble> {
        self.dir.remove(&self.name).map(|_| ())
    }
}

impl Guard for FileLock {
    /// The last word stays behind it: who waited for that flight may not have looked yet.
    fn begin(&mut self, flight: Flight, until: SystemTime) {
        let _ = self.write(0, flight.as_bytes());
        // The part of a second would tell when it began.
        let seconds = until.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let until = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.saturating_add(1))).unwrap_or(until);
        // Without it others wait as long as they can. The date of reading, left alone, would tell when somebody looked.
        let _ = self.file.set_times(FileTimes::new().set_modified(until).set_accessed(until));
    }

    /// Only those who wait now will heed it, so it need not outlive a crash.
    fn leave_word(&mut self, sealed: &[u8]) {
        let _ = self.write(Flight::LEN as u64, sealed);
    }
}

/// Reads what stands in a lock's file.
pub(super) fn board(mut bytes: Vec<u8>) -> Board {
    let flight = bytes.first_chunk().and_then(|number| Flight::from_bytes(*number));
    let word = (bytes.len() > Flight::LEN).then(|| bytes.split_off(Flight::LEN));
    Board { flight, word: word.filter(|word| word.first() != Some(&0)) }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        dir::blur(&self.file);
        self.dir.blur();
    }
}
