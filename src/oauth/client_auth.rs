//! How a client proves who it is at the token endpoint (RFC 6749 §2.3).

use super::post::{Authorization, BasicEncoding, Credential, Field, Post, Value};
use crate::secret::Secret;

/// The registered names of RFC 7591 §2 and OpenID Connect Core §9 that this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AuthMethod {
    /// `client_secret_basic`: id and secret in HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// `client_secret_post`: id and secret in the body.
    ClientSecretPost,
    /// `none`: a public client sends its id alone.
    None,
}

impl AuthMethod {
    /// Every method, in the order help shows them.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }

    /// The method of that name; `basic` and `post` are accepted too.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "basic" => Some(Self::ClientSecretBasic),
            "post" => Some(Self::ClientSecretPost),
            _ => Self::ALL.into_iter().find(|method| method.name() == name),
        }
    }

    /// True where the method sends a client secret.
    pub fn needs_secret(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// One client's proof of who it is. There is never more than one in a request (RFC 6749 §2.3).
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// HTTP Basic; the id is not repeated in the body, because some servers count that as a second method.
    Basic {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: Credential,
        /// What happens to both before they are joined.
        encoding: BasicEncoding,
    },
    /// `client_id` and `client_secret` in the body.
    Post {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: Credential,
    },
    /// `client_id` in the body and nothing else (RFC 6749 §3.2.1).
    None {
        /// The client's id.
        id: String,
    },
}

impl ClientAuth {
    /// The method in use.
    pub fn method(&self) -> AuthMethod {
        match self {
            Self::Basic { .. } => AuthMethod::ClientSecretBasic,
            Self::Post { .. } => AuthMethod::ClientSecretPost,
            Self::None { .. } => AuthMethod::None,
        }
    }

    /// The client's id.
    pub fn id(&self) -> &str {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } | Self::None { id } => id,
        }
    }

    /// The client's secret, where there is one.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Basic { secret, .. } | Self::Post { secret, .. } => Some(&secret.secret),
            Self::None { .. } => None,
        }
    }

    /// How id and secret are encoded, where that is a question.
    pub fn encoding(&self) -> Option<BasicEncoding> {
        match self {
            Self::Basic { encoding, .. } => Some(*encoding),
            Self::Post { .. } | Self::None { .. } => None,
        }
    }

    /// Adds the proof to `post`.
    pub fn decorate(&self, post: &mut Post) {
        match self {
            Self::Basic { id, secret, encoding } => {
                post.authorization =
                    Some(Authorization { id: id.clone(), secret: secret.clone(), encoding: *encoding });
            }
            Self::Post { id, secret } => {
                post.fields.push(Field::plain("client_id", id));
                post.fields.push(Field { name: "client_secret".into(), value: Value::Secret(secret.clone()) });
            }
            Self::None { id } => post.fields.push(Field::plain("client_id", id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_mean_the_registered_methods() {
        for (name, method) in [
            ("basic", Some(AuthMethod::ClientSecretBasic)),
            ("client_secret_basic", Some(AuthMethod::ClientSecretBasic)),
            ("post", Some(AuthMethod::ClientSecretPost)),
            ("client_secret_post", Some(AuthMethod::ClientSecretPost)),
            ("none", Some(AuthMethod::None)),
            ("Basic", None),
            ("private_key_jwt", None),
        ] {
            assert_eq!(AuthMethod::from_name(name), method, "{name}");
        }
    }
}
