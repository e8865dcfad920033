//! Another program's YAML, under the same limits as a config file.

use super::{File, ProfileError};
use crate::settings::claims;
use crate::settings::yaml::Node;

/// A document of another program, each scalar as the text it is written as.
#[derive(Clone, PartialEq, Eq)]
pub enum Document {
    /// `null`, `~` or nothing.
    Null,
    /// A text.
    Text(String),
    /// A scalar that is none in JSON either: `true`, `false`, a number.
    Plain(String),
    /// Several.
    List(Vec<Document>),
    /// By name, in the document's order.
    Map(Vec<(String, Document)>),
}

impl From<Node> for Document {
    fn from(node: Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Plain(text) if claims::of_plain(&text).is_some() => Self::Plain(text),
            Node::Text(text) | Node::Plain(text) => Self::Text(text),
            Node::List(items) => Self::List(items.into_iter().map(|item| item.value.into()).collect()),
            Node::Map(entries) => {
                Self::Map(entries.into_iter().map(|(name, item)| (name.value, item.value.into())).collect())
            }
        }
    }
}

impl Document {
    /// A scalar as it is written.
    pub fn scalar(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Plain(text) => Some(text),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Reads YAML under the same limits as a config file.
    ///
    /// # Errors
    /// YAML that is malformed, has duplicate keys, nests or repeats beyond reason.
    pub fn parse_yaml(name: &str, text: String) -> Result<Self, ProfileError> {
        let file = File::new(name, text);
        Ok(file.node()?.value.into())
    }
}
