//! The threads that answer: one for each socket, one for each connection, all gone when nothing is waited for any more.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::page::{headers, of_status};
use super::ports::{Bound, Listener};
use super::request::{Asked, Body, Head, Reader, Refusal, Site, Status, error_of, form};
use super::{Came, Page, Start, Terms, Told};
use crate::deadline::Deadline;

/// For a request, from its connection to its last byte, and again for its answer.
pub(super) const REQUEST: Duration = Duration::from_secs(5);
/// For the last page to reach its reader, and for a reader to hang up.
const DELIVERY: Duration = Duration::from_secs(2);
/// Connections that are served at a time.
const MOST: usize = 16;
/// Of so many requests that changed nothing it is told: anybody may send as many as he likes, and whoever is told may be slow.
const MOST_TOLD: usize = 100;
/// Until the next try, where the system gives no connection.
const SHORTAGE: Duration = Duration::from_millis(100);
/// What is told of a connection that came to no request.
const NO_TLS: &str = "a connection that speaks no TLS, or does not trust listen_cert";
/// What a thread needs; a handshake the most.
const STACK: usize = 512 << 10;

/// Ports that are being served. Dropping it closes them at once.
pub struct Serving {
    shared: Arc<Shared>,
    /// Where each thread waits for connections.
    threads: Vec<(SocketAddr, JoinHandle<()>)>,
}

/// What the threads know together.
struct Shared {
    is_answer: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// What a request may take.
    patience: Duration,
    /// Where the start address leads.
    location: String,
    headers: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    on: Told,
    is_closed: bool,
    /// The connections that are served.
    open: Vec<Arc<TcpStream>>,
    is_started: bool,
    is_started_again: bool,
    is_answered: bool,
    /// So many requests changed nothing.
    idle: usize,
    /// So many connections wait for the page, or are being given it.
    waiting: usize,
    page: Option<String>,
}

impl State {
    /// Tells of what came, and of no more than so much.
    fn tell(&mut self, came: Came) {
        let is_idle = matches!(came, Came::Noted(_) | Came::Foreign { .. });
        self.idle = self.idle.saturating_add(is_idle.into());
        match self.idle {
            MOST_TOLD if is_idle => (self.on)(Came::Noted("more came, of which nothing is told".to_owned())),
            idle if is_idle && idle > MOST_TOLD => {}
            _ => (self.on)(came),
        }
    }
}

/// What is answered.
struct Answer {
    status: Status,
    /// A header line that only this one has.
    line: String,
    html: Option<String>,
}

impl Listener {
    /// Answers what comes from now on, and tells of it.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn serve(self, terms: Terms, on: Told) -> io::Result<Serving> {
        Serving::begin(self, terms, on, REQUEST)
    }
}

impl Serving {
    /// Answers what comes, each request in `patience`.
    pub(super) fn begin(listener: Listener, terms: Terms, on: Told, patience: Duration) -> io::Result<Self> {
        let Terms { is_answer, form_post, start } = terms;
        let (token, location) = start.map(|Start { token, location }| (token, location)).unzip();
        let state = State {
            on,
            is_closed: false,
            open: Vec::new(),
            is_started: false,
            is_started_again: false,
            is_answered: false,
            idle: 0,
            waiting: 0,
            page: None,
        };
        let shared = Arc::new(Shared {
            is_answer,
            patience,
            location: location.unwrap_or_default(),
            headers: headers(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let mut serving = Self { shared, threads: Vec::new() };
        let Listener { redirect, start, .. } = listener;
        let has_own = start.is_some();
        let token = token.as_deref();
        for (bound, token) in [(redirect, token.filter(|_| !has_own)), (start, token)] {
            let Some(bound) = bound else { continue };
            let site = Arc::new(bound.site(token, form_post));
            let Bound { sockets, tls, .. } = bound;
            for socket in sockets {
                serving.serve(socket, Arc::clone(&site), tls.clone())?;
            }
        }
        Ok(serving)
    }

    fn serve(&mut self, socket: TcpListener, site: Arc<Site>, tls: Option<Arc<ServerConfig>>) -> io::Result<()> {
        let address = socket.local_addr()?;
        let shared = Arc::clone(&self.shared);
        let thread = thread().spawn(move || shared.accept(&socket, &site, tls.as_ref()))?;
        self.threads.push((address, thread));
        Ok(())
    }

    /// Gives the page to whoever came with the answer, once or repeatedly, and closes: when it was delivered, or after 2 s.
    pub fn finish(self, page: &Page) {
        let end = Deadline::after(DELIVERY);
        let mut state = self.shared.state();
        state.page = Some(page.html());
        self.shared.changed.notify_all();
        while state.waiting > 0 && !end.has_passed() {
            state = self.shared.wait(state, Some(end.remaining()));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_closed = true;
        for stream in &state.open {
            // One that is over already cannot be ended.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        for (address, thread) in self.threads.drain(..) {
            // Whoever waits for a connection is woken by one.
            let woken = TcpStream::connect_timeout(&near(address), REQUEST);
            let is_gone = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
            if woken.map_or_else(is_gone, |_| true) {
                // It has nothing to say.
                let _ = thread.join();
            }
        }
    }
}

/// This machine itself, where all of its addresses are listened on.
fn near(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn thread() -> thread::Builder {
    thread::Builder::new().name("listener".to_owned()).stack_size(STACK)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until something changed, or for that long at most.
    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Option<Duration>) -> MutexGuard<'a, State> {
        match most {
            Some(most) => self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0,
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn tell(&self, came: Came) {
        // Who does not listen any more has what was waited for.
        self.state().tell(came);
    }

    /// Takes connections in until the port is closed.
    fn accept(self: &Arc<Self>, socket: &TcpListener, site: &Arc<Site>, tls: Option<&Arc<ServerConfig>>) {
        loop {
            let accepted = socket.accept();
            let mut state = self.state();
            while state.open.len() >= MOST && !state.is_closed {
                state = self.wait(state, None);
            }
            if state.is_closed {
                return;
            }
            let Ok((stream, _)) = accepted else {
                drop(self.wait(state, Some(SHORTAGE)));
                continue;
            };
            let stream = Arc::new(stream);
            state.open.push(Arc::clone(&stream));
            drop(state);
            let (shared, site, tls, own) = (Arc::clone(self), Arc::clone(site), tls.cloned(), Arc::clone(&stream));
            let serve = move || {
                shared.connection(&own, &site, tls);
                shared.close(&own);
            };
            if thread().spawn(serve).is_err() {
                self.close(&stream);
            }
        }
    }

    fn close(&self, stream: &Arc<TcpStream>) {
        self.state().open.retain(|open| !Arc::ptr_eq(open, stream));
        self.changed.notify_all();
    }

    /// One connection, which is one request.
    fn connection(&self, stream: &Arc<TcpStream>, site: &Site, tls: Option<Arc<ServerConfig>>) {
        let timed = Timed { stream: Arc::clone(stream), end: Deadline::after(self.patience) };
        let mut wire: Box<dyn Wire> = match tls {
            None => Box::new(timed),
            Some(config) => match ServerConnection::new(config) {
                Ok(session) => Box::new(StreamOwned::new(session, timed)),
                Err(_) => return,
            },
        };
        let wire = &mut *wire;
        let (head, answer) = match read_head(wire) {
            // A browser opens some to have them at hand.
            Err(Fault::Lost) => return,
            Err(Fault::NoTls) => return self.tell(Came::Noted(NO_TLS.to_owned())),
            Err(Fault::Refused(_)) if !wire.is_ready() => return self.tell(Came::Noted(NO_TLS.to_owned())),
            Err(Fault::Refused(refusal)) => (None, Err(refusal)),
            Ok((head, reader)) => {
                let answer = self.answer(wire, site, &head, reader);
                (Some(head), answer)
            }
        };
        let answer = answer.unwrap_or_else(|refusal| {
            self.tell(Came::Noted(noted(head.as_ref(), refusal)));
            let line = match (&head, refusal.status) {
                (Some(head), Status::MethodNotAllowed) => format!("Allow: {}\r\n", site.allow(head)),
                _ => String::new(),
            };
            Answer { status: refusal.status, line, html: of_status(refusal.status, false) }
        });
        let is_page = answer.status == Status::Ok;
        wire.give(Deadline::after(if is_page { DELIVERY } else { self.patience }));
        // Whoever hung up misses it.
        let _ = self.write(wire, &answer, head.is_some_and(|head| head.is_head()));
        hang_up(stream);
        if is_page {
            self.state().waiting -= 1;
        }
    }

    /// What this request is answered, once that is known.
    fn answer(&self, wire: &mut dyn Wire, site: &Site, head: &Head, reader: Reader) -> Result<Answer, Refusal> {
        let asked = site.judge(head)?;
        let body;
        let (text, is_other_way) = match asked {
            Asked::Start => return Ok(self.start(head)),
            Asked::Query => (head.query(), site.is_form_post()),
            Asked::Form => {
                body = read_body(wire, head, reader.into_body(head)?)?;
                (form(head, body.whole().unwrap_or_default())?, false)
            }
        };
        if !(self.is_answer)(text) {
            const FOREIGN: Refusal = Refusal { status: Status::BadRequest, why: "it is not the login that is waiting" };
            let error = error_of(text).map(|error| error.into_owned());
            self.tell(Came::Foreign { error, line: noted(Some(head), FOREIGN) });
            return Ok(Answer { status: FOREIGN.status, line: String::new(), html: of_status(FOREIGN.status, true) });
        }
        let mut state = self.state();
        if state.is_answered {
            state.tell(Came::Noted(format!("{}: the same page once more", head.line())));
        } else {
            state.is_answered = true;
            state.tell(Came::Answer { text: text.to_owned(), is_other_way });
        }
        state.waiting += 1;
        while state.page.is_none() && !state.is_closed {
            state = self.wait(state, None);
        }
        Ok(Answer { status: Status::Ok, line: String::new(), html: state.page.clone() })
    }

    /// The start address leads on once.
    fn start(&self, head: &Head) -> Answer {
        let mut state = self.state();
        if !state.is_started {
            state.is_started = true;
            state.tell(Came::Started);
            return Answer { status: Status::Found, line: format!("Location: {}\r\n", self.location), html: None };
        }
        let gone = Refusal { status: Status::Gone, why: "" };
        // That somebody else is there is one fact, however often he comes.
        let is_known = state.is_answered || std::mem::replace(&mut state.is_started_again, true);
        state.tell(if is_known { Came::Noted(noted(Some(head), gone)) } else { Came::StartedAgain });
        Answer { status: gone.status, line: String::new(), html: of_status(gone.status, false) }
    }

    fn write(&self, wire: &mut dyn Wire, answer: &Answer, is_head: bool) -> io::Result<()> {
        let Answer { status, line, html } = answer;
        let html = html.as_deref().unwrap_or_default();
        let content_type = if html.is_empty() { "" } else { "Content-Type: text/html; charset=utf-8\r\n" };
        let head = format!(
            "HTTP/1.1 {}\r\n{content_type}Content-Length: {}\r\n{line}{}\r\n",
            status.line(),
            html.len(),
            self.headers
        );
        let body = if is_head { "" } else { html };
        wire.write_all((head + body).as_bytes())?;
        wire.end()
    }
}

/// A request in a line of `-v`.
fn noted(head: Option<&Head>, refusal: Refusal) -> String {
    let line = head.map_or_else(|| "a request".to_owned(), Head::line);
    let why = if refusal.why.is_empty() { String::new() } else { format!(": {}", refusal.why) };
    format!("{line}: {}{why}", refusal.status.line())
}

/// Why no request came.
enum Fault {
    /// There is somebody to tell.
    Refused(Refusal),
    /// There is nobody any more.
    Lost,
    /// What came was no TLS, or the browser did not like ours.
    NoTls,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                Self::Refused(Refusal { status: Status::RequestTimeout, why: "" })
            }
            io::ErrorKind::InvalidData => Self::NoTls,
            _ => Self::Lost,
        }
    }
}

fn read_head(wire: &mut dyn Wire) -> Result<(Head, Reader), Fault> {
    let mut reader = Reader::default();
    let mut chunk = [0; 4096];
    loop {
        let len = read(wire, &mut chunk)?;
        if let Some(head) = reader.feed(&chunk[..len])? {
            return Ok((head, reader));
        }
    }
}

fn read_body(wire: &mut dyn Wire, head: &Head, mut body: Body) -> Result<Body, Refusal> {
    const HALF: Refusal = Refusal { status: Status::BadRequest, why: "half of its body is missing" };
    let refused = |fault: Fault| if let Fault::Refused(refusal) = fault { refusal } else { HALF };
    if head.expects_continue() && body.whole().is_none() {
        wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").and_then(|()| wire.flush()).map_err(|_| HALF)?;
    }
    let mut chunk = [0; 4096];
    while body.whole().is_none() {
        let len = read(wire, &mut chunk).map_err(refused)?;
        body.feed(&chunk[..len])?;
    }
    Ok(body)
}

/// At least one byte.
fn read(wire: &mut dyn Wire, chunk: &mut [u8]) -> Result<usize, Fault> {
    loop {
        match wire.read(chunk) {
            Ok(0) => return Err(Fault::Lost),
            Ok(len) => return Ok(len),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Ends a connection when the other side has, or after a while: one that is closed over what came unread takes with it what is
/// still on its way out.
fn hang_up(stream: &Arc<TcpStream>) {
    // One that is over already cannot be ended.
    let _ = stream.shutdown(Shutdown::Write);
    let mut rest = Timed { stream: Arc::clone(stream), end: Deadline::after(DELIVERY) };
    let mut chunk = [0; 4096];
    while rest.read(&mut chunk).is_ok_and(|len| len > 0) {}
}

/// A connection, as it is read and written, with or without TLS.
trait Wire: Read + Write {
    /// Something can be said.
    fn is_ready(&self) -> bool;
    /// It may take until then.
    fn give(&mut self, end: Deadline);
    /// All was written.
    fn end(&mut self) -> io::Result<()>;
}

/// A connection whose reads and writes all have one end.
struct Timed {
    stream: Arc<TcpStream>,
    end: Deadline,
}

impl Timed {
    fn remaining(&self) -> io::Result<Option<Duration>> {
        let remaining = self.end.remaining();
        if remaining.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(remaining)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.remaining()?)?;
        (&*self.stream).read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.remaining()?)?;
        (&*self.stream).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for Timed {
    fn is_ready(&self) -> bool {
        true
    }

    fn give(&mut self, end: Deadline) {
        self.end = end;
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for StreamOwned<ServerConnection, Timed> {
    fn is_ready(&self) -> bool {
        !self.conn.is_handshaking()
    }

    fn give(&mut self, end: Deadline) {
        self.sock.give(end);
    }

    fn end(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()
    }
}

#[cfg(test)]
mod tests;
