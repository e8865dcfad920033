//! Asking a person, which some grants begin with: the port first, then the server, then the browser or the code, then the
//! wait; the token request after it; and what is checked before anybody hears of a success.

mod browser_way;
mod checks;
mod device_way;
mod two_steps;

use std::io;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::{AcquireError, Event, LoginNeeded, Means};
use crate::browser::Opener;
use crate::deadline::Deadline;
use crate::listener::{BindError, Tls};
use crate::oauth::login::Way;
use crate::oauth::login::id_token::IdTokenError;
use crate::oauth::{Endpoint, OAuthError, Request, Token};
use crate::problem::{self, Class, Problem, Shortage};

pub use browser_way::Begun;
pub(super) use browser_way::Closing;
pub use device_way::Entered;
pub use two_steps::{Finishing, ToDo};

/// How a person is asked.
pub struct Person<'a> {
    /// A terminal can be read: an address may be pasted there, and a question answered.
    pub has_terminal: bool,
    /// So long the person has.
    pub patience: Duration,
    /// Where to listen instead of where the redirect says.
    pub listen: Option<(IpAddr, Option<u16>)>,
    /// Reads until then what an https redirect is listened on with. It is somebody's command, or another source.
    pub tls: &'a dyn Fn(Deadline) -> problem::Result<Option<Tls>>,
    /// What opens an address, best first; none where no browser is opened.
    pub openers: &'a dyn Fn(&str) -> Vec<Opener>,
    /// The variables that what opens it does not inherit.
    pub withheld: Vec<String>,
    /// The way with a code opens a browser as well.
    pub opens_device: bool,
    /// And draws the address.
    pub draws_address: bool,
    /// The person was asked in another run, and this is what came of it.
    pub finishing: Option<&'a Finishing>,
    /// The machine that the person came from by SSH knows this one by this name.
    pub ssh: Option<String>,
}

/// Whether a person is asked.
#[derive(Clone, Copy)]
pub enum Asking<'a> {
    /// Nobody is, for this reason.
    Nobody(&'static str),
    /// This is how.
    Person(&'a Person<'a>),
}

/// What a person is told that is to be done. It is told whatever else is not.
#[derive(Debug)]
pub enum Prompt<'a> {
    /// An address is to be opened.
    Browser {
        /// It.
        url: &'a str,
        /// Where the browser comes back.
        redirect_uri: &'a str,
        /// How long it is good,
        lasts: Duration,
        /// and until when.
        until: SystemTime,
        /// It is good no longer than that because the server says so.
        is_pushed: bool,
        /// The same by a short address on this machine.
        start: Option<&'a str>,
        /// A browser is being opened.
        is_opened: bool,
        /// The address where the browser ends may be pasted.
        can_paste: bool,
        /// The name of this machine for the one that the person sits at.
        ssh: Option<&'a str>,
        /// The port that the browser comes back to.
        port: Option<u16>,
        /// The server knows the way with a code as well.
        has_device: bool,
    },
    /// A code is to be entered.
    Device {
        /// Where.
        verification_uri: &'a str,
        /// The same with the code in it.
        complete: Option<&'a str>,
        /// The code.
        user_code: &'a str,
        /// The address is to be drawn.
        is_drawn: bool,
        /// How long it is good,
        lasts: Duration,
        /// and until when.
        until: SystemTime,
    },
}

/// Why nobody is logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Nobody came back in time.
    #[error("nobody came back from the browser within {}", humantime::format_duration(*.within))]
    NobodyCame {
        /// So long.
        within: Duration,
        /// Who asked.
        client: String,
        /// Where it would have come back to.
        redirect_uri: String,
        /// Whether it comes back to this machine,
        is_listened: bool,
        /// and has been there.
        was_there: bool,
        /// The pushed request was good for so long, where that is less.
        pushed: Option<Duration>,
        /// The server knows the way with a code as well.
        has_device: bool,
    },
    /// Nobody pastes anything, and nobody listens.
    #[error("the login was given up")]
    GivenUp,
    /// The start address was opened by somebody else too.
    #[error("the start address was opened more than once, and nobody said that {account} is right")]
    StartedTwice {
        /// Who logged in.
        account: String,
    },
    /// Somebody else logged in.
    #[error("{came} logged in, and not {wanted}")]
    OtherAccount {
        /// Who did.
        came: String,
        /// Who was to.
        wanted: String,
    },
    /// There is no port to listen on.
    #[error("cannot wait for the browser at {redirect_uri}: {source}")]
    Bind {
        /// Where.
        redirect_uri: String,
        /// Why not.
        source: BindError,
    },
    /// Nothing can be listened with.
    #[error("cannot wait for the browser: {0}")]
    Serve(io::Error),
    /// The answer can neither be listened for nor pasted.
    #[error("nobody listens at {0}, and there is no terminal to paste the answer at")]
    NoPaste(String),
    /// What the browser came back with is no code, or what was asked with a code is over.
    #[error("{}", problem.message())]
    Answer {
        /// What is told of it.
        problem: Box<Problem>,
        /// What the server said.
        oauth: Option<OAuthError>,
    },
    /// The ID token is not right.
    #[error("the ID token is not right: {0}")]
    IdToken(#[from] IdTokenError),
    /// The server has no such endpoint.
    #[error("{server} names no {}", .endpoint.name())]
    NoEndpoint {
        /// Whose metadata, or the token endpoint that is given alone.
        server: String,
        /// Which.
        endpoint: Endpoint,
        /// The other way to log in, where the server has that.
        other: Option<Way>,
    },
}

impl LoginError {
    /// The way to log in that the server has, where it lacks the one that was asked for.
    pub fn other_way(&self) -> Option<Way> {
        match self {
            Self::NoEndpoint { other, .. } => *other,
            _ => None,
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        let message = error.to_string();
        match error {
            LoginError::Answer { problem, .. } => *problem,
            LoginError::IdToken(error) => error.into(),
            LoginError::Bind { source, .. } => {
                let told = Self::from(source);
                let mut problem = Self::in_words(told.class, message);
                problem.hints = told.hints;
                problem
            }
            LoginError::Serve(source) => {
                Self::in_words(Class::Usage, message).for_want_of(Shortage::of_start(&source), Class::Usage)
            }
            LoginError::NoPaste(_) => Self::in_words(Class::Usage, message).hint(
                "run it at a terminal, or in two steps: oauth2tok login --begin, then oauth2tok login --finish ID",
            ),
            LoginError::NoEndpoint { endpoint, server, .. } => endpoint.lacking(&server),
            LoginError::NobodyCame { within, client, redirect_uri, is_listened, was_there, pushed, has_device } => {
                let ports = match is_listened {
                    true => " some servers take any port on 127.0.0.1, some none but the registered one",
                    false => "",
                };
                let mut hints = vec![format!(
                    "if the browser shows an error of the server: does it know client '{client}', and is {redirect_uri} registered for it (redirect_uri)?{ports}"
                )];
                hints.extend(pushed.map(|lasts| {
                    let lasts = humantime::format_duration(lasts);
                    format!("if it says that the request is not known or is over: its address was good for {lasts} only; log in again")
                }));
                if is_listened && !was_there {
                    let by_code = if has_device { "log in with --device, or " } else { "" };
                    hints.push(format!("if the browser cannot reach that address: it runs on another machine; {by_code}have the port forwarded (ssh -L)"));
                }
                if is_listened {
                    hints.push("if nothing happens after the login page: its Content-Security-Policy may forbid the way back (form-action)".to_owned());
                }
                let twice = humantime::format_duration(within.saturating_mul(2)).to_string().replace(' ', "");
                hints.push(format!(
                    "if {} was too short: login_timeout: {twice} in a profile, or --login-timeout {twice} for oauth2tok login",
                    humantime::format_duration(within)
                ));
                Self::in_words(Class::Login, message).hints(hints)
            }
            LoginError::GivenUp => Self::in_words(Class::Login, message).hint("log in again"),
            LoginError::OtherAccount { .. } => {
                Self::in_words(Class::Login, message).hint("let the server ask who it is: --prompt select_account")
            }
            LoginError::StartedTwice { .. } => Self::in_words(Class::Login, message).hint(
                "somebody else on this machine may have logged in as himself: log in again, and answer the question at a terminal",
            ),
        }
    }
}

impl Means<'_> {
    /// Asks a person, and gives what comes of it, and what is left to do once that is kept.
    pub(super) fn log_in(
        &self,
        request: &Request,
        needed: LoginNeeded,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<(Token, Option<Closing>), AcquireError> {
        let person = match self.asking {
            Asking::Person(person) => person,
            Asking::Nobody(why) => return Err(AcquireError::LoginNeeded(needed, why)),
        };
        if let Some(finishing) = person.finishing {
            return Ok((self.finish_login(request, person, finishing, on_event)?, None));
        }
        match request.grant.kind.person {
            Some(Way::Device) => Ok((self.by_device(request, person, on_event)?, None)),
            _ => self.by_browser(request, person, on_event),
        }
    }
}
