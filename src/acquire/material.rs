//! What a request takes beside itself each time that it goes out: signatures, proofs, tokens that somebody else made.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::Event;
use crate::crypto::Unavailable;
use crate::jose::{self, Alg};
use crate::oauth::assertion::Purpose;
use crate::oauth::diagnosis::Sent;
use crate::oauth::jwt::{Jwt, fresh_id};
use crate::oauth::maker::{Hand, Maker};
use crate::oauth::post::Statement;
use crate::oauth::{Attempt, ProofKey, Request};
use crate::problem::{self, Class, Problem};
use crate::secret::Secret;
use crate::wire::Url;

/// The tokens that somebody else made, by the names of their needs.
pub type Tokens = Vec<(&'static str, Secret)>;

/// Reads ready-made tokens, and tells what happens.
pub(super) type Read<'a> = dyn Fn(&mut dyn FnMut(Event<'_>)) -> problem::Result<Tokens> + 'a;

/// Has the command of these words sign a text, and gives what it says.
pub(super) type Sign<'a> = dyn Fn(&[String], Alg, &str) -> problem::Result<Vec<u8>> + 'a;

/// What signs, and where tokens come from. Whatever of it may be wrong is found before anything is sent.
pub struct Material<'a> {
    /// What makes assertions, if the request has one.
    pub maker: Option<&'a Maker>,
    /// The user's own key for proofs of possession.
    pub proof_key: Option<&'a ProofKey>,
    /// What is added to the clock in everything that is signed (milliseconds).
    pub clock_offset: i64,
    /// Reads the request's ready-made tokens, anew each time.
    pub tokens: &'a Read<'a>,
    /// Has a command sign.
    pub command: &'a Sign<'a>,
}

impl Material<'_> {
    /// For a request that signs nothing and trades nothing.
    pub const NONE: Material<'static> = Material {
        maker: None,
        proof_key: None,
        clock_offset: 0,
        tokens: &|_| Ok(Vec::new()),
        command: &|_, _, _| Ok(Vec::new()),
    };

    /// The time by which what is signed is dated.
    pub fn signing_time(&self, now: SystemTime) -> SystemTime {
        let by = Duration::from_millis(self.clock_offset.unsigned_abs());
        let moved = if self.clock_offset < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        moved.unwrap_or(now)
    }

    /// What a request that has these `statements` said, and the certificates that were `shown`.
    pub(super) fn sent<'s>(
        &'s self,
        statements: &'s [Statement],
        proof_key: Option<&ProofKey>,
        shown: &'s [Vec<u8>],
    ) -> Sent<'s> {
        Sent {
            is_unseen: false,
            statements,
            thumbprint: self.maker.and_then(Maker::thumbprint),
            certificate: self.maker.and_then(|maker| maker.chain.first()).map(Vec::as_slice),
            jkt: proof_key.map(ProofKey::thumbprint),
            clock_offset: self.clock_offset,
            shown,
        }
    }

    /// The request's own assertion for one attempt, if it has one.
    ///
    /// # Errors
    /// A signature that cannot be had.
    pub fn assertion(&self, request: &Request, attempt: &Attempt<'_>) -> problem::Result<Option<Jwt>> {
        let is_due = |purpose| purpose == Purpose::Client || request.grant.lacks_assertion();
        let Some(maker) = self.maker.filter(|maker| is_due(maker.purpose())) else { return Ok(None) };
        let jwt = maker.unsigned(request, attempt, &fresh_id().map_err(Problem::from)?);
        let input = jwt.signing_input();
        let signature = match &maker.hand {
            Hand::Key(key) => key.sign(maker.alg, input.as_bytes()).map_err(Problem::from)?,
            Hand::Shared(secret) => jose::hmac(maker.alg, secret.expose().as_bytes(), input.as_bytes()),
            Hand::Command { words, key } => {
                let signature = (self.command)(words, maker.alg, input)?;
                let modulus = key.as_ref().and_then(|key| key.modulus_len());
                let signature = understood(&signature, maker.alg, modulus)?;
                if key.as_ref().is_some_and(|key| !key.verify(maker.alg, input.as_bytes(), &signature)) {
                    return Err(Problem::usage(
                        "what signer gave is no signature of the key of signing_cert",
                        "let it sign with the key that the certificate is for, the whole of its stdin, and with the algorithm that $OAUTH2TOK_SIGN_ALG names",
                    ));
                }
                signature
            }
        };
        Ok(Some(jwt.signed(&signature)))
    }
}

/// What a command gave as a JWS has it (RFC 7518 §3.3 to §3.5): r and s for ECDSA.
fn understood(signature: &[u8], alg: Alg, modulus: Option<usize>) -> problem::Result<Vec<u8>> {
    let wrong = |expected: String| {
        Problem::usage(
            format!(
                "what signer gave is no {} signature: it has {} bytes instead of {expected}",
                alg.name(),
                signature.len()
            ),
            "its stdout must be the signature and nothing else: as bytes, in base64 or base64url",
        )
    };
    match (alg.signature_len(), modulus) {
        (Some(64), _) if matches!(alg, Alg::EdDSA | Alg::Ed25519) => {
            if signature.len() == 64 {
                Ok(signature.to_vec())
            } else {
                Err(wrong("64".into()))
            }
        }
        (Some(len), _) if signature.len() == len => Ok(signature.to_vec()),
        (Some(len), _) => jose::der_to_fixed(alg, signature).ok_or_else(|| wrong(len.to_string())),
        (None, Some(len)) if signature.len() == len => Ok(signature.to_vec()),
        (None, Some(len)) => Err(wrong(len.to_string())),
        (None, None) if (256..=1024).contains(&signature.len()) => Ok(signature.to_vec()),
        (None, None) => Err(wrong("256 to 1024".into())),
    }
}

impl From<Unavailable> for Problem {
    fn from(error: Unavailable) -> Self {
        Self::new(Class::Usage, error).searched()
    }
}

/// What servers want to see in the next proof, by their origins (RFC 9449 §8).
#[derive(Debug, Default)]
pub struct Nonces(Mutex<Vec<(String, String)>>);

/// So many origins are remembered; a run has one or two.
const MOST_ORIGINS: usize = 64;

impl Nonces {
    /// The newest of the origin of `url`.
    pub fn of(&self, url: &Url) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = origin(url);
        known.iter().find(|(of, _)| *of == origin).map(|(_, nonce)| nonce.clone())
    }

    /// An earlier run had `nonce` from the origin of `url`; what this one had from it counts more.
    pub fn suggest(&self, url: &Url, nonce: &str) {
        if self.of(url).is_none() {
            self.learn(url, nonce);
        }
    }

    /// `nonce` came from the origin of `url`.
    pub fn learn(&self, url: &Url, nonce: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = origin(url);
        known.retain(|(of, _)| *of != origin);
        if known.len() >= MOST_ORIGINS {
            known.remove(0);
        }
        known.push((origin, nonce.to_owned()));
    }
}

fn origin(url: &Url) -> String {
    format!("{}://{}", if url.is_https() { "https" } else { "http" }, url.authority())
}
