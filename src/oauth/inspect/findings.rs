//! What of a token deserves a look, whoever signed it.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::input::{Offered, Part};
use super::{Kind, claim_of_id_token, kind, number, shown_typ, typ};
use crate::json::{self, Members};
use crate::oauth::finding::{Finding, Severity};
use crate::oauth::jwt::numeric_date;
use crate::text::excerpt;

/// The claims that are points in time wherever they stand: RFC 7519 §4.1, OpenID Connect Core §2 and §5.1, RFC 8417 §2.2.
pub(super) const DATES: [&str; 6] = ["exp", "nbf", "iat", "auth_time", "updated_at", "toe"];

/// What RFC 9068 §2.2 wants of every access token, beside what is checked.
const OF_ACCESS_TOKENS: [&str; 4] = ["sub", "client_id", "iat", "jti"];

/// A token that has the form of a JWS.
pub(super) struct Seen<'a> {
    pub(super) offered: &'a Offered,
    pub(super) header: &'a Members,
    pub(super) claims: Option<&'a Members>,
    /// Header and payload as text, if they are some.
    pub(super) texts: [Option<&'a str>; 2],
    pub(super) is_signed: bool,
    pub(super) is_canonical: bool,
    pub(super) certificate: Option<&'a str>,
}

/// What of several kinds of tokens is found alike.
pub(super) mod found {
    use super::*;

    /// The longest header line that every proxy and server takes (bytes).
    const LONGEST: usize = 8 << 10;

    pub(in super::super) fn size(size: usize) -> Option<Finding> {
        let told = format!("it is {size} bytes long: many proxies and servers refuse header lines above 8 KiB");
        (size > LONGEST).then(|| Finding::new(Severity::Info, "token", told))
    }

    /// Names by which servers call points in time of their own.
    pub(in super::super) fn is_called_a_date(name: &str) -> bool {
        ["_at", "_time", "_exp", "_iat", "_nbf", "_expiry", "_expires"].iter().any(|end| name.ends_with(end))
    }

    /// True for seconds between 2001 and 2096: no count, no year, no milliseconds.
    pub(in super::super) fn is_recent(at: f64) -> bool {
        (1e9..4e9).contains(&at)
    }
}

pub(super) fn of_opaque(token: &str, parts: usize) -> Vec<Finding> {
    let asks = "only its server can read it: 'oauth2tok introspect' asks that";
    let mut findings = vec![Finding::new(Severity::Info, "token", asks)];
    if token.contains(char::is_whitespace) {
        findings.push(Finding::new(Severity::Warning, "token", "white space stands within it, and no token has that"));
    }
    // {" in base64url.
    if token.starts_with("eyJ") {
        let told = match parts {
            1 => "it begins as a JWT does, and no dot stands in it: it was cut off".to_owned(),
            2 => "it begins as a JWT does, and its signature is not there: it was cut off".to_owned(),
            3 | 5 => "it begins as a JWT does, and no JSON object stands in its header".to_owned(),
            _ => format!(
                "it begins as a JWT does, and has {} parts",
                if parts > 5 { "more than five".into() } else { parts.to_string() }
            ),
        };
        findings.push(Finding::new(Severity::Warning, "token", told));
    }
    findings
}

pub(super) fn of_jwe(header: &Members) -> Vec<Finding> {
    let mut findings = Vec::new();
    references(header, &mut findings);
    findings
}

pub(super) fn of_jws(seen: &Seen<'_>, now: SystemTime) -> Vec<Finding> {
    let Seen { header, claims, is_signed, .. } = *seen;
    let mut findings = Vec::new();
    let mut find = |severity, place: &str, told: &str| findings.push(Finding::new(severity, place, told));
    match header.get("alg") {
        Some(Value::String(alg)) if is_none(&alg) => {
            find(Severity::Error, "header.alg", "alg is none: it is not signed, and anybody can make one like it");
        }
        Some(Value::String(alg)) if !alg.is_empty() => {
            if !is_signed {
                find(Severity::Error, "signature", "no signature is there, and anybody can make one like it");
            }
        }
        _ => find(Severity::Error, "header.alg", "alg is missing or no text: nothing says how it is signed"),
    }
    if let Some(crit) = header.raw("crit") {
        let told = format!(
            "crit {}: who does not know these extensions must refuse it (RFC 7515 §4.1.11)",
            excerpt(crit, 100)
        );
        find(Severity::Error, "header.crit", &told);
    }
    for (place, text) in ["header", "claims"].into_iter().zip(seen.texts) {
        if let Some(name) = text.and_then(json::duplicate) {
            let told =
                format!("'{}' stands more than once, and readers differ in which one they take", excerpt(&name, 40));
            find(Severity::Error, place, &told);
        }
    }
    if !seen.is_canonical {
        find(Severity::Warning, "token", "it is not base64url to the letter (RFC 7515 §2): verifiers refuse it");
    }
    references(header, &mut findings);
    match claims {
        Some(claims) => of_claims(seen, claims, now, &mut findings),
        None => findings.push(Finding::new(
            Severity::Error,
            "claims",
            "its payload is no JSON object: it is signed, and no JWT (RFC 7519 §7.2)",
        )),
    }
    findings
}

/// `none`, however it is written.
fn is_none(alg: &str) -> bool {
    let letters: String = alg.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.eq_ignore_ascii_case("none")
}

/// What a header says of keys.
fn references(header: &Members, findings: &mut Vec<Finding>) {
    for name in ["jku", "x5u", "jwk", "x5c"] {
        if header.raw(name).is_some() {
            let what = if name.ends_with('u') { "names a place for" } else { "brings" };
            let told = format!("it {what} its own key ({name}): whoever made it wrote that, and nobody may follow it");
            findings.push(Finding::new(Severity::Warning, format!("header.{name}"), told));
        }
    }
}

fn of_claims(seen: &Seen<'_>, claims: &Members, now: SystemTime, findings: &mut Vec<Finding>) {
    let mut find = |severity, place: &str, told: &str| findings.push(Finding::new(severity, place, told));
    for name in DATES {
        let Some(value) = claims.get(name) else { continue };
        let told = match number(&value) {
            None => format!("{name} is {} and no number of seconds since 1970 (RFC 7519 §2)", kind_of(&value)),
            // The year 5138.
            Some(at) if at > 1e11 => format!("{name} looks like milliseconds; it counts seconds (RFC 7519 §2)"),
            Some(_) => continue,
        };
        find(Severity::Error, &format!("claims.{name}"), &told);
    }
    let date = |name| claims.get(name).and_then(|value| number(&value));
    let is_refresh = seen.offered.part == Part::Other;
    if claims.raw("exp").is_none() {
        let severity = if is_refresh { Severity::Info } else { Severity::Warning };
        find(severity, "claims.exp", "no exp: it never ends by itself");
    }
    if let Some(exp) = date("exp") {
        for name in ["nbf", "iat"] {
            if date(name).is_some_and(|at| at >= exp) {
                find(Severity::Error, "claims.exp", &format!("exp is not after {name}: it is never good"));
            }
        }
    }
    let ahead = numeric_date(now.checked_add(Duration::from_secs(60)).unwrap_or(now));
    if date("iat").is_some_and(|at| at > ahead && at <= 1e11) {
        find(Severity::Warning, "claims.iat", "iat lies ahead: this machine's clock or the server's is wrong");
    }
    of_type(seen, claims, findings);
    binding(seen, claims, findings);
    if let Some(told) = acting(claims) {
        findings.push(Finding::new(Severity::Info, "claims.act", told));
    }
}

/// What its type says, against what it is.
fn of_type(seen: &Seen<'_>, claims: &Members, findings: &mut Vec<Finding>) {
    let (header, part) = (seen.header, seen.offered.part);
    let mut find = |severity, place: &str, told: &str| findings.push(Finding::new(severity, place, told));
    let of_id = claim_of_id_token(claims);
    match (typ(header).as_deref(), kind(part, header, claims)) {
        _ if part == Part::Other => {}
        (_, Kind::Access) if part == Part::Id => {
            find(Severity::Error, "header.typ", "typ says that it is an access token, and it came as the ID token");
        }
        (_, Kind::Access) => {
            if let Some(claim) = of_id {
                let told = format!("typ says that it is an access token, and it has {claim}, as ID tokens have");
                find(Severity::Warning, "header.typ", &told);
            }
            for name in OF_ACCESS_TOKENS.iter().filter(|name| claims.raw(name).is_none()) {
                let told = format!("no {name}, which RFC 9068 §2.2 wants of every access token");
                find(Severity::Warning, &format!("claims.{name}"), &told);
            }
        }
        (_, Kind::Id) if part == Part::Access => {
            let told = format!("it came as the access token and has {}, as ID tokens have", of_id.unwrap_or("nonce"));
            find(Severity::Warning, "claims", &told);
        }
        (Some("jwt"), _) => {}
        (None, _) => {
            find(Severity::Info, "header.typ", "no typ: nothing tells it from a JWT of another kind (RFC 8725 §3.11)");
        }
        (Some(_), _) => {
            let told =
                format!("typ {}: it is neither an access token (at+jwt) nor an ID token (JWT)", shown_typ(header));
            find(Severity::Warning, "header.typ", &told);
        }
    }
}

/// What it is bound to (RFC 7800 §3.1).
fn binding(seen: &Seen<'_>, claims: &Members, findings: &mut Vec<Finding>) {
    let mut find = |severity, place: &str, told: &str| findings.push(Finding::new(severity, place, told));
    let scheme = seen.offered.scheme.as_deref().unwrap_or_default();
    let cnf = claims.raw("cnf").and_then(|cnf| Members::parse(cnf).ok().flatten());
    let member = |name| cnf.as_ref().and_then(|cnf| cnf.string(name));
    match member("jkt") {
        Some(jkt) => {
            let told = format!("bound to the DPoP key with the thumbprint {} (RFC 9449 §6.1)", excerpt(&jkt, 100));
            find(Severity::Info, "claims.cnf", &told);
            if scheme.eq_ignore_ascii_case("bearer") {
                find(Severity::Warning, "claims.cnf", "it goes with proofs of possession, and was sent as Bearer");
            }
        }
        None if scheme.eq_ignore_ascii_case("dpop") => {
            find(Severity::Warning, "claims.cnf", "it was sent as DPoP, and is bound to no key (cnf.jkt)");
        }
        None => {}
    }
    if let Some(thumbprint) = member("x5t#S256") {
        let own = seen.certificate.map(|own| own == thumbprint.trim_end_matches('='));
        let (severity, whose) = match own {
            Some(true) => (Severity::Info, ", which is the one that is given (cert)"),
            Some(false) => (Severity::Error, ", and not to the one that is given (cert)"),
            None => (Severity::Info, ""),
        };
        let thumbprint = excerpt(&thumbprint, 100);
        let told = format!("bound to the certificate with the thumbprint {thumbprint}{whose} (RFC 8705 §3.1)");
        find(severity, "claims.cnf", &told);
    }
    for (name, what) in [("jwk", "a key that stands in it"), ("kid", "a key that it names"), ("jku", "a key elsewhere")]
    {
        if cnf.as_ref().is_some_and(|cnf| cnf.raw(name).is_some()) {
            find(Severity::Info, "claims.cnf", &format!("bound to {what} (cnf.{name}, RFC 7800 §3)"));
        }
    }
}

/// Who acts for whom (RFC 8693 §4.1): the outermost is the one that acts now.
fn acting(claims: &Members) -> Option<String> {
    const MOST: usize = 10;
    let mut actors = Vec::new();
    let mut actor = claims.get("act");
    while let Some(Value::Object(mut act)) = actor {
        let name = ["sub", "client_id", "azp", "iss"].into_iter().find_map(|name| act.get(name)?.as_str());
        actors.push(name.map_or("somebody".to_owned(), |name| format!("'{}'", excerpt(name, 100))));
        actor = act.remove("act").filter(|_| actors.len() < MOST);
    }
    let (now, before) = actors.split_first()?;
    let subject = claims.string("sub").map_or("somebody".to_owned(), |sub| format!("'{}'", excerpt(&sub, 100)));
    let before = if before.is_empty() { String::new() } else { format!(", by way of {}", before.join(", ")) };
    Some(format!("{now} acts for {subject}{before} (RFC 8693 §4.1)"))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "beyond all numbers",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
