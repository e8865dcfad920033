//! A token for each message of a stream: one JSON object a line comes in, one a line goes out, in the same order.
//!
//! One thread reads and makes each message's settings, workers fetch, and the main thread puts the results in order and
//! writes. A message counts against the window, by one and by its bytes, from when it is read until it is written, which bounds
//! what is in memory. Results come out in order, so a message that takes long has those behind it wait.

mod gate;
mod message;
mod once;
mod progress;
mod window;

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::context::{Context, warn_of_run};
use super::dry_run;
use super::proofs;
use super::session::{Session, read_labelled};
use crate::acquire::Event;
use crate::cli::BatchArgs;
use crate::crypto::Digest;
use crate::deadline::Deadline;
use crate::json::{self, Members};
use crate::oauth::{Extent, OAuthError, Request, ResponseError, reply};
use crate::problem::{self, Class, Problem, Shortage};
use crate::render;
use crate::report::{self, OutputError, Reporter};
use crate::secret::{Secret, Source};
use crate::settings::{self, Ask, Asked, Key, Layer, SecretError, SettingValue, Settings, SettingsError};
use crate::wire::Url;

use gate::Gate;
use message::{MessageError, Overrides, confidential, names_another_server, says_otherwise};
use once::{Once, Outcome, Task};
use progress::{Manner, Progress};
use window::Window;

/// Enough for an error and what tells it (bytes). Taken whole, it is given back to the system whole.
const RESERVE: usize = 1 << 20;

/// The longest line that is read (bytes).
const LONGEST_LINE: usize = 1 << 20;

/// Messages that may be read ahead of the oldest one that is not written yet, beyond those under way.
const AHEAD: usize = 256;

/// Bytes that messages and their results may take together, beyond the one that is to be written next.
const MOST_BYTES: usize = 32 << 20;

/// Bytes of answers that are understood at a time: until its result is made, an answer takes many times its size.
const MOST_ANSWERS: usize = 2 << 20;

/// Workers, where `--jobs` is not given.
const JOBS: usize = 8;

/// How often progress is looked at while nothing happens.
const TICK: Duration = Duration::from_millis(200);

/// What the flags say, read.
struct Plan {
    overrides: Overrides,
    into: String,
    as_string: bool,
    bare_tokens: bool,
    /// Which messages are processed; empty for all of them.
    parts: Vec<i64>,
    jobs: usize,
    gate: Gate,
    window: Window,
    answers: Window,
}

/// A line of input.
struct Line {
    /// From 1.
    number: u64,
    bytes: Vec<u8>,
    /// There was more of it than is kept.
    too_long: bool,
}

/// A message that wants a token. It is large: what hands it on hands on where it is.
struct Job {
    index: u64,
    line: u64,
    size: usize,
    weight: usize,
    members: Members,
    session: Session,
    digest: Digest,
    reporter: Reporter,
}

/// What goes out for a message.
struct Done {
    index: u64,
    line: u64,
    /// Bytes of input.
    size: usize,
    /// With its line end.
    output: Vec<u8>,
    /// How it failed, if it did.
    failed: Option<(Class, Members)>,
    /// What is to be told on stderr.
    told: String,
}

impl Done {
    /// What it takes of the window. An error is there twice.
    fn weight(&self) -> usize {
        self.output.len() * if self.failed.is_some() { 2 } else { 1 } + self.told.len()
    }
}

enum News {
    Done(Box<Done>),
    /// The input cannot be read on.
    Stopped(Problem),
}

/// Threads that the system does not start. With fewer the run could go on, but not for long: each name that is looked up
/// and each helper takes another.
#[derive(Debug, thiserror::Error)]
#[error("only {started} of {wanted} threads could be started: one for each of --jobs, and one that reads")]
struct ThreadsError {
    wanted: usize,
    started: usize,
    #[source]
    source: io::Error,
}

impl From<ThreadsError> for Problem {
    fn from(error: ThreadsError) -> Self {
        let shortage = Shortage::of_start(&error.source);
        Self::new(Class::Unreached, error).for_want_of(shortage, Class::Unreached)
    }
}

/// Messages without a token.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {messages} messages failed")]
struct BatchError {
    /// So many.
    failed: u64,
    /// Of so many.
    messages: u64,
    /// The worst of what befell them.
    worst: Class,
    /// The first of them, where nothing has been said of it yet.
    first: Option<FirstFailure>,
}

/// The first message that failed: often enough the others failed for the same reason.
#[derive(Debug)]
struct FirstFailure {
    /// Its line of the input.
    line: u64,
    /// As [`Reporter::describe`] told it.
    error: Members,
}

impl From<BatchError> for Problem {
    fn from(error: BatchError) -> Self {
        let mut problem = Self::in_words(error.worst, error.to_string());
        let place = match &error.first {
            Some(FirstFailure { line, error }) => {
                let message = error.string("message").unwrap_or_default();
                problem = problem
                    .causes([format!("the first, on input line {line}: {message}")])
                    .causes(json::texts(error.get("causes")))
                    .hints(error.string("hint"));
                "each of them passed on with an 'error' member"
            }
            None => "each of them is told above and left an empty line",
        };
        problem.hint(format!("{place}; the exit code is the highest among them"))
    }
}

/// Runs it.
///
/// # Errors
/// What stands in the way before anything is sent; stdout that cannot be written; messages without a token.
pub fn run(args: BatchArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let plan = Arc::new(plan(&args)?);
    let base = context.layer(flags, reporter)?;
    if base.reads_stdin() {
        return Err(usage(
            "stdin holds the messages, so no secret can come from there",
            "give it by env:NAME or file:PATH",
        ));
    }
    if base.is_on(Key::Dpop) && base.get(Key::DpopKey).is_none() {
        return Err(proofs::no_key("batch"));
    }
    if !plan.overrides.covers(Key::GrantType) {
        // What the run itself says must be right; what it lacks a message may bring.
        settings::check_partial(&base, &|key| plan.overrides.covers(key), &context.env)?;
    }
    warn_of_run(&base, reporter);
    let reporter = &*reporter;
    let mut progress = Progress::new(manner(args.progress.as_deref(), reporter));
    let (news, newest) = mpsc::channel();
    let context = context.with_connections(plan.jobs);
    start(Arc::clone(&plan), base, context, reporter, news)?;

    let mut out = report::stdout_lines();
    let mut worst = None;
    let mut first: Option<FirstFailure> = None;
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    loop {
        let news = match newest.try_recv() {
            Ok(news) => news,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Nothing else is there to be written: what is there goes out now.
                out.flush().map_err(OutputError)?;
                progress.tell(reporter);
                match newest.recv_timeout(TICK) {
                    Ok(news) => news,
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        };
        match news {
            News::Stopped(error) => return Err(error),
            News::Done(done) => drop(waiting.insert(done.index, done)),
        }
        while let Some(done) = waiting.remove(&next) {
            next += 1;
            let weight = done.weight();
            if !done.told.is_empty() {
                progress.aside(reporter, || reporter.told_of_line(done.line, &done.told));
            }
            out.write_all(&done.output).map_err(OutputError)?;
            progress.step(done.size, done.failed.is_some());
            if let Some((class, error)) = done.failed {
                worst = worst.max(Some(class));
                first.get_or_insert(FirstFailure { line: done.line, error });
            }
            plan.window.leave(weight);
        }
        progress.tell(reporter);
    }
    out.flush().map_err(OutputError)?;
    progress.finish(reporter);
    match worst {
        None => Ok(()),
        Some(worst) => Err(BatchError {
            failed: progress.failed(),
            messages: progress.messages(),
            worst,
            // Bare tokens leave no place for an error but stderr, where each has been told by now.
            first: first.filter(|_| !plan.bare_tokens),
        }
        .into()),
    }
}

fn usage(message: &str, hint: &str) -> Problem {
    Problem::usage(message, hint)
}

fn plan(args: &BatchArgs) -> problem::Result<Plan> {
    let jobs = match args.jobs.as_deref().map(str::parse) {
        None => JOBS,
        Some(Ok(jobs @ 1..=1024)) => jobs,
        Some(_) => return Err(usage("--jobs: expected a number from 1 to 1024", "8 is what it is if not given")),
    };
    let interval = args.rate.as_deref().map(|text| {
        gate::interval(text).ok_or_else(|| {
            usage(
                "--rate: expected something like 50/s or 600/m",
                "it is the most requests in a second (s), minute (m) or hour (h)",
            )
        })
    });
    let bare_tokens = args.output.as_deref() == Some("token");
    if bare_tokens && (args.as_string || args.into.is_some()) {
        return Err(usage("--into and --as-string do not go with -o token", "bare tokens stand in no message"));
    }
    let into = args.into.as_deref().unwrap_or("token");
    if into.is_empty() {
        return Err(usage("--into: the name is empty", "it is 'token' if not given"));
    }
    let parts = args.parts.as_deref().unwrap_or_default();
    let parts = parts.split(',').filter(|_| !parts.is_empty()).map(|part| part.trim().parse());
    let parts: Result<Vec<i64>, _> = parts.collect();
    Ok(Plan {
        overrides: Overrides::parse(&args.map)?,
        into: into.to_owned(),
        as_string: args.as_string,
        bare_tokens,
        parts: parts.map_err(|_| {
            usage(
                "--parts: expected whole numbers, separated by commas",
                "--parts 0,-1 is the first and the last message",
            )
        })?,
        jobs,
        gate: Gate::new(interval.transpose()?),
        window: Window::new(jobs * 4 + AHEAD, MOST_BYTES),
        answers: Window::new(usize::MAX, MOST_ANSWERS),
    })
}

fn manner(name: Option<&str>, reporter: &Reporter) -> Manner {
    let diagnosis = reporter.diagnosis();
    match name {
        _ if diagnosis.quiet => Manner::None,
        Some("plain") => Manner::Plain,
        Some("none") => Manner::None,
        Some(_) => Manner::Bar,
        None if report::stderr_is_terminal() && !diagnosis.verbose && !diagnosis.json_errors => Manner::Bar,
        None => Manner::None,
    }
}

/// Starts the reader and the workers. They end with the input, or with the process.
fn start(
    plan: Arc<Plan>,
    base: Layer,
    context: Context,
    reporter: &Reporter,
    news: Sender<News>,
) -> problem::Result<()> {
    // A message brings nothing of what this says, so it is told once.
    settings::http(&base, &context.env)?;
    // What the profile lacks may be in a message.
    let base = base.away_from_home();
    let mut below = base.without(&confidential());
    if base.get(Key::DpopKey).is_some() && below.get(Key::Dpop).is_none() {
        // A key that stays behind does not make a bearer token of what was to be bound.
        below.set(Key::Dpop, SettingValue::Switch(true), base.origin(Key::DpopKey));
    }
    let maker = Maker {
        plan: Arc::clone(&plan),
        confidential: below,
        base,
        context: Arc::new(context),
        known: Known::default(),
        reporter: reporter.fork(),
    };
    let (jobs, queue) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    let once = Arc::new(Once::new());
    let (wanted, mut started) = (plan.jobs + 1, 0);
    // Where threads take all the memory there is, this much is left to say so.
    let reserve = std::hint::black_box(Vec::<u8>::with_capacity(RESERVE));
    let mut begin = |work: Box<dyn FnOnce() + Send>| {
        let thread = thread::Builder::new().spawn(work);
        thread.map(|_| started += 1).map_err(|source| ThreadsError { wanted, started, source })
    };
    let begin_all = || {
        for _ in 0..plan.jobs {
            let (plan, queue, once, news) = (Arc::clone(&plan), Arc::clone(&queue), Arc::clone(&once), news.clone());
            begin(Box::new(move || work(&plan, &queue, &once, &news)))?;
        }
        // At last the reader: nothing is asked for where somebody is missing.
        begin(Box::new(move || {
            if let Err(problem) = read(maker, &jobs, &news) {
                // Without a main thread there is nobody left to be told.
                let _ = news.send(News::Stopped(problem));
            }
        }))
    };
    let begun = begin_all();
    drop(reserve);
    begun?;
    Ok(())
}

// ------------------------------------------------------------------------------------------------------ the reader

/// Reads the input to its end.
fn read(mut maker: Maker, jobs: &Sender<Box<Job>>, news: &Sender<News>) -> problem::Result<()> {
    let plan = Arc::clone(&maker.plan);
    let mut input = Lines { input: io::stdin().lock(), number: 0 };
    let (first, parts) = look_ahead(&mut input, &plan.parts)?;
    let lines = first.into_iter().map(Ok).chain(std::iter::from_fn(|| input.next().transpose()));
    for (index, line) in (0..).zip(lines) {
        let line = line?;
        let size = line.bytes.len() + 1;
        plan.window.enter(size);
        let done = if !parts.is_empty() && !parts.contains(&index) {
            let mut output = line.bytes;
            output.push(b'\n');
            let output = if plan.bare_tokens { Vec::new() } else { output };
            Done { index, line: line.number, size, output, failed: None, told: String::new() }
        } else {
            match maker.job(index, &line) {
                Ok(job) => {
                    drop(line);
                    plan.window.change(index, size, job.weight);
                    if jobs.send(job).is_err() {
                        return Ok(());
                    }
                    continue;
                }
                Err(unusable) => {
                    let (members, outcome, reporter) = *unusable;
                    let told = told(&plan, line.number, reporter, &outcome);
                    finish(&plan, Message { index, line: line.number, size, weight: size, members, told }, &outcome)
                }
            }
        };
        deliver(&plan, news, size, done);
    }
    Ok(())
}

/// Hands on what goes out for a message that took so much of the window until now.
fn deliver(plan: &Plan, news: &Sender<News>, weight: usize, done: Done) {
    plan.window.change(done.index, weight, done.weight());
    // Without a main thread there is nobody left to be told.
    let _ = news.send(News::Done(Box::new(done)));
}

/// Reads as much of the input as it takes to know which messages `parts` means: of indexes from the end, all of it.
fn look_ahead(input: &mut Lines<impl BufRead>, parts: &[i64]) -> problem::Result<(Vec<Line>, HashSet<u64>)> {
    let Some(last) = parts.iter().copied().max() else { return Ok((Vec::new(), HashSet::new())) };
    let all = parts.iter().any(|part| *part < 0);
    let mut first = Vec::new();
    while all || i64::try_from(first.len()).is_ok_and(|count| count <= last) {
        match input.next()? {
            Some(line) => first.push(line),
            None => break,
        }
    }
    let count = first.len() as u64;
    let index = |part: i64| {
        let index = if part < 0 { count.checked_sub(part.unsigned_abs()) } else { Some(part.unsigned_abs()) };
        index.filter(|index| *index < count).ok_or_else(|| {
            usage(
                &format!("--parts: there is no message {part}, the input has {count}"),
                "the first is 0, the last is -1",
            )
        })
    };
    let parts = parts.iter().map(|part| index(*part)).collect::<Result<_, _>>()?;
    Ok((first, parts))
}

/// The lines of the input that are not blank.
struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> problem::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let read = (&mut self.input).take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut bytes).and_then(|_| {
                let too_long = bytes.len() > LONGEST_LINE && bytes.last() != Some(&b'\n');
                if too_long { self.input.skip_until(b'\n').map(|_| true) } else { Ok(false) }
            });
            let too_long = read.map_err(|error| {
                usage(&format!("cannot read stdin: {error}"), "messages come from stdin")
                    .for_want_of(Shortage::of(&error), Class::Unreached)
            })?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(Line { number: self.number, bytes, too_long }));
            }
        }
    }
}

/// Makes jobs of lines.
struct Maker {
    plan: Arc<Plan>,
    base: Layer,
    /// The same without what must not go to another server.
    confidential: Layer,
    context: Arc<Context>,
    known: Known,
    reporter: Reporter,
}

/// The message as far as it could be read, how it fails, and who knows its secrets.
type Unusable = Box<(Members, Arc<Outcome>, Reporter)>;

fn failed(reporter: &Reporter, error: impl Into<Problem>) -> Arc<Outcome> {
    let (class, members) = reporter.describe(&error.into());
    Arc::new(Outcome::Failed(class, members))
}

impl Maker {
    fn job(&mut self, index: u64, line: &Line) -> Result<Box<Job>, Unusable> {
        let mut reporter = self.reporter.gathering(line.number);
        let parsed = if line.too_long { Err(MessageError::TooLong) } else { message::parse(&line.bytes) };
        let (members, read) = match parsed {
            Ok(members) => {
                let mut layer = Layer::default();
                let read = self.plan.overrides.read(&members, &mut layer);
                // Before anything can be told of the message, it must be known what may not be told.
                reporter.conceal(&layer);
                (members, read.map(|()| layer))
            }
            Err(error) => (Members::default(), Err(error)),
        };
        let session = match read {
            Ok(layer) => self.session(layer, &mut reporter),
            Err(error) => Err(failed(&reporter, error)),
        };
        match session {
            Ok(session) => {
                let digest = session.digest();
                let size = line.bytes.len() + 1;
                let weight = size + self.plan.overrides.weight(&members);
                Ok(Box::new(Job { index, line: line.number, size, weight, members, session, digest, reporter }))
            }
            Err(outcome) => Err(Box::new((members, outcome, reporter))),
        }
    }

    /// The session of a message. Where a login serves it, that is the run's own, as the run says it: what is a person's is
    /// handed to whoever the run says, and a message has nothing that tells that it is theirs.
    fn session(&mut self, message: Layer, reporter: &mut Reporter) -> Result<Session, Arc<Outcome>> {
        let foreign = names_another_server(&message, &self.base);
        let below = if foreign { &self.confidential } else { &self.base };
        let layer = message.or(below.clone());
        if layer.asks_person().is_none() {
            return self.open(layer, foreign, reporter);
        }
        let Some(member) = says_otherwise(&layer, &self.base) else {
            return self.open(self.base.clone(), false, reporter);
        };
        // It may be the same in other words.
        let wanted = self.open(layer, foreign, reporter);
        let own = self.open(self.base.clone(), false, &mut self.reporter.gathering(0));
        match (wanted, own) {
            (Ok(wanted), Ok(own)) if wanted.digest() == own.digest() => Ok(own),
            (Err(outcome), _) if !foreign => Err(outcome),
            _ => Err(failed(reporter, MessageError::Login(member))),
        }
    }

    fn open(&mut self, layer: Layer, foreign: bool, reporter: &mut Reporter) -> Result<Session, Arc<Outcome>> {
        let settings = Settings::from_layer(layer, &self.context.env).map_err(|error| match error {
            SettingsError::Missing { what, key, .. } if foreign => SettingsError::Missing {
                what,
                key,
                hint: "a message that names another server brings its own secrets: the profile's go to the profile's server alone".into(),
            },
            other => other,
        });
        let settings = settings.map_err(|error| failed(reporter, error))?;
        // The profile's key is for the profile's server alone, as its secrets are.
        proofs::check_key(&settings, "batch").map_err(|problem| failed(reporter, problem))?;
        let deadline = Deadline::after(settings.http.timeout);
        let mut is_used = false;
        let session = Session::begin_with(settings, deadline, &self.context, reporter, |reader, asked| {
            let mut is_known = true;
            let secret = self.known.secret(asked, || {
                is_known = false;
                read_labelled(reader, asked, asked.key.name(), &self.context.env)
            });
            is_used |= is_known && asked.role.extent == Extent::Token;
            secret
        });
        let session = session.map(|mut session| {
            if is_used {
                // It tells which requests are equal; what goes out is read anew.
                session.spend_tokens();
            }
            // Nobody would know for which message.
            session.ask(Ask::Never);
            session
        });
        session.map_err(|unread| match unread {
            Unread::Before(outcome) => outcome,
            Unread::Now(key, source, extent, error) => {
                let outcome = failed(reporter, error);
                self.known.0.push(Reading { key, source, extent, secret: Err(Arc::clone(&outcome)) });
                outcome
            }
        })
    }
}

/// Secrets of the profile that have been asked for, and what each message that needs one that was not to be had gets.
#[derive(Default)]
struct Known(Vec<Reading>);

/// What came of reading a secret.
struct Reading {
    key: Key,
    source: Source,
    extent: Extent,
    secret: Result<Secret, Arc<Outcome>>,
}

/// A secret that cannot be read,
enum Unread {
    /// as has just turned out,
    Now(Key, Source, Extent, SecretError),
    /// or turned out before: what a message gets for it.
    Before(Arc<Outcome>),
}

impl Known {
    /// The secret that is asked for, read by `read` when the first message needs it, and once: a helper that takes its time
    /// to fail would take it from every message.
    fn secret(
        &mut self,
        asked: &Asked<'_>,
        read: impl FnOnce() -> Result<Secret, SecretError>,
    ) -> Result<Secret, Unread> {
        let Asked { key, source, .. } = *asked;
        let extent = asked.role.extent;
        let same = |read: &&Reading| {
            read.source == *source && read.extent == extent && (read.secret.is_ok() || read.key == key)
        };
        if let Some(read) = self.0.iter().find(same) {
            return read.secret.clone().map_err(Unread::Before);
        }
        let secret = read().map_err(|error| Unread::Now(key, source.clone(), extent, error))?;
        // What stands in a message is that message's own.
        if !source.is_literal() {
            self.0.push(Reading { key, source: source.clone(), extent, secret: Ok(secret.clone()) });
        }
        Ok(secret)
    }
}

// ----------------------------------------------------------------------------------------------------- the workers

/// A message whose outcome is known.
struct Message {
    index: u64,
    line: u64,
    size: usize,
    weight: usize,
    members: Members,
    told: String,
}

impl Job {
    /// The message, and nothing more of what it took to ask for it.
    fn settled(self: Box<Self>, plan: &Plan, outcome: &Outcome) -> Message {
        let Self { index, line, size, weight, members, reporter, .. } = *self;
        Message { index, line, size, weight, members, told: told(plan, line, reporter, outcome) }
    }
}

fn work(plan: &Plan, queue: &Mutex<Receiver<Box<Job>>>, once: &Once<Box<Job>>, news: &Sender<News>) {
    loop {
        let job = match queue.lock().unwrap_or_else(PoisonError::into_inner).recv() {
            Ok(job) => job,
            Err(_) => return,
        };
        let tell = |job: Box<Job>, outcome: &Outcome| {
            let mut message = job.settled(plan, outcome);
            // The result is made when there is room for it.
            let weight = message.size + outcome.size();
            plan.window.change(message.index, message.weight, weight);
            message.weight = weight;
            deliver(plan, news, weight, finish(plan, message, outcome));
        };
        if job.session.settings.diagnosis.dry_run {
            let mut job = job;
            match dry_run::text(&job.session, &mut job.reporter) {
                Ok(text) => deliver(plan, news, job.weight, shown(job, &text)),
                Err(error) => {
                    let (class, members) = job.reporter.describe(&error);
                    tell(job, &Outcome::Failed(class, members));
                }
            }
            continue;
        }
        match once.enter(job.digest, job, SystemTime::now()) {
            Task::Waits => {}
            Task::Known(job, outcome) => tell(job, &outcome),
            Task::Ask(mut job) => {
                let outcome = Arc::new(ask(plan, &mut job));
                let mut all = once.settle(job.digest, &outcome, SystemTime::now());
                all.push(job);
                // One of them may be the next to be written, for which those behind it wait.
                all.sort_by_key(|job| job.index);
                all.into_iter().for_each(|job| tell(job, &outcome));
            }
        }
    }
}

/// Gets a token for a message.
fn ask(plan: &Plan, job: &mut Job) -> Outcome {
    let Job { session, reporter, .. } = job;
    let timeout = session.settings.http.timeout;
    // Whom this message asks, as far as is known: another one's wish for rest does not count.
    let mut server = session.next_to_ask();
    // Held from when an answer is there until nothing is left of it but the outcome.
    let mut room = None;
    let fetched = match plan.gate.wait_for_rest(&server, timeout) {
        Err(wait) => Err(unavailable(&session.request, &server, wait)),
        Ok(_) => {
            // Waiting for the others is not this message's fault.
            session.start_over(plan.gate.longest_queue(plan.jobs));
            session.fetch_watched(reporter, &mut |event| match event {
                Event::Next(url) => {
                    room = None;
                    server.clone_from(url);
                    // Where the rest is longer than the time there is, the server will say so again.
                    let _ = plan.gate.pass(url, timeout);
                }
                Event::Reply(reply) => {
                    if reply::is_passing(reply.status)
                        && let Some(wait) = reply::retry_after(reply, SystemTime::now())
                    {
                        plan.gate.rest(&server, wait);
                    }
                    room = Some(plan.answers.room(reply.body.len()));
                }
                Event::Retry { .. } => room = None,
                _ => {}
            })
        }
    };
    let outcome = match fetched.and_then(|token| proofs::check_unbound(session, token)) {
        Ok(token) => {
            session.warn_of_loss(&token, (!plan.bare_tokens).then_some(true), reporter);
            let expires_at = token.expires_at;
            let text = if plan.bare_tokens {
                token.access_token
            } else {
                let json = Secret::new(render::json(&token).to_text(false));
                if plan.as_string { Secret::new(Value::from(json.expose()).to_string()) } else { json }
            };
            Outcome::Granted { text, expires_at, fetched_at: SystemTime::now() }
        }
        Err(error) => {
            let (class, members) = reporter.describe(&error);
            Outcome::Failed(class, members)
        }
    };
    drop(room);
    outcome
}

/// The server asked to be left alone for longer than a message has time.
fn unavailable(request: &Request, server: &Url, wait: Duration) -> Problem {
    let wait = Duration::from_secs(wait.as_secs() + 1);
    let response =
        ResponseError::Unavailable { status: 429, retry_after: Some(wait), oauth: OAuthError::default(), body: None };
    let hint =
        format!("the server asked for {} without requests, so this one was not sent", humantime::format_duration(wait));
    response.problem(response.told_of(request, Some(server), None)).hint(hint)
}

/// What goes out for a message.
fn finish(plan: &Plan, mut message: Message, outcome: &Outcome) -> Done {
    let (output, failed) = match outcome {
        Outcome::Granted { text, .. } if plan.bare_tokens => (text.expose().to_owned(), None),
        Outcome::Granted { text, .. } => {
            message.members.set_raw(&plan.into, text.expose());
            (message.members.to_line(), None)
        }
        Outcome::Failed(class, error) => {
            let error = of_line(error, message.line);
            let output = if plan.bare_tokens {
                String::new()
            } else {
                message.members.set_raw("error", &error.to_text(false));
                message.members.to_line()
            };
            (output, Some((*class, error)))
        }
    };
    let Message { index, line, size, told, .. } = message;
    Done { index, line, size, output: format!("{output}\n").into_bytes(), failed, told }
}

fn of_line(error: &Members, line: u64) -> Members {
    let mut error = error.clone();
    error.push("line", &line.into());
    error
}

/// What is to be told of a message. All that its reporter knows of secrets is gone then.
fn told(plan: &Plan, line: u64, reporter: Reporter, outcome: &Outcome) -> String {
    if let Outcome::Failed(_, error) = outcome
        && plan.bare_tokens
    {
        reporter.failed(&of_line(error, line));
    }
    reporter.gathered()
}

/// The request that would be sent for a message.
fn shown(job: Box<Job>, text: &str) -> Done {
    let output = format!("{text}\n").into_bytes();
    let Job { index, line, size, reporter, .. } = *job;
    Done { index, line, size, output, failed: None, told: reporter.gathered() }
}
