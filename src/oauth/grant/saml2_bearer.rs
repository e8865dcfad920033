//! A SAML 2.0 assertion is traded (RFC 7522 §2.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::jwt_bearer::ASSERTION;
use super::kind::{Clients, Grant, GrantKind, RefreshToken};
use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Field, FieldValue};
use crate::oauth::need::{self, Need};
use crate::secret::Secret;

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
    answer: &[],
    warning: None,
    refused: "the assertion was not accepted: its issuer, recipient, audience or times are not what the server expects",
    fields,
};

fn fields(grant: &Grant, attempt: &Attempt<'_>) -> Vec<Field> {
    let mut fields: Vec<_> = need::fields(&grant.parts, attempt).collect();
    for field in &mut fields {
        if let FieldValue::Secret(credential) = &mut field.value {
            credential.secret = encoded(&credential.secret);
        }
    }
    fields
}

/// What is XML is base64url-encoded (RFC 7522 §2.1); any other text is taken for what is so already.
pub(in crate::oauth) fn encoded(assertion: &Secret) -> Secret {
    let text = assertion.expose();
    if text.starts_with('<') { Secret::new(URL_SAFE_NO_PAD.encode(text)) } else { assertion.clone() }
}
