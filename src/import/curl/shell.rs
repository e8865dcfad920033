//! What a shell makes of a command line: its words, and what it fills in. Only variables are understood; a `$` that quotes
//! make literal stays a dollar.

use super::super::Unreadable;
use super::super::text::{Text, is_variable_name};

/// Stand for a `$` and a backtick that mean themselves, while the words are split: private characters that no command has.
pub(super) const DOLLAR: char = '\u{f8fe}';
pub(super) const BACKTICK: char = '\u{f8ff}';

/// The word behind which another command may stand.
pub(super) const BEHIND: &str = ")";

/// The variable that takes the place of a script's argument begins with it.
pub(super) const ARGUMENT: &str = "ARG_";

/// How many words a command may have: each option that nobody knows is compared with all there are.
const MOST_WORDS: usize = 10_000;

/// The command in what documentation puts around it: comments, a fence, a prompt, `export TOKEN="$(…)"`. With the
/// character that ends it, if one does.
fn bare(text: &str) -> (&str, Option<char>) {
    let mut text = text.trim_start();
    while ["//", "#", "```"].iter().any(|mark| text.starts_with(mark)) {
        text = text.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    let ends = |line: &str| line.trim_start().starts_with("```");
    let length: usize = text.split_inclusive('\n').take_while(|line| !ends(line)).map(str::len).sum();
    let text = text[..length].trim_start_matches(['$', '%', '>']).trim_start();
    let assignment = text.strip_prefix("export ").unwrap_or(text).split_once('=');
    match assignment.filter(|(name, _)| is_variable_name(name)).map(|(_, value)| value.trim_start_matches('"')) {
        Some(value) if value.starts_with("$(") => (&value[2..], Some(')')),
        Some(value) if value.starts_with('`') => (&value[1..], Some('`')),
        _ => (text, None),
    }
}

/// The words after `curl`, up to where another command begins.
pub(super) fn words(text: &str) -> Result<Vec<String>, Unreadable> {
    let text = text.replace("\r\n", "\n");
    let (text, end) = bare(&text);
    let text = marked(text, end)?;
    let words = shell_words::split(&text).map_err(|_| {
        Unreadable::new(
            "the words of the command cannot be told apart: a quote is not closed",
            "give the whole command",
        )
    })?;
    let mut words = words.into_iter().skip_while(|word| word == "sudo");
    let is_curl = |word: &String| matches!(word.rsplit(['/', '\\']).next(), Some("curl" | "curl.exe"));
    match words.next() {
        Some(word) if is_curl(&word) => {}
        Some(_) => return Err(Unreadable::new("the command does not begin with curl", "give the curl command alone")),
        None => return Err(Unreadable::new("there is no command in it", "give a curl command, in a file or on stdin")),
    }
    let words: Vec<_> = words.take(MOST_WORDS + 1).collect();
    if words.len() > MOST_WORDS {
        let what = format!("the command has more than {MOST_WORDS} words");
        return Err(Unreadable::new(what, "give the curl command alone"));
    }
    Ok(words)
}

/// Replaces what quotes make literal, so that it survives the splitting, and finds what no splitting could carry over. What
/// stands behind `end` becomes the words after a [`BEHIND`].
fn marked(text: &str, end: Option<char>) -> Result<String, Unreadable> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    let mut word_begins = true;
    let mut open = 0;
    while let Some(c) = chars.next() {
        let begins = std::mem::replace(&mut word_begins, quote.is_none() && matches!(c, ' ' | '\t' | '\n'));
        match (c, quote) {
            (c, None) if open == 0 && Some(c) == end => {
                if !chars.all(|c| c == '"' || c.is_whitespace()) {
                    out.push_str(&format!(" {BEHIND}"));
                }
                break;
            }
            // The line ends of cmd.exe and PowerShell.
            ('^' | '`', None) if chars.peek() == Some(&'\n') => {}
            ('$', Some('\'')) => out.push(DOLLAR),
            ('`', Some('\'')) => out.push(BACKTICK),
            ('\\', None | Some('"')) => match chars.next() {
                Some('$') => out.push(DOLLAR),
                Some('`') => out.push(BACKTICK),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            ('$', None) if matches!(chars.peek(), Some('\'' | '"')) => {
                let what = "the command holds $'…' or $\"…\", whose escapes are not understood";
                return Err(Unreadable::new(what, "write the text out in plain quotes"));
            }
            ('#', None) if begins => {
                // A comment: a quote in it is not one.
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            ('\'' | '"', None) => {
                quote = Some(c);
                out.push(c);
            }
            (c, Some(open)) if c == open => {
                quote = None;
                out.push(c);
            }
            // An operator is a word of its own, with or without spaces; `2>&1` is one word.
            (';' | '|' | '&', None) if !(c == '&' && out.ends_with('>')) => {
                out.push(' ');
                out.push(c);
                while let Some(again) = chars.next_if_eq(&c) {
                    out.push(again);
                }
                out.push(' ');
                word_begins = true;
            }
            (c, quote) => {
                match c {
                    '(' if quote.is_none() => open += 1,
                    ')' if quote.is_none() => open -= 1,
                    _ => {}
                }
                out.push(c);
            }
        }
    }
    Ok(out)
}

/// Where a shell's redirection (`>`, `2>>`) goes to; empty where the next word says it.
pub(super) fn redirection(word: &str) -> Option<&str> {
    let word = word.strip_prefix(['1', '2']).unwrap_or(word);
    word.strip_prefix(">>").or_else(|| word.strip_prefix('>'))
}

/// The `NAME` of PowerShell's `$env:NAME`.
fn without_env(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((env, name)) if env.eq_ignore_ascii_case("env:") => name,
        _ => name,
    }
}

/// How much of the text in front could be a variable's name.
fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The environment variable of that name, or the one for the argument of a script.
fn variable(name: &str) -> Option<String> {
    match name.as_bytes() {
        [b'1'..=b'9'] => Some(format!("{ARGUMENT}{name}")),
        _ => is_variable_name(name).then(|| name.to_owned()),
    }
}

/// A word as the shell would have filled it in: `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`.
pub(super) fn shell(word: &str) -> Result<Text, String> {
    let own = |text: &str| text.replace(DOLLAR, "$").replace(BACKTICK, "`");
    let mut out = Text::default();
    let mut rest = word;
    if word.contains('`') {
        return Err("the output of a command cannot be carried over; write the value out".into());
    }
    while let Some(at) = rest.find('$') {
        out.push_literal(&own(&rest[..at]));
        rest = &rest[at + 1..];
        if rest.starts_with('(') {
            return Err("the output of a command cannot be carried over; write the value out".into());
        }
        if let Some(inside) = rest.strip_prefix('{') {
            let end = inside.find('}').ok_or("'${' is not closed")?;
            let inner = without_env(&inside[..end]);
            let (name, operator) = inner.split_at(name_length(inner));
            let default = match operator.trim_start_matches(':').split_at_checked(1) {
                None | Some(("?", _)) => None,
                Some(("-" | "=", default)) => Some(own(default)),
                Some(_) => return Err("what '${…}' makes of its variable cannot be carried over".into()),
            };
            let name = variable(name).ok_or("'${…}' does not hold the name of an environment variable")?;
            out.push(&Text::variable(name, default));
            rest = &inside[end + 1..];
            continue;
        }
        let name = without_env(rest);
        // An argument is one digit, whatever follows.
        let end = if name.starts_with(|c: char| c.is_ascii_digit()) { 1 } else { name_length(name) };
        match variable(&name[..end]) {
            Some(variable) => {
                out.push(&Text::variable(variable, None));
                rest = &name[end..];
            }
            None => out.push_literal("$"),
        }
    }
    out.push_literal(&own(rest));
    Ok(out)
}
