//! The JSON Schema of config files, made from the table of settings, so that the two cannot part.

use serde_json::{Map, Value, json};

use super::fields::{reserved_auth_params, reserved_params};
use super::key::{Key, Kind};

/// The schema of a config file and of a file with one profile.
pub fn schema() -> Value {
    let names = Key::all_names().filter(|(_, key)| key.is_profile_key());
    let mut properties = Map::new();
    properties.extend(names.map(|(name, key)| (name.to_owned(), property(key))));
    let mut profile = properties.clone();
    profile.insert(
        "extends".into(),
        json!({ "type": TEXT, "description": "the profile whose settings this one inherits" }),
    );
    let mut profile = object(profile, "one profile; a file may also hold just this");
    let excluded = profile["not"]["anyOf"].as_array_mut();
    excluded.into_iter().for_each(|excluded| excluded.extend(servers()));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "oauth2tok config file, or a file with one profile",
        "if": { "anyOf": [{ "required": ["profiles"] }, { "required": ["defaults"] }] },
        "then": { "$ref": "#/$defs/config" },
        "else": { "$ref": "#/$defs/profile" },
        "$defs": {
            "config": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "defaults": { "$ref": "#/$defs/defaults" },
                    "profiles": { "type": ["object", "null"], "additionalProperties": { "$ref": "#/$defs/profile" } }
                }
            },
            "defaults": object(properties, "settings for every profile that does not say otherwise"),
            "profile": profile
        }
    })
}

/// Unquoted numbers and booleans are taken as the text they are written as, so editors must not object to them.
const TEXT: [&str; 3] = ["string", "number", "boolean"];

/// A variable may stand for anything.
const VARIABLE: &str = r"\$\{";

fn object(properties: Map<String, Value>, about: &str) -> Value {
    let mut excluded: Vec<Value> = Vec::new();
    let names: Vec<_> = Key::all_names().filter(|(_, key)| key.is_profile_key()).collect();
    for (at, (name, key)) in names.iter().enumerate() {
        let same = names[at + 1..].iter().filter(|(_, other)| other == key);
        excluded.extend(same.map(|(other, _)| json!({ "type": "object", "required": [name, other] })));
    }
    json!({
        "type": ["object", "null"],
        "description": about,
        "additionalProperties": false,
        "properties": properties,
        "not": { "anyOf": excluded }
    })
}

/// Endpoint and issuer exclude each other, unless one of them is taken away.
fn servers() -> impl Iterator<Item = Value> {
    let names = |key: Key| Key::all_names().filter(move |(_, other)| *other == key).map(|(name, _)| name);
    names(Key::TokenEndpoint).flat_map(move |endpoint| {
        names(Key::Issuer).map(move |issuer| {
            let said = json!({ "type": TEXT });
            json!({ "type": "object", "required": [endpoint, issuer], "properties": { endpoint: said, issuer: said } })
        })
    })
}

/// The names of form fields of one's own.
fn param_names(reserved: impl Iterator<Item = &'static str>) -> Value {
    json!({ "not": { "enum": reserved.collect::<Vec<_>>() }, "minLength": 1 })
}

fn property(key: Key) -> Value {
    let text = || json!({ "type": TEXT });
    let or_variable = |pattern: &str| json!({ "type": "string", "pattern": format!("{pattern}|{VARIABLE}") });
    let kind = match key.setting().kind {
        // Of a proxy a name and a port are enough.
        Kind::Url if key != Key::Proxy => or_variable("^[Hh][Tt][Tt][Pp][Ss]?://"),
        Kind::Secret | Kind::Command => json!({ "type": TEXT, "minLength": 1 }),
        Kind::Secrets => {
            let value = json!({ "anyOf": [{ "type": "null" }, { "type": TEXT, "minLength": 1 }] });
            json!({ "type": "object", "propertyNames": param_names(reserved_params()), "additionalProperties": value })
        }
        Kind::Claims => json!({ "type": "object" }),
        Kind::Json => {
            let kind = json!({ "type": "string" });
            let detail = json!({ "type": "object", "required": ["type"], "properties": { "type": kind } });
            json!({ "anyOf": [or_variable("^(@|[ \\t\\r\\n]*\\[)"), { "type": "array", "items": detail }] })
        }
        Kind::Text | Kind::Path | Kind::Url => text(),
        Kind::Ranges => json!({
            "type": ["string", "number", "array"],
            "items": { "type": "array", "items": { "type": ["integer", "string"] }, "minItems": 2, "maxItems": 2 }
        }),
        Kind::List(_) => json!({ "anyOf": [text(), { "type": "array", "items": text() }] }),
        Kind::Map { assign } => {
            let value = json!({ "anyOf": [text(), { "type": "null" }, { "type": "array", "items": text() }] });
            let names = match assign {
                ':' => json!({ "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
                _ if key == Key::AuthParams => param_names(reserved_auth_params()),
                _ => param_names(reserved_params()),
            };
            json!({ "type": "object", "propertyNames": names, "additionalProperties": value })
        }
        Kind::Switch => json!({ "anyOf": [{ "type": "boolean" }, or_variable("^(true|false)$")] }),
        Kind::Duration => {
            let least = match key {
                Key::MaxAge => json!({ "type": "integer", "minimum": 0 }),
                Key::Timeout | Key::ConnectTimeout | Key::LoginTimeout => {
                    json!({ "type": "number", "exclusiveMinimum": 0 })
                }
                Key::AssertionLifetime => json!({ "type": "number", "minimum": 10, "maximum": 24 * 60 * 60 }),
                _ => json!({ "type": "number", "minimum": 0 }),
            };
            json!({ "anyOf": [least, or_variable("^([0-9.]+|( *[0-9]+ *[A-Za-z\u{b5}]+ *)+)$")] })
        }
        Kind::Offset => {
            json!({ "anyOf": [{ "type": "number" }, or_variable("^[+-]?([0-9.]+|( *[0-9]+ *[A-Za-z\u{b5}]+ *)+)$")] })
        }
        Kind::Count => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 0, "maximum": u32::MAX }, or_variable("^[+]?[0-9]+$")] })
        }
        Kind::Choice(choice) => {
            let mut choices = vec![json!({ "enum": choice.names() }), json!({ "type": "string", "pattern": VARIABLE })];
            let others = choice.others().map(|others| json!({ "type": "string", "pattern": others.pattern }));
            choices.extend(others);
            json!({ "anyOf": choices })
        }
    };
    // Null takes away what is inherited.
    json!({ "description": key.setting().about, "anyOf": [{ "type": "null" }, kind] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::key::KEYS;
    use crate::settings::{Environment, File, Wanted, check_partial};

    /// A value of the key's kind, as YAML.
    fn sample(key: Key) -> String {
        match key.setting().kind {
            Kind::Text | Kind::Ranges | Kind::Path | Kind::Url | Kind::Secret | Kind::List(_) => "x".into(),
            Kind::Map { .. } | Kind::Claims | Kind::Secrets => "{ a: b }".into(),
            Kind::Command | Kind::Json => "x".into(),
            Kind::Offset => "-1s".into(),
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

    /// Schemas know what may not follow (`(?!…)`), this crate does not.
    fn matches(pattern: &str, text: &str) -> bool {
        let is_match = |pattern: &str| regex::Regex::new(pattern).unwrap().is_match(text);
        match pattern.strip_prefix("^(?!").and_then(|rest| rest.split_once(')')) {
            Some((not, rest)) => !is_match(&format!("^{not}")) && is_match(&format!("^{rest}")),
            None => is_match(pattern),
        }
    }

    /// Whether `value` is as `schema` wants it. It knows what [`schema`] makes use of, and nothing is passed over.
    fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
        let named = |name: &Value| match name.as_str().unwrap() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_u64() || value.is_i64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{other}"),
        };
        let fits = |schema: &Value| fits(value, schema, root);
        let one_or_more = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        schema.as_object().unwrap().iter().all(|(keyword, wanted)| match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "then" | "else" => true,
            "$ref" => fits(root.pointer(&wanted.as_str().unwrap()[1..]).unwrap()),
            "if" => fits(&schema[if fits(wanted) { "then" } else { "else" }]),
            "anyOf" => wanted.as_array().unwrap().iter().any(fits),
            "not" => !fits(wanted),
            "type" => one_or_more(wanted).iter().any(named),
            "enum" => wanted.as_array().unwrap().contains(value),
            "pattern" => value.as_str().is_none_or(|text| matches(wanted.as_str().unwrap(), text)),
            "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= wanted.as_u64().unwrap()),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= wanted.as_u64().unwrap()),
            "items" => value.as_array().is_none_or(|items| items.iter().all(|item| self::fits(item, wanted, root))),
            "required" => {
                let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
                !value.is_object() || wanted.as_array().unwrap().iter().all(has)
            }
            "properties" => value.as_object().is_none_or(|members| {
                members.iter().all(|(name, member)| wanted.get(name).is_none_or(|own| self::fits(member, own, root)))
            }),
            "propertyNames" => value
                .as_object()
                .is_none_or(|members| members.keys().all(|name| self::fits(&name.as_str().into(), wanted, root))),
            "additionalProperties" => value.as_object().is_none_or(|members| {
                let others = members.iter().filter(|(name, _)| schema["properties"].get(name).is_none());
                wanted.as_bool().map_or_else(
                    || others.clone().all(|(_, member)| self::fits(member, wanted, root)),
                    |allowed| allowed || others.clone().next().is_none(),
                )
            }),
            other => panic!("{other} is not known here"),
        })
    }

    /// Whether the program takes the file, and every profile of it for as much as it says.
    fn is_read(text: &str) -> bool {
        let lookup = |name: &str| (name == "SET").then(|| "7".to_owned());
        let is_config = text.contains("\"profiles\"") || text.contains("\"defaults\"");
        let file = match is_config {
            true => File::parse("f.yaml", text.to_owned(), Wanted::All),
            false => File::parse_single("f.yaml", text.to_owned()),
        };
        file.is_ok_and(|file| {
            let layers = file.names().map(|name| file.profile(name, None, &lookup));
            layers
                .chain([file.defaults(&lookup)])
                .all(|layer| layer.is_ok_and(|layer| check_partial(&layer, &|_| true, &Environment::default()).is_ok()))
        })
    }

    #[test]
    fn schema_and_program_accept_and_refuse_the_same_files() {
        let root = schema();
        let base = r#""token_endpoint": "https://h.example/t", "client_id": "x", "client_secret": "env:S""#;
        let accepted = [
            "{}",
            r#"{"defaults": null}"#,
            r#"{"profiles": null}"#,
            r#"{"profiles": {"p": null, "q": {"extends": "p"}}, "defaults": {"timeout": "15s"}}"#,
            r#"{"token_endpoint": "https://h.example/t"}"#,
            r#"{"issuer": "https://h.example", "token_endpoint": null}"#,
            r#"{"profiles": {"p": {"issuer": "https://h.example"}}, "defaults": {"token_url": "https://h.example/t"}}"#,
        ];
        let refused = [
            "[]",
            "5",
            r#"{"profiles": []}"#,
            r#"{"profiles": {"p": 5}}"#,
            r#"{"profiles": {}, "client_id": "x"}"#,
            r#"{"defaults": {"extends": "p"}}"#,
            r#"{"profile": {}}"#,
            r#"{"issuer": "https://h.example", "token_endpoint": "https://h.example/t"}"#,
            r#"{"issuer": "https://h.example", "token_url": "https://h.example/t"}"#,
            r#"{"auth_method": "none", "token_endpoint_auth_method": null}"#,
            r#"{"insecure": true}"#,
            r#"{"config": "x"}"#,
        ];
        let members = [
            (r#""retry": "${R:3}", "timeout": "${T:3s}", "cache": "${C:true}", "auth_method": "${M:post}""#, true),
            (r#""retry": "${SET}", "min_valid": "${SET}""#, true),
            (r#""retry": "3", "timeout": 1.5, "cache": "true", "min_valid": 0"#, true),
            (r#""retry": null, "scope": null, "cache": null, "params": null, "auth_method": null"#, true),
            (r#""timeout": "1h 30m", "connect_timeout": "500ms""#, true),
            (r#""client_secret": 123, "scope": 5, "audience": [true, 1.5, "x"]"#, true),
            (r#""params": {"a": [1, "b"], "c": null, "d": true}, "headers": {"X-A": ["1", "2"]}"#, true),
            (r#""grant_type": "urn:example:grant""#, true),
            (r#""fail_on": [[400, 403]]"#, true),
            (r#""fail_on": "never", "proxy": """#, true),
            (
                r#""assertion_claims": {"a": 1, "b": ["x", null, true, {"c": 1.5}]}, "auth_method": "client_secret_jwt""#,
                true,
            ),
            (r#""authorization_details": [{"type": "x", "n": [1]}, {"type": "${T:y}"}]"#, true),
            (r#""authorization_details": [], "clock_offset": "-90s""#, true),
            (r#""authorization_details": " [{\"type\":\"x\"}]", "clock_offset": -1.5"#, true),
            (r#""secret_params": {"otp": "env:OTP", "x": null, "y": 5}"#, true),
            (r#""x5t": null, "dpop": null, "signer": null, "secret_params": null, "clock_offset": null"#, true),
            (
                r#""grant_type": "authorization_code", "authorization_endpoint": "https://h.example/a", "redirect_uri": ["http://localhost:1/", "http://localhost/"]"#,
                true,
            ),
            (
                r#""grant_type": "device_code", "redirect_uri": "http://localhost/", "prompt": ["consent", "login"], "par": true"#,
                true,
            ),
            (
                r#""auth_params": {"ui_locales": "de", "x": ["a", "b"], "y": null}, "max_age": 0, "acr_values": "a b""#,
                true,
            ),
            (
                r#""login": "never", "login_timeout": 1.5, "browser": "none", "listen": "${L:0.0.0.0}", "cache_secret": 7"#,
                true,
            ),
            (r#""pkce": false, "response_mode": "form_post", "login_hint": null, "listen_cert": "env:C""#, true),
            (r#""jwks_uri": "x""#, false),
            (r#""authorization_endpoint": "ftp://h.example""#, false),
            (r#""auth_params": {"state": "x"}"#, false),
            (r#""auth_params": {"client_id": "x"}"#, false),
            (r#""auth_params": "a=b""#, false),
            (r#""response_mode": "fragment""#, false),
            (r#""login": "sometimes""#, false),
            (r#""login_timeout": 0"#, false),
            (r#""max_age": 1.5"#, false),
            (r#""pkce": "S256""#, false),
            (r#""browser": """#, false),
            (r#""cache_secret": """#, false),
            (r#""assertion_claims": "a=b""#, false),
            (r#""assertion_claims": [1]"#, false),
            (r#""assertion_lifetime": 9"#, false),
            (r#""assertion_lifetime": 86401"#, false),
            (r#""authorization_details": [{"type": 1}]"#, false),
            (r#""authorization_details": [{"n": 1}]"#, false),
            (r#""authorization_details": {"type": "x"}"#, false),
            (r#""authorization_details": "x""#, false),
            (r#""authorization_details": [["x"]]"#, false),
            (r#""secret_params": {"x": ""}"#, false),
            (r#""secret_params": {"x": ["y"]}"#, false),
            (r#""signing_alg": "none""#, false),
            (r#""signer": """#, false),
            (r#""dpop_alg": "HS256""#, false),
            (r#""clock_offset": "soon""#, false),
            (r#""for": "https://h.example""#, false),
            (r#""retry": -1"#, false),
            (r#""retry": 1.5"#, false),
            (r#""retry": "many""#, false),
            (r#""retry": true"#, false),
            (r#""timeout": "soon""#, false),
            (r#""timeout": 0"#, false),
            (r#""timeout": true"#, false),
            (r#""cache": "yes""#, false),
            (r#""cache": 1"#, false),
            (r#""auth_method": "digest""#, false),
            (r#""basic_encoding": "from""#, false),
            (r#""scope": {"a": "b"}"#, false),
            (r#""scope": [["a"]]"#, false),
            (r#""client_id": ["a"]"#, false),
            (r#""client_secret": """#, false),
            (r#""params": "a=b""#, false),
            (r#""params": {"client_id": "x"}"#, false),
            (r#""params": {"a": {"b": "c"}}"#, false),
            (r#""headers": {"X A": "x"}"#, false),
            (r#""issuer": "ftp://h.example""#, false),
            (r#""base_url": 5"#, false),
            (r#""fail_on": [[400]]"#, false),
            (r#""client_idd": "x""#, false),
            (r#""$schema": "x""#, false),
        ];
        let accepted = accepted.iter().map(|text| ((*text).to_owned(), true));
        let refused = refused.iter().map(|text| ((*text).to_owned(), false));
        let members = members.iter().flat_map(|(text, expected)| {
            let rest = base.split(", ").filter(|entry| !text.contains(entry.split(':').next().unwrap()));
            let server = rest.filter(|entry| !(text.contains("issuer") && entry.contains("token_endpoint")));
            let joined: Vec<_> = server.map(str::to_owned).chain([(*text).to_owned()]).collect();
            let own = format!("{{{}}}", joined.join(", "));
            let config = format!("{{\"profiles\": {{\"p\": {own}}}}}");
            [(own, *expected), (config, *expected)]
        });
        let mut apart = Vec::new();
        for (text, expected) in accepted.chain(refused).chain(members) {
            let value: Value = serde_json::from_str(&text).unwrap();
            let found = (fits(&value, &root, &root), is_read(&text));
            if found != (expected, expected) {
                apart.push(format!("schema and program {found:?}: {text}"));
            }
        }
        assert!(apart.is_empty(), "{}", apart.join("\n"));
    }
}
