//! A person's browser: the program opens it at a start address, and the test is whoever sits before it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::server::{Answer, Request, Server, json, token_with};
use super::{Run, copy_to_run, oauth2tok};

/// Longer is waited for nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// What opens addresses for a run.
pub struct Browser {
    place: PathBuf,
    /// It is there as long as the browser is.
    _home: Arc<tempfile::TempDir>,
}

/// The address that a browser is to begin at leads here.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where it leads.
    pub url: String,
    /// The start address itself.
    pub start: String,
}

/// An answer as a browser has it.
#[derive(Debug)]
pub struct Seen {
    /// Its status.
    pub status: u16,
    /// Its head, names in small letters.
    pub head: String,
    /// Its body.
    pub body: String,
}

impl Browser {
    /// Gives `run` a browser that notes how it was started, a new one at each home.
    pub fn of(run: Run) -> (Run, Self) {
        let place = run.path("browser");
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        let script = place.join("open");
        let text = format!(
            "#!/bin/sh\ncd '{}'\nenv > env\nps -o pgid= -p $$ > pgid\nexec 9>&1\nls -l /proc/$$/fd > streams\nprintf '%s\\n' \"$@\" > next\nmv next \"address.$(ls | grep -c '^address')\"\n",
            place.display()
        );
        let draft = place.join("draft");
        fs::write(&draft, text).unwrap();
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)).unwrap();
        copy_to_run(&draft, &script);
        let run = run.env("OAUTH2TOK_BROWSER", &script).env("OAUTH2TOK_LOGIN", "always");
        let _home = run.its_home();
        (run, Self { place, _home })
    }

    /// What it noted under `name`.
    pub fn noted(&self, name: &str) -> String {
        fs::read_to_string(self.place.join(name)).unwrap()
    }

    /// How often it was started.
    pub fn count(&self) -> usize {
        let entries = fs::read_dir(&self.place).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("address")).count()
    }

    /// The start address that it is given, without going there.
    #[track_caller]
    pub fn address(&self) -> String {
        let begun = Instant::now();
        loop {
            if let Ok(address) = fs::read_to_string(self.place.join("address.0")) {
                return address.trim_end().to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "no browser was started");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Goes where it is sent.
    #[track_caller]
    pub fn begin(&self) -> Asked {
        let start = self.address();
        let seen = get(&start);
        assert_eq!(seen.status, 302, "{seen:?}");
        let url = seen.header("location").unwrap();
        Asked { url, start }
    }
}

impl Asked {
    /// A parameter of the authorization request.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {}", self.url))
    }

    /// The same of one that may not be there.
    pub fn find(&self, name: &str) -> Option<String> {
        let query = self.url.split_once('?')?.1;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// The names of its parameters in their order.
    pub fn names(&self) -> Vec<String> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect()
    }

    /// Comes back with these parameters; `state` is ours.
    #[track_caller]
    pub fn comes_back(&self, with: &[(&str, &str)]) -> Seen {
        get(&self.back(with))
    }

    /// The address to come back to with these parameters and our `state`.
    pub fn back(&self, with: &[(&str, &str)]) -> String {
        let state = self.field("state");
        let pairs = with.iter().copied().chain([("state", &*state)]);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let redirect = self.field("redirect_uri");
        let join = if redirect.contains('?') { '&' } else { '?' };
        format!("{redirect}{join}{query}")
    }

    /// `HOST:PORT` of the redirect URI.
    pub fn authority(&self) -> String {
        let redirect = self.field("redirect_uri");
        redirect.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned()
    }
}

impl Seen {
    /// A header field.
    pub fn header(&self, name: &str) -> Option<String> {
        let start = format!("{name}: ");
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&start))?;
        Some(line[start.len()..].to_owned())
    }

    /// The text between the tags of the page's heading.
    pub fn heading(&self) -> &str {
        let rest = self.body.split_once("<h1>").map_or("", |(_, rest)| rest);
        rest.split_once("</h1>").map_or("", |(heading, _)| heading)
    }
}

/// Asks for an address as a browser does that is sent there.
#[track_caller]
pub fn get(url: &str) -> Seen {
    get_with(url, "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n")
}

/// The same with these header fields.
#[track_caller]
pub fn get_with(url: &str, headers: &str) -> Seen {
    let (authority, path) = split(url);
    send(&authority, &format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}\r\n"))
}

/// Posts a form as a page does that is to do so.
#[track_caller]
pub fn post(url: &str, body: &str) -> Seen {
    let (authority, path) = split(url);
    send(
        &authority,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nOrigin: null\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

fn split(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let at = rest.find('/').unwrap();
    (rest[..at].to_owned(), rest[at..].to_owned())
}

/// Sends these bytes, and reads what comes until the other side closes.
#[track_caller]
pub fn send(authority: &str, bytes: &str) -> Seen {
    let stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    send_over(stream, bytes)
}

/// The same over a connection that is there.
#[track_caller]
pub fn send_over(mut stream: impl Read + Write, bytes: &str) -> Seen {
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Seen { status, head: head.to_owned(), body: body.to_owned() }
}

/// The profile `p` of somebody who logs in at `server`, with more of it behind a comma.
pub fn profile(server: &Server, more: &str) -> Run {
    oauth2tok().config(&format!(
        "profiles:\n  p: {{ issuer: '{}', client_id: app, grant_type: authorization_code{more} }}\n",
        server.origin()
    ))
}

/// Logs in as `run` with these words says, in two steps, so that nobody waits for anything. Gives the second one, to be run, and
/// the address that the first one says.
#[track_caller]
pub fn in_two_steps(run: &Run, words: &[&str]) -> (Run, Asked) {
    let login = run.clone().args(["login"]).args(words);
    let begun = login.clone().args(["--begin"]).any_output().run().stdout;
    let begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
    let asked = Asked { url: begun["url"].as_str().unwrap().to_owned(), start: String::new() };
    let finish = login.args(["--finish", begun["id"].as_str().unwrap()]).stdin(asked.back(&[("code", "c0de")]));
    (finish, asked)
}

/// A server that people log in to: it describes itself with `more` members, each after a comma, and answers everything that is
/// posted as `script` says.
pub fn login_server(more: &'static str, script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::scripted(move |number, request| match request.contains("/.well-known/") {
        true => described(&request.origin(), more),
        false => script(number, request),
    })
}

/// What it says of itself.
pub fn described(origin: &str, more: &str) -> Answer {
    let endpoint = |name: &str, path: &str| format!(r#","{name}":"{origin}{path}""#);
    let endpoints: String = [
        endpoint("token_endpoint", "/token"),
        endpoint("authorization_endpoint", "/authorize"),
        endpoint("device_authorization_endpoint", "/device"),
        endpoint("revocation_endpoint", "/revoke"),
    ]
    .concat();
    json(200, &format!(r#"{{"issuer":"{origin}"{endpoints}{more}}}"#))
}

/// The same whose tokens are `tok-1`.
pub fn simple_login_server() -> Server {
    login_server("", |_, _| renewable_token())
}

/// A token that can be had anew.
pub fn renewable_token() -> Answer {
    token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#)
}

/// The requests that were posted there.
pub fn posted(server: &Server) -> Vec<Request> {
    server.requests().into_iter().filter(|request| request.method() == "POST").collect()
}
