//! curl: a command line that fetches a token, as vendors' documentation prints it.
//!
//! Words are split by a shell's rules. Of what a shell would fill in only variables are understood; a `$` that quotes make
//! literal stays a dollar.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;

use super::form::{Basic, request};
use super::text::{Text, is_variable_name, placeholder};
use super::{Draft, Key, MOST, Unreadable, named};
use crate::settings::foreign;

/// Stand for a `$` and a backtick that mean themselves, while the words are split: private characters that no command has.
const DOLLAR: char = '\u{f8fe}';
const BACKTICK: char = '\u{f8ff}';

/// The word behind which another command may stand.
const BEHIND: &str = ")";

/// The variable that takes the place of a script's argument begins with it.
const ARGUMENT: &str = "ARG_";

/// How many words a command may have: each option that nobody knows is compared with all there are.
const MOST_WORDS: usize = 10_000;

/// What an option means for a token request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    Url,
    User,
    /// Fields joined by `&`, already encoded.
    Data,
    /// One field, to be encoded.
    DataUrlencode,
    Header,
    /// A header field of that name.
    OneHeader(&'static str),
    /// A setting with a path or text.
    Setting(Key),
    Seconds(Key),
    Proxy,
    Method,
    Insecure,
    /// It has no bearing on the request.
    Nothing,
    /// It has none either, but its user may miss it.
    Note(&'static str),
    /// It cannot be carried over.
    Refused(&'static str),
}

use Means::{
    Data, DataUrlencode, Header, Insecure, Method, Note, Nothing, OneHeader, Proxy, Refused, Seconds, Setting, User,
};

const FILES: &str = "its content is not in the input; write the value out";
const NO_REDIRECT: &str = "is left out: a token request follows no redirect, for it would carry the secret along";
const ELSEWHERE: &str = "it changes where the request goes, which a profile cannot say";
const PASSPHRASE: &str = "a key with a passphrase cannot be read; decrypt it into a file of its own";

/// Short name, long name, whether a value follows, meaning.
const OPTIONS: &[(char, &str, bool, Means)] = &[
    (' ', "url", true, Means::Url),
    ('u', "user", true, User),
    ('d', "data", true, Data),
    (' ', "data-ascii", true, Data),
    (' ', "data-raw", true, Data),
    (' ', "data-binary", true, Data),
    (' ', "data-urlencode", true, DataUrlencode),
    ('H', "header", true, Header),
    ('A', "user-agent", true, OneHeader("User-Agent")),
    ('e', "referer", true, OneHeader("Referer")),
    ('b', "cookie", true, OneHeader("Cookie")),
    ('E', "cert", true, Setting(Key::Cert)),
    (' ', "key", true, Setting(Key::Key)),
    (' ', "cacert", true, Setting(Key::Cacert)),
    ('m', "max-time", true, Seconds(Key::Timeout)),
    (' ', "connect-timeout", true, Seconds(Key::ConnectTimeout)),
    (' ', "retry", true, Setting(Key::Retry)),
    ('x', "proxy", true, Proxy),
    ('X', "request", true, Method),
    ('k', "insecure", false, Insecure),
    ('s', "silent", false, Nothing),
    ('S', "show-error", false, Nothing),
    ('f', "fail", false, Nothing),
    (' ', "fail-with-body", false, Nothing),
    ('N', "no-buffer", false, Nothing),
    ('#', "progress-bar", false, Nothing),
    (' ', "no-progress-meter", false, Nothing),
    ('v', "verbose", false, Nothing),
    ('g', "globoff", false, Nothing),
    (' ', "basic", false, Nothing),
    ('1', "tlsv1", false, Nothing),
    (' ', "tlsv1.0", false, Nothing),
    (' ', "tlsv1.1", false, Nothing),
    (' ', "tlsv1.2", false, Nothing),
    (' ', "proto-default", true, Nothing),
    (' ', "proto", true, Nothing),
    (' ', "no-keepalive", false, Nothing),
    ('q', "disable", false, Nothing),
    (' ', "http3", false, Nothing),
    (' ', "http1.1", false, Nothing),
    ('0', "http1.0", false, Nothing),
    (' ', "http2", false, Nothing),
    ('i', "include", false, Note("is left out: -v shows the answer's header fields")),
    ('L', "location", false, Note(NO_REDIRECT)),
    (' ', "location-trusted", false, Note(NO_REDIRECT)),
    (' ', "max-redirs", true, Note(NO_REDIRECT)),
    (' ', "compressed", false, Note("is left out: answers are asked for uncompressed")),
    ('o', "output", true, Note("is left out: the token goes to stdout (-o json gives the whole answer)")),
    ('O', "remote-name", false, Note("is left out: the token goes to stdout (-o json gives the whole answer)")),
    ('w', "write-out", true, Note("is left out: the exit code tells how it went")),
    ('D', "dump-header", true, Note("is left out: -v shows the answer's header fields")),
    ('c', "cookie-jar", true, Note("is left out: cookies are not kept")),
    (' ', "retry-delay", true, Note("is left out: waits grow by themselves")),
    (' ', "retry-max-time", true, Note("is left out: --timeout bounds all attempts")),
    (' ', "retry-connrefused", false, Nothing),
    (' ', "retry-all-errors", false, Note("is left out: only failures that a new attempt can cure are repeated")),
    ('4', "ipv4", false, Note("is left out: all addresses are tried")),
    ('6', "ipv6", false, Note("is left out: all addresses are tried")),
    (' ', "trace-ascii", true, Note("is left out: -v shows the request and the answer")),
    (' ', "trace", true, Note("is left out: -v shows the request and the answer")),
    ('G', "get", false, Refused("it puts the fields into the URL, and a token request is a POST (RFC 6749 §3.2)")),
    ('I', "head", false, Refused("a token request is a POST (RFC 6749 §3.2)")),
    (' ', "json", true, Refused("the body is JSON, and a token request is a form (RFC 6749 §3.2)")),
    ('F', "form", true, Refused("the body is multipart, and a token request is a form (RFC 6749 §3.2)")),
    (' ', "form-string", true, Refused("the body is multipart, and a token request is a form (RFC 6749 §3.2)")),
    ('T', "upload-file", true, Refused("a token request is a form (RFC 6749 §3.2)")),
    ('K', "config", true, Refused(FILES)),
    ('n', "netrc", false, Refused("credentials are not read from .netrc; give them with -u")),
    (' ', "netrc-file", true, Refused("credentials are not read from .netrc; give them with -u")),
    (' ', "netrc-optional", false, Refused("credentials are not read from .netrc; give them with -u")),
    (' ', "oauth2-bearer", true, Refused("a token request has no token yet")),
    (' ', "digest", false, Refused("only HTTP Basic can be carried over")),
    (' ', "ntlm", false, Refused("only HTTP Basic can be carried over")),
    (' ', "negotiate", false, Refused("only HTTP Basic can be carried over")),
    (' ', "anyauth", false, Refused("it finds a way to authenticate by trying; say which with -u alone")),
    (' ', "aws-sigv4", true, Refused("only HTTP Basic can be carried over")),
    (' ', "cert-type", true, Refused("only PEM files can be carried over; leave it out if they are")),
    (' ', "key-type", true, Refused("only PEM files can be carried over; leave it out if they are")),
    (' ', "pass", true, Refused(PASSPHRASE)),
    (' ', "capath", true, Refused("a profile takes one file of roots: write --cacert FILE")),
    (' ', "pinnedpubkey", true, Refused("a profile cannot pin a key")),
    (' ', "resolve", true, Refused(ELSEWHERE)),
    (' ', "connect-to", true, Refused(ELSEWHERE)),
    (' ', "unix-socket", true, Refused(ELSEWHERE)),
    (' ', "abstract-unix-socket", true, Refused(ELSEWHERE)),
    (' ', "interface", true, Refused(ELSEWHERE)),
    (' ', "doh-url", true, Refused(ELSEWHERE)),
    (' ', "proxy-header", true, Refused("a profile cannot say it")),
    ('U', "proxy-user", true, Refused("write it into the proxy's URL: -x http://user:password@host:port")),
    (' ', "socks5", true, Refused("write it as a proxy: -x socks5://host:port")),
    (' ', "socks5-hostname", true, Refused("write it as a proxy: -x socks5h://host:port")),
    (' ', "url-query", true, Refused("write it into the URL")),
    (' ', "noproxy", true, Refused("a profile cannot say it; set NO_PROXY")),
    (':', "next", false, Refused("a profile is one request; give the one that fetches the token")),
    (' ', "ciphers", true, Refused("a profile cannot say it")),
    (' ', "tls-max", true, Refused("a profile cannot say it; TLS 1.2 and 1.3 are spoken")),
    (' ', "tlsv1.3", false, Refused("a profile cannot say it; TLS 1.2 and 1.3 are spoken")),
];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let words = words(text)?;
    let is_argument = |rest: &str| rest.trim_start_matches('{').starts_with(|c| matches!(c, '1'..='9'));
    if words.iter().any(|word| word.split('$').skip(1).any(is_argument)) {
        draft.note("$1, $2, …", format!("of a script are the environment variables {ARGUMENT}1, {ARGUMENT}2, … here"));
    }
    let mut command = Command::default();
    command.read(&words, draft);
    command.carry(draft);
    Ok(())
}

/// The command in what documentation puts around it: comments, a fence, a prompt, `export TOKEN="$(…)"`. With the
/// character that ends it, if one does.
fn bare(text: &str) -> (&str, Option<char>) {
    let mut text = text.trim_start();
    while ["//", "#", "```"].iter().any(|mark| text.starts_with(mark)) {
        text = text.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    let ends = |line: &str| line.trim_start().starts_with("```");
    let length: usize = text.split_inclusive('\n').take_while(|line| !ends(line)).map(str::len).sum();
    let text = text[..length].trim_start_matches(['$', '%', '>']).trim_start();
    let assignment = text.strip_prefix("export ").unwrap_or(text).split_once('=');
    match assignment.filter(|(name, _)| is_variable_name(name)).map(|(_, value)| value.trim_start_matches('"')) {
        Some(value) if value.starts_with("$(") => (&value[2..], Some(')')),
        Some(value) if value.starts_with('`') => (&value[1..], Some('`')),
        _ => (text, None),
    }
}

/// The words after `curl`, up to where another command begins.
fn words(text: &str) -> Result<Vec<String>, Unreadable> {
    let text = text.replace("\r\n", "\n");
    let (text, end) = bare(&text);
    let text = marked(text, end)?;
    let words = shell_words::split(&text).map_err(|_| {
        Unreadable::new(
            "the words of the command cannot be told apart: a quote is not closed",
            "give the whole command",
        )
    })?;
    let mut words = words.into_iter().skip_while(|word| word == "sudo");
    let is_curl = |word: &String| matches!(word.rsplit(['/', '\\']).next(), Some("curl" | "curl.exe"));
    match words.next() {
        Some(word) if is_curl(&word) => {}
        Some(_) => return Err(Unreadable::new("the command does not begin with curl", "give the curl command alone")),
        None => return Err(Unreadable::new("there is no command in it", "give a curl command, in a file or on stdin")),
    }
    let words: Vec<_> = words.take(MOST_WORDS + 1).collect();
    if words.len() > MOST_WORDS {
        let what = format!("the command has more than {MOST_WORDS} words");
        return Err(Unreadable::new(what, "give the curl command alone"));
    }
    Ok(words)
}

/// Replaces what quotes make literal, so that it survives the splitting, and finds what no splitting could carry over. What
/// stands behind `end` becomes the words after a [`BEHIND`].
fn marked(text: &str, end: Option<char>) -> Result<String, Unreadable> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    let mut word_begins = true;
    let mut open = 0;
    while let Some(c) = chars.next() {
        let begins = std::mem::replace(&mut word_begins, quote.is_none() && matches!(c, ' ' | '\t' | '\n'));
        match (c, quote) {
            (c, None) if open == 0 && Some(c) == end => {
                if !chars.all(|c| c == '"' || c.is_whitespace()) {
                    out.push_str(&format!(" {BEHIND}"));
                }
                break;
            }
            // The line ends of cmd.exe and PowerShell.
            ('^' | '`', None) if chars.peek() == Some(&'\n') => {}
            ('$', Some('\'')) => out.push(DOLLAR),
            ('`', Some('\'')) => out.push(BACKTICK),
            ('\\', None | Some('"')) => match chars.next() {
                Some('$') => out.push(DOLLAR),
                Some('`') => out.push(BACKTICK),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            ('$', None) if matches!(chars.peek(), Some('\'' | '"')) => {
                let what = "the command holds $'…' or $\"…\", whose escapes are not understood";
                return Err(Unreadable::new(what, "write the text out in plain quotes"));
            }
            ('#', None) if begins => {
                // A comment: a quote in it is not one.
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            ('\'' | '"', None) => {
                quote = Some(c);
                out.push(c);
            }
            (c, Some(open)) if c == open => {
                quote = None;
                out.push(c);
            }
            // An operator is a word of its own, with or without spaces; `2>&1` is one word.
            (';' | '|' | '&', None) if !(c == '&' && out.ends_with('>')) => {
                out.push(' ');
                out.push(c);
                while let Some(again) = chars.next_if_eq(&c) {
                    out.push(again);
                }
                out.push(' ');
                word_begins = true;
            }
            (c, quote) => {
                match c {
                    '(' if quote.is_none() => open += 1,
                    ')' if quote.is_none() => open -= 1,
                    _ => {}
                }
                out.push(c);
            }
        }
    }
    Ok(out)
}

#[derive(Default)]
struct Command {
    url: Option<Text>,
    user: Option<Text>,
    fields: Vec<(String, Text)>,
    has_data: bool,
    headers: Vec<(String, Text)>,
    basic: Option<Basic>,
    method: Option<String>,
}

impl Command {
    fn read(&mut self, words: &[String], draft: &mut Draft) {
        let mut words = words.iter();
        let mut only_urls = false;
        while let Some(word) = words.next() {
            match word.as_str() {
                "|" => {
                    draft.note("what follows the pipe", "is left out: the token is printed by itself");
                    break;
                }
                BEHIND => {
                    draft.note("what follows the command", "is left out: it does not fetch the token");
                    break;
                }
                word if redirection(word).is_some() => {
                    draft.note("redirections", "of the shell are left out");
                    if redirection(word) == Some("") {
                        words.next();
                    }
                }
                ";" | "&&" | "||" | "&" => {
                    draft.fault(word, "another command follows; give the curl command alone");
                    break;
                }
                "--" => only_urls = true,
                long if long.starts_with("--") && !only_urls => {
                    let name = &long[2..];
                    match OPTIONS.iter().find(|(_, known, _, _)| *known == name) {
                        Some((_, _, takes_value, means)) => {
                            let value = if *takes_value { words.next().map(String::as_str) } else { Some("") };
                            self.option(long, *means, value, draft);
                        }
                        None => {
                            let known: Vec<_> = OPTIONS.iter().map(|(_, known, _, _)| format!("--{known}")).collect();
                            let name = long.split('=').next().unwrap_or(long);
                            let name = foreign::told(name, known.iter().map(String::as_str));
                            draft.fault(&name, "this option of curl is not understood")
                        }
                    }
                }
                short if short.starts_with('-') && short.len() > 1 && !only_urls => {
                    for (at, letter) in short[1..].char_indices() {
                        let name = format!("-{letter}");
                        let Some((_, _, takes_value, means)) =
                            OPTIONS.iter().find(|(known, _, _, _)| *known == letter && letter != ' ')
                        else {
                            draft.fault(&name, "this option of curl is not understood");
                            break;
                        };
                        if !takes_value {
                            self.option(&name, *means, Some(""), draft);
                            continue;
                        }
                        let glued = &short[1 + at + letter.len_utf8()..];
                        let value = if glued.is_empty() { words.next().map(String::as_str) } else { Some(glued) };
                        self.option(&name, *means, value, draft);
                        break;
                    }
                }
                word => self.option("URL", Means::Url, Some(word), draft),
            }
        }
    }

    fn option(&mut self, name: &str, means: Means, value: Option<&str>, draft: &mut Draft) {
        let Some(value) = value else { return draft.fault(name, "it has no value") };
        match means {
            Nothing => return,
            Note(text) => return draft.note(name, text),
            Refused(why) => return draft.fault(name, why),
            Insecure => {
                return draft.note(
                    name,
                    "cannot be stored: give --insecure on the command line, or better, cacert: FILE in the profile",
                );
            }
            Data => return self.data(name, value, draft),
            DataUrlencode => return self.data_urlencode(name, value, draft),
            _ => {}
        }
        let text = match shell(value) {
            Ok(text) => text,
            Err(_) if means == Header && value.to_ascii_lowercase().starts_with("authorization: basic") => {
                let from = format!("{name} Authorization");
                return self.basic(Basic::of_command(value, from), draft);
            }
            Err(why) => return draft.fault(name, why),
        };
        match means {
            Means::Url if self.url.is_some() => {
                draft.fault(
                    name,
                    "there is a second URL, or a word whose quotes are missing (not repeated here: it may be secret)",
                );
            }
            Means::Url => self.url = Some(text),
            User if self.user.is_some() => draft.fault(name, "it is given twice"),
            User => self.user = Some(text),
            Header => self.header(name, &text, draft),
            OneHeader("Cookie") if !value.contains('=') => draft.fault(name, FILES),
            OneHeader(header) => self.headers.push((header.to_owned(), text)),
            Setting(Key::Retry) => match text.as_literal().and_then(|text| text.parse::<u32>().ok()) {
                Some(count) => draft.plain(Key::Retry, name, count.to_string()),
                None => draft.fault(name, "expected a number"),
            },
            // A file name with a colon is written `\:`; what follows a bare one is the key's passphrase.
            Setting(Key::Cert) if value.replace("\\:", "").contains(':') => draft.fault(name, PASSPHRASE),
            Setting(key) => draft.text(key, name, &text),
            Seconds(key) => {
                match text.as_literal().and_then(|text| text.parse::<f64>().ok()).filter(|span| *span > 0.0) {
                    Some(span) => {
                        draft.plain(key, name, if span.fract() == 0.0 { format!("{span}s") } else { format!("{span}") })
                    }
                    None => draft.fault(name, "expected a number of seconds above 0"),
                }
            }
            Proxy => draft.proxy(name, &text),
            Method => self.method = Some(text.as_literal().unwrap_or("$").to_owned()),
            Nothing | Note(_) | Refused(_) | Insecure | Data | DataUrlencode => {}
        }
    }

    /// `-d 'a=b&c=d'`: what is written goes over the wire, so it is decoded as the server would.
    fn data(&mut self, name: &str, value: &str, draft: &mut Draft) {
        self.has_data = true;
        if value.starts_with('@') && name != "--data-raw" {
            return draft.fault(name, FILES);
        }
        if value.trim_start().starts_with(['{', '[']) && !value.contains('=') {
            return draft.fault(name, "the body is JSON, and a token request is a form (RFC 6749 §3.2)");
        }
        if value.split('&').any(|piece| piece.trim() != piece) {
            draft.note(name, "has white space around its fields, which is left out");
        }
        for piece in value.split('&').map(str::trim).filter(|piece| !piece.is_empty()) {
            let (field, value) = piece.split_once('=').unwrap_or((piece, ""));
            match (form_decoded(field), form_decoded(value)) {
                (Some(field), Some(decoded)) => {
                    if value.contains('+') && !matches!(field.as_str(), "scope" | "grant_type") {
                        draft.note(
                            &format!("{name} {}", named(&field)),
                            "holds a '+', which a server reads as a space, so a space it is; if a plus was meant, write --data-urlencode",
                        );
                    }
                    self.field(name, field, &decoded, draft);
                }
                _ => draft.fault(name, "a field in it is not UTF-8 after percent-decoding"),
            }
        }
    }

    /// `--data-urlencode 'a=b'`: the name is already encoded, the value is not.
    fn data_urlencode(&mut self, name: &str, value: &str, draft: &mut Draft) {
        self.has_data = true;
        match (value.split_once('='), value.find('@')) {
            (Some((field, content)), at) if at.is_none_or(|at| at > field.len()) => match form_decoded(field) {
                Some(field) if !field.is_empty() => self.field(name, field, content, draft),
                _ => draft.fault(name, "expected name=value"),
            },
            (_, Some(_)) => draft.fault(name, FILES),
            _ => draft.fault(name, "expected name=value"),
        }
    }

    fn field(&mut self, name: &str, field: String, value: &str, draft: &mut Draft) {
        match shell(value) {
            // One more than may be tells that there are too many.
            Ok(_) if self.fields.len() > MOST => {}
            Ok(text) => self.fields.push((field, text)),
            Err(why) => draft.fault(&format!("{name} {}", named(&field)), why),
        }
    }

    fn header(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        let Some((field, value)) = text.split_once(':') else {
            return draft
                .fault(name, "expected 'Name: value'; a file of header fields or an empty one cannot be carried over");
        };
        let field = field.as_literal().unwrap_or_default().trim().to_owned();
        let value = value.trimmed();
        if field.eq_ignore_ascii_case("authorization") {
            return self.authorization(&format!("{name} {field}"), &value, draft);
        }
        self.headers.push((field, value));
    }

    fn authorization(&mut self, from: &str, value: &Text, draft: &mut Draft) {
        let Some((scheme, encoded)) = value.split_once(' ') else {
            return draft.fault(from, "only HTTP Basic can be carried over");
        };
        if !scheme.as_literal().is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic")) {
            return draft.fault(from, "only HTTP Basic can be carried over");
        }
        let from = from.to_owned();
        let basic = match encoded.as_literal().map(str::trim) {
            Some(text) if !stands_for_credentials(text) => {
                draft.conceal(text);
                let decoded = STANDARD_NO_PAD
                    .decode(text.trim_end_matches('='))
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                let Some((id, secret)) = decoded.as_deref().and_then(|decoded| decoded.split_once(':')) else {
                    return draft.fault(&from, "what follows 'Basic' is not the base64 of id:secret");
                };
                Basic { id: Text::literal(id), secret: Some(Text::literal(secret)), from }
            }
            _ => Basic::open(from),
        };
        self.basic(basic, draft);
    }

    fn basic(&mut self, basic: Basic, draft: &mut Draft) {
        if self.basic.is_some() {
            return draft.fault(&basic.from, "it is given twice");
        }
        self.basic = Some(basic);
    }

    fn carry(mut self, draft: &mut Draft) {
        match self.method.as_deref() {
            Some("POST") => {}
            Some(_) => draft.fault("--request", "a token request is a POST (RFC 6749 §3.2)"),
            None if !self.has_data => {
                draft.fault("--request", "without data curl sends a GET, and a token request is a POST (RFC 6749 §3.2)")
            }
            None => {}
        }
        if let Some(user) = self.user.take() {
            self.user(&user, draft);
        }
        match self.url.take() {
            Some(url) => self.address(&url, draft),
            None => draft.fault("URL", "it is missing"),
        }
        for (name, text) in std::mem::take(&mut self.headers) {
            header_field(&name, &text, draft);
        }
        request(draft, self.fields, self.basic, |field| format!("-d {}", named(field)));
    }

    fn user(&mut self, user: &Text, draft: &mut Draft) {
        if self.basic.is_some() {
            return draft.fault("-u", "it is a second way to authenticate beside the Authorization header");
        }
        let (id, secret) = match user.split_once(':') {
            Some((id, secret)) => (id, Some(secret)),
            None => (user.clone(), None),
        };
        self.basic = Some(Basic { id, secret, from: "-u".to_owned() });
    }

    /// The URL, with id and secret in front of the host as curl allows, and fields in its query.
    fn address(&mut self, url: &Text, draft: &mut Draft) {
        let mut url = url.clone();
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
                    self.basic = Some(Basic { id: decoded(id), secret: Some(decoded(secret)), from: "URL".to_owned() });
                }
                url = Text::literal(format!("{before}://{host}{path}"));
            }
        } else if url.as_literal().is_some_and(|text| !text.starts_with(['<', '{'])) {
            draft.note("URL", "has no scheme, and curl takes http:// for that; a token request needs https://");
        }
        let query = url.in_profile();
        let query = query.split_once('?').map_or("", |(_, query)| query);
        let mut granted = self.fields.iter().any(|(name, _)| name == "grant_type");
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "grant_type" && !granted {
                draft.note(
                    "grant_type",
                    "stays in the URL's query and is sent in the body too, where RFC 6749 §4 has it",
                );
                granted = true;
                self.fields.insert(0, (name.into_owned(), Text::literal(value.into_owned())));
            }
        }
        draft.url(Key::TokenEndpoint, "URL", &url);
    }
}

/// A header field of the request, unless it says what is sent anyway.
fn header_field(name: &str, text: &Text, draft: &mut Draft) {
    let from = format!("-H {}", named(name));
    let value = text.as_literal().unwrap_or("$").to_ascii_lowercase();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    match name.to_ascii_lowercase().as_str() {
        "content-type" if media_type == "application/x-www-form-urlencoded" => {
            if value.contains(';') {
                draft.note(&from, "names a charset; the form is sent without one, as RFC 6749 Appendix B has it");
            }
        }
        "content-type" => draft.fault(&from, "the body is no form, and a token request is one (RFC 6749 §3.2)"),
        "accept" if value == "application/json" => {}
        "content-length" | "accept-encoding" | "connection" | "expect" => {
            draft.note(&from, "is left out: the transport sets it");
        }
        _ if text.is_empty() => draft.fault(&from, "it takes a header field out, which a profile cannot say"),
        _ => draft.pair(Key::Headers, &from, name, text),
    }
}

/// Where a shell's redirection (`>`, `2>>`) goes to; empty where the next word says it.
fn redirection(word: &str) -> Option<&str> {
    let word = word.strip_prefix(['1', '2']).unwrap_or(word);
    word.strip_prefix(">>").or_else(|| word.strip_prefix('>'))
}

impl Basic {
    /// id and secret that the header field does not show.
    fn open(from: String) -> Self {
        Self { id: Text::literal("<client_id>"), secret: Some(Text::literal("<client_secret>")), from }
    }

    /// `Basic $(printf id:secret | base64)` tells id and secret without being run, where they are plain words.
    fn of_command(value: &str, from: String) -> Self {
        let told = || {
            let (_, command) = value.split_once("$(")?;
            let (print, encode) = command.split_once('|')?;
            let (encoder, options) = encode.trim_start().split_once([' ', ')'])?;
            if encoder != "base64" && !(encoder == "openssl" && options.contains("base64")) {
                return None;
            }
            let words = shell_words::split(print).ok()?;
            let text = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["echo" | "printf", text] | ["echo", "-n", text] | ["printf", "%s", text] => (*text).to_owned(),
                ["printf", "%s:%s", id, secret] => format!("{id}:{secret}"),
                _ => return None,
            };
            let (id, secret) = shell(&text).ok().filter(|_| !text.contains(['%', '\\']))?.split_once(':')?;
            Some((id, Some(secret).filter(|secret| !secret.is_empty())?))
        };
        match told() {
            Some((id, secret)) => Self { id, secret: Some(secret), from },
            None => Self::open(from),
        }
    }
}

/// True for what documentation writes in place of the base64 of id and secret.
fn stands_for_credentials(text: &str) -> bool {
    placeholder(text).is_some()
        || text.contains(['<', '{', '(', ' ', ':', '.', '…'])
        || text.to_ascii_lowercase().contains("base64")
}

/// Undoes `application/x-www-form-urlencoded`; a decoded dollar means itself.
fn form_decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ").replace("%24", &DOLLAR.to_string()).replace("%60", &BACKTICK.to_string());
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The `NAME` of PowerShell's `$env:NAME`.
fn without_env(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((env, name)) if env.eq_ignore_ascii_case("env:") => name,
        _ => name,
    }
}

/// How much of the text in front could be a variable's name.
fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The environment variable of that name, or the one for the argument of a script.
fn variable(name: &str) -> Option<String> {
    match name.as_bytes() {
        [b'1'..=b'9'] => Some(format!("{ARGUMENT}{name}")),
        _ => is_variable_name(name).then(|| name.to_owned()),
    }
}

/// A word as the shell would have filled it in: `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`.
fn shell(word: &str) -> Result<Text, String> {
    let own = |text: &str| text.replace(DOLLAR, "$").replace(BACKTICK, "`");
    let mut out = Text::default();
    let mut rest = word;
    if word.contains('`') {
        return Err("the output of a command cannot be carried over; write the value out".into());
    }
    while let Some(at) = rest.find('$') {
        out.push_literal(&own(&rest[..at]));
        rest = &rest[at + 1..];
        if rest.starts_with('(') {
            return Err("the output of a command cannot be carried over; write the value out".into());
        }
        if let Some(inside) = rest.strip_prefix('{') {
            let end = inside.find('}').ok_or("'${' is not closed")?;
            let inner = without_env(&inside[..end]);
            let (name, operator) = inner.split_at(name_length(inner));
            let default = match operator.trim_start_matches(':').split_at_checked(1) {
                None | Some(("?", _)) => None,
                Some(("-" | "=", default)) => Some(own(default)),
                Some(_) => return Err("what '${…}' makes of its variable cannot be carried over".into()),
            };
            let name = variable(name).ok_or("'${…}' does not hold the name of an environment variable")?;
            out.push(&Text::variable(name, default));
            rest = &inside[end + 1..];
            continue;
        }
        let name = without_env(rest);
        // An argument is one digit, whatever follows.
        let end = if name.starts_with(|c: char| c.is_ascii_digit()) { 1 } else { name_length(name) };
        match variable(&name[..end]) {
            Some(variable) => {
                out.push(&Text::variable(variable, None));
                rest = &name[end..];
            }
            None => out.push_literal("$"),
        }
    }
    out.push_literal(&own(rest));
    Ok(out)
}
