//! Where the request went, and where it should have gone.

use super::{Circumstances, OAuthError};
use crate::oauth::discovery::{DiscoveryError, Issuer};
use crate::oauth::endpoints::Endpoint;
use crate::wire::Url;

/// What is wrong with a server that takes its visitors' https for http.
const BEHIND_PROXY: &str = "the server does not know that TLS ends before it: the proxy there must say so (X-Forwarded-Proto), and the server be set to believe it";

/// Where nothing but the status tells something; `is_page` where the answer is a web page.
pub(super) fn by_status(status: u16, said: &OAuthError, is_page: bool, known: &Circumstances<'_>) -> Vec<String> {
    let is_codeless = said.error.is_none();
    let (url, place) = (known.url(), known.place());
    let slash = if url.ends_with('/') { "without" } else { "with" };
    let hint = match status {
        404 | 410 => return not_found(known),
        405 => format!("{url} does not take POST: is it the {place}? Try it {slash} a final slash"),
        // An application that names its reason is no firewall.
        403 if is_codeless => {
            let hint = "something in front of the server may have refused: a firewall, a proxy, or the User-Agent";
            let by_slash =
                url.ends_with('/').then(|| format!("try it without the final slash: {}", url.trim_end_matches('/')));
            return by_slash.into_iter().chain([hint.to_owned()]).collect();
        }
        403 if said.description.is_some() => return Vec::new(),
        403 => format!("check that {url} is the {place}{}", by_issuer(known)),
        406 => "the server does not want to answer with JSON: try -H 'Accept: */*'".to_owned(),
        411 => "the Content-Length that was sent did not arrive: something in between may take it out".to_owned(),
        413 => format!("the request is too large for {url}: is it the {place}?"),
        415 => of_body(known),
        _ if is_page => {
            format!("{url} answers with a web page: is it the {place}, or is a login page or proxy in between?")
        }
        200..300 if is_codeless => "run with -v to see the whole answer".to_owned(),
        _ => return Vec::new(),
    };
    vec![hint]
}

/// The server does not take a body of this kind.
pub(super) fn of_body(known: &Circumstances<'_>) -> String {
    let url = known.url();
    match known.request.ways.json_body {
        _ if known.of.is_some() => format!("the server does not take a form at {url}: is it the {}?", known.place()),
        true => format!("the server does not take a JSON body at {url}: leave body: json out"),
        false => format!(
            "the server does not take a form-encoded body at {url}: if it wants JSON, write body: json into the profile, or OAUTH2TOK_BODY=json"
        ),
    }
}

/// The endpoint has the name of another one: of login, of a user's claims, of keys.
pub(super) fn of_another_endpoint(known: &Circumstances<'_>) -> Option<String> {
    const OTHERS: &str = "auth authorize authorization login logout userinfo introspect introspection revoke certs jwks keys device device_authorization";
    let url = known.endpoint?.without_query();
    let last = url.trim_end_matches('/').rsplit('/').next()?;
    let is_other = known.of.is_none()
        && known.metadata.is_none()
        && OTHERS.split(' ').any(|other| other == last.to_ascii_lowercase());
    is_other.then(|| format!("{url} looks like another endpoint than the token endpoint; --issuer finds that"))
}

/// How the endpoint is found, for whoever gave it by hand.
fn by_issuer(known: &Circumstances<'_>) -> &'static str {
    if known.metadata.is_some() { "" } else { "; --issuer finds it" }
}

/// Nothing is at the endpoint.
pub(super) fn not_found(known: &Circumstances<'_>) -> Vec<String> {
    let url = known.url();
    if known.metadata.is_some() {
        return vec![format!(
            "nothing answers at {url}, which the issuer's metadata names: a proxy in front of the server may hide the path; {} says where it is",
            known.of.map_or("--token-endpoint", Endpoint::name)
        )];
    }
    let moved = moved(&url).map(|other| format!("nothing answers at {url}: try {other}, as Keycloak's path begins with /auth or not, by its version and settings"));
    let slash = if url.ends_with('/') { "without" } else { "with" };
    let usual =
        format!("nothing answers at {url}: check the path, also {slash} a final slash, or use --issuer to find it");
    match moved {
        Some(moved) => vec![moved, "capitals in the realm's name count".to_owned()],
        None => vec![usual],
    }
}

/// The same address with the `/auth` that Keycloak had in front of its realms before its version 17, or without it.
fn moved(url: &str) -> Option<String> {
    match url.split_once("/auth/realms/") {
        Some((base, rest)) => Some(format!("{base}/realms/{rest}")),
        None => url.split_once("/realms/").map(|(base, rest)| format!("{base}/auth/realms/{rest}")),
    }
}

/// The realm in the address is not known.
pub(super) fn of_realm(known: &Circumstances<'_>) -> Vec<String> {
    vec![format!(
        "check the realm in {}: it is spelt otherwise, also by a capital, or lives at another server",
        known.url()
    )]
}

/// TLS is spoken there.
pub(super) fn with_tls(known: &Circumstances<'_>) -> String {
    known.endpoint.map_or_else(
        || "write https at the beginning of the address that was asked".to_owned(),
        |url| format!("write https: {}", https(url.without_query())),
    )
}

fn https(url: &str) -> String {
    url.split_once("://").map_or_else(|| url.to_owned(), |(_, rest)| format!("https://{rest}"))
}

/// The server believes that it is asked by plain http.
pub(super) fn without_tls(known: &Circumstances<'_>) -> Vec<String> {
    let plain = known.endpoint.is_some_and(|url| !url.is_https()).then(|| with_tls(known));
    plain.into_iter().chain([BEHIND_PROXY.to_owned()]).collect()
}

/// A redirect, which is never followed with credentials. To change the endpoint is good advice only where it is the same
/// place; whatever else it leads to was not meant for a token request.
pub(super) fn of_redirect(location: Option<&str>, known: &Circumstances<'_>) -> String {
    let look_up = format!("look up the right {}: the answer", known.setting());
    let Some(location) = location else { return format!("{look_up} names no Location") };
    let Some(endpoint) = known.endpoint else {
        return format!("{look_up} points to {location}; no redirect is followed with credentials");
    };
    let url = endpoint.without_query();
    match Url::parse(location) {
        _ if location == url => format!("{look_up} points back to where it came from"),
        Ok(to) if endpoint.is_https() && !to.is_https() && to.host() == endpoint.host() => {
            format!("{url} points to plain http: {BEHIND_PROXY}")
        }
        Ok(to) if !to.is_protected() => format!("{look_up} points to nowhere usable"),
        Err(_) => format!("{look_up} points to nowhere usable"),
        Ok(to) if is_same_place(endpoint, &to) => {
            format!("change {} to {location}; no redirect is followed with credentials", known.setting())
        }
        Ok(_) if known.metadata.is_some() => format!(
            "{url} is what the issuer's metadata names, and leads elsewhere: a login page or a proxy may be in front of it, or the server may not know the client"
        ),
        Ok(_) => format!(
            "that is no place for {}: {url} is not the {}, or a login page or a proxy is in front of it; --issuer finds the endpoint",
            if known.of.is_some() { "this request" } else { "a token request" },
            known.place()
        ),
    }
}

/// True where nothing differs but a slash at the end, or that `to` is https.
fn is_same_place(from: &Url, to: &Url) -> bool {
    let path = |url: &Url| {
        let whole = url.path_and_query();
        whole.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned()
    };
    let is_secured = !from.is_https() && to.is_https();
    let usual = matches!((from.port(), to.port()), (80 | 8080, 443 | 8443));
    from.host() == to.host()
        && path(from) == path(to)
        && (from.port() == to.port() || is_secured && usual)
        && (from.is_https() == to.is_https() || is_secured)
}

/// What to do about a metadata document that is not used.
pub fn of_metadata(issuer: &Issuer, error: &DiscoveryError) -> Vec<String> {
    const OTHERWISE: &str = "check --issuer against the 'issuer' that the server publishes, or give --token-endpoint";
    let proxy =
        || format!("{BEHIND_PROXY}, or its public address (hostname) be set there; until then give --token-endpoint");
    match error {
        DiscoveryError::IssuerMismatch { found } => match Issuer::parse(found) {
            // Its tenant stands for any.
            Ok(found) if found.as_str().contains('{') => vec![expected(&found), OTHERWISE.to_owned()],
            Ok(found) if is_variant(issuer.url(), found.url()) => vec![format!("write --issuer {}", found.as_str())],
            Ok(found) => vec![
                format!(
                    "if that is the server you mean, write --issuer {}; else check the address, or have its public name set at the server",
                    found.as_str()
                ),
                expected(&found),
            ],
            Err(_) if issuer.url().is_https() && found.starts_with("http://") => vec![proxy()],
            Err(_) => vec![OTHERWISE.to_owned()],
        },
        DiscoveryError::PlainHttp { .. } if issuer.url().is_https() => vec![proxy()],
        _ => vec![OTHERWISE.to_owned()],
    }
}

/// A server that describes itself as another, and means to.
fn expected(found: &Issuer) -> String {
    format!(
        "where the server describes itself so on purpose, write expected_issuer: {} into the profile",
        found.as_str()
    )
}

/// True where two addresses are one to a person: a slash at the end, capitals in the host, the port that goes without saying.
fn is_variant(asked: &Url, found: &Url) -> bool {
    let path = |url: &Url| url.path_and_query().trim_end_matches('/').to_owned();
    asked.origin() == found.origin() && path(asked).eq_ignore_ascii_case(&path(found))
}

/// What to do about an issuer that has no metadata.
pub fn without_metadata(issuer: &str) -> Vec<String> {
    let path = issuer.trim_end_matches('/');
    let moved = moved(issuer).map(|other| format!("if that is a Keycloak: try --issuer {other}"));
    let is_endpoint = path.ends_with("/token") || path.ends_with("/tokens");
    let usual = match is_endpoint {
        true => format!("that looks like a token endpoint: try --token-endpoint {issuer}"),
        false => "check --issuer, or give --token-endpoint".to_owned(),
    };
    moved.filter(|_| !is_endpoint).into_iter().chain([usual]).collect()
}
