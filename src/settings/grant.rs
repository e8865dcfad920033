//! What is traded for a token: the grant, and what it and the client's method need. What each needs says its kind.

use std::borrow::Cow;

use super::fields::text_without_controls;
use super::{Key, Layer, SettingsError, client, is_variable_name};
use crate::oauth::grant::{self, GrantKind};
use crate::oauth::{Credential, FieldValue, Grant, Need, Part};
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
            });
        }
    }
    let parts = parts(layer, kind.needs, |key, need| {
        layer.lacks(
            format!("{} (the {name} grant needs it)", key.name()),
            format!("give {} {}, {} or {} in a profile", key.flag(), need.how, key.variable(), key.name()),
        )
    })?;
    Ok(Grant { kind, name, parts })
}

/// What the layer says of `needs`; `missing` is what must be said and is not.
pub(super) fn parts(
    layer: &Layer,
    needs: &'static [Need],
    missing: impl Fn(Key, &Need) -> SettingsError,
) -> Result<Vec<Part<Source>>, SettingsError> {
    let part = |need: &'static Need| {
        let key = Key::of(need)?;
        let value = match need.is_secret {
            true => Ok(layer.source(key).map(|source| FieldValue::Secret(credential(key, source)))),
            false => text_without_controls(layer, key)
                .map(|text| text.or_else(|| need.default.map(str::to_owned)).map(FieldValue::Plain)),
        };
        match value {
            Ok(Some(value)) => Some(Ok(Part { need, value })),
            Ok(None) => need.is_required.then(|| Err(missing(key, need))),
            Err(error) => Some(Err(error)),
        }
    };
    needs.iter().filter_map(part).collect()
}

/// A secret of a setting, which a command line would take from the variable that it comes from.
fn credential(key: Key, source: Source) -> Credential<Source> {
    let variable = match &source {
        Source::Env(name) if is_variable_name(name) => name.clone(),
        _ => key.variable(),
    };
    Credential { secret: source, variable }
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
