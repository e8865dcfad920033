//! More than one profile at a time: which there are, what of them is read where nobody named them, and whose a kept login is.

use std::convert::Infallible;

use crate::oauth::login::id_token;
use crate::oauth::{Request, Token, jwt};
use crate::problem;
use crate::secret::{Secret, Source};
use crate::settings::{self, Environment, Key, Layer, Origin, SettingValue, Settings, SettingsError, Wanted};

/// A profile's name, and what is said with it.
pub(super) type Named = (String, Result<Layer, SettingsError>);

/// The settings of every profile, from one reading of the config file.
///
/// # Errors
/// A config file that is at fault.
pub(super) fn profiles(upper: &Layer, env: &Environment) -> problem::Result<Vec<Named>> {
    let Some(file) = settings::config_file(upper, Wanted::All, env)? else { return Ok(Vec::new()) };
    let merged = |name: &str| {
        let layer = settings::merge_with(with_profile(upper, name), Some(&file), env);
        (name.to_owned(), layer)
    };
    Ok(file.names().map(merged).collect())
}

/// The same with this profile.
pub(super) fn with_profile(upper: &Layer, name: &str) -> Layer {
    let mut layer = upper.clone();
    layer.set(Key::Profile, SettingValue::Text(name.to_owned()), Origin::Flag(Key::Profile));
    layer
}

/// The flags say which profile or which server is meant.
pub(super) fn is_chosen(flags: &Layer) -> bool {
    [Key::Profile, Key::TokenEndpoint, Key::Issuer].iter().any(|key| flags.get(*key).is_some())
}

/// True where reading the secrets runs no command and asks nobody: a list should not.
pub(super) fn is_passive(settings: &Settings) -> bool {
    let credentials = settings.request.credentials().map(|credential| &credential.secret);
    credentials.chain(&settings.login.cache_secret).all(reads_passively)
}

/// The same for the client certificate, without which nothing kept is found.
pub(super) fn certificate_is_passive(settings: &Settings) -> bool {
    let http = &settings.http;
    [&http.cert, &http.key, &http.key_passphrase].into_iter().flatten().all(reads_passively)
}

fn reads_passively(source: &Source) -> bool {
    matches!(source, Source::Env(_) | Source::File(_) | Source::Literal(_))
}

/// The request as far as it takes to find what is kept for it.
pub(super) fn without_secrets(settings: &Settings) -> Request {
    let Ok(request) = settings.read_secrets::<Infallible>(|_| Ok(Secret::new("")));
    request
}

/// Who logged in, as far as an ID token that came along says.
pub(super) fn account(token: &Token) -> Option<String> {
    let text: String = serde_json::from_str(&token.named("id_token")?).ok()?;
    id_token::account(&jwt::claims(&text)?)
}
