//! elastic.io: the credentials of the REST component for client credentials, by their labels. Its Username and Password
//! are the client's id and secret, sent by HTTP Basic as they are.

use super::document::{entries, normalized, parse, scalar};
use super::form::{UserPass, request};
use super::text::Text;
use super::{Draft, Key, MOST, Unreadable, named, told};
use crate::json::Members;
use crate::secret::names::tokens_in;

const CREDENTIALS: [&str; 7] =
    ["Token URL", "Username", "Password", "Base URL", "Scopes", "Additional Properties", "Tokens"];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let root = parse(text)?;
    let Some(members) = entries(&root) else {
        return Err(Unreadable::new(
            "there are no credentials in it",
            "expected names and values such as 'Token URL: https://…'",
        ));
    };
    let (mut id, mut secret) = (None, None);
    let mut fields = vec![("grant_type".to_owned(), Text::literal("client_credentials"))];
    let mut properties = Vec::new();
    if !draft.has_few("the credentials", members.len()) {
        return Ok(());
    }
    for (name, value) in members {
        let Some(text) = scalar(value) else {
            draft.fault(&told(name, &CREDENTIALS), "expected a single value");
            continue;
        };
        match normalized(name).as_str() {
            "token_url" => draft.url(Key::TokenEndpoint, name, &text),
            "username" if id.is_some() => draft.fault(name, "it is given twice"),
            "username" => id = Some(text),
            "password" if secret.is_some() => draft.fault(name, "it is given twice"),
            "password" => secret = Some(text),
            "base_url" => draft.text(Key::BaseUrl, name, &text),
            "scopes" => {
                let scopes = text.as_literal().unwrap_or_default().replace(',', " ");
                if !scopes.trim().is_empty() {
                    fields.push(("scope".to_owned(), Text::literal(scopes)));
                }
            }
            "additional_properties" => properties = additional(draft, name, &text),
            "tokens" => tokens(draft, name, &text),
            _ => draft.fault(&told(name, &CREDENTIALS), "this is not a credential of the component"),
        }
    }
    for (name, text) in properties {
        if name == "grant_type" && text.as_literal() == Some("client_credentials") {
            draft.note("Additional Properties grant_type", "is what is sent anyway");
        } else if matches!(name.as_str(), "grant_type" | "scope") && fields.iter().any(|(known, _)| *known == name) {
            draft.fault(&format!("Additional Properties {}", named(&name)), "the component sets it itself");
        } else {
            fields.push((name, text));
        }
    }
    draft.require(Key::TokenEndpoint, "Token URL");
    let is_missing = |text: &Option<Text>| text.as_ref().is_none_or(Text::is_empty);
    if is_missing(&id) {
        draft.fault("Username", "it is missing");
    }
    if is_missing(&secret) {
        draft.fault("Password", "it is missing");
    }
    draft.note("Username and Password", "are the client's id and secret here, not a user's");
    if let (Some(id), Some(secret)) = (id, secret) {
        let basic = UserPass { id, secret: Some(secret), from: "Username and Password".to_owned() };
        request(draft, fields, Some(basic), |field| match field {
            "scope" => "Scopes".to_owned(),
            field => format!("Additional Properties {}", named(field)),
        });
    }
    Ok(())
}

/// `key:value` pairs between commas.
fn additional(draft: &mut Draft, from: &str, text: &Text) -> Vec<(String, Text)> {
    let mut pairs = Vec::new();
    for item in text.split(|c| c == ',') {
        if pairs.len() >= MOST {
            draft.fault(from, format!("there are more than {MOST} of them"));
            break;
        }
        match item.split_once(':') {
            Some((name, value)) if !name.is_empty() => {
                let trimmed = |text: Text| Text::literal(text.as_literal().unwrap_or_default().trim());
                pairs.push((trimmed(name).as_literal().unwrap_or_default().to_owned(), trimmed(value)));
            }
            _ => draft.fault(from, "expected key:value pairs between commas, and one has no ':'"),
        }
    }
    pairs
}

/// A token that was stored: it stays where it is, for what it can do ends soon and the cache takes only what it fetched.
fn tokens(draft: &mut Draft, from: &str, text: &Text) {
    let Some(text) = text.as_literal().filter(|text| !text.trim().is_empty()) else { return };
    let Ok(Some(parsed)) = Members::parse(text) else {
        return draft.fault(from, "it is not the JSON of a token");
    };
    tokens_in(text.as_bytes(), &mut |stored| draft.conceal(stored));
    let refresh = parsed.raw("refresh_token").is_some();
    let more = if refresh { "; its refresh token is not used either" } else { "" };
    draft.note(from, format!("is left out: the first run fetches a token of its own (cache: true keeps it){more}"));
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, fault, note, run};

    #[test]
    fn elasticio_username_and_password_are_the_clients() {
        use System::Elasticio;
        let base = "Token URL: https://a.example/t\nUsername: id\nPassword: s\n";
        let out = |more: &str| {
            format!(
                "token_endpoint: https://a.example/t\ngrant_type: client_credentials\n{more}client_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n"
            )
        };
        check(Elasticio, base, &out(""));
        check(
            Elasticio,
            r#"{"Token URL": "https://a.example/t", "Username": "id", "Password": "s", "Scopes": ""}"#,
            &out(""),
        );
        check(Elasticio, &format!("{base}Scopes: client,users\n"), &out("scope: [client, users]\n"));
        check(
            Elasticio,
            &format!(
                "{base}Additional Properties: 'tenant:a:b, audience:https://api.example,resource:https://r.example'\n"
            ),
            &out("audience: https://api.example\nresource: https://r.example\nparams:\n  tenant: a:b\n"),
        );
        note(
            Elasticio,
            &format!("{base}Additional Properties: client_id:id\n"),
            "Additional Properties client_id is left out",
        );
        let api = run(Elasticio, &format!("{base}Base URL: https://api.example\n"), false).profile.unwrap();
        assert!(api.ends_with("base_url: https://api.example\n"), "{api}");
        note(
            Elasticio,
            &format!("{base}Tokens: '{{\"access_token\":\"x\",\"expires_in\":86400}}'\n"),
            "Tokens is left out",
        );
        fault(
            Elasticio,
            &format!("{base}Additional Properties: client_id:123\n"),
            "Additional Properties client_id: it names another client",
        );
        fault(
            Elasticio,
            &format!("{base}Additional Properties: grant_type:password\n"),
            "Additional Properties grant_type: ",
        );
        fault(Elasticio, &format!("{base}Additional Properties: abc\n"), "Additional Properties: expected key:value");
        fault(
            Elasticio,
            &format!("{base}Additional Properties: 'a:1,a:2'\n"),
            "Additional Properties a: it is given twice",
        );
        fault(Elasticio, &format!("{base}Tokens: abc\n"), "Tokens: it is not the JSON of a token");
        fault(Elasticio, &format!("{base}Timeout: 3\n"), "Timeout: this is not a credential");
        fault(Elasticio, "Token URL: https://a.example/t\n", "Username: it is missing");
    }
}
