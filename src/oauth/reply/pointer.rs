//! Where an answer seems to hold its token, if not where one should be.

use std::collections::VecDeque;

use serde_json::Value;

use super::error::plain_name;
use crate::json::Members;

/// A pointer (RFC 6901) to what looks like a token: a text under the name of one, the outermost first. It is for advice
/// alone, so that names which would have to be escaped are passed over.
pub(super) fn to_token(members: &Members) -> Option<String> {
    const NAMES: [&str; 6] = ["accesstoken", "token", "authtoken", "bearertoken", "jwt", "jwttoken"];
    let is_plain = |name: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        !name.is_empty() && name.len() <= 40 && name.bytes().all(allowed)
    };
    let mut best: Option<(usize, String)> = None;
    let mut queue: VecDeque<_> = members.iter().map(|(name, value)| (String::new(), name.to_owned(), value)).collect();
    for _ in 0..256 {
        let Some((holder, name, value)) = queue.pop_front() else { break };
        if !is_plain(&name) {
            continue;
        }
        let place = format!("{holder}/{name}");
        match value {
            Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) => {
                if let Some(rank) = NAMES.iter().position(|known| *known == plain_name(&name))
                    && place != "/access_token"
                    && best.as_ref().is_none_or(|(other, _)| rank < *other)
                {
                    best = Some((rank, place));
                }
            }
            Value::Object(inner) if place.len() < 200 => {
                queue.extend(inner.into_iter().map(|(name, value)| (place.clone(), name, value)));
            }
            _ => {}
        }
    }
    best.map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_pointed_to() {
        for (body, expected) in [
            (r#"{"data":{"accessToken":"abc"}}"#, Some("/data/accessToken")),
            (r#"{"value":{"token":"abc"}}"#, Some("/value/token")),
            (r#"{"token":"abc","tokens":{"access":{"access_token":"abc"}}}"#, Some("/tokens/access/access_token")),
            (r#"{"accessToken":"abc"}"#, Some("/accessToken")),
            (r#"{"a/b":{"token":"abc"}}"#, None),
            (r#"{"token":5,"x":["abc"],"jwt":"a b"}"#, None),
            (r#"{"access_token":"abc"}"#, None),
        ] {
            let members = Members::parse(body).unwrap().unwrap();
            assert_eq!(to_token(&members).as_deref(), expected, "{body}");
        }
    }
}
