//! The heart: from a request to a token. Discover, build, send, parse; retry where that can help.
//!
//! It joins the protocol and the transport, which do not know each other, and tells what happens as [`Event`]s. It never
//! prints and reads no clock but the one of its deadline; `now` comes from above.

mod ask;
mod attempt;
mod discover;
mod event;
mod identity;
mod inquire;
mod kept;
mod keys;
mod login;
mod material;
mod renew;
mod revoke;
mod survey;
mod turn;
mod verdict;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use crate::cache::{Failure, MetadataSlot};
use crate::deadline::Deadline;
use crate::http::{Pool, TransportError, TransportKind};
use crate::identity::github::IdentityError;
use crate::net::NetError;
use crate::oauth::assertion::Purpose;
use crate::oauth::client;
use crate::oauth::diagnosis;
use crate::oauth::discovery::{DiscoveryError, Metadata};
use crate::oauth::login::Way;
use crate::oauth::maker::Maker;
use crate::oauth::reply::{self, Deviation, ResponseError};
use crate::oauth::signed::SignedError;
use crate::oauth::{Endpoint, ProofKey, Request, Server, Token};
use crate::problem::{Class, Problem};
use crate::secret::Redactor;
use crate::wire::Url;

pub use attempt::backoff;
use discover::Learned;

pub use discover::Discovered;
pub use event::{Event, Message, MetadataEvent};
pub use inquire::Inquiry;
pub use kept::{Storage, hit};
pub use login::{Asking, Begun, Entered, Finishing, LoginError, Person, Prompt, ToDo};
pub use material::{Material, Nonces, Tokens};
pub use renew::LoginNeeded;
pub use verdict::judged;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// The server was not reached, or what came was not HTTP.
    #[error("{}", error.told_of(server))]
    Transport {
        /// What was asked.
        server: Url,
        /// What happened.
        error: TransportError,
        /// Why it was not tried again, where that is not for what happened.
        once: Option<&'static str>,
    },
    /// The server answered otherwise.
    #[error("{message}")]
    Response {
        /// Who answered how, and whom it was about.
        message: String,
        /// With this.
        response: ResponseError,
        /// What was asked for, where the answer is about that.
        asked: Option<String>,
        /// About which this can be done.
        hints: Vec<String>,
    },
    /// A metadata document must not be used.
    #[error("the metadata at {url} is not used: {error}")]
    Metadata {
        /// Where it is.
        url: String,
        /// Why not.
        error: DiscoveryError,
        /// What can be done about it.
        hints: Vec<String>,
    },
    /// No place held a metadata document.
    #[error("no metadata found for issuer {issuer}")]
    NoMetadata {
        /// Whose.
        issuer: String,
        /// Each place and what was there.
        places: Vec<(String, String)>,
        /// True where a server was there but not able to answer.
        unavailable: bool,
    },
    /// No keys are where they should be.
    #[error("{} answered HTTP {status}", .url.without_query())]
    NoKeys {
        /// Where.
        url: Url,
        /// What came.
        status: u16,
    },
    /// An answer that is signed as a whole is not right.
    #[error("the signed answer of {} is not right: {error}", .url.without_query())]
    Signed {
        /// Whose.
        url: Url,
        /// Why not.
        error: SignedError,
        /// How the client says which algorithm it is signed with.
        setting: &'static str,
    },
    /// Another run asked for the same token while this one waited for it, and got none.
    #[error("{}", .0.message)]
    Elsewhere(Box<Failure>),
    /// Another run is asking for the same token and has not come back in time.
    #[error("another run is asking for the same {} and did not finish within {}", if *.is_login { "login" } else { "token" }, humantime::format_duration(*.budget))]
    Waited {
        /// The budget that is used up.
        budget: Duration,
        /// It may be waiting for a person.
        is_login: bool,
    },
    /// A person must log in.
    #[error("{0}")]
    LoginNeeded(LoginNeeded, &'static str),
    /// The platform that runs a job was not reached, or what came was not HTTP.
    #[error("{}", error.told_of(platform))]
    Unasked {
        /// What was asked.
        platform: Url,
        /// What happened.
        error: TransportError,
    },
    /// It does not say who the job is.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// What would have been sent cannot be made: a source gives nothing, or nobody signs.
    #[error("the request cannot be made")]
    Unmade(Box<Problem>),
    /// Nobody is logged in.
    #[error(transparent)]
    Login(Box<LoginError>),
    /// With `--strict`: deviations that are otherwise tolerated.
    #[error("the answer deviates from the standards")]
    Deviations(Vec<Deviation>),
}

impl From<AcquireError> for Problem {
    fn from(error: AcquireError) -> Self {
        let message = error.to_string();
        match error {
            AcquireError::Transport { server, error, once } => {
                let mut problem = error.problem(&server);
                let why = once.map(|why| format!("it was not repeated, since the server may have seen it: {why}"));
                problem.hints.splice(..0, why);
                problem.of_request()
            }
            AcquireError::Response { response, asked, hints, .. } => {
                response.problem(message).causes(asked).hints(hints).of_request()
            }
            AcquireError::Metadata { hints, .. } => Self::in_words(Class::BadResponse, message).hints(hints),
            AcquireError::NoMetadata { issuer, places, unavailable } => {
                let (class, hints) = match unavailable {
                    true => (Class::Unavailable, vec!["try again later".to_owned()]),
                    false => (Class::BadResponse, diagnosis::without_metadata(&issuer)),
                };
                let places = places.into_iter();
                let places = places.map(|(place, why)| format!("{}: {why}", place.split('?').next().unwrap_or(&place)));
                Self::in_words(class, message).causes(places).hints(hints).of_request()
            }
            AcquireError::Signed { url, error, setting } => error.problem(&url, setting),
            AcquireError::NoKeys { status, .. } => {
                let (class, hint) = match reply::is_unavailable(status) {
                    true => (Class::Unavailable, "try again later"),
                    false => (Class::BadResponse, "jwks_uri says where the keys are, if that is another place"),
                };
                let mut problem = Self::in_words(class, message).hint(hint).of_request();
                problem.details.http_status = Some(status);
                problem
            }
            AcquireError::Elsewhere(said) => {
                let mut problem = Self::in_words(said.kind.into(), message);
                problem.details.http_status = said.status;
                if let Some(oauth) = &said.oauth {
                    problem = oauth.tell(problem);
                }
                problem
                    .causes(["another run asked for the same token while this one waited for it".to_owned()])
                    .hints(said.hints)
            }
            AcquireError::Waited { is_login: true, .. } => {
                Self::in_words(Class::Login, message).hint("finish the login that is under way, or try again later")
            }
            AcquireError::LoginNeeded(why, nobody) => why.problem(nobody),
            AcquireError::Waited { .. } => {
                Self::in_words(Class::Unreached, message).hint("try again later, or ask apart from it with --no-cache")
            }
            AcquireError::Unasked { platform, error } => {
                let mut problem = error.problem(&platform);
                if error.kind() == TransportKind::BadReply {
                    problem.class = Class::Usage;
                }
                if let TransportError::Net(NetError::Tls { .. } | NetError::NoRoots) = error {
                    let instead = "what is asked who this job is takes its roots from SSL_CERT_FILE or the system: --cacert and --insecure are for the token endpoint";
                    problem.hints = vec![instead.to_owned()];
                }
                problem.of_request()
            }
            AcquireError::Identity(error) => Self::from(error).of_request(),
            AcquireError::Unmade(problem) => *problem,
            AcquireError::Login(error) => (*error).into(),
            AcquireError::Deviations(deviations) => Self::in_words(
                Class::BadResponse,
                "the answer deviates from the standards, and --strict tolerates nothing",
            )
            .causes(deviations.iter().map(|d| format!("{} ({})", d.what, d.section))),
        }
    }
}

impl From<LoginError> for AcquireError {
    fn from(error: LoginError) -> Self {
        Self::Login(Box::new(error))
    }
}

/// The means to ask a server, and the terms.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The transport.
    pub pool: &'a Pool,
    /// The transport shows a client certificate, for which metadata may name another endpoint (RFC 8705 §5).
    pub with_certificate: bool,
    /// When everything must be done.
    pub deadline: Deadline,
    /// How often to try again.
    pub retry: u32,
    /// Tolerate nothing.
    pub strict: bool,
    /// The member of the answer that is asked for: without a token it is enough.
    pub instead: Option<&'a str>,
    /// The wall clock, which dates lifetimes; the deadline has its own, which nobody can set.
    pub clock: &'a dyn Fn() -> SystemTime,
    /// What is known of issuers.
    pub discovered: &'a Discovered,
    /// Where metadata of the request's issuer is kept from run to run, if it is.
    pub metadata: Option<&'a MetadataSlot>,
    /// The secrets of this run: what an error quotes of an answer is cut, and has lost them before that.
    pub redactor: &'a Redactor,
    /// What signs, and where ready-made tokens come from.
    pub material: &'a Material<'a>,
    /// What servers want to see in proofs of possession.
    pub nonces: &'a Nonces,
    /// Whether and how a person is asked, where the grant wants one.
    pub asking: Asking<'a>,
}

impl Means<'_> {
    /// Tells of `deviations`.
    ///
    /// # Errors
    /// There are some, and nothing is tolerated.
    fn tolerate(&self, deviations: Vec<Deviation>, on_event: &mut dyn FnMut(Event<'_>)) -> Result<(), AcquireError> {
        deviations.iter().for_each(|deviation| on_event(Event::Deviation(deviation)));
        if self.strict && !deviations.is_empty() { Err(AcquireError::Deviations(deviations)) } else { Ok(()) }
    }
}

/// Where a request goes.
struct Located<'a> {
    endpoint: Cow<'a, Url>,
    /// What names the endpoint, if it is not given.
    metadata: Option<Learned>,
}

impl Located<'_> {
    fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref().map(|learned| &*learned.metadata)
    }

    fn without_metadata(&self) -> Located<'_> {
        Located { endpoint: Cow::Borrowed(&self.endpoint), metadata: None }
    }
}

impl Means<'_> {
    /// Gets a token: discovery first where it is needed, then the request.
    ///
    /// # Errors
    /// [`AcquireError`] for every way not to get a token.
    pub fn acquire(&self, request: &Request, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Token, AcquireError> {
        if request.login.is_some() {
            let (token, closing) = self.log_in(request, LoginNeeded::NotKept, on_event)?;
            closing.into_iter().for_each(login::Closing::close);
            return Ok(token);
        }
        let key = self.proof_key(request)?;
        self.at_place(request, on_event, |place, on_event| self.fetch(request, place, true, key.as_ref(), on_event))
    }

    /// The key that a new token is to be bound to: the user's, or a new one.
    fn proof_key(&self, request: &Request) -> Result<Option<ProofKey>, AcquireError> {
        let Some(dpop) = &request.dpop else { return Ok(None) };
        match self.material.proof_key {
            Some(key) => Ok(Some(key.clone())),
            None => ProofKey::generate(dpop.alg).map_err(|error| AcquireError::Unmade(Box::new(error.into()))),
        }
    }

    /// Finds where the request goes, and asks for no token; with a login, there must be a place where it begins.
    ///
    /// # Errors
    /// An issuer that does not name the endpoint.
    pub fn find(&self, request: &Request, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Url, AcquireError> {
        let place = self.locate(request, on_event)?;
        if let Some(way) = request.grant.kind.person {
            self.needed(request, &place, way.endpoint())?;
        }
        Ok(place.endpoint.into_owned())
    }

    /// The same, whether a login can begin there or not.
    ///
    /// # Errors
    /// An issuer that does not name the token endpoint.
    pub fn place_of(&self, request: &Request, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Url, AcquireError> {
        Ok(self.locate(request, on_event)?.endpoint.into_owned())
    }

    /// Finds where the request goes and does `work` there. Where that fails with metadata that an earlier run kept, whatever
    /// the reason, the metadata is forgotten: it may be the reason, an endpoint may have moved without a word, and to ask
    /// once more costs little beside a failure. What this run asked the issuer for stays.
    fn at_place<T>(
        &self,
        request: &Request,
        on_event: &mut dyn FnMut(Event<'_>),
        work: impl FnOnce(&Located<'_>, &mut dyn FnMut(Event<'_>)) -> Result<T, AcquireError>,
    ) -> Result<T, AcquireError> {
        let place = self.locate(request, on_event)?;
        let outcome = work(&place, on_event);
        outcome.inspect_err(|_| self.distrust(request, &place, on_event))
    }

    /// Forgets the metadata of a place where something failed, if an earlier run kept it.
    fn distrust(&self, request: &Request, place: &Located<'_>, on_event: &mut dyn FnMut(Event<'_>)) {
        if let (Server::Issuer(issuer), Some(Learned { is_kept: true, .. })) = (&request.server, &place.metadata) {
            self.forget_metadata(issuer, on_event);
        }
    }

    /// Where the request goes.
    fn locate<'r>(
        &self,
        request: &'r Request,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Located<'r>, AcquireError> {
        match &request.server {
            Server::Endpoint(url) => Ok(Located { endpoint: Cow::Borrowed(url), metadata: None }),
            Server::Issuer(issuer) => {
                let learned = self.metadata_of(issuer, &wanted(request), on_event)?;
                let endpoint = Cow::Owned(learned.metadata.endpoint(self.with_certificate).clone());
                Ok(Located { endpoint, metadata: Some(learned) })
            }
        }
    }
}

/// The endpoints that a request cannot do without beside the one for tokens, and that are not given.
fn wanted(request: &Request) -> Vec<Endpoint> {
    // To refresh takes none of them.
    let Some(login) = request.login.as_ref().filter(|_| request.grant.kind.person.is_some()) else { return Vec::new() };
    let keys = request.scope.iter().any(|scope| scope == "openid").then_some(Endpoint::Jwks);
    let pushed = (login.way == Way::Browser && login.par).then_some(Endpoint::PushedAuthorization);
    [login.way.endpoint()]
        .into_iter()
        .chain(keys)
        .chain(pushed)
        .filter(|endpoint| request.endpoints.get(*endpoint).is_none())
        .collect()
}

/// Metadata may be out of date, so it only warns.
fn warn_of_metadata(
    request: &Request,
    maker: Option<&Maker>,
    metadata: &Metadata,
    on_event: &mut dyn FnMut(Event<'_>),
) {
    let lists =
        |names: &Option<Vec<String>>, name: &str| names.as_ref().is_none_or(|names| names.iter().any(|n| n == name));
    let grant = &request.grant.name;
    if !lists(&metadata.grant_types, grant) {
        on_event(Event::GrantUnlisted(grant));
    }
    // Servers that take public clients seldom list that they ask nothing of them (Keycloak).
    if let Some(client) = request.client.as_ref().filter(|client| client.kind.name != client::none::KIND.name)
        && !lists(&metadata.auth_methods, client.kind.name)
    {
        on_event(Event::MethodUnlisted(client.kind.name));
    }
    if let Some(maker) = maker.filter(|maker| maker.purpose() == Purpose::Client)
        && !lists(&metadata.assertion_algs, maker.alg.name())
    {
        on_event(Event::AlgUnlisted(maker.alg.name()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;
    use crate::net::{Options, ProxyRules, Roots};

    /// A server that gives these answers, one after another: a status line with header fields and a body, or nothing. It tells
    /// of each request the head and the body.
    pub(super) fn serve<H: Into<String>, B: Into<String>>(
        answers: impl IntoIterator<Item = (H, B)>,
    ) -> (String, JoinHandle<Vec<[String; 2]>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let answers: Vec<(String, String)> =
            answers.into_iter().map(|(head, body)| (head.into(), body.into())).collect();
        let answer = move |(head, body): (String, String)| {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut asked = String::new();
            while !asked.ends_with("\r\n\r\n") {
                stream.read_line(&mut asked).unwrap();
            }
            let mut fields = asked.lines().filter_map(|line| line.split_once(": "));
            let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let mut form = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
            stream.read_exact(&mut form).unwrap();
            if !head.is_empty() {
                let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
            }
            [asked, String::from_utf8(form).unwrap()]
        };
        (url, thread::spawn(move || answers.into_iter().map(answer).collect()))
    }

    /// Does this with the means of a run that has a minute and nobody to ask.
    pub(super) fn with_means<T>(act: impl FnOnce(Means<'_>) -> T) -> T {
        act(Means {
            pool: &pool(),
            with_certificate: false,
            deadline: Deadline::after(Duration::from_secs(60)),
            retry: 2,
            strict: false,
            instead: None,
            clock: &SystemTime::now,
            discovered: &Discovered::default(),
            metadata: None,
            redactor: &Redactor::default(),
            material: &Material::NONE,
            nonces: &Nonces::default(),
            asking: Asking::Nobody("nobody is there"),
        })
    }

    /// Connections to this machine.
    pub(super) fn pool() -> Pool {
        let options = Options {
            connect_timeout: Duration::from_secs(60),
            proxy: ProxyRules::default(),
            roots: Roots::System,
            client_cert: None,
            insecure: false,
        };
        Pool::new(options, 1)
    }
}
