//! A [`Layer`]: what one source says of some settings, and where it says so.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::key::{ENDPOINTS, Key, Kind, Pair, SettingValue};
use super::{Environment, ProfileError, SettingsError, is_fit_to_show, is_variable_name};
use crate::json::{Piece, pieces};
use crate::secret::redact::Conceal;
use crate::secret::shape::holds_private_key;
use crate::secret::{Redactor, Secret, Source};

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(Key),
    /// The command line, by the flag that says no.
    NoFlag(Key),
    /// An environment variable.
    Env(String),
    /// A line of a config file.
    Profile {
        /// The file, as it was named.
        file: Arc<str>,
        /// From 1.
        line: u64,
    },
    /// A member of a message of `batch`.
    Message(String),
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "flag {}", key.flag()),
            Self::NoFlag(key) => write!(f, "flag --no-{}", &key.flag()[2..]),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Profile { file, line } => write!(f, "profile {file}:{line}"),
            Self::Message(member) => write!(f, "member '{member}'"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Origin {
    /// True for what is said of one run by who runs it, and holds for no other.
    pub fn is_of_run(&self) -> bool {
        matches!(self, Self::Flag(_) | Self::NoFlag(_))
    }
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What was said.
    pub value: SettingValue,
    /// Where.
    pub origin: Origin,
}

/// A place in a config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    /// The line's text, with values that may be secret left out.
    pub text: String,
}

/// What one source says; it may be incomplete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    entries: BTreeMap<Key, Given>,
    /// What is said to be nothing, whatever lower layers say: a setting, or a name in a map. Each with where that is said.
    removed: BTreeMap<(Key, Option<String>), Origin>,
    /// The file and the place where the profile begins, if this is one: what it lacks would have to be written there.
    home: Option<Arc<(Arc<str>, Place)>>,
    /// What came down from the defaults of the config file, for whatever profile can use it.
    inherited: Vec<Key>,
    /// Environment variables that secrets come from.
    secret_variables: BTreeSet<String>,
    /// What deserves a look in the files that this came from.
    warnings: Vec<String>,
}

impl Conceal for Layer {
    /// What each setting holds of secrets, by its kind: the secret itself where it stands there or where the name of its
    /// source should, the credentials in URLs, and parameters and header fields whose name speaks of secrets.
    fn conceal(&self, redactor: &mut Redactor) {
        for (key, entry) in self.entries() {
            if let SettingValue::Text(text) = &entry.value
                && holds_private_key(text)
            {
                redactor.add(&Secret::new(text));
            }
            match (&entry.value, key.setting().kind) {
                (SettingValue::Text(path), Kind::Path) => redactor.add_path(path),
                (SettingValue::Text(url), Kind::Url) => redactor.add_url(url),
                (SettingValue::Map(pairs), _) => {
                    let secrets = pairs.iter().filter(|pair| pair.is_secret && !pair.value.is_empty());
                    secrets.for_each(|pair| redactor.add_header_value(&pair.name, &pair.value));
                }
                (SettingValue::Claims(claims), _) => {
                    let secrets = claims.iter().filter(|claim| is_secret_claim(claim));
                    secrets.for_each(|(_, json)| conceal_json(json, redactor));
                }
                _ => entry.value.sources().for_each(|source| match source {
                    Source::Literal(secret) => redactor.add(secret),
                    Source::Env(name) if !is_variable_name(name) => redactor.add(&Secret::new(name)),
                    Source::File(path) => redactor.add_path(&path.to_string_lossy()),
                    _ => {}
                }),
            }
        }
    }
}

/// True for a claim whose value is not shown: its name gives it away, or it is a private key.
pub(super) fn is_secret_claim((name, json): &(String, String)) -> bool {
    Pair::is_secret(name) || holds_private_key(json)
}

/// What the texts of a JSON value are.
fn conceal_json(json: &str, redactor: &mut Redactor) {
    let quoted = pieces(json).filter_map(|piece| match piece {
        Piece::Text(text) => serde_json::from_str::<String>(&json[text.start - 1..text.end + 1]).ok(),
        _ => None,
    });
    quoted.filter(|text| !text.is_empty()).for_each(|text| redactor.add(&Secret::new(text)));
}

impl Layer {
    /// Where nothing else names a server, the endpoint that `key` gives does: what is asked there alone needs no other.
    pub fn let_stand_for_server(&mut self, key: Key) {
        let is_named = [Key::TokenEndpoint, Key::Issuer].iter().any(|key| self.text(*key).is_some());
        if let Some(given) = self.get(key).cloned().filter(|_| !is_named) {
            self.set(Key::TokenEndpoint, given.value, given.origin);
        }
    }

    /// The empty layer of a profile that begins at `place` of `file`.
    pub fn of_profile(file: Arc<str>, place: Place) -> Self {
        Self { home: Some(Arc::new((file, place))), ..Self::default() }
    }

    /// Where the profile begins, if this is one.
    pub fn home(&self) -> Option<(&Arc<str>, &Place)> {
        self.home.as_deref().map(|(file, place)| (file, place))
    }

    /// The same, but what it lacks may come from elsewhere than the profile.
    #[must_use]
    pub fn away_from_home(self) -> Self {
        Self { home: None, ..self }
    }

    /// Sets a value.
    pub fn set(&mut self, key: Key, value: SettingValue, origin: Origin) {
        match (&value, &origin) {
            (SettingValue::Secrets(_), Origin::Env(name)) => self.note_secret_variable(name),
            (SettingValue::Map(pairs), Origin::Env(name)) if pairs.iter().any(|pair| pair.is_secret) => {
                self.note_secret_variable(name);
            }
            (SettingValue::Claims(claims), Origin::Env(name)) if claims.iter().any(is_secret_claim) => {
                self.note_secret_variable(name);
            }
            (SettingValue::Text(text), Origin::Env(name))
                if key.setting().kind == Kind::Url && !is_fit_to_show(text) =>
            {
                self.note_secret_variable(name);
            }
            _ => {}
        }
        for source in value.sources() {
            if let Some(name) = source.variable() {
                self.note_secret_variable(name);
            }
        }
        self.entries.insert(key, Given { value, origin });
    }

    /// Says that `key`, or the `name` in its map, is nothing, whatever lower layers say.
    pub fn remove(&mut self, key: Key, name: Option<&str>, origin: Origin) {
        let name = name.map(|name| compared(key, name).into_owned());
        self.removed.insert((key, name), origin);
    }

    /// The settings that are removed and not said anew, each with where that is said.
    pub fn removed(&self) -> impl Iterator<Item = (Key, &Origin)> {
        let whole = self.removed.iter().filter(|((key, name), _)| name.is_none() && self.get(*key).is_none());
        whole.map(|((key, _), origin)| (*key, origin))
    }

    /// True where a lower layer does not count for `key`, or for the `name` in its map.
    fn removes(&self, key: Key, name: Option<&str>) -> bool {
        self.removed.contains_key(&(key, name.map(str::to_owned)))
    }

    /// Says that the environment variable `name` holds a secret, or a part of one.
    pub fn note_secret_variable(&mut self, name: &str) {
        self.secret_variables.insert(name.to_owned());
    }

    /// Adds what its user should know of it.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// What its user should know of it and of those below it.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The environment variables that secrets come from, of this layer and those below it.
    pub fn secret_variables(&self) -> impl Iterator<Item = &String> {
        self.secret_variables.iter()
    }

    /// The entry of `key`.
    pub fn get(&self, key: Key) -> Option<&Given> {
        self.entries.get(&key)
    }

    /// The entries in the table's order.
    pub fn entries(&self) -> impl Iterator<Item = (Key, &Given)> {
        self.entries.iter().map(|(key, entry)| (*key, entry))
    }

    /// This layer, else the `defaults` of the config file.
    #[must_use]
    pub fn over_defaults(self, defaults: Self) -> Self {
        let mut inherited: Vec<_> = defaults.entries.keys().copied().collect();
        inherited.retain(|key| !self.entries.contains_key(key));
        let mut merged = self.or(defaults);
        inherited.retain(|key| merged.entries.contains_key(key));
        merged.inherited = inherited;
        merged
    }

    /// True where something is said of `key`, and that not for every profile there is: what came down from the defaults is for
    /// those that can use it.
    pub fn says(&self, key: Key) -> bool {
        self.entries.contains_key(&key) && !self.inherited.contains(&key)
    }

    /// This layer without what it says of `keys`.
    #[must_use]
    pub fn without(&self, keys: &[Key]) -> Self {
        let mut rest = self.clone();
        rest.entries.retain(|key, _| !keys.contains(key));
        rest
    }

    /// This layer where it says something, else `lower`. Maps are merged name by name; what is removed here stays so; an endpoint here puts an issuer
    /// below out of force and the other way round, because only one of them can say where to go. With an issuer here the
    /// endpoints that stand below beside another server do not count either: what is meant for the one must not go to the other.
    #[must_use]
    pub fn or(mut self, lower: Self) -> Self {
        self.home = self.home.or(lower.home);
        self.secret_variables.extend(lower.secret_variables);
        self.warnings.extend(lower.warnings);
        self.inherited.extend(lower.inherited.into_iter().filter(|key| !self.entries.contains_key(key)));
        let names_server = self.get(Key::TokenEndpoint).is_some() || self.get(Key::Issuer).is_some();
        let is_elsewhere = self.get(Key::Issuer).is_some_and(|own| match lower.entries.get(&Key::Issuer) {
            Some(theirs) => theirs.value != own.value,
            None => lower.entries.contains_key(&Key::TokenEndpoint),
        });
        for (key, mut entry) in lower.entries {
            let is_of_other = is_elsewhere && ENDPOINTS.iter().any(|(_, endpoint)| *endpoint == key);
            if self.removes(key, None) || is_of_other || names_server && matches!(key, Key::TokenEndpoint | Key::Issuer)
            {
                continue;
            }
            match &mut entry.value {
                SettingValue::Map(theirs) => {
                    theirs.retain(|pair| !self.removes(key, Some(&compared(key, &pair.name))));
                }
                SettingValue::Secrets(theirs) => theirs.retain(|(name, _)| !self.removes(key, Some(name))),
                _ => {}
            }
            match self.entries.get_mut(&key) {
                Some(mine) => match (&mut mine.value, entry.value) {
                    (SettingValue::Map(mine), SettingValue::Map(theirs)) => {
                        fill_in(mine, theirs, |pair| compared(key, &pair.name));
                    }
                    (SettingValue::Claims(mine), SettingValue::Claims(theirs)) => {
                        fill_in(mine, theirs, |(name, _)| name.as_str().into());
                    }
                    (SettingValue::Secrets(mine), SettingValue::Secrets(theirs)) => {
                        fill_in(mine, theirs, |(name, _)| name.as_str().into());
                    }
                    _ => {}
                },
                None => {
                    self.entries.insert(key, entry);
                }
            }
        }
        for (what, origin) in lower.removed {
            self.removed.entry(what).or_insert(origin);
        }
        self
    }
}

/// What `theirs` has under names that `mine` has not comes before what `mine` has.
fn fill_in<T>(mine: &mut Vec<T>, theirs: Vec<T>, name: impl Fn(&T) -> Cow<'_, str>) {
    let known: HashSet<_> = mine.iter().map(&name).collect();
    let mut merged: Vec<_> = theirs.into_iter().filter(|entry| !known.contains(&name(entry))).collect();
    drop(known);
    merged.append(mine);
    *mine = merged;
}

/// A name of `params` or `headers` as it is compared: header names do not care for case.
pub(super) fn compared(key: Key, name: &str) -> Cow<'_, str> {
    if key == Key::Headers { name.to_ascii_lowercase().into() } else { name.into() }
}

impl Layer {
    /// True where a secret is to be read from stdin.
    pub fn reads_stdin(&self) -> bool {
        self.entries().any(|(_, entry)| entry.value.sources().any(|source| *source == Source::Stdin))
    }

    /// The text of a setting that is one.
    pub fn text(&self, key: Key) -> Option<&str> {
        match &self.get(key)?.value {
            SettingValue::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self, key: Key) -> Vec<String> {
        match self.get(key).map(|entry| &entry.value) {
            Some(SettingValue::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn map(&self, key: Key) -> Vec<Pair> {
        match self.get(key).map(|entry| &entry.value) {
            Some(SettingValue::Map(pairs)) => pairs.clone(),
            _ => Vec::new(),
        }
    }

    /// Where a secret comes from.
    pub fn source(&self, key: Key) -> Option<Source> {
        match &self.get(key)?.value {
            SettingValue::Secret(source) => Some(source.clone()),
            _ => None,
        }
    }

    /// A command and its words.
    pub fn command(&self, key: Key) -> Option<&[String]> {
        match &self.get(key)?.value {
            SettingValue::Command(words) => Some(words),
            _ => None,
        }
    }

    /// JSON values by name, each compact; none where nothing is said.
    pub fn claims(&self, key: Key) -> &[(String, String)] {
        match self.get(key).map(|entry| &entry.value) {
            Some(SettingValue::Claims(claims)) => claims,
            _ => &[],
        }
    }

    /// Secrets' sources by name; none where nothing is said.
    pub fn secrets(&self, key: Key) -> &[(String, Source)] {
        match self.get(key).map(|entry| &entry.value) {
            Some(SettingValue::Secrets(secrets)) => secrets,
            _ => &[],
        }
    }

    /// A JSON text: as it was given, or as a file has it.
    pub fn json(&self, key: Key) -> Option<&str> {
        self.text(key)
    }

    /// A time span that may be negative (milliseconds); 0 where nothing is said.
    pub fn offset(&self, key: Key) -> i64 {
        match self.get(key).map(|entry| &entry.value) {
            Some(SettingValue::Offset(span)) => *span,
            _ => 0,
        }
    }

    /// A switch that is said to be on.
    pub fn is_on(&self, key: Key) -> bool {
        matches!(self.get(key).map(|entry| &entry.value), Some(SettingValue::Switch(true)))
    }

    pub(super) fn duration(&self, key: Key) -> Option<Duration> {
        match self.get(key)?.value {
            SettingValue::Duration(span) => Some(span),
            _ => None,
        }
    }

    pub(super) fn count(&self, key: Key) -> Option<u32> {
        match self.get(key)?.value {
            SettingValue::Count(count) => Some(count),
            _ => None,
        }
    }

    /// The path of a file.
    ///
    /// # Errors
    /// A home directory that is meant and not known.
    pub fn path(&self, key: Key, env: &Environment) -> Result<Option<PathBuf>, SettingsError> {
        let path = self.text(key).map(|path| env.expanded(Path::new(path)).map(Cow::into_owned));
        path.transpose().map_err(|error| self.refuse(key, error.to_string()))
    }

    /// Where a setting was said, or that it was not.
    pub fn origin(&self, key: Key) -> Origin {
        self.get(key).map_or(Origin::Default, |entry| entry.origin.clone())
    }

    pub(super) fn refuse(&self, key: Key, why: impl Into<String>) -> SettingsError {
        SettingsError::Refused { name: key.name().into(), origin: self.origin(key), why: why.into(), hint: None }
    }

    /// The error where `what` is not said anywhere: with a profile, it is the profile that lacks it.
    pub(super) fn lacks(&self, key: Key, what: impl Into<String>, hint: impl Into<String>) -> SettingsError {
        let (what, hint) = (what.into(), hint.into());
        match self.home() {
            Some((file, place)) => SettingsError::Profile(ProfileError {
                file: file.clone(),
                message: format!("{what} is missing"),
                place: Some(place.clone()),
                hint: Some(hint),
                shortage: None,
                key: Some(key),
            }),
            None => SettingsError::Missing { what, hint, key: Some(key) },
        }
    }

    /// What an error says of a setting that is in the way: its name and where it was said.
    pub(super) fn named(&self, key: Key) -> String {
        format!("{} ({})", key.name(), self.origin(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(entries: &[(Key, &str)]) -> Layer {
        let mut layer = Layer::default();
        for (key, text) in entries {
            layer.set(*key, key.read_lines(text).unwrap(), Origin::Default);
        }
        layer
    }

    #[track_caller]
    fn check(upper: &[(Key, &str)], lower: &[(Key, &str)], expected: &[(Key, &str)]) {
        assert_eq!(layer(upper).or(layer(lower)), layer(expected));
    }

    #[test]
    fn the_upper_layer_wins_and_the_lower_fills_in() {
        check(
            &[(Key::ClientId, "a"), (Key::Scope, "x")],
            &[(Key::ClientId, "b"), (Key::Scope, "y z"), (Key::Retry, "5")],
            &[(Key::ClientId, "a"), (Key::Scope, "x"), (Key::Retry, "5")],
        );
    }

    #[test]
    fn maps_are_merged_by_name() {
        check(&[(Key::Params, "b=2")], &[(Key::Params, "a=1\nb=1")], &[(Key::Params, "a=1\nb=2")]);
        check(&[(Key::Headers, "x-a: 2")], &[(Key::Headers, "X-A: 1")], &[(Key::Headers, "x-a: 2")]);
        let claims = |json| [(Key::AssertionClaims, json)];
        check(&claims(r#"{"b":2}"#), &claims(r#"{"a":1,"b":1}"#), &claims(r#"{"a":1,"b":2}"#));
        check(&claims(r#"{"a":null}"#), &claims(r#"{"a":1}"#), &claims(r#"{"a":null}"#));
        let secrets = |lines| [(Key::SecretParams, lines)];
        check(&secrets("b=2"), &secrets("a=1\nb=1"), &secrets("a=1\nb=2"));
        let mut without = Layer::default();
        without.remove(Key::SecretParams, Some("a"), Origin::Default);
        assert_eq!(without.or(layer(&secrets("a=1\nb=env:B"))).secrets(Key::SecretParams).len(), 1);
    }

    #[test]
    fn what_is_removed_is_not_taken_from_below() {
        let without = |name| {
            let mut layer = layer(&[(Key::Params, "b=2")]);
            layer.remove(Key::Params, name, Origin::Default);
            layer.remove(Key::Scope, None, Origin::Default);
            layer
        };
        let lower = || layer(&[(Key::Scope, "a"), (Key::Params, "a=1\nc=3"), (Key::Retry, "5")]);
        let said = |layer: &Layer| (layer.list(Key::Scope), layer.map(Key::Params), layer.count(Key::Retry));
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| Pair::new(*name, *value)).collect();
        let whole = without(None).or(lower());
        assert_eq!(said(&whole), (vec![], pairs(&[("b", "2")]), Some(5)));
        assert_eq!(whole.removed().map(|(key, _)| key).collect::<Vec<_>>(), [Key::Scope]);
        assert_eq!(said(&without(Some("a")).or(lower())), (vec![], pairs(&[("c", "3"), ("b", "2")]), Some(5)));
        // A layer above says it again; one below what is removed does not count there either.
        let above = layer(&[(Key::Scope, "x")]).or(without(None)).or(lower());
        assert_eq!(said(&above), (vec!["x".to_owned()], pairs(&[("b", "2")]), Some(5)));
        let mut header = Layer::default();
        header.remove(Key::Headers, Some("X-A"), Origin::Default);
        assert_eq!(header.or(layer(&[(Key::Headers, "x-a: 1")])).map(Key::Headers), []);
    }

    #[test]
    fn an_endpoint_above_puts_an_issuer_below_out_of_force() {
        check(&[(Key::TokenEndpoint, "e")], &[(Key::Issuer, "i")], &[(Key::TokenEndpoint, "e")]);
        check(&[(Key::Issuer, "i")], &[(Key::TokenEndpoint, "e")], &[(Key::Issuer, "i")]);
    }

    #[test]
    fn an_issuer_above_puts_the_endpoints_of_another_server_out_of_force() {
        let (own, keys) = ((Key::Issuer, "i"), (Key::JwksUri, "k"));
        check(&[own], &[(Key::Issuer, "j"), keys], &[own]);
        check(&[own], &[(Key::TokenEndpoint, "e"), keys], &[own]);
        check(&[own], &[own, keys], &[own, keys]);
        check(&[own], &[keys], &[own, keys]);
        check(&[own, keys], &[(Key::Issuer, "j"), (Key::JwksUri, "l")], &[own, keys]);
        check(&[(Key::TokenEndpoint, "f")], &[(Key::TokenEndpoint, "e"), keys], &[(Key::TokenEndpoint, "f"), keys]);
    }
}
