//! One point in time after which nothing is waited for any more.

use std::time::{Duration, Instant};

/// Longer budgets than this are cut to it: the clock's arithmetic must not overflow.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The end of a budget, on the monotonic clock: moving the wall clock changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// This, or the end of a budget that starts now, whichever comes first.
    #[must_use]
    pub fn at_most(self, budget: Duration) -> Self {
        let other = Self::after(budget);
        if other.at < self.at { other } else { self }
    }

    /// The budget it started with.
    pub fn budget(&self) -> Duration {
        self.budget
    }
}
