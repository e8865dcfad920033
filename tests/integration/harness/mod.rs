//! A run of the real program in a world of its own, and servers on this machine for it to talk to.
//!
//! Nothing of the developer's environment reaches the program: its variables are those of the test, its home is empty and
//! gone afterwards. Whatever a test does not say is expected to be silence and exit code 0.

pub mod server;
pub mod tls;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

pub use server::{Answer, Server, Then, form, html, json, status, token};
pub use tls::Ca;

/// Longer than any run of these tests takes on a busy machine.
const WATCHDOG: Duration = Duration::from_secs(40);

/// The client of most tests.
pub const ID: &str = "ci";
/// Its secret, given by the environment unless a test says otherwise.
pub const SECRET: &str = "s3cret-of-ci";
/// What [`token`] answers.
pub const TOKEN: &str = "tok-1";

/// How much of what a stream says is known in advance.
enum Expected {
    Exactly(String),
    With(Vec<String>),
    Anything,
}

/// One run of the program.
#[must_use = "nothing runs before `run` or `start`"]
pub struct Run {
    home: tempfile::TempDir,
    words: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    cwd: Option<PathBuf>,
    stdout: Expected,
    stderr: Expected,
    stderr_lacks: Vec<String>,
    codes: Vec<i32>,
    prefix: Vec<OsString>,
}

/// The program without any setting.
pub fn oauth2tok() -> Run {
    let home = tempfile::Builder::new().prefix("oauth2tok-test-").tempdir().unwrap();
    for name in ["config", "cache", "state"] {
        std::fs::create_dir(home.path().join(name)).unwrap();
    }
    let at = |name: &str| home.path().join(name).into_os_string();
    let env = vec![
        ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
        ("HOME".into(), home.path().into()),
        ("XDG_CONFIG_HOME".into(), at("config")),
        ("XDG_CACHE_HOME".into(), at("cache")),
        ("XDG_STATE_HOME".into(), at("state")),
    ];
    Run {
        home,
        words: Vec::new(),
        env,
        stdin: None,
        cwd: None,
        stdout: Expected::Exactly(String::new()),
        stderr: Expected::Exactly(String::new()),
        stderr_lacks: Vec::new(),
        codes: vec![0],
        prefix: Vec::new(),
    }
}

/// The program as the client [`ID`] of a token endpoint, with its secret in the environment.
pub fn client_of(url: impl AsRef<str>) -> Run {
    client().args(["--token-endpoint", url.as_ref()])
}

/// The same without a server.
pub fn client() -> Run {
    oauth2tok().args(["-i", ID]).env("OAUTH2TOK_CLIENT_SECRET", SECRET)
}

impl Run {
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

    /// Expects exactly this on stderr.
    pub fn stderr(mut self, text: impl Into<String>) -> Self {
        self.stderr = Expected::Exactly(text.into());
        self
    }

    /// Expects these words, among others, on stderr.
    pub fn stderr_with<I: IntoIterator<Item = A>, A: Into<String>>(mut self, parts: I) -> Self {
        self.stderr = Expected::With(parts.into_iter().map(Into::into).collect());
        self
    }

    /// Expects that these words are not on stderr.
    pub fn stderr_without<I: IntoIterator<Item = A>, A: Into<String>>(mut self, parts: I) -> Self {
        self.stderr_lacks.extend(parts.into_iter().map(Into::into));
        self
    }

    /// Expects nothing particular on stdout and stderr.
    pub fn any_output(mut self) -> Self {
        self.stdout = Expected::Anything;
        self.stderr = Expected::Anything;
        self
    }

    /// Expects this exit code; of a process that a signal ended, 128 and the signal's number.
    pub fn code(mut self, code: i32) -> Self {
        self.codes = vec![code];
        self
    }

    /// Expects one of these exit codes.
    pub fn code_in(mut self, codes: &[i32]) -> Self {
        self.codes = codes.to_vec();
        self
    }

    /// Expects a failure: this exit code, nothing on stdout, and these words on stderr.
    pub fn fails<I: IntoIterator<Item = A>, A: Into<String>>(self, code: i32, parts: I) -> Self {
        self.code(code).stdout("").stderr_with(parts)
    }

    /// Expects success with this token on stdout and silence on stderr.
    pub fn prints(self, token: &str) -> Self {
        self.stdout(format!("{token}\n"))
    }

    fn command(&self) -> Command {
        let program = OsStr::new(env!("CARGO_BIN_EXE_oauth2tok"));
        let mut words = self.prefix.iter().map(OsString::as_os_str).chain([program]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(&self.words).env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.cwd.as_deref().unwrap_or(self.home.path()));
        command
    }

    /// Starts it and leaves it running.
    #[track_caller]
    pub fn start(self) -> Running {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        self.start_as(command)
    }

    /// Starts it with streams that the test provides; one that is not `piped` reads as empty.
    #[track_caller]
    pub fn start_with(self, stdin: Stdio, stdout: Stdio, stderr: Stdio) -> Running {
        let mut command = self.command();
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        self.start_as(command)
    }

    fn start_as(self, mut command: Command) -> Running {
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        if let (Some(bytes), Some(mut stdin)) = (self.stdin.clone(), child.stdin.take()) {
            // A program that does not read its stdin to the end is no fault of the test.
            thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        let stdout = child.stdout.take().map(gather);
        let stderr = child.stderr.take().map(gather);
        Running { child, stdout, stderr, run: self, started }
    }

    /// Runs it to its end and checks everything that was said to be expected.
    #[track_caller]
    pub fn run(self) -> Output {
        self.start().finish()
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
    stdout: Option<mpsc::Receiver<Vec<u8>>>,
    stderr: Option<mpsc::Receiver<Vec<u8>>>,
    run: Run,
    started: Instant,
}

/// What a program left behind.
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

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// As [`Running::finish`], but its streams may live on in a child that outlives it.
    #[track_caller]
    pub fn finish_without_streams(mut self) -> Output {
        (self.stdout, self.stderr) = (None, None);
        self.finish()
    }

    /// Waits for its end and checks everything that was said to be expected.
    #[track_caller]
    pub fn finish(mut self) -> Output {
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
            let bytes = stream.map(|stream| stream.recv_timeout(WATCHDOG).unwrap()).unwrap_or_default();
            String::from_utf8(bytes).unwrap()
        };
        let output = Output {
            stdout: text(self.stdout.take()),
            stderr: text(self.stderr.take()),
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            signal: status.signal(),
            took,
        };
        self.run.check(&output);
        output
    }
}

impl Run {
    #[track_caller]
    fn check(&self, output: &Output) {
        let told = || format!("{:?}\nstdout:\n{}\nstderr:\n{}", self.words, output.stdout, output.stderr);
        assert!(self.codes.contains(&output.code), "exit code {} of {}", output.code, told());
        for (name, expected, found) in
            [("stdout", &self.stdout, &output.stdout), ("stderr", &self.stderr, &output.stderr)]
        {
            match expected {
                Expected::Exactly(text) => assert_eq!(found, text, "{name} of {}", told()),
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
        assert!(!output.stderr.contains("panicked"), "{}", told());
        assert_is_harmless(&output.stderr);
    }
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

/// The value of a header in a request, whatever its case.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next()?;
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The body of a request.
pub fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
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
