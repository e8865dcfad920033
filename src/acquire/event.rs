//! What happens on the way to a token, as it is told to whoever listens.

use std::time::Duration;

use super::AcquireError;
use super::login::Prompt;
use crate::cache::{self, Trouble};
use crate::http::{Moment, TransportError};
use crate::net::{PassedOver, TlsWarning};
use crate::oauth::discovery::Metadata;
use crate::oauth::reply::{Deviation, Oddity};
use crate::oauth::{Field, Post, ProofKey};
use crate::secret::redact::Conceal;
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

/// What is sent.
#[derive(Debug)]
pub enum Message {
    /// To ask for metadata.
    Get(Call),
    /// To ask the platform that runs a job who it is.
    Identity(Call),
    /// To ask for a token.
    Post(Post),
}

impl Message {
    /// True where its answer may hold a token under any name.
    pub fn asks_for_token(&self) -> bool {
        match self {
            Self::Get(_) => false,
            Self::Identity(_) => true,
            Self::Post(post) => post.is_for_token,
        }
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        match self {
            Self::Get(call) | Self::Identity(call) => &call.url,
            Self::Post(post) => &post.url,
        }
    }
}

/// What happens on the way.
pub enum Event<'a> {
    /// What is sent to this place next is about to be made: whoever wants it to wait lets it wait now.
    Next(&'a Url),
    /// This was made, to be sent next.
    Made(&'a Message),
    /// The way to an answer to this.
    Moment(&'a Message, &'a Moment<'a>),
    /// Tokens are bound to this key, which was made here.
    ProofKey(&'a ProofKey),
    /// An answer came.
    Reply(&'a Reply),
    /// Nothing usable came back.
    Failed(&'a TransportError),
    /// This happened again, as one poll looks like the other: there is nothing to be told of it.
    Repeated(&'a Event<'a>),
    /// The same is tried again after a wait.
    Retry {
        /// How long.
        wait: Duration,
        /// From 1.
        attempt: u32,
        /// Of so many.
        of: u32,
    },
    /// The server wants its nonce in the proof: the request goes out once more, with that and made anew (RFC 9449 §8).
    NonceWanted,
    /// So many attempts were made, and none was a success.
    Tried {
        /// More than one.
        attempts: u32,
        /// There might have been so many.
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
    /// What is kept cannot be read.
    Unusable(&'a Trouble),
    /// The token is not kept.
    NotKept(&'a Trouble),
    /// The refresh token that came in place of the kept one is not kept.
    LoginNotKept(&'a Trouble),
    /// What was kept of the login was forgotten while it was refreshed.
    LoginForgotten,
    /// It is not known when the token that is kept expires, so no run will take it.
    NotReused,
    /// The refresh token that was kept is of no use any more.
    RefreshGivenUp(&'a AcquireError),
    /// No run can wait for another, so this one asks by itself.
    NoLock(&'a Trouble),
    /// Another run is asking for this token, and this one waits.
    Waiting,
    /// What that run promised is overdue, so this one asks by itself.
    Overdue,
    /// That run got a token, which is this one's too.
    Shared,
    /// A proxy that a variable names is not used.
    PassedOver(PassedOver),
    /// Something about the connection's set-up deserves a look.
    TlsWarning(&'a TlsWarning),
    /// The server's metadata does not list the grant of this name.
    GrantUnlisted(&'a str),
    /// The server's metadata does not list the auth method of this name.
    MethodUnlisted(&'a str),
    /// The server's metadata does not list the algorithm that assertions of clients are signed by.
    AlgUnlisted(&'a str),
    /// The server's metadata does not list the algorithm of the proofs.
    ProofAlgUnlisted(&'a str),
    /// These scopes were asked for, and the answer does not name them among those that it grants.
    ScopesNotNamed(&'a [&'a str]),
    /// These scopes were granted, and not asked for.
    ScopesUnasked(&'a [&'a str]),
    /// These audiences and resources were asked for, and the token does not say that it is for them.
    AudienceLacks(&'a [String]),
    /// The same in an exchange, which is about that.
    AudienceIgnored(&'a [String]),
    /// An exchange brought another type of token than the one that was asked for.
    OtherType {
        /// What was asked for.
        asked: &'a str,
        /// What came.
        issued: &'a str,
    },
    /// The answer bends no standard and may surprise all the same.
    Oddity(Oddity),
    /// These are secrets of the login that is under way.
    Secrets(&'a dyn Conceal),
    /// A person is about to be asked for all of this.
    Asking(&'a [Field]),
    /// A person is asked: told whatever else is not.
    Prompt(&'a Prompt<'a>),
    /// A request came from a browser that changes nothing.
    Listened(&'a str),
    /// A request came that is not the answer to this login, and speaks of this error.
    ForeignAnswer(&'a str),
    /// The start address was opened once more while no answer had come.
    StartedTwice,
    /// No browser could be opened, for this reason.
    NoBrowser(&'a str),
    /// What was pasted is not the answer, for this reason.
    Unpasted(&'a str),
    /// The answer came back, as far as it may be told.
    CameBack(&'a str),
    /// The code was not entered yet.
    Polled {
        /// From 1.
        count: u32,
        /// What the server said.
        why: &'a str,
        /// Until the next time.
        wait: Duration,
    },
    /// Something of what is listened with deserves a look.
    Doubt(&'a str),
    /// Not all of the ID token is checked.
    IdTokenUnchecked(&'a str),
    /// No refresh token came: the login ends with the token, unless this helps.
    NotRenewable(&'a [String]),
}
