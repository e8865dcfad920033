//! From flags, environment and profile to complete, valid [`Settings`].
//!
//! Each source becomes a [`Layer`]; the layers are merged, upper over lower; defaults come once and last; validation happens
//! here and nothing of it later. This room reads the environment and config files; it sends nothing and prints nothing.

pub mod api;
mod assertion;
mod claims;
mod client;
mod described;
mod dpop;
pub mod env;
mod error;
mod excerpt;
mod fields;
pub mod foreign;
mod grant;
mod http;
pub mod key;
pub mod layer;
pub mod login;
mod merge;
mod needs;
mod output;
mod placeholder;
pub mod profile;
mod reach;
pub mod schema;
mod server;
mod ways;
mod yaml;

use std::ffi::OsString;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::files;
use crate::oauth::{Request, Role};
use crate::secret::source::Reader;
use crate::secret::{Secret, Source};

pub use api::{Api, FailOn};
pub use described::{Described, Shown, described, login_flags};
pub use dpop::ForeignCall;
pub use env::{Environment, Network};
pub use error::{SecretError, SettingsError};
pub use fields::{RESERVED_HEADERS, header_fault, is_absolute_uri, is_http_token, reserved_params};
pub use http::{Http, http};
pub use key::{Key, Pair, SettingValue};
pub use layer::{Layer, Origin};
pub use login::{Ask, LoginTerms};
pub use merge::{Checked, checked, config_file, faults_of_defaults, merge, merge_with, patience, unreached_config};
pub use output::{Diagnosis, Format, Output, diagnosis, is_variable_name};
pub use profile::{Document, File, ProfileError, Wanted};
pub use reach::Reach;

use described::{is_fit_to_show, offset_text};
use key::{KEYS, Kind};

/// Whether tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caching {
    /// Use the cache at all.
    pub enabled: bool,
    /// It is said that it is not used.
    pub refused: bool,
    /// Go past what is kept.
    pub force_new: bool,
    /// The least lifetime a kept token must have left.
    pub min_valid: Option<Duration>,
    /// The lifetime of tokens whose server names none.
    pub default_ttl: Option<Duration>,
}

/// Everything a run needs to know, complete and valid.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile's name, if there is one.
    pub profile: Option<String>,
    /// What is asked for, where and by whom.
    pub request: Request<Source>,
    /// What is printed.
    pub output: Output,
    /// How it is sent.
    pub http: Http,
    /// What is kept.
    pub caching: Caching,
    /// How a person is asked, if one is.
    pub login: LoginTerms,
    /// Where the token is used.
    pub api: Api,
    /// What is told.
    pub diagnosis: Diagnosis,
    /// What was said, and where.
    pub layer: Layer,
}

/// A secret that is to be read.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Its setting.
    pub key: Key,
    /// What it is for.
    pub role: &'a Role<'a>,
    /// Where it is.
    pub source: &'a Source,
    /// Where that was said.
    pub origin: &'a Origin,
}

impl Settings {
    /// Checks a merged layer and fills in the defaults.
    ///
    /// # Errors
    /// The first thing that is missing, refused or in conflict.
    pub fn from_layer(layer: Layer, env: &Environment) -> Result<Self, SettingsError> {
        placeholder::refuse(&layer)?;
        fields::each_alone(&layer)?;
        let http = http(&layer, env)?;
        let login = login::terms(&layer, env)?;
        let settings = Self {
            profile: layer.text(Key::Profile).map(str::to_owned),
            request: request(&layer, &login, env)?,
            output: output::output(&layer)?,
            http,
            caching: Caching {
                enabled: layer.is_on(Key::Cache),
                refused: layer.get(Key::Cache).is_some() && !layer.is_on(Key::Cache),
                force_new: layer.is_on(Key::ForceNew),
                min_valid: layer.duration(Key::MinValid),
                default_ttl: layer.duration(Key::DefaultTtl),
            },
            login,
            api: api::api(&layer)?,
            diagnosis: diagnosis(&layer),
            layer,
        };
        Ok(settings)
    }

    /// The request with every secret that the settings name read by `read`.
    ///
    /// # Errors
    /// The first that `read` gives.
    pub fn read_secrets<E>(&self, mut read: impl FnMut(&Asked<'_>) -> Result<Secret, E>) -> Result<Request, E> {
        self.request.try_map(|role, source| {
            // Each role's setting is a row of the table, as a test makes sure.
            let key = Key::from_profile_name(role.setting).unwrap_or(Key::Params);
            read(&Asked { key, role, source, origin: &self.layer.origin(key) })
        })
    }

    /// Environment variables that hold secrets of ours or say where one is: no command inherits them, whether they counted
    /// in this run or not. Those that others read as well, such as `HTTPS_PROXY`, are not among them.
    pub fn secret_variables(&self) -> Vec<String> {
        self.layer.withheld_variables()
    }

    /// As [`Layer::reader`].
    pub fn reader<'a>(&'a self, env: &'a dyn Fn(&str) -> Option<OsString>, deadline: Deadline) -> Reader<'a> {
        self.layer.reader(env, deadline)
    }

    /// As [`Layer::secret_descriptors`].
    pub fn secret_descriptors(&self) -> Vec<u32> {
        self.layer.secret_descriptors()
    }
}

impl Layer {
    /// As [`Settings::secret_variables`].
    fn withheld_variables(&self) -> Vec<String> {
        let keys = KEYS.iter().filter(|key| matches!(key.setting().kind, Kind::Secret | Kind::Secrets));
        let mut names: Vec<_> = keys.flat_map(|key| env::names_of(*key)).collect();
        let own: Vec<_> = self.secret_variables().filter(|name| !names.contains(name)).cloned().collect();
        names.extend(own);
        names
    }

    /// The inherited descriptors that secrets come from, or a file that may hold one.
    pub fn secret_descriptors(&self) -> Vec<u32> {
        let file = |(key, entry): (Key, &layer::Given)| match (&entry.value, key) {
            (SettingValue::Text(name), Key::Profile) if !profile::is_path(name) => None,
            (SettingValue::Text(path), key) if FILES.contains(&key) => files::descriptor(path.as_ref()),
            _ => None,
        };
        let sources = self.entries().flat_map(|(_, entry)| entry.value.sources());
        sources.filter_map(Source::descriptor).chain(self.entries().filter_map(file)).collect()
    }

    /// What reads the secrets until `deadline`. From here on no command inherits anything that one of them comes from.
    pub fn reader<'a>(&'a self, env: &'a dyn Fn(&str) -> Option<OsString>, deadline: Deadline) -> Reader<'a> {
        self.secret_descriptors().into_iter().for_each(files::withhold);
        Reader::new(env, || self.withheld_variables(), deadline)
    }
}

/// The settings that name a file, which may hold a secret.
const FILES: [Key; 7] =
    [Key::Config, Key::Profile, Key::Cert, Key::Key, Key::SigningCert, Key::ListenCert, Key::ListenKey];

fn request(layer: &Layer, login: &LoginTerms, env: &Environment) -> Result<Request<Source>, SettingsError> {
    let server = server::server(layer)?;
    let (kind, _) = grant::kind(layer)?;
    let layer = &*assertion::without_idle(layer, kind);
    let method = if client::is_left_out(layer, kind) { None } else { Some(client::kind(layer)) };
    let assertion = assertion::assertion(layer, method, kind, env)?;
    let grant = grant::grant(layer)?;
    let endpoints = server::endpoints(layer)?;
    Ok(Request {
        server,
        scope: fields::scope(layer)?,
        audience: fields::audience(layer)?,
        resource: fields::resource(layer)?,
        params: fields::params(layer)?,
        secret_params: fields::secret_params(layer)?,
        authorization_details: layer.text(Key::AuthorizationDetails).map(str::to_owned),
        headers: fields::headers(layer)?,
        client: client::client(layer, grant.kind)?,
        assertion: assertion.map(Box::new),
        dpop: dpop::dpop(layer)?,
        ways: ways::ways(layer)?,
        login: login::login(layer, kind, &endpoints, login)?.map(Box::new),
        endpoints,
        grant,
    })
}

/// Settings from a layer that has some `faults` already, and what is wrong with it besides: what is refused is left out, and
/// something stands in for what is missing, unless a fault is about it.
fn from_faulty_layer(mut layer: Layer, env: &Environment, faults: &mut Vec<SettingsError>) -> Option<Settings> {
    let mut told: Vec<_> = faults.iter().filter_map(SettingsError::key).collect();
    // What cannot be read is said all the same: others may rest on it.
    let mut stands_in = Vec::new();
    for key in told.iter().filter(|key| !matches!(key.setting().kind, Kind::Choice(_))) {
        if layer.get(*key).is_none() {
            layer.set(*key, stand_in(*key), Origin::Default);
            stands_in.push(*key);
        }
    }
    for _ in 0..2 * KEYS.len() {
        let error = match Settings::from_layer(layer.clone(), env) {
            // Such a file is nowhere to be found.
            Ok(_) if stands_in.iter().any(|key| key.setting().kind == Kind::Path) => return None,
            Ok(settings) => return Some(settings),
            Err(error) => error,
        };
        let key = error.key();
        let is_there = key.is_some_and(|key| layer.get(key).is_some());
        let is_said = is_there && key.is_some_and(|key| !stands_in.contains(&key));
        // Either of these says where to go.
        let is_server = |key: &Key| matches!(key, Key::TokenEndpoint | Key::Issuer);
        let is_told = |key: &Key| told.contains(key) || is_server(key) && told.iter().any(is_server);
        // While nobody knows how the client proves itself, or with what grant, nobody knows what that takes.
        let is_open = told.iter().any(|key| matches!(key, Key::AuthMethod | Key::GrantType));
        let depends = !key.as_ref().is_some_and(|key| is_server(key) || *key == Key::ClientId)
            && !matches!(error, SettingsError::Refused { .. } | SettingsError::Placeholder { .. });
        let is_sure = !(is_open && depends);
        if (is_said || key.is_none_or(|key| !is_told(&key))) && is_sure {
            faults.push(error);
        }
        let key = key?;
        told.push(key);
        if is_there {
            layer = layer.without(&[key]);
            stands_in.retain(|other| *other != key);
        } else {
            layer.set(key, stand_in(key), Origin::Default);
            stands_in.push(key);
        }
    }
    None
}

/// Settings from a merged layer that need be neither complete nor right, with what is wrong with them: something stands in for
/// what is missing, and what is refused is left out. `None` where nothing comes together.
pub fn as_far_as_known(layer: &Layer, env: &Environment) -> (Option<Settings>, Vec<SettingsError>) {
    let mut faults = Vec::new();
    let settings = from_faulty_layer(layer.clone(), env, &mut faults);
    (settings, faults)
}

/// A value for a setting that is not known yet.
fn stand_in(key: Key) -> SettingValue {
    match key.setting().kind {
        Kind::Secret => SettingValue::Secret(Source::Literal(Secret::new("credential"))),
        Kind::Url => SettingValue::Text("https://server.invalid/".into()),
        Kind::Command => SettingValue::Command(vec!["command".into()]),
        Kind::Switch => SettingValue::Switch(true),
        _ => SettingValue::Text("client".into()),
    }
}

/// Checks a layer that is not complete: nothing is missed that may still come, which is what `later` tells.
///
/// # Errors
/// As [`Settings::from_layer`].
pub fn check_partial(layer: &Layer, later: &dyn Fn(Key) -> bool, env: &Environment) -> Result<(), SettingsError> {
    let mut whole = layer.clone();
    let mut fill_in = |key: Key| {
        if later(key) && layer.get(key).is_none() {
            whole.set(key, stand_in(key), Origin::Default);
        }
    };
    if layer.get(Key::Issuer).is_none() {
        fill_in(if later(Key::TokenEndpoint) { Key::TokenEndpoint } else { Key::Issuer });
    }
    fill_in(Key::ClientId);
    let grant = grant::kind(layer)?.0;
    if layer.get(Key::Issuer).is_none() {
        grant.person.map(login::endpoint).map(|(_, key)| key).into_iter().for_each(&mut fill_in);
    }
    let needs = client::kind(layer).needs.iter().chain(grant.needs);
    needs.filter(|need| need.default.is_none()).filter_map(Key::of).for_each(fill_in);
    Settings::from_layer(whole, env).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const BASE: &[(Key, &str)] =
        &[(Key::TokenEndpoint, "https://idp.example/token"), (Key::ClientId, "ci"), (Key::ClientSecret, "env:S")];

    pub(super) fn settings(entries: &[(Key, &str)]) -> Result<Settings, SettingsError> {
        let mut upper = Layer::default();
        for (key, text) in entries {
            upper.set(*key, key.read_lines(text).unwrap(), Origin::Flag(*key));
        }
        let mut lower = Layer::default();
        for (key, text) in BASE {
            lower.set(*key, key.read(text).unwrap(), Origin::Env(key.variable()));
        }
        Settings::from_layer(upper.or(lower), &Environment::default())
    }

    #[track_caller]
    pub(super) fn refused(entries: &[(Key, &str)], expected: &str) {
        let message = settings(entries).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }

    #[test]
    fn defaults_come_last() {
        let settings = settings(&[]).unwrap();
        assert_eq!(settings.request.grant.name, "client_credentials");
        let client = settings.request.client.unwrap();
        assert_eq!((client.kind.name, client.text("basic_encoding")), ("client_secret_basic", Some("form")));
        assert_eq!(
            (settings.http.timeout, settings.http.connect_timeout),
            (Duration::from_secs(30), Duration::from_secs(10))
        );
        assert_eq!(settings.http.retry, 2);
        assert_eq!(settings.output.env_name, "ACCESS_TOKEN");
        assert!(!settings.caching.enabled && !settings.http.insecure);
    }

    #[test]
    fn whatever_a_request_needs_is_a_setting() {
        use crate::oauth::{client, grant};
        for need in client::needs().chain(grant::needs()) {
            let kind = Key::of(need).unwrap().setting().kind;
            assert_eq!(kind == Kind::Secret, need.is_secret, "{}", need.name);
        }
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
            refused(&[(Key::Resource, &format!("urn:{control}b"))], "control character");
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
        refused(&[(Key::Resource, "https://a.example/#x")], "RFC 8707");
        refused(&[(Key::ClientId, "a\nb")], "control character");
        refused(&[(Key::ClientId, "a:b"), (Key::BasicEncoding, "raw")], "colon");
        refused(&[(Key::AuthMethod, "post"), (Key::BasicEncoding, "raw")], "does not go with");
        refused(&[(Key::Key, "k.pem")], "certificate for key");
        refused(&[(Key::Timeout, "0")], "more than 0");
        refused(&[(Key::EnvName, "A-B")], "letters, digits and _");
        refused(&[(Key::Field, "x"), (Key::Output, "json")], "exclude each other");
    }
}
