//! From an answer to advice: what the person in front of it can change.
//!
//! Advice rests on the standard's error codes, on what the server's metadata says and on what is known of the request; it
//! never guesses at a vendor.

use std::time::{Duration, SystemTime};

use super::client_auth::{AuthMethod, ClientAuth};
use super::discovery::Metadata;
use super::post::BasicEncoding;
use super::request::{Grant, Request};
use super::response::ResponseError;

/// A difference of clocks beyond this upsets servers that look at times.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// What is known around an answer.
pub struct Circumstances<'a> {
    /// What was asked.
    pub request: &'a Request,
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
        ResponseError::Redirect { location, .. } => hints.push(match location {
            Some(location) => format!("change token_endpoint to {location} if that is the right server; no redirect is followed with credentials"),
            None => "look up the right token_endpoint: the answer names no Location".into(),
        }),
        ResponseError::Refused { status, oauth } => {
            let code = oauth.error.as_deref().unwrap_or(if *status == 401 { "invalid_client" } else { "" });
            let said = oauth.description.as_deref().unwrap_or("").to_ascii_lowercase();
            by_code(code, &said, known, &mut hints);
        }
        ResponseError::Unavailable { retry_after, .. } => {
            hints.push(match retry_after {
                Some(wait) if *wait < Duration::from_secs(86_400 * 365) => {
                    format!("the server asks to wait {}; try again then, or raise --timeout to let it be waited for", humantime::format_duration(Duration::from_secs(wait.as_secs())))
                }
                _ => "try again later; --retry and --timeout say how long this run tries".into(),
            });
        }
        ResponseError::NotAToken { status, body, .. } => by_status(*status, &body.kind, known, &mut hints),
    }
    hints
}

fn by_code(code: &str, said: &str, known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let request = known.request;
    match code {
        "invalid_client" => client_hints(known, hints),
        "invalid_grant" => match &request.grant {
            Grant::Password { .. } => hints.push("check username and password; the account may be locked or need a second factor".into()),
            Grant::RefreshToken { .. } => hints.push(
                "the refresh token may have expired, been revoked or been used before: many servers accept each one once".into(),
            ),
            Grant::ClientCredentials => hints.push("check that this server allows the client_credentials grant at this endpoint".into()),
        },
        "invalid_scope" => {
            if request.scope.iter().any(|scope| scope.contains(',')) {
                hints.push("a scope holds a comma: scopes are separated by spaces".into());
            }
            match known.metadata.and_then(|metadata| metadata.scopes.as_deref()) {
                Some(scopes) => {
                    let unknown: Vec<_> = request.scope.iter().filter(|s| !scopes.contains(s)).cloned().collect();
                    if !unknown.is_empty() {
                        hints.push(format!("the server's metadata does not list {}; it lists {}", unknown.join(", "), list(scopes)));
                    }
                }
                None => hints.push("check --scope against what this client may ask for at the server".into()),
            }
        }
        "unauthorized_client" => hints.push(format!("the server must allow the {} grant for client '{}'", request.grant.name(), request.client.id())),
        "unsupported_grant_type" => {
            let listed = known.metadata.and_then(|metadata| metadata.grant_types.as_deref());
            hints.push(match listed {
                Some(listed) => format!("the server's metadata lists these grants: {}", list(listed)),
                None => format!(
                    "check that {} is a token endpoint and that this server supports the {} grant in a form-encoded body",
                    request.endpoint.without_query(),
                    request.grant.name()
                ),
            });
        }
        "invalid_target" => hints.push("check --resource and --audience against what the server knows".into()),
        "invalid_request" => {
            if request.scope.is_empty() {
                hints.push("some servers require a scope: try --scope".into());
            }
            if request.audience.is_empty() && request.resource.is_empty() && (said.contains("audience") || said.contains("resource")) {
                hints.push("the server asks for an audience or a resource: try --audience or --resource".into());
            } else if !request.resource.is_empty() && said.contains("resource") {
                hints.push("this server may not take 'resource': try --scope RESOURCE/.default instead".into());
            }
        }
        "use_dpop_nonce" | "invalid_dpop_proof" => hints.push("this server wants DPoP-bound tokens (RFC 9449) for this client".into()),
        _ => {}
    }
    if said.contains("redirect") && hints.is_empty() {
        hints.push("check that the URL is the token endpoint, not the authorization endpoint".into());
    }
}

fn client_hints(known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let client = &known.request.client;
    let method = client.method();
    let listed = known.metadata.map(|metadata| {
        // An absent list means client_secret_basic (RFC 8414 §2).
        metadata.auth_methods.clone().unwrap_or_else(|| vec![AuthMethod::ClientSecretBasic.name().to_owned()])
    });
    match listed {
        Some(listed) if !listed.iter().any(|name| name == method.name()) => {
            let usable = AuthMethod::ALL.into_iter().find(|m| listed.iter().any(|name| name == m.name()));
            hints.push(match usable {
                Some(usable) => format!(
                    "the server's metadata does not list {}: try --auth-method {}",
                    method.name(),
                    usable.name()
                ),
                None => format!("the server's metadata does not list {}, only {}", method.name(), list(&listed)),
            });
        }
        // The server knows the method, but this client may be registered for another.
        Some(listed) => {
            let other =
                AuthMethod::ALL.into_iter().find(|m| *m != method && listed.iter().any(|name| name == m.name()));
            hints.push(match other {
                Some(other) => format!(
                    "check client_id and client_secret; if they are right, this client may be registered for another method that the server's metadata lists: try --auth-method {}",
                    other.name()
                ),
                None => format!("the server's metadata lists {}: check client_id and client_secret", method.name()),
            });
        }
        None => {
            let other = match method {
                AuthMethod::ClientSecretBasic => AuthMethod::ClientSecretPost,
                AuthMethod::ClientSecretPost | AuthMethod::None => AuthMethod::ClientSecretBasic,
            };
            hints.push(format!(
                "check client_id and client_secret; if they are right, the server may expect --auth-method {}",
                other.name()
            ));
        }
    }
    if client.id().trim() != client.id() {
        hints.push("the client_id begins or ends with white space".into());
    }
    if let Some(secret) = client.secret() {
        let text = secret.expose();
        if text.ends_with(['\n', '\r']) {
            hints.push(
                "the client_secret ends with a line end: one is stripped from files and commands, more are not".into(),
            );
        } else if text.trim() != text {
            hints.push("the client_secret begins or ends with white space".into());
        }
        if let ClientAuth::Basic { id, encoding, .. } = client {
            let differs = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>() != text;
            if differs(id) || differs(text) {
                hints.push(match encoding {
                    BasicEncoding::Form => "id or secret hold characters that are form-encoded for Basic (RFC 6749 §2.3.1); a server that does not decode them needs --basic-encoding raw".into(),
                    BasicEncoding::Raw => "id or secret hold characters that RFC 6749 §2.3.1 wants form-encoded: try --basic-encoding form".into(),
                });
            }
        }
    }
    if let Some((direction, difference)) = known.server_clock.and_then(|server| clock_difference(known.now, server)) {
        hints.push(format!("this machine's clock is {difference} {direction} of the server's"));
    }
}

/// How far this clock is from the server's, where that matters.
fn clock_difference(now: SystemTime, server: SystemTime) -> Option<(&'static str, String)> {
    let (direction, difference) = match now.duration_since(server) {
        Ok(ahead) => ("ahead", ahead),
        Err(behind) => ("behind", behind.duration()),
    };
    let whole = Duration::from_secs(difference.as_secs());
    (difference > CLOCK_TOLERANCE).then(|| (direction, humantime::format_duration(whole).to_string()))
}

fn by_status(status: u16, kind: &str, known: &Circumstances<'_>, hints: &mut Vec<String>) {
    let url = known.request.endpoint.without_query();
    let slash = if url.ends_with('/') { "without" } else { "with" };
    match status {
        404 | 410 => hints.push(format!(
            "nothing answers at {url}: check the path, also {slash} a final slash, or use --issuer to find it"
        )),
        405 => hints.push(format!("{url} does not take POST: is it the token endpoint? Try it {slash} a final slash")),
        403 => hints
            .push("something in front of the server may have refused: a firewall, a proxy, or the User-Agent".into()),
        406 => hints.push("the server does not want to answer with JSON: try -H 'Accept: */*'".into()),
        411 | 413 | 415 => {
            hints.push(format!("the server does not take a form-encoded body at {url}: is it the token endpoint?"))
        }
        _ if kind.starts_with("an HTML page") => {
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
    use crate::oauth::post::Credential;
    use crate::oauth::response::OAuthError;
    use crate::secret::Secret;
    use crate::wire::Url;

    fn request(secret: &str, method: AuthMethod) -> Request {
        let secret = Credential { secret: Secret::new(secret), variable: "V".into() };
        let id = "ci".to_owned();
        Request {
            endpoint: Url::parse("https://idp.example/token").unwrap(),
            grant: Grant::ClientCredentials,
            scope: vec!["a,b".into()],
            audience: vec![],
            resource: vec![],
            params: vec![],
            headers: vec![],
            client: match method {
                AuthMethod::ClientSecretBasic => ClientAuth::Basic { id, secret, encoding: BasicEncoding::Form },
                AuthMethod::ClientSecretPost => ClientAuth::Post { id, secret },
                AuthMethod::None => ClientAuth::None { id },
            },
        }
    }

    fn refused(code: &str) -> ResponseError {
        ResponseError::Refused { status: 400, oauth: OAuthError { error: Some(code.into()), ..OAuthError::default() } }
    }

    #[track_caller]
    fn check(error: &ResponseError, request: &Request, metadata: Option<&Metadata>, skew: u64, expected: &[&str]) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let server_clock = Some(now - Duration::from_secs(skew));
        let hints = hints(error, &Circumstances { request, metadata, now, server_clock });
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
        let basic = request("plain", AuthMethod::ClientSecretBasic);
        check(&refused("invalid_client"), &basic, None, 0, &["--auth-method client_secret_post"]);
        let post = request("plain", AuthMethod::ClientSecretPost);
        check(&refused("invalid_client"), &post, None, 0, &["--auth-method client_secret_basic"]);
    }

    #[test]
    fn metadata_says_which_method_it_is() {
        let basic = request("plain", AuthMethod::ClientSecretBasic);
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
        let newline = request("plain\n", AuthMethod::ClientSecretPost);
        check(&refused("invalid_client"), &newline, None, 0, &["--auth-method", "line end"]);
        let space = request(" plain", AuthMethod::ClientSecretPost);
        check(&refused("invalid_client"), &space, None, 0, &["--auth-method", "white space"]);
        let special = request("a+b", AuthMethod::ClientSecretBasic);
        check(&refused("invalid_client"), &special, None, 0, &["--auth-method", "--basic-encoding raw"]);
    }

    #[test]
    fn a_clock_that_is_off_is_measured() {
        let basic = request("plain", AuthMethod::ClientSecretBasic);
        check(&refused("invalid_client"), &basic, None, 300, &["--auth-method", "clock is 5m ahead"]);
    }

    #[test]
    fn a_comma_in_a_scope_earns_a_hint() {
        let basic = request("plain", AuthMethod::ClientSecretBasic);
        check(&refused("invalid_scope"), &basic, None, 0, &["comma", "check --scope"]);
    }

    #[test]
    fn a_redirect_says_what_to_write_into_the_profile() {
        let error = ResponseError::Redirect { status: 301, location: Some("https://idp.example/token/".into()) };
        let basic = request("plain", AuthMethod::ClientSecretBasic);
        check(&error, &basic, None, 0, &["change token_endpoint to https://idp.example/token/"]);
    }
}
