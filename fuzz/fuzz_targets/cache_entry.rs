//! The reader of kept tokens, fed with a file's bytes and with what a seal could hold: it must not panic, and whatever it
//! takes for a token must be safe to print and say the same when it is kept again.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use oauth2tok::cache::entry::{Entry, Failure};
use oauth2tok::cache::flight::{Seen, Then};
use oauth2tok::cache::seal::{HEAD_LEN, MachineKey, Purpose, Sealer};
use oauth2tok::cache::{Conditions, Credentials, Pending, Policy};
use oauth2tok::wire::Url;

#[path = "../request.rs"]
mod request;

fuzz_target!(|bytes: &[u8]| {
    let endpoint = Url::parse("https://idp.example.com/token").expect("a plain URL");
    let request = request::to(&endpoint);
    let machine = MachineKey::from_bytes(&[1; MachineKey::LEN]).expect("a key");
    let sealer = Sealer::new(&machine, [2; 32], Credentials::new(&request, &Conditions::default()));
    for purpose in [Purpose::Entry, Purpose::Failure, Purpose::Metadata, Purpose::Pending] {
        assert!(sealer.open(purpose, bytes).is_err(), "nobody can make a seal without the key");
    }
    if let Some(head) = bytes.first_chunk::<HEAD_LEN>() {
        let _ = sealer.sweep_after(head);
    }
    // What the credentials' holder may have sealed is read back, however it was filled up.
    let sealed = sealer.seal(Purpose::Entry, SystemTime::UNIX_EPOCH, bytes).expect("a seal");
    assert!(sealed.len().is_power_of_two());
    assert!(*sealer.open(Purpose::Entry, &sealed).ok().expect("our own seal") == *bytes);
    let _ = Failure::decode(bytes);
    if let Some(pending) = Pending::decode(bytes) {
        assert!(*pending.encode() == *bytes, "what is kept of a login is written in one way");
    }

    let Some(entry) = Entry::decode(bytes) else { return };
    let token = entry.token.access_token.expose();
    assert!(!token.is_empty() && token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
    for policy in [Policy::default(), Policy { default_ttl: Some(Duration::MAX), ..Policy::default() }] {
        for now in [entry.requested_at, SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 33)] {
            let _ = (entry.judge(now, &policy), entry.state(now, &policy), entry.identity());
            let seen = Seen { last: Then::None, entry: Then::Unknown, word: Then::None };
            let _ = entry.is_shared(&seen, Some(entry.flight), &policy);
            let printed = entry.token_at(now, &policy).members.to_text(true);
            assert!(serde_json::from_str::<serde_json::Value>(&printed).is_ok() || printed.contains("\\u"));
        }
    }
    let again = Entry::decode(&entry.encode()).expect("what is kept can be read");
    assert_eq!(*again.encode(), *entry.encode());
});
