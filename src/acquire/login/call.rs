//! Asking an endpoint that is not the one for tokens, as the same client.

use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use crate::acquire::attempt::{Repetition, Undelivered};
use crate::acquire::{AcquireError, Event, Located, Means, Message};
use crate::oauth::diagnosis::{self, Circumstances};
use crate::oauth::post::Statement;
use crate::oauth::reply::{self, Asked, Deviation, ResponseError};
use crate::oauth::{Attempt, Endpoint, Field, Request};
use crate::problem;
use crate::secret::Redactor;
use crate::secret::redact::Conceal as _;
use crate::wire::{Reply, Url};

/// What is asked of an endpoint, and what is known of the last attempt.
struct Posting<'a> {
    request: &'a Request,
    place: &'a Located<'a>,
    of: Endpoint,
    url: &'a Url,
    fields: &'a [Field],
    /// It knows what was sent.
    redactor: RefCell<Redactor>,
    statements: RefCell<Vec<Statement>>,
    started: Cell<SystemTime>,
}

impl Means<'_> {
    /// Posts `fields` to `url` with the client's proof, again where that can help, and gives what `read` makes of the answer.
    pub(super) fn post<T>(
        &self,
        request: &Request,
        place: &Located<'_>,
        (of, url): (Endpoint, &Url),
        fields: &[Field],
        on_event: &mut dyn FnMut(Event<'_>),
        read: impl Fn(&Reply, &Asked<'_>) -> Result<(T, Vec<Deviation>), ResponseError>,
    ) -> Result<T, AcquireError> {
        let posting = Posting {
            request,
            place,
            of,
            url,
            fields,
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
        let Posting { request, place, url, fields, redactor, statements, started, .. } = posting;
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
        let post = request.post_to(url, fields.to_vec(), &attempt, true);
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
        let Posting { request, place, of, url, .. } = *posting;
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
        let message = response.told_of(request, Some(url), Some(of));
        AcquireError::Response { message, hints: diagnosis::hints(&response, &known), asked: None, response }
    }
}
