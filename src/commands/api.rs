//! A call with a token, which `request` and `userinfo` make: sent, again with a new token where that is wanted, and what is told of
//! an answer that is a failure.

use std::io::Read;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use super::context::Context;
use super::dry_run::NEW;
use super::proofs::{self, PROOF};
use super::session::Session;
use crate::acquire::{Event, backoff};
use crate::deadline::Deadline;
use crate::http::{Answer, Moment};
use crate::oauth::diagnosis::{Denial, Refused};
use crate::oauth::dpop::TOKEN_TYPE;
use crate::oauth::reply::{self, redirect_target};
use crate::oauth::{ProofKey, Token};
use crate::problem::{self, Class, Problem};
use crate::render::RenderError;
use crate::render::api::envelope;
use crate::report::Reporter;
use crate::secret::mask::Nature;
use crate::secret::names::mask_query;
use crate::secret::{MASK, Secret};
use crate::settings::Settings;
use crate::text::capped;
use crate::wire::{Call, Header, Reply};

/// Redirects followed, within the origin.
const MOST_REDIRECTS: usize = 5;

/// At most this much of a failing answer's body goes to stderr (characters).
const SHOWN_BODY: usize = 64 << 10;

/// So much of it is read (bytes): secrets are looked for in the whole before it is cut.
const READ_BODY: u64 = 1 << 20;

/// What a call came to, and with which token.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) token: Token,
    /// The token went out with a proof of its key.
    is_bound: bool,
}

/// Makes the call, and repeats it with new tokens as long as the API says 401 and attempts are left. No run reuses a token after
/// that.
///
/// # Errors
/// Every way not to get a token; an API that is not reached.
pub(super) fn call(call: &Call, session: &mut Session, reporter: &mut Reporter) -> problem::Result<Outcome> {
    let retries = session.settings.api.retries_401;
    let mut token = session.fetch(reporter)?;
    session.warn_of_loss(&token, None, reporter);
    let mut retry = 0;
    let mut asked_for_nonce = false;
    loop {
        reporter.conceal(&token.access_token);
        let key = proofs::key_of(session, &token, reporter)?;
        let ticket = Ticket { token: &token, key };
        let mut answer = send(ticket.with_token(call)?, &ticket, session, reporter)?;
        if answer.status == 401 && ticket.key.is_some() && !asked_for_nonce && wants_nonce(&mut answer) {
            // Nothing was judged but the lack of it (RFC 9449 §9).
            asked_for_nonce = true;
            reporter.api_unused(&mut answer);
            reporter.event(Event::NonceWanted);
            answer = send(ticket.with_token(call)?, &ticket, session, reporter)?;
        }
        let is_bound = ticket.key.is_some();
        if answer.status == 401 {
            session.withdraw(&token, reporter);
        }
        if answer.status != 401 || retry >= retries {
            for warning in session.pool().warnings() {
                reporter.event(Event::TlsWarning(&warning));
            }
            return Ok(Outcome { answer, token, is_bound });
        }
        retry += 1;
        reporter.api_unused(&mut answer);
        reporter.note(&format!("the API does not accept the token; new token {retry} of {retries}"));
        token = session.fetch_after(&token, reporter)?;
    }
}

/// What an API lets in by.
struct Ticket<'a> {
    token: &'a Token,
    /// The key that it is bound to.
    key: Option<ProofKey>,
}

impl Ticket<'_> {
    fn with_token(&self, call: &Call) -> Result<Call, RenderError> {
        let value = match self.key {
            Some(_) => format!("{TOKEN_TYPE} {}", self.token.bound()?),
            None => format!("Bearer {}", self.token.bearer()?),
        };
        let mut call = call.clone();
        call.headers.push(Header::new("Authorization", value));
        // What a server takes once is made anew where it goes out again, which the transport cannot.
        call.repeatable &= self.key.is_none();
        Ok(call)
    }

    /// Puts a new proof into the call, in place of the one that went out.
    fn prove(&self, call: &mut Call, session: &Session, reporter: &mut Reporter) -> problem::Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let nonce = session.nonces().of(&call.url);
        let place = (call.method.as_str(), &call.url);
        let proof = proofs::prove(key, session, place, nonce.as_deref(), &self.token.access_token, reporter)?;
        call.headers.retain(|header| header.name != PROOF);
        call.headers.push(proof_header(proof.compact.expose()));
        Ok(())
    }
}

fn proof_header(value: &str) -> Header {
    Header { name: PROOF.into(), value: Secret::new(value), is_secret: true }
}

/// True for an answer that names a nonce and wants it in the proof. What is read of its body stays to be read.
fn wants_nonce(answer: &mut Answer) -> bool {
    if reply::nonce_of(&answer.headers).is_none() {
        return false;
    }
    reply::wants_nonce(&answer.headers, &[]) || {
        // What breaks off here does so once more where it is shown.
        let body = answer.peek(READ_BODY);
        reply::wants_nonce(&answer.headers, &body)
    }
}

/// Sends the call. Redirects are followed for methods without consequences, and within the origin alone: the token is for
/// the place the user named.
fn send(mut call: Call, ticket: &Ticket<'_>, session: &Session, reporter: &mut Reporter) -> problem::Result<Answer> {
    let mut redirects = 0;
    loop {
        reporter.about(&call.url);
        // A redirect's target may have a query of its own, and the token came since.
        reporter.conceal(&call);
        let mut answer = open(&mut call, ticket, session, reporter)?;
        if let Some(nonce) = reply::nonce_of(&answer.headers) {
            session.nonces().learn(&call.url, nonce);
        }
        reporter.api_answer(&mut answer);
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        let head = Reply {
            status: answer.status,
            head: String::new(),
            headers: answer.headers.clone(),
            bends: Vec::new(),
            body: Vec::new(),
            undecoded: None,
            timings: answer.timings(),
        };
        let why = match redirect_target(&call.url, &head) {
            _ if !matches!(call.method.as_str(), "GET" | "HEAD") => "only GET and HEAD are".to_owned(),
            Some(target) if target.origin() != call.url.origin() => {
                format!("{} is another origin, which must not see the token", target.without_query())
            }
            Some(_) if redirects >= MOST_REDIRECTS => format!("there were {MOST_REDIRECTS} before it"),
            Some(target) => {
                redirects += 1;
                reporter.api_unused(&mut answer);
                reporter.api_read(&mut answer);
                call.url = target;
                continue;
            }
            None => "it points to nowhere usable".to_owned(),
        };
        reporter.warn(&format!("the redirect (HTTP {}) is not followed: {why}", answer.status));
        return Ok(answer);
    }
}

/// Sends one request, again where the server was not reached at all.
fn open(call: &mut Call, ticket: &Ticket<'_>, session: &Session, reporter: &mut Reporter) -> problem::Result<Answer> {
    let of = session.settings.http.retry;
    if let Some(proxy) = session.pool().passed_over(&call.url) {
        reporter.event(Event::PassedOver(proxy));
    }
    let mut attempt = 0;
    let mut was_idle = false;
    loop {
        ticket.prove(call, session, reporter)?;
        let call = &*call;
        reporter.api_made(call);
        let mut was_kept = false;
        let mut tell = |moment: Moment<'_>| {
            was_kept |= matches!(moment, Moment::Sending { kept: true, .. });
            reporter.api_moment(call, &moment);
        };
        let opened = session.pool().open_telling(call, session.deadline(), &mut tell);
        let error = match opened {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        reporter.api_failed(&error);
        // The server closed a connection that it found idle (RFC 9112 §9.3.1): no fault of this call.
        let is_idle = ticket.key.is_some() && was_kept && error.is_lost_before_the_answer();
        if is_idle && is_repeatable(&call.method) && !std::mem::replace(&mut was_idle, true) {
            continue;
        }
        let wait = backoff(attempt);
        if !error.is_retryable_connect() || attempt >= of || !session.deadline().allows(wait) {
            if attempt > 0 {
                reporter.tried(attempt + 1, of + 1);
            }
            return Err(error.problem(&call.url).of_request());
        }
        attempt += 1;
        reporter.note(&format!("{error}; retry {attempt} of {of} in {:.1} s", wait.as_secs_f64()));
        thread::sleep(wait);
    }
}

/// The answer of `who` as an error: its beginning, with cookies and tokens left out, what its challenges say, and what to do.
pub(super) fn failure(
    Outcome { mut answer, token, is_bound }: Outcome,
    (who, call): (&str, &Call),
    session: &Session,
    reporter: &mut Reporter,
) -> Problem {
    let mut body = Vec::new();
    // What came before it broke off is worth showing; the status is the failure.
    let _ = (&mut answer.body).take(READ_BODY).read_to_end(&mut body);
    reporter.api_read(&mut answer);
    reporter.conceal_tokens_in(&body);
    let text = String::from_utf8_lossy(&body);
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
    let text = if is_json { reporter.foreign(&text) } else { reporter.masked(&text, Nature::Named) };
    let text = capped(&text, SHOWN_BODY);
    let field = |(name, value): &(String, String)| (name.clone(), reporter.field(name, value));
    let headers: Vec<_> = answer.headers.iter().map(field).collect();
    let denial = Denial::read(&answer.headers, reporter.redactor());
    let known = Refused {
        request: Some(&session.request),
        token: &token.access_token,
        expires_at: token.expires_at,
        is_bound,
        url: &call.url,
        now: SystemTime::now(),
    };
    let status = answer.status;
    let mut hints = denial.hints(status, &known);
    if hints.is_empty() {
        hints.push(usual_hint(status, session.settings.api.retries_401 > 0).to_owned());
    }
    let message = format!("{who} answered {} with HTTP {status}", call.method);
    let mut problem = denial.tell(Problem::in_words(Class::Resource, message).searched()).hints(hints);
    problem.details.http_status = Some(status);
    problem.details.response = Some(envelope(status, &headers, &text, false));
    problem
}

/// What to do where the answer does not say what is wrong.
fn usual_hint(status: u16, retried: bool) -> &'static str {
    match status {
        401 if retried => "a new token was not accepted either; check audience, resource and scope of the token",
        401 => "--retries-401 N tries again with a new token",
        403 => "check scope, audience and resource of the token, and what its user or client may do",
        _ => "--fail-on says which statuses are failures",
    }
}

/// The call with what goes along with the token, as far as that can be said without one.
///
/// # Errors
/// A key that is none.
pub(super) fn rehearsed(
    mut call: Call,
    settings: Settings,
    deadline: Deadline,
    context: Context,
    as_curl: bool,
    reporter: &mut Reporter,
) -> problem::Result<Call> {
    let is_bound = settings.request.dpop.is_some();
    let scheme = if is_bound { TOKEN_TYPE } else { "Bearer" };
    call.headers.push(Header::new("Authorization", format!("{scheme} {MASK}")));
    if is_bound {
        // Its key is read, as that of any other dry run.
        let session = Session::begin(settings, deadline, &Arc::new(context), reporter)?;
        if let Some(mut proof) = session.rehearsed_proof((&call.method, &call.url), NEW, reporter)? {
            proof.claims.push("ath", &"(of the token)".into());
            proofs::tell_rehearsed(&proof, reporter);
        }
        call.headers.push(proof_header(MASK));
        if as_curl {
            let Call { method, url, .. } = &call;
            let url = mask_query(url.as_str());
            reporter.remark(&format!(
                "the DPoP proof is missing, and each call needs a new one: with -o curl instead of 'request', --for '{method} {url}' makes it and the token"
            ));
        }
    }
    Ok(call)
}

/// Whether the API minds a second time only the API knows; these methods promise that it does not (RFC 9110 §9.2.2).
pub(super) fn is_repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
}
