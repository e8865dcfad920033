//! What of a server this program can use, and why or why not, as far as its metadata says.

use crate::jose::Alg;
use crate::oauth::client::{self, ClientKind, Signs};
use crate::oauth::discovery::Metadata;
use crate::oauth::endpoints::Endpoint;
use crate::oauth::grant::{self, GrantKind};
use crate::oauth::login::Way;
use crate::text::abridged;

/// So many names that mean nothing here are told, of each list.
const MOST_FOREIGN: usize = 32;

/// A thing that a server may offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usable {
    /// What it is called; of grants and auth methods with that word in front.
    pub what: String,
    /// True where this program can use it.
    pub usable: bool,
    /// What that follows from.
    pub why: String,
}

impl Usable {
    fn new(what: impl Into<String>, usable: bool, why: impl Into<String>) -> Self {
        Self { what: what.into(), usable, why: why.into() }
    }
}

/// All of it, in a fixed order: grants, auth methods, the rest.
pub(super) fn of(metadata: &Metadata) -> Vec<Usable> {
    let grants = grant::KINDS.iter().filter(|kind| kind.other_names.is_none()).map(|kind| of_grant(kind, metadata));
    let methods = client::KINDS.iter().map(|kind| of_method(kind, metadata));
    let mut all: Vec<_> =
        grants.chain(foreign_grants(metadata)).chain(methods).chain(foreign_methods(metadata)).collect();
    all.push(pkce(metadata));
    all.push(of_endpoint("PAR", Endpoint::PushedAuthorization, metadata));
    if let Some(par) = all.last_mut().filter(|par| par.usable && metadata.requires_pushed) {
        par.why.push_str(", and required (require_pushed_authorization_requests)");
    }
    all.push(match metadata.answers_name_issuer {
        true => Usable::new("iss", true, "authorization_response_iss_parameter_supported is true"),
        false => Usable::new("iss", false, "authorization_response_iss_parameter_supported is not true"),
    });
    all.push(dpop(metadata));
    all.push(aliases(metadata));
    for (what, endpoint) in [
        ("device", Endpoint::DeviceAuthorization),
        ("introspection", Endpoint::Introspection),
        ("revocation", Endpoint::Revocation),
        ("userinfo", Endpoint::Userinfo),
    ] {
        all.push(of_endpoint(what, endpoint, metadata));
    }
    all
}

fn is_listed(list: &[String], name: &str) -> bool {
    list.iter().any(|known| known == name)
}

/// Why an endpoint cannot be used, if it cannot.
fn lack(of: Endpoint, metadata: &Metadata) -> Option<String> {
    match metadata.endpoint_of(of, false) {
        Ok(Some(_)) => None,
        Ok(None) => Some(format!("{} is not named", of.name())),
        Err(error) => Some(abridged(&error.to_string(), 200)),
    }
}

fn of_endpoint(what: &str, of: Endpoint, metadata: &Metadata) -> Usable {
    let lack = lack(of, metadata);
    Usable::new(what, lack.is_none(), lack.unwrap_or_else(|| format!("{} is named", of.name())))
}

fn of_grant(kind: &GrantKind, metadata: &Metadata) -> Usable {
    const LIST: &str = "grant_types_supported";
    let what = format!("grant {}", kind.name);
    let listed = match &metadata.grant_types {
        None => format!("{LIST} is missing, which rules nothing out"),
        Some(list) if is_listed(list, kind.on_the_wire()) => format!("listed in {LIST}"),
        Some(_) => return Usable::new(what, false, format!("not listed in {LIST}")),
    };
    match kind.person.and_then(|way| lack(way.endpoint(), metadata)) {
        Some(lack) => Usable::new(what, false, lack),
        None => Usable::new(what, true, listed),
    }
}

/// Grants that are not known here: most can be asked for by their name, with what they want as parameters.
fn foreign_grants(metadata: &Metadata) -> impl Iterator<Item = Usable> {
    let is_own = |name: &str| grant::KINDS.iter().any(|kind| kind.other_names.is_none() && kind.on_the_wire() == name);
    let listed = metadata.grant_types.iter().flatten();
    listed.filter(move |name| !is_own(name)).take(MOST_FOREIGN).map(|name| {
        let what = format!("grant {}", abridged(name, 100));
        match grant::find(name) {
            Some(kind) if kind.other_names.is_some() => {
                Usable::new(what, true, "by its name with -g, and what it wants with --param")
            }
            _ => Usable::new(what, false, "not known here"),
        }
    })
}

fn of_method(kind: &ClientKind, metadata: &Metadata) -> Usable {
    const LIST: &str = "token_endpoint_auth_methods_supported";
    let what = format!("auth method {}", kind.name);
    let Some(list) = &metadata.auth_methods else {
        let is_usual = kind.name == client::DEFAULT.name;
        let why = match is_usual {
            true => format!("{LIST} is missing, which means this one (RFC 8414 §2)"),
            false => format!("{LIST} is missing, which means {} (RFC 8414 §2)", client::DEFAULT.name),
        };
        return Usable::new(what, is_usual, why);
    };
    if !is_listed(list, kind.name) {
        let but = if kind.is_public { "; many servers take public clients and do not say so" } else { "" };
        return Usable::new(what, false, format!("not listed in {LIST}{but}"));
    }
    match (kind.signs, &metadata.assertion_algs) {
        (Some(signs), Some(algs)) => {
            let is_own = |alg: &Alg| alg.is_symmetric() == (signs == Signs::WithSecret);
            let common = common(algs, is_own);
            match common.is_empty() {
                true => {
                    Usable::new(what, false, "none of token_endpoint_auth_signing_alg_values_supported is known here")
                }
                false => Usable::new(what, true, format!("listed, to be signed by {}", common.join(", "))),
            }
        }
        _ => Usable::new(what, true, format!("listed in {LIST}")),
    }
}

fn foreign_methods(metadata: &Metadata) -> impl Iterator<Item = Usable> {
    let is_own = |name: &str| client::KINDS.iter().any(|kind| kind.name == name);
    let listed = metadata.auth_methods.iter().flatten();
    let foreign = listed.filter(move |name| !is_own(name)).take(MOST_FOREIGN);
    foreign.map(|name| Usable::new(format!("auth method {}", abridged(name, 100)), false, "not known here"))
}

/// Those of a list that are known here and of such a kind.
fn common(listed: &[String], is_such: impl Fn(&Alg) -> bool) -> Vec<&'static str> {
    Alg::ALL.into_iter().filter(is_such).map(Alg::name).filter(|name| is_listed(listed, name)).collect()
}

fn pkce(metadata: &Metadata) -> Usable {
    const LIST: &str = "code_challenge_methods_supported";
    let (usable, why) = match (&metadata.challenge_methods, lack(Way::Browser.endpoint(), metadata)) {
        (_, Some(lack)) => (false, lack),
        (None, None) => (false, format!("{LIST} is missing; a login sends S256 all the same")),
        (Some(list), None) if is_listed(list, "S256") => (true, format!("S256 is listed in {LIST}")),
        (Some(_), None) => (false, format!("S256 is not listed in {LIST}; a login sends it all the same")),
    };
    Usable::new("PKCE", usable, why)
}

fn dpop(metadata: &Metadata) -> Usable {
    const LIST: &str = "dpop_signing_alg_values_supported";
    let (usable, why) = match &metadata.proof_algs {
        None => (false, format!("{LIST} is missing")),
        Some(algs) => match common(algs, |alg| !alg.is_symmetric()) {
            common if common.is_empty() => (false, format!("none of {LIST} is known here")),
            common => (true, format!("proofs signed by {}", common.join(", "))),
        },
    };
    Usable::new("DPoP", usable, why)
}

fn aliases(metadata: &Metadata) -> Usable {
    let token = metadata.mtls_token_endpoint.iter().map(|_| "token_endpoint");
    let others = metadata.mtls_endpoints.iter().filter(|(_, url)| url.is_ok()).map(|(of, _)| of.name());
    let named: Vec<_> = token.chain(others).collect();
    match named.is_empty() {
        true => Usable::new(
            "mTLS aliases",
            false,
            "mtls_endpoint_aliases is missing: with --cert the usual endpoints are asked",
        ),
        false => Usable::new("mTLS aliases", true, format!("with --cert, {}", named.join(", "))),
    }
}
