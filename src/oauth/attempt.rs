//! One time that a request goes out.

use std::time::SystemTime;

use super::jwt::Jwt;
use crate::secret::Secret;
use crate::wire::Url;

/// What differs each time that a request goes out. Whatever is made of it is made anew: a signature that a server has seen
/// is of no use a second time.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The token endpoint, which was given or which metadata names.
    pub endpoint: &'a Url,
    /// Whom the request is for by the server's own name, its issuer where that is known (RFC 7523 §3).
    pub audience: &'a str,
    /// The time.
    pub now: SystemTime,
    /// The same as the server's clock is said to have it: it dates what is signed.
    pub dated: SystemTime,
    /// The tokens that somebody else made, as they were last read, by the names of their needs.
    pub tokens: &'a [(&'static str, Secret)],
    /// The assertion that was made for it.
    pub assertion: Option<&'a Jwt>,
    /// The proof of possession that was made for it (RFC 9449 §5).
    pub proof: Option<&'a Jwt>,
}

impl Attempt<'_> {
    /// The token that somebody else made, by the name of its need.
    pub fn token(&self, name: &str) -> Option<&Secret> {
        self.tokens.iter().find(|(of, _)| *of == name).map(|(_, token)| token)
    }
}
