//! The endpoints of a server beside the one for tokens, each by the name that metadata and settings have for it.

use crate::problem::{Class, Problem};
use crate::wire::Url;

/// An endpoint of an authorization server beside its token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Where a person's browser goes (RFC 6749 §3.1).
    Authorization,
    /// Where a device asks for its code (RFC 8628 §3.1).
    DeviceAuthorization,
    /// Where an authorization request is pushed (RFC 9126).
    PushedAuthorization,
    /// Where a token is revoked (RFC 7009).
    Revocation,
    /// Where a token is looked at (RFC 7662).
    Introspection,
    /// Who logged in (OpenID Connect Core §5.3).
    Userinfo,
    /// The keys that the server signs with (RFC 7517 §5).
    Jwks,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Authorization,
        Self::DeviceAuthorization,
        Self::PushedAuthorization,
        Self::Revocation,
        Self::Introspection,
        Self::Userinfo,
        Self::Jwks,
    ];

    /// The name that metadata has for it (RFC 8414 §2), and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_endpoint",
            Self::DeviceAuthorization => "device_authorization_endpoint",
            Self::PushedAuthorization => "pushed_authorization_request_endpoint",
            Self::Revocation => "revocation_endpoint",
            Self::Introspection => "introspection_endpoint",
            Self::Userinfo => "userinfo_endpoint",
            Self::Jwks => "jwks_uri",
        }
    }

    /// What it is called in a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Authorization => "authorization endpoint",
            Self::DeviceAuthorization => "device authorization endpoint",
            Self::PushedAuthorization => "endpoint for pushed requests",
            Self::Revocation => "revocation endpoint",
            Self::Introspection => "introspection endpoint",
            Self::Userinfo => "userinfo endpoint",
            Self::Jwks => "address of the server's keys",
        }
    }

    /// That a server names none.
    pub fn lacking(self, server: &str) -> Problem {
        let name = self.name();
        let flag = match self {
            Self::Revocation | Self::Introspection | Self::Userinfo | Self::Jwks => {
                format!(" in a profile, or --{} URL", name.replace('_', "-"))
            }
            Self::Authorization | Self::DeviceAuthorization | Self::PushedAuthorization => String::new(),
        };
        let problem = Problem::in_words(Class::BadResponse, format!("{server} names no {name}"));
        problem.hint(format!("if the server has one, write {name}: URL{flag}"))
    }

    /// What it answers with.
    pub fn answer(self) -> &'static str {
        match self {
            Self::Authorization => "an authorization response",
            Self::DeviceAuthorization => "a device authorization response",
            Self::PushedAuthorization => "a response to a pushed authorization request",
            Self::Revocation => "a revocation response",
            Self::Introspection => "an introspection response",
            Self::Userinfo => "a userinfo response",
            Self::Jwks => "a set of keys",
        }
    }
}

/// What is known of each of them: of most, nothing. In the order of [`Endpoint::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints<T = Url>(Vec<(Endpoint, T)>);

impl<T> Default for Endpoints<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Endpoints<T> {
    /// What is known of this one.
    pub fn get(&self, endpoint: Endpoint) -> Option<&T> {
        self.iter().find(|(known, _)| *known == endpoint).map(|(_, known)| known)
    }

    /// This is known of it.
    pub fn set(&mut self, endpoint: Endpoint, known: T) {
        self.0.retain(|(other, _)| *other != endpoint);
        let at = self.0.partition_point(|(other, _)| (*other as usize) < endpoint as usize);
        self.0.insert(at, (endpoint, known));
    }

    /// Those of which something is known.
    pub fn iter(&self) -> impl Iterator<Item = (Endpoint, &T)> {
        self.0.iter().map(|(endpoint, known)| (*endpoint, known))
    }
}
