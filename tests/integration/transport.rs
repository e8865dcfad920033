//! The transport against raw servers on this machine: exact bytes out, every failure in.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use oauth2tok::deadline::Deadline;
use oauth2tok::http::{Phase, Pool, TransportError, TransportKind};
use oauth2tok::net::{ClientCert, Held, NetError, Options, ProxyRules, Roots, Step, TlsFailure, Unknown};
use oauth2tok::secret::Secret;
use oauth2tok::wire::{Call, Header, Reply, Url};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use zeroize::Zeroizing;

use super::harness::Request;
use super::harness::tls::{Ca, versions};

// ---------------------------------------------------------------------------------------------------------- the sides

fn options() -> Options {
    Options {
        connect_timeout: Duration::from_secs(5),
        proxy: ProxyRules::default(),
        roots: Roots::System,
        client_cert: None,
        insecure: false,
    }
}

fn pool() -> Pool {
    client_with(options())
}

fn client_with(options: Options) -> Pool {
    Pool::new(options, 3)
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

fn call(method: &str, url: &str, body: Option<&str>) -> Call {
    Call {
        method: method.to_owned(),
        url: Url::parse(url).unwrap(),
        headers: vec![],
        body: body.map(|body| Zeroizing::new(body.as_bytes().to_vec())),
        repeatable: true,
    }
}

fn post(url: impl AsRef<str>) -> Call {
    call("POST", url.as_ref(), Some("a=b"))
}

/// Runs `script` for each connection, with its number from 0 on.
fn server<F>(script: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) + Send + Sync + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let script = Arc::new(script);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let script = Arc::clone(&script);
            thread::spawn(move || script(number, stream));
        }
    });
    address
}

/// Reads one request, body included; nothing where the other side ends.
fn request(stream: &mut impl Read) -> String {
    Request::read(stream).map(|request| request.to_string()).unwrap_or_default()
}

/// A server that reads a request, writes `answer` and closes.
fn answers(answer: impl Into<Vec<u8>>) -> String {
    let answer = answer.into();
    let address = server(move |_, mut stream| {
        request(&mut stream);
        let _ = stream.write_all(&answer);
    });
    format!("http://{address}/token")
}

fn gets(answer: impl Into<Vec<u8>>) -> Result<Reply, TransportError> {
    pool().send(&post(answers(answer)), soon())
}

#[track_caller]
fn fails(answer: impl Into<Vec<u8>>) -> TransportError {
    let error = gets(answer).unwrap_err();
    assert_eq!(error.to_string().lines().count(), 1);
    error
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Closes so that the other side gets a reset: with unread data in the receive queue.
fn reset(stream: TcpStream) {
    let mut one = [0];
    let _ = stream.peek(&mut one);
    drop(stream);
}

// -------------------------------------------------------------------------------------------------------- what is sent

fn sent(call_of: impl Fn(&str) -> Call) -> String {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, mut stream| {
        sender.lock().unwrap().send(request(&mut stream)).unwrap();
        stream.write_all(ok("").as_bytes()).unwrap();
    });
    pool().send(&call_of(&format!("http://{address}")), soon()).unwrap();
    receiver.recv().unwrap().replace(&address.to_string(), "HOST")
}

#[test]
fn a_post_is_sent_as_given_with_host_and_length_and_nothing_else() {
    let wire = sent(|base| {
        let mut call = call("POST", &format!("{base}/token?x=%2f&y"), Some("grant_type=client_credentials"));
        for (name, value) in [
            ("Accept", "application/json"),
            ("X-MiXed", "1"),
            ("Authorization", "Basic x"),
            ("A-Last", "z"),
            ("X-MiXed", "2"),
        ] {
            call.headers.push(Header::new(name, value));
        }
        call
    });
    let expected = "POST /token?x=%2f&y HTTP/1.1\r\nHost: HOST\r\nAccept: application/json\r\nX-MiXed: 1\r\n\
        X-MiXed: 2\r\nAuthorization: Basic x\r\nA-Last: z\r\nContent-Length: 29\r\n\r\ngrant_type=client_credentials";
    assert_eq!(wire, expected);
}

#[test]
fn bodies_have_a_length_only_where_there_is_a_body() {
    assert_eq!(sent(|base| call("GET", base, None)), "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
    assert_eq!(sent(|base| call("OTHER", base, None)), "OTHER / HTTP/1.1\r\nHost: HOST\r\n\r\n");
    // RFC 9110 §8.6: without it, these leave a server in doubt.
    assert_eq!(sent(|base| call("POST", base, None)), "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n");
    for method in ["POST", "GET", "DELETE", "QUERY"] {
        let expected = format!("{method} /?q HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(sent(|base| call(method, &format!("{base}?q"), Some(""))), expected);
    }
    assert!(sent(|base| call("PATCH", base, Some("x"))).ends_with("Content-Length: 1\r\n\r\nx"));
}

#[test]
fn a_body_larger_than_the_buffer_arrives_whole() {
    let large = "x".repeat(100_000);
    assert!(sent(|base| call("POST", base, Some(&large))).ends_with(&large));
}

#[test]
fn lines_longer_than_the_buffer_are_sent() {
    let long = "x".repeat(50_000);
    let wire = sent(|base| {
        let mut call = call("POST", &format!("{base}/{long}"), Some(""));
        call.headers.push(Header::new("Authorization", &*long));
        call
    });
    assert_eq!(wire.matches(&*long).count(), 2);
}

/// Reads once, answers and closes, as servers made for a demonstration do.
fn answer_after_one_read(stream: &mut (impl Read + Write)) {
    let mut some = [0; 16 * 1024];
    let amount = stream.read(&mut some).unwrap();
    let whole = some[..amount].ends_with(b"\r\n\r\na=b");
    stream.write_all(ok(if whole { "whole" } else { "in pieces" }).as_bytes()).unwrap();
    stream.flush().unwrap();
}

#[test]
fn a_small_request_goes_out_as_one() {
    let address = server(|_, mut stream| answer_after_one_read(&mut stream));
    assert_eq!(pool().send(&post(format!("http://{address}")), soon()).unwrap().body, b"whole");
    let ca = Ca::new("CA");
    let config = Arc::new(ca.server());
    let address = server(move |_, tcp| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
        answer_after_one_read(&mut stream);
    });
    assert_eq!(trusting(&ca).send(&post(format!("https://{address}")), soon()).unwrap().body, b"whole");
}

#[test]
fn many_threads_share_one_pool() {
    let connections = Arc::new(Mutex::new(0));
    let count = Arc::clone(&connections);
    let address = server(move |_, mut stream| {
        *count.lock().unwrap() += 1;
        loop {
            let request = request(&mut stream);
            let Some((_, body)) = request.split_once("\r\n\r\n").filter(|(_, body)| !body.is_empty()) else { return };
            stream.write_all(ok(body).as_bytes()).unwrap();
        }
    });
    let client = Pool::new(options(), 8);
    let url = format!("http://{address}");
    thread::scope(|scope| {
        for thread in 0..8 {
            let (client, url) = (&client, &url);
            scope.spawn(move || {
                for number in 0..20 {
                    let body = format!("{thread}/{number}");
                    assert_eq!(client.send(&call("POST", url, Some(&body)), soon()).unwrap().body, body.as_bytes());
                }
            });
        }
    });
    assert!(*connections.lock().unwrap() <= 8);
}

#[test]
fn a_malformed_or_reserved_header_is_refused_without_its_value() {
    for (name, value) in
        [("a b", "canary"), ("a", "canary\r\nb: c"), ("content-Length", "canary"), ("Transfer-Encoding", "canary")]
    {
        let mut call = post("http://127.0.0.1:1");
        call.headers.push(Header::new(name, value));
        let error = pool().send(&call, soon()).unwrap_err();
        assert!(matches!(error, TransportError::BadRequest(_)), "{error}");
        assert_eq!((error.kind(), error.request_sent()), (TransportKind::Config, false));
        assert!(!error.to_string().contains("canary"));
    }
}

// ---------------------------------------------------------------------------------------------------- what is accepted

#[test]
fn status_headers_and_body_come_back() {
    let reply =
        gets(*b"HTTP/1.1 401 Nope\r\nX-One: a\r\nx-two:  b \r\nX-One: \xe9\r\nContent-Length: 2\r\n\r\nno").unwrap();
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("x-two"), Some("b"));
    assert_eq!(reply.headers.iter().filter(|(name, _)| name == "x-one").count(), 2);
    assert_eq!(reply.body, b"no");
    assert!(reply.timings.connect.is_some() && reply.timings.wait.is_some() && reply.timings.tls.is_none());
    assert!(reply.timings.dns.is_none() && reply.timings.total >= reply.timings.wait.unwrap());
}

#[test]
fn every_framing_of_a_body_is_read() {
    assert_eq!(gets("HTTP/1.0 200 OK\r\n\r\nto the end").unwrap().body, b"to the end");
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n";
    assert_eq!(gets(chunked).unwrap().body, b"abcde");
    assert_eq!(gets("HTTP/1.1 204 No Content\r\n\r\n").unwrap().body, b"");
    assert_eq!(gets("HTTP/1.1 304 Not Modified\r\nContent-Length: 9999999\r\n\r\n").unwrap().status, 304);
    let head = answers("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nContent-Encoding: gzip\r\n\r\n");
    assert_eq!(pool().send(&call("HEAD", &head, None), soon()).unwrap().body, b"");
}

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\nX-Why: not\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    assert_eq!(gets(format!("{interim}{}", ok("done"))).unwrap().body, b"done");
    // One byte at a time as well.
    let answer = format!("{interim}{}", ok("done"));
    let address = server(move |_, mut stream| {
        stream.set_nodelay(true).unwrap();
        request(&mut stream);
        for byte in answer.bytes() {
            stream.write_all(&[byte]).unwrap();
            thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(pool().send(&post(format!("http://{address}")), soon()).unwrap().body, b"done");
    let flood = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(2000);
    assert!(matches!(fails(flood), TransportError::HeadersTooLarge { .. }));
}

#[test]
fn a_redirect_is_an_answer_and_nobody_is_called() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let location = elsewhere.local_addr().unwrap();
        let reply =
            gets(format!("HTTP/1.1 {status} X\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n")).unwrap();
        assert_eq!((reply.status, reply.header("location").is_some()), (status, true));
        assert!(elsewhere.accept().is_err());
    }
}

fn compress(coding: &str, body: &[u8]) -> Vec<u8> {
    use flate2::Compression;
    let mut out = Vec::new();
    match coding {
        "gzip" => flate2::write::GzEncoder::new(&mut out, Compression::best()).write_all(body).unwrap(),
        "zlib" => flate2::write::ZlibEncoder::new(&mut out, Compression::best()).write_all(body).unwrap(),
        _ => flate2::write::DeflateEncoder::new(&mut out, Compression::best()).write_all(body).unwrap(),
    }
    out
}

fn coded(header: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {header}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[test]
fn one_content_coding_is_undone() {
    let text = b"{\"access_token\":\"x\"}".repeat(100);
    for (header, coding) in
        [("gzip", "gzip"), ("X-GZIP", "gzip"), ("identity, gzip", "gzip"), ("deflate", "zlib"), ("deflate", "raw")]
    {
        assert_eq!(gets(coded(header, &compress(coding, &text))).unwrap().body, text, "{header} {coding}");
    }
    assert_eq!(gets(coded("identity", b"plain")).unwrap().body, b"plain");
    assert_eq!(gets(coded("gzip", b"")).unwrap().body, b"");
}

#[test]
fn unknown_broken_and_stacked_codings_leave_the_head_alone() {
    let good = compress("gzip", b"text");
    for (header, body) in [
        ("br", &good[..]),
        ("zstd", &good),
        ("gzip, gzip", &good),
        ("gzip", b"not gzip"),
        ("gzip", b"x"),
        ("gzip", &good[..good.len() - 3]),
        ("deflate", b"not deflate at all"),
    ] {
        let reply = gets(coded(header, body)).unwrap();
        assert!(reply.undecoded.is_some() && reply.body.is_empty(), "{header}: {reply:?}");
        assert_eq!(reply.status, 200);
    }
    let trailing = [compress("zlib", b"text"), b"more".to_vec()].concat();
    assert!(gets(coded("deflate", &trailing)).unwrap().undecoded.is_some());
    assert_eq!(gets(coded("br", b"")).unwrap().undecoded, None);
}

// ------------------------------------------------------------------------------------------------- what is not accepted

#[test]
fn a_bomb_stops_at_the_cap() {
    let bomb = compress("gzip", &vec![0; 200 << 20]);
    let before = Instant::now();
    assert!(matches!(fails(coded("gzip", &bomb)), TransportError::BodyTooLarge { cap: 1_048_576 }));
    assert!(before.elapsed() < Duration::from_secs(9));
}

#[test]
fn a_coding_that_brings_nothing_for_ever_stops_at_the_cap() {
    for (coding, more) in [("gzip", compress("gzip", b"")), ("deflate", vec![0, 0, 0, 0xff, 0xff])] {
        let address = server(move |_, mut stream| {
            request(&mut stream);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            while stream.write_all(&more.repeat(1000)).is_ok() {}
        });
        let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
        assert!(matches!(error, TransportError::BodyTooLarge { cap: 1_048_576 }), "{coding}: {error}");
    }
}

#[test]
fn a_body_over_the_cap_is_refused_and_reading_stops() {
    let exact = "x".repeat(1 << 20);
    assert_eq!(gets(ok(&exact)).unwrap().body.len(), 1 << 20);
    let announced = fails(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", (1 << 20) + 1));
    assert!(matches!(announced, TransportError::BodyTooLarge { .. }));
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, mut stream| {
        request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
        sender.lock().unwrap().send(()).unwrap();
    });
    let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::BodyTooLarge { .. }), "{error}");
    receiver.recv_timeout(Duration::from_secs(5)).expect("the connection is closed");
}

#[test]
fn open_reads_beyond_the_cap() {
    let long = "x".repeat(3 << 20);
    let mut answer = pool().open(&post(answers(ok(&long))), soon()).unwrap();
    let mut body = String::new();
    answer.body.read_to_string(&mut body).unwrap();
    assert_eq!(body.len(), long.len());
}

#[test]
fn too_long_a_head_is_refused() {
    for flood in [
        format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000)),
        format!("HTTP/1.1 200 {}", "O".repeat(300_000)),
        format!("HTTP/1.1 103 {}", "O".repeat(300_000)),
    ] {
        let error = fails(flood);
        assert!(matches!(error, TransportError::HeadersTooLarge { cap: 65_536 }), "{error}");
        assert_eq!(error.kind(), TransportKind::BadReply);
    }
    let fields = |field: &str, count| format!("HTTP/1.1 200 OK\r\n{}\r\n", field.repeat(count));
    assert!(matches!(fails(fields("X: x\r\n", 50_000)), TransportError::HeadersTooLarge { .. }));
    assert_eq!(gets(fields("X: x\r\n", 10_000)).unwrap().headers.len(), 10_000);
    // Of those that say where the answer ends none is left out.
    let error = fails(fields("Content-Length: 0\r\n", 200));
    assert!(matches!(error, TransportError::TooManyHeaders { cap: 128 }), "{error}");
    assert_eq!((error.kind(), error.request_sent()), (TransportKind::BadReply, true));
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(60_000));
    assert_eq!(gets(large).unwrap().header("x").unwrap().len(), 60_000);
}

#[test]
fn what_is_neither_head_nor_body_is_capped_as_a_head_is() {
    let endless = |start: &'static str, more: &'static str| {
        let (sender, receiver) = mpsc::channel();
        let sender = Mutex::new(sender);
        let address = server(move |_, mut stream| {
            request(&mut stream);
            let mut sent = 0;
            stream.write_all(start.as_bytes()).unwrap();
            while sent < 64 << 20 && stream.write_all(more.repeat(100).as_bytes()).is_ok() {
                sent += 100 * more.len();
            }
            sender.lock().unwrap().send(sent).unwrap();
        });
        let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
        assert!(matches!(error, TransportError::HeadersTooLarge { cap: 65_536 }), "{start}{more}: {error}");
        assert!(receiver.recv().unwrap() < 64 << 20, "{start}{more}");
    };
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n";
    endless(chunked, "X-Trailer: x\r\n");
    endless(chunked, "x");
    endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2", ";x");
    endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0");
    endless("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    endless("", "HTTP/1.1 100 Continue\n\n");
    endless("HTTP/1.1 103 Early Hints\r\n", "X: x\r\n");
    endless("HTTP/1.1 200 OK\r\nX: ", "x");
    // Together they are one head.
    let interim = format!("HTTP/1.1 103 X\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    let head = format!("HTTP/1.1 204 X\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    assert!(matches!(fails(format!("{interim}{head}")), TransportError::HeadersTooLarge { .. }));
    // The lines between chunks go with what they bring.
    let small =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", "1\r\nx\r\n".repeat(100_000));
    assert_eq!(gets(small).unwrap().body.len(), 100_000);
}

#[test]
fn a_cut_answer_is_truncated_even_if_it_parses() {
    let error = fails("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":1}");
    assert!(matches!(error, TransportError::Truncated { got: 7, expected: Some(9) }), "{error}");
    assert_eq!((error.kind(), error.request_sent()), (TransportKind::BadReply, true));
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}XX0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"a\":1}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
    ] {
        let error = fails(answer);
        assert!(matches!(error, TransportError::Truncated { .. }), "{answer}: {error}");
    }
    let gzip = compress("gzip", b"text");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", gzip.len() + 1);
    let error = fails([head.as_bytes(), &gzip].concat());
    assert!(matches!(error, TransportError::Truncated { .. }), "{error}");
}

#[test]
fn garbage_is_not_http_and_a_token_in_it_is_not_shown() {
    for garbage in [
        "{\"access_token\":\"canary\"}",
        "<html>canary",
        "SSH-2.0-OpenSSH\r\ncanary",
        "access_token=canary",
        "HTTP/1.1 abc canary\r\n\r\n",
        "HTTP/2 200 OK\r\ncanary: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon canary\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\ncanary",
        "HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\n",
        "\x15\x03\x01\x00\x02\x02\x46canary",
        "\x1b]0;x\x07\u{202e}\r\n",
    ] {
        let error = fails(garbage);
        assert!(
            matches!(error, TransportError::NotHttp(_) | TransportError::BadHead(_) | TransportError::SpeaksTls),
            "{garbage}: {error}"
        );
        assert!(!error.to_string().contains("canary"), "{error}");
        assert!(!error.to_string().contains(['\x1b', '\u{202e}']), "{error:?}");
        assert_eq!((error.kind(), error.request_sent()), (TransportKind::BadReply, true));
    }
}

#[test]
fn no_byte_at_all_is_an_empty_answer_and_asked_once() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |number, mut stream| {
        request(&mut stream);
        sender.lock().unwrap().send(number).unwrap();
    });
    let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::EmptyAnswer), "{error}");
    assert_eq!(
        (error.kind(), error.request_sent(), error.is_retryable_connect()),
        (TransportKind::Unreached, true, false)
    );
    assert_eq!(receiver.try_iter().count(), 1);
}

#[test]
fn a_reset_is_a_lost_connection() {
    let address = server(|_, stream| reset(stream));
    let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Lost { during: Phase::Sending | Phase::Waiting, .. }), "{error}");
    assert_eq!((error.kind(), error.request_sent()), (TransportKind::Unreached, true));

    let address = server(|_, mut stream| {
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"").unwrap();
        // A reset takes away what was not read yet.
        thread::sleep(Duration::from_secs(1));
        reset(stream);
    });
    let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Lost { during: Phase::Reading { bytes: 4 }, .. }), "{error}");
    // Also where the end of the connection would be the end of the body.
    let address = server(|_, mut stream| {
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"a\":1}").unwrap();
        // A reset takes away what was not read yet.
        thread::sleep(Duration::from_secs(1));
        reset(stream);
    });
    let error = pool().send(&post(format!("http://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Lost { during: Phase::Reading { .. }, .. }), "{error}");
}

#[test]
fn an_early_answer_counts_although_the_request_was_not_read() {
    let address = server(|_, mut stream| {
        let mut some = [0; 100];
        stream.read_exact(&mut some).unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        thread::sleep(Duration::from_millis(300));
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let body = "x".repeat(5 << 20);
    let reply = pool().send(&call("POST", &format!("http://{address}"), Some(&body)), soon()).unwrap();
    assert_eq!((reply.status, &reply.body[..]), (413, &b"big"[..]));
}

// --------------------------------------------------------------------------------------------------------- getting there

#[test]
fn a_refused_connection_names_every_address() {
    let port = 1; // tcpmux, which nobody has
    let error = pool().send(&post(format!("http://localhost:{port}")), soon()).unwrap_err();
    let TransportError::Net(NetError::Connect { host, attempts, .. }) = &error else { panic!("{error}") };
    assert_eq!((host.as_str(), attempts.len()), ("localhost", 2));
    assert_eq!(
        (error.kind(), error.request_sent(), error.is_retryable_connect()),
        (TransportKind::Unreached, false, true)
    );
}

#[test]
fn localhost_is_found_on_ipv4_and_on_ipv6() {
    let four = TcpListener::bind("127.0.0.1:0").ok();
    // Below the range the system hands out: no other test listens on the same port of 127.0.0.1.
    let six = (20_000 + std::process::id() as u16 % 10_000..)
        .take(100)
        .find_map(|port| TcpListener::bind(("::1", port)).ok());
    for listener in [four, six].into_iter().flatten() {
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            request(&mut stream);
            stream.write_all(ok("here").as_bytes()).unwrap();
        });
        assert_eq!(pool().send(&post(format!("http://localhost:{port}")), soon()).unwrap().body, b"here");
    }
}

#[test]
fn an_unknown_host_is_a_dns_error() {
    let error = pool().send(&post("https://no-such-host.invalid/x?canary"), soon()).unwrap_err();
    assert!(
        matches!(&error, TransportError::Net(NetError::Dns { host, .. }) if host == "no-such-host.invalid"),
        "{error}"
    );
    assert!(error.is_retryable_connect() && !error.to_string().contains("canary"));
}

#[test]
fn connections_are_reused() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |number, mut stream| {
        while !request(&mut stream).is_empty() {
            sender.lock().unwrap().send(number).unwrap();
            stream.write_all(ok("x").as_bytes()).unwrap();
        }
    });
    let client = pool();
    let url = format!("http://{address}");
    assert!(client.send(&post(&url), soon()).unwrap().timings.connect.is_some());
    assert!(client.send(&post(&url), soon()).unwrap().timings.connect.is_none());
    thread::scope(|scope| {
        scope.spawn(|| client.send(&post(&url), soon()).unwrap());
    });
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 0, 0]);
}

#[test]
fn a_pooled_connection_closed_meanwhile_is_replaced_once() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    // The first connection answers once and then takes a second request without answering.
    let address = server(move |number, mut stream| {
        request(&mut stream);
        sender.lock().unwrap().send(number).unwrap();
        stream.write_all(ok("x").as_bytes()).unwrap();
        request(&mut stream);
        sender.lock().unwrap().send(number).unwrap();
    });
    let client = pool();
    let url = format!("http://{address}");
    client.send(&post(&url), soon()).unwrap();
    let reply = client.send(&post(&url), soon()).unwrap();
    assert!(reply.timings.connect.is_some());
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 0, 1]);
}

// ------------------------------------------------------------------------------------ an answer that is somebody else's

/// A layer of a connection on the server's side.
trait Layer: Read + Write + Send {
    /// Sends `pieces` as one segment. Where there are records, each piece is in records of its own, and the last one lacks
    /// the last `cut` bytes.
    fn put(&mut self, pieces: &[&[u8]], cut: usize);
}

impl Layer for TcpStream {
    fn put(&mut self, pieces: &[&[u8]], _: usize) {
        let _ = self.write_all(&pieces.concat());
    }
}

impl Layer for StreamOwned<ServerConnection, Box<dyn Layer>> {
    fn put(&mut self, pieces: &[&[u8]], cut: usize) {
        self.conn.set_buffer_limit(None);
        let mut records = Vec::new();
        for piece in pieces {
            self.conn.writer().write_all(piece).unwrap();
            while self.conn.wants_write() {
                self.conn.write_tls(&mut records).unwrap();
            }
        }
        self.sock.put(&[&records[..records.len() - cut]], 0);
    }
}

fn secured(config: &Arc<ServerConfig>, below: Box<dyn Layer>) -> StreamOwned<ServerConnection, Box<dyn Layer>> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), below)
}

/// How requests get to their server. Each proxy here is its target as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Http,
    Https(&'static rustls::SupportedProtocolVersion),
    HttpByForwarder,
    HttpByHttpsForwarder,
    HttpBySocks,
    HttpsByConnect,
    HttpsByHttpsProxy,
    HttpsBySocks,
}

const TLS13: Route = Route::Https(&rustls::version::TLS13);
const ROUTES: [Route; 9] = [
    Route::Http,
    TLS13,
    Route::Https(&rustls::version::TLS12),
    Route::HttpByForwarder,
    Route::HttpByHttpsForwarder,
    Route::HttpBySocks,
    Route::HttpsByConnect,
    Route::HttpsByHttpsProxy,
    Route::HttpsBySocks,
];

impl Route {
    /// Gets through to the server, on its side.
    fn open(self, tcp: TcpStream, config: &Arc<ServerConfig>) -> Box<dyn Layer> {
        tcp.set_nodelay(true).unwrap();
        let mut below: Box<dyn Layer> = Box::new(tcp);
        if matches!(self, Self::HttpByHttpsForwarder | Self::HttpsByHttpsProxy) {
            below = Box::new(secured(config, below));
        }
        match self {
            Self::HttpsByConnect | Self::HttpsByHttpsProxy => {
                request(&mut below);
                below.put(&[b"HTTP/1.1 200 OK\r\n\r\n"], 0);
            }
            Self::HttpBySocks | Self::HttpsBySocks => {
                below.read_exact(&mut [0; 3]).unwrap();
                below.put(&[&[5, 0]], 0);
                below.read_exact(&mut [0; 10]).unwrap();
                below.put(&[&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]], 0);
            }
            _ => {}
        }
        match self {
            Self::Https(_) | Self::HttpsByConnect | Self::HttpsByHttpsProxy | Self::HttpsBySocks => {
                Box::new(secured(config, below))
            }
            _ => below,
        }
    }

    /// A server at the end of it that talks as `talk` says, given the number of the connection, and a client.
    fn serve(self, ca: &Ca, talk: impl Fn(usize, Box<dyn Layer>) + Send + Sync + 'static) -> (String, Pool) {
        let config = match self {
            Self::Https(version) => ca.server_of(&[version]),
            _ => ca.server(),
        };
        let config = Arc::new(config);
        let address = server(move |number, tcp| talk(number, self.open(tcp, &config)));
        let proxy = match self {
            Self::Http | Self::Https(_) => None,
            Self::HttpByForwarder | Self::HttpsByConnect => Some("http"),
            Self::HttpByHttpsForwarder | Self::HttpsByHttpsProxy => Some("https"),
            Self::HttpBySocks | Self::HttpsBySocks => Some("socks5"),
        };
        let explicit = proxy.map(|scheme| Secret::new(format!("{scheme}://{address}")));
        let proxy = ProxyRules { explicit, ..ProxyRules::default() };
        let client = client_with(Options { proxy, roots: roots(ca), ..options() });
        let scheme = match self {
            Self::Http | Self::HttpByForwarder | Self::HttpByHttpsForwarder | Self::HttpBySocks => "http",
            _ => "https",
        };
        (format!("{scheme}://{address}"), client)
    }
}

/// Where in the stream something stands that comes behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// With the end of the answer: in the same record, the same segment.
    Behind,
    /// In a record of its own in the same segment.
    NextRecord,
    /// The same, and the record is not whole yet.
    CutRecord,
    /// After the answer was taken.
    Later,
}

const PLACES: [Place; 4] = [Place::Behind, Place::NextRecord, Place::CutRecord, Place::Later];

/// An exchange with `answer`, behind which comes `surplus`, then another one on the same client. Returns what the other
/// was answered, and how many connections there were.
fn two_exchanges(
    route: Route,
    ca: &Ca,
    method: &str,
    answer: &[u8],
    surplus: &'static [u8],
    place: Place,
) -> (String, usize) {
    let (sender, served) = mpsc::channel();
    let (go, taken) = mpsc::channel();
    let (sender, taken) = (Mutex::new(sender), Mutex::new(taken));
    let connections = Arc::new(Mutex::new(0));
    let count = Arc::clone(&connections);
    let first = answer.to_vec();
    let (url, client) = route.serve(ca, move |number, mut stream| {
        *count.lock().unwrap() += 1;
        if number == 0 {
            request(&mut stream);
            match place {
                Place::Behind => stream.put(&[&[&first, surplus].concat()], 0),
                Place::NextRecord => stream.put(&[&first, surplus], 0),
                Place::CutRecord if surplus.is_empty() => stream.put(&[&first], 0),
                Place::CutRecord => stream.put(&[&first, surplus], 1),
                Place::Later => {
                    stream.put(&[&first], 0);
                    taken.lock().unwrap().recv().unwrap();
                    stream.put(&[surplus], 0);
                }
            }
            sender.lock().unwrap().send(()).unwrap();
        }
        // On any connection: what is asked is what is answered.
        loop {
            let asked = request(&mut stream);
            let Some((_, body)) = asked.split_once("\r\n\r\n").filter(|(_, body)| !body.is_empty()) else { return };
            stream.put(&[ok(&format!("own {body}")).as_bytes()], 0);
        }
    });
    let body = (method != "HEAD").then_some("one");
    let reply = client.send(&call(method, &url, body), soon()).unwrap();
    assert!(reply.body.is_empty() || reply.body.starts_with(b"first"), "{route:?} {reply:?}");
    if place == Place::Later {
        go.send(()).unwrap();
    }
    served.recv().unwrap();
    let reply = client.send(&call("POST", &url, Some("two")), soon()).unwrap();
    (String::from_utf8(reply.body).unwrap(), *connections.lock().unwrap())
}

/// An answer whose head and body have `size` bytes together.
fn filling(size: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {:08}\r\n\r\n", 0).len();
    let body = format!("{:x<1$}", "first", size - head);
    format!("HTTP/1.1 200 OK\r\nContent-Length: {:08}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Every way in which an answer tells where it ends.
fn framings() -> Vec<(&'static str, Vec<u8>)> {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nfirst\r\n0\r\n";
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    vec![
        ("POST", ok("first").into_bytes()),
        ("POST", ok("").into_bytes()),
        ("POST", filling(16 * 1024)),
        ("POST", filling(32 * 1024)),
        ("POST", filling(4096)),
        ("POST", format!("{chunked}\r\n").into_bytes()),
        ("POST", format!("{chunked}Trailer: x\r\n\r\n").into_bytes()),
        ("POST", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        ("POST", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n".to_vec()),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".to_vec()),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
        ("POST", format!("{interim}{}", ok("first")).into_bytes()),
        ("POST", format!("{interim}HTTP/1.1 204 No Content\r\n\r\n").into_bytes()),
        ("POST", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nfirst".to_vec()),
        ("POST", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nfirst".to_vec()),
    ]
}

const STOLEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen";

#[test]
fn bytes_behind_an_answer_are_never_the_answer_to_the_next_request() {
    let ca = Ca::new("CA");
    for route in [Route::Http, TLS13] {
        for (method, answer) in framings() {
            for surplus in [STOLEN, b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\n", b"0"] {
                for place in PLACES {
                    let got = two_exchanges(route, &ca, method, &answer, surplus, place);
                    let case = || (String::from_utf8_lossy(&answer[..60.min(answer.len())]), surplus);
                    assert_eq!(got, ("own two".to_owned(), 2), "{route:?} {place:?} {:?}", case());
                }
            }
        }
    }
}

#[test]
fn bytes_behind_an_answer_count_in_every_layer_of_every_route() {
    let ca = Ca::new("CA");
    for route in ROUTES {
        for answer in [ok("first").into_bytes(), filling(16 * 1024)] {
            for place in PLACES {
                let got = two_exchanges(route, &ca, "POST", &answer, STOLEN, place);
                assert_eq!(got, ("own two".to_owned(), 2), "{route:?} {place:?}");
            }
        }
    }
}

#[test]
fn a_connection_with_nothing_behind_the_answer_is_used_again() {
    let ca = Ca::new("CA");
    for route in ROUTES {
        for (method, answer) in framings() {
            let got = two_exchanges(route, &ca, method, &answer, b"", Place::Behind);
            assert_eq!(got, ("own two".to_owned(), 1), "{route:?} {}", String::from_utf8_lossy(&answer));
        }
    }
}

#[test]
fn a_surplus_split_at_any_byte_is_no_answer() {
    let ca = Ca::new("CA");
    let answer = ok("first").into_bytes();
    for at in 1..STOLEN.len() {
        let (head, tail) = STOLEN.split_at(at);
        // With the answer in one record, and the rest in a record of its own.
        let behind = [&answer, head].concat();
        let got = two_exchanges(TLS13, &ca, "POST", &behind, tail, Place::NextRecord);
        assert_eq!(got, ("own two".to_owned(), 2), "{at}");
    }
}

#[test]
fn an_answer_whose_end_is_in_doubt_is_the_last_on_its_connection() {
    let ca = Ca::new("CA");
    let chunks = "5\r\nfirst\r\n0\r\n\r\n";
    for answer in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n{chunks}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nfirst".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nfirst".to_owned(),
        "HTTP/1.1 204 No Content\r\nContent-Length: 44\r\n\r\n".to_owned(),
        format!("\r\n{}", ok("first")),
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
    ] {
        let got = two_exchanges(Route::Http, &ca, "POST", answer.as_bytes(), b"", Place::Behind);
        assert_eq!(got, ("own two".to_owned(), 2), "{answer}");
    }
}

#[test]
fn an_early_answer_to_a_large_request_counts_and_is_its_own() {
    let ca = Ca::new("CA");
    let large = "x".repeat(1 << 20);
    for (route, repeatable) in
        [(Route::Http, true), (Route::Http, false), (TLS13, false), (Route::HttpByForwarder, false)]
    {
        let connections = Arc::new(Mutex::new(0));
        let count = Arc::clone(&connections);
        let (url, client) = route.serve(&ca, move |number, mut stream| {
            *count.lock().unwrap() += 1;
            if number == 0 {
                request(&mut stream);
                stream.put(&[ok("own").as_bytes()], 0);
            }
            // This much is there before the rest is on its way.
            let mut some = [0; 10];
            if stream.read_exact(&mut some).is_err() {
                return;
            }
            // On the first connection it could as well be what was left over from the first answer.
            let answer = if number == 0 { STOLEN } else { b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig" };
            stream.put(&[answer], 0);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        });
        assert_eq!(client.send(&post(&url), soon()).unwrap().body, b"own");
        let large = Call { repeatable, ..call("POST", &url, Some(&large)) };
        let reply = client.send(&large, soon()).unwrap();
        assert_eq!((reply.status, &reply.body[..]), (413, &b"big"[..]), "{route:?}");
        assert_eq!(*connections.lock().unwrap(), 2, "{route:?}");
    }
}

/// Sends session tickets (RFC 8446 §4.6.1) until the other side has had enough: as many as rustls would never send.
fn flood_with_tickets(stream: TlsStream, began: impl FnOnce()) {
    use ring::aead;
    let mut tcp = stream.sock;
    let (mut number, secrets) = stream.conn.dangerous_extract_secrets().unwrap().tx;
    let rustls::ConnectionTrafficSecrets::Aes256Gcm { key, iv } = secrets else { panic!("another cipher suite") };
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, key.as_ref()).unwrap());
    let mut began = Some(began);
    loop {
        let mut segment = Vec::new();
        while segment.len() < 64 * 1024 {
            let mut nonce: [u8; 12] = iv.as_ref().try_into().unwrap();
            nonce.iter_mut().rev().zip(number.to_le_bytes()).for_each(|(byte, count)| *byte ^= count);
            number += 1;
            // Lifetime, age, nonce, ticket, extensions; then the kind of record.
            let ticket = [4, 0, 0, 15, 0, 0, 28, 32, 0, 0, 0, 0, 1, 0, 0, 1, b't', 0, 0, 22];
            let head = [23, 3, 3, 0, (ticket.len() + 16) as u8];
            let mut record = ticket.to_vec();
            let nonce = aead::Nonce::assume_unique_for_key(nonce);
            key.seal_in_place_append_tag(nonce, aead::Aad::from(head), &mut record).unwrap();
            segment.extend(head);
            segment.extend(record);
        }
        if tcp.write_all(&segment).is_err() {
            return;
        }
        if let Some(began) = began.take() {
            began();
        }
    }
}

/// A server that sends `answer` on its first connection and then tickets without end; it tells when they have begun.
fn ticket_server(ca: &Ca, answer: impl Into<String>) -> (String, mpsc::Receiver<()>) {
    let mut config = ca.server_of(&[&rustls::version::TLS13]);
    config.enable_secret_extraction = true;
    let (config, answer) = (Arc::new(config), answer.into());
    let (sender, flooding) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |number, tcp| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
        request(&mut stream);
        if number > 0 {
            stream.write_all(ok("own").as_bytes()).unwrap();
            return;
        }
        stream.write_all(answer.as_bytes()).unwrap();
        flood_with_tickets(stream, || sender.lock().unwrap().send(()).unwrap());
    });
    (format!("https://{address}"), flooding)
}

#[test]
fn a_server_that_never_stops_after_its_answer_is_left_alone() {
    let ca = Ca::new("CA");
    for answer in [ok("first"), "HTTP/1.1 204 No Content\r\n\r\n".to_owned()] {
        let (url, flooding) = ticket_server(&ca, answer);
        let client = trusting(&ca);
        assert!(matches!(client.send(&post(&url), soon()).unwrap().status, 200 | 204));
        flooding.recv().unwrap();
        assert_eq!(client.send(&post(&url), soon()).unwrap().body, b"own");
    }
}

#[test]
fn misbehaviour_after_the_answer_takes_nothing_from_it() {
    // rustls has enough of these after some.
    let ca = Ca::new("CA");
    let config = Arc::new(ca.server_of(&[&rustls::version::TLS13]));
    let address = server(move |_, tcp| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
        request(&mut stream);
        let mut segment = Vec::new();
        stream.conn.writer().write_all(ok("own").as_bytes()).unwrap();
        for _ in 0..100 {
            stream.conn.refresh_traffic_keys().unwrap();
            stream.conn.write_tls(&mut segment).unwrap();
        }
        stream.sock.write_all(&segment).unwrap();
        let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    });
    let client = trusting(&ca);
    for _ in 0..2 {
        assert_eq!(client.send(&post(format!("https://{address}")), soon()).unwrap().body, b"own");
    }
}

// ------------------------------------------------------------------------------------------------------------ deadlines

#[track_caller]
fn times_out(url: &str, client: &Pool) -> TransportError {
    let before = Instant::now();
    let error = client.send(&post(url), Deadline::after(Duration::from_millis(300))).unwrap_err();
    let elapsed = before.elapsed();
    assert!(elapsed >= Duration::from_millis(280) && elapsed < Duration::from_secs(3), "{elapsed:?} {error}");
    assert_eq!(error.kind(), TransportKind::Unreached);
    assert!(error.to_string().starts_with("timed out after 300ms while "), "{error}");
    error
}

fn drips(start: &'static str) -> String {
    let address = server(move |_, mut stream| {
        request(&mut stream);
        let _ = stream.write_all(start.as_bytes());
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    format!("http://{address}")
}

#[test]
fn the_deadline_holds_against_silence_and_dripping() {
    let silent = server(|_, stream| {
        thread::sleep(Duration::from_secs(10));
        drop(stream);
    });
    let error = times_out(&format!("http://{silent}"), &pool());
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Waiting, .. }), "{error}");
    let error = times_out(&format!("https://{silent}"), &pool());
    assert!(matches!(error, TransportError::Net(NetError::Timeout { step: Step::Handshaking, .. })), "{error}");
    let error = times_out(&drips("HTTP/1.1 200 OK\r\nX: "), &pool());
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Waiting, .. }), "{error}");
    let error = times_out(&drips("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"), &pool());
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Reading { bytes: 1..100 }, .. }), "{error}");
    let error = times_out(&drips("HTTP/1.1 200 OK\r\n\r\n"), &pool());
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Reading { bytes: 1..100 }, .. }), "{error}");
}

#[test]
fn the_deadline_holds_against_records_that_bring_nothing() {
    let ca = Ca::new("CA");
    for (answer, phase) in [
        ("", Phase::Waiting),
        ("HTTP/1.1 200 OK\r\nX: ", Phase::Waiting),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Phase::Reading { bytes: 2 }),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", Phase::Reading { bytes: 2 }),
    ] {
        let (url, _flooding) = ticket_server(&ca, answer);
        let before = Instant::now();
        let error = trusting(&ca).send(&post(&url), Deadline::after(Duration::from_secs(2))).unwrap_err();
        assert!(matches!(error, TransportError::Timeout { phase: p, .. } if p == phase), "{answer}: {error}");
        assert!(before.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn the_deadline_holds_against_a_handshake_without_end() {
    for record in [&[0x14, 3, 3, 0, 1, 1][..], &[0x15, 3, 3, 0, 2, 1, 90], &[0x16, 3, 3, 0, 4, 0, 0, 0, 0]] {
        let address = server(move |_, mut stream| while stream.write_all(&record.repeat(1000)).is_ok() {});
        let before = Instant::now();
        let error = pool().send(&post(format!("https://{address}")), Deadline::after(Duration::from_secs(2)));
        assert!(!error.unwrap_err().request_sent());
        assert!(before.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn the_deadline_holds_while_sending() {
    let address = server(|_, stream| {
        thread::sleep(Duration::from_secs(10));
        drop(stream);
    });
    let body = "x".repeat(50 << 20);
    let call = call("POST", &format!("http://{address}"), Some(&body));
    let error = pool().send(&call, Deadline::after(Duration::from_millis(300))).unwrap_err();
    assert!(matches!(error, TransportError::Timeout { phase: Phase::Sending, .. }), "{error}");
    assert!(error.request_sent());
}

#[test]
fn a_passed_deadline_connects_to_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = pool().send(&post(url), Deadline::after(Duration::ZERO)).unwrap_err();
    assert!(matches!(error, TransportError::Net(NetError::Timeout { .. })) && !error.request_sent(), "{error}");
    assert!(listener.accept().is_err());
}

#[test]
fn the_connect_timeout_covers_the_handshake_even_if_it_drips() {
    let address = server(|_, mut stream| {
        // A handshake record of 64 KiB that comes byte by byte.
        let _ = stream.write_all(&[0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb]);
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let client = client_with(Options { connect_timeout: Duration::from_millis(200), insecure: true, ..options() });
    let before = Instant::now();
    let error = client.send(&post(format!("https://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Net(NetError::ConnectTimeout { step: Step::Handshaking, .. })), "{error}");
    assert!(before.elapsed() < Duration::from_secs(3));
    assert!(error.is_retryable_connect());
}

// ------------------------------------------------------------------------------------------------------------------ TLS

/// What a client trusts that knows no other CA.
fn roots(ca: &Ca) -> Roots {
    Roots::File(ca.cacert().into())
}

/// A client that trusts this CA alone.
fn trusting(ca: &Ca) -> Pool {
    client_with(Options { roots: roots(ca), ..options() })
}

fn pem_der(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

type TlsStream = StreamOwned<ServerConnection, TcpStream>;

fn tls_server<F>(config: ServerConfig, script: F) -> String
where
    F: Fn(&mut TlsStream) + Send + Sync + 'static,
{
    let config = Arc::new(config);
    let address = server(move |_, tcp| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
        script(&mut stream);
        stream.conn.send_close_notify();
        let _ = stream.flush();
        // A close with unread data would be a reset, which may overtake the alert.
        let _ = stream.sock.shutdown(std::net::Shutdown::Write);
        let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    });
    format!("https://{address}/token")
}

fn serves(config: ServerConfig) -> String {
    tls_server(config, |stream| {
        while !request(stream).is_empty() {
            if stream.write_all(ok("secure").as_bytes()).is_err() {
                return;
            }
        }
    })
}

#[track_caller]
fn tls_failure(client: &Pool, url: &str) -> TlsFailure {
    let error = client.send(&post(url), soon()).unwrap_err();
    assert_eq!(
        (error.kind(), error.request_sent(), error.is_retryable_connect()),
        (TransportKind::Unreached, false, false),
        "{error}"
    );
    match error {
        TransportError::Net(NetError::Tls { failure, .. }) => failure,
        other => panic!("{other}"),
    }
}

#[test]
fn a_server_of_a_named_ca_is_trusted_and_the_connection_reused() {
    let ca = Ca::new("Test CA");
    for version in rustls::ALL_VERSIONS {
        let url = serves(ca.server_of(&[version]));
        let client = trusting(&ca);
        let reply = client.send(&post(&url), soon()).unwrap();
        assert_eq!(reply.body, b"secure");
        assert!(reply.timings.tls.is_some());
        assert!(client.send(&post(&url), soon()).unwrap().timings.tls.is_none());
        assert!(client.send(&post(url.replace("127.0.0.1", "localhost")), soon()).unwrap().timings.tls.is_some());
    }
}

#[test]
fn an_unknown_issuer_is_named() {
    let (ca, other) = (Ca::new("Evil \u{1b}[31m CA"), Ca::new("Other"));
    let url = serves(ca.server());
    let failure = tls_failure(&trusting(&other), &url);
    assert_eq!(
        failure,
        TlsFailure::UnknownIssuer { issuer: "Evil \\u{1b}[31m CA".to_owned(), how: Unknown::NotSent { source: None } }
    );
    let error = trusting(&other).send(&post(&url), soon()).unwrap_err();
    assert!(error.hints(&post(&url).url)[1].contains("--cacert"));
    let insecure = client_with(Options { insecure: true, roots: Roots::File("/nonexistent".into()), ..options() });
    assert_eq!(insecure.send(&post(&url), soon()).unwrap().body, b"secure");
}

#[test]
fn expired_and_early_certificates_are_told_with_their_dates() {
    let ca = Ca::new("CA");
    let with = |from: i32, to: i32| {
        serves(ca.server_with(|params| {
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(to, 1, 1);
        }))
    };
    let failure = tls_failure(&trusting(&ca), &with(2000, 2001));
    assert!(matches!(failure, TlsFailure::Expired { not_after: 978_307_200, .. }), "{failure}");
    let failure = tls_failure(&trusting(&ca), &with(2300, 2301));
    assert!(matches!(failure, TlsFailure::NotYetValid { not_before: 10_413_792_000, .. }), "{failure}");
}

#[test]
fn a_wrong_name_is_told_with_the_names_there_are() {
    let ca = Ca::new("CA");
    let config = ca.server_with(|params| {
        params.subject_alt_names = vec![
            rcgen::SanType::DnsName("a.test".try_into().unwrap()),
            rcgen::SanType::IpAddress("10.0.0.1".parse().unwrap()),
        ];
    });
    let url = serves(config);
    for host in ["127.0.0.1", "localhost"] {
        let TlsFailure::WrongName { expected, names } = tls_failure(&trusting(&ca), &url.replace("127.0.0.1", host))
        else {
            panic!("not the name")
        };
        assert_eq!(expected, host);
        assert_eq!(names[0], "a.test", "{names:?}");
        assert_eq!(names.len(), 2, "{names:?}");
    }
}

#[test]
fn a_self_signed_certificate_among_the_roots_is_accepted_for_its_names_and_dates() {
    let ca = Ca::new("unused");
    let serve = |name: &str, is_ca: bool, until: i32, check: fn(&Result<(), TransportError>)| {
        let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        if is_ca {
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let config = versions(rustls::ALL_VERSIONS)
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let file = ca.file("self.pem", &certificate.pem());
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(&file, dir.path().join("self.pem")).unwrap();
        let roots = [
            Roots::File(file.clone()),
            Roots::Env { file: Some(file), dir: None },
            Roots::Env { file: None, dir: Some(dir.path().to_owned()) },
        ];
        let url = serves(config);
        for roots in roots {
            let error = client_with(Options { roots, ..options() }).send(&post(&url), soon());
            check(&error.map(|_| ()));
        }
        url
    };
    for is_ca in [false, true] {
        serve("a.test", is_ca, 2200, |result| {
            assert!(
                matches!(result, Err(TransportError::Net(NetError::Tls { failure: TlsFailure::WrongName { .. }, .. }))),
                "{result:?}"
            );
        });
        serve("127.0.0.1", is_ca, 2001, |result| {
            let Err(TransportError::Net(NetError::Tls { failure, .. })) = result else { panic!("{result:?}") };
            assert!(matches!(failure, TlsFailure::Expired { not_after: 978_307_200, .. }), "{failure}");
        });
        let url = serve("127.0.0.1", is_ca, 2200, |result| assert!(result.is_ok(), "{result:?}"));
        let failure = tls_failure(&trusting(&ca), &url);
        assert_eq!(
            failure,
            TlsFailure::UnknownIssuer { issuer: "rcgen self signed cert".to_owned(), how: Unknown::SelfSigned }
        );
    }
}

type Change = fn(&mut rcgen::CertificateParams);

/// A certificate named `name`, signed by `issuer` or else by itself, and what signs with its key.
fn certify(
    name: &str,
    issuer: Option<&rcgen::Issuer<'static, rcgen::KeyPair>>,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> (rcgen::Certificate, rcgen::Issuer<'static, rcgen::KeyPair>) {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    change(&mut params);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    (certificate, rcgen::Issuer::new(params, key))
}

fn server_params(params: &mut rcgen::CertificateParams) {
    params.is_ca = rcgen::IsCa::NoCa;
    params.subject_alt_names = vec![rcgen::SanType::IpAddress(Ipv4Addr::LOCALHOST.into())];
}

/// What a client that trusts `roots` says of a server that shows `chain`.
fn judged(roots: &str, chain: &[rcgen::Certificate], key: &rcgen::KeyPair) -> Result<(), String> {
    let chain = chain.iter().map(|certificate| certificate.der().clone()).collect();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let resolver = rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(chain, key));
    let config = versions(rustls::ALL_VERSIONS).with_no_client_auth().with_cert_resolver(Arc::new(resolver));
    let url = serves(config);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("roots.pem");
    std::fs::write(&file, roots).unwrap();
    match client_with(Options { roots: Roots::File(file), ..options() }).send(&post(&url), soon()) {
        Ok(_) => Ok(()),
        Err(error) => {
            assert!(matches!(error, TransportError::Net(NetError::Tls { .. })) && !error.request_sent(), "{error}");
            Err(error.to_string())
        }
    }
}

#[test]
fn every_certificate_on_the_way_to_the_root_must_be_fit_for_it() {
    use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints};
    let as_made: Change = |_| {};
    let signs: Change = |params| params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let no_sign: Change =
        |params| params.key_usages = vec![KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    let no_ca: Change = |params| params.is_ca = IsCa::ExplicitNoCa;
    let says_nothing: Change = |params| params.is_ca = IsCa::NoCa;
    let one_below: Change = |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    let none_below: Change = |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let expired: Change = |params| params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let early: Change = |params| params.not_before = rcgen::date_time_ymd(2300, 1, 1);
    let for_clients: Change = |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let for_servers: Change = |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let elsewhere: Change = |params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::IpAddress(rcgen::CidrSubnet::V4([10, 0, 0, 0], [255, 0, 0, 0]))],
            excluded_subtrees: vec![],
        });
    };
    let unknown: Change = |params| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions = vec![extension];
    };
    let may_not_sign = "may not sign certificates (CA and keyCertSign";
    for (root, above, below, leaf, expected) in [
        (as_made, as_made, as_made, as_made, None),
        (signs, signs, signs, as_made, None),
        (
            one_below,
            one_below,
            none_below,
            for_servers,
            Some("Root allows no more than 1 CAs below it, and there are 2"),
        ),
        (as_made, one_below, none_below, for_servers, None),
        (as_made, for_servers, for_servers, for_servers, None),
        (as_made, no_sign, as_made, as_made, Some("its issuer Above may not sign certificates (CA and keyCertSign")),
        (as_made, as_made, no_sign, as_made, Some("its issuer Below may not sign certificates (CA and keyCertSign")),
        (as_made, no_ca, as_made, as_made, Some(may_not_sign)),
        (as_made, as_made, says_nothing, as_made, Some(may_not_sign)),
        (no_sign, as_made, as_made, as_made, Some("its issuer Root may not sign certificates")),
        (no_ca, as_made, as_made, as_made, Some(may_not_sign)),
        (says_nothing, as_made, as_made, as_made, Some(may_not_sign)),
        (as_made, none_below, as_made, as_made, Some("more CAs")),
        (none_below, as_made, as_made, as_made, Some("Root allows no more than 0 CAs below it, and there are 2")),
        (
            expired,
            as_made,
            as_made,
            as_made,
            Some("the certificate of Root, which the server's rests on, expired on 2001-01-01T00:00:00Z"),
        ),
        (
            early,
            as_made,
            as_made,
            as_made,
            Some("the certificate of Root, which the server's rests on, is not valid before 2300-01-01T00:00:00Z"),
        ),
        (
            as_made,
            expired,
            as_made,
            as_made,
            Some("the certificate of Above, which the server's rests on, expired on 2001-01-01T00:00:00Z"),
        ),
        (
            as_made,
            as_made,
            early,
            as_made,
            Some("the certificate of Below, which the server's rests on, is not valid before 2300-01-01T00:00:00Z"),
        ),
        (as_made, as_made, as_made, expired, Some("the server's certificate expired on 2001-01-01T00:00:00Z")),
        (as_made, for_clients, as_made, as_made, Some("extended key usage")),
        (as_made, as_made, as_made, for_clients, Some("extended key usage")),
        (as_made, as_made, elsewhere, as_made, Some("for other names")),
        (elsewhere, as_made, as_made, as_made, Some("for other names")),
        (as_made, unknown, as_made, as_made, Some("critical extension")),
        (as_made, as_made, as_made, unknown, Some("critical extension")),
        (as_made, as_made, as_made, no_sign, None),
        (as_made, as_made, as_made, signs, Some("its key is not for TLS (keyUsage")),
        (
            as_made,
            as_made,
            as_made,
            |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Some("it is a CA's"),
        ),
    ] {
        let (root, by_root) = certify("Root", None, root);
        let (above, by_above) = certify("Above", Some(&by_root), above);
        let (below, by_below) = certify("Below", Some(&by_above), below);
        let (server, own) = certify("Server", Some(&by_below), |params| {
            server_params(params);
            leaf(params);
        });
        let got = judged(&root.pem(), &[server, below, above], own.key());
        match (&got, expected) {
            (Ok(()), None) => {}
            (Err(why), Some(words)) if why.contains(words) => {}
            _ => panic!("{got:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn a_certificate_that_is_not_needed_is_no_obstacle_and_no_help() {
    let no_sign: Change = |params| params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
    let (root, by_root) = certify("Root", None, |_| {});
    let (stranger, by_stranger) = certify("Stranger", None, |_| {});
    let (issuer, by_issuer) = certify("Issuer", Some(&by_root), |_| {});
    let (unused, _) = certify("Unused", Some(&by_root), no_sign);
    // Of the same name, and not the one that signed.
    let (twin, _) = certify("Issuer", Some(&by_root), no_sign);
    let (server, own) = certify("Server", Some(&by_issuer), server_params);
    let (pem, key) = (root.pem(), own.key());
    let copy = |certificate: &rcgen::Certificate| certificate.clone();
    assert_eq!(judged(&pem, &[copy(&server), copy(&unused), copy(&twin), copy(&issuer)], key), Ok(()));
    assert_eq!(judged(&pem, &[copy(&server), copy(&issuer), copy(&root), copy(&stranger)], key), Ok(()));
    assert_eq!(judged(&format!("{}{pem}", stranger.pem()), &[copy(&server), copy(&issuer)], key), Ok(()));
    // A root that was renewed: the same name and key, other dates.
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Root");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let expired = params.self_signed(by_root.key()).unwrap();
    assert_eq!(
        judged(&format!("{}{pem}", expired.pem()), &[copy(&server), copy(&issuer), copy(&expired)], key),
        Ok(())
    );
    assert!(judged(&expired.pem(), &[copy(&server), copy(&issuer), copy(&root)], key).is_err());
    // Some servers send whatever they have.
    let mut many = vec![copy(&server)];
    many.extend((0..40).map(|number| certify(&format!("CA {number}"), Some(&by_stranger), |_| {}).0));
    many.push(copy(&issuer));
    assert_eq!(judged(&pem, &many, key), Ok(()));
    let why = judged(&stranger.pem(), &[copy(&server), copy(&issuer), copy(&stranger)], key).unwrap_err();
    assert!(why.contains("not trusted here: Root"), "{why}");
    let why = judged(&stranger.pem(), &[server], key).unwrap_err();
    assert!(why.contains("not trusted here: Issuer"), "{why}");
}

#[test]
fn a_servers_own_certificate_among_the_roots_signs_for_nobody_else() {
    // Whoever holds a server's key could otherwise be every other server.
    let (named, by_named) = certify("Named", None, server_params);
    assert_eq!(judged(&named.pem(), std::slice::from_ref(&named), by_named.key()), Ok(()));
    let (other, own) = certify("Other", Some(&by_named), server_params);
    let why = judged(&named.pem(), &[other, named], own.key()).unwrap_err();
    assert!(why.contains("its issuer Named may not sign certificates"), "{why}");
}

#[test]
fn a_root_that_is_a_servers_own_certificate_must_be_fit_for_servers() {
    use rcgen::{ExtendedKeyUsagePurpose as Purpose, KeyUsagePurpose as Usage};
    for is_ca in [false, true] {
        for (purposes, usages, expected) in [
            (vec![], vec![], None),
            (vec![Purpose::ServerAuth], vec![Usage::DigitalSignature, Usage::KeyCertSign], None),
            (vec![Purpose::ClientAuth], vec![], Some("it is not for servers (extended key usage")),
            (vec![], vec![Usage::KeyCertSign, Usage::CrlSign], Some("its key is not for TLS (keyUsage")),
        ] {
            let (named, by_named) = certify("Named", None, |params| {
                server_params(params);
                if is_ca {
                    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
                }
                (params.extended_key_usages, params.key_usages) = (purposes, usages);
            });
            let got = judged(&named.pem(), std::slice::from_ref(&named), by_named.key());
            match (&got, expected) {
                (Ok(()), None) => {}
                (Err(why), Some(words)) if why.contains(words) => {}
                _ => panic!("{got:?} instead of {expected:?}"),
            }
        }
    }
}

#[test]
fn of_many_issuers_of_one_name_the_first_eight_count() {
    // Of one name, each could be any other's issuer, and webpki would try every order.
    let (root, by_root) = certify("Root", None, |_| {});
    let (_, by_stranger) = certify("Stranger", None, |_| {});
    let (issuer, by_issuer) = certify("Issuer", Some(&by_root), |_| {});
    let (server, own) = certify("Server", Some(&by_issuer), server_params);
    for count in [7, 8, 100] {
        let twins = (0..count).map(|_| certify("Issuer", Some(&by_stranger), |_| {}).0);
        let chain: Vec<_> = std::iter::once(server.clone()).chain(twins).chain([issuer.clone()]).collect();
        assert_eq!(judged(&root.pem(), &chain, own.key()).is_ok(), count < 8, "{count}");
    }
}

#[test]
fn a_wanted_client_certificate_is_told_in_both_versions() {
    let ca = Ca::new("CA");
    for version in rustls::ALL_VERSIONS {
        let url = serves(ca.mutual(version));
        for _ in 0..10 {
            assert_eq!(tls_failure(&trusting(&ca), &url), TlsFailure::ClientCertificateRequired, "{version:?}");
        }
    }
}

#[test]
fn a_client_certificate_that_is_not_accepted_is_told_in_both_versions() {
    let (ca, other) = (Ca::new("CA"), Ca::new("Other"));
    let stranger = other.file("client.pem", &client_certificate(&other, "ec.pkcs8.pem"));
    for version in rustls::ALL_VERSIONS {
        let url = serves(ca.mutual(version));
        // That the certificate is of X.509 version 1 is for the server to judge as well.
        for certificate in [&stranger, &fixture("ec.v1.pem")] {
            for _ in 0..5 {
                let client = with_cert(&ca, certificate.clone(), Some(fixture("ec.pkcs8.pem")));
                let failure = tls_failure(&client, &url);
                assert!(matches!(failure, TlsFailure::ClientCertificateRefused { .. }), "{version:?} {failure}");
            }
        }
    }
}

/// Counts reads.
struct Counting(TcpStream, usize);

impl Read for Counting {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.1 += 1;
        self.0.read(buf)
    }
}

impl Write for Counting {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn each_turn_of_the_handshake_goes_out_as_one() {
    // A server that refuses in the middle of one hangs up on the rest, and its reason may be lost.
    let ca = Ca::new("CA");
    let certificate = ca.file("client.pem", &client_certificate(&ca, "ec.pkcs8.pem"));
    let config = Arc::new(ca.mutual(&rustls::version::TLS12));
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, tcp| {
        let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut tcp = Counting(tcp, 0);
        while session.is_handshaking() {
            session.complete_io(&mut tcp).unwrap();
        }
        sender.lock().unwrap().send(tcp.1).unwrap();
    });
    let client = with_cert(&ca, certificate, Some(fixture("ec.pkcs8.pem")));
    let _ = client.send(&post(format!("https://{address}")), soon());
    // The hello; certificate, key, proof and end.
    assert_eq!(receiver.recv().unwrap(), 2);
}

/// A key of a kind that rustls can neither sign with nor verify: what it signs is nothing.
#[derive(Debug)]
struct P521;

impl rustls::sign::SigningKey for P521 {
    fn choose_scheme(&self, offered: &[rustls::SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered.contains(&rustls::sign::Signer::scheme(self)).then(|| Box::new(P521) as Box<dyn rustls::sign::Signer>)
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::ECDSA
    }
}

impl rustls::sign::Signer for P521 {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 100])
    }

    fn scheme(&self) -> rustls::SignatureScheme {
        rustls::SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

#[test]
fn insecure_takes_certificates_that_nobody_here_can_read() {
    use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
    let pem = |name: &str| pem_der(&std::fs::read_to_string(fixture(name)).unwrap());
    let ec = PrivatePkcs8KeyDer::from(pem("ec.pkcs8.pem")).into();
    let ec = rustls::crypto::ring::sign::any_supported_type(&ec).unwrap();
    let keys: [(Vec<u8>, Arc<dyn SigningKey>); 3] =
        [(pem("ec.v1.pem"), ec), (pem("ec.v1.pem"), Arc::new(P521)), (b"no certificate".to_vec(), Arc::new(P521))];
    for (certificate, key) in keys {
        for version in rustls::ALL_VERSIONS {
            let key = CertifiedKey::new(vec![CertificateDer::from(certificate.clone())], Arc::clone(&key));
            let resolver = Arc::new(SingleCertAndKey::from(key));
            let url = serves(versions(&[version]).with_no_client_auth().with_cert_resolver(resolver));
            let insecure = client_with(Options { insecure: true, ..options() });
            assert_eq!(insecure.send(&post(&url), soon()).unwrap().body, b"secure");
        }
    }
}

#[test]
fn a_servers_certificate_of_version_1_is_refused_in_words() {
    let pem = |name: &str| std::fs::read_to_string(fixture(name)).unwrap();
    let key = PrivatePkcs8KeyDer::from(pem_der(&pem("ec.pkcs8.pem"))).into();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let key = rustls::sign::CertifiedKey::new(vec![CertificateDer::from(pem_der(&pem("ec.v1.pem")))], key);
    let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(key));
    let url = serves(versions(rustls::ALL_VERSIONS).with_no_client_auth().with_cert_resolver(resolver));
    let client = client_with(Options { roots: Roots::File(fixture("ec.v1.pem")), ..options() });
    let failure = tls_failure(&client, &url).to_string();
    assert!(failure.contains("it is X.509 version 1, and a server's must be version 3"), "{failure}");
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn client_certificate(ca: &Ca, pkcs8: &str) -> String {
    let key = rcgen::KeyPair::from_pem(&std::fs::read_to_string(fixture(pkcs8)).unwrap()).unwrap();
    let params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
    params.signed_by(&key, ca.issuer()).unwrap().pem()
}

fn with_cert(ca: &Ca, cert: PathBuf, key: Option<PathBuf>) -> Pool {
    let client = ClientCert { cert: Held::File(cert), key: key.map(Held::File), passphrase: None };
    client_with(Options { roots: roots(ca), client_cert: Some(client), ..options() })
}

#[test]
fn client_certificates_work_with_every_kind_of_key() {
    let ca = Ca::new("CA");
    for version in rustls::ALL_VERSIONS {
        let url = serves(ca.mutual(version));
        for (pkcs8, key) in [
            ("ec.pkcs8.pem", "ec.pkcs8.pem"),
            ("ec.pkcs8.pem", "ec.sec1.pem"),
            ("rsa.pkcs8.pem", "rsa.pkcs8.pem"),
            ("rsa.pkcs8.pem", "rsa.pkcs1.pem"),
            ("ed25519.pkcs8.pem", "ed25519.pkcs8.pem"),
        ] {
            let pem = client_certificate(&ca, pkcs8);
            let apart = with_cert(&ca, ca.file("client.pem", &pem), Some(fixture(key)));
            let reply = apart.send(&post(&url), soon());
            assert_eq!(reply.unwrap_or_else(|error| panic!("{key} {version:?} {error}")).body, b"secure");
            let both = format!("{}{pem}", std::fs::read_to_string(fixture(key)).unwrap());
            let together = with_cert(&ca, ca.file("both.pem", &both), None);
            assert_eq!(together.send(&post(&url), soon()).unwrap().body, b"secure");
        }
    }
}

#[test]
fn bad_client_certificates_are_told_before_anybody_is_connected_to() {
    let ca = Ca::new("CA");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let cert = ca.file("client.pem", &client_certificate(&ca, "ec.pkcs8.pem"));
    let junk = ca.file("junk.pem", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n");
    let torn = ca.file("torn.pem", "-----BEGIN PRIVATE KEY-----\n!!canary\n-----END PRIVATE KEY-----\n");
    let bad_cert = ca.file("bad.pem", "-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n");
    let check = |cert: &PathBuf, key: Option<PathBuf>, expected: fn(&TransportError) -> bool| {
        let error = with_cert(&ca, cert.clone(), key).send(&post(&url), soon()).unwrap_err();
        assert!(expected(&error), "{error}");
        assert_eq!((error.kind(), error.request_sent()), (TransportKind::Config, false));
        assert!(!error.to_string().contains("canary") && !error.to_string().contains("Y2FuYXJ5"));
    };
    let is_key = |error: &TransportError| matches!(error, TransportError::Net(NetError::KeyFile { .. }));
    let is_cert = |error: &TransportError| matches!(error, TransportError::Net(NetError::ClientCertFile { .. }));
    check(&fixture("no-such-file"), None, is_cert);
    check(&fixture("README.md"), None, is_cert);
    check(&bad_cert, Some(fixture("ec.sec1.pem")), is_cert);
    check(&cert, None, is_key);
    check(&cert, Some(fixture("no-such-file")), is_key);
    check(&cert, Some(fixture("README.md")), is_key);
    check(&cert, Some(junk), is_key);
    check(&cert, Some(torn), is_key);
    check(&cert, Some(fixture("p521.pkcs8.pem")), is_key);
    check(&cert, Some(fixture("ec.encrypted.pem")), is_key);
    check(&cert, Some(fixture("ec.sec1-encrypted.pem")), is_key);
    check(&cert, Some(fixture("rsa.pkcs1.pem")), |error| matches!(error, TransportError::Net(NetError::KeyMismatch)));
    assert!(listener.accept().is_err());
}

#[cfg(unix)]
#[test]
fn a_key_others_can_read_is_warned_about_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let ca = Ca::new("CA");
    let url = serves(ca.mutual(&rustls::version::TLS13));
    let text = format!(
        "{}{}",
        client_certificate(&ca, "ec.pkcs8.pem"),
        std::fs::read_to_string(fixture("ec.sec1.pem")).unwrap()
    );
    let path = ca.file("both.pem", &text);
    for (mode, warnings) in [(0o644, 1), (0o600, 0)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let client = with_cert(&ca, path.clone(), None);
        client.send(&post(&url), soon()).unwrap();
        assert_eq!(client.warnings().len(), warnings);
        client.send(&post(&url), soon()).unwrap();
        assert!(client.warnings().is_empty());
    }
}

#[test]
fn missing_roots_are_told_before_anybody_is_connected_to_and_plain_http_needs_none() {
    let roots = Roots::File("/no/such/file".into());
    let client = client_with(Options { roots, ..options() });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let error = client.send(&post(format!("https://{}", listener.local_addr().unwrap())), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Net(NetError::RootsFile { .. })), "{error}");
    assert_eq!(error.kind(), TransportKind::Config);
    assert!(listener.accept().is_err());
    assert_eq!(client.send(&post(answers(ok("x"))), soon()).unwrap().status, 200);
}

#[test]
fn a_server_without_tls_1_2_is_told_as_protocol() {
    // A ServerHello of TLS 1.0, and the alert a server sends that knows nothing newer.
    let hello = {
        let mut body = vec![3, 1];
        body.extend([7; 32]);
        body.extend([0, 0xc0, 0x13, 0]);
        let mut record = vec![0x16, 3, 1, 0, (body.len() + 4) as u8, 2, 0, 0, body.len() as u8];
        record.extend(body);
        record
    };
    for bytes in [hello, vec![0x15, 3, 1, 0, 2, 2, 70]] {
        let address = server(move |_, mut stream| {
            stream.write_all(&bytes).unwrap();
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        });
        assert_eq!(tls_failure(&pool(), &format!("https://{address}")), TlsFailure::ProtocolVersion);
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_told_as_such() {
    let address = server(|_, mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    assert_eq!(tls_failure(&pool(), &format!("https://{address}")), TlsFailure::NotTls { is_http: true });
}

#[test]
fn a_handshake_cut_short_may_be_tried_again() {
    let address = server(|_, stream| drop(stream));
    let error = pool().send(&post(format!("https://{address}")), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Net(NetError::Lost { during: Step::Handshaking, .. })), "{error}");
    assert!(error.is_retryable_connect());
}

#[test]
fn an_end_without_farewell_matters_only_where_it_is_the_only_end() {
    let ca = Ca::new("CA");
    let abrupt = |answer: &'static str| {
        let config = Arc::new(ca.server());
        let address = server(move |_, tcp| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
            request(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
            stream.flush().unwrap();
            stream.sock.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
        });
        trusting(&ca).send(&post(format!("https://{address}")), soon())
    };
    assert_eq!(abrupt("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab").unwrap().body, b"ab");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    assert_eq!(abrupt(chunked).unwrap().body, b"ab");
    let error = abrupt("HTTP/1.1 200 OK\r\n\r\nab").unwrap_err();
    assert!(matches!(error, TransportError::Truncated { got: 2, expected: None }), "{error}");
    assert!(matches!(abrupt("").unwrap_err(), TransportError::EmptyAnswer));
    let polite = tls_server(ca.server(), |stream| {
        request(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nab").unwrap();
    });
    assert_eq!(trusting(&ca).send(&post(polite), soon()).unwrap().body, b"ab");
}

// --------------------------------------------------------------------------------------------------------------- proxies

fn through(proxy: &str) -> Pool {
    let proxy = ProxyRules { explicit: Some(Secret::new(proxy)), ..ProxyRules::default() };
    client_with(Options { proxy, ..options() })
}

fn pump(client: TcpStream, server: TcpStream) {
    let (mut a, mut b) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut c, mut d) = (server, client);
    thread::spawn(move || {
        let _ = std::io::copy(&mut a, &mut b);
        let _ = b.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut c, &mut d);
    let _ = d.shutdown(std::net::Shutdown::Write);
}

/// A CONNECT proxy that reports the requests it gets.
fn proxy() -> (SocketAddr, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, mut stream| {
        let head = request(&mut stream);
        let target = head.split(' ').nth(1).unwrap().to_owned();
        sender.lock().unwrap().send(head).unwrap();
        let upstream = TcpStream::connect(target).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n").unwrap();
        pump(stream, upstream);
    });
    (address, receiver)
}

#[test]
fn a_connect_proxy_gets_its_credentials_and_nothing_else() {
    let ca = Ca::new("CA");
    let (sender, received) = mpsc::channel();
    let sender = Mutex::new(sender);
    let url = tls_server(ca.server(), move |stream| {
        sender.lock().unwrap().send(request(stream)).unwrap();
        stream.write_all(ok("secure").as_bytes()).unwrap();
    });
    let (address, heads) = proxy();
    let rules = ProxyRules {
        https_proxy: Some(Secret::new(format!("http://us%40er:p%3Aw@{address}"))),
        ..ProxyRules::default()
    };
    let client = client_with(Options { proxy: rules, roots: roots(&ca), ..options() });
    let mut call = post(&url);
    call.headers.push(Header::new("Authorization", "Basic canary"));
    let reply = client.send(&call, soon()).unwrap();
    assert_eq!(reply.body, b"secure");
    let target = url.trim_start_matches("https://").trim_end_matches("/token");
    let expected =
        format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic dXNAZXI6cDp3\r\n\r\n");
    assert_eq!(heads.recv().unwrap(), expected);
    let request = received.recv().unwrap();
    assert!(request.contains("canary") && !request.to_lowercase().contains("proxy"), "{request}");
}

/// A forward proxy that reports the requests it gets and answers them itself.
fn forwarder(answer: &str) -> (SocketAddr, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel();
    let (sender, answer) = (Mutex::new(sender), answer.to_owned());
    let address = server(move |_, mut stream| {
        loop {
            let request = request(&mut stream);
            if request.is_empty() {
                return;
            }
            sender.lock().unwrap().send(request).unwrap();
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, receiver)
}

#[test]
fn plain_http_goes_to_a_proxy_in_the_absolute_form() {
    // RFC 9112 §3.2.2
    let (address, requests) = forwarder(&ok("forwarded"));
    let client = through(&format!("http://us%40er:p%3Aw@{address}"));
    let mut call = call("POST", "http://127.0.0.1:8/token?x=%2f&y=[1]{2}", Some("a=b"));
    call.headers.push(Header::new("Authorization", "Basic canary"));
    assert_eq!(client.send(&call, soon()).unwrap().body, b"forwarded");
    let expected = "POST http://127.0.0.1:8/token?x=%2f&y=[1]{2} HTTP/1.1\r\nHost: 127.0.0.1:8\r\n\
        Proxy-Authorization: Basic dXNAZXI6cDp3\r\nAuthorization: Basic canary\r\nContent-Length: 3\r\n\r\na=b";
    assert_eq!(requests.recv().unwrap(), expected);
    // On the same connection.
    let reply = client.send(&post("http://127.0.0.1:8?q"), soon()).unwrap();
    assert!(reply.timings.connect.is_none());
    assert!(requests.recv().unwrap().starts_with("POST http://127.0.0.1:8/?q HTTP/1.1\r\nHost: 127.0.0.1:8\r\n"));
}

#[test]
fn a_plain_proxy_that_wants_credentials_is_told_as_such() {
    let (address, requests) = forwarder("HTTP/1.1 407 X\r\nContent-Length: 26\r\n\r\n{\"error\":\"invalid_client\"}");
    for (url, expected) in [(format!("http://{address}"), false), (format!("http://u:canary@{address}"), true)] {
        let error = through(&url).send(&post("http://127.0.0.1:8"), soon()).unwrap_err();
        assert!(
            matches!(error, TransportError::Net(NetError::ProxyAuthRequired { tried, .. }) if tried == expected),
            "{error}"
        );
    }
    assert_eq!(requests.try_iter().count(), 2);
    // A server that says so is an odd server.
    assert_eq!(gets("HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n").unwrap().status, 407);
}

#[test]
fn a_plain_proxy_that_hangs_up_is_told_as_the_proxy() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, mut stream| sender.lock().unwrap().send(request(&mut stream)).unwrap());
    let error = through(&format!("http://{address}")).send(&post("http://127.0.0.1:8"), soon()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("proxy http://{address}: ")), "{error}");
    // It may have passed the request on.
    assert!(error.request_sent() && error.is_lost_before_the_answer() && !error.is_retryable_connect());
    assert_eq!(receiver.try_iter().count(), 1);
}

#[test]
fn plain_http_goes_to_no_proxy_elsewhere() {
    for scheme in ["http", "https", "socks5h"] {
        let far = format!("{scheme}://u:canary@proxy.invalid:3128");
        let name = far.replace("u:canary@", "");
        let error = through(&far).send(&post("http://127.0.0.1:8"), soon()).unwrap_err();
        assert!(
            matches!(&error, TransportError::Net(NetError::ProxyElsewhere { proxy, .. }) if *proxy == name),
            "{error}"
        );
        assert_eq!(error.kind(), TransportKind::Config);
        let rules = ProxyRules { http_proxy: Some(Secret::new(&*far)), ..ProxyRules::default() };
        let client = client_with(Options { proxy: rules, ..options() });
        let url = answers(ok("direct")).replace("127.0.0.1", "idp.localhost");
        assert_eq!(client.send(&post(&url), soon()).unwrap().body, b"direct");
        let told = client.passed_over(&Url::parse(&url).unwrap()).unwrap();
        assert!(told.proxy == name && !format!("{told:?}").contains("canary"), "{told:?}");
    }
}

fn refusing(answer: &'static str) -> SocketAddr {
    server(move |_, mut stream| {
        request(&mut stream);
        let _ = stream.write_all(answer.as_bytes());
    })
}

#[test]
fn a_refusing_proxy_never_looks_like_the_server() {
    let answer =
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 27\r\n\r\n{\"error\":\"invalid_client\"}\r\n";
    let address = refusing(answer);
    for (client, expected) in
        [(through(&format!("http://{address}")), false), (through(&format!("http://u:canary@{address}")), true)]
    {
        let error = client.send(&post("https://a.test/x"), soon()).unwrap_err();
        assert!(
            matches!(error, TransportError::Net(NetError::ProxyAuthRequired { tried, .. }) if tried == expected),
            "{error}"
        );
        assert_eq!((error.kind(), error.request_sent()), (TransportKind::Unreached, false));
        assert!(!error.hints(&post("https://a.test/x").url).is_empty() && !error.to_string().contains("canary"));
    }
    for (answer, word) in [
        ("HTTP/1.1 403 Forbidden \x1b[0m\r\n\r\n", "403"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "502"),
        ("HTTP/1.1 302 Found\r\nLocation: http://x\r\n\r\n", "302"),
        ("", "closed"),
        ("HTTP/1.1 200 OK\r\n", "closed"),
        ("SSH-2.0-x\r\n\r\n", "not HTTP"),
    ] {
        let error = through(&format!("http://u:canary@{}", refusing(answer)))
            .send(&post("https://a.test/x"), soon())
            .unwrap_err();
        assert!(matches!(error, TransportError::Net(NetError::ProxyRefused { .. })), "{error}");
        let text = error.to_string();
        assert!(text.contains(word) && !text.contains("canary") && !text.contains('\x1b'), "{text}");
        assert_eq!((error.kind(), error.request_sent()), (TransportKind::Unreached, false));
    }
}

#[test]
fn an_unreachable_or_silent_proxy_is_told_as_the_proxy() {
    let closed = "127.0.0.1:1"; // tcpmux, which nobody has
    let error = through(&format!("http://u:canary@{closed}")).send(&post("https://a.test/x"), soon()).unwrap_err();
    assert!(
        matches!(&error, TransportError::Net(NetError::Proxy { cause, .. }) if matches!(**cause, NetError::Connect { .. })),
        "{error}"
    );
    assert!(error.is_retryable_connect() && !error.to_string().contains("canary"));
    assert!(error.to_string().starts_with(&format!("proxy http://{closed}: ")));
    let error = through("http://no-such-host.invalid:1").send(&post("https://a.test/x"), soon()).unwrap_err();
    assert!(
        matches!(&error, TransportError::Net(NetError::Proxy { cause, .. }) if matches!(**cause, NetError::Dns { .. })),
        "{error}"
    );
    let silent = server(|_, mut stream| {
        while stream.write_all(b"H").is_ok() {
            thread::sleep(Duration::from_secs(10));
        }
    });
    let error = times_out("https://a.test/x", &through(&format!("http://{silent}")));
    assert!(matches!(error, TransportError::Net(NetError::Timeout { step: Step::Connecting, .. })), "{error}");
    let dripping = server(|_, mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let error = times_out("https://a.test/x", &through(&format!("http://{dripping}")));
    assert!(matches!(error, TransportError::Net(NetError::Timeout { step: Step::Connecting, .. })), "{error}");
}

#[test]
fn a_proxys_answer_without_end_is_refused() {
    for endless in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 X\n\n", "HTTP/1.1 200 OK\r\nX: x"] {
        let address = server(move |_, mut stream| {
            request(&mut stream);
            while stream.write_all(endless.repeat(1000).as_bytes()).is_ok() {}
        });
        let error = through(&format!("http://{address}")).send(&post("https://a.test/x"), soon()).unwrap_err();
        assert!(
            matches!(&error, TransportError::Net(NetError::ProxyRefused { why, .. }) if why.contains("no end")),
            "{error}"
        );
    }
}

#[test]
fn a_bad_proxy_setting_is_an_error_and_never_a_direct_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = through("ftp://canary@proxy").send(&post(url), soon()).unwrap_err();
    assert!(matches!(error, TransportError::Net(NetError::BadProxy { .. })), "{error}");
    assert!(error.kind() == TransportKind::Config && !error.to_string().contains("canary"));
    assert!(listener.accept().is_err());
}

#[test]
fn an_https_proxy_is_verified_even_if_the_server_need_not_be() {
    let ca = Ca::new("Proxy CA");
    let config = Arc::new(ca.server());
    let address = server(move |_, tcp| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
        if request(&mut stream).starts_with("POST http://127.0.0.1:8/ HTTP/1.1\r\n") {
            stream.write_all(ok("forwarded").as_bytes()).unwrap();
        }
    });
    for insecure in [false, true] {
        let with = |roots| {
            let proxy =
                ProxyRules { explicit: Some(Secret::new(format!("https://{address}"))), ..ProxyRules::default() };
            client_with(Options { proxy, roots, insecure, ..options() })
        };
        let call = post("http://127.0.0.1:8");
        assert_eq!(with(roots(&ca)).send(&call, soon()).unwrap().body, b"forwarded");
        let error = with(roots(&Ca::new("Other"))).send(&call, soon()).unwrap_err();
        assert!(
            matches!(&error, TransportError::Net(NetError::Proxy { cause, .. }) if matches!(**cause, NetError::Tls { .. })),
            "{error}"
        );
        assert!(!error.is_retryable_connect());
    }
}

/// A SOCKS proxy for whose `talk` the target is `127.0.0.1`'s `port`.
fn socks(port: u16, talk: fn(&mut TcpStream) -> Vec<u8>) -> (SocketAddr, mpsc::Receiver<Vec<u8>>) {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let address = server(move |_, mut stream| {
        let asked = talk(&mut stream);
        sender.lock().unwrap().send(asked).unwrap();
        let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        pump(stream, upstream);
    });
    (address, receiver)
}

fn bytes(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn port_of(url: &str) -> u16 {
    Url::parse(url).unwrap().port()
}

#[test]
fn socks5_logs_in_and_leaves_names_to_the_proxy_if_told() {
    let talk = |stream: &mut TcpStream| {
        assert_eq!(bytes(stream, 4), [5, 2, 0, 2]);
        stream.write_all(&[5, 2]).unwrap();
        assert_eq!(bytes(stream, 7), [1, 1, b'u', 3, b'p', b':', b'w']);
        stream.write_all(&[1, 0]).unwrap();
        let mut asked = bytes(stream, 5);
        let rest = if asked[3] == 3 { usize::from(asked[4]) + 2 } else { 5 };
        asked.extend(bytes(stream, rest));
        stream.write_all(&[5, 0, 0, 3, 2, b'x', b'y', 0, 1]).unwrap();
        asked
    };
    let url = answers(ok("via socks"));
    let port = port_of(&url);
    let (address, asked) = socks(port, talk);
    let by_name = format!("http://localhost:{port}");
    assert_eq!(
        through(&format!("socks5h://u:p%3aw@{address}")).send(&post(&by_name), soon()).unwrap().body,
        b"via socks"
    );
    let expected = [&[5, 1, 0, 3, 9][..], b"localhost", &port.to_be_bytes()].concat();
    assert_eq!(asked.recv().unwrap(), expected);
    assert_eq!(
        through(&format!("socks5://u:p%3aw@{address}")).send(&post(&by_name), soon()).unwrap().body,
        b"via socks"
    );
    assert_eq!(asked.recv().unwrap(), [&[5, 1, 0, 1, 127, 0, 0, 1][..], &port.to_be_bytes()].concat());
}

#[test]
fn socks4_and_4a_are_spoken() {
    let url = answers(ok("via socks"));
    let port = port_of(&url);
    let talk = |stream: &mut TcpStream| {
        let mut asked = bytes(stream, 8);
        let mut zeros = if asked[4..7] == [0, 0, 0] { 2 } else { 1 };
        while zeros > 0 {
            let byte = bytes(stream, 1)[0];
            asked.push(byte);
            zeros -= usize::from(byte == 0);
        }
        stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).unwrap();
        asked
    };
    let (address, asked) = socks(port, talk);
    let by_name = format!("http://localhost:{port}");
    through(&format!("socks4://me@{address}")).send(&post(&by_name), soon()).unwrap();
    assert_eq!(asked.recv().unwrap(), [&[4, 1][..], &port.to_be_bytes(), &[127, 0, 0, 1], b"me\0"].concat());
    through(&format!("socks4a://{address}")).send(&post(&by_name), soon()).unwrap();
    assert_eq!(asked.recv().unwrap(), [&[4, 1][..], &port.to_be_bytes(), &[0, 0, 0, 1], b"\0localhost\0"].concat());
}

#[test]
fn a_refusing_socks_proxy_is_told_as_such() {
    let answering = |greeting: &'static [u8], verdict: &'static [u8]| {
        server(move |_, mut stream| {
            let mut some = [0; 100];
            let _ = stream.read(&mut some);
            let _ = stream.write_all(greeting);
            let _ = stream.read(&mut some);
            let _ = stream.write_all(verdict);
            let _ = stream.read(&mut some);
        })
    };
    let error = |url: String| through(&url).send(&post("https://a.test"), soon()).unwrap_err();
    let refused = |error: &TransportError| matches!(error, TransportError::Net(NetError::ProxyRefused { .. }));
    let e = error(format!("socks5h://{}", answering(&[5, 0xff], &[])));
    assert!(matches!(e, TransportError::Net(NetError::ProxyAuthRequired { tried: false, .. })), "{e}");
    let e = error(format!("socks5h://u:canary@{}", answering(&[5, 2], &[1, 1])));
    assert!(
        matches!(e, TransportError::Net(NetError::ProxyAuthRequired { tried: true, .. }))
            && !e.to_string().contains("canary"),
        "{e}"
    );
    let e = error(format!("socks5h://{}", answering(&[5, 0], &[5, 2, 0, 1])));
    assert!(refused(&e) && e.to_string().contains("not allowed"), "{e}");
    assert!(refused(&error(format!("socks5h://{}", answering(b"HTTP/1.1 400", &[])))));
    assert!(refused(&error(format!("socks4a://{}", answering(&[0, 91, 0, 0, 0, 0, 0, 0], &[])))));
    let e = error(format!("socks5h://{}", server(|_, stream| drop(stream))));
    assert!(matches!(e, TransportError::Net(NetError::Proxy { .. })), "{e}");
}
