//! A person agrees in a browser, which comes back with a code that is traded (RFC 6749 §4.1).

use std::borrow::Cow;

use super::kind::{Clients, Grant, GrantKind, RefreshToken, as_they_are};
use crate::oauth::field::{Credential, FieldValue};
use crate::oauth::login::Way;
use crate::oauth::need::{InMessage, Need, Part};
use crate::secret::Secret;

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "authorization_code",
    urn: None,
    other_names: None,
    needs: &[ACCOUNT],
    clients: Clients::Any,
    signs: false,
    once: Some("an authorization code works only once"),
    refresh_token: RefreshToken::Kept,
    person: Some(Way::Browser),
    answer: &[],
    warning: None,
    refused: "the code may have been used before, come too late, or belong to another client or redirect_uri: log in again",
    fields: as_they_are,
};

/// Who is to log in, which the server is told as a hint at most.
pub(super) const ACCOUNT: Need = Need { is_field: false, ..Need::optional("username", "NAME") };

const CODE: Need = Need { in_message: InMessage::Never, ..Need::secret("code", "", "Code") };
const REDIRECT_URI: Need = Need::optional("redirect_uri", "URI");
pub(super) const CODE_VERIFIER: Need =
    Need { in_message: InMessage::Never, ..Need::secret("code_verifier", "", "Code verifier") };

impl Grant {
    /// The grant that trades what a browser came back with.
    pub fn code(code: &Secret, redirect_uri: &str, verifier: Option<&Secret>) -> Self {
        let mut parts =
            vec![secret(&CODE, code), Part { need: &REDIRECT_URI, value: FieldValue::Plain(redirect_uri.to_owned()) }];
        parts.extend(verifier.map(|verifier| secret(&CODE_VERIFIER, verifier)));
        Self { kind: &KIND, name: Cow::Borrowed(KIND.name), parts }
    }
}

pub(super) fn secret(need: &'static Need, secret: &Secret) -> Part {
    let variable = need.name.to_ascii_uppercase();
    Part { need, value: FieldValue::Secret(Credential { secret: secret.clone(), variable }) }
}
