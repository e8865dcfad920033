//! The transport: carries a [`Call`] to its server and brings the [`Reply`] back. The one user of ureq.
//!
//! It owns the pool of connections, size limits and the completeness of what comes back. It must not know OAuth or how a
//! connection is made ([`crate::net`] does), follow a redirect, keep a cookie, add a header of its own beyond `Host` and
//! `Content-Length`, or print.
//!
//! ureq does HTTP/1.1 and the pool; what carries its bytes is ours (`link.rs`), because the time limits, the error messages
//! and the proxy rules this program promises need it.

mod body;
mod buffer;
mod connect;
mod error;
mod head;
mod link;
mod moment;
mod notes;
pub mod saved;

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub use body::{Body, Kept};
pub use error::{Phase, TransportError, TransportKind};
pub use moment::Moment;

use crate::deadline::Deadline;
use crate::net::{Dialer, Options, PassedOver, Probe, Proxy, Target, TlsWarning, schemes};
use crate::wire::{Call, Header, Reply, Timings, Url};
use connect::{Links, NoResolver, Ready, forwarder};
use error::{explain, through};
use head::Straightened;
use notes::Notes;

/// Cap on the head of an answer, interim answers included, in bytes.
pub const HEADER_CAP: usize = 64 * 1024;
/// Cap on the body [`Pool::send`] reads, as transferred and decoded, in bytes.
pub const BODY_CAP: usize = 1024 * 1024;

/// An answer whose body has not been read yet.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// As [`Reply::head`].
    pub head: String,
    /// As [`Reply::headers`].
    pub headers: Vec<(String, String)>,
    /// As [`Reply::bends`].
    pub bends: Vec<(&'static str, &'static str)>,
    /// The body, decoded, without a cap. Errors: [`TransportError::from_read`].
    pub body: Body,
    timings: Timings,
    started: Instant,
    /// When the head was there.
    headed: Instant,
}

impl Answer {
    /// The first bytes of the body, no more than `most`; they stay to be read.
    pub fn peek(&mut self, most: u64) -> Vec<u8> {
        self.body.peek(most)
    }

    /// The whole of it, its body read.
    ///
    /// # Errors
    /// As [`Pool::send`].
    pub fn whole(&mut self, call: &Call) -> Result<Reply, TransportError> {
        let too_large = || TransportError::BodyTooLarge { cap: BODY_CAP };
        let has_body = call.method != "HEAD" && !matches!(self.status, 204 | 304);
        if has_body && content_length(&self.headers).is_some_and(|length| length > BODY_CAP as u64) {
            return Err(too_large());
        }
        self.body.cap(BODY_CAP);
        let unknown = self.body.as_it_is();
        let mut body = Vec::new();
        let mut limited = (&mut self.body).take(BODY_CAP as u64 + 1);
        let undecoded = match limited.read_to_end(&mut body).map_err(TransportError::from_read) {
            Ok(_) if body.len() > BODY_CAP => return Err(too_large()),
            Ok(0) => None,
            Ok(_) => {
                if unknown.is_some() && !is_plain(&body) {
                    body.clear();
                }
                unknown
            }
            Err(TransportError::Encoding(why)) => {
                // What came out of it until then is worth nothing.
                body.clear();
                Some(why)
            }
            Err(error) => return Err(error),
        };
        let timings = self.timings();
        let (head, headers, bends) = (self.head.clone(), self.headers.clone(), self.bends.clone());
        Ok(Reply { status: self.status, head, headers, bends, body, undecoded, timings })
    }

    /// How long the steps took; the body's time, and that of the whole, grow until they are asked for.
    pub fn timings(&self) -> Timings {
        Timings { body: Some(self.headed.elapsed()), total: self.started.elapsed(), ..self.timings }
    }
}

/// Sends requests, over one pool of connections, from as many threads as you like.
#[derive(Debug)]
pub struct Pool {
    links: Arc<Links>,
    max_idle_per_host: usize,
    agent: OnceLock<ureq::Agent>,
}

impl Pool {
    /// Does nothing yet: no file is read and nothing is connected to before the first request needs it. Of unused
    /// connections to one server, `max_idle_per_host` are kept.
    pub fn new(options: Options, max_idle_per_host: usize) -> Self {
        Self { links: Arc::new(Links::new(Dialer::new(options))), max_idle_per_host, agent: OnceLock::new() }
    }

    /// As [`Dialer::warnings`].
    pub fn warnings(&self) -> Vec<TlsWarning> {
        self.links.dialer.warnings()
    }

    /// As [`Dialer::shown_certificates`].
    pub fn shown_certificates(&self) -> Vec<Vec<u8>> {
        self.links.dialer.shown_certificates()
    }

    /// Checks the proxy for requests to `url` without sending any.
    ///
    /// # Errors
    /// A proxy setting that is not understood, or a proxy that must not be used.
    pub fn check(&self, url: &Url) -> Result<(), TransportError> {
        Ok(self.links.dialer.proxy(&target(url)).map(drop)?)
    }

    /// The same with everything else that requests to `url` need on this side: roots, and the client certificate.
    ///
    /// # Errors
    /// As [`Pool::check`]; files that cannot be used.
    pub fn prepare(&self, url: &Url, deadline: Deadline) -> Result<(), TransportError> {
        Ok(self.links.dialer.prepare(&target(url), deadline)?)
    }

    /// Walks the way that requests to `url` take, without sending any.
    ///
    /// # Errors
    /// As [`Pool::check`].
    pub fn probe(&self, url: &Url, deadline: Deadline) -> Result<Probe, TransportError> {
        Ok(self.links.dialer.probe(&target(url), deadline)?)
    }

    /// As [`Dialer::proxies`].
    pub fn proxies(&self) -> Vec<(&'static str, String)> {
        self.links.dialer.proxies()
    }

    /// As [`Dialer::roots`].
    pub fn roots(&self) -> String {
        self.links.dialer.roots()
    }

    /// Says so where the environment names a proxy that is passed over for requests to `url`.
    pub fn passed_over(&self, url: &Url) -> Option<PassedOver> {
        self.links.dialer.passed_over(&target(url))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// Anything but a complete answer within the deadline and the caps. A status of 4xx or 5xx is an answer, and so is one
    /// whose body cannot be decoded.
    pub fn send(&self, call: &Call, deadline: Deadline) -> Result<Reply, TransportError> {
        self.send_telling(call, deadline, &mut |_| {})
    }

    /// The same, telling what happens on the way.
    ///
    /// # Errors
    /// As [`Pool::send`].
    pub fn send_telling(
        &self,
        call: &Call,
        deadline: Deadline,
        tell: &mut dyn FnMut(Moment<'_>),
    ) -> Result<Reply, TransportError> {
        let mut answer = self.open_telling(call, deadline, tell)?;
        answer.whole(call).inspect_err(|_| tell(Moment::Broken(&answer.head)))
    }

    /// Sends a request and reads the head of the answer.
    ///
    /// # Errors
    /// As [`Pool::send`], as far as the head tells.
    pub fn open(&self, call: &Call, deadline: Deadline) -> Result<Answer, TransportError> {
        self.open_telling(call, deadline, &mut |_| {})
    }

    /// The same, telling what happens on the way.
    ///
    /// # Errors
    /// As [`Pool::open`].
    pub fn open_telling(
        &self,
        call: &Call,
        deadline: Deadline,
        tell: &mut dyn FnMut(Moment<'_>),
    ) -> Result<Answer, TransportError> {
        let started = Instant::now();
        let forwarder = forwarder(&self.links.dialer, &target(&call.url))?;
        let forwarder = forwarder.as_ref();
        let (result, notes) = self.exchange(call, deadline, forwarder, true, tell);
        // A server may close a connection it finds idle in the very moment a request goes out on it. Nothing was
        // answered, and it was not this request's fault (RFC 9112 §9.3.1); but only what does no harm twice is sent twice.
        let unanswered = result.as_ref().is_err_and(TransportError::is_lost_before_the_answer)
            && notes.connected.is_none()
            && notes.received == 0;
        let again = if notes.sent.is_some() { call.repeatable } else { notes.unfit };
        let (result, notes) =
            if unanswered && again { self.exchange(call, deadline, forwarder, false, tell) } else { (result, notes) };
        let head = text_of(&notes.head);
        let response = result.inspect_err(|_| {
            if !head.is_empty() {
                tell(Moment::Broken(&head));
            }
        })?;
        let timings = Timings {
            dns: notes.connected.and_then(|connected| connected.dns),
            connect: notes.connected.map(|connected| connected.connect),
            tls: notes.connected.and_then(|connected| connected.tls),
            wait: notes.sent.map(|sent| sent.elapsed()),
            body: None,
            total: Duration::ZERO,
        };
        let (parts, body) = response.into_parts();
        let field = |name: &[u8], value: &[u8]| (text_of(name).to_ascii_lowercase(), text_of(value));
        let (headers, bends): (Vec<_>, _) = match notes.straightened {
            Some(Straightened { fields, bends, .. }) => {
                (fields.iter().map(|(name, value)| field(name, value)).collect(), bends)
            }
            None => {
                let fields = parts.headers.iter();
                (fields.map(|(name, value)| field(name.as_str().as_bytes(), value.as_bytes())).collect(), Vec::new())
            }
        };
        let raw = body::Raw::new(body, content_length(&headers), deadline.budget());
        let encodings = headers.iter().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
        let body = Body::new(raw, encodings);
        let status = parts.status.as_u16();
        Ok(Answer { status, head, headers, bends, body, timings, started, headed: Instant::now() })
    }

    /// One request on one connection. It may be one that has served others, with `reuse`; else it is a new one.
    fn exchange(
        &self,
        call: &Call,
        deadline: Deadline,
        forwarder: Option<&Proxy>,
        reuse: bool,
        tell: &mut dyn FnMut(Moment<'_>),
    ) -> (Result<::http::Response<ureq::Body>, TransportError>, Notes) {
        let lines = call.headers.iter().map(|header| header.name.len() + header.value.expose().len());
        let longest = lines.chain([call.url.as_str().len()]).max().unwrap_or_default();
        let attempt = || {
            Notes::begin(deadline, longest);
            let result = self.run(call, deadline, forwarder, reuse);
            (result, Notes::end())
        };
        let mut connects = !reuse;
        let (result, notes) = loop {
            if connects {
                let dialed = self.links.dial(&target(&call.url), deadline, &mut |milestone| {
                    tell(Moment::Connecting(milestone));
                });
                if let Err(error) = dialed {
                    return (Err(error.into()), Notes::default());
                }
                tell(Moment::Sending { forwarder, kept: false });
            }
            let (result, notes) = attempt();
            if !connects && notes.sent.is_some() {
                tell(Moment::Sending { forwarder, kept: true });
            }
            // Somebody else may have taken what was made.
            connects = notes.unconnected;
            if !connects {
                break (result, notes);
            }
        };
        let result = result.map_err(|error| match (explain(error, deadline, &notes), forwarder) {
            (cause, Some(proxy)) if cause.is_lost_before_the_answer() => {
                TransportError::Forwarder { proxy: proxy.name(), setting: proxy.setting(), cause: Box::new(cause) }
            }
            (error, _) => error,
        });
        (result, notes)
    }

    fn run(
        &self,
        call: &Call,
        deadline: Deadline,
        forwarder: Option<&Proxy>,
        reuse: bool,
    ) -> Result<::http::Response<ureq::Body>, ureq::Error> {
        let refused = |why: &str| through(TransportError::BadRequest(why.to_owned()));
        let framing = |name: &str| ["content-length", "transfer-encoding"].iter().any(|f| name.eq_ignore_ascii_case(f));
        if call.headers.iter().any(|header| framing(&header.name)) {
            return Err(refused("Content-Length and Transfer-Encoding follow from the body"));
        }
        if call.method == "CONNECT" {
            return Err(refused("CONNECT is for proxies"));
        }
        if forwarder.is_some() {
            Notes::absolute(format!("http://{}", call.url.authority()));
        }
        let mut request = ::http::Request::builder().method(call.method.as_str()).uri(call.url.as_str());
        // Written out here, so that they look like the others and stand where they are expected.
        if !call.headers.iter().any(|header| header.name.eq_ignore_ascii_case("host")) {
            request = ureq_proto::client::header_raw(request, "Host", call.url.authority().as_bytes());
        }
        if let Some(authorization) = forwarder.and_then(Proxy::authorization) {
            request = ureq_proto::client::header_raw(request, "Proxy-Authorization", authorization.as_bytes());
        }
        for Header { name, value, .. } in &call.headers {
            request = ureq_proto::client::header_raw(request, name, value.expose().as_bytes());
        }
        if deadline.has_passed() {
            return Err(ureq::Error::Timeout(ureq::Timeout::Global));
        }
        let response = match call.content() {
            None => self.dispatch(request.body(())?, deadline, reuse)?,
            Some(body) => {
                let length = body.len().to_string();
                request = ureq_proto::client::header_raw(request, "Content-Length", length.as_bytes());
                self.dispatch(request.body(body)?, deadline, reuse)?
            }
        };
        match forwarder {
            // Only a proxy says this (RFC 9110 §15.5.8). Any other answer may be the server's, so it counts as such.
            Some(proxy) if response.status() == 407 => {
                let values = response.headers().get_all("proxy-authenticate").iter();
                let schemes = schemes(values.filter_map(|value| value.to_str().ok()));
                Err(through(proxy.wants_credentials(schemes).into()))
            }
            _ => Ok(response),
        }
    }

    fn dispatch<B: ureq::AsSendBody>(
        &self,
        request: ::http::Request<B>,
        deadline: Deadline,
        reuse: bool,
    ) -> Result<::http::Response<ureq::Body>, ureq::Error> {
        let agent = self.agent();
        let request = agent.configure_request(request).timeout_global(Some(deadline.remaining()));
        // A connection that may not have been idle for any time at all is a new one.
        let request = if reuse { request } else { request.max_idle_age(Duration::ZERO) };
        agent.run(request.build())
    }

    fn agent(&self) -> &ureq::Agent {
        self.agent.get_or_init(|| {
            let config = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .allow_non_standard_methods(true)
                // ureq's own proxy support would read the environment and not understand half of it.
                .proxy(None)
                .user_agent("")
                .accept("")
                .accept_encoding("")
                .max_response_header_size(HEADER_CAP)
                .max_idle_connections(self.max_idle_per_host.saturating_mul(4))
                .max_idle_connections_per_host(self.max_idle_per_host)
                .build();
            ureq::Agent::with_parts(config, Ready(Arc::clone(&self.links)), NoResolver)
        })
    }
}

fn target(url: &Url) -> Target {
    Target { tls: url.is_https(), host: url.host().to_owned(), port: url.port() }
}

/// What stands in a head as text. What is not UTF-8 is ISO 8859-1, in which each byte is a character (RFC 9110 §5.5).
fn text_of(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    }
}

/// True for a text that nothing was done to: a JSON object, or a form.
fn is_plain(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    match str::from_utf8(body) {
        Ok(_) => start.starts_with(b"{") || body.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()),
        Err(_) => false,
    }
}

fn content_length(headers: &[(String, String)]) -> Option<u64> {
    headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.trim().parse().ok())
}
