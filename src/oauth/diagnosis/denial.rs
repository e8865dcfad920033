//! What a place that takes tokens says of one that it refuses: in its challenges (RFC 6750 §3, RFC 9449 §7.1), since its body is
//! often empty. And what to do about it.

use std::time::SystemTime;

use super::client::roughly;
use super::words::Words;
use crate::oauth::challenge::{Challenge, challenges};
use crate::oauth::reply::{OAuthError, fit_to_tell};
use crate::oauth::{Request, dpop, jwt};
use crate::problem::Problem;
use crate::secret::{Redactor, Secret};
use crate::text::{capped, excerpt};
use crate::wire::Url;

/// What it says.
#[derive(Debug, Default)]
pub struct Denial {
    oauth: OAuthError,
    /// The scope that it wants, as it may be told.
    scope: Option<String>,
    challenges: Vec<Challenge>,
}

/// What was refused.
#[derive(Clone, Copy)]
pub struct Refused<'a> {
    /// How the token was asked for, if it was.
    pub request: Option<&'a Request>,
    /// The token.
    pub token: &'a Secret,
    /// When it expires, if that is known.
    pub expires_at: Option<SystemTime>,
    /// It went out with a proof of its key.
    pub is_bound: bool,
    /// Where it was sent.
    pub url: &'a Url,
    /// This machine's clock.
    pub now: SystemTime,
}

impl Denial {
    /// Reads what stands in the header fields of an answer. What it quotes loses the secrets that `redactor` knows.
    pub fn read(headers: &[(String, String)], redactor: &Redactor) -> Self {
        let challenges = challenges(headers);
        let has_error = |challenge: &&Challenge| challenge.get("error").is_some();
        let find = |is_it: &dyn Fn(&&Challenge) -> bool| challenges.iter().find(is_it);
        let said = find(&|challenge| challenge.is_for_token() && has_error(challenge))
            .or_else(|| find(&has_error))
            .or_else(|| find(&|challenge| challenge.is_for_token()));
        let told = |name: &str| said.and_then(|said| said.get(name)).map(|value| fit_to_tell(value, redactor));
        let oauth = OAuthError {
            error: told("error"),
            description: told("error_description"),
            uri: told("error_uri"),
            ids: Vec::new(),
        };
        Self { oauth, scope: told("scope"), challenges }
    }

    /// `problem` with what is said.
    pub fn tell(&self, problem: Problem) -> Problem {
        let is_silent = self.oauth == OAuthError::default();
        let problem = if is_silent { problem } else { self.oauth.tell(problem) };
        problem.causes(self.scope.as_ref().map(|scope| format!("it wants the scope '{scope}'")))
    }

    /// What to do about it, most likely first; nothing where nothing is said.
    pub fn hints(&self, status: u16, known: &Refused<'_>) -> Vec<String> {
        let code = self.oauth.error.as_deref().unwrap_or_default();
        let is = |name: &str| code.eq_ignore_ascii_case(name);
        let standard = ["invalid_token", "invalid_request", "insufficient_scope"].iter().any(|name| is(name));
        let words =
            Words::of([if standard { "" } else { code }, self.oauth.description.as_deref().unwrap_or_default()]);
        if let Some(hint) = self.of_scheme(status, &words, known) {
            return vec![hint];
        }
        if is(dpop::INVALID_PROOF) {
            let clock = "the proof of possession is refused: is this machine's clock right (clock_offset), and does a proxy in between change the address?";
            return vec![clock.to_owned()];
        }
        if is("insufficient_scope") || status == 403 && self.scope.is_some() {
            return vec![self.of_scope(known)];
        }
        of_words(&words, known).into_iter().collect()
    }

    /// What the schemes alone tell.
    fn of_scheme(&self, status: u16, words: &Words, known: &Refused<'_>) -> Option<String> {
        let has = |scheme: &str| self.challenges.iter().any(|challenge| challenge.is(scheme));
        let (takes_bound, takes_bearer) = (has(dpop::TOKEN_TYPE), has(crate::oauth::challenge::BEARER));
        let host = known.url.authority();
        if status != 401 || self.challenges.is_empty() {
            return None;
        }
        if !takes_bound && !takes_bearer && self.oauth.error.is_none() {
            let mut schemes: Vec<_> = self.challenges.iter().map(|challenge| excerpt(&challenge.scheme, 30)).collect();
            schemes.dedup();
            schemes.truncate(5);
            return Some(format!(
                "{host} asks for {} there, and for no token: is that the address?",
                schemes.join(", ")
            ));
        }
        let wants_bound = takes_bound && !takes_bearer || words.speak_of(" dpop |proof of possession");
        match known.is_bound {
            false if wants_bound => Some(match known.request {
                Some(_) => format!(
                    "{host} wants tokens that are bound to a key (DPoP, RFC 9449): --dpop, or dpop: true in the profile"
                ),
                None => format!("{host} wants a token that is bound to a key, with a proof of that (DPoP, RFC 9449)"),
            }),
            true if takes_bearer && !takes_bound && self.oauth.error.is_none() => Some(format!(
                "{host} may take no tokens that are bound to a key (DPoP): --no-dpop asks for one that is not"
            )),
            _ => None,
        }
    }

    /// The scope that it takes, in the flag that asks for it together with what was asked for before.
    fn of_scope(&self, known: &Refused<'_>) -> String {
        const MOST: usize = 40;
        let Some(request) = known.request else {
            return "the token lacks a scope: get another one".to_owned();
        };
        let is_scope = |word: &&str| {
            (1..=200).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'\'' | b'*'))
        };
        // Keycloak's userinfo endpoint names it in its words alone.
        let description = self.oauth.description.as_deref().unwrap_or_default();
        let in_words = description.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| *word == "openid");
        let wanted = self.scope.as_deref().or(in_words).unwrap_or_default().split(' ').filter(is_scope).take(MOST);
        let missing: Vec<_> = wanted.filter(|word| !request.scope.iter().any(|own| own == word)).collect();
        let who = request.client.as_ref().map_or("who asks".to_owned(), |client| format!("client '{}'", client.id));
        if missing.is_empty() {
            let asked = match request.scope.is_empty() {
                true => "no scope was asked for".to_owned(),
                false => format!("the token was asked for with scope '{}'", request.scope.join(" ")),
            };
            return match self.scope {
                Some(_) => format!("{asked}: -o json shows what was granted; may {who} have it?"),
                None => format!("{asked}: --scope asks for more"),
            };
        }
        let mut all: Vec<&str> = request.scope.iter().map(String::as_str).collect();
        all.extend(
            missing.iter().enumerate().filter(|(at, word)| !missing[..*at].contains(word)).map(|(_, word)| *word),
        );
        let flag = format!("--scope '{}'", all.join(" "));
        match request.grant.kind.person {
            Some(_) => format!("log in again with {flag}, or scope: {} in the profile", all.join(" ")),
            None => format!("ask for it: {flag}"),
        }
    }
}

/// What the server's own words lead to.
fn of_words(words: &Words, known: &Refused<'_>) -> Option<String> {
    let claims = jwt::claims(known.token.expose());
    let host = known.url.authority();
    let issuer = claims.as_ref().and_then(|claims| claims.string("iss")).map(|iss| excerpt(&iss, 200));
    let issuer = issuer.or_else(|| Some(known.request?.server.url().without_query().to_owned()));
    let of_issuer = issuer.map_or(String::new(), |issuer| format!(" of {issuer}"));
    if words.speak_of("audience| aud |intended for") {
        let named = claims.as_ref().map(jwt::audience).unwrap_or_default();
        let named: Vec<_> = named.iter().take(5).map(|name| excerpt(name, 100)).collect();
        let is_for = match &*named {
            [] => "the token is for somebody else".to_owned(),
            named => format!("the token is for {}", named.join(", ")),
        };
        return Some(match known.request {
            Some(request) if request.audience.is_empty() && request.resource.is_empty() => {
                let scheme = known.url.as_str().split("://").next().unwrap_or("https");
                format!("{is_for}: ask for one that is for {host}, by --audience NAME or --resource {scheme}://{host}")
            }
            Some(request) => {
                let asked = request.audience.iter().chain(&request.resource).cloned().collect::<Vec<_>>().join("', '");
                format!("{is_for}, and was asked for with '{}': does {host} go by another name?", capped(&asked, 300))
            }
            None => is_for,
        });
    }
    if words.speak_of("expired|expiry|expiration|too old|no longer valid|lifetime") {
        let left = known.expires_at.and_then(|at| at.duration_since(known.now).ok());
        return Some(match (left, known.request) {
            (Some(left), _) if !left.is_zero() => format!(
                "by this machine's clock the token is good for another {}: compare the clock of {host} with that of the server that made it",
                roughly(left)
            ),
            (_, Some(_)) => "--force-new asks for another token".to_owned(),
            (_, None) => "get another token".to_owned(),
        });
    }
    if words.speak_of("issuer| iss ") {
        return Some(format!(
            "does {host} take tokens{of_issuer}? look for the issuer, realm or tenant in its settings"
        ));
    }
    if words.speak_of("signature|signing key| kid |jwks|public key") {
        return Some(format!("{host} could not check who signed the token: does it have the keys{of_issuer}?"));
    }
    if words.speak_of("revoked|inactive|not active|terminated|logged out|session not found") {
        return Some("the server that made the token may have ended it: oauth2tok introspect asks it".to_owned());
    }
    if words.speak_of("malformed|not a jwt|invalid jwt|jwt format|parse|decode") && claims.is_none() {
        return Some(format!(
            "{host} may want a JWT, and the token is none: some servers make one where an audience is asked for (--audience, --resource)"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::oauth::grant::refresh_token;
    use crate::oauth::tests as sample;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn hints(status: u16, challenge: &str, change: impl FnOnce(&mut Refused<'_>)) -> Vec<String> {
        let headers = [("www-authenticate".to_owned(), challenge.to_owned())];
        let (request, url) = (sample::request(), sample::url("https://api.example/x"));
        let token = Secret::new("opaque");
        let (request, token) = (Some(&request), &token);
        let mut known = Refused { request, token, expires_at: None, is_bound: false, url: &url, now: NOW };
        change(&mut known);
        Denial::read(&headers, &Redactor::default()).hints(status, &known)
    }

    #[test]
    fn the_servers_words_lead_to_what_can_be_done() {
        let token = |words: &str| format!(r#"Bearer error="invalid_token", error_description="{words}""#);
        for (status, challenge, expected) in [
            (401, token("token expired"), Some("--force-new asks for another token")),
            (401, token("token has been revoked"), Some("the server that made the token may have ended it")),
            (401, token("Invalid audience"), Some("ask for one that is for api.example")),
            (401, token("issuer not trusted"), Some("does api.example take tokens of https://idp.example/token?")),
            (401, token("signature verification failed"), Some("does it have the keys of https://idp.example/token?")),
            (401, token("malformed jwt, cannot parse"), Some("api.example may want a JWT")),
            (401, token("a DPoP bound token is needed"), Some("--dpop")),
            (401, token("no"), None),
            (401, r#"DPoP error="invalid_dpop_proof""#.to_owned(), Some("api.example wants tokens that are bound")),
            (401, "Bearer".to_owned(), None),
            (401, "Digest realm=a".to_owned(), Some("api.example asks for Digest there")),
            (403, r#"Bearer scope="a b a""#.to_owned(), Some("ask for it: --scope 'a b'")),
            (403, r#"Bearer error="insufficient_scope", scope="'$(x)' \\ c""#.to_owned(), Some("--scope 'c'")),
            (
                403,
                r#"Bearer error="insufficient_scope", error_description="Missing openid scope""#.to_owned(),
                Some("ask for it: --scope 'openid'"),
            ),
            (
                403,
                r#"Bearer error="insufficient_scope""#.to_owned(),
                Some("no scope was asked for: --scope asks for more"),
            ),
            (500, String::new(), None),
        ] {
            let found = hints(status, &challenge, |_| {});
            match expected {
                Some(words) => assert!(found.len() == 1 && found[0].contains(words), "{challenge}: {found:?}"),
                None => assert!(found.is_empty(), "{challenge}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_went_out_counts_as_well() {
        let proof = r#"DPoP error="invalid_dpop_proof", error_description="iat""#;
        let found = hints(401, proof, |known| known.is_bound = true);
        assert!(found.len() == 1 && found[0].contains("clock_offset"), "{found:?}");
        let found = hints(401, "Bearer", |known| known.is_bound = true);
        assert!(found.len() == 1 && found[0].contains("--no-dpop"), "{found:?}");
        let expired = r#"Bearer error="invalid_token", error_description="expired""#;
        let found = hints(401, expired, |known| known.expires_at = Some(NOW + Duration::from_secs(60)));
        assert!(found.len() == 1 && found[0].contains("good for another 1m"), "{found:?}");
        let found = hints(401, expired, |known| known.request = None);
        assert_eq!(found, ["get another token"]);
        let grant = sample::grant(&refresh_token::KIND, &["r"]);
        let scope = vec!["a".to_owned()];
        let asked = Request { grant, scope, ..sample::request() };
        let url = sample::url("https://api.example/x");
        let token = Secret::new("opaque");
        let known =
            Refused { request: Some(&asked), token: &token, expires_at: None, is_bound: false, url: &url, now: NOW };
        let headers = [("www-authenticate".to_owned(), r#"Bearer error="insufficient_scope", scope="b a""#.to_owned())];
        let denial = Denial::read(&headers, &Redactor::default());
        assert_eq!(denial.hints(403, &known), ["ask for it: --scope 'a b'"]);
    }
}
