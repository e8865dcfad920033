//! What becomes of signals in this process, where more than one room asks.
//!
//! A room that has something to put in order before a signal ends the process says so here ([`on_signal`]). From the first
//! time on the signals come to one thread, which then does what the system would have done: once caught, a signal never has
//! its default effect by itself again.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP, SIGTSTP, SIGTTIN,
    SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, raise};

/// Signals that end a process which does nothing about them. Missing are those that nobody can catch, those by which the
/// system tells of a fault in the program, and SIGPIPE, which Rust programs ignore.
const ENDING: [i32; 14] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGABRT,
    SIGTRAP, SIGSYS,
];

/// What Linux has besides: SIGSTKFLT, SIGIO, SIGPWR, and the real-time signals that the C library leaves to programs.
#[cfg(target_os = "linux")]
fn of_this_system() -> impl Iterator<Item = i32> {
    [16, 29, 30].into_iter().chain(34..=64)
}

#[cfg(not(target_os = "linux"))]
fn of_this_system() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

/// What is to become of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// What the system would have done with it.
    Default,
    /// Nothing more.
    Nothing,
}

/// So soon after a process goes on its SIGCONT has come.
const CONTINUED: Duration = Duration::from_millis(20);

type Hook = Box<dyn FnMut(i32) -> Next + Send>;

static HOOKS: Mutex<Vec<(u64, Hook)>> = Mutex::new(Vec::new());

/// As long as it lives, its hook hears of signals.
#[must_use = "the hook goes with it"]
pub struct Hooked(u64);

impl Drop for Hooked {
    fn drop(&mut self) {
        HOOKS.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != self.0);
    }
}

/// Has `hook` hear of every signal that would end or stop this process, and of its going on. Signals that are ignored stay so.
///
/// # Errors
/// A system that gives no thread or no descriptor for it.
pub fn on_signal(hook: impl FnMut(i32) -> Next + Send + 'static) -> io::Result<Hooked> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let id = COUNT.fetch_add(1, Ordering::Relaxed);
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push((id, Box::new(hook)));
    let hooked = Hooked(id);
    watch()?;
    Ok(hooked)
}

/// Starts the thread that the signals come to.
fn watch() -> io::Result<()> {
    static STARTED: Mutex<bool> = Mutex::new(false);
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if *started {
        return Ok(());
    }
    let mut signals = Signals::new::<[i32; 0], i32>([])?;
    let handle = signals.handle();
    // Whoever catches a signal must answer for it: first the thread, then the signals.
    thread::Builder::new().spawn(move || {
        let mut next = Vec::new();
        loop {
            if next.is_empty() {
                next.extend(signals.wait());
            }
            for signal in std::mem::take(&mut next) {
                if signal == SIGXFSZ && OUTLIVED.is_completed() || tell(signal) == Next::Nothing {
                    continue;
                }
                as_by_default(signal);
                if signal == SIGTSTP {
                    // Stopped or not, here it goes on.
                    thread::sleep(CONTINUED);
                    next.extend(signals.pending());
                    if !next.contains(&SIGCONT) {
                        next.push(SIGCONT);
                    }
                }
            }
        }
    })?;
    *started = true;
    let ignored = ignored();
    let wanted = ENDING.into_iter().chain(of_this_system()).chain([SIGTSTP, SIGCONT]);
    for signal in wanted.filter(|signal| !contains(ignored, *signal)) {
        // One that this system does not have needs no hook.
        let _ = handle.add_signal(signal);
    }
    Ok(())
}

/// Has each hook hear of a signal, the newest first: what was begun last is put in order first.
fn tell(signal: i32) -> Next {
    let mut hooks = HOOKS.lock().unwrap_or_else(PoisonError::into_inner);
    let next: Vec<_> = hooks.iter_mut().rev().map(|(_, hook)| hook(signal)).collect();
    if next.contains(&Next::Nothing) { Next::Nothing } else { Next::Default }
}

/// True for one of those that hooks hear of that would end this process, not stop it or let it go on.
pub fn ends(signal: i32) -> bool {
    !matches!(signal, SIGTSTP | SIGCONT)
}

/// True for a signal that the terminal's keys sent: every process of its foreground group has got it.
pub fn is_typed(signal: i32) -> bool {
    matches!(signal, SIGINT | SIGQUIT | SIGTSTP) && is_in_foreground()
}

/// True where the terminal's keys reach this process group, and it may read what is typed.
pub fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|tty| is_in_foreground_of(&tty))
}

/// The same of a terminal that is open.
pub fn is_in_foreground_of(tty: &impl AsFd) -> bool {
    // Not rustix: in a PID namespace, as a container has one, a group of outside has the number 0.
    nix::unistd::tcgetpgrp(tty) == Ok(nix::unistd::getpgrp())
}

/// Does what the system would have done with `signal`, or nearly: the rare ones end the process by SIGTERM.
fn as_by_default(signal: i32) {
    if signal == SIGTSTP {
        // SIGTTIN, which nobody catches here, stops as SIGTSTP would: not where nobody could let the process go on again,
        // as `ssh -t HOST oauth2tok`. SIGSTOP would stop it there for good.
        let _ = raise(SIGTTIN);
        return;
    }
    let known = ENDING.contains(&signal) || signal == SIGCONT;
    // It fails for signals it does not know alone.
    let _ = emulate_default_handler(if known { signal } else { SIGTERM });
}

/// The signals that whoever started this process wants ignored, a bit for each. Only Linux tells.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.unwrap_or(0)
}

fn contains(mask: u64, signal: i32) -> bool {
    mask >> (signal - 1) & 1 == 1
}

/// From here on children that have ended wait for this process to ask, also where whoever started it ignores SIGCHLD, which
/// would have the system forget how they ended. A command gets the default again.
pub fn keep_children() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| {
        // Without it what is asked has no answer, which is an error there.
        let _ = signal_hook::flag::register(SIGCHLD, Arc::new(AtomicBool::new(false)));
    });
}

static OUTLIVED: Once = Once::new();

/// From here on a file that would grow beyond the process's limit (`ulimit -f`) is an error of the write and ends nothing.
/// A command that takes this process's place has its own way with the signal again.
pub fn outlive_file_limit() {
    OUTLIVED.call_once(|| {
        if !contains(ignored(), SIGXFSZ) {
            // Without it the signal ends the process, as it would any other program.
            let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
        }
    });
}
