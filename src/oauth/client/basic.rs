//! Id and secret in HTTP Basic (RFC 6749 §2.3.1). The id is not repeated in the body, because some servers count that as a
//! second method.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{CLIENT_SECRET, Client, ClientKind, Unsendable, post};
use crate::oauth::need::{InMessage, Need};
use crate::oauth::post::{Credential, Post};
use crate::oauth::request::Attempt;
use crate::secret::{Redactor, Secret, Source};

/// The method.
pub const KIND: ClientKind = ClientKind {
    name: NAME,
    short: Some("basic"),
    needs: &[CLIENT_SECRET, ENCODING],
    is_public: false,
    instead: post::NAME,
    check,
    decorate,
    conceal,
    hint,
};

pub(super) const NAME: &str = "client_secret_basic";

const ENCODING: Need = Need {
    is_field: false,
    default: Some(BasicEncoding::Form.name()),
    in_message: InMessage::Never,
    ..Need::plain("basic_encoding", "ENCODING")
};

/// What becomes of id and secret before they go into HTTP Basic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BasicEncoding {
    /// Form-encoded first, as RFC 6749 §2.3.1 and its Appendix B say.
    #[default]
    Form,
    /// As they are, for servers that do not decode.
    Raw,
}

impl BasicEncoding {
    /// Both names, in the order help shows them.
    pub const ALL: [Self; 2] = [Self::Form, Self::Raw];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Raw => "raw",
        }
    }

    /// What `client` is sent in.
    fn of<S>(client: &Client<S>) -> Self {
        let name = client.text(ENCODING.name);
        Self::ALL.into_iter().find(|encoding| Some(encoding.name()) == name).unwrap_or_default()
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            Self::Raw => text.to_owned(),
        }
    }
}

/// What an `Authorization: Basic` header is made of.
#[derive(Debug, Clone)]
pub struct Basic {
    /// The client's id, not yet encoded.
    pub id: String,
    /// The client's secret, not yet encoded.
    pub secret: Credential,
    /// How both are encoded.
    pub encoding: BasicEncoding,
}

impl Basic {
    /// The header's value.
    pub fn header(&self) -> Secret {
        let encoded = |text: &str| self.encoding.apply(text);
        let pair = Secret::new(format!("{}:{}", encoded(&self.id), encoded(self.secret.secret.expose())));
        Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
    }
}

fn check(client: &Client<Source>) -> Result<(), Unsendable> {
    match BasicEncoding::of(client) {
        BasicEncoding::Raw if client.id.contains(':') => Err(Unsendable {
            setting: "client_id",
            why: "an id with a colon cannot be sent raw: the server would split it there (RFC 7617 §2)",
        }),
        _ => Ok(()),
    }
}

fn decorate(client: &Client, _: &Attempt<'_>, post: &mut Post) {
    let secret = client.credential(CLIENT_SECRET.name).cloned();
    let encoding = BasicEncoding::of(client);
    post.authorization = secret.map(|secret| Basic { id: client.id.clone(), secret, encoding });
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
        match BasicEncoding::of(client) {
            BasicEncoding::Form => "id or secret hold characters that are form-encoded for Basic (RFC 6749 §2.3.1); a server that does not decode them needs --basic-encoding raw",
            BasicEncoding::Raw => "id or secret hold characters that RFC 6749 §2.3.1 wants form-encoded: try --basic-encoding form",
        }
        .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, secret: &str, encoding: BasicEncoding, expected: &str) {
        let secret = Credential { secret: Secret::new(secret), variable: "V".into() };
        assert_eq!(Basic { id: id.into(), secret, encoding }.header().expose(), expected);
    }

    #[test]
    fn basic_form_encodes_id_and_secret_first() {
        check("user", "pass+ word", BasicEncoding::Form, "Basic dXNlcjpwYXNzJTJCK3dvcmQ=");
        check("my:id", "p+ w/%", BasicEncoding::Form, "Basic bXklM0FpZDpwJTJCK3clMkYlMjU=");
        // openid/AppAuth-Android#337
        check(
            "1PpG/Q 1",
            "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=",
            BasicEncoding::Form,
            "Basic MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndmRlR0MXJGdyUzRA==",
        );
        // RFC 6749 Appendix B's own example of a value, as id and as secret
        let encoded = format!("Basic {}", STANDARD.encode("+%25%26%2B%C2%A3%E2%82%AC:x"));
        check(" %&+£€", "x", BasicEncoding::Form, &encoded);
    }

    #[test]
    fn raw_basic_changes_nothing() {
        check("user", "pass+ word", BasicEncoding::Raw, "Basic dXNlcjpwYXNzKyB3b3Jk");
    }
}
