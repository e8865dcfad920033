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

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

pub use entry::{Entry, Failure, FailureKind, Policy, Verdict};
pub use key::{Conditions, Credentials, Key};
pub use lock::Lock;
pub use store::Trouble;

use seal::{MachineKey, Purpose, Sealer, Unopened};
use store::Place;

use crate::secret::Secret;

const LOCK: &str = ".lock";

/// Its age says when old files were last looked for.
const SWEPT: &str = "swept";
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);
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
        store::check_dir(&self.dirs.cache)?;
        Ok(Slot { dir: self.dirs.cache.clone(), name, sealer: Sealer::new(machine, digest, credentials) })
    }

    fn machine(&self) -> Result<&MachineKey, Trouble> {
        if let Some(key) = self.machine.get() {
            return Ok(key);
        }
        let path = self.dirs.state.join("key");
        let there = store::check_dir(&self.dirs.state)?;
        let read = |path: &Path| store::read(path).map(|bytes| bytes.map(|bytes| MachineKey::from_bytes(&bytes)));
        let key = match if there { read(&path)? } else { None } {
            Some(Some(key)) => key,
            damaged_or_none => {
                store::ensure_dir(&self.dirs.state)?;
                let new = MachineKey::generate()?;
                // One of several first runs makes the key; the others use what it made.
                let place = if damaged_or_none.is_some() { Place::Replace } else { Place::Fresh };
                match store::write(&path, new.as_bytes(), place)? {
                    true => new,
                    false => read(&path)?.flatten().ok_or_else(|| Trouble::Untrusted {
                        path: path.clone(),
                        why: "is no key of this program; remove it",
                    })?,
                }
            }
        };
        Ok(self.machine.get_or_init(|| key))
    }

    /// The names of all entries, with the time when each was written.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn entries(&self) -> Result<Vec<(String, SystemTime)>, Trouble> {
        let mut entries: Vec<_> = files(&self.dirs.cache)?
            .into_iter()
            .filter(|(name, _)| is_entry(name))
            .map(|(name, meta)| (name, meta.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
            .collect();
        entries.sort();
        Ok(entries)
    }

    /// Removes every entry, and whatever else this program left in the directory. Returns how many entries there were.
    ///
    /// # Errors
    /// The first file that could not be removed; the others are gone all the same.
    pub fn clear(&self) -> Result<usize, Trouble> {
        let mut entries = 0;
        let mut trouble = None;
        for (name, _) in files(&self.dirs.cache)? {
            let path = self.dirs.cache.join(&name);
            let removed = if is_lock(&name) {
                // A lock that is held stays: whoever holds it is still at work.
                Lock::try_take(&path).and_then(|lock| lock.map_or(Ok(()), Lock::remove))
            } else if is_entry(&name) || is_aside(&name) || name == SWEPT {
                store::remove(&path).map(|removed| entries += usize::from(removed && is_entry(&name)))
            } else {
                Ok(())
            };
            trouble = trouble.or(removed.err());
        }
        trouble.map_or(Ok(entries), Err)
    }
}

/// The place for one key.
pub struct Slot {
    dir: PathBuf,
    name: String,
    sealer: Sealer,
}

impl Slot {
    /// The name of the entry's file.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> PathBuf {
        self.dir.join(&self.name)
    }

    fn lock_path(&self) -> PathBuf {
        self.dir.join(format!("{}{LOCK}", self.name))
    }

    /// Opens what is kept. It takes no lock: an entry is replaced whole.
    pub fn look(&self) -> Look {
        let bytes = match store::read(&self.path()) {
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
        store::ensure_dir(&self.dir)?;
        let sealed = self.sealer.seal(Purpose::Entry, seconds(entry.useful_until()), &entry.encode())?;
        store::write(&self.path(), &sealed, Place::Replace)?;
        sweep(&self.dir, now);
        Ok(())
    }

    /// Forgets what is kept. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn forget(&self) -> Result<bool, Trouble> {
        if store::check_dir(&self.dir)? { store::remove(&self.path()) } else { Ok(false) }
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
        store::ensure_dir(&self.dir)?;
        Lock::try_take(&self.lock_path())
    }

    /// Until when the lock's holder promised to be done.
    pub fn promised(&self) -> Option<SystemTime> {
        Lock::promised(&self.lock_path())
    }

    /// Leaves word of `failure` for those who wait with the same credentials. Where that cannot be done each of them asks
    /// for itself.
    pub fn leave_word(&self, lock: &mut Lock, failure: &Failure) {
        if let Ok(sealed) = self.sealer.seal(Purpose::Failure, seconds(failure.at), &failure.encode()) {
            let _ = lock.leave_word(&sealed);
        }
    }

    /// The failure that the lock's last holder left word of.
    pub fn last_failure(&self) -> Option<Failure> {
        let bytes = store::read(&self.lock_path()).ok()??;
        Failure::decode(&self.sealer.open(Purpose::Failure, &bytes).ok()?)
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn is_entry(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_lock(name: &str) -> bool {
    name.strip_suffix(LOCK).is_some_and(is_entry)
}

fn is_aside(name: &str) -> bool {
    let of = name.strip_suffix(store::ASIDE).and_then(|rest| rest.split_once('.'));
    of.is_some_and(|(of, _)| is_entry(of) || of == SWEPT)
}

/// The files in our directory, if it is there.
fn files(dir: &Path) -> Result<Vec<(String, std::fs::Metadata)>, Trouble> {
    if !store::check_dir(dir)? {
        return Ok(Vec::new());
    }
    let list = std::fs::read_dir(dir).map_err(|error| Trouble::Io { what: "read", path: dir.to_owned(), error })?;
    let file = |file: std::io::Result<std::fs::DirEntry>| {
        let file = file.ok()?;
        Some((file.file_name().into_string().ok()?, file.metadata().ok()?))
    };
    Ok(list.filter_map(file).collect())
}

/// Removes entries that nobody will want any more, what killed processes left, and locks without an entry. Once a day is
/// often enough, and what fails is tried again then.
fn sweep(dir: &Path, now: SystemTime) {
    let older = |meta: &std::fs::Metadata, than: Duration| {
        // A date in the future is as good as none.
        meta.modified().is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age >= than) || at > now + ABANDONED)
    };
    let marker = dir.join(SWEPT);
    if std::fs::symlink_metadata(&marker).is_ok_and(|meta| !older(&meta, SWEEP_EVERY)) {
        return;
    }
    let _ = store::write(&marker, b"", Place::Replace);
    let Ok(mut files) = files(dir) else { return };
    // An entry comes before its lock.
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, meta) in files {
        let path = dir.join(&name);
        let _ = if is_entry(&name) {
            let useless = store::read(&path).is_ok_and(|bytes| {
                bytes.is_some_and(|bytes| seal::sweep_after(&bytes).is_none_or(|after| after < seconds(now)))
            });
            if useless { store::remove(&path).map(|_| ()) } else { Ok(()) }
        } else if is_aside(&name) && older(&meta, ABANDONED) {
            store::remove(&path).map(|_| ())
        } else if is_lock(&name) && older(&meta, ABANDONED) && !path.with_extension("").exists() {
            Lock::try_take(&path).and_then(|lock| lock.map_or(Ok(()), Lock::remove))
        } else {
            Ok(())
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn touch(path: &Path, age: Duration) {
        let file = fs::File::options().write(true).create(true).truncate(false).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    #[test]
    fn a_sweep_removes_what_nobody_wants_any_more_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("cache");
        store::ensure_dir(&dir).unwrap();
        let now = SystemTime::now();
        let hex = |digit: &str| digit.repeat(32);
        let sealed = |until: u64| [&[1][..], &until.to_le_bytes(), &[0; 60]].concat();
        store::write(&dir.join(hex("a")), &sealed(seconds(now) + 100), Place::Replace).unwrap();
        store::write(&dir.join(hex("b")), &sealed(seconds(now) - 100), Place::Replace).unwrap();
        store::write(&dir.join(hex("c")), b"no seal", Place::Replace).unwrap();
        let day = Duration::from_secs(86_400);
        for (name, age) in [
            (format!("{}.lock", hex("a")), day),
            (format!("{}.lock", hex("d")), day),
            (format!("{}.lock", hex("e")), Duration::ZERO),
            (format!("{}.0123456789abcdef.tmp", hex("a")), day),
            (format!("{}.0123456789abcdee.tmp", hex("a")), Duration::ZERO),
            ("not-ours".into(), day),
        ] {
            touch(&dir.join(name), age);
        }
        let held = Lock::try_take(&dir.join(format!("{}.lock", hex("f")))).unwrap().unwrap();
        touch(&dir.join(format!("{}.lock", hex("f"))), day);

        sweep(&dir, now);
        let names = || {
            let mut names: Vec<_> =
                fs::read_dir(&dir).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let mut expected = vec![
            hex("a"),
            format!("{}.0123456789abcdee.tmp", hex("a")),
            format!("{}.lock", hex("a")),
            format!("{}.lock", hex("e")),
            format!("{}.lock", hex("f")),
            "not-ours".to_owned(),
            SWEPT.to_owned(),
        ];
        assert_eq!(names(), expected);
        drop(held);

        store::write(&dir.join(hex("b")), b"no seal", Place::Replace).unwrap();
        sweep(&dir, now);
        assert!(names().contains(&hex("b")), "once a day is enough");
        sweep(&dir, now + day + ABANDONED);
        expected.retain(|name| name == "not-ours" || name == SWEPT);
        assert_eq!(names(), expected);
    }

    #[test]
    fn a_lock_is_held_by_one_and_counts_only_in_its_place() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.lock");
        let one = Lock::try_take(&path).unwrap().unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        fs::remove_file(&path).unwrap();
        let other = Lock::try_take(&path).unwrap();
        assert!(other.is_some(), "a lock that was swept away keeps nobody out");
        drop((one, other));
        assert!(Lock::try_take(&path).unwrap().is_some());
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
        assert_eq!(fs::read_dir(&dirs.state).unwrap().count(), 1, "nothing is left aside");
    }
}
