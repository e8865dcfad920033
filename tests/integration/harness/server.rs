//! Servers that answer byte by byte what a test wants, and remember what they were sent.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::TOKEN;

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
    pieces: Vec<(Vec<u8>, Duration)>,
    then: Then,
}

impl Answer {
    /// These bytes and then the end.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![(bytes.into(), Duration::ZERO)], then: Then::Close }
    }

    /// What happens afterwards.
    pub fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// These bytes after a pause.
    pub fn after(mut self, pause: Duration, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.push((bytes.into(), pause));
        self
    }

    /// The same bytes again and again, with a pause before each.
    pub fn dripping(mut self, pause: Duration, bytes: &str, times: usize) -> Self {
        for _ in 0..times {
            self = self.after(pause, bytes);
        }
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

/// The answer of a well-behaved server.
pub fn token() -> Answer {
    json(200, &format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600}}"#))
}

/// What an answer is made of: the number of the request from 0 on, and the request.
type Script = dyn Fn(usize, &str) -> Answer + Send + Sync;

/// A server on this machine.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<(Instant, String)>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// One that answers each request as `script` says.
    pub fn scripted(script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::open(None, Arc::new(script))
    }

    /// One that always gives the same answer.
    pub fn answering(answer: Answer) -> Self {
        Self::scripted(move |_, _| answer.clone())
    }

    /// One that gives these answers, one for each request, and the last again and again.
    pub fn answering_each(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        Self::scripted(move |number, _| answers[number.min(answers.len() - 1)].clone())
    }

    /// A well-behaved one.
    pub fn new() -> Self {
        Self::answering(token())
    }

    /// One that speaks TLS.
    pub fn tls(config: ServerConfig, answer: Answer) -> Self {
        Self::open(Some(Arc::new(config)), Arc::new(move |_: usize, _: &str| answer.clone()))
    }

    /// One that speaks TLS and answers as `script` says.
    pub fn tls_scripted(config: ServerConfig, script: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::open(Some(Arc::new(config)), Arc::new(script))
    }

    fn open(tls: Option<Arc<ServerConfig>>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            scheme: if tls.is_some() { "https" } else { "http" },
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (requests, connections) = (Arc::clone(&server.requests), Arc::clone(&server.connections));
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, script, tls) = (Arc::clone(&requests), Arc::clone(&script), tls.clone());
                thread::spawn(move || match tls {
                    None => {
                        let mut tcp = tcp;
                        let then = talk(&mut tcp, &requests, &*script);
                        end(tcp, then);
                    }
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        let mut stream = StreamOwned::new(connection, tcp);
                        let then = talk(&mut stream, &requests, &*script);
                        if then != Then::Reset {
                            stream.conn.send_close_notify();
                            let _ = stream.flush();
                        }
                        end(stream.sock, then);
                    }
                });
            }
        });
        server
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
        format!("{}/token", self.origin())
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }

    /// When each of them was complete.
    pub fn times(&self) -> Vec<Instant> {
        self.requests.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    /// The one request there was.
    #[track_caller]
    pub fn request(&self) -> String {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.remove(0)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub fn wait_for(&self, count: usize) {
        let started = Instant::now();
        while self.requests.lock().unwrap().len() < count {
            assert!(started.elapsed() < Duration::from_secs(20), "no request came");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn talk<S: Read + Write>(stream: &mut S, requests: &Mutex<Vec<(Instant, String)>>, script: &Script) -> Then {
    while let Some(request) = read_request(stream) {
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push((Instant::now(), request.clone()));
            requests.len() - 1
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

/// Reads one request, body included; `None` where the other side ends or breaks off.
pub fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    if let Some((_, length)) = head.split_once("\r\ncontent-length: ") {
        let mut body = vec![0; length.lines().next()?.trim().parse().ok()?];
        stream.read_exact(&mut body).ok()?;
        bytes.extend(body);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
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
