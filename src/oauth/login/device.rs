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
    let interval = interval(success.member("interval").as_ref(), &mut deviations).unwrap_or(USUAL_INTERVAL);
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

/// What an answer says of how long to wait, if anything.
fn interval(value: Option<&Value>, deviations: &mut Vec<Deviation>) -> Option<Duration> {
    const SECTION: &str = "RFC 8628 §3.2";
    let mut bends = |section, what| deviations.push(Deviation { what, section });
    let interval = reply::span("interval", value?, 1.0, SECTION, true, &mut bends)?;
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
    /// The person said no, or the code was used already: servers say the same to both.
    Denied,
    /// The codes are not good any more.
    Expired,
    /// Something else is wrong, and asking again would not help.
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
            let named = interval(reply::member(reply, "interval").as_ref(), &mut deviations).unwrap_or_default();
            self.interval = named.max(self.interval + USUAL_INTERVAL).min(LONGEST_INTERVAL);
        } else if is(&["access_denied", "authorization_declined"]) {
            return Poll::Denied;
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

/// What is told where the server says no to who asks with a code: `error` as it is told elsewhere.
pub fn denied(problem: Problem) -> Problem {
    problem.hint("the login was refused, or this code was used already: log in again for a new one")
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
