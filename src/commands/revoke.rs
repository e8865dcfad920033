//! Ending a token: one that is given, or those that are kept with these settings, which are forgotten once the server has ended
//! them.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Instant;

use super::context::Context;
use super::dry_run;
use super::ending::{locked, slot_of};
use super::given;
use super::session::{Revoked, Session};
use crate::cache::Trouble;
use crate::cli::RevokeArgs;
use crate::deadline::Deadline;
use crate::oauth::{Endpoint, Field};
use crate::problem::{self, Problem};
use crate::report::Reporter;
use crate::settings::{Key, Layer, Origin, SettingValue};

const OF: Endpoint = Endpoint::Revocation;

/// Runs it.
///
/// # Errors
/// Settings that make no sense; nothing said of what is to end; a server that does not end it, or is not reached.
pub fn run(args: &RevokeArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let began = Instant::now();
    let context = Arc::new(context);
    if args.token.is_none() && !args.kept && io::stdin().is_terminal() {
        return Err(Problem::usage(
            "nothing says which token is to end",
            "--kept ends the tokens that are kept with these settings; TOKEN is a SECRET, and - asks for it",
        ));
    }
    let mut layer = context.layer(flags, reporter)?;
    layer.let_stand_for_server(Key::RevocationEndpoint);
    dry_run::check_output(args.as_curl, layer.is_on(Key::DryRun))?;
    match args.kept {
        true => kept(args, layer, began, &context, reporter),
        false => given(args, layer, began, &context, reporter),
    }
}

/// Ends the token that is given.
fn given(
    args: &RevokeArgs,
    layer: Layer,
    began: Instant,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let settings = Session::complete(layer, context, reporter)?;
    let mut deadline = Deadline::since(began, settings.http.timeout);
    let token = given::token(args.token.as_deref(), &settings.layer, context, &mut deadline, reporter)?;
    let session = Session::begin_as_client(settings, deadline, context, reporter)?;
    let hint = args.hint.as_deref();
    if session.settings.diagnosis.dry_run {
        let post = dry_run::of_client(&session, OF, Field::about_token(&token, hint), reporter)?;
        return show(&session, &[post], args.as_curl, reporter);
    }
    reporter.about(session.request.server.url());
    reporter.conceal(&session.request);
    let tokens = [(&token, hint)];
    let revoked = session
        .with_means(reporter, &mut |_| {}, |means, on_event| means.revoke(&session.request, &tokens, on_event))?;
    match revoked.map_err(|(error, _)| error)? {
        true => Ok(()),
        false => Err(OF.lacking(session.request.server.url().without_query())),
    }
}

/// Ends what is kept with these settings, and forgets it then.
fn kept(
    args: &RevokeArgs,
    mut layer: Layer,
    began: Instant,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let cache = context.cache().ok_or_else(|| Problem::from(Trouble::NoHome))?;
    layer.set(Key::Cache, SettingValue::Switch(true), Origin::Default);
    let settings = Session::complete(layer, context, reporter)?;
    let deadline = Deadline::since(began, settings.http.timeout);
    let slot = slot_of(cache, &settings, &context.env)?;
    let names = cache.names()?;
    let is_kept = |name: &str| names.as_ref().is_none_or(|names| names.contains_key(name));
    let Some(slot) = slot.filter(|slot| is_kept(slot.name())) else {
        reporter.remark("no token is kept with these settings: nothing was revoked");
        return Ok(());
    };
    let is_dry = settings.diagnosis.dry_run;
    // No run refreshes it meanwhile and brings it back.
    let lock = if is_dry { None } else { locked(&slot, deadline, reporter) };
    let mut session = Session::begin(settings, deadline, context, reporter)?;
    if is_dry {
        let tokens = session.kept_tokens().map_err(sealed)?;
        let fields = tokens.iter().map(|(token, kind)| Field::about_token(token, Some(*kind)));
        let posts = fields.map(|fields| dry_run::of_client(&session, OF, fields, reporter));
        let posts: Vec<_> = posts.collect::<problem::Result<_>>()?;
        return show(&session, &posts, args.as_curl, reporter);
    }
    let ended = match session.revoke(reporter)? {
        Revoked::Yes => Ok(()),
        Revoked::Login(mut problem) => {
            // Trying again would not help, and what is left is nothing to come back with.
            problem.hints.clear();
            Err(problem
                .context("the login has ended and is forgotten here; its access token is good until it ends by itself"))
        }
        Revoked::NoEndpoint => return Err(OF.lacking(session.request.server.url().without_query())),
        Revoked::Sealed(why) => return Err(sealed(why)),
    };
    let forgotten = slot.forget();
    drop(lock);
    if let Err(trouble) = forgotten {
        reporter.warn(&format!("what has ended may still be kept: {trouble}"));
    }
    ended
}

fn sealed(why: String) -> Problem {
    Problem::usage(
        format!("what is kept does not open: {why}"),
        "give the credentials that it was kept with; 'oauth2tok cache clear' forgets it unread, and revokes nothing",
    )
}

fn show(
    session: &Session,
    posts: &[crate::oauth::Post],
    as_curl: bool,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let named = session.request.endpoints.get(OF).is_none().then_some(OF);
    let how = (&session.settings.http, session.settings.diagnosis.show_secrets);
    dry_run::show_posts(posts, named, as_curl, how, reporter)
}
