//! Benthos: the `oauth2_token` processor, alone or somewhere in a pipeline's YAML. Its `endpoint` is an issuer.

use super::document::{entries, find_all, get, parse};
use super::text::{Text, variable_with_default};
use super::{Draft, Key, Unreadable, told};
use crate::settings::Document;

const FIELDS: [&str; 6] = ["endpoint", "client_id", "client_secret", "scopes", "metadata_key", "parts"];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let root = parse(text)?;
    let mut found = Vec::new();
    find_all(&root, "oauth2_token", &mut found);
    let fields = match found.as_slice() {
        [] if get(&root, "endpoint").is_some() => &root,
        [] => {
            return Err(Unreadable::new(
                "there is no oauth2_token processor in it",
                "give the YAML that holds 'oauth2_token:'",
            ));
        }
        [one] => *one,
        many => {
            let what = format!("there are {} oauth2_token processors in it", many.len());
            return Err(Unreadable::new(what, "a file holds one profile: give one of them at a time"));
        }
    };
    let Some(fields) = entries(fields) else {
        return Err(Unreadable::new(
            "oauth2_token holds no keys and values",
            "expected endpoint, client_id, client_secret and scopes",
        ));
    };
    if !draft.has_few("oauth2_token", fields.len()) {
        return Ok(());
    }
    for (name, value) in fields {
        match name.as_str() {
            "endpoint" => {
                if let Some(text) = field(draft, name, value) {
                    issuer(draft, &text);
                }
            }
            "client_id" => {
                if let Some(text) = field(draft, name, value) {
                    draft.text(Key::ClientId, name, &text);
                }
            }
            "client_secret" => {
                if let Some(text) = field(draft, name, value).filter(|text| !text.is_empty()) {
                    draft.secret(Key::ClientSecret, name, &text);
                }
            }
            "scopes" => {
                let scopes = texts(draft, name, value);
                draft.list(Key::Scope, name, &scopes);
            }
            "metadata_key" => {
                if let Some(text) = field(draft, name, value).filter(|text| !text.is_empty()) {
                    let key = text.as_literal().unwrap_or("KEY").to_owned();
                    draft.note(
                        &format!("metadata_key has no place in a profile: oauth2tok batch --into {key}"),
                        "--as-string",
                    );
                }
            }
            "parts" => {
                let parts: Vec<_> = texts(draft, name, value).iter().map(Text::in_profile).collect();
                if !parts.is_empty() {
                    draft.note(
                        "parts",
                        format!("has no place in a profile: oauth2tok batch --parts {}", parts.join(",")),
                    );
                }
            }
            other => draft.fault(&told(other, &FIELDS), "this is not a field of oauth2_token"),
        }
    }
    for (key, from) in [(Key::Issuer, "endpoint"), (Key::ClientId, "client_id"), (Key::ClientSecret, "client_secret")] {
        draft.require(key, from);
    }
    draft.plain(Key::GrantType, "oauth2_token", "client_credentials");
    Ok(())
}

fn issuer(draft: &mut Draft, text: &Text) {
    if text.is_empty() {
        return;
    }
    draft.url(Key::Issuer, "endpoint", text);
    draft.note(
        "endpoint",
        "is an issuer here: its metadata (/.well-known/openid-configuration) names the token endpoint",
    );
    let path = text.as_literal().and_then(|text| text.split_once("://")).and_then(|(_, rest)| rest.split_once('/'));
    if path.is_some_and(|(_, path)| path.trim_end_matches('/').ends_with("token")) {
        draft
            .note("endpoint", "looks like the token endpoint itself; if it is, write token_endpoint instead of issuer");
    }
}

/// A scalar with Benthos' interpolations: `${VAR}` and `${VAR:default}` are ours too, `${{X}}` is the text `${X}`, and `${!…}`
/// is computed for each message, which no profile can say.
fn field(draft: &mut Draft, name: &str, value: &Document) -> Option<Text> {
    let text = match value {
        Document::Null => return Some(Text::default()),
        Document::Text(text) => text,
        Document::List(_) | Document::Map(_) => {
            draft.fault(name, "expected a single text");
            return None;
        }
    };
    match interpolated(text) {
        Ok(text) => Some(text),
        Err(why) => {
            draft.fault(name, why);
            None
        }
    }
}

fn interpolated(text: &str) -> Result<Text, String> {
    if text.contains("${!") && !text.contains("${{!") {
        return Err(
            "a function is computed for each message; leave it out here and let 'oauth2tok batch' take it from the message (--map)".into(),
        );
    }
    let mut out = Text::default();
    let mut rest = text;
    while let Some(at) = rest.find("${{") {
        let Some(end) = rest[at..].find("}}").map(|end| at + end) else { break };
        out.push(&Text::read(&rest[..at], variable_with_default)?);
        out.push_literal(&format!("${{{}}}", &rest[at + 3..end]));
        rest = &rest[end + 2..];
    }
    out.push(&Text::read(rest, variable_with_default)?);
    Ok(out)
}

fn texts(draft: &mut Draft, name: &str, value: &Document) -> Vec<Text> {
    match value {
        Document::Null => Vec::new(),
        Document::List(items) => items.iter().filter_map(|item| field(draft, name, item)).collect(),
        _ => {
            draft.fault(name, "expected a list");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, check_kept, fault, note};

    #[test]
    fn benthos_reads_its_processor_wherever_it_stands() {
        use System::Benthos;
        let expected = "issuer: https://a.example\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\n";
        let fields = "endpoint: https://a.example\nclient_id: id\nclient_secret: s3cr3t\n";
        let indented = |by: &str| fields.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
        check(Benthos, fields, expected);
        check(Benthos, &format!("oauth2_token:\n{}", indented("  ")), expected);
        check(Benthos, &format!("- oauth2_token:\n{}- log: {{}}\n", indented("    ")), expected);
        check(Benthos, &format!("pipeline:\n  processors:\n  - oauth2_token:\n{}", indented("      ")), expected);
        fault(Benthos, "pipeline: {}", "no oauth2_token processor");
        fault(Benthos, "- oauth2_token: {}\n- oauth2_token: {}\n", "2 oauth2_token processors");
        fault(Benthos, "oauth2_token:\n  endpoint: \"\"\n  client_id: \"\"\n", "endpoint: it is missing");
        fault(Benthos, &format!("{fields}token_url: x\n"), "token_url: this is not a field");
        fault(Benthos, "oauth2_token: [", "the input:");
    }

    #[test]
    fn benthos_values_keep_their_meaning() {
        use System::Benthos;
        let with = |secret: &str, more: &str| {
            format!("endpoint: https://a.example\nclient_id: id\nclient_secret: {secret}\n{more}")
        };
        let out = |secret: &str, more: &str| {
            format!(
                "issuer: https://a.example\ngrant_type: client_credentials\n{more}client_id: id\nclient_secret: {secret}\n"
            )
        };
        check(Benthos, &with("${SECRET}", ""), &out("env:SECRET", ""));
        check(Benthos, &with("${SECRET:d3fault}", ""), &out("env:SECRET", ""));
        check_kept(Benthos, &with("${SECRET:d3fault}", ""), true, &out("\"${SECRET:d3fault}\"", ""));
        check_kept(Benthos, &with("0123", ""), true, &out("\"0123\"", ""));
        check_kept(Benthos, &with("\"p$${{X}}\"", ""), true, &out("\"p$$$${X}\"", ""));
        check_kept(Benthos, &with("env:HOME", ""), true, &out("literal:env:HOME", ""));
        check_kept(Benthos, &with("prompt", ""), true, &out("literal:prompt", ""));
        check_kept(Benthos, &with("literal:x", ""), true, &out("literal:literal:x", ""));
        check(Benthos, &with("s", "scopes: [a, 'b c']\n"), &out("env:CLIENT_SECRET", "scope: [a, \"b c\"]\n"));
        check(Benthos, &with("s", "scopes: ['${SCOPE:a}']\n"), &out("env:CLIENT_SECRET", "scope: \"${SCOPE:a}\"\n"));
        note(Benthos, &with("s", "parts: [0, -1]\n"), "batch --parts 0,-1");
        note(Benthos, &with("s", "metadata_key: tok\n"), "batch --into tok --as-string");
        note(Benthos, &with("s", ""), "endpoint is an issuer");
        fault(Benthos, &with("${! json(\"s\") }", ""), "client_secret: a function is computed for each message");
        fault(Benthos, "endpoint: http://a.example\nclient_id: i\nclient_secret: s\n", "endpoint: plain http");
    }
}
