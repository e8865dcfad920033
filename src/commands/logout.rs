//! Ending logins: the server is asked to revoke them, and they are forgotten here whatever it says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::context::Context;
use super::each::{self, Named};
use super::ending::{locked, slot_of};
use super::session::{Revoked, Session};
use crate::cache::{Cache, Trouble};
use crate::cli::LogoutArgs;
use crate::deadline::Deadline;
use crate::problem::{self, Problem};
use crate::report::Reporter;
use crate::settings::key::HelpSection;
use crate::settings::{self, Environment, Key, Layer, Origin, SettingValue, Settings};
use crate::text::escaped;

/// Runs it.
///
/// # Errors
/// Settings that make no sense; a server that does not revoke, or is not reached: then the login is forgotten all the same.
pub fn run(args: &LogoutArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let context = Arc::new(context);
    let env = &context.env;
    let is_many = args.all || args.profiles.len() > 1;
    if let Some((key, _)) = flags.entries().find(|(key, _)| args.all && shapes_a_login(*key)) {
        return Err(Problem::usage(
            format!("--all and {} exclude each other", key.flag()),
            "--all ends the login of every profile, as the profile says; -p names one",
        ));
    }
    let upper = if is_many { env.below_many(flags)? } else { env.below(flags)? };
    reporter.set_diagnosis(settings::diagnosis(&upper));
    if upper.is_on(Key::DryRun) {
        return Err(Problem::usage("logout has no dry run", "'oauth2tok login status' shows what is kept"));
    }
    reporter.conceal(&env.network());
    reporter.conceal(&upper);
    context.warn_of_variables(reporter);
    if is_many {
        env.note_unheeded(|name| reporter.note(&format!("{name} does not count for more than one profile")));
    }
    let cache = context.cache().ok_or_else(|| Problem::from(Trouble::NoHome))?;
    let merged = |name: &String| (name.clone(), settings::merge(each::with_profile(&upper, name), env));
    let named: Vec<Named> = match &args.profiles[..] {
        _ if args.all => each::profiles(&upper, env)?,
        [] => vec![(String::new(), settings::merge(upper.clone(), env))],
        names => names.iter().map(merged).collect(),
    };
    let mut own = BTreeSet::new();
    let mut problems = Vec::new();
    for (name, layer) in named {
        let of = if name.is_empty() { String::new() } else { format!("profile '{}': ", escaped(&name)) };
        let outcome = layer.map_err(Problem::from).and_then(|layer| {
            if args.all {
                own.extend(name_of_token(cache, layer.clone(), env));
            }
            one(layer, (args.local, &of), &context, cache, reporter)
        });
        match outcome {
            Ok(true) => reporter.note(&format!("{of}logged out")),
            Ok(false) => reporter.note(&format!("{of}no login was kept")),
            Err(problem) => problems.push(problem),
        }
    }
    if args.all {
        forget_the_rest(cache, &own, reporter)?;
    }
    let Some(last) = problems.pop() else { return Ok(()) };
    for problem in &problems {
        reporter.error(problem);
    }
    Err(last)
}

/// True for what says whose login it is, and with whom.
fn shapes_a_login(key: Key) -> bool {
    use HelpSection::{Client, Grant, Keys, Server};
    let section = key.setting().flag.map(|flag| flag.section);
    key == Key::Profile || section.is_some_and(|section| matches!(section, Client | Grant | Keys | Server))
}

/// The name of what is kept for a profile that is not logged in to.
fn name_of_token(cache: &Cache, layer: Layer, env: &Environment) -> Option<String> {
    let settings = Settings::from_layer(layer, env).ok()?;
    Some(slot_of(cache, &settings, env).ok()??.name().to_owned())
}

/// Ends the login with these settings. `false` where none was kept.
fn one(
    layer: Layer,
    (is_local, of): (bool, &str),
    context: &Arc<Context>,
    cache: &Cache,
    reporter: &mut Reporter,
) -> problem::Result<bool> {
    let began = Instant::now();
    context.tell(&layer, reporter);
    let mut layer = layer.logging_in(false)?;
    layer.set(Key::Cache, SettingValue::Switch(true), Origin::Default);
    let settings = Session::complete(layer, context, reporter)?;
    let deadline = Deadline::since(began, settings.http.timeout);
    let Some(slot) = slot_of(cache, &settings, &context.env)? else { return Ok(false) };
    if matches!(cache.names()?, Some(names) if !names.contains_key(slot.name())) {
        return Ok(false);
    }
    // No run refreshes it meanwhile and brings it back.
    let lock = locked(&slot, deadline, reporter);
    let revoked = match is_local {
        true => Ok(()),
        false => revoke(settings, deadline, context, reporter),
    };
    let was_kept = slot.forget();
    drop(lock);
    match (revoked, was_kept) {
        (Ok(()), was_kept) => Ok(was_kept?),
        (Err(problem), Ok(_)) => Err(problem
            .context(format!("{of}the login is forgotten here, and not revoked"))
            .hint("what is not revoked is good until it ends by itself: nothing of it is left here to try again with")),
        (Err(problem), Err(trouble)) => {
            reporter.warn(&format!("the login may still be kept: {trouble}"));
            Err(problem.context(format!("{of}the login is not revoked")))
        }
    }
}

/// Has the server end the kept login with these settings.
fn revoke(
    settings: Settings,
    deadline: Deadline,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let mut session = Session::begin(settings, deadline, context, reporter)?;
    match session.revoke(reporter)? {
        Revoked::Yes => {}
        Revoked::Login(problem) => return Err(problem),
        Revoked::NoEndpoint => reporter.warn(
            "the server has no revocation_endpoint: the login is forgotten here, and its tokens are good until they end",
        ),
        Revoked::Sealed(why) => {
            reporter.warn(&format!("the login is forgotten here, and not revoked: it does not open ({why})"));
        }
    }
    Ok(())
}

/// Forgets what is kept for no profile. What is kept for one and is no login stays.
fn forget_the_rest(cache: &Cache, own: &BTreeSet<String>, reporter: &mut Reporter) -> problem::Result<()> {
    let names = cache.names()?.unwrap_or_default();
    let mut forgotten = 0;
    for name in names.keys().filter(|name| !own.contains(*name)) {
        forgotten += u32::from(cache.forget(name)?);
    }
    if forgotten > 0 {
        let tokens = if forgotten == 1 { "token that belongs" } else { "tokens that belong" };
        reporter.remark(&format!("{forgotten} kept {tokens} to no profile: forgotten, and not revoked"));
    }
    Ok(())
}
