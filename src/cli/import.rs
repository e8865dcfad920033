//! `import`: its flags and the file.

use clap::{ArgMatches, Args, Command, FromArgMatches, ValueHint};

use super::flags::{self, Flags};
use super::{Action, CliError, Subcommand};
use crate::settings::Layer;
use crate::settings::key::On;

/// What to turn into a profile.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// System the configuration is of
    ///
    /// benthos: YAML with an oauth2_token processor or the oauth2 block of an HTTP client. eccenca: the parameters of the OAuth2 Authentication task, by labels or
    /// ids, as JSON or YAML. keboola: the JSON of a Generic Extractor. couper: HCL with an oauth2 block. elasticio: the
    /// credentials of the REST component, by labels, as JSON or YAML. curl: a command line, as it was pasted.
    /// prometheus: YAML with an oauth2 block, or with the oauth2client extension of OpenTelemetry's collector.
    /// spring: YAML or properties with spring.security.oauth2.client. google: a JSON file with the key of a service account, with what
    /// gcloud keeps for a user, or of workload identity federation.
    #[arg(long, value_name = "SYSTEM", value_parser = ["benthos", "eccenca", "keboola", "couper", "elasticio", "curl", "prometheus", "spring", "google"])]
    pub from: String,
    /// Which of several token requests in the file; an error lists their names
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write secrets out instead of naming environment variables for them
    #[arg(long)]
    pub keep_secrets: bool,
    /// File to read; stdin if not given or '-'
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  oauth2tok import --from benthos pipeline.yaml > prod.yaml
  oauth2tok -p ./prod.yaml
  pbpaste | oauth2tok import --from curl > vendor.yaml
  oauth2tok import --from curl <<'EOF' > vendor.yaml

stdout holds the profile or nothing. Notes on stderr say which variables to set and what has no place in a profile. What \
the token request depends on and a profile cannot say is an error (exit code 2) that names the key.";

pub(super) const COMMAND: Subcommand = Subcommand {
    name: "import",
    about: "Turn another system's configuration into a profile",
    describe,
    read,
    ineffective: &[],
};

fn describe(command: Command, flags: Flags<'_>) -> Command {
    ImportArgs::augment_args(command.args(flags.on(&[On::Every]))).after_long_help(EXAMPLES)
}

fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<Action, CliError> {
    flags::read(matches, layer)?;
    Ok(Action::Import(ImportArgs::from_arg_matches(matches)?))
}
