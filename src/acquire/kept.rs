//! The way to a token when tokens are kept: look, wait for whoever is asking already, look again, refresh, ask, keep.
//!
//! Nothing that goes wrong with the cache costs the token: it is told once, and the server is asked.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::login::LoginError;
use super::turn::{Turn, turn};
use super::{AcquireError, Event, Located, Means};
use crate::cache::{Entry, Failure, FailureKind, Flight, Look, Policy, Slot, Trouble, Verdict};
use crate::http::{TransportError, TransportKind};
use crate::net::NetError;
use crate::oauth::grant::RefreshToken;
use crate::oauth::{Credential, Grant, ProofKey, Request, ResponseError, Token};
use crate::secret::Secret;

/// Where and how tokens are kept.
#[derive(Clone, Copy)]
pub struct Storage<'a> {
    /// The place.
    pub slot: &'a Slot,
    /// The rules.
    pub policy: Policy<'a>,
    /// The user knows already that there is trouble with it.
    pub told: bool,
    /// A login that is new is kept.
    pub keeps_new: bool,
    /// Somebody is there to see that another run is waiting for a person: that is waited for as long as it takes.
    pub waits: bool,
}

/// The kept token, if it is good at `now`. No lock is taken.
pub fn hit(slot: &Slot, policy: &Policy<'_>, now: SystemTime, on_event: &mut dyn FnMut(Event<'_>)) -> Option<Token> {
    if policy.force_new {
        on_event(Event::Kept(Verdict::Passed));
        return None;
    }
    match slot.look() {
        Look::Found(entry) => {
            let verdict = entry.judge(now, policy);
            on_event(Event::Kept(verdict));
            verdict.is_hit().then(|| entry.token_at(now, policy))
        }
        Look::Missed(verdict) => {
            on_event(Event::Kept(verdict));
            None
        }
        Look::Trouble(trouble) => {
            on_event(Event::Unusable(&trouble));
            None
        }
    }
}

/// What became of a refresh token that was to be sent.
enum Refreshed {
    /// It brought a token.
    Renewed(Box<Token>),
    /// It did not go out, or the server said that it did nothing with it: it is as good as before.
    Untouched(AcquireError),
    /// It was refused, or may have been used up.
    Gone(AcquireError),
}

impl Means<'_> {
    /// Gets a token that is kept: one process asks, the others wait for what it gets.
    ///
    /// # Errors
    /// [`AcquireError`] for every way not to get a token.
    pub fn acquire_kept(
        &self,
        request: &Request,
        storage: &Storage<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        let is_login = request.login.is_some();
        let (began, waits) = (Instant::now(), is_login && storage.waits);
        let turn = turn(storage.slot, &storage.policy, self.clock, self.deadline, waits, on_event);
        let (mut lock, flight, kept) = match turn {
            Turn::Shared(entry) => return Ok(entry.token_at((self.clock)(), &storage.policy)),
            Turn::Failed(failure) => return Err(AcquireError::Elsewhere(Box::new(failure))),
            Turn::TimeIsUp => return Err(AcquireError::Waited { budget: self.deadline.budget(), is_login }),
            Turn::Mine { lock, flight, kept } => (Some(lock), flight, kept),
            // Without a lock nothing can be taken from the disk for good; a login stays there anyway.
            Turn::Alone { kept } => (None, Flight::draw(), kept.filter(|_| is_login)),
        };
        let token = if is_login {
            // The time of a person who was waited for does not count.
            let waited = if waits { began.elapsed() } else { Duration::ZERO };
            let means = Means { deadline: self.deadline.later_by(waited), ..*self };
            means.of_login(request, storage, (lock.as_mut(), flight), kept, on_event)
        } else {
            self.at_place(request, on_event, |place, on_event| {
                self.ask(request, place, storage, flight, kept, on_event)
            })
        };
        if let (Some(lock), Err(error)) = (&mut lock, &token)
            && let Some(failure) = failure(error, flight)
        {
            storage.slot.leave_word(lock, &failure);
        }
        token
    }

    /// Refreshes what is kept, or else asks for a new token; keeps what comes.
    fn ask(
        &self,
        request: &Request,
        place: &Located<'_>,
        storage: &Storage<'_>,
        flight: Flight,
        kept: Option<Box<Entry>>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        let mut told = storage.told;
        if let Some(entry) = &kept {
            self.suggest_nonce(entry, place);
        }
        let kept = kept.filter(|entry| {
            !matches!(entry.judge((self.clock)(), &storage.policy), Verdict::Passed | Verdict::FromTheFuture)
        });
        if let Some((entry, refresh_token)) = kept.and_then(|e| e.token.refresh_token.clone().map(|token| (e, token))) {
            let now = (self.clock)();
            // It leaves the disk before it leaves the machine: whatever happens next, no other run sends it again.
            let refresh = refreshing(request, &refresh_token);
            let key = self.key_of(&entry, request)?;
            match storage.slot.keep(&entry.without_refresh_token(), now) {
                // Metadata is about the grant, so it is left out; what was answered is not repeated.
                Ok(()) => {
                    match refreshed(self.fetch(&refresh, &place.without_metadata(), false, key.as_ref(), on_event)) {
                        Refreshed::Renewed(mut token) => {
                            // RFC 6749 §6: a server that sends no new one means the old one to be used again.
                            token.refresh_token.get_or_insert(refresh_token);
                            let entry = Entry { flight, requested_at: now, token: *token, is_login: false };
                            return Ok(self.keep(request, entry, storage, &mut told, on_event));
                        }
                        Refreshed::Untouched(error) => {
                            report(storage.slot.keep(&entry, now), &mut told, on_event);
                            return Err(error);
                        }
                        Refreshed::Gone(error) if is_last_resort(&error, &request.grant, &refresh_token) => {
                            return Err(error);
                        }
                        Refreshed::Gone(error) => {
                            on_event(Event::RefreshGivenUp(&error));
                        }
                    }
                }
                // A refresh token that cannot be replaced on disk would be sent twice.
                Err(trouble) => report(Err(trouble), &mut told, on_event),
            }
        }
        let started = (self.clock)();
        let key = self.proof_key(request)?;
        let token = self.fetch(request, place, true, key.as_ref(), on_event)?;
        let entry = Entry { flight, requested_at: started, token, is_login: false };
        Ok(self.keep(request, entry, storage, &mut told, on_event))
    }

    /// What the server wanted to see in the next proof.
    pub(super) fn suggest_nonce(&self, entry: &Entry, place: &Located<'_>) {
        if let Some(nonce) = entry.token.binding.as_ref().and_then(|binding| binding.nonce()) {
            self.nonces.suggest(&place.endpoint, nonce);
        }
    }

    /// The key by which what is kept is refreshed: the refresh token of a public client is bound to the same one (RFC 9449 §5).
    pub(super) fn key_of(&self, entry: &Entry, request: &Request) -> Result<Option<ProofKey>, AcquireError> {
        let own = || entry.token.binding.as_ref()?.proof_key(request.dpop.as_ref()?.alg);
        match own() {
            Some(key) if self.material.proof_key.is_none() => Ok(Some(key)),
            _ => self.proof_key(request),
        }
    }

    /// Keeps a token and gives it back as it is to be used.
    fn keep(
        &self,
        request: &Request,
        entry: Entry,
        storage: &Storage<'_>,
        told: &mut bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Token {
        let now = (self.clock)();
        if stands_in(&entry.token, request) {
            return entry.token;
        }
        let outcome = match request.grant.kind.refresh_token {
            RefreshToken::Kept => storage.slot.keep(&entry, now),
            RefreshToken::Printed | RefreshToken::Unexpected(_) => {
                storage.slot.keep(&entry.without_refresh_token(), now)
            }
        };
        report(outcome, told, on_event);
        let expires_at = entry.expires_at(&storage.policy);
        let token = Token { expires_at, ..entry.token };
        if token.expires_at.is_none() {
            on_event(Event::NotReused);
        }
        token
    }
}

/// Something else stands in for the token, which whoever asks for the token has no use for.
pub(super) fn stands_in(token: &Token, request: &Request) -> bool {
    !matches!(token.members.get_at(request.ways.token_place()), Some(Value::String(_)))
}

/// Tells the first trouble with keeping, and that one only.
pub(super) fn report(kept: Result<(), Trouble>, told: &mut bool, on_event: &mut dyn FnMut(Event<'_>)) {
    if let Err(trouble) = kept
        && !std::mem::replace(told, true)
    {
        on_event(Event::NotKept(&trouble));
    }
}

/// True where asking for another token would not help after `error`, or would send the same refresh token once more.
fn is_last_resort(error: &AcquireError, grant: &Grant, sent: &Secret) -> bool {
    matches!(error, AcquireError::Deviations(_)) || grant.refresh_token() == Some(sent)
}

/// RFC 6749 §6. Without a scope it stands for what was granted; naming the one that was asked for could widen it.
pub(super) fn refreshing(request: &Request, token: &Secret) -> Request {
    let credential = Credential { secret: token.clone(), variable: "OAUTH2TOK_REFRESH_TOKEN".into() };
    Request { grant: Grant::refreshing(credential), scope: Vec::new(), ..request.clone() }
}

fn refreshed(outcome: Result<Token, AcquireError>) -> Refreshed {
    match outcome {
        Ok(token) => Refreshed::Renewed(Box::new(token)),
        Err(error) => match &error {
            AcquireError::Unmade(_) => Refreshed::Untouched(error),
            AcquireError::Transport { error: transport, .. } if !transport.request_sent() => {
                Refreshed::Untouched(error)
            }
            // Without it there was nothing to send.
            AcquireError::Unasked { .. } | AcquireError::Identity(_) => Refreshed::Untouched(error),
            // RFC 9110 §15.5.9 and §15.6.4, RFC 8470 §5.2, RFC 6585 §4: the server declined to work on it. Other 5xx say nothing
            // about how far it came.
            AcquireError::Response {
                response: ResponseError::Unavailable { status: 408 | 425 | 429 | 503, .. },
                ..
            } => Refreshed::Untouched(error),
            // RFC 9449 §8: nor is it a refusal of the token.
            AcquireError::Response { response, .. } if response.wants_nonce() => Refreshed::Untouched(error),
            _ => Refreshed::Gone(error),
        },
    }
}

/// What to tell those who wait: what the server said, or what every run would meet. `None` for what is about this run alone:
/// another may have more time, another proxy, other roots and another job's identity, which are no part of the key.
fn failure(error: &AcquireError, flight: Flight) -> Option<Failure> {
    use TransportError as E;
    let mut hints = Vec::new();
    let (mut status, mut oauth) = (None, None);
    let kind = match error {
        AcquireError::Transport { error, .. } => match error {
            E::Net(NetError::Dns { .. } | NetError::Connect { .. } | NetError::Lost { .. })
            | E::EmptyAnswer
            | E::Lost { .. } => FailureKind::Unreached,
            E::Forwarder { .. } => return None,
            error if error.kind() == TransportKind::BadReply => FailureKind::BadResponse,
            _ => return None,
        },
        AcquireError::Response { response, hints: about, .. } => {
            hints.clone_from(about);
            status = Some(response.status());
            oauth = response.oauth().cloned();
            match response {
                ResponseError::Refused { .. } => FailureKind::Refused,
                ResponseError::Unavailable { .. } => FailureKind::Unavailable,
                ResponseError::Redirect { .. } | ResponseError::NotAToken { .. } => FailureKind::BadResponse,
            }
        }
        AcquireError::NoMetadata { unavailable: true, .. } => FailureKind::Unavailable,
        AcquireError::Metadata { hints: about, .. } => {
            hints.clone_from(about);
            FailureKind::BadResponse
        }
        AcquireError::NoMetadata { .. } | AcquireError::Deviations(_) => FailureKind::BadResponse,
        AcquireError::Elsewhere(_)
        | AcquireError::Waited { .. }
        // Another run may have somebody to ask.
        | AcquireError::LoginNeeded(..)
        | AcquireError::Unasked { .. }
        | AcquireError::Identity(_)
        // Nobody waits for what is asked beside a token.
        | AcquireError::NoKeys { .. }
        | AcquireError::Signed { .. }
        | AcquireError::Unmade(_) => return None,
        AcquireError::Login(error) => match &**error {
            LoginError::NobodyCame { .. } | LoginError::GivenUp | LoginError::StartedTwice { .. } | LoginError::OtherAccount { .. } => {
                FailureKind::Login
            }
            LoginError::IdToken(_) => FailureKind::BadResponse,
            LoginError::Answer { problem, oauth: said } => {
                hints.clone_from(&problem.hints);
                status = problem.details.http_status;
                oauth.clone_from(said);
                FailureKind::of(problem.class)?
            }
            LoginError::Bind { .. } | LoginError::Serve(_) | LoginError::NoPaste(_) | LoginError::NoEndpoint { .. } => {
                return None;
            }
        },
    };
    Some(Failure { flight, kind, message: error.to_string(), status, oauth, hints })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::LoginNeeded;
    use crate::http::Phase;
    use crate::net::{Step, TlsFailure};
    use crate::oauth::OAuthError;
    use crate::oauth::tests as sample;
    use crate::problem::{Class, Problem};

    #[test]
    fn what_came_of_asking_a_person_is_told_to_those_who_wait() {
        let failed = |class| {
            let mut problem = Problem::in_words(class, "no").hint("log in again");
            problem.details.http_status = Some(400);
            let oauth = Some(OAuthError { error: Some("access_denied".into()), ..OAuthError::default() });
            LoginError::Answer { problem: Box::new(problem), oauth }
        };
        let nobody_came = LoginError::NobodyCame {
            within: Duration::from_secs(300),
            client: "c".into(),
            redirect_uri: "u".into(),
            is_listened: true,
            was_there: false,
            pushed: None,
            has_device: false,
        };
        for (error, shared) in [
            (nobody_came, Some(FailureKind::Login)),
            (LoginError::OtherAccount { came: "a".into(), wanted: "b".into() }, Some(FailureKind::Login)),
            (LoginError::StartedTwice { account: "a".into() }, Some(FailureKind::Login)),
            (failed(Class::Refused), Some(FailureKind::Refused)),
            (failed(Class::Login), Some(FailureKind::Login)),
            (failed(Class::BadResponse), Some(FailureKind::BadResponse)),
            (failed(Class::Usage), None),
            (LoginError::NoPaste("u".into()), None),
        ] {
            let (message, is_answer) = (error.to_string(), matches!(error, LoginError::Answer { .. }));
            let told = failure(&AcquireError::Login(Box::new(error)), Flight::draw());
            assert_eq!(told.as_ref().map(|failure| failure.kind), shared, "{message}");
            let Some(told) = told else { continue };
            assert_eq!(told.message, message);
            assert_eq!(told.hints.len(), usize::from(is_answer));
            assert_eq!(told.oauth.is_some(), is_answer);
        }
        assert!(failure(&AcquireError::LoginNeeded(LoginNeeded::NotKept, ""), Flight::draw()).is_none());
    }

    #[test]
    fn only_what_every_run_would_meet_is_told_to_those_who_wait() {
        use TransportError as E;
        let server = sample::url("https://idp.example/token");
        let connect = || NetError::Connect { host: "h".into(), port: 1, attempts: Vec::new() };
        let budget = Duration::from_secs(1);
        for (error, shared) in [
            (connect().into(), Some(FailureKind::Unreached)),
            (E::EmptyAnswer, Some(FailureKind::Unreached)),
            (E::NotHttp("x".into()), Some(FailureKind::BadResponse)),
            (E::Timeout { phase: Phase::Waiting, budget }, None),
            (NetError::ConnectTimeout { host: "h".into(), step: Step::Connecting, after: budget }.into(), None),
            (NetError::Proxy { proxy: "p".into(), setting: "s", cause: Box::new(connect()) }.into(), None),
            (E::Forwarder { proxy: "p".into(), setting: "s", cause: Box::new(E::NotHttp("x".into())) }, None),
            (
                NetError::ProxyAuthRequired {
                    proxy: "p".into(),
                    setting: "s",
                    over_http: true,
                    tried: true,
                    schemes: Vec::new(),
                }
                .into(),
                None,
            ),
            (NetError::Tls { host: "h".into(), failure: TlsFailure::ProtocolVersion }.into(), None),
            (NetError::NoRoots.into(), None),
        ] {
            let told = failure(
                &AcquireError::Transport { server: server.clone(), error: error.clone(), once: None },
                Flight::draw(),
            );
            assert_eq!(told.map(|failure| failure.kind), shared, "{error}");
        }
    }
}
