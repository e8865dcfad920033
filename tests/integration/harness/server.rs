//! Servers that answer byte by byte what a test wants, and remember what they were sent.

use std::fmt;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does after its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Waits for the next request.
    Keep,
    /// Closes in good order.
    Close,
    /// Waits until the other side gives up.
    Hang,
    /// Sends a reset.
    Reset,
}

/// One answer, as bytes.
#[derive(Clone)]
pub struct Answer {
    pieces: Vec<(Arc<[u8]>, Duration)>,
    then: Then,
}

impl Answer {
    /// These bytes and then the end.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![(bytes.into().into(), Duration::ZERO)], then: Then::Close }
    }

    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect()
    }

    /// The same after a pause.
    pub fn late(mut self, pause: Duration) -> Self {
        self.pieces[0].1 = pause;
        self
    }

    /// What happens afterwards.
    pub fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// These bytes after a pause.
    pub fn after(self, pause: Duration, bytes: impl AsRef<[u8]>) -> Self {
        self.dripping(pause, bytes, 1)
    }

    /// The same bytes again and again, with a pause before each.
    pub fn dripping(mut self, pause: Duration, bytes: impl AsRef<[u8]>, times: usize) -> Self {
        let bytes: Arc<[u8]> = bytes.as_ref().into();
        self.pieces.extend(std::iter::repeat_n((bytes, pause), times));
        self
    }
}

/// An answer with a status, headers and a body of announced length.
pub fn status(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Answer {
    let reason = match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Whatever",
    };
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} {reason}\r\n").into_bytes();
    for header in headers {
        bytes.extend(format!("{header}\r\n").into_bytes());
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    bytes.extend(body);
    Answer::raw(bytes).then(Then::Keep)
}

/// A JSON answer.
pub fn json(code: u16, body: &str) -> Answer {
    status(code, &["Content-Type: application/json"], body)
}

/// A form-encoded answer.
pub fn form(code: u16, body: &str) -> Answer {
    status(code, &["Content-Type: application/x-www-form-urlencoded"], body)
}

/// A web page.
pub fn html(code: u16, body: &str) -> Answer {
    status(code, &["Content-Type: text/html; charset=utf-8"], body)
}

/// What [`token`] answers.
pub const TOKEN: &str = "tok-1";

/// The answer of a well-behaved server.
pub fn token() -> Answer {
    token_of(TOKEN)
}

/// The same with another token.
pub fn token_of(token: &str) -> Answer {
    token_with(token, r#","expires_in":3600"#)
}

/// A token answer that has these members, each after a comma, beside token and type.
pub fn token_with(token: &str, more: &str) -> Answer {
    json(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer"{more}}}"#))
}

/// An issuer's description of itself.
pub fn metadata(issuer: &str, token_endpoint: &str) -> Answer {
    json(200, &format!(r#"{{"issuer":"{issuer}","token_endpoint":"{token_endpoint}"}}"#))
}

/// One request as it was received. As text, it is all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    text: String,
    body: Vec<u8>,
}

impl std::ops::Deref for Request {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<String> for Request {
    fn eq(&self, text: &String) -> bool {
        self.text == *text
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Request {
    /// The one that reads like this.
    pub fn of(text: String) -> Self {
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).as_bytes().to_owned();
        Self { text, body }
    }

    /// Its method.
    pub fn method(&self) -> &str {
        self.text.split(' ').next().unwrap()
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        self.text.split(' ').nth(1).unwrap()
    }

    /// Where it was sent to, without TLS.
    pub fn origin(&self) -> String {
        format!("http://{}", self.header("Host").unwrap())
    }

    /// Its header lines, names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let head = self.text.split("\r\n\r\n").next().unwrap();
        head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    /// The value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Its body as text.
    pub fn body(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The value of a field of its form.
    pub fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Reads one, body included; `None` where the other side ends or breaks off.
    pub fn read(stream: &mut impl Read) -> Option<Self> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let mut text = String::from_utf8_lossy(&head).into_owned();
        let mut body = Vec::new();
        if let Some((_, length)) = text.to_ascii_lowercase().split_once("\r\ncontent-length: ") {
            body = vec![0; length.lines().next()?.trim().parse().ok()?];
            stream.read_exact(&mut body).ok()?;
        }
        text.push_str(&String::from_utf8_lossy(&body));
        Some(Self { text, body })
    }
}

/// What an answer is made of: the number of the request from 1 on, and the request.
type Script = dyn Fn(usize, &Request) -> Answer + Send + Sync;

/// A server on this machine. It goes on for as long as the tests do, unless it is [stopped](Server::stop).
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<(Instant, Request)>>>,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    accepting: thread::JoinHandle<()>,
}

impl Server {
    /// One that answers each request as `script` says.
    pub fn scripted(script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(0, script)
    }

    /// The same on a certain port.
    pub fn on(port: u16, script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::open(port, None, Arc::new(script))
    }

    /// One that always gives the same answer.
    pub fn answering(answer: Answer) -> Self {
        Self::scripted(move |_, _| answer.clone())
    }

    /// One that gives these answers, one for each request, and the last again and again.
    pub fn answering_each(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        Self::scripted(move |number, _| answers[number.min(answers.len()) - 1].clone())
    }

    /// A well-behaved one.
    pub fn new() -> Self {
        Self::answering(token())
    }

    /// One whose tokens are numbered: `tok-1`, `tok-2`, ….
    pub fn numbered() -> Self {
        Self::scripted(|number, _| token_of(&format!("tok-{number}")))
    }

    /// One that describes itself, with the scripted answers to everything else.
    pub fn issuer(script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::scripted(move |number, request| match request.contains("/.well-known/") {
            true => metadata(&request.origin(), &format!("{}/token", request.origin())),
            false => script(number, request),
        })
    }

    /// One that speaks TLS.
    pub fn tls(config: ServerConfig, answer: Answer) -> Self {
        Self::tls_scripted(config, move |_, _| answer.clone())
    }

    /// One that speaks TLS and answers as `script` says.
    pub fn tls_scripted(
        config: ServerConfig,
        script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::open(0, Some(Arc::new(config)), Arc::new(script))
    }

    fn open(port: u16, tls: Option<Arc<ServerConfig>>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests: Arc<Mutex<Vec<_>>> = Arc::default();
        let (connections, stopped): (Arc<AtomicUsize>, Arc<AtomicBool>) = Default::default();
        let (kept, counted, stop) = (Arc::clone(&requests), Arc::clone(&connections), Arc::clone(&stopped));
        let accepting = thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let (kept, script, tls) = (Arc::clone(&kept), Arc::clone(&script), tls.clone());
                thread::spawn(move || match tls {
                    None => {
                        let mut tcp = tcp;
                        let then = talk(&mut tcp, &kept, &*script);
                        end(tcp, then);
                    }
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        let mut stream = StreamOwned::new(connection, tcp);
                        let then = talk(&mut stream, &kept, &*script);
                        if then != Then::Reset {
                            stream.conn.send_close_notify();
                            let _ = stream.flush();
                        }
                        end(stream.sock, then);
                    }
                });
            }
        });
        Self { address, scheme, requests, connections, stopped, accepting }
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT`
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Its token endpoint.
    pub fn url(&self) -> String {
        self.at("/token")
    }

    /// The URL of a path of it.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }

    /// When each of them was complete.
    pub fn times(&self) -> Vec<Instant> {
        self.requests.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    /// The one request there was.
    #[track_caller]
    pub fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.remove(0)
    }

    /// The body of every request so far.
    pub fn bodies(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.body().to_owned()).collect()
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Ends it and sets its port free.
    pub fn stop(self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.accepting.join().unwrap();
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub fn wait_for(&self, count: usize) {
        let started = Instant::now();
        while self.count() < count {
            assert!(started.elapsed() < Duration::from_secs(60), "{} requests came instead of {count}", self.count());
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn talk<S: Read + Write>(stream: &mut S, requests: &Mutex<Vec<(Instant, Request)>>, script: &Script) -> Then {
    while let Some(request) = Request::read(stream) {
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push((Instant::now(), request.clone()));
            requests.len()
        };
        let answer = script(number, &request);
        for (bytes, pause) in &answer.pieces {
            if !pause.is_zero() {
                thread::sleep(*pause);
            }
            if stream.write_all(bytes).and_then(|()| stream.flush()).is_err() {
                return Then::Close;
            }
        }
        match answer.then {
            Then::Keep => {}
            other => return other,
        }
    }
    Then::Close
}

fn end(tcp: TcpStream, then: Then) {
    match then {
        Then::Keep | Then::Close => {
            // Closing with unread data would be a reset, which may overtake the answer.
            let _ = tcp.shutdown(Shutdown::Write);
            let _ = std::io::copy(&mut &tcp, &mut std::io::sink());
        }
        Then::Hang => {
            let _ = std::io::copy(&mut &tcp, &mut std::io::sink());
        }
        Then::Reset => {
            // A linger time of zero makes a close a reset.
            let _ = rustix::net::sockopt::set_socket_linger(&tcp, Some(Duration::ZERO));
        }
    }
}

/// A port of this machine that nobody listens at, and that nobody else is given meanwhile.
pub fn closed_port() -> (std::net::UdpSocket, u16) {
    // A UDP socket holds the number without listening for TCP; the TCP port of the same number is checked to be closed.
    loop {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            return (socket, port);
        }
    }
}
