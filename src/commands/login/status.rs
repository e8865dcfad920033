//! `login status`: whose logins are kept, and how long they last. Nothing is sent, and no token is printed.

use std::time::SystemTime;

use serde_json::json;

use crate::cache::{Cache, Entry, LoginState, Look, Policy, Trouble, Verdict};
use crate::cli::StatusArgs;
use crate::commands::context::Context;
use crate::commands::each::{self, Named};
use crate::commands::session::{login_command, look_for, read_secret, slot_for};
use crate::deadline::Deadline;
use crate::problem::{self, Class, Problem};
use crate::render::columns;
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::settings::{self, Environment, Key, Layer, Settings};
use crate::text::escaped;

/// What is told of one login.
struct Row {
    name: String,
    /// What logs in anew.
    command: String,
    account: Option<String>,
    issuer: String,
    seconds_left: Option<u64>,
    refresh: &'static str,
    state: &'static str,
}

/// Tells of the logins of some profiles, or of all.
///
/// # Errors
/// Settings that make no sense; a login that is not there, or has ended.
pub fn status(args: &StatusArgs, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<()> {
    let env = &context.env;
    let is_chosen = !args.profiles.is_empty() || each::is_chosen(&flags);
    let is_many = args.profiles.len() > 1 || !is_chosen;
    let upper = if is_many { env.below_many(flags)? } else { env.below(flags)? };
    reporter.set_diagnosis(settings::diagnosis(&upper));
    reporter.conceal(&upper);
    if is_many {
        env.note_unheeded(|name| reporter.note(&format!("{name} does not count for more than one profile")));
    }
    let named = match (&args.profiles[..], is_chosen) {
        ([], true) => vec![(upper.text(Key::Profile).unwrap_or_default().to_owned(), settings::merge(upper, env))],
        ([], false) => each::profiles(&upper, env)?,
        (names, _) => {
            names.iter().map(|name| (name.clone(), settings::merge(each::with_profile(&upper, name), env))).collect()
        }
    };
    let cache = context.cache().ok_or_else(|| Problem::from(Trouble::NoHome))?;
    let mut rows = Vec::new();
    for named in named {
        rows.extend(row(named, is_chosen, cache, env, reporter)?);
    }
    let cells = |row: &Row| {
        let left = row.seconds_left.map(|left| left.to_string());
        let texts = [Some(&row.name), row.account.as_ref(), Some(&row.issuer), left.as_ref()];
        let [name, account, issuer, left] = texts.map(|text| escaped(text.map_or("-", |text| text)).into_owned());
        [name, account, issuer, left, row.refresh.into(), row.state.into()]
    };
    let text: String = match args.json {
        true => rows.iter().map(|row| format!("{}\n", object(row))).collect(),
        false if stdout_is_terminal() => columns(&rows.iter().map(cells).collect::<Vec<_>>()),
        false => rows.iter().map(|row| format!("{}\n", cells(row).join("\t"))).collect(),
    };
    write_stdout(&text)?;
    if rows.is_empty() {
        reporter.note("no profile asks a person");
    }
    let missing: Vec<_> = rows.iter().filter(|row| !matches!(row.state, "good" | "renew")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = missing.iter().map(|row| format!("{} ({})", row.name, row.state)).collect();
    let hints = missing.iter().map(|row| row.command.clone());
    Err(Problem::in_words(Class::Login, format!("not logged in: {}", told.join(", "))).hints(hints.take(5)))
}

fn object(row: &Row) -> serde_json::Value {
    json!({
        "name": row.name,
        "account": row.account,
        "issuer": row.issuer,
        "seconds_left": row.seconds_left,
        "refresh": row.refresh,
        "state": row.state,
    })
}

/// What is told of the login with these settings. `None` where none is expected and none is kept.
fn row(
    (name, layer): Named,
    is_chosen: bool,
    cache: &Cache,
    env: &Environment,
    reporter: &mut Reporter,
) -> problem::Result<Option<Row>> {
    let mut is_expected = is_chosen;
    let settings = layer.and_then(|layer| {
        is_expected |= layer.asks_person().is_some();
        Settings::from_layer(layer.logging_in(false)?, env)
    });
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) if is_chosen => return Err(error.into()),
        Err(error) => {
            reporter.note(&format!("a profile is passed over: {error}"));
            return Ok(None);
        }
    };
    let issuer = settings.request.server.audience().to_owned();
    let command = login_command(&settings.layer, env, &[], None);
    let name = if name.is_empty() { issuer.clone() } else { name };
    let row = |state: LoginState, entry: Option<&Entry>, seconds_left| {
        let account = entry.and_then(|entry| each::account(&entry.token));
        let refresh = match entry.map(|entry| &entry.token.refresh_token) {
            Some(Some(_)) => "renewable",
            Some(None) => "final",
            None => "unknown",
        };
        Ok(Some(Row { name, command, account, issuer, seconds_left, refresh, state: state.name() }))
    };
    let lookup = |name: &str| env.os(name);
    let mut reader = settings.reader(&lookup, Deadline::after(settings.http.timeout));
    if !is_chosen && !each::certificate_is_passive(&settings) {
        return if is_expected { row(LoginState::Unknown, None, None) } else { Ok(None) };
    }
    // It is found without its secrets.
    let slot = slot_for(cache, &each::without_secrets(&settings), &settings, &mut reader, env)?;
    if slot.is_none_or(|slot| matches!(slot.look(), Look::Missed(Verdict::Absent))) {
        return if is_expected { row(LoginState::None, None, None) } else { Ok(None) };
    }
    if !is_chosen && !each::is_passive(&settings) {
        return row(LoginState::Sealed, None, None);
    }
    let look = match settings.read_secrets(|asked| read_secret(&mut reader, asked, env)) {
        Ok(request) => look_for(cache, &request, &settings, &mut reader, env)?,
        Err(error) if is_chosen => return Err(error.into()),
        Err(_) => return row(LoginState::Sealed, None, None),
    };
    let Some(look) = look else { return row(LoginState::Unknown, None, None) };
    let policy = Policy {
        min_valid: settings.caching.min_valid,
        default_ttl: settings.caching.default_ttl,
        ..Policy::default()
    };
    let now = SystemTime::now();
    let state = look.login_state(now, &policy);
    let Look::Found(entry) = look else { return row(state, None, None) };
    let left = entry.expires_at(&policy).map(|at| at.duration_since(now).unwrap_or_default().as_secs());
    row(state, Some(&entry), left)
}
