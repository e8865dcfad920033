//! The flags of the main job, which the other commands share.

use clap::{ArgMatches, Args, ValueHint};

use crate::settings::{Key, Layer, Origin, SettingsError, Value};

/// What every command tells on stderr.
#[derive(Debug, Args)]
pub struct TellingArgs {
    /// Tell on stderr what is sent and received, and where each setting came from
    #[arg(short, long, overrides_with = "verbose", help_heading = "Diagnosis")]
    pub verbose: bool,
    /// No warnings
    #[arg(short, long, help_heading = "Diagnosis")]
    pub quiet: bool,
    /// How errors are written: text (the default) or json
    #[arg(long, value_name = "FORMAT", help_heading = "Diagnosis")]
    pub error_format: Option<String>,
}

/// What to ask for and how.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Profile to use: a name from the config file, or a path to a file with one profile
    ///
    /// A text that ends in .yaml or .yml, or holds a '/', is a path.
    #[arg(short, long, value_name = "NAME", help_heading = "Profile")]
    pub profile: Option<String>,
    /// Config file to read
    ///
    /// If not given: oauth2tok/config.yaml in $XDG_CONFIG_HOME or ~/.config (%APPDATA% on Windows).
    #[arg(long, value_name = "FILE", help_heading = "Profile", value_hint = ValueHint::FilePath)]
    pub config: Option<String>,

    /// Token endpoint
    ///
    /// https, or http to this machine. Its query is kept as it is.
    #[arg(long, visible_alias = "token-url", value_name = "URL", help_heading = "Server", conflicts_with = "issuer", value_hint = ValueHint::Url)]
    pub token_endpoint: Option<String>,
    /// Issuer whose metadata names the token endpoint
    ///
    /// Asked for at /.well-known/openid-configuration and /.well-known/oauth-authorization-server, without credentials. The
    /// metadata must bear exactly this issuer.
    #[arg(long, value_name = "URL", help_heading = "Server", value_hint = ValueHint::Url)]
    pub issuer: Option<String>,

    /// Grant: client_credentials (the default), password or refresh_token
    #[arg(short, long, value_name = "GRANT", help_heading = "Grant")]
    pub grant_type: Option<String>,
    /// Scope to ask for; repeatable, and each may hold several
    #[arg(short, long, value_name = "SCOPE", help_heading = "Grant")]
    pub scope: Vec<String>,
    /// Service the token is for; repeatable
    #[arg(long, value_name = "NAME", help_heading = "Grant")]
    pub audience: Vec<String>,
    /// Resource the token is for, an absolute URI (RFC 8707); repeatable
    #[arg(long, value_name = "URI", help_heading = "Grant")]
    pub resource: Vec<String>,
    /// Further form field; repeatable
    ///
    /// Names that the protocol itself uses are refused.
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Grant")]
    pub param: Vec<String>,
    /// User of the password grant
    #[arg(short, long, value_name = "NAME", help_heading = "Grant")]
    pub username: Option<String>,
    /// Password of the password grant
    #[arg(long, value_name = "SECRET", help_heading = "Grant", allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Refresh token of the refresh_token grant
    #[arg(long, value_name = "SECRET", help_heading = "Grant", allow_hyphen_values = true)]
    pub refresh_token: Option<String>,

    /// Client id
    #[arg(short = 'i', long, value_name = "ID", help_heading = "Client", allow_hyphen_values = true)]
    pub client_id: Option<String>,
    /// Client secret
    ///
    /// Plain text works, but 'ps' shows it; see "Secrets" below for better sources.
    #[arg(long, value_name = "SECRET", help_heading = "Client", allow_hyphen_values = true)]
    pub client_secret: Option<String>,
    /// Client authentication: client_secret_basic (basic, the default), client_secret_post (post) or none
    #[arg(short, long, value_name = "METHOD", help_heading = "Client")]
    pub auth_method: Option<String>,
    /// Id and secret in HTTP Basic: form-encoded first (form, the standard and default) or as they are (raw)
    #[arg(long, value_name = "ENCODING", help_heading = "Client")]
    pub basic_encoding: Option<String>,

    /// Keep the token, sealed, and reuse it while it is good; the last of this and --no-cache counts
    #[arg(long, help_heading = "Cache", overrides_with = "no_cache")]
    pub cache: bool,
    /// Do not use the cache, whatever the profile says
    #[arg(long, help_heading = "Cache", overrides_with = "cache")]
    pub no_cache: bool,
    /// Go past a kept token, and keep the new one
    #[arg(long, help_heading = "Cache")]
    pub force_new: bool,
    /// Reuse a kept token only if it lives at least this long
    #[arg(long, value_name = "DURATION", help_heading = "Cache")]
    pub min_valid: Option<String>,

    /// Further header field of the token request; repeatable
    #[arg(short = 'H', long, value_name = "NAME: VALUE", help_heading = "HTTP")]
    pub header: Vec<String>,
    /// Time for the whole run, such as 30s (the default), 500ms or 2m
    #[arg(long, value_name = "DURATION", help_heading = "HTTP")]
    pub timeout: Option<String>,
    /// Time to reach the server, TLS included; 10s if not given
    #[arg(long, value_name = "DURATION", help_heading = "HTTP")]
    pub connect_timeout: Option<String>,
    /// How often to try again where that can help; 2 if not given
    ///
    /// Failures to connect, 429, 502, 503 and 504, with growing waits or as Retry-After says, all within --timeout.
    #[arg(long, value_name = "N", help_heading = "HTTP")]
    pub retry: Option<String>,
    /// Proxy, instead of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; empty for none
    #[arg(short = 'x', long, value_name = "URL", help_heading = "HTTP")]
    pub proxy: Option<String>,
    /// Trust the roots in this PEM file and no others
    #[arg(long, value_name = "FILE", help_heading = "HTTP", value_hint = ValueHint::FilePath)]
    pub cacert: Option<String>,
    /// Client certificate (PEM); the file may hold the key too
    #[arg(long, value_name = "FILE", help_heading = "HTTP", value_hint = ValueHint::FilePath)]
    pub cert: Option<String>,
    /// Key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", help_heading = "HTTP", value_hint = ValueHint::FilePath)]
    pub key: Option<String>,
    /// Accept any server certificate: whoever is in between can read the secret
    #[arg(long, help_heading = "HTTP")]
    pub insecure: bool,

    /// What is told, and how.
    #[command(flatten)]
    pub telling: TellingArgs,
    /// Show the request, as HTTP or with -o curl as a command, and send nothing
    #[arg(long, help_heading = "Diagnosis")]
    pub dry_run: bool,
    /// Refuse every deviation from the standards that is otherwise tolerated
    #[arg(long, help_heading = "Diagnosis")]
    pub strict: bool,
    /// Do not hide secrets and tokens in what -v and --dry-run show
    #[arg(long, help_heading = "Diagnosis")]
    pub show_secrets: bool,
}

/// What to print.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// What to print: token (the default), json, header, curl, env, ttl or exec-credential
    ///
    /// json: the server's answer, with expiry and expires_at. header: an Authorization header. curl: a line for 'curl -K -'.
    /// env: a line for a POSIX shell. ttl: the seconds left. exec-credential: for kubectl.
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    pub output: Option<String>,
    /// Print one member of the answer instead, such as id_token or refresh_token
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub field: Option<String>,
    /// Print a JSON object with the answer, as -o json prints it, under this name
    #[arg(long, value_name = "KEY", help_heading = "Output")]
    pub wrap: Option<String>,
    /// Variable that -o env sets; ACCESS_TOKEN if not given
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub env_name: Option<String>,
    /// Have GitHub Actions hide the token in its logs
    #[arg(long, help_heading = "Output")]
    pub mask: bool,
}

pub(super) fn put(layer: &mut Layer, key: Key, text: Option<&str>) -> Result<(), SettingsError> {
    if let Some(text) = text {
        let origin = Origin::Flag(key);
        let value = key.read(text).map_err(|expected| SettingsError::Value { origin: origin.clone(), expected })?;
        layer.set(key, value, origin);
    }
    Ok(())
}

fn put_switch(layer: &mut Layer, key: Key, on: bool) {
    if on {
        layer.set(key, Value::Switch(true), Origin::Flag(key));
    }
}

/// A repeatable flag: each use is one item, or for scopes one or more. An empty one takes away what a profile says.
fn put_each(layer: &mut Layer, key: Key, texts: &[String]) -> Result<(), SettingsError> {
    let mut list = Vec::new();
    let mut map = Vec::new();
    for text in texts {
        match key.read(text).map_err(|expected| SettingsError::Value { origin: Origin::Flag(key), expected })? {
            Value::List(items) => list.extend(items),
            Value::Map(pairs) => map.extend(pairs),
            _ => {}
        }
    }
    if !map.is_empty() {
        layer.set(key, Value::Map(map), Origin::Flag(key));
    } else if !texts.is_empty() {
        layer.set(key, Value::List(list), Origin::Flag(key));
    }
    Ok(())
}

impl TokenArgs {
    /// Puts what was given into `layer`.
    ///
    /// # Errors
    /// A value that its setting cannot be.
    pub fn fill(&self, layer: &mut Layer) -> Result<(), SettingsError> {
        for (key, text) in [
            (Key::Profile, &self.profile),
            (Key::Config, &self.config),
            (Key::TokenEndpoint, &self.token_endpoint),
            (Key::Issuer, &self.issuer),
            (Key::GrantType, &self.grant_type),
            (Key::Username, &self.username),
            (Key::Password, &self.password),
            (Key::RefreshToken, &self.refresh_token),
            (Key::ClientId, &self.client_id),
            (Key::ClientSecret, &self.client_secret),
            (Key::AuthMethod, &self.auth_method),
            (Key::BasicEncoding, &self.basic_encoding),
            (Key::MinValid, &self.min_valid),
            (Key::Timeout, &self.timeout),
            (Key::ConnectTimeout, &self.connect_timeout),
            (Key::Retry, &self.retry),
            (Key::Proxy, &self.proxy),
            (Key::Cacert, &self.cacert),
            (Key::Cert, &self.cert),
            (Key::Key, &self.key),
        ] {
            put(layer, key, text.as_deref())?;
        }
        for (key, texts) in [
            (Key::Scope, &self.scope),
            (Key::Audience, &self.audience),
            (Key::Resource, &self.resource),
            (Key::Params, &self.param),
            (Key::Headers, &self.header),
        ] {
            put_each(layer, key, texts)?;
        }
        for (key, on) in [
            (Key::Cache, self.cache),
            (Key::ForceNew, self.force_new),
            (Key::Insecure, self.insecure),
            (Key::DryRun, self.dry_run),
            (Key::Strict, self.strict),
            (Key::ShowSecrets, self.show_secrets),
        ] {
            put_switch(layer, key, on);
        }
        if self.no_cache {
            layer.set(Key::Cache, Value::Switch(false), Origin::NoFlag(Key::Cache));
        }
        self.telling.fill(layer)
    }
}

impl TellingArgs {
    /// Puts what was given into `layer`.
    ///
    /// # Errors
    /// A value that its setting cannot be.
    pub fn fill(&self, layer: &mut Layer) -> Result<(), SettingsError> {
        put_switch(layer, Key::Verbose, self.verbose);
        put_switch(layer, Key::Quiet, self.quiet);
        put(layer, Key::ErrorFormat, self.error_format.as_deref())
    }
}

impl OutputArgs {
    /// Puts what was given into `layer`.
    ///
    /// # Errors
    /// A value that its setting cannot be.
    pub fn fill(&self, layer: &mut Layer) -> Result<(), SettingsError> {
        put(layer, Key::Output, self.output.as_deref())?;
        put(layer, Key::Field, self.field.as_deref())?;
        put(layer, Key::Wrap, self.wrap.as_deref())?;
        put(layer, Key::EnvName, self.env_name.as_deref())?;
        put_switch(layer, Key::Mask, self.mask);
        Ok(())
    }
}

/// The config file as `profile --config FILE` names it.
pub(super) fn fill_config(matches: &ArgMatches, layer: &mut Layer) {
    if let Some(path) = matches.get_one::<String>("config") {
        layer.set(Key::Config, Value::Text(path.clone()), Origin::Flag(Key::Config));
    }
}
