//! Hiding secrets in foreign text, and understanding it: no piece of text repeated many times may take long (the time limit
//! of the run tells), and no secret may be left where it stood.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use oauth2tok::oauth::reply;
use oauth2tok::secret::mask::{Nature, mask};
use oauth2tok::secret::{Redactor, Secret};
use oauth2tok::wire::{Reply, Timings, Url};

/// What is linear takes milliseconds for so many bytes; what is quadratic does not end in time.
const REPEATED: usize = 128 << 10;

#[path = "../request.rs"]
mod request;

fuzz_target!(|input: (&str, &str, &str, u8)| {
    let (secret, head, piece, times) = input;
    let whole = |text: &str| text.repeat((REPEATED / text.len().max(1)).max(1));
    let secret = if times & 1 == 0 { secret.to_owned() } else { whole(secret) };
    let text = format!("{head}{}{secret}", whole(piece));
    let mut redactor = Redactor::default();
    redactor.add(&Secret::new(&*secret));
    redactor.add_basic(head, &Secret::new(piece));
    redactor.add_tokens_in(text.as_bytes());
    redactor.add_body(text.as_bytes());
    let redacted = redactor.redact(&text);
    for nature in [Nature::Said, Nature::Complaint, Nature::PerhapsToken] {
        let _ = mask(&redacted, nature);
    }
    let shown = mask(&redacted, Nature::Named).into_owned();
    // What stands in its place could be a part of it, or spell it together with what stands beside it.
    if secret.chars().count() >= 4 && !secret.contains('*') && !redactor.is_overwhelmed() {
        assert!(!shown.contains(&secret), "{secret:?} in {:?}", &shown[..shown.len().min(400)]);
    }
    let endpoint = Url::parse("https://idp.example.com/token").expect("a plain URL");
    let request = request::to(&endpoint);
    for (status, body) in
        [(200, text.clone()), (400, format!("{{\"error\":\"x\",\"token\":[{}", whole(piece))), (401, shown)]
    {
        let headers = vec![("www-authenticate".into(), head.into())];
        let reply = Reply {
            status,
            head: String::new(),
            headers,
            bends: Vec::new(),
            body: body.into_bytes(),
            undecoded: None,
            timings: Timings::default(),
        };
        let asked = reply::Asked { endpoint: Some(&endpoint), started: SystemTime::UNIX_EPOCH, redactor: &redactor };
        let _ = reply::parse(&reply, &asked, &request, None);
    }
});
