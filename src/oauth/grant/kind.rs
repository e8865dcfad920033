//! What is to be said of a grant, and a grant with what that takes.

use std::borrow::Cow;

use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Credential, Field};
use crate::oauth::login::Way;
use crate::oauth::need::{self, Need, Part, Role};
use crate::secret::Secret;

/// All that is particular about a grant.
#[derive(Debug)]
pub struct GrantKind {
    /// The name that settings have for it.
    pub name: &'static str,
    /// The `grant_type` on the wire, where that is another one; settings take it as well.
    pub urn: Option<&'static str>,
    /// It goes by names of the user's choice; `name` is then what help calls them.
    pub other_names: Option<OtherNames>,
    /// What it takes. What another grant takes does not go with it.
    pub needs: &'static [Need],
    /// Which clients may use it.
    pub clients: Clients,
    /// Where its `assertion` is not given ready-made, one is made and signed.
    pub signs: bool,
    /// What speaks against repeating a request that may have reached the server, if anything does: it carries a user's
    /// password, whose failures are counted, or a credential that works once.
    pub once: Option<&'static str>,
    /// What becomes of a refresh token that comes along.
    pub refresh_token: RefreshToken,
    /// How a person is asked before it, if one is: scope and all that is asked for went out then, and what comes is kept as a
    /// login.
    pub person: Option<Way>,
    /// Members that its answer must hold beside those of every answer, each with the section that says so.
    pub answer: &'static [(&'static str, &'static str)],
    /// What it deserves to be warned of.
    pub warning: Option<&'static str>,
    /// What to do about `invalid_grant` (RFC 6749 §5.2).
    pub refused: &'static str,
    /// The form fields of one attempt, beside those that every grant may have.
    pub fields: fn(&Grant, &Attempt<'_>) -> Vec<Field>,
}

impl GrantKind {
    /// The `grant_type` on the wire, where it does not go by a name of the user's choice.
    pub fn on_the_wire(&self) -> &'static str {
        self.urn.unwrap_or(self.name)
    }
}

/// The names that a grant may go by, where it has none of its own.
#[derive(Debug, Clone, Copy)]
pub struct OtherNames {
    /// Says why a name is none of them, if it is not. It does not repeat the name.
    pub allow: fn(&str) -> Result<(), &'static str>,
    /// The same as far as a regular expression says it.
    pub pattern: &'static str,
}

/// Which clients may use a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// Every client, and who is none.
    Everybody,
    /// Every client.
    Any,
    /// Those that can prove who they are, by this section.
    Confidential(&'static str),
}

/// What becomes of a refresh token that comes with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshToken {
    /// It is kept with the token, and used when that has expired.
    Kept,
    /// It is in the answer that is printed, and not kept.
    Printed,
    /// By this section none should come; it is not kept.
    Unexpected(&'static str),
}

/// A grant, with the secrets that it sends or with where they come from.
#[derive(Debug, Clone)]
pub struct Grant<S = Secret> {
    /// Which.
    pub kind: &'static GrantKind,
    /// The `grant_type` on the wire.
    pub name: Cow<'static, str>,
    /// What its kind needs.
    pub parts: Vec<Part<S>>,
}

impl<S> Grant<S> {
    /// The secret that has this name.
    pub fn credential(&self, name: &str) -> Option<&Credential<S>> {
        need::credential(&self.parts, name)
    }

    /// It is to trade an assertion that is made here.
    pub fn lacks_assertion(&self) -> bool {
        self.kind.signs && self.credential("assertion").is_none()
    }

    pub(in crate::oauth) fn try_map<T, E>(
        &self,
        f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>,
    ) -> Result<Grant<T>, E> {
        let of = |name: &str| need::text(&self.parts, name);
        let parts = self.parts.iter().map(|part| part.try_map(of, f)).collect::<Result<_, _>>()?;
        Ok(Grant { kind: self.kind, name: self.name.clone(), parts })
    }
}

/// What a grant needs, as it is.
pub(super) fn as_they_are(grant: &Grant, attempt: &Attempt<'_>) -> Vec<Field> {
    need::fields(&grant.parts, attempt).collect()
}
