//! What a token says of itself, and whether it holds (RFC 7515, RFC 7519, RFC 8725, RFC 9068). Pure: no file, no server, no clock.
//!
//! Reading is lenient, since what is odd is to be seen; verifying reads anew and to the letter ([`crate::jose::Jws`]). Nothing
//! that a token says leads anywhere.

mod findings;
mod input;
mod read;
mod verify;

pub use input::{InputError, Offered, Part, tokens};
pub use read::{Inspected, Time, inspect};
pub use verify::{As, Keyring, Obstacle, Terms, Verified, verify};

use serde_json::Value;

use crate::json::Members;
use crate::text::excerpt;

/// What form a token has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Signed, or looking so (RFC 7515 §7.1).
    Jws,
    /// Encrypted (RFC 7516 §7.1).
    Jwe,
    /// A word that only its server can read.
    Opaque,
}

impl Form {
    /// Its name, as scripts know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jws => "jws",
            Self::Jwe => "jwe",
            Self::Opaque => "opaque",
        }
    }
}

/// What a token is by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An access token that says so (RFC 9068 §2.1).
    Access,
    /// An ID token (OpenID Connect Core §2).
    Id,
    /// Most access tokens: nothing tells them from any other JWT.
    Any,
    /// It says that it is something else.
    Other,
}

/// The claims that ID tokens have, and access tokens have not.
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

fn kind(part: Part, header: &Members, claims: &Members) -> Kind {
    match typ(header).as_deref() {
        Some("at+jwt") => Kind::Access,
        _ if part == Part::Id || claim_of_id_token(claims).is_some() => Kind::Id,
        None | Some("jwt") => Kind::Any,
        Some(_) => Kind::Other,
    }
}

fn claim_of_id_token(claims: &Members) -> Option<&'static str> {
    OF_ID_TOKENS.into_iter().find(|name| claims.raw(name).is_some())
}

/// A number that can be told.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

/// The type of media that a header names (RFC 7515 §4.1.9): `application/` may be left out, and letter case says nothing. What
/// is no text is no type that anybody knows.
fn typ(header: &Members) -> Option<String> {
    let typ = header.get("typ")?;
    let typ = typ.as_str().unwrap_or("?").to_ascii_lowercase();
    Some(match typ.strip_prefix("application/") {
        Some(rest) if !rest.contains('/') => rest.to_owned(),
        _ => typ,
    })
}

/// The same as it is told.
fn shown_typ(header: &Members) -> String {
    header.get("typ").map_or("missing".to_owned(), |typ| match typ.as_str() {
        Some(typ) => format!("'{}'", excerpt(typ, 60)),
        None => excerpt(&typ.to_string(), 60),
    })
}

#[cfg(test)]
mod tests;
