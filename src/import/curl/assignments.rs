//! What a paste sets variables to, above its command: `export A=b`, `set A=b`, `$env:A = "b"`, `set -x A b`.

use super::super::text::{Output, Piece, Text, is_variable_name, placeholder};
use super::shell::{self, ARGUMENT, Assigned, Broken, Shell, is_blank};

/// So many assignments are heeded.
const MOST_ASSIGNED: usize = 500;

/// What the lines above the command at `end`, and the words in front of it, set variables to. What only stands for a value sets
/// nothing.
pub(super) fn assignments(text: &str, end: usize, shell: Shell) -> Assigned {
    let mut assigned = Assigned::default();
    let mut at = 0;
    let mut broken = 0;
    while at < end && assigned.len() < MOST_ASSIGNED && broken < 20 {
        let next = text[at..].find('\n').map_or(text.len(), |length| at + length + 1);
        at = match statement(text, at, next, end, shell, &mut assigned) {
            Ok(reached) => next.max(text[reached..].find('\n').map_or(text.len(), |length| reached + length + 1)),
            Err(_) => {
                broken += 1;
                next
            }
        };
    }
    assigned
}

/// Reads the assignments that a line begins with, and tells where the last ends.
fn statement(
    text: &str,
    line: usize,
    line_end: usize,
    end: usize,
    shell: Shell,
    assigned: &mut Assigned,
) -> Result<usize, Broken> {
    let words =
        ["export", "local", "readonly", "declare", "typeset", "env", "RUN", "ENV", "-x", "-r", "-gx", "-lx", "-a"];
    let mut at = line;
    loop {
        let rest = &text[at..line_end.max(at)];
        let begin = rest.trim_start_matches(|c: char| is_blank(c) || matches!(c, ';' | '&'));
        let begin = if at == line { without_prompt(begin) } else { begin };
        at += rest.len() - begin.len();
        if let Some(word) =
            words.iter().find(|word| begin.strip_prefix(**word).is_some_and(|rest| rest.starts_with(' ')))
        {
            at += word.len();
            continue;
        }
        if let Some((name, value)) = cmd_set(begin, shell) {
            if at + begin.len() <= end {
                set(assigned, name, shell::cmd_text(value, assigned));
            }
            return Ok(line);
        }
        let Some((name, offset)) = assignment(begin, shell) else { return Ok(at) };
        let is_list = shell == Shell::Posix && text[at + offset..].starts_with('(');
        let (value, reached) = if is_list {
            // Read as words where it is used.
            let list = shell::bracketed(text, at + offset + 1, assigned)?;
            (Text::literal(list), at + offset + 2 + list.len())
        } else if shell == Shell::Pwsh && text[at + offset..].starts_with('[') {
            // An expression of .NET.
            let command = text[at + offset..].lines().next().unwrap_or_default();
            (Text::output(Output { source: None, command: command.to_owned() }), at + offset + command.len())
        } else {
            shell::word(text, at + offset, shell, assigned)?
        };
        if reached > end {
            return Ok(at);
        }
        set(assigned, name, value);
        at = reached.max(at + offset);
        if at >= line_end {
            return Ok(at);
        }
    }
}

/// A line without the prompt in front: `$ `, `alice@host:~$ `, `PS C:\>`, `C:\>`.
fn without_prompt(line: &str) -> &str {
    let first = line.lines().next().unwrap_or_default();
    let end = match first.find('>') {
        Some(at) if first.starts_with("PS") || first.get(1..3) == Some(":\\") || at == 0 => at + 1,
        _ => {
            let word = first.split(is_blank).next().unwrap_or_default();
            let is_prompt = word.len() == 1 || word.contains('@');
            if is_prompt && word.ends_with(['$', '#', '%', '-', '*', '+']) { word.len() } else { 0 }
        }
    };
    line[end..].trim_start_matches(is_blank)
}

/// The name of the variable that is set here, and where its value begins.
fn assignment(text: &str, shell: Shell) -> Option<(&str, usize)> {
    if let Some(rest) = text.strip_prefix("set -") {
        // fish
        let (_, rest) = rest.split_once(' ')?;
        let (name, _) = rest.split_once(' ')?;
        return is_variable_name(name).then(|| (name, text.len() - rest.len() + name.len() + 1));
    }
    let end = text.find(['=', ' ', '\n', '"', '\''])?;
    let name = &text[..end];
    if shell == Shell::Pwsh {
        let name = name.strip_prefix('$')?;
        let name =
            name.split_once(':').filter(|(env, _)| env.eq_ignore_ascii_case("env")).map_or(name, |(_, name)| name);
        let behind = text[end..].trim_start_matches(is_blank).strip_prefix('=')?.trim_start_matches(is_blank);
        return is_variable_name(name).then(|| (name, text.len() - behind.len()));
    }
    (is_variable_name(name) && text[end..].starts_with('=')).then_some((name, end + 1))
}

/// `set NAME=VALUE` and `set "NAME=VALUE"` of cmd.exe, in which blanks are a part of the value.
fn cmd_set(text: &str, shell: Shell) -> Option<(&str, &str)> {
    let line = text.lines().next().filter(|_| shell == Shell::Cmd)?;
    let line = match line.rfind('>') {
        // `C:\>set A=b`
        Some(at) if line[..at].contains(":\\") && !line[..at].contains('=') => &line[at + 1..],
        _ => line,
    };
    let line = line.trim_start_matches('@');
    let (set, rest) = line.split_at_checked(4)?;
    if !set.eq_ignore_ascii_case("set ") {
        return None;
    }
    let rest = rest.trim();
    let inside = rest.strip_prefix('"').map(|rest| rest.split('"').next().unwrap_or_default());
    let (name, value) = inside.unwrap_or(rest).split_once('=')?;
    let value = if inside.is_some() { value } else { value.split("&&").next().unwrap_or(value) };
    is_variable_name(name).then_some((name, value))
}

fn set(assigned: &mut Assigned, name: &str, value: Text) {
    let stands_for_one = value.is_empty() || value.as_literal().is_some_and(|text| placeholder(text).is_some());
    // `local id="$1"` has the better name.
    let is_itself =
        matches!(value.pieces(), [Piece::Variable { name: other, .. }] if other == name || other.starts_with(ARGUMENT));
    if !stands_for_one && !is_itself {
        assigned.insert(name.to_owned(), value);
    }
}
