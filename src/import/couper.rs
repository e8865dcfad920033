//! Couper: an `oauth2` block, alone or somewhere in a configuration, with the `backend` that its token requests go through.

use std::collections::{HashMap, HashSet};

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::template::Element;

use super::choice::{Block as Choice, choose};
use super::form::{self, credentials_of_grant};
use super::go::{INSECURE, time_span};
use super::text::{Text, is_variable_name};
use super::{Draft, Expanded, Json, Key, MOST, Unreadable, named, told};
use crate::jose::Alg;
use crate::oauth::grant::{self, jwt_bearer};
use crate::settings::foreign;

/// How many attributes and the like there may be: the library looks each member of an object up among those before it.
const MOST_NAMES: usize = 10_000;

/// How many pieces of blocks, lists, templates and references there may be: the library takes hundreds of bytes for each.
const MOST_PIECES: usize = 100_000;

const BACKEND: [&str; 24] = [
    "hostname",
    "path",
    "path_prefix",
    "set_query_params",
    "set_request_headers",
    "add_request_headers",
    "set_form_params",
    "add_form_params",
    "http2",
    "max_connections",
    "disable_connection_reuse",
    "use_when_unhealthy",
    "custom_log_fields",
    "set_response_headers",
    "add_response_headers",
    "remove_response_headers",
    "remove_request_headers",
    "timeout",
    "connect_timeout",
    "ttfb_timeout",
    "proxy",
    "origin",
    "basic_auth",
    "disable_certificate_validation",
];

const TLS: [&str; 6] = [
    "server_ca_certificate_file",
    "client_certificate_file",
    "client_private_key_file",
    "server_ca_certificate",
    "client_certificate",
    "client_private_key",
];

/// How a client can authenticate.
const METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];

/// What stands in `jwt_signing_profile`.
const SIGNING: [&str; 6] = ["key", "key_file", "signature_algorithm", "ttl", "claims", "headers"];

/// How deep claims may nest.
const DEEPEST: usize = 32;

/// What Couper can compute.
const FUNCTIONS: [&str; 12] = [
    "base64_decode",
    "base64_encode",
    "default",
    "join",
    "json_decode",
    "json_encode",
    "jwt_sign",
    "merge",
    "split",
    "to_lower",
    "to_upper",
    "url_encode",
];

pub(super) fn read(text: &str, name: Option<&str>, draft: &mut Draft) -> Result<(), Unreadable> {
    for (marks, most, what) in
        [(&b"=:"[..], MOST_NAMES, "names"), (b"{[(,.$%", MOST_PIECES, "brackets, commas and dots")]
    {
        if text.bytes().filter(|byte| marks.contains(byte)).take(most + 1).count() > most {
            let what = format!("there are more than {most} {what} in it");
            return Err(Unreadable::new(what, "give the 'oauth2' block with what it refers to alone"));
        }
    }
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        // The library's own words show the line, and a secret may stand in it.
        let place = error.location();
        Unreadable::new(
            format!("line {}, column {}: this is not HCL: {}", place.line(), place.column(), error.message()),
            "the input must be HCL: a Couper configuration, or its 'oauth2' block alone",
        )
    })?;
    let mut found = Vec::new();
    named_blocks(&body, None, &mut found);
    if found.is_empty() {
        let hint = "give the configuration that holds 'oauth2 { … }'; beta_oauth2 and oidc log people in and fetch no token by themselves";
        return Err(Unreadable::new("there is no oauth2 block in it", hint));
    }
    found.truncate(MOST + 1);
    let (mut line, mut counted) = (1, 0);
    let mut choices = Vec::new();
    for (label, block) in found {
        // They stand one behind the other, so that each line is counted once.
        let start = block.span().map_or(counted, |span| span.start.clamp(counted, text.len()));
        line += text.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count();
        counted = start;
        choices.push(Choice::new(label, format!("line-{line}"), block));
    }
    let block = choose(choices, name, "oauth2 blocks")?;
    Couper { body: &body, defaults: defaults(&body), expanded: Expanded::default() }.oauth2(block, draft);
    Ok(())
}

/// Every block of that name that is not inside another one of it.
fn blocks<'a>(body: &'a Body, name: &str, found: &mut Vec<&'a Block>) {
    for block in body.blocks() {
        if block.has_ident(name) {
            found.push(block);
        } else {
            blocks(&block.body, name, found);
        }
    }
}

/// Every `oauth2` block with the label of the nearest block around it that has one.
fn named_blocks<'a>(body: &'a Body, label: Option<&'a str>, found: &mut Vec<(Option<&'a str>, &'a Block)>) {
    for block in body.blocks() {
        let label = block.labels.first().map(|label| label.as_str()).or(label);
        if block.has_ident("oauth2") {
            found.push((label, block));
        } else {
            named_blocks(&block.body, label, found);
        }
    }
}

/// The variables that `defaults` sets where the environment does not.
fn defaults(body: &Body) -> HashMap<String, String> {
    let attribute = body.get_blocks("defaults").find_map(|block| block.body.get_attribute("environment_variables"));
    let Some(object) = attribute.and_then(|attribute| attribute.value.as_object()) else { return HashMap::new() };
    let mut defaults = HashMap::new();
    for (key, value) in object.iter() {
        if let (Some(name), Some(text)) = (key_name(key), value.expr().as_str()) {
            // Of two of one name the first counts.
            defaults.entry(name).or_insert_with(|| text.to_owned());
        }
    }
    defaults
}

fn key_name(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.to_string()),
        ObjectKey::Expression(expression) => match expression {
            Expression::Variable(name) => Some(name.to_string()),
            other => other.as_str().map(str::to_owned),
        },
    }
}

/// Tells of a file that Couper looks for elsewhere.
fn relative(draft: &mut Draft, from: &str, path: &Text) {
    if path.as_literal().is_some_and(|path| !path.starts_with('/')) {
        draft.note(from, "was relative to Couper's configuration; here it is to the current directory");
    }
}

struct Couper<'a> {
    body: &'a Body,
    defaults: HashMap<String, String>,
    /// A variable's default is put in wherever the variable is named.
    expanded: Expanded,
}

impl Couper<'_> {
    fn oauth2(&self, block: &Block, draft: &mut Draft) {
        if !draft.has_few("oauth2", block.body.len()) {
            return;
        }
        let mut method_given = false;
        let mut has_backend = false;
        let is_bearer = block.body.get_attribute("grant_type").is_some_and(|grant| {
            grant.value.as_str().and_then(grant::find).is_some_and(|kind| kind.name == jwt_bearer::KIND.name)
        });
        for attribute in block.body.attributes() {
            let name = attribute.key.as_str();
            let from = format!("oauth2.{}", told(name, &["retries", "backend"]));
            if name == "backend" {
                if std::mem::replace(&mut has_backend, true) {
                    draft.fault(&from, "it is given twice");
                } else {
                    self.reference(attribute, draft);
                }
                continue;
            }
            if is_bearer && matches!(name, "client_id" | "client_secret" | "token_endpoint_auth_method") {
                draft.note(&from, "is left out: with this grant Couper sends nothing of a client");
                continue;
            }
            if name == "assertion"
                && let Err(why) = self.evaluate(&attribute.value)
            {
                draft.fault(&from, format!("{why}; take it from env.NAME, or have it made by jwt_signing_profile"));
                continue;
            }
            let Some(text) = self.text(draft, &from, attribute) else { continue };
            match name {
                "token_endpoint" => draft.url(Key::TokenEndpoint, &from, &text),
                "client_id" => draft.text(Key::ClientId, &from, &text),
                "client_secret" => draft.secret(Key::ClientSecret, &from, &text),
                "grant_type" => form::grant(draft, &from, &text),
                "scope" => draft.list(Key::Scope, &from, &text.split(char::is_whitespace)),
                "username" => draft.text(Key::Username, &from, &text),
                "password" => draft.secret(Key::Password, &from, &text),
                "assertion" => draft.secret(Key::Assertion, &from, &text),
                "token_endpoint_auth_method" => {
                    method_given = true;
                    match text.as_literal().and_then(|name| METHODS.into_iter().find(|known| *known == name)) {
                        Some(method) => draft.plain(Key::AuthMethod, &from, method),
                        None => draft.fault(&from, format!("expected one of {}", METHODS.join(", "))),
                    }
                }
                "retries" => match text.as_literal().and_then(|text| text.parse::<u32>().ok()) {
                    Some(count) => draft.plain(Key::Retries401, &from, count.to_string()),
                    None => draft.fault(&from, "expected a whole number"),
                },
                _ => draft.fault(&from, "this attribute cannot be carried over"),
            }
        }
        if !method_given && !is_bearer {
            draft.plain(Key::AuthMethod, "oauth2.token_endpoint_auth_method", "client_secret_basic");
        }
        for inner in block.body.blocks() {
            match (inner.ident.as_str(), inner.labels.first()) {
                ("backend", _) if std::mem::replace(&mut has_backend, true) => {
                    draft.fault("oauth2.backend", "it is given twice");
                }
                ("backend", None) => self.backend(&[&inner.body], draft),
                // A block with a label refines the one of that name in definitions.
                ("backend", Some(label)) => match self.definition(label.as_str()) {
                    Some(defined) => self.backend(&[&inner.body, defined], draft),
                    None => draft.fault("oauth2.backend", "no backend of that name stands in definitions"),
                },
                ("jwt_signing_profile", _) => self.signing(&inner.body, is_bearer, draft),
                (other, _) => {
                    let other = told(other, &["backend", "jwt_signing_profile"]);
                    draft.fault(&format!("oauth2.{other}"), "this block cannot be carried over");
                }
            }
        }
        let signs_with_key = draft.chosen(Key::AuthMethod) == Some("private_key_jwt");
        let keys = [
            (Key::TokenEndpoint, true),
            (Key::ClientId, !is_bearer),
            (Key::ClientSecret, !is_bearer && !signs_with_key),
        ];
        for (key, _) in keys.into_iter().filter(|(_, is_needed)| *is_needed) {
            draft.require(key, &format!("oauth2.{}", key.name()));
        }
        if signs_with_key {
            draft.require(Key::SigningKey, "oauth2.jwt_signing_profile.key");
        }
        credentials_of_grant(draft, |name| format!("oauth2.{name}"));
        self.resource(block, draft);
    }

    /// How the assertion of the client or the grant is signed, and what it says.
    fn signing(&self, body: &Body, is_of_grant: bool, draft: &mut Draft) {
        const BLOCK: &str = "oauth2.jwt_signing_profile";
        if !draft.has_few(BLOCK, body.len()) {
            return;
        }
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let from = format!("{BLOCK}.{}", told(name, &SIGNING));
            if let "claims" | "headers" = name {
                self.members(name == "claims", is_of_grant, &from, attribute, draft);
                continue;
            }
            let Some(text) = self.text(draft, &from, attribute) else { continue };
            match name {
                "key" => draft.secret(Key::SigningKey, &from, &text),
                "key_file" => {
                    draft.secret(Key::SigningKey, &from, &Text::file(&text));
                    relative(draft, &from, &text);
                }
                "signature_algorithm" => match text.as_literal().and_then(Alg::find) {
                    Some(alg) => draft.plain(Key::SigningAlg, &from, alg.name()),
                    None => draft.fault(&from, "it is no algorithm that is known here"),
                },
                "ttl" => time_span(draft, Key::AssertionLifetime, &from, &text),
                _ => draft.fault(&from, "this attribute cannot be carried over"),
            }
        }
        // Couper's assertion of a grant has no more claims than these.
        if is_of_grant {
            for name in ["iss", "sub", "aud"] {
                let is_said = match name {
                    "iss" => draft.has(Key::AssertionIssuer),
                    "sub" => draft.has(Key::AssertionSubject),
                    _ => draft.has(Key::AssertionAudience),
                };
                if !is_said && !draft.has_claim(name) {
                    draft.claim(Key::AssertionClaims, BLOCK, name, &Json::Plain("null".into()));
                }
            }
        }
    }

    /// The claims or the header of what is signed.
    fn members(&self, are_claims: bool, is_of_grant: bool, from: &str, attribute: &Attribute, draft: &mut Draft) {
        let Some(object) = attribute.value.as_object() else { return draft.fault(from, "expected names and values") };
        if object.len() > MOST {
            return draft.fault(from, format!("there are more than {MOST} of them"));
        }
        for (name, value) in object {
            let Some(name) = key_name(name) else {
                draft.fault(from, "a name in it is computed");
                continue;
            };
            let from = format!("{from}.{}", named(&name));
            let value = value.expr();
            match (name.as_str(), are_claims) {
                ("iat" | "exp" | "jti", true) => {
                    draft.note(&from, "is left out: each assertion gets its own");
                    continue;
                }
                ("iss" | "sub", true) if !is_of_grant => {
                    draft.note(&from, "is left out: a client's assertion names the client");
                    continue;
                }
                _ => {}
            }
            let value = match self.json(value, 0) {
                Ok(value) => value,
                Err(why) => {
                    draft.fault(&from, why);
                    continue;
                }
            };
            let setting = match (name.as_str(), are_claims) {
                ("iss", true) => Some(Key::AssertionIssuer),
                ("sub", true) => Some(Key::AssertionSubject),
                ("aud", true) => Some(Key::AssertionAudience),
                ("kid", false) => Some(Key::KeyId),
                _ => None,
            };
            match (setting, value) {
                // These words mean something as a setting.
                (Some(key), Json::Text(text))
                    if !text.is_empty()
                        && !matches!(text.as_literal(), Some("issuer" | "token_endpoint" | "thumbprint")) =>
                {
                    draft.text(key, &from, &text);
                }
                (_, value) => {
                    let key = if are_claims { Key::AssertionClaims } else { Key::AssertionHeaders };
                    draft.claim(key, &from, &name, &value);
                }
            }
        }
    }

    /// An expression as JSON.
    fn json(&self, expression: &Expression, depth: usize) -> Result<Json, String> {
        if depth > DEEPEST {
            return Err("it nests too deep".into());
        }
        Ok(match expression {
            Expression::Null(_) => Json::Plain("null".into()),
            Expression::Number(number) => Json::Plain(number.value().to_string()),
            Expression::Bool(on) => Json::Plain(on.value().to_string()),
            Expression::Array(items) => {
                Json::List(items.iter().map(|item| self.json(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Expression::Object(members) => {
                let member = |(name, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                    let name = key_name(name).ok_or("a name in it is computed")?;
                    Ok::<_, String>((name, self.json(value.expr(), depth + 1)?))
                };
                Json::Map(members.iter().map(member).collect::<Result<_, _>>()?)
            }
            other => Json::Text(self.evaluate(other)?),
        })
    }

    /// The backend that the block stands in is the API.
    fn resource(&self, oauth2: &Block, draft: &mut Draft) {
        let mut backends = Vec::new();
        blocks(self.body, "backend", &mut backends);
        let holds = |block: &&&Block| block.body.get_blocks("oauth2").any(|inner| std::ptr::eq(inner, oauth2));
        let origin = backends.iter().find(holds).and_then(|block| block.body.get_attribute("origin"));
        if let Some(text) = origin.and_then(|origin| self.text(draft, "backend.origin", origin)) {
            draft.text(Key::BaseUrl, "backend.origin", &text);
        }
    }

    fn definition(&self, name: &str) -> Option<&Body> {
        let definitions = self.body.get_blocks("definitions").flat_map(|block| block.body.get_blocks("backend"));
        let mut named = definitions.chain(self.body.get_blocks("backend"));
        named.find(|block| block.labels.first().is_some_and(|label| label.as_str() == name)).map(|block| &block.body)
    }

    fn reference(&self, attribute: &Attribute, draft: &mut Draft) {
        match attribute.value.as_str() {
            Some("") => {}
            Some(name) => match self.definition(name) {
                Some(body) => self.backend(&[body], draft),
                None => draft.fault(
                    "oauth2.backend",
                    "the backend it names is not in the input; its TLS, proxy and time settings would be lost",
                ),
            },
            None => draft.fault("oauth2.backend", "expected the name of a backend"),
        }
    }

    /// The backend of the token request. What an earlier body says wins over a later one.
    fn backend(&self, bodies: &[&Body], draft: &mut Draft) {
        if !draft.has_few("oauth2.backend", bodies.iter().map(|body| body.len()).sum()) {
            return;
        }
        let mut seen = HashSet::new();
        for attribute in bodies.iter().flat_map(|body| body.attributes()) {
            let name = attribute.key.as_str();
            if seen.insert(name) {
                self.backend_attribute(name, attribute, draft);
            }
        }
        for block in bodies.iter().flat_map(|body| body.blocks()) {
            match block.ident.as_str() {
                "tls" => self.tls(&block.body, draft),
                name @ ("openapi" | "health" | "beta_health" | "beta_rate_limit" | "throttle") => {
                    draft.note(&format!("oauth2.backend.{name}"), "is left out: it does not change the token request");
                }
                other => draft
                    .fault(&format!("oauth2.backend.{}", told(other, &["tls"])), "this block cannot be carried over"),
            }
        }
    }

    fn backend_attribute(&self, name: &str, attribute: &Attribute, draft: &mut Draft) {
        let from = format!("oauth2.backend.{}", told(name, &BACKEND));
        match name {
            "set_request_headers" | "add_request_headers" => return self.pairs(Key::Headers, &from, attribute, draft),
            "set_form_params" | "add_form_params" => return self.pairs(Key::Params, &from, attribute, draft),
            "http2"
            | "max_connections"
            | "disable_connection_reuse"
            | "use_when_unhealthy"
            | "custom_log_fields"
            | "set_response_headers"
            | "add_response_headers"
            | "remove_response_headers" => {
                return draft.note(&from, "is left out: it does not change the token request");
            }
            "timeout" | "connect_timeout" | "ttfb_timeout" | "proxy" | "origin" | "disable_certificate_validation" => {}
            _ => return draft.fault(&from, "this attribute changes the token request and cannot be carried over"),
        }
        let Some(text) = self.text(draft, &from, attribute) else { return };
        match name {
            "timeout" => time_span(draft, Key::Timeout, &from, &text),
            "connect_timeout" => time_span(draft, Key::ConnectTimeout, &from, &text),
            "ttfb_timeout" => draft.note(&from, "has no setting of its own: timeout bounds the whole run"),
            "proxy" if !text.is_empty() => draft.proxy(&from, &text),
            "disable_certificate_validation" if text.as_literal() == Some("true") => draft.note(&from, INSECURE),
            "origin" => draft.note(&from, "is left out: the token endpoint says where to go"),
            _ => {}
        }
    }

    fn tls(&self, body: &Body, draft: &mut Draft) {
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let from = format!("oauth2.backend.tls.{}", told(name, &TLS));
            let key = match name {
                "server_ca_certificate_file" => Key::Cacert,
                "client_certificate_file" => Key::Cert,
                "client_private_key_file" => Key::Key,
                "server_ca_certificate" | "client_certificate" | "client_private_key" => {
                    draft.fault(&from, format!("a profile takes this from a file: save it and write {name}_file"));
                    continue;
                }
                _ => {
                    draft.fault(&from, "this attribute cannot be carried over");
                    continue;
                }
            };
            if let Some(text) = self.text(draft, &from, attribute) {
                draft.text(key, &from, &text);
                relative(draft, &from, &text);
            }
        }
        for block in body.blocks() {
            draft.fault(
                &format!("oauth2.backend.tls.{}", told(block.ident.as_str(), &TLS)),
                "this block cannot be carried over",
            );
        }
    }

    fn pairs(&self, key: Key, from: &str, attribute: &Attribute, draft: &mut Draft) {
        let Some(object) = attribute.value.as_object() else { return draft.fault(from, "expected names and values") };
        if object.len() > MOST {
            return draft.fault(from, format!("there are more than {MOST} of them"));
        }
        for (name, value) in object {
            let Some(name) = key_name(name) else {
                draft.fault(from, "a name in it is computed");
                continue;
            };
            let from = format!("{from}.{}", named(&name));
            match self.evaluate(value.expr()) {
                Ok(text) if key == Key::Params => self.form_param(draft, &from, &name, &text),
                Ok(text) => draft.pair(key, &from, &name, &text),
                Err(why) => draft.fault(&from, why),
            }
        }
    }

    fn form_param(&self, draft: &mut Draft, from: &str, name: &str, text: &Text) {
        match name {
            "audience" => draft.list(Key::Audience, from, std::slice::from_ref(text)),
            "resource" => draft.list(Key::Resource, from, std::slice::from_ref(text)),
            "scope" => draft.list(Key::Scope, from, &text.split(char::is_whitespace)),
            _ => draft.pair(Key::Params, from, name, text),
        }
    }

    fn text(&self, draft: &mut Draft, from: &str, attribute: &Attribute) -> Option<Text> {
        self.evaluate(&attribute.value).map_err(|why| draft.fault(from, why)).ok()
    }

    /// An expression whose value is known but for the environment.
    fn evaluate(&self, expression: &Expression) -> Result<Text, String> {
        Ok(match expression {
            Expression::Null(_) => Text::default(),
            Expression::String(text) => Text::literal(text.as_str()),
            Expression::Number(number) => Text::literal(number.value().to_string()),
            Expression::Bool(on) => Text::literal(on.value().to_string()),
            Expression::Parenthesis(inner) => self.evaluate(inner.inner())?,
            Expression::StringTemplate(template) => self.elements(template.iter())?,
            Expression::HeredocTemplate(heredoc) => self.elements(heredoc.template.iter())?,
            Expression::Traversal(traversal) => {
                let root = traversal.expr.as_variable().map(|name| name.as_str());
                let name = match traversal.operators.as_slice() {
                    [one] => match one.value() {
                        TraversalOperator::GetAttr(name) => Some(name.as_str()),
                        TraversalOperator::Index(index) => index.as_str(),
                        _ => None,
                    },
                    _ => None,
                };
                match (root, name) {
                    (Some("env"), Some(name)) if is_variable_name(name) => {
                        let default = self.defaults.get(name);
                        default.map_or(Ok(()), |value| self.expanded.add(value))?;
                        Text::variable(name, default.cloned())
                    }
                    _ => {
                        return Err(
                            "its value is only known to Couper; of variables only env.NAME can be carried over".into(),
                        );
                    }
                }
            }
            Expression::FuncCall(call) => {
                let name = foreign::quoted(call.name.name.as_str(), FUNCTIONS);
                return Err(format!("the function {name} cannot be carried over"));
            }
            _ => return Err("its value is computed; write it out".into()),
        })
    }

    fn elements<'t>(&self, elements: impl Iterator<Item = &'t Element>) -> Result<Text, String> {
        let mut out = Text::default();
        for element in elements {
            match element {
                Element::Literal(text) => out.push_literal(text.as_str()),
                Element::Interpolation(interpolation) => out.push(&self.evaluate(&interpolation.expr)?),
                Element::Directive(_) => return Err("its value is computed; write it out".into()),
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use crate::import::System;
    use crate::import::tests::{check, check_named, couper, fault, fault_named, note};

    #[test]
    fn couper_brings_its_backend_along() {
        use System::Couper;
        let out = |method: &str, more: &str, scope: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{scope}client_id: id\nclient_secret: env:SECRET\ntoken_endpoint_auth_method: {method}\n{more}"
            )
        };
        let basic = "client_secret_basic";
        check(Couper, &couper(""), &out(basic, "", ""));
        check(Couper, &couper("scope = \"a b\""), &out(basic, "", "scope: [a, b]\n"));
        check(
            Couper,
            &couper("token_endpoint_auth_method = \"client_secret_post\""),
            &out("client_secret_post", "", ""),
        );
        let settings = "timeout: 1m 30s\nconnect_timeout: 500ms\nproxy: \"http://p:1\"\ncacert: \"/a/ca.pem\"\ncert: \"/a/c.pem\"\nkey: \"/a/k.pem\"\n"
            .replace("\"http://p:1\"", "http://p:1");
        let inner = "timeout = \"1m30s\"\nconnect_timeout = \"500ms\"\nproxy = \"http://p:1\"\nset_request_headers = { X-A = \"b\" }\ntls {\nserver_ca_certificate_file = \"/a/ca.pem\"\nclient_certificate_file = \"/a/c.pem\"\nclient_private_key_file = \"/a/k.pem\"\n}\n";
        let expected = out(basic, &format!("headers:\n  X-A: b\n{settings}"), "");
        check(Couper, &couper(&format!("backend {{\n{inner}}}")), &expected);
        check(
            Couper,
            &format!("{}definitions {{\nbackend \"as\" {{\n{inner}}}\n}}", couper("backend = \"as\"")),
            &expected,
        );
        check(
            Couper,
            &format!(
                "{}definitions {{\nbackend \"as\" {{\ntimeout = \"5s\"\nproxy = \"http://p:1\"\n}}\n}}",
                couper("backend \"as\" {\ntimeout = \"9s\"\n}")
            ),
            &out(basic, "timeout: 9s\nproxy: http://p:1\n", ""),
        );
        check(Couper, &couper("retries = 3"), &out(basic, "retries_401: 3\n", ""));
        note(Couper, &couper("backend {\ndisable_certificate_validation = true\n}"), "--insecure");
        let nested = format!(
            "server {{\nendpoint \"/\" {{\nproxy {{\nbackend {{\norigin = \"https://api.example\"\n{}}}\n}}\n}}\n}}\n",
            couper("")
        );
        check(Couper, &nested, &out(basic, "base_url: https://api.example\n", ""));
    }

    #[test]
    fn couper_signing_profiles_become_keys_and_claims() {
        use System::Couper;
        let block = |inner: &str| {
            format!(
                "jwt_signing_profile {{\nkey_file = \"/k.pem\"\nsignature_algorithm = \"ES256\"\nttl = \"5m\"\n{inner}\n}}"
            )
        };
        let client = |inner: &str| {
            couper(&format!("token_endpoint_auth_method = \"private_key_jwt\"\n{}", block(inner)))
                .replace("  client_secret = env.SECRET\n", "")
        };
        let start = "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\ntoken_endpoint_auth_method: private_key_jwt\nsigning_key: file:/k.pem\nsigning_alg: ES256\n";
        let end = "assertion_lifetime: 5m\n";
        check(Couper, &client(""), &format!("{start}{end}"));
        let claims = "claims = { aud = \"https://as.example\", iss = \"x\", iat = unixtime(), tenant = env.TENANT, n = 1.5, list = [\"a\", true, null, { b = \"0\" }], api_key = \"s3cret\" }\nheaders = { kid = \"k1\", typ = \"x+jwt\" }";
        check(
            Couper,
            &client(claims),
            &format!(
                "{start}key_id: k1\nassertion_audience: https://as.example\nassertion_claims:\n  tenant: \"${{TENANT}}\"\n  \"n\": 1.5\n  list: [a, true, null, {{\"b\": \"0\"}}]\n  api_key: \"${{API_KEY}}\"\nassertion_headers:\n  typ: \"x+jwt\"\n{end}"
            ),
        );
        note(Couper, &client(claims), "claims.iss is left out: a client's assertion names the client");
        note(Couper, &client(claims), "claims.iat is left out: each assertion gets its own");
        fault(Couper, &client("claims = { nbf = unixtime() }"), "claims.nbf: the function ");
        fault(
            Couper,
            &client("claims = { sub = request.x }\nx = 1").replace("sub", "who"),
            "claims.who: its value is only known",
        );
        fault(Couper, &client("headers = { alg = \"none\" }"), "'alg' cannot be set");
        fault(Couper, &client("ttl = \"1s\"").replacen("ttl = \"5m\"\n", "", 1), "oauth2.jwt_signing_profile.ttl: ");
        let bearer =
            |more: &str| couper(more).replace("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let start = "token_endpoint: https://a.example/t\ngrant_type: jwt-bearer\n";
        check(Couper, &bearer("assertion = env.JWT"), &format!("{start}assertion: env:JWT\n"));
        note(
            Couper,
            &bearer("assertion = env.JWT"),
            "oauth2.client_id is left out: with this grant Couper sends nothing",
        );
        check(
            Couper,
            &bearer(&block("claims = { iss = \"me\", aud = [\"a\"] }")),
            &format!(
                "{start}signing_key: file:/k.pem\nsigning_alg: ES256\nassertion_issuer: me\nassertion_claims:\n  aud: [a]\n  sub: null\n{end}"
            ),
        );
        fault(Couper, &bearer("assertion = jwt_sign(\"a\", {})"), "oauth2.assertion: the function 'jwt_sign' cannot");
        fault(Couper, &bearer(""), "oauth2.assertion: it is missing");
        let secret = "token_endpoint_auth_method = \"client_secret_jwt\"\njwt_signing_profile {\nsignature_algorithm = \"HS512\"\nttl = \"10s\"\n}";
        check(
            Couper,
            &couper(secret),
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:SECRET\ntoken_endpoint_auth_method: client_secret_jwt\nsigning_alg: HS512\nassertion_lifetime: 10s\n",
        );
    }

    #[test]
    fn couper_expressions_are_text_and_environment() {
        use System::Couper;
        let with = |id: &str| {
            format!(
                "oauth2 {{\n  grant_type = \"client_credentials\"\n  token_endpoint = \"https://a.example/t\"\n  client_id = {id}\n  client_secret = \"s\"\n}}\n"
            )
        };
        let out = |id: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: {id}\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\n"
            )
        };
        check(Couper, &with("env.ID"), &out("\"${ID}\""));
        check(Couper, &with("env[\"ID\"]"), &out("\"${ID}\""));
        check(Couper, &with("\"a-${env.ID}\""), &out("\"a-${ID}\""));
        check(Couper, &with("\"a$${b}\""), &out("\"a$$${b}\"".replace("$$$", "$$").as_str()));
        check(Couper, &with("1234"), &out("\"1234\""));
        check(
            Couper,
            &format!("defaults {{\n environment_variables = {{ ID = \"x\" }}\n}}\n{}", with("env.ID")),
            &out("\"${ID:x}\""),
        );
        fault(Couper, &with("request.headers.x"), "oauth2.client_id: its value is only known to Couper");
        fault(Couper, &with("upper(\"x\")"), "oauth2.client_id: the function 'upper'");
        fault(Couper, &with("env.A == \"x\" ? \"a\" : \"b\""), "oauth2.client_id: its value is computed");
    }

    #[test]
    fn couper_blocks_go_by_the_label_around_them_or_by_their_line() {
        use System::Couper;
        let backend = |label: &str, id: &str| {
            format!("backend \"{label}\" {{\n{}}}\n", couper("").replace("\"id\"", &format!("\"{id}\"")))
        };
        let file = |labels: [&str; 2]| {
            format!("definitions {{\n{}{}}}\n", backend(labels[0], "first"), backend(labels[1], "second"))
        };
        let out = |id: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: {id}\nclient_secret: env:SECRET\ntoken_endpoint_auth_method: client_secret_basic\n"
            )
        };
        check_named(Couper, &file(["crm", "erp"]), "erp", &out("second"));
        check_named(Couper, &file(["crm", "erp"]), "line-3", &out("first"));
        check_named(Couper, &file(["crm", "crm"]), "line-12", &out("second"));
        fault(Couper, &file(["crm", "erp"]), "there are 2 oauth2 blocks in it: crm, erp");
        fault(Couper, &file(["crm", "crm"]), "there are 2 oauth2 blocks in it: line-3, line-12");
        fault_named(Couper, &file(["crm", "erp"]), "hr", "--name names none of the oauth2 blocks in it: crm, erp");
        fault_named(Couper, &couper(""), "hr", "--name names none of the oauth2 blocks in it: line-1");
    }

    #[test]
    fn couper_tells_what_it_cannot_carry() {
        use System::Couper;
        fault(Couper, "server {}", "no oauth2 block");
        fault(Couper, &format!("{}{}", couper(""), couper("")), "2 oauth2 blocks in it: line-1, line-8");
        fault(Couper, "oauth2 {\n", "line ");
        fault(Couper, &couper("backend = \"x\""), "oauth2.backend: the backend it names is not in the input");
        fault(Couper, &couper("assertion = \"x\""), "oauth2.assertion: ");
        fault(Couper, &couper("backend {\nhostname = \"x\"\n}"), "oauth2.backend.hostname: ");
        fault(Couper, &couper("backend {\nbasic_auth = \"u:p\"\n}"), "oauth2.backend.basic_auth: ");
        fault(Couper, &couper("backend {\ntimeout = \"x\"\n}"), "oauth2.backend.timeout: expected a time span");
        fault(Couper, &couper("backend {\ntls {\nserver_ca_certificate = \"x\"\n}\n}"), "server_ca_certificate_file");
        fault(
            Couper,
            &couper("token_endpoint_auth_method = \"private_key_jwt\"").replace("client_secret = env.SECRET\n", ""),
            "oauth2.jwt_signing_profile.key: it is missing",
        );
        fault(
            Couper,
            &couper("token_endpoint_auth_method = \"none\""),
            "oauth2.token_endpoint_auth_method: expected one of client_secret_basic, client_secret_post,",
        );
        fault(Couper, &couper("").replace("client_credentials", "implicit"), "oauth2.grant_type: no token request has");
        fault(Couper, "oauth2 {\n  grant_type = \"client_credentials\"\n}", "oauth2.token_endpoint: it is missing");
    }
}
