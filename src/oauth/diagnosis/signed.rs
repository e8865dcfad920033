//! What was signed, or said by a token that somebody else made, and was refused: what it said, for whoever compares it with
//! what the server knows, and the clock that dated it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::client::roughly;
use super::meaning::Meaning;
use super::words::{Said, Words, list};
use super::{Circumstances, client};
use crate::crypto;
use crate::jose::Alg;
use crate::oauth::client::Signs;
use crate::oauth::post::Statement;
use crate::oauth::{Server, jwt};

/// A difference of clocks beyond this upsets servers that look at the dates of assertions and proofs: they live for a minute,
/// and Date is cut to the second.
const TOLERANCE: Duration = Duration::from_secs(10);

/// Keycloak takes an assertion for so long from its `iat`.
const SHORT_LIFE: Duration = Duration::from_secs(60);

/// What is wrong with a JWT, as far as the words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It was used before.
    Replayed,
    /// A proof is for another request.
    Place,
    /// It lives too long, or its end is too far away.
    TooLong,
    /// It is dated later than now,
    Ahead,
    /// it is too old,
    Behind,
    /// or one of both.
    Time,
    /// It is for somebody else.
    Audience,
    /// It is signed in another way.
    Alg,
    /// It is signed with another key, or the key is not found.
    Key,
    /// It speaks of somebody else.
    Speaker,
    /// Entra: no federated credential fits it.
    Federated,
}

/// Entra's numbers.
const NUMBERS: &[(&str, Fault)] = &[
    ("70021 700211 700212 700213 7002137 7002138", Fault::Federated),
    ("700024 500133 1000502", Fault::Time),
    ("700023 500131", Fault::Audience),
    ("700027 50013 700030", Fault::Key),
    ("700021 700222", Fault::Speaker),
];

/// The first row of which each text is spoken counts.
const FAULTS: &[(&str, Fault)] = &[
    ("already|reuse|replay|used once", Fault::Replayed),
    (" htu | htm |http url|url mismatch|method mismatch", Fault::Place),
    ("too far in the future|too long|short lived|lifetime|exceed", Fault::TooLong),
    ("in the future|not yet|not before|used before| nbf ", Fault::Ahead),
    ("in the past|expired|too old|has passed|no longer valid", Fault::Behind),
    ("not active|recent enough|time range|timeframe| iat | exp |expir|clock|issued at|timestamp", Fault::Time),
    ("audience| aud ", Fault::Audience),
    (" alg |algorithm", Fault::Alg),
    ("signature| kid |public key|key not found|no key|no matching key| jwk|x5t|thumbprint|signing key", Fault::Key),
    (" iss |issuer| sub |subject|application identifier|account not found", Fault::Speaker),
];

/// What to do where something that was signed is meant, `usual` being the advice that says nothing of it. `None` where it is
/// not.
pub(super) fn hints(
    said: &Said<'_>,
    meaning: Option<Meaning>,
    usual: impl FnOnce() -> Vec<String>,
    known: &Circumstances<'_>,
) -> Option<Vec<String>> {
    // A code of an error is a refusal under any status.
    let is_judged = match said.status {
        404 | 408 | 425 | 429 => false,
        400..=500 => true,
        200..400 => !said.code.are(""),
        _ => false,
    };
    let accused = accused(said, known).filter(|_| is_judged)?;
    let fault = fault(said.words);
    let is_foreign = accused.header.is_none();
    let first = match meaning {
        Some(meaning) if speaks_of_else(meaning, fault) => return None,
        Some(
            Meaning::NotInAudience
            | Meaning::OtherIssuer
            | Meaning::ClientUnknown
            | Meaning::ClientDisabled
            | Meaning::OtherMethod
            | Meaning::Parameter
            | Meaning::SecretExpired
            | Meaning::GrantNotAllowed,
        ) if is_foreign || fault.is_none() => usual(),
        Some(Meaning::GrantRefused) if is_foreign && fault.is_none() => usual(),
        _ => Vec::new(),
    };
    let of_method = known.request.client.as_ref().filter(|client| client.kind.signs.is_some() && fault.is_none());
    let of_method = of_method.and_then(|client| client::unlisted(client, known.metadata));
    let told = match accused {
        proof if proof.name == "DPoP" => of_proof(proof, fault, said, known),
        foreign if is_foreign => of_foreign(foreign, fault, known),
        own => of_own(own, fault, said, known),
    };
    let others = known.sent.statements.iter().filter(|other| other.name != accused.name && fault.is_none());
    let others = others.flat_map(|other| match &other.header {
        None => vec![described(other, known)],
        Some(_) if is_foreign && !said.code.speak_of("invalid grant|access denied") => of_own(other, None, said, known),
        Some(_) => Vec::new(),
    });
    let unknown = known.request.client.as_ref().filter(|_| fault.is_none() && meaning == Some(Meaning::ClientRefused));
    let unknown = unknown.map(|client| {
        format!(
            "check client_id '{}' too: it may be unknown there, switched off, or registered for another method",
            client.id
        )
    });
    Some(first.into_iter().chain(of_method).chain(told).chain(others).chain(unknown).collect())
}

/// True for what is nobody's business who signs.
fn speaks_of_else(meaning: Meaning, fault: Option<Fault>) -> bool {
    match meaning {
        Meaning::AssertionWanted
        | Meaning::ClientRefused
        | Meaning::ClientMissing
        | Meaning::ClientIdMissing
        | Meaning::ClientUnknown
        | Meaning::ClientDisabled
        | Meaning::SecretRefused
        | Meaning::SecretExpired
        | Meaning::OtherMethod
        | Meaning::EncodingRefused
        | Meaning::DpopWanted
        | Meaning::GrantRefused
        | Meaning::GrantNotAllowed
        | Meaning::RefreshTokenReused
        | Meaning::NotInAudience
        | Meaning::OtherIssuer
        | Meaning::Parameter
        | Meaning::RequestRefused => false,
        Meaning::CertificateWanted | Meaning::Audience | Meaning::AccountLocked | Meaning::TenantUnknown => {
            fault.is_none()
        }
        _ => true,
    }
}

/// The JWT that the answer is about.
fn accused<'a>(said: &Said<'_>, known: &Circumstances<'a>) -> Option<&'a Statement> {
    let Said { code, words, .. } = said;
    let find = |name: &str| known.sent.statements.iter().find(|statement| statement.name == name);
    let traded = ["assertion", "subject_token", "actor_token"];
    let of_grant = || traded.iter().find_map(|name| find(name));
    if words.speak_of("dpop| proof ") {
        return find("DPoP");
    }
    if words.speak_of("client assertion") {
        return find("client_assertion").or_else(of_grant);
    }
    if let Some(named) = ["subject token", "actor token"].into_iter().find(|name| words.speak_of(name)) {
        return find(&named.replace(' ', "_"));
    }
    let request = known.request;
    let asks_for_api = !request.audience.is_empty() || !request.resource.is_empty();
    if asks_for_api && words.speak_of("requested audience|audience not|unknown audience|invalid target|whitelisted") {
        return None;
    }
    if code.speak_of("access denied") || words.speak_of("within the token audience") {
        return of_grant().or_else(|| find("client_assertion"));
    }
    if code.speak_of("invalid grant") {
        // What a grant trades that is no JWT is what the code is about.
        let trades = request.grant.parts.iter().any(|part| part.need.is_secret);
        return of_grant().or_else(|| find("client_assertion").filter(|_| !trades));
    }
    // Who the client is, is another code's business.
    if code.speak_of("invalid request|invalid token")
        && let Some(traded) = of_grant()
    {
        return Some(traded);
    }
    find("client_assertion").or_else(of_grant).or_else(|| find("DPoP"))
}

fn fault(words: &Words) -> Option<Fault> {
    if let Some(number) = words.rest_of(" aadsts") {
        return NUMBERS
            .iter()
            .find(|(numbers, _)| numbers.split(' ').any(|one| one == number))
            .map(|(_, fault)| *fault);
    }
    FAULTS.iter().find(|(texts, _)| words.speak_of(texts)).map(|(_, fault)| *fault)
}

// ---------------------------------------------------------------------------------------------------- what we made and signed

fn of_own(own: &Statement, fault: Option<Fault>, said: &Said<'_>, known: &Circumstances<'_>) -> Vec<String> {
    let unlisted = unlisted_alg(own, known);
    let clock = || clock(fault, said.status, known);
    let behind_proxy = || BEHIND_PROXY.to_owned();
    match fault {
        Some(Fault::Audience) => match wanted_audience(own, said, known) {
            Some(flag) => vec![flag],
            None => vec![audience(own, known), behind_proxy()],
        },
        Some(Fault::TooLong) => {
            let shorter = "some servers take no assertion that lives for long: leave assertion_lifetime out (60 s)";
            clock().into_iter().chain([shorter.to_owned()]).collect()
        }
        Some(Fault::Ahead | Fault::Behind | Fault::Time) => clock().into_iter().collect(),
        Some(Fault::Replayed) => vec![
            "each request goes out with a jti of its own: leave jti out of assertion_claims, or something in between repeats requests"
                .to_owned(),
        ],
        Some(Fault::Alg) => vec![unlisted.unwrap_or_else(|| alg(own, known))],
        Some(Fault::Key) => unlisted.into_iter().chain(key(own, known)).collect(),
        Some(Fault::Speaker | Fault::Federated) => {
            [speaker(own)].into_iter().chain([audience(own, known)]).chain(key(own, known)).collect()
        }
        Some(Fault::Place) | None => {
            let mut hints: Vec<_> = clock().into_iter().chain(unlisted).collect();
            hints.push(audience(own, known));
            hints.extend(key(own, known));
            // A grant's speaker is somebody's choice; a client's is its id.
            if own.name == "assertion" {
                hints.insert(hints.len() - 1, speaker(own));
            }
            hints
        }
    }
}

const BEHIND_PROXY: &str = "a server behind a proxy may know itself by another address: its metadata's 'issuer' says by which (--issuer, or --assertion-audience with that text)";

/// What to write where the words name an audience that can be had.
fn wanted_audience(own: &Statement, said: &Said<'_>, known: &Circumstances<'_>) -> Option<String> {
    let sent = own.claims.string("aud").unwrap_or_default();
    let endpoint = &*known.url();
    let issuer = issuer(known);
    let named = |address: &str| names(said.raw, address) && sent != address;
    let by_word = |words: &str| said.words.speak_of(words);
    // The issuer may be a beginning of the endpoint, so that the longer one is looked for first.
    if named(endpoint)
        || sent != endpoint && by_word("token endpoint|endpoint invoked|endpoint url|token url") && !by_word("issuer")
    {
        return Some("the server wants its token endpoint as audience: --assertion-audience token_endpoint".to_owned());
    }
    let issuer = issuer.filter(|issuer| sent != *issuer)?;
    (named(issuer) || by_word("issuer"))
        .then(|| "the server wants its issuer as audience: --assertion-audience issuer".to_owned())
}

/// True where `text` holds this address and no longer one.
fn names(text: &str, address: &str) -> bool {
    let continues = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '%' | '?' | ':');
    let ends = |rest: &str| match rest.strip_prefix(['.', '/']) {
        Some(more) => !rest.starts_with('/') && !more.starts_with(continues),
        None => !rest.starts_with(continues),
    };
    text.match_indices(address).any(|(at, found)| ends(&text[at + found.len()..]))
}

fn issuer<'a>(known: &Circumstances<'a>) -> Option<&'a str> {
    match &known.request.server {
        Server::Issuer(issuer) => Some(issuer.as_str()),
        Server::Endpoint(_) => None,
    }
}

/// The audience that was sent, and the other value.
fn audience(own: &Statement, known: &Circumstances<'_>) -> String {
    let sent = own.claims.string("aud");
    let endpoint = &*known.url();
    let other = match (issuer(known), sent.as_deref()) {
        (Some(_), Some(sent)) if sent == endpoint => "--assertion-audience issuer",
        (None, Some(sent)) if sent == endpoint => "--issuer ISSUER, or --assertion-audience ISSUER",
        (Some(issuer), Some(sent)) if sent != issuer => "--assertion-audience issuer or token_endpoint",
        _ => "--assertion-audience token_endpoint",
    };
    let sent = own.claims.raw("aud").map_or("without aud".to_owned(), |aud| format!("with aud {aud}"));
    format!("the {} went out {sent}: if the server wants to be called otherwise, try {other}", own.name)
}

/// Who speaks, and of whom.
fn speaker(own: &Statement) -> String {
    let says = |name: &str| own.claims.raw(name).map(|value| format!("{name} {value}"));
    let said: Vec<_> = ["iss", "sub", "scope"].into_iter().filter_map(says).collect();
    let check = match own.name {
        "assertion" => "assertion_issuer, --assertion-subject and what the server allows them",
        _ => "--client-id",
    };
    format!("the {} says {}: check {check}", own.name, said.join(", "))
}

/// The key, by everything that it may be registered under.
fn key(own: &Statement, known: &Circumstances<'_>) -> Vec<String> {
    let header = |name: &str| own.header.as_ref().and_then(|header| header.string(name));
    let alg = header("alg").unwrap_or_default();
    if let Some(client) = &known.request.client
        && client.kind.signs == Some(Signs::WithSecret)
        && own.name == "client_assertion"
    {
        let shapes = client::shapes(client);
        let check = format!("{alg} was keyed with the client_secret of client '{}': check that", client.id);
        return shapes.into_iter().chain([check]).collect();
    }
    let kid = header("kid").map_or("no kid (--key-id gives one)".to_owned(), |kid| format!("kid '{kid}'"));
    let thumbprint = known.sent.thumbprint.as_deref();
    let thumbprint = thumbprint.map_or(String::new(), |print| format!(" and the thumbprint {print} (RFC 7638)"));
    let mut hints = vec![format!(
        "the key that signed, by {alg}, has {kid}{thumbprint}: compare it with what is registered for {}",
        known.who_signs(own)
    )];
    if let Some(der) = known.sent.certificate {
        let digests = crypto::fingerprints(der);
        let shown = match (header("x5t"), header("x5t#S256")) {
            (Some(_), Some(_)) => "x5t and x5t#S256 were",
            (Some(_), None) => "x5t (SHA-1) was",
            (None, Some(_)) => "x5t#S256 was",
            (None, None) => "neither was",
        };
        hints.push(format!(
            "its certificate has {digests}; {shown} sent: x5t: sha1, sha256 or both in the profile chooses"
        ));
    }
    hints
}

/// The algorithm where metadata does not list it.
fn unlisted_alg(own: &Statement, known: &Circumstances<'_>) -> Option<String> {
    let listed = known.metadata?.assertion_algs.as_ref().filter(|_| own.name == "client_assertion")?;
    let sent = own.header.as_ref()?.string("alg")?;
    if listed.contains(&sent) {
        return None;
    }
    // Only a name that is known here: theirs could be anything, and is there to be typed.
    let other = listed.iter().find(|name| Alg::find(name).is_some() && is_of_same_key(name, &sent));
    let other = other.map_or(String::new(), |name| format!(": try --signing-alg {name}"));
    Some(format!("the assertion is signed by {sent}, and the server's metadata lists {}{other}", list(listed)))
}

fn is_of_same_key(name: &str, other: &str) -> bool {
    let kind = |name: &str| match name.as_bytes() {
        [b'R' | b'P', b'S', ..] => 1,
        [b'H', b'S', ..] => 2,
        [b'E', b'd', ..] => 3,
        _ => 0,
    };
    kind(name) > 0 && kind(name) == kind(other)
}

fn alg(own: &Statement, known: &Circumstances<'_>) -> String {
    let sent = own.header.as_ref().and_then(|header| header.string("alg")).unwrap_or_default();
    let other = match sent.get(..2) {
        Some("RS") => "--signing-alg PS256",
        Some("PS") => "--signing-alg RS256",
        Some("HS") => "--signing-alg HS256, HS384 or HS512",
        Some("Ed") => "--signing-alg Ed25519 or EdDSA, or a key of another kind",
        _ => "a key of another kind",
    };
    format!("signed by {sent}: {} may be registered for another: {other}", known.who_signs(own))
}

// ------------------------------------------------------------------------------------------------------------------- clocks

/// What of the clock that dated it can be said: how far it is from the server's, else what the server's words say of it.
fn clock(fault: Option<Fault>, status: u16, known: &Circumstances<'_>) -> Option<String> {
    let offset = known.sent.clock_offset;
    let shifted = |by: i64| {
        let span = Duration::from_millis(by.unsigned_abs());
        if by < 0 { known.now.checked_sub(span) } else { known.now.checked_add(span) }.unwrap_or(known.now)
    };
    let signed = shifted(offset);
    let included =
        if offset == 0 { String::new() } else { format!(", clock_offset {} included,", signed_span(offset)) };
    if let Some(server) = known.server_clock {
        let ahead = millis(signed) - millis(server);
        if ahead.unsigned_abs() > TOLERANCE.as_millis() {
            let right = -(millis(known.now) - millis(server)) / 1000 * 1000;
            let way = match right.unsigned_abs() > TOLERANCE.as_millis() {
                false => "leave clock_offset out".to_owned(),
                true => format!(
                    "set it right, or write clock_offset: {} into the profile",
                    signed_span(i64::try_from(right).unwrap_or(0))
                ),
            };
            let direction = if ahead > 0 { "ahead of" } else { "behind" };
            let span = Duration::from_millis(u64::try_from(ahead.unsigned_abs()).unwrap_or(u64::MAX));
            return Some(format!(
                "this machine's clock{included} is {} {direction} the server's: {way}",
                roughly(span)
            ));
        }
    }
    let time = humantime::format_rfc3339_seconds(signed);
    let remedy = if offset == 0 { "write clock_offset: " } else { "mend clock_offset: add " };
    let agrees = known.server_clock.is_some();
    match fault {
        Some(_) if agrees => Some(format!(
            "it was dated {time}, and the clock agrees with the server's Date: check assertion_lifetime, iat and exp"
        )),
        Some(Fault::Ahead) => Some(format!(
            "the server's clock is behind this machine's{included} which dated it {time}: set them right, or {remedy}-1m in the profile"
        )),
        Some(Fault::Behind) => Some(format!(
            "the server's clock is ahead of this machine's{included} which dated it {time}: set them right, or {remedy}1m in the profile"
        )),
        Some(Fault::TooLong | Fault::Time) => Some(format!(
            "check this machine's clock{included} which dated it {time}; clock_offset in a profile moves it"
        )),
        _ if status == 500 => Some(format!(
            "some servers answer 500 to what has expired or is dated ahead of their clock: check this machine's{included} which dated it {time}; clock_offset in a profile moves it"
        )),
        _ => None,
    }
}

fn millis(at: SystemTime) -> i128 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| i128::try_from(since.as_millis()).unwrap_or(i128::MAX))
}

/// As `clock_offset` is written.
fn signed_span(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    format!(
        "{sign}{}",
        humantime::format_duration(Duration::from_millis(millis.unsigned_abs())).to_string().replace(' ', "")
    )
}

// -------------------------------------------------------------------------------------------------- what somebody else made

fn of_foreign(foreign: &Statement, fault: Option<Fault>, known: &Circumstances<'_>) -> Vec<String> {
    let name = foreign.name;
    let first = match fault {
        Some(Fault::Federated) => Some(format!(
            "a federated credential of {} must have the iss, sub and aud of the {name}, letter by letter, capitals too",
            known.who()
        )),
        Some(Fault::Replayed) => Some(format!(
            "the server takes each {name} once: have a new one made for each request, {name}: command:CMD"
        )),
        Some(Fault::Audience) if name.ends_with("assertion") => Some(format!(
            "have the {name} made for {}: its aud must name that server, by its issuer or its token endpoint",
            known.url()
        )),
        _ => None,
    };
    first.into_iter().chain([described(foreign, known)]).collect()
}

/// Who speaks in it, of whom, to whom, and its times.
fn described(foreign: &Statement, known: &Circumstances<'_>) -> String {
    let says = |name: &str| foreign.claims.raw(name).map(|value| format!("{name} {value}"));
    let mut said: Vec<_> = ["iss", "sub", "aud"].into_iter().filter_map(says).collect();
    let at = |name: &str| {
        let seconds = foreign.claims.get(name)?.as_f64()?;
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds.trunc()).ok()?)
    };
    let age = at("iat").and_then(|at| known.now.duration_since(at).ok());
    said.extend(age.map(|age| format!("iat {} ago", roughly(age))));
    let expiry = jwt::expiry(&foreign.claims);
    let has_expired = expiry.is_some_and(|at| at <= known.now);
    said.extend(expiry.map(|at| match at.duration_since(known.now) {
        Ok(left) => format!("exp in {}", roughly(left)),
        Err(past) => format!("exp {} ago", roughly(past.duration())),
    }));
    let said = if said.is_empty() { "nothing of iss, sub, aud and exp".to_owned() } else { said.join(", ") };
    let is_old = has_expired || age.is_some_and(|age| age >= SHORT_LIFE) || foreign.name.ends_with("assertion");
    let fresh = format!(
        "; some servers take one once, and for 60 s from its iat (Keycloak; 300 s an identity provider's): a new one each time is {}: command:CMD",
        foreign.name
    );
    format!("the {} that was sent says {said}{}", foreign.name, if is_old { &fresh } else { "" })
}

// ------------------------------------------------------------------------------------------------------------------- proofs

fn of_proof(proof: &Statement, fault: Option<Fault>, said: &Said<'_>, known: &Circumstances<'_>) -> Vec<String> {
    let header = |name: &str| proof.header.as_ref().and_then(|header| header.string(name)).unwrap_or_default();
    let alg = || {
        format!(
            "the proof is signed by {}: the server may want another (dpop_alg), or dpop_key be another key",
            header("alg")
        )
    };
    let place = || {
        let htu = proof.claims.string("htu").unwrap_or_default();
        format!(
            "the proof is for POST {htu} (htu): a server behind a proxy may know itself by another address, by its metadata's 'issuer', or not be told by the proxy that it is https"
        )
    };
    let key = || {
        let print = known.sent.jkt.as_deref().unwrap_or_default();
        format!(
            "the key of the proofs has the thumbprint {print} (jkt): what is refreshed or traded may be bound to another key, which dpop_key names"
        )
    };
    let clock = || clock(fault, said.status, known);
    match fault {
        Some(Fault::Place) => vec![place()],
        Some(Fault::Alg) => vec![alg()],
        Some(Fault::Key) => vec![key(), alg()],
        Some(Fault::Replayed) => {
            vec!["each request goes out with a proof of its own: something in between repeats requests".to_owned()]
        }
        Some(Fault::Ahead | Fault::Behind | Fault::Time | Fault::TooLong) => clock().into_iter().collect(),
        _ => clock().into_iter().chain([place(), alg(), key()]).collect(),
    }
}

impl Circumstances<'_> {
    /// Whose key it is that signed.
    fn who_signs(&self, own: &Statement) -> String {
        match own.name {
            "assertion" => own.claims.string("iss").map_or_else(|| self.who(), |issuer| format!("'{issuer}'")),
            _ => self.who(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{URL, compare, metadata, of, refused};
    use super::super::{Sent, hints};
    use super::*;
    use crate::json::Members;
    use crate::oauth::client::{assertion, certificate};
    use crate::oauth::discovery::{Issuer, Metadata};
    use crate::oauth::grant::{jwt_bearer, refresh_token, token_exchange};
    use crate::oauth::reply::{OAuthError, ResponseError};
    use crate::oauth::tests as sample;
    use crate::oauth::{Client, Request};
    use crate::wire::Url;

    const NOW: u64 = 1_000_000;
    const ISSUER: &str = "https://idp.example";

    fn jwt(name: &'static str, header: Option<&str>, claims: &str) -> Statement {
        let members = |text: &str| Members::parse(text).unwrap().unwrap();
        Statement { name, header: header.map(members), claims: members(claims), expired: None }
    }

    /// What client `ci` says of itself to the token endpoint.
    fn own() -> Statement {
        jwt(
            "client_assertion",
            Some(r#"{"alg":"RS256","typ":"JWT","kid":"k1"}"#),
            &format!(r#"{{"iss":"ci","sub":"ci","aud":"{URL}","iat":999995,"exp":1000055,"jti":"x"}}"#),
        )
    }

    /// What a platform says of a job.
    fn foreign(name: &'static str) -> Statement {
        jwt(name, None, r#"{"iss":"https://ci.example","sub":"repo:a","aud":"idp","iat":999920,"exp":1000220}"#)
    }

    fn proof() -> Statement {
        jwt(
            "DPoP",
            Some(r#"{"typ":"dpop+jwt","alg":"ES256"}"#),
            &format!(r#"{{"htm":"POST","htu":"{URL}","iat":1000000}}"#),
        )
    }

    fn signing() -> Request {
        let client = Client { parts: Vec::new(), ..sample::client(&assertion::PRIVATE_KEY, "ci", "") };
        Request { client: Some(client), ..sample::request() }
    }

    fn by_issuer(request: Request) -> Request {
        Request { server: Server::Issuer(Issuer::parse(ISSUER).unwrap()), ..request }
    }

    /// A case: what is known beside the words.
    struct Case<'a> {
        request: Request,
        sent: Vec<Statement>,
        offset: i64,
        server_clock: Option<u64>,
        metadata: Option<&'a Metadata>,
        certificate: Option<&'a [u8]>,
        shown: Vec<Vec<u8>>,
    }

    impl Case<'_> {
        fn of(request: Request, sent: Vec<Statement>) -> Self {
            Self { request, sent, offset: 0, server_clock: None, metadata: None, certificate: None, shown: Vec::new() }
        }

        fn hints(&self, error: &ResponseError) -> Vec<String> {
            let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
            let sent = Sent {
                is_unseen: false,
                statements: &self.sent,
                thumbprint: Some("thumb".into()),
                certificate: self.certificate,
                jkt: Some("jkt-1".into()),
                clock_offset: self.offset,
                shown: &self.shown,
            };
            let endpoint = Url::parse(URL).unwrap();
            let server_clock = self.server_clock.map(at);
            let known = Circumstances {
                request: &self.request,
                endpoint: Some(&endpoint),
                of: None,
                metadata: self.metadata,
                now: at(NOW),
                server_clock,
                sent,
            };
            hints(error, &known)
        }

        #[track_caller]
        fn gives(&self, error: &ResponseError, expected: &[&str]) {
            let hints = self.hints(error);
            compare(&hints, expected, error);
            let without_secret = self.request.client.as_ref().is_none_or(|c| c.credential("client_secret").is_none());
            assert!(!without_secret || !hints.iter().any(|hint| hint.contains("secret")), "{hints:#?}");
        }
    }

    const AUD: &str = "went out with aud \"https://idp.example/token\": if the server wants to be called otherwise, try --issuer ISSUER, or --assertion-audience ISSUER";
    const CLIENT: &str = "check client_id 'ci' too";
    const KEY: &str = "the key that signed, by RS256, has kid 'k1' and the thumbprint thumb (RFC 7638): compare it with what is registered for client 'ci'";

    #[test]
    fn whatever_the_code_what_was_signed_is_told() {
        let case = Case::of(signing(), vec![own()]);
        for (status, code, words) in [
            (401, "invalid_client", ""),
            (401, "invalid_client", "client authentication failed"),
            (400, "invalid_request", ""),
            (400, "unauthorized_client", ""),
            (401, "unauthorized_client", "Invalid client or Invalid client credentials"),
            (400, "invalid_grant", ""),
            (403, "access_denied", "no"),
            (400, "E17", "no"),
            (400, "", ""),
            (401, "invalid_client", "The client secret is wrong"),
            (400, "invalid_client", "client_assertion is invalid"),
        ] {
            let usual = case.hints(&refused(status, code, words));
            let told: Vec<_> = usual.iter().filter(|hint| hint.contains(AUD) || hint.contains(KEY)).collect();
            assert!(told.len() == 2 && !usual.concat().contains("secret"), "{status} {code} {words}: {usual:#?}");
        }
        for status in [404, 408, 425, 429] {
            let told = case.hints(&refused(status, "invalid_client", ""));
            assert!(!told.iter().any(|hint| hint.contains(KEY)), "{status}: {told:#?}");
        }
        for (code, words) in [("invalid_scope", ""), ("unsupported_grant_type", ""), ("invalid_target", "")] {
            let told = case.hints(&refused(400, code, words));
            assert!(!told.is_empty() && !told.iter().any(|hint| hint.contains(KEY)), "{code}: {told:#?}");
        }
    }

    #[test]
    fn the_audience_that_the_words_name_is_what_to_write() {
        const ENDPOINT: &[&str] =
            &["the server wants its token endpoint as audience: --assertion-audience token_endpoint"];
        const TO_ISSUER: &[&str] = &["the server wants its issuer as audience: --assertion-audience issuer"];
        let to_issuer =
            || Statement { claims: Members::parse(&format!(r#"{{"aud":"{ISSUER}"}}"#)).unwrap().unwrap(), ..own() };
        let by_endpoint = Case::of(by_issuer(signing()), vec![to_issuer()]);
        let by_its_issuer = Case::of(by_issuer(signing()), vec![own()]);
        for words in [
            "Claim 'aud' from 'client_assertion' must match the authorization server's token endpoint 'https://idp.example/token'",
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
            "Invalid JWT: Failed audience check. The right audience is https://idp.example/token",
            "expected aud https://idp.example/token.",
        ] {
            by_endpoint.gives(&refused(401, "invalid_client", words), ENDPOINT);
        }
        for words in [
            "aud (JWT audience) must equal the issuer identifier url",
            "aud must be https://idp.example",
            "audience must be \"https://idp.example\"",
        ] {
            by_its_issuer.gives(&refused(401, "invalid_client", words), TO_ISSUER);
        }
        let invalid = refused(401, "invalid_client", "Invalid token audience");
        by_endpoint.gives(&invalid, &["with aud \"https://idp.example\": if the server wants to be called otherwise, try --assertion-audience token_endpoint", "behind a proxy"]);
        by_its_issuer.gives(&invalid, &["otherwise, try --assertion-audience issuer", "behind a proxy"]);
        Case::of(signing(), vec![own()]).gives(&invalid, &[AUD, "its metadata's 'issuer'"]);
        // What it names is no longer address, and what was sent already is no advice.
        let longer = refused(400, "invalid_client", "aud https://idp.example/token2 expected");
        by_endpoint.gives(&longer, &["try --assertion-audience token_endpoint", "behind a proxy"]);
        let same = refused(400, "invalid_client", "aud must be https://idp.example/token");
        by_its_issuer.gives(&same, &["try --assertion-audience issuer", "behind a proxy"]);
    }

    #[test]
    fn the_clock_that_signed_is_compared_or_the_servers_words_count() {
        let mut case = Case::of(signing(), vec![own()]);
        let expired = refused(401, "invalid_client", "Token is not active");
        case.gives(
            &expired,
            &["check this machine's clock which dated it 1970-01-12T13:46:40Z; clock_offset in a profile moves it"],
        );
        case.gives(
            &refused(401, "invalid_client", "Token was issued in the future"),
            &["the server's clock is behind this machine's which dated it"],
        );
        case.gives(
            &refused(401, "invalid_client", "Token was issued too far in the past to be used now"),
            &["the server's clock is ahead of this machine's"],
        );
        case.gives(
            &refused(
                400,
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            ),
            &["check this machine's clock", "leave assertion_lifetime out"],
        );
        case.gives(
            &refused(401, "invalid_client", "AADSTS700024: Client assertion is not within its valid time range."),
            &["check this machine's clock"],
        );
        case.server_clock = Some(NOW - 300);
        case.gives(&expired, &["this machine's clock is 5m ahead of the server's: set it right, or write clock_offset: -5m into the profile"]);
        case.gives(&refused(401, "invalid_client", ""), &["5m ahead of the server's", AUD, KEY, CLIENT]);
        case.server_clock = Some(NOW);
        case.offset = -300_000;
        case.gives(
            &expired,
            &["this machine's clock, clock_offset -5m included, is 5m behind the server's: leave clock_offset out"],
        );
        // Hydra says nothing at all.
        case.offset = 0;
        case.server_clock = None;
        let unrecognizable = refused(500, "error", "The error is unrecognizable");
        case.gives(
            &unrecognizable,
            &["some servers answer 500 to what has expired or is dated ahead", AUD, KEY, "trouble of the server's own"],
        );
        let oauth = OAuthError::default();
        let unavailable = ResponseError::Unavailable { status: 500, retry_after: None, oauth, body: None };
        case.gives(&unavailable, &["some servers answer 500", AUD, KEY, "try again later"]);
    }

    #[test]
    fn key_algorithm_and_certificate_are_told_by_what_they_are_registered_under() {
        let signature = refused(400, "invalid_grant", "Invalid JWT Signature.");
        let mut case = Case::of(signing(), vec![own()]);
        for words in
            ["signature verification failed", "Unable to load public key", "The client_assertion JWT kid is invalid."]
        {
            case.gives(&refused(401, "invalid_client", words), &[KEY]);
        }
        let nameless = jwt("client_assertion", Some(r#"{"alg":"PS256"}"#), "{}");
        Case::of(signing(), vec![nameless])
            .gives(&signature, &["by PS256, has no kid (--key-id gives one) and the thumbprint thumb"]);
        case.certificate = Some(b"der");
        case.gives(
            &refused(401, "invalid_client", "AADSTS700027: Client assertion failed signature validation."),
            &[KEY, "its certificate has SHA-1 "],
        );
        case.certificate = None;
        case.gives(
            &refused(400, "invalid_client", "Invalid signature algorithm"),
            &["signed by RS256: client 'ci' may be registered for another: --signing-alg PS256"],
        );
        let listing =
            Metadata { assertion_algs: Some(vec!["ES256".into(), "PS256".into()]), ..metadata(&["private_key_jwt"]) };
        case.metadata = Some(&listing);
        let unlisted = "signed by RS256, and the server's metadata lists ES256, PS256: try --signing-alg PS256";
        case.gives(&refused(400, "invalid_client", "alg mismatch"), &[unlisted]);
        case.gives(&refused(401, "invalid_client", ""), &[unlisted, AUD, KEY, CLIENT]);
        // What nobody knows is no name to be typed.
        let foreign = Metadata { assertion_algs: Some(vec!["PS256 --insecure".into()]), ..metadata(&[]) };
        case.metadata = Some(&foreign);
        let told = case.hints(&refused(400, "invalid_client", "alg mismatch"));
        assert!(told[0].contains("lists") && !told.concat().contains("try"), "{told:#?}");
        let other = metadata(&["tls_client_auth"]);
        case.metadata = Some(&other);
        case.gives(
            &refused(401, "invalid_client", ""),
            &["does not list private_key_jwt: try --auth-method tls_client_auth --cert FILE", AUD, KEY, CLIENT],
        );
        // With a shared secret, that is the key.
        let by_secret = of("plain", &assertion::SECRET);
        let hmac = jwt("client_assertion", Some(r#"{"alg":"HS256"}"#), "{}");
        let case = Case::of(by_secret, vec![hmac]);
        case.gives(&refused(400, "unauthorized_client", "Client authentication with client secret signed JWT failed: Signature on JWT token by client secret failed validation"), &["HS256 was keyed with the client_secret of client 'ci'"]);
    }

    #[test]
    fn a_token_that_somebody_else_made_is_described_with_its_age() {
        let described = "says iss \"https://ci.example\", sub \"repo:a\", aud \"idp\", iat 1m 20s ago, exp in 3m 40s; some servers take one once, and for 60 s from its iat (Keycloak; 300 s an identity provider's)";
        let case = Case::of(signing(), vec![foreign("client_assertion")]);
        case.gives(&refused(401, "invalid_client", ""), &[described, CLIENT]);
        case.gives(
            &refused(400, "invalid_client", "Token reuse detected"),
            &["the server takes each client_assertion once", described],
        );
        for number in [
            "700211: No matching federated identity record found for presented assertion issuer",
            "700213: …",
            "7002138: …",
            "70021: …",
        ] {
            case.gives(
                &refused(401, "invalid_client", &format!("AADSTS{number}")),
                &["a federated credential of client 'ci' must have the iss, sub and aud", described],
            );
        }
        let exchange = || Request {
            grant: sample::grant(&token_exchange::KIND, &["s", "access_token", "a", "access_token", "jwt"]),
            ..signing()
        };
        let case = Case::of(exchange(), vec![own(), foreign("subject_token")]);
        case.gives(
            &refused(400, "invalid_grant", ""),
            &["the subject token was not accepted", "the subject_token that was sent says iss"],
        );
        case.gives(
            &refused(403, "access_denied", "Client is not within the token audience"),
            &["trade a token that is meant for client 'ci'", "the subject_token that was sent"],
        );
        case.gives(&refused(401, "invalid_client", ""), &[AUD, KEY, "the subject_token that was sent", CLIENT]);
        case.gives(&refused(400, "invalid_request", "Invalid token"), &["the subject_token that was sent", AUD, KEY]);
        let mut asking = exchange();
        asking.audience = vec!["api".into()];
        Case::of(asking, vec![own(), foreign("subject_token")])
            .gives(&refused(400, "invalid_client", "Audience not found"), &["check --audience api"]);
        // A grant's own assertion tells who speaks.
        let grant = Request { client: None, grant: sample::grant(&jwt_bearer::KIND, &["x"]), ..sample::request() };
        let made = jwt(
            "assertion",
            Some(r#"{"alg":"RS256","kid":"k1"}"#),
            r#"{"iss":"sa@x","aud":"https://idp.example/token"}"#,
        );
        Case::of(grant, vec![made]).gives(
            &refused(400, "invalid_grant", "Invalid grant: account not found"),
            &["the assertion says iss \"sa@x\"", "the assertion went out with aud", "what is registered for 'sa@x'"],
        );
        // Nothing that was signed is meant.
        let refresh = Request { grant: sample::grant(&refresh_token::KIND, &["r"]), ..signing() };
        Case::of(refresh, vec![own()])
            .gives(&refused(400, "invalid_grant", "Token is not active"), &["the refresh token may have expired"]);
    }

    #[test]
    fn a_proof_is_told_by_its_place_its_clock_and_its_key() {
        let case = Case::of(signing(), vec![own(), proof()]);
        let dpop = |words: &str| refused(400, "invalid_request", words);
        case.gives(
            &dpop("DPoP HTTP URL mismatch"),
            &["the proof is for POST https://idp.example/token (htu): a server behind a proxy"],
        );
        case.gives(&dpop("DPoP proof is not active"), &["check this machine's clock which dated it"]);
        case.gives(
            &refused(400, "invalid_dpop_proof", "DPoP proof iat is not recent enough"),
            &["check this machine's clock"],
        );
        case.gives(&dpop("DPoP proof has already been used"), &["a proof of its own: something in between"]);
        case.gives(&dpop("Unsupported DPoP algorithm: EdDSA"), &["the proof is signed by ES256"]);
        case.gives(
            &dpop("DPoP Proof public key thumbprint does not match dpop_jkt"),
            &["has the thumbprint jkt-1 (jkt)", "signed by ES256"],
        );
        case.gives(&refused(400, "invalid_dpop_proof", ""), &["(htu)", "signed by ES256", "jkt-1"]);
        Case::of(signing(), vec![own()]).gives(&dpop("DPoP proof is missing"), &["(DPoP, RFC 9449): add --dpop"]);
    }

    #[test]
    fn a_certificate_that_was_refused_may_lack_its_issuers() {
        let refused = refused(401, "invalid_client", "");
        for (kind, shown, expected) in [
            (
                &certificate::BY_AUTHORITY,
                vec![],
                &["no certificate was shown to https://idp.example/token: does it ask for one there?"][..],
            ),
            (
                &certificate::BY_AUTHORITY,
                vec![b"der".to_vec()],
                &[
                    "registered for client 'ci': SHA-1 ",
                    "append that one's certificate to the file of --cert (curl adds it",
                ],
            ),
            (
                &certificate::BY_AUTHORITY,
                vec![b"der".to_vec(), b"ca".to_vec()],
                &["registered for client 'ci': SHA-1 "],
            ),
            (&certificate::SELF_SIGNED, vec![b"der".to_vec()], &["registered for client 'ci': SHA-1 "]),
        ] {
            let request = Request { client: Some(sample::client(kind, "ci", "")), ..sample::request() };
            let mut case = Case::of(request, Vec::new());
            case.shown = shown;
            case.gives(&refused, expected);
        }
    }
}
