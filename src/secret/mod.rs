//! What must not be seen: the [`Secret`] type, the grammar of its sources ([`source`]), the layer that blots it out of
//! foreign text ([`redact`]) and what is secret by its name ([`names`]).
//!
//! It may read secret files, stdin, the terminal and helper commands; it never prints.

#[cfg(unix)]
mod family;
mod helper;
pub mod names;
pub mod redact;
pub mod source;

use std::fmt;

use zeroize::Zeroizing;

pub use redact::Redactor;
pub use source::Source;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// A text that can be used but not shown: no `Display`, no `Serialize`, no `Deref`, a `Debug` that says `***`, and its
/// memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Loud on purpose: every call is a place where a secret leaves its type.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

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
