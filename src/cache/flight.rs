//! Flights: whose outcome a run may take that had to wait. One process per key asks, under the key's lock; that it asks is a
//! flight, and the others wait for what it gets.
//!
//! Each flight has a random number. Its holder writes it beside the lock before anything is sent, and into all that comes of
//! it: the entry, or the word of a failure. Whoever begins to want a token notes first what is there ([`Seen`]). No clock is
//! asked, so one that is set, or one that is another host's, changes nothing. What is guaranteed:
//!
//! 1. **An outcome that was there already when a run began to want the token is never taken for one that it waited for.** It
//!    was noted, and a number never comes twice. (A token that is good by its lifetime is used all the same.)
//! 2. **Who must have a token that was asked for after it began to want one** (`--force-new`, a token to replace) takes only
//!    what comes of the flight whose number stands beside the lock, and only if another one stood there before. A number is
//!    written once, before the request: so the request was made later than the note. A flight without the lock never counts.
//! 3. **A holder that is killed** leaves a number, no outcome and a free lock: the next one who waits asks. One that gives up
//!    for a reason of its own leaves no word, and it is the same.
//! 4. **A failure is taken by all that began before it was told**, those with `--force-new` too: it is later than they are.
//! 5. **What cannot be read is not known, and what is not known counts for nothing**: the run asks for itself, once more than
//!    would be needed, and never uses what is too old. So does one that reads a number just while it is being written, and
//!    rightly takes what comes of it: nothing was sent yet.

use crate::crypto;

/// The number of a flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight([u8; Self::LEN]);

impl Flight {
    /// Bytes in a number: it is never drawn twice.
    pub const LEN: usize = 16;

    /// A new one.
    pub fn draw() -> Self {
        // Without random bytes nothing is sealed either, so nobody will meet this one in what is kept.
        Self(crypto::random().unwrap_or_default())
    }

    /// The one that was written down. Zeros are what a file is filled up with.
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Option<Self> {
        (bytes != [0; Self::LEN]).then_some(Self(bytes))
    }

    /// What is written down.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// What there was of flights when a run began to want a token.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Beside the lock: who holds it, or held it last.
    pub last: Then,
    /// In the entry.
    pub entry: Then,
    /// In the word of a failure.
    pub word: Then,
}

/// A number that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nobody could tell.
    Unknown,
    /// There was none.
    None,
    /// It was this.
    Some(Flight),
}

impl Then {
    /// True where `flight` is known to have come since.
    fn is_before(self, flight: Flight) -> bool {
        match self {
            Self::Unknown => false,
            Self::None => true,
            Self::Some(then) => then != flight,
        }
    }
}

impl From<Option<Flight>> for Then {
    fn from(flight: Option<Flight>) -> Self {
        flight.map_or(Self::None, Self::Some)
    }
}

impl Seen {
    /// Whether a token that came of `flight` came since.
    pub fn is_before_token(&self, flight: Flight) -> bool {
        self.entry.is_before(flight)
    }

    /// Whether the failure of `flight` was told since.
    pub fn is_before_failure(&self, flight: Flight) -> bool {
        self.word.is_before(flight)
    }

    /// Whether `flight` began since. `last` is the number beside the lock now.
    pub fn is_before_start(&self, flight: Flight, last: Option<Flight>) -> bool {
        last == Some(flight) && self.last.is_before(flight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_and_what_nobody_knows_does_not_count() {
        let (old, new) = (Flight::draw(), Flight::draw());
        for (then, counts_new, counts_old) in
            [(Then::Unknown, false, false), (Then::None, true, true), (Then::Some(old), true, false)]
        {
            let seen = Seen { last: then, entry: then, word: then };
            for (flight, counts) in [(new, counts_new), (old, counts_old)] {
                assert_eq!(seen.is_before_token(flight), counts, "{then:?}");
                assert_eq!(seen.is_before_failure(flight), counts, "{then:?}");
                assert_eq!(seen.is_before_start(flight, Some(flight)), counts, "{then:?}");
                assert!(!seen.is_before_start(flight, None));
            }
            assert!(!seen.is_before_start(new, Some(old)), "a flight without the lock, or one that is over");
        }
    }

    #[test]
    fn a_number_reads_back_as_it_was_and_zeros_are_none() {
        let flight = Flight::draw();
        assert_eq!(Flight::from_bytes(*flight.as_bytes()), Some(flight));
        assert_ne!(Flight::draw(), flight);
        assert_eq!(Flight::from_bytes([0; Flight::LEN]), None);
    }
}
