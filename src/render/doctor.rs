//! What `doctor` found, step by step: for a person, and as JSON whose names never change.

use std::time::Duration;

use anstyle::Style;
use serde_json::Value;

use super::page::{BAD, DOUBT, FAINT, GOOD, HEADING, NAME, PLAIN, Page};
use crate::json::Members;
use crate::text::escaped;

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// A run gets past it, and it deserves a look.
    Warn,
    /// No run gets past it.
    Fail,
    /// There was nothing to look at, or what it rests on failed.
    Skipped,
}

impl Verdict {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }

    fn mark(self) -> (Style, &'static str) {
        match self {
            Self::Ok => (GOOD, "✓"),
            Self::Warn => (DOUBT, "!"),
            Self::Fail => (BAD, "✗"),
            Self::Skipped => (FAINT, "-"),
        }
    }
}

/// A step on the way to a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is called.
    pub name: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
    /// What was seen, in lines: the first is what counts.
    pub detail: Vec<String>,
    /// What to do, in lines; none where it is ok.
    pub remedy: Vec<String>,
}

/// The steps on one page, a line each and more below it where there is more to see.
pub fn page(steps: &[Step]) -> Page {
    let mut page = Page::new();
    let names = steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
    let times = steps.iter().map(|step| time(step).len()).max().unwrap_or_default();
    for step in steps {
        let (style, mark) = step.verdict.mark();
        let is_skipped = step.verdict == Verdict::Skipped;
        let body = if is_skipped { FAINT } else { PLAIN };
        let time = time(step);
        page.put(style, mark).blank(1).cell(HEADING, step.name, names + 2).blank(times - time.len());
        page.put(FAINT, &time).blank(2);
        let indent = 2 + names + 2 + times + 2;
        let mut lines = step.detail.iter();
        page.put(body, lines.next().map_or("", String::as_str)).end();
        for line in lines {
            page.blank(indent).put(FAINT, line).end();
        }
        // What is skipped waits for another step, which has its own.
        for line in step.remedy.iter().filter(|_| !is_skipped) {
            page.blank(indent).put(NAME, "→ ").text(line).end();
        }
    }
    page
}

/// How long it took, as far as that tells anything.
fn time(step: &Step) -> String {
    let millis = step.took.as_millis();
    match step.verdict {
        Verdict::Skipped => String::new(),
        _ if millis >= 10_000 => format!("{} s", millis / 1000),
        _ if millis >= 1000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{millis} ms"),
    }
}

/// The same for scripts.
pub fn json(steps: &[Step], exit_code: u8) -> String {
    let lines = |lines: &[String]| match lines {
        [] => Value::Null,
        lines => lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n").into(),
    };
    let object = |step: &Step| {
        let mut object = Members::default();
        object.push("step", &step.name.into());
        object.push("verdict", &step.verdict.name().into());
        object.push("ms", &u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX).into());
        object.push("detail", &lines(&step.detail));
        object.push("remedy", &lines(&step.remedy));
        object.to_text(false)
    };
    let steps: Vec<_> = steps.iter().map(object).collect();
    let mut report = Members::default();
    report.push_raw("steps", &format!("[{}]", steps.join(",")));
    report.push("exit_code", &exit_code.into());
    report.to_text(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, verdict: Verdict, millis: u64, detail: &[&str], remedy: &[&str]) -> Step {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Step { name, verdict, took: Duration::from_millis(millis), detail: texts(detail), remedy: texts(remedy) }
    }

    fn steps() -> [Step; 4] {
        [
            step("dns", Verdict::Ok, 9, &["idp.example: 1 IPv4", "203.0.113.5"], &[]),
            step("tls", Verdict::Fail, 1234, &["TLS with idp.example: \u{1b}[2J"], &["renew it"]),
            step("metadata", Verdict::Skipped, 0, &["it needs tls"], &["mend tls"]),
            step("verdict", Verdict::Fail, 12_345, &["exit code 5"], &["renew it"]),
        ]
    }

    #[test]
    fn the_steps_stand_below_each_other() {
        let page = page(&steps());
        let plain = anstream::adapter::strip_str(page.as_str()).to_string();
        let expected = "\
✓ dns        9 ms  idp.example: 1 IPv4
                   203.0.113.5
✗ tls       1.2 s  TLS with idp.example: \\u{1b}[2J
                   → renew it
- metadata         it needs tls
✗ verdict    12 s  exit code 5
                   → renew it
";
        assert_eq!(plain, expected);
    }

    #[test]
    fn the_names_in_json_are_those_that_scripts_rely_on() {
        let expected = r#"{"steps":[{"step":"dns","verdict":"ok","ms":9,"detail":"idp.example: 1 IPv4\n203.0.113.5","remedy":null}],"exit_code":5}"#;
        assert_eq!(json(&steps()[..1], 5), expected);
    }
}
