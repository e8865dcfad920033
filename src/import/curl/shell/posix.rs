//! Quotes and escapes of bash and its kin.

use super::super::super::text::Text;
use super::variables::workflow_expression;
use super::{Broken, Reader, Shell, straight};

impl Reader<'_> {
    pub(super) fn posix(&mut self, c: char, begun: bool, out: &mut Text) -> Result<(), Broken> {
        match c {
            '\\' => self.backslash(out),
            '\'' => {
                self.skip(c);
                let end = self.rest().find('\'').ok_or(Broken::Open)?;
                self.single_quoted(end, out);
            }
            '"' => {
                self.skip(c);
                self.double_quoted(out, &|c| c == '"')?;
                if !self.skip_if("\"") {
                    return Err(Broken::Open);
                }
            }
            _ => self.plain(c, begun, out),
        }
        Ok(())
    }

    /// Text that nothing is filled into but what GitHub fills in before the shell sees it.
    pub(super) fn single_quoted(&mut self, length: usize, out: &mut Text) {
        let mut rest = &self.rest()[..length];
        self.at += length + 1;
        while let Some((before, name, after)) = workflow_expression(rest) {
            out.push_literal(before);
            out.push(&self.filled(&name));
            rest = after;
        }
        out.push_literal(rest);
    }

    pub(super) fn backslash(&mut self, out: &mut Text) {
        if self.continues_behind_mark() {
            return;
        }
        self.skip('\\');
        match self.peek() {
            Some(c) => {
                self.skip(c);
                out.push_literal(c.encode_utf8(&mut [0; 4]));
            }
            None => out.push_literal("\\"),
        }
    }

    pub(super) fn plain(&mut self, c: char, begun: bool, out: &mut Text) {
        match c {
            '(' => self.open += 1,
            ')' => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        self.seen.typographic |= straight(c).is_some() && (!begun || !c.is_alphanumeric());
        self.skip(c);
        out.push_literal(c.encode_utf8(&mut [0; 4]));
    }

    /// What stands between double quotes, up to what `is_end` tells.
    pub(super) fn double_quoted(&mut self, out: &mut Text, is_end: &dyn Fn(char) -> bool) -> Result<(), Broken> {
        while let Some(c) = self.peek() {
            match c {
                _ if is_end(c) => return Ok(()),
                '\\' if self.shell == Shell::Posix => {
                    self.skip(c);
                    match self.peek() {
                        Some(next @ ('$' | '`' | '"' | '\\')) => {
                            self.skip(next);
                            out.push_literal(next.encode_utf8(&mut [0; 4]));
                        }
                        Some('\n') => self.at += 1,
                        _ => out.push_literal("\\"),
                    }
                }
                // As the programs of Windows read their command line.
                '\\' if self.rest().starts_with("\\\"") => {
                    self.at += 2;
                    out.push_literal("\"");
                }
                '$' => self.dollar(out, true)?,
                '`' if self.shell == Shell::Posix => {
                    self.skip(c);
                    let command = self.until_backtick()?;
                    out.push(&self.output(command));
                }
                '`' => self.backtick_escape(out),
                _ => {
                    self.skip(c);
                    // It closes what a plain one opened.
                    self.seen.typographic |= straight(c) == Some('"') && self.rest().starts_with(" -");
                    out.push_literal(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(())
    }

    /// `$'…'`, whose escapes are those of C.
    pub(super) fn ansi_c(&mut self, out: &mut Text) -> Result<(), Broken> {
        let mut bytes = Vec::new();
        let mut chars = self.rest().char_indices().peekable();
        let digits = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, radix: u32, most: usize| {
            let mut value = 0;
            for _ in 0..most {
                let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(radix)) else { break };
                value = value * radix + digit;
                chars.next();
            }
            value
        };
        while let Some((at, c)) = chars.next() {
            if c == '\'' {
                self.at += at + 1;
                out.push_literal(&String::from_utf8_lossy(&bytes));
                return Ok(());
            }
            if c != '\\' {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let Some(&(_, c)) = chars.peek() else { break };
            if let '0'..='7' = c {
                bytes.push((digits(&mut chars, 8, 3) & 0xff) as u8);
                continue;
            }
            chars.next();
            match c {
                'n' => bytes.push(b'\n'),
                't' => bytes.push(b'\t'),
                'r' => bytes.push(b'\r'),
                'a' => bytes.push(7),
                'b' => bytes.push(8),
                'e' | 'E' => bytes.push(27),
                'f' => bytes.push(12),
                'v' => bytes.push(11),
                'x' => bytes.push((digits(&mut chars, 16, 2) & 0xff) as u8),
                'u' | 'U' => {
                    let value = digits(&mut chars, 16, if c == 'u' { 4 } else { 8 });
                    let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                '\\' | '\'' | '"' | '?' => bytes.push(c as u8),
                c => {
                    bytes.push(b'\\');
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        Err(Broken::Open)
    }
}
