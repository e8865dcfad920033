//! GitHub Actions: a job asks for a token with the URL and the credential that its variables hold.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::home::Lookup;
use crate::json::Members;
use crate::oauth::jwt;
use crate::oauth::reply::is_unavailable;
use crate::oauth::request::USER_AGENT;
use crate::problem::{Class, Problem};
use crate::secret::Secret;
use crate::secret::source::JOB_CREDENTIAL;
use crate::wire::{Call, Header, Reply, Url, UrlError};

/// The variable that says where a job asks.
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// The variable with the credential that it asks with.
pub const TOKEN: &str = JOB_CREDENTIAL;

/// What a job must be given.
const PERMISSION: &str =
    "give the job 'permissions: id-token: write'; a pull request from a fork gets no such token whatever it says";

/// All but what stands for itself in a query (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why there is no identity token. Nothing of an answer is in it: whatever that holds may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum IdentityError {
    #[error("{0} is not set: this is no job of GitHub Actions that may ask for its identity token")]
    Unset(&'static str),
    #[error("{URL} cannot be used: {0}")]
    Url(UrlError),
    #[error("{URL} cannot be used: it is plain http to another machine")]
    PlainHttp,
    #[error("{TOKEN} cannot be used: it holds a character that no token has")]
    Credential,
    #[error("GitHub gives no identity tokens now (HTTP {0})")]
    Unavailable(u16),
    #[error("GitHub refuses the job its identity token (HTTP {0})")]
    Refused(u16),
    #[error("GitHub gave no identity token: {what} (HTTP {status})")]
    Answer { what: &'static str, status: u16 },
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let class = match error {
            IdentityError::Unavailable(_) => Class::Unavailable,
            _ => Class::Usage,
        };
        let hint = match error {
            IdentityError::Unset(_) | IdentityError::Refused(_) => PERMISSION,
            IdentityError::Url(_) | IdentityError::PlainHttp | IdentityError::Credential => {
                "both variables are the job's own: leave them as GitHub sets them"
            }
            IdentityError::Unavailable(_) => "try again later",
            IdentityError::Answer { .. } => "-v shows what came; a proxy on the way may have said it",
        };
        let mut problem = Self::in_words(class, error.to_string()).hint(hint);
        problem.details.http_status = match error {
            IdentityError::Unavailable(status) | IdentityError::Refused(status) => Some(status),
            IdentityError::Answer { status, .. } => Some(status),
            _ => None,
        };
        problem
    }
}

/// What a job asks.
#[derive(Clone)]
pub struct Question {
    /// Where, with the audience in its query.
    url: Url,
    credential: Secret,
}

impl Question {
    /// The question of the job that this runs in, for a token that is meant for `audience`.
    ///
    /// # Errors
    /// Variables that are not set or cannot be used.
    pub fn new(audience: Option<&str>, env: Lookup<'_>) -> Result<Self, IdentityError> {
        let given = |name| {
            let value = env(name).filter(|value| !value.is_empty()).ok_or(IdentityError::Unset(name))?;
            Ok(Secret::new(value.to_string_lossy()))
        };
        let (url, credential) = (given(URL)?, given(TOKEN)?);
        let audience = audience.map(|audience| format!("?audience={}", utf8_percent_encode(audience, RESERVED)));
        let url = Url::parse(url.expose()).and_then(|url| match audience {
            Some(query) => url.join(&query),
            None => Ok(url),
        });
        let url = url.map_err(IdentityError::Url)?;
        if !url.is_protected() {
            return Err(IdentityError::PlainHttp);
        }
        if !credential.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(IdentityError::Credential);
        }
        Ok(Self { url, credential })
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What the job asks with: it tells one job from another.
    pub fn credential(&self) -> &Secret {
        &self.credential
    }

    /// The request.
    pub fn call(&self) -> Call {
        let headers = [
            ("Authorization", &*format!("bearer {}", self.credential.expose())),
            ("Accept", "application/json; api-version=2.0"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", USER_AGENT),
        ];
        let headers = headers.into_iter().map(|(name, value)| Header::new(name, value)).collect();
        Call { method: "GET".to_owned(), url: self.url.clone(), headers, body: None, repeatable: true }
    }
}

/// The token in an answer.
///
/// # Errors
/// Every answer without one.
pub fn token(reply: &Reply) -> Result<Secret, IdentityError> {
    let status = reply.status;
    let lacks = |what| IdentityError::Answer { what, status };
    match status {
        200..300 => {}
        401 | 403 => return Err(IdentityError::Refused(status)),
        300..=399 => return Err(lacks("it redirects, which is not followed")),
        404 => return Err(lacks("there is nothing at that URL")),
        _ if is_unavailable(status) => return Err(IdentityError::Unavailable(status)),
        _ => return Err(lacks("it does not understand the request")),
    }
    let is_page = reply.body.trim_ascii_start().starts_with(b"<");
    let members = str::from_utf8(&reply.body).ok().and_then(|text| Members::parse(text).ok()?);
    let members = members.ok_or(lacks(if is_page { "it is a web page" } else { "it is no JSON object" }))?;
    if members.names().filter(|name| *name == "value").count() > 1 {
        return Err(lacks("'value' stands more than once in it"));
    }
    let value = members.string("value").map(Secret::new).ok_or(lacks("it has no text as its 'value'"))?;
    // It is sent on, and may be printed: there is nothing in it but what a token has.
    let is_compact =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if jwt::claims(value.expose()).is_none() || !value.expose().split('.').all(is_compact) {
        return Err(lacks("its 'value' is no JWT"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Timings;

    const HERE: &str = "https://pipelines.example/x/idtoken?api-version=2.0";

    fn question(url: &str, credential: &str, audience: Option<&str>) -> Result<Question, IdentityError> {
        Question::new(audience, &|name| match name {
            URL => Some(url.into()),
            TOKEN => Some(credential.into()),
            _ => None,
        })
    }

    #[test]
    fn the_audience_is_added_to_the_query_as_it_is() {
        let url = |url, audience| question(url, "t", audience).map(|question| question.url().as_str().to_owned());
        for (base, audience, expected) in [
            (HERE, None, HERE),
            (
                HERE,
                Some("api://AzureADTokenExchange"),
                "https://pipelines.example/x/idtoken?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange",
            ),
            ("https://h/t", Some("a b+c&d=é"), "https://h/t?audience=a%20b%2Bc%26d%3D%C3%A9"),
            ("https://h/t?", Some("sts.amazonaws.com"), "https://h/t?audience=sts.amazonaws.com"),
            ("https://h", Some("a-b_c~"), "https://h?audience=a-b_c~"),
            ("http://127.0.0.1:1/t", Some("a"), "http://127.0.0.1:1/t?audience=a"),
        ] {
            assert_eq!(url(base, audience), Ok(expected.to_owned()), "{base}");
        }
    }

    #[test]
    fn what_is_asked_is_one_get_with_the_jobs_credential() {
        let call = question(HERE, "cr3dential", Some("a")).unwrap().call();
        let headers: Vec<_> = call.headers.iter().map(|h| (h.name.as_str(), h.value.expose(), h.is_secret)).collect();
        assert_eq!(
            headers,
            [
                ("Authorization", "bearer cr3dential", true),
                ("Accept", "application/json; api-version=2.0", false),
                ("Accept-Encoding", "identity", false),
                ("User-Agent", USER_AGENT, false),
            ]
        );
        assert!(call.method == "GET" && call.content().is_none());
    }

    #[test]
    fn variables_that_cannot_be_used_are_said_so_before_anything_is_sent() {
        let message = |url, credential| question(url, credential, Some("a")).err().map(|error| error.to_string());
        let prefix = "ACTIONS_ID_TOKEN_REQUEST_URL cannot be used:";
        for (url, credential, expected) in [
            (
                "",
                "t",
                format!("{URL} is not set: this is no job of GitHub Actions that may ask for its identity token"),
            ),
            (
                HERE,
                "",
                format!("{TOKEN} is not set: this is no job of GitHub Actions that may ask for its identity token"),
            ),
            ("http://h/t", "t", format!("{prefix} it is plain http to another machine")),
            (
                "https://u:p@h/t",
                "t",
                format!("{prefix} it holds a user name or password; credentials never go into a URL (RFC 6749 §2.3.1)"),
            ),
            ("ftp://h/t", "t", format!("{prefix} its scheme is neither https nor http")),
            (HERE, "a\r\nX: y", format!("{TOKEN} cannot be used: it holds a character that no token has")),
            (HERE, "a b", format!("{TOKEN} cannot be used: it holds a character that no token has")),
        ] {
            assert_eq!(message(url, credential), Some(expected), "{url}");
        }
        let problem = Problem::from(IdentityError::Unset(URL));
        assert_eq!((problem.class, &*problem.hints), (Class::Usage, &[PERMISSION.to_owned()][..]));
    }

    #[test]
    fn an_answer_is_a_token_or_an_error_that_quotes_nothing_of_it() {
        let read = |status, body: &str| {
            let (body, timings) = (body.as_bytes().to_vec(), Timings::default());
            let (head, headers, bends) = (String::new(), Vec::new(), Vec::new());
            token(&Reply { status, head, headers, bends, body, undecoded: None, timings })
        };
        let good = r#"{"count":1,"value":"e30.e30.c2ln"}"#;
        assert_eq!(read(200, good), Ok(Secret::new("e30.e30.c2ln")));
        for (status, body, expected, class) in [
            (401, good, "GitHub refuses the job its identity token (HTTP 401)", Class::Usage),
            (403, "x", "GitHub refuses the job its identity token (HTTP 403)", Class::Usage),
            (302, "", "GitHub gave no identity token: it redirects, which is not followed (HTTP 302)", Class::Usage),
            (404, good, "GitHub gave no identity token: there is nothing at that URL (HTTP 404)", Class::Usage),
            (400, good, "GitHub gave no identity token: it does not understand the request (HTTP 400)", Class::Usage),
            (429, good, "GitHub gives no identity tokens now (HTTP 429)", Class::Unavailable),
            (500, "", "GitHub gives no identity tokens now (HTTP 500)", Class::Unavailable),
            (503, "", "GitHub gives no identity tokens now (HTTP 503)", Class::Unavailable),
            (200, " <html>", "GitHub gave no identity token: it is a web page (HTTP 200)", Class::Usage),
            (200, "e30.e30.c2ln", "GitHub gave no identity token: it is no JSON object (HTTP 200)", Class::Usage),
            (
                200,
                r#"{"value":"e30.e30.\u001b]0;x\u0007\n::add-mask::"}"#,
                "GitHub gave no identity token: its 'value' is no JWT (HTTP 200)",
                Class::Usage,
            ),
            (
                200,
                r#"{"value":"e30.e30.c2ln","value":"e30.e30.c2lo"}"#,
                "GitHub gave no identity token: 'value' stands more than once in it (HTTP 200)",
                Class::Usage,
            ),
            (200, "{}", "GitHub gave no identity token: it has no text as its 'value' (HTTP 200)", Class::Usage),
            (
                200,
                r#"{"value":{"value":"e30.e30.c2ln"}}"#,
                "GitHub gave no identity token: it has no text as its 'value' (HTTP 200)",
                Class::Usage,
            ),
            (
                200,
                r#"{"value":"opaque"}"#,
                "GitHub gave no identity token: its 'value' is no JWT (HTTP 200)",
                Class::Usage,
            ),
            (200, r#"{"value":""}"#, "GitHub gave no identity token: its 'value' is no JWT (HTTP 200)", Class::Usage),
        ] {
            let error = read(status, body).unwrap_err();
            assert_eq!((error.to_string().as_str(), Problem::from(error).class), (expected, class), "{status} {body}");
        }
    }
}
