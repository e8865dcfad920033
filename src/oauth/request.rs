//! A token request: what is asked for ([`Request`]), and what becomes of that each time it is sent ([`Attempt`], [`Post`]).

use super::assertion::{Assertion, Purpose};
use super::attempt::Attempt;
use super::client::Client;
use super::discovery::Issuer;
use super::dpop::Dpop;
use super::endpoints::Endpoints;
use super::field::{Credential, Field, FieldValue};
use super::grant::{self, Grant};
use super::login::{Login, Way};
use super::need::{Part, Role};
use super::post::{Post, Statement};
use super::ways::Ways;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::Url;

/// Where to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// The token endpoint is given.
    Endpoint(Url),
    /// Its issuer's metadata names it.
    Issuer(Issuer),
}

impl Server {
    /// What is known of it without asking: the endpoint, or the issuer.
    pub fn url(&self) -> &Url {
        match self {
            Self::Endpoint(url) => url,
            Self::Issuer(issuer) => issuer.url(),
        }
    }

    /// Whom a request is for by the server's own name: its issuer where that is known (RFC 7523 §3).
    pub fn audience(&self) -> &str {
        match self {
            Self::Endpoint(url) => url.without_query(),
            Self::Issuer(issuer) => issuer.as_str(),
        }
    }
}

/// A complete and valid token request, with its secrets or with where they come from. Its fields are checked by whoever
/// builds it (`settings`).
#[derive(Debug, Clone)]
pub struct Request<S = Secret> {
    /// Where to ask.
    pub server: Server,
    /// What is traded.
    pub grant: Grant<S>,
    /// Scope tokens (RFC 6749 §3.3), in the order asked for.
    pub scope: Vec<String>,
    /// Names of the services the token is for; Auth0 and others require it.
    pub audience: Vec<String>,
    /// RFC 8707 resource indicators.
    pub resource: Vec<String>,
    /// Further form fields.
    pub params: Vec<Field<S>>,
    /// Further form fields whose values are secret whatever their names.
    pub secret_params: Vec<Field<S>>,
    /// What exactly is asked for: a JSON array (RFC 9396 §2).
    pub authorization_details: Option<String>,
    /// Further header fields.
    pub headers: Vec<Field<S>>,
    /// Who asks.
    pub client: Option<Client<S>>,
    /// The assertion that is made for each request, if one is.
    pub assertion: Option<Box<Assertion<S>>>,
    /// The token is to be bound to a key, and each request proves that it is held.
    pub dpop: Option<Dpop<S>>,
    /// What the server does its own way.
    pub ways: Ways,
    /// The endpoints that are given; they go before what metadata says.
    pub endpoints: Endpoints,
    /// What is said of a login, where the grant asks a person.
    pub login: Option<Box<Login>>,
}

/// The name and version this program goes by; some servers refuse clients that do not name themselves.
pub const USER_AGENT: &str = concat!("oauth2tok/", env!("CARGO_PKG_VERSION"));

impl<S> Request<S> {
    /// The same with each secret put through `f`, which is told which one it is.
    ///
    /// # Errors
    /// The first that `f` gives.
    pub fn try_map<T, E>(&self, mut f: impl FnMut(&Role<'_>, &S) -> Result<T, E>) -> Result<Request<T>, E> {
        let f = &mut f;
        let client = self.client.as_ref().map(|client| client.try_map(f)).transpose()?;
        let grant = self.grant.try_map(f)?;
        let mut pairs = |setting, pairs: &[Field<S>]| {
            let pair = |Field { name, value }: &Field<S>| {
                let value = value.try_map(|secret| f(&Role::of_pair(setting, name), secret))?;
                Ok(Field { name: name.clone(), value })
            };
            pairs.iter().map(pair).collect::<Result<_, E>>()
        };
        let (params, secret_params) = (pairs("params", &self.params)?, pairs("secret_params", &self.secret_params)?);
        let headers = pairs("headers", &self.headers)?;
        Ok(Request {
            server: self.server.clone(),
            grant,
            scope: self.scope.clone(),
            audience: self.audience.clone(),
            resource: self.resource.clone(),
            params,
            secret_params,
            authorization_details: self.authorization_details.clone(),
            headers,
            client,
            assertion: self.assertion.as_ref().map(|assertion| assertion.try_map(f).map(Box::new)).transpose()?,
            dpop: self.dpop.as_ref().map(|dpop| dpop.try_map(f)).transpose()?,
            ways: self.ways.clone(),
            endpoints: self.endpoints.clone(),
            login: self.login.clone(),
        })
    }

    /// What the client and the grant need, as far as the request has it.
    pub fn parts(&self) -> impl Iterator<Item = &Part<S>> {
        self.client.iter().flat_map(|client| &client.parts).chain(&self.grant.parts)
    }

    /// What the server does its own way, by the names that settings have for it.
    pub fn own_ways(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let expected = match &self.server {
            Server::Issuer(issuer) => issuer.expected(),
            Server::Endpoint(_) => None,
        };
        expected.map(|issuer| ("expected_issuer", issuer)).into_iter().chain(self.ways.own())
    }

    /// Every secret, in a fixed order.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential<S>> {
        let fields = self.params.iter().chain(&self.secret_params).chain(&self.headers).map(|field| &field.value);
        self.parts().map(|part| &part.value).chain(fields).filter_map(|value| value.credential())
    }
}

impl<S> Request<S> {
    /// The scopes as they are sent.
    pub fn scope_text(&self) -> String {
        self.scope.join(self.ways.scope_separator.as_deref().unwrap_or(" "))
    }

    /// What speaks against repeating it where it may have reached the server, if anything does.
    pub fn once(&self) -> Option<&'static str> {
        let is_spent = |part: &Part<S>| part.need.is_ready_made && part.need.name.ends_with("assertion");
        let by_part = || self.parts().any(is_spent).then_some("an assertion may work only once");
        self.grant.kind.once.or_else(by_part)
    }

    /// Those of them that `f` wants read again, which is told which one it is; the others are as they are in `known`.
    ///
    /// # Errors
    /// The first that `f` gives.
    pub fn read_again<T: Clone, E>(
        &self,
        known: &Request<T>,
        mut f: impl FnMut(&Role<'_>, &S) -> Result<Option<T>, E>,
    ) -> Result<Vec<(&'static str, T)>, E> {
        let ready = self.parts().filter(|part| part.need.is_ready_made);
        let token = |part: &Part<S>| {
            let read = f(&Role::of_ready_made(part.need), &part.value.credential()?.secret);
            let as_known = || known.ready_made().find(|(name, _)| *name == part.need.name).map(|(_, token)| token);
            match read {
                Ok(Some(token)) => Some(Ok((part.need.name, token))),
                Ok(None) => Some(Ok((part.need.name, as_known()?.secret.clone()))),
                Err(error) => Some(Err(error)),
            }
        };
        ready.filter_map(token).collect()
    }

    /// The form field that holds its assertion, if it carries one: the one that is made, else the client's, else the grant's.
    pub fn assertion_field(&self) -> Option<&'static str> {
        const OF_CLIENT: &str = "client_assertion";
        const OF_GRANT: &str = "assertion";
        let is_there = |wanted: &&str| self.ready_made().any(|(name, _)| name == *wanted);
        match self.assertion.as_ref().map(|assertion| assertion.purpose) {
            Some(Purpose::Client) => Some(OF_CLIENT),
            Some(Purpose::Grant) => Some(OF_GRANT),
            None => [OF_CLIENT, OF_GRANT].into_iter().find(is_there),
        }
    }

    /// The tokens in it that somebody else made.
    pub fn ready_made(&self) -> impl Iterator<Item = (&'static str, &Credential<S>)> {
        let ready = self.parts().filter(|part| part.need.is_ready_made);
        ready.filter_map(|part| Some((part.need.name, part.value.credential()?)))
    }
}

impl Request {
    /// The request that an answer is to which somebody found: nothing is known of it, `server` stands in for where it went.
    pub fn unknown(server: Url) -> Self {
        Self {
            server: Server::Endpoint(server),
            grant: Grant { kind: &grant::UNKNOWN, name: grant::UNKNOWN.name.into(), parts: Vec::new() },
            scope: Vec::new(),
            audience: Vec::new(),
            resource: Vec::new(),
            params: Vec::new(),
            secret_params: Vec::new(),
            authorization_details: None,
            headers: Vec::new(),
            client: None,
            assertion: None,
            dpop: None,
            ways: Ways::default(),
            endpoints: Endpoints::default(),
            login: None,
        }
    }

    /// Nobody knows what was asked.
    pub fn is_unknown(&self) -> bool {
        self.grant.name.is_empty()
    }

    /// The request as it is sent in one attempt.
    pub fn post(&self, attempt: &Attempt<'_>) -> Post {
        let mut post = Post {
            url: attempt.endpoint.clone(),
            headers: Self::all_headers(self.ways.json_body, &self.headers),
            authorization: None,
            fields: vec![Field::plain("grant_type", self.grant.name.as_ref())],
            is_json: self.ways.json_body,
            repeatable: self.once().is_none(),
            is_for_token: true,
            statements: self.statements(attempt),
        };
        post.fields.extend((self.grant.kind.fields)(&self.grant, attempt));
        // What a person was asked for is not said again, but for the resource (RFC 6749 §4.1.3, RFC 8707 §2.2).
        let person = self.grant.kind.person;
        // An empty parameter counts as omitted (RFC 6749 §3.2); some servers treat an empty scope as none at all.
        if person.is_none() && !self.scope.is_empty() && !attempt.assertion.is_some_and(|jwt| jwt.holds_scope) {
            post.fields.push(Field::plain("scope", self.scope_text()));
        }
        let named =
            [("audience", &self.audience, person.is_none()), ("resource", &self.resource, person != Some(Way::Device))];
        for (name, values, _) in named.into_iter().filter(|(.., is_sent)| *is_sent) {
            post.fields.extend(values.iter().filter(|v| !v.is_empty()).map(|value| Field::plain(name, value)));
        }
        if let Some(details) = self.authorization_details.as_ref().filter(|_| person.is_none()) {
            post.fields.push(Field::plain("authorization_details", details));
        }
        let params = self.params.iter().chain(&self.secret_params);
        post.fields.extend(params.filter(|field| !field.value.expose().is_empty()).cloned());
        if let Some(client) = &self.client {
            (client.kind.decorate)(client, attempt, &mut post);
        }
        if let Some(proof) = attempt.proof {
            let value = Credential { secret: proof.compact.clone(), variable: "OAUTH2TOK_DPOP_PROOF".into() };
            post.headers.push(Field { name: "DPoP".into(), value: FieldValue::Secret(value) });
        }
        post
    }

    /// `fields` for another endpoint of the server than that for tokens, with who asks (RFC 8628 §3.1, RFC 9126 §2.1, RFC 7009
    /// §2.1): a form in any case, without what is said for tokens alone. What is signed in `attempt` is for the same audience
    /// as it is there.
    pub fn post_to(&self, url: &Url, fields: Vec<Field>, attempt: &Attempt<'_>, repeatable: bool) -> Post {
        let attempt = &Attempt { proof: None, ..*attempt };
        let mut post = Post {
            url: url.clone(),
            headers: Self::all_headers(false, &[]),
            authorization: None,
            fields,
            is_json: false,
            repeatable,
            is_for_token: false,
            statements: self.statements(attempt),
        };
        let own = post.fields.len();
        if let Some(client) = &self.client {
            (client.kind.decorate)(client, attempt, &mut post);
        }
        // An authorization request names the client by itself.
        let added = post.fields.split_off(own);
        let is_new =
            |field: &Field| field.name != "client_id" || !post.fields.iter().any(|own| own.name == "client_id");
        let added: Vec<_> = added.into_iter().filter(is_new).collect();
        post.fields.extend(added);
        post
    }

    /// What the JWTs say that go out.
    fn statements(&self, attempt: &Attempt<'_>) -> Vec<Statement> {
        let assertion = if self.grant.lacks_assertion() { "assertion" } else { "client_assertion" };
        let own = [(assertion, attempt.assertion), ("DPoP", attempt.proof)];
        let own = own.into_iter().filter_map(|(name, jwt)| Some(Statement::own(name, jwt?)));
        let foreign = attempt.tokens.iter();
        own.chain(foreign.filter_map(|(name, token)| Statement::foreign(name, token, attempt.now))).collect()
    }

    /// Those that every request has, where none of `given` is in their place, and these.
    fn all_headers(is_json: bool, all_given: &[Field]) -> Vec<Field> {
        let given = |name: &str| all_given.iter().any(|given| given.name.eq_ignore_ascii_case(name));
        let own = [
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", USER_AGENT),
            ("Content-Type", if is_json { "application/json" } else { "application/x-www-form-urlencoded" }),
        ];
        let own = own.into_iter().filter(|(name, _)| !given(name)).map(|(name, value)| Field::plain(name, value));
        own.chain(all_given.iter().cloned()).collect()
    }
}

impl Conceal for Request {
    /// All of its credentials in every form in which they may come back, and what stands in the server's query under a name
    /// that speaks of secrets.
    fn conceal(&self, redactor: &mut Redactor) {
        self.credentials().for_each(|credential| redactor.add(&credential.secret));
        let assertion = self.assertion.as_deref().into_iter().flat_map(Assertion::secrets);
        let keys = assertion.chain(self.dpop.iter().flat_map(Dpop::secrets));
        keys.for_each(|secret| redactor.add(secret));
        for header in &self.headers {
            if let Some(credential) = header.value.credential() {
                redactor.add_header_value(&header.name, credential.secret.expose());
            }
        }
        redactor.add_url(self.server.url().as_str());
        self.ways.conceal(redactor);
        if let Some(client) = &self.client {
            (client.kind.conceal)(client, redactor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::FieldValue;
    use crate::oauth::client::{self, none, post};
    use crate::oauth::grant::{password, refresh_token};
    use crate::oauth::tests as sample;
    use crate::oauth::tests::{credential, grant, request};

    #[track_caller]
    fn check_body(request: &Request, expected: &str) {
        assert_eq!(sample::post(request).body().as_str(), expected);
    }

    #[test]
    fn with_basic_the_body_holds_no_credentials_and_empty_parameters_are_left_out() {
        check_body(&request(), "grant_type=client_credentials");
        let params = vec![Field::plain("tenant", "acme"), Field::plain("none", "")];
        check_body(&Request { params, ..request() }, "grant_type=client_credentials&tenant=acme");
    }

    #[test]
    fn scopes_are_joined_and_audience_and_resource_repeat() {
        let request = Request {
            scope: vec!["a".into(), "b:c".into()],
            audience: vec!["x y".into(), "z".into()],
            resource: vec!["https://r.example/".into()],
            ..request()
        };
        check_body(
            &request,
            "grant_type=client_credentials&scope=a+b%3Ac&audience=x+y&audience=z&resource=https%3A%2F%2Fr.example%2F",
        );
    }

    #[test]
    fn password_and_post_send_what_they_name() {
        let request = Request {
            grant: grant(&password::KIND, &["alice", "p w&"]),
            client: Some(sample::client(&post::KIND, "my:id", "é")),
            ..request()
        };
        check_body(
            &request,
            "grant_type=password&username=alice&password=p+w%26&client_id=my%3Aid&client_secret=%C3%A9",
        );
    }

    #[test]
    fn a_public_client_sends_its_id_alone_and_none_sends_nothing() {
        let client = Some(sample::client(&none::KIND, "app", ""));
        let grant = grant(&refresh_token::KIND, &["r/1"]);
        let request = Request { client, grant, ..request() };
        check_body(&request, "grant_type=refresh_token&refresh_token=r%2F1&client_id=app");
        assert!(sample::post(&request).authorization_value().is_none());
        check_body(&Request { client: None, ..request }, "grant_type=refresh_token&refresh_token=r%2F1");
    }

    #[test]
    fn a_given_header_replaces_our_own() {
        let key = Field { name: "X-Api-Key".into(), value: FieldValue::Secret(credential("k3y")) };
        let post = sample::post(&Request { headers: vec![Field::plain("user-agent", "x/1"), key], ..request() });
        let names: Vec<_> = post.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["Accept", "Accept-Encoding", "Content-Type", "user-agent", "X-Api-Key"]);
    }

    #[test]
    fn each_secret_is_read_once_and_by_what_it_is_for() {
        let request = Request {
            grant: grant(&password::KIND, &["alice", "pw"]),
            client: Some(sample::client(client::DEFAULT, "ci", "cs")),
            params: vec![
                Field::plain("a", "b"),
                Field { name: "otp".into(), value: FieldValue::Secret(credential("1")) },
            ],
            ..request()
        };
        let mut asked = Vec::new();
        let mapped = request.try_map(|role, secret| {
            asked.push((role.setting, role.to_string(), secret.expose().to_owned()));
            Ok::<_, ()>(asked.len())
        });
        let roles: Vec<_> = asked.iter().map(|(a, b, c)| (*a, b.as_str(), c.as_str())).collect();
        assert_eq!(
            roles,
            [
                ("client_secret", "Secret of client ci", "cs"),
                ("password", "Password of alice", "pw"),
                ("params", "params otp", "1")
            ]
        );
        let mapped = mapped.unwrap();
        assert_eq!(mapped.credentials().map(|credential| credential.secret).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(request.try_map(|_, _| Err::<(), _>("no")).is_err());
    }

    #[test]
    fn every_form_in_which_a_secret_may_come_back_is_hidden() {
        let token = FieldValue::Secret(credential("Token hunter2345"));
        let request = Request {
            server: Server::Endpoint(sample::url("https://idp.example/t?api_key=query678")),
            grant: grant(&password::KIND, &["alice", "pass 9876"]),
            client: Some(sample::client(client::DEFAULT, "ci", "cs")),
            headers: vec![Field { name: "X-Auth".into(), value: token }],
            ..request()
        };
        let mut redactor = Redactor::default();
        request.conceal(&mut redactor);
        for text in ["hunter2345", "pass+9876", "query678", "Y2k6Y3M=", "cs"] {
            assert_eq!(redactor.redact(&format!("<{text}>")), "<***>");
        }
        assert_eq!(redactor.redact("alice"), "alice");
    }

    #[test]
    fn another_endpoint_gets_the_client_once_and_nothing_that_is_for_tokens() {
        let endpoint = sample::url("https://idp.example/par?x=1");
        let token_endpoint = sample::url(sample::ENDPOINT);
        let ways = Ways { json_body: true, ..Ways::default() };
        let asking = |client| Request {
            client: Some(client),
            params: vec![Field::plain("tenant", "acme")],
            headers: vec![Field::plain("User-Agent", "other"), Field::plain("X-A", "b")],
            scope: vec!["a".into()],
            ways: ways.clone(),
            ..request()
        };
        let own = || vec![Field::plain("client_id", "my id"), Field::plain("state", "s")];
        let sent = |request: &Request, fields| {
            let post = request.post_to(&endpoint, fields, &sample::attempt(&token_endpoint), true);
            let names: Vec<_> = post.headers.iter().map(|header| header.name.as_str()).collect();
            assert_eq!(names, ["Accept", "Accept-Encoding", "User-Agent", "Content-Type"]);
            assert_eq!(post.headers[3].value.expose(), "application/x-www-form-urlencoded");
            assert_eq!((post.url.as_str(), post.repeatable), ("https://idp.example/par?x=1", true));
            (post.body().to_string(), post.authorization.is_some())
        };
        let text = |text: &str, is_basic| (text.to_owned(), is_basic);
        for (kind, with_id, without) in [
            (&none::KIND, text("client_id=my+id&state=s", false), text("a=b&client_id=my+id", false)),
            (
                &post::KIND,
                text("client_id=my+id&state=s&client_secret=x", false),
                text("a=b&client_id=my+id&client_secret=x", false),
            ),
            (client::DEFAULT, text("client_id=my+id&state=s", true), text("a=b", true)),
        ] {
            let request = asking(sample::client(kind, "my id", "x"));
            assert_eq!(sent(&request, own()), with_id);
            assert_eq!(sent(&request, vec![Field::plain("a", "b")]), without);
        }
        let once = request().post_to(&endpoint, vec![], &sample::attempt(&token_endpoint), false);
        assert!(!once.repeatable);
    }
}
