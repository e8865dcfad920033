//! The faults of networks and servers, row by row. Not here because they are elsewhere: F01 and F58 (wire, settings), F05
//! to F13 (tls), F28 to F32 and F35 to F37 (answers), F33 (redirects), F34 (discovery), F38 to F40 (retries), F42 (proxy),
//! F43 (signals), F44 and F47 (pipes). F13, a pinned key, is not offered; F46 and F48 to F55 are about the cache and other grants.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::harness::server::closed_port;
use super::harness::*;

/// A run against a server with this answer, with a short time limit.
fn run(answer: Answer) -> Run {
    client_of(Server::answering(answer).url()).args(["--retry", "0", "--timeout", "1500ms"])
}

/// Runs it once and expects this failure; the time it took.
#[track_caller]
fn fails(answer: Answer, code: i32, text: &str) -> Duration {
    run(answer).fails(code, text).run().took
}

/// The same, and of what curl prints of it `explain` says what a run says.
#[track_caller]
fn fails_alike(answer: &Answer, text: &str) {
    fails(answer.clone(), 4, text);
    let server = Server::answering(answer.clone());
    explained::told(text, &server, &answer.bytes()).agrees_as_printed();
}

/// What stands in this answer, which came as it is not, is told as in the other one, where a run reads the same of it:
/// whoever saved it may have undone codings and counted lengths.
#[track_caller]
fn told_as(saved: impl AsRef<[u8]>, sent: &Answer) {
    explained::agrees(&String::from_utf8_lossy(saved.as_ref()), &Server::answering(sent.clone()), saved.as_ref());
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const USUAL: &str = r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":3600}"#;

#[test]
fn f02_an_unknown_host_is_named_and_tried_again() {
    client_of("https://no-such-host.invalid/token")
        .args(["--retry", "1", "-v", "--timeout", "15s"])
        .fails_with(
            5,
            ["cannot find the address of no-such-host.invalid", "* retry 1 of 1", "hint: check the host name"],
        )
        .run();
}

#[test]
fn f02_an_unknown_proxy_is_told_as_the_proxy() {
    client_of("https://idp.invalid/token")
        .args(["--retry", "0", "--timeout", "15s", "--proxy", "http://no-such-proxy.invalid:3128"])
        .fails_with(5, ["proxy http://no-such-proxy.invalid:3128: cannot find the address of no-such-proxy.invalid"])
        .run();
}

#[test]
fn f03_a_refused_connection_names_what_was_tried() {
    let (_held, port) = closed_port();
    client_of(format!("http://127.0.0.1:{port}/"))
        .args(["--retry", "0"])
        .code(5)
        .stderr(format!(
            "error: cannot connect to 127.0.0.1:{port}: Connection refused\n\
             hint: check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)\n"
        ))
        .run();
}

/// A port whose queue of connections is full, so that it answers nobody: not even with a refusal.
pub fn blackhole(ip: std::net::IpAddr, port: u16) -> Option<(rustix::fd::OwnedFd, Vec<TcpStream>, u16)> {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
    let address = SocketAddr::from((ip, port));
    let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let listener = socket(family, SocketType::STREAM, None).ok()?;
    bind(&listener, &address).ok()?;
    listen(&listener, 0).ok()?;
    let address = SocketAddr::try_from(getsockname(&listener).ok()?).ok()?;
    let mut queue = Vec::new();
    for _ in 0..64 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            Ok(stream) => queue.push(stream),
            Err(_) => return Some((listener, queue, address.port())),
        }
    }
    None
}

#[test]
fn f04_a_server_that_does_not_answer_a_connection_is_left_after_the_connect_timeout() {
    let Some((_listener, _queue, port)) = blackhole(Ipv4Addr::LOCALHOST.into(), 0) else {
        return not_run("this system's queues of connections have no end");
    };
    let output = client_of(format!("http://127.0.0.1:{port}/"))
        .args(["--retry", "1", "-v", "--connect-timeout", "400ms"])
        .fails_with(5, ["no connection to 127.0.0.1 within 400ms (connecting)", "* retry 1 of 1"])
        .run();
    assert!(output.took < Duration::from_secs(10));
}

#[test]
fn f04_a_proxy_that_does_not_answer_is_told_as_the_proxy() {
    let Some((_listener, _queue, port)) = blackhole(Ipv4Addr::LOCALHOST.into(), 0) else {
        return not_run("this system's queues of connections have no end");
    };
    for url in ["http://localhost:1/", "https://idp.invalid/"] {
        let proxy = format!("http://127.0.0.1:{port}");
        client_of(url)
            .args(["--retry", "0", "--connect-timeout", "400ms", "-x", &proxy])
            .fails(
                5,
                "error: proxy http://127.0.0.1:[PORT]: no connection to 127.0.0.1 within 400ms (connecting)\n\
             hint: check --proxy, which names the proxy; --proxy '' uses none\n",
            )
            .run();
    }
}

#[test]
fn f56_a_dead_address_family_does_not_keep_the_other_from_being_tried() {
    let Some((_listener, _queue, port)) = blackhole(Ipv6Addr::LOCALHOST.into(), 0) else {
        return not_run("no IPv6 here, or no end to its queues");
    };
    let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return not_run("the port is taken");
    };
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        Request::read(&mut stream);
        let body = r#"{"access_token":"tok-1","token_type":"Bearer"}"#;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    });
    let output = client_of(format!("http://localhost:{port}/"))
        .args(["--retry", "0", "--connect-timeout", "9s"])
        .prints(TOKEN)
        .run();
    assert!(output.took < Duration::from_secs(8), "{:?}", output.took);
}

#[test]
fn f15_silence_after_the_request_times_out() {
    for answer in [Answer::raw(""), Answer::raw("HTTP/1.1 200 OK\r\nX: canary")] {
        let took = fails(
            answer.then(Then::Hang),
            5,
            "error: http://127.0.0.1:[PORT]/token: timed out after 1s 500ms while waiting for the answer\n\
             hint: a longer --timeout gives the server more time\n",
        );
        assert!(took >= Duration::from_millis(1400) && took < Duration::from_secs(10), "{took:?}");
    }
}

#[test]
fn f16_a_stall_in_the_body_says_how_far_it_came() {
    let answer = Answer::raw(format!("{HEAD}Content-Length: 100\r\n\r\n{{\"acc")).then(Then::Hang);
    fails(
        answer,
        5,
        "error: http://127.0.0.1:[PORT]/token: timed out after 1s 500ms while reading the answer's body, 5 bytes of it received\n\
             hint: a longer --timeout gives the server more time\n",
    );
}

#[test]
fn t19_a_dripping_server_does_not_stretch_the_deadline() {
    let pause = Duration::from_millis(60);
    for (start, drop) in [
        ("", "H"),
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", " "),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let server = Server::answering(Answer::raw(start).dripping(pause, drop, 300));
        let output =
            client_of(server.url()).args(["--retry", "0", "--timeout", "1s"]).any_output().code_in(&[4, 5]).run();
        assert!(output.took < Duration::from_secs(8), "{start:?} {:?}", output.took);
    }
}

#[test]
fn f18_no_byte_at_all_is_an_empty_answer() {
    fails(
        Answer::raw(""),
        5,
        "error: http://127.0.0.1:[PORT]/token: the server closed the connection without an answer\n\
         hint: if the server speaks TLS on this port, write https://127.0.0.1:[PORT]/token\n",
    );
}

#[test]
fn f19_a_reset_is_a_lost_connection() {
    fails(
        Answer::raw("").then(Then::Reset),
        5,
        "error: http://127.0.0.1:[PORT]/token: the connection was lost while waiting for the answer: Connection reset by \
         peer\nhint: if the server speaks TLS on this port, write https://127.0.0.1:[PORT]/token\n",
    );
    let answer = Answer::raw(format!("{HEAD}Content-Length: 100\r\n\r\n{{\"acc"))
        .after(Duration::from_secs(1), "")
        .then(Then::Reset);
    fails(
        answer,
        5,
        "error: http://127.0.0.1:[PORT]/token: the connection was lost while reading the answer's body, 5 bytes of it \
         received: Connection reset by peer\n",
    );
}

#[test]
fn f20_an_answer_that_ends_too_early_is_truncated_even_if_it_parses() {
    // S54
    let length = USUAL.len();
    for (answer, came) in [
        (format!("{HEAD}Content-Length: {}\r\n\r\n{USUAL}", length + 1), "71 bytes came of 72"),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{USUAL}\r\n"), "71 bytes came"),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{USUAL}"), "71 bytes came"),
        (format!("{HEAD}Content-Length: 10"), "67 bytes came"),
    ] {
        let error = format!("error: http://127.0.0.1:[PORT]/token: the answer is truncated: {came}\n");
        fails(Answer::raw(answer), 4, &error);
    }
    let usual = format!("{HEAD}Content-Length: {length}\r\n\r\n{USUAL}");
    told_as(format!("{HEAD}Content-Length: {}\r\n\r\n{USUAL}", length + 1), &Answer::raw(usual.as_str()));
    told_as(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{USUAL}"), &Answer::raw(usual));
}

/// What is told of a body that is too large.
const CAP: &str = "error: http://127.0.0.1:[PORT]/token: the answer's body is over the cap of 1048576 bytes\n";

#[test]
fn f23_a_body_over_the_cap_is_not_read_to_its_end() {
    let much = " ".repeat(1 << 20);
    let over = format!("{much}{USUAL}");
    let whole = Answer::raw(format!("{HEAD}Content-Length: {}\r\n\r\n{over}", over.len()));
    fails(whole.clone(), 4, CAP);
    explained::agrees("too large", &Server::answering(whole.clone()), &whole.bytes());
    fails(Answer::raw(format!("{HEAD}Content-Length: 99999999999999\r\n\r\n")).then(Then::Hang), 4, CAP);
    fails_alike(&Answer::raw(format!("{HEAD}\r\n{over}")), CAP);
    let endless = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n100001\r\n{over}");
    fails(Answer::raw(endless).then(Then::Hang), 4, CAP);
}

#[test]
fn a_body_just_below_the_cap_is_read() {
    let body = format!("{}{}", " ".repeat((1 << 20) - USUAL.len()), USUAL.replace("canary-token", "just-a-token"));
    let server = Server::answering(json(200, &body));
    client_of(server.url()).prints("just-a-token").run();
    explained::agrees("just below", &server, &json(200, &body).bytes());
}

#[test]
fn f24_a_flood_of_headers_stops_at_the_cap() {
    let many: String = (0..5000).map(|n| format!("X-{n}: {}\r\n", "y".repeat(40))).collect();
    let cap = "error: http://127.0.0.1:[PORT]/token: the answer's headers are over the cap of 65536 bytes\n";
    for headers in [many, format!("X: {}\r\n", "y".repeat(300_000))] {
        let answer = Answer::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n"));
        fails(answer.clone(), 4, cap);
        explained::agrees("headers", &Server::answering(answer.clone()), &answer.bytes());
    }
    let endless = Answer::raw(format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(300_000))).then(Then::Hang);
    fails(endless, 4, cap);
}

#[test]
fn f25_what_is_not_http_is_told_as_such_and_not_shown() {
    for (answer, why) in [
        ("<html><title>canary</title></html>".to_owned(), "it looks like a page without a head (HTTP/0.9)"),
        (USUAL.to_owned(), "it looks like JSON without a head (HTTP/0.9)"),
        ("SSH-2.0-x\r\n\r\n".to_owned(), "it begins with SSH-2.0-x"),
        ("HTTP/9.9 200 OK\r\n\r\n".to_owned(), "it begins with HTTP/9.9 200 OK"),
        ("HTTP/1.1 abc OK\r\n\r\n".to_owned(), "status abc, then a status line or header is malformed"),
        ("\0\u{1}\u{2}\u{1b}[31m\r\n\r\n".to_owned(), "it is something else"),
        (
            format!("HTTP/1.1 200 OK\r\nbad header canary\r\n\r\n{USUAL}"),
            "status 200, then line 2 of the head has no colon",
        ),
    ] {
        let hint = match why.starts_with("status ") {
            true => "-v shows the lines of the head",
            false => "check scheme and port in the URL",
        };
        let error = format!(
            "error: http://127.0.0.1:[PORT]/token: the answer is not HTTP/1.1: {why}\n\
             hint: {hint}\n"
        );
        // What has no head of HTTP at all is the body of an answer where somebody saved it.
        match answer.starts_with("HTTP/") {
            true => fails_alike(&Answer::raw(answer), &error),
            false => drop(fails(Answer::raw(answer), 4, &error)),
        }
    }
}

#[test]
fn f27_a_gzip_bomb_stops_at_the_decoded_cap() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        encoder.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let headers = ["Content-Type: application/json", "Content-Encoding: gzip"];
    fails_alike(&status(200, &headers, &bomb), CAP);
    fails_alike(
        &status(200, &["Content-Encoding: gzip, gzip"], &bomb),
        "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: it is a body whose Content-Encoding cannot be undone (there is more than one layer) (HTTP 200)\n\
             hint: run with -v to see the whole answer\n",
    );
    fails(
        status(200, &["Content-Encoding: gzip"], "not gzip"),
        4,
        "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: it is a body whose Content-Encoding cannot be undone (it breaks off) (HTTP 200)\n\
             hint: run with -v to see the whole answer\n",
    );
    fails(
        status(200, &["Content-Encoding: br"], "x"),
        4,
        "error: the answer of http://127.0.0.1:[PORT]/token is not a token response: it is a body whose Content-Encoding cannot be undone (br is not known here) (HTTP 200)\n\
             caused by: the body has 1 bytes (no Content-Type)\n\
             hint: run with -v to see the whole answer\n",
    );
    for (coding, body) in [("gzip", "not gzip"), ("br", "x"), ("gzip, gzip", USUAL)] {
        let coding = format!("Content-Encoding: {coding}");
        told_as(status(200, &[&coding], body).bytes(), &status(200, &[], body));
    }
}

#[test]
fn answers_with_conflicting_framing_are_not_tokens() {
    // RFC 9112 §6.3: a sign of request smuggling.
    let length = USUAL.len();
    for head in [
        format!("Content-Length: {length}\r\nContent-Length: {}", length - 1),
        format!("Content-Length: -{length}"),
        format!("Content-Length: {length}x"),
    ] {
        let answer = format!("{HEAD}{head}\r\n\r\n{USUAL}");
        told_as(&answer, &json(200, USUAL));
        let server = Server::answering(Answer::raw(answer));
        client_of(server.url())
            .args(["--retry", "0", "--timeout", "1s"])
            .fails(
                4,
                "error: http://127.0.0.1:[PORT]/token: the answer is not HTTP/1.1: status 200, then a status line or header is malformed\n\
             hint: -v shows the lines of the head\n",
            )
            .run();
    }
}

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let body = USUAL.replace("canary-token", "tok-1");
    let answer = format!("{interim}{HEAD}Content-Length: {}\r\n\r\n{body}", body.len());
    let server = Server::answering(Answer::raw(answer.as_str()));
    client_of(server.url()).prints(TOKEN).run();
    explained::agrees("interim", &server, answer.as_bytes());
}

#[test]
fn an_answer_may_end_with_its_connection() {
    // RFC 9112 §6.3: without a length the end of the connection is the end of the body, as old servers do it.
    let body = USUAL.replace("canary-token", "tok-1");
    for head in [HEAD.to_owned(), HEAD.replace("HTTP/1.1", "HTTP/1.0"), HEAD.replace("200 OK", "200")] {
        let answer = format!("{head}\r\n{body}");
        let server = Server::answering(Answer::raw(answer.as_str()));
        client_of(server.url()).prints(TOKEN).run();
        explained::agrees(&head, &server, answer.as_bytes());
    }
    let chunks: String = body.chars().map(|c| format!("1;ext=x\r\n{c}\r\n")).collect();
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\nTrailer: x\r\n\r\n");
    let server = Server::answering(Answer::raw(chunked.as_str()));
    client_of(server.url()).prints(TOKEN).run();
    explained::agrees("chunked", &server, chunked.as_bytes());
}
