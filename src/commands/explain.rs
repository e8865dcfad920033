//! What an answer means that somebody saved: what a run would have said of it. Nothing is sent, and no secret is read.

use std::convert::Infallible;
use std::time::SystemTime;

use serde_json::Value;

use super::context::Context;
use super::input::{self, Input};
use crate::acquire::{Event, judged};
use crate::cli::ExplainArgs;
use crate::http::TransportError;
use crate::import::decoded;
use crate::json::{Members, texts};
use crate::oauth::diagnosis::{Circumstances, Sent};
use crate::oauth::reply::{self, Asked};
use crate::oauth::{Request, Server, Token};
use crate::problem::{self, Class, Problem};
use crate::render::explain::{Explanation, page};
use crate::render::moment::span;
use crate::report::Reporter;
use crate::saved::{self, Found, Saved, Told};
use crate::secret::{Secret, Source};
use crate::settings::{self, Environment, Key, Layer};
use crate::wire::{Reply, Url};

/// Far above any trace of a browser that somebody saves for one login (bytes).
const LARGEST: u64 = 64 << 20;

/// Runs it, and gives the exit code that a run would have ended with.
///
/// # Errors
/// A file that cannot be read, or holds no answer.
pub fn run(args: &ExplainArgs, flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<u8> {
    let upper = context.env.below(flags)?;
    // Without a profile nothing is asked of the config file.
    let layer = match upper.get(Key::Profile) {
        Some(_) => context.layer_over(upper, reporter)?,
        None => {
            context.tell(&upper, reporter);
            upper
        }
    };
    let around = Around::of(&layer, &context.env, reporter)?;
    let deadline = settings::patience(&layer);
    let file = (args.file.as_deref(), LARGEST);
    let Input { name, bytes, .. } = input::read(file, "a saved answer", context, deadline, reporter)?;
    // PowerShell writes what a command prints so.
    let utf_16 = bytes.contains(&0).then(|| decoded(&bytes)).flatten().filter(|decoded| decoded.note.is_some());
    let bytes = utf_16.as_ref().map_or(bytes.as_slice(), |decoded| decoded.text.as_bytes());
    let explained = match saved::read(bytes).map_err(|fault| fault.problem(&name))? {
        Saved::Answer(found) => around.explained(*found, reporter),
        Saved::Told(told) => around.retold(*told, reporter),
    };
    let Explained { told, http_status, oauth } = explained;
    let (exit_code, kind) = told.ending;
    if args.json {
        let mut report = Members::default();
        report.push("exit_code", &exit_code.into());
        report.push("kind", &kind.into());
        report.push("http_status", &http_status.into());
        report.push("oauth", &oauth);
        report.push("deviations", &told.deviations.into());
        report.push("hints", &told.hints.into());
        reporter.json(&report.to_text(false))?;
    } else {
        reporter.page(&page(&told))?;
    }
    Ok(exit_code)
}

/// What is said of an answer, with what only scripts ask for.
struct Explained {
    told: Explanation,
    http_status: Option<u16>,
    oauth: Value,
}

/// What is known around an answer.
struct Around {
    /// What was asked, as far as settings say it.
    request: Request,
    /// Where.
    endpoint: Option<Url>,
    /// Nothing is tolerated.
    strict: bool,
    /// The member of the answer that is enough without a token.
    instead: Option<String>,
}

impl Around {
    /// What the settings of `layer` say, which need not be complete.
    ///
    /// # Errors
    /// An address of ours that is none.
    fn of(layer: &Layer, env: &Environment, reporter: &mut Reporter) -> problem::Result<Self> {
        let strict = layer.is_on(Key::Strict);
        let is_said = [Key::Profile, Key::TokenEndpoint, Key::Issuer, Key::ClientId].iter().any(|key| layer.says(*key));
        let (settings, faults) = if is_said { settings::as_far_as_known(layer, env) } else { (None, Vec::new()) };
        for fault in faults {
            reporter.note(&format!("the hints know less than they could: {fault}"));
        }
        let Some(settings) = settings else {
            let nowhere = Url::parse("https://server.invalid/").map_err(Problem::bug)?;
            return Ok(Self { request: Request::unknown(nowhere), endpoint: None, strict, instead: None });
        };
        // What stands on the command line is there to be looked at; all else stays where it is.
        let Ok(mut request) = settings.read_secrets(|asked| {
            let secret =
                if let Source::Literal(secret) = asked.source { secret.clone() } else { Secret::new("credential") };
            Ok::<_, Infallible>(secret)
        });
        // What stands in for what nobody said is not told.
        request.client = request.client.filter(|_| layer.text(Key::ClientId).is_some());
        let endpoint = match &request.server {
            Server::Endpoint(url) if layer.text(Key::TokenEndpoint).is_some() => Some(url.clone()),
            _ => None,
        };
        reporter.conceal(&request.ways);
        Ok(Self { request, endpoint, strict, instead: settings.output.field })
    }

    /// What a run would have said of an answer.
    fn explained(&self, found: Found, reporter: &mut Reporter) -> Explained {
        let Found { taken_for, reply, endpoint } = found;
        let mut deviations = Vec::new();
        let outcome = match &reply {
            Ok(reply) => self.judged(reply, endpoint.as_ref(), &mut deviations, reporter),
            Err(error) => Err(unread(error, endpoint.as_ref().or(self.endpoint.as_ref()))),
        };
        let told = Explanation { taken_for, deviations, ..Explanation::default() };
        match outcome {
            Ok(message) => {
                let told = Explanation { message, ..told };
                Explained { told, http_status: reply.ok().map(|reply| reply.status), oauth: Value::Null }
            }
            Err(problem) => {
                let (class, members) = reporter.describe(&problem);
                let told = Explanation {
                    ending: (class.exit_code(), Some(class.name())),
                    message: members.string("message").unwrap_or_default(),
                    causes: texts(members.get("causes")),
                    hints: reporter.hints(&problem),
                    ..told
                };
                Explained {
                    told,
                    http_status: problem.details.http_status,
                    oauth: members.get("oauth").unwrap_or_default(),
                }
            }
        }
    }

    /// What a run makes of `reply`: what it would have had. Where this machine's clock was then is not known, so it counts as right.
    fn judged(
        &self,
        reply: &Reply,
        endpoint: Option<&Url>,
        deviations: &mut Vec<String>,
        reporter: &mut Reporter,
    ) -> problem::Result<String> {
        let server_clock = reply::date_of(reply);
        let now = server_clock.unwrap_or_else(SystemTime::now);
        reporter.conceal_tokens_in(&reply.body);
        let redactor = reporter.redactor().clone();
        let endpoint = endpoint.or(self.endpoint.as_ref());
        let asked = Asked { endpoint, started: now, redactor: &redactor };
        let answer = reply::parse(reply, &asked, &self.request, self.instead.as_deref());
        if let Ok(answer) = &answer {
            reporter.conceal(&answer.token.access_token);
            reporter.conceal(&answer.token.refresh_token);
        }
        let sent = Sent { is_unseen: true, ..Sent::default() };
        let request = &self.request;
        let known = Circumstances { request, endpoint, of: None, metadata: None, now, server_clock, sent };
        let outcome = judged(reply, answer, &known, self.strict, &mut |event| match event {
            Event::Deviation(deviation) => deviations.push(format!("{} ({})", deviation.what, deviation.section)),
            event => reporter.event(event),
        });
        Ok(described(&outcome?, now))
    }

    /// What a run said, which knew more around the answer than anybody does now.
    fn retold(&self, told: Told, reporter: &mut Reporter) -> Explained {
        let judge = |reply: &Reply| self.judged(reply, told.endpoint.as_ref(), &mut Vec::new(), reporter).err();
        let again = told.reply().as_ref().and_then(judge).map_or_else(Vec::new, |problem| reporter.hints(&problem));
        // Several in one text are told one by one where they are known.
        let is_known = told.hint.as_ref().is_some_and(|hint| *hint == again.join("; "));
        let hints = if is_known { again } else { told.hint.into_iter().collect() };
        let told_of = Explanation {
            taken_for: "what a run wrote with --error-format json".to_owned(),
            ending: (told.class.exit_code(), Some(told.class.name())),
            message: told.message,
            causes: told.causes,
            deviations: told.deviations,
            hints,
        };
        Explained { told: told_of, http_status: told.status, oauth: told.oauth.unwrap_or_default() }
    }
}

/// What is told of what no run could have read.
fn unread(error: &TransportError, endpoint: Option<&Url>) -> Problem {
    match endpoint {
        Some(url) => error.problem(url),
        None => Problem::in_words(Class::BadResponse, error.to_string()),
    }
}

/// What an answer brought, without any of its secrets.
fn described(token: &Token, now: SystemTime) -> String {
    let kind = token.token_type.as_deref().unwrap_or("Bearer");
    let lifetime = token.remaining(now).map(|lifetime| format!("for {}", span(lifetime)));
    let scope = token.scope.as_ref().filter(|scope| !scope.is_empty());
    let scope = scope.map(|scope| format!("scope {}", scope.join(" ")));
    let refresh = token.refresh_token.as_ref().map(|_| "with a refresh token".to_owned());
    let more = lifetime.into_iter().chain(scope).chain(refresh).map(|more| format!(", {more}"));
    format!("with a token of type {kind}{}", more.collect::<String>())
}
