//! What a token is required to be, beside being right: its claims, or what its server says of it (RFC 7662 §2.2), against that.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::jwt;
use crate::json::Members;
use crate::problem::{Class, Problem};
use crate::text::excerpt;

/// What was looked at, and whether it is as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, as scripts know it.
    pub check: &'static str,
    /// `None` where it does not apply.
    pub ok: Option<bool>,
    /// What was found. What it quotes is not escaped yet.
    pub detail: String,
}

impl Check {
    /// One that passes or fails.
    pub fn new(check: &'static str, ok: bool, detail: impl Into<String>) -> Self {
        Self { check, ok: Some(ok), detail: detail.into() }
    }

    /// One that does not apply.
    pub fn idle(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, ok: None, detail: why.into() }
    }

    /// True where it fails.
    pub fn has_failed(&self) -> bool {
        self.ok == Some(false)
    }
}

/// What is required.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// All of these scopes.
    pub scope: Vec<String>,
    /// One of these audiences.
    pub aud: Vec<String>,
    /// So long it must be good from now on.
    pub min_ttl: Option<Duration>,
    /// Its server must say that it is active.
    pub active: bool,
}

impl Requirements {
    /// True where nothing is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// One check for each thing that is required, on `claims`.
    pub fn checks(&self, claims: &Members, now: SystemTime) -> Vec<Check> {
        let mut checks = Vec::new();
        if self.active {
            let active = claims.get("active");
            let is_active = active == Some(Value::Bool(true));
            checks.push(Check::new("active", is_active, if is_active { "it is active" } else { "it is not active" }));
        }
        if !self.scope.is_empty() {
            let granted = scopes(claims);
            let lacking: Vec<_> = self.scope.iter().filter(|scope| !granted.contains(scope)).cloned().collect();
            let detail = match (lacking.is_empty(), granted.is_empty()) {
                (true, _) => format!("it has {}", self.scope.join(" ")),
                (false, true) => format!("it has no scope at all, and {} is required", lacking.join(" ")),
                (false, false) => format!("it lacks {}", lacking.join(" ")),
            };
            checks.push(Check::new("scope", lacking.is_empty(), detail));
        }
        if !self.aud.is_empty() {
            let named = jwt::audience(claims);
            let shown =
                |names: &[String]| names.iter().take(5).map(|name| excerpt(name, 200)).collect::<Vec<_>>().join(", ");
            let found = named.iter().find(|name| self.aud.contains(name));
            let detail = match found {
                Some(name) => format!("it is for {}", excerpt(name, 200)),
                None if named.is_empty() => "it says not for whom it is".to_owned(),
                None => format!("it is for {}, and not for {}", shown(&named), shown(&self.aud)),
            };
            checks.push(Check::new("aud", found.is_some(), detail));
        }
        if let Some(least) = self.min_ttl {
            let now = jwt::numeric_date(now);
            let left = claims.get("exp").and_then(|exp| exp.as_f64()).map(|exp| exp - now);
            let detail = match left {
                None => "it does not say when it ends (exp)".to_owned(),
                Some(left) if left <= 0.0 => "it has ended".to_owned(),
                Some(left) => format!("{left:.0} s are left, and {} s are required", least.as_secs()),
            };
            checks.push(Check::new("ttl", left.is_some_and(|left| left >= least.as_secs_f64()), detail));
        }
        checks
    }
}

/// The scopes that are granted: `scope` and `scp`, each a text with spaces or a list, both together where both are there.
pub fn scopes(claims: &Members) -> Vec<String> {
    let texts = |value: Value| match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let all = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name)).flat_map(texts);
    all.flat_map(|text| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// What is told where one of these fails: `what`, which is looked at, and each that does.
///
/// # Errors
/// There is one.
pub fn verdict<'c>(what: &str, checks: impl IntoIterator<Item = &'c Check>) -> Result<(), Problem> {
    let failed: Vec<_> = checks.into_iter().filter(|check| check.has_failed()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = failed.iter().map(|failed| format!("{} ({})", failed.check, failed.detail)).collect();
    let checks = if failed.len() == 1 { "this check" } else { "these checks" };
    Err(Problem::in_words(Class::Check, format!("{what} fails {checks}: {}", told.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members {
        Members::parse(text).unwrap().unwrap()
    }

    #[track_caller]
    fn check(claims: &str, required: &Requirements, expected: &[(&str, bool, &str)]) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let checks = required.checks(&members(claims), now);
        let checks: Vec<_> = checks.iter().map(|c| (c.check, c.ok.unwrap(), c.detail.as_str())).collect();
        assert_eq!(checks, expected, "{claims}");
    }

    #[test]
    fn all_scopes_are_required_wherever_they_stand() {
        let required = Requirements { scope: vec!["a".into(), "b".into()], ..Requirements::default() };
        for claims in [
            r#"{"scope":"b a c"}"#,
            r#"{"scp":["a","b"]}"#,
            r#"{"scope":"a","scp":"b"}"#,
            r#"{"scope":["a b"]}"#,
            r#"{"scp":"a","scope":["b",7]}"#,
        ] {
            check(claims, &required, &[("scope", true, "it has a b")]);
        }
        check(r#"{"scope":"a,b"}"#, &required, &[("scope", false, "it lacks a b")]);
        check(r#"{"scope":"a"}"#, &required, &[("scope", false, "it lacks b")]);
        check("{}", &required, &[("scope", false, "it has no scope at all, and a b is required")]);
        check(r#"{"scope":7}"#, &required, &[("scope", false, "it has no scope at all, and a b is required")]);
    }

    #[test]
    fn one_of_the_audiences_is_enough() {
        let required = Requirements { aud: vec!["x".into(), "y".into()], ..Requirements::default() };
        check(r#"{"aud":"y"}"#, &required, &[("aud", true, "it is for y")]);
        check(r#"{"aud":["z","x"]}"#, &required, &[("aud", true, "it is for x")]);
        check(r#"{"aud":["z"]}"#, &required, &[("aud", false, "it is for z, and not for x, y")]);
        check("{}", &required, &[("aud", false, "it says not for whom it is")]);
    }

    #[test]
    fn the_time_that_is_left_counts_from_now() {
        let required = Requirements { min_ttl: Some(Duration::from_secs(60)), ..Requirements::default() };
        check(r#"{"exp":1060}"#, &required, &[("ttl", true, "60 s are left, and 60 s are required")]);
        check(r#"{"exp":1059.5}"#, &required, &[("ttl", false, "60 s are left, and 60 s are required")]);
        check(r#"{"exp":1010}"#, &required, &[("ttl", false, "10 s are left, and 60 s are required")]);
        check(r#"{"exp":999}"#, &required, &[("ttl", false, "it has ended")]);
        check(r#"{"exp":"1060"}"#, &required, &[("ttl", false, "it does not say when it ends (exp)")]);
    }

    #[test]
    fn what_is_active_says_so() {
        let required = Requirements { active: true, ..Requirements::default() };
        check(r#"{"active":true}"#, &required, &[("active", true, "it is active")]);
        check(r#"{"active":false}"#, &required, &[("active", false, "it is not active")]);
        check(r#"{"active":"true"}"#, &required, &[("active", false, "it is not active")]);
    }

    #[test]
    fn the_verdict_names_what_fails() {
        let checks = [Check::new("aud", false, "a"), Check::new("exp", true, "b"), Check::idle("iss", "c")];
        let problem = verdict("the token", &checks).unwrap_err();
        assert_eq!(
            (problem.class, problem.message()),
            (Class::Check, "the token fails this check: aud (a)".to_owned())
        );
        let checks = [Check::new("aud", false, "a"), Check::new("exp", false, "b")];
        assert_eq!(verdict("it", &checks).unwrap_err().message(), "it fails these checks: aud (a); exp (b)");
        assert!(verdict("it", &[Check::idle("iss", "c")]).is_ok());
    }
}
