//! The environment as a [`Layer`], and what it says of the network. The process's variables are read here and nowhere else.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::SettingsError;
use super::foreign;
use super::key::{KEYS, Key, Kind, SetBy, SettingValue, switch};
use super::layer::{Layer, Origin};
use crate::home::{self, HomeError};
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret, Source};

/// What the names of our variables begin with.
const PREFIX: &str = "OAUTH2TOK_";

/// What variables say where more than one profile may be meant: nothing that shapes server, client, grant or credentials.
const OF_MANY: [Key; 13] = [
    Key::Config,
    Key::Cache,
    Key::CacheSecret,
    Key::ForceNew,
    Key::MinValid,
    Key::Login,
    Key::Timeout,
    Key::ConnectTimeout,
    Key::Retry,
    Key::Proxy,
    Key::Verbose,
    Key::Quiet,
    Key::ErrorFormat,
];

/// Every variable that says what `key` is.
pub(super) fn names_of(key: Key) -> impl Iterator<Item = String> {
    [Some(key.variable()), key.other_variable()].into_iter().flatten()
}

/// The variables of this process, or those of a test. A run asks for a few of them, which is sooner done than a table.
#[derive(Debug, Clone, Default)]
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os();
        if cfg!(windows) {
            // Names differ by more than case there.
            return Self(variables.map(|(name, value)| (name.to_ascii_uppercase(), value)).collect());
        }
        Self(variables.collect())
    }

    /// A given set.
    pub fn of(variables: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of `name`, whatever its bytes.
    pub fn os(&self, name: &str) -> Option<OsString> {
        let is_called = |own: &OsString| if cfg!(windows) { own.eq_ignore_ascii_case(name) } else { own == name };
        self.0.iter().find(|(own, _)| is_called(own)).map(|(_, value)| value.clone())
    }

    /// The value of `name` as text, if it is set and not empty. Text that is not UTF-8 counts as unset.
    pub fn text(&self, name: &str) -> Option<String> {
        self.os(name)?.into_string().ok().filter(|text| !text.is_empty())
    }

    /// What `flags` say, and below them the `OAUTH2TOK_*` variables. An empty variable takes away what a profile says, except
    /// that an empty secret is an error: it is how a CI job looks whose secret is missing.
    ///
    /// # Errors
    /// A value of the wrong kind; a setting given in two ways, unless a flag stands above both.
    pub fn below(&self, flags: Layer) -> Result<Layer, SettingsError> {
        self.below_if(|_| true, flags)
    }

    /// The same where more than one profile may be meant: what shapes server, client, grant or credentials does not count, or
    /// it would go to every server.
    ///
    /// # Errors
    /// As [`Self::below`].
    pub fn below_many(&self, flags: Layer) -> Result<Layer, SettingsError> {
        self.below_if(|key| OF_MANY.contains(&key), flags)
    }

    /// Tells the variables that say nothing there.
    pub fn note_unheeded(&self, note: impl FnMut(&str)) {
        let keys = if self.has_settings() { KEYS } else { &[] };
        let is_unheeded = |key: &&Key| {
            !OF_MANY.contains(key) && !matches!(key.setting().set_by, SetBy::ProfileAlone | SetBy::FlagAlone)
        };
        let names = keys.iter().filter(is_unheeded).flat_map(|key| names_of(*key));
        names.filter(|name| self.os(name).is_some()).collect::<Vec<_>>().iter().map(String::as_str).for_each(note);
    }

    fn below_if(&self, counts: fn(Key) -> bool, flags: Layer) -> Result<Layer, SettingsError> {
        let own: Vec<_> = self.own_names().collect();
        if own.is_empty() {
            return Ok(flags);
        }
        let mut layer = Layer::default();
        for key in KEYS.iter().copied().filter(|key| own.iter().any(|own| key.may_be_called(own))) {
            let set_by = key.setting().set_by;
            if !counts(key) || !matches!(set_by, SetBy::Everywhere | SetBy::Unflagged | SetBy::Run) {
                continue;
            }
            let name = key.variable();
            let (value, other) = (self.os(&name), key.other_variable());
            let is_said = value.as_ref().is_some_and(|value| key.setting().kind == Kind::Secret || !value.is_empty());
            let is_above = flags.get(key).is_some();
            match other {
                Some(other) if self.text(&other).is_some() => match is_said {
                    false => self.put(&mut layer, key, other)?,
                    true if is_above => {}
                    true => {
                        return Err(SettingsError::Conflict {
                            message: format!("both {name} and {other} are set"),
                            hint: "unset one of them".into(),
                            key: None,
                        });
                    }
                },
                Some(other) if value.is_none() && !is_above => self.put(&mut layer, key, other)?,
                _ => self.put(&mut layer, key, name)?,
            }
        }
        Ok(flags.or(layer))
    }

    /// Puts what the variable `name` says of `key` into `layer`.
    fn put(&self, layer: &mut Layer, key: Key, name: String) -> Result<(), SettingsError> {
        let Some(value) = self.os(&name) else { return Ok(()) };
        let origin = Origin::Env(name.clone());
        // A flag that says no and is not given says nothing; likewise its variable.
        let says_no = name != key.variable() && key.setting().flag.is_some_and(|flag| flag.negated.is_some());
        let value = match key.setting().kind {
            Kind::Secret if name == key.variable() => SettingValue::Secret(Source::Env(name)),
            Kind::Secret if value.is_empty() => {
                return Err(SettingsError::Value { origin, expected: "it names no file: it is empty".into() });
            }
            Kind::Secret => SettingValue::Secret(Source::File(value.into())),
            _ if value.is_empty() && says_no => return Ok(()),
            _ if value.is_empty() => {
                layer.remove(key, None, origin);
                return Ok(());
            }
            _ => {
                let wrong = |expected: String| SettingsError::Value { origin: origin.clone(), expected };
                let text = value.into_string().map_err(|_| wrong("it is not valid UTF-8".into()))?;
                if says_no && !switch(&text).map_err(&wrong)? {
                    return Ok(());
                }
                match if says_no { key.negative() } else { key.read_lines(&text).map_err(wrong)? } {
                    // A variable names no command.
                    SettingValue::Secret(Source::Command(_)) => SettingValue::Text(text),
                    value => value,
                }
            }
        };
        layer.set(key, value, origin);
        Ok(())
    }

    /// False where no variable can be one of ours, so that none need be looked for.
    fn has_settings(&self) -> bool {
        self.own_names().next().is_some()
    }

    /// The names that begin as ours do, without that beginning.
    fn own_names(&self) -> impl Iterator<Item = &str> {
        let own = self.0.iter().filter(|(name, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()));
        own.filter_map(|(name, _)| name.to_str()?.strip_prefix(PREFIX))
    }

    /// Variables that look like ones of ours but are none, as far as their names may be shown, each with the one that may be meant. A name that is not near to
    /// any may be somebody's own.
    pub fn misspelt(&self) -> Vec<(String, String)> {
        let is_known = |word: &str, key: &Key| {
            let is_variable = key.setting().set_by != SetBy::ProfileAlone;
            is_variable && key.may_be_called(word) && key.is_said_by(&format!("{PREFIX}{word}"))
        };
        let unknown = self.own_names().filter(|word| !KEYS.iter().any(|key| is_known(word, key)));
        let mut unknown: Vec<_> = unknown.collect();
        if unknown.is_empty() {
            return Vec::new();
        }
        unknown.sort_unstable();
        let known = KEYS.iter().filter(|key| key.setting().set_by != SetBy::ProfileAlone);
        let variables: Vec<_> = known.copied().flat_map(names_of).collect();
        let mut misspelt = Vec::new();
        for word in unknown {
            // A profile's name for a setting is not always the variable's.
            let by_key = Key::from_profile_name(&word.to_ascii_lowercase());
            let by_key = by_key.filter(|key| key.setting().set_by != SetBy::ProfileAlone);
            let near = by_key.map(Key::variable).or_else(|| {
                let words = variables.iter().map(|name| &name[PREFIX.len()..]);
                foreign::misspelt(word, words).map(|near| format!("{PREFIX}{near}"))
            });
            let known = variables.iter().map(|name| &name[PREFIX.len()..]);
            let shown = match foreign::shown(word, known.chain(Key::profile_names().map(|name| -> &str { name }))) {
                Some(part) if part == word => word.to_owned(),
                part => format!("{}…", part.unwrap_or_default()),
            };
            misspelt.extend(near.map(|near| (format!("{PREFIX}{shown}"), near)));
        }
        misspelt
    }

    /// Variables of ours that are set and deliberately have no effect.
    pub fn ineffective(&self) -> impl Iterator<Item = (Key, String)> {
        let keys = if self.has_settings() { KEYS } else { &[] };
        keys.iter()
            .copied()
            .filter(|key| key.setting().set_by == SetBy::FlagAlone)
            .map(|key| (key, key.variable()))
            .filter(|(_, name)| self.text(name).is_some())
    }

    /// `path` as the file system knows it.
    ///
    /// # Errors
    /// As [`home::expanded`].
    pub fn expanded<'p>(&self, path: &'p Path) -> Result<Cow<'p, Path>, HomeError> {
        home::expanded(path, &|name| self.os(name))
    }

    /// Where our config file's directory is. `None` without a home.
    pub fn config_dir(&self) -> Option<PathBuf> {
        self.base_dir("XDG_CONFIG_HOME", ".config", "APPDATA")
    }

    /// Where our cache's directory is. `None` without a home.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.base_dir("XDG_CACHE_HOME", ".cache", "LOCALAPPDATA")
    }

    /// Where the directory with what must outlive the cache is. `None` without a home.
    pub fn state_dir(&self) -> Option<PathBuf> {
        self.base_dir("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")
    }

    /// A base directory of the XDG specification, on macOS too: what `variable` says where that is an absolute path, as the
    /// specification wants, else `below_home`. On Windows what `windows` says, unless `variable` does.
    fn base_dir(&self, variable: &str, below_home: &str, windows: &str) -> Option<PathBuf> {
        let named = || if cfg!(windows) { self.os(windows).and_then(home::absolute) } else { None };
        let below = || Some(home::directory(&|name| self.os(name))?.join(below_home));
        self.os(variable).and_then(home::absolute).or_else(named).or_else(below)
    }

    /// What the usual variables say of proxies and trusted roots.
    pub fn network(&self) -> Network {
        let value = |name: &str| self.network_variable(name).map(|(_, value)| value);
        Network {
            https_proxy: value("https_proxy").map(Secret::new),
            http_proxy: value("http_proxy").map(Secret::new),
            all_proxy: value("all_proxy").map(Secret::new),
            no_proxy: value("no_proxy"),
            ssl_cert_file: value("SSL_CERT_FILE").map(PathBuf::from),
            ssl_cert_dir: value("SSL_CERT_DIR").map(PathBuf::from),
        }
    }

    /// The variable that counts for `name`, and its value: for proxies the name in small letters, else in capitals.
    pub fn network_variable(&self, name: &str) -> Option<(String, String)> {
        if let Some(value) = self.text(name) {
            return Some((name.to_owned(), value));
        }
        // Each run looks for six of these, few of which are set.
        if !self.0.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            return None;
        }
        let capitals = name.to_ascii_uppercase();
        // A web server hands a request's `Proxy:` header to a CGI program as HTTP_PROXY (httpoxy, CVE-2016-5385).
        let forged = capitals == "HTTP_PROXY" && self.os("REQUEST_METHOD").is_some();
        let value = self.text(&capitals).filter(|_| !forged)?;
        Some((capitals, value))
    }
}

/// The network as the environment describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

impl Conceal for Network {
    /// The proxies' credentials, and certificates where the name of their file should be.
    fn conceal(&self, redactor: &mut Redactor) {
        let proxies = [&self.https_proxy, &self.http_proxy, &self.all_proxy];
        proxies.into_iter().flatten().for_each(|proxy| redactor.add_url(proxy.expose()));
        let files = [&self.ssl_cert_file, &self.ssl_cert_dir];
        files.into_iter().flatten().for_each(|path| redactor.add_path(&path.to_string_lossy()));
    }
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
        let layer = env.below(Layer::default()).unwrap();
        let value = |key| layer.get(key).map(|entry| (entry.value.clone(), entry.origin.to_string()));
        let secret = SettingValue::Secret(Source::Env("OAUTH2TOK_CLIENT_SECRET".into()));
        assert_eq!(value(Key::Scope).unwrap().1, "env OAUTH2TOK_SCOPE");
        assert_eq!(value(Key::ClientSecret), Some((secret, "env OAUTH2TOK_CLIENT_SECRET".into())));
        assert_eq!(
            value(Key::Password),
            Some((SettingValue::Secret(Source::File("/p".into())), "env OAUTH2TOK_PASSWORD_FILE".into()))
        );
        assert_eq!(value(Key::ClientId), None);
        assert_eq!(value(Key::Insecure), None);
        assert_eq!(layer.removed().map(|(key, _)| key).collect::<Vec<_>>(), [Key::ClientId]);
        assert_eq!(env.ineffective().map(|(key, _)| key).collect::<Vec<_>>(), [Key::Insecure]);
    }

    #[test]
    fn an_empty_variable_takes_away_what_lower_layers_say_but_no_secret() {
        let removed = |name: &'static str| {
            let layer = Environment::of([(name, "")]).below(Layer::default())?;
            Ok::<_, SettingsError>(layer.removed().map(|(key, _)| key).collect::<Vec<_>>())
        };
        assert_eq!(removed("OAUTH2TOK_SCOPE"), Ok(vec![Key::Scope]));
        assert_eq!(removed("OAUTH2TOK_TOKEN_URL"), Ok(vec![Key::TokenEndpoint]));
        assert_eq!(removed("OAUTH2TOK_CACHE"), Ok(vec![Key::Cache]));
        assert_eq!(removed("OAUTH2TOK_NO_CACHE"), Ok(vec![]));
        assert_eq!(removed("OAUTH2TOK_CLIENT_SECRET"), Ok(vec![]));
        let error = removed("OAUTH2TOK_CLIENT_SECRET_FILE").unwrap_err();
        assert_eq!(error.to_string(), "env OAUTH2TOK_CLIENT_SECRET_FILE: it names no file: it is empty");
    }

    #[test]
    fn a_secret_given_twice_and_a_bad_value_are_errors() {
        let twice = Environment::of([("OAUTH2TOK_PASSWORD", "x"), ("OAUTH2TOK_PASSWORD_FILE", "/p")]);
        assert!(
            twice
                .below(Layer::default())
                .unwrap_err()
                .to_string()
                .contains("both OAUTH2TOK_PASSWORD and OAUTH2TOK_PASSWORD_FILE")
        );
        let bad = Environment::of([("OAUTH2TOK_RETRY", "lots")]);
        assert_eq!(
            bad.below(Layer::default()).unwrap_err().to_string(),
            "env OAUTH2TOK_RETRY: expected a whole number"
        );
    }

    #[test]
    fn flags_with_a_second_name_have_a_second_variable() {
        let of =
            |pairs: &[(&'static str, &'static str)]| Environment::of(pairs.iter().copied()).below(Layer::default());
        let said = |layer: Layer, key| layer.get(key).map(|entry| (entry.value.clone(), entry.origin.to_string()));
        let url = said(of(&[("OAUTH2TOK_TOKEN_URL", "https://h/t")]).unwrap(), Key::TokenEndpoint);
        assert_eq!(url, Some((SettingValue::Text("https://h/t".into()), "env OAUTH2TOK_TOKEN_URL".into())));
        let off = |value| said(of(&[("OAUTH2TOK_NO_CACHE", value)]).unwrap(), Key::Cache);
        assert_eq!(off("1"), Some((SettingValue::Switch(false), "env OAUTH2TOK_NO_CACHE".into())));
        assert_eq!((off("0"), off("")), (None, None));
        let both = of(&[("OAUTH2TOK_NO_CACHE", "1"), ("OAUTH2TOK_CACHE", "1")]).unwrap_err();
        assert_eq!(both.to_string(), "both OAUTH2TOK_CACHE and OAUTH2TOK_NO_CACHE are set");
        assert!(of(&[("OAUTH2TOK_TOKEN_URL", "https://h/t"), ("OAUTH2TOK_TOKEN_ENDPOINT", "https://h/t")]).is_err());
        assert!(of(&[("OAUTH2TOK_TOKEN_URL", "https://h/t"), ("OAUTH2TOK_TOKEN_ENDPOINT", "")]).is_ok());
    }

    #[test]
    fn a_variable_that_is_misspelt_is_told_from_one_that_is_somebodys_own() {
        for (name, expected) in [
            ("OAUTH2TOK_CLEINT_ID", Some("OAUTH2TOK_CLIENT_ID")),
            ("OAUTH2TOK_CLIENT_SECRET_FIEL", Some("OAUTH2TOK_CLIENT_SECRET_FILE")),
            ("OAUTH2TOK_PARAMS", Some("OAUTH2TOK_PARAM")),
            ("OAUTH2TOK_TOKEN_ENDPOINT_AUTH_METHOD", Some("OAUTH2TOK_AUTH_METHOD")),
            ("OAUTH2TOK_NO_CACHE", None),
            ("OAUTH2TOK_INSECURE", None),
            ("OAUTH2TOK_PASSWORD_FILE", None),
            ("OAUTH2TOK_TOKEN", None),
            ("OAUTH2TOK_BIN", None),
            ("OAUTH2TOK_", None),
        ] {
            let near = Environment::of([(name, "x")]).misspelt();
            assert_eq!(near, expected.map(|near| (name.to_owned(), near.to_owned())).into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_variable_of_a_setting_is_passed_over() {
        for key in KEYS {
            for name in names_of(*key) {
                assert!(key.may_be_called(&name[PREFIX.len()..]) && key.is_said_by(&name), "{name}");
                assert_eq!(Environment(vec![(name.into(), "x".into())]).misspelt(), []);
            }
        }
    }

    #[test]
    fn base_directories_are_absolute_or_below_home() {
        let of = |home: &'static str, cache: &'static str| {
            Environment::of([("HOME", home), ("XDG_CACHE_HOME", cache)])
                .cache_dir()
                .map(|path| path.display().to_string())
        };
        if cfg!(not(windows)) {
            assert_eq!(of("/home/ada", "/elsewhere").as_deref(), Some("/elsewhere"));
            for relative in ["", "cache", "~/cache", "./cache"] {
                assert_eq!(of("/home/ada", relative).as_deref(), Some("/home/ada/.cache"), "{relative}");
                assert_eq!(of("", relative), None, "{relative}");
                assert_eq!(of("home/ada", relative), None, "{relative}");
            }
            assert_eq!(of("", "/elsewhere").as_deref(), Some("/elsewhere"));
        }
    }

    #[test]
    fn the_case_of_a_variables_name_counts_where_the_system_says_so() {
        let env = Environment::of([("Oauth2Tok_Client_Id", "x"), ("Https_Proxy", "p")]);
        assert_eq!(env.text("OAUTH2TOK_CLIENT_ID").is_some(), cfg!(windows));
        assert_eq!(env.network().https_proxy.is_some(), cfg!(windows));
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
