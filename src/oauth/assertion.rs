//! The assertion that is made and signed for each request: a client's (RFC 7523 §2.2) or a grant's (RFC 7523 §2.1). A request
//! has one at most.
//!
//! This is what the settings say of it; [`super::maker`] makes it.

use std::time::Duration;

use super::need::Role;
use crate::jose::Alg;
use crate::secret::Secret;

/// What an assertion is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It proves who the client is.
    Client,
    /// It is traded for a token.
    Grant,
}

/// What is said of an assertion that is to be made.
#[derive(Debug, Clone)]
pub struct Assertion<S = Secret> {
    /// What it is for.
    pub purpose: Purpose,
    /// Who signs it.
    pub signer: Signer<S>,
    /// The certificate of the key: a PEM text, its issuers' behind it.
    pub certificate: Option<S>,
    /// What it says.
    pub terms: Terms,
}

/// Who signs.
#[derive(Debug, Clone)]
pub enum Signer<S = Secret> {
    /// A private key, which may be encrypted.
    Key {
        /// The key's text.
        key: S,
        /// What it is encrypted with.
        passphrase: Option<S>,
    },
    /// The client's secret (OpenID Connect Core §9).
    Secret,
    /// A command, by its words: the key never leaves where it is.
    Command(Vec<String>),
}

/// What an assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How it is signed, where that does not follow from the key.
    pub alg: Option<Alg>,
    /// How the key is called.
    pub key_id: Option<KeyId>,
    /// Which digests of the certificate the header has.
    pub x5t: Option<X5t>,
    /// The header has the certificates themselves.
    pub x5c: bool,
    /// One of these two was said of this very assertion, and means nothing without a certificate.
    pub wants_certificate: bool,
    /// Whom it is for.
    pub audience: Audience,
    /// Who is spoken of, in a grant's.
    pub subject: Option<String>,
    /// Who speaks, in a grant's, where that is not the client.
    pub issuer: Option<String>,
    /// From its date on.
    pub lifetime: Duration,
    /// Members of the header that are added, replaced, or left out where they are `null`; each value is JSON.
    pub headers: Vec<(String, String)>,
    /// The same for claims.
    pub claims: Vec<(String, String)>,
    /// The scope is a claim, and no form field. What is not said depends on the key.
    pub scope_is_claim: Option<bool>,
}

/// How a key is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyId {
    /// So.
    Text(String),
    /// By its thumbprint (RFC 7638).
    Thumbprint,
}

impl KeyId {
    /// As settings say it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Thumbprint => "thumbprint",
        }
    }
}

/// Whom an assertion is for (RFC 7523 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The issuer where that is given, else the token endpoint.
    Server,
    /// The URL that the request goes to.
    TokenEndpoint,
    /// Whoever is called so.
    Text(String),
}

impl Audience {
    /// What was said of it.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Server => None,
            Self::TokenEndpoint => Some("token_endpoint"),
            Self::Text(text) => Some(text),
        }
    }
}

/// Which digests of the certificate a header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum X5t {
    Sha1,
    Sha256,
    Both,
    None,
}

impl X5t {
    /// All, by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("sha1", Self::Sha1), ("sha256", Self::Sha256), ("both", Self::Both), ("none", Self::None)];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, x5t)| *x5t == self).map_or("", |(name, _)| name)
    }
}

impl<S> Assertion<S> {
    pub(super) fn try_map<T, E>(&self, f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>) -> Result<Assertion<T>, E> {
        let mut read = |role: Role<'_>, secret: &Option<S>| secret.as_ref().map(|secret| f(&role, secret)).transpose();
        let certificate = read(Role::of_file("signing_cert"), &self.certificate)?;
        let signer = match &self.signer {
            Signer::Secret => Signer::Secret,
            Signer::Command(words) => Signer::Command(words.clone()),
            Signer::Key { key, passphrase } => {
                let passphrase = read(Role::of_passphrase("signing_key_passphrase", "signing_key"), passphrase)?;
                Signer::Key { key: f(&Role::of_file("signing_key"), key)?, passphrase }
            }
        };
        Ok(Assertion { purpose: self.purpose, signer, certificate, terms: self.terms.clone() })
    }

    /// Every secret of it, in a fixed order.
    pub fn secrets(&self) -> impl Iterator<Item = &S> {
        let (key, passphrase) = match &self.signer {
            Signer::Key { key, passphrase } => (Some(key), passphrase.as_ref()),
            Signer::Secret | Signer::Command(_) => (None, None),
        };
        key.into_iter().chain(passphrase)
    }
}
