//! What is found in tokens of every kind, and that none is verified that should not be.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::growth::check_linear;
use crate::jose::{Alg, KeyFile, KeyKind, Keys, PrivateKey, Wanted, hmac};
use crate::oauth::requirement::Requirements;
use crate::secret::Secret;

const NOW: u64 = 1_795_626_245;

fn now() -> SystemTime {
    at(NOW)
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn base64url(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn unsigned(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", base64url(header), base64url(claims))
}

fn offered(text: &str, part: Part) -> Offered {
    let name = match part {
        Part::Alone => "token",
        Part::Access => "access_token",
        Part::Id => "id_token",
        Part::Other => "refresh_token",
    };
    Offered { part, name: name.to_owned(), ..tokens(text).unwrap().remove(0) }
}

/// What is found in a token, each as `severity place: finding`.
fn found(text: &str, part: Part) -> Vec<String> {
    let seen = inspect(&offered(text, part), Some("the-own-one"), now());
    seen.findings.iter().map(|found| format!("{} {}: {}", found.severity.name(), found.place, found.finding)).collect()
}

#[track_caller]
fn check_found(header: &str, claims: &str, part: Part, expected: &[&str]) {
    assert_eq!(found(&unsigned(header, claims), part), expected, "{header} {claims}");
}

#[test]
fn what_is_odd_in_a_token_is_found() {
    const JWT: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
    const GOOD: &str = r#"{"sub":"me","exp":1795629845,"iat":1795626245}"#;
    check_found(JWT, GOOD, Part::Alone, &[]);
    let none = "error header.alg: alg is none: it is not signed, and anybody can make one like it";
    for alg in ["none", "None", "NONE", "nOnE", "no\\u006ee", " none "] {
        check_found(&format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#), GOOD, Part::Alone, &[none]);
    }
    let no_alg = "error header.alg: alg is missing or no text: nothing says how it is signed";
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":1,"typ":"JWT"}"#, r#"{"alg":"","typ":"JWT"}"#] {
        check_found(header, GOOD, Part::Alone, &[no_alg]);
    }
    let crit =
        r#"error header.crit: crit ["b64"]: who does not know these extensions must refuse it (RFC 7515 §4.1.11)"#;
    check_found(r#"{"alg":"RS256","typ":"JWT","crit":["b64"]}"#, GOOD, Part::Alone, &[crit]);
    let twice = |place: &str, name: &str| {
        format!("error {place}: '{name}' stands more than once, and readers differ in which one they take")
    };
    check_found(r#"{"alg":"RS256","typ":"JWT","\u0061lg":"x"}"#, GOOD, Part::Alone, &[&twice("header", "alg")]);
    check_found(JWT, r#"{"exp":1795629845,"a":{"b":1,"b":1}}"#, Part::Alone, &[&twice("claims", "b")]);
    for (name, verb) in
        [("jku", "names a place for"), ("x5u", "names a place for"), ("jwk", "brings"), ("x5c", "brings")]
    {
        let header = format!(r#"{{"alg":"RS256","typ":"JWT","{name}":""}}"#);
        let told = format!(
            "warning header.{name}: it {verb} its own key ({name}): whoever made it wrote that, and nobody may follow it"
        );
        check_found(&header, GOOD, Part::Alone, &[&told]);
    }
    for (claims, expected) in [
        (r#"{"sub":"me"}"#, "warning claims.exp: no exp: it never ends by itself"),
        (
            r#"{"exp":"1795629845"}"#,
            "error claims.exp: exp is a text and no number of seconds since 1970 (RFC 7519 §2)",
        ),
        (r#"{"exp":null}"#, "error claims.exp: exp is null and no number of seconds since 1970 (RFC 7519 §2)"),
        (
            r#"{"exp":1e999}"#,
            "error claims.exp: exp is beyond all numbers and no number of seconds since 1970 (RFC 7519 §2)",
        ),
        (r#"{"exp":[1]}"#, "error claims.exp: exp is a list and no number of seconds since 1970 (RFC 7519 §2)"),
        (
            r#"{"exp":1795629845,"auth_time":true}"#,
            "error claims.auth_time: auth_time is true or false and no number of seconds since 1970 (RFC 7519 §2)",
        ),
        (r#"{"exp":1795629845000}"#, "error claims.exp: exp looks like milliseconds; it counts seconds (RFC 7519 §2)"),
        (r#"{"exp":1795629845,"nbf":1795629845}"#, "error claims.exp: exp is not after nbf: it is never good"),
        (
            r#"{"exp":1795629845,"iat":1795626306}"#,
            "warning claims.iat: iat lies ahead: this machine's clock or the server's is wrong",
        ),
        (
            r#"{"exp":1795629845,"act":{"sub":"b","act":{"client_id":"c","act":{}}},"sub":"a"}"#,
            "info claims.act: 'b' acts for 'a', by way of 'c', somebody (RFC 8693 §4.1)",
        ),
        (
            r#"{"exp":1795629845,"cnf":{"jkt":"T"}}"#,
            "info claims.cnf: bound to the DPoP key with the thumbprint T (RFC 9449 §6.1)",
        ),
        (
            r#"{"exp":1795629845,"cnf":{"x5t#S256":"the-own-one"}}"#,
            "info claims.cnf: bound to the certificate with the thumbprint the-own-one, which is the one that is given (cert) (RFC 8705 §3.1)",
        ),
        (
            r#"{"exp":1795629845,"cnf":{"x5t#S256":"another"}}"#,
            "error claims.cnf: bound to the certificate with the thumbprint another, and not to the one that is given (cert) (RFC 8705 §3.1)",
        ),
        (
            r#"{"exp":1795629845,"cnf":{"kid":"k"}}"#,
            "info claims.cnf: bound to a key that it names (cnf.kid, RFC 7800 §3)",
        ),
    ] {
        check_found(JWT, claims, Part::Alone, &[expected]);
    }
    check_found(
        r#"{"alg":"RS256"}"#,
        GOOD,
        Part::Alone,
        &["info header.typ: no typ: nothing tells it from a JWT of another kind (RFC 8725 §3.11)"],
    );
    let proof = "warning header.typ: typ 'dpop+jwt': it is neither an access token (at+jwt) nor an ID token (JWT)";
    check_found(r#"{"alg":"ES256","typ":"dpop+jwt"}"#, GOOD, Part::Alone, &[proof]);
    let missing =
        |name: &str| format!("warning claims.{name}: no {name}, which RFC 9068 §2.2 wants of every access token");
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        check_found(&header, GOOD, Part::Alone, &[&missing("client_id"), &missing("jti")]);
        let came = "error header.typ: typ says that it is an access token, and it came as the ID token";
        check_found(&header, GOOD, Part::Id, &[came]);
    }
    let both = r#"{"sub":"me","exp":1795629845,"iat":1795626245,"client_id":"c","jti":"j","at_hash":"h"}"#;
    let odd = "warning header.typ: typ says that it is an access token, and it has at_hash, as ID tokens have";
    check_found(r#"{"alg":"ES256","typ":"at+jwt"}"#, both, Part::Alone, &[odd]);
    let id = "warning claims: it came as the access token and has at_hash, as ID tokens have";
    check_found(JWT, both, Part::Access, &[id]);
    // Whoever reads it is its server.
    check_found(r#"{"alg":"HS512"}"#, "{}", Part::Other, &["info claims.exp: no exp: it never ends by itself"]);
    let bound = unsigned(JWT, r#"{"exp":1795629845,"cnf":{"jkt":"T"}}"#);
    assert_eq!(found(&format!("DPoP {bound}"), Part::Alone).len(), 1);
    assert_eq!(
        found(&format!("Bearer {bound}"), Part::Alone)[1],
        "warning claims.cnf: it goes with proofs of possession, and was sent as Bearer"
    );
    assert_eq!(
        found(&format!("Authorization: dpop {}", unsigned(JWT, GOOD)), Part::Alone),
        ["warning claims.cnf: it was sent as DPoP, and is bound to no key (cnf.jkt)"]
    );
}

#[test]
fn the_form_is_told_whatever_it_is() {
    let header = base64url(r#"{"alg":"RS256","typ":"JWT"}"#);
    let opaque = "info token: only its server can read it: 'oauth2tok introspect' asks that";
    let letter = "warning token: it is not base64url to the letter (RFC 7515 §2): verifiers refuse it";
    let no_exp = "warning claims.exp: no exp: it never ends by itself";
    let cut = |told: &str| format!("warning token: it begins as a JWT does, {told}");
    for (token, form, expected) in [
        ("opaque".to_owned(), Form::Opaque, vec![opaque.to_owned()]),
        ("a.b.c".to_owned(), Form::Opaque, vec![opaque.to_owned()]),
        (header.clone(), Form::Opaque, vec![opaque.to_owned(), cut("and no dot stands in it: it was cut off")]),
        (
            format!("{header}.e30"),
            Form::Opaque,
            vec![opaque.to_owned(), cut("and its signature is not there: it was cut off")],
        ),
        (format!("{header}.e30.a.b"), Form::Opaque, vec![opaque.to_owned(), cut("and has 4 parts")]),
        (format!("{header}.e30.a.b.c.d.e"), Form::Opaque, vec![opaque.to_owned(), cut("and has more than five parts")]),
        (
            format!("{}.e30.a", &header[..9]),
            Form::Opaque,
            vec![opaque.to_owned(), cut("and no JSON object stands in its header")],
        ),
        (
            format!("{header}.e3 0.a"),
            Form::Jws,
            vec![
                letter.to_owned(),
                "error claims: its payload is no JSON object: it is signed, and no JWT (RFC 7519 §7.2)".to_owned(),
            ],
        ),
        (
            "v4 local".to_owned(),
            Form::Opaque,
            vec![opaque.to_owned(), "warning token: white space stands within it, and no token has that".to_owned()],
        ),
        (format!("{header}.e30.c2ln"), Form::Jws, vec![no_exp.to_owned()]),
        (format!("{header}.e30=.c2ln"), Form::Jws, vec![letter.to_owned(), no_exp.to_owned()]),
        (format!("{header}.e31.c2ln"), Form::Jws, vec![letter.to_owned(), no_exp.to_owned()]),
        (format!("{header}.e30.c2l+"), Form::Jws, vec![letter.to_owned(), no_exp.to_owned()]),
        (
            format!("{header}.e30."),
            Form::Jws,
            vec![
                "error signature: no signature is there, and anybody can make one like it".to_owned(),
                no_exp.to_owned(),
            ],
        ),
        (
            format!("{header}.{}.c2ln", base64url("[]")),
            Form::Jws,
            vec!["error claims: its payload is no JSON object: it is signed, and no JWT (RFC 7519 §7.2)".to_owned()],
        ),
        (format!("{header}.a.b.c.d"), Form::Jwe, vec![]),
    ] {
        let seen = inspect(&offered(&token, Part::Alone), None, now());
        let findings =
            seen.findings.iter().map(|found| format!("{} {}: {}", found.severity.name(), found.place, found.finding));
        assert_eq!((seen.form, findings.collect::<Vec<_>>()), (form, expected), "{token}");
        assert_eq!(seen.size, token.len());
    }
    let long = format!("{header}.{}.c2ln", base64url(format!(r#"{{"exp":1795629845,"a":"{}"}}"#, "x".repeat(6100))));
    assert_eq!(
        found(&long, Part::Alone),
        [format!(
            "info token: it is {} bytes long: many proxies and servers refuse header lines above 8 KiB",
            long.len()
        )]
    );
}

#[test]
fn every_date_is_known_by_its_name() {
    let claims = r#"{"iat":1,"exp":2.5,"nbf":-3,"auth_time":"4","updated_at":5,"session_exp":1795626245,"max_time":7,"created_at":1795626245000,"exp":9}"#;
    let seen = inspect(&offered(&unsigned(r#"{"alg":"RS256"}"#, claims), Part::Alone), None, now());
    let times: Vec<_> = seen.times.iter().map(|time| (time.name.as_str(), time.at)).collect();
    assert_eq!(
        times,
        [("iat", 1.0), ("exp", 2.5), ("nbf", -3.0), ("updated_at", 5.0), ("session_exp", 1_795_626_245.0)]
    );
}

/// A key that signs, and the set in which it is published.
struct Signer {
    key: Arc<PrivateKey>,
    alg: Alg,
}

impl Signer {
    fn of(pem: &str, alg: Alg) -> Self {
        let wanted = Wanted { key_id: None, passphrase: &mut || Ok(None), certificates: &[] };
        Self { key: KeyFile::read(&Secret::new(pem), wanted).unwrap().key, alg }
    }

    fn ec() -> Self {
        Self::of(include_str!("../../../tests/fixtures/ec.pkcs8.pem"), Alg::ES256)
    }

    fn set(&self) -> Keys {
        let jwk = self.key.public().jwk().to_line().replacen('{', r#"{"kid":"k","#, 1);
        Keys::parse(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).unwrap()
    }

    fn token(&self, header: &str, claims: &str) -> String {
        let header = header.replacen('{', &format!(r#"{{"alg":"{}","kid":"k","#, self.alg.name()), 1);
        self.raw(&header.replace(",}", "}"), claims)
    }

    fn raw(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", base64url(header), base64url(claims));
        let signature = base64url(self.key.sign(self.alg, input.as_bytes()).unwrap());
        format!("{input}.{signature}")
    }
}

const ISSUER: &str = "https://idp.example";
const GOOD: &str = r#"{"iss":"https://idp.example","sub":"me","aud":"api","exp":1795629845,"iat":1795626245}"#;

fn terms(meant: As) -> Terms<'static> {
    Terms {
        meant,
        issuer: Some(ISSUER),
        client_id: Some("ci"),
        nonce: None,
        access_token: None,
        leeway: Duration::from_secs(30),
        now: now(),
        server_clock: None,
    }
}

/// What every check says of a token: `+`, `-` or `.` where it does not apply, and the words of the one that fails.
fn verdict(text: &str, part: Part, terms: &Terms<'_>, ring: Keyring<'_>) -> (String, Vec<String>, Option<Obstacle>) {
    let offered = offered(text, part);
    let seen = inspect(&offered, None, now());
    let verified = verify(&offered, seen.form, terms, ring).unwrap();
    let marks = verified.checks.iter().map(|check| match check.ok {
        Some(true) => '+',
        Some(false) => '-',
        None => '.',
    });
    let names: Vec<_> = verified.checks.iter().map(|check| check.check).collect();
    assert_eq!(names, ["signature", "iss", "exp", "nbf", "iat", "kind"]);
    let failed = verified.checks.iter().filter(|check| check.has_failed());
    (marks.collect(), failed.map(|failed| failed.detail.clone()).collect(), verified.obstacle)
}

#[track_caller]
fn check(text: &str, part: Part, terms: &Terms<'_>, marks: &str, failed: &[&str]) {
    let signer = Signer::ec();
    let set = signer.set();
    let found = verdict(text, part, terms, Keyring { keys: Some(&set), client_secret: None });
    assert_eq!(
        (found.0.as_str(), found.1.as_slice(), found.2),
        (marks, failed.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>().as_slice(), None),
        "{text}"
    );
}

#[test]
fn a_good_token_passes_every_check_that_applies() {
    let signer = Signer::ec();
    let auto = terms(As::Auto);
    check(&signer.token(r#"{"typ":"JWT"}"#, GOOD), Part::Alone, &auto, "+++.+.", &[]);
    check(&signer.token("{}", GOOD), Part::Access, &auto, "+++.+.", &[]);
    check(&signer.token(r#"{"typ":"at+jwt"}"#, GOOD), Part::Access, &auto, "+++.++", &[]);
    check(&signer.token(r#"{"typ":"Application/AT+jwt"}"#, GOOD), Part::Alone, &terms(As::Access), "+++.++", &[]);
    let id = GOOD.replace("\"api\"", "\"ci\"");
    check(&signer.token("{}", &id), Part::Id, &auto, "+++.++", &[]);
    check(&signer.token(r#"{"typ":"jwt"}"#, &id), Part::Alone, &terms(As::Id), "+++.++", &[]);
    let nbf = GOOD.replace('}', r#","nbf":1795626270}"#);
    check(&signer.token("{}", &nbf), Part::Alone, &auto, "+++++.", &[]);
    let unnamed = Terms { issuer: None, ..auto };
    check(&signer.token("{}", GOOD), Part::Alone, &unnamed, "+.+.+.", &[]);
    // What is for its server alone is none of anybody's business.
    assert!(verify(&offered("anything", Part::Other), Form::Opaque, &auto, Keyring::default()).is_none());
}

#[test]
fn issuer_and_times_are_held_against_what_is_given() {
    let signer = Signer::ec();
    let with = |from: &str, to: &str| signer.token("{}", &GOOD.replace(from, to));
    let (auto, exp, iat) = (terms(As::Auto), r#""exp":1795629845"#, r#","iat":1795626245"#);
    for (token, marks, failed) in [
        (
            with(ISSUER, "https://idp.example/"),
            "+-+.+.",
            vec!["its iss is 'https://idp.example/', not 'https://idp.example', code point by code point"],
        ),
        (
            with(ISSUER, "HTTPS://idp.example"),
            "+-+.+.",
            vec!["its iss is 'HTTPS://idp.example', not 'https://idp.example', code point by code point"],
        ),
        (with(r#""iss":"https://idp.example","#, ""), "+-+.+.", vec!["it has no iss"]),
        (with(r#""https://idp.example""#, r#"["https://idp.example"]"#), "+-+.+.", vec!["it has no iss"]),
        (with(exp, r#""exp":1795626216"#), "+++.+.", vec![]),
        (with(exp, r#""exp":1795626215"#), "++-.+.", vec!["it expired 30s ago (exp), by this machine's clock"]),
        (with(exp, r#""exp":1795622645"#), "++-.+.", vec!["it expired 1h ago (exp), by this machine's clock"]),
        (with(exp, r#""exp":-1"#), "++-.+.", vec!["it expired 20782 days ago (exp), by this machine's clock"]),
        (with(exp, r#""exp":"1795629845""#), "++-.+.", vec!["its exp is no number of seconds"]),
        (with(exp, r#""exp":null"#), "++-.+.", vec!["it has no exp"]),
        (with(exp, r#""x":1"#), "++-.+.", vec!["it has no exp"]),
        (with(iat, ""), "+++...", vec![]),
        (with(iat, r#","iat":1795626276"#), "+++.-.", vec!["its iat is 31s ahead of this machine's clock"]),
        (with(iat, r#","iat":"x""#), "+++.-.", vec!["its iat is no number of seconds"]),
        (with(iat, r#","nbf":1795626276"#), "+++-..", vec!["its nbf is 31s ahead of this machine's clock"]),
        (with(iat, r#","nbf":1795626275"#), "++++..", vec![]),
    ] {
        check(&token, Part::Alone, &auto, marks, &failed);
    }
    let strict = Terms { leeway: Duration::ZERO, ..auto };
    check(
        &with(exp, r#""exp":1795626245"#),
        Part::Alone,
        &strict,
        "++-.+.",
        &["it expired 0s ago (exp), by this machine's clock"],
    );
    let wrong = Terms { server_clock: Some(at(NOW - 7200)), ..auto };
    let told = "it expired 1h ago (exp), by this machine's clock; this machine's clock is 2h ahead of the server's";
    check(&with(exp, r#""exp":1795622645"#), Part::Alone, &wrong, "++-.+.", &[told]);
    let right = Terms { server_clock: Some(at(NOW - 5)), ..auto };
    check(
        &with(exp, r#""exp":1795622645"#),
        Part::Alone,
        &right,
        "++-.+.",
        &["it expired 1h ago (exp), by this machine's clock"],
    );
}

#[test]
fn no_token_is_taken_for_one_of_another_kind() {
    let signer = Signer::ec();
    let id = |more: &str| GOOD.replace("\"api\"", "\"ci\"").replace('}', &format!("{more}}}"));
    let (auto, access, as_id) = (terms(As::Auto), terms(As::Access), terms(As::Id));
    let nonce = Secret::new("n");
    let with_nonce = Terms { nonce: Some(&nonce), ..auto };
    let nobody = Terms { client_id: None, ..auto };
    let no_client = "it is an ID token, and no client is named that it must be for (client_id)";
    for (token, part, terms, failed) in [
        // An ID token is never a good access token.
        (
            signer.token("{}", &id(r#","nonce":"n""#)),
            Part::Access,
            &auto,
            "it is an ID token, as its nonce says, and no access token",
        ),
        (
            signer.token("{}", &id(r#","c_hash":"n""#)),
            Part::Access,
            &auto,
            "it is an ID token, as its c_hash says, and no access token",
        ),
        (
            signer.token("{}", &id(r#","at_hash":"n""#)),
            Part::Alone,
            &access,
            "its typ is missing, not at+jwt (RFC 9068 §4), and it has at_hash, as ID tokens have",
        ),
        (signer.token(r#"{"typ":"JWT"}"#, GOOD), Part::Alone, &access, "its typ is 'JWT', not at+jwt (RFC 9068 §4)"),
        (signer.token(r#"{"typ":"JWT"}"#, GOOD), Part::Access, &access, "its typ is 'JWT', not at+jwt (RFC 9068 §4)"),
        (
            signer.token(r#"{"typ":["at+jwt"]}"#, GOOD),
            Part::Alone,
            &access,
            r#"its typ is ["at+jwt"], not at+jwt (RFC 9068 §4)"#,
        ),
        (
            signer.token(r#"{"typ":"text/at+jwt"}"#, GOOD),
            Part::Alone,
            &access,
            "its typ is 'text/at+jwt', not at+jwt (RFC 9068 §4)",
        ),
        (
            signer.token(r#"{"typ":"application/x/at+jwt"}"#, GOOD),
            Part::Alone,
            &access,
            "its typ is 'application/x/at+jwt', not at+jwt (RFC 9068 §4)",
        ),
        (
            signer.token(r#"{"typ":"at+jwt"}"#, &GOOD.replace(r#""aud":"api","#, "")),
            Part::Alone,
            &auto,
            "it does not say whom it is for (aud, RFC 9068 §4)",
        ),
        (
            signer.token(r#"{"typ":"at+jwt"}"#, &GOOD.replace("\"api\"", "[]")),
            Part::Alone,
            &access,
            "it does not say whom it is for (aud, RFC 9068 §4)",
        ),
        // An access token is no ID token, and nothing else is either of them.
        (signer.token(r#"{"typ":"at+jwt"}"#, &id("")), Part::Id, &auto, "its typ is 'at+jwt', which no ID token has"),
        (
            signer.token(r#"{"typ":"at+jwt"}"#, &id("")),
            Part::Alone,
            &as_id,
            "its typ is 'at+jwt', which no ID token has",
        ),
        (
            signer.token(r#"{"typ":"at+jwt"}"#, &id(r#","nonce":"n""#)),
            Part::Alone,
            &with_nonce,
            "its typ is 'at+jwt', which no ID token has",
        ),
        (
            signer.token(r#"{"typ":"logout+jwt"}"#, &id(r#","nonce":"n""#)),
            Part::Alone,
            &auto,
            "its typ is 'logout+jwt', which no ID token has",
        ),
        (
            signer.token(r#"{"typ":"logout+jwt"}"#, GOOD),
            Part::Alone,
            &auto,
            "its typ is 'logout+jwt': neither an access token nor an ID token",
        ),
        (
            signer.token(r#"{"typ":"dpop+jwt"}"#, GOOD),
            Part::Access,
            &auto,
            "its typ is 'dpop+jwt': neither an access token nor an ID token",
        ),
        (
            signer.token(r#"{"typ":null}"#, GOOD),
            Part::Access,
            &auto,
            "its typ is null: neither an access token nor an ID token",
        ),
        // An ID token is for one client, and answers one request.
        (signer.token("{}", GOOD), Part::Id, &auto, "its aud is 'api', not client 'ci'"),
        (
            signer.token("{}", &id("").replace("\"ci\"", r#"["ci","x"]"#)),
            Part::Id,
            &auto,
            "it is for several (aud 'ci', 'x'), and its azp is missing, not client 'ci'",
        ),
        (signer.token("{}", &id(r#","nonce":"n""#)), Part::Alone, &nobody, no_client),
        (signer.token("{}", &id("")), Part::Id, &nobody, no_client),
        (
            signer.token("{}", &id(r#","nonce":"other""#)),
            Part::Alone,
            &with_nonce,
            "its nonce is not the one that was sent",
        ),
        (signer.token("{}", &id("")), Part::Alone, &with_nonce, "it has no nonce"),
        (signer.token("{}", &id("")), Part::Id, &with_nonce, "it has no nonce"),
    ] {
        check(&token, part, terms, "+++.+-", &[failed]);
    }
    let (one, other) = (Secret::new("one"), Secret::new("another"));
    let hash = base64url(&crate::crypto::sha256(b"one")[..16]);
    let token = signer.token("{}", &id(&format!(r#","at_hash":"{hash}""#)));
    check(&token, Part::Id, &Terms { access_token: Some(&one), ..auto }, "+++.++", &[]);
    let failed = "its at_hash is not that of the access token that came with it";
    check(&token, Part::Id, &Terms { access_token: Some(&other), ..auto }, "+++.+-", &[failed]);
    // Without iat no ID token is one.
    let token = signer.token("{}", &id("").replace(r#","iat":1795626245"#, ""));
    check(&token, Part::Id, &auto, "+++.-+", &["it has no iat"]);
}

#[test]
fn nobody_talks_the_verifier_into_anything() {
    let (signer, other) =
        (Signer::ec(), Signer { key: Arc::new(PrivateKey::generate(KeyKind::P256).unwrap().0), alg: Alg::ES256 });
    let auto = terms(As::Auto);
    let good = signer.token("{}", GOOD);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let other_jwk = other.key.public().jwk().to_line();
    let public = signer.key.public().jwk().to_line();
    let with_header = |text: &str| format!("{}.{payload}.{signature}", base64url(text));
    let with_signature = |bytes: &[u8]| format!("{input}.{}", base64url(bytes));
    let hs = |secret: &[u8], kid: &str| {
        let input = format!("{}.{payload}", base64url(format!(r#"{{"alg":"HS256"{kid}}}"#)));
        format!("{input}.{}", base64url(hmac(Alg::HS256, secret, input.as_bytes())))
    };
    let holds_not = "its signature does not hold";
    let no_secret = "it is signed with HS256, and no secret is known that may sign so";
    let crit = "its header has a crit, and none of what that may demand is known here (RFC 7515 §4.1.11)";
    let compact = "it is not three parts of base64url with a dot between each (RFC 7515 §7.1)";
    let several = "no key of the set is called 'x' and is for ES256";
    for (token, failed) in [
        (with_header(r#"{"alg":"none"}"#), "it is not signed"),
        (with_header(r#"{"alg":"NoNe"}"#), "it is not signed"),
        (format!("{}.{payload}.", base64url(r#"{"alg":"none"}"#)), "it is not signed"),
        (format!("{input}."), "it is not signed"),
        (with_header("{}"), "the alg in its header is missing or malformed"),
        (hs(public.as_bytes(), ""), no_secret),
        (hs(public.as_bytes(), r#","kid":"k""#), no_secret),
        (hs(signer.key.public().bits(), ""), no_secret),
        (hs(b"", ""), no_secret),
        (other.raw(r#"{"alg":"ES256"}"#, GOOD), holds_not),
        (other.raw(&format!(r#"{{"alg":"ES256","kid":"k","jwk":{other_jwk}}}"#), GOOD), holds_not),
        (other.raw(r#"{"alg":"ES256","jku":"https://evil.example/jwks"}"#, GOOD), holds_not),
        (other.raw(r#"{"alg":"ES256","x5u":"https://evil.example/x"}"#, GOOD), holds_not),
        (other.raw(r#"{"alg":"ES256","x5c":["AAAA"]}"#, GOOD), holds_not),
        (other.raw(r#"{"alg":"ES256","kid":"x"}"#, GOOD), several),
        (signer.raw(r#"{"alg":"ES256","kid":7}"#, GOOD), "the kid in its header is missing or malformed"),
        (signer.raw(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, GOOD), crit),
        (signer.raw(r#"{"alg":"ES256","crit":[]}"#, GOOD), crit),
        (signer.raw(r#"{"alg":"ES384"}"#, GOOD), "no key of the set is for ES384"),
        (with_signature(&raw[..63]), holds_not),
        (with_signature(&[&raw[..], &[0]].concat()), holds_not),
        (with_signature(&[0; 64]), holds_not),
        (with_signature(&[&[0; 32], &raw[32..]].concat()), holds_not),
        (with_signature(&[&raw[..32], &[0; 32]].concat()), holds_not),
        (with_signature(&[0xff; 64]), holds_not),
        (format!("{header}.{}.{signature}", base64url(GOOD.replace("me", "you"))), holds_not),
    ] {
        check(&token, Part::Alone, &auto, "-++.+.", &[failed]);
    }
    // What is not read to the letter says nothing at all.
    let last = good.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).filter(char::is_ascii_alphanumeric).unwrap_or('_');
    for (token, failed) in [
        (signer.raw(r#"{"alg":"ES256","alg":"ES256"}"#, GOOD), "'alg' stands more than once in its header"),
        (
            signer.raw(r#"{"alg":"ES256"}"#, &GOOD.replace('}', r#","exp":9795629845}"#)),
            "'exp' stands more than once in its claims",
        ),
        (signer.raw(r#"{"alg":"ES256"}"#, r#"{"a":{"b":1,"\u0062":2}}"#), "'b' stands more than once in its claims"),
        (signer.raw(r#"{"alg":"ES256"}"#, "[]"), "no JSON object stands in its claims"),
        (format!("{good}="), compact),
        (format!("{header}=.{payload}.{signature}"), compact),
        (format!("{good}A.A"), "only its server can read it"),
        (format!("{good}.."), "it is encrypted, and cannot be read here"),
        (format!("{}{next}", &good[..good.len() - 1]), compact),
        (good.replace('.', ". "), compact),
        ("opaque".to_owned(), "only its server can read it"),
    ] {
        check(&token, Part::Alone, &auto, "-.....", &[failed]);
    }
}

#[test]
fn keys_of_one_name_and_of_none_are_told_apart() {
    let (signer, other) =
        (Signer::ec(), Signer { key: Arc::new(PrivateKey::generate(KeyKind::P256).unwrap().0), alg: Alg::ES256 });
    let jwk = |signer: &Signer, kid: &str| {
        signer.key.public().jwk().to_line().replacen('{', &format!(r#"{{"kid":"{kid}","#), 1)
    };
    let set = |keys: &[String]| Keys::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap();
    let named = signer.token("{}", GOOD);
    let unnamed = signer.raw(r#"{"alg":"ES256"}"#, GOOD);
    let both = set(&[jwk(&other, "k"), jwk(&signer, "k")]);
    let two = set(&[jwk(&other, "a"), jwk(&signer, "b")]);
    let several = "it names no key (kid), and several are for ES256: a, b";
    for (token, keys, failed) in [
        (&named, &both, None),
        (&unnamed, &set(&[jwk(&signer, "x")]), None),
        (&unnamed, &two, Some(several)),
        (&named, &two, Some("no key of the set is called 'k' and is for ES256")),
        (&named, &set(&[jwk(&other, "k")]), Some("its signature does not hold")),
        (&unnamed, &set(&[]), Some("no key of the set is for ES256")),
    ] {
        let (marks, words, _) =
            verdict(token, Part::Alone, &terms(As::Auto), Keyring { keys: Some(keys), client_secret: None });
        assert_eq!(words, failed.map(str::to_owned).into_iter().collect::<Vec<_>>());
        assert_eq!(&marks[1..], "++.+.");
    }
}

#[test]
fn a_secret_signs_where_it_may() {
    let input = |header: &str, claims: &str| format!("{}.{}", base64url(header), base64url(claims));
    let hs = |claims: &str| {
        let input = input(r#"{"alg":"HS256"}"#, claims);
        format!("{input}.{}", base64url(hmac(Alg::HS256, b"the secret", input.as_bytes())))
    };
    let id = GOOD.replace("\"api\"", "\"ci\"");
    let (of_id, of_access) = (hs(&id), hs(GOOD));
    let secret = Secret::new("the secret");
    let client = Keyring { keys: None, client_secret: Some(&secret) };
    let own = Keys::parse_own(format!(r#"{{"keys":[{{"kty":"oct","k":"{}"}}]}}"#, base64url("the secret")).as_bytes())
        .unwrap();
    let published =
        Keys::parse(format!(r#"{{"keys":[{{"kty":"oct","k":"{}"}}]}}"#, base64url("the secret")).as_bytes()).unwrap();
    let auto = terms(As::Auto);
    let holds = |token: &str, part, ring| verdict(token, part, &auto, ring).0.starts_with('+');
    assert!(
        holds(&of_id, Part::Id, client)
            && !holds(&of_access, Part::Alone, client)
            && !holds(&of_access, Part::Access, client)
    );
    let own = Keyring { keys: Some(&own), client_secret: None };
    assert!(holds(&of_id, Part::Id, own) && holds(&of_access, Part::Alone, own));
    let published = Keyring { keys: Some(&published), client_secret: None };
    assert!(!holds(&of_access, Part::Alone, published) && !holds(&of_id, Part::Id, published));
    let wants = |token: &str, part, terms: &Terms<'_>| Keyring::wants_secret(&offered(token, part), terms);
    assert!(wants(&of_id, Part::Id, &auto) && wants(&of_id, Part::Alone, &terms(As::Id)));
    assert!(wants(&hs(&id.replace('}', r#","nonce":"n"}"#)), Part::Alone, &auto));
    assert!(
        !wants(&of_id, Part::Alone, &auto) && !wants(&of_id, Part::Access, &auto) && !wants("opaque", Part::Id, &auto)
    );
    assert!(!wants(&Signer::ec().token("{}", &id), Part::Id, &auto));
}

#[test]
fn what_cannot_be_known_is_told_apart_from_what_does_not_hold() {
    let signer = Signer::ec();
    let auto = terms(As::Auto);
    let (marks, failed, obstacle) = verdict(&signer.token("{}", GOOD), Part::Alone, &auto, Keyring::default());
    assert_eq!((marks.as_str(), failed.len(), obstacle), (".++.+.", 0, Some(Obstacle::NoKeys)));
    let set = signer.set();
    for alg in ["ES512", "ES256K", "RS1", "es256", "A128KW"] {
        let token = signer.raw(&format!(r#"{{"alg":"{alg}"}}"#), GOOD);
        let (marks, failed, obstacle) =
            verdict(&token, Part::Alone, &auto, Keyring { keys: Some(&set), client_secret: None });
        assert_eq!((marks.as_str(), failed.len(), obstacle), (".++.+.", 0, Some(Obstacle::Algorithm)), "{alg}");
    }
    let offered = offered(&signer.token("{}", GOOD), Part::Alone);
    let mut seen = inspect(&offered, None, now());
    seen.take(&verify(&offered, seen.form, &auto, Keyring::default()).unwrap());
    assert_eq!(seen.verified, None);
    let mut seen = inspect(&offered, None, now());
    seen.take(&verify(&offered, seen.form, &auto, Keyring { keys: Some(&set), client_secret: None }).unwrap());
    assert_eq!(seen.verified, Some(true));
    seen.require(&Requirements { aud: vec!["other".into()], ..Requirements::default() }, now());
    assert_eq!(seen.verified, Some(false));
}

#[test]
fn what_cannot_be_read_fulfils_nothing() {
    let all = Requirements {
        scope: vec!["a".into()],
        aud: vec!["b".into()],
        min_ttl: Some(Duration::from_secs(1)),
        active: false,
    };
    let header = base64url(r#"{"alg":"dir","enc":"A128GCM"}"#);
    for (token, told) in [
        ("opaque".to_owned(), "only its server can read it"),
        (format!("{header}.a.b.c.d"), "it is encrypted, and cannot be read here"),
    ] {
        let mut seen = inspect(&offered(&token, Part::Alone), None, now());
        seen.require(&all, now());
        let checks: Vec<_> = seen.checks.iter().map(|check| (check.check, check.ok, check.detail.as_str())).collect();
        assert_eq!(checks, ["scope", "aud", "ttl"].map(|name| (name, Some(false), told)));
        assert_eq!(seen.verified, None);
    }
}

#[test]
fn the_work_grows_with_the_token_and_no_faster() {
    let claims: [fn(usize) -> String; 5] = [
        |count| format!("{{{}}}", (0..count).map(|n| format!(r#""{n}_at":1795626245"#)).collect::<Vec<_>>().join(",")),
        |count| format!("{{{}}}", vec![r#""exp":1"#; count].join(",")),
        |count| format!(r#"{{"scope":"{}"}}"#, "a ".repeat(count)),
        |count| format!(r#"{{"aud":[{}]}}"#, vec![r#""a""#; count].join(",")),
        |count| format!(r#"{{"cnf":{{"jkt":"{}"}}}}"#, r"\u0061".repeat(count)),
    ];
    let required = Requirements { scope: vec!["b".into()], aud: vec!["b".into()], ..Requirements::default() };
    let auto = terms(As::Auto);
    for claims in claims {
        let make = |count| offered(&unsigned(r#"{"alg":"ES256"}"#, &claims(count)), Part::Alone);
        check_linear(200, make, |offered| {
            let mut seen = inspect(offered, None, now());
            seen.require(&required, now());
            drop(verify(offered, seen.form, &auto, Keyring::default()));
        });
    }
    check_linear(
        20_000,
        |count| offered(&format!("x{}", ".".repeat(count)), Part::Alone),
        |offered| drop(inspect(offered, None, now())),
    );
}
