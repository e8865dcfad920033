//! Saved answers: whatever a file holds must be read without a panic, and what comes out of it must be something that a run could
//! have had.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oauth2tok::http::BODY_CAP;
use oauth2tok::oauth::{Request, reply};
use oauth2tok::saved::{self, Saved};
use oauth2tok::secret::Redactor;
use oauth2tok::wire::Url;

fuzz_target!(|bytes: &[u8]| {
    let (reply, endpoint) = match saved::read(bytes) {
        Ok(Saved::Answer(found)) => (found.reply.ok(), found.endpoint),
        Ok(Saved::Told(told)) => {
            assert!(told.class.exit_code() > 0);
            (told.reply(), told.endpoint)
        }
        Err(fault) => return assert!(!fault.to_string().is_empty()),
    };
    let Some(reply) = reply else { return };
    assert!(reply.body.len() <= BODY_CAP && reply.headers.iter().all(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase())));
    let request = Request::unknown(Url::parse("https://server.invalid/").expect("a plain URL"));
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let asked = reply::Asked { endpoint: endpoint.as_ref(), started, redactor: &Redactor::default() };
    let Ok(answer) = reply::parse(&reply, &asked, &request, None) else { return };
    assert!((200..300).contains(&reply.status) && !answer.token.access_token.expose().is_empty());
});
