//! `<tenant>`: what an example leaves to its reader. No server is called so, and no client.

use super::key::{Kind, SettingValue};
use super::{Key, Layer, SettingsError};

/// Longer ones are text (bytes).
const LONGEST: usize = 40;

/// Refuses a setting in which a placeholder stands.
///
/// # Errors
/// The first one.
pub(super) fn refuse(layer: &Layer) -> Result<(), SettingsError> {
    let found = layer.entries().find_map(|(key, entry)| Some((key, within(key, &entry.value)?)));
    match found {
        Some((key, placeholder)) => {
            Err(SettingsError::Placeholder { key, origin: layer.origin(key), placeholder: placeholder.to_owned() })
        }
        None => Ok(()),
    }
}

/// The placeholder in the value of a setting. A form field or a header may hold anything, so there it is the whole of it.
fn within(key: Key, value: &SettingValue) -> Option<&str> {
    match value {
        SettingValue::Text(text) if !matches!(key.setting().kind, Kind::Choice(_) | Kind::Ranges) => first(text),
        SettingValue::List(items) => items.iter().find_map(|item| first(item)),
        SettingValue::Map(pairs) => {
            let plain = pairs.iter().filter(|pair| !pair.is_secret);
            plain.map(|pair| pair.value.as_str()).find(|value| first(value) == Some(*value))
        }
        _ => None,
    }
}

/// `<`, a word or some, `>`.
fn first(text: &str) -> Option<&str> {
    text.match_indices('<').find_map(|(at, _)| {
        let inner = text[at + 1..].split_once('>')?.0;
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.');
        let begins = inner.starts_with(|c: char| c.is_ascii_alphabetic());
        (begins && inner.len() <= LONGEST && inner.chars().all(is_word)).then(|| &text[at..at + inner.len() + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{refused, settings};

    #[test]
    fn a_placeholder_is_told_from_text() {
        for (text, expected) in [
            ("https://<TENANT>.example/t", Some("<TENANT>")),
            ("api://<api-app id>/.default", Some("<api-app id>")),
            ("a<b", None),
            ("<>", None),
            ("< a>", None),
            ("<1>", None),
            ("<a@b.example>", None),
            ("<<a>>", Some("<a>")),
        ] {
            assert_eq!(first(text), expected, "{text}");
        }
        assert_eq!(first(&"<a".repeat(100_000)), None);
    }

    #[test]
    fn it_is_refused_where_it_cannot_be_meant() {
        let told = "is a placeholder";
        refused(&[(Key::TokenEndpoint, "https://<host>/token")], told);
        refused(&[(Key::ClientId, "<id>")], told);
        refused(&[(Key::Scope, "api://<id>/.default")], told);
        refused(&[(Key::Params, "account_id=<account-id>")], told);
        assert!(settings(&[(Key::Params, "template=a <b> c"), (Key::Headers, "X-Id: <a@b>")]).is_ok());
    }
}
