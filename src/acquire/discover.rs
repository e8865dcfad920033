//! Metadata of issuers: asked for once, without credentials, and remembered.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::attempt::Repetition;
use super::{AcquireError, Event, Means};
use crate::deadline::Deadline;
use crate::http::TransportKind;
use crate::oauth::discovery::{self, Issuer, Metadata};
use crate::oauth::reply;
use crate::oauth::request::USER_AGENT;
use crate::secret::Secret;
use crate::wire::{Call, Reply, Url};

/// The metadata of so many issuers is remembered,
const MOST_ISSUERS: usize = 64;
/// of so many bytes together.
const MOST_METADATA: usize = 4 << 20;

/// Redirects followed for metadata, within the issuer's origin.
const MOST_REDIRECTS: usize = 3;

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
    pub(super) fn metadata(
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

impl Means<'_> {
    /// Asks `issuer`'s well-known places for its metadata. No credentials go there.
    pub(super) fn discover(
        &self,
        issuer: &Issuer,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Metadata, AcquireError> {
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
                let make = |on_event: &mut dyn FnMut(Event<'_>)| {
                    let call = metadata_call(url.clone());
                    on_event(Event::Get(&call));
                    call
                };
                let judge = |reply: &Reply| {
                    let repetition = if reply::is_passing(reply.status) {
                        Repetition::Again { wait: reply::retry_after(reply, (self.clock)()) }
                    } else {
                        Repetition::Final
                    };
                    ((), repetition)
                };
                let reply = match self.deliver(&url, make, on_event, judge) {
                    Ok(((), reply)) => reply,
                    // Something is there, and no document: the other place may hold one.
                    Err(error) if error.kind() == TransportKind::BadReply => {
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
}

fn metadata_call(url: Url) -> Call {
    let headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Call { method: "GET".to_owned(), url, headers, body: None, repeatable: true }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::TransportError;

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
}
