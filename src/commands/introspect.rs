//! What a server says of a token: settings, the token, the question, the answer as it came, and what was required of it.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::context::Context;
use super::dry_run;
use super::given;
use super::session::Session;
use super::way::Way;
use crate::acquire::Inquiry;
use crate::cli::IntrospectArgs;
use crate::deadline::Deadline;
use crate::json::Members;
use crate::oauth::requirement::verdict;
use crate::oauth::token::is_token68;
use crate::oauth::{Attempt, Endpoint, Field, Request, Server, introspection};
use crate::problem::{self, Problem};
use crate::report::{Reporter, stdout_is_terminal};
use crate::secret::Secret;
use crate::settings::{Key, Layer, Reach, SettingsError};

const OF: Endpoint = Endpoint::Introspection;

/// Runs it.
///
/// # Errors
/// Settings that make no sense; a server that does not tell; an answer that is none; what was required and is not so.
pub fn run(args: &IntrospectArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let began = Instant::now();
    let context = Arc::new(context);
    let mut layer = context.layer(flags, reporter)?;
    layer.let_stand_for_server(Key::IntrospectionEndpoint);
    dry_run::check_output(args.as_curl, layer.is_on(Key::DryRun))?;
    let members = match &args.bearer {
        Some(bearer) => by_bearer(args, bearer, layer, began, &context, reporter)?,
        None => as_client(args, layer, began, &context, reporter)?,
    };
    let Some(members) = members else { return Ok(()) };
    reporter.result(&format!("{}\n", members.to_text(stdout_is_terminal())))?;
    if members.get("active") == Some(false.into()) {
        reporter.note("inactive, or not meant for this client");
    }
    verdict("the token", &args.required.checks(&members, SystemTime::now()))
}

/// Asks as the client of the settings. `None` where the request was shown.
fn as_client(
    args: &IntrospectArgs,
    layer: Layer,
    began: Instant,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<Option<Members>> {
    let settings = Session::complete(layer, context, reporter)?;
    let client = settings.request.client.as_ref().map(|client| client.id.clone());
    let signed_for = signed_for(args, client, &settings.request.server)?;
    let mut deadline = Deadline::since(began, settings.http.timeout);
    let token = given::token(args.token.as_deref(), &settings.layer, context, &mut deadline, reporter)?;
    let session = Session::begin_as_client(settings, deadline, context, reporter)?;
    if session.settings.diagnosis.dry_run {
        let post = dry_run::of_client(&session, OF, Field::about_token(&token, args.hint.as_deref()), reporter)?;
        let post = post.with(None, signed_for.as_ref().map(|_| introspection::SIGNED));
        let named = session.request.endpoints.get(OF).is_none().then_some(OF);
        let how = (&session.settings.http, session.settings.diagnosis.show_secrets);
        dry_run::show_posts(&[post], named, args.as_curl, how, reporter)?;
        return Ok(None);
    }
    reporter.about(session.request.server.url());
    reporter.conceal(&session.request);
    let inquiry = inquiry(args, &token, None, signed_for.as_deref());
    let request = &session.request;
    let answer =
        session.with_means(reporter, &mut |_| {}, |means, on_event| means.introspect(request, &inquiry, on_event))?;
    Ok(Some(answer?))
}

/// Asks by a token that says who asks. `None` where the request was shown.
fn by_bearer(
    args: &IntrospectArgs,
    bearer: &str,
    layer: Layer,
    began: Instant,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<Option<Members>> {
    let client = layer.text(Key::ClientId).map(str::to_owned);
    let reach = Reach::from_layer(layer, &context.env)?;
    let Some(server) = reach.server.clone() else { return Err(SettingsError::NoServer.into()) };
    let signed_for = signed_for(args, client, &server)?;
    let is_stdin = |word: Option<&str>| matches!(word, None | Some("-" | "stdin"));
    if is_stdin(Some(bearer)) && is_stdin(args.token.as_deref()) && !io::stdin().is_terminal() {
        let hint = "give the one or the other by env:NAME or file:PATH";
        return Err(Problem::usage("TOKEN and --bearer: stdin can be read only once per run", hint));
    }
    let mut deadline = Deadline::since(began, reach.http.timeout);
    let token = given::token(args.token.as_deref(), &reach.layer, context, &mut deadline, reporter)?;
    let bearer = given::named("--bearer", Some(bearer), &reach.layer, context, &mut deadline, reporter)?;
    if !is_token68(bearer.expose()) {
        let message = "--bearer: it holds characters that no Authorization header may carry (RFC 6750 §2.1)";
        return Err(Problem::usage(message, "is it the token alone, without 'Bearer ' and quotes?"));
    }
    let url = server.url().clone();
    let request = Request { server, endpoints: reach.endpoints.clone(), ..Request::unknown(url.clone()) };
    if reach.diagnosis.dry_run {
        dry_run::check_named(&request, OF)?;
        let (endpoint, now) = (&url, SystemTime::now());
        let audience = request.server.audience();
        let attempt = Attempt { endpoint, audience, now, dated: now, tokens: &[], assertion: None, proof: None };
        let at = request.endpoints.get(OF);
        let fields = Field::about_token(&token, args.hint.as_deref());
        let post = request.post_to(at.unwrap_or(&url), fields, &attempt, true);
        let post = post.with(Some(&bearer), signed_for.as_ref().map(|_| introspection::SIGNED));
        let how = (&reach.http, reach.diagnosis.show_secrets);
        dry_run::show_posts(&[post], at.is_none().then_some(OF), args.as_curl, how, reporter)?;
        return Ok(None);
    }
    let way = Way::to(reach, deadline, context, reporter)?;
    reporter.about(&url);
    let inquiry = inquiry(args, &token, Some(&bearer), signed_for.as_deref());
    Ok(Some(way.with_means(reporter, |means, on_event| means.introspect(&request, &inquiry, on_event))?))
}

fn inquiry<'a>(
    args: &'a IntrospectArgs,
    token: &'a Secret,
    bearer: Option<&'a Secret>,
    signed_for: Option<&'a str>,
) -> Inquiry<'a> {
    Inquiry { token, hint: args.hint.as_deref(), bearer, signed_for }
}

/// The client that a signed answer must be for, where one is wanted.
///
/// # Errors
/// Nothing to compare it with.
fn signed_for(args: &IntrospectArgs, client: Option<String>, server: &Server) -> problem::Result<Option<String>> {
    if !args.is_signed {
        return Ok(None);
    }
    if !matches!(server, Server::Issuer(_)) {
        let message = "--jwt-response: whose the signed answer is cannot be told without the issuer";
        return Err(Problem::usage(message, "give the server by --issuer URL"));
    }
    client.map(Some).ok_or_else(|| {
        let message = "--jwt-response: whom the signed answer is for cannot be told without a client";
        Problem::usage(message, "say who asks: --client-id ID")
    })
}
