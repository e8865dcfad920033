//! The command in what people paste: prompts, comments, lists and fences around it, assignments above it, other commands and
//! the server's answer below.

use super::super::Unreadable;
use super::super::text::{Text, is_variable_name};
use super::assignments::assignments;
use super::shell::output::{echoed, file};
use super::shell::{self, Assigned, Broken, Line, Shell, is_blank, is_cmd_variable, straight};

/// What to do about another program's command.
pub(super) const BY_HAND: &str =
    "only command lines of curl are read; 'oauth2tok -h' lists the flags that say the same";

/// What the source of a web page has in place of characters; the first five never stand in a command.
const ENTITIES: [(&str, &str); 7] =
    [("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&apos;", "'"), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];

/// Among more commands than this nobody's token request is looked for.
const MOST_COMMANDS: usize = 50;

/// What of a paste is about the token request.
pub(super) struct Found {
    /// The words behind `curl`.
    pub line: Line,
    pub shell: Shell,
    pub assigned: Assigned,
    /// Whether something else follows it.
    pub goes_on: bool,
    /// What the command was run by, if that ran it elsewhere.
    pub elsewhere: Option<&'static str>,
    /// Whether typographic quotes were read as plain ones.
    pub typographic: bool,
    /// What a command in front of a pipe puts on its standard input.
    pub piped: Option<Text>,
}

/// Finds it.
pub(super) fn find(text: &str) -> Result<Found, Unreadable> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = if ENTITIES[..5].iter().any(|(entity, _)| text.contains(entity)) {
        ENTITIES.iter().fold(text, |text, (entity, c)| text.replace(entity, c))
    } else {
        text
    };
    match read(&text) {
        Ok(found) if !found.line.seen.typographic && asks_for_token(&found.line.words) => Ok(found),
        first => {
            // A word processor's quotes, perhaps mixed with plain ones.
            let plain: String = text.chars().map(|c| straight(c).unwrap_or(c)).collect();
            if plain == text {
                return first;
            }
            match read(&plain) {
                Ok(found) if first.is_err() || asks_for_token(&found.line.words) => {
                    Ok(Found { typographic: true, ..found })
                }
                Ok(_) => first,
                Err(error) => first.map_err(|_| error),
            }
        }
    }
}

/// A place where a command may begin.
struct Candidate {
    /// Where the line with it begins.
    line: usize,
    /// Where the word for curl begins and ends.
    word: (usize, usize),
    /// How likely it is to be one, the least first.
    rank: usize,
}

fn read(text: &str) -> Result<Found, Unreadable> {
    let shell = shell_of(text);
    let candidates = candidates(text);
    if candidates.is_empty() {
        return match of_list(text) {
            Some(line) => read(&line),
            None => Err(other_than_curl(text)),
        };
    }
    let best = candidates.iter().map(|candidate| candidate.rank).min().unwrap_or_default();
    let mut read: Vec<Result<Found, Broken>> = Vec::new();
    let mut reached = 0;
    for candidate in candidates.iter().filter(|candidate| candidate.rank == best) {
        if candidate.word.0 < reached {
            continue;
        }
        let found = command(text, candidate, shell);
        if let Ok((_, end)) = &found {
            reached = *end;
        }
        read.push(found.map(|(found, _)| found));
    }
    let asks = |found: &Result<Found, Broken>| found.as_ref().is_ok_and(|found| asks_for_token(&found.line.words));
    let asking = read.iter().filter(|found| asks(found)).count();
    if asking > 1 {
        return Err(Unreadable::new(
            format!("{asking} of the commands in it ask for a token"),
            "give the curl command alone that the profile is to be made of",
        ));
    }
    let at = read.iter().position(asks).unwrap_or(0);
    read.swap_remove(at).map_err(|broken| match broken {
        Broken::Open => Unreadable::new(
            "the words of the command cannot be told apart: a quote is not closed",
            "give the whole command",
        ),
        Broken::TooDeep => Unreadable::new("commands nest too deep in it", "give the curl command alone"),
        Broken::TooManyWords => Unreadable::new("the command has more than 10000 words", "give the curl command alone"),
    })
}

/// The command line of a list of words, as JSON, YAML and programming languages write it: `["curl", "-u", …]`.
fn of_list(text: &str) -> Option<String> {
    let at = ["\"curl\"", "'curl'"].into_iter().find_map(|word| Some(text.find(word)? + word.len()))?;
    let mut out = String::from("curl -s");
    let mut quote = None;
    let mut escaped = false;
    for c in text[at..].chars() {
        match (c, quote) {
            _ if std::mem::take(&mut escaped) => {}
            ('\\', Some(_)) => escaped = true,
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(c),
            (']', None) => return Some(out),
            (',', None) => {
                out.push(' ');
                continue;
            }
            ('\n', None) => continue,
            _ => {}
        }
        out.push(c);
    }
    None
}

/// True where arguments follow the word curl.
pub(super) fn holds_command(text: &str) -> bool {
    candidates(text).iter().any(|candidate| candidate.rank < 3)
}

/// Reads one, and tells where it ends.
fn command(text: &str, candidate: &Candidate, shell: Shell) -> Result<(Found, usize), Broken> {
    let before = &text[candidate.line..candidate.word.0];
    let (mark, within) = context(before);
    let assigned = assignments(text, candidate.word.0, shell);
    let elsewhere = ["kubectl", "docker", "podman", "oc", "ssh"]
        .into_iter()
        .find(|name| before.split(|c: char| is_blank(c) || c == '"' || c == '\'').any(|word| word == *name));
    let piped = piped(before, shell, &assigned);
    let found = |line: Line, rest: &str| {
        let goes_on =
            rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '`' | ';' | '}' | '~'));
        let goes_on = !goes_on.is_empty();
        Found { line, shell, assigned: assigned.clone(), goes_on, elsewhere, typographic: false, piped: piped.clone() }
    };
    if let Within::Quote(quote) = within {
        // The command is one word of another: what that word is comes first.
        let (inner, end) = unquoted(text, candidate.word.1, quote);
        let line = shell::line(&inner, 0, shell, None, mark, &assigned)?;
        let rest = format!("{}{}", &inner[line.at..], &text[end..]);
        return Ok((found(line, &rest), end));
    }
    let close = if let Within::Bracket(close) = within { Some(close) } else { None };
    let mut line = shell::line(text, candidate.word.1, shell, close, mark, &assigned)?;
    let mut end = line.at;
    // `cat <<EOF | curl …`: the text begins where the line ends.
    if line.stdin.is_none()
        && let Some((stdin, behind)) = shell::document_of(before, text, end, shell, &assigned)?
    {
        line.stdin = Some(stdin);
        end = behind;
    }
    Ok((found(line, &text[end..]), end))
}

fn asks_for_token(words: &[Text]) -> bool {
    words.iter().any(|word| word.with_variables("").contains("grant_type"))
}

/// Whose command line it is.
fn shell_of(text: &str) -> Shell {
    let lines = || text.lines().map(str::trim_end);
    let is_like =
        |begin: &str, name: &str| begin.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
    let mut first = text.lines().map(str::trim_start);
    let is_prompt = |line: &str| {
        line.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && line.get(1..3) == Some(":\\")
            && line.contains('>')
    };
    if lines().any(|line| line.ends_with('`') && !line.ends_with("```") && line.matches('`').count() == 1)
        || text
            .match_indices(':')
            .any(|(at, _)| text[..at].ends_with("$env") || text[..at].ends_with("$Env") || text[..at].ends_with("$ENV"))
        || text.contains("ConvertFrom-Json")
        || first.clone().any(|line| is_like(line, "PS ") && line.contains('>') || sets_dollar(line))
    {
        return Shell::Pwsh;
    }
    let sets = |line: &str| {
        let line = line.trim_start_matches('@');
        (is_like(line, "set ") || is_like(line, "setx ")) && !line.contains(" -") || is_like(line, "echo off")
    };
    // `%1` of a batch file
    let argument = || {
        let mut parts = text.split('%').skip(1);
        parts.any(|rest| {
            rest.starts_with(|c: char| matches!(c, '1'..='9'))
                && !rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    };
    let percent = || {
        let mut parts = text.split('%').skip(1);
        parts
            .any(|name| is_cmd_variable(name, &Assigned::default()) && !name.contains(|c: char| c.is_ascii_lowercase()))
    };
    if lines().any(|line| line.ends_with('^'))
        || text.contains("^\"")
        || first.any(|line| is_prompt(line) || sets(line))
        || !text.contains(['$', '`']) && !lines().any(|line| line.ends_with('\\')) && (percent() || argument())
    {
        return Shell::Cmd;
    }
    Shell::Posix
}

/// `$name = …`, which PowerShell alone has.
fn sets_dollar(line: &str) -> bool {
    let Some((name, value)) = line.strip_prefix('$').and_then(|rest| rest.split_once('=')) else { return false };
    is_variable_name(name.trim_end()) && (name.ends_with(' ') || value.starts_with(['"', '\'', '(']))
}

/// Every word that is curl, with how it stands there.
fn candidates(text: &str) -> Vec<Candidate> {
    let mut out = Vec::new();
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("curl") {
        if out.len() >= MOST_COMMANDS {
            break;
        }
        let mut end = at + 4;
        if lower[end..].starts_with(".exe") {
            end += 4;
        }
        let is_break = |c: char| {
            is_blank(c)
                || matches!(c, '\n' | '"' | '\'' | '`' | '(' | ';' | '|' | '&' | '{' | '=' | '>' | '!' | '@' | '+')
        };
        // A word that nobody writes need not be looked at to its beginning.
        let before = &text[..at];
        let begin = before
            .char_indices()
            .rev()
            .take(200)
            .take_while(|(_, c)| !is_break(*c))
            .last()
            .map_or(at, |(begin, _)| begin);
        let path = &text[begin..at];
        // `curlimages/curl:8.5.0`
        let is_image = path.contains('/') && !path.starts_with(['/', '.', '~', '$', '%']) && !path.contains(':');
        if is_image && lower[end..].starts_with([':', '@']) {
            end += lower[end..].find(|c: char| c.is_whitespace()).unwrap_or(lower.len() - end);
        }
        let is_path = path.is_empty() || path.ends_with(['/', '\\']);
        let closing_quote = lower[end..].starts_with('"') && before.ends_with(['/', '\\', '"']);
        if closing_quote {
            end += 1;
        }
        let follows = &text[end..];
        if !is_path
            || !follows.is_empty()
                && !follows.starts_with(|c: char| is_blank(c) || matches!(c, '\n' | '\\' | '^' | '`'))
        {
            continue;
        }
        let line = line_begin(text, begin);
        let in_front = text[line..begin].trim_start();
        let is_comment = ["#", "//", "REM ", "rem ", "::", "--", "<!--"].iter().any(|mark| in_front.starts_with(mark));
        let is_command = takes_arguments(follows);
        let rank = match (is_command, is_image, is_comment) {
            (true, false, false) => 0,
            (true, true, false) => 1,
            (true, _, true) => 2,
            // Without any argument it can only be the command where it is the first word.
            (false, false, _) if in_front.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() => 3,
            _ => continue,
        };
        out.push(Candidate { line, word: (begin, end), rank });
    }
    out
}

/// Where the line with that place begins, as a shell counts lines: one that a mark ends goes on.
fn line_begin(text: &str, at: usize) -> usize {
    let mut begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
    // Nobody's prefix is longer.
    for _ in 0..8 {
        let above = text[..begin].trim_end_matches('\n').trim_end_matches(is_blank);
        if begin == 0 || text[..begin].ends_with("\n\n") || !above.ends_with(['\\', '^', '`']) || above.ends_with("```")
        {
            break;
        }
        begin = above.rfind('\n').map_or(0, |end| end + 1);
    }
    begin
}

/// True where what follows can only be arguments of a command, and is no sentence about it.
fn takes_arguments(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\\' | '^' | '`'));
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    let quoted = word.trim_start_matches(['\'', '"', '“', '‘', '”', '’', '„']);
    if word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['>', '|', '&', ';', ')']) {
        return false;
    }
    quoted.starts_with(['-', '–', '—', '−', '$', '%', '<', '{', '!'])
        || quoted.contains("://")
        || quoted.len() < word.len()
        || word.contains(['/', '.']) && !word.ends_with(['.', ',', ':'])
}

/// What a command stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    /// `$(…)`, `(…)` or backticks, with what closes it.
    Bracket(char),
    /// A word of another command.
    Quote(char),
}

/// The comment mark at the beginning of a line, and what stands open at its end.
fn context(before: &str) -> (&str, Within) {
    let line = before.trim_start();
    let mark = ["//!", "///", "//", "#", "*", ">", "|", "--", "REM", "rem", "::", ";", "+"]
        .into_iter()
        .find(|mark| line.strip_prefix(*mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(is_blank)));
    let number = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let is_numbered = number > 0 && line[number..].trim_start_matches(['.', ':', '|', ')']).trim_start().is_empty();
    let mark = if is_numbered { &line[..number] } else { mark.map_or("", |mark| &line[..mark.len()]) };
    let mut open: Vec<Within> = Vec::new();
    let mut chars = line[mark.len()..].chars().peekable();
    let mut is_within_word = false;
    while let Some(c) = chars.next() {
        let top = open.last().copied().unwrap_or(Within::Nothing);
        match c {
            '\\' => drop(chars.next()),
            '\'' if top == Within::Quote('\'') => drop(open.pop()),
            _ if top == Within::Quote('\'') => {}
            '"' if top == Within::Quote('"') => drop(open.pop()),
            '`' if top == Within::Bracket('`') => drop(open.pop()),
            '`' => open.push(Within::Bracket('`')),
            '$' if chars.peek() == Some(&'(') => {
                chars.next();
                open.push(Within::Bracket(')'));
            }
            _ if top == Within::Quote('"') => {}
            '(' => open.push(Within::Bracket(')')),
            ')' if top == Within::Bracket(')') => drop(open.pop()),
            '"' => open.push(Within::Quote('"')),
            // In the middle of a word it is an apostrophe.
            '\'' if !is_within_word => open.push(Within::Quote('\'')),
            _ => {}
        }
        is_within_word = c.is_alphanumeric();
    }
    (mark, open.last().copied().unwrap_or(Within::Nothing))
}

/// The rest of a quoted word as its quotes are taken off, and where it ends. All of the text where it does not.
fn unquoted(text: &str, start: usize, quote: char) -> (String, usize) {
    let mut out = String::new();
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c == quote {
            // How a quote gets into one.
            let again = ["'\\''", "'\"'\"'"].into_iter().find(|again| quote == '\'' && rest.starts_with(again));
            let Some(again) = again else { return (out, at + 1) };
            out.push('\'');
            at += again.len();
            continue;
        }
        at += c.len_utf8();
        let escaped = text[at..].chars().next().filter(|next| c == '\\' && matches!(next, '"' | '\\' | '$' | '`'));
        match escaped.filter(|_| quote == '"') {
            Some(next) => {
                at += 1;
                out.push(next);
            }
            None => out.push(c),
        }
    }
    (out, text.len())
}

/// What a command in front of a pipe prints, where that is plain.
fn piped(before: &str, shell: Shell, assigned: &Assigned) -> Option<Text> {
    let print = before.trim_end().strip_suffix('|')?;
    let begin = print.rfind([';', '&', '(', '\n']).map_or(0, |at| at + 1);
    let line = shell::inner(&print[begin..], shell, assigned).ok()?;
    let prompts =
        line.words.iter().take_while(|word| matches!(word.as_literal(), Some("$" | "%" | "#" | ">" | "sudo")));
    let words = &line.words[prompts.count()..];
    match words {
        [cat, path] if cat.as_literal() == Some("cat") => Some(file(path)),
        _ => echoed(words),
    }
}

/// What the text is instead.
fn other_than_curl(text: &str) -> Unreadable {
    let lower = text.to_ascii_lowercase();
    let has =
        |word: &str| lower.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').any(|other| other == word);
    let others = [
        ("wget", "wget"),
        ("invoke-restmethod", "PowerShell's Invoke-RestMethod"),
        ("invoke-webrequest", "PowerShell's Invoke-WebRequest"),
        ("irm", "PowerShell's Invoke-RestMethod"),
        ("iwr", "PowerShell's Invoke-WebRequest"),
        ("xh", "xh"),
        ("xhs", "xh"),
    ];
    let hint = BY_HAND;
    if lower.trim().is_empty() {
        return Unreadable::new("there is no command in it", "give a curl command, in a file or on stdin");
    }
    if let Some((_, name)) = others.into_iter().find(|(word, _)| has(word)) {
        return Unreadable::new(format!("it is a command of {name}, not of curl"), hint);
    }
    let first = lower.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '$' | '%' | '>' | '#' | '`'));
    if ["http ", "https "].iter().any(|name| first.starts_with(name) || lower.contains(&format!("({name}"))) {
        return Unreadable::new("it is a command of HTTPie, not of curl", hint);
    }
    if ["post ", "get ", "put "].iter().any(|method| first.starts_with(method)) {
        return Unreadable::new("it is an HTTP request, and no command of curl", hint);
    }
    if first.starts_with(['{', '[']) {
        return Unreadable::new("it is JSON, and no command of curl", "'oauth2tok import -h' lists what --from takes");
    }
    Unreadable::new("there is no command of curl in it", "give a curl command, in a file or on stdin")
}
