//! Sealing: which key is made of what. The primitives are in [`crate::crypto`].
//!
//! The machine key `M` is 32 random bytes that only this user can read. From it come the name of an entry's file,
//! `HMAC(M, "name", key digest)`, and its seal, `HKDF(salt = M, secret = credentials, info = purpose, key digest)`: whoever
//! lacks either `M` or the credentials has nothing, and each entry has a sealing key of its own, so a seal never opens in
//! another entry's place. A second check value under `M` alone tells damage from other credentials.

use zeroize::Zeroizing;

use super::key::Credentials;
use crate::crypto::{self, Digest, Unavailable};

/// The first byte of every sealed file; another one is a format of another version.
const FORMAT: u8 = 1;

const NONCE_LEN: usize = 12;
/// Format, the time for the sweep, nonce.
const HEAD_LEN: usize = 1 + 8 + NONCE_LEN;
const CHECK_LEN: usize = 16;

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A kept token.
    Entry,
    /// Why the last run that asked for it failed.
    Failure,
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

    /// The name of the file for `key`, a [`Key`](super::Key)'s digest: 32 hexadecimal digits that say nothing to whoever lacks the machine key.
    pub fn name_of(&self, key: &Digest) -> String {
        // The label begins unlike any credentials, which HKDF puts through the same HMAC.
        let digest = crypto::hmac_sha256(self.as_bytes(), &[b"oauth2tok cache name 1".as_slice(), key].concat());
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Seals and opens what is kept for one key with one set of credentials.
pub struct Sealer {
    machine: Zeroizing<Digest>,
    credentials: Credentials,
    key: Digest,
}

impl Sealer {
    /// For the entry of `key`, a [`Key`](super::Key)'s digest.
    pub fn new(machine: &MachineKey, key: Digest, credentials: Credentials) -> Self {
        Self { machine: machine.0.clone(), credentials, key }
    }

    fn sealing_key(&self, purpose: Purpose) -> Result<Zeroizing<Digest>, Unavailable> {
        let name = match purpose {
            Purpose::Entry => "oauth2tok cache entry 1",
            Purpose::Failure => "oauth2tok cache failure 1",
        };
        self.derive(self.credentials.as_bytes(), name)
    }

    /// What stands behind a seal to tell damage from other credentials; it needs the machine key alone.
    fn check(&self, sealed: &[u8]) -> Result<[u8; CHECK_LEN], Unavailable> {
        let key = self.derive(b"", "oauth2tok cache check 1")?;
        let mut check = [0; CHECK_LEN];
        check.copy_from_slice(&crypto::hmac_sha256(key.as_slice(), sealed)[..CHECK_LEN]);
        Ok(check)
    }

    fn derive(&self, secret: &[u8], purpose: &str) -> Result<Zeroizing<Digest>, Unavailable> {
        crypto::hkdf_sha256(self.machine.as_slice(), secret, &[purpose.as_bytes(), &self.key].concat())
    }

    /// Seals `data`. `sweep_after` (seconds since 1970) is readable without any key, and cannot be changed without one.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub fn seal(&self, purpose: Purpose, sweep_after: u64, data: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let nonce: [u8; NONCE_LEN] = crypto::random()?;
        let mut head = Vec::with_capacity(HEAD_LEN + data.len() + crypto::TAG_LEN + CHECK_LEN);
        head.push(FORMAT);
        head.extend_from_slice(&sweep_after.to_le_bytes());
        let mut body = data.to_vec();
        crypto::seal(&*self.sealing_key(purpose)?, nonce, &head, &mut body)?;
        let mut file = head;
        file.extend_from_slice(&nonce);
        file.extend_from_slice(&body);
        file.extend_from_slice(&self.check(&file)?);
        Ok(file)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`Unopened`]; no other one, whatever the bytes are.
    pub fn open(&self, purpose: Purpose, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (sealed, check) = file.split_last_chunk::<CHECK_LEN>().ok_or(Unopened::Unreadable)?;
        let (head, body) = sealed.split_at_checked(HEAD_LEN).ok_or(Unopened::Unreadable)?;
        let (clear, nonce) = head.split_last_chunk::<NONCE_LEN>().ok_or(Unopened::Unreadable)?;
        if clear.first() != Some(&FORMAT) {
            return Err(Unopened::Unreadable);
        }
        let mut body = Zeroizing::new(body.to_vec());
        let key = self.sealing_key(purpose).map_err(|_| Unopened::Unreadable)?;
        match crypto::open(&key, *nonce, clear, &mut body).map(<[u8]>::len) {
            Some(len) => {
                body.truncate(len);
                Ok(body)
            }
            None if self.check(sealed) == Ok(*check) => Err(Unopened::OtherCredentials),
            None => Err(Unopened::Unreadable),
        }
    }
}

/// When a sealed file is of no more use (seconds since 1970), as far as that can be told without a key.
pub fn sweep_after(file: &[u8]) -> Option<u64> {
    let (format, rest) = file.split_first()?;
    let (seconds, _) = rest.split_first_chunk::<8>()?;
    (*format == FORMAT).then(|| u64::from_le_bytes(*seconds))
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

    #[test]
    fn a_seal_opens_with_its_own_keys_alone() {
        let file = sealer(1, 2, b"s").seal(Purpose::Entry, 77, b"token").unwrap();
        let open = |sealer: Sealer, purpose| sealer.open(purpose, &file).map(|data| data.to_vec());
        assert_eq!(open(sealer(1, 2, b"s"), Purpose::Entry), Ok(b"token".to_vec()));
        assert_eq!(open(sealer(1, 2, b"t"), Purpose::Entry), Err(Unopened::OtherCredentials));
        assert_eq!(open(sealer(1, 3, b"s"), Purpose::Entry), Err(Unopened::Unreadable), "another key's place");
        assert_eq!(open(sealer(9, 2, b"s"), Purpose::Entry), Err(Unopened::Unreadable), "another machine");
        assert!(open(sealer(1, 2, b"s"), Purpose::Failure).is_err());
        assert_eq!(sweep_after(&file), Some(77));
    }

    #[test]
    fn whatever_is_damaged_is_unreadable() {
        let sealer = sealer(1, 2, b"s");
        let file = sealer.seal(Purpose::Entry, 0, b"token").unwrap();
        for len in 0..file.len() {
            assert_eq!(sealer.open(Purpose::Entry, &file[..len]), Err(Unopened::Unreadable), "cut to {len}");
        }
        for index in 0..file.len() - CHECK_LEN {
            let mut changed = file.clone();
            changed[index] ^= 0x40;
            assert_eq!(sealer.open(Purpose::Entry, &changed), Err(Unopened::Unreadable), "byte {index}");
        }
    }

    #[test]
    fn the_same_twice_is_sealed_differently_and_names_need_the_machine_key() {
        let seal = || sealer(1, 2, b"s").seal(Purpose::Entry, 0, b"token").unwrap();
        assert_ne!(seal(), seal());
        let name = |machine: u8| MachineKey::from_bytes(&[machine; 32]).unwrap().name_of(&[2; 32]);
        assert_eq!(name(1).len(), 32);
        assert_ne!(name(1), name(2));
        assert!(MachineKey::from_bytes(&[0; 32]).is_none() && MachineKey::from_bytes(&[1; 31]).is_none());
    }
}
