//! Answers that somebody kept, pure: a body, what `curl -i` prints, a HAR, or what a run of this program said on stderr, each
//! told by what it is. No field of a head is held against what reads without it, and nothing of the file is trusted.

mod har;
mod heads;
mod told;

use crate::http::TransportError;
use crate::http::saved;
use crate::json::{self, Members};
use crate::oauth::reply;
use crate::problem::Problem;
use crate::wire::{Reply, Url};

pub use told::Told;

/// What is in a file.
pub enum Saved {
    /// An answer.
    Answer(Box<Found>),
    /// What a run said of one.
    Told(Box<Told>),
}

/// An answer that was found.
pub struct Found {
    /// What it was taken for.
    pub taken_for: String,
    /// It, or why no run could have read it.
    pub reply: Result<Reply, TransportError>,
    /// Where the request went, where that stands beside it.
    pub endpoint: Option<Url>,
}

/// Why there is nothing to explain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum Fault {
    #[error("is empty")]
    Empty,
    #[error("is neither text nor an answer")]
    Binary,
    #[error("was taken for a HAR, which cannot be read: {0}")]
    Har(String),
    #[error("was taken for a HAR, in which no request was answered")]
    Unanswered,
    #[error("was taken for what curl -i prints, in which no answer follows the interim one (HTTP {0})")]
    Interim(u16),
}

impl Fault {
    /// What is told of it, where it is about the file that goes by this name.
    pub fn problem(&self, name: &str) -> Problem {
        Problem::usage(
            format!("{name} {self}"),
            "explain takes what curl -i prints, the body of an answer, a HAR, or what --error-format json writes to stderr",
        )
    }
}

/// What is in `bytes`.
///
/// # Errors
/// Nothing that can be explained.
pub fn read(bytes: &[u8]) -> Result<Saved, Fault> {
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if unmarked.is_empty() {
        return Err(Fault::Empty);
    }
    if let Some(last) = heads::last(unmarked) {
        return last.map(|found| Saved::Answer(Box::new(found)));
    }
    if let Ok(text) = str::from_utf8(unmarked) {
        match Members::parse(text) {
            Ok(Some(members)) => {
                if let Some(told) = Told::of(&members) {
                    return Ok(Saved::Told(Box::new(told)));
                }
                if let Some(entries) = har::entries(members) {
                    return har::counted(&entries).map(|found| Saved::Answer(Box::new(found)));
                }
            }
            Err(error) if har::begins(text) => return Err(Fault::Har(error.to_string())),
            Ok(None) | Err(_) => {}
        }
    }
    if let Some(told) = Told::among_lines(&String::from_utf8_lossy(unmarked)) {
        return Ok(Saved::Told(Box::new(told)));
    }
    // A body that is packed is known as that.
    if bytes.contains(&0) && !bytes.starts_with(b"\x1f\x8b") {
        return Err(Fault::Binary);
    }
    Ok(Saved::Answer(Box::new(of_body(bytes))))
}

/// An answer of which the body alone was kept.
fn of_body(body: &[u8]) -> Found {
    // What is JSON was called so, as far as anybody can say now.
    let text = str::from_utf8(body).unwrap_or_default();
    let kind = json::check(text.trim_start_matches('\u{feff}'))
        .map(|()| ("content-type".to_owned(), "application/json".to_owned()));
    let fields: Vec<_> = kind.into_iter().collect();
    let error = saved::of_fields(400, fields.clone(), body);
    let is_error = error.as_ref().is_ok_and(reply::has_error);
    let (reply, why) = match is_error {
        true => (error, "HTTP 400, since it has an error"),
        false => (saved::of_fields(200, fields, body), "HTTP 200, since it has no error"),
    };
    Found { taken_for: format!("the body of an answer, and that for {why}"), reply, endpoint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an answer was taken for, its status and its body.
    #[track_caller]
    fn answer(text: impl AsRef<[u8]>) -> (String, u16, String) {
        match read(text.as_ref()) {
            Ok(Saved::Answer(found)) => {
                let reply = found.reply.unwrap();
                (found.taken_for, reply.status, String::from_utf8(reply.body).unwrap())
            }
            Ok(Saved::Told(told)) => panic!("{}", told.message),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_body_alone_is_an_error_if_it_has_one() {
        for (body, status) in [
            (r#"{"error":"invalid_grant"}"#, 400),
            ("\u{feff}{\"error\":{\"message\":\"no\"}}", 400),
            ("error=invalid_client&error_description=no", 400),
            ("<r><error>x</error></r>", 400),
            (r#"{"error":null,"access_token":"t"}"#, 200),
            (r#"{"error":""}"#, 200),
            (r#"{"access_token":"t"}"#, 200),
            ("<html>nope</html>", 200),
            ("HTTPS is wanted", 200),
            ("{", 200),
            (r#"{"log":{"entries":7}}"#, 200),
            (r#"{"kind":"refused","exit_code":4,"message":"not ours"}"#, 200),
            (r#"{"kind":"other","exit_code":3,"message":"not ours"}"#, 200),
        ] {
            let (taken_for, got, read) = answer(body);
            assert_eq!((got, read.as_str()), (status, body));
            assert!(taken_for.contains("body of an answer"), "{taken_for}");
        }
        let Ok(Saved::Answer(latin_1)) = read(b"{\"error\":\"ung\xfcltig\"}") else { panic!() };
        assert_eq!(latin_1.reply.unwrap().status, 400);
    }

    #[test]
    fn what_holds_no_answer_is_told_as_what_it_was_taken_for() {
        let entry = r#"{"request":{"method":"GET"},"response":{"status":0}}"#;
        let har = format!(r#"{{"log":{{"entries":[{entry}]}}}}"#);
        for (text, fault) in [
            ("", Fault::Empty),
            ("\u{feff} \r\n", Fault::Empty),
            ("a\0b", Fault::Binary),
            ("HTTP/1.1 100 Continue\r\n\r\n", Fault::Interim(100)),
            (r#"{"log":{"entries":[]}}"#, Fault::Unanswered),
            (&har, Fault::Unanswered),
            (r#"{ "log" : {"entries":[{"#, Fault::Har("EOF while parsing an object at line 1 column 23".to_owned())),
        ] {
            let Err(found) = read(text.as_bytes()) else { panic!("{text:?}") };
            assert_eq!(found, fault, "{text:?}");
        }
        let Ok(Saved::Answer(packed)) = read(b"\x1f\x8b\x08\0") else { panic!() };
        assert_eq!(packed.reply.unwrap().body.len(), 4);
    }
}
