//! Ending a login: the server is told that its tokens are not needed any more (RFC 7009).

use std::borrow::Cow;

use crate::acquire::{AcquireError, Event, Located, Means};
use crate::oauth::assertion::Audience;
use crate::oauth::login::revoke;
use crate::oauth::{Endpoint, Request, Server};
use crate::secret::Secret;

impl Means<'_> {
    /// Has the server revoke `tokens`, each with the name of its kind, in this order. `false` where it has no endpoint for that.
    ///
    /// # Errors
    /// The first token that it does not revoke; the others are sent all the same where it answered.
    pub fn revoke(
        &self,
        request: &Request,
        tokens: &[(&Secret, &str)],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<bool, AcquireError> {
        let of = Endpoint::Revocation;
        // Metadata has nothing to add where the endpoint is given, unless assertions are for the one that it names.
        let is_known = request.endpoints.get(of).is_some()
            && request.assertion.as_ref().is_none_or(|made| made.terms.audience != Audience::TokenEndpoint);
        let place = match &request.server {
            Server::Issuer(issuer) if !is_known => {
                let learned = self.metadata_of(issuer, &[of], on_event)?;
                let endpoint = Cow::Owned(learned.metadata.endpoint(self.with_certificate).clone());
                Located { endpoint, metadata: Some(learned) }
            }
            server => Located { endpoint: Cow::Borrowed(server.url()), metadata: None },
        };
        let Some(url) = self.endpoint(request, &place, of)? else { return Ok(false) };
        let mut outcome = Ok(true);
        let mut good = Vec::new();
        for (token, kind) in tokens {
            let fields = revoke::fields(token, Some(kind));
            let answer = self.post(request, &place, (of, &url), &fields, on_event, |reply, asked| {
                Ok(((), revoke::read(reply, asked)?))
            });
            match answer {
                Ok(()) => {}
                Err(error @ AcquireError::Response { .. }) => {
                    good.push(*kind);
                    outcome = outcome.and(Err(error));
                }
                Err(error) => return outcome.and(Err(error)),
            }
        }
        if let Err(AcquireError::Response { asked, .. }) = &mut outcome {
            *asked = Some(format!("not revoked: {}", good.join(", ")));
        }
        outcome
    }
}
