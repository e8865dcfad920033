//! The answer parser, fed with any status, Content-Type and body: it must not panic, and whatever it takes for a token
//! must be safe to print.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oauth2tok::oauth::{Request, reply};
use oauth2tok::secret::Redactor;
use oauth2tok::wire::{Reply, Timings, Url};

const STATUSES: [u16; 8] = [200, 201, 302, 400, 401, 404, 429, 503];
const CONTENT_TYPES: [&str; 4] =
    ["application/json", "text/html; charset=utf-8", "application/x-www-form-urlencoded", "text/plain; charset=utf-16"];

#[path = "../request.rs"]
mod request;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (status, content_type, body) = input;
    let reply = Reply {
        status: STATUSES[usize::from(status) % STATUSES.len()],
        head: String::new(),
        headers: vec![("content-type".into(), CONTENT_TYPES[usize::from(content_type) % CONTENT_TYPES.len()].into())],
        bends: Vec::new(),
        body: body.to_vec(),
        undecoded: None,
        timings: Timings::default(),
    };
    let endpoint = Url::parse("https://idp.example.com/token").expect("a plain URL");
    let request = Request { scope: vec!["read".into()], ..request::to(&endpoint) };
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let redactor = Redactor::default();
    let asked = reply::Asked { endpoint: Some(&endpoint), started, redactor: &redactor };
    let Ok(answer) = reply::parse(&reply, &asked, &request, None) else { return };

    let token = answer.token.access_token.expose();
    assert!(!token.is_empty() && token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
    assert!(answer.token.expires_at.is_none_or(|at| at >= started));
    for pretty in [false, true] {
        let printed = answer.token.members.to_text(pretty);
        let read: serde_json::Value = serde_json::from_str(&printed).expect("what is printed is JSON");
        assert_eq!(read["access_token"], token);
    }
});
