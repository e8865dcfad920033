//! What the reports for scripts are made of: objects whose members keep their order.

use serde_json::Value;

use crate::json::Members;
use crate::oauth::finding::Finding;

/// An object with these members, in this order.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> String {
    let mut object = Members::default();
    members.iter().for_each(|(name, value)| object.push(name, value));
    object.to_line()
}

/// A list of what is JSON already.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// What was found, as all reports tell it.
pub(super) fn found(findings: &[Finding]) -> String {
    list(findings.iter().map(|found| {
        object([
            ("severity", found.severity.name().into()),
            ("finding", found.finding.as_str().into()),
            ("where", found.place.as_str().into()),
        ])
    }))
}
