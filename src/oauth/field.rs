//! A field of a request: its value may be shown, or is a secret.

use crate::secret::Secret;

/// A secret or where it comes from, and the shell variable that a printed command line takes it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential<S = Secret> {
    /// The secret.
    pub secret: S,
    /// A name such as `OAUTH2TOK_CLIENT_SECRET`.
    pub variable: String,
}

/// A value that may be shown, or one that may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue<S = Secret> {
    /// Shown as it is.
    Plain(String),
    /// Shown as `***`.
    Secret(Credential<S>),
}

impl<S> FieldValue<S> {
    /// The value, if it may be shown.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Secret(_) => None,
        }
    }

    /// The value, if it may not.
    pub fn credential(&self) -> Option<&Credential<S>> {
        match self {
            Self::Plain(_) => None,
            Self::Secret(credential) => Some(credential),
        }
    }

    pub(super) fn try_map<T, E>(&self, f: impl FnOnce(&S) -> Result<T, E>) -> Result<FieldValue<T>, E> {
        Ok(match self {
            Self::Plain(text) => FieldValue::Plain(text.clone()),
            Self::Secret(Credential { secret, variable }) => {
                FieldValue::Secret(Credential { secret: f(secret)?, variable: variable.clone() })
            }
        })
    }
}

impl FieldValue {
    /// The value, secret or not.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(credential) => credential.secret.expose(),
        }
    }
}

/// A form field or a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<S = Secret> {
    /// Its name, not yet encoded, in the case it is sent in.
    pub name: String,
    /// Its value, not yet encoded.
    pub value: FieldValue<S>,
}

impl<S> Field<S> {
    /// One that may be shown.
    pub fn plain(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: FieldValue::Plain(value.into()) }
    }
}

impl Field {
    /// One that may not; a printed command line takes it from a variable of that name.
    pub fn secret(name: &str, secret: &Secret) -> Self {
        let variable = name.to_ascii_uppercase();
        Self { name: name.to_owned(), value: FieldValue::Secret(Credential { secret: secret.clone(), variable }) }
    }

    /// The fields of a request about a token, beside who asks (RFC 7009 §2.1, RFC 7662 §2.1); `hint` is what kind of token that
    /// is, such as `refresh_token` or `access_token`.
    pub fn about_token(token: &Secret, hint: Option<&str>) -> Vec<Self> {
        let mut fields = vec![Self::secret("token", token)];
        fields.extend(hint.map(|hint| Self::plain("token_type_hint", hint)));
        fields
    }
}
