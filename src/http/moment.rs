//! What is known of an exchange while it goes on, for whoever watches it.

use crate::net::{Milestone, Proxy};

/// One of the things that happen, in the order in which they do. The answer is what [`super::Pool::send`] returns.
#[derive(Debug)]
pub enum Moment<'a> {
    /// On the way to a new connection.
    Connecting(Milestone<'a>),
    /// The request goes out. A connection kept from an earlier request took it without being asked; there it has gone out
    /// already.
    Sending {
        /// The proxy that gets it in the absolute form, with its own credentials.
        forwarder: Option<&'a Proxy>,
        /// True on a connection kept from an earlier request.
        kept: bool,
    },
    /// This came back, which is not an answer or not a whole one: as much of its head as there was.
    Broken(&'a str),
}
