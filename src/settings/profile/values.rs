//! The values of a profile, each by its setting's kind.

use super::bounds::Passed;
use super::fill::{Unfilled, Variables, fill, secret_variables, variables};
use super::{Faults, File, ProfileError};
use crate::secret::Source;
use crate::secret::names::is_sensitive_name;
use crate::secret::source::line;
use crate::settings::key::{Key, Kind, NO_COMMAND, Pair, SettingValue, command};
use crate::settings::layer::{Layer, Origin};
use crate::settings::yaml::{At, Mapping, Node, Spanned};
use crate::settings::{claims, is_fit_to_show};

/// What a name and its value count beside their text: the work that each is (bytes).
const ENTRY: usize = 64;

impl File {
    /// What `entries` say, as far as it makes sense, and what they extend.
    pub(super) fn layer(
        &self,
        entries: &Mapping,
        of: &str,
        lookup: Variables<'_>,
        faults: &mut Faults,
    ) -> (Layer, Option<Spanned<String>>) {
        let mut layer = Layer::default();
        let mut extends = None;
        for (name, node) in entries {
            match self.entry_of(name, node, of, lookup, &mut layer, faults) {
                Ok(parent) => extends = parent.or(extends),
                Err(fault) => faults.push(fault),
            }
            if faults.are_many() {
                break;
            }
        }
        (layer, extends)
    }

    /// Reads one entry into `layer`. What comes back is the profile that it extends.
    fn entry_of(
        &self,
        name: &Spanned<String>,
        node: &Spanned<Node>,
        of: &str,
        lookup: Variables<'_>,
        layer: &mut Layer,
        faults: &mut Faults,
    ) -> Result<Option<Spanned<String>>, ProfileError> {
        if name.value == "extends" && of != "defaults" {
            let mut parent = name.clone();
            parent.value = self.fill(node, &self.text_of(name, node)?, lookup)?;
            parent.at = node.at;
            return Ok(Some(parent));
        }
        let key = Key::from_profile_name(&name.value).ok_or_else(|| self.unknown(name))?;
        if layer.get(key).is_some() || layer.removed().any(|(removed, _)| removed == key) {
            return Err(self.at(name, format!("'{}' is set twice, under two names for the same", key.name()), None));
        }
        self.hold(name, ENTRY)?;
        // The place a person looks for is the key's, also where the value came by an alias.
        let origin = Origin::Profile { file: self.name.clone(), line: name.at.line };
        match node.value {
            Node::Null => layer.remove(key, None, origin),
            _ => {
                let value = self.value(key, node, lookup, layer, faults);
                let value = value.map_err(|fault| ProfileError { key: Some(key), ..fault })?;
                self.look_at(key, node, &value, &origin, layer);
                layer.set(key, value, origin);
            }
        }
        Ok(None)
    }

    /// Warns of a secret that stands in a file that others can read, or that YAML may have cut.
    fn look_at(&self, key: Key, node: &Spanned<Node>, value: &SettingValue, origin: &Origin, layer: &mut Layer) {
        let is_written = |text: &str| variables(text).next().is_none();
        let stands_here = match (value, &node.value) {
            (SettingValue::Secret(source), _) => self.stands(key, node, source, origin, layer),
            (SettingValue::Map(_), Node::Map(entries)) => entries.iter().any(|(name, item)| {
                let texts = match &item.value {
                    Node::List(items) => items.as_slice(),
                    _ => std::slice::from_ref(item),
                };
                let mut texts = texts.iter().filter_map(|item| item.value.text());
                is_sensitive_name(&name.value) && texts.any(|text| !text.is_empty() && is_written(text))
            }),
            (SettingValue::Secrets(secrets), Node::Map(entries)) => {
                let said = entries.iter().filter(|(_, item)| !matches!(item.value, Node::Null));
                let stand =
                    said.zip(secrets).map(|((_, item), (_, source))| self.stands(key, item, source, origin, layer));
                // Each is looked at, for what it warns of.
                stand.filter(|stands| *stands).count() > 0
            }
            (SettingValue::Claims(_), Node::Map(entries)) => entries.iter().any(|(name, item)| {
                let mut stands = false;
                texts(item, &mut |text| stands |= !text.is_empty() && is_written(text));
                is_sensitive_name(&name.value) && stands
            }),
            (SettingValue::Text(url), node) if key.setting().kind == Kind::Url => {
                is_written(node.text().unwrap_or_default()) && !is_fit_to_show(url)
            }
            _ => false,
        };
        if stands_here && self.is_open_to_others && !self.is_told_of.replace(true) {
            layer.warn(format!(
                "{} ({origin}): a secret stands in a file that other users can read: 'chmod 600 {}', or write env:NAME, file:PATH or command:CMD instead",
                key.name(),
                line(&[self.name.to_string()])
            ));
        }
    }

    /// True where a secret stands in the file itself; warns where YAML may have cut it.
    fn stands(&self, key: Key, node: &Spanned<Node>, source: &Source, origin: &Origin, layer: &mut Layer) -> bool {
        let text = node.value.text().unwrap_or_default();
        if source.is_literal() && self.is_cut(node.at, text) {
            layer.warn(format!(
                "{} ({origin}): in YAML a comment begins at ' #', and what stands behind it is no part of the secret; put the secret in quotes if it should be",
                key.name()
            ));
        }
        source.is_literal() && variables(text).next().is_none()
    }

    /// True where a plain text ends at what YAML takes for a comment, which looks like none: `abc #def`.
    fn is_cut(&self, at: At, text: &str) -> bool {
        let rest = self.text.get(at.offset..).and_then(|rest| rest.strip_prefix(text));
        let line = rest.map_or("", |rest| rest.split(['\n', '\r']).next().unwrap_or_default());
        let comment = line.trim_start_matches([' ', '\t']).strip_prefix('#');
        line.starts_with([' ', '\t']) && comment.is_some_and(|comment| !comment.starts_with([' ', '\t']))
    }

    fn value(
        &self,
        key: Key,
        node: &Spanned<Node>,
        lookup: Variables<'_>,
        layer: &mut Layer,
        faults: &mut Faults,
    ) -> Result<SettingValue, ProfileError> {
        let wrong = |node: &Spanned<Node>, expected: &str| self.of(key, node.at, format!("{}: {expected}", key.name()));
        match (key.setting().kind, &node.value) {
            (Kind::List(_), Node::List(items)) => {
                let mut list = Vec::new();
                for item in items {
                    let text = item.value.text().ok_or_else(|| wrong(item, "expected a text"))?;
                    let text = self.fill(item, text, lookup)?;
                    list.extend(key.read_items(&text));
                }
                Ok(SettingValue::List(list))
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
                Ok(SettingValue::Text(text))
            }
            (Kind::Map { .. }, Node::Map(entries)) => {
                let mut map = Vec::new();
                for (name, item) in entries {
                    let values = match &item.value {
                        Node::Null => &[],
                        Node::List(items) => items.as_slice(),
                        _ => std::slice::from_ref(item),
                    };
                    if values.is_empty() {
                        let origin = Origin::Profile { file: self.name.clone(), line: name.at.line };
                        layer.remove(key, Some(&name.value), origin);
                    }
                    for (at, value) in values.iter().enumerate() {
                        if faults.are_many() {
                            break;
                        }
                        self.hold(name, ENTRY + name.value.len())?;
                        let is_secret = is_sensitive_name(&name.value);
                        let text = value.value.text().ok_or_else(|| wrong(value, "expected a text"));
                        let filled = text.and_then(|text| Ok((text, self.filled(value, text, lookup, is_secret)?)));
                        let (text, filled) = match filled {
                            Ok(filled) => filled,
                            // One says nothing of the next.
                            Err(fault) => {
                                faults.push(fault);
                                continue;
                            }
                        };
                        let pair = Pair::new(&name.value, filled);
                        if pair.is_secret {
                            variables(text).for_each(|variable| layer.note_secret_variable(variable));
                        }
                        map.push(Pair { is_further: at > 0, ..pair });
                    }
                }
                Ok(SettingValue::Map(map))
            }
            (Kind::Claims, Node::Map(entries)) => {
                let mut claims = Vec::new();
                for (name, item) in entries {
                    if Pair::is_secret(&name.value) {
                        texts(item, &mut |text| variables(text).for_each(|name| layer.note_secret_variable(name)));
                    }
                    self.hold(name, ENTRY + name.value.len())?;
                    let mut json = String::new();
                    self.json(item, lookup, &mut json)?;
                    claims.push((name.value.clone(), json));
                }
                Ok(SettingValue::Claims(claims))
            }
            (Kind::Json, Node::List(_) | Node::Map(_)) => {
                let mut json = String::new();
                self.json(node, lookup, &mut json)?;
                Ok(SettingValue::Text(json))
            }
            (Kind::Secrets, Node::Map(entries)) => {
                let mut secrets = Vec::new();
                for (name, item) in entries {
                    self.hold(name, ENTRY + name.value.len())?;
                    match item.value.text() {
                        Some(text) => secrets.push((name.value.clone(), self.source(key, item, text, lookup, layer)?)),
                        None if matches!(item.value, Node::Null) => {
                            let origin = Origin::Profile { file: self.name.clone(), line: name.at.line };
                            layer.remove(key, Some(&name.value), origin);
                        }
                        None => return Err(wrong(item, "expected a text")),
                    }
                }
                Ok(SettingValue::Secrets(secrets))
            }
            (Kind::Map { .. } | Kind::Claims | Kind::Secrets, _) => Err(wrong(node, "expected names and values")),
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
                if kind == Kind::Secret || key.names_source(text) {
                    return self.source(key, node, text, lookup, layer).map(SettingValue::Secret);
                }
                if kind == Kind::Command {
                    let words = command(text).map_err(|expected| wrong(node, expected))?;
                    let words: Result<Vec<_>, _> =
                        words.iter().map(|word| self.filled(node, word, lookup, true)).collect();
                    let words = words?;
                    return match words.first().is_some_and(|program| !program.is_empty()) {
                        true => Ok(SettingValue::Command(words)),
                        false => Err(wrong(node, NO_COMMAND)),
                    };
                }
                // A block scalar ends with a line end that is no part of any item.
                let text = if matches!(kind, Kind::List(_)) { text.strip_suffix('\n').unwrap_or(text) } else { text };
                let unfilled = text;
                let text = self.fill(node, text, lookup)?;
                // Only now: of what is not filled in there may be more than anybody wants to look up.
                if kind == Kind::Url {
                    secret_variables(unfilled, lookup).iter().for_each(|variable| layer.note_secret_variable(variable));
                }
                if kind == Kind::Switch && !matches!(text.as_str(), "true" | "false") {
                    return Err(wrong(node, "expected true or false"));
                }
                // What a variable holds never turns a path into another source.
                if kind == Kind::Path {
                    return Ok(SettingValue::Text(text));
                }
                key.read(&text).map_err(|expected| wrong(node, &expected))
            }
        }
    }

    /// The source that `text` names.
    fn source(
        &self,
        key: Key,
        node: &Spanned<Node>,
        text: &str,
        lookup: Variables<'_>,
        layer: &mut Layer,
    ) -> Result<Source, ProfileError> {
        let wrong = |expected: &str| self.of(key, node.at, format!("{}: {expected}", key.name()));
        // The kind of source is settled before variables are filled in.
        let source = Source::parse(text).map_err(|error| wrong(&error.to_string()))?;
        let source = key.checked(source).map_err(|why| wrong(&why))?;
        if source.is_literal() {
            variables(text).for_each(|variable| layer.note_secret_variable(variable));
        }
        let filled = source.try_map(|part| self.filled(node, part, lookup, true))?;
        filled.checked().map_err(|error| ProfileError {
            hint: Some("in CI an empty variable is usually a secret that the job may not read".into()),
            ..wrong(&error.to_string())
        })
    }

    /// Writes a node as compact JSON. What is a text is settled before variables are filled in.
    fn json(&self, node: &Spanned<Node>, lookup: Variables<'_>, out: &mut String) -> Result<(), ProfileError> {
        self.hold(node, ENTRY)?;
        match &node.value {
            Node::Null => out.push_str("null"),
            Node::Plain(text) if claims::of_plain(text).is_some() => out.push_str(text),
            Node::Plain(text) | Node::Text(text) => out.push_str(&claims::quoted(&self.fill(node, text, lookup)?)),
            Node::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.json(item, lookup, out)?;
                }
                out.push(']');
            }
            Node::Map(entries) => {
                out.push('{');
                for (at, (name, item)) in entries.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.hold(name, name.value.len())?;
                    out.push_str(&claims::quoted(&name.value));
                    out.push(':');
                    self.json(item, lookup, out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    fn text_of(&self, name: &Spanned<String>, node: &Spanned<Node>) -> Result<String, ProfileError> {
        let text = node.value.text().map(str::to_owned);
        text.ok_or_else(|| self.at(name, format!("{} must be a text", name.value), None))
    }

    fn fill(&self, node: &Spanned<Node>, text: &str, lookup: Variables<'_>) -> Result<String, ProfileError> {
        self.filled(node, text, lookup, false)
    }

    fn filled(
        &self,
        node: &Spanned<Node>,
        text: &str,
        lookup: Variables<'_>,
        is_secret: bool,
    ) -> Result<String, ProfileError> {
        let most = self.bounds.left();
        match fill(text, lookup, most, is_secret) {
            Ok(filled) => self.hold(node, filled.len()).map(|()| filled),
            Err(Unfilled::Large) => self.hold(node, most + 1).map(|()| String::new()),
            Err(Unfilled::Fault(message, hint)) => Err(self.at(node, message, hint)),
        }
    }

    /// Says that the profile at hand holds so many bytes more.
    fn hold<T>(&self, what: &Spanned<T>, bytes: usize) -> Result<(), ProfileError> {
        let passed = |(message, hint): Passed| self.at(what, message.to_owned(), Some(hint.to_owned()));
        self.bounds.hold(bytes).map_err(passed)
    }
}

/// Tells every text below a node.
fn texts<'n>(node: &'n Spanned<Node>, tell: &mut dyn FnMut(&'n str)) {
    match &node.value {
        Node::Null => {}
        Node::Text(text) | Node::Plain(text) => tell(text),
        Node::List(items) => items.iter().for_each(|item| texts(item, tell)),
        Node::Map(entries) => entries.iter().for_each(|(_, item)| texts(item, tell)),
    }
}
