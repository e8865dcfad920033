//! A large file, read for the sake of one profile: what the others hold is left out before the text is parsed, because
//! parsing takes a hundred times as long as looking at lines.
//!
//! That is done only where lines alone tell what belongs to what; any other file is read as a whole. Lines keep their
//! numbers. A fault in what is left out is not noticed here: `profile check` reads everything.

/// `text` without what the profiles hold that `skips` names. `None` where nothing can be left out: where a line may be a part
/// of something that began on another, or be referred to from elsewhere.
pub(super) fn without(text: &str, skips: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut out = String::new();
    let mut lines = text.split_inclusive('\n');
    loop {
        let line = lines.next()?;
        out.push_str(line);
        let code = code(line)?;
        if code.trim_end() == "profiles:" {
            break;
        }
    }
    let mut depth = 0;
    let mut skipping = false;
    for line in lines.by_ref() {
        let code = code(line)?;
        let indent = code.len() - code.trim_start_matches(' ').len();
        let is_empty = code.len() == indent;
        if indent == 0 && !is_empty {
            out.push_str(line);
            break;
        }
        if depth == 0 && !is_empty {
            depth = indent;
        }
        if is_empty || indent > depth {
            out.push_str(if skipping { "\n" } else { line });
        } else if indent == depth {
            let (name, rest) = code.trim_start_matches(' ').split_once(':')?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if name.is_empty() || name.starts_with('-') || !name.chars().all(is_name) || rest.starts_with(|c| c != ' ')
            {
                return None;
            }
            skipping = rest.trim_end().is_empty() && skips(name);
            out.push_str(line);
        } else {
            return None;
        }
    }
    lines.for_each(|line| out.push_str(line));
    Some(out)
}

/// A line without its comment and its end. `None` where something that goes on elsewhere may begin or end on it.
fn code(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (mut single, mut double, mut open) = (false, false, 0_i32);
    let mut before = b' ';
    let mut end = line.len();
    for (at, byte) in line.bytes().enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(without(text, &|name| name.starts_with("other")).as_deref(), expected, "{text}");
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
