//! Where to ask: the token endpoint, or the issuer whose metadata names it.

use super::{Key, Layer, SettingsError};
use crate::oauth::discovery::Issuer;
use crate::oauth::{Server, client, grant};
use crate::wire::Url;

pub(super) fn server(layer: &Layer) -> Result<Server, SettingsError> {
    match (layer.text(Key::TokenEndpoint), layer.text(Key::Issuer)) {
        (Some(_), Some(_)) => Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::TokenEndpoint), layer.named(Key::Issuer)),
            hint: "give the issuer to have the endpoint found, or the endpoint itself".into(),
            key: Some(Key::Issuer),
        }),
        (Some(text), None) => {
            let url = Url::parse(text).map_err(|error| layer.refuse(Key::TokenEndpoint, error.to_string()))?;
            if let Some(name) = credential_in_query(text) {
                let own = Key::from_profile_name(name).map_or(String::new(), |key| format!("; use {}", key.flag()));
                let why = format!("its query holds '{name}': credentials never go into a URL (RFC 6749 §2.3.1){own}");
                return Err(layer.refuse(Key::TokenEndpoint, why));
            }
            if !url.is_protected() {
                let why = "plain http would send credentials in clear; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])";
                return Err(layer.refuse(Key::TokenEndpoint, why));
            }
            Ok(Server::Endpoint(url))
        }
        (None, Some(text)) => {
            Issuer::parse(text).map(Server::Issuer).map_err(|error| layer.refuse(Key::Issuer, error.to_string()))
        }
        (None, None) if layer.home().is_none() => Err(SettingsError::NoServer),
        (None, None) => Err(layer.lacks(
            Key::TokenEndpoint,
            "token_endpoint or issuer",
            "give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)",
        )),
    }
}

/// The credential of this protocol that stands in the query of `url`, if there is one.
fn credential_in_query(url: &str) -> Option<&'static str> {
    let query = url.split_once('?')?.1;
    let credentials = || client::needs().chain(grant::needs()).filter(|need| need.is_secret).map(|need| need.name);
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    names.find_map(|name| {
        credentials().chain(["client_assertion"]).find(|credential| name.eq_ignore_ascii_case(credential))
    })
}

#[cfg(test)]
mod tests {
    use crate::settings::Key;
    use crate::settings::tests::{refused, settings};

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (url, allowed) in [
            ("http://localhost/t", true),
            ("http://LOCALHOST.:8080/t", true),
            ("http://127.0.0.1:1/t", true),
            ("http://127.9.9.9/t", true),
            ("http://[::1]/t", true),
            ("http://127.1/t", false),
            ("http://2130706433/t", false),
            ("http://localhost.evil.example/t", false),
            ("http://evil-localhost/t", false),
            ("http://[::ffff:127.0.0.1]/t", false),
            ("http://0.0.0.0/t", false),
            ("http://idp.example/t", false),
            ("http://l\u{3bf}calhost/t", false),
            ("http://localhost@evil.example/t", false),
        ] {
            assert_eq!(settings(&[(Key::TokenEndpoint, url)]).is_ok(), allowed, "{url}");
        }
    }

    #[test]
    fn an_endpoint_has_neither_fragment_nor_userinfo() {
        refused(&[(Key::TokenEndpoint, "https://a.example/t#x")], "fragment");
        refused(&[(Key::TokenEndpoint, "https://u:p@a.example/t")], "user name or password");
        refused(&[(Key::TokenEndpoint, "ftp://a.example/t")], "neither https nor http");
        let in_query = |query: &str| settings(&[(Key::TokenEndpoint, &format!("https://a.example/t?{query}"))]);
        for name in ["client_secret", "password", "refresh_token", "client_assertion", "Client%5Fsecret"] {
            let message = in_query(&format!("x=y&{name}=s3cret")).unwrap_err().to_string();
            assert!(message.contains("RFC 6749 §2.3.1") && !message.contains("s3cret"), "{message}");
        }
        refused(&[(Key::TokenEndpoint, "https://a.example/t?client_secret=x")], "use --client-secret");
        assert!(in_query("grant_type=client_credentials&api_key=x&not_a_password=x").is_ok());
        refused(&[(Key::TokenEndpoint, "https://a.example/t\r\nX: y")], "percent-encoded");
        refused(
            &[(Key::TokenEndpoint, "https://a.example/t"), (Key::Issuer, "https://a.example")],
            "exclude each other",
        );
    }
}
