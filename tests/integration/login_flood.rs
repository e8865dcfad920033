//! Somebody else on this machine who saw the start address in `ps` and asks for it as often as he can.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::harness::browser::{posted, simple_login_server};
use crate::harness::needs_setsid;
use crate::login_asks::{alice, at_terminal, screen, with_browser};
use crate::login_waits::{by_code, opening};

const TWICE: &str = "warning: the start address was opened a second time: somebody else may be logging in here\n";

/// Whoever asks without end.
struct Flood {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    /// Asks for each of `paths` where `start` is.
    fn of(start: &str, paths: &[&str]) -> Self {
        let authority = start.split('/').nth(2).unwrap();
        let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let ask = |path: &&str| {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nSec-Fetch-Dest: document\r\n\r\n");
            let (is_over, answered, authority) = (Arc::clone(&is_over), Arc::clone(&answered), authority.to_owned());
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let Ok(mut stream) = TcpStream::connect(&authority) else { return };
                    let mut answer = String::new();
                    // Who closes the port answers no more.
                    if stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer)).is_ok() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        };
        let threads = paths.iter().map(ask).collect();
        Self { is_over, answered, threads }
    }

    /// Goes on until there were so many answers.
    fn wait_for(&self, count: usize) {
        while self.answered.load(Ordering::Relaxed) < count {
            assert!(!self.threads.iter().all(JoinHandle::is_finished), "nobody answers");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_code_is_polled_for_whoever_asks_for_the_start_address_without_end() {
    needs_setsid!();
    let (server, agreed) = by_code();
    let (run, browser) = with_browser(opening(&server));
    let (mut terminal, running) = at_terminal(run, r#""$@""#);
    let start = browser.begin().start;
    let path = format!("/{}", start.rsplit('/').next().unwrap());
    let flood = Flood::of(&start, &[&path, &path, &path]);
    // Metadata, the code, and then what is polled.
    server.wait_for(4);
    flood.wait_for(500);
    let polled = server.count();
    server.wait_for(polled + 1);
    agreed.store(true, Ordering::SeqCst);
    terminal.wait_for("[y/N] ");
    terminal.type_in("y\n");
    assert!(running.finish().took < Duration::from_secs(30));
    flood.end();
    let told = screen(&mut terminal);
    assert_eq!(told.matches("warning:").count(), 1, "{told}");
    assert!(told.contains(TWICE) && told.contains("logged in at "), "{told}");
}

/// Nobody reads what is told until the end: what is told without bound would hold the program up.
#[test]
fn what_is_told_of_a_flood_is_bounded_and_delays_no_end() {
    let server = simple_login_server();
    let run = alice(&server, "").args(["-v", "login", "--login-timeout", "4"]);
    let (run, browser) = with_browser(run);
    let running = run.code(9).any_stderr().start();
    let asked = browser.begin();
    let path = format!("/{}", asked.start.rsplit('/').next().unwrap());
    let foreign = "/callback?error=access_denied&state=x";
    let flood = Flood::of(&asked.start, &[&path, foreign, "/nothing"]);
    flood.wait_for(1000);
    let ended = running.finish();
    flood.end();
    assert!(ended.took < Duration::from_secs(8), "{:?}", ended.took);
    assert_eq!(ended.stderr.matches(TWICE).count(), 1, "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("an answer came that is not to this login").count(), 5, "{}", ended.stderr);
    let requests = ended.stderr.lines().filter(|line| line.starts_with("* GET /")).count();
    assert!((50..=100).contains(&requests), "{requests}");
    assert!(ended.stderr.contains("\n* more came, of which nothing is told\n"), "{}", ended.stderr);
    assert!(posted(&server).is_empty());
}
