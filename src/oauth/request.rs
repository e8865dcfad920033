//! A token request: what is asked for ([`Request`]), and how that becomes a [`Post`].

use super::client_auth::ClientAuth;
use super::post::{Credential, Field, Header, Post, Value};
use crate::secret::Secret;
use crate::secret::names::is_sensitive_name;
use crate::wire::Url;

/// The resource owner's or client's authorization that is traded for a token (RFC 6749 §1.3).
#[derive(Debug, Clone)]
pub enum Grant {
    /// RFC 6749 §4.4
    ClientCredentials,
    /// RFC 6749 §4.3
    Password {
        /// The resource owner's name.
        username: String,
        /// The resource owner's password.
        password: Credential,
    },
    /// RFC 6749 §6
    RefreshToken {
        /// The refresh token: many servers accept it once only.
        token: Credential,
    },
}

impl Grant {
    /// The `grant_type` on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password { .. } => "password",
            Self::RefreshToken { .. } => "refresh_token",
        }
    }

    /// True where a request may be repeated after it may have reached the server: it carries neither a user's password,
    /// whose failures are counted, nor a credential that works once.
    pub fn is_repeatable(&self) -> bool {
        matches!(self, Self::ClientCredentials)
    }
}

/// A complete and valid token request. Its fields are checked by whoever builds it (`settings`).
#[derive(Debug, Clone)]
pub struct Request {
    /// The token endpoint.
    pub endpoint: Url,
    /// What is traded.
    pub grant: Grant,
    /// Scope tokens (RFC 6749 §3.3), in the order asked for.
    pub scope: Vec<String>,
    /// Names of the services the token is for; Auth0 and others require it.
    pub audience: Vec<String>,
    /// RFC 8707 resource indicators.
    pub resource: Vec<String>,
    /// Further form fields, by name.
    pub params: Vec<(String, String)>,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// Who asks.
    pub client: ClientAuth,
}

/// The name and version this program goes by; some servers refuse clients that do not name themselves.
pub const USER_AGENT: &str = concat!("oauth2tok/", env!("CARGO_PKG_VERSION"));

impl Request {
    /// The request as it is sent.
    pub fn to_post(&self) -> Post {
        let mut post = Post {
            url: self.endpoint.clone(),
            headers: self.headers(),
            authorization: None,
            fields: vec![Field::plain("grant_type", self.grant.name())],
            repeatable: self.grant.is_repeatable(),
        };
        match &self.grant {
            Grant::ClientCredentials => {}
            Grant::Password { username, password } => {
                post.fields.push(Field::plain("username", username));
                post.fields.push(Field { name: "password".into(), value: Value::Secret(password.clone()) });
            }
            Grant::RefreshToken { token } => {
                post.fields.push(Field { name: "refresh_token".into(), value: Value::Secret(token.clone()) });
            }
        }
        // An empty parameter counts as omitted (RFC 6749 §3.2); some servers treat an empty scope as none at all.
        if !self.scope.is_empty() {
            post.fields.push(Field::plain("scope", &self.scope.join(" ")));
        }
        let lists = [("audience", &self.audience), ("resource", &self.resource)];
        for (name, values) in lists {
            post.fields.extend(values.iter().filter(|v| !v.is_empty()).map(|value| Field::plain(name, value)));
        }
        for (name, value) in self.params.iter().filter(|(_, value)| !value.is_empty()) {
            post.fields.push(Field { name: name.clone(), value: value_by_name("PARAM", name, value) });
        }
        self.client.decorate(&mut post);
        post
    }

    fn headers(&self) -> Vec<Header> {
        let given = |name: &str| self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        let own = [
            ("Accept", "application/json"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", USER_AGENT),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let own = own
            .into_iter()
            .filter(|(name, _)| !given(name))
            .map(|(name, value)| Header { name: name.to_owned(), value: Value::Plain(value.to_owned()) });
        let extra = self
            .headers
            .iter()
            .map(|(name, value)| Header { name: name.clone(), value: value_by_name("HEADER", name, value) });
        own.chain(extra).collect()
    }
}

/// A value that its own name gives away as secret (`X-Api-Key`, `otp`) is treated as one, unless there is nothing in it.
fn value_by_name(kind: &str, name: &str, value: &str) -> Value {
    if value.is_empty() || !is_sensitive_name(name) {
        return Value::Plain(value.to_owned());
    }
    let upper: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    Value::Secret(Credential { secret: Secret::new(value), variable: format!("OAUTH2TOK_{kind}_{upper}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::post::BasicEncoding;

    fn credential(text: &str) -> Credential {
        Credential { secret: Secret::new(text), variable: "V".into() }
    }

    fn request() -> Request {
        Request {
            endpoint: Url::parse("https://idp.example/token?a=%2b").unwrap(),
            grant: Grant::ClientCredentials,
            scope: vec![],
            audience: vec![],
            resource: vec![],
            params: vec![],
            headers: vec![],
            client: ClientAuth::Basic { id: "id".into(), secret: credential("s"), encoding: BasicEncoding::Form },
        }
    }

    #[track_caller]
    fn check_body(request: &Request, expected: &str) {
        assert_eq!(request.to_post().body().as_str(), expected);
    }

    #[test]
    fn with_basic_the_body_holds_no_credentials_and_empty_parameters_are_left_out() {
        check_body(&request(), "grant_type=client_credentials");
        let params = vec![("tenant".into(), "acme".into()), ("none".into(), String::new())];
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
            grant: Grant::Password { username: "alice".into(), password: credential("p w&") },
            client: ClientAuth::Post { id: "my:id".into(), secret: credential("é") },
            ..request()
        };
        check_body(
            &request,
            "grant_type=password&username=alice&password=p+w%26&client_id=my%3Aid&client_secret=%C3%A9",
        );
    }

    #[test]
    fn a_public_client_sends_its_id_alone() {
        let client = ClientAuth::None { id: "app".into() };
        let grant = Grant::RefreshToken { token: credential("r/1") };
        let request = Request { client, grant, ..request() };
        check_body(&request, "grant_type=refresh_token&refresh_token=r%2F1&client_id=app");
        assert!(request.to_post().authorization_value().is_none());
    }

    #[test]
    fn a_given_header_replaces_our_own_and_sensitive_ones_are_secret() {
        let headers = vec![("user-agent".into(), "x/1".into()), ("X-Api-Key".into(), "k3y".into())];
        let post = Request { headers, ..request() }.to_post();
        let shown: Vec<_> = post.headers.iter().map(|h| (h.name.as_str(), format!("{:?}", h.value))).collect();
        assert!(!shown.iter().any(|(name, _)| *name == "User-Agent"));
        let (_, key) = shown.iter().find(|(name, _)| *name == "X-Api-Key").unwrap();
        assert!(key.contains("OAUTH2TOK_HEADER_X_API_KEY") && !key.contains("k3y"), "{key}");
    }
}
