//! `client_id` and `client_secret` in the body (RFC 6749 §2.3.1).

use super::{CLIENT_SECRET, Client, ClientKind, basic, no_hint, no_other_form, nothing_to_check};
use crate::oauth::need;
use crate::oauth::post::Post;
use crate::oauth::request::Attempt;

/// The method.
pub const KIND: ClientKind = ClientKind {
    name: NAME,
    short: Some("post"),
    needs: &[CLIENT_SECRET],
    is_public: false,
    instead: basic::NAME,
    check: nothing_to_check,
    decorate,
    conceal: no_other_form,
    hint: no_hint,
};

pub(super) const NAME: &str = "client_secret_post";

fn decorate(client: &Client, _: &Attempt<'_>, post: &mut Post) {
    post.fields.push(client.id_field());
    post.fields.extend(need::fields(&client.parts));
}
