//! What a server says that wants to know who asks: the challenges of `WWW-Authenticate` (RFC 9110 §11.6.1), above all those for
//! tokens (RFC 6750 §3, RFC 9449 §7.1).
//!
//! Read as servers write them: a field may hold several challenges and stand several times, commas may be missing, and where a
//! value is not in quotes it ends where a space or a comma is. Each byte is looked at once.

use super::dpop;

/// The scheme of tokens that whoever has them may use (RFC 6750).
pub const BEARER: &str = "Bearer";

/// One challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// How one is to show who one is: `Bearer`, `DPoP`, `Basic`, …. Empty for parameters that no scheme stands before.
    pub scheme: String,
    params: Vec<(String, String)>,
}

impl Challenge {
    /// The first parameter of that name, if it is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// It is of this scheme.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// It is for a token.
    pub fn is_for_token(&self) -> bool {
        [BEARER, dpop::TOKEN_TYPE].iter().any(|scheme| self.is(scheme))
    }

    /// It wants a nonce in the next proof (RFC 9449 §8 and §9).
    pub fn wants_nonce(&self) -> bool {
        self.params.iter().any(|(name, value)| name.eq_ignore_ascii_case("error") && value == dpop::USE_NONCE)
    }
}

/// The challenges in these header fields, in their order.
pub fn challenges(headers: &[(String, String)]) -> Vec<Challenge> {
    let fields = headers.iter().filter(|(name, _)| name == "www-authenticate");
    fields.flat_map(|(_, value)| read(value)).collect()
}

/// Where a scheme may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning, or behind a comma.
    Open,
    /// Right behind a scheme, where a word is a token68 (RFC 9110 §11.2).
    Scheme,
    /// Behind a parameter, where a comma is missing.
    Param,
}

fn read(value: &str) -> Vec<Challenge> {
    /// Where no comma says that another challenge begins, these do.
    const KNOWN: [&str; 5] = [BEARER, dpop::TOKEN_TYPE, "Basic", "Digest", "Negotiate"];
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut place = Place::Open;
    let mut rest = value;
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '=' | '"')).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let after = behind.trim_start();
        match (word, after.strip_prefix('=')) {
            ("", _) => match rest.chars().next() {
                None => return challenges,
                Some(',') => (place, rest) = (Place::Open, &rest[1..]),
                Some('"') => rest = quoted(&rest[1..]).1,
                Some(c) => rest = &rest[c.len_utf8()..],
            },
            (name, Some(value)) => {
                let value = value.trim_start();
                let (value, next) = match value.strip_prefix('"') {
                    Some(inner) => quoted(inner),
                    None => {
                        let end = value.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(value.len());
                        (value[..end].to_owned(), &value[end..])
                    }
                };
                rest = next;
                // The padding of a token68 looks like the sign before a value.
                if place == Place::Scheme && value.bytes().all(|byte| byte == b'=') && value.len() < 2 {
                    continue;
                }
                if challenges.is_empty() {
                    challenges.push(Challenge::default());
                }
                challenges
                    .iter_mut()
                    .last()
                    .into_iter()
                    .for_each(|last| last.params.push((name.to_owned(), value.clone())));
                place = Place::Param;
            }
            (word, None) => {
                let is_scheme = match place {
                    Place::Open => true,
                    Place::Scheme => false,
                    Place::Param => KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word)),
                };
                if is_scheme {
                    challenges.push(Challenge { scheme: word.to_owned(), params: Vec::new() });
                    place = Place::Scheme;
                }
                rest = behind;
            }
        }
    }
}

/// A quoted-string behind its first quote (RFC 9110 §5.6.4), and what follows. One that does not end ends with the field.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::check_linear;

    /// Each as its scheme and its parameters.
    fn told(value: &str) -> Vec<String> {
        let told = |challenge: &Challenge| {
            let params = challenge.params.iter().map(|(name, value)| format!(" {name}=[{value}]"));
            format!("{}{}", challenge.scheme, params.collect::<String>())
        };
        read(value).iter().map(told).collect()
    }

    #[test]
    fn challenges_are_read_as_the_standards_write_them() {
        for (value, expected) in [
            ("", &[][..]),
            (",, ,", &[]),
            ("Bearer", &["Bearer"]),
            (r#"Bearer realm="example""#, &["Bearer realm=[example]"]),
            // RFC 6750 §3
            (
                r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#,
                &["Bearer realm=[example] error=[invalid_token] error_description=[The access token expired]"],
            ),
            // RFC 9110 §11.6.1
            (
                r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#,
                &["Basic realm=[simple]", r#"Newauth realm=[apps] type=[1] title=[Login to "apps"]"#],
            ),
            // RFC 9449 §7.1
            (r#"Bearer, DPoP algs="ES256 PS256""#, &["Bearer", "DPoP algs=[ES256 PS256]"]),
            ("Negotiate YWI==, Bearer error=x", &["Negotiate", "Bearer error=[x]"]),
            ("Negotiate YWI=", &["Negotiate"]),
            ("Negotiate, NTLM", &["Negotiate", "NTLM"]),
            (
                r#"Digest qop="auth,auth-int", nonce = "a=b" ,Bearer"#,
                &["Digest qop=[auth,auth-int] nonce=[a=b]", "Bearer"],
            ),
            (r#"Bearer scope="a b",error = insufficient_scope"#, &["Bearer scope=[a b] error=[insufficient_scope]"]),
        ] {
            assert_eq!(told(value), expected, "{value}");
        }
    }

    #[test]
    fn and_as_servers_write_them() {
        for (value, expected) in [
            // Without commas
            (r#"Bearer error="a" error_description="b c""#, &["Bearer error=[a] error_description=[b c]"][..]),
            (r#"Basic realm="x" Bearer error="y""#, &["Basic realm=[x]", "Bearer error=[y]"]),
            // Without quotes
            (
                "Bearer Error = old , error_description=The token expired,x=y",
                &["Bearer Error=[old] error_description=[The] x=[y]"],
            ),
            // Without a scheme
            (r#"error="x", scope="y""#, &[" error=[x] scope=[y]"]),
            // Without an end
            (r#"Bearer error="x, error_description="y"#, &["Bearer error=[x, error_description=]"]),
            (r#"Bearer error="x\"#, &["Bearer error=[x]"]),
            (r#"Bearer error"#, &["Bearer"]),
            (r#"Bearer error="#, &["Bearer"]),
            (r#"Bearer "x" ="y", a=b"#, &["Bearer a=[b]"]),
            // With line ends that were folded, and letters beyond ASCII
            ("Bearer realm=\"a\"\t ,\u{a0}error=\"ü\"", &["Bearer realm=[a] error=[ü]"]),
        ] {
            assert_eq!(told(value), expected, "{value}");
        }
    }

    #[test]
    fn several_fields_are_one_list_and_names_have_no_case() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [
            field("www-authenticate", "Basic realm=a"),
            field("x-authenticate", "Bearer error=no"),
            field("www-authenticate", r#"bEARER ERROR="use_dpop_nonce", scope="  ""#),
        ];
        let read = challenges(&headers);
        assert_eq!(read.len(), 2);
        assert!(!read[0].is_for_token() && read[1].is_for_token() && read[1].is(BEARER));
        assert_eq!((read[1].get("error"), read[1].get("scope")), (Some("use_dpop_nonce"), None));
        assert!(read[1].wants_nonce() && !read[0].wants_nonce());
    }

    #[test]
    fn time_grows_with_the_length_alone() {
        for piece in ["=", "\"", ",", "a", "a=", "a=\"", "\\", "a b ", "Bearer a=b "] {
            check_linear(1 << 12, |size| piece.repeat(size), |text| drop(read(text)));
        }
    }
}
