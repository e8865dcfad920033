//! curl: a command line that fetches a token, as vendors' documentation prints it.

mod options;
mod shell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;

use self::options::Meaning::{
    Data, DataUrlencode, Header, Insecure, Method, Note, Nothing, OneHeader, Proxy, Refused, Seconds, Setting, User,
};
use self::options::{FILES, Meaning, OPTIONS, PASSPHRASE};
use self::shell::{ARGUMENT, BACKTICK, BEHIND, DOLLAR, redirection, shell, words};
use super::form::{UserPass, request};
use super::text::{Text, placeholder};
use super::{Draft, Key, MOST, Unreadable, named};
use crate::settings::foreign;

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

#[derive(Default)]
struct Command {
    url: Option<Text>,
    user: Option<Text>,
    fields: Vec<(String, Text)>,
    has_data: bool,
    headers: Vec<(String, Text)>,
    basic: Option<UserPass>,
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
                word => self.option("URL", Meaning::Url, Some(word), draft),
            }
        }
    }

    fn option(&mut self, name: &str, means: Meaning, value: Option<&str>, draft: &mut Draft) {
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
                return self.basic(UserPass::of_command(value, from), draft);
            }
            Err(why) => return draft.fault(name, why),
        };
        match means {
            Meaning::Url if self.url.is_some() => {
                draft.fault(
                    name,
                    "there is a second URL, or a word whose quotes are missing (not repeated here: it may be secret)",
                );
            }
            Meaning::Url => self.url = Some(text),
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
                UserPass { id: Text::literal(id), secret: Some(Text::literal(secret)), from }
            }
            _ => UserPass::open(from),
        };
        self.basic(basic, draft);
    }

    fn basic(&mut self, basic: UserPass, draft: &mut Draft) {
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
        self.basic = Some(UserPass { id, secret, from: "-u".to_owned() });
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
                    self.basic =
                        Some(UserPass { id: decoded(id), secret: Some(decoded(secret)), from: "URL".to_owned() });
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

impl UserPass {
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

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, fault, note, run};

    #[test]
    fn curl_is_read_in_any_order_and_quoting() {
        use System::Curl;
        let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n";
        for line in [
            "curl -u id:s3 -d grant_type=client_credentials https://a.example/t",
            "$ curl https://a.example/t \\\n  --user 'id:s3' \\\n  --data \"grant_type=client_credentials\"\n",
            "curl -sSfuid:s3 -XPOST -dgrant_type=client_credentials --url https://a.example/t",
            "curl -X POST 'https://a.example/t' -H 'Authorization: Basic aWQ6czM=' -H 'Content-Type: application/x-www-form-urlencoded' --data-urlencode 'grant_type=client_credentials'",
            "curl --request POST --url https://id:s3@a.example/t --data-raw grant_type=client_credentials | jq -r .access_token",
            "# the token, isn't it?\r\ncurl -u id:s3 \\\r\n -d 'grant_type=client_credentials&client_id=id' https://a.example/t >out.json 2>&1",
            "/usr/bin/curl -u id:$CLIENT_SECRET -d grant_type=client_credentials https://a.example/t 2>/dev/null|jq",
            "curl -u 'id:<client-secret>' -d grant_type=client_credentials https://a.example/t",
            "curl -u \"id:${CLIENT_SECRET}\" -d grant_type=client_credentials -- https://a.example/t",
            "curl -u id:YOUR_CLIENT_SECRET -d grant_type=client_credentials https://a.example/t",
        ] {
            check(Curl, line, basic);
        }
        let post = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: \"${CLIENT_ID}\"\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n";
        for line in [
            "curl https://a.example/t -d 'grant_type=client_credentials&client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET'",
            "curl https://a.example/t -d grant_type=client_credentials -d client_id={client_id} -d client_secret={client_secret}",
            "curl https://a.example/t -d grant_type=client_credentials -d \"client_id=$CLIENT_ID\" --data-urlencode \"client_secret=$CLIENT_SECRET\"",
            "curl https://a.example/t --data 'client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET' --data grant_type=client_credentials",
        ] {
            check(Curl, line, post);
        }
    }

    #[test]
    fn curl_options_become_settings() {
        use System::Curl;
        let line = |more: &str| format!("curl -u id:$S -d grant_type=client_credentials https://a.example/t {more}");
        let out = |grant: &str, more: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{grant}client_id: id\nclient_secret: env:S\ntoken_endpoint_auth_method: client_secret_basic\n{more}"
            )
        };
        for (words, grant, settings) in [
            ("-d 'scope=a+b%20c'", "scope: [a, b, c]\n", ""),
            ("--data-urlencode 'scope=a b'", "scope: [a, b]\n", ""),
            ("-d audience=https%3A%2F%2Fapi.example", "audience: https://api.example\n", ""),
            (
                "-d resource=https://r.example/a -d resource=https://r.example/b",
                "resource: [https://r.example/a, https://r.example/b]\n",
                "",
            ),
            ("-d 'tenant=a%24b'", "params:\n  tenant: a$$b\n", ""),
            ("-d 'tenant=a$b'", "params:\n  tenant: a$$b\n", ""),
            ("-d \"tenant=a$b\"", "params:\n  tenant: \"a${b}\"\n", ""),
            ("-d \"tenant=${T:-x}\"", "params:\n  tenant: \"${T:x}\"\n", ""),
            ("-H 'X-A: b c' -H 'Accept: application/json'", "", "headers:\n  X-A: \"b c\"\n"),
            ("-H 'X-Api-Key: k3y'", "", "headers:\n  X-Api-Key: \"${X_API_KEY}\"\n"),
            ("-A agent/1", "", "headers:\n  User-Agent: agent/1\n"),
            ("--cert c.pem --key k.pem --cacert ca.pem", "", "cacert: ca.pem\ncert: c.pem\nkey: k.pem\n"),
            ("-m 5 --connect-timeout 1.5 --retry 3", "", "timeout: 5s\nconnect_timeout: 1.5\nretry: 3\n"),
            ("-x http://u:pw@p.example:1", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:1\"\n"),
            ("-x 'http://u:a:b@p.example:1'", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:1\"\n"),
            ("-x http://u:pw@p.example:$PORT", "", "proxy: \"http://u:${PROXY_PASSWORD}@p.example:${PORT}\"\n"),
            ("-x http://$U:$P@p.example:1", "", "proxy: \"http://${U}:${P}@p.example:1\"\n"),
            ("-x p.example:$PORT", "", "proxy: \"p.example:${PORT}\"\n"),
            ("-d \"tenant=${T:?not set}\"", "params:\n  tenant: \"${T}\"\n", ""),
            ("-sSiLv --compressed -o out -w '%{http_code}'", "", ""),
        ] {
            check(Curl, &line(words), &out(grant, settings).replace("tenant: a$$b", "tenant: \"a$$b\""));
        }
        note(Curl, &line("-k"), "--insecure");
        note(Curl, &line("-L"), "follows no redirect");
        note(Curl, &line("-d 'x=a+b'"), "a server reads as a space");
        note(Curl, "curl -u id -d grant_type=client_credentials https://a.example/t", "asked for on the terminal");
        note(
            Curl,
            "curl -X POST -u id:s 'https://a.example/t?grant_type=client_credentials'",
            "grant_type stays in the URL's query",
        );
        check(
            Curl,
            "curl https://$TENANT.example/t -d grant_type=password -d username=alice -d password=s3 -d client_id=app",
            "token_endpoint: \"https://${TENANT}.example/t\"\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: app\ntoken_endpoint_auth_method: none\n",
        );
        check(
            Curl,
            "curl https://a.example/t -d grant_type=refresh_token -d refresh_token=r3 -d client_id=app",
            "token_endpoint: https://a.example/t\ngrant_type: refresh_token\nrefresh_token: env:REFRESH_TOKEN\nclient_id: app\ntoken_endpoint_auth_method: none\n",
        );
    }

    #[test]
    fn curl_tells_what_it_cannot_carry() {
        use System::Curl;
        let line = |more: &str| format!("curl -u id:s3 -d grant_type=client_credentials https://a.example/t {more}");
        for (words, expected) in [
            ("-G", "-G: it puts the fields into the URL"),
            ("--json '{}'", "--json: the body is JSON"),
            ("-F a=b", "-F: the body is multipart"),
            ("-d @file", "-d: its content is not in the input"),
            ("--data-urlencode secret@file", "--data-urlencode: its content is not in the input"),
            ("-d '{\"a\": 1}'", "-d: the body is JSON"),
            ("-H 'Content-Type: application/json'", "-H Content-Type: the body is no form"),
            ("-H 'Authorization: Bearer x'", "-H Authorization: only HTTP Basic"),
            ("-H 'Authorization: Basic aWQ6cw=='", "-u: it is a second way"),
            ("-H Host:x", "'Host' is set by the request itself"),
            ("-d client_secret=other", "-d client_secret: it is a second way"),
            ("-d client_id=other", "-d client_id: it names another client"),
            ("-d client_assertion=x", "-d client_assertion: "),
            ("-d grant_type=x", "grant_type: "),
            ("-d 'x=%ff'", "-d: a field in it is not UTF-8"),
            ("-d \"x=${T%.*}\"", "-d x: what '${…}' makes of its variable"),
            ("-d \"x=$(date)\"", "-d x: the output of a command"),
            ("-X GET", "--request: a token request is a POST"),
            ("--resolve a:1:b", "--resolve: it changes where"),
            ("--cert c.pem:pass", "--cert: a key with a passphrase"),
            ("--frobnicate", "(not shown: it may be a secret): this option of curl is not understood"),
            ("-Z", "-Z: this option of curl is not understood"),
            ("https://b.example", "URL: there is a second URL"),
            ("; rm x", ";: another command follows"),
            ("-sS; echo", ";: another command follows"),
            ("&& echo", "&&: another command follows"),
            ("-n", "-n: credentials are not read from .netrc"),
            ("-d", "-d: it has no value"),
        ] {
            fault(Curl, &line(words), expected);
        }
        fault(Curl, "curl -u id:s https://a.example/t", "--request: without data curl sends a GET");
        fault(Curl, "curl -u id: -d grant_type=client_credentials https://a.example/t", "-u: the secret is empty");
        fault(Curl, "curl -d grant_type=client_credentials https://a.example/t", "-d client_id: it is missing");
        fault(
            Curl,
            "curl -u id:s -d grant_type=authorization_code https://a.example/t",
            "-d grant_type: this grant is none of",
        );
        fault(Curl, "curl -u id:s -d grant_type=client_credentials a.example/t", "URL: it is not an absolute URL");
        fault(Curl, "curl -u id:s -d grant_type=client_credentials", "URL: it is missing");
        fault(
            Curl,
            "curl -X POST 'https://a.example/t?grant_type=client_credentials&client_id=i&client_secret=s'",
            "URL: its query holds 'client_secret'",
        );
        fault(Curl, "curl -d 'x", "a quote is not closed");
        fault(Curl, "curl -d $'a\\nb' https://a.example", "$'…'");
        fault(Curl, "wget https://a.example", "does not begin with curl");
        fault(Curl, "", "no command");
    }

    #[test]
    fn curl_is_found_in_what_documentation_puts_around_it() {
        let basic = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: \"${ID}\"\nclient_secret: env:KEY\ntoken_endpoint_auth_method: client_secret_basic\n";
        let curl = "curl -u \"$ID:$KEY\" -d grant_type=client_credentials https://a.example/t";
        for text in [
            format!("// Replace {{tenant}} with your tenant's!\n{curl}"),
            format!("# A comment, isn't it?\n\n$ sudo {curl}\n"),
            format!("```bash\n{curl}\n```\nIt's done.\n"),
            format!("  ```\n  {curl}\n  ```\n"),
            format!("TOKEN=$({curl} | jq -r .access_token)"),
            format!("TOKEN=$({curl})\necho $TOKEN\n"),
            format!("$ export TOKEN=\"$({curl} -H \"X: $(x)\")\"\n").replace(" -H \"X: $(x)\"", ""),
            format!("TOKEN=`{curl}`"),
            curl.replace(" -", " \\\n -"),
            curl.replace("\"$ID:$KEY\"", "%ID%:%KEY%").replace(" -", " ^\r\n -"),
            curl.replace("\"$ID:$KEY\"", "\"$env:ID:${Env:KEY}\"").replace(" -", " `\n -"),
        ] {
            check(System::Curl, &text, basic);
        }
        note(System::Curl, &format!("T=$({curl})\necho $T"), "what follows the command is left out");
        fault(System::Curl, "TOKEN=$(wget https://a.example)", "does not begin with curl");
    }

    #[test]
    fn curl_placeholders_of_vendors_become_variables() {
        use System::Curl;
        check(
            Curl,
            "curl --request POST --url 'https://YOUR_TENANT.auth0.com/oauth/token' -d grant_type=client_credentials -d client_id=YOUR_CLIENT_ID -d client_secret=YOUR_CLIENT_SECRET -d audience=YOUR_API_IDENTIFIER -d audience=https://YOUR_TENANT.auth0.com/api/",
            "token_endpoint: \"https://${TENANT}.auth0.com/oauth/token\"\ngrant_type: client_credentials\naudience: [\"${API_IDENTIFIER}\", \"https://${TENANT}.auth0.com/api/\"]\nclient_id: \"${CLIENT_ID}\"\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_post\n",
        );
        for url in ["https://{{domain}}/t", "https://<your domain>/t", "https://{domain}/t", "https://{yourDomain}/t"] {
            let line = format!("curl -u i:$S -d grant_type=client_credentials '{url}'");
            let profile = run(Curl, &line, false).profile.unwrap();
            assert!(profile.contains("DOMAIN}/t\"\n"), "{url}\n{profile}");
        }
        let line = "curl -u i:$S -d grant_type=client_credentials 'https://a.example/{id}/{...}'";
        let profile = run(Curl, line, false).profile.unwrap();
        assert!(profile.contains("\"https://a.example/${ID}/{...}\"\n"), "{profile}");
        let cut = "curl -H 'Authorization: Basic MG9hY...' -d grant_type=client_credentials https://a.example/t";
        note(Curl, cut, "-H Authorization only stands for a secret: set the environment variable CLIENT_SECRET");
        let script = "curl -u \"$1:${2}\" -d grant_type=client_credentials https://a.example/t";
        note(Curl, script, "environment variables ARG_1, ARG_2");
        let profile = run(Curl, script, false).profile.unwrap();
        assert!(profile.contains("client_id: \"${ARG_1}\"\nclient_secret: env:ARG_2\n"), "{profile}");
    }

    #[test]
    fn a_header_that_a_command_encodes_tells_id_and_secret() {
        for (command, id, secret) in [
            ("echo -n id:s3 | base64", "id", "CLIENT_SECRET"),
            ("printf 'id:s3' | base64 -w0", "id", "CLIENT_SECRET"),
            ("echo -n $A:$B | openssl base64", "\"${A}\"", "B"),
            ("echo -n \"${A}:${B}\" | base64 | tr -d '\\n'", "\"${A}\"", "B"),
            ("printf \"%s:%s\" \"$A\" \"$B\" | base64", "\"${A}\"", "B"),
            ("echo -n '<client id>:<client secret>' | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
            ("echo -n $CREDENTIALS | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
            ("cat file | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
            ("printf 'a\\072b:c' | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
            ("printf id:s3 | iconv -t utf-16 | base64", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
            ("echo -n id:s3 | xxd", "\"${CLIENT_ID}\"", "CLIENT_SECRET"),
        ] {
            let line = format!(
                "curl -H \"Authorization: Basic $({command})\" -d grant_type=client_credentials https://a.example/t"
            );
            let profile = run(System::Curl, &line, false).profile.unwrap();
            let expected = format!("client_id: {id}\nclient_secret: env:{secret}\n");
            assert!(profile.contains(&expected), "{command}\n{profile}");
        }
    }
}
