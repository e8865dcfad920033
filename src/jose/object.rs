//! A JWK as JSON, read without a copy (RFC 7517 §4): what keys of either half share.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::key::KeyError;
use super::{KeyKind, from_base64url};
use crate::crypto::Curve;
use crate::der::trimmed;
use crate::keyfile::{Bytes, Fault};
use crate::text::excerpt;

/// The members of an object as they stand in the text, not copied.
pub(super) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// A member that says something.
    pub(super) fn given(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|value| value.get() != "null")
    }

    /// A member that is a list; what is no object in it is nothing.
    pub(super) fn list(&self, name: &str) -> Option<Vec<Option<Object<'a>>>> {
        let items = serde_json::from_str::<Vec<&'a RawValue>>(self.get(name)?.get()).ok()?;
        Some(items.into_iter().map(|item| serde_json::from_str(item.get()).ok()).collect())
    }

    pub(super) fn text(&self, name: &str) -> Option<Zeroizing<String>> {
        serde_json::from_str::<String>(self.get(name)?.get()).ok().map(Zeroizing::new)
    }

    /// A member that is a number or a string of bytes, in base64url.
    pub(super) fn bytes(&self, name: &'static str) -> Result<Bytes, KeyError> {
        let bytes = self.text(name).and_then(|text| from_base64url(&text));
        bytes.filter(|bytes| !bytes.is_empty()).map(Zeroizing::new).ok_or(KeyError::Member(name))
    }

    /// Refuses members that stand twice: the other side might read the other one.
    pub(super) fn check(&self) -> Result<(), KeyError> {
        let mut seen = BTreeSet::new();
        match self.0.iter().find(|(name, _)| !seen.insert(name)) {
            None => Ok(()),
            Some((name, _)) => Err(KeyError::Duplicate(excerpt(name, 40))),
        }
    }

    /// What kind of key it is said to be (RFC 7518 §6.1, RFC 8037 §2).
    pub(super) fn kind(&self) -> Result<KeyKind, KeyError> {
        let kty = self.text("kty").ok_or(KeyError::Member("kty"))?;
        let crv = || self.text("crv").ok_or(KeyError::Member("crv"));
        let other = Err(Fault::Kind("on a curve that is not known here").into());
        match kty.as_str() {
            "RSA" => Ok(KeyKind::Rsa),
            "EC" => match crv()?.as_str() {
                "P-256" => Ok(KeyKind::P256),
                "P-384" => Ok(KeyKind::P384),
                "P-521" => Err(Fault::Kind("P-521").into()),
                "secp256k1" => Err(Fault::Kind("secp256k1").into()),
                _ => other,
            },
            "OKP" => match crv()?.as_str() {
                "Ed25519" => Ok(KeyKind::Ed25519),
                "Ed448" => Err(Fault::Kind("Ed448").into()),
                "X25519" => Err(Fault::Kind("X25519").into()),
                "X448" => Err(Fault::Kind("X448").into()),
                _ => other,
            },
            _ => Err(Fault::Kind("of a kind that is not known here").into()),
        }
    }

    /// The point of ECDSA without compression (SEC 1 §2.3.3).
    pub(super) fn point(&self, curve: Curve) -> Result<Vec<u8>, KeyError> {
        let mut point = vec![4];
        for name in ["x", "y"] {
            let number = self.bytes(name)?;
            let number = trimmed(&number);
            let zeros = curve.size().checked_sub(number.len()).ok_or(KeyError::Member(name))?;
            point.extend(std::iter::repeat_n(0, zeros));
            point.extend_from_slice(number);
        }
        Ok(point)
    }

    pub(super) fn is_private(&self) -> bool {
        self.get("d").is_some() || self.get("k").is_some()
    }

    /// What it says itself that keeps it from signing (RFC 7517 §4.2, §4.3).
    pub(super) fn other_use(&self) -> Option<KeyError> {
        if self.text("kty").is_some_and(|kty| *kty == "oct") {
            return Some(KeyError::Symmetric);
        }
        if self.text("use").is_some_and(|meant| *meant == "enc") {
            return Some(KeyError::NotForSigning("use"));
        }
        let uses = self.get("key_ops")?;
        match serde_json::from_str::<Vec<String>>(uses.get()) {
            Err(_) => Some(KeyError::Member("key_ops")),
            // A public half says that it verifies; that it is one is told first.
            Ok(uses) if self.is_private() && !uses.iter().any(|meant| meant == "sign") => {
                Some(KeyError::NotForSigning("key_ops"))
            }
            Ok(_) => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((Cow::Owned(name), value));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}
