//! A report for a person's eyes: lines of words in the colours that all reports share.
//!
//! Whatever is put on it is foreign until then: what steers a terminal is made visible here, so that nothing but the colours
//! of this page does.

use anstyle::{AnsiColor, Style};

use crate::text::escaped;

/// What a part of a report is about.
pub const HEADING: Style = Style::new().bold();
/// What a value is called.
pub const NAME: Style = AnsiColor::Cyan.on_default();
/// It is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// It deserves a look.
pub const DOUBT: Style = AnsiColor::Yellow.on_default().bold();
/// It is wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// It is there and seldom read.
pub const FAINT: Style = Style::new().dimmed();
/// Words among words.
pub const PLAIN: Style = Style::new();

/// The mark of something that was looked at, with its colour; nothing came of it, where that is `None`.
pub fn mark(ok: Option<bool>) -> (Style, &'static str) {
    match ok {
        Some(true) => (GOOD, "✓"),
        Some(false) => (BAD, "✗"),
        None => (FAINT, "-"),
    }
}

/// A report that is being written.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts words on it, in this style. What steers a terminal is made visible, line ends too.
    pub fn put(&mut self, style: Style, words: &str) -> &mut Self {
        let words = escaped(words);
        if style.is_plain() || words.is_empty() {
            self.0.push_str(&words);
        } else {
            self.0.push_str(&format!("{style}{words}{style:#}"));
        }
        self
    }

    /// The same with blanks behind them, up to so many columns.
    pub fn cell(&mut self, style: Style, words: &str, width: usize) -> &mut Self {
        let blanks = width.saturating_sub(escaped(words).chars().count());
        self.put(style, words).blank(blanks)
    }

    /// Plain words.
    pub fn text(&mut self, words: &str) -> &mut Self {
        self.put(PLAIN, words)
    }

    /// So many blanks.
    pub fn blank(&mut self, columns: usize) -> &mut Self {
        self.0.extend(std::iter::repeat_n(' ', columns));
        self
    }

    /// Ends the line, on which no blanks stay at the end.
    pub fn end(&mut self) -> &mut Self {
        self.0.truncate(self.0.trim_end_matches(' ').len());
        self.0.push('\n');
        self
    }

    /// It with its colours.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_page_itself_steers_a_terminal() {
        let mut page = Page::new();
        page.put(BAD, "a\u{1b}[0m\n").cell(NAME, "b", 3).text("c").blank(4).end().text("d").end();
        assert_eq!(page.as_str(), "\u{1b}[1m\u{1b}[31ma\\u{1b}[0m\\n\u{1b}[0m\u{1b}[36mb\u{1b}[0m  c\nd\n");
    }
}
