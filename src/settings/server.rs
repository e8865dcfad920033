//! Where to ask: the token endpoint, or the issuer whose metadata names it, and the endpoints beside it.

use super::fields::text_without_controls;
use super::key::ENDPOINTS;
use super::{Key, Layer, SettingsError};
use crate::host;
use crate::oauth::discovery::{self, Issuer, IssuerError};
use crate::oauth::{Endpoints, Server, client, grant};
use crate::secret::shape;
use crate::wire::Url;

pub(super) fn server(layer: &Layer) -> Result<Server, SettingsError> {
    if layer.text(Key::ExpectedIssuer).is_some() && layer.text(Key::TokenEndpoint).is_some() {
        return Err(SettingsError::Conflict {
            message: format!("{} goes with an issuer alone", layer.named(Key::ExpectedIssuer)),
            hint: "it says which issuer the metadata may bear; a token_endpoint needs no metadata".into(),
            key: Some(Key::ExpectedIssuer),
        });
    }
    match (layer.text(Key::TokenEndpoint), layer.text(Key::Issuer)) {
        (Some(_), Some(_)) => Err(SettingsError::Conflict {
            message: format!("{} and {} exclude each other", layer.named(Key::TokenEndpoint), layer.named(Key::Issuer)),
            hint: "give the issuer to have the endpoint found, or the endpoint itself".into(),
            key: Some(Key::Issuer),
        }),
        (Some(text), None) => endpoint(layer, Key::TokenEndpoint, text).map(Server::Endpoint),
        (None, Some(text)) => {
            let expected = text_without_controls(layer, Key::ExpectedIssuer)?;
            issuer(layer, text).map(|issuer| Server::Issuer(issuer.expecting(expected)))
        }
        (None, None) if layer.home().is_none() => Err(SettingsError::NoServer),
        (None, None) => Err(layer.lacks(
            Key::TokenEndpoint,
            "token_endpoint or issuer",
            "give --issuer URL or --token-endpoint URL, or a profile with one of them (-p NAME)",
        )),
    }
}

/// The endpoints beside the token's that are said.
pub(super) fn endpoints(layer: &Layer) -> Result<Endpoints, SettingsError> {
    let mut endpoints = Endpoints::default();
    for (of, key) in ENDPOINTS {
        if let Some(text) = layer.text(key) {
            endpoints.set(of, endpoint(layer, key, text)?);
        }
    }
    Ok(endpoints)
}

fn endpoint(layer: &Layer, key: Key, text: &str) -> Result<Url, SettingsError> {
    let refuse = |why: String| layer.refuse(key, why);
    if let Some(why) = copied_with(text) {
        return Err(refuse(why));
    }
    let url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    if let Some(name) = credential_in_query(text) {
        let own = Key::from_profile_name(name).map_or(String::new(), |key| format!("; use {}", key.flag()));
        return Err(refuse(format!(
            "its query holds '{name}': credentials never go into a URL (RFC 6749 §2.3.1){own}"
        )));
    }
    if let Some(issuer) = discovery::issuer_of_location(url.without_query()) {
        let what = if key == Key::TokenEndpoint { "a token endpoint" } else { "an endpoint" };
        let why = format!("it is where an issuer's metadata is, and not {what}");
        return Err(refuse(why).hinting(Some(format!("write --issuer {issuer} instead"))));
    }
    if !url.is_protected() {
        let harm = if key == Key::JwksUri { "let others put in their keys" } else { "send credentials in clear" };
        let why = format!("plain http would {harm}; use https (http is allowed to localhost, 127.0.0.0/8 and [::1])");
        return Err(refuse(why).hinting(Some(protected(&url))));
    }
    Ok(url)
}

fn issuer(layer: &Layer, text: &str) -> Result<Issuer, SettingsError> {
    let refuse = |why: String| layer.refuse(Key::Issuer, why);
    if let Some(why) = copied_with(text) {
        return Err(refuse(why));
    }
    if let Ok(url) = Url::parse(text)
        && let Some(issuer) = discovery::issuer_of_location(url.without_query())
    {
        let why = "it is where the issuer's metadata is, and not the issuer".to_owned();
        return Err(refuse(why).hinting(Some(format!("write --issuer {issuer}"))));
    }
    Issuer::parse(text).map_err(|error| {
        let hint = Url::parse(text).ok().filter(|_| error == IssuerError::PlainHttp);
        refuse(error.to_string()).hinting(hint.as_ref().map(protected))
    })
}

/// What came along with an address when it was copied, or was to be filled in. A quote or a brace at its end may be meant
/// where a query is.
fn copied_with(text: &str) -> Option<String> {
    let path = text.split('?').next().unwrap_or(text);
    let flaw = shape::of_text(text).filter(|_| Url::parse(text).is_err() || shape::of_text(path).is_some());
    // As the addresses in documentation have it: `/{tenant}/oauth2`.
    let is_open = path.split_once('{').is_some_and(|(_, rest)| rest.contains('}'));
    match flaw {
        Some(flaw) => Some(format!("it {}: write the address alone", flaw.what)),
        None if is_open => Some("it holds a placeholder in braces: put what is yours in its place".to_owned()),
        None => None,
    }
}

/// How a server is asked that is refused for its plain http.
fn protected(url: &Url) -> String {
    let rest = url.without_query().split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let inner = ["local", "internal", "lan", "svc", "home", "test"];
    let is_inner = match host::ip_of(url.host()) {
        Some(_) => true,
        None => url.host().rsplit_once('.').is_none_or(|(_, last)| inner.contains(&last)),
    };
    match is_inner {
        true => format!(
            "give the server TLS, or ask it from its own machine, container or pod, or through a forwarded port (kubectl port-forward, ssh -L), as http://localhost:{}{path}",
            url.port()
        ),
        false => format!("write https://{}{path}", url.host()),
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
    use super::ENDPOINTS;
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
    fn every_endpoint_keeps_the_rules_of_the_token_endpoint() {
        for (of, key) in ENDPOINTS {
            assert_eq!(of.name(), key.name());
            for (url, why) in [
                ("https://a.example/x#y", "fragment"),
                ("https://u:p@a.example/x", "user name or password"),
                ("ftp://a.example/x", "neither https nor http"),
                ("\"https://a.example/x\"", "it begins or ends with a quote"),
                ("https://a.example/{tenant}/x", "it holds a placeholder"),
                ("https://a.example/<tenant>/x", "is a placeholder"),
                (
                    "https://a.example/x?client_secret=s",
                    "credentials never go into a URL (RFC 6749 §2.3.1); use --client-secret",
                ),
                ("https://a.example/.well-known/openid-configuration", "and not an endpoint"),
                ("http://a.example/x", "plain http would "),
            ] {
                refused(&[(key, url)], why);
                refused(&[(key, url)], key.name());
            }
            let url = "http://localhost/x?tenant=y";
            let endpoints = settings(&[(key, url)]).unwrap().request.endpoints;
            let said: Vec<_> = endpoints.iter().map(|(of, url)| (of, url.as_str().to_owned())).collect();
            assert_eq!(said, [(of, url.to_owned())]);
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
        refused(&[(Key::TokenEndpoint, "https://a.example/t\r\nX: y")], "has more than one line");
        refused(
            &[(Key::TokenEndpoint, "https://a.example/t"), (Key::Issuer, "https://a.example")],
            "exclude each other",
        );
    }

    #[test]
    fn what_came_along_with_an_address_is_named() {
        for key in [Key::TokenEndpoint, Key::Issuer] {
            for (text, why) in [
                ("\"https://a.example/t\"", "it begins or ends with a quote"),
                ("'https://a.example/t'", "it begins or ends with a quote"),
                ("https://a.example/t\"", "it begins or ends with a quote"),
                ("\u{201c}https://a.example/t\u{201d}", "it begins or ends with a quote"),
                ("https://a.example/t\r", "it ends with a line end"),
                (" https://a.example/t", "it begins or ends with white space"),
                ("https://a.example/t\u{a0}", "it begins or ends with white space"),
                ("\u{feff}https://a.example/t", "it begins with a byte order mark"),
                ("https://a.exam\u{200b}ple/t", "it holds a control character or an invisible one"),
                ("https://a.example/${TENANT}/t", "it looks like a variable"),
                ("$TOKEN_URL", "it looks like a variable"),
                ("https://a.example/{tenant}/t", "it holds a placeholder"),
            ] {
                refused(&[(key, text)], why);
            }
        }
        for url in ["https://a.example/t?f=x eq 'y'".replace(' ', "+"), "https://a.example/t?q={x}".to_owned()] {
            assert!(settings(&[(Key::TokenEndpoint, &url)]).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_place_of_metadata_is_told_from_an_issuer() {
        let hint = |key, url: &str| settings(&[(key, url)]).unwrap_err().hint().unwrap().to_owned();
        for place in [
            "https://a.example/r/x/.well-known/openid-configuration",
            "https://a.example/.well-known/oauth-authorization-server/r/x",
            "https://a.example/.well-known/openid-configuration/r/x",
            "https://a.example/r/x/.well-known/openid-configuration?appid=1",
        ] {
            assert_eq!(hint(Key::TokenEndpoint, place), "write --issuer https://a.example/r/x instead");
            assert_eq!(hint(Key::Issuer, place), "write --issuer https://a.example/r/x");
        }
        assert_eq!(hint(Key::TokenEndpoint, "http://a.example/t?x=1"), "write https://a.example/t");
        for inner in ["keycloak:8888", "10.0.0.7:8888", "kc.svc.cluster.local:8888"] {
            let hint = hint(Key::Issuer, &format!("http://{inner}/realms/x"));
            assert!(hint.ends_with("as http://localhost:8888/realms/x"), "{hint}");
        }
    }
}
