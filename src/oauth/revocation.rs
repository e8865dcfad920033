//! Telling the server that a token is not needed any more (RFC 7009).

use super::reply::{self, Asked, Deviation, ResponseError};
use crate::wire::Reply;

/// Reads the answer: 200 is success whatever its body holds, also for a token that the server does not know (§2.2).
///
/// # Errors
/// [`ResponseError`]
pub fn read(reply: &Reply, asked: &Asked<'_>) -> Result<Vec<Deviation>, ResponseError> {
    const SECTION: &str = "RFC 7009 §2.2";
    let mut deviations = reply::bends_of_http(reply);
    match reply::done(reply, asked) {
        Ok(()) => {}
        // The status alone tells what became of the token; Keycloak says so that it does not know it.
        Err(error) if reply.status == 200 => {
            let what = match error.oauth().and_then(|oauth| oauth.error.as_deref()) {
                Some(_) if error.is("invalid_token") => "a token that is not known is an error".to_owned(),
                Some(code) => format!("HTTP 200 came with the error '{code}'"),
                None => "HTTP 200 came with an error".to_owned(),
            };
            deviations.push(Deviation { what, section: SECTION });
        }
        Err(error) => return Err(error),
    }
    if reply.status != 200 {
        deviations.push(Deviation { what: format!("the status is {} instead of 200", reply.status), section: SECTION });
    }
    Ok(deviations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Field;
    use crate::oauth::tests::{json, judged, told};
    use crate::secret::Secret;

    #[test]
    fn two_hundred_is_success_whatever_it_holds() {
        for (status, body, deviations) in [
            (200, "", &[][..]),
            (200, "<html><title>hi</title>", &[]),
            (200, "{}", &[]),
            (200, r#"{"error":null}"#, &[]),
            (200, r#"{"error":"invalid_token"}"#, &["a token that is not known is an error (RFC 7009 §2.2)"]),
            (
                200,
                r#"{"error":"unsupported_token_type"}"#,
                &["HTTP 200 came with the error 'unsupported_token_type' (RFC 7009 §2.2)"],
            ),
            (200, r#"{"error":["a"]}"#, &["HTTP 200 came with an error (RFC 7009 §2.2)"]),
            (204, "", &["the status is 204 instead of 200 (RFC 7009 §2.2)"]),
        ] {
            assert_eq!(told(&judged(&json(status, body), read).unwrap()), deviations, "{status} {body}");
        }
    }

    #[test]
    fn what_is_no_success_is_told_as_everywhere() {
        let class = |reply: &Reply| match judged(reply, read).unwrap_err() {
            ResponseError::Refused { .. } => "refused",
            ResponseError::Unavailable { retry_after: Some(_), .. } => "later",
            ResponseError::Unavailable { .. } => "unavailable",
            ResponseError::Redirect { .. } => "redirect",
            ResponseError::NotAToken { .. } => "bad",
        };
        for (status, body, expected) in [
            (400, r#"{"error":"unsupported_token_type"}"#, "refused"),
            (401, r#"{"error":"invalid_client"}"#, "refused"),
            (400, r#"{"error":"invalid_token"}"#, "refused"),
            (503, "", "unavailable"),
            (429, "", "unavailable"),
            (302, "", "redirect"),
            (404, "<html>", "bad"),
            (400, "", "bad"),
        ] {
            assert_eq!(class(&json(status, body)), expected, "{status} {body}");
        }
        let mut later = json(503, "");
        later.headers.push(("retry-after".into(), "7".into()));
        assert_eq!(class(&later), "later");
    }

    #[test]
    fn the_token_goes_out_with_what_it_is() {
        let names = |hint| {
            Field::about_token(&Secret::new("t"), hint)
                .iter()
                .map(|f| (f.name.clone(), f.value.plain().map(str::to_owned)))
                .collect::<Vec<_>>()
        };
        let hint = ("token_type_hint".to_owned(), Some("refresh_token".to_owned()));
        assert_eq!(names(Some("refresh_token")), [("token".to_owned(), None), hint]);
        assert_eq!(names(None), [("token".to_owned(), None)]);
    }
}
