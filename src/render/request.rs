//! A request as people read it: as HTTP, and as a command line for a POSIX shell with curl.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::oauth::authorization::{Authorization, Basic, BasicEncoding};
use crate::oauth::post::json_text;
use crate::oauth::{FieldValue, Post};
use crate::secret::MASK;
use crate::wire::Url;

use super::{shell_quoted, target};

/// The request as HTTP, without what is secret unless `show_secrets`. Lines end with `\n`.
pub fn http(post: &Post, show_secrets: bool) -> String {
    let shown = |value: &FieldValue| match value {
        FieldValue::Secret(_) if !show_secrets => MASK.to_owned(),
        value => value.expose().to_owned(),
    };
    let target = target(&post.url, show_secrets);
    let mut text = format!("POST {target} HTTP/1.1\nHost: {}\n", post.url.authority());
    for header in &post.headers {
        push_line(&mut text, &header.name, &shown(&header.value));
    }
    match &post.authorization {
        Some(value) if show_secrets => push_line(&mut text, "Authorization", value.header().expose()),
        Some(value) => push_line(&mut text, "Authorization", &format!("{} {MASK}", value.scheme())),
        None => {}
    }
    push_line(&mut text, "Content-Length", &post.body().len().to_string());
    format!("{text}\n{}\n", body(post, show_secrets))
}

/// The body alone, without what is secret unless `show_secrets`.
pub fn body(post: &Post, show_secrets: bool) -> String {
    if post.is_json {
        return post.json(|value| match value {
            FieldValue::Secret(_) if !show_secrets => json_text(MASK),
            value => json_text(value.expose()),
        });
    }
    let fields = post.fields.iter().map(|field| match &field.value {
        // The mask is left readable: encoded it would be `%2A%2A%2A` in some eyes.
        FieldValue::Secret(_) if !show_secrets => format!("{}={MASK}", encoded(&field.name)),
        value => format!("{}={}", encoded(&field.name), encoded(value.expose())),
    });
    fields.collect::<Vec<_>>().join("&")
}

fn push_line(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push_str(": ");
    text.push_str(value);
    text.push('\n');
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What of the HTTP settings a curl command needs to say, as pairs of option and value.
pub type CurlOptions = Vec<(&'static str, Option<String>)>;

/// Form-encodes its argument as RFC 6749 Appendix B says, byte by byte, with nothing but POSIX tools: curl's own
/// `--data-urlencode` writes a space as `%20`, and nothing of curl's encodes what goes into HTTP Basic.
const ENCODE: &str = r#"enc() { printf %s "$1" | od -An -v -tu1 | LC_ALL=C awk '{ for (i = 1; i <= NF; i++) { c = sprintf("%c", $i); if (c ~ /^[A-Za-z0-9*._-]$/) printf "%s", c; else if ($i == 32) printf "+"; else printf "%%%02X", $i } }'; }
"#;

/// Escapes its argument for the quoted strings of curl's config files.
pub(super) const ESCAPE: &str = r#"esc() { printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'; }
"#;

/// The shell variables that [`curl`] takes secrets from, each once.
pub fn variables(post: &Post) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    post.credentials().map(|credential| credential.variable.as_str()).filter(|name| seen.insert(*name)).collect()
}

/// What stands between the options of a command line: each has a line of its own.
pub(super) const NEXT: &str = " \\\n  ";

/// A command line, one option to a line, that sends the very same request, taking each secret from a shell variable; where one is unset, the shell
/// says so and sends nothing. Secrets reach curl through its standard input, so none is in any process's arguments.
pub fn curl(post: &Post, url: &str, options: &CurlOptions) -> String {
    let mut config = String::new();
    let mut arguments = String::new();
    let mut encodes = false;
    let mut escapes = false;
    for header in &post.headers {
        if let FieldValue::Secret(credential) = &header.value {
            escapes = true;
            // Not a word of this is the user's: names are header names, values are printf's placeholders.
            let _ = write!(config, r#"header = "{}: %s"\n"#, header.name);
            let _ = write!(arguments, " \"$(esc \"${{{}}}\")\"", credential.variable);
        }
    }
    let plain = |text: &str| !text.is_empty() && encoded(text) == text;
    match &post.authorization {
        // Encoded or not, it is the same: curl's own Basic will do.
        Some(Authorization::Basic(Basic { id, secret, .. })) if plain(id) && plain(secret.secret.expose()) => {
            let _ = write!(config, r#"user = "{id}:%s"\n"#);
            let _ = write!(arguments, " \"${{{}}}\"", secret.variable);
        }
        Some(Authorization::Basic(Basic { id, secret, encoding })) => {
            let variable = &secret.variable;
            let pair = match encoding {
                BasicEncoding::Form => {
                    encodes = true;
                    format!("{}:\"$(enc \"${{{variable}}}\")\"", shell_quoted(&encoded(id)))
                }
                BasicEncoding::Raw => format!("{}:\"${{{variable}}}\"", shell_quoted(id)),
            };
            let value = format!("\"Basic $(printf %s {pair} | base64 | tr -d '\\n')\"");
            let _ = write!(config, r#"header = "Authorization: %s"\n"#);
            let _ = write!(arguments, " {value}");
        }
        Some(Authorization::Bearer(token)) => {
            escapes = true;
            let _ = write!(config, r#"header = "Authorization: Bearer %s"\n"#);
            let _ = write!(arguments, " \"$(esc \"${{{}}}\")\"", token.variable);
        }
        None => {}
    }
    let mut body = String::new();
    if post.is_json {
        escapes = true;
        // Of the shell's quotes, those that hold the text end where a secret begins. What stands between quotes in JSON needs
        // them and backslashes escaped, as curl's own quoted strings do.
        let json = post.json(|value| match value {
            FieldValue::Plain(text) => json_text(text).replace('\'', r"'\''"),
            FieldValue::Secret(credential) => format!(r#""'"$(esc "${{{}}}")"'""#, credential.variable),
        });
        body.push_str("%s");
        let _ = write!(arguments, r#" "$(esc '{json}')""#);
    }
    for (index, field) in post.fields.iter().enumerate().filter(|_| !post.is_json) {
        if index > 0 {
            body.push('&');
        }
        match &field.value {
            FieldValue::Plain(text) => {
                let pair = format!("{}={}", encoded(&field.name), encoded(text));
                body.push_str(&pair.replace('%', "%%"));
            }
            FieldValue::Secret(credential) => {
                encodes = true;
                let _ = write!(body, "{}=%s", encoded(&field.name).replace('%', "%%"));
                let _ = write!(arguments, " \"$(enc \"${{{}}}\")\"", credential.variable);
            }
        }
    }
    let _ = write!(config, r#"data-raw = "{body}"\n"#);

    let mut line = if encodes { ENCODE.to_owned() } else { String::new() };
    line.push_str(if escapes { ESCAPE } else { "" });
    line.push_str(&guard(&variables(post)));
    let _ = write!(line, "printf {}{arguments} |\n  curl -q -sS -K -", shell_quoted(&config));
    for (option, value) in options {
        let _ = match value {
            Some(value) => write!(line, "{NEXT}{option} {}", shell_quoted(value)),
            None => write!(line, "{NEXT}{option}"),
        };
    }
    for header in &post.headers {
        if let FieldValue::Plain(value) = &header.value {
            line.push_str(&header_option(&header.name, value));
        }
    }
    let _ = writeln!(line, "{NEXT}{url}");
    line
}

/// What ends a command line where a variable is unset. It stands before the places where they are used: those are subshells,
/// whose end would not keep curl from being run.
pub(super) fn guard(variables: &[&str]) -> String {
    let required: String = variables.iter().map(|name| format!(" \"${{{name}:?}}\"")).collect();
    if required.is_empty() { required } else { format!(":{required} &&\n") }
}

/// A header that may be seen, as an option of curl. A colon with nothing behind it would take the header away.
pub(super) fn header_option(name: &str, value: &str) -> String {
    let text = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
    format!("{NEXT}-H {}", shell_quoted(&text))
}

/// A URL as an argument of that command line.
pub fn curl_url(url: &Url) -> String {
    // Without this curl takes brackets and braces of a query for patterns.
    format!("-g {}", shell_quoted(url.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::{ClientKind, basic, post};
    use crate::oauth::tests as sample;
    use crate::oauth::{Credential, Field, Request, Server};
    use crate::secret::Secret;

    /// A request of the client `id` whose secret comes from `CI_SECRET`.
    fn request(kind: &'static ClientKind, id: &str) -> Post {
        let secret = |text: &str, variable: &str| {
            FieldValue::Secret(Credential { secret: Secret::new(text), variable: variable.into() })
        };
        let mut client = sample::client(kind, id, "");
        client.parts[0].value = secret("hunter22", "CI_SECRET");
        sample::post(&Request {
            server: Server::Endpoint(sample::url("https://idp.example/t?x=%2b")),
            scope: vec!["a b".into()],
            headers: vec![Field { name: "X-Api-Key".into(), value: secret("k3y-k3y", "OAUTH2TOK_HEADER_X_API_KEY") }],
            client: Some(client),
            ..sample::request()
        })
    }

    #[test]
    fn http_shows_everything_but_secrets() {
        let basic = request(&basic::KIND, "i");
        let agent = crate::oauth::request::USER_AGENT;
        assert_eq!(
            http(&basic, false),
            format!(
                "POST /t?x=%2b HTTP/1.1\nHost: idp.example\nAccept: application/json\nAccept-Encoding: identity\nUser-Agent: {agent}\n\
                 Content-Type: application/x-www-form-urlencoded\nX-Api-Key: ***\nAuthorization: Basic ***\nContent-Length: 39\n\n\
                 grant_type=client_credentials&scope=a+b\n"
            )
        );
        let in_body = request(&post::KIND, "i");
        assert!(http(&in_body, false).ends_with("&client_id=i&client_secret=***\n"));
        assert!(http(&in_body, true).ends_with("&client_id=i&client_secret=hunter22\n"));
        assert!(http(&basic, true).contains("Authorization: Basic aTpodW50ZXIyMg==\n"));
    }

    #[test]
    fn a_curl_line_names_variables_and_holds_no_secret() {
        let basic = request(&basic::KIND, "i d");
        let line = curl(&basic, &curl_url(&basic.url), &vec![("--cacert", Some("it's.pem".into()))]);
        assert!(!line.contains("hunter22") && !line.contains("k3y-k3y"), "{line}");
        assert!(
            line.contains("\"$(enc \"${CI_SECRET}\")\"") && line.contains("${OAUTH2TOK_HEADER_X_API_KEY}"),
            "{line}"
        );
        assert!(
            line.contains(
                r#": "${OAUTH2TOK_HEADER_X_API_KEY:?}" "${CI_SECRET:?}" &&
printf "#
            ),
            "{line}"
        );
        assert!(line.ends_with(" \\\n  -g 'https://idp.example/t?x=%2b'\n"), "{line}");
        assert!(line.contains(r"--cacert 'it'\''s.pem'"), "{line}");
        // One character more, and it would have to be encoded.
        let plain = request(&basic::KIND, "i-d.*_0");
        let line = curl(&plain, &curl_url(&plain.url), &Vec::new());
        assert!(line.contains(r#"user = "i-d.*_0:%s"\n"#) && !line.contains("enc() "), "{line}");
    }
}
