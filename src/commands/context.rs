//! What lives as long as the process, whatever number of tokens it fetches: the environment, connections, what issuers have
//! told, and the place where tokens are kept. Each is made when it is first asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::keys::Ring;
use crate::acquire::{Discovered, Nonces};
use crate::cache::{Cache, Dirs};
use crate::http::Pool;
use crate::net::{ClientCert, Options, ProxyRules, Roots};
use crate::oauth::grant;
use crate::problem::{self, Problem};
use crate::report::Reporter;
use crate::settings::{self, Described, Environment, Http, Key, Layer, Origin, SettingValue, is_absolute_uri};

/// How a server is reached, and what it is shown.
type Way = (Http, Option<ClientCert>);

/// One process.
pub struct Context {
    /// The environment it was started with.
    pub env: Environment,
    /// Unused connections to a server that are kept.
    connections: usize,
    /// Each with what it was made for. There are few: what a profile and a foreign message ask for.
    pools: Mutex<Vec<(Way, Arc<Pool>)>>,
    /// What is known of issuers.
    pub discovered: Discovered,
    /// What servers want to see in proofs of possession.
    pub nonces: Nonces,
    /// The keys that were read.
    pub keys: Ring,
    cache: OnceLock<Option<Cache>>,
}

impl Context {
    /// One that asks for a token at a time.
    pub fn new(env: Environment) -> Self {
        let pools = Mutex::default();
        Self {
            env,
            connections: 1,
            pools,
            discovered: Discovered::default(),
            nonces: Nonces::default(),
            keys: Ring::default(),
            cache: OnceLock::new(),
        }
    }

    /// One that asks for so many at a time.
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// The connections that `http` describes, with this client certificate.
    pub fn pool(&self, http: &Http, client: Option<&ClientCert>) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |((made_for, with), _): &&(Way, _)| made_for == http && with.as_ref() == client;
        if let Some((_, pool)) = pools.iter().find(same) {
            return Arc::clone(pool);
        }
        let pool = Arc::new(Pool::new(options(http, client.cloned()), self.connections));
        pools.push(((http.clone(), client.cloned()), Arc::clone(&pool)));
        pool
    }

    /// The connections to the platform that says who this job is: the roots and credentials that `http` names are for
    /// another server.
    pub fn platform_pool(&self, http: &Http) -> Arc<Pool> {
        let bare = Http { cacert: None, cert: None, key: None, key_passphrase: None, insecure: false, ..http.clone() };
        self.pool(&bare, None)
    }

    /// Where tokens are kept. `None` without a home.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        // Windows has one place for this and the machine key.
        Some(self.env.cache_dir()?.join(if cfg!(windows) { r"oauth2tok\cache" } else { "oauth2tok" }))
    }

    /// The user's kept tokens. `None` without a home.
    pub fn cache(&self) -> Option<&Cache> {
        let make =
            || Some(Cache::new(Dirs { cache: self.cache_dir()?, state: self.env.state_dir()?.join("oauth2tok") }));
        self.cache.get_or_init(make).as_ref()
    }

    /// What `what` names as the file system knows it.
    ///
    /// # Errors
    /// A home directory that is meant and not known.
    pub fn expanded(&self, what: &str, path: &str) -> problem::Result<PathBuf> {
        let expanded = self.env.expanded(Path::new(path));
        expanded.map(Into::into).map_err(|error| Problem::usage(format!("{what}: {error}"), error.hint()))
    }

    /// Merges what flags, environment and profile say, and warns of what deserves a look.
    ///
    /// # Errors
    /// A config file that is at fault, or a profile that is not there.
    pub fn layer(&self, flags: Layer, reporter: &mut Reporter) -> problem::Result<Layer> {
        self.layer_over(self.env.below(flags)?, reporter)
    }

    /// The same where flags and environment are merged already.
    ///
    /// # Errors
    /// As [`Self::layer`].
    pub fn layer_over(&self, upper: Layer, reporter: &mut Reporter) -> problem::Result<Layer> {
        reporter.conceal(&self.env.network());
        reporter.conceal(&upper);
        let layer = settings::merge(upper, &self.env)?;
        reporter.set_diagnosis(settings::diagnosis(&layer));
        self.warn_of_variables(reporter);
        self.tell(&layer, reporter);
        Ok(layer)
    }

    /// Takes on what merged settings say, tells them and warns of what deserves a look.
    pub fn tell(&self, layer: &Layer, reporter: &mut Reporter) {
        reporter.conceal(layer);
        reporter.set_diagnosis(settings::diagnosis(layer));
        warn_of_settings(layer, reporter);
        if reporter.diagnosis().verbose {
            for Described { name, value, origin } in settings::described(layer, &self.env) {
                reporter.note(&format!("{name} = {value} ({origin})"));
            }
            let is_unasked = layer.text(Key::Profile).is_none_or(settings::profile::is_path);
            if let Some((path, error)) = settings::unreached_config(layer, &self.env).filter(|_| is_unasked) {
                reporter.note(&format!("no config file is read: cannot look for {}: {error}", path.display()));
            }
        }
    }

    /// Warns of variables that look as if they said something, and do not.
    pub fn warn_of_variables(&self, reporter: &mut Reporter) {
        for (key, name) in self.env.ineffective() {
            reporter
                .warn(&format!("{name} has no effect: for safety this is taken from the flag {} alone", key.flag()));
        }
        for (name, near) in self.env.misspelt() {
            reporter.warn(&format!("{name} is no setting; did you mean {near}?"));
        }
    }
}

/// Warns of what is said, whatever becomes of the run: it may be why that is refused, and others may have seen it.
fn warn_of_settings(layer: &Layer, reporter: &mut Reporter) {
    layer.warnings().iter().for_each(|warning| reporter.warn(warning));
    for (key, entry) in layer.entries() {
        if let (SettingValue::Secret(source), Origin::Flag(_)) = (&entry.value, &entry.origin)
            && source.is_literal()
        {
            reporter.warn(&format!(
                "{}: a secret on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or command:CMD",
                key.flag()
            ));
        }
    }
}

/// Warns of how a server is asked with these settings: they were found right, and nothing has been sent.
pub fn warn_of_server(layer: &Layer, reporter: &mut Reporter) {
    if layer.is_on(Key::Insecure) {
        reporter.warn_always(
            "--insecure: the server's certificate is not verified; whoever is in between can read the secret",
        );
    }
    if let Some(expected) = layer.text(Key::ExpectedIssuer) {
        reporter.warn(&format!(
            "expected_issuer: metadata of '{expected}' is taken for the issuer's own, which RFC 8414 §3.3 forbids"
        ));
    }
}

/// The same of what a run asks it for.
pub fn warn_of_run(layer: &Layer, reporter: &mut Reporter) {
    warn_of_server(layer, reporter);
    let grant = layer.text(Key::GrantType).and_then(grant::find);
    if let Some(warning) = grant.and_then(|kind| kind.warning) {
        reporter.warn(&format!("{warning}; quiet: true in the profile silences this"));
    }
    if let Some(SettingValue::List(resources)) = layer.get(Key::Resource).map(|given| &given.value) {
        for resource in resources.iter().filter(|resource| !is_absolute_uri(resource)) {
            reporter.warn(&format!("resource '{resource}' is no absolute URI (RFC 8707 §2); it is sent as it is"));
        }
    }
}

fn options(http: &Http, client_cert: Option<ClientCert>) -> Options {
    let network = &http.network;
    Options {
        connect_timeout: http.connect_timeout,
        proxy: ProxyRules {
            explicit: http.proxy.clone(),
            setting: http.proxy_setting,
            variable: http.proxy_is_variable.then_some("OAUTH2TOK_PROXY"),
            https_proxy: network.https_proxy.clone(),
            http_proxy: network.http_proxy.clone(),
            all_proxy: network.all_proxy.clone(),
            no_proxy: network.no_proxy.clone(),
        },
        roots: match (&http.cacert, &network.ssl_cert_file, &network.ssl_cert_dir) {
            (Some(file), _, _) => Roots::File(file.clone()),
            (None, None, None) => Roots::System,
            (None, file, dir) => Roots::Env { file: file.clone(), dir: dir.clone() },
        },
        client_cert,
        insecure: http.insecure,
    }
}
