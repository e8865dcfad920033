//! One point in time after which nothing is waited for any more.

use std::time::{Duration, Instant};

/// Longer budgets than this are cut to it: the clock's arithmetic must not overflow.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The end of a budget, on the monotonic clock: moving the wall clock changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    at: Instant,
    budget: Duration,
}

impl Deadline {
    /// Starts a budget now.
    pub fn after(budget: Duration) -> Self {
        Self::since(Instant::now(), budget)
    }

    /// A budget that started at `began`.
    pub fn since(began: Instant, budget: Duration) -> Self {
        Self { at: began + budget.min(LONGEST), budget }
    }

    /// For a person, who may take as long as they like.
    pub fn never() -> Self {
        Self::after(LONGEST)
    }

    /// The same budget, ending later by time that does not count.
    #[must_use]
    pub fn later_by(self, time: Duration) -> Self {
        Self { at: self.at + time.min(LONGEST), ..self }
    }

    /// What is left, zero once it has passed.
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// True once nothing is left.
    pub fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }

    /// True if a wait of so long would end before it has passed.
    pub fn allows(&self, wait: Duration) -> bool {
        wait < self.remaining()
    }

    /// This, or the end of a budget that starts now, whichever comes first.
    #[must_use]
    pub fn at_most(self, budget: Duration) -> Self {
        self.min(Self::after(budget))
    }

    /// The budget it started with.
    pub fn budget(&self) -> Duration {
        self.budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_beyond_all_time_is_no_overflow() {
        let end = Deadline::after(Duration::MAX).later_by(Duration::MAX);
        assert_eq!(end.budget(), Duration::MAX);
        assert!(!end.has_passed() && end.allows(LONGEST) && !end.allows(Duration::MAX));
    }

    #[test]
    fn of_two_ends_the_first_counts() {
        let (short, long) = (Duration::from_secs(60), Duration::from_secs(120));
        assert_eq!(Deadline::after(short).at_most(long).budget(), short);
        assert_eq!(Deadline::after(long).at_most(short).budget(), short);
    }

    #[test]
    fn nothing_is_waited_for_after_it() {
        let passed = Deadline::after(Duration::ZERO);
        assert!(passed.has_passed() && !passed.allows(Duration::ZERO));
        assert_eq!(passed.remaining(), Duration::ZERO);
    }
}
