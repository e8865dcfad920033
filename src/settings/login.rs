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
    let (asked, key) = match way {
        Way::Browser => (Endpoint::Authorization, Key::AuthorizationEndpoint),
        Way::Device => (Endpoint::DeviceAuthorization, Key::DeviceAuthorizationEndpoint),
    };
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
    let mut login = Login {
        way,
        redirects: vec![Redirect::default()],
        response_mode: ResponseMode::Query,
        prompt: None,
        login_hint: None,
        max_age: None,
        acr_values: words(layer, Key::AcrValues)?,
        auth_params: fields::auth_params(layer)?,
        par: false,
        pkce: layer.get(Key::Pkce).map(|_| layer.is_on(Key::Pkce)),
        account: layer.text(Key::Username).map(str::to_owned),
    };
    if way == Way::Device {
        return match OF_BROWSER.into_iter().find(is_flag) {
            Some(key) => Err(SettingsError::Conflict {
                message: format!("{} does not go with the device_code grant", layer.named(key)),
                hint: "leave it out, or log in with the browser of this machine: --grant-type authorization_code"
                    .into(),
                key: Some(key),
            }),
            None => Ok(Some(login)),
        };
    }
    login.redirects = redirects(layer, terms)?;
    if layer.text(Key::ResponseMode) == Some("form_post") {
        login.response_mode = ResponseMode::FormPost;
    }
    login.prompt = words(layer, Key::Prompt)?;
    let prompts = || login.prompt.iter().flat_map(|prompt| prompt.split(' '));
    if prompts().any(|prompt| prompt == "none") && prompts().count() > 1 {
        return Err(layer.refuse(Key::Prompt, "none goes with no other (OpenID Connect Core §3.1.2.1)"));
    }
    let hint = text_without_controls(layer, Key::LoginHint)?.or_else(|| login.account.clone());
    // Who is to choose is not told whom; Entra refuses both at once.
    login.login_hint = hint.filter(|_| !prompts().any(|prompt| prompt == "select_account"));
    login.max_age = layer.duration(Key::MaxAge);
    if login.max_age.is_some_and(|span| span.subsec_nanos() > 0) {
        return Err(layer.refuse(Key::MaxAge, "it is sent in whole seconds (OpenID Connect Core §3.1.2.1)"));
    }
    login.par = layer.is_on(Key::Par);
    Ok(Some(login))
}

/// Words that go out as one text; `None` for none.
fn words(layer: &Layer, key: Key) -> Result<Option<String>, SettingsError> {
    let words = layer.list(key);
    match words.iter().any(|word| word.chars().any(char::is_control)) {
        true => Err(layer.refuse(key, "it holds a control character")),
        false => Ok(Some(words.join(" ")).filter(|text| !text.is_empty())),
    }
}

/// Where the browser comes back to, with the port of `listen` where it names none itself.
fn redirects(layer: &Layer, terms: &LoginTerms) -> Result<Vec<Redirect>, SettingsError> {
    let texts = layer.list(Key::RedirectUri);
    let refuse = |at: usize, why: String| {
        let which = if texts.len() > 1 { format!("number {}: ", at + 1) } else { String::new() };
        layer.refuse(Key::RedirectUri, format!("{which}{why}"))
    };
    let read = |(at, text): (usize, &String)| Redirect::parse(text).map_err(|error| refuse(at, error.to_string()));
    let mut redirects = texts.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    if redirects.is_empty() {
        redirects.push(Redirect::default());
    }
    let before_last = &redirects[..redirects.len() - 1];
    if let Some(at) = before_last.iter().position(|redirect| redirect.port().is_none()) {
        let why = if redirects[at].is_listened() { "it names no port" } else { "nobody listens for it" };
        return Err(refuse(at, format!("{why}, so that those after it would never count: put it last")));
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
        None => Redirect::parse(&redirect.at_port(port)).map_err(|error| refuse(0, error.to_string())),
    });
    lent.collect()
}

fn is_in_file(layer: &Layer, key: Key) -> bool {
    matches!(layer.origin(key), Origin::Profile { .. })
}
