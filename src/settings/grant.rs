//! What is traded for a token: the grant.

use std::borrow::Cow;

use super::needs::parts;
use super::{Key, Layer, SettingValue, SettingsError, client, foreign, is_absolute_uri};
use crate::oauth::grant::{self, GrantKind, token_exchange};
use crate::oauth::login::Way;
use crate::oauth::{Grant, Need};
use crate::secret::Source;

/// The grant that is said, or else the usual one, and its name.
pub(super) fn kind(layer: &Layer) -> Result<(&'static GrantKind, Cow<'static, str>), SettingsError> {
    let Some(text) = layer.text(Key::GrantType) else {
        return Ok((grant::DEFAULT, Cow::Borrowed(grant::DEFAULT.name)));
    };
    let kind = grant::find(text).ok_or_else(|| layer.refuse(Key::GrantType, "it is no grant that is spoken here"))?;
    let is_own = kind.name == text || kind.urn == Some(text);
    let name = if is_own { Cow::Borrowed(kind.on_the_wire()) } else { Cow::Owned(text.to_owned()) };
    Ok((kind, name))
}

impl Layer {
    /// How the grant asks a person, if it does.
    pub fn asks_person(&self) -> Option<Way> {
        kind(self).ok()?.0.person
    }

    /// The same with a grant that asks a person: its own if that is one, else the browser's; with `device` the one for another
    /// device. What nothing but another grant takes is left out.
    ///
    /// # Errors
    /// A grant that is none.
    pub fn logging_in(self, device: bool) -> Result<Self, SettingsError> {
        let (own, _) = kind(&self)?;
        let wanted = match own.person {
            _ if device => &grant::device_code::KIND,
            Some(_) => return Ok(self),
            None => &grant::authorization_code::KIND,
        };
        let is_idle = |need: &&Need| wanted.needs.iter().all(|other| other.name != need.name);
        let idle: Vec<_> = own.needs.iter().filter(is_idle).filter_map(Key::of).collect();
        let origin = self.origin(Key::GrantType);
        let mut layer = self.without(&idle);
        layer.set(Key::GrantType, SettingValue::Text(wanted.name.to_owned()), origin);
        Ok(layer)
    }
}

pub(super) fn grant(layer: &Layer) -> Result<Grant<Source>, SettingsError> {
    let (kind, name) = kind(layer)?;
    let method = client::kind(layer);
    // A grant's own name is shorter than what goes out.
    let shown = if kind.other_names.is_none() { kind.name } else { &*name };
    for (key, _) in layer.entries() {
        let Some(need) = grant::needs().find(|need| need.name == key.name()) else { continue };
        if layer.says(key) && !kind.needs.contains(need) && !method.needs.contains(need) {
            let others = grant::KINDS.iter().find(|other| other.needs.contains(need)).map_or("", |other| other.name);
            return Err(SettingsError::Conflict {
                message: format!("{} does not go with the {shown} grant", layer.named(key)),
                hint: format!("give --grant-type {others}, or leave {} out", key.name()),
                key: Some(key),
            });
        }
    }
    let parts = parts(layer, kind.needs, |key, need| {
        layer.lacks(
            key,
            format!("{} (the {shown} grant needs it)", key.name()),
            format!("give {} {}, {} or {} in a profile", key.flag(), need.how, key.variable(), key.name()),
        )
    })?;
    check_token_types(layer)?;
    if layer.says(Key::ActorTokenType) && layer.get(Key::ActorToken).is_none() {
        return Err(layer.lacks(
            Key::ActorToken,
            "actor_token (actor_token_type is said)",
            "give actor_token, or leave its type out (RFC 8693 §2.1)",
        ));
    }
    Ok(Grant { kind, name, parts })
}

/// A token's type is one of the short names, or a URI (RFC 8693 §3).
fn check_token_types(layer: &Layer) -> Result<(), SettingsError> {
    for key in [Key::SubjectTokenType, Key::ActorTokenType, Key::RequestedTokenType] {
        let Some(text) = layer.text(key) else { continue };
        let names = token_exchange::type_names();
        if !names.contains(&text) && !is_absolute_uri(text) {
            let near = foreign::nearest(text, names.iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(layer.refuse(key, format!("expected a URI or one of {}{near}", names.join(", "))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::settings::Key;
    use crate::settings::tests::{refused, settings};

    #[test]
    fn each_grant_has_what_it_needs_and_nothing_else() {
        refused(
            &[(Key::Username, "alice")],
            "username (flag --username) does not go with the client_credentials grant",
        );
        refused(&[(Key::Password, "x")], "does not go with the client_credentials grant");
        refused(&[(Key::RefreshToken, "x")], "does not go with the client_credentials grant");
        refused(
            &[(Key::GrantType, "password"), (Key::Username, "a")],
            "password (the password grant needs it) is missing",
        );
        refused(
            &[(Key::GrantType, "password"), (Key::Password, "a")],
            "username (the password grant needs it) is missing",
        );
        refused(&[(Key::GrantType, "refresh_token")], "refresh_token (the refresh_token grant needs it) is missing");
        assert!(settings(&[(Key::GrantType, "password"), (Key::Username, "a"), (Key::Password, "b")]).is_ok());
    }
}
