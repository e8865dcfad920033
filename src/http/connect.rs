//! How ureq comes to its connections: from those that [`Links::dial`] made, and from nowhere else. It would make them in the
//! midst of an exchange, where nobody can be told what is known on the way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use super::error::{TransportError, through};
use super::link::Link;
use super::notes::Notes;
use crate::deadline::Deadline;
use crate::net::{Connection, Dialer, Milestone, NetError, Proxy, Step, Target};

/// A connection that has served nobody counts as new for so long. No server is so impatient that it closes one earlier.
const FRESH: Duration = Duration::from_secs(1);

/// Makes links out of connections.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) dialer: Dialer,
    /// Connections that have served nobody yet, and when they were made: those of exchanges that are about to begin, and
    /// those that were not needed because another one became free meanwhile.
    fresh: Mutex<Vec<(Target, Instant, Connection)>>,
}

impl Links {
    pub(super) fn new(dialer: Dialer) -> Self {
        Self { dialer, fresh: Mutex::default() }
    }

    /// Makes a connection for the next exchange with `target`.
    pub(super) fn dial(
        &self,
        target: &Target,
        deadline: Deadline,
        tell: &mut dyn FnMut(Milestone<'_>),
    ) -> Result<(), NetError> {
        let connection = match forwarder(&self.dialer, target)? {
            Some(proxy) => self.dialer.dial_proxy(&proxy, deadline, tell)?,
            None => self.dialer.dial(target, deadline, tell)?,
        };
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).push((target.clone(), Instant::now(), connection));
        Ok(())
    }

    /// A connection to `target` that has served nobody.
    fn take(&self, target: &Target) -> Option<Connection> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.retain(|(_, made, _)| made.elapsed() < FRESH);
        let index = fresh.iter().rposition(|(known, _, _)| known == target)?;
        Some(fresh.swap_remove(index).2)
    }
}

/// The proxy that gets the requests to this target themselves, in the absolute form (RFC 9112 §3.2.2), instead of opening a
/// tunnel: those in plain http, where it speaks that.
pub(super) fn forwarder(dialer: &Dialer, target: &Target) -> Result<Option<Proxy>, NetError> {
    Ok(dialer.proxy(target)?.filter(|proxy| !target.tls && proxy.speaks_http()))
}

/// What [`Links`] are to ureq.
#[derive(Debug)]
pub(super) struct Ready(pub(super) Arc<Links>);

impl Connector for Ready {
    type Out = Link;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Link>, ureq::Error> {
        let tls = details.needs_tls();
        let uri = details.uri;
        let Some(host) = uri.host() else { return Ok(None) };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let target = Target { tls, host: host.to_ascii_lowercase(), port };
        let Some(connection) = self.0.take(&target) else {
            Notes::note(|notes| notes.unconnected = true);
            let why = "there is none yet".to_owned();
            return Err(through(TransportError::Net(NetError::Lost { during: Step::Connecting, why })));
        };
        Notes::note(|notes| notes.connected = Some(connection.timings));
        let proxy = forwarder(&self.0.dialer, &target).ok().flatten();
        let host = proxy.as_ref().map_or(&*target.host, Proxy::host);
        Ok(Some(Link::new(connection.stream, host.to_owned(), tls)))
    }
}

/// ureq resolves before it connects; here that is [`Dialer`]'s business, which knows whether it is needed at all.
#[derive(Debug)]
pub(super) struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(
        &self,
        _: &::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
