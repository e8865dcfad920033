//! The keys that a server publishes (RFC 7517 §5).

use super::attempt::{Repetition, Undelivered};
use super::discover::metadata_call;
use super::{AcquireError, Event, Means, Message};
use crate::oauth::reply;
use crate::wire::{Reply, Url};

impl Means<'_> {
    /// What stands at `url`, where keys should be. It is not read yet. No credentials go there.
    ///
    /// # Errors
    /// A place that is not reached, or where nothing is.
    pub fn key_set(&self, url: &Url, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Reply, AcquireError> {
        let make = |_: &mut dyn FnMut(Event<'_>)| Ok(Message::Get(metadata_call(url.clone())));
        let judge = |reply: &Reply| {
            let repetition = match reply::is_passing(reply.status) {
                true => Repetition::Again { wait: reply::retry_after(reply, (self.clock)()) },
                false => Repetition::Final,
            };
            ((), repetition)
        };
        match self.deliver(url, &make, on_event, judge) {
            Ok((_, reply)) if reply.status == 200 => Ok(reply),
            Ok((_, reply)) => Err(AcquireError::NoKeys { url: url.clone(), status: reply.status }),
            Err(Undelivered::Transport(error)) => {
                Err(AcquireError::Transport { server: url.clone(), error, once: None })
            }
            Err(Undelivered::Unmade(problem)) => Err(AcquireError::Unmade(Box::new(problem))),
        }
    }
}
