//! The way to a server, walked once to see what there is on it: every address, the proxy's answer, the server's certificates.
//! Nothing is said over it but what a request would have to say before itself, to a proxy above all.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::dial::{Dialer, open_tunnel, resolved_here};
use super::error::NetError;
use super::limit::Limit;
use super::proxy::{PassedOver, Proxy};
use super::stream::Stream;
use super::tcp::{self, Attempt, Socket};
use super::tls::{self, Handshake, TlsFailure};
use super::{Roots, Target};
use crate::deadline::Deadline;

/// A look at a step of the way.
#[derive(Debug)]
pub struct Look<T> {
    /// How long it took.
    pub took: Duration,
    /// What there was.
    pub found: Result<T, NetError>,
}

/// What there is on the way to a server. What lies behind a step that fails is not looked at.
#[derive(Debug)]
pub struct Probe {
    /// What the way leads through.
    pub proxy: Option<Proxy>,
    /// The one that the environment names and that is not used.
    pub passed_over: Option<PassedOver>,
    /// Whose name and addresses it is about: the proxy's where there is one, else the server's.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The addresses of that host.
    pub names: Look<Vec<SocketAddr>>,
    /// How each of them fared.
    pub attempts: Vec<Attempt>,
    /// Whether one of them answered.
    pub reached: Option<Look<()>>,
    /// Whether the proxy does its part: TLS to itself, and the tunnel. False where it is to forward what is not encrypted, which
    /// it is not asked before.
    pub tunnel: Option<Look<bool>>,
    /// TLS with the server, if it is to have any. An error is one of this side.
    pub tls: Option<Look<Handshake>>,
    /// What the server's certificates are worth where they are not verified.
    pub unverified: Option<Result<(), TlsFailure>>,
}

impl<T> Look<T> {
    fn at(look: impl FnOnce() -> Result<T, NetError>) -> Self {
        let start = Instant::now();
        let found = look();
        Self { took: start.elapsed(), found }
    }

    /// What was found, if there was something.
    pub fn ok(&self) -> Option<&T> {
        self.found.as_ref().ok()
    }
}

impl Dialer {
    /// Walks the way to `target`.
    ///
    /// # Errors
    /// A proxy setting that is not understood, or a proxy that must not be used: nobody knows the way.
    pub fn probe(&self, target: &Target, deadline: Deadline) -> Result<Probe, NetError> {
        let proxy = self.proxy(target)?;
        let (host, port) = match &proxy {
            Some(proxy) => (proxy.host.clone(), proxy.port),
            None => (target.host.clone(), target.port),
        };
        let near = |cause| match &proxy {
            Some(proxy) => proxy.failed(cause),
            None => cause,
        };
        let limit = |host: &str| Limit::new(self.options.connect_timeout, deadline, host);
        let names = Look::at(|| tcp::resolve(&host, port, &limit(&host)).map_err(near));
        let (mut attempts, mut stream) = (Vec::new(), None);
        let reached = names.ok().map(|addresses| {
            Look::at(|| {
                let limit = limit(&host);
                let (each, tcp) = tcp::try_each(&host, addresses, &limit);
                attempts = each;
                stream = Some(Stream::Plain(Socket::new(tcp.map_err(near)?, limit.end())));
                Ok(())
            })
        });
        let mut tunnel = None;
        if let Some(proxy) = &proxy
            && let Some(reached) = stream.take()
        {
            tunnel = Some(Look::at(|| {
                let limit = limit(&proxy.host);
                let tls = self.tls_with(proxy, &deadline)?;
                let resolved = resolved_here(proxy, target, &limit)?;
                let mut through = reached;
                through.set_deadline(limit.end());
                if let Some(setup) = tls {
                    through = Stream::Tls(setup.handshake(through, &proxy.host, false, &limit).map_err(near)?);
                }
                let has_tunnel = target.tls || !proxy.speaks_http();
                if has_tunnel {
                    open_tunnel(&mut through, proxy, target, &resolved, &limit)?;
                }
                stream = Some(through);
                Ok(has_tunnel)
            }));
        }
        let setup = target.tls.then(|| self.server_tls(&deadline));
        let tls = match (setup, stream) {
            // Whatever else there is on the way, nothing goes over it.
            (Some(Err(error)), _) => Some(Look { took: Duration::ZERO, found: Err(error) }),
            (Some(Ok(setup)), Some(mut stream)) => Some(Look::at(|| {
                let limit = limit(&target.host);
                stream.set_deadline(limit.end());
                setup.examine(stream, &target.host, &limit)
            })),
            _ => None,
        };
        let chain = tls.as_ref().and_then(Look::ok).map(|handshake| &handshake.chain[..]);
        let unverified = chain.filter(|chain| self.options.insecure && !chain.is_empty()).and_then(|chain| {
            // Roots that cannot be used are nobody's business where none are asked.
            tls::judge(chain, &target.host, &self.options.roots, &deadline).ok()
        });
        let passed_over = self.passed_over(target);
        Ok(Probe { proxy, passed_over, host, port, names, attempts, reached, tunnel, tls, unverified })
    }

    /// What names proxies, and each without its credentials.
    pub fn proxies(&self) -> Vec<(&'static str, String)> {
        self.options.proxy.described()
    }

    /// Whom it trusts, in words.
    pub fn roots(&self) -> String {
        let variables = |file: bool, dir: bool| match (file, dir) {
            (true, true) => "SSL_CERT_FILE and SSL_CERT_DIR",
            (true, false) => "SSL_CERT_FILE",
            _ => "SSL_CERT_DIR",
        };
        match &self.options.roots {
            Roots::File(path) => format!("those in {} (--cacert)", crate::named::file(path)),
            Roots::Env { file: None, dir: None } | Roots::System => "the system's".to_owned(),
            Roots::Env { file, dir } => {
                let named: Vec<_> = file.iter().chain(dir).map(|path| crate::named::file(path)).collect();
                format!("those in {} ({})", named.join(" and "), variables(file.is_some(), dir.is_some()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::thread;

    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;
    use crate::net::{Certificate, Options, ProxyRules, TlsFailure};
    use crate::secret::Secret;

    fn dialer(change: impl FnOnce(&mut Options)) -> Dialer {
        let mut options = Options {
            connect_timeout: Duration::from_secs(10),
            proxy: ProxyRules::default(),
            roots: Roots::System,
            client_cert: None,
            insecure: false,
        };
        change(&mut options);
        Dialer::new(options)
    }

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(30))
    }

    #[test]
    fn every_address_is_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Target { tls: false, host: "localhost".into(), port };
        let probe = dialer(|_| {}).probe(&target, soon()).unwrap();
        let told: Vec<_> = probe.attempts.iter().map(|a| (a.address.is_ipv6(), a.outcome.is_ok())).collect();
        assert_eq!(told, [(false, true), (true, false)]);
        assert!(probe.reached.unwrap().found.is_ok() && probe.tls.is_none() && probe.tunnel.is_none());
        drop(listener);
        let probe = dialer(|_| {}).probe(&target, soon()).unwrap();
        assert!(probe.attempts.iter().all(|attempt| attempt.outcome.is_err()));
        assert!(matches!(probe.reached.unwrap().found, Err(NetError::Connect { attempts, .. }) if attempts.len() == 2));
    }

    #[test]
    fn behind_a_proxy_it_is_the_proxy_that_is_looked_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = Target { tls: true, host: "idp.invalid".into(), port: 443 };
        let server = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let mut heard = [0; 60];
            let amount = stream.read(&mut heard).unwrap();
            String::from_utf8_lossy(&heard[..amount]).into_owned()
        });
        let named = Secret::new(format!("http://127.0.0.1:{port}"));
        let probe = dialer(|options| options.proxy.explicit = Some(named)).probe(&target, soon()).unwrap();
        assert_eq!((&*probe.host, probe.port), ("127.0.0.1", port));
        assert!(matches!(probe.tunnel.unwrap().found, Err(NetError::ProxyRefused { .. } | NetError::Proxy { .. })));
        assert!(probe.tls.is_none());
        assert!(server.join().unwrap().starts_with("CONNECT idp.invalid:443 HTTP/1.1\r\n"));
    }

    #[test]
    fn a_server_that_is_refused_is_shown_and_hears_nothing() {
        for (insecure, version) in
            [(false, &rustls::version::TLS13), (false, &rustls::version::TLS12), (true, &rustls::version::TLS13)]
        {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
            params.distinguished_name.push(rcgen::DnType::CommonName, "shown");
            let certificate = params.self_signed(&key).unwrap().der().clone();
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
                .unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = thread::spawn(move || {
                let session = ServerConnection::new(Arc::new(config)).unwrap();
                let mut heard = Vec::new();
                let _ = StreamOwned::new(session, listener.accept().unwrap().0).read_to_end(&mut heard);
                heard
            });
            let target = Target { tls: true, host: "localhost".into(), port };
            let probe = dialer(|options| options.insecure = insecure).probe(&target, soon()).unwrap();
            let tls = probe.tls.unwrap().found.unwrap();
            let names: Vec<_> = tls.chain.iter().map(|der| Certificate::read(der).unwrap().subject_name()).collect();
            assert_eq!(names, ["shown"]);
            assert!(tls.agreed.is_some_and(|(version, cipher)| version.starts_with("TLS 1") && cipher.contains("GCM")));
            let is_unknown = |failure: &TlsFailure| matches!(failure, TlsFailure::UnknownIssuer { .. });
            match insecure {
                false => {
                    assert!(matches!(tls.refused, Some(NetError::Tls { failure, .. }) if is_unknown(&failure)));
                    assert!(probe.unverified.is_none());
                }
                true => {
                    assert!(tls.refused.is_none());
                    assert!(probe.unverified.is_some_and(|verdict| is_unknown(&verdict.unwrap_err())));
                }
            }
            assert!(server.join().unwrap().is_empty());
        }
    }
}
