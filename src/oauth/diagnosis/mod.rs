//! From an answer to advice: what the person in front of it can change, in their own values.
//!
//! Advice rests on the status, the code and the words of an answer together (`meaning`), on what the server's metadata says
//! and on what is known of the request (`advice`, `address`). It never guesses at a vendor, and it names nothing that this
//! program does not have.

mod address;
mod advice;
mod client;
mod denial;
mod meaning;
mod signed;
#[cfg(test)]
mod tests;
mod words;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use self::meaning::Meaning;
use self::words::{Said, Words};
use super::discovery::Metadata;
use super::endpoints::Endpoint;
use super::login::Login;
use super::post::Statement;
use super::reply::{OAuthError, ResponseError, is_passing};
use super::request::{Request, Server};
use crate::wire::Url;

pub use address::{of_metadata, without_metadata};
pub(super) use client::roughly;
pub use denial::{Denial, Refused};

/// More than so many hints nobody reads.
const MOST: usize = 4;

/// What to do about a token that the server does not revoke (RFC 7009 §2.2.1).
const UNREVOKABLE: &str = "the server does not revoke tokens of this kind; oauth2tok logout --local does not ask it";

/// What is known around an answer.
pub struct Circumstances<'a> {
    /// What was asked,
    pub request: &'a Request,
    /// and where, as far as that is known;
    pub endpoint: Option<&'a Url>,
    /// which endpoint that is, if not the one for tokens.
    pub of: Option<Endpoint>,
    /// The server's metadata, if the endpoint came from it.
    pub metadata: Option<&'a Metadata>,
    /// This machine's clock when the answer came.
    pub now: SystemTime,
    /// The server's clock, by its Date header.
    pub server_clock: Option<SystemTime>,
    /// What of it was signed.
    pub sent: Sent<'a>,
}

/// What a request said that JWTs and certificates say.
#[derive(Clone, Default)]
pub struct Sent<'a> {
    /// Nobody knows: the answer was found.
    pub is_unseen: bool,
    /// The JWTs in it, made here or by somebody else.
    pub statements: &'a [Statement],
    /// The RFC 7638 thumbprint of the key that signed the assertion.
    pub thumbprint: Option<String>,
    /// The certificate of that key (DER).
    pub certificate: Option<&'a [u8]>,
    /// The RFC 7638 thumbprint of the key of proofs.
    pub jkt: Option<String>,
    /// What was added to this machine's clock (milliseconds).
    pub clock_offset: i64,
    /// The certificates that the server was shown, the client's first (DER).
    pub shown: &'a [Vec<u8>],
}

impl Circumstances<'_> {
    /// The client as messages call it.
    pub(super) fn who(&self) -> String {
        self.request.client.as_ref().map_or("this client".to_owned(), |client| format!("client '{}'", client.id))
    }

    /// Where it was asked, without the query, or what that is called in a sentence.
    pub(super) fn url(&self) -> Cow<'_, str> {
        match (self.endpoint, &self.request.server) {
            (Some(url), _) => url.without_query().into(),
            (None, Server::Issuer(issuer)) => format!("the {} of {}", self.place(), issuer.as_str()).into(),
            (None, Server::Endpoint(_)) => "the address that was asked".into(),
        }
    }

    /// The grant as messages call it.
    fn grant(&self) -> String {
        match &*self.request.grant.name {
            "" => "this grant".to_owned(),
            name => format!("the {name} grant"),
        }
    }

    /// Its bare name, or `other` where that is not known.
    fn grant_or<'n>(&'n self, other: &'n str) -> &'n str {
        Some(&*self.request.grant.name).filter(|name| !name.is_empty()).unwrap_or(other)
    }

    /// Nothing is known of the client: the answer was found somewhere.
    fn is_blind(&self) -> bool {
        self.request.is_unknown() && self.request.client.is_none()
    }
}

impl<'a> Circumstances<'a> {
    /// What the endpoint is called in a sentence.
    fn place(&self) -> &'static str {
        self.of.map_or("token endpoint", Endpoint::in_words)
    }

    /// The setting that says where it is.
    fn setting(&self) -> &'static str {
        self.of.map_or("token_endpoint", Endpoint::name)
    }

    /// What is said of a login where a person is asked.
    fn login(&self) -> Option<&'a Login> {
        self.request.login.as_deref().filter(|_| self.request.grant.kind.person.is_some())
    }
}

/// What to do about `error`, most likely first.
pub fn hints(error: &ResponseError, known: &Circumstances<'_>) -> Vec<String> {
    let mut hints = match error {
        ResponseError::Redirect { .. } => Vec::new(),
        ResponseError::Refused { status, oauth, .. } => of_answer(*status, oauth, None, known),
        ResponseError::NotAToken { status, oauth, body, .. } => {
            let page = body.is_page.then_some(body.kind.as_str());
            of_answer(*status, oauth, page, known)
        }
        // What is signed may be what a server stumbles over.
        ResponseError::Unavailable { status: 500, oauth, retry_after, .. } => {
            let told = |said: &Said<'_>| signed::hints(said, None, Vec::new, known).unwrap_or_default();
            let of_signed = with_words(500, oauth, None, told);
            of_signed.into_iter().take(MOST - 1).chain([later(500, *retry_after)]).collect()
        }
        ResponseError::Unavailable { status, retry_after, .. } => vec![later(*status, *retry_after)],
    };
    match error {
        ResponseError::Redirect { location, .. } => hints.push(address::of_redirect(location.as_deref(), known)),
        ResponseError::Refused { location: Some(location), .. } => {
            hints.push(address::of_redirect(Some(location), known));
        }
        ResponseError::Refused { status, retry_after, .. } if *status == 429 || *status >= 500 => {
            let when = when_again(*retry_after);
            hints.push(format!("HTTP {status} may mean trouble of the server's own, which passes; {when}"));
        }
        _ => {}
    }
    hints.truncate(MOST);
    hints
}

/// What to do about a refusal that a browser came back with, which has no status.
pub fn of_login(oauth: &OAuthError, known: &Circumstances<'_>) -> Vec<String> {
    let is_passing = ["server_error", "temporarily_unavailable"].map(Some).contains(&oauth.error.as_deref());
    let mut hints = if is_passing { vec![when_again(None)] } else { of_answer(400, oauth, None, known) };
    hints.truncate(MOST);
    hints
}

/// What to do about an answer that says something; `page` is what a web page calls itself.
fn of_answer(status: u16, oauth: &OAuthError, page: Option<&str>, known: &Circumstances<'_>) -> Vec<String> {
    with_words(status, oauth, page, |said| {
        if known.of == Some(Endpoint::Revocation) && said.code.speak_of("unsupported token type") {
            return vec![UNREVOKABLE.to_owned()];
        }
        let meaning = meaning::of(status, said.code, said.words, known.login().is_some());
        let meaning = if is_elsewhere(known) { meaning::elsewhere(meaning, status, said.words) } else { meaning };
        // A server that says nothing of what is wrong may not have been asked for a token.
        let says_little = matches!(meaning, None | Some(Meaning::RequestRefused | Meaning::PathUnknown));
        if let Some(hint) = address::of_another_endpoint(known).filter(|_| says_little) {
            return vec![hint];
        }
        let usual = || match meaning {
            Some(meaning) => advice::on(meaning, said.words, known),
            None => address::by_status(status, oauth, page.is_some(), known),
        };
        let mut hints = signed::hints(said, meaning, usual, known).unwrap_or_else(usual);
        if let Some(wanted) = client::secret_wanted(said, known) {
            let is_open = matches!(
                meaning,
                None | Some(Meaning::ClientRefused | Meaning::ClientMissing | Meaning::GrantNotAllowed)
            );
            let shapes = known.request.client.as_ref().map_or(0, |client| client::shapes(client).len());
            hints.insert(if is_open { shapes.min(hints.len()) } else { hints.len() }, wanted);
        }
        hints
    })
}

/// True at an endpoint that hears of the client and of no token that is to be had.
fn is_elsewhere(known: &Circumstances<'_>) -> bool {
    known.of.is_some_and(|of| of != Endpoint::Authorization)
}

/// What `tell` makes of the words of an answer.
fn with_words<T>(status: u16, oauth: &OAuthError, page: Option<&str>, tell: impl FnOnce(&Said<'_>) -> T) -> T {
    let code = oauth.error.as_deref().unwrap_or_default();
    // A standard code has words in it that mean less than they say; any other may say all there is.
    let (code, own) = if advice::is_standard(code) { (code, "") } else { ("", code) };
    let raw = oauth.description.as_deref().unwrap_or_default();
    let words = Words::of([own, raw, page.unwrap_or_default()]);
    tell(&Said { status, code: &Words::of([code, own]), words: &words, raw })
}

fn later(status: u16, retry_after: Option<Duration>) -> String {
    let when = when_again(retry_after);
    match is_passing(status) {
        true => format!("{when}; --retry and --timeout say how often and how long a run tries by itself"),
        false => when,
    }
}

fn when_again(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) if !wait.is_zero() => {
            let more = if wait == Duration::MAX { " or more" } else { "" };
            format!("the server asks to wait {} s{more}: try again then", wait.as_secs())
        }
        _ => "try again later".into(),
    }
}
