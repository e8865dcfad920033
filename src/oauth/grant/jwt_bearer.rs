//! A JWT is traded: somebody else's, or one that this program makes and signs (RFC 7523 §2.1).

use super::kind::{Clients, Grant, GrantKind, RefreshToken};
use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Credential, Field, FieldValue};
use crate::oauth::need::{self, Need};

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "jwt-bearer",
    urn: Some("urn:ietf:params:oauth:grant-type:jwt-bearer"),
    other_names: None,
    needs: &[ASSERTION],
    clients: Clients::Everybody,
    signs: true,
    once: None,
    refresh_token: RefreshToken::Printed,
    person: None,
    answer: &[],
    warning: None,
    refused: "the assertion was not accepted: its issuer, subject, audience, times or key are not what the server expects",
    fields,
};

/// The assertion of this grant and of SAML's, where it is ready-made.
pub(super) const ASSERTION: Need = Need { is_required: false, ..Need::ready_made("assertion", "Assertion") };

fn fields(grant: &Grant, attempt: &Attempt<'_>) -> Vec<Field> {
    let made = attempt.assertion.filter(|_| grant.credential(ASSERTION.name).is_none());
    let made = made.map(|jwt| Field {
        name: ASSERTION.name.to_owned(),
        value: FieldValue::Secret(Credential { secret: jwt.compact.clone(), variable: "OAUTH2TOK_ASSERTION".into() }),
    });
    need::fields(&grant.parts, attempt).chain(made).collect()
}
