//! Answers that were measured or are documented, and the advice that solves each.

use super::*;
use crate::oauth::client::{ClientKind, basic, none, post};
use crate::oauth::discovery::Issuer;
use crate::oauth::grant::{Grant, password, refresh_token};
use crate::oauth::login::{ResponseMode, Way};
use crate::oauth::reply::{BodySummary, Lack};
use crate::oauth::tests as sample;
use crate::oauth::{Field, FieldValue, Part};
use crate::secret::Secret;

pub(super) const URL: &str = "https://idp.example/token";

pub(super) fn of(secret: &str, method: &'static ClientKind) -> Request {
    Request { client: Some(sample::client(method, "ci", secret)), ..sample::request() }
}

/// Client `ci` with HTTP Basic and a secret of no particular shape.
fn plain() -> Request {
    of("plain", &basic::KIND)
}

/// The same with raw HTTP Basic and a secret that is written in two ways.
fn raw() -> Request {
    let mut request = of("a+b", &basic::KIND);
    for part in request.client.iter_mut().flat_map(|client| &mut client.parts) {
        if part.need.name == "basic_encoding" {
            part.value = FieldValue::Plain("raw".into());
        }
    }
    request
}

fn alice() -> Request {
    Request { grant: sample::grant(&password::KIND, &["alice", "pw"]), ..plain() }
}

fn refresh() -> Request {
    Request { grant: sample::grant(&refresh_token::KIND, &["r1"]), ..plain() }
}

fn scoped(scope: &str) -> Request {
    Request { scope: scope.split(' ').map(str::to_owned).collect(), ..plain() }
}

fn for_api(audience: &str) -> Request {
    Request { audience: vec![audience.into()], ..plain() }
}

pub(super) fn refused(status: u16, code: &str, words: &str) -> ResponseError {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let oauth = OAuthError { error: some(code), description: some(words), ..OAuthError::default() };
    ResponseError::Refused { status, oauth, retry_after: None, location: None }
}

/// An answer that is no token response, with this body and these words in it.
fn odd(status: u16, kind: &str, words: &str) -> ResponseError {
    let description = Some(words.to_owned()).filter(|text| !text.is_empty());
    let oauth = OAuthError { description, ..OAuthError::default() };
    let is_page = kind.contains("HTML");
    let body = BodySummary {
        kind: kind.into(),
        is_page,
        content_type: None,
        size: 9,
        excerpt: None,
        token_at: None,
        has_id_token: false,
    };
    ResponseError::NotAToken { status, lack: Lack::Success, oauth, body }
}

pub(super) fn metadata(methods: &[&str]) -> Metadata {
    Metadata {
        auth_methods: Some(methods.iter().map(|m| (*m).to_owned()).collect()),
        ..Metadata::of(Url::parse(URL).unwrap())
    }
}

#[track_caller]
fn at(url: &str, error: &ResponseError, request: &Request, metadata: Option<&Metadata>, skew: u64) -> Vec<String> {
    at_place(None, url, error, request, metadata, skew)
}

fn at_place(
    of: Option<Endpoint>,
    url: &str,
    error: &ResponseError,
    request: &Request,
    metadata: Option<&Metadata>,
    skew: u64,
) -> Vec<String> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let server_clock = Some(now - Duration::from_secs(skew));
    let endpoint = Url::parse(url).unwrap();
    let endpoint = Some(&endpoint);
    hints(error, &Circumstances { request, endpoint, of, metadata, now, server_clock, sent: Sent::default() })
}

#[track_caller]
pub(super) fn compare(hints: &[String], expected: &[&str], what: &dyn std::fmt::Debug) {
    let fits = hints.len() == expected.len() && hints.iter().zip(expected).all(|(hint, part)| hint.contains(part));
    assert!(fits, "{what:?}\n  gives {hints:#?}\n  and not {expected:#?}");
}

#[track_caller]
fn check(error: &ResponseError, request: &Request, expected: &[&str]) {
    compare(&at(URL, error, request, None, 0), expected, error);
    for hint in blind(error) {
        let is_odd = ["''", "  ", " ,", "( ", "server.invalid"].iter().any(|odd| hint.contains(odd));
        assert!(!is_odd && hint.is_ascii(), "{error:?}: {hint}");
    }
}

/// What is told of an answer of which nothing else is known.
fn blind(error: &ResponseError) -> Vec<String> {
    let request = Request::unknown(sample::url("https://server.invalid/"));
    let (now, sent) = (SystemTime::UNIX_EPOCH, Sent::default());
    hints(
        error,
        &Circumstances { request: &request, endpoint: None, of: None, metadata: None, now, server_clock: None, sent },
    )
}

#[test]
fn an_answer_that_somebody_found_is_told_without_what_nobody_knows() {
    for (error, expected) in [
        (
            refused(401, "invalid_client", "nope"),
            "check client_id and client_secret; if they are right, the client may be registered for another method: --auth-method names one",
        ),
        (
            refused(401, "invalid_client", "client not found"),
            "the server does not know the client: check --client-id, and the tenant, realm or environment in the address that was asked",
        ),
        (
            refused(
                401,
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the client secret value, not the client secret ID",
            ),
            "the server knows the client, but not by its client_secret: check where it comes from (it wants the secret's value, not the secret's id)",
        ),
        (
            refused(401, "unauthorized_client", "Client not enabled to retrieve service account"),
            "have 'Service accounts roles' switched on for this client (Keycloak: Clients, Capability config): that is its name for client_credentials",
        ),
        (
            refused(400, "unauthorized_client", "Client not allowed for direct access grants"),
            "have 'Direct access grants' switched on for this client (Keycloak: Clients, Capability config): that is its name for password; servers prefer that people log in: oauth2tok login -g authorization_code --issuer ISSUER --client-id CLIENT_ID",
        ),
        (
            refused(400, "unauthorized_client", "the grant type is not allowed"),
            "the server must allow this grant for this client: have it switched on there",
        ),
        (
            refused(400, "unsupported_grant_type", ""),
            "check that the address that was asked is a token endpoint and that this server supports this grant in a form-encoded body",
        ),
        (
            refused(400, "invalid_grant", ""),
            "what was traded for the token (a code, a password, a refresh token, an assertion) is not right, too old or used already: get a new one",
        ),
        (refused(400, "invalid_scope", ""), "check --scope against what this client may ask for at the server"),
        (
            refused(400, "invalid_request", "Missing form parameter: grant_type"),
            "the server speaks of grant_type: look at what was sent under that name",
        ),
        (refused(400, "invalid_request", ""), "some servers require a scope: try --scope"),
        (
            refused(401, "invalid_client", "supports client authentication method 'private_key_jwt', but method"),
            "the server speaks of private_key_jwt: try --auth-method private_key_jwt --signing-key file:KEY.pem",
        ),
        (
            refused(401, "invalid_client", "no client authentication included"),
            "check client_id and client_secret; if they are right, the client may be registered for another method: --auth-method names one",
        ),
        (
            refused(400, "invalid_request", "HTTPS required"),
            "the server does not know that TLS ends before it: the proxy there must say so (X-Forwarded-Proto), and the server be set to believe it",
        ),
        (
            odd(400, "plain text", "The plain HTTP request was sent to HTTPS port"),
            "write https at the beginning of the address that was asked",
        ),
        (
            odd(404, "an HTML page", ""),
            "nothing answers at the address that was asked: check the path, also with a final slash, or use --issuer to find it",
        ),
        (
            odd(200, "an HTML page", ""),
            "the address that was asked answers with a web page: is it the token endpoint, or is a login page or proxy in between?",
        ),
        (
            odd(403, "an HTML page", ""),
            "something in front of the server may have refused: a firewall, a proxy, or the User-Agent",
        ),
        (
            odd(405, "plain text", ""),
            "the address that was asked does not take POST: is it the token endpoint? Try it with a final slash",
        ),
        (
            ResponseError::Redirect { status: 302, location: Some("/login".into()) },
            "look up the right token_endpoint: the answer points to /login; no redirect is followed with credentials",
        ),
        (
            ResponseError::Redirect { status: 302, location: None },
            "look up the right token_endpoint: the answer names no Location",
        ),
    ] {
        assert_eq!(blind(&error), [expected], "{error:?}");
    }
}

/// Id, secret, method: what is told where nobody knows which.
const REFUSED: &str = "check client_id 'ci' and its client_secret; if they are right, the server may expect --auth-method client_secret_post";

#[test]
fn keycloak_is_understood() {
    for (status, code, words, request, expected) in [
        (401, "unauthorized_client", "Invalid client or Invalid client credentials", plain(), &[REFUSED][..]),
        (401, "invalid_client", "Invalid client or Invalid client credentials", plain(), &[REFUSED]),
        (
            401,
            "unauthorized_client",
            "Client not enabled to retrieve service account",
            plain(),
            &["'Service accounts roles' switched on for client 'ci'"],
        ),
        (
            401,
            "unauthorized_client",
            "Public client not allowed to retrieve service account",
            plain(),
            &["client 'ci' is registered as a public client, and client_credentials is"],
        ),
        (
            400,
            "unauthorized_client",
            "Client not allowed for direct access grants",
            alice(),
            &["'Direct access grants' switched on for client 'ci'"],
        ),
        (
            400,
            "unauthorized_client",
            "Unexpected error when authenticating client",
            raw(),
            &["try --basic-encoding form"],
        ),
        (
            400,
            "invalid_request",
            "client_id and client_secret in the authorization header are not properly encoded",
            of("s3cret\n", &basic::KIND),
            &["the client_secret ends with a line end: one is stripped from files and commands, more are not"],
        ),
        (400, "unauthorized_client", "Unexpected error when authenticating client", plain(), &[REFUSED]),
        (
            400,
            "invalid_client",
            "Parameter client_assertion_type is missing",
            plain(),
            &[
                "a signed assertion of client 'ci': --auth-method private_key_jwt --signing-key file:KEY.pem, or --auth-method client_secret_jwt (signed with the secret)",
            ],
        ),
        (
            400,
            "invalid_client",
            "Missing client_id parameter",
            plain(),
            &[
                "try --auth-method client_secret_post",
                "(tls_client_auth) sends its id and no secret: --client-id ci --auth-method tls_client_auth --cert FILE",
            ],
        ),
        (
            400,
            "invalid_client",
            "Client requires user consent",
            plain(),
            &["somebody must agree to what client 'ci' asks for"],
        ),
        (
            400,
            "invalid_client",
            "Bearer-only not allowed",
            plain(),
            &["client 'ci' only receives tokens: ask as another client"],
        ),
        (
            400,
            "invalid_grant",
            "Account is not fully set up",
            alice(),
            &["the password is right, but the account of 'alice' wants something done first"],
        ),
        (400, "invalid_grant", "Account disabled", alice(), &["the account of 'alice' is switched off"]),
        (
            401,
            "invalid_grant",
            "Invalid user credentials",
            alice(),
            &[
                "for user 'alice': check name and password; the account may be locked, or want a one-time code (--param totp=CODE",
            ],
        ),
        (
            400,
            "invalid_scope",
            "Invalid scopes: a b",
            scoped("a b"),
            &["check --scope against what client 'ci' may ask for"],
        ),
        (
            403,
            "invalid_request",
            "HTTPS required",
            plain(),
            &["the server does not know that TLS ends before it: the proxy there must say so (X-Forwarded-Proto)"],
        ),
        (
            400,
            "invalid_grant",
            "Invalid token issuer. Expected 'https://a.example/realms/x'",
            refresh(),
            &["under another address of the server than https://idp.example/token"],
        ),
        (
            400,
            "invalid_grant",
            "Maximum allowed refresh token reuse exceeded",
            refresh(),
            &["log in again for a new one; with --cache"],
        ),
        (
            400,
            "invalid_request",
            "Client Certification missing for MTLS HoK Token Binding",
            plain(),
            &["--cert FILE", "--auth-method tls_client_auth --cert FILE"],
        ),
        (400, "invalid_request", "DPoP proof is missing", plain(), &["(DPoP, RFC 9449): add --dpop"]),
        (
            403,
            "access_denied",
            "Client is not within the token audience",
            plain(),
            &["trade a token that is meant for client 'ci'"],
        ),
        (
            400,
            "invalid_request",
            "Requested audience not available: https://api",
            for_api("https://api"),
            &["check --audience https://api: the server must know it letter by letter"],
        ),
        (404, "Realm does not exist", "", plain(), &["check the realm in https://idp.example/token"]),
        (
            400,
            "invalid_request",
            "Missing form parameter: grant_type",
            plain(),
            &["grant_type 'client_credentials' was sent: the server did not get the form"],
        ),
        (
            400,
            "unsupported_grant_type",
            "Unsupported grant_type",
            plain(),
            &["this server supports the client_credentials grant"],
        ),
        (400, "invalid_grant", "Token is not active", refresh(), &["the refresh token may have expired"]),
    ] {
        check(&refused(status, code, words), &request, expected);
    }
    let no_method = refused(404, "Unable to find matching target resource method", "");
    for (url, other) in [
        (
            "https://kc.example/auth/realms/a/protocol/openid-connect/token",
            "https://kc.example/realms/a/protocol/openid-connect/token",
        ),
        (
            "https://kc.example/realms/a/protocol/openid-connect/token",
            "https://kc.example/auth/realms/a/protocol/openid-connect/token",
        ),
    ] {
        let hints = at(url, &no_method, &plain(), None, 0);
        compare(&hints, &[&format!("nothing answers at {url}: try {other}"), "capitals"], &url);
    }
}

#[test]
fn hydra_and_spring_are_understood() {
    let supports = |right: &str, used: &str| {
        format!(
            "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The OAuth 2.0 Client supports client authentication method '{right}', but method '{used}' was requested."
        )
    };
    for (status, code, words, request, expected) in [
        (
            401,
            "invalid_client",
            &*supports("client_secret_post", "client_secret_basic"),
            plain(),
            &["the server wants client_secret_post of client 'ci': try --auth-method client_secret_post"][..],
        ),
        (
            401,
            "invalid_client",
            &supports("client_secret_basic", "client_secret_post"),
            of("s", &post::KIND),
            &["try --auth-method client_secret_basic"],
        ),
        (
            401,
            "invalid_client",
            &supports("private_key_jwt", "client_secret_basic"),
            plain(),
            &[
                "the server wants private_key_jwt of client 'ci': try --auth-method private_key_jwt --signing-key file:KEY.pem",
            ],
        ),
        (
            401,
            "invalid_client",
            &supports("tls_client_auth", "client_secret_basic"),
            plain(),
            &["try --auth-method tls_client_auth --cert FILE"],
        ),
        (
            401,
            "invalid_client",
            &supports("none", "client_secret_basic"),
            plain(),
            &["the server wants none of client 'ci': try --auth-method none"],
        ),
        (
            401,
            "invalid_client",
            "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).",
            plain(),
            &[REFUSED],
        ),
        (401, "invalid_client", "unknown client or wrong secret", plain(), &[REFUSED]),
        (401, "invalid_client", "Client not found or invalid credentials.", plain(), &[REFUSED]),
        (
            400,
            "invalid_request",
            "The client id in the HTTP authorization header could not be decoded from 'application/x-www-form-urlencoded'.",
            raw(),
            &["try --basic-encoding form"],
        ),
        (
            400,
            "invalid_request",
            "Requested audience 'https://api' has not been whitelisted by the OAuth 2.0 Client.",
            for_api("https://api"),
            &["check --audience https://api"],
        ),
        (
            400,
            "invalid_scope",
            "The OAuth 2.0 Client is not allowed to request scope 'x'.",
            scoped("x"),
            &["check --scope against"],
        ),
        (
            400,
            "unauthorized_client",
            "The OAuth 2.0 Client is not allowed to use authorization grant 'client_credentials'.",
            plain(),
            &["must allow the client_credentials grant for client 'ci'"],
        ),
        (400, "invalid_grant", "The refresh token was already used.", refresh(), &["log in again"]),
        (401, "invalid_client", "", plain(), &[REFUSED]),
        (401, "", "", plain(), &[REFUSED]),
        (
            401,
            "",
            "",
            of("", &none::KIND),
            &["check client_id 'ci'; if they are right, the server may expect --auth-method client_secret_basic"],
        ),
        (400, "invalid_request", "", raw(), &["try --scope", "try --basic-encoding form"]),
        (400, "invalid_request", "OAuth 2.0 Parameter: scope", scoped("a b"), &["scope was sent as 'a b'"]),
        (400, "invalid_request", "OAuth 2.0 Parameter: scope", plain(), &["no scope was sent: try --scope"]),
        (
            400,
            "invalid_request",
            "OAuth 2.0 Parameter: grant_type",
            plain(),
            &["grant_type 'client_credentials' was sent"],
        ),
        (
            400,
            "invalid_request",
            "OAuth 2.0 Parameter: client_id",
            plain(),
            &["went out in the Authorization header and not in the form: try --auth-method client_secret_post"],
        ),
        (400, "invalid_request", "OAuth 2.0 Parameter: password", alice(), &["password was sent as (not shown)"]),
        (400, "invalid_request", "OAuth 2.0 Parameter: code_verifier", plain(), &["no code_verifier was sent"]),
        (
            403,
            "Forbidden",
            "",
            plain(),
            &["check that https://idp.example/token is the token endpoint; --issuer finds it"],
        ),
    ] {
        check(&refused(status, code, words), &request, expected);
    }
    let to = |location: &str| ResponseError::Redirect { status: 302, location: Some(location.into()) };
    for location in ["https://idp.example/login", "https://idp.example/error", "https://other.example/token"] {
        check(
            &to(location),
            &plain(),
            &["that is no place for a token request: https://idp.example/token is not the token endpoint"],
        );
    }
}

#[test]
fn other_servers_say_the_same_in_other_words() {
    let unknown = &[
        "the server knows no client 'ci': check --client-id, and the tenant, realm or environment in https://idp.example/token",
    ][..];
    let secret = &["the server knows client 'ci', but not by this client_secret"][..];
    let missing =
        &["did not find client 'ci' where client_secret_basic puts it: try --auth-method client_secret_post"][..];
    let grant = &["must allow the client_credentials grant for client 'ci'"][..];
    let api = &["try --audience or --resource"][..];
    for (status, code, words, expected) in [
        // Entra
        (
            400,
            "unauthorized_client",
            "AADSTS700016: Application with identifier 'ci' was not found in the directory 'x'. It may have been consented to by no user in the tenant.",
            unknown,
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID",
            &[
                "not by this client_secret: check where it comes from (it wants the secret's value, not the secret's id)",
            ],
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000222: The provided client secret keys for app 'ci' are expired. Consider using certificate credentials.",
            &["the client_secret of client 'ci' is too old"],
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
            missing,
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            missing,
        ),
        (
            400,
            "invalid_request",
            "AADSTS90002: Tenant 'x' not found. Check to make sure you have the correct tenant ID.",
            &["check the tenant in https://idp.example/token"],
        ),
        (
            401,
            "unauthorized_client",
            "AADSTS7000112: Application 'ci'(x) is disabled.",
            &["client 'ci' is switched off"],
        ),
        (
            401,
            "invalid_client",
            "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            &["registered as a public client"],
        ),
        (
            400,
            "invalid_scope",
            "AADSTS1002012: The provided value for scope x is not valid. Client credential flows must have a scope value with /.default suffixed",
            &["--scope RESOURCE/.default"],
        ),
        (
            400,
            "invalid_scope",
            "AADSTS70011: The provided request must include a 'scope' input parameter.",
            &["--scope RESOURCE/.default"],
        ),
        (
            400,
            "invalid_request",
            "AADSTS900144: The request body must contain the following parameter: 'scope'.",
            &["no scope was sent: try --scope"],
        ),
        (
            400,
            "invalid_grant",
            "AADSTS53003: Access has been blocked by Conditional Access policies.",
            &["a rule of the server refuses this to client 'ci'"],
        ),
        (
            400,
            "invalid_grant",
            "AADSTS65001: The user or administrator has not consented to use the application with ID 'ci'",
            &["somebody must agree to what client 'ci' asks for"],
        ),
        // Auth0
        (401, "access_denied", "Unauthorized", &[REFUSED]),
        (403, "access_denied", "Unauthorized", &[REFUSED]),
        (403, "access_denied", "Service not enabled within domain: x", api),
        (403, "access_denied", "Non-global clients are not allowed access to APIv1", api),
        (403, "access_denied", "No audience parameter was provided, and no default audience has been configured", api),
        (403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client.", grant),
        (
            403,
            "access_denied",
            "Client is not authorized to access \"https://api\". You need to create a \"client-grant\" associated to this API.",
            api,
        ),
        // Okta
        (401, "invalid_client", "No client credentials found.", missing),
        (401, "invalid_client", "The client secret supplied for a confidential client is invalid.", secret),
        (401, "invalid_client", "Invalid value for 'client_id' parameter.", unknown),
        (
            400,
            "invalid_request",
            "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.",
            &[
                "the server wants private_key_jwt of client 'ci': try --auth-method private_key_jwt --signing-key file:KEY.pem",
            ],
        ),
        (
            400,
            "unauthorized_client",
            "The client is not authorized to use the provided grant type. Configured grant types: [password].",
            grant,
        ),
        (
            400,
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
            &["some servers require a scope"],
        ),
        (
            400,
            "access_denied",
            "Policy evaluation failed for this request, please check the policy configurations.",
            &["a rule of the server"],
        ),
        (400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", &["DPoP, RFC 9449"]),
        (400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", &["DPoP, RFC 9449"]),
        // Cognito, Ping, PingFederate
        (400, "invalid_client", "invalid_client_secret", secret),
        (400, "invalid_client", "", &[REFUSED]),
        (400, "unauthorized_client", "", grant),
        (
            401,
            "invalid_client",
            "Request denied: Unsupported authentication method (Correlation ID: x)",
            &["registered for another method than client_secret_basic: try --auth-method client_secret_post"],
        ),
        (401, "invalid_client", "Invalid client or client credentials.", &[REFUSED]),
        // Salesforce
        (400, "invalid_client_id", "client identifier invalid", unknown),
        (400, "invalid_client", "invalid client credentials", &[REFUSED]),
        (
            400,
            "invalid_grant",
            "no client credentials user enabled",
            &["have a user named at the server as whom client 'ci' acts"],
        ),
        (
            400,
            "invalid_grant",
            "request not supported on this domain",
            &["ask at the address of your own organization"],
        ),
        (400, "unsupported_grant_type", "grant type not supported", &["supports the client_credentials grant"]),
        // Google, GitLab, GitHub
        (401, "invalid_client", "The OAuth client was not found.", unknown),
        (400, "invalid_request", "client_secret is missing.", missing),
        (
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
            grant,
        ),
        (
            401,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
            &[REFUSED],
        ),
        (200, "incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.", &[REFUSED]),
        // Twitch, HubSpot, Slack, Zoom, Apigee, UAA, WSO2, oidc-provider and others
        (403, "403", "invalid client secret", secret),
        (400, "400", "invalid client", &[REFUSED]),
        (400, "BAD_CLIENT_ID", "missing or unknown client id", unknown),
        (400, "BAD_CLIENT_SECRET", "missing or invalid client secret", secret),
        (200, "bad_client_secret", "", secret),
        (400, "invalid_client", "Invalid client_id or client_secret", &[REFUSED]),
        (401, "oauth.v2.InvalidClientIdentifier", "Invalid client identifier {0}", unknown),
        (401, "unauthorized", "Bad credentials", &[REFUSED]),
        (401, "unauthorized", "An Authentication object was not found in the SecurityContext", missing),
        (401, "unsupported_client_authentication_method", "", &["registered for another method"]),
        (400, "invalid_request", "client_id missing", missing),
        (400, "invalid_request", "no client authentication mechanism provided", missing),
        (401, "invalid_client", "client authentication failed", &[REFUSED]),
        (400, "unauthorized_client", "requested grant type is not allowed for this client", grant),
        (400, "invalid_target", "resource indicator is missing, or unknown", api),
        (401, "invalid_client", "Client with requested ID does not exist", unknown),
        (401, "invalid_client", "A valid OAuth client could not be found for client_id: ci", unknown),
        (400, "invalid_client", "The given client credentials were not valid", &[REFUSED]),
        (400, "invalid_request", "client_secret must not be empty", missing),
        (400, "invalid_request", "The client_id was not provided", missing),
        (401, "invalid_client", "Missing or invalid client credentials", &[REFUSED]),
        (401, "invalid_client", "Client identifier or secret is wrong", &[REFUSED]),
        (422, "invalid_client", "", &[REFUSED]),
        (400, "InvalidClient", "", &[REFUSED]),
        (400, "invalid_request", "missing required parameter: scope", &["no scope was sent: try --scope"]),
        (400, "invalid_request", "Scope is missing", &["try --scope"]),
        (400, "invalid_grant", "no valid scopes defined", &["some servers require a scope"]),
        (400, "invalid_request", "redirect_uri is required", &["not the authorization endpoint"]),
        (400, "invalid_request", "Cannot supply multiple client credentials.", &[]),
        (
            401,
            "invalid_client",
            "The request was determined to be using 'token_endpoint_auth_method' method 'client_secret_basic', however the OAuth 2.0 client registration does not allow this method. The registered client with id 'ci' is configured to only support 'token_endpoint_auth_method' method 'client_secret_post'.",
            &["try --auth-method client_secret_post"],
        ),
        (
            400,
            "invalid_client",
            "TLS client certificate is missing",
            &["--cert FILE", "--auth-method tls_client_auth --cert FILE"],
        ),
        (400, "invalid_client", "This client must authenticate with a JWT", &["a signed assertion of client 'ci'"]),
        (400, "unauthorized_client", "Flow client_credentials is disabled for this application", grant),
        (400, "Unauthorized_Client", "Unable to find the app ci", unknown),
        (403, "access_denied", "The API is not enabled for this tenant", api),
        (
            415,
            "unsupported_media_type",
            "use application/json",
            &["write body: json into the profile, or OAUTH2TOK_BODY=json"],
        ),
        (
            400,
            "invalid_request",
            "The request body must be valid JSON",
            &["write body: json into the profile, or OAUTH2TOK_BODY=json"],
        ),
        (400, "odd", "", &[]),
    ] {
        check(&refused(status, code, words), &plain(), expected);
    }
}

#[test]
fn a_code_counts_wherever_it_stands_and_an_empty_422_too() {
    check(&odd(422, "an empty body", ""), &plain(), &[REFUSED]);
    check(&odd(400, "a JSON object", "Invalid client credentials"), &plain(), &[REFUSED]);
    check(&odd(403, "a JSON object", "invalid client secret"), &plain(), &["not by this client_secret"]);
    check(&odd(400, "an empty body", ""), &plain(), &[]);
}

#[test]
fn users_are_told_what_their_account_wants() {
    for (words, expected) in [
        (
            "AADSTS50126: Error validating credentials due to invalid username or password.",
            "for user 'alice': check name and password",
        ),
        ("AADSTS50034: The user account does not exist in the x directory.", "for user 'alice': check name"),
        (
            "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication",
            "second factor",
        ),
        ("AADSTS50055: The password is expired.", "log in there once in a browser"),
        ("AADSTS50057: The user account is disabled.", "the account of 'alice' is switched off"),
        ("AADSTS50053: The account is locked", "the account of 'alice' is locked"),
        ("Wrong email or password.", "for user 'alice': check name"),
        ("User is locked out", "is locked after failures"),
        ("OTP required", "--param totp=CODE"),
        ("User must change password", "log in there once in a browser"),
        ("", "for user 'alice': check name"),
    ] {
        check(&refused(400, "invalid_grant", words), &alice(), &[expected]);
    }
    let quoted = Request { grant: sample::grant(&password::KIND, &["alice", "'pw'"]), ..plain() };
    check(
        &refused(400, "invalid_grant", "Invalid user credentials"),
        &quoted,
        &["the password begins or ends with a quote", "for user 'alice'"],
    );
    for words in [
        "AADSTS700082: The refresh token has expired due to inactivity.",
        "AADSTS50173: The provided grant has expired",
    ] {
        check(&refused(400, "invalid_grant", words), &refresh(), &["log in again for a new one"]);
    }
    check(&refused(400, "invalid_grant", "Bad Request"), &refresh(), &["the refresh token may have expired"]);
    check(&refused(200, "bad_refresh_token", ""), &refresh(), &["log in again for a new one"]);
}

#[test]
fn the_shape_of_a_secret_comes_first_and_the_encoding_gives_way_to_it() {
    for (secret, shape) in [
        ("\"plain\"", "the client_secret begins or ends with a quote"),
        ("$NAME", "the client_secret looks like a variable"),
        ("${{ secrets.X }}", "the client_secret looks like an expression"),
        ("ab\tcd", "the client_secret holds a tab"),
        ("ENV:X", "the client_secret looks like the name of a source"),
        ("op://a/b/c", "the client_secret looks like a reference"),
        ("plain\n", "the client_secret ends with a line end"),
        (" plain", "the client_secret begins or ends with white space"),
    ] {
        check(&refused(401, "invalid_client", ""), &of(secret, &basic::KIND), &[shape, REFUSED]);
        check(
            &refused(401, "invalid_client", "Bad client secret"),
            &of(secret, &post::KIND),
            &[shape, "not by this client_secret"],
        );
    }
    let mut spaced = raw();
    for part in spaced.client.iter_mut().flat_map(|client| &mut client.parts) {
        if part.need.is_secret {
            part.value = FieldValue::Secret(sample::credential("a +b"));
        }
    }
    check(&refused(401, "invalid_client", ""), &spaced, &["holds white space", REFUSED, "try --basic-encoding form"]);
    check(&refused(401, "invalid_client", ""), &of("a+b", &basic::KIND), &[REFUSED, "--basic-encoding raw"]);
    let mut id = of("plain", &basic::KIND);
    id.client.as_mut().unwrap().id = "<client-id>".into();
    check(
        &refused(401, "invalid_client", "No such client"),
        &id,
        &["the client_id looks like a placeholder", "knows no client '<client-id>'"],
    );
    let mut meant = of("", &basic::KIND);
    for part in meant.client.iter_mut().flat_map(|client| &mut client.parts) {
        if let Part { value: FieldValue::Secret(credential), .. } = part {
            credential.secret = Secret::meant("$NAME");
        }
    }
    check(&refused(401, "invalid_client", ""), &meant, &[REFUSED, "--basic-encoding raw"]);
}

#[test]
fn metadata_says_which_method_it_is() {
    let told = |request: &Request, methods: &[&str]| {
        at(URL, &refused(401, "invalid_client", ""), request, Some(&metadata(methods)), 0)
    };
    for (methods, expected) in [
        (&["private_key_jwt", "client_secret_post"][..], "try --auth-method client_secret_post"),
        (
            &["client_secret_basic", "client_secret_post"],
            "registered for another method that the server's metadata lists: try --auth-method client_secret_post",
        ),
        (&["client_secret_basic"], "lists client_secret_basic: check client_id 'ci' and its client_secret"),
        (&["private_key_jwt"], "try --auth-method private_key_jwt"),
        (&["spiffe_jwt"], "only spiffe_jwt"),
    ] {
        compare(&told(&plain(), methods), &[expected], &methods);
    }
    check(&refused(401, "invalid_client", ""), &of("plain", &post::KIND), &["--auth-method client_secret_basic"]);
    let nobody = Request { client: None, ..plain() };
    check(&refused(401, "invalid_client", ""), &nobody, &["give --client-id"]);
}

#[test]
fn a_clock_that_is_off_is_measured() {
    for (skew, shown) in [(300, "5m ahead"), (4000, "1h 6m ahead"), (200_000, "2 days ahead")] {
        let hints = at(URL, &refused(401, "invalid_client", ""), &plain(), None, skew);
        compare(&hints, &[REFUSED, &format!("clock is {shown}")], &skew);
    }
}

#[test]
fn what_was_asked_for_is_shown() {
    let lists = Metadata { scopes: Some(vec!["a".into(), "b".into()]), ..metadata(&["client_secret_basic"]) };
    let scope = refused(400, "invalid_scope", "");
    check(&scope, &scoped("a,b"), &["--scope 'a b'", "check --scope against"]);
    compare(&at(URL, &scope, &scoped("a c"), Some(&lists), 0), &["does not list c; it lists a, b"], &"");
    compare(&at(URL, &scope, &scoped("a b"), Some(&lists), 0), &["check --scope against"], &"");
    check(&scope, &plain(), &["some servers require a scope"]);
    check(&scope, &scoped("urn:r/.default"), &["check --scope against", "may want --resource"]);
    check(&refused(400, "invalid_scope", "use .default"), &plain(), &["--scope RESOURCE/.default"]);
    check(
        &refused(
            400,
            "invalid_resource",
            "AADSTS500011: The resource principal named urn:r was not found in the tenant named x.",
        ),
        &scoped("urn:r/.default"),
        &[
            "the server knows no API by what stands before '/.default' in urn:r/.default: check that, and the tenant in https://idp.example/token",
        ],
    );
    let resource = Request { resource: vec!["urn:r".into()], ..plain() };
    let no_resource = "AADSTS901002: The 'resource' request parameter is not supported.";
    check(
        &refused(400, "invalid_request", no_resource),
        &resource,
        &["may not take 'resource': try --scope urn:r/.default instead"],
    );
    check(&refused(400, "invalid_target", "unknown resource"), &resource, &["check --resource urn:r"]);
    check(
        &refused(403, "access_denied", "Service not enabled within domain: https://api"),
        &for_api("https://api"),
        &["check --audience https://api"],
    );
    let tenant = Request { params: vec![Field::plain("tenant_id", "acme")], ..plain() };
    check(&refused(400, "invalid_request", "invalid parameter tenant_id"), &tenant, &["tenant_id was sent as 'acme'"]);
    let grants = Metadata { grant_types: Some(vec!["password".into()]), ..metadata(&[]) };
    let hints = at(URL, &refused(400, "unsupported_grant_type", ""), &plain(), Some(&grants), 0);
    compare(&hints, &["lists these grants: password"], &"");
}

#[test]
fn a_status_speaks_where_the_words_do_not() {
    let page = "an HTML page titled \"x\"";
    for (status, kind, expected) in [
        (404, page, &["nothing answers at https://idp.example/token: check the path"][..]),
        (405, "an empty body", &["does not take POST"]),
        (403, page, &["something in front of the server"]),
        (403, "plain text", &["something in front of the server"]),
        (406, "an empty body", &["-H 'Accept: */*'"]),
        (200, page, &["answers with a web page"]),
        (200, "a JSON object", &["run with -v"]),
        (
            400,
            "an HTML page titled \"400 The plain HTTP request was sent to HTTPS port\"",
            &["write https: https://idp.example/token"],
        ),
        (
            400,
            "an HTML page titled \"400 No required SSL certificate was sent\"",
            &["--cert FILE", "--auth-method tls_client_auth --cert FILE"],
        ),
    ] {
        check(&odd(status, kind, ""), &plain(), expected);
    }
    // The server's own words are no firewall's.
    check(&refused(403, "E1001", "This application is not provisioned"), &plain(), &[]);
    check(
        &odd(400, "plain text", "Client sent an HTTP request to an HTTPS server."),
        &plain(),
        &["write https: https://idp.example/token"],
    );
    let slash = at("https://idp.example/token/", &odd(403, page, ""), &plain(), None, 0);
    compare(&slash, &["try it without the final slash: https://idp.example/token", "firewall"], &"");
    let found = metadata(&["client_secret_basic"]);
    let hints = at(URL, &odd(404, page, ""), &plain(), Some(&found), 0);
    compare(&hints, &["nothing answers at https://idp.example/token, which the issuer's metadata names"], &"");
    assert!(!hints[0].contains("--issuer"));
    for url in ["https://idp.example/realms/a/protocol/openid-connect/auth", "https://idp.example/oauth2/Authorize/"] {
        for answer in [refused(400, "Invalid Request", ""), refused(400, "invalid_request", ""), odd(404, page, "")] {
            let hints = at(url, &answer, &plain(), None, 0);
            compare(
                &hints,
                &["looks like another endpoint than the token endpoint; --issuer finds that"],
                &(url, answer),
            );
        }
    }
    check(&refused(503, "odd", ""), &plain(), &["HTTP 503 may mean"]);
    check(&refused(404, "Not Found", ""), &plain(), &["nothing answers at https://idp.example/token"]);
    check(&refused(405, "Method Not Allowed", ""), &plain(), &["does not take POST"]);
}

#[test]
fn an_endpoint_is_changed_only_for_the_same_place() {
    let to = |location: &str| ResponseError::Redirect { status: 301, location: Some(location.into()) };
    for (from, location, is_advised) in [
        ("https://idp.example/token", "https://idp.example/token/", true),
        ("https://idp.example/token/", "https://idp.example/token", true),
        ("http://localhost/token", "https://localhost/token", true),
        ("http://localhost:8080/token", "https://localhost:8443/token", true),
        ("http://localhost:8080/token", "https://localhost/token/", true),
        ("http://localhost:9000/token", "https://localhost:9000/token", true),
        ("http://localhost:9000/token", "https://localhost:9443/token", false),
        ("https://idp.example/token", "https://idp.example:8443/token", false),
        ("https://idp.example/token", "https://www.idp.example/token", false),
        ("https://idp.example/token", "https://idp.example/login", false),
        ("https://idp.example/token", "https://idp.example/token/x", false),
    ] {
        let hints = at(from, &to(location), &plain(), None, 0);
        let advised = format!("change token_endpoint to {location};");
        let expected = if is_advised { advised.as_str() } else { "that is no place for a token request" };
        compare(&hints, &[expected], &(from, location));
    }
    let nowhere = ResponseError::Redirect { status: 304, location: None };
    check(&nowhere, &plain(), &["the answer names no Location"]);
    check(
        &to("http://idp.example/token/"),
        &plain(),
        &["points to plain http: the server does not know that TLS ends before it"],
    );
    check(&to("http://other.example/token"), &plain(), &["the answer points to nowhere usable"]);
    check(&to(URL), &plain(), &["the answer points back to where it came from"]);
    check(&to("javascript:alert(1)"), &plain(), &["the answer points to nowhere usable"]);
}

#[test]
fn there_are_never_more_hints_than_anybody_reads() {
    let mut request = of("\"a", &basic::KIND);
    request.client.as_mut().unwrap().id = "'ci".into();
    let hints = at(URL, &refused(500, "invalid_client", ""), &request, None, 90_000);
    assert_eq!(hints.len(), MOST);
}

#[test]
fn an_issuer_is_told_as_it_is_to_be_written() {
    use crate::oauth::discovery::{DiscoveryError, Issuer};
    for (asked, found, expected) in [
        ("https://a.example/x", "https://a.example/x/", "write --issuer https://a.example/x/"),
        ("https://a.example/x/", "https://a.example/x", "write --issuer https://a.example/x"),
        ("https://A.example/X", "https://a.example/x", "write --issuer https://a.example/x"),
        ("https://a.example:443", "https://a.example", "write --issuer https://a.example"),
        ("https://a.example", "https://b.example", "if that is the server you mean, write --issuer https://b.example"),
        ("https://a.example", "http://a.example", "the server does not know that TLS ends before it"),
        ("https://a.example", "http://keycloak:8080", "the server does not know that TLS ends before it"),
        ("https://a.example", "a.example", "check --issuer against the 'issuer'"),
    ] {
        let error = DiscoveryError::IssuerMismatch { found: found.into() };
        let hints = of_metadata(&Issuer::parse(asked).unwrap(), &error);
        assert!(hints[0].starts_with(expected), "{asked} {found}: {hints:?}");
    }
    let moved = without_metadata("https://kc.example/realms/a");
    compare(&moved, &["if that is a Keycloak: try --issuer https://kc.example/auth/realms/a", "check --issuer"], &"");
}

/// Client `app`, which is public, asking by a device code.
fn device() -> Request {
    let mut request = sample::login();
    request.grant = Grant::device(&Secret::new("d3v1ce"), None);
    if let Some(login) = &mut request.login {
        login.way = Way::Device;
    }
    request
}

fn with(mut request: Request, change: impl FnOnce(&mut Login)) -> Request {
    change(request.login.as_mut().unwrap());
    request
}

#[test]
fn who_is_asked_to_log_in_hears_what_to_write() {
    let by_issuer = |request: Request| Request {
        server: crate::oauth::Server::Issuer(Issuer::parse("https://idp.example/realms/a").unwrap()),
        scope: vec!["openid".into(), "b".into()],
        ..request
    };
    let command =
        "oauth2tok login -g authorization_code --issuer https://idp.example/realms/a --client-id ci --scope 'openid b'";
    for (status, code, words, request) in [
        (400, "unauthorized_client", "Client not allowed for direct access grants", alice()),
        (400, "invalid_client", "Client requires user consent", plain()),
        (401, "unauthorized_client", "Public client not allowed to retrieve service account", plain()),
        (
            400,
            "invalid_grant",
            "AADSTS50076: Due to a configuration change you must use multi-factor authentication",
            alice(),
        ),
    ] {
        check(&refused(status, code, words), &by_issuer(request), &[command]);
    }
    check(
        &refused(400, "unauthorized_client", "Client not allowed for direct access grants"),
        &alice(),
        &[
            "oauth2tok login -g authorization_code --token-endpoint https://idp.example/token --authorization-endpoint URL --client-id ci",
        ],
    );
}

#[test]
fn a_login_that_is_refused_is_told_what_to_change() {
    let (authorization, pushed) = (Some(Endpoint::Authorization), Some(Endpoint::PushedAuthorization));
    let code = |uri: &str| Request { grant: Grant::code(&Secret::new("c0de"), uri, None), ..sample::login() };
    let browser = sample::login;
    let registered = "have http://127.0.0.1/callback registered for client 'app', letter by letter; some servers take any port on 127.0.0.1";
    for (of, status, error, words, request, expected) in [
        (
            None,
            400,
            "invalid_grant",
            "Incorrect redirect_uri",
            code("http://127.0.0.1:5/cb"),
            &["redirect_uri was sent as 'http://127.0.0.1:5/cb': the server compares it"][..],
        ),
        (
            None,
            400,
            "invalid_grant",
            "The 'redirect_uri' from this request does not match the one from the authorize request.",
            code("x:y"),
            &["redirect_uri was sent as 'x:y'"],
        ),
        (
            None,
            400,
            "invalid_grant",
            "Code not valid",
            code("x:y"),
            &["the code may have been used before, come too late"],
        ),
        (
            None,
            400,
            "invalid_grant",
            "AADSTS54005: OAuth2 Authorization code was already redeemed",
            code("x:y"),
            &["the code may have been used before"],
        ),
        (
            None,
            400,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
            code("x:y"),
            &["the code may have been used before", "redirect_uri was sent as 'x:y'"],
        ),
        (None, 400, "invalid_grant", "PKCE verification failed", code("x:y"), &["the code verifier does not fit"]),
        (
            None,
            400,
            "invalid_grant",
            "PKCE code verifier not specified",
            with(code("x:y"), |l| l.pkce = Some(false)),
            &["leave pkce: false out"],
        ),
        (pushed, 400, "invalid_request", "Invalid parameter: redirect_uri", browser(), &[registered]),
        (
            authorization,
            400,
            "invalid_request",
            "AADSTS50011: The redirect URI specified in the request does not match",
            browser(),
            &[registered],
        ),
        (
            authorization,
            400,
            "invalid_request",
            "Missing parameter: code_challenge_method",
            with(browser(), |l| l.pkce = Some(false)),
            &["the server wants a code challenge (PKCE, RFC 7636): leave pkce: false out"],
        ),
        (
            authorization,
            400,
            "invalid_request",
            "Clients must include a code_challenge when performing the authorize code flow, but it is missing.",
            with(browser(), |l| l.pkce = Some(false)),
            &["leave pkce: false out"],
        ),
        (
            authorization,
            400,
            "invalid_request",
            "Invalid parameter: code_challenge_method",
            browser(),
            &["pkce: false leaves it out"],
        ),
        (
            Some(Endpoint::DeviceAuthorization),
            400,
            "invalid_request",
            "Missing parameter: code_challenge_method",
            device(),
            &["with a device code too: write pkce: true into the profile, or OAUTH2TOK_PKCE=true"],
        ),
        (
            authorization,
            400,
            "unauthorized_client",
            "Client is not allowed to initiate browser login with given response_type. Standard flow is disabled for the client.",
            browser(),
            &["have 'Standard flow' switched on for client 'app'"],
        ),
        (
            authorization,
            400,
            "unauthorized_client",
            "",
            browser(),
            &["the server must allow the authorization_code grant for client 'app'"],
        ),
        (
            authorization,
            400,
            "unsupported_response_type",
            "",
            browser(),
            &["check that https://idp.example/token is the authorization endpoint and that"],
        ),
        (
            authorization,
            400,
            "invalid_scope",
            "Invalid scopes: a b",
            Request { scope: vec!["a".into(), "b".into()], ..browser() },
            &["check --scope against what client 'app' may ask for"],
        ),
        (
            authorization,
            400,
            "access_denied",
            "",
            browser(),
            &[
                "the login was refused, or who logged in may not use client 'app': log in again, perhaps as somebody else (--prompt select_account)",
            ],
        ),
        (authorization, 400, "access_denied", "User denied access", browser(), &["the login was refused"]),
        (
            authorization,
            400,
            "login_required",
            "",
            with(browser(), |l| l.prompt = Some("none".into())),
            &["which --prompt none forbids"],
        ),
        (authorization, 400, "interaction_required", "", browser(), &["--prompt login or --prompt consent"]),
        (
            authorization,
            400,
            "invalid_request",
            "Unsupported response_mode",
            with(browser(), |l| l.response_mode = ResponseMode::FormPost),
            &["leave response_mode out"],
        ),
        (
            authorization,
            400,
            "invalid_request_uri",
            "",
            browser(),
            &["what was pushed is too old or was used already: log in again"],
        ),
        (
            authorization,
            400,
            "invalid_request",
            "PAR request_uri has expired",
            browser(),
            &["what was pushed is too old"],
        ),
        (
            None,
            400,
            "access_denied",
            "",
            device(),
            &["the login was refused, or this code was used already: log in again for a new one"],
        ),
        (
            None,
            400,
            "authorization_declined",
            "AADSTS70017",
            device(),
            &["the login was refused, or this code was used already"],
        ),
        (None, 403, "access_denied", "", refresh(), &["check that https://idp.example/token is the token endpoint"]),
    ] {
        let found = at_place(of, URL, &refused(status, error, words), &request, None, 0);
        compare(&found, expected, &(of, error, words));
    }
}

#[test]
fn a_public_client_hears_where_a_secret_is_wanted() {
    let wanted = |what: &str| format!("this server wants a client with a secret for {what}, and 'app' sends none");
    let (of_device, pushed) = (Some(Endpoint::DeviceAuthorization), Some(Endpoint::PushedAuthorization));
    let refreshing = || Request { grant: sample::grant(&refresh_token::KIND, &["r1"]), ..sample::login() };
    let revocation = Some(Endpoint::Revocation);
    for (of, status, code, request, what, second) in [
        (of_device, 401, "invalid_client", device(), "device codes", Some("check client_id 'app'")),
        (of_device, 401, "", device(), "device codes", Some("check client_id 'app'")),
        (of_device, 400, "unauthorized_client", device(), "device codes", Some("the server must allow the")),
        (None, 401, "", device(), "device codes", Some("check client_id 'app'")),
        (pushed, 401, "", sample::login(), "pushed requests", Some("check client_id 'app'")),
        (pushed, 400, "invalid_client", sample::login(), "pushed requests", Some("check client_id 'app'")),
        (None, 401, "invalid_client", refreshing(), "refreshing", Some("check client_id 'app'")),
        (None, 401, "", refreshing(), "refreshing", Some("check client_id 'app'")),
        (revocation, 401, "", refreshing(), "revoking", Some("check client_id 'app'")),
    ] {
        let wanted = wanted(what);
        let expected: Vec<_> = [wanted.as_str()].into_iter().chain(second).collect();
        compare(&at_place(of, URL, &refused(status, code, ""), &request, None, 0), &expected, &(of, status, code));
    }
    let kind = refused(400, "unsupported_token_type", "The token type is not supported");
    compare(
        &at_place(revocation, URL, &kind, &refreshing(), None, 0),
        &["oauth2tok logout --local does not ask it"],
        &kind,
    );
    // A switch that is off comes before, and a client that has a secret hears nothing of it.
    let off =
        "Client is not allowed to initiate OAuth 2.0 Device Authorization Grant. The flow is disabled for the client.";
    let found = at_place(of_device, URL, &refused(400, "unauthorized_client", off), &device(), None, 0);
    compare(&found, &["have device codes switched on for client 'app'", &wanted("device codes")], &off);
    let found = at_place(of_device, URL, &refused(401, "invalid_client", ""), &plain(), None, 0);
    compare(&found, &[REFUSED], &"a client with a secret");
    let found = at_place(None, URL, &refused(400, "invalid_grant", ""), &refreshing(), None, 0);
    compare(&found, &[refresh_token::KIND.refused], &"a refresh token");
}

#[test]
fn a_refused_client_is_told_so_at_every_endpoint_whatever_the_code() {
    let quoted = of("\"s3cret\"", &basic::KIND);
    for place in
        [Endpoint::DeviceAuthorization, Endpoint::PushedAuthorization, Endpoint::Revocation, Endpoint::Introspection]
    {
        for (status, code, words) in [
            (401, "invalid_client", ""),
            (400, "invalid_request", ""),
            (400, "invalid_request", "Authentication failed."),
            (401, "invalid_request", "Authentication failed."),
            (403, "access_denied", "Client credentials are not good"),
            (400, "invalid_grant", "Invalid client credentials"),
            (400, "unauthorized", ""),
            (403, "forbidden", ""),
        ] {
            let found = at_place(Some(place), URL, &refused(status, code, words), &quoted, None, 0);
            let expected = ["the client_secret begins or ends with a quote", REFUSED];
            compare(&found, &expected, &(place, status, code, words));
        }
    }
}

#[test]
fn another_endpoint_is_called_by_its_name() {
    let url = "https://idp.example/device";
    let of = Some(Endpoint::DeviceAuthorization);
    let moved = |location: &str| ResponseError::Redirect { status: 301, location: Some(location.into()) };
    for (error, expected) in [
        (
            moved("https://idp.example/device/"),
            "change device_authorization_endpoint to https://idp.example/device/; no redirect",
        ),
        (moved("https://idp.example/login"), "is not the device authorization endpoint, or a login page"),
        (
            moved("https://idp.example/device"),
            "look up the right device_authorization_endpoint: the answer points back",
        ),
        (odd(405, "an empty body", ""), "does not take POST: is it the device authorization endpoint?"),
        (
            odd(415, "an empty body", ""),
            "does not take a form at https://idp.example/device: is it the device authorization endpoint?",
        ),
        (odd(200, "an HTML page", ""), "answers with a web page: is it the device authorization endpoint"),
        (odd(404, "an empty body", ""), "nothing answers at https://idp.example/device: check the path"),
        (
            refused(400, "invalid_request", "Missing parameter: grant_type"),
            "wants a grant_type, as a token endpoint does: is it the device authorization endpoint?",
        ),
        (refused(400, "invalid_request", "Missing parameter: tenant"), ""),
    ] {
        let found = at_place(of, url, &error, &device(), None, 0);
        let expected: Vec<_> = [expected].into_iter().filter(|text| !text.is_empty()).collect();
        compare(&found, &expected, &error);
    }
    let tenant = with(device(), |login| login.auth_params = vec![("tenant".into(), "t".into())]);
    let found = at_place(of, url, &refused(400, "invalid_request", "Invalid parameter: tenant"), &tenant, None, 0);
    compare(&found, &["tenant was sent as 't': the server may want another value"], &"tenant");
}
