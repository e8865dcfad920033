//! What somebody hands over to be looked at: a token as it is, as a header field carries it, or a whole token answer.

use crate::json::Members;
use crate::secret::Secret;

/// What a token is in the answer that it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It came alone: what it is only it tells itself.
    Alone,
    /// The access token.
    Access,
    /// The ID token.
    Id,
    /// A refresh token, or another that is for its server alone.
    Other,
}

/// A token, and how it was called.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The member that held it, `token` where none did.
    pub name: String,
    /// What it is by that.
    pub part: Part,
    /// The scheme that stood before it (RFC 9110 §11.4).
    pub scheme: Option<String>,
    /// It.
    pub token: Secret,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// White space, or a scheme and nothing behind it.
    #[error("no token is there: what was read is empty")]
    Empty,
    /// RFC 7617.
    #[error("these are credentials for HTTP Basic, and no token")]
    Basic,
    /// JSON with no member that is called a token.
    #[error("no token stands in the JSON that was read")]
    NoToken,
    /// JSON that says what went wrong.
    #[error("the JSON that was read is an error answer, and no token stands in it")]
    ErrorAnswer,
    /// RFC 7515 §7.2.
    #[error("it is a signature in the JSON form, which no token has (RFC 7519 §3)")]
    JsonForm,
}

impl InputError {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Empty => "give a token: oauth2tok -p NAME | oauth2tok inspect",
            Self::Basic => "the token is what the server answers: oauth2tok -p NAME | oauth2tok inspect",
            Self::NoToken => {
                "give the token alone, or the server's answer as it came: oauth2tok -p NAME -o json | oauth2tok inspect"
            }
            Self::ErrorAnswer => "'oauth2tok explain' says what an error answer means",
            Self::JsonForm => "give the compact form: three parts with a dot between each",
        }
    }
}

/// The tokens in `text`, in their order.
///
/// # Errors
/// [`InputError`]
pub fn tokens(text: &str) -> Result<Vec<Offered>, InputError> {
    let text = text.trim_matches(is_space).trim_start_matches('\u{feff}').trim_matches(is_space);
    if text.starts_with('{')
        && let Ok(Some(answer)) = Members::parse(text)
    {
        return of_answer(&answer);
    }
    // As jq prints a member that is a text.
    let quoted = if text.starts_with('"') { serde_json::from_str::<String>(text).ok().map(Secret::new) } else { None };
    let text = quoted.as_ref().map_or(text, |text| text.expose().trim_matches(is_space));
    let (scheme, token) = scheme_and_token(text)?;
    if token.is_empty() {
        return Err(InputError::Empty);
    }
    Ok(vec![Offered { name: "token".to_owned(), part: Part::Alone, scheme, token: Secret::new(token) }])
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\0'
}

/// What stands before a token, and it, as one word where it was broken into lines.
fn scheme_and_token(text: &str) -> Result<(Option<String>, String), InputError> {
    const FIELD: &str = "authorization";
    let field = text.split_once(':').filter(|(name, _)| name.trim_end().eq_ignore_ascii_case(FIELD));
    let value = field.map_or(text, |(_, value)| value.trim_start());
    let (word, rest) = value.split_once(is_space).map_or((value, ""), |(word, rest)| (word, rest.trim_start()));
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    // Behind the field's name stands a scheme, whatever it is called, unless nothing follows it.
    let is_scheme = is("bearer") || is("dpop") || is("token") || field.is_some() && !rest.is_empty();
    if is("basic") && (field.is_some() || !rest.is_empty()) {
        return Err(InputError::Basic);
    }
    Ok(if is_scheme { (Some(word.to_owned()), joined(rest)) } else { (None, joined(value)) })
}

/// `text` without its line breaks and what stands around them: that is how it was wrapped, and no part of it.
fn joined(text: &str) -> String {
    text.split(['\r', '\n']).map(|line| line.trim_matches(is_space)).collect()
}

fn of_answer(answer: &Members) -> Result<Vec<Offered>, InputError> {
    let mut found = Vec::new();
    gather(answer, "", &mut found);
    // A token exchange gives every kind of token under this name (RFC 8693 §2.2.1).
    let issued = answer.string("issued_token_type").unwrap_or_default();
    let part = match issued.strip_prefix("urn:ietf:params:oauth:token-type:") {
        Some("id_token") => Part::Id,
        Some("refresh_token") => Part::Other,
        _ => Part::Access,
    };
    found.iter_mut().filter(|found| found.part == Part::Access).for_each(|found| found.part = part);
    if found.is_empty() {
        // Some wrap what they answer.
        for (name, raw) in answer.raws().filter(|(_, raw)| raw.starts_with('{')) {
            if let Ok(Some(inner)) = Members::parse(raw) {
                gather(&inner, &format!("{name}."), &mut found);
            }
        }
    }
    let has = |name: &str| answer.raw(name).is_some();
    match found.is_empty() {
        false => Ok(found),
        true if has("error") => Err(InputError::ErrorAnswer),
        true if has("signature") || has("signatures") => Err(InputError::JsonForm),
        true => Err(InputError::NoToken),
    }
}

/// The tokens that are members of `object`.
fn gather(object: &Members, before: &str, found: &mut Vec<Offered>) {
    for (name, raw) in object.raws().filter(|(_, raw)| raw.starts_with('"')) {
        // Some write accessToken.
        let plain = name.replace('_', "").to_ascii_lowercase();
        if !plain.ends_with("token") {
            continue;
        }
        let text = serde_json::from_str::<String>(raw).map(Secret::new);
        let Some(token) = text.ok().map(|text| Secret::new(joined(text.expose()))) else { continue };
        if token.expose().is_empty() {
            continue;
        }
        let part = match plain.as_str() {
            "accesstoken" | "token" => Part::Access,
            "idtoken" => Part::Id,
            _ => Part::Other,
        };
        found.push(Offered { name: format!("{before}{name}"), part, scheme: None, token });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    /// Name, part, scheme and token.
    type Found<'a> = (&'a str, Part, Option<&'a str>, &'a str);

    #[track_caller]
    fn check(text: &str, expected: Result<&[Found<'_>], InputError>) {
        let found = tokens(text);
        let found = found.as_ref().map(|found| {
            let shown =
                |one: &'_ Offered| (one.name.clone(), one.part, one.scheme.clone(), one.token.expose().to_owned());
            found.iter().map(shown).collect::<Vec<_>>()
        });
        let expected = expected.map(|expected| {
            let owned = |text: &str| text.to_owned();
            expected
                .iter()
                .map(|(name, part, scheme, token)| (owned(name), *part, scheme.map(owned), owned(token)))
                .collect()
        });
        assert_eq!(found.map_err(|error| *error), expected, "{text:?}");
    }

    #[test]
    fn a_token_is_found_however_it_was_carried() {
        let alone = |scheme: Option<&'static str>, token: &'static str| [("token", Part::Alone, scheme, token)];
        for (text, scheme) in [
            ("a.b.c", None),
            (" \t\r\n a.b.c \n\n", None),
            ("\u{feff}a.b.c\n", None),
            ("a.\nb.\r\nc", None),
            ("a.\n   b.\n\t c\n", None),
            ("\"a.b.c\"", None),
            ("\" a.b.c \\n\"\n", None),
            ("Bearer a.b.c", Some("Bearer")),
            ("bearer   a.b\n.c", Some("bearer")),
            ("\"Bearer a.b.c\"", Some("Bearer")),
            ("Bearer\n a.b.c", Some("Bearer")),
            ("DPoP a.b.c", Some("DPoP")),
            ("token a.b.c", Some("token")),
            ("Authorization: Bearer a.b.c", Some("Bearer")),
            ("authorization:DPoP a.b.c\r\n", Some("DPoP")),
            ("AUTHORIZATION : bEaReR\ta.b.c", Some("bEaReR")),
            ("Authorization: Zoho-oauthtoken a.b.c", Some("Zoho-oauthtoken")),
            ("Authorization: a.b.c", None),
            ("Authorization:\n  Bearer a.b\n  .c", Some("Bearer")),
        ] {
            check(text, Ok(&alone(scheme, "a.b.c")));
        }
        // What is within a line is a part of it: whoever gets it sees it as well.
        check("a.b c", Ok(&alone(None, "a.b c")));
        check("Bearer a b", Ok(&alone(Some("Bearer"), "a b")));
        check("Bearer", Err(InputError::Empty));
        check("{not json", Ok(&alone(None, "{not json")));
        check("a:b", Ok(&alone(None, "a:b")));
        check("\"a", Ok(&alone(None, "\"a")));
        for text in ["", " \n", "\"\"", "Authorization:", "Authorization: Bearer ", "bearer\n"] {
            check(text, Err(InputError::Empty));
        }
        for text in ["Basic YTpi", "Authorization: Basic YTpi", "authorization: BASIC YTpi", "Authorization: Basic"] {
            check(text, Err(InputError::Basic));
        }
    }

    #[test]
    fn each_token_of_an_answer_is_found() {
        check(
            r#" {"token_type":"Bearer","id_token":"i","access_token":"a\n.b","refresh_token":"r","expires_in":1,"device_token":"d"}"#,
            Ok(&[
                ("id_token", Part::Id, None, "i"),
                ("access_token", Part::Access, None, "a.b"),
                ("refresh_token", Part::Other, None, "r"),
                ("device_token", Part::Other, None, "d"),
            ]),
        );
        check(
            r#"{"access_token":"a","access_token":"b","refresh_token":"","id_token":null,"x_token":1}"#,
            Ok(&[("access_token", Part::Access, None, "a"), ("access_token", Part::Access, None, "b")]),
        );
        check(
            r#"{"status":{"token":"a","expirationTimestamp":"x"},"kind":"ExecCredential"}"#,
            Ok(&[("status.token", Part::Access, None, "a")]),
        );
        check(
            r#"{"accessToken":"a","idToken":"i","refreshToken":"r"}"#,
            Ok(&[
                ("accessToken", Part::Access, None, "a"),
                ("idToken", Part::Id, None, "i"),
                ("refreshToken", Part::Other, None, "r"),
            ]),
        );
        for (kind, part) in [("id_token", Part::Id), ("refresh_token", Part::Other), ("jwt", Part::Access)] {
            let issued = format!("urn:ietf:params:oauth:token-type:{kind}");
            let answer = format!(r#"{{"access_token":"a","issued_token_type":"{issued}","token_type":"N_A"}}"#);
            check(&answer, Ok(&[("access_token", part, None, "a")]));
        }
        check(r#"{"error":"invalid_client"}"#, Err(InputError::ErrorAnswer));
        check(r#"{"payload":"e30","signatures":[]}"#, Err(InputError::JsonForm));
        check(r#"{"iss":"a"}"#, Err(InputError::NoToken));
        check("{}", Err(InputError::NoToken));
    }

    #[test]
    fn the_work_grows_with_the_text_and_no_faster() {
        let texts: [fn(usize) -> String; 4] = [
            |count| "a\n ".repeat(count),
            |count| " ".repeat(count),
            |count| format!("{{{}}}", vec![r#""a_token":"x""#; count].join(",")),
            |count| format!("{{{}}}", vec![r#""a":{"b":{}}"#; count].join(",")),
        ];
        for text in texts {
            check_linear(500, text, |text| drop(tokens(text)));
        }
    }
}
