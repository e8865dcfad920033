//! What curl's options say of the body: fields of a form, members of a JSON object, parts of a multipart one.

use super::super::document::{self, scalar};
use super::super::text::{Output, Piece, Text};
use super::super::{Draft, MOST, named};
use super::Command;
use super::options::FILES;
use super::shell::output::file;
use crate::json::Members;
use crate::settings::Document;
use percent_encoding::percent_decode_str;

/// Stand around the number of a piece that is no text, while JSON is read: private characters that nobody writes.
const PIECE: (char, char) = ('\u{f8f0}', '\u{f8f1}');

impl Command {
    /// `-d 'a=b&c=d'`: what is written goes over the wire, so it is decoded as the server would.
    pub(super) fn data(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        self.has_data = true;
        let is_file = text.beginning().starts_with('@') && name != "--data-raw";
        let stdin = if is_file && text.as_literal() == Some("@-") { self.stdin.take() } else { None };
        let text = match stdin {
            Some(stdin) => stdin,
            None if is_file => return self.unread(name, FILES, draft),
            None => text.clone(),
        };
        match text.pieces() {
            [Piece::Variable { .. }] => return self.unread(name, "the whole body is a variable; write it out", draft),
            [Piece::Output(_)] => return self.unread(name, FILES, draft),
            _ => {}
        }
        if looks_like_json(&text) {
            return self.json(name, &text, draft);
        }
        if text.beginning().starts_with("--") && text.beginning().contains("form-data") {
            return self.multipart(name, &text, draft);
        }
        let pieces = text.split_at_each('&');
        if pieces.iter().any(|piece| piece.trimmed() != *piece) {
            draft.note(name, "has white space around its fields, which is left out");
        }
        for piece in pieces.iter().map(Text::trimmed).filter(|piece| !piece.is_empty()) {
            let (field, value) = piece.split_once('=').unwrap_or((piece.clone(), Text::default()));
            let Some(field) = field.as_literal() else {
                draft.fault(name, "the name of a field depends on a variable");
                continue;
            };
            let (Ok(field), Ok(decoded)) = (form_decoded(field), value.try_map(form_decoded)) else {
                draft.fault(name, "a field in it is not UTF-8 after percent-decoding");
                continue;
            };
            let has_plus =
                value.pieces().iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('+')));
            if has_plus && !matches!(field.as_str(), "scope" | "grant_type") {
                draft.note(
                    &format!("{name} {}", named(&field)),
                    "holds a '+', which a server reads as a space, so a space it is; if a plus was meant, write --data-urlencode",
                );
            }
            self.field("-d", field, decoded);
        }
    }

    /// `--data-urlencode 'a=b'`: the name is already encoded, the value is not; `a@FILE` takes it from a file.
    pub(super) fn data_urlencode(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        self.has_data = true;
        let begin = text.beginning();
        let end = begin.find(['=', '@']).unwrap_or(begin.len());
        let field = form_decoded(&begin[..end]).ok().filter(|field| !field.is_empty());
        let Some(field) = field.filter(|_| end < begin.len()) else {
            // `=a=b&c=d` and `a=b` alike, where a variable holds all of it.
            return self.unread(name, if begin.starts_with('@') { FILES } else { "expected name=value" }, draft);
        };
        let value = text.strip_prefix(&begin[..=end]).unwrap_or_default();
        let value = if begin[end..].starts_with('@') { file_or_stdin(&value, &mut self.stdin) } else { value };
        self.field("-d", field, value);
    }

    /// `-F a=b`, `-F 'a=<FILE'`, `-F 'a=b;type=text/plain'`: fields in another dress.
    pub(super) fn form(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        self.has_data = true;
        if !self.is_multipart {
            draft.note(name, "made a multipart body; its fields are sent as a form, as RFC 6749 §3.2 has it");
        }
        self.is_multipart = true;
        let Some((field, value)) = text.split_once('=') else { return draft.fault(name, "expected name=value") };
        let Some(field) = field.as_literal() else {
            return draft.fault(name, "the name of a field depends on a variable");
        };
        let is_plain = name == "--form-string";
        let value = match value.beginning() {
            _ if is_plain => value,
            begin if begin.starts_with(['@', '<']) && !begin.ends_with('>') => {
                let path = value.strip_prefix(&begin[..1]).unwrap_or_default();
                file_or_stdin(&without_type(&path), &mut self.stdin)
            }
            _ => {
                let value = without_type(&value);
                let inner = value.strip_prefix("\"").filter(|_| value.ends_with('"'));
                inner.and_then(|inner| inner.rsplit_once('"')).map_or(value, |(inner, _)| inner)
            }
        };
        self.field("-F", field.to_owned(), value);
    }

    /// A JSON object: its members are the fields.
    pub(super) fn json(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        self.has_data = true;
        let text = match text.as_literal() {
            Some("@-") if self.stdin.is_some() => self.stdin.take().unwrap_or_default(),
            Some(literal) if literal.starts_with('@') => return self.unread(name, FILES, draft),
            _ => text.clone(),
        };
        let Some((Document::Map(members), typed)) = parsed(&text) else {
            let why = "the body is to be a JSON object and is none: check its quotes and commas";
            return self.unread(name, why, draft);
        };
        if self.is_json || !self.fields.is_empty() {
            return draft.fault(name, "a JSON object and other data make no request together");
        }
        self.is_json = true;
        for (field, member) in members {
            let from = || format!("{name} {}", named(&field));
            if typed.contains(&field) {
                draft.note(&from(), "is no text there; here it is sent as one");
            }
            let list = match &member {
                Document::List(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>(),
                _ => None,
            };
            match (scalar(&member), list) {
                (Some(value), _) => self.field("-d", field, with_pieces(&value, &text)),
                (None, Some(items)) if field == "scope" => {
                    let mut scope = Text::default();
                    for (at, item) in items.iter().enumerate() {
                        scope.push_literal(if at == 0 { "" } else { " " });
                        scope.push(&with_pieces(item, &text));
                    }
                    self.field("-d", field, scope);
                }
                (None, Some(items)) if matches!(field.as_str(), "audience" | "resource") => {
                    for item in &items {
                        self.field("-d", field.clone(), with_pieces(item, &text));
                    }
                }
                _ => draft.fault(&from(), "a list or an object in it cannot be carried over"),
            }
        }
    }

    /// A multipart body that is spelled out, as browsers copy one.
    fn multipart(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        draft.note(name, "holds a multipart body; its fields are sent as a form, as RFC 6749 §3.2 has it");
        self.is_multipart = true;
        let Some(body) = text.as_literal() else { return self.unread(name, "the body depends on a variable", draft) };
        let body = body.replace("\r\n", "\n");
        let boundary = body.lines().next().unwrap_or_default();
        for part in body.split(boundary) {
            let Some((head, value)) = part.split_once("\n\n") else { continue };
            let field = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
            let value = value.strip_suffix('\n').unwrap_or(value);
            match field {
                Some(field) => self.field("-d", field.to_owned(), Text::literal(value)),
                None => draft.fault(name, "a part of the body has no name"),
            }
        }
    }

    /// A body, or a part of it, that nothing can be told of.
    fn unread(&mut self, name: &str, why: &str, draft: &mut Draft) {
        self.is_unread = true;
        draft.fault(name, why);
    }

    fn field(&mut self, option: &'static str, field: String, value: Text) {
        // One more than may be tells that there are too many.
        if self.fields.len() <= MOST {
            if option != "-d" {
                self.origins.insert(field.clone(), option);
            }
            self.fields.push((field, value));
        }
    }
}

/// The content of the file, or what the shell puts on standard input for `-`.
fn file_or_stdin(path: &Text, stdin: &mut Option<Text>) -> Text {
    match path.as_literal() {
        Some("-") if stdin.is_some() => stdin.take().unwrap_or_default(),
        Some("-") => Text::output(Output { source: None, command: String::new() }),
        _ => file(path),
    }
}

/// Without the `;type=…` that curl reads behind a value.
fn without_type(value: &Text) -> Text {
    match value.rsplit_once(';') {
        Some((before, after))
            if ["type=", "filename=", "encoder=", "headers="]
                .iter()
                .any(|name| after.beginning().starts_with(name)) =>
        {
            before
        }
        _ => value.clone(),
    }
}

fn looks_like_json(text: &Text) -> bool {
    let text = text.with_variables("\"");
    let inside = text.trim_start().strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '\\', '\'', '}']))
}

/// The JSON document, in whose texts numbers stand for what no text is. Quotes may be escaped once more, as some shells want
/// them. With the names of members that are neither text nor nothing.
fn parsed(text: &Text) -> Option<(Document, Vec<String>)> {
    let mut json = String::new();
    for (at, piece) in text.pieces().iter().enumerate() {
        match piece {
            Piece::Literal(text) if text.contains([PIECE.0, PIECE.1]) => return None,
            Piece::Literal(text) => json.push_str(text),
            _ => json.push_str(&format!("{}{at}{}", PIECE.0, PIECE.1)),
        }
    }
    let read = |json: &str| {
        let document = document::json(json).ok()?;
        let members: Members = serde_json::from_str(json).ok()?;
        let typed = members.raws().filter(|(_, raw)| !raw.trim_start().starts_with('"') && *raw != "null");
        let typed = typed.map(|(name, _)| name.to_owned()).collect();
        Some((document, typed))
    };
    read(&json).or_else(|| read(&json.replace("\\\"", "\"")))
}

/// A text of the document with the pieces back in it.
fn with_pieces(value: &Text, all: &Text) -> Text {
    let mut out = Text::default();
    let mut rest = value.as_literal().unwrap_or_default();
    while let Some((before, behind)) = rest.split_once(PIECE.0) {
        out.push_literal(before);
        let (number, behind) = behind.split_once(PIECE.1).unwrap_or((behind, ""));
        if let Some(piece) = number.parse().ok().and_then(|at: usize| all.pieces().get(at)) {
            out.push_piece(piece);
        }
        rest = behind;
    }
    out.push_literal(rest);
    out
}

/// Undoes `application/x-www-form-urlencoded`.
pub(super) fn form_decoded(text: &str) -> Result<String, std::str::Utf8Error> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned)
}
