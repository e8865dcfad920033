//! Ending tokens: the server is told that they are not needed any more (RFC 7009).

use super::ask::To;
use super::{AcquireError, Event, Means};
use crate::oauth::{Endpoint, Field, Request, revocation};
use crate::secret::Secret;

impl Means<'_> {
    /// Has the server revoke `tokens`, each with the name of its kind if that is known, in this order. `false` where it has no endpoint for that.
    ///
    /// # Errors
    /// What the first token is not revoked for, with the kinds of all that are not; the others are sent all the same where the
    /// server answered.
    pub fn revoke<'t>(
        &self,
        request: &Request,
        tokens: &[(&Secret, Option<&'t str>)],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<bool, (AcquireError, Vec<&'t str>)> {
        let kinds = |tokens: &[(&Secret, Option<&'t str>)]| tokens.iter().filter_map(|(_, kind)| *kind).collect();
        let of = Endpoint::Revocation;
        let place = self.place_for(request, &[of], on_event).map_err(|error| (error, kinds(tokens)))?;
        let url = self.endpoint(request, &place, of).map_err(|error| (error, kinds(tokens)))?;
        let Some(url) = url else { return Ok(false) };
        let mut first = None;
        let mut left = Vec::new();
        for (at, (token, kind)) in tokens.iter().enumerate() {
            let fields = Field::about_token(token, *kind);
            let mut tried = None;
            let mut tell = |event: Event<'_>| match event {
                Event::Tried { attempts, of } => tried = Some((attempts, of)),
                event => on_event(event),
            };
            let answer = self.post(request, &place, &To::new(of, &url, &fields), &mut tell, |reply, asked| {
                Ok(((), revocation::read(reply, asked)?))
            });
            let Err(error) = answer else { continue };
            let is_over = matches!(error, AcquireError::Transport { .. } | AcquireError::Unmade(_));
            first.get_or_insert((error, tried));
            if is_over {
                left.extend(kinds(&tokens[at..]));
                break;
            }
            left.extend(*kind);
        }
        let Some((error, tried)) = first else { return Ok(true) };
        self.distrust(request, &place, on_event);
        // The attempts of the request that is told of, whatever came after it.
        tried.into_iter().for_each(|(attempts, of)| on_event(Event::Tried { attempts, of }));
        Err((error, left))
    }
}
