//! Config files: YAML to [`Layer`]s, with the place of everything at hand for errors.
//!
//! Values are filled in (`${VAR}`) after the YAML is parsed, so what a variable holds can change no structure. An error
//! shows the line it is about, but no value that may be a secret.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::excerpt::{self, SHOWN, shown};
use super::is_fit_to_show;
use super::key::{Key, Kind, Value};
use super::layer::{Layer, Origin, Place};
use super::names;
use super::yaml::{self, At, Fault, Mapping, Node, Spanned};
use crate::deadline::Deadline;
use crate::files::{self, ReadError};
use crate::secret::Source;
use crate::secret::redact::is_sensitive_name;

/// Far above any real config, far below what hurts (bytes).
const LARGEST: u64 = 4 << 20;

/// How long a chain of `extends` may be.
const DEEPEST: usize = 16;

/// How much a profile may hold with all that it extends, once variables are filled in (bytes).
const MOST_OF_ONE: usize = 8 << 20;

/// How much all that are read may hold together, what several extend counted for each (bytes).
const MOST_OF_ALL: usize = 256 << 20;

/// What a name and its value count beside their text: the work that each is (bytes).
const ENTRY: usize = 64;

/// What looking a variable up counts, whatever it holds (bytes).
const LOOKUP: usize = 256;

/// How much text may be gone through to explain faults, all together (bytes). Where thousands of profiles are at fault, the
/// later ones are told without their line.
const MOST_EXPLAINED: usize = 64 << 20;

/// What explaining one fault counts, wherever it is (bytes): the names around it are compared with ours, which takes longer
/// than walking by.
const EXPLAINED: usize = 256 << 10;

/// What comparing a name with another one counts (bytes).
const COMPARED: usize = 4 << 10;

/// Among so many names a similar one is looked for.
const MOST_NAMES: usize = 1000;

/// Looks an environment variable up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A fault in a config file, with the place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    /// The file as it was named.
    pub file: Arc<str>,
    /// What is wrong.
    pub message: String,
    /// Where, if it is at one place.
    pub place: Option<Place>,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(Place { line, column, text }) => {
                write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
                // Only the beginning of a line is shown, so only there is a place to point at.
                if !text.trim().is_empty() && *column <= SHOWN {
                    let margin = line.to_string().len();
                    let before = usize::try_from(*column).unwrap_or(1).saturating_sub(1);
                    write!(f, "\n {line} | {text}\n {:margin$} | {:before$}^", "", "")?;
                }
                Ok(())
            }
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ProfileError {}

impl ProfileError {
    /// The same where the line may hold a secret that nothing on it gives away.
    fn without_line(mut self) -> Self {
        self.place.iter_mut().for_each(|place| place.text.clear());
        self
    }
}

/// Which profiles of a file are read; the others are passed over, which is what makes a large file cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// This one, with those it may extend.
    One(&'a str),
    /// Their names alone.
    Names,
}

/// What stands behind `extends` anywhere in the text: the profiles that another one may need.
fn parents(text: &str) -> HashSet<&str> {
    let words = text.split("extends").skip(1).filter_map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
        let end = rest.find(['\n', '\r', ',', '}', '#']).unwrap_or(rest.len());
        Some(rest[..end].trim().trim_matches(['"', '\'']))
    });
    words.collect()
}

/// A parsed config file.
#[derive(Debug)]
pub struct File {
    name: Arc<str>,
    text: String,
    defaults: Mapping,
    profiles: Mapping,
    /// Where in `profiles` each stands, by name.
    order: OnceCell<Vec<usize>>,
    /// How much was read, and how much may be before the profile at hand is too large (bytes).
    held: Cell<usize>,
    most: Cell<usize>,
    /// How much text was gone through to explain faults (bytes).
    explained: Cell<usize>,
}

impl File {
    fn new(name: &str, text: String) -> Self {
        Self {
            name: name.into(),
            text,
            defaults: Vec::new(),
            profiles: Vec::new(),
            order: OnceCell::new(),
            held: Cell::new(0),
            most: Cell::new(MOST_OF_ONE),
            explained: Cell::new(0),
        }
    }

    /// Reads and parses a config file: `defaults` and `profiles`.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is not such a file.
    pub fn open(path: &Path, wanted: Wanted<'_>, deadline: &Deadline) -> Result<Self, ProfileError> {
        let (name, text) = read(path, deadline)?;
        Self::parse(&name, text, wanted)
    }

    /// Parses the text of a config file.
    ///
    /// # Errors
    /// YAML that is malformed, has duplicate keys, nests or repeats beyond reason, or holds anything but `defaults` and
    /// `profiles`.
    pub fn parse(name: &str, text: String, wanted: Wanted<'_>) -> Result<Self, ProfileError> {
        let mut file = Self::new(name, text);
        for (key, node) in file.root(wanted)? {
            match key.value.as_str() {
                "defaults" => file.defaults = file.mapping(&key, node)?,
                "profiles" => file.profiles = file.mapping(&key, node)?,
                other => {
                    let near = names::nearest(other, ["defaults", "profiles"]);
                    let hint = || {
                        match near {
                        Some(near) => format!("did you mean '{near}'?"),
                        None => "a config file holds 'defaults' and 'profiles'; a file with a single profile is given by its path to -p".into(),
                    }
                    };
                    let known = || Key::profile_names().chain(["defaults", "profiles"]);
                    return Err(file.foreign("unknown key", &key, known, hint));
                }
            }
        }
        Ok(file)
    }

    /// Reads and parses a file that holds one profile and nothing else.
    ///
    /// # Errors
    /// As [`File::open`].
    pub fn open_single(path: &Path, deadline: &Deadline) -> Result<Self, ProfileError> {
        let (name, text) = read(path, deadline)?;
        Self::parse_single(&name, text)
    }

    /// Parses the text of a file with one profile; it becomes the profile of that file's name.
    ///
    /// # Errors
    /// As [`File::parse`].
    pub fn parse_single(name: &str, text: String) -> Result<Self, ProfileError> {
        let mut file = Self::new(name, text);
        let root = file.root(Wanted::All)?;
        if let Some((key, _)) = root.iter().find(|(key, _)| key.value == "profiles") {
            let hint = format!("give it as --config {name} and name one of its profiles with -p");
            return Err(file.at(
                key,
                "this is a config file with several profiles, not one profile".into(),
                Some(hint),
            ));
        }
        // What it lacks would have to be written where it begins.
        let (key, root) = (name.to_owned(), Node::Map(root));
        file.profiles.push((Spanned { value: key, at: At::START }, Spanned { value: root, at: At::START }));
        Ok(file)
    }

    fn root(&self, wanted: Wanted<'_>) -> Result<Mapping, ProfileError> {
        let parents = parents(&self.text);
        let root = self.node(&|profile| match wanted {
            Wanted::All => false,
            Wanted::One(name) => profile != name && !parents.contains(&profile),
            Wanted::Names => true,
        })?;
        match root.value {
            Node::Map(map) => Ok(map),
            Node::Null => Ok(Vec::new()),
            Node::List(_) => Err(self.at(&root, "expected keys and values".into(), None)),
            // A single text may be a secret: it is not shown.
            _ => Err(self.at(&root, "expected keys and values".into(), None).without_line()),
        }
    }

    fn node(&self, skip: yaml::Skip<'_>) -> Result<Spanned<Node>, ProfileError> {
        yaml::parse(&self.text, skip).map_err(|Fault { message, at, is_secret }| {
            // Where a quote is open, the fault is seen far from it.
            let quote = || {
                let before = self.text.get(..at.offset).filter(|_| message.contains("quoted scalar"))?;
                excerpt::open_quote(&before[..before.rfind('\n').map_or(0, |end| end + 1)])
            };
            match quote() {
                Some(at) => self.error(at, "this quote is not closed".into()),
                None if is_secret => self.error(at, shown(&message)).without_line(),
                None => self.error(at, shown(&message)),
            }
        })
    }

    /// The names of the profiles, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(key, _)| key.value.as_str())
    }

    /// The file as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `defaults` says.
    ///
    /// # Errors
    /// Unknown keys, values of the wrong kind, variables that are not set.
    pub fn defaults(&self, lookup: Lookup<'_>) -> Result<Layer, ProfileError> {
        self.begin();
        self.layer(&self.defaults, "defaults", lookup).map(|(layer, _)| layer)
    }

    /// What the profile `name` says, with all that it extends. Parents are sought in this file, then in `others`.
    ///
    /// # Errors
    /// As [`File::defaults`]; no profile of that name, `extends` in a circle.
    pub fn profile(&self, name: &str, others: Option<&Self>, lookup: Lookup<'_>) -> Result<Layer, ProfileError> {
        [Some(self), others].into_iter().flatten().for_each(Self::begin);
        let mut merged = Layer::default();
        let mut wanted = name.to_owned();
        let mut child: Option<(&Self, Spanned<String>)> = None;
        let mut seen: Vec<(Arc<str>, String)> = Vec::new();
        let mut file = self;
        loop {
            let found = file.find(&wanted).map(|node| (file, node)).or_else(|| {
                let other = others?;
                Some((other, other.find(&wanted)?))
            });
            let Some((home, node)) = found else {
                let among = self.names().chain(others.iter().flat_map(|other| other.names()));
                return Err(match child {
                    Some((child_file, at)) => child_file.missing(&wanted, among, Some(&at)),
                    None => self.missing(&wanted, among, None),
                });
            };
            let id = (home.name.clone(), wanted.clone());
            if seen.contains(&id) || seen.len() >= DEEPEST {
                let chain: Vec<_> =
                    seen.iter().map(|(_, name)| name).chain([&wanted]).map(|name| shown(name)).collect();
                let message = format!("'extends' runs in a circle or too deep: {}", chain.join(" → "));
                return Err(match child {
                    Some((child_file, at)) => child_file.at(&at, message, None),
                    None => self.whole(message),
                });
            }
            seen.push(id);
            let empty = Mapping::new();
            let entries = match &node.value {
                Node::Map(entries) => entries,
                Node::Null => &empty,
                // A parent under a name that no plain `extends` told: then everything is read after all.
                Node::Skipped => {
                    let whole = Self::parse(&home.name, home.text.clone(), Wanted::All)?;
                    return if std::ptr::eq(home, self) {
                        whole.profile(name, others, lookup)
                    } else {
                        self.profile(name, Some(&whole), lookup)
                    };
                }
                _ => {
                    return Err(home.at(node, format!("profile '{}' must hold keys and values", shown(&wanted)), None));
                }
            };
            let (layer, extends) = home.layer(entries, &wanted, lookup)?;
            if seen.len() == 1 {
                merged = home.heading(&wanted);
            }
            merged = merged.or(&layer);
            match extends {
                None => return Ok(merged),
                Some(parent) => {
                    wanted.clone_from(&parent.value);
                    child = Some((home, parent));
                    file = home;
                }
            }
        }
    }

    /// True where there is a profile of that name.
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    fn find(&self, name: &str) -> Option<&Spanned<Node>> {
        self.entry(name).map(|(_, node)| node)
    }

    fn entry(&self, name: &str) -> Option<&(Spanned<String>, Spanned<Node>)> {
        let called = |at: &usize| self.profiles[*at].0.value.as_str();
        let order = self.order.get_or_init(|| {
            let mut order: Vec<_> = (0..self.profiles.len()).collect();
            order.sort_unstable_by(|a, b| called(a).cmp(called(b)));
            order
        });
        let found = order.binary_search_by(|at| called(at).cmp(name)).ok()?;
        self.profiles.get(order[found])
    }

    /// The layer of a profile that says nothing yet.
    fn heading(&self, name: &str) -> Layer {
        let at = self.entry(name).map_or(At::START, |(key, _)| key.at);
        let text = excerpt::heading(&self.text, at);
        Layer::of_profile(self.name.clone(), Place { line: at.line, column: at.column, text })
    }

    /// `name` came from a file where `at` says so, else from a flag or a variable, which may hold a secret by mistake.
    fn missing<'a>(
        &self,
        name: &str,
        among: impl Iterator<Item = &'a str>,
        at: Option<&Spanned<String>>,
    ) -> ProfileError {
        let among: Vec<_> = among.take(MOST_NAMES + 1).collect();
        let explains = self.explains(among.len() * COMPARED);
        let near = if explains { names::nearest(name, among.iter().copied()) } else { None };
        let hint = match near {
            Some(near) => format!("did you mean '{}'?", shown(near)),
            None if among.is_empty() => "the file holds no profiles".into(),
            None => format!("it holds {}", some_of(&among)),
        };
        match at {
            Some(at) if explains => {
                let name = Spanned { value: name.to_owned(), at: at.at };
                self.foreign("there is no profile", &name, || among.iter().copied(), || hint)
            }
            Some(at) => self.at(at, "there is no profile of that name".into(), Some(hint)).without_line(),
            None => ProfileError { hint: Some(hint), ..self.whole("there is no profile of that name".into()) },
        }
    }

    /// An error about a name that nobody knows. Where it is not shown as a whole, its line is not shown either.
    fn foreign<'a, I: IntoIterator<Item = &'a str>>(
        &self,
        what: &str,
        name: &Spanned<String>,
        known: impl Fn() -> I,
        hint: impl FnOnce() -> String,
    ) -> ProfileError {
        if !self.explains(EXPLAINED) {
            return self.at(name, what.to_owned(), None).without_line();
        }
        let error = self.at(name, format!("{what} {}", names::quoted(&name.value, known())), Some(hint()));
        if names::shown(&name.value, known()) == Some(&name.value) { error } else { error.without_line() }
    }

    fn layer(
        &self,
        entries: &Mapping,
        of: &str,
        lookup: Lookup<'_>,
    ) -> Result<(Layer, Option<Spanned<String>>), ProfileError> {
        let mut layer = Layer::default();
        let mut extends = None;
        for (name, node) in entries {
            if name.value == "extends" && of != "defaults" {
                let mut parent = name.clone();
                parent.value = self.fill(node, &self.text_of(name, node)?, lookup)?;
                parent.at = node.at;
                extends = Some(parent);
                continue;
            }
            let key = Key::from_profile_name(&name.value).ok_or_else(|| self.unknown(name))?;
            if layer.get(key).is_some() {
                return Err(self.at(
                    name,
                    format!("'{}' is set twice, under two names for the same", key.name()),
                    None,
                ));
            }
            self.hold(name, ENTRY)?;
            let value = self.value(key, name, node, lookup, &mut layer)?;
            // The place a person looks for is the key's, also where the value came by an alias.
            layer.set(key, value, Origin::Profile { file: self.name.clone(), line: name.at.line });
        }
        Ok((layer, extends))
    }

    fn unknown(&self, name: &Spanned<String>) -> ProfileError {
        let hint = || match name.value.as_str() {
            "insecure" | "show_secrets" => {
                format!("for safety this is taken from the flag --{} alone", name.value.replace('_', "-"))
            }
            other => {
                let usable = || Key::profile_names().filter(|name| Key::from_profile_name(name).is_some());
                match names::nearest(other, usable().chain(["extends"])) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => "'oauth2tok profile schema' lists the keys there are".into(),
                }
            }
        };
        self.foreign("unknown key", name, Key::profile_names, hint)
    }

    fn value(
        &self,
        key: Key,
        name: &Spanned<String>,
        node: &Spanned<Node>,
        lookup: Lookup<'_>,
        layer: &mut Layer,
    ) -> Result<Value, ProfileError> {
        let wrong = |node: &Spanned<Node>, expected: &str| self.at(node, format!("{}: {expected}", key.name()), None);
        match (key.setting().kind, &node.value) {
            (_, Node::Null) => {
                let hint = Some("write a value, quote it if it is the text '~' or 'null', or remove the key".into());
                Err(self.at(name, format!("{} has no value", key.name()), hint))
            }
            (Kind::List(_), Node::List(items)) => {
                let mut list = Vec::new();
                for item in items {
                    let text = item.value.text().ok_or_else(|| wrong(item, "expected a text"))?;
                    let text = self.fill(item, text, lookup)?;
                    list.extend(key.read_items(&text));
                }
                Ok(Value::List(list))
            }
            (Kind::Ranges, Node::List(items)) => {
                let pair = |item: &Spanned<Node>| {
                    let Node::List(ends) = &item.value else { return None };
                    Some(format!(
                        "[{}]",
                        ends.iter().map(|end| end.value.text()).collect::<Option<Vec<_>>>()?.join(",")
                    ))
                };
                let pairs = items
                    .iter()
                    .map(|item| pair(item).ok_or_else(|| wrong(item, "expected a pair such as [400, 403]")));
                let text = format!("[{}]", pairs.collect::<Result<Vec<_>, _>>()?.join(","));
                self.hold(node, text.len())?;
                Ok(Value::Text(text))
            }
            (Kind::Map { .. }, Node::Map(entries)) => {
                let mut map = Vec::new();
                for (name, item) in entries {
                    let text = item.value.text().ok_or_else(|| wrong(item, "expected a text"))?;
                    if is_sensitive_name(&name.value) {
                        variables(text).for_each(|variable| layer.note_secret_variable(variable));
                    }
                    self.hold(name, ENTRY + name.value.len())?;
                    map.push((name.value.clone(), self.fill(item, text, lookup)?));
                }
                Ok(Value::Map(map))
            }
            (Kind::Map { .. }, _) => Err(wrong(node, "expected names and values")),
            (kind, _) => {
                let text = node.value.text().ok_or_else(|| {
                    wrong(
                        node,
                        if matches!(kind, Kind::List(_)) {
                            "expected a text or a list of texts"
                        } else {
                            "expected a single value"
                        },
                    )
                })?;
                if kind == Kind::Secret {
                    // The kind of source is settled before variables are filled in.
                    let source = Source::parse(text).map_err(|error| wrong(node, &error.to_string()))?;
                    if source.is_literal() {
                        variables(text).for_each(|variable| layer.note_secret_variable(variable));
                    }
                    let filled = source.try_map(|part| self.fill(node, part, lookup))?;
                    return filled.checked().map(Value::Secret).map_err(|error| ProfileError {
                        hint: Some("in CI an empty variable is usually a secret that the job may not read".into()),
                        ..wrong(node, &error.to_string())
                    });
                }
                // A block scalar ends with a line end that is no part of any item.
                let text = if matches!(kind, Kind::List(_)) { text.strip_suffix('\n').unwrap_or(text) } else { text };
                let unfilled = text;
                let text = self.fill(node, text, lookup)?;
                // Only now: of what is not filled in there may be more than anybody wants to look up.
                if kind == Kind::Url {
                    secret_variables(unfilled, lookup).for_each(|variable| layer.note_secret_variable(variable));
                }
                if kind == Kind::Switch && !matches!(text.as_str(), "true" | "false") {
                    return Err(wrong(node, "expected true or false"));
                }
                key.read(&text).map_err(|expected| wrong(node, &expected))
            }
        }
    }

    fn text_of(&self, name: &Spanned<String>, node: &Spanned<Node>) -> Result<String, ProfileError> {
        let text = node.value.text().map(str::to_owned);
        text.ok_or_else(|| self.at(name, format!("{} must be a text", name.value), None))
    }

    fn fill(&self, node: &Spanned<Node>, text: &str, lookup: Lookup<'_>) -> Result<String, ProfileError> {
        let most = self.most.get().saturating_sub(self.held.get());
        match fill(text, lookup, most) {
            Ok(filled) => self.hold(node, filled.len()).map(|()| filled),
            Err(Unfilled::Large) => self.hold(node, most + 1).map(|()| String::new()),
            Err(Unfilled::Fault(message)) => Err(self.at(node, message, None)),
        }
    }

    /// Says that another profile begins.
    fn begin(&self) {
        self.most.set(self.held.get().saturating_add(MOST_OF_ONE).min(MOST_OF_ALL));
    }

    /// Says that a profile holds so many bytes more.
    fn hold<T>(&self, what: &Spanned<T>, bytes: usize) -> Result<(), ProfileError> {
        self.held.set(self.held.get().saturating_add(bytes));
        if self.held.get() <= self.most.get() {
            return Ok(());
        }
        let (message, hint) = if self.most.get() < MOST_OF_ALL {
            ("the profile grows beyond 8 MiB here", "what it extends and what its variables hold count too")
        } else {
            ("the profiles grow beyond 256 MiB here", "what several of them extend counts for each")
        };
        Err(self.at(what, message.into(), Some(hint.into())))
    }

    /// Whether there is still time to explain a fault, which takes a walk through so many bytes.
    fn explains(&self, bytes: usize) -> bool {
        self.explained.set(self.explained.get().saturating_add(bytes));
        self.explained.get() <= MOST_EXPLAINED
    }

    fn mapping(&self, key: &Spanned<String>, node: Spanned<Node>) -> Result<Mapping, ProfileError> {
        match node.value {
            Node::Map(map) => Ok(map),
            Node::Null => Ok(Vec::new()),
            _ => Err(self.at(key, format!("'{}' must hold keys and values", key.value), None)),
        }
    }

    fn whole(&self, message: String) -> ProfileError {
        ProfileError { file: self.name.clone(), message, place: None, hint: None }
    }

    fn at<T>(&self, what: &Spanned<T>, message: String, hint: Option<String>) -> ProfileError {
        ProfileError { hint, ..self.error(what.at, message) }
    }

    fn error(&self, at: At, message: String) -> ProfileError {
        let is_explained = self.explains(EXPLAINED + at.offset);
        let text = if is_explained { excerpt::line(&self.text, at) } else { String::new() };
        let place = Place { line: at.line, column: at.column, text };
        ProfileError { place: Some(place), ..self.whole(message) }
    }
}

/// A document of another program, each scalar as the text it is written as.
#[derive(Clone, PartialEq, Eq)]
pub enum Document {
    /// `null`, `~` or nothing.
    Null,
    /// A scalar.
    Text(String),
    /// Several.
    List(Vec<Document>),
    /// By name, in the document's order.
    Map(Vec<(String, Document)>),
}

impl From<Node> for Document {
    fn from(node: Node) -> Self {
        match node {
            Node::Null | Node::Skipped => Self::Null,
            Node::Text(text) => Self::Text(text),
            Node::List(items) => Self::List(items.into_iter().map(|item| item.value.into()).collect()),
            Node::Map(entries) => {
                Self::Map(entries.into_iter().map(|(name, item)| (name.value, item.value.into())).collect())
            }
        }
    }
}

impl Document {
    /// Reads YAML under the same limits as a config file.
    ///
    /// # Errors
    /// YAML that is malformed, has duplicate keys, nests or repeats beyond reason.
    pub fn parse_yaml(name: &str, text: String) -> Result<Self, ProfileError> {
        let file = File::new(name, text);
        Ok(file.node(&|_| false)?.value.into())
    }
}

fn some_of(names: &[&str]) -> String {
    const MOST: usize = 10;
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names.iter().take(MOST).map(|name| shown(name)).collect::<Vec<_>>().join(", "))
}

/// The names of the variables that [`fill`] would look up in `text`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let texts = text.split("$$").flat_map(|text| text.split("${").skip(1));
    texts.filter_map(|rest| rest.split(['}', ':']).next())
}

/// The variables in a URL that are secret: by the place they stand in, or by what they hold.
fn secret_variables<'a>(url: &'a str, lookup: Lookup<'a>) -> impl Iterator<Item = &'a str> {
    let userinfo = url.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let members = query.split('&').filter_map(|member| member.split_once('='));
    let by_name = members.filter(|(name, _)| is_sensitive_name(name)).flat_map(|(_, value)| variables(value));
    let by_value = variables(url).filter(move |name| lookup(name).is_some_and(|value| !is_fit_to_show(&value)));
    variables(userinfo).chain(by_name).chain(by_value)
}

/// Why variables are not filled in.
enum Unfilled {
    /// What is wrong.
    Fault(String),
    /// It would be too much.
    Large,
}

/// `${VAR}`, `${VAR:default}` and `$$`, as long as it is not too much.
fn fill(text: &str, lookup: Lookup<'_>, most: usize) -> Result<String, Unfilled> {
    let fault = |message: &str| Unfilled::Fault(message.to_owned());
    let mut out = String::with_capacity(text.len());
    let mut looked_up = 0;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            let (inside, after) =
                after.split_once('}').ok_or_else(|| fault("'${' is not closed; write $$ for a dollar"))?;
            let (name, default) =
                inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default)));
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(fault("'${…}' must hold the name of an environment variable; write $$ for a dollar"));
            }
            match (lookup(name), default) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(default)) => out.push_str(default),
                (None, None) => {
                    return Err(Unfilled::Fault(format!(
                        "the environment variable {name} is not set (${{{name}:default}} gives a default)"
                    )));
                }
            }
            looked_up += LOOKUP;
            if out.len() + looked_up > most {
                return Err(Unfilled::Large);
            }
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn read(path: &Path, deadline: &Deadline) -> Result<(String, String), ProfileError> {
    let name = path.display().to_string();
    let home = path.strip_prefix("~").ok().and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
    let path = home.as_deref().unwrap_or(path);
    let fault = |message: String| ProfileError { file: name.as_str().into(), message, place: None, hint: None };
    let mut bytes = files::read(path, LARGEST, deadline).map_err(|error| match error {
        ReadError::Io(error) if error.kind() == ErrorKind::IsADirectory => fault("is a directory".into()),
        ReadError::TooLong { .. } => fault(format!("is {error}")),
        _ => fault(format!("cannot be read: {error}")),
    })?;
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| fault("is not valid UTF-8".into()))?;
    Ok((name, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

/// True where `-p` names a file and not a profile of the config file.
pub fn is_path(name: &str) -> bool {
    name.contains('/')
        || [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
        || cfg!(windows) && name.contains('\\')
}

/// Whether there is a file of the name that somebody gave.
pub fn is_there(path: &Path) -> bool {
    let home = path.strip_prefix("~").ok().and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
    look(home.as_deref().unwrap_or(path)).unwrap_or(false)
}

/// Whether something is there. A config file that cannot be read must not look like none.
///
/// # Errors
/// Where that cannot be told.
pub fn look(path: &Path) -> std::io::Result<bool> {
    use ErrorKind::{NotADirectory, NotFound};
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the config file is, if it is not named: below the configuration directory of the platform.
pub fn default_path() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("oauth2tok").join("config.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Secret, Source};

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("idp.example".into()),
            "EVIL" => Some("command:rm".into()),
            "EMPTY" => Some(String::new()),
            "LINES" => Some("a\nb".into()),
            _ => None,
        }
    }

    fn parse(yaml: &str) -> Result<File, ProfileError> {
        File::parse("c.yaml", yaml.into(), Wanted::All)
    }

    /// Reads what a run with `-p name` would, which must be the same as if everything were read.
    fn only(yaml: &str, name: &str) -> Result<Layer, ProfileError> {
        File::parse("c.yaml", yaml.into(), Wanted::One(name))?.profile(name, None, &lookup)
    }

    fn profile(yaml: &str, name: &str) -> Result<Layer, ProfileError> {
        let layer = parse(yaml).and_then(|file| file.profile(name, None, &lookup));
        assert_eq!(only(yaml, name), layer);
        layer
    }

    #[track_caller]
    fn check(entries: &str, key: Key, expected: Value) {
        let layer = profile(&format!("profiles:\n  p:\n    {entries}\n"), "p").unwrap();
        assert_eq!(layer.get(key).map(|entry| &entry.value), Some(&expected));
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).into()).collect())
    }

    fn literal(text: &str) -> Value {
        Value::Secret(Source::Literal(Secret::new(text)))
    }

    #[test]
    fn text_stays_text() {
        for written in
            ["0123", "no", "yes", "1e3", "0x1F", "+5", "true", "123456789012345678901234567890", ".inf", "2026-01-01"]
        {
            check(&format!("client_secret: {written}"), Key::ClientSecret, literal(written));
            check(&format!("audience: {written}"), Key::Audience, list(&[written]));
            check(&format!("audience: [{written}, b]"), Key::Audience, list(&[written, "b"]));
            check(&format!("params: {{ a: {written} }}"), Key::Params, Value::Map(vec![("a".into(), written.into())]));
        }
        check("client_secret: ' é: \"#'", Key::ClientSecret, literal(" é: \"#"));
        check("client_id: \"é\" # 5", Key::ClientId, text("é"));
    }

    #[test]
    fn scopes_are_a_list_or_a_text() {
        check("scope: read write", Key::Scope, list(&["read", "write"]));
        check("scope: |\n      read  write\n", Key::Scope, list(&["read", "write"]));
        check("scope: \"read\\twrite\"", Key::Scope, list(&["read\twrite"]));
        check("scope: [read, 'write more']", Key::Scope, list(&["read", "write", "more"]));
    }

    #[test]
    fn a_text_is_one_item_of_a_list_whatever_a_variable_holds() {
        check("audience: x-${LINES}", Key::Audience, list(&["x-a\nb"]));
        check("audience: |\n      one\n", Key::Audience, list(&["one"]));
        check("resource: [\"${LINES}\", b]", Key::Resource, list(&["a\nb", "b"]));
    }

    #[test]
    fn an_empty_variable_makes_no_secret() {
        for (source, expected) in [
            ("${EMPTY}", "the secret is empty"),
            ("${NOPE:}", "the secret is empty"),
            ("literal:${EMPTY}", "the secret is empty"),
            ("env:${EMPTY}", "'env:' must be followed by the name of an environment variable"),
            ("file:${NOPE:}", "'file:' must be followed by a path"),
            ("command:${EMPTY}", "'command:' must be followed by a command"),
        ] {
            let error = profile(&format!("profiles: {{ p: {{ password: '{source}' }} }}"), "p").unwrap_err();
            assert_eq!(error.message, format!("password: {expected}"));
            assert!(error.hint.is_some());
        }
    }

    #[test]
    fn a_variable_that_becomes_a_secret_is_noted_and_others_are_not() {
        let entries = [
            ("client_secret: ${HOST}", &["HOST"][..]),
            ("client_secret: literal:a$$${HOST}${EVIL}", &["EVIL", "HOST"]),
            ("password: ${NOPE:x}", &["NOPE"]),
            ("password: env:HOST", &["HOST"]),
            ("password: command:pass ${HOST}", &[]),
            ("password: file:${HOST}", &[]),
            ("client_id: ${HOST}", &[]),
            ("proxy: http://u:${HOST}@${EVIL}", &["HOST"]),
            ("params: { otp: '${HOST}', tenant: '${EVIL}' }", &["HOST"]),
            ("headers: { X-Api-Key: 'a ${HOST}', X-Team: '${EVIL}' }", &["HOST"]),
        ];
        for (entry, expected) in entries {
            let layer = profile(&format!("profiles:\n  p:\n    {entry}\n  q: {{ extends: p }}"), "q").unwrap();
            assert_eq!(layer.secret_variables().collect::<Vec<_>>(), expected, "{entry}");
        }
    }

    #[test]
    fn a_flags_name_is_a_profiles_key_too() {
        let pair = |value: &str| Value::Map(vec![("a".into(), value.into())]);
        check("param: { a: b }", Key::Params, pair("b"));
        check("header: { a: b }", Key::Headers, pair("b"));
        check("token_url: https://h/t", Key::TokenEndpoint, text("https://h/t"));
    }

    #[test]
    fn both_names_of_the_method_are_taken() {
        check("auth_method: post", Key::AuthMethod, text("post"));
        check("token_endpoint_auth_method: none", Key::AuthMethod, text("none"));
    }

    #[test]
    fn variables_are_filled_in_after_the_parse() {
        check("issuer: https://${HOST}/x", Key::Issuer, text("https://idp.example/x"));
        check("client_id: '${NOPE:a: b}'", Key::ClientId, text("a: b"));
        check("client_id: ${NOPE:}", Key::ClientId, text(""));
        check("client_id: a$$b$c", Key::ClientId, text("a$b$c"));
        check("client_secret: ${EVIL}", Key::ClientSecret, literal("command:rm"));
        let message = profile("profiles: { p: { client_id: '${NOPE}' } }", "p").unwrap_err().message;
        assert_eq!(message, "the environment variable NOPE is not set (${NOPE:default} gives a default)");
    }

    #[test]
    fn a_child_inherits_and_overrides() {
        let yaml = "profiles:\n  a: { client_id: x, retry: 5, params: {k: 1} }\n  b: { extends: a, client_id: y, params: {l: 2} }\n";
        let layer = profile(yaml, "b").unwrap();
        assert_eq!(layer.get(Key::ClientId).unwrap().value, text("y"));
        assert_eq!(layer.get(Key::Retry).unwrap().value, Value::Count(5));
        assert_eq!(
            layer.get(Key::Params).unwrap().value,
            Value::Map(vec![("k".into(), "1".into()), ("l".into(), "2".into())])
        );
        assert_eq!(layer.get(Key::Retry).unwrap().origin.to_string(), "profile c.yaml:2");
    }

    #[test]
    fn a_fault_far_out_on_a_line_is_told_without_it() {
        let error = parse(&format!("profiles: {}[", " ".repeat(70_000))).unwrap_err();
        assert!(error.to_string().starts_with("c.yaml:1:7") && !error.to_string().contains('|'), "{error}");
    }

    #[test]
    fn a_profile_is_read_whichever_way_its_parents_are_written() {
        for extends in
            ["extends: a", "\"extends\" : 'a'", "extends: ${NOPE:a}", "extends: >-\n      a", "extends: &x a"]
        {
            let yaml = format!("profiles:\n  a: {{ client_id: x }}\n  other: {{ nonsense: 5 }}\n  b:\n    {extends}\n");
            assert_eq!(profile(&yaml, "b").unwrap().get(Key::ClientId).unwrap().value, text("x"), "{extends}");
        }
        assert_eq!(parents("extends: a # b\n x: { extends: 'b', c: d }"), HashSet::from(["a", "b"]));
    }

    #[test]
    fn names_are_all_there_whatever_is_read() {
        let yaml = "profiles:\n  a: { client_id: x }\n  b: { nonsense: 5 }\n";
        for wanted in [Wanted::All, Wanted::One("a"), Wanted::Names] {
            let file = File::parse("c.yaml", yaml.into(), wanted).unwrap();
            assert_eq!(file.names().collect::<Vec<_>>(), ["a", "b"]);
        }
    }

    #[test]
    fn anchors_and_merge_keys_work() {
        let yaml = "profiles:\n  a: &a { client_id: x }\n  b:\n    <<: *a\n    retry: 1\n";
        assert_eq!(profile(yaml, "b").unwrap().get(Key::ClientId).unwrap().value, text("x"));
    }

    #[track_caller]
    fn check_error(yaml: &str, expected: &str, hint: Option<&str>) {
        let error = profile(yaml, "p").unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint.as_deref()), (expected, hint));
    }

    #[test]
    fn an_error_shows_the_place_the_line_and_the_nearest_name() {
        check_error(
            "profiles:\n  p:\n    cliend_id: ci-bot\n",
            "c.yaml:3:5: unknown key 'cliend_id'\n 3 |     cliend_id: ci-bot\n   |     ^",
            Some("did you mean 'client_id'?"),
        );
        check_error(
            "profiles:\n  p:\n    timeout: soon # and so\n",
            "c.yaml:3:14: timeout: expected a time span such as 30s, 500ms or 2m\n 3 |     timeout: soon # and so\n   |              ^",
            None,
        );
        check_error(
            "profiles:\n  p:\n    client_secret: 'env:'\n",
            "c.yaml:3:20: client_secret: 'env:' must be followed by the name of an environment variable\n 3 |     client_secret: …\n   |                    ^",
            None,
        );
        check_error(
            "profiles:\n  prod: {}\n  pp: {}\n",
            "c.yaml: there is no profile of that name",
            Some("did you mean 'pp'?"),
        );
        check_error(
            "profile:\n  p: {}\n",
            "c.yaml:1:1: unknown key 'profile'\n 1 | profile:\n   | ^",
            Some("did you mean 'profiles'?"),
        );
        check_error(
            "profiles:\n  p:\n    insecure: true\n",
            "c.yaml:3:5: unknown key 'insecure'\n 3 |     insecure: true\n   |     ^",
            Some("for safety this is taken from the flag --insecure alone"),
        );
        check_error(
            "profiles:\n  p:\n    cache: yes\n",
            "c.yaml:3:12: cache: expected true or false\n 3 |     cache: yes\n   |            ^",
            None,
        );
    }

    #[test]
    fn duplicate_keys_are_refused_wherever_they_are() {
        for yaml in [
            "profiles:\n  p: {}\n  p: {}\n",
            "profiles:\n  p:\n    client_id: a\n    client_id: b\n",
            "profiles:\n  p:\n    auth_method: post\n    token_endpoint_auth_method: post\n",
            "profiles: {}\nprofiles: {}\n",
        ] {
            let message = profile(yaml, "p").unwrap_err().message;
            assert!(message.starts_with("duplicate key") || message.contains("set twice"), "{message}");
        }
    }

    #[test]
    fn circles_wrong_shapes_and_missing_values_are_refused() {
        for (yaml, expected) in [
            ("profiles: {p: {extends: q}, q: {extends: p}}", "'extends' runs in a circle or too deep: p → q → p"),
            ("profiles: {p: {extends: prood}, prod: {}}", "there is no profile 'prood'"),
            ("profiles: {p: {extends: nope}}", "there is no profile (not shown: it may be a secret)"),
            ("profiles: {p: {extends: '${EVIL}'}}", "there is no profile (not shown: it may be a secret)"),
            ("profiles: {p: []}", "profile 'p' must hold keys and values"),
            ("profiles: {p: {client_id: }}", "client_id has no value"),
            ("profiles: {p: {client_id: [a]}}", "client_id: expected a single value"),
            ("profiles: {p: {params: a}}", "params: expected names and values"),
            ("profiles: {p: {scope: {a: b}}}", "scope: expected a text or a list of texts"),
            ("[]", "expected keys and values"),
            ("defaults: 5", "'defaults' must hold keys and values"),
        ] {
            assert_eq!(profile(yaml, "p").unwrap_err().message, expected, "{yaml}");
        }
    }

    #[test]
    fn bombs_and_deep_nesting_are_refused_at_once() {
        let bomb = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(1000), "*a,".repeat(2000));
        let laughs = (b'a'..b'y').fold("a: &a [x, x]\n".to_owned(), |yaml, c| {
            let (this, next) = (char::from(c), char::from(c + 1));
            yaml + &format!("{next}: &{next} [{}]\n", format!("*{this}, ").repeat(10))
        });
        for yaml in [
            bomb,
            laughs,
            "[".repeat(100_000),
            format!("p: {}1{}", "[".repeat(40), "]".repeat(40)),
            "a: !ruby/object x".into(),
        ] {
            let message = parse(&yaml).unwrap_err().message;
            assert!(
                ["nest too deep", "repeat too much", "unsupported tag"].iter().any(|why| message.contains(why)),
                "{message}"
            );
        }
    }

    #[test]
    fn a_syntax_error_shows_its_line_and_no_secret() {
        for (yaml, expected) in [
            (
                "profiles:\n  p:\n    client_secret: \"s3cret\n    client_id: x\n",
                "c.yaml:3:20: this quote is not closed\n 3 |     client_secret: …\n   |                    ^",
            ),
            (
                "profiles:\n  p:\n    scope: 'a\n",
                "c.yaml:3:12: this quote is not closed\n 3 |     scope: 'a\n   |            ^",
            ),
            ("- x: y\n", "c.yaml:1:1: expected keys and values\n 1 | - x: y\n   | ^"),
            ("# x\n\n  s3cret\n", "c.yaml:3:3: expected keys and values"),
            ("a: 1\n---\nb: 2\n", "c.yaml:2:1: a second document begins here ('---'): a file holds one"),
            ("a: &a x\nb: *c\n", "c.yaml:2:4: while parsing node, found unknown anchor\n 2 | b: *c\n   |    ^"),
            ("? [a]\n: b\n", "c.yaml:1:3: a key must be a text"),
        ] {
            assert_eq!(parse(yaml).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn no_slip_of_the_pen_brings_a_secret_out() {
        const SLIPS: [&str; 18] =
            ["", " ", "  ", "\"", "'", "{", "[", "}", "]", ":", "\n", "#", "\t", "-", ",", "*", "&", "x"];
        let forms = [
            "client_secret: s3cret",
            "client_secret: 's3cret'",
            "client_secret: \"s3cret\"",
            "client_secret: |\n      s3cret: x\n      s3cret",
            "client_secret: >-\n      s3cret",
            "client_secret:\n      s3cret",
            "client_secret: literal:s3cret",
            "password: command:pass 's3cret'",
            "refresh_token: s3cret",
            "params: { otp: s3cret, x: y }",
            "params:\n      otp: s3cret",
            "headers: { X-Api-Key: s3cret }",
            "headers:\n      X-Api-Key: 's3cret'",
            "proxy: http://u:s3cret@proxy:1",
            "client_secret:s3cret",
            "client_secret:s3cret: x",
            "client_secret=s3cret: x",
            "client_secret s3cret:",
            "client_secrets3cret: x",
            "client_se cret:s3cret:",
            "&client_secret:s3cret",
            "*client_secret:s3cret",
            "!client_secret:s3cret x",
            "{ client_secret:s3cret }",
            "extends: p client_secret:s3cret",
        ];
        for form in forms {
            let yaml = format!("profiles:\n  p:\n    client_id: x\n    {form}\n    timeout: 5s\n  q: {{ {form} }}\n");
            let check = |yaml: &str| {
                let told =
                    profile_all(yaml).map_or_else(|error| format!("{error}{:?}", error.hint), |()| String::new());
                assert!(!told.contains("s3cret"), "{yaml}\n{told}");
            };
            let places = (0..yaml.len()).filter(|at| !yaml[..*at].ends_with(['s', '3', 'c', 'r', 'e', 't']));
            for at in places.step_by(5) {
                // Half of the slips at every fifth place are enough to meet what matters.
                for slip in SLIPS.iter().skip(at % 2).step_by(2) {
                    check(&format!("{}{slip}{}", &yaml[..at], &yaml[at..]));
                    check(&format!("{}{slip}{}", &yaml[..at], &yaml[at + 1..]));
                }
            }
        }
    }

    #[test]
    fn a_name_that_may_be_a_secret_is_not_repeated() {
        for (entries, expected) in [
            ("client_secret:s3: x", "unknown key 'client_secret…'"),
            ("client_se cret:s3cret: x", "unknown key 'client_se cret…'"),
            ("client_secrets3cret: x", "unknown key 'client_secret…'"),
            ("{client_secret:s3cret}", "unknown key 'client_secret…'"),
            ("s3cret:", "unknown key (not shown: it may be a secret)"),
            ("s3cret: x # client_secret", "unknown key (not shown: it may be a secret)"),
            ("? s3cret\n    : x", "unknown key (not shown: it may be a secret)"),
            ("params: {s3cret: a, s3cret: b}", "duplicate key (not shown: it may be a secret)"),
            ("extends: p s3cret", "there is no profile 'p…'"),
        ] {
            let error = profile(&format!("profiles:\n  p:\n    {entries}\n"), "p").unwrap_err();
            assert_eq!(error.message, expected, "{entries}");
            assert!(!format!("{error}{:?}", error.hint).contains("s3"), "{entries}\n{error}");
        }
        let error = parse("client_secret:s3cret: x").unwrap_err();
        assert_eq!(error.to_string(), "c.yaml:1:1: unknown key 'client_secret…'");
        let error = profile("profiles: {}", "s3cret").unwrap_err();
        assert_eq!(error.to_string(), "c.yaml: there is no profile of that name");
    }

    /// What a computer does for `text` of size `n` and `4 n`, as a ratio: 4 where the work grows as the text does.
    #[track_caller]
    fn check_growth(n: usize, text: impl Fn(usize) -> String, work: impl Fn(&str)) {
        let took = |text: &str| {
            let best = (0..2).map(|_| {
                let start = std::time::Instant::now();
                work(text);
                start.elapsed()
            });
            best.min().unwrap_or_default().as_secs_f64()
        };
        let (small, large) = (text(n), text(4 * n));
        // Where something else takes the processor, it is tried again.
        assert!((0..5).any(|_| took(&large) < 8.0 * took(&small)), "{n}");
    }

    #[test]
    fn reading_takes_as_long_as_the_text_is() {
        let check_all = |yaml: &str| {
            if let Ok(file) = parse(yaml) {
                file.names().for_each(|name| drop(file.profile(name, None, &lookup)));
            }
        };
        let of = |entry: fn(usize) -> String| {
            move |n: usize| format!("profiles:\n{}", (0..n).map(entry).collect::<String>())
        };
        check_growth(4000, of(|i| format!("  p{i}: {{extends: p{}}}\n", i / 2)), |yaml| drop(only(yaml, "p0")));
        check_growth(500, of(|i| format!("  p{i}: {{extends: p{}}}\n", i / 2)), check_all);
        // Of faults only so many are explained that the rest costs little.
        check_growth(100, of(|i| format!("  p{i}: {{extends: q{i}}}\n")), check_all);
        let flow = |n: usize| format!("profiles: {{{}}}", (0..n).map(|i| format!("p{i}: {{}}, ")).collect::<String>());
        check_growth(1000, flow, check_all);
        let pairs = |n: usize| (0..n).map(|i| format!("k{i}: v, ")).collect::<String>();
        let params = |n: usize| {
            format!("profiles: {{p: {{params: {{{}}}}}, q: {{extends: p, params: {{{}}}}}}}", pairs(n), pairs(n))
        };
        check_growth(4000, params, |yaml| drop(only(yaml, "q")));
        let merged = |n: usize| format!("a: &a {{{}}}\nb: {{<<: *a, {}}}", pairs(n), pairs(n).replace('k', "l"));
        check_growth(4000, merged, |yaml| drop(parse(yaml)));
        let name = |n: usize| format!("profiles: {{p: {{{}: x}}}}", "x".repeat(n));
        check_growth(2000, name, |yaml| drop(only(yaml, "p")));
    }

    #[test]
    fn of_many_faults_the_first_are_explained() {
        let profiles = |n: usize| (0..n).map(|i| format!("  p{i}:\n    cliend_id: x\n")).collect::<String>();
        let file = parse(&format!("profiles:\n{}", profiles(2000))).unwrap();
        let faults: Vec<_> = file.names().filter_map(|name| file.profile(name, None, &lookup).err()).collect();
        assert_eq!(faults.len(), 2000);
        let explained = faults.iter().take_while(|fault| fault.message == "unknown key 'cliend_id'").count();
        assert!((50..200).contains(&explained), "{explained}");
        assert!(faults.iter().all(|fault| fault.message.contains("unknown key") && fault.place.is_some()));
    }

    #[test]
    fn what_grows_by_reference_is_bounded_in_bytes() {
        let large = |name: &str| (name == "LARGE").then(|| "x".repeat(100_000));
        let grows = |yaml: String, name: &str| {
            let error = parse(&yaml).unwrap().profile(name, None, &large).unwrap_err();
            assert!(error.message.contains("grows beyond 8 MiB"), "{error}");
        };
        grows(format!("profiles: {{p: {{client_id: '{}'}}}}", "${LARGE}".repeat(100)), "p");
        grows(format!("profiles: {{p: {{client_secret: '{}'}}}}", "${LARGE}".repeat(100)), "p");
        grows(format!("profiles: {{p: {{scope: [{}]}}}}", "'${LARGE}',".repeat(100)), "p");
        grows(format!("profiles: {{p: {{client_id: '{}'}}}}", "${NOPE:}".repeat(40_000)), "p");
        let chain: String = (0..10)
            .map(|i| format!("  p{i}: {{extends: p{}, param: {{k{i}: '{}'}}}}\n", i + 1, "${LARGE}".repeat(10)))
            .collect();
        grows(format!("profiles:\n{chain}  p10: {{}}\n"), "p0");

        // What is not filled in is not looked up for anything else either.
        let asked = Cell::new(0);
        let counted = |name: &str| {
            asked.set(asked.get() + 1);
            large(name)
        };
        for key in ["token_endpoint", "proxy", "base_url"] {
            let yaml = format!("profiles: {{p: {{{key}: 'https://h/{}'}}}}", "${LARGE}".repeat(10_000));
            let error = parse(&yaml).unwrap().profile("p", None, &counted).unwrap_err();
            assert!(error.message.contains("grows beyond 8 MiB"), "{error}");
        }
        assert!(asked.get() < 1000, "{}", asked.get());

        // Many that extend a large one, each of which is within bounds.
        let child = |i: usize| format!("  p{i}: {{extends: p}}\n");
        let yaml = format!(
            "profiles:\n  p: {{client_id: {}}}\n{}",
            "x".repeat(1 << 20),
            (0..300).map(child).collect::<String>()
        );
        let file = parse(&yaml).unwrap();
        let faults: Vec<_> = file.names().filter_map(|name| file.profile(name, None, &lookup).err()).collect();
        assert!((40..60).contains(&faults.len()), "{}", faults.len());
        assert!(faults.iter().all(|error| error.message.contains("grow beyond 256 MiB")), "{:?}", faults[0].message);
    }

    fn profile_all(yaml: &str) -> Result<(), ProfileError> {
        let file = parse(yaml)?;
        file.profile("p", None, &lookup)?;
        file.profile("q", None, &lookup).map(drop)
    }

    #[test]
    fn a_single_profile_file_is_one_profile() {
        let config = parse("profiles: { base: { retry: 7 } }").unwrap();
        let single = File::parse_single("x.yaml", "extends: base\nclient_id: x\n".into()).unwrap();
        let layer = single.profile("x.yaml", Some(&config), &lookup).unwrap();
        assert_eq!(layer.get(Key::Retry).unwrap().value, Value::Count(7));
        assert!(File::parse_single("x.yaml", "profiles: {}".into()).unwrap_err().message.contains("several profiles"));
        assert!(File::parse_single("x.yaml", String::new()).unwrap().profile("x.yaml", None, &lookup).is_ok());
    }

    #[test]
    fn a_path_is_told_from_a_name() {
        for (name, expected) in
            [("prod", false), ("prod.yaml", true), ("./prod", true), ("a.yml", true), ("a.json", false)]
        {
            assert_eq!(is_path(name), expected, "{name}");
        }
    }
}
