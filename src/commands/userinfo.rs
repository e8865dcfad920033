//! Who logged in, as the userinfo endpoint says: the place, a token, the call, and whether the answer is about the same person.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::api;
use super::context::Context;
use super::dry_run::{self, curl_options};
use super::session::Session;
use crate::acquire::{AcquireError, Event};
use crate::cli::UserinfoArgs;
use crate::deadline::Deadline;
use crate::json::Members;
use crate::oauth::reply::{Asked, Lack, ResponseError};
use crate::oauth::request::USER_AGENT;
use crate::oauth::userinfo::{self, Answer};
use crate::oauth::{Endpoint, Token};
use crate::problem::{self, Class, Problem};
use crate::render::api::{curl, http, variables};
use crate::render::request::curl_url;
use crate::report::{Reporter, stdout_is_terminal, write_stdout};
use crate::settings::{Layer, Settings};
use crate::text::excerpt;
use crate::wire::{Call, Header, Reply, Url};

const OF: Endpoint = Endpoint::Userinfo;

/// Runs it.
///
/// # Errors
/// Whatever stands between the user and the claims, and claims of somebody else.
pub fn run(args: &UserinfoArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let began = Instant::now();
    let settings = Session::settings(flags, &context, reporter)?;
    let deadline = Deadline::since(began, settings.http.timeout);
    if settings.diagnosis.dry_run {
        return rehearse(args.as_curl, settings, deadline, context, reporter);
    }
    dry_run::check_output(args.as_curl, false)?;
    let mut session = Session::begin(settings, deadline, &Arc::new(context), reporter)?;
    reporter.about(session.request.server.url());
    reporter.conceal(&session.request);
    let request = &session.request;
    let url =
        session.with_means(reporter, &mut |_| {}, |means, on_event| means.userinfo_endpoint(request, on_event))??;
    let call = call(url);
    let outcome = api::call(&call, &mut session, reporter)?;
    if session.settings.api.fail_on.includes(outcome.answer.status) {
        return Err(api::failure(outcome, ("the userinfo endpoint", &call), &session, reporter));
    }
    let mut answer = outcome.answer;
    let reply = answer.whole(&call);
    reporter.api_read(&mut answer);
    let reply = reply.map_err(|error| error.problem(&call.url))?;
    let claims = claims(&session, &call.url, &reply, reporter)?;
    check_subject(&session, &outcome.token, &claims)?;
    reporter.result(&format!("{}\n", claims.to_text(stdout_is_terminal())))
}

/// The call, without the token.
fn call(url: Url) -> Call {
    let headers =
        [("Accept", "application/json, application/jwt"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)];
    let headers = headers.into_iter().map(|(name, value)| Header::new(name, value)).collect();
    Call { method: "GET".to_owned(), url, headers, body: None, repeatable: true }
}

/// The claims in an answer, verified where they are signed.
fn claims(session: &Session, url: &Url, reply: &Reply, reporter: &mut Reporter) -> problem::Result<Members> {
    let read = {
        let asked = Asked { endpoint: Some(url), started: SystemTime::now(), redactor: reporter.redactor() };
        userinfo::read(reply, &asked)
    };
    let (answer, deviations) = read.map_err(|response| {
        let problem = response.problem(response.told_of(&session.request, Some(url), Some(OF)));
        let is_of_nobody = session.request.grant.kind.person.is_none();
        let hint =
            "a token that a client got for itself is of no person: log in with scope openid, and ask with that login";
        let lacks = matches!(response, ResponseError::NotAToken { lack: Lack::Member(_), .. });
        problem.hints((lacks && is_of_nobody).then(|| hint.to_owned()))
    })?;
    deviations.iter().for_each(|deviation| reporter.event(Event::Deviation(deviation)));
    if session.settings.diagnosis.strict && !deviations.is_empty() {
        return Err(AcquireError::Deviations(deviations).into());
    }
    match answer {
        Answer::Claims(claims) => Ok(claims),
        Answer::Signed(text) => Ok(session.with_means(reporter, &mut |_| {}, |means, on_event| {
            means.userinfo(&session.request, (url, &text), on_event)
        })??),
    }
}

/// That the claims are about whom the token is of (OpenID Connect Core §5.3.2): those of another person must not be used.
fn check_subject(session: &Session, token: &Token, claims: &Members) -> problem::Result<()> {
    let (Some(expected), Some(found)) = (session.subject_of(token), claims.string("sub")) else { return Ok(()) };
    if expected == found {
        return Ok(());
    }
    let (found, expected) = (excerpt(&found, 200), excerpt(&expected, 200));
    let message = format!(
        "the claims fail this check: sub (it is '{found}', and that of the ID token is '{expected}': they must not be used, OpenID Connect Core §5.3.2)"
    );
    Err(Problem::in_words(Class::Check, message).hint("log in again; if it stays so, ask those who run this server"))
}

/// Shows the call, as far as that can be said without a token.
fn rehearse(
    as_curl: bool,
    settings: Settings,
    deadline: Deadline,
    context: Context,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    dry_run::check_named(&settings.request, OF)?;
    let given = settings.request.endpoints.get(OF).cloned();
    let server = settings.request.server.url().clone();
    let url = given.clone().unwrap_or_else(|| server.clone());
    let show_secrets = settings.diagnosis.show_secrets;
    let options = as_curl.then(|| curl_options(&settings.http, reporter));
    let call = api::rehearsed(call(url), settings, deadline, context, as_curl, reporter)?;
    let name = OF.name();
    if given.is_none() {
        dry_run::warn_of_unknown(OF.in_words(), reporter);
    }
    let text = match options {
        Some(options) => {
            let variable = name.to_ascii_uppercase();
            let mut read = variables(&call);
            read.extend(given.is_none().then(|| variable.clone()));
            reporter.remark(&format!("the command reads these shell variables: {}", read.join(", ")));
            let text = curl(&call, None, &options);
            match given {
                Some(_) => text,
                None => text.replace(&curl_url(&call.url), &format!("\"${{{variable}:?}}\"")),
            }
        }
        None => {
            let text = http(&call, show_secrets);
            match (given, text.splitn(3, '\n').nth(2)) {
                (None, Some(rest)) => format!("GET <{name} of {server}> HTTP/1.1\n{rest}"),
                _ => text,
            }
        }
    };
    write_stdout(&text)?;
    Ok(())
}
