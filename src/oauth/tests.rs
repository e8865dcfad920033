//! Requests to test with.

use std::borrow::Cow;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client::{self, Client, ClientKind};
use super::grant::{self, Grant, GrantKind, authorization_code};
use super::login::{Login, Redirect, ResponseMode, Way};
use super::reply::{Asked, Deviation};
use super::{Attempt, Credential, Endpoints, FieldValue, Need, Part, Post, Request, Server, Ways};
use crate::secret::{Redactor, Secret};
use crate::wire::{Reply, Timings, Url};

pub(crate) const ENDPOINT: &str = "https://idp.example/token";

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(crate) fn credential(text: &str) -> Credential {
    Credential { secret: Secret::new(text), variable: "V".into() }
}

pub(crate) fn part(need: &'static Need, text: &str) -> Part {
    let value = if need.is_secret { FieldValue::Secret(credential(text)) } else { FieldValue::Plain(text.into()) };
    Part { need, value }
}

/// A client whose every secret is `secret`; the rest is as nobody said.
pub(crate) fn client(kind: &'static ClientKind, id: &str, secret: &str) -> Client {
    let parts = kind.needs.iter().map(|need| part(need, need.default.unwrap_or(secret))).collect();
    Client { kind, id: id.into(), parts }
}

/// A grant with these values, in the order of its needs.
pub(crate) fn grant(kind: &'static GrantKind, values: &[&str]) -> Grant {
    assert_eq!(kind.needs.len(), values.len());
    let parts = kind.needs.iter().zip(values).map(|(need, value)| part(need, value)).collect();
    Grant { kind, name: Cow::Borrowed(kind.name), parts }
}

/// The least that a request can be.
pub(crate) fn request() -> Request {
    Request {
        server: Server::Endpoint(url(ENDPOINT)),
        grant: grant(grant::DEFAULT, &[]),
        scope: vec![],
        audience: vec![],
        resource: vec![],
        params: vec![],
        secret_params: vec![],
        authorization_details: None,
        headers: vec![],
        client: Some(client(client::DEFAULT, "id", "s")),
        assertion: None,
        dpop: None,
        ways: Ways::default(),
        endpoints: Endpoints::default(),
        login: None,
    }
}

/// A login of client `app`, which is public, in a browser.
pub(crate) fn login() -> Request {
    let grant =
        Grant { kind: &authorization_code::KIND, name: Cow::Borrowed(authorization_code::KIND.name), parts: vec![] };
    let client = Some(client(&client::none::KIND, "app", ""));
    Request { grant, client, login: Some(Box::new(asked_of_a_person())), ..request() }
}

/// A login in a browser of which nothing is said.
pub(crate) fn asked_of_a_person() -> Login {
    Login {
        way: Way::Browser,
        redirects: vec![Redirect::default()],
        response_mode: ResponseMode::Query,
        prompt: None,
        login_hint: None,
        max_age: None,
        acr_values: None,
        auth_params: vec![],
        par: false,
        pkce: None,
        account: None,
    }
}

/// What is told of an answer: each deviation with its section.
pub(crate) fn told(deviations: &[Deviation]) -> Vec<String> {
    deviations.iter().map(|deviation| format!("{} ({})", deviation.what, deviation.section)).collect()
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    let headers = vec![("content-type".into(), "application/json".into())];
    let (head, timings) = (String::new(), Timings::default());
    Reply { status, head, headers, bends: vec![], body: body.into(), undecoded: None, timings }
}

/// One in any text.
pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Reply {
    Reply { headers: vec![("content-type".into(), content_type.into())], ..json(status, body) }
}

/// A JWT of these parts, which nobody signed.
pub(crate) fn compact(header: &str, claims: &str) -> String {
    format!("{}.{}.c2lnbmVk", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// `read` of `reply`, which came from the token endpoint.
pub(crate) fn judged<T>(reply: &Reply, read: impl FnOnce(&Reply, &Asked<'_>) -> T) -> T {
    let asked =
        Asked { endpoint: Some(&url(ENDPOINT)), started: SystemTime::UNIX_EPOCH, redactor: &Redactor::default() };
    read(reply, &asked)
}

/// An attempt in which nothing is signed.
pub(crate) fn attempt(endpoint: &Url) -> Attempt<'_> {
    let now = SystemTime::UNIX_EPOCH;
    Attempt { endpoint, audience: endpoint.as_str(), now, dated: now, tokens: &[], assertion: None, proof: None }
}

/// The request as it goes out once.
pub(crate) fn post(request: &Request) -> Post {
    let endpoint = request.server.url();
    let tokens: Vec<_> = request.ready_made().map(|(name, token)| (name, token.secret.clone())).collect();
    request.post(&Attempt { tokens: &tokens, ..attempt(endpoint) })
}
