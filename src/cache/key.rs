//! What a kept token is kept for: the [`Key`], which says it openly, and the [`Credentials`], which only turn into keys.

use zeroize::Zeroizing;

use crate::crypto::{self, Digest};
use crate::oauth::{Grant, Request};
use crate::secret::MASK;
use crate::secret::names::is_sensitive_name;

/// Changes whenever the members of [`Key`], or what they mean, change.
const VERSION: &str = "oauth2tok cache key 1";

/// What a request is sent under, beside what stands in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// The issuer, where the endpoint is learned from it. The endpoint is then no part of the key: a kept token must be
    /// found without asking anybody.
    pub issuer: Option<&'a str>,
    /// The client certificate: a token may be bound to it (RFC 8705 §3).
    pub certificate: Option<&'a [u8]>,
    /// The certificate's private key, where it is in a file of its own.
    pub certificate_key: Option<&'a [u8]>,
    /// The server was not verified, so that whoever was in between may have made the token.
    pub insecure: bool,
    /// The answer had to obey the standards.
    pub strict: bool,
}

/// Everything that shapes a token and may be said aloud. Whatever differs in one member is another token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `token_endpoint` or `issuer`, and its URL.
    server: (&'static str, String),
    grant: &'static str,
    username: Option<String>,
    client_id: String,
    auth_method: &'static str,
    encoding: &'static str,
    /// Sorted: scope is a set (RFC 6749 §3.3).
    scope: Vec<String>,
    audience: Vec<String>,
    resource: Vec<String>,
    /// A value that its name gives away as secret is left out here and counts as a credential.
    params: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    certificate: Option<Digest>,
    insecure: bool,
    strict: bool,
}

impl Key {
    /// The key of `request`, sent under `conditions`.
    pub fn new(request: &Request, conditions: &Conditions<'_>) -> Self {
        let mut scope = request.scope.clone();
        scope.sort_unstable();
        scope.dedup();
        let open = |pairs: &[(String, String)]| {
            let value =
                |name: &str, value: &str| if is_sensitive_name(name) { String::new() } else { value.to_owned() };
            pairs.iter().map(|(name, text)| (name.clone(), value(name, text))).collect()
        };
        Self {
            server: match conditions.issuer {
                Some(issuer) => ("issuer", issuer.to_owned()),
                None => ("token_endpoint", request.endpoint.as_str().to_owned()),
            },
            grant: request.grant.name(),
            username: match &request.grant {
                Grant::Password { username, .. } => Some(username.clone()),
                Grant::ClientCredentials | Grant::RefreshToken { .. } => None,
            },
            client_id: request.client.id().to_owned(),
            auth_method: request.client.method().name(),
            encoding: request.client.encoding().map_or("", |encoding| encoding.name()),
            scope,
            audience: request.audience.clone(),
            resource: request.resource.clone(),
            params: open(&request.params),
            headers: open(&request.headers),
            certificate: conditions.certificate.map(crypto::sha256),
            insecure: conditions.insecure,
            strict: conditions.strict,
        }
    }

    /// The members in order, each with its length, hashed.
    pub fn digest(&self) -> Digest {
        let Self {
            server,
            grant,
            username,
            client_id,
            auth_method,
            encoding,
            scope,
            audience,
            resource,
            params,
            headers,
            certificate,
            insecure,
            strict,
        } = self;
        let mut fields = Fields::default();
        for text in [VERSION, server.0, &server.1, grant] {
            fields.push(text.as_bytes());
        }
        fields.push_option(username.as_ref().map(String::as_bytes));
        for text in [client_id, *auth_method, *encoding] {
            fields.push(text.as_bytes());
        }
        for list in [scope, audience, resource] {
            fields.push_number(list.len() as u64);
            list.iter().for_each(|text| fields.push(text.as_bytes()));
        }
        for pairs in [params, headers] {
            fields.push_number(pairs.len() as u64);
            pairs.iter().flat_map(|(name, value)| [name, value]).for_each(|text| fields.push(text.as_bytes()));
        }
        fields.push_option(certificate.as_ref().map(<[u8; 32]>::as_slice));
        fields.push(&[u8::from(*insecure), u8::from(*strict)]);
        crypto::sha256(&fields.0)
    }

    /// The members by name, for whoever wonders why a token was found or not. No secret is in it.
    pub fn described(&self) -> Vec<(&'static str, String)> {
        let pairs = |pairs: &[(String, String)]| {
            let shown = |(name, value): &(String, String)| {
                format!("{name}={}", if is_sensitive_name(name) { MASK } else { value })
            };
            pairs.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let hex = |digest: &Digest| digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let switch = |on: bool| if on { "true".to_owned() } else { String::new() };
        let url = &self.server.1;
        let mut members = vec![
            (self.server.0, url.split('?').next().unwrap_or(url).to_owned()),
            ("grant_type", self.grant.to_owned()),
            ("username", self.username.clone().unwrap_or_default()),
            ("client_id", self.client_id.clone()),
            ("token_endpoint_auth_method", self.auth_method.to_owned()),
            ("basic_encoding", self.encoding.to_owned()),
            ("scope", self.scope.join(" ")),
            ("audience", self.audience.join(" ")),
            ("resource", self.resource.join(" ")),
            ("params", pairs(&self.params)),
            ("headers", pairs(&self.headers)),
            ("cert", self.certificate.as_ref().map(hex).unwrap_or_default()),
            ("insecure", switch(self.insecure)),
            ("strict", switch(self.strict)),
        ];
        members.retain(|(_, value)| !value.is_empty());
        members
    }
}

/// Every credential in use, in order. It is never written anywhere; entries are sealed under what is derived from it.
pub struct Credentials(Fields);

impl Credentials {
    /// The credentials in `request` and of `conditions`.
    pub fn new(request: &Request, conditions: &Conditions<'_>) -> Self {
        let mut fields = Fields::default();
        fields.push_option(request.client.secret().map(|secret| secret.expose().as_bytes()));
        fields.push_option(match &request.grant {
            Grant::ClientCredentials => None,
            Grant::Password { password, .. } => Some(password.secret.expose().as_bytes()),
            Grant::RefreshToken { token } => Some(token.secret.expose().as_bytes()),
        });
        for pairs in [&request.params, &request.headers] {
            for (_, value) in pairs.iter().filter(|(name, _)| is_sensitive_name(name)) {
                fields.push(value.as_bytes());
            }
        }
        fields.push_option(conditions.certificate);
        fields.push_option(conditions.certificate_key);
        Self(fields)
    }

    #[cfg(test)]
    pub(super) fn of(fields: Fields) -> Self {
        Self(fields)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }
}

/// Byte strings one after another, each behind its length: no two different lists give the same bytes.
#[derive(Default)]
pub(super) struct Fields(pub(super) Zeroizing<Vec<u8>>);

impl Fields {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.push_number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn push_number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn push_option(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => {
                self.0.push(1);
                self.push(bytes);
            }
            None => self.0.push(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{BasicEncoding, ClientAuth, Credential};
    use crate::secret::Secret;
    use crate::wire::Url;

    fn credential(text: &str) -> Credential {
        Credential { secret: Secret::new(text), variable: "V".into() }
    }

    fn request() -> Request {
        Request {
            endpoint: Url::parse("https://idp.example/token").unwrap(),
            grant: Grant::Password { username: "alice".into(), password: credential("pw") },
            scope: vec!["read".into(), "write".into()],
            audience: vec!["api".into()],
            resource: vec!["https://r.example".into()],
            params: vec![("tenant".into(), "acme".into()), ("api_key".into(), "k1".into())],
            headers: vec![("X-Zone".into(), "eu".into())],
            client: ClientAuth::Basic { id: "app".into(), secret: credential("cs"), encoding: BasicEncoding::Form },
        }
    }

    fn changed(edit: impl FnOnce(&mut Request)) -> Request {
        let mut request = request();
        edit(&mut request);
        request
    }

    fn basic(id: &str, secret: &str, encoding: BasicEncoding) -> ClientAuth {
        ClientAuth::Basic { id: id.into(), secret: credential(secret), encoding }
    }

    const BARE: Conditions<'static> =
        Conditions { issuer: None, certificate: None, certificate_key: None, insecure: false, strict: false };

    #[test]
    fn any_one_input_changed_is_another_key() {
        let text = |text: &str| text.to_owned();
        let requests = [
            request(),
            changed(|r| r.endpoint = Url::parse("https://idp.example/token?a").unwrap()),
            changed(|r| r.endpoint = Url::parse("http://127.0.0.1/token").unwrap()),
            changed(|r| r.grant = Grant::ClientCredentials),
            changed(|r| r.grant = Grant::RefreshToken { token: credential("pw") }),
            changed(|r| r.grant = Grant::Password { username: "bob".into(), password: credential("pw") }),
            changed(|r| r.client = basic("app2", "cs", BasicEncoding::Form)),
            changed(|r| r.client = basic("app", "cs", BasicEncoding::Raw)),
            changed(|r| r.client = ClientAuth::Post { id: "app".into(), secret: credential("cs") }),
            changed(|r| r.client = ClientAuth::None { id: "app".into() }),
            changed(|r| r.scope = vec![]),
            changed(|r| r.scope = vec![text("read")]),
            changed(|r| r.scope = vec![text("readwrite")]),
            changed(|r| r.audience = vec![]),
            changed(|r| r.audience = vec![text("api"), text("api2")]),
            changed(|r| (r.audience, r.resource) = (vec![text("api"), text("https://r.example")], vec![])),
            changed(|r| r.resource = vec![text("https://s.example")]),
            changed(|r| r.params[0].1 = text("other")),
            changed(|r| r.params[0].0 = text("tenan")),
            changed(|r| r.params.truncate(1)),
            changed(|r| r.headers[0].1 = text("us")),
            changed(|r| r.headers[0].0 = text("X-Area")),
            changed(|r| (r.params[0], r.headers[0]) = (r.headers[0].clone(), r.params[0].clone())),
        ];
        let conditions = [
            Conditions { issuer: Some("https://idp.example/token"), ..BARE },
            Conditions { certificate: Some(b"c"), ..BARE },
            Conditions { certificate: Some(b"d"), ..BARE },
            Conditions { insecure: true, ..BARE },
            Conditions { strict: true, ..BARE },
        ];
        let mut digests: Vec<_> = requests.iter().map(|r| Key::new(r, &BARE).digest()).collect();
        digests.extend(conditions.iter().map(|c| Key::new(&request(), c).digest()));
        for (index, digest) in digests.iter().enumerate() {
            let same = digests.iter().position(|other| other == digest);
            assert_eq!(same, Some(index), "two inputs have one key");
        }
    }

    #[test]
    fn the_order_of_scopes_is_no_difference_and_an_issuers_endpoint_neither() {
        let digest = |request: &Request, conditions: &Conditions<'_>| Key::new(request, conditions).digest();
        let turned = changed(|r| r.scope = vec!["write".into(), "read".into(), "read".into()]);
        assert_eq!(digest(&turned, &BARE), digest(&request(), &BARE));
        let issuer = Conditions { issuer: Some("https://idp.example"), ..BARE };
        let moved = changed(|r| r.endpoint = Url::parse("https://elsewhere.example/t").unwrap());
        assert_eq!(digest(&moved, &issuer), digest(&request(), &issuer));
    }

    #[test]
    fn credentials_are_told_apart_and_are_no_part_of_the_key() {
        let certificate = Conditions { certificate: Some(b"c"), certificate_key: Some(b"k"), ..BARE };
        let other_key = Conditions { certificate_key: Some(b"l"), ..certificate };
        let variants = [
            (request(), BARE),
            (changed(|r| r.client = basic("app", "cs2", BasicEncoding::Form)), BARE),
            (changed(|r| r.grant = Grant::Password { username: "alice".into(), password: credential("pw2") }), BARE),
            (changed(|r| r.params[1].1 = "k2".into()), BARE),
            (request(), certificate),
            (request(), other_key),
        ];
        for (index, (request, conditions)) in variants.iter().enumerate() {
            for (other, their) in &variants[..index] {
                assert_ne!(Credentials::new(request, conditions).as_bytes(), Credentials::new(other, their).as_bytes());
            }
        }
        for (request, conditions) in &variants[..4] {
            assert_eq!(Key::new(request, conditions), Key::new(&super::tests::request(), &BARE));
        }
    }

    #[test]
    fn the_description_holds_no_secret_and_no_query() {
        let request = changed(|r| r.endpoint = Url::parse("https://idp.example/token?code=q5").unwrap());
        let text = format!("{:?}", Key::new(&request, &BARE).described());
        for secret in ["\"pw\"", "\"cs\"", "k1", "q5"] {
            assert!(!text.contains(secret), "{text}");
        }
        for shown in ["alice", "read write", "tenant=acme", "api_key=***", "X-Zone=eu", "client_secret_basic"] {
            assert!(text.contains(shown), "{shown} is not in {text}");
        }
    }
}
