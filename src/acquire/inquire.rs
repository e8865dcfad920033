//! What a server says of a token (RFC 7662, RFC 9701), and what it signed of a person (OpenID Connect Core §5.3.2).

use super::ask::To;
use super::{AcquireError, Event, Located, Means};
use crate::jose::{Alg, Jws, Keys, With};
use crate::json::Members;
use crate::oauth::signed::{Expected, SignedError};
use crate::oauth::{Endpoint, Field, Request, introspection, userinfo};
use crate::secret::Secret;
use crate::wire::Url;

/// What is asked of a token.
#[derive(Clone, Copy)]
pub struct Inquiry<'a> {
    /// The token.
    pub token: &'a Secret,
    /// What kind of token that is, if it was said.
    pub hint: Option<&'a str>,
    /// What says who asks, instead of a client (RFC 7662 §2.1).
    pub bearer: Option<&'a Secret>,
    /// The client that a signed answer must be for, where one is wanted (RFC 9701).
    pub signed_for: Option<&'a str>,
}

impl Means<'_> {
    /// What the server says of a token. It is asked anew each time.
    ///
    /// # Errors
    /// A server without such an endpoint, that refuses to tell or is not reached; an answer that is none.
    pub fn introspect(
        &self,
        request: &Request,
        inquiry: &Inquiry<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Members, AcquireError> {
        let of = Endpoint::Introspection;
        let wanted = if inquiry.signed_for.is_some() { &[of, Endpoint::Jwks][..] } else { &[of] };
        let place = self.place_for(request, wanted, on_event)?;
        let outcome = self.introspect_at(request, &place, inquiry, on_event);
        outcome.inspect_err(|_| self.distrust(request, &place, on_event))
    }

    fn introspect_at(
        &self,
        request: &Request,
        place: &Located<'_>,
        inquiry: &Inquiry<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Members, AcquireError> {
        let of = Endpoint::Introspection;
        let url = self.needed(request, place, of)?;
        let fields = Field::about_token(inquiry.token, inquiry.hint);
        let to = To { bearer: inquiry.bearer, ..To::new(of, &url, &fields) };
        let Some(client_id) = inquiry.signed_for else {
            return self.post(request, place, &to, on_event, introspection::read);
        };
        let to = To { accept: Some(introspection::SIGNED), ..to };
        let text = self.post(request, place, &to, on_event, introspection::read_signed)?;
        let wrong = |error| AcquireError::Signed { url: url.clone(), error, setting: introspection::SIGNED_BY };
        let jws = Jws::read(&text).map_err(|error| wrong(error.into()))?;
        self.verify(request, place, &jws, on_event)?.map_err(wrong)?;
        let expected = Expected { issuer: self.issuer(request, place), client_id, now: (self.clock)() };
        let (members, deviations) = introspection::unpacked(&jws, &expected).map_err(wrong)?;
        self.tolerate(deviations, on_event)?;
        Ok(members)
    }

    /// Where the server tells who logged in.
    ///
    /// # Errors
    /// A server that names no such place.
    pub fn userinfo_endpoint(
        &self,
        request: &Request,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Url, AcquireError> {
        let mut wanted = super::wanted(request);
        wanted.extend([Endpoint::Userinfo, Endpoint::Jwks]);
        let place = self.place_for(request, &wanted, on_event)?;
        let outcome = self.needed(request, &place, Endpoint::Userinfo);
        outcome.inspect_err(|_| self.distrust(request, &place, on_event))
    }

    /// The claims in a signed answer that came from `url`, once they are right.
    ///
    /// # Errors
    /// An answer that is not, or keys that are not to be had.
    pub fn userinfo(
        &self,
        request: &Request,
        (url, text): (&Url, &str),
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Members, AcquireError> {
        let place = self.place_for(request, &[Endpoint::Userinfo, Endpoint::Jwks], on_event)?;
        let wrong = |error| AcquireError::Signed { url: url.clone(), error, setting: userinfo::SIGNED_BY };
        let jws = Jws::read(text).map_err(|error| wrong(error.into()))?;
        self.verify(request, &place, &jws, on_event)?.map_err(wrong)?;
        let issuer = self.issuer(request, &place);
        let client_id = request.client.as_ref().map_or("", |client| &client.id);
        let expected = Expected { issuer, client_id, now: (self.clock)() };
        userinfo::unpacked(jws, &expected).map_err(wrong)
    }

    /// Whether an answer is signed by the server, or with the secret that it shares with this client. What cannot be checked is
    /// not right.
    fn verify(
        &self,
        request: &Request,
        place: &Located<'_>,
        jws: &Jws<'_>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Result<(), SignedError>, AcquireError> {
        let client = request.client.as_ref();
        let secret = client.and_then(|client| client.credential("client_secret")).map(|held| &held.secret);
        let keys = match self.endpoint(request, place, Endpoint::Jwks)? {
            _ if jws.alg().is_some_and(Alg::is_symmetric) => None,
            Some(url) => match Keys::parse(&self.key_set(&url, on_event)?.body) {
                Ok(keys) => Some(keys),
                Err(error) => {
                    let why = format!("at {} are no keys: {error}", url.without_query());
                    return Ok(Err(SignedError::NoKeys(why)));
                }
            },
            None => return Ok(Err(SignedError::NoKeys("no jwks_uri is known".to_owned()))),
        };
        Ok(jws.verify(With { keys: keys.as_ref(), secret }).map(drop).map_err(SignedError::Signature))
    }
}
