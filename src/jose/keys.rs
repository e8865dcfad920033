//! The keys that somebody signs with, as they publish them: a JWK Set (RFC 7517 §5). Certificates (`x5c`) make no key and vouch
//! for none: who a set is of is known by where it came from.

use zeroize::Zeroizing;

use super::key::KeyError;
use super::object::Object;
use super::set::is_json;
use super::{Alg, KeyKind, PublicKey, VerifyError, hmac_verifies};
use crate::der::{bits, trimmed};
use crate::json;
use crate::keyfile::Fault;
use crate::text::excerpt;

/// What is not verified here for its size.
const HUGE: &str = "RSA with more than 8192 bits";

/// The keys of a set, in its order.
pub struct Keys(Vec<Key>);

struct Key {
    /// How it is called.
    id: Option<String>,
    /// The one algorithm that it is for, if it says so.
    alg: Option<String>,
    /// Why it is of no use is told where it is asked for.
    half: Result<Half, KeyError>,
}

/// The half of a key that verifies.
pub(super) enum Half {
    Public(PublicKey),
    Secret(Zeroizing<Vec<u8>>),
}

impl Keys {
    /// Reads a published set. Keys that nothing can be verified with are no fault of it (RFC 7517 §5), and the private half of
    /// one is not looked at; a secret verifies nothing, since all the world can sign with it.
    ///
    /// # Errors
    /// [`KeyError`] of what is no set.
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        Self::read(text, false)
    }

    /// The same of a set that the user has, in which secrets are meant.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_own(text: &[u8]) -> Result<Self, KeyError> {
        Self::read(text, true)
    }

    fn read(text: &[u8], has_secrets: bool) -> Result<Self, KeyError> {
        let set = members_of(text)?;
        let keys = set.list("keys").ok_or(KeyError::Member("keys"))?;
        Ok(Self(keys.into_iter().map(|key| Key::read(key.as_ref(), has_secrets)).collect()))
    }

    /// How many there are, of use or not.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where secrets are among them.
    pub fn has_secrets(&self) -> bool {
        self.0.iter().any(|key| matches!(key.half, Ok(Half::Secret(_))))
    }

    /// True for a set without keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed so: those of that id, of which there may be several, else the only one there is.
    ///
    /// # Errors
    /// None, or several, and which; or one that is of a kind that is not known here.
    pub(super) fn fitting(&self, alg: Alg, id: Option<&str>) -> Result<Vec<&Half>, VerifyError> {
        let named = || self.0.iter().filter(|key| id.is_none_or(|id| key.id.as_deref() == Some(id)));
        let fitting: Vec<_> = named().filter(|key| key.fits(alg)).collect();
        if fitting.is_empty() {
            let kind = named().find_map(|key| key.unknown_kind(alg));
            return Err(match kind {
                Some(kind) => VerifyError::Unsupported { alg: format!("{} ({kind})", alg.name()) },
                None => {
                    let fault = id.and_then(|_| named().find_map(|key| key.half.as_ref().err()));
                    let why = fault.map(ToString::to_string);
                    VerifyError::NoKey { alg, kid: id.map(|id| excerpt(id, 100)), why }
                }
            });
        }
        if id.is_none() && fitting.len() > 1 {
            let kids = fitting.iter().map(|key| key.id.as_deref().map_or("(none)".to_owned(), |id| excerpt(id, 100)));
            return Err(VerifyError::Several { alg, kids: kids.collect() });
        }
        Ok(fitting.into_iter().filter_map(|key| key.half.as_ref().ok()).collect())
    }
}

/// The members of a set's text.
pub(super) fn members_of(text: &[u8]) -> Result<Object<'_>, KeyError> {
    let text = is_json(text).and_then(|text| std::str::from_utf8(text).ok()).ok_or(KeyError::Json)?;
    json::check(text).map_err(|_| KeyError::Json)?;
    let set = serde_json::from_str::<Object<'_>>(text).map_err(|_| KeyError::Member("keys"))?;
    set.check()?;
    Ok(set)
}

impl Key {
    fn read(key: Option<&Object<'_>>, has_secrets: bool) -> Self {
        let Some(jwk) = key else { return Self { id: None, alg: None, half: Err(KeyError::Json) } };
        let text = |name| match jwk.given(name) {
            None => Ok(None),
            Some(_) => jwk.text(name).map(|text| Some(text.to_string())).ok_or(KeyError::Member(name)),
        };
        let (id, alg) = (text("kid"), text("alg"));
        match (id, alg) {
            (Ok(id), Ok(alg)) => Self { id, alg, half: Half::read(jwk, has_secrets) },
            (Err(fault), _) => Self { id: None, alg: None, half: Err(fault) },
            (Ok(id), Err(fault)) => Self { id, alg: None, half: Err(fault) },
        }
    }

    fn fits(&self, alg: Alg) -> bool {
        let is_of_kind = self.half.as_ref().is_ok_and(|half| match half {
            Half::Public(key) => alg.fits(key.kind()),
            Half::Secret(_) => alg.is_symmetric(),
        });
        // EdDSA and Ed25519 are two names of one thing.
        let is_same = |own: Alg| own == alg || own.scheme().is_some_and(|scheme| alg.scheme() == Some(scheme));
        is_of_kind && self.alg.as_ref().is_none_or(|own| Alg::find(own).is_some_and(is_same))
    }

    /// The kind of a key with which something could be verified so, if it were known here.
    fn unknown_kind(&self, alg: Alg) -> Option<&'static str> {
        let Err(KeyError::File(Fault::Kind(kind))) = self.half else { return None };
        (alg == Alg::EdDSA && kind == "Ed448" || alg.is_rsa() && kind == HUGE).then_some(kind)
    }
}

impl Half {
    pub(super) fn read(jwk: &Object<'_>, has_secrets: bool) -> Result<Self, KeyError> {
        jwk.check()?;
        if jwk.given("use").is_some() && jwk.text("use").is_none_or(|meant| *meant != "sig") {
            return Err(KeyError::NotForSigning("use"));
        }
        if let Some(uses) = jwk.given("key_ops") {
            let uses = serde_json::from_str::<Vec<String>>(uses.get()).map_err(|_| KeyError::Member("key_ops"))?;
            if !uses.iter().any(|meant| meant == "verify") {
                return Err(KeyError::NotForSigning("key_ops"));
            }
        }
        if jwk.text("kty").is_some_and(|kty| *kty == "oct") {
            return if has_secrets { jwk.bytes("k").map(Self::Secret) } else { Err(KeyError::Symmetric) };
        }
        let kind = jwk.kind()?;
        let key = match (kind, kind.curve()) {
            (KeyKind::Rsa, _) => {
                let (n, e) = (jwk.bytes("n")?, jwk.bytes("e")?);
                let (n, e) = (trimmed(&n), trimmed(&e));
                match bits(n) {
                    few @ 0..2048 => return Err(KeyError::Weak(few)),
                    2048..=8192 => Some(PublicKey::rsa(kind, n, e)),
                    _ => return Err(Fault::Kind(HUGE).into()),
                }
            }
            (_, Some(curve)) => PublicKey::new(kind, &jwk.point(curve)?),
            _ => PublicKey::new(kind, &jwk.bytes("x")?),
        };
        key.map(Self::Public).ok_or(KeyError::Member("x"))
    }

    pub(super) fn verifies(&self, alg: Alg, input: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify(alg, input, signature),
            Self::Secret(secret) => hmac_verifies(alg, secret, input, signature),
        }
    }
}
