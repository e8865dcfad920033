//! What is sent for a token: [`Post`], an HTTP `POST` of a form in its parts (RFC 6749 §3.2), each of which knows whether it
//! is secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::{Call, Url};

/// A secret, and the shell variable that a printed command line takes it from.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The secret.
    pub secret: Secret,
    /// A name such as `OAUTH2TOK_CLIENT_SECRET`.
    pub variable: String,
}

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

    /// The encoding of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.name() == name)
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            Self::Raw => text.to_owned(),
        }
    }
}

/// A value that may be shown, or one that may not.
#[derive(Debug, Clone)]
pub enum Value {
    /// Shown as it is.
    Plain(String),
    /// Shown as `***`.
    Secret(Credential),
}

impl Value {
    /// The value, secret or not.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(credential) => credential.secret.expose(),
        }
    }
}

/// One form field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name, not yet encoded.
    pub name: String,
    /// Its value, not yet encoded.
    pub value: Value,
}

impl Field {
    pub(super) fn plain(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Value::Plain(value.to_owned()) }
    }
}

/// One header field.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its name, in the case it is sent in.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// What an `Authorization: Basic` header is made of.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The client's id, not yet encoded.
    pub id: String,
    /// The client's secret, not yet encoded.
    pub secret: Credential,
    /// How both are encoded.
    pub encoding: BasicEncoding,
}

/// A token request in the parts it is sent in: an HTTP `POST` of a form (RFC 6749 §3.2).
#[derive(Debug, Clone)]
pub struct Post {
    /// Where to.
    pub url: Url,
    /// Header fields in sending order, without `Authorization`.
    pub headers: Vec<Header>,
    /// HTTP Basic, if the client authenticates so.
    pub authorization: Option<Authorization>,
    /// The form.
    pub fields: Vec<Field>,
    /// As [`Call::repeatable`].
    pub repeatable: bool,
}

impl Post {
    /// Every secret in it.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let values =
            self.headers.iter().map(|header| &header.value).chain(self.fields.iter().map(|field| &field.value));
        let named =
            values.filter_map(|value| if let Value::Secret(credential) = value { Some(credential) } else { None });
        named.chain(self.authorization.iter().map(|authorization| &authorization.secret))
    }
}

/// The value of an `Authorization: Basic` header.
fn basic(id: &str, secret: &Secret, encoding: BasicEncoding) -> Secret {
    let pair = Secret::new(format!("{}:{}", encoding.apply(id), encoding.apply(secret.expose())));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}

impl Post {
    /// The form body (RFC 6749 Appendix B).
    pub fn body(&self) -> Zeroizing<String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            form.append_pair(&field.name, field.value.expose());
        }
        Zeroizing::new(form.finish())
    }

    /// The value of the `Authorization` header.
    pub fn authorization_value(&self) -> Option<Secret> {
        self.authorization.as_ref().map(|a| basic(&a.id, &a.secret.secret, a.encoding))
    }

    /// The bytes to send.
    pub fn to_call(&self) -> Call {
        let mut headers: Vec<_> =
            self.headers.iter().map(|h| (h.name.clone(), Secret::new(h.value.expose()))).collect();
        headers.extend(self.authorization_value().map(|value| ("Authorization".to_owned(), value)));
        let body = Zeroizing::new(self.body().as_bytes().to_vec());
        Call {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers,
            body: Some(body),
            repeatable: self.repeatable,
        }
    }
}

impl Conceal for Post {
    /// All of its credentials, and what stands in the endpoint's query under a name that speaks of secrets.
    fn conceal(&self, redactor: &mut Redactor) {
        self.credentials().for_each(|credential| redactor.add(&credential.secret));
        self.headers.iter().for_each(|header| redactor.add_header(&header.name, header.value.expose()));
        redactor.add_url(self.url.as_str());
        if let Some(basic) = &self.authorization {
            redactor.add_basic(&basic.id, &basic.secret.secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, secret: &str, encoding: BasicEncoding, expected: &str) {
        assert_eq!(basic(id, &Secret::new(secret), encoding).expose(), expected);
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
