//! The way by another device (RFC 8628): a code for a person, and asking again until it was entered.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::browser_way::{confirmed, unmade};
use super::{LoginError, Person, Prompt};
use crate::acquire::ask::To;
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

/// What may happen to a browser while a person is waited for.
enum Word {
    /// Somebody asked for the address a second time.
    StartedAgain,
    /// It could not be opened, for this reason.
    Unopened(String),
}

/// A browser that is opened, and what is heard of it.
pub(super) struct Opened {
    _serving: Serving,
    words: Receiver<Word>,
    started_twice: bool,
}

impl Opened {
    /// Tells what is heard for so long. Each [`Word`] comes once at most, so that nobody can delay what is to be done then.
    fn listen(&mut self, wait: Duration, on_event: &mut dyn FnMut(Event<'_>)) {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.words.recv_timeout(left) {
                Ok(Word::StartedAgain) => {
                    self.started_twice = true;
                    on_event(Event::StartedTwice);
                }
                Ok(Word::Unopened(why)) => on_event(Event::NoBrowser(&why)),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => return std::thread::sleep(left),
            }
        }
    }
}

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
            let mut opened = match person.opens_device.then(|| open_here(address, person)).transpose() {
                Ok(opened) => opened,
                Err(why) => {
                    on_event(Event::NoBrowser(&why));
                    None
                }
            };
            let entered = Entered {
                device_code: authorized.device_code.clone(),
                verifier,
                interval: authorized.interval,
                until: Instant::now() + authorized.expires_in,
            };
            let (token, account) = self.poll(request, place, &entered, key.as_ref(), opened.as_mut(), on_event)?;
            if let Some(opened) = &mut opened {
                opened.listen(Duration::ZERO, on_event);
            }
            if opened.is_some_and(|opened| opened.started_twice) {
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
        let to = To::new(Endpoint::DeviceAuthorization, &at, &fields);
        let authorized = self.post(request, place, &to, on_event, device::read)?;
        on_event(Event::Secrets(&authorized));
        Ok((authorized, fresh.verifier))
    }

    /// Asks for the token until there is one, or will be none (RFC 8628 §3.4, §3.5).
    pub(super) fn poll(
        &self,
        request: &Request,
        place: &Located<'_>,
        entered: &Entered,
        key: Option<&ProofKey>,
        mut opened: Option<&mut Opened>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<String>), AcquireError> {
        let grant = Grant::device(&entered.device_code, entered.verifier.as_ref());
        let asking = Request { grant, ..request.clone() };
        let mut polling = Polling::new(entered.interval);
        let mut wait = polling.wait();
        let bare = place.without_metadata();
        for count in 1_u32.. {
            let left = entered.until.saturating_duration_since(Instant::now());
            match &mut opened {
                Some(opened) => opened.listen(wait.min(left), on_event),
                None => std::thread::sleep(wait.min(left)),
            }
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
                    Event::Moment(..) | Event::Reply(_) | Event::Failed(_) if count > 1 => {
                        on_event(Event::Repeated(&event));
                    }
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
                        self.tolerate(deviations, on_event)?;
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

/// Opens `address` in a browser, by a start address of this machine. Gives why that cannot be.
fn open_here(address: &str, person: &Person<'_>) -> Result<Opened, String> {
    let listener = Listener::start_only().map_err(|error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })?;
    let token = jwt::fresh_id().map_err(|error| error.to_string())?;
    let openers = (person.openers)(&listener.start_address(&token));
    if openers.is_empty() {
        return Err("there is none to open here".to_owned());
    }
    let start = Some(Start { token, location: address.to_owned() });
    let terms = Terms { is_answer: Box::new(|_| false), form_post: false, start };
    let (sender, words) = channel();
    let is_there = Arc::new(AtomicBool::new(false));
    let came = {
        let (sender, is_there) = (sender.clone(), Arc::clone(&is_there));
        move |came| match came {
            Came::Started => is_there.store(true, Ordering::Relaxed),
            Came::StartedAgain => drop(sender.send(Word::StartedAgain)),
            _ => {}
        }
    };
    let serving = listener.serve(terms, Box::new(came)).map_err(|error| error.to_string())?;
    let unopened = move |why| drop(sender.send(Word::Unopened(why)));
    open(openers, person.withheld.clone(), move || is_there.load(Ordering::Relaxed), unopened)
        .map_err(|error| error.to_string())?;
    Ok(Opened { _serving: serving, words, started_twice: false })
}

/// The end of a login with this code.
fn over(problem: Problem, oauth: Option<OAuthError>) -> AcquireError {
    LoginError::Answer { problem: Box::new(problem), oauth }.into()
}
