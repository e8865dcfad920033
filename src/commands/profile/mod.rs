//! Looking at profiles and writing them. But for `add`, nothing is sent and no secret is read.

mod add;
mod check;
mod file;
mod init;
mod show;

use std::sync::Arc;

use super::context::Context;
use crate::cli::ProfileAction;
use crate::problem::{self, Problem};
use crate::report::{Reporter, write_stdout};
use crate::settings::{self, Environment, Key, Layer, Origin, SettingValue, SettingsError};
use crate::settings::{profile, schema};

/// Runs it.
///
/// # Errors
/// A config file that is at fault, or is not there.
pub fn run(
    action: ProfileAction,
    flags: Layer,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let env = &context.env;
    let upper = env.below(flags.clone())?;
    reporter.set_diagnosis(settings::diagnosis(&upper));
    let text = match action {
        ProfileAction::List { json } => show::list(&upper, json, env)?,
        ProfileAction::Show { name, json } => show::show(&name, upper, json, env)?,
        ProfileAction::Check(names) => return check::check(names, &upper, context, reporter),
        ProfileAction::Path => format!("{}\n", path(&upper, env)?.display()),
        ProfileAction::Add(name) => {
            reporter.conceal(&upper);
            let path = path(&upper, env)?;
            add::add(&name, flags, &path, context, reporter)?;
            format!("{}\n", path.display())
        }
        ProfileAction::Init { provider } => {
            let path = path(&upper, env)?;
            init::init(provider.as_deref(), &path)?;
            reporter.remark("fill in what stands in <…>, then 'oauth2tok profile check' looks for mistakes");
            format!("{}\n", path.display())
        }
        ProfileAction::Schema => format!("{:#}\n", schema::schema()),
    };
    write_stdout(&text)?;
    Ok(())
}

/// Where the config file is, or would be.
fn path(upper: &Layer, env: &Environment) -> problem::Result<std::path::PathBuf> {
    match upper.text(Key::Config) {
        Some(path) => {
            let expanded = env.expanded(path.as_ref()).map_err(|error| SettingsError::Value {
                origin: upper.origin(Key::Config),
                expected: error.to_string(),
            })?;
            Ok(expanded.into_owned())
        }
        None => profile::default_path(env).ok_or_else(|| {
            Problem::usage("the home directory is unknown", "set HOME or XDG_CONFIG_HOME, or give --config")
        }),
    }
}

fn with_profile(mut upper: Layer, name: &str) -> Layer {
    upper.set(Key::Profile, SettingValue::Text(name.to_owned()), Origin::Flag(Key::Profile));
    upper
}
