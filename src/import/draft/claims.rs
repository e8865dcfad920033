//! JSON values: claims of assertions and members of their headers.

use super::super::text::Text;
use super::{Draft, Key, Written};
use crate::settings::Document;
use crate::settings::profile::write::{quoted, scalar};

/// How deep values may nest.
const DEEPEST: usize = 32;

/// A JSON value of a foreign configuration, its texts perhaps with variables in them.
pub(in crate::import) enum Json {
    /// A text.
    Text(Text),
    /// `true`, `false`, `null` or a number.
    Plain(String),
    /// Several.
    List(Vec<Json>),
    /// By name.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// A document whose texts `read` takes; `None` where it tells a fault.
    pub(in crate::import) fn of(document: &Document, read: &mut dyn FnMut(&Document) -> Option<Text>) -> Option<Self> {
        Some(match document {
            Document::Null => Self::Plain("null".into()),
            Document::Plain(text) => Self::Plain(text.clone()),
            Document::Text(_) => Self::Text(read(document)?),
            Document::List(items) => Self::List(items.iter().map(|item| Self::of(item, read)).collect::<Option<_>>()?),
            Document::Map(members) => {
                let member = |(name, member): &(String, Document)| Some((name.clone(), Self::of(member, read)?));
                Self::Map(members.iter().map(member).collect::<Option<_>>()?)
            }
        })
    }
}

impl Draft {
    /// One more claim or member of a header. What its name gives away as secret is treated as one.
    pub(in crate::import) fn claim(&mut self, key: Key, from: &str, name: &str, value: &Json) {
        let earlier = self.fields.insert((key, name.to_owned()), 0);
        if earlier.is_some() {
            return self.fault(from, "it is given twice");
        }
        let Some(yaml) = self.flow(key, from, name, value, 0) else { return };
        self.origins.entry(key).or_insert_with(|| from.to_owned());
        if let Written::Claims(claims) = self.values.entry(key).or_insert_with(|| Written::Claims(Vec::new())) {
            claims.push((name.to_owned(), yaml));
        }
    }

    /// Whether such a claim has been put there.
    pub(in crate::import) fn has_claim(&self, name: &str) -> bool {
        self.fields.contains_key(&(Key::AssertionClaims, name.to_owned()))
    }

    /// The value as YAML on one line; `None` where it cannot be written.
    fn flow(&mut self, key: Key, from: &str, name: &str, value: &Json, depth: usize) -> Option<String> {
        let each = |draft: &mut Self, name: &str, value: &Json| draft.flow(key, from, name, value, depth + 1);
        match value {
            Json::Plain(text) => Some(text.clone()),
            Json::Text(text) => {
                let text = self.fits(from, text).then(|| self.named_value(key, from, name, text))?;
                Some(scalar(&text.in_profile()))
            }
            Json::List(_) | Json::Map(_) if depth > DEEPEST => {
                self.fault(from, "it nests too deep");
                None
            }
            Json::List(items) => {
                let items: Option<Vec<_>> = items.iter().map(|item| each(self, name, item)).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Json::Map(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Some(format!("{}: {}", quoted(name), each(self, name, member)?)));
                Some(format!("{{{}}}", members.collect::<Option<Vec<_>>>()?.join(", ")))
            }
        }
    }
}
