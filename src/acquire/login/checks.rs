//! What is looked at before anything of a login is kept: its ID token (OpenID Connect Core §3.1.3.7), and who it is.

use super::LoginError;
use crate::acquire::{AcquireError, Event, Located, Means};
use crate::jose::{Alg, Jws, Keys, With};
use crate::json::Members;
use crate::oauth::login::authorize;
use crate::oauth::login::id_token::{self, Expected, IdTokenError, LEEWAY};
use crate::oauth::reply::Deviation;
use crate::oauth::{Endpoint, Request, Token};
use crate::secret::Secret;
use crate::wire::Url;

impl Means<'_> {
    /// Checks the ID token that came with `token`, and that it is of whom it was to be. Gives who that is, if that is known.
    pub(super) fn check(
        &self,
        request: &Request,
        place: &Located<'_>,
        token: &Token,
        nonce: Option<&Secret>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<String>, AcquireError> {
        let Some(text) = token.members.string("id_token") else {
            if authorize::asks_for_identity(request) {
                let deviation = Deviation {
                    what: "openid was asked for, and no ID token came".to_owned(),
                    section: "OpenID Connect Core §3.1.3.3",
                };
                self.tolerate(vec![deviation], on_event)?;
            }
            return Ok(None);
        };
        let claims = self.verified(request, place, token, nonce, &text, on_event)?;
        let account = id_token::account(&claims);
        if let Some(wanted) = request.login.as_ref().and_then(|login| login.account.as_deref())
            && !id_token::is_account(&claims, wanted)
        {
            let came = account.unwrap_or_else(|| "somebody".to_owned());
            return Err(LoginError::OtherAccount { came, wanted: wanted.to_owned() }.into());
        }
        Ok(account)
    }

    /// Tells that a login lasts no longer than its token, unless that has no end.
    pub(super) fn warn_of_end(
        &self,
        request: &Request,
        place: &Located<'_>,
        token: &Token,
        on_event: &mut dyn FnMut(Event<'_>),
    ) {
        if token.refresh_token.is_none() && token.expires_at.is_some() {
            on_event(Event::NotRenewable(&for_renewal(request, place)));
        }
    }

    /// The claims of the ID token `text`, once it is right.
    fn verified(
        &self,
        request: &Request,
        place: &Located<'_>,
        token: &Token,
        nonce: Option<&Secret>,
        text: &str,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Members, AcquireError> {
        let jws = Jws::read(text).map_err(wrong)?;
        let issuer = self.issuer(request, place);
        let client = request.client.as_ref();
        let secret = client.and_then(|client| client.credential("client_secret")).map(|held| &held.secret);
        let is_shared = jws.alg().is_some_and(Alg::is_symmetric);
        let (keys, mut unchecked) = match self.endpoint(request, place, Endpoint::Jwks)? {
            _ if is_shared => (None, None),
            Some(url) => match self.keys_at(&url, on_event) {
                Ok(keys) => (Some(keys), None),
                Err(why) => (None, Some(format!("the issuer's keys cannot be had: {why}"))),
            },
            None => (None, Some("no jwks_uri is known".to_owned())),
        };
        match jws.verify(With { keys: keys.as_ref(), secret }) {
            Err(error) if error.is_unchecked() => {
                unchecked.get_or_insert_with(|| error.to_string());
            }
            verified => {
                verified.map_err(wrong)?;
            }
        }
        let told = match (issuer, unchecked) {
            (Some(_), None) => None,
            (None, None) => Some("no issuer is given: the ID token's is not compared".to_owned()),
            (None, Some(why)) => {
                Some(format!("no issuer is given: the ID token's is not compared, nor its signature checked: {why}"))
            }
            (Some(_), Some(why)) => Some(format!("the ID token's signature is not checked: {why}")),
        };
        if let Some(told) = &told {
            on_event(Event::IdTokenUnchecked(told));
        }
        let expected = Expected {
            issuer,
            client_id: client.map_or("", |client| &client.id),
            nonce,
            access_token: Some(&token.access_token),
            max_age: request.login.as_ref().and_then(|login| login.max_age),
            now: (self.clock)(),
            server_clock: None,
            leeway: LEEWAY,
        };
        let deviations = id_token::check(&jws.claims, jws.alg(), &expected).map_err(wrong)?;
        self.tolerate(deviations, on_event)?;
        Ok(jws.claims)
    }

    /// The public keys at `url`, or why they cannot be had.
    fn keys_at(&self, url: &Url, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Keys, String> {
        match self.key_set(url, on_event) {
            Ok(reply) => Keys::parse(&reply.body).map_err(|error| error.to_string()),
            Err(AcquireError::Transport { error, .. }) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// How a refresh token is asked for.
fn for_renewal(request: &Request, place: &Located<'_>) -> Vec<String> {
    const OFFLINE: &str = "offline_access";
    let is_asked = request.scope.iter().any(|scope| scope == OFFLINE);
    let scopes = place.metadata().and_then(|metadata| metadata.scopes.as_ref());
    let is_listed = scopes.is_some_and(|scopes| scopes.iter().any(|scope| scope == OFFLINE));
    let host = request.server.url().host();
    let is_google = host == "accounts.google.com" || host.ends_with(".googleapis.com");
    // OpenID Connect Core §11; Google has its own word for it.
    let hints = [
        (is_google, "--auth-param access_type=offline --prompt consent asks Google for one"),
        (is_listed && !is_asked, "the scope offline_access asks for one"),
        (is_asked, "--prompt consent may be what it takes"),
    ];
    hints.into_iter().filter(|(fits, _)| *fits).map(|(_, hint)| hint.to_owned()).collect()
}

fn wrong(error: impl Into<IdTokenError>) -> AcquireError {
    LoginError::IdToken(error.into()).into()
}
