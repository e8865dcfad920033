//! A server's metadata: where it is ([`locations`]) and what it says ([`parse`]); RFC 8414 and OpenID Connect Discovery 1.0.

use serde_json::Value;

use super::endpoints::{Endpoint, Endpoints};
use crate::json::Members;
use crate::wire::{Url, UrlError};

/// An issuer identifier: an https URL without query and fragment (RFC 8414 §2), or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    url: Url,
    /// What its metadata may call it instead.
    expected: Option<String>,
}

/// Why a text is not an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum IssuerError {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("an issuer has no query (RFC 8414 §2)")]
    Query,
    #[error("plain http is only allowed to this machine; an issuer must be https (RFC 8414 §2)")]
    PlainHttp,
}

impl Issuer {
    /// Reads an issuer; its text is kept as it is, because it is compared code point by code point.
    ///
    /// # Errors
    /// [`IssuerError`]
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text)?;
        if text.contains('?') {
            return Err(IssuerError::Query);
        }
        if !url.is_protected() {
            return Err(IssuerError::PlainHttp);
        }
        Ok(Self { url, expected: None })
    }

    /// The issuer as it was given.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The issuer as a URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The same where its metadata may bear another name, as Entra's `common` does.
    #[must_use]
    pub fn expecting(self, other: Option<String>) -> Self {
        Self { expected: other, ..self }
    }

    /// What its metadata may call it instead.
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }
}

/// The places to ask for metadata, in order: OpenID Connect Discovery §4 appends to the path, RFC 8414 §3.1 inserts
/// before it.
pub fn locations(issuer: &Issuer) -> [String; 2] {
    let whole = issuer.as_str().trim_end_matches('/');
    let scheme_end = whole.find("://").map_or(0, |at| at + 3);
    let path_start = whole[scheme_end..].find('/').map_or(whole.len(), |at| scheme_end + at);
    let (origin, path) = whole.split_at(path_start);
    [
        format!("{whole}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ]
}

/// The issuer whose metadata is at `url`, which is one of its [`locations`] and not an issuer.
pub fn issuer_of_location(url: &str) -> Option<String> {
    let (base, rest) = url.split_once("/.well-known/")?;
    let end = rest.find('/').unwrap_or(rest.len());
    // RFC 8414 §3.1 puts the issuer's path behind, OpenID Connect Discovery §4 in front.
    Some(format!("{base}{}", rest[end..].trim_end_matches('/')))
}

/// What a metadata document says that matters here.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Where tokens are asked for.
    pub token_endpoint: Url,
    /// The same for clients with a certificate (RFC 8705 §5).
    pub mtls_token_endpoint: Option<Url>,
    /// `token_endpoint_auth_methods_supported`; absent means `client_secret_basic` (RFC 8414 §2).
    pub auth_methods: Option<Vec<String>>,
    /// `token_endpoint_auth_signing_alg_values_supported`; absent forbids nothing.
    pub assertion_algs: Option<Vec<String>>,
    /// `grant_types_supported`; absent forbids nothing.
    pub grant_types: Option<Vec<String>>,
    /// `scopes_supported`; absent forbids nothing.
    pub scopes: Option<Vec<String>>,
    /// `dpop_signing_alg_values_supported` (RFC 9449 §5.1); absent tells nothing.
    pub proof_algs: Option<Vec<String>>,
    /// `code_challenge_methods_supported`; absent tells nothing.
    pub challenge_methods: Option<Vec<String>>,
    /// The document's issuer, which answers and ID tokens bear.
    pub issuer: String,
    /// An authorization request must be pushed (RFC 9126 §5).
    pub requires_pushed: bool,
    /// Answers of the authorization endpoint bear the issuer (RFC 9207 §3).
    pub answers_name_issuer: bool,
    /// The endpoints beside that for tokens, and why one of them must not be used: that matters to who wants to.
    pub endpoints: Endpoints<Result<Url, DiscoveryError>>,
    /// The same for clients with a certificate, where they differ.
    pub mtls_endpoints: Endpoints<Result<Url, DiscoveryError>>,
}

impl Metadata {
    /// Where a client asks for tokens, which may be another place for one with a certificate (RFC 8705 §5).
    pub fn endpoint(&self, with_certificate: bool) -> &Url {
        self.mtls_token_endpoint.as_ref().filter(|_| with_certificate).unwrap_or(&self.token_endpoint)
    }

    /// What it says of another endpoint.
    ///
    /// # Errors
    /// One that must not be used.
    pub fn endpoint_of(&self, of: Endpoint, with_certificate: bool) -> Result<Option<&Url>, DiscoveryError> {
        let own = self.mtls_endpoints.get(of).filter(|_| with_certificate);
        own.or_else(|| self.endpoints.get(of)).map(Result::as_ref).transpose().map_err(Clone::clone)
    }

    /// It says all of this.
    pub fn has(&self, endpoints: &[Endpoint]) -> bool {
        endpoints.iter().all(|of| self.endpoints.get(*of).is_some())
    }

    /// The same with the endpoints that `other`, which is another document of the same issuer, has besides.
    #[must_use]
    pub fn with_endpoints_of(mut self, other: Self) -> Self {
        for of in Endpoint::ALL {
            if self.endpoints.get(of).is_none()
                && let Some(known) = other.endpoints.get(of)
            {
                self.endpoints.set(of, known.clone());
                if let Some(known) = other.mtls_endpoints.get(of) {
                    self.mtls_endpoints.set(of, known.clone());
                }
            }
        }
        self
    }

    /// Of a server of which nothing but its token endpoint is known.
    #[cfg(test)]
    pub(crate) fn of(token_endpoint: Url) -> Self {
        Self {
            token_endpoint,
            mtls_token_endpoint: None,
            auth_methods: None,
            assertion_algs: None,
            grant_types: None,
            scopes: None,
            proof_algs: None,
            challenge_methods: None,
            issuer: String::new(),
            requires_pushed: false,
            answers_name_issuer: false,
            endpoints: Endpoints::default(),
            mtls_endpoints: Endpoints::default(),
        }
    }

    /// About how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        let text = |text: &String| size_of::<String>() + text.len();
        let lists = [
            &self.auth_methods,
            &self.assertion_algs,
            &self.grant_types,
            &self.scopes,
            &self.proof_algs,
            &self.challenge_methods,
        ];
        let lists: usize = lists.into_iter().flatten().flatten().map(text).sum();
        let urls = [Some(&self.token_endpoint), self.mtls_token_endpoint.as_ref()];
        let others = self.endpoints.iter().chain(self.mtls_endpoints.iter());
        let others: usize = others.map(|(_, url)| url.as_ref().map_or(0, |url| url.as_str().len())).sum();
        lists + others + urls.into_iter().flatten().map(|url| url.as_str().len()).sum::<usize>()
    }
}

/// Why a metadata document is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum DiscoveryError {
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("its issuer is '{found}', which is not the one asked for, code point by code point (RFC 8414 §3.3)")]
    IssuerMismatch { found: String },
    #[error("it names no issuer, so it cannot be told whose it is (RFC 8414 §3.3)")]
    NoIssuer,
    #[error("'{0}' stands more than once in it (RFC 8259 §4)")]
    Duplicate(&'static str),
    #[error("it has no token_endpoint")]
    NoTokenEndpoint,
    #[error("its {name} is not a string")]
    NotAString { name: &'static str },
    #[error("its {name} cannot be used: {why}")]
    Endpoint { name: &'static str, why: String },
    #[error("its {name} cannot be used: {url} is plain http")]
    PlainHttp { name: &'static str, url: String },
}

impl DiscoveryError {
    /// True where the place did not hold a metadata document at all, so the other place may.
    pub fn is_no_document(&self) -> bool {
        matches!(self, Self::NotAnObject)
    }
}

/// Reads a metadata document of `issuer`.
///
/// # Errors
/// [`DiscoveryError`]: nothing in such a document is used.
pub fn parse(issuer: &Issuer, body: &[u8]) -> Result<Metadata, DiscoveryError> {
    parse_beside(None, issuer, body)
}

/// The same of a document that stands beside a `first` one. Which token endpoint counts is known from that, and this one, asked
/// for what the first lacks, need not name any.
///
/// # Errors
/// [`DiscoveryError`]
pub fn parse_beside(first: Option<&Metadata>, issuer: &Issuer, body: &[u8]) -> Result<Metadata, DiscoveryError> {
    let text = std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let members = text.ok().and_then(|text| Members::parse(text).ok().flatten()).ok_or(DiscoveryError::NotAnObject)?;
    for name in ["issuer", "token_endpoint", "mtls_endpoint_aliases"] {
        if members.names().filter(|n| *n == name).count() > 1 {
            return Err(DiscoveryError::Duplicate(name));
        }
    }
    let found = members.string("issuer").ok_or(DiscoveryError::NoIssuer)?;
    if found != issuer.as_str() && Some(&*found) != issuer.expected() {
        return Err(DiscoveryError::IssuerMismatch { found });
    }
    let token_endpoint = match (members.get("token_endpoint"), first) {
        (Some(value), _) => endpoint(issuer, "token_endpoint", &value)?,
        (None, Some(first)) => first.token_endpoint.clone(),
        (None, None) => return Err(DiscoveryError::NoTokenEndpoint),
    };
    let aliases = members.get("mtls_endpoint_aliases");
    let alias = |name: &str| aliases.as_ref().and_then(|aliases| aliases.get(name));
    let mtls_token_endpoint = match alias("token_endpoint") {
        Some(value) => Some(endpoint(issuer, "mtls_endpoint_aliases.token_endpoint", value)?),
        None => None,
    };
    let (mut endpoints, mut mtls_endpoints) = (Endpoints::default(), Endpoints::default());
    for of in Endpoint::ALL {
        let name = of.name();
        match members.get(name) {
            None | Some(Value::Null) => {}
            Some(_) if members.names().filter(|n| *n == name).count() > 1 => {
                endpoints.set(of, Err(DiscoveryError::Duplicate(name)));
            }
            Some(value) => endpoints.set(of, endpoint(issuer, name, &value)),
        }
        if let Some(value) = alias(name) {
            mtls_endpoints.set(of, endpoint(issuer, name, value));
        }
    }
    let list = |name: &str| match members.get(name) {
        Some(Value::Array(items)) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    };
    let is_true = |name: &str| members.get(name) == Some(Value::Bool(true));
    Ok(Metadata {
        token_endpoint,
        mtls_token_endpoint,
        auth_methods: list("token_endpoint_auth_methods_supported"),
        assertion_algs: list("token_endpoint_auth_signing_alg_values_supported"),
        grant_types: list("grant_types_supported"),
        scopes: list("scopes_supported"),
        proof_algs: list("dpop_signing_alg_values_supported"),
        challenge_methods: list("code_challenge_methods_supported"),
        issuer: found,
        requires_pushed: is_true("require_pushed_authorization_requests"),
        answers_name_issuer: is_true("authorization_response_iss_parameter_supported"),
        endpoints,
        mtls_endpoints,
    })
}

/// An endpoint from a document is https without userinfo; http only where the issuer itself stays on this machine.
fn endpoint(issuer: &Issuer, name: &'static str, value: &Value) -> Result<Url, DiscoveryError> {
    let text = value.as_str().ok_or(DiscoveryError::NotAString { name })?;
    let url = Url::parse(text).map_err(|why| DiscoveryError::Endpoint { name, why: why.to_string() })?;
    let stays_here = issuer.url().is_loopback() && url.is_loopback();
    if !(url.is_https() || stays_here) {
        return Err(DiscoveryError::PlainHttp { name, url: url.without_query().to_owned() });
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_locations(issuer: &str, expected: [&str; 2]) {
        assert_eq!(locations(&Issuer::parse(issuer).unwrap()), expected);
    }

    #[test]
    fn both_well_known_places_are_built_as_their_standards_say() {
        check_locations(
            "https://example.com",
            [
                "https://example.com/.well-known/openid-configuration",
                "https://example.com/.well-known/oauth-authorization-server",
            ],
        );
        check_locations(
            "https://example.com:8443/realms/a/",
            [
                "https://example.com:8443/realms/a/.well-known/openid-configuration",
                "https://example.com:8443/.well-known/oauth-authorization-server/realms/a",
            ],
        );
    }

    #[test]
    fn the_issuer_of_a_well_known_place_is_found_again() {
        for issuer in ["https://a.example", "https://a.example:8443/realms/a", "http://localhost:1/x/y"] {
            for location in locations(&Issuer::parse(issuer).unwrap()) {
                assert_eq!(issuer_of_location(&location).as_deref(), Some(issuer), "{location}");
            }
        }
        assert_eq!(issuer_of_location("https://a.example/token"), None);
    }

    #[test]
    fn an_issuer_is_https_without_query_and_fragment() {
        for (text, expected) in [
            ("https://a.example/b", Ok(())),
            ("http://localhost:8080/realms/x", Ok(())),
            ("http://a.example", Err(IssuerError::PlainHttp)),
            ("https://a.example?x", Err(IssuerError::Query)),
            ("https://a.example#x", Err(IssuerError::Url(UrlError::Fragment))),
            ("https://u@a.example", Err(IssuerError::Url(UrlError::Userinfo))),
            ("a.example", Err(IssuerError::Url(UrlError::NotAbsolute))),
        ] {
            assert_eq!(Issuer::parse(text).map(|_| ()), expected, "{text}");
        }
    }

    #[track_caller]
    fn check(issuer: &str, body: &str, expected: Result<&str, DiscoveryError>) {
        let read = parse(&Issuer::parse(issuer).unwrap(), body.as_bytes());
        assert_eq!(read.as_ref().map(|m| m.token_endpoint.as_str()).map_err(Clone::clone), expected, "{body}");
    }

    #[test]
    fn a_document_is_used_only_if_it_is_the_issuers_own_and_safe() {
        let bad = |why: &str| Err(DiscoveryError::Endpoint { name: "token_endpoint", why: why.into() });
        let document = |endpoint: &str| format!(r#"{{"issuer":"https://a.example","token_endpoint":{endpoint}}}"#);
        check("https://a.example", &document(r#""https://t.example/t?x=1""#), Ok("https://t.example/t?x=1"));
        let plain = |url: &str| Err(DiscoveryError::PlainHttp { name: "token_endpoint", url: url.into() });
        check("https://a.example", &document(r#""http://a.example/t?x=1""#), plain("http://a.example/t"));
        check("https://a.example", &document(r#""http://127.0.0.1/t""#), plain("http://127.0.0.1/t"));
        check("https://a.example", &document(r#""file:///etc/passwd""#), bad("its scheme is neither https nor http"));
        check("https://a.example", &document(r#""https://u:p@a.example/t""#), bad(&UrlError::Userinfo.to_string()));
        check("https://a.example", &document("7"), Err(DiscoveryError::NotAString { name: "token_endpoint" }));
        check("https://a.example", r#"{"issuer":"https://a.example"}"#, Err(DiscoveryError::NoTokenEndpoint));
        check("https://a.example", "<html>", Err(DiscoveryError::NotAnObject));
        check("https://a.example", "{}", Err(DiscoveryError::NoIssuer));
        for found in ["https://a.example/", "https://A.example", "https://b.example"] {
            let body = format!(r#"{{"issuer":"{found}","token_endpoint":"https://a.example/t"}}"#);
            check("https://a.example", &body, Err(DiscoveryError::IssuerMismatch { found: found.into() }));
        }
        let common = "https://a.example/{tenantid}";
        let document = format!(r#"{{"issuer":"{common}","token_endpoint":"https://a.example/t"}}"#);
        let issuer = Issuer::parse("https://a.example").unwrap().expecting(Some(common.into()));
        assert!(parse(&issuer, document.as_bytes()).is_ok());
        assert!(parse(&issuer, document.replace("tenantid", "x").as_bytes()).is_err());
        let local = r#"{"issuer":"http://localhost:1","token_endpoint":"http://localhost:1/t"}"#;
        check("http://localhost:1", local, Ok("http://localhost:1/t"));
    }
}
