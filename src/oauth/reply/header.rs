//! What an answer's headers say: where a redirect leads, how long to wait, what time it is.

use std::time::{Duration, SystemTime};

use super::error::SHOWN;
use crate::json::Members;
use crate::oauth::challenge::{Challenge, challenges};
use crate::oauth::dpop;
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

/// The nonce that a server wants to see in the next proof (RFC 9449 §8), if that is one.
pub fn nonce_of(headers: &[(String, String)]) -> Option<&str> {
    let (_, nonce) = headers.iter().find(|(name, _)| name == "dpop-nonce")?;
    Some(nonce.trim()).filter(|nonce| dpop::is_nonce(nonce))
}

/// True for an API's answer, whose body begins with `body`, that is no refusal but wants a nonce (RFC 9449 §9).
pub fn wants_nonce(headers: &[(String, String)], body: &[u8]) -> bool {
    let is_said = || {
        let members = std::str::from_utf8(body).ok().and_then(|text| Members::parse(text).ok().flatten());
        members.is_some_and(|members| members.string("error").as_deref() == Some(dpop::USE_NONCE))
    };
    challenges(headers).iter().any(Challenge::wants_nonce) || is_said()
}

/// The server's clock, by its Date header.
pub fn date_of(reply: &Reply) -> Option<SystemTime> {
    httpdate::parse_http_date(reply.header("date")?).ok()
}

/// For how long an answer may be used again, by its Cache-Control (RFC 9111 §5.2.2) alone, less its Age (§5.1). `None` where it
/// says nothing of that; zero where it may not be used again, or not without asking, or says so in a way that cannot be read.
pub fn fresh_for(reply: &Reply) -> Option<Duration> {
    let values = reply.headers.iter().filter(|(name, _)| name == "cache-control").map(|(_, value)| value);
    let mut lifetime: Option<Duration> = None;
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let said = match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Duration::ZERO,
            // Whoever means more than a number can hold means for ever (§1.2.2).
            "max-age" => match value.trim().trim_matches('"') {
                digits if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) => Duration::ZERO,
                digits => Duration::from_secs(digits.parse().unwrap_or(u64::MAX)),
            },
            _ => continue,
        };
        lifetime = Some(lifetime.map_or(said, |other| other.min(said)));
    }
    let age = reply.header("age").and_then(|age| age.trim().parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
    lifetime.map(|lifetime| lifetime.saturating_sub(age))
}

/// A redirect's target as an absolute text (RFC 3986 §5.2 for what servers send), without its fragment.
fn absolute(endpoint: &Url, target: &str) -> String {
    let target = target.split('#').next().unwrap_or(target).trim();
    let scheme = if endpoint.is_https() { "https" } else { "http" };
    // The first segment of a relative reference holds no colon (RFC 3986 §4.2).
    if target.split(['/', '?']).next().is_some_and(|first| first.contains(':')) {
        target.to_owned()
    } else if let Some(rest) = target.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if target.starts_with('/') {
        format!("{scheme}://{}{target}", endpoint.authority())
    } else if target.is_empty() || target.starts_with('?') {
        format!("{}{target}", endpoint.without_query())
    } else {
        let base = endpoint.without_query();
        let folder = base.rfind('/').filter(|slash| *slash > "https://".len()).map_or(base, |slash| &base[..slash]);
        format!("{folder}/{target}")
    }
}

/// The target without query and userinfo: neither belongs into a message.
pub(super) fn absolute_without_query(endpoint: Option<&Url>, target: &str) -> String {
    let path = target.split('?').next().unwrap_or(target);
    let absolute = endpoint.map_or_else(|| path.to_owned(), |endpoint| absolute(endpoint, path));
    let cleaned = match absolute.split_once("://") {
        Some((scheme, rest)) => {
            let authority_end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..authority_end].rsplit('@').next().unwrap_or("");
            format!("{scheme}://{host}{}", &rest[authority_end..])
        }
        // Relative to what is not known.
        None if endpoint.is_none() => path.split('#').next().unwrap_or(path).trim().to_owned(),
        None => format!("{}:…", absolute.split(':').next().unwrap_or_default()),
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
            ("/login?next=https://other.example/", "https://idp.example/login"),
            ("?a=b", "https://idp.example/oauth/token"),
            ("mailto:user@other.example", "mailto:…"),
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
    fn an_answer_may_be_used_again_for_as_long_as_it_says() {
        for (headers, expected) in [
            (&[][..], None),
            (&[("cache-control", "public, must-revalidate")], None),
            (&[("age", "50")], None),
            (&[("cache-control", "public, Max-Age=86400")], Some(86_400)),
            (&[("cache-control", "max-age=\"60\", s-maxage=7")], Some(60)),
            (&[("cache-control", "max-age=60"), ("age", "50")], Some(10)),
            (&[("cache-control", "max-age=60"), ("age", "70")], Some(0)),
            (&[("cache-control", "max-age=60"), ("age", "soon")], Some(60)),
            (&[("cache-control", "max-age=60"), ("cache-control", "max-age=30")], Some(30)),
            (&[("cache-control", "max-age=60, no-store")], Some(0)),
            (&[("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "max-age=-1")], Some(0)),
            (&[("cache-control", "max-age")], Some(0)),
            (&[("cache-control", "max-age=99999999999999999999999")], Some(u64::MAX)),
        ] {
            let mut answer = json(200, "");
            answer.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            assert_eq!(fresh_for(&answer), expected.map(Duration::from_secs), "{headers:?}");
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
