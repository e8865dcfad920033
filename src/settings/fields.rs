//! What is asked for beside the grant: scope, audience, resource, further parameters and header fields.

use std::collections::HashSet;

use super::{Key, Layer, SettingsError, foreign, layer};

pub(super) fn scope(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let tokens = non_empty(layer.list(Key::Scope));
    // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E
    let allowed = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    match tokens.iter().find(|token| !token.chars().all(allowed)) {
        Some(_) => Err(layer.refuse(
            Key::Scope,
            "a scope holds a character that RFC 6749 §3.3 does not allow: only printable ASCII without \" and \\, and spaces between scopes",
        )),
        None => Ok(tokens),
    }
}

pub(super) fn audience(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let audience = non_empty(layer.list(Key::Audience));
    match audience.iter().any(|text| has_control(text)) {
        true => Err(layer.refuse(Key::Audience, HOLDS_CONTROL)),
        false => Ok(audience),
    }
}

pub(super) fn resource(layer: &Layer) -> Result<Vec<String>, SettingsError> {
    let resources = non_empty(layer.list(Key::Resource));
    let absolute = |text: &str| {
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && !text.contains('#')
            && text.chars().all(|c| c.is_ascii_graphic())
    };
    match resources.iter().find(|text| !absolute(text)) {
        Some(_) => Err(layer.refuse(Key::Resource, "a resource is an absolute URI without a fragment (RFC 8707 §2)")),
        None => Ok(resources),
    }
}

/// Form fields that have a setting of their own or belong to a grant: set by hand they would contradict the request.
pub const RESERVED_PARAMS: [&str; 22] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "username",
    "password",
    "refresh_token",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "assertion",
    "code",
    "code_verifier",
    "redirect_uri",
    "device_code",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "auth_req_id",
];

pub(super) fn params(layer: &Layer) -> Result<Vec<(String, String)>, SettingsError> {
    let params = layer.map(Key::Params);
    let mut seen = HashSet::new();
    for (name, value) in &params {
        // With the wrong sign behind it a credential's name would take the credential along: `client_secret:s3cret=`.
        let word = name.split(|c| !foreign::is_part_of_word(c)).next().unwrap_or_default();
        if RESERVED_PARAMS.contains(&word) {
            let own = Key::from_profile_name(word).map_or(String::new(), |key| format!("; use {}", key.flag()));
            return Err(layer.refuse(Key::Params, format!("'{word}' is a reserved protocol name{own}")));
        }
        if name.is_empty() || has_control(name) || value.contains('\0') {
            let why = "a parameter has no name, a control character in its name, or a NUL in its value";
            return Err(layer.refuse(Key::Params, why));
        }
        if !seen.insert(name) {
            let name = foreign::of_pair(name, RESERVED_PARAMS);
            return Err(layer.refuse(Key::Params, format!("{name} is given twice (RFC 6749 §3.2)")));
        }
    }
    Ok(params)
}

/// Header fields that are the client's own business, or would be a second way to authenticate.
pub const RESERVED_HEADERS: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "accept-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "expect",
    "te",
    "trailer",
    "upgrade",
];

pub(super) fn headers(layer: &Layer) -> Result<Vec<(String, String)>, SettingsError> {
    let headers = layer.map(Key::Headers);
    let mut seen = HashSet::new();
    for (name, value) in &headers {
        if let Some(fault) = header_fault(name, value) {
            return Err(layer.refuse(Key::Headers, fault));
        }
        if RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(layer.refuse(Key::Headers, format!("'{name}' is set by the request itself")));
        }
        if !seen.insert(layer::compared(Key::Headers, name)) {
            let name = foreign::of_pair(name, RESERVED_HEADERS);
            return Err(layer.refuse(Key::Headers, format!("{name} is given twice")));
        }
    }
    drop(seen);
    Ok(headers)
}

/// True for a token in HTTP's sense (RFC 9110 §5.6.2): the name of a header field, or a method.
pub fn is_http_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// What makes a header field impossible to send, if anything does (RFC 9110 §5.1, §5.5).
pub fn header_fault(name: &str, value: &str) -> Option<String> {
    if !is_http_token(name) {
        return Some("a header's name holds a character that is not allowed there (RFC 9110 §5.1)".into());
    }
    let printable = value.chars().all(|c| c == '\t' || matches!(c, ' '..='~'));
    (!printable).then(|| {
        let name = foreign::of_pair(name, RESERVED_HEADERS);
        format!("the value of {name} holds a control or non-ASCII character")
    })
}

pub(super) fn text_without_controls(layer: &Layer, key: Key) -> Result<Option<String>, SettingsError> {
    match layer.text(key) {
        Some("") => Err(layer.refuse(key, "it is empty")),
        Some(text) if has_control(text) => Err(layer.refuse(key, HOLDS_CONTROL)),
        other => Ok(other.map(str::to_owned)),
    }
}

const HOLDS_CONTROL: &str = "it holds a control character";

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn non_empty(mut items: Vec<String>) -> Vec<String> {
    items.retain(|item| !item.is_empty());
    items
}
