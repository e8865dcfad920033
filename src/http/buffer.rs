//! What is held back to be sent, and what has come in, as ureq wants to handle it.

use ureq::unversioned::transport::Buffers;
use zeroize::Zeroizing;

use super::notes::Notes;

const BUFFER: usize = 16 * 1024;

/// ureq's buffers, wiped when dropped: requests hold credentials and answers hold tokens.
#[derive(Default)]
pub(super) struct Buffer {
    pub(super) output: Zeroizing<Vec<u8>>,
    /// So much of the output is still to be sent.
    pub(super) held: usize,
    input: Zeroizing<Vec<u8>>,
    consumed: usize,
    filled: usize,
    progress: bool,
}

impl Buffer {
    /// True if another of ureq's writes fits behind what is held: whole lines, with little around them.
    pub(super) fn has_room(&self) -> bool {
        self.output.len() - self.held >= Notes::note(|notes| notes.longest) + 64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held == 0 && self.consumed == self.filled
    }

    pub(super) fn drop_front(&mut self, amount: usize) {
        self.consumed = (self.consumed + amount).min(self.filled);
    }

    /// Puts bytes, no more than there were, in the place of the first `amount`.
    pub(super) fn replace_front(&mut self, amount: usize, with: &[u8]) {
        self.drop_front(amount);
        let start = self.consumed.saturating_sub(with.len());
        if let Some(place) = self.input.get_mut(start..start + with.len()) {
            place.copy_from_slice(with);
            self.consumed = start;
        }
    }

    pub(super) fn newest(&self, amount: usize) -> &[u8] {
        self.input.get(self.filled.saturating_sub(amount)..self.filled).unwrap_or_default()
    }
}

impl Buffers for Buffer {
    fn output(&mut self) -> &mut [u8] {
        // Only what is held back takes room away, and it is sent before there is too little.
        if !self.has_room() {
            self.output = Zeroizing::new(vec![0; BUFFER.max(Notes::note(|notes| notes.longest) + 64)]);
        }
        &mut self.output[self.held..]
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..self.filled).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.input.len() - self.filled < BUFFER / 4 {
            // A new vector instead of a growing one: growing would leave an unwiped copy behind.
            let mut larger = Zeroizing::new(vec![0; (self.input.len() * 2).max(BUFFER)]);
            larger[..self.filled].copy_from_slice(&self.input[..self.filled]);
            self.input = larger;
        }
        &mut self.input[self.filled..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled = (self.filled + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.drop_front(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.output();
        self.input_append_buf();
        (&mut self.input[self.filled..], &mut self.output[self.held..])
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.consumed < self.filled
    }
}
