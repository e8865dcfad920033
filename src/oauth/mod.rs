//! The protocol, pure: what a token request says and what its answer means (RFC 6749 and its family).
//!
//! Nothing here does I/O or reads a clock. A grant is a set of form fields, a client authentication is a decoration of a
//! [`Post`]; a new one of either is a new file and one line in an enum.

pub mod client_auth;
pub mod diagnosis;
pub mod discovery;
pub mod post;
pub mod reply;
pub mod request;
pub mod token;

pub use client_auth::{AuthMethod, ClientAuth};
pub use post::{BasicEncoding, Credential, Field, Header, Post, Value};
pub use reply::{Deviation, OAuthError, ResponseError};
pub use request::{Grant, Request};
pub use token::Token;
