//! What happens on the way to a token, as it is told to whoever listens.

use std::time::Duration;

use crate::cache::{self, Trouble};
use crate::http::TransportError;
use crate::oauth::Post;
use crate::oauth::discovery::Metadata;
use crate::oauth::reply::Deviation;
use crate::wire::{Call, Reply, Url};

/// What becomes of an issuer's metadata where it is kept from run to run.
#[derive(Debug, Clone, Copy)]
pub enum MetadataEvent<'a> {
    /// What an earlier run kept is used, and the issuer is not asked.
    Used {
        /// Since it was received.
        age: Duration,
    },
    /// It cannot be kept.
    NotKept(&'a Trouble),
    /// The run failed with what was kept: it is forgotten, and the next one asks the issuer.
    Forgotten,
    /// It could not be forgotten.
    NotForgotten(&'a Trouble),
}

/// What happens on the way.
pub enum Event<'a> {
    /// What is sent to this place next is about to be made: whoever wants it to wait lets it wait now.
    Next(&'a Url),
    /// Metadata is asked for.
    Get(&'a Call),
    /// A token is asked for.
    Post(&'a Post),
    /// An answer came.
    Reply(&'a Reply),
    /// Nothing usable came back.
    Failed(&'a TransportError),
    /// The same is tried again after a wait.
    Retry {
        /// How long.
        wait: Duration,
        /// From 1.
        attempt: u32,
        /// Of so many.
        of: u32,
    },
    /// The endpoint was learned from metadata.
    Discovered(&'a Metadata),
    /// What became of metadata that is kept from run to run.
    Metadata(MetadataEvent<'a>),
    /// The server bent a standard.
    Deviation(&'a Deviation),
    /// The cache was looked into.
    Kept(cache::Verdict),
    /// Something else that only who looks closely wants to know.
    Note(String),
    /// Something the user should know although it works.
    Warning(String),
}
