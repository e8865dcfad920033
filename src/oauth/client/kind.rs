//! What is to be said of a way to authenticate, and a client with what that takes.

use crate::oauth::attempt::Attempt;
use crate::oauth::field::{Credential, Field};
use crate::oauth::need::{self, Need, Part, Role};
use crate::oauth::post::Post;
use crate::secret::{Redactor, Secret, Source};

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
    /// An assertion that is made for each request proves it, unless a ready-made one does.
    pub signs: Option<Signs>,
    /// The certificate in the TLS handshake proves it (RFC 8705 §2).
    pub by_certificate: bool,
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

/// What a client signs its assertions with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// A private key.
    WithKey,
    /// Its secret.
    WithSecret,
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

/// The secret that most methods have.
pub(super) const CLIENT_SECRET: Need = Need {
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

    pub(in crate::oauth) fn try_map<T, E>(
        &self,
        f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>,
    ) -> Result<Client<T>, E> {
        let of = |name: &str| if name == "client_id" { Some(self.id.as_str()) } else { self.text(name) };
        let parts = self.parts.iter().map(|part| part.try_map(of, f)).collect::<Result<_, _>>()?;
        Ok(Client { kind: self.kind, id: self.id.clone(), parts })
    }
}

impl Client {
    /// Its id as a form field.
    pub(super) fn id_field(&self) -> Field {
        Field::plain("client_id", &self.id)
    }
}

pub(super) fn nothing_to_check(_: &Client<Source>) -> Result<(), Unsendable> {
    Ok(())
}

pub(super) fn no_other_form(_: &Client, _: &mut Redactor) {}

pub(super) fn no_hint(_: &Client) -> Option<String> {
    None
}
