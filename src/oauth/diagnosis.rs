//! From an answer to advice: what the person in front of it can change.
//!
//! Advice rests on the standard's error codes, on what the server's metadata says and on what is known of the request; it
//! never guesses at a vendor.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::client::{self, Client, ClientKind};
use super::discovery::Metadata;
use super::reply::{OAuthError, ResponseError, is_passing};
use super::request::Request;
use crate::wire::Url;

/// A difference of clocks beyond this upsets servers that look at times.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// What is known around an answer.
pub struct Circumstances<'a> {
    /// What was asked,
    pub request: &'a Request,
    /// and where.
    pub endpoint: &'a Url,
    /// The server's metadata, if the endpoint came from it.
    pub metadata: Option<&'a Metadata>,
    /// This machine's clock when the answer came.
    pub now: SystemTime,
    /// The server's clock, by its Date header.
    pub server_clock: Option<SystemTime>,
}

/// What to do about `error`, most likely first.
pub fn hints(error: &ResponseError, known: &Circumstances<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    match error {
        ResponseError::Redirect { location: None, .. } => {
            hints.push("look up the right token_endpoint: the answer names no Location".into());
        }
        ResponseError::Redirect { .. } => {}
        ResponseError::Refused { status, oauth, retry_after, .. } => {
            by_code(*status, oauth, known, &mut hints);
            by_words(oauth, known, &mut hints);
            if hints.is_empty() && *status != 403 && *status >= 400 {
                by_status(*status, false, known, &mut hints);
            }
            if *status == 429 || *status >= 500 {
                let when = when_again(*retry_after);
                hints.push(format!("HTTP {status} may mean trouble of the server's own, which passes; {when}"));
            }
        }
        ResponseError::Unavailable { status, retry_after, .. } => {
            let when = when_again(*retry_after);
            hints.push(match is_passing(*status) {
                true => format!("{when}; --retry and --timeout say how often and how long a run tries by itself"),
                false => when,
            });
        }
        ResponseError::NotAToken { status, body, .. } => by_status(*status, body.is_page, known, &mut hints),
    }
    if let Some(location) = error.location() {
        let look_up = "look up the right token_endpoint: the answer points";
        hints.push(match Url::parse(location).is_ok_and(|target| target.is_protected()) {
            true if location == known.endpoint.without_query() => format!("{look_up} back to where it came from"),
            true => format!(
                "change token_endpoint to {location} if that is the right server; no redirect is followed with credentials"
            ),
            false => format!("{look_up} to nowhere usable"),
        });
    }
    hints
}

fn when_again(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) if !wait.is_zero() => {
            let more = if wait == Duration::MAX { " or more" } else { "" };
            format!("the server asks to wait {} s{more}: try again then", wait.as_secs())
        }
        _ => "try again later".into(),
    }
}

fn by_code(status: u16, oauth: &OAuthError, known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let request = known.request;
    match oauth.error.as_deref().unwrap_or(if status == 401 { "invalid_client" } else { "" }) {
        "invalid_client" => client_hints(known, hints),
        "invalid_grant" => hints.push(request.grant.kind.refused.into()),
        "invalid_scope" => {
            if request.scope.iter().any(|scope| scope.contains(',')) {
                hints.push("a scope holds a comma: scopes are separated by spaces".into());
            }
            match known.metadata.and_then(|metadata| metadata.scopes.as_deref()) {
                Some(scopes) => {
                    let listed: BTreeSet<_> = scopes.iter().collect();
                    let unknown: Vec<_> = request.scope.iter().filter(|s| !listed.contains(s)).cloned().collect();
                    if !unknown.is_empty() {
                        hints.push(format!(
                            "the server's metadata does not list {}; it lists {}",
                            unknown.join(", "),
                            list(scopes)
                        ));
                    }
                }
                None => hints.push("check --scope against what this client may ask for at the server".into()),
            }
        }
        "unauthorized_client" => hints.push(match &request.client {
            Some(client) => {
                format!("the server must allow the {} grant for client '{}'", request.grant.name, client.id)
            }
            None => format!("the server may want a client for the {} grant: try --client-id", request.grant.name),
        }),
        "unsupported_grant_type" => {
            let listed = known.metadata.and_then(|metadata| metadata.grant_types.as_deref());
            hints.push(match listed {
                Some(listed) => format!("the server's metadata lists these grants: {}", list(listed)),
                None => format!(
                    "check that {} is a token endpoint and that this server supports the {} grant in a form-encoded body",
                    known.endpoint.without_query(),
                    request.grant.name
                ),
            });
        }
        "invalid_target" => hints.push("check --resource and --audience against what the server knows".into()),
        // Without a word it may be anything; servers that want a scope are the most.
        "invalid_request" if request.scope.is_empty() && oauth.description.is_none() => {
            hints.push("some servers require a scope: try --scope".into());
        }
        "use_dpop_nonce" | "invalid_dpop_proof" => {
            hints.push("this server wants DPoP-bound tokens (RFC 9449) for this client".into())
        }
        _ => {}
    }
}

/// What the explanation speaks of, whatever the code: servers do not agree on which of them says what.
fn by_words(oauth: &OAuthError, known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let request = known.request;
    let code = oauth.error.as_deref().unwrap_or("");
    let said = oauth.description.as_deref().unwrap_or(code).to_ascii_lowercase();
    let speaks_of = |word: &str| said.contains(word);
    // The resource owner of RFC 6749 is another matter.
    let of_resource = speaks_of("resource") && !speaks_of("resource owner");
    let of_a_parameter = code == "invalid_request" || speaks_of("parameter") || speaks_of("support");
    if code == "invalid_request" && request.scope.is_empty() && oauth.description.is_some() && speaks_of("scope") {
        hints.push("some servers require a scope: try --scope".into());
    }
    if !request.resource.is_empty() && of_resource && of_a_parameter {
        hints.push("this server may not take 'resource': try --scope RESOURCE/.default instead".into());
    } else if request.audience.is_empty()
        && request.resource.is_empty()
        && of_a_parameter
        && (of_resource || speaks_of("audience"))
    {
        hints.push("the server asks for an audience or a resource: try --audience or --resource".into());
    }
    match request.scope.iter().any(|scope| scope.ends_with("/.default")) {
        true if code == "invalid_scope" || speaks_of(".default") => hints.push(
            "check what stands before '/.default'; a server that does not know this form may want --resource".into(),
        ),
        false if speaks_of(".default") => {
            hints.push("the server wants a scope of this form: try --scope RESOURCE/.default".into());
        }
        _ => {}
    }
    if speaks_of("redirect") && hints.is_empty() {
        hints.push("check that the URL is the token endpoint, not the authorization endpoint".into());
    }
}

fn client_hints(known: &Circumstances<'_>, hints: &mut Vec<String>) {
    match &known.request.client {
        Some(client) => hints_of(client, known.metadata, hints),
        None => hints.push("the server wants to know the client: give --client-id".into()),
    }
    if let Some((direction, difference)) = known.server_clock.and_then(|server| clock_difference(known.now, server)) {
        hints.push(format!("this machine's clock is {difference} {direction} of the server's"));
    }
}

/// What may be wrong with a client, and with how it says who it is.
fn hints_of(client: &Client, metadata: Option<&Metadata>, hints: &mut Vec<String>) {
    let method = client.kind;
    let listed = metadata.map(|metadata| {
        // An absent list means client_secret_basic (RFC 8414 §2).
        metadata.auth_methods.clone().unwrap_or_else(|| vec![client::DEFAULT.name.to_owned()])
    });
    match listed {
        Some(listed) if !listed.iter().any(|name| name == method.name) => {
            let usable = client::KINDS.iter().find(|kind| listed.iter().any(|name| name == kind.name));
            hints.push(match usable {
                Some(usable) => {
                    format!("the server's metadata does not list {}: try --auth-method {}", method.name, usable.name)
                }
                None => format!("the server's metadata does not list {}, only {}", method.name, list(&listed)),
            });
        }
        // The server knows the method, but this client may be registered for another.
        Some(listed) => {
            let is_other = |kind: &ClientKind| kind.name != method.name && listed.iter().any(|name| name == kind.name);
            let other = client::KINDS.iter().find(|kind| is_other(kind));
            hints.push(match other {
                Some(other) => format!(
                    "check client_id and client_secret; if they are right, this client may be registered for another method that the server's metadata lists: try --auth-method {}",
                    other.name
                ),
                None => format!("the server's metadata lists {}: check client_id and client_secret", method.name),
            });
        }
        None => hints.push(format!(
            "check client_id and client_secret; if they are right, the server may expect --auth-method {}",
            method.instead
        )),
    }
    if client.id.trim() != client.id {
        hints.push("the client_id begins or ends with white space".into());
    }
    for part in &client.parts {
        let Some(credential) = part.value.credential() else { continue };
        let (name, text) = (part.need.name, credential.secret.expose());
        if text.ends_with(['\n', '\r']) {
            hints.push(format!(
                "the {name} ends with a line end: one is stripped from files and commands, more are not"
            ));
        } else if text.trim() != text {
            hints.push(format!("the {name} begins or ends with white space"));
        }
    }
    hints.extend((method.hint)(client));
}

/// How far this clock is from the server's, where that matters.
fn clock_difference(now: SystemTime, server: SystemTime) -> Option<(&'static str, String)> {
    let (direction, difference) = match now.duration_since(server) {
        Ok(ahead) => ("ahead", ahead),
        Err(behind) => ("behind", behind.duration()),
    };
    (difference > CLOCK_TOLERANCE).then(|| (direction, roughly(difference)))
}

/// A span in the units that it is worth telling in.
fn roughly(span: Duration) -> String {
    const DAY: u64 = 86_400;
    match span.as_secs() {
        seconds if seconds >= 2 * DAY => format!("{} days", seconds / DAY),
        seconds => {
            let whole = if seconds >= 3600 { seconds / 60 * 60 } else { seconds };
            humantime::format_duration(Duration::from_secs(whole)).to_string()
        }
    }
}

fn by_status(status: u16, is_page: bool, known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let url = known.endpoint.without_query();
    let slash = if url.ends_with('/') { "without" } else { "with" };
    match status {
        404 | 410 => hints.push(format!(
            "nothing answers at {url}: check the path, also {slash} a final slash, or use --issuer to find it"
        )),
        405 => hints.push(format!("{url} does not take POST: is it the token endpoint? Try it {slash} a final slash")),
        403 => hints
            .push("something in front of the server may have refused: a firewall, a proxy, or the User-Agent".into()),
        406 => hints.push("the server does not want to answer with JSON: try -H 'Accept: */*'".into()),
        411 => {
            hints.push("the Content-Length that was sent did not arrive: something in between may take it out".into())
        }
        413 => hints.push(format!("the request is too large for {url}: is it the token endpoint?")),
        415 => hints.push(format!("the server does not take a form-encoded body at {url}: is it the token endpoint?")),
        _ if is_page => {
            hints.push(format!(
                "{url} answers with a web page: is it the token endpoint, or is a login page or proxy in between?"
            ));
        }
        200..300 => hints.push("run with -v to see the whole answer".into()),
        _ => {}
    }
}

fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let mut text = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::{basic, post};
    use crate::oauth::tests as sample;

    fn request(secret: &str, method: &'static ClientKind) -> Request {
        let client = Some(sample::client(method, "ci", secret));
        Request { scope: vec!["a,b".into()], client, ..sample::request() }
    }

    fn refused(code: &str) -> ResponseError {
        told(400, code, None)
    }

    fn told(status: u16, code: &str, description: Option<&str>) -> ResponseError {
        let description = description.map(str::to_owned);
        let oauth = OAuthError { error: Some(code.into()), description, ..OAuthError::default() };
        ResponseError::Refused { status, oauth, retry_after: None, location: None }
    }

    #[track_caller]
    fn check(error: &ResponseError, request: &Request, metadata: Option<&Metadata>, skew: u64, expected: &[&str]) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let server_clock = Some(now - Duration::from_secs(skew));
        let endpoint = &Url::parse("https://idp.example/token").unwrap();
        let hints = hints(error, &Circumstances { request, endpoint, metadata, now, server_clock });
        assert_eq!(hints.len(), expected.len(), "{hints:?}");
        for (hint, part) in hints.iter().zip(expected) {
            assert!(hint.contains(part), "{hint:?} lacks {part:?}");
        }
    }

    fn metadata(methods: &[&str]) -> Metadata {
        Metadata {
            token_endpoint: Url::parse("https://idp.example/token").unwrap(),
            mtls_token_endpoint: None,
            auth_methods: Some(methods.iter().map(|m| (*m).to_owned()).collect()),
            grant_types: None,
            scopes: None,
        }
    }

    #[test]
    fn invalid_client_names_the_other_method() {
        let basic = request("plain", &basic::KIND);
        check(&refused("invalid_client"), &basic, None, 0, &["--auth-method client_secret_post"]);
        let post = request("plain", &post::KIND);
        check(&refused("invalid_client"), &post, None, 0, &["--auth-method client_secret_basic"]);
    }

    #[test]
    fn metadata_says_which_method_it_is() {
        let basic = request("plain", &basic::KIND);
        let post_only = metadata(&["private_key_jwt", "client_secret_post"]);
        check(&refused("invalid_client"), &basic, Some(&post_only), 0, &["try --auth-method client_secret_post"]);
        let both = metadata(&["client_secret_basic", "client_secret_post"]);
        check(&refused("invalid_client"), &basic, Some(&both), 0, &["registered for another method"]);
        let fits = metadata(&["client_secret_basic"]);
        check(&refused("invalid_client"), &basic, Some(&fits), 0, &["lists client_secret_basic: check client_id"]);
        let foreign = metadata(&["private_key_jwt"]);
        check(&refused("invalid_client"), &basic, Some(&foreign), 0, &["only private_key_jwt"]);
    }

    #[test]
    fn a_secret_that_looks_wrong_is_said_so() {
        let newline = request("plain\n", &post::KIND);
        check(&refused("invalid_client"), &newline, None, 0, &["--auth-method", "line end"]);
        let space = request(" plain", &post::KIND);
        check(&refused("invalid_client"), &space, None, 0, &["--auth-method", "white space"]);
        let special = request("a+b", &basic::KIND);
        check(&refused("invalid_client"), &special, None, 0, &["--auth-method", "--basic-encoding raw"]);
    }

    #[test]
    fn a_clock_that_is_off_is_measured() {
        let basic = request("plain", &basic::KIND);
        for (skew, shown) in [(300, "5m ahead"), (4000, "1h 6m ahead"), (200_000, "2 days ahead")] {
            check(&refused("invalid_client"), &basic, None, skew, &["--auth-method", &format!("clock is {shown}")]);
        }
    }

    #[test]
    fn a_comma_in_a_scope_earns_a_hint() {
        let basic = request("plain", &basic::KIND);
        check(&refused("invalid_scope"), &basic, None, 0, &["comma", "check --scope"]);
    }

    #[test]
    fn the_words_of_a_refusal_count_whatever_its_code() {
        let basic = request("plain", &basic::KIND);
        let bare = Request { scope: vec![], ..basic.clone() };
        let resource = Request { resource: vec!["urn:r".into()], ..bare.clone() };
        let default = Request { scope: vec!["urn:r/.default".into()], ..basic };
        let no_resource = "AADSTS901002: The 'resource' request parameter is not supported.";
        for (request, code, description, expected) in [
            (&bare, "invalid_request", None, &["try --scope"][..]),
            (&bare, "invalid_request", Some("Scope is missing"), &["try --scope"]),
            (&bare, "invalid_request", Some("Cannot supply multiple client credentials."), &[]),
            (&bare, "invalid_request", Some("no audience"), &["try --audience or --resource"]),
            (&bare, "invalid_grant", Some("bad resource owner password"), &["allows the client_credentials grant"]),
            (&resource, "invalid_request", Some(no_resource), &["may not take 'resource'"]),
            (&resource, "invalid_resource", Some(no_resource), &["may not take 'resource'"]),
            (&resource, "invalid_target", Some("unknown resource"), &["check --resource"]),
            (&default, "invalid_scope", None, &["check --scope", "may want --resource"]),
            (&bare, "invalid_scope", Some("use .default"), &["check --scope", "try --scope RESOURCE/.default"]),
        ] {
            check(&told(400, code, description), request, None, 0, expected);
        }
    }

    #[test]
    fn a_status_speaks_where_the_code_does_not() {
        let basic = request("plain", &basic::KIND);
        check(&told(404, "Not Found", None), &basic, None, 0, &["nothing answers at https://idp.example/token"]);
        check(&told(405, "Method Not Allowed", None), &basic, None, 0, &["does not take POST"]);
        check(&told(200, "odd", None), &basic, None, 0, &[]);
        check(&told(503, "odd", None), &basic, None, 0, &["HTTP 503 may mean"]);
    }

    #[test]
    fn a_redirect_says_what_to_write_into_the_profile() {
        let error = ResponseError::Redirect { status: 301, location: Some("https://idp.example/token/".into()) };
        let basic = request("plain", &basic::KIND);
        check(&error, &basic, None, 0, &["change token_endpoint to https://idp.example/token/"]);
    }
}
