//! The client asks for itself (RFC 6749 §4.4).

use super::kind::{Clients, GrantKind, RefreshToken, as_they_are};

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "client_credentials",
    urn: None,
    other_names: None,
    needs: &[],
    clients: Clients::Confidential("RFC 6749 §4.4"),
    signs: false,
    once: None,
    refresh_token: RefreshToken::Unexpected("RFC 6749 §4.4.3"),
    person: None,
    answer: &[],
    warning: None,
    refused: "check that this server allows the client_credentials grant at this endpoint",
    fields: as_they_are,
};
