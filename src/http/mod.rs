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
mod notes;

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub use body::Body;
pub use error::{Phase, TransportError, TransportKind};

use crate::deadline::Deadline;
use crate::net::{Dialer, Options, PassedOver, Proxy, Target, TlsWarning};
use crate::wire::{Call, Reply, Timings, Url};
use connect::{Links, NoResolver, forwarder};
use error::{explain, through};
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
    /// As in [`Reply::headers`].
    pub headers: Vec<(String, String)>,
    /// The body, decoded, without a cap. Errors: [`TransportError::from_read`].
    pub body: Body,
    timings: Timings,
    started: Instant,
}

impl Answer {
    /// The steps up to the head of the answer; `total` grows until it is asked for.
    pub fn timings(&self) -> Timings {
        Timings { total: self.started.elapsed(), ..self.timings }
    }
}

/// Sends requests, over one pool of connections, from as many threads as you like.
#[derive(Debug)]
pub struct Pool {
    dialer: Arc<Dialer>,
    max_idle_per_host: usize,
    agent: OnceLock<ureq::Agent>,
}

impl Pool {
    /// Does nothing yet: no file is read and nothing is connected to before the first request needs it. Of unused
    /// connections to one server, `max_idle_per_host` are kept.
    pub fn new(options: Options, max_idle_per_host: usize) -> Self {
        Self { dialer: Arc::new(Dialer::new(options)), max_idle_per_host, agent: OnceLock::new() }
    }

    /// As [`Dialer::warnings`].
    pub fn warnings(&self) -> Vec<TlsWarning> {
        self.dialer.warnings()
    }

    /// Checks the proxy for requests to `url` without sending any.
    ///
    /// # Errors
    /// A proxy setting that is not understood, or a proxy that must not be used.
    pub fn check(&self, url: &Url) -> Result<(), TransportError> {
        Ok(self.dialer.proxy(&target(url)).map(drop)?)
    }

    /// Says so where the environment names a proxy that is passed over for requests to `url`.
    pub fn passed_over(&self, url: &Url) -> Option<PassedOver> {
        self.dialer.passed_over(&target(url))
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// Anything but a complete answer within the deadline and the caps. A status of 4xx or 5xx is an answer, and so is one
    /// whose body cannot be decoded.
    pub fn send(&self, call: &Call, deadline: Deadline) -> Result<Reply, TransportError> {
        let mut answer = self.open(call, deadline)?;
        let too_large = || TransportError::BodyTooLarge { cap: BODY_CAP };
        let has_body = call.method != "HEAD" && !matches!(answer.status, 204 | 304);
        if has_body && content_length(&answer.headers).is_some_and(|length| length > BODY_CAP as u64) {
            return Err(too_large());
        }
        answer.body.cap(BODY_CAP);
        let mut body = Vec::new();
        let mut limited = (&mut answer.body).take(BODY_CAP as u64 + 1);
        let undecoded = match limited.read_to_end(&mut body).map_err(TransportError::from_read) {
            Ok(_) if body.len() > BODY_CAP => return Err(too_large()),
            Ok(_) => None,
            Err(TransportError::Encoding(why)) => {
                // What came out of it until then is worth nothing.
                body.clear();
                Some(why)
            }
            Err(error) => return Err(error),
        };
        let timings = answer.timings();
        Ok(Reply { status: answer.status, headers: answer.headers, body, undecoded, timings })
    }

    /// Sends a request and reads the head of the answer.
    ///
    /// # Errors
    /// As [`Pool::send`], as far as the head tells.
    pub fn open(&self, call: &Call, deadline: Deadline) -> Result<Answer, TransportError> {
        let started = Instant::now();
        let forwarder = forwarder(&self.dialer, &target(&call.url))?;
        let forwarder = forwarder.as_ref();
        let (result, notes) = self.exchange(call, deadline, forwarder, true);
        // A server may close a connection it finds idle in the very moment a request goes out on it. Nothing was
        // answered, and it was not this request's fault (RFC 9112 §9.3.1); but only what does no harm twice is sent twice.
        let unanswered = result.as_ref().is_err_and(TransportError::is_lost_before_the_answer)
            && notes.connected.is_none()
            && notes.received == 0;
        let again = if notes.sent.is_some() { call.repeatable } else { notes.unfit };
        let (result, notes) =
            if unanswered && again { self.exchange(call, deadline, forwarder, false) } else { (result, notes) };
        let response = result?;
        let timings = Timings {
            dns: notes.connected.and_then(|connected| connected.dns),
            connect: notes.connected.map(|connected| connected.connect),
            tls: notes.connected.and_then(|connected| connected.tls),
            first_byte: notes.sent.map(|sent| sent.elapsed()),
            total: Duration::ZERO,
        };
        let (head, body) = response.into_parts();
        let headers: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), header_text(value.as_bytes())))
            .collect();
        let raw = body::Raw::new(body, content_length(&headers), deadline.budget());
        let encodings = headers.iter().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
        let body = Body::new(raw, encodings);
        Ok(Answer { status: head.status.as_u16(), headers, body, timings, started })
    }

    fn exchange(
        &self,
        call: &Call,
        deadline: Deadline,
        forwarder: Option<&Proxy>,
        reuse: bool,
    ) -> (Result<::http::Response<ureq::Body>, TransportError>, Notes) {
        let lines = call.headers.iter().map(|(name, value)| name.len() + value.expose().len());
        Notes::begin(deadline, lines.chain([call.url.as_str().len()]).max().unwrap_or_default());
        let result = self.run(call, deadline, forwarder, reuse);
        let notes = Notes::end();
        let result = result.map_err(|error| match (explain(error, deadline, &notes), forwarder) {
            (cause, Some(proxy)) if cause.is_lost_before_the_answer() => {
                TransportError::Forwarder { proxy: proxy.name(), cause: Box::new(cause) }
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
        if call.headers.iter().any(|(name, _)| framing(name)) {
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
        if !call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = ureq_proto::client::header_raw(request, "Host", call.url.authority().as_bytes());
        }
        if let Some(authorization) = forwarder.and_then(Proxy::authorization) {
            request = ureq_proto::client::header_raw(request, "Proxy-Authorization", authorization.as_bytes());
        }
        for (name, value) in &call.headers {
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
            Some(proxy) if response.status() == 407 => Err(through(proxy.wants_credentials().into())),
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
            ureq::Agent::with_parts(config, Links(Arc::clone(&self.dialer)), NoResolver)
        })
    }
}

fn target(url: &Url) -> Target {
    Target { tls: url.is_https(), host: url.host().to_owned(), port: url.port() }
}

/// A header's value as text. What is not UTF-8 is ISO 8859-1, in which each byte is a character (RFC 9110 §5.5).
fn header_text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    }
}

fn content_length(headers: &[(String, String)]) -> Option<u64> {
    headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.trim().parse().ok())
}
