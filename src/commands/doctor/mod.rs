//! `doctor`: the way of a real run, walked step by step, each looked at by itself. What a run would send nobody is sent to
//! nobody here, and what it would end with is how this ends.

mod chart;
mod client;
mod here;
mod path;
mod told;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::context::{Context, warn_of_run};
use super::proofs;
use super::result;
use super::session::{Session, read_secret};
use super::way::Way;
use crate::acquire::{Event, Means, Message};
use crate::cli::DoctorArgs;
use crate::deadline::Deadline;
use crate::http::Pool;
use crate::oauth::reply::date_of;
use crate::oauth::survey::{Standard, Survey};
use crate::oauth::{Endpoint, Server, Token};
use crate::problem::{self, Problem};
use crate::render::doctor as report;
use crate::render::moment::{moment, span};
use crate::report::Reporter;
use crate::secret::Secret;
use crate::secret::source::Reader;
use crate::settings::{Ask, Asked, Http, Key, Layer, Reach, Settings};
use crate::wire::Url;
use chart::{Chart, STEPS};

/// A difference of clocks beyond this upsets servers that look at dates; what is signed lives for a minute.
const TOLERANCE: Duration = Duration::from_secs(30);

/// What no run looks at may take this part of `--timeout`, all together: a server that keeps silent there costs no more.
const LOOKS: u32 = 4;

/// Runs it, and gives the exit code of the run that it stands for.
///
/// # Errors
/// No report can be made: nothing is to be sent, or stdout cannot be written to.
pub fn run(args: &DoctorArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<u8> {
    let began = Instant::now();
    let context = Arc::new(context);
    let mut chart = Chart::default();
    reporter.collect();
    walk(&mut chart, args, flags, &context, reporter)?;
    reporter.waited();
    let (steps, code) = chart.concluded(began.elapsed());
    match args.json {
        true => reporter.json(&report::json(&steps, code))?,
        false => reporter.page(&report::page(&steps))?,
    }
    Ok(code)
}

/// Whoever asks without credentials.
enum Asker {
    /// With all that a run has, as far as its secrets could be read.
    Session(Box<Session>),
    /// Where the settings are not whole.
    Way(Box<Way>),
}

impl Asker {
    fn pool(&self) -> &Pool {
        match self {
            Self::Session(session) => session.pool(),
            Self::Way(way) => way.pool(),
        }
    }

    /// Has `work` ask, by `deadline`.
    fn ask<T>(
        &self,
        deadline: Deadline,
        reporter: &mut Reporter,
        work: impl FnOnce(&Means<'_>, &mut dyn FnMut(Event<'_>)) -> T,
    ) -> T {
        match self {
            Self::Session(session) => session.with_bare_means(deadline, reporter, work),
            Self::Way(way) => way.with_means(reporter, |means, on_event| work(&Means { deadline, ..*means }, on_event)),
        }
    }
}

/// What answers say of the server's clock.
#[derive(Default)]
struct Clock(Option<(SystemTime, SystemTime)>);

impl Clock {
    /// Takes the time of an answer, and this machine's beside it.
    fn hear(&mut self, event: &Event<'_>) {
        if let Event::Reply(reply) = event
            && let Some(server) = date_of(reply)
        {
            self.0 = Some((server, SystemTime::now()));
        }
    }
}

/// Takes all the steps.
fn walk(
    chart: &mut Chart,
    args: &DoctorArgs,
    flags: Layer,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> problem::Result<()> {
    let began = Instant::now();
    refuse_rehearsal(&flags)?;
    let layer = match context.layer(flags.clone(), reporter) {
        Ok(layer) => layer,
        Err(problem) => {
            refuse_rehearsal(&context.env.below(flags.clone()).unwrap_or_default())?;
            let here = here::surroundings(&flags, context, None);
            chart.failed("settings", began.elapsed(), here, &problem, reporter);
            chart.skip_for("settings", &STEPS);
            return Ok(());
        }
    };
    refuse_rehearsal(&layer)?;
    let reach = Reach::from_layer(layer.clone(), &context.env);
    let settings = Session::complete(layer.clone(), context, reporter).and_then(|settings| {
        proofs::check_output(&settings)?;
        Ok(settings)
    });
    let mut is_read = false;
    let (mut asker, url, http) = match (settings, reach) {
        (Ok(mut settings), _) => {
            warn_of_run(&settings.layer, reporter);
            chart.done("settings", began.elapsed(), here::settings(&settings, &context.env), Vec::new(), reporter);
            // Each request goes out once.
            settings.http.retry = 0;
            let (url, http) = (settings.request.server.url().clone(), settings.http.clone());
            let deadline = Deadline::since(began, http.timeout);
            let session;
            (session, is_read) = secrets(chart, settings, deadline, context, reporter);
            (Asker::Session(Box::new(session)), url, http)
        }
        (Err(problem), reach) => {
            let pool = reach.as_ref().ok().map(|reach| context.pool(&reach.http, None));
            let here = here::surroundings(&layer, context, pool.as_deref());
            chart.failed("settings", began.elapsed(), here, &problem, reporter);
            // What is wrong is not about the way to the server, as long as that is named.
            let reach = reach.ok().and_then(|reach| Some((reach.server.as_ref()?.url().clone(), reach)));
            let way = reach.and_then(|(url, mut reach)| {
                reach.http.retry = 0;
                let http = reach.http.clone();
                let deadline = Deadline::since(began, http.timeout);
                Some((Asker::Way(Box::new(Way::to(reach, deadline, context, reporter).ok()?)), url, http))
            });
            reporter.collect();
            let Some(way) = way else {
                chart.skip_for("settings", &STEPS);
                return Ok(());
            };
            chart.skip_for("settings", &["secret", "client", "request"]);
            way
        }
    };
    let start = Instant::now();
    let probe = asker.pool().probe(&url, Deadline::after(http.timeout));
    path::chart_way(chart, probe, (&url, asker.pool()), reporter);
    if let Asker::Session(session) = &mut asker {
        session.later_by(start.elapsed());
    }
    let mut clock = Clock::default();
    metadata(chart, &mut asker, (&url, &http), &mut clock, reporter);
    if let Asker::Session(session) = &mut asker {
        request(chart, args, (session, is_read), &mut clock, reporter);
    }
    chart_clock(chart, &clock, &layer, reporter);
    Ok(())
}

/// Nothing would be found out.
fn refuse_rehearsal(layer: &Layer) -> problem::Result<()> {
    if !layer.is_on(Key::DryRun) {
        return Ok(());
    }
    Err(Problem::usage(
        format!("doctor sends what a run would: {} does not go with it", layer.origin(Key::DryRun)),
        "leave it out; --no-request stops before the token request, and 'oauth2tok --dry-run' shows that",
    ))
}

/// Reads the secrets, each whatever becomes of another, and whatever else a run reads before it sends anything. Beside the
/// session stands whether each of the secrets is there.
fn secrets(
    chart: &mut Chart,
    settings: Settings,
    deadline: Deadline,
    context: &Arc<Context>,
    reporter: &mut Reporter,
) -> (Session, bool) {
    let start = Instant::now();
    let lookup = |name: &str| context.env.os(name);
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let read = |reader: &mut Reader<'_>, asked: &Asked<'_>| {
        let place = asked.source.shown(&lookup);
        let name = asked.key.name();
        Ok::<_, Infallible>(match read_secret(reader, asked, &context.env) {
            Ok(secret) => {
                lines.push(format!("{name}: {place}, read"));
                secret
            }
            Err(error) => {
                lines.push(format!("{name}: {place}, not read"));
                faults.push(Problem::from(error));
                // Nothing that needs it is sent.
                Secret::new("")
            }
        })
    };
    let Ok(mut session) = Session::begin_with(settings, deadline, context, reporter, read);
    result::expect(&mut session);
    // Nobody is asked to log in.
    session.ask(Ask::Never);
    let is_read = faults.is_empty();
    if is_read && let Err(problem) = session.prepare(reporter) {
        faults.push(problem);
    }
    if lines.is_empty() {
        lines.push("no secret is needed".to_owned());
    }
    let mut faults = faults.into_iter();
    match faults.next() {
        None => chart.done("secret", start.elapsed(), lines, Vec::new(), reporter),
        Some(first) => {
            let mut first = first;
            for other in faults {
                let (what, hints) = reporter.texts_of(&other);
                lines.extend(what);
                first = first.hints(hints);
            }
            chart.failed("secret", start.elapsed(), lines, &first, reporter);
        }
    }
    (session, is_read)
}

/// Asks the issuer what it says of itself, as a run would, and looks at it more closely.
fn metadata(
    chart: &mut Chart,
    asker: &mut Asker,
    (url, http): (&Url, &Http),
    clock: &mut Clock,
    reporter: &mut Reporter,
) {
    const ALL: [&str; 3] = ["metadata", "client", "keys"];
    let issuer = match asker {
        Asker::Session(session) => match &session.request.server {
            Server::Issuer(issuer) => Some(issuer.clone()),
            Server::Endpoint(_) => None,
        },
        Asker::Way(way) => way.reach.issuer().cloned(),
    };
    let Some(issuer) = issuer else {
        for name in ALL {
            if !chart.has(name) {
                chart.skip(
                    name,
                    format!("{} is given, so no metadata is asked for", Key::TokenEndpoint.name()),
                    "--issuer in its place has a run learn what the server advertises, if it publishes that",
                );
            }
        }
        return;
    };
    if let Some(cause) = chart.broken(&["proxy", "dns", "tcp", "tls"]) {
        return chart.skip_for(cause, &ALL);
    }
    if http.cert.is_some()
        && let Some(cause) = chart.broken(&["secret"])
    {
        return chart.skip_for(cause, &ALL);
    }
    let start = Instant::now();
    let mut watch = |event: &Event<'_>| clock.hear(event);
    let found = match asker {
        Asker::Session(session) => session.locate_anew(reporter, &mut watch),
        Asker::Way(way) => way.with_means(reporter, |means, on_event| {
            let mut watch = |event: Event<'_>| {
                watch(&event);
                on_event(event);
            };
            let found = means.metadata_for(&issuer, &[], &mut watch);
            found.map(|metadata| metadata.endpoint(http.cert.is_some()).clone()).map_err(Problem::from)
        }),
    };
    let endpoint = match found {
        Ok(endpoint) => endpoint,
        Err(problem) => {
            chart.failed("metadata", start.elapsed(), Vec::new(), &problem, reporter);
            return chart.skip_for("metadata", &ALL);
        }
    };
    let took = start.elapsed();
    // From here on it is a look that a run does not take.
    let start = Instant::now();
    let elsewhere = (endpoint.origin() != url.origin()).then(|| {
        let probe = asker.pool().probe(&endpoint, Deadline::after(http.timeout));
        path::summary(probe, &endpoint)
    });
    let looks = Deadline::after(http.timeout / LOOKS);
    let survey = asker.ask(looks, reporter, |means, on_event| means.survey(&issuer, &Standard::ALL, on_event));
    let mut survey = survey.ok().map(|(survey, _)| survey);
    let mut lines = vec![format!("token_endpoint: {}", endpoint.without_query())];
    let (more, doubts) = survey.as_ref().map(told::documents).unwrap_or_default();
    match elsewhere.transpose() {
        Ok(way) => {
            lines.extend(way.unwrap_or_default());
            chart.done("metadata", took, [lines, more].concat(), doubts, reporter);
        }
        // What the server says is as it should be; where it sends a run, that gets nowhere.
        Err(problem) => chart.failed("metadata", took, [lines, more].concat(), &problem.hints(doubts), reporter),
    }
    if let Asker::Session(session) = asker
        && let Some(metadata) = session.metadata()
    {
        let start = Instant::now();
        let client::Compared { lines, doubts } = client::compare(&session.request, &metadata);
        chart.done("client", start.elapsed(), lines, doubts, reporter);
    }
    keys(chart, asker, survey.as_mut(), looks, reporter);
    if let Asker::Session(session) = asker {
        session.later_by(start.elapsed());
    }
}

/// Looks at the keys that the server publishes. A run that needs none does without.
fn keys(chart: &mut Chart, asker: &Asker, survey: Option<&mut Survey>, looks: Deadline, reporter: &mut Reporter) {
    const NAME: &str = "keys";
    let Some(survey) = survey.filter(|_| !looks.has_passed()) else {
        return chart.skip(
            NAME,
            "no time is left for them: another look at the metadata took all that such looks may take",
            "a longer --timeout gives the server more time",
        );
    };
    let given = match asker {
        Asker::Session(session) => session.request.endpoints.get(Endpoint::Jwks).cloned(),
        Asker::Way(way) => way.reach.endpoints.get(Endpoint::Jwks).cloned(),
    };
    let before = survey.findings.clone();
    let start = Instant::now();
    asker.ask(looks, reporter, |means, on_event| means.survey_keys(survey, given.as_ref(), on_event));
    let of_keys: Vec<_> = survey.findings.iter().filter(|finding| !before.contains(finding)).collect();
    let (lines, doubts) = told::keys(survey, &of_keys);
    match survey.keys_at.is_none() && doubts.is_empty() {
        true if survey.metadata.as_ref().is_some_and(|metadata| metadata.endpoints.get(Endpoint::Jwks).is_some()) => {
            chart.skip(
                NAME,
                "the server's jwks_uri is nothing to ask at",
                "jwks_uri in the profile names another place",
            );
        }
        true => chart.skip(
            NAME,
            "the server names no jwks_uri",
            "jwks_uri in the profile says where its keys are, if it has any",
        ),
        false => chart.done(NAME, start.elapsed(), lines, doubts, reporter),
    }
}

/// Sends the run's own request, once.
fn request(
    chart: &mut Chart,
    args: &DoctorArgs,
    (session, is_read): (&mut Session, bool),
    clock: &mut Clock,
    reporter: &mut Reporter,
) {
    const NAME: &str = "request";
    if args.no_request {
        return chart.skip(NAME, "--no-request: it is not sent", "leave --no-request out to have it sent");
    }
    // A kept login that is good takes no more than what opens it; where only a person can help, nothing is sent either.
    let rests_on: &[&str] = match is_read && !session.needs_server() {
        true => &["settings"],
        false => &["settings", "secret", "proxy", "dns", "tcp", "tls", "metadata"],
    };
    if let Some(cause) = chart.broken(rests_on) {
        return chart.skip_for(cause, &[NAME]);
    }
    if session.request.grant.refresh_token().is_some() && !session.keeps() && !args.request {
        return chart.skip(
            NAME,
            "it would spend the refresh token, and what came in its place would be lost: no cache is used, or none can be written",
            "--cache keeps what comes, where its directory can be written; --request sends it all the same",
        );
    }
    let start = Instant::now();
    let (mut sent, mut status) = (false, None);
    let mut bends = Vec::new();
    let outcome = session.fetch_past(reporter, &mut |event| {
        clock.hear(event);
        match event {
            Event::Made(Message::Post(_)) => sent = true,
            Event::Reply(reply) => status = Some(reply.status),
            Event::Deviation(bend) => bends.push(format!("tolerated: {} ({})", bend.what, bend.section)),
            _ => {}
        }
    });
    // What is printed of it is made as a run makes it, and goes nowhere.
    let outcome = outcome.and_then(|token| {
        session.warn_of_loss(&token, None, reporter);
        result::text(session, &token, reporter).map(|_| token)
    });
    let took = start.elapsed();
    match outcome {
        Ok(token) => {
            let first = match (sent, status) {
                (true, Some(status)) => format!("a token came (HTTP {status})"),
                (true, None) => "a token came".to_owned(),
                (false, _) => "what is kept is good, and nothing was sent".to_owned(),
            };
            let mut lines = vec![first];
            lines.extend(about(&token, session));
            lines.extend(bends);
            chart.done(NAME, took, lines, Vec::new(), reporter);
        }
        Err(problem) => chart.failed(NAME, took, bends, &problem, reporter),
    }
}

/// What may be told of a token.
fn about(token: &Token, session: &Session) -> Vec<String> {
    let now = SystemTime::now();
    let expiry = token.expires_at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    let mut lines = vec![format!("token_type: {}", token.token_type.as_deref().unwrap_or("not said"))];
    lines.push(match expiry {
        Some(at) => format!("expires: {}", moment(at.as_secs_f64().trunc(), now)),
        None => "expires: not said".to_owned(),
    });
    lines.extend(token.scope.as_ref().map(|scope| format!("scope: {}", scope.join(" "))));
    if token.refresh_token.is_some() {
        lines.push("a refresh token came with it".to_owned());
    }
    if session.is_reused(token) && session.holds(token) {
        lines.push("it is kept, and later runs find it".to_owned());
    }
    lines
}

/// How far this machine's clock is from the server's.
fn chart_clock(chart: &mut Chart, clock: &Clock, layer: &Layer, reporter: &mut Reporter) {
    const NAME: &str = "clock";
    let Some((server, here)) = clock.0 else {
        let cause = chart.broken(&["settings", "secret", "proxy", "dns", "tcp", "tls", "metadata", "request"]);
        return match cause {
            Some(cause) if cause != "request" && cause != "metadata" => chart.skip_for(cause, &[NAME]),
            _ => chart.skip(
                NAME,
                "no answer with a Date came, so there is nothing to compare with",
                "see to it that this machine's clock is set by a time server (NTP)",
            ),
        };
    };
    let (ahead, far) = match here.duration_since(server) {
        Ok(ahead) => (true, ahead),
        Err(error) => (false, error.duration()),
    };
    // A Date has no more than seconds, and the answer was on its way.
    if far <= TOLERANCE {
        let text = format!("within {} s of the server's", TOLERANCE.as_secs());
        return chart.done(NAME, Duration::ZERO, vec![text], Vec::new(), reporter);
    }
    let (direction, sign) = if ahead { ("ahead of", "-") } else { ("behind", "") };
    let text = format!("this machine's clock is {} {direction} the server's", span(far));
    let offset = match layer.offset(Key::ClockOffset) {
        0 => format!("set it right, or write clock_offset: {sign}{}s into the profile", far.as_secs()),
        _ => "set it right; clock_offset in the profile moves what is signed already".to_owned(),
    };
    chart.done(NAME, Duration::ZERO, vec![text], vec![offset], reporter);
}
