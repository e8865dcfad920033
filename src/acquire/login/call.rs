//! Asking an endpoint that is not the one for tokens, as the same client.

use std::cell::{Cell, RefCell};

use crate::acquire::attempt::{Repetition, Undelivered};
use crate::acquire::{AcquireError, Event, Located, Means, Message};
use crate::oauth::diagnosis::{self, Circumstances};
use crate::oauth::reply::{self, Asked, Deviation, ResponseError};
use crate::oauth::{Attempt, Endpoint, Field, Request};
use crate::secret::redact::Conceal as _;
use crate::wire::{Reply, Url};

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
        let material = self.material;
        let redactor = RefCell::new(self.redactor.clone());
        let statements = RefCell::new(Vec::new());
        let started = Cell::new((self.clock)());
        let make = |on_event: &mut dyn FnMut(Event<'_>)| {
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
        };
        let judge = |reply: &Reply| {
            let asked = Asked { endpoint: url, started: started.get(), redactor: &redactor.borrow() };
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
        let (answer, reply) = self.deliver(url, make, on_event, judge).map_err(|error| match error {
            Undelivered::Transport(error) => AcquireError::Transport { server: url.clone(), error, once: None },
            Undelivered::Unmade(problem) => AcquireError::Unmade(Box::new(problem)),
        })?;
        let bends = reply::bends_of_http(&reply);
        if answer.is_err() {
            bends.iter().for_each(|bend| on_event(Event::Deviation(bend)));
        }
        let (value, deviations) = answer.map_err(|response| {
            let shown = self.pool.shown_certificates();
            let statements = statements.borrow();
            let (now, server_clock) = ((self.clock)(), reply::date_of(&reply));
            let known = Circumstances {
                request,
                endpoint: url,
                of: Some(of),
                metadata: place.metadata(),
                now,
                server_clock,
                sent: material.sent(&statements, None, &shown),
            };
            let message = response.told_of(request, url, Some(of));
            AcquireError::Response { message, hints: diagnosis::hints(&response, &known), asked: None, response }
        })?;
        self.tolerate(bends.into_iter().chain(deviations).collect(), on_event)?;
        Ok(value)
    }
}
