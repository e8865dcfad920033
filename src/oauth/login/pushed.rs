//! The answer to an authorization request that was pushed (RFC 9126 §2.2).

use std::time::Duration;

use crate::oauth::reply::{self, Asked, Deviation, ResponseError, Success};
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::Reply;

/// What stands for the request from now on.
#[derive(Debug)]
pub struct Pushed {
    /// Goes to the authorization endpoint in its place, once.
    pub request_uri: Secret,
    /// How long it is good.
    pub expires_in: Option<Duration>,
}

impl Conceal for Pushed {
    fn conceal(&self, redactor: &mut Redactor) {
        redactor.add(&self.request_uri);
    }
}

/// Reads the answer.
///
/// # Errors
/// [`ResponseError`] for every answer without a usable `request_uri`.
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<(Pushed, Vec<Deviation>), ResponseError> {
    reply::judge(reply, asked, None, &["request_uri", "error", "expires_in"], pushed)
}

fn pushed(success: &Success<'_>) -> Result<(Pushed, Vec<Deviation>), String> {
    const SECTION: &str = "RFC 9126 §2.2";
    let request_uri = Secret::new(success.text("request_uri")?);
    let mut deviations = success.bends(201, SECTION);
    let expires_in = success.lifetime(SECTION, &mut deviations);
    Ok((Pushed { request_uri, expires_in }, deviations))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::reply::Lack;
    use crate::oauth::tests::{json, judged, told};

    #[test]
    fn what_stands_for_the_request_is_read_with_its_time() {
        let expires = |value: &str| {
            format!(r#"{{"request_uri":"urn:example:bwc4JK-ESC0w8acc191e-Y1LTC2","expires_in":{value}}}"#)
        };
        for (status, body, seconds, deviations) in [
            // RFC 9126 §2.2
            (201, expires("60"), Some(60), &[][..]),
            (200, expires("90"), Some(90), &["the status is 200 instead of 201 (RFC 9126 §2.2)"]),
            (201, expires("\"5\""), Some(5), &["expires_in is a string; read as 5 s (RFC 9126 §2.2)"]),
            (201, expires("0"), None, &["expires_in is nothing; ignored (RFC 9126 §2.2)"]),
            (201, expires("null"), None, &["expires_in is missing (RFC 9126 §2.2)"]),
            (
                201,
                expires("1700003600"),
                None,
                &["expires_in is beyond ten years, as a date would be; ignored (RFC 9126 §2.2)"],
            ),
        ] {
            let (pushed, found) = judged(&json(status, &body), read).unwrap();
            assert_eq!(pushed.request_uri.expose(), "urn:example:bwc4JK-ESC0w8acc191e-Y1LTC2");
            assert_eq!(
                (pushed.expires_in.map(|span| span.as_secs()), told(&found)),
                (seconds, deviations.iter().map(|s| (*s).to_owned()).collect()),
                "{body}"
            );
        }
    }

    #[test]
    fn an_answer_without_it_is_judged_as_every_other() {
        for (status, body, class) in [
            (201, "{}", Some("it has no request_uri")),
            (201, r#"{"request_uri":""}"#, Some("its request_uri is empty")),
            (201, r#"{"request_uri":1}"#, Some("its request_uri is a number, not a string")),
            (
                201,
                r#"{"request_uri":"a","request_uri":"b"}"#,
                Some("'request_uri' stands more than once in it (RFC 8259 §4)"),
            ),
            (400, r#"{"error":"invalid_request"}"#, None),
            (401, "", None),
            (413, r#"{"error":"invalid_request"}"#, None),
        ] {
            let error = judged(&json(status, body), read).unwrap_err();
            let lack = match &error {
                ResponseError::NotAToken { lack: Lack::Member(why), .. } => Some(why.as_str()),
                ResponseError::Refused { .. } => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(lack, class, "{body}");
        }
        assert!(matches!(judged(&json(429, ""), read), Err(ResponseError::Unavailable { .. })));
    }
}
