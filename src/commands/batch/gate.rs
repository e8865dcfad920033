//! What all workers pass before they send: the rate that was asked for, which counts all requests, and the rest that a
//! server asked for, which is between it and those who want something of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::wire::Url;

/// The rests of so many servers are heeded at a time, so that memory does not grow with the input.
const MOST_ORIGINS: usize = 1024;

/// The gate.
pub(super) struct Gate {
    /// The time between two requests.
    interval: Option<Duration>,
    state: Mutex<State>,
}

struct State {
    /// When the next request may go out.
    next: Deadline,
    /// Until when each server wants to be left alone.
    rests: HashMap<(bool, String, u16), Deadline>,
}

/// Whether it is https, host and port.
fn origin(url: &Url) -> (bool, String, u16) {
    let (https, host, port) = url.origin();
    (https, host.to_owned(), port)
}

impl Gate {
    pub(super) fn new(interval: Option<Duration>) -> Self {
        Self { interval, state: Mutex::new(State { next: Deadline::after(Duration::ZERO), rests: HashMap::new() }) }
    }

    /// The longest that `jobs` workers wait for each other.
    pub(super) fn longest_queue(&self, jobs: usize) -> Duration {
        self.interval.unwrap_or_default().saturating_mul(u32::try_from(jobs).unwrap_or(u32::MAX))
    }

    /// Whoever wants something of the server at `url` waits so long from now.
    pub(super) fn rest(&self, url: &Url, wait: Duration) {
        let until = Deadline::after(wait);
        let rests = &mut self.state.lock().unwrap_or_else(PoisonError::into_inner).rests;
        let origin = origin(url);
        if !rests.contains_key(&origin) && rests.len() >= MOST_ORIGINS {
            rests.retain(|_, until| !until.has_passed());
            // The one that is over first is missed least; at worst that server says so again.
            let first = rests.iter().min_by_key(|(_, until)| **until).map(|(origin, _)| origin.clone());
            if let Some(first) = first.filter(|_| rests.len() >= MOST_ORIGINS) {
                rests.remove(&first);
            }
        }
        let rest = rests.entry(origin).or_insert(until);
        *rest = until.max(*rest);
    }

    /// How long the server at `url` still wants to be left alone.
    fn left(&self, url: &Url) -> Duration {
        let rests = &self.state.lock().unwrap_or_else(PoisonError::into_inner).rests;
        if rests.is_empty() {
            return Duration::ZERO;
        }
        rests.get(&origin(url)).map_or(Duration::ZERO, |until| until.remaining())
    }

    /// Waits until the server at `url` may be asked again. Returns how much of `most` is left.
    ///
    /// # Errors
    /// How long the server still wants to rest, where that is longer than `most` all in all: one that asks for more each
    /// time is not waited for without end.
    pub(super) fn wait_for_rest(&self, url: &Url, mut most: Duration) -> Result<Duration, Duration> {
        loop {
            match self.left(url) {
                Duration::ZERO => return Ok(most),
                wait if wait > most => return Err(wait),
                wait => {
                    thread::sleep(wait);
                    most -= wait;
                }
            }
        }
    }

    /// Waits for this request's turn, and for a rest that begins meanwhile.
    ///
    /// # Errors
    /// As [`Gate::wait_for_rest`].
    pub(super) fn pass(&self, url: &Url, mut most: Duration) -> Result<(), Duration> {
        loop {
            most = self.wait_for_rest(url, most)?;
            self.wait_for_turn();
            if self.left(url).is_zero() {
                return Ok(());
            }
        }
    }

    fn wait_for_turn(&self) {
        let Some(interval) = self.interval else { return };
        let turn = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = state.next.max(Deadline::after(Duration::ZERO));
            state.next = turn.later_by(interval);
            turn
        };
        thread::sleep(turn.remaining());
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
    use std::time::Instant;

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

    fn url(host: &str) -> Url {
        Url::parse(&format!("https://{host}/token")).unwrap()
    }

    #[test]
    fn a_rest_that_begins_while_a_turn_is_waited_for_counts_too() {
        let gate = Gate::new(Some(Duration::from_millis(200)));
        gate.wait_for_turn();
        let started = Instant::now();
        thread::scope(|scope| {
            let passing = scope.spawn(|| gate.pass(&url("a"), Duration::from_secs(30)));
            thread::sleep(Duration::from_millis(50));
            gate.rest(&url("a"), Duration::from_millis(400));
            assert_eq!(passing.join().unwrap(), Ok(()));
        });
        assert!(started.elapsed() >= Duration::from_millis(450), "{:?}", started.elapsed());
    }

    #[test]
    fn a_rest_that_is_too_long_is_not_waited_for_and_is_one_servers_own() {
        let gate = Gate::new(None);
        assert_eq!(gate.wait_for_rest(&url("a"), Duration::ZERO), Ok(Duration::ZERO));
        gate.rest(&url("a"), Duration::MAX);
        gate.rest(&url("a"), Duration::ZERO);
        assert!(gate.wait_for_rest(&url("a"), Duration::from_secs(30)).unwrap_err() > Duration::from_secs(3600));
        for other in ["b", "a:444", "b.a"] {
            assert_eq!(gate.pass(&url(other), Duration::ZERO), Ok(()), "{other}");
        }
    }

    #[test]
    fn a_server_that_asks_for_more_rest_each_time_is_not_waited_for_without_end() {
        let gate = Gate::new(None);
        let mut most = Duration::from_millis(100);
        let mut rests = 0;
        while let Ok(left) = gate.wait_for_rest(&url("a"), most) {
            most = left;
            gate.rest(&url("a"), Duration::from_millis(30));
            rests += 1;
            assert!(rests < 1000, "it is waited for again and again");
        }
    }

    #[test]
    fn the_servers_whose_rest_is_heeded_are_bounded_in_number() {
        let gate = Gate::new(None);
        let rests = || gate.state.lock().unwrap().rests.len();
        gate.rest(&url("own"), Duration::from_secs(1 << 20));
        for n in 0..2 * MOST_ORIGINS {
            gate.rest(&url(&format!("h{n}")), Duration::from_secs(3600 + n as u64));
        }
        assert_eq!(rests(), MOST_ORIGINS);
        assert!(
            gate.wait_for_rest(&url("own"), Duration::ZERO).is_err(),
            "a long rest is not pushed out by shorter ones"
        );
        assert!(gate.wait_for_rest(&url("h0"), Duration::ZERO).is_ok());
        // Those that are over make room for others.
        gate.state.lock().unwrap().rests.values_mut().for_each(|until| *until = Deadline::after(Duration::ZERO));
        gate.rest(&url("new"), Duration::from_secs(60));
        assert_eq!(rests(), 1);
    }
}
