//! What of a config file's text an error may show: the key of the line it is about, and its value where that is one that
//! cannot be secret.
//!
//! Files at fault are read here, so no grammar can be relied on: a line may be a piece of a text that began above it. So only
//! a key that is nearly one of ours is repeated, and a value only where the reader knows which setting it is of.

use super::foreign;
use super::key::{Key, Kind};
use super::yaml::At;
use crate::secret::names::is_sensitive_name;
use crate::secret::shape::holds_private_key;
use crate::text::steers_a_terminal;

/// How many characters of a line are shown.
pub(super) const SHOWN: u64 = 200;

/// The line of that place, as far as it may be shown; `of` is the setting whose value is there, where that is known.
pub(super) fn line(text: &str, at: At, of: Option<Key>) -> String {
    let Some(Line { margin, key, name, rest }) = start(text, at).and_then(entry) else { return String::new() };
    let known = || Key::profile_names().chain(["defaults", "profiles"]);
    let told = match foreign::shown(name, known()) {
        Some(part) if part.len() < name.len() => return shown(&format!("{margin}{part} …")),
        Some(_) => format!("{margin}{key}:"),
        None => return String::new(),
    };
    let (value, comment) = rest.split_once(" #").map_or((rest, ""), |(value, _)| (value, " # …"));
    match of {
        _ if rest.trim().is_empty() => shown(&told),
        Some(setting) if Key::from_profile_name(name) == Some(setting) && is_harmless(setting, value) => {
            shown(&format!("{told}{value}{comment}"))
        }
        _ => shown(&format!("{told} …")),
    }
}

/// The line on which a profile's name stands, without what follows the name.
pub(super) fn heading(text: &str, at: At) -> String {
    let told = start(text, at).and_then(entry).map(|line| match line.rest.trim() {
        "" => format!("{}{}:", line.margin, line.key),
        _ => format!("{}{}: …", line.margin, line.key),
    });
    told.map_or(String::new(), |told| shown(&told))
}

/// A line that gives a key a value.
struct Line<'t> {
    /// What stands before the key.
    margin: &'t str,
    /// The key as it is written.
    key: &'t str,
    /// The key without its quotes.
    name: &'t str,
    /// What stands behind the colon.
    rest: &'t str,
}

fn entry(line: &str) -> Option<Line<'_>> {
    let body = line.trim_start_matches([' ', '\t']);
    let body = body.strip_prefix("- ").map_or(body, |item| item.trim_start_matches(' '));
    let (margin, body) = line.split_at(line.len() - body.len());
    let (key, rest) = body.split_once(':')?;
    let name = key.trim_end();
    let quoted = |quote| name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
    let name = quoted('"').or_else(|| quoted('\'')).unwrap_or(name);
    Some(Line { margin, key, name, rest })
}

/// True where a value may be shown: its setting holds nothing that may be secret, and nothing stands in it but the value.
fn is_harmless(setting: Key, value: &str) -> bool {
    let kind = setting.setting().kind;
    let holds_words = matches!(kind, Kind::Text | Kind::List(_));
    // A colon is in a pair, in a secret's source (`command:`) and in a URL with a password.
    let is_plain = !value.contains(['{', '}', '=', '&', '*', '!', '\t', ':']);
    // No value belongs to these words yet: what follows one that speaks of secrets may be it.
    let mut words = value.split(|c: char| !foreign::is_part_of_word(c));
    (holds_words
        || matches!(kind, Kind::Switch | Kind::Duration | Kind::Offset | Kind::Count | Kind::Ranges | Kind::Choice(_)))
        && is_plain
        && !holds_private_key(value.trim().trim_matches(['"', '\'']))
        && !words.any(is_sensitive_name)
}

/// The line of that place, without what stands further out than is shown. `None` where the place itself is further out: then
/// there is nothing to point at, and looking for the beginning of a line could take long.
fn start(text: &str, at: At) -> Option<&str> {
    if at.column > SHOWN {
        return None;
    }
    let before = text.get(..at.offset)?;
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let rest = &text[start..];
    let ends = |(index, (_, c)): &(usize, (usize, char))| *index == SHOWN as usize || matches!(c, '\n' | '\r');
    let end = rest.char_indices().enumerate().find(ends).map_or(rest.len(), |(_, (end, _))| end);
    Some(&rest[..end])
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
    let mut open: Option<(At, char)> = None;
    let (mut number, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        number += 1;
        let mut before = ' ';
        let mut chars = line.chars().zip(1..).peekable();
        while let Some((c, column)) = chars.next() {
            // Within a word these are characters like any other.
            let begins = before.is_whitespace() || "[{,:-".contains(before);
            match (open, c) {
                (Some((_, '"')), '\\') => drop(chars.next()),
                (Some((_, '\'')), '\'') if chars.peek().is_some_and(|(next, _)| *next == '\'') => drop(chars.next()),
                (Some((_, quote)), _) => open = open.filter(|_| c != quote),
                (None, '#') if before.is_whitespace() => break,
                (None, '"' | '\'') if begins => open = Some((At { line: number, column, offset }, c)),
                (None, _) => {}
            }
            before = c;
        }
        offset += line.len();
    }
    open.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line_of_key: Option<Key>, text: &str, expected: &str) {
        assert_eq!(line(text, At::START, line_of_key), expected, "{text}");
    }

    #[test]
    fn a_value_is_shown_where_the_reader_knows_that_it_cannot_be_secret() {
        for (key, text) in [
            (Key::Timeout, "    timeout: soon"),
            (Key::Retry, "  - retry: 'x'"),
            (Key::Cache, "cache:\tyes"),
            (Key::Scope, "    scope: [a, {b]"),
            (Key::Scope, "    scope: [read, [x]]"),
            (Key::Scope, "    scope: \"read write"),
            (Key::AuthMethod, "    auth_method: basci"),
            (Key::FailOn, "    fail_on: [[400], 500-x]"),
            (Key::ClientId, "    client_id: ${NOPE}"),
        ] {
            let shows = !text.contains(['{', '\t']);
            check(
                Some(key),
                text,
                &if shows { text.to_owned() } else { format!("{}: …", text.split_once(':').unwrap().0) },
            );
            // A syntax error knows of no setting, nor does one that is about another.
            for of in [None, Some(Key::Issuer)] {
                check(of, text, &format!("{}: …", text.split_once(':').unwrap().0));
            }
        }
        check(Some(Key::Timeout), "    timeout: soon # s3cret", "    timeout: soon # …");
        check(Some(Key::ClientSecret), "    client_secret:", "    client_secret:");
    }

    #[test]
    fn of_anything_else_the_key_alone_is_shown() {
        for (key, text, expected) in [
            (Key::ClientSecret, "    client_secret: s3cret", "    client_secret: …"),
            (Key::ClientSecret, "    client_secret: env:s3cret", "    client_secret: …"),
            (Key::Password, "  - \"password\": s3cret", "  - \"password\": …"),
            (Key::Params, "    params: { otp: s3cret }", "    params: …"),
            (Key::Headers, "    header: &h s3cret", "    header: …"),
            (Key::Proxy, "    proxy: http://u:s3cret@h", "    proxy: …"),
            (Key::Issuer, "    issuer: https://h/?api_key=s3cret", "    issuer: …"),
            (Key::Key, "    key: s3cret", "    key: …"),
            (Key::Scope, "    scope: x, client_secret: s3cret", "    scope: …"),
            (Key::Scope, "    scope: &a s3cret", "    scope: …"),
            (Key::Scope, "    scope: *s3cret", "    scope: …"),
            (Key::Scope, "    scope: !s3cret x", "    scope: …"),
            (Key::Scope, "    scope: { <<: s3cret }", "    scope: …"),
            (Key::Scope, "    scope: x client_secret s3cret", "    scope: …"),
            (Key::Scope, "    scope: x client_secret=s3cret", "    scope: …"),
            (Key::Scope, "    scope: x\tpassword: s3cret", "    scope: …"),
            (Key::Timeout, "    client_secret: s3cret # timeout: x", "    client_secret: …"),
            (Key::Timeout, "    timeout: https://u:s3cret@h", "    timeout: …"),
            (Key::Output, "    output: command:pass s3cret", "    output: …"),
            (Key::ClientId, "    cliend_id: s3cret", "    cliend_id: …"),
        ] {
            check(Some(key), text, expected);
            check(None, text, expected);
        }
    }

    #[test]
    fn a_key_is_shown_as_far_as_it_is_near_one_of_ours() {
        for (text, expected) in [
            ("    cleint_secret: s3cret", "    cleint_secret: …"),
            ("    client_secret abc: s3cret", "    client_secret …"),
            ("    client_secrets3cret: x", "    client_secret …"),
            ("  - \"client_secrets3cret\": x", "  - client_secret …"),
            ("    client_secret:s3cret: x", "    client_secret: …"),
            ("profiles: [", "profiles: …"),
            ("defaults:", "defaults:"),
            ("    s3cret: x", ""),
            ("    X-S3cret: x", ""),
            ("    s3cret", ""),
            ("  - s3cret", ""),
            ("\ts3cret: x", ""),
            ("    : s3cret", ""),
            ("    ? s3cret", ""),
            ("    *s3cret : x", ""),
            ("    &s3cret a: x", ""),
            ("    <<: s3cret", ""),
            ("    {client_secret: s3cret}", "    {client_secret: …"),
            ("    '': s3cret", ""),
            ("    # client_secret s3cret: x", "    # client_secret …"),
        ] {
            check(None, text, expected);
            check(Some(Key::ClientId), text, expected);
        }
    }

    #[test]
    fn a_headings_own_value_is_not_shown() {
        for (text, expected) in
            [("  my prod:", "  my prod:"), ("  prod: {client_secret: s3cret}", "  prod: …"), ("x", "")]
        {
            assert_eq!(heading(text, At::START), expected);
        }
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
