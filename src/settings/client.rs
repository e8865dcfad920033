//! Who asks: the client, and how it proves that.

use super::fields::text_without_controls;
use super::needs::parts;
use super::{Key, Layer, Origin, SettingsError};
use crate::oauth::client::{self, ClientKind, Unsendable};
use crate::oauth::grant::{Clients, GrantKind};
use crate::oauth::{Client, Need};
use crate::secret::Source;

pub(super) fn kind(layer: &Layer) -> &'static ClientKind {
    // An assertion that is given says how it is meant, unless somebody else does of this very client.
    let is_implied = layer.get(Key::ClientAssertion).is_some() && !layer.says(Key::AuthMethod);
    let said = layer.text(Key::AuthMethod).filter(|_| !is_implied).and_then(client::find);
    said.unwrap_or(match is_implied {
        true => &client::assertion::PRIVATE_KEY,
        // Where a person logs in, the client is mostly a program that can keep no secret (RFC 8252 §8.4).
        false if layer.get(Key::ClientSecret).is_none() && layer.asks_person().is_some() => &client::none::KIND,
        false => client::DEFAULT,
    })
}

/// True where nothing is said of a client, and `grant` does without one.
pub(super) fn is_left_out(layer: &Layer, grant: &GrantKind) -> bool {
    // What came down for the clients of other profiles makes nobody a client.
    let says = client::needs().filter_map(Key::of).any(|key| layer.says(key));
    grant.clients == Clients::Everybody
        && !says
        && [Key::ClientId, Key::AuthMethod, Key::ClientAssertion].into_iter().all(|key| layer.get(key).is_none())
}

/// The client that asks with `grant`; some grants do without one.
pub(super) fn client(layer: &Layer, grant: &GrantKind) -> Result<Option<Client<Source>>, SettingsError> {
    if is_left_out(layer, grant) {
        return Ok(None);
    }
    let is_said = |key: Key| layer.says(key);
    let id = text_without_controls(layer, Key::ClientId)?.ok_or_else(|| {
        layer.lacks(Key::ClientId, "client_id", "give --client-id ID, OAUTH2TOK_CLIENT_ID or client_id in a profile")
    })?;
    let kind = kind(layer);
    let is_used = |need: &Need| kind.needs.contains(need) || grant.needs.contains(need);
    for (key, _) in layer.entries() {
        let need = client::needs().find(|need| need.name == key.name() && is_said(key) && !is_used(need));
        let Some(need) = need else { continue };
        let users: Vec<_> = client::KINDS.iter().filter(|kind| kind.needs.contains(need)).map(|k| k.name).collect();
        let users = match &users[..] {
            [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
            users => users.concat(),
        };
        if need.is_secret {
            let nothing = if kind.is_public { ", which sends no secret" } else { "" };
            return Err(SettingsError::Conflict {
                message: format!("{} does not go with auth method {}{nothing}", layer.named(key), kind.name),
                hint: format!("leave the secret out, or choose {users}"),
                key: Some(key),
            });
        }
        // What a profile says of a method that is not used does no harm.
        if matches!(layer.origin(key), Origin::Flag(_)) {
            return Err(SettingsError::Conflict {
                message: format!("{} does not go with auth method {}", key.flag(), kind.name),
                hint: format!("leave it out, or choose {users}"),
                key: Some(key),
            });
        }
    }
    if kind.by_certificate && layer.get(Key::Cert).is_none() {
        let what = format!("cert ({} needs it)", kind.name);
        return Err(layer.lacks(Key::Cert, what, "give --cert FILE, which may hold the key too"));
    }
    let parts = parts(layer, kind.needs, |key, need| {
        let what = format!("{} ({} needs it)", key.name(), kind.name);
        layer.lacks(key, what, format!("give {} {}", key.flag(), need.how))
    })?;
    let client = Client { kind, id, parts };
    match (kind.check)(&client) {
        Err(Unsendable { setting, why }) => {
            Err(layer.refuse(Key::from_profile_name(setting).unwrap_or(Key::ClientId), why))
        }
        Ok(()) => Ok(Some(client)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::SettingValue;
    use crate::settings::tests::{BASE, refused};
    use crate::settings::{Environment, Key, Layer, Origin, Settings};

    #[test]
    fn a_client_without_a_secret_must_say_so() {
        let mut layer = Layer::default();
        for (key, text) in &BASE[..2] {
            layer.set(*key, key.read(text).unwrap(), Origin::Default);
        }
        let build = |layer: &Layer| Settings::from_layer(layer.clone(), &Environment::default());
        assert!(
            build(&layer).unwrap_err().to_string().contains("client_secret (client_secret_basic needs it) is missing")
        );
        layer.set(Key::AuthMethod, SettingValue::Text("none".into()), Origin::Default);
        assert!(build(&layer).is_ok());
        refused(&[(Key::AuthMethod, "none")], "sends no secret");
    }
}
