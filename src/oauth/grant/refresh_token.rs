//! A refresh token is traded (RFC 6749 §6). Many servers accept each one once.

use std::borrow::Cow;

use super::kind::{Clients, Grant, GrantKind, RefreshToken, as_they_are};
use crate::oauth::field::{Credential, FieldValue};
use crate::oauth::need::{InMessage, Need, Part};
use crate::secret::Secret;

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "refresh_token",
    urn: None,
    other_names: None,
    needs: &[TOKEN],
    clients: Clients::Any,
    signs: false,
    once: Some("a refresh token may work only once"),
    refresh_token: RefreshToken::Kept,
    person: None,
    answer: &[],
    warning: None,
    refused: "the refresh token may have expired, been revoked or been used before: many servers accept each one once",
    fields: as_they_are,
};

const TOKEN: Need =
    Need { in_message: InMessage::Mapped, ..Need::secret("refresh_token", "env:NAME", "Refresh token") };

impl Grant {
    /// The grant that trades this token.
    pub fn refreshing(token: Credential) -> Self {
        let part = Part { need: &TOKEN, value: FieldValue::Secret(token) };
        Self { kind: &KIND, name: Cow::Borrowed(KIND.name), parts: vec![part] }
    }

    /// The refresh token that is traded, if this is that grant.
    pub fn refresh_token(&self) -> Option<&Secret> {
        let credential = self.credential(TOKEN.name).filter(|_| self.kind.name == KIND.name)?;
        Some(&credential.secret)
    }

    /// The same with a newer refresh token, if this is that grant.
    pub fn refreshed(&self, newer: &Secret) -> Option<Self> {
        let old = self.credential(TOKEN.name).filter(|_| self.kind.name == KIND.name)?;
        Some(Self::refreshing(Credential { secret: newer.clone(), variable: old.variable.clone() }))
    }
}
