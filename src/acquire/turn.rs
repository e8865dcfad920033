//! Waiting for one's turn to ask, or for what another run gets meanwhile. Whose outcome counts is told in
//! [`crate::cache::flight`].

use std::time::{Duration, Instant, SystemTime};

use super::Event;
use crate::cache::{Entry, Failure, Flight, Lock, Look, Notice, Policy, Slot};
use crate::deadline::Deadline;

/// Waits between looks at a lock that another process holds.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// A holder that is over its own time for so long was stopped, or died where the system does not free locks.
const GRACE: Duration = Duration::from_millis(500);

/// What came of waiting for the lock.
pub(super) enum Turn {
    /// This run asks.
    Mine {
        /// Under this.
        lock: Lock,
        /// As this.
        flight: Flight,
        /// What is kept, and not good enough.
        kept: Option<Box<Entry>>,
    },
    /// This run asks without a lock.
    Alone {
        /// What is kept, and not good enough.
        kept: Option<Box<Entry>>,
    },
    /// Another run got this.
    Shared(Box<Entry>),
    /// Another run failed so.
    Failed(Failure),
    /// No time is left.
    TimeIsUp,
}

/// Takes the lock, or waits for what its holder gets: until `deadline`, or `as_long_as_it_takes`. Whoever holds the lock has what
/// was left of the time at the beginning, as long as it may wait for others, and promises so much.
pub(super) fn turn(
    slot: &Slot,
    policy: &Policy<'_>,
    clock: &dyn Fn() -> SystemTime,
    deadline: Deadline,
    as_long_as_it_takes: bool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Turn {
    let budget = deadline.remaining();
    let seen = slot.seen();
    let mut pause = FIRST_PAUSE;
    let mut overdue_since = None;
    loop {
        let lock = slot.try_lock();
        // Whoever held the lock may have left a token, or word that there is none.
        let now = clock();
        let kept = match slot.look() {
            Look::Found(entry) => Some(entry),
            Look::Missed(_) | Look::Trouble(_) => None,
        };
        let lock = match lock {
            Ok(lock) => lock,
            Err(trouble) => {
                on_event(Event::NoLock(&trouble));
                return Turn::Alone { kept };
            }
        };
        let Notice { last, failure } = slot.notice().unwrap_or_default();
        let is_good = |entry: &Entry| entry.judge(now, policy).is_hit() || entry.is_shared(&seen, last, policy);
        let kept = match kept {
            Some(entry) if is_good(&entry) => {
                on_event(Event::Shared);
                return Turn::Shared(entry);
            }
            kept => kept,
        };
        if let Some(failure) = failure.filter(|failure| seen.is_before_failure(failure.flight)) {
            return Turn::Failed(failure);
        }
        if let Some(mut lock) = lock {
            let left = if as_long_as_it_takes { budget } else { deadline.remaining() };
            let flight = lock.begin(now + left);
            return Turn::Mine { lock, flight, kept };
        }
        if pause == FIRST_PAUSE {
            on_event(Event::Waiting);
        }
        let overdue = slot.promised().is_some_and(|until| now > until);
        overdue_since = overdue.then(|| overdue_since.unwrap_or_else(Instant::now));
        if overdue_since.is_some_and(|since| since.elapsed() > GRACE) {
            on_event(Event::Overdue);
            return Turn::Alone { kept };
        }
        let left = deadline.remaining();
        if left.is_zero() && !as_long_as_it_takes {
            return Turn::TimeIsUp;
        }
        std::thread::sleep(if as_long_as_it_takes { pause } else { pause.min(left) });
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::cache::FailureKind;
    use crate::cache::memory::Memory;
    use crate::json::Members;
    use crate::oauth::Token;
    use crate::secret::Secret;

    const FORCED: Policy<'static> =
        Policy { force_new: true, min_valid: None, default_ttl: None, instead_of: None, handed_over: None };

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    /// A token that nobody will use who did not wait for it: how long it lives is not known.
    fn entry(flight: Flight) -> Entry {
        let token = Token {
            access_token: Secret::new("tok"),
            token_type: None,
            expires_at: None,
            refresh_token: None,
            scope: None,
            members: Members::parse(r#"{"access_token":"tok"}"#).unwrap().unwrap(),
            binding: None,
            id_token: None,
        };
        Entry { flight, requested_at: now(), token, is_login: false }
    }

    fn failure(flight: Flight) -> Failure {
        let message = "no".into();
        Failure { flight, kind: FailureKind::Refused, message, status: None, oauth: None, hints: Vec::new() }
    }

    /// The flight of another run, which holds the lock.
    struct Other {
        slot: Slot,
        lock: Lock,
        flight: Flight,
    }

    impl Other {
        fn begin(memory: &Memory, until: SystemTime) -> Self {
            let slot = memory.slot(b"secret");
            let mut lock = slot.try_lock().unwrap().expect("nobody holds it");
            let flight = lock.begin(until);
            Self { slot, lock, flight }
        }

        fn gets_a_token(self) {
            self.slot.keep(&entry(self.flight), now()).unwrap();
        }

        fn fails(mut self) {
            self.slot.leave_word(&mut self.lock, &failure(self.flight));
        }
    }

    fn turn_of(memory: &Memory, credentials: &[u8], policy: &Policy<'_>, on_wait: &dyn Fn()) -> Turn {
        let deadline = Deadline::after(Duration::from_secs(60));
        turn(&memory.slot(credentials), policy, &now, deadline, false, &mut |_| on_wait())
    }

    /// What comes of a run that waits while `meanwhile` happens.
    fn waits(memory: &Memory, policy: Policy<'_>, meanwhile: impl FnOnce()) -> Turn {
        let (sender, waits) = mpsc::channel();
        std::thread::scope(|scope| {
            let run = scope.spawn(move || turn_of(memory, b"secret", &policy, &|| sender.send(()).unwrap_or_default()));
            waits.recv().unwrap();
            meanwhile();
            run.join().unwrap()
        })
    }

    fn later() -> SystemTime {
        now() + Duration::from_secs(60)
    }

    #[test]
    fn who_waits_takes_the_token_or_the_failure_of_whom_it_waited_for() {
        let memory = Memory::default();
        let other = Other::begin(&memory, later());
        let flight = other.flight;
        let turn = waits(&memory, Policy::default(), || other.gets_a_token());
        assert!(matches!(turn, Turn::Shared(entry) if entry.flight == flight));

        let other = Other::begin(&memory, later());
        let flight = other.flight;
        let turn = waits(&memory, Policy::default(), || other.fails());
        assert!(matches!(turn, Turn::Failed(failure) if failure.flight == flight));
        let other = Other::begin(&memory, later());
        assert!(matches!(waits(&memory, FORCED, || other.fails()), Turn::Failed(_)), "it is later than this run");
    }

    #[test]
    fn what_was_there_before_is_nothing_that_was_waited_for() {
        let memory = Memory::default();
        for policy in [Policy::default(), FORCED] {
            Other::begin(&memory, later()).fails();
            let before = Other::begin(&memory, later());
            let flight = before.flight;
            before.gets_a_token();
            let mine = turn_of(&memory, b"secret", &policy, &|| {});
            assert!(matches!(&mine, Turn::Mine { kept: Some(kept), .. } if kept.flight == flight));
            drop(mine);
            // Nor is it while somebody else asks, who is killed.
            let other = Other::begin(&memory, later());
            let mine = waits(&memory, policy, || drop(other));
            assert!(matches!(mine, Turn::Mine { kept: Some(kept), .. } if kept.flight == flight));
        }
    }

    #[test]
    fn a_new_token_comes_of_a_flight_that_began_later() {
        let memory = Memory::default();
        let in_progress = Other::begin(&memory, later());
        let mut next = None;
        let turn = waits(&memory, FORCED, || {
            // The lock changes hands between two looks; its number says so even if nobody saw it free.
            let Other { slot, lock, flight } = in_progress;
            slot.keep(&entry(flight), now()).unwrap();
            drop(lock);
            next = slot.try_lock().unwrap().map(|mut lock| {
                let flight = lock.begin(later());
                slot.keep(&entry(flight), now()).unwrap();
                flight
            });
        });
        match turn {
            Turn::Shared(entry) => assert_eq!(Some(entry.flight), next),
            // The waiting run was quicker.
            Turn::Mine { .. } => assert_eq!(next, None),
            _ => panic!("neither"),
        }
        let other = Other::begin(&memory, later());
        let without_lock = Flight::draw();
        let turn = waits(&memory, FORCED, || {
            memory.slot(b"secret").keep(&entry(without_lock), now()).unwrap();
            drop(other);
        });
        assert!(matches!(turn, Turn::Mine { .. }), "nobody knows when a flight without the lock began");
    }

    #[test]
    fn other_credentials_share_nothing_and_wait_their_turn() {
        let memory = Memory::default();
        let other = Other::begin(&memory, later());
        let (sender, waits) = mpsc::channel();
        std::thread::scope(|scope| {
            let memory = &memory;
            let run = scope.spawn(move || {
                turn_of(memory, b"another secret", &Policy::default(), &|| sender.send(()).unwrap_or_default())
            });
            waits.recv().unwrap();
            other.fails();
            assert!(matches!(run.join().unwrap(), Turn::Mine { kept: None, .. }));
        });
    }

    #[test]
    fn nobody_waits_beyond_the_holders_time_or_its_own() {
        let memory = Memory::default();
        let stopped = Other::begin(&memory, now() - Duration::from_secs(1));
        assert!(matches!(turn_of(&memory, b"secret", &Policy::default(), &|| {}), Turn::Alone { kept: None }));
        drop(stopped);
        let _other = Other::begin(&memory, later());
        let slot = memory.slot(b"secret");
        let soon = || Deadline::after(Duration::from_millis(20));
        assert!(matches!(turn(&slot, &Policy::default(), &now, soon(), false, &mut |_| {}), Turn::TimeIsUp));
    }

    #[test]
    fn who_waits_as_long_as_it_takes_has_its_own_time_afterwards() {
        let memory = Memory::default();
        let other = Other::begin(&memory, later());
        let slot = memory.slot(b"secret");
        let (sender, waits) = mpsc::channel();
        let mine = std::thread::scope(|scope| {
            let run = scope.spawn(|| {
                let soon = Deadline::after(Duration::from_millis(20));
                turn(&slot, &Policy::default(), &now, soon, true, &mut |_| sender.send(()).unwrap_or_default())
            });
            waits.recv().unwrap();
            std::thread::sleep(Duration::from_millis(60));
            drop(other);
            run.join().unwrap()
        });
        assert!(matches!(mine, Turn::Mine { .. }));
        let promised = slot.promised().unwrap();
        assert!(promised > now() && promised <= now() + Duration::from_millis(20));
        // A holder that begins to wait for a person promises anew, and is not overdue.
        let Turn::Mine { mut lock, flight, .. } = mine else { return };
        lock.extend(flight, later());
        assert_eq!(slot.promised(), Some(later()));
        assert_eq!(slot.notice().unwrap().last, Some(flight));
    }

    #[test]
    fn a_clock_that_is_set_changes_nothing_of_whose_outcome_counts() {
        let memory = Memory::default();
        let other = Other::begin(&memory, later());
        let flight = other.flight;
        let day = Duration::from_secs(86_400);
        for jump in [now() + day, now() - day] {
            let other = Flight::draw();
            assert_ne!(other, flight);
            let kept = Entry { requested_at: jump, ..entry(flight) };
            let seen = memory.slot(b"secret").seen();
            assert!(kept.is_shared(&seen, Some(flight), &Policy::default()));
            assert!(!kept.is_shared(&seen, Some(flight), &FORCED));
        }
        let turn = waits(&memory, Policy::default(), || {
            other.slot.keep(&Entry { requested_at: now() + day, ..entry(flight) }, now()).unwrap();
            drop(other);
        });
        assert!(matches!(turn, Turn::Shared(entry) if entry.flight == flight));
        assert_eq!(memory.lifetime(), Some(day * 2), "no longer than it is of use");
    }
}
