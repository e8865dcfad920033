//! What is traded for a token (RFC 6749 §1.3). A grant is its [`GrantKind`], which says all that is particular about it,
//! and what the request holds of what that needs: a new one is a file with a `KIND` and a line in [`KINDS`].

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod extension;
pub mod jwt_bearer;
mod kind;
pub mod password;
pub mod refresh_token;
pub mod saml2_bearer;
pub mod token_exchange;

pub use kind::{Clients, Grant, GrantKind, OtherNames, RefreshToken};

use super::need::Need;

/// The grants there are, in the order help names them.
pub const KINDS: &[&GrantKind] = &[
    &client_credentials::KIND, //
    &password::KIND,
    &refresh_token::KIND,
    &authorization_code::KIND,
    &device_code::KIND,
    &jwt_bearer::KIND,
    &saml2_bearer::KIND,
    &token_exchange::KIND,
    &extension::KIND,
];

/// What was traded for an answer that somebody found: no grant that could be asked for.
pub const UNKNOWN: GrantKind = GrantKind {
    name: "",
    clients: Clients::Any,
    refresh_token: RefreshToken::Printed,
    refused: "what was traded for the token (a code, a password, a refresh token, an assertion) is not right, too old or used already: get a new one",
    ..client_credentials::KIND
};

/// The grant where nobody names one.
pub const DEFAULT: &GrantKind = &client_credentials::KIND;

/// The names of the grants that have their own.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(|kind| kind.other_names.is_none()).map(|kind| kind.name)
}

/// The names under which some of them go out, which settings take as well.
pub fn urns() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter_map(|kind| kind.urn)
}

/// The grant that goes by this name.
pub fn find(name: &str) -> Option<&'static GrantKind> {
    let own = KINDS.iter().find(|kind| kind.other_names.is_none() && (kind.name == name || kind.urn == Some(name)));
    own.or_else(|| KINDS.iter().find(|kind| kind.other_names.is_some_and(|names| (names.allow)(name).is_ok()))).copied()
}

/// Everything that some grant needs; what two of them need stands there twice.
pub fn needs() -> impl Iterator<Item = &'static Need> + Clone {
    KINDS.iter().flat_map(|kind| kind.needs)
}
