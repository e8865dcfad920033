//! A person agrees on another device, while this one asks for the token again and again (RFC 8628).

use std::borrow::Cow;

use super::authorization_code::{ACCOUNT, CODE_VERIFIER, secret};
use super::kind::{Clients, Grant, GrantKind, RefreshToken, as_they_are};
use crate::oauth::login::Way;
use crate::oauth::need::{InMessage, Need};
use crate::secret::Secret;

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "device_code",
    urn: Some("urn:ietf:params:oauth:grant-type:device_code"),
    other_names: None,
    needs: &[ACCOUNT],
    clients: Clients::Any,
    signs: false,
    once: Some("the token may have been given out already"),
    refresh_token: RefreshToken::Kept,
    person: Some(Way::Device),
    answer: &[],
    warning: None,
    refused: "the code may have been used before, come too late, or belong to another client: log in again",
    fields: as_they_are,
};

const DEVICE_CODE: Need = Need { in_message: InMessage::Never, ..Need::secret("device_code", "", "Device code") };

impl Grant {
    /// The grant that asks whether a person has agreed (RFC 8628 §3.4).
    pub fn device(device_code: &Secret, verifier: Option<&Secret>) -> Self {
        let mut parts = vec![secret(&DEVICE_CODE, device_code)];
        parts.extend(verifier.map(|verifier| secret(&CODE_VERIFIER, verifier)));
        Self { kind: &KIND, name: Cow::Borrowed(KIND.on_the_wire()), parts }
    }
}
