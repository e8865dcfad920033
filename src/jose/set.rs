//! Private keys in JSON: JWK and JWK Set (RFC 7517 §4, §5), Google's service accounts.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::key::{KeyError, KeyFile, Kids, PrivateKey, Wanted};
use super::object::Object;
use super::{Alg, KeyKind};
use crate::crypto::{Curve, RsaNumbers, SigningKey};
use crate::der::trimmed;
use crate::json;
use crate::keyfile::{Fault, Key, check_rsa};
use crate::text::excerpt;

/// The text, if it begins as JSON does.
pub(super) fn is_json(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii();
    matches!(text.first(), Some(b'{' | b'[')).then_some(text)
}

/// Reads what JSON holds.
pub(super) fn read(text: &[u8], wanted: Wanted<'_>) -> Result<KeyFile, KeyError> {
    let text = std::str::from_utf8(text).map_err(|_| KeyError::Json)?;
    // The strict reading first: values that are not looked at would go unread.
    json::check(text).map_err(|_| KeyError::Json)?;
    let Ok(object) = serde_json::from_str::<Object<'_>>(text) else {
        return Err(KeyError::OtherJson { member: None });
    };
    let mut read = if object.get("keys").is_some() {
        of_set(&object, wanted.key_id)?
    } else if object.get("kty").is_some() {
        of_jwk(&object, "JWK")?
    } else {
        of_google(&object, wanted)?
    };
    read.size = text.len();
    Ok(read)
}

fn of_set(set: &Object<'_>, key_id: Option<&str>) -> Result<KeyFile, KeyError> {
    set.check()?;
    let keys = set.get("keys").and_then(|keys| serde_json::from_str::<Vec<Object<'_>>>(keys.get()).ok());
    let keys = keys.ok_or(KeyError::Member("keys"))?;
    let private = || keys.iter().filter(|key| key.is_private());
    let kids = || -> Kids { private().filter_map(|key| key.text("kid")).map(|kid| excerpt(&kid, 100)).collect() };
    let is_meant = |key: &&Object<'_>| key_id.is_none_or(|id| key.text("kid").is_some_and(|kid| *kid == id));
    let mut meant: Vec<_> = private().filter(is_meant).collect();
    if meant.len() > 1 {
        // What says of itself that it is for something else is not meant.
        meant.retain(|key| key.other_use().is_none());
    }
    match (meant.as_slice(), key_id) {
        ([key], _) => of_jwk(key, "JWK of a set"),
        ([_, ..], _) => Err(KeyError::Several(kids())),
        ([], Some(id)) if !keys.iter().any(|key| is_meant(&key)) => Err(KeyError::NoSuchKey(excerpt(id, 100), kids())),
        ([], Some(_)) => Err(KeyError::Public),
        ([], None) => Err(KeyError::NoneInSet),
    }
}

fn of_jwk(jwk: &Object<'_>, what: &'static str) -> Result<KeyFile, KeyError> {
    jwk.check()?;
    if let Some(fault) = jwk.other_use() {
        return Err(fault);
    }
    let kind = jwk.kind()?;
    if !jwk.is_private() {
        return Err(KeyError::Public);
    }
    let pair = match kind {
        KeyKind::P256 => ec_pair(jwk, Curve::P256)?,
        KeyKind::P384 => ec_pair(jwk, Curve::P384)?,
        KeyKind::Ed25519 => {
            let public = jwk.bytes("x")?;
            SigningKey::ed25519(&jwk.bytes("d")?, Some(&public)).map_err(|_| Fault::Mismatch)?
        }
        _ => rsa_pair(jwk)?,
    };
    let key = PrivateKey::of_pair(pair, kind).ok_or(Fault::Mismatch)?;
    let alg = match jwk.get("alg") {
        None => None,
        Some(_) => {
            let alg = jwk.text("alg").and_then(|alg| Alg::find(&alg)).filter(|alg| key.allows(*alg));
            Some(alg.ok_or(KeyError::OtherAlg)?)
        }
    };
    let key_id = jwk.text("kid").map(|kid| kid.to_string());
    Ok(KeyFile { key: Arc::new(key), chain: Vec::new(), key_id, alg, issuer: None, what, size: 0 })
}

fn ec_pair(jwk: &Object<'_>, curve: Curve) -> Result<SigningKey, KeyError> {
    let key = Key::ec(curve, &jwk.bytes("d")?, Some(jwk.point(curve)?)).ok_or(KeyError::Member("d"))?;
    Ok(key.pair()?)
}

fn rsa_pair(jwk: &Object<'_>) -> Result<SigningKey, KeyError> {
    if jwk.get("oth").is_some() {
        return Err(Fault::Kind("RSA with more than two primes").into());
    }
    let (n, e, d) = (jwk.bytes("n")?, jwk.bytes("e")?, jwk.bytes("d")?);
    check_rsa(trimmed(&n), trimmed(&e))?;
    let primes = ["p", "q", "dp", "dq", "qi"];
    if primes.iter().all(|name| jwk.get(name).is_none()) {
        return Err(KeyError::NoPrimes);
    }
    let [p, q, dp, dq, qi] = primes.map(|name| jwk.bytes(name));
    let (p, q, dp, dq, qi) = (p?, q?, dp?, dq?, qi?);
    let numbers = RsaNumbers {
        n: trimmed(&n),
        e: trimmed(&e),
        d: trimmed(&d),
        p: trimmed(&p),
        q: trimmed(&q),
        dp: trimmed(&dp),
        dq: trimmed(&dq),
        qi: trimmed(&qi),
    };
    Ok(SigningKey::rsa(&numbers).map_err(|_| Fault::Mismatch)?)
}

/// Nothing in it counts but the key, its id and whose it is; above all no address.
fn of_google(object: &Object<'_>, wanted: Wanted<'_>) -> Result<KeyFile, KeyError> {
    let of_type = object.text("type");
    match of_type.as_ref().map(|of_type| of_type.as_str()) {
        Some("service_account") => {}
        Some("authorized_user") => return Err(KeyError::Google("authorized_user")),
        Some("external_account") => return Err(KeyError::Google("external_account")),
        Some("external_account_authorized_user") => return Err(KeyError::Google("external_account_authorized_user")),
        Some("impersonated_service_account") => return Err(KeyError::Google("impersonated_service_account")),
        _ => {
            let is_key = |(_, value): &&(Cow<'_, str>, &RawValue)| value.get().contains("-----BEGIN ");
            // One that a program for JSON takes as it stands.
            let is_plain = |name: &&Cow<'_, str>| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let member = object.0.iter().find(is_key).map(|(name, _)| name).filter(is_plain);
            let member = member.map(|name| excerpt(name, 40));
            return Err(KeyError::OtherJson { member });
        }
    }
    object.check()?;
    let key = object.text("private_key").ok_or(KeyError::Member("private_key"))?;
    let issuer = object.text("client_email").ok_or(KeyError::Member("client_email"))?;
    let mut read = KeyFile::of_file(key.as_bytes(), wanted.certificates, wanted.passphrase)?;
    read.key_id = object.text("private_key_id").map(|id| id.to_string());
    read.issuer = Some(issuer.to_string());
    read.what = "Google service account";
    Ok(read)
}
