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
    /// What the first token is not revoked for, with the kinds of all that are not; the others are sent all the same where the
    /// server answered.
    pub fn revoke<'t>(
        &self,
        request: &Request,
        tokens: &[(&Secret, &'t str)],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<bool, (AcquireError, Vec<&'t str>)> {
        let kinds = |tokens: &[(&Secret, &'t str)]| tokens.iter().map(|(_, kind)| *kind).collect();
        let of = Endpoint::Revocation;
        let place = self.place_to_revoke(request, on_event).map_err(|error| (error, kinds(tokens)))?;
        let url = self.endpoint(request, &place, of).map_err(|error| (error, kinds(tokens)))?;
        let Some(url) = url else { return Ok(false) };
        let mut first = None;
        let mut left = Vec::new();
        for (at, (token, kind)) in tokens.iter().enumerate() {
            let fields = revoke::fields(token, Some(kind));
            let mut tried = None;
            let mut tell = |event: Event<'_>| match event {
                Event::Tried { attempts, of } => tried = Some((attempts, of)),
                event => on_event(event),
            };
            let answer = self.post(request, &place, (of, &url), &fields, &mut tell, |reply, asked| {
                Ok(((), revoke::read(reply, asked)?))
            });
            let Err(error) = answer else { continue };
            let is_over = matches!(error, AcquireError::Transport { .. } | AcquireError::Unmade(_));
            first.get_or_insert((error, tried));
            if is_over {
                left.extend(kinds(&tokens[at..]));
                break;
            }
            left.push(*kind);
        }
        let Some((error, tried)) = first else { return Ok(true) };
        // The attempts of the request that is told of, whatever came after it.
        tried.into_iter().for_each(|(attempts, of)| on_event(Event::Tried { attempts, of }));
        Err((error, left))
    }

    /// Where tokens are revoked, as far as metadata says.
    fn place_to_revoke<'r>(
        &self,
        request: &'r Request,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Located<'r>, AcquireError> {
        let of = Endpoint::Revocation;
        // Metadata has nothing to add where the endpoint is given, unless assertions are for the one that it names.
        let is_known = request.endpoints.get(of).is_some()
            && request.assertion.as_ref().is_none_or(|made| made.terms.audience != Audience::TokenEndpoint);
        match &request.server {
            Server::Issuer(issuer) if !is_known => {
                let learned = self.metadata_of(issuer, &[of], on_event)?;
                let endpoint = Cow::Owned(learned.metadata.endpoint(self.with_certificate).clone());
                Ok(Located { endpoint, metadata: Some(learned) })
            }
            server => Ok(Located { endpoint: Cow::Borrowed(server.url()), metadata: None }),
        }
    }
}
