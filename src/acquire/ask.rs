//! Asking an endpoint that is not the one for tokens, as the same client, or by a token alone.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use super::attempt::{Repetition, Undelivered};
use super::{AcquireError, Event, Located, LoginError, Means, Message};
use crate::oauth::assertion::Audience;
use crate::oauth::diagnosis::{self, Circumstances, Denial, Refused};
use crate::oauth::login::Way;
use crate::oauth::post::Statement;
use crate::oauth::reply::{self, Asked, Deviation, ResponseError};
use crate::oauth::{Attempt, Endpoint, Field, Request, Server};
use crate::problem;
use crate::secret::redact::Conceal as _;
use crate::secret::{Redactor, Secret};
use crate::wire::{Reply, Url};

/// What goes where.
#[derive(Clone, Copy)]
pub(super) struct To<'a> {
    pub(super) of: Endpoint,
    pub(super) url: &'a Url,
    pub(super) fields: &'a [Field],
    /// What says who asks, instead of the client.
    pub(super) bearer: Option<&'a Secret>,
    /// What the answer is to be, if not JSON.
    pub(super) accept: Option<&'static str>,
}

impl<'a> To<'a> {
    /// These fields, as the client.
    pub(super) fn new(of: Endpoint, url: &'a Url, fields: &'a [Field]) -> Self {
        Self { of, url, fields, bearer: None, accept: None }
    }
}

/// What is asked of an endpoint, and what is known of the last attempt.
struct Posting<'a> {
    request: &'a Request,
    place: &'a Located<'a>,
    to: &'a To<'a>,
    /// It knows what was sent.
    redactor: RefCell<Redactor>,
    statements: RefCell<Vec<Statement>>,
    started: Cell<SystemTime>,
}

impl Means<'_> {
    /// Where something beside tokens is asked for: what is given goes before what metadata says.
    pub(super) fn endpoint(
        &self,
        request: &Request,
        place: &Located<'_>,
        of: Endpoint,
    ) -> Result<Option<Url>, AcquireError> {
        if let Some(given) = request.endpoints.get(of) {
            return Ok(Some(given.clone()));
        }
        let Some(metadata) = place.metadata() else { return Ok(None) };
        let named = metadata.endpoint_of(of, self.with_certificate);
        named.map(Option::<&Url>::cloned).map_err(|error| AcquireError::Metadata {
            url: metadata.issuer.clone(),
            error,
            hints: Vec::new(),
        })
    }

    /// The issuer that answers and ID tokens must bear, where one is known.
    pub(super) fn issuer<'a>(&self, request: &'a Request, place: &'a Located<'_>) -> Option<&'a str> {
        match (&request.server, place.metadata()) {
            (_, Some(metadata)) => Some(&metadata.issuer),
            (Server::Issuer(issuer), None) => Some(issuer.as_str()),
            (Server::Endpoint(_), None) => None,
        }
    }

    /// Where something beside tokens is asked for, which is needed.
    pub(super) fn needed(&self, request: &Request, place: &Located<'_>, of: Endpoint) -> Result<Url, AcquireError> {
        self.endpoint(request, place, of)?.ok_or_else(|| {
            let server = request.server.url().without_query().to_owned();
            let other = match of {
                Endpoint::Authorization => Some(Way::Device),
                Endpoint::DeviceAuthorization => Some(Way::Browser),
                _ => None,
            };
            let is_there = |way: &Way| self.endpoint(request, place, way.endpoint()).is_ok_and(|url| url.is_some());
            LoginError::NoEndpoint { server, endpoint: of, other: other.filter(is_there) }.into()
        })
    }

    /// Where these endpoints are, as far as they are given or metadata says.
    pub(super) fn place_for<'r>(
        &self,
        request: &'r Request,
        wanted: &[Endpoint],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Located<'r>, AcquireError> {
        let missing: Vec<_> = wanted.iter().copied().filter(|of| request.endpoints.get(*of).is_none()).collect();
        // Metadata has nothing to add where they are given, unless assertions are for the endpoint that it names.
        let is_known = missing.is_empty()
            && request.assertion.as_ref().is_none_or(|made| made.terms.audience != Audience::TokenEndpoint);
        match &request.server {
            Server::Issuer(issuer) if !is_known => {
                let learned = self.metadata_of(issuer, &missing, on_event)?;
                let endpoint = Cow::Owned(learned.metadata.endpoint(self.with_certificate).clone());
                Ok(Located { endpoint, metadata: Some(learned) })
            }
            server => Ok(Located { endpoint: Cow::Borrowed(server.url()), metadata: None }),
        }
    }

    /// Posts it, again where that can help, and gives what `read` makes of the answer.
    pub(super) fn post<T>(
        &self,
        request: &Request,
        place: &Located<'_>,
        to: &To<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
        read: impl Fn(&Reply, &Asked<'_>) -> Result<(T, Vec<Deviation>), ResponseError>,
    ) -> Result<T, AcquireError> {
        let url = to.url;
        let posting = Posting {
            request,
            place,
            to,
            redactor: RefCell::new(self.redactor.clone()),
            statements: RefCell::default(),
            started: Cell::new((self.clock)()),
        };
        let judge = |reply: &Reply| {
            let asked =
                Asked { endpoint: Some(url), started: posting.started.get(), redactor: &posting.redactor.borrow() };
            let answer = read(reply, &asked);
            let repetition = match &answer {
                Ok(_) => Repetition::Done,
                Err(ResponseError::Unavailable { status, retry_after, .. }) if reply::is_passing(*status) => {
                    Repetition::Again { wait: *retry_after }
                }
                Err(_) => Repetition::Final,
            };
            (answer, repetition)
        };
        let answer = self.deliver(url, &|on_event| self.message(&posting, on_event), on_event, judge);
        let (answer, reply) = answer.map_err(|error| match error {
            Undelivered::Transport(error) => AcquireError::Transport { server: url.clone(), error, once: None },
            Undelivered::Unmade(problem) => AcquireError::Unmade(Box::new(problem)),
        })?;
        let (value, deviations) = answer.map_err(|response| self.told(&posting, &reply, response, on_event))?;
        self.tolerate(reply::bends_of_http(&reply).into_iter().chain(deviations).collect(), on_event)?;
        Ok(value)
    }

    /// What goes out in one attempt.
    fn message(&self, posting: &Posting<'_>, on_event: &mut dyn FnMut(Event<'_>)) -> problem::Result<Message> {
        let Posting { request, place, to, redactor, statements, started } = posting;
        let material = self.material;
        let tokens = (material.tokens)(on_event)?;
        started.set((self.clock)());
        let (now, dated) = (started.get(), material.signing_time(started.get()));
        let audience = request.server.audience();
        // Whom the client's assertion is for is the same wherever it goes (RFC 9126 §2).
        let endpoint = &*place.endpoint;
        let mut attempt = Attempt { endpoint, audience, now, dated, tokens: &tokens, assertion: None, proof: None };
        let assertion = material.assertion(request, &attempt)?;
        attempt.assertion = assertion.as_ref();
        let post = request.post_to(to.url, to.fields.to_vec(), &attempt, true).with(to.bearer, to.accept);
        post.conceal(&mut redactor.borrow_mut());
        statements.borrow_mut().clone_from(&post.statements);
        Ok(Message::Post(post))
    }

    /// What is told of an answer that is not what was asked for.
    fn told(
        &self,
        posting: &Posting<'_>,
        reply: &Reply,
        response: ResponseError,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> AcquireError {
        let Posting { request, place, to: &To { of, url, bearer, .. }, .. } = *posting;
        reply::bends_of_http(reply).iter().for_each(|bend| on_event(Event::Deviation(bend)));
        let shown = self.pool.shown_certificates();
        let statements = posting.statements.borrow();
        let known = Circumstances {
            request,
            endpoint: Some(url),
            of: Some(of),
            metadata: place.metadata(),
            now: (self.clock)(),
            server_clock: reply::date_of(reply),
            sent: self.material.sent(&statements, None, &shown),
        };
        let (message, hints) = match (bearer, &response) {
            (Some(token), ResponseError::Refused { status, .. }) => {
                let message =
                    format!("{} refused the token that was to say who asks (HTTP {status})", url.without_query());
                let denial = Denial::read(&reply.headers, &posting.redactor.borrow());
                let (expires_at, now) = (None, known.now);
                let refused = Refused { request: None, token, expires_at, is_bound: false, url, now };
                (message, denial.hints(*status, &refused))
            }
            _ => (response.told_of(request, Some(url), Some(of)), diagnosis::hints(&response, &known)),
        };
        AcquireError::Response { message, hints, asked: None, response }
    }
}
