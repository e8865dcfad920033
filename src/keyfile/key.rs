//! The private key itself: from DER to its numbers, and to the one DER that others read.

use zeroize::Zeroizing;

use super::Fault;
use super::oid;
use super::public::{KeyKind, PublicKey, curve_of, kind_of};
use crate::crypto::{Curve, RsaNumbers, SigningKey};
use crate::der::{self, BIT_STRING, OCTET_STRING, OID, SEQUENCE, element, of_tag, trimmed, whole};

/// A private key's bytes.
pub type Bytes = Zeroizing<Vec<u8>>;

/// A private key in numbers.
pub enum Key {
    /// `RSAPrivateKey` (RFC 8017 §A.1.2), and whether it is for RSASSA-PSS alone.
    Rsa {
        /// DER
        pkcs1: Bytes,
        /// Its id says so.
        is_pss: bool,
    },
    /// A key of ECDSA.
    Ec {
        /// Its curve.
        curve: Curve,
        /// As long as the curve's coordinates.
        d: Bytes,
        /// The public half.
        point: Option<Vec<u8>>,
    },
    /// RFC 8032
    Ed25519 {
        /// 32 bytes
        seed: Bytes,
        /// The public half, where it is known.
        public: Option<Vec<u8>>,
    },
}

/// What kind of DER it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RFC 5958
    Pkcs8,
    /// RFC 8017 §A.1.2
    Pkcs1,
    /// RFC 5915
    Sec1,
}

impl Key {
    /// `OneAsymmetricKey` (RFC 5958 §2), the first version of which is `PrivateKeyInfo`.
    pub fn of_pkcs8(der: &[u8]) -> Result<Self, Fault> {
        const WHAT: Fault = Fault::Malformed("PKCS#8");
        let read = || {
            let (_, rest) = der::small(whole(SEQUENCE, der)?)?;
            let (algorithm, rest) = of_tag(SEQUENCE, rest)?;
            let (id, parameters) = of_tag(OID, algorithm)?;
            let (key, rest) = of_tag(OCTET_STRING, rest)?;
            Some((algorithm, id, parameters, key, rest))
        };
        let (algorithm, id, parameters, key, mut rest) = read().ok_or(WHAT)?;
        let mut public = None;
        while let Some((tag, content, after)) = element(rest) {
            // [1] IMPLICIT BIT STRING; some wrote it with the bit string's own tag inside.
            if tag == 0x81 || tag == 0xa1 {
                let bits = whole(BIT_STRING, content).unwrap_or(content);
                public = Some(bits.strip_prefix(&[0]).ok_or(WHAT)?);
            }
            rest = after;
        }
        match (kind_of(algorithm), id) {
            (Some(kind @ (KeyKind::Rsa | KeyKind::RsaPss)), _) => Self::of_pkcs1(key, kind == KeyKind::RsaPss),
            (Some(KeyKind::Ed25519), _) => {
                let seed = whole(OCTET_STRING, key).filter(|seed| seed.len() == 32).ok_or(WHAT)?;
                Ok(Self::Ed25519 { seed: Zeroizing::new(seed.to_vec()), public: public.map(<[u8]>::to_vec) })
            }
            (Some(kind), _) => Self::of_sec1(key, Some(kind), public),
            (None, oid::EC) => match of_tag(OID, parameters) {
                Some((curve, _)) => Err(Fault::Kind(oid::name(curve))),
                None => Err(Fault::CurveNumbers),
            },
            (None, id) => Err(Fault::Kind(oid::name(id))),
        }
    }

    pub(super) fn of_pkcs1(der: &[u8], is_pss: bool) -> Result<Self, Fault> {
        let (version, n, e) = (|| {
            let (version, rest) = der::small(whole(SEQUENCE, der)?)?;
            let (n, rest) = der::unsigned(rest)?;
            Some((version, n, der::unsigned(rest)?.0))
        })()
        .ok_or(Fault::Malformed("RSA private key"))?;
        if version != 0 {
            return Err(Fault::Kind("RSA with more than two primes"));
        }
        check_rsa(n, e)?;
        Ok(Self::Rsa { pkcs1: Zeroizing::new(der.to_vec()), is_pss })
    }

    /// `ECPrivateKey` (RFC 5915 §3). `curve` and `point` are what stands around it.
    pub(super) fn of_sec1<'a>(
        der: &'a [u8],
        mut curve: Option<KeyKind>,
        mut point: Option<&'a [u8]>,
    ) -> Result<Self, Fault> {
        const WHAT: Fault = Fault::Malformed("EC private key");
        let (_, rest) = whole(SEQUENCE, der).and_then(der::small).ok_or(WHAT)?;
        let (d, mut rest) = of_tag(OCTET_STRING, rest).ok_or(WHAT)?;
        while let Some((tag, content, after)) = element(rest) {
            match tag {
                0xa0 => match of_tag(OID, content) {
                    Some((id, _)) => curve = Some(curve_of(id).ok_or_else(|| Fault::Kind(oid::name(id)))?),
                    None => return Err(Fault::CurveNumbers),
                },
                0xa1 => point = Some(whole(BIT_STRING, content).and_then(|bits| bits.strip_prefix(&[0])).ok_or(WHAT)?),
                _ => {}
            }
            rest = after;
        }
        let kind = match (curve, d.len()) {
            (Some(kind), _) => kind,
            (None, 32) => KeyKind::P256,
            (None, 48) => KeyKind::P384,
            (None, _) => return Err(Fault::Malformed("EC private key (it names no curve)")),
        };
        let curve = kind.curve().ok_or(Fault::Kind(kind.name()))?;
        Self::ec(curve, d, point.map(<[u8]>::to_vec)).ok_or(WHAT)
    }

    /// A key of ECDSA, whose number some write without the zeros in front and some with one too many.
    pub fn ec(curve: Curve, d: &[u8], point: Option<Vec<u8>>) -> Option<Self> {
        let number = trimmed(d);
        let mut d = Zeroizing::new(vec![0; curve.size()]);
        let at = d.len().checked_sub(number.len())?;
        d[at..].copy_from_slice(number);
        Some(Self::Ec { curve, d, point })
    }

    /// Its kind.
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa { is_pss: false, .. } => KeyKind::Rsa,
            Self::Rsa { is_pss: true, .. } => KeyKind::RsaPss,
            Self::Ec { curve, .. } => KeyKind::on(*curve),
            Self::Ed25519 { .. } => KeyKind::Ed25519,
        }
    }

    /// The pair that signs, its halves compared.
    ///
    /// # Errors
    /// [`Fault::NoPublicHalf`], [`Fault::Mismatch`], or numbers that are none.
    pub fn pair(&self) -> Result<SigningKey, Fault> {
        match self {
            Self::Rsa { pkcs1, .. } => {
                let numbers = rsa_numbers(pkcs1).ok_or(Fault::Malformed("RSA private key"))?;
                SigningKey::rsa(&numbers)
            }
            Self::Ec { point: None, .. } => return Err(Fault::NoPublicHalf),
            Self::Ec { point: Some(_), .. } if self.is_half() => return Err(Fault::Compressed),
            Self::Ec { curve, d, point: Some(point) } => SigningKey::ec(*curve, d, point),
            Self::Ed25519 { seed, public } => SigningKey::ed25519(seed, public.as_deref()),
        }
        .map_err(|_| Fault::Mismatch)
    }

    /// True where a key of ECDSA lacks its public half, or half of that (SEC 1 §2.3.3).
    pub(super) fn is_half(&self) -> bool {
        matches!(self, Self::Ec { point, .. } if point.as_ref().is_none_or(|point| matches!(**point, [2 | 3, ..])))
    }

    /// Takes that public half, if it is one on the key's curve.
    pub(super) fn give_public(&mut self, public: &PublicKey) -> bool {
        let kind = self.kind();
        match self {
            Self::Ec { point, .. } if public.kind() == kind => {
                *point = Some(public.bits().to_vec());
                true
            }
            _ => false,
        }
    }

    /// As DER that everybody reads.
    pub fn der(&self) -> (Form, Bytes) {
        match self {
            Self::Rsa { pkcs1, .. } => (Form::Pkcs1, pkcs1.clone()),
            Self::Ec { curve, d, point } => {
                let id = if *curve == Curve::P256 { oid::P256 } else { oid::P384 };
                let parameters = der::write(0xa0, &[&der::write(OID, &[id])]);
                let public = point.as_ref().map(|point| der::write(0xa1, &[&der::write(BIT_STRING, &[&[0], point])]));
                let public = public.as_deref().map_or(&[][..], |public| public);
                let (version, d) = (der::write_unsigned(&[1]), der::write(OCTET_STRING, &[d]));
                (Form::Sec1, der::write(SEQUENCE, &[&version, &d, &parameters, public]))
            }
            Self::Ed25519 { seed, .. } => {
                let algorithm = der::write(SEQUENCE, &[&der::write(OID, &[oid::ED25519])]);
                let key = der::write(OCTET_STRING, &[&der::write(OCTET_STRING, &[seed])]);
                (Form::Pkcs8, der::write(SEQUENCE, &[&der::write_unsigned(&[0]), &algorithm, &key]))
            }
        }
    }
}

/// Refuses sizes that nothing is signed with here: ring takes primes of whole multiples of 512 bits.
pub fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), Fault> {
    let bits = der::bits(n);
    if !(2048..=4096).contains(&bits) || !bits.is_multiple_of(1024) {
        return Err(Fault::RsaSize(bits));
    }
    if der::bits(e) < 17 {
        return Err(Fault::RsaExponent);
    }
    Ok(())
}

fn rsa_numbers(pkcs1: &[u8]) -> Option<RsaNumbers<'_>> {
    let (_, mut rest) = der::small(whole(SEQUENCE, pkcs1)?)?;
    let mut next = || {
        let (number, after) = der::unsigned(rest)?;
        rest = after;
        Some(number)
    };
    Some(RsaNumbers {
        n: next()?,
        e: next()?,
        d: next()?,
        p: next()?,
        q: next()?,
        dp: next()?,
        dq: next()?,
        qi: next()?,
    })
}

/// What DER is, if it is one of the forms of a private key.
pub(super) fn form_of(der: &[u8]) -> Option<Form> {
    let (version, rest) = der::small(whole(SEQUENCE, der)?)?;
    match (version, element(rest)?.0) {
        (0 | 1, SEQUENCE) => Some(Form::Pkcs8),
        // A version that is none is the modulus of a public key.
        (0 | 1, der::INTEGER) => Some(Form::Pkcs1),
        (1, OCTET_STRING) => Some(Form::Sec1),
        _ => None,
    }
}
