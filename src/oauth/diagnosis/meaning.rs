//! What an answer means: by its status, its code and its words together, since servers agree on none of the three.
//!
//! The table holds kinds, not servers: a row is made of words that several of them use, or would use, for the same thing. The
//! first row that fits counts, so what is particular stands above what is general.

use super::words::Words;

/// Why a request was refused, as far as the answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server wants tokens bound to a key (RFC 9449).
    DpopWanted,
    /// Plain http was spoken to a port that speaks TLS.
    PlainToTls,
    /// The server believes that it was asked by plain http.
    HttpsWanted,
    /// The secret is too old.
    SecretExpired,
    /// Id or secret in HTTP Basic could not be decoded.
    EncodingRefused,
    /// A signed assertion is wanted (RFC 7523).
    AssertionWanted,
    /// A client certificate is wanted (RFC 8705).
    CertificateWanted,
    /// The client authenticates by another method.
    OtherMethod,
    /// Who the client is did not arrive.
    ClientMissing,
    /// Its id is not in the body.
    ClientIdMissing,
    /// Id, secret or method: the server does not say which.
    ClientRefused,
    /// There is no such client.
    ClientUnknown,
    /// There is, and its secret is another.
    SecretRefused,
    /// The client is switched off.
    ClientDisabled,
    /// The client has no secret and cannot prove who it is.
    ClientIsPublic,
    /// The client may only receive tokens.
    ClientIsBearerOnly,
    /// The grant is not switched on for this client,
    GrantNotAllowed,
    /// client_credentials by its name at Keycloak,
    ServiceAccountOff,
    /// password by its name at Keycloak.
    DirectAccessOff,
    /// The server does not know the grant.
    GrantUnsupported,
    /// What the grant trades is no good.
    GrantRefused,
    /// A person must agree first.
    ConsentWanted,
    /// The server's rules for such requests say no.
    PolicyRefused,
    /// The password is right; the account wants something else done first.
    AccountUnfinished,
    /// The account is switched off.
    AccountDisabled,
    /// The account is locked for a while.
    AccountLocked,
    /// A second factor is wanted.
    SecondFactorWanted,
    /// The refresh token was used before.
    RefreshTokenReused,
    /// The refresh token has expired or was withdrawn.
    RefreshTokenGone,
    /// The token was issued under another name of the server.
    OtherIssuer,
    /// The token is for somebody else.
    NotInAudience,
    /// For which API the token is meant is not said, or not known.
    Audience,
    /// The same in Entra's old words.
    Resource,
    /// A scope of the form `…/.default` is wanted.
    DefaultScopeWanted,
    /// Entra knows no API by what stands before `/.default`.
    ResourceUnknown,
    /// Scopes.
    Scope,
    /// No scope came.
    ScopeMissing,
    /// The tenant in the URL is not known.
    TenantUnknown,
    /// The realm in the URL is not known.
    RealmUnknown,
    /// The server wants to be asked at another address of its own.
    OtherAddress,
    /// Nobody is named for whom the client acts.
    ClientWithoutUser,
    /// Nothing is at this path.
    PathUnknown,
    /// The URL is another endpoint's.
    NotTheTokenEndpoint,
    /// A code challenge or its verifier (RFC 7636).
    Pkce,
    /// Where the browser comes back to is another than is registered, or was said.
    RedirectUri,
    /// The code grant by its name at Keycloak.
    StandardFlowOff,
    /// Device codes are not switched on for this client.
    DeviceFlowOff,
    /// The server would have to ask the person, and may not.
    MayNotAsk,
    /// How the answer is to come back.
    ResponseMode,
    /// What was pushed is not there any more.
    PushedGone,
    /// A person said no.
    Denied,
    /// A parameter is missing or wrong, which the words name.
    Parameter,
    /// The body is not in the form that the server takes.
    BodyRefused,
    /// Nothing but that the request is wrong.
    RequestRefused,
}

/// A row: any of these codes (none: whichever), and all of these words, each of which may have alternatives.
struct Sign(&'static str, &'static [&'static str], Meaning);

/// Entra's numbers; what it says beside them has words of every kind in it.
const NUMBERS: &[(&str, Meaning)] = &[
    ("7000215", Meaning::SecretRefused),
    ("7000222", Meaning::SecretExpired),
    ("7000216 7000218", Meaning::ClientMissing),
    ("700016 70001", Meaning::ClientUnknown),
    ("7000112", Meaning::ClientDisabled),
    ("700025", Meaning::ClientIsPublic),
    ("700024 700027 700023 700030 7000219 50013", Meaning::AssertionWanted),
    ("90002 900023 900021 50059 50194", Meaning::TenantUnknown),
    ("1002012 70011", Meaning::DefaultScopeWanted),
    ("500011 500014 650057 650052", Meaning::ResourceUnknown),
    ("901002", Meaning::Resource),
    ("65001 65004 90094", Meaning::ConsentWanted),
    ("53000 53001 53003 53004 530003 530034", Meaning::PolicyRefused),
    ("50076 50079 50074 50072 50158 500121", Meaning::SecondFactorWanted),
    ("50055 50144", Meaning::AccountUnfinished),
    ("50057 50056", Meaning::AccountDisabled),
    ("50053 50196", Meaning::AccountLocked),
    ("50126 50034 51004", Meaning::GrantRefused),
    ("700082 50173 70008 70043 700084 50089 50133 54005", Meaning::RefreshTokenGone),
    ("50011 500112 500113 500115", Meaning::RedirectUri),
    ("9002325 501481 50148", Meaning::Pkce),
    ("7000014 700007 70003 7000015", Meaning::GrantUnsupported),
    ("90014 900144 90023 9002313", Meaning::Parameter),
];

const ANY: &str = "";
const CLIENT: &str = "invalid client|unauthorized client|invalid request|unauthorized|access denied";
const GRANT: &str = "invalid grant|access denied|unauthorized|invalid request";

/// Where a person is asked, these come first.
const OF_LOGIN: &[Sign] = &[
    Sign("login required|interaction required|consent required|account selection required", &[], Meaning::MayNotAsk),
    Sign("invalid request uri", &[], Meaning::PushedGone),
    Sign(ANY, &["request uri", "expired|unknown|not found|not exist|already|no longer|used"], Meaning::PushedGone),
    Sign(ANY, &["code challenge|code verifier|pkce|proof key"], Meaning::Pkce),
    Sign(ANY, &["standard flow|browser login"], Meaning::StandardFlowOff),
    Sign(
        ANY,
        &[
            "device authorization grant|device flow|device code grant|grant type device code|grants device code",
            "disabled|not allowed|not enabled|unauthorized|not permitted|not supported|unsupported",
        ],
        Meaning::DeviceFlowOff,
    ),
    // Words of the standard that name every reason at once.
    Sign("invalid grant", &["expired", "redirect uri|redirection uri"], Meaning::GrantRefused),
    Sign(
        ANY,
        &["redirect uri|redirection uri|redirect url|redirecturi|callback url|callback uri|reply url|reply address"],
        Meaning::RedirectUri,
    ),
    Sign(ANY, &["response mode"], Meaning::ResponseMode),
    Sign("authorization declined", &[], Meaning::Denied),
];

const SIGNS: &[Sign] = &[
    Sign(ANY, &["dpop"], Meaning::DpopWanted),
    Sign(
        ANY,
        &["application json|json body|expects json|valid json|must be json|json object|as json"],
        Meaning::BodyRefused,
    ),
    Sign(ANY, &["http request", " to an https | to https port"], Meaning::PlainToTls),
    Sign(
        ANY,
        &["https required|https is required|requires https|must use https|ssl required|ssl is required|use of https"],
        Meaning::HttpsWanted,
    ),
    Sign(ANY, &["secret", "expired"], Meaning::SecretExpired),
    Sign(
        ANY,
        &["could not be decoded|unexpected error when authenticating client|malformed basic|invalid basic"],
        Meaning::EncodingRefused,
    ),
    Sign(
        ANY,
        &[
            "not properly encoded|improperly encoded|incorrectly encoded|not correctly encoded|wrongly encoded",
            "client id|client secret|authorization header|credentials",
        ],
        Meaning::EncodingRefused,
    ),
    // Words of the standard (RFC 6749 §5.2) and of others that name every reason at once.
    Sign(
        ANY,
        &["no client authentication included|invalid client or invalid client credentials"],
        Meaning::ClientRefused,
    ),
    Sign(ANY, &["client assertion", "client secret"], Meaning::ClientMissing),
    Sign(
        ANY,
        &["client assertion|signed jwt|assertion is missing|missing assertion|private key jwt|must be signed"],
        Meaning::AssertionWanted,
    ),
    Sign("invalid client", &[" jwt "], Meaning::AssertionWanted),
    Sign(ANY, &["certificat|mtls|mutual tls|x509|x 509"], Meaning::CertificateWanted),
    Sign("invalid client", &["missing client id|client id missing|client id is missing"], Meaning::ClientIdMissing),
    Sign(ANY, &["client credentials user|run as user"], Meaning::ClientWithoutUser),
    Sign(ANY, &["bearer only"], Meaning::ClientIsBearerOnly),
    Sign(
        ANY,
        &[
            "public client|client is public|confidential client",
            "not allowed|must not|should not|cannot|may not|not permitted|only|is public|required",
        ],
        Meaning::ClientIsPublic,
    ),
    Sign("unauthorized client|invalid client", &["service account"], Meaning::ServiceAccountOff),
    Sign(ANY, &["direct access grant"], Meaning::DirectAccessOff),
    Sign(ANY, &["consent|approved this consumer|not approved|admin approval"], Meaning::ConsentWanted),
    Sign(
        ANY,
        &["policy evaluation|conditional access|blocked by policy|policy denied|denied by policy"],
        Meaning::PolicyRefused,
    ),
    Sign(
        ANY,
        &[
            "authentication method|auth method|authentication scheme",
            "unsupported|not supported|not allowed|not valid|not permitted|not configured|invalid|mismatch|not enabled|not accepted",
        ],
        Meaning::OtherMethod,
    ),
    Sign(
        ANY,
        &["client id|client identifier", "secret", "invalid|incorrect|wrong|not valid|bad |mismatch|unknown|fail"],
        Meaning::ClientRefused,
    ),
    // The server leaves open which of the two it is.
    Sign(
        ANY,
        &["client|application| app ", " or ", "secret|credential|password", "unknown|not found|no such|not registered"],
        Meaning::ClientRefused,
    ),
    Sign(ANY, &["missing or|or missing", "client id|client identifier"], Meaning::ClientUnknown),
    Sign(ANY, &["missing or|or missing", "client secret"], Meaning::SecretRefused),
    Sign(ANY, &["missing or|or missing", "credentials|authentication"], Meaning::ClientRefused),
    Sign(
        ANY,
        &[
            "client id|client identifier|client secret|client authentication|secret was|authentication object",
            "missing|required|no client|not provided|not present|not supplied|not received|not sent|absent|mandatory|empty|must be provided|must provide|must include|must contain|was not found in",
        ],
        Meaning::ClientMissing,
    ),
    Sign(
        ANY,
        &[
            "no client credentials|missing client credentials|client credentials missing|client credentials are missing|client credentials not provided|client credentials not sent|client credentials are required|credentials were not provided",
        ],
        Meaning::ClientMissing,
    ),
    Sign(
        ANY,
        &["invalid parameter|unknown parameter|missing parameter|missing required parameter"],
        Meaning::Parameter,
    ),
    Sign(ANY, &["issuer", "expected|invalid|mismatch|not match"], Meaning::OtherIssuer),
    Sign(ANY, &[" realm ", "not exist|not found|unknown|doesn t exist|no such|invalid"], Meaning::RealmUnknown),
    Sign(
        ANY,
        &[" tenant | directory ", "not found|unknown|not exist|doesn t exist|no such|invalid"],
        Meaning::TenantUnknown,
    ),
    Sign(
        ANY,
        &[
            "client|application | app |consumer key",
            "not found|could not be found|unable to find|could not find|cannot find|no application|unknown client|client unknown|unknown application|not exist|doesn t exist|no client with|no such client|not registered|not recognized|invalid client id|invalid client identifier|client identifier invalid|client id invalid|client id is invalid|client id is not valid|invalid value for client id|bad client id|wrong client id|incorrect client id|clientid is invalid",
        ],
        Meaning::ClientUnknown,
    ),
    Sign(
        ANY,
        &[
            "secret",
            "invalid|incorrect|wrong|mismatch|not match|doesn t match|bad |not valid|does not verify|verification failed",
        ],
        Meaning::SecretRefused,
    ),
    Sign(
        "unauthorized client|access denied",
        &[
            "to use|this method|this flow|client credentials| flow ",
            "not allowed|not authorized|unauthorized|not enabled|disabled|not permitted",
        ],
        Meaning::GrantNotAllowed,
    ),
    Sign(
        CLIENT,
        &[
            " client | application | app ",
            "disabled|inactive|blocked|suspended|not enabled|not active|deactivated|revoked",
        ],
        Meaning::ClientDisabled,
    ),
    Sign(
        ANY,
        &[
            "fully set up|required action|password expired|password has expired|temporary password|password must|must change|change your password|update your password|reset required|force change password",
        ],
        Meaning::AccountUnfinished,
    ),
    Sign(
        GRANT,
        &["account|user", "disabled|deactivated|inactive|not active|suspended|not enabled|switched off"],
        Meaning::AccountDisabled,
    ),
    Sign(GRANT, &["locked|too many|temporarily disabled|brute force"], Meaning::AccountLocked),
    Sign(
        ANY,
        &["mfa|multi factor|multifactor|second factor|two factor|2fa|one time|totp| otp "],
        Meaning::SecondFactorWanted,
    ),
    Sign(
        ANY,
        &["reuse|already used|already been used|used before|was used|refresh token rotat"],
        Meaning::RefreshTokenReused,
    ),
    Sign(ANY, &["within the token audience|not in the audience|not in audience"], Meaning::NotInAudience),
    Sign(ANY, &["client grant|non global client|service not enabled|service not found|whitelisted"], Meaning::Audience),
    Sign(
        ANY,
        &[
            "grant type|granttype|grant types|this grant| grant ",
            "not allowed|not authorized|unauthorized|not enabled|not permitted|disallowed|not registered|cannot use|may not use|not in the list|isn t allowed",
        ],
        Meaning::GrantNotAllowed,
    ),
    Sign(
        "invalid grant",
        &["resource owner|user credentials|username|password|wrong email|bad credentials"],
        Meaning::GrantRefused,
    ),
    Sign(ANY, &["audience|not authorized to access|resource server"], Meaning::Audience),
    Sign("invalid request|invalid resource", &["resource"], Meaning::Resource),
    Sign("access denied", &["not enabled|not found|unknown", " api |service|resource"], Meaning::Audience),
    Sign("invalid target", &[], Meaning::Audience),
    Sign(ANY, &["dotdefault"], Meaning::DefaultScopeWanted),
    Sign("invalid scope", &[], Meaning::Scope),
    Sign(ANY, &["no valid scope|valid scopes"], Meaning::Scope),
    Sign(ANY, &["on this domain|for this domain|wrong region|this region"], Meaning::OtherAddress),
    Sign("invalid grant", &[], Meaning::GrantRefused),
    Sign(ANY, &["bad refresh token|invalid refresh token"], Meaning::RefreshTokenGone),
    Sign(
        ANY,
        &[
            "client credentials|client authentication|credentials",
            "incorrect|bad |invalid|wrong|fail|not valid|unauthorized",
        ],
        Meaning::ClientRefused,
    ),
    Sign(
        ANY,
        &["scope", "missing|required|provide|must contain|no scope|mandatory|empty|not specified"],
        Meaning::ScopeMissing,
    ),
    Sign(ANY, &["scope", "invalid|unknown|not allowed|not permitted|unsupported|not supported"], Meaning::Scope),
    Sign(
        ANY,
        &[
            "parameter grant type|missing grant type|grant type is missing|grant type is required|grant type missing|no grant type",
        ],
        Meaning::Parameter,
    ),
    Sign("unsupported grant type|invalid grant type|unsupported response type", &[], Meaning::GrantUnsupported),
    Sign(ANY, &["unsupported grant|grant type"], Meaning::GrantUnsupported),
    Sign(
        ANY,
        &["matching target resource method|no route|cannot post|route not found|no static resource|no handler"],
        Meaning::PathUnknown,
    ),
    Sign(ANY, &["redirect uri|redirect url|response type|authorization code"], Meaning::NotTheTokenEndpoint),
    Sign(ANY, &["parameter|required field|must contain|missing field|missing form"], Meaning::Parameter),
];

/// What the answer means. `code` is its code alone, `said` all of its words, the code's among them; `is_login` where a person
/// is asked. `None` where nothing but the status tells something.
pub(super) fn of(status: u16, code: &Words, said: &Words, is_login: bool) -> Option<Meaning> {
    if let Some(number) = said.rest_of(" aadsts") {
        let row = NUMBERS.iter().find(|(numbers, _)| numbers.split(' ').any(|one| one == number));
        if let Some((_, meaning)) = row {
            return Some(*meaning);
        }
    }
    let is_about = |codes: &str| codes.is_empty() || code.speak_of(codes);
    let fits = |sign: &&Sign| is_about(sign.0) && sign.1.iter().all(|words| said.speak_of(words));
    let of_login = if is_login { OF_LOGIN } else { &[] };
    let by_sign = of_login.iter().chain(SIGNS).find(fits).map(|sign| sign.2);
    let is_denied = is_login && code.speak_of("access denied");
    by_sign.or(is_denied.then_some(Meaning::Denied)).or_else(|| by_code(status, code, said))
}

/// What the same means where nothing is asked for but by the client: at such endpoints servers say in many ways that they do
/// not know who that is, whatever their code.
pub(super) fn elsewhere(meaning: Option<Meaning>, status: u16, said: &Words) -> Option<Meaning> {
    match meaning {
        Some(Meaning::GrantRefused) => Some(Meaning::ClientRefused),
        None | Some(Meaning::RequestRefused | Meaning::Denied)
            if matches!(status, 400 | 401 | 403)
                && (said.are("") || said.speak_of("authenticat|client|credential|unauthorized|denied|forbidden")) =>
        {
            Some(Meaning::ClientRefused)
        }
        meaning => meaning,
    }
}

/// Where the words tell nothing particular.
fn by_code(status: u16, code: &Words, said: &Words) -> Option<Meaning> {
    if code.speak_of(" invalid client |unauthorized client authentication") {
        return Some(Meaning::ClientRefused);
    }
    if code.speak_of("unauthorized client") {
        // Keycloak says so of a wrong secret; in a 400 and a 403 it is what the standard means by it.
        return Some(if status == 401 { Meaning::ClientRefused } else { Meaning::GrantNotAllowed });
    }
    // Auth0, UAA and others that have no code for it.
    let is_bare = said.are("unauthorized") || said.speak_of(" invalid client ");
    if is_bare || status == 401 || (status == 422 && said.are("") && code.are("")) {
        return Some(Meaning::ClientRefused);
    }
    code.speak_of("invalid request").then_some(Meaning::RequestRefused)
}
