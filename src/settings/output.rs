//! What is printed, and what is told while working.

use super::{ForeignCall, Key, Layer, SettingsError, dpop};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The token alone.
    #[default]
    Token,
    /// The whole answer.
    Json,
    /// An `Authorization` header.
    Header,
    /// A line for `curl -K -`.
    Curl,
    /// A line for a POSIX shell.
    Env,
    /// Seconds left.
    Ttl,
    /// A Kubernetes client-go credential.
    ExecCredential,
}

impl Format {
    /// What `-o` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Json => "json",
            Self::Header => "header",
            Self::Curl => "curl",
            Self::Env => "env",
            Self::Ttl => "ttl",
            Self::ExecCredential => "exec-credential",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            "header" => Self::Header,
            "curl" => Self::Curl,
            "env" => Self::Env,
            "ttl" => Self::Ttl,
            "exec-credential" => Self::ExecCredential,
            _ => Self::Token,
        }
    }
}

/// The result's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Which.
    pub format: Format,
    /// One member instead of the token.
    pub field: Option<String>,
    /// The name that the answer stands under in another object.
    pub wrap: Option<String>,
    /// The variable of [`Format::Env`].
    pub env_name: String,
    /// Tell GitHub Actions to mask the token.
    pub mask: bool,
    /// The call that [`Format::Header`] and [`Format::Curl`] have a proof for.
    pub call: Option<ForeignCall>,
}

/// What is told while working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// Tell everything.
    pub verbose: bool,
    /// Warn of nothing.
    pub quiet: bool,
    /// Send nothing.
    pub dry_run: bool,
    /// Tolerate nothing.
    pub strict: bool,
    /// Write errors as JSON.
    pub json_errors: bool,
    /// Hide nothing.
    pub show_secrets: bool,
}

pub(super) fn output(layer: &Layer) -> Result<Output, SettingsError> {
    let format = layer.text(Key::Output).map(Format::from_name).unwrap_or_default();
    let field = layer.text(Key::Field).map(str::to_owned);
    if field.as_deref() == Some("") {
        return Err(layer.refuse(Key::Field, "it is empty"));
    }
    if field.is_some() && !matches!(format, Format::Token | Format::ExecCredential) {
        return Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::Field), layer.named(Key::Output)),
            hint: "--field prints one member as it is, or with -o exec-credential hands it over".into(),
            key: Some(Key::Field),
        });
    }
    let wrap = layer.text(Key::Wrap).map(str::to_owned);
    let in_the_way = if field.is_some() { Some(Key::Field) } else { layer.get(Key::Output).map(|_| Key::Output) };
    if let (Some(_), Some(key)) = (&wrap, in_the_way.filter(|key| *key == Key::Field || format != Format::Json)) {
        return Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::Wrap), layer.named(key)),
            hint: "--wrap prints the answer as JSON; leave the other out".into(),
            key: Some(Key::Wrap),
        });
    }
    let env_name = layer.text(Key::EnvName).unwrap_or("ACCESS_TOKEN").to_owned();
    if !is_variable_name(&env_name) {
        return Err(
            layer.refuse(Key::EnvName, "a variable's name holds letters, digits and _ and does not begin with a digit")
        );
    }
    Ok(Output { format, field, wrap, env_name, mask: layer.is_on(Key::Mask), call: dpop::call(layer, format)? })
}

/// What is told while working; also needed before the settings are complete.
pub fn diagnosis(layer: &Layer) -> Diagnosis {
    Diagnosis {
        verbose: layer.is_on(Key::Verbose),
        quiet: layer.is_on(Key::Quiet),
        dry_run: layer.is_on(Key::DryRun),
        strict: layer.is_on(Key::Strict),
        json_errors: layer.text(Key::ErrorFormat) == Some("json"),
        show_secrets: layer.is_on(Key::ShowSecrets),
    }
}

/// True for what every shell takes for a variable's name.
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}
