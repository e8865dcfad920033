//! Foreign text made fit to show: on one line, capped, and without characters that steer a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// True for characters that change how a terminal shows what follows, or hide in it: C0, DEL, C1, bidirectional and
/// zero-width controls, line and paragraph separators, tags.
pub fn steers_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with such characters written as `\u{…}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escaped_but(text, |_| false)
}

/// The same for text of several lines, whose line ends stay.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escaped_but(text, |c| c == '\n')
}

fn escaped_but(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| steers_a_terminal(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if keep(c) || !steers_a_terminal(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// White space runs folded into single spaces.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `most` characters, with an ellipsis where more followed.
pub fn capped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// At most `most` characters: where there are more, those at the end stay as well as those at the beginning. Many a server
/// puts the point last.
pub fn abridged(text: &str, most: usize) -> String {
    const GAP: &str = " … ";
    let of_end = most / 3;
    let of_beginning = most.saturating_sub(of_end + GAP.chars().count());
    match (text.char_indices().nth(most), text.char_indices().nth(of_beginning), text.char_indices().nth_back(of_end)) {
        (Some(_), Some((first, _)), Some((before, c))) => {
            format!("{}{GAP}{}", text[..first].trim_end(), text[before + c.len_utf8()..].trim_start())
        }
        _ => text.to_owned(),
    }
}

/// The first `most` characters, escaped.
pub fn excerpt(text: &str, most: usize) -> String {
    escaped(&capped(text, most)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_becomes_visible() {
        for (text, expected) in [
            ("plain é", "plain é"),
            ("\u{1b}[31mred\u{1b}]0;t\u{7}", "\\u{1b}[31mred\\u{1b}]0;t\\u{7}"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{9b}1m \u{202e}x\u{200b}\u{7f}", "\\u{9b}1m \\u{202e}x\\u{200b}\\u{7f}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        assert_eq!(escaped_lines("a\nb\u{8}"), "a\nb\\u{8}");
    }

    #[test]
    fn text_is_capped_by_characters() {
        assert_eq!(capped("äöü", 2), "äö…");
        assert_eq!(capped("äöü", 3), "äöü");
    }

    #[test]
    fn of_a_long_text_both_ends_stay() {
        assert_eq!(abridged("äbcdefghijklmnö", 15), "äbcdefghijklmnö");
        assert_eq!(abridged("äbcdefghijklmnö", 12), "äbcde … lmnö");
        assert_eq!(abridged("a b c d e f g h", 12), "a b c … g h");
        assert_eq!(abridged("äöü", 0), " … ");
    }

    #[test]
    fn an_excerpt_is_capped_before_it_is_escaped() {
        assert_eq!(excerpt("a\u{1b}]0;x\u{7}\u{202e}b\u{9b}c", 100), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\u{9b}c");
        assert_eq!(excerpt("\u{7}\u{7}\u{7}", 2), "\\u{7}\\u{7}…");
        assert_eq!(excerpt("abcdef", 3), "abc…");
        assert_eq!(excerpt("zürich", 100), "zürich");
    }
}
