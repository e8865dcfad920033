//! The endpoints that documents name, and whether they are where their issuer is.

use std::collections::BTreeSet;

use super::{Document, LONGEST};
use crate::json::Members;
use crate::oauth::discovery::Issuer;
use crate::text::abridged;
use crate::wire::Url;

/// So many are told.
const MOST: usize = 64;

/// The member that holds endpoints for clients with a certificate (RFC 8705 §5).
const ALIASES: &str = "mtls_endpoint_aliases";

/// How far an endpoint is from its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// It is at the same host and port.
    Nothing,
    /// It is at another port of the same host.
    Port,
    /// It is at another host.
    Host,
}

/// An endpoint that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// By this member.
    pub name: String,
    /// What the member says.
    pub url: String,
    /// Host, and port where that is not the usual one, and how far they are from the issuer's; `None` where it is no URL.
    pub host: Option<(String, Leaves)>,
}

/// Those of the documents that may be used; where none may, of all.
pub(super) fn named(issuer: &Issuer, documents: &[Document]) -> Vec<Named> {
    let is_any_usable = documents.iter().any(Document::is_usable);
    let told = documents.iter().filter(|document| document.is_usable() || !is_any_usable);
    let mut seen = BTreeSet::new();
    let mut named = Vec::new();
    for (name, text) in told.filter_map(|document| document.members.as_ref()).flat_map(endpoints) {
        let Ok(text) = text else { continue };
        if named.len() < MOST && seen.insert((name.clone(), text.clone())) {
            let host = Url::parse(&text).ok().map(|url| (url.authority(), leaves(issuer.url(), &url)));
            named.push(Named { name, url: abridged(&text, LONGEST), host });
        }
    }
    named
}

fn leaves(issuer: &Url, url: &Url) -> Leaves {
    match (issuer.host() == url.host(), issuer.port() == url.port()) {
        (false, _) => Leaves::Host,
        (true, false) => Leaves::Port,
        (true, true) => Leaves::Nothing,
    }
}

/// The members that name an endpoint, and what each says: those for clients with a certificate by the whole of their name. What
/// is no text is an error.
pub(super) fn endpoints(members: &Members) -> Vec<(String, Result<String, ()>)> {
    let is_endpoint = |name: &str| name.ends_with("_endpoint") || ["jwks_uri", "check_session_iframe"].contains(&name);
    let mut found = Vec::new();
    let mut add = |prefix: &str, members: &Members| {
        for (name, raw) in members.raws().filter(|(name, raw)| is_endpoint(name) && *raw != "null") {
            let text = serde_json::from_str::<String>(raw).map_err(drop);
            found.push((format!("{prefix}{}", abridged(name, 100)), text));
        }
    };
    add("", members);
    let aliases = members.raw(ALIASES).and_then(|raw| Members::parse(raw).ok().flatten());
    if let Some(aliases) = &aliases {
        add(&format!("{ALIASES}."), aliases);
    }
    found
}
