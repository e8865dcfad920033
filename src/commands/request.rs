//! One API call with a token: build the call, fetch a token, send, and try again with a new token where the API says 401.

use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use zeroize::Zeroizing;

use super::context::Context;
use super::dry_run::{NEW, curl_options};
use super::proofs::{self, PROOF};
use super::session::Session;
use crate::acquire::{Event, backoff};
use crate::cli::RequestArgs;
use crate::deadline::Deadline;
use crate::files;
use crate::http::{Answer, Moment, TransportError};
use crate::named;
use crate::oauth::dpop::TOKEN_TYPE;
use crate::oauth::reply::{self, redirect_target};
use crate::oauth::request::USER_AGENT;
use crate::oauth::{ProofKey, Token};
use crate::problem::{self, Class, Problem};
use crate::render::RenderError;
use crate::render::api::{BodySource, curl, envelope, http, variables};
use crate::report::{Reporter, copy_to_stdout, stdout_is_terminal, write_stdout};
use crate::secret::mask::Nature;
use crate::secret::names::mask_query;
use crate::secret::{MASK, Secret};
use crate::settings::{Api, Layer, RESERVED_HEADERS, Settings, foreign, header_fault, is_http_token};
use crate::text::capped;
use crate::wire::{Call, Header, Reply, Url, UrlError, is_absolute};

/// Redirects followed, within the origin.
const MOST_REDIRECTS: usize = 5;

/// The longest body that `-o json` puts into its object (bytes).
const JSON_BODY_CAP: usize = 64 << 20;

/// The longest body that is sent: it is held in memory, because a 401 may want it a second time (bytes).
const SENT_BODY_CAP: u64 = 256 << 20;

/// At most this much of a failing answer's body goes to stderr (characters).
const SHOWN_BODY: usize = 64 << 10;

/// So much of it is read (bytes): secrets are looked for in the whole before it is cut.
const READ_BODY: u64 = 1 << 20;

/// An API's answer whose status is a failure.
#[derive(Debug, thiserror::Error)]
#[error("the API answered {method} with HTTP {status}")]
struct ResourceError {
    /// The method of the call.
    method: String,
    /// The status code.
    status: u16,
    /// True where a 401 is the answer to a new token too.
    retried: bool,
    /// The answer as one JSON object.
    envelope: String,
}

impl From<ResourceError> for Problem {
    fn from(error: ResourceError) -> Self {
        let hint = match error.status {
            401 if error.retried => {
                "a new token was not accepted either; check audience, resource and scope of the token"
            }
            401 => "--retries-401 N tries again with a new token",
            403 => "check scope, audience and resource of the token, and what its user or client may do",
            _ => "--fail-on says which statuses are failures",
        };
        let mut problem = Self::in_words(Class::Resource, error.to_string()).searched().hint(hint);
        problem.details.http_status = Some(error.status);
        problem.details.response = Some(error.envelope);
        problem
    }
}

/// Runs it.
///
/// # Errors
/// Whatever stands between the user and the API's answer, and an answer that is a failure.
pub fn run(args: RequestArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let began = Instant::now();
    let settings = Session::settings(flags, &context, reporter)?;
    let mut deadline = Deadline::since(began, settings.http.timeout);
    let (method, url) = match args.words.as_slice() {
        [word, url] => (Some(method(word)?), url),
        [url] => (None, url),
        _ => return Err(usage("a URL is missing", "write oauth2tok request [METHOD] URL")),
    };
    let url = target(url, &settings.api, args.allow_other_origin)?;
    let source = body_source(&args, &context)?;
    if source == Some(BodySource::Stdin) && settings.layer.reads_stdin() {
        return Err(usage("stdin can be read only once per run", "give the secret by env:NAME or file:PATH"));
    }
    let mut headers = headers(&args)?;
    if source.is_none() && args.content_type.is_some() {
        return Err(usage("--content-type: there is no body", "-d DATA or --json TEXT gives one"));
    }
    let body = source.as_ref().map(|source| read_body(source, &mut deadline)).transpose()?;
    if let Some(body) = &body
        && !headers.iter().any(|header| header.name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(Header::new("Content-Type", content_type(&args, body)?));
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let repeatable = is_repeatable(&method);
    let call = Call { method, url, headers, body, repeatable };
    reporter.conceal(&call);

    if settings.diagnosis.dry_run {
        let as_curl = args.output.as_deref() == Some("curl");
        let call = rehearsed(call, settings.clone(), deadline, context, as_curl, reporter)?;
        return dry_run(&call, source.as_ref(), as_curl, &settings, reporter);
    }
    if args.output.as_deref() == Some("curl") {
        return Err(usage("-o curl shows the call instead of making it", "add --dry-run"));
    }
    let mut session = Session::begin(settings, deadline, &Arc::new(context), reporter)?;
    let answer = call_with_token(&call, &mut session, reporter)?;
    deliver(answer, &call, args.output.as_deref() == Some("json"), &session, reporter)
}

/// Repeats the call with new tokens as long as the API says 401 and attempts are left. No run reuses a token after that.
fn call_with_token(call: &Call, session: &mut Session, reporter: &mut Reporter) -> problem::Result<Answer> {
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
        if answer.status != 401 {
            return Ok(answer);
        }
        session.withdraw(&token, reporter);
        if retry >= retries {
            return Ok(answer);
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

/// Prints the answer, or makes an error of it.
fn deliver(
    mut answer: Answer,
    call: &Call,
    as_json: bool,
    session: &Session,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    for warning in session.pool().warnings() {
        reporter.event(Event::TlsWarning(&warning));
    }
    if session.settings.api.fail_on.includes(answer.status) {
        let retried = session.settings.api.retries_401 > 0;
        return Err(failure(answer, call, retried, reporter).into());
    }
    let broken = |error| TransportError::from_read(error).problem(&call.url);
    if !as_json {
        let copied = copy_to_stdout(&mut answer.body, broken);
        reporter.api_read(&mut answer);
        return copied;
    }
    let mut body = Vec::new();
    let read = (&mut answer.body).take(JSON_BODY_CAP as u64 + 1).read_to_end(&mut body);
    reporter.api_read(&mut answer);
    read.map_err(broken)?;
    if body.len() > JSON_BODY_CAP {
        return Err(TransportError::BodyTooLarge { cap: JSON_BODY_CAP }
            .problem(&call.url)
            .context("-o json cannot hold a body of this size; -o body can"));
    }
    let body = String::from_utf8(body).map_err(|_| RenderError::NotText)?;
    let pretty = stdout_is_terminal();
    write_stdout(&format!("{}\n", envelope(answer.status, &answer.headers, &body, pretty)))?;
    Ok(())
}

/// The answer as an error: its beginning, with cookies and tokens left out.
fn failure(mut answer: Answer, call: &Call, retried: bool, reporter: &mut Reporter) -> ResourceError {
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
    ResourceError {
        method: call.method.clone(),
        status: answer.status,
        retried,
        envelope: envelope(answer.status, &headers, &text, false),
    }
}

/// The call with what goes along with the token, as far as that can be said without one.
fn rehearsed(
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

fn dry_run(
    call: &Call,
    source: Option<&BodySource>,
    as_curl: bool,
    settings: &Settings,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let text = match as_curl {
        true => {
            reporter.remark(&format!("the command reads these shell variables: {}", variables(call).join(", ")));
            curl(call, source, &curl_options(settings, reporter))
        }
        false => http(call, settings.diagnosis.show_secrets),
    };
    write_stdout(&text)?;
    Ok(())
}

/// Whether the API minds a second time only the API knows; these methods promise that it does not (RFC 9110 §9.2.2).
fn is_repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
}

/// The method as it is sent.
fn method(word: &str) -> problem::Result<String> {
    let hint = "write oauth2tok request [METHOD] URL; methods are GET, POST, PUT, PATCH, DELETE, …";
    if is_absolute(word) {
        return Err(usage("the URL stands where the METHOD should be", hint));
    }
    let method = word.to_ascii_uppercase();
    match method.as_str() {
        "CONNECT" => Err(usage("METHOD CONNECT opens a tunnel and is no API call", hint)),
        "TRACE" => Err(usage("METHOD TRACE must not carry a token (RFC 9110 §9.3.8)", hint)),
        _ if !is_http_token(word) => {
            Err(usage(&format!("METHOD '{}' cannot be sent (RFC 9110 §9.1)", word.escape_debug()), hint))
        }
        _ => Ok(method),
    }
}

/// Where the call goes. The token must not leave the base URL's origin, nor this machine in clear.
fn target(text: &str, api: &Api, allow_other_origin: bool) -> problem::Result<Url> {
    let url = match &api.base_url {
        Some(base) => base.join(text),
        None if is_absolute(text) => Url::parse(text),
        None => {
            return Err(usage(
                "the URL is relative, and there is no base URL",
                "give an absolute URL, --base-url URL, or base_url in the profile",
            ));
        }
    };
    let url = url.map_err(|error| {
        let hint = match error {
            UrlError::Userinfo => "leave it out: the token is what says who asks",
            UrlError::Fragment => "leave it out",
            UrlError::Character => "percent-encode what cannot stand in a URL",
            _ => "write it like https://api.example.com/v1/things",
        };
        usage(&format!("URL: {error}"), hint)
    })?;
    if let Some(base) = &api.base_url
        && base.origin() != url.origin()
        && !allow_other_origin
    {
        return Err(usage(
            &format!("{} is another origin than the base URL's, {}", url.without_query(), base.without_query()),
            "the token is not sent there; if it is meant to be, add --allow-other-origin",
        ));
    }
    if !url.is_protected() {
        return Err(usage(
            "URL: plain http would send the token in clear",
            "use https (http is allowed to localhost, 127.0.0.0/8 and [::1])",
        ));
    }
    Ok(url)
}

fn usage(message: &str, hint: &str) -> Problem {
    Problem::usage(message, hint)
}

fn body_source(args: &RequestArgs, context: &Context) -> problem::Result<Option<BodySource>> {
    let Some(text) = args.data.as_ref().or(args.json.as_ref()) else { return Ok(None) };
    Ok(Some(match text.strip_prefix('@') {
        Some("-") => BodySource::Stdin,
        Some(path) => BodySource::File(context.expanded("-d", path)?.to_string_lossy().into_owned()),
        None => BodySource::Text(text.clone()),
    }))
}

/// Reads the whole body, also from stdin: a 401 may want it a second time.
fn read_body(source: &BodySource, deadline: &mut Deadline) -> problem::Result<Zeroizing<Vec<u8>>> {
    let read = match source {
        BodySource::Text(text) => Ok(Zeroizing::new(text.clone().into_bytes())),
        BodySource::File(path) => files::read(Path::new(path), SENT_BODY_CAP, deadline),
        BodySource::Stdin if io::stdin().is_terminal() => {
            let began = Instant::now();
            let typed = files::read_stdin(SENT_BODY_CAP, &Deadline::never());
            *deadline = deadline.later_by(began.elapsed());
            typed
        }
        BodySource::Stdin => files::read_stdin(SENT_BODY_CAP, deadline),
    };
    let place = match source {
        BodySource::File(path) if path.is_empty() => "a file without a name".to_owned(),
        BodySource::File(path) => named::file(path.as_ref()),
        _ => "stdin".to_owned(),
    };
    read.map_err(|error| {
        usage(&format!("cannot read the body from {place}: {error}"), "-d @FILE names a file, -d @- is stdin")
            .for_want_of(error.shortage(), Class::Unreached)
    })
}

fn content_type(args: &RequestArgs, body: &[u8]) -> problem::Result<String> {
    let parses = || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    if args.json.is_some() && !parses() {
        return Err(usage("--json: the body is not JSON", "-d sends any text or file"));
    }
    if let Some(given) = &args.content_type {
        return Ok(given.clone());
    }
    let shaped = body.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'['));
    let json = args.json.is_some() || (shaped && parses());
    Ok(if json { "application/json" } else { "application/x-www-form-urlencoded" }.to_owned())
}

/// The header fields of the call without its `Authorization`: given ones stand in for our own.
fn headers(args: &RequestArgs) -> problem::Result<Vec<Header>> {
    let mut given: Vec<(String, String)> = Vec::new();
    for text in &args.headers {
        let fault = |why: String| usage(&format!("--header: {why}"), "write it like -H 'X-Request-Id: 7'");
        let (name, value) = text.split_once(':').ok_or_else(|| fault("expected 'Name: value'".into()))?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("authorization") {
            return Err(usage(
                "--header: 'Authorization' is where the token goes",
                "to send another one, use curl; -o curl --dry-run shows how",
            ));
        }
        if let Some(why) = header_fault(name, value) {
            return Err(fault(why));
        }
        let reserved = RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved));
        if reserved && !name.eq_ignore_ascii_case("content-type") {
            return Err(usage(&format!("--header: '{name}' is set by the request itself"), "leave it out"));
        }
        if given.iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            return Err(fault(format!("{} is given twice", foreign::of_pair(name, RESERVED_HEADERS))));
        }
        given.push((name.to_owned(), value.to_owned()));
    }
    if args.content_type.is_some() && given.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        return Err(usage("--content-type and a 'Content-Type' header exclude each other", "give one of them"));
    }
    if let Some(given) = args.content_type.as_deref().and_then(|value| header_fault("Content-Type", value)) {
        return Err(usage(&format!("--content-type: {given}"), "write it like text/plain; charset=utf-8"));
    }
    let accept = if args.json.is_some() { "application/json" } else { "*/*" };
    let own = [("Accept", accept), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)];
    let own = own
        .into_iter()
        .filter(|(name, _)| !given.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect::<Vec<_>>();
    Ok(own.into_iter().chain(given).map(|(name, value)| Header::new(name, value)).collect())
}
