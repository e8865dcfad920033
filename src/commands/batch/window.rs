//! What bounds a batch's memory: messages and bytes count from when a line is read until its result is written.
//!
//! The message that is to be written next never waits here, so the window always moves on: everything before it is out, and
//! what one message alone takes, it takes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The window over the input.
pub(super) struct Window {
    most_messages: usize,
    most_bytes: usize,
    state: Mutex<State>,
    moved: Condvar,
}

/// Room in a window.
pub(super) struct Room<'a> {
    window: &'a Window,
    bytes: usize,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.window.leave(self.bytes);
    }
}

#[derive(Default)]
struct State {
    messages: usize,
    bytes: usize,
    /// The index of the message that is to be written next.
    next: u64,
}

impl Window {
    pub(super) fn new(most_messages: usize, most_bytes: usize) -> Self {
        Self { most_messages, most_bytes, state: Mutex::default(), moved: Condvar::new() }
    }

    /// A message that takes so many bytes comes in, as soon as there is room.
    pub(super) fn enter(&self, bytes: usize) {
        let fits = |state: &State| {
            state.messages == 0 || state.messages < self.most_messages && state.bytes + bytes <= self.most_bytes
        };
        let mut state = self.when(fits);
        state.messages += 1;
        state.bytes += bytes;
    }

    /// Message `index` takes `after` bytes from now on instead of `before`, as soon as there is room for what is more.
    pub(super) fn change(&self, index: u64, before: usize, after: usize) {
        let fits =
            |state: &State| after <= before || state.next == index || state.bytes - before + after <= self.most_bytes;
        let mut state = self.when(fits);
        state.bytes = state.bytes - before + after;
        if after < before {
            self.moved.notify_all();
        }
    }

    /// The next message is written.
    pub(super) fn leave(&self, bytes: usize) {
        let mut state = self.state();
        state.messages -= 1;
        state.bytes -= bytes;
        state.next += 1;
        self.moved.notify_all();
    }

    /// The same for what is over in the order in which it ends: room for so many bytes, given back when it is dropped.
    pub(super) fn room(&self, bytes: usize) -> Room<'_> {
        self.enter(bytes);
        Room { window: self, bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn when(&self, holds: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.moved.wait_while(self.state(), |state| !holds(state)).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// What comes of `blocked` once `unblock` has been done; it must not come before.
    fn comes_after(window: &Window, blocked: impl FnOnce(&Window) + Send, unblock: impl FnOnce(&Window)) {
        let (done, is_done) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                blocked(window);
                done.send(()).unwrap();
            });
            assert!(is_done.recv_timeout(Duration::from_millis(50)).is_err(), "it did not wait");
            unblock(window);
            is_done.recv_timeout(Duration::from_secs(60)).unwrap();
        });
    }

    #[test]
    fn what_comes_in_waits_for_room_in_number_and_bytes() {
        let window = Window::new(2, 100);
        window.enter(40);
        window.enter(40);
        comes_after(&window, |window| window.enter(1), |window| window.leave(40));
        window.leave(40);
        comes_after(&window, |window| window.enter(100), |window| window.leave(1));
        window.leave(100);
        let state = window.state();
        assert_eq!((state.messages, state.bytes, state.next), (0, 0, 4));
    }

    #[test]
    fn one_message_alone_may_be_larger_than_the_window() {
        let window = Window::new(2, 100);
        window.enter(1000);
        window.change(0, 1000, 5000);
        comes_after(&window, |window| window.enter(1), |window| window.leave(5000));
    }

    #[test]
    fn a_result_waits_for_room_unless_it_is_the_next_to_be_written() {
        let window = Window::new(3, 100);
        window.enter(30);
        window.enter(30);
        window.enter(30);
        comes_after(&window, |window| window.change(1, 30, 41), |window| window.change(2, 30, 10));
        comes_after(
            &window,
            |window| window.change(2, 10, 90),
            |window| {
                window.change(0, 30, 1000);
                window.leave(1000);
                window.leave(41);
            },
        );
        window.leave(90);
        assert_eq!(window.state().bytes, 0);
    }
}
