//! What the commands that need a token share: settings, secrets, transport and the way to a request.

use std::time::SystemTime;

use crate::acquire::{Courier, Event};
use crate::http::{Client, ClientCert, Deadline, Options, ProxyRules, Roots};
use crate::oauth::discovery::Metadata;
use crate::oauth::{Request, Token};
use crate::report::{Reporter, SecretError};
use crate::secret::source::{Reader, has_edge_whitespace};
use crate::settings::{self, Environment, Key, Layer, Origin, Secrets, Server, Settings, Value};
use crate::wire::Url;

/// A run with complete settings, from which nothing has been sent yet.
pub struct Session {
    /// What was asked for.
    pub settings: Settings,
    /// Its secrets.
    pub secrets: Secrets,
    deadline: Deadline,
    client: Client,
}

impl Session {
    /// Merges and checks the settings and reads the secrets.
    ///
    /// # Errors
    /// Whatever is wrong before anything is sent.
    pub fn open(flags: Layer, env: &Environment, reporter: &mut Reporter) -> anyhow::Result<Self> {
        let upper = flags.or(&env.layer()?);
        let layer = settings::merge(upper, env)?;
        reporter.set_diagnosis(settings::diagnosis(&layer));
        let settings = Settings::from_layer(layer, env)?;
        warn_of_settings(&settings, env, reporter);
        for (name, value, origin) in settings::described(&settings.layer) {
            reporter.note(&format!("{name} = {value} ({origin})"));
        }
        let lookup = |name: &str| env.os(name);
        let mut reader = Reader::new(&lookup, settings.secret_variables(), settings.http.timeout);
        let secrets = settings.read_secrets(&mut reader).map_err(SecretError::from)?;
        // A person at a prompt may take their time; the run's begins here.
        let deadline = Deadline::after(settings.http.timeout);
        let named = [
            (Key::ClientSecret, &secrets.client_secret),
            (Key::Password, &secrets.password),
            (Key::RefreshToken, &secrets.refresh_token),
        ];
        for (key, secret) in named {
            if let Some(secret) = secret {
                reporter.conceal(secret);
                if has_edge_whitespace(secret) {
                    reporter.warn(&format!("{} begins or ends with white space; it is sent as it is", key.name()));
                }
            }
        }
        let client = Client::new(options(&settings));
        Ok(Self { settings, secrets, deadline, client })
    }

    /// The request as far as it is known without asking anybody: with `--issuer` the endpoint is not.
    pub fn request(&self, endpoint: Url) -> Request {
        self.settings.request(endpoint, &self.secrets)
    }

    /// Fetches a token: discovery first where it is needed.
    ///
    /// # Errors
    /// Every way not to get a token.
    pub fn fetch(&self, reporter: &mut Reporter) -> anyhow::Result<Token> {
        let courier = Courier {
            client: &self.client,
            deadline: self.deadline,
            retry: self.settings.http.retry,
            clock: &SystemTime::now,
        };
        let (endpoint, metadata) = match &self.settings.server {
            Server::Endpoint(url) => (url.clone(), None),
            Server::Issuer(issuer) => {
                let metadata = courier.discover(issuer, &mut |event| reporter.event(event))?;
                (self.endpoint_of(&metadata), Some(metadata))
            }
        };
        let request = self.request(endpoint);
        reporter.conceal_post(&request.to_post());
        let token =
            courier.fetch(&request, metadata.as_ref(), self.settings.diagnosis.strict, &mut |event: Event<'_>| {
                reporter.event(event)
            });
        for warning in self.client.warnings() {
            reporter.warn(&warning);
        }
        Ok(token?)
    }

    /// RFC 8705 §5: a client with a certificate uses the alias, where there is one.
    fn endpoint_of(&self, metadata: &Metadata) -> Url {
        let alias = metadata.mtls_token_endpoint.as_ref().filter(|_| self.settings.http.cert.is_some());
        alias.unwrap_or(&metadata.token_endpoint).clone()
    }
}

/// What the settings mean for the transport.
fn options(settings: &Settings) -> Options {
    let http = &settings.http;
    let network = &http.network;
    Options {
        connect_timeout: http.connect_timeout,
        proxy: ProxyRules {
            explicit: http.proxy.clone(),
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
        client_cert: http.cert.clone().map(|cert| ClientCert { cert, key: http.key.clone() }),
        insecure: http.insecure,
        max_idle_per_host: 1,
    }
}

fn warn_of_settings(settings: &Settings, env: &Environment, reporter: &mut Reporter) {
    if settings.http.insecure {
        reporter.warn_always(
            "--insecure: the server's certificate is not verified; whoever is in between can read the secret",
        );
    }
    for (key, name) in env.ineffective() {
        reporter.warn(&format!("{name} has no effect: for safety this is taken from the flag {} alone", key.flag()));
    }
    for (key, entry) in settings.layer.entries() {
        if let (Value::Secret(source), Origin::Flag(_)) = (&entry.value, &entry.origin)
            && source.is_literal()
        {
            reporter.warn(&format!(
                "{}: a secret on the command line can be seen by every user of this machine ('ps'); use env:NAME, file:PATH or command:CMD",
                key.flag()
            ));
        }
    }
    if settings.layer.get(Key::GrantType).is_some_and(|entry| entry.value == Value::Text("password".into())) {
        reporter.warn("the password grant is deprecated: it must not be used any more (RFC 9700 §2.4); quiet: true in the profile silences this");
    }
}
