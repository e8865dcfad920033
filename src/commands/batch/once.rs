//! Equal requests are made once: whoever comes second waits for what the first one gets, or takes what is known.
//!
//! What is known is bounded in number and size, so that memory does not grow with the input: of more different requests than
//! that, the oldest are forgotten, and made again should they come again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::crypto::Digest;
use crate::json::Members;
use crate::problem::Class;
use crate::secret::Secret;

/// So many outcomes are remembered,
const MOST: usize = 4096;
/// of so many bytes together.
const MOST_BYTES: usize = 8 << 20;

/// A token that lives shorter than this is not handed on.
const MARGIN: Duration = Duration::from_secs(30);

/// What came of a request.
pub(super) enum Outcome {
    /// A token.
    Granted {
        /// What goes out of it.
        text: Secret,
        /// When it expires, where that is known.
        expires_at: Option<SystemTime>,
        /// When it was fetched.
        fetched_at: SystemTime,
    },
    /// An error, as it goes into the message but for the line's number.
    Failed(Class, Members),
}

impl Outcome {
    /// True where an equal request at `now` would be of no use.
    fn holds(&self, now: SystemTime) -> bool {
        match self {
            Self::Granted { expires_at: None, .. } => true,
            Self::Granted { expires_at: Some(end), fetched_at, .. } => {
                let lifetime = end.duration_since(*fetched_at).unwrap_or_default();
                end.duration_since(now).is_ok_and(|left| left > MARGIN.min(lifetime / 10))
            }
            // Failed attempts are counted by many servers, and the answer will be the same. What may pass is tried again.
            Self::Failed(class, _) => {
                matches!(class, Class::Usage | Class::Refused | Class::BadResponse | Class::Login)
            }
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Granted { text, .. } => text.expose().len(),
            Self::Failed(_, members) => members.to_text(false).len(),
        }
    }
}

enum State<J> {
    /// Somebody asks; these wait.
    Asking(Vec<J>),
    Known(Arc<Outcome>),
}

/// What a worker does with a message.
pub(super) enum Task<J> {
    /// Ask, and settle it.
    Ask(J),
    /// It is known.
    Known(J, Arc<Outcome>),
    /// Nothing: whoever asks already will finish it.
    Waits,
}

/// The requests of a run.
pub(super) struct Once<J>(Mutex<Table<J>>);

struct Table<J> {
    states: HashMap<Digest, State<J>>,
    /// What is known, the oldest first.
    known: VecDeque<Digest>,
    bytes: usize,
}

impl<J> Once<J> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Table { states: HashMap::new(), known: VecDeque::new(), bytes: 0 }))
    }

    /// What to do with `job`, whose request has this digest.
    pub(super) fn enter(&self, digest: Digest, job: J, now: SystemTime) -> Task<J> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match table.states.get_mut(&digest) {
            Some(State::Asking(waiting)) => {
                waiting.push(job);
                return Task::Waits;
            }
            Some(State::Known(outcome)) if outcome.holds(now) => return Task::Known(job, Arc::clone(outcome)),
            _ => {}
        }
        table.forget(&digest);
        table.states.insert(digest, State::Asking(Vec::new()));
        Task::Ask(job)
    }

    /// Tells what came of it. Returns those who waited for that.
    pub(super) fn settle(&self, digest: Digest, outcome: &Arc<Outcome>, now: SystemTime) -> Vec<J> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = match table.states.remove(&digest) {
            Some(State::Asking(waiting)) => waiting,
            _ => Vec::new(),
        };
        if outcome.holds(now) {
            table.bytes += outcome.size();
            table.states.insert(digest, State::Known(Arc::clone(outcome)));
            table.known.push_back(digest);
            while table.known.len() > MOST || table.bytes > MOST_BYTES {
                let Some(oldest) = table.known.front().copied() else { break };
                table.forget(&oldest);
            }
        }
        waiting
    }
}

impl<J> Table<J> {
    fn forget(&mut self, digest: &Digest) {
        if let Some(State::Known(outcome)) = self.states.get(digest) {
            self.bytes = self.bytes.saturating_sub(outcome.size());
            self.states.remove(digest);
            if self.known.front() == Some(digest) {
                self.known.pop_front();
            } else {
                self.known.retain(|known| known != digest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(size: usize, lifetime: Option<u64>) -> Arc<Outcome> {
        Arc::new(Outcome::Granted {
            text: Secret::new("x".repeat(size)),
            expires_at: lifetime.map(|seconds| now() + Duration::from_secs(seconds)),
            fetched_at: now(),
        })
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn digest(number: usize) -> Digest {
        let mut digest = Digest::default();
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    #[test]
    fn the_first_asks_and_the_others_get_the_same() {
        let once = Once::new();
        assert!(matches!(once.enter(digest(1), "a", now()), Task::Ask("a")));
        assert!(matches!(once.enter(digest(1), "b", now()), Task::Waits));
        assert!(matches!(once.enter(digest(2), "c", now()), Task::Ask("c")));
        assert_eq!(once.settle(digest(1), &granted(1, None), now()), ["b"]);
        assert!(matches!(once.enter(digest(1), "d", now()), Task::Known("d", _)));
    }

    #[test]
    fn an_expiring_token_and_a_passing_failure_are_not_handed_on() {
        let once = Once::new();
        let settled = |number: usize, outcome: Arc<Outcome>, later: u64| {
            once.enter(digest(number), (), now());
            once.settle(digest(number), &outcome, now());
            matches!(once.enter(digest(number), (), now() + Duration::from_secs(later)), Task::Known(..))
        };
        assert!(settled(1, granted(1, Some(3600)), 3500));
        assert!(!settled(2, granted(1, Some(3600)), 3580));
        assert!(settled(3, granted(1, Some(20)), 10));
        assert!(settled(4, Arc::new(Outcome::Failed(Class::Refused, Members::default())), 3600));
        assert!(!settled(5, Arc::new(Outcome::Failed(Class::Unavailable, Members::default())), 0));
        assert!(!settled(6, Arc::new(Outcome::Failed(Class::Unreached, Members::default())), 0));
    }

    #[test]
    fn what_is_remembered_is_bounded_in_number_and_size() {
        let once = Once::new();
        for number in 0..2 * MOST {
            once.enter(digest(number), (), now());
            once.settle(digest(number), &granted(10, None), now());
        }
        assert_eq!(once.0.lock().unwrap().states.len(), MOST);
        for number in 0..10 {
            once.enter(digest(number), (), now());
            once.settle(digest(number), &granted(MOST_BYTES / 4, None), now());
        }
        let table = once.0.lock().unwrap();
        assert!(table.bytes <= MOST_BYTES && table.states.len() == 4 && table.known.len() == 4, "{}", table.bytes);
    }
}
