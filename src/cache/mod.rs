//! Kept tokens: sealed files that are worthless without this user's machine key and the credentials in use.
//!
//! This room owns the cache and state directories, behind the seam of [`store`]. It sends nothing, prints nothing, reads no clock and no environment, and
//! whatever it finds on disk is at worst a [`Trouble`] that a run can go on without. The way of a token through it is told in
//! [`crate::acquire`]; what sealing protects against stands in `docs/security.md`.

pub mod entry;
pub mod files;
pub mod flight;
pub mod key;
pub(crate) mod memory;
pub mod metadata;
pub mod pending;
pub mod seal;
pub mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

pub use entry::{Entry, Failure, FailureKind, LoginState, Policy, Verdict};
pub use flight::{Flight, Seen};
pub use key::{CacheKey, Conditions, Credentials};
pub use metadata::{KeptMetadata, MetadataSlot, Way};
pub use pending::{Pending, PendingSlot, Taken};
pub use store::{Cleared, Trouble};

use files::Files;
use flight::Then;
use seal::{MachineKey, Purpose, Sealer, Unopened};
use store::{Guard, Store};

use crate::secret::Secret;

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirs {
    /// Entries and locks.
    pub cache: PathBuf,
    /// The machine key.
    pub state: PathBuf,
}

/// One user's kept tokens.
pub struct Cache {
    dirs: Dirs,
    machine: OnceLock<MachineKey>,
}

/// A look at an entry.
pub enum Look {
    /// It is there and opens.
    Found(Box<Entry>),
    /// It does not help.
    Missed(Verdict),
    /// It cannot be trusted or read.
    Trouble(Trouble),
}

impl Cache {
    /// Touches nothing yet.
    pub fn new(dirs: Dirs) -> Self {
        Self { dirs, machine: OnceLock::new() }
    }

    /// Where things are kept now: a process may live longer than a directory that was opened once.
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(Files::new(self.dirs.cache.clone()))
    }

    /// The place for one key, opened with these credentials. The machine key is made if there is none.
    ///
    /// # Errors
    /// [`Trouble`] with the machine key or the store: nothing can be kept.
    pub fn slot(&self, key: &CacheKey, credentials: Credentials) -> Result<Slot, Trouble> {
        let machine = self.machine()?;
        let digest = key.digest();
        let store = self.store();
        store.check()?;
        let name = machine.name_of(&digest);
        Ok(Slot { store, name, sealer: Sealer::new(machine, digest, credentials) })
    }

    /// The place for an issuer's metadata.
    ///
    /// # Errors
    /// [`Trouble`] with the machine key or the store: nothing can be kept.
    pub fn metadata(&self, way: &Way<'_>) -> Result<MetadataSlot, Trouble> {
        let machine = self.machine()?;
        let store = self.store();
        store.check()?;
        Ok(MetadataSlot::new(store, machine, way))
    }

    /// The place of the pending login that has this id, and this secret of the user's own.
    ///
    /// # Errors
    /// [`Trouble`] with the machine key or the store: nothing can be kept.
    pub fn pending(&self, id: &str, cache_secret: Option<&[u8]>) -> Result<PendingSlot, Trouble> {
        let machine = self.machine()?;
        let store = self.store();
        store.check()?;
        Ok(PendingSlot::new(store, machine, id, cache_secret))
    }

    fn machine(&self) -> Result<&MachineKey, Trouble> {
        if let Some(key) = self.machine.get() {
            return Ok(key);
        }
        let key = files::machine_key(&self.dirs.state)?;
        Ok(self.machine.get_or_init(|| key))
    }

    /// The names of all tokens that are kept, in order, with the time when each was written as far as it tells. `None` from a
    /// store that cannot list what it holds.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn names(&self) -> Result<Option<BTreeMap<String, SystemTime>>, Trouble> {
        self.store().names()
    }

    /// Forgets what is kept under one of them. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn forget(&self, name: &str) -> Result<bool, Trouble> {
        self.store().delete(name)
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// [`Trouble`] with the place as a whole.
    pub fn clear(&self) -> Result<Cleared, Trouble> {
        self.store().clear()
    }
}

impl Look {
    /// What there is of a login at `now`.
    pub fn login_state(&self, now: SystemTime, policy: &Policy<'_>) -> LoginState {
        match self {
            Self::Found(entry) => entry.state(now, policy),
            Self::Missed(Verdict::Absent) => LoginState::None,
            Self::Missed(_) | Self::Trouble(_) => LoginState::Unknown,
        }
    }
}

/// The place for one key.
pub struct Slot {
    store: Arc<dyn Store>,
    name: String,
    sealer: Sealer,
}

/// The right to ask for one key's token.
pub struct Lock(Box<dyn Guard>);

impl Lock {
    /// Begins a flight whose holder will be done by `until`, whatever happens. One that is not was stopped.
    pub fn begin(&mut self, until: SystemTime) -> Flight {
        let flight = Flight::draw();
        self.0.begin(flight, until);
        flight
    }

    /// The holder will be done by `until` instead: it waits for a person now. `flight` is the one that [began](Self::begin).
    pub fn extend(&mut self, flight: Flight, until: SystemTime) {
        self.0.begin(flight, until);
    }
}

/// What stands beside a lock for those who wait with the same credentials.
#[derive(Default)]
pub struct Notice {
    /// The flight of whoever holds it, or held it last.
    pub last: Option<Flight>,
    /// The failure that was told last.
    pub failure: Option<Failure>,
}

impl Slot {
    /// The name under which it is kept.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens what is kept. It takes no lock: an entry is replaced whole.
    pub fn look(&self) -> Look {
        let bytes = match self.store.get(&self.name) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Look::Missed(Verdict::Absent),
            Err(trouble) => return Look::Trouble(trouble),
        };
        match self.sealer.open(Purpose::Entry, &bytes).map(|bytes| Entry::decode(&bytes)) {
            Ok(Some(entry)) => Look::Found(Box::new(entry)),
            Ok(None) | Err(Unopened::Unreadable) => Look::Missed(Verdict::Unreadable),
            Err(Unopened::OtherCredentials) => Look::Missed(Verdict::OtherCredentials),
        }
    }

    /// Keeps `entry` in place of whatever was kept, and sweeps now and then.
    ///
    /// # Errors
    /// [`Trouble`]; what was kept is then as it was.
    pub fn keep(&self, entry: &Entry, now: SystemTime) -> Result<(), Trouble> {
        let until = entry.useful_until();
        let sealed = self.sealer.seal(Purpose::Entry, until, &entry.encode())?;
        self.store.put(&self.name, &sealed, until.duration_since(now).unwrap_or_default())?;
        self.store.sweep(&|head| self.sealer.sweep_after(head), now);
        Ok(())
    }

    /// The same where something was kept when it was asked for. `false` where that is gone by now: somebody has forgotten it, and
    /// it does not come back.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn replace(&self, entry: &Entry, now: SystemTime) -> Result<bool, Trouble> {
        match self.store.get(&self.name) {
            Ok(None) => Ok(false),
            _ => self.keep(entry, now).map(|()| true),
        }
    }

    /// Forgets what is kept. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn forget(&self) -> Result<bool, Trouble> {
        self.store.delete(&self.name)
    }

    /// Withdraws `token`, because a resource refuses it; its refresh token may be spared. Nothing happens where it is not what
    /// is kept: another run has replaced it, or holds the lock to do so.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn withdraw(&self, token: &Secret, spare_refresh_token: bool, now: SystemTime) -> Result<(), Trouble> {
        if self.holding(token).is_none() {
            return Ok(());
        }
        let Some(_lock) = self.try_lock()? else { return Ok(()) };
        match self.holding(token) {
            Some(entry) if spare_refresh_token && entry.token.refresh_token.is_some() => self.keep(&entry.spent(), now),
            Some(_) => self.forget().map(|_| ()),
            None => Ok(()),
        }
    }

    /// Withdraws `token` and spares its refresh token, for a run that has the lock.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn spend(&self, token: &Secret, now: SystemTime) -> Result<(), Trouble> {
        self.holding(token).map_or(Ok(()), |entry| self.keep(&entry.spent(), now))
    }

    /// What is kept, if that is `token`.
    fn holding(&self, token: &Secret) -> Option<Box<Entry>> {
        match self.look() {
            Look::Found(entry) if entry.token.access_token == *token => Some(entry),
            _ => None,
        }
    }

    /// Takes the lock. `None` where another process holds it.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    pub fn try_lock(&self) -> Result<Option<Lock>, Trouble> {
        Ok(self.store.try_lock(&self.name)?.map(Lock))
    }

    /// Until when the lock's holder promised to be done.
    pub fn promised(&self) -> Option<SystemTime> {
        self.store.promised(&self.name)
    }

    /// Leaves word of `failure` for those who wait with the same credentials. Where that cannot be done each of them asks
    /// for itself.
    pub fn leave_word(&self, lock: &mut Lock, failure: &Failure) {
        if let Ok(sealed) = self.sealer.seal(Purpose::Failure, SystemTime::UNIX_EPOCH, &failure.encode()) {
            lock.0.leave_word(&sealed);
        }
    }

    /// What the lock's holders have told.
    ///
    /// # Errors
    /// [`Trouble`]: nobody knows.
    pub fn notice(&self) -> Result<Notice, Trouble> {
        let store::Board { flight, word } = self.store.board(&self.name)?;
        let open = |word: Vec<u8>| Failure::decode(&self.sealer.open(Purpose::Failure, &word).ok()?);
        Ok(Notice { last: flight, failure: word.and_then(open) })
    }

    /// What there is of flights: to be noted by a run that begins to want a token.
    pub fn seen(&self) -> Seen {
        let (last, word) = match self.notice() {
            Ok(Notice { last, failure }) => (last.into(), failure.map(|failure| failure.flight).into()),
            Err(_) => (Then::Unknown, Then::Unknown),
        };
        let entry = match self.look() {
            Look::Found(entry) => Then::Some(entry.flight),
            Look::Missed(_) => Then::None,
            Look::Trouble(_) => Then::Unknown,
        };
        Seen { last, entry, word }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_process_that_outlives_the_directory_makes_another_one() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs { cache: home.path().join("cache"), state: home.path().join("state") };
        let cache = Cache::new(dirs.clone());
        let (now, hour) = (SystemTime::UNIX_EPOCH, Duration::from_secs(3600));
        for _ in 0..2 {
            let slot = cache.metadata(&Way::default()).unwrap();
            assert_eq!(slot.look(now), None);
            slot.keep(b"{}", now, hour).unwrap();
            assert!(cache.metadata(&Way::default()).unwrap().look(now).is_some());
            std::fs::remove_dir_all(&dirs.cache).unwrap();
        }
    }
}
