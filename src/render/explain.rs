//! What a saved answer means, for a person's eyes.

use anstyle::Style;

use super::page::{BAD, DOUBT, GOOD, NAME, PLAIN, Page};

/// Everything that is said of an answer.
#[derive(Debug, Default)]
pub struct Explanation {
    /// What the file was taken for.
    pub taken_for: String,
    /// How a run would have ended: its exit code, and the name of that where it is a failure.
    pub ending: (u8, Option<&'static str>),
    /// What it would have said, or had.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What would have been tolerated.
    pub deviations: Vec<String>,
    /// What can be done about it.
    pub hints: Vec<String>,
}

/// The columns that the names of lines take.
const WIDTH: usize = 12;

/// It as a page.
pub fn page(explanation: &Explanation) -> Page {
    let mut page = Page::new();
    let mut line = |name: &str, style: Style, text: &str| {
        page.cell(NAME, name, WIDTH).put(style, text).end();
    };
    line("taken for", PLAIN, &explanation.taken_for);
    let (style, ending) = match explanation.ending {
        (code, None) => (GOOD, format!("exit code {code}")),
        (code, Some(kind)) => (BAD, format!("exit code {code}, {kind}")),
    };
    line("a run ends", style, &ending);
    line("", PLAIN, &explanation.message);
    let more = [
        ("caused by", PLAIN, &explanation.causes),
        ("deviation", DOUBT, &explanation.deviations),
        ("hint", PLAIN, &explanation.hints),
    ];
    for (name, style, texts) in more {
        texts.iter().for_each(|text| line(name, style, text));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_its_line() {
        let explanation = Explanation {
            taken_for: "a body".into(),
            ending: (3, Some("refused")),
            message: "no".into(),
            causes: vec!["c".into()],
            deviations: vec!["d".into(), "e\u{1b}".into()],
            hints: vec!["h".into()],
        };
        let text = anstream::adapter::strip_str(page(&explanation).as_str()).to_string();
        let expected = "taken for   a body\na run ends  exit code 3, refused\n            no\ncaused by   c\ndeviation   d\n\
                        deviation   e\\u{1b}\nhint        h\n";
        assert_eq!(text, expected);
    }
}
