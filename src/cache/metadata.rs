//! Metadata of issuers, kept as it was received and sealed by the machine key, and the user's own secret if there is one: it is no
//! secret, but what stands in it says where credentials go, so nobody else must be able to put it there.
//!
//! It is read anew each time it is used, by whoever reads what a server sends; nothing that was kept is trusted more than that.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::entry::{millis, number, take, time};
use super::key::{Credentials, Fields};
use super::seal::{MachineKey, Purpose, Sealer};
use super::store::{Store, Trouble};
use crate::crypto::{self, Digest};

/// Changes whenever the members of [`Way`], or what they mean, change.
const VERSION: &str = "oauth2tok metadata key 1";

/// What the names of kept metadata end in.
pub const SUFFIX: &str = ".metadata";

/// No metadata is used for longer, whatever its server says.
pub const LONGEST_USE: Duration = Duration::from_secs(24 * 3600);

/// Whose metadata it is, and by which way it comes: what came by another one is other metadata.
#[derive(Debug, Clone, Default)]
pub struct Way<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Whose certificates are trusted: names of files, by what names them.
    pub roots: Vec<(&'static str, Vec<u8>)>,
    /// Proxies without their credentials, by what names them.
    pub proxies: Vec<(&'static str, String)>,
    /// The client certificate.
    pub certificate: Option<&'a [u8]>,
    /// It had to obey the standards.
    pub strict: bool,
    /// The user's own secret, without which it does not open.
    pub cache_secret: Option<&'a [u8]>,
}

impl Way<'_> {
    fn digest(&self) -> Digest {
        let Self { issuer, roots, proxies, certificate, strict, cache_secret: _ } = self;
        let mut fields = Fields::default();
        fields.push(VERSION.as_bytes());
        fields.push(issuer.as_bytes());
        let proxies: Vec<_> = proxies.iter().map(|(name, proxy)| (*name, proxy.as_bytes())).collect();
        let roots: Vec<_> = roots.iter().map(|(name, path)| (*name, path.as_slice())).collect();
        for pairs in [roots, proxies] {
            fields.push_number(pairs.len() as u64);
            pairs.iter().for_each(|(name, value)| [name.as_bytes(), value].iter().for_each(|bytes| fields.push(bytes)));
        }
        fields.push_option(*certificate);
        fields.push(&[u8::from(*strict)]);
        crypto::sha256(&fields.0)
    }
}

/// The place for one issuer's metadata.
pub struct MetadataSlot {
    store: Arc<dyn Store>,
    name: String,
    sealer: Sealer,
}

/// Metadata that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMetadata {
    /// The document as it was received.
    pub body: Vec<u8>,
    /// How long ago.
    pub age: Duration,
}

impl MetadataSlot {
    pub(super) fn new(store: Arc<dyn Store>, machine: &MachineKey, way: &Way<'_>) -> Self {
        let digest = way.digest();
        let name = format!("{}{SUFFIX}", machine.name_of(&digest));
        Self { store, name, sealer: Sealer::new(machine, digest, Credentials::none(way.cache_secret)) }
    }

    /// What is kept and may be used at `now`. What is over, damaged or cannot be read is nothing.
    pub fn look(&self, now: SystemTime) -> Option<KeptMetadata> {
        let sealed = self.store.get(&self.name).ok()??;
        let opened = self.sealer.open(Purpose::Metadata, &sealed).ok()?;
        let mut rest = &*opened;
        let received_at = time(number(&mut rest)?)?;
        let lifetime = Duration::from_millis(number(&mut rest)?).min(LONGEST_USE);
        let body = take(&mut rest)?.to_vec();
        // From the future is as good as too old: a clock was set.
        let age = now.duration_since(received_at).ok().filter(|age| *age < lifetime)?;
        rest.is_empty().then_some(KeptMetadata { body, age })
    }

    /// Keeps `body`, which was received at `now`, for `lifetime`, and no longer than a day.
    ///
    /// # Errors
    /// [`Trouble`]
    pub fn keep(&self, body: &[u8], now: SystemTime, lifetime: Duration) -> Result<(), Trouble> {
        let lifetime = lifetime.min(LONGEST_USE);
        let mut fields = Fields::default();
        fields.push_number(millis(now));
        fields.push_number(u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX));
        fields.push(body);
        let sealed = self.sealer.seal(Purpose::Metadata, now.checked_add(lifetime).unwrap_or(now), &fields.0)?;
        self.store.put(&self.name, &sealed, lifetime)
    }

    /// Forgets what is kept. `false` where nothing was.
    ///
    /// # Errors
    /// [`Trouble`]; it may still be there then.
    pub fn forget(&self) -> Result<bool, Trouble> {
        self.store.delete(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::memory::Memory;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn slot(memory: &Memory, machine: u8, way: &Way<'_>) -> MetadataSlot {
        let machine = MachineKey::from_bytes(&[machine; MachineKey::LEN]).unwrap();
        MetadataSlot::new(Arc::new(memory.clone()), &machine, way)
    }

    #[test]
    fn metadata_is_used_as_long_as_it_may_be_and_no_longer_than_a_day() {
        let memory = Memory::default();
        let way = Way { issuer: "https://idp.example", ..Way::default() };
        let slot = slot(&memory, 1, &way);
        assert_eq!(slot.look(at(0)), None);
        let (hour, day) = (3600, 24 * 3600);
        for (lifetime, last) in [(hour, hour - 1), (day * 30, day - 1)] {
            slot.keep(b"{}", at(0), Duration::from_secs(lifetime)).unwrap();
            for age in [0, last] {
                let expected = KeptMetadata { body: b"{}".to_vec(), age: Duration::from_secs(age) };
                assert_eq!(slot.look(at(age)), Some(expected));
            }
            assert_eq!(slot.look(at(last + 1)), None);
            assert_eq!(slot.look(at(0) - Duration::from_secs(1)), None, "a clock was set back");
            assert_eq!(memory.lifetime(), Some(Duration::from_secs(last + 1)));
        }
        assert!(slot.forget().unwrap() && !slot.forget().unwrap());
        assert_eq!(slot.look(at(0)), None);
    }

    #[test]
    fn what_came_by_another_way_or_from_another_machine_is_not_found() {
        let way = |issuer| Way { issuer, ..Way::default() };
        let path = || b"/ca.pem".to_vec();
        let proxy = |name: &str| name.to_owned();
        let ways = [
            way("https://idp.example"),
            way("https://idp.example/"),
            Way { roots: vec![("cacert", path())], ..way("https://idp.example") },
            Way { roots: vec![("SSL_CERT_FILE", path())], ..way("https://idp.example") },
            Way { proxies: vec![("proxy", proxy("http://p"))], ..way("https://idp.example") },
            Way { proxies: vec![("HTTPS_PROXY", proxy("http://p"))], ..way("https://idp.example") },
            Way { proxies: vec![("proxy", proxy("http://q"))], ..way("https://idp.example") },
            Way { certificate: Some(b"c"), ..way("https://idp.example") },
            Way { strict: true, ..way("https://idp.example") },
        ];
        let memory = Memory::default();
        for kept in &ways {
            slot(&memory, 1, kept).keep(kept.issuer.as_bytes(), at(0), LONGEST_USE).unwrap();
            assert_eq!(slot(&memory, 2, kept).look(at(0)), None);
        }
        let names: std::collections::HashSet<_> = ways.iter().map(|way| slot(&memory, 1, way).name).collect();
        assert_eq!(names.len(), ways.len());
        assert!(ways.iter().all(|way| slot(&memory, 1, way).look(at(1)).is_some()));
        let sealed = |secret| slot(&memory, 1, &Way { cache_secret: secret, ..ways[0].clone() });
        sealed(Some(b"a".as_slice())).keep(b"{}", at(0), LONGEST_USE).unwrap();
        let looks = [Some(b"a".as_slice()), Some(b"b"), None].map(|secret| sealed(secret).look(at(1)).is_some());
        assert_eq!(looks, [true, false, false]);
    }
}
