//! One line of input: a JSON object, and what its members say of the token it wants. Input is data from elsewhere: it is
//! never trusted with where the profile's secrets go.

use serde_json::Value;

use crate::json::Members;
use crate::oauth::need::InMessage;
use crate::oauth::{Need, client, grant};
use crate::problem::{Class, Problem};
use crate::secret::{Secret, Source};
use crate::settings::key::{KEYS, Kind};
use crate::settings::{Key, Layer, Origin, SettingValue, foreign};

/// The settings of what grants and clients need, as far as `which` has them.
fn needed(which: impl Fn(&Need) -> bool) -> impl Iterator<Item = Key> {
    client::needs().chain(grant::needs()).filter(move |need| which(need)).filter_map(Key::of)
}

/// The settings that `parts` name, each once.
fn each_once(parts: impl Iterator<Item = Key>) -> Vec<Key> {
    let mut keys = Vec::new();
    parts.for_each(|key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    });
    keys
}

/// The settings whose own names are members by default.
fn named() -> Vec<Key> {
    let needed = needed(|need| need.in_message == InMessage::Named);
    each_once([Key::ClientId].into_iter().chain(needed).chain([Key::Scope, Key::Audience, Key::Resource]))
}

/// The settings that a message may override by `--map` alone.
fn mapped() -> Vec<Key> {
    let needed = needed(|need| need.in_message == InMessage::Mapped);
    let more = [Key::AssertionSubject, Key::TokenEndpoint, Key::Issuer];
    each_once([Key::GrantType].into_iter().chain(needed).chain(more))
}

/// What of a profile stays with the profile's own server.
pub(super) fn confidential() -> Vec<Key> {
    // A signature is a secret's work as well: whom it is for may be said of the profile's server for good.
    let is_secret = |key: &&Key| matches!(key.setting().kind, Kind::Secret | Kind::Secrets | Kind::Command);
    // What is kept is sealed alike, whatever server it is from.
    let is_own = |key: &&Key| matches!(key, Key::CacheSecret | Key::Browser);
    let more = [Key::Headers, Key::Params, Key::Cert, Key::Key, Key::SigningCert];
    KEYS.iter().filter(is_secret).filter(|key| !is_own(key)).copied().chain(more).collect()
}

/// So many copies of what a message overrides are there at a time, at the most.
const COPIES: usize = 16;

/// Which members override which settings.
pub(super) struct Overrides(Vec<(String, Key)>);

/// Why a line is not a usable message. Nothing in it repeats the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("the line is longer than {} KiB", super::LONGEST_LINE >> 10)]
    TooLong,
    #[error("the line is not UTF-8")]
    NotUtf8,
    #[error("the line is not JSON (column {column})")]
    NotJson { column: usize },
    #[error("the line is not a JSON object")]
    NotAnObject,
    #[error("member '{0}' stands twice")]
    Twice(String),
    #[error("member '{member}': {expected}")]
    Value { member: String, expected: String },
    #[error("member '{0}': a message cannot choose among the logins that are kept here")]
    Login(String),
}

impl MessageError {
    /// What to do.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::TooLong | Self::NotUtf8 | Self::NotJson { .. } | Self::NotAnObject => {
                "a message is one JSON object on a line of its own"
            }
            Self::Twice(_) => "nothing says which of the two is meant",
            Self::Login(_) => {
                "which login it is, is for the run to say: -p NAME, -u NAME or -s SCOPE; where the member is not about the token, name those that are: --map MEMBER=SETTING"
            }
            Self::Value { .. } => "where the member is not about the token, name those that are: --map MEMBER=SETTING",
        }
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        let hint = error.hint();
        Self::new(Class::Usage, error).hint(hint)
    }
}

impl Overrides {
    /// Reads `MEMBER=SETTING`s; none means the default ones.
    pub(super) fn parse(texts: &[String]) -> Result<Self, Problem> {
        if texts.is_empty() {
            return Ok(Self(named().into_iter().map(|key| (key.name().to_owned(), key)).collect()));
        }
        let may_say = [named(), mapped()].concat();
        let mut pairs: Vec<(String, Key)> = Vec::new();
        for text in texts {
            // Whoever takes it for `SETTING=VALUE` writes a secret there.
            let fault = |message: String| {
                Problem::usage(format!("--map: {message}"), format!("write MEMBER=SETTING with one of {}", names()))
            };
            let (member, setting) = text
                .rsplit_once('=')
                .ok_or_else(|| fault(format!("there is no '=' in {}", foreign::quoted(text, Key::profile_names()))))?;
            let key = Key::from_profile_name(setting).filter(|key| may_say.contains(key));
            let key = key.ok_or_else(|| {
                fault(format!("a message cannot override {}", foreign::quoted(setting, Key::profile_names())))
            })?;
            if pairs.iter().any(|(earlier, other)| earlier == member || *other == key) {
                let member = foreign::of_pair(member, Key::profile_names());
                return Err(fault(format!("the member {member} or the setting '{}' is mapped twice", key.name())));
            }
            pairs.push((member.to_owned(), key));
        }
        Ok(Self(pairs))
    }

    /// True where a message may say `key`.
    pub(super) fn covers(&self, key: Key) -> bool {
        self.0.iter().any(|(_, mapped)| *mapped == key)
    }

    /// What `members` take in memory beyond themselves: what a message overrides is copied into settings, secrets, the request
    /// and all the forms in which a secret may come back.
    pub(super) fn weight(&self, members: &Members) -> usize {
        self.0.iter().filter_map(|(member, _)| members.raw(member)).map(|raw| raw.len() * COPIES).sum()
    }

    /// What a message overrides. Where a member makes no sense, `layer` holds what was read until then.
    pub(super) fn read(&self, members: &Members, layer: &mut Layer) -> Result<(), MessageError> {
        for (member, key) in &self.0 {
            if members.names().filter(|name| name == member).count() > 1 {
                return Err(MessageError::Twice(member.clone()));
            }
            let value = members.get(member).filter(|value| !value.is_null());
            let Some(value) = value else { continue };
            let value =
                read(*key, value).map_err(|expected| MessageError::Value { member: member.clone(), expected })?;
            layer.set(*key, value, Origin::Message(member.clone()));
        }
        Ok(())
    }
}

/// Reads a line: an object.
pub(super) fn parse(line: &[u8]) -> Result<Members, MessageError> {
    let text = std::str::from_utf8(line).map_err(|_| MessageError::NotUtf8)?;
    Members::parse(text)
        .map_err(|error| MessageError::NotJson { column: error.column() })?
        .ok_or(MessageError::NotAnObject)
}

fn names() -> String {
    [named(), mapped()].concat().iter().map(|key| key.name()).collect::<Vec<_>>().join(", ")
}

/// A member's value as its setting's. A secret is the secret itself: `env:X` in a message is five characters.
fn read(key: Key, value: Value) -> Result<SettingValue, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match (key.setting().kind, &value) {
        (Kind::Secret, Value::String(text)) if text.is_empty() => Err("the secret is empty".into()),
        (Kind::Secret, Value::String(text)) => Ok(SettingValue::Secret(Source::Literal(Secret::new(text)))),
        (Kind::Secret, _) => Err("expected a text".into()),
        (Kind::List(_), Value::Array(items)) => items
            .iter()
            .map(|item| Some(key.read_items(&text(item)?)))
            .collect::<Option<Vec<_>>>()
            .map(|items| SettingValue::List(items.concat()))
            .ok_or_else(|| "expected a list of texts".into()),
        _ => key.read(&text(&value).ok_or("expected a text")?),
    }
}

/// The first member that says of a setting of `layer`, which has both, something else than `base` does.
pub(super) fn says_otherwise(layer: &Layer, base: &Layer) -> Option<String> {
    layer.entries().find_map(|(key, entry)| match &entry.origin {
        Origin::Message(member) if base.get(key).is_none_or(|own| own.value != entry.value) => Some(member.clone()),
        _ => None,
    })
}

/// True where `message` names a server, and not the one that `base` names.
pub(super) fn names_another_server(message: &Layer, base: &Layer) -> bool {
    let named =
        |key: Key| message.get(key).is_some_and(|entry| base.get(key).is_none_or(|own| own.value != entry.value));
    named(Key::TokenEndpoint) || named(Key::Issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(texts: &[&str]) -> Result<Overrides, Problem> {
        Overrides::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(maps: &[&str], line: &str, expected: Result<&[(Key, SettingValue)], MessageError>) {
        let mut layer = Layer::default();
        let read = parse(line.as_bytes()).and_then(|members| overrides(maps).unwrap().read(&members, &mut layer));
        let read = read.map(|()| layer.entries().map(|(k, e)| (k, e.value.clone())).collect::<Vec<_>>());
        assert_eq!(read, expected.map(<[_]>::to_vec), "{line}");
    }

    fn text(text: &str) -> SettingValue {
        SettingValue::Text(text.into())
    }

    #[test]
    fn members_override_settings_by_name_or_by_map() {
        check(&[], r#"{"client_id":"a","issuer":"https://x","other":1}"#, Ok(&[(Key::ClientId, text("a"))]));
        check(&[], r#"{"client_id":12.50,"scope":null}"#, Ok(&[(Key::ClientId, text("12.50"))]));
        check(&[], r#"{"scope":"a b"}"#, Ok(&[(Key::Scope, SettingValue::List(vec!["a".into(), "b".into()]))]));
        check(
            &[],
            r#"{"audience":["a b","c"]}"#,
            Ok(&[(Key::Audience, SettingValue::List(vec!["a b".into(), "c".into()]))]),
        );
        check(
            &[],
            r#"{"scope":["a b","c"]}"#,
            Ok(&[(Key::Scope, SettingValue::List(vec!["a".into(), "b".into(), "c".into()]))]),
        );
        check(&["u=username"], r#"{"u":"alice","client_id":"x"}"#, Ok(&[(Key::Username, text("alice"))]));
        check(&["a=b=issuer"], r#"{"a=b":"https://x"}"#, Ok(&[(Key::Issuer, text("https://x"))]));
    }

    #[test]
    fn what_overrides_a_setting_weighs_more_than_what_passes_through() {
        let weight = |line: &str| overrides(&[]).unwrap().weight(&parse(line.as_bytes()).unwrap());
        assert_eq!(weight(r#"{"x":"0123456789"}"#), 0);
        assert_eq!(weight(r#"{"x":"0123456789","password":"01234567","scope":[1,22]}"#), (10 + 6) * COPIES);
    }

    #[test]
    fn a_secret_in_a_message_is_the_secret_itself() {
        let secret = |text: &str| SettingValue::Secret(Source::Literal(Secret::new(text)));
        check(&[], r#"{"password":"env:HOME"}"#, Ok(&[(Key::Password, secret("env:HOME"))]));
        check(&[], r#"{"client_secret":"command:id"}"#, Ok(&[(Key::ClientSecret, secret("command:id"))]));
    }

    #[test]
    fn what_is_not_a_message_is_told_without_its_text() {
        let value =
            |member: &str, expected: &str| MessageError::Value { member: member.into(), expected: expected.into() };
        check(&[], r#"{"a":"#, Err(MessageError::NotJson { column: 5 }));
        check(&[], "[1]", Err(MessageError::NotAnObject));
        check(&[], r#"{"password":"a","password":"b"}"#, Err(MessageError::Twice("password".into())));
        check(&[], r#"{"password":5}"#, Err(value("password", "expected a text")));
        check(&[], r#"{"password":""}"#, Err(value("password", "the secret is empty")));
        check(&[], r#"{"client_id":{}}"#, Err(value("client_id", "expected a text")));
        check(&[], r#"{"scope":[1,[]]}"#, Err(value("scope", "expected a list of texts")));
    }

    #[test]
    fn a_message_overrides_nothing_that_is_about_this_machine() {
        let of_keys = ["signing_key", "signer", "signing_cert", "signing_key_passphrase", "dpop_key", "key_id", "x5c"];
        let of_claims = ["assertion_claims", "assertion_headers", "assertion_issuer", "assertion_audience"];
        let of_types = ["subject_token_type", "actor_token_type", "requested_token_type", "client_assertion_type"];
        let others = ["secret_params", "authorization_details", "clock_offset", "cert", "key", "key_passphrase"];
        for key in [&of_keys[..], &of_claims, &of_types, &others].concat() {
            assert!(overrides(&[&format!("x={key}")]).is_err(), "{key}");
        }
        for key in ["client_assertion", "assertion", "assertion_subject", "subject_token", "actor_token"] {
            assert!(overrides(&[&format!("x={key}")]).is_ok(), "{key}");
            assert!(!overrides(&[]).unwrap().covers(Key::from_profile_name(key).unwrap()), "{key}");
        }
        for bad in ["x", "x=proxy", "x=cacert", "x=insecure", "x=headers", "x=nope"] {
            assert!(overrides(&[bad]).is_err(), "{bad}");
        }
        assert!(overrides(&["a=scope", "b=scope"]).is_err());
        assert!(overrides(&["a=scope", "a=audience"]).is_err());
    }

    #[test]
    fn only_another_server_is_another_server() {
        let layer = |pairs: &[(Key, &str)]| {
            let mut layer = Layer::default();
            for (key, value) in pairs {
                layer.set(*key, text(value), Origin::Default);
            }
            layer
        };
        let base = layer(&[(Key::TokenEndpoint, "https://a/t")]);
        assert!(!names_another_server(&layer(&[]), &base));
        assert!(!names_another_server(&layer(&[(Key::TokenEndpoint, "https://a/t")]), &base));
        assert!(names_another_server(&layer(&[(Key::TokenEndpoint, "https://a/t2")]), &base));
        assert!(names_another_server(&layer(&[(Key::Issuer, "https://a/t")]), &base));
    }
}
