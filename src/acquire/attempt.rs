//! One request in as many attempts as it takes. What is sent is made anew for each of them: of what is signed, a server takes
//! nothing twice.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::verdict::judged;
use super::{AcquireError, Event, Located, Means, Message, warn_of_metadata};
use crate::http::{Moment, TransportError};
use crate::oauth::diagnosis::Circumstances;
use crate::oauth::reply::{self, Asked, ResponseError};
use crate::oauth::token::Binding;
use crate::oauth::{Attempt, ProofKey, Proven, Request, Token};
use crate::problem::{self, Problem};
use crate::secret::redact::Conceal as _;
use crate::wire::{Call, Reply, Url};

/// The wait before the first repetition; it doubles each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

/// What a repetition depends on.
pub(super) enum Repetition {
    /// It is what was asked for.
    Done,
    Final,
    Again {
        wait: Option<Duration>,
    },
    /// At once, with the nonce that came with it (RFC 9449 §8): nothing was judged but its lack.
    WithNonce,
}

/// Why nothing came back.
pub(super) enum Undelivered {
    /// It was not reached, or what came was not HTTP.
    Transport(TransportError),
    /// There was nothing to send.
    Unmade(Problem),
}

/// Makes what is sent, for each attempt anew.
pub(super) type Make<'a> = dyn Fn(&mut dyn FnMut(Event<'_>)) -> problem::Result<Message> + 'a;

impl Means<'_> {
    /// Sends to `url` what `make` makes for each attempt, until there is an answer that `judge` does not want repeated, the
    /// attempts are used up or time runs out.
    pub(super) fn deliver<T>(
        &self,
        url: &Url,
        make: &Make<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
        judge: impl Fn(&Reply) -> (T, Repetition),
    ) -> Result<(T, Reply), Undelivered> {
        if let Some(proxy) = self.pool.passed_over(url) {
            on_event(Event::PassedOver(proxy));
        }
        let mut attempt = 0;
        let mut was_idle = false;
        let result = loop {
            let (outcome, wait) = match self.send(url, make, &mut was_idle, on_event)? {
                Ok(reply) => match judge(&reply) {
                    (value, Repetition::Done) => return Ok((value, reply)),
                    (_, Repetition::WithNonce) => {
                        on_event(Event::NonceWanted);
                        continue;
                    }
                    (value, Repetition::Final) => break Ok((value, reply)),
                    (value, Repetition::Again { wait }) => (Ok((value, reply)), wait),
                },
                Err((error, false)) => break Err(error),
                Err((error, true)) => (Err(error), None),
            };
            if !self.waits(&mut attempt, wait, on_event) {
                break outcome;
            }
        };
        if attempt > 0 {
            on_event(Event::Tried { attempts: attempt + 1, of: self.retry + 1 });
        }
        result.map_err(Undelivered::Transport)
    }

    /// One attempt: what comes back, or why nothing does and whether another may help. `was_idle` says that a connection was
    /// found closed before.
    fn send(
        &self,
        url: &Url,
        make: &Make<'_>,
        was_idle: &mut bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Result<Reply, (TransportError, bool)>, Undelivered> {
        loop {
            on_event(Event::Next(url));
            let message = make(on_event).map_err(Undelivered::Unmade)?;
            on_event(Event::Made(&message));
            let (call, is_dated) = match &message {
                Message::Get(call) | Message::Identity(call) => (call.clone(), false),
                Message::Post(post) => (post.to_call(), post.is_dated()),
            };
            let repeatable = call.repeatable;
            // What a server takes once is made anew where it goes out again, which the transport cannot.
            let call = Call { repeatable: repeatable && !is_dated, ..call };
            let mut was_kept = false;
            let mut tell = |moment: Moment<'_>| {
                was_kept |= matches!(moment, Moment::Sending { kept: true, .. });
                on_event(Event::Moment(&message, &moment));
            };
            let error = match self.pool.send_telling(&call, self.deadline, &mut tell) {
                Ok(reply) => {
                    on_event(Event::Reply(&reply));
                    if let Some(nonce) = reply::nonce_of(&reply.headers) {
                        self.nonces.learn(url, nonce);
                    }
                    return Ok(Ok(reply));
                }
                Err(error) => error,
            };
            let lost = error.is_lost_before_the_answer();
            // The server closed a connection that it found idle (RFC 9112 §9.3.1): no fault of this request.
            if lost && repeatable && is_dated && was_kept && !std::mem::replace(was_idle, true) {
                continue;
            }
            on_event(Event::Failed(&error));
            let may_help = error.is_retryable_connect() || (lost && repeatable);
            return Ok(Err((error, may_help)));
        }
    }

    /// Waits before one more attempt, if there is to be one.
    fn waits(&self, attempt: &mut u32, wait: Option<Duration>, on_event: &mut dyn FnMut(Event<'_>)) -> bool {
        let wait = wait.unwrap_or_else(|| backoff(*attempt));
        // A wait that cannot end in time ends the run at once: waiting for nothing helps nobody.
        if *attempt >= self.retry || !self.deadline.allows(wait) {
            return false;
        }
        *attempt += 1;
        on_event(Event::Retry { wait, attempt: *attempt, of: self.retry });
        std::thread::sleep(wait);
        true
    }

    /// Asks for a token. `again` allows to repeat a request that was answered; a token that is to be bound is bound to
    /// `proof_key`.
    pub(super) fn fetch(
        &self,
        request: &Request,
        place: &Located<'_>,
        again: bool,
        proof_key: Option<&ProofKey>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        if let Some(metadata) = place.metadata() {
            warn_of_metadata(request, self.material.maker, metadata, on_event);
        }
        let endpoint = &*place.endpoint;
        let audience = request.server.audience();
        // The lifetime counts from the start of the attempt that is answered.
        let started = Cell::new((self.clock)());
        let redactor = RefCell::new(self.redactor.clone());
        let material = self.material;
        let statements = RefCell::new(Vec::new());
        let proof_key = proof_key.filter(|_| request.dpop.is_some());
        if let Some(key) = proof_key {
            let listed = place.metadata().and_then(|metadata| metadata.proof_algs.as_ref());
            if listed.is_some_and(|algs| !algs.iter().any(|alg| alg == key.alg().name())) {
                on_event(Event::ProofAlgUnlisted(key.alg().name()));
            }
        }
        let make = |on_event: &mut dyn FnMut(Event<'_>)| {
            // What reads them may take its time.
            let tokens = (material.tokens)(on_event)?;
            started.set((self.clock)());
            let now = started.get();
            let dated = material.signing_time(now);
            let mut attempt = Attempt { endpoint, audience, now, dated, tokens: &tokens, assertion: None, proof: None };
            let assertion = material.assertion(request, &attempt)?;
            attempt.assertion = assertion.as_ref();
            let nonce = self.nonces.of(endpoint);
            let of = Proven { method: "POST", url: endpoint, dated, nonce: nonce.as_deref(), token: None };
            let proof = proof_key.map(|key| key.proof(&of));
            let proof = proof.transpose()?;
            attempt.proof = proof.as_ref();
            let post = request.post(&attempt);
            post.conceal(&mut redactor.borrow_mut());
            statements.borrow_mut().clone_from(&post.statements);
            Ok(Message::Post(post))
        };
        // The user's own is told of where it is read.
        if let Some(key) = proof_key.filter(|_| material.proof_key.is_none()) {
            on_event(Event::ProofKey(key));
        }
        let asked_for_nonce = Cell::new(false);
        let judge = |reply: &Reply| {
            let answer = {
                let asked = Asked { endpoint: Some(endpoint), started: started.get(), redactor: &redactor.borrow() };
                reply::parse(reply, &asked, request, self.instead)
            };
            let repetition = match &answer {
                Ok(_) => Repetition::Done,
                Err(response)
                    if proof_key.is_some()
                        && response.wants_nonce()
                        && reply::nonce_of(&reply.headers).is_some()
                        && !asked_for_nonce.replace(true) =>
                {
                    Repetition::WithNonce
                }
                Err(ResponseError::Unavailable { status, retry_after, .. }) if again && reply::is_passing(*status) => {
                    Repetition::Again { wait: *retry_after }
                }
                _ => Repetition::Final,
            };
            (answer, repetition)
        };
        let (answer, reply) = self.deliver(endpoint, &make, on_event, judge).map_err(|error| match error {
            Undelivered::Transport(error) => {
                let once = request.once().filter(|_| error.is_lost_before_the_answer());
                AcquireError::Transport { server: endpoint.clone(), error, once }
            }
            Undelivered::Unmade(problem) => AcquireError::Unmade(Box::new(problem)),
        })?;
        let (now, server_clock) = ((self.clock)(), reply::date_of(&reply));
        let shown = self.pool.shown_certificates();
        let statements = statements.borrow();
        let sent = material.sent(&statements, proof_key, &shown);
        let metadata = place.metadata();
        let endpoint = &*place.endpoint;
        let known = Circumstances { request, endpoint: Some(endpoint), of: None, metadata, now, server_clock, sent };
        let token = judged(&reply, answer, &known, self.strict, on_event)?;
        let bound = |key: &ProofKey| Binding::new(key.clone(), self.nonces.of(endpoint));
        Ok(Token { binding: proof_key.map(bound), ..token })
    }
}

/// Doubling, with a random half taken off so that many clients do not come back at the same moment.
pub fn backoff(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let full = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt.min(16)));
    // The keys of the standard library's hash maps are random; nothing here needs better chance than that.
    let chance = RandomState::new().hash_one(attempt) % 1024;
    full / 2 + (full / 2).mul_f64(f64::from(u32::try_from(chance).unwrap_or(0)) / 1024.0)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::acquire::tests::{serve, with_means};
    use crate::oauth::client::{ClientKind, none};
    use crate::oauth::tests as sample;
    use crate::oauth::{self, Field, Post, Server};

    /// A client that signs, so to speak: its proof is another one in each attempt.
    const DATED: ClientKind = ClientKind { name: "dated", decorate: sign, ..none::KIND };

    fn sign(_: &oauth::Client, attempt: &Attempt<'_>, post: &mut Post) {
        let now = attempt.now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        post.fields.push(Field::plain("proof", format!("{now} for {}", attempt.audience)));
    }

    #[test]
    fn each_attempt_is_made_anew() {
        let answers = ["503 Busy\r\nRetry-After: 0", "429 Slow\r\nRetry-After: 0", "200 OK"].map(|status| {
            let token = r#"{"access_token":"t","token_type":"Bearer"}"#;
            (format!("{status}\r\nContent-Type: application/json"), token)
        });
        let (endpoint, server) = serve(answers);
        let time = Cell::new(100);
        let clock = || {
            time.set(time.get() + 1);
            SystemTime::UNIX_EPOCH + Duration::from_secs(time.get())
        };
        let server_url = sample::url(&endpoint);
        let client = Some(sample::client(&DATED, "app", ""));
        let request = Request { server: Server::Endpoint(server_url), client, ..sample::request() };
        let mut told = Vec::new();
        let token = with_means(|means| {
            Means { clock: &clock, ..means }.acquire(&request, &mut |event| match event {
                Event::Next(_) => told.push("next"),
                Event::Made(Message::Post(_)) => told.push("post"),
                _ => {}
            })
        });
        assert_eq!(token.unwrap().access_token.expose(), "t");
        let bodies = server.join().unwrap();
        let proofs: Vec<_> = bodies.iter().filter_map(|[_, body]| body.split_once("&proof=")).map(|(_, p)| p).collect();
        assert!(proofs.len() == 3 && proofs[0] < proofs[1] && proofs[1] < proofs[2], "{bodies:?}");
        assert!(proofs.iter().all(|proof| proof.contains("+for+http%3A%2F%2F127.0.0.1")), "{bodies:?}");
        assert_eq!(told, ["next", "post"].repeat(3));
    }

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
}
