//! curl: a command line that fetches a token, as vendors' documentation prints it.
//!
//! Words are split by a shell's rules. Of what a shell would fill in only variables are understood; a `$` that quotes make
//! literal stays a dollar.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;

use super::form::{Basic, request};
use super::text::{Text, is_variable_name, placeholder};
use super::{Draft, Key, Unreadable};

/// Stand for a `$` and a backtick that mean themselves, while the words are split: private characters that no command has.
const DOLLAR: char = '\u{f8fe}';
const BACKTICK: char = '\u{f8ff}';

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
    (' ', "next", false, Refused("a profile is one request; give the one that fetches the token")),
    (':', "next", false, Refused("a profile is one request; give the one that fetches the token")),
    (' ', "ciphers", true, Refused("a profile cannot say it")),
    (' ', "tls-max", true, Refused("a profile cannot say it; TLS 1.2 and 1.3 are spoken")),
    (' ', "tlsv1.3", false, Refused("a profile cannot say it; TLS 1.2 and 1.3 are spoken")),
];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let words = words(text)?;
    let mut command = Command::default();
    command.read(&words, draft);
    command.carry(draft);
    Ok(())
}

/// The words after `curl`, up to where another command begins.
fn words(text: &str) -> Result<Vec<String>, Unreadable> {
    let text = marked(&text.replace("\r\n", "\n"))?;
    let words = shell_words::split(&text).map_err(|_| {
        Unreadable::new(
            "the words of the command cannot be told apart: a quote is not closed",
            "give the whole command",
        )
    })?;
    let mut words = words.into_iter().skip_while(|word| matches!(word.as_str(), "$" | "%" | ">" | "#")).peekable();
    let is_curl = |word: &String| matches!(word.rsplit(['/', '\\']).next(), Some("curl" | "curl.exe"));
    match words.next() {
        Some(word) if is_curl(&word) => {}
        Some(_) => return Err(Unreadable::new("the command does not begin with curl", "give the curl command alone")),
        None => return Err(Unreadable::new("there is no command in it", "give a curl command, in a file or on stdin")),
    }
    Ok(words.collect())
}

/// Replaces what quotes make literal, so that it survives the splitting, and finds what no splitting could carry over.
fn marked(text: &str) -> Result<String, Unreadable> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    let mut word_begins = true;
    while let Some(c) = chars.next() {
        let begins = std::mem::replace(&mut word_begins, quote.is_none() && matches!(c, ' ' | '\t' | '\n'));
        match (c, quote) {
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
            (c, _) => out.push(c),
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
                    draft.note("what follows the pipe is left out: the token is printed by itself");
                    break;
                }
                word if redirection(word).is_some() => {
                    draft.note("redirections of the shell are left out");
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
                            draft.fault(long.split('=').next().unwrap_or(long), "this option of curl is not understood")
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
            Note(text) => return draft.note(format!("{name} {text}")),
            Refused(why) => return draft.fault(name, why),
            Insecure => {
                return draft.note(format!(
                    "{name} cannot be stored: give --insecure on the command line, or better, cacert: FILE in the profile"
                ));
            }
            Data => return self.data(name, value, draft),
            DataUrlencode => return self.data_urlencode(name, value, draft),
            _ => {}
        }
        let text = match shell(value) {
            Ok(text) => text,
            // `Authorization: Basic $(printf … | base64)` says all that is needed without being run.
            Err(_) if means == Header && value.to_ascii_lowercase().starts_with("authorization: basic") => {
                Text::literal("Authorization: Basic <credentials>")
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
            draft.note(format!("{name}: white space around its fields is left out"));
        }
        for piece in value.split('&').map(str::trim).filter(|piece| !piece.is_empty()) {
            let (field, value) = piece.split_once('=').unwrap_or((piece, ""));
            match (form_decoded(field), form_decoded(value)) {
                (Some(field), Some(decoded)) => {
                    if value.contains('+') && !matches!(field.as_str(), "scope" | "grant_type") {
                        draft.note(format!(
                            "{name} {field}: a server reads the '+' in it as a space, so a space it is; if a plus was meant, write --data-urlencode"
                        ));
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
            Ok(text) => self.fields.push((field, text)),
            Err(why) => draft.fault(&format!("{name} {field}"), why),
        }
    }

    fn header(&mut self, name: &str, text: &Text, draft: &mut Draft) {
        let Some((field, value)) = text.split_once(':') else {
            return draft
                .fault(name, "expected 'Name: value'; a file of header fields or an empty one cannot be carried over");
        };
        let field = field.as_literal().unwrap_or_default().trim().to_owned();
        let mut value = value;
        if let Some(literal) = value.as_literal() {
            value = Text::literal(literal.trim());
        } else {
            value = trimmed_start(&value);
        }
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
        if self.basic.is_some() {
            return draft.fault(from, "it is given twice");
        }
        let encoded_literal = encoded.as_literal().map(str::trim);
        let stands_for_something = |text: &str| {
            placeholder(text).is_some()
                || text.contains(['<', '{', '(', ' ', ':'])
                || text.to_ascii_lowercase().contains("base64")
        };
        let from = from.to_owned();
        match encoded_literal {
            Some(text) if !stands_for_something(text) => {
                draft.conceal(text);
                let decoded = STANDARD_NO_PAD
                    .decode(text.trim_end_matches('='))
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                match decoded.as_deref().and_then(|decoded| decoded.split_once(':')) {
                    Some((id, secret)) => {
                        self.basic = Some(Basic { id: Text::literal(id), secret: Some(Text::literal(secret)), from });
                    }
                    None => draft.fault(&from, "what follows 'Basic' is not the base64 of id:secret"),
                }
            }
            _ => {
                draft.note(format!(
                    "{from} only stands for id and secret: set the environment variables CLIENT_ID and CLIENT_SECRET"
                ));
                self.basic = Some(Basic {
                    id: Text::variable("CLIENT_ID", None),
                    secret: Some(Text::variable("CLIENT_SECRET", None)),
                    from,
                });
            }
        }
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
        request(draft, self.fields, self.basic, |field| format!("-d {field}"));
    }

    fn user(&mut self, user: &Text, draft: &mut Draft) {
        if self.basic.is_some() {
            return draft.fault("-u", "it is a second way to authenticate beside the Authorization header");
        }
        let (id, secret) = match user.split_once(':') {
            Some((id, secret)) => (id, Some(secret)),
            None => (user.clone(), None),
        };
        if secret.as_ref().is_some_and(Text::is_empty) {
            return draft.fault("-u", "the secret is empty; for a client without one write -d client_id=ID instead");
        }
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
                    draft.note("id and secret are taken out of the URL; they were sent by HTTP Basic, and still are");
                    self.basic = Some(Basic { id: decoded(id), secret: Some(decoded(secret)), from: "URL".to_owned() });
                }
                url = Text::literal(format!("{before}://{host}{path}"));
            }
        } else if url.as_literal().is_some() {
            draft.note("the URL has no scheme, and curl takes http:// for that; a token request needs https://");
        }
        let query = url.in_profile();
        let query = query.split_once('?').map_or("", |(_, query)| query);
        let granted = self.fields.iter().any(|(name, _)| name == "grant_type");
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "grant_type" && !granted {
                draft.note("grant_type stays in the URL's query and is sent in the body too, where RFC 6749 §4 has it");
                self.fields.insert(0, (name.into_owned(), Text::literal(value.into_owned())));
            }
        }
        draft.url(Key::TokenEndpoint, "URL", &url);
    }
}

/// A header field of the request, unless it says what is sent anyway.
fn header_field(name: &str, text: &Text, draft: &mut Draft) {
    let from = format!("-H {name}");
    let value = text.as_literal().unwrap_or("$").to_ascii_lowercase();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    match name.to_ascii_lowercase().as_str() {
        "content-type" if media_type == "application/x-www-form-urlencoded" => {
            if value.contains(';') {
                draft.note(format!("{from}: the form is sent without a charset, as RFC 6749 Appendix B has it"));
            }
        }
        "content-type" => draft.fault(&from, "the body is no form, and a token request is one (RFC 6749 §3.2)"),
        "accept" if value == "application/json" => {}
        "content-length" | "accept-encoding" | "connection" | "expect" => {
            draft.note(format!("{from} is left out: the transport sets it"));
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

fn trimmed_start(text: &Text) -> Text {
    let mut out = Text::default();
    for (index, part) in text.parts().iter().enumerate() {
        match part {
            super::text::Part::Literal(literal) if index == 0 => out.push_literal(literal.trim_start()),
            super::text::Part::Literal(literal) => out.push_literal(literal),
            super::text::Part::Variable { name, default } => out.push(&Text::variable(name.clone(), default.clone())),
        }
    }
    out
}

/// Undoes `application/x-www-form-urlencoded`; a decoded dollar means itself.
fn form_decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ").replace("%24", &DOLLAR.to_string()).replace("%60", &BACKTICK.to_string());
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A word as the shell would have filled it in: `$NAME`, `${NAME}` and `${NAME:-default}`.
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
            let (name, default) = match inside[..end].split_once(":-") {
                Some((name, default)) => (name, Some(own(default))),
                None => (&inside[..end], None),
            };
            if !is_variable_name(name) {
                return Err("'${…}' does not hold the name of an environment variable".into());
            }
            out.push(&Text::variable(name, default));
            rest = &inside[end + 1..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if is_variable_name(&rest[..end]) {
            out.push(&Text::variable(&rest[..end], None));
            rest = &rest[end..];
        } else {
            out.push_literal("$");
        }
    }
    out.push_literal(&own(rest));
    Ok(out)
}
