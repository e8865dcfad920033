//! Which environment variable stands for what: secrets that are not written out, and what documentation leaves open.

use super::super::text::{Output, Piece, Text, invented_name, placeholder, variable_name};
use super::Draft;

/// What an environment variable of the profile stands for. Two things never share a variable.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::import) enum StandsFor {
    /// The input names it.
    Itself,
    /// A secret that the input spells out.
    Literal(Text),
    /// A value that documentation leaves open.
    Open,
    /// What a command tells.
    Output(Output),
    /// A secret that documentation leaves open, by the name it has unless it is given another one.
    OpenSecret(String),
}

/// What stands in the file for a secret.
pub(super) enum Reference {
    /// This variable.
    Variable(String),
    /// The secret itself.
    Kept(Text),
}

impl Draft {
    /// What documentation calls a value it leaves open, if this is one; empty where it does not say.
    pub(in crate::import) fn open(&self, text: &Text) -> Option<String> {
        text.as_literal().filter(|_| self.from_documentation).and_then(placeholder)
    }

    /// Tells what the input itself sets a variable to. A secret that it is goes by that name.
    pub(in crate::import) fn assigned(&mut self, name: &str, value: &Text) {
        let Some(literal) = value.as_literal() else { return };
        self.variables.insert(name.to_owned(), StandsFor::Literal(value.clone()));
        self.names.entry(literal.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// A text in which variables take the place of what only a command can tell.
    pub(super) fn without_outputs(&mut self, name: &str, from: &str, text: &Text) -> Text {
        let mut out = Text::default();
        for piece in text.pieces() {
            let Piece::Output(output) = piece else {
                out.push_piece(piece);
                continue;
            };
            let name = self.variable_for(name, StandsFor::Output(output.clone()));
            self.note(from, format!("is not in the input (a command, a file or the shell fills it in): set the environment variable {name} to it"));
            out.push(&Text::variable(name, None));
        }
        out
    }

    /// A value that only stands for one becomes a variable, and so does a part of a URL that does.
    pub(super) fn filled_in(&mut self, name: &str, from: &str, text: &Text) -> Text {
        let text = &self.without_outputs(name, from, text);
        if let Some(open) = self.open(text) {
            let name = self.variable_for_open(open, variable_name(name), text, StandsFor::Open);
            self.note(from, format!("only stands for a value: set the environment variable {name}"));
            return Text::variable(name, None);
        }
        let has_parts = |text: &str| ["://", "{{", "/{", "}/"].iter().any(|part| text.contains(part));
        if self.from_documentation && text.as_literal().is_some_and(has_parts) {
            let text = self.with_url_placeholders(text);
            self.note_variables(from, &text);
            return text;
        }
        text.clone()
    }

    pub(super) fn note_variables(&mut self, from: &str, text: &Text) {
        for piece in text.pieces() {
            if let Piece::Variable { name, default: None } = piece {
                self.note(from, format!("holds the environment variable {name}: set it"));
            }
        }
    }

    /// What stands in the file for a secret: a variable, unless the secret is to be kept.
    pub(super) fn reference(&mut self, default_name: &str, from: &str, text: &Text) -> Reference {
        let text = &self.without_outputs(default_name, from, text);
        // An empty default is no secret, and without the variable there is none either way.
        if let [Piece::Variable { name, default }] = text.pieces()
            && default.as_ref().is_none_or(String::is_empty)
        {
            return Reference::Variable(name.clone());
        }
        if let Some(open) = self.open(text) {
            let secret = StandsFor::OpenSecret(default_name.to_owned());
            let name = self.variable_for_open(open, default_name.to_owned(), text, secret);
            self.note(from, format!("only stands for a secret: set the environment variable {name}"));
            return Reference::Variable(name);
        }
        for piece in text.pieces() {
            let (Piece::Literal(secret) | Piece::Variable { default: Some(secret), .. }) = piece else { continue };
            self.conceal(secret);
        }
        if self.keep_secrets {
            self.holds_secrets = true;
            return Reference::Kept(text.clone());
        }
        let name = match text.pieces() {
            [Piece::Variable { name, .. }] => name.clone(),
            _ => {
                let given = text.as_literal().and_then(|text| self.names.get(text)).cloned();
                self.variable_for(given.as_deref().unwrap_or(default_name), StandsFor::Literal(text.clone()))
            }
        };
        self.note(
            from,
            format!("had a secret, which is not written out; set the environment variable {name} to it (--keep-secrets writes it out)"),
        );
        Reference::Variable(name)
    }

    /// A name that stands for nothing else yet, as near to `name` as can be.
    pub(in crate::import) fn variable_for(&mut self, name: &str, what: StandsFor) -> String {
        let name = if what == StandsFor::Itself { name.to_owned() } else { invented_name(name) };
        let wanted = (name, what);
        if let Some(given) = self.given.get(&wanted) {
            return given.clone();
        }
        let (name, what) = &wanted;
        let count = self.counts.entry(name.clone()).or_default();
        let free = loop {
            *count += 1;
            let candidate = if *count == 1 { name.clone() } else { format!("{name}_{count}") };
            if self.variables.get(&candidate).is_none_or(|other| other == what) {
                break candidate;
            }
        };
        self.variables.insert(free.clone(), what.clone());
        self.given.insert(wanted, free.clone());
        free
    }

    /// The variable of a value that documentation leaves open; `$NAME` and `%NAME%` are one already.
    pub(super) fn variable_for_open(
        &mut self,
        open: String,
        default_name: String,
        text: &Text,
        what: StandsFor,
    ) -> String {
        let what =
            if text.as_literal().is_some_and(|text| text.starts_with(['$', '%'])) { StandsFor::Itself } else { what };
        self.variable_for(if open.is_empty() { &default_name } else { &open }, what)
    }

    /// `https://{tenant}.example.com`, `https://YOUR_DOMAIN`: what no URL holds can only stand for something.
    pub(super) fn with_url_placeholders(&mut self, text: &Text) -> Text {
        let mut out = Text::default();
        for piece in text.pieces() {
            let Piece::Literal(literal) = piece else {
                out.push_piece(piece);
                continue;
            };
            let mut rest = literal.as_str();
            while let Some((before, found, after)) = next_placeholder(rest) {
                out.push_literal(before);
                // Here no setting has a name to take instead of an unspecific one.
                match placeholder(found.trim_matches('_'))
                    .map(|name| if name.is_empty() { variable_name(found) } else { name })
                {
                    Some(name) if !name.is_empty() => {
                        out.push(&Text::variable(self.variable_for(&name, StandsFor::Open), None));
                    }
                    _ => out.push_literal(found),
                }
                rest = after;
            }
            out.push_literal(rest);
        }
        out
    }
}

/// The first `<…>`, `{…}`, `{{…}}` or `YOUR_…` of a URL, with what stands before and behind it.
fn next_placeholder(url: &str) -> Option<(&str, &str, &str)> {
    let begins = |rest: &str| rest.starts_with(['<', '{']) || rest.starts_with("YOUR_");
    let (at, _) = url.match_indices(['<', '{', 'Y']).find(|(at, _)| begins(&url[*at..]))?;
    // `__YOUR_DOMAIN__` is one, its underscores included.
    let at = if url[at..].starts_with('Y') { url[..at].trim_end_matches('_').len() } else { at };
    let length = match url.as_bytes()[at] {
        b'<' => url[at..].find('>')? + 1,
        b'{' if url[at..].starts_with("{{") => url[at..].find("}}")? + 2,
        b'{' => url[at..].find('}')? + 1,
        _ => url[at..].find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(url.len() - at),
    };
    Some((&url[..at], &url[at..at + length], &url[at + length..]))
}
