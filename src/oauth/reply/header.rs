//! What an answer's headers say: where a redirect leads, how long to wait, what time it is.

use std::time::{Duration, SystemTime};

use super::error::SHOWN;
use crate::text::capped;
use crate::wire::{Reply, Url};

/// How long the server asks to wait (RFC 9110 §10.2.3): seconds or a date; a date in the past is now, nonsense is `None`.
pub fn retry_after(reply: &Reply, now: SystemTime) -> Option<Duration> {
    let value = reply.header("retry-after")?.trim();
    if let Ok(date) = httpdate::parse_http_date(value) {
        // The server's own clock, where it tells it, is the one its date is meant by.
        let now = date_of(reply).unwrap_or(now);
        return Some(date.duration_since(now).unwrap_or(Duration::ZERO));
    }
    let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let seconds: f64 = value.parse().ok().filter(|_| plain)?;
    Some(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX))
}

/// The server's clock, by its Date header.
pub fn date_of(reply: &Reply) -> Option<SystemTime> {
    httpdate::parse_http_date(reply.header("date")?).ok()
}

/// A redirect's target as an absolute text (RFC 3986 §5.2 for what servers send), without its fragment.
fn absolute(endpoint: &Url, target: &str) -> String {
    let target = target.split('#').next().unwrap_or(target).trim();
    let scheme = if endpoint.is_https() { "https" } else { "http" };
    if target.contains("://") {
        target.to_owned()
    } else if let Some(rest) = target.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if target.starts_with('/') {
        format!("{scheme}://{}{target}", endpoint.authority())
    } else {
        let base = endpoint.without_query();
        let folder = base.rfind('/').filter(|slash| *slash > "https://".len()).map_or(base, |slash| &base[..slash]);
        format!("{folder}/{target}")
    }
}

/// The target without query and userinfo: neither belongs into a message.
pub(super) fn absolute_without_query(endpoint: &Url, target: &str) -> String {
    let absolute = absolute(endpoint, target.split('?').next().unwrap_or(target));
    let cleaned = match absolute.split_once("://") {
        Some((scheme, rest)) => {
            let authority_end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..authority_end].rsplit('@').next().unwrap_or("");
            format!("{scheme}://{host}{}", &rest[authority_end..])
        }
        None => absolute,
    };
    capped(&cleaned, SHOWN)
}

/// Where a redirect leads, if to a URL that may be asked at all.
pub fn redirect_target(from: &Url, reply: &Reply) -> Option<Url> {
    Url::parse(&absolute(from, reply.header("location")?)).ok().filter(Url::is_protected)
}

#[cfg(test)]
mod tests {
    use super::super::ResponseError;
    use super::super::tests::{json, read, started};
    use super::*;

    #[test]
    fn a_redirect_shows_an_absolute_target_without_its_query() {
        for (location, expected) in [
            ("https://user:pw@other.example/t?code=1#x", "https://other.example/t"),
            ("/oauth/token/?a=b", "https://idp.example/oauth/token/"),
            ("token/", "https://idp.example/oauth/token/"),
            ("//other.example/t", "https://other.example/t"),
        ] {
            let mut answer = json(301, "");
            answer.headers.push(("location".into(), location.into()));
            let Err(ResponseError::Redirect { location: Some(shown), .. }) = read(&answer) else {
                panic!("{location}")
            };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let date = httpdate::fmt_http_date(started() + Duration::from_secs(90));
        let past = httpdate::fmt_http_date(started() - Duration::from_secs(90));
        for (value, expected) in [
            ("7", Some(Duration::from_secs(7))),
            ("1.5", Some(Duration::from_secs(2))),
            (date.as_str(), Some(Duration::from_secs(90))),
            (past.as_str(), Some(Duration::ZERO)),
            ("1000000000000000000", Some(Duration::from_secs(1_000_000_000_000_000_000))),
            ("99999999999999999999999", Some(Duration::MAX)),
            ("-5", None),
            ("soon", None),
            ("NaN", None),
            ("", None),
        ] {
            let mut answer = json(429, "");
            answer.headers.push(("retry-after".into(), value.into()));
            assert_eq!(retry_after(&answer, started()), expected, "{value}");
        }
    }
}
