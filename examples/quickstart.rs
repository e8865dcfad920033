//! The main job in one minute: `cargo run --release --example quickstart`.
//!
//! It starts a small identity server on this machine, runs `oauth2tok` against it over a real socket, and shows the
//! command, the request on the wire, the token, and what a wrong secret looks like. Nothing leaves the machine.
#![expect(clippy::print_stdout, reason = "the example tells its story on stdout")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::sync::mpsc::{self, Receiver, Sender};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The first word that makes this program be `oauth2tok` itself: the example is its own product.
const BE_OAUTH2TOK: &str = "oauth2tok";

const CLIENT_ID: &str = "ci-bot";
const CLIENT_SECRET: &str = "p+ss w/rd %";

fn main() -> Outcome<ExitCode> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if words.first().is_some_and(|word| word == BE_OAUTH2TOK) {
        return Ok(ExitCode::from(oauth2tok::run(words)));
    }

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}/token", listener.local_addr()?);
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || serve(&listener, &sender));

    println!("An identity server listens at {endpoint}. It knows the client '{CLIENT_ID}'.\n");
    let right = oauth2tok(&endpoint, CLIENT_SECRET, &requests)?;
    println!("That is the token, and nothing else is on stdout: it goes straight into \"$(oauth2tok …)\".\n");

    println!("The same with a wrong secret:\n");
    let wrong = oauth2tok(&endpoint, "not-the-secret", &requests)?;
    println!("stdout is empty, and exit code 3 tells a script that trying again is of no use.");

    Ok(if (right, wrong) == (Some(0), Some(3)) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the program as a shell would and shows what goes in and what comes out.
fn oauth2tok(endpoint: &str, secret: &str, requests: &Receiver<String>) -> Outcome<Option<i32>> {
    let words =
        ["--token-endpoint", endpoint, "--client-id", CLIENT_ID, "--client-secret", "env:CI_SECRET", "--scope", "read"];
    println!("$ export CI_SECRET='{secret}'");
    println!("$ oauth2tok {}\n", words.join(" "));
    let output = Command::new(std::env::current_exe()?)
        .arg(BE_OAUTH2TOK)
        .args(words)
        // Nobody's own profiles or proxies have a part in this.
        .env_clear()
        .env("CI_SECRET", secret)
        .output()?;
    println!("On the wire:");
    for line in requests.recv()?.lines() {
        println!("  > {line}");
    }
    println!();
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        for line in String::from_utf8_lossy(bytes).lines() {
            println!("{name}: {line}");
        }
    }
    println!("exit code: {}\n", output.status.code().unwrap_or(-1));
    Ok(output.status.code())
}

/// Answers token requests until the program ends.
fn serve(listener: &TcpListener, requests: &Sender<String>) {
    for stream in listener.incoming().flatten() {
        if let Ok(request) = answer(stream) {
            // The other end is gone when the example is over, and then so is the need to tell.
            let _ = requests.send(request);
        }
    }
}

/// Reads one token request, answers it as RFC 6749 §5 says, and returns it.
fn answer(mut stream: TcpStream) -> Outcome<String> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    let mut length = 0;
    let mut client = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        request.push_str(&line);
        let (name, value) = line.split_once(": ").unwrap_or((line.trim(), ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "authorization" => client = basic(value.trim()),
            "" => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));

    let known = client == Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned()));
    let (status, json) = if known {
        (
            "200 OK",
            r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"scope":"read"}"#,
        )
    } else {
        ("401 Unauthorized", r#"{"error":"invalid_client","error_description":"unknown client or wrong secret"}"#)
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{json}",
        json.len()
    )?;
    Ok(request)
}

/// Id and secret of an `Authorization: Basic` header, form-decoded as RFC 6749 §2.3.1 says.
fn basic(header: &str) -> Option<(String, String)> {
    let pair = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decode(id)?, decode(secret)?))
}
