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
        let server = known.url();
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;
    use crate::growth::check_linear;
    use crate::oauth::Endpoint;
    use crate::oauth::diagnosis::Sent;
    use crate::oauth::tests as sample;

    const ISSUER: &str = "https://honest.as.example";

    fn state() -> Secret {
        Secret::new("af0ifjsldkj")
    }

    fn read_as(text: &str, issuer: Option<&str>, must: bool) -> Result<(String, Vec<String>), CallbackError> {
        let (state, redactor) = (&state(), &Redactor::default());
        let expected = Expected { state, issuer, must_name_issuer: must, redactor };
        read(text, &expected).map(|(code, deviations)| (code.expose().to_owned(), sample::told(&deviations)))
    }

    #[test]
    fn an_answer_is_checked_in_order() {
        use CallbackError as E;
        let other = |found: &str| Err(E::OtherIssuer { found: found.into(), expected: ISSUER.into() });
        let code = |code: &str| Ok((code.to_owned(), Vec::new()));
        let refused = |error: &str, description: Option<&str>, uri: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let oauth =
                OAuthError { error: own(Some(error)), description: own(description), uri: own(uri), ids: vec![] };
            Err(E::Refused { oauth, deviations: vec![] })
        };
        let (bare, known, must) = ((None, false), (Some(ISSUER), false), (Some(ISSUER), true));
        for (text, (issuer, must), expected) in [
            // RFC 9207 §2.1
            (
                "code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=af0ifjsldkj&iss=https%3A%2F%2Fhonest.as.example",
                must,
                code("x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58"),
            ),
            ("iss=https://honest.as.example&state=af0ifjsldkj&code=a", known, code("a")),
            ("code=a&state=af0ifjsldkj", known, code("a")),
            ("code=a&state=af0ifjsldkj&iss=https://evil", bare, code("a")),
            ("code=a%2Bb+c&state=af0ifjsldkj&session_state=x&x=1&x=2&scope=a", bare, code("a+b c")),
            ("code=a&state=af0ifjsldkj&error=", bare, code("a")),
            // The state
            ("code=a", bare, Err(E::Foreign)),
            ("code=a&state=", bare, Err(E::Foreign)),
            ("code=a&state=af0ifjsldkJ", bare, Err(E::Foreign)),
            ("error=access_denied&state=other", bare, Err(E::Foreign)),
            ("", bare, Err(E::Foreign)),
            // The issuer comes first, whatever else is said,
            ("state=af0ifjsldkj&iss=https://evil", known, other("https://evil")),
            ("code=a&state=af0ifjsldkj&iss=https://honest.as.example/", known, other("https://honest.as.example/")),
            ("code=a&state=af0ifjsldkj&iss=HTTPS://honest.as.example", known, other("HTTPS://honest.as.example")),
            ("code=a&state=af0ifjsldkj&iss=", known, other("")),
            ("error=access_denied&state=af0ifjsldkj&iss=https://evil", known, other("https://evil")),
            ("code=a&state=af0ifjsldkj&iss=https://honest.as.example&iss=https://evil", known, other("https://evil")),
            ("code=a&state=af0ifjsldkj", must, Err(E::NoIssuer)),
            ("code=&state=af0ifjsldkj", must, Err(E::NoIssuer)),
            // then an error,
            ("error=access_denied&state=af0ifjsldkj", known, refused("access_denied", None, None)),
            (
                "error=access_denied&error_description=No%0Athanks&error_uri=https%3A%2F%2Fh&code=a&state=af0ifjsldkj",
                bare,
                refused("access_denied", Some("No thanks"), Some("https://h")),
            ),
            ("error=a&state=af0ifjsldkj&state=af0ifjsldkj&iss=x&iss=y", bare, refused("a", None, None)),
            ("error=a&error=a&state=af0ifjsldkj", bare, Err(E::Twice("error"))),
            // then the code.
            ("state=af0ifjsldkj", bare, Err(E::NoCode)),
            ("code=&state=af0ifjsldkj", bare, Err(E::NoCode)),
            ("code&state=af0ifjsldkj", bare, Err(E::NoCode)),
            ("code=a&code=a&state=af0ifjsldkj", bare, Err(E::Twice("code"))),
            ("code=a&code=&state=af0ifjsldkj", bare, Err(E::Twice("code"))),
            ("code=a&state=af0ifjsldkj&state=af0ifjsldkj", bare, Err(E::Twice("state"))),
            ("code=a&state=af0ifjsldkj&state=other", bare, Err(E::Twice("state"))),
            ("code=a&state=af0ifjsldkj&iss=x&iss=x", bare, Err(E::Twice("iss"))),
            (
                "code=a&state=af0ifjsldkj&iss=https://honest.as.example&iss=https://honest.as.example",
                known,
                Err(E::Twice("iss")),
            ),
        ] {
            assert_eq!(read_as(text, issuer, must), expected, "{text}");
        }
    }

    #[test]
    fn an_error_that_names_no_issuer_is_shown_all_the_same() {
        let Err(CallbackError::Refused { oauth, deviations }) =
            read_as("error=a&state=af0ifjsldkj", Some(ISSUER), true)
        else {
            panic!()
        };
        assert_eq!(oauth.error.as_deref(), Some("a"));
        let told = "the answer in the browser does not name its issuer, which metadata promises (RFC 9207 §2.3)";
        assert_eq!(sample::told(&deviations), [told]);
    }

    #[test]
    fn what_is_quoted_has_lost_its_secrets_and_its_length() {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2-hunter2"));
        let long = "x".repeat(590) + "+hunter2-hunter2+" + &"y".repeat(590);
        let state = state();
        let expected = Expected { state: &state, issuer: Some("i"), must_name_issuer: false, redactor: &redactor };
        let text = format!("error=hunter2-hunter2&error_description={long}&state=af0ifjsldkj");
        let Err(error) = read(&text, &expected) else { panic!() };
        let CallbackError::Refused { oauth, .. } = &error else { panic!() };
        assert_eq!(oauth.error.as_deref(), Some("***"));
        let description = oauth.description.as_ref().unwrap();
        assert!(description.chars().count() <= 600 && !description.contains("hunter"), "{description}");
        let text = "iss=hunter2-hunter2&code=c0de-c0de&state=af0ifjsldkj";
        assert!(matches!(read(text, &expected), Err(CallbackError::OtherIssuer { found, .. }) if found == "***"));
    }

    #[test]
    fn each_error_has_its_class_its_words_and_what_to_do() {
        let request = sample::login();
        let known = Circumstances {
            request: &request,
            endpoint: Some(&sample::url("https://idp.example/authorize?tenant=t")),
            of: Some(Endpoint::Authorization),
            metadata: None,
            now: SystemTime::UNIX_EPOCH,
            server_clock: None,
            sent: Sent::default(),
        };
        for (text, class, message) in [
            ("state=x", Class::BadResponse, "this is not the login that is waiting: its state is another"),
            (
                "state=af0ifjsldkj&iss=https://evil.example",
                Class::BadResponse,
                "the answer in the browser is of another issuer: 'https://evil.example' instead of 'https://honest.as.example' (RFC 9207 §2.4)",
            ),
            (
                "state=af0ifjsldkj&code=a",
                Class::BadResponse,
                "the answer in the browser does not name its issuer, which the server's metadata promises (RFC 9207 §2.3)",
            ),
            (
                "state=af0ifjsldkj&error=access_denied",
                Class::Refused,
                "https://idp.example/authorize refused client 'app'",
            ),
            (
                "state=af0ifjsldkj&code=a&code=b&iss=https://honest.as.example",
                Class::BadResponse,
                "the answer in the browser has 'code' more than once (RFC 6749 §3.1)",
            ),
            (
                "state=af0ifjsldkj&iss=https://honest.as.example",
                Class::BadResponse,
                "the answer in the browser has no code (RFC 6749 §4.1.2)",
            ),
        ] {
            let problem = read_as(text, Some(ISSUER), true).unwrap_err().problem(&known);
            assert_eq!((problem.class, problem.message().as_str()), (class, message));
            assert!(!problem.hints.is_empty() && problem.is_searched, "{text}");
            assert_eq!(problem.details.oauth.is_some(), class == Class::Refused);
        }
    }

    #[test]
    fn ours_is_what_has_our_state() {
        for (text, expected) in [
            ("state=af0ifjsldkj", true),
            ("a=b&state=%61f0ifjsldkj&code=c", true),
            ("state=af0ifjsldkj&state=af0ifjsldkj", true),
            ("state=af0ifjsldk", false),
            ("State=af0ifjsldkj", false),
            ("state=", false),
            ("", false),
        ] {
            assert_eq!(is_ours(text, &state()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_pasted_is_an_address_its_query_or_a_form() {
        let sent = "http://127.0.0.1:5000/callback";
        let redirect = Redirect::parse("http://127.0.0.1/callback").unwrap();
        let elsewhere = || Err(Unpasted::Elsewhere(sent.to_owned()));
        let answer = |text: &str| Ok(Pasted::Answer(text.to_owned()));
        for (text, expected) in [
            ("http://127.0.0.1:5000/callback?code=a&state=b", answer("code=a&state=b")),
            ("  'http://127.0.0.1:5000/callback?code=a&state=b' \r\n", answer("code=a&state=b")),
            ("<http://127.0.0.1:5000/callback?state=b&error=x>", answer("state=b&error=x")),
            ("HTTP://127.0.0.1:5000/callback?code=a#_=_", answer("code=a")),
            ("127.0.0.1:5000/callback?code=a", answer("code=a")),
            ("?code=a&state=b", answer("code=a&state=b")),
            ("state=b&code=4/0a:b?c", answer("state=b&code=4/0a:b?c")),
            ("code=a&state=b&iss=https%3A%2F%2Fh", answer("code=a&state=b&iss=https%3A%2F%2Fh")),
            ("code=a&iss=https://h/?x", answer("code=a&iss=https://h/?x")),
            ("", Err(Unpasted::Nothing)),
            ("  \"\" ", Err(Unpasted::Nothing)),
            ("http://127.0.0.1:5001/callback?code=a", elsewhere()),
            ("https://127.0.0.1:5000/callback?code=a", elsewhere()),
            ("http://localhost:5000/callback?code=a", elsewhere()),
            ("http://127.0.0.1:5000/Callback?code=a", elsewhere()),
            ("https://idp.example/authorize?response_type=code&state=b", elsewhere()),
            ("https://idp.example/login", elsewhere()),
            ("http://127.0.0.1:5000/callback", Err(Unpasted::NoAnswer)),
            ("http://127.0.0.1:5000/callback?state=b", Err(Unpasted::NoAnswer)),
            ("state=b", Err(Unpasted::NoAnswer)),
            ("http://127.0.0.1:5000/callback#code=a&state=b", Err(Unpasted::Fragment)),
            ("SplxlOBeZQQYbYS6WxSbIA", Err(Unpasted::CodeAlone)),
            ("4/0AX4XfWh", Err(Unpasted::CodeAlone)),
        ] {
            assert_eq!(pasted(text, &redirect, sent), expected, "{text}");
        }
        for (redirect, text, is_there) in [
            ("https://app.example", "https://app.example/?code=a", true),
            ("https://app.example:443/cb", "https://APP.example/cb?code=a", true),
            ("https://app.example/cb?a=b", "https://app.example/cb?a=b&code=a", true),
            ("https://app.example/a=b/cb", "https://app.example/a=b/cb?code=a", true),
            ("com.example.app:/cb", "com.example.app:/cb?code=a", true),
            ("com.example.app:/cb", "com.example.other:/cb?code=a", false),
            ("http://localhost:80/cb", "http://localhost/cb?code=a", true),
            ("http://localhost:80/cb", "localhost/cb?code=a", true),
            ("http://localhost:80/cb", "http://localhost:443/cb?code=a", false),
        ] {
            let redirect = Redirect::parse(redirect).unwrap();
            assert_eq!(pasted(text, &redirect, redirect.as_str()).is_ok(), is_there, "{text}");
        }
    }

    #[test]
    fn a_code_alone_is_for_who_copies_it() {
        let redirect = Redirect::parse("urn:ietf:wg:oauth:2.0:oob").unwrap();
        let code = |text: &str| Ok(Pasted::Code(Secret::new(text)));
        for (text, expected) in [
            ("4/0AX4XfWh-a_b==", code("4/0AX4XfWh-a_b==")),
            (" 'a:b' ", code("a:b")),
            ("code=a&state=b", Ok(Pasted::Answer("code=a&state=b".into()))),
            ("https://idp.example/approved?code=a&state=b", Ok(Pasted::Answer("code=a&state=b".into()))),
            ("https://idp.example/approved", Err(Unpasted::NoAnswer)),
            ("copy this code", Err(Unpasted::NoAnswer)),
        ] {
            assert_eq!(pasted(text, &redirect, redirect.as_str()), expected, "{text}");
        }
    }

    #[test]
    fn what_came_is_shown_without_what_is_secret_in_it() {
        for (text, expected) in [
            (
                "code=a%2Fb&state=c&session_state=d&iss=https%3A%2F%2Fh",
                "code=***&state=***&session_state=d&iss=https%3A%2F%2Fh",
            ),
            ("/callback?%63ode=a&state=&x&=y", "/callback?%63ode=***&state=&x&=y"),
            (
                "http://127.0.0.1:1/cb?error=access_denied&state=b",
                "http://127.0.0.1:1/cb?error=access_denied&state=***",
            ),
            ("id_token=a&nonce=b&access_token=c", "id_token=***&nonce=***&access_token=***"),
            ("", ""),
        ] {
            assert_eq!(traced(text), expected);
        }
    }

    #[test]
    fn the_work_grows_with_the_text_and_no_faster() {
        let redirect = Redirect::default();
        for piece in ["&", "code=a&", "state=b&", "%", "error_description=a&", "?", "#", ":", "=", "+"] {
            check_linear(
                4000,
                |count| format!("state=af0ifjsldkj&{}", piece.repeat(count)),
                |text| {
                    let _ = std::hint::black_box(read_as(text, Some(ISSUER), true).is_ok());
                    let _ = std::hint::black_box(pasted(text, &redirect, "http://127.0.0.1:1/callback").is_ok());
                    std::hint::black_box(traced(text).len());
                },
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_a_code_is_ours_and_the_only_one(text in "(code|state|iss|error|x|%|=|&|\\?|#|af0ifjsldkj|https://honest.as.example|\\PC){0,40}") {
            let _ = pasted(&text, &Redirect::default(), "http://127.0.0.1:1/callback");
            let _ = traced(&text);
            if let Ok((code, _)) = read_as(&text, Some(ISSUER), true) {
                let of = |name: &'static str| values(&text, name).collect::<Vec<_>>();
                prop_assert_eq!(of("code"), [code.as_str()]);
                prop_assert_eq!(of("state"), ["af0ifjsldkj"]);
                prop_assert_eq!(of("iss"), [ISSUER]);
                prop_assert!(!code.is_empty() && of("error").iter().all(|error| error.is_empty()));
            }
        }

        #[test]
        fn no_code_and_no_state_is_shown(code in "[a-z0-9]{12,40}", state in "[a-z0-9]{12,40}", at in 0_usize..3) {
            let mut pairs = ["x=1".to_owned(), format!("code={code}"), format!("state={state}")];
            pairs.rotate_left(at);
            let shown = traced(&pairs.join("&"));
            prop_assert!(!shown.contains(&code) && !shown.contains(&state), "{}", shown);
        }
    }
}
