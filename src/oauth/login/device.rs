//! A person agrees on another device (RFC 8628): what the server says to begin with, and how it is asked until they have.

use std::time::Duration;

use serde_json::Value;

use crate::oauth::reply::{self, Asked, Deviation, ResponseError, Success};
use crate::problem::{Class, Problem};
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::{Reply, Url};

/// How long a code is good where nobody says.
const USUAL_LIFETIME: Duration = Duration::from_secs(300);

/// How long is waited between two questions where nobody says (RFC 8628 §3.2), and how much longer each time that this is too
/// short (§3.5).
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// No question comes sooner than this after an answer,
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// and none later, whatever the server says (WSO2 says 5000) but in a `Retry-After`.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// What a person needs to agree, and this device to ask whether they have (RFC 8628 §3.2).
#[derive(Debug)]
pub struct Authorized {
    /// What the token is asked for with.
    pub device_code: Secret,
    /// What the person enters. Foreign text.
    pub user_code: String,
    /// Where: https, or on this machine.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: Option<String>,
    /// How long both codes are good.
    pub expires_in: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

impl Conceal for Authorized {
    fn conceal(&self, redactor: &mut Redactor) {
        redactor.add(&self.device_code);
    }
}

/// Reads the answer of the device authorization endpoint.
///
/// # Errors
/// [`ResponseError`] for every answer without codes and a usable address.
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<(Authorized, Vec<Deviation>), ResponseError> {
    const ONCE: [&str; 7] = [
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "error",
        "expires_in",
        "interval",
    ];
    reply::judge(reply, asked, None, &ONCE, authorized)
}

fn authorized(success: &Success<'_>) -> Result<(Authorized, Vec<Deviation>), String> {
    const SECTION: &str = "RFC 8628 §3.2";
    let (device_code, user_code) = (success.text("device_code")?, success.text("user_code")?);
    let mut deviations = success.bends(200, SECTION);
    let mut bends = |what: String| deviations.push(Deviation { what, section: SECTION });
    let verification_uri = success.text("verification_uri").or_else(|lack| {
        // Google's name for it.
        let other = success.text("verification_url").map_err(|_| lack)?;
        bends("verification_url stands in the place of verification_uri".into());
        Ok::<_, String>(other)
    })?;
    if !is_fit_for_a_browser(&verification_uri) {
        return Err("its verification_uri is neither https nor on this machine".into());
    }
    let complete = success.text("verification_uri_complete").ok();
    let complete = complete.or_else(|| success.text("verification_url_complete").ok());
    let is_fit = complete.as_deref().is_none_or(is_fit_for_a_browser);
    if !is_fit {
        bends("verification_uri_complete is neither https nor on this machine; not shown".into());
    }
    let expires_in = success.lifetime(SECTION, &mut deviations).unwrap_or(USUAL_LIFETIME);
    let interval =
        interval(success.member("interval").as_ref(), success.is_form(), &mut deviations).unwrap_or(USUAL_INTERVAL);
    let authorized = Authorized {
        device_code: Secret::new(device_code),
        user_code,
        verification_uri,
        verification_uri_complete: complete.filter(|_| is_fit),
        expires_in,
        interval,
    };
    Ok((authorized, deviations))
}

/// True for an address that may be shown and opened: https, or plain http that stays on this machine. A fragment is its own.
fn is_fit_for_a_browser(text: &str) -> bool {
    Url::parse(text.split('#').next().unwrap_or(text)).is_ok_and(|url| url.is_protected())
}

/// What an answer, which may be a form, says of how long to wait, if anything.
fn interval(value: Option<&Value>, is_form: bool, deviations: &mut Vec<Deviation>) -> Option<Duration> {
    const SECTION: &str = "RFC 8628 §3.2";
    let mut bends = |section, what| deviations.push(Deviation { what, section });
    let interval = reply::span("interval", value?, 1.0, SECTION, is_form, &mut bends)?;
    if interval > LONGEST_INTERVAL {
        let (named, most) = (interval.as_secs(), LONGEST_INTERVAL.as_secs());
        bends(SECTION, format!("interval is {named} s; no more than {most} s is waited"));
    }
    Some(interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL))
}

/// How the token is asked for until somebody has agreed (RFC 8628 §3.5). All waits count from the last answer.
#[derive(Debug)]
pub struct Polling {
    interval: Duration,
    /// So many questions in a row got no answer.
    lost: u32,
}

/// What an answer without a token means.
#[derive(Debug, PartialEq, Eq)]
pub enum Poll {
    /// Nobody has agreed yet: ask again after this time.
    Again {
        /// From the answer on.
        wait: Duration,
        /// What was tolerated.
        deviations: Vec<Deviation>,
    },
    /// The codes are not good any more.
    Expired,
    /// The person said no, or something else is wrong: asking again would not help.
    Over,
}

impl Polling {
    /// `interval` is what [`Authorized`] says.
    pub fn new(interval: Duration) -> Self {
        Self { interval, lost: 0 }
    }

    /// How long to wait before the next question.
    pub fn wait(&self) -> Duration {
        self.interval.saturating_mul(1 << self.lost.min(6)).min(LONGEST_INTERVAL)
    }

    /// There was no connection, or it was lost before an answer: how long to wait now.
    pub fn lost(&mut self) -> Duration {
        self.lost = self.lost.saturating_add(1);
        self.wait()
    }

    /// What `error`, which is what was made of `reply`, means.
    pub fn judge(&mut self, error: &ResponseError, reply: &Reply) -> Poll {
        const SECTION: &str = "RFC 8628 §3.5";
        let is = |codes: &[&str]| codes.iter().any(|code| error.is(code));
        let (is_unavailable, retry_after, said) = match error {
            ResponseError::Refused { retry_after, oauth, .. } => (false, *retry_after, oauth),
            ResponseError::Unavailable { retry_after, oauth, .. } => (true, *retry_after, oauth),
            _ => return Poll::Over,
        };
        let mut deviations = Vec::new();
        if is(&["slow_down"]) || is_unavailable && error.status() == 429 {
            let named = interval(reply::member(reply, "interval").as_ref(), true, &mut deviations).unwrap_or_default();
            self.interval = named.max(self.interval + USUAL_INTERVAL).min(LONGEST_INTERVAL);
        } else if is(&["access_denied", "authorization_declined"]) {
            return Poll::Over;
        } else if is(&["expired_token", "token_expired"]) {
            return Poll::Expired;
        } else if !is(&["authorization_pending"]) {
            let words = said.description.as_deref().unwrap_or_default().to_ascii_lowercase();
            if !words.replace([' ', '-'], "_").contains("authorization_pending") {
                return Poll::Over;
            }
            let what = "authorization_pending stands in the words of another error".to_owned();
            deviations.push(Deviation { what, section: SECTION });
        }
        self.lost = 0;
        Poll::Again { wait: retry_after.unwrap_or_default().max(self.interval), deviations }
    }
}

/// What is told where nobody agreed in time; `error` is what the server says of it, if it was asked.
pub fn expired(server: &Url, error: Option<&ResponseError>) -> Problem {
    let message = format!("nobody agreed in time: the code of {} has expired", server.without_query());
    let mut problem = Problem::in_words(Class::Login, message).searched();
    if let Some(error) = error {
        problem.details.http_status = Some(error.status());
        if let Some(oauth) = error.oauth() {
            problem = oauth.tell(problem);
        }
    }
    problem.hint("log in again, and enter the code while it is good")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::reply::Lack;
    use crate::oauth::tests::{self as sample, json, judged, told};
    use crate::wire::Reply;

    /// RFC 8628 §3.2
    const USUAL: &str = r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT",
        "verification_uri":"https://example.com/device",
        "verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT","expires_in":1800,"interval":5}"#;

    /// The usual answer with `from` in it replaced.
    fn with(from: &str, to: &str) -> Reply {
        assert!(USUAL.contains(from), "{from}");
        json(200, &USUAL.replace(from, to))
    }

    #[test]
    fn the_example_of_the_standard_is_read() {
        let (authorized, deviations) = judged(&json(200, USUAL), read).unwrap();
        assert_eq!(authorized.device_code.expose(), "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS");
        assert_eq!(authorized.user_code, "WDJB-MJHT");
        assert_eq!(authorized.verification_uri, "https://example.com/device");
        let complete = authorized.verification_uri_complete.as_deref();
        assert_eq!(complete, Some("https://example.com/device?user_code=WDJB-MJHT"));
        assert_eq!((authorized.expires_in.as_secs(), authorized.interval.as_secs()), (1800, 5));
        assert_eq!(told(&deviations), [""; 0]);
        let mut redactor = Redactor::default();
        authorized.conceal(&mut redactor);
        assert_eq!(redactor.redact("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"), "***");
    }

    #[test]
    fn what_servers_bend_is_tolerated_and_told() {
        const COMPLETE: &str = r#""verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT","#;
        let not_shown = "verification_uri_complete is neither https nor on this machine; not shown (RFC 8628 §3.2)";
        let (of_uri, of_time) = ("https://example.com/device", (1800, 5));
        for (reply, uri, complete, times, deviations) in [
            (
                with("verification_uri\":", "verification_url\":"),
                of_uri,
                true,
                of_time,
                &["verification_url stands in the place of verification_uri (RFC 8628 §3.2)"][..],
            ),
            (with(COMPLETE, ""), of_uri, false, of_time, &[]),
            (with("https://example.com/device?", "http://example.com/device?"), of_uri, false, of_time, &[not_shown]),
            (with("https://example.com/device?", "javascript:a?"), of_uri, false, of_time, &[not_shown]),
            (with("https://example.com/device?", "https://a@example.com/?"), of_uri, false, of_time, &[not_shown]),
            (with("https://example.com/device?", "http://127.0.0.1:1/?"), of_uri, true, of_time, &[]),
            (with("com/device\"", "com/#/device\""), "https://example.com/#/device", true, of_time, &[]),
            (with("https://example.com/device\"", "http://localhost/d\""), "http://localhost/d", true, of_time, &[]),
            (with(r#""expires_in":1800,"#, ""), of_uri, true, (300, 5), &["expires_in is missing (RFC 8628 §3.2)"]),
            (with("1800", "null"), of_uri, true, (300, 5), &["expires_in is missing (RFC 8628 §3.2)"]),
            (with("1800", "0"), of_uri, true, (300, 5), &["expires_in is nothing; ignored (RFC 8628 §3.2)"]),
            (
                with("1800", "\"600\""),
                of_uri,
                true,
                (600, 5),
                &["expires_in is a string; read as 600 s (RFC 8628 §3.2)"],
            ),
            (with(r#","interval":5"#, ""), of_uri, true, (1800, 5), &[]),
            (with(r#""interval":5"#, r#""interval":null"#), of_uri, true, (1800, 5), &[]),
            (with(r#""interval":5"#, r#""interval":0"#), of_uri, true, (1800, 1), &[]),
            (with(r#""interval":5"#, r#""interval":60"#), of_uri, true, (1800, 60), &[]),
            (
                with(r#""interval":5"#, r#""interval":5000"#),
                of_uri,
                true,
                (1800, 60),
                &["interval is 5000 s; no more than 60 s is waited (RFC 8628 §3.2)"],
            ),
            (
                with(r#""interval":5"#, r#""interval":"7""#),
                of_uri,
                true,
                (1800, 7),
                &["interval is a string; read as 7 s (RFC 8628 §3.2)"],
            ),
            (
                with(r#""interval":5"#, r#""interval":true"#),
                of_uri,
                true,
                (1800, 5),
                &["interval is a boolean; ignored (RFC 8628 §3.2)"],
            ),
        ] {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            let (authorized, found) = judged(&reply, read).unwrap();
            assert_eq!(authorized.verification_uri, uri, "{body}");
            assert_eq!(authorized.verification_uri_complete.is_some(), complete, "{body}");
            assert_eq!((authorized.expires_in.as_secs(), authorized.interval.as_secs()), times, "{body}");
            assert_eq!(told(&found), deviations, "{body}");
        }
        // GitHub, where it was not asked for JSON.
        let form = "device_code=3584d83530557fdd1f46af8289938c8ef79f9dc5&expires_in=900&interval=6&user_code=WDJB-MJHT\
                    &verification_uri=https%3A%2F%2Fgithub.com%2Flogin%2Fdevice";
        let (authorized, found) = judged(&json(200, form), read).unwrap();
        assert_eq!((authorized.expires_in.as_secs(), authorized.interval.as_secs()), (900, 6));
        assert_eq!(told(&found), ["the body is form-encoded instead of JSON (RFC 8628 §3.2)"]);
    }

    #[test]
    fn an_answer_that_nobody_can_act_on_is_none() {
        let nowhere = "its verification_uri is neither https nor on this machine";
        for (reply, expected) in [
            (with("device_code", "code_of_device"), Some("it has no device_code")),
            (with("\"WDJB-MJHT\"", "\"\""), Some("its user_code is empty")),
            (with("\"WDJB-MJHT\"", "1234"), Some("its user_code is a number, not a string")),
            (with("verification_uri\"", "uri\""), Some("it has no verification_uri")),
            (with("https://example.com/device\"", "http://example.com/device\""), Some(nowhere)),
            (with("https://example.com/device\"", "example.com/device\""), Some(nowhere)),
            (with("https://example.com/device\"", "https://good.example@example.com/\""), Some(nowhere)),
            (with("{", r#"{"user_code":"A","#), Some("'user_code' stands more than once in it (RFC 8259 §4)")),
            (json(400, r#"{"error":"unauthorized_client"}"#), None),
            (json(401, ""), None),
        ] {
            let error = judged(&reply, read).unwrap_err();
            let lack = match &error {
                ResponseError::NotAToken { lack: Lack::Member(why), .. } => Some(why.as_str()),
                ResponseError::Refused { .. } => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(lack, expected);
            assert!(!format!("{error:?}").contains("GmRhmhcxhwAzkoEqiMEg"), "{error:?}");
        }
        let Err(error) = judged(&with("verification_uri\"", "uri\""), read) else { panic!() };
        let of = Some(crate::oauth::Endpoint::DeviceAuthorization);
        assert_eq!(
            error.told_of(&sample::request(), Some(&sample::url("https://h/device?x=1")), of),
            "the answer of https://h/device is not a device authorization response: it has no verification_uri (HTTP 200)"
        );
    }

    /// What an answer to a question means, and what is tolerated in it.
    fn ask(polling: &mut Polling, reply: &Reply) -> Poll {
        let Err(error) =
            judged(reply, |reply, asked| crate::oauth::reply::parse(reply, asked, &sample::request(), None))
        else {
            panic!("a token")
        };
        polling.judge(&error, reply)
    }

    fn error(code: &str) -> Reply {
        json(400, &format!(r#"{{"error":"{code}"}}"#))
    }

    fn later(mut reply: Reply, after: &str) -> Reply {
        reply.headers.push(("retry-after".into(), after.into()));
        reply
    }

    #[test]
    fn each_answer_says_when_to_ask_again_or_that_it_is_over() {
        let words = &["authorization_pending stands in the words of another error (RFC 8628 §3.5)"][..];
        let capped = &["interval is 5000 s; no more than 60 s is waited (RFC 8628 §3.2)"][..];
        let slow = |interval: &str| json(400, &format!(r#"{{"error":"slow_down","interval":{interval}}}"#));
        for (reply, expected) in [
            (error("authorization_pending"), Ok((7, &[][..]))),
            (error("AUTHORIZATION_PENDING"), Ok((7, &[]))),
            (json(428, r#"{"error":"authorization_pending"}"#), Ok((7, &[]))),
            (json(200, r#"{"error":"authorization_pending","interval":30}"#), Ok((7, &[]))),
            (json(500, r#"{"error":"authorization_pending"}"#), Ok((7, &[]))),
            (later(error("authorization_pending"), "90"), Ok((90, &[]))),
            (later(error("authorization_pending"), "1"), Ok((7, &[]))),
            (json(400, r#"{"error":"invalid_grant","error_description":"authorization_pending"}"#), Ok((7, words))),
            (json(400, r#"{"error":"bad","error_description":"Authorization pending."}"#), Ok((7, words))),
            (error("slow_down"), Ok((12, &[]))),
            (json(200, r#"{"error":"slow_down"}"#), Ok((12, &[]))),
            (slow("10"), Ok((12, &[]))),
            (slow("20"), Ok((20, &[]))),
            (slow("5000"), Ok((60, capped))),
            (slow("null"), Ok((12, &[]))),
            (json(429, "Too Many Requests"), Ok((12, &[]))),
            (json(429, r#"{"error":"authorization_pending"}"#), Ok((12, &[]))),
            (later(json(429, ""), "30"), Ok((30, &[]))),
            (later(json(429, ""), "120"), Ok((120, &[]))),
            (error("access_denied"), Err(Poll::Over)),
            (error("authorization_declined"), Err(Poll::Over)),
            (json(403, r#"{"error":"access_denied","error_description":"authorization_pending"}"#), Err(Poll::Over)),
            (error("expired_token"), Err(Poll::Expired)),
            (error("token_expired"), Err(Poll::Expired)),
            (json(200, r#"{"error":"token_expired"}"#), Err(Poll::Expired)),
            (error("invalid_client"), Err(Poll::Over)),
            (error("invalid_grant"), Err(Poll::Over)),
            (error("incorrect_device_code"), Err(Poll::Over)),
            (json(429, r#"{"error":"invalid_client"}"#), Err(Poll::Over)),
            (json(401, ""), Err(Poll::Over)),
            (json(503, ""), Err(Poll::Over)),
            (json(200, "<html>"), Err(Poll::Over)),
            (json(302, ""), Err(Poll::Over)),
        ] {
            let found = match ask(&mut Polling::new(Duration::from_secs(7)), &reply) {
                Poll::Again { wait, deviations } => Ok((wait.as_secs(), told(&deviations))),
                over => Err(over),
            };
            let expected = expected.map(|(wait, told)| (wait, told.iter().map(|told| (*told).to_owned()).collect()));
            assert_eq!(found, expected, "{reply:?} {}", String::from_utf8_lossy(&reply.body));
        }
    }

    #[test]
    fn slower_is_for_good_and_what_is_lost_doubles_the_wait_until_there_is_an_answer() {
        let mut polling = Polling::new(Duration::from_secs(5));
        let again = |poll| match poll {
            Poll::Again { wait, .. } => wait.as_secs(),
            over => panic!("{over:?}"),
        };
        assert_eq!(polling.wait().as_secs(), 5);
        assert_eq!(again(ask(&mut polling, &error("slow_down"))), 10);
        assert_eq!(again(ask(&mut polling, &error("slow_down"))), 15);
        assert_eq!(again(ask(&mut polling, &error("authorization_pending"))), 15);
        assert_eq!([(); 4].map(|()| polling.lost().as_secs()), [30, 60, 60, 60]);
        assert_eq!(again(ask(&mut polling, &error("authorization_pending"))), 15);
        assert_eq!([(); 12].map(|()| again(ask(&mut polling, &error("slow_down"))))[8..], [60; 4]);
        let mut longest = Polling::new(Duration::from_secs(60));
        assert_eq!([(); 40].map(|()| longest.lost().as_secs()), [60; 40]);
    }

    #[test]
    fn what_ends_it_is_told_with_what_to_do() {
        let url = sample::url("https://h/token?x=1");
        let Err(over) =
            judged(&json(400, r#"{"error":"expired_token","error_description":"too late"}"#), |reply, asked| {
                crate::oauth::reply::parse(reply, asked, &sample::request(), None)
            })
        else {
            panic!("a token")
        };
        let problem = expired(&url, Some(&over));
        assert_eq!((problem.class, problem.details.http_status), (Class::Login, Some(400)));
        assert_eq!(problem.message(), "nobody agreed in time: the code of https://h/token has expired");
        assert_eq!(problem.why(), ["expired_token: too late"]);
        assert_eq!(problem.hints, ["log in again, and enter the code while it is good"]);
        assert_eq!((expired(&url, None).why().len(), expired(&url, None).details.oauth.is_none()), (0, true));
    }
}
