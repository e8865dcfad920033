//! The heart: from a request to a token. Discover, build, send, parse; retry where that can help.
//!
//! It joins the protocol and the transport, which do not know each other, and tells what happens as [`Event`]s. It never
//! prints and reads no clock but the one of its deadline; `now` comes from above.

mod kept;
mod turn;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::cache::{self, Failure};
use crate::deadline::Deadline;
use crate::http::{Client, Kind, TransportError};
use crate::oauth::diagnosis::{self, Circumstances};
use crate::oauth::discovery::{self, DiscoveryError, Issuer, Metadata};
use crate::oauth::reply::{self, Deviation, ResponseError};
use crate::oauth::request::USER_AGENT;
use crate::oauth::{Post, Request, Token};
use crate::problem::{Class, Problem};
use crate::secret::redact::Conceal as _;
use crate::secret::{Redactor, Secret};
use crate::wire::{Call, Reply, Url};

pub use kept::{Keeping, hit};

/// The wait before the first repetition; it doubles each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// The metadata of so many issuers is remembered,
const MOST_ISSUERS: usize = 64;
/// of so many bytes together.
const MOST_METADATA: usize = 4 << 20;

/// Redirects followed for metadata, within the issuer's origin.
const MOST_REDIRECTS: usize = 3;

/// What happens on the way.
pub enum Event<'a> {
    /// Metadata is asked for.
    Get(&'a Call),
    /// A token is asked for.
    Post(&'a Post),
    /// An answer came.
    Reply(&'a Reply),
    /// Nothing usable came back.
    Failed(&'a TransportError),
    /// The same is tried again after a wait.
    Retry {
        /// How long.
        wait: Duration,
        /// From 1.
        attempt: u32,
        /// Of so many.
        of: u32,
    },
    /// The endpoint was learned from metadata.
    Discovered(&'a Metadata),
    /// The server bent a standard.
    Deviation(&'a Deviation),
    /// The cache was looked into.
    Kept(cache::Verdict),
    /// Something else that only who looks closely wants to know.
    Note(String),
    /// Something the user should know although it works.
    Warning(String),
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// The server was not reached, or what came was not HTTP.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server answered otherwise.
    #[error("{response}")]
    Response {
        /// With this.
        response: ResponseError,
        /// About which this can be done.
        hints: Vec<String>,
    },
    /// A metadata document must not be used.
    #[error("the metadata at {url} is not used: {error}")]
    Metadata {
        /// Where it is.
        url: String,
        /// Why not.
        error: DiscoveryError,
    },
    /// No place held a metadata document.
    #[error("no metadata found for issuer {issuer}")]
    NoMetadata {
        /// Whose.
        issuer: String,
        /// Each place and what was there.
        places: Vec<(String, String)>,
        /// True where a server was there but not able to answer.
        unavailable: bool,
    },
    /// Another run asked for the same token while this one waited for it, and got none.
    #[error("{}", .0.message)]
    Elsewhere(Box<Failure>),
    /// Another run is asking for the same token and has not come back in time.
    #[error("another run is asking for the same token and did not finish within {}", humantime::format_duration(*.budget))]
    Waited {
        /// The budget that is used up.
        budget: Duration,
    },
    /// With `--strict`: deviations that are otherwise tolerated.
    #[error("the answer deviates from the standards")]
    Deviations(Vec<Deviation>),
}

impl From<AcquireError> for Problem {
    fn from(error: AcquireError) -> Self {
        let message = error.to_string();
        match error {
            AcquireError::Transport(error) => error.into(),
            AcquireError::Response { response, hints } => Self::from(response).hints(hints),
            AcquireError::Metadata { .. } => Self::in_words(Class::BadResponse, message)
                .hint("check --issuer against the 'issuer' that the server publishes, or give --token-endpoint"),
            AcquireError::NoMetadata { places, unavailable, .. } => {
                let (class, hint) = match unavailable {
                    true => (Class::Unavailable, "try again later"),
                    false => (Class::BadResponse, "check --issuer, or give --token-endpoint"),
                };
                let places = places.into_iter();
                let places = places.map(|(place, why)| format!("{}: {why}", place.split('?').next().unwrap_or(&place)));
                Self::in_words(class, message).causes(places).hint(hint)
            }
            AcquireError::Elsewhere(said) => {
                let mut problem = Self::in_words(said.kind.into(), message);
                problem.details.http_status = said.status;
                if let Some(oauth) = &said.oauth {
                    problem = oauth.tell(problem);
                }
                problem
                    .causes(["another run asked for the same token while this one waited for it".to_owned()])
                    .hints(said.hints)
            }
            AcquireError::Waited { .. } => {
                Self::in_words(Class::Unreached, message).hint("try again later, or ask apart from it with --no-cache")
            }
            AcquireError::Deviations(deviations) => Self::in_words(
                Class::BadResponse,
                "the answer deviates from the standards, and --strict tolerates nothing",
            )
            .causes(deviations.iter().map(|d| format!("{} ({})", d.what, d.section))),
        }
    }
}

/// The means to ask a server.
pub struct Courier<'a> {
    /// The transport.
    pub client: &'a Client,
    /// When everything must be done.
    pub deadline: Deadline,
    /// How often to try again.
    pub retry: u32,
    /// The wall clock, which dates lifetimes; the deadline has its own, which nobody can set.
    pub clock: &'a dyn Fn() -> SystemTime,
    /// What is known of issuers.
    pub discovered: &'a Discovered,
    /// The secrets of this run: what an error quotes of an answer is cut, and has lost them before that.
    pub redactor: &'a Redactor,
}

/// Metadata that was learned in this run: an issuer is asked once, however many requests follow. No issuer waits for another.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The oldest first. Nothing is known yet of an issuer that is being asked.
    issuers: Mutex<Vec<(String, Option<Arc<Metadata>>)>>,
    /// An issuer has been asked.
    settled: Condvar,
}

impl Discovered {
    /// What is known of `issuer`.
    pub fn known(&self, issuer: &Issuer) -> Option<Arc<Metadata>> {
        let issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        issuers.iter().find(|(name, _)| name == issuer.as_str())?.1.clone()
    }

    /// The metadata of `issuer`, by `ask` where it is not known yet. Who finds somebody asking waits for that, as long as
    /// there is time; where it fails, each of those who waited asks for itself, or the last would wait for all the others.
    fn metadata(
        &self,
        issuer: &Issuer,
        deadline: Deadline,
        ask: impl FnOnce() -> Result<Metadata, AcquireError>,
    ) -> Result<Arc<Metadata>, AcquireError> {
        let name = issuer.as_str();
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while let Some((_, known)) = issuers.iter().find(|(other, _)| other == name) {
            if let Some(metadata) = known {
                return Ok(Arc::clone(metadata));
            }
            waited = true;
            let left = deadline.remaining();
            if left.is_zero() {
                break;
            }
            issuers = self.settled.wait_timeout(issuers, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if !waited {
            issuers.push((name.to_owned(), None));
        }
        drop(issuers);
        let metadata = ask().map(Arc::new);
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        if !waited || metadata.is_ok() {
            issuers.retain(|(other, _)| other != name);
        }
        if let Ok(metadata) = &metadata {
            issuers.push((name.to_owned(), Some(Arc::clone(metadata))));
            forget_the_oldest(&mut issuers);
        }
        self.settled.notify_all();
        metadata
    }
}

/// Keeps what is remembered within its bounds. What was learned last stays, and so does that somebody is asking.
fn forget_the_oldest(issuers: &mut Vec<(String, Option<Arc<Metadata>>)>) {
    let (mut count, mut bytes) = (0, 0);
    for index in (0..issuers.len()).rev() {
        let Some((name, Some(metadata))) = issuers.get(index) else { continue };
        count += 1;
        bytes += name.len() + metadata.size();
        if count > 1 && (count > MOST_ISSUERS || bytes > MOST_METADATA) {
            issuers.remove(index);
        }
    }
}

/// What is wanted.
pub struct Errand<'a> {
    /// The request; where an issuer is to be asked first, its endpoint is not the real one yet.
    pub request: &'a Request,
    /// Whose metadata names the endpoint.
    pub issuer: Option<&'a Issuer>,
    /// The client shows a certificate, for which the metadata may name another endpoint (RFC 8705 §5).
    pub with_certificate: bool,
    /// Tolerate nothing.
    pub strict: bool,
}

/// What a repetition depends on.
enum Verdict {
    Final,
    Again { wait: Option<Duration> },
}

impl Courier<'_> {
    /// Sends `call` until there is an answer that `judge` does not want repeated, the attempts are used up or time runs out.
    fn deliver<T>(
        &self,
        call: &Call,
        announce: impl Fn(&mut dyn FnMut(Event<'_>)),
        on_event: &mut dyn FnMut(Event<'_>),
        judge: impl Fn(&Reply) -> (T, Verdict),
    ) -> Result<(T, Reply), TransportError> {
        if let Some(note) = self.client.passed_over(&call.url) {
            on_event(Event::Note(note));
        }
        let mut attempt = 0;
        loop {
            announce(on_event);
            let (outcome, wait) = match self.client.send(call, self.deadline) {
                Ok(reply) => {
                    on_event(Event::Reply(&reply));
                    match judge(&reply) {
                        (value, Verdict::Final) => return Ok((value, reply)),
                        (value, Verdict::Again { wait }) => (Ok((value, reply)), wait),
                    }
                }
                Err(error) => {
                    on_event(Event::Failed(&error));
                    let lost = error.is_lost_before_the_answer();
                    if !(error.is_retryable_connect() || (lost && call.repeatable)) {
                        return Err(error);
                    }
                    (Err(error), None)
                }
            };
            let wait = wait.unwrap_or_else(|| backoff(attempt));
            // A wait that cannot end in time ends the run at once: waiting for nothing helps nobody.
            if attempt >= self.retry || !self.deadline.allows(wait) {
                return outcome;
            }
            attempt += 1;
            on_event(Event::Retry { wait, attempt, of: self.retry });
            std::thread::sleep(wait);
        }
    }

    /// Asks `issuer`'s well-known places for its metadata. No credentials go there.
    fn discover(&self, issuer: &Issuer, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Metadata, AcquireError> {
        let mut places = Vec::new();
        let mut unavailable = false;
        for place in discovery::locations(issuer) {
            let mut text = place.clone();
            for redirects in 0.. {
                let url = match Url::parse(&text) {
                    Ok(url) => url,
                    Err(error) => {
                        places.push((text, error.to_string()));
                        break;
                    }
                };
                let call = metadata_call(url.clone());
                let announce = |on_event: &mut dyn FnMut(Event<'_>)| on_event(Event::Get(&call));
                let judge = |reply: &Reply| {
                    let verdict = if reply::is_passing(reply.status) {
                        Verdict::Again { wait: reply::retry_after(reply, (self.clock)()) }
                    } else {
                        Verdict::Final
                    };
                    ((), verdict)
                };
                let reply = match self.deliver(&call, announce, on_event, judge) {
                    Ok(((), reply)) => reply,
                    // Something is there, and no document: the other place may hold one.
                    Err(error) if error.kind() == Kind::BadReply => {
                        places.push((text, error.to_string()));
                        break;
                    }
                    Err(error) => return Err(error.into()),
                };
                let why = match reply.status {
                    200 => match discovery::parse(issuer, &reply.body) {
                        Ok(metadata) => {
                            on_event(Event::Discovered(&metadata));
                            return Ok(metadata);
                        }
                        Err(error) if error.is_no_document() => match &reply.undecoded {
                            Some(why) => format!("its Content-Encoding cannot be undone: {why}"),
                            None => error.to_string(),
                        },
                        Err(error) => return Err(AcquireError::Metadata { url: text, error }),
                    },
                    300..400 => match reply::redirect_target(&url, &reply) {
                        Some(target) if redirects < MOST_REDIRECTS && target.origin() == url.origin() => {
                            text = target.as_str().to_owned();
                            continue;
                        }
                        Some(target) if target.origin() == url.origin() => {
                            format!("more than {MOST_REDIRECTS} redirects")
                        }
                        Some(target) => format!("it redirects to another origin, {}", target.without_query()),
                        None => "it redirects to nowhere usable".into(),
                    },
                    status => {
                        unavailable |= status == 429 || status >= 500;
                        format!("HTTP {status}")
                    }
                };
                places.push((text, why));
                break;
            }
        }
        Err(AcquireError::NoMetadata { issuer: issuer.as_str().to_owned(), places, unavailable })
    }

    /// Runs an errand: discovery first where it is needed, then the request.
    ///
    /// # Errors
    /// [`AcquireError`] for every way not to get a token.
    pub fn acquire(&self, errand: &Errand<'_>, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Token, AcquireError> {
        let (request, metadata) = self.locate(errand, on_event)?;
        self.fetch(&request, metadata.as_deref(), errand.strict, true, on_event)
    }

    /// The errand's request with its real endpoint.
    fn locate(
        &self,
        errand: &Errand<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Request, Option<Arc<Metadata>>), AcquireError> {
        let Some(issuer) = errand.issuer else { return Ok((errand.request.clone(), None)) };
        let metadata = self.discovered.metadata(issuer, self.deadline, || self.discover(issuer, on_event))?;
        let endpoint = metadata.endpoint(errand.with_certificate).clone();
        Ok((Request { endpoint, ..errand.request.clone() }, Some(metadata)))
    }

    /// Asks for a token. `again` allows to repeat a request that was answered.
    fn fetch(
        &self,
        request: &Request,
        metadata: Option<&Metadata>,
        strict: bool,
        again: bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        if let Some(metadata) = metadata {
            warn_of_metadata(request, metadata, on_event);
        }
        let post = request.to_post();
        let call = post.to_call();
        let mut redactor = self.redactor.clone();
        post.conceal(&mut redactor);
        // The lifetime counts from the start of the attempt that is answered.
        let started = Cell::new((self.clock)());
        let announce = |on_event: &mut dyn FnMut(Event<'_>)| {
            started.set((self.clock)());
            on_event(Event::Post(&post));
        };
        let judge = |reply: &Reply| {
            let answer = reply::parse(reply, &request.endpoint, &request.grant, started.get(), &redactor);
            let verdict = match &answer {
                Err(ResponseError::Unavailable { status, retry_after, .. }) if again && reply::is_passing(*status) => {
                    Verdict::Again { wait: *retry_after }
                }
                _ => Verdict::Final,
            };
            (answer, verdict)
        };
        let (answer, reply) = self.deliver(&call, announce, on_event, judge)?;
        let answer = answer.map_err(|response| {
            let known = Circumstances { request, metadata, now: (self.clock)(), server_clock: reply::date_of(&reply) };
            AcquireError::Response { hints: diagnosis::hints(&response, &known), response }
        })?;
        for deviation in &answer.deviations {
            on_event(Event::Deviation(deviation));
        }
        for note in answer.notes {
            on_event(Event::Note(note));
        }
        if strict && !answer.deviations.is_empty() {
            return Err(AcquireError::Deviations(answer.deviations));
        }
        if let Some(warning) = scope_difference(&request.scope, answer.token.scope.as_deref()) {
            on_event(Event::Warning(warning));
        }
        Ok(answer.token)
    }
}

/// Doubling, with a random half taken off so that many clients do not come back at the same moment.
pub(crate) fn backoff(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let full = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt.min(16)));
    // The keys of the standard library's hash maps are random; nothing here needs better chance than that.
    let chance = RandomState::new().hash_one(attempt) % 1024;
    full / 2 + (full / 2).mul_f64(f64::from(u32::try_from(chance).unwrap_or(0)) / 1024.0)
}

fn metadata_call(url: Url) -> Call {
    let headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Call { method: "GET".to_owned(), url, headers, body: None, repeatable: true }
}

/// Metadata may be out of date, so it only warns.
fn warn_of_metadata(request: &Request, metadata: &Metadata, on_event: &mut dyn FnMut(Event<'_>)) {
    let lists =
        |names: &Option<Vec<String>>, name: &str| names.as_ref().is_none_or(|names| names.iter().any(|n| n == name));
    let grant = request.grant.name();
    if !lists(&metadata.grant_types, grant) {
        on_event(Event::Warning(format!("the server's metadata does not list the {grant} grant")));
    }
    let method = request.client.method().name();
    if !lists(&metadata.auth_methods, method) {
        on_event(Event::Warning(format!("the server's metadata does not list auth method {method}")));
    }
}

/// RFC 6749 §3.3: a server that grants another scope than was asked for must say so; whoever runs a script should know.
fn scope_difference(requested: &[String], granted: Option<&[String]>) -> Option<String> {
    let granted = granted.filter(|_| !requested.is_empty())?;
    let without = |these: &[String], those: &[String]| {
        let those: BTreeSet<_> = those.iter().collect();
        these.iter().filter(|s| !those.contains(s)).cloned().collect::<Vec<_>>().join(" ")
    };
    let missing = without(requested, granted);
    let extra = without(granted, requested);
    let parts = [("not granted", missing), ("granted unasked", extra)];
    let parts: Vec<_> = parts.iter().filter(|(_, s)| !s.is_empty()).map(|(what, s)| format!("{what}: {s}")).collect();
    (!parts.is_empty()).then(|| format!("the granted scope differs from the requested one ({})", parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_vary_within_their_half() {
        for attempt in 0..5 {
            let full = FIRST_BACKOFF * 2_u32.pow(attempt);
            for _ in 0..50 {
                let wait = backoff(attempt);
                assert!(wait >= full / 2 && wait <= full, "{wait:?}");
            }
        }
        assert!(backoff(u32::MAX) < Duration::from_secs(86_400));
    }

    fn issuer(name: &str) -> Issuer {
        Issuer::parse(&format!("https://{name}")).unwrap()
    }

    fn metadata(scopes: usize) -> Metadata {
        Metadata {
            token_endpoint: Url::parse("https://idp.example.com/token").unwrap(),
            mtls_token_endpoint: None,
            auth_methods: None,
            grant_types: None,
            scopes: Some(vec!["s".repeat(scopes)]),
        }
    }

    fn failure() -> AcquireError {
        AcquireError::Transport(TransportError::EmptyAnswer)
    }

    #[test]
    fn no_issuer_waits_for_another_and_equal_ones_are_asked_once() {
        let discovered = Discovered::default();
        let deadline = Deadline::after(Duration::from_secs(60));
        let ask = |name: &str, answer: &dyn Fn() -> Result<Metadata, AcquireError>| {
            discovered.metadata(&issuer(name), deadline, answer)
        };
        let (begun, is_begun) = std::sync::mpsc::channel();
        let (end, may_end) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let slow = scope.spawn(|| {
                let may_end = may_end;
                let answer = || {
                    begun.send(()).unwrap();
                    may_end.recv().unwrap();
                    Ok(metadata(1))
                };
                discovered.metadata(&issuer("slow"), deadline, answer).is_ok()
            });
            is_begun.recv().unwrap();
            // While one issuer is asked, another one is, and is known at once.
            assert!(ask("quick", &|| Ok(metadata(1))).is_ok());
            assert!(ask("quick", &|| Err(failure())).is_ok());
            let same = scope.spawn(|| ask("slow", &|| Err(failure())).is_ok());
            let over = discovered.metadata(&issuer("slow"), Deadline::after(Duration::ZERO), || Err(failure()));
            assert!(over.is_err(), "who has no time left does not wait");
            end.send(()).unwrap();
            assert!(slow.join().unwrap() && same.join().unwrap());
        });
        assert!(discovered.known(&issuer("slow")).is_some());
    }

    #[test]
    fn who_waited_for_a_failure_asks_for_itself() {
        let discovered = Discovered::default();
        let deadline = Deadline::after(Duration::from_secs(60));
        let (begun, is_begun) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                let answer = || {
                    begun.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(50));
                    Err(failure())
                };
                discovered.metadata(&issuer("a"), deadline, answer).is_err()
            });
            is_begun.recv().unwrap();
            let ask = || discovered.metadata(&issuer("a"), deadline, || Ok(metadata(1))).is_ok();
            let others: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
            assert!(first.join().unwrap());
            assert!(others.into_iter().all(|other| other.join().unwrap()));
        });
        assert_eq!(discovered.issuers.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_is_known_of_issuers_is_bounded_in_number_and_size() {
        let discovered = Discovered::default();
        let learn = |name: String, size| {
            discovered.metadata(&issuer(&name), Deadline::after(Duration::ZERO), || Ok(metadata(size))).unwrap();
        };
        (0..1000).for_each(|n| learn(format!("i{n}"), 10));
        assert_eq!(discovered.issuers.lock().unwrap().len(), MOST_ISSUERS);
        (0..10).for_each(|n| learn(format!("large{n}"), MOST_METADATA / 3));
        assert_eq!(discovered.issuers.lock().unwrap().len(), 2);
        learn("larger".into(), MOST_METADATA * 2);
        assert_eq!(discovered.issuers.lock().unwrap().len(), 1);
    }

    #[track_caller]
    fn check(requested: &str, granted: Option<&str>, expected: Option<&str>) {
        let split = |text: &str| text.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let difference = scope_difference(&split(requested), granted.map(split).as_deref());
        let expected = expected.map(|e| format!("the granted scope differs from the requested one ({e})"));
        assert_eq!(difference, expected);
    }

    #[test]
    fn a_scope_is_compared_as_a_set() {
        check("a b", Some("b a"), None);
        check("a b", None, None);
        check("", Some("a"), None);
        check("a b", Some("a"), Some("not granted: b"));
        check("a", Some("a c"), Some("granted unasked: c"));
        check("a", Some(""), Some("not granted: a"));
    }
}
