//! Stays beside a command: keeps its token file fresh, passes signals on, and removes the file at the end.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{Access, Mode, access};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, umask, waitid};
use signal_hook::consts::{SIGCONT, SIGTSTP};

use super::ExecError;
use crate::commands::proofs;
use crate::commands::session::Session;
use crate::crypto;
use crate::home;
use crate::oauth::Token;
use crate::problem::{self, Class, Problem, Shortage};
use crate::report::Reporter;
use crate::secret::Secret;
use crate::settings::{Ask, Environment};
use crate::signals::{Next, is_typed, keep_children, on_signal, outlive_file_limit};

/// A new token is fetched when a quarter of its lifetime is left, at most this much.
const MOST_MARGIN: Duration = Duration::from_secs(60);

/// A token that never lives long enough must not be fetched over and over.
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// The wait between attempts to fetch a new token that fail; it doubles up to [`MOST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(2);
const MOST_WAIT: Duration = Duration::from_secs(60);

/// A token file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the token file {}", .path.display())]
pub(super) struct TokenFileError {
    /// Where it should be.
    path: PathBuf,
    /// Why.
    #[source]
    source: io::Error,
}

impl From<TokenFileError> for Problem {
    fn from(error: TokenFileError) -> Self {
        let shortage = Shortage::of(&error.source);
        Self::new(Class::Output, error)
            .searched()
            .hint("--token-file PATH names another place")
            .for_want_of(shortage, Class::Output)
    }
}

/// Nobody who would look after a token file, so there is none.
#[derive(Debug, thiserror::Error)]
enum UnattendedError {
    #[error("the token file would stay behind: nothing can wait for signals")]
    Signals(#[source] io::Error),
    #[error("the token file would not be kept fresh: no thread can be started for it")]
    Thread(#[source] io::Error),
}

impl From<UnattendedError> for Problem {
    fn from(error: UnattendedError) -> Self {
        let (UnattendedError::Signals(source) | UnattendedError::Thread(source)) = &error;
        let shortage = Shortage::of_start(source);
        Self::new(Class::Output, error).searched().for_want_of(shortage, Class::Output)
    }
}

/// Runs `command` with `token` in a file; `search` is the value of `PATH`.
pub(super) fn run(
    mut command: Command,
    search: Option<&OsStr>,
    place: Destination,
    session: Session,
    token: Token,
    reporter: &mut Reporter,
) -> problem::Result<u8> {
    let stage = Arc::new(Mutex::new(Stage::Starting));
    let _hooked = {
        let stage = Arc::clone(&stage);
        on_signal(move |signal| pass_on(&lock(&stage), signal)).map_err(UnattendedError::Signals)?
    };
    keep_children();
    let (begin, begun) = mpsc::channel::<Arc<TokenFile>>();
    {
        let (fetched, reporter) = (token.clone(), reporter.fork());
        // It ends with this process: a request that is under way when the command ends is of no use to anybody.
        let fresh = move || {
            if let Ok(file) = begun.recv() {
                keep_fresh(&file, session, fetched, reporter);
            }
        };
        thread::Builder::new().spawn(fresh).map_err(UnattendedError::Thread)?;
    }
    // From here on signals wait until there is a command: none may end this process while the file is there.
    let mut starting = lock(&stage);
    let file = Arc::new(TokenFile::create(place, &token)?);
    command.env("BEARER_TOKEN_FILE", &file.path);
    reporter.finish();
    let child = crate::guard::lifted(|| command.spawn());
    let mut child = child.map_err(|source| ExecError::new(&command, search, source))?;
    let pid = Pid::from_child(&child);
    *starting = Stage::Running(pid);
    drop(starting);
    // The thread waits for nothing else.
    let _ = begin.send(Arc::clone(&file));
    // Its number stays its own until it is no more passed any signal.
    let ended = retry_on_intr(|| waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
    *lock(&stage) = Stage::Ended;
    file.remove();
    let status = ended.map_err(io::Error::from).and_then(|_| child.wait()).map_err(Problem::bug)?;
    Ok(exit_code(status))
}

/// How far the command is.
enum Stage {
    Starting,
    Running(Pid),
    Ended,
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands a signal to the command, which decides.
fn pass_on(stage: &Stage, signal: i32) -> Next {
    let pid = match stage {
        Stage::Running(pid) => *pid,
        Stage::Ended => return Next::Nothing,
        // There is no command, and no file any more.
        Stage::Starting => return Next::Default,
    };
    if matches!(signal, SIGTSTP | SIGCONT) {
        return Next::Default;
    }
    // The terminal sends these to the command as well, which is in the same process group.
    if !is_typed(signal) {
        // Signals without a name of their own go on as the usual one. It can only fail where the command has just ended.
        let _ = kill_process(pid, Signal::from_named_raw(signal).unwrap_or(Signal::TERM));
    }
    Next::Nothing
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// Puts a new token into the file before the one in it expires. A token without a known lifetime stays.
fn keep_fresh(file: &TokenFile, mut session: Session, mut token: Token, mut reporter: Reporter) {
    // The terminal is the command's.
    session.ask(Ask::Never);
    while let Some(left) = token.remaining(SystemTime::now()) {
        let rest = left.saturating_sub(margin(left, session.settings.caching.min_valid));
        thread::sleep(rest.max(SHORTEST_REST));
        let mut wait = FIRST_WAIT;
        token = loop {
            session.start_over(Duration::ZERO);
            // What was read at the start may have expired since.
            session.spend_tokens();
            // What earlier answers brought is of no use any more, and would become too much to look for.
            let mut reporter = reporter.fork();
            reporter.conceal(&token.access_token);
            let next = session.fetch_after(&token, &mut reporter);
            match next.and_then(|next| proofs::check_unbound(&session, next)) {
                Ok(token) => {
                    reporter.finish();
                    break token;
                }
                Err(error) => {
                    reporter.error(&error.context("the token file keeps its token, because there is no new one"));
                    thread::sleep(wait);
                    wait = (wait * 2).min(MOST_WAIT);
                }
            }
        };
        if let Err(error) = file.put(&token.access_token) {
            reporter.error(&error.into());
        }
    }
}

/// How long before its end a token that lives `left` from now is replaced.
fn margin(left: Duration, min_valid: Option<Duration>) -> Duration {
    MOST_MARGIN.min(left / 4).max(min_valid.unwrap_or_default())
}

/// Where the token file is to be. Nothing is there yet.
pub(super) enum Destination {
    /// At this path.
    File(PathBuf),
    /// In a directory of its own, within this one.
    Within(PathBuf),
}

impl Destination {
    /// The place that was given, else one that can be written to.
    ///
    /// # Errors
    /// One that cannot.
    pub(super) fn choose(path: Option<PathBuf>, env: &Environment) -> Result<Self, TokenFileError> {
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let Some(path) = path.map(absolute) else {
            let runtime = env.os("XDG_RUNTIME_DIR").and_then(home::absolute);
            let temporary = env.os("TMPDIR").map(PathBuf::from).map(absolute);
            let usable = runtime.into_iter().chain(temporary).find(|path| check_writable(path).is_ok());
            return Ok(Self::Within(usable.unwrap_or("/tmp".into())));
        };
        let parent = if path.is_dir() { Err(Errno::ISDIR) } else { Ok(path.parent().unwrap_or(&path)) };
        match parent.and_then(check_writable) {
            Ok(()) => Ok(Self::File(path)),
            Err(error) => Err(TokenFileError { path, source: error.into() }),
        }
    }
}

/// Looks whether a file can be made in `directory`.
fn check_writable(directory: &Path) -> Result<(), Errno> {
    access(directory, Access::WRITE_OK | Access::EXEC_OK)?;
    if directory.is_dir() { Ok(()) } else { Err(Errno::NOTDIR) }
}

/// A file with a token that nobody else can read; it is gone when this is dropped.
struct TokenFile {
    path: PathBuf,
    /// The directory that was made for it.
    folder: Option<PathBuf>,
    /// True once it has been removed: nothing is written any more.
    removed: Mutex<bool>,
}

impl TokenFile {
    fn create(place: Destination, token: &Token) -> Result<Self, TokenFileError> {
        let (path, folder) = match place {
            Destination::File(path) => (path, None),
            Destination::Within(parent) => {
                let folder = unguessable().and_then(|name| {
                    let folder = parent.join(format!("oauth2tok-{name}"));
                    // A mask that takes our own rights away would make a directory that is of no use to anybody.
                    let mask = umask(Mode::RWXG | Mode::RWXO);
                    // A directory that is there already is not ours, whoever made it.
                    let made = DirBuilder::new().mode(0o700).create(&folder);
                    umask(mask);
                    made.map(|()| folder)
                });
                let folder = folder.map_err(|source| TokenFileError { path: parent, source })?;
                (folder.join("token"), Some(folder))
            }
        };
        // From here on it is removed again, also where nothing can be written into it.
        let file = Self { path, folder, removed: Mutex::new(false) };
        file.put(&token.access_token)?;
        Ok(file)
    }

    /// Replaces the content at once: a reader sees the old token or the new one.
    fn put(&self, token: &Secret) -> Result<(), TokenFileError> {
        let removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        if *removed {
            return Ok(());
        }
        self.replace(token).map_err(|source| TokenFileError { path: self.path.clone(), source })
    }

    fn replace(&self, token: &Secret) -> io::Result<()> {
        outlive_file_limit();
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}", unguessable()?));
        let fresh = PathBuf::from(name);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&fresh)?;
        // Whatever the mask takes away, the command is to read it.
        let written = file.set_permissions(PermissionsExt::from_mode(0o600));
        let written = written.and_then(|()| file.write_all(token.expose().as_bytes()));
        written.and_then(|()| fs::rename(&fresh, &self.path)).inspect_err(|_| {
            // Nothing may stay behind; that it cannot be removed either is the smaller trouble.
            let _ = fs::remove_file(&fresh);
        })
    }

    fn remove(&self) {
        let mut removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *removed, true) {
            // Whoever removed it before us did what we were about to do.
            let _ = fs::remove_file(&self.path);
            if let Some(folder) = &self.folder {
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A name that nobody can have prepared.
fn unguessable() -> io::Result<String> {
    let number = u64::from_le_bytes(crypto::random().map_err(io::Error::other)?);
    Ok(format!("{number:016x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_replaced_in_time() {
        let seconds = Duration::from_secs;
        for (left, min_valid, expected) in [(3600, None, 60), (40, None, 10), (3600, Some(300), 300), (0, None, 0)] {
            assert_eq!(margin(seconds(left), min_valid.map(seconds)), seconds(expected), "{left}");
        }
    }
}
