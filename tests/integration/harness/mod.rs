//! A run of the real program in a world of its own, and servers on this machine for it to talk to.
//!
//! Nothing of the developer's environment reaches the program: its variables are those of the test, its home is empty and
//! gone afterwards. Whatever a test does not say is expected to be silence and exit code 0.

pub mod browser;
pub mod explained;
pub mod jwt;
pub mod server;
pub mod shown;
mod terminal;
pub mod tls;
mod well_behaved;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

pub use jwt::Jwt;
pub use server::{
    Answer, Request, Server, TOKEN, Then, form, html, json, metadata, status, token, token_of, token_with,
};
pub use terminal::Terminal;
pub(crate) use terminal::needs_setsid;
#[cfg(target_os = "linux")]
pub use terminal::{child_of, wait_for_state};
pub use tls::Ca;
pub use well_behaved::{grants, publishes};

/// Longer than any run of these tests takes on a busy machine.
const WATCHDOG: Duration = Duration::from_secs(130);

/// The client of most tests.
pub const ID: &str = "ci";
/// Its secret, given by the environment unless a test says otherwise.
pub const SECRET: &str = "s3cret-of-ci";
/// Another with characters that every encoding writes differently.
pub const CANARY: &str = "c4n+ry/S3cr=t%&\"'é";

/// How much of what a stream says is known in advance.
#[derive(Clone)]
enum Expected {
    Exactly(String),
    With(Vec<String>),
    Anything,
}

/// One run of the program.
#[derive(Clone)]
#[must_use = "nothing runs before `run` or `start`"]
pub struct Run {
    home: Arc<tempfile::TempDir>,
    program: PathBuf,
    user: Option<u32>,
    words: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    cwd: Option<PathBuf>,
    stdout: Expected,
    stderr: Expected,
    stderr_lacks: Vec<String>,
    codes: Option<Vec<i32>>,
    prefix: Vec<OsString>,
}

/// A directory that runs have as their home, and that is gone afterwards.
pub fn home() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::Builder::new().prefix("oauth2tok-test-").tempdir().unwrap())
}

/// The program without any setting.
pub fn oauth2tok() -> Run {
    let run = Run {
        home: home(),
        program: assert_cmd::cargo::cargo_bin!().to_owned(),
        user: None,
        words: Vec::new(),
        env: Vec::new(),
        stdin: None,
        cwd: None,
        stdout: Expected::Exactly(String::new()),
        stderr: Expected::Exactly(String::new()),
        stderr_lacks: Vec::new(),
        codes: Some(vec![0]),
        prefix: Vec::new(),
    };
    let home = Arc::clone(&run.home);
    run.env("PATH", std::env::var_os("PATH").unwrap_or_default()).at_home(&home)
}

/// The program as the client [`ID`] of a token endpoint, with its secret in the environment.
pub fn client_of(url: impl AsRef<str>) -> Run {
    client().args(["--token-endpoint", url.as_ref()])
}

/// The client of a server's token endpoint, all of it by the environment, with the secret [`CANARY`].
pub fn by_env(server: &Server) -> Run {
    oauth2tok()
        .env("OAUTH2TOK_CLIENT_ID", ID)
        .env("OAUTH2TOK_TOKEN_ENDPOINT", server.url())
        .env("OAUTH2TOK_CLIENT_SECRET", CANARY)
}

/// The same without a server.
pub fn client() -> Run {
    oauth2tok().args(["-i", ID]).env("OAUTH2TOK_CLIENT_SECRET", SECRET)
}

impl Run {
    /// Runs it in a home that other runs have as well.
    pub fn at_home(mut self, home: &Arc<tempfile::TempDir>) -> Self {
        self.home = Arc::clone(home);
        let place = |name: &str| home.path().join(name);
        self.env("HOME", home.path())
            .env("XDG_CONFIG_HOME", place("config"))
            .env("XDG_CACHE_HOME", place("cache"))
            .env("XDG_STATE_HOME", place("state"))
    }

    /// Runs another file as the program.
    pub fn program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// Runs it as another user, which only root can.
    pub fn user(mut self, id: u32) -> Self {
        self.user = Some(id);
        self
    }

    /// Appends words to the command line.
    pub fn args<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(mut self, words: I) -> Self {
        self.words.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Sets a variable; a later value replaces an earlier one.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Takes a variable away again.
    pub fn without(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// What the program reads on stdin; without this stdin is empty.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Runs it in another directory than its home.
    pub fn cwd(mut self, directory: &Path) -> Self {
        self.cwd = Some(directory.to_owned());
        self
    }

    /// Runs it by another command, such as a shell; the program and its words follow.
    pub fn by<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(mut self, words: I) -> Self {
        self.prefix = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self
    }

    /// Writes the config file.
    pub fn config(self, yaml: &str) -> Self {
        self.file("config/oauth2tok/config.yaml", yaml)
    }

    /// Where [`Run::config`] puts it.
    pub fn config_path(&self) -> PathBuf {
        self.path("config/oauth2tok/config.yaml")
    }

    /// Writes a file below the home directory that only its owner can read.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
        file.write_all(text.as_ref()).unwrap();
        self
    }

    /// A path below the home directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The same as text.
    pub fn path_text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Expects exactly this on stdout.
    pub fn stdout(mut self, text: impl Into<String>) -> Self {
        self.stdout = Expected::Exactly(text.into());
        self
    }

    /// Expects these words, among others, on stdout.
    pub fn stdout_with<I: IntoIterator<Item = A>, A: Into<String>>(mut self, parts: I) -> Self {
        self.stdout = Expected::With(parts.into_iter().map(Into::into).collect());
        self
    }

    /// Expects nothing particular on stdout.
    pub fn any_stdout(mut self) -> Self {
        self.stdout = Expected::Anything;
        self
    }

    /// Expects exactly this on stderr. In it, `[HOME]` stands for the home of the run, `[PORT]` for a port of this machine
    /// and `[TMP]` for a temporary directory.
    pub fn stderr(mut self, text: impl Into<String>) -> Self {
        self.stderr = Expected::Exactly(text.into());
        self
    }

    /// Expects these words, among others, on stderr.
    pub fn stderr_with<I: IntoIterator<Item = A>, A: Into<String>>(mut self, parts: I) -> Self {
        self.stderr = Expected::With(parts.into_iter().map(Into::into).collect());
        self
    }

    /// What it says is the test's to look at.
    pub fn any_stderr(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// The home it has.
    pub fn its_home(&self) -> Arc<tempfile::TempDir> {
        Arc::clone(&self.home)
    }

    /// Expects that these words are not on stderr.
    pub fn stderr_without<I: IntoIterator<Item = A>, A: Into<String>>(mut self, parts: I) -> Self {
        self.stderr_lacks.extend(parts.into_iter().map(Into::into));
        self
    }

    /// Expects nothing particular on stdout and stderr.
    pub fn any_output(mut self) -> Self {
        self.stderr = Expected::Anything;
        self.any_stdout()
    }

    /// Expects this exit code; of a process that a signal ended, 128 and the signal's number.
    pub fn code(mut self, code: i32) -> Self {
        self.codes = Some(vec![code]);
        self
    }

    /// Expects nothing particular at all.
    pub fn any_end(mut self) -> Self {
        self.codes = None;
        self.any_output()
    }

    /// Expects one of these exit codes.
    pub fn code_in(mut self, codes: &[i32]) -> Self {
        self.codes = Some(codes.to_vec());
        self
    }

    /// Expects a failure: this exit code, nothing on stdout, and exactly this on stderr.
    pub fn fails(self, code: i32, text: impl Into<String>) -> Self {
        self.code(code).stdout("").stderr(text)
    }

    /// The same where not all of stderr is ours or known: the system's own words, times, a trace, or many texts in a loop.
    pub fn fails_with<I: IntoIterator<Item = A>, A: Into<String>>(self, code: i32, parts: I) -> Self {
        self.code(code).stdout("").stderr_with(parts)
    }

    /// Expects success with this token on stdout and silence on stderr.
    pub fn prints(self, token: &str) -> Self {
        self.stdout(format!("{token}\n"))
    }

    fn command(&self) -> Command {
        let mut words = self.prefix.iter().map(OsString::as_os_str).chain([self.program.as_os_str()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(&self.words).env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.cwd.as_deref().unwrap_or(self.home.path()));
        if let Some(id) = self.user {
            command.uid(id).gid(id);
        }
        command
    }

    /// Starts it and leaves it running.
    #[track_caller]
    pub fn start(self) -> Running {
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut running = self.start_with(stdin, Stdio::piped(), Stdio::piped());
        if let (Some(bytes), Some(mut stdin)) = (running.run.stdin.take(), running.child.stdin.take()) {
            // A program that does not read its stdin to the end is no fault of the test.
            thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        running.gather();
        running
    }

    /// Starts it with pipes for all three streams, which are the test's until it [finishes](Running::finish).
    #[track_caller]
    pub fn start_piped(self) -> Running {
        self.start_with(Stdio::piped(), Stdio::piped(), Stdio::piped())
    }

    /// Starts it with streams that the test provides; one that is not `piped` reads as empty.
    #[track_caller]
    pub fn start_with(self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Running {
        let started = Instant::now();
        let child = self.command().stdin(stdin).stdout(stdout).stderr(stderr).spawn().unwrap();
        Running { child, out: None, err: None, run: self, started }
    }

    /// Runs it to its end and checks everything that was said to be expected.
    #[track_caller]
    pub fn run(mut self) -> Output {
        let started = Instant::now();
        let mut command = assert_cmd::Command::from_std(self.command());
        let ended = command.write_stdin(self.stdin.take().unwrap_or_default()).timeout(WATCHDOG).output().unwrap();
        let took = started.elapsed();
        assert!(took < WATCHDOG, "the program hangs: {:?}", self.words);
        let output = Output::new(ended.status, ended.stdout, ended.stderr, took);
        self.check(&output);
        output
    }
}

fn gather(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// A program that runs.
#[must_use = "a program that is not waited for outlives the test"]
pub struct Running {
    child: Child,
    out: Option<mpsc::Receiver<Vec<u8>>>,
    err: Option<mpsc::Receiver<Vec<u8>>>,
    run: Run,
    started: Instant,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Output {
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// Its exit code, or 128 and the number of the signal that ended it.
    pub code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// How long it ran.
    pub took: Duration,
}

impl Output {
    fn new(status: ExitStatus, stdout: Vec<u8>, stderr: Vec<u8>, took: Duration) -> Self {
        Self {
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            signal: status.signal(),
            took,
        }
    }
}

impl std::ops::Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl std::ops::DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Running {
    /// Has what the streams say from now on kept.
    fn gather(&mut self) {
        self.out = self.out.take().or_else(|| self.child.stdout.take().map(gather));
        self.err = self.err.take().or_else(|| self.child.stderr.take().map(gather));
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// As [`Running::finish`], but its streams may live on in a child that outlives it.
    #[track_caller]
    pub fn finish_without_streams(mut self) -> Output {
        self.gather();
        (self.out, self.err) = (None, None);
        self.finish()
    }

    /// Waits for its end and checks everything that was said to be expected.
    #[track_caller]
    pub fn finish(mut self) -> Output {
        drop(self.child.stdin.take());
        self.gather();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.started.elapsed() > WATCHDOG {
                let _ = self.child.kill();
                panic!("the program hangs: {:?}", self.run.words);
            }
            thread::sleep(Duration::from_millis(1));
        };
        let took = self.started.elapsed();
        let text = |stream: Option<mpsc::Receiver<Vec<u8>>>| {
            stream.map(|stream| stream.recv_timeout(WATCHDOG).unwrap()).unwrap_or_default()
        };
        let output = Output::new(status, text(self.out.take()), text(self.err.take()), took);
        self.run.check(&output);
        output
    }
}

impl Run {
    /// What was found, with those of the places that nobody knows in advance as `expected` writes them.
    fn with_places(&self, found: &str, expected: &str) -> String {
        let mut found = found.to_owned();
        let mut replace = |name: &str, before: &str, keep: &str, length: std::ops::Range<usize>| {
            if expected.contains(name) {
                let mut pieces = found.split(before);
                let mut text = pieces.next().unwrap().to_owned();
                for piece in pieces {
                    let rest = piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                    let known = !length.contains(&(piece.len() - rest.len()));
                    let (before, rest) =
                        if known { (before.to_owned(), piece) } else { (format!("{keep}{name}"), rest) };
                    text.push_str(&before);
                    text.push_str(rest);
                }
                found = text;
            }
        };
        replace("[HOME]", self.home.path().to_str().unwrap(), "", 0..1);
        replace("[TMP]", &format!("{}/.tmp", std::env::temp_dir().display()), "", 6..7);
        for host in ["127.0.0.1:", "localhost:", "LOCALHOST:", "[::1]:"] {
            replace("[PORT]", host, host, 4..6);
        }
        found
    }

    #[track_caller]
    fn check(&self, output: &Output) {
        let told = || format!("{:?}\nstdout:\n{}\nstderr:\n{}", self.words, output.stdout, output.stderr);
        assert!(
            self.codes.as_ref().is_none_or(|codes| codes.contains(&output.code)),
            "exit code {} of {}",
            output.code,
            told()
        );
        for (name, expected, found) in
            [("stdout", &self.stdout, &output.stdout), ("stderr", &self.stderr, &output.stderr)]
        {
            match expected {
                Expected::Exactly(text) => assert_eq!(self.with_places(found, text), *text, "{name} of {}", told()),
                Expected::With(parts) => {
                    for part in parts {
                        assert!(found.contains(part.as_str()), "{name} lacks {part:?}: {}", told());
                    }
                }
                Expected::Anything => {}
            }
        }
        for part in &self.stderr_lacks {
            assert!(!output.stderr.contains(part.as_str()), "stderr holds {part:?}: {}", told());
        }
        let shows = self.words.iter().any(|word| word == "--show-secrets");
        // A directory's random name may begin with a digit.
        let shown = output.stderr.replace("oauth2tok-", "");
        for secret in secrets().filter(|_| !shows) {
            assert!(!shown.contains(&secret), "stderr holds {secret:?}: {}", told());
        }
        assert!(!output.stderr.contains("panicked"), "{}", told());
        assert_is_harmless(&output.stderr);
    }
}

/// What never stands on stderr: tokens, and the secrets of tests in every way in which they may come back.
fn secrets() -> impl Iterator<Item = String> {
    [SECRET, CANARY, "hunter22"].into_iter().flat_map(spellings).chain(["tok-1", "tok-2"].map(str::to_owned))
}

/// The ways in which a secret may come back.
pub fn spellings(secret: &str) -> Vec<String> {
    use base64::Engine;
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string().trim_matches('"').to_owned();
    let basic = |secret: &str| base64::engine::general_purpose::STANDARD.encode(format!("{ID}:{secret}"));
    vec![secret.to_owned(), basic(&form), basic(secret), form, json]
}

/// Asserts that nothing in `text` can steer a terminal.
#[track_caller]
pub fn assert_is_harmless(text: &str) {
    let steers = |c: char| {
        c != '\n' && c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if let Some(c) = text.chars().find(|c| steers(*c)) {
        panic!("{c:?} can steer a terminal: {text:?}");
    }
}

/// Says why a test was left out: `cargo test -- --nocapture` shows it.
#[expect(clippy::print_stderr, reason = "there is no other way to tell")]
pub fn not_run(why: &str) {
    eprintln!("not run: {why}");
}

/// True where a program that a test borrows is there.
pub fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Makes a copy that may be run at once. Another process makes it: what this one has open to write, a child that a test beside
/// this one is just starting has open too, and what anybody has open to write cannot be run.
#[track_caller]
pub fn copy_to_run(from: impl AsRef<Path>, to: &Path) {
    assert!(Command::new("cp").arg(from.as_ref()).arg(to).status().unwrap().success());
}

/// Does this with each of them at the same time, since most of what it takes is waiting.
#[track_caller]
pub fn at_once<T: Send>(all: impl IntoIterator<Item = T>, each: impl Fn(T) + Sync) {
    let each = &each;
    thread::scope(|scope| all.into_iter().for_each(|one| drop(scope.spawn(move || each(one)))));
}

/// A run that `run` makes for a server fails with exit code 2 and this on stderr, before anything is sent.
#[track_caller]
pub fn refused_at(run: impl FnOnce(&Server) -> Run, text: &str) {
    let server = Server::new();
    run(&server).fails(2, text).run();
    assert_eq!(server.connections(), 0, "something was sent");
}
