//! A draft as a YAML file with one profile, once the profile reader takes it.

use super::super::text::Text;
use super::super::{ImportError, System};
use super::{Draft, Remark, Written, example_url};
use crate::settings::key::Kind;
use crate::settings::profile::write::scalar;
use crate::settings::{Environment, File, Key, Settings, SettingsError};

impl Draft {
    /// The file, once it is known to be one that the profile reader and the settings accept.
    pub(super) fn finish(&mut self, system: System) -> Result<String, ImportError> {
        if self.faults.is_empty() {
            match self.check() {
                Ok(()) => return Ok(self.yaml(system)),
                Err(fault) => self.faults.push(Remark { about: fault, says: String::new() }),
            }
        }
        let hint = "mend or remove it in the input; 'oauth2tok import --help' lists what is understood".to_owned();
        Err(ImportError { faults: self.told(&self.faults), hint })
    }

    fn yaml(&self, system: System) -> String {
        let mut yaml =
            format!("# Made by 'oauth2tok import --from {}'. To use it: oauth2tok -p ./FILE.yaml\n", system.name());
        for (key, value) in &self.values {
            yaml.push_str(&entry(key.name(), value));
        }
        yaml
    }

    /// Reads the file back as `-p` will, with plausible values for variables that nobody has set yet.
    fn check(&self) -> Result<(), String> {
        let fails = |error: SettingsError| match error {
            SettingsError::Refused { name, why, .. } => {
                let key = Key::from_profile_name(&name);
                let origin = key.and_then(|key| self.origins.get(&key)).cloned().unwrap_or(name);
                format!("{origin}: {why}")
            }
            SettingsError::Placeholder { key, .. } => {
                let origin = self.origins.get(&key).map_or(key.name(), String::as_str);
                format!("{origin}: it is a placeholder, and nobody has filled it in")
            }
            other => other.to_string(),
        };
        let entry = |(key, value): (&Key, &Written)| match (key, value) {
            (key, Written::Text(text)) if key.setting().kind == Kind::Url => {
                entry(key.name(), &Written::Text(Text::literal(example_url(text))))
            }
            (Key::Resource | Key::RedirectUri, Written::List(items)) => {
                let items = items.iter().map(|item| Text::literal(example_url(item)));
                entry(key.name(), &Written::List(items.collect()))
            }
            // What is only known later cannot be looked at now.
            (Key::AuthorizationDetails, Written::Text(text)) if text.as_literal().is_none() => {
                entry(key.name(), &Written::Text(Text::literal("[]")))
            }
            _ => entry(key.name(), value),
        };
        let yaml = self.values.iter().map(entry).collect();
        let file = File::parse_single("the profile", yaml).map_err(|error| fails(error.into()))?;
        let layer =
            file.profile("the profile", None, &|_| Some("x".to_owned())).map_err(|error| fails(error.into()))?;
        Settings::from_layer(layer, &Environment::default()).map(|_| ()).map_err(fails)
    }
}

/// One `key: value` of the file.
fn entry(name: &str, value: &Written) -> String {
    match value {
        Written::Plain(text) => format!("{name}: {text}\n"),
        Written::Source(text) => format!("{name}: {}\n", scalar(text)),
        Written::Text(text) => format!("{name}: {}\n", scalar(&text.in_profile())),
        Written::List(items) => format!("{name}: {}\n", list(items)),
        Written::Map(pairs) => {
            let lines = pairs.iter().map(|(name, values)| format!("  {}: {}\n", scalar(name), list(values)));
            format!("{name}:\n{}", lines.collect::<String>())
        }
        Written::Claims(claims) => {
            let lines = claims.iter().map(|(name, yaml)| format!("  {}: {yaml}\n", scalar(name)));
            format!("{name}:\n{}", lines.collect::<String>())
        }
    }
}

/// One text by itself, several as a list.
fn list(items: &[Text]) -> String {
    let items: Vec<_> = items.iter().map(|item| scalar(&item.in_profile())).collect();
    match items.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{File, Key, Pair, SettingValue};

    #[track_caller]
    fn check(text: &str) {
        let yaml = entry("client_id", &Written::Text(Text::literal(text)))
            + &entry("params", &Written::Map(vec![(text.to_owned(), vec![Text::literal(text)])]))
            + &entry("audience", &Written::List(vec![Text::literal(text), Text::literal("x")]));
        let file = File::parse_single("f.yaml", yaml.clone()).unwrap_or_else(|error| panic!("{yaml}{error}"));
        let layer = file.profile("f.yaml", None, &|_| None).unwrap_or_else(|error| panic!("{yaml}{error}"));
        let value = |key| layer.get(key).map(|entry| entry.value.clone());
        assert_eq!(value(Key::ClientId), Some(SettingValue::Text(text.into())), "{yaml}");
        assert_eq!(value(Key::Params), Some(SettingValue::Map(vec![Pair::new(text, text)])), "{yaml}");
        assert_eq!(value(Key::Audience), Some(SettingValue::List(vec![text.into(), "x".into()])), "{yaml}");
    }

    #[test]
    fn the_profile_reader_reads_back_every_text_as_it_was() {
        for text in [
            "plain",
            "https://a.example/b?c=d#e",
            "0123",
            "no",
            "null",
            "~",
            "1e3",
            " edges ",
            "a: b",
            "a #b",
            "#x",
            "- x",
            "{a}",
            "[a]",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "a\"b'c\\d",
            "pa$$word$",
            "${HOME}",
            "${",
            "line\nend\r\n\ttab",
            "é ü 漢 \u{1f600}",
            "\u{1b}[31m\u{202e}\u{feff}",
            "<<",
            "a:",
            "=",
            "---",
            "...",
        ] {
            check(text);
        }
    }

    proptest::proptest! {
        #[test]
        fn so_it_does_with_any_text(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]{1,40}") {
            check(&text);
        }
    }
}
