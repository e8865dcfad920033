//! The ports: bound before anybody is told of them, and held to the end.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use rustls::ServerConfig;

use super::request::Site;
use super::tls::TlsError;
use super::{Place, tls};
use crate::host::ip_of;
use crate::problem::{Class, Problem, Shortage};

/// So often a random port is drawn that must be free twice.
const DRAWS: usize = 32;

/// Ports that are bound; what is asked of them waits until they are served.
pub struct Listener {
    /// Where the browser comes back to, if it is listened for.
    pub(super) redirect: Option<Bound>,
    /// A port of its own for the start address, where that cannot be the redirect's.
    pub(super) start: Option<Bound>,
    warning: Option<String>,
}

/// One port, of one family or two.
pub(super) struct Bound {
    pub(super) sockets: Vec<TcpListener>,
    pub(super) host: String,
    /// The port that the browser knows.
    pub(super) port: u16,
    pub(super) path: String,
    pub(super) tls: Option<Arc<ServerConfig>>,
}

/// Why nobody can listen there.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else does.
    #[error("port {port} is taken: another program listens on it")]
    Taken {
        /// The port that was asked for.
        port: u16,
    },
    /// The system does not allow it, or there is no such address.
    #[error("cannot listen on {address}")]
    Refused {
        /// There.
        address: SocketAddr,
        /// In the system's words.
        source: io::Error,
    },
    /// A certificate or a key that cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl From<BindError> for Problem {
    fn from(error: BindError) -> Self {
        let problem = |error| Self::new(Class::Usage, error);
        match error {
            BindError::Taken { port } => problem(BindError::Taken { port })
                .hint("end that program, or give another redirect_uri that is registered; several are tried in turn"),
            BindError::Refused { address, source } => {
                let shortage = Shortage::of(&source);
                let hint = match source.kind() {
                    io::ErrorKind::PermissionDenied => {
                        "ports below 1024 are for root: give a redirect_uri with another"
                    }
                    _ => "redirect_uri and listen say where; an address must be one of this machine",
                };
                problem(BindError::Refused { address, source }).hint(hint).for_want_of(shortage, Class::Usage)
            }
            BindError::Tls(error) => error.into(),
        }
    }
}

impl Listener {
    /// Binds the port of a redirect, and one for the start address where the redirect's speaks TLS.
    ///
    /// # Errors
    /// [`BindError`]; nothing is bound then.
    pub fn bind(place: &Place) -> Result<Self, BindError> {
        let tls = place.tls.as_ref().map(tls::config).transpose()?;
        let (sockets, bound) = match place.listen {
            Some((ip, port)) => on_one_port(&[ip], port.or(place.port), &mut TcpListener::bind)?,
            None => on_one_port(&addresses(&place.host), place.port, &mut TcpListener::bind)?,
        };
        let start = if tls.is_some() { Self::start_only()?.start } else { None };
        let (host, path) = (place.host.to_ascii_lowercase(), place.path.clone());
        let redirect = Bound { sockets, host, port: place.port.unwrap_or(bound), path, tls };
        Ok(Self { redirect: Some(redirect), start, warning: place.tls.as_ref().and_then(tls::warning) })
    }

    /// Binds a random port of 127.0.0.1 for the start address, where nobody comes back to this machine.
    ///
    /// # Errors
    /// [`BindError`]
    pub fn start_only() -> Result<Self, BindError> {
        let ip = Ipv4Addr::LOCALHOST;
        let (sockets, port) = on_one_port(&[ip.into()], None, &mut TcpListener::bind)?;
        let start = Bound { sockets, host: ip.to_string(), port, path: String::new(), tls: None };
        Ok(Self { redirect: None, start: Some(start), warning: None })
    }

    /// What deserves a look though it is no error.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The redirect's port, or that of the start address where there is no redirect.
    pub fn port(&self) -> u16 {
        self.redirect.as_ref().or(self.start.as_ref()).map_or(0, |bound| bound.port)
    }

    /// The start address with this token.
    pub fn start_address(&self, token: &str) -> String {
        match self.start.as_ref().or(self.redirect.as_ref()) {
            Some(Bound { host, port, .. }) => format!("http://{host}:{port}/{token}"),
            None => String::new(),
        }
    }
}

impl Bound {
    /// What is to be found at this port.
    pub(super) fn site(&self, start: Option<&str>, form_post: bool) -> Site {
        let redirect = (!self.path.is_empty()).then(|| self.path.clone());
        Site::new(&self.host, self.port, self.tls.is_some(), start, redirect, form_post)
    }
}

/// Where a host is listened on.
fn addresses(host: &str) -> Vec<IpAddr> {
    match ip_of(host) {
        Some(ip) => vec![ip],
        None => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
    }
}

type Bind<'a> = dyn FnMut(SocketAddr) -> io::Result<TcpListener> + 'a;

/// Binds one port of all these addresses. A family that this machine lacks is left out; a port that somebody else has in one
/// of them is not taken in the other, or that one would get what comes for us.
fn on_one_port(ips: &[IpAddr], port: Option<u16>, bind: &mut Bind<'_>) -> Result<(Vec<TcpListener>, u16), BindError> {
    // What is bound stays so until another port was drawn: the system would give the same one again.
    let mut drawn = Vec::new();
    loop {
        match at_once(ips, port.unwrap_or(0), bind) {
            Ok(bound) => return Ok(bound),
            Err((half, BindError::Taken { .. })) if port.is_none() && drawn.len() < DRAWS => drawn.push(half),
            Err((_, error)) => return Err(error),
        }
    }
}

type Half = (Vec<TcpListener>, BindError);

fn at_once(ips: &[IpAddr], mut port: u16, bind: &mut Bind<'_>) -> Result<(Vec<TcpListener>, u16), Half> {
    let mut sockets = Vec::with_capacity(ips.len());
    let mut lacking = None;
    for ip in ips {
        let address = SocketAddr::new(*ip, port);
        let bound = bind(address).and_then(|socket| Ok((socket.local_addr()?.port(), socket)));
        match bound {
            Ok((bound, socket)) => {
                port = bound;
                sockets.push(socket);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err((sockets, BindError::Taken { port }));
            }
            Err(source) if is_lacking(&source) => lacking = Some(BindError::Refused { address, source }),
            Err(source) => return Err((sockets, BindError::Refused { address, source })),
        }
    }
    match lacking {
        Some(error) if sockets.is_empty() => Err((sockets, error)),
        _ => Ok((sockets, port)),
    }
}

/// This machine has no such address, or none of its family.
fn is_lacking(error: &io::Error) -> bool {
    #[cfg(unix)]
    const NO_FAMILY: i32 = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
    #[cfg(not(unix))]
    const NO_FAMILY: i32 = 10047;
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(NO_FAMILY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

    fn place(host: &str, port: Option<u16>) -> Place {
        Place { host: host.into(), port, path: "/callback".into(), listen: None, tls: None }
    }

    fn bound(listener: &Listener) -> Vec<SocketAddr> {
        listener.redirect.as_ref().unwrap().sockets.iter().map(|socket| socket.local_addr().unwrap()).collect()
    }

    #[test]
    fn a_host_is_listened_on_where_it_is() {
        for (host, ips) in [("127.0.0.1", &HERE[..1]), ("[::1]", &HERE[1..]), ("LocalHost", &HERE)] {
            let listener = Listener::bind(&place(host, None)).unwrap();
            let expected: Vec<_> = ips.iter().map(|ip| SocketAddr::new(*ip, listener.port())).collect();
            assert_eq!(bound(&listener), expected, "{host}");
            let address = listener.start_address("t");
            assert_eq!(address, format!("http://{}:{}/t", host.to_ascii_lowercase(), listener.port()));
        }
        let alone = Listener::start_only().unwrap();
        assert_eq!(alone.start_address("t"), format!("http://127.0.0.1:{}/t", alone.port()));
    }

    #[test]
    fn the_two_lend_each_other_their_port() {
        let any: IpAddr = Ipv4Addr::UNSPECIFIED.into();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (a, b) = (free(), free());
        for (redirect, listen, known, really) in [
            (Some(a), None, Some(a), Some(a)),
            (None, Some(b), Some(b), Some(b)),
            (Some(a), Some(b), Some(a), Some(b)),
            (None, None, None, None),
        ] {
            let place = Place { listen: Some((any, listen)), ..place("localhost", redirect) };
            let listener = Listener::bind(&place).unwrap();
            let address = bound(&listener)[0];
            assert_eq!(address.ip(), any);
            assert_eq!(address.port(), really.unwrap_or(listener.port()));
            assert_eq!(listener.port(), known.unwrap_or(address.port()));
        }
    }

    #[test]
    fn a_port_that_is_taken_in_one_family_is_refused() {
        for taken in HERE {
            let holder = TcpListener::bind((taken, 0)).unwrap();
            let port = holder.local_addr().unwrap().port();
            let error = Listener::bind(&place("localhost", Some(port))).err().unwrap();
            assert!(matches!(error, BindError::Taken { port: p } if p == port), "{error}");
            let problem = Problem::from(error);
            assert_eq!(
                (problem.class, problem.message()),
                (Class::Usage, format!("port {port} is taken: another program listens on it"))
            );
            // Nothing of it stays bound.
            drop(holder);
            Listener::bind(&place("localhost", Some(port))).unwrap();
        }
    }

    #[test]
    fn what_is_bound_before_is_drawn_again() {
        let mut drawn = Vec::new();
        let mut bind = |address: SocketAddr| {
            if address.is_ipv4() {
                let socket = TcpListener::bind(address)?;
                drawn.push(socket.local_addr()?.port());
                return Ok(socket);
            }
            if drawn.len() < 3 { Err(io::ErrorKind::AddrInUse.into()) } else { TcpListener::bind(address) }
        };
        let (sockets, port) = on_one_port(&HERE, None, &mut bind).unwrap();
        assert_eq!((sockets.len(), Some(&port)), (2, drawn.last()));
        drawn.dedup();
        assert_eq!(drawn.len(), 3, "another one each time");
        // Somebody holds them all.
        let mut bind = |address: SocketAddr| match address {
            SocketAddr::V4(_) => TcpListener::bind(address),
            SocketAddr::V6(_) => Err(io::ErrorKind::AddrInUse.into()),
        };
        assert!(matches!(on_one_port(&HERE, None, &mut bind), Err(BindError::Taken { .. })));
    }

    #[test]
    fn a_family_that_is_lacking_is_left_out() {
        let lacks = |lacking: [bool; 2], error: fn() -> io::Error| {
            let mut bind = move |address: SocketAddr| {
                if lacking[usize::from(address.is_ipv6())] { Err(error()) } else { TcpListener::bind(address) }
            };
            on_one_port(&HERE, None, &mut bind)
        };
        let no_address = || io::ErrorKind::AddrNotAvailable.into();
        #[cfg(unix)]
        let no_family = || rustix::io::Errno::AFNOSUPPORT.into();
        #[cfg(not(unix))]
        let no_family = || io::Error::from_raw_os_error(10047);
        let denied = || io::ErrorKind::PermissionDenied.into();
        for error in [no_address, no_family] {
            assert_eq!(lacks([false, true], error).unwrap().0[0].local_addr().unwrap().ip(), HERE[0]);
            assert_eq!(lacks([true, false], error).unwrap().0[0].local_addr().unwrap().ip(), HERE[1]);
            assert!(matches!(lacks([true, true], error), Err(BindError::Refused { .. })));
        }
        assert!(matches!(lacks([false, true], denied), Err(BindError::Refused { .. })));
    }
}
