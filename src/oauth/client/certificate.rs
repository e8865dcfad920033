//! The certificate of the TLS handshake is the proof (RFC 8705 §2): `client_id` in the body and nothing else. What the two
//! methods differ in is how the server knows the certificate, so that here they are alike.

use super::kind::ClientKind;
use super::none;

/// By the name in a certificate that an authority vouches for (RFC 8705 §2.1).
pub const BY_AUTHORITY: ClientKind = ClientKind {
    name: "tls_client_auth",
    is_public: false,
    by_certificate: true,
    instead: "private_key_jwt",
    ..none::KIND
};

/// By the certificate itself (RFC 8705 §2.2).
pub const SELF_SIGNED: ClientKind =
    ClientKind { name: "self_signed_tls_client_auth", instead: "tls_client_auth", ..BY_AUTHORITY };
