//! What it takes to get one token, and another after it: settings, secrets, the time there is, and the way to a request.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::context::{Context, warn_of_run, warn_of_server};
use super::keys::{Keys, Reading};
use crate::acquire::{
    self, AcquireError, Asking, Event, Finishing, Material, Means, Nonces, Person, Storage, ToDo, Tokens,
};
use crate::browser::{self, Opener, System};
use crate::cache::pending::settings_of;
use crate::cache::{
    Cache, CacheKey, Conditions, Credentials, LoginState, Look, MetadataSlot, Pending, PendingSlot, Policy, Slot,
    Taken, Trouble, Way,
};
use crate::crypto::{self, Digest};
use crate::deadline::Deadline;
use crate::home::Lookup;
use crate::http::Pool;
use crate::identity::github::{self, Question};
use crate::jose::Alg;
use crate::listener::Tls;
use crate::net::{ClientCert, Held};
use crate::oauth::assertion::{Audience, Purpose};
use crate::oauth::discovery::Metadata;
use crate::oauth::grant::Clients;
use crate::oauth::jwt::{self, Jwt};
use crate::oauth::login::{self, Redirect};
use crate::oauth::{Assertion, Attempt, Extent, Part, ProofKey, Proven, Request, Role, Server, Token};
use crate::problem::{self, Class, Problem};
use crate::report::Reporter;
use crate::secret::source::{Reader, SourceError, line};
use crate::secret::{Flaw, Redactor, Secret, Source, shape};
use crate::settings::{
    self, Ask, Asked, Environment, File, Http, Key, Layer, LoginTerms, Origin, SecretError, SettingValue, Settings,
    SettingsError, Wanted,
};
use crate::terminal;
use crate::text::excerpt;
use crate::wire::Url;

/// What became of a login that was to be revoked.
pub enum Revoked {
    /// It is.
    Yes,
    /// The server has no endpoint for that.
    NoEndpoint,
    /// What is kept does not open.
    Sealed(String),
    /// The refresh token is, and with it the login; access tokens are none that this server revokes.
    Login(Problem),
}

/// A run with complete settings, from which nothing has been sent yet.
pub struct Session {
    /// What was asked for.
    pub settings: Settings,
    /// What is asked for, with its secrets.
    pub request: Request,
    context: Arc<Context>,
    /// When everything must be done.
    deadline: Deadline,
    /// False where nothing is kept.
    is_kept: bool,
    kept: Kept,
    client_cert: Option<ClientCert>,
    pool: OnceLock<Arc<Pool>>,
    /// What signs, once something is to be sent.
    keys: OnceLock<Keys>,
    /// How long a person was waited for to open them.
    asked: OnceLock<Duration>,
    /// The ready-made tokens have gone out as they were read: they are read anew for the next request.
    is_spent: AtomicBool,
    /// What an answer brought in place of the refresh token that was given.
    rotated: Option<Secret>,
    /// The part of the answer that is handed over instead of the token, and whose lifetime counts.
    handed_over: Option<String>,
    /// The member of the answer that is printed instead of the token.
    wanted: Option<String>,
    /// Whether a person is asked, where that is not for the settings to say.
    ask: Option<Ask>,
    /// The login with a code opens a browser as well.
    opens_device: bool,
    /// And draws the address.
    draws_address: bool,
    /// The login that goes on here.
    finishing: Option<Finishing>,
}

/// What a kept token depends on beside its request.
#[derive(Default)]
struct Kept {
    /// The client certificate as text.
    cert: Option<Secret>,
    /// Its key, and the key's passphrase.
    key: Option<Secret>,
    /// The user's own secret, which seals all that is kept.
    cache_secret: Option<Secret>,
}

/// What to do where nothing says whom to ask: the profiles there are, or how to begin.
fn nobody_to_ask(file: Option<&File>) -> Problem {
    const MOST: usize = 10;
    let problem = Problem::in_words(Class::Usage, SettingsError::NoServer.to_string());
    match file {
        Some(file) if file.names().next().is_some() => {
            let names: Vec<_> = file.names().take(MOST).map(|name| format!("-p {}", excerpt(name, 60))).collect();
            let more = if file.names().nth(MOST).is_some() { ", …" } else { "" };
            problem.hint(format!("name a profile of {}: {}{more}", file.name(), names.join(", ")))
        }
        _ => problem
            .hint("begin with: oauth2tok --issuer https://login.example.com -i CLIENT_ID --client-secret env:NAME")
            .hint("or 'oauth2tok profile init' writes a config file to fill in; 'oauth2tok --help' has examples"),
    }
}

impl Session {
    /// Merges and checks the settings and reads the secrets.
    ///
    /// # Errors
    /// Whatever is wrong before anything is sent.
    pub fn open(flags: Layer, context: &Arc<Context>, reporter: &mut Reporter) -> problem::Result<Self> {
        Self::open_checked(flags, context, reporter, |_| Ok(()))
    }

    /// The same with what a command has to say of the settings before a secret is read.
    ///
    /// # Errors
    /// As [`Self::open`], and what `check` gives.
    pub fn open_checked(
        flags: Layer,
        context: &Arc<Context>,
        reporter: &mut Reporter,
        check: impl FnOnce(&Settings) -> problem::Result<()>,
    ) -> problem::Result<Self> {
        let began = Instant::now();
        let settings = Self::settings(flags, context, reporter)?;
        check(&settings)?;
        let deadline = Deadline::since(began, settings.http.timeout);
        Ok(Self::begin(settings, deadline, context, reporter)?)
    }

    /// Merges and checks the settings. No secret is read yet.
    ///
    /// # Errors
    /// A setting that is missing, refused or in conflict.
    pub fn settings(flags: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<Settings> {
        Self::settings_without(&[], flags, context, reporter)
    }

    /// The same as if nothing were said of `keys`.
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub fn settings_without(
        keys: &[Key],
        flags: Layer,
        context: &Context,
        reporter: &mut Reporter,
    ) -> problem::Result<Settings> {
        Self::complete(context.layer(flags, reporter)?.without(keys), context, reporter)
    }

    /// Checks settings that are merged.
    ///
    /// # Errors
    /// A setting that is missing, refused or in conflict.
    pub fn complete(layer: Layer, context: &Context, reporter: &mut Reporter) -> problem::Result<Settings> {
        let config = layer.get(Key::Config).cloned();
        let settings = Settings::from_layer(layer, &context.env).map_err(|error| match error {
            SettingsError::NoServer => {
                let mut layer = Layer::default();
                config.into_iter().for_each(|given| layer.set(Key::Config, given.value, given.origin));
                let file = settings::config_file(&layer, Wanted::Names, &context.env);
                nobody_to_ask(file.ok().flatten().as_ref())
            }
            error => error.into(),
        })?;
        let request = &settings.request;
        if let (Clients::Confidential(section), Some(client)) = (request.grant.kind.clients, &request.client)
            && client.kind.is_public
        {
            // Said for a server that is being debugged, and allowed because it is said.
            let (method, grant) = (client.kind.name, &request.grant.name);
            reporter
                .note(&format!("auth method {method} with {grant}: the grant is for confidential clients ({section})"));
        }
        if request.scope.iter().any(|scope| scope.contains(',')) {
            reporter.note("a comma is a part of a scope: spaces separate scopes (RFC 6749 §3.3)");
        }
        Ok(settings)
    }

    /// Reads the secrets.
    ///
    /// # Errors
    /// A secret that cannot be read.
    pub fn begin(
        settings: Settings,
        deadline: Deadline,
        context: &Arc<Context>,
        reporter: &mut Reporter,
    ) -> Result<Self, SecretError> {
        let env = &context.env;
        let read = |reader: &mut Reader<'_>, asked: &Asked<'_>| read_secret(reader, asked, env);
        // Before a secret is asked for, so that who types it knows how it will go out.
        warn_of_run(&settings.layer, reporter);
        Self::begin_with(settings, deadline, context, reporter, read)
    }

    /// The same of what asks for no token, and nothing of a person: only the secrets that say which client asks are read.
    ///
    /// # Errors
    /// A secret that cannot be read.
    pub fn begin_as_client(
        mut settings: Settings,
        deadline: Deadline,
        context: &Arc<Context>,
        reporter: &mut Reporter,
    ) -> Result<Self, SecretError> {
        warn_of_server(&settings.layer, reporter);
        let env = &context.env;
        settings.request.grant.parts.clear();
        let signs = settings.request.assertion.as_ref().is_some_and(|made| made.purpose == Purpose::Client);
        let read = |reader: &mut Reader<'_>, asked: &Asked<'_>| {
            let is_idle = match asked.key {
                Key::Params | Key::SecretParams | Key::Headers | Key::DpopKey => true,
                Key::SigningKey | Key::SigningKeyPassphrase => !signs,
                _ => false,
            };
            if is_idle { Ok(Secret::meant("")) } else { read_secret(reader, asked, env) }
        };
        let mut session = Self::begin_with(settings, deadline, context, reporter, read)?;
        session.request.dpop = None;
        session.request.assertion = session.request.assertion.filter(|_| signs);
        Ok(session)
    }

    /// The same with secrets that `read` reads.
    ///
    /// # Errors
    /// The first that `read` gives.
    pub fn begin_with<E>(
        settings: Settings,
        deadline: Deadline,
        context: &Arc<Context>,
        reporter: &mut Reporter,
        mut read: impl FnMut(&mut Reader<'_>, &Asked<'_>) -> Result<Secret, E>,
    ) -> Result<Self, E> {
        let lookup = |name: &str| context.env.os(name);
        let mut reader = settings.reader(&lookup, deadline);
        let request = settings.read_secrets(|asked| read(&mut reader, asked))?;
        let client_cert = client_cert((&settings.http, &settings.layer), &lookup, |asked| read(&mut reader, asked))?;
        client_cert.iter().for_each(|client| reporter.conceal(client));
        for source in reader.take_marked() {
            reporter
                .warn(&format!("{source} begins with a byte order mark, which is not taken for a part of the secret"));
        }
        // A login is looked for wherever that is not refused.
        let is_login = settings.request.login.is_some() && !settings.caching.refused;
        let certificate =
            (settings.caching.enabled || is_login).then(|| text_of(client_cert.as_ref(), &mut reader)).flatten();
        let kept = match certificate {
            Some(certificate) => {
                Some(Kept { cache_secret: cache_secret(&settings, |asked| read(&mut reader, asked))?, ..certificate })
            }
            None => None,
        };
        kept.iter().for_each(|kept| reporter.conceal(&kept.cache_secret));
        reporter.conceal(&request);
        // A person at a prompt may take their time.
        let deadline = deadline.later_by(reader.asked());
        drop(reader);
        warn_of_shapes(&request, reporter);
        let is_kept = kept.is_some() && context.cache().is_some();
        if settings.caching.enabled && kept.is_none() {
            reporter.note("cache: not used, because the client certificate cannot be read twice");
        } else if settings.caching.enabled && !is_kept && !settings.diagnosis.dry_run {
            reporter.warn(&format!("the token is not kept: {}", Trouble::NoHome));
        }
        let kept = kept.unwrap_or_default();
        Ok(Self {
            settings,
            request,
            context: Arc::clone(context),
            deadline,
            is_kept,
            kept,
            client_cert,
            pool: OnceLock::new(),
            keys: OnceLock::new(),
            asked: OnceLock::new(),
            is_spent: AtomicBool::new(false),
            rotated: None,
            handed_over: None,
            wanted: None,
            ask: None,
            opens_device: false,
            draws_address: false,
            finishing: None,
        })
    }

    /// What signs is there, and what the platform is asked with: whatever a run finds out before it sends anything.
    ///
    /// # Errors
    /// As [`Self::keys`]; a platform that gives no tokens.
    pub fn prepare(&self, reporter: &mut Reporter) -> problem::Result<()> {
        self.keys(reporter)?;
        self.questions().try_for_each(|question| question.map(drop))
    }

    /// True where the next token is the server's to give: false where a kept login is good, or where only a person can help.
    pub fn needs_server(&self) -> bool {
        if self.request.login.is_none() {
            return true;
        }
        let policy = Policy { force_new: self.settings.caching.force_new, ..self.policy() };
        match self.look() {
            Some(Look::Found(entry)) => {
                !policy.force_new && entry.state(SystemTime::now(), &policy) == LoginState::Renew
            }
            _ => false,
        }
    }

    /// A token past what is kept, from the server, which is kept as a run keeps it. What is kept of a login is used as a run uses
    /// it, and a refresh token that came in place of the one that was given goes out in its place: that one is spent.
    ///
    /// # Errors
    /// Every way not to get a token.
    pub fn fetch_past(&self, reporter: &mut Reporter, watch: &mut dyn FnMut(&Event<'_>)) -> problem::Result<Token> {
        let force_new = self.settings.caching.force_new;
        if self.request.login.is_some() {
            return self.obtain(Policy { force_new, ..self.policy() }, reporter, watch);
        }
        let kept = match self.look().filter(|_| self.request.grant.refresh_token().is_some() && !force_new) {
            Some(Look::Found(entry)) => Some(entry.token.access_token),
            _ => None,
        };
        let force_new = force_new || self.request.grant.refresh_token().is_none();
        self.obtain(Policy { force_new, instead_of: kept.as_ref(), ..self.policy() }, reporter, watch)
    }

    /// The place of what is kept for it, where something is.
    fn slot(&self) -> Option<Result<Slot, Trouble>> {
        Some(slot(self.cache()?, &self.request, &self.settings, &self.kept))
    }

    /// What is kept for it.
    fn look(&self) -> Option<Look> {
        Some(self.slot()?.ok()?.look())
    }

    /// Finds where the request would go by what the issuer says now, which is kept as a run keeps it.
    ///
    /// # Errors
    /// An issuer that does not name the endpoint.
    pub fn locate_anew(&self, reporter: &mut Reporter, watch: &mut dyn FnMut(&Event<'_>)) -> problem::Result<Url> {
        reporter.about(self.request.server.url());
        reporter.conceal(&self.request);
        let redactor = reporter.redactor().clone();
        let metadata = self.metadata_slot();
        metadata.iter().for_each(|slot| drop(slot.forget()));
        let means = Means { metadata: metadata.as_ref(), ..self.means(&redactor, &Material::NONE) };
        Ok(means.place_of(&self.request, &mut |event| {
            watch(&event);
            reporter.event(event);
        })?)
    }

    /// Has `work` ask without credentials, by `deadline`.
    pub fn with_bare_means<T>(
        &self,
        deadline: Deadline,
        reporter: &mut Reporter,
        work: impl FnOnce(&Means<'_>, &mut dyn FnMut(Event<'_>)) -> T,
    ) -> T {
        let redactor = reporter.redactor().clone();
        let means = Means { deadline, ..self.means(&redactor, &Material::NONE) };
        work(&means, &mut |event| reporter.event(event))
    }

    /// So much time does not count: something else was done.
    pub fn later_by(&mut self, time: Duration) {
        self.deadline = self.deadline.later_by(time);
    }

    /// True where what comes is kept: its place can be written to.
    pub fn keeps(&self) -> bool {
        self.slot().is_some_and(|slot| slot.is_ok_and(|slot| slot.try_lock().is_ok()))
    }

    /// What its issuer has told in this process.
    pub fn metadata(&self) -> Option<Arc<Metadata>> {
        match &self.request.server {
            Server::Issuer(issuer) => self.context.discovered.known(issuer),
            Server::Endpoint(_) => None,
        }
    }

    /// A token: the kept one while it is good, else one from the server.
    ///
    /// # Errors
    /// Every way not to get a token.
    pub fn fetch(&self, reporter: &mut Reporter) -> problem::Result<Token> {
        self.fetch_watched(reporter, &mut |_| {})
    }

    /// Finds where the request would go, and asks for no token.
    ///
    /// # Errors
    /// An issuer that does not name the endpoint.
    pub fn locate(&self, reporter: &mut Reporter) -> problem::Result<Url> {
        reporter.about(self.request.server.url());
        reporter.conceal(&self.request);
        let redactor = reporter.redactor().clone();
        let means = Means { metadata: None, ..self.means(&redactor, &Material::NONE) };
        Ok(means.find(&self.request, &mut |event| reporter.event(event))?)
    }

    /// The same, with each event shown to `watch` before it is told.
    ///
    /// # Errors
    /// Every way not to get a token.
    pub fn fetch_watched(&self, reporter: &mut Reporter, watch: &mut dyn FnMut(&Event<'_>)) -> problem::Result<Token> {
        let policy = Policy { force_new: self.settings.caching.force_new, ..self.policy() };
        self.obtain(policy, reporter, watch)
    }

    /// Warns of a refresh token that came in place of the one that was sent and is not kept, nor printed by a command that
    /// could.
    pub fn warn_of_loss(&self, token: &Token, is_printed: Option<bool>, reporter: &mut Reporter) {
        let (sent, came) = (self.request.grant.refresh_token(), &token.refresh_token);
        if let (Some(sent), Some(came)) = (sent, came)
            && came != sent
            && self.cache().is_none()
            && is_printed != Some(true)
        {
            let or_print = is_printed.map_or("", |_| ", -o json and --field refresh_token print it");
            reporter.warn(&format!(
                "a new refresh token came and is lost, and the old one may be spent: --cache keeps it{or_print}"
            ));
        }
    }

    /// What follows may take the time that the settings allow, from now on, and `more`.
    pub fn start_over(&mut self, more: Duration) {
        self.deadline = Deadline::after(self.settings.http.timeout.saturating_add(more));
        self.asked = OnceLock::new();
    }

    /// When everything must be done.
    pub fn deadline(&self) -> Deadline {
        self.deadline.later_by(self.asked.get().copied().unwrap_or_default())
    }

    /// Another token than `last`, which is refused where it is used, or about to expire.
    ///
    /// # Errors
    /// Every way not to get a token.
    pub fn fetch_after(&mut self, last: &Token, reporter: &mut Reporter) -> problem::Result<Token> {
        // RFC 6749 §6: without a new refresh token the old one goes on.
        self.rotated = last.refresh_token.clone().or(self.rotated.take());
        let policy = Policy { instead_of: Some(&last.access_token), ..self.policy() };
        self.obtain(policy, reporter, &mut |_| {})
    }

    /// Sees to it that no other run uses the kept `token`, which is refused where it is used.
    pub fn withdraw(&self, token: &Token, reporter: &mut Reporter) {
        // Without a place nothing is kept, which was told when the token came.
        let Some(Ok(slot)) = self.slot() else { return };
        // Another grant runs anew; these have nothing but what came last.
        let is_refresh = self.request.grant.refresh_token().is_some() || self.request.login.is_some();
        if let Err(trouble) = slot.withdraw(&token.access_token, is_refresh, SystemTime::now()) {
            reporter.warn(&format!("the token that was refused may still be kept: {trouble}"));
        }
    }

    /// Where the next request would go, as far as is known: to the issuer, until it has named the endpoint.
    pub fn next_to_ask(&self) -> Url {
        match &self.request.server {
            Server::Endpoint(url) => url.clone(),
            Server::Issuer(issuer) => match self.context.discovered.known(issuer) {
                Some(metadata) => metadata.endpoint(self.settings.http.cert.is_some()).clone(),
                None => issuer.url().clone(),
            },
        }
    }

    /// What signs its requests. Keys are read when the first of them is to go out.
    ///
    /// # Errors
    /// A key that is none, or that does not go with what is said of it.
    pub fn keys(&self, reporter: &mut Reporter) -> problem::Result<&Keys> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let before = self.context.keys.asked();
        let keys = self.reading().keys(&self.request, reporter)?;
        // A person at a prompt may take their time.
        let asked = self.context.keys.asked().saturating_sub(before);
        let _ = self.asked.set(asked);
        Ok(self.keys.get_or_init(|| keys))
    }

    fn reading(&self) -> Reading<'_> {
        let (env, ring) = (&self.context.env, &self.context.keys);
        Reading { layer: &self.settings.layer, env, ring, deadline: self.deadline }
    }

    /// The key that `token` is bound to, if it is.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub fn proof_key(&self, token: &Token, reporter: &mut Reporter) -> problem::Result<Option<ProofKey>> {
        let Some(dpop) = &self.request.dpop else { return Ok(None) };
        match dpop.key {
            // What signs assertions is not looked at: a kept token needs none.
            Some(_) if self.keys.get().is_none() => self.reading().proof_key(&self.request, reporter),
            Some(_) => Ok(self.keys(reporter)?.proof_key.clone()),
            None => Ok(token.binding.as_ref().and_then(|binding| binding.proof_key(dpop.alg)).inspect(|key| {
                reporter.note(&format!("DPoP key: jkt {}, {}, that of the token", key.thumbprint(), key.alg().name()));
            })),
        }
    }

    /// The ready-made tokens that were read have gone out already.
    pub fn spend_tokens(&self) {
        self.is_spent.store(true, Ordering::Relaxed);
    }

    /// The ready-made tokens of the next request: those that were read already, once, then what their sources give.
    fn tokens(&self, redactor: &Redactor, on_event: &mut dyn FnMut(Event<'_>)) -> problem::Result<Tokens> {
        let is_spent = self.is_spent.swap(true, Ordering::Relaxed);
        let lookup = |name: &str| self.context.env.os(name);
        let mut reader = self.settings.reader(&lookup, self.deadline());
        self.settings.request.read_again(&self.request, |role, source| match source {
            Source::File(_) | Source::Command(_) if is_spent => {
                let key = Key::from_profile_name(role.setting).unwrap_or(Key::Assertion);
                let asked = Asked { key, role, source, origin: &self.settings.layer.origin(key) };
                Ok(Some(read_secret(&mut reader, &asked, &self.context.env)?))
            }
            Source::GitHub { audience } => {
                let question = Question::new(audience.as_deref(), &lookup).map_err(Problem::from)?;
                let pool = self.context.platform_pool(&self.settings.http);
                Ok(Some(self.means(redactor, &Material::NONE).identity(&question, &pool, on_event)?))
            }
            // What can be read only once, and what does not change, stays as it is.
            _ => Ok(None),
        })
    }

    /// What the platform is asked for the ready-made tokens that it gives.
    fn questions(&self) -> impl Iterator<Item = problem::Result<Question>> {
        let lookup = |name: &str| self.context.env.os(name);
        self.settings.request.ready_made().filter_map(move |(_, token)| match &token.secret {
            Source::GitHub { audience } => Some(Question::new(audience.as_deref(), &lookup).map_err(Problem::from)),
            _ => None,
        })
    }

    /// The time by which what is signed is dated.
    pub fn signing_time(&self) -> SystemTime {
        let offset = self.settings.layer.offset(Key::ClockOffset);
        Material { clock_offset: offset, ..Material::NONE }.signing_time(SystemTime::now())
    }

    /// A proof for a call as one would be made, not signed.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub fn rehearsed_proof(
        &self,
        (method, url): (&str, &Url),
        id: &str,
        reporter: &mut Reporter,
    ) -> problem::Result<Option<Jwt>> {
        let Some(dpop) = &self.request.dpop else { return Ok(None) };
        let key = match &self.keys(reporter)?.proof_key {
            Some(key) => Some(key.clone()),
            None => ProofKey::generate(dpop.alg)?,
        };
        let of = Proven { method, url, dated: self.signing_time(), nonce: None, token: None };
        Ok(key.map(|key| key.unsigned(&of, id)))
    }

    /// The assertion that a request would carry under `name`, now, and header and claims of it where it is one that is made:
    /// then it is signed where `is_signed` says so.
    ///
    /// # Errors
    /// A key that is none, a signature or a token that is not to be had; an issuer that does not name the endpoint where the
    /// assertion does.
    pub fn assertion(
        &self,
        name: &str,
        is_signed: bool,
        reporter: &mut Reporter,
    ) -> problem::Result<(Secret, Option<Jwt>)> {
        reporter.about(self.request.server.url());
        let keys = self.keys(reporter)?;
        let names_endpoint = |assertion: &Assertion| assertion.terms.audience == Audience::TokenEndpoint;
        let endpoint = match self.request.assertion.as_deref().is_some_and(names_endpoint) {
            true => self.locate(reporter)?,
            false => self.request.server.url().clone(),
        };
        let audience = self.request.server.audience();
        let redactor = reporter.redactor().clone();
        let tokens = match keys.maker {
            Some(_) => Vec::new(),
            None => self.tokens(&redactor, &mut |event| reporter.event(event))?,
        };
        let (now, dated) = (SystemTime::now(), self.signing_time());
        let mut attempt =
            Attempt { endpoint: &endpoint, audience, now, dated, tokens: &tokens, assertion: None, proof: None };
        let material =
            Material { maker: keys.maker.as_deref(), command: &|w, alg, i| self.sign(w, alg, i), ..Material::NONE };
        let made = match (&keys.maker, is_signed) {
            (Some(maker), false) => {
                let id = jwt::fresh_id().map_err(Problem::from)?;
                Some(maker.unsigned(&self.request, &attempt, &id))
            }
            _ => material.assertion(&self.request, &attempt)?,
        };
        attempt.assertion = made.as_ref();
        let post = self.request.post(&attempt);
        reporter.conceal(&post);
        reporter.statements(&post);
        let field = post.fields.iter().find(|field| field.name == name).and_then(|field| field.value.credential());
        let text = field.map_or_else(|| Secret::new(""), |credential| credential.secret.clone());
        Ok((text, made))
    }

    /// Has `signer` sign.
    fn sign(&self, words: &[String], alg: Alg, input: &str) -> problem::Result<Vec<u8>> {
        let lookup = |name: &str| self.context.env.os(name);
        super::keys::signed(&self.settings, &lookup, self.deadline(), words, alg, input)
    }

    /// Later runs will find `token`, as far as is known.
    pub fn is_reused(&self, token: &Token) -> bool {
        self.cache().is_some() && token.expires_at.is_some()
    }

    /// What is kept: the refresh token, then the access token, each with its kind (RFC 7009 §2.1).
    ///
    /// # Errors
    /// Why it does not open.
    pub fn kept_tokens(&self) -> Result<Vec<(Secret, &'static str)>, String> {
        let slot = self.slot().transpose();
        let entry = match slot.map_err(|trouble| trouble.to_string())?.map(|slot| slot.look()) {
            Some(Look::Found(entry)) => entry,
            Some(Look::Missed(verdict)) => return Err(verdict.to_string()),
            Some(Look::Trouble(trouble)) => return Err(trouble.to_string()),
            None => return Err("nothing is kept".to_owned()),
        };
        let refresh = entry.token.refresh_token.into_iter().map(|token| (token, "refresh_token"));
        Ok(refresh.chain([(entry.token.access_token, "access_token")]).collect())
    }

    /// Has the server revoke what is kept (RFC 7009). It stays kept, less an access token that has ended alone.
    ///
    /// # Errors
    /// A server that does not, or is not reached.
    pub fn revoke(&mut self, reporter: &mut Reporter) -> problem::Result<Revoked> {
        let kept = match self.kept_tokens() {
            Ok(tokens) => tokens,
            Err(why) => return Ok(Revoked::Sealed(why)),
        };
        // The client alone says who asks: nobody is asked for what a grant would show.
        self.settings.request.grant.parts.clear();
        let tokens: Vec<_> = kept.iter().map(|(token, kind)| (token, Some(*kind))).collect();
        reporter.about(self.request.server.url());
        reporter.conceal(&self.request);
        for (token, _) in &tokens {
            reporter.conceal(*token);
        }
        let revoked =
            self.with_means(reporter, &mut |_| {}, |means, on_event| means.revoke(&self.request, &tokens, on_event))?;
        let (error, left) = match revoked {
            Ok(true) => return Ok(Revoked::Yes),
            Ok(false) => return Ok(Revoked::NoEndpoint),
            Err(failed) => failed,
        };
        let is_never =
            matches!(&error, AcquireError::Response { response, .. } if response.is("unsupported_token_type"));
        let problem = Problem::from(error).causes([format!("not revoked: {}", left.join(", "))]);
        match (&*kept, &*left) {
            ([_, _], ["access_token"]) if is_never => return Ok(Revoked::Login(problem)),
            // No run hands over what has ended.
            ([_, (token, _)], ["refresh_token"]) => {
                let spent = self.slot().map(|slot| slot.and_then(|slot| slot.spend(token, SystemTime::now())));
                if let Some(Err(trouble)) = spent {
                    reporter.warn(&format!("the access token that has ended may still be kept: {trouble}"));
                }
            }
            _ => {}
        }
        Err(problem)
    }

    /// Whose the token is, as the ID token says that came with it, or with what is kept (OpenID Connect Core §2).
    pub fn subject_of(&self, token: &Token) -> Option<String> {
        let own = token.named("id_token").and_then(|raw| serde_json::from_str::<String>(&raw).ok());
        let kept = || match self.look()? {
            Look::Found(entry) => entry.identity(),
            Look::Missed(_) | Look::Trouble(_) => None,
        };
        own.and_then(|text| jwt::claims(&text)).or_else(kept)?.string("sub")
    }

    /// Has `work` ask the server with all that this takes, and nobody to ask. `watch` sees what happens before it is told.
    ///
    /// # Errors
    /// A key that is none; a platform that cannot be asked.
    pub fn with_means<T>(
        &self,
        reporter: &mut Reporter,
        watch: &mut dyn FnMut(&Event<'_>),
        work: impl FnOnce(&Means<'_>, &mut dyn FnMut(Event<'_>)) -> T,
    ) -> problem::Result<T> {
        let keys = self.keys(reporter)?;
        self.questions().try_for_each(|question| question.map(drop))?;
        let redactor = reporter.redactor().clone();
        let material = Material {
            maker: keys.maker.as_deref(),
            proof_key: keys.proof_key.as_ref(),
            clock_offset: self.settings.layer.offset(Key::ClockOffset),
            tokens: &|on_event| self.tokens(&redactor, on_event),
            command: &|words, alg, input| self.sign(words, alg, input),
        };
        let metadata = self.metadata_slot();
        let means = Means { metadata: metadata.as_ref(), ..self.means(&redactor, &material) };
        let outcome = work(&means, &mut |event| {
            watch(&event);
            if let Event::Asking(_) = event {
                warn_of_login(&self.settings, reporter);
            }
            reporter.event(event);
        });
        for warning in self.pool().warnings() {
            reporter.event(Event::TlsWarning(&warning));
        }
        Ok(outcome)
    }

    /// What is told of an error, with what the person types who can do something about it: with `steps` where that is to be
    /// done in two.
    fn told(&self, error: AcquireError, steps: &[&str]) -> Problem {
        let (layer, env) = (&self.settings.layer, &self.context.env);
        let other = match &error {
            AcquireError::Login(error) => error.other_way(),
            _ => None,
        };
        let is_login = matches!(error, AcquireError::LoginNeeded(..));
        let mut problem = Problem::from(error);
        if is_login {
            return problem.hints(not_looked_for(layer)).hint(login_command(layer, env, steps, None));
        }
        if let Some(way) = other {
            let (what, flag) = match way {
                login::Way::Browser => ("the browser", "-g authorization_code"),
                login::Way::Device => ("a code", "--device"),
            };
            // How a person is to prove who it is goes with the browser alone.
            let layer = layer.without(&[Key::GrantType, Key::AcrValues]);
            let command = login_command(&layer, env, steps, Some(flag));
            problem.hints.insert(0, format!("log in with {what} instead: {command}"));
        }
        problem
    }

    /// Asks for a login that another run finishes: under which id, until when, and what the person is to do.
    ///
    /// # Errors
    /// A server that does not know how; what cannot be kept.
    pub fn begin_login(&self, reporter: &mut Reporter) -> problem::Result<(String, Pending, ToDo)> {
        let id = crypto::hex(&crypto::random::<16>()?);
        let slot = self.pending(&id)?;
        reporter.about(self.request.server.url());
        reporter.conceal(&self.request);
        let settings = settings_of(&self.request, &conditions(&self.settings, &self.kept));
        let patience = self.settings.login.timeout;
        let begun = self.with_means(reporter, &mut |_| {}, |means, on_event| {
            means.begin_login(&self.request, settings, patience, on_event)
        })?;
        let (pending, to_do) = begun.map_err(|error| self.told(error, &["--begin"]))?;
        slot.keep(&pending, SystemTime::now()).map_err(not_begun)?;
        Ok((id, pending, to_do))
    }

    /// Goes on with the login that was begun under `id`, once; `read` gives the address where the browser ended.
    ///
    /// # Errors
    /// An id that is of no use; other settings than at the beginning; what `read` gives.
    pub fn finish_login(
        &mut self,
        id: &str,
        read: impl FnOnce() -> problem::Result<Zeroizing<String>>,
    ) -> problem::Result<()> {
        let why = match self.pending(id)?.take(SystemTime::now()).map_err(not_begun)? {
            Taken::Mine(claim) => {
                if claim.pending.settings != settings_of(&self.request, &conditions(&self.settings, &self.kept)) {
                    return Err(Problem::usage(
                        "the login was begun with other settings",
                        "give --finish the profile and the flags that --begin had: client, server, endpoints, scope",
                    ));
                }
                let answer = match claim.pending.way {
                    login::Way::Browser => Some(read()?),
                    login::Way::Device => None,
                };
                self.finishing = Some(Finishing { claim, answer });
                return Ok(());
            }
            Taken::Elsewhere => "another run is finishing it",
            Taken::Unknown => "there is none of this id: it was never begun here, or was used already",
            Taken::Outlived => "its time is over",
            Taken::Sealed => "it was begun with another cache_secret",
        };
        Err(Problem::in_words(Class::Login, format!("no login can be finished: {why}"))
            .hint("begin one: oauth2tok login --begin"))
    }

    /// Where a login is kept that was begun.
    fn pending(&self, id: &str) -> problem::Result<PendingSlot> {
        let cache = self.context.cache().ok_or(Trouble::NoHome).map_err(not_begun)?;
        let cache_secret = self.kept.cache_secret.as_ref().map(|secret| secret.expose().as_bytes());
        cache.pending(id, cache_secret).map_err(not_begun)
    }

    /// What is kept is `token`.
    pub fn holds(&self, token: &Token) -> bool {
        matches!(self.look(), Some(Look::Found(entry)) if entry.token.access_token == token.access_token)
    }

    /// What servers want to see in proofs.
    pub fn nonces(&self) -> &Nonces {
        &self.context.nonces
    }

    /// Where the token is kept, if it is.
    fn cache(&self) -> Option<&Cache> {
        self.context.cache().filter(|_| self.is_kept)
    }

    /// Whatever the settings say, a person is asked so.
    pub fn ask(&mut self, ask: Ask) {
        self.ask = Some(ask);
    }

    /// The login with a code opens a browser as well.
    pub fn open_device(&mut self) {
        self.opens_device = true;
    }

    /// The login with a code draws the address.
    pub fn draw_address(&mut self) {
        self.draws_address = true;
    }

    /// How a person is asked, or why nobody is.
    fn person<'a>(
        &'a self,
        openers: &'a dyn Fn(&str) -> Vec<Opener>,
        tls: &'a dyn Fn(Deadline) -> problem::Result<Option<Tls>>,
    ) -> Result<Person<'a>, &'static str> {
        let LoginTerms { listen, ask, timeout, .. } = &self.settings.login;
        let lookup = |name: &str| self.context.env.os(name);
        match self.ask.unwrap_or(*ask) {
            Ask::Never if self.ask.is_some() => return Err("this command asks nobody"),
            Ask::Never => return Err("login is never"),
            Ask::Auto if !terminal::has_person(&lookup) => {
                return Err("this is no terminal that somebody sits at");
            }
            Ask::Auto | Ask::Always => {}
        }
        Ok(Person {
            has_terminal: terminal::is_readable(),
            patience: *timeout,
            listen: *listen,
            tls,
            openers,
            withheld: self.settings.secret_variables(),
            opens_device: self.opens_device,
            draws_address: self.draws_address,
            finishing: self.finishing.as_ref(),
            ssh: ssh_host(&lookup),
        })
    }

    /// What opens an address.
    fn openers(&self, address: &str) -> Vec<Opener> {
        let lookup = |name: &str| self.context.env.os(name);
        browser::candidates(&self.settings.login.browser, address, System::current(&lookup), &lookup)
    }

    /// What an https redirect is listened on with.
    fn listening_tls(&self, until: Deadline) -> problem::Result<Option<Tls>> {
        let LoginTerms { listen_cert: Some(cert), listen_key, .. } = &self.settings.login else { return Ok(None) };
        let lookup = |name: &str| self.context.env.os(name);
        let mut reader = self.settings.reader(&lookup, until);
        let mut held = |key: Key, source: &Source| match source {
            Source::File(path) => Ok(Held::File(path.clone())),
            source => {
                let role = Role::of_file(key.name());
                let asked = Asked { key, role: &role, source, origin: &self.settings.layer.origin(key) };
                let text = read_secret(&mut reader, &asked, &self.context.env)?;
                Ok::<_, SecretError>(Held::Text { from: source.shown(&lookup), text })
            }
        };
        Ok(Some(Tls {
            cert: held(Key::ListenCert, cert)?,
            key: listen_key.as_ref().map(|key| held(Key::ListenKey, key)).transpose()?,
        }))
    }

    /// Instead of the token, this member of its answer is printed; it is enough where no token comes with it.
    pub fn look_for(&mut self, name: Option<String>) {
        self.wanted = name;
    }

    /// Instead of the token, this part of its answer is handed over.
    pub fn hand_over(&mut self, name: Option<String>) {
        self.handed_over = name;
    }

    fn policy(&self) -> Policy<'_> {
        let caching = &self.settings.caching;
        Policy {
            min_valid: caching.min_valid,
            default_ttl: caching.default_ttl,
            handed_over: self.handed_over.as_deref(),
            ..Policy::default()
        }
    }

    /// What the request has in common with every one that would bring the same token.
    pub fn digest(&self) -> Digest {
        let conditions = conditions(&self.settings, &self.kept);
        CacheKey::new(&self.request, &conditions).digest_with(&Credentials::new(&self.request, &conditions))
    }

    /// Where the issuer's metadata is kept from run to run. Never that of a server that was not verified.
    fn metadata_slot(&self) -> Option<MetadataSlot> {
        let (Some(cache), Server::Issuer(issuer)) = (self.cache(), &self.request.server) else { return None };
        let http = &self.settings.http;
        let way = Way {
            issuer: issuer.as_str(),
            roots: roots_by_name(http),
            proxies: proxies_by_name(http),
            certificate: self.kept.cert.as_ref().map(|text| text.expose().as_bytes()),
            strict: self.settings.diagnosis.strict,
            cache_secret: self.kept.cache_secret.as_ref().map(|secret| secret.expose().as_bytes()),
        };
        if http.insecure { None } else { cache.metadata(&way).ok() }
    }

    /// The connections.
    pub fn pool(&self) -> &Arc<Pool> {
        self.pool.get_or_init(|| self.context.pool(&self.settings.http, self.client_cert.as_ref()))
    }

    /// The means to ask, without kept metadata.
    fn means<'m>(&'m self, redactor: &'m Redactor, material: &'m Material<'m>) -> Means<'m> {
        let Settings { http, diagnosis, .. } = &self.settings;
        Means {
            pool: self.pool(),
            with_certificate: http.cert.is_some(),
            deadline: self.deadline(),
            retry: http.retry,
            strict: diagnosis.strict,
            instead: self.wanted.as_deref(),
            clock: &SystemTime::now,
            discovered: &self.context.discovered,
            metadata: None,
            redactor,
            material,
            nonces: &self.context.nonces,
            asking: Asking::Nobody(""),
        }
    }

    fn obtain(
        &self,
        policy: Policy<'_>,
        reporter: &mut Reporter,
        watch: &mut dyn FnMut(&Event<'_>),
    ) -> problem::Result<Token> {
        let Settings { caching, diagnosis, .. } = &self.settings;
        let slot = self.cache().and_then(|cache| {
            if diagnosis.verbose {
                note_key(&CacheKey::new(&self.request, &conditions(&self.settings, &self.kept)), reporter);
            }
            slot(cache, &self.request, &self.settings, &self.kept)
                .map_err(|trouble| {
                    watch(&Event::NotKept(&trouble));
                    reporter.event(Event::NotKept(&trouble));
                })
                .ok()
        });
        let mut told = false;
        if let Some(slot) = &slot {
            let kept = acquire::hit(slot, &policy, SystemTime::now(), &mut |event| {
                told |= matches!(event, Event::Unusable(_));
                reporter.event(event);
            });
            if let Some(token) = kept {
                tell_of_jwts(&token, reporter);
                return Ok(token);
            }
        }
        // What is kept is found by what was given; what is sent is the newest (RFC 6749 §6).
        let newest = self.rotated.as_ref().and_then(|token| self.request.grant.refreshed(token));
        let request = match newest {
            Some(grant) => Cow::Owned(Request { grant, ..self.request.clone() }),
            None => Cow::Borrowed(&self.request),
        };
        // From here on there is something to send, and an answer that may repeat it.
        reporter.about(request.server.url());
        reporter.conceal(&*request);
        let (openers, tls) = (|address: &str| self.openers(address), |until: Deadline| self.listening_tls(until));
        let token = self.with_means(reporter, watch, |means, on_event| {
            let person = if request.login.is_some() { self.person(&openers, &tls) } else { Err("") };
            let asking = match &person {
                Ok(person) => Asking::Person(person),
                Err(why) => Asking::Nobody(why),
            };
            let means = Means { metadata: means.metadata.filter(|_| slot.is_some()), asking, ..*means };
            let Some(slot) = &slot else { return means.acquire(&request, on_event) };
            let waits = person.is_ok() && terminal::has_person(&|name: &str| self.context.env.os(name));
            let storage = Storage { slot, policy, told, keeps_new: caching.enabled, waits };
            means.acquire_kept(&request, &storage, on_event)
        })?;
        let mut token = token.map_err(|error| self.told(error, &[]))?;
        let now = SystemTime::now();
        if let Some(name) = &self.handed_over {
            token.expires_at = token.expiry_of(name);
        }
        token.expires_at = token.expires_at.or_else(|| now.checked_add(caching.default_ttl?));
        if let (Some(least), Some(left)) = (caching.min_valid, token.remaining(now))
            && left < least
        {
            let [left, least] = [left, least].map(|span| span.as_secs());
            reporter
                .warn(&format!("the new token lives for {left} s only, less than --min-valid asks for ({least} s)"));
        }
        tell_of_jwts(&token, reporter);
        Ok(token)
    }
}

/// With `-v`, what the JWTs say that came.
fn tell_of_jwts(token: &Token, reporter: &Reporter) {
    if reporter.diagnosis().verbose {
        reporter.jwts(token, SystemTime::now());
    }
}

/// What a person types to log in with the settings of `layer`, with these words before them and `way` behind. At the end stands
/// which flags of the run are to be given as they were: in parentheses, so that no shell takes the whole for a command.
pub fn login_command(layer: &Layer, env: &Environment, words: &[&str], way: Option<&str>) -> String {
    let (flags, unsaid) = settings::login_flags(layer, env);
    let mut all: Vec<_> = ["oauth2tok", "login"].iter().chain(words).map(|&word| word.to_owned()).collect();
    all.extend(flags);
    let command = line(&all);
    let same = match &*unsaid {
        [] => None,
        [one] => Some(format!("(with the same {one})")),
        [most @ .., last] => Some(format!("(with the same {} and {last})", most.join(", "))),
    };
    [Some(&*command), way, same.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// That a login which is kept is of no use with the settings of `layer`, and what to write instead.
pub fn not_looked_for(layer: &Layer) -> Option<String> {
    let given = layer.get(Key::Cache).filter(|given| given.value == SettingValue::Switch(false))?;
    let remedy = match given.origin {
        Origin::Profile { .. } => "write cache: true there, or leave it out",
        _ => "leave it out",
    };
    Some(format!("cache: false ({}): a kept login is not looked for; {remedy}", given.origin))
}

/// What is begun must be kept.
fn not_begun(trouble: Trouble) -> Problem {
    Problem::new(Class::Output, trouble).context("a login in two steps cannot be kept")
}

/// The name under which the machine that the person came from by SSH knows this one, as far as that shows.
fn ssh_host(env: Lookup<'_>) -> Option<String> {
    // SSH_CONNECTION: client's address and port, server's address and port.
    let connection = env("SSH_CONNECTION")?.into_string().ok()?;
    let host = connection.split(' ').nth(2).filter(|host| host.parse::<std::net::IpAddr>().is_ok())?;
    Some(host.to_owned())
}

/// The client certificate and its key, by the names of their files, or as `read` gives them.
///
/// # Errors
/// The first that `read` gives.
pub fn client_cert<E>(
    (http, layer): (&Http, &Layer),
    env: Lookup<'_>,
    mut read: impl FnMut(&Asked<'_>) -> Result<Secret, E>,
) -> Result<Option<ClientCert>, E> {
    let Http { cert: Some(cert), key, key_passphrase, .. } = http else { return Ok(None) };
    let passphrase = Role::of_passphrase(Key::KeyPassphrase.name(), Key::Key.name());
    let mut read =
        |key: Key, role: &Role<'_>, source: &Source| read(&Asked { key, role, source, origin: &layer.origin(key) });
    let mut held = |key: Key, source: &Source| match source {
        Source::File(path) => Ok(Held::File(path.clone())),
        source => Ok(Held::Text { from: source.shown(env), text: read(key, &Role::of_file(key.name()), source)? }),
    };
    Ok(Some(ClientCert {
        cert: held(Key::Cert, cert)?,
        key: key.as_ref().map(|key| held(Key::Key, key)).transpose()?,
        passphrase: match key_passphrase {
            Some(source) => Some(read(Key::KeyPassphrase, &passphrase, source)?),
            None => None,
        },
    }))
}

/// The same where it stands in files as it is, so that nothing has to be read for it now.
pub fn certificate_in_files(settings: &Settings) -> Option<ClientCert> {
    let Http { cert: Some(Source::File(cert)), key, key_passphrase: None, .. } = &settings.http else { return None };
    let key = match key {
        Some(Source::File(key)) => Some(Held::File(key.clone())),
        Some(_) => return None,
        None => None,
    };
    Some(ClientCert { cert: Held::File(cert.clone()), key, passphrase: None })
}

/// The client certificate as far as a kept token depends on it. `None` where it cannot be read, or only once.
fn text_of(client: Option<&ClientCert>, reader: &mut Reader<'_>) -> Option<Kept> {
    let Some(ClientCert { cert, key, passphrase }) = client else { return Some(Kept::default()) };
    let mut text = |held: &Held| match held {
        Held::File(path) => {
            let source = Source::File(path.clone());
            Path::is_file(path).then(|| reader.read_whole(&source, "")).and_then(Result::ok).map(as_text)
        }
        Held::Text { text, .. } => Some(text.clone()),
    };
    let cert = text(cert)?;
    let key = match key {
        Some(key) => Some(text(key)?),
        None => None,
    };
    // Whoever has the key and not its passphrase has not the key.
    let key = match passphrase {
        Some(passphrase) => {
            let key = key.as_ref().unwrap_or(&cert).expose();
            Some(Secret::new(format!("{}\0{key}", passphrase.expose())))
        }
        None => key,
    };
    Some(Kept { cert: Some(cert), key, cache_secret: None })
}

/// What is no text is one in base64.
fn as_text(bytes: Zeroizing<Vec<u8>>) -> Secret {
    match std::str::from_utf8(&bytes) {
        Ok(text) => Secret::new(text),
        Err(_) => Secret::new(STANDARD.encode(&*bytes)),
    }
}

/// The user's own secret for what is kept, as `read` gives it.
fn cache_secret<E>(
    settings: &Settings,
    read: impl FnOnce(&Asked<'_>) -> Result<Secret, E>,
) -> Result<Option<Secret>, E> {
    let key = Key::CacheSecret;
    let (role, origin) = (Role::of_setting(key.name(), "Cache secret"), settings.layer.origin(key));
    let source = settings.login.cache_secret.as_ref();
    source.map(|source| read(&Asked { key, role: &role, source, origin: &origin })).transpose()
}

/// The place of a token for `request`, which is that of `settings`, to be found and forgotten. `None` where a client
/// certificate is in the way.
///
/// # Errors
/// [`Trouble`]
pub fn slot_for(
    cache: &Cache,
    request: &Request,
    settings: &Settings,
    reader: &mut Reader<'_>,
    env: &Environment,
) -> Result<Option<Slot>, Trouble> {
    place_of(cache, request, settings, None, reader, env)
}

/// What is kept in the place of a token for `request`, which has its secrets. `None` where a client certificate is in the way.
///
/// # Errors
/// [`Trouble`]; a secret for what is kept that cannot be read.
pub fn look_for(
    cache: &Cache,
    request: &Request,
    settings: &Settings,
    reader: &mut Reader<'_>,
    env: &Environment,
) -> problem::Result<Option<Look>> {
    let cache_secret = cache_secret(settings, |asked| read_secret(reader, asked, env))?;
    Ok(place_of(cache, request, settings, cache_secret, reader, env)?.map(|slot| slot.look()))
}

fn place_of(
    cache: &Cache,
    request: &Request,
    settings: &Settings,
    cache_secret: Option<Secret>,
    reader: &mut Reader<'_>,
    env: &Environment,
) -> Result<Option<Slot>, Trouble> {
    let lookup = |name: &str| env.os(name);
    let client = client_cert((&settings.http, &settings.layer), &lookup, |asked| read_secret(reader, asked, env));
    match client.ok().and_then(|client| text_of(client.as_ref(), reader)) {
        Some(certificate) => slot(cache, request, settings, &Kept { cache_secret, ..certificate }).map(Some),
        None => Ok(None),
    }
}

fn slot(cache: &Cache, request: &Request, settings: &Settings, kept: &Kept) -> Result<Slot, Trouble> {
    let conditions = conditions(settings, kept);
    cache.slot(&CacheKey::new(request, &conditions), Credentials::new(request, &conditions))
}

/// Reads a secret from its source.
///
/// # Errors
/// Which it is, and why it cannot be read.
pub fn read_secret(reader: &mut Reader<'_>, asked: &Asked<'_>, env: &Environment) -> Result<Secret, SecretError> {
    read_labelled(reader, asked, &asked.role.to_string(), env)
}

/// The same, where a prompt asks for `label`.
///
/// # Errors
/// As [`read_secret`].
pub fn read_labelled(
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
    label: &str,
    env: &Environment,
) -> Result<Secret, SecretError> {
    if let (Extent::Token, Source::GitHub { audience }) = (asked.role.extent, asked.source) {
        // It is asked for when it is sent. Until then what the job would ask with stands for it, so that no job is served what
        // was kept for another.
        let job = env.text(github::TOKEN).unwrap_or_default();
        return Ok(Secret::meant(format!("github:{} {job}", audience.as_deref().unwrap_or_default())));
    }
    let read = match asked.role.extent {
        Extent::Line => reader.read(asked.source, label),
        Extent::Token => reader.read_token(asked.source, label).map(|token| match token.expose() {
            // The lines, quotes and tabs of XML, such as a SAML assertion, are its own.
            xml if xml.starts_with('<') && xml.contains("</") => Secret::meant(xml),
            _ => token,
        }),
        Extent::File => reader.read_whole(asked.source, label).map(as_text),
    };
    let is_sent = asked.role.extent == Extent::Token || asked.key == Key::ClientSecret;
    read.and_then(|secret| match is_sent && shape::is_private_key(secret.expose()) {
        true => Err(SourceError::PrivateKey),
        false => Ok(secret),
    })
    .map_err(|error| SecretError::new(asked, error, env))
}

/// Warns of what came along with a text that is sent, or stands in its place: in a file or variable nobody sees it.
fn warn_of_shapes(request: &Request, reporter: &mut Reporter) {
    let id = request.client.iter().map(|client| (Key::ClientId.name(), client.id.as_str()));
    let texts = request.parts().filter_map(|part| Some((part.need.name, part.value.plain()?)));
    for (name, text) in id.chain(texts) {
        if let Some(flaw) = shape::of_text(text) {
            reporter.warn(&format!("{name} {}; it is sent as it is", flaw.what));
        }
    }
    let flaw = |part: &Part| part.value.credential()?.secret.flaw(part.need.is_phrase);
    let secrets = request.parts().filter_map(|part| Some((part.need.name, flaw(part)?)));
    let fields = request.params.iter().chain(&request.headers);
    let fields =
        fields.filter_map(|field| Some((field.name.as_str(), field.value.credential()?.secret.flaw_of_field()?)));
    for (name, Flaw { what, remedy }) in secrets.chain(fields) {
        reporter.warn(&format!("{name} {what}; it is sent as it is ({remedy})"));
    }
}

/// Warns of what makes it easier to take a code on its way back from the browser.
fn warn_of_login(settings: &Settings, reporter: &mut Reporter) {
    let Some(login) = settings.request.login.as_ref().filter(|login| login.way == login::Way::Browser) else { return };
    let named = |key: Key| format!("{} ({})", key.name(), settings.layer.origin(key));
    if let Some(address) = settings.login.exposed().filter(|_| login.redirects.iter().any(Redirect::is_listened)) {
        reporter.warn_always(&format!("{}: other machines than this one may reach {address}", named(Key::Listen)));
    }
    if login.pkce == Some(false) {
        reporter.warn(&format!(
            "{}: without a code challenge, whoever gets hold of the code can use it (RFC 7636 §1)",
            named(Key::Pkce)
        ));
    }
}

fn conditions<'a>(settings: &'a Settings, kept: &'a Kept) -> Conditions<'a> {
    let bytes = |file: &'a Option<Secret>| file.as_ref().map(|text| text.expose().as_bytes());
    Conditions {
        certificate: bytes(&kept.cert),
        certificate_key: bytes(&kept.key),
        insecure: settings.http.insecure,
        strict: settings.diagnosis.strict,
        made_by_command: made_by_command(settings),
        cache_secret: bytes(&kept.cache_secret),
    }
}

/// The assertions that a command makes anew each time, so that none is what was kept under the one before.
fn made_by_command(settings: &Settings) -> &'static [&'static str] {
    let is_made = |name: &str| {
        let mut ready = settings.request.ready_made();
        ready.any(|(of, token)| of == name && matches!(token.secret, Source::Command(_)))
    };
    match (is_made("client_assertion"), is_made("assertion")) {
        (true, true) => &["client_assertion", "assertion"],
        (true, false) => &["client_assertion"],
        (false, true) => &["assertion"],
        (false, false) => &[],
    }
}

/// The files whose certificates are trusted, by what names them. A relative path is another file elsewhere.
fn roots_by_name(http: &Http) -> Vec<(&'static str, Vec<u8>)> {
    let bytes =
        |path: &Path| std::path::absolute(path).as_deref().unwrap_or(path).as_os_str().as_encoded_bytes().to_vec();
    let network = &http.network;
    let variables = [("SSL_CERT_FILE", &network.ssl_cert_file), ("SSL_CERT_DIR", &network.ssl_cert_dir)];
    let named = [("cacert", &http.cacert)].into_iter().chain(variables.into_iter().filter(|_| http.cacert.is_none()));
    named.filter_map(|(name, path)| Some((name, bytes(path.as_deref()?)))).collect()
}

/// The proxies without their credentials, by what names them, and what goes past them.
fn proxies_by_name(http: &Http) -> Vec<(&'static str, String)> {
    let network = &http.network;
    let place = |url: &Secret| {
        let (scheme, rest) = url.expose().split_once("://").unwrap_or(("", url.expose()));
        format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or(rest))
    };
    let named = [
        ("proxy", &http.proxy),
        ("HTTPS_PROXY", &network.https_proxy),
        ("HTTP_PROXY", &network.http_proxy),
        ("ALL_PROXY", &network.all_proxy),
    ];
    let proxies = named.into_iter().filter_map(|(name, url)| Some((name, place(url.as_ref()?))));
    proxies.chain(network.no_proxy.clone().map(|hosts| ("NO_PROXY", hosts))).collect()
}

fn note_key(key: &CacheKey<'_>, reporter: &Reporter) {
    let members: Vec<_> = key.described().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    reporter.note(&format!("cache key: {}", members.join("; ")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::each::without_secrets;
    use crate::settings::key::{KEYS, Kind, On};

    #[test]
    fn whatever_is_another_login_is_typed_again() {
        let digest = |more: Option<(Key, SettingValue)>| {
            let mut layer = Layer::default();
            let issuer = (Key::Issuer, "https://idp.example");
            for (key, text) in [issuer, (Key::ClientId, "app"), (Key::GrantType, "authorization_code")] {
                layer.set(key, key.read(text).unwrap(), Origin::Default);
            }
            more.into_iter().for_each(|(key, value)| layer.set(key, value, Origin::Flag(key)));
            let settings = Settings::from_layer(layer, &Environment::default()).ok()?;
            let kept =
                Kept { cert: settings.http.cert.is_some().then(|| Secret::new("a certificate")), ..Kept::default() };
            let conditions = conditions(&settings, &kept);
            let command = login_command(&settings.layer, &Environment::default(), &[], None);
            Some((CacheKey::new(&without_secrets(&settings), &conditions).digest(), command))
        };
        let (usual, bare) = digest(None).unwrap();
        assert_eq!(bare, "oauth2tok login");
        let mut others = 0;
        for key in KEYS.iter().copied().filter(|key| {
            key.setting().flag.as_ref().is_some_and(|flag| matches!(flag.on, On::Every | On::Fetch | On::Login))
        }) {
            let texts = match key.setting().kind {
                Kind::Url => vec!["https://other.example/"],
                Kind::Map { assign: ':' } => vec!["X-A: b"],
                Kind::Map { .. } | Kind::Claims => vec!["a=b"],
                Kind::Switch => vec!["true", "false"],
                Kind::Choice(choice) => choice.names(),
                Kind::Secret => vec!["env:S"],
                Kind::Path => vec!["env:S"],
                Kind::Json => vec![r#"[{"type":"a"}]"#],
                Kind::Duration | Kind::Count => vec!["7"],
                _ => vec!["x"],
            };
            for text in texts {
                let Some((other, command)) = digest(Some((key, key.read(text).unwrap()))) else { continue };
                if other != usual {
                    others += 1;
                    assert!(command.len() > bare.len(), "{} {text}", key.name());
                }
            }
        }
        assert!(others > 15, "{others}");
    }
}
