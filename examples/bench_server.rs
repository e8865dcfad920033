//! A token endpoint for benchmarks: as little work as an HTTP server can do, so that what is measured is the client.
//!
//! `cargo run --release --example bench_server -- CA_FILE [DELAY_MS]` listens on two free loopback ports, writes the
//! certificate of its private CA to `CA_FILE`, prints `{"http": PORT, "https": PORT}` and ends when its stdin closes.
//! `POST` to any path gives a token after `DELAY_MS` milliseconds; `GET` gives the number of tokens given so far.
//! Connections are kept open, up to `WORKERS` of them for each port at a time; TLS 1.3 or 1.2 with a P-256 certificate.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a request may take at most; nothing here is a server for anybody else.
const REQUEST_LIMIT: usize = 64 * 1024;

/// How many connections each port serves at a time; more wait.
const WORKERS: usize = 128;

static TOKENS: AtomicU64 = AtomicU64::new(0);

#[expect(clippy::print_stdout, reason = "the ports are this program's result")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let ca_file = arguments.next().ok_or("usage: bench_server CA_FILE [DELAY_MS]")?;
    let delay = Duration::from_millis(arguments.next().map_or(Ok(0), |text| text.parse())?);
    let (ca, tls) = certificates()?;
    std::fs::write(ca_file, ca)?;
    let tls = Arc::new(tls);

    let http = TcpListener::bind(("127.0.0.1", 0))?;
    let https = TcpListener::bind(("127.0.0.1", 0))?;
    println!(r#"{{"http": {}, "https": {}}}"#, http.local_addr()?.port(), https.local_addr()?.port());
    accept(&http, move |socket| converse(socket, delay))?;
    accept(&https, move |socket| {
        let session = ServerConnection::new(Arc::clone(&tls)).map_err(io::Error::other)?;
        converse(StreamOwned::new(session, socket), delay)
    })?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// A private CA as PEM, and a server that shows a certificate by it for `localhost` and `127.0.0.1`.
fn certificates() -> Result<(String, ServerConfig), Box<dyn Error>> {
    let mut ca = CertificateParams::default();
    // Both would have rcgen's own name otherwise, and a certificate that names itself as its issuer is a self-signed one.
    ca.distinguished_name.push(DnType::CommonName, "oauth2tok bench CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?.signed_by(&key, &ca)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    // Clients that end after one request have no use for tickets, and would differ in what they do with them.
    tls.send_tls13_tickets = 0;
    Ok((ca.pem(), tls))
}

/// Lets `WORKERS` threads wait for connections: starting one for each would be part of every figure.
fn accept(
    listener: &TcpListener,
    serve: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static,
) -> io::Result<()> {
    for _ in 0..WORKERS {
        let (listener, serve) = (listener.try_clone()?, serve.clone());
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                // A client that goes away in the middle is its own business.
                let _ = socket.set_nodelay(true).and_then(|()| serve(socket));
            }
        });
    }
    Ok(())
}

/// Answers one request after the other until the client closes the connection.
fn converse(mut stream: impl Read + Write, delay: Duration) -> io::Result<()> {
    let mut received = Vec::new();
    while let Some(end) = read_request(&mut stream, &mut received)? {
        let answer = if received.starts_with(b"POST ") {
            thread::sleep(delay);
            token(TOKENS.fetch_add(1, Ordering::Relaxed))
        } else {
            TOKENS.load(Ordering::Relaxed).to_string()
        };
        let length = answer.len();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n";
        stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{answer}").as_bytes())?;
        stream.flush()?;
        received.drain(..end);
    }
    Ok(())
}

/// Reads until `received` begins with one whole request; gives its length, or `None` at the end of the connection.
fn read_request(stream: &mut impl Read, received: &mut Vec<u8>) -> io::Result<Option<usize>> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4) {
            let end = head + content_length(&received[..head]);
            if received.len() >= end {
                return Ok(Some(end));
            }
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            _ if received.len() > REQUEST_LIMIT => return Err(io::Error::other("the request is too large")),
            read => received.extend_from_slice(&chunk[..read]),
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// An answer of the size that identity servers with JWTs give: a token of 900 characters, no two alike.
fn token(number: u64) -> String {
    let filler = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9".repeat(22);
    format!(r#"{{"access_token":"{filler}{number:020}","token_type":"Bearer","expires_in":3600,"scope":"read write"}}"#)
}
