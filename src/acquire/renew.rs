//! The way to a token of somebody who logged in: the refresh token that is kept, until the server refuses it.
//!
//! A login costs a person's time, so it is not thrown away on a doubt: the refresh token stays on the disk until a new one is there
//! or the server says that it is of no use. Whatever else happens to a refresh ends the run, and the next one sends it again.

use std::time::Duration;

use super::kept::{Storage, refreshing, report, stands_in};
use super::login::{Asking, Closing, LoginError};
use super::{AcquireError, Event, Located, Means};
use crate::cache::{Entry, Flight, Lock};
use crate::jose::{Jws, VerifyError, With};
use crate::json::Members;
use crate::oauth::login::Way;
use crate::oauth::login::id_token::{self, IdTokenError};
use crate::oauth::{Request, Token, reply};
use crate::problem::{Class, Problem};
use crate::secret::Secret;

/// A code is good for no longer, as far as anybody has seen.
const LONGEST_LOGIN: Duration = Duration::from_secs(3600);

/// Why a person must log in.
#[derive(Debug, thiserror::Error)]
pub enum LoginNeeded {
    /// Nobody has.
    #[error("a person must log in: no login is kept")]
    NotKept,
    /// The server has refused the refresh token, now if this says how, or there was none.
    #[error("a person must log in: the kept login has ended")]
    Ended(Option<Box<AcquireError>>),
    /// Refreshing brings the token, but not the ID token that is wanted in its place.
    #[error("a person must log in: the ID token of the kept login has expired, and refreshing brings no new one")]
    NoIdToken,
    /// Whatever is kept, a new login is wanted.
    #[error("a person must log in: a new login is wanted")]
    ForceNew,
}

impl LoginNeeded {
    /// What is told of it, under `message`.
    pub(super) fn problem(self, nobody: &str) -> Problem {
        let problem = Problem::in_words(Class::Login, self.to_string()).causes([format!("nobody is asked: {nobody}")]);
        let Self::Ended(Some(refusal)) = self else { return problem };
        let refusal = Problem::from(*refusal);
        let why = refusal.why();
        let mut problem = problem.causes([refusal.message()]).causes(why).hints(refusal.hints).searched();
        problem.details = refusal.details;
        problem
    }
}

impl Means<'_> {
    /// The token of a login that is kept, or of a new one.
    pub(super) fn of_login(
        &self,
        request: &Request,
        storage: &Storage<'_>,
        (lock, flight): (Option<&mut Lock>, Flight),
        kept: Option<Box<Entry>>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Token, AcquireError> {
        let why = match kept {
            Some(_) if storage.policy.force_new => LoginNeeded::ForceNew,
            Some(entry) => match &entry.token.refresh_token {
                Some(refresh_token) => {
                    let refresh = refreshing(request, refresh_token);
                    let renewed = self.at_place(&refresh, on_event, |place, on_event| {
                        self.renew(&refresh, refresh_token, place, storage, flight, &entry, on_event)
                    })?;
                    match renewed {
                        Ok(token) => return Ok(token),
                        Err(why) => why,
                    }
                }
                None => LoginNeeded::Ended(None),
            },
            None => LoginNeeded::NotKept,
        };
        let person = match self.asking {
            Asking::Person(person) => person,
            Asking::Nobody(nobody) => return Err(AcquireError::LoginNeeded(why, nobody)),
        };
        // How long a code is good only the server knows; whoever ends meanwhile frees the lock anyway.
        let patience = match request.grant.kind.person {
            Some(Way::Device) => LONGEST_LOGIN,
            _ => person.patience,
        };
        let until = (self.clock)().checked_add(patience.saturating_add(self.deadline.budget()));
        if let (Some(lock), Some(until)) = (lock, until) {
            lock.extend(flight, until);
        }
        let (mut token, closing) = self.log_in(request, why, on_event)?;
        token.id_token = token.members.string("id_token").map(Secret::new);
        if storage.keeps_new && !stands_in(&token, request) {
            let now = (self.clock)();
            let entry = Entry { flight, requested_at: now, token, is_login: true };
            report(storage.slot.keep(&entry, now), &mut storage.told.clone(), on_event);
            token = Token { expires_at: entry.expires_at(&storage.policy), ..entry.token };
        }
        // Whoever ends this run now has not lost what the page tells of.
        closing.into_iter().for_each(Closing::close);
        Ok(token)
    }

    /// Sends the refresh token of `kept` and keeps what comes, or says why that takes a person.
    #[expect(clippy::too_many_arguments, reason = "each of them is one thing")]
    fn renew(
        &self,
        refresh: &Request,
        sent: &Secret,
        place: &Located<'_>,
        storage: &Storage<'_>,
        flight: Flight,
        kept: &Entry,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Result<Token, LoginNeeded>, AcquireError> {
        self.suggest_nonce(kept, place);
        let key = self.key_of(kept, refresh)?;
        let requested_at = (self.clock)();
        // Metadata is about the grant, so it is left out; what was answered is not repeated.
        let token = match self.fetch(refresh, &place.without_metadata(), false, key.as_ref(), on_event) {
            Ok(token) => token,
            Err(error) if is_refused(&error) => {
                on_event(Event::RefreshGivenUp(&error));
                let ended = self.without_what_was_refused(kept, storage);
                let outcome = storage.slot.replace(&ended, (self.clock)()).map(drop);
                report(outcome, &mut storage.told.clone(), on_event);
                return Ok(Err(LoginNeeded::Ended(Some(Box::new(error)))));
            }
            Err(error) => return Err(error),
        };
        let id_token = token.members.string("id_token").map(Secret::new);
        if let (Some(before), Some(now)) = (kept.identity(), &id_token) {
            check_identity(&before, now).map_err(LoginError::from)?;
        }
        let is_rotated = token.refresh_token.as_ref().is_some_and(|token| token != sent);
        let mut token = token;
        // RFC 6749 §6: a server that sends no new one means the old one to be used again.
        token.refresh_token.get_or_insert_with(|| sent.clone());
        token.id_token = id_token.or_else(|| kept.token.id_token.clone());
        let now = (self.clock)();
        let entry = match stands_in(&token, refresh) {
            // The refresh token counts all the same.
            true => {
                let Token { refresh_token, id_token, .. } = token.clone();
                Entry { token: Token { refresh_token, id_token, ..kept.token.clone() }, ..kept.clone() }.spent()
            }
            false => Entry { flight, requested_at, token: token.clone(), is_login: true },
        };
        match storage.slot.replace(&entry, now) {
            Ok(true) => {}
            Ok(false) => on_event(Event::LoginForgotten),
            Err(trouble) if is_rotated => on_event(Event::LoginNotKept(&trouble)),
            Err(trouble) => report(Err(trouble), &mut storage.told.clone(), on_event),
        }
        if !stands_in(&token, refresh) {
            token.expires_at = entry.expires_at(&storage.policy);
        }
        let token = token.with_live_id_token(now);
        if storage.policy.handed_over == Some("id_token") && token.named("id_token").is_none() {
            return Ok(Err(LoginNeeded::NoIdToken));
        }
        Ok(Ok(token))
    }

    /// What is left of a login whose refresh token was refused: a token that is not refused itself is used until it expires.
    fn without_what_was_refused(&self, kept: &Entry, storage: &Storage<'_>) -> Entry {
        let left = kept.without_refresh_token();
        match storage.policy.instead_of == Some(&kept.token.access_token) {
            true => left.spent(),
            false => left,
        }
    }
}

/// True where the server refuses the refresh token itself: `invalid_grant` (RFC 6749 §5.2), a code of its own that names it, or a
/// status that says no without one. What else it refuses, the client above all, and whatever may pass, says nothing about the login.
fn is_refused(error: &AcquireError) -> bool {
    let AcquireError::Response { response, .. } = error else { return false };
    let code = response.oauth().and_then(|oauth| oauth.error.as_deref());
    // A number is a status, or the server's own count of errors.
    match code.filter(|code| code.parse::<u64>().is_err()) {
        _ if reply::is_unavailable(response.status()) => false,
        Some(code) => response.is("invalid_grant") || names_refresh_token(code),
        None => matches!(response.status(), 400 | 401 | 403),
    }
}

/// `bad_refresh_token` (GitHub), `invalid_refresh_token` (Slack) and the like.
fn names_refresh_token(code: &str) -> bool {
    code.to_ascii_lowercase().contains("refresh_token")
}

/// That `now`, an ID token which came with a refresh, is about whom `before` is about (OpenID Connect Core §12.2).
fn check_identity(before: &Members, now: &Secret) -> Result<(), IdTokenError> {
    let now = Jws::read(now.expose())?;
    // Whatever it is signed with, it is signed.
    if let Err(error @ VerifyError::Unsigned) = now.verify(With::default()) {
        return Err(error.into());
    }
    id_token::check_refreshed(before, &now.claims)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::acquire::tests::{serve, with_means};
    use crate::cache::memory::Memory;
    use crate::cache::{LoginState, Look, Policy};
    use crate::oauth::Server;
    use crate::oauth::client::none;
    use crate::oauth::grant::{Grant, authorization_code};
    use crate::oauth::tests as sample;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn login(endpoint: &str) -> Request {
        Request {
            server: Server::Endpoint(sample::url(endpoint)),
            grant: Grant { kind: &authorization_code::KIND, name: "authorization_code".into(), parts: vec![] },
            scope: vec!["openid".into()],
            client: Some(sample::client(&none::KIND, "app", "")),
            login: Some(Box::new(sample::asked_of_a_person())),
            ..sample::request()
        }
    }

    fn id_token(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#), URL_SAFE_NO_PAD.encode(claims))
    }

    /// A login whose token has expired.
    fn expired(refresh_token: Option<&str>, claims: Option<&str>) -> Entry {
        let token = Token {
            access_token: Secret::new("tok-0"),
            token_type: None,
            expires_at: Some(now() - Duration::from_secs(3600)),
            refresh_token: refresh_token.map(Secret::new),
            scope: None,
            members: Members::parse(r#"{"access_token":"tok-0"}"#).unwrap().unwrap(),
            binding: None,
            id_token: claims.map(|claims| Secret::new(id_token(claims))),
        };
        let requested_at = now() - Duration::from_secs(7200);
        Entry { flight: Flight::draw(), requested_at, token, is_login: true }
    }

    /// A run with what is kept in `memory`.
    fn run(memory: &Memory, endpoint: &str, policy: Policy<'_>) -> Result<Token, AcquireError> {
        let slot = memory.slot(b"");
        let storage = Storage { slot: &slot, policy, told: false, keeps_new: true, waits: false };
        with_means(|means| Means { clock: &now, ..means }.acquire_kept(&login(endpoint), &storage, &mut |_| {}))
    }

    fn kept(memory: &Memory) -> Option<Box<Entry>> {
        match memory.slot(b"").look() {
            Look::Found(entry) => Some(entry),
            _ => None,
        }
    }

    const JSON: &str = "200 OK\r\nContent-Type: application/json";

    #[test]
    fn a_login_ends_when_the_server_refuses_the_refresh_token_and_not_before() {
        let bad = "400 Bad Request\r\nContent-Type: application/json";
        for (head, body, class, ends) in [
            (bad, r#"{"error":"invalid_grant"}"#, Class::Login, true),
            ("403 Forbidden\r\nContent-Type: application/json", r#"{"error":"invalid_grant"}"#, Class::Login, true),
            (JSON, r#"{"error":"bad_refresh_token"}"#, Class::Login, true),
            (JSON, r#"{"ok":false,"error":"invalid_refresh_token"}"#, Class::Login, true),
            (bad, "<html>", Class::Login, true),
            ("401 Unauthorized", "", Class::Login, true),
            (
                "401 Unauthorized\r\nContent-Type: application/json",
                r#"{"code":401,"message":"no"}"#,
                Class::Login,
                true,
            ),
            ("403 Forbidden", "no", Class::Login, true),
            (bad, r#"{"error":"invalid_client"}"#, Class::Refused, false),
            (
                "401 Unauthorized\r\nContent-Type: application/json",
                r#"{"error":"invalid_client"}"#,
                Class::Refused,
                false,
            ),
            (bad, r#"{"error":"unauthorized_client"}"#, Class::Refused, false),
            (bad, r#"{"error":"invalid_request"}"#, Class::Refused, false),
            (bad, r#"{"error":"invalid_scope"}"#, Class::Refused, false),
            (bad, r#"{"error":"use_dpop_nonce"}"#, Class::Refused, false),
            ("404 Not Found", "", Class::BadResponse, false),
            ("405 Method Not Allowed", "", Class::BadResponse, false),
            ("302 Found\r\nLocation: /login", "", Class::BadResponse, false),
            (JSON, "{}", Class::BadResponse, false),
            (JSON, r#"{"access_token":"#, Class::BadResponse, false),
            ("200 OK\r\nContent-Type: text/html", "<html>", Class::BadResponse, false),
            ("408 Request Timeout", "", Class::Unavailable, false),
            ("425 Too Early", "", Class::Unavailable, false),
            ("429 Too Many Requests", "", Class::Unavailable, false),
            ("500 Internal Server Error", "", Class::Unavailable, false),
            ("503 Service Unavailable", "", Class::Unavailable, false),
            (
                "503 Service Unavailable\r\nContent-Type: application/json",
                r#"{"error":"invalid_grant"}"#,
                Class::Refused,
                false,
            ),
            ("", "", Class::Unreached, false),
        ] {
            let memory = Memory::default();
            memory.slot(b"").keep(&expired(Some("ref-0"), None), now()).unwrap();
            let (endpoint, server) = serve([(head, body)]);
            let error = run(&memory, &endpoint, Policy::default()).map(drop).unwrap_err();
            let told = error.to_string();
            assert_eq!(Problem::from(error).class, class, "{head} {body}: {told}");
            let bodies: Vec<_> = server.join().unwrap().into_iter().map(|[_, body]| body).collect();
            assert_eq!(
                bodies,
                ["grant_type=refresh_token&refresh_token=ref-0&client_id=app"],
                "once, and no new grant"
            );
            let kept = kept(&memory).unwrap();
            let left = kept.token.refresh_token.as_ref().map(|token| token.expose().to_owned());
            assert_eq!(left.is_none(), ends, "{head} {body}");
            let state = if ends { LoginState::Ended } else { LoginState::Renew };
            assert_eq!(kept.state(now(), &Policy::default()), state);
            assert_eq!(memory.lifetime(), Some(Duration::from_secs(60 * 86_400 - 7200)));
        }
    }

    #[test]
    fn where_no_refresh_token_is_kept_nothing_is_sent() {
        let memory = Memory::default();
        let nowhere = "http://127.0.0.1:1/token";
        let told = |memory: &Memory, policy| {
            let problem = Problem::from(run(memory, nowhere, policy).map(drop).unwrap_err());
            assert_eq!(problem.class, Class::Login);
            problem.message()
        };
        assert_eq!(told(&memory, Policy::default()), "a person must log in: no login is kept");
        memory.slot(b"").keep(&expired(None, None), now()).unwrap();
        assert_eq!(told(&memory, Policy::default()), "a person must log in: the kept login has ended");
        memory.slot(b"").keep(&expired(Some("ref-0"), None), now()).unwrap();
        let anew = Policy { force_new: true, ..Policy::default() };
        assert_eq!(told(&memory, anew), "a person must log in: a new login is wanted");
        assert!(kept(&memory).unwrap().token.refresh_token.is_some(), "what is kept stays until there is another");
    }

    #[test]
    fn a_refreshed_login_is_kept_with_the_newest_refresh_token() {
        let memory = Memory::default();
        memory.slot(b"").keep(&expired(Some("ref-0"), None), now()).unwrap();
        let answers = [
            r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":1,"refresh_token":"ref-1"}"#,
            r#"{"access_token":"tok-2","token_type":"Bearer","expires_in":1}"#,
            r#"{"access_token":"tok-3","token_type":"Bearer","expires_in":3600,"refresh_token":"ref-3"}"#,
        ];
        let (endpoint, server) = serve(answers.map(|body| (JSON, body)));
        let long = Policy { min_valid: Some(Duration::from_secs(60)), ..Policy::default() };
        for (token, refresh_token) in [("tok-1", "ref-1"), ("tok-2", "ref-1"), ("tok-3", "ref-3"), ("tok-3", "ref-3")] {
            assert_eq!(run(&memory, &endpoint, long).unwrap().access_token.expose(), token);
            let kept = kept(&memory).unwrap();
            assert_eq!(kept.token.refresh_token.as_ref().map(Secret::expose), Some(refresh_token));
            assert!(kept.is_login);
            assert_eq!(memory.lifetime(), Some(Duration::from_secs(60 * 86_400)), "a refresh is a use");
        }
        let bodies = server.join().unwrap();
        let sent: Vec<_> = bodies.iter().map(|[_, body]| body.split('&').nth(1).unwrap()).collect();
        assert_eq!(sent, ["refresh_token=ref-0", "refresh_token=ref-1", "refresh_token=ref-1"]);
    }

    #[test]
    fn a_token_that_still_lives_is_used_after_its_refresh_token_was_refused() {
        let refusal = || serve([("400 Bad Request", "")]);
        for (policy, state) in [
            (Policy { min_valid: Some(Duration::from_secs(86_400)), ..Policy::default() }, LoginState::Good),
            // It is refused itself where it is used.
            (Policy { instead_of: Some(&Secret::new("tok-0")), ..Policy::default() }, LoginState::Ended),
        ] {
            let memory = Memory::default();
            let mut entry = expired(Some("ref-0"), None);
            entry.token.expires_at = Some(now() + Duration::from_secs(3600));
            memory.slot(b"").keep(&entry, now()).unwrap();
            let (endpoint, server) = refusal();
            assert!(run(&memory, &endpoint, policy).is_err());
            assert_eq!(kept(&memory).unwrap().state(now(), &Policy::default()), state);
            server.join().unwrap();
        }
    }

    #[test]
    fn a_refreshed_id_token_is_that_of_the_login_or_nothing_is_kept() {
        let old = r#"{"iss":"https://idp","sub":"alice","aud":"app","exp":1}"#;
        for (new, differs) in [
            (r#"{"iss":"https://idp","sub":"alice","aud":["app"],"exp":2}"#, None),
            (
                r#"{"iss":"https://other","sub":"alice","aud":"app"}"#,
                Some("its iss is 'https://other', and was 'https://idp'"),
            ),
            (r#"{"iss":"https://idp","sub":"bob","aud":"app"}"#, Some("its sub is 'bob', and was 'alice'")),
            (r#"{"iss":"https://idp","sub":"Alice","aud":"app"}"#, Some("its sub is 'Alice', and was 'alice'")),
            (r#"{"iss":"https://idp","aud":"app"}"#, Some("its sub is missing, and was 'alice'")),
            (
                r#"{"iss":"https://idp","sub":"alice","aud":["app","api"]}"#,
                Some("its aud is 'app', 'api', and was 'app'"),
            ),
            ("[]", Some("")),
        ] {
            let memory = Memory::default();
            memory.slot(b"").keep(&expired(Some("ref-0"), Some(old)), now()).unwrap();
            let body = |id_token: &str| {
                format!(
                    r#"{{"access_token":"tok-1","token_type":"Bearer","expires_in":1,"refresh_token":"ref-1"{id_token}}}"#
                )
            };
            // The first answer has none, and does not make anybody forget whose login it is.
            let with = body(&format!(r#","id_token":"{}""#, id_token(new)));
            let (endpoint, server) = serve([(JSON, body("")), (JSON, with)]);
            let long = Policy { min_valid: Some(Duration::from_secs(60)), ..Policy::default() };
            run(&memory, &endpoint, long).unwrap();
            let before = kept(&memory).unwrap();
            match (run(&memory, &endpoint, long), differs) {
                (Ok(_), None) => assert_eq!(kept(&memory).unwrap().identity().unwrap().raw("exp"), Some("2")),
                (Err(error), Some(differs)) => {
                    let told = error.to_string();
                    assert!(told.starts_with(&format!("the ID token is not right: {differs}")), "{told}");
                    assert_eq!(Problem::from(error).class, Class::BadResponse);
                    assert_eq!(kept(&memory).unwrap().flight, before.flight);
                }
                (outcome, _) => panic!("{new}: {}", outcome.is_ok()),
            }
            server.join().unwrap();
        }
    }

    #[test]
    fn an_id_token_that_no_refresh_brings_is_handed_over_as_long_as_it_lives() {
        let lives = r#"{"iss":"i","sub":"s","exp":1800000100}"#;
        let over = r#"{"iss":"i","sub":"s","exp":1799999999}"#;
        let body = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600,"refresh_token":"ref-1"}"#;
        let handed = Policy { handed_over: Some("id_token"), ..Policy::default() };
        for (claims, plain) in [(lives, Some(id_token(lives))), (over, None)] {
            let memory = Memory::default();
            memory.slot(b"").keep(&expired(Some("ref-0"), Some(claims)), now()).unwrap();
            let (endpoint, server) = serve([(JSON, body)]);
            let token = run(&memory, &endpoint, Policy::default()).unwrap();
            let named = token.named("id_token").map(|raw| raw.trim_matches('"').to_owned());
            assert_eq!(named, plain);
            assert!(token.members.raw("id_token").is_none(), "the answer itself is as it came");
            server.join().unwrap();
        }
        let memory = Memory::default();
        memory.slot(b"").keep(&expired(Some("ref-0"), Some(over)), now()).unwrap();
        let (endpoint, server) = serve([(JSON, body)]);
        let error = run(&memory, &endpoint, handed).map(drop).unwrap_err();
        assert!(matches!(error, AcquireError::LoginNeeded(LoginNeeded::NoIdToken, _)), "{error}");
        server.join().unwrap();
        let kept = kept(&memory).unwrap();
        assert_eq!(kept.token.refresh_token.as_ref().map(Secret::expose), Some("ref-1"), "the login goes on");
    }
}
