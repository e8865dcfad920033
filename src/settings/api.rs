//! What `request` must know of the API that the token is for: where it is, and which of its answers are failures.

use std::ops::RangeInclusive;

use super::{Key, Layer, SettingsError};
use crate::wire::Url;

/// Settings of the API that a token is used at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// What relative URLs are relative to, and the one origin the token may go to.
    pub base_url: Option<Url>,
    /// How often a 401 leads to a new token and another attempt.
    pub retries_401: u32,
    /// Which statuses are failures.
    pub fail_on: FailOn,
}

/// The statuses that are failures: ranges, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailOn(Vec<RangeInclusive<u16>>);

impl Default for FailOn {
    /// 400 and above.
    fn default() -> Self {
        Self(vec![400..=999])
    }
}

impl FailOn {
    /// Reads `all`, `except-not-found`, `never`, ranges such as `400-403,405-599`, or the same as JSON
    /// (`[[400, 403], [405, 599]]`, where `[]` means never).
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let ranges = match text {
            "all" => return Ok(Self::default()),
            // 404 Not Found and 410 Gone (RFC 9110 §15.5.5, §15.5.11)
            "except-not-found" => return Ok(Self(vec![400..=403, 405..=409, 411..=999])),
            "never" => return Ok(Self(Vec::new())),
            json if json.starts_with('[') => serde_json::from_str::<Vec<(u16, u16)>>(json).map_err(|_| expected())?,
            list => list.split(',').map(range).collect::<Option<_>>().ok_or_else(expected)?,
        };
        let checked = ranges.into_iter().map(|(from, to)| match (from, to) {
            _ if from > to => Err(format!("the range {from}-{to} is reversed")),
            (100..=999, 100..=999) => Ok(from..=to),
            _ => Err("a status has three digits".to_owned()),
        });
        checked.collect::<Result<_, _>>().map(Self)
    }

    /// True where an answer of that status is a failure.
    pub fn includes(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

fn expected() -> String {
    "expected all, except-not-found, never, or ranges such as 400-403,405-599".to_owned()
}

/// `FROM-TO`, or one status.
fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    match text.split_once('-') {
        Some((from, to)) => Some((number(from)?, number(to)?)),
        None => number(text).map(|status| (status, status)),
    }
}

/// Reads the settings of the API.
pub(super) fn api(layer: &Layer) -> Result<Api, SettingsError> {
    let base_url = layer.text(Key::BaseUrl).map(|text| {
        let url = Url::parse(text).map_err(|error| layer.refuse(Key::BaseUrl, error.to_string()))?;
        if !url.is_protected() {
            let why = "plain http would send the token in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])";
            return Err(layer.refuse(Key::BaseUrl, why));
        }
        Ok(url)
    });
    let fail_on = layer.text(Key::FailOn).map(|text| FailOn::parse(text).map_err(|why| layer.refuse(Key::FailOn, why)));
    Ok(Api {
        base_url: base_url.transpose()?,
        retries_401: layer.count(Key::Retries401).unwrap_or(1),
        fail_on: fail_on.transpose()?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, failures: &[u16], passes: &[u16]) {
        let fail_on = FailOn::parse(text).unwrap();
        assert!(failures.iter().all(|status| fail_on.includes(*status)), "{text}");
        assert!(!passes.iter().any(|status| fail_on.includes(*status)), "{text}");
    }

    #[test]
    fn the_forms_of_error_tolerance() {
        check("all", &[400, 404, 410, 500, 599], &[200, 302, 399]);
        check("except-not-found", &[400, 403, 405, 409, 411, 503], &[200, 404, 410]);
        check("never", &[], &[200, 400, 404, 503]);
        check("400-403,405-599", &[400, 403, 405, 599], &[200, 404]);
        check(" 404 , 500 - 502", &[404, 500, 502], &[400, 503]);
        check("[[400, 403], [405,599]]", &[400, 403, 405, 599], &[399, 404]);
        check("[]", &[], &[200, 404, 500]);
        check("[[200, 299]]", &[200], &[300]);
    }

    #[test]
    fn what_is_not_a_set_of_ranges_is_refused() {
        assert_eq!(FailOn::parse("403-400"), Err("the range 403-400 is reversed".into()));
        assert_eq!(FailOn::parse("[[599,400]]"), Err("the range 599-400 is reversed".into()));
        for text in ["", "none", "400-", "-500", "40-50", "400;500", "[400]", "[[400]]", "[[400,500,600]]", "400-5000"]
        {
            assert!(FailOn::parse(text).is_err(), "{text}");
        }
    }
}
