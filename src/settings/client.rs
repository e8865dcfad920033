//! Who asks: the client, and how it proves that.

use super::fields::text_without_controls;
use super::{Key, Layer, Origin, SettingsError};
use crate::oauth::{AuthMethod, BasicEncoding};
use crate::secret::Source;

/// The client with the source of its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// How it authenticates.
    pub method: AuthMethod,
    /// From where its secret comes; there is one exactly if the method needs one.
    pub secret: Option<Source>,
    /// What becomes of both before HTTP Basic.
    pub encoding: BasicEncoding,
}

pub(super) fn method(layer: &Layer) -> AuthMethod {
    layer.text(Key::AuthMethod).and_then(AuthMethod::from_name).unwrap_or_default()
}

pub(super) fn client(layer: &Layer) -> Result<Client, SettingsError> {
    let id = text_without_controls(layer, Key::ClientId)?.ok_or_else(|| {
        layer.lacks("client_id", "give --client-id ID, OAUTH2TOK_CLIENT_ID or client_id in a profile")
    })?;
    let method = method(layer);
    let encoding = layer.text(Key::BasicEncoding).and_then(BasicEncoding::from_name).unwrap_or_default();
    let secret = layer.source(Key::ClientSecret);
    if method.needs_secret() && secret.is_none() {
        return Err(layer.lacks(
            format!("client_secret ({} needs it)", method.name()),
            "give --client-secret env:NAME (or file:, command:, prompt); a client without a secret says --auth-method none",
        ));
    }
    if !method.needs_secret() && secret.is_some() {
        return Err(SettingsError::Conflict {
            message: format!(
                "{} does not go with auth method {}, which sends no secret",
                layer.named(Key::ClientSecret),
                method.name()
            ),
            hint: "leave the secret out, or choose client_secret_basic or client_secret_post".into(),
        });
    }
    if method != AuthMethod::ClientSecretBasic && matches!(layer.origin(Key::BasicEncoding), Origin::Flag(_)) {
        return Err(SettingsError::Conflict {
            message: format!("--basic-encoding does not go with auth method {}", method.name()),
            hint: "leave it out, or choose client_secret_basic".into(),
        });
    }
    if method == AuthMethod::ClientSecretBasic && encoding == BasicEncoding::Raw && id.contains(':') {
        return Err(layer.refuse(
            Key::ClientId,
            "an id with a colon cannot be sent raw: the server would split it there (RFC 7617 §2)",
        ));
    }
    Ok(Client { id, method, secret, encoding })
}

#[cfg(test)]
mod tests {
    use super::super::Value;
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
        layer.set(Key::AuthMethod, Value::Text("none".into()), Origin::Default);
        assert!(build(&layer).is_ok());
        refused(&[(Key::AuthMethod, "none")], "sends no secret");
    }
}
