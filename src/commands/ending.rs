//! What is kept and is to end: where it is, and the right to change it, for `logout`, `revoke` and `cache clear`.

use std::time::{Duration, SystemTime};

use super::session::{read_secret, slot_for};
use crate::cache::{Cache, Lock, Slot};
use crate::deadline::Deadline;
use crate::problem;
use crate::report::Reporter;
use crate::secret::Secret;
use crate::settings::{Environment, Key, Settings};

/// Between looks at a lock that another run holds.
const PAUSE: Duration = Duration::from_millis(20);

/// Where a token with these settings is kept, to be forgotten unread. Of the secrets those alone are read that say whose token it
/// is: what it was traded for, and the key that it is bound to.
///
/// # Errors
/// A cache that cannot be used; such a secret that cannot be read.
pub(super) fn slot_of(cache: &Cache, settings: &Settings, env: &Environment) -> problem::Result<Option<Slot>> {
    let lookup = |name: &str| env.os(name);
    let mut reader = settings.reader(&lookup, Deadline::after(settings.http.timeout));
    let request = settings.read_secrets(|asked| match asked.key {
        Key::Assertion | Key::SubjectToken | Key::ActorToken | Key::DpopKey => read_secret(&mut reader, asked, env),
        _ => Ok(Secret::new("")),
    })?;
    Ok(slot_for(cache, &request, settings, &mut reader, env)?)
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
