//! Whether the token is to be bound to a key, and to which (RFC 9449).

use super::{Key, Layer, SettingsError};
use crate::jose::Alg;
use crate::oauth::Dpop;
use crate::secret::Source;

/// The algorithms of the keys that are made here.
const OF_NEW_KEYS: [Alg; 4] = [Alg::ES256, Alg::ES384, Alg::EdDSA, Alg::Ed25519];

pub(super) fn dpop(layer: &Layer) -> Result<Option<Dpop<Source>>, SettingsError> {
    let alg = layer.text(Key::DpopAlg).and_then(Alg::find);
    let key = layer.source(Key::DpopKey);
    let is_said = layer.get(Key::Dpop).is_some();
    if !layer.is_on(Key::Dpop) && (is_said || key.is_none()) {
        // Whoever says no for a run means the key as well.
        let idle = [Key::DpopAlg, Key::For, Key::DpopNonce].into_iter().find(|key| layer.says(*key) && !is_said);
        return match idle {
            Some(key) => Err(SettingsError::Conflict {
                message: format!("{} would do nothing without dpop", layer.named(key)),
                hint: "give --dpop, or leave it out".into(),
                key: Some(key),
            }),
            None => Ok(None),
        };
    }
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
