//! A SAML 2.0 assertion is traded (RFC 7522 §2.1).

use super::jwt_bearer::ASSERTION;
use super::kind::{Clients, GrantKind, RefreshToken, as_they_are};
use crate::oauth::need::Need;

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "saml2-bearer",
    urn: Some("urn:ietf:params:oauth:grant-type:saml2-bearer"),
    other_names: None,
    needs: &[Need { is_required: true, ..ASSERTION }],
    clients: Clients::Everybody,
    signs: false,
    once: None,
    refresh_token: RefreshToken::Printed,
    person: None,
    answer: &[],
    warning: None,
    refused: "the assertion was not accepted: its issuer, recipient, audience or times are not what the server expects",
    fields: as_they_are,
};
