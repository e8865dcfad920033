//! A profile in the making: what a foreign configuration says of each setting, and what is to be told of it.

mod claims;
mod variables;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::text::{Output, Piece, Text, named_variables, variable_name};
use super::{Import, ImportError, MOST, System, Unreadable};
use crate::oauth::{client, grant};
use crate::secret::names::secrets_in_query;
use crate::secret::redact::Redactor;
use crate::secret::{Secret, Source};
use crate::settings::{Key, Pair, foreign, reserved_params};
use crate::wire::Url;

pub(super) use self::claims::Json;
use self::variables::Reference;
pub(super) use self::variables::StandsFor;

/// A setting's value on its way into a file.
enum Written {
    /// Written as it is: a number, a time span, a name out of a list.
    Plain(String),
    /// A secret's source, already in a profile's language.
    Source(String),
    /// A text.
    Text(Text),
    /// Several.
    List(Vec<Text>),
    /// By name, of which each may have several.
    Map(Vec<(String, Vec<Text>)>),
    /// By name, each as YAML that holds what JSON does.
    Claims(Vec<(String, String)>),
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
pub(super) struct Draft {
    values: BTreeMap<Key, Written>,
    /// What each setting is called where it came from.
    origins: BTreeMap<Key, String>,
    notes: Vec<Remark>,
    faults: Vec<Remark>,
    /// Both of the above: nothing is told twice.
    said: HashSet<Remark>,
    /// The names of form fields and header fields so far, each with its place among them.
    fields: HashMap<(Key, String), usize>,
    secrets: Redactor,
    /// What each variable stands for.
    variables: HashMap<String, StandsFor>,
    /// The variable of what has got one, by the name it was to have.
    given: HashMap<(String, StandsFor), String>,
    /// The name that the input itself has for a value.
    names: HashMap<String, String>,
    /// How many variables were to have a name.
    counts: HashMap<String, usize>,
    keep_secrets: bool,
    holds_secrets: bool,
    from_documentation: bool,
}

impl Draft {
    /// An empty one for what `text`, a configuration of `system`, says.
    pub(super) fn new(system: System, text: &str, keep_secrets: bool) -> Self {
        Self {
            keep_secrets,
            variables: named_variables(text).map(|name| (name.to_owned(), StandsFor::Itself)).collect(),
            // The other systems export what is in use; a vendor's documentation shows what a value could look like.
            from_documentation: system == System::Curl,
            ..Self::default()
        }
    }

    /// What has become of the configuration, once all of it is `read`.
    pub(super) fn into_import(mut self, system: System, read: Result<(), Unreadable>) -> Import {
        let profile = match read {
            Err(Unreadable { what, hint }) => Err(ImportError { faults: vec![what], hint }),
            Ok(()) => self.finish(system),
        };
        Import { profile, notes: self.told(&self.notes), holds_secrets: self.holds_secrets }
    }

    /// Tells something the user should know.
    pub(super) fn note(&mut self, about: &str, says: impl AsRef<str>) {
        let note = Remark { about: about.to_owned(), says: format!(" {}", says.as_ref()) };
        if self.said.insert(note.clone()) {
            self.notes.push(note);
        }
    }

    /// Tells something that cannot be carried over, though the token request depends on it.
    pub(super) fn fault(&mut self, from: &str, why: impl AsRef<str>) {
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

    pub(super) fn has(&self, key: Key) -> bool {
        self.values.contains_key(&key)
    }

    /// The name out of a list that was put there.
    pub(super) fn chosen(&self, key: Key) -> Option<&str> {
        match self.values.get(&key) {
            Some(Written::Plain(name)) => Some(name),
            _ => None,
        }
    }

    fn put(&mut self, key: Key, from: &str, value: Written) {
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
    pub(super) fn plain(&mut self, key: Key, from: &str, text: impl Into<String>) {
        self.put(key, from, Written::Plain(text.into()));
    }

    /// True for a block or object that somebody wrote by hand; else it is a fault.
    pub(super) fn has_few(&mut self, from: &str, members: usize) -> bool {
        if members > MOST {
            self.fault(from, format!("it has more than {MOST} members"));
        }
        members <= MOST
    }

    /// True for a value that somebody wrote by hand; else it is a fault.
    pub(super) fn fits(&mut self, from: &str, text: &Text) -> bool {
        let fits = text.pieces().len() <= 2 * MOST;
        if !fits {
            self.fault(from, format!("it holds more than {MOST} variables"));
        }
        fits
    }

    /// A text that is no secret. An empty one is none.
    pub(super) fn text(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() || !self.fits(from, text) {
            return;
        }
        let text = self.filled_in(key.name(), from, text);
        self.put(key, from, Written::Text(text));
    }

    /// A list, unless it is empty.
    pub(super) fn list(&mut self, key: Key, from: &str, items: &[Text]) {
        if items.len() > MOST {
            return self.fault(from, format!("there are more than {MOST} of them"));
        }
        if !items.is_empty() && items.iter().all(|item| self.fits(from, item)) {
            let items = items.iter().map(|item| self.filled_in(key.name(), from, item)).collect();
            self.put(key, from, Written::List(items));
        }
    }

    /// One more form field or header. A value that its name gives away as secret is treated as one.
    pub(super) fn pair(&mut self, key: Key, from: &str, name: &str, text: &Text) {
        let count = match self.values.get(&key) {
            Some(Written::Map(pairs)) => pairs.len(),
            _ => 0,
        };
        if count >= MOST {
            return self.fault(key.name(), format!("there are more than {MOST} of them"));
        }
        let earlier = self.fields.get(&(key, name.to_owned())).copied();
        // A form and a header may repeat a name; the other systems write maps, where it can only be a slip.
        if earlier.is_some() && !self.from_documentation {
            return self.fault(from, "it is given twice");
        }
        if !self.fits(from, text) {
            return;
        }
        let text = self.named_value(key, from, name, text);
        self.origins.entry(key).or_insert_with(|| from.to_owned());
        if let Written::Map(pairs) = self.values.entry(key).or_insert_with(|| Written::Map(Vec::new())) {
            match earlier.and_then(|at| pairs.get_mut(at)) {
                Some((_, values)) if values.len() >= MOST => {
                    self.fault(from, format!("there are more than {MOST} of them"));
                }
                Some((_, values)) => values.push(text),
                None => {
                    self.fields.insert((key, name.to_owned()), pairs.len());
                    pairs.push((name.to_owned(), vec![text]));
                }
            }
        }
    }

    /// The value of something that its user named.
    fn named_value(&mut self, key: Key, from: &str, name: &str, text: &Text) -> Text {
        // What no plain word is may be a secret in part, and variables are told.
        let word = if foreign::is_plain(name) { name } else { key.name() };
        if !Pair::is_secret(name) {
            return self.filled_in(word, from, text);
        }
        match self.reference(&variable_name(word), from, text) {
            Reference::Variable(name) => Text::variable(name, None),
            Reference::Kept(text) => text,
        }
    }

    /// A secret. An empty one is a fault: nothing could be sent for it.
    pub(super) fn secret(&mut self, key: Key, from: &str, text: &Text) {
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
        if let [Piece::Output(Output { source: Some(source), .. })] = text.pieces() {
            if source.starts_with("command:") {
                self.note(from, "comes from a command, which the profile runs for each token");
            }
            return self.put(key, from, Written::Source(source.clone()));
        }
        let source = match self.reference(&key.name().to_ascii_uppercase(), from, text) {
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
        self.put(key, from, Written::Source(source));
    }

    /// Hides a text wherever it would be told.
    pub(super) fn conceal(&mut self, secret: &str) {
        // Examples use words such as "secret" for one: hiding that would only make the messages about it unreadable.
        if !secret.is_empty() && !client::needs().chain(grant::needs()).any(|need| need.name.contains(secret)) {
            self.secrets.add(&Secret::new(secret));
        }
    }

    /// A URL of the server. Its query is kept, but a credential in it has no way to stay there.
    pub(super) fn url(&mut self, key: Key, from: &str, text: &Text) {
        if text.is_empty() || !self.fits(from, text) {
            return;
        }
        let text = &self.without_outputs(key.name(), from, text);
        let text = match self.open(text) {
            Some(_) => self.filled_in(key.name(), from, text),
            None => self.with_url_placeholders(text),
        };
        self.note_variables(from, &text);
        let whole: String = text.in_profile();
        if let Some((name, secret)) = secrets_in_query(&whole).next() {
            self.conceal(secret.expose());
            return self.fault(
                from,
                format!("its query holds {}, and credentials never go into a URL (RFC 6749 §2.3.1); give it as a form field or header", foreign::of_pair(&name, reserved_params())),
            );
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
        self.put(key, from, Written::Text(text));
    }

    /// A proxy's URL, whose password is a secret.
    pub(super) fn proxy(&mut self, from: &str, text: &Text) {
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
        self.put(Key::Proxy, from, Written::Text(out));
    }

    /// Whether a setting is still missing, and what a foreign user calls it.
    pub(super) fn require(&mut self, key: Key, from: &str) {
        if !self.has(key) && !self.faults.iter().any(|fault| fault.about == from) {
            self.fault(from, "it is missing");
        }
    }
}

/// A URL as it could be once its variables are set. Where one of them says where the request goes, only the run can tell
/// whether it may go there.
fn example_url(text: &Text) -> String {
    let known = match text.pieces() {
        [] | [Piece::Literal(_)] => true,
        [Piece::Literal(first), ..] => first.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#'])),
        _ => false,
    };
    if known { text.with_variables("x") } else { "https://x.example".to_owned() }
}

/// The part of a URL that says where to go.
fn authority(url: &str) -> &str {
    url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}
