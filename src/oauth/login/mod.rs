//! What a person is asked for, and what comes back: by a browser (RFC 6749 §4.1, with PKCE, RFC 7636, for a native app, RFC
//! 8252) or by a code that is entered on another device (RFC 8628). Pure: no port, no browser, no clock.

pub mod authorize;
pub mod callback;
pub mod device;
pub mod id_token;
pub mod pushed;
pub mod redirect;

use std::time::Duration;

pub use authorize::Fresh;
pub use redirect::{Redirect, RedirectError};

use crate::oauth::endpoints::Endpoint;

/// How a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In a browser that comes back with a code (RFC 6749 §4.1).
    Browser,
    /// By a code that is entered wherever the person likes (RFC 8628).
    Device,
}

impl Way {
    /// The endpoint that it begins at.
    pub fn endpoint(self) -> Endpoint {
        match self {
            Self::Browser => Endpoint::Authorization,
            Self::Device => Endpoint::DeviceAuthorization,
        }
    }
}

/// How the answer comes back (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect; what every server does that is told nothing.
    Query,
    /// As a form that the browser posts.
    FormPost,
}

/// What is said of a login beside what every token request has.
#[derive(Debug, Clone)]
pub struct Login {
    /// How the person is asked.
    pub way: Way,
    /// Where the browser comes back: the first whose port is free. Never empty.
    pub redirects: Vec<Redirect>,
    /// How the answer comes back.
    pub response_mode: ResponseMode,
    /// What the server is to do with the person (OpenID Connect Core §3.1.2.1): `login`, `consent`, `select_account`, ….
    pub prompt: Option<String>,
    /// Who is going to log in, as the server knows it.
    pub login_hint: Option<String>,
    /// The person must have proven who it is within this time.
    pub max_age: Option<Duration>,
    /// How the person is to prove that.
    pub acr_values: Option<String>,
    /// Further fields of the authorization, pushed and device requests.
    pub auth_params: Vec<(String, String)>,
    /// The request is pushed first (RFC 9126), whatever metadata says.
    pub par: bool,
    /// S256 or nothing (RFC 7636); `None` for what goes with the way.
    pub pkce: Option<bool>,
    /// Whose login it is to be, if that was said.
    pub account: Option<String>,
}

impl Login {
    /// A code challenge goes out: in the browser's way unless it is switched off, in the device's where it is switched on.
    pub fn proves_itself(&self) -> bool {
        self.pkce.unwrap_or(self.way == Way::Browser)
    }
}
