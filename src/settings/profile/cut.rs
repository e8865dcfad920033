//! A large file, read for the sake of one profile: what is not needed is left out before the text is parsed, because parsing
//! takes a hundred times as long as looking at lines.
//!
//! That is done only where lines alone tell what belongs to what; any other file is read as a whole. Lines keep their
//! numbers. A fault in what is left out is not noticed here: `profile check` reads everything.

use std::collections::HashSet;

/// What is needed of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    /// All it holds.
    Whole,
    /// That there is one of its name.
    Name,
    /// Nothing.
    Nothing,
}

/// `text` with what is needed of each profile. `None` where nothing can be left out: where a line may be a part of something
/// that began on another, or be referred to from elsewhere, and where one of two profiles of the same name would not be seen.
pub(super) fn without(text: &str, needed: &dyn Fn(&str) -> Needed) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let line = Line::first(rest)?;
        rest = &rest[line.whole.len()..];
        out.push_str(line.whole);
        if line.code()?.trim_end() == "profiles:" {
            break;
        }
    }
    let mut depth = 0;
    let mut needed_here = Needed::Whole;
    let mut unseen = HashSet::new();
    while let Some(line) = Line::first(rest) {
        let code = line.code()?;
        let indent = code.bytes().take_while(|byte| *byte == b' ').count();
        let is_empty = code.len() == indent;
        if indent == 0 && !is_empty {
            break;
        }
        rest = &rest[line.whole.len()..];
        if depth == 0 && !is_empty {
            depth = indent;
        }
        if is_empty || indent > depth {
            out.push_str(if needed_here == Needed::Whole { line.whole } else { "\n" });
        } else if indent == depth {
            let (name, value) = code[indent..].split_once(':')?;
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if name.is_empty() || name.starts_with('-') || !name.bytes().all(is_name) || value.starts_with(|c| c != ' ')
            {
                return None;
            }
            needed_here = if value.trim_end().is_empty() { needed(name) } else { Needed::Whole };
            if needed_here == Needed::Nothing {
                if !unseen.insert(name) {
                    return None;
                }
                // A block scalar above would take the empty lines for its own.
                out.push_str("#\n");
            } else {
                out.push_str(line.whole);
            }
        } else {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// A line with its end.
struct Line<'t> {
    whole: &'t str,
    /// Where the first byte is that [`Line::code`] looks at: the line's end, if it has none.
    special: usize,
}

impl<'t> Line<'t> {
    /// The first of a text that is not empty.
    fn first(text: &'t str) -> Option<Self> {
        let bytes = text.as_bytes();
        let special = bytes.iter().position(|byte| IS_SPECIAL[usize::from(*byte)]).unwrap_or(text.len());
        let more =
            bytes[special..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |more| special + more + 1);
        (!text.is_empty()).then(|| Self { whole: &text[..more], special })
    }

    /// The line without its comment and its end. `None` where something that goes on elsewhere may begin or end on it.
    fn code(&self) -> Option<&'t str> {
        // By bytes, for each line of a large file: a character is looked for by what encodes it.
        let its_end = match self.whole.as_bytes() {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n' | b'\r'] => 1,
            _ => 0,
        };
        let line = &self.whole[..self.whole.len() - its_end];
        let (mut single, mut double, mut open) = (false, false, 0_i32);
        let mut end = line.len();
        let bytes = line.as_bytes();
        let mut before = self.special.checked_sub(1).map_or(b' ', |at| bytes[at]);
        for (at, byte) in bytes.iter().copied().enumerate().skip(self.special) {
            match byte {
                b'\'' => single = !single,
                b'"' => double = !double,
                b'[' | b'{' => open += 1,
                b']' | b'}' => open -= 1,
                b'#' if before == b' ' => {
                    end = at;
                    break;
                }
                // An anchor, which may be referred to from anywhere; what ends a line elsewhere; what is no indentation.
                b'&' if matches!(before, b' ' | b'[' | b'{' | b',' | b':') => return None,
                b'\r' | b'\t' => return None,
                _ => {}
            }
            before = byte;
        }
        (!single && !double && open == 0).then(|| &line[..end])
    }
}

/// The bytes that decide what a line is, its end among them: most lines are looked at once.
const IS_SPECIAL: [bool; 256] = {
    let mut is_special = [false; 256];
    let mut rest: &[u8] = b"'\"[{]}#&\r\t\n";
    while let [byte, others @ ..] = rest {
        is_special[*byte as usize] = true;
        rest = others;
    }
    is_special
};

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let needed = |name: &str| if name.starts_with("other") { Needed::Name } else { Needed::Whole };
        assert_eq!(without(text, &needed).as_deref(), expected, "{text}");
    }

    #[test]
    fn of_a_profile_that_is_not_needed_nothing_is_left() {
        let needed = |name: &str| if name == "p" { Needed::Whole } else { Needed::Nothing };
        for (text, expected) in [
            (
                "profiles:\n  a:\n    x: 1\n  p:\n    y: |+\n      z\n\n  b: # c\n\n    x: 2\n  c: 1\ndefaults:\n",
                Some("profiles:\n#\n\n  p:\n    y: |+\n      z\n\n#\n\n\n  c: 1\ndefaults:\n"),
            ),
            ("profiles:\n  a:\n  a:\n  p:\n", None),
        ] {
            assert_eq!(without(text, &needed).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_other_profiles_hold_is_left_out_line_for_line() {
        check(
            "# c\ndefaults:\n  retry: 1\nprofiles: # all\n\n  other:\n    a: [1, 'x']\n\n    # it's\n    b: |\n      x: y\n  p:\n    c: 2\n  other2: { d: 3 }\n  other-3:\n    e: 4",
            Some(
                "# c\ndefaults:\n  retry: 1\nprofiles: # all\n\n  other:\n\n\n\n\n\n  p:\n    c: 2\n  other2: { d: 3 }\n  other-3:\n\n",
            ),
        );
        check("profiles:\r\n  other: # x\r\n    a: 1\r\n  p:\r\n", Some("profiles:\r\n  other: # x\r\n\n  p:\r\n"));
        check(
            "profiles:\n  other:\n    a: 1\ndefaults:\n  other:\n    b: 2\n",
            Some("profiles:\n  other:\n\ndefaults:\n  other:\n    b: 2\n"),
        );
        check(
            "profiles:\n    p:\n     a: 1\n    other:\n     b: https://h/?c&d=e\n",
            Some("profiles:\n    p:\n     a: 1\n    other:\n\n"),
        );
    }

    #[test]
    fn where_lines_alone_do_not_tell_what_belongs_to_what_nothing_is_left_out() {
        for text in [
            "defaults: {}\n",
            "profiles: {p: {}}\n",
            "'profiles':\n  p: {}\n",
            "profiles:\n  other: &x\n    a: 1\n  p: *x\n",
            "profiles:\n  other:\n    a: &x 1\n  p:\n    a: *x\n",
            "profiles:\n  other:\n    a: 'x\n  p: y'\n",
            "profiles:\n  p:\n    a: \"x\n  other:\n    b: y\"\n",
            "defaults:\n  a: \"x\nprofiles:\n  other:\n    b: y\"\n",
            "profiles:\n  other:\n    a: [1,\n  p: 2]\n",
            "{\nprofiles:\n  other:\n    a: 1\n}\n",
            "profiles:\n  other:\n\ta: 1\n",
            "profiles:\n  other:\n    a: 1\r  p: 2\n",
            "profiles:\n  'other':\n    a: 1\n",
            "profiles:\n  ? other\n  : a: 1\n",
            "profiles:\n  - other:\n    a: 1\n",
            "profiles:\n  other: x: y\n : z\n",
            "profiles:\n  p:\n    a: 1\n other:\n    b: 2\n",
        ] {
            check(text, None);
        }
    }
}
