//! What is kept and is to end: where it is, and the right to change it, for `logout` and `revoke`.

use std::time::{Duration, SystemTime};

use super::each;
use super::session::slot_for;
use crate::cache::{Cache, Lock, Slot, Trouble};
use crate::deadline::Deadline;
use crate::report::Reporter;
use crate::settings::{Environment, Settings};

/// Between looks at a lock that another run holds.
const PAUSE: Duration = Duration::from_millis(20);

/// Where a token with these settings is kept, to be forgotten unread.
///
/// # Errors
/// A cache that cannot be used.
pub(super) fn slot_of(cache: &Cache, settings: &Settings, env: &Environment) -> Result<Option<Slot>, Trouble> {
    let lookup = |name: &str| env.os(name);
    let mut reader = settings.reader(&lookup, Deadline::after(settings.http.timeout));
    slot_for(cache, &each::without_secrets(settings), settings, &mut reader, env)
}

/// The right to change what is kept; without it where another run does not give it back in time.
pub(super) fn locked(slot: &Slot, deadline: Deadline, reporter: &mut Reporter) -> Option<Lock> {
    loop {
        match slot.try_lock() {
            Ok(Some(mut lock)) => {
                lock.begin(SystemTime::now() + deadline.remaining());
                return Some(lock);
            }
            Ok(None) if !deadline.remaining().is_zero() => std::thread::sleep(PAUSE.min(deadline.remaining())),
            Ok(None) => {
                reporter.warn("another run is asking for the same login, and may keep it again");
                return None;
            }
            Err(_) => return None,
        }
    }
}
