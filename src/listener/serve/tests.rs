use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Instant;

use super::super::{Place, Tls};
use super::*;
use crate::net::Held;
use crate::secret::Secret;

const ANSWER: &str = "code=c&state=right";

/// What is listened for in a test.
struct Waiting {
    serving: Serving,
    port: u16,
    came: Receiver<Came>,
}

fn place(tls: Option<Tls>) -> Place {
    Place { host: "127.0.0.1".into(), port: None, path: "/callback".into(), listen: None, tls }
}

fn waiting(form_post: bool) -> Waiting {
    serve(Listener::bind(&place(None)).unwrap(), form_post, REQUEST)
}

/// One that waits no longer than that for a request.
fn impatient(patience: Duration) -> Waiting {
    serve(Listener::bind(&place(None)).unwrap(), true, patience)
}

fn serve(listener: Listener, form_post: bool, patience: Duration) -> Waiting {
    let (on, came) = channel();
    let is_answer = |text: &str| {
        let states: Vec<_> = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name == "state").collect();
        matches!(&*states, [(_, state)] if state == "right")
    };
    let start = Start { token: "t0ken".into(), location: "https://idp.example/authorize?state=right".into() };
    let port = listener.port();
    let terms = Terms { is_answer: Box::new(is_answer), form_post, start: Some(start) };
    let on = Box::new(move |came| on.send(came).unwrap_or_default());
    Waiting { serving: Serving::begin(listener, terms, on, patience).unwrap(), port, came }
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
        assert!(answer.contains(&headers()) && !answer.contains("Access-Control"), "{begin}");
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
    assert!(first.contains(&headers()) && first.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_eq!((status(&first), &first), ("200 OK", &again));
    assert_eq!(body(&first), page().html());
    assert_eq!(here.came.recv(), Ok(Came::Noted("GET /: 404 Not Found".into())));
    assert!(here.came.recv().is_err(), "told once");
}

#[test]
fn a_form_comes_where_it_was_asked_for() {
    let form = |fields: &str, body: &str| format!("POST /callback HTTP/1.1\r\nHost: [HOST]\r\n{fields}\r\n\r\n{body}");
    const TYPE: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
    let here = waiting(true);
    for (request, expected, why) in [
        (form(&format!("{TYPE}Content-Length: 0"), ""), "400 Bad Request", "it is not the login that is waiting"),
        (post("state=wrong&error=a%20b"), "400 Bad Request", "it is not the login that is waiting"),
        (post(&format!("{ANSWER}&state=right")), "400 Bad Request", "it is not the login that is waiting"),
        (form("Content-Length: 18", ANSWER), "400 Bad Request", "its body is no form"),
        (form("Content-Type: text/plain\r\nContent-Length: 18", ANSWER), "400 Bad Request", "its body is no form"),
        (form(&format!("{TYPE}{TYPE}Content-Length: 18"), ANSWER), "400 Bad Request", "its body is no form"),
        (form(&format!("{TYPE}Content-Length: 2"), "\u{e9}"), "400 Bad Request", "it is not the login that is waiting"),
        (form(&format!("{TYPE}Content-Length: 1"), "\u{e9}"), "400 Bad Request", "its body is no form"),
        (form(TYPE.trim_end(), ANSWER), "400 Bad Request", "it is not the login that is waiting"),
        (form(&format!("{TYPE}Content-Length: +18"), ANSWER), "400 Bad Request", "it is not HTTP/1.1"),
        (form(&format!("{TYPE}Content-Length:"), ANSWER), "400 Bad Request", "it is not HTTP/1.1"),
        (
            form(&format!("{TYPE}Content-Length: 18\r\nContent-Length: 17"), ANSWER),
            "400 Bad Request",
            "it is not HTTP/1.1",
        ),
        (
            form(&format!("{TYPE}Content-Length: 18\r\nTransfer-Encoding: chunked"), ANSWER),
            "400 Bad Request",
            "nobody can say how long its body is",
        ),
        (post(&"a".repeat(65537)), "413 Content Too Large", ""),
        (form(&format!("{TYPE}Content-Length: {}", "9".repeat(15)), ""), "413 Content Too Large", ""),
        (
            form(&format!("{TYPE}Sec-Fetch-Dest: iframe\r\nContent-Length: 18"), ANSWER),
            "503 Service Unavailable",
            "it is no visit of a person",
        ),
        (post(ANSWER).replace("POST", "PUT"), "405 Method Not Allowed", ""),
        (post(ANSWER).replace("/callback", "/t0ken"), "405 Method Not Allowed", ""),
        (post(ANSWER).replace("/callback", "/"), "404 Not Found", ""),
        (post(ANSWER).replace("[HOST]", "evil.example"), "421 Misdirected Request", "its Host is another"),
    ] {
        let answer = here.ask(&request);
        let begin: String = request.chars().take(200).collect();
        assert_eq!(status(&answer), expected, "{begin}");
        let allow = if request.contains("/t0ken") { "\r\nAllow: GET\r\n" } else { "\r\nAllow: GET, POST\r\n" };
        assert_eq!(answer.contains(allow), expected.starts_with("405"), "{begin}");
        let (Came::Noted(line) | Came::Foreign { line, .. }) = here.came() else { panic!("{begin}") };
        assert!(line.ends_with(&if why.is_empty() { expected.into() } else { format!("{expected}: {why}") }), "{line}");
        here.nothing_came();
    }
    // As long as it may be.
    let body = format!("{ANSWER}&rest={}", "a".repeat((64 << 10) - ANSWER.len() - 6));
    let stream = here.send(&post(&body).replace("urlencoded", "URLencoded ;charset=utf-8"));
    assert_eq!(here.came(), Came::Answer { text: body, is_other_way: false });
    drop((here.serving, stream));
}

#[test]
fn a_query_counts_where_a_form_was_asked_for() {
    let here = waiting(true);
    let _stream = here.send(&get(&format!("/callback?{ANSWER}")));
    assert_eq!(here.came(), Came::Answer { text: ANSWER.into(), is_other_way: true });
}

#[test]
fn a_body_that_waits_for_a_word_gets_it() {
    let here = waiting(true);
    let (head, body) = (post(ANSWER).replace("Content-Type", "Expect: 100-Continue\r\nContent-Type"), ANSWER);
    let mut stream = here.send(head.strip_suffix(body).unwrap());
    let mut word = [0; 25];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(here.came(), Came::Answer { text: ANSWER.into(), is_other_way: false });
}

#[test]
fn the_start_address_leads_on_once() {
    let check = |here: &Waiting| {
        let answer = here.get("/t0ken?a=b");
        assert_eq!(here.came(), Came::Started);
        assert_eq!((status(&answer), body(&answer)), ("302 Found", ""));
        for line in ["Location: https://idp.example/authorize?state=right", "Referrer-Policy: no-referrer"] {
            assert!(answer.lines().any(|own| own == line), "{answer}");
        }
        let again = here.get("/t0ken");
        assert_eq!(here.came(), Came::StartedAgain);
        assert_eq!(status(&again), "410 Gone");
        assert!(body(&again).contains("<h1>This address was used already</h1>") && again.contains(&headers()));
        // It is one fact.
        assert_eq!(status(&here.get("/t0ken")), "410 Gone");
        assert_eq!(here.came(), Came::Noted("GET /t0ken: 410 Gone".into()));
        here.nothing_came();
    };
    let here = waiting(false);
    check(&here);
    let _stream = here.send(&get(&format!("/callback?{ANSWER}")));
    assert!(matches!(here.came(), Came::Answer { .. }));
    // Whoever comes now can take nothing.
    assert_eq!(status(&here.get("/t0ken")), "410 Gone");
    assert_eq!(here.came(), Came::Noted("GET /t0ken: 410 Gone".into()));

    // Where nobody comes back to this machine it is all there is.
    let alone = serve(Listener::start_only().unwrap(), true, REQUEST);
    check(&alone);
    assert_eq!(status(&alone.get(&format!("/callback?{ANSWER}"))), "404 Not Found");
}

#[test]
fn what_takes_too_long_is_ended() {
    let patience = Duration::from_millis(300);
    let here = impatient(patience);
    let form = post(ANSWER);
    for (request, expected, line) in [
        ("", "408 Request Timeout", "a request: 408 Request Timeout"),
        ("GET /callback HTTP/1.1\r\nHost: [HOST]\r\n", "408 Request Timeout", "a request: 408 Request Timeout"),
        (form.strip_suffix("t").unwrap(), "408 Request Timeout", "POST /callback: 408 Request Timeout"),
    ] {
        let began = Instant::now();
        assert_eq!(status(&here.ask(request)), expected);
        assert!(began.elapsed() >= patience, "{request}");
        assert_eq!(here.came(), Came::Noted(line.into()));
    }
    // One that always has another byte.
    let (began, mut stream) = (Instant::now(), here.send("GET /"));
    let mut dripping = stream.try_clone().unwrap();
    let drip = move || {
        while dripping.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(20))
        }
    };
    let dripping = thread::spawn(drip);
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!((patience..2 * patience).contains(&began.elapsed()), "{:?}", began.elapsed());
    stream.shutdown(Shutdown::Both).unwrap();
    dripping.join().unwrap();
}

#[test]
fn sixteen_are_served_at_a_time_and_further_ones_wait() {
    let here = impatient(Duration::from_secs(2));
    let idle: Vec<_> = (0..MOST).map(|_| here.send("GET / ")).collect();
    let mut waiting = here.send(&get("/"));
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "it waits");
    waiting.set_read_timeout(None).unwrap();
    drop(idle);
    assert_eq!(status(&all_of(waiting)), "404 Not Found");
    assert_eq!(here.came(), Came::Noted("GET /: 404 Not Found".into()), "who hangs up is not told of");
}

#[test]
fn of_a_flood_a_bounded_number_is_told_and_the_answer_still_comes() {
    let here = waiting(false);
    for at in 0..MOST_TOLD + 20 {
        here.get(["/a", "/callback?error=a&state=wrong"][at % 2]);
    }
    let told: Vec<_> = here.came.try_iter().collect();
    assert_eq!(told.len(), MOST_TOLD);
    assert_eq!(told.last(), Some(&Came::Noted("more came, of which nothing is told".into())));
    for (target, expected) in [("/t0ken", Came::Started), ("/t0ken", Came::StartedAgain)] {
        here.get(target);
        assert_eq!(here.came(), expected);
    }
    let _stream = here.send(&get(&format!("/callback?{ANSWER}")));
    assert!(matches!(here.came(), Came::Answer { .. }));
}

#[test]
fn of_many_at_once_one_is_the_answer() {
    let here = waiting(false);
    let idle: Vec<_> =
        ["", "GET /callback?code=c&state=right HT", "\u{16}\u{3}\u{1}"].map(|half| here.send(half)).into();
    let ask = |at: usize| {
        let stream = here.send(&get(["/callback?code=c&state=right", "/callback?error=a&state=wrong", "/a"][at % 3]));
        thread::spawn(move || all_of(stream))
    };
    let asking: Vec<_> = (0..24).map(ask).collect();
    // Eight are the answer, and three are halves: there is room for the others.
    let came: Vec<_> = (0..25).map(|_| here.came()).collect();
    assert_eq!(came.iter().filter(|came| matches!(came, Came::Answer { .. })).count(), 1);
    assert_eq!(came.iter().filter(|came| matches!(came, Came::Foreign { .. })).count(), 8);
    // What was told of may not be sent yet, and the end waits for nobody but the answer.
    let (answers, others): (Vec<_>, Vec<_>) = asking.into_iter().enumerate().partition(|(at, _)| at % 3 == 0);
    let check = |(at, asked): (usize, thread::JoinHandle<String>)| {
        assert_eq!(status(&asked.join().unwrap()), ["200 OK", "400 Bad Request", "404 Not Found"][at % 3]);
    };
    others.into_iter().for_each(check);
    here.serving.finish(&page());
    answers.into_iter().for_each(check);
    drop(idle);
}

#[test]
fn dropping_it_closes_the_port_at_once() {
    for host in ["127.0.0.1", "localhost"] {
        let place = Place { host: host.into(), ..place(None) };
        let here = serve(Listener::bind(&place).unwrap(), false, REQUEST);
        let began = Instant::now();
        let request = get(&format!("/callback?{ANSWER}")).replace("[HOST]", &format!("{host}:{}", here.port));
        let waiting = here.send(&request);
        assert!(matches!(here.came(), Came::Answer { .. }));
        let streams = [waiting, here.send("GET / HTTP/1.1\r\n"), here.connect()];
        drop(here.serving);
        for ip in ["127.0.0.1", "::1"] {
            assert!(TcpStream::connect((ip, here.port)).is_err());
        }
        for stream in streams {
            assert!(!matches!((&stream).read(&mut [0]), Ok(1..)), "nothing is said");
        }
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(here.came.recv().is_err(), "no thread is left that could tell");
    }
}

#[test]
fn whoever_is_gone_is_not_waited_for() {
    let here = waiting(false);
    drop(here.send(&get(&format!("/callback?{ANSWER}"))));
    assert!(matches!(here.came(), Came::Answer { .. }));
    let began = Instant::now();
    here.serving.finish(&page());
    assert!(began.elapsed() < DELIVERY);
    // Nor is a page delivered that was not asked for.
    let here = waiting(false);
    here.serving.finish(&page());
    // One that reads nothing and does not hang up is given two seconds.
    let here = waiting(false);
    let _stream = here.send(&get(&format!("/callback?{ANSWER}")));
    assert!(matches!(here.came(), Came::Answer { .. }));
    let began = Instant::now();
    here.serving.finish(&page());
    assert!((DELIVERY..DELIVERY + Duration::from_millis(500)).contains(&began.elapsed()));
}

/// What listens with TLS, and a browser's side of it.
fn listening_with_tls() -> (Waiting, u16, Arc<rustls::ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let held = |text: String| Held::Text { from: "env:NAME".into(), text: Secret::new(text) };
    let tls = Tls { cert: held(made.cert.pem()), key: Some(held(made.signing_key.serialize_pem())) };
    let listener = Listener::bind(&place(Some(tls))).unwrap();
    let start = listener.start_address("").trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (serve(listener, false, Duration::from_millis(700)), start, Arc::new(config))
}

fn ask_with_tls(port: u16, config: &Arc<rustls::ClientConfig>, request: &str) -> String {
    let name = "127.0.0.1".try_into().unwrap();
    let session = rustls::ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(("127.0.0.1", port)).unwrap());
    stream.write_all(request.replace("[HOST]", &format!("127.0.0.1:{port}")).as_bytes()).unwrap();
    let mut text = String::new();
    // The end is told, not cut off.
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_https_redirect_is_listened_on_and_started_from_elsewhere() {
    let (here, start, config) = listening_with_tls();
    let callback = format!("/callback?{ANSWER}");
    // No TLS, half of it, and none that trusts us.
    let mut plain = here.send(&get(&callback));
    let mut alert = Vec::new();
    plain.read_to_end(&mut alert).unwrap();
    assert!(!alert.starts_with(b"HTTP"));
    assert_eq!(here.came(), Came::Noted(NO_TLS.into()));
    let began = Instant::now();
    assert_eq!(all_of(here.send("\u{16}\u{3}\u{1}\u{1}\u{0}")), "");
    assert!(began.elapsed() < REQUEST);
    assert_eq!(here.came(), Came::Noted(NO_TLS.into()));
    // The start address is not here.
    assert_eq!(status(&ask_with_tls(here.port, &config, &get("/t0ken"))), "404 Not Found");
    assert!(matches!(here.came(), Came::Noted(_)));
    assert_eq!(status(&ask_with_tls(here.port, &config, "")), "408 Request Timeout");
    assert!(matches!(here.came(), Came::Noted(_)));
    // It is there, and the redirect is not; each has its own host.
    let there = |request: &str, port: u16| {
        let mut stream = TcpStream::connect(("127.0.0.1", start)).unwrap();
        stream.write_all(request.replace("[HOST]", &format!("127.0.0.1:{port}")).as_bytes()).unwrap();
        all_of(stream)
    };
    for (target, port, expected) in [
        (&*callback, start, "404 Not Found"),
        ("/t0ken", here.port, "421 Misdirected Request"),
        ("/t0ken", start, "302 Found"),
    ] {
        assert_eq!(status(&there(&get(target), port)), expected);
        here.came();
    }
    let other = get(&callback).replace("[HOST]", &format!("127.0.0.1:{start}"));
    assert_eq!(status(&ask_with_tls(here.port, &config, &other)), "421 Misdirected Request");
    here.came();
    let port = here.port;
    let asking = thread::spawn(move || ask_with_tls(port, &config, &get(&callback)));
    assert_eq!(here.came(), Came::Answer { text: ANSWER.into(), is_other_way: false });
    here.serving.finish(&page());
    let answer = asking.join().unwrap();
    assert_eq!((status(&answer), body(&answer)), ("200 OK", &*page().html()));
}
