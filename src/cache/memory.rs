//! A store in memory: the second one, by which tests prove that nothing above the seam knows of files.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::Slot;
use super::flight::Flight;
use super::key::{Credentials, Fields};
use super::seal::{Head, MachineKey, Sealer};
use super::store::{Board, Cleared, Guard, Store, Trouble};

/// Whoever has a clone of it has the same store.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<BTreeMap<String, Place>>>);

#[derive(Default)]
struct Place {
    entry: Option<(Vec<u8>, Duration)>,
    held: bool,
    until: Option<SystemTime>,
    board: Board,
}

struct Held {
    memory: Memory,
    name: String,
}

impl Memory {
    /// The place for the only key of a test.
    pub(crate) fn slot(&self, credentials: &[u8]) -> Slot {
        let mut fields = Fields::default();
        fields.push(credentials);
        let machine = MachineKey::from_bytes(&[1; MachineKey::LEN]).unwrap();
        let sealer = Sealer::new(&machine, [2; 32], Credentials::of(fields));
        Slot { store: Arc::new(self.clone()), name: machine.name_of(&[2; 32]), sealer }
    }

    /// For how long the only entry is kept.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.places().values().find_map(|place| Some(place.entry.as_ref()?.1))
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<String, Place>> {
        self.0.lock().unwrap()
    }

    fn at<T>(&self, name: &str, work: impl FnOnce(&mut Place) -> T) -> T {
        work(self.places().entry(name.to_owned()).or_default())
    }
}

impl Store for Memory {
    fn check(&self) -> Result<(), Trouble> {
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(self.at(name, |place| place.entry.as_ref().map(|(sealed, _)| sealed.clone())))
    }

    fn put(&self, name: &str, sealed: &[u8], lifetime: Duration) -> Result<(), Trouble> {
        self.at(name, |place| place.entry = Some((sealed.to_vec(), lifetime)));
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<bool, Trouble> {
        Ok(self.at(name, |place| place.entry.take().is_some()))
    }

    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Guard>>, Trouble> {
        let held = self.at(name, |place| std::mem::replace(&mut place.held, true));
        let guard = || Box::new(Held { memory: self.clone(), name: name.to_owned() }) as Box<dyn Guard>;
        Ok((!held).then(guard))
    }

    fn promised(&self, name: &str) -> Option<SystemTime> {
        self.at(name, |place| place.until)
    }

    fn board(&self, name: &str) -> Result<Board, Trouble> {
        Ok(self.at(name, |place| place.board.clone()))
    }

    fn names(&self) -> Result<Option<BTreeMap<String, SystemTime>>, Trouble> {
        Ok(None)
    }

    fn clear(&self) -> Result<Cleared, Trouble> {
        self.places().clear();
        Ok(Cleared::default())
    }

    fn sweep(&self, _: &dyn Fn(&Head) -> Option<SystemTime>, _: SystemTime) {}
}

impl Guard for Held {
    fn begin(&mut self, flight: Flight, until: SystemTime) {
        self.memory.at(&self.name, |place| {
            place.board.flight = Some(flight);
            place.until = Some(until);
        });
    }

    fn leave_word(&mut self, sealed: &[u8]) {
        self.memory.at(&self.name, |place| place.board.word = Some(sealed.to_vec()));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.at(&self.name, |place| (place.held, place.until) = (false, None));
    }
}
