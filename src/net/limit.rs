//! The end of the time for getting connected.

use std::time::Duration;

use super::error::{NetError, Step};
use crate::deadline::Deadline;

/// The connect timeout or the deadline of the whole, whichever ends first.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    end: Deadline,
    whole: Deadline,
    host: String,
}

impl Limit {
    /// For getting connected to `host`, from now on.
    pub(super) fn new(connect_timeout: Duration, whole: Deadline, host: &str) -> Self {
        Self { end: whole.at_most(connect_timeout), whole, host: host.to_owned() }
    }

    /// The same end for getting connected to `host` on the way.
    pub(super) fn towards(&self, host: &str) -> Self {
        Self { host: host.to_owned(), ..*self }
    }

    pub(super) fn end(&self) -> Deadline {
        self.end
    }

    pub(super) fn whole(&self) -> Deadline {
        self.whole
    }

    /// The error for having run into it.
    pub(super) fn passed(&self, step: Step) -> NetError {
        if self.end == self.whole {
            NetError::Timeout { step, budget: self.whole.budget() }
        } else {
            NetError::ConnectTimeout { host: self.host.clone(), step, after: self.end.budget() }
        }
    }
}
