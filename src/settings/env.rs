//! The environment as a [`Layer`], and what it says of the network. The process's variables are read here and nowhere else.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::SettingsError;
use super::key::{KEYS, Key, Kind, Scope, Value};
use super::layer::{Layer, Origin};
use crate::secret::{Secret, Source};

/// The variables of this process, or those of a test.
#[derive(Debug, Clone, Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// A given set.
    pub fn of(variables: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of `name`, whatever its bytes.
    pub fn os(&self, name: &str) -> Option<OsString> {
        self.0.get(std::ffi::OsStr::new(name)).cloned()
    }

    /// The value of `name` as text, if it is set and not empty. Text that is not UTF-8 counts as unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.os(name)?.into_string().ok().filter(|text| !text.is_empty())
    }

    /// What the `OAUTH2TOK_*` variables say. An empty variable counts as unset, except that an empty secret is an error: it
    /// is how a CI job looks whose secret is missing.
    ///
    /// # Errors
    /// A value of the wrong kind; a secret given both by value and by file.
    pub fn layer(&self) -> Result<Layer, SettingsError> {
        let mut layer = Layer::default();
        if !self.has_settings() {
            return Ok(layer);
        }
        for key in KEYS.iter().copied().filter(|key| matches!(key.setting().scope, Scope::Everywhere | Scope::Run)) {
            let name = key.variable();
            if key.setting().kind == Kind::Secret {
                let file = format!("{name}_FILE");
                let source = match (self.os(&name), self.os(&file).filter(|path| !path.is_empty())) {
                    (Some(_), Some(_)) => {
                        return Err(SettingsError::Conflict {
                            message: format!("both {name} and {file} are set"),
                            hint: "unset one of them".into(),
                        });
                    }
                    (Some(_), None) => (Source::Env(name.clone()), name),
                    (None, Some(path)) => (Source::File(path.into()), file),
                    (None, None) => continue,
                };
                layer.set(key, Value::Secret(source.0), Origin::Env(source.1));
            } else if let Some(value) = self.os(&name).filter(|value| !value.is_empty()) {
                let origin = Origin::Env(name);
                let text = value.into_string().map_err(|_| SettingsError::Value {
                    origin: origin.clone(),
                    expected: "it is not valid UTF-8".into(),
                })?;
                let value =
                    key.read(&text).map_err(|expected| SettingsError::Value { origin: origin.clone(), expected })?;
                layer.set(key, value, origin);
            }
        }
        Ok(layer)
    }

    /// False where no variable can be one of ours, so that none need be looked for.
    fn has_settings(&self) -> bool {
        self.0.keys().any(|name| name.as_encoded_bytes().starts_with(b"OAUTH2TOK_"))
    }

    /// Variables of ours that are set and deliberately have no effect.
    pub fn ineffective(&self) -> impl Iterator<Item = (Key, String)> {
        let keys = if self.has_settings() { KEYS } else { &[] };
        keys.iter()
            .copied()
            .filter(|key| key.setting().scope == Scope::Flag)
            .map(|key| (key, key.variable()))
            .filter(|(_, name)| self.text(name).is_some())
    }

    /// A base directory of the XDG specification, on macOS too: `variable` if it holds an absolute path, as the specification
    /// wants, else `below_home`. `None` without either; on Windows the user's local application data.
    pub fn base_dir(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let absolute = |name: &str| self.os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(below_home));
        absolute(variable).or_else(|| if cfg!(windows) { absolute("LOCALAPPDATA") } else { home() })
    }

    /// What the usual variables say of proxies and trusted roots.
    pub fn network(&self) -> Network {
        let either = |lower: &str| self.text(lower).or_else(|| self.text(&lower.to_ascii_uppercase()));
        // A web server hands a request's `Proxy:` header to a CGI program as HTTP_PROXY (httpoxy, CVE-2016-5385).
        let in_cgi = self.os("REQUEST_METHOD").is_some();
        Network {
            https_proxy: either("https_proxy").map(Secret::new),
            http_proxy: if in_cgi { self.text("http_proxy") } else { either("http_proxy") }.map(Secret::new),
            all_proxy: either("all_proxy").map(Secret::new),
            no_proxy: either("no_proxy"),
            ssl_cert_file: self.text("SSL_CERT_FILE").map(PathBuf::from),
            ssl_cert_dir: self.text("SSL_CERT_DIR").map(PathBuf::from),
        }
    }
}

/// The network as the environment describes it.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// `HTTPS_PROXY`
    pub https_proxy: Option<Secret>,
    /// `HTTP_PROXY`
    pub http_proxy: Option<Secret>,
    /// `ALL_PROXY`
    pub all_proxy: Option<Secret>,
    /// `NO_PROXY`
    pub no_proxy: Option<String>,
    /// `SSL_CERT_FILE`
    pub ssl_cert_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`
    pub ssl_cert_dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_variable_and_secrets_have_a_file_twin() {
        let env = Environment::of([
            ("OAUTH2TOK_SCOPE", "a b"),
            ("OAUTH2TOK_TIMEOUT", "5s"),
            ("OAUTH2TOK_CLIENT_SECRET", "s"),
            ("OAUTH2TOK_PASSWORD_FILE", "/p"),
            ("OAUTH2TOK_CLIENT_ID", ""),
            ("OAUTH2TOK_INSECURE", "1"),
        ]);
        let layer = env.layer().unwrap();
        let value = |key| layer.get(key).map(|entry| (entry.value.clone(), entry.origin.to_string()));
        let secret = Value::Secret(Source::Env("OAUTH2TOK_CLIENT_SECRET".into()));
        assert_eq!(value(Key::Scope).unwrap().1, "env OAUTH2TOK_SCOPE");
        assert_eq!(value(Key::ClientSecret), Some((secret, "env OAUTH2TOK_CLIENT_SECRET".into())));
        assert_eq!(
            value(Key::Password),
            Some((Value::Secret(Source::File("/p".into())), "env OAUTH2TOK_PASSWORD_FILE".into()))
        );
        assert_eq!(value(Key::ClientId), None);
        assert_eq!(value(Key::Insecure), None);
        assert_eq!(env.ineffective().map(|(key, _)| key).collect::<Vec<_>>(), [Key::Insecure]);
    }

    #[test]
    fn a_secret_given_twice_and_a_bad_value_are_errors() {
        let twice = Environment::of([("OAUTH2TOK_PASSWORD", "x"), ("OAUTH2TOK_PASSWORD_FILE", "/p")]);
        assert!(twice.layer().unwrap_err().to_string().contains("both OAUTH2TOK_PASSWORD and OAUTH2TOK_PASSWORD_FILE"));
        let bad = Environment::of([("OAUTH2TOK_RETRY", "lots")]);
        assert_eq!(bad.layer().unwrap_err().to_string(), "env OAUTH2TOK_RETRY: expected a whole number");
    }

    #[test]
    fn proxies_are_read_in_both_cases_but_not_from_a_cgi_request() {
        let env = Environment::of([("HTTPS_PROXY", "a"), ("https_proxy", "b"), ("HTTP_PROXY", "c")]);
        assert_eq!(env.network().https_proxy, Some(Secret::new("b")));
        assert_eq!(env.network().http_proxy, Some(Secret::new("c")));
        let cgi = Environment::of([("HTTP_PROXY", "c"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(cgi.network().http_proxy, None);
    }
}
