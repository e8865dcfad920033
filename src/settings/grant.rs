//! What is traded for a token: the grant.

use std::borrow::Cow;

use super::needs::parts;
use super::{Key, Layer, SettingsError, client};
use crate::oauth::Grant;
use crate::oauth::grant::{self, GrantKind};
use crate::secret::Source;

/// The grant that is said, or else the usual one, and its name.
pub(super) fn kind(layer: &Layer) -> Result<(&'static GrantKind, Cow<'static, str>), SettingsError> {
    let Some(text) = layer.text(Key::GrantType) else {
        return Ok((grant::DEFAULT, Cow::Borrowed(grant::DEFAULT.name)));
    };
    let kind = grant::find(text).ok_or_else(|| layer.refuse(Key::GrantType, "it is no grant that is spoken here"))?;
    let name = if kind.name == text { Cow::Borrowed(kind.name) } else { Cow::Owned(text.to_owned()) };
    Ok((kind, name))
}

pub(super) fn grant(layer: &Layer) -> Result<Grant<Source>, SettingsError> {
    let (kind, name) = kind(layer)?;
    let method = client::kind(layer);
    for (key, need) in grant::needs().filter_map(|need| Some((Key::of(need)?, need))) {
        if layer.get(key).is_some() && !kind.needs.contains(need) && !method.needs.contains(need) {
            let others = grant::KINDS.iter().find(|other| other.needs.contains(need)).map_or("", |other| other.name);
            return Err(SettingsError::Conflict {
                message: format!("{} does not go with the {name} grant", layer.named(key)),
                hint: format!("give --grant-type {others}, or leave {} out", key.name()),
                key: Some(key),
            });
        }
    }
    let parts = parts(layer, kind.needs, |key, need| {
        layer.lacks(
            key,
            format!("{} (the {name} grant needs it)", key.name()),
            format!("give {} {}, {} or {} in a profile", key.flag(), need.how, key.variable(), key.name()),
        )
    })?;
    Ok(Grant { kind, name, parts })
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
