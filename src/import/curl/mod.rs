//! curl: a command line that fetches a token, as vendors' documentation prints it and people paste it.

mod assignments;
mod body;
mod headers;
mod options;
mod paste;
mod shell;

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use self::body::form_decoded;
use self::options::Meaning::{
    Data, DataUrlencode, FileKind, Form, Get, Header, Insecure, Json, Method, NoProxy, Note, Nothing, OneHeader, Proxy,
    ProxyUser, Refused, Seconds, Setting, Socks, User, Variable,
};
use self::options::{FILES, Meaning};
use self::paste::Found;
use self::shell::{ARGUMENT, Assigned, End, Shell};
use super::form::{UserPass, request};
use super::text::{Piece, Text, is_variable_name};
use super::{Draft, Key, MOST, Unreadable, named};
use crate::secret::names::is_sensitive_name;
use crate::settings::{foreign, reserved_params};

/// What PowerShell's own command, which also goes by the name of curl there, has for options.
const POWER_SHELL: [&str; 7] = ["-uri", "-method", "-body", "-headers", "-contenttype", "-usebasicparsing", "-outfile"];

/// So many colons a file's name may have: far more than any has.
const MOST_COLONS: usize = 9;

const BY_POST: &str = "put the fields into the URL; they are sent as a form by POST, as RFC 6749 §3.2 has it";

/// True for a text that can only be a command line.
pub(super) fn is_command(text: &str) -> bool {
    paste::holds_command(text)
}

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let Found { line, shell, assigned, goes_on, elsewhere, typographic, piped } = paste::find(text)?;
    for (name, value) in assigned.sorted() {
        draft.assigned(name, value);
    }
    let is_alien = |word: &Text| POWER_SHELL.contains(&word.beginning().to_ascii_lowercase().as_str());
    if line.words.iter().any(is_alien) {
        return Err(Unreadable::new(
            "it is a command of PowerShell's Invoke-WebRequest, which goes by the name of curl there",
            paste::BY_HAND,
        ));
    }
    if typographic {
        draft.note("typographic quotes", "are read as plain ones");
    }
    if line.seen.argument {
        draft.note("$1, $2, …", format!("of a script are the environment variables {ARGUMENT}1, {ARGUMENT}2, … here"));
    }
    if line.seen.ampersand {
        draft.note("an '&' without quotes", "is read as a part of its word, though a shell ends the command there");
    }
    if let Some(command) = elsewhere {
        draft.note(command, "is left out: the request is sent from where oauth2tok runs");
    }
    let mut command = Command { stdin: line.stdin.or(piped), shell, assigned, ..Command::new() };
    command.read(&line.words, draft);
    if line.seen.redirection {
        draft.note("redirections", "of the shell are left out");
    }
    match line.end {
        End::Pipe => draft.note("what follows the pipe", "is left out: the token is printed by itself"),
        End::Other if goes_on => draft.note("what follows the command", "is left out: it does not fetch the token"),
        End::Other => {}
    }
    command.carry(draft);
    Ok(())
}

struct Command {
    url: Option<Text>,
    /// Words of which only the shell knows whether they are the URL or options.
    loose: Vec<Text>,
    user: Option<Text>,
    proxy: Option<(String, Text)>,
    proxy_user: Option<Text>,
    fields: Vec<(String, Text)>,
    /// The option that each field came from, where it is not `-d`.
    origins: HashMap<String, &'static str>,
    has_data: bool,
    is_json: bool,
    is_multipart: bool,
    /// Whether a part of the body cannot be told, so that nothing is said of what is missing.
    is_unread: bool,
    gets: bool,
    headers: Vec<(String, Text)>,
    basic: Option<UserPass>,
    method: Option<String>,
    /// The host of the URL, with its port.
    host: Option<String>,
    stdin: Option<Text>,
    shell: Shell,
    assigned: Assigned,
}

impl Command {
    fn new() -> Self {
        Self {
            url: None,
            loose: Vec::new(),
            user: None,
            proxy: None,
            proxy_user: None,
            fields: Vec::new(),
            origins: HashMap::new(),
            has_data: false,
            is_json: false,
            is_multipart: false,
            is_unread: false,
            gets: false,
            headers: Vec::new(),
            basic: None,
            method: None,
            host: None,
            stdin: None,
            shell: Shell::Posix,
            assigned: Assigned::default(),
        }
    }

    fn read(&mut self, words: &[Text], draft: &mut Draft) {
        let mut words = words.iter();
        let mut only_urls = false;
        let mut is_first = true;
        while let Some(word) = words.next() {
            let is_first = std::mem::take(&mut is_first);
            let (word, dashes) = dashed(word, draft);
            match dashes {
                2 if word.as_literal() == Some("--") && !only_urls => only_urls = !is_first,
                2 if !only_urls => self.long(&word, &mut words, draft),
                1 if !only_urls => self.short(&word, &mut words, draft),
                // Who forgets the `-X` in front of it.
                _ if self.method.is_none() && matches!(word.as_literal(), Some("POST" | "GET")) => {
                    draft.note(
                        "the method",
                        "has no -X in front of it, so that curl takes it for a URL; it is read as the method",
                    );
                    self.option("-X", Method, Some(word), draft);
                }
                _ => self.option("URL", Meaning::Url, Some(word), draft),
            }
        }
    }

    /// `--data VALUE`, and `--data=VALUE`, which curl does not know but many write.
    fn long<'a>(&mut self, word: &Text, rest: &mut impl Iterator<Item = &'a Text>, draft: &mut Draft) {
        let (name, glued) = word.split_once('=').map_or((word.clone(), None), |(name, value)| (name, Some(value)));
        let name = name.as_literal().unwrap_or_default();
        let known = name.strip_prefix("--").unwrap_or_default();
        let expands = known.strip_prefix("expand-");
        let Some((takes_value, means)) = options::long(expands.unwrap_or(known)) else {
            let known: Vec<_> = options::names().map(|known| format!("--{known}")).collect();
            let name = foreign::told(name, known.iter().map(String::as_str));
            return draft.fault(&name, "this option of curl is not understood");
        };
        let value = if takes_value { glued.or_else(|| rest.next().cloned()) } else { Some(Text::default()) };
        let value = value.map(|text| if expands.is_some() { self.expanded(&text) } else { text });
        self.option(name, means, value, draft);
    }

    /// `-sSu id:secret`: letters in a row, the last with its value.
    fn short<'a>(&mut self, word: &Text, rest: &mut impl Iterator<Item = &'a Text>, draft: &mut Draft) {
        let letters = word.beginning();
        for (at, letter) in letters.char_indices().skip(1) {
            let name = format!("-{letter}");
            let Some((takes_value, means)) = options::short(letter) else {
                return draft.fault(&name, "this option of curl is not understood");
            };
            if !takes_value {
                self.option(&name, means, Some(Text::default()), draft);
                continue;
            }
            let glued = word.strip_prefix(&letters[..at + letter.len_utf8()]).filter(|value| !value.is_empty());
            return self.option(&name, means, glued.or_else(|| rest.next().cloned()), draft);
        }
        if word.as_literal().is_none() {
            draft.fault(&letters.chars().take(2).collect::<String>(), "a variable follows that may be an option");
        }
    }

    fn option(&mut self, name: &str, means: Meaning, value: Option<Text>, draft: &mut Draft) {
        let Some(text) = value else { return draft.fault(name, "it has no value") };
        match means {
            Nothing => {}
            Note(text) => draft.note(name, text),
            Refused(why) => draft.fault(name, why),
            Insecure => draft.note(
                name,
                "cannot be stored: give --insecure on the command line, or better, cacert: FILE in the profile",
            ),
            Data => self.data(name, &text, draft),
            DataUrlencode => self.data_urlencode(name, &text, draft),
            Json => self.json(name, &text, draft),
            Form => self.form(name, &text, draft),
            Get => {
                self.gets = true;
                draft.note(name, BY_POST);
            }
            // Options, for all that can be told.
            Meaning::Url if matches!(text.pieces(), [Piece::Variable { .. } | Piece::Output(_)]) => {
                self.loose.push(text)
            }
            Meaning::Url if self.url.is_some() => draft.fault(
                name,
                "there is a second URL, or a word whose quotes are missing (not repeated here: it may be secret)",
            ),
            Meaning::Url => self.url = Some(text),
            User => self.user = Some(text),
            Header => self.header(name, &text, draft),
            OneHeader("Cookie") if !text.with_variables("").contains('=') => draft.fault(name, FILES),
            OneHeader(header) => self.headers.push((header.to_owned(), text)),
            Setting(Key::Retry) => match text.as_literal().and_then(|text| text.parse::<u32>().ok()) {
                Some(count) => draft.plain(Key::Retry, name, count.to_string()),
                None => draft.fault(name, "expected a number"),
            },
            // A file name with a colon is written `\:`; what follows a bare one is the key's passphrase. A drive has one, too.
            Setting(Key::Cert) => match with_passphrase(&text) {
                Some((path, passphrase)) => {
                    draft.text(Key::Cert, name, &path);
                    draft.secret(Key::KeyPassphrase, name, &passphrase);
                }
                None => draft.text(Key::Cert, name, &text),
            },
            Setting(Key::KeyPassphrase) => draft.secret(Key::KeyPassphrase, name, &text),
            Setting(key) => draft.text(key, name, &text),
            Seconds(key) => match text.as_literal().and_then(|text| text.parse::<f64>().ok()) {
                Some(0.0) => draft.note(name, "is left out: 0 is no limit, and every run has one"),
                Some(span) if span > 0.0 && span.is_finite() => {
                    draft.plain(key, name, if span.fract() == 0.0 { format!("{span}s") } else { format!("{span}") });
                }
                _ => draft.fault(name, "expected a number of seconds"),
            },
            Proxy => self.proxy = Some((name.to_owned(), text)),
            Socks(scheme) => {
                let mut url = Text::literal(format!("{scheme}://"));
                url.push(&text);
                self.proxy = Some((name.to_owned(), url));
            }
            ProxyUser => self.proxy_user = Some(text),
            Variable => self.variable(&text, draft),
            NoProxy if text.as_literal() == Some("*") => draft.plain(Key::Proxy, name, "\"\""),
            NoProxy => draft.note(name, "is left out: set the environment variable NO_PROXY to it"),
            FileKind if text.as_literal().is_some_and(|kind| kind.eq_ignore_ascii_case("pem")) => {}
            FileKind => draft.fault(name, "only PEM files can be carried over"),
            Method => self.method = Some(text.as_literal().unwrap_or("$").to_ascii_uppercase()),
        }
    }

    /// `--variable %NAME`, `--variable name=value` and `--variable name@FILE`: curl's own variables.
    fn variable(&mut self, text: &Text, draft: &mut Draft) {
        let begin = text.beginning();
        let end = begin.find(['=', '@']).unwrap_or(begin.len());
        let name = begin[..end].trim_start_matches('%').to_owned();
        let value = text.strip_prefix(&begin[..end]).unwrap_or_default();
        let (Some(value), true) = (value.strip_prefix("=").or_else(|| value.strip_prefix("@")), end < begin.len())
        else {
            return;
        };
        let value = if begin[end..].starts_with('@') { shell::output::file(&value) } else { value };
        draft.assigned(&name, &value);
        self.assigned.insert(name, value);
    }

    /// A text with `{{name}}` and `{{name:trim:url}}` filled in, as the options have it that begin with `--expand-`.
    fn expanded(&self, text: &Text) -> Text {
        let mut out = Text::default();
        for piece in text.pieces() {
            let Piece::Literal(literal) = piece else {
                out.push_piece(piece);
                continue;
            };
            let mut rest = literal.as_str();
            while let Some((before, (inside, after))) =
                rest.split_once("{{").and_then(|(before, behind)| Some((before, behind.split_once("}}")?)))
            {
                out.push_literal(before);
                let name = inside.split(':').next().unwrap_or_default().trim();
                match self.assigned.get(name) {
                    Some(value) => out.push(value),
                    None if is_variable_name(name) => out.push(&Text::variable(name, None)),
                    None => out.push_literal(&format!("{{{{{inside}}}}}")),
                }
                rest = after;
            }
            out.push_literal(rest);
        }
        out
    }

    fn carry(mut self, draft: &mut Draft) {
        if let Some(user) = self.user.take() {
            self.user(&user, draft);
        }
        if self.url.is_none() {
            self.url = self.loose.pop();
        }
        if !self.loose.is_empty() {
            draft.note("a variable among the options", "is left out: what it holds is not in the input");
        }
        match self.url.take() {
            Some(url) => self.address(url, draft),
            None => draft.fault("URL", "it is missing"),
        }
        match self.method.as_deref() {
            Some("POST") => {}
            _ if self.gets => {}
            Some("GET") if self.has_data => {
                draft.note("--request", "is left out: a token request is a POST (RFC 6749 §3.2)");
            }
            Some("GET") | None if !self.has_data && !self.fields.is_empty() => draft.note("a GET", BY_POST),
            Some(_) => draft.fault("--request", "a token request is a POST (RFC 6749 §3.2)"),
            None if !self.has_data => {
                draft
                    .fault("--request", "without data curl sends a GET, and a token request is a POST (RFC 6749 §3.2)");
            }
            None => {}
        }
        self.carry_proxy(draft);
        self.carry_headers(draft);
        if self.is_json {
            draft.plain(Key::Body, "-d", "json");
            draft.note("-d", "holds a JSON object, which RFC 6749 does not have: body: json sends one");
        }
        if self.is_unread {
            return;
        }
        let origins = self.origins;
        request(draft, self.fields, self.basic, |field| {
            let option = origins.get(field).copied().unwrap_or("-d");
            format!("{option} {}", named(field))
        });
    }

    fn carry_proxy(&mut self, draft: &mut Draft) {
        match (self.proxy.take(), self.proxy_user.take()) {
            (Some((name, url)), Some(user)) => {
                let (scheme, host) = match url.beginning().split_once("://") {
                    Some((scheme, _)) => (format!("{scheme}://"), url.strip_prefix(&format!("{scheme}://"))),
                    None => ("http://".to_owned(), Some(url.clone())),
                };
                let mut out = Text::literal(scheme);
                out.push(&user);
                out.push_literal("@");
                out.push(&host.unwrap_or_default());
                draft.proxy(&name, &out);
            }
            (Some((name, url)), None) => draft.proxy(&name, &url),
            (None, Some(_)) => {
                draft.fault("-U", "there is no proxy for it: write it into -x http://user:password@host:port")
            }
            (None, None) => {}
        }
    }

    fn user(&mut self, user: &Text, draft: &mut Draft) {
        if self.basic.is_some() {
            return draft.fault("-u", "it is a second way to authenticate beside the Authorization header");
        }
        let from = "-u".to_owned();
        self.basic = Some(match (user.split_once(':'), user.pieces()) {
            (Some((id, secret)), _) => UserPass { id, secret: Some(secret), from },
            (None, [Piece::Output(output)]) => {
                shell::output::credentials(&output.command, self.shell, &self.assigned, "-u")
            }
            (None, [Piece::Variable { name, .. }]) if holds_both(name) => shell::output::open("-u"),
            (None, _) => UserPass { id: user.clone(), secret: None, from },
        });
    }

    /// The URL, with id and secret in front of the host as curl allows, and fields in its query.
    fn address(&mut self, mut url: Text, draft: &mut Draft) {
        if let Some((before, rest)) = url.as_literal().and_then(|text| text.split_once("://")) {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            if let Some((userinfo, host)) = authority.rsplit_once('@') {
                let decoded = |text: &str| {
                    percent_decode_str(text).decode_utf8().map(|text| Text::literal(text.as_ref())).unwrap_or_default()
                };
                let (id, secret) = userinfo.split_once(':').unwrap_or((userinfo, ""));
                draft.conceal(secret);
                if self.basic.is_some() || secret.is_empty() {
                    draft.fault("URL", "it holds a user name, and credentials never go into a URL (RFC 6749 §2.3.1); give them with -u alone");
                } else {
                    draft.note("URL", "no longer holds id and secret: they were sent by HTTP Basic, and still are");
                    self.basic =
                        Some(UserPass { id: decoded(id), secret: Some(decoded(secret)), from: "URL".to_owned() });
                }
                url = Text::literal(format!("{before}://{host}{path}"));
            }
        } else if url.as_literal().is_some_and(|text| !text.starts_with(['<', '{'])) {
            draft.note("URL", "has no scheme, and curl takes http:// for that; a token request needs https://");
        }
        let host = url.as_literal().and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
        self.host = host.and_then(|rest| rest.split(['/', '?', '#']).next()).map(str::to_ascii_lowercase);
        let url = self.without_fields(url, draft);
        draft.url(Key::TokenEndpoint, "URL", &url);
    }

    /// What the query holds of the token request goes into the body: a field is sent once (RFC 6749 §3.2), and credentials
    /// never in a URL (§2.3.1). The rest of the query stays as it is.
    fn without_fields(&mut self, url: Text, draft: &mut Draft) -> Text {
        let Some((mut out, query)) = url.split_once('?') else { return url };
        let mut kept: Vec<Text> = Vec::new();
        let mut moved: Vec<String> = Vec::new();
        let mut at = 0;
        for pair in query.split_at_each('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair.clone(), Text::default()));
            let name = name.as_literal().and_then(|name| form_decoded(name).ok()).unwrap_or_default();
            let decoded = value.try_map(form_decoded);
            let is_field = reserved_params().any(|known| known == name) || is_sensitive_name(&name);
            let (true, false, Ok(value)) = (is_field, value.is_empty(), decoded) else {
                kept.push(pair);
                continue;
            };
            moved.push(named(&name));
            if self.fields.iter().any(|field| *field == (name.clone(), value.clone())) || self.fields.len() > MOST {
                continue;
            }
            self.origins.insert(name.clone(), "URL");
            self.fields.insert(at, (name, value));
            at += 1;
        }
        if !moved.is_empty() {
            draft.note(
                "the URL's query",
                format!("held {}: sent in the body, as RFC 6749 §3.2 has it", moved.join(", ")),
            );
        }
        for (at, pair) in kept.iter().enumerate() {
            out.push_literal(if at == 0 { "?" } else { "&" });
            out.push(pair);
        }
        out
    }
}

/// The word with plain dashes in front, and how many there are: word processors make one long dash of two.
fn dashed(word: &Text, draft: &mut Draft) -> (Text, usize) {
    let begin = word.beginning();
    let rest = begin.trim_start_matches(['-', '–', '—', '‐', '‑', '−']);
    let before = &begin[..begin.len() - rest.len()];
    let plain = match before {
        "" => return (word.clone(), 0),
        "-" if rest.is_empty() => return (word.clone(), 0),
        "-" => return (word.clone(), 1),
        _ if before.starts_with("--") => return (word.clone(), 2),
        _ if options::long(rest.split('=').next().unwrap_or_default()).is_some() && rest.len() > 1 => "--",
        _ => "-",
    };
    draft.note("typographic dashes", "are read as plain ones");
    let mut out = Text::literal(plain);
    out.push(&word.strip_prefix(before).unwrap_or_default());
    (out, plain.len())
}

/// True for the name of a variable that holds id and secret together.
fn holds_both(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["CRED", "AUTH", "BASIC", "PASS", "SECRET", "LOGIN"].iter().any(|word| name.contains(word))
}

/// The name of a certificate's file and the passphrase behind it, where there is one.
fn with_passphrase(text: &Text) -> Option<(Text, Text)> {
    let (mut path, mut rest) = text.split_once(':')?;
    for _ in 0..MOST_COLONS {
        let is_drive = path.as_literal().is_some_and(|path| path.len() == 1 && path.is_ascii());
        if !is_drive && !path.ends_with('\\') {
            return Some((path, rest));
        }
        let (more, behind) = rest.split_once(':')?;
        path.push_literal(":");
        path.push(&more);
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests;
