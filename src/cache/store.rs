//! The seam between what is kept and where: a store of sealed entries under names, with a lock beside each.
//!
//! A store knows names and sealed bytes. It opens no seal, knows no token and no credentials, reads no clock, and decides
//! nothing: whether an entry is good, whose failure counts and when to wait is told once, above it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::flight::Flight;
use super::seal::Head;
use crate::crypto;
use crate::problem::{Class, Problem, Shortage};

/// Where sealed entries are kept. An entry is replaced whole: whoever gets one gets all of it.
pub trait Store: Send + Sync {
    /// Whether it can be used at all, as far as that shows without changing anything in it.
    ///
    /// # Errors
    /// [`Trouble`]: nothing can be kept there.
    fn check(&self) -> Result<(), Trouble>;

    /// What is kept under `name`.
    ///
    /// # Errors
    /// [`Trouble`]
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble>;

    /// Keeps `sealed` in place of whatever was kept under `name`. A store that forgets by itself does so after `lifetime`; any
    /// other one is [swept](Self::sweep).
    ///
    /// # Errors
    /// [`Trouble`]; what was kept is then as it was.
    fn put(&self, name: &str, sealed: &[u8], lifetime: Duration) -> Result<(), Trouble>;

    /// Forgets what is kept under `name`. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    fn delete(&self, name: &str) -> Result<bool, Trouble>;

    /// Takes the lock of `name`. `None` where somebody else holds it. However its holder ends, the lock is free then.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Guard>>, Trouble>;

    /// Until when the lock's holder promised to be done.
    fn promised(&self, name: &str) -> Option<SystemTime>;

    /// What the lock's holders have written beside it.
    ///
    /// # Errors
    /// [`Trouble`]: nobody knows.
    fn board(&self, name: &str) -> Result<Board, Trouble>;

    /// The names of all tokens that are kept, in order, with the time when each was written as far as it tells. `None` from a
    /// store that cannot list what it holds.
    ///
    /// # Errors
    /// [`Trouble`]
    fn names(&self) -> Result<Option<BTreeMap<String, SystemTime>>, Trouble>;

    /// Forgets everything.
    ///
    /// # Errors
    /// [`Trouble`] with the place as a whole.
    fn clear(&self) -> Result<Cleared, Trouble>;

    /// Removes at `now` what nobody will want any more. `sweep_after` reads the beginning of what was sealed. A store that
    /// forgets by itself has nothing to do.
    fn sweep(&self, sweep_after: &dyn Fn(&Head) -> Option<SystemTime>, now: SystemTime);
}

/// A lock that is held. It is free when this is dropped.
pub trait Guard: Send {
    /// Writes down the number of the flight that begins now, and until when its holder will be done, whatever happens: one
    /// that is not was stopped. Where it cannot be written nobody will count on this flight.
    fn begin(&mut self, flight: Flight, until: SystemTime);

    /// Leaves sealed word for whoever waits. Where that cannot be done each of them finds out by itself.
    fn leave_word(&mut self, sealed: &[u8]);
}

/// What stands beside a lock, whether it is held or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    /// The flight of whoever holds it, or held it last.
    pub flight: Option<Flight>,
    /// The sealed word that was left last, by whomever.
    pub word: Option<Vec<u8>>,
}

/// What came of forgetting everything.
#[derive(Debug, Default)]
pub struct Cleared {
    /// How many tokens were forgotten.
    pub tokens: usize,
    /// What may still be there.
    pub troubles: Vec<Trouble>,
}

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
    #[error("the home directory is unknown: neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME hold an absolute path")]
    NoHome,
    #[error(transparent)]
    Crypto(#[from] crypto::Unavailable),
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let shortage = match &trouble {
            Trouble::Io { error, .. } => Shortage::of(error),
            _ => None,
        };
        // Only who looks at what is kept ends here; for the others it is a warning.
        Self::new(Class::Usage, trouble).for_want_of(shortage, Class::Output)
    }
}

impl Trouble {
    pub(super) fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Io { error, .. } => error.kind(),
            _ => io::ErrorKind::Other,
        }
    }
}
