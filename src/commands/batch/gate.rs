//! What all workers pass before they send: the rate that was asked for, and the rest that a server asked for.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The gate.
pub(super) struct Gate {
    /// The time between two requests.
    interval: Option<Duration>,
    state: Mutex<State>,
}

struct State {
    /// When the next request may go out.
    next: Instant,
    /// Until when the server wants to be left alone.
    rest: Instant,
}

impl Gate {
    pub(super) fn new(interval: Option<Duration>) -> Self {
        let now = Instant::now();
        Self { interval, state: Mutex::new(State { next: now, rest: now }) }
    }

    /// The longest that `jobs` workers wait for each other.
    pub(super) fn longest_queue(&self, jobs: usize) -> Duration {
        self.interval.unwrap_or_default().saturating_mul(u32::try_from(jobs).unwrap_or(u32::MAX))
    }

    /// Everybody waits so long from now.
    pub(super) fn rest(&self, wait: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A server may ask for longer than the clock can count.
        let until = Instant::now().checked_add(wait.min(Duration::from_secs(1 << 31)));
        state.rest = until.map_or(state.rest, |until| until.max(state.rest));
    }

    /// Waits until the server may be asked again.
    ///
    /// # Errors
    /// How long that is, where it is longer than `most`.
    pub(super) fn wait_for_rest(&self, most: Duration) -> Result<(), Duration> {
        loop {
            let rest = self.state.lock().unwrap_or_else(PoisonError::into_inner).rest;
            match rest.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Ok(()),
                wait if wait > most => return Err(wait),
                wait => thread::sleep(wait),
            }
        }
    }

    /// Waits for this request's turn, and for a rest that begins meanwhile.
    ///
    /// # Errors
    /// As [`Gate::wait_for_rest`].
    pub(super) fn pass(&self, most: Duration) -> Result<(), Duration> {
        loop {
            self.wait_for_rest(most)?;
            self.wait_for_turn();
            let rest = self.state.lock().unwrap_or_else(PoisonError::into_inner).rest;
            if rest <= Instant::now() {
                return Ok(());
            }
        }
    }

    fn wait_for_turn(&self) {
        let Some(interval) = self.interval else { return };
        let turn = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = state.next.max(Instant::now());
            state.next = turn + interval;
            turn
        };
        thread::sleep(turn.saturating_duration_since(Instant::now()));
    }
}

/// Reads `50`, `50/s`, `600/m` or `1000/h`: the time between two requests.
pub(super) fn interval(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)?;
    Duration::try_from_secs_f64(seconds / number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_time_between_requests() {
        for (text, expected) in [
            ("50/s", Some(Duration::from_millis(20))),
            ("2", Some(Duration::from_millis(500))),
            ("0.5/s", Some(Duration::from_secs(2))),
            ("600/m", Some(Duration::from_millis(100))),
            ("0", None),
            ("-1/s", None),
            ("5/d", None),
            ("fast", None),
            ("NaN", None),
        ] {
            assert_eq!(interval(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rest_that_begins_while_a_turn_is_waited_for_counts_too() {
        let gate = Gate::new(Some(Duration::from_millis(200)));
        gate.wait_for_turn();
        let started = Instant::now();
        thread::scope(|scope| {
            let passing = scope.spawn(|| gate.pass(Duration::from_secs(30)));
            thread::sleep(Duration::from_millis(50));
            gate.rest(Duration::from_millis(400));
            assert_eq!(passing.join().unwrap(), Ok(()));
        });
        assert!(started.elapsed() >= Duration::from_millis(450), "{:?}", started.elapsed());
    }

    #[test]
    fn a_rest_that_is_too_long_is_not_waited_for() {
        let gate = Gate::new(None);
        assert_eq!(gate.wait_for_rest(Duration::ZERO), Ok(()));
        gate.rest(Duration::MAX);
        assert!(gate.wait_for_rest(Duration::from_secs(30)).unwrap_err() > Duration::from_secs(3600));
    }
}
