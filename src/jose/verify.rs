//! A signed token against the keys of whoever is said to have signed it (RFC 7515 §5.2, RFC 8725).
//!
//! Which keys count is the caller's knowledge. What the token says of keys (`jwk`, `jku`, `x5u`, `x5c`, `x5t`) is never used;
//! its `kid` only chooses among those that are known.

use serde_json::Value;

use super::keys::Keys;
use super::{Alg, from_canonical_base64url, hmac_verifies};
use crate::json::{self, Members};
use crate::secret::Secret;
use crate::text::excerpt;

/// Why it is not known that a token is what its signer signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not the compact form, to the letter.
    #[error("it is not three parts of base64url with a dot between each (RFC 7515 §7.1)")]
    NotCompact,
    /// JWE (RFC 7516).
    #[error("it is encrypted, and cannot be read here")]
    Encrypted,
    /// Its header, or its claims.
    #[error("no JSON object stands in its {0}")]
    NotAnObject(&'static str),
    /// Readers differ in which one they read.
    #[error("'{name}' stands more than once in its {part}")]
    Duplicate {
        /// Header, or claims.
        part: &'static str,
        /// The name.
        name: String,
    },
    /// A member of the header.
    #[error("the {0} in its header is missing or malformed")]
    Header(&'static str),
    /// `alg: none` in any letter case, or nothing where the signature belongs.
    #[error("it is not signed")]
    Unsigned,
    /// RFC 7515 §4.1.11: none of these extensions is understood here.
    #[error("its header has a crit, and none of what that may demand is known here (RFC 7515 §4.1.11)")]
    Crit,
    /// It cannot be checked here, whatever it is.
    #[error("its algorithm {alg} cannot be checked here")]
    Unsupported {
        /// As the header names it.
        alg: String,
    },
    /// HS* and no secret.
    #[error("it is signed with {alg}, and there is no client secret to check that with")]
    NoSecret {
        /// As the header names it.
        alg: String,
    },
    /// A key is needed, and no set was given.
    #[error("there are no keys to check it with")]
    NoKeys,
    /// No key of the set can have signed it.
    #[error("{}", no_key(*alg, kid.as_deref(), why.as_deref()))]
    NoKey {
        /// What it is signed with.
        alg: Alg,
        /// The key's id, where the token names one.
        kid: Option<String>,
        /// What is wrong with the key of that id.
        why: Option<String>,
    },
    /// It names no key.
    #[error("it names no key (kid), and several are for {}: {}", alg.name(), kids.join(", "))]
    Several {
        /// What it is signed with.
        alg: Alg,
        /// The ids of those that fit.
        kids: Vec<String>,
    },
    /// What it looks to be signed with did not sign it.
    #[error("its signature does not hold")]
    Signature,
}

fn no_key(alg: Alg, kid: Option<&str>, why: Option<&str>) -> String {
    let kid = kid.map_or(String::new(), |kid| format!(" is called '{kid}' and"));
    let why = why.map_or(String::new(), |why| format!(" ({why})"));
    format!("no key of the set{kid} is for {}{why}", alg.name())
}

impl VerifyError {
    /// True where the token may well be right, and cannot be checked: its algorithm is not known here, or no keys were given.
    pub fn is_unchecked(&self) -> bool {
        matches!(self, Self::Unsupported { .. } | Self::NoKeys)
    }

    /// True where a newer set may have the key.
    pub fn is_for_newer_keys(&self) -> bool {
        matches!(self, Self::NoKey { .. })
    }
}

/// What a token is checked with.
#[derive(Clone, Copy, Default)]
pub struct With<'a> {
    /// The keys of its issuer, if they are to be had.
    pub keys: Option<&'a Keys>,
    /// The secret that its issuer shares with this client. It alone checks HS*.
    pub secret: Option<&'a Secret>,
}

/// A token in the compact form, read to the letter and not verified.
pub struct Jws<'a> {
    /// Its header, in which nothing stands twice.
    pub header: Members,
    /// What it says, likewise.
    pub claims: Members,
    input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads a token whose payload is claims.
    ///
    /// # Errors
    /// [`VerifyError`] of what is no such token.
    pub fn read(compact: &'a str) -> Result<Self, VerifyError> {
        let (jws, payload) = Self::with_payload(compact)?;
        Ok(Self { claims: object("claims", payload)?, ..jws })
    }

    /// Reads one whose payload may be anything.
    pub(super) fn with_payload(compact: &'a str) -> Result<(Self, Vec<u8>), VerifyError> {
        let mut parts = compact.splitn(6, '.');
        let [header, payload, signature] = [parts.next(), parts.next(), parts.next()];
        match parts.count() {
            0 => {}
            2 => return Err(VerifyError::Encrypted),
            _ => return Err(VerifyError::NotCompact),
        }
        let bytes = |part: Option<&str>| part.and_then(from_canonical_base64url).ok_or(VerifyError::NotCompact);
        let (header, payload, signature) = (bytes(header)?, bytes(payload)?, bytes(signature)?);
        let input = compact.rsplit_once('.').map_or("", |(input, _)| input);
        let jws = Self { header: object("header", header)?, claims: Members::default(), input, signature };
        Ok((jws, payload))
    }

    /// What its header says that it is signed with, if that is known here, whether it can be checked or not.
    pub fn alg(&self) -> Option<Alg> {
        self.header.string("alg").and_then(|name| Alg::find(&name))
    }

    /// Whether it is signed by one of these, and by which algorithm.
    ///
    /// # Errors
    /// [`VerifyError`]
    pub fn verify(&self, with: With<'_>) -> Result<Alg, VerifyError> {
        let name = self.header.string("alg").filter(|name| !name.is_empty()).ok_or(VerifyError::Header("alg"))?;
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        // Without a signature no algorithm's name makes it signed.
        if letters.eq_ignore_ascii_case("none") || self.signature.is_empty() {
            return Err(VerifyError::Unsigned);
        }
        if self.header.raw("crit").is_some() {
            return Err(VerifyError::Crit);
        }
        let kid = match self.header.get("kid") {
            None | Some(Value::Null) => None,
            Some(Value::String(kid)) => Some(kid),
            Some(_) => return Err(VerifyError::Header("kid")),
        };
        let shown = || excerpt(&name, 20);
        let alg = Alg::find(&name).filter(|alg| alg.is_symmetric() || alg.scheme().is_some());
        let is_symmetric = alg.is_some_and(Alg::is_symmetric);
        let secret = with.secret.map(|secret| secret.expose().as_bytes()).filter(|secret| !secret.is_empty());
        let (input, signature) = (self.input.as_bytes(), &self.signature);
        let holds = match (alg, with.keys) {
            (Some(alg), _) if alg.is_symmetric() && secret.is_some() => {
                secret.is_some_and(|secret| hmac_verifies(alg, secret, input, signature))
            }
            (Some(alg), Some(keys)) if !is_symmetric || keys.has_secrets() => {
                keys.fitting(alg, kid.as_deref())?.into_iter().any(|key| key.verifies(alg, input, signature))
            }
            _ if is_symmetric && secret.is_none() => return Err(VerifyError::NoSecret { alg: shown() }),
            (None, _) => return Err(VerifyError::Unsupported { alg: shown() }),
            (Some(_), _) => return Err(VerifyError::NoKeys),
        };
        alg.filter(|_| holds).ok_or(VerifyError::Signature)
    }
}

/// The object of a part.
fn object(part: &'static str, bytes: Vec<u8>) -> Result<Members, VerifyError> {
    let text = String::from_utf8(bytes).map_err(|_| VerifyError::NotAnObject(part))?;
    let members = Members::parse(&text).ok().flatten().ok_or(VerifyError::NotAnObject(part))?;
    match json::duplicate(&text) {
        None => Ok(members),
        Some(name) => Err(VerifyError::Duplicate { part, name: excerpt(&name, 40) }),
    }
}

#[cfg(test)]
mod tests;
