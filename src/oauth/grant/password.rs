//! A user's name and password are traded (RFC 6749 §4.3).

use super::kind::{Clients, GrantKind, RefreshToken, as_they_are};
use crate::oauth::need::Need;

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "password",
    urn: None,
    other_names: None,
    needs: &[
        Need::plain("username", "NAME"),
        Need { of: Some("username"), is_phrase: true, ..Need::secret("password", "prompt", "Password of") },
    ],
    clients: Clients::Any,
    signs: false,
    once: Some("a wrong password would be counted twice"),
    refresh_token: RefreshToken::Kept,
    person: None,
    answer: &[],
    warning: Some("the password grant is deprecated: it must not be used any more (RFC 9700 §2.4)"),
    refused: "check name and password; the account may be locked, or want a one-time code (--param totp=CODE, where the server takes one so)",
    fields: as_they_are,
};
