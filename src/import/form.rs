//! A token request that is spelled out, as fields of a form and perhaps HTTP Basic, back into settings. Pure.

use super::StandsFor;
use super::text::{Output, Piece, Text};
use super::{Draft, Key, MOST, told};
use crate::oauth::client::{basic, certificate, none, post};
use crate::oauth::grant::{self, Clients, GrantKind};
use crate::oauth::jwt;
use crate::oauth::login::Way;

/// What HTTP Basic was made of.
pub(super) struct UserPass {
    /// The client's id.
    pub(super) id: Text,
    /// Its secret; `None` where it is asked for on the terminal.
    pub(super) secret: Option<Text>,
    /// What it is called where it came from.
    pub(super) from: String,
}

/// What a grant has to be called to be carried over.
pub(super) fn grant(draft: &mut Draft, from: &str, text: &Text) {
    match text.as_literal() {
        Some(name) if asking(text).is_some() => {
            draft.fault(
                from,
                format!("it asks a person: write grant_type: {name} by hand, and log in by 'oauth2tok login'"),
            );
        }
        Some("") => draft.fault(from, "it is empty"),
        Some(name) => match grant::find(name) {
            Some(kind) => draft.plain(Key::GrantType, from, if kind.urn == Some(name) { kind.name } else { name }),
            None => draft.fault(from, "no token request has such a grant (RFC 6749 Appendix A.10)"),
        },
        None => draft.fault(from, "the grant depends on a variable; write one out"),
    }
}

/// The grant of this name, if a person is asked before it.
fn asking(text: &Text) -> Option<&'static GrantKind> {
    text.as_literal().and_then(grant::find).filter(|kind| kind.person.is_some())
}

/// Whether the grant has what it sends, and nothing of another one.
pub(super) fn credentials_of_grant(draft: &mut Draft, called: impl Fn(&str) -> String) {
    draft.require(Key::GrantType, &called("grant_type"));
    let Some(granted) = draft.chosen(Key::GrantType).map(str::to_owned) else { return };
    let Some(kind) = grant::find(&granted) else { return };
    for (key, need) in kind.needs.iter().filter_map(|need| Some((Key::of(need)?, need))) {
        // One that is made takes a key in place of the assertion.
        let is_made = kind.signs && !draft.has(Key::SigningKey) && key == Key::Assertion;
        if need.is_required && need.default.is_none() || is_made {
            draft.require(key, &called(key.name()));
        }
    }
    for key in grant::needs().filter(|need| !kind.needs.contains(need)).filter_map(Key::of) {
        if draft.has(key) {
            draft.fault(&called(key.name()), format!("it does not go with the {granted} grant"));
        }
    }
}

/// Carries a whole request over. `called` says what a field is called where it came from.
pub(super) fn request(
    draft: &mut Draft,
    fields: Vec<(String, Text)>,
    basic: Option<UserPass>,
    called: impl Fn(&str) -> String,
) {
    let assertion = fields.iter().find(|(name, _)| name == "client_assertion");
    let claims = assertion.and_then(|(_, text)| text.as_literal()).and_then(jwt::claims);
    let (mut id, secret) = parameters(draft, fields, &called);
    if id.is_none() && basic.is_none() && draft.has(Key::ClientAssertion) {
        draft
            .note(&called("client_assertion"), "names the client by itself there; here client_id is sent too, its sub");
        let sub = claims.and_then(|claims| claims.string("sub")).map(Text::literal);
        id = sub.or_else(|| Some(Text::variable(draft.variable_for("CLIENT_ID", StandsFor::Open), None)));
    }
    credentials_of_grant(draft, &called);
    client(draft, id, secret, basic, called);
}

/// Carries the fields over, but for the client's id and secret, which are given back.
pub(super) fn parameters(
    draft: &mut Draft,
    fields: Vec<(String, Text)>,
    called: impl Fn(&str) -> String,
) -> (Option<Text>, Option<Text>) {
    let mut id: Option<Text> = None;
    let mut secret: Option<Text> = None;
    let mut kind: Option<(String, Text)> = None;
    let mut lists: Vec<(Key, Vec<Text>)> = vec![(Key::Audience, Vec::new()), (Key::Resource, Vec::new())];
    if fields.len() > MOST {
        draft.fault("the request", format!("it has more than {MOST} fields"));
        return (None, None);
    }
    let grant_type = fields.iter().find(|(name, _)| name == "grant_type");
    let asking = grant_type.and_then(|(_, text)| asking(text));
    for (name, text) in fields {
        let from = called(&name);
        if text.is_empty() && name != "grant_type" {
            // A word without a '=' may be a secret, whatever it looks like.
            let from = called(&told(&name, &[]));
            // RFC 6749 §3.2: a parameter without a value counts as omitted.
            draft.note(&from, "is empty; it is left out of the request");
            continue;
        }
        match name.as_str() {
            "grant_type" => match asking {
                Some(kind) => draft.plain(Key::GrantType, &from, kind.name),
                None => grant(draft, &from, &text),
            },
            "redirect_uri" if asking.is_some() => draft.list(Key::RedirectUri, &from, &[text]),
            "code" | "code_verifier" | "device_code" if asking.is_some() => {
                draft.conceal(text.as_literal().unwrap_or_default());
                draft.note(&from, "works once; it is left out, and 'oauth2tok login' has a new one each time");
            }
            "scope" => draft.list(Key::Scope, &from, &text.split(char::is_whitespace)),
            "audience" => lists[0].1.push(text),
            "resource" => lists[1].1.push(text),
            "client_id" if id.is_some() => draft.fault(&from, "it is given twice"),
            "client_secret" if secret.is_some() => draft.fault(&from, "it is given twice"),
            "client_id" => id = Some(text),
            "client_secret" => secret = Some(text),
            "client_assertion" => {
                draft.secret(Key::ClientAssertion, &from, &text);
                ready_made(
                    draft,
                    &from,
                    &text,
                    "signing_key: file:PATH with token_endpoint_auth_method: private_key_jwt",
                );
            }
            "client_assertion_type" => kind = Some((from, text)),
            "authorization_details" => draft.text(Key::AuthorizationDetails, &from, &text),
            _ => match grant::needs().find(|need| need.name == name).and_then(|need| Some((Key::of(need)?, need))) {
                Some((key, need)) if need.is_secret => {
                    draft.secret(key, &from, &text);
                    if need.is_ready_made {
                        let made = if key == Key::Assertion { FOR_ASSERTION } else { FOR_TOKEN };
                        ready_made(draft, &from, &text, made);
                    }
                }
                Some((key, _)) => draft.text(key, &from, &text),
                None => draft.pair(Key::Params, &from, &name, &text),
            },
        }
    }
    if let Some(way) = asking.and_then(|kind| kind.person)
        && !draft.has(Key::Issuer)
    {
        let key = match way {
            Way::Browser => Key::AuthorizationEndpoint,
            Way::Device => Key::DeviceAuthorizationEndpoint,
        };
        let endpoint = draft.variable_for(&key.name().to_ascii_uppercase(), StandsFor::Open);
        let says = format!(
            "names no {}, where the login begins: set the environment variable {endpoint} to it, or write issuer in place of both endpoints",
            key.name()
        );
        draft.note("the token request", says);
        draft.text(key, key.name(), &Text::variable(endpoint, None));
    }
    if let Some((from, kind)) = kind {
        draft.require(Key::ClientAssertion, &called("client_assertion"));
        // That is what it is by itself.
        if kind.as_literal() != Some(OF_JWT) {
            draft.text(Key::ClientAssertionType, &from, &kind);
        }
    }
    for (key, items) in lists {
        draft.list(key, &called(key.name()), &items);
    }
    (id, secret)
}

/// The type of a client's assertion where nobody says.
const OF_JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What makes an assertion anew.
const FOR_ASSERTION: &str = "signing_key: file:PATH with assertion_issuer and assertion_subject";

/// What gives a token anew.
const FOR_TOKEN: &str = "a source that is asked each time, such as command:CMD, file:PATH or github:AUDIENCE,";

/// Tells of a token that somebody made and dated that it does not last, unless a source was named that has the next one too.
fn ready_made(draft: &mut Draft, from: &str, text: &Text, instead: &str) {
    if !matches!(text.pieces(), [Piece::Output(Output { source: Some(_), .. })]) {
        draft.note(from, format!("expires, and the profile with it: {instead} has a new one each time"));
    }
}

/// The method of a client without a secret. What a certificate is shown for is not said anywhere.
pub(super) fn secretless(draft: &Draft) -> &'static str {
    if draft.has(Key::Cert) { certificate::BY_AUTHORITY.name } else { none::KIND.name }
}

/// One way to authenticate, never two (RFC 6749 §2.3).
fn client(
    draft: &mut Draft,
    id: Option<Text>,
    secret: Option<Text>,
    basic: Option<UserPass>,
    called: impl Fn(&str) -> String,
) {
    let (id_from, secret_from) = (called("client_id"), called("client_secret"));
    if draft.has(Key::ClientAssertion) {
        let other = basic.map(|basic| basic.from).or(secret.map(|_| secret_from));
        if let Some(other) = other {
            draft.fault(&called("client_assertion"), format!("it is a second way to authenticate beside {other}"));
        }
        return draft.text(Key::ClientId, &id_from, &id.unwrap_or_default());
    }
    let granted = draft.chosen(Key::GrantType).and_then(grant::find);
    match (basic, id, secret) {
        (Some(basic), id, secret) => {
            if let Some(id) = id {
                if id == basic.id {
                    draft.note(
                        &id_from,
                        "is left out: with HTTP Basic the id is not sent in the body as well (RFC 6749 §2.3)",
                    );
                } else {
                    draft.fault(
                        &id_from,
                        format!(
                            "it names another client than {}, and a request is of one client (RFC 6749 §2.3)",
                            basic.from
                        ),
                    );
                }
            }
            if let Some(secret) = secret {
                if basic.secret.as_ref() == Some(&secret) {
                    draft.note(
                        &secret_from,
                        "is left out: the client authenticates by HTTP Basic, and never in two ways (RFC 6749 §2.3)",
                    );
                } else {
                    draft.fault(&secret_from, format!("it is a second way to authenticate beside {}", basic.from));
                }
            }
            raw_basic(draft, &basic);
        }
        (None, Some(id), Some(secret)) => {
            draft.text(Key::ClientId, &id_from, &id);
            draft.secret(Key::ClientSecret, &secret_from, &secret);
            draft.plain(Key::AuthMethod, &secret_from, post::KIND.name);
        }
        (None, Some(id), None) => {
            draft.text(Key::ClientId, &id_from, &id);
            draft.plain(Key::AuthMethod, &id_from, secretless(draft));
        }
        (None, None, None) if granted.is_some_and(|kind| kind.urn.is_some() && kind.clients == Clients::Everybody) => {}
        (None, None, _) => draft.fault(&id_from, "it is missing: no client is named"),
    }
}

/// HTTP Basic as nearly every program sends it: id and secret as they are, without the form-encoding of RFC 6749 §2.3.1.
pub(super) fn raw_basic(draft: &mut Draft, basic: &UserPass) {
    let from = basic.from.as_str();
    draft.text(Key::ClientId, from, &basic.id);
    draft.plain(Key::AuthMethod, from, basic::KIND.name);
    // Whatever secret comes later: which characters it has is not known here.
    draft.plain(Key::BasicEncoding, from, "raw");
    match &basic.secret {
        Some(secret) => draft.secret(Key::ClientSecret, from, secret),
        None => {
            draft.plain(Key::ClientSecret, from, "prompt");
            draft.note(from, "names no secret; it is asked for on the terminal, as it was");
        }
    }
}
