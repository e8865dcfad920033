//! Where the two documents of a server say different things.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::{Document, Standard};
use crate::json::{Members, reformat};

/// So many members that differ are told.
const MOST: usize = 256;

/// A member that two documents do not have alike. Its values are JSON as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub member: String,
    /// What the first says, if anything.
    pub oidc: Option<String>,
    /// What the second says.
    pub oauth: Option<String>,
}

/// What differs, in the order of the first document and then of the second. The order in a list tells nothing.
pub(super) fn between(documents: &[Document]) -> Vec<Difference> {
    let of = |standard| {
        let document = documents.iter().find(|document| document.visit.standard == standard)?;
        document.members.as_ref()
    };
    let (Some(oidc), Some(oauth)) = (of(Standard::Oidc), of(Standard::OAuth)) else { return Vec::new() };
    let (in_oidc, in_oauth) = (by_name(oidc), by_name(oauth));
    let names = oidc.names().chain(oauth.names().filter(|name| !in_oidc.contains_key(name)));
    let mut seen = BTreeSet::new();
    let mut differences = Vec::new();
    for name in names.filter(|name| seen.insert(*name)) {
        let (one, other) = (in_oidc.get(name).copied(), in_oauth.get(name).copied());
        if one.map(alike) != other.map(alike) {
            let told = |raw: Option<&str>| raw.map(str::to_owned);
            differences.push(Difference { member: name.to_owned(), oidc: told(one), oauth: told(other) });
        }
        if differences.len() == MOST {
            break;
        }
    }
    differences
}

/// The first member of each name that says something.
fn by_name(members: &Members) -> BTreeMap<&str, &str> {
    let mut by_name = BTreeMap::new();
    for (name, raw) in members.raws().filter(|(_, raw)| *raw != "null") {
        by_name.entry(name).or_insert(raw);
    }
    by_name
}

/// A value as it compares: white space, and the order of items and members, left aside.
fn alike(raw: &str) -> String {
    let mut parts: Vec<_> = match raw.as_bytes().first() {
        Some(b'[') => {
            let items = serde_json::from_str::<Vec<&RawValue>>(raw).unwrap_or_default();
            items.into_iter().map(|item| text(item.get())).collect()
        }
        Some(b'{') => {
            let members = Members::parse(raw).ok().flatten().unwrap_or_default();
            members.raws().map(|(name, raw)| format!("{name:?}:{}", text(raw))).collect()
        }
        _ => return text(raw),
    };
    parts.sort();
    format!("{}{}", &raw[..1], parts.join(","))
}

/// A string without the choice that JSON leaves in how to write it; anything else on one line.
fn text(raw: &str) -> String {
    let text = serde_json::from_str::<String>(raw).map(|text| serde_json::Value::from(text).to_string());
    text.unwrap_or_else(|_| reformat(raw, false))
}
