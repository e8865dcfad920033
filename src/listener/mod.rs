//! The way back from a browser: a port of this machine, what is asked of it, and the page that is seen last (RFC 8252 §7.3).
//!
//! It knows no protocol: the way in is a text ([`Came::Answer`]) that [`Terms::is_answer`] takes for what is waited for, the way
//! out is a [`Page`]. Whatever else comes (images, prefetched pages, other sites by way of DNS, halves of requests, TLS on a
//! plain port) is answered and changes nothing.

mod page;
mod ports;
pub mod request;
mod serve;
mod tls;

use std::net::IpAddr;

pub use page::Page;
pub use ports::{BindError, Listener};
pub use serve::Serving;
pub use tls::Tls;

/// Where a browser comes back to.
#[derive(Clone)]
pub struct Place {
    /// `127.0.0.1`, `[::1]` or `localhost`, in any letter case.
    pub host: String,
    /// The redirect's port; a random one where there is none.
    pub port: Option<u16>,
    /// The redirect's path, without a query.
    pub path: String,
    /// Where to listen instead of at `host`, and on which port if not on the redirect's. The two lend each other their port.
    pub listen: Option<(IpAddr, Option<u16>)>,
    /// With this certificate, where the redirect is https.
    pub tls: Option<Tls>,
}

/// What is waited for.
pub struct Terms {
    /// True for a query or a form's body that is the answer, compared in constant time: it has what only we know.
    pub is_answer: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// It was asked for as a form that the browser posts.
    pub form_post: bool,
    /// Where the browser is sent from here.
    pub start: Option<Start>,
}

/// The start address: it leads on once.
pub struct Start {
    /// Its path, without the slash: 128 random bits in base64url.
    pub token: String,
    /// Where it leads.
    pub location: String,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// What was waited for. Its connection waits for [`Serving::finish`], and it comes once.
    Answer {
        /// The query, or the form's body.
        text: String,
        /// It came as a query though a form was asked for.
        is_other_way: bool,
    },
    /// Somebody came to the redirect with what is not the answer.
    Foreign {
        /// The `error` in it, decoded and otherwise as it came.
        error: Option<String>,
        /// As in [`Self::Noted`].
        line: String,
    },
    /// What changed nothing, in a line: the method, the path without its query, what was answered and why. Of this and of what
    /// is foreign there is a bounded number.
    Noted(String),
    /// The start address led on.
    Started,
    /// The start address was asked for again while no answer had come: the first time, and is only noted from then on.
    StartedAgain,
}

/// Where what came is told.
type Told = Box<dyn Fn(Came) + Send + Sync>;
