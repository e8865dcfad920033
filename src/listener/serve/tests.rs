use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Instant;

use super::super::Place;
use super::*;

const ANSWER: &str = "code=c&state=right";

/// What is listened for in a test.
struct Waiting {
    serving: Serving,
    port: u16,
    came: Receiver<Came>,
}

fn waiting(form_post: bool) -> Waiting {
    let place = Place { host: "127.0.0.1".into(), port: None, path: "/callback".into(), listen: None, tls: None };
    serve(Listener::bind(&place).unwrap(), form_post)
}

fn serve(listener: Listener, form_post: bool) -> Waiting {
    let (on, came) = channel();
    let is_answer = |text: &str| {
        let states: Vec<_> = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name == "state").collect();
        matches!(&*states, [(_, state)] if state == "right")
    };
    let start = Start { token: "t0ken".into(), location: "https://idp.example/authorize?state=right".into() };
    let port = listener.port();
    let terms = Terms { is_answer: Box::new(is_answer), form_post, start: Some(start) };
    Waiting {
        serving: listener.serve(terms, Box::new(move |came| on.send(came).unwrap_or_default())).unwrap(),
        port,
        came,
    }
}

impl Waiting {
    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    /// Sends this, `[HOST]` being the right one, and leaves the answer to be read.
    fn send(&self, request: &str) -> TcpStream {
        let mut stream = self.connect();
        let host = format!("127.0.0.1:{}", self.port);
        stream.write_all(request.replace("[HOST]", &host).as_bytes()).unwrap();
        stream
    }

    fn ask(&self, request: &str) -> String {
        all_of(self.send(request))
    }

    /// A visit of a person to this target.
    fn get(&self, target: &str) -> String {
        self.ask(&get(target))
    }

    fn came(&self) -> Came {
        self.came.recv_timeout(REQUEST).unwrap()
    }

    fn nothing_came(&self) {
        assert_eq!(self.came.try_recv(), Err(TryRecvError::Empty));
    }
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: [HOST]\r\nSec-Fetch-Dest: document\r\n\r\n")
}

fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /callback HTTP/1.1\r\nHost: [HOST]\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn all_of(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").unwrap().split("\r\n").next().unwrap()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn page() -> Page {
    Page::LoggedIn { server: "idp.example".into(), account: None }
}

/// Each row of what is no answer: the request, the status, what is told. The login goes on after all of them.
#[test]
fn only_the_answer_ends_the_wait() {
    let long = "a".repeat(16 << 10);
    let get_with = |field: &str| format!("GET /callback?{ANSWER} HTTP/1.1\r\nHost: [HOST]\r\n{field}\r\n\r\n");
    let to_host = |hosts: &str| format!("GET /callback?{ANSWER} HTTP/1.1\r\n{hosts}\r\n");
    let rows = [
        // That path without our state, whatever else it says
        (get("/callback"), "400 Bad Request", "GET /callback: 400 Bad Request: it is not the login that is waiting"),
        (get("/callback?code=c"), "400 Bad Request", "foreign"),
        (get("/callback?code=c&state=wrong"), "400 Bad Request", "foreign"),
        (get("/callback?code=c&state=right&state=right"), "400 Bad Request", "foreign"),
        (get("/callback?error=access%5Fdenied&state=wrong"), "400 Bad Request", "foreign access_denied"),
        (get("/callback?error=%1b%5b0m"), "400 Bad Request", "foreign \u{1b}[0m"),
        // No visit of a person
        (get_with("Sec-Purpose: prefetch"), "503 Service Unavailable", ""),
        (get_with("sec-purpose: prefetch;prerender"), "503 Service Unavailable", ""),
        (get_with("Sec-Fetch-Dest: image"), "503 Service Unavailable", ""),
        (get_with("Sec-Fetch-Dest: iframe"), "503 Service Unavailable", ""),
        (get_with("Sec-Fetch-Dest: empty"), "503 Service Unavailable", ""),
        (get_with("Sec-Fetch-Dest: document\r\nSec-Fetch-Dest: image"), "503 Service Unavailable", ""),
        ("GET /t0ken HTTP/1.1\r\nHost: [HOST]\r\nSec-Purpose: prefetch\r\n\r\n".into(), "503 Service Unavailable", ""),
        (
            "GET /favicon.ico HTTP/1.1\r\nHost: [HOST]\r\nSec-Fetch-Dest: image\r\n\r\n".into(),
            "503 Service Unavailable",
            "GET /favicon.ico: 503 Service Unavailable: it is no visit of a person",
        ),
        // Another site with our address
        (to_host(""), "421 Misdirected Request", "GET /callback: 421 Misdirected Request: it has no Host"),
        (to_host("Host:\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: [HOST]\r\nHost: [HOST]\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: evil.example\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: evil.example:[PORT]\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: localhost:[PORT]\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: 127.0.0.1\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: 127.0.0.1:[PORT]0\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: [HOST], evil.example\r\n"), "421 Misdirected Request", ""),
        (to_host("Host: a@[HOST]\r\n"), "421 Misdirected Request", ""),
        (get(&format!("http://[HOST]/callback?{ANSWER}")), "421 Misdirected Request", ""),
        (get("http://[HOST]/t0ken"), "421 Misdirected Request", ""),
        ("CONNECT [HOST] HTTP/1.1\r\nHost: [HOST]\r\n\r\n".into(), "421 Misdirected Request", ""),
        // Another path
        (get("/"), "404 Not Found", "GET /: 404 Not Found"),
        (get(&format!("/callback/?{ANSWER}")), "404 Not Found", ""),
        (get(&format!("//callback?{ANSWER}")), "404 Not Found", ""),
        (get(&format!("/Callback?{ANSWER}")), "404 Not Found", ""),
        (get("/t0ken2"), "404 Not Found", ""),
        (get("/\u{1b}[0m"), "400 Bad Request", ""),
        // Another method
        (format!("HEAD /callback?{ANSWER} HTTP/1.1\r\nHost: [HOST]\r\n\r\n"), "405 Method Not Allowed", ""),
        (format!("PUT /callback?{ANSWER} HTTP/1.1\r\nHost: [HOST]\r\n\r\n"), "405 Method Not Allowed", ""),
        (format!("get /callback?{ANSWER} HTTP/1.1\r\nHost: [HOST]\r\n\r\n"), "405 Method Not Allowed", ""),
        ("HEAD /t0ken HTTP/1.1\r\nHost: [HOST]\r\n\r\n".into(), "405 Method Not Allowed", ""),
        ("OPTIONS * HTTP/1.1\r\nHost: [HOST]\r\n\r\n".into(), "405 Method Not Allowed", ""),
        (post(ANSWER), "405 Method Not Allowed", "POST /callback: 405 Method Not Allowed"),
        // Malformed
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".into(), "400 Bad Request", "a request: 400 Bad Request: it is not HTTP/1.1"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), "400 Bad Request", ""),
        (format!("GET /callback?{ANSWER}\r\n\r\n"), "400 Bad Request", ""),
        (get_with("Sec Fetch: a"), "400 Bad Request", ""),
        (get_with(" folded"), "400 Bad Request", ""),
        // Too large
        (get(&format!("/callback?{ANSWER}&a={long}")), "431 Request Header Fields Too Large", ""),
        (get_with(&format!("Cookie: {long}")), "431 Request Header Fields Too Large", ""),
        (get_with(&"a:\r\n".repeat(4096)), "431 Request Header Fields Too Large", ""),
    ];
    let here = waiting(false);
    for (request, expected, told) in rows {
        let request = request.replace("[PORT]", &here.port.to_string());
        let answer = here.ask(&request);
        let begin: String = request.chars().take(200).collect();
        assert_eq!(status(&answer), expected, "{begin}");
        let empty = answer.starts_with("HTTP/1.1 4") && !answer.contains(" 421 ") && !request.starts_with("HEAD");
        assert_eq!(!body(&answer).is_empty(), empty, "{begin}");
        assert_eq!(answer.contains("\r\nAllow: GET\r\n"), expected.starts_with("405"), "{begin}");
        match (here.came(), told.strip_prefix("foreign")) {
            (Came::Noted(line), None) => assert!(told.is_empty() || line == told, "{line}"),
            (Came::Foreign { error: None, line }, None) => assert_eq!(line, told),
            (Came::Foreign { error, .. }, Some(expected)) => {
                assert_eq!(error.as_deref().unwrap_or_default(), expected.trim_start_matches(' '));
            }
            (came, _) => panic!("{begin}: {came:?}"),
        }
        here.nothing_came();
    }
    // Neither the answer nor the start address is used up by any of them.
    assert_eq!(status(&here.get("/t0ken")), "302 Found");
    assert_eq!(here.came(), Came::Started);
    let stream = here.send(&get(&format!("/callback?{ANSWER}")));
    assert_eq!(here.came(), Came::Answer { text: ANSWER.into(), is_other_way: false });
    let reading = thread::spawn(move || all_of(stream));
    here.serving.finish(&page());
    assert_eq!(status(&reading.join().unwrap()), "200 OK");
}

#[test]
fn the_page_comes_when_the_login_is_there_and_to_whoever_asks_again() {
    let here = waiting(false);
    let first = here.send(&get(&format!("/callback?{ANSWER}")));
    assert!(matches!(here.came(), Came::Answer { .. }));
    let again = here.send(&get(&format!("/callback?{ANSWER}")));
    assert_eq!(here.came(), Came::Noted("GET /callback: the same page once more".into()));
    first.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut byte = [0];
    assert!((&first).read(&mut byte).is_err(), "nothing is said before");
    first.set_read_timeout(None).unwrap();
    // Others are answered meanwhile.
    assert_eq!(status(&here.get("/")), "404 Not Found");
    let (port, began) = (here.port, Instant::now());
    let reading = thread::spawn(move || [first, again].map(all_of));
    here.serving.finish(&page());
    assert!(began.elapsed() < DELIVERY);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is closed");
    let [first, again] = reading.join().unwrap();
    assert_eq!((status(&first), &first), ("200 OK", &again));
    assert_eq!(body(&first), page().html());
    assert_eq!(here.came.recv(), Ok(Came::Noted("GET /: 404 Not Found".into())));
    assert!(here.came.recv().is_err(), "told once");
}
