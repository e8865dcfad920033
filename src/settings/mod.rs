//! From flags, environment and profile to complete, valid [`Settings`].
//!
//! Each source becomes a [`Layer`]; the layers are merged, upper over lower; defaults come once and last; validation happens
//! here and nothing of it later. This room reads the environment and config files; it sends nothing and prints nothing.

pub mod api;
pub mod env;
mod excerpt;
pub mod key;
pub mod layer;
pub mod names;
pub mod profile;
pub mod schema;
mod yaml;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::files;
use crate::oauth::discovery::Issuer;
use crate::oauth::{AuthMethod, BasicEncoding, ClientAuth, Credential, Grant, Request};
use crate::secret::redact::{Conceal, MASK, is_sensitive_name, mask_query};
use crate::secret::source::{Reader, SourceError};
use crate::secret::{Redactor, Secret, Source};
use crate::wire::Url;

pub use api::{Api, FailOn};
pub use env::{Environment, Network};
pub use key::{Key, Value};
pub use layer::{Layer, Origin};
pub use profile::{Document, File, ProfileError, Wanted};

/// How long a run may take where nobody says.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there are no settings. Nothing has been sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A config file is at fault.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A flag or variable holds what its setting cannot be.
    #[error("{origin}: {expected}")]
    Value {
        /// Which.
        origin: Origin,
        /// What it should be.
        expected: String,
    },
    /// Something must be said and is not.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: String,
        /// How to say it.
        hint: String,
    },
    /// Two things exclude each other.
    #[error("{message}")]
    Conflict {
        /// Which and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A value is refused.
    #[error("{name} ({origin}): {why}")]
    Refused {
        /// The setting.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// Why.
        why: String,
    },
}

impl SettingsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Profile(error) => error.hint.as_deref(),
            Self::Missing { hint, .. } | Self::Conflict { hint, .. } => Some(hint),
            Self::Value { .. } | Self::Refused { .. } => None,
        }
    }
}

/// Where the token endpoint is to be learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// It is given.
    Endpoint(Url),
    /// Its issuer's metadata names it.
    Issuer(Issuer),
}

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

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The token alone.
    #[default]
    Token,
    /// The whole answer.
    Json,
    /// An `Authorization` header.
    Header,
    /// A line for `curl -K -`.
    Curl,
    /// A line for a POSIX shell.
    Env,
    /// Seconds left.
    Ttl,
    /// A Kubernetes client-go credential.
    ExecCredential,
}

impl Format {
    fn from_name(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            "header" => Self::Header,
            "curl" => Self::Curl,
            "env" => Self::Env,
            "ttl" => Self::Ttl,
            "exec-credential" => Self::ExecCredential,
            _ => Self::Token,
        }
    }
}

/// The result's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Which.
    pub format: Format,
    /// One member instead of the token.
    pub field: Option<String>,
    /// The name that the answer stands under in another object.
    pub wrap: Option<String>,
    /// The variable of [`Format::Env`].
    pub env_name: String,
    /// Tell GitHub Actions to mask the token.
    pub mask: bool,
}

/// How the server is reached.
#[derive(Debug, Clone)]
pub struct Http {
    /// For the whole run.
    pub timeout: Duration,
    /// For reaching the server, TLS included.
    pub connect_timeout: Duration,
    /// Attempts after the first.
    pub retry: u32,
    /// `--proxy`; empty for none.
    pub proxy: Option<Secret>,
    /// It came from a variable.
    pub proxy_is_variable: bool,
    /// The only roots to trust.
    pub cacert: Option<PathBuf>,
    /// A client certificate.
    pub cert: Option<PathBuf>,
    /// Its key, where it is in another file.
    pub key: Option<PathBuf>,
    /// Accept any server certificate.
    pub insecure: bool,
    /// What the environment says.
    pub network: Network,
}

/// Whether tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caching {
    /// Use the cache at all.
    pub enabled: bool,
    /// Go past what is kept.
    pub force_new: bool,
    /// The least lifetime a kept token must have left.
    pub min_valid: Option<Duration>,
    /// The lifetime of tokens whose server names none.
    pub default_ttl: Option<Duration>,
}

/// What is told while working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// Tell everything.
    pub verbose: bool,
    /// Warn of nothing.
    pub quiet: bool,
    /// Send nothing.
    pub dry_run: bool,
    /// Tolerate nothing.
    pub strict: bool,
    /// Write errors as JSON.
    pub json_errors: bool,
    /// Hide nothing.
    pub show_secrets: bool,
}

/// Everything a run needs to know, complete and valid.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile's name, if there is one.
    pub profile: Option<String>,
    /// Where to ask.
    pub server: Server,
    /// What is traded.
    pub grant: GrantSource,
    /// Scope tokens.
    pub scope: Vec<String>,
    /// Audiences.
    pub audience: Vec<String>,
    /// RFC 8707 resources.
    pub resource: Vec<String>,
    /// Further form fields.
    pub params: Vec<(String, String)>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Who asks.
    pub client: Client,
    /// What is printed.
    pub output: Output,
    /// How it is sent.
    pub http: Http,
    /// What is kept.
    pub caching: Caching,
    /// Where the token is used.
    pub api: Api,
    /// What is told.
    pub diagnosis: Diagnosis,
    /// What was said, and where.
    pub layer: Layer,
}

/// The secrets of a run, read.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// The client's.
    pub client_secret: Option<Secret>,
    /// The user's.
    pub password: Option<Secret>,
    /// The refresh token that was given.
    pub refresh_token: Option<Secret>,
}

impl Conceal for Secrets {
    fn conceal(&self, redactor: &mut Redactor) {
        [&self.client_secret, &self.password, &self.refresh_token].into_iter().for_each(|s| s.conceal(redactor));
    }
}

/// The config file as it is there: named and missing is an error, unnamed and missing is not.
///
/// # Errors
/// As [`File::open`].
pub fn config_file(upper: &Layer, wanted: Wanted<'_>) -> Result<Option<File>, SettingsError> {
    match upper.text(Key::Config) {
        Some(path) => {
            let path = Path::new(path);
            let file = File::open(path, wanted, &patience(upper));
            file.map(Some).map_err(|error| unrepeated(error, upper, Key::Config, path))
        }
        None => match profile::default_path().filter(|path| profile::look(path).unwrap_or(true)) {
            Some(path) => Ok(Some(File::open(&path, wanted, &patience(upper))?)),
            None => Ok(None),
        },
    }
}

/// How long a file may keep a run waiting that knows no more than flags and environment, `upper`.
pub fn patience(upper: &Layer) -> Deadline {
    Deadline::after(upper.duration(Key::Timeout).filter(|span| !span.is_zero()).unwrap_or(DEFAULT_TIMEOUT))
}

/// What was given for the name of a file may be a secret: it is not repeated unless there is such a file.
fn unrepeated(error: ProfileError, upper: &Layer, key: Key, path: &Path) -> SettingsError {
    match error.place {
        None if !profile::is_there(path) => {
            SettingsError::Value { origin: upper.origin(key), expected: format!("the file it names {}", error.message) }
        }
        _ => error.into(),
    }
}

/// The config file's usual place and why nobody can look there, a home that may not be entered for one. Where the user
/// names neither file nor profile, it counts as none.
pub fn unreached_config(upper: &Layer) -> Option<(PathBuf, std::io::Error)> {
    let path = profile::default_path().filter(|_| upper.get(Key::Config).is_none())?;
    profile::look(&path).err().map(|error| (path, error))
}

/// Merges all layers for the profile that `upper` (flags over environment) names.
///
/// # Errors
/// A config file that is at fault, or a profile that is not there.
pub fn merge(upper: Layer, env: &Environment) -> Result<Layer, SettingsError> {
    let wanted = match upper.text(Key::Profile) {
        None => Wanted::Names,
        // Whatever the file extends may be in the config file.
        Some(name) if profile::is_path(name) => Wanted::All,
        Some(name) => Wanted::One(name),
    };
    let config = match config_file(&upper, wanted) {
        Err(_) if wanted == Wanted::Names && unreached_config(&upper).is_some() => None,
        file => file?,
    };
    merge_with(upper, config.as_ref(), env)
}

/// The same with a config file that has been read.
///
/// # Errors
/// As [`merge`].
pub fn merge_with(upper: Layer, config: Option<&File>, env: &Environment) -> Result<Layer, SettingsError> {
    let lookup = |name: &str| env.os(name).and_then(|value| value.into_string().ok());
    let chosen = match (upper.text(Key::Profile), config) {
        (None, _) => Layer::default(),
        (Some(name), _) if profile::is_path(name) => {
            let path = Path::new(name);
            let file = File::open_single(path, &patience(&upper));
            let file = file.map_err(|error| unrepeated(error, &upper, Key::Profile, path))?;
            file.profile(name, config, &lookup)?
        }
        (Some(name), Some(file)) => file.profile(name, None, &lookup)?,
        (Some(_), None) => {
            let place =
                profile::default_path().map_or_else(|| "…/oauth2tok/config.yaml".into(), |p| p.display().to_string());
            return Err(SettingsError::Missing {
                what: format!("the config file with the profile that {} names", upper.origin(Key::Profile)),
                hint: format!(
                    "write {place}, or name a file: --config FILE, or -p ./FILE.yaml for a file with one profile"
                ),
            });
        }
    };
    let defaults = config.map_or(Ok(Layer::default()), |file| file.defaults(&lookup))?;
    Ok(upper.or(&chosen).or(&defaults))
}

impl Layer {
    fn text(&self, key: Key) -> Option<&str> {
        match &self.get(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn list(&self, key: Key) -> Vec<String> {
        match self.get(key).map(|entry| &entry.value) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn map(&self, key: Key) -> Vec<(String, String)> {
        match self.get(key).map(|entry| &entry.value) {
            Some(Value::Map(pairs)) => pairs.clone(),
            _ => Vec::new(),
        }
    }

    fn source(&self, key: Key) -> Option<Source> {
        match &self.get(key)?.value {
            Value::Secret(source) => Some(source.clone()),
            _ => None,
        }
    }

    /// A switch that is said to be on.
    pub fn is_on(&self, key: Key) -> bool {
        matches!(self.get(key).map(|entry| &entry.value), Some(Value::Switch(true)))
    }

    fn duration(&self, key: Key) -> Option<Duration> {
        match self.get(key)?.value {
            Value::Duration(span) => Some(span),
            _ => None,
        }
    }

    fn count(&self, key: Key) -> Option<u32> {
        match self.get(key)?.value {
            Value::Count(count) => Some(count),
            _ => None,
        }
    }

    fn path(&self, key: Key, env: &Environment) -> Option<PathBuf> {
        let path = Path::new(self.text(key)?);
        match (path.strip_prefix("~"), env.text("HOME")) {
            (Ok(rest), Some(home)) => Some(Path::new(&home).join(rest)),
            _ => Some(path.to_owned()),
        }
    }

    fn origin(&self, key: Key) -> Origin {
        self.get(key).map_or(Origin::Default, |entry| entry.origin.clone())
    }

    fn refuse(&self, key: Key, why: impl Into<String>) -> SettingsError {
        SettingsError::Refused { name: key.name().into(), origin: self.origin(key), why: why.into() }
    }

    /// The error where `what` is not said anywhere: with a profile, it is the profile that lacks it.
    fn lacks(&self, what: impl Into<String>, hint: impl Into<String>) -> SettingsError {
        let (what, hint) = (what.into(), hint.into());
        match self.home() {
            Some((file, place)) => SettingsError::Profile(ProfileError {
                file: file.clone(),
                message: format!("{what} is missing"),
                place: Some(place.clone()),
                hint: Some(hint),
            }),
            None => SettingsError::Missing { what, hint },
        }
    }

    /// What an error says of a setting that is in the way: its name and where it was said.
    fn named(&self, key: Key) -> String {
        format!("{} ({})", key.name(), self.origin(key))
    }
}

impl Settings {
    /// Checks a merged layer and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is missing, refused or in conflict.
    pub fn from_layer(layer: Layer, env: &Environment) -> Result<Self, SettingsError> {
        let http = http(&layer, env)?;
        let settings = Self {
            profile: layer.text(Key::Profile).map(str::to_owned),
            server: server(&layer)?,
            grant: grant(&layer)?,
            scope: scope(&layer)?,
            audience: audience(&layer)?,
            resource: resource(&layer)?,
            params: params(&layer)?,
            headers: headers(&layer)?,
            client: client(&layer)?,
            output: output(&layer)?,
            http,
            caching: Caching {
                enabled: layer.is_on(Key::Cache),
                force_new: layer.is_on(Key::ForceNew),
                min_valid: layer.duration(Key::MinValid),
                default_ttl: layer.duration(Key::DefaultTtl),
            },
            api: api::api(&layer)?,
            diagnosis: diagnosis(&layer),
            layer,
        };
        Ok(settings)
    }

    /// Reads every secret that the settings name.
    ///
    /// # Errors
    /// The setting whose source failed, and why.
    pub fn read_secrets(&self, reader: &mut Reader<'_>) -> Result<Secrets, (Key, Source, SourceError)> {
        let mut read = |key: Key, source: &Source| {
            let label = match key {
                Key::Password => match &self.grant {
                    GrantSource::Password { username, .. } => format!("Password of {username}"),
                    _ => "Password".into(),
                },
                Key::ClientSecret => format!("Secret of client {}", self.client.id),
                _ => "Refresh token".into(),
            };
            reader.read(source, &label).map_err(|error| (key, source.clone(), error))
        };
        let client_secret = self.client.secret.as_ref().map(|s| read(Key::ClientSecret, s)).transpose()?;
        let (password, refresh_token) = match &self.grant {
            GrantSource::ClientCredentials => (None, None),
            GrantSource::Password { password, .. } => (Some(read(Key::Password, password)?), None),
            GrantSource::RefreshToken(token) => (None, Some(read(Key::RefreshToken, token)?)),
        };
        Ok(Secrets { client_secret, password, refresh_token })
    }

    /// Environment variables that hold secrets of ours or say where one is: no command inherits them, whether they counted
    /// in this run or not. Those that others read as well, such as `HTTPS_PROXY`, are not among them.
    pub fn secret_variables(&self) -> Vec<String> {
        let keys = [Key::ClientSecret, Key::Password, Key::RefreshToken];
        let mut names: Vec<_> = keys.iter().flat_map(|key| env::names_of(*key)).collect();
        let own: Vec<_> = self.layer.secret_variables().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(own);
        names
    }

    /// The inherited descriptors that secrets come from, or a file that may hold one.
    pub fn secret_descriptors(&self) -> Vec<u32> {
        let named = |(key, entry): (Key, &layer::Entry)| match (&entry.value, key) {
            (Value::Secret(source), _) => source.descriptor(),
            (Value::Text(path), Key::Config | Key::Profile | Key::Cert | Key::Key) => files::descriptor(path.as_ref()),
            _ => None,
        };
        self.layer.entries().filter_map(named).collect()
    }

    /// What reads the secrets until `deadline`. From here on no command inherits anything that one of them comes from.
    pub fn reader<'a>(&self, env: &'a dyn Fn(&str) -> Option<OsString>, deadline: Deadline) -> Reader<'a> {
        self.secret_descriptors().into_iter().for_each(files::withhold);
        Reader::new(env, self.secret_variables(), deadline)
    }

    /// The request for a token at `endpoint`.
    pub fn request(&self, endpoint: Url, secrets: &Secrets) -> Request {
        let credential = |key: Key, secret: &Option<Secret>, source: Option<&Source>| Credential {
            secret: secret.clone().unwrap_or_else(|| Secret::new("")),
            variable: match source {
                Some(Source::Env(name)) if is_variable_name(name) => name.clone(),
                _ => key.variable(),
            },
        };
        let id = self.client.id.clone();
        let secret = || credential(Key::ClientSecret, &secrets.client_secret, self.client.secret.as_ref());
        Request {
            endpoint,
            grant: match &self.grant {
                GrantSource::ClientCredentials => Grant::ClientCredentials,
                GrantSource::Password { username, password } => Grant::Password {
                    username: username.clone(),
                    password: credential(Key::Password, &secrets.password, Some(password)),
                },
                GrantSource::RefreshToken(token) => {
                    Grant::RefreshToken { token: credential(Key::RefreshToken, &secrets.refresh_token, Some(token)) }
                }
            },
            scope: self.scope.clone(),
            audience: self.audience.clone(),
            resource: self.resource.clone(),
            params: self.params.clone(),
            headers: self.headers.clone(),
            client: match self.client.method {
                AuthMethod::ClientSecretBasic => {
                    ClientAuth::Basic { id, secret: secret(), encoding: self.client.encoding }
                }
                AuthMethod::ClientSecretPost => ClientAuth::Post { id, secret: secret() },
                AuthMethod::None => ClientAuth::None { id },
            },
        }
    }
}

/// Checks a layer that is not complete: nothing is missed that may still come, which is what `later` tells.
///
/// # Errors
/// As [`Settings::from_layer`].
pub fn check_partial(layer: &Layer, later: &dyn Fn(Key) -> bool, env: &Environment) -> Result<(), SettingsError> {
    let mut whole = layer.clone();
    let mut stand_in = |key: Key, text: &str| {
        if later(key) && layer.get(key).is_none() {
            let value = match key.setting().kind {
                key::Kind::Secret => Value::Secret(Source::Literal(Secret::new(text))),
                _ => Value::Text(text.into()),
            };
            whole.set(key, value, Origin::Default);
        }
    };
    if layer.get(Key::Issuer).is_none() {
        stand_in(if later(Key::TokenEndpoint) { Key::TokenEndpoint } else { Key::Issuer }, "https://server.invalid/");
    }
    stand_in(Key::ClientId, "client");
    if method(layer).needs_secret() {
        stand_in(Key::ClientSecret, "secret");
    }
    for key in credentials(grant_type(layer)) {
        stand_in(*key, "credential");
    }
    Settings::from_layer(whole, env).map(drop)
}

/// What each setting is and where it was said, for `-v` and `profile show`: no secret is in it.
pub fn described(layer: &Layer, env: &Environment) -> Vec<(&'static str, String, Origin)> {
    let mut lines: Vec<_> =
        layer.entries().map(|(key, entry)| (key.name(), shown(key, &entry.value), entry.origin.clone())).collect();
    let defaults = [
        (Key::GrantType, "client_credentials"),
        (Key::AuthMethod, AuthMethod::default().name()),
        (Key::Timeout, "30s"),
        (Key::ConnectTimeout, "10s"),
        (Key::Retry, "2"),
    ];
    for (key, value) in defaults {
        if layer.get(key).is_none() {
            lines.push((key.name(), value.to_owned(), Origin::Default));
        }
    }
    // What else says how the server is reached, where no setting does.
    let network = [
        (Key::Proxy, "proxy", "https_proxy"),
        (Key::Proxy, "proxy", "http_proxy"),
        (Key::Proxy, "proxy", "all_proxy"),
        (Key::Proxy, "no_proxy", "no_proxy"),
        (Key::Cacert, "cacert", "SSL_CERT_FILE"),
        (Key::Cacert, "cacert", "SSL_CERT_DIR"),
    ];
    for (key, what, name) in network {
        if let (None, Some((variable, value))) = (layer.get(key), env.network_variable(name)) {
            lines.push((what, shown_url(&value), Origin::Env(variable)));
        }
    }
    lines
}

/// A value as it may be shown.
fn shown(key: Key, value: &Value) -> String {
    match value {
        Value::Text(text) if key.setting().kind == key::Kind::Url => shown_url(text),
        Value::Text(text) => text.clone(),
        Value::Secret(source) => source.to_string(),
        Value::List(items) => items.join(" "),
        Value::Map(pairs) => {
            let shown = |(name, value): &(String, String)| {
                let value = if is_sensitive_name(name) { MASK } else { value };
                match names::is_plain(name) {
                    true => format!("{name}={value}"),
                    false => format!("{}={value}", names::quoted(name, RESERVED_PARAMS)),
                }
            };
            pairs.iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        Value::Switch(on) => on.to_string(),
        Value::Duration(span) => humantime::format_duration(*span).to_string(),
        Value::Count(count) => count.to_string(),
    }
}

/// True for a URL, or a part of one, without credentials and without secrets in its query.
fn is_fit_to_show(text: &str) -> bool {
    shown_url(text) == text && !mask_query(&format!("?{text}")).contains(MASK)
}

/// A URL without credentials and without secrets in its query. One that is malformed may hold a user's name and password
/// anywhere before its last `@`.
fn shown_url(text: &str) -> String {
    let text = match text.rsplit_once('@').filter(|_| Url::parse(text).is_err()) {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| &before[..scheme.len() + 3]);
            format!("{scheme}{MASK}@{host}")
        }
        None => text.to_owned(),
    };
    mask_query(&text).into_owned()
}

fn server(layer: &Layer) -> Result<Server, SettingsError> {
    match (layer.text(Key::TokenEndpoint), layer.text(Key::Issuer)) {
        (Some(_), Some(_)) => Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::TokenEndpoint), layer.named(Key::Issuer)),
            hint: "give the issuer to have the endpoint found, or the endpoint itself".into(),
        }),
        (Some(text), None) => {
            let url = Url::parse(text).map_err(|error| layer.refuse(Key::TokenEndpoint, error.to_string()))?;
            if let Some(name) = credential_in_query(text) {
                let own = Key::from_profile_name(name).map_or(String::new(), |key| format!("; use {}", key.flag()));
                let why = format!("its query holds '{name}': credentials never go into a URL (RFC 6749 §2.3.1){own}");
                return Err(layer.refuse(Key::TokenEndpoint, why));
            }
            if !url.is_protected() {
                let why = "plain http would send credentials in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])";
                return Err(layer.refuse(Key::TokenEndpoint, why));
            }
            Ok(Server::Endpoint(url))
        }
        (None, Some(text)) => {
            Issuer::parse(text).map(Server::Issuer).map_err(|error| layer.refuse(Key::Issuer, error.to_string()))
        }
        (None, None) => Err(layer.lacks(
            "token_endpoint or issuer",
            "give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)",
        )),
    }
}

/// The credential of this protocol that stands in the query of `url`, if there is one.
fn credential_in_query(url: &str) -> Option<&'static str> {
    const CREDENTIALS: [&str; 4] = ["client_secret", "client_assertion", "password", "refresh_token"];
    let query = url.split_once('?')?.1;
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    names.find_map(|name| CREDENTIALS.into_iter().find(|credential| name.eq_ignore_ascii_case(credential)))
}

fn grant_type(layer: &Layer) -> &str {
    layer.text(Key::GrantType).unwrap_or("client_credentials")
}

/// What a grant needs and no other may have.
fn credentials(grant_type: &str) -> &'static [Key] {
    match grant_type {
        "password" => &[Key::Username, Key::Password],
        "refresh_token" => &[Key::RefreshToken],
        _ => &[],
    }
}

fn method(layer: &Layer) -> AuthMethod {
    layer.text(Key::AuthMethod).and_then(AuthMethod::from_name).unwrap_or_default()
}

fn grant(layer: &Layer) -> Result<GrantSource, SettingsError> {
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

fn client(layer: &Layer) -> Result<Client, SettingsError> {
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

fn text_without_controls(layer: &Layer, key: Key) -> Result<Option<String>, SettingsError> {
    match layer.text(key) {
        Some("") => Err(layer.refuse(key, "it is empty")),
        Some(text) if has_control(text) => Err(layer.refuse(key, HOLDS_CONTROL)),
        other => Ok(other.map(str::to_owned)),
    }
}

const HOLDS_CONTROL: &str = "it holds a control character";

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn scope(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let tokens = non_empty(layer.list(Key::Scope));
    // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E
    let allowed = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    match tokens.iter().find(|token| !token.chars().all(allowed)) {
        Some(_) => Err(layer.refuse(
            Key::Scope,
            "a scope holds a character that RFC 6749 §3.3 does not allow: only printable ASCII without \" and \\, and spaces between scopes",
        )),
        None => Ok(tokens),
    }
}

fn audience(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let audience = non_empty(layer.list(Key::Audience));
    match audience.iter().any(|text| has_control(text)) {
        true => Err(layer.refuse(Key::Audience, HOLDS_CONTROL)),
        false => Ok(audience),
    }
}

fn resource(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let resources = non_empty(layer.list(Key::Resource));
    let absolute = |text: &str| {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && !text.contains('#')
            && text.chars().all(|c| c.is_ascii_graphic())
    };
    match resources.iter().find(|text| !absolute(text)) {
        Some(_) => Err(layer.refuse(Key::Resource, "a resource is an absolute URI without a fragment (RFC 8707 §2)")),
        None => Ok(resources),
    }
}

/// Form fields that have a setting of their own or belong to a grant: set by hand they would contradict the request.
pub const RESERVED_PARAMS: [&str; 22] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "username",
    "password",
    "refresh_token",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "assertion",
    "code",
    "code_verifier",
    "redirect_uri",
    "device_code",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "auth_req_id",
];

fn params(layer: &Layer) -> Result<Vec<(String, String)>, SettingsError> {
    let params = layer.map(Key::Params);
    let mut seen = HashSet::new();
    for (name, value) in &params {
        // With the wrong sign behind it a credential's name would take the credential along: `client_secret:s3cret=`.
        let word = name.split(|c| !names::is_part_of_word(c)).next().unwrap_or_default();
        if RESERVED_PARAMS.contains(&word) {
            let own = Key::from_profile_name(word).map_or(String::new(), |key| format!("; use {}", key.flag()));
            return Err(layer.refuse(Key::Params, format!("'{word}' is a reserved protocol name{own}")));
        }
        if name.is_empty() || has_control(name) || value.contains('\0') {
            let why = "a parameter has no name, a control character in its name, or a NUL in its value";
            return Err(layer.refuse(Key::Params, why));
        }
        if !seen.insert(name) {
            let name = names::of_pair(name, RESERVED_PARAMS);
            return Err(layer.refuse(Key::Params, format!("{name} is given twice (RFC 6749 §3.2)")));
        }
    }
    Ok(params)
}

/// Header fields that are the client's own business, or would be a second way to authenticate.
pub const RESERVED_HEADERS: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "accept-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "expect",
    "te",
    "trailer",
    "upgrade",
];

fn headers(layer: &Layer) -> Result<Vec<(String, String)>, SettingsError> {
    let headers = layer.map(Key::Headers);
    let mut seen = HashSet::new();
    for (name, value) in &headers {
        if let Some(fault) = header_fault(name, value) {
            return Err(layer.refuse(Key::Headers, fault));
        }
        if RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(layer.refuse(Key::Headers, format!("'{name}' is set by the request itself")));
        }
        if !seen.insert(layer::compared(Key::Headers, name)) {
            let name = names::of_pair(name, RESERVED_HEADERS);
            return Err(layer.refuse(Key::Headers, format!("{name} is given twice")));
        }
    }
    drop(seen);
    Ok(headers)
}

/// True for what every shell takes for a variable's name.
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}

/// True for a token in HTTP's sense (RFC 9110 §5.6.2): the name of a header field, or a method.
pub fn is_http_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// What makes a header field impossible to send, if anything does (RFC 9110 §5.1, §5.5).
pub fn header_fault(name: &str, value: &str) -> Option<String> {
    if !is_http_token(name) {
        return Some("a header's name holds a character that is not allowed there (RFC 9110 §5.1)".into());
    }
    let printable = value.chars().all(|c| c == '\t' || matches!(c, ' '..='~'));
    (!printable).then(|| {
        let name = names::of_pair(name, RESERVED_HEADERS);
        format!("the value of {name} holds a control or non-ASCII character")
    })
}

fn output(layer: &Layer) -> Result<Output, SettingsError> {
    let format = layer.text(Key::Output).map(Format::from_name).unwrap_or_default();
    let field = layer.text(Key::Field).map(str::to_owned);
    if field.as_deref() == Some("") {
        return Err(layer.refuse(Key::Field, "it is empty"));
    }
    if field.is_some() && format != Format::Token {
        return Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::Field), layer.named(Key::Output)),
            hint: "--field prints one member as it is; leave --output out".into(),
        });
    }
    let wrap = layer.text(Key::Wrap).map(str::to_owned);
    let in_the_way = if field.is_some() { Some(Key::Field) } else { layer.get(Key::Output).map(|_| Key::Output) };
    if let (Some(_), Some(key)) = (&wrap, in_the_way.filter(|key| *key == Key::Field || format != Format::Json)) {
        return Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::Wrap), layer.named(key)),
            hint: "--wrap prints the answer as JSON; leave the other out".into(),
        });
    }
    let env_name = layer.text(Key::EnvName).unwrap_or("ACCESS_TOKEN").to_owned();
    if !is_variable_name(&env_name) {
        return Err(
            layer.refuse(Key::EnvName, "a variable's name holds letters, digits and _ and does not begin with a digit")
        );
    }
    Ok(Output { format, field, wrap, env_name, mask: layer.is_on(Key::Mask) })
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
    let cert = layer.path(Key::Cert, env);
    let key = layer.path(Key::Key, env);
    if key.is_some() && cert.is_none() {
        return Err(layer.lacks(format!("the certificate for {}", layer.named(Key::Key)), "give --cert FILE"));
    }
    Ok(Http {
        timeout: span(Key::Timeout, DEFAULT_TIMEOUT)?,
        connect_timeout: span(Key::ConnectTimeout, Duration::from_secs(10))?,
        retry: layer.count(Key::Retry).unwrap_or(2),
        proxy: layer.text(Key::Proxy).map(Secret::new),
        proxy_is_variable: layer.get(Key::Proxy).is_some_and(|entry| matches!(entry.origin, Origin::Env(_))),
        cacert: layer.path(Key::Cacert, env),
        cert,
        key,
        insecure: layer.is_on(Key::Insecure),
        network: env.network(),
    })
}

/// What is told while working; also needed before the settings are complete.
pub fn diagnosis(layer: &Layer) -> Diagnosis {
    Diagnosis {
        verbose: layer.is_on(Key::Verbose),
        quiet: layer.is_on(Key::Quiet),
        dry_run: layer.is_on(Key::DryRun),
        strict: layer.is_on(Key::Strict),
        json_errors: layer.text(Key::ErrorFormat) == Some("json"),
        show_secrets: layer.is_on(Key::ShowSecrets),
    }
}

fn non_empty(mut items: Vec<String>) -> Vec<String> {
    items.retain(|item| !item.is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use key::KEYS;

    const BASE: &[(Key, &str)] =
        &[(Key::TokenEndpoint, "https://idp.example/token"), (Key::ClientId, "ci"), (Key::ClientSecret, "env:S")];

    fn settings(entries: &[(Key, &str)]) -> Result<Settings, SettingsError> {
        let mut upper = Layer::default();
        for (key, text) in entries {
            upper.set(*key, key.read_lines(text).unwrap(), Origin::Flag(*key));
        }
        let mut lower = Layer::default();
        for (key, text) in BASE {
            lower.set(*key, key.read(text).unwrap(), Origin::Env(key.variable()));
        }
        Settings::from_layer(upper.or(&lower), &Environment::default())
    }

    #[track_caller]
    fn refused(entries: &[(Key, &str)], expected: &str) {
        let message = settings(entries).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }

    #[test]
    fn defaults_come_last() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.grant, GrantSource::ClientCredentials);
        assert_eq!(settings.client.method, AuthMethod::ClientSecretBasic);
        assert_eq!(
            (settings.http.timeout, settings.http.connect_timeout),
            (Duration::from_secs(30), Duration::from_secs(10))
        );
        assert_eq!(settings.http.retry, 2);
        assert_eq!(settings.output.env_name, "ACCESS_TOKEN");
        assert!(!settings.caching.enabled && !settings.http.insecure);
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (url, allowed) in [
            ("http://localhost/t", true),
            ("http://LOCALHOST.:8080/t", true),
            ("http://127.0.0.1:1/t", true),
            ("http://127.9.9.9/t", true),
            ("http://[::1]/t", true),
            ("http://127.1/t", false),
            ("http://2130706433/t", false),
            ("http://localhost.evil.example/t", false),
            ("http://evil-localhost/t", false),
            ("http://[::ffff:127.0.0.1]/t", false),
            ("http://0.0.0.0/t", false),
            ("http://idp.example/t", false),
            ("http://l\u{3bf}calhost/t", false),
            ("http://localhost@evil.example/t", false),
        ] {
            assert_eq!(settings(&[(Key::TokenEndpoint, url)]).is_ok(), allowed, "{url}");
        }
    }

    #[test]
    fn an_endpoint_has_neither_fragment_nor_userinfo() {
        refused(&[(Key::TokenEndpoint, "https://a.example/t#x")], "fragment");
        refused(&[(Key::TokenEndpoint, "https://u:p@a.example/t")], "user name or password");
        refused(&[(Key::TokenEndpoint, "ftp://a.example/t")], "neither https nor http");
        let in_query = |query: &str| settings(&[(Key::TokenEndpoint, &format!("https://a.example/t?{query}"))]);
        for name in ["client_secret", "password", "refresh_token", "client_assertion", "Client%5Fsecret"] {
            let message = in_query(&format!("x=y&{name}=s3cret")).unwrap_err().to_string();
            assert!(message.contains("RFC 6749 §2.3.1") && !message.contains("s3cret"), "{message}");
        }
        refused(&[(Key::TokenEndpoint, "https://a.example/t?client_secret=x")], "use --client-secret");
        assert!(in_query("grant_type=client_credentials&api_key=x&not_a_password=x").is_ok());
        refused(&[(Key::TokenEndpoint, "https://a.example/t\r\nX: y")], "percent-encoded");
        refused(
            &[(Key::TokenEndpoint, "https://a.example/t"), (Key::Issuer, "https://a.example")],
            "exclude each other",
        );
    }

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

    #[test]
    fn what_cannot_be_sent_is_refused() {
        refused(&[(Key::Scope, "a\"b")], "RFC 6749 §3.3");
        refused(&[(Key::Scope, "a\\b")], "RFC 6749 §3.3");
        refused(&[(Key::Scope, "é")], "RFC 6749 §3.3");
        for separator in ["\n", "\r", "\t", "\u{a0}", "\0"] {
            refused(&[(Key::Scope, &format!("a{separator}b"))], "RFC 6749 §3.3");
        }
        for control in ["\r", "\0", "\u{1}", "\u{7f}"] {
            refused(&[(Key::ClientId, &format!("a{control}"))], "control character");
            refused(&[(Key::Audience, &format!("a{control}b"))], "control character");
            refused(&[(Key::Resource, &format!("urn:{control}b"))], "absolute URI");
            refused(&[(Key::Params, &format!("a{control}=b"))], "control character");
            refused(&[(Key::Headers, &format!("X-A: b{control}"))], "control");
            refused(&[(Key::Headers, &format!("X-A{control}: b"))], "RFC 9110");
        }
        refused(&[(Key::Params, "a=\0")], "NUL");
        refused(&[(Key::Field, "")], "it is empty");
        refused(&[(Key::Params, "client_id=x")], "'client_id' is a reserved protocol name; use --client-id");
        refused(&[(Key::Params, "client_assertion=x")], "reserved");
        refused(&[(Key::Params, "a=1\na=2")], "given twice");
        refused(&[(Key::Headers, "Authorization: x")], "set by the request itself");
        refused(&[(Key::Headers, "X Y: x")], "RFC 9110");
        refused(&[(Key::Headers, "X-Y: a\u{7}b")], "control");
        refused(&[(Key::Resource, "api")], "RFC 8707");
        refused(&[(Key::Resource, "https://a.example/#x")], "RFC 8707");
        refused(&[(Key::ClientId, "a\nb")], "control character");
        refused(&[(Key::ClientId, "a:b"), (Key::BasicEncoding, "raw")], "colon");
        refused(&[(Key::AuthMethod, "post"), (Key::BasicEncoding, "raw")], "does not go with");
        refused(&[(Key::Key, "k.pem")], "certificate for key");
        refused(&[(Key::Timeout, "0")], "more than 0");
        refused(&[(Key::EnvName, "A-B")], "letters, digits and _");
        refused(&[(Key::Field, "x"), (Key::Output, "json")], "exclude each other");
    }

    #[test]
    fn a_url_is_described_without_credentials() {
        for (text, expected) in [
            ("https://u:hunter2@x.example/t", "https://***@x.example/t"),
            ("https://u:hun/t?er@2@x.example/t", "https://***@x.example/t"),
            ("u:hunter2@proxy:1", "***@proxy:1"),
            ("https://x.example/@tenant/t?api_key=hunter2&a=b@c", "https://x.example/@tenant/t?api_key=***&a=b@c"),
            ("https://u:hunter2@x.example/t?sig&token=hunter2", "https://***@x.example/t?sig&token=***"),
            ("socks5://proxy:1", "socks5://proxy:1"),
        ] {
            assert_eq!(shown_url(text), expected);
        }
        for key in KEYS.iter().filter(|key| key.setting().kind == key::Kind::Url) {
            let value = key.read("https://u:hunter2@x.example/?secret=hunter2").unwrap();
            assert_eq!(shown(*key, &value), "https://***@x.example/?secret=***");
        }
    }

    #[test]
    fn nothing_secret_is_described() {
        let entries = [
            (Key::ClientSecret, "hunter22"),
            (Key::Proxy, "http://u:hunter22@proxy:1"),
            (Key::Headers, "X-Api-Key: hunter22"),
            (Key::Params, "otp=hunter22"),
        ];
        let lines = described(&settings(&entries).unwrap().layer, &Environment::default());
        let text = format!("{lines:?}");
        assert!(!text.contains("hunter22"), "{text}");
        assert!(text.contains("http://***@proxy:1"), "{text}");
    }
}
