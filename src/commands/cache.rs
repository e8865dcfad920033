//! Looking at kept tokens and forgetting them. Nothing is sent, and no token is printed.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::context::Context;
use super::each::{certificate_is_passive, is_chosen, is_passive, profiles, without_secrets};
use super::ending::slot_of;
use super::session::{look_for, read_secret, slot_for};
use crate::cache::{Cache, Cleared, Look, Policy, Trouble, Verdict};
use crate::cli::CacheAction;
use crate::deadline::Deadline;
use crate::oauth::Server;
use crate::problem::{self, Problem};
use crate::render::{columns, in_words, rfc3339};
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::settings::{self, Environment, Key, Layer, Settings};
use crate::text::escaped;

/// Runs it.
///
/// # Errors
/// Settings that make no sense; files that cannot be removed.
pub fn run(action: CacheAction, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let env = &context.env;
    let is_many = matches!(action, CacheAction::List) && !is_chosen(&flags);
    let upper = if is_many { env.below_many(flags)? } else { env.below(flags)? };
    reporter.set_diagnosis(settings::diagnosis(&upper));
    let no_home = || Problem::from(Trouble::NoHome).hint("set HOME, or XDG_CACHE_HOME and XDG_STATE_HOME");
    let cache = || context.cache().ok_or_else(no_home);
    match action {
        CacheAction::Path => {
            let dir = context.cache_dir().ok_or_else(no_home)?;
            write_stdout(&format!("{}\n", dir.display()))?;
        }
        CacheAction::List => write_stdout(&list(cache()?, &upper, is_many, env, reporter)?)?,
        CacheAction::Clear { .. } if upper.is_on(Key::DryRun) => {
            return Err(Problem::usage("cache clear has no dry run", "'oauth2tok cache list' shows what is kept"));
        }
        CacheAction::Clear { all: true } => {
            let Cleared { tokens, troubles } = cache()?.clear()?;
            reporter.note(&format!("{tokens} kept {} forgotten", if tokens == 1 { "token" } else { "tokens" }));
            let mut troubles = troubles.into_iter();
            let first = troubles.next();
            troubles.for_each(|trouble| reporter.warn(&trouble.to_string()));
            first.map_or(Ok(()), Err)?;
        }
        CacheAction::Clear { all: false } => {
            let cache = cache()?;
            let settings = Settings::from_layer(settings::merge(upper, env)?, env)?;
            // Without any entry there is nothing to look for, and no machine key need be made for it.
            let slot = match cache.names()?.as_ref().is_some_and(BTreeMap::is_empty) {
                true => None,
                false => slot_of(cache, &settings, env)?,
            };
            let forgotten = slot.map_or(Ok(false), |slot| slot.forget())?;
            reporter.note(if forgotten {
                "the kept token is forgotten"
            } else {
                "no token was kept for these settings"
            });
        }
    }
    Ok(())
}

/// One line for each entry: profile or endpoint, scope, expiry and state, with tabs between them, or in columns for a person.
fn list(
    cache: &Cache,
    upper: &Layer,
    is_many: bool,
    env: &Environment,
    reporter: &mut Reporter,
) -> problem::Result<String> {
    let mut names = cache.names()?;
    if names.as_ref().is_some_and(BTreeMap::is_empty) {
        return Ok(String::new());
    }
    let (mut rows, for_a_person) = (Vec::new(), stdout_is_terminal());
    let chosen = !is_many;
    if is_many {
        env.note_unheeded(|name| reporter.note(&format!("{name} does not count for more than one profile")));
    }
    let layers = match chosen {
        true => vec![settings::merge(upper.clone(), env)],
        false => profiles(upper, env)?.into_iter().map(|(_, layer)| layer).collect(),
    };
    for layer in layers {
        let settings = match layer.and_then(|layer| Settings::from_layer(layer, env)) {
            Ok(settings) => settings,
            Err(error) if chosen => return Err(error.into()),
            Err(error) => {
                reporter.note(&format!("a profile is passed over: {error}"));
                continue;
            }
        };
        let lookup = |name: &str| env.os(name);
        let mut reader = settings.reader(&lookup, Deadline::after(settings.http.timeout));
        if !chosen && !certificate_is_passive(&settings) {
            continue;
        }
        let Some(slot) = slot_for(cache, &without_secrets(&settings), &settings, &mut reader, env)? else { continue };
        let is_kept = match &mut names {
            Some(names) => names.remove(slot.name()).is_some(),
            None => !matches!(slot.look(), Look::Missed(Verdict::Absent)),
        };
        if !is_kept {
            continue;
        }
        let request = (chosen || is_passive(&settings))
            .then(|| settings.read_secrets(|asked| read_secret(&mut reader, asked, env)));
        let look = match request {
            Some(Ok(request)) => match look_for(cache, &request, &settings, &mut reader, env)? {
                Some(look) => Ok(look),
                None => continue,
            },
            Some(Err(error)) => Err(format!("{error}: {}", error.source)),
            None => Err("name it with --profile to have its secret read".to_owned()),
        };
        rows.push(row(&settings, look, for_a_person));
    }
    for (name, at) in names.into_iter().flatten() {
        let at = rfc3339(at);
        // The files' dates say no more than the day.
        let state = format!("sealed; kept {}", at.split('T').next().unwrap_or(&at));
        rows.push([name, "-".into(), "-".into(), state]);
    }
    let rows: Vec<_> = rows.into_iter().map(|row| row.map(|cell| escaped(&cell).into_owned())).collect();
    if for_a_person {
        return Ok(columns(&rows));
    }
    Ok(rows.into_iter().map(|row| format!("{}\n", row.join("\t"))).collect())
}

/// What is told of an entry, or why it was not opened; times in words `for_a_person`.
fn row(settings: &Settings, look: Result<Look, String>, for_a_person: bool) -> [String; 4] {
    let name = settings.profile.clone().unwrap_or_else(|| match &settings.request.server {
        Server::Endpoint(url) => url.without_query().to_owned(),
        Server::Issuer(issuer) => issuer.as_str().to_owned(),
    });
    let policy = Policy {
        min_valid: settings.caching.min_valid,
        default_ttl: settings.caching.default_ttl,
        ..Policy::default()
    };
    let mut scope = settings.request.scope.join(" ");
    let mut expiry = None;
    let state = match look {
        Ok(Look::Found(entry)) => {
            if let Some(granted) = &entry.token.scope {
                scope = granted.join(" ");
            }
            expiry = entry.expires_at(&policy).map(|at| if for_a_person { from_now(at) } else { rfc3339(at) });
            let refresh = if entry.token.refresh_token.is_some() { "; with a refresh token" } else { "" };
            format!("{}{refresh}", entry.judge(SystemTime::now(), &policy))
        }
        Ok(Look::Missed(verdict)) => verdict.to_string(),
        Ok(Look::Trouble(trouble)) => trouble.to_string(),
        Err(why) => format!("sealed; {why}"),
    };
    let scope = if scope.is_empty() { "-".to_owned() } else { scope };
    [name, scope, expiry.unwrap_or_else(|| "-".into()), state]
}

/// When something ends or ended, in words.
fn from_now(at: SystemTime) -> String {
    match at.duration_since(SystemTime::now()) {
        Ok(left) => format!("in {}", in_words(left)),
        Err(passed) => format!("{} ago", in_words(passed.duration())),
    }
}
