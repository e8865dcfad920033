//! Kept tokens: sealed files that are worthless without this user's machine key and the credentials in use.
//!
//! This room owns the cache and state directories. It sends nothing, prints nothing, reads no clock and no environment, and
//! whatever it finds on disk is at worst a [`Trouble`] that a run can go on without. The way of a token through it is told in
//! [`crate::acquire`]; what sealing protects against stands in `docs/security.md`.

pub mod entry;
pub mod key;
pub mod lock;
pub mod seal;
pub mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

pub use entry::{Entry, Failure, FailureKind, Policy, Verdict};
pub use key::{Conditions, Credentials, Key};
pub use lock::Lock;
pub use store::Trouble;

use seal::{MachineKey, Purpose, Sealer, Unopened};
use store::{Dir, Place};

use crate::secret::Secret;

const LOCK: &str = ".lock";

/// The machine key's file.
const KEY: &str = "key";

/// Its age says when old files were last looked for.
const SWEPT: &str = "swept";
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);
/// So many files are looked at in one sweep, whatever has come together in the directory.
const SWEEP_MOST: usize = 1024;
/// A file that has been in the making for so long was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

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

    /// The place for one key, opened with these credentials. The machine key is made if there is none.
    ///
    /// # Errors
    /// [`Trouble`] with the machine key or the directories: nothing can be kept.
    pub fn slot(&self, key: &Key, credentials: Credentials) -> Result<Slot, Trouble> {
        let machine = self.machine()?;
        let digest = key.digest();
        let name = machine.name_of(&digest);
        let slot = Slot {
            path: self.dirs.cache.clone(),
            dir: OnceLock::new(),
            name,
            sealer: Sealer::new(machine, digest, credentials),
        };
        slot.dir()?;
        Ok(slot)
    }

    fn machine(&self) -> Result<&MachineKey, Trouble> {
        if let Some(key) = self.machine.get() {
            return Ok(key);
        }
        let read = |dir: &Dir| dir.read(KEY).map(|bytes| bytes.map(|bytes| MachineKey::from_bytes(&bytes)));
        let dir = Dir::open(&self.dirs.state)?;
        let key = match dir.as_ref().map(read).transpose()?.flatten() {
            Some(Some(key)) => key,
            damaged_or_none => {
                let dir = dir.map_or_else(|| Dir::make(&self.dirs.state), Ok)?;
                let new = MachineKey::generate()?;
                // One of several first runs makes the key; the others use what it made.
                let place = if damaged_or_none.is_some() { Place::Replace } else { Place::Fresh };
                match dir.write(KEY, new.as_bytes(), place)? {
                    true => new,
                    false => read(&dir)?.flatten().ok_or_else(|| Trouble::Untrusted {
                        path: self.dirs.state.join(KEY),
                        why: "is no key of this program; remove it",
                    })?,
                }
            }
        };
        Ok(self.machine.get_or_init(|| key))
    }

    /// The names of all entries, in order, with the time when each was written as far as it tells: the day.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn entries(&self) -> Result<BTreeMap<String, SystemTime>, Trouble> {
        let Some(dir) = Dir::open(&self.dirs.cache)? else { return Ok(BTreeMap::new()) };
        let entries = dir.names(usize::MAX)?.into_iter().filter(|name| is_entry(name));
        Ok(entries.filter_map(|name| Some((dir.modified(&name)?, name))).map(|(at, name)| (name, at)).collect())
    }

    /// Removes every entry, and whatever else this program left in the directory. Returns how many entries there were.
    ///
    /// # Errors
    /// The first file that could not be removed; the others are gone all the same.
    pub fn clear(&self) -> Result<usize, Trouble> {
        let Some(dir) = Dir::open(&self.dirs.cache)?.map(Arc::new) else { return Ok(0) };
        let mut entries = 0;
        let mut trouble = None;
        for name in dir.names(usize::MAX)? {
            let removed = if is_lock(&name) {
                // A lock that is held stays: whoever holds it is still at work.
                Lock::try_take(&dir, &name).and_then(|lock| lock.map_or(Ok(()), Lock::remove))
            } else if store::is_aside(&name) {
                dir.remove_aside(&name).or_else(|_| dir.remove(&name)).map(|_| ())
            } else if is_entry(&name) || name == SWEPT {
                dir.remove(&name).map(|removed| entries += usize::from(removed && is_entry(&name)))
            } else {
                Ok(())
            };
            trouble = trouble.or(removed.err());
        }
        dir.blur();
        trouble.map_or(Ok(entries), Err)
    }
}

/// The place for one key.
pub struct Slot {
    path: PathBuf,
    dir: OnceLock<Arc<Dir>>,
    name: String,
    sealer: Sealer,
}

impl Slot {
    /// The name of the entry's file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The directory, if it is there. It is opened once.
    fn dir(&self) -> Result<Option<&Arc<Dir>>, Trouble> {
        if self.dir.get().is_none()
            && let Some(dir) = Dir::open(&self.path)?
        {
            let _ = self.dir.set(Arc::new(dir));
        }
        Ok(self.dir.get())
    }

    fn make_dir(&self) -> Result<&Arc<Dir>, Trouble> {
        match self.dir()? {
            Some(dir) => Ok(dir),
            None => {
                let dir = Arc::new(Dir::make(&self.path)?);
                Ok(self.dir.get_or_init(|| dir))
            }
        }
    }

    fn lock_name(&self) -> String {
        format!("{}{LOCK}", self.name)
    }

    /// Opens what is kept. It takes no lock: an entry is replaced whole.
    pub fn look(&self) -> Look {
        let read = self.dir().and_then(|dir| dir.map_or(Ok(None), |dir| dir.read(&self.name)));
        let bytes = match read {
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
        let dir = self.make_dir()?;
        let sealed = self.sealer.seal(Purpose::Entry, entry.useful_until(), &entry.encode())?;
        dir.write(&self.name, &sealed, Place::Replace)?;
        sweep(dir, &|head| self.sealer.sweep_after(head), now);
        Ok(())
    }

    /// Forgets what is kept. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn forget(&self) -> Result<bool, Trouble> {
        let Some(dir) = self.dir()? else { return Ok(false) };
        let removed = dir.remove(&self.name);
        dir.blur();
        removed
    }

    /// Withdraws `token`, because a resource refuses it; its refresh token may be spared. Nothing happens where it is not what
    /// is kept: another run has replaced it, or holds the lock to do so.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn withdraw(&self, token: &Secret, spare_refresh_token: bool, now: SystemTime) -> Result<(), Trouble> {
        let kept = || match self.look() {
            Look::Found(entry) if entry.token.access_token == *token => Some(entry),
            _ => None,
        };
        if kept().is_none() {
            return Ok(());
        }
        let Some(_lock) = self.try_lock()? else { return Ok(()) };
        match kept() {
            Some(entry) if spare_refresh_token && entry.token.refresh_token.is_some() => self.keep(&entry.spent(), now),
            Some(_) => self.forget().map(|_| ()),
            None => Ok(()),
        }
    }

    /// Takes the lock. `None` where another process holds it.
    ///
    /// # Errors
    /// [`Trouble`] where there can be no lock.
    pub fn try_lock(&self) -> Result<Option<Lock>, Trouble> {
        Lock::try_take(self.make_dir()?, &self.lock_name())
    }

    /// Until when the lock's holder promised to be done.
    pub fn promised(&self) -> Option<SystemTime> {
        Lock::promised(self.dir().ok()??, &self.lock_name())
    }

    /// Leaves word of `failure` for those who wait with the same credentials. Where that cannot be done each of them asks
    /// for itself.
    pub fn leave_word(&self, lock: &mut Lock, failure: &Failure) {
        if let Ok(sealed) = self.sealer.seal(Purpose::Failure, failure.at, &failure.encode()) {
            let _ = lock.leave_word(&sealed);
        }
    }

    /// The failure that the lock's last holder left word of.
    pub fn last_failure(&self) -> Option<Failure> {
        let bytes = self.dir().ok()??.read(&self.lock_name()).ok()??;
        Failure::decode(&self.sealer.open(Purpose::Failure, &bytes).ok()?)
    }
}

fn is_entry(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_lock(name: &str) -> bool {
    name.strip_suffix(LOCK).is_some_and(is_entry)
}

/// Removes entries that nobody will want any more, what killed processes left, and locks without an entry. Once a day is
/// often enough, and what fails is tried again then. `sweep_after` reads the beginning of an entry.
fn sweep(dir: &Arc<Dir>, sweep_after: &dyn Fn(&seal::Head) -> Option<SystemTime>, now: SystemTime) {
    let older = |at: SystemTime, than: Duration| {
        // A date in the future is as good as none.
        now.duration_since(at).is_ok_and(|age| age >= than) || at > now + ABANDONED
    };
    if dir.modified(SWEPT).is_some_and(|at| !older(at, SWEEP_EVERY)) {
        return;
    }
    let Ok(mut names) = dir.names(SWEEP_MOST) else { return };
    let looked = names.len();
    // An entry comes before its lock.
    names.sort();
    let mut removed = 0;
    for name in names {
        let gone = if is_entry(&name) {
            // What cannot be read is some other run's to replace.
            dir.head(&name).is_some_and(|head| sweep_after(&head).is_none_or(|after| after < now))
                && dir.remove(&name).is_ok()
        } else if store::is_aside(&name) {
            dir.modified(&name).is_some_and(|at| older(at, ABANDONED))
                && dir.remove_aside(&name).or_else(|_| dir.remove(&name)).is_ok_and(|removed| removed)
        } else if let Some(entry) = name.strip_suffix(LOCK).filter(|entry| is_entry(entry)) {
            dir.modified(&name).is_some_and(|at| older(at, ABANDONED))
                && !dir.has(entry)
                && Lock::try_take(dir, &name).is_ok_and(|lock| lock.is_some_and(|lock| lock.remove().is_ok()))
        } else {
            false
        };
        removed += usize::from(gone);
    }
    // Where a sweep that was cut short found much, the next token that is kept goes on with it.
    if looked < SWEEP_MOST || removed < SWEEP_MOST / 2 {
        let _ = dir.write(SWEPT, b"", Place::Replace);
    }
    dir.blur();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn touch(path: &Path, age: Duration) {
        let file = fs::File::options().write(true).create(true).truncate(false).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn names(dir: &Path) -> Vec<String> {
        let names = fs::read_dir(dir).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// A head that says nothing but how many seconds from 1970 the entry is wanted.
    fn sweep_after(head: &seal::Head) -> Option<SystemTime> {
        let (format, seconds) = head.split_first_chunk::<1>()?;
        let seconds = u64::from_le_bytes(*seconds.first_chunk()?);
        (*format == [b'!']).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    fn sealed(until: SystemTime) -> Vec<u8> {
        let seconds = until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        [b"!".as_slice(), &seconds.to_le_bytes(), &[0; 60]].concat()
    }

    #[test]
    fn a_sweep_removes_what_nobody_wants_any_more_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cache");
        let dir = Arc::new(Dir::make(&path).unwrap());
        let now = SystemTime::now();
        let (day, soon) = (SWEEP_EVERY, Duration::from_secs(100));
        let hex = |digit: &str| digit.repeat(32);
        dir.write(&hex("a"), &sealed(now + soon), Place::Replace).unwrap();
        dir.write(&hex("b"), &sealed(now - soon), Place::Replace).unwrap();
        dir.write(&hex("c"), &[b'?'; 100], Place::Replace).unwrap();
        for (name, age) in [
            (format!("{}.lock", hex("a")), day),
            (format!("{}.lock", hex("d")), day),
            (format!("{}.lock", hex("e")), Duration::ZERO),
            ("aside-3.tmp".into(), day),
            ("0123456789abcdef.tmp".into(), day),
            ("0123456789abcdee.tmp".into(), Duration::ZERO),
            ("not-ours".into(), day),
        ] {
            touch(&path.join(name), age);
        }
        let held = Lock::try_take(&dir, &format!("{}.lock", hex("f"))).unwrap().unwrap();
        touch(&path.join(format!("{}.lock", hex("f"))), day);

        sweep(&dir, &sweep_after, now);
        let mut expected = vec![
            "0123456789abcdee.tmp".to_owned(),
            hex("a"),
            format!("{}.lock", hex("a")),
            format!("{}.lock", hex("e")),
            format!("{}.lock", hex("f")),
            "not-ours".to_owned(),
            SWEPT.to_owned(),
        ];
        assert_eq!(names(&path), expected);
        drop(held);

        dir.write(&hex("b"), &[b'?'; 100], Place::Replace).unwrap();
        sweep(&dir, &sweep_after, now);
        assert!(names(&path).contains(&hex("b")), "once a day is enough");
        sweep(&dir, &sweep_after, now + day * 2);
        expected.retain(|name| name == "not-ours" || name == SWEPT);
        assert_eq!(names(&path), expected);
    }

    #[test]
    fn a_sweep_looks_at_so_many_files_and_goes_on_next_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cache");
        let dir = Arc::new(Dir::make(&path).unwrap());
        let over = sealed(SystemTime::now() - SWEEP_EVERY);
        for n in 0..SWEEP_MOST + SWEEP_MOST / 2 {
            let path = path.join(format!("{n:032x}"));
            fs::write(&path, &over).unwrap();
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        fs::write(path.join("x"), "").unwrap();
        sweep(&dir, &sweep_after, SystemTime::now());
        let left = names(&path).len();
        assert!((SWEEP_MOST / 2..=SWEEP_MOST / 2 + 2).contains(&left), "{left}");
        assert!(!dir.has(SWEPT), "there is more to do");
        sweep(&dir, &sweep_after, SystemTime::now());
        assert_eq!(names(&path), [SWEPT, "x"]);
    }

    #[test]
    fn a_lock_is_held_by_one_and_counts_only_in_its_place() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cache");
        let dir = Arc::new(Dir::make(&path).unwrap());
        let take = || Lock::try_take(&dir, "x.lock").unwrap();
        let one = take().unwrap();
        assert!(take().is_none());
        fs::remove_file(path.join("x.lock")).unwrap();
        let other = take();
        assert!(other.is_some(), "a lock that was swept away keeps nobody out");
        drop((one, other));
        assert!(take().is_some());
    }

    #[test]
    fn first_runs_at_the_same_time_agree_on_one_machine_key() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs { cache: home.path().join("cache"), state: home.path().join("state") };
        let key = || Cache::new(dirs.clone()).machine().map(|key| key.as_bytes().to_vec()).unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(key)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|other| *other == keys[0] && other.len() == MachineKey::LEN));
        assert_eq!(names(&dirs.state), [KEY], "nothing is left aside");
    }
}
