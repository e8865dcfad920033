//! Logins that were begun and not finished: what is only good for one of them, sealed under an id of 128 random bits that whoever
//! finishes it must say.
//!
//! It is good once. Whoever [takes](PendingSlot::take) it has the lock, so that of several at once one goes on; it stays on the disk
//! until it is [spent](Claim::spend), which is done before anything is sent: a wrong address may be corrected, and a code goes out
//! once.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::entry::{millis, number, optional, optional_text, take, text, time};
use super::key::{CacheKey, Conditions, Credentials, Fields};
use super::seal::{MachineKey, Purpose, Sealer, Unopened};
use super::store::{Guard, Store, Trouble};
use crate::crypto::{self, Digest};
use crate::oauth::Request;
use crate::oauth::login::Way;
use crate::secret::Secret;

/// What the names of pending logins end in.
pub const SUFFIX: &str = ".pending";

/// A login that waits for a person.
#[derive(Clone)]
pub struct Pending {
    /// How the person was asked.
    pub way: Way,
    /// What must come back (RFC 6749 §10.12).
    pub state: Option<Secret>,
    /// What the ID token must hold.
    pub nonce: Option<Secret>,
    /// What proves that it was asked for here (RFC 7636).
    pub verifier: Option<Secret>,
    /// Where the browser ends.
    pub redirect_uri: String,
    /// What is polled with (RFC 8628 §3.4).
    pub device_code: Option<Secret>,
    /// How often.
    pub interval: Duration,
    /// After that it is of no use.
    pub expires_at: SystemTime,
    /// Whose answer it must be, where that is known.
    pub issuer: Option<String>,
    /// The answer must say so itself (RFC 9207 §2.4).
    pub must_name_issuer: bool,
    /// The key that the token is to be bound to, where it was made for this login.
    pub proof_key: Option<Zeroizing<Vec<u8>>>,
    /// What was asked for: [`settings_of`] the request.
    pub settings: Digest,
}

/// What must be the same at the end of a login as at its beginning: all that its key holds, and the endpoints that are given.
pub fn settings_of(request: &Request, conditions: &Conditions<'_>) -> Digest {
    let mut fields = Fields::default();
    fields.push(&CacheKey::new(request, conditions).digest());
    for (endpoint, url) in request.endpoints.iter() {
        fields.push(endpoint.name().as_bytes());
        fields.push(url.as_str().as_bytes());
    }
    crypto::sha256(&fields.0)
}

impl Pending {
    /// The bytes to seal.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut fields = Fields::default();
        fields.push_number(u64::from(self.way == Way::Device));
        for secret in [&self.state, &self.nonce, &self.verifier, &self.device_code] {
            fields.push_option(secret.as_ref().map(|secret| secret.expose().as_bytes()));
        }
        fields.push(self.redirect_uri.as_bytes());
        fields.push_number(u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX));
        fields.push_number(millis(self.expires_at));
        fields.push_option(self.issuer.as_ref().map(String::as_bytes));
        fields.push_number(u64::from(self.must_name_issuer));
        fields.push_option(self.proof_key.as_ref().map(|key| key.as_slice()));
        fields.push(&self.settings);
        fields.0
    }

    /// Reads what [`Self::encode`] wrote. `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = &mut &*bytes;
        let switch = |number: u64| (number < 2).then_some(number == 1);
        let way = if switch(number(rest)?)? { Way::Device } else { Way::Browser };
        let mut secret = || Some(optional_text(rest)?.map(Secret::new));
        let (state, nonce, verifier, device_code) = (secret()?, secret()?, secret()?, secret()?);
        let read = Self {
            way,
            state,
            nonce,
            verifier,
            redirect_uri: text(take(rest)?)?,
            device_code,
            interval: Duration::from_millis(number(rest)?),
            expires_at: time(number(rest)?)?,
            issuer: optional_text(rest)?,
            must_name_issuer: switch(number(rest)?)?,
            proof_key: optional(rest)?.map(|key| Zeroizing::new(key.to_vec())),
            settings: take(rest)?.try_into().ok()?,
        };
        rest.is_empty().then_some(read)
    }
}

/// The place of one pending login.
pub struct PendingSlot {
    store: Arc<dyn Store>,
    /// The name of its lock; its own has a suffix.
    name: String,
    sealer: Sealer,
}

/// What came of a pending login that was looked for.
pub enum Taken {
    /// It goes on here.
    Mine(Box<Claim>),
    /// It goes on in another run.
    Elsewhere,
    /// There is none: it was never begun, or used already.
    Unknown,
    /// Its time is over.
    Outlived,
    /// It was begun with another secret for what is kept.
    Sealed,
}

/// A pending login that goes on here. It is as it was if this is dropped before it is spent.
pub struct Claim {
    /// What is known of it.
    pub pending: Pending,
    slot: PendingSlot,
    _lock: Box<dyn Guard>,
}

impl Claim {
    /// Uses it up. Nothing of it may be sent before.
    ///
    /// # Errors
    /// [`Trouble`]: it may still be there, and must not be used then.
    pub fn spend(&self) -> Result<(), Trouble> {
        self.slot.store.delete(&self.slot.file()).map(|_| ())
    }
}

impl PendingSlot {
    pub(super) fn new(store: Arc<dyn Store>, machine: &MachineKey, id: &str, cache_secret: Option<&[u8]>) -> Self {
        let mut fields = Fields::default();
        fields.push(b"oauth2tok pending login 1");
        fields.push(id.as_bytes());
        let digest = crypto::sha256(&fields.0);
        let name = machine.name_of(&digest);
        Self { store, name, sealer: Sealer::new(machine, digest, Credentials::none(cache_secret)) }
    }

    fn file(&self) -> String {
        format!("{}{SUFFIX}", self.name)
    }

    /// Keeps `pending` until its time is over.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn keep(&self, pending: &Pending, now: SystemTime) -> Result<(), Trouble> {
        let until = pending.expires_at;
        let sealed = self.sealer.seal(Purpose::Pending, until, &pending.encode())?;
        self.store.put(&self.file(), &sealed, until.duration_since(now).unwrap_or_default())?;
        self.store.sweep(&|head| self.sealer.sweep_after(head), now);
        Ok(())
    }

    /// Goes on with what is kept, if nobody else does.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn take(self, now: SystemTime) -> Result<Taken, Trouble> {
        let name = self.file();
        // Without it no lock is made.
        if self.store.get(&name)?.is_none() {
            return Ok(Taken::Unknown);
        }
        let Some(lock) = self.store.try_lock(&self.name)? else { return Ok(Taken::Elsewhere) };
        let Some(sealed) = self.store.get(&name)? else { return Ok(Taken::Unknown) };
        let pending = match self.sealer.open(Purpose::Pending, &sealed).map(|bytes| Pending::decode(&bytes)) {
            Ok(Some(pending)) => pending,
            Ok(None) | Err(Unopened::Unreadable) => return Ok(Taken::Unknown),
            Err(Unopened::OtherCredentials) => return Ok(Taken::Sealed),
        };
        if pending.expires_at <= now {
            self.store.delete(&name)?;
            return Ok(Taken::Outlived);
        }
        Ok(Taken::Mine(Box::new(Claim { pending, slot: self, _lock: lock })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::memory::Memory;
    use crate::oauth::grant::{Grant, authorization_code};
    use crate::oauth::tests as sample;
    use crate::oauth::{Endpoint, Server};

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn browser() -> Pending {
        Pending {
            way: Way::Browser,
            state: Some(Secret::new("s1")),
            nonce: None,
            verifier: Some(Secret::new("v1")),
            redirect_uri: "http://127.0.0.1:9/callback".into(),
            device_code: None,
            interval: Duration::ZERO,
            expires_at: now() + Duration::from_secs(300),
            issuer: Some("https://idp.example".into()),
            must_name_issuer: true,
            proof_key: Some(Zeroizing::new(vec![1, 2, 3])),
            settings: [7; 32],
        }
    }

    fn device() -> Pending {
        let device_code = Some(Secret::new("d1"));
        let interval = Duration::from_secs(5);
        let (state, issuer, proof_key) = (None, None, None);
        Pending { way: Way::Device, state, device_code, interval, issuer, proof_key, ..browser() }
    }

    fn slot(memory: &Memory, id: &str, cache_secret: Option<&[u8]>) -> PendingSlot {
        let machine = MachineKey::from_bytes(&[1; MachineKey::LEN]).unwrap();
        PendingSlot::new(Arc::new(memory.clone()), &machine, id, cache_secret)
    }

    fn found(taken: &Taken) -> &'static str {
        match taken {
            Taken::Mine(_) => "mine",
            Taken::Elsewhere => "elsewhere",
            Taken::Unknown => "unknown",
            Taken::Outlived => "outlived",
            Taken::Sealed => "sealed",
        }
    }

    #[test]
    fn a_pending_login_reads_back_as_it_was_and_nothing_else_does() {
        for pending in [browser(), device()] {
            let bytes = pending.encode();
            let read = Pending::decode(&bytes).unwrap();
            assert_eq!(*read.encode(), *bytes);
            assert_eq!(
                (read.way, &read.redirect_uri, read.interval),
                (pending.way, &pending.redirect_uri, pending.interval)
            );
            assert_eq!(
                (&read.state, &read.verifier, &read.device_code),
                (&pending.state, &pending.verifier, &pending.device_code)
            );
            assert!((0..bytes.len()).all(|len| Pending::decode(&bytes[..len]).is_none()));
            assert!(Pending::decode(&[&bytes[..], b"x"].concat()).is_none());
        }
    }

    #[test]
    fn it_is_good_once_and_may_be_corrected_until_it_is_spent() {
        let memory = Memory::default();
        let take = |id: &str| slot(&memory, id, None).take(now()).unwrap();
        assert_eq!(found(&take("a")), "unknown");
        slot(&memory, "a", None).keep(&browser(), now()).unwrap();
        assert_eq!(memory.lifetime(), Some(Duration::from_secs(300)));
        let first = take("a");
        assert_eq!(found(&first), "mine");
        assert_eq!(found(&take("a")), "elsewhere", "of several at once one goes on");
        assert_eq!(found(&take("b")), "unknown");
        drop(first);
        let Taken::Mine(second) = take("a") else { panic!("a wrong address may be corrected") };
        assert_eq!(second.pending.state, Some(Secret::new("s1")));
        second.spend().unwrap();
        drop(second);
        assert_eq!(found(&take("a")), "unknown", "it is used up");
    }

    #[test]
    fn it_opens_in_its_time_with_its_secret() {
        let memory = Memory::default();
        let take = |secret: Option<&[u8]>, seconds| {
            found(&slot(&memory, "a", secret).take(now() + Duration::from_secs(seconds)).unwrap())
        };
        slot(&memory, "a", Some(b"one")).keep(&device(), now()).unwrap();
        assert_eq!(take(None, 0), "sealed");
        assert_eq!(take(Some(b"two"), 0), "sealed");
        assert_eq!(take(Some(b"one"), 299), "mine");
        assert_eq!(take(Some(b"one"), 300), "outlived");
        assert_eq!(take(Some(b"one"), 0), "unknown", "a clock that is set back brings nothing back");
    }

    #[test]
    fn other_settings_are_another_login() {
        let login = || Request {
            grant: Grant { kind: &authorization_code::KIND, name: "authorization_code".into(), parts: vec![] },
            login: Some(Box::new(sample::asked_of_a_person())),
            ..sample::request()
        };
        let mut at_another_endpoint = login();
        at_another_endpoint.endpoints.set(Endpoint::Authorization, sample::url("https://idp.example/authorize"));
        let all = [
            login(),
            at_another_endpoint,
            Request { scope: vec!["a".into()], ..login() },
            Request { client: None, ..login() },
            Request { server: Server::Endpoint(sample::url("https://idp.example/other")), ..login() },
        ];
        let digests: Vec<_> = all.iter().map(|request| settings_of(request, &Conditions::default())).collect();
        assert!(digests.iter().enumerate().all(|(at, digest)| !digests[..at].contains(digest)));
        assert_eq!(digests[0], settings_of(&login(), &Conditions::default()));
    }
}
