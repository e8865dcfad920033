//! The table: one row for each setting, with all that flags, variables, profiles, help, man pages, completions and the JSON
//! Schema say of it.

use super::row::{Choice, Flag, HelpSection, Kind, On, Separator, SetBy, Setting, Word, word};
use crate::oauth::authorization::BasicEncoding;
use crate::oauth::client::{self, ClientKind};
use crate::oauth::grant::{self, GrantKind, OtherNames};

use HelpSection::{Cache, Client, Diagnosis, Grant, Http, Keys, Login, Output, Profile, Request, Server};
use On::{Api, Every, Fetch, Few, Login as AtLogin, Main};
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
    AuthorizationEndpoint "authorization_endpoint", Kind::Url, Everywhere,
        "URL that a person's browser is sent to, for servers without metadata (RFC 6749 §3.1)",
        flag(AtLogin, Server, "URL", "Where the browser is sent, whatever the issuer's metadata says").some();
    DeviceAuthorizationEndpoint "device_authorization_endpoint", Kind::Url, Everywhere,
        "URL of the device authorization endpoint, for servers without metadata (RFC 8628 §3.1)",
        flag(AtLogin, Server, "URL", "Where a device asks for its code, whatever metadata says").some();
    PushedAuthorizationRequestEndpoint "pushed_authorization_request_endpoint", Kind::Url, Everywhere,
        "URL that authorization requests are pushed to, for servers without metadata (RFC 9126)",
        flag(AtLogin, Server, "URL", "Where the request is pushed to, whatever metadata says").some();
    RevocationEndpoint "revocation_endpoint", Kind::Url, Everywhere,
        "URL that tokens are revoked at, for servers without metadata (RFC 7009)",
        flag(Few, Server, "URL", "Where tokens are revoked, whatever metadata says").some();
    IntrospectionEndpoint "introspection_endpoint", Kind::Url, Everywhere,
        "URL of the introspection endpoint, for servers without metadata (RFC 7662)",
        flag(Few, Server, "URL", "Where the server tells of a token, whatever metadata says").some();
    UserinfoEndpoint "userinfo_endpoint", Kind::Url, Everywhere,
        "URL that tells who logged in, for servers without metadata (OpenID Connect Core §5.3)",
        flag(Few, Server, "URL", "Where the server tells who logged in, whatever metadata says").some();
    JwksUri "jwks_uri", Kind::Url, Everywhere,
        "URL of the keys that the server signs with, for servers without metadata (RFC 7517)",
        flag(Few, Server, "URL", "Where the server's keys are, whatever metadata says").some();
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
        "the user of the password grant, or whose login it is to be",
        flag(Fetch, Grant, "NAME", "User of the password grant, or whose login it is to be").short('u').some();
    Password "password", Kind::Secret, Everywhere,
        "the password of the password grant",
        flag(Fetch, Grant, "SECRET", "Password of the password grant").some();
    RefreshToken "refresh_token", Kind::Secret, Everywhere,
        "the token of the refresh_token grant",
        flag(Fetch, Grant, "SECRET", "Refresh token of the refresh_token grant").some();
    Assertion "assertion", Kind::Secret, Everywhere,
        "the ready-made assertion of the jwt-bearer and saml2-bearer grants (RFC 7523, RFC 7522)",
        flag(Fetch, Grant, "SECRET", "Ready-made assertion of the jwt-bearer or saml2-bearer grant")
            .more("Read whole, and anew for every request. github:AUDIENCE is the identity token of a GitHub Actions job.").some();
    SubjectToken "subject_token", Kind::Secret, Everywhere,
        "the token that is traded (RFC 8693)",
        flag(Fetch, Grant, "SECRET", "Token to trade, of the token-exchange grant")
            .more("Read anew for every request. github:AUDIENCE is the identity token of a GitHub Actions job.").some();
    SubjectTokenType "subject_token_type", Kind::Text, Everywhere,
        "the type of the token that is traded; access_token if not given",
        flag(Fetch, Grant, "TYPE", "Its type: access_token (the default), refresh_token, id_token, jwt, saml1, saml2 or a URI").some();
    RequestedTokenType "requested_token_type", Kind::Text, Everywhere,
        "the type of token that is wanted for it",
        flag(Fetch, Grant, "TYPE", "Type of the token that is wanted for it").some();
    ActorToken "actor_token", Kind::Secret, Unflagged,
        "the token of whoever acts for the subject (RFC 8693)",
        None;
    ActorTokenType "actor_token_type", Kind::Text, Unflagged,
        "the type of the actor's token; access_token if not given",
        None;
    AuthorizationDetails "authorization_details", Kind::Json, Everywhere,
        "what is asked for in detail: a list of objects, each with a type, or the same as JSON, or @FILE (RFC 9396)",
        flag(Fetch, Grant, "JSON", "What is asked for in detail, as JSON or @FILE (RFC 9396)").some();
    SecretParams "secret_params", Kind::Secrets, Unflagged,
        "further form fields of the token request whose values are secrets: env:NAME, file:PATH, …",
        None;
    RedirectUri "redirect_uri", Kind::List(Separator::Space), Everywhere,
        "where the browser comes back to, or several of which the first counts whose port is free; http://127.0.0.1/callback if not given",
        flag(AtLogin, Login, "URI", "Where the browser comes back to; http://127.0.0.1/callback if not given")
            .more("On 127.0.0.1, [::1] or localhost it is listened on, at a random port where none is named. Repeatable: \
                   the first whose port is free. Any other URI is sent as it is, and the answer pasted.").some();
    ListenCert "listen_cert", Kind::Path, Unflagged,
        "the certificate (PEM) of an https redirect_uri on this machine, and its key if it is there too: a file, or env:NAME, file:PATH, command:CMD ARGS or fd:N",
        None;
    ListenKey "listen_key", Kind::Path, Unflagged,
        "that certificate's key (PEM), from where listen_cert may come from",
        None;
    Listen "listen", Kind::Text, Everywhere,
        "address to listen on for redirect_uri, with a port or without: 0.0.0.0:8080",
        flag(AtLogin, Login, "ADDR[:PORT]", "Address to listen on instead, for containers and port forwards").some();
    Browser "browser", Kind::Command, Everywhere,
        "what opens the login page: auto, none, or a command with %s for the address, or with it last",
        flag(AtLogin, Login, "CMD ARGS", "What opens the login page: auto, none, or a command, %s for the address or it last")
            .negated(word!("no_browser"), "Open none: the address is printed").some();
    Login "login", Kind::Choice(Choice::of(asks)), Unflagged,
        "whether a person is asked where a login is needed: auto (if not given) at a terminal, never, or always",
        None;
    LoginTimeout "login_timeout", Kind::Duration, Everywhere,
        "time that a person has to log in; 5m, or as long as a device's code is good, if not given",
        flag(AtLogin, Login, "DURATION", "Time that the person has; 5m if not given").some();
    Prompt "prompt", Kind::List(Separator::Space), Everywhere,
        "what the server is to do with the person: login, consent, select_account, … (OpenID Connect Core §3.1.2.1)",
        flag(AtLogin, Login, "TEXT", "What the server is to do: login, consent, select_account, …").some();
    LoginHint "login_hint", Kind::Text, Everywhere,
        "who is going to log in, as a hint for the server; username if not given",
        flag(AtLogin, Login, "NAME", "Who is going to log in, as a hint; --username if not given").some();
    MaxAge "max_age", Kind::Duration, Everywhere,
        "how long ago the person may have proven who it is, in whole seconds",
        flag(AtLogin, Login, "DURATION", "How long ago the person may have proven who it is").some();
    AcrValues "acr_values", Kind::List(Separator::Space), Everywhere,
        "how the person is to prove who it is, best first",
        flag(AtLogin, Login, "TEXT", "How the person is to prove who it is").some();
    AuthParams "auth_params", Kind::Map { assign: '=' }, Everywhere,
        "further fields of the authorization, pushed and device requests",
        flag(AtLogin, Login, "NAME=VALUE", "Further field of the authorization request; repeatable")
            .named(word!("auth_param"))
            .more("Names that the protocol itself uses are refused.").some();
    ResponseMode "response_mode", Kind::Choice(Choice::of(response_modes)), Everywhere,
        "how the browser brings the answer: query (if not given) or form_post",
        flag(AtLogin, Login, "MODE", "How the browser brings the answer: query (the default) or form_post").some();
    Par "par", Kind::Switch, Everywhere,
        "push the authorization request first (RFC 9126), also where metadata does not require it",
        switch(AtLogin, Login, "Push the authorization request first (RFC 9126)").some();
    Pkce "pkce", Kind::Switch, Unflagged,
        "false: no code challenge, for servers that choke on it; true: one with device requests too (RFC 7636)",
        None;
    ClientId "client_id", Kind::Text, Everywhere,
        "the client's id",
        flag(Fetch, Client, "ID", "Client id").short('i').hyphens().some();
    ClientSecret "client_secret", Kind::Secret, Everywhere,
        "the client's secret: env:NAME, file:PATH, command:CMD ARGS, stdin, fd:N, prompt, or the secret itself",
        flag(Fetch, Client, "SECRET", "Client secret")
            .more("Plain text works, but 'ps' shows it; see \"Secrets\" below for better sources.").some();
    AuthMethod "token_endpoint_auth_method", Kind::Choice(Choice::of(auth_methods)), Everywhere,
        "how the client authenticates; client_secret_basic if not given, or none where a person logs in and there is no client_secret",
        flag(Fetch, Client, "METHOD", "").made(auth_method_help)
            .named(word!("auth_method"))
            .short('a').some();
    BasicEncoding "basic_encoding", Kind::Choice(Choice::of(encodings)), Everywhere,
        "what becomes of id and secret before HTTP Basic; form if not given (RFC 6749 §2.3.1)",
        flag(Fetch, Client, "ENCODING",
            "Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)").some();
    ClientAssertion "client_assertion", Kind::Secret, Everywhere,
        "a ready-made assertion that the client authenticates with (RFC 7523 §2.2)",
        flag(Fetch, Client, "SECRET", "Ready-made assertion of the client; means -a private_key_jwt")
            .more("Read whole, and anew for every request. github:AUDIENCE is the identity token of a GitHub Actions job.").some();
    ClientAssertionType "client_assertion_type", Kind::Text, Unflagged,
        "the type of the client's assertion, a URI; that of a JWT if not given",
        None;
    Dpop "dpop", Kind::Switch, Everywhere,
        "ask for a token that is bound to a key, and prove to have it (RFC 9449)",
        switch(Fetch, Client, "Ask for a token that is bound to a key, and prove to have it (RFC 9449)")
            .negated(word!("no_dpop"), "Do not, whatever the profile says").some();
    DpopKey "dpop_key", Kind::Secret, Everywhere,
        "the key that the token is bound to; a new one if not given",
        flag(Fetch, Client, "SECRET", "Private key of --dpop, which it means; a new one if not given").some();
    DpopAlg "dpop_alg", Kind::Choice(Choice::of(key_algs)), Unflagged,
        "the algorithm of DPoP proofs; what goes with the key if not given",
        None;
    SigningKey "signing_key", Kind::Secret, Everywhere,
        "the private key that assertions are signed with: env:NAME, file:PATH, command:CMD ARGS, stdin or fd:N",
        flag(Fetch, Keys, "SECRET", "Private key that assertions are signed with: PEM, DER, JWK or a Google service account")
            .more("Read whole, from env:, file:, command:, stdin or fd:; it is not written out here, nor asked for.").some();
    SigningKeyPassphrase "signing_key_passphrase", Kind::Secret, Unflagged,
        "the passphrase of an encrypted signing_key",
        None;
    Signer "signer", Kind::Command, Everywhere,
        "the command that signs assertions where the key cannot leave: input on stdin, signature on stdout",
        flag(Fetch, Keys, "CMD ARGS", "Command that signs instead: input on stdin, signature on stdout")
            .more("No shell is involved. $OAUTH2TOK_SIGN_ALG and $OAUTH2TOK_SIGN_DIGEST (base64) tell it what to do.").some();
    SigningAlg "signing_alg", Kind::Choice(Choice::of(algs)), Everywhere,
        "the algorithm that assertions are signed with; what goes with the key if not given",
        flag(Fetch, Keys, "ALG", "").made(alg_help).some();
    SigningCert "signing_cert", Kind::Path, Everywhere,
        "PEM file with the certificate of the signing key",
        flag(Fetch, Keys, "FILE", "Certificate of the signing key (PEM)").some();
    KeyId "key_id", Kind::Text, Everywhere,
        "the key's id, for kid; thumbprint is the key's own (RFC 7638)",
        flag(Fetch, Keys, "ID", "Id of the signing key, for kid; thumbprint is the key's own (RFC 7638)").hyphens().some();
    X5t "x5t", Kind::Choice(Choice::of(digests)), Unflagged,
        "which digests of signing_cert an assertion's header has; what goes with the algorithm if not given",
        None;
    X5c "x5c", Kind::Switch, Unflagged,
        "put signing_cert itself into an assertion's header",
        None;
    AssertionAudience "assertion_audience", Kind::Text, Everywhere,
        "whom assertions are for: issuer, token_endpoint or any text",
        flag(Fetch, Keys, "NAME", "Whom assertions are for: issuer, token_endpoint or any text")
            .more("If not given: the issuer where --issuer says one, else the token endpoint.").some();
    AssertionSubject "assertion_subject", Kind::Text, Everywhere,
        "whom the assertion of the jwt-bearer grant speaks of",
        flag(Fetch, Keys, "NAME", "Whom the assertion of the jwt-bearer grant speaks of").some();
    AssertionIssuer "assertion_issuer", Kind::Text, Unflagged,
        "who makes the assertion of the jwt-bearer grant; client_id if not given",
        None;
    AssertionClaims "assertion_claims", Kind::Claims, Everywhere,
        "further claims of assertions: YAML, as JSON; null leaves one out",
        flag(Fetch, Keys, "NAME=TEXT", "Further claim of assertions; repeatable; NAME:=JSON for what is no text")
            .named(word!("assertion_claim"))
            .more("NAME:=null leaves a claim out.").some();
    AssertionHeaders "assertion_headers", Kind::Claims, Unflagged,
        "further members of assertions' headers: YAML, as JSON; null leaves one out",
        None;
    AssertionLifetime "assertion_lifetime", Kind::Duration, Unflagged,
        "how long assertions live, from 10s to 24h; 60s if not given",
        None;
    AssertionScope "assertion_scope", Kind::Switch, Unflagged,
        "put the scope into the assertion of the jwt-bearer grant, and into no form field",
        None;
    KeyPassphrase "key_passphrase", Kind::Secret, Unflagged,
        "the passphrase of an encrypted key of the client certificate",
        None;
    ClockOffset "clock_offset", Kind::Offset, Unflagged,
        "what this machine's clock lacks in all that is signed, such as 90s or -90s",
        None;
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
    For "for", Kind::Url, FlagAlone,
        "the call that -o header or curl makes a DPoP proof for",
        flag(Main, Output, "[METHOD] URL", "Call that -o header or curl makes a DPoP proof for; GET if no method is named").some();
    DpopNonce "dpop_nonce", Kind::Text, FlagAlone,
        "the nonce that the API wants in that proof",
        flag(Main, Output, "TEXT", "Nonce that the API wants in that proof").some();
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
    CacheSecret "cache_secret", Kind::Secret, Unflagged,
        "a secret that all that is kept on this machine is sealed with too: env:NAME, file:PATH, command:CMD ARGS, …",
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
        "a client certificate (PEM), and its key if it is there too: a file, or env:NAME, file:PATH, command:CMD ARGS or fd:N",
        flag(Fetch, Http, "FILE", "Client certificate (PEM); the file may hold the key too")
            .more("In place of FILE: env:NAME, file:PATH, command:CMD ARGS or fd:N; so for --key.").some();
    Key "key", Kind::Path, Everywhere,
        "the client certificate's key (PEM), from where cert may come from",
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
    Har "har", Kind::Path, FlagAlone,
        "a file for every exchange of the run, as HAR 1.2",
        flag(Fetch, Diagnosis, "FILE", "Write every exchange of the run to FILE, as HAR 1.2, without secrets and tokens")
            .more("Also where the run fails. Only you can read it, and what is at FILE is replaced. What an API answers stands \
                   in it as it came, so look at it before you send it to somebody.").some();
    ErrorFormat "error_format", Kind::Choice(Choice::of(error_formats)), Everywhere,
        "how errors are written; text if not given",
        flag(Every, Diagnosis, "FORMAT", "How errors are written: text (the default) or json").some();
    ShowSecrets "show_secrets", Kind::Switch, FlagAlone,
        "do not hide secrets in diagnosis",
        switch(Fetch, Diagnosis, "Do not hide secrets and tokens in what -v and --dry-run show").some();
}

fn grants() -> Vec<&'static str> {
    grant::names().chain(grant::urns()).collect()
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

/// What keys sign with, and for `client_secret_jwt` a secret.
fn algs() -> Vec<&'static str> {
    [key_algs(), vec!["HS256", "HS384", "HS512"]].concat()
}

fn alg_help() -> String {
    format!("Algorithm: {}; what goes with the key if not given", listed(algs().into_iter().map(str::to_owned)))
}

fn key_algs() -> Vec<&'static str> {
    vec!["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
}

fn digests() -> Vec<&'static str> {
    vec!["sha1", "sha256", "both", "none"]
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

fn asks() -> Vec<&'static str> {
    vec!["auto", "never", "always"]
}

fn response_modes() -> Vec<&'static str> {
    vec!["query", "form_post"]
}

fn formats() -> Vec<&'static str> {
    vec!["token", "json", "header", "curl", "env", "ttl", "exec-credential"]
}

fn error_formats() -> Vec<&'static str> {
    vec!["text", "json"]
}
