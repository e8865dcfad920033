//! An API call as people read it, and its answer as one JSON object.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::request::{CurlOptions, ESCAPE, NEXT, curl_url, guard, header_option};
use super::{shell_quoted, target};
use crate::json::{Members, reformat};
use crate::secret::MASK;
use crate::secret::Redactor;
use crate::secret::mask::{Nature, mask};
use crate::secret::redact::Conceal;
use crate::wire::{Call, Header};

/// Where a call's body comes from, for a command line that sends the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodySource {
    /// It stood on the command line.
    Text(String),
    /// A file.
    File(String),
    /// Standard input.
    Stdin,
}

/// `{"statusCode":…,"HTTPHeaders":{…},"responseBody":…}`: a JSON body as JSON, its numbers as they were written, another
/// text as a string, none as null. Headers that stand more than once are joined by commas (RFC 9110 §5.3); `set-cookie`,
/// which cannot be, is always a list.
pub fn envelope(status: u16, headers: &[(String, String)], body: &str, pretty: bool) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut values_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        let values = values_of.entry(name).or_default();
        if values.is_empty() {
            names.push(name);
        }
        values.push(value);
    }
    let mut fields = Members::default();
    for name in names {
        let values = values_of.remove(name).unwrap_or_default();
        fields.push(name, &if name == "set-cookie" { Value::from(values) } else { values.join(", ").into() });
    }
    let mut object = Members::default();
    object.push("statusCode", &status.into());
    object.push_raw("HTTPHeaders", &fields.to_text(false));
    let content_type = headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value);
    match json_in(body, content_type) {
        _ if body.is_empty() => object.push("responseBody", &Value::Null),
        Some(json) => object.push_raw("responseBody", json),
        None => object.push("responseBody", &body.into()),
    }
    reformat(&object.to_text(false), pretty)
}

/// The body where it is JSON: by its own shape, or where its type says so. `123` in plain text stays a text.
fn json_in<'a>(body: &'a str, content_type: &str) -> Option<&'a str> {
    let json = body.trim_start_matches('\u{feff}').trim();
    let named = content_type.to_ascii_lowercase().contains("json");
    let shaped = json.starts_with(['{', '[']);
    ((named || shaped) && crate::json::check(json).is_ok()).then_some(json)
}

/// The call as HTTP, without what is secret unless `show_secrets`. Lines end with `\n`.
pub fn http(call: &Call, show_secrets: bool) -> String {
    let target = target(&call.url, show_secrets);
    let mut text = format!("{} {target} HTTP/1.1\nHost: {}\n", call.method, call.url.authority());
    for header in &call.headers {
        let Header { name, value, .. } = header;
        let _ = match variable(header) {
            Some(_) if !show_secrets => writeln!(text, "{name}: {}{MASK}", scheme(header)),
            _ => writeln!(text, "{name}: {}", value.expose()),
        };
    }
    if let Some(body) = call.content() {
        let _ = writeln!(text, "Content-Length: {}\n", body.len());
        match std::str::from_utf8(body) {
            Ok(body) if show_secrets => text.push_str(body),
            Ok(body) => {
                // Its own secrets first: a value by its name ends where one may go on.
                let mut redactor = Redactor::default();
                call.conceal(&mut redactor);
                text.push_str(&mask(&redactor.redact(body), Nature::Named));
            }
            Err(_) => {
                let _ = write!(text, "({} bytes that are not text)", body.len());
            }
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// What stands before the credential in `Authorization` (RFC 9110 §11.4), with the space between them.
fn scheme(header: &Header) -> &str {
    let value = header.value.expose();
    let length = value.find(' ').filter(|_| header.name == "Authorization").map_or(0, |at| at + 1);
    value.get(..length).unwrap_or_default()
}

/// The variable that a header's value is taken from, and what stands before it, if the value is secret.
fn variable(header: &Header) -> Option<(&str, String)> {
    if header.name == "Authorization" {
        return Some((scheme(header), "ACCESS_TOKEN".to_owned()));
    }
    if header.name == "DPoP" {
        return Some(("", "OAUTH2TOK_DPOP_PROOF".to_owned()));
    }
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name = || format!("OAUTH2TOK_HEADER_{}", header.name.chars().map(upper).collect::<String>());
    header.is_secret.then(|| ("", name()))
}

/// The shell variables that [`curl`] takes secrets from.
pub fn variables(call: &Call) -> Vec<String> {
    call.headers.iter().filter_map(|header| Some(variable(header)?.1)).collect()
}

/// A command line that sends the same call and takes the token from `$ACCESS_TOKEN`, and other secret headers from
/// variables too; where one is unset, the shell says so and sends nothing. They reach curl through its standard input, so
/// none is in any process's arguments.
pub fn curl(call: &Call, body: Option<&BodySource>, options: &CurlOptions) -> String {
    let mut config = String::new();
    let mut arguments = String::new();
    let mut words = format!("curl -q -sS -K - -X {}", shell_quoted(&call.method));
    if call.method == "HEAD" {
        words = "curl -q -sS -K - -I".to_owned();
    }
    for (option, value) in options {
        let _ = match value {
            Some(value) => write!(words, "{NEXT}{option} {}", shell_quoted(value)),
            None => write!(words, "{NEXT}{option}"),
        };
    }
    for header in &call.headers {
        let Header { name, value, .. } = header;
        match variable(header) {
            Some((scheme, variable)) => {
                let _ = write!(config, r#"header = "{name}: {scheme}%s"\n"#);
                // A token has nothing to escape.
                let _ = match scheme.is_empty() {
                    true => write!(arguments, " \"$(esc \"${{{variable}}}\")\""),
                    false => write!(arguments, " \"${{{variable}}}\""),
                };
            }
            None => words.push_str(&header_option(name, value.expose())),
        }
    }
    match body {
        None => {}
        Some(BodySource::Text(text)) => {
            let _ = write!(words, "{NEXT}--data-raw {}", shell_quoted(text));
        }
        Some(BodySource::File(path)) => {
            let _ = write!(words, "{NEXT}--data-binary {}", shell_quoted(&format!("@{path}")));
        }
        // Standard input already carries the token: the body moves to descriptor 3.
        Some(BodySource::Stdin) => words.push_str(&format!("{NEXT}--data-binary @/dev/fd/3")),
    }
    let names = variables(call);
    let guard = guard(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let url = curl_url(&call.url);
    let escape = if arguments.contains("$(esc") { ESCAPE } else { "" };
    let line = format!("{escape}{guard}printf {}{arguments} |\n  {words}{NEXT}{url}", shell_quoted(&config));
    if body == Some(&BodySource::Stdin) { format!("{{ {line}; }} 3<&0\n") } else { format!("{line}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Url;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[track_caller]
    fn check(pairs: &[(&str, &str)], body: &str, expected: &str) {
        assert_eq!(envelope(200, &headers(pairs), body, false), format!("{{\"statusCode\":200,{expected}}}"));
    }

    #[test]
    fn a_json_body_stays_json_and_numbers_as_written() {
        check(
            &[("content-type", "application/json")],
            "{ \"z\": 1.50, \"a\": 12345678901234567890 }\n",
            r#""HTTPHeaders":{"content-type":"application/json"},"responseBody":{"z":1.50,"a":12345678901234567890}"#,
        );
        check(
            &[("content-type", "application/problem+json")],
            "5",
            r#""HTTPHeaders":{"content-type":"application/problem+json"},"responseBody":5"#,
        );
        check(&[], "[1]", r#""HTTPHeaders":{},"responseBody":[1]"#);
    }

    #[test]
    fn another_body_is_a_string_and_none_is_null() {
        check(
            &[("content-type", "text/plain")],
            "123",
            r#""HTTPHeaders":{"content-type":"text/plain"},"responseBody":"123""#,
        );
        check(&[], "{not json", r#""HTTPHeaders":{},"responseBody":"{not json""#);
        check(&[], "a\u{9b}\"", r#""HTTPHeaders":{},"responseBody":"a\u009b\"""#);
        check(
            &[("content-type", "application/json")],
            "",
            r#""HTTPHeaders":{"content-type":"application/json"},"responseBody":null"#,
        );
    }

    #[test]
    fn repeated_headers_are_joined_but_cookies_are_a_list() {
        check(
            &[("link", "a"), ("set-cookie", "x=1"), ("link", "b")],
            "",
            r#""HTTPHeaders":{"link":"a, b","set-cookie":["x=1"]},"responseBody":null"#,
        );
    }

    fn call() -> Call {
        Call {
            method: "PUT".into(),
            url: Url::parse("https://api.example/x?a=[1]").unwrap(),
            headers: vec![
                Header::new("X-Api-Key", "k3y-k3y"),
                Header::new("X-A", "it's"),
                Header::new("Authorization", "Bearer t0ken-t0ken"),
            ],
            body: Some(zeroize::Zeroizing::new(b"a=1&password=hunter22".to_vec())),
            repeatable: false,
        }
    }

    #[test]
    fn http_shows_everything_but_secrets() {
        let text = http(&call(), false);
        assert_eq!(
            text,
            "PUT /x?a=[1] HTTP/1.1\nHost: api.example\nX-Api-Key: ***\nX-A: it's\nAuthorization: Bearer ***\nContent-Length: 21\n\na=1&password=***\n"
        );
        assert!(http(&call(), true).contains("Bearer t0ken-t0ken"));
    }

    #[test]
    fn a_secret_of_the_body_is_hidden_to_its_end() {
        for (body, expected) in [
            ("user=a&password=hunter,22-hunter&x=1", "user=a&password=***&x=1"),
            (r#"{"pin":12345,"tokens":["a}b-c"],"x":"a}b-c"}"#, r#"{"pin":"***","tokens":"***","x":"***"}"#),
        ] {
            let body = Some(zeroize::Zeroizing::new(body.as_bytes().to_vec()));
            let text = http(&Call { body, ..call() }, false);
            assert!(text.ends_with(&format!("\n\n{expected}\n")), "{text}");
        }
    }

    #[test]
    fn curl_takes_secrets_from_variables_and_a_body_from_where_it_is() {
        let line = |body: &BodySource| curl(&call(), Some(body), &vec![("--max-time", Some("30".into()))]);
        let text = line(&BodySource::Text("@it's".into()));
        assert_eq!(
            text,
            concat!(
                r#"esc() { printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'; }
: "${OAUTH2TOK_HEADER_X_API_KEY:?}" "${ACCESS_TOKEN:?}" &&
"#,
                r#"printf 'header = "X-Api-Key: %s"\nheader = "Authorization: Bearer %s"\n' "$(esc "${OAUTH2TOK_HEADER_X_API_KEY}")" "${ACCESS_TOKEN}""#,
                r#" |
  curl -q -sS -K - -X 'PUT' \
  --max-time '30' \
  -H 'X-A: it'\''s' \
  --data-raw '@it'\''s' \
  -g 'https://api.example/x?a=[1]'"#,
                "\n"
            )
        );
        assert!(line(&BodySource::File("a b".into())).contains(" --data-binary '@a b' "));
        let stdin = line(&BodySource::Stdin);
        assert!(stdin.starts_with("{ esc() ") && stdin.ends_with("; } 3<&0\n") && stdin.contains("@/dev/fd/3"));
        assert!(!text.contains("t0ken") && !text.contains("k3y-k3y"));
    }
}
