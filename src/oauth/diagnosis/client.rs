//! A client that is refused: what may be wrong with it, and with how it says who it is.

use std::time::{Duration, SystemTime};

use super::Circumstances;
use super::words::{Said, Words, list};
use crate::crypto;
use crate::oauth::client::{self, Client, ClientKind, Signs};
use crate::oauth::discovery::Metadata;
use crate::oauth::endpoints::Endpoint;
use crate::oauth::need::Part;
use crate::oauth::request::{Request, Server};
use crate::secret::{Flaw, shape};

/// A difference of clocks beyond this upsets servers that look at times.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// The command that has a person log in, with what is known.
pub(super) fn login(known: &Circumstances<'_>) -> String {
    let Request { server, client, scope, .. } = known.request;
    let server = match server {
        Server::Issuer(issuer) => format!("--issuer {}", issuer.as_str()),
        Server::Endpoint(_) if known.endpoint.is_none() => "--issuer ISSUER".to_owned(),
        Server::Endpoint(url) => format!("--token-endpoint {} --authorization-endpoint URL", url.without_query()),
    };
    let id = match client {
        Some(client) => format!(" --client-id {}", client.id),
        None if known.is_blind() => " --client-id CLIENT_ID".to_owned(),
        None => String::new(),
    };
    let scope = if scope.is_empty() { String::new() } else { format!(" --scope '{}'", scope.join(" ")) };
    format!("oauth2tok login -g authorization_code {server}{id}{scope}")
}

/// What a public client hears where the server wants to know for sure who asks (RFC 8628 §3.1, RFC 9126 §2, RFC 7009 §2.1).
pub(super) fn secret_wanted(said: &Said<'_>, known: &Circumstances<'_>) -> Option<String> {
    let client = known.request.client.as_ref().filter(|client| client.kind.is_public)?;
    let is_refused = match said.status {
        401 if said.code.are("") => true,
        _ => said.code.speak_of(" invalid client | unauthorized client "),
    };
    let what = match (known.of, known.request.grant.kind.name) {
        (Some(Endpoint::PushedAuthorization), _) => "pushed requests",
        (Some(Endpoint::Revocation), _) => "revoking",
        (Some(Endpoint::Introspection), _) => "introspection",
        (Some(Endpoint::DeviceAuthorization), _) | (None, "device_code") => "device codes",
        (None, "refresh_token") => "refreshing",
        _ => return None,
    };
    is_refused.then(|| {
        format!(
            "this server wants a client with a secret for {what}, and '{}' sends none: have it registered as confidential, and give --client-secret env:NAME",
            client.id
        )
    })
}

/// Id, secret or method, and nobody says which.
pub(super) fn refused(known: &Circumstances<'_>) -> Vec<String> {
    let Some(client) = &known.request.client else {
        return vec![match known.is_blind() {
            true => "check client_id and client_secret; if they are right, the client may be registered for another method: --auth-method names one".to_owned(),
            false => unnamed(),
        }];
    };
    let mut hints = shapes(client);
    if client.kind.by_certificate && unlisted(client, known.metadata).is_none() {
        hints.extend(of_certificate(known));
        return hints;
    }
    hints.push(match other_method(client, known.metadata) {
        Unlisted::Try(_) | Unlisted::Only(_) => unlisted(client, known.metadata).unwrap_or_default(),
        Unlisted::No(Some(other)) => format!(
            "check {}; if they are right, this client may be registered for another method that the server's metadata lists: try --auth-method {other}",
            credentials(client)
        ),
        Unlisted::No(None) => {
            format!("the server's metadata lists {}: check {}", client.kind.name, credentials(client))
        }
        Unlisted::Unknown(other) => {
            format!("check {}; if they are right, the server may expect --auth-method {other}", credentials(client))
        }
    });
    hints.extend(encoding(client));
    hints.extend(clock(known));
    hints
}

/// What to do where metadata does not list the client's method.
pub(super) fn unlisted(client: &Client, metadata: Option<&Metadata>) -> Option<String> {
    let name = client.kind.name;
    match other_method(client, metadata) {
        Unlisted::Try(other) => {
            let flags = client::find(other).map_or(String::new(), flags_of);
            Some(format!("the server's metadata does not list {name}: try {flags}"))
        }
        Unlisted::Only(listed) => Some(format!("the server's metadata does not list {name}, only {listed}")),
        Unlisted::No(_) | Unlisted::Unknown(_) => None,
    }
}

/// What of the certificate that was shown may be wrong.
pub(super) fn of_certificate(known: &Circumstances<'_>) -> Vec<String> {
    let Some((own, issuers)) = known.sent.shown.split_first() else {
        return vec![match known.sent.is_unseen {
            true => format!("compare the client certificate with what is registered for {}", known.who()),
            false => format!("no certificate was shown to {}: does it ask for one there?", known.url()),
        }];
    };
    let is_self_signed = known.request.client.as_ref().is_some_and(|client| client.kind.name.starts_with("self"));
    let registered = format!(
        "compare the client certificate that was shown with what is registered for {}: {}",
        known.who(),
        crypto::fingerprints(own)
    );
    let alone = issuers.is_empty() && !is_self_signed;
    [registered].into_iter().chain(alone.then(|| LONE.to_owned())).collect()
}

/// Where there is one certificate in a file.
const LONE: &str = "the certificate went out alone: if its issuer is an intermediate, append that one's certificate to the file of --cert (curl adds it from --cacert by itself)";

/// The client is there, its secret is another.
pub(super) fn secret_refused(said: &Words, known: &Circumstances<'_>) -> Vec<String> {
    let Some(client) = &known.request.client else {
        return match known.is_blind() {
            true => vec![format!(
                "the server knows the client, but not by its client_secret: check where it comes from{}",
                of_secret_id(said)
            )],
            false => vec![unnamed()],
        };
    };
    if client.credential("client_secret").is_none() {
        return refused(known);
    }
    let mut hints = shapes(client);
    hints.push(format!(
        "the server knows client '{}', but not by this client_secret: check where it comes from{}",
        client.id,
        of_secret_id(said)
    ));
    hints.extend(encoding(client));
    hints
}

/// Which of the two things that one server has for a secret it means.
fn of_secret_id(said: &Words) -> &'static str {
    if said.speak_of("secret id") { " (it wants the secret's value, not the secret's id)" } else { "" }
}

/// What the client sent did not arrive.
pub(super) fn missing(known: &Circumstances<'_>) -> Vec<String> {
    let Some(client) = &known.request.client else {
        return vec![match known.is_blind() {
            true => {
                "the server did not find who asks: give --client-id, or put it elsewhere with another --auth-method"
                    .to_owned()
            }
            false => unnamed(),
        }];
    };
    if client.kind.is_public {
        return vec![format!(
            "the server wants client '{}' to prove who it is: give --client-secret env:NAME and --auth-method {}",
            client.id, client.kind.instead
        )];
    }
    let mut hints = shapes(client);
    if client.kind.by_certificate {
        hints.extend(of_certificate(known));
        return hints;
    }
    hints.push(format!(
        "the server did not find client '{}' where {} puts it: try --auth-method {}",
        client.id, client.kind.name, client.kind.instead
    ));
    hints
}

/// Its method is another, and the server does not say which.
pub(super) fn of_another_method(known: &Circumstances<'_>) -> Vec<String> {
    let Some(client) = &known.request.client else {
        return vec![match known.is_blind() {
            true => "the client may be registered for another method: try another --auth-method".to_owned(),
            false => unnamed(),
        }];
    };
    let other = match other_method(client, known.metadata) {
        Unlisted::Try(other) | Unlisted::No(Some(other)) | Unlisted::Unknown(other) => other,
        Unlisted::Only(listed) => {
            return vec![format!("the server's metadata does not list {}, only {listed}", client.kind.name)];
        }
        Unlisted::No(None) => client.kind.instead,
    };
    vec![format!(
        "client '{}' may be registered for another method than {}: try --auth-method {other}",
        client.id, client.kind.name
    )]
}

/// The method that the words name, if it is another than what was used.
pub(super) fn named_method(said: &Words, known: &Circumstances<'_>) -> Option<Vec<String>> {
    let Some(client) = &known.request.client else {
        let kinds = client::KINDS.iter().filter(|kind| known.is_blind() && !kind.is_public);
        let kind = client::find(said.first_of(kinds.map(|kind| kind.name))?)?;
        return Some(vec![format!("the server speaks of {}: try {}", kind.name, flags_of(kind))]);
    };
    let is_public = !client.kind.is_public && said.speak_of("method none");
    let names = client::KINDS.iter().map(|kind| kind.name).filter(|name| *name != "none");
    let named = names.filter(|name| *name != client.kind.name);
    let wanted = if is_public { Some("none") } else { said.first_of(named) };
    let Some(wanted) = wanted else {
        return said.first_of([client.kind.name]).map(|_| of_another_method(known));
    };
    Some(vec![match client::find(wanted) {
        Some(kind) => format!("the server wants {} of client '{}': try {}", kind.name, client.id, flags_of(kind)),
        None => format!("the server wants {wanted} of client '{}'", client.id),
    }])
}

/// What chooses a method, with what that takes besides.
pub(super) fn flags_of(kind: &ClientKind) -> String {
    let more = match kind.signs {
        Some(Signs::WithKey) => " --signing-key file:KEY.pem",
        _ if kind.by_certificate => " --cert FILE",
        _ => "",
    };
    format!("--auth-method {}{more}", kind.name)
}

/// What RFC 8705 §2 asks of a client is its id and its certificate.
pub(super) fn by_certificate(id: &str) -> String {
    format!(
        "a client that is known by its certificate (tls_client_auth) sends its id and no secret: --client-id {id} --auth-method tls_client_auth --cert FILE"
    )
}

fn unnamed() -> String {
    "the server wants to know the client: give --client-id".into()
}

/// What the method takes, for a person to check.
fn credentials(client: &Client) -> String {
    match client.credential("client_secret") {
        None => format!("client_id '{}'", client.id),
        Some(_) => format!("client_id '{}' and its client_secret", client.id),
    }
}

/// A method that the server may want instead of the client's own.
enum Unlisted {
    /// Metadata does not list the client's own, but this one,
    Try(&'static str),
    /// or these, all of them unknown here.
    Only(String),
    /// It lists the client's own, and perhaps this one.
    No(Option<&'static str>),
    /// There is no metadata.
    Unknown(&'static str),
}

fn other_method(client: &Client, metadata: Option<&Metadata>) -> Unlisted {
    let Some(metadata) = metadata else { return Unlisted::Unknown(client.kind.instead) };
    // An absent list means client_secret_basic (RFC 8414 §2).
    let listed = metadata.auth_methods.clone().unwrap_or_else(|| vec![client::DEFAULT.name.to_owned()]);
    let is_listed = |kind: &ClientKind| listed.iter().any(|name| name == kind.name);
    let other =
        client::KINDS.iter().find(|kind| kind.name != client.kind.name && is_listed(kind)).map(|kind| kind.name);
    match (is_listed(client.kind), other) {
        (true, other) => Unlisted::No(other),
        (false, Some(other)) => Unlisted::Try(other),
        (false, None) => Unlisted::Only(list(&listed)),
    }
}

/// What the shape of the client's id and of its secrets tells.
pub(super) fn shapes(client: &Client) -> Vec<String> {
    let id = shape::of_text(&client.id).map(|flaw| format!("the client_id {}", flaw.what));
    id.into_iter().chain(of_parts(&client.parts)).collect()
}

/// The same of what a grant trades.
pub(super) fn of_parts(parts: &[Part]) -> impl Iterator<Item = String> {
    let flaw = |part: &Part| match (part.need.name, part.value.credential()) {
        (name, Some(credential)) => {
            let Flaw { what, remedy } = credential.secret.flaw(part.need.is_phrase)?;
            Some(format!("the {name} {what}: {remedy}"))
        }
        (name, None) => part.value.plain().and_then(shape::of_text).map(|flaw| format!("the {name} {}", flaw.what)),
    };
    parts.iter().filter_map(flaw)
}

/// What the method's own way of writing things may have to do with it: where something is wrong with the things, only a way
/// that somebody chose.
pub(super) fn encoding(client: &Client) -> Option<String> {
    let is_chosen = client.text("basic_encoding") == Some("raw");
    (is_chosen || shapes(client).is_empty()).then(|| (client.kind.hint)(client)).flatten()
}

fn clock(known: &Circumstances<'_>) -> Option<String> {
    let (direction, difference) = known.server_clock.and_then(|server| clock_difference(known.now, server))?;
    Some(format!("this machine's clock is {difference} {direction} the server's"))
}

/// How far this clock is from the server's, where that matters.
fn clock_difference(now: SystemTime, server: SystemTime) -> Option<(&'static str, String)> {
    let (direction, difference) = match now.duration_since(server) {
        Ok(ahead) => ("ahead of", ahead),
        Err(behind) => ("behind", behind.duration()),
    };
    (difference > CLOCK_TOLERANCE).then(|| (direction, roughly(difference)))
}

/// A span in the units that it is worth telling in.
pub(in crate::oauth) fn roughly(span: Duration) -> String {
    const DAY: u64 = 86_400;
    match span.as_secs() {
        seconds if seconds >= 2 * DAY => format!("{} days", seconds / DAY),
        seconds => {
            let whole = if seconds >= 3600 { seconds / 60 * 60 } else { seconds };
            humantime::format_duration(Duration::from_secs(whole)).to_string()
        }
    }
}
