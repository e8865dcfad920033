//! What a `$` and a backtick put in place of variables and commands.

use super::super::super::text::{Output, Text, is_variable_name};
use super::output::{printed, source};
use super::{ARGUMENT, Broken, DEEPEST, Reader, Shell};

impl<'a> Reader<'a> {
    /// What a `$` begins.
    pub(super) fn dollar(&mut self, out: &mut Text, quoted: bool) -> Result<(), Broken> {
        let rest = &self.rest()[1..];
        let literal = |reader: &mut Self, out: &mut Text| {
            reader.at += 1;
            out.push_literal("$");
        };
        if let Some((name, length)) = expression(self.rest()) {
            self.at += length;
            out.push(&self.filled(&name));
            return Ok(());
        }
        match rest.chars().next() {
            Some('\'') if !quoted && self.shell == Shell::Posix => {
                self.at += 2;
                self.ansi_c(out)
            }
            Some('"') if !quoted && self.shell == Shell::Posix => {
                self.at += 1;
                Ok(())
            }
            Some('(') => {
                self.at += 2;
                let command = self.balanced(')')?;
                out.push(&self.output(command));
                Ok(())
            }
            Some('{') => {
                self.at += 2;
                let inside = self.balanced('}')?;
                let text = self.braces(inside)?;
                out.push(&text);
                Ok(())
            }
            // What make and Compose write for one.
            Some('$') if rest[1..].starts_with(|c: char| c.is_ascii_uppercase() || c == '{') => {
                self.at += 1;
                Ok(())
            }
            Some(digit @ '1'..='9') if self.shell == Shell::Posix => {
                // An argument is one digit, whatever follows.
                self.at += 2;
                self.seen.argument = true;
                out.push(&Text::variable(format!("{ARGUMENT}{digit}"), None));
                Ok(())
            }
            Some(_) => {
                let name = without_env(rest);
                let length = name_length(name);
                if !is_variable_name(&name[..length]) {
                    literal(self, out);
                    return Ok(());
                }
                self.at += 1 + (rest.len() - name.len()) + length;
                out.push(&self.filled(&name[..length]));
                Ok(())
            }
            None => {
                literal(self, out);
                Ok(())
            }
        }
    }

    /// `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. What else a shell makes of a variable is like a command's output.
    pub(super) fn braces(&mut self, inside: &str) -> Result<Text, Broken> {
        let inner = without_env(inside);
        let (name, operator) = inner.split_at(name_length(inner));
        let made_by_shell = || Text::output(Output { source: None, command: String::new() });
        let name = match name.as_bytes() {
            [b'1'..=b'9'] => {
                self.seen.argument = true;
                format!("{ARGUMENT}{name}")
            }
            _ if is_variable_name(name) => name.to_owned(),
            _ => return Ok(made_by_shell()),
        };
        if self.assigned.contains(&name)
            && matches!(operator.trim_start_matches(':').chars().next(), None | Some('-' | '=' | '?'))
        {
            return Ok(self.filled(&name));
        }
        Ok(match operator.trim_start_matches(':').split_at_checked(1) {
            None | Some(("?", _)) => self.filled(&name),
            Some(("-" | "=", default)) => {
                let mut inner = self.within(default)?;
                let mut text = Text::default();
                inner.double_quoted(&mut text, &|_| false)?;
                match text.as_literal() {
                    Some(default) => Text::variable(name, Some(default.to_owned())),
                    None => self.filled(&name),
                }
            }
            Some(_) => made_by_shell(),
        })
    }

    /// The value of a variable where the input sets it, else the variable.
    pub(super) fn filled(&self, name: &str) -> Text {
        self.assigned.get(name).cloned().unwrap_or_else(|| Text::variable(name, None))
    }

    /// What is left of a command whose output stands there.
    pub(super) fn output(&self, command: &str) -> Text {
        let command = command.trim();
        // `$($env:NAME)` and `$(NAME)` of make and of Azure's pipelines are variables.
        let name = command.strip_prefix('$').map_or(command, without_env);
        let is_name = is_variable_name(&name.replace('.', "_"));
        if is_name && (command.starts_with('$') || name.contains(|c: char| c.is_ascii_uppercase())) {
            return self.filled(&name.replace('.', "_"));
        }
        if self.depth + 1 < DEEPEST
            && let Some(text) = printed(command, self.shell, self.assigned)
        {
            return text;
        }
        let source = if self.depth + 1 < DEEPEST { source(command, self.shell) } else { None };
        Text::output(Output { source, command: command.to_owned() })
    }

    /// What stands up to the bracket that closes here, quotes heeded.
    pub(super) fn balanced(&mut self, close: char) -> Result<&'a str, Broken> {
        let open = if close == ')' { '(' } else { '{' };
        let start = self.at;
        let mut depth = 0;
        let mut quote = None;
        let mut escaped = false;
        let escape = if self.shell == Shell::Pwsh { '`' } else { '\\' };
        for (at, c) in self.rest().char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (c, quote) {
                (c, None | Some('"')) if c == escape => escaped = true,
                (c, Some(open)) if c == open => quote = None,
                (_, Some(_)) => {}
                ('\'' | '"', None) if close == ')' => quote = Some(c),
                (c, None) if c == open => depth += 1,
                (c, None) if c == close && depth == 0 => {
                    self.at = start + at + c.len_utf8();
                    return Ok(&self.text[start..start + at]);
                }
                (c, None) if c == close => depth -= 1,
                _ => {}
            }
        }
        Err(Broken::Open)
    }

    pub(super) fn until_backtick(&mut self) -> Result<&'a str, Broken> {
        let length = self.rest().find('`').ok_or(Broken::Open)?;
        let command = &self.rest()[..length];
        self.at += length + 1;
        Ok(command)
    }
}

/// The name in the `${{ secrets.NAME }}` that a text begins with, as GitHub's workflows write it, and the length of all.
pub(super) fn expression(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix("${{")?;
    // Far longer than any name: each search is bounded.
    let mut ends = inside.char_indices().take(120).zip(inside.chars().skip(1));
    let end = ends.find(|((_, c), next)| (*c, *next) == ('}', '}')).map(|((at, _), _)| at)?;
    let name = inside[..end].trim();
    let name = name.rsplit('.').next().unwrap_or(name).replace('-', "_");
    is_variable_name(&name).then_some((name, end + 5))
}

/// The first such expression, with what stands before and behind it.
pub(super) fn workflow_expression(text: &str) -> Option<(&str, String, &str)> {
    text.match_indices("${{").find_map(|(at, _)| {
        let (name, length) = expression(&text[at..])?;
        Some((&text[..at], name, &text[at + length..]))
    })
}

/// The `NAME` of PowerShell's `$env:NAME`.
pub(super) fn without_env(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((env, name)) if env.eq_ignore_ascii_case("env:") => name,
        _ => name,
    }
}

/// How much of the text in front could be a variable's name.
pub(super) fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}
