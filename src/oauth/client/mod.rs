//! How a client proves who it is at the token endpoint (RFC 6749 §2.3). A client is its id, its [`ClientKind`], which says
//! all that is particular about the method, and what the request holds of what that needs: a new method is a file with a
//! `KIND` and a line in [`KINDS`].

pub mod assertion;
pub mod basic;
pub mod certificate;
mod kind;
pub mod none;
pub mod post;

pub use kind::{Client, ClientKind, Signs, Unsendable};

use super::need::Need;

/// The methods there are, in the order help names them.
pub const KINDS: &[&ClientKind] = &[
    &basic::KIND, //
    &post::KIND,
    &assertion::PRIVATE_KEY,
    &assertion::SECRET,
    &certificate::BY_AUTHORITY,
    &certificate::SELF_SIGNED,
    &none::KIND,
];

/// The method where nobody names one, here and in metadata (RFC 8414 §2).
pub const DEFAULT: &ClientKind = &basic::KIND;

/// What the methods may be called: the registered names, then the short ones.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain(KINDS.iter().filter_map(|kind| kind.short))
}

/// The method of that name, registered or short.
pub fn find(name: &str) -> Option<&'static ClientKind> {
    KINDS.iter().copied().find(|kind| kind.name == name || kind.short == Some(name))
}

/// Everything that some method needs; what two of them need stands there twice.
pub fn needs() -> impl Iterator<Item = &'static Need> + Clone {
    KINDS.iter().flat_map(|kind| kind.needs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_may_be_registered_for_instead_is_a_method() {
        for kind in KINDS {
            assert!(find(kind.instead).is_some_and(|other| other.name != kind.name), "{}", kind.name);
        }
    }

    #[test]
    fn short_names_mean_the_registered_methods() {
        for (name, method) in [
            ("basic", Some("client_secret_basic")),
            ("client_secret_basic", Some("client_secret_basic")),
            ("post", Some("client_secret_post")),
            ("client_secret_post", Some("client_secret_post")),
            ("none", Some("none")),
            ("Basic", None),
            ("private_key_jwt", Some("private_key_jwt")),
            ("private_key", None),
        ] {
            assert_eq!(find(name).map(|kind| kind.name), method, "{name}");
        }
    }
}
