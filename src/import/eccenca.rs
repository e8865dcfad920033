//! eccenca: the parameters of the OAuth2 Authentication task, by the labels its form shows or by their ids.
//!
//! The plugin sends HTTP Basic with id and secret as they are (requests_oauthlib), for both of its grants.

use super::document::{at, entries, get, normalized, parse, scalar};
use super::form::{UserPass, grant, raw_basic};
use super::text::Text;
use super::{Draft, Key, Unreadable, told};
use crate::settings::Document;

const PARAMETERS: [&str; 10] = [
    "Grant Type",
    "Token Endpoint",
    "Client ID",
    "Client Secret",
    "Username",
    "Password",
    "oauth_grant_type",
    "oauth_token_url",
    "oauth_client_id",
    "oauth_client_secret",
];

pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), Unreadable> {
    let root = parse(text)?;
    // A task as the workspace exports it wraps its parameters.
    let inner = at(&root, &["data", "parameters"]).or_else(|| get(&root, "parameters"));
    if at(&root, &["data", "templates"]).and_then(entries).is_some_and(|templates| !templates.is_empty()) {
        draft.fault("templates", "a template's value is only known to the workspace; write the values out");
    }
    let Some(parameters) = entries(inner.unwrap_or(&root)) else {
        return Err(Unreadable::new(
            "there are no parameters in it",
            "expected names and values such as 'Token Endpoint: https://…' or 'oauth_token_url: https://…'",
        ));
    };
    let mut given: [Option<(String, Text)>; 6] = Default::default();
    if !draft.has_few("the parameters", parameters.len()) {
        return Ok(());
    }
    for (name, value) in parameters {
        let index = match normalized(name).as_str() {
            "grant_type" | "oauth_grant_type" => 0,
            "token_endpoint" | "token_endpoint_url" | "oauth_token_url" => 1,
            "client_id" | "oauth_client_id" => 2,
            "client_secret" | "oauth_client_secret" => 3,
            "username" | "user_name" => 4,
            "password" => 5,
            _ => {
                draft.fault(&told(name, &PARAMETERS), "this is not a parameter of the OAuth2 Authentication task");
                continue;
            }
        };
        // The documentation prints the absent default as None.
        let value = if *value == Document::Text("None".into()) { &Document::Null } else { value };
        // The workspace's own answers have a value with the label that it shows.
        match scalar(get(value, "value").filter(|_| get(value, "label").is_some()).unwrap_or(value)) {
            None => draft.fault(name, "expected a single value"),
            Some(_) if given[index].is_some() => draft.fault(name, "it is given twice, by its label and by its id"),
            Some(text) => given[index] = Some((name.clone(), text)),
        }
    }
    let [grant_type, endpoint, id, secret, user, password] =
        given.map(|entry| entry.filter(|(_, text)| !text.is_empty()));

    // The form shows a label for either grant.
    let grant_type = grant_type.map(|(name, text)| {
        let id = match text.as_literal().map(normalized).as_deref() {
            Some("client_credentials" | "client_credentials_grant") => "client_credentials",
            Some("password" | "password_grant") => "password",
            _ => return (name, text),
        };
        (name, Text::literal(id))
    });
    let is_password = grant_type.as_ref().is_some_and(|(_, text)| text.as_literal() == Some("password"));
    match &grant_type {
        Some((name, text)) if matches!(text.as_literal(), Some("client_credentials" | "password")) => {
            grant(draft, name, text)
        }
        Some((name, _)) => draft.fault(name, "expected client_credentials or password"),
        None => draft.plain(Key::GrantType, "Grant Type", "client_credentials"),
    }
    match endpoint {
        Some((name, text)) => draft.url(Key::TokenEndpoint, &name, &text),
        None => draft.fault("Token Endpoint", "it is missing"),
    }
    match (id, secret) {
        (Some((_, id)), Some((from, secret))) => {
            raw_basic(draft, &UserPass { id, secret: Some(secret), from });
        }
        (Some((from, id)), None) if is_password => {
            draft.text(Key::ClientId, &from, &id);
            draft.plain(Key::AuthMethod, &from, "none");
            draft.note("Client Secret", "is empty: the client's id goes into the body, without HTTP Basic");
        }
        (Some(_), None) => draft.fault("Client Secret", "it is missing, and client_credentials needs it"),
        (None, _) => draft.fault("Client ID", "it is missing"),
    }
    match (is_password, user, password) {
        (true, Some((user_from, user)), Some((from, password))) => {
            draft.text(Key::Username, &user_from, &user);
            draft.secret(Key::Password, &from, &password);
        }
        (true, user, password) => {
            for (from, given) in [("Username", user), ("Password", password)] {
                if given.is_none() {
                    draft.fault(from, "it is missing, and the password grant needs it");
                }
            }
        }
        (false, user, password) => {
            for (from, _) in [user, password].into_iter().flatten() {
                draft.note(&from, "is left out: client_credentials does not send it");
            }
        }
    }
    draft.note("oauth_access_token", "is given to a task by oauth2tok -o env --env-name oauth_access_token");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::super::tests::{check, fault, note};

    #[test]
    fn eccenca_takes_labels_and_ids_alike() {
        use System::Eccenca;
        let expected = "token_endpoint: https://a.example/t\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n";
        check(
            Eccenca,
            "Grant Type: password\nToken Endpoint: https://a.example/t\nClient ID: id\nClient Secret: s\nUsername: alice\nPassword: pw\n",
            expected,
        );
        check(
            Eccenca,
            r#"{"oauth_grant_type": "password", "oauth_token_url": "https://a.example/t", "oauth_client_id": "id",
                "oauth_client_secret": "s", "user_name": "alice", "password": "pw"}"#,
            expected,
        );
        check(
            Eccenca,
            "data:\n  parameters:\n    Token Endpoint: https://a.example/t\n    Client ID: id\n    Grant Type: password\n    Client Secret: None\n    Username: alice\n    Password: pw\n",
            "token_endpoint: https://a.example/t\ngrant_type: password\nusername: alice\npassword: env:PASSWORD\nclient_id: id\ntoken_endpoint_auth_method: none\n",
        );
        for grant in ["Password Grant", "Password", "{value: password, label: Password Grant}"] {
            check(
                Eccenca,
                &format!(
                    "Grant Type: {grant}\nToken Endpoint: https://a.example/t\nClient ID: id\nClient Secret: s\nUser name: alice\nPassword: pw\n"
                ),
                expected,
            );
        }
        check(
            Eccenca,
            "Grant Type: Client Credentials\nToken Endpoint: https://a.example/t\nClient ID: id\nClient Secret: s\n",
            "token_endpoint: https://a.example/t\ngrant_type: client_credentials\nclient_id: id\nclient_secret: env:CLIENT_SECRET\ntoken_endpoint_auth_method: client_secret_basic\nbasic_encoding: raw\n",
        );
        let base = "Token Endpoint: https://a.example/t\nClient ID: id\n";
        note(Eccenca, &format!("{base}Client Secret: s\nUsername: alice\n"), "Username is left out");
        fault(Eccenca, base, "Client Secret: it is missing");
        fault(Eccenca, &format!("{base}Grant Type: password\n"), "Password: it is missing");
        fault(Eccenca, &format!("{base}Grant Type: implicit\n"), "Grant Type: expected client_credentials or password");
        fault(Eccenca, &format!("{base}Client Secret: s\noauth_client_id: x\n"), "oauth_client_id: it is given twice");
        fault(Eccenca, &format!("{base}Client Secret: s\nScope: x\n"), "Scope: this is not a parameter");
    }
}
