//! Private keys, from all that people have them in.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Alg, KeyKind, PublicKey};
use crate::crypto::{self, Curve, SigningKey, Unavailable};
use crate::keyfile::{self, Bytes, Fault, Key, Passphrase, Purpose};

/// So many ids of a set are told.
const MOST_KIDS: usize = 10;

/// Why a text gives no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// PEM and DER.
    #[error(transparent)]
    File(#[from] Fault),
    /// It begins as JSON does, and is none.
    #[error("it is malformed JSON")]
    Json,
    /// JSON of another kind.
    #[error("it is JSON, and neither a JWK, a JWK Set nor a Google service account's")]
    OtherJson {
        /// A member that holds a PEM key.
        member: Option<String>,
    },
    /// A member stands more than once, so that readers differ in what they read.
    #[error("its member '{0}' stands more than once")]
    Duplicate(String),
    /// A member is not there, or not what it must be.
    #[error("its member '{0}' is missing or malformed")]
    Member(&'static str),
    /// An RSA key that nothing is verified with.
    #[error("the key is RSA with {0} bits; with less than 2048 nothing is verified")]
    Weak(usize),
    /// The public half of a key.
    #[error("it is a public JWK, without the private 'd'")]
    Public,
    /// An RSA key that is only n, e and d.
    #[error("the RSA key has no primes (p, q, dp, dq, qi)")]
    NoPrimes,
    /// A secret.
    #[error("it is a secret (kty oct) and no private key")]
    Symmetric,
    /// `use` or `key_ops` say so.
    #[error("the JWK is not for signing, as its '{0}' says")]
    NotForSigning(&'static str),
    /// `alg` is of another kind of key, or of encryption.
    #[error("the JWK's 'alg' is no way that such a key signs here")]
    OtherAlg,
    /// No key of a set has that id.
    #[error("no key of the set has the key_id '{0}'")]
    NoSuchKey(String, Kids),
    /// Several keys of a set, and nothing says which.
    #[error("the set holds several private keys")]
    Several(Kids),
    /// No private key in a set.
    #[error("the set holds no private key")]
    NoneInSet,
    /// Google's other kinds of credentials.
    #[error("it is Google's JSON of type {0} and holds no private key")]
    Google(&'static str),
}

/// The ids of the keys that there are.
pub type Kids = Vec<String>;

impl KeyError {
    /// What to do about it; `file` stands for what holds the key, as a command line has it.
    pub fn hint(&self, purpose: Purpose, file: &str) -> Option<String> {
        let setting = if purpose == Purpose::Proving { "dpop_key" } else { "signing_key" };
        Some(match self {
            Self::File(fault) => return fault.hint(purpose, file),
            Self::NoSuchKey(_, kids) | Self::Several(kids) => match kids.is_empty() {
                true => "no private key of it has a 'kid' that key_id could name".to_owned(),
                false => {
                    let more = if kids.len() > MOST_KIDS { ", …" } else { "" };
                    format!("key_id names one of: {}{more}", kids[..kids.len().min(MOST_KIDS)].join(", "))
                }
            },
            Self::OtherJson { member: Some(member) } => {
                format!("its member '{member}' is PEM: command:jq -r .{member} {file}")
            }
            Self::Public | Self::NoneInSet => format!("{setting} is the private JWK, which has a member 'd'"),
            Self::NoPrimes => "export it with its primes, or as PEM".to_owned(),
            Self::Symmetric => {
                "a secret signs with auth_method: client_secret_jwt, and is the client_secret".to_owned()
            }
            Self::NotForSigning(_) | Self::OtherAlg => "take a key that is for signing".to_owned(),
            Self::Google("authorized_user" | "external_account") => {
                format!("make a profile of it: oauth2tok import --from google {file}")
            }
            _ => return None,
        })
    }
}

/// How a key's text is read: which key of a set, with which help.
pub struct Wanted<'a> {
    /// The key of a set that is meant.
    pub key_id: Option<&'a str>,
    /// Asked for where the key is encrypted.
    pub passphrase: &'a mut Passphrase<'a>,
    /// The certificates (DER) that are said to be the key's; where there are none, those beside it are.
    pub certificates: &'a [Vec<u8>],
}

/// What a file or text with a key holds.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// The key.
    pub key: Arc<PrivateKey>,
    /// Its certificates (DER): the key's own first, then the others in their order.
    pub chain: Vec<Vec<u8>>,
    /// What it says that the key's id is.
    pub key_id: Option<String>,
    /// What it says that the key signs with.
    pub alg: Option<Alg>,
    /// `client_email`, of a Google service account and of nothing else.
    pub issuer: Option<String>,
    /// What it is, in words: `PEM PRIVATE KEY`, `JWK`.
    pub what: &'static str,
    /// Bytes of that.
    pub size: usize,
}

impl KeyFile {
    pub(super) fn of_file(
        text: &[u8],
        certificates: &[Vec<u8>],
        passphrase: &mut Passphrase<'_>,
    ) -> Result<Self, KeyError> {
        let found = keyfile::read_peeled(text, certificates, passphrase)?;
        let chain = if certificates.is_empty() { found.certificates } else { certificates.to_vec() };
        let chain = keyfile::own_first(chain, &found.public)?;
        let key = Arc::new(PrivateKey { pair: found.pair, public: found.public });
        Ok(Self { key, chain, key_id: None, alg: None, issuer: None, what: found.what, size: 0 })
    }
}

/// A private key that signs. There is no way to see it.
pub struct PrivateKey {
    pair: SigningKey,
    public: PublicKey,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.kind().name())
    }
}

impl PrivateKey {
    pub(super) fn of(key: &Key) -> Result<Self, Fault> {
        Self::of_pair(key.pair()?, key.kind()).ok_or(Fault::Mismatch)
    }

    pub(super) fn of_pair(pair: SigningKey, kind: KeyKind) -> Option<Self> {
        let public = PublicKey::new(kind, pair.public())?;
        Some(Self { pair, public })
    }

    /// A new key on P-256, P-384 or Ed25519, and the same as PKCS#8, for [`Self::from_pkcs8`].
    ///
    /// # Errors
    /// [`Unavailable`] where no random bytes are to be had, and for other kinds of keys.
    pub fn generate(kind: KeyKind) -> Result<(Self, Bytes), Unavailable> {
        let pkcs8 = match kind {
            KeyKind::P256 => crypto::generate(Curve::P256)?,
            KeyKind::P384 => crypto::generate(Curve::P384)?,
            KeyKind::Ed25519 => {
                let seed = Zeroizing::new(crypto::random::<32>()?.to_vec());
                Key::Ed25519 { seed, public: None }.der().1
            }
            _ => return Err(Unavailable),
        };
        Self::from_pkcs8(&pkcs8).map(|key| (key, pkcs8)).ok_or(Unavailable)
    }

    /// Reads PKCS#8 (RFC 5958).
    pub fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Self::of(&Key::of_pkcs8(der).ok()?).ok()
    }

    /// Its kind.
    pub fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    /// What it signs with where nothing else is said.
    pub fn default_alg(&self) -> Alg {
        Alg::default_of(self.kind())
    }

    /// True where it can sign so.
    pub fn allows(&self, alg: Alg) -> bool {
        alg.fits(self.kind())
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A signature as the compact form has it.
    ///
    /// # Errors
    /// [`Unavailable`] where the key does not sign so, or as [`SigningKey::sign`].
    pub fn sign(&self, alg: Alg, input: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let scheme = alg.scheme().filter(|_| self.allows(alg)).ok_or(Unavailable)?;
        self.pair.sign(scheme, input)
    }
}

/// PKCS#8 as people keep it: a PEM section.
pub fn to_pem(pkcs8: &[u8]) -> Zeroizing<String> {
    crate::pem::write("PRIVATE KEY", pkcs8)
}
