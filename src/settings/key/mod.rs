//! The settings there are: names, kinds and where each may be set. Flags, environment, profiles, `profile show` and the
//! JSON Schema all read this one table.

mod row;
mod table;

use std::collections::HashSet;
use std::time::Duration;

use super::claims;
use super::foreign;
use crate::oauth::{Endpoint, Need};
use crate::secret::names::is_sensitive_name;
use crate::secret::source::{self, GrammarError};
use crate::secret::{Secret, Source};

pub use row::{Choice, Flag, Help, HelpSection, Kind, On, Separator, SetBy, Setting, Word};
pub use table::{KEYS, Key};

use table::SETTINGS;

/// Each endpoint beside the token's, and its setting.
pub const ENDPOINTS: [(Endpoint, Key); Endpoint::ALL.len()] = [
    (Endpoint::Authorization, Key::AuthorizationEndpoint),
    (Endpoint::DeviceAuthorization, Key::DeviceAuthorizationEndpoint),
    (Endpoint::PushedAuthorization, Key::PushedAuthorizationRequestEndpoint),
    (Endpoint::Revocation, Key::RevocationEndpoint),
    (Endpoint::Introspection, Key::IntrospectionEndpoint),
    (Endpoint::Userinfo, Key::UserinfoEndpoint),
    (Endpoint::Jwks, Key::JwksUri),
];

/// A form field or a header field of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether its value is secret.
    pub is_secret: bool,
    /// It is a further value of the name before it: a list says that the name is meant to repeat.
    pub is_further: bool,
}

impl Pair {
    /// With that name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self { is_secret: Self::is_secret(&name), name, value, is_further: false }
    }

    /// Whether the value under a name is secret: the name gives that away (`X-Api-Key`, `otp`). Whoever writes a profile asks
    /// here how it will be read.
    pub fn is_secret(name: &str) -> bool {
        is_sensitive_name(name)
    }
}

/// What a layer says of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// Of kinds text, ranges (as JSON where it was a list), path, URL, choice and JSON.
    Text(String),
    /// Of kind secret.
    Secret(Source),
    /// Of kind secrets, in the order given.
    Secrets(Vec<(String, Source)>),
    /// Of kind command: a program and its words.
    Command(Vec<String>),
    /// Of kind claims, in the order given: names, each with compact JSON.
    Claims(Vec<(String, String)>),
    /// Of kind list.
    List(Vec<String>),
    /// Of kind map, in the order given.
    Map(Vec<Pair>),
    /// Of kind switch.
    Switch(bool),
    /// Of kind duration.
    Duration(Duration),
    /// Of kind offset (milliseconds).
    Offset(i64),
    /// Of kind count.
    Count(u32),
}

impl SettingValue {
    /// Where the secrets are that it names.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let (one, named) = match self {
            Self::Secret(source) => (Some(source), [].as_slice()),
            Self::Secrets(named) => (None, named.as_slice()),
            _ => (None, [].as_slice()),
        };
        one.into_iter().chain(named.iter().map(|(_, source)| source))
    }
}

impl Key {
    /// The table's row.
    pub fn setting(self) -> &'static Setting {
        &SETTINGS[self as usize]
    }

    /// The profile key.
    pub fn name(self) -> &'static str {
        self.setting().name.key
    }

    /// The flag, such as `--auth-method`.
    pub fn flag(self) -> String {
        format!("--{}", self.setting().word().flag)
    }

    /// The environment variable, such as `OAUTH2TOK_AUTH_METHOD`.
    pub fn variable(self) -> String {
        variable(self.setting().word())
    }

    /// The other variable that says what it is, where there is one: a secret's may name a file, and a flag's second name and
    /// the flag that says no have theirs.
    pub fn other_variable(self) -> Option<String> {
        let setting = self.setting();
        if setting.kind == Kind::Secret {
            return Some(format!("{}_FILE", self.variable()));
        }
        let flag = setting.flag?;
        if setting.kind == Kind::Claims {
            // It holds all of them.
            return flag.named.map(|_| variable(setting.name));
        }
        flag.alias.or(flag.negated.map(|(word, _)| word)).map(variable)
    }

    /// True for the variables that say what it is.
    pub fn is_said_by(self, name: &str) -> bool {
        self.variable() == name || self.other_variable().is_some_and(|other| other == name)
    }

    /// Whether `own`, a variable's name without what ours begin with, can be one of those that say what it is: a quick look,
    /// since most are about another setting.
    pub fn may_be_called(self, own: &str) -> bool {
        let setting = self.setting();
        let is_begun = |word: Word| {
            own.len() >= word.key.len() && own.as_bytes()[..word.key.len()].eq_ignore_ascii_case(word.key.as_bytes())
        };
        let flag = setting.flag.as_ref();
        is_begun(setting.word())
            || is_begun(setting.name)
            || flag.is_some_and(|flag| {
                flag.alias.is_some_and(is_begun) || flag.negated.is_some_and(|(word, _)| is_begun(word))
            })
    }

    /// What profiles may call it besides its own name: what its flag is called.
    fn aliases(self) -> impl Iterator<Item = &'static str> {
        let flag = self.setting().flag.filter(|_| self.is_profile_key());
        flag.into_iter().flat_map(|flag| [flag.named, flag.alias]).flatten().map(|word| word.key)
    }

    /// The key that a profile means by `name`.
    pub fn from_profile_name(name: &str) -> Option<Self> {
        let keys = KEYS.iter().copied().filter(|key| key.is_profile_key());
        let by_alias = || keys.clone().find(|key| key.aliases().any(|alias| alias == name));
        keys.clone().find(|key| key.name() == name).or_else(by_alias)
    }

    /// The setting that a grant or a client method needs.
    pub fn of(need: &Need) -> Option<Self> {
        Self::from_profile_name(need.name)
    }

    /// Every name of every setting, also of those that no profile may set.
    pub fn all_names() -> impl Iterator<Item = (&'static str, Self)> {
        let aliases = KEYS.iter().flat_map(|key| key.aliases().map(|alias| (alias, *key)));
        KEYS.iter().map(|key| (key.name(), *key)).chain(aliases)
    }

    /// Every name that a config file may hold as a key, and those that only a flag may say.
    pub fn profile_names() -> impl Iterator<Item = &'static str> {
        Self::all_names().map(|(name, _)| name).chain(["extends"])
    }

    /// True where a profile may hold it.
    pub fn is_profile_key(self) -> bool {
        matches!(self.setting().set_by, SetBy::Everywhere | SetBy::Unflagged | SetBy::ProfileAlone)
    }

    /// Reads a single text: a flag's or a YAML scalar's. It is one item of a list or map, except that scopes may stand in it
    /// several at a time.
    ///
    /// # Errors
    /// What was expected instead. It does not repeat the text.
    pub fn read(self, text: &str) -> Result<SettingValue, String> {
        Ok(match self.setting().kind {
            Kind::Path if self.names_source(text) => SettingValue::Secret(self.source(text)?),
            Kind::Text | Kind::Ranges | Kind::Path | Kind::Url | Kind::Json => SettingValue::Text(text.to_owned()),
            Kind::Secret => SettingValue::Secret(self.source(text)?),
            Kind::Secrets => SettingValue::Secrets(vec![self.named_source(text)?]),
            Kind::Command => SettingValue::Command(command(text)?),
            Kind::Claims => SettingValue::Claims(vec![claims::claim(text)?]),
            Kind::List(_) => SettingValue::List(self.read_items(text)),
            Kind::Map { assign } => SettingValue::Map(vec![assignment(text, assign)?]),
            Kind::Switch => SettingValue::Switch(switch(text)?),
            Kind::Duration => SettingValue::Duration(duration(text)?),
            Kind::Offset => SettingValue::Offset(offset(text)?),
            Kind::Count => SettingValue::Count(text.parse().map_err(|_| "expected a whole number".to_owned())?),
            Kind::Choice(_) if self == Self::ResponseMode && text == "fragment" => {
                return Err("expected query or form_post: a browser keeps a fragment to itself".into());
            }
            Kind::Choice(choice) => SettingValue::Text(choice.read(text)?),
        })
    }

    /// What the flag that says no makes of it.
    pub fn negative(self) -> SettingValue {
        match self.setting().kind {
            Kind::Command => SettingValue::Command(vec!["none".to_owned()]),
            _ => SettingValue::Switch(false),
        }
    }

    /// The words that stand in place of a command and name none.
    pub fn reserves(self, words: &[String]) -> bool {
        self == Self::Browser && matches!(words, [word] if word == "auto" || word == "none")
    }

    /// What one item of a list stands for: itself, except that scopes may stand in it several at a time.
    pub fn read_items(self, text: &str) -> Vec<String> {
        match self.setting().kind {
            Kind::List(Separator::Space) => {
                text.split(' ').filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            _ => vec![text.to_owned()],
        }
    }

    /// Reads a variable's text, where each line is an item; scopes are separated by spaces there too.
    ///
    /// # Errors
    /// As [`Key::read`].
    pub fn read_lines(self, text: &str) -> Result<SettingValue, String> {
        match self.setting().kind {
            Kind::List(Separator::Line) => Ok(SettingValue::List(text.lines().map(str::to_owned).collect())),
            Kind::Map { assign } => {
                Ok(SettingValue::Map(text.lines().map(|line| assignment(line, assign)).collect::<Result<_, _>>()?))
            }
            Kind::Secrets => {
                let named = text.lines().filter(|line| !line.is_empty()).map(|line| self.named_source(line));
                let named: Vec<_> = named.collect::<Result<_, String>>()?;
                let mut seen = HashSet::new();
                match named.iter().all(|(name, _)| seen.insert(name)) {
                    true => Ok(SettingValue::Secrets(named)),
                    false => Err("a name stands twice in it".into()),
                }
            }
            Kind::Claims => claims::of_object(text).map(SettingValue::Claims).map_err(str::to_owned),
            _ => self.read(text),
        }
    }

    /// The source that a flag names.
    fn source(self, text: &str) -> Result<Source, String> {
        let source = self.checked(Source::parse(text).map_err(|error| error.to_string())?)?;
        if self.holds_key() && source.is_literal() {
            return Err(format!(
                "a key is not written out on the command line, where 'ps' shows it; give {} env:NAME, file:PATH or 'command:CMD ARGS'",
                self.flag()
            ));
        }
        Ok(source)
    }

    /// `NAME=SECRET` of a variable, where a command is a text like any other.
    fn named_source(self, line: &str) -> Result<(String, Source), String> {
        let (name, text) =
            line.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected NAME=SECRET lines")?;
        let source = match Source::parse(text) {
            Ok(Source::Command(_)) | Err(GrammarError::NoCommand | GrammarError::Words) => {
                Source::Literal(Secret::new(text))
            }
            source => self.checked(source.map_err(|error| error.to_string())?)?,
        };
        Ok((name.to_owned(), source))
    }

    /// The source itself, if this setting's secret can come from there.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn checked(self, source: Source) -> Result<Source, String> {
        if self.holds_key() && source == Source::Prompt {
            return Err("a key cannot be typed in; write env:NAME, file:PATH or command:CMD ARGS".into());
        }
        let is_token = matches!(self, Self::ClientAssertion | Self::Assertion | Self::SubjectToken | Self::ActorToken);
        if matches!(source, Source::GitHub { .. }) && !is_token {
            return Err("'github:' gives an identity token, for client_assertion, assertion, subject_token and \
                 actor_token; a secret that begins so is written literal:github:…"
                .into());
        }
        Ok(source)
    }

    /// True for the text of a path that names another source instead: a certificate and its key may come from one.
    pub fn names_source(self, text: &str) -> bool {
        let kinds = ["env:", "file:", "command:", "fd:"];
        matches!(self, Self::Cert | Self::Key | Self::ListenCert | Self::ListenKey)
            && kinds.iter().any(|kind| text.starts_with(kind))
    }

    /// True for what says whose a login is and with whom, or how its server is reached: whoever logs in has to say it again.
    /// How long anything may take is no part of that.
    pub fn is_of_logins(self) -> bool {
        use HelpSection::{Client, Grant, Http, Keys, Profile, Server};
        let setting = self.setting();
        let is_time = matches!(setting.kind, Kind::Duration | Kind::Count);
        let flag = setting.flag.as_ref().filter(|flag| flag.on != On::Few);
        let section = flag.map(|flag| flag.section).filter(|_| !is_time);
        matches!(section, Some(Profile | Server | Grant | Client | Keys | Http))
            || matches!(self, Self::AuthParams | Self::AcrValues | Self::Strict)
    }

    /// True for a secret that is a private key: no part of it is ever shown.
    pub fn holds_key(self) -> bool {
        matches!(self, Self::SigningKey | Self::DpopKey)
    }
}

/// `true` or `false`, or as a number.
///
/// # Errors
/// What was expected instead.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("expected true or false".into()),
    }
}

/// A command and its words, which are told apart before variables are filled in.
///
/// # Errors
/// Why there is none.
pub fn command(text: &str) -> Result<Vec<String>, &'static str> {
    if text.starts_with("command:") {
        return Err("expected a command and its words, without 'command:' before it");
    }
    source::words(text).ok_or(NO_COMMAND)
}

/// Why a text is no command.
pub const NO_COMMAND: &str = "expected a command and its words; it is empty, or a quote is not closed";

impl Choice {
    /// The name in `text`.
    fn read(self, text: &str) -> Result<String, String> {
        let known = self.names();
        if known.contains(&text) {
            return Ok(text.to_owned());
        }
        let Some(others) = self.others() else {
            let near = foreign::nearest(text, known.iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("expected one of {}{near}", known.join(", ")));
        };
        match foreign::misspelt(text, known.iter().copied()) {
            Some(near) => Err(format!("did you mean {near}? A name that is nearly a known one is refused")),
            None => (others.allow)(text).map(|()| text.to_owned()).map_err(str::to_owned),
        }
    }
}

/// The environment variable of a flag.
fn variable(word: Word) -> String {
    format!("OAUTH2TOK_{}", word.key.to_ascii_uppercase())
}

/// `NAME=VALUE`, or `Name: value` with the white space around the value left out (RFC 9110 §5.5).
fn assignment(text: &str, assign: char) -> Result<Pair, String> {
    let expected = if assign == ':' { "expected 'Name: value'" } else { "expected NAME=VALUE" };
    let (name, value) = text.split_once(assign).filter(|(name, _)| !name.is_empty()).ok_or(expected)?;
    Ok(Pair::new(name, if assign == ':' { value.trim_matches([' ', '\t']) } else { value }))
}

/// A time span with its unit, or a bare number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !text.is_empty();
    let read = if plain {
        text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    } else {
        humantime::parse_duration(text).ok()
    };
    read.ok_or_else(|| "expected a time span such as 30s, 500ms or 2m".into())
}

/// The longest offset (days): a machine without a clock of its own may begin in 1970.
const LONGEST_OFFSET: u64 = 100 * 366;

/// A time span that may have a sign (milliseconds).
fn offset(text: &str) -> Result<i64, String> {
    let (sign, span) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let span = duration(span).ok().filter(|span| span.as_secs() <= LONGEST_OFFSET * 24 * 60 * 60);
    let milliseconds = span.and_then(|span| i64::try_from(span.as_millis()).ok());
    milliseconds.map(|span| sign * span).ok_or_else(|| "expected a time span such as 90s, -90s or -2m".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::grant::OtherNames;

    #[test]
    fn each_setting_has_one_name_for_flag_variable_and_profile() {
        assert_eq!(Key::AuthMethod.flag(), "--auth-method");
        assert_eq!(Key::AuthMethod.variable(), "OAUTH2TOK_AUTH_METHOD");
        assert_eq!(Key::from_profile_name("auth_method"), Some(Key::AuthMethod));
        assert_eq!(Key::from_profile_name("token_endpoint_auth_method"), Some(Key::AuthMethod));
        assert_eq!(Key::Params.flag(), "--param");
        assert_eq!(Key::from_profile_name("insecure"), None);
        assert_eq!(Key::from_profile_name("profile"), None);
        for key in KEYS {
            assert!(KEYS.iter().filter(|k| k.variable() == key.variable()).count() == 1, "{key:?}");
        }
    }

    #[test]
    fn what_a_flag_is_called_besides_is_a_profile_key_and_a_variable_too() {
        for (name, key) in [("param", Key::Params), ("header", Key::Headers), ("token_url", Key::TokenEndpoint)] {
            assert_eq!(Key::from_profile_name(name), Some(key));
        }
        assert_eq!(Key::TokenEndpoint.other_variable().as_deref(), Some("OAUTH2TOK_TOKEN_URL"));
        assert_eq!(Key::Cache.other_variable().as_deref(), Some("OAUTH2TOK_NO_CACHE"));
        assert_eq!(Key::Password.other_variable().as_deref(), Some("OAUTH2TOK_PASSWORD_FILE"));
        assert_eq!(Key::ClientId.other_variable(), None);
        assert_eq!(Key::from_profile_name("no_cache"), None);
    }

    #[test]
    fn every_setting_but_a_profiles_own_has_a_flag_and_its_value_a_name() {
        for key in KEYS {
            let Setting { kind, set_by, flag, .. } = key.setting();
            let has_none = matches!(set_by, SetBy::Unflagged | SetBy::ProfileAlone);
            assert_eq!(flag.is_none(), has_none, "{key:?}");
            assert!(flag.is_none_or(|flag| flag.value.is_empty() == (*kind == Kind::Switch)), "{key:?}");
        }
    }

    fn allow(name: &str) -> Result<(), &'static str> {
        if name.contains(' ') { Err("expected a word") } else { Ok(()) }
    }

    #[test]
    fn an_open_choice_takes_any_name_that_is_not_nearly_a_known_one() {
        let choice = Choice::open(
            || vec!["password", "client_credentials", "urn:x:device"],
            || Some(OtherNames { allow, pattern: "" }),
        );
        for (text, expected) in [
            ("password", Ok("password".to_owned())),
            ("something_else", Ok("something_else".to_owned())),
            ("something else", Err("expected a word".to_owned())),
            ("account_credentials", Ok("account_credentials".to_owned())),
            ("pasword", Err("did you mean password? A name that is nearly a known one is refused".to_owned())),
        ] {
            assert_eq!(choice.read(text), expected);
        }
    }

    #[track_caller]
    fn check(key: Key, text: &str, expected: Result<SettingValue, &str>) {
        assert_eq!(key.read(text), expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn a_text_is_read_by_its_settings_kind() {
        let map = |pairs: &[(&str, &str)]| SettingValue::Map(pairs.iter().map(|(a, b)| Pair::new(*a, *b)).collect());
        check(Key::Scope, " a  b ", Ok(SettingValue::List(vec!["a".into(), "b".into()])));
        check(Key::Scope, "a\nb c\u{a0}", Ok(SettingValue::List(vec!["a\nb".into(), "c\u{a0}".into()])));
        check(Key::Audience, "a b\nc", Ok(SettingValue::List(vec!["a b\nc".into()])));
        assert_eq!(Key::Audience.read_lines("a b\nc"), Ok(SettingValue::List(vec!["a b".into(), "c".into()])));
        check(Key::Params, "a=b=c", Ok(map(&[("a", "b=c")])));
        check(Key::Params, "ab", Err("expected NAME=VALUE"));
        check(Key::Headers, "X-A:  b: c ", Ok(map(&[("X-A", "b: c")])));
        check(Key::Headers, "X-A: \tb \n", Ok(map(&[("X-A", "b \n")])));
        check(Key::Params, "a=b\nc=d", Ok(map(&[("a", "b\nc=d")])));
        assert_eq!(Key::Params.read_lines("a=b\nc=d"), Ok(map(&[("a", "b"), ("c", "d")])));
        check(Key::Timeout, "30s", Ok(SettingValue::Duration(Duration::from_secs(30))));
        check(Key::Timeout, "1.5", Ok(SettingValue::Duration(Duration::from_millis(1500))));
        check(Key::Timeout, "1h 2m", Ok(SettingValue::Duration(Duration::from_secs(3720))));
        check(Key::Timeout, "-1", Err("expected a time span such as 30s, 500ms or 2m"));
        check(Key::Timeout, "", Err("expected a time span such as 30s, 500ms or 2m"));
        check(Key::ClockOffset, "-90s", Ok(SettingValue::Offset(-90_000)));
        check(Key::ClockOffset, "+1m 30s", Ok(SettingValue::Offset(90_000)));
        check(Key::ClockOffset, "-0.5", Ok(SettingValue::Offset(-500)));
        for text in ["--1s", "1s-", "-", "", "200y"] {
            check(Key::ClockOffset, text, Err("expected a time span such as 90s, -90s or -2m"));
        }
        check(Key::Cache, "yes", Err("expected true or false"));
        check(Key::Cache, "1", Ok(SettingValue::Switch(true)));
        check(Key::Retry, "-1", Err("expected a whole number"));
        check(Key::ErrorFormat, "jsn", Err("expected one of text, json; did you mean json?"));
        check(Key::ClientSecret, "env:", Err("'env:' must be followed by the name of an environment variable"));
        let words = |words: &[&str]| Ok(SettingValue::Command(words.iter().map(|word| (*word).into()).collect()));
        check(Key::Signer, "sign --pin 'env:A B'", words(&["sign", "--pin", "env:A B"]));
        for text in ["", " ", "'a", "'' a"] {
            check(Key::Signer, text, Err(NO_COMMAND));
        }
        check(Key::Signer, "command:a", Err("expected a command and its words, without 'command:' before it"));
        check(Key::AssertionClaims, "a:=[1]", Ok(SettingValue::Claims(vec![("a".into(), "[1]".into())])));
        check(Key::AuthorizationDetails, "[ ]", Ok(SettingValue::Text("[ ]".into())));
    }

    #[test]
    fn a_key_is_neither_written_out_in_a_flag_nor_typed_in() {
        for key in [Key::SigningKey, Key::DpopKey] {
            for text in ["literal:x", "-----BEGIN PRIVATE KEY-----", "{}"] {
                let error = key.read(text).unwrap_err();
                assert!(error.starts_with("a key is not written out on the command line"), "{error}");
            }
            assert!(key.read("prompt").unwrap_err().starts_with("a key cannot be typed in"));
            assert!(key.read("env:K").is_ok() && key.read("-").is_ok() && key.read("fd:3").is_ok());
        }
        assert!(Key::SigningKeyPassphrase.read("prompt").is_ok());
    }

    #[test]
    fn a_jobs_identity_token_is_for_ready_made_tokens_alone() {
        let tokens = [Key::ClientAssertion, Key::Assertion, Key::SubjectToken, Key::ActorToken];
        for key in KEYS.iter().filter(|key| key.setting().kind == Kind::Secret) {
            assert_eq!(key.read("github:x").is_ok(), tokens.contains(key), "{key:?}");
            assert_eq!(key.read("github:").is_ok(), tokens.contains(key), "{key:?}");
        }
        assert!(Key::SecretParams.read_lines("a=github:x").is_err());
    }

    #[test]
    fn secrets_by_name_are_lines_and_a_command_there_is_text() {
        let secrets = Key::SecretParams.read_lines("a=env:X\n\nb=command:rm -rf\nc=d=e\nd=command:").unwrap();
        let literal = |text: &str| Source::Literal(Secret::new(text));
        let expected = [
            ("a", Source::Env("X".into())),
            ("b", literal("command:rm -rf")),
            ("c", literal("d=e")),
            ("d", literal("command:")),
        ];
        let expected = expected.map(|(name, source)| (name.to_owned(), source));
        assert_eq!(secrets, SettingValue::Secrets(expected.into()));
        for (text, expected) in [
            ("a", "expected NAME=SECRET lines"),
            ("=a", "expected NAME=SECRET lines"),
            ("a=1\na=2", "a name stands twice in it"),
            ("a=", "the secret is empty"),
        ] {
            assert_eq!(Key::SecretParams.read_lines(text), Err(expected.into()), "{text}");
        }
    }
}
