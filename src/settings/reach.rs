//! A server and the way to it, of settings that need not be complete: what looks at a server asks it for no token, and needs no
//! client for that.

use super::{Diagnosis, Environment, Http, Key, Layer, SettingsError, diagnosis, http, placeholder, server};
use crate::oauth::discovery::Issuer;
use crate::oauth::{Endpoints, Server};
use crate::wire::Url;

/// As much as is said of a server.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The issuer, or the token endpoint alone; `None` where nothing names a server.
    pub server: Option<Server>,
    /// The endpoints that are given.
    pub endpoints: Endpoints,
    /// How it is reached.
    pub http: Http,
    /// What is told.
    pub diagnosis: Diagnosis,
    /// What was said, and where.
    pub layer: Layer,
}

impl Reach {
    /// Checks what a merged layer says of a server.
    ///
    /// # Errors
    /// What is refused or in conflict.
    pub fn from_layer(layer: Layer, env: &Environment) -> Result<Self, SettingsError> {
        placeholder::refuse(&layer)?;
        let is_named = [Key::TokenEndpoint, Key::Issuer].iter().any(|key| layer.text(*key).is_some());
        Ok(Self {
            server: is_named.then(|| server::server(&layer)).transpose()?,
            endpoints: server::endpoints(&layer)?,
            http: http(&layer, env)?,
            diagnosis: diagnosis(&layer),
            layer,
        })
    }

    /// The issuer, where that is what is given.
    pub fn issuer(&self) -> Option<&Issuer> {
        match &self.server {
            Some(Server::Issuer(issuer)) => Some(issuer),
            _ => None,
        }
    }

    /// The token endpoint, where that is what is given.
    pub fn token_endpoint(&self) -> Option<&Url> {
        match &self.server {
            Some(Server::Endpoint(url)) => Some(url),
            _ => None,
        }
    }
}
