//! What must not be seen: the [`Secret`] type, the grammar of its sources ([`source`]), the layer that blots it out of
//! foreign text ([`redact`]), what is secret by its name ([`names`]), what a foreign text gives away by itself ([`mask`]) and what
//! a secret's [`shape`] tells.
//!
//! It may read secret files, stdin, the terminal and helper commands; it never prints.

#[cfg(unix)]
mod family;
mod helper;
pub mod mask;
pub mod names;
pub mod redact;
pub mod shape;
pub mod source;

use std::fmt;

use zeroize::Zeroizing;

pub use redact::Redactor;
pub use shape::Flaw;
pub use source::Source;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// A text that can be used but not shown: no `Display`, no `Serialize`, no `Deref`, a `Debug` that says `***`, and its
/// memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret {
    text: Zeroizing<String>,
    is_meant: bool,
}

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), is_meant: false }
    }

    /// The same for a text that was said to be the secret, whatever its [`shape`].
    pub fn meant(text: impl Into<String>) -> Self {
        Self { is_meant: true, ..Self::new(text) }
    }

    /// What is odd about its shape, unless it was said to be meant so; see [`shape::of_secret`].
    pub fn flaw(&self, is_phrase: bool) -> Option<Flaw> {
        if self.is_meant { None } else { shape::of_secret(self.expose(), is_phrase) }
    }

    /// The same for a header field or a parameter; see [`shape::of_field`].
    pub fn flaw_of_field(&self) -> Option<Flaw> {
        if self.is_meant { None } else { shape::of_field(self.expose()) }
    }

    /// The same secret with its text put through `f`.
    ///
    /// # Errors
    /// What `f` gives.
    pub fn try_map<E>(&self, f: impl FnOnce(&str) -> Result<String, E>) -> Result<Self, E> {
        Ok(Self { text: Zeroizing::new(f(self.expose())?), is_meant: self.is_meant })
    }

    /// The text itself. Loud on purpose: every call is a place where a secret leaves its type.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// Two are equal by their text, however they came in.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.expose().cmp(other.expose())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
