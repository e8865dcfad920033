//! What has been found so far, step by step, and what a run would end with for it.

use std::time::Duration;

use crate::problem::{Class, Problem};
use crate::render::doctor::{Step, Verdict};
use crate::report::Reporter;

/// The steps, in the order in which they are told, whenever each is taken.
pub(super) const STEPS: [&str; 11] =
    ["settings", "secret", "dns", "tcp", "proxy", "tls", "clock", "metadata", "client", "keys", "request"];

/// What each step came to.
#[derive(Default)]
pub(super) struct Chart {
    steps: Vec<Step>,
    /// What a run ends with where this step fails.
    faults: Vec<(&'static str, Class)>,
}

impl Chart {
    /// A step went well, but for the warnings that were told meanwhile and these `doubts`.
    pub(super) fn done(
        &mut self,
        name: &'static str,
        took: Duration,
        detail: Vec<String>,
        doubts: Vec<String>,
        reporter: &mut Reporter,
    ) {
        let mut remedy = reporter.collect();
        remedy.extend(doubts);
        let verdict = if remedy.is_empty() { Verdict::Ok } else { Verdict::Warn };
        self.steps.push(Step { name, verdict, took, detail, remedy });
    }

    /// A run ends at a step, with `problem`; `detail` is what was seen before.
    pub(super) fn failed(
        &mut self,
        name: &'static str,
        took: Duration,
        detail: Vec<String>,
        problem: &Problem,
        reporter: &mut Reporter,
    ) {
        let (what, mut remedy) = reporter.texts_of(problem);
        remedy.extend(reporter.collect());
        if remedy.is_empty() {
            remedy.push(match problem.class {
                Class::Usage => "mend that, and run doctor again".to_owned(),
                _ => "run with -v to see all that went over the wire".to_owned(),
            });
        }
        // A fault in a file is told on several lines.
        let what = what.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        self.steps.push(Step { name, verdict: Verdict::Fail, took, detail: [what, detail].concat(), remedy });
        self.faults.push((name, problem.class));
    }

    /// There is nothing to look at, for this reason.
    pub(super) fn skip(&mut self, name: &'static str, why: impl Into<String>, remedy: impl Into<String>) {
        let (detail, remedy) = (vec![why.into()], vec![remedy.into()]);
        self.steps.push(Step { name, verdict: Verdict::Skipped, took: Duration::ZERO, detail, remedy });
    }

    /// Skips those of `names` of which nothing has been told, because of `cause`.
    pub(super) fn skip_for(&mut self, cause: &str, names: &[&'static str]) {
        for name in names.iter().copied().filter(|name| self.step(name).is_none()).collect::<Vec<_>>() {
            self.skip(name, format!("it rests on '{cause}'"), format!("see to '{cause}' first"));
        }
    }

    /// The first of `names` that failed.
    pub(super) fn broken(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.step(name).is_some_and(|step| step.verdict == Verdict::Fail))
    }

    /// True where something is told of the step already.
    pub(super) fn has(&self, name: &str) -> bool {
        self.step(name).is_some()
    }

    fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// All steps in their order, the verdict last, and what a run would end with. `took` is the time of all of it.
    pub(super) fn concluded(mut self, took: Duration) -> (Vec<Step>, u8) {
        self.steps.sort_by_key(|step| STEPS.iter().position(|name| *name == step.name));
        let end = self.end();
        let code = end.map_or(0, |(_, class)| class.exit_code());
        let first = end.and_then(|(name, class)| self.first_to_do(name, class));
        let doubt = self.steps.iter().find(|step| step.verdict == Verdict::Warn);
        let was_asked = self.step("request").is_some_and(|step| matches!(step.verdict, Verdict::Ok | Verdict::Warn));
        let fine =
            if was_asked { "a run gets its token" } else { "nothing is in the way of a run, as far as was looked" };
        let (verdict, detail, remedy) = match (end, first.or(doubt)) {
            (Some((name, class)), cause) => {
                let why = self.step(name).and_then(|step| step.detail.first());
                let mut detail = vec![format!("a run ends with exit code {code} ({}), at '{name}'", class.name())];
                detail.extend(why.cloned());
                let mut remedy = cause.map_or_else(Vec::new, |step| step.remedy.clone());
                if let (Some(cause), Some(line)) = (cause.filter(|cause| cause.name != name), remedy.first_mut()) {
                    *line = format!("'{}' first: {line}", cause.name);
                }
                (Verdict::Fail, detail, remedy)
            }
            (None, Some(doubt)) => {
                let remedy = doubt.remedy.first().map(|line| format!("'{}': {line}", doubt.name));
                (Verdict::Warn, vec![fine.to_owned()], remedy.into_iter().collect())
            }
            (None, None) => (Verdict::Ok, vec![fine.to_owned()], Vec::new()),
        };
        self.steps.push(Step { name: "verdict", verdict, took, detail, remedy });
        (self.steps, code)
    }

    /// The step that ends a run, and with what. A request that went out had the last word; before anything is sent a run finds
    /// whatever is wrong on this side, and then meets the rest in its order.
    fn end(&self) -> Option<(&'static str, Class)> {
        let class_of = |name: &str| self.faults.iter().find(|(known, _)| *known == name).copied();
        match self.step("request").map(|step| step.verdict) {
            Some(Verdict::Ok | Verdict::Warn) => return None,
            Some(Verdict::Fail) => return class_of("request"),
            _ => {}
        }
        let mut faults: Vec<_> = STEPS.iter().filter_map(|name| class_of(name)).collect();
        faults.sort_by_key(|(_, class)| *class != Class::Usage);
        faults.first().copied()
    }

    /// Where to begin with what ended at `name`. A server that refuses says little of why; what looked odd before that, more.
    fn first_to_do(&self, name: &'static str, class: Class) -> Option<&Step> {
        let suspects = ["settings", "secret", "clock", "client"];
        let suspect = suspects.iter().filter(|_| name == "request" && class == Class::Refused);
        let suspect = suspect.filter_map(|name| self.step(name)).find(|step| step.verdict == Verdict::Warn);
        suspect.or_else(|| self.step(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Diagnosis;

    /// What a run ends with where steps come to this: `ok`, `warn`, `skipped`, or the class of a failure.
    fn concluded(found: &[(&'static str, Result<&str, Class>)]) -> (u8, Vec<String>) {
        let mut reporter = Reporter::new(Diagnosis::default());
        let mut chart = Chart::default();
        let line = || vec!["seen".to_owned()];
        for (name, outcome) in found {
            let mut done = |doubts| chart.done(name, Duration::ZERO, line(), doubts, &mut reporter);
            match outcome {
                Ok("ok") => done(Vec::new()),
                Ok("warn") => done(vec![format!("mend {name}")]),
                Ok(_) => chart.skip(name, "nothing there", "nothing"),
                Err(class) => {
                    let problem = Problem::in_words(*class, "no").hint(format!("mend {name}"));
                    chart.failed(name, Duration::ZERO, line(), &problem, &mut reporter);
                }
            }
        }
        let (steps, code) = chart.concluded(Duration::ZERO);
        (code, steps.last().unwrap().remedy.clone())
    }

    #[test]
    fn the_verdict_is_what_a_run_would_end_with_and_where_to_begin() {
        use Class::{BadResponse, Refused, Unreached, Usage};
        for (found, code, first) in [
            (&[("settings", Ok("ok")), ("request", Ok("ok"))][..], 0, None),
            (&[("dns", Ok("warn")), ("request", Ok("ok"))], 0, Some("'dns': mend dns")),
            (&[("settings", Err(Usage))], 2, Some("mend settings")),
            (&[("tcp", Err(Unreached)), ("request", Ok("skipped"))], 5, Some("mend tcp")),
            // Before anything is sent a run finds what is wrong on this side.
            (&[("dns", Err(Unreached)), ("secret", Err(Usage))], 2, Some("mend secret")),
            (&[("dns", Err(Unreached)), ("tls", Err(Usage))], 2, Some("mend tls")),
            // What went out had the last word.
            (&[("tcp", Err(Unreached)), ("request", Ok("ok"))], 0, None),
            (&[("keys", Ok("warn")), ("request", Err(BadResponse))], 4, Some("mend request")),
            (&[("secret", Ok("warn")), ("request", Err(BadResponse))], 4, Some("mend request")),
            (&[("secret", Ok("warn")), ("request", Err(Refused))], 3, Some("'secret' first: mend secret")),
            (
                &[("client", Ok("warn")), ("clock", Ok("warn")), ("request", Err(Refused))],
                3,
                Some("'clock' first: mend clock"),
            ),
        ] {
            let (told, remedy) = concluded(found);
            assert_eq!((told, remedy.first().map(String::as_str)), (code, first), "{found:?}");
        }
    }

    #[test]
    fn the_order_is_always_the_same() {
        let mut reporter = Reporter::new(Diagnosis::default());
        let mut chart = Chart::default();
        for name in STEPS.iter().rev() {
            chart.done(name, Duration::ZERO, Vec::new(), Vec::new(), &mut reporter);
        }
        let (steps, _) = chart.concluded(Duration::ZERO);
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        assert_eq!(names, [&STEPS[..], &["verdict"]].concat());
    }
}
