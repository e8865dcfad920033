//! A home of its own for the real program with the cache on.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::harness::{Run, Running, Server, home, oauth2tok};

/// A home for runs of the program.
pub struct World {
    home: Arc<tempfile::TempDir>,
}

impl World {
    pub fn new() -> Self {
        Self { home: home() }
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
    pub fn program(&self) -> Run {
        oauth2tok().at_home(&self.home).env("SECRET", "cl1ent-s3cret").env("PASSWORD", "pass-w0rd")
    }

    /// A client-credentials run with the cache on.
    pub fn client(&self, server: &Server, words: &[&str]) -> Run {
        self.client_of(&server.url(), words)
    }

    /// The same for an endpoint.
    pub fn client_of(&self, url: &str, words: &[&str]) -> Run {
        let run = self.program().args(["--token-endpoint", url, "-i", "app", "--client-secret", "env:SECRET"]);
        run.args(["--cache"]).args(words)
    }

    /// A password run with the cache on.
    pub fn user(&self, server: &Server, words: &[&str]) -> Run {
        self.user_of(&server.url(), words)
    }

    /// The same for an endpoint.
    pub fn user_of(&self, url: &str, words: &[&str]) -> Run {
        let grant = ["-g", "password", "-u", "alice", "--password", "env:PASSWORD", "-q"];
        self.client_of(url, &grant).args(words)
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

/// What the run prints; it must succeed and say nothing on stderr.
#[track_caller]
pub fn quiet(run: Run) -> String {
    run.any_stdout().run().stdout.trim_end_matches('\n').to_owned()
}

/// What the run prints on stdout and stderr; it must succeed.
#[track_caller]
pub fn prints(run: Run) -> (String, String) {
    let (code, out, err) = ended(start(run));
    assert_eq!(code, Some(0), "{err}");
    (out, err)
}

/// The same run where no file may grow: what `ulimit -f 0` does is what a full disk does, at every write, and a signal besides.
pub fn without_growing_files(run: Run) -> Run {
    run.by(["/bin/sh", "-c", "ulimit -f 0; exec \"$0\" \"$@\""])
}

/// Starts a run of which nothing particular is expected.
pub fn start(run: Run) -> Running {
    run.any_end().start()
}

/// A run that said that it waits for another.
pub struct Waiting {
    run: Running,
    told: thread::JoinHandle<String>,
}

impl Waiting {
    /// Starts runs and comes back when each of them waits.
    pub fn all(runs: impl IntoIterator<Item = Run>) -> Vec<Self> {
        let started: Vec<_> = runs.into_iter().map(Self::start).collect();
        started
            .into_iter()
            .map(|(run, waits)| {
                waits.recv_timeout(Duration::from_secs(60)).unwrap();
                run
            })
            .collect()
    }

    fn start(run: Run) -> (Self, mpsc::Receiver<()>) {
        let mut run = run.args(["-v"]).any_end().start_piped();
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

/// Waits for a run: its code where it had one, stdout and stderr, each without the final line end.
#[track_caller]
pub fn ended(run: Running) -> (Option<i32>, String, String) {
    let output = run.finish();
    let text = |text: &str| text.trim_end_matches('\n').to_owned();
    (output.signal.is_none().then_some(output.code), text(&output.stdout), text(&output.stderr))
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
