//! Keeps secrets out of what a crash leaves behind and of a neighbour's reach: no core, whether it goes to a file or to a
//! program, no other process of the same user that looks into the memory (Linux), and a panic tells where it was but not
//! with what.
//!
//! It owns the process's limit on core files, whether it can be dumped, and its panic hook.

use crate::report;

#[cfg(unix)]
static CORE_LIMIT: std::sync::OnceLock<rustix::process::Rlimit> = std::sync::OnceLock::new();

/// Puts the guard up.
pub fn set() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let before = CORE_LIMIT.get_or_init(|| getrlimit(Resource::Core));
        // Without it a crash may leave a core file, as it would for any other program: no reason not to run.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..*before });
    }
    // A core that goes to a program does not care for the limit, and a debugger needs no crash. The system lets a command
    // that is executed be dumped again.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |at| format!(" at {}:{}", at.file(), at.line()));
        report::bug(&place);
    }));
}

/// Runs `start` with the limit on core files that this process was given: another program's crashes are its own affair.
#[cfg(unix)]
pub fn lifted<T>(start: impl FnOnce() -> T) -> T {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let Some(before) = CORE_LIMIT.get() else { return start() };
    let _ = setrlimit(Resource::Core, *before);
    let started = start();
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..*before });
    started
}
