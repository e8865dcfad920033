//! The settings there are: names, kinds and where each may be set. Flags, environment, profiles, `profile show` and the
//! JSON Schema all read this one table.

use std::time::Duration;

use super::foreign;
use crate::oauth::{AuthMethod, BasicEncoding};
use crate::secret::Source;

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// One text; a profile may write it as a list of pairs too.
    Ranges,
    /// A path; a leading `~/` is the home directory.
    Path,
    /// A URL; some hold what is not shown.
    Url,
    /// A secret's source.
    Secret,
    /// Several texts; the separator splits a single text into them.
    List(Separator),
    /// Texts by name.
    Map {
        /// What stands between name and value where both are in one text.
        assign: char,
    },
    /// `true` or `false`.
    Switch,
    /// A time span such as `30s`.
    Duration,
    /// A whole number.
    Count,
    /// One of these names.
    Choice(&'static [&'static str]),
}

/// What separates the items of a list that is written as one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// A space, and no other white space (RFC 6749 §3.3).
    Space,
    /// A line end: items may hold spaces.
    Line,
}

/// Who may set a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Flag, environment and profile.
    Everywhere,
    /// Flag and environment: it chooses the profile, or is about one run.
    Run,
    /// Profile alone.
    Profile,
    /// The flag alone: nothing that lies around may switch it on.
    Flag,
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// The profile key, in snake case; the flag is the same with hyphens.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Who may set it.
    pub scope: Scope,
    /// One line for the schema.
    pub about: &'static str,
}

macro_rules! settings {
    ($($key:ident $name:literal $kind:expr, $scope:ident, $about:literal;)*) => {
        /// The name of a setting.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the table says what each is")]
        pub enum Key { $($key),* }

        /// Every key, in the order `profile show` prints them.
        pub const KEYS: &[Key] = &[$(Key::$key),*];

        static SETTINGS: &[Setting] = &[
            $(Setting { name: $name, kind: $kind, scope: Scope::$scope, about: $about }),*
        ];
    };
}

const AUTH_METHODS: &[&str] = &[
    AuthMethod::ClientSecretBasic.name(),
    AuthMethod::ClientSecretPost.name(),
    AuthMethod::None.name(),
    "basic",
    "post",
];
const GRANTS: &[&str] = &["client_credentials", "password", "refresh_token"];
const ENCODINGS: &[&str] = &[BasicEncoding::Form.name(), BasicEncoding::Raw.name()];
const FORMATS: &[&str] = &["token", "json", "header", "curl", "env", "ttl", "exec-credential"];
const ERROR_FORMATS: &[&str] = &["text", "json"];

settings! {
    Profile "profile" Kind::Text, Run, "the profile: a name, or a path to a file with one";
    Config "config" Kind::Path, Run, "the config file";
    TokenEndpoint "token_endpoint" Kind::Url, Everywhere, "URL of the token endpoint (RFC 6749 §3.2)";
    Issuer "issuer" Kind::Url, Everywhere, "issuer URL whose metadata names the token endpoint (RFC 8414, OpenID Connect Discovery)";
    GrantType "grant_type" Kind::Choice(GRANTS), Everywhere, "the grant; client_credentials if not given";
    Scope "scope" Kind::List(Separator::Space), Everywhere, "scopes to ask for: a list, or one text separated by spaces";
    Audience "audience" Kind::List(Separator::Line), Everywhere, "services the token is for";
    Resource "resource" Kind::List(Separator::Line), Everywhere, "resource indicators: absolute URIs (RFC 8707)";
    Params "params" Kind::Map { assign: '=' }, Everywhere, "further form fields of the token request";
    Username "username" Kind::Text, Everywhere, "the user of the password grant";
    Password "password" Kind::Secret, Everywhere, "the password of the password grant";
    RefreshToken "refresh_token" Kind::Secret, Everywhere, "the token of the refresh_token grant";
    ClientId "client_id" Kind::Text, Everywhere, "the client's id";
    ClientSecret "client_secret" Kind::Secret, Everywhere, "the client's secret: env:NAME, file:PATH, command:CMD ARGS, stdin, fd:N, prompt, or the secret itself";
    AuthMethod "token_endpoint_auth_method" Kind::Choice(AUTH_METHODS), Everywhere, "how the client authenticates; client_secret_basic if not given";
    BasicEncoding "basic_encoding" Kind::Choice(ENCODINGS), Everywhere, "what becomes of id and secret before HTTP Basic; form if not given (RFC 6749 §2.3.1)";
    Output "output" Kind::Choice(FORMATS), Everywhere, "what is printed; token if not given";
    Field "field" Kind::Text, Everywhere, "one member of the answer to print instead";
    Wrap "wrap" Kind::Text, Everywhere, "print a JSON object with the answer under this name";
    EnvName "env_name" Kind::Text, Everywhere, "variable that -o env sets; ACCESS_TOKEN if not given";
    Mask "mask" Kind::Switch, Everywhere, "tell GitHub Actions to mask the token in its logs";
    Cache "cache" Kind::Switch, Everywhere, "keep the token, sealed, and reuse it while it is good";
    ForceNew "force_new" Kind::Switch, Run, "go past a kept token and keep the new one";
    MinValid "min_valid" Kind::Duration, Everywhere, "reuse a kept token only if it lives at least this long";
    DefaultTtl "default_ttl" Kind::Duration, Profile, "lifetime to assume where the server names none";
    Headers "headers" Kind::Map { assign: ':' }, Everywhere, "further header fields of the token request";
    Timeout "timeout" Kind::Duration, Everywhere, "time for the whole run; 30s if not given";
    ConnectTimeout "connect_timeout" Kind::Duration, Everywhere, "time to reach the server; 10s if not given";
    Retry "retry" Kind::Count, Everywhere, "how often to try again where that can help; 2 if not given";
    Proxy "proxy" Kind::Url, Everywhere, "proxy URL; empty for none";
    Cacert "cacert" Kind::Path, Everywhere, "PEM file with the only roots to trust";
    Cert "cert" Kind::Path, Everywhere, "PEM file with a client certificate, and its key if it is there too";
    Key "key" Kind::Path, Everywhere, "PEM file with the client certificate's key";
    Insecure "insecure" Kind::Switch, Flag, "accept any server certificate";
    BaseUrl "base_url" Kind::Url, Everywhere, "request: URL of the API, which relative URLs are joined to";
    Retries401 "retries_401" Kind::Count, Everywhere, "request: how often a 401 leads to a new token and another attempt; 1 if not given";
    FailOn "fail_on" Kind::Ranges, Everywhere, "request: statuses that are failures: all (400 and above, if not given), except-not-found, never, or ranges such as 400-403,405-599 or [[400, 403], [405, 599]]";
    Verbose "verbose" Kind::Switch, Everywhere, "tell on stderr what is sent, received and from where each setting came";
    Quiet "quiet" Kind::Switch, Everywhere, "no warnings";
    DryRun "dry_run" Kind::Switch, Run, "show the request and send nothing";
    Strict "strict" Kind::Switch, Everywhere, "refuse every deviation from the standards that is otherwise tolerated";
    ErrorFormat "error_format" Kind::Choice(ERROR_FORMATS), Everywhere, "how errors are written; text if not given";
    ShowSecrets "show_secrets" Kind::Switch, Flag, "do not hide secrets in diagnosis";
}

/// What profiles may call a setting besides its own name: its flag's name, where that is another one.
pub const ALIASES: &[(&str, Key)] = &[
    ("auth_method", Key::AuthMethod),
    ("token_url", Key::TokenEndpoint),
    ("param", Key::Params),
    ("header", Key::Headers),
];

/// What a layer says of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of kinds text, ranges (as JSON where it was a list), path, URL and choice.
    Text(String),
    /// Of kind secret.
    Secret(Source),
    /// Of kind list.
    List(Vec<String>),
    /// Of kind map, in the order given.
    Map(Vec<(String, String)>),
    /// Of kind switch.
    Switch(bool),
    /// Of kind duration.
    Duration(Duration),
    /// Of kind count.
    Count(u32),
}

impl Key {
    /// The table's row.
    pub fn setting(self) -> &'static Setting {
        &SETTINGS[self as usize]
    }

    /// The profile key.
    pub fn name(self) -> &'static str {
        self.setting().name
    }

    /// The flag, such as `--auth-method`.
    pub fn flag(self) -> String {
        let name = match self {
            Self::AuthMethod => "auth_method",
            Self::Params => "param",
            Self::Headers => "header",
            _ => self.name(),
        };
        format!("--{}", name.replace('_', "-"))
    }

    /// The environment variable, such as `OAUTH2TOK_AUTH_METHOD`.
    pub fn variable(self) -> String {
        format!("OAUTH2TOK_{}", self.flag()[2..].replace('-', "_").to_ascii_uppercase())
    }

    /// The key that a profile means by `name`.
    pub fn from_profile_name(name: &str) -> Option<Self> {
        let by_alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, key)| *key);
        by_alias.or_else(|| KEYS.iter().copied().find(|key| key.name() == name && key.is_profile_key()))
    }

    /// Every name that a config file may hold as a key, and those that only a flag may say.
    pub fn profile_names() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|key| key.name()).chain(ALIASES.iter().map(|(alias, _)| *alias)).chain(["extends"])
    }

    /// True where a profile may hold it.
    pub fn is_profile_key(self) -> bool {
        matches!(self.setting().scope, Scope::Everywhere | Scope::Profile)
    }

    /// Reads a single text: a flag's or a YAML scalar's. It is one item of a list or map, except that scopes may stand in it
    /// several at a time.
    ///
    /// # Errors
    /// What was expected instead. It does not repeat the text.
    pub fn read(self, text: &str) -> Result<Value, String> {
        Ok(match self.setting().kind {
            Kind::Text | Kind::Ranges | Kind::Path | Kind::Url => Value::Text(text.to_owned()),
            Kind::Secret => Value::Secret(Source::parse(text).map_err(|error| error.to_string())?),
            Kind::List(_) => Value::List(self.read_items(text)),
            Kind::Map { assign } => Value::Map(vec![assignment(text, assign)?]),
            Kind::Switch => Value::Switch(match text {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return Err("expected true or false".into()),
            }),
            Kind::Duration => Value::Duration(duration(text)?),
            Kind::Count => Value::Count(text.parse().map_err(|_| "expected a whole number".to_owned())?),
            Kind::Choice(choices) if choices.contains(&text) => Value::Text(text.to_owned()),
            Kind::Choice(choices) => {
                let near = foreign::nearest(text, choices.iter().copied())
                    .map_or(String::new(), |near| format!("; did you mean {near}?"));
                return Err(format!("expected one of {}{near}", choices.join(", ")));
            }
        })
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
    pub fn read_lines(self, text: &str) -> Result<Value, String> {
        match self.setting().kind {
            Kind::List(Separator::Line) => Ok(Value::List(text.lines().map(str::to_owned).collect())),
            Kind::Map { assign } => {
                Ok(Value::Map(text.lines().map(|line| assignment(line, assign)).collect::<Result<_, _>>()?))
            }
            _ => self.read(text),
        }
    }
}

/// `NAME=VALUE`, or `Name: value` with the white space around the value left out (RFC 9110 §5.5).
fn assignment(text: &str, assign: char) -> Result<(String, String), String> {
    let expected = if assign == ':' { "expected 'Name: value'" } else { "expected NAME=VALUE" };
    let (name, value) = text.split_once(assign).filter(|(name, _)| !name.is_empty()).ok_or(expected)?;
    Ok((name.to_owned(), if assign == ':' { value.trim_matches([' ', '\t']).to_owned() } else { value.to_owned() }))
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[track_caller]
    fn check(key: Key, text: &str, expected: Result<Value, &str>) {
        assert_eq!(key.read(text), expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn a_text_is_read_by_its_settings_kind() {
        let map = |pairs: &[(&str, &str)]| Value::Map(pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect());
        check(Key::Scope, " a  b ", Ok(Value::List(vec!["a".into(), "b".into()])));
        check(Key::Scope, "a\nb c\u{a0}", Ok(Value::List(vec!["a\nb".into(), "c\u{a0}".into()])));
        check(Key::Audience, "a b\nc", Ok(Value::List(vec!["a b\nc".into()])));
        assert_eq!(Key::Audience.read_lines("a b\nc"), Ok(Value::List(vec!["a b".into(), "c".into()])));
        check(Key::Params, "a=b=c", Ok(map(&[("a", "b=c")])));
        check(Key::Params, "ab", Err("expected NAME=VALUE"));
        check(Key::Headers, "X-A:  b: c ", Ok(map(&[("X-A", "b: c")])));
        check(Key::Headers, "X-A: \tb \n", Ok(map(&[("X-A", "b \n")])));
        check(Key::Params, "a=b\nc=d", Ok(map(&[("a", "b\nc=d")])));
        assert_eq!(Key::Params.read_lines("a=b\nc=d"), Ok(map(&[("a", "b"), ("c", "d")])));
        check(Key::Timeout, "30s", Ok(Value::Duration(Duration::from_secs(30))));
        check(Key::Timeout, "1.5", Ok(Value::Duration(Duration::from_millis(1500))));
        check(Key::Timeout, "1h 2m", Ok(Value::Duration(Duration::from_secs(3720))));
        check(Key::Timeout, "-1", Err("expected a time span such as 30s, 500ms or 2m"));
        check(Key::Timeout, "", Err("expected a time span such as 30s, 500ms or 2m"));
        check(Key::Cache, "yes", Err("expected true or false"));
        check(Key::Cache, "1", Ok(Value::Switch(true)));
        check(Key::Retry, "-1", Err("expected a whole number"));
        check(Key::ErrorFormat, "jsn", Err("expected one of text, json; did you mean json?"));
        check(Key::ClientSecret, "env:", Err("'env:' must be followed by the name of an environment variable"));
    }
}
