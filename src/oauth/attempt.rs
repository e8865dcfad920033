//! One time that a request goes out.

use std::time::SystemTime;

use crate::wire::Url;

/// What differs each time that a request goes out. Whatever is made of it is made anew: a signature that a server has seen
/// is of no use a second time.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The token endpoint, which was given or which metadata names.
    pub endpoint: &'a Url,
    /// Whom the request is for by the server's own name, its issuer where that is known (RFC 7523 §3).
    pub audience: &'a str,
    /// The time, which dates what is signed.
    pub now: SystemTime,
    /// What the server wants to see in what is signed (RFC 9449 §8).
    pub nonce: Option<&'a str>,
}
