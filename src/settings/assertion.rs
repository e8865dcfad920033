//! The assertion that is made and signed for each request: for the client, or as what the grant trades.

use std::borrow::Cow;
use std::time::Duration;

use super::fields::text_without_controls;
use super::{Environment, Key, Layer, SettingsError, client};
use crate::jose::Alg;
use crate::oauth::Assertion;
use crate::oauth::assertion::{Audience, KeyId, Purpose, Signer, Terms, X5t};
use crate::oauth::client::{ClientKind, Signs};
use crate::oauth::grant::GrantKind;
use crate::secret::Source;

/// How long an assertion is good for where nobody says.
const LIFETIME: Duration = Duration::from_secs(60);

/// What an assertion is made from. Without one that is made, nothing of it would do anything.
const OF_ASSERTIONS: [Key; 16] = [
    Key::SigningKey,
    Key::Signer,
    Key::SigningAlg,
    Key::SigningCert,
    Key::KeyId,
    Key::SigningKeyPassphrase,
    Key::X5t,
    Key::X5c,
    Key::AssertionAudience,
    Key::AssertionSubject,
    Key::AssertionClaims,
    Key::AssertionIssuer,
    Key::AssertionLifetime,
    Key::AssertionHeaders,
    Key::AssertionScope,
    Key::ClientAssertionType,
];

/// What is about a private key, and so about no secret that is shared.
const OF_KEYS: [Key; 6] =
    [Key::SigningKey, Key::Signer, Key::SigningCert, Key::SigningKeyPassphrase, Key::X5t, Key::X5c];

/// The assertion that is made for each request of a client with this method, if there is one, and with this grant.
pub(super) fn assertion(
    layer: &Layer,
    client: Option<&ClientKind>,
    grant: &GrantKind,
    env: &Environment,
) -> Result<Option<Assertion<Source>>, SettingsError> {
    let is_said = |key: &Key| layer.says(*key);
    let is_given = |key| layer.get(key).is_some();
    let for_client = client.and_then(|kind| kind.signs).filter(|_| !is_given(Key::ClientAssertion));
    let for_grant = grant.signs && !is_given(Key::Assertion);
    let (purpose, signs) = match (for_client, for_grant) {
        (Some(_), true) => {
            return Err(SettingsError::Conflict {
                message: format!(
                    "both {} and the {} grant want an assertion made, and a request has one",
                    client.map_or("", |kind| kind.name),
                    grant.name
                ),
                hint: "take one of them from another profile: assertion: command:oauth2tok assertion -p OTHER".into(),
                key: None,
            });
        }
        (Some(signs), false) => (Purpose::Client, signs),
        (None, true) => (Purpose::Grant, Signs::WithKey),
        (None, false) => {
            let is_used = |key: &Key| match key {
                Key::ClientAssertionType => is_given(Key::ClientAssertion),
                Key::SigningKeyPassphrase => is_given(Key::DpopKey),
                _ => false,
            };
            let mut said = layer.entries().map(|(key, _)| key).filter(|key| OF_ASSERTIONS.contains(key));
            return match said.find(|key| is_said(key) && !is_used(key)) {
                Some(key) => Err(unused(layer, key, client, grant)),
                None => Ok(None),
            };
        }
    };
    let with_grant_alone = [Key::AssertionSubject, Key::AssertionIssuer];
    if let Some(key) = with_grant_alone.into_iter().find(|key| purpose == Purpose::Client && is_said(key)) {
        return Err(SettingsError::Conflict {
            message: format!("{} does not go with a client's assertion, which speaks of the client", layer.named(key)),
            hint: "leave it out; assertion_claims says more".into(),
            key: Some(key),
        });
    }
    let alg = layer.text(Key::SigningAlg).and_then(Alg::find);
    let fits = |alg: &Alg| alg.is_symmetric() == (signs == Signs::WithSecret);
    // What came down from the defaults is for those that can use it.
    let alg = alg.filter(|alg| fits(alg) || is_said(&Key::SigningAlg));
    if let Some(alg) = alg
        && !fits(&alg)
    {
        let kinds = if alg.is_symmetric() { "a private key" } else { "a secret" };
        return Err(layer.refuse(Key::SigningAlg, format!("{} does not go with {kinds}", alg.name())));
    }
    let signer = signer(layer, purpose, signs, grant)?;
    let certificate = match signs {
        Signs::WithKey => layer.path(Key::SigningCert, env)?.map(Source::File),
        Signs::WithSecret => None,
    };
    if matches!(signer, Signer::Command(_)) && alg.is_none() && certificate.is_none() {
        let hint = "give --signing-alg ALG, or --signing-cert FILE, which tells the kind of key";
        return Err(layer.lacks(Key::SigningAlg, "signing_alg (signer needs it)", hint));
    }
    let terms = terms(layer, alg, signs)?;
    Ok(Some(Assertion { purpose, signer, certificate, terms }))
}

fn unused(layer: &Layer, key: Key, client: Option<&ClientKind>, grant: &GrantKind) -> SettingsError {
    let named = layer.named(key);
    let is_signer = client.is_some_and(|kind| kind.signs.is_some());
    let ready = match (is_signer, grant.signs) {
        (true, _) => Some(Key::ClientAssertion),
        (_, true) => Some(Key::Assertion),
        _ => None,
    };
    if let Some(ready) = ready {
        return SettingsError::Conflict {
            message: format!("{named} would do nothing: {} is ready-made", ready.name()),
            hint: "leave one of them out".into(),
            key: Some(key),
        };
    }
    let signers = match client {
        Some(kind) => format!("auth method {} and the {} grant sign", kind.name, grant.name),
        None => format!("the {} grant signs", grant.name),
    };
    SettingsError::Conflict {
        message: format!("{named} would do nothing: {signers} no assertion"),
        hint: "give --auth-method private_key_jwt (or client_secret_jwt) or --grant-type jwt-bearer, or leave it out"
            .into(),
        key: Some(key),
    }
}

/// The layer without the ready-made assertions that came down to a profile which says what else is meant: a key that signs in
/// their place, or a secret.
pub(super) fn without_idle<'a>(layer: &'a Layer, grant: &GrantKind) -> Cow<'a, Layer> {
    let came_down = |key| layer.get(key).is_some() && !layer.says(key);
    let is_key_said = layer.says(Key::SigningKey) || layer.says(Key::Signer);
    let for_grant = grant.signs && layer.get(Key::Assertion).is_none();
    let mut idle = Vec::new();
    if came_down(Key::ClientAssertion) && (is_key_said && !for_grant || layer.says(Key::ClientSecret)) {
        idle.push(Key::ClientAssertion);
    }
    let signs_client = layer.says(Key::AuthMethod) && client::kind(layer).signs == Some(Signs::WithKey);
    if came_down(Key::Assertion) && is_key_said && grant.signs && (!signs_client || layer.says(Key::ClientAssertion)) {
        idle.push(Key::Assertion);
    }
    if idle.is_empty() { Cow::Borrowed(layer) } else { Cow::Owned(layer.without(&idle)) }
}

fn signer(layer: &Layer, purpose: Purpose, signs: Signs, grant: &GrantKind) -> Result<Signer<Source>, SettingsError> {
    if signs == Signs::WithSecret {
        return match OF_KEYS.into_iter().find(|key| layer.says(*key)) {
            Some(key) => Err(SettingsError::Conflict {
                message: format!(
                    "{} does not go with client_secret_jwt, which signs with the secret",
                    layer.named(key)
                ),
                hint: "leave it out, or give --auth-method private_key_jwt".into(),
                key: Some(key),
            }),
            None => Ok(Signer::Secret),
        };
    }
    // Where one of them came down from the defaults, the other is meant.
    let (is_key_said, is_command_said) = (layer.says(Key::SigningKey), layer.says(Key::Signer));
    let key = layer.source(Key::SigningKey).filter(|_| is_key_said || !is_command_said);
    let command = layer.command(Key::Signer).filter(|_| is_command_said || !is_key_said).map(<[String]>::to_vec);
    match (key, command) {
        (Some(_), Some(_)) => Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::SigningKey), layer.named(Key::Signer)),
            hint: "leave one of them out".into(),
            key: Some(Key::Signer),
        }),
        (Some(key), None) => Ok(Signer::Key { key, passphrase: layer.source(Key::SigningKeyPassphrase) }),
        (None, Some(words)) => match layer.says(Key::SigningKeyPassphrase) && !layer.says(Key::DpopKey) {
            true => Err(SettingsError::Conflict {
                message: format!("{} would do nothing: signer signs", layer.named(Key::SigningKeyPassphrase)),
                hint: "leave it out".into(),
                key: Some(Key::SigningKeyPassphrase),
            }),
            false => Ok(Signer::Command(words)),
        },
        (None, None) if purpose == Purpose::Grant => Err(layer.lacks(
            Key::Assertion,
            format!("assertion (the {} grant needs it)", grant.name),
            "give --assertion SOURCE for a ready-made one, or --signing-key SOURCE to have one made",
        )),
        (None, None) => Err(layer.lacks(
            Key::SigningKey,
            "signing_key (private_key_jwt needs it)",
            "give --signing-key file:PATH, --signer CMD for a key that cannot leave, or --client-assertion SOURCE for a ready-made assertion",
        )),
    }
}

fn terms(layer: &Layer, alg: Option<Alg>, signs: Signs) -> Result<Terms, SettingsError> {
    let text = |key| text_without_controls(layer, key);
    let key_id = match text(Key::KeyId)?.as_deref() {
        Some("thumbprint") if signs == Signs::WithSecret && layer.says(Key::KeyId) => {
            return Err(layer.refuse(Key::KeyId, "a secret has no thumbprint"));
        }
        Some("thumbprint") if signs == Signs::WithSecret => None,
        Some("thumbprint") => Some(KeyId::Thumbprint),
        Some(text) => Some(KeyId::Text(text.to_owned())),
        None => None,
    };
    let audience = match text(Key::AssertionAudience)?.as_deref() {
        None => Audience::Server,
        Some("issuer") if layer.get(Key::Issuer).is_none() && layer.says(Key::AssertionAudience) => {
            let why = "no issuer is known: give --issuer URL, or the issuer's URL as the audience";
            return Err(layer.refuse(Key::AssertionAudience, why));
        }
        Some("issuer") => Audience::Server,
        Some("token_endpoint") => Audience::TokenEndpoint,
        Some(text) => Audience::Text(text.to_owned()),
    };
    let headers = layer.claims(Key::AssertionHeaders).to_vec();
    if let Some((name, _)) = headers.iter().find(|(name, _)| matches!(name.as_str(), "alg" | "crit")) {
        return Err(
            layer.refuse(Key::AssertionHeaders, format!("'{name}' cannot be set: signing_alg says how it is signed"))
        );
    }
    let x5t = layer.text(Key::X5t).and_then(|name| X5t::ALL.into_iter().find(|(of, _)| *of == name));
    let is_shown = layer.says(Key::X5c) && layer.is_on(Key::X5c);
    let is_named = layer.says(Key::X5t) && !matches!(x5t, Some((_, X5t::None)));
    Ok(Terms {
        alg,
        key_id,
        x5t: x5t.map(|(_, x5t)| x5t),
        x5c: layer.is_on(Key::X5c),
        wants_certificate: is_shown || is_named,
        audience,
        subject: text(Key::AssertionSubject)?,
        issuer: text(Key::AssertionIssuer)?,
        lifetime: layer.duration(Key::AssertionLifetime).unwrap_or(LIFETIME),
        headers,
        claims: layer.claims(Key::AssertionClaims).to_vec(),
        scope_is_claim: layer.get(Key::AssertionScope).map(|_| layer.is_on(Key::AssertionScope)),
    })
}
