//! Looking at profiles: nothing is sent and no secret is read.

use super::context::Context;
use crate::cli::ProfileAction;
use crate::problem::{self, Problem};
use crate::report::{Reporter, write_stdout};
use crate::settings::{self, Environment, Key, Layer, Origin, SettingValue, Settings, SettingsError, Wanted};
use crate::settings::{profile, schema};

/// Runs it.
///
/// # Errors
/// A config file that is at fault, or is not there.
pub fn run(action: ProfileAction, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let env = &context.env;
    let upper = env.below(flags)?;
    reporter.set_diagnosis(settings::diagnosis(&upper));
    let text = match action {
        ProfileAction::List => {
            settings::config_file(&upper, Wanted::Names, env)?.map_or(String::new(), |file| lines(file.names()))
        }
        ProfileAction::Show(name) => show(&name, upper, env)?,
        ProfileAction::Check(names) => return check(names, &upper, context, reporter),
        ProfileAction::Path => match upper.get(Key::Config).map(|entry| &entry.value) {
            Some(SettingValue::Text(path)) => {
                let expanded = env.expanded(path.as_ref()).map_err(|error| SettingsError::Value {
                    origin: upper.origin(Key::Config),
                    expected: error.to_string(),
                })?;
                format!("{}\n", expanded.display())
            }
            _ => match profile::default_path(env) {
                Some(path) => format!("{}\n", path.display()),
                None => {
                    return Err(Problem::usage(
                        "the home directory is unknown",
                        "set HOME or XDG_CONFIG_HOME, or give --config",
                    ));
                }
            },
        },
        ProfileAction::Schema => format!("{:#}\n", schema::schema()),
    };
    write_stdout(&text)?;
    Ok(())
}

fn lines<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.flat_map(|name| [crate::text::escaped(name).into_owned(), "\n".into()]).collect()
}

fn show(name: &str, upper: Layer, env: &Environment) -> problem::Result<String> {
    let layer = settings::merge(with_profile(upper, name), env)?;
    let lines =
        settings::described(&layer, env).into_iter().filter(|(key, _, _)| !matches!(*key, "profile" | "config"));
    Ok(lines.map(|(key, value, origin)| format!("{key}: {}  # {origin}\n", crate::text::escaped(&value))).collect())
}

/// Each profile is checked by itself; all that is wrong is told before the run fails.
fn check(names: Vec<String>, upper: &Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let env = &context.env;
    context.warn_of_variables(reporter);
    let file = settings::config_file(upper, Wanted::All, env)?;
    let names = if names.is_empty() {
        file.as_ref().map(|file| file.names().map(str::to_owned).collect()).unwrap_or_default()
    } else {
        names
    };
    let is_open = file.as_ref().is_some_and(|file| is_readable_by_others(file.name(), env));
    let mut bad = Vec::new();
    let mut text = String::new();
    for name in &names {
        let checked = settings::merge_with(with_profile(upper.clone(), name), file.as_ref(), env);
        if let (Ok(layer), true) = (&checked, is_open) {
            warn_of_literal(layer, reporter);
        }
        match checked.and_then(|layer| Settings::from_layer(layer, env)) {
            Ok(_) => text.push_str(&format!("{}: ok\n", crate::text::escaped(name))),
            Err(error) => bad.push(of_profile(name, file.as_ref(), error, env)),
        }
    }
    let Some(error) = bad.pop() else {
        write_stdout(&text)?;
        return Ok(());
    };
    for error in bad {
        reporter.error(&error);
    }
    Err(error)
}

/// An error that says which profile it is about. A word that names no profile may be a secret: it is not repeated.
fn of_profile(name: &str, file: Option<&settings::File>, error: SettingsError, env: &Environment) -> Problem {
    let exists =
        file.is_some_and(|file| file.has(name)) || profile::is_path(name) && profile::is_there(name.as_ref(), env);
    let name = if exists { format!("profile '{}'", crate::text::escaped(name)) } else { "a profile".into() };
    Problem::from(error).context(format!("{name} is not valid"))
}

fn with_profile(mut upper: Layer, name: &str) -> Layer {
    upper.set(Key::Profile, SettingValue::Text(name.to_owned()), Origin::Flag(Key::Profile));
    upper
}

/// A file that others can read is no place for a literal secret.
fn warn_of_literal(layer: &Layer, reporter: &mut Reporter) {
    let literal = layer.entries().find(|(_, entry)| {
        matches!(&entry.value, SettingValue::Secret(source) if source.is_literal())
            && matches!(entry.origin, Origin::Profile { .. })
    });
    if let Some((key, entry)) = literal {
        reporter.warn(&format!(
                "{} ({}): the secret stands in a file that other users can read; chmod 600 it, or use env:, file: or command:",
                key.name(),
                entry.origin
            ));
    }
}

#[cfg(unix)]
fn is_readable_by_others(path: &str, env: &Environment) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = env.expanded(path.as_ref()).ok().and_then(|path| std::fs::metadata(path).ok());
    metadata.is_some_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_path: &str, _env: &Environment) -> bool {
    false
}
