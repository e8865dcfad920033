//! A helper command and all that it starts: so that a signal, a failure or a deadline ends every one of them, and nothing
//! that a helper leaves behind keeps the caller's stderr open.
//!
//! Without a terminal a helper gets a process group of its own, which can be ended as one. With one it stays in ours: only
//! the foreground group may read the terminal, where a helper may have something to ask, and only that group hears of
//! Ctrl-C. On Linux its processes are known by a variable that they inherit, too, whatever group they are in (a shell's job,
//! what a helper's helper starts); elsewhere on a terminal only the helper itself is ended. A daemon that begins a session of
//! its own is no part of it either way.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGTSTP};

use crate::signals::{Hooked, Next, is_in_foreground, is_typed, keep_children, on_signal};

/// How long a helper that is asked to end may take to put its things in order.
const GRACE: Duration = Duration::from_millis(50);

/// So soon after a key of the terminal was typed its signal has been heard of.
const HEARD: Duration = Duration::from_millis(100);

/// The variable that the processes of one helper inherit. Numbers are a part of its name: each helper has its own, and what
/// a helper's helper starts bears both.
fn new_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("HELPER_OF_OAUTH2TOK_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A helper's processes. A signal that ends this one ends them.
pub(super) struct Family {
    kin: Arc<Mutex<Kin>>,
    _hooked: Hooked,
}

struct Kin {
    mark: String,
    /// The helper, as long as its number is its own.
    helper: Option<Pid>,
    terminal: Option<(File, Termios)>,
    /// True where a signal is about to end this process.
    is_over: bool,
}

impl Family {
    /// Starts a helper.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        let tty = File::options().read(true).write(true).open("/dev/tty").ok();
        let terminal = tty.and_then(|tty| tcgetattr(&tty).ok().map(|modes| (tty, modes)));
        let mark = new_mark();
        command.env(&mark, "1");
        if terminal.is_none() {
            command.process_group(0);
        }
        keep_children();
        let kin = Arc::new(Mutex::new(Kin { mark, helper: None, terminal, is_over: false }));
        let hooked = {
            let kin = Arc::clone(&kin);
            on_signal(move |signal| lock(&kin).hear(signal))?
        };
        // Whatever comes meanwhile waits until there is somebody to hear of it.
        let mut starting = lock(&kin);
        let child = command.spawn()?;
        starting.helper = Some(Pid::from_child(&child));
        drop(starting);
        Ok((child, Self { kin, _hooked: hooked }))
    }

    /// Whether the helper itself has ended. Its number stays its own until it is waited for.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn has_ended(&self, child: &mut Child) -> io::Result<bool> {
        Ok(has_ended(Pid::from_child(child))?)
    }

    /// The helper has ended: what is left hears what it would hear if its terminal went away. Who ignores that, as what
    /// `nohup` starts, lives on.
    pub(super) fn leave(self, child: &Child) {
        self.hear_of_key(child);
        let mut kin = self.kin();
        match (&kin.terminal, kin.helper) {
            // To look for others is not worth the time where all is well.
            (None, Some(helper)) => drop(kill_process_group(helper, Signal::HUP)),
            _ => kin.tell(Signal::HUP),
        }
        kin.helper = None;
    }

    /// Ends the helper and all that it started.
    pub(super) fn end(self, child: &mut Child) {
        let mut kin = self.kin();
        kin.tell(Signal::TERM);
        kin.end();
        kin.helper = None;
        // The one that is known for sure, also where nothing can be told of the others.
        let _ = child.kill();
    }

    /// A helper that a key of the terminal ended is not the only one that got the signal: the thread that hears of it here may
    /// not have come to that yet.
    fn hear_of_key(&self, child: &Child) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(Pid::from_child(child)), options).ok().flatten();
        // A shell says so by its exit code.
        let by = status.and_then(|status| status.terminating_signal().or_else(|| Some(status.exit_status()? - 128)));
        let is_key = |signal: i32| [Signal::INT, Signal::QUIT].iter().any(|key| key.as_raw() == signal);
        if !by.is_some_and(is_key) || lock(&self.kin).terminal.is_none() {
            return;
        }
        let until = Instant::now() + HEARD;
        while !lock(&self.kin).is_over && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where a signal is what ended the helper, it is what ends this process, too, and nothing else may come before that.
    fn kin(&self) -> MutexGuard<'_, Kin> {
        let kin = lock(&self.kin);
        if kin.is_over {
            drop(kin);
            loop {
                thread::park();
            }
        }
        kin
    }
}

fn lock(kin: &Mutex<Kin>) -> MutexGuard<'_, Kin> {
    kin.lock().unwrap_or_else(PoisonError::into_inner)
}

fn has_ended(helper: Pid) -> rustix::io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(helper), options)?.is_some())
}

impl Kin {
    /// A signal that came to this process.
    fn hear(&mut self, signal: i32) -> Next {
        if !is_typed(signal) {
            self.tell(Signal::from_named_raw(signal).unwrap_or(Signal::TERM));
        }
        if !matches!(signal, SIGTSTP | SIGCONT) {
            self.end();
            self.is_over = true;
        }
        Next::Default
    }

    /// Sends a signal to each.
    fn tell(&self, signal: Signal) {
        let Some(helper) = self.helper else { return };
        // Who is gone already needs none.
        if self.terminal.is_none() {
            let _ = kill_process_group(helper, signal);
        }
        for process in marked(&self.mark) {
            let _ = kill_process(process, signal);
        }
    }

    /// Gives the helper a moment, ends whoever is left, and puts the terminal back as it was before.
    fn end(&self) {
        let Some(helper) = self.helper else { return };
        let asked = Instant::now();
        while asked.elapsed() < GRACE && matches!(has_ended(helper), Ok(false)) {
            thread::sleep(Duration::from_millis(1));
        }
        self.tell(Signal::KILL);
        let _ = kill_process(helper, Signal::KILL);
        // One that was just being started may have been missed; a dead one shows no mark.
        while asked.elapsed() < 2 * GRACE && !marked(&self.mark).is_empty() {
            self.tell(Signal::KILL);
        }
        if let Some((tty, modes)) = &self.terminal
            && is_in_foreground()
        {
            let _ = tcsetattr(tty, OptionalActions::Now, modes);
        }
    }
}

/// The processes of our session that bear a helper's mark.
#[cfg(target_os = "linux")]
fn marked(mark: &str) -> Vec<Pid> {
    use nix::unistd::{Pid as Number, getsid};
    // Not rustix: in a PID namespace, as a container has one, a session of outside has the number 0.
    let (own, session) = (rustix::process::getpid(), getsid(None));
    let mark = format!("{mark}=");
    let bears = |pid: Pid| {
        let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        memchr::memmem::find(&environment, mark.as_bytes()).is_some()
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        // In this order: the kernel's own threads are of no session, and bear nothing.
        .filter(|pid| *pid != own && bears(*pid))
        .filter(|pid| getsid(Some(Number::from_raw(pid.as_raw_nonzero().get()))) == session)
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn marked(_mark: &str) -> Vec<Pid> {
    Vec::new()
}
