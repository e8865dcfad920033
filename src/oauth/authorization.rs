//! What stands in `Authorization`: HTTP Basic as OAuth has it, id and secret form-encoded first (RFC 6749 §2.3.1) or as they
//! are; or a token (RFC 6750 §2.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::challenge::BEARER;
use super::field::Credential;
use crate::secret::Secret;

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

    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            Self::Raw => text.to_owned(),
        }
    }
}

/// What an `Authorization` header is made of.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// The client's id and secret.
    Basic(Basic),
    /// A token, which is all that says who asks.
    Bearer(Credential),
}

impl Authorization {
    /// The scheme, as the header begins with it (RFC 9110 §11.1).
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Basic(_) => "Basic",
            Self::Bearer(_) => BEARER,
        }
    }

    /// What of it is secret.
    pub fn credential(&self) -> &Credential {
        match self {
            Self::Basic(basic) => &basic.secret,
            Self::Bearer(token) => token,
        }
    }

    /// The header's value.
    pub fn header(&self) -> Secret {
        match self {
            Self::Basic(basic) => basic.header(),
            Self::Bearer(token) => Secret::new(format!("{BEARER} {}", token.secret.expose())),
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
