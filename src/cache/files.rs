//! The store in files: one directory, one file for each entry, and a lock in a file beside it.
//!
//! It owns the cache directory and the machine key's file, and nothing but names and bytes of what lies there.

mod dir;
mod lock;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use dir::{Dir, Placing};
use lock::FileLock;

use super::seal::{Head, MachineKey};
use super::store::{Board, Cleared, Guard, Store, Trouble};
use super::{metadata, pending};

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

/// The directory of kept tokens. It is opened once, when it is first needed, and made when something is first kept.
pub struct Files {
    path: PathBuf,
    dir: OnceLock<Arc<Dir>>,
}

impl Files {
    /// Touches nothing yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, dir: OnceLock::new() }
    }

    /// The directory, if it is there.
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

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.dir()?.map_or(Ok(None), |dir| dir.read(name))
    }
}

impl Store for Files {
    fn check(&self) -> Result<(), Trouble> {
        self.dir().map(|_| ())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        self.read(name)
    }

    fn put(&self, name: &str, sealed: &[u8], _: Duration) -> Result<(), Trouble> {
        self.make_dir()?.write(name, sealed, Placing::Replace).map(|_| ())
    }

    fn delete(&self, name: &str) -> Result<bool, Trouble> {
        let Some(dir) = self.dir()? else { return Ok(false) };
        let removed = dir.remove(name);
        dir.blur();
        removed
    }

    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Guard>>, Trouble> {
        let lock = FileLock::try_take(self.make_dir()?, &lock_of(name))?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn Guard>))
    }

    fn promised(&self, name: &str) -> Option<SystemTime> {
        self.dir().ok()??.modified(&lock_of(name))
    }

    fn board(&self, name: &str) -> Result<Board, Trouble> {
        Ok(self.read(&lock_of(name))?.map(lock::board).unwrap_or_default())
    }

    /// The time is the day: dates say no more.
    fn names(&self) -> Result<Option<BTreeMap<String, SystemTime>>, Trouble> {
        let Some(dir) = self.dir()? else { return Ok(Some(BTreeMap::new())) };
        let mut entries = BTreeMap::new();
        for name in dir.names(usize::MAX)?.into_iter().filter(|name| is_entry(name)) {
            if let Some(at) = dir.modified(&name) {
                entries.insert(name, at);
            }
        }
        Ok(Some(entries))
    }

    /// Removes every entry, and whatever else this program left in the directory.
    fn clear(&self) -> Result<Cleared, Trouble> {
        let mut cleared = Cleared::default();
        let Some(dir) = self.dir()? else { return Ok(cleared) };
        for name in dir.names(usize::MAX)? {
            let removed = if is_lock(&name) {
                match FileLock::try_take(dir, &name) {
                    // A lock that is held stays: whoever holds it is still at work.
                    Ok(lock) => lock.map_or(Ok(()), FileLock::remove),
                    // What is in a lock's place goes by its name, and where a link leads nothing happens.
                    Err(Trouble::Untrusted { .. }) => dir.remove(&name).map(|_| ()),
                    Err(trouble) => Err(trouble),
                }
            } else if dir::is_aside(&name) {
                dir.remove_aside(&name).or_else(|_| dir.remove(&name)).map(|_| ())
            } else if is_sealed(&name) || name == SWEPT {
                dir.remove(&name).map(|removed| cleared.tokens += usize::from(removed && is_entry(&name)))
            } else {
                Ok(())
            };
            cleared.troubles.extend(removed.err());
        }
        dir.blur();
        Ok(cleared)
    }

    fn sweep(&self, sweep_after: &dyn Fn(&Head) -> Option<SystemTime>, now: SystemTime) {
        if let Ok(Some(dir)) = self.dir() {
            sweep(dir, sweep_after, now);
        }
    }
}

/// The machine key that lies in `path`, a directory. It is made if there is none.
///
/// # Errors
/// [`Trouble`]
pub fn machine_key(path: &Path) -> Result<MachineKey, Trouble> {
    let read = |dir: &Dir| dir.read(KEY).map(|bytes| bytes.map(|bytes| MachineKey::from_bytes(&bytes)));
    let dir = Dir::open(path)?;
    match dir.as_ref().map(read).transpose()?.flatten() {
        Some(Some(key)) => Ok(key),
        damaged_or_none => {
            let dir = dir.map_or_else(|| Dir::make(path), Ok)?;
            let new = MachineKey::generate()?;
            // One of several first runs makes the key; the others use what it made.
            let place = if damaged_or_none.is_some() { Placing::Replace } else { Placing::Fresh };
            match dir.write(KEY, new.as_bytes(), place)? {
                true => Ok(new),
                false => read(&dir)?.flatten().ok_or_else(|| Trouble::Untrusted {
                    path: path.join(KEY),
                    why: "is no key of this program; remove it",
                }),
            }
        }
    }
}

fn lock_of(name: &str) -> String {
    format!("{name}{LOCK}")
}

fn is_entry(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A token, an issuer's metadata or a login that was begun: they say to whoever has the machine key when they are over.
fn is_sealed(name: &str) -> bool {
    let suffix = [metadata::SUFFIX, pending::SUFFIX].into_iter().find_map(|suffix| name.strip_suffix(suffix));
    is_entry(suffix.unwrap_or(name))
}

fn is_lock(name: &str) -> bool {
    name.strip_suffix(LOCK).is_some_and(is_entry)
}

/// Removes entries that nobody will want any more, what killed processes left, and locks without an entry. Once a day is
/// often enough, and what fails is tried again then. `sweep_after` reads the beginning of an entry.
fn sweep(dir: &Arc<Dir>, sweep_after: &dyn Fn(&Head) -> Option<SystemTime>, now: SystemTime) {
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
        let gone = if is_sealed(&name) {
            // What cannot be read is some other run's to replace.
            dir.head(&name).is_some_and(|head| sweep_after(&head).is_none_or(|after| after < now))
                && dir.remove(&name).is_ok()
        } else if dir::is_aside(&name) {
            dir.modified(&name).is_some_and(|at| older(at, ABANDONED))
                && dir.remove_aside(&name).or_else(|_| dir.remove(&name)).is_ok_and(|removed| removed)
        } else if let Some(entry) = name.strip_suffix(LOCK).filter(|entry| is_entry(entry)) {
            dir.modified(&name).is_some_and(|at| older(at, ABANDONED))
                && !dir.has(entry)
                && FileLock::try_take(dir, &name).is_ok_and(|lock| lock.is_some_and(|lock| lock.remove().is_ok()))
        } else {
            false
        };
        removed += usize::from(gone);
    }
    // Where a sweep that was cut short found much, the next token that is kept goes on with it.
    if looked < SWEEP_MOST || removed < SWEEP_MOST / 2 {
        let _ = dir.write(SWEPT, b"", Placing::Replace);
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
    fn sweep_after(head: &Head) -> Option<SystemTime> {
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
        dir.write(&hex("a"), &sealed(now + soon), Placing::Replace).unwrap();
        dir.write(&hex("b"), &sealed(now - soon), Placing::Replace).unwrap();
        dir.write(&hex("c"), &[b'?'; 100], Placing::Replace).unwrap();
        dir.write(&format!("{}.metadata", hex("a")), &sealed(now + soon), Placing::Replace).unwrap();
        dir.write(&format!("{}.metadata", hex("b")), &sealed(now - soon), Placing::Replace).unwrap();
        dir.write(&format!("{}.pending", hex("a")), &sealed(now + soon), Placing::Replace).unwrap();
        dir.write(&format!("{}.pending", hex("b")), &sealed(now - soon), Placing::Replace).unwrap();
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
        let held = FileLock::try_take(&dir, &format!("{}.lock", hex("f"))).unwrap().unwrap();
        touch(&path.join(format!("{}.lock", hex("f"))), day);

        sweep(&dir, &sweep_after, now);
        let mut expected = vec![
            "0123456789abcdee.tmp".to_owned(),
            hex("a"),
            format!("{}.lock", hex("a")),
            format!("{}.metadata", hex("a")),
            format!("{}.pending", hex("a")),
            format!("{}.lock", hex("e")),
            format!("{}.lock", hex("f")),
            "not-ours".to_owned(),
            SWEPT.to_owned(),
        ];
        assert_eq!(names(&path), expected);
        drop(held);

        dir.write(&hex("b"), &[b'?'; 100], Placing::Replace).unwrap();
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
        let take = || FileLock::try_take(&dir, "x.lock").unwrap();
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
        let path = home.path().join("state");
        let key = || machine_key(&path).map(|key| key.as_bytes().to_vec()).unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(key)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|other| *other == keys[0] && other.len() == MachineKey::LEN));
        assert_eq!(names(&path), [KEY], "nothing is left aside");
    }
}
