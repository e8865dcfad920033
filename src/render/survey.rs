//! What a server says of itself, looked at whole: as a page, and as JSON.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::members::{found, list, object};
use super::page::{BAD, DOUBT, FAINT, GOOD, HEADING, NAME, PLAIN, Page, mark};
use crate::json::{Members, bounded};
use crate::oauth::finding::{Finding, Severity};
use crate::oauth::survey::{Difference, Document, LONGEST, Leaves, Named, Survey};
use crate::text::{abridged, escaped};

/// So many items and members of a value that differs are told in JSON, and so many characters of it on a page.
const MOST_ITEMS: usize = 1000;
const MOST_OF_VALUE: usize = 300;
/// So long may an id on a page be (characters).
const LONGEST_ID: usize = 64;

/// The page.
pub fn page(survey: &Survey) -> Page {
    let mut page = Page::new();
    documents(&mut page, survey);
    differences(&mut page, survey);
    endpoints(&mut page, survey);
    usable(&mut page, survey);
    keys(&mut page, survey);
    findings(&mut page, &survey.findings);
    page
}

fn heading(page: &mut Page, words: &str) {
    page.end().put(HEADING, words).end();
}

/// The width of the widest of these texts, as a page shows them.
fn width<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> usize {
    texts.into_iter().map(|text| escaped(text.as_ref()).chars().count()).max().unwrap_or_default()
}

fn documents(page: &mut Page, survey: &Survey) {
    page.put(HEADING, "Documents of ").put(HEADING, survey.issuer.as_str()).end();
    let time = |document: &Document| format!("{} ms", document.visit.took.as_millis());
    let times = width(survey.documents.iter().map(time));
    for document in &survey.documents {
        let visit = &document.visit;
        let (style, sign) = mark(document.read.as_ref().map(Result::is_ok));
        let status = visit.status.map_or("-".to_owned(), |status| status.to_string());
        let of_status = if visit.status == Some(200) { PLAIN } else { FAINT };
        page.text("  ").cell(style, sign, 3).cell(NAME, visit.standard.name(), 7).cell(of_status, &status, 5);
        let time = time(document);
        page.blank(times - time.len()).put(FAINT, &time).text("  ").text(&visit.place).end();
        if let Some(end) = &visit.redirected {
            page.blank(5).put(FAINT, "redirected to ").text(end).end();
        }
        if let Some(issuer) = document.issuer.as_ref().filter(|issuer| *issuer != survey.issuer.as_str()) {
            page.blank(5).put(FAINT, "issuer ").put(DOUBT, issuer).end();
        }
        if document.read.is_none()
            && let Err(why) = &visit.body
        {
            page.blank(5).put(FAINT, &abridged(why, LONGEST)).end();
        }
    }
}

fn differences(page: &mut Page, survey: &Survey) {
    if survey.differences.is_empty() {
        if survey.documents.iter().filter(|document| document.is_read()).count() > 1 {
            heading(page, "Differences");
            page.text("  ").put(GOOD, "none").text(": both documents say the same").end();
        }
        return;
    }
    heading(page, "Differences");
    let names = width(survey.differences.iter().map(|difference| abridged(&difference.member, LONGEST_ID)));
    for difference in &survey.differences {
        let mut name = abridged(&difference.member, LONGEST_ID);
        for (standard, value) in told(difference) {
            page.text("  ").cell(NAME, &std::mem::take(&mut name), names + 2).put(FAINT, standard);
            page.text(&abridged(&value, MOST_OF_VALUE)).end();
        }
    }
}

/// What either document says that the other does not.
fn told(difference: &Difference) -> Vec<(&'static str, String)> {
    let list = |raw: &str| serde_json::from_str::<Vec<String>>(raw).ok();
    let plain = |raw: &str| serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    match (difference.oidc.as_deref(), difference.oauth.as_deref()) {
        (Some(one), Some(other)) => match (list(one), list(other)) {
            (Some(one), Some(other)) => {
                let lacking = |these: &[String], those: &[String]| {
                    let those: BTreeSet<_> = those.iter().collect();
                    let lacking: Vec<_> =
                        these.iter().filter(|item| !those.contains(item)).map(String::as_str).collect();
                    lacking.join(" ")
                };
                let only = [("only oidc   ", lacking(&one, &other)), ("only oauth  ", lacking(&other, &one))];
                let told: Vec<_> = only.into_iter().filter(|(_, items)| !items.is_empty()).collect();
                if told.is_empty() { vec![("", "the same, told another number of times".to_owned())] } else { told }
            }
            _ => vec![("oidc        ", plain(one)), ("oauth       ", plain(other))],
        },
        (Some(one), None) => vec![("only oidc   ", plain(one))],
        (None, Some(other)) => vec![("only oauth  ", plain(other))],
        (None, None) => Vec::new(),
    }
}

fn endpoints(page: &mut Page, survey: &Survey) {
    if survey.endpoints.is_empty() {
        return;
    }
    heading(page, "Endpoints");
    let names = width(survey.endpoints.iter().map(|named| &*named.name)) + 2;
    let host = |named: &Named| named.host.as_ref().map_or("-".to_owned(), |(host, _)| host.clone());
    let hosts = width(survey.endpoints.iter().map(host)).min(LONGEST_ID) + 2;
    for named in &survey.endpoints {
        let (style, leaves) = match named.host {
            Some((_, Leaves::Nothing)) => (PLAIN, ""),
            Some((_, Leaves::Port)) => (DOUBT, "other port"),
            Some((_, Leaves::Host)) => (DOUBT, "other host"),
            None => (BAD, "no URL"),
        };
        page.text("  ").cell(NAME, &named.name, names).cell(style, &host(named), hosts).cell(style, leaves, 12);
        page.put(FAINT, named.url.split('?').next().unwrap_or_default()).end();
    }
}

/// What can be used, the grants and auth methods each by themselves.
fn usable(page: &mut Page, survey: &Survey) {
    let group = |what: &str| GROUPS.iter().position(|(prefix, _)| what.starts_with(prefix)).unwrap_or_default();
    for (at, (prefix, title)) in GROUPS.iter().enumerate() {
        let rows = || survey.usable.iter().filter(|usable| group(&usable.what) == at);
        let name = |what: &'_ str| abridged(what.strip_prefix(prefix).unwrap_or(what), LONGEST_ID);
        let names = width(rows().map(|usable| name(&usable.what))) + 2;
        if rows().next().is_some() {
            heading(page, title);
        }
        for usable in rows() {
            let (style, sign) = mark(usable.usable.then_some(true));
            let (of_name, word) = if usable.usable { (NAME, "yes") } else { (PLAIN, "no") };
            page.text("  ").cell(style, sign, 3).cell(of_name, &name(&usable.what), names).cell(style, word, 5);
            page.put(FAINT, &usable.why).end();
        }
    }
}

/// How the parts of what can be used begin, and what they are called.
const GROUPS: [(&str, &str); 3] = [
    ("grant ", "Grants that can be used"),
    ("auth method ", "Auth methods that can be used"),
    ("", "What else can be used"),
];

fn keys(page: &mut Page, survey: &Survey) {
    let Some(place) = &survey.keys_at else { return };
    page.end().put(HEADING, "Keys of ").put(HEADING, place).end();
    if survey.keys.is_empty() {
        let what = if survey.key_count.is_some() { "none" } else { "not to be had" };
        page.text("  ").put(FAINT, what).end();
        return;
    }
    let text = |text: &Option<String>| text.as_ref().map_or("-".to_owned(), |text| abridged(text, LONGEST_ID));
    let head = ["kid", "type", "use", "alg", "bits"].map(str::to_owned);
    let rows = survey.keys.iter().map(|key| {
        let kind = match (&key.kind, &key.curve) {
            (Some(kind), Some(curve)) => abridged(&format!("{kind} {curve}"), LONGEST_ID),
            (kind, _) => text(kind),
        };
        let bits = key.bits.map_or("-".to_owned(), |bits| bits.to_string());
        [text(&key.id), kind, text(&key.usage), text(&key.alg), bits]
    });
    let rows: Vec<[String; 5]> = rows.collect();
    let widths: [usize; 5] = std::array::from_fn(|at| width(rows.iter().chain([&head]).map(|row| &*row[at])) + 2);
    for (number, cells) in std::iter::once(&head).chain(&rows).enumerate() {
        page.text("  ");
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let style = match (number, at) {
                (0, _) => FAINT,
                (_, 0) => NAME,
                _ => PLAIN,
            };
            page.cell(style, cell, width);
        }
        page.end();
    }
}

fn findings(page: &mut Page, findings: &[Finding]) {
    heading(page, "Findings");
    if findings.is_empty() {
        page.text("  ").put(GOOD, "none").end();
    }
    for finding in findings {
        let style = match finding.severity {
            Severity::Error => BAD,
            Severity::Warning => DOUBT,
            Severity::Info => FAINT,
        };
        page.text("  ").cell(style, finding.severity.name(), 9).put(NAME, &finding.place);
        page.text("  ").text(&finding.finding).end();
    }
}

/// The same as JSON, on one line.
pub fn json(survey: &Survey) -> String {
    let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| abridged(text, LONGEST).into());
    let documents = survey.documents.iter().map(|document| {
        let ms = u64::try_from(document.visit.took.as_millis()).unwrap_or(u64::MAX);
        object([
            ("place", (&*document.visit.place).into()),
            ("status", document.visit.status.into()),
            ("ms", ms.into()),
            ("issuer", text(&document.issuer)),
        ])
    });
    let differences = survey.differences.iter().map(|difference| {
        let value = |raw: &Option<String>| raw.as_deref().map_or(Value::Null, value);
        object([
            ("member", abridged(&difference.member, LONGEST).into()),
            ("oidc", value(&difference.oidc)),
            ("oauth", value(&difference.oauth)),
        ])
    });
    let usable = survey.usable.iter().map(|usable| {
        object([("what", (&*usable.what).into()), ("usable", usable.usable.into()), ("why", (&*usable.why).into())])
    });
    let keys = survey.keys.iter().map(|key| {
        object([
            ("kid", text(&key.id)),
            ("type", text(&key.kind)),
            ("use", text(&key.usage)),
            ("alg", text(&key.alg)),
            ("bits", key.bits.into()),
        ])
    });
    let mut whole = Members::default();
    whole.push_raw("documents", &list(documents));
    whole.push_raw("differences", &list(differences));
    whole.push_raw("usable", &list(usable));
    whole.push_raw("keys", &list(keys));
    whole.push_raw("findings", &found(&survey.findings));
    whole.to_line()
}

/// A foreign value, as much of it as anybody reads.
fn value(raw: &str) -> Value {
    let mut value = bounded(raw, &Cell::new(MOST_ITEMS)).unwrap_or_default();
    cap(&mut value);
    value
}

fn cap(value: &mut Value) {
    match value {
        Value::String(text) => *text = abridged(text, LONGEST),
        Value::Array(items) => items.iter_mut().for_each(cap),
        Value::Object(members) => members.values_mut().for_each(cap),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::oauth::discovery::Issuer;
    use crate::oauth::survey::{Standard, Visit};
    use crate::wire::Url;

    const OIDC: &str = r#"{"issuer":"https://idp.example","token_endpoint":"https://idp.example/token","userinfo_endpoint":"https://users.example/me","scopes_supported":["openid","email"],"grant_types_supported":["password"],"x":1,"y":"\u001b[2J"}"#;
    const OAUTH: &str = r#"{"issuer":"https://idp.example","token_endpoint":"https://idp.example/token","scopes_supported":["openid","api"],"x":2.50,"z":null}"#;

    fn survey(oidc: Result<&str, &str>, oauth: Result<&str, &str>) -> Survey {
        let issuer = Issuer::parse("https://idp.example").unwrap();
        let visits = Standard::ALL.into_iter().zip([(oidc, 200, 7), (oauth, 404, 1234)]).map(
            |(standard, (came, status, ms))| Visit {
                standard,
                place: standard.location(&issuer),
                redirected: None,
                status: Some(if came.is_ok() { 200 } else { status }),
                took: Duration::from_millis(ms),
                body: came.map(|body| body.as_bytes().to_vec()).map_err(str::to_owned),
                bends: Vec::new(),
            },
        );
        Survey::of(&issuer, visits.collect())
    }

    fn plain(survey: &Survey) -> String {
        anstream::adapter::strip_str(page(survey).as_str()).to_string()
    }

    #[test]
    fn the_page_is_aligned_and_nothing_on_it_steers_a_terminal() {
        let mut both = survey(Ok(OIDC), Ok(OAUTH));
        let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a\u001b[2J","use":"sig"},{"kty":"AKP","kid":"b","alg":"ML-DSA-44"}]}"#;
        both.take_keys(&Url::parse("https://idp.example/keys").unwrap(), Ok(set.as_bytes()), 0);
        let text = plain(&both);
        let (before, after) = text.split_once("\nGrants").unwrap();
        assert_eq!(
            before,
            "\
Documents of https://idp.example
  ✓  oidc   200     7 ms  https://idp.example/.well-known/openid-configuration
  ✓  oauth  200  1234 ms  https://idp.example/.well-known/oauth-authorization-server

Differences
  userinfo_endpoint      only oidc   https://users.example/me
  scopes_supported       only oidc   email
                         only oauth  api
  grant_types_supported  only oidc   [\"password\"]
  x                      oidc        1
                         oauth       2.50
  y                      only oidc   \\u{1b}[2J

Endpoints
  token_endpoint     idp.example                https://idp.example/token
  userinfo_endpoint  users.example  other host  https://users.example/me
"
        );
        for part in [
            " that can be used\n  -  client_credentials  no   not listed in grant_types_supported\n  ✓  password            yes  listed in grant_types_supported\n",
            "\n\nAuth methods that can be used\n  ✓  client_secret_basic          yes  token_endpoint",
            "\n\nWhat else can be used\n  -  PKCE           no   authorization_endpoint is not named\n",
            "\n  ✓  userinfo       yes  userinfo_endpoint is named\n",
            "
Keys of https://idp.example/keys
  kid         type         use  alg        bits
  a\\u{1b}[2J  OKP Ed25519  sig  -          256
  b           AKP          -    ML-DSA-44  -

Findings
  none
",
        ] {
            assert!(after.contains(part), "{part}\n{after}");
        }
    }

    #[test]
    fn a_place_without_a_document_says_why() {
        let other = OIDC.replace("https://idp.example\"", "https://other.example\"");
        assert_eq!(
            plain(&survey(Ok(&other), Err("HTTP 404"))).split("\nEndpoints").next().unwrap(),
            "\
Documents of https://idp.example
  ✗  oidc   200     7 ms  https://idp.example/.well-known/openid-configuration
     issuer https://other.example
  -  oauth  404  1234 ms  https://idp.example/.well-known/oauth-authorization-server
     HTTP 404
"
        );
        let same = plain(&survey(Ok(OIDC), Ok(OIDC)));
        assert!(same.contains("\nDifferences\n  none: both documents say the same\n"), "{same}");
    }

    #[test]
    fn json_has_the_names_that_were_promised_and_no_others() {
        let mut both = survey(Ok(OIDC), Ok(OAUTH));
        let set = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"a"}]}"#;
        both.take_keys(&Url::parse("https://idp.example/keys").unwrap(), Ok(set.as_bytes()), 0);
        let text = json(&both);
        let Ok(Value::Object(whole)) = serde_json::from_str(&text) else { panic!("{text}") };
        let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(names(&Value::Object(whole.clone())), "differences documents findings keys usable");
        for (list, expected) in [
            ("documents", "issuer ms place status"),
            ("differences", "member oauth oidc"),
            ("usable", "usable what why"),
            ("keys", "alg bits kid type use"),
            ("findings", "finding severity where"),
        ] {
            for item in whole[list].as_array().unwrap() {
                assert_eq!(names(item), expected, "{list}");
            }
        }
        assert!(text.starts_with(r#"{"documents":[{"place":"https://idp.example/.well-known/openid-configuration","status":200,"ms":7,"issuer":"https://idp.example"},"#));
        assert!(text.contains(r#"{"member":"x","oidc":1,"oauth":2.50}"#), "{text}");
        assert!(text.contains(r#""keys":[{"kid":"a","type":"oct","use":null,"alg":null,"bits":48}]"#), "{text}");
        assert!(!text.contains("c2VjcmV0"));
        let none = json(&survey(Ok(OIDC), Err("HTTP 404")));
        assert!(none.contains(r#""status":404,"ms":1234,"issuer":null}],"differences":[],"#), "{none}");
    }

    #[test]
    fn what_a_server_says_at_length_is_cut() {
        let long = "x".repeat(100_000);
        let document = format!(
            r#"{{"issuer":"{long}","token_endpoint":"https://idp.example/{long}","{long}":"{long}","l":[{}]}}"#,
            vec!["\"x\""; 30_000].join(",")
        );
        let both = survey(Ok(&document), Ok("{}"));
        assert!(plain(&both).len() < 10_000 && json(&both).len() < 40_000);
    }
}
