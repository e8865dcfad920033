//! What the layers above and below ureq have to tell each other about one exchange.

use std::cell::RefCell;
use std::time::Instant;

use zeroize::Zeroizing;

use super::head::Straightened;
use crate::deadline::Deadline;
use crate::net;

/// What the connector and the connection have to tell the exchange they serve. ureq runs them on the caller's thread but
/// has no way to pass anything through, so it lies here from [`Notes::begin`] to [`Notes::end`].
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) deadline: Option<Deadline>,
    /// About the length of the longest line to be sent.
    pub(super) longest: usize,
    /// What stands before the path in the request line.
    pub(super) origin: Option<String>,
    /// How long it took to get connected, where the connection serves its first exchange.
    pub(super) connected: Option<net::DialTimings>,
    /// When the first byte of the request went out.
    pub(super) sent: Option<Instant>,
    /// True if there was no connection to take.
    pub(super) unconnected: bool,
    /// The head of the answer as it came, interim answers in front: as much of it as has been looked at.
    pub(super) head: Zeroizing<Vec<u8>>,
    /// So many of its bytes are whole heads.
    whole: usize,
    /// It, and all of its fields, where it had to be straightened.
    pub(super) straightened: Option<Straightened>,
    /// The beginning of the answer, for an error message.
    pub(super) start: Vec<u8>,
    /// Bytes of the answer received.
    pub(super) received: u64,
    /// Bytes received since something came out of them: the whole head, or a piece of the body. Of what is neither (interim
    /// answers, the lines between chunks, trailers) there may be no more than of a head.
    pub(super) fruitless: usize,
    /// True if nothing was sent because the connection, kept from an earlier request, is not one for this request.
    pub(super) unfit: bool,
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
}

impl Notes {
    pub(super) fn begin(deadline: Deadline, longest: usize) {
        NOTES.set(Self { deadline: Some(deadline), longest, ..Self::default() });
    }

    /// Makes the request target of this exchange an absolute one, as a proxy wants it (RFC 9112 §3.2.2). ureq writes none.
    pub(super) fn absolute(origin: String) {
        Self::note(|notes| notes.origin = Some(origin));
    }

    pub(super) fn end() -> Self {
        NOTES.take()
    }

    /// Another piece of a body is about to be read.
    pub(super) fn body() {
        Self::note(|notes| notes.fruitless = 0);
    }

    /// This is how the head of the answer that is coming in looks by now.
    pub(super) fn head(head: &[u8], is_whole: bool) {
        Self::note(|notes| {
            notes.head.truncate(notes.whole);
            notes.head.extend_from_slice(head);
            if is_whole {
                notes.whole = notes.head.len();
            }
        });
    }

    pub(super) fn note<T>(write: impl FnOnce(&mut Self) -> T) -> T {
        NOTES.with_borrow_mut(write)
    }
}
