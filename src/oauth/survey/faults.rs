//! What is wrong with what a server says of itself, and with its keys.

use std::collections::BTreeSet;

use super::endpoints::endpoints;
use super::{Document, LONGEST, Standard};
use crate::jose::{KeyFlaw, PublishedKey};
use crate::json::Members;
use crate::oauth::discovery::{DiscoveryError, Issuer, Metadata};
use crate::oauth::finding::{Finding, Severity};
use crate::oauth::reply;
use crate::text::abridged;
use crate::wire::Url;

/// So many findings are told.
const MOST: usize = 256;

/// What is wrong with documents.
pub(super) fn of_documents(issuer: &Issuer, documents: &[Document]) -> Vec<Finding> {
    let mut findings: Vec<_> = documents.iter().flat_map(|document| of_document(issuer, document)).collect();
    // What both say alike is told once.
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert((finding.place.clone(), finding.finding.clone())));
    findings
}

/// The worst first, each where it was found; no more than anybody reads.
pub(super) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(MOST);
}

fn of_document(issuer: &Issuer, document: &Document) -> Vec<Finding> {
    let visit = &document.visit;
    let at_place = |severity, what: String| Finding::new(severity, &*visit.place, abridged(&what, LONGEST));
    let mut findings = Vec::new();
    match (&visit.body, visit.status) {
        (Err(why), None) => findings.push(at_place(Severity::Warning, format!("no answer came: {why}"))),
        (Err(why), Some(status)) if (300..400).contains(&status) => {
            findings.push(at_place(Severity::Info, why.clone()))
        }
        (Err(why), Some(status)) if status == 200 || reply::is_unavailable(status) => {
            findings.push(at_place(Severity::Warning, why.clone()));
        }
        _ => {}
    }
    let bends = visit.bends.iter().map(|bend| format!("{} ({})", bend.what, bend.section));
    findings.extend(bends.map(|bend| at_place(Severity::Warning, bend)));
    let of_members = document.members.as_ref().map(|members| of_members(issuer, document, members)).unwrap_or_default();
    match (&document.read, &visit.body) {
        (Some(Err(DiscoveryError::NotAnObject)), Ok(body)) => {
            // A page that stands for whatever is not there is nobody's document.
            let is_meant = body.trim_ascii_start().first().is_some_and(|first| b"{[\xef".contains(first));
            findings.push(match is_meant {
                true => at_place(Severity::Error, DiscoveryError::NotAnObject.to_string()),
                false => at_place(Severity::Info, "it answers HTTP 200 with no metadata document".to_owned()),
            });
        }
        (Some(Err(error)), _) => {
            let is_told = member_of(error).is_some_and(|name| of_members.iter().any(|told| told.place == name));
            findings.extend((!is_told).then(|| at_place(Severity::Error, error.to_string())));
        }
        (Some(Ok(metadata)), _) => {
            findings.extend(bears_another(issuer, metadata).map(|what| at_place(Severity::Warning, what)));
            // The other one has it, and a run gets along.
            let lacks = document.members.as_ref().is_some_and(|members| members.raw("token_endpoint").is_none());
            findings.extend(lacks.then(|| at_place(Severity::Warning, DiscoveryError::NoTokenEndpoint.to_string())));
        }
        (None, _) => {}
    }
    findings.extend(of_members);
    findings
}

/// The member that a document is not used for.
fn member_of(error: &DiscoveryError) -> Option<&'static str> {
    match error {
        DiscoveryError::Duplicate(name)
        | DiscoveryError::NotAString { name }
        | DiscoveryError::Endpoint { name, .. }
        | DiscoveryError::PlainHttp { name, .. } => Some(name),
        _ => None,
    }
}

fn of_members(issuer: &Issuer, document: &Document, members: &Members) -> Vec<Finding> {
    let mut findings = of_endpoints(issuer, members);
    findings.extend(of_duplicates(document, members));
    findings.extend(of_algorithms(members));
    findings.extend(of_logins(members));
    findings
}

/// The document is taken for the issuer's own because the settings say so.
fn bears_another(issuer: &Issuer, metadata: &Metadata) -> Option<String> {
    let (asked, found) = (issuer.as_str(), &*metadata.issuer);
    let is_same = asked.trim_end_matches('/') == found.trim_end_matches('/');
    (!is_same).then(|| format!("its issuer is '{found}', and is taken for the one asked for (expected_issuer)"))
}

/// Endpoints that nothing may be sent to.
fn of_endpoints(issuer: &Issuer, members: &Members) -> Vec<Finding> {
    let stays_here = issuer.url().is_loopback();
    let fault = |(name, text): (String, Result<String, ()>)| {
        let what = match text.map(|text| Url::parse(&text)) {
            Err(()) => "it is not a string".to_owned(),
            Ok(Err(why)) => why.to_string(),
            Ok(Ok(url)) if url.is_https() || stays_here && url.is_loopback() => return None,
            Ok(Ok(url)) => format!("{} is plain http", abridged(url.without_query(), LONGEST)),
        };
        Some(Finding::new(Severity::Error, name, what))
    };
    endpoints(members).into_iter().filter_map(fault).collect()
}

/// A member that is there twice: readers differ in which they read.
fn of_duplicates(document: &Document, members: &Members) -> Option<Finding> {
    let name = members.first_duplicate()?;
    let severity = if document.is_usable() { Severity::Warning } else { Severity::Error };
    Some(Finding::new(severity, abridged(name, 100), "it stands more than once (RFC 8259 §4)"))
}

/// `none` where it takes a signature away. For userinfo and request objects it is usual.
fn of_algorithms(members: &Members) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, raw) in members.raws() {
        let (severity, what) = match name {
            "id_token_signing_alg_values_supported" => {
                (Severity::Warning, "'none' is among them: ID tokens that nobody signed")
            }
            _ if name.ends_with("_auth_signing_alg_values_supported") => {
                (Severity::Error, "'none' is among them: clients that prove nothing (RFC 8414 §2 forbids it)")
            }
            _ => continue,
        };
        if strings(raw).iter().any(|alg| alg.eq_ignore_ascii_case("none")) {
            findings.push(Finding::new(severity, abridged(name, 100), what));
        }
    }
    findings
}

/// What protects a login in the browser, where there is one.
fn of_logins(members: &Members) -> Vec<Finding> {
    let list = |name: &str| members.raw(name).map(strings).unwrap_or_default();
    let is_listed = |name, value: &str| list(name).iter().any(|known| known == value);
    let mut findings = Vec::new();
    let has_endpoint = members.raw("authorization_endpoint").is_some_and(|raw| raw != "null");
    if !has_endpoint && !is_listed("grant_types_supported", "authorization_code") {
        return findings;
    }
    const METHODS: &str = "code_challenge_methods_supported";
    if !is_listed(METHODS, "S256") {
        let what = "S256 is not listed: whoever gets hold of a code may be able to use it (RFC 7636, RFC 8414 §2)";
        findings.push(Finding::new(Severity::Warning, METHODS, what));
    }
    const ISS: &str = "authorization_response_iss_parameter_supported";
    if members.raw(ISS) != Some("true") {
        let what = "iss is not promised in answers: one server's answer can be taken for another's (RFC 9207)";
        findings.push(Finding::new(Severity::Info, ISS, what));
    }
    findings
}

/// The texts of a list.
fn strings(raw: &str) -> Vec<String> {
    let items = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(raw).unwrap_or_default();
    items.into_iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect()
}

/// What is wrong with the `keys` of a set at `place`, which has `count` of them.
pub(super) fn of_keys(place: &str, keys: &[PublishedKey], count: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if count == 0 {
        findings.push(Finding::new(Severity::Warning, place, "the set holds no key"));
    }
    for (at, key) in keys.iter().enumerate() {
        let id = key.id.as_ref().map_or(String::new(), |id| format!(" (kid {})", abridged(id, 100)));
        for flaw in &key.flaws {
            let severity = match flaw {
                KeyFlaw::Private | KeyFlaw::Symmetric | KeyFlaw::Weak(_) => Severity::Error,
                KeyFlaw::NoIdAlone => Severity::Info,
                _ => Severity::Warning,
            };
            findings.push(Finding::new(severity, format!("key {}{id}", at + 1), flaw.to_string()));
        }
    }
    if count > keys.len() {
        let what = format!("the set holds {count} keys, of which the first {} are looked at", keys.len());
        findings.push(Finding::new(Severity::Warning, place, what));
    }
    findings
}

/// What there is to say where no keys are named: an OpenID provider must (OpenID Connect Discovery §3).
pub(super) fn without_keys(documents: &[Document]) -> Option<Finding> {
    let is_provider = |document: &&Document| document.visit.standard == Standard::Oidc && document.is_usable();
    let is_named = |document: &Document| {
        let raw = document.members.as_ref().and_then(|members| members.raw("jwks_uri"));
        raw.is_some_and(|raw| raw != "null")
    };
    let what = "the keys cannot be had: it is not named (OpenID Connect Discovery §3)";
    let is_lacking = documents.iter().any(|document| is_provider(&document)) && !documents.iter().any(is_named);
    is_lacking.then(|| Finding::new(Severity::Error, "jwks_uri", what))
}
