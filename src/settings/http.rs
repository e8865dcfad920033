//! How servers are reached.

use std::path::PathBuf;
use std::time::Duration;

use super::{Environment, Key, Layer, Network, Origin, SettingsError};
use crate::secret::{Secret, Source};

/// How long a run may take where nobody says.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// For the whole run.
    pub timeout: Duration,
    /// For reaching the server, TLS included.
    pub connect_timeout: Duration,
    /// Attempts after the first.
    pub retry: u32,
    /// `--proxy`; empty for none.
    pub proxy: Option<Secret>,
    /// Where that stands, in the user's words.
    pub proxy_setting: &'static str,
    /// It came from a variable.
    pub proxy_is_variable: bool,
    /// The only roots to trust.
    pub cacert: Option<PathBuf>,
    /// A client certificate.
    pub cert: Option<Source>,
    /// Its key, where it is not with the certificate.
    pub key: Option<Source>,
    /// What the key is encrypted with.
    pub key_passphrase: Option<Source>,
    /// Accept any server certificate.
    pub insecure: bool,
    /// What the environment says.
    pub network: Network,
}

/// How servers are reached, as far as a layer says; also needed where it is not complete.
///
/// # Errors
/// A setting that is refused or missing.
pub fn http(layer: &Layer, env: &Environment) -> Result<Http, SettingsError> {
    let span = |key: Key, default: Duration| match layer.duration(key).unwrap_or(default) {
        Duration::ZERO => Err(layer.refuse(key, "it must be more than 0")),
        span => Ok(span),
    };
    let cert = held(layer, Key::Cert, env)?;
    let key = held(layer, Key::Key, env)?;
    if key.is_some() && cert.is_none() {
        return Err(layer.lacks(
            Key::Key,
            format!("the certificate for {}", layer.named(Key::Key)),
            "give --cert FILE",
        ));
    }
    if cert.is_none() && layer.says(Key::KeyPassphrase) {
        let named = layer.named(Key::KeyPassphrase);
        return Err(layer.lacks(Key::KeyPassphrase, format!("the certificate for {named}"), "give --cert FILE"));
    }
    Ok(Http {
        timeout: span(Key::Timeout, DEFAULT_TIMEOUT)?,
        connect_timeout: span(Key::ConnectTimeout, Duration::from_secs(10))?,
        retry: layer.count(Key::Retry).unwrap_or(2),
        proxy: layer.text(Key::Proxy).map(Secret::new),
        proxy_setting: match layer.get(Key::Proxy).map(|entry| &entry.origin) {
            Some(Origin::Flag(_)) | None => "--proxy",
            Some(Origin::Env(_)) => "OAUTH2TOK_PROXY",
            Some(_) => "the profile's proxy",
        },
        proxy_is_variable: layer.get(Key::Proxy).is_some_and(|entry| matches!(entry.origin, Origin::Env(_))),
        cacert: layer.path(Key::Cacert, env)?,
        cert,
        key,
        key_passphrase: layer.source(Key::KeyPassphrase),
        insecure: layer.is_on(Key::Insecure),
        network: env.network(),
    })
}

/// What holds a certificate or a key: a file by its name, or another source.
pub(super) fn held(layer: &Layer, key: Key, env: &Environment) -> Result<Option<Source>, SettingsError> {
    match layer.source(key) {
        Some(Source::File(path)) => match env.expanded(&path) {
            Ok(path) => Ok(Some(Source::File(path.into_owned()))),
            Err(error) => Err(layer.refuse(key, error.to_string())),
        },
        Some(source) => Ok(Some(source)),
        None => Ok(layer.path(key, env)?.map(Source::File)),
    }
}
