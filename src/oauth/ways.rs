//! What a server does its own way, as the settings say it. Nothing of it is ever guessed.

use crate::json::Members;
use crate::secret::Redactor;
use crate::secret::redact::Conceal;

/// The ways of a server; the default are those of the standards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// The request's body is a JSON object instead of a form (RFC 6749 §4.4.2).
    pub json_body: bool,
    /// What stands between scopes instead of a space (RFC 6749 §3.3).
    pub scope_separator: Option<String>,
    /// Where the answer holds the token instead of `access_token` (RFC 6749 §5.1): a pointer (RFC 6901).
    pub token_pointer: Option<String>,
    /// `expires_in` is in milliseconds instead of seconds (RFC 6749 §5.1).
    pub lifetime_in_ms: bool,
}

impl Conceal for Ways {
    /// Where answers hold the token.
    fn conceal(&self, redactor: &mut Redactor) {
        if let Some(pointer) = &self.token_pointer {
            redactor.expect_token_at(pointer);
        }
    }
}

impl Ways {
    /// The ways that are not the standards' own, by the names that settings have for them.
    pub fn own(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [
            ("body", self.json_body.then_some("json")),
            ("scope_separator", self.scope_separator.as_deref()),
            ("token_pointer", self.token_pointer.as_deref()),
            ("expires_in_unit", self.lifetime_in_ms.then_some("ms")),
        ];
        texts.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Where the token stands in an answer.
    pub fn token_place(&self) -> &str {
        self.token_pointer.as_deref().unwrap_or("/access_token")
    }

    /// What the object that holds the token says besides, where that is not the answer itself.
    pub(super) fn beside_token(&self, members: &Members) -> Option<Members> {
        let (holder, _) = self.token_pointer.as_deref()?.rsplit_once('/')?;
        Members::parse(&members.at(holder)?).ok()?
    }
}
