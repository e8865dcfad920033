//! One API call with a token: build the call, fetch a token, send, and try again with a new token where the API says 401.

use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::api::{self, Outcome};
use super::context::Context;
use super::dry_run::curl_options;
use super::session::Session;
use crate::cli::RequestArgs;
use crate::deadline::Deadline;
use crate::files;
use crate::http::TransportError;
use crate::named;
use crate::oauth::request::USER_AGENT;
use crate::problem::{self, Class, Problem};
use crate::render::RenderError;
use crate::render::api::{BodySource, curl, envelope, http, variables};
use crate::report::{Reporter, copy_to_stdout, stdout_is_terminal, write_stdout};
use crate::settings::{Api, Layer, RESERVED_HEADERS, Settings, foreign, header_fault, is_http_token};
use crate::wire::{Call, Header, Url, UrlError, is_absolute};

/// The longest body that `-o json` puts into its object (bytes).
const JSON_BODY_CAP: usize = 64 << 20;

/// The longest body that is sent: it is held in memory, because a 401 may want it a second time (bytes).
const SENT_BODY_CAP: u64 = 256 << 20;

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
    let repeatable = api::is_repeatable(&method);
    let call = Call { method, url, headers, body, repeatable };
    reporter.conceal(&call);

    if settings.diagnosis.dry_run {
        let as_curl = args.output.as_deref() == Some("curl");
        let call = api::rehearsed(call, settings.clone(), deadline, context, as_curl, reporter)?;
        return dry_run(&call, source.as_ref(), as_curl, &settings, reporter);
    }
    if args.output.as_deref() == Some("curl") {
        return Err(usage("-o curl shows the call instead of making it", "add --dry-run"));
    }
    let mut session = Session::begin(settings, deadline, &Arc::new(context), reporter)?;
    let outcome = api::call(&call, &mut session, reporter)?;
    deliver(outcome, &call, args.output.as_deref() == Some("json"), &session, reporter)
}

/// Prints the answer, or makes an error of it.
fn deliver(
    outcome: Outcome,
    call: &Call,
    as_json: bool,
    session: &Session,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    if session.settings.api.fail_on.includes(outcome.answer.status) {
        return Err(api::failure(outcome, ("the API", call), session, reporter));
    }
    let mut answer = outcome.answer;
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
    reporter.result(&format!("{}\n", envelope(answer.status, &answer.headers, &body, pretty)))
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
            curl(call, source, &curl_options(&settings.http, reporter))
        }
        false => http(call, settings.diagnosis.show_secrets),
    };
    write_stdout(&text)?;
    Ok(())
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
