//! A login in two steps, for whom no process can wait: what is asked first, and what goes on with the answer.

use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use super::browser_way::{Begun, UnderWay};
use super::{Entered, LoginError, Person};
use crate::acquire::{AcquireError, Event, Means};
use crate::cache::Pending;
use crate::cache::pending::Claim;
use crate::crypto::Digest;
use crate::listener::Listener;
use crate::oauth::login::authorize::Fresh;
use crate::oauth::login::callback::{self, Expected, Pasted};
use crate::oauth::login::device::Authorized;
use crate::oauth::login::{Login, Redirect, Way};
use crate::oauth::{ProofKey, Request, Token};
use crate::problem::{Class, Problem};
use crate::secret::Secret;
use crate::secret::redact::Conceal as _;

/// What the person is to do.
pub enum ToDo {
    /// Open this address.
    Open(String),
    /// Enter a code.
    Enter(Authorized),
}

/// A login that was begun in another run.
pub struct Finishing {
    /// What is known of it.
    pub claim: Box<Claim>,
    /// The address where the browser ended; nothing where a code was entered.
    pub answer: Option<Zeroizing<String>>,
}

impl Means<'_> {
    /// Asks for a login that another run finishes with the same `settings`. Nobody listens and no browser is opened.
    ///
    /// # Errors
    /// [`AcquireError`]
    pub fn begin_login(
        &self,
        request: &Request,
        settings: Digest,
        patience: Duration,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Pending, ToDo), AcquireError> {
        let key = self.proof_key(request)?;
        let now = (self.clock)();
        self.at_place(request, on_event, |place, on_event| {
            let blank = Pending {
                way: Way::Browser,
                state: None,
                nonce: None,
                verifier: None,
                redirect_uri: String::new(),
                device_code: None,
                interval: Duration::ZERO,
                expires_at: now,
                issuer: self.issuer(request, place).map(str::to_owned),
                must_name_issuer: place.metadata().is_some_and(|metadata| metadata.answers_name_issuer),
                proof_key: key.as_ref().and_then(ProofKey::kept),
                settings,
            };
            if request.grant.kind.person == Some(Way::Device) {
                let (authorized, verifier) = self.begin_device(request, place, on_event)?;
                let pending = Pending {
                    way: Way::Device,
                    verifier,
                    device_code: Some(authorized.device_code.clone()),
                    interval: authorized.interval,
                    expires_at: now.checked_add(authorized.expires_in).unwrap_or(now),
                    ..blank
                };
                return Ok((pending, ToDo::Enter(authorized)));
            }
            let redirect_uri = request.login.as_deref().map(first_redirect).transpose()?.unwrap_or_default();
            let begun = self.begin(request, place, redirect_uri, key.as_ref(), patience, on_event)?;
            let Fresh { state, nonce, verifier } = begun.fresh;
            let pending = Pending {
                state: Some(state),
                nonce,
                verifier,
                redirect_uri: begun.redirect_uri,
                expires_at: begun.until,
                ..blank
            };
            Ok((pending, ToDo::Open(begun.url)))
        })
    }

    /// Goes on with it. What was begun is used up as soon as something of it goes out, or the server has said no.
    pub(super) fn finish_login(
        &self,
        request: &Request,
        person: &Person<'_>,
        Finishing { claim, answer }: &Finishing,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        let pending = &claim.pending;
        let alg = request.dpop.as_ref().and_then(|dpop| dpop.alg);
        let key = match pending.proof_key.as_ref().and_then(|key| ProofKey::from_kept(key, alg)) {
            Some(key) => Some(key),
            None => self.proof_key(request)?,
        };
        let spend = || claim.spend().map_err(|trouble| AcquireError::Unmade(Box::new(trouble.into())));
        let state = pending.state.clone().unwrap_or_else(|| Secret::new(""));
        let fresh = Fresh { state, nonce: pending.nonce.clone(), verifier: pending.verifier.clone() };
        on_event(Event::Secrets(&fresh));
        self.at_place(request, on_event, |place, on_event| {
            let (Some(answer), Way::Browser) = (answer, pending.way) else {
                let device_code = pending.device_code.clone().unwrap_or_else(|| Secret::new(""));
                let left = pending.expires_at.duration_since((self.clock)()).unwrap_or_default();
                let (verifier, interval) = (pending.verifier.clone(), pending.interval);
                let entered = Entered { device_code, verifier, interval, until: Instant::now() + left };
                let outcome = self.poll(request, place, &entered, key.as_ref(), None, on_event);
                return spend().and(outcome).map(|(token, _)| token);
            };
            let redirect = Redirect::parse(&pending.redirect_uri).unwrap_or_default();
            let answer = match callback::pasted(answer, &redirect, &pending.redirect_uri) {
                Ok(Pasted::Answer(query)) if !callback::is_ours(&query, &fresh.state) => {
                    return Err(wrong("it is not the answer to this login"));
                }
                Ok(answer) => answer,
                Err(why) => return Err(wrong(&why.to_string())),
            };
            let mut redactor = self.redactor.clone();
            fresh.conceal(&mut redactor);
            let expected = Expected {
                state: &fresh.state,
                issuer: pending.issuer.as_deref(),
                must_name_issuer: pending.must_name_issuer,
                redactor: &redactor,
            };
            let begun = Begun {
                url: String::new(),
                fresh: fresh.clone(),
                redirect_uri: pending.redirect_uri.clone(),
                lasts: Duration::ZERO,
                until: SystemTime::UNIX_EPOCH,
                is_pushed: false,
            };
            let way = UnderWay { request, place, begun: &begun, key: key.as_ref(), person };
            let code = match self.code_of(&way, answer, &expected, false, on_event) {
                Err(AcquireError::Login(error)) if matches!(&*error, LoginError::Answer { oauth: Some(_), .. }) => {
                    spend()?;
                    return Err(AcquireError::Login(error));
                }
                code => code?,
            };
            spend()?;
            self.trade(&way, &code, false, on_event).map(|(token, _)| token)
        })
    }
}

/// An address that is not where the browser ended.
fn wrong(why: &str) -> AcquireError {
    let problem = Problem::in_words(Class::BadResponse, format!("the login is not finished: {why}"))
        .hint("nothing was sent: give the whole address where the browser ended to oauth2tok login --finish once more");
    LoginError::Answer { problem: Box::new(problem), oauth: None }.into()
}

/// The first redirect as it is sent; one without a port gets a random one.
fn first_redirect(login: &Login) -> Result<String, AcquireError> {
    let redirect = login.redirects.first().cloned().unwrap_or_default();
    if !redirect.is_listened() || redirect.port().is_some() {
        return Ok(redirect.as_str().to_owned());
    }
    let free = Listener::start_only().map_err(|source| {
        let redirect_uri = redirect.as_str().to_owned();
        AcquireError::from(LoginError::Bind { redirect_uri, source })
    })?;
    Ok(redirect.at_port(free.port()))
}
