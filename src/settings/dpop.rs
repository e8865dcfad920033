//! Whether the token is to be bound to a key, and to which (RFC 9449).

use super::{Format, Key, Layer, SettingsError, is_http_token};
use crate::jose::Alg;
use crate::oauth::Dpop;
use crate::oauth::dpop::is_nonce;
use crate::secret::Source;
use crate::wire::{Url, UrlError};

/// A call that somebody else will make, and that a proof is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignCall {
    /// `GET`, `POST`, ….
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// What its server wants to see in the proof (RFC 9449 §9).
    pub nonce: Option<String>,
}

/// The algorithms of the keys that are made here.
const OF_NEW_KEYS: [Alg; 4] = [Alg::ES256, Alg::ES384, Alg::EdDSA, Alg::Ed25519];

pub(super) fn dpop(layer: &Layer) -> Result<Option<Dpop<Source>>, SettingsError> {
    let alg = layer.text(Key::DpopAlg).and_then(Alg::find);
    let key = layer.source(Key::DpopKey);
    let is_said = layer.get(Key::Dpop).is_some();
    if !layer.is_on(Key::Dpop) && (is_said || key.is_none()) {
        // Whoever says no for a run means the key as well, but not what the same run says of a proof.
        let is_idle = |key: &Key| layer.says(*key) && !(is_said && *key == Key::DpopAlg);
        let idle = [Key::DpopAlg, Key::For, Key::DpopNonce].into_iter().find(is_idle);
        return match idle {
            Some(key) => Err(SettingsError::Conflict {
                message: format!("{} would do nothing without dpop", layer.named(key)),
                hint: "give --dpop, or leave it out".into(),
                key: Some(key),
            }),
            None => Ok(None),
        };
    }
    // What came down from the defaults is for those that can use it.
    let alg = alg.filter(|alg| layer.says(Key::DpopAlg) || key.is_some() || OF_NEW_KEYS.contains(alg));
    if let Some(alg) = alg
        && key.is_none()
        && !OF_NEW_KEYS.contains(&alg)
    {
        let names: Vec<_> = OF_NEW_KEYS.iter().map(|alg| alg.name()).collect();
        let why = format!("a new key signs with {}; give dpop_key for another algorithm", names.join(", "));
        return Err(layer.refuse(Key::DpopAlg, why));
    }
    let passphrase = layer.source(Key::SigningKeyPassphrase).filter(|_| key.is_some());
    Ok(Some(Dpop { key, passphrase, alg }))
}

const EXPECTED: &str = "expected '[METHOD] URL', such as 'POST https://api.example.com/things'";

/// The call that a proof is printed for.
pub(super) fn call(layer: &Layer, format: Format) -> Result<Option<ForeignCall>, SettingsError> {
    let conflict =
        |key: Key, message: String, hint: &str| SettingsError::Conflict { message, hint: hint.into(), key: Some(key) };
    let nonce = layer.text(Key::DpopNonce);
    let Some(text) = layer.text(Key::For) else {
        return match nonce {
            Some(_) => Err(conflict(
                Key::DpopNonce,
                format!("{} would do nothing without --for", layer.named(Key::DpopNonce)),
                "it goes into the proof for a call: --for '[METHOD] URL'",
            )),
            None => Ok(None),
        };
    };
    if !matches!(format, Format::Header | Format::Curl) || layer.get(Key::Field).is_some() {
        let message = format!("{} would do nothing without -o header or -o curl", layer.named(Key::For));
        return Err(conflict(
            Key::For,
            message,
            "these print a proof beside the token; leave --for out for anything else",
        ));
    }
    if nonce.is_some_and(|nonce| !is_nonce(nonce)) {
        let why = "a nonce is printable ASCII without spaces, \" and \\ (RFC 9449 §8.1)";
        return Err(layer.refuse(Key::DpopNonce, why));
    }
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    let (method, url) = match words[..] {
        [url] => ("GET", url),
        [method, url] if is_http_token(method) => (method, url),
        _ => return Err(layer.refuse(Key::For, EXPECTED)),
    };
    let url = Url::parse(url).map_err(|error| match error {
        UrlError::NotAbsolute => layer.refuse(Key::For, EXPECTED),
        error => layer.refuse(Key::For, error.to_string()),
    })?;
    if !url.is_protected() {
        let why =
            "plain http would send the token in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])";
        return Err(layer.refuse(Key::For, why));
    }
    Ok(Some(ForeignCall { method: method.to_ascii_uppercase(), url, nonce: nonce.map(str::to_owned) }))
}
