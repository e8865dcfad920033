//! How ureq comes to its connections: from [`Dialer`], and from nowhere else.

use std::sync::Arc;

use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use super::error::through;
use super::link::Link;
use super::notes::Notes;
use crate::deadline::Deadline;
use crate::net::{Dialer, NetError, Proxy, Target};

/// Makes links out of connections.
#[derive(Debug)]
pub(super) struct Links(pub(super) Arc<Dialer>);

impl Links {
    fn dial(&self, target: &Target, deadline: Deadline) -> Result<Link, NetError> {
        let proxy = forwarder(&self.0, target)?;
        let connection = match &proxy {
            Some(proxy) => self.0.dial_proxy(proxy, deadline)?,
            None => self.0.dial(target, deadline)?,
        };
        Notes::note(|notes| notes.connected = Some(connection.timings));
        let host = proxy.as_ref().map_or(&*target.host, Proxy::host);
        Ok(Link::new(connection.stream, host.to_owned(), target.tls))
    }
}

/// The proxy that gets the requests to this target themselves, in the absolute form (RFC 9112 §3.2.2), instead of opening a
/// tunnel: those in plain http, where it speaks that.
pub(super) fn forwarder(dialer: &Dialer, target: &Target) -> Result<Option<Proxy>, NetError> {
    Ok(dialer.proxy(target)?.filter(|proxy| !target.tls && proxy.speaks_http()))
}

impl Connector for Links {
    type Out = Link;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Link>, ureq::Error> {
        let tls = details.needs_tls();
        let uri = details.uri;
        let Some(host) = uri.host() else { return Ok(None) };
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let target = Target { tls, host: host.to_ascii_lowercase(), port };
        let deadline = Notes::note(|notes| notes.deadline).unwrap_or_else(|| Deadline::after(*details.timeout.after));
        self.dial(&target, deadline).map(Some).map_err(|error| through(error.into()))
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
