//! The protocol, pure: what a token request says and what its answer means (RFC 6749 and its family).
//!
//! Nothing here does I/O or reads a clock. A grant is a set of form fields, a client authentication is a decoration of a
//! [`Post`]; each is a file that says all that is particular about it, and a line in a list.

pub mod assertion;
pub mod attempt;
pub mod authorization;
pub mod challenge;
pub mod client;
pub mod diagnosis;
pub mod discovery;
pub mod dpop;
pub mod endpoints;
pub mod field;
pub mod finding;
pub mod grant;
pub mod inspect;
pub mod introspection;
pub mod jwt;
pub mod login;
pub mod maker;
pub mod need;
pub mod post;
pub mod reply;
pub mod request;
pub mod requirement;
pub mod revocation;
pub mod signed;
pub mod survey;
pub mod token;
pub mod userinfo;
pub mod ways;

pub use assertion::Assertion;
pub use attempt::Attempt;
pub use client::Client;
pub use dpop::{Dpop, ProofKey, Proven};
pub use endpoints::{Endpoint, Endpoints};
pub use field::{Credential, Field, FieldValue};
pub use finding::{Finding, Severity};
pub use grant::Grant;
pub use login::Login;
pub use need::{Extent, Need, Part, Role};
pub use post::Post;
pub use reply::{Deviation, OAuthError, ResponseError};
pub use request::{Request, Server};
pub use requirement::{Check, Requirements};
pub use token::Token;
pub use ways::Ways;

#[cfg(test)]
pub(crate) mod tests;
