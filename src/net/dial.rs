//! From a target to a connection: proxy, name, TCP, tunnel, TLS, in this order.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::error::{NetError, Step};
use super::limit::Limit;
use super::proxy::{PassedOver, Protocol, Proxy};
use super::stream::{Stream, Tls};
use super::tcp::{self, Socket};
use super::tls::{Setup, TlsWarning};
use super::tunnel::{self, Refusal};
use super::{Options, Roots, Target};
use crate::deadline::Deadline;
use crate::host::ip_of;

/// A connection and how long it took. Nothing has been said over it.
#[derive(Debug)]
pub struct Connection {
    /// What was asked for. Its deadline is the end of the time for getting connected.
    pub stream: Stream,
    /// How long each step took.
    pub timings: DialTimings,
}

/// What is known on the way to a connection, told when it is known: it is what a failure further on is understood by.
#[derive(Debug)]
pub enum Milestone<'a> {
    /// TCP is there.
    Reached {
        /// The server, or its proxy.
        host: &'a str,
        /// Where TCP leads.
        address: SocketAddr,
        /// The addresses that were tried before, and why each failed.
        failed: &'a [(SocketAddr, String)],
    },
    /// A proxy has opened its tunnel.
    Tunnelled {
        /// Scheme, host and port, no credentials.
        proxy: &'a str,
    },
    /// TLS is there.
    Secured {
        /// The server, or its proxy.
        host: &'a str,
        /// What was agreed on.
        tls: &'a Tls,
    },
}

/// How long the steps to a connection took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DialTimings {
    /// Name resolution; `None` for an address.
    pub dns: Option<Duration>,
    /// TCP, and opening a proxy's tunnel.
    pub connect: Duration,
    /// The TLS handshake with the server, where there was one.
    pub tls: Option<Duration>,
}

/// Makes connections, from as many threads as you like.
pub struct Dialer {
    pub(super) options: Options,
    /// TLS towards servers, and towards proxies where that differs: built when needed first.
    server_tls: OnceLock<Result<Setup, NetError>>,
    proxy_tls: OnceLock<Result<Setup, NetError>>,
    warnings: Mutex<Vec<TlsWarning>>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

impl Dialer {
    /// Does nothing yet: no file is read before the first connection needs it.
    pub fn new(options: Options) -> Self {
        Self { options, server_tls: OnceLock::new(), proxy_tls: OnceLock::new(), warnings: Mutex::default() }
    }

    /// What was odd on the way but no error, such as a private key others can read. Each is told once.
    pub fn warnings(&self) -> Vec<TlsWarning> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// The client certificate and those behind it (DER), if a server asked for them.
    pub fn shown_certificates(&self) -> Vec<Vec<u8>> {
        self.server_tls.get().and_then(|tls| tls.as_ref().ok()).map_or_else(Vec::new, Setup::shown)
    }

    /// The proxy for this target, or none.
    ///
    /// # Errors
    /// A proxy setting that is not understood, or a proxy that must not be used.
    pub fn proxy(&self, target: &Target) -> Result<Option<Proxy>, NetError> {
        self.options.proxy.choose(target)
    }

    /// Does what can be done before anything is connected to.
    ///
    /// # Errors
    /// A proxy setting, roots or a client certificate that cannot be used.
    pub fn prepare(&self, target: &Target, deadline: Deadline) -> Result<(), NetError> {
        self.proxy(target)?;
        let options = &self.options;
        // The system's roots are no setting.
        let names_files = options.client_cert.is_some() || !matches!(options.roots, Roots::System);
        if target.tls && names_files { self.server_tls(&deadline).map(drop) } else { Ok(()) }
    }

    /// Says so where the environment names a proxy that is passed over for this target.
    pub fn passed_over(&self, target: &Target) -> Option<PassedOver> {
        self.options.proxy.passed_over(target)
    }

    /// A connection to `target`, through a proxy's tunnel where the settings name one, with TLS where the target has it.
    ///
    /// # Errors
    /// [`NetError`], within the connect timeout and the deadline.
    pub fn dial(
        &self,
        target: &Target,
        deadline: Deadline,
        tell: &mut dyn FnMut(Milestone<'_>),
    ) -> Result<Connection, NetError> {
        // Whatever can be wrong on this side is found before anything is connected to.
        let proxy = self.proxy(target)?;
        let server_tls = if target.tls { Some(self.server_tls(&deadline)?) } else { None };
        let limit = Limit::new(self.options.connect_timeout, deadline, &target.host);
        let mut connection = match &proxy {
            None => connect(&target.host, target.port, &limit, tell)?,
            Some(proxy) => self.tunnel(proxy, target, &limit, tell)?,
        };
        if let Some(setup) = server_tls {
            let start = Instant::now();
            let tls = setup.handshake(connection.stream, &target.host, true, &limit)?;
            tell(Milestone::Secured { host: &target.host, tls: &tls });
            connection.stream = Stream::Tls(tls);
            connection.timings.tls = Some(start.elapsed());
        }
        Ok(connection)
    }

    /// A connection to a proxy itself, for what it is to forward.
    ///
    /// # Errors
    /// As [`Dialer::dial`].
    pub fn dial_proxy(
        &self,
        proxy: &Proxy,
        deadline: Deadline,
        tell: &mut dyn FnMut(Milestone<'_>),
    ) -> Result<Connection, NetError> {
        let proxy_tls = self.tls_with(proxy, &deadline)?;
        approach(proxy, proxy_tls, &Limit::new(self.options.connect_timeout, deadline, &proxy.host), tell)
    }

    fn tunnel(
        &self,
        proxy: &Proxy,
        target: &Target,
        limit: &Limit,
        tell: &mut dyn FnMut(Milestone<'_>),
    ) -> Result<Connection, NetError> {
        let proxy_tls = self.tls_with(proxy, &limit.whole())?;
        let resolved = resolved_here(proxy, target, limit)?;
        let limit = limit.towards(&proxy.host);
        let mut connection = approach(proxy, proxy_tls, &limit, tell)?;
        let start = Instant::now();
        open_tunnel(&mut connection.stream, proxy, target, &resolved, &limit)?;
        tell(Milestone::Tunnelled { proxy: &proxy.name() });
        connection.timings.connect += start.elapsed();
        Ok(connection)
    }

    pub(super) fn server_tls(&self, deadline: &Deadline) -> Result<&Setup, NetError> {
        let options = &self.options;
        let roots = (!options.insecure).then_some(&options.roots);
        let make = || Setup::new(roots, options.client_cert.as_ref(), deadline, &mut |warning| self.warn(warning));
        let is_late = deadline.has_passed();
        let setup = self.server_tls.get_or_init(make).as_ref().map_err(Clone::clone)?;
        match options.client_cert.as_ref().filter(|_| !is_late && deadline.has_passed()) {
            Some(client) => Err(client.took_all(deadline)),
            None => Ok(setup),
        }
    }

    /// `--insecure` is about the server: a proxy is verified always, it gets to see credentials of its own.
    pub(super) fn tls_with(&self, proxy: &Proxy, deadline: &Deadline) -> Result<Option<&Setup>, NetError> {
        if proxy.protocol != Protocol::Https {
            return Ok(None);
        }
        if !self.options.insecure {
            return self.server_tls(deadline).map(Some);
        }
        let make = || Setup::new(Some(&self.options.roots), None, deadline, &mut |warning| self.warn(warning));
        self.proxy_tls.get_or_init(make).as_ref().map(Some).map_err(Clone::clone)
    }

    fn warn(&self, warning: TlsWarning) {
        let mut warnings = self.warnings.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}

/// The target's addresses, where the proxy is to be told one.
pub(super) fn resolved_here(proxy: &Proxy, target: &Target, limit: &Limit) -> Result<Vec<SocketAddr>, NetError> {
    match proxy.protocol {
        Protocol::Socks4 | Protocol::Socks5 => tcp::resolve(&target.host, target.port, limit),
        _ => Ok(Vec::new()),
    }
}

/// Has the proxy, which `stream` leads to, open a tunnel to the target.
pub(super) fn open_tunnel(
    stream: &mut Stream,
    proxy: &Proxy,
    target: &Target,
    resolved: &[SocketAddr],
    limit: &Limit,
) -> Result<(), NetError> {
    tunnel::open(stream, proxy, target, resolved).map_err(|refusal| match refusal {
        Refusal::Answer(error) => error,
        Refusal::Io(error) if error.kind() == io::ErrorKind::TimedOut => proxy.failed(limit.passed(Step::Connecting)),
        Refusal::Io(error) => proxy.failed(NetError::lost(Step::Connecting, &error)),
    })
}

/// A connection to the proxy, over TLS where there is a set-up for it.
fn approach(
    proxy: &Proxy,
    tls: Option<&Setup>,
    limit: &Limit,
    tell: &mut dyn FnMut(Milestone<'_>),
) -> Result<Connection, NetError> {
    let near = |cause| proxy.failed(cause);
    let mut connection = connect(&proxy.host, proxy.port, limit, tell).map_err(near)?;
    if let Some(setup) = tls {
        let tls = setup.handshake(connection.stream, &proxy.host, false, limit).map_err(near)?;
        tell(Milestone::Secured { host: &proxy.host, tls: &tls });
        connection.stream = Stream::Tls(tls);
    }
    Ok(connection)
}

fn connect(host: &str, port: u16, limit: &Limit, tell: &mut dyn FnMut(Milestone<'_>)) -> Result<Connection, NetError> {
    let start = Instant::now();
    let addresses = tcp::resolve(host, port, limit)?;
    let resolved = Instant::now();
    let tcp::Connected { tcp, address, failed } = tcp::connect(host, &addresses, limit)?;
    let asked = ip_of(host).is_none();
    let timings = DialTimings { dns: asked.then(|| resolved - start), connect: resolved.elapsed(), tls: None };
    tell(Milestone::Reached { host, address, failed: &failed });
    Ok(Connection { stream: Stream::Plain(Socket::new(tcp, limit.end())), timings })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::thread;

    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;
    use crate::net::{Certificate, ProxyRules, Roots};

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(60))
    }

    fn options(insecure: bool) -> Options {
        Options {
            connect_timeout: Duration::from_secs(10),
            proxy: ProxyRules::default(),
            roots: Roots::System,
            client_cert: None,
            insecure,
        }
    }

    #[test]
    fn a_connection_is_known_before_anything_is_said_over_it() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "shown");
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let session = ServerConnection::new(Arc::new(config)).unwrap();
            let mut heard = Vec::new();
            let _ = StreamOwned::new(session, listener.accept().unwrap().0).read_to_end(&mut heard);
            heard
        });

        let target = Target { tls: true, host: "localhost".into(), port: address.port() };
        let mut told = Vec::new();
        let mut tell = |milestone: Milestone<'_>| {
            told.push(match milestone {
                Milestone::Reached { host, address: reached, failed } => {
                    assert_eq!((reached, failed), (address, &[][..]));
                    host.to_owned()
                }
                Milestone::Tunnelled { proxy } => proxy.to_owned(),
                Milestone::Secured { tls, .. } => {
                    let chain: Vec<_> = tls.certificates().collect();
                    assert_eq!(chain, [certificate.as_ref()]);
                    let name = Certificate::read(chain[0]).unwrap().subject_name();
                    format!("{} {} {name}", tls.version(), tls.cipher())
                }
            });
        };
        let Connection { stream, timings } = Dialer::new(options(true)).dial(&target, soon(), &mut tell).unwrap();
        assert_eq!(told, ["localhost", "TLS 1.3 TLS_AES_256_GCM_SHA384 shown"]);
        assert!(timings.dns.is_some() && timings.tls.is_some());
        drop(stream);
        assert!(server.join().unwrap().is_empty());
    }

    #[test]
    fn what_is_said_waits_no_longer_than_until_its_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target { tls: false, host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let mut stream = Dialer::new(options(false)).dial(&target, soon(), &mut |_| {}).unwrap().stream;
        let (mut other, _) = listener.accept().unwrap();
        stream.write_all(b"PING").unwrap();
        let mut heard = [0; 4];
        other.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"PING");
        assert!(stream.is_idle());
        stream.set_deadline(Deadline::after(Duration::from_millis(20)));
        assert_eq!(stream.read(&mut heard).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
