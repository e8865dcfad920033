//! `profile add`: the flags of a run become a profile, once a run with them has brought a token. Where a person logs in, the
//! profile comes first.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::file;
use crate::commands::context::Context;
use crate::commands::session::Session;
use crate::deadline::Deadline;
use crate::problem::{self, Class, Problem};
use crate::render;
use crate::report::Reporter;
use crate::settings::profile::write::{self, Unwritable};
use crate::settings::{
    Environment, File, Key, Layer, Origin, ProfileError, SettingValue, SettingsError, Wanted, profile,
};
use crate::text::escaped;

/// How long the config file may keep this waiting.
const PATIENCE: Duration = Duration::from_secs(30);

const NO_PLACE: &str = "its lines do not tell where a profile can be added";

/// A file that is there, and empty.
const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Gets a token with `flags` and adds them to the config file at `path` as the profile `name`.
///
/// # Errors
/// Flags that no profile can hold, a name that is taken, a file that has no place for it: before anything is sent. Every way
/// not to get a token, or not to print it. A file that cannot be written: then the error holds the profile.
pub(super) fn add(
    name: &str,
    mut flags: Layer,
    path: &Path,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let env = &context.env;
    let unwritable = |error: Unwritable| Problem::usage(error.to_string(), error.hint());
    let wanted = write::lasting(&flags, env).map_err(unwritable)?;
    let parent = parent(&flags, env)?;
    check_name(name)?;
    let before = Current::read(path, env)?;
    if before.file.has(name) {
        return Err(Problem::usage(
            format!("there is a profile '{}' already in {}", escaped(name), path.display()),
            "choose another name, or edit the file",
        ));
    }
    let lines = write::lines(&wanted, parent);
    let block = write::block(name, &lines, 2, "\n");
    let by_hand = format!(
        "put 'profiles:' on a line of its own there, without braces, and this below it:\n{}",
        block.trim_end_matches('\n')
    );
    let add_to = |before: &Current| before.with(name, &lines, &wanted);
    if add_to(&before).is_none() {
        return Err(Problem::usage(format!("{}: {NO_PLACE}", path.display()), by_hand));
    }
    let config = flags.text(Key::Config).map(|file| format!("--config {} ", shell_words::quote(file)));
    let is_named = config.is_some() || env.text(&Key::Config.variable()).is_some();
    if before.text.is_none() && is_named && parent.is_none() {
        // A run refuses a file that is not there; this one is about to make it.
        flags.set(Key::Config, SettingValue::Text(NOTHING.into()), Origin::Default);
    }

    let mut session = Session::open(flags, context, reporter)?;
    if session.settings.diagnosis.dry_run {
        return Err(Problem::usage("profile add has no dry run", "'oauth2tok --dry-run' with the same flags has"));
    }
    // A person logs in once, and to the profile; a refresh token may be good for one use, which belongs to a run that prints what
    // it brings.
    let is_login = session.request.login.is_some();
    if is_login || session.request.grant.refresh_token().is_some() {
        session.locate(reporter)?;
    } else {
        // A kept token tells nothing of what the server says to these flags.
        session.settings.caching.force_new = true;
        let token = session.fetch(reporter)?;
        if session.request.dpop.is_none() {
            render::result(&token, &session.settings.output, None, SystemTime::now(), false)?;
        }
    }
    tell_of_variables(&session, reporter);

    // The file may be another by now: it took a request to get here.
    let write = || -> Result<problem::Result<()>, String> {
        let _lock = file::lock(path).map_err(|error| error.to_string())?;
        let before = match Current::read(path, env) {
            Ok(before) if before.file.has(name) => return Err("a profile of that name is there by now".into()),
            Ok(before) => before,
            Err(problem) => return Ok(Err(problem)),
        };
        let after = add_to(&before).ok_or(NO_PLACE)?;
        let outcome = match before.text {
            None => file::create(path, &after),
            Some(_) => file::replace(path, &after),
        };
        outcome.map(Ok).map_err(|error| error.to_string())
    };
    write().map_err(|why| {
        let why = format!("the profile works, and is not added to {}: {why}", path.display());
        Problem::in_words(Class::Output, why).hint(by_hand)
    })??;
    let (command, does) = if is_login { ("login ", "logs in") } else { ("", "prints a token") };
    reporter.remark(&format!(
        "{} holds the profile: 'oauth2tok {command}{}-p {}' {does}",
        path.display(),
        config.unwrap_or_default(),
        escaped(name)
    ));
    Ok(())
}

/// The config file as it is.
struct Current {
    /// `None` where there is none.
    text: Option<String>,
    file: File,
}

impl Current {
    /// Reads it as a run does, so that what is wrong with it is told in the same words.
    fn read(path: &Path, env: &Environment) -> problem::Result<Self> {
        let fault = |error: ProfileError| Problem::from(SettingsError::from(error));
        let parse = |text: &str| {
            File::parse(&path.display().to_string(), write::unmarked(text).to_owned(), Wanted::All).map_err(fault)
        };
        if !profile::look(path).unwrap_or(true) {
            return Ok(Self { text: None, file: parse("")? });
        }
        let bytes = profile::read_bytes(path, env, &Deadline::after(PATIENCE)).map_err(fault)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Problem::usage(format!("{} is not UTF-8, and nothing is added to it", path.display()), "save it as UTF-8")
        })?;
        Ok(Self { file: parse(&text)?, text: Some(text) })
    }

    /// Its text with one more profile in it. `None` where that would not read as it should.
    fn with(&self, name: &str, lines: &[String], wanted: &Layer) -> Option<String> {
        let before = self.text.as_deref().unwrap_or_default();
        let after = write::with_profile(before, name, lines);
        write::adds(before, &after, name, wanted).unwrap_or(false).then_some(after)
    }
}

/// The profile that the flags rest on, which the new one extends.
fn parent<'f>(flags: &'f Layer, env: &Environment) -> problem::Result<Option<&'f str>> {
    match flags.text(Key::Profile) {
        Some(parent) if profile::is_path(parent) => Err(Problem::usage(
            "a profile cannot extend one in a file of its own",
            "leave -p out, or name a profile of the config file",
        )),
        Some(parent) => Ok(Some(parent)),
        None if env.text(&Key::Profile.variable()).is_some() => Err(Problem::usage(
            format!("{} names a profile, and the new one is made of flags alone", Key::Profile.variable()),
            "unset it, or give -p NAME for a profile that the new one is to extend",
        )),
        None => Ok(None),
    }
}

fn check_name(name: &str) -> problem::Result<()> {
    if name.is_empty() || profile::is_path(name) || name.chars().any(char::is_control) || name.starts_with('-') {
        return Err(Problem::usage(
            "no profile can have that name: -p would not take it for one",
            "a name is a word, without '/' and not ending in .yaml or .yml",
        ));
    }
    Ok(())
}

/// What the run took from variables is no part of the profile.
fn tell_of_variables(session: &Session, reporter: &mut Reporter) {
    let entries = session.settings.layer.entries();
    let names: Vec<_> = entries
        .filter_map(|(key, entry)| match &entry.origin {
            Origin::Env(name)
                if key.is_profile_key() && !matches!(key, Key::Verbose | Key::Quiet | Key::ErrorFormat) =>
            {
                Some(name.clone())
            }
            _ => None,
        })
        .collect();
    if !names.is_empty() {
        reporter.remark(&format!("what these variables say is no part of the profile: {}", names.join(", ")));
    }
}
