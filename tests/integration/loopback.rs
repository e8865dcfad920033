//! Both sides of a test on this machine: an HTTP server that remembers what it was asked, and runs of the program with an
//! environment of their own.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A client secret with characters that every encoding writes differently.
pub(crate) const CANARY: &str = "c4n+ry/S3cr=t%&\"'é";

/// One request as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

type Handler = dyn Fn(&Request, &mut TcpStream) + Send + Sync;

/// A server that keeps connections open and remembers its requests.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request by `handler`, which writes to the stream itself.
    pub(crate) fn raw(handler: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let handler: Arc<Handler> = Arc::new(handler);
        let (kept, counted) = (Arc::clone(&requests), Arc::clone(&connections));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (kept, handler) = (Arc::clone(&kept), Arc::clone(&handler));
                thread::spawn(move || serve(stream, &kept, &*handler));
            }
        });
        Self { address, requests, connections }
    }

    /// Answers each request with the text of an answer made by [`answer`].
    pub(crate) fn new(handler: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        Self::raw(move |request, stream| {
            let _ = stream.write_all(handler(request).as_bytes());
        })
    }

    /// An identity server whose tokens are numbered: `token-1`, `token-2`, ….
    pub(crate) fn tokens() -> Self {
        let count = AtomicUsize::new(0);
        Self::new(move |_| token(&format!("token-{}", count.fetch_add(1, Ordering::SeqCst) + 1)))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Request>>, handler: &Handler) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        kept.lock().unwrap().push(request.clone());
        handler(&request, &mut stream);
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut first = lines.first()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

/// An HTTP answer; `headers` are whole lines, each with its line end.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A token answer.
pub(crate) fn token(access_token: &str) -> String {
    let body = format!(r#"{{"access_token":"{access_token}","token_type":"Bearer","expires_in":3600}}"#);
    answer(200, "Content-Type: application/json\r\n", &body)
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Exit code, stdout and the whole of stderr, which must hold neither canary nor token.
    #[track_caller]
    pub(crate) fn check(&self, code: i32, stdout: &str, stderr: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.text(), stdout, "{self:?}");
        for part in stderr {
            assert!(self.stderr.contains(part), "no '{part}' in:\n{}", self.stderr);
        }
        if stderr.is_empty() {
            assert_eq!(self.stderr, "");
        }
        self.keeps_secrets();
    }

    #[track_caller]
    pub(crate) fn keeps_secrets(&self) {
        for secret in spellings(CANARY).iter().map(String::as_str).chain(["token-1", "token-2", "hunter22"]) {
            assert!(!self.stderr.contains(secret), "'{secret}' in:\n{}", self.stderr);
        }
    }
}

/// The ways in which a secret may come back.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    use base64::Engine;
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string().trim_matches('"').to_owned();
    let basic = |pair: String| base64::engine::general_purpose::STANDARD.encode(pair);
    let basics = [basic(format!("ci:{form}")), basic(format!("ci:{secret}"))];
    [secret.to_owned(), form, json].into_iter().chain(basics).collect()
}

/// One run of the program.
pub(crate) struct Run {
    command: Command,
    stdin: Vec<u8>,
}

impl Run {
    /// A run with nothing of the surroundings' environment, and [`CANARY`] as client secret.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oauth2tok"));
        command.args(arguments).env_clear().env("HOME", "/nonexistent").env("OAUTH2TOK_CLIENT_SECRET", CANARY);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Self { command, stdin: Vec::new() }
    }

    /// The same with client id and token endpoint at `idp`.
    pub(crate) fn at(idp: &Server, arguments: &[&str]) -> Self {
        Self::new(arguments).env("OAUTH2TOK_CLIENT_ID", "ci").env("OAUTH2TOK_TOKEN_ENDPOINT", &idp.url("/token"))
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, directory: &std::path::Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Starts it with pipes for all three streams.
    pub(crate) fn start(mut self) -> Child {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn end(mut self) -> Ended {
        let input = std::mem::take(&mut self.stdin);
        let mut child = self.start();
        let mut stdin = child.stdin.take().unwrap();
        let writer = thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
