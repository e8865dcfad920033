//! What a grant or a client authentication takes: each thing by the protocol's own name, and what is known of it. The
//! setting that it comes from bears the same name.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::attempt::Attempt;
use super::field::{Credential, Field, FieldValue};
use crate::secret::Secret;

/// Something that a grant or a client authentication takes.
#[derive(Debug)]
pub struct Need {
    /// The protocol's name for it.
    pub name: &'static str,
    /// It is read from a source and never shown.
    pub is_secret: bool,
    /// A person chose it: it may hold spaces.
    pub is_phrase: bool,
    /// It is a token that somebody else made and dated: it is read anew for each request, and whole.
    pub is_ready_made: bool,
    /// It goes out as a form field of that name.
    pub is_field: bool,
    /// It has to be said, where there is no default.
    pub is_required: bool,
    /// What it is where nobody says.
    pub default: Option<&'static str>,
    /// What stands behind its flag where it is missed.
    pub how: &'static str,
    /// What a prompt asks for,
    pub prompt: &'static str,
    /// and whose: the name of another need of the same grant, or `client_id`.
    pub of: Option<&'static str>,
    /// Who may say it in a message of a batch.
    pub in_message: InMessage,
}

/// Whether a message of a batch may say something, which comes from whoever writes the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InMessage {
    /// By its own name.
    Named,
    /// Where a mapping names a member for it.
    Mapped,
    /// No.
    Never,
}

impl Need {
    /// A text that goes out as a form field and may be shown.
    pub const fn plain(name: &'static str, how: &'static str) -> Self {
        Self {
            name,
            is_secret: false,
            is_phrase: false,
            is_ready_made: false,
            is_field: true,
            is_required: true,
            default: None,
            how,
            prompt: name,
            of: None,
            in_message: InMessage::Named,
        }
    }

    /// A secret that goes out as a form field.
    pub const fn secret(name: &'static str, how: &'static str, prompt: &'static str) -> Self {
        Self { is_secret: true, prompt, ..Self::plain(name, how) }
    }

    /// A text that goes out as a form field where it is said.
    pub const fn optional(name: &'static str, how: &'static str) -> Self {
        Self { is_required: false, in_message: InMessage::Never, ..Self::plain(name, how) }
    }

    /// A token that somebody else made, sent as a form field.
    pub const fn ready_made(name: &'static str, prompt: &'static str) -> Self {
        Self {
            is_ready_made: true,
            in_message: InMessage::Mapped,
            ..Self::secret(name, "file:PATH, env:NAME, command:CMD or github:AUDIENCE", prompt)
        }
    }
}

/// What a request holds of something that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<S = Secret> {
    /// Of what.
    pub need: &'static Need,
    /// What it is.
    pub value: FieldValue<S>,
}

impl PartialEq for Need {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Need {}

impl<S> Part<S> {
    /// The same with its secret, if it is one, put through `f`.
    pub(super) fn try_map<'a, T, E>(
        &'a self,
        of: impl Fn(&str) -> Option<&'a str>,
        f: &mut impl FnMut(&Role<'_>, &S) -> Result<T, E>,
    ) -> Result<Part<T>, E> {
        let extent = if self.need.is_ready_made { Extent::Token } else { Extent::Line };
        let role = Role { setting: self.need.name, extent, prompt: self.need.prompt, of: self.need.of.and_then(of) };
        Ok(Part { need: self.need, value: self.value.try_map(|secret| f(&role, secret))? })
    }
}

/// What of `parts` may be shown and has this name.
pub(super) fn text<'a, S>(parts: &'a [Part<S>], name: &str) -> Option<&'a str> {
    parts.iter().find(|part| part.need.name == name).and_then(|part| part.value.plain())
}

/// The secret of `parts` that has this name.
pub(super) fn credential<'a, S>(parts: &'a [Part<S>], name: &str) -> Option<&'a Credential<S>> {
    parts.iter().find(|part| part.need.name == name).and_then(|part| part.value.credential())
}

/// The form fields that `parts` are in one attempt: as they are, but for ready-made tokens, of which the newest counts.
pub(super) fn fields<'a>(parts: &'a [Part], attempt: &'a Attempt<'_>) -> impl Iterator<Item = Field> + 'a {
    let value = |part: &Part| match &part.value {
        FieldValue::Secret(of) if part.need.is_ready_made => {
            let secret = encoded(attempt.token(part.need.name)?);
            Some(FieldValue::Secret(Credential { secret, variable: of.variable.clone() }))
        }
        value => Some(value.clone()),
    };
    let sent = parts.iter().filter(|part| part.need.is_field);
    sent.filter_map(move |part| Some(Field { name: part.need.name.to_owned(), value: value(part)? }))
}

/// A SAML assertion that is XML goes out base64url-encoded (RFC 7522 §2.1, §2.2, RFC 8693 §3); any other text is taken for
/// what is so already, or for a token of another kind.
fn encoded(token: &Secret) -> Secret {
    let text = token.expose();
    if text.starts_with('<') { Secret::new(URL_SAFE_NO_PAD.encode(text)) } else { token.clone() }
}

/// How much of a source counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The first line.
    Line,
    /// All of it, as a text without the white space around it.
    Token,
    /// All of it, which need not be text: a key or a certificate.
    File,
}

/// Which secret of a request is meant. Its `Display` is what a prompt asks for.
#[derive(Debug, Clone, Copy)]
pub struct Role<'a> {
    /// The setting that it comes from.
    pub setting: &'static str,
    /// How much of its source counts.
    pub extent: Extent,
    prompt: &'static str,
    of: Option<&'a str>,
}

impl<'a> Role<'a> {
    /// A file's worth of key or certificate.
    pub fn of_file(setting: &'static str) -> Self {
        Self { setting, extent: Extent::File, prompt: setting, of: None }
    }

    /// What a key is encrypted with.
    pub fn of_passphrase(setting: &'static str, key: &'static str) -> Self {
        Self { setting, extent: Extent::Line, prompt: "Passphrase of", of: Some(key) }
    }

    /// A secret of this machine alone, which no server is told.
    pub fn of_setting(setting: &'static str, prompt: &'static str) -> Self {
        Self { setting, extent: Extent::Line, prompt, of: None }
    }

    /// A token that somebody else made.
    pub(super) fn of_ready_made(need: &'static Need) -> Self {
        Self { setting: need.name, extent: Extent::Token, prompt: need.prompt, of: None }
    }

    /// The value of a pair of `setting`, by the pair's name.
    pub(super) fn of_pair(setting: &'static str, name: &'a str) -> Self {
        Self { setting, extent: Extent::Line, prompt: setting, of: Some(name) }
    }
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prompt)?;
        self.of.map_or(Ok(()), |of| write!(f, " {of}"))
    }
}
