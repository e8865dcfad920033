//! What the server does its own way.

use super::fields::text_without_controls;
use super::{Key, Layer, SettingsError};
use crate::oauth::Ways;

pub(super) fn ways(layer: &Layer) -> Result<Ways, SettingsError> {
    let token_pointer = layer.text(Key::TokenPointer).map(str::to_owned);
    if let Some(pointer) = &token_pointer
        && let Some(why) = pointer_fault(pointer)
    {
        return Err(layer.refuse(Key::TokenPointer, why));
    }
    Ok(Ways {
        json_body: layer.text(Key::Body) == Some("json"),
        scope_separator: text_without_controls(layer, Key::ScopeSeparator)?.filter(|separator| separator != " "),
        token_pointer: token_pointer.filter(|pointer| pointer != "/access_token"),
        lifetime_in_ms: layer.text(Key::ExpiresInUnit) == Some("ms"),
    })
}

/// Why a text is no pointer to a member (RFC 6901 §3).
pub(super) fn pointer_fault(text: &str) -> Option<&'static str> {
    let bad_escape = || text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
    match text {
        _ if !text.starts_with('/') => Some("expected a pointer such as /data/accessToken (RFC 6901)"),
        _ if text.chars().any(char::is_control) => Some("it holds a control character"),
        _ if bad_escape() => Some("'~' is written ~0 in a pointer, and '/' in a name ~1 (RFC 6901 §3)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{refused, settings};

    #[test]
    fn the_ways_of_a_server_are_the_standards_unless_said_otherwise() {
        let ways = |entries: &[(Key, &str)]| settings(entries).unwrap().request.ways;
        assert_eq!(ways(&[]), Ways::default());
        let standard = [
            (Key::Body, "form"),
            (Key::ScopeSeparator, " "),
            (Key::TokenPointer, "/access_token"),
            (Key::ExpiresInUnit, "s"),
        ];
        assert_eq!(ways(&standard), Ways::default());
        let own = [
            (Key::Body, "json"),
            (Key::ScopeSeparator, ","),
            (Key::TokenPointer, "/a~1b/0/x"),
            (Key::ExpiresInUnit, "ms"),
        ];
        let told: Vec<_> = ways(&own).own().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(told, ["body=json", "scope_separator=,", "token_pointer=/a~1b/0/x", "expires_in_unit=ms"]);
        refused(&[(Key::TokenPointer, "data.accessToken")], "expected a pointer such as /data/accessToken");
        refused(&[(Key::TokenPointer, "/a~b")], "RFC 6901 §3");
        refused(&[(Key::TokenPointer, "")], "expected a pointer");
        refused(&[(Key::ScopeSeparator, "")], "it is empty");
        refused(&[(Key::ScopeSeparator, "\t")], "control character");
        refused(&[(Key::ExpectedIssuer, "https://a.example")], "expected_issuer");
    }
}
