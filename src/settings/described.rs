//! Settings as they may be shown, each with where it came from: no secret is in that.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fields::reserved_params;
use super::key::{Kind, Pair, Separator};
use super::layer::{Given, is_secret_claim};
use super::{Environment, Key, Layer, Origin, SettingValue, client, foreign};
use crate::json::object;
use crate::named;
use crate::oauth::grant;
use crate::oauth::login::Way;
use crate::secret::mask::{Nature, mask};
use crate::secret::names::mask_query;
use crate::secret::shape::holds_private_key;
use crate::secret::{MASK, Source, source};
use crate::text::steers_a_terminal;
use crate::wire::Url;

/// A setting as it may be shown.
#[derive(Debug)]
pub struct Described {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub value: Shown,
    /// Where it was said.
    pub origin: Origin,
}

/// A value without secrets.
#[derive(Debug)]
pub enum Shown {
    /// Of one text.
    Text(String),
    /// Of several.
    List(Vec<String>),
    /// Of names and values.
    Pairs(Vec<(String, String)>),
    /// Of names and JSON values.
    Claims(Vec<(String, String)>),
    /// A switch.
    Switch(bool),
    /// A number.
    Count(u32),
    /// It is said to be nothing.
    Removed,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(" ")),
            Self::Pairs(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
                f.write_str(&pairs.join(", "))
            }
            Self::Claims(claims) => {
                let claims: Vec<_> = claims.iter().map(|(name, json)| format!("{name}:={json}")).collect();
                f.write_str(&claims.join(", "))
            }
            Self::Switch(on) => on.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Removed => f.write_str("(removed)"),
        }
    }
}

impl Shown {
    /// The same as JSON. A name that repeats has a list.
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.as_slice().into(),
            Self::Pairs(pairs) => {
                let mut object = Map::new();
                for (name, value) in pairs {
                    match object.get_mut(name) {
                        None => drop(object.insert(name.clone(), value.as_str().into())),
                        Some(Value::Array(values)) => values.push(value.as_str().into()),
                        Some(first) => *first = json!([first.take(), value]),
                    }
                }
                object.into()
            }
            Self::Claims(claims) => {
                let value = |json: &str| serde_json::from_str(json).unwrap_or(Value::Null);
                object(claims.iter().map(|(name, json)| (name.clone(), value(json))))
            }
            Self::Switch(on) => (*on).into(),
            Self::Count(count) => (*count).into(),
            Self::Removed => Value::Null,
        }
    }
}

/// What each setting is and where it was said, for `-v` and `profile show`: no secret is in it.
pub fn described(layer: &Layer, env: &Environment) -> Vec<Described> {
    let line = |key: Key, value: Shown, origin: &Origin| Described {
        name: key.name().to_owned(),
        value,
        origin: origin.clone(),
    };
    let mut lines: Vec<_> =
        layer.entries().map(|(key, entry)| line(key, shown(key, &entry.value, env), &entry.origin)).collect();
    let defaults = [
        (Key::GrantType, grant::DEFAULT.name),
        (Key::AuthMethod, client::kind(layer).name),
        (Key::Timeout, "30s"),
        (Key::ConnectTimeout, "10s"),
    ];
    let kind = super::grant::kind(layer).ok().map(|(grant, _)| grant);
    let is_without_client = kind.is_some_and(|grant| client::is_left_out(layer, grant));
    let defaults = defaults.into_iter().filter(|(key, _)| !(*key == Key::AuthMethod && is_without_client));
    let of_browser = [(Key::RedirectUri, "http://127.0.0.1/callback"), (Key::LoginTimeout, "5m")];
    let is_of_browser = kind.is_some_and(|grant| grant.person == Some(Way::Browser));
    let defaults = defaults.chain(of_browser.into_iter().filter(|_| is_of_browser));
    let defaults = defaults.map(|(key, value)| (key, Shown::Text(value.to_owned())));
    for (key, value) in defaults.chain([(Key::Retry, Shown::Count(2))]) {
        if layer.get(key).is_none() {
            lines.push(line(key, value, &Origin::Default));
        }
    }
    let removed: Vec<_> =
        layer.removed().filter(|(key, _)| !lines.iter().any(|line| line.name == key.name())).collect();
    lines.extend(removed.into_iter().map(|(key, origin)| line(key, Shown::Removed, origin)));
    // What else says how the server is reached, where no setting does.
    let network = [
        (Key::Proxy, "proxy", "https_proxy"),
        (Key::Proxy, "proxy", "http_proxy"),
        (Key::Proxy, "proxy", "all_proxy"),
        (Key::Proxy, "no_proxy", "no_proxy"),
        (Key::Cacert, "cacert", "SSL_CERT_FILE"),
        (Key::Cacert, "cacert", "SSL_CERT_DIR"),
    ];
    for (key, what, name) in network {
        if let (None, Some((variable, value))) = (layer.get(key), env.network_variable(name)) {
            let value = if key == Key::Cacert { shown_path(&value, env) } else { shown_url(&value) };
            lines.push(Described { name: what.to_owned(), value: Shown::Text(value), origin: Origin::Env(variable) });
        }
    }
    lines
}

/// The words of the flags with which `login` is told again what the flags of a run say of a login, and its profile: what a
/// variable says holds where they are typed. Behind them the flags, by name alone, that are to be given as they were: what may
/// be secret in any way, what is not shown as it was given, and what is too long.
pub fn login_flags(layer: &Layer, env: &Environment) -> (Vec<String>, Vec<String>) {
    let (mut words, mut unsaid) = (Vec::new(), Vec::new());
    let mut room = LONGEST_COMMAND;
    for (key, Given { value, origin }) in layer.entries() {
        let Some(flag) = key.setting().flag.as_ref().filter(|_| key.is_of_logins()) else { continue };
        if !origin.is_of_run() && key != Key::Profile {
            continue;
        }
        let name = flag.short.map_or_else(|| key.flag(), |short| format!("-{short}"));
        let said: Vec<_> = match value {
            SettingValue::Switch(true) => vec![name],
            SettingValue::Switch(false) => {
                flag.negated.map(|(word, _)| format!("--{}", word.flag)).into_iter().collect()
            }
            value => {
                let said = |text: String| match text.starts_with('-') {
                    true => vec![format!("{}={text}", key.flag())],
                    false => vec![name.clone(), text],
                };
                repeated(key, value, env).into_iter().flat_map(said).collect()
            }
        };
        let left = room.checked_sub(source::line(&said).len()).filter(|_| !said.is_empty());
        match left {
            Some(left) => {
                room = left;
                words.extend(said);
            }
            None => unsaid.push(key.flag()),
        }
    }
    (words, unsaid)
}

/// Of a longer command its end would not be shown (bytes).
const LONGEST_COMMAND: usize = 700;

/// The texts that say `value` again, if each is shown as it was given and nothing in it can be a secret; else none.
fn repeated(key: Key, value: &SettingValue, env: &Environment) -> Vec<String> {
    let kind = key.setting().kind;
    let texts = match value {
        SettingValue::List(items) if kind == Kind::List(Separator::Line) => items.clone(),
        SettingValue::Secret(Source::Literal(_) | Source::Command(_)) => Vec::new(),
        SettingValue::Text(_) if kind == Kind::Json => Vec::new(),
        SettingValue::Text(_) | SettingValue::List(_) | SettingValue::Secret(_) => {
            let text = shown(key, value, env).to_string();
            if key.read(&text).as_ref() == Ok(value) { vec![text] } else { Vec::new() }
        }
        _ => Vec::new(),
    };
    if texts.iter().all(|text| is_repeatable(key, text)) { texts } else { Vec::new() }
}

/// True for a text that is what it shows and in which nothing can be a secret: no value under a name, no credentials.
fn is_repeatable(key: Key, text: &str) -> bool {
    let is_id = matches!(key, Key::Profile | Key::ClientId | Key::Username);
    let holds_more = match is_id {
        // curl has `NAME:PASSWORD`; an id may be a URL.
        true => text.split_once(':').is_some_and(|(_, rest)| !rest.starts_with("//")),
        false => {
            let is_scheme = |word: &str| ["basic", "bearer"].iter().any(|known| word.eq_ignore_ascii_case(known));
            text.contains(['=', '@', '?', '#', '{', '"']) || text.split(' ').any(is_scheme)
        }
    };
    // Many an id looks as if it were drawn by lot, as tokens do.
    let nature = if is_id { Nature::Named } else { Nature::Complaint };
    !holds_more && !text.contains(steers_a_terminal) && mask(text, nature) == text
}

/// A value as it may be shown.
fn shown(key: Key, value: &SettingValue, env: &Environment) -> Shown {
    match value {
        SettingValue::Text(path) if key.setting().kind == Kind::Path => Shown::Text(shown_path(path, env)),
        SettingValue::Text(text) if key.setting().kind == Kind::Url => Shown::Text(shown_url(text)),
        SettingValue::Text(text) if holds_private_key(text) => Shown::Text(MASK.to_owned()),
        SettingValue::Text(text) => Shown::Text(text.clone()),
        SettingValue::Secret(source) => Shown::Text(source.shown(&|name| env.os(name))),
        SettingValue::Secrets(named) => {
            let shown = |(name, source): &(String, Source)| (shown_name(name), source.shown(&|name| env.os(name)));
            Shown::Pairs(named.iter().map(shown).collect())
        }
        SettingValue::Command(words) if key.reserves(words) => Shown::Text(words.concat()),
        SettingValue::Command(words) => Shown::Text(source::shown_command(words, &|name| env.os(name))),
        SettingValue::Claims(claims) => {
            let shown = |claim: &(String, String)| {
                let (name, json) = claim;
                (shown_name(name), if is_secret_claim(claim) { format!("\"{MASK}\"") } else { json.clone() })
            };
            Shown::Claims(claims.iter().map(shown).collect())
        }
        SettingValue::List(items) => Shown::List(items.clone()),
        SettingValue::Map(pairs) => {
            let shown = |Pair { name, value, is_secret, .. }: &Pair| {
                (shown_name(name), if *is_secret { MASK } else { value }.to_owned())
            };
            Shown::Pairs(pairs.iter().map(shown).collect())
        }
        SettingValue::Switch(on) => Shown::Switch(*on),
        SettingValue::Duration(span) => Shown::Text(humantime::format_duration(*span).to_string()),
        SettingValue::Offset(span) => Shown::Text(offset_text(*span)),
        SettingValue::Count(count) => Shown::Count(*count),
    }
}

/// A time span that may be negative (milliseconds), as a profile writes it.
pub(super) fn offset_text(span: i64) -> String {
    let sign = if span < 0 { "-" } else { "" };
    format!("{sign}{}", humantime::format_duration(Duration::from_millis(span.unsigned_abs())))
}

/// A name that its user chose.
fn shown_name(name: &str) -> String {
    if foreign::is_plain(name) { name.to_owned() } else { foreign::quoted(name, reserved_params()) }
}

/// The name of a file, where there is one: else it may be a secret by mistake.
fn shown_path(path: &str, env: &Environment) -> String {
    let is_there = |path: &Path| env.expanded(path).is_ok_and(|path| named::is_there(&path));
    // SSL_CERT_DIR may list several.
    if is_there(path.as_ref()) || std::env::split_paths(path).any(|path| is_there(&path)) {
        path.to_owned()
    } else {
        "(not repeated: there is no such file)".to_owned()
    }
}

/// True for a URL, or a part of one, without credentials and without secrets in its query.
pub(super) fn is_fit_to_show(text: &str) -> bool {
    // A user's name ends with the one, a name in a query with the other.
    if !text.contains(['@', '=']) {
        return true;
    }
    shown_url(text) == text && !mask_query(&format!("?{text}")).contains(MASK)
}

/// A URL without credentials and without secrets in its query. One that is malformed may hold a user's name and password
/// anywhere before its last `@`.
pub(super) fn shown_url(text: &str) -> String {
    let text = match text.rsplit_once('@').filter(|_| Url::parse(text).is_err()) {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| &before[..scheme.len() + 3]);
            format!("{scheme}{MASK}@{host}")
        }
        None => text.to_owned(),
    };
    mask_query(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::key::KEYS;
    use crate::settings::tests::settings;

    #[test]
    fn a_url_is_described_without_credentials() {
        for (text, expected) in [
            ("https://u:hunter2@x.example/t", "https://***@x.example/t"),
            ("https://u:hun/t?er@2@x.example/t", "https://***@x.example/t"),
            ("u:hunter2@proxy:1", "***@proxy:1"),
            ("https://x.example/@tenant/t?api_key=hunter2&a=b@c", "https://x.example/@tenant/t?api_key=***&a=b@c"),
            ("https://u:hunter2@x.example/t?sig&token=hunter2", "https://***@x.example/t?sig&token=***"),
            ("socks5://proxy:1", "socks5://proxy:1"),
        ] {
            assert_eq!(shown_url(text), expected);
        }
        for key in KEYS.iter().filter(|key| key.setting().kind == Kind::Url) {
            let value = key.read("https://u:hunter2@x.example/?secret=hunter2").unwrap();
            assert_eq!(shown(*key, &value, &Environment::default()).to_string(), "https://***@x.example/?secret=***");
        }
    }

    #[test]
    fn the_method_is_told_that_is_used_and_none_of_a_client_that_is_left_out() {
        let told = |entries: &[(Key, &str)]| {
            let mut layer = Layer::default();
            for (key, text) in entries {
                layer.set(*key, key.read(text).unwrap(), Origin::Default);
            }
            let lines = described(&layer, &Environment::default());
            lines.into_iter().find(|line| line.name == Key::AuthMethod.name()).map(|line| line.value.to_string())
        };
        let basic = Some("client_secret_basic".to_owned());
        assert_eq!(told(&[]), basic);
        assert_eq!(told(&[(Key::GrantType, "password")]), basic);
        assert_eq!(told(&[(Key::GrantType, "urn:example:device")]), None);
        assert_eq!(told(&[(Key::GrantType, "urn:example:device"), (Key::ClientId, "ci")]), basic);
        assert_eq!(told(&[(Key::ClientAssertion, "env:JWT")]).as_deref(), Some("private_key_jwt"));
        assert_eq!(told(&[(Key::GrantType, "device_code")]).as_deref(), Some("none"));
    }

    #[test]
    fn what_goes_without_saying_of_a_login_is_told_where_there_is_one() {
        let told = |grant: &str, more: &[(Key, &str)]| {
            let mut layer = Layer::default();
            for (key, text) in [&[(Key::GrantType, grant)], more].concat() {
                layer.set(key, key.read(text).unwrap(), Origin::Default);
            }
            let mut lines = described(&layer, &Environment::default());
            lines.retain(|line| {
                [Key::RedirectUri.name(), Key::LoginTimeout.name(), Key::Browser.name()].contains(&&*line.name)
            });
            lines.iter().map(|line| format!("{}={}", line.name, line.value)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told("authorization_code", &[]), "redirect_uri=http://127.0.0.1/callback login_timeout=5m");
        let more = [(Key::RedirectUri, "a b"), (Key::LoginTimeout, "60"), (Key::Browser, "none")];
        assert_eq!(told("authorization_code", &more), "redirect_uri=a b browser=none login_timeout=1m");
        assert_eq!(told("device_code", &[]), "");
        assert_eq!(
            told("password", &[(Key::Browser, "no-such-command x")]),
            "browser=(not repeated: there is no such command)"
        );
    }

    #[test]
    fn nothing_secret_is_described() {
        let entries = [
            (Key::ClientSecret, "hunter22"),
            (Key::Proxy, "http://u:hunter22@proxy:1"),
            (Key::Headers, "X-Api-Key: hunter22"),
            (Key::Params, "otp=hunter22"),
        ];
        let lines = described(&settings(&entries).unwrap().layer, &Environment::default());
        let text = format!("{lines:?}");
        assert!(!text.contains("hunter22"), "{text}");
        assert!(text.contains("http://***@proxy:1"), "{text}");
    }
}
