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

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::secret::names::is_sensitive_name;
use crate::secret::redact::Redactor;
use crate::secret::{Secret, Source};
use crate::settings::{Environment, File, Key, RESERVED_PARAMS, Settings, SettingsError, foreign};
use crate::wire::Url;

use text::{Part, Text, invented_name, is_variable_name, named_variables, placeholder, variable_name};

/// How many form fields or header fields a request may have, items a list and variables a value: far above any real
/// configuration.
const MOST: usize = 1000;

/// How much values may grow to where they hold what stands elsewhere (bytes).
const MOST_EXPANDED: usize = 4 << 20;

/// What has been put in place of references so far, for systems whose values can refer to the same long text often.
#[derive(Default)]
struct Expanded(Cell<usize>);

impl Expanded {
    /// Counts a text that is put in.
    fn add(&self, text: &str) -> Result<(), String> {
        self.0.set(self.0.get().saturating_add(text.len()));
        if self.0.get() > MOST_EXPANDED { Err("values that are put in here grow beyond 4 MiB".into()) } else { Ok(()) }
    }
}

/// A foreign name as far as it may be told: a slip makes a secret a part of it. `known` are names of the foreign system.
fn told(name: &str, known: &'static [&'static str]) -> String {
    foreign::told(name, known.iter().copied().chain(Key::profile_names()).chain(RESERVED_PARAMS))
}

/// The name of a form field, header field or the like, which its user chose, as far as it may be told.
fn named(name: &str) -> String {
    if foreign::is_plain(name) { name.to_owned() } else { told(name, &[]) }
}

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
    /// Whether the profile holds a secret.
    pub holds_secrets: bool,
}

/// Reads `text` as a configuration of `system`. Literal secrets become references to environment variables, unless
/// `keep_secrets`.
pub fn import(system: System, text: &str, keep_secrets: bool) -> Import {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut draft = Draft {
        keep_secrets,
        variables: named_variables(text).map(|name| (name.to_owned(), StandsFor::Itself)).collect(),
        // The other systems export what is in use; a vendor's documentation shows what a value could look like.
        from_documentation: system == System::Curl,
        ..Draft::default()
    };
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
    Import { profile, notes: draft.told(&draft.notes), holds_secrets: draft.holds_secrets }
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

/// What an environment variable of the profile stands for. Two things never share a variable.
#[derive(Clone, PartialEq, Eq, Hash)]
enum StandsFor {
    /// The input names it.
    Itself,
    /// A secret that the input spells out.
    Literal(Text),
    /// A value that documentation leaves open.
    Open,
    /// A secret that documentation leaves open, by the name it has unless it is given another one.
    OpenSecret(String),
}

/// Something to tell.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Remark {
    /// In foreign words, in which a secret may be repeated.
    about: String,
    /// In this program's words and names, which can be told whatever the secrets are.
    says: String,
}

/// A profile in the making.
#[derive(Default)]
struct Draft {
    values: BTreeMap<Key, Value>,
    /// What each setting is called where it came from.
    origins: BTreeMap<Key, String>,
    notes: Vec<Remark>,
    faults: Vec<Remark>,
    /// Both of the above: nothing is told twice.
    said: HashSet<Remark>,
    /// The names of form fields and header fields so far.
    fields: HashSet<(Key, String)>,
    secrets: Redactor,
    /// What each variable stands for.
    variables: HashMap<String, StandsFor>,
    /// The variable of what has got one, by the name it was to have.
    given: HashMap<(String, StandsFor), String>,
    /// How many variables were to have a name.
    counts: HashMap<String, usize>,
    keep_secrets: bool,
    holds_secrets: bool,
    from_documentation: bool,
}

impl Draft {
    /// Tells something the user should know.
    fn note(&mut self, about: &str, says: impl AsRef<str>) {
        let note = Remark { about: about.to_owned(), says: format!(" {}", says.as_ref()) };
        if self.said.insert(note.clone()) {
            self.notes.push(note);
        }
    }

    /// Tells something that cannot be carried over, though the token request depends on it.
    fn fault(&mut self, from: &str, why: impl AsRef<str>) {
        let fault = Remark { about: from.to_owned(), says: format!(": {}", why.as_ref()) };
        if self.said.insert(fault.clone()) {
            self.faults.push(fault);
        }
    }

    /// The words of remarks, once all secrets are known.
    fn told(&self, remarks: &[Remark]) -> Vec<String> {
        let about = |about: &str| match self.secrets.is_overwhelmed() {
            true => "(not shown)".to_owned(),
            false => self.secrets.redact(about).into_owned(),
        };
        remarks.iter().map(|Remark { about: what, says }| format!("{}{says}", about(what))).collect()
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

    /// True for a block or object that somebody wrote by hand; else it is a fault.
    fn has_few(&mut self, from: &str, members: usize) -> bool {
        if members > MOST {
            self.fault(from, format!("it has more than {MOST} members"));
        }
        members <= MOST
    }

    /// True for a value that somebody wrote by hand; else it is a fault.
    fn fits(&mut self, from: &str, text: &Text) -> bool {
        let fits = text.parts().len() <= 2 * MOST;
        if !fits {
            self.fault(from, format!("it holds more than {MOST} variables"));
        }
        fits
    }

    /// A text that is no secret. An empty one is none.
    fn text(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() || !self.fits(from, text) {
            return;
        }
        let text = self.filled_in(key.name(), from, text);
        self.put(key, from, Value::Text(text));
    }

    /// What documentation calls a value it leaves open, if this is one; empty where it does not say.
    fn open(&self, text: &Text) -> Option<String> {
        text.as_literal().filter(|_| self.from_documentation).and_then(placeholder)
    }

    /// A value that only stands for one becomes a variable, and so does a part of a URL that does.
    fn filled_in(&mut self, name: &str, from: &str, text: &Text) -> Text {
        if let Some(open) = self.open(text) {
            let name = self.variable_for_open(open, variable_name(name), text, StandsFor::Open);
            self.note(from, format!("only stands for a value: set the environment variable {name}"));
            return Text::variable(name, None);
        }
        if self.from_documentation && text.as_literal().is_some_and(|text| text.contains("://")) {
            let text = self.with_url_placeholders(text);
            self.note_variables(from, &text);
            return text;
        }
        text.clone()
    }

    fn note_variables(&mut self, from: &str, text: &Text) {
        for part in text.parts() {
            if let Part::Variable { name, default: None } = part {
                self.note(from, format!("holds the environment variable {name}: set it"));
            }
        }
    }

    /// A list, unless it is empty.
    fn list(&mut self, key: Key, from: &str, items: &[Text]) {
        if items.len() > MOST {
            return self.fault(from, format!("there are more than {MOST} of them"));
        }
        if !items.is_empty() && items.iter().all(|item| self.fits(from, item)) {
            let items = items.iter().map(|item| self.filled_in(key.name(), from, item)).collect();
            self.put(key, from, Value::List(items));
        }
    }

    /// One more form field or header. A value that its name gives away as secret is treated as one.
    fn pair(&mut self, key: Key, from: &str, name: &str, text: &Text) {
        let count = match self.values.get(&key) {
            Some(Value::Map(pairs)) => pairs.len(),
            _ => 0,
        };
        if count >= MOST {
            return self.fault(key.name(), format!("there are more than {MOST} of them"));
        }
        if !self.fields.insert((key, name.to_owned())) {
            return self.fault(from, "it is given twice");
        }
        if !self.fits(from, text) {
            return;
        }
        // What no plain word is may be a secret in part, and variables are told.
        let word = if foreign::is_plain(name) { name } else { key.name() };
        let text = if is_sensitive_name(name) {
            match self.reference(&variable_name(word), from, text) {
                Reference::Variable(name) => Text::variable(name, None),
                Reference::Kept(text) => text,
            }
        } else {
            self.filled_in(word, from, text)
        };
        self.origins.entry(key).or_insert_with(|| from.to_owned());
        if let Value::Map(pairs) = self.values.entry(key).or_insert_with(|| Value::Map(Vec::new())) {
            pairs.push((name.to_owned(), text));
        }
    }

    /// A secret. An empty one is a fault: nothing could be sent for it.
    fn secret(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() {
            let why = match key {
                Key::ClientSecret => {
                    "the secret is empty; a client without one is named in the body, by client_id alone"
                }
                _ => "it is empty",
            };
            return self.fault(from, why);
        }
        if !self.fits(from, text) {
            return;
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
        if let Some(open) = self.open(text) {
            let secret = StandsFor::OpenSecret(default_name.to_owned());
            let name = self.variable_for_open(open, default_name.to_owned(), text, secret);
            self.note(from, format!("only stands for a secret: set the environment variable {name}"));
            return Reference::Variable(name);
        }
        for part in text.parts() {
            let (Part::Literal(secret) | Part::Variable { default: Some(secret), .. }) = part else { continue };
            self.conceal(secret);
        }
        if self.keep_secrets {
            self.holds_secrets = true;
            return Reference::Kept(text.clone());
        }
        let name = match text.parts() {
            [Part::Variable { name, .. }] => name.clone(),
            _ => self.variable_for(default_name, StandsFor::Literal(text.clone())),
        };
        self.note(
            from,
            format!("had a secret, which is not written out; set the environment variable {name} to it (--keep-secrets writes it out)"),
        );
        Reference::Variable(name)
    }

    /// A name that stands for nothing else yet, as near to `name` as can be.
    fn variable_for(&mut self, name: &str, what: StandsFor) -> String {
        let name = if what == StandsFor::Itself { name.to_owned() } else { invented_name(name) };
        let wanted = (name, what);
        if let Some(given) = self.given.get(&wanted) {
            return given.clone();
        }
        let (name, what) = &wanted;
        let count = self.counts.entry(name.clone()).or_default();
        let free = loop {
            *count += 1;
            let candidate = if *count == 1 { name.clone() } else { format!("{name}_{count}") };
            if self.variables.get(&candidate).is_none_or(|other| other == what) {
                break candidate;
            }
        };
        self.variables.insert(free.clone(), what.clone());
        self.given.insert(wanted, free.clone());
        free
    }

    /// The variable of a value that documentation leaves open; `$NAME` and `%NAME%` are one already.
    fn variable_for_open(&mut self, open: String, default_name: String, text: &Text, what: StandsFor) -> String {
        let what =
            if text.as_literal().is_some_and(|text| text.starts_with(['$', '%'])) { StandsFor::Itself } else { what };
        self.variable_for(if open.is_empty() { &default_name } else { &open }, what)
    }

    /// Hides a text wherever it would be told.
    fn conceal(&mut self, secret: &str) {
        // Examples use words such as "secret" for one: hiding that would only make the messages about it unreadable.
        if !secret.is_empty() && !"client_secret password refresh_token".contains(secret) {
            self.secrets.add(&Secret::new(secret));
        }
    }

    /// A URL of the server. Its query is kept, but a credential in it has no way to stay there.
    fn url(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() || !self.fits(from, text) {
            return;
        }
        let text = match self.open(text) {
            Some(_) => self.filled_in(key.name(), from, text),
            None => self.with_url_placeholders(text),
        };
        self.note_variables(from, &text);
        let whole: String = text.in_profile();
        if let Some((_, query)) = whole.split_once('?') {
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                if is_sensitive_name(&name) && !value.is_empty() {
                    self.conceal(&value);
                    return self.fault(
                        from,
                        format!("its query holds {}, and credentials never go into a URL (RFC 6749 §2.3.1); give it as a form field or header", foreign::of_pair(&name, RESERVED_PARAMS)),
                    );
                }
            }
        }
        // A user name in front of the host is no more welcome where variables stand beside it.
        let filled = text.with_variables("x");
        let example = if authority(&filled).contains('@') { filled } else { example_url(&text) };
        match Url::parse(&example) {
            Err(error) => return self.fault(from, error.to_string()),
            Ok(url) if !url.is_protected() => {
                return self.fault(from, "plain http would send credentials in clear; only https can be carried over");
            }
            Ok(_) => {}
        }
        self.put(key, from, Value::Text(text));
    }

    /// `https://{tenant}.example.com`, `https://YOUR_DOMAIN`: what no URL holds can only stand for something.
    fn with_url_placeholders(&mut self, text: &Text) -> Text {
        let mut out = Text::default();
        for part in text.parts() {
            let Part::Literal(literal) = part else {
                out.push_part(part);
                continue;
            };
            let mut rest = literal.as_str();
            while let Some((before, found, after)) = next_placeholder(rest) {
                out.push_literal(before);
                // Here no setting has a name to take instead of an unspecific one.
                match placeholder(found).map(|name| if name.is_empty() { variable_name(found) } else { name }) {
                    Some(name) if !name.is_empty() => {
                        out.push(&Text::variable(self.variable_for(&name, StandsFor::Open), None));
                    }
                    _ => out.push_literal(found),
                }
                rest = after;
            }
            out.push_literal(rest);
        }
        out
    }

    /// A proxy's URL, whose password is a secret.
    fn proxy(&mut self, from: &str, text: &Text) {
        if !self.fits(from, text) {
            return;
        }
        let parts = text.rsplit_once('@').and_then(|(userinfo, host)| {
            let (mut user, mut password) = userinfo.split_once(':')?;
            if password.with_variables("x").starts_with("//") {
                // That was the scheme's colon.
                let (name, rest) = password.split_once(':')?;
                user.push_literal(":");
                user.push(&name);
                password = rest;
            }
            Some((user, password, host))
        });
        let Some((mut out, password, host)) = parts else { return self.text(Key::Proxy, from, text) };
        out.push_literal(":");
        match self.reference("PROXY_PASSWORD", from, &password) {
            Reference::Variable(name) => out.push(&Text::variable(name, None)),
            Reference::Kept(text) => out.push(&text),
        }
        out.push_literal("@");
        out.push(&host);
        self.put(Key::Proxy, from, Value::Text(out));
    }

    /// Whether a setting is still missing, and what a foreign user calls it.
    fn require(&mut self, key: Key, from: &str) {
        if !self.has(key) && !self.faults.iter().any(|fault| fault.about == from) {
            self.fault(from, "it is missing");
        }
    }

    /// The file, once it is known to be one that the profile reader and the settings accept.
    fn finish(&mut self, system: System) -> Result<String, ImportError> {
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
            yaml.push_str(&write::entry(key.name(), value));
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
            other => other.to_string(),
        };
        let entry = |(key, value): (&Key, &Value)| match (key, value) {
            (Key::TokenEndpoint | Key::Issuer | Key::BaseUrl | Key::Proxy, Value::Text(text)) => {
                write::entry(key.name(), &Value::Text(Text::literal(example_url(text))))
            }
            (Key::Resource, Value::List(items)) => {
                let items = items.iter().map(|item| Text::literal(example_url(item)));
                write::entry(key.name(), &Value::List(items.collect()))
            }
            _ => write::entry(key.name(), value),
        };
        let yaml = self.values.iter().map(entry).collect();
        let file = File::parse_single("the profile", yaml).map_err(|error| fails(error.into()))?;
        let layer =
            file.profile("the profile", None, &|_| Some("x".to_owned())).map_err(|error| fails(error.into()))?;
        Settings::from_layer(layer, &Environment::default()).map(|_| ()).map_err(fails)
    }
}

/// A URL as it could be once its variables are set. Where one of them says where the request goes, only the run can tell
/// whether it may go there.
fn example_url(text: &Text) -> String {
    let known = match text.parts() {
        [] | [Part::Literal(_)] => true,
        [Part::Literal(first), ..] => first.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#'])),
        _ => false,
    };
    if known { text.with_variables("x") } else { "https://x.example".to_owned() }
}

/// The part of a URL that says where to go.
fn authority(url: &str) -> &str {
    url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// The first `<…>`, `{…}`, `{{…}}` or `YOUR_…` of a URL, with what stands before and behind it.
fn next_placeholder(url: &str) -> Option<(&str, &str, &str)> {
    let begins = |rest: &str| rest.starts_with(['<', '{']) || rest.starts_with("YOUR_");
    let (at, _) = url.match_indices(['<', '{', 'Y']).find(|(at, _)| begins(&url[*at..]))?;
    let length = match url.as_bytes()[at] {
        b'<' => url[at..].find('>')? + 1,
        b'{' if url[at..].starts_with("{{") => url[at..].find("}}")? + 2,
        b'{' => url[at..].find('}')? + 1,
        _ => url[at..].find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(url.len() - at),
    };
    Some((&url[..at], &url[at..at + length], &url[at + length..]))
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
