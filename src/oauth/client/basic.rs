//! Id and secret in HTTP Basic (RFC 6749 §2.3.1). The id is not repeated in the body, because some servers count that as a
//! second method.

use super::kind::{CLIENT_SECRET, Client, ClientKind, Unsendable};
use crate::oauth::attempt::Attempt;
use crate::oauth::authorization::{Authorization, Basic, BasicEncoding};
use crate::oauth::need::{InMessage, Need};
use crate::oauth::post::Post;
use crate::secret::{Redactor, Source};

/// The method.
pub const KIND: ClientKind = ClientKind {
    name: "client_secret_basic",
    short: Some("basic"),
    needs: &[CLIENT_SECRET, ENCODING],
    is_public: false,
    signs: None,
    by_certificate: false,
    instead: "client_secret_post",
    check,
    decorate,
    conceal,
    hint,
};

const ENCODING: Need = Need {
    is_field: false,
    default: Some(BasicEncoding::Form.name()),
    in_message: InMessage::Never,
    ..Need::plain("basic_encoding", "ENCODING")
};

/// What `client` is sent in.
fn encoding_of<S>(client: &Client<S>) -> BasicEncoding {
    let name = client.text(ENCODING.name);
    BasicEncoding::ALL.into_iter().find(|encoding| Some(encoding.name()) == name).unwrap_or_default()
}

fn check(client: &Client<Source>) -> Result<(), Unsendable> {
    match encoding_of(client) {
        BasicEncoding::Raw if client.id.contains(':') => Err(Unsendable {
            setting: "client_id",
            why: "an id with a colon cannot be sent raw: the server would split it there (RFC 7617 §2)",
        }),
        _ => Ok(()),
    }
}

fn decorate(client: &Client, _: &Attempt<'_>, post: &mut Post) {
    let secret = client.credential(CLIENT_SECRET.name).cloned();
    let encoding = encoding_of(client);
    let basic = secret.map(|secret| Basic { id: client.id.clone(), secret, encoding });
    post.authorization = basic.map(Authorization::Basic);
}

/// The whole of what HTTP Basic sends, in both encodings: a server may show either.
fn conceal(client: &Client, redactor: &mut Redactor) {
    if let Some(credential) = client.credential(CLIENT_SECRET.name) {
        redactor.add_basic(&client.id, &credential.secret);
    }
}

fn hint(client: &Client) -> Option<String> {
    let differs = |text: &str| BasicEncoding::Form.apply(text) != text;
    let secret = client.credential(CLIENT_SECRET.name)?.secret.expose();
    (differs(&client.id) || differs(secret)).then(|| {
        match encoding_of(client) {
            BasicEncoding::Form => "id or secret hold characters that are form-encoded for Basic (RFC 6749 §2.3.1); a server that does not decode them needs --basic-encoding raw",
            BasicEncoding::Raw => "id or secret hold characters that RFC 6749 §2.3.1 wants form-encoded: try --basic-encoding form",
        }
        .to_owned()
    })
}
