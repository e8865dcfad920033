//! What each option of curl means for a token request.

use super::super::Key;

/// What an option means for a token request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Url,
    User,
    /// Fields joined by `&`, already encoded, or a JSON object.
    Data,
    /// One field, to be encoded.
    DataUrlencode,
    /// A JSON object.
    Json,
    /// One part of a multipart body.
    Form,
    /// The fields go into the URL.
    Get,
    Header,
    /// A header field of that name.
    OneHeader(&'static str),
    /// A setting with a path or text.
    Setting(Key),
    Seconds(Key),
    Proxy,
    ProxyUser,
    /// A variable of curl's own.
    Variable,
    /// A proxy that speaks SOCKS, by the scheme of its URL.
    Socks(&'static str),
    NoProxy,
    Method,
    Insecure,
    /// The kind of a certificate's or a key's file.
    FileKind,
    /// It has no bearing on the request.
    Nothing,
    /// It has none either, but its user may miss it.
    Note(&'static str),
    /// It cannot be carried over.
    Refused(&'static str),
}

use Meaning::{
    Data, DataUrlencode, FileKind, Form, Get, Header, Insecure, Json, Method, NoProxy, Note, Nothing, OneHeader, Proxy,
    ProxyUser, Refused, Seconds, Setting, Socks, User, Variable,
};

pub(super) const FILES: &str = "its content is not in the input; write the value out";
const NO_REDIRECT: &str = "is left out: a token request follows no redirect, for it would carry the secret along";
const ELSEWHERE: &str = "it changes where the request goes, which a profile cannot say";
const TO_STDOUT: &str = "is left out: the token goes to stdout (-o json gives the whole answer)";
const SHOWN: &str = "is left out: -v shows the request and the answer";
const VERSIONS: &str = "is left out: TLS 1.2 and 1.3 are spoken, the newest that the server knows";
const OWN_TLS: &str = "is left out: ciphers and their like are this program's own";
const ONE_METHOD: &str = "only HTTP Basic can be carried over";
const NETRC: &str = "credentials are not read from .netrc; give them with -u";
const COOKIES: &str = "is left out: cookies are not kept";
const WAITS: &str = "is left out: all addresses are tried";

/// Short name, long name, whether a value follows, meaning.
const OPTIONS: &[(char, &str, bool, Meaning)] = &[
    (' ', "url", true, Meaning::Url),
    ('u', "user", true, User),
    ('d', "data", true, Data),
    (' ', "data-ascii", true, Data),
    (' ', "data-raw", true, Data),
    (' ', "data-binary", true, Data),
    (' ', "data-urlencode", true, DataUrlencode),
    (' ', "json", true, Json),
    ('F', "form", true, Form),
    (' ', "form-string", true, Form),
    ('G', "get", false, Get),
    ('H', "header", true, Header),
    ('A', "user-agent", true, OneHeader("User-Agent")),
    ('e', "referer", true, OneHeader("Referer")),
    ('b', "cookie", true, OneHeader("Cookie")),
    ('E', "cert", true, Setting(Key::Cert)),
    (' ', "key", true, Setting(Key::Key)),
    (' ', "cacert", true, Setting(Key::Cacert)),
    (' ', "cert-type", true, FileKind),
    (' ', "key-type", true, FileKind),
    ('m', "max-time", true, Seconds(Key::Timeout)),
    (' ', "connect-timeout", true, Seconds(Key::ConnectTimeout)),
    (' ', "retry", true, Setting(Key::Retry)),
    ('x', "proxy", true, Proxy),
    ('U', "proxy-user", true, ProxyUser),
    (' ', "socks5", true, Socks("socks5")),
    (' ', "socks5-hostname", true, Socks("socks5h")),
    (' ', "socks4", true, Socks("socks4")),
    (' ', "socks4a", true, Socks("socks4a")),
    (' ', "noproxy", true, NoProxy),
    (' ', "variable", true, Variable),
    ('X', "request", true, Method),
    ('k', "insecure", false, Insecure),
    ('i', "include", false, Note("is left out: -v shows the answer's header fields")),
    (' ', "show-headers", false, Note("is left out: -v shows the answer's header fields")),
    ('L', "location", false, Note(NO_REDIRECT)),
    (' ', "location-trusted", false, Note(NO_REDIRECT)),
    (' ', "follow", false, Note(NO_REDIRECT)),
    (' ', "max-redirs", true, Note(NO_REDIRECT)),
    (' ', "compressed", false, Note("is left out: answers are asked for uncompressed")),
    ('o', "output", true, Note(TO_STDOUT)),
    ('O', "remote-name", false, Note(TO_STDOUT)),
    ('J', "remote-header-name", false, Note(TO_STDOUT)),
    (' ', "output-dir", true, Note(TO_STDOUT)),
    ('w', "write-out", true, Note("is left out: the exit code tells how it went")),
    ('D', "dump-header", true, Note("is left out: -v shows the answer's header fields")),
    ('c', "cookie-jar", true, Note(COOKIES)),
    (' ', "retry-delay", true, Note("is left out: waits grow by themselves")),
    (' ', "retry-max-time", true, Note("is left out: --timeout bounds all attempts")),
    (' ', "retry-all-errors", false, Note("is left out: only failures that a new attempt can cure are repeated")),
    ('4', "ipv4", false, Note(WAITS)),
    ('6', "ipv6", false, Note(WAITS)),
    (' ', "trace-ascii", true, Note(SHOWN)),
    (' ', "trace", true, Note(SHOWN)),
    (' ', "tls-max", true, Note(VERSIONS)),
    (' ', "tlsv1.3", false, Note(VERSIONS)),
    ('2', "sslv2", false, Note(VERSIONS)),
    ('3', "sslv3", false, Note(VERSIONS)),
    (' ', "ciphers", true, Note(OWN_TLS)),
    (' ', "tls13-ciphers", true, Note(OWN_TLS)),
    (' ', "curves", true, Note(OWN_TLS)),
    (' ', "engine", true, Note(OWN_TLS)),
    (' ', "cert-status", false, Note("is left out: no stapled answer about the certificate is asked for")),
    (' ', "crlfile", true, Note("is left out: no list of revoked certificates is read")),
    (' ', "anyauth", false, Note("is left out: HTTP Basic is sent at once")),
    ('I', "head", false, Refused("a token request is a POST (RFC 6749 §3.2)")),
    ('T', "upload-file", true, Refused("a token request is a form (RFC 6749 §3.2)")),
    ('K', "config", true, Refused(FILES)),
    ('n', "netrc", false, Refused(NETRC)),
    (' ', "netrc-file", true, Refused(NETRC)),
    (' ', "netrc-optional", false, Refused(NETRC)),
    (' ', "oauth2-bearer", true, Refused("a token request has no token yet")),
    (' ', "digest", false, Refused(ONE_METHOD)),
    (' ', "ntlm", false, Refused(ONE_METHOD)),
    (' ', "ntlm-wb", false, Refused(ONE_METHOD)),
    (' ', "negotiate", false, Refused(ONE_METHOD)),
    (' ', "aws-sigv4", true, Refused(ONE_METHOD)),
    (' ', "pass", true, Setting(Key::KeyPassphrase)),
    (' ', "capath", true, Refused("a profile takes one file of roots: write --cacert FILE")),
    (' ', "pinnedpubkey", true, Refused("a profile cannot pin a key")),
    (' ', "resolve", true, Refused(ELSEWHERE)),
    (' ', "connect-to", true, Refused(ELSEWHERE)),
    (' ', "unix-socket", true, Refused(ELSEWHERE)),
    (' ', "abstract-unix-socket", true, Refused(ELSEWHERE)),
    (' ', "interface", true, Refused(ELSEWHERE)),
    (' ', "doh-url", true, Refused(ELSEWHERE)),
    (' ', "preproxy", true, Refused(ELSEWHERE)),
    (' ', "request-target", true, Refused(ELSEWHERE)),
    (' ', "proxy-header", true, Refused("a profile cannot say it")),
    (' ', "url-query", true, Refused("write it into the URL")),
    (':', "next", false, Refused("a profile is one request; give the one that fetches the token")),
];

/// Options without a value that have no bearing on the request.
const SWITCHES: &[(char, &str)] = &[
    ('s', "silent"),
    ('S', "show-error"),
    ('f', "fail"),
    (' ', "fail-with-body"),
    (' ', "fail-early"),
    ('N', "no-buffer"),
    ('#', "progress-bar"),
    (' ', "no-progress-meter"),
    (' ', "progress-meter"),
    ('v', "verbose"),
    ('g', "globoff"),
    (' ', "basic"),
    ('1', "tlsv1"),
    (' ', "tlsv1.0"),
    (' ', "tlsv1.1"),
    (' ', "tlsv1.2"),
    (' ', "no-keepalive"),
    (' ', "keepalive"),
    ('q', "disable"),
    ('0', "http1.0"),
    (' ', "http1.1"),
    (' ', "http2"),
    (' ', "http2-prior-knowledge"),
    (' ', "http3"),
    (' ', "http3-only"),
    (' ', "http0.9"),
    (' ', "alpn"),
    (' ', "no-alpn"),
    (' ', "npn"),
    (' ', "no-npn"),
    (' ', "sessionid"),
    (' ', "no-sessionid"),
    (' ', "no-clobber"),
    (' ', "retry-connrefused"),
    (' ', "ssl"),
    (' ', "ssl-reqd"),
    (' ', "ssl-no-revoke"),
    (' ', "ssl-revoke-best-effort"),
    (' ', "ssl-allow-beast"),
    (' ', "ssl-auto-client-cert"),
    (' ', "ca-native"),
    (' ', "tcp-nodelay"),
    (' ', "tcp-fastopen"),
    (' ', "false-start"),
    (' ', "post301"),
    (' ', "post302"),
    (' ', "post303"),
    (' ', "path-as-is"),
    (' ', "disallow-username-in-url"),
    (' ', "ignore-content-length"),
    (' ', "raw"),
    (' ', "tr-encoding"),
    (' ', "proxy-basic"),
    (' ', "proxy-anyauth"),
    ('p', "proxytunnel"),
    (' ', "suppress-connect-headers"),
    (' ', "create-dirs"),
    (' ', "remove-on-error"),
    (' ', "remote-name-all"),
    ('R', "remote-time"),
    (' ', "styled-output"),
    (' ', "trace-time"),
    (' ', "trace-ids"),
    (' ', "compressed-ssh"),
    (' ', "form-escape"),
    ('j', "junk-session-cookies"),
    ('B', "use-ascii"),
    ('a', "append"),
    ('Z', "parallel"),
    (' ', "parallel-immediate"),
    (' ', "xattr"),
];

/// The same with a value.
const VALUES: &[(char, &str)] = &[
    (' ', "proto"),
    (' ', "proto-default"),
    (' ', "proto-redir"),
    (' ', "keepalive-time"),
    (' ', "limit-rate"),
    (' ', "rate"),
    (' ', "max-filesize"),
    ('Y', "speed-limit"),
    ('y', "speed-time"),
    (' ', "expect100-timeout"),
    (' ', "happy-eyeballs-timeout-ms"),
    (' ', "stderr"),
    (' ', "trace-config"),
    (' ', "libcurl"),
    (' ', "alt-svc"),
    (' ', "hsts"),
    (' ', "etag-save"),
    (' ', "parallel-max"),
    (' ', "local-port"),
    (' ', "dns-servers"),
    (' ', "dns-interface"),
    (' ', "dns-ipv4-addr"),
    (' ', "dns-ipv6-addr"),
    (' ', "create-file-mode"),
    (' ', "random-file"),
    (' ', "egd-file"),
    (' ', "ip-tos"),
    (' ', "vlan-priority"),
];

/// Whether a value follows the option, and what it means.
pub(super) fn long(name: &str) -> Option<(bool, Meaning)> {
    // `--no-location` undoes what there is nothing of.
    let undone = || known(name.strip_prefix("no-")?).filter(|(takes_value, _)| !takes_value).map(|_| (false, Nothing));
    known(name).or_else(undone)
}

fn known(name: &str) -> Option<(bool, Meaning)> {
    let own =
        OPTIONS.iter().find(|(_, known, ..)| *known == name).map(|(_, _, takes_value, means)| (*takes_value, *means));
    own.or_else(|| listed(|(_, known)| *known == name))
}

/// The same for the letter of a short option.
pub(super) fn short(letter: char) -> Option<(bool, Meaning)> {
    let own = OPTIONS.iter().find(|(known, ..)| *known == letter && letter != ' ');
    let own = own.map(|(_, _, takes_value, means)| (*takes_value, *means));
    own.or_else(|| listed(|(known, _)| *known == letter && letter != ' '))
}

fn listed(is: impl Fn(&(char, &'static str)) -> bool) -> Option<(bool, Meaning)> {
    let switch = SWITCHES.iter().any(&is).then_some((false, Nothing));
    switch.or_else(|| VALUES.iter().any(&is).then_some((true, Nothing)))
}

/// Every long name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let listed = SWITCHES.iter().chain(VALUES).map(|(_, name)| *name);
    OPTIONS.iter().map(|(_, name, ..)| *name).chain(listed)
}
