//! What a server says of itself, in short; `discover` tells all of it.

use crate::oauth::finding::{Finding, Severity};
use crate::oauth::survey::Survey;

/// So many keys and findings are told.
const MOST: usize = 12;

/// The documents, and what is wrong with them.
pub(super) fn documents(survey: &Survey) -> (Vec<String>, Vec<String>) {
    let mut lines: Vec<_> = survey
        .documents
        .iter()
        .map(|document| {
            let visit = &document.visit;
            let came = match (visit.status, &visit.body) {
                (Some(status), Ok(_)) if document.is_usable() => format!("HTTP {status}"),
                (Some(status), Ok(_)) => format!("HTTP {status}, not usable"),
                (Some(status), Err(_)) => format!("HTTP {status}, none there"),
                (None, Err(why)) => why.clone(),
                (None, Ok(_)) => "no answer".to_owned(),
            };
            format!("{}: {came}, {} ms", visit.place, visit.took.as_millis())
        })
        .collect();
    if !survey.differences.is_empty() {
        let members: Vec<_> =
            survey.differences.iter().take(MOST).map(|difference| difference.member.clone()).collect();
        lines.push(format!("the two differ in {}", members.join(", ")));
    }
    let (grave, rest) = sorted(survey.findings.iter());
    if rest > 0 {
        let what = if rest == 1 { "1 finding" } else { &format!("{rest} findings") };
        lines.push(format!("{what} of less weight: oauth2tok discover {}", survey.issuer.as_str()));
    }
    (lines, grave)
}

/// The keys, and what is wrong with them.
pub(super) fn keys(survey: &Survey, findings: &[&Finding]) -> (Vec<String>, Vec<String>) {
    let place = survey.keys_at.as_deref().unwrap_or("jwks_uri");
    let count = survey.key_count.unwrap_or_default();
    let many = match survey.key_count {
        None => "asked for in vain".to_owned(),
        Some(1) => "1 key".to_owned(),
        Some(count) => format!("{count} keys"),
    };
    let mut lines = vec![format!("{place}: {many}")];
    lines.extend(survey.keys.iter().take(MOST).map(|key| {
        let bits = key.bits.map(|bits| format!("{bits} bits"));
        let words = [key.id.clone(), key.kind.clone(), key.curve.clone(), key.alg.clone(), key.usage.clone(), bits];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }));
    if count > MOST {
        lines.push(format!("and {} more", count - MOST));
    }
    let (grave, _) = sorted(findings.iter().copied());
    let less = findings.iter().filter(|finding| finding.severity != Severity::Error).take(MOST);
    lines.extend(less.map(|finding| told(finding)));
    (lines, grave)
}

/// Those that matter most, and how many others there are.
fn sorted<'f>(findings: impl Iterator<Item = &'f Finding>) -> (Vec<String>, usize) {
    let (grave, rest): (Vec<_>, Vec<_>) = findings.partition(|finding| finding.severity == Severity::Error);
    (grave.into_iter().take(MOST).map(told).collect(), rest.len())
}

fn told(finding: &Finding) -> String {
    format!("{}: {}", finding.place, finding.finding)
}
