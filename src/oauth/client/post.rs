//! `client_id` and `client_secret` in the body (RFC 6749 §2.3.1).

use super::kind::{CLIENT_SECRET, Client, ClientKind, no_hint, no_other_form, nothing_to_check};
use crate::oauth::attempt::Attempt;
use crate::oauth::need;
use crate::oauth::post::Post;

/// The method.
pub const KIND: ClientKind = ClientKind {
    name: "client_secret_post",
    short: Some("post"),
    needs: &[CLIENT_SECRET],
    is_public: false,
    signs: None,
    by_certificate: false,
    instead: "client_secret_basic",
    check: nothing_to_check,
    decorate,
    conceal: no_other_form,
    hint: no_hint,
};

fn decorate(client: &Client, attempt: &Attempt<'_>, post: &mut Post) {
    post.fields.push(client.id_field());
    post.fields.extend(need::fields(&client.parts, attempt));
}
