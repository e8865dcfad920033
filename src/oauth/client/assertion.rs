//! A signed assertion in the body (RFC 7521 §4.2, RFC 7523 §2.2, OpenID Connect Core §9): one that somebody else made, or one
//! that is made for each request.

use super::kind::{CLIENT_SECRET, Client, ClientKind, Signs, no_hint, no_other_form, nothing_to_check};
use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Credential, Field, FieldValue};
use crate::oauth::need::{self, InMessage, Need};
use crate::oauth::post::Post;

/// `private_key_jwt`
pub const PRIVATE_KEY: ClientKind = ClientKind {
    name: "private_key_jwt",
    short: None,
    needs: &[TYPE, ASSERTION],
    is_public: false,
    signs: Some(Signs::WithKey),
    by_certificate: false,
    instead: "client_secret_jwt",
    check: nothing_to_check,
    decorate,
    conceal: no_other_form,
    hint: no_hint,
};

/// `client_secret_jwt`
pub const SECRET: ClientKind = ClientKind {
    name: "client_secret_jwt",
    needs: &[TYPE, Need { is_field: false, ..CLIENT_SECRET }],
    signs: Some(Signs::WithSecret),
    instead: "client_secret_basic",
    ..PRIVATE_KEY
};

const TYPE: Need = Need {
    default: Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    in_message: InMessage::Never,
    ..Need::plain("client_assertion_type", "URI")
};

const ASSERTION: Need =
    Need { is_required: false, of: Some("client_id"), ..Need::ready_made("client_assertion", "Assertion of client") };

fn decorate(client: &Client, attempt: &Attempt<'_>, post: &mut Post) {
    post.fields.push(client.id_field());
    let is_ready = client.credential(ASSERTION.name).is_some();
    post.fields.extend(need::fields(&client.parts, attempt));
    post.fields.extend(attempt.assertion.filter(|_| !is_ready).map(|jwt| Field {
        name: ASSERTION.name.to_owned(),
        value: FieldValue::Secret(Credential {
            secret: jwt.compact.clone(),
            variable: "OAUTH2TOK_CLIENT_ASSERTION".into(),
        }),
    }));
}
