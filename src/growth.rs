//! How the work of a function grows with the size of what it is given: tests hold it against sizes, never against a clock.

use std::time::Duration;

/// Fails where `work` on what `make` makes of 32 times a size takes more than some 200 times as long: 32 is linear, 1024
/// quadratic, and a busy machine's caches lie in between. What others do on the processor meanwhile does not count.
#[track_caller]
pub(crate) fn check_linear<T>(small: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let best = |size: usize| {
        let made = make(size);
        let runs = (0..3).map(|_| {
            let began = spent();
            work(&made);
            spent().saturating_sub(began)
        });
        runs.min().unwrap_or_default().max(Duration::from_micros(1))
    };
    let growth = best(small * 32).as_secs_f64() / best(small).as_secs_f64();
    assert!(growth < 200.0, "32 times the size takes {growth:.0} times as long");
}

/// What this thread has had of the processor so far.
#[cfg(unix)]
pub(crate) fn spent() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// The clock, where nothing better is to be had.
#[cfg(not(unix))]
pub(crate) fn spent() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
