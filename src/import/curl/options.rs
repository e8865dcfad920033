//! What each option of curl means for a token request.

use super::super::Key;

/// What an option means for a token request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
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

use Meaning::{
    Data, DataUrlencode, Header, Insecure, Method, Note, Nothing, OneHeader, Proxy, Refused, Seconds, Setting, User,
};

pub(super) const FILES: &str = "its content is not in the input; write the value out";
const NO_REDIRECT: &str = "is left out: a token request follows no redirect, for it would carry the secret along";
const ELSEWHERE: &str = "it changes where the request goes, which a profile cannot say";
pub(super) const PASSPHRASE: &str = "a key with a passphrase cannot be read; decrypt it into a file of its own";

/// Short name, long name, whether a value follows, meaning.
pub(super) const OPTIONS: &[(char, &str, bool, Meaning)] = &[
    (' ', "url", true, Meaning::Url),
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
