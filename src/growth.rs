//! How the work of a function grows with the size of what it is given: tests hold it against sizes, never against a clock.

use std::time::{Duration, Instant};

/// Fails where `work` on what `make` makes of 32 times a size takes more than some 200 times as long: 32 is linear, 1024
/// quadratic, and a busy machine lies in between.
#[track_caller]
pub(crate) fn check_linear<T>(small: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let best = |size: usize| {
        let made = make(size);
        let runs = (0..3).map(|_| {
            let began = Instant::now();
            work(&made);
            began.elapsed()
        });
        runs.min().unwrap_or_default().max(Duration::from_micros(1))
    };
    let growth = best(small * 32).as_secs_f64() / best(small).as_secs_f64();
    assert!(growth < 200.0, "32 times the size takes {growth:.0} times as long");
}
