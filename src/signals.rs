//! What becomes of signals in this process, where more than one room asks.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::SIGXFSZ;

/// True for a signal that whoever started this process wants ignored, as `nohup` does: it stays so, and a command inherits
/// that. Only Linux tells.
pub fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.unwrap_or(0) >> (signal - 1) & 1 == 1
}

/// From here on a file that would grow beyond the process's limit (`ulimit -f`) is an error of the write and ends nothing.
/// A command that takes this process's place has its own way with the signal again.
pub fn outlive_file_limit() {
    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        if !is_ignored(SIGXFSZ) {
            // Without it the signal ends the process, as it would any other program.
            let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
        }
    });
}
