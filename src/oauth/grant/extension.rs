//! Any other grant, by the name that its server has for it (RFC 6749 §4.5). What it wants beside scope, audience and resource
//! is in the parameters.

use super::kind::{Clients, GrantKind, OtherNames, RefreshToken, as_they_are};

/// The grant.
pub const KIND: GrantKind = GrantKind {
    name: "any other name",
    urn: None,
    other_names: Some(OtherNames { allow, pattern: PATTERN }),
    needs: &[],
    clients: Clients::Everybody,
    signs: false,
    // Nobody knows whether what is in its parameters works more than once.
    once: Some("what the grant holds may work only once"),
    refresh_token: RefreshToken::Printed,
    person: None,
    answer: &[],
    warning: None,
    refused: "check what this grant wants in --param, and whether it can be used more than once",
    fields: as_they_are,
};

/// As [`allow`], but for the triples behind a `%`.
const PATTERN: &str = r"^(?![Ii][Mm][Pp][Ll][Ii][Cc][Ii][Tt]$)([A-Za-z0-9._-]+|[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+)$";

/// RFC 6749 Appendix A.10: a word, or a URI (RFC 3986), which has to be absolute to be one and not a word.
fn allow(name: &str) -> Result<(), &'static str> {
    if name.eq_ignore_ascii_case("implicit") {
        return Err(
            "the implicit grant has no token request (RFC 6749 §4.2), and must not be used any more (RFC 9700 §2.1.2)",
        );
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let is_name = !name.is_empty() && name.chars().all(is_word);
    if is_name || is_absolute_uri(name) {
        return Ok(());
    }
    Err("expected a grant's name: letters, digits and -._, or an absolute URI (RFC 6749 Appendix A.10)")
}

fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    let is_of_uri = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let is_encoded = |at: usize| rest.get(at + 1..at + 3).is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_of_scheme)
        && !rest.is_empty()
        && rest.chars().all(is_of_uri)
        && rest.match_indices('%').all(|(at, _)| is_encoded(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::grant;
    use crate::oauth::tests as sample;
    use crate::oauth::{Field, Request};

    #[test]
    fn a_name_is_a_word_or_an_absolute_uri() {
        for (name, is_one) in [
            ("device", true),
            ("x.y_z-1", true),
            ("urn:ietf:params:oauth:grant-type:uma-ticket", true),
            ("http://auth0.com/oauth/grant-type/password-realm", true),
            ("https://x.example/a?b=%2f#c", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("é", false),
            ("urn:", false),
            (":x", false),
            ("1urn:x", false),
            ("urn:a b", false),
            ("urn:a\"b", false),
            ("urn:%2", false),
            ("urn:%zz", false),
            ("implicit", false),
            ("Implicit", false),
        ] {
            assert_eq!(allow(name).is_ok(), is_one, "{name}");
            assert_eq!(grant::find(name).is_some(), is_one, "{name}");
        }
    }

    #[test]
    fn the_known_ones_keep_their_names() {
        for name in grant::names() {
            assert_eq!(grant::find(name).map(|kind| kind.name), Some(name));
        }
        assert_eq!(grant::find("device").map(|kind| kind.name), Some(KIND.name));
    }

    #[test]
    fn nothing_goes_out_but_its_name_and_what_every_grant_may_have() {
        let grant = grant::Grant { name: "urn:x:y".into(), ..sample::grant(&KIND, &[]) };
        let params = vec![Field::plain("ticket", "t/1")];
        let request = Request { grant, params, scope: vec!["a".into()], client: None, ..sample::request() };
        let post = sample::post(&request);
        assert_eq!(post.body().as_str(), "grant_type=urn%3Ax%3Ay&scope=a&ticket=t%2F1");
        assert!(!post.repeatable);
    }
}
