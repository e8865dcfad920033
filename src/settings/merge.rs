//! From flags, environment and config file to one [`Layer`]: which file and profile count, and what is over what.

use std::path::{Path, PathBuf};

use super::http::DEFAULT_TIMEOUT;
use super::profile::{self, Faults, File, ProfileError, Wanted};
use super::{Environment, Key, Layer, SettingValue, Settings, SettingsError};
use crate::deadline::Deadline;
use crate::files::{self, ReadError};

/// More than any request's details (bytes).
const LARGEST_JSON: u64 = 1 << 20;

/// The config file as it is there: named and missing is an error, unnamed and missing is not.
///
/// # Errors
/// As [`File::open`].
pub fn config_file(upper: &Layer, wanted: Wanted<'_>, env: &Environment) -> Result<Option<File>, SettingsError> {
    match upper.text(Key::Config) {
        Some(path) => {
            let path = Path::new(path);
            let file = File::open(path, wanted, env, &patience(upper));
            file.map(Some).map_err(|error| unrepeated(error, upper, Key::Config, path, env))
        }
        None => match profile::default_path(env).filter(|path| profile::look(path).unwrap_or(true)) {
            Some(path) => Ok(Some(File::open(&path, wanted, env, &patience(upper))?)),
            None => Ok(None),
        },
    }
}

/// How long a file may keep a run waiting that knows no more than flags and environment, `upper`.
pub fn patience(upper: &Layer) -> Deadline {
    Deadline::after(upper.duration(Key::Timeout).filter(|span| !span.is_zero()).unwrap_or(DEFAULT_TIMEOUT))
}

/// What was given for the name of a file may be a secret: it is not repeated unless there is such a file.
fn unrepeated(error: ProfileError, upper: &Layer, key: Key, path: &Path, env: &Environment) -> SettingsError {
    match error.place {
        None if !profile::is_there(path, env) => {
            SettingsError::Value { origin: upper.origin(key), expected: format!("the file it names {}", error.message) }
        }
        _ => error.into(),
    }
}

/// The config file's usual place and why nobody can look there, a home that may not be entered for one. Where the user
/// names neither file nor profile, it counts as none.
pub fn unreached_config(upper: &Layer, env: &Environment) -> Option<(PathBuf, std::io::Error)> {
    let path = profile::default_path(env).filter(|_| upper.get(Key::Config).is_none())?;
    profile::look(&path).err().map(|error| (path, error))
}

/// Merges all layers for the profile that `upper` (flags over environment) names.
///
/// # Errors
/// A config file that is at fault, or a profile that is not there.
pub fn merge(upper: Layer, env: &Environment) -> Result<Layer, SettingsError> {
    let wanted = match upper.text(Key::Profile) {
        None => Wanted::Names,
        // Whatever the file extends may be in the config file.
        Some(name) if profile::is_path(name) => Wanted::All,
        Some(name) => Wanted::One(name),
    };
    let config = match config_file(&upper, wanted, env) {
        Err(_) if !matches!(wanted, Wanted::One(_)) && unreached_config(&upper, env).is_some() => None,
        file => file?,
    };
    merge_with(upper, config.as_ref(), env)
}

/// The same with a config file that has been read.
///
/// # Errors
/// As [`merge`].
pub fn merge_with(upper: Layer, config: Option<&File>, env: &Environment) -> Result<Layer, SettingsError> {
    let mut layer = merged(upper, config, env)?;
    read_files(&mut layer, env)?;
    Ok(layer)
}

fn merged(upper: Layer, config: Option<&File>, env: &Environment) -> Result<Layer, SettingsError> {
    let mut faults = Faults::default();
    let chosen = chosen(&upper, config, env, &mut faults)?;
    if let Some(file) = config {
        let defaults = file.defaults_with(&lookup(env), &mut faults);
        return Ok(faults.none(upper.or(chosen).over_defaults(defaults))?);
    }
    Ok(faults.none(upper.or(chosen))?)
}

/// Puts what a file says in the place of `@FILE`, once for the run: it may be a pipe.
fn read_files(layer: &mut Layer, env: &Environment) -> Result<(), SettingsError> {
    let key = Key::AuthorizationDetails;
    let Some(file) = layer.text(key).and_then(|text| text.strip_prefix('@')).map(PathBuf::from) else { return Ok(()) };
    let origin = layer.origin(key);
    let wrong = |why: String| {
        // What stands in place of the name of a file may be a secret.
        let is_there = profile::is_there(&file, env);
        let what = if is_there { file.display().to_string() } else { "the file it names".to_owned() };
        SettingsError::Value { origin: origin.clone(), expected: format!("{what} {why}") }
    };
    let path = env.expanded(&file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let bytes = files::read(&path, LARGEST_JSON, &patience(layer)).map_err(|error| match error {
        ReadError::TooLong { .. } => wrong(format!("is {error}")),
        error => wrong(format!("cannot be read: {error}")),
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("is not valid UTF-8".into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    layer.set(key, SettingValue::Text(text), origin);
    Ok(())
}

/// The profile that `upper` names, with all that is wrong with it.
///
/// # Errors
/// Where it is not there.
fn chosen(
    upper: &Layer,
    config: Option<&File>,
    env: &Environment,
    faults: &mut Faults,
) -> Result<Layer, SettingsError> {
    let lookup = lookup(env);
    match (upper.text(Key::Profile), config) {
        (None, _) => Ok(Layer::default()),
        (Some(name), _) if profile::is_path(name) => {
            let path = Path::new(name);
            let file = File::open_single(path, env, &patience(upper));
            let file = file.map_err(|error| unrepeated(error, upper, Key::Profile, path, env))?;
            Ok(file.profile_with(name, config, &lookup, faults))
        }
        (Some(name), Some(file)) => Ok(file.profile_with(name, None, &lookup, faults)),
        (Some(_), None) => {
            let place = profile::default_path(env)
                .map_or_else(|| "…/oauth2tok/config.yaml".into(), |p| p.display().to_string());
            Err(SettingsError::Missing {
                what: format!("the config file with the profile that {} names", upper.origin(Key::Profile)),
                hint: format!(
                    "write {place} ('oauth2tok profile init' begins it), or name a file: --config FILE, or -p ./FILE.yaml for a file with one profile"
                ),
                key: None,
            })
        }
    }
}

fn lookup(env: &Environment) -> impl Fn(&str) -> Option<String> {
    |name| env.os(name).and_then(|value| value.into_string().ok())
}

/// A profile that was gone through to its end.
pub struct Checked {
    /// What it says.
    pub layer: Layer,
    /// The settings, where something came together; something stands in for what is missing.
    pub settings: Option<Box<Settings>>,
    /// All that is wrong with it.
    pub faults: Vec<SettingsError>,
}

/// Looks for everything that is wrong with the profile that `upper` names, `defaults` aside.
///
/// # Errors
/// Where it is not there.
pub fn checked(upper: Layer, config: Option<&File>, env: &Environment) -> Result<Checked, SettingsError> {
    let mut faults = Faults::default();
    let chosen = chosen(&upper, config, env, &mut faults)?;
    let defaults = config.map_or_else(Layer::default, |file| file.defaults_with(&lookup(env), &mut Faults::default()));
    let mut faults: Vec<_> = faults.into_iter().map(SettingsError::from).collect();
    let mut layer = upper.or(chosen).over_defaults(defaults);
    if let Err(fault) = read_files(&mut layer, env) {
        faults.push(fault);
        layer = layer.without(&[Key::AuthorizationDetails]);
    }
    let settings = super::from_faulty_layer(layer.clone(), env, &mut faults).map(Box::new);
    Ok(Checked { layer, settings, faults })
}

/// Everything that is wrong with the defaults of `file`.
pub fn faults_of_defaults(file: &File, env: &Environment) -> Vec<SettingsError> {
    let mut faults = Faults::default();
    file.defaults_with(&lookup(env), &mut faults);
    faults.into_iter().map(SettingsError::from).collect()
}
