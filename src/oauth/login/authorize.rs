//! What a person's browser asks the server (RFC 6749 §4.1.1), and what a device asks in its stead (RFC 8628 §3.1).

use std::borrow::Cow;
use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Login, ResponseMode, Way};
use crate::crypto::{self, Unavailable};
use crate::oauth::field::{Field, FieldValue};
use crate::oauth::request::Request;
use crate::secret::redact::Conceal;
use crate::secret::{Redactor, Secret};
use crate::wire::Url;

/// All but what stands for itself everywhere in a URL (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is drawn anew for each login: 256 random bits each, as 43 characters.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// What tells our answer from others' (RFC 6749 §10.12).
    pub state: Secret,
    /// What ties an ID token to this login (OpenID Connect Core §3.1.2.1).
    pub nonce: Option<Secret>,
    /// What proves that who trades the code is who asked for it (RFC 7636 §4.1).
    pub verifier: Option<Secret>,
}

impl Fresh {
    /// Draws what `request` takes: a nonce goes with the scope `openid` in a browser alone.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub fn draw(request: &Request) -> Result<Self, Unavailable> {
        Self::of(request, |_| Ok(Secret::new(URL_SAFE_NO_PAD.encode(crypto::random::<32>()?))))
    }

    /// What stands for it where nothing is drawn: names in angle brackets.
    pub fn told(request: &Request) -> Self {
        let Ok(fresh) = Self::of(request, |name| Ok::<_, Infallible>(Secret::new(format!("<{name}>"))));
        fresh
    }

    fn of<E>(request: &Request, mut make: impl FnMut(&str) -> Result<Secret, E>) -> Result<Self, E> {
        let login = request.login.as_deref();
        let has_nonce = login.is_some_and(|login| login.way == Way::Browser) && asks_for_identity(request);
        Ok(Self {
            state: make("state")?,
            nonce: has_nonce.then(|| make("nonce")).transpose()?,
            verifier: login.is_some_and(Login::proves_itself).then(|| make("code_verifier")).transpose()?,
        })
    }

    /// What goes out first of the verifier: its hash, by the method S256 (RFC 7636 §4.2).
    pub fn challenge(&self) -> Option<String> {
        let verifier = self.verifier.as_ref()?.expose();
        Some(match verifier.starts_with('<') {
            true => "<code_challenge>".to_owned(),
            false => URL_SAFE_NO_PAD.encode(crypto::sha256(verifier.as_bytes())),
        })
    }
}

impl Conceal for Fresh {
    fn conceal(&self, redactor: &mut Redactor) {
        [Some(&self.state), self.nonce.as_ref(), self.verifier.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|s| redactor.add(s));
    }
}

/// The scope that asks who the person is (OpenID Connect Core §3.1.2.1) is among those that are asked for.
pub fn asks_for_identity(request: &Request) -> bool {
    request.scope.iter().any(|scope| scope == "openid")
}

/// The fields of the authorization request, in the order they go out: in the query, or pushed. `redirect_uri` is the one that
/// was chosen, with its port; `jkt` the RFC 7638 thumbprint of the key that tokens are to be bound to (RFC 9449 §10).
pub fn fields(request: &Request, fresh: &Fresh, redirect_uri: &str, jkt: Option<&str>) -> Vec<Field> {
    let mut fields = vec![Field::plain("response_type", "code")];
    fields.extend(request.client.iter().map(|client| Field::plain("client_id", &client.id)));
    fields.push(Field::plain("redirect_uri", redirect_uri));
    scope(request, &mut fields);
    fields.push(Field::secret("state", &fresh.state));
    fields.extend(fresh.nonce.iter().map(|nonce| Field::secret("nonce", nonce)));
    challenge(fresh, &mut fields);
    let Some(login) = &request.login else { return fields };
    let response_mode = (login.response_mode == ResponseMode::FormPost).then_some("form_post");
    let max_age = login.max_age.map(|age| age.as_secs().to_string());
    let texts = [
        ("response_mode", response_mode),
        ("prompt", login.prompt.as_deref()),
        ("login_hint", login.login_hint.as_deref()),
        ("max_age", max_age.as_deref()),
        ("acr_values", login.acr_values.as_deref()),
    ];
    fields.extend(texts.into_iter().filter_map(|(name, text)| Some(Field::plain(name, text?))));
    for_what(request, &mut fields);
    fields.extend(jkt.map(|jkt| Field::plain("dpop_jkt", jkt)));
    further(login, &mut fields);
    fields
}

/// The fields of a device's request (RFC 8628 §3.1); who asks is added by the client's way to authenticate.
pub fn device_fields(request: &Request, fresh: &Fresh) -> Vec<Field> {
    let mut fields = Vec::new();
    scope(request, &mut fields);
    challenge(fresh, &mut fields);
    for_what(request, &mut fields);
    request.login.iter().for_each(|login| further(login, &mut fields));
    fields
}

fn scope(request: &Request, fields: &mut Vec<Field>) {
    if !request.scope.is_empty() {
        fields.push(Field::plain("scope", request.scope_text()));
    }
}

fn challenge(fresh: &Fresh, fields: &mut Vec<Field>) {
    if let Some(challenge) = fresh.challenge() {
        fields.extend([Field::plain("code_challenge", challenge), Field::plain("code_challenge_method", "S256")]);
    }
}

/// What the token is to be good for.
fn for_what(request: &Request, fields: &mut Vec<Field>) {
    for (name, values) in [("audience", &request.audience), ("resource", &request.resource)] {
        fields.extend(values.iter().filter(|value| !value.is_empty()).map(|value| Field::plain(name, value)));
    }
    fields.extend(request.authorization_details.iter().map(|details| Field::plain("authorization_details", details)));
}

fn further(login: &Login, fields: &mut Vec<Field>) {
    let given = login.auth_params.iter().filter(|(_, value)| !value.is_empty());
    fields.extend(given.map(|(name, value)| Field::plain(name, value)));
}

/// Where the browser goes: `endpoint`, whose own query stays byte for byte (RFC 6749 §3.1), with the fields.
pub fn url(endpoint: &Url, fields: &[Field]) -> String {
    with(endpoint, fields.iter().map(|field| (&*field.name, encoded(field.value.expose()))))
}

/// The same to look at: each secret is its name in angle brackets.
pub fn told_url(endpoint: &Url, fields: &[Field]) -> String {
    let told = |field: &Field| match &field.value {
        FieldValue::Secret(_) => format!("<{}>", field.name),
        FieldValue::Plain(text) if *text == format!("<{}>", field.name) => text.clone(),
        FieldValue::Plain(text) => encoded(text).into_owned(),
    };
    with(endpoint, fields.iter().map(|field| (&*field.name, Cow::Owned(told(field)))))
}

/// Where it goes when the request was pushed: what that gave, and who it is, alone (RFC 9126 §4).
pub fn pushed_fields(client_id: &str, request_uri: &Secret) -> [Field; 2] {
    [Field::plain("client_id", client_id), Field::secret("request_uri", request_uri)]
}

fn encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

fn with<'a>(endpoint: &Url, pairs: impl Iterator<Item = (&'a str, Cow<'a, str>)>) -> String {
    let mut text = endpoint.as_str().to_owned();
    for (name, value) in pairs {
        match text.contains('?') {
            false => text.push('?'),
            true if text.ends_with(['?', '&']) => {}
            true => text.push('&'),
        }
        text.push_str(&encoded(name));
        text.push('=');
        text.push_str(&value);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::oauth::tests as sample;

    fn fresh() -> Fresh {
        let secret = |text: &str| Secret::new(text);
        // RFC 7636 Appendix B
        let verifier = Some(secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        Fresh { state: secret("st"), nonce: Some(secret("no")), verifier }
    }

    fn login(change: impl FnOnce(&mut Request, &mut Login)) -> Request {
        let mut request = sample::login();
        let mut login = request.login.take().unwrap();
        change(&mut request, &mut login);
        Request { login: Some(login), ..request }
    }

    #[test]
    fn a_challenge_is_the_hash_of_its_verifier() {
        assert_eq!(fresh().challenge().as_deref(), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert_eq!(Fresh { verifier: None, ..fresh() }.challenge(), None);
    }

    #[test]
    fn what_is_drawn_is_long_new_and_no_more_than_is_needed() {
        let drawn = |request: &Request| {
            let [one, other] = [(); 2].map(|()| Fresh::draw(request).unwrap());
            assert_ne!(one.state, other.state);
            let all = [Some(one.state), one.nonce, one.verifier];
            assert!(all.iter().flatten().all(|text| text.expose().len() == 43), "43 characters are 256 bits");
            all.map(|text| text.is_some())
        };
        let openid = || vec!["a".to_owned(), "openid".to_owned()];
        assert_eq!(drawn(&login(|_, _| {})), [true, false, true]);
        assert_eq!(drawn(&login(|request, _| request.scope = openid())), [true, true, true]);
        assert_eq!(drawn(&login(|_, login| login.pkce = Some(false))), [true, false, false]);
        let device = |pkce| {
            login(|request, login| {
                request.scope = openid();
                (login.way, login.pkce) = (Way::Device, pkce);
            })
        };
        assert_eq!(drawn(&device(None)), [true, false, false]);
        assert_eq!(drawn(&device(Some(true))), [true, false, true]);
    }

    #[test]
    fn the_request_has_its_fields_in_order_and_in_the_query() {
        let endpoint = sample::url("https://idp.example/authorize");
        let sent = |request: &Request, fresh: &Fresh, jkt| {
            url(&endpoint, &fields(request, fresh, "http://127.0.0.1:5000/callback", jkt))
        };
        let only = Fresh { nonce: None, verifier: None, ..fresh() };
        let start = "https://idp.example/authorize?response_type=code&client_id=app\
                     &redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcallback";
        assert_eq!(sent(&login(|_, _| {}), &only, None), format!("{start}&state=st"));
        let whole = login(|request, login| {
            request.scope = vec!["openid".into(), "a+b".into()];
            request.audience = vec!["api x".into()];
            request.resource = vec!["https://r.example/".into(), String::new(), "urn:r".into()];
            request.authorization_details = Some("[{\"type\":\"é\"}]".into());
            request.params = vec![Field::plain("param", "p")];
            request.headers = vec![Field::plain("X-A", "b")];
            login.response_mode = ResponseMode::FormPost;
            login.prompt = Some("login consent".into());
            login.login_hint = Some("alice@example.org".into());
            login.max_age = Some(Duration::from_secs(90));
            login.acr_values = Some("urn:a urn:b".into());
            login.auth_params = vec![("access_type".into(), "offline".into()), ("none".into(), String::new())];
        });
        assert_eq!(
            sent(&whole, &fresh(), Some("thumb")),
            format!(
                "{start}&scope=openid%20a%2Bb&state=st&nonce=no\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
                 &response_mode=form_post&prompt=login%20consent&login_hint=alice%40example.org&max_age=90\
                 &acr_values=urn%3Aa%20urn%3Ab&audience=api%20x&resource=https%3A%2F%2Fr.example%2F&resource=urn%3Ar\
                 &authorization_details=%5B%7B%22type%22%3A%22%C3%A9%22%7D%5D&dpop_jkt=thumb&access_type=offline"
            )
        );
    }

    #[test]
    fn the_endpoints_own_query_stays_byte_for_byte() {
        for (endpoint, expected) in [
            ("https://h/a", "https://h/a?client_id=c%20d&request_uri=urn%3Ax"),
            ("https://h", "https://h?client_id=c%20d&request_uri=urn%3Ax"),
            ("https://h/a?", "https://h/a?client_id=c%20d&request_uri=urn%3Ax"),
            ("https://h/a?t=%2b+%C3&u", "https://h/a?t=%2b+%C3&u&client_id=c%20d&request_uri=urn%3Ax"),
            ("https://h/a?t=1&", "https://h/a?t=1&client_id=c%20d&request_uri=urn%3Ax"),
        ] {
            let pushed = pushed_fields("c d", &Secret::new("urn:x"));
            assert_eq!(url(&sample::url(endpoint), &pushed), expected);
        }
    }

    #[test]
    fn what_only_a_run_knows_is_named() {
        let request = login(|request, _| request.scope = vec!["openid".into()]);
        let fields = fields(&request, &Fresh::told(&request), "<redirect_uri>", None);
        assert_eq!(
            told_url(&sample::url("https://h/a"), &fields),
            "https://h/a?response_type=code&client_id=app&redirect_uri=<redirect_uri>&scope=openid&state=<state>&nonce=<nonce>\
             &code_challenge=<code_challenge>&code_challenge_method=S256"
        );
        let secret: Vec<_> =
            fields.iter().filter(|field| field.value.plain().is_none()).map(|field| &*field.name).collect();
        assert_eq!(secret, ["state", "nonce"]);
    }

    #[test]
    fn a_device_says_who_asks_in_its_own_way() {
        let request = login(|request, login| {
            request.scope = vec!["a".into()];
            request.audience = vec!["api".into()];
            request.resource = vec!["urn:r".into()];
            request.authorization_details = Some("[]".into());
            (login.way, login.pkce) = (Way::Device, Some(true));
            login.prompt = Some("login".into());
            login.auth_params = vec![("tenant".into(), "t".into())];
        });
        let endpoint = sample::url("https://h/device");
        let post = |request: &Request| {
            let attempt = &sample::attempt(&endpoint);
            request.post_to(&endpoint, device_fields(request, &fresh()), attempt, true)
        };
        let start = "scope=a&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
                     &audience=api&resource=urn%3Ar&authorization_details=%5B%5D&tenant=t";
        assert_eq!(post(&request).body().as_str(), format!("{start}&client_id=app"));
        let basic = Request { client: Some(sample::client(&crate::oauth::client::basic::KIND, "app", "s")), ..request };
        assert_eq!(post(&basic).body().as_str(), start);
        assert!(post(&basic).authorization.is_some());
    }
}
