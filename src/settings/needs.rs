//! What a grant and a client's method need, as the settings say it. What each needs says its kind.

use super::fields::text_without_controls;
use super::{Key, Layer, SettingsError, is_variable_name};
use crate::oauth::{Credential, FieldValue, Need, Part};
use crate::secret::Source;

/// What the layer says of `needs`; `missing` is what must be said and is not.
pub(super) fn parts(
    layer: &Layer,
    needs: &'static [Need],
    missing: impl Fn(Key, &Need) -> SettingsError,
) -> Result<Vec<Part<Source>>, SettingsError> {
    let part = |need: &'static Need| {
        let key = Key::of(need)?;
        let value = match need.is_secret {
            true => Ok(layer.source(key).map(|source| FieldValue::Secret(credential(key, source)))),
            false => text_without_controls(layer, key)
                .map(|text| text.or_else(|| need.default.map(str::to_owned)).map(FieldValue::Plain)),
        };
        match value {
            Ok(Some(value)) => Some(Ok(Part { need, value })),
            Ok(None) => need.is_required.then(|| Err(missing(key, need))),
            Err(error) => Some(Err(error)),
        }
    };
    needs.iter().filter_map(part).collect()
}

/// A secret of a setting, which a command line would take from the variable that it comes from.
fn credential(key: Key, source: Source) -> Credential<Source> {
    let variable = match &source {
        Source::Env(name) if is_variable_name(name) => name.clone(),
        _ => key.variable(),
    };
    Credential { secret: source, variable }
}
