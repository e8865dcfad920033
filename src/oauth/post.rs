//! What is sent for a token: [`Post`], an HTTP `POST` of a form in its parts (RFC 6749 §3.2), each of which knows whether it
//! is secret.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use zeroize::Zeroizing;

use super::authorization::Authorization;
use super::field::{Credential, Field, FieldValue};
use super::jwt;
use super::jwt::Jwt;
use crate::json::Members;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::{Call, Header, Url};

/// A token request in the parts it is sent in: an HTTP `POST` of a form (RFC 6749 §3.2).
#[derive(Debug, Clone)]
pub struct Post {
    /// Where to.
    pub url: Url,
    /// Header fields in sending order, without `Authorization`.
    pub headers: Vec<Field>,
    /// That header, if who asks is told by it.
    pub authorization: Option<Authorization>,
    /// The form.
    pub fields: Vec<Field>,
    /// It goes out as a JSON object instead, as some servers want it.
    pub is_json: bool,
    /// As [`Call::repeatable`].
    pub repeatable: bool,
    /// It goes to the token endpoint: its answer may hold a token under any name.
    pub is_for_token: bool,
    /// What the tokens in it say, as far as they are JWTs.
    pub statements: Vec<Statement>,
}

/// What a JWT says that goes out with a request, as far as it may be told.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The form field or header field that it stands in.
    pub name: &'static str,
    /// Its header. Of what somebody else made it is not told.
    pub header: Option<Members>,
    /// Its claims: all of what was made here, else those that say who speaks of whom to whom, and when.
    pub claims: Members,
    /// How long ago it expired, if it has.
    pub expired: Option<Duration>,
}

impl Statement {
    /// Of what was made here.
    pub fn own(name: &'static str, jwt: &Jwt) -> Self {
        Self { name, header: Some(jwt.header.clone()), claims: jwt.claims.clone(), expired: None }
    }

    /// Of what somebody else made, if it is a JWT.
    pub fn foreign(name: &'static str, token: &Secret, now: SystemTime) -> Option<Self> {
        const TOLD: [&str; 10] = ["iss", "sub", "aud", "azp", "client_id", "scope", "scp", "exp", "iat", "nbf"];
        let mut claims = jwt::claims(token.expose())?;
        let expired = jwt::expiry(&claims).and_then(|expiry| now.duration_since(expiry).ok());
        claims.retain(|name| TOLD.contains(&name));
        Some(Self { name, header: None, claims, expired })
    }
}

impl Post {
    /// The same with a token that says who asks in place of the client, and for an answer of another kind, if these are given.
    #[must_use]
    pub fn with(mut self, bearer: Option<&Secret>, accept: Option<&str>) -> Self {
        if let Some(token) = bearer {
            let credential = Credential { secret: token.clone(), variable: "BEARER_TOKEN".to_owned() };
            self.authorization = Some(Authorization::Bearer(credential));
        }
        if let (Some(kind), Some(header)) = (accept, self.headers.iter_mut().find(|header| header.name == "Accept")) {
            header.value = FieldValue::Plain(kind.to_owned());
        }
        self
    }

    /// It holds what is good for one time that it goes out.
    pub fn is_dated(&self) -> bool {
        self.statements.iter().any(|statement| statement.header.is_some())
    }

    /// Every secret in it.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        let named = self.headers.iter().chain(&self.fields).filter_map(|field| field.value.credential());
        named.chain(self.authorization.iter().map(Authorization::credential))
    }

    /// The form body (RFC 6749 Appendix B), or the same members as a JSON object.
    pub fn body(&self) -> Zeroizing<String> {
        if self.is_json {
            return Zeroizing::new(self.json(|value| json_text(value.expose())));
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            form.append_pair(&field.name, field.value.expose());
        }
        Zeroizing::new(form.finish())
    }

    /// The members as a JSON object, each value as `text` writes it. A name that repeats has a list.
    pub fn json(&self, text: impl Fn(&FieldValue) -> String) -> String {
        let mut members: Vec<(&str, Vec<String>)> = Vec::new();
        for field in &self.fields {
            let value = text(&field.value);
            match members.iter_mut().find(|(name, _)| *name == field.name) {
                Some((_, values)) => values.push(value),
                None => members.push((&field.name, vec![value])),
            }
        }
        let members = members.iter().map(|(name, values)| match &values[..] {
            [value] => format!("{}:{value}", json_text(name)),
            values => format!("{}:[{}]", json_text(name), values.join(",")),
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }

    /// The value of the `Authorization` header.
    pub fn authorization_value(&self) -> Option<Secret> {
        self.authorization.as_ref().map(Authorization::header)
    }

    /// The bytes to send.
    pub fn to_call(&self) -> Call {
        let header = |field: &Field| Header {
            name: field.name.clone(),
            value: Secret::new(field.value.expose()),
            is_secret: field.value.credential().is_some(),
        };
        let authorization =
            self.authorization_value().map(|value| Header { name: "Authorization".to_owned(), value, is_secret: true });
        let headers = self.headers.iter().map(header).chain(authorization).collect();
        let body = Zeroizing::new(self.body().as_bytes().to_vec());
        Call {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers,
            body: Some(body),
            repeatable: self.repeatable,
        }
    }
}

/// A text as JSON writes it.
pub fn json_text(text: &str) -> String {
    Value::from(text).to_string()
}

impl Conceal for Post {
    /// What was made for this attempt alone may come back as well.
    fn conceal(&self, redactor: &mut Redactor) {
        for credential in self.credentials() {
            redactor.add(&credential.secret);
            jwt::signature(&credential.secret).iter().for_each(|signature| redactor.add(signature));
        }
        redactor.add_url(self.url.as_str());
    }
}
