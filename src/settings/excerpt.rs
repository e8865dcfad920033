//! What of a config file's text an error may show: the line it is about, without what may be a secret.
//!
//! Files at fault are read here, so no grammar can be relied on: what looks like a secret's name, or a typing error of one,
//! hides what stands behind it, and a text or collection that began on an earlier line hides all that it may hold.

use super::foreign::{self, is_part_of_word};
use super::is_variable_name;
use super::key::{Key, Kind};
use super::yaml::At;
use crate::secret::names::is_sensitive_name;
use crate::text::steers_a_terminal;

/// How many characters of a line are shown.
pub(super) const SHOWN: u64 = 200;

/// In more text than this no names are looked for (bytes).
const LONGEST: usize = 4 << 10;

/// Parts of words that speak of secrets without being a setting's name.
const STEMS: [&str; 7] = ["pass", "secret", "token", "cred", "phrase", "private", "pw"];

/// What begins a source of a secret.
const SOURCES: [&str; 5] = ["env:", "file:", "command:", "fd:", "literal:"];

/// The line of that place, as far as it may be shown.
pub(super) fn line(text: &str, at: At) -> String {
    let Some((above, line)) = around(text, at) else { return String::new() };
    // Anything else may be a piece of a text.
    let is_item = line.trim_start().starts_with("- ");
    let is_entry = (line.contains(": ") || line.trim_end().ends_with(':')) && !line.trim_start().starts_with(':');
    if !is_item && !is_entry {
        return String::new();
    }
    let above: Vec<_> = above.lines().collect();
    // `params` and `headers` hold names of their own.
    let is_map =
        |word: &str| Key::from_profile_name(word).is_some_and(|key| matches!(key.setting().kind, Kind::Map { .. }));
    if is_inside(&above, line, &|word| may_name_a_secret(word) && !is_map(word)) {
        String::new()
    } else if is_inside(&above, line, &may_name_a_secret) {
        shown(&without_glued(&cut(line, usize::MAX)))
    } else {
        shown(&without_glued(&without_secrets(line)))
    }
}

/// The line without its value, whatever that is: what there is time for where nothing is wrong yet.
pub(super) fn heading(text: &str, at: At) -> String {
    around(text, at).map_or(String::new(), |(_, line)| shown(&cut(line, usize::MAX)))
}

/// The line of that place, without what stands further out than is shown, and the text above it. `None` where the place
/// itself is further out: then there is nothing to point at, and looking for the beginning of a line could take long.
fn around(text: &str, at: At) -> Option<(&str, &str)> {
    if at.column > SHOWN {
        return None;
    }
    let before = text.get(..at.offset)?;
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let rest = &text[start..];
    let ends = |(index, (_, c)): &(usize, (usize, char))| *index == SHOWN as usize || matches!(c, '\n' | '\r');
    let end = rest.char_indices().enumerate().find(ends).map_or(rest.len(), |(_, (end, _))| end);
    Some((&text[..start], &rest[..end]))
}

/// Text from a file, fit for a terminal.
pub(super) fn shown(text: &str) -> String {
    let harmless = |c| match c {
        '\t' => ' ',
        c if steers_a_terminal(c) => '\u{fffd}',
        c => c,
    };
    text.chars().take(SHOWN as usize).map(harmless).collect()
}

/// Where a quoted text began that is still open at the end of `text`.
pub(super) fn open_quote(text: &str) -> Option<At> {
    let (line, column, _) = scan(text.lines()).quote?;
    let offset = text.split_inclusive('\n').take(line).map(str::len).sum();
    Some(At { line: line as u64 + 1, column: column as u64 + 1, offset })
}

/// What is open at the end of some lines.
#[derive(Default)]
struct Open {
    /// A quote: its line and column, from 0, and which.
    quote: Option<(usize, usize, char)>,
    /// The line on which the outermost of the brackets stands, from 0, and how many there are.
    brackets: Option<(usize, usize)>,
}

fn scan<'a>(lines: impl IntoIterator<Item = &'a str>) -> Open {
    let mut open = Open::default();
    for (number, line) in lines.into_iter().enumerate() {
        let mut before = ' ';
        let mut chars = line.chars().enumerate().peekable();
        while let Some((column, c)) = chars.next() {
            // Within a word these are characters like any other.
            let begins = before.is_whitespace() || "[{,:-".contains(before);
            match (open.quote, c) {
                (Some((_, _, '"')), '\\') => {
                    chars.next();
                }
                (Some((_, _, '\'')), '\'') if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                    chars.next();
                }
                (Some((_, _, quote)), _) => {
                    if c == quote {
                        open.quote = None;
                    }
                }
                (None, '#') if before.is_whitespace() => break,
                (None, '"' | '\'') if begins => open.quote = Some((number, column, c)),
                (None, '[' | '{') if begins || open.brackets.is_some() => {
                    let (first, depth) = open.brackets.unwrap_or((number, 0));
                    open.brackets = Some((first, depth + 1));
                }
                (None, ']' | '}') => {
                    open.brackets =
                        open.brackets.map(|(first, depth)| (first, depth - 1)).filter(|(_, depth)| *depth > 0);
                }
                (None, _) => {}
            }
            before = c;
        }
    }
    open
}

/// True where `line` may be a part of what a line `above` gives a name that `hides`.
fn is_inside(above: &[&str], line: &str, hides: &dyn Fn(&str) -> bool) -> bool {
    let open = scan(above.iter().copied());
    let since = open.quote.map(|(first, _, _)| first).into_iter().chain(open.brackets.map(|(first, _)| first)).min();
    if let Some(first) = since {
        // A long one is not worth the search.
        let text = &above[first..];
        let size: usize = text.iter().map(|line| line.len()).sum();
        return size > LONGEST || text.iter().any(|line| words(line).any(|(_, word)| hides(word)));
    }
    // A line that ends with such a name: its value is yet to come.
    let awaits_value = |line: &str| {
        let last = words(line).last();
        last.is_some_and(|(end, word)| line[end..].contains([':', '|', '>']) && hides(word))
    };
    let content = || above.iter().copied().rev().filter(|line| !line.trim().is_empty());
    // A value that begins on its own lines goes on, however they are indented, until there is a setting again.
    let is_setting = |line: &str| words(line).next().is_some_and(|(_, word)| Key::from_profile_name(word).is_some());
    if !is_setting(line) {
        let mut size = 0;
        for line in content() {
            size += line.len();
            if awaits_value(line) || size > LONGEST {
                return true;
            }
            if is_setting(line) {
                break;
            }
        }
    }
    // What is indented further belongs to the line above it, and so do the items of a list.
    let indent = |line: &str| line.len() - line.trim_start().len() + usize::from(line.trim_start().starts_with("- "));
    let begins_with_one = |line: &str| words(line).next().is_some_and(|(_, word)| hides(word));
    let mut least = indent(line);
    for line in content() {
        if indent(line) < least && (awaits_value(line) || begins_with_one(line)) {
            return true;
        }
        least = least.min(indent(line));
        if least == 0 {
            break;
        }
    }
    false
}

/// `line` without what may be a secret.
fn without_secrets(line: &str) -> String {
    // The name of a variable is no secret; what it holds is.
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim());
    if value.strip_prefix("env:").is_some_and(is_variable_name) {
        return line.to_owned();
    }
    // A path such as `/token/v2` names nothing.
    let has_value = |end: usize| !line[end..].starts_with('/') && line[end..].contains(char::is_alphanumeric);
    // A colon without a space behind it ends no name, but its user may think so.
    let ends_none = |rest: &str| rest.starts_with(|c: char| !c.is_whitespace()) && !rest.starts_with("//");
    let glued = line.match_indices(':').any(|(at, _)| ends_none(&line[at + 1..]));
    // A name with a slip in its middle is still one.
    let key = line.split_once(':').map_or("", |(key, _)| key.trim());
    let joined: String = key.chars().filter(|c| is_part_of_word(*c)).collect();
    if glued || !joined.is_empty() && may_name_a_secret(&joined) {
        return cut(line, usize::MAX);
    }
    let mut names = words(line).filter(|(end, word)| has_value(*end) && may_name_a_secret(word));
    if let Some((end, _)) = names.next() {
        return cut(line, line.len() - line[end..].trim_start_matches(['"', '\'']).len());
    }
    let value = line.split_once(':').map_or(line.trim_start_matches([' ', '-']), |(_, value)| value);
    let value = value.trim_start().trim_start_matches(['"', '\'', '[', '{']).trim_start();
    let is_source = SOURCES.iter().any(|source| value.starts_with(source));
    let has_userinfo = value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    if is_source || has_userinfo { cut(line, usize::MAX) } else { line.to_owned() }
}

/// `line` without what is glued to a setting's name on it.
fn without_glued(line: &str) -> String {
    let start = line.len() - line.trim_start_matches([' ', '\t', '-', '"', '\'', '{', '[', '?']).len();
    let name = &line[start..];
    let name = name[..name.find(':').unwrap_or(name.len())].trim_end_matches(['"', '\'', ' ']);
    match foreign::shown(name, Key::profile_names()) {
        Some(part) if part.len() < name.len() => format!("{}{part} …", &line[..start]),
        _ => line.to_owned(),
    }
}

/// `line` up to its first colon, or to `end` if that comes first.
fn cut(line: &str, end: usize) -> String {
    let indent = &line[..line.len() - line.trim_start().len()];
    match line.find(':') {
        Some(colon) if colon <= end && line[colon + 1..].trim().is_empty() => line.to_owned(),
        Some(colon) if colon <= end => format!("{}: …", &line[..colon]),
        _ if end < line.len() => format!("{} …", &line[..end]),
        _ if line.trim_start().starts_with("- ") => format!("{indent}- …"),
        _ => String::new(),
    }
}

/// The words of a line that may be names, each with the place where it ends.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].find(|c| is_part_of_word(c) && c != '-')?;
        at = start + line[start..].find(|c| !is_part_of_word(c)).unwrap_or(line.len() - start);
        Some((at, &line[start..at]))
    })
}

/// True for names of secrets, and what may be a typing error of one rather than of another setting.
fn may_name_a_secret(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace('-', "_");
    let (secret, harmless): (Vec<_>, Vec<_>) = Key::all_names().partition(|(_, key)| may_hold_a_secret(*key));
    let distance = |known: &[(&str, Key)]| {
        known.iter().filter_map(|(name, _)| foreign::distance(&word, name)).min().unwrap_or(usize::MAX)
    };
    let (to_secret, to_harmless) = (distance(&secret), distance(&harmless));
    let limit = (word.chars().count() / 3).clamp(1, 2);
    if to_harmless == 0 || to_harmless < to_secret && to_harmless <= limit {
        return false;
    }
    is_sensitive_name(&word)
        || STEMS.iter().any(|stem| word.contains(stem))
        || foreign::nearest(&word, secret.iter().map(|(name, _)| *name)).is_some()
}

fn may_hold_a_secret(key: Key) -> bool {
    matches!(key.setting().kind, Kind::Secret | Kind::Map { .. }) || matches!(key, Key::Proxy | Key::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, number: u64, expected: &str) {
        let offset = text.split_inclusive('\n').take(number as usize - 1).map(str::len).sum();
        assert_eq!(line(text, At { line: number, column: 1, offset }), expected, "{text}");
    }

    #[test]
    fn a_line_is_shown_whole_where_nothing_on_it_can_be_secret() {
        for text in [
            "    cliend_id: ci-bot",
            "    scopes: read write",
            "  - read",
            "    timeout: soon # and so",
            "    scope: {a: b}",
            "    token_endpont: https://idp.example/token",
            "    token_endpoint_auth_methd: client_secret_basic",
            "    grant_typ: password",
            "    insecure: true",
            "    client_secert: env:CI_SECRET",
            "    client_secret:",
            "    banana: yes",
            "profile:",
        ] {
            check(text, 1, text);
        }
    }

    #[test]
    fn what_may_be_a_secret_is_cut() {
        for (text, expected) in [
            ("    client_secret: s3cret", "    client_secret: …"),
            ("    client_secert: env:s3-cret", "    client_secert: …"),
            ("    client_secert: env:A s3cret", "    client_secert: …"),
            ("    cleint_secret: s3cret", "    cleint_secret: …"),
            ("    \"clientsecret\": s3cret", "    \"clientsecret\": …"),
            ("    client_sec: s3cret", "    client_sec: …"),
            ("    client: s3cret", "    client: …"),
            ("    client_secret abc:s3cret", ""),
            ("    client_secret abc: s3cret", "    client_secret …"),
            ("    client_secrets3cret: x", "    client_secret …"),
            ("  - \"client_secrets3cret\": x", "  - \"client_secret …"),
            ("    timeout s3cret: x", "    timeout …"),
            ("    pasword: s3cret", "    pasword: …"),
            ("    pass: s3cret", "    pass: …"),
            ("    refresh_tokn: s3cret", "    refresh_tokn: …"),
            ("    proxi: http://u:s3cret@h", "    proxi: …"),
            ("    headres: { X: s3cret }", "    headres: …"),
            ("    parmas: { X: s3cret }", "    parmas: …"),
            ("    X-Api-Key: s3cret", "    X-Api-Key: …"),
            ("    psk_key: s3cret", "    psk_key: …"),
            ("    banana: literal:s3cret", "    banana: …"),
            ("    banana: \"command:x s3cret\"", "    banana: …"),
            ("    banana: https://u:s3cret@h/", "    banana: …"),
            ("    banana: https://h/?api_key=s3cret", "    banana: …"),
            ("  p: { client_id: x, client_secret: s3cret }", "  p: …"),
            ("  - password: s3cret", "  - password: …"),
            ("  - password s3cret", "  - password …"),
            ("s3cret", ""),
        ] {
            check(text, 1, expected);
        }
    }

    #[test]
    fn what_began_on_an_earlier_line_is_hidden_with_its_name() {
        for above in [
            "client_secret: |\n  first",
            "client_secret:\n  - first",
            "client_secret:\n- first",
            "client_secret: \"first",
            "client_secret: 'it''s",
            "p: { client_secret:\n  first",
            "p: {\n  x: [ # [[\n   password,",
            "clientsecret:",
            "password: >-",
        ] {
            for last in ["  s3cret: x", "- s3cret", "  a: s3cret }", "   s3cret"] {
                check(&format!("{above}\n{last}\n"), above.lines().count() as u64 + 1, "");
            }
        }
        for open in ["client_secret: \"first", "p: { client_secret:\n  first", "clientsecret:", "password: >-"] {
            check(&format!("{open}\na: s3cret"), open.lines().count() as u64 + 1, "");
        }
        check("client_secret: x\nclient_idd: y", 2, "client_idd: y");
        check("p:\n  client_secret: \"it's\" # don't\n  client_idd: y", 3, "  client_idd: y");
        check("headers:\n  X-Team: [blue]", 2, "  X-Team: …");
        check("headers:\n  X-Auth-Token: [s3cret]", 2, "  X-Auth-Token: …");
    }

    #[test]
    fn an_open_quote_is_found_where_it_began() {
        for (text, expected) in [
            ("a: 'b\nc: d", Some((1, 4))),
            ("a: \"b\\\"\n  c", Some((1, 4))),
            ("a: 'b''c'\nd: \"e\" # '", None),
            ("a: it's", None),
            ("a: b\n- 'c", Some((2, 3))),
        ] {
            let found = open_quote(text).map(|at| (at.line, at.column));
            assert_eq!(found, expected, "{text}");
        }
    }
}
