//! `profile check`: all that a run would refuse before it sends anything, without sending anything or reading a secret but the
//! keys in files.

use std::collections::HashSet;
use std::convert::Infallible;
use std::path::Path;

use crate::commands::context::Context;
use crate::commands::keys::Reading;
use crate::commands::session::{certificate_in_files, read_secret};
use crate::deadline::Deadline;
use crate::named;
use crate::oauth::Extent;
use crate::oauth::login::redirect::Redirect;
use crate::problem::{self, Problem};
use crate::report::{Reporter, write_stdout};
use crate::secret::source::SourceError;
use crate::secret::{Secret, Source};
use crate::settings::key::Kind;
use crate::settings::layer::Given;
use crate::settings::{self, Checked, Environment, Key, Layer, SecretError, Settings, Wanted, profile};
use crate::text::escaped;

use super::with_profile;

/// Each profile is checked by itself; all that is wrong is told before the run fails.
///
/// # Errors
/// The last of what is wrong.
pub(super) fn check(
    names: Vec<String>,
    upper: &Layer,
    context: &Context,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let env = &context.env;
    context.warn_of_variables(reporter);
    reporter.conceal(&env.network());
    let file = settings::config_file(upper, Wanted::All, env)?;
    if file.is_none() && names.iter().all(|name| !profile::is_path(name)) {
        return Err(Problem::usage(
            format!("there is no config file: {} does not exist", super::path(upper, env)?.display()),
            "write one ('oauth2tok profile init' makes a first one), or name one: --config FILE, or ./FILE.yaml for a \
             file with one profile",
        ));
    }
    let names = if names.is_empty() {
        file.as_ref().map(|file| file.names().map(str::to_owned).collect()).unwrap_or_default()
    } else {
        names
    };
    let of_defaults = file.iter().flat_map(|file| settings::faults_of_defaults(file, env));
    let mut problems: Vec<_> =
        of_defaults.map(|error| Problem::from(error).context("'defaults' are not valid")).collect();
    let mut text = String::new();
    let mut warned = HashSet::new();
    for name in &names {
        let found = problems.len();
        let of = of_profile(name, file.as_ref(), env);
        match settings::checked(with_profile(upper.clone(), name), file.as_ref(), env) {
            Err(error) => problems.push(error.into()),
            Ok(Checked { layer, settings, faults }) => {
                reporter.conceal(&layer);
                let warnings = layer.warnings().iter().filter(|warning| warned.insert((*warning).clone()));
                warnings.for_each(|warning| reporter.warn(warning));
                // What stands in for what is wrong chooses no key.
                let is_whole = faults.is_empty();
                problems.extend(faults.into_iter().map(Problem::from));
                let idle = settings.as_ref().map_or_else(Vec::new, |settings| idle(&layer, settings));
                let layer = layer.without(&idle);
                problems.extend(secrets(&of, &layer, env, reporter).map(Problem::from));
                problems.extend(settings.as_ref().and_then(|settings| way(settings, context).err()));
                problems
                    .extend(settings.iter().flat_map(|settings| files_of_listener(settings, env)).map(Problem::from));
                let settings = settings.filter(|_| is_whole);
                problems.extend(settings.and_then(|settings| keys(&settings, context, reporter).err()));
            }
        }
        if found == problems.len() {
            text.push_str(&format!("{}: ok\n", escaped(name)));
        }
        let rest = problems.split_off(found);
        problems.extend(rest.into_iter().map(|problem| problem.context(format!("{of} is not valid"))));
    }
    let Some(last) = problems.pop() else {
        write_stdout(&text)?;
        return Ok(());
    };
    for problem in &problems {
        reporter.error(problem);
    }
    Err(last)
}

/// What an error calls a profile. A word that names none may be a secret: it is not repeated.
fn of_profile(name: &str, file: Option<&settings::File>, env: &Environment) -> String {
    let exists =
        file.is_some_and(|file| file.has(name)) || profile::is_path(name) && profile::is_there(name.as_ref(), env);
    if exists { format!("profile '{}'", escaped(name)) } else { "a profile".into() }
}

/// The way to the server: its proxy, and the files that TLS needs.
fn way(settings: &Settings, context: &Context) -> problem::Result<()> {
    // What a certificate is that comes from elsewhere than a file shows when it is read.
    let client = certificate_in_files(settings);
    let (pool, url) = (context.pool(&settings.http, client.as_ref()), settings.request.server.url());
    let deadline = Deadline::after(settings.http.timeout);
    pool.prepare(url, deadline).map_err(|error| error.problem(url))
}

/// What a login listens with, where it is named as a file: the files that are not there.
fn files_of_listener(settings: &Settings, env: &Environment) -> Vec<SecretError> {
    let terms = &settings.login;
    let is_used = settings.request.login.iter().flat_map(|login| &login.redirects).any(Redirect::is_https);
    let named = [(Key::ListenCert, &terms.listen_cert), (Key::ListenKey, &terms.listen_key)];
    let named = named.into_iter().filter(|(key, _)| is_used && settings.layer.text(*key).is_some());
    let fault = |(key, source): (Key, &Option<Source>)| {
        let source = source.as_ref()?;
        let Source::File(path) = source else { return None };
        let error = unread(path)?;
        Some(SecretError::of(key, source, &settings.layer.origin(key), error, env))
    };
    named.filter_map(fault).collect()
}

/// Why a file cannot be read, if it cannot.
fn unread(path: &Path) -> Option<SourceError> {
    let source = is_readable(path).err()?;
    Some(match named::is_there(path) {
        true => SourceError::File { path: path.display().to_string(), source },
        false => SourceError::NoFile(source),
    })
}

/// The keys that are in files: what signs, and what proofs are signed with. What a key is that comes from elsewhere, or is
/// encrypted, shows when it is used.
fn keys(settings: &Settings, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let env = &context.env;
    let lookup = |name: &str| env.os(name);
    let deadline = Deadline::after(settings.http.timeout);
    let mut reader = settings.reader(&lookup, deadline);
    let mut found = Vec::new();
    // The rest is not read, and no key depends on it.
    let request = settings.read_secrets(|asked| {
        let is_in_file =
            matches!(asked.source, Source::File(path) if env.expanded(path).is_ok_and(|path| path.is_file()));
        let text = match asked.role.extent {
            Extent::File if is_in_file => read_secret(&mut reader, asked, env).ok(),
            Extent::File => None,
            Extent::Line | Extent::Token => return Ok::<_, Infallible>(Secret::new("credential")),
        };
        let text = text.filter(|text| !text.expose().contains("ENCRYPTED"));
        found.push(text.is_some());
        Ok(text.unwrap_or_else(|| Secret::new("credential")))
    });
    let Ok(request) = request;
    if found.is_empty() || found.contains(&false) {
        return Ok(());
    }
    Reading { layer: &settings.layer, env, ring: &context.keys, deadline }.keys(&request, reporter).map(drop)
}

/// The secrets that came down from the defaults for other profiles: this one has no use for them.
fn idle(layer: &Layer, settings: &Settings) -> Vec<Key> {
    let mut used: Vec<_> = settings.http.key_passphrase.iter().map(|_| Key::KeyPassphrase).collect();
    if settings.caching.enabled || settings.request.login.is_some() {
        used.push(Key::CacheSecret);
    }
    let Ok(_) = settings.read_secrets(|asked| {
        used.push(asked.key);
        Ok::<_, Infallible>(Secret::new(""))
    });
    let is_idle = |key: &Key| key.setting().kind == Kind::Secret && !layer.says(*key) && !used.contains(key);
    layer.entries().map(|(key, _)| key).filter(is_idle).collect()
}

/// Whether each secret is where its source says, as far as that can be told without reading it. A variable that is not set
/// here may be set where the profile is used.
fn secrets<'s>(
    of: &str,
    layer: &'s Layer,
    env: &'s Environment,
    reporter: &mut Reporter,
) -> impl Iterator<Item = SecretError> + use<'s> {
    let sources = || {
        let of = |(key, entry): (Key, &'s Given)| entry.value.sources().map(move |source| (key, source, &entry.origin));
        layer.entries().flat_map(of)
    };
    for (key, source, _) in sources() {
        if let Source::Env(variable) = source
            && env.text(variable).is_none()
        {
            let place = source.shown(&|name| env.os(name));
            reporter.warn(&format!("{of}: {} is not set here ({place})", key.name()));
        }
    }
    let mut stdin_used = false;
    sources().filter_map(move |(key, source, origin)| {
        let error = match source {
            Source::File(path) => match env.expanded(path) {
                Ok(path) => unread(&path)?,
                Err(error) => error.into(),
            },
            Source::Stdin if std::mem::replace(&mut stdin_used, true) => SourceError::StdinUsed,
            _ => return None,
        };
        Some(SecretError::of(key, source, origin, error, env))
    })
}

/// Whether a file can be opened; a pipe would keep its opener waiting.
fn is_readable(path: &Path) -> std::io::Result<()> {
    if std::fs::metadata(path)?.is_file() { std::fs::File::open(path).map(drop) } else { Ok(()) }
}
