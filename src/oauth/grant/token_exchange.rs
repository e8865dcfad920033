//! A token is traded for another one (RFC 8693).

use std::borrow::Cow;

use super::kind::{Clients, Grant, GrantKind, RefreshToken};
use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Field, FieldValue};
use crate::oauth::need::{InMessage, Need, fields as needed};

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "token-exchange",
    urn: Some("urn:ietf:params:oauth:grant-type:token-exchange"),
    other_names: None,
    needs: &[
        Need::ready_made("subject_token", "Subject token"),
        token_type("subject_token_type", Some("access_token")),
        Need { is_required: false, ..Need::ready_made("actor_token", "Actor token") },
        token_type("actor_token_type", None),
        token_type("requested_token_type", None),
    ],
    clients: Clients::Everybody,
    signs: false,
    once: None,
    refresh_token: RefreshToken::Printed,
    person: None,
    answer: &[("issued_token_type", "RFC 8693 §2.2.1")],
    warning: None,
    refused: "the subject token was not accepted: it may have expired, come from another issuer, or be of another type than --subject-token-type says",
    fields,
};

const fn token_type(name: &'static str, default: Option<&'static str>) -> Need {
    Need { default, is_required: false, in_message: InMessage::Never, ..Need::plain(name, "TYPE") }
}

/// The types that have a short name (RFC 8693 §3).
const TYPES: [&str; 6] = ["access_token", "refresh_token", "id_token", "jwt", "saml1", "saml2"];

/// A token type as it goes out: a short name is a URN's end, another text stands for itself.
pub fn type_uri(name: &str) -> Cow<'_, str> {
    match TYPES.contains(&name) {
        true => Cow::Owned(format!("urn:ietf:params:oauth:token-type:{name}")),
        false => Cow::Borrowed(name),
    }
}

/// The short names of token types, for whoever misspells one.
pub fn type_names() -> &'static [&'static str] {
    &TYPES
}

fn fields(grant: &Grant, attempt: &Attempt<'_>) -> Vec<Field> {
    let mut fields: Vec<_> = needed(&grant.parts, attempt).collect();
    for field in fields.iter_mut().filter(|field| field.name.ends_with("_type")) {
        if let FieldValue::Plain(name) = &field.value {
            field.value = FieldValue::Plain(type_uri(name).into_owned());
        }
    }
    // Neither an actor's token nor its type goes without the other (RFC 8693 §2.1).
    if !fields.iter().any(|field| field.name == "actor_token") {
        fields.retain(|field| field.name != "actor_token_type");
    } else if !fields.iter().any(|field| field.name == "actor_token_type") {
        let at = fields.iter().position(|field| field.name == "actor_token").map_or(fields.len(), |at| at + 1);
        fields.insert(at, Field::plain("actor_token_type", type_uri("access_token")));
    }
    fields
}
