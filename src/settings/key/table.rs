//! The table: one row for each setting, with all that flags, variables, profiles, help, man pages, completions and the JSON
//! Schema say of it.

use super::row::{Choice, Flag, HelpSection, Kind, On, Separator, SetBy, Setting, Word, word};
use crate::oauth::authorization::BasicEncoding;
use crate::oauth::client::{self, ClientKind};
use crate::oauth::grant::{self, GrantKind, OtherNames};

use HelpSection::{Cache, Client, Diagnosis, Grant, Http, Output, Profile, Request, Server};
use On::{Api, Every, Fetch, Main};
use SetBy::{Everywhere, FlagAlone, ProfileAlone, Run, Unflagged};

macro_rules! settings {
    ($($key:ident $name:literal, $kind:expr, $set_by:expr, $about:literal, $flag:expr;)*) => {
        /// The name of a setting.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the table says what each is")]
        pub enum Key { $($key),* }

        /// Every key, in the order `profile show` prints them.
        pub const KEYS: &[Key] = &[$(Key::$key),*];

        pub(super) static SETTINGS: &[Setting] = &[
            $(Setting { name: word!($name), kind: $kind, set_by: $set_by, about: $about, flag: $flag }),*
        ];
    };
}

const fn flag(on: On, section: HelpSection, value: &'static str, help: &'static str) -> Flag {
    Flag::new(on, section, value, help)
}

const fn switch(on: On, section: HelpSection, help: &'static str) -> Flag {
    Flag::new(on, section, "", help)
}

settings! {
    Profile "profile", Kind::Text, Run,
        "the profile: a name, or a path to a file with one",
        flag(Fetch, Profile, "NAME", "Profile to use: a name from the config file, or a path to a file with one profile")
            .short('p')
            .more("A text that ends in .yaml or .yml, or holds a '/', is a path.").some();
    Config "config", Kind::Path, Run,
        "the config file",
        flag(Fetch, Profile, "FILE", "Config file to read")
            .more("If not given: oauth2tok/config.yaml in $XDG_CONFIG_HOME or ~/.config (%APPDATA% on Windows).").some();
    TokenEndpoint "token_endpoint", Kind::Url, Everywhere,
        "URL of the token endpoint (RFC 6749 §3.2)",
        flag(Fetch, Server, "URL", "Token endpoint")
            .more("https, or http to this machine. Its query is kept as it is.")
            .alias(word!("token_url"))
            .excludes(Key::Issuer).some();
    Issuer "issuer", Kind::Url, Everywhere,
        "issuer URL whose metadata names the token endpoint (RFC 8414, OpenID Connect Discovery)",
        flag(Fetch, Server, "URL", "Issuer whose metadata names the token endpoint")
            .more("Asked for at /.well-known/openid-configuration and /.well-known/oauth-authorization-server, without \
                   credentials. The metadata must bear exactly this issuer.").some();
    ExpectedIssuer "expected_issuer", Kind::Text, Unflagged,
        "the issuer that the metadata may bear instead of the one given, for a server that describes itself as another",
        None;
    Body "body", Kind::Choice(Choice::of(bodies)), Unflagged,
        "what the token request's body is; form if not given (RFC 6749 §4.4.2)",
        None;
    ScopeSeparator "scope_separator", Kind::Text, Unflagged,
        "what stands between scopes; a space if not given (RFC 6749 §3.3)",
        None;
    TokenPointer "token_pointer", Kind::Text, Unflagged,
        "where the answer holds the token, such as /data/accessToken (RFC 6901); /access_token if not given",
        None;
    ExpiresInUnit "expires_in_unit", Kind::Choice(Choice::of(units)), Unflagged,
        "the unit of the answer's expires_in; s if not given (RFC 6749 §5.1)",
        None;
    GrantType "grant_type", Kind::Choice(Choice::open(grants, other_grants)), Everywhere,
        "the grant; client_credentials if not given",
        flag(Fetch, Grant, "GRANT", "").made(grant_help).short('g').some();
    Scope "scope", Kind::List(Separator::Space), Everywhere,
        "scopes to ask for: a list, or one text separated by spaces",
        flag(Fetch, Grant, "SCOPE", "Scope to ask for; repeatable, and each may hold several").short('s').some();
    Audience "audience", Kind::List(Separator::Line), Everywhere,
        "services the token is for",
        flag(Fetch, Grant, "NAME", "Service the token is for; repeatable").some();
    Resource "resource", Kind::List(Separator::Line), Everywhere,
        "resource indicators: absolute URIs (RFC 8707)",
        flag(Fetch, Grant, "URI", "Resource the token is for, an absolute URI (RFC 8707); repeatable").some();
    Params "params", Kind::Map { assign: '=' }, Everywhere,
        "further form fields of the token request",
        flag(Fetch, Grant, "NAME=VALUE", "Further form field; repeatable")
            .named(word!("param"))
            .more("Names that the protocol itself uses are refused.").some();
    Username "username", Kind::Text, Everywhere,
        "the user of the password grant",
        flag(Fetch, Grant, "NAME", "User of the password grant").short('u').some();
    Password "password", Kind::Secret, Everywhere,
        "the password of the password grant",
        flag(Fetch, Grant, "SECRET", "Password of the password grant").some();
    RefreshToken "refresh_token", Kind::Secret, Everywhere,
        "the token of the refresh_token grant",
        flag(Fetch, Grant, "SECRET", "Refresh token of the refresh_token grant").some();
    ClientId "client_id", Kind::Text, Everywhere,
        "the client's id",
        flag(Fetch, Client, "ID", "Client id").short('i').hyphens().some();
    ClientSecret "client_secret", Kind::Secret, Everywhere,
        "the client's secret: env:NAME, file:PATH, command:CMD ARGS, stdin, fd:N, prompt, or the secret itself",
        flag(Fetch, Client, "SECRET", "Client secret")
            .more("Plain text works, but 'ps' shows it; see \"Secrets\" below for better sources.").some();
    AuthMethod "token_endpoint_auth_method", Kind::Choice(Choice::of(auth_methods)), Everywhere,
        "how the client authenticates; client_secret_basic if not given",
        flag(Fetch, Client, "METHOD", "").made(auth_method_help)
            .named(word!("auth_method"))
            .short('a').some();
    BasicEncoding "basic_encoding", Kind::Choice(Choice::of(encodings)), Everywhere,
        "what becomes of id and secret before HTTP Basic; form if not given (RFC 6749 §2.3.1)",
        flag(Fetch, Client, "ENCODING",
            "Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)").some();
    Output "output", Kind::Choice(Choice::of(formats)), Everywhere,
        "what is printed; token if not given",
        flag(Main, Output, "FORMAT", "What to print: token (the default), json, header, curl, env, ttl or exec-credential")
            .short('o')
            .more("json: the server's answer, with expiry and expires_at. header: an Authorization header. curl: a line for \
                   'curl -K -'. env: a line for a POSIX shell. ttl: the seconds left. exec-credential: for kubectl.").some();
    Field "field", Kind::Text, Everywhere,
        "one member of the answer to print instead",
        flag(Main, Output, "NAME", "Print one member of the answer instead, such as id_token or refresh_token")
            .more("A NAME that begins with a slash is a pointer (RFC 6901), such as /user/id. With -o exec-credential that \
                   member is handed over.").some();
    Wrap "wrap", Kind::Text, Everywhere,
        "print a JSON object with the answer under this name",
        flag(Main, Output, "KEY", "Print a JSON object with the answer, as -o json prints it, under this name").some();
    EnvName "env_name", Kind::Text, Everywhere,
        "variable that -o env sets; ACCESS_TOKEN if not given",
        flag(Main, Output, "NAME", "Variable that -o env sets; ACCESS_TOKEN if not given").some();
    Mask "mask", Kind::Switch, Everywhere,
        "tell GitHub Actions to mask the token in its logs",
        switch(Main, Output, "Have GitHub Actions hide the token in its logs").some();
    Cache "cache", Kind::Switch, Everywhere,
        "keep the token, sealed, and reuse it while it is good",
        switch(Fetch, Cache, "Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts")
            .negated(word!("no_cache"), "Do not use the cache, whatever the profile says").some();
    ForceNew "force_new", Kind::Switch, Run,
        "go past a kept token and keep the new one",
        switch(Fetch, Cache, "Go past a kept token, and keep the new one").some();
    MinValid "min_valid", Kind::Duration, Everywhere,
        "reuse a kept token only if it lives at least this long",
        flag(Fetch, Cache, "DURATION", "Reuse a kept token only if it lives at least this long").some();
    DefaultTtl "default_ttl", Kind::Duration, ProfileAlone,
        "lifetime to assume where the server names none",
        None;
    Headers "headers", Kind::Map { assign: ':' }, Everywhere,
        "further header fields of the token request",
        flag(Fetch, Http, "NAME: VALUE", "Further header field of the token request; repeatable")
            .named(word!("header"))
            .short('H').some();
    Timeout "timeout", Kind::Duration, Everywhere,
        "time for the whole run; 30s if not given",
        flag(Fetch, Http, "DURATION", "Time for the whole run, such as 30s (the default), 500ms or 2m").some();
    ConnectTimeout "connect_timeout", Kind::Duration, Everywhere,
        "time to reach the server; 10s if not given",
        flag(Fetch, Http, "DURATION", "Time to reach the server, TLS included; 10s if not given").some();
    Retry "retry", Kind::Count, Everywhere,
        "how often to try again where that can help; 2 if not given",
        flag(Fetch, Http, "N", "How often to try again where that can help; 2 if not given")
            .more("Failures to connect, 408, 425, 429, 502, 503 and 504, with growing waits or as Retry-After says, all \
                   within --timeout.").some();
    Proxy "proxy", Kind::Url, Everywhere,
        "proxy URL; empty for none",
        flag(Fetch, Http, "URL", "Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none").short('x').some();
    Cacert "cacert", Kind::Path, Everywhere,
        "PEM file with the only roots to trust",
        flag(Fetch, Http, "FILE", "Trust the roots in this PEM file and no others").some();
    Cert "cert", Kind::Path, Everywhere,
        "PEM file with a client certificate, and its key if it is there too",
        flag(Fetch, Http, "FILE", "Client certificate (PEM); the file may hold the key too").some();
    Key "key", Kind::Path, Everywhere,
        "PEM file with the client certificate's key",
        flag(Fetch, Http, "FILE", "Key of the client certificate (PEM)").some();
    Insecure "insecure", Kind::Switch, FlagAlone,
        "accept any server certificate",
        switch(Fetch, Http, "Accept any server certificate: whoever is in between can read the secret").some();
    BaseUrl "base_url", Kind::Url, Everywhere,
        "request: URL of the API, which relative URLs are joined to",
        flag(Api, Request, "URL", "URL that relative URLs are joined to")
            .more("Slashes collapse where both meet, and its query is kept. The token goes to this origin alone.").some();
    Retries401 "retries_401", Kind::Count, Everywhere,
        "request: how often a 401 leads to a new token and another attempt; 1 if not given",
        flag(Api, Request, "N",
            "How often a 401 leads to a new token, past the cache, and another attempt; 1 if not given").some();
    FailOn "fail_on", Kind::Ranges, Everywhere,
        "request: statuses that are failures: all (400 and above, if not given), except-not-found, never, or ranges such as 400-403,405-599 or [[400, 403], [405, 599]]",
        flag(Api, Output, "STATUSES",
            "Statuses that are failures: all (400 and above, the default), except-not-found, never, or ranges")
            .more("except-not-found lets 404 and 410 pass. Ranges are written 400-403,405-599 or as a JSON list of pairs. A \
                   failure is exit code 8; stdout stays empty, and status, headers and body go to stderr as JSON.").some();
    Verbose "verbose", Kind::Switch, Everywhere,
        "tell on stderr what is sent, received and from where each setting came",
        switch(Every, Diagnosis, "Tell on stderr what is sent and received, and where each setting came from")
            .short('v')
            .some();
    Quiet "quiet", Kind::Switch, Everywhere,
        "no warnings",
        switch(Every, Diagnosis, "No warnings").short('q').some();
    DryRun "dry_run", Kind::Switch, Run,
        "show the request and send nothing",
        switch(Fetch, Diagnosis, "Show the request, as HTTP or with -o curl as a command, and send nothing").some();
    Strict "strict", Kind::Switch, Everywhere,
        "refuse every deviation from the standards that is otherwise tolerated",
        switch(Fetch, Diagnosis, "Refuse every deviation from the standards that is otherwise tolerated").some();
    ErrorFormat "error_format", Kind::Choice(Choice::of(error_formats)), Everywhere,
        "how errors are written; text if not given",
        flag(Every, Diagnosis, "FORMAT", "How errors are written: text (the default) or json").some();
    ShowSecrets "show_secrets", Kind::Switch, FlagAlone,
        "do not hide secrets in diagnosis",
        switch(Fetch, Diagnosis, "Do not hide secrets and tokens in what -v and --dry-run show").some();
}

fn grants() -> Vec<&'static str> {
    grant::names().collect()
}

fn other_grants() -> Option<OtherNames> {
    grant::KINDS.iter().find_map(|kind| kind.other_names)
}

fn grant_help() -> String {
    let name = |kind: &&GrantKind| match kind.name == grant::DEFAULT.name {
        true => format!("{} (the default)", kind.name),
        false => kind.name.to_owned(),
    };
    format!("Grant: {}", listed(grant::KINDS.iter().map(name)))
}

fn auth_methods() -> Vec<&'static str> {
    client::names().collect()
}

fn auth_method_help() -> String {
    let name = |kind: &&ClientKind| {
        let default = (kind.name == client::DEFAULT.name).then_some("the default");
        let more: Vec<_> = kind.short.into_iter().chain(default).collect();
        if more.is_empty() { kind.name.to_owned() } else { format!("{} ({})", kind.name, more.join(", ")) }
    };
    format!("Client authentication: {}", listed(client::KINDS.iter().map(name)))
}

/// `a, b or c`
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.collect();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}

fn bodies() -> Vec<&'static str> {
    vec!["form", "json"]
}

fn units() -> Vec<&'static str> {
    vec!["s", "ms"]
}

fn encodings() -> Vec<&'static str> {
    vec![BasicEncoding::Form.name(), BasicEncoding::Raw.name()]
}

fn formats() -> Vec<&'static str> {
    vec!["token", "json", "header", "curl", "env", "ttl", "exec-credential"]
}

fn error_formats() -> Vec<&'static str> {
    vec!["text", "json"]
}
