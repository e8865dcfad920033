//! Quotes and escapes of PowerShell and of cmd.exe, behind which the program reads the quotes once more.

use super::super::super::text::{Text, is_variable_name};
use super::variables::{expression, name_length};
use super::{ARGUMENT, Assigned, Broken, Reader, straight};

impl<'a> Reader<'a> {
    pub(super) fn power_shell(&mut self, c: char, begun: bool, out: &mut Text) -> Result<(), Broken> {
        match c {
            '`' => {
                if !self.continues_behind_mark() {
                    self.backtick_escape(out);
                }
            }
            '\\' if self.continues_behind_mark() => {}
            '@' if !begun && (self.rest().starts_with("@'\n") || self.rest().starts_with("@\"\n")) => {
                let quote = if self.rest().starts_with("@'") { '\'' } else { '"' };
                let end = format!("\n{quote}@");
                self.at += 3;
                // The first line's end stands for an empty text's only one.
                let length = self.text[self.at - 1..].find(&end).ok_or(Broken::Open)?;
                let body = &self.text[self.at..(self.at - 1 + length).max(self.at)];
                if quote == '\'' {
                    out.push_literal(body);
                } else {
                    let mut inner = self.within(body)?;
                    inner.double_quoted(out, &|_| false)?;
                }
                self.at += (length + end.len()).saturating_sub(1);
            }
            '\'' => {
                self.skip(c);
                loop {
                    let end = self.rest().find('\'').ok_or(Broken::Open)?;
                    self.single_quoted(end, out);
                    if !self.skip_if("'") {
                        break;
                    }
                    out.push_literal("'");
                }
            }
            '"' => {
                self.skip(c);
                loop {
                    self.double_quoted(out, &|c| c == '"')?;
                    if !self.skip_if("\"") {
                        return Err(Broken::Open);
                    }
                    if !self.skip_if("\"") {
                        break;
                    }
                    out.push_literal("\"");
                }
            }
            '(' if !begun => {
                self.skip(c);
                let command = self.balanced(')')?;
                out.push(&self.output(command));
            }
            _ => self.plain(c, begun, out),
        }
        Ok(())
    }

    pub(super) fn backtick_escape(&mut self, out: &mut Text) {
        self.skip('`');
        let Some(c) = self.peek() else { return };
        self.skip(c);
        out.push_literal(match c {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            '\n' => "",
            c => return out.push_literal(c.encode_utf8(&mut [0; 4])),
        });
    }

    pub(super) fn cmd(&mut self, c: char, begun: bool, out: &mut Text) -> Result<(), Broken> {
        match c {
            '^' => {
                if self.continues_behind_mark() {
                    return Ok(());
                }
                self.skip(c);
                if self.skip_if("\"") {
                    self.caret_quote = true;
                    return Ok(());
                }
                if let Some(c) = self.peek() {
                    self.skip(c);
                    out.push_literal(c.encode_utf8(&mut [0; 4]));
                }
            }
            '"' => {
                self.skip(c);
                self.cmd_double_quoted(out)?;
            }
            // Not a quote to cmd.exe; but who has one there took the line from another shell.
            '\'' if !begun || out.ends_with('=') => {
                self.skip(c);
                let end = self.rest().find('\'').ok_or(Broken::Open)?;
                let content = &self.rest()[..end];
                let mut inner = self.within(content)?;
                while let Some(c) = inner.peek() {
                    inner.cmd_character(c, out);
                }
                self.at += end + 1;
            }
            '\\' if self.continues_behind_mark() => {}
            '\\' if self.rest().starts_with("\\\"") => {
                self.at += 2;
                out.push_literal("\"");
            }
            _ => {
                self.seen.typographic |= straight(c).is_some();
                match c {
                    '(' => self.open += 1,
                    ')' => self.open = self.open.saturating_sub(1),
                    _ => {}
                }
                self.cmd_character(c, out);
            }
        }
        Ok(())
    }

    pub(super) fn cmd_double_quoted(&mut self, out: &mut Text) -> Result<(), Broken> {
        loop {
            match self.peek().ok_or(Broken::Open)? {
                '"' => {
                    self.at += 1;
                    if !self.skip_if("\"") {
                        return Ok(());
                    }
                    out.push_literal("\"");
                }
                '\\' if self.rest().starts_with("\\\"") => {
                    self.at += 2;
                    out.push_literal("\"");
                }
                c => self.cmd_character(c, out),
            }
        }
    }

    /// `^"…^"` as browsers write it: cmd.exe takes the carets out, and then the program reads the quotes.
    pub(super) fn cmd_quoted(&mut self, out: &mut Text) -> Result<(), Broken> {
        let unescaped = |rest: &'a str| match rest.strip_prefix('^') {
            Some(behind) => behind.chars().next().map(|c| (c, 1 + c.len_utf8())),
            None => rest.chars().next().map(|c| (c, c.len_utf8())),
        };
        loop {
            let (c, length) = unescaped(self.rest()).ok_or(Broken::Open)?;
            match c {
                '"' => {
                    self.at += length;
                    self.caret_quote = false;
                    return Ok(());
                }
                '\\' => {
                    self.at += length;
                    match unescaped(self.rest()) {
                        Some((quote @ ('"' | '\\'), length)) if quote == '"' || self.rest().starts_with('^') => {
                            self.at += length;
                            out.push_literal(quote.encode_utf8(&mut [0; 4]));
                        }
                        _ => out.push_literal("\\"),
                    }
                }
                '\n' if length > 1 => {
                    self.at += length;
                    if self.skip_if("\n") {
                        out.push_literal("\n");
                    }
                }
                c if length > 1 => {
                    self.at += length;
                    out.push_literal(c.encode_utf8(&mut [0; 4]));
                }
                c => self.cmd_character(c, out),
            }
        }
    }

    /// A character, or the variable of `%NAME%`, `!NAME!` or `%1`.
    pub(super) fn cmd_character(&mut self, c: char, out: &mut Text) {
        self.skip(c);
        let rest = self.rest();
        if c == '$' && self.rest().starts_with("{{") {
            self.at -= 1;
            if let Some((name, length)) = expression(self.rest()) {
                self.at += length;
                return out.push(&self.filled(&name));
            }
            self.at += 1;
        }
        if matches!(c, '%' | '!') {
            let name = &rest[..name_length(rest)];
            let is_closed = rest[name.len()..].starts_with(c);
            if is_closed && is_cmd_variable(name, self.assigned) {
                self.at += name.len() + 1;
                return out.push(&self.filled(name));
            }
            if c == '%'
                && let Some(digit @ '1'..='9') = rest.chars().next()
                && !rest[1..].starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                self.at += 1;
                self.seen.argument = true;
                return out.push(&Text::variable(format!("{ARGUMENT}{digit}"), None));
            }
        }
        out.push_literal(c.encode_utf8(&mut [0; 4]));
    }
}

/// True for the name in `%NAME%`, which must not be a part of percent-encoded text.
pub(in super::super) fn is_cmd_variable(name: &str, assigned: &Assigned) -> bool {
    let is_hex = name.bytes().take(2).all(|c| c.is_ascii_hexdigit());
    let looks_encoded = is_hex && (name.len() <= 2 || name.contains(|c: char| c.is_ascii_lowercase()));
    is_variable_name(name) && (assigned.contains(name) || !looks_encoded)
}
