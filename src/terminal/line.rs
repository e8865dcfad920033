//! A line as its keys come in, where nobody else edits it.

use zeroize::Zeroizing;

use super::Typed;

/// What ends a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The person: here it is.
    Whole(Typed),
    /// The person, after more than what is taken.
    TooLong,
    /// Ctrl-D with nothing before it.
    NoAnswer,
}

/// A line that is being typed or pasted.
pub(super) struct Line {
    text: Typed,
    most: usize,
    is_too_long: bool,
    sequence: Sequence,
}

/// How far a sequence of characters has come that stands for a key, or for where something pasted begins and ends
/// (`ESC [ 200 ~`). None is part of the line.
enum Sequence {
    None,
    Escape,
    Open,
}

impl Line {
    /// One of `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { text: Zeroizing::default(), most, is_too_long: false, sequence: Sequence::None }
    }

    /// The next byte. Gives what it ends.
    pub(super) fn take(&mut self, byte: u8) -> Option<End> {
        if matches!(byte, b'\n' | b'\r') {
            return Some(if self.is_too_long { End::TooLong } else { End::Whole(std::mem::take(&mut self.text)) });
        }
        match self.sequence {
            Sequence::None => return self.key(byte),
            Sequence::Escape => {
                self.sequence = if matches!(byte, b'[' | b'O') { Sequence::Open } else { Sequence::None };
            }
            Sequence::Open if matches!(byte, b'@'..=b'~') => self.sequence = Sequence::None,
            Sequence::Open => {}
        }
        None
    }

    fn key(&mut self, byte: u8) -> Option<End> {
        match byte {
            b'\x1b' => self.sequence = Sequence::Escape,
            // Backspace, one character.
            b'\x08' | b'\x7f' => {
                let is_inner = |byte: &u8| byte & 0xc0 == 0x80;
                while self.text.pop().as_ref().is_some_and(is_inner) {}
            }
            // Ctrl-U, all of it.
            b'\x15' => *self = Self::new(self.most),
            // Ctrl-W, the last word.
            b'\x17' => {
                let rest = self.text.trim_ascii_end();
                let end = rest.iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
                self.text.truncate(end);
            }
            // Ctrl-D
            b'\x04' if self.text.is_empty() && !self.is_too_long => return Some(End::NoAnswer),
            byte if byte.is_ascii_control() => {}
            byte => self.push(byte),
        }
        None
    }

    fn push(&mut self, byte: u8) {
        if self.text.len() == self.most {
            self.is_too_long = true;
            return;
        }
        if self.text.len() == self.text.capacity() {
            // Nobody would wipe what a vector leaves behind when it moves.
            let mut larger = Zeroizing::new(Vec::with_capacity(self.text.len().max(512) * 2));
            larger.extend_from_slice(&self.text);
            self.text = larger;
        }
        self.text.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_make_a_line() {
        let whole = |text: &str| Some(End::Whole(Zeroizing::new(text.as_bytes().to_vec())));
        for (keys, expected) in [
            ("abc\n", whole("abc")),
            ("abc\r", whole("abc")),
            ("\n", whole("")),
            ("abc", None),
            // Backspace in its two forms, by characters.
            ("abc\x7f\x08d\n", whole("ad")),
            ("aé€\x7f\x7fb\n", whole("ab")),
            ("a\x7f\x7f\x7fb\n", whole("b")),
            ("wrong\x15right\n", whole("right")),
            ("one two  \x17\n", whole("one ")),
            ("one\x17two\n", whole("two")),
            // Keys of the cursor, function keys, and what stands around something pasted.
            ("a\x1b[Db\x1bOPc\x1b[15~d\n", whole("abcd")),
            ("\x1b[200~http://127.0.0.1/?code=[1~]\x1b[201~\n", whole("http://127.0.0.1/?code=[1~]")),
            ("a\x1b\nb", whole("a")),
            ("a\x1b[\nb", whole("a")),
            ("a\x1bxb\n", whole("ab")),
            ("a\tb\0c\x1a\n", whole("abc")),
            ("\x04", Some(End::NoAnswer)),
            ("a\x04b\n", whole("ab")),
            ("a\x7f\x04", Some(End::NoAnswer)),
            ("0123456789\n", whole("0123456789")),
            ("0123456789a\n", Some(End::TooLong)),
            ("0123456789a\x04\n", Some(End::TooLong)),
            ("0123456789a\x15b\n", whole("b")),
        ] {
            let mut line = Line::new(10.max(if keys.contains("http") { 100 } else { 0 }));
            assert_eq!(keys.bytes().find_map(|byte| line.take(byte)), expected, "{keys:?}");
        }
    }
}
