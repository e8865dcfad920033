//! The browser's way (RFC 8252): the port, the request, the browser, and whoever comes back first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use super::{LoginError, Person, Prompt};
use crate::acquire::ask::To;
use crate::acquire::{AcquireError, Event, Located, Means};
use crate::browser::open;
use crate::crypto::Unavailable;
use crate::deadline::Deadline;
use crate::listener::{Came, Listener, Page, Place, Serving, Start, Terms, Tls};
use crate::oauth::diagnosis::{Circumstances, Sent};
use crate::oauth::login::authorize::{self, Fresh};
use crate::oauth::login::callback::{self, CallbackError, Expected, Pasted};
use crate::oauth::login::{Login, Redirect, ResponseMode, pushed};
use crate::oauth::{Deviation, Endpoint, Grant, ProofKey, Request, Token, jwt};
use crate::problem::Problem;
use crate::secret::redact::Conceal as _;
use crate::secret::{Redactor, Secret};
use crate::terminal::{self, Pasting};

/// An authorization request that went to a person.
pub struct Begun {
    /// The address to open.
    pub url: String,
    /// What is only good for this login.
    pub fresh: Fresh,
    /// Where the browser comes back.
    pub redirect_uri: String,
    /// How long the address is good,
    pub lasts: Duration,
    /// and until when.
    pub until: SystemTime,
    /// It was pushed: the server says how long.
    pub is_pushed: bool,
}

/// So many answers to other logins are warned of.
const MOST_FOREIGN: usize = 5;

/// A login of which a person was told.
#[derive(Clone, Copy)]
pub(super) struct UnderWay<'a> {
    pub request: &'a Request,
    pub place: &'a Located<'a>,
    pub begun: &'a Begun,
    /// The key that the token is to be bound to.
    pub key: Option<&'a ProofKey>,
    pub person: &'a Person<'a>,
}

/// A browser that waits for the page: it comes last, when what it says is true.
#[must_use = "somebody waits for the page"]
pub(in crate::acquire) struct Closing {
    serving: Serving,
    page: Page,
}

impl Closing {
    /// Shows it.
    pub(in crate::acquire) fn close(self) {
        self.serving.finish(&self.page);
    }
}

/// What may happen while a person is waited for.
enum Word {
    Came(Came),
    /// A line, or that there will be none any more.
    Pasted(Option<Zeroizing<String>>),
    /// No browser could be opened, for this reason.
    Unopened(String),
}

/// Listens at the first of the redirects whose port is free. Gives where the browser comes back, as it is sent.
fn listen(
    login: &Login,
    person: &Person<'_>,
    deadline: Deadline,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Option<Listener>, String), AcquireError> {
    let (mut refused, mut tls) = (None, None);
    for redirect in &login.redirects {
        let redirect_uri = redirect.as_str().to_owned();
        if !redirect.is_listened() {
            // Without a port the address is opened by hand.
            let start = Listener::start_only().ok();
            return if person.has_terminal {
                Ok((start, redirect_uri))
            } else {
                Err(LoginError::NoPaste(redirect_uri).into())
            };
        }
        if redirect.is_https() && tls.is_none() {
            tls = (person.tls)(deadline).map_err(|problem| AcquireError::Unmade(Box::new(problem)))?;
            tls.iter().for_each(|tls| on_event(Event::Secrets(tls.key.as_ref().unwrap_or(&tls.cert))));
        }
        match Listener::bind(&place_of(redirect, person, tls.as_ref())) {
            Ok(listener) => {
                listener.warning().iter().for_each(|warning| on_event(Event::Doubt(warning)));
                let uri = redirect.at_port(redirect.port().unwrap_or(listener.port()));
                return Ok((Some(listener), uri));
            }
            Err(source) => {
                refused.get_or_insert(LoginError::Bind { redirect_uri, source });
            }
        }
    }
    Err(refused.unwrap_or_else(|| LoginError::NoPaste(String::new())).into())
}

impl Means<'_> {
    /// Has a person log in with a browser.
    pub(super) fn by_browser(
        &self,
        request: &Request,
        person: &Person<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<Closing>), AcquireError> {
        let Some(login) = &request.login else { return Err(LoginError::NoPaste(String::new()).into()) };
        // Before anything is sent: whoever has the port would get the code.
        let (listener, redirect_uri) = listen(login, person, self.deadline, on_event)?;
        let key = self.proof_key(request)?;
        self.at_place(request, on_event, |place, on_event| {
            let begun = self.begin(request, place, redirect_uri, key.as_ref(), person.patience, on_event)?;
            let way = UnderWay { request, place, begun: &begun, key: key.as_ref(), person };
            self.wait_for_browser(&way, listener, on_event)
        })
    }

    /// Makes the request that a person is to answer, and pushes it where that is wanted.
    pub(super) fn begin(
        &self,
        request: &Request,
        place: &Located<'_>,
        redirect_uri: String,
        key: Option<&ProofKey>,
        patience: Duration,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Begun, AcquireError> {
        let fresh = Fresh::draw(request).map_err(unmade)?;
        on_event(Event::Secrets(&fresh));
        let endpoint = self.needed(request, place, Endpoint::Authorization)?;
        let jkt = key.map(ProofKey::thumbprint);
        let fields = authorize::fields(request, &fresh, &redirect_uri, jkt.as_deref());
        on_event(Event::Asking(&fields));
        let now = (self.clock)();
        let until = |lasts| now.checked_add(lasts).unwrap_or(now);
        let is_pushed = request.login.as_ref().is_some_and(|login| login.par)
            || place.metadata().is_some_and(|metadata| metadata.requires_pushed);
        if !is_pushed {
            let url = authorize::url(&endpoint, &fields);
            return Ok(Begun { url, fresh, redirect_uri, lasts: patience, until: until(patience), is_pushed });
        }
        let at = self.needed(request, place, Endpoint::PushedAuthorization)?;
        let to = To::new(Endpoint::PushedAuthorization, &at, &fields);
        let pushed = self.post(request, place, &to, on_event, pushed::read)?;
        on_event(Event::Secrets(&pushed));
        let id = request.client.as_ref().map_or("", |client| &client.id);
        let url = authorize::url(&endpoint, &authorize::pushed_fields(id, &pushed.request_uri));
        let lasts = pushed.expires_in.map_or(patience, |lasts| lasts.min(patience));
        Ok(Begun { url, fresh, redirect_uri, lasts, until: until(lasts), is_pushed })
    }

    fn wait_for_browser(
        &self,
        way: &UnderWay<'_>,
        listener: Option<Listener>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<Closing>), AcquireError> {
        let UnderWay { request, place, begun, person, .. } = *way;
        let since = Instant::now();
        let redirect = Redirect::parse(&begun.redirect_uri).unwrap_or_default();
        let port = listener.as_ref().filter(|_| redirect.is_listened()).map(Listener::port);
        let token = jwt::fresh_id().map_err(unmade)?;
        let starts_at = listener.as_ref().map(|listener| listener.start_address(&token));
        let state = begun.fresh.state.clone();
        let terms = Terms {
            is_answer: Box::new(move |text| callback::is_ours(text, &state)),
            form_post: request.login.as_ref().is_some_and(|login| login.response_mode == ResponseMode::FormPost),
            start: Some(Start { token, location: begun.url.clone() }),
        };
        let (sender, words) = channel();
        let is_there = Arc::new(AtomicBool::new(false));
        let came = {
            let (sender, is_there) = (sender.clone(), Arc::clone(&is_there));
            move |came| {
                is_there.fetch_or(matches!(came, Came::Started), Ordering::Relaxed);
                let _ = sender.send(Word::Came(came));
            }
        };
        let serving = listener.map(|listener| listener.serve(terms, Box::new(came))).transpose();
        let serving = serving.map_err(LoginError::Serve)?;
        let openers = starts_at.as_ref().map(|address| (person.openers)(address)).unwrap_or_default();
        let is_opened = !openers.is_empty();
        let has_device = self.endpoint(request, place, Endpoint::DeviceAuthorization).is_ok_and(|url| url.is_some());
        on_event(Event::Prompt(&Prompt::Browser {
            url: &begun.url,
            redirect_uri: &begun.redirect_uri,
            lasts: begun.lasts,
            until: begun.until,
            is_pushed: begun.is_pushed,
            start: starts_at.as_deref(),
            is_opened,
            can_paste: person.has_terminal,
            ssh: person.ssh.as_deref(),
            port,
            has_device,
        }));
        if is_opened {
            let (sender, was_there) = (sender.clone(), Arc::clone(&is_there));
            let unopened = move |why| {
                let _ = sender.send(Word::Unopened(why));
            };
            if let Err(error) =
                open(openers, person.withheld.clone(), move || was_there.load(Ordering::Relaxed), unopened)
            {
                on_event(Event::NoBrowser(&error.to_string()));
            }
        }
        let pasted = {
            let sender = sender.clone();
            move |line| {
                let _ = sender.send(Word::Pasted(line));
            }
        };
        let mut pasting = if person.has_terminal { Pasting::begin(pasted).ok() } else { None };
        let mut redactor = self.redactor.clone();
        begun.fresh.conceal(&mut redactor);
        let expected = Expected {
            state: &begun.fresh.state,
            issuer: self.issuer(request, place),
            must_name_issuer: place.metadata().is_some_and(|metadata| metadata.answers_name_issuer),
            redactor: &redactor,
        };
        let mut foreign = 0;
        let mut started_twice = false;
        let mut is_other_way = false;
        let answer = loop {
            let left = person.patience.saturating_sub(since.elapsed());
            let word = match words.recv_timeout(left) {
                Ok(word) => word,
                Err(_) => {
                    return Err(LoginError::NobodyCame {
                        within: person.patience,
                        client: request.client.as_ref().map(|client| client.id.clone()).unwrap_or_default(),
                        redirect_uri: begun.redirect_uri.clone(),
                        is_listened: redirect.is_listened(),
                        was_there: is_there.load(Ordering::Relaxed),
                        pushed: Some(begun.lasts).filter(|lasts| *lasts < person.patience),
                        has_device,
                    }
                    .into());
                }
            };
            match word {
                Word::Came(Came::Answer { text, is_other_way: other }) => {
                    is_other_way = other;
                    break Pasted::Answer(text);
                }
                Word::Came(Came::Foreign { error, line }) => {
                    on_event(Event::Listened(&line));
                    foreign += 1;
                    // Anybody may send as many as he likes.
                    if foreign <= MOST_FOREIGN {
                        error.iter().for_each(|error| on_event(Event::ForeignAnswer(error)));
                    }
                }
                Word::Came(Came::Noted(line)) => on_event(Event::Listened(&line)),
                Word::Came(Came::Started) => {}
                Word::Came(Came::StartedAgain) => {
                    started_twice = true;
                    on_event(Event::StartedTwice);
                }
                Word::Unopened(why) => on_event(Event::NoBrowser(&why)),
                // Whoever gives up pasting may still come with the browser.
                Word::Pasted(None) if redirect.is_listened() => pasting = None,
                Word::Pasted(None) => return Err(LoginError::GivenUp.into()),
                Word::Pasted(Some(text)) => {
                    match callback::pasted(&text, &redirect, &begun.redirect_uri) {
                        Ok(Pasted::Answer(query)) if callback::is_ours(&query, &begun.fresh.state) => {
                            break Pasted::Answer(query);
                        }
                        Ok(Pasted::Answer(_)) => on_event(Event::Unpasted("it is not the answer to this login")),
                        Ok(Pasted::Code(code)) => break Pasted::Code(code),
                        Err(why) => on_event(Event::Unpasted(&why.to_string())),
                    }
                    pasting.iter_mut().for_each(Pasting::again);
                }
            }
        };
        drop(pasting);
        // A person's time does not count.
        let means = Means { deadline: self.deadline.later_by(since.elapsed()), ..*self };
        let outcome = means.code_of(way, answer, &expected, is_other_way, on_event);
        let outcome = outcome.and_then(|code| means.trade(way, &code, started_twice, on_event));
        let page = page(request, &outcome, &redactor);
        let closing = serving.map(|serving| Closing { serving, page });
        match outcome {
            Ok((token, _)) => Ok((token, closing)),
            Err(error) => {
                closing.into_iter().for_each(Closing::close);
                Err(error)
            }
        }
    }

    /// The code that an answer has.
    pub(super) fn code_of(
        &self,
        way: &UnderWay<'_>,
        answer: Pasted,
        expected: &Expected<'_>,
        is_other_way: bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Secret, AcquireError> {
        let (code, mut deviations) = match answer {
            Pasted::Code(code) => (code, Vec::new()),
            Pasted::Answer(text) => {
                on_event(Event::CameBack(&callback::traced(&text)));
                callback::read(&text, expected)
                    .map_err(|error| self.refused(way.request, way.place, &error, on_event))?
            }
        };
        on_event(Event::Secrets(&code));
        if is_other_way {
            deviations.push(Deviation {
                what: "the answer came in the query, and form_post was asked for".to_owned(),
                section: "OAuth 2.0 Form Post Response Mode §2",
            });
        }
        self.tolerate(deviations, on_event)?;
        Ok(code)
    }

    /// Trades the code, and looks at what that brings. Gives who logged in, if that is known.
    pub(super) fn trade(
        &self,
        way: &UnderWay<'_>,
        code: &Secret,
        started_twice: bool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<String>), AcquireError> {
        let UnderWay { request, place, begun, key, person } = *way;
        let grant = Grant::code(code, &begun.redirect_uri, begun.fresh.verifier.as_ref());
        let traded = Request { grant, ..request.clone() };
        let token = self.fetch(&traded, place, false, key, on_event)?;
        let account = self.check(request, place, &token, begun.fresh.nonce.as_ref(), on_event)?;
        if started_twice {
            confirmed(account.as_deref(), person)?;
        }
        self.warn_of_end(request, place, &token, on_event);
        Ok((token, account))
    }

    /// What the server said no with, in the browser.
    fn refused(
        &self,
        request: &Request,
        place: &Located<'_>,
        error: &CallbackError,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> AcquireError {
        let endpoint = match self.needed(request, place, Endpoint::Authorization) {
            Ok(endpoint) => endpoint,
            Err(error) => return error,
        };
        let oauth = match error {
            CallbackError::Refused { oauth, deviations } => {
                deviations.iter().for_each(|deviation| on_event(Event::Deviation(deviation)));
                Some(oauth.clone())
            }
            _ => None,
        };
        let known = Circumstances {
            request,
            endpoint: Some(&endpoint),
            of: Some(Endpoint::Authorization),
            metadata: place.metadata(),
            now: (self.clock)(),
            server_clock: None,
            sent: Sent::default(),
        };
        LoginError::Answer { problem: Box::new(error.problem(&known)), oauth }.into()
    }
}

/// Asks whether who logged in is the person that was meant: somebody else may have seen the start address in `ps`.
pub(super) fn confirmed(account: Option<&str>, person: &Person<'_>) -> Result<(), LoginError> {
    let who = account.unwrap_or("whoever it was");
    let came = account.unwrap_or("Somebody");
    let question = format!("The start address was opened more than once. {came} logged in: is that you?");
    // This time is a person's, too.
    let until = Deadline::after(person.patience);
    match person.has_terminal && terminal::ask_yes(&question, &until).unwrap_or(false) {
        true => Ok(()),
        false => Err(LoginError::StartedTwice { account: who.to_owned() }),
    }
}

/// What the person sees in the browser.
fn page(request: &Request, outcome: &Result<(Token, Option<String>), AcquireError>, redactor: &Redactor) -> Page {
    let told = |text: &str| redactor.redact(text).into_owned();
    match outcome {
        Ok((_, account)) => Page::LoggedIn { server: request.server.url().host().to_owned(), account: account.clone() },
        Err(error) => {
            let oauth = match error {
                AcquireError::Response { response, .. } => response.oauth(),
                AcquireError::Login(error) => match &**error {
                    LoginError::Answer { oauth, .. } => oauth.as_ref(),
                    _ => None,
                },
                _ => None,
            };
            let said = oauth.and_then(|oauth| oauth.error.clone()).unwrap_or_else(|| error.to_string());
            let description = oauth.and_then(|oauth| oauth.description.as_deref()).map(told);
            Page::Failed { error: told(&said), description }
        }
    }
}

/// A system without random bytes.
pub(super) fn unmade(error: Unavailable) -> AcquireError {
    AcquireError::Unmade(Box::new(Problem::from(error)))
}

/// The place to listen at for a redirect.
fn place_of(redirect: &Redirect, person: &Person<'_>, tls: Option<&Tls>) -> Place {
    Place {
        host: redirect.host().unwrap_or_default().to_owned(),
        port: redirect.port(),
        path: redirect.path().to_owned(),
        listen: person.listen,
        tls: tls.filter(|_| redirect.is_https()).cloned(),
    }
}
