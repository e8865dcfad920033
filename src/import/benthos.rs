//! Benthos: the `oauth2_token` processor, whose `endpoint` is an issuer, or the `oauth2` block of an HTTP client, alone or
//! somewhere in a pipeline's YAML.

use super::choice::{Block, choose};
use super::document::{Found, entries, find_named, get, parse};
use super::go::{ClientCredentials, INSECURE};
use super::text::{Text, variable_with_default};
use super::{Draft, Key, Unreadable, named, told};
use crate::settings::Document;

const FIELDS: [&str; 6] = ["endpoint", "client_id", "client_secret", "scopes", "metadata_key", "parts"];

/// The fields of an HTTP client's `oauth2` block.
const CLIENT: [&str; 6] = ["enabled", "client_key", "client_secret", "token_url", "scopes", "endpoint_params"];

pub(super) fn read(text: &str, name: Option<&str>, draft: &mut Draft) -> Result<(), Unreadable> {
    let root = parse(text)?;
    let mut found = find_named(&root, &|key| matches!(key, "oauth2_token" | "oauth2"), &["label"]);
    if found.is_empty() {
        let is_client = ["client_key", "token_url"].iter().any(|key| get(&root, key).is_some());
        let fields = match get(&root, "oauth2_token") {
            // No map: what it is will be told.
            Some(fields) => fields,
            None if get(&root, "endpoint").is_some() => &root,
            None if is_client => return client(draft, &root, None),
            None => {
                return Err(Unreadable::new(
                    "there is no oauth2_token processor and no oauth2 block in it",
                    "give the YAML that holds 'oauth2_token:' or 'oauth2:'",
                ));
            }
        };
        return processor(draft, fields);
    }
    // A configuration that was written out in full has a block for every client, most of them off.
    let is_on = |found: &Found<'_>| {
        found.key == "oauth2_token" || get(found.value, "enabled").and_then(Document::scalar) == Some("true")
    };
    if found.iter().any(is_on) {
        found.retain(is_on);
    }
    let kind =
        if found.iter().all(|found| found.key == "oauth2_token") { "oauth2_token processors" } else { "oauth2 blocks" };
    let found = choose(found.into_iter().map(Block::found).collect(), name, kind)?;
    match found.key {
        "oauth2" => client(draft, found.value, Some(found.holder)),
        _ => processor(draft, found.value),
    }
}

/// The `oauth2` block of an HTTP client, which `holder` configures.
fn client(draft: &mut Draft, block: &Document, holder: Option<&Document>) -> Result<(), Unreadable> {
    let fields = entries(block).unwrap_or_default();
    if !draft.has_few("oauth2", fields.len()) {
        return Ok(());
    }
    let mut request = ClientCredentials::default();
    let mut is_on = false;
    for (name, value) in fields {
        let from = format!("oauth2.{}", told(name, &CLIENT));
        match name.as_str() {
            "enabled" => is_on = value.scalar() == Some("true"),
            "client_key" => request.id = field(draft, &from, value).map(|text| (from, text)),
            "client_secret" => request.secret = field(draft, &from, value).map(|text| (from, text)),
            "token_url" => {
                if let Some(text) = field(draft, &from, value) {
                    draft.url(Key::TokenEndpoint, &from, &text);
                }
            }
            "scopes" => request.scopes(&texts(draft, &from, value)),
            "endpoint_params" => request.params(draft, &from, value, &field),
            _ => draft.fault(&from, "this is not a field of an oauth2 block"),
        }
    }
    if !is_on {
        draft.note("oauth2", "is not enabled there; the profile is made all the same");
    }
    if let Some(holder) = holder {
        transport(draft, holder);
    }
    request.put(draft, |field| format!("oauth2.endpoint_params.{}", named(field)));
    for (key, from) in [(Key::TokenEndpoint, "oauth2.token_url"), (Key::ClientId, "oauth2.client_key")] {
        draft.require(key, from);
    }
    Ok(())
}

/// What the client around an `oauth2` block says of its connections: the token request goes through the same ones.
fn transport(draft: &mut Draft, holder: &Document) {
    let proxy = get(holder, "proxy_url").and_then(|value| field(draft, "proxy_url", value));
    if let Some(text) = proxy.filter(|text| !text.is_empty()) {
        draft.proxy("proxy_url", &text);
    }
    let Some(tls) = get(holder, "tls") else { return };
    let is_on = |name: &str| get(tls, name).and_then(Document::scalar) == Some("true");
    if !is_on("enabled") {
        return;
    }
    let certificate = match get(tls, "client_certs") {
        Some(Document::List(certificates)) if certificates.len() > 1 => {
            return draft.fault("tls.client_certs", "a profile has one certificate: leave one of them");
        }
        Some(Document::List(certificates)) => certificates.first(),
        _ => None,
    };
    let of_certificate = |name: &str| certificate.and_then(|certificate| get(certificate, name));
    for (key, from, value) in [
        (Key::Cacert, "tls.root_cas_file", get(tls, "root_cas_file")),
        (Key::Cert, "tls.client_certs.cert_file", of_certificate("cert_file")),
        (Key::Key, "tls.client_certs.key_file", of_certificate("key_file")),
    ] {
        if let Some(text) = value.and_then(|value| field(draft, from, value)) {
            draft.text(key, from, &text);
        }
    }
    for (from, value) in [
        ("tls.root_cas", get(tls, "root_cas")),
        ("tls.client_certs.cert", of_certificate("cert")),
        ("tls.client_certs.key", of_certificate("key")),
    ] {
        if value.and_then(|value| field(draft, from, value)).is_some_and(|text| !text.is_empty()) {
            draft.fault(from, format!("a profile takes this from a file: save it and write {from}_file"));
        }
    }
    let passphrase = of_certificate("password").and_then(|value| field(draft, "tls.client_certs.password", value));
    if let Some(text) = passphrase.filter(|text| !text.is_empty()) {
        draft.secret(Key::KeyPassphrase, "tls.client_certs.password", &text);
    }
    if is_on("skip_cert_verify") {
        draft.note("tls.skip_cert_verify", INSECURE);
    }
}

/// The processor, whose `endpoint` is an issuer.
fn processor(draft: &mut Draft, fields: &Document) -> Result<(), Unreadable> {
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
        Document::Text(text) | Document::Plain(text) => text,
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
    use super::super::tests::{check, check_kept, check_named, fault, fault_named, note};

    #[test]
    fn benthos_reads_its_processor_wherever_it_stands() {
        use System::Benthos;
        let expected = "issuer: https://a.example\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\n";
        let fields = "endpoint: https://a.example\nclient_id: id\nclient_secret: s3cr3t\n";
        let indented = |by: &str| indented(fields, by);
        check(Benthos, fields, expected);
        check(Benthos, &format!("oauth2_token:\n{}", indented("  ")), expected);
        check(Benthos, &format!("- oauth2_token:\n{}- log: {{}}\n", indented("    ")), expected);
        check(Benthos, &format!("pipeline:\n  processors:\n  - oauth2_token:\n{}", indented("      ")), expected);
        fault(Benthos, "pipeline: {}", "there is no oauth2_token processor and no oauth2 block in it");
        fault(Benthos, "- oauth2_token: {}\n- oauth2_token: {}\n", "2 oauth2_token processors");
        fault(Benthos, "oauth2_token:\n  endpoint: \"\"\n  client_id: \"\"\n", "endpoint: it is missing");
        fault(Benthos, &format!("{fields}token_url: x\n"), "token_url: this is not a field");
        fault(Benthos, "oauth2_token: [", "the input:");
    }

    #[test]
    fn benthos_clients_bring_their_block_and_their_connection() {
        use System::Benthos;
        let fields = "enabled: true\nclient_key: id\nclient_secret: ${SECRET}\ntoken_url: https://a.example/t\nscopes: [a, b]\nendpoint_params:\n  audience: [https://api.example]\n  tenant: [x]\n";
        let out = |more: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nscope: [a, b]\naudience: https://api.example\nparams:\n  tenant: x\nclient_id: id\nclient_secret: env:SECRET\n{more}"
            )
        };
        let block = |by: &str| format!("{by}oauth2:\n{}", indented(fields, &format!("{by}  ")));
        check(Benthos, fields, &out(""));
        check(Benthos, &block(""), &out(""));
        note(Benthos, &fields.replace("enabled: true\n", ""), "oauth2 is not enabled there");
        let client = |label: &str, id: &str| {
            let block = block("      ").replace("client_key: id", &format!("client_key: {id}"));
            format!("- label: {label}\n  processors: []\n  output:\n    http_client:\n{block}")
        };
        // What is off is no candidate.
        let off = block("    ").replace("true", "false");
        let pipeline = format!(
            "input:\n  http_client:\n    url: https://api.example\n{off}output:\n  http_client:\n{}",
            block("    ")
        );
        check(Benthos, &pipeline, &out(""));
        let two = format!("{}{}", client("crm", "id"), client("erp", "other"));
        check_named(Benthos, &two, "crm", &out(""));
        check_named(Benthos, &two, "erp", &out("").replace("client_id: id", "client_id: other"));
        fault(Benthos, &two, "there are 2 oauth2 blocks in it: crm, erp");
        fault_named(Benthos, &two, "hr", "--name names none of the oauth2 blocks in it: crm, erp");
        let around = format!(
            "http_client:\n  proxy_url: http://p.example:1\n  tls:\n    enabled: true\n    skip_cert_verify: true\n    root_cas_file: /ca.pem\n    client_certs:\n    - cert_file: /c.pem\n      key_file: /k.pem\n{}",
            block("  ")
        );
        check(
            Benthos,
            &around,
            &out("proxy: http://p.example:1\ncacert: \"/ca.pem\"\ncert: \"/c.pem\"\nkey: \"/k.pem\"\n"),
        );
        note(Benthos, &around, "tls.skip_cert_verify cannot be stored: give --insecure");
        let public = fields.replace("client_secret: ${SECRET}\n", "");
        check(Benthos, &public, &out("").replace("client_secret: env:SECRET", "token_endpoint_auth_method: none"));
        let password = "enabled: true\nclient_key: id\nclient_secret: s\ntoken_url: https://a.example/t\nendpoint_params:\n  grant_type: [password]\n  username: [alice]\n";
        fault(Benthos, password, "oauth2.endpoint_params.password: it is missing");
        check(
            Benthos,
            &format!("{password}  password: ['${{PW}}']\n"),
            "token_endpoint: https://a.example/t\ngrant_type: password\nusername: alice\npassword: env:PW\nclient_id: id\nclient_secret: env:CLIENT_SECRET\n",
        );
        fault(
            Benthos,
            &fields.replace("  tenant: [x]", "  client_id: [x]"),
            "oauth2.endpoint_params.client_id: it names",
        );
        fault(Benthos, "client_key: ''\ntoken_url: ''\n", "oauth2.client_key: it is missing");
    }

    fn indented(text: &str, by: &str) -> String {
        text.lines().map(|line| format!("{by}{line}\n")).collect()
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
