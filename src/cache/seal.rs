//! Sealing: which key is made of what. The primitives are in [`crate::crypto`].
//!
//! The machine key `M` is 32 random bytes that only this user can read. From it come the name of an entry's file,
//! `HMAC(M, "name", key digest)`, and its seal, `HKDF(salt = M, secret = credentials, info = purpose, key digest)`: whoever
//! lacks either `M` or the credentials has nothing, and each entry has a sealing key of its own, so a seal never opens in
//! another entry's place. A second check value under `M` alone tells damage from other credentials.
//!
//! Without a key nothing shows but a size, and that is one of few: a file is filled up to a power of two. The day after
//! which nobody will want it is hidden under `M`, for whoever sweeps lacks the credentials.

use std::ops::{Deref, Range};
use std::time::{Duration, SystemTime};

use zeroize::{Zeroize, Zeroizing};

use super::flight::Flight;
use super::key::Credentials;
use crate::crypto::{self, Digest, Unavailable};

/// The first byte of every sealed file; another one is a format of another version.
const FORMAT: u8 = 3;

const NONCE_LEN: usize = 12;
const DAY_LEN: usize = 4;
/// Format, nonce, the hidden day for the sweep.
pub const HEAD_LEN: usize = 1 + NONCE_LEN + DAY_LEN;
const CHECK_LEN: usize = 16;
/// Before the data, its length.
const LENGTH_LEN: usize = 8;

/// A sealed file has this size, or twice that, or twice that again: what it takes on the disk anyway.
pub const SMALLEST: usize = 4096;

const DAY: u64 = 24 * 3600;

/// The beginning of a sealed file.
pub type Head = [u8; HEAD_LEN];

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A kept token.
    Entry,
    /// Why the last run that asked for it failed. It stands in a file behind the number of its flight.
    Failure,
    /// An issuer's metadata.
    Metadata,
    /// A login that was begun.
    Pending,
}

impl Purpose {
    /// Bytes that stand beside it in its file.
    fn beside(self) -> usize {
        match self {
            Self::Entry | Self::Metadata | Self::Pending => 0,
            Self::Failure => Flight::LEN,
        }
    }
}

/// What was sealed. It is wiped after use, and what filled it up, which is no secret, costs nothing then.
pub struct Opened {
    bytes: Vec<u8>,
    data: Range<usize>,
}

impl Deref for Opened {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.data.clone()).unwrap_or_default()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.bytes.get_mut(self.data.clone()).unwrap_or_default().zeroize();
    }
}

/// Why a seal does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It is damaged, foreign or of another version.
    Unreadable,
    /// It is whole, and was made with other credentials.
    OtherCredentials,
}

/// The random secret of this user on this machine.
pub struct MachineKey(Zeroizing<Digest>);

impl MachineKey {
    /// Bytes in the key's file.
    pub const LEN: usize = 32;

    /// A new one.
    ///
    /// # Errors
    /// [`Unavailable`] where the system has no random bytes.
    pub fn generate() -> Result<Self, Unavailable> {
        Ok(Self(Zeroizing::new(crypto::random()?)))
    }

    /// The one that was written to a file. `None` for anything but 32 bytes, and for 32 zeros, which a crash may leave.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key: Digest = bytes.try_into().ok()?;
        (key != Digest::default()).then(|| Self(Zeroizing::new(key)))
    }

    /// What is written to the file.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The name of the file for `key`, a [`CacheKey`](super::CacheKey)'s digest: 32 hexadecimal digits that say nothing to whoever lacks the machine key.
    pub fn name_of(&self, key: &Digest) -> String {
        // The label begins unlike any credentials, which HKDF puts through the same HMAC.
        let digest = crypto::hmac_sha256(self.as_bytes(), &[b"oauth2tok cache name 1".as_slice(), key].concat());
        crypto::hex(&digest[..16])
    }
}

/// Seals and opens what is kept for one key with one set of credentials.
pub struct Sealer {
    machine: Zeroizing<Digest>,
    credentials: Credentials,
    key: Digest,
}

impl Sealer {
    /// For the entry of `key`, a [`CacheKey`](super::CacheKey)'s digest.
    pub fn new(machine: &MachineKey, key: Digest, credentials: Credentials) -> Self {
        Self { machine: machine.0.clone(), credentials, key }
    }

    fn sealing_key(&self, purpose: Purpose) -> Result<Zeroizing<Digest>, Unavailable> {
        let name = match purpose {
            Purpose::Entry => "oauth2tok cache entry 2",
            Purpose::Failure => "oauth2tok cache failure 2",
            Purpose::Metadata => "oauth2tok cache metadata 1",
            Purpose::Pending => "oauth2tok pending login 1",
        };
        self.derive(self.credentials.as_bytes(), name)
    }

    /// What stands behind a seal to tell damage from other credentials; it needs the machine key alone.
    fn check(&self, sealed: &[u8]) -> Result<[u8; CHECK_LEN], Unavailable> {
        let key = self.derive(b"", "oauth2tok cache check 2")?;
        let mut check = [0; CHECK_LEN];
        check.copy_from_slice(&crypto::hmac_sha256(key.as_slice(), sealed)[..CHECK_LEN]);
        Ok(check)
    }

    fn derive(&self, secret: &[u8], purpose: &str) -> Result<Zeroizing<Digest>, Unavailable> {
        crypto::hkdf_sha256(self.machine.as_slice(), secret, &[purpose.as_bytes(), &self.key].concat())
    }

    /// What hides the day for the sweep; each nonce has its own.
    fn day_mask(&self, nonce: &[u8]) -> [u8; DAY_LEN] {
        let mut mask = [0; DAY_LEN];
        let label = b"oauth2tok cache sweep 2".as_slice();
        mask.copy_from_slice(&crypto::hmac_sha256(self.machine.as_slice(), &[label, nonce].concat())[..DAY_LEN]);
        mask
    }

    /// Seals `data`, which nobody will want after `sweep_after`.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub fn seal(&self, purpose: Purpose, sweep_after: SystemTime, data: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let nonce: [u8; NONCE_LEN] = crypto::random()?;
        let seconds = sweep_after.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // To the end of the day at least.
        let day = u32::try_from(seconds / DAY + 1).unwrap_or(u32::MAX).to_le_bytes();
        let around = HEAD_LEN + LENGTH_LEN + crypto::TAG_LEN + CHECK_LEN;
        let beside = purpose.beside();
        let size = (beside + around + data.len()).next_power_of_two().max(SMALLEST) - beside;

        let mut head = Vec::with_capacity(size);
        head.push(FORMAT);
        head.extend_from_slice(&nonce);
        head.extend(day.iter().zip(self.day_mask(&nonce)).map(|(byte, mask)| byte ^ mask));
        let mut body = Vec::with_capacity(size);
        body.extend_from_slice(&(data.len() as u64).to_le_bytes());
        body.extend_from_slice(data);
        body.resize(size - around + LENGTH_LEN, 0);
        crypto::seal(&*self.sealing_key(purpose)?, nonce, &head, &mut body)?;
        let mut file = head;
        file.extend_from_slice(&body);
        file.extend_from_slice(&self.check(&file)?);
        Ok(file)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`Unopened`]; no other one, whatever the bytes are.
    pub fn open(&self, purpose: Purpose, file: &[u8]) -> Result<Opened, Unopened> {
        let Some((sealed, check)) = file.split_last_chunk::<CHECK_LEN>() else { return Err(Unopened::Unreadable) };
        let Some((head, _)) = sealed.split_first_chunk::<HEAD_LEN>() else { return Err(Unopened::Unreadable) };
        let [FORMAT, rest @ ..] = head else { return Err(Unopened::Unreadable) };
        let Some((nonce, _)) = rest.split_first_chunk::<NONCE_LEN>() else { return Err(Unopened::Unreadable) };
        let mut bytes = sealed[HEAD_LEN..].to_vec();
        let key = self.sealing_key(purpose).map_err(|_| Unopened::Unreadable)?;
        let Some(opened) = crypto::open(&key, *nonce, head, &mut bytes) else {
            let whole = self.check(sealed) == Ok(*check);
            return Err(if whole { Unopened::OtherCredentials } else { Unopened::Unreadable });
        };
        let data = opened.split_first_chunk::<LENGTH_LEN>().and_then(|(len, rest)| {
            let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
            (len <= rest.len()).then_some(LENGTH_LEN..LENGTH_LEN + len)
        });
        // Whoever has the key fills up with zeros, or has nothing in there that is worth wiping.
        data.map(|data| Opened { bytes, data }).ok_or(Unopened::Unreadable)
    }

    /// When a sealed file is of no more use, by its beginning. `None` for what this program never made.
    pub fn sweep_after(&self, head: &Head) -> Option<SystemTime> {
        let [FORMAT, rest @ ..] = head else { return None };
        let (nonce, hidden) = rest.split_first_chunk::<NONCE_LEN>()?;
        let mut day = [0; DAY_LEN];
        day.iter_mut().zip(hidden.iter().zip(self.day_mask(nonce))).for_each(|(day, (byte, mask))| *day = byte ^ mask);
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::from(u32::from_le_bytes(day)) * DAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::Fields;

    fn sealer(machine: u8, key: u8, credentials: &[u8]) -> Sealer {
        let mut fields = Fields::default();
        fields.push(credentials);
        Sealer::new(&MachineKey::from_bytes(&[machine; 32]).unwrap(), [key; 32], Credentials::of(fields))
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn head(file: &[u8]) -> Head {
        file[..HEAD_LEN].try_into().unwrap()
    }

    #[test]
    fn a_seal_opens_with_its_own_keys_alone() {
        let file = sealer(1, 2, b"s").seal(Purpose::Entry, at(77), b"token").unwrap();
        let open = |sealer: Sealer, purpose| sealer.open(purpose, &file).map(|data| data.to_vec());
        assert_eq!(open(sealer(1, 2, b"s"), Purpose::Entry), Ok(b"token".to_vec()));
        assert_eq!(open(sealer(1, 2, b"t"), Purpose::Entry), Err(Unopened::OtherCredentials));
        assert_eq!(open(sealer(1, 3, b"s"), Purpose::Entry), Err(Unopened::Unreadable), "another key's place");
        assert_eq!(open(sealer(9, 2, b"s"), Purpose::Entry), Err(Unopened::Unreadable), "another machine");
        assert!(open(sealer(1, 2, b"s"), Purpose::Failure).is_err());
    }

    #[test]
    fn the_day_for_the_sweep_takes_the_machine_key_and_no_credentials() {
        let now = 20_000 * DAY;
        for (until, day) in [(now, 20_001), (now + 1, 20_001), (now + DAY - 1, 20_001), (now + DAY, 20_002)] {
            let file = sealer(1, 2, b"s").seal(Purpose::Entry, at(until), b"token").unwrap();
            assert_eq!(sealer(1, 9, b"t").sweep_after(&head(&file)), Some(at(day * DAY)));
            assert_ne!(sealer(2, 2, b"s").sweep_after(&head(&file)), Some(at(day * DAY)));
        }
        // Two that end on the same day show nothing in common but the format.
        let hidden =
            || sealer(1, 2, b"s").seal(Purpose::Entry, at(now), b"t").unwrap()[1 + NONCE_LEN..HEAD_LEN].to_vec();
        let all: std::collections::HashSet<_> = (0..20).map(|_| hidden()).collect();
        assert!(all.len() > 15);
        assert_eq!(sealer(1, 2, b"s").sweep_after(&[1; HEAD_LEN]), None, "another format");
    }

    #[test]
    fn sizes_are_few_and_the_data_comes_back_to_the_byte() {
        let sealer = sealer(1, 2, b"s");
        let around = HEAD_LEN + LENGTH_LEN + crypto::TAG_LEN + CHECK_LEN;
        for (len, size) in [
            (0, 4096),
            (1, 4096),
            (1000, 4096),
            (4096 - around, 4096),
            (4097 - around, 8192),
            (8192 - around, 8192),
            (8193 - around, 16_384),
        ] {
            let data: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            let file = sealer.seal(Purpose::Entry, at(0), &data).unwrap();
            assert_eq!(file.len(), size, "{len}");
            assert_eq!(sealer.open(Purpose::Entry, &file).unwrap().to_vec(), data);
        }
    }

    #[test]
    fn whatever_is_damaged_is_unreadable() {
        let sealer = sealer(1, 2, b"s");
        let file = sealer.seal(Purpose::Entry, at(0), b"token").unwrap();
        let ends = (0..HEAD_LEN + 100).chain(file.len() - 100..file.len());
        for len in ends.clone() {
            assert_eq!(sealer.open(Purpose::Entry, &file[..len]).err(), Some(Unopened::Unreadable), "cut to {len}");
        }
        for index in ends.filter(|index| *index < file.len() - CHECK_LEN) {
            let mut changed = file.clone();
            changed[index] ^= 0x40;
            assert_eq!(sealer.open(Purpose::Entry, &changed).err(), Some(Unopened::Unreadable), "byte {index}");
        }
    }

    #[test]
    fn the_same_twice_is_sealed_differently_and_names_need_the_machine_key() {
        let seal = || sealer(1, 2, b"s").seal(Purpose::Entry, at(0), b"token").unwrap();
        assert_ne!(seal(), seal());
        let name = |machine: u8| MachineKey::from_bytes(&[machine; 32]).unwrap().name_of(&[2; 32]);
        assert_eq!(name(1).len(), 32);
        assert_ne!(name(1), name(2));
        assert!(MachineKey::from_bytes(&[0; 32]).is_none() && MachineKey::from_bytes(&[1; 31]).is_none());
    }
}
