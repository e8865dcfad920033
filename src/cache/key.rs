//! What a kept token is kept for: the [`CacheKey`], which says it openly, and the [`Credentials`], which only turn into keys.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{self, Digest};
use crate::oauth::assertion::{KeyId, Signer};
use crate::oauth::{Assertion, Dpop, Field, Part, Request, Server, jwt};
use crate::secret::{MASK, Secret};

/// Changes whenever the members of [`CacheKey`], or what they mean, change.
const VERSION: &str = "oauth2tok cache key 2";

/// What a request is sent under, beside what stands in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// The client certificate: a token may be bound to it (RFC 8705 §3).
    pub certificate: Option<&'a [u8]>,
    /// The certificate's private key, where it is in a file of its own.
    pub certificate_key: Option<&'a [u8]>,
    /// The server was not verified, so that whoever was in between may have made the token.
    pub insecure: bool,
    /// The answer had to obey the standards.
    pub strict: bool,
    /// The ready-made tokens that a command makes anew each time.
    pub made_by_command: &'a [&'static str],
    /// The user's own secret, without which nothing that is kept opens.
    pub cache_secret: Option<&'a [u8]>,
}

/// Everything that shapes a token and may be said aloud. Whatever differs in one member is another token. Where an issuer
/// names the endpoint, that is no part of it: a kept token must be found without asking anybody.
///
/// Of a login it does not count how the person was asked: who logged in by a browser is logged in on every way.
#[derive(Debug)]
pub struct CacheKey<'a> {
    request: &'a Request,
    conditions: &'a Conditions<'a>,
    /// Sorted: scope is a set (RFC 6749 §3.3).
    scope: Vec<&'a str>,
}

impl<'a> CacheKey<'a> {
    /// The key of `request`, sent under `conditions`.
    pub fn new(request: &'a Request, conditions: &'a Conditions<'a>) -> Self {
        let mut scope: Vec<_> = request.scope.iter().map(String::as_str).collect();
        scope.sort_unstable();
        scope.dedup();
        Self { request, conditions, scope }
    }

    /// The kind of server, and its URL.
    fn server(&self) -> (&'static str, &'a str) {
        match &self.request.server {
            Server::Issuer(issuer) => ("issuer", issuer.as_str()),
            Server::Endpoint(url) => ("token_endpoint", url.as_str()),
        }
    }

    /// What is traded. That of a login was traded when somebody logged in.
    fn grant(&self) -> (&'a str, &'a [Part]) {
        match &self.request.login {
            Some(_) => ("login", &[]),
            None => (&self.request.grant.name, &self.request.grant.parts),
        }
    }

    /// The members in order, each with its length, hashed. A secret counts as a credential, and its name alone here.
    pub fn digest(&self) -> Digest {
        let Self { request, conditions, scope } = self;
        let (server, url) = self.server();
        let mut fields = Fields::default();
        let (grant, parts) = self.grant();
        for text in [VERSION, server, url, grant] {
            fields.push(text.as_bytes());
        }
        fields.push_parts(parts);
        match &request.client {
            Some(client) => {
                fields.push_option(Some(client.id.as_bytes()));
                fields.push(client.kind.name.as_bytes());
                fields.push_parts(&client.parts);
            }
            None => fields.push_option(None),
        }
        fields.push_list(scope.iter().copied());
        fields.push_list(request.audience.iter().map(String::as_str));
        fields.push_list(request.resource.iter().map(String::as_str));
        for pairs in [&request.params, &request.headers] {
            fields.push_number(pairs.len() as u64);
            for Field { name, value } in pairs {
                fields.push(name.as_bytes());
                fields.push_option(value.plain().map(str::as_bytes));
            }
        }
        fields.push_option(conditions.certificate.map(crypto::sha256).as_ref().map(<[u8; 32]>::as_slice));
        fields.push(&[u8::from(conditions.insecure), u8::from(conditions.strict)]);
        // Nothing stands behind these, so that they may be left out.
        for (name, value) in request.own_ways() {
            fields.push(name.as_bytes());
            fields.push(value.as_bytes());
        }
        for (name, value) in proving(request) {
            fields.push(name.as_bytes());
            fields.push(value.as_bytes());
        }
        for Field { name, .. } in &request.secret_params {
            fields.push(b"secret_params");
            fields.push(name.as_bytes());
        }
        let traded = request.ready_made().filter(|(name, _)| *name != "client_assertion");
        for (name, token) in traded {
            fields.push(name.as_bytes());
            fields.push(&whose(&token.secret));
        }
        let dpop_key = request.dpop.as_ref().and_then(|dpop| dpop.key.as_ref());
        if let Some(key) = dpop_key {
            fields.push(b"dpop_key");
            fields.push(&crypto::sha256(key.expose().as_bytes()));
        }
        for (name, value) in asked(request) {
            fields.push(name.as_bytes());
            fields.push(value.as_bytes());
        }
        for (name, value) in auth_params(request) {
            [b"auth_params", name.as_bytes(), value.as_bytes()].iter().for_each(|bytes| fields.push(bytes));
        }
        crypto::sha256(&fields.0)
    }

    /// The same and the credentials, hashed: whatever two requests have that in common for is one request.
    pub fn digest_with(&self, credentials: &Credentials) -> Digest {
        let mut fields = Fields::default();
        fields.push(&self.digest());
        fields.push(credentials.as_bytes());
        crypto::sha256(&fields.0)
    }

    /// The members by name, for whoever wonders why a token was found or not. No secret is in it.
    pub fn described(&self) -> Vec<(&'static str, String)> {
        let Self { request, conditions, scope } = self;
        let shown_pairs = |pairs: &[Field]| {
            let shown = |Field { name, value }: &Field| format!("{name}={}", value.plain().unwrap_or(MASK));
            pairs.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let shown_parts = |parts: &[Part]| {
            let shown = |part: &Part| Some((part.need.name, part.value.plain()?.to_owned()));
            parts.iter().filter_map(shown).collect::<Vec<_>>()
        };
        let hex = |digest: Digest| crypto::hex(&digest[..8]);
        let switch = |on: bool| if on { "true".to_owned() } else { String::new() };
        let (server, url) = self.server();
        let (grant, parts) = self.grant();
        let mut members =
            vec![(server, url.split('?').next().unwrap_or(url).to_owned()), ("grant_type", grant.to_owned())];
        members.extend(shown_parts(parts));
        if let Some(client) = &request.client {
            members.push(("client_id", client.id.clone()));
            members.push(("token_endpoint_auth_method", client.kind.name.to_owned()));
            members.extend(shown_parts(&client.parts));
        }
        members.extend([
            ("scope", scope.join(" ")),
            ("audience", request.audience.join(" ")),
            ("resource", request.resource.join(" ")),
            ("params", shown_pairs(&request.params)),
            ("headers", shown_pairs(&request.headers)),
            ("cert", conditions.certificate.map(crypto::sha256).map(hex).unwrap_or_default()),
        ]);
        members.extend(request.own_ways().map(|(name, value)| (name, value.to_owned())));
        members.extend(proving(request));
        let secret_params = request.secret_params.iter().map(|field| format!("{}={MASK}", field.name));
        members.push(("secret_params", secret_params.collect::<Vec<_>>().join(", ")));
        members.extend(asked(request).map(|(name, value)| (name, value.to_owned())));
        let auth_params = auth_params(request).map(|(name, value)| format!("{name}={value}"));
        members.push(("auth_params", auth_params.collect::<Vec<_>>().join(", ")));
        members.extend([("insecure", switch(conditions.insecure)), ("strict", switch(conditions.strict))]);
        members.retain(|(_, value)| !value.is_empty());
        members
    }
}

/// What is said of how the request is signed, bound and detailed, as far as a token depends on it.
fn proving(request: &Request) -> Vec<(&'static str, String)> {
    let mut members = Vec::new();
    if let Some(details) = &request.authorization_details {
        members.push(("authorization_details", details.clone()));
    }
    if let Some(assertion) = &request.assertion {
        let terms = &assertion.terms;
        let mut say = |name, value: Option<String>| members.extend(value.map(|value| (name, value)));
        let pairs = |pairs: &[(String, String)]| {
            let texts = pairs.iter().map(|(name, json)| format!("{}:{json}", Value::from(name.as_str())));
            (!pairs.is_empty()).then(|| format!("{{{}}}", texts.collect::<Vec<_>>().join(",")))
        };
        say("signing_alg", terms.alg.map(|alg| alg.name().to_owned()));
        say("key_id", terms.key_id.as_ref().map(KeyId::shown).map(str::to_owned));
        say("x5t", terms.x5t.map(|x5t| x5t.name().to_owned()));
        say("x5c", terms.x5c.then(|| "true".to_owned()));
        say("assertion_audience", terms.audience.said().map(str::to_owned));
        say("assertion_subject", terms.subject.clone());
        say("assertion_issuer", terms.issuer.clone());
        say("assertion_headers", pairs(&terms.headers));
        say("assertion_claims", pairs(&terms.claims));
        say("assertion_scope", terms.scope_is_claim.map(|on| on.to_string()));
        let certificate = assertion.certificate.as_ref();
        say("signing_cert", certificate.map(|text| crypto::hex(&crypto::sha256(text.expose().as_bytes()))));
    }
    if let Some(dpop) = &request.dpop {
        members.push(("dpop", "true".to_owned()));
        members.extend(dpop.alg.map(|alg| ("dpop_alg", alg.name().to_owned())));
    }
    members
}

/// What of a login is no matter of how the person was asked: whose it is to be, and how that was to be proven.
fn asked(request: &Request) -> impl Iterator<Item = (&'static str, &str)> {
    let members =
        request.login.iter().flat_map(|login| [("account", &login.account), ("acr_values", &login.acr_values)]);
    members.filter_map(|(name, value)| Some((name, value.as_deref()?)))
}

fn auth_params(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    request.login.iter().flat_map(|login| &login.auth_params).map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Whose a token is: all that a JWT claims but its times and its number, which differ from one to the next. Of what is no JWT
/// nobody can tell, so that each is another.
fn whose(token: &Secret) -> Digest {
    match jwt::claims(token.expose()) {
        Some(mut claims) => {
            claims.retain(|name| !matches!(name, "exp" | "iat" | "nbf" | "jti"));
            crypto::sha256(claims.to_text(false).as_bytes())
        }
        None => crypto::sha256(&[b"opaque ".as_slice(), token.expose().as_bytes()].concat()),
    }
}

/// Every credential in use, in order. It is never written anywhere; entries are sealed under what is derived from it.
pub struct Credentials(Fields);

impl Credentials {
    /// The credentials in `request` and of `conditions`.
    pub fn new(request: &Request, conditions: &Conditions<'_>) -> Self {
        let mut fields = Fields::default();
        // Which secret each is says the key.
        for part in request.parts() {
            let Some(credential) = part.value.credential() else { continue };
            // Another one each time: what it says stands for it.
            match conditions.made_by_command.contains(&part.need.name) {
                true => fields.push(&whose(&credential.secret)),
                false => fields.push(credential.secret.expose().as_bytes()),
            }
        }
        let pairs = request.params.iter().chain(&request.secret_params).chain(&request.headers);
        let pairs = pairs.filter_map(|field| field.value.credential());
        pairs.for_each(|credential| fields.push(credential.secret.expose().as_bytes()));
        fields.push_option(conditions.certificate);
        fields.push_option(conditions.certificate_key);
        // Nothing stands behind these either.
        let keys = request.assertion.as_deref().into_iter().flat_map(Assertion::secrets);
        let keys = keys.chain(request.dpop.iter().flat_map(Dpop::secrets));
        keys.for_each(|secret| fields.push(secret.expose().as_bytes()));
        if let Some(Assertion { signer: Signer::Command(words), certificate, .. }) = request.assertion.as_deref() {
            fields.push_list(words.iter().map(String::as_str));
            fields.push_option(certificate.as_ref().map(|text| text.expose().as_bytes()));
        }
        Self(fields).and(conditions.cache_secret)
    }

    /// For what the machine key seals, and the user's own secret if there is one.
    pub fn none(cache_secret: Option<&[u8]>) -> Self {
        Self(Fields::default()).and(cache_secret)
    }

    /// No credential is as long as the number that stands before the secret says.
    fn and(mut self, cache_secret: Option<&[u8]>) -> Self {
        if let Some(secret) = cache_secret {
            self.0.push_number(u64::MAX);
            self.0.push(secret);
        }
        self
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

    fn push_list<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.push_number(texts.len() as u64);
        texts.for_each(|text| self.push(text.as_bytes()));
    }

    /// Each with its name, and its value if it may be shown.
    fn push_parts(&mut self, parts: &[Part]) {
        self.push_number(parts.len() as u64);
        for part in parts {
            self.push(part.need.name.as_bytes());
            self.push_option(part.value.plain().map(str::as_bytes));
        }
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
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::oauth::client::{ClientKind, basic, none, post};
    use crate::oauth::discovery::Issuer;
    use crate::oauth::grant::{
        Grant, GrantKind, authorization_code, client_credentials, device_code, password, refresh_token,
    };
    use crate::oauth::login::{Login, Redirect, ResponseMode, Way};
    use crate::oauth::tests::{self as sample, asked_of_a_person, client, credential, grant, part, url};
    use crate::oauth::{Attempt, Client, FieldValue, Post};

    fn secret(name: &str, text: &str) -> Field {
        Field { name: name.into(), value: FieldValue::Secret(credential(text)) }
    }

    fn request() -> Request {
        Request {
            grant: grant(&password::KIND, &["alice", "pw"]),
            scope: vec!["read".into(), "write".into()],
            audience: vec!["api".into()],
            resource: vec!["https://r.example".into()],
            params: vec![Field::plain("tenant", "acme"), secret("api_key", "k1")],
            headers: vec![Field::plain("X-Zone", "eu")],
            client: Some(client(&basic::KIND, "app", "cs")),
            ..sample::request()
        }
    }

    fn changed(edit: impl FnOnce(&mut Request)) -> Request {
        let mut request = request();
        edit(&mut request);
        request
    }

    fn raw(id: &str) -> Client {
        let mut client = client(&basic::KIND, id, "cs");
        client.parts[1].value = FieldValue::Plain("raw".into());
        client
    }

    fn issued_by(issuer: &str) -> Server {
        Server::Issuer(Issuer::parse(issuer).unwrap())
    }

    const BARE: Conditions<'static> = Conditions {
        certificate: None,
        certificate_key: None,
        insecure: false,
        strict: false,
        made_by_command: &[],
        cache_secret: None,
    };

    fn login_of(kind: &'static GrantKind, edit: impl FnOnce(&mut Login)) -> Request {
        let mut login = asked_of_a_person();
        edit(&mut login);
        let account = login.account.as_deref().map(|account| part(&kind.needs[0], account));
        let grant = Grant { kind, name: kind.on_the_wire().into(), parts: account.into_iter().collect() };
        changed(|r| (r.grant, r.login) = (grant, Some(Box::new(login))))
    }

    #[test]
    fn any_one_input_changed_is_another_key() {
        let text = |text: &str| text.to_owned();
        let requests = [
            request(),
            changed(|r| r.server = Server::Endpoint(url("https://idp.example/token?a"))),
            changed(|r| r.server = Server::Endpoint(url("http://127.0.0.1/token"))),
            changed(|r| r.server = issued_by("https://idp.example/token")),
            changed(|r| r.grant = grant(&client_credentials::KIND, &[])),
            changed(|r| r.grant = grant(&refresh_token::KIND, &["pw"])),
            changed(|r| r.grant.name = "password2".into()),
            changed(|r| r.grant = grant(&password::KIND, &["bob", "pw"])),
            changed(|r| r.client = Some(client(&basic::KIND, "app2", "cs"))),
            changed(|r| r.client = Some(raw("app"))),
            changed(|r| r.client = Some(client(&post::KIND, "app", "cs"))),
            changed(|r| r.client = Some(client(&none::KIND, "app", ""))),
            changed(|r| r.client = None),
            changed(|r| r.scope = vec![]),
            changed(|r| r.scope = vec![text("read")]),
            changed(|r| r.scope = vec![text("readwrite")]),
            changed(|r| r.audience = vec![]),
            changed(|r| r.audience = vec![text("api"), text("api2")]),
            changed(|r| (r.audience, r.resource) = (vec![text("api"), text("https://r.example")], vec![])),
            changed(|r| r.resource = vec![text("https://s.example")]),
            changed(|r| r.params[0] = Field::plain("tenant", "other")),
            changed(|r| r.params[0] = Field::plain("tenan", "acme")),
            changed(|r| r.params[0] = secret("tenant", "acme")),
            changed(|r| r.params.truncate(1)),
            changed(|r| r.headers[0] = Field::plain("X-Zone", "us")),
            changed(|r| r.headers[0] = Field::plain("X-Area", "eu")),
            changed(|r| (r.params[0], r.headers[0]) = (r.headers[0].clone(), r.params[0].clone())),
        ];
        let conditions = [
            Conditions { certificate: Some(b"c"), ..BARE },
            Conditions { certificate: Some(b"d"), ..BARE },
            Conditions { insecure: true, ..BARE },
            Conditions { strict: true, ..BARE },
        ];
        let mut digests: Vec<_> = requests.iter().map(|r| CacheKey::new(r, &BARE).digest()).collect();
        digests.extend(conditions.iter().map(|c| CacheKey::new(&request(), c).digest()));
        for (index, digest) in digests.iter().enumerate() {
            let same = digests.iter().position(|other| other == digest);
            assert_eq!(same, Some(index), "two inputs have one key");
        }
    }

    /// These may never change again without another format: kept tokens would be lost, or taken for others.
    #[test]
    fn the_keys_of_these_requests_are_what_they_are() {
        let least = sample::request;
        let certificate = Conditions { certificate: Some(b"c"), certificate_key: Some(b"k"), ..BARE };
        let unverified = Conditions { insecure: true, strict: true, ..BARE };
        for (name, request, conditions, key) in [
            ("client_credentials", least(), BARE, "24f3ff09b27c12fb1491a8a22b038e984d61b8ca24d6dbc52a2543f8bc4283f5"),
            (
                "password",
                Request { grant: grant(&password::KIND, &["alice", "pw"]), ..least() },
                BARE,
                "ab5fe7578fe621bb2082713fa854675521db47676b516b40284ec4175ce124df",
            ),
            (
                "refresh_token",
                Request { grant: grant(&refresh_token::KIND, &["r"]), ..least() },
                BARE,
                "59c6a695df895642010012faecbd67dc009475b37c98e66c342dffafaf488b35",
            ),
            (
                "basic, raw",
                Request { client: Some(raw("id")), ..least() },
                BARE,
                "af53dcc40256dcbf8a9ea0256336ba1f20e1be4efa513fda8994127eb9708810",
            ),
            (
                "post",
                Request { client: Some(client(&post::KIND, "id", "s")), ..least() },
                BARE,
                "ec6057b677f480ddd75daab7f913720aa1bc48fa4d49bae4e19120fb6571c17b",
            ),
            (
                "none",
                Request { client: Some(client(&none::KIND, "id", "")), ..least() },
                BARE,
                "92d8226545a992df66e9aae06a258de2d4499be7819a46e03e82b6955d05c73c",
            ),
            (
                "no client",
                Request { client: None, ..least() },
                BARE,
                "11ab2dacd95f644bdac7ab8355442c65de8dbd63e5f3e79ea74535f15184586f",
            ),
            (
                "issuer",
                Request { server: issued_by("https://idp.example/realm"), ..least() },
                BARE,
                "982aff9660e75f81957dfbbeb6ab5e0a5b1c289e0a6ec0d4aaa20c9fcf7d9139",
            ),
            (
                "scopes",
                Request { scope: vec!["b".into(), "a".into()], ..least() },
                BARE,
                "b8f147f4b3266423d5b4e41220bb3a41fddb53ffabe4904f153dc83585bdf886",
            ),
            ("everything", request(), BARE, "0e59f2782e5ffcc39efb497ddb2c544fc0bf62b5367f605741d76ae29d8d26cc"),
            ("certificate", least(), certificate, "4bc8cab2c1b94df1fe393c91b7333d692583b9ce1ff76c696f4d07f5325dc1aa"),
            (
                "unverified and strict",
                least(),
                unverified,
                "36c8f80e4b2fb8096fdf9f257114e2084ec646d04ab111e79d11422ef686f972",
            ),
        ] {
            let digest = CacheKey::new(&request, &conditions).digest();
            let hex = crypto::hex(&digest);
            assert_eq!(hex, key, "{name}");
        }
    }

    #[test]
    fn a_login_is_whose_it_is_however_the_person_was_asked() {
        let digest = |request: &Request| CacheKey::new(request, &BARE).digest();
        let browser = |edit: fn(&mut Login)| login_of(&authorization_code::KIND, edit);
        let plain = browser(|_| {});
        for same in [
            login_of(&device_code::KIND, |login| login.way = Way::Device),
            browser(|login| login.redirects = vec![Redirect::parse("https://app.example/cb").unwrap()]),
            browser(|login| login.response_mode = ResponseMode::FormPost),
            browser(|login| login.prompt = Some("consent".into())),
            browser(|login| login.login_hint = Some("alice".into())),
            browser(|login| login.max_age = Some(Duration::ZERO)),
            browser(|login| (login.par, login.pkce) = (true, Some(false))),
        ] {
            assert_eq!(digest(&same), digest(&plain), "{same:?}");
        }
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let others = [
            plain,
            request(),
            changed(|r| (r.grant, r.login) = (grant(&client_credentials::KIND, &[]), None)),
            browser(|login| login.account = Some("alice".into())),
            browser(|login| login.account = Some("bob".into())),
            browser(|login| login.acr_values = Some("alice".into())),
            login_of(&authorization_code::KIND, |login| login.auth_params = pairs(&[("a", "b")])),
            login_of(&authorization_code::KIND, |login| login.auth_params = pairs(&[("a", "c")])),
            login_of(&authorization_code::KIND, |login| login.auth_params = pairs(&[("a", "b"), ("c", "d")])),
            Request { scope: vec!["openid".into()], ..browser(|_| {}) },
            Request { params: vec![], ..browser(|_| {}) },
            Request { headers: vec![], ..browser(|_| {}) },
            Request { client: Some(client(&none::KIND, "app", "")), ..browser(|_| {}) },
        ];
        for (index, request) in others.iter().enumerate() {
            assert_eq!(others.iter().position(|other| digest(other) == digest(request)), Some(index), "{request:?}");
        }
        let hex = crypto::hex(&digest(&Request { login: Some(Box::new(asked_of_a_person())), ..sample::request() }));
        assert_eq!(hex, "dce464a4d782694b28d2d3178f0f352a2a5292130186ff9ab1b7c71283b650ff", "never again another one");
    }

    #[test]
    fn the_description_of_a_login_says_whose_it_is() {
        let request = login_of(&device_code::KIND, |login| {
            login.account = Some("alice".into());
            login.acr_values = Some("gold".into());
            login.auth_params = vec![("access_type".into(), "offline".into()), ("b".into(), "c".into())];
            login.prompt = Some("consent".into());
        });
        let request = Request { client: None, params: vec![], headers: vec![], ..request };
        let described = CacheKey::new(&request, &BARE).described();
        let described: Vec<_> = described.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        assert_eq!(
            described.join("; "),
            "token_endpoint = https://idp.example/token; grant_type = login; scope = read write; audience = api; \
             resource = https://r.example; account = alice; acr_values = gold; auth_params = access_type=offline, b=c"
        );
    }

    #[test]
    fn the_users_own_secret_is_a_credential_of_everything() {
        let with = |secret| Conditions { cache_secret: secret, ..BARE };
        let requests = [request(), login_of(&authorization_code::KIND, |_| {})];
        for request in &requests {
            let credentials = |secret| Credentials::new(request, &with(secret)).as_bytes().to_vec();
            let all = [
                credentials(None),
                credentials(Some(b"".as_slice())),
                credentials(Some(b"a")),
                credentials(Some(b"b")),
            ];
            assert!(all.iter().enumerate().all(|(at, one)| !all[..at].contains(one)));
            let digest = |secret| CacheKey::new(request, &with(secret)).digest();
            assert_eq!(digest(Some(b"a".as_slice())), digest(None), "it is no part of the key");
        }
        assert!(Credentials::none(None).as_bytes().is_empty());
        assert_ne!(Credentials::none(Some(b"a")).as_bytes(), Credentials::none(Some(b"b")).as_bytes());
    }

    #[test]
    fn the_order_of_scopes_is_no_difference() {
        let turned = changed(|r| r.scope = vec!["write".into(), "read".into(), "read".into()]);
        assert_eq!(CacheKey::new(&turned, &BARE).digest(), CacheKey::new(&request(), &BARE).digest());
    }

    /// A client that signs, so to speak: what it sends is another text each time.
    const DATED: ClientKind = ClientKind { name: "dated", decorate: sign, ..none::KIND };

    fn sign(_: &Client, attempt: &Attempt<'_>, post: &mut Post) {
        post.fields.push(Field::plain("proof", format!("{:?}", attempt.now)));
    }

    #[test]
    fn what_is_made_anew_each_time_is_the_same_request() {
        let request = || changed(|r| r.client = Some(client(&DATED, "app", "")));
        let (once, again) = (request(), request());
        let body = |request: &Request, seconds: u64| {
            let endpoint = request.server.url();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            request.post(&Attempt { now, ..sample::attempt(endpoint) }).body()
        };
        assert_ne!(body(&once, 1), body(&again, 2));
        let digest = |request: &Request| CacheKey::new(request, &BARE).digest_with(&Credentials::new(request, &BARE));
        assert_eq!(digest(&once), digest(&again));
    }

    #[test]
    fn credentials_are_told_apart_and_are_no_part_of_the_key() {
        let certificate = Conditions { certificate: Some(b"c"), certificate_key: Some(b"k"), ..BARE };
        let other_key = Conditions { certificate_key: Some(b"l"), ..certificate };
        let variants = [
            (request(), BARE),
            (changed(|r| r.client = Some(client(&basic::KIND, "app", "cs2"))), BARE),
            (changed(|r| r.grant = grant(&password::KIND, &["alice", "pw2"])), BARE),
            (changed(|r| r.params[1] = secret("api_key", "k2")), BARE),
            (request(), certificate),
            (request(), other_key),
        ];
        for (index, (request, conditions)) in variants.iter().enumerate() {
            let credentials = Credentials::new(request, conditions);
            for (other, their) in &variants[..index] {
                let others = Credentials::new(other, their);
                assert_ne!(credentials.as_bytes(), others.as_bytes());
                let (own, their) = (CacheKey::new(request, conditions), CacheKey::new(other, their));
                assert_ne!(own.digest_with(&credentials), their.digest_with(&others));
            }
        }
        for (request, conditions) in &variants[..4] {
            assert_eq!(
                CacheKey::new(request, conditions).digest(),
                CacheKey::new(&super::tests::request(), &BARE).digest()
            );
        }
    }

    #[test]
    fn the_description_holds_no_secret_and_no_query() {
        let request = changed(|r| r.server = Server::Endpoint(url("https://idp.example/token?code=q5")));
        let text = format!("{:?}", CacheKey::new(&request, &BARE).described());
        for secret in ["\"pw\"", "\"cs\"", "k1", "q5"] {
            assert!(!text.contains(secret), "{text}");
        }
        for shown in ["alice", "read write", "tenant=acme", "api_key=***", "X-Zone=eu", "client_secret_basic"] {
            assert!(text.contains(shown), "{shown} is not in {text}");
        }
    }
}
