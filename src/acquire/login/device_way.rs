//! The way by another device (RFC 8628): a code for a person, and asking again until it was entered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::browser_way::{confirmed, unmade};
use super::{LoginError, Person, Prompt};
use crate::acquire::{AcquireError, Event, Located, Means};
use crate::browser::open;
use crate::deadline::Deadline;
use crate::listener::{Came, Listener, Serving, Start, Terms};
use crate::oauth::login::authorize::{self, Fresh};
use crate::oauth::login::device::{self, Authorized, Poll, Polling};
use crate::oauth::reply;
use crate::oauth::{Endpoint, Grant, OAuthError, ProofKey, Request, Token, jwt};
use crate::problem::Problem;
use crate::secret::Secret;

/// What the token is asked for with once a person has entered a code.
pub struct Entered {
    /// What the server calls this login by.
    pub device_code: Secret,
    /// What proves that the same program asks for the token.
    pub verifier: Option<Secret>,
    /// How long to wait between two questions.
    pub interval: Duration,
    /// When it is over.
    pub until: Instant,
}

/// A browser that was opened, and whether somebody asked for the address a second time.
type Opened = (Serving, Arc<AtomicBool>);

impl Means<'_> {
    /// Has a person enter a code somewhere.
    pub(super) fn by_device(
        &self,
        request: &Request,
        person: &Person<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        let key = self.proof_key(request)?;
        self.at_place(request, on_event, |place, on_event| {
            let (authorized, verifier) = self.begin_device(request, place, on_event)?;
            let Authorized { user_code, verification_uri, verification_uri_complete, expires_in, .. } = &authorized;
            let now = (self.clock)();
            on_event(Event::Prompt(&Prompt::Device {
                verification_uri,
                complete: verification_uri_complete.as_deref(),
                user_code,
                is_drawn: person.draws_address,
                lasts: *expires_in,
                until: now.checked_add(*expires_in).unwrap_or(now),
            }));
            let address = verification_uri_complete.as_ref().unwrap_or(verification_uri);
            let start = self.open_here(address, person, on_event);
            let entered = Entered {
                device_code: authorized.device_code.clone(),
                verifier,
                interval: authorized.interval,
                until: Instant::now() + authorized.expires_in,
            };
            let (token, account) = self.poll(request, place, &entered, key.as_ref(), on_event)?;
            if start.is_some_and(|(_, is_twice)| is_twice.load(Ordering::Relaxed)) {
                on_event(Event::StartedTwice);
                confirmed(account.as_deref(), person)?;
            }
            Ok(token)
        })
    }

    /// Asks the server for a code.
    pub(super) fn begin_device(
        &self,
        request: &Request,
        place: &Located<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Authorized, Option<Secret>), AcquireError> {
        let fresh = Fresh::draw(request).map_err(unmade)?;
        on_event(Event::Secrets(&fresh));
        let at = self.needed(request, place, Endpoint::DeviceAuthorization)?;
        let fields = authorize::device_fields(request, &fresh);
        on_event(Event::Asking(&fields));
        let of = (Endpoint::DeviceAuthorization, &at);
        let authorized = self.post(request, place, of, &fields, on_event, device::read)?;
        on_event(Event::Secrets(&authorized));
        Ok((authorized, fresh.verifier))
    }

    /// Opens `address` in a browser, by a start address of this machine, where that is wanted.
    fn open_here(&self, address: &str, person: &Person<'_>, on_event: &mut dyn FnMut(Event<'_>)) -> Option<Opened> {
        if !person.opens_device {
            return None;
        }
        let listener = Listener::start_only().ok()?;
        let token = jwt::fresh_id().ok()?;
        let start = listener.start_address(&token);
        let openers = (person.openers)(&start);
        if openers.is_empty() {
            on_event(Event::NoBrowser("there is none to open here"));
            return None;
        }
        let start = Some(Start { token, location: address.to_owned() });
        let terms = Terms { is_answer: Box::new(|_| false), form_post: false, start };
        let (is_there, is_twice) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let came = {
            let (is_there, is_twice) = (Arc::clone(&is_there), Arc::clone(&is_twice));
            move |came| {
                is_there.fetch_or(matches!(came, Came::Started), Ordering::Relaxed);
                is_twice.fetch_or(matches!(came, Came::StartedAgain), Ordering::Relaxed);
            }
        };
        let serving = listener.serve(terms, Box::new(came)).ok()?;
        let _ = open(openers, person.withheld.clone(), move || is_there.load(Ordering::Relaxed), |_| {});
        Some((serving, is_twice))
    }

    /// Asks for the token until there is one, or will be none (RFC 8628 §3.4, §3.5).
    pub(super) fn poll(
        &self,
        request: &Request,
        place: &Located<'_>,
        entered: &Entered,
        key: Option<&ProofKey>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<String>), AcquireError> {
        let grant = Grant::device(&entered.device_code, entered.verifier.as_ref());
        let asking = Request { grant, ..request.clone() };
        let mut polling = Polling::new(entered.interval);
        let mut wait = polling.wait();
        let bare = place.without_metadata();
        for count in 1_u32.. {
            let left = entered.until.saturating_duration_since(Instant::now());
            std::thread::sleep(wait.min(left));
            if left.is_zero() {
                return Err(over(device::expired(&place.endpoint, None), None));
            }
            // Each has the time of a run: a person's time does not count.
            let means = Means { deadline: Deadline::after(self.deadline.budget()), retry: 0, ..*self };
            let mut answer = None;
            let outcome = means.fetch(&asking, &bare, false, key, &mut |event| {
                if let Event::Reply(reply) = event {
                    answer = Some(reply.clone());
                }
                match event {
                    // What is the same each time is told once.
                    Event::Moment(..) | Event::Reply(_) | Event::Failed(_) if count > 1 => {}
                    event => on_event(event),
                }
            });
            let error = match outcome {
                Ok(token) => {
                    let account = means.check(request, place, &token, None, on_event)?;
                    self.warn_of_end(request, place, &token, on_event);
                    return Ok((token, account));
                }
                Err(error) => error,
            };
            let why;
            (why, wait) = match (&error, &answer) {
                (AcquireError::Response { response, .. }, Some(reply)) => match polling.judge(response, reply) {
                    Poll::Again { wait, deviations } => {
                        deviations.iter().for_each(|deviation| on_event(Event::Deviation(deviation)));
                        if self.strict && !deviations.is_empty() {
                            return Err(AcquireError::Deviations(deviations));
                        }
                        let said = response.oauth().and_then(|oauth| oauth.error.clone());
                        (said.unwrap_or_else(|| format!("HTTP {}", response.status())), wait)
                    }
                    Poll::Expired => {
                        let oauth = response.oauth().cloned();
                        return Err(over(device::expired(&place.endpoint, Some(response)), oauth));
                    }
                    // A server that is away for a while has lost no login.
                    Poll::Over if reply::is_passing(response.status()) => {
                        (format!("HTTP {}", response.status()), polling.lost())
                    }
                    Poll::Over => return Err(error),
                },
                (AcquireError::Transport { error: lost, .. }, _)
                    if lost.is_retryable_connect() || lost.is_lost_before_the_answer() =>
                {
                    (lost.to_string(), polling.lost())
                }
                _ => return Err(error),
            };
            on_event(Event::Polled { count, why: &why, wait });
        }
        Err(over(device::expired(&place.endpoint, None), None))
    }
}

/// The end of a login with this code.
fn over(problem: Problem, oauth: Option<OAuthError>) -> AcquireError {
    LoginError::Answer { problem: Box::new(problem), oauth }.into()
}
