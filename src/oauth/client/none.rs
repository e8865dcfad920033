//! A public client: `client_id` in the body and nothing else (RFC 6749 §3.2.1).

use super::kind::{Client, ClientKind, no_hint, no_other_form, nothing_to_check};
use crate::oauth::attempt::Attempt;
use crate::oauth::post::Post;

/// The method.
pub const KIND: ClientKind = ClientKind {
    name: "none",
    short: None,
    needs: &[],
    is_public: true,
    signs: None,
    by_certificate: false,
    instead: "client_secret_basic",
    check: nothing_to_check,
    decorate,
    conceal: no_other_form,
    hint: no_hint,
};

fn decorate(client: &Client, _: &Attempt<'_>, post: &mut Post) {
    post.fields.push(client.id_field());
}
