//! A home of its own for the real program, and a token server on this machine that can be told how to behave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// What the server does with a request.
pub enum Reply {
    /// Answers with status and JSON, after a while.
    Json(u16, String, Duration),
    /// Closes the connection without a word.
    Close,
}

/// A token answer with more members before and after those of the standard.
pub fn token(text: &str, more: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"access_token":"{text}","token_type":"Bearer"{more}}}"#), Duration::ZERO)
}

type Behaviour = dyn Fn(usize, &str) -> Reply + Send + Sync;

/// The server. It has stopped when it is dropped.
pub struct Server {
    port: u16,
    bodies: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// One that answers by the number of the request, from 1, and its form.
    pub fn new(behave: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::on(0, behave)
    }

    /// The same on a certain port.
    pub fn on(port: u16, behave: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let behave: Arc<Behaviour> = Arc::new(behave);
        let (seen, stop) = (bodies.clone(), stopped.clone());
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (seen, behave) = (seen.clone(), behave.clone());
                thread::spawn(move || serve(stream.unwrap(), &seen, &*behave));
            }
        });
        Self { port, bodies, stopped, accepting: Some(accepting) }
    }

    /// One whose tokens live for an hour and are numbered: `tok-1`, `tok-2`, ….
    pub fn hourly() -> Self {
        Self::new(|n, _| token(&format!("tok-{n}"), r#","expires_in":3600"#))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    /// The forms received, in order.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.bodies().len()
    }

    /// Waits until so many requests have come.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..12_000 {
            if self.count() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{} requests came instead of {count}", self.count());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        // Until it is done, the port is still open.
        let _ = self.accepting.take().map(thread::JoinHandle::join);
    }
}

fn serve(stream: TcpStream, bodies: &Mutex<Vec<String>>, behave: &Behaviour) {
    let mut reader = BufReader::new(&stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    let number = {
        let mut bodies = bodies.lock().unwrap();
        bodies.push(body.clone());
        bodies.len()
    };
    if let Reply::Json(status, json, after) = behave(number, &body) {
        thread::sleep(after);
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n");
        // A client that was killed does not read it.
        let _ = write!(&stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{json}", json.len());
    }
}

/// A home for runs of the program.
pub struct World {
    home: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self { home: tempfile::Builder::new().prefix("oauth2tok-cache-").tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn cache_dir(&self) -> PathBuf {
        self.path("cache/oauth2tok")
    }

    pub fn key_file(&self) -> PathBuf {
        self.path("state/oauth2tok/key")
    }

    /// The program with nothing in its environment but this home and two secrets.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oauth2tok"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("SECRET", "cl1ent-s3cret")
            .env("PASSWORD", "pass-w0rd")
            .stdin(Stdio::null());
        command
    }

    /// A client-credentials run with the cache on.
    pub fn client(&self, server: &Server, words: &[&str]) -> Command {
        let mut command = self.command();
        let url = server.url();
        command.args(["--token-endpoint", &url, "-i", "app", "--client-secret", "env:SECRET", "--cache"]).args(words);
        command
    }

    /// A password run with the cache on.
    pub fn user(&self, server: &Server, words: &[&str]) -> Command {
        let mut command = self.client(server, &["-g", "password", "-u", "alice", "--password", "env:PASSWORD", "-q"]);
        command.args(words);
        command
    }

    /// What the run prints; it must succeed and say nothing on stderr.
    #[track_caller]
    pub fn quiet(&self, command: Command) -> String {
        let (out, err) = self.prints(command);
        assert_eq!(err, "");
        out
    }

    /// What the run prints on stdout and stderr; it must succeed.
    #[track_caller]
    pub fn prints(&self, command: Command) -> (String, String) {
        let (code, out, err) = ended(start(command));
        assert_eq!(code, Some(0), "{err}");
        (out, err)
    }

    /// Entries, without locks and the like.
    pub fn entries(&self) -> Vec<PathBuf> {
        let Ok(dir) = std::fs::read_dir(self.cache_dir()) else { return Vec::new() };
        let mut entries: Vec<_> = dir
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_none() && path.file_name().unwrap() != "swept")
            .collect();
        entries.sort();
        entries
    }

    #[track_caller]
    pub fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }
}

/// The same run where no file may grow: what `ulimit -f 0` does is what a full disk does, at every write, and a signal besides.
pub fn without_growing_files(inner: &Command) -> Command {
    let mut command = Command::new("/bin/sh");
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(Stdio::null());
    command
}

/// Starts a run whose outputs are kept.
pub fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A run that said that it waits for another.
pub struct Waiting {
    run: Child,
    told: thread::JoinHandle<String>,
}

impl Waiting {
    /// Starts runs and comes back when each of them waits.
    pub fn all(commands: impl IntoIterator<Item = Command>) -> Vec<Self> {
        let started: Vec<_> = commands.into_iter().map(Self::start).collect();
        started
            .into_iter()
            .map(|(run, waits)| {
                waits.recv_timeout(Duration::from_secs(60)).unwrap();
                run
            })
            .collect()
    }

    fn start(mut command: Command) -> (Self, mpsc::Receiver<()>) {
        let mut run = start({
            command.arg("-v");
            command
        });
        let stderr = run.stderr.take().unwrap();
        let (sender, waits) = mpsc::channel();
        let told = thread::spawn(move || {
            let mut told = String::new();
            for line in BufReader::new(stderr).lines() {
                let line = line.unwrap();
                if line.contains("another run is asking for this token") {
                    let _ = sender.send(());
                }
                told.push_str(&line);
                told.push('\n');
            }
            told
        });
        (Self { run, told }, waits)
    }

    /// As [`ended`], with all that `-v` tells.
    pub fn ended(self) -> (Option<i32>, String, String) {
        let (code, out, _) = ended(self.run);
        (code, out, self.told.join().unwrap())
    }
}

/// Waits for a run: its code, stdout and stderr, each without the final line end.
pub fn ended(child: Child) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim_end_matches('\n').to_owned();
    (status.code(), text(stdout), text(stderr))
}

/// Every file below `dir`, name and content in one.
pub fn everything_in(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        all.extend_from_slice(path.file_name().unwrap().as_encoded_bytes());
        all.push(b'\n');
        if path.is_dir() {
            all.extend(everything_in(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}
