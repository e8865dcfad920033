//! `profile add`: the flags of a run become a profile, once a run with them has brought a token.

use std::path::Path;
use std::sync::Arc;

use super::file;
use crate::commands::context::Context;
use crate::commands::session::Session;
use crate::deadline::Deadline;
use crate::files;
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;
use crate::settings::profile::write::{self, Unwritable};
use crate::settings::{Environment, File, Key, Layer, Origin, ProfileError, SettingsError, Wanted, profile};
use crate::text::escaped;

/// More than any config file (bytes).
const LARGEST: u64 = 4 << 20;

/// Gets a token with `flags` and adds them to the config file at `path` as the profile `name`.
///
/// # Errors
/// Flags that no profile can hold, a name that is taken: before anything is sent. Every way not to get a token. A file that
/// cannot be written, or not without changing more of it: then the error holds the profile.
pub(super) fn add(
    name: &str,
    flags: Layer,
    path: &Path,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let env = &context.env;
    let unwritable = |error: Unwritable| Problem::usage(error.to_string(), error.hint());
    let wanted = write::lasting(&flags, env).map_err(unwritable)?;
    let parent = parent(&flags, env)?;
    check_name(name)?;
    let before = current(path, env)?;
    if holds(before.as_deref(), name)? {
        return Err(Problem::usage(
            format!("there is a profile '{}' already in {}", escaped(name), path.display()),
            "choose another name, or edit the file",
        ));
    }
    let lines = write::lines(&wanted, parent);

    let session = Session::open(flags, context, reporter)?;
    if session.settings.diagnosis.dry_run {
        return Err(Problem::usage("profile add has no dry run", "'oauth2tok --dry-run' with the same flags has"));
    }
    // A refresh token may be good for one use, which belongs to a run that prints what it brings.
    if session.request.grant.refresh_token().is_some() {
        session.locate(reporter)?;
    } else {
        session.fetch(reporter)?;
    }
    tell_of_variables(&session, reporter);

    // The file may be another by now: it took a request to get here.
    let before = current(path, env)?;
    let written = match holds(before.as_deref(), name)? {
        true => Err("a profile of that name is there by now".to_owned()),
        false => written(path, before.as_deref(), name, &lines, &wanted),
    };
    written.map_err(|why| {
        let block = write::block(name, &lines, 2, "\n");
        Problem::in_words(Class::Output, format!("the profile works, and is not added to {}: {why}", path.display()))
            .hint(format!("put it below 'profiles:' there yourself:\n{}", block.trim_end_matches('\n')))
    })?;
    reporter.remark(&format!("{} holds the profile: 'oauth2tok -p {}' prints a token", path.display(), escaped(name)));
    Ok(())
}

/// Writes the file with the profile in it, once it reads as it should.
fn written(path: &Path, before: Option<&str>, name: &str, lines: &[String], wanted: &Layer) -> Result<(), String> {
    let after = write::with_profile(before.unwrap_or_default(), name, lines);
    if !write::adds(before.unwrap_or_default(), &after, name, wanted).unwrap_or(false) {
        return Err("its lines do not tell where a profile can be added".into());
    }
    let outcome = match before {
        None => file::create(path, &after),
        Some(_) => file::replace(path, &after),
    };
    outcome.map_err(|error| error.to_string())
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

/// The text of the config file. `None` where there is none.
fn current(path: &Path, env: &Environment) -> problem::Result<Option<String>> {
    if !profile::look(path).unwrap_or(true) {
        return Ok(None);
    }
    // It is read as a run reads it, so that what is wrong with it is told in the same words.
    let deadline = Deadline::after(std::time::Duration::from_secs(30));
    let fault = |error: ProfileError| Problem::from(SettingsError::from(error));
    File::open(path, Wanted::All, env, &deadline).map_err(fault)?;
    let mut bytes = files::read(path, LARGEST, &deadline).map_err(|error| {
        let shortage = error.shortage();
        Problem::usage(format!("cannot read {}: {error}", path.display()), "check who may read it")
            .for_want_of(shortage, Class::Output)
    })?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Some(text)),
        Err(_) => {
            Err(Problem::usage(format!("{} is UTF-16, to which nothing is added", path.display()), "save it as UTF-8"))
        }
    }
}

fn holds(text: Option<&str>, name: &str) -> problem::Result<bool> {
    let Some(text) = text else { return Ok(false) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = File::parse("the config file", text.to_owned(), Wanted::Names);
    Ok(file.map_err(SettingsError::from)?.has(name))
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
