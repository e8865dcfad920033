//! What to do about what an answer means, in the user's own values.

use std::collections::BTreeSet;

use super::client;
use super::meaning::Meaning;
use super::words::{Words, list};
use super::{Circumstances, address};
use crate::oauth::client::assertion as kinds;
use crate::oauth::field::FieldValue;
use crate::oauth::grant::{Clients, client_credentials, password};
use crate::oauth::login::{Login, ResponseMode, Way};
use crate::oauth::need;

/// The codes of the standards, whose words mean less than they say.
pub(super) fn is_standard(code: &str) -> bool {
    const CODES: [&str; 10] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "access_denied",
        "server_error",
        "temporarily_unavailable",
    ];
    CODES.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// What to do about an answer that means this and says so.
pub(super) fn on(meaning: Meaning, said: &Words, known: &Circumstances<'_>) -> Vec<String> {
    let request = known.request;
    let (who, grant, url) = (known.who(), known.grant(), known.url());
    let user = need::text(&request.grant.parts, "username");
    let account = user.map_or("the account".to_owned(), |name| format!("the account of '{name}'"));
    let one = |hint: String| vec![hint];
    let is_about_method = matches!(
        meaning,
        Meaning::AssertionWanted
            | Meaning::CertificateWanted
            | Meaning::OtherMethod
            | Meaning::ClientRefused
            | Meaning::ClientMissing
    );
    if is_about_method && let Some(named) = client::named_method(said, known) {
        return named;
    }
    match meaning {
        Meaning::DpopWanted => one(match &request.dpop {
            None => format!("the server wants tokens bound to a key of {who} (DPoP, RFC 9449): add --dpop"),
            Some(_) => format!("the proof of possession did not reach {url}: a proxy in between may take the DPoP header out"),
        }),
        Meaning::PlainToTls => one(address::with_tls(known)),
        Meaning::HttpsWanted => address::without_tls(known),
        Meaning::SecretExpired => one(format!("the client_secret of {who} is too old: have a new one made")),
        Meaning::EncodingRefused => {
            let hints = request.client.as_ref().map_or_else(Vec::new, |asks| {
                client::shapes(asks).into_iter().chain(client::encoding(asks)).collect()
            });
            if hints.is_empty() { client::refused(known) } else { hints }
        }
        Meaning::AssertionWanted => one(format!(
            "the server wants a signed assertion of {who}: {}, or {} (signed with the secret)",
            client::flags_of(&kinds::PRIVATE_KEY),
            client::flags_of(&kinds::SECRET)
        )),
        Meaning::CertificateWanted => {
            let is_by_certificate = request.client.as_ref().is_some_and(|client| client.kind.by_certificate);
            if !known.sent.shown.is_empty() || known.sent.is_unseen && is_by_certificate {
                return client::of_certificate(known);
            }
            let shown = "the server wants to see a client certificate: --cert FILE, with --key FILE where the key is not in it".to_owned();
            let by_it = request.client.as_ref().filter(|client| !client.kind.is_public && !client.kind.by_certificate);
            [shown].into_iter().chain(by_it.map(|client| client::by_certificate(&client.id))).collect()
        }
        Meaning::OtherMethod => client::of_another_method(known),
        Meaning::ClientMissing => client::missing(known),
        Meaning::ClientIdMissing => {
            let by_it = request.client.as_ref().filter(|client| !client.kind.is_public && !client.kind.by_certificate);
            client::missing(known).into_iter().chain(by_it.map(|client| client::by_certificate(&client.id))).collect()
        }
        Meaning::ClientRefused => client::refused(known),
        Meaning::ClientUnknown => {
            let shapes = request.client.iter().flat_map(client::shapes);
            let unknown = match &request.client {
                Some(_) => format!("the server knows no {who}"),
                None => "the server does not know the client".to_owned(),
            };
            let unknown = format!("{unknown}: check --client-id, and the tenant, realm or environment in {url}");
            shapes.chain([unknown]).collect()
        }
        Meaning::SecretRefused => client::secret_refused(said, known),
        Meaning::ClientDisabled => one(format!("{who} is switched off at the server: have it switched on, or ask as another")),
        Meaning::ClientIsPublic => one(match request.grant.kind.clients {
            Clients::Confidential(_) => format!(
                "{who} is registered as a public client, and {} is for those that have a secret: have client authentication switched on for it, or ask as another; with it people log in: {}",
                request.grant.name,
                client::login(known)
            ),
            _ => format!("{who} is registered as a public client, which sends no secret: --auth-method none"),
        }),
        Meaning::ClientIsBearerOnly => one(format!("{who} only receives tokens: ask as another client")),
        Meaning::GrantNotAllowed => one(match &request.client {
            None if !known.is_blind() => format!("the server may want a client for {grant}: try --client-id"),
            _ => format!("the server must allow {grant} for {who}: have it switched on there"),
        }),
        Meaning::ServiceAccountOff => one(format!(
            "have 'Service accounts roles' switched on for {who} (Keycloak: Clients, Capability config): that is its name for {}",
            known.grant_or(client_credentials::KIND.name)
        )),
        Meaning::DirectAccessOff => one(format!(
            "have 'Direct access grants' switched on for {who} (Keycloak: Clients, Capability config): that is its name for {}; servers prefer that people log in: {}",
            known.grant_or(password::KIND.name),
            client::login(known)
        )),
        Meaning::GrantUnsupported => one(unsupported(known)),
        Meaning::GrantRefused => {
            let shapes = client::of_parts(&request.grant.parts);
            let refused = request.grant.kind.refused;
            let refused = user.map_or(refused.to_owned(), |name| format!("for user '{name}': {refused}"));
            let redirect = said.speak_of("redirect uri|redirection uri").then(|| need::text(&request.grant.parts, "redirect_uri"));
            let redirect = redirect.flatten().map(|uri| format!("redirect_uri was sent as '{uri}'"));
            shapes.chain([refused]).chain(redirect).collect()
        }
        Meaning::ConsentWanted => one(format!(
            "somebody must agree to what {who} asks for: an administrator for all (admin consent; at Keycloak 'Consent required' off), or a person{}",
            match known.login() {
                Some(_) => ", in the browser: --prompt consent asks once more".to_owned(),
                None => format!(" who logs in: {}", client::login(known)),
            }
        )),
        Meaning::PolicyRefused => one(format!(
            "a rule of the server refuses this to {who} (network, device, risk, conditional access): the server's log says which"
        )),
        Meaning::AccountUnfinished => one(format!(
            "the password is right, but {account} wants something done first (a new password, an address, terms): log in there once in a browser"
        )),
        Meaning::AccountDisabled => one(format!("{account} is switched off: ask whoever runs the server")),
        Meaning::AccountLocked => {
            one(format!("{account} is locked after failures: wait, or have it unlocked; more attempts may make it longer"))
        }
        Meaning::SecondFactorWanted => one(format!(
            "{account} wants a second factor: some servers take its code by --param totp=CODE; others ask in a browser alone: {}",
            client::login(known)
        )),
        Meaning::RefreshTokenReused | Meaning::RefreshTokenGone if known.login().is_some() => {
            one(request.grant.kind.refused.to_owned())
        }
        Meaning::RefreshTokenReused => one(
            "this refresh token was used before, and many servers end the login for that: log in again for a new one; with --cache the newest is kept".to_owned(),
        ),
        Meaning::RefreshTokenGone => {
            one("the refresh token has expired or was withdrawn: log in again for a new one".to_owned())
        }
        Meaning::OtherIssuer => one(format!(
            "what is traded was issued under another address of the server than {url}: use one address everywhere, the one in its words"
        )),
        Meaning::NotInAudience => one(format!("trade a token that is meant for {who}: its 'aud' must name it")),
        Meaning::Audience => audience(known),
        Meaning::Resource => resource(known),
        Meaning::DefaultScopeWanted => default_scope(known),
        Meaning::ResourceUnknown => match default_scope_of(known) {
            Some(scope) => one(format!("the server knows no API by what stands before '/.default' in {scope}: check that, and the tenant in {url}")),
            None => audience(known),
        },
        Meaning::Scope if known.is_blind() => one(format!("check --scope against what {who} may ask for at the server")),
        Meaning::ScopeMissing if request.scope.is_empty() => one("some servers require a scope: try --scope".to_owned()),
        Meaning::Scope | Meaning::ScopeMissing => scope(known),
        Meaning::TenantUnknown => one(format!("check the tenant in {url}: its name or id is another, or it lives in another cloud")),
        Meaning::RealmUnknown => address::of_realm(known),
        Meaning::OtherAddress => one(format!("{url} does not serve {who}: ask at the address of your own organization or region")),
        Meaning::ClientWithoutUser => one(format!("have a user named at the server as whom {who} acts: {} needs one there", known.grant_or("this grant"))),
        Meaning::PathUnknown => address::not_found(known),
        Meaning::Pkce => known.login().map_or_else(|| parameter(said, known), |login| one(pkce(login, said))),
        Meaning::RedirectUri => redirect_uri(said, known),
        Meaning::StandardFlowOff => one(format!(
            "have 'Standard flow' switched on for {who} (Keycloak: Clients, Capability config): that is its name for authorization_code"
        )),
        Meaning::DeviceFlowOff => one(format!(
            "have device codes switched on for {who} ('OAuth 2.0 Device Authorization Grant' at Keycloak, 'Device Flow' at GitHub), or log in by a browser on this machine, without --device"
        )),
        Meaning::MayNotAsk => one(match known.login().and_then(|login| login.prompt.as_deref()) {
            Some("none") => "the server would have to ask, which --prompt none forbids: leave that out".to_owned(),
            _ => "the server wants to ask once more: log in again, with --prompt login or --prompt consent".to_owned(),
        }),
        Meaning::ResponseMode => match known.login().map(|login| login.response_mode) {
            Some(ResponseMode::FormPost) => one("the server does not answer with form_post: leave response_mode out".to_owned()),
            _ => Vec::new(),
        },
        Meaning::PushedGone => one("what was pushed is too old or was used already: log in again".to_owned()),
        Meaning::Denied => one(match known.login().map(|login| login.way) {
            Some(Way::Device) => "the login was refused, or this code was used already: log in again for a new one".to_owned(),
            _ => format!("the login was refused, or who logged in may not use {who}: log in again, perhaps as somebody else (--prompt select_account)"),
        }),
        Meaning::NotTheTokenEndpoint if known.of.is_some() => parameter(said, known),
        Meaning::NotTheTokenEndpoint => one(format!("check that {url} is the token endpoint, not the authorization endpoint")),
        Meaning::BodyRefused => one(address::of_body(known)),
        Meaning::Parameter => parameter(said, known),
        Meaning::RequestRefused => {
            let encoding = request.client.as_ref().and_then(client::encoding);
            let scope = request.scope.is_empty().then(|| "some servers require a scope: try --scope".to_owned());
            scope.filter(|_| said.are("")).into_iter().chain(encoding.filter(|_| said.are(""))).collect()
        }
    }
}

/// What to do about a code challenge.
fn pkce(login: &Login, said: &Words) -> String {
    const WANTED: &str = "the server wants a code challenge (PKCE, RFC 7636)";
    match (login.proves_itself(), login.way) {
        (false, Way::Browser) => format!("{WANTED}: leave pkce: false out"),
        (false, Way::Device) => {
            format!("{WANTED} with a device code too: write pkce: true into the profile, or OAUTH2TOK_PKCE=true")
        }
        (true, _) if said.speak_of("verifier|verification") => {
            "the code verifier does not fit the code challenge, which may be another login's: log in again".to_owned()
        }
        (true, _) => {
            "a code challenge by S256 was sent (RFC 7636): if the server cannot take one, pkce: false leaves it out"
                .to_owned()
        }
    }
}

/// What to do about the place that the browser comes back to.
fn redirect_uri(said: &Words, known: &Circumstances<'_>) -> Vec<String> {
    let sent = need::text(&known.request.grant.parts, "redirect_uri");
    let listed = known.login().and_then(|login| login.redirects.first());
    vec![match (sent, listed) {
        (Some(uri), _) => format!(
            "redirect_uri was sent as '{uri}': the server compares it letter by letter with that of the login, and with what is registered for {}",
            known.who()
        ),
        (None, Some(redirect)) => format!(
            "have {} registered for {}, letter by letter; some servers take any port on 127.0.0.1, some none but the registered one (--redirect-uri)",
            redirect.as_str(),
            known.who()
        ),
        (None, None) => return parameter(said, known),
    }]
}

fn unsupported(known: &Circumstances<'_>) -> String {
    match known.metadata.and_then(|metadata| metadata.grant_types.as_deref()) {
        Some(listed) => format!("the server's metadata lists these grants: {}", list(listed)),
        None => format!(
            "check that {} is {} {} and that this server supports {} in a form-encoded body",
            known.url(),
            if known.of.is_some() { "the" } else { "a" },
            known.place(),
            known.grant()
        ),
    }
}

/// The scope with Entra's ending, if one was asked for.
fn default_scope_of<'a>(known: &Circumstances<'a>) -> Option<&'a str> {
    known.request.scope.iter().map(String::as_str).find(|scope| scope.ends_with("/.default"))
}

fn default_scope(known: &Circumstances<'_>) -> Vec<String> {
    vec![match default_scope_of(known) {
        Some(scope) => format!(
            "check what stands before '/.default' in {scope}; a server that does not know this form may want --resource"
        ),
        None => "the server wants one scope of this form: --scope RESOURCE/.default, where RESOURCE is the API's own URI or id".to_owned(),
    }]
}

fn scope(known: &Circumstances<'_>) -> Vec<String> {
    let request = known.request;
    let mut hints = Vec::new();
    if let Some(scope) = request.scope.iter().find(|scope| scope.contains(',')) {
        hints.push(format!(
            "a scope holds a comma: scopes are separated by spaces, --scope '{}'",
            scope.replace(',', " ")
        ));
    }
    let listed = known.metadata.and_then(|metadata| metadata.scopes.as_deref());
    let unlisted = listed.map(|listed| {
        let listed: BTreeSet<_> = listed.iter().map(String::as_str).collect();
        request.scope.iter().filter(|scope| !listed.contains(scope.as_str())).cloned().collect::<Vec<_>>()
    });
    match (listed, unlisted) {
        _ if request.scope.is_empty() && request.grant.kind.name == "token-exchange" => hints.push(
            "an exchange without scope may ask for all that the subject token has, which the server does not grant: name what is needed by --scope"
                .to_owned(),
        ),
        _ if request.scope.is_empty() => hints.push("some servers require a scope: try --scope".to_owned()),
        (Some(listed), Some(unlisted)) if !unlisted.is_empty() => {
            hints.push(format!("the server's metadata does not list {}; it lists {}", list(&unlisted), list(listed)))
        }
        _ => hints.push(format!("check --scope against what {} may ask for at the server", known.who())),
    }
    if default_scope_of(known).is_some() {
        hints.extend(default_scope(known));
    }
    hints
}

fn audience(known: &Circumstances<'_>) -> Vec<String> {
    let request = known.request;
    let given = [("--audience", &request.audience), ("--resource", &request.resource)];
    let given: Vec<_> = given.into_iter().filter(|(_, values)| !values.is_empty()).collect();
    if given.is_empty() {
        return vec!["the server asks for which API the token is meant: try --audience or --resource".to_owned()];
    }
    let check = |(flag, values): (&str, &Vec<String>)| {
        format!(
            "check {flag} {}: the server must know it letter by letter, a slash at the end too, and allow it for {}",
            list(values),
            known.who()
        )
    };
    given.into_iter().map(check).collect()
}

fn resource(known: &Circumstances<'_>) -> Vec<String> {
    match known.request.resource.first() {
        Some(resource) => {
            vec![format!(
                "this server may not take 'resource': try --scope {}/.default instead",
                resource.trim_end_matches('/')
            )]
        }
        None => audience(known),
    }
}

/// The words name a parameter: what was sent under that name.
fn parameter(said: &Words, known: &Circumstances<'_>) -> Vec<String> {
    const NAMES: [&str; 14] = [
        "grant_type",
        "client_id",
        "client_secret",
        "scope",
        "audience",
        "resource",
        "username",
        "password",
        "refresh_token",
        "code_verifier",
        "redirect_uri",
        "subject_token",
        "subject_token_type",
        "assertion",
    ];
    let request = known.request;
    let url = known.url();
    let login = request.login.as_ref().filter(|_| known.of.is_some());
    // What goes elsewhere is said elsewhere.
    let own = request.params.iter().filter(|_| known.of.is_none()).map(|field| field.name.as_str());
    let own = own.chain(login.iter().flat_map(|login| &login.auth_params).map(|(name, _)| name.as_str()));
    let Some(name) = said.first_of(own.chain(NAMES)) else { return Vec::new() };
    if request.is_unknown() {
        return vec![format!("the server speaks of {name}: look at what was sent under that name")];
    }
    let in_the_form = |name: &str| {
        let part = request.parts().find(|part| part.need.is_field && part.need.name == name).map(|part| &part.value);
        part.or_else(|| request.params.iter().find(|field| field.name == name).map(|field| &field.value))
    };
    let further =
        |name: &str| login?.auth_params.iter().find(|(own, _)| own == name).map(|(_, value)| format!("'{value}'"));
    let shown = |value: &FieldValue| value.plain().map_or("(not shown)".to_owned(), |text| format!("'{text}'"));
    let joined = |values: &[String]| (!values.is_empty()).then(|| format!("'{}'", values.join(" ")));
    let sent = match name {
        "grant_type" if known.of.is_some() => {
            return vec![format!("{url} wants a grant_type, as a token endpoint does: is it the {}?", known.place())];
        }
        "grant_type" => Some(format!("'{}'", request.grant.name)),
        "scope" => joined(&request.scope),
        "audience" => joined(&request.audience),
        "resource" => joined(&request.resource),
        "client_id" => match &request.client {
            Some(client) if client.kind.name == "client_secret_basic" => {
                return vec![format!(
                    "client_id '{}' went out in the Authorization header and not in the form: try --auth-method {}",
                    client.id, client.kind.instead
                )];
            }
            client => client.as_ref().map(|client| format!("'{}'", client.id)),
        },
        name if known.of.is_some() => further(name),
        name => in_the_form(name).map(shown),
    };
    let flag = match name {
        "scope" | "audience" | "resource" => format!("try --{name}"),
        name => {
            let kind = if known.of.is_some() { "auth-param" } else { "param" };
            format!("if the server wants it, --{kind} {name}=VALUE sends it")
        }
    };
    let reserved = NAMES.contains(&name) && !matches!(name, "scope" | "audience" | "resource");
    vec![match sent {
        Some(sent) if name == "grant_type" => {
            format!(
                "grant_type {sent} was sent: the server did not get the form, or wants it in another one; is {url} the token endpoint?"
            )
        }
        Some(sent) => format!("{name} was sent as {sent}: the server may want another value, once, or none at all"),
        None if reserved && known.of.is_some() => {
            format!("no {name} was sent, which is not for {url}: is it the {}?", known.place())
        }
        None if reserved => format!("no {name} was sent: grant {} has none", request.grant.name),
        None => format!("no {name} was sent: {flag}"),
    }]
}
