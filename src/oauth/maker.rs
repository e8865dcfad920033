//! What makes a request's assertions ([`Maker`]), once its key is read. To sign is its caller's business: a command may have to
//! do it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::assertion::{Assertion, Audience, KeyId, Purpose, Signer, Terms, X5t};
use super::attempt::Attempt;
use super::field::Credential;
use super::jwt::{Jwt, seconds};
use super::request::Request;
use crate::crypto;
use crate::jose::{Alg, KeyFile, PrivateKey, PublicKey};
use crate::json::Members;
use crate::secret::Secret;

/// No RSA key signs that is shorter (bytes, RFC 7518 §3.3).
const LEAST_MODULUS: usize = 256;

/// So much before the moment it is made an assertion is dated: a server's clock may be behind.
const BACKDATED: Duration = Duration::from_secs(5);

/// Who signs, ready to do so.
pub enum Hand {
    /// A private key.
    Key(Arc<PrivateKey>),
    /// A secret that the server has too.
    Shared(Secret),
    /// A command.
    Command {
        /// Its words.
        words: Vec<String>,
        /// The key that it signs with, where that is known.
        key: Option<PublicKey>,
    },
}

/// Why there can be no assertion, though the settings are in order by themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum MakerError {
    #[error("{alg} does not go with the signing key, which is {key}")]
    Alg { alg: &'static str, key: &'static str },
    #[error("signing_alg is missing: neither the key nor a certificate tells it")]
    NoAlg,
    #[error("the thumbprint of the key is not known: signer signs, and there is no signing_cert")]
    NoThumbprint,
    #[error("an assertion of the jwt-bearer grant needs a subject")]
    NoSubject,
    #[error("an assertion of the jwt-bearer grant needs an issuer")]
    NoIssuer,
    #[error("x5c and x5t need a certificate")]
    NothingToShow,
}

impl MakerError {
    /// What to do about it, and the setting that it is about.
    pub fn hint(&self) -> (&'static str, String) {
        match self {
            Self::Alg { .. } => ("signing_alg", "leave --signing-alg out, or give one that fits".into()),
            Self::NoAlg => ("signing_alg", "give --signing-alg ALG, such as RS256, PS256 or ES256".into()),
            Self::NoThumbprint => ("signing_cert", "give --signing-cert FILE, or --key-id TEXT".into()),
            Self::NoSubject => {
                ("assertion_subject", "give --assertion-subject NAME: the user or account that is meant".into())
            }
            Self::NoIssuer => ("assertion_issuer", "give --client-id ID, or assertion_issuer in a profile".into()),
            Self::NothingToShow => ("signing_cert", "give --signing-cert FILE".into()),
        }
    }
}

/// What makes a request's assertions: its key is read, and all that does not change from one to the next is decided.
pub struct Maker {
    purpose: Purpose,
    /// How they are signed.
    pub alg: Alg,
    /// Who signs.
    pub hand: Hand,
    /// The certificates that belong to the key: its own, then its issuers'.
    pub chain: Vec<Vec<u8>>,
    header: Members,
    issuer: Option<String>,
    holds_scope: bool,
}

impl Maker {
    /// What its assertions are for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The thumbprint of the key that signs (RFC 7638), where it has one that is known.
    pub fn thumbprint(&self) -> Option<String> {
        match &self.hand {
            Hand::Key(key) => Some(key.public().thumbprint()),
            Hand::Command { key, .. } => key.as_ref().map(PublicKey::thumbprint),
            Hand::Shared(_) => None,
        }
    }

    /// What makes the assertions of `request`; `key` is what its signing key was read as, `chain` what its certificate's file
    /// holds.
    ///
    /// # Errors
    /// [`MakerError`]
    pub fn new(
        request: &Request,
        assertion: &Assertion,
        key: Option<KeyFile>,
        chain: Vec<Vec<u8>>,
    ) -> Result<Self, MakerError> {
        let terms = &assertion.terms;
        let mut own_id = None;
        let mut own_alg = None;
        let mut account = None;
        let mut chain = chain;
        let mut key = key.map(|file| {
            own_id = file.key_id;
            own_alg = file.alg;
            account = file.issuer;
            // Those of signing_cert, if there are any, with the key's own first.
            chain = file.chain;
            file.key
        });
        let certified = chain.first().and_then(|der| PublicKey::from_certificate(der));
        let fits = |alg: &Alg| match (&key, &certified) {
            (Some(key), _) => key.allows(*alg),
            // What is not verified here may still sign elsewhere.
            (None, Some(certified)) => {
                alg.fits(certified.kind()) && certified.modulus_len().is_none_or(|len| len >= LEAST_MODULUS)
            }
            (None, None) => true,
        };
        let default = || match (&key, &certified) {
            (Some(key), _) => own_alg.filter(|alg| key.allows(*alg)).or_else(|| Some(key.default_alg())),
            (None, certified) => certified.as_ref().map(|key| Alg::default_of(key.kind())),
        };
        let alg = match &assertion.signer {
            Signer::Secret => terms.alg.unwrap_or(Alg::HS256),
            _ => terms.alg.or_else(default).ok_or(MakerError::NoAlg)?,
        };
        if !matches!(assertion.signer, Signer::Secret) && !fits(&alg) {
            let kind = key.as_ref().map(|key| key.kind().name());
            let kind = kind.or(certified.as_ref().map(|key| key.kind().name())).unwrap_or_default();
            return Err(MakerError::Alg { alg: alg.name(), key: kind });
        }
        let key_id = match &terms.key_id {
            Some(KeyId::Text(text)) => Some(text.clone()),
            Some(KeyId::Thumbprint) => {
                let public = key.as_ref().map(|key| key.public()).or(certified.as_ref());
                Some(public.ok_or(MakerError::NoThumbprint)?.thumbprint())
            }
            None => own_id,
        };
        if chain.is_empty() && terms.wants_certificate {
            return Err(MakerError::NothingToShow);
        }
        let header = header(alg, key_id, &chain, terms);
        let hand = match (&assertion.signer, key.take()) {
            (Signer::Command(words), _) => {
                Hand::Command { words: words.clone(), key: certified.filter(|key| key.verifies(alg)) }
            }
            (_, Some(key)) => Hand::Key(key),
            (_, None) => Hand::Shared(shared(request)),
        };
        let is_account = account.is_some();
        let issuer = issuer(request, assertion, account)?;
        // Google's service accounts want it so of what they trade.
        let holds_scope = terms.scope_is_claim.unwrap_or(is_account && assertion.purpose == Purpose::Grant);
        Ok(Self { purpose: assertion.purpose, alg, hand, chain, header, issuer, holds_scope })
    }

    /// The next assertion, not signed yet. `id` is its `jti`.
    pub fn unsigned(&self, request: &Request, attempt: &Attempt<'_>, id: &str) -> Jwt {
        let terms = request.assertion.as_ref().map(|assertion| &assertion.terms);
        let mut claims = Members::default();
        if let Some(issuer) = &self.issuer {
            claims.push("iss", &Value::from(issuer.as_str()));
        }
        let subject = match self.purpose {
            Purpose::Client => self.issuer.as_deref(),
            Purpose::Grant => terms.and_then(|terms| terms.subject.as_deref()),
        };
        if let Some(subject) = subject {
            claims.push("sub", &Value::from(subject));
        }
        let audience = match terms.map(|terms| &terms.audience) {
            Some(Audience::Text(text)) => text,
            Some(Audience::TokenEndpoint) => attempt.endpoint.without_query(),
            Some(Audience::Server) | None => attempt.audience,
        };
        claims.push("aud", &Value::from(audience));
        let issued = attempt.dated.checked_sub(BACKDATED).unwrap_or(attempt.dated);
        let lifetime = terms.map_or(Duration::ZERO, |terms| terms.lifetime);
        claims.push("iat", &Value::from(seconds(issued)));
        claims.push("exp", &Value::from(seconds(issued).saturating_add(lifetime.as_secs())));
        claims.push("jti", &Value::from(id));
        if self.holds_scope && !request.scope.is_empty() {
            claims.push("scope", &Value::from(request.scope_text()));
        }
        if let Some(terms) = terms {
            edit(&mut claims, &terms.claims);
        }
        Jwt::unsigned(self.header.clone(), claims, self.holds_scope)
    }
}

/// Who speaks; `account` is whom the key is a service account's. That a grant's assertion speaks of somebody is made sure of.
fn issuer(request: &Request, assertion: &Assertion, account: Option<String>) -> Result<Option<String>, MakerError> {
    let terms = &assertion.terms;
    let client = request.client.as_ref().map(|client| client.id.clone());
    if assertion.purpose == Purpose::Client {
        return Ok(client);
    }
    let says = |name: &str| terms.claims.iter().any(|(claim, _)| claim == name);
    let is_account = account.is_some();
    let issuer = terms.issuer.clone().or(account).or(client);
    if issuer.is_none() && !says("iss") {
        return Err(MakerError::NoIssuer);
    }
    if terms.subject.is_none() && !is_account && !says("sub") {
        return Err(MakerError::NoSubject);
    }
    Ok(issuer)
}

fn shared(request: &Request) -> Secret {
    let secret = request.client.as_ref().and_then(|client| client.credential("client_secret"));
    secret.map_or_else(|| Secret::new(""), |Credential { secret, .. }| secret.clone())
}

fn header(alg: Alg, key_id: Option<String>, chain: &[Vec<u8>], terms: &Terms) -> Members {
    let mut header = Members::default();
    header.push("alg", &Value::from(alg.name()));
    header.push("typ", &Value::from("JWT"));
    if let Some(id) = key_id {
        header.push("kid", &Value::from(id));
    }
    if let Some(certificate) = chain.first() {
        let by_alg = if alg.name().starts_with("RS") { X5t::Sha1 } else { X5t::Sha256 };
        let shown = terms.x5t.unwrap_or(by_alg);
        if matches!(shown, X5t::Sha1 | X5t::Both) {
            header.push("x5t", &Value::from(URL_SAFE_NO_PAD.encode(crypto::sha1(certificate))));
        }
        if matches!(shown, X5t::Sha256 | X5t::Both) {
            header.push("x5t#S256", &Value::from(URL_SAFE_NO_PAD.encode(crypto::sha256(certificate))));
        }
        if terms.x5c {
            let chain: Vec<_> = chain.iter().map(|der| Value::from(STANDARD.encode(der))).collect();
            header.push("x5c", &Value::from(chain));
        }
    }
    edit(&mut header, &terms.headers);
    header
}

/// Adds what is said, replaces what is there, and leaves out what is `null`.
fn edit(members: &mut Members, said: &[(String, String)]) {
    for (name, json) in said {
        match json.as_str() {
            "null" => members.remove(name),
            json => members.set_raw(name, json),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::oauth::tests as sample;

    /// The example of RFC 7523 §4, which has neither `iat` nor `jti`.
    #[test]
    fn the_assertion_of_the_standard_can_be_made() {
        let claim = |name: &str, json: &str| (name.to_owned(), json.to_owned());
        let terms = Terms {
            alg: Some(Alg::ES256),
            key_id: Some(KeyId::Text("16".into())),
            x5t: None,
            x5c: false,
            wants_certificate: false,
            audience: Audience::Text("https://jwt-rp.example.net".into()),
            subject: Some("mailto:mike@example.com".into()),
            issuer: Some("https://jwt-idp.example.com".into()),
            lifetime: Duration::from_secs(3600),
            headers: vec![claim("typ", "null")],
            claims: vec![
                claim("iat", "null"),
                claim("jti", "null"),
                claim("nbf", "1300815780"),
                claim("http://claims.example.com/member", "true"),
            ],
            scope_is_claim: None,
        };
        let signer = Signer::Command(vec!["sign".into()]);
        let assertion = Assertion { purpose: Purpose::Grant, signer, certificate: None, terms };
        let request = Request { client: None, assertion: Some(Box::new(assertion)), ..sample::request() };
        let maker = Maker::new(&request, request.assertion.as_ref().unwrap(), None, Vec::new()).ok().unwrap();
        let endpoint = sample::url(sample::ENDPOINT);
        // It is dated five seconds back, and the example expires at 1300819380.
        let dated = SystemTime::UNIX_EPOCH + Duration::from_secs(1_300_815_785);
        let jwt = maker.unsigned(&request, &Attempt { dated, ..sample::attempt(&endpoint) }, "1");
        assert_eq!(jwt.header.to_text(false), r#"{"alg":"ES256","kid":"16"}"#);
        assert_eq!(
            jwt.claims.to_text(false),
            r#"{"iss":"https://jwt-idp.example.com","sub":"mailto:mike@example.com","aud":"https://jwt-rp.example.net","exp":1300819380,"nbf":1300815780,"http://claims.example.com/member":true}"#
        );
    }
}
