//! Logging a person in, and looking at who is.

mod status;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::Value;
use zeroize::Zeroizing;

use super::context::Context;
use super::dry_run;
use super::each;
use super::proofs;
use super::result;
use super::session::{Session, not_looked_for};
use crate::acquire::{Event, ToDo};
use crate::cli::{LoginArgs, LoginStep};
use crate::deadline::Deadline;
use crate::files;
use crate::json::Members;
use crate::oauth::Token;
use crate::oauth::login::Way;
use crate::problem::{self, Class, Problem};
use crate::render::rfc3339;
use crate::report::{Reporter, write_stdout};
use crate::settings::{Ask, Key, Layer, Origin, SettingValue, Settings};

pub use status::status;

/// Runs it.
///
/// # Errors
/// Whatever stands between the person and the login, and one that cannot be kept.
pub fn run(args: LoginArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let (began, context) = (Instant::now(), Arc::new(context));
    let is_printed = [Key::Output, Key::Field, Key::Wrap].iter().any(|key| flags.get(*key).is_some());
    let (settings, not_looked_for) = settings(&args, flags, &context, reporter)?;
    if args.step == LoginStep::Begin && is_printed {
        return Err(Problem::usage(
            "--begin prints a JSON object, whatever --output, --field and --wrap say",
            "give them to --finish",
        ));
    }
    if is_printed {
        proofs::check_output(&settings)?;
    }
    let deadline = Deadline::since(began, settings.http.timeout);
    let mut session = Session::begin(settings, deadline, &context, reporter)?;
    if is_printed {
        result::expect(&mut session);
    }
    session.ask(Ask::Always);
    if args.open {
        session.open_device();
    }
    if args.qr {
        session.draw_address();
    }
    if session.settings.diagnosis.dry_run {
        return dry_run::show(&session, reporter);
    }
    match &args.step {
        LoginStep::Whole => {}
        LoginStep::Begin => return begin(&session, reporter),
        LoginStep::Finish(id) => {
            let deadline = session.deadline();
            session.finish_login(id, || answer(&deadline))?;
        }
    }
    let mut trouble = None;
    let token = session.fetch_watched(reporter, &mut |event| {
        if let Event::NotKept(why) = event {
            trouble = Some(why.to_string());
        }
    })?;
    let is_held = session.holds(&token);
    let then = match is_held && token.refresh_token.is_some() {
        true if not_looked_for.is_some() => "",
        true => "; then runs refresh it",
        false => "; then it ends",
    };
    reporter.remark(&format!("{}{then}", told(&session, &token)));
    if is_printed {
        result::print(&session, &token, &context, reporter)?;
    }
    if is_held {
        not_looked_for.iter().for_each(|why| reporter.warn(why));
        return Ok(());
    }
    let hint = trouble.is_none().then(|| "run it with -v, which says what is in the way".to_owned());
    Err(Problem::in_words(Class::Output, "the login is not kept: it ends with this token").causes(trouble).hints(hint))
}

/// The settings of a login, which is kept and takes the place of whatever was kept, and why no run will look for it where
/// none does.
fn settings(
    args: &LoginArgs,
    flags: Layer,
    context: &Context,
    reporter: &mut Reporter,
) -> problem::Result<(Settings, Option<String>)> {
    let layer = context.layer(flags, reporter)?;
    let own = layer.get(Key::GrantType).filter(|_| layer.asks_person().is_none());
    if let Some(Origin::Flag(_)) = own.map(|given| &given.origin) {
        return Err(Problem::usage(
            format!("the {} grant logs nobody in", layer.text(Key::GrantType).unwrap_or_default()),
            "leave --grant-type out, or give authorization_code or device_code (or --device)",
        ));
    }
    let cache = layer.get(Key::Cache).filter(|given| given.value == SettingValue::Switch(false));
    if let Some(given) = cache.filter(|given| !matches!(given.origin, Origin::Profile { .. })) {
        return Err(Problem::usage(
            format!("a login is kept, and {} forbids that", given.origin),
            "leave it out: 'oauth2tok logout' forgets a login again",
        ));
    }
    let mut not_looked_for = not_looked_for(&layer);
    let replaced = layer.asks_person().is_none().then(|| match own {
        Some(given) => format!("its grant_type is another ({})", given.origin),
        None => "it has no grant_type".to_owned(),
    });
    let mut layer = layer.logging_in(args.device)?;
    if let Some(why) = replaced {
        let grant = layer.text(Key::GrantType).unwrap_or_default();
        reporter.note(&format!("grant_type of this login: {grant}"));
        // Without a profile the next run has other flags anyway.
        if layer.get(Key::Profile).is_some() {
            let why = format!("no run of this profile looks for this login: {why}; write grant_type: {grant}");
            not_looked_for.get_or_insert(why);
        }
    }
    for key in [Key::Cache, Key::ForceNew] {
        layer.set(key, SettingValue::Switch(true), Origin::Default);
    }
    if args.step != LoginStep::Whole
        && layer.get(Key::Pkce).is_some_and(|given| given.value == SettingValue::Switch(false))
    {
        return Err(Problem::usage(
            "a login in two steps needs PKCE: whoever sees the address could use it",
            "leave pkce: false out (pkce: null, or OAUTH2TOK_PKCE=)",
        ));
    }
    let way = layer.asks_person();
    let of_device = [("--qr", args.qr), ("--open", args.open)];
    if let Some((flag, _)) = of_device.iter().find(|(_, is_given)| *is_given && way != Some(Way::Device)) {
        return Err(Problem::usage(
            format!("{flag} is for a login on another device"),
            format!("give --device with it, or leave {flag} out"),
        ));
    }
    Ok((Session::complete(layer, context, reporter)?, not_looked_for))
}

/// Asks, and prints what the person is to do.
fn begin(session: &Session, reporter: &mut Reporter) -> problem::Result<()> {
    let (id, pending, to_do) = session.begin_login(reporter)?;
    let expires_at = pending.expires_at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut object = Members::default();
    let mut push = |name: &str, value: Value| object.push_raw(name, &value.to_string());
    push("id", id.into());
    match to_do {
        ToDo::Open(url) => {
            push("url", url.into());
            push("redirect_uri", pending.redirect_uri.into());
        }
        ToDo::Enter(authorized) => {
            push("verification_uri", authorized.verification_uri.into());
            push("verification_uri_complete", authorized.verification_uri_complete.into());
            push("user_code", authorized.user_code.into());
        }
    }
    push("expires_at", expires_at.into());
    write_stdout(&format!("{}\n", object.to_text(false)))?;
    Ok(())
}

/// The address where the browser ended.
fn answer(deadline: &Deadline) -> problem::Result<Zeroizing<String>> {
    const LONGEST: u64 = 64 << 10;
    let wrong = |why: String| {
        Problem::usage(
            format!("the address where the browser ended cannot be read from stdin: {why}"),
            "write it there, whole: oauth2tok login … --finish ID < FILE",
        )
    };
    let bytes = files::read_stdin(LONGEST, deadline).map_err(|error| wrong(error.to_string()))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(wrong("it is not valid UTF-8".to_owned())),
    }
}

/// Who logged in where, and until when.
fn told(session: &Session, token: &Token) -> String {
    let account = each::account(token).map_or_else(String::new, |account| format!(" as {account}"));
    let server = session.request.server.audience();
    let until = token.expires_at.map_or_else(|| "an unknown time".to_owned(), rfc3339);
    format!("logged in{account} at {server}, good until {until}")
}
