//! What is traded for a token: the grant, and what each of them needs.

use super::fields::text_without_controls;
use super::{Key, Layer, SettingsError};
use crate::secret::Source;

/// The grant with the sources of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantSource {
    /// RFC 6749 §4.4
    ClientCredentials,
    /// RFC 6749 §4.3
    Password {
        /// Whose.
        username: String,
        /// From where.
        password: Source,
    },
    /// RFC 6749 §6
    RefreshToken(Source),
}

pub(super) fn grant_type(layer: &Layer) -> &str {
    layer.text(Key::GrantType).unwrap_or("client_credentials")
}

/// What a grant needs and no other may have.
pub(super) fn credentials(grant_type: &str) -> &'static [Key] {
    match grant_type {
        "password" => &[Key::Username, Key::Password],
        "refresh_token" => &[Key::RefreshToken],
        _ => &[],
    }
}

pub(super) fn grant(layer: &Layer) -> Result<GrantSource, SettingsError> {
    let name = grant_type(layer);
    let used = credentials(name);
    for key in [Key::Username, Key::Password, Key::RefreshToken] {
        if layer.get(key).is_some() && !used.contains(&key) {
            let grant = if key == Key::RefreshToken { "refresh_token" } else { "password" };
            return Err(SettingsError::Conflict {
                message: format!("{} does not go with the {name} grant", layer.named(key)),
                hint: format!("give --grant-type {grant}, or leave {} out", key.name()),
            });
        }
    }
    let missing = |key: Key, how: &str| {
        layer.lacks(
            format!("{} (the {name} grant needs it)", key.name()),
            format!("give {} {how}, {} or {} in a profile", key.flag(), key.variable(), key.name()),
        )
    };
    match name {
        "password" => {
            let username =
                text_without_controls(layer, Key::Username)?.ok_or_else(|| missing(Key::Username, "NAME"))?;
            let password = layer.source(Key::Password).ok_or_else(|| missing(Key::Password, "prompt"))?;
            Ok(GrantSource::Password { username, password })
        }
        "refresh_token" => {
            let token = layer.source(Key::RefreshToken).ok_or_else(|| missing(Key::RefreshToken, "env:NAME"))?;
            Ok(GrantSource::RefreshToken(token))
        }
        _ => Ok(GrantSource::ClientCredentials),
    }
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
