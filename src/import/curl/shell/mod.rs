//! What a shell makes of a command line: its words, with what it fills in. Three shells are told apart, because none of
//! them reads the quotes of another.

pub(super) mod output;
mod posix;
mod variables;
mod windows;

use std::collections::HashMap;

use self::output::file;
use super::super::Expanded;
use super::super::text::Text;

use self::variables::name_length;
pub(super) use self::windows::is_cmd_variable;

/// The variable that takes the place of a script's argument begins with it.
pub(super) const ARGUMENT: &str = "ARG_";

/// How many words a command may have: far more than anybody writes.
const MOST_WORDS: usize = 10_000;

/// How deep a default or a command may stand within another.
const DEEPEST: usize = 8;

/// Whose quotes and escapes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Posix,
    Cmd,
    /// PowerShell.
    Pwsh,
}

/// What variables hold that the input itself sets.
#[derive(Clone, Default)]
pub(super) struct Assigned {
    values: HashMap<String, Text>,
    filled: Expanded,
}

impl Assigned {
    /// The value of a variable, as long as not too much is filled in: beyond that it stays a variable.
    pub(super) fn get(&self, name: &str) -> Option<&Text> {
        let value = self.values.get(name)?;
        self.filled.add(&value.with_variables("")).is_ok().then_some(value)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn insert(&mut self, name: String, value: Text) {
        self.values.insert(name, value);
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// All of them by their names.
    pub(super) fn sorted(&self) -> Vec<(&String, &Text)> {
        let mut all: Vec<_> = self.values.iter().collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    }
}

/// What ends a command beside the end of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `|`: what the command prints goes on to another one.
    Pipe,
    /// `;`, `&&`, a closing bracket, the end of the line or of the text.
    Other,
}

/// Why the words of a command cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// A quote, or the bracket of a command within it, is not closed.
    Open,
    TooManyWords,
    TooDeep,
}

/// A command line's words, and where it ends.
pub(super) struct Line {
    pub words: Vec<Text>,
    /// What a here-document or a redirection puts on its standard input.
    pub stdin: Option<Text>,
    pub end: End,
    /// Where the next command could begin (bytes).
    pub at: usize,
    pub seen: Seen,
}

/// What a line holds that its user should hear of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// `> file`
    pub redirection: bool,
    /// `$1`
    pub argument: bool,
    /// A `&` in the middle of a word without quotes, at which a shell ends the command.
    pub ampersand: bool,
    /// Typographic quotes outside of any other.
    pub typographic: bool,
}

/// True for the quotes that word processors put in place of `'` and `"`.
pub(super) fn straight(c: char) -> Option<char> {
    match c {
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => Some('"'),
        '‘' | '’' | '‚' | '‛' | '′' => Some('\''),
        _ => None,
    }
}

/// True for what separates words. Web pages have no-break spaces where a shell wants blanks.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{3000}' | '\u{200b}')
}

/// The words of the command at `at`, up to its end or up to `close`, the character that ends what it stands in. `mark`
/// stands in front of its further lines, too.
pub(super) fn line(
    text: &str,
    at: usize,
    shell: Shell,
    close: Option<char>,
    mark: &str,
    assigned: &Assigned,
) -> Result<Line, Broken> {
    Reader::new(text, at, shell, close, mark, assigned, 0).line()
}

/// One word, such as the value of an assignment, and where it ends.
pub(super) fn word(text: &str, at: usize, shell: Shell, assigned: &Assigned) -> Result<(Text, usize), Broken> {
    let mut reader = Reader::new(text, at, shell, None, "", assigned, 0);
    let word = reader.word()?.unwrap_or_default();
    Ok((word, reader.at))
}

/// What stands up to the bracket that closes here.
pub(super) fn bracketed<'a>(text: &'a str, at: usize, assigned: &'a Assigned) -> Result<&'a str, Broken> {
    Reader::new(text, at, Shell::Posix, None, "", assigned, 0).balanced(')')
}

/// The here-document that the command `before` a pipe opens, whose text begins at `at`, and where it ends.
pub(super) fn document_of(
    before: &str,
    text: &str,
    at: usize,
    shell: Shell,
    assigned: &Assigned,
) -> Result<Option<(Text, usize)>, Broken> {
    let Some((_, opening)) = before.rsplit_once("<<").filter(|(_, rest)| rest.trim_end().ends_with('|')) else {
        return Ok(None);
    };
    let mut reader = Reader::new(text, at, shell, None, "", assigned, 0);
    let mut opener = Reader::new(opening, 0, shell, None, "", assigned, 0);
    let tabs = opener.skip_if("-");
    let is_quoted = opener.rest().trim_start().starts_with(['\'', '"', '\\']);
    opener.at += opener.rest().len() - opener.rest().trim_start().len();
    let name = opener.word()?.unwrap_or_default().with_variables("");
    reader.here = Some((name, tabs, is_quoted));
    reader.here_document()?;
    Ok(reader.stdin.take().map(|stdin| (stdin, reader.at)))
}

/// The value that cmd.exe's `set` has, in which only variables are filled in.
pub(super) fn cmd_text(text: &str, assigned: &Assigned) -> Text {
    let mut reader = Reader::new(text, 0, Shell::Cmd, None, "", assigned, 0);
    let mut out = Text::default();
    while let Some(c) = reader.peek() {
        match c {
            '^' => reader.skip(c),
            c => reader.cmd_character(c, &mut out),
        }
    }
    out
}

/// The words of a command that stands within another.
pub(super) fn inner(command: &str, shell: Shell, assigned: &Assigned) -> Result<Line, Broken> {
    Reader::new(command, 0, shell, None, "", assigned, DEEPEST - 1).line()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    shell: Shell,
    close: Option<char>,
    mark: &'a str,
    assigned: &'a Assigned,
    depth: usize,
    /// Brackets that stand open outside of quotes.
    open: usize,
    has_url: bool,
    /// The ends of here-documents whose text has not come yet; true where tabs in front are left out.
    here: Option<(String, bool, bool)>,
    stdin: Option<Text>,
    seen: Seen,
    /// Within `^"…^"` of cmd.exe, where the program sees quotes and cmd does not.
    caret_quote: bool,
}

impl<'a> Reader<'a> {
    fn new(
        text: &'a str,
        at: usize,
        shell: Shell,
        close: Option<char>,
        mark: &'a str,
        assigned: &'a Assigned,
        depth: usize,
    ) -> Self {
        Self {
            text,
            at,
            shell,
            close,
            mark,
            assigned,
            depth,
            open: 0,
            has_url: false,
            here: None,
            stdin: None,
            seen: Seen::default(),
            caret_quote: false,
        }
    }

    /// A reader of text that stands within this one.
    fn within<'b>(&self, text: &'b str) -> Result<Reader<'b>, Broken>
    where
        'a: 'b,
    {
        if self.depth >= DEEPEST {
            return Err(Broken::TooDeep);
        }
        Ok(Reader::new(text, 0, self.shell, None, "", self.assigned, self.depth + 1))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn skip_if(&mut self, prefix: &str) -> bool {
        let is_next = self.rest().starts_with(prefix);
        if is_next {
            self.at += prefix.len();
        }
        is_next
    }

    fn line(mut self) -> Result<Line, Broken> {
        let mut words = Vec::new();
        let end = loop {
            if let Some(end) = self.between_words()? {
                break end;
            }
            if let Some(more) = self.spliced()? {
                words.extend(more);
            } else if let Some(word) = self.word()? {
                self.has_url |= word.with_variables("").contains("://");
                words.push(word);
            }
            if words.len() > MOST_WORDS {
                return Err(Broken::TooManyWords);
            }
        };
        Ok(Line { words, stdin: self.stdin, end, at: self.at, seen: self.seen })
    }

    /// The words that a list or several options in a variable make: `"${ARGS[@]}"`, `$OPTIONS`.
    fn spliced(&mut self) -> Result<Option<Vec<Text>>, Broken> {
        if self.shell != Shell::Posix {
            return Ok(None);
        }
        let rest = self.rest();
        let unquoted = rest.strip_prefix('"').filter(|rest| rest.starts_with("${")).unwrap_or(rest);
        let Some(name) = unquoted.strip_prefix('$') else { return Ok(None) };
        let name = name.strip_prefix('{').unwrap_or(name);
        let behind = &name[name_length(name)..];
        let name = &name[..name_length(name)];
        let behind = behind.strip_prefix("[@]").or_else(|| behind.strip_prefix("[*]")).unwrap_or(behind);
        let behind = behind.strip_prefix('}').unwrap_or(behind);
        let behind = behind.strip_prefix('"').unwrap_or(behind);
        let is_whole = behind.is_empty() || behind.starts_with(|c: char| is_blank(c) || c == '\n');
        let options = self.assigned.get(name).and_then(Text::as_literal).filter(|text| text.starts_with('-'));
        match options.filter(|text| is_whole && text.contains(is_blank)) {
            Some(options) => {
                let line = self.within(options)?.line()?;
                self.at = self.text.len() - behind.len();
                Ok(Some(line.words))
            }
            None => Ok(None),
        }
    }

    /// Goes to the next word; tells the end of the command where it comes first.
    fn between_words(&mut self) -> Result<Option<End>, Broken> {
        loop {
            if self.continues_behind_mark() {
                continue;
            }
            let Some(c) = self.peek() else { return Ok(Some(End::Other)) };
            match c {
                c if is_blank(c) => self.skip(c),
                '\n' => {
                    self.skip(c);
                    self.here_document()?;
                    if !self.next_line_goes_on() {
                        return Ok(Some(End::Other));
                    }
                    self.skip_mark();
                }
                '#' if self.shell != Shell::Cmd => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                _ if Some(c) == self.close && self.open == 0 => {
                    self.skip(c);
                    return Ok(Some(End::Other));
                }
                '<' if self.rest().starts_with("<(") || self.unquoted_placeholder().is_some() => return Ok(None),
                '|' | ';' | '&' | '>' | '<' => {
                    let end = self.operator(c)?;
                    if end.is_some() {
                        return Ok(end);
                    }
                }
                _ => return Ok(None),
            }
        }
    }

    /// The `\`, `^` or backtick at a line's end, also where blanks stand behind it, or where the line's end got lost and
    /// nothing else is left of it.
    fn continues_behind_mark(&mut self) -> bool {
        let marks: &[char] = match self.shell {
            Shell::Posix => &['\\'],
            Shell::Cmd => &['^', '\\'],
            Shell::Pwsh => &['`', '\\'],
        };
        let Some(mark) = self.peek().filter(|c| marks.contains(c)) else { return false };
        let rest = &self.rest()[mark.len_utf8()..];
        let behind = rest.trim_start_matches(is_blank);
        let blanks = rest.len() - behind.len();
        if behind.starts_with('\n') {
            self.at += mark.len_utf8() + blanks + 1;
            self.skip_mark();
            return true;
        }
        let is_alone = self.text[..self.at].ends_with(|c| is_blank(c) || c == '\n') && (blanks > 0 || rest.is_empty());
        if is_alone || behind.is_empty() {
            self.at += mark.len_utf8() + blanks;
            return true;
        }
        false
    }

    /// What stands in front of a further line of the command: the mark of a comment, or a shell's prompt for more.
    fn skip_mark(&mut self) {
        let indented = |rest: &str| rest.len() - rest.trim_start_matches(is_blank).len();
        let line = &self.rest()[indented(self.rest())..];
        let digit = |c: char| c.is_ascii_digit();
        let behind = match self.mark {
            "" => None,
            // Each line has its own number.
            mark if mark.starts_with(digit) => {
                let behind = line.trim_start_matches(digit);
                (behind.len() < line.len()).then(|| behind.trim_start_matches(['.', ':', '|', ')']))
            }
            mark => line.strip_prefix(mark),
        };
        if let Some(behind) = behind.filter(|behind| behind.is_empty() || behind.starts_with([' ', '\t', '\n'])) {
            self.at = self.text.len() - behind.len();
        }
        let line = &self.rest()[indented(self.rest())..];
        // `> out.json` on a line of its own is a redirection.
        let is_more = |behind: &&str| behind.starts_with(['-', '\'', '"', '$', '|', '^']) || behind.starts_with("http");
        let prompts = [">> ", "> ", "dquote> ", "quote> ", "More? "];
        let behind = prompts.into_iter().find_map(|prompt| line.strip_prefix(prompt)).map(str::trim_start);
        if let Some(behind) = behind.filter(is_more) {
            self.at = self.text.len() - behind.len();
        }
    }

    /// Where the marks at the line ends got lost, what a line begins with tells that it is not another command.
    fn next_line_goes_on(&self) -> bool {
        let rest = self.rest().trim_start_matches(is_blank);
        let rest = rest.strip_prefix(self.mark).filter(|_| !self.mark.is_empty()).unwrap_or(rest);
        let rest = rest.trim_start_matches(is_blank);
        let option = rest.trim_start_matches(['-', '–', '—']);
        let dashes = rest[..rest.len() - option.len()].chars().count();
        if (1..=2).contains(&dashes) && option.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return true;
        }
        !self.has_url && rest.trim_start_matches(['\'', '"', '^']).starts_with("http")
    }

    /// A redirection, or the end of the command.
    fn operator(&mut self, c: char) -> Result<Option<End>, Broken> {
        match c {
            '|' => {
                let end = if self.rest().starts_with("||") { End::Other } else { End::Pipe };
                self.at += self.rest().len() - self.rest().trim_start_matches(['|', '&']).len();
                Ok(Some(end))
            }
            ';' | '&' if !self.rest().starts_with("&>") => {
                self.at += self.rest().len() - self.rest().trim_start_matches(c).len();
                Ok(Some(End::Other))
            }
            '<' => self.input().map(|()| None),
            _ => {
                self.seen.redirection = true;
                let operator = |c: char| matches!(c, '>' | '&' | '|');
                self.at += self.rest().len() - self.rest().trim_start_matches(operator).len();
                self.at += self.rest().len() - self.rest().trim_start_matches(is_blank).len();
                self.word()?;
                Ok(None)
            }
        }
    }

    /// `<<EOF`, `<<< text` and `< file`.
    fn input(&mut self) -> Result<(), Broken> {
        let skip_blanks = |reader: &mut Self| {
            reader.at += reader.rest().len() - reader.rest().trim_start_matches(is_blank).len();
        };
        if self.skip_if("<<<") {
            skip_blanks(self);
            self.stdin = self.word()?;
        } else if self.skip_if("<<") {
            let tabs = self.skip_if("-");
            skip_blanks(self);
            let is_quoted = self.rest().starts_with(['\'', '"', '\\']);
            let name = self.word()?.unwrap_or_default().with_variables("");
            self.here = Some((name, tabs, is_quoted));
        } else {
            self.skip('<');
            skip_blanks(self);
            if let Some(path) = self.word()? {
                self.stdin = Some(file(&path));
            }
        }
        Ok(())
    }

    /// The text of a here-document, which begins on the next line.
    fn here_document(&mut self) -> Result<(), Broken> {
        let Some((name, tabs, is_quoted)) = self.here.take() else { return Ok(()) };
        let mut body = String::new();
        let mut length = 0;
        for line in self.rest().split_inclusive('\n') {
            length += line.len();
            let content = if tabs { line.trim_start_matches('\t') } else { line };
            if content.trim_end() == name {
                break;
            }
            body.push_str(content);
        }
        self.at += length;
        let body = body.trim_end_matches('\n');
        self.stdin = Some(if is_quoted {
            Text::literal(body)
        } else {
            let mut inner = self.within(body)?;
            let mut out = Text::default();
            inner.double_quoted(&mut out, &|_| false)?;
            out
        });
        Ok(())
    }

    /// The next word. `None` where there is none, such as a comment's.
    fn word(&mut self) -> Result<Option<Text>, Broken> {
        let start = self.at;
        let mut out = Text::default();
        let mut begun = false;
        while let Some(c) = self.peek() {
            if self.caret_quote {
                self.cmd_quoted(&mut out)?;
                continue;
            }
            if is_blank(c) || c == '\n' {
                break;
            }
            if Some(c) == self.close && self.open == 0 {
                break;
            }
            match c {
                '|' | ';' => break,
                '&' => {
                    let is_within = begun
                        && self.rest()[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$')
                        && self.text[start..self.at].contains(['=', '?']);
                    if !is_within {
                        break;
                    }
                    self.seen.ampersand = true;
                    self.skip(c);
                    out.push_literal("&");
                }
                '<' if self.rest().starts_with("<(") && !begun => {
                    self.at += 2;
                    let command = self.balanced(')')?;
                    out.push(&self.output(command));
                }
                '<' => match self.unquoted_placeholder() {
                    Some(length) => {
                        out.push_literal(&self.rest()[..length]);
                        self.at += length;
                    }
                    None => break,
                },
                '>' => {
                    // The number in front of it is a descriptor.
                    if matches!(&self.text[start..self.at], "1" | "2") {
                        return Ok(None);
                    }
                    break;
                }
                '$' if self.shell != Shell::Cmd => self.dollar(&mut out, false)?,
                '`' if self.shell == Shell::Posix => {
                    self.skip(c);
                    let command = self.until_backtick()?;
                    // A comment among the options.
                    if command.trim_start().starts_with('#') {
                        continue;
                    }
                    out.push(&self.output(command));
                }
                // A template's expression, in which blanks may stand.
                '{' if self.rest().starts_with("{{") => {
                    let end = self.rest().char_indices().take(80).take_while(|(_, c)| *c != '\n');
                    let end = end.last().map_or(0, |(at, c)| at + c.len_utf8());
                    let length = self.rest()[..end].find("}}").map_or(2, |at| at + 2);
                    out.push_literal(&self.rest()[..length]);
                    self.at += length;
                }
                _ => match self.shell {
                    Shell::Posix => self.posix(c, begun, &mut out)?,
                    Shell::Cmd => self.cmd(c, begun, &mut out)?,
                    Shell::Pwsh => self.power_shell(c, begun, &mut out)?,
                },
            }
            begun = true;
        }
        if self.caret_quote {
            return Err(Broken::Open);
        }
        Ok(begun.then_some(out))
    }

    /// The length of `<client-id>` without quotes, which a shell would take for a redirection.
    fn unquoted_placeholder(&self) -> Option<usize> {
        let inside = self.rest().strip_prefix('<')?;
        let is_end = |c: char| matches!(c, '>' | '<' | '\n' | '|' | '"' | '\'');
        let (length, end) = inside.char_indices().take(80).find(|(_, c)| is_end(*c))?;
        let fits = end == '>' && inside.starts_with(char::is_alphabetic) && !inside[..length].ends_with(is_blank);
        fits.then_some(length + 2)
    }
}
