//! A terminal for a run, and a person at it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::{Run, Running};

/// Gives a test up where there is no way to give the program a terminal.
macro_rules! needs_setsid {
    () => {
        if !$crate::harness::is_installed("setsid") {
            return $crate::harness::not_run("setsid is not installed");
        }
    };
}

pub(crate) use needs_setsid;

/// A terminal of the test's own: what the program shows on it comes out of the receiver.
pub struct Terminal {
    keys: File,
    screen: mpsc::Receiver<Vec<u8>>,
    /// What was waited for so far, and all before it.
    pub seen: String,
    /// The program's end, kept open to look at its modes.
    pub line: File,
}

impl Terminal {
    /// One that nobody uses yet.
    pub fn open() -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let line = {
            use std::os::unix::fs::OpenOptionsExt;
            let no_controlling_terminal = i32::try_from(rustix::fs::OFlags::NOCTTY.bits()).unwrap();
            File::options().read(true).write(true).custom_flags(no_controlling_terminal).open(name).unwrap()
        };
        let keys = File::from(controller);
        let mut output = keys.try_clone().unwrap();
        let (sender, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { keys, screen, seen: String::new(), line }
    }

    /// Starts the program with this terminal as its own, and as its stdin.
    pub fn start(&self, run: Run) -> Running {
        run.by(["setsid", "--ctty"]).start_with(self.end(), Stdio::piped(), Stdio::piped())
    }

    /// The same by way of a shell on this terminal, as a job of which `script` says `"$@"`.
    pub fn start_by_shell(&self, run: Run, script: &str) -> Running {
        run.by(["setsid", "--ctty", "sh", "-c", script, "sh"]).start_with(self.end(), Stdio::piped(), Stdio::piped())
    }

    /// The program's end as one of its streams.
    pub fn end(&self) -> Stdio {
        Stdio::from(self.line.try_clone().unwrap())
    }

    /// Waits until this is to be seen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let bytes = self.screen.recv_timeout(Duration::from_secs(20)).expect(text);
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// True while what is typed is to be seen.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.line).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits until it no longer is.
    #[track_caller]
    pub fn wait_for_no_echo(&self) {
        let started = Instant::now();
        while self.echoes() {
            assert!(started.elapsed() < Duration::from_secs(20), "the prompt echoes");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Types these keys, `^C` as `\\u{3}`.
    pub fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
}

/// Waits until the system says that the program is, for example, stopped.
#[cfg(target_os = "linux")]
#[track_caller]
pub fn wait_for_state(process: i32, state: char) {
    let started = Instant::now();
    let seen = || std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    while !seen().rsplit(')').next().unwrap().trim_start().starts_with(state) {
        assert!(started.elapsed() < Duration::from_secs(20), "{}", seen());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The only child of a shell that runs.
#[cfg(target_os = "linux")]
pub fn child_of(shell: &Running) -> i32 {
    let started = Instant::now();
    loop {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", shell.id())).unwrap();
        if let Ok(child) = children.trim().parse() {
            return child;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{children}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
