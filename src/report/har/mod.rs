//! Every exchange of a run, for `--har`: what the events tell of it is gathered as it is, and written as HAR 1.2 when nothing
//! more can become known as a secret; also where a signal ends the run.

mod entry;
mod file;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use super::Reporter;
use crate::acquire::{Event, Message};
use crate::http::{Answer, Moment, TransportError, TransportKind};
use crate::named;
use crate::net::Milestone;
use crate::oauth::reply;
use crate::problem::{self, Class, Problem, Shortage};
use crate::render::request;
use crate::secret::Redactor;
use crate::secret::mask::Nature;
use crate::wire::{Call, Header, Reply, Timings, Url};

use file::HarFile;

/// Bodies of so many bytes together are held for one file; what is larger is left out (bytes).
const MOST_BODIES: usize = 24 << 20;

/// Of an answer that is not used as much as this is read for the file (bytes).
const READ_UNUSED: u64 = 1 << 20;

/// What is said of a request that goes out again because the first connection was found closed.
const WAS_CLOSED: &str = "no answer came on a connection that was left over; the request went out once more";

/// Why there is no file of the exchanges.
#[derive(Debug, thiserror::Error)]
#[error("--har: cannot write {file}: {source}")]
struct HarError {
    /// Its name, as it may be shown.
    file: String,
    source: io::Error,
    /// Nothing was sent.
    is_early: bool,
}

impl From<HarError> for Problem {
    fn from(error: HarError) -> Self {
        let class = if error.is_early { Class::Usage } else { Class::Output };
        let shortage = Shortage::of(&error.source);
        Self::in_words(class, error.to_string())
            .hint("--har FILE names a place that you may write to; what is there is replaced")
            .for_want_of(shortage, Class::Output)
    }
}

/// What is recorded by one reporter, for a file that others may write to as well.
pub(super) struct Har {
    gathered: Arc<Mutex<Gathered>>,
    file: Arc<Mutex<HarFile>>,
    /// As long as it lives, a signal that ends the run has the file written first.
    #[cfg(unix)]
    _hooked: Option<crate::signals::Hooked>,
}

/// The exchanges so far.
#[derive(Default)]
struct Gathered {
    current: Option<Exchange>,
    done: Vec<Exchange>,
    /// Bytes of the bodies in them.
    bodies: usize,
    /// What is known of secrets.
    known: Redactor,
}

/// One request, and what came of it.
struct Exchange {
    at: SystemTime,
    began: Instant,
    method: String,
    url: Url,
    headers: Vec<Header>,
    body: Body,
    /// Secrets are hidden in its body already.
    is_hidden: bool,
    /// Its answer may hold a token under any name.
    asks_for_token: bool,
    /// A proxy that forwards it gets credentials of its own.
    has_proxy_authorization: bool,
    /// Where it went, if that was told.
    address: Option<IpAddr>,
    /// It has gone out, on a connection that was left over or on a new one.
    sent: Option<Sent>,
    answer: Option<Answered>,
    /// Why there is no answer, or no whole one.
    why: Option<String>,
    /// How long it was waited for.
    took: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    OnKept,
    OnNew,
}

struct Answered {
    status: u16,
    head: String,
    headers: Vec<(String, String)>,
    timings: Timings,
    body: Body,
    /// How secrets are looked for in the body, beyond those that are known.
    nature: Option<Nature>,
}

/// A body, or how large it was.
#[derive(Default, Clone)]
struct Body {
    bytes: Zeroizing<Vec<u8>>,
    /// In bytes; nothing where there is none, or it was not read.
    size: Option<usize>,
    /// What is to be said of it, such as why it is not here.
    comment: Option<String>,
}

impl Har {
    fn new(path: &Path) -> io::Result<Self> {
        let file = Arc::new(Mutex::new(HarFile::create(path)?));
        let gathered = Arc::new(Mutex::new(Gathered::default()));
        #[cfg(unix)]
        let hooked = {
            let (file, gathered) = (Arc::clone(&file), Arc::clone(&gathered));
            crate::signals::on_signal(move |signal| {
                if crate::signals::ends(signal) {
                    let mut gathered = lock(&gathered);
                    let known = gathered.known.clone();
                    gathered.settle("the run was ended by a signal");
                    // There is nobody left to be told.
                    let _ = lock(&file).finish(&gathered.entries(&known));
                }
                crate::signals::Next::Default
            })
        };
        Ok(Self {
            gathered,
            file,
            // Without it a signal leaves a file without exchanges.
            #[cfg(unix)]
            _hooked: hooked.ok(),
        })
    }

    /// One of its own for the same file.
    pub(super) fn fork(&self) -> Self {
        Self {
            gathered: Arc::default(),
            file: Arc::clone(&self.file),
            #[cfg(unix)]
            _hooked: None,
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        lock(&self.gathered)
    }

    /// Adds what was gathered to the file. It tells later what stands in the way.
    pub(super) fn append(&self, known: &Redactor) {
        let mut gathered = self.gathered();
        gathered.settle("");
        lock(&self.file).append(&gathered.entries(known));
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gathered {
    /// A request is about to go out; `shown` is its body where secrets are hidden in it already.
    fn begin(&mut self, call: &Call, shown: Option<String>, asks_for_token: bool) {
        self.settle(WAS_CLOSED);
        let sent = call.content();
        let body = self.body(shown.as_ref().map(String::as_bytes).or(sent).unwrap_or_default(), sent.map(<[u8]>::len));
        self.current = Some(Exchange {
            at: SystemTime::now(),
            began: Instant::now(),
            method: call.method.clone(),
            url: call.url.clone(),
            headers: call.headers.clone(),
            body,
            is_hidden: shown.is_some(),
            asks_for_token,
            has_proxy_authorization: false,
            address: None,
            sent: None,
            answer: None,
            why: None,
            took: Duration::ZERO,
        });
    }

    /// A body, as long as there is room for it.
    fn body(&mut self, bytes: &[u8], size: Option<usize>) -> Body {
        if bytes.len() > MOST_BODIES.saturating_sub(self.bodies) {
            return Body { size, comment: Some(too_large(bytes.len())), ..Body::default() };
        }
        self.bodies += bytes.len();
        Body { bytes: Zeroizing::new(bytes.to_vec()), size, comment: None }
    }

    fn moment(&mut self, moment: &Moment<'_>) {
        if let Moment::Connecting(_) = moment
            && let Some(exchange) = self.current.as_ref().filter(|exchange| exchange.sent == Some(Sent::OnKept))
        {
            // The transport sends once more what a server did not take on a connection that it had closed.
            let again = exchange.again();
            self.settle(WAS_CLOSED);
            self.current = Some(again);
        }
        let Some(exchange) = &mut self.current else { return };
        match moment {
            Moment::Connecting(Milestone::Reached { host, address, .. }) if *host == exchange.url.host() => {
                exchange.address = Some(address.ip());
            }
            Moment::Connecting(_) | Moment::Broken(_) => {}
            Moment::Sending { forwarder, kept } => {
                exchange.sent = Some(if *kept { Sent::OnKept } else { Sent::OnNew });
                exchange.has_proxy_authorization = forwarder.is_some_and(|proxy| proxy.authorization().is_some());
            }
        }
    }

    fn reply(&mut self, reply: &Reply) {
        let mut body = self.body(&reply.body, Some(reply.body.len()));
        if let Some(why) = &reply.undecoded {
            body.comment = Some(format!("its Content-Encoding cannot be undone: {why}"));
        }
        let Some(exchange) = &mut self.current else { return };
        exchange.answer = Some(Answered {
            status: reply.status,
            head: reply.head.clone(),
            headers: reply.headers.clone(),
            timings: reply.timings,
            body,
            nature: Some(if exchange.asks_for_token { reply::nature(reply) } else { Nature::Named }),
        });
        self.settle("");
    }

    /// An API's answer begins.
    fn answer(&mut self, answer: &Answer) {
        let Some(exchange) = &mut self.current else { return };
        exchange.answer = Some(Answered {
            status: answer.status,
            head: answer.head.clone(),
            headers: answer.headers.clone(),
            timings: answer.timings(),
            body: Body { comment: Some("it was not read".to_owned()), ..Body::default() },
            nature: None,
        });
    }

    /// As much of it as is used has been read.
    fn read(&mut self, answer: &mut Answer) {
        let Some(kept) = answer.body.kept() else { return };
        let mut body = self.body(&kept.bytes, Some(kept.size));
        if kept.is_too_large() {
            body.comment = Some(too_large(kept.size));
        } else {
            body.comment = body.comment.or(match kept.end {
                Some(Ok(())) => None,
                Some(Err(why)) => Some(format!("it broke off: {why}")),
                None => Some("it goes on, and was not read further".to_owned()),
            });
        }
        if let Some(answered) = self.current.as_mut().and_then(|exchange| exchange.answer.as_mut()) {
            answered.timings = answer.timings();
            answered.body = body;
        }
        self.settle("");
    }

    /// The current exchange has failed. Where something on this side was wrong there was none.
    fn fail(&mut self, error: &TransportError) {
        match error.kind() {
            TransportKind::Config => self.current = None,
            TransportKind::Unreached | TransportKind::BadReply => self.settle(&error.to_string()),
        }
    }

    /// Nothing more comes of the current exchange; without an answer this is why.
    fn settle(&mut self, why: &str) {
        let Some(mut exchange) = self.current.take() else { return };
        exchange.took = exchange.began.elapsed();
        if exchange.answer.is_none() {
            exchange.why = Some(why.to_owned());
        }
        self.done.push(exchange);
    }

    /// The exchanges as they stand in the file. They are gone here then.
    fn entries(&mut self, known: &Redactor) -> Vec<String> {
        self.bodies = 0;
        std::mem::take(&mut self.done).iter().map(|exchange| exchange.entry(known)).collect()
    }
}

impl Exchange {
    /// The same request, about to go out anew.
    fn again(&self) -> Self {
        Self {
            at: SystemTime::now(),
            began: Instant::now(),
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            is_hidden: self.is_hidden,
            asks_for_token: self.asks_for_token,
            has_proxy_authorization: false,
            address: None,
            sent: None,
            answer: None,
            why: None,
            took: Duration::ZERO,
        }
    }
}

fn too_large(bytes: usize) -> String {
    format!("left out: it has {bytes} bytes, and all bodies here together no more than {} MiB", MOST_BODIES >> 20)
}

impl Reporter {
    /// From here on every exchange is recorded for the file at `path`, which is there at once, without any.
    ///
    /// # Errors
    /// A file that cannot be.
    pub fn record(&mut self, path: &Path) -> problem::Result<()> {
        let har = Har::new(path).map_err(|source| HarError { file: named::file(path), source, is_early: true })?;
        self.har = Some(Box::new(har));
        Ok(())
    }

    /// Nothing more is recorded: the file gets what there is.
    ///
    /// # Errors
    /// A file that cannot be written; it is as it was then.
    pub fn recorded(&mut self) -> problem::Result<()> {
        let Some(har) = self.har.take() else { return Ok(()) };
        let mut gathered = har.gathered();
        gathered.settle("it was under way when the run ended");
        let mut file = lock(&har.file);
        let written = file.finish(&gathered.entries(&self.redactor));
        written.map_err(|source| HarError { file: named::file(file.path()), source, is_early: false }.into())
    }

    /// What this reporter recorded goes into the file, which others write to as well.
    pub(super) fn record_as_it_goes(&mut self) {
        if let Some(har) = self.har.take() {
            har.append(&self.redactor);
        }
    }

    /// Records what happens on the way to a token, where that is asked for.
    pub(super) fn record_event(&mut self, event: &Event<'_>) {
        let Some(har) = &self.har else { return };
        let mut gathered = har.gathered();
        let event = if let Event::Repeated(event) = event { event } else { event };
        match event {
            Event::Made(message) => match message {
                Message::Get(call) | Message::Identity(call) => gathered.begin(call, None, message.asks_for_token()),
                Message::Post(post) => {
                    gathered.begin(&post.to_call(), Some(request::body(post, false)), message.asks_for_token());
                }
            },
            Event::Moment(_, moment) => gathered.moment(moment),
            Event::Reply(reply) => gathered.reply(reply),
            Event::Failed(error) => gathered.fail(error),
            _ => return,
        }
        gathered.known.clone_from(&self.redactor);
    }

    /// An API is about to be asked.
    pub fn api_made(&mut self, call: &Call) {
        self.wait_for_answer(&call.url);
        if let Some(har) = &self.har {
            let mut gathered = har.gathered();
            gathered.begin(call, None, false);
            gathered.known.clone_from(&self.redactor);
        }
    }

    pub(super) fn record_moment(&self, moment: &Moment<'_>) {
        if let Some(har) = &self.har {
            har.gathered().moment(moment);
        }
    }

    /// It gave no answer.
    pub fn api_failed(&mut self, error: &TransportError) {
        self.waited();
        if let Some(har) = &self.har {
            har.gathered().fail(error);
        }
    }

    pub(super) fn record_answer(&self, answer: &mut Answer) {
        if let Some(har) = &self.har {
            answer.body.keep(MOST_BODIES);
            har.gathered().answer(answer);
        }
    }

    pub(super) fn record_read(&self, answer: &mut Answer) {
        if let Some(har) = &self.har {
            har.gathered().read(answer);
        }
    }

    /// An API's answer is not used: the file of the exchanges has it all the same.
    pub fn api_unused(&self, answer: &mut Answer) {
        if self.har.is_some() {
            let mut body = io::Read::take(&mut answer.body, READ_UNUSED);
            // That it breaks off is recorded with it.
            let _ = io::copy(&mut body, &mut io::sink());
            self.record_read(answer);
        }
    }
}
