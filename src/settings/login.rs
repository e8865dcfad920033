//! How a person is asked where the grant takes one: what the server is told of it, and how it goes on this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::fields::{self, text_without_controls};
use super::http::held;
use super::{Environment, Key, Layer, Origin, SettingsError};
use crate::browser::Browser;
use crate::oauth::grant::GrantKind;
use crate::oauth::login::redirect::Redirect;
use crate::oauth::login::{ResponseMode, Way};
use crate::oauth::{Endpoint, Endpoints, Login};
use crate::secret::Source;

/// How long a person has where nobody says.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Whether a person is asked where a login is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Where one is there.
    Auto,
    /// No.
    Never,
    /// Yes, also without a terminal.
    Always,
}

/// How a login goes on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTerms {
    /// What is listened on for the redirect URI instead of its own host; without a port it is the redirect URI's.
    pub listen: Option<(IpAddr, Option<u16>)>,
    /// The certificate of an https redirect URI on this machine; it may hold the key.
    pub listen_cert: Option<Source>,
    /// Its key, where it is not with the certificate.
    pub listen_key: Option<Source>,
    /// What opens the login page.
    pub browser: Browser,
    /// Whether a person is asked.
    pub ask: Ask,
    /// How long the person has; a device's code says it by itself.
    pub timeout: Duration,
    /// What all that is kept is sealed with beside what seals it anyway.
    pub cache_secret: Option<Source>,
}

impl LoginTerms {
    /// The address that others than this machine can reach, if one is listened on.
    pub fn exposed(&self) -> Option<IpAddr> {
        self.listen.map(|(address, _)| address).filter(|address| !address.to_canonical().is_loopback())
    }
}

pub(super) fn terms(layer: &Layer, env: &Environment) -> Result<LoginTerms, SettingsError> {
    let timeout = layer.duration(Key::LoginTimeout).unwrap_or(TIMEOUT);
    if timeout.is_zero() {
        return Err(layer.refuse(Key::LoginTimeout, "it must be more than 0"));
    }
    let listen = layer.text(Key::Listen).map(|text| {
        let expected = "expected an IP address, with a port or without one, such as 0.0.0.0:8080 or [::]:8080";
        address(text).ok_or_else(|| layer.refuse(Key::Listen, expected))
    });
    Ok(LoginTerms {
        listen: listen.transpose()?,
        listen_cert: held(layer, Key::ListenCert, env)?,
        listen_key: held(layer, Key::ListenKey, env)?,
        browser: match layer.command(Key::Browser) {
            None => Browser::Auto,
            Some(words) if Key::Browser.reserves(words) => match words.concat().as_str() {
                "none" => Browser::None,
                _ => Browser::Auto,
            },
            Some(words) => Browser::Command(words.to_vec()),
        },
        ask: match layer.text(Key::Login) {
            Some("never") => Ask::Never,
            Some("always") => Ask::Always,
            _ => Ask::Auto,
        },
        timeout,
        cache_secret: layer.source(Key::CacheSecret),
    })
}

/// `ADDR[:PORT]`; port 0 is as none.
fn address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = match text.strip_prefix("localhost") {
        Some(rest) if rest.is_empty() || rest.starts_with(':') => &format!("{}{rest}", Ipv4Addr::LOCALHOST),
        _ => text,
    };
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some((socket.ip(), Some(socket.port()).filter(|port| *port != 0)));
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).filter(|text| text.contains(':'));
    Some((bare.unwrap_or(text).parse().ok()?, None))
}

/// The endpoint that a login begins at.
pub(super) fn endpoint(way: Way) -> (Endpoint, Key) {
    let key = match way {
        Way::Browser => Key::AuthorizationEndpoint,
        Way::Device => Key::DeviceAuthorizationEndpoint,
    };
    (way.endpoint(), key)
}

/// What a login with the browser takes and no other way of asking.
const OF_BROWSER: [Key; 8] = [
    Key::RedirectUri,
    Key::Listen,
    Key::Prompt,
    Key::LoginHint,
    Key::MaxAge,
    Key::AcrValues,
    Key::ResponseMode,
    Key::Par,
];

/// What any login takes.
const OF_LOGINS: [Key; 3] = [Key::Browser, Key::LoginTimeout, Key::AuthParams];

/// What is said of a login, if the grant asks a person.
pub(super) fn login(
    layer: &Layer,
    grant: &GrantKind,
    endpoints: &Endpoints,
    terms: &LoginTerms,
) -> Result<Option<Login>, SettingsError> {
    let said = Said::by(layer)?;
    // What a profile says of a login rests where there is none.
    let is_flag =
        |key: &Key| matches!(layer.get(*key).map(|entry| &entry.origin), Some(Origin::Flag(_) | Origin::NoFlag(_)));
    let Some(way) = grant.person else {
        return match OF_BROWSER.into_iter().chain(OF_LOGINS).find(is_flag) {
            Some(key) => Err(SettingsError::Conflict {
                message: format!("{} would do nothing: the {} grant asks nobody", layer.named(key), grant.name),
                hint: "give --grant-type authorization_code or device_code, or leave it out".into(),
                key: Some(key),
            }),
            None => Ok(None),
        };
    };
    let (asked, key) = endpoint(way);
    if endpoints.get(asked).is_none() && layer.get(Key::Issuer).is_none() {
        return Err(layer.lacks(
            key,
            format!("{} (the {} grant needs it)", key.name(), grant.name),
            format!(
                "give --issuer URL in place of the token endpoint, whose metadata names both, or {} in a profile or {}",
                key.name(),
                key.variable()
            ),
        ));
    }
    if way == Way::Device
        && let Some(key) = OF_BROWSER.into_iter().find(is_flag)
    {
        return Err(SettingsError::Conflict {
            message: format!("{} does not go with the device_code grant", layer.named(key)),
            hint: "leave it out, or log in with the browser of this machine: --grant-type authorization_code".into(),
            key: Some(key),
        });
    }
    let account = layer.text(Key::Username).map(str::to_owned);
    let prompts = |prompt: &str| said.prompt.iter().flat_map(|said| said.split(' ')).any(|said| said == prompt);
    // Who is to choose is not told whom; Entra refuses both at once.
    let login_hint = said.login_hint.or_else(|| account.clone()).filter(|_| !prompts("select_account"));
    Ok(Some(Login {
        way,
        redirects: match way {
            Way::Browser => redirects(layer, said.redirects, terms)?,
            Way::Device => vec![Redirect::default()],
        },
        response_mode: match layer.text(Key::ResponseMode) {
            Some("form_post") => ResponseMode::FormPost,
            _ => ResponseMode::Query,
        },
        prompt: said.prompt,
        login_hint,
        max_age: said.max_age,
        acr_values: said.acr_values,
        auth_params: said.auth_params,
        par: layer.is_on(Key::Par),
        pkce: layer.get(Key::Pkce).map(|_| layer.is_on(Key::Pkce)),
        account,
    }))
}

/// What is said of a login, each by itself.
struct Said {
    redirects: Vec<Redirect>,
    prompt: Option<String>,
    login_hint: Option<String>,
    max_age: Option<Duration>,
    acr_values: Option<String>,
    auth_params: Vec<(String, String)>,
}

impl Said {
    /// Reads it, also where it rests: what is wrong by itself is wrong anywhere.
    fn by(layer: &Layer) -> Result<Self, SettingsError> {
        let prompt = words(layer, Key::Prompt)?;
        if prompt.iter().any(|prompt| prompt.contains(' ') && prompt.split(' ').any(|prompt| prompt == "none")) {
            return Err(layer.refuse(Key::Prompt, "none goes with no other (OpenID Connect Core §3.1.2.1)"));
        }
        let max_age = layer.duration(Key::MaxAge);
        if max_age.is_some_and(|span| span.subsec_nanos() > 0) {
            return Err(layer.refuse(Key::MaxAge, "it is sent in whole seconds (OpenID Connect Core §3.1.2.1)"));
        }
        Ok(Self {
            redirects: list(layer)?,
            prompt,
            login_hint: text_without_controls(layer, Key::LoginHint)?,
            max_age,
            acr_values: words(layer, Key::AcrValues)?,
            auth_params: fields::auth_params(layer)?,
        })
    }
}

/// Words that go out as one text; `None` for none.
fn words(layer: &Layer, key: Key) -> Result<Option<String>, SettingsError> {
    let words = layer.list(key);
    match words.iter().any(|word| word.chars().any(char::is_control)) {
        true => Err(layer.refuse(key, "it holds a control character")),
        false => Ok(Some(words.join(" ")).filter(|text| !text.is_empty())),
    }
}

/// Where the browser may come back to.
fn list(layer: &Layer) -> Result<Vec<Redirect>, SettingsError> {
    let texts = layer.list(Key::RedirectUri);
    let refuse = |at: usize, why: String| {
        let which = if texts.len() > 1 { format!("number {}: ", at + 1) } else { String::new() };
        layer.refuse(Key::RedirectUri, format!("{which}{why}"))
    };
    let read = |(at, text): (usize, &String)| Redirect::parse(text).map_err(|error| refuse(at, error.to_string()));
    let redirects = texts.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let before_last = redirects.split_last().map_or(&[][..], |(_, before)| before);
    if let Some(at) = before_last.iter().position(|redirect| redirect.port().is_none()) {
        let why = if redirects[at].is_listened() { "it names no port" } else { "nobody listens for it" };
        return Err(refuse(at, format!("{why}, so that those after it would never count: put it last")));
    }
    Ok(redirects)
}

/// Where the browser comes back to, with the port of `listen` where it names none itself.
fn redirects(layer: &Layer, mut redirects: Vec<Redirect>, terms: &LoginTerms) -> Result<Vec<Redirect>, SettingsError> {
    if redirects.is_empty() {
        redirects.push(Redirect::default());
    }
    if terms.listen_cert.is_none() && redirects.iter().any(Redirect::is_https) {
        return Err(layer.lacks(
            Key::ListenCert,
            "listen_cert (an https redirect_uri on this machine needs it)",
            "give listen_cert: FILE in a profile, or OAUTH2TOK_LISTEN_CERT; or register and write http://, which does not leave this machine (RFC 8252 §8.3)",
        ));
    }
    let Some((_, port)) = terms.listen else { return Ok(redirects) };
    // A profile may say it for its own redirect URI, which is not the one that counts now.
    let is_meant = layer.says(Key::Listen)
        && (layer.get(Key::RedirectUri).is_none()
            || !is_in_file(layer, Key::Listen)
            || is_in_file(layer, Key::RedirectUri));
    if is_meant && !redirects.iter().any(Redirect::is_listened) {
        return Err(SettingsError::Conflict {
            message: format!("{} would do nothing: nobody listens for redirect_uri", layer.named(Key::Listen)),
            hint: "leave it out, or give a redirect_uri on 127.0.0.1, [::1] or localhost".into(),
            key: Some(Key::Listen),
        });
    }
    let Some(port) = port else { return Ok(redirects) };
    if redirects.len() > 1 {
        return Err(layer.refuse(Key::Listen, "its port would be that of every redirect_uri in the list: name none"));
    }
    let lent = redirects.iter().map(|redirect| match redirect.port() {
        Some(_) => Ok(redirect.clone()),
        None => {
            Redirect::parse(&redirect.at_port(port)).map_err(|error| layer.refuse(Key::RedirectUri, error.to_string()))
        }
    });
    lent.collect()
}

fn is_in_file(layer: &Layer, key: Key) -> bool {
    matches!(layer.origin(key), Origin::Profile { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::settings::tests::{refused, settings};

    const BROWSER: [(Key, &str); 2] =
        [(Key::GrantType, "authorization_code"), (Key::AuthorizationEndpoint, "https://idp.example/authorize")];
    const DEVICE: [(Key, &str); 2] =
        [(Key::GrantType, "device_code"), (Key::DeviceAuthorizationEndpoint, "https://idp.example/device")];

    fn with(entries: &[(Key, &str)]) -> Settings {
        settings(&[&BROWSER[..], entries].concat()).unwrap()
    }

    #[track_caller]
    fn refuses(entries: &[(Key, &str)], expected: &str) {
        refused(&[&BROWSER[..], entries].concat(), expected);
    }

    #[test]
    fn nothing_need_be_said_of_a_login() {
        let Settings { request, login: terms, .. } = with(&[]);
        let login = request.login.unwrap();
        assert_eq!(
            (login.way, login.redirects, login.response_mode),
            (Way::Browser, vec![Redirect::default()], ResponseMode::Query)
        );
        assert_eq!((login.prompt, login.login_hint, login.max_age, login.acr_values), (None, None, None, None));
        assert_eq!((login.auth_params, login.par, login.pkce, login.account), (vec![], false, None, None));
        assert_eq!((terms.browser, terms.ask, terms.timeout), (Browser::Auto, Ask::Auto, Duration::from_secs(300)));
        assert_eq!((terms.listen, terms.listen_cert, terms.cache_secret), (None, None, None));
        assert!(settings(&[]).unwrap().request.login.is_none());
        assert_eq!(settings(&DEVICE).unwrap().request.login.unwrap().way, Way::Device);
    }

    #[test]
    fn a_person_is_asked_as_it_is_said() {
        let Settings { request, login: terms, .. } = with(&[
            (Key::Prompt, "login consent"),
            (Key::Username, "alice"),
            (Key::MaxAge, "1h"),
            (Key::AcrValues, "gold silver"),
            (Key::AuthParams, "ui_locales=de\nhd=a.example\nnone="),
            (Key::ResponseMode, "form_post"),
            (Key::Par, "true"),
            (Key::Pkce, "false"),
            (Key::Browser, "firefox --new-window '%s'"),
            (Key::Login, "never"),
            (Key::LoginTimeout, "90"),
        ]);
        let login = request.login.unwrap();
        assert_eq!(login.prompt.as_deref(), Some("login consent"));
        assert_eq!((login.account.as_deref(), login.login_hint.as_deref()), (Some("alice"), Some("alice")));
        assert_eq!(
            (login.max_age, login.acr_values.as_deref()),
            (Some(Duration::from_secs(3600)), Some("gold silver"))
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(login.auth_params, [pair("ui_locales", "de"), pair("hd", "a.example")]);
        assert_eq!((login.response_mode, login.par, login.pkce), (ResponseMode::FormPost, true, Some(false)));
        let words = ["firefox", "--new-window", "%s"].map(str::to_owned).to_vec();
        assert_eq!((terms.browser, terms.ask), (Browser::Command(words), Ask::Never));
        assert_eq!(terms.timeout, Duration::from_secs(90));
        assert_eq!(with(&[(Key::Browser, "none")]).login.browser, Browser::None);
        assert_eq!(with(&[(Key::Browser, "auto")]).login.browser, Browser::Auto);
    }

    #[test]
    fn who_is_to_choose_an_account_is_not_told_which() {
        let hint = |entries: &[(Key, &str)]| with(entries).request.login.unwrap().login_hint;
        let alice = (Key::Username, "alice");
        assert_eq!(hint(&[alice, (Key::LoginHint, "a@x")]).as_deref(), Some("a@x"));
        assert_eq!(hint(&[alice, (Key::Prompt, "consent select_account")]), None);
        assert_eq!(hint(&[(Key::LoginHint, "a@x"), (Key::Prompt, "select_account")]), None);
        assert_eq!(
            with(&[alice, (Key::Prompt, "select_account")]).request.login.unwrap().account.as_deref(),
            Some("alice")
        );
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        refuses(&[(Key::Prompt, "none login")], "none goes with no other");
        refuses(&[(Key::Prompt, "a\tb")], "control character");
        refuses(&[(Key::LoginHint, "a\nb")], "control character");
        refuses(&[(Key::LoginHint, "")], "it is empty");
        refuses(&[(Key::MaxAge, "1.5")], "whole seconds");
        refuses(&[(Key::LoginTimeout, "0")], "it must be more than 0");
        for name in ["state", "nonce", "request", "response_type"] {
            refuses(&[(Key::AuthParams, &format!("{name}=x"))], &format!("'{name}' is a reserved protocol name"));
        }
        for (name, setting) in [
            ("client_id", "--client-id"),
            ("client_secret", "--client-secret"),
            ("redirect_uri", "--redirect-uri"),
            ("scope", "--scope"),
            ("audience", "--audience"),
            ("resource", "--resource"),
            ("prompt", "--prompt"),
            ("login_hint", "--login-hint"),
            ("max_age", "--max-age"),
            ("acr_values", "--acr-values"),
            ("response_mode", "--response-mode"),
            ("request_uri", "--par"),
            ("dpop_jkt", "--dpop"),
            ("code_challenge", "pkce in a profile"),
            ("code_challenge_method", "pkce in a profile"),
        ] {
            let expected =
                format!("auth_params (flag --auth-param): '{name}' is a reserved protocol name; use {setting}");
            refuses(&[(Key::AuthParams, &format!("{name}=x"))], &expected);
        }
        refuses(&[(Key::AuthParams, "a=1\na=2")], "given twice");
        refused(&[(Key::Params, "redirect_uri=x")], "is a reserved protocol name; use redirect_uri in a profile");
    }

    #[test]
    fn where_the_browser_comes_back_to() {
        let redirects = |entries: &[(Key, &str)]| {
            let redirects = with(entries).request.login.unwrap().redirects;
            redirects.iter().map(|redirect| redirect.as_str().to_owned()).collect::<Vec<_>>()
        };
        let uri = |text| (Key::RedirectUri, text);
        for text in [
            "http://localhost:8000/cb",
            "https://app.example/cb",
            "urn:ietf:wg:oauth:2.0:oob",
            "http://127.0.0.1:1/a http://127.0.0.1:2/a http://127.0.0.1/a",
            "http://127.0.0.1:1/a com.example:/cb",
        ] {
            assert_eq!(redirects(&[uri(text)]).join(" "), text);
        }
        for (text, why) in [
            ("callback", "it is not an absolute URI"),
            ("http://app.example/", "plain http is only for this machine"),
            ("http://127.0.0.1:1/a callback", "number 2: it is not an absolute URI"),
            ("http://127.0.0.1/a http://127.0.0.1:1/a", "number 1: it names no port"),
            ("http://127.0.0.1:0/a http://127.0.0.1:1/a", "number 1: it names no port"),
            ("https://app.example/cb http://127.0.0.1/a", "number 1: nobody listens for it"),
            ("https://localhost/cb", "listen_cert (an https redirect_uri on this machine needs it) is missing"),
        ] {
            refuses(&[uri(text)], why);
        }
        let certified = [uri("https://localhost/cb"), (Key::ListenCert, "env:CERT")];
        assert_eq!(with(&certified).login.listen_cert, Some(Source::Env("CERT".into())));
        // The port of one is the other's.
        assert_eq!(redirects(&[(Key::Listen, "0.0.0.0:8080")]), ["http://127.0.0.1:8080/callback"]);
        assert_eq!(redirects(&[uri("http://localhost/cb?a"), (Key::Listen, "[::]:80")]), ["http://localhost:80/cb?a"]);
        assert_eq!(redirects(&[uri("http://localhost:9/cb"), (Key::Listen, "0.0.0.0:80")]), ["http://localhost:9/cb"]);
        let list = uri("http://localhost:9/cb http://localhost/cb");
        assert_eq!(redirects(&[list, (Key::Listen, "0.0.0.0")]).len(), 2);
        refuses(&[list, (Key::Listen, "0.0.0.0:80")], "name none");
        refuses(&[uri("https://app.example/cb"), (Key::Listen, "0.0.0.0")], "nobody listens for redirect_uri");
    }

    #[test]
    fn an_address_to_listen_on_has_a_port_or_none() {
        for (text, expected, is_exposed) in [
            ("0.0.0.0:8080", Some(("0.0.0.0", Some(8080))), true),
            ("0.0.0.0", Some(("0.0.0.0", None)), true),
            ("192.0.2.7:0", Some(("192.0.2.7", None)), true),
            ("127.0.0.2:1", Some(("127.0.0.2", Some(1))), false),
            ("localhost:1", Some(("127.0.0.1", Some(1))), false),
            ("localhost", Some(("127.0.0.1", None)), false),
            ("[::]:1", Some(("::", Some(1))), true),
            ("[::1]", Some(("::1", None)), false),
            ("::1", Some(("::1", None)), false),
            ("::ffff:127.0.0.1", Some(("::ffff:127.0.0.1", None)), false),
            ("8080", None, false),
            (":8080", None, false),
            ("*:8080", None, false),
            ("[127.0.0.1]", None, false),
            ("host.example:80", None, false),
            ("localhost.example", None, false),
            ("", None, false),
        ] {
            let expected = expected.map(|(ip, port)| (ip.parse::<IpAddr>().unwrap(), port));
            assert_eq!(address(text), expected, "{text}");
            if expected.is_some() {
                assert_eq!(with(&[(Key::Listen, text)]).login.exposed().is_some(), is_exposed, "{text}");
            }
        }
        refuses(&[(Key::Listen, "8080")], "expected an IP address");
    }

    #[test]
    fn a_login_needs_the_endpoint_of_its_way_or_an_issuer() {
        refused(&BROWSER[..1], "authorization_endpoint (the authorization_code grant needs it) is missing");
        refused(&DEVICE[..1], "device_authorization_endpoint (the device_code grant needs it) is missing");
        for grant in ["authorization_code", "device_code", "urn:ietf:params:oauth:grant-type:device_code"] {
            let said = settings(&[(Key::GrantType, grant), (Key::Issuer, "https://idp.example")]).unwrap();
            assert!(said.request.login.is_some(), "{grant}");
        }
    }

    #[test]
    fn flags_of_a_login_conflict_where_there_is_none_and_the_rest_rests() {
        let browsers = [
            (Key::RedirectUri, "http://localhost/"),
            (Key::Listen, "127.0.0.1"),
            (Key::Prompt, "login"),
            (Key::LoginHint, "a"),
            (Key::MaxAge, "1"),
            (Key::AcrValues, "a"),
            (Key::ResponseMode, "query"),
            (Key::Par, "true"),
        ];
        for entry in browsers {
            refused(&[entry], "would do nothing: the client_credentials grant asks nobody");
            refused(&[&DEVICE[..], &[entry]].concat(), "does not go with the device_code grant");
        }
        for entry in [(Key::Browser, "none"), (Key::LoginTimeout, "1"), (Key::AuthParams, "a=b")] {
            refused(&[entry], "would do nothing: the client_credentials grant asks nobody");
            assert!(settings(&[&DEVICE[..], &[entry]].concat()).is_ok());
        }
        let resting = |uri: &str, grant: &[(Key, &str)]| {
            let mut lower = Layer::default();
            for (key, text) in [(Key::RedirectUri, uri), (Key::Prompt, "login"), (Key::Listen, "0.0.0.0")] {
                lower.set(key, key.read(text).unwrap(), Origin::Env(key.variable()));
            }
            Settings::from_layer(settings(grant).unwrap().layer.or(lower), &Environment::default()).map(drop)
        };
        for grant in [&[], &DEVICE[..]] {
            assert_eq!(resting("https://localhost/", grant), Ok(()));
            assert!(resting("nowhere", grant).is_err());
        }
        assert!(resting("https://localhost/", &BROWSER).is_err());
    }

    #[test]
    fn a_client_that_says_neither_secret_nor_method_is_a_public_one_where_a_person_logs_in() {
        let method = |entries: &[(Key, &str)]| {
            let mut layer = Layer::default();
            let base = [(Key::TokenEndpoint, "https://idp.example/token"), (Key::ClientId, "app")];
            for (key, text) in [&base[..], entries].concat() {
                layer.set(key, key.read(text).unwrap(), Origin::Default);
            }
            Settings::from_layer(layer, &Environment::default()).unwrap().request.client.unwrap().kind.name
        };
        for grant in [BROWSER, DEVICE] {
            assert_eq!(method(&grant), "none");
            assert_eq!(method(&[&grant[..], &[(Key::ClientSecret, "env:S")]].concat()), "client_secret_basic");
            assert_eq!(method(&[&grant[..], &[(Key::ClientAssertion, "env:S")]].concat()), "private_key_jwt");
            let post = [(Key::ClientSecret, "env:S"), (Key::AuthMethod, "client_secret_post")];
            assert_eq!(method(&[&grant[..], &post].concat()), "client_secret_post");
        }
    }
}
