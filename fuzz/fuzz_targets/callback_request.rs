//! What comes to the port that waits for a browser: reading and judging a request must not panic or hang, and only what is
//! sent to the redirect, by name and method, may ever be taken for the answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oauth2tok::listener::request::{Asked, BODY_CAP, HEAD_CAP, Reader, Site, error_of, form};

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (form_post, pieces, bytes) = input;
    let site = Site::new("127.0.0.1", 8080, false, Some("start"), Some("/callback".into()), form_post);
    let mut reader = Reader::default();
    let mut fed = 0;
    let mut pieces_left = bytes.chunks(1 + usize::from(pieces));
    while let Some(piece) = pieces_left.next() {
        fed += piece.len();
        let Ok(read) = reader.feed(piece) else { return };
        let Some(head) = read else { continue };
        assert!(head.len <= HEAD_CAP && head.len <= fed);
        let line = head.line();
        assert!(line.len() < 2000 && !line.chars().any(char::is_control));
        match site.judge(&head) {
            Err(refusal) => assert!(!refusal.status.line().is_empty() && site.allow(&head).starts_with("GET")),
            Ok(Asked::Start) => assert_eq!(line, "GET /start"),
            Ok(Asked::Query) => {
                assert_eq!(line, "GET /callback");
                drop(error_of(head.query()));
            }
            Ok(Asked::Form) => {
                assert!(form_post && line == "POST /callback");
                let Ok(mut body) = reader.into_body(&head) else { return };
                for piece in pieces_left {
                    if body.feed(piece).is_err() {
                        return;
                    }
                }
                if let Some(whole) = body.whole() {
                    assert!(whole.len() <= BODY_CAP);
                    drop(form(&head, whole).map(error_of));
                }
            }
        }
        return;
    }
});
