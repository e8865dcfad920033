//! What a browser comes back with (RFC 6749 §4.1.2, RFC 9207), whether it was listened for or a person pasted it.

use std::borrow::Cow;

use super::Redirect;
use crate::crypto;
use crate::oauth::diagnosis::{self, Circumstances};
use crate::oauth::reply::{Deviation, OAuthError, fit_to_tell};
use crate::problem::{Class, Problem};
use crate::secret::names::is_sensitive_name;
use crate::secret::{MASK, Redactor, Secret};

/// What an answer is held against.
pub struct Expected<'a> {
    /// What was sent as `state`.
    pub state: &'a Secret,
    /// The issuer, where that is known.
    pub issuer: Option<&'a str>,
    /// Its metadata promises that each answer names it (RFC 9207 §3).
    pub must_name_issuer: bool,
    /// What is quoted of an answer loses these secrets.
    pub redactor: &'a Redactor,
}

/// Why an answer gives no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// It belongs to no login of ours.
    #[error("this is not the login that is waiting: its state is another")]
    Foreign,
    /// It comes from another server, or was led astray (RFC 9207 §2.4).
    #[error("the answer in the browser is of another issuer: '{found}' instead of '{expected}' (RFC 9207 §2.4)")]
    OtherIssuer {
        /// Whom it names.
        found: String,
        /// Who was asked.
        expected: String,
    },
    /// It may come from another server: it names none, against what the server's metadata promises.
    #[error("the answer in the browser does not name its issuer, which the server's metadata promises (RFC 9207 §2.3)")]
    NoIssuer,
    /// The server, or the person, said no (RFC 6749 §4.1.2.1).
    #[error("the server refused the login")]
    Refused {
        /// What it said.
        oauth: OAuthError,
        /// What was tolerated.
        deviations: Vec<Deviation>,
    },
    /// Nobody can say which of them is meant (RFC 6749 §3.1).
    #[error("the answer in the browser has '{0}' more than once (RFC 6749 §3.1)")]
    Twice(&'static str),
    /// There is nothing to trade.
    #[error("the answer in the browser has no code (RFC 6749 §4.1.2)")]
    NoCode,
}

impl CallbackError {
    /// What is told of it; `known` is what was asked of the authorization endpoint.
    pub fn problem(&self, known: &Circumstances<'_>) -> Problem {
        let class = if matches!(self, Self::Refused { .. }) { Class::Refused } else { Class::BadResponse };
        let server = known.endpoint.without_query();
        let message = match self {
            Self::Refused { .. } => format!("{server} refused {}", known.who()),
            _ => self.to_string(),
        };
        let mut problem = Problem::in_words(class, message).searched();
        problem.hints = match self {
            Self::Foreign => vec!["end this login, and begin it again with the address that is told then".to_owned()],
            Self::OtherIssuer { found, .. } => vec![format!(
                "the code was sent nowhere; if {found} is the server you mean, it is the issuer to write, else somebody may have mixed up two servers"
            )],
            Self::NoIssuer => vec![format!(
                "the code was sent nowhere: the answer may be of another server than {server}, or a proxy cut it short"
            )],
            Self::Refused { oauth, .. } => {
                problem = oauth.tell(problem);
                let points = oauth.uri.iter().map(|uri| format!("the server points to {uri}"));
                diagnosis::of_login(oauth, known).into_iter().chain(points).collect()
            }
            Self::Twice(_) | Self::NoCode => vec![format!("log in again; -v shows what {server} sent")],
        };
        problem
    }
}

/// The parameters of a query or a form body.
fn values<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
    form_urlencoded::parse(text.as_bytes()).filter(move |(own, _)| own == name).map(|(_, value)| value)
}

/// True for a query or a form body with our state in it. What else it says counts when it is [`read`].
pub fn is_ours(text: &str, state: &Secret) -> bool {
    // Digests are compared: how long that takes tells nothing of the state.
    let ours = crypto::sha256(state.expose().as_bytes());
    values(text, "state").any(|state| crypto::sha256(state.as_bytes()) == ours)
}

/// The code in a query or a form body, which is checked in the order that the errors have.
///
/// # Errors
/// [`CallbackError`]
pub fn read(text: &str, expected: &Expected<'_>) -> Result<(Secret, Vec<Deviation>), CallbackError> {
    if !is_ours(text, expected.state) {
        return Err(CallbackError::Foreign);
    }
    let one = |name: &'static str| {
        let mut values = values(text, name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(CallbackError::Twice(name)),
            (value, None) => Ok(value),
        }
    };
    if let Some(issuer) = expected.issuer
        && let Some(found) = values(text, "iss").find(|found| found != issuer)
    {
        return Err(CallbackError::OtherIssuer {
            found: fit_to_tell(&found, expected.redactor),
            expected: issuer.to_owned(),
        });
    }
    let is_nameless = expected.must_name_issuer && values(text, "iss").next().is_none();
    let no_issuer = || Deviation {
        what: "the answer in the browser does not name its issuer, which metadata promises".into(),
        section: "RFC 9207 §2.3",
    };
    // What is empty counts as left out (RFC 6749 §3.1).
    let error = one("error")?.filter(|error| !error.is_empty());
    if let Some(error) = error {
        let said =
            |name| values(text, name).find(|value| !value.is_empty()).map(|text| fit_to_tell(&text, expected.redactor));
        let oauth = OAuthError {
            error: Some(fit_to_tell(&error, expected.redactor)),
            description: said("error_description"),
            uri: said("error_uri"),
            ids: Vec::new(),
        };
        let deviations = is_nameless.then(no_issuer).into_iter().collect();
        return Err(CallbackError::Refused { oauth, deviations });
    }
    if is_nameless {
        return Err(CallbackError::NoIssuer);
    }
    let code = one("code")?.filter(|code| !code.is_empty()).ok_or(CallbackError::NoCode)?;
    one("state")?;
    one("iss")?;
    Ok((Secret::new(code), Vec::new()))
}

/// What a person pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pasted {
    /// A query or a form body, which is to be [`read`].
    Answer(String),
    /// A code that was shown to be copied, and nothing else.
    Code(Secret),
}

/// Why what was pasted is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpasted {
    /// There is nothing.
    #[error("nothing was pasted")]
    Nothing,
    /// It is an address where no browser of this login ends.
    #[error("the address is not that where the browser ends, which begins with {0}")]
    Elsewhere(String),
    /// It stops before what matters.
    #[error("it holds no answer: the whole address is needed, with all that stands behind its '?'")]
    NoAnswer,
    /// A browser keeps that to itself, and servers put there what is not meant for us.
    #[error("its answer stands behind a '#', and not behind a '?' where it belongs (RFC 6749 §4.1.2)")]
    Fragment,
    /// A code without the rest.
    #[error("a code alone does not tell which login it belongs to: the whole address is needed")]
    CodeAlone,
}

/// Reads what a person pasted: the whole address where the browser ended, its query, or the form body; a bare code where
/// `redirect` says that one is copied by hand. `redirect_uri` is it as it was sent, with its port.
///
/// # Errors
/// [`Unpasted`]
pub fn pasted(text: &str, redirect: &Redirect, redirect_uri: &str) -> Result<Pasted, Unpasted> {
    // Shells and chats put these around an address.
    let text = text.trim().trim_matches(['\'', '"', '<', '>']).trim();
    if text.is_empty() {
        return Err(Unpasted::Nothing);
    }
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let has_answer = |text: &str| ["code", "error"].iter().any(|name| values(text, name).next().is_some());
    let first = text.split(['=', '&', '?']).next().unwrap_or_default();
    let (address, answer) = match text.split_once('?') {
        // What has a colon in front of all else, or nothing that a form has in front of its query, is an address.
        Some((address, query)) if first.contains(':') || first == address => (address, query),
        None if first.contains(':') || first == text => (text, ""),
        _ => ("", text),
    };
    if redirect.is_out_of_band() && !has_answer(answer) && !text.contains("://") && !text.contains(char::is_whitespace)
    {
        return Ok(Pasted::Code(Secret::new(text)));
    }
    if !address.is_empty() && !redirect.is_out_of_band() && !leads_to(address, redirect_uri) {
        let is_address = address.contains([':', '.']);
        let beginning = redirect_uri.split('?').next().unwrap_or(redirect_uri).to_owned();
        return Err(if is_address { Unpasted::Elsewhere(beginning) } else { Unpasted::CodeAlone });
    }
    match has_answer(answer) {
        true => Ok(Pasted::Answer(answer.to_owned())),
        false if has_answer(fragment) => Err(Unpasted::Fragment),
        false => Err(Unpasted::NoAnswer),
    }
}

/// True for an address, without its query, that is `redirect_uri` as browsers write it: small letters in front, no port that
/// goes without saying, a path, perhaps no scheme.
fn leads_to(address: &str, redirect_uri: &str) -> bool {
    let plain = |text: &str| {
        let text = text.split('?').next().unwrap_or(text);
        let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(usual).unwrap_or(&authority);
        format!("{scheme}://{authority}{}", if path.is_empty() { "/" } else { path })
    };
    let ours = plain(redirect_uri);
    let scheme = ours.split_once("://").map_or("", |(scheme, _)| scheme);
    plain(address) == ours || plain(&format!("{scheme}://{address}")) == ours
}

/// A query or a form body, or an address with one, to look at: secrets in it are hidden by their names, `state` among them.
pub fn traced(text: &str) -> String {
    let (before, pairs) = match text.split_once('?') {
        Some((before, query)) => (format!("{before}?"), query),
        None => (String::new(), text),
    };
    let masked = pairs.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name).unwrap_or_default();
        let is_secret = matches!(&*plain, "state" | "nonce") || is_sensitive_name(&plain);
        if is_secret && !value.is_empty() { format!("{name}={MASK}") } else { pair.to_owned() }
    });
    before + &masked.collect::<Vec<_>>().join("&")
}
