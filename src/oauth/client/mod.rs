//! How a client proves who it is at the token endpoint (RFC 6749 §2.3). A client is its id, its [`ClientKind`], which says
//! all that is particular about the method, and what the request holds of what that needs: a new method is a file with a
//! `KIND` and a line in [`KINDS`].

pub mod basic;
pub mod none;
pub mod post;

use super::need::{self, Need, Part, Role};
use super::post::{Credential, Field, Post};
use super::request::Attempt;
use crate::secret::{Redactor, Secret, Source};

/// The methods there are, in the order help names them.
pub const KINDS: &[&ClientKind] = &[
    &basic::KIND, //
    &post::KIND,
    &none::KIND,
];

/// The method where nobody names one, here and in metadata (RFC 8414 §2).
pub const DEFAULT: &ClientKind = &basic::KIND;

/// All that is particular about a way to authenticate.
#[derive(Debug)]
pub struct ClientKind {
    /// The registered name (RFC 7591 §2, OpenID Connect Core §9).
    pub name: &'static str,
    /// What it may be called as well.
    pub short: Option<&'static str>,
    /// What it takes beside the client's id. What another method takes does not go with it.
    pub needs: &'static [Need],
    /// It proves nothing.
    pub is_public: bool,
    /// The method that a client is often registered for whose server refuses this one.
    pub instead: &'static str,
    /// Looks for what cannot be sent.
    pub check: fn(&Client<Source>) -> Result<(), Unsendable>,
    /// Adds the proof to what is sent in one attempt.
    pub decorate: fn(&Client, &Attempt<'_>, &mut Post),
    /// Hides the forms in which its secrets may come back, beside themselves.
    pub conceal: fn(&Client, &mut Redactor),
    /// What of its values may be the reason for a refusal.
    pub hint: fn(&Client) -> Option<String>,
}

/// A value that a method cannot send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsendable {
    /// The setting that it comes from.
    pub setting: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// The client's id and its proof of who it is, or where that comes from. There is never more than one in a request
/// (RFC 6749 §2.3).
#[derive(Debug, Clone)]
pub struct Client<S = Secret> {
    /// How it authenticates.
    pub kind: &'static ClientKind,
    /// Its id.
    pub id: String,
    /// What the method needs.
    pub parts: Vec<Part<S>>,
}

const CLIENT_SECRET: Need = Need {
    of: Some("client_id"),
    ..Need::secret(
        "client_secret",
        "env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none",
        "Secret of client",
    )
};

impl<S> Client<S> {
    /// What may be shown and has this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        need::text(&self.parts, name)
    }

    /// The secret that has this name.
    pub fn credential(&self, name: &str) -> Option<&Credential<S>> {
        need::credential(&self.parts, name)
    }

    pub(super) fn try_map<T, E>(&self, f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>) -> Result<Client<T>, E> {
        let of = |name: &str| if name == "client_id" { Some(self.id.as_str()) } else { self.text(name) };
        let parts = self.parts.iter().map(|part| part.try_map(of, f)).collect::<Result<_, _>>()?;
        Ok(Client { kind: self.kind, id: self.id.clone(), parts })
    }
}

impl Client {
    /// Its id as a form field.
    fn id_field(&self) -> Field {
        Field::plain("client_id", &self.id)
    }
}

fn nothing_to_check(_: &Client<Source>) -> Result<(), Unsendable> {
    Ok(())
}

fn no_other_form(_: &Client, _: &mut Redactor) {}

fn no_hint(_: &Client) -> Option<String> {
    None
}

/// What the methods may be called: the registered names, then the short ones.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain(KINDS.iter().filter_map(|kind| kind.short))
}

/// The method of that name, registered or short.
pub fn find(name: &str) -> Option<&'static ClientKind> {
    KINDS.iter().copied().find(|kind| kind.name == name || kind.short == Some(name))
}

/// Everything that some method needs; what two of them need stands there twice.
pub fn needs() -> impl Iterator<Item = &'static Need> + Clone {
    KINDS.iter().flat_map(|kind| kind.needs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_mean_the_registered_methods() {
        for (name, method) in [
            ("basic", Some("client_secret_basic")),
            ("client_secret_basic", Some("client_secret_basic")),
            ("post", Some("client_secret_post")),
            ("client_secret_post", Some("client_secret_post")),
            ("none", Some("none")),
            ("Basic", None),
            ("private_key_jwt", None),
        ] {
            assert_eq!(find(name).map(|kind| kind.name), method, "{name}");
        }
    }
}
