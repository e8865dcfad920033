//! The JSON Schema of config files, made from the table of settings, so that the two cannot part.

use serde_json::{Map, Value, json};

use super::key::{Key, Kind};

/// The schema of a config file; its `$defs.profile` is that of a file with one profile.
pub fn schema() -> Value {
    let properties: Map<String, Value> = Key::all_names()
        .filter(|(_, key)| key.is_profile_key())
        .map(|(name, key)| (name.to_owned(), property(key)))
        .collect();
    let mut profile = properties.clone();
    profile.insert(
        "extends".into(),
        json!({ "type": "string", "description": "the profile whose settings this one inherits" }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "oauth2tok config file",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "defaults": { "$ref": "#/$defs/defaults" },
            "profiles": { "type": "object", "additionalProperties": { "$ref": "#/$defs/profile" } }
        },
        "$defs": {
            "defaults": object(properties, "settings for every profile that does not say otherwise"),
            "profile": object(profile, "one profile; a file may also hold just this")
        }
    })
}

fn object(properties: Map<String, Value>, about: &str) -> Value {
    json!({ "type": ["object", "null"], "description": about, "additionalProperties": false, "properties": properties })
}

fn property(key: Key) -> Value {
    // Unquoted numbers and booleans are taken as the text they are written as, so editors must not object to them.
    let text = json!(["string", "number", "boolean"]);
    let mut property = match key.setting().kind {
        Kind::Text | Kind::Path | Kind::Url | Kind::Secret => json!({ "type": text }),
        Kind::Ranges => json!({
            "type": ["string", "number", "array"],
            "items": { "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2 }
        }),
        Kind::List(_) => json!({ "type": ["string", "number", "boolean", "array"], "items": { "type": text } }),
        Kind::Map { .. } => json!({ "type": "object", "additionalProperties": { "type": text } }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Duration => json!({ "type": ["string", "number"] }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Choice(choice) => match choice.others() {
            Some(others) => {
                json!({ "anyOf": [{ "enum": choice.names() }, { "type": "string", "pattern": others.pattern }] })
            }
            None => json!({ "enum": choice.names() }),
        },
    };
    property["description"] = key.setting().about.into();
    property
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::File;
    use crate::settings::key::KEYS;

    /// A value of the key's kind, as YAML.
    fn sample(key: Key) -> String {
        match key.setting().kind {
            Kind::Text | Kind::Ranges | Kind::Path | Kind::Url | Kind::Secret | Kind::List(_) => "x".into(),
            Kind::Map { .. } => "{ a: b }".into(),
            Kind::Switch => "true".into(),
            Kind::Duration => "1s".into(),
            Kind::Count => "1".into(),
            Kind::Choice(choice) => choice.names()[0].into(),
        }
    }

    #[test]
    fn schema_and_reader_accept_the_same_keys() {
        let schema = schema();
        let accepts = |yaml: String| {
            let file = File::parse_single("x.yaml", yaml).unwrap();
            file.profile("x.yaml", None, &|_| None).is_ok()
        };
        for name in schema["$defs"]["profile"]["properties"].as_object().unwrap().keys() {
            if let Some(key) = Key::from_profile_name(name) {
                assert!(accepts(format!("{name}: {}", sample(key))), "{name}");
            } else {
                assert_eq!(name, "extends");
            }
        }
        for key in KEYS {
            let listed = schema["$defs"]["profile"]["properties"].get(key.name()).is_some();
            assert_eq!(accepts(format!("{}: {}", key.name(), sample(*key))), listed, "{key:?}");
        }
    }
}
