//! Foreign configurations as profiles: one file per system, each from that system's text to a draft. Pure: it reads
//! and writes no file, asks nobody and prints nothing.
//!
//! Nothing is dropped in silence. What has no bearing on the token request becomes a note; what has, and cannot be said in a
//! profile, is a fault, and then there is no profile. No note and no fault holds a value that may be secret.

mod benthos;
mod couper;
mod curl;
mod document;
mod eccenca;
mod elasticio;
mod form;
mod keboola;
mod text;
mod write;

use std::collections::BTreeMap;

use crate::secret::redact::is_sensitive_name;
use crate::secret::{Secret, Source};
use crate::settings::{Environment, File, Key, Settings, SettingsError};
use crate::wire::Url;

use text::{Part, Text, is_variable_name, placeholder, variable_name};

/// The systems whose configuration is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// The `oauth2_token` processor.
    Benthos,
    /// The OAuth2 Authentication task.
    Eccenca,
    /// The Generic Extractor's login.
    Keboola,
    /// The `oauth2` block.
    Couper,
    /// The credentials of the REST component for client credentials.
    Elasticio,
    /// A command line.
    Curl,
}

impl System {
    /// Each with its name on the command line.
    pub const ALL: [(&'static str, Self); 6] = [
        ("benthos", Self::Benthos),
        ("eccenca", Self::Eccenca),
        ("keboola", Self::Keboola),
        ("couper", Self::Couper),
        ("elasticio", Self::Elasticio),
        ("curl", Self::Curl),
    ];

    /// The system of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, system)| system)
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, system)| *system == self).map_or("", |(name, _)| name)
    }
}

/// Why there is no profile: everything that is wrong, each with the foreign key it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.faults))]
pub struct ImportError {
    /// `key: why`, at least one.
    pub faults: Vec<String>,
    /// What to do.
    pub hint: String,
}

fn summary(faults: &[String]) -> String {
    match faults {
        [one] => one.clone(),
        many => format!("{} things cannot be carried over", many.len()),
    }
}

/// What has become of a foreign configuration.
#[derive(Debug)]
pub struct Import {
    /// The text of a file with one profile.
    pub profile: Result<String, ImportError>,
    /// What its user should know, in the order met.
    pub notes: Vec<String>,
    /// Literal secrets that were met, for whoever prints.
    pub secrets: Vec<Secret>,
}

/// Reads `text` as a configuration of `system`. Literal secrets become references to environment variables, unless
/// `keep_secrets`.
pub fn import(system: System, text: &str, keep_secrets: bool) -> Import {
    let mut draft = Draft { keep_secrets, ..Draft::default() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = match system {
        System::Benthos => benthos::read(text, &mut draft),
        System::Eccenca => eccenca::read(text, &mut draft),
        System::Keboola => keboola::read(text, &mut draft),
        System::Couper => couper::read(text, &mut draft),
        System::Elasticio => elasticio::read(text, &mut draft),
        System::Curl => curl::read(text, &mut draft),
    };
    let profile = match read {
        Err(Unreadable { what, hint }) => Err(ImportError { faults: vec![what], hint }),
        Ok(()) => draft.finish(system),
    };
    Import { profile, notes: draft.notes, secrets: draft.secrets }
}

/// Text that is not what the system reads.
struct Unreadable {
    what: String,
    hint: String,
}

impl Unreadable {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

/// A setting's value on its way into a file.
enum Value {
    /// Written as it is: a number, a time span, a name out of a list.
    Plain(String),
    /// A secret's source, already in a profile's language.
    Source(String),
    /// A text.
    Text(Text),
    /// Several.
    List(Vec<Text>),
    /// By name.
    Map(Vec<(String, Text)>),
}

/// A profile in the making.
#[derive(Default)]
struct Draft {
    values: BTreeMap<Key, Value>,
    /// What each setting is called where it came from.
    origins: BTreeMap<Key, String>,
    notes: Vec<String>,
    faults: Vec<String>,
    secrets: Vec<Secret>,
    /// The variables that stand for literal secrets: one variable is one secret.
    variables: Vec<(String, Text)>,
    keep_secrets: bool,
}

impl Draft {
    /// Tells something the user should know.
    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Tells something that cannot be carried over, though the token request depends on it.
    fn fault(&mut self, from: &str, why: impl AsRef<str>) {
        self.faults.push(format!("{from}: {}", why.as_ref()));
    }

    fn has(&self, key: Key) -> bool {
        self.values.contains_key(&key)
    }

    fn put(&mut self, key: Key, from: &str, value: Value) {
        if self.values.contains_key(&key) {
            let earlier = self.origins.get(&key).map_or("", String::as_str);
            let why = if earlier == from {
                "it is given twice".into()
            } else {
                format!("{earlier} has already said the {}", key.name())
            };
            return self.fault(from, why);
        }
        self.origins.insert(key, from.to_owned());
        self.values.insert(key, value);
    }

    /// A number, a time span or a name out of a list.
    fn plain(&mut self, key: Key, from: &str, text: impl Into<String>) {
        self.put(key, from, Value::Plain(text.into()));
    }

    /// A text that is no secret. An empty one is none.
    fn text(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() {
            return;
        }
        let text = self.filled_in(from, text);
        self.put(key, from, Value::Text(text));
    }

    /// A value that only stands for one becomes a variable.
    fn filled_in(&mut self, from: &str, text: &Text) -> Text {
        match text.as_literal().and_then(placeholder).filter(|name| !name.is_empty()) {
            Some(name) => {
                self.note(format!("{from} only stands for a value: set the environment variable {name}"));
                Text::variable(name, None)
            }
            None => text.clone(),
        }
    }

    /// A list, unless it is empty.
    fn list(&mut self, key: Key, from: &str, items: Vec<Text>) {
        if !items.is_empty() {
            self.put(key, from, Value::List(items));
        }
    }

    /// One more form field or header. A value that its name gives away as secret is treated as one.
    fn pair(&mut self, key: Key, from: &str, name: &str, text: &Text) {
        let text = if is_sensitive_name(name) {
            match self.reference(&variable_name(name), from, text) {
                Reference::Variable(name) => Text::variable(name, None),
                Reference::Kept(text) => text,
            }
        } else {
            self.filled_in(from, text)
        };
        self.origins.entry(key).or_insert_with(|| from.to_owned());
        match self.values.entry(key).or_insert_with(|| Value::Map(Vec::new())) {
            Value::Map(pairs) if pairs.iter().any(|(known, _)| known == name) => self.fault(from, "it is given twice"),
            Value::Map(pairs) => pairs.push((name.to_owned(), text)),
            _ => {}
        }
    }

    /// A secret. An empty one is a fault: nothing could be sent for it.
    fn secret(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() {
            return self.fault(from, "the secret is empty");
        }
        let default = match key {
            Key::Password => "PASSWORD",
            Key::RefreshToken => "REFRESH_TOKEN",
            _ => "CLIENT_SECRET",
        };
        let source = match self.reference(default, from, text) {
            Reference::Variable(name) => format!("env:{name}"),
            Reference::Kept(text) => {
                let text = text.in_profile();
                // The reader looks for `env:` and its like before it fills variables in, so this does too.
                match Source::parse(&text) {
                    Ok(Source::Literal(secret)) if secret.expose() == text => text,
                    _ => format!("literal:{text}"),
                }
            }
        };
        self.put(key, from, Value::Source(source));
    }

    /// What stands in the file for a secret: a variable, unless the secret is to be kept.
    fn reference(&mut self, default_name: &str, from: &str, text: &Text) -> Reference {
        if let [Part::Variable { name, default: None }] = text.parts() {
            return Reference::Variable(name.clone());
        }
        if let Some(name) = text.as_literal().and_then(placeholder) {
            let name = if name.is_empty() { default_name.to_owned() } else { name };
            self.note(format!("{from} only stands for a secret: set the environment variable {name}"));
            return Reference::Variable(name);
        }
        for part in text.parts() {
            let (Part::Literal(secret) | Part::Variable { default: Some(secret), .. }) = part else { continue };
            self.conceal(secret);
        }
        if self.keep_secrets {
            return Reference::Kept(text.clone());
        }
        let name = match text.parts() {
            [Part::Variable { name, .. }] => name.clone(),
            _ => self.variable_for(default_name, text),
        };
        self.note(format!(
            "{from}: the secret is not written out; set the environment variable {name} to it (--keep-secrets writes it out)"
        ));
        Reference::Variable(name)
    }

    /// A name that stands for no other secret yet.
    fn variable_for(&mut self, name: &str, secret: &Text) -> String {
        let names = (1..).map(|count| if count == 1 { name.to_owned() } else { format!("{name}_{count}") });
        let taken = |wanted: &String| self.variables.iter().any(|(known, other)| known == wanted && other != secret);
        let free = names.into_iter().find(|wanted| !taken(wanted)).unwrap_or_default();
        self.variables.push((free.clone(), secret.clone()));
        free
    }

    /// Hides a text wherever it would be told.
    fn conceal(&mut self, secret: &str) {
        // Examples use words such as "secret" for one: hiding that would only make the messages about it unreadable.
        if !secret.is_empty() && !"client_secret password refresh_token".contains(secret) {
            self.secrets.push(Secret::new(secret));
        }
    }

    /// A URL of the server. Its query is kept, but a credential in it has no way to stay there.
    fn url(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() {
            return;
        }
        let text = Self::with_url_placeholders(&self.filled_in(from, text));
        for part in text.parts() {
            if let Part::Variable { name, default: None } = part {
                self.note(format!("{from} holds the environment variable {name}: set it"));
            }
        }
        let whole: String = text.in_profile();
        if let Some((_, query)) = whole.split_once('?') {
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                if is_sensitive_name(&name) && !value.is_empty() {
                    self.conceal(&value);
                    return self.fault(
                        from,
                        format!("its query holds '{name}', and credentials never go into a URL (RFC 6749 §2.3.1); give it as a form field or header"),
                    );
                }
            }
        }
        if let Some(literal) = text.as_literal() {
            match Url::parse(literal) {
                Err(error) => return self.fault(from, error.to_string()),
                Ok(url) if !url.is_protected() => {
                    return self
                        .fault(from, "plain http would send credentials in clear; only https can be carried over");
                }
                Ok(_) => {}
            }
        }
        self.put(key, from, Value::Text(text));
    }

    /// `https://{tenant}.example.com`: characters that no URL holds, so they can only stand for something.
    fn with_url_placeholders(text: &Text) -> Text {
        let mut out = Text::default();
        for part in text.parts() {
            let Part::Literal(literal) = part else {
                if let Part::Variable { name, default } = part {
                    out.push(&Text::variable(name.clone(), default.clone()));
                }
                continue;
            };
            let mut rest = literal.as_str();
            while let Some(at) = rest.find(['<', '{']) {
                let close = if rest[at..].starts_with('<') { '>' } else { '}' };
                let Some(end) = rest[at..].find(close).map(|end| at + end + 1) else { break };
                match placeholder(&rest[at..end]).filter(|name| !name.is_empty()) {
                    Some(name) => {
                        out.push_literal(&rest[..at]);
                        out.push(&Text::variable(name, None));
                    }
                    None => out.push_literal(&rest[..end]),
                }
                rest = &rest[end..];
            }
            out.push_literal(rest);
        }
        out
    }

    /// A proxy's URL, whose password is a secret.
    fn proxy(&mut self, from: &str, text: &Text) {
        let literal = text.as_literal().unwrap_or_default().to_owned();
        let Some((userinfo, host)) = literal.rsplit_once('@') else { return self.text(Key::Proxy, from, text) };
        let start = userinfo.find("://").map_or(0, |at| at + 3);
        let Some((user, password)) = userinfo[start..].split_once(':') else {
            return self.text(Key::Proxy, from, text);
        };
        let mut out = Text::literal(format!("{}{user}:", &userinfo[..start]));
        match self.reference("PROXY_PASSWORD", from, &Text::literal(password)) {
            Reference::Variable(name) => out.push(&Text::variable(name, None)),
            Reference::Kept(text) => out.push(&text),
        }
        out.push_literal(&format!("@{host}"));
        self.put(Key::Proxy, from, Value::Text(out));
    }

    /// Whether a setting is still missing, and what a foreign user calls it.
    fn require(&mut self, key: Key, from: &str) {
        if !self.has(key) && !self.faults.iter().any(|fault| fault.starts_with(&format!("{from}: "))) {
            self.fault(from, "it is missing");
        }
    }

    /// The file, once it is known to be one that the profile reader and the settings accept.
    fn finish(&mut self, system: System) -> Result<String, ImportError> {
        if self.faults.is_empty() {
            let yaml = self.yaml(system);
            match self.check(&yaml) {
                Ok(()) => return Ok(yaml),
                Err(fault) => self.faults.push(fault),
            }
        }
        let hint = "mend or remove it in the input; 'oauth2tok import --help' lists what is understood".to_owned();
        Err(ImportError { faults: std::mem::take(&mut self.faults), hint })
    }

    fn yaml(&self, system: System) -> String {
        let mut yaml =
            format!("# Made by 'oauth2tok import --from {}'. To use it: oauth2tok -p ./FILE.yaml\n", system.name());
        for (key, value) in &self.values {
            yaml.push_str(&write::entry(key.name(), value));
        }
        yaml
    }

    /// Reads the file back as `-p` will, with plausible values for variables that nobody has set yet.
    fn check(&self, yaml: &str) -> Result<(), String> {
        let fails = |error: SettingsError| match error {
            SettingsError::Refused { name, why, .. } => {
                let key = Key::from_profile_name(&name);
                let origin = key.and_then(|key| self.origins.get(&key)).cloned().unwrap_or(name);
                format!("{origin}: {why}")
            }
            other => other.to_string(),
        };
        let file = File::parse_single("the profile", yaml.to_owned()).map_err(|error| fails(error.into()))?;
        let lookup = |name: &str| Some(if self.stands_for_url(name) { "https://x.example" } else { "x" }.to_owned());
        let layer = file.profile("the profile", None, &lookup).map_err(|error| fails(error.into()))?;
        Settings::from_layer(layer, &Environment::default()).map(|_| ()).map_err(fails)
    }

    /// True for a variable that must hold a URL, because one begins with it.
    fn stands_for_url(&self, wanted: &str) -> bool {
        let begins = |text: &Text| matches!(text.parts().first(), Some(Part::Variable { name, .. }) if name == wanted);
        [Key::TokenEndpoint, Key::Issuer, Key::Resource].iter().any(|key| match self.values.get(key) {
            Some(Value::Text(text)) => begins(text),
            Some(Value::List(items)) => items.iter().any(begins),
            _ => false,
        })
    }
}

/// What stands in the file for a secret.
enum Reference {
    /// This variable.
    Variable(String),
    /// The secret itself.
    Kept(Text),
}

/// `text` where it is an environment variable's name, for the systems that write `${NAME}` and `${NAME:default}`.
fn variable_with_default(inside: &str) -> Result<Text, String> {
    let (name, default) =
        inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default.to_owned())));
    if is_variable_name(name) {
        Ok(Text::variable(name, default))
    } else {
        Err("'${…}' does not hold the name of an environment variable".into())
    }
}

#[cfg(test)]
mod tests;
