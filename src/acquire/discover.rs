//! Metadata of issuers: asked for once, without credentials, and remembered; kept from run to run where tokens are.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::attempt::{Repetition, Undelivered};
use super::{AcquireError, Event, Means, Message, MetadataEvent};
use crate::cache::KeptMetadata;
use crate::deadline::Deadline;
use crate::http::{TransportError, TransportKind};
use crate::oauth::discovery::{self, DiscoveryError, Issuer, Metadata};
use crate::oauth::reply;
use crate::oauth::request::USER_AGENT;
use crate::oauth::{Endpoint, diagnosis};
use crate::wire::{Call, Header, Reply, Url};

/// The metadata of so many issuers is remembered,
const MOST_ISSUERS: usize = 64;
/// of so many bytes together.
const MOST_METADATA: usize = 4 << 20;

/// Redirects followed for metadata, within the issuer's origin.
const MOST_REDIRECTS: usize = 3;

/// Metadata is kept for so long where its server does not say.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// Metadata, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    pub(super) metadata: Arc<Metadata>,
    /// An earlier run asked for it.
    pub(super) is_kept: bool,
}

/// Metadata that was learned in this run: an issuer is asked once, however many requests follow. No issuer waits for another.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The oldest first. Nothing is known yet of an issuer that is being asked.
    issuers: Mutex<Vec<(String, Option<Learned>)>>,
    /// An issuer has been asked.
    settled: Condvar,
}

impl Discovered {
    /// What is known of `issuer`.
    pub fn known(&self, issuer: &Issuer) -> Option<Arc<Metadata>> {
        let issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = issuers.iter().find(|(name, _)| name == issuer.as_str())?.1.as_ref();
        known.map(|learned| Arc::clone(&learned.metadata))
    }

    /// The metadata of `issuer`, by `ask` where it is not known yet. Who finds somebody asking waits for that, as long as
    /// there is time; where it fails, each of those who waited asks for itself, or the last would wait for all the others.
    pub(super) fn metadata(
        &self,
        issuer: &Issuer,
        deadline: Deadline,
        ask: impl FnOnce() -> Result<Learned, AcquireError>,
    ) -> Result<Learned, AcquireError> {
        let name = issuer.as_str();
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while let Some((_, known)) = issuers.iter().find(|(other, _)| other == name) {
            if let Some(learned) = known {
                return Ok(learned.clone());
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
        let learned = ask();
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        if !waited || learned.is_ok() {
            issuers.retain(|(other, _)| other != name);
        }
        if let Ok(learned) = &learned {
            issuers.push((name.to_owned(), Some(learned.clone())));
            forget_the_oldest(&mut issuers);
        }
        self.settled.notify_all();
        learned
    }

    /// Forgets what is known of `issuer` if an earlier run asked for it.
    fn forget_kept(&self, issuer: &Issuer) {
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        issuers
            .retain(|(name, known)| name != issuer.as_str() || !matches!(known, Some(Learned { is_kept: true, .. })));
    }
}

/// Keeps what is remembered within its bounds. What was learned last stays, and so does that somebody is asking.
fn forget_the_oldest(issuers: &mut Vec<(String, Option<Learned>)>) {
    let (mut count, mut bytes) = (0, 0);
    for index in (0..issuers.len()).rev() {
        let Some((name, Some(Learned { metadata, .. }))) = issuers.get(index) else { continue };
        count += 1;
        bytes += name.len() + metadata.size();
        if count > 1 && (count > MOST_ISSUERS || bytes > MOST_METADATA) {
            issuers.remove(index);
        }
    }
}

impl Means<'_> {
    /// The metadata of `issuer`: what this run knows, what an earlier one kept, or what the issuer says now. Where it does not
    /// name all that is `wanted`, the other place is asked as well.
    pub(super) fn metadata_of(
        &self,
        issuer: &Issuer,
        wanted: &[Endpoint],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Learned, AcquireError> {
        self.discovered.metadata(issuer, self.deadline, || {
            let kept = self.kept_metadata(issuer, on_event).filter(|metadata| metadata.has(wanted));
            let (metadata, is_kept) = match kept {
                Some(metadata) => (metadata, true),
                None => (self.discover(issuer, wanted, on_event)?, false),
            };
            Ok(Learned { metadata: Arc::new(metadata), is_kept })
        })
    }

    /// What `issuer` says of itself, which names all that is `wanted` if one of its documents does.
    ///
    /// # Errors
    /// No document that can be used.
    pub fn metadata_for(
        &self,
        issuer: &Issuer,
        wanted: &[Endpoint],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Arc<Metadata>, AcquireError> {
        Ok(self.metadata_of(issuer, wanted, on_event)?.metadata)
    }

    fn kept_metadata(&self, issuer: &Issuer, on_event: &mut dyn FnMut(Event<'_>)) -> Option<Metadata> {
        let KeptMetadata { body, age } = self.metadata?.look((self.clock)())?;
        let metadata = discovery::parse(issuer, &body).ok()?;
        on_event(Event::Metadata(MetadataEvent::Used { age }));
        on_event(Event::Discovered(&metadata));
        Some(metadata)
    }

    /// Keeps the metadata in `reply` as long as it may be, for runs to come.
    fn keep_metadata(&self, reply: &Reply, on_event: &mut dyn FnMut(Event<'_>)) {
        let Some(slot) = self.metadata else { return };
        let lifetime = reply::fresh_for(reply).unwrap_or(KEPT_FOR);
        if !lifetime.is_zero()
            && let Err(trouble) = slot.keep(&reply.body, (self.clock)(), lifetime)
        {
            on_event(Event::Metadata(MetadataEvent::NotKept(&trouble)));
        }
    }

    /// Forgets kept metadata, here and for runs to come.
    pub(super) fn forget_metadata(&self, issuer: &Issuer, on_event: &mut dyn FnMut(Event<'_>)) {
        self.discovered.forget_kept(issuer);
        match self.metadata.map_or(Ok(false), |slot| slot.forget()) {
            Ok(_) => on_event(Event::Metadata(MetadataEvent::Forgotten)),
            Err(trouble) => on_event(Event::Metadata(MetadataEvent::NotForgotten(&trouble))),
        }
    }

    /// Asks `issuer`'s well-known places for its metadata. No credentials go there.
    pub(super) fn discover(
        &self,
        issuer: &Issuer,
        wanted: &[Endpoint],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Metadata, AcquireError> {
        let mut missed = Missed::default();
        // What the first place said, where it lacks something that the second may name.
        let mut found: Option<Metadata> = None;
        for place in discovery::locations(issuer) {
            let Arrival { place, came } = self.arrive(place, on_event)?;
            let reply = match came {
                Came::Document(reply) => reply,
                Came::Lost(..) if found.is_some() => continue,
                other => {
                    missed.note(place, other)?;
                    continue;
                }
            };
            match discovery::parse_beside(found.as_ref(), issuer, &reply.body) {
                Ok(metadata) => {
                    let bends = reply::bends_of_http(&reply);
                    self.tolerate(bends, on_event)?;
                    let metadata = match found.take() {
                        Some(first) => first.with_endpoints_of(metadata),
                        None => {
                            self.keep_metadata(&reply, on_event);
                            metadata
                        }
                    };
                    if metadata.has(wanted) {
                        on_event(Event::Discovered(&metadata));
                        return Ok(metadata);
                    }
                    found = Some(metadata);
                }
                Err(_) if found.is_some() => {}
                Err(error) => missed.note_unfit(issuer, place, &reply, error)?,
            }
        }
        match found {
            Some(metadata) => {
                on_event(Event::Discovered(&metadata));
                Ok(metadata)
            }
            None => Err(missed.error(issuer)),
        }
    }

    /// Asks a place for metadata, and where that redirects to as long as it stays within the origin.
    pub(super) fn arrive(
        &self,
        mut place: String,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Arrival, AcquireError> {
        let mut redirects = 0;
        let came = loop {
            let url = match Url::parse(&place) {
                Ok(url) => url,
                Err(error) => break Came::Nothing { status: None, why: error.to_string() },
            };
            let make = |_: &mut dyn FnMut(Event<'_>)| Ok(Message::Get(metadata_call(url.clone())));
            let judge = |reply: &Reply| {
                let repetition = if reply::is_passing(reply.status) {
                    Repetition::Again { wait: reply::retry_after(reply, (self.clock)()) }
                } else {
                    Repetition::Final
                };
                ((), repetition)
            };
            let reply = match self.deliver(&url, &make, on_event, judge) {
                Ok(((), reply)) => reply,
                // Something is there, and no document: the other place may hold one.
                Err(Undelivered::Transport(error)) if error.kind() == TransportKind::BadReply => {
                    break Came::Nothing { status: None, why: error.to_string() };
                }
                Err(Undelivered::Transport(error)) => break Came::Lost(url, error),
                Err(Undelivered::Unmade(problem)) => return Err(AcquireError::Unmade(Box::new(problem))),
            };
            let status = reply.status;
            let why = match status {
                200 => break Came::Document(reply),
                300..400 => match reply::redirect_target(&url, &reply) {
                    Some(target) if redirects < MOST_REDIRECTS && target.origin() == url.origin() => {
                        redirects += 1;
                        place = target.as_str().to_owned();
                        continue;
                    }
                    Some(target) if target.origin() == url.origin() => {
                        format!("more than {MOST_REDIRECTS} redirects")
                    }
                    Some(target) => format!("it redirects to another origin, {}", target.without_query()),
                    None => "it redirects to nowhere usable".into(),
                },
                status => format!("HTTP {status}"),
            };
            break Came::Nothing { status: Some(status), why };
        };
        Ok(Arrival { place, came })
    }
}

/// What came of asking a place for metadata.
pub(super) struct Arrival {
    /// Where it ended.
    pub(super) place: String,
    pub(super) came: Came,
}

pub(super) enum Came {
    /// A 200, which may be a document.
    Document(Reply),
    /// No document is there: the status, where an answer came, and what there is.
    Nothing { status: Option<u16>, why: String },
    /// It was not reached.
    Lost(Url, TransportError),
}

/// Why there is no metadata, as far as is known.
#[derive(Default)]
pub(super) struct Missed {
    /// Each place and what was there.
    places: Vec<(String, String)>,
    /// A server was there but not able to answer.
    unavailable: bool,
}

impl Missed {
    /// Takes on what came from `place` instead of a document.
    ///
    /// # Errors
    /// What ends the search.
    pub(super) fn note(&mut self, place: String, came: Came) -> Result<(), AcquireError> {
        match came {
            Came::Document(_) => {}
            Came::Nothing { status, why } => {
                self.unavailable |= status.is_some_and(reply::is_unavailable);
                self.places.push((place, why));
            }
            Came::Lost(server, error) => return Err(AcquireError::Transport { server, error, once: None }),
        }
        Ok(())
    }

    /// The same of a 200 that is no document of `issuer`.
    ///
    /// # Errors
    /// A document that must not be used.
    pub(super) fn note_unfit(
        &mut self,
        issuer: &Issuer,
        place: String,
        reply: &Reply,
        error: DiscoveryError,
    ) -> Result<(), AcquireError> {
        if !error.is_no_document() {
            let hints = diagnosis::of_metadata(issuer, &error);
            return Err(AcquireError::Metadata { url: place, error, hints });
        }
        let why = match &reply.undecoded {
            Some(why) => format!("its Content-Encoding cannot be undone: {why}"),
            None => error.to_string(),
        };
        self.places.push((place, why));
        Ok(())
    }

    /// What is told where nothing was found.
    pub(super) fn error(self, issuer: &Issuer) -> AcquireError {
        let Self { places, unavailable } = self;
        AcquireError::NoMetadata { issuer: issuer.as_str().to_owned(), places, unavailable }
    }
}

pub(super) fn metadata_call(url: Url) -> Call {
    let headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)];
    let headers = headers.into_iter().map(|(name, value)| Header::new(name, value)).collect();
    Call { method: "GET".to_owned(), url, headers, body: None, repeatable: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(name: &str) -> Issuer {
        Issuer::parse(&format!("https://{name}")).unwrap()
    }

    fn metadata(scopes: usize) -> Learned {
        let endpoint = Url::parse("https://idp.example.com/token").unwrap();
        let metadata = Metadata { scopes: Some(vec!["s".repeat(scopes)]), ..Metadata::of(endpoint) };
        Learned { metadata: Arc::new(metadata), is_kept: false }
    }

    fn failure() -> AcquireError {
        AcquireError::Transport { server: issuer("a").url().clone(), error: TransportError::EmptyAnswer, once: None }
    }

    #[test]
    fn no_issuer_waits_for_another_and_equal_ones_are_asked_once() {
        let discovered = Discovered::default();
        let deadline = Deadline::after(Duration::from_secs(60));
        let ask = |name: &str, answer: &dyn Fn() -> Result<Learned, AcquireError>| {
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
}
