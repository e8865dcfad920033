//! What is asked for beside the grant: scope, audience, resource, further parameters and header fields.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::key::{On, Pair};
use super::{Key, Layer, SettingsError, claims, foreign, is_variable_name, layer};
use crate::oauth::{Credential, Field, FieldValue, client, grant};
use crate::secret::{Secret, Source};

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
    if resources.iter().any(|text| has_control(text)) {
        return Err(layer.refuse(Key::Resource, HOLDS_CONTROL));
    }
    match resources.iter().any(|text| is_absolute_uri(text) && text.contains('#')) {
        true => {
            Err(layer.refuse(Key::Resource, "a resource is a URI without a fragment, which '#' begins (RFC 8707 §2)"))
        }
        false => Ok(resources),
    }
}

/// How long an assertion may live, from and to.
const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 60 * 60);

/// What is wrong with a setting of itself, whatever else is said.
///
/// # Errors
/// The first that is refused.
pub(super) fn each_alone(layer: &Layer) -> Result<(), SettingsError> {
    if layer.duration(Key::AssertionLifetime).is_some_and(|span| !LIFETIMES.contains(&span)) {
        return Err(layer.refuse(Key::AssertionLifetime, "an assertion lives from 10s to 24h"));
    }
    match layer.json(Key::AuthorizationDetails).and_then(claims::details_fault) {
        Some(fault) => Err(layer.refuse(Key::AuthorizationDetails, fault)),
        None => Ok(()),
    }
}

/// True for an absolute URI, as a resource should be (RFC 8707 §2). Entra and SharePoint want others.
pub fn is_absolute_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && text.chars().all(|c| c.is_ascii_graphic())
}

/// Form fields of every token request, and of grants and clients that are not spoken yet.
const RESERVED: [&str; 19] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "client_id",
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
    "authorization_details",
    "auth_req_id",
];

/// Form fields that have a setting of their own or belong to a grant: set by hand they would contradict the request.
pub fn reserved_params() -> impl Iterator<Item = &'static str> + Clone {
    let needed = client::needs().chain(grant::needs()).filter(|need| need.is_field).map(|need| need.name);
    RESERVED.into_iter().chain(needed)
}

pub(super) fn params(layer: &Layer) -> Result<Vec<Field<Source>>, SettingsError> {
    Ok(fields("PARAM", pairs(layer, Key::Params, reserved_params())?))
}

/// Fields of the authorization request beside those that token requests have as well.
const OF_AUTHORIZATION: [&str; 13] = [
    "response_type",
    "response_mode",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "login_hint",
    "max_age",
    "acr_values",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// Fields of a login's requests that have a setting of their own, or that only the protocol itself says.
pub(super) fn reserved_auth_params() -> impl Iterator<Item = &'static str> + Clone {
    OF_AUTHORIZATION.into_iter().chain(reserved_params())
}

/// Further fields of the authorization, pushed and device requests. An empty one counts as omitted (RFC 6749 §3.1).
pub(super) fn auth_params(layer: &Layer) -> Result<Vec<(String, String)>, SettingsError> {
    let params = pairs(layer, Key::AuthParams, reserved_auth_params())?.into_iter();
    Ok(params.filter(|pair| !pair.value.is_empty()).map(|Pair { name, value, .. }| (name, value)).collect())
}

/// The setting that says what stands in a field of this name.
fn key_of_field(name: &str) -> Option<Key> {
    match name {
        "code_challenge" | "code_challenge_method" => Some(Key::Pkce),
        "dpop_jkt" => Some(Key::Dpop),
        "request_uri" => Some(Key::Par),
        name => Key::from_profile_name(name),
    }
}

/// The names and values of a setting. None of them may be `reserved`.
fn pairs(
    layer: &Layer,
    key: Key,
    reserved: impl Iterator<Item = &'static str> + Clone,
) -> Result<Vec<Pair>, SettingsError> {
    let pairs = layer.map(key);
    let mut seen = HashSet::new();
    for Pair { name, value, is_further, .. } in &pairs {
        // With the wrong sign behind it a credential's name would take the credential along: `client_secret:s3cret=`.
        let word = name.split(|c| !foreign::is_part_of_word(c)).next().unwrap_or_default();
        if reserved.clone().any(|reserved| reserved == word) {
            let own = key_of_field(word).map(|own| match own.setting().flag {
                Some(flag) if flag.on != On::Login || key == Key::AuthParams => format!("; use {}", own.flag()),
                _ => format!("; use {} in a profile", own.name()),
            });
            let own = own.unwrap_or_default();
            return Err(layer.refuse(key, format!("'{word}' is a reserved protocol name{own}")));
        }
        if name.is_empty() || has_control(name) || value.contains('\0') {
            let why = "a parameter has no name, a control character in its name, or a NUL in its value";
            return Err(layer.refuse(key, why));
        }
        if !is_further && !seen.insert(name) {
            let name = foreign::of_pair(name, reserved_params());
            let why = format!("{name} is given twice (RFC 6749 §3.2); {AS_A_LIST}");
            return Err(layer.refuse(key, why));
        }
    }
    drop(seen);
    Ok(pairs)
}

/// Parameters that are secret whatever their names, and where each comes from.
pub(super) fn secret_params(layer: &Layer) -> Result<Vec<Field<Source>>, SettingsError> {
    let params = layer.map(Key::Params);
    let field = |(name, secret): &(String, Source)| {
        let (name, secret) = (name.clone(), secret.clone());
        if reserved_params().any(|reserved| reserved == name) {
            return Err(layer.refuse(Key::SecretParams, format!("'{name}' is a reserved protocol name")));
        }
        if name.is_empty() || has_control(&name) {
            return Err(layer.refuse(Key::SecretParams, "a parameter has no name, or a control character in it"));
        }
        if params.iter().any(|pair| pair.name == name) {
            let name = foreign::of_pair(&name, reserved_params());
            return Err(layer.refuse(Key::SecretParams, format!("{name} stands among params too (RFC 6749 §3.2)")));
        }
        let variable = match &secret {
            Source::Env(variable) if is_variable_name(variable) => variable.clone(),
            _ => variable_of("PARAM", &name),
        };
        Ok(Field { name, value: FieldValue::Secret(Credential { secret, variable }) })
    };
    layer.secrets(Key::SecretParams).iter().map(field).collect()
}

/// The variable that a command line takes the value of `name` from.
fn variable_of(kind: &str, name: &str) -> String {
    let upper: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("OAUTH2TOK_{kind}_{upper}")
}

/// What a name that is meant to repeat is said as.
const AS_A_LIST: &str = "where that is meant, a profile says it as a list: NAME: [a, b]";

/// The pairs as fields of the request. One that is secret by its name may be seen where there is nothing in it.
fn fields(kind: &str, pairs: Vec<Pair>) -> Vec<Field<Source>> {
    let mut number = 1;
    let field = |Pair { name, value, is_secret, is_further, .. }| {
        number = if is_further { number + 1 } else { 1 };
        if value.is_empty() || !is_secret {
            return Field { name, value: FieldValue::Plain(value) };
        }
        let further = if is_further { format!("_{number}") } else { String::new() };
        let variable = format!("{}{further}", variable_of(kind, &name));
        let secret = Source::Literal(Secret::new(value));
        Field { name, value: FieldValue::Secret(Credential { secret, variable }) }
    };
    pairs.into_iter().map(field).collect()
}

/// Header fields that are the client's own business, or would be a second way to authenticate.
pub const RESERVED_HEADERS: [&str; 15] = [
    "authorization",
    "dpop",
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

pub(super) fn headers(layer: &Layer) -> Result<Vec<Field<Source>>, SettingsError> {
    let headers = layer.map(Key::Headers);
    let mut seen = HashSet::new();
    for Pair { name, value, is_further, .. } in &headers {
        if let Some(fault) = header_fault(name, value) {
            return Err(layer.refuse(Key::Headers, fault));
        }
        if RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(layer.refuse(Key::Headers, format!("'{name}' is set by the request itself")));
        }
        if !is_further && !seen.insert(layer::compared(Key::Headers, name)) {
            let name = foreign::of_pair(name, RESERVED_HEADERS);
            return Err(layer.refuse(Key::Headers, format!("{name} is given twice; {AS_A_LIST}")));
        }
    }
    drop(seen);
    Ok(fields("HEADER", headers))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_whose_name_speaks_of_a_secret_is_one_and_a_variable_stands_for_it() {
        let pairs = [("X-Api-Key", "k3y"), ("X-Zone", "eu"), ("X-Auth", "")];
        let fields = fields("HEADER", pairs.map(|(name, value)| Pair::new(name, value)).into());
        let shown: Vec<_> = fields.iter().map(|field| field.value.plain()).collect();
        assert_eq!(shown, [None, Some("eu"), Some("")]);
        assert_eq!(fields[0].value.credential().unwrap().variable, "OAUTH2TOK_HEADER_X_API_KEY");
        assert!(!format!("{fields:?}").contains("k3y"));
    }
}
